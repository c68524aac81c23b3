"""Lesson 02, exercise 5 (debug): the list that should have been a stream."""

import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.checks.data.inputs import draw
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
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


def story_cases(generator: torch.Generator) -> list[Case]:
    """Stories shorter and longer than a window; a stream that ends just before a window does."""
    drawn = [torch.randint(1_000, (draw(3, 12, generator),), generator=generator) for _ in range(8)]
    return [
        Case(([torch.tensor([0, 5, 6]), torch.tensor([0, 7, 8, 9])], 2), label="stories of 3 and 4 tokens, seq_len 2"),
        Case(([torch.arange(6), torch.arange(6)], 4), label="two stories of 6 tokens, seq_len 4"),
        Case((drawn, 5), label="8 stories, seq_len 5"),
    ]


EXERCISE = Exercise(
    name="StoryWindows",
    reference=StoryWindows,
    forbidden=("course_lib.data.TokenDataset",),
    cases=story_cases,
    drive=drive.read_dataset,
    misconceptions=(
        Misconception(
            "the list left as it is",
            LeftAsItIs,
            "tokens is still the list of stories, and a list has no shape. The class wants one stream of tokens: "
            "make it of the list in __init__.",
        ),
        Misconception(
            "len instead of shape",
            ListOfStories,
            "The error is gone, but tokens is still a list of stories: its length is the number of stories, and a "
            "slice of it is a few whole stories. Make one stream of the list in __init__: torch.cat(stories).",
        ),
        Misconception(
            "only the first story",
            FirstStory,
            "You kept stories[0] and lost all the others. Join them: torch.cat(stories).",
        ),
        Misconception(
            "stacked",
            Stacked,
            "`torch.stack` puts tensors of equal shape beside each other along a new dimension, and stories have "
            "different lengths. `torch.cat` puts them one after the other.",
        ),
        Misconception(
            "windows within each story",
            WithinStories,
            "You cut each story by itself and throw away its rest, so stories shorter than a window are never "
            "seen. Join the stories first; a window may begin in one and end in the next.",
        ),
        Misconception(
            "the token after the last window forgotten",
            TokenAfterForgotten,
            "You count len(tokens) // seq_len windows. If they fit exactly, the last one lacks its last target. "
            "n windows need n · seq_len + 1 tokens.",
        ),
    ),
    hints=(
        "The message is about `shape`, but what is the mistake: the line that fails, or what it was given?",
        "The class wants one stream of tokens. Make it in __init__, so that the other two methods can stay.",
        "`self.tokens = torch.cat(stories)`, and nothing else has to change.",
    ),
    review="lesson 02, section 10, 'The mistake everybody makes once'",
)
