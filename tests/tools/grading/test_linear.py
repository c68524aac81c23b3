"""Reading what a student wrote takes time in proportion to it, however it is laid out."""

import gc
import json
import time

import pytest

from course_lib.checks.engine.answers import chunks_of, find_answer
from course_lib.util.notebook import MAX_CODE, read_notebook
from tests.tools.grading.conftest import code_cell

CELLS = {
    "spaces before a bracket": lambda n: [" " * n + "(\n"],
    "spaces in a magic": lambda n: ["%magic\n" + "a" + " " * n + "("],
    "magics with open brackets": lambda n: ["!echo (\n" * (n // 8) + "x = 1\n" * n],
    "questions": lambda n: ["a?\n" * n],
    "shell commands into names": lambda n: ["x = !ls\n" * (n // 8) + "x = (1 +\n" + "1 +\n" * n + "1)"],
    "a command over many lines": lambda n: ["!echo a \\\n" * n + "b"],
    "short lines": lambda n: ["\n".join(["x=1"] * n)],
    "statements in a line": lambda n: [";".join(["x=1"] * n)],
    "a chain of names": lambda n: ["\n".join(f"x{i + 1}=x{i}" for i in range(n // 3)), f"def f(): x{n // 3}"],
    "long lists": lambda n: [f"x=[{'1,' * 1_000}]"] * (n // 100),
    "definitions that build on the one before": lambda n: ["def f(): 0\n" + "f=f\n" * (n // 4)],
    "many names at once": lambda n: [
        ",".join(f"a{i}" for i in range(n // 3)) + "=" + ",".join(f"b{i}" for i in range(n // 3)),
        f"def f(): return {','.join(f'a{i}' for i in range(n // 3))}",
    ],
    "imports": lambda n: ["import " + ",".join(["os"] * n)],
}
EMPTY = read_notebook(b'{"cells": [], "nbformat": 4}')
SIZE = 8_000
RATIO = 3.2  # twice the size may take this many times as long: a reader that is quadratic takes 4


def seconds(cells):
    data = json.dumps({"cells": [code_cell(source) for source in cells], "nbformat": 4}).encode()
    gc.collect()
    gc.disable()  # whose walks through all objects of the tests are not the reader's
    began = time.process_time()
    notebook = read_notebook(data)
    if answer := find_answer(notebook, EMPTY, "f"):
        chunks_of(answer, notebook, EMPTY)
    took = time.process_time() - began
    gc.enable()
    return took


@pytest.mark.parametrize("kind", CELLS)
def test_twice_the_size_takes_about_twice_the_time(kind):
    small, large = seconds(CELLS[kind](SIZE)), seconds(CELLS[kind](2 * SIZE))
    if large >= max(RATIO * small, 0.1):  # by chance, or because it is quadratic: that will be seen again
        small, large = min(small, seconds(CELLS[kind](SIZE))), min(large, seconds(CELLS[kind](2 * SIZE)))
    assert large < max(RATIO * small, 0.1), f"{small:.2f} s, then {large:.2f} s"
    assert large < 10


def test_all_code_together_has_a_limit():
    cell = code_cell("x = 1 " + "#" * 90_000)
    notebook = read_notebook(json.dumps({"cells": [cell] * 40, "nbformat": 4}).encode())
    assert f"cell 6 and all below it are left out: over {MAX_CODE:,} characters" in notebook.problems[-1]
    assert len(notebook.statements) == 5
