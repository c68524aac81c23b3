"""The exact distribution of what a random program returns: run it once for each way in which its draws can fall."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.generation import Sampling

Result = TypeVar("Result", bound=Hashable)
Draw = Callable[[Tensor], int]  # from probabilities (n,) to an index that is drawn from them


def seeded_draw(seed: int | None) -> Draw:
    """Draws that a seed repeats; None takes one from torch's global random state."""
    number = int(torch.randint(2**62, ())) if seed is None else seed
    generator = torch.Generator().manual_seed(number)
    return lambda probabilities: int(torch.multinomial(probabilities.cpu(), num_samples=1, generator=generator))


def law_of(program: Callable[[Draw], Result]) -> dict[Result, float]:
    """The probability of each result of `program(draw)`, which must take all its chance from `draw`.

    Each run follows one path: draws that were decided earlier are given again, and the first that is new branches into
    all outcomes of a probability above 0. For small programs: the number of paths grows as a power of their length.
    """
    law: dict[Result, float] = defaultdict(float)
    waiting: list[list[int]] = [[]]
    while waiting:
        path = _Path(waiting.pop(), waiting)
        result = program(path)
        law[result] += path.probability
    return dict(law)


class _Path:
    """One way in which the draws fall: the outcomes in `taken`, then always the first; the others go into `waiting`."""

    def __init__(self, taken: list[int], waiting: list[list[int]]) -> None:
        self.taken, self.waiting = taken, waiting
        self.depth, self.probability = 0, 1.0

    def __call__(self, probabilities: Float[Tensor, " n"]) -> int:
        if self.depth == len(self.taken):
            possible = probabilities.nonzero()[:, 0].tolist()
            self.waiting += [[*self.taken, other] for other in possible[1:]]
            self.taken = [*self.taken, possible[0]]
        outcome = self.taken[self.depth]
        self.depth += 1
        self.probability *= float(probabilities[outcome])
        return outcome


def law_of_text(
    model: nn.Module, prompt: list[int], new: int, sampling: Sampling | None = None
) -> dict[tuple[int, ...], float]:
    """By the chain rule: how probable each continuation of `new` tokens is when the model draws one after the other."""
    sampling = Sampling() if sampling is None else sampling
    law: dict[tuple[int, ...], float] = {(): 1.0}
    for _ in range(new):
        longer: dict[tuple[int, ...], float] = {}
        for text, before in law.items():
            with torch.inference_mode():
                logits = model(torch.tensor([[*prompt, *text]]))[0, -1:]  # (1, V)
            for token, p in enumerate(probabilities_of(sampling, logits)[0].tolist()):
                if p > 0:
                    longer[(*text, token)] = before * p
        law = longer
    return law


def probabilities_of(sampling: Sampling, logits: Float[Tensor, "n V"]) -> Float[Tensor, "n V"]:
    """What `Sampling.choose` draws from; with temperature 0 all is on the most likely token."""
    if sampling.repetition_penalty != 1:
        raise ValueError("repetition_penalty looks at the text, which differs from place to place: leave it at 1")
    filtered = sampling.filter(logits, torch.zeros(len(logits), 1, dtype=torch.int64, device=logits.device))
    if sampling.temperature == 0:
        best = filtered.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(filtered).scatter(-1, best, 1.0)
    return torch.softmax(filtered, dim=-1)
