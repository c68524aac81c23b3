"""`StoryWindows` of lesson 02, and how it goes wrong."""

import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.data import count_windows, make_windows, shift_by_one


class StoryWindows(Dataset):
    """Windows of the stream that a list of stories makes."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self) -> int:
        return count_windows(len(self.tokens), self.seq_len)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return shift_by_one(self.tokens[start : start + self.seq_len + 1])


class ListOfStories(StoryWindows):
    """`shape[0]` replaced by `len`: windows of stories instead of tokens."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        self.tokens = stories  # type: ignore[assignment]
        self.seq_len = seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return self.tokens[start : start + self.seq_len], self.tokens[start + 1 : start + self.seq_len + 1]


class LeftAsItIs(ListOfStories):
    """The broken class."""

    def __len__(self) -> int:
        return (self.tokens.shape[0] - 1) // self.seq_len


class FirstStory(StoryWindows):
    """`stories[0]` has a shape, so the error is gone."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories[:1], seq_len)


class Stacked(StoryWindows):
    """`torch.stack` wants tensors of one length."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories, seq_len)
        self.tokens = torch.stack(stories)


class WithinStories(StoryWindows):
    """Each story cut by itself, its rest thrown away."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories, seq_len)
        self.pairs = [
            pair
            for story in stories
            if len(story) > seq_len
            for pair in zip(*make_windows(story, seq_len), strict=True)
        ]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.pairs[index]


class TokenAfterForgotten(StoryWindows):
    """Counts a window whose last target does not exist."""

    def __len__(self) -> int:
        return len(self.tokens) // self.seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return self.tokens[start : start + self.seq_len], self.tokens[start + 1 : start + self.seq_len + 1]


class StartsAtTheIndex(StoryWindows):
    """Window number 1 begins at token 1."""

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return shift_by_one(self.tokens[index : index + self.seq_len + 1])


class WindowAtEveryToken(StartsAtTheIndex):
    """The same with as many windows as there are tokens to start at."""

    def __len__(self) -> int:
        return len(self.tokens) - self.seq_len


class PiecesOfOneMore(StoryWindows):
    """The stream cut into pieces of seq_len + 1, and shifted within each."""

    def __len__(self) -> int:
        return len(self.tokens) // (self.seq_len + 1)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * (self.seq_len + 1)
        return shift_by_one(self.tokens[start : start + self.seq_len + 1])


class SeparatorAgain(StoryWindows):
    """A 0 before each story, which begins with its separator already."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__([torch.cat([torch.zeros(1, dtype=story.dtype), story]) for story in stories], seq_len)


class NotShifted(StoryWindows):
    """y is x."""

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        x, _ = super().__getitem__(index)
        return x, x


class OneTooFew(StoryWindows):
    """The last window left out."""

    def __len__(self) -> int:
        return super().__len__() - 1
