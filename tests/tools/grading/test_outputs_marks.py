"""Marks that people give: what they entered is never lost, and nothing that cannot be is merged."""

import csv
import html
import io
import json
import re

import pytest

from course_tools.grading.outputs import apply_marks, enter_marks, from_page, write_all
from course_tools.grading.outputs.marking import COLUMNS, form_in, form_of, marks_form, questions
from course_tools.grading.outputs.marking_page import marking_page
from course_tools.grading.outputs.marks import merge_marks, read_form, read_marks
from tests.tools.grading.class_of_four import EVIL, class_of_four, prose, right, submission

HEAD = "student,lesson,exercise,mark,comment,answer"


def form(path, *lines, head=HEAD, encoding="utf-8"):
    path.write_text("\n".join([head, *lines]) + "\n", encoding=encoding)
    return path


def lines_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def enter(path, **marks):
    """Fill in the form in place, as a spreadsheet would."""
    lines = lines_of(path)
    for line in lines:
        if line["student"] in marks and line["exercise"] == "explain_scaling":
            line["mark"], line["comment"] = marks[line["student"]], "well seen"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def find(grades, student, name):
    return next(e for e in grades.find(student, "attention").exercises if e.name == name)


def test_a_page_has_the_rubric_first_and_then_all_answers():
    grades = class_of_four()
    pages = {name: marking_page(grades, name) for name in questions(grades)}
    assert list(pages) == ["explain_scaling"]
    text = pages["explain_scaling"]
    order = [text.index(part) for part in ("1 point for √d", "Ada Lovelace", "The variance grows with d.", "Cem ")]
    assert order == sorted(order)
    assert "<strong>Marks.</strong>" in text
    assert EVIL not in text
    assert "bob" not in text  # who wrote nothing


def test_the_form_asks_for_prose_and_for_flagged_answers(tmp_path):
    write_all(class_of_four(), tmp_path)
    lines = lines_of(form_in(tmp_path))
    assert list(lines[0]) == list(COLUMNS)
    asked = [(line["student"], line["exercise"], line["max"], line["mark"]) for line in lines]
    assert asked == [
        ("ada", "explain_scaling", "3", ""),
        ("cem", "explain_scaling", "3", ""),
        ("cem", "softmax", "2", ""),
    ]


def test_marks_entered_in_place_are_merged_and_kept(tmp_path):
    write_all(class_of_four(), tmp_path)
    enter(form_in(tmp_path), ada="2,5")
    for _ in range(2):  # and running again loses nothing
        grades, remarks = apply_marks(class_of_four(), tmp_path)
        assert remarks == ()
        assert find(grades, "ada", "explain_scaling").score == 2.5
        assert find(grades, "cem", "explain_scaling").score is None
        assert "well seen" in find(grades, "ada", "explain_scaling").note
        assert grades.find("ada", "attention").complete
        write_all(grades, tmp_path)
        assert [line["mark"] for line in lines_of(form_in(tmp_path))] == ["2,5", "", ""]
    assert "well seen" in (tmp_path / "students" / "Ada_Lovelace-ada.html").read_text(encoding="utf-8")
    assert ",5.5,0,5.5,6" in (tmp_path / "gradebooks" / "nbgrader.csv").read_text(encoding="utf-8")


def test_a_mark_for_an_answer_that_has_changed_since_is_not_merged_and_not_lost(tmp_path):
    write_all(class_of_four(), tmp_path)
    enter(form_in(tmp_path), ada="3")
    again = submission("ada", right("causal_mask", 1.0), right("softmax", 2.0), prose("Now something else."))
    second = class_of_four(submissions=(again, *class_of_four().submissions[1:]))
    grades, remarks = apply_marks(second, tmp_path)
    assert find(grades, "ada", "explain_scaling").score is None
    assert len(remarks) == 1
    assert "ada has changed the answer to explain_scaling" in remarks[0]
    write_all(grades, tmp_path)
    marks = [(line["student"], line["mark"]) for line in lines_of(form_in(tmp_path))]
    assert marks[0] == ("ada", "")  # to be marked anew
    assert marks[-1] == ("ada", "3")  # the old one, for the old answer

    path = form_in(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("explain_scaling,3,,,", "explain_scaling,3,1,,", 1), "utf-8"
    )
    for _ in range(2):
        grades, _ = apply_marks(second, tmp_path)
        assert find(grades, "ada", "explain_scaling").score == 1.0
        write_all(grades, tmp_path)
    assert [line["mark"] for line in lines_of(path) if line["student"] == "ada"] == ["1", "3"]


def test_a_dispute_is_settled_by_a_line_of_ones_own(tmp_path):
    path = form(tmp_path / "mine.csv", "bob,03,causal_mask,1,the check was wrong,")
    grades, _ = apply_marks(class_of_four(), tmp_path, path)
    settled = find(grades, "bob", "causal_mask")
    assert (settled.status, settled.score) == ("manual", 1.0)
    assert settled.note.endswith("the check was wrong")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("zoe,03,causal_mask,1,,", "line 2: no student 'zoe'"),
        ("dan,03,causal_mask,1,,", "line 2: 'dan' (Dan Absent) handed in nothing for 03_attention"),
        ("ada,03,nothing,1,,", "line 2: 03_attention has no exercise 'nothing'"),
        ("ada,03,causal_mask,1.5,,", "line 2: 1.5 points for causal_mask of ada, which has at most 1"),
        ("ada,03,causal_mask,-1,,", "line 2: a mark is a number of at least 0, got '-1'"),
        ("ada,03,causal_mask,nan,,", "got 'nan'"),
        ("ada,03,causal_mask,good,,", "got 'good'"),
        ("ada,77,causal_mask,1,,", "no lesson called '77'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path, line, message):
    with pytest.raises(ValueError, match="nothing was changed") as caught:
        apply_marks(class_of_four(), tmp_path, form(tmp_path / "m.csv", line))
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once_and_none_is_merged(tmp_path):
    path = form(tmp_path / "m.csv", "ada,03,explain_scaling,2,,", "", "zoe,03,gelu,1,,", "ada,03,softmax,9,,")
    with pytest.raises(ValueError, match="nothing was changed") as caught:
        merge_marks(class_of_four(), read_marks(path))
    assert "line 4: no student 'zoe'" in str(caught.value)  # the third is empty
    assert "line 5: 9 points" in str(caught.value)


def test_a_mark_entered_twice_is_refused(tmp_path):
    path = form(tmp_path / "m.csv", "ada,03,explain_scaling,2,,", "ada,03_attention,explain_scaling,1,,")
    with pytest.raises(ValueError, match="line 3: explain_scaling of ada has a mark in line 2"):
        read_marks(path)


def test_lines_without_a_mark_are_left_alone_and_marks_of_lessons_that_are_not_graded_now_are_counted(tmp_path):
    path = form(tmp_path / "m.csv", "ada,03,explain_scaling,,,", "ada,08,depth_exponent,3,,")
    said = ("marks: 1 mark for 08_initialization, which is not graded now",)
    assert merge_marks(class_of_four(), read_marks(path)) == (class_of_four(), said)


def test_a_comment_that_waits_for_its_mark_is_told(tmp_path):
    path = form(tmp_path / "m.csv", "ada,03,explain_scaling,2,,", "cem,03,explain_scaling,,see me,")
    _, remarks = apply_marks(class_of_four(), tmp_path, path)
    assert remarks == ("m.csv: a comment and no mark in line 3: students see comments with their marks",)


@pytest.mark.parametrize(
    ("typed", "points"), [("۱٫۵", 1.5), ("١", 1.0), ("１", 1.0), ("1,5", 1.5), (".5 + ۱", 1.5), ("\u200f۲\u200f", 2.0)]
)
def test_digits_of_any_script_are_read_as_a_person_means_them(tmp_path, typed, points):
    (mark,) = read_marks(form(tmp_path / "m.csv", f'ada,03,explain_scaling,"{typed}",,'))
    assert mark.points == points


@pytest.mark.parametrize("typed", ["1_0", "1e0", "inf", "nan", "infinity", "1.5.0", "٠x1", "1/2", "²", "۱/۵", "−1"])
def test_what_only_programs_take_for_a_number_is_refused_with_its_line(tmp_path, typed):
    with pytest.raises(ValueError, match="line 2: a mark is a number of at least 0"):
        read_marks(form(tmp_path / "m.csv", f"ada,03,explain_scaling,{typed},,"))


def test_a_decimal_comma_without_quotation_marks_is_no_comment(tmp_path):
    """It was a mark of 1, with the comment 5."""
    with pytest.raises(ValueError, match=r"line 2: is the mark 1, or 1\.5\?"):
        read_marks(form(tmp_path / "m.csv", "ada,03,explain_scaling,1,5"))
    with pytest.raises(ValueError, match="line 2 has 5 cells, and there are 4 headings"):
        read_marks(form(tmp_path / "m.csv", "ada,03,explain_scaling,1,5", head="student,lesson,exercise,mark"))


def test_forms_as_spreadsheets_save_them(tmp_path):
    semicolons = form(
        tmp_path / "a.csv", "ada;03;explain_scaling;1,5;schön;", head=HEAD.replace(",", ";"), encoding="cp1252"
    )
    (mark,) = read_marks(semicolons)
    assert (mark.points, mark.comment) == (1.5, "schön")


def test_a_form_without_its_columns_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no column mark"):
        read_marks(form(tmp_path / "a.csv", "ada,03,explain_scaling,1", head="student,lesson,exercise,points"))


def test_a_file_of_marks_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(FileNotFoundError):
        apply_marks(class_of_four(), tmp_path, tmp_path / "typo.csv")


def test_comments_without_a_mark_are_kept(tmp_path):
    write_all(class_of_four(), tmp_path)
    text = (
        form_in(tmp_path).read_text(encoding="utf-8").replace("explain_scaling,3,,,", "explain_scaling,3,,ask her,", 1)
    )
    form_in(tmp_path).write_text(text, encoding="utf-8")
    assert "ask her" in marks_form(class_of_four(), read_form(form_in(tmp_path)))


def boxes(grades, kept=()):
    """What a page for marking has: by the names that stand together, the mark, the comment, and the lines to save."""
    text = marking_page(grades, "explain_scaling", kept)
    found = {}
    for article in re.findall(r"<article.*?</article>", text, re.DOTALL):
        names = re.search(r"<h3[^>]*>(.*?)</h3>", article)[1]
        lines = json.loads(html.unescape(re.search(r'data-lines="([^"]*)"', article)[1]))
        mark = re.search(r'value="([^"]*)"', article)[1]
        found[html.unescape(names)] = mark, re.search(r"<textarea[^>]*>(.*?)</textarea>", article, re.DOTALL)[1], lines
    return found


def alike():
    """Ada's answer, Bob's, which differs in a space, and Cem's."""
    texts = {"ada": "It grows with  $d$.", "bob": "It grows\nwith $d$.", "cem": "No."}
    return class_of_four(submissions=tuple(submission(name, prose(text)) for name, text in texts.items()))


def saved(grades, path, **typed):
    """What the page saves: a mark that is typed for one goes to all whose answers stand together."""
    lines = []
    for _, _, group in boxes(grades).values():
        mark = next((typed[line["student"]] for line in group if line["student"] in typed), "")
        lines += [{**line, "mark": mark, "comment": "so" if mark else ""} for line in group]
    path.write_text(form_of(lines), encoding="utf-8")
    return path


def test_answers_that_are_the_same_stand_together_until_their_marks_differ():
    grades = alike()
    assert list(boxes(grades)) == ["Ada Lovelace (ada), Bob =HYPERLINK(1) (bob)", f"Cem {EVIL} (cem)"]
    lines = [line for _, _, group in boxes(grades).values() for line in group]
    assert [list(line) for line in lines] == [list(COLUMNS)] * 3
    lines[0]["mark"] = "2"
    assert len(boxes(grades, lines)) == 3
    assert [mark for mark, _, _ in boxes(grades, lines).values()] == ["2", "", ""]


def test_what_a_page_saved_is_entered_into_the_form_and_stays_there(tmp_path):
    grades = alike()
    write_all(grades, tmp_path)
    first = saved(grades, tmp_path / "marks-explain_scaling.csv", ada="1 + 0,5")
    assert from_page(first)
    assert "2 marks of marks-explain_scaling.csv entered" in enter_marks(grades, tmp_path, first)[0]
    second = saved(grades, tmp_path / "another.csv", cem="3")  # from a page that does not know the first
    (told,) = enter_marks(grades, tmp_path, second)
    assert "1 mark of another.csv entered" in told
    for _ in range(2):
        marked, remarks = apply_marks(alike(), tmp_path)
        assert remarks == ()
        assert [find(marked, name, "explain_scaling").score for name in ("ada", "bob", "cem")] == [1.5, 1.5, 3.0]
        write_all(marked, tmp_path)
    assert "points for parts: 1 + 0.5; so" in find(marked, "ada", "explain_scaling").note
    page = (tmp_path / "marking" / "explain_scaling.html").read_text(encoding="utf-8")
    assert 'value="1 + 0,5"' in page, "what was entered stands in its box"


def only_a_comment(grades, path, comment):
    """What a page saves on which nothing but a comment on the first answer was typed."""
    (first, *others) = [line for _, _, group in boxes(grades).values() for line in group]
    path.write_text(form_of([{**first, "comment": comment}, *others]), encoding="utf-8")
    return path


def test_a_comment_of_one_marker_does_not_take_away_the_mark_of_another(tmp_path):
    grades = alike()
    write_all(grades, tmp_path)
    enter_marks(grades, tmp_path, saved(grades, tmp_path / "a.csv", ada="2"))
    enter_marks(grades, tmp_path, only_a_comment(grades, tmp_path / "b.csv", "come and see me"))
    line = lines_of(form_in(tmp_path))[0]
    assert (line["student"], line["mark"], line["comment"]) == ("ada", "2", "come and see me")


def test_two_markers_who_contradict_each_other_are_told(tmp_path):
    grades = alike()
    write_all(grades, tmp_path)
    enter_marks(grades, tmp_path, saved(grades, tmp_path / "a.csv", ada="2", cem="1"))
    _, *told = enter_marks(grades, tmp_path, saved(grades, tmp_path / "b.csv", ada="1", cem="1"))
    assert told == [f"b.csv: the mark of {name} for explain_scaling was 2 and is now 1" for name in ("ada", "bob")]


def test_a_name_that_looks_guarded_does_not_keep_marks_from_being_taken(tmp_path):
    """Students choose names: one of theirs may not make the form of a whole class unreadable."""
    names = ("'=1+1", "'-x", "\u200b=1", "''@x")
    grades = class_of_four(submissions=tuple(submission(name, prose("It grows.")) for name in names), roster=())
    write_all(grades, tmp_path)
    path = form_in(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("explain_scaling,3,,", "explain_scaling,3,2,"), "utf-8")
    marked, _ = apply_marks(grades, tmp_path)
    assert [find(marked, name, "explain_scaling").score for name in names] == [2.0] * 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{HEAD}\nada,03,causal_mask,1,"open,\n' + "bob,03,causal_mask,1,,\n" * 7_000, "quotation mark"),
        (f"{HEAD},mark\nada,03,causal_mask,1,,,0\n", "two columns called mark"),
    ],
)
def test_a_file_that_would_be_read_as_something_else_is_refused(tmp_path, text, message):
    (tmp_path / "m.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_marks(tmp_path / "m.csv")


def test_a_page_whose_mark_cannot_be_changes_nothing(tmp_path):
    grades = alike()
    write_all(grades, tmp_path)
    before = form_in(tmp_path).read_bytes()
    with pytest.raises(ValueError, match="nothing was changed"):
        enter_marks(grades, tmp_path, saved(grades, tmp_path / "a.csv", ada="2 + 2"))
    assert form_in(tmp_path).read_bytes() == before


def test_a_file_of_ones_own_is_none_of_a_page(tmp_path):
    assert not from_page(form(tmp_path / "mine.csv", "bob,03,causal_mask,1,the check was wrong,"))


@pytest.mark.parametrize("mark", ["1 + ", "+", "1 + -1", "1 + x"])
def test_a_sum_that_is_none_is_refused(tmp_path, mark):
    with pytest.raises(ValueError, match="stand as a sum"):
        read_marks(form(tmp_path / "m.csv", f"ada,03,causal_mask,{mark},,"))
