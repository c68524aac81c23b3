"""`course grade` as it is typed, the grading itself left out."""

import csv
import dataclasses
from datetime import UTC, datetime

import pytest

from course_tools.grading import reporting
from course_tools.grading.collect import DatedBy
from course_tools.grading.outputs.marking import form_of
from course_tools.grading.outputs.moodle_times import read_column, read_time
from course_tools.grading.results import ClassGrades
from tests.tools.grading.class_of_four import class_of_four, exercise, submission

WORKSHEET = """Identifier,Full name,Status,Grade,Maximum Grade,Last modified (grade)
Participant 1,ada,Submitted,,6.00,-
Participant 2,bob,Submitted,,6.00,-
"""


def test_it_says_what_is_there_and_what_is_left_to_do(course, capsys):
    assert course() == 0
    told = capsys.readouterr()
    assert "3 submissions of 3 students, seed 7" in told.out
    assert "2 wait for their marks" in told.out
    assert str(course.out / "marking" / "marks.csv") in told.out
    assert "a bomb" in told.err
    assert "N O T" not in told.err
    assert (course.out / "class.html").is_file()


def test_pages_for_marking_are_named_before_the_form(course, capsys):
    course()
    told = capsys.readouterr().out
    page = f"Mark on {course.out / 'marking' / 'explain_scaling.html'}, press Save, and give what it saves by --marks. "
    assert f"{page}Or fill in {course.out / 'marking' / 'marks.csv'} and run the same command again." in told


def test_copies_of_the_notebooks_are_made_when_asked_for(course, monkeypatch):
    copied = []
    monkeypatch.setattr(reporting, "write_copies", lambda *given: copied.append(given) or ("no copy of x",))
    assert course() == 0
    assert copied == []
    assert course("--into-notebooks") == 0
    ((grades, submissions, handouts, out),) = copied
    assert submissions is course.asked[1]["collected_into"]
    assert (grades.seed, list(handouts), out) == (7, ["attention"], course.out)


def test_marks_from_a_file_reach_the_grades_and_the_worksheet_of_moodle(course, tmp_path, capsys):
    (tmp_path / "mine.csv").write_text("student,lesson,exercise,mark\nada,03,explain_scaling,3\n", encoding="utf-8")
    (tmp_path / "moodle.csv").write_text(WORKSHEET, encoding="utf-8")
    assert course("--marks", tmp_path / "mine.csv", "--moodle", tmp_path / "moodle.csv") == 0
    assert ClassGrades.read(course.out / "grades.json").find("ada", "attention").score == 6.0
    with (course.out / "gradebooks" / "moodle_03_attention.csv").open(encoding="utf-8", newline="") as file:
        assert [line["Grade"] for line in csv.DictReader(file)] == ["6", "0"]
    assert "note: moodle.csv has no line for cem" in capsys.readouterr().err


def test_a_mark_that_cannot_be_is_one_line_and_status_2(course, tmp_path, capsys):
    (tmp_path / "mine.csv").write_text("student,lesson,exercise,mark\nzoe,03,explain_scaling,3\n", encoding="utf-8")
    assert course("--marks", tmp_path / "mine.csv") == 2
    assert "line 2: no student 'zoe'" in capsys.readouterr().err
    assert not (course.out / "class.html").exists()


def test_a_failure_of_the_grader_is_status_1_and_no_isolation_is_shouted(course, capsys):
    failed = submission("ada", exercise("softmax", "not graded", None, note="no sandbox"), isolation="none")
    course.grades[0] = class_of_four(submissions=(failed,))
    assert course() == 1
    assert "N O T   I S O L A T E D" in capsys.readouterr().err


MARK = "student,lesson,exercise,mark\nada,03,explain_scaling,3\n"


def test_options_are_kept_shown_changed_and_forgotten(course, tmp_path, capsys):
    (tmp_path / "mine.csv").write_text(MARK, encoding="utf-8")
    (tmp_path / "roster.csv").write_text("id\nada\n", encoding="utf-8")
    course("--marks", tmp_path / "mine.csv", "--due", "2026-10-01", "--roster", tmp_path / "roster.csv")
    assert "as before" not in capsys.readouterr().out
    course("--due", "2026-11-01", "--keep", "first")
    told = capsys.readouterr().out
    assert (course.asked[1]["due"], course.asked[1]["keep"]) == ("2026-11-01", "first")
    assert course.asked[1]["roster"] == tmp_path / "roster.csv"
    assert ClassGrades.read(course.out / "grades.json").find("ada", "attention").score == 6.0
    assert f"as before: --marks {tmp_path / 'mine.csv'}, --roster" in told
    page = (course.out / "class.html").read_text(encoding="utf-8")
    assert "--due 2026-11-01; --keep first; --marks" in page
    assert "(kept from an earlier run)" in page
    course("--forget", "marks", "--forget", "keep")
    assert ClassGrades.read(course.out / "grades.json").find("ada", "attention").score == 3.0
    assert (course.asked[2]["due"], course.asked[2]["keep"]) == ("2026-11-01", "latest")
    assert "mine.csv" not in (course.out / "class.html").read_text(encoding="utf-8")


def test_what_was_refused_is_not_kept_and_what_is_gone_is_named(course, tmp_path, capsys):
    (tmp_path / "mine.csv").write_text("student,lesson,exercise,mark\nzoe,03,explain_scaling,3\n", encoding="utf-8")
    assert course("--marks", tmp_path / "mine.csv") == 2
    assert course() == 0
    assert course("--due", "tomorrow") == 2
    (tmp_path / "mine.csv").write_text(MARK, encoding="utf-8")
    assert course("--marks", tmp_path / "mine.csv") == 0
    (tmp_path / "mine.csv").unlink()
    capsys.readouterr()
    assert course() == 2
    assert "is no longer there: give another --marks, or --forget marks" in capsys.readouterr().err
    assert course("--forget", "marks") == 0


def test_moodles_worksheet_says_when_something_was_handed_in(course, tmp_path):
    lines = WORKSHEET.replace("Last modified (grade)", "Last modified (submission)").splitlines()
    lines[1] = lines[1][:-1] + '"Thursday, 1 October 2026, 9:05 PM"'
    (tmp_path / "moodle.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert course("--moodle", tmp_path / "moodle.csv", "--due", "2026-10-01T20:00") == 0
    grades = ClassGrades.read(course.out / "grades.json")
    ada, bob = (grades.find(student, "attention") for student in ("ada", "bob"))
    time = datetime(2026, 10, 1, 21, 5).astimezone(UTC).isoformat(timespec="seconds")  # as Moodle's
    assert (ada.submitted_at, ada.late, ada.dated_by) == (time, True, DatedBy.MOODLE)
    assert (bob.submitted_at, bob.dated_by) == ("2026-10-01T10:00:00+00:00", ""), "of which it says nothing"
    assert "by Moodle" in (course.out / "students" / "Ada_Lovelace-ada.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Thursday, 1 October 2026, 12:05 AM", (10, 1, 0, 5)),
        ("Thursday, October 1, 2026, 22:05", (10, 1, 22, 5)),
        ("Dienstag, 3. März 2026, 10:12", (3, 3, 10, 12)),
        ("jeudi 1er octobre 2026, 22:05", (10, 1, 22, 5)),
        ("jeudi 2 juillet 2026, 22:05", (7, 2, 22, 5)),
        ("mardi 4 août 2026, 10:05", (8, 4, 10, 5)),
        ("jueves, 1 de octubre de 2026, 22:05", (10, 1, 22, 5)),
        ("giovedì, 1 ottobre 2026, 22:05", (10, 1, 22, 5)),
        ("quinta-feira, 1 de outubro de 2026, 22:05", (10, 1, 22, 5)),
        ("donderdag 1 oktober 2026, 22:05", (10, 1, 22, 5)),
        ("czwartek, 1 października 2026, 22:05", None),
        ("2026-10-01 22:05", (10, 1, 22, 5)),
        ("2026-10-01T22:05:30", (10, 1, 22, 5)),
        ("01.10.2026, 22:05", (10, 1, 22, 5)),
        ("1-10-26 22:05", (10, 1, 22, 5)),
        ("31/10/26, 22:05", (10, 31, 22, 5)),
        ("10/31/26, 10:05 PM", (10, 31, 22, 5)),
        ("1/10/26, 22:05", None),
        ("7/7/2026, 22:05", (7, 7, 22, 5)),
        ("-", None),
        ("Thursday, 31 February 2026, 10:05 AM", None),
    ],
)
def test_times_as_moodle_writes_them(text, wanted):
    found = read_time(text)
    assert (found and (found.month, found.day, found.hour, found.minute)) == wanted


def test_what_comes_first_in_numbers_is_read_off_the_column():
    def days(*cells):
        return [time and (time.month, time.day) for time in read_column(cells)]

    assert days("1/10/26, 22:05", "-", "31/10/26, 22:05") == [(10, 1), None, (10, 31)]
    assert days("1/10/26, 22:05", "10/31/26, 22:05") == [(1, 10), (10, 31)]
    assert days("1/10/26, 22:05", "2/10/26, 22:05") == [None, None], "it may be either"
    assert days("13/10/26, 22:05", "10/13/26, 22:05", "1/2/26, 22:05")[2] is None, "they contradict each other"


def test_times_in_another_language_and_a_cell_that_cannot_be_read(course, tmp_path, capsys):
    (tmp_path / "moodle.csv").write_text(
        "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;"
        "Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar\n"
        "Teilnehmer/in811;Ada Lovelace;ada@example.org;x;;10,00;Ja;Donnerstag, 1. Oktober 2026, 21:05;-;\n"
        "Teilnehmer/in812;Bob Jones;bob@example.org;x;;10,00;Ja;1/10/26, 21:05;-;\n",
        encoding="utf-8",
    )
    assert course("--moodle", tmp_path / "moodle.csv") == 0
    grades = ClassGrades.read(course.out / "grades.json")
    time = datetime(2026, 10, 1, 21, 5).astimezone(UTC).isoformat(timespec="seconds")
    assert grades.find("ada", "attention").submitted_at == time
    assert grades.find("bob", "attention").dated_by == ""
    said = capsys.readouterr().err
    assert "moodle.csv, line 3, column 'Zuletzt geändert (Abgabe)': '1/10/26, 21:05' is no time that can be" in said
    filled = (course.out / "gradebooks" / "moodle_03_attention.csv").read_text(encoding="utf-8")
    assert "<pre>" in filled.splitlines()[1]


def test_extensions_and_a_policy_are_kept_shown_changed_and_forgotten(course, tmp_path, capsys):
    (tmp_path / "more.csv").write_text("student,lesson,due\nbob,03,2026-10-08\ndan,,excused\n", encoding="utf-8")
    (tmp_path / "policy.py").write_text("def penalty(late_by, score, max_score):\n    return 1\n")
    graded = (
        submission("ada", exercise("softmax", "right", 2.0)),
        submission("bob", exercise("softmax", "right", 2.0)),
    )
    course.grades[0] = class_of_four(submissions=tuple(dataclasses.replace(one, late=True) for one in graded))

    def scores():
        grades = ClassGrades.read(course.out / "grades.json")
        return [grades.find(name, "attention").score for name in ("ada", "bob")]

    assert course("--extensions", tmp_path / "more.csv", "--late-policy", tmp_path / "policy.py") == 0
    assert scores() == [1.0, 2.0]
    assert course() == 0
    assert scores() == [1.0, 2.0]
    page = (course.out / "class.html").read_text(encoding="utf-8")
    assert f"--extensions {tmp_path / 'more.csv'} (kept from an earlier run); --late-policy" in page
    assert "Extensions and excuses: 2" in page
    assert "late, −1 point" in page
    (tmp_path / "more.csv").write_text("student,lesson,due\nzoe,,excused\n", encoding="utf-8")
    assert course() == 2
    assert "no student 'zoe'" in capsys.readouterr().err
    assert course("--forget", "extensions", "--forget", "late-policy") == 0
    assert scores() == [2.0, 2.0]


def test_what_pages_for_marking_saved_is_entered_and_a_file_of_ones_own_stays_in_force(course, tmp_path, capsys):
    course()
    with (course.out / "marking" / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [line | {"mark": "2"} for line in csv.DictReader(file) if line["student"] == "cem"]
    (tmp_path / "saved.csv").write_text(form_of(lines), encoding="utf-8")
    (tmp_path / "mine.csv").write_text(MARK, encoding="utf-8")
    assert course("--marks", tmp_path / "mine.csv") == 0
    assert course("--marks", tmp_path / "saved.csv") == 0
    assert "2 marks of saved.csv entered in" in capsys.readouterr().out
    assert course() == 0
    grades = ClassGrades.read(course.out / "grades.json")
    assert (grades.find("ada", "attention").score, grades.find("cem", "attention").score) == (6.0, 4.0)
    assert course("--marks", tmp_path / "mine.csv", "--marks", tmp_path / "mine.csv") == 2
    assert "one file of your own at a time" in capsys.readouterr().err


def test_one_is_said_of_one(course, capsys):
    course.grades[0] = class_of_four(submissions=(submission("ada", exercise("explain_scaling", "manual", None)),))
    assert course() == 0
    told = capsys.readouterr().out
    assert "1 submission of 1 student, seed 7" in told
    assert "1 waits for its mark" in told
    text = (course.out / "class.html").read_text(encoding="utf-8")
    assert "1</b><span>submission</span>" in text
    assert "1</b><span>waits for a mark</span>" in text
