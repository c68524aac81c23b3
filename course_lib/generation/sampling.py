"""From logits to a token: the filters in their order, and a draw that a seed repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.generation.filters import apply_temperature, min_p, repetition_penalty, top_k, top_p

LARGEST_SEED = 2**62  # of those drawn here

Seed = int | Sequence[int] | None


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. Filters act in the order in which they stand here, as in `transformers`.

    repetition_penalty: see `filters.repetition_penalty`; 1 changes nothing.
    temperature: 0 takes the most likely token (greedy), and the filters that follow do not matter.
    top_k, top_p, min_p: see the filters of these names; None leaves it out.
    Raises ValueError, naming the value, for one that makes no sense.
    """

    repetition_penalty: float = 1.0
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise ValueError(f"temperature must be 0 or more, got temperature={self.temperature}")
        # Each filter refuses what it cannot do: ask them now, and not after a long prompt has been read.
        self.filter(torch.zeros(1, 1), seen=torch.zeros(1, 1, dtype=torch.long))

    def filter(self, logits: Float[Tensor, "B V"], seen: Int[Tensor, "B T"]) -> Float[Tensor, "B V"]:
        """The logits of the distribution that is drawn from. seen: the text so far, prompt included.

        In float32 at least: in bfloat16 a temperature moves logits that differ onto the same number, and probabilities
        have two digits.
        """
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if self.repetition_penalty != 1:
            logits = repetition_penalty(logits, seen, self.repetition_penalty)
        if self.temperature not in (0, 1):
            logits = apply_temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = top_k(logits, self.top_k)
        if self.top_p is not None:
            logits = top_p(logits, self.top_p)
        if self.min_p is not None:
            logits = min_p(logits, self.min_p)
        return logits

    def choose(
        self, logits: Float[Tensor, "B V"], seen: Int[Tensor, "B T"], generators: Sequence[torch.Generator]
    ) -> Int[Tensor, " B"]:
        """One token for each row: the most likely one, or a draw. generators: see `make_generators`."""
        logits = self.filter(logits, seen)  # (B, V)
        if self.temperature == 0:
            return logits.argmax(dim=-1)
        probabilities = torch.softmax(logits, dim=-1)  # (B, V)
        if len(generators) == 1:
            return torch.multinomial(probabilities, num_samples=1, generator=generators[0])[:, 0]
        rows = zip(probabilities, generators, strict=True)
        return torch.cat([torch.multinomial(row, num_samples=1, generator=generator) for row, generator in rows])


def make_generators(seed: Seed, batch_size: int, device: torch.device) -> list[torch.Generator]:
    """What rows are drawn with: one generator for all of them, or one each if there is a seed for each.

    A row with a seed of its own gets the tokens that it would get alone with that seed. Without a seed, one is drawn
    from torch's global random state.
    Raises ValueError if there are several seeds, but not one for each row.
    """
    seeds = [seed] if seed is None or isinstance(seed, int) else list(seed)
    if len(seeds) not in (1, batch_size):
        raise ValueError(f"expected one seed, or one for each of {batch_size} rows, got {len(seeds)}")
    drawn = [int(torch.randint(LARGEST_SEED, ())) if number is None else number for number in seeds]
    return [torch.Generator(device=device).manual_seed(number) for number in drawn]
