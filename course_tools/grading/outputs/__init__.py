"""What is made of grades: reports, grade books, pages for marking. It needs neither submissions nor exercises."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from course_lib.util.files import write_text
from course_lib.util.topics import find_topic
from course_tools.grading.outputs import autograders, gradebooks, summary
from course_tools.grading.outputs.class_page import class_page
from course_tools.grading.outputs.marking import form_in, marking_pages, marks_form
from course_tools.grading.outputs.marks import merge_marks, read_form, read_marks
from course_tools.grading.outputs.moodle import moodle_csv
from course_tools.grading.outputs.student_page import student_page
from course_tools.grading.outputs.text import file_names
from course_tools.grading.results import ClassGrades

CLASS_PAGE = "class.html"

__all__ = ["CLASS_PAGE", "apply_marks", "write_all"]


def apply_marks(grades: ClassGrades, out: Path, marks: Path | None = None) -> tuple[ClassGrades, tuple[str, ...]]:
    """The grades with the marks that people entered in `OUT/marking/marks.csv`, then those in the file `marks`.

    Also gives sentences about marks for answers that have changed since. Raises ValueError if a mark cannot be.
    """
    stale: list[str] = []
    for path in dict.fromkeys([form_in(out), *([marks] if marks else [])]):
        if path.is_file() or path == marks:
            grades, more = merge_marks(grades, read_marks(path), path.name)
            stale += more
    return grades, tuple(stale)


def write_all(
    grades: ClassGrades,
    out: Path,
    *,
    due: str = "",
    worksheets: Mapping[str, Path] | None = None,
) -> tuple[str, ...]:
    """Write all reports and grade books into `out`, each beside its place first; give what the instructor should know.

    class.html   students/NAME.html   marking/QUESTION.html   marking/marks.csv (marks entered there are kept)
    gradebooks/nbgrader.csv, canvas.csv, exercises.csv, moodle_NN_topic.csv
    gradescope/NAME/NN_topic.json   github_classroom/NAME/NN_topic.txt

    due: ISO 8601.   worksheets: Moodle's, as downloaded, by name or number of the lesson.
    Raises ValueError if a worksheet is not one, or is where its copy would be written.
    """
    remarks: list[str] = []
    files = dict(_pages(grades))
    files |= {
        "gradebooks/nbgrader.csv": gradebooks.nbgrader_csv(grades, due),
        "gradebooks/canvas.csv": gradebooks.canvas_csv(grades),
        "gradebooks/exercises.csv": gradebooks.exercises_csv(grades),
    }
    for lesson, worksheet in (worksheets or {}).items():
        topic = find_topic(lesson)
        place = f"gradebooks/moodle_{topic.stem}.csv"
        if (out / place).resolve() == worksheet.resolve():
            raise ValueError(f"{worksheet} would be overwritten: keep what Moodle gave somewhere else")
        files[place], missing = moodle_csv(grades, topic.name, worksheet)
        remarks += [f"{worksheet.name} has no line for {student}" for student in missing]
    form = form_in(out)
    files[str(form.relative_to(out))] = marks_form(grades, read_form(form) if form.is_file() else ())
    for place, text in files.items():
        write_text(out / place, text)
    return tuple(remarks)


def _pages(grades: ClassGrades) -> Iterator[tuple[str, str]]:
    names = file_names(student.id for student in grades.students)
    yield CLASS_PAGE, class_page(grades, {student: f"students/{name}.html" for student, name in names.items()})
    for student in grades.students:
        yield f"students/{names[student.id]}.html", student_page(grades, student)
    for question, text in marking_pages(grades).items():
        yield f"marking/{question}.html", text
    for submission in grades.submissions:
        place = f"{names[submission.student]}/{summary.stem(submission.topic)}"
        yield f"gradescope/{place}.json", autograders.gradescope_results(submission)
        yield f"github_classroom/{place}.txt", autograders.classroom_result(submission)
