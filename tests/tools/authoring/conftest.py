import shutil
from pathlib import Path

import pytest

from course_tools.commands.build import build_notebooks as build

LESSON = """\
# %% [markdown]
# # 03 · Attention
# What you will be able to do.

# %%
numbers = [1, 2, 3]
print("one")
print("two")

# %%
sum(numbers)

# %% tags=["skip-execution"]
raise RuntimeError("needs the network")
"""

SOLUTION = """\
# %% [markdown]
# # 03 · Exercises
# Two of them.

# %%
def check(answer):
    try:
        print("right" if answer(2) == 4 else "wrong")
    except NotImplementedError:
        print("not attempted yet")

# %% [markdown] exercise="double" kind="implement" difficulty=2 minutes=8 points=2
# ## Exercise 1: Twice
# Return twice the number.

# %% answer="double"
def double(x: int) -> int:
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    twice_the_number_given = x + x
    return twice_the_number_given
    ### END SOLUTION

# %% check="double"
check(double)

# %% [markdown] exercise="explain_double" kind="explain" difficulty=1 minutes=1 points=1
# ## Exercise 2: Why

# %% [markdown] answer="explain_double"
# ### BEGIN SOLUTION
# Because addition of a number to itself doubles it.
# ### END SOLUTION
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one topic, with sources and without notebooks."""
    write_source(tmp_path, "notebooks/03_attention.py", LESSON)
    write_source(tmp_path, "solutions/03_attention.py", SOLUTION)
    return tmp_path


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same course, built: not to be changed."""
    root = tmp_path_factory.mktemp("built")
    write_source(root, "notebooks/03_attention.py", LESSON)
    write_source(root, "solutions/03_attention.py", SOLUTION)
    assert build(root=root) == 0
    return root


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """The same course, built, to be changed at will."""
    return Path(shutil.copytree(built_once, tmp_path / "built"))


def write_source(root: Path, name: str, text: str) -> None:
    path = root / "sources" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
