"""The arithmetic of windows in plain tensors: what the lesson does by hand, and what an epoch counts."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor


def concatenate_stories(stories: Iterable[Sequence[int]], end_of_text: int) -> Int64[Tensor, " N"]:
    """One stream of token ids, with `end_of_text` before each story: ⊲ story ⊲ story ⊲ story.

    Between two stories stands exactly one `end_of_text`; it tells the model that what follows is a new story.
    """
    stream: list[int] = []
    for story in stories:
        stream.append(end_of_text)
        stream.extend(story)
    return torch.tensor(stream, dtype=torch.int64)  # (N,)


def shift_by_one(
    tokens: Int64[Tensor, "*batch T_plus_1"],
) -> tuple[Int64[Tensor, "*batch T"], Int64[Tensor, "*batch T"]]:
    """What the model reads and what it should say: y[t] is the token that follows x[t].

    Raises ValueError if there are fewer than two tokens, since then nothing follows.
    """
    if tokens.shape[-1] < 2:
        raise ValueError(f"a token and the one that follows it need 2 tokens, got {tokens.shape[-1]}")
    return tokens[..., :-1], tokens[..., 1:]


def count_windows(num_tokens: int, seq_len: int, stride: int | None = None) -> int:
    """How many windows of `seq_len` tokens, each with the token after it, fit; they start `stride` tokens apart.

    A window needs seq_len + 1 tokens: its last prediction is of the token after it. stride: seq_len if None.
    """
    return max(0, (num_tokens - 1 - seq_len) // (stride or seq_len) + 1)


def make_windows(tokens: Int64[Tensor, " N"], seq_len: int) -> tuple[Int64[Tensor, "n T"], Int64[Tensor, "n T"]]:
    """Cut a stream into windows x that do not overlap, and their targets y, one token ahead, both (n, T).

    The last target of a window is the first token of the next, so no prediction is lost at a border. What is left
    at the end, fewer than seq_len predictions, is dropped. Raises ValueError if not even one window fits.
    """
    n = count_windows(len(tokens), seq_len)
    if n == 0:
        raise ValueError(f"a window of seq_len = {seq_len} needs {seq_len + 1} tokens, got {len(tokens)}")
    x = tokens[: n * seq_len].view(n, seq_len)  # (n, T)
    y = tokens[1 : n * seq_len + 1].view(n, seq_len)  # (n, T)
    return x, y


def choose_seq_len(lengths: Sequence[int], share: float) -> int:
    """The smallest power of two T such that at least `share` of the stories have at most T tokens.

    Raises ValueError if `share` is not above 0 and at most 1, or there are no lengths.
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"share must be above 0 and at most 1 (0.9 for nine in ten), got {share}")
    if len(lengths) == 0:
        raise ValueError("there are no lengths to choose from")
    seq_len = 1
    while np.mean(np.asarray(lengths) <= seq_len) < share:
        seq_len *= 2
    return seq_len
