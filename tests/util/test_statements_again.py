"""A cell that was read before, in another notebook, is read the same at its own place."""

import ast

import pytest

from course_lib.util.statements import statements_of

CELLS = [
    "import a, b\nx = 1; y = x",
    "def f():\n    return g()\n\n\n@f\nclass A:\n    pass",
    "%time x = f(2)",
    "",
    "# nothing",
]


@pytest.mark.parametrize("code", CELLS)
def test_the_second_reading_differs_in_the_place_alone(code):
    problems: list[str] = []
    once = statements_of(code, 3, 7, problems)
    again = statements_of(code, 5, 20, problems)
    assert problems == []
    assert [(s.position, s.cell) for s in once] == [(7 + index, 3) for index in range(len(once))]
    assert [(s.position, s.cell) for s in again] == [(20 + index, 5) for index in range(len(once))]
    for one, other in zip(once, again, strict=True):
        assert (one.line, one.text, one.binds, one.touches, one.needs) == (
            other.line, other.text, other.binds, other.touches, other.needs,
        )  # fmt: skip
        assert ast.dump(one.node) == ast.dump(other.node)


def test_what_cannot_be_read_names_its_own_cell_each_time():
    for cell in (2, 9):
        problems: list[str] = []
        assert statements_of("def f(:", cell, 0, problems) == []
        assert problems[0].startswith(f"cell {cell} is not Python")
