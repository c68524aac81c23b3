import pytest

from course_tools.authoring.quiz import count_questions, find_problems, folded

GOOD = """\
### Questions

**1.** What does `x < y` give?

- A table of `True` and `False`
  + One for each pair,
  as broadcasting says.
- An error
  - Shapes that broadcast fit.

The end."""


def test_each_choice_becomes_a_line_that_opens_its_reason():
    text = folded(GOOD)
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<summary>A table of <code>True</code> and <code>False</code></summary>" in text
    assert "**Right.** One for each pair, as broadcasting says." in text
    assert "**No.** Shapes that broadcast fit." in text
    assert text.startswith("### Questions")
    assert text.endswith("The end.")


def test_a_reason_is_read_as_markdown():
    """Between the tags of HTML only what follows an empty line is."""
    assert "</summary>\n\n**Right.**" in folded(GOOD)


def test_good_questions_have_no_problems():
    assert find_problems(GOOD, 1) == []
    assert count_questions(GOOD) == 1


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        (GOOD.replace("  + One", "  - One"), 12, "right 0"),
        (GOOD.replace("  - Shapes", "  + Shapes"), 12, "right 2"),
        (GOOD.replace("  - Shapes that broadcast fit.\n", ""), 17, "its reason"),
        (GOOD.replace("**1.** ", ""), 14, "before the first question"),
        ("No question at all.", 10, "begins with"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(source, line, said):
    problem = find_problems(source, 10)[0]
    assert said in problem.message
    assert problem.line == line
