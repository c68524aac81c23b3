"""Grade books against the schemas that the systems document, and against spreadsheets that compute what they open."""

import base64
import csv
import dataclasses
import io
import json
import zipfile

import pytest

from course_tools.grading.outputs import write_all
from course_tools.grading.outputs.autograders import classroom_result, gradescope_results
from course_tools.grading.outputs.gradebooks import CANVAS, NBGRADER, canvas_csv, exercises_csv, nbgrader_csv
from course_tools.grading.outputs.moodle import assign_worksheets, moodle_csv
from course_tools.grading.outputs.tables import csv_text, guard, unguard
from course_tools.grading.results import Student
from course_tools.grading.roster import read_roster
from tests.tools.grading.class_of_four import ASKED, class_of_four, exercise, right, submission, transposed

CANVAS_EXPORT = """Student,ID,SIS User ID,SIS Login ID,Section,Attention from scratch (4711),Essay (99)
    Points Possible,,,,,6,10
"Lovelace, Ada",501,S1,ada,Section A,,7
"Test, Bob",502,S2,bob,Section B,,
"""
MOODLE = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 811","Ada Lovelace",ada@example.org,"Submitted for grading",,100.00,Yes,"Monday",-,
"Participant 812","Bob Jones",bob@example.org,"Submitted for grading",17.00,100.00,Yes,"Monday","Tuesday",
"Participant 813","Dan Absent",dan@example.org,"No submission",,100.00,Yes,-,-,
"""
MOODLE_GERMAN = """ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;\
Zuletzt geändert (Bewertung)
Teilnehmer/in811;Ada Lovelace;ada@example.org;Zur Bewertung abgegeben;;10,00;Ja;-
Teilnehmer/in812;Bob Jones;bob@example.org;Zur Bewertung abgegeben;;10,00;Ja;-
"""


def rows(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def marked_class():
    """Ada 3 of 6 and Bob 0 of 6, both with every mark."""
    ada = submission(
        "ada", right("causal_mask", 1.0), right("softmax", 2.0), exercise("explain_scaling", "missing", 0.0)
    )
    bob = submission(
        "bob", transposed(), exercise("softmax", "not attempted", 0.0), exercise("explain_scaling", "missing", 0.0)
    )
    return class_of_four(submissions=(ada, bob))


@pytest.mark.instructor
def test_nbgrader_columns_are_those_of_its_own_export():
    export = pytest.importorskip("nbgrader.plugins.export")
    import inspect

    source = inspect.getsource(export.CsvExportPlugin)
    assert all(f'"{name}"' in source for name in NBGRADER)
    assert nbgrader_csv(class_of_four()).splitlines()[0] == ",".join(NBGRADER)


def test_nbgrader_has_a_line_for_each_student_and_no_number_where_a_mark_is_missing():
    ada, bob, cem, dan = rows(nbgrader_csv(class_of_four(), due="2026-10-02T00:00:00+02:00"))
    assert (ada["assignment"], ada["student_id"], ada["last_name"]) == ("03_attention", "ada", "Lovelace")
    assert ada["timestamp"] == "2026-10-01 10:00:00"
    assert ada["duedate"] == "2026-10-01 22:00:00"  # UTC, as nbgrader has it
    assert (ada["score"], ada["raw_score"]) == ("", "")  # her prose waits
    assert (bob["score"], bob["max_score"], bob["late_submission_penalty"]) == ("0", "6", "0")
    assert cem["score"] == ""
    assert (dan["score"], dan["timestamp"]) == ("0", "")


def test_a_failure_of_the_grader_is_an_empty_cell_everywhere():
    failed = submission("ada", right("causal_mask", 1.0), exercise("softmax", "not graded", None, note="no sandbox"))
    grades = class_of_four(submissions=(failed,))
    assert rows(nbgrader_csv(grades))[0]["score"] == ""
    assert rows(canvas_csv(grades))[1]["03_attention"] == ""
    assert "score" not in json.loads(gradescope_results(failed))
    assert json.loads(base64.b64decode(classroom_result(failed)))["status"] == "error"


def test_canvas_keeps_its_own_numbers_of_students_and_assignments(tmp_path):
    (tmp_path / "canvas.csv").write_text(CANVAS_EXPORT, encoding="utf-8")
    grades = dataclasses.replace(marked_class(), roster=read_roster(tmp_path / "canvas.csv"))
    header, possible, ada, bob = list(csv.reader(io.StringIO(canvas_csv(grades), newline="")))
    assert header == [*CANVAS, "Attention from scratch (4711)"]
    assert header[4] == "Section"
    assert possible == ["    Points Possible", "", "", "", "", "6"]
    assert ada == ["Lovelace, Ada", "501", "S1", "ada", "Section A", "3"]
    assert bob == ["Test, Bob", "502", "S2", "bob", "Section B", "0"]


def test_canvas_without_its_export_goes_by_login():
    lines = list(csv.reader(io.StringIO(canvas_csv(marked_class(), points_row=False), newline="")))
    assert lines[0] == [*CANVAS, "03_attention"]
    assert lines[1] == ["Lovelace, Ada", "", "", "ada", "", "3"]
    assert lines[4] == ["Absent, Dan", "", "", "dan", "", ""]  # nothing handed in: for Canvas to decide


def test_moodle_worksheet_is_filled_in_and_otherwise_as_it_was(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(MOODLE, encoding="utf-8")
    filled = moodle_csv(marked_class(), "attention", worksheet)
    text, missing = filled.text, filled.missing
    before, after = rows(MOODLE), rows(text)
    assert list(after[0]) == list(before[0])
    assert [line["Grade"] for line in after] == ["50", "0", ""]  # of 100, for 3 and 0 of 6 points
    for old, new in zip(before, after, strict=True):
        changed = {"Grade": "", "Feedback comments": ""}
        assert {**old, **changed} == {**new, **changed}
    assert missing == ()
    assert worksheet.read_text(encoding="utf-8") == MOODLE


def test_moodle_gets_comments_and_a_page_for_each_student_named_as_it_names_submissions(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(MOODLE.replace('"Tuesday",', '"Tuesday",By a person'), encoding="utf-8")
    write_all(class_of_four(), tmp_path, worksheets={"03": worksheet})
    ada, bob, dan = rows((tmp_path / "gradebooks" / "moodle_03_attention.csv").read_text(encoding="utf-8"))
    assert "<pre>causal_mask: right." in ada["Feedback comments"]
    assert bob["Feedback comments"] == "By a person", "stays"
    assert dan["Feedback comments"] == "", "who handed in nothing"
    with zipfile.ZipFile(tmp_path / "gradebooks" / "moodle_03_attention_feedback.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert list(pages) == [
        "Ada Lovelace_811_assignsubmission_file_03_attention.html",
        "Bob Jones_812_assignsubmission_file_03_attention.html",
    ]
    assert all(name.split("_", 4)[1].isdigit() for name in pages), "Moodle reads the number off the second part"
    assert "Lovelace" in pages[min(pages)]
    assert "Lovelace" not in pages[max(pages)]


def test_moodle_worksheet_in_another_language_keeps_headings_semicolons_and_decimal_commas(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text("\ufeff" + MOODLE_GERMAN, encoding="utf-8")
    two_thirds = submission("ada", right("softmax", 2.0), exercise("explain_scaling", "manual", 2.0))
    text = moodle_csv(class_of_four(submissions=(two_thirds,)), "attention", worksheet).text
    assert text.splitlines()[0] == MOODLE_GERMAN.splitlines()[0]
    assert [line["Bewertung"] for line in rows(text, ";")] == ["6,67", ""]


def test_moodle_leaves_incomplete_grades_alone_and_names_who_is_not_in_it(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(MOODLE, encoding="utf-8")
    filled = moodle_csv(class_of_four(), "attention", worksheet)
    text, missing = filled.text, filled.missing
    assert [line["Grade"] for line in rows(text)] == ["", "0", ""]
    assert missing == ("cem",)


def test_moodle_worksheet_can_be_the_roster(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(MOODLE, encoding="utf-8")
    roster = read_roster(worksheet)
    grades = marked_class()
    renamed = tuple(
        dataclasses.replace(one, student=f"Participant {number}")
        for one, number in zip(grades.submissions, (811, 812), strict=True)
    )
    text = moodle_csv(dataclasses.replace(grades, roster=roster, submissions=renamed), "attention", worksheet).text
    assert [line["Grade"] for line in rows(text)] == ["50", "0", ""]


def test_what_is_no_worksheet_of_this_course_is_refused_with_a_remedy(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text("Name,Points\nAda,3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Offline grading worksheet"):
        moodle_csv(marked_class(), "attention", worksheet)
    strangers = MOODLE.replace("Ada", "X").replace("ada@", "x@").replace("Bob", "Y").replace("bob@", "y@")
    worksheet.write_text(strangers, encoding="utf-8")
    with pytest.raises(ValueError, match="Grade with it as the roster"):
        moodle_csv(dataclasses.replace(marked_class(), roster=(Student("u1"),)), "attention", worksheet)


def test_the_download_of_moodle_is_never_written_over(tmp_path):
    worksheet = tmp_path / "gradebooks" / "moodle_03_attention.csv"
    worksheet.parent.mkdir()
    worksheet.write_text(MOODLE, encoding="utf-8")
    with pytest.raises(ValueError, match="would be overwritten"):
        write_all(marked_class(), tmp_path, worksheets={"03": worksheet})
    assert worksheet.read_text(encoding="utf-8") == MOODLE


def test_which_lesson_a_worksheet_is_for():
    assert list(assign_worksheets(["a.csv"], ("mlp",))) == ["mlp"]
    assert list(assign_worksheets(["03=a.csv", "05=b.csv"], ("attention", "mlp"))) == ["attention", "mlp"]
    with pytest.raises(ValueError, match="say which"):
        assign_worksheets(["a.csv"], ("attention", "mlp"))
    with pytest.raises(ValueError, match="two worksheets"):
        assign_worksheets(["03=a.csv", "3=b.csv"], ("attention",))


def test_gradescope_results_have_the_documented_fields():
    ada, bob, _ = class_of_four().submissions
    result = json.loads(gradescope_results(ada))
    assert set(result) <= {"score", "execution_time", "output", "output_format", "visibility", "tests", "extra_data"}
    assert (result["score"], result["execution_time"]) == (3.0, 0.25)
    assert [test["name"] for test in result["tests"]] == ["causal_mask", "softmax"]  # prose has its own rubric there
    assert "waits for its mark" in result["output"]
    wrong = json.loads(gradescope_results(bob))["tests"][0]
    known = {"score", "max_score", "status", "name", "number", "output", "output_format", "tags", "visibility"}
    assert set(wrong) == known
    assert (wrong["score"], wrong["max_score"], wrong["status"]) == (0.0, 1.0, "failed")
    assert wrong["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    assert wrong["output_format"] in ("text", "html", "simple_format", "md", "ansi")
    assert all(
        part in wrong["output"] for part in ("T = 3", "transposed", "section 5", "check(causal_mask, seed=4242)")
    )


def test_github_classroom_result_has_the_documented_fields():
    _, bob, _ = class_of_four().submissions
    result = json.loads(base64.b64decode(classroom_result(bob), validate=True))
    assert (result["version"], result["status"], result["max_score"]) == (1, "fail", 6.0)
    wanted = {"name", "status", "score", "message", "test_code", "filename", "line_no", "duration"}
    assert all(set(test) == wanted for test in result["tests"])
    assert [test["status"] for test in result["tests"]] == ["fail", "fail", "fail"]
    everything = submission("ada", right("causal_mask", 1.0))
    assert json.loads(base64.b64decode(classroom_result(everything)))["status"] == "pass"


def test_exercises_have_a_line_each():
    lines = rows(exercises_csv(class_of_four()))
    assert len(lines) == 3 * 3
    assert (lines[3]["student_id"], lines[3]["mistake"], lines[3]["late"]) == ("bob", "transposed", "yes")
    assert lines[2]["score"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "-x",
        "=",
        "+-1",
        "\n=1",
        "\u00a0=1",
        "\uff1d1+1",
    ],
)
def test_no_cell_is_computed(text):
    (cell,) = next(csv.reader(io.StringIO(csv_text([[text]]), newline="")))
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))


@pytest.mark.parametrize("text", ["-", "-1.5", "+3", "0", "", "a=b", "    Points Possible", "Participant 811"])
def test_numbers_and_plain_words_stay_as_they_are(text):
    assert guard(text) == text


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-x", "plain", "'quoted'", "'=1+1", "''-x", "\tx"])
def test_what_was_guarded_is_read_back(text):
    assert unguard(guard(text)) == text


def test_names_of_students_are_guarded_in_every_grade_book():
    for text in (nbgrader_csv(class_of_four()), canvas_csv(class_of_four())):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert any("HYPERLINK" in cell for cell in cells)
        assert not any(cell.startswith("=") for cell in cells)


def test_lessons_of_which_nothing_was_handed_in_are_no_columns():
    assert {one.topic for one in ASKED} == {"attention", "mlp"}
    assert "mlp" not in canvas_csv(class_of_four())
    assert "mlp" not in nbgrader_csv(class_of_four())
