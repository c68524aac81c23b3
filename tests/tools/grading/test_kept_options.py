"""A second run does not undo what the first was told, names what it leaves as it was, and says whose clock it reads."""

import argparse
import dataclasses
import json

import pytest

from course_tools.commands import grade as grade_command
from course_tools.grading.collect import DatedBy
from course_tools.grading.kept_options import KEPT, options_in
from course_tools.grading.results import ClassGrades
from tests.tools.grading.class_of_four import class_of_four, right, submission

HEADINGS = "Identifier,Full name,Status,Grade,Maximum Grade,Last modified (submission),Last modified (grade)\n"
IN_TIME = '"Thursday, 1 October 2026, 9:05 AM"'


def worksheet(path, *students):
    rows = [f"Participant {n},{name},Submitted,,6.00,{IN_TIME},-\n" for n, name in enumerate(students, start=1)]
    path.write_text(HEADINGS + "".join(rows), encoding="utf-8")
    return path


def handed_in(*students):
    """Handed in on the first of October, copied from somewhere a month later."""
    copied = {"submitted_at": "2026-11-01T10:00:00+00:00", "dated_by": DatedBy.FILE, "late": True}
    return class_of_four(submissions=tuple(submission(one, right("softmax", 2.0), **copied) for one in students))


def late(out):
    grades = ClassGrades.read(out / "grades.json")
    return {one.student: one.late for one in grades.submissions}


def test_a_second_run_without_the_worksheet_makes_nobody_late(course, tmp_path, capsys):
    course.grades[0] = handed_in("ada", "bob")
    sheet = worksheet(tmp_path / "moodle.csv", "ada", "bob")
    assert course("--moodle", sheet, "--due", "2026-10-01") == 0
    assert late(course.out) == {"ada": False, "bob": False}
    filled = course.out / "gradebooks" / "moodle_03_attention.csv"
    filled.unlink()
    capsys.readouterr()
    assert course() == 0
    assert late(course.out) == {"ada": False, "bob": False}
    assert filled.is_file(), "it is written anew"
    told = capsys.readouterr()
    assert f"as before: --due 2026-10-01, --moodle 03={sheet}" in told.out
    assert "older file" not in told.err
    assert "dated" not in told.err


def test_where_times_come_from_elsewhere_now_it_is_said_and_what_is_not_written_is_named(course, tmp_path, capsys):
    course.grades[0] = handed_in("ada", "bob")
    course("--moodle", worksheet(tmp_path / "moodle.csv", "ada", "bob"), "--due", "2026-10-01")
    capsys.readouterr()
    assert course("--forget", "moodle") == 0
    assert late(course.out) == {"ada": True, "bob": True}
    told = capsys.readouterr().err
    assert f"2 submissions were dated {DatedBy.MOODLE} in the last run and are now dated {DatedBy.FILE}; " in told
    assert "late of them: 0 then, 2 now" in told
    assert "late of them: 0 then, 2 now" in (course.out / "class.html").read_text(encoding="utf-8")
    old = "moodle_03_attention.csv, gradebooks/moodle_03_attention_feedback.zip"
    assert f"2 older files in {course.out / 'gradebooks'}, not written by this run: gradebooks/{old}" in told


def test_the_same_files_copied_anew_have_another_time_and_that_is_said(course, capsys):
    course.grades[0] = handed_in("ada", "bob")
    course("--due", "2026-10-01")
    unpacked, bob = handed_in("ada", "bob").submissions
    unpacked = dataclasses.replace(unpacked, submitted_at="2026-11-28T10:00:00+00:00")
    course.grades[0] = class_of_four(submissions=(unpacked, bob))
    capsys.readouterr()
    course()
    told = capsys.readouterr().err
    assert f"1 submission that is as it was has another time than in the last run, dated {DatedBy.FILE}; late" in told
    course.grades[0] = class_of_four(submissions=(dataclasses.replace(unpacked, digest="e" * 64), bob))
    capsys.readouterr()
    course()
    assert "another time" not in capsys.readouterr().err, "a second submission has its own time"


def test_another_worksheet_changes_that_of_its_lesson_alone(course, tmp_path):
    course.grades[0] = handed_in("ada", "bob")
    first, other = (worksheet(tmp_path / name, "ada", "bob") for name in ("a.csv", "b.csv"))
    course("--moodle", f"03={first}")
    mlp = dataclasses.replace(submission("ada"), topic="mlp")
    course.grades[0] = class_of_four(submissions=(*handed_in("ada").submissions, mlp))
    course("--moodle", f"05={other}")
    kept = json.loads((course.out / ".graded" / "options.json").read_text())["moodle"]
    assert kept == [f"03={first}", f"05={other}"]
    assert (course.out / "gradebooks" / "moodle_05_mlp.csv").is_file()
    course("--moodle", f"mlp={first}")
    assert json.loads((course.out / ".graded" / "options.json").read_text())["moodle"] == [f"03={first}", f"05={first}"]


def test_a_run_about_another_lesson_leaves_a_worksheet_as_it_is_names_it_and_keeps_it(course, tmp_path, capsys):
    course.grades[0] = handed_in("ada", "bob")
    course("--moodle", worksheet(tmp_path / "a.csv", "ada", "bob"))
    filled = course.out / "gradebooks" / "moodle_03_attention.csv"
    before = filled.read_bytes()
    course.grades[0] = class_of_four(submissions=(dataclasses.replace(submission("ada"), topic="mlp"),))
    assert course("--topic", "05") == 0
    assert filled.read_bytes() == before
    assert "gradebooks/moodle_03_attention.csv" in capsys.readouterr().err
    course.grades[0] = handed_in("ada", "bob")
    assert course("--topic", "03") == 0
    assert late(course.out) == {"ada": False, "bob": False}


def test_what_is_graded_and_how_flags_count_is_kept_too(course, capsys):
    course("--topic", "03", "--topic", "05", "--accept-flagged")
    course()
    assert course.asked[1]["topics"] == ("03", "05")
    assert course.asked[1]["accept_flagged"] is True
    assert "as before: --accept-flagged, --topic 03, --topic 05 (" in capsys.readouterr().out
    course("--topic", "03", "--forget", "accept-flagged")
    assert (course.asked[2]["topics"], course.asked[2]["accept_flagged"]) == (("03",), False)
    course("--forget", "topic")
    assert course.asked[3]["topics"] == ()


def test_all_that_is_kept_can_be_forgotten():
    parser = argparse.ArgumentParser()
    grade_command.add_arguments(parser)
    (forget,) = [action for action in parser._actions if action.dest == "forget"]
    assert tuple(forget.choices) == KEPT


def test_what_earlier_versions_kept_is_still_read(tmp_path):
    (tmp_path / "options.json").write_text('{"due": "2026-10-01", "keep": "first"}')
    kept = options_in(tmp_path, {})
    assert (kept.get("due"), kept.get("keep"), kept.get("layout")) == ("2026-10-01", "first", "")


def test_an_option_that_was_refused_does_not_take_away_the_one_before(course, tmp_path):
    (tmp_path / "good.csv").write_text("student,lesson,due\ndan,,excused\n", encoding="utf-8")
    (tmp_path / "bad.csv").write_text("student,lesson,due\nzoe,,excused\n", encoding="utf-8")
    assert course("--extensions", tmp_path / "good.csv") == 0
    assert course("--extensions", tmp_path / "bad.csv") == 2
    assert course() == 0
    assert ClassGrades.read(course.out / "grades.json").excused("dan", "attention")


@pytest.mark.parametrize("option", ["marks", "extensions", "late-policy", "roster", "moodle"])
def test_a_file_that_is_not_there_is_said_in_a_sentence_before_anything_is_graded(course, tmp_path, capsys, option):
    for given, why in (("nofile.csv", "there is no such file"), (tmp_path, "this is a folder, and a file is wanted")):
        assert course(f"--{option}", given) == 2
        told = capsys.readouterr().err
        assert f"--{option} {given}: {why}" in told
        assert "Errno" not in told
    assert course.asked == []


def test_a_worksheet_for_a_lesson_and_a_place_for_reports_are_looked_at_too(course, tmp_path, capsys):
    assert course("--moodle", "03=nofile.csv") == 2
    assert "--moodle nofile.csv: there is no such file" in capsys.readouterr().err
    course.out.write_text("")
    assert course() == 2
    assert f"--out {course.out}: this is a file, and a folder is wanted" in capsys.readouterr().err
