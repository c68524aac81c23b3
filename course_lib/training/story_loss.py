"""What a story costs a model, in nats: the number to compare with the corpus's entropy."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.corpus import Estimate
from course_lib.tokenization import END_OF_TEXT
from course_lib.training.loss import IGNORED

AT_ONCE = 32  # windows at a time


@torch.no_grad()
def story_loss(model: nn.Module, tokenizer: Tokenizer, stories: Sequence[str], *, stride: int = 1) -> Estimate:
    """Mean −log p(story) under the model over whole stories, with its standard error: compare it with `story_entropy`.

    Each story is read from its own beginning, and its end counts as one more token. In a training window most stories
    have lost their beginning, and with it the hero's name; the loss there is higher for a reason no model can help.
    What lies behind the model's `seq_len` is read as `generate` writes it, from the last seq_len tokens.

    stride: behind seq_len, how many tokens are read from one window; with more than 1 it is quicker, and the first of
    them are told from up to stride − 1 tokens less, so that the loss can only be stated too high.
    Raises ValueError if there are fewer than two stories, the stride does not fit, or the tokenizer has no end-of-text.
    """
    seq_len: int = model.config.seq_len  # type: ignore[union-attr,assignment]
    if len(stories) < 2:
        raise ValueError(f"an estimate needs at least 2 stories, got {len(stories)}")
    if not 1 <= stride <= seq_len:
        raise ValueError(f"stride must be between 1 and the model's seq_len = {seq_len}, got {stride}")
    end = tokenizer.token_to_id(END_OF_TEXT)
    if end is None:
        raise ValueError(f"the tokenizer has no {END_OF_TEXT}, which begins and ends a story")
    ids: list[list[int]] = [
        [end, *encoded.ids, end] for encoded in tokenizer.encode_batch_fast(list(stories), add_special_tokens=False)
    ]
    windows = [window for number, story in enumerate(ids) for window in _windows(number, story, seq_len, stride)]
    windows.sort(key=lambda window: len(window.tokens))  # of like length in a batch: less padding
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    nats = [0.0] * len(ids)
    for start in range(0, len(windows), AT_ONCE):
        batch = windows[start : start + AT_ONCE]
        for window, value in zip(batch, _nats(model, batch, device).tolist(), strict=True):
            nats[window.story] += value
    model.train(was_training)
    mean = math.fsum(nats) / len(nats)
    variance = math.fsum((value - mean) ** 2 for value in nats) / (len(nats) - 1)
    return Estimate(mean, math.sqrt(variance / len(nats)))


class _Window(NamedTuple):
    """Tokens of one story, of which the last `counted` are predicted; at most seq_len of them are read."""

    story: int
    tokens: list[int]
    counted: int


def _windows(number: int, story: list[int], seq_len: int, stride: int) -> Iterator[_Window]:
    """The story's beginning, then `stride` more tokens at a time, each with as many before them as the model reads."""
    first = story[: seq_len + 1]
    yield _Window(number, first, counted=len(first) - 1)
    for done in range(len(first), len(story), stride):
        last = min(done + stride, len(story))
        yield _Window(number, story[last - seq_len - 1 : last], counted=last - done)


def _nats(model: nn.Module, windows: Sequence[_Window], device: torch.device) -> Tensor:
    """−log p of each window, (B,). What stands behind its end is padding: causal, so nothing before it sees it."""
    T = max(len(window.tokens) for window in windows) - 1
    x = torch.zeros(len(windows), T, dtype=torch.int64)
    y = torch.full((len(windows), T), IGNORED)
    for row, (_, tokens, counted) in enumerate(windows):
        x[row, : len(tokens) - 1] = torch.tensor(tokens[:-1])
        y[row, len(tokens) - 1 - counted : len(tokens) - 1] = torch.tensor(tokens[-counted:])
    logits = model(x.to(device))  # (B, T, V)
    losses = F.cross_entropy(
        logits.flatten(0, 1).float(), y.to(device).flatten(), ignore_index=IGNORED, reduction="none"
    )
    return losses.view(len(windows), T).sum(dim=1)
