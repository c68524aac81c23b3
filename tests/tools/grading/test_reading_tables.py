"""Tables that people edit: no line and no cell of them is lost in silence."""

import pytest

from course_tools.grading.extensions import read_extensions
from course_tools.grading.outputs.marks import read_form, read_marks
from course_tools.grading.outputs.moodle import moodle_csv
from course_tools.grading.outputs.reading_tables import read_table
from course_tools.grading.roster import read_roster, read_roster_and_remarks
from tests.tools.grading.class_of_four import class_of_four

MARKS = "student,lesson,exercise,mark,comment"
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments"
)
# Of each kind of table: its headings, a line, another, and what reads it.
TABLES = {
    "marks": (MARKS, "ada,03,explain_scaling,2,{}well", "cem,03,explain_scaling,1,so{}", read_marks),
    "roster": ("id,name,group", "ada,Ada,{}a", "cem,Cem,b{}", read_roster),
    "extensions": ("student,lesson,due", "ada,03,{}2026-10-08", "cem,,excused{}", read_extensions),
    "worksheet": (
        MOODLE,
        "Participant 1,Ada,ada@x.org,,,100,Yes,-,-,{}good",
        "Participant 2,Cem,cem@x.org,,,100,Yes,-,-,fine{}",
        lambda path: moodle_csv(class_of_four(), "attention", path),
    ),
}


def table(path, *lines, encoding="utf-8"):
    path.write_text("\n".join(lines) + "\n", encoding=encoding, newline="")
    return path


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("closed", ["never", "by the next line", "by another that opens"])
def test_an_open_quotation_mark_that_swallows_lines_is_refused_with_its_line(tmp_path, kind, closed):
    headings, first, second, read = TABLES[kind]
    open_one, plain = first.format('"'), second.format("")
    last = {"never": plain, "by the next line": second.format('"'), "by another that opens": open_one}[closed]
    with pytest.raises(ValueError, match=r"t\.csv.* in line 2 .*quotation mark|quotation mark .* in line 2 swallows"):
        read(table(tmp_path / "t.csv", headings, open_one, plain, last))


@pytest.mark.parametrize("kind", TABLES)
def test_a_row_with_more_cells_than_headings_is_refused_with_its_line(tmp_path, kind):
    headings, first, second, read = TABLES[kind]
    with pytest.raises(ValueError, match=r"line 3 has \d+ cells, and there are \d+ headings"):
        read(table(tmp_path / "t.csv", headings, first.format(""), second.format("") + ",more"))


def test_cells_of_several_lines_are_read_and_lines_are_counted_as_an_editor_shows_them(tmp_path):
    path = table(tmp_path / "m.csv", MARKS, 'ada,03,explain_scaling,2,"Well seen,', "and, all in all, right", 'yes"')
    path.write_text(path.read_text(encoding="utf-8") + "cem,03,explain_scaling,good,\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 5: a mark is a number"):
        read_marks(path)
    assert read_form(path)[0]["comment"] == "Well seen,\nand, all in all, right\nyes"


def test_a_quotation_mark_after_a_space_opens_a_cell_too(tmp_path):
    (mark,) = read_marks(table(tmp_path / "m.csv", MARKS, 'ada, 03, explain_scaling, 2, "well, seen"'))
    assert (mark.points, mark.comment) == (2.0, "well, seen")


@pytest.mark.parametrize("text", ['"well" he said', '"a ""b"" c" d'])
def test_text_after_a_closed_cell_is_refused_and_not_joined(tmp_path, text):
    with pytest.raises(ValueError, match="begins in line 2"):
        read_marks(table(tmp_path / "m.csv", MARKS, f"ada,03,explain_scaling,2,{text}"))


def test_inches_in_the_middle_of_a_cell_are_only_text(tmp_path):
    assert read_marks(table(tmp_path / "m.csv", MARKS, 'ada,03,explain_scaling,2,a 5" line'))[0].comment == 'a 5" line'


def test_what_excel_calls_unicode_text_is_read(tmp_path):
    path = table(tmp_path / "m.csv", MARKS.replace(",", "\t"), "ada\t03\texplain_scaling\t۲\tخوب", encoding="utf-16")
    assert [(mark.points, mark.comment) for mark in read_marks(path)] == [(2.0, "خوب")]


def test_reading_takes_time_in_proportion_to_the_lines(tmp_path):
    rows = [f'ada,03,explain_scaling,2,"{number}' + "\nsome prose" * 200 + '"' for number in range(200)]
    assert len(read_table(table(tmp_path / "m.csv", MARKS, *rows)).rows) == 200


def test_a_line_of_the_roster_that_names_nobody_is_told(tmp_path):
    path = table(tmp_path / "r.csv", "id,name,group", "ada,Ada,a", ",,b", "", "cem,Cem,b")
    students, remarks = read_roster_and_remarks(path)
    assert [student.id for student in students] == ["ada", "cem"]
    assert remarks == ("r.csv, line 3: nothing in it says who the student is, it is passed over",)


def test_who_has_no_id_is_called_by_what_there_is(tmp_path):
    path = table(tmp_path / "r.csv", "Student,ID,SIS Login ID", '"Doe, Jane",501,jdoe', '"Roe, Jim",502,')
    students, (said,) = read_roster_and_remarks(path)
    assert [(one.id, one.first_name) for one in students] == [("jdoe", "Jane"), ("502", "Jim")]
    assert said.startswith("r.csv, line 3: no SIS Login ID, so the student is called '502'")


def test_who_has_only_a_first_and_a_last_name_is_called_by_them(tmp_path):
    path = table(tmp_path / "r.csv", "student_id,first_name,last_name", "u1,Ada,Lovelace", ",Ghost,Rider", ",,")
    students, (said,) = read_roster_and_remarks(path)
    assert [one.id for one in students] == ["u1", "Ghost Rider"]
    assert said.startswith("r.csv, line 3: no student_id, so the student is called 'Ghost Rider'")


def test_lines_of_canvas_that_are_nobody_are_no_students_and_need_no_word(tmp_path):
    lines = (
        "Student,ID,SIS User ID,SIS Login ID,Section,03_attention (4711)",
        ",,,,,Manual Posting",
        "    Points Possible,,,,,14",
        '"Doe, Jane",501,S1,jdoe,A,',
        '"Student, Test",599,,5b1c8f0e,A,',
    )
    students, remarks = read_roster_and_remarks(table(tmp_path / "r.csv", *lines))
    assert ([student.id for student in students], remarks) == (["jdoe"], ())


def test_two_lines_with_one_id_are_named(tmp_path):
    with pytest.raises(ValueError, match="'ada', in lines 2 and 4"):
        read_roster(table(tmp_path / "r.csv", "id,name", "ada,Ada", "cem,Cem", "ada,Ada L."))


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_roster_as_spreadsheets_save_it(tmp_path, sign):
    path = table(tmp_path / "r.csv", sign.join(("id", "name")), sign.join(("ada", "Lovelace, Ada")))
    assert [(one.id, one.name) for one in read_roster(path)] == [("ada", "Ada Lovelace")]


def test_a_heading_that_stands_twice_is_refused_where_it_counts(tmp_path):
    with pytest.raises(ValueError, match="two columns called id"):
        read_roster(table(tmp_path / "r.csv", "id,name,ID", "ada,Ada,7"))
    with pytest.raises(ValueError, match="two columns called comment"):
        read_marks(table(tmp_path / "m.csv", f"{MARKS},comment", "ada,03,explain_scaling,2,a,b"))
