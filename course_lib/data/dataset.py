"""Windows of a token stream as a map-style dataset: the plain way, one window at a time."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.data.token_file import TokenFile, open_tokens
from course_lib.data.windows import count_windows


class TokenDataset(Dataset):
    """Windows (x, y) of a token stream, both (T,) int64; y is x one token later.

    tokens: the path of a token file, an opened TokenFile, or a tensor of ids (N,).   seq_len: T.
    stride: tokens from the start of a window to the next; seq_len if None, so that windows do not overlap and
    each token is predicted once.
    begin_with: in place of a stride, a window begins wherever this token stands: with end-of-text, at the beginning of
    each story, so that no window starts in the middle of one; after its story it shows how the next ones begin.

    `dropped` counts the tokens at the end that no window predicts: fewer than `stride`.
    Raises ValueError if no window fits, or the stride or a story longer than seq_len would skip tokens; TypeError if
    `tokens` is not a stream of ids.
    """

    def __init__(
        self,
        tokens: str | Path | TokenFile | Tensor,
        seq_len: int,
        *,
        stride: int | None = None,
        begin_with: int | None = None,
    ) -> None:
        if isinstance(tokens, (str, Path)):
            tokens = open_tokens(tokens)
        self.source = tokens  # kept so that a worker process maps the file itself
        self.seq_len = seq_len
        self.stride = seq_len if stride is None else stride
        self.tokens = _as_array(tokens)  # (N,)
        if seq_len < 1:
            raise ValueError(f"seq_len must be at least 1, got {seq_len}")
        if not 1 <= self.stride <= seq_len:
            raise ValueError(f"stride must be from 1 to seq_len = {seq_len}, so that no token is skipped; got {stride}")
        self.starts = None if begin_with is None else _starts(self.tokens, begin_with, seq_len)
        self.num_windows = (
            count_windows(len(self.tokens), seq_len, self.stride) if self.starts is None else len(self.starts)
        )
        if self.num_windows == 0:
            raise ValueError(
                f"a window of seq_len = {seq_len} and the token after it need {seq_len + 1} tokens, "
                f"there are {len(self.tokens)}: take a smaller seq_len or more stories"
            )

    @property
    def dropped(self) -> int:
        """Tokens at the end that no window predicts, since they do not fill one."""
        return len(self.tokens) - 1 - (self._start(self.num_windows - 1) + self.seq_len)

    def __len__(self) -> int:
        return self.num_windows

    def __getitem__(self, index: int) -> tuple[Int64[Tensor, " T"], Int64[Tensor, " T"]]:
        if not -self.num_windows <= index < self.num_windows:
            raise IndexError(f"window {index} of {self.num_windows}")
        start = self._start(index % self.num_windows)
        on_disk = self.tokens[start : start + self.seq_len + 1]  # (T + 1,), a view: nothing is read yet
        window = torch.from_numpy(on_disk.astype(np.int64))  # (T + 1,)
        return window[:-1], window[1:]  # (T,), (T,)

    def _start(self, index: int) -> int:
        """Where a window begins in the stream."""
        return index * self.stride if self.starts is None else int(self.starts[index])

    def __getstate__(self) -> dict:
        return {name: value for name, value in self.__dict__.items() if name != "tokens"}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state, tokens=_as_array(state["source"]))


def _starts(tokens: np.ndarray, begin_with: int, seq_len: int) -> np.ndarray:
    """Where the token stands and a whole window follows. Raises ValueError if windows there would skip tokens."""
    starts = np.flatnonzero(tokens == begin_with)
    if len(starts) == 0 or starts[0] != 0:
        raise ValueError(f"begin_with = {begin_with} must stand at the beginning of the tokens, and does not")
    longest = int(np.diff(starts, append=len(tokens) - 1).max())
    if longest > seq_len:
        raise ValueError(
            f"from one begin_with to the next there are up to {longest} tokens, and windows of seq_len = {seq_len} "
            f"would skip the rest: take a seq_len of at least {longest}, or no begin_with"
        )
    return starts[starts + seq_len < len(tokens)]


def _as_array(tokens: TokenFile | Tensor) -> np.ndarray:
    """The ids as a numpy array (N,) that shares their memory."""
    if isinstance(tokens, TokenFile):
        return np.asarray(tokens.tokens)  # the same memory; slices of a plain array are quicker than of a memmap
    if isinstance(tokens, (list, tuple)):
        raise TypeError(
            f"tokens is a {type(tokens).__name__} of {len(tokens)} pieces, one for each story perhaps; a window may "
            "start in one story and end in the next, so make one stream of them first: torch.cat(pieces), or "
            "data.concatenate_stories(pieces, end_of_text)"
        )
    if not isinstance(tokens, Tensor):
        raise TypeError(
            f"tokens must be a path, a TokenFile or a tensor, got {type(tokens).__name__}; "
            "torch.as_tensor makes a tensor of an array"
        )
    if tokens.is_floating_point() or tokens.is_complex() or tokens.dtype == torch.bool:
        raise TypeError(f"token ids are whole numbers, got a tensor of {tokens.dtype}")
    if tokens.dim() != 1:
        raise ValueError(f"tokens must be one stream of shape (N,), got {tuple(tokens.shape)}: flatten it first")
    return tokens.detach().cpu().numpy()
