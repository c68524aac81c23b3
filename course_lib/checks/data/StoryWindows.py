"""Lesson 02, exercise 5 (debug): the list that should have been a stream."""

import torch

from course_lib.checks.data.datasets import (
    FirstStory,
    LeftAsItIs,
    ListOfStories,
    NotShifted,
    OneTooFew,
    PiecesOfOneMore,
    SeparatorAgain,
    Stacked,
    StartsAtTheIndex,
    StoryWindows,
    TokenAfterForgotten,
    WindowAtEveryToken,
    WithinStories,
)
from course_lib.checks.data.inputs import draw
from course_lib.checks.data.slots.StoryWindows import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


def story_cases(generator: torch.Generator) -> list[Case]:
    """Stories shorter and longer than a window; a stream that ends just before a window does."""

    def drawn() -> Case:
        stories = [
            torch.randint(1_000, (draw(3, 12, generator),), generator=generator) for _ in range(draw(6, 12, generator))
        ]
        seq_len = draw(3, 7, generator)
        return Case((stories, seq_len), label=f"{len(stories)} stories, seq_len {seq_len}")

    return [
        Case(([torch.tensor([0, 5, 6]), torch.tensor([0, 7, 8, 9])], 2), label="stories of 3 and 4 tokens, seq_len 2"),
        Case(([torch.arange(6), torch.arange(6)], 4), label="two stories of 6 tokens, seq_len 4"),
        *(drawn() for _ in range(draw(1, 3, generator))),
    ]


EXERCISE = Exercise(
    name="StoryWindows",
    reference=StoryWindows,
    forbidden=("course_lib.data.TokenDataset",),
    variants=VARIANTS,
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
        Misconception(
            "window number 1 begins at token 1",
            StartsAtTheIndex,
            "`index` counts windows, not tokens. Window number `index` begins at index * seq_len.",
        ),
        Misconception(
            "a window at every token",
            WindowAtEveryToken,
            "Your windows begin one token apart and overlap. They should begin seq_len tokens apart.",
        ),
        Misconception(
            "pieces of T + 1",
            PiecesOfOneMore,
            "Your windows begin every seq_len + 1 tokens, so the first token of each is never predicted. They begin "
            "every seq_len tokens; the token after a window is the first of the next.",
        ),
        Misconception(
            "a second separator",
            SeparatorAgain,
            "Each story begins with its separator already; you put another one before it.",
        ),
        Misconception(
            "y not shifted",
            NotShifted,
            "Your y is x. It begins one token later: self.tokens[start + 1 : end + 1].",
        ),
        Misconception(
            "one window too few",
            OneTooFew,
            "The last window has all its targets: n windows need n · seq_len + 1 tokens, so n is "
            "(len(tokens) - 1) // seq_len.",
        ),
    ),
    hints=(
        "The message is about `shape`, but what is the mistake: the line that fails, or what it was given?",
        "The class wants one stream of tokens. Make it in __init__, so that the other two methods can stay.",
        "`self.tokens = torch.cat(stories)`, and nothing else has to change.",
    ),
    review="lesson 02, section 10, 'The mistake everybody makes once'",
)
