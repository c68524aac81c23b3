"""Links to the pages of students. links: where each lies, relative to the page at hand, by id."""

from collections.abc import Iterable, Mapping

from course_tools.grading.outputs.page import Html, element


def linked(students: Iterable[str], links: Mapping[str, str]) -> Html:
    """Students by id, each a link to their page."""
    named = [link(student, links) for student in students]
    return element("p", *[part for one in named for part in (one, ", ")][:-1])


def link(student: str, links: Mapping[str, str], text: str = "") -> Html:
    """A link to a student's page, if there is one; `text` in place of the id."""
    if student not in links:
        return element("span", text or student)
    return element("a", text or student, href=links[student])
