"""The loop: ask the model, choose a token, append it, until there are enough or every text has ended."""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.generation.reader import Reader, evaluating
from course_lib.generation.sampling import Sampling, Seed, make_generators


def generate(
    model: nn.Module,
    idx: Int[Tensor, "B T"],
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float = 1.0,
    seed: Seed = None,
    use_cache: bool = True,
    stop_token: int | Collection[int] | None = None,
    never: Collection[int] = (),
    keep: int | None = None,
) -> Int[Tensor, "B T_out"]:
    """`idx` followed by up to `max_new_tokens` tokens, each drawn from what the model expects next.

    temperature: logits are divided by it; 0 takes the most likely token every time (greedy).
    top_k, top_p, min_p, repetition_penalty: see the filters of these names; they act in the order of `Sampling`.
    seed: for tokens that can be drawn again; a list of them gives each row its own draws, as if it were alone. None
    draws on from torch's global random state, which `torch.manual_seed` sets.
    use_cache: keep keys and values, if the model can (see `Reader`); the tokens are the same without, only later.
    stop_token: a row that draws it is over and repeats it; when all are, so is the result. Several are taken as well.
    never: ids that are not drawn, such as those beyond a tokenizer's vocabulary.
    keep: how many of its last tokens the model still sees when its `config.seq_len` is full; all of them unless given.
    The model is left in the mode, train or eval, that it was in. Prompts of unequal length: see `generate_batch`.
    Raises ValueError if there is no token to start from, or a number makes no sense.
    """
    columns = stream(
        model,
        idx,
        max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repetition_penalty=repetition_penalty,
        seed=seed,
        use_cache=use_cache,
        stop_token=stop_token,
        never=never,
        keep=keep,
    )
    return torch.cat([idx, *(column[:, None] for column in columns)], dim=1)


def generate_batch(
    model: nn.Module, prompts: Sequence[Sequence[int]], max_new_tokens: int, **options: Any
) -> list[list[int]]:
    """Each prompt with what follows it: prompts of any lengths, as one batch. options: those of `generate`.

    Each gets what it would get alone, up to rounding; where tokens are drawn, if it has a seed of its own.
    A text that draws a stop token ends with it.
    """
    lengths = [len(prompt) for prompt in prompts]
    if not prompts or min(lengths) == 0:
        raise ValueError("expected prompts with at least one token each, got an empty one or none at all")
    longest = max(lengths)
    # Padding is never seen. A text's own first token also leaves alone what a repetition penalty counts.
    rows = [[prompt[0]] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    device = next(model.parameters()).device
    idx = torch.tensor(rows, device=device)  # (B, longest)
    first = [longest - length for length in lengths]
    new = list(stream(model, idx, max_new_tokens, first=first, **options))  # up to max_new_tokens of (B,)
    drawn = torch.stack(new, dim=1).tolist() if new else [[] for _ in prompts]
    stops = as_stops(options.get("stop_token"))
    ended = [row[: next((n + 1 for n, token in enumerate(row) if token in stops), len(row))] for row in drawn]
    return [list(prompt) + row for prompt, row in zip(prompts, ended, strict=True)]


def stream(
    model: nn.Module,
    idx: Int[Tensor, "B T"],
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float = 1.0,
    seed: Seed = None,
    use_cache: bool = True,
    stop_token: int | Collection[int] | None = None,
    never: Collection[int] = (),
    keep: int | None = None,
    first: Sequence[int] | None = None,
) -> Iterator[Int[Tensor, " B"]]:
    """The new tokens of `generate`, one for each row at a time, each as soon as it is there.

    first: the column in which each row's prompt begins; what is left of it is padding. Otherwise as `generate`.
    Wrong input is refused at once, before the first token is asked for.
    """
    sampling = Sampling(repetition_penalty, temperature, top_k, top_p, min_p)
    seq_len = require_prompt(model, idx, max_new_tokens, keep)
    generators = make_generators(seed, idx.shape[0], idx.device)
    B, T = idx.shape
    reader = Reader(
        model,
        [0] * B if first is None else first,
        T + max_new_tokens,
        use_cache=use_cache,
        keep=seq_len if keep is None else keep,
    )
    return _tokens(reader, idx, max_new_tokens, sampling, generators, as_stops(stop_token), never)


def _tokens(
    reader: Reader,
    idx: Int[Tensor, "B T"],
    max_new_tokens: int,
    sampling: Sampling,
    generators: list[torch.Generator],
    stops: Collection[int],
    never: Collection[int],
) -> Iterator[Int[Tensor, " B"]]:
    B, T = idx.shape
    text = torch.cat([idx, idx.new_zeros(B, max_new_tokens)], dim=1)  # room for all; filled from the left
    ended = torch.zeros(B, dtype=torch.bool, device=idx.device)
    ends = torch.tensor(sorted(stops), dtype=idx.dtype, device=idx.device)
    for end in range(T, T + max_new_tokens):
        with torch.inference_mode(), evaluating(reader.model):
            logits = without(reader.next_logits(text[:, :end]), never)  # (B, V)
            tokens = sampling.choose(logits, text[:, :end], generators)  # (B,)
            if stops:
                tokens = torch.where(ended, text[:, end - 1], tokens)  # the token that it ended with
                ended = ended | torch.isin(tokens, ends)
            text[:, end] = tokens
        yield tokens
        if stops and bool(ended.all()):
            return


def as_stops(stop_token: int | Collection[int] | None) -> frozenset[int]:
    """The ids that end a text: none, one or several."""
    if stop_token is None:
        return frozenset()
    return frozenset([stop_token] if isinstance(stop_token, int) else stop_token)


def without(logits: Float[Tensor, "B V"], never: Collection[int]) -> Float[Tensor, "B V"]:
    """The logits, −inf for ids that are never to be drawn."""
    if not never:
        return logits
    places = torch.tensor(sorted(never), device=logits.device)
    return logits.index_fill(-1, places, -math.inf)


def require_prompt(model: nn.Module, idx: Tensor, max_new_tokens: int, keep: int | None) -> int:
    """The model's seq_len. Raises ValueError if there is nothing to start from, or a number makes no sense."""
    seq_len: int = model.config.seq_len  # type: ignore[union-attr,assignment]
    if idx.dim() != 2 or idx.shape[1] == 0:
        raise ValueError(f"idx must be (B, T) with at least one token to start from, got shape {tuple(idx.shape)}")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must be 0 or more, got max_new_tokens={max_new_tokens}")
    if keep is not None and not 1 <= keep <= seq_len:
        raise ValueError(f"keep must be between 1 and the model's seq_len = {seq_len}, got keep={keep}")
    return seq_len
