"""A check that refuses an answer names the place to read again; that place must be in the lesson."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def find_reviews() -> list[tuple[str, str]]:
    """(file below course_lib/checks, its `review`) of every check."""
    reviews = []
    for path in sorted((ROOT / "course_lib/checks").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "review" and isinstance(node.value, ast.Constant):
                reviews.append((str(path.relative_to(ROOT / "course_lib/checks")), str(node.value.value)))
    return reviews


def headings_of(lesson: str) -> dict[str, str]:
    """{heading: number of the section that it stands in} of a lesson's source, without code marks."""
    (path,) = (ROOT / "sources/notebooks").glob(f"{lesson}_*.py")
    section, headings = "", {}
    for level, number, heading in re.findall(r"^# (#+) (?:(\d+) · )?(.+)$", path.read_text(encoding="utf-8"), re.M):
        if level == "##":
            section = number
        headings[heading.replace("`", "").strip()] = section
    return headings


@pytest.mark.parametrize(("check", "review"), find_reviews())
def test_the_place_to_read_again_is_a_heading_of_the_lesson(check: str, review: str) -> None:
    place = re.match(r"lesson (\d\d)(?:, section (\d+))?", review)
    assert place, f"{check}: a review begins with the lesson, such as lesson 03, got {review!r}"
    lesson, section = place.groups()
    headings = headings_of(lesson)
    for quoted in re.findall(r"(?:, |and )'(.+?)'(?= and '|$)", review):
        assert quoted.replace("`", "") in headings, f"{check}: lesson {lesson} has no heading {quoted!r}"
        if section:
            assert headings[quoted.replace("`", "")] == section, f"{check}: {quoted!r} is not in section {section}"
