"""Lesson 15, exercise 2: a split that leaks."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_text, drawn_whole

Split = tuple[list[str], list[str]]


def words_of(text: str) -> object:
    """What makes two stories the same: their words in order, whatever the spaces."""
    return tuple(text.split())


def split_stories(stories: list[str], every: int) -> Split:
    """Every so-many-th distinct story is held out, once; all copies of the others are trained on."""
    return split_with()(stories, every)


def split_with(
    key: Callable[[str], object] = words_of,
    held: Callable[[int, int], bool] = lambda number, every: number % every == every - 1,
    shown: Callable[[str], str] = str,
    train_once: bool = False,
    judge_copies: bool = False,
) -> Callable[[list[str], int], Split]:
    """`split_stories` with another idea of the same story, of which are held out, or of what becomes of copies."""

    def mutant(stories: list[str], every: int) -> Split:
        numbers: dict[object, int] = {}
        train, held_out = [], []
        for story in stories:
            is_new = key(story) not in numbers
            number = numbers.setdefault(key(story), len(numbers))
            if held(number, every):
                if is_new or judge_copies:
                    held_out.append(shown(story))
            elif is_new or not train_once:
                train.append(shown(story))
        return train, held_out

    return mutant


def by_place(stories: list[str], every: int) -> Split:
    """The broken one: every so-many-th place, whatever stands there."""
    train = [story for i, story in enumerate(stories) if i % every != every - 1]
    return train, [story for i, story in enumerate(stories) if i % every == every - 1]


def train_cleaned(stories: list[str], every: int) -> Split:
    """By place, and what was held out is then taken from the training text."""
    train, held_out = by_place(stories, every)
    known = {words_of(story) for story in held_out}
    return [story for story in train if words_of(story) not in known], held_out


def held_out_cleaned(stories: list[str], every: int) -> Split:
    """By place, and what is trained on is then taken from the held-out text."""
    train, held_out = by_place(stories, every)
    known = {words_of(story) for story in train}
    return train, [story for story in held_out if words_of(story) not in known]


def each_made_distinct(stories: list[str], every: int) -> Split:
    """By place, and copies are removed within each part."""
    train, held_out = by_place(stories, every)
    return list(dict.fromkeys(train)), list(dict.fromkeys(held_out))


def cases(generator: torch.Generator) -> list[Case]:
    """No copies; copies of either part; other spaces and capitals; drawn ones."""
    n = drawn_whole(generator, 5, 8)
    texts = [f"{drawn_text(generator, 3)} {i}" for i in range(n)]
    order = torch.randint(n, (3 * n,), generator=generator).tolist()
    spaced = [texts[i].replace(" ", "\n" if place % 3 == 0 else " ") for place, i in enumerate(order)]
    spaces = ["a cat", "a dog", "a dog ", "A dog", "a  dog", "dog a", "the end", "so"]
    return [
        Case((["a", "b", "c", "d"], 2), label="four stories without copies, every 2nd"),
        Case((["a", "b", "b", "c", "a", "d"], 2), label="two stories that come twice, every 2nd"),
        Case((["no body", "nobody", "a dog"], 2), label="one word or two"),
        Case((spaces, 3), label="other spaces, capitals and order"),
        Case(([texts[i] for i in order], 3), label=f"{3 * n} drawn from {n} stories, every 3rd"),
        Case((spaced, 2), label=f"{3 * n} drawn from {n} stories, with line ends"),
    ]


EXERCISE = Exercise(
    name="split_stories",
    reference=split_stories,
    cases=cases,
    misconceptions=(
        Misconception(
            "by place",
            by_place,
            "A copy stands at another place, and so in the other part. Number the distinct stories, not the places.",
        ),
        Misconception(
            "each part made distinct",
            each_made_distinct,
            "Without copies within each part, a story can still be in both. Decide once for each distinct story.",
        ),
        Misconception(
            "training text cleaned",
            train_cleaned,
            "No leak is left, but the places still decide, and copies are judged twice. Number the distinct stories.",
        ),
        Misconception(
            "held-out text cleaned",
            held_out_cleaned,
            "No leak is left, but the more often a story is told, the less it is judged. Number the distinct stories.",
        ),
        Misconception(
            "spaces make a difference",
            split_with(key=lambda story: story),
            "The same words with another line end are the same story: compare story.split().",
        ),
        Misconception(
            "only outer spaces removed",
            split_with(key=lambda story: story.strip()),
            "strip() removes spaces at the ends only. Within a story they may differ too: compare story.split().",
        ),
        Misconception(
            "capitals make no difference",
            split_with(key=lambda story: tuple(story.lower().split())),
            "Stories with other capitals count as different ones here.",
        ),
        Misconception(
            "order of words makes no difference",
            split_with(key=lambda story: frozenset(story.split())),
            "A set of words has no order. Compare the list of words: tuple(story.split()).",
        ),
        Misconception(
            "the first held out",
            split_with(held=lambda number, every: number % every == 0),
            "The first distinct story has the number 0 and is trained on; held out is number every − 1.",
        ),
        Misconception(
            "trained on once",
            split_with(train_once=True),
            "Copies stay in the training text; only the held-out part has each story once.",
        ),
        Misconception(
            "copies judged",
            split_with(judge_copies=True),
            "A story that comes twice would count twice in the loss. The held-out part has each story once.",
        ),
        Misconception(
            "parts swapped",
            lambda stories, every: split_stories(stories, every)[::-1],
            "Return the training stories first, then those held out.",
        ),
        Misconception(
            "stories rewritten",
            split_with(shown=lambda story: " ".join(story.split())),
            "Compare without spaces, but return each story as it came.",
        ),
    ),
    hints=(
        "When is it decided where a story goes? At each place. It should be once for each distinct story.",
        "numbers = {}; numbers.setdefault(tuple(story.split()), len(numbers)) gives each distinct story its number.",
        "A story whose number % every == every − 1 is held out, if it has not been; all others go to train.",
    ),
    review="lesson 15, 'A leak, planted'",
)
