"""Formulas, docstrings, and the map of the lessons."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course_lib.util.topics import TOPICS
from course_tools.site import front, lesson_map
from course_tools.site.docstrings import as_restructured
from course_tools.site.formulas import as_mathml
from course_tools.site.headings import step_by_step

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_formula_is_mathml():
    formula = ElementTree.fromstring(as_mathml(r"\frac{q \cdot k}{\sqrt d}", display=True))
    assert formula.tag.endswith("math")
    assert formula.get("display") == "block"
    assert {"mfrac", "msqrt"} <= {element.tag.rpartition("}")[2] for element in formula.iter()}


@pytest.mark.parametrize(("latex", "spaced"), [(r"\beta \ln Z", True), (r"\ln (Z)", False), (r"\ln", False)])
def test_a_function_stands_apart_from_an_argument_without_brackets(latex, spaced):
    assert ("<mspace" in as_mathml(latex, display=False)) is spaced


def test_a_formula_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match=r"\\nosuchcommand"):
        as_mathml(r"x + \nosuchcommand y", display=False)


@pytest.mark.parametrize(
    ("docstring", "restructured"),
    [
        ("Plain.", "Plain."),
        ("`softmax` of x_ and |y|, a ** b, '*shape'", r"``softmax``\  of x\_ and \|y\|, a \*\* b, '\*shape'"),
        ("the *last* ones", "the *last* ones"),
        ("A line.\nx: a number.", "A line.\n\nx: a number."),
        ("as in\ntorch: nothing.", "as in\ntorch: nothing."),
        ("A line\n\n    x = 1\n\nMore.", "A line\n\n::\n\n    x = 1\n\nMore."),
        ("- one\n  goes on\n- two\nText", "- one\n  goes on\n\n- two\n\nText"),
    ],
)
def test_a_docstring_shows_what_stands_in_it(docstring, restructured):
    assert "\n".join(as_restructured(docstring.split("\n"))) == restructured


def test_every_lesson_is_on_the_map_once_and_linked():
    assert sorted(lesson_map.lessons_shown()) == [topic.number for topic in TOPICS]
    drawn = lesson_map.draw()
    for topic in TOPICS:
        assert drawn.count(f'href="notebooks/{topic.stem}.html"') == 1


def test_the_map_is_well_formed_and_nothing_in_it_overlaps():
    picture = ElementTree.fromstring(lesson_map.draw())
    boxes = [tuple(float(rect.get(key)) for key in ("x", "y", "width", "height")) for rect in picture.iter("rect")]
    assert len(boxes) == sum(len(row) for row in lesson_map.ROWS)
    for index, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[:index]:
            apart = other_x + other_width <= x or x + width <= other_x
            assert apart or other_y + other_height <= y or y + height <= other_y


def test_the_map_says_what_the_chart_of_the_readme_says():
    chart = re.search(r"```mermaid\n(.*?)```", README, flags=re.DOTALL).group(1)
    boxes = re.findall(r'(\w+)\["(.*?)"\]', chart)
    named = {name: {int(number) for number in re.findall(r"\b\d\d\b", text)} for name, text in boxes}
    rooms = {room.name: room for row in lesson_map.ROWS for room in row}
    arrows = set()
    for line in chart.splitlines()[1:]:
        names = re.findall(r"(\w+)(?:\[.*?\])?(?=\s*(?:-->|$))", line)
        for before, after in itertools.pairwise(names):
            arrows |= {*itertools.product(named[before], named[after])}
    drawn = {
        (a, b) for room in rooms.values() for before in room.after for a in rooms[before].lessons for b in room.lessons
    }
    assert set().union(*named.values()) == {topic.number for topic in TOPICS}
    assert drawn - {(12, 17)} <= arrows  # 16 and 17 share a room
    assert arrows - {(16, 17)} <= drawn


def test_the_readme_says_what_one_can_do_after_each_lesson():
    assert set(front.promises(README)) == {topic.number for topic in TOPICS}


def test_a_lesson_without_a_row_in_the_readme_is_named():
    with pytest.raises(ValueError, match="20_interpretability"):
        front.promises(README.replace("| 20 |", "| xx |"))


@pytest.mark.parametrize(
    ("text", "level", "stepped"),
    [
        ("# a\n### b\n### c\n## d", 0, "# a\n## b\n### c\n## d"),
        ("### b", 1, "## b"),
        ("# a\n```sh\n### no heading\n```\n## b", 0, "# a\n```sh\n### no heading\n```\n## b"),
        ("no heading\n#hash", 1, "no heading\n#hash"),
    ],
)
def test_headings_go_down_one_step_at_a_time(text, level, stepped):
    assert step_by_step(text, level)[0] == stepped
