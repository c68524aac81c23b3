"""Beam search: the most likely continuation as a whole, where greedy choice looks at one token at a time."""

import math
from collections.abc import Collection
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor, nn

from course_lib.generation.loop import as_stops, require_prompt, without
from course_lib.generation.reader import Reader, evaluating


class Beam(NamedTuple):
    """A continuation that was found.

    tokens: the new ones, the stop token included.   log_probability: of all of them given the prompt, in nats.
    score: what beams are ranked by, log_probability / len(tokens) ** length_penalty.
    """

    tokens: list[int]
    log_probability: float
    score: float


@torch.inference_mode()
def beam_search(
    model: nn.Module,
    idx: Int[Tensor, "1 T"],
    max_new_tokens: int,
    *,
    beams: int = 4,
    length_penalty: float = 1.0,
    stop_token: int | Collection[int] | None = None,
    never: Collection[int] = (),
    use_cache: bool = True,
    keep: int | None = None,
) -> list[Beam]:
    """The `beams` best continuations that were found, best first  (Lowerre 1976; Sutskever et al. 2014, section 3.2).

    At each step every beam is continued by every token, and the `beams` most likely of these stay. One beam is greedy
    choice; as many as there are continuations is an exhaustive search; between them nothing is guaranteed.
    length_penalty: 0 ranks by probability, which favours the short; 1 by the mean log-probability a token.
    stop_token: a beam that takes it is finished; the search ends when none still running can beat those finished.
    With one beam it ends at once, as greedy choice does.   never: as for `generate`.
    use_cache, keep: as for `generate`.
    Raises ValueError if there is not one prompt with at least one token, or a number makes no sense.
    """
    seq_len = require_prompt(model, idx, max_new_tokens, keep)
    if idx.shape[0] != 1 or beams < 1 or length_penalty < 0:
        raise ValueError(
            "expected one prompt, (1, T), beams of 1 or more and length_penalty of 0 or more, "
            f"got {idx.shape[0]} prompts, {beams=} and {length_penalty=}"
        )

    def ranked(tokens: list[int], log_probability: float) -> Beam:
        return Beam(tokens, log_probability, log_probability / max(len(tokens), 1) ** length_penalty)

    T = idx.shape[1]
    stops = as_stops(stop_token)
    text = idx  # (running beams, T + new)
    sums = torch.zeros(1, 1, dtype=torch.float64)  # (running, 1): log-probabilities so far; mps has no float64
    reader = Reader(model, [0] * beams, T + max_new_tokens, use_cache=use_cache, keep=keep or seq_len)
    finished: list[Beam] = []
    for _ in range(max_new_tokens):
        with evaluating(model):
            # All rows are full from the start, so that the cache has room for them: at first copies of the prompt.
            rows = text if len(text) == beams else text.repeat(beams, 1)[:beams]
            logits = without(reader.next_logits(rows)[: len(text)], never)  # (running, V)
        candidates = sums + torch.log_softmax(logits.cpu().double(), dim=-1)  # (running, V)
        V = candidates.shape[1]
        # Each beam has a continuation for each way to stop; so many more leave enough that go on.
        best = candidates.flatten().topk(min((1 + max(1, len(stops))) * beams, candidates.numel()))
        going_on: list[int] = []
        for place, (total, flat) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
            row, token = divmod(flat, V)
            if total == -math.inf:  # of the ids that are never drawn, and of nothing else
                continue
            if token not in stops:
                going_on.append(place)
            elif place < beams:  # among the best: it would have stayed
                finished.append(ranked([*text[row, T:].tolist(), token], total))
        chosen = torch.tensor(going_on[:beams], dtype=torch.long)
        finished = sorted(finished, key=lambda beam: -beam.score)[:beams]
        if len(chosen) == 0:  # a vocabulary of nothing but the stop token
            text, sums = text[:0], sums[:0]
            break
        flat_ids = best.indices[chosen].to(idx.device)  # (running,)
        parents, tokens = flat_ids // V, flat_ids % V  # each (running,)
        text = torch.cat([text[parents], tokens[:, None]], dim=1)
        sums = best.values[chosen][:, None]
        reader.reorder(parents.new_tensor([*parents.tolist(), *[0] * (beams - len(parents))]))
        # Log-probabilities only fall; the best that a running beam can come to is its sum over the largest length.
        hope = sums.max().item() / max_new_tokens**length_penalty
        if len(finished) == beams and (beams == 1 or finished[-1].score >= hope):
            text, sums = text[:0], sums[:0]
            break
    running = [ranked(row, total) for row, total in zip(text[:, T:].tolist(), sums[:, 0].tolist(), strict=True)]
    return sorted([*finished, *running], key=lambda beam: -beam.score)[:beams]
