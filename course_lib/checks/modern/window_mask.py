"""Lesson 18, exercise 2: a sliding window, with a cache before it."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.modern.inputs import drawn_size
from course_lib.checks.modern.slots.window_mask import VARIANTS


def window_mask(new: int, seen: int, window: int) -> Tensor:
    """(new, seen), True where a query may look: at itself and the window − 1 before it; queries come last."""
    key = torch.arange(seen)
    query = key[seen - new :, None]
    return (key <= query) & (key > query - window)


def masked(rule: Callable[[Tensor, Tensor, int], Tensor], *, from_zero: bool = False) -> Callable[..., Tensor]:
    """A mask by another rule for the positions of key and query."""

    def build(new: int, seen: int, window: int) -> Tensor:
        key = torch.arange(seen)
        query = torch.arange(new)[:, None] if from_zero else key[seen - new :, None]
        return rule(key, query, window)

    return build


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Without a cache, one new token, a piece after a cache, a window of one and one that holds all, and drawn ones."""
    seen = drawn_size(generator, 7, 12)
    new, window = drawn_size(generator, 2, 6), drawn_size(generator, 2, 5)
    return [
        Case((4, 4, 2), label="4 tokens without a cache, window 2"),
        Case((1, 6, 3), label="1 new token after 5, window 3"),
        Case((3, 7, 2), label="3 new tokens after 4, window 2"),
        Case((3, 5, 1), label="a window of 1: itself alone"),
        Case((3, 5, 5), label="a window that holds all"),
        Case((2, 4, 99), label="a window longer than the text"),
        Case((new, seen, window), label=f"{new} new tokens after {seen - new}, window {window}"),
    ]


def no_row_is_empty(call: Call, generator: torch.Generator) -> None:
    """Every query sees at least itself: a softmax over nothing is NaN."""
    if not bool(call(3, 8, 1).any(dim=-1).all()):
        raise Failed("with window = 1 a query should see itself; here one sees nothing, and its softmax would be NaN")


EXERCISE = Exercise(
    name="window_mask",
    reference=window_mask,
    variants=VARIANTS,
    cases=mask_cases,
    forbidden=("course_lib.attention.window_mask",),
    properties=(Property("every query sees itself", no_row_is_empty),),
    misconceptions=(
        Misconception(
            "one key too many",
            masked(lambda key, query, window: (key <= query) & (key >= query - window)),
            "Each query sees window + 1 keys. It counts among the window itself: window − 1 are before it.",
        ),
        Misconception(
            "one key too few",
            masked(lambda key, query, window: (key <= query) & (key > query - window + 1)),
            "Each query sees window − 1 keys. With itself it should see `window` of them.",
        ),
        Misconception(
            "the query itself left out",
            masked(lambda key, query, window: (key < query) & (key >= query - window)),
            "A query does not see its own position. It counts among the window.",
        ),
        Misconception(
            "queries counted from 0",
            masked(lambda key, query, window: (key <= query) & (key > query - window), from_zero=True),
            "Your first query stands at position 0. With a cache queries are the last positions: from seen − new.",
        ),
        Misconception(
            "no window",
            masked(lambda key, query, window: key <= query),
            "That is the causal mask: keys far back are still seen. Leave out those at query − window and before.",
        ),
        Misconception(
            "the future is seen",
            masked(lambda key, query, window: (key - query).abs() < window),
            "The window reaches to both sides. A query may not see keys after it.",
        ),
        Misconception(
            "only the future is open",
            masked(lambda key, query, window: key > query - window),
            "Keys after the query are seen. Ask for key <= query as well.",
        ),
        Misconception(
            "True where it is hidden",
            lambda new, seen, window: ~window_mask(new, seen, window),
            "True and False are exchanged: True is where a query may look.",
        ),
        Misconception(
            "blocks for windows",
            masked(lambda key, query, window: (key <= query) & (key // window == query // window)),
            "You cut the text into blocks. A sliding window moves with the query.",
        ),
        Misconception(
            "keys by queries",
            lambda new, seen, window: window_mask(new, seen, window).T,
            "The mask is (seen, new). A row is a query: (new, seen).",
        ),
        Misconception(
            "the window of the last query for all",
            lambda new, seen, window: window_mask(new, seen, window)[-1:].expand(new, seen),
            "Every query gets the keys of the last one. Each has a window of its own, which ends at itself.",
        ),
    ),
    hints=(
        "At which position stands the first of the new tokens, if `seen` counts all, the new ones among them?",
        "Positions of keys: torch.arange(seen). Of queries: the last `new` of them, as a column.",
        "(key <= query) & (key > query - window)",
    ),
    review="lesson 18, 'Sliding windows beside global layers'",
)
