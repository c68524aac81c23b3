"""Prose is found wherever a student wrote it below the question: nobody's answer is taken for none."""

import copy

import pytest

from course_lib.util.notebook import read_notebook
from course_lib.util.topics import find_topic
from course_tools.grading.reading import read_answer
from course_tools.grading.record import blank_grades
from course_tools.grading.rules import Rules
from tests.tools.grading.conftest import exercise_notebook, submission_of

NAME = "explain_scaling"
TEXT = "The variance grows with d."


def markdown(source, **metadata):
    return {"cell_type": "markdown", "metadata": metadata, "source": source}


def read(handouts, notebook):
    """The grade of the question before anybody marks it."""
    handout = handouts[find_topic("attention").name]
    submission, data = submission_of(notebook)
    pairs = zip(handout.asked, blank_grades(handout, Rules(seed=5), submission), strict=True)
    asked, blank = next(pair for pair in pairs if pair[0].name == NAME)
    return read_answer(asked, handout, read_notebook(data), blank)[1]


def place_of(notebook):
    return next(
        place
        for place, cell in enumerate(notebook["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id", cell.get("id")) == NAME
    )


def below_the_stub(cells, place):
    cells.insert(place + 1, markdown(TEXT))


def above_the_stub(cells, place):
    cells.insert(place, markdown(TEXT))


def in_a_copy_of_the_stub(cells, place):
    cells.insert(place + 1, {**copy.deepcopy(cells[place]), "source": TEXT})


def in_a_cell_that_was_made_code(cells, place):
    cells[place] = {**cells[place], "cell_type": "code", "source": TEXT, "outputs": [], "execution_count": None}


def in_a_cell_that_was_made_raw(cells, place):
    cells[place] = {**cells[place], "cell_type": "raw", "source": TEXT}


def beside_an_emptied_stub(cells, place):
    cells[place]["source"] = ""
    cells.insert(place + 1, markdown(TEXT))


@pytest.mark.parametrize(
    "write",
    [
        below_the_stub,
        above_the_stub,
        in_a_copy_of_the_stub,
        in_a_cell_that_was_made_code,
        in_a_cell_that_was_made_raw,
        beside_an_emptied_stub,
    ],
)
def test_it_waits_for_its_mark(handouts, write):
    notebook = exercise_notebook("attention")
    write(notebook["cells"], place_of(notebook))
    grade = read(handouts, notebook)
    assert (grade.status, grade.score, grade.answer_source) == ("manual", None, TEXT)


def test_what_goes_on_in_a_second_cell_is_shown_too(handouts):
    notebook = exercise_notebook("attention")
    place = place_of(notebook)
    notebook["cells"][place]["source"] = TEXT
    notebook["cells"].insert(place + 1, markdown("And so softmax saturates."))
    assert read(handouts, notebook).answer_source == f"{TEXT}\n\nAnd so softmax saturates."


def test_an_untouched_question_is_not_attempted(handouts):
    assert read(handouts, exercise_notebook("attention")).status == "not attempted"
