"""Lesson 19, exercise 7: read a text's keys from its pages."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.inference.inputs import drawn_size
from course_lib.checks.inference.slots.gather_pages import VARIANTS

Answer = Callable[[Tensor, list[int], int], Tensor]


def gather_pages(memory: Tensor, table: list[int], length: int) -> Tensor:
    """The first `length` rows of the pages that the table names, in its order: (length, D)."""
    return memory[torch.tensor(table)].flatten(0, 1)[:length]


def with_table(other: Callable[[Tensor, list[int], int], list[int]]) -> Answer:
    """`gather_pages` that reads other pages: other(memory, table, length)."""
    return lambda memory, table, length: gather_pages(memory, other(memory, table, length), length)


def token_by_token(place: Callable[[int, int, int], tuple[int, int]]) -> Answer:
    """place(position, page size, pages of the text) says which entry of the table, and which row of that page."""

    def mutant(memory: Tensor, table: list[int], length: int) -> Tensor:
        size = memory.shape[1]
        places = [place(position, size, len(table)) for position in range(length)]
        return torch.stack([memory[table[entry % len(table)], row % size] for entry, row in places])

    return mutant


def pages_cases(generator: torch.Generator) -> list[Case]:
    """A page, two in order, two in another order, pages that are not full, drawn tables."""
    rows = torch.arange(12.0).view(3, 2, 2)  # three pages of two tokens of two numbers

    def drawn() -> Case:
        pages, size = drawn_size(generator, 5, 8), drawn_size(generator, 2, 4)
        table = torch.randperm(pages, generator=generator)[:3].tolist()
        length = 2 * size + drawn_size(generator, 1, size)
        memory = torch.randn(pages, size, 3, generator=generator)
        return Case((memory, table, length), label=f"pages {table} of {size} tokens, {length} tokens")

    return [
        Case((rows, [1], 2), label="page 1, full"),
        Case((rows, [0, 2], 4), label="pages 0 and 2, full"),
        Case((rows, [2, 0], 4), label="pages 2 and 0, in this order"),
        Case((rows, [2, 0], 3), label="pages 2 and 0, of which the second holds one token"),
        Case((torch.arange(12.0).view(2, 3, 2), [1, 0], 2), label="two pages of 3 tokens, and 2 tokens are there"),
        Case((rows, [1, 0, 2], 3), label="three pages were taken, and 3 tokens are there"),
        *(drawn() for _ in range(3)),
    ]


EXERCISE = Exercise(
    name="gather_pages",
    reference=gather_pages,
    variants=VARIANTS,
    cases=pages_cases,
    misconceptions=(
        Misconception(
            "the last rows",
            lambda memory, table, length: memory[torch.tensor(table)].flatten(0, 1)[-length:],
            "You keep the last rows. The text begins at the first row of the first page; what is too much is at "
            "the end.",
        ),
        Misconception(
            "pages next to the first",
            with_table(lambda memory, table, length: [(table[0] + i) % len(memory) for i in range(len(table))]),
            "You read the pages that lie behind the first one. The table says which page is next.",
        ),
        Misconception(
            "the last page whole",
            lambda memory, table, length: memory[torch.tensor(table)].flatten(0, 1),
            "The last page may be filled in part. What lies behind the text's end is old: cut at `length`.",
        ),
        Misconception(
            "pages in the order of their numbers",
            with_table(lambda memory, table, length: sorted(table)),
            "The table has the pages in the order of the text, whatever their numbers are. Do not sort.",
        ),
        Misconception(
            "the table not used",
            with_table(lambda memory, table, length: list(range(len(table)))),
            "You read pages 0, 1, 2 … as if the text lay in one piece. The table says which pages are the text's.",
        ),
        Misconception(
            "backwards",
            with_table(lambda memory, table, length: table[::-1]),
            "The first page of the table holds the text's beginning.",
        ),
        Misconception(
            "the page that is not full left out",
            lambda memory, table, length: gather_pages(memory, table, length)[
                : length // memory.shape[1] * memory.shape[1]
            ],
            "length // page_size counts full pages only. The tokens of the last one belong to the text as well.",
        ),
        Misconception(
            "quotient and remainder swapped",
            token_by_token(lambda position, size, pages: (position % size, position // size)),
            "position // page_size says which page, position % page_size which row of it. Yours has them swapped.",
        ),
        Misconception(
            "dealt out in turn",
            token_by_token(lambda position, size, pages: (position % pages, position // pages)),
            "A page is filled before the next one begins: page position // page_size.",
        ),
        Misconception(
            "the first page again and again",
            token_by_token(lambda position, size, pages: (0, position)),
            "Behind page_size tokens comes the next page of the table.",
        ),
        Misconception(
            "left in pages",
            lambda memory, table, length: memory[torch.tensor(table)],
            "Put the pages one behind the other, (pages · page_size, D), and cut at the text's length.",
        ),
        Misconception(
            "cut within each page",
            lambda memory, table, length: memory[torch.tensor(table), :length].flatten(0, 1),
            "The cut is at the end of the whole text, and not in each page: flatten first.",
        ),
        Misconception(
            "one token too few",
            lambda memory, table, length: gather_pages(memory, table, length - 1),
            "The text has `length` tokens: [:length] holds all of them.",
        ),
    ),
    hints=(
        "Which page of the table is the text's sixth token in, if a page has four? Which row of that page?",
        "memory[table] has the pages in the text's order: (pages, page_size, D).",
        "memory[table].flatten(0, 1)[:length]",
    ),
    review="lesson 19, 'Pages'",
)
