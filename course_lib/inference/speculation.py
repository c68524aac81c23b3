"""Speculative decoding: a cheap draft guesses k tokens, the target reads them all at once, and keeps what it may.

The text has exactly the distribution that the target alone would give it  (Leviathan et al. 2023; Chen et al. 2023).
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.generation import Sampling
from course_lib.inference.drafts import Draft
from course_lib.inference.laws import Draw, probabilities_of, seeded_draw


class Speculation(NamedTuple):
    """A text, prompt included, and how it came about.

    rounds: passes of the target.   drafted, accepted: tokens that the draft proposed, and those of them that stayed.
    """

    tokens: list[int]
    rounds: int
    drafted: int
    accepted: int


def residual(p: Float[Tensor, " V"], q: Float[Tensor, " V"]) -> Float[Tensor, " V"]:
    """max(0, p − q) / Σ max(0, p − q): where the target's token comes from once the draft's is refused.

    p: of the target, q: of the draft. Where p = q nothing is ever refused, and p itself is returned.
    """
    missing = (p - q).clamp(min=0)  # (V,): what the draft gives too rarely
    total = missing.sum()
    return missing / total if total > 0 else p


def acceptance_rate(p: Float[Tensor, "*batch V"], q: Float[Tensor, "*batch V"]) -> Float[Tensor, "*batch"]:
    """Σ min(p, q): how probable it is that a token of the draft stays; 1 − the total variation distance."""
    return torch.minimum(p, q).sum(dim=-1)


def expected_tokens(rate: float, k: int) -> float:
    """(1 − a^(k+1)) / (1 − a): tokens that a round gives if each of k drafted ones stays with probability a.

    It is 1 + a + … + a^k: the round's own token, and the j-th drafted one if all up to it stay.
    """
    return sum(rate**j for j in range(k + 1))


def speedup(rate: float, k: int, cost: float) -> float:
    """expected_tokens / (k · cost + 1)  (Leviathan et al. 2023, theorem 3.8).

    cost: seconds of a drafted token over those of a pass of the target. It takes a pass over k + 1 tokens to be as
    quick as one over a single token, which holds while memory is what limits.
    """
    return expected_tokens(rate, k) / (k * cost + 1)


def verify(
    drafted: Sequence[int], q: Float[Tensor, "k V"], p: Float[Tensor, "k_plus_1 V"], draw: Draw
) -> tuple[list[int], int]:
    """The tokens of a round, and how many of them are the draft's.

    The token x is kept with probability min(1, p(x) / q(x)). The first that is refused is replaced by a draw from the
    residual, and what follows it is dropped. If all stay, the target's last row gives one more.
    """
    for place, token in enumerate(drafted):
        kept = min(1.0, float(p[place, token] / q[place, token]))
        if draw(torch.tensor([1 - kept, kept], dtype=torch.float64)) == 0:
            return [*drafted[:place], draw(residual(p[place], q[place]))], place
    return [*drafted, draw(p[len(drafted)])], len(drafted)


@torch.inference_mode()
def speculate(
    target: nn.Module,
    draft: Draft,
    prompt: Sequence[int],
    max_new_tokens: int,
    *,
    k: int = 4,
    sampling: Sampling | None = None,
    seed: int | None = None,
    draw: Draw | None = None,
    stop_token: int | Collection[int] | None = None,
) -> Speculation:
    """`prompt` with up to `max_new_tokens` more, as `generate` would draw them, but several for each pass.

    k: tokens that the draft proposes in a round.   sampling: how both choose (all but repetition_penalty).
    seed: for the same text again. It is not the text of `generate` with this seed, but one of the same distribution;
    with temperature 0 the two are the same text.   draw: instead of a seed, where the chance comes from (see `law_of`).
    Raises ValueError if the prompt is empty, a number makes no sense, or the text does not fit into `seq_len`.
    """
    sampling = Sampling() if sampling is None else sampling
    _require(target, prompt, max_new_tokens, k)
    stops = {stop_token} if isinstance(stop_token, int) else set(stop_token or ())
    device = next(target.parameters()).device
    draw = seeded_draw(seed) if draw is None else draw
    text = list(prompt)
    end = len(text) + max_new_tokens
    cache = target.make_cache(1, max(end, 1))  # type: ignore[operator]
    rounds = drafted_in_all = accepted_in_all = 0
    while len(text) < end:
        drafted, q = draft.propose(text, min(k, end - len(text) - 1), sampling, draw)
        unread = [*text[cache.length :], *drafted]
        logits = target(torch.tensor([unread], device=device), cache)[0, -len(drafted) - 1 :]  # (k + 1, V)
        tokens, accepted = verify(drafted, q, probabilities_of(sampling, logits), draw)
        rounds, drafted_in_all, accepted_in_all = rounds + 1, drafted_in_all + len(drafted), accepted_in_all + accepted
        stop = next((place for place, token in enumerate(tokens) if token in stops), None)
        text += tokens if stop is None else tokens[: stop + 1]
        if stop is not None:
            break
        cache.rollback(len(text) - 1)  # forget what was refused; the newest token is not read yet
    return Speculation(text, rounds, drafted_in_all, accepted_in_all)


def _require(target: nn.Module, prompt: Sequence[int], max_new_tokens: int, k: int) -> None:
    seq_len: int = target.config.seq_len  # type: ignore[union-attr,assignment]
    if len(prompt) == 0:
        raise ValueError("expected a prompt of at least one token, got an empty one")
    if max_new_tokens < 0 or k < 0:
        raise ValueError(f"max_new_tokens and k must be 0 or more, got {max_new_tokens=}, {k=}")
    if len(prompt) + max_new_tokens > seq_len:
        raise ValueError(
            f"{len(prompt)} tokens and {max_new_tokens} more do not fit into the model's seq_len = {seq_len}: "
            "ask for fewer"
        )
