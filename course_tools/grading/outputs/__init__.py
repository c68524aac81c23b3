"""What is made of grades: reports, grade books, pages for marking. It needs neither submissions nor exercises."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from course_lib.util.files import write_bytes, write_text
from course_lib.util.topics import find_topic
from course_tools.grading.outputs import autograders, gradebooks, summary
from course_tools.grading.outputs.class_page import class_page
from course_tools.grading.outputs.marking import FORM, form_in, form_of, marks_form, questions, with_entered
from course_tools.grading.outputs.marking_page import marking_page
from course_tools.grading.outputs.marks import (
    Line,
    by_id,
    from_page,
    merge_marks,
    read_form,
    read_marks,
    without_a_mark,
)
from course_tools.grading.outputs.moodle import moodle_csv
from course_tools.grading.outputs.student_page import student_page
from course_tools.grading.outputs.text import counted, file_names, page_names
from course_tools.grading.results import ClassGrades

CLASS_PAGE = "class.html"

__all__ = ["CLASS_PAGE", "Written", "apply_marks", "enter_marks", "from_page", "write_all"]


def apply_marks(grades: ClassGrades, out: Path, marks: Path | None = None) -> tuple[ClassGrades, tuple[str, ...]]:
    """The grades with the marks that people entered in `OUT/marking/marks.csv`, then those in the file `marks`.

    Also gives sentences about what was entered and is not in them. Raises ValueError if a mark cannot be.
    """
    stale: list[str] = []
    for path in dict.fromkeys([form_in(out), *([marks] if marks else [])]):
        if path.is_file() or path == marks:
            grades, more = merge_marks(grades, read_marks(path), path.name)
            stale += (*more, *without_a_mark(path))
    return grades, tuple(stale)


def enter_marks(grades: ClassGrades, out: Path, path: Path) -> tuple[str, ...]:
    """Enter into the form what was typed on a page for marking, which saved it as `path`; sentences about it.

    Raises ValueError if a mark cannot be; then nothing is entered.
    """
    lines = by_id(grades.students, read_form(path))
    merge_marks(grades, read_marks(path), path.name)
    form = form_in(out)
    entered, changed = with_entered(_kept_marks(grades, out), lines)
    write_text(form, form_of(entered))
    marks = counted(sum(bool(line["mark"]) for line in lines), "mark")
    return f"{marks} of {path.name} entered in {form}", *(f"{path.name}: {text}" for text in changed)


def _kept_marks(grades: ClassGrades, out: Path) -> tuple[Line, ...]:
    """The lines of the form, under the ids of students."""
    form = form_in(out)
    return by_id(grades.students, read_form(form)) if form.is_file() else ()


@dataclass(frozen=True)
class Written:
    """What came of writing. remarks: what the instructor should know.   failed: what could not be written, and why.

    places: of all files that were to be written, relative to the folder of the reports.
    """

    remarks: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    places: frozenset[str] = field(default=frozenset(), compare=False)


def write_all(
    grades: ClassGrades,
    out: Path,
    *,
    due: str = "",
    worksheets: Mapping[str, Path] | None = None,
) -> Written:
    """Write all reports and grade books into `out`, each beside its place first.

    class.html   students/NAME-ID.html   marking/QUESTION.html   marking/marks.csv (marks entered there are kept)
    gradebooks/nbgrader.csv, canvas.csv, exercises.csv, moodle_NN_topic.csv, moodle_NN_topic_feedback.zip
    gradescope/NAME/NN_topic.json   github_classroom/NAME/NN_topic.txt

    A file that cannot be made or written concerns whom it is about: the others are written, and it is said.

    due: ISO 8601.   worksheets: Moodle's, as downloaded, by name or number of the lesson.
    Raises ValueError if a worksheet or the form of marks is not one, or if a worksheet is where its copy would be
    written; then nothing is written.
    """
    remarks: list[str] = []
    files: dict[str, Callable[[], str | bytes]] = {}
    for lesson, worksheet in (worksheets or {}).items():
        topic = find_topic(lesson)
        place = f"gradebooks/moodle_{topic.stem}.csv"
        if (out / place).resolve() == worksheet.resolve():
            raise ValueError(f"{worksheet} would be overwritten: keep what Moodle gave somewhere else")
        filled = moodle_csv(grades, topic.name, worksheet)
        files[place] = partial(str, filled.text)
        files[f"gradebooks/moodle_{topic.stem}_feedback.zip"] = partial(bytes, filled.feedback)
        remarks += [f"{worksheet.name} has no line for {student}" for student in filled.missing]
    form = form_in(out)
    kept = _kept_marks(grades, out)
    files[str(form.relative_to(out))] = partial(marks_form, grades, kept)
    files["gradebooks/nbgrader.csv"] = partial(gradebooks.nbgrader_csv, grades, due)
    files["gradebooks/canvas.csv"] = partial(gradebooks.canvas_csv, grades)
    files["gradebooks/exercises.csv"] = partial(gradebooks.exercises_csv, grades)
    files |= _pages(grades, kept)
    failed = [text for place, make in files.items() if (text := _write(out / place, make))]
    return Written(tuple(remarks), tuple(failed), frozenset(files))


def _pages(grades: ClassGrades, kept: tuple[Line, ...]) -> dict[str, Callable[[], str | bytes]]:
    """How each file about one student, one question or the class is made, by its place."""
    names = file_names(student.id for student in grades.students)
    readable = page_names({student.id: student.name for student in grades.students})
    links = {student: f"students/{name}.html" for student, name in readable.items()}
    pages: dict[str, Callable[[], str | bytes]] = {CLASS_PAGE: partial(class_page, grades, links)}
    for student in grades.students:
        pages[links[student.id]] = partial(student_page, grades, student)
    for question in questions(grades):
        pages[f"marking/{question}.html"] = partial(marking_page, grades, question, kept)
    for submission in grades.submissions:
        place = f"{names[submission.student]}/{summary.stem(submission.topic)}"
        pages[f"gradescope/{place}.json"] = partial(autograders.gradescope_results, submission)
        pages[f"github_classroom/{place}.txt"] = partial(autograders.classroom_result, submission)
    return pages


def _write(path: Path, make: Callable[[], str | bytes]) -> str:
    """Make a file; what went wrong, or "". What an earlier run wrote there does not stay, to be taken for today's."""
    try:
        content = make()
        write_bytes(path, content if isinstance(content, bytes) else content.encode("utf-8"))
    except Exception as error:  # of one file, so of one student or question: the rest is written
        with contextlib.suppress(OSError):
            if path.name != FORM:  # in which people have entered marks
                path.unlink(missing_ok=True)
        return f"{path} could not be written: {type(error).__name__}: {error}"
    return ""
