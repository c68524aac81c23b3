"""Prose is found wherever a student wrote it below the question: nobody's answer is taken for none."""

import copy
import json

import pytest

from course_lib.util.notebook import read_notebook
from course_lib.util.topics import find_topic
from course_tools.grading.reading import read_answer
from course_tools.grading.record import blank_grades
from course_tools.grading.rules import Rules
from tests.tools.grading.conftest import ROOT, exercise_notebook, submission_of

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


def in_the_question(cells, place):
    cells[place - 1]["source"] = "".join(cells[place - 1]["source"]) + f"\n\n{TEXT}"


def in_the_middle_of_the_question(cells, place):
    lines = "".join(cells[place - 1]["source"]).split("\n")
    cells[place - 1]["source"] = "\n".join([*lines[:-2], TEXT, *lines[-2:]])


def behind_the_last_words_of_the_question(cells, place):
    cells[place - 1]["source"] = "".join(cells[place - 1]["source"]) + f"  {TEXT}"


def in_the_line_of_the_heading(cells, place):
    first, *rest = "".join(cells[place - 1]["source"]).split("\n")
    cells[place - 1]["source"] = "\n".join([f"{first} {TEXT}", *rest])


def in_the_question_where_a_tool_lost_the_names(cells, place):
    in_the_question(cells, place)
    for cell in cells:
        cell.pop("id", None)
        cell["metadata"] = {}


def in_a_new_cell_which_is_one_of_code(cells, place):
    cells.insert(place + 1, {"cell_type": "code", "metadata": {}, "source": TEXT, "outputs": []})


def in_a_remark_in_a_cell_of_code(cells, place):
    cells.insert(place, {"cell_type": "code", "metadata": {}, "source": f"# {TEXT}", "outputs": []})


def at_the_end_of_the_notebook(cells, place):
    cells.append(markdown(TEXT))


def in_the_cell_that_closes_the_notebook(cells, place):
    cells[place + 1]["source"] = "".join(cells[place + 1]["source"]) + f"\n\n{TEXT}"


@pytest.mark.parametrize(
    "write",
    [
        in_the_question,
        in_the_middle_of_the_question,
        behind_the_last_words_of_the_question,
        in_the_line_of_the_heading,
        in_the_question_where_a_tool_lost_the_names,
        in_a_new_cell_which_is_one_of_code,
        in_a_remark_in_a_cell_of_code,
        at_the_end_of_the_notebook,
        in_the_cell_that_closes_the_notebook,
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
    assert (grade.status, grade.score, grade.answer_source.removeprefix("# ")) == ("manual", None, TEXT)


def test_what_goes_on_in_a_second_cell_is_shown_too(handouts):
    notebook = exercise_notebook("attention")
    place = place_of(notebook)
    notebook["cells"][place]["source"] = TEXT
    notebook["cells"].insert(place + 1, markdown("And so softmax saturates."))
    assert read(handouts, notebook).answer_source == f"{TEXT}\n\nAnd so softmax saturates."


def test_an_untouched_question_is_not_attempted(handouts):
    assert read(handouts, exercise_notebook("attention")).status == "not attempted"


def test_a_question_whose_spaces_a_tool_changed_is_not_attempted(handouts):
    notebook = exercise_notebook("attention")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = (
                "\n".join(f" {line}  " for line in text.split("\n")) if not text.startswith("#") else f"{text}\n "
            )
    assert read(handouts, notebook).status == "not attempted"


def test_code_of_ones_own_beside_the_question_and_at_the_end_is_no_prose(handouts):
    notebook = exercise_notebook("attention")
    place = place_of(notebook)
    for where in (place, len(notebook["cells"])):
        cell = {"cell_type": "code", "metadata": {}, "source": "d = 4\nprint(d)", "outputs": []}
        notebook["cells"].insert(where, cell)
    notebook["cells"].append({**cell, "source": "def causal_mask(T:"})
    assert read(handouts, notebook).status == "not attempted"


def test_text_that_is_near_no_question_is_told_where_nothing_else_is(handouts):
    notebook = exercise_notebook("attention")
    notebook["cells"].insert(7, markdown(TEXT))
    grade = read(handouts, notebook)
    assert (grade.status, grade.note) == ("not attempted", "text that is near no question stands in cell 8")


def test_the_question_that_stands_in_an_answer_stays_in_it(handouts):
    notebook = exercise_notebook("attention")
    answer = f"1. Why are scores divided by √d?\n\n{TEXT}"
    notebook["cells"].insert(place_of(notebook) + 1, markdown(answer))
    assert read(handouts, notebook).answer_source == answer


@pytest.mark.parametrize("name", ["explain_families", "explain_papers", "explain_choice"])
def test_of_several_questions_each_has_its_own(handouts, name):
    notebook = exercise_notebook("pretrained")
    places = {cell.get("id"): place for place, cell in enumerate(notebook["cells"])}
    question = notebook["cells"][places[name] - 1]
    question["source"] = "".join(question["source"]) + f"\n\n{TEXT}"
    handout = handouts["pretrained"]
    submission, data = submission_of(notebook, "pretrained")
    pairs = zip(handout.asked, blank_grades(handout, Rules(seed=5), submission), strict=True)
    prose = [(asked, blank) for asked, blank in pairs if asked.name not in handout.checks]
    found = {a.name: read_answer(a, handout, read_notebook(data), blank)[1] for a, blank in prose}
    assert {one: grade.status for one, grade in found.items()} == {
        one: "manual" if one == name else "not attempted" for one in found
    }
    assert found[name].answer_source == TEXT


def translated_notebook(topic):
    """The exercise as it is handed out in Persian."""
    return json.loads((ROOT / "fa" / "exercises" / f"{find_topic(topic).stem}.ipynb").read_text(encoding="utf-8"))


def test_a_question_that_was_handed_out_in_another_language_is_no_answer(handouts):
    notebook = translated_notebook("attention")
    assert read(handouts, notebook).status == "not attempted"
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {}
    assert read(handouts, notebook).status == "not attempted", "where a tool lost the names"


@pytest.mark.parametrize(
    "write",
    [
        below_the_stub,
        above_the_stub,
        in_a_cell_that_was_made_code,
        beside_an_emptied_stub,
        in_the_question,
        in_a_new_cell_which_is_one_of_code,
        at_the_end_of_the_notebook,
    ],
)
def test_an_answer_in_what_was_handed_out_in_another_language_is_found(handouts, write):
    notebook = translated_notebook("attention")
    write(notebook["cells"], place_of(notebook))
    grade = read(handouts, notebook)
    assert (grade.status, grade.answer_source) == ("manual", TEXT)
