"""Copies of the notebooks that were handed in, with each verdict under the cell that it is about."""

import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from course_lib.checks.engine.answers import find_answer
from course_lib.show.progress import bar
from course_lib.util.files import write_text
from course_lib.util.notebook import Notebook, read_notebook
from course_tools.grading.archives import OpenArchives
from course_tools.grading.collect import Submission
from course_tools.grading.handout import Handout
from course_tools.grading.outputs import summary
from course_tools.grading.outputs.student_page import SIGNS, score_of, tone_of
from course_tools.grading.outputs.text import page_names, visible
from course_tools.grading.results import ClassGrades, ExerciseGrade, SubmissionGrade

FOLDER = "notebooks"  # beside the reports
END = 0  # in place of a cell's number: below all cells
IDS_SINCE = 5  # the minor version of the format, 4, in which cells have ids


def copies_of(grades: ClassGrades) -> dict[tuple[str, str], str]:
    """Where the copy of each submission lies, in the folder of the reports, by student and topic."""
    names = page_names({student.id: student.name for student in grades.students})
    return {
        (one.student, one.topic): f"{FOLDER}/{names[one.student]}/{summary.stem(one.topic)}.ipynb"
        for one in grades.submissions
    }


def write_copies(
    grades: ClassGrades, submissions: Iterable[Submission], handouts: Mapping[str, Handout], out: Path
) -> tuple[str, ...]:
    """Write `OUT/notebooks/NAME/NN_topic.ipynb` for each submission; sentences about those of which there is no copy.

    What was handed in is only read.
    """
    places = copies_of(grades)
    problems = []
    with OpenArchives() as archives:
        for one in bar(list(submissions), description="Copying notebooks", unit="notebook"):
            grade = grades.find(one.student, one.topic)
            if grade is None:
                continue
            place = out / places[one.student, one.topic]
            try:
                write_text(place, with_verdicts(one.read(archives), grade, handouts[one.topic]))
            except Exception as error:  # of one notebook; what an earlier run wrote is not taken for today's
                place.unlink(missing_ok=True)
                problems.append(f"there is no copy of {one.path}: {error}")
    return tuple(problems)


def with_verdicts(data: bytes, grade: SubmissionGrade, handout: Handout) -> str:
    """The notebook as text, with a Markdown cell more for each exercise; what has no place comes at its end.

    Raises Unreadable if it is not a notebook.
    """
    notebook = read_notebook(data)
    content = json.loads(data.decode("utf-8-sig"))
    with_ids = content.get("nbformat_minor", 0) >= IDS_SINCE
    taken = {cell.get("id") for cell in content["cells"] if isinstance(cell, dict)}
    below: dict[int, list[dict[str, Any]]] = {}
    for exercise in grade.exercises:
        cell: dict[str, Any] = {"cell_type": "markdown", "metadata": {}, "source": verdict_of(exercise)}
        if with_ids:
            cell["id"] = _free_id(f"verdict-{len(taken)}", taken)
        below.setdefault(_place_of(exercise, notebook, handout), []).append(cell)
    cells: list[Any] = []
    for number, cell in enumerate(content["cells"], start=1):
        cells += [cell, *below.get(number, ())]
    content["cells"] = [*cells, *below.get(END, ())]
    return json.dumps(content, indent=1) + "\n"


def verdict_of(exercise: ExerciseGrade) -> str:
    """What there is to say about an exercise, as Markdown in which nothing of a student's text is markup."""
    headed = f"**{SIGNS[tone_of(exercise)]} {exercise.name}: {summary.label(exercise)} · {score_of(exercise)} points**"
    return f"{headed}\n\n<pre>{html.escape(visible(summary.in_words(exercise)))}</pre>"


def _place_of(exercise: ExerciseGrade, notebook: Notebook, handout: Handout) -> int:
    """The number of the cell that was graded, or END."""
    if exercise.name in handout.checks:
        try:
            answer = find_answer(notebook, handout.notebook, exercise.name, handout.names)
        except (RecursionError, MemoryError, SyntaxError):  # as in grading: its code cannot be read
            return END
        return answer.definition.cell if answer else END
    return next((cell.number for cell in notebook.cells if cell.name == exercise.name), END)


def _free_id(wanted: str, taken: set[Any]) -> str:
    """An id that no other cell has; from now on it is taken."""
    while wanted in taken:
        wanted += "-1"
    taken.add(wanted)
    return wanted
