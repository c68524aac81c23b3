"""A lesson that keeps the rules for readers, and what is said of each way to break one."""

import pytest

from course_tools.authoring import glossary
from course_tools.authoring.outputs import OutputError, clean_outputs, find_booleans
from course_tools.authoring.rules import find_missing, find_problems
from course_tools.authoring.source import parse

LESSON = """\
# %% [markdown]
# # A lesson

# %%
import torch
first = 1
second = 2
third = 3

# %% [markdown]
# **Guess first.** How many?

# %%
guess = ...

# %%
total = first + second
reveal("how many", total, guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="t", xlabel="x", ylabel="y")
axes.plot([total])
plotting.show(fig, alt="a line", folded="the line")

# %% [markdown]
# **Guess first.** And twice?

# %%
guess_of_twice = ...

# %%
reveal("twice", 2 * total, guess_of_twice)

# %% [markdown] quiz=true
# **1.** A?
#
# - a
#   + yes
# - b
#   - no
#
# **2.** B?
#
# - a
#   + yes
# - b
#   - no
#
# **3.** C?
#
# - a
#   + yes
# - b
#   - no
"""


def problems(text):
    source = parse(text, "lesson.py", exercises=False)
    return [*find_problems(source), *find_missing(source)]


def test_a_lesson_that_keeps_the_rules_has_no_problems():
    assert problems(LESSON) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("guess = ...\n\n# %%\ntotal", "total", "comes a cell that is only"),
        ("# **Guess first.** And twice?", "# And twice?", "before a cell for a guess the text asks"),
        ("# **Guess first.** And twice?", "# **Predict, then run.** And twice?", "a prompt begins with"),
        ('reveal("how many", total, guess)', "print(total)", "no reveal"),
        ('reveal("how many", total, guess)', 'reveal("how many", total)', "no reveal"),
        ("total = first + second\n", 'plotting.show(fig, alt="a")\n', "stands open"),
        ('# %% fold="drawing"', "# %%", "visible lines of code draw"),
        ("# **3.** C?\n#\n# - a\n#   + yes\n# - b\n#   - no\n", "# The end.\n", "a lesson ends with 3 questions"),
        ("third = 3", 'print("≈ 3")', "measured"),
    ],
)
def test_each_broken_rule_is_named(old, new, said):
    assert old in LESSON
    assert any(said in problem.message for problem in problems(LESSON.replace(old, new)))


@pytest.mark.parametrize(
    "line",
    [
        "largest difference below 1e-5: True",
        "more than 100: False",
        "it works: True",
        "same size, within 1e-3: True < 1",
    ],
)
def test_a_size_is_not_printed_as_true_or_false(line):
    assert bool(find_booleans(line)) == line.endswith(("True", "False"))


@pytest.mark.parametrize("line", ["same as the loop: True", "ids are equal: True", "loss: 2.87"])
def test_an_equality_may_be(line):
    assert find_booleans(line) == []


def test_a_number_outside_its_range_is_not_built():
    import nbformat

    output = nbformat.v4.new_output("stream", name="stdout", text="loss ≈ 3.4 (usually 2.8 to 3)\n")
    with pytest.raises(OutputError, match="not in the range"):
        clean_outputs(nbformat.v4.new_code_cell("x", outputs=[output]), ())


def test_a_spelling_that_the_glossary_refuses_is_named_with_the_right_one(tmp_path):
    (tmp_path / "docs").mkdir()
    table = "| term | meaning | lesson | not |\n|---|---|---|---|\n| KV cache | keys | 10 | KV-cache, key cache |\n"
    (tmp_path / "docs" / "glossary.md").write_text(table, encoding="utf-8")
    refused = glossary.read_refused(tmp_path)
    text = "# %% [markdown]\n# # L\n# The kv-cache, and `KV-cache` in code.\n"
    (problem,) = glossary.find_problems(parse(text, "l.py", exercises=False), refused)
    assert problem.line == 3
    assert "KV cache" in problem.message
    assert glossary.read_refused(tmp_path / "nowhere") == {}
