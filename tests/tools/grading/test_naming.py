"""A student is whoever the name means: the id, the full name, the address; and who is not known is told who may be."""

import csv
import dataclasses
from pathlib import Path

import pytest

from course_tools.grading.collect import Collected, Submission
from course_tools.grading.due import Extension
from course_tools.grading.extensions import with_extensions
from course_tools.grading.naming import find_student, student_named
from course_tools.grading.outputs import apply_marks, write_all
from course_tools.grading.outputs.marking import form_in
from course_tools.grading.outputs.text import page_names
from course_tools.grading.results import Refusal, Student
from course_tools.grading.whole_class import _chosen
from tests.tools.grading.class_of_four import ROSTER, class_of_four

CLASS = (
    Student("Participant 1004", "Dana", "Late", "dlate@example.org", {"Identifier": "Participant 1004"}),
    Student("Participant 1005", "Jane", "Doe", "jane@example.org", {"Identifier": "Participant 1005"}),
    Student("Participant 1006", "Jane", "Doe", "doe@example.org", {"Identifier": "Participant 1006"}),
)


@pytest.mark.parametrize(
    "name", ["Participant 1004", "Dana Late", "dana late", "Late, Dana", "dlate@example.org", "dlate", "1004"]
)
def test_whatever_the_roster_says_of_a_student_names_that_student(name):
    assert student_named(CLASS, name) == find_student(CLASS, name) == CLASS[0]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dana", r"no student 'dana'; did you mean 'Participant 1004' \(Dana Late\)\?$"),
        ("Dana Latte", r"did you mean 'Participant 1004' \(Dana Late\)\?$"),
        ("Jane Doe", r"'Jane Doe' means more than one student: say which, 'Participant 1005' \(Jane Doe\) or 'Part"),
        ("Zebulon", r"no student 'Zebulon': .* id, full name or e-mail address, such as 'Participant 1004' \(Dana"),
    ],
)
def test_who_is_not_known_or_not_alone_is_told_who_may_be_meant(name, told):
    with pytest.raises(ValueError, match=told):
        student_named(CLASS, name)
    assert find_student(CLASS, name) is None


def test_an_id_goes_before_what_sounds_the_same():
    assert student_named((Student("Jane"), Student("jane")), "jane").id == "jane"


@pytest.mark.parametrize(("one", "other"), [("किरण", "करण"), ("たかだ", "たかた"), ("สุดา", "สีดา")])
def test_names_that_differ_in_a_vowel_or_a_voicing_are_of_two(one, other):
    assert find_student((Student("1", one, "X"),), f"{other} X") is None
    both = (Student("1", one, "X"), Student("2", other, "X"))
    assert [find_student(both, f"{name} X").id for name in (one, other)] == ["1", "2"]


@pytest.mark.parametrize(("one", "other"), [("Zoë", "zoe"), ("أحمد", "احمد"), ("Йован", "Иован"), ("ß", "SS")])
def test_accents_and_case_may_be_left_out(one, other):
    assert find_student((Student("1", one, "X"),), f"{other} X") == Student("1", one, "X")


def test_extensions_take_full_names_and_addresses():
    granted = (Extension("Ada Lovelace", "attention"), Extension("dan@example.org", "", "2026-10-08"))
    grades = with_extensions(class_of_four(), granted)
    assert [one.student for one in grades.extensions] == ["ada", "dan"]
    assert grades.excused("ada", "attention")
    with pytest.raises(ValueError, match=r"--extensions: two lines are about 'ada' \(Ada Lovelace\)"):
        with_extensions(class_of_four(), (Extension("Ada Lovelace", ""), Extension("ada", "")))
    with pytest.raises(ValueError, match=r"--extensions: no student 'lovelac'; did you mean 'ada' \(Ada Lovelace\)"):
        with_extensions(class_of_four(), (Extension("lovelac", ""),))


def marks(path, *lines):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["student,lesson,exercise,mark", *lines]) + "\n", encoding="utf-8")
    return path


def test_marks_take_full_names_and_a_mark_under_two_names_is_entered_twice(tmp_path):
    grades, _ = apply_marks(class_of_four(), tmp_path, marks(tmp_path / "m.csv", "Ada Lovelace,03,explain_scaling,2"))
    assert grades.find("ada", "attention").score == 5.0
    twice = marks(tmp_path / "m.csv", "Ada Lovelace,03,explain_scaling,2", "ada,03,explain_scaling,3")
    with pytest.raises(ValueError, match="line 3: explain_scaling of ada has a mark in line 2"):
        apply_marks(class_of_four(), tmp_path, twice)


def test_a_full_name_typed_into_the_form_is_the_line_of_its_student(tmp_path):
    marks(form_in(tmp_path), "Ada Lovelace,03_attention,explain_scaling,2")
    write_all(class_of_four(), tmp_path)
    lines = list(csv.DictReader(form_in(tmp_path).read_text(encoding="utf-8-sig").splitlines()))
    assert [line["mark"] for line in lines if line["student"] == "ada"] == ["2"]
    assert {line["student"] for line in lines} == {"ada", "cem"}


def collected():
    one = Submission("ada", "attention", "ada/03_attention.ipynb", Path("nowhere"), "", "", "")
    return Collected((one,), (Refusal("dan/a.pdf", "it is no notebook", "dan"), Refusal("zoe/a.pdf", "no", "zoe")))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lovelac", r"--student: no student 'lovelac'; did you mean 'ada' \(Ada Lovelace\)\?"),
        ("Bob", r"--student: 'bob' .* handed in nothing that can be graded$"),
        ("dan", r"'dan' \(Dan Absent\) handed in nothing that can be graded: dan/a.pdf: it is no notebook"),
        ("zoe", "'zoe' handed in nothing that can be graded: zoe/a.pdf: no"),
    ],
)
def test_one_student_is_named_like_all_others_and_told_apart_from_one_without_a_notebook(name, told):
    assert _chosen(["Ada Lovelace"], ROSTER, collected()) == {"ada"}
    with pytest.raises(ValueError, match=told):
        _chosen([name], ROSTER, collected())


def test_a_class_without_a_roster_is_named_by_its_folders():
    grades = dataclasses.replace(class_of_four(), roster=())
    with pytest.raises(ValueError, match="no student 'adda'; did you mean 'ada'"):
        with_extensions(grades, (Extension("adda", ""),))


@pytest.mark.parametrize("letter", ["a", "م", "字", "𠀀"])
def test_the_longest_names_have_room_in_the_names_of_files(letter):
    long = letter * 100
    named = {long: long, f"{long}2": long, "7": long}
    pages = page_names(named)
    assert len(set(pages.values())) == len(named)
    assert max(len(page.encode()) for page in pages.values()) < 200
