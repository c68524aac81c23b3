"""Lesson 02, exercise 1: concatenate with end-of-text."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from course_lib.checks.data.inputs import draw
from course_lib.checks.data.slots.concatenate_stories import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.data import concatenate_stories

END_OF_TEXT = 0  # the id in cases drawn at random


def draw_ids(count: int, generator: torch.Generator) -> list[int]:
    """Ids of which none is END_OF_TEXT."""
    return torch.randint(1, 1_000, (count,), generator=generator).tolist()


def concatenation_cases(generator: torch.Generator) -> list[Case]:
    """Two stories to look at, one story, an empty one, and many of random lengths."""
    drawn = [
        [draw_ids(draw(0, 9, generator), generator) for _ in range(draw(4, 12, generator))]
        for _ in range(draw(1, 3, generator))
    ]
    return [
        Case(([[5, 6], [7]], 0), label="two stories"),
        Case(([[3, 1, 4]], 9), label="one story"),
        Case(([[5], [], [6, 7]], 0), label="an empty story between two others"),
        Case(([[100_000], [1, 2]], 128_000), label="ids of a vocabulary with 128,256 tokens"),
        *(Case((stories, draw(1_000, 2_000, generator)), label=f"{len(stories)} stories") for stories in drawn),
    ]


def concatenated_by(pieces_of: Callable[[Sequence[int], int], list[int]]) -> Callable[..., Tensor]:
    """The stream made of what `pieces_of(story, end_of_text)` gives for each story."""

    def concatenate(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
        return torch.tensor([token for story in stories for token in pieces_of(story, end_of_text)])

    return concatenate


def separated_between_only(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """As `"<|endoftext|>".join(stories)` does."""
    return concatenate_stories(stories, end_of_text)[1:]


def padded(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """All stories made as long as the longest."""
    pieces = [torch.tensor([end_of_text, *story]) for story in stories]
    return pad_sequence(pieces, batch_first=True, padding_value=end_of_text).flatten()


def joined_with_empty_tensors(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """`torch.tensor([])` is a tensor of floats, and one of them makes floats of all."""
    return torch.cat([piece for story in stories for piece in (torch.tensor([end_of_text]), torch.tensor(story))])


def only_the_first(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """`return` inside the loop."""
    return concatenate_stories(stories[:1], end_of_text)


def ids_are_int64(call: Call, generator: torch.Generator) -> None:
    """A tensor, and of the kind of whole numbers that embeddings and losses want."""
    stream = call([[5, 6], [7]], 0)
    if not isinstance(stream, Tensor) or stream.dtype != torch.int64:
        got = stream.dtype if isinstance(stream, Tensor) else type(stream).__name__
        raise Failed(f"asked for is a tensor of int64, and yours is {got}")


def cutting_gives_the_stories_back(call: Call, generator: torch.Generator) -> None:
    """Split at the separators, the stream falls into the stories."""
    stories = [draw_ids(draw(1, 6, generator), generator) for _ in range(5)]
    pieces: list[list[int]] = []
    for token in call(stories, END_OF_TEXT).tolist():
        if token == END_OF_TEXT:
            pieces.append([])
        elif not pieces:
            raise Failed(f"the stream begins with {token}, and no separator says that a story starts there")
        else:
            pieces[-1].append(token)
    if pieces != stories:
        raise Failed(f"cut at each separator, the stream should be {stories}; yours falls into {pieces}")


def unless_zero(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """`if end_of_text:`, which is False for 0."""
    return concatenated_by(lambda story, end: [end, *story] if end else [*story])(stories, end_of_text)


EXERCISE = Exercise(
    name="concatenate_stories",
    reference=concatenate_stories,
    variants=VARIANTS,
    cases=concatenation_cases,
    properties=(
        Property("cut at the separators, it gives the stories back", cutting_gives_the_stories_back),
        Property("the ids are int64", ids_are_int64),
    ),
    misconceptions=(
        Misconception(
            "no separator",
            concatenated_by(lambda story, end_of_text: list(story)),
            "Your stories run into each other. Nothing tells the model that a new one begins, so it learns that "
            "the second story continues the first. Put `end_of_text` before each story.",
        ),
        Misconception(
            "separator after each story",
            concatenated_by(lambda story, end_of_text: [*story, end_of_text]),
            "You put the separator after each story. In this course it goes before each one, as the tokenizer's "
            "template does it, so that a story can be asked for by giving the separator alone.",
        ),
        Misconception(
            "separator only between stories",
            separated_between_only,
            "You put separators between stories, like `join`, so the first story has none. The rule is one "
            "before each story, the first included.",
        ),
        Misconception(
            "separator on both sides",
            concatenated_by(lambda story, end_of_text: [end_of_text, *story, end_of_text]),
            "You put a separator before and after each story, so two stand between neighbours, and the model "
            "learns that an empty story follows each story. One separator a story is enough.",
        ),
        Misconception(
            "stories padded to one length",
            padded,
            "You made all stories as long as the longest. A stream needs no padding: windows are cut from it "
            "wherever they fall, and padding would only waste computation.",
        ),
        Misconception(
            "an empty story makes floats of all ids",
            joined_with_empty_tensors,
            "`torch.tensor([])` is a tensor of floating point numbers, and concatenated with whole numbers it "
            "turns all of them into floats. Collect the ids in one list first, or give dtype=torch.int64.",
        ),
        Misconception(
            "floats instead of ids",
            lambda stories, end_of_text: concatenate_stories(stories, end_of_text).float(),
            "torch.Tensor(...) makes floating point numbers. Ids are whole: torch.tensor(...) with a small t, or "
            "dtype=torch.int64.",
        ),
        Misconception(
            "a list, no tensor",
            lambda stories, end_of_text: concatenate_stories(stories, end_of_text).tolist(),
            "The ids are right, but in a Python list. Make a tensor of it: torch.tensor(stream).",
        ),
        Misconception(
            "an empty story left out",
            concatenated_by(lambda story, end_of_text: [end_of_text, *story] if story else []),
            "You skip empty stories. The rule is one separator before each story, an empty one included.",
        ),
        Misconception(
            "0 for every separator",
            lambda stories, end_of_text: concatenate_stories(stories, 0),
            "Your separator is always 0. Which id it is depends on the tokenizer: take `end_of_text`.",
        ),
        Misconception(
            "only the first story",
            only_the_first,
            "Only the first story is in your stream: the `return` stands inside the loop.",
        ),
        Misconception(
            "one separator for all",
            lambda stories, end_of_text: torch.tensor([end_of_text, *(token for story in stories for token in story)]),
            "There is one separator, before the first story. The others begin too: put one before each of them.",
        ),
        Misconception(
            "ids of 16 bits",
            lambda stories, end_of_text: concatenate_stories(stories, end_of_text) % 2**16,
            "uint16 holds ids up to 65,535. Larger vocabularies have larger ids, and these come back as other tokens: "
            "make int64 at once.",
        ),
        Misconception(
            "one separator too many, at the end",
            lambda stories, end_of_text: concatenate_stories([*stories, []], end_of_text),
            "You put one more separator at the end. There is one before each story, and no other.",
        ),
        Misconception(
            "no separator whose id is 0",
            unless_zero,
            "`if end_of_text:` takes the id 0 for none at all. 0 is an id like any other.",
        ),
    ),
    hints=(
        "Begin with an empty Python list and go through the stories one by one.",
        "For each story, first append `end_of_text`, then extend the list by the story's ids.",
        "`for story in stories: stream.append(end_of_text); stream.extend(story)`, and at the end one "
        "`torch.tensor(stream)`.",
    ),
    review="lesson 02, section 7, 'One stream of tokens'",
)
