"""What is taken for whose submission, and what is refused."""

import io
import json
import os
import stat
import zipfile
from datetime import datetime

import pytest

from course_lib.util.notebook import Unreadable, read_notebook
from course_lib.util.topics import TOPICS
from course_tools.grading import archives, files
from course_tools.grading import collect as collect_module
from course_tools.grading.archives import OpenArchives
from course_tools.grading.collect import MAX_NOTEBOOKS, DatedBy, collect
from course_tools.grading.identity import Layout, Names, recognize
from course_tools.grading.results import Student
from course_tools.grading.roster import read_roster

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write(path, text=NOTEBOOK, time=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if time:
        seconds = datetime.fromisoformat(time).timestamp()
        os.utime(path, (seconds, seconds))
    return path


def identify(parts, roster=()):
    return Names(recognize([parts], TOPICS, roster), TOPICS, roster).student_and_topic(parts)


def found(source, **options):
    return {(s.student, s.topic): s for s in collect(source, **options).submissions}


def read(submission):
    with OpenArchives() as opened:
        return submission.read(opened)


@pytest.mark.parametrize(
    ("parts", "student", "topic"),
    [
        (("jane", "03_attention.ipynb"), "jane", "attention"),
        (("jane", "03_attention", "03_attention.ipynb"), "jane", "attention"),
        (("03_attention", "jane", "notebook.ipynb"), "jane", "attention"),
        (("03_attention-jane.ipynb",), "jane", "attention"),
        (("jane_03_attention.ipynb",), "jane", "attention"),
        (("04_multi_head_attention-jane (1).ipynb",), "jane", "multi_head_attention"),
        (("jane", "Copy of 03_attention.ipynb"), "jane", "attention"),
        (("jane", "Copy_of_03_attention.ipynb"), "jane", "attention"),
        (("jane", "03_attention-Copy1.ipynb"), "jane", "attention"),
        (("Jane Doe_1234567_assignsubmission_file_", "03_attention.ipynb"), "Jane Doe", "attention"),
        (("Jane Doe_1234567_assignsubmission_file_03_attention.ipynb",), "Jane Doe", "attention"),
        (("doejane_12345_987654_03_attention.ipynb",), "doejane", "attention"),
        (("doejane_LATE_12345_987654_03_attention-1.ipynb",), "doejane", "attention"),
        (("homework-03-jane", "05_mlp.ipynb"), "homework-03-jane", "mlp"),
        (("jane", "homework.ipynb"), "jane", ""),
        (("attacker", "victim_123_456_03_attention.ipynb"), "attacker", "attention"),
        (("attacker", "victim_123_assignsubmission_file_", "03_attention.ipynb"), "attacker", "attention"),
        (("A B_1_assignsubmission_file_", "C D_2_assignsubmission_file_", "03_attention.ipynb"), "A B", "attention"),
        (("03_attention.ipynb",), "", "attention"),
        (("7", "03_attention.ipynb"), "7", "attention"),
        (("7", "07_gpt.ipynb"), "7", "gpt"),
        (("data", "02_data.ipynb"), "data", "data"),
        (("03", "jane", "03_attention.ipynb"), "jane", "attention"),
        (("3", "jane", "03_attention.ipynb"), "jane", "attention"),
        (("03_attention", "A B_1_assignsubmission_file_", "x.ipynb"), "A B", "attention"),
        (("../../etc", "03_attention.ipynb"), "_.._etc", "attention"),
    ],
)
def test_names_that_course_systems_give(parts, student, topic):
    assert identify(parts) == (student, topic)


def test_a_roster_gives_one_id_to_what_systems_call_differently(tmp_path):
    write(tmp_path / "roster.csv", 'Student,ID,SIS Login ID,Email\n"Döe, Jane",12345,jdoe,j@x.org\n')
    roster = read_roster(tmp_path / "roster.csv")
    assert (roster[0].id, roster[0].first_name, roster[0].last_name) == ("jdoe", "Jane", "Döe")
    for parts in (
        ("doejane_12345_987654_03_attention.ipynb",),
        ("Jane Doe_777_assignsubmission_file_", "03_attention.ipynb"),
        ("j@x.org", "03_attention.ipynb"),
        ("03_attention-jdoe.ipynb",),
    ):
        assert identify(parts, roster) == ("jdoe", "attention")


@pytest.mark.parametrize("name", ["2026/123", "Jane Doe Jr.", "Jos\u0065\u0301", "a:b", "n" * 120])
def test_who_is_on_the_roster_keeps_the_id_that_stands_there(tmp_path, name):
    """Else the work would stand under another name, and the roster's own would have handed in nothing."""
    write(tmp_path / "roster.csv", f"id\n{name}\n")
    folder = "".join(character for character in name if character.isalnum() or character == " ")
    assert identify((folder, "03_attention.ipynb"), read_roster(tmp_path / "roster.csv")) == (name, "attention")


@pytest.mark.parametrize("text", ["", "age,colour\n1,red\n", "id\njane\njane\n"])
def test_a_roster_that_names_nobody_or_one_twice_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match=r"roster\.csv"):
        read_roster(write(tmp_path / "roster.csv", text))


def test_the_latest_of_several_is_taken_and_the_others_are_named(tmp_path):
    write(tmp_path / "jane" / "03_attention.ipynb", time="2026-01-02T00:00:00+00:00")
    write(tmp_path / "jane" / "Copy of 03_attention.ipynb", NOTEBOOK + " ", time="2026-01-01T00:00:00+00:00")
    assert found(tmp_path)["jane", "attention"].path == "jane/03_attention.ipynb"
    first = found(tmp_path, keep="first")["jane", "attention"]
    assert first.path == "jane/Copy of 03_attention.ipynb"
    assert "2 submissions" in first.problems[0]
    assert "jane/03_attention.ipynb" in first.problems[0]


def test_nbgraders_timestamp_counts_more_than_the_files(tmp_path):
    write(tmp_path / "jane" / "03_attention" / "03_attention.ipynb")
    write(tmp_path / "jane" / "03_attention" / "timestamp.txt", "2026-03-04 05:06:07.000000 UTC")
    assert found(tmp_path)["jane", "attention"].submitted_at == "2026-03-04T05:06:07+00:00"


def test_content_tells_the_topic_where_the_name_does_not(tmp_path):
    write(tmp_path / "jane" / "homework.ipynb")
    assert found(tmp_path, guess_topic=lambda data: "mlp") == {("jane", "mlp"): found(
        tmp_path, guess_topic=lambda data: "mlp")["jane", "mlp"]}  # fmt: skip
    assert "neither its name nor its content" in collect(tmp_path).rejected[0].text


def test_a_whole_class_and_one_student_may_be_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("jane/03_attention.ipynb", NOTEBOOK)
        archive.writestr("03_attention-john.ipynb", NOTEBOOK)
        archive.writestr("__MACOSX/jane/._03_attention.ipynb", "x")
    assert set(found(tmp_path / "class.zip")) == {("jane", "attention"), ("john", "attention")}
    (tmp_path / "folder" / "jane").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "folder" / "jane" / "work.zip", "w") as archive:
        archive.writestr("john/03_attention.ipynb", NOTEBOOK)  # whose the archive is decides
    one = found(tmp_path / "folder")
    assert set(one) == {("jane", "attention")}
    assert read(one["jane", "attention"]) == NOTEBOOK.encode()


def test_the_folder_around_a_class_is_no_student(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for student in ("ann", "bob"):
            archive.writestr(f"submissions/{student}/03_attention.ipynb", NOTEBOOK)
    assert set(found(tmp_path / "class.zip")) == {("ann", "attention"), ("bob", "attention")}
    for student in ("ann_101", "bob_LATE_102"):
        write(tmp_path / "canvas" / "submissions" / f"{student}_9001_03_attention.ipynb")
    assert set(found(tmp_path / "canvas")) == {("ann", "attention"), ("bob", "attention")}


@pytest.mark.parametrize(
    "names",
    [
        (
            "Jane Doe_111_assignsubmission_file_/03_attention.ipynb",
            "Jane Doe_222_assignsubmission_file_/03_attention.ipynb",
        ),
        ("Jane Doe_111_5001_03_attention.ipynb", "Jane Doe_222_5002_03_attention.ipynb"),
    ],
    ids=["moodle", "canvas"],
)
def test_two_people_of_one_name_are_two(tmp_path, names):
    for name in names:
        write(tmp_path / name)
    assert set(found(tmp_path)) == {("Jane Doe (111)", "attention"), ("Jane Doe (222)", "attention")}


MOODLE = "{}_{}_assignsubmission_file_/03_attention.ipynb"


def whose(folder, roster, *names):
    """Whose the notebooks are that a system gave these names, in the order of the names."""
    for number, name in enumerate(names):
        write(folder / name, time=f"2026-01-0{number + 1}")
    owners = {one.path: one.student for one in collect(folder, roster=roster).submissions}
    return [owners.get(name) for name in names]


def test_who_takes_the_name_that_another_has_with_a_number_behind_it_is_nobody_else(tmp_path):
    names = (MOODLE.format("Jane Doe", 1), MOODLE.format("Jane Doe", 2), MOODLE.format("Jane Doe (1)", 3))
    assert whose(tmp_path, (), *names) == ["Jane Doe (1)", "Jane Doe (2)", "Jane Doe (1) (3)"]


def test_who_takes_the_name_of_somebody_on_the_roster_does_not_replace_what_they_handed_in(tmp_path):
    names = (MOODLE.format("Jane Doe", 1), MOODLE.format("Jane Doe", 2))
    assert whose(tmp_path / "a", (Student("jd", "Jane", "Doe"),), *names) == ["jd (1)", "jd (2)"]
    known = (Student("Participant 1", "Jane", "Doe", columns={"Identifier": "Participant 1"}),)
    assert whose(tmp_path / "b", known, *names) == ["Participant 1", "Participant 1 (2)"]


def test_a_systems_number_that_is_anothers_id_swaps_nobody(tmp_path):
    roster = (Student("55", "Bob", "Smith"), Student("66", "Jane", "Doe"))
    names = (MOODLE.format("Jane Doe", 55), MOODLE.format("Bob Smith", 77))
    assert whose(tmp_path, roster, *names) == ["Jane Doe (55)", "55"]


def test_a_name_that_is_anothers_id_is_still_whose_name_it_is(tmp_path):
    roster = (Student("doejane", "Bob", "Smith"), Student("2", "Jane", "Doe"))
    names = ("doejane_12_1_03_attention.ipynb", "smithbob_13_2_03_attention.ipynb")
    assert whose(tmp_path / "a", roster, *names) == ["2", "doejane"]
    twice = (*roster, Student("3", "Jane", "Doe"))
    assert whose(tmp_path / "b", twice, *names) == ["doejane (12)", "doejane"]


@pytest.mark.parametrize(
    ("roster", "names", "students"),
    [
        ((Student("janedoe", "Jane", "Doe"),), ("janedoe", "jane-doe"), ["janedoe", "jane-doe"]),
        ((Student("a1", email="a.b@x.y"),), ("a1", "ab@x.y", "a.b@x.y"), ["a1", "ab@x.y", "a.b@x.y"]),
        ((), ("jane", "jane."), ["jane", "jane~c4949262"]),
        ((Student("janedoe", "Jane", "Doe"),), ("jane-doe",), ["janedoe"]),
        ((Student("janedoe", "Jane", "Doe"),), ("JaneDoe",), ["janedoe"]),
    ],
    ids=["a sign in an id", "a sign in an address", "a point behind a name", "alone", "capitals"],
)
def test_who_is_called_as_another_but_for_a_sign_does_not_replace_what_they_handed_in(
    tmp_path, roster, names, students
):
    assert whose(tmp_path, roster, *(f"{name}/03_attention.ipynb" for name in names)) == students


def test_one_person_with_another_number_in_another_lesson_is_one(tmp_path):
    write(tmp_path / "Jane Doe_111_assignsubmission_file_" / "03_attention.ipynb")
    write(tmp_path / "Jane Doe_222_assignsubmission_file_" / "05_mlp.ipynb")
    assert set(found(tmp_path)) == {("Jane Doe", "attention"), ("Jane Doe", "mlp")}


def test_canvas_says_who_was_late(tmp_path):
    write(tmp_path / "annlee_101_9001_03_attention.ipynb")
    write(tmp_path / "bobray_LATE_102_9002_03_attention.ipynb")
    write(tmp_path / "tom" / "x_103_9003_03_attention.ipynb")  # within a folder a student can name it so
    late = {student: one.late for (student, _), one in found(tmp_path).items()}
    assert late == {"annlee": False, "bobray": True, "tom": None}


def test_one_name_like_a_systems_does_not_decide_how_all_are_read(tmp_path):
    """In a folder of files that students named, one calls his after another student and a number."""
    for name in ("03_attention-ann.ipynb", "03_attention-bob.ipynb", "ann_123_456_03_attention.ipynb"):
        write(tmp_path / name)
    result = collect(tmp_path)
    assert result.layout is Layout.FOLDERS
    assert {submission.student for submission in result.submissions} == {"ann", "bob", "ann_123_456"}


def test_in_a_systems_download_a_file_that_it_did_not_name_is_refused(tmp_path):
    for name in ("ann_1_11_03_attention.ipynb", "bob_2_12_03_attention.ipynb", "03_attention-ann.ipynb"):
        write(tmp_path / name)
    result = collect(tmp_path)
    assert result.layout is Layout.CANVAS
    assert {submission.path for submission in result.submissions} == {
        "ann_1_11_03_attention.ipynb",
        "bob_2_12_03_attention.ipynb",
    }
    assert "neither folder nor file name says whose" in result.rejected[0].text


def test_the_layout_can_be_given(tmp_path):
    write(tmp_path / "ann_1_11_03_attention.ipynb")
    assert collect(tmp_path).layout is Layout.CANVAS
    assert [s.student for s in collect(tmp_path, layout=Layout.FOLDERS).submissions] == ["ann_1_11"]


def test_names_that_differ_in_what_is_not_seen_or_far_behind_stay_apart(tmp_path):
    for student in ("jane", "jane\u200b", "x" * 150 + "a", "x" * 150 + "b"):
        write(tmp_path / student / "03_attention.ipynb")
    assert len(found(tmp_path)) == 4
    assert ("jane", "attention") in found(tmp_path)


def test_a_notebook_that_a_browser_renamed_is_graded(tmp_path):
    write(tmp_path / "jane" / "03_attention.ipynb.json")
    write(tmp_path / "05_mlp-john.ipynb.txt")
    assert set(found(tmp_path)) == {("jane", "attention"), ("john", "mlp")}


@pytest.mark.parametrize("name", ["03_attention.pdf", "answers.py", "work.rar", "answers.txt"])
def test_what_is_no_notebook_is_named_if_nothing_else_was_handed_in(tmp_path, name):
    write(tmp_path / "jane" / name, "x")
    write(tmp_path / "john" / name, "x")
    write(tmp_path / "john" / "03_attention.ipynb")
    (said,) = collect(tmp_path).rejected
    assert said.student == "jane"
    said = said.text
    assert said.startswith(f"jane/{name}: ")
    assert "the .ipynb is needed" in said


def refused(source):
    result = collect(source)
    assert result.submissions == ()
    assert len(result.rejected) == 1
    return result.rejected[0].text


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_students_archive_in_that_of_the_class_is_opened(tmp_path):
    inner = {"work/03_attention.ipynb": NOTEBOOK, "deeper.zip": zipped({"05_mlp.ipynb": NOTEBOOK})}
    members = {"jane/work.zip": zipped(inner), "john/03_attention.ipynb": NOTEBOOK, "mary/broken.zip": "PK"}
    (tmp_path / "class.zip").write_bytes(zipped(members))
    result = collect(tmp_path / "class.zip")
    assert {(one.student, one.topic) for one in result.submissions} == {("jane", "attention"), ("john", "attention")}
    assert [read(one) for one in result.submissions] == [NOTEBOOK.encode()] * 2
    assert [(refusal.student, refusal.path) for refusal in result.rejected] == [
        ("jane", "jane/work.zip!deeper.zip"),
        ("mary", "mary/broken.zip"),
    ]


def test_what_is_refused_says_whose_it_is(tmp_path):
    for name in ("ann/03_attention.rar", "bob/broken.zip", "cem/homework.ipynb", "dan/readme", "eve/05_mlp.docx"):
        write(tmp_path / name, "x")
    (tmp_path / "fay").mkdir()
    (tmp_path / "fay" / "03_attention.ipynb").symlink_to("/etc/passwd")
    write(tmp_path / "eve" / "03_attention.ipynb")
    result = collect(tmp_path)
    assert [refusal.student for refusal in result.rejected] == ["ann", "bob", "cem", "dan", "eve", "fay"]
    assert [refusal.topic for refusal in result.rejected] == ["attention", "", "", "", "mlp", "attention"]


def test_many_files_that_are_no_notebooks_are_one_line(tmp_path):
    for number in range(30):
        write(tmp_path / "jane" / f"{number:02d}.py", "x")
    (said,) = collect(tmp_path).rejected
    assert said.path == "jane/00.py"
    assert "and 29 more files" in said.why


def test_of_thousands_of_notebooks_of_one_student_few_are_read_and_the_archive_is_opened_once(tmp_path, monkeypatch):
    opened = []
    open_archive = archives.open_archive
    monkeypatch.setattr(archives, "open_archive", lambda file: opened.append(file) or open_archive(file))
    (tmp_path / "jane").mkdir()
    (tmp_path / "jane" / "work.zip").write_bytes(zipped({f"{i}/03_attention.ipynb": NOTEBOOK for i in range(3_000)}))
    write(tmp_path / "john" / "03_attention.ipynb")
    result = collect(tmp_path)
    assert len(opened) == 1
    assert [submission.student for submission in result.submissions] == ["jane", "john"]
    assert len(result.rejected) == 3_000 - MAX_NOTEBOOKS


def test_the_time_in_a_students_archive_makes_nobody_early(tmp_path):
    (tmp_path / "jane").mkdir()
    info = zipfile.ZipInfo("03_attention.ipynb", (1999, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(tmp_path / "jane" / "work.zip", "w") as archive:
        archive.writestr(info, NOTEBOOK)
        archive.writestr("timestamp.txt", "1999-01-01 00:00:00 UTC")
    (one,) = collect(tmp_path).submissions
    assert one.submitted_at > "2020"
    assert one.dated_by == DatedBy.FILE


def test_one_time_stamp_among_many_notebooks_is_no_nbgraders(tmp_path):
    for student in ("ann", "bob", "cem"):
        write(tmp_path / student / "03_attention" / "03_attention.ipynb")
    write(tmp_path / "ann" / "03_attention" / "timestamp.txt", "1999-01-01 00:00:00 UTC")
    assert {one.dated_by for one in collect(tmp_path).submissions} == {DatedBy.FILE}
    write(tmp_path / "bob" / "03_attention" / "timestamp.txt", "2026-01-01 00:00:00 UTC")
    assert [one.dated_by for one in collect(tmp_path).submissions] == [DatedBy.NBGRADER] * 2 + [DatedBy.FILE]


def test_names_that_no_file_can_be_printed_under_stay_apart(tmp_path):
    for name in (b"jane\xff", b"jane\xfe", b"\x1b[2Jjane"):
        folder = os.fsencode(tmp_path) + b"/" + name
        os.mkdir(folder)
        with open(folder + b"/03_attention.ipynb", "w") as file:
            file.write(NOTEBOOK)
    students = [student for student, _ in found(tmp_path)]
    assert len(students) == 3
    assert all(student.isprintable() for student in students)


def test_symbolic_links_are_refused(tmp_path):
    secret = write(tmp_path / "outside" / "03_attention.ipynb")
    (tmp_path / "class" / "jane").mkdir(parents=True)
    (tmp_path / "class" / "jane" / "03_attention.ipynb").symlink_to(secret)
    assert "symbolic link" in refused(tmp_path / "class")


def test_a_link_to_a_neighbours_folder_is_refused(tmp_path):
    write(tmp_path / "john" / "03_attention.ipynb")
    (tmp_path / "jane").symlink_to(tmp_path / "john")
    result = collect(tmp_path)
    assert [submission.student for submission in result.submissions] == ["john"]
    assert "symbolic link" in result.rejected[0].text


def test_hard_links_are_refused(tmp_path):
    secret = write(tmp_path / "outside" / "03_attention.ipynb")
    (tmp_path / "class" / "jane").mkdir(parents=True)
    os.link(secret, tmp_path / "class" / "jane" / "03_attention.ipynb")
    assert "hard link" in refused(tmp_path / "class")


def test_pipes_are_refused_and_not_waited_for(tmp_path):
    (tmp_path / "jane").mkdir()
    os.mkfifo(tmp_path / "jane" / "03_attention.ipynb")
    assert "not a regular file" in refused(tmp_path)


def test_huge_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1 << 20)
    write(tmp_path / "jane" / "03_attention.ipynb", " " * (3 << 20))
    assert "3 MB" in refused(tmp_path)


def member(name, mode=0o644 | stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


@pytest.mark.parametrize(
    ("info", "content", "why"),
    [
        (member("../../03_attention.ipynb"), NOTEBOOK, "leads out of the archive"),
        (member("/etc/03_attention.ipynb"), NOTEBOOK, "leads out of the archive"),
        (member("C:/03_attention.ipynb"), NOTEBOOK, "leads out of the archive"),
        (member("..\\03_attention.ipynb"), NOTEBOOK, "leads out of the archive"),
        (member("03_attention.ipynb", 0o777 | stat.S_IFLNK), "/etc/passwd", "symbolic link"),
        (member("inner.zip"), "x", "archives within archives"),
    ],
    ids=["up", "absolute", "drive", "backslash", "link", "nested"],
)
def test_archives_that_reach_out_are_refused(tmp_path, info, content, why):
    (tmp_path / "jane").mkdir()
    with zipfile.ZipFile(tmp_path / "jane" / "work.zip", "w") as archive:
        archive.writestr(info, content)
    assert why in refused(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["jane", "work.zip"]


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    (tmp_path / "jane").mkdir()
    with zipfile.ZipFile(tmp_path / "jane" / "work.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("03_attention.ipynb", b" " * (archives.MAX_BYTES + 1))
    assert "more than 32 MB" in refused(tmp_path)


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path):
    path = tmp_path / "jane" / "work.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("03_attention.ipynb", b" " * (40 << 20))
    size = (40 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    assert collect(tmp_path).submissions == () or len(read(found(tmp_path)["jane", "attention"])) <= 1000


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"x" * 1000], ids=["empty", "broken", "no archive"])
def test_broken_archives_are_refused(tmp_path, data):
    (tmp_path / "jane").mkdir()
    (tmp_path / "jane" / "work.zip").write_bytes(data)
    assert "jane/work.zip" in refused(tmp_path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not text"),
        (b"[]", "not a notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "version 4"),
        (b'{"nbformat": 5, "cells": []}', "format 5"),
        (b'{"cells": 3, "nbformat": 4}', "not a notebook"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells": [' + b",".join([b"{}"] * 3_000) + b'], "nbformat": 4}', "3000 cells"),
        (b'{"cells": [NaN, Infinity', "not JSON"),
    ],
    ids=["empty", "binary", "list", "old", "future", "cells", "deep", "many", "cut"],
)
def test_what_is_no_notebook_says_why(data, why):
    with pytest.raises(Unreadable, match=why):
        read_notebook(data)


def test_malformed_cells_are_left_out_and_named():
    cells = [3, {"cell_type": "code"}, {"cell_type": "code", "source": ["x = ", 1]}, {"cell_type": 1, "source": "x"}]
    cells += [{"cell_type": "code", "source": "def f(:"}, {"cell_type": "code", "source": "y = 1\x00"}]
    cells += [{"cell_type": "code", "source": "z = " + "-" * 90_000 + "1"}, {"cell_type": "code", "source": "w = 1"}]
    notebook = read_notebook(json.dumps({"cells": cells, "nbformat": 4}).encode())
    assert [statement.binds for statement in notebook.statements] == [{"w"}]
    assert len(notebook.problems) == 6


def test_there_must_be_something(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        collect(tmp_path / "nowhere")


def test_the_archive_of_a_class_is_opened_once_for_all_that_lie_in_it(tmp_path, monkeypatch):
    opened = []
    real = archives.open_archive
    monkeypatch.setattr(archives, "open_archive", lambda file: opened.append(file) or real(file))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"student{number}/03_attention.ipynb", NOTEBOOK)
    submissions = collect(tmp_path / "class.zip").submissions
    assert (len(submissions), len(opened)) == (20, 1)
    with OpenArchives() as kept:
        assert {one.read(kept) for one in submissions} == {NOTEBOOK.encode()}
    assert len(opened) == 2


def test_collecting_shows_a_bar(tmp_path, monkeypatch):
    shown = []

    def bar(items, *, description, unit):
        shown.append((description, unit))
        return items

    monkeypatch.setattr(collect_module, "bar", bar)
    write(tmp_path / "jane" / "03_attention.ipynb")
    assert len(collect(tmp_path).submissions) == 1
    assert shown == [("Looking for notebooks", "file"), ("Collecting", "file")]
