"""More time, excuses, and what late work costs: as it was granted, and nothing without being asked."""

import csv
import io
import time
from datetime import datetime, timedelta

import pytest

from course_tools.grading.due import Extension, is_late, late_by
from course_tools.grading.extensions import read_extensions, read_policy, with_extensions, with_penalties
from course_tools.grading.outputs.gradebooks import canvas_csv, nbgrader_csv
from tests.tools.grading.class_of_four import class_of_four, right, submission

DUE = "2026-10-01T08:00+00:00"
POLICY = """
def penalty(late_by, score, max_score):
    return 0.1 * max_score * (1 + late_by.days)
"""


def table(path, *lines):
    path.write_text("\n".join(["student,lesson,due", *lines]) + "\n", encoding="utf-8")
    return path


def late_class():
    """All handed in two hours after DUE."""
    names = ("ada", "bob", "cem")
    return class_of_four(submissions=tuple(submission(one, right("softmax", 2.0), late=True) for one in names))


def of(grades, student):
    return grades.find(student, "attention")


def test_a_file_says_who_has_until_when_and_who_is_excused(tmp_path):
    path = table(tmp_path / "a.csv", "ada,03,2026-10-08T23:59", "bob,,excused", "", "cem,attention,Excused")
    assert read_extensions(path) == (
        Extension("ada", "attention", "2026-10-08T23:59"),
        Extension("bob", ""),
        Extension("cem", "attention"),
    )


def test_all_lines_that_cannot_be_are_told_at_once(tmp_path):
    path = table(tmp_path / "a.csv", "ada,03,soon", ",03,excused", "bob,77,excused", "cem,,excused", "cem,,2026-10-08")
    with pytest.raises(ValueError, match=r"a\.csv was not taken, nothing was changed") as caught:
        read_extensions(path)
    told = str(caught.value).splitlines()[1:]
    assert [line.split(":")[0].strip() for line in told] == ["line 2", "line 3", "line 4", "line 6"]
    assert "got 'soon'" in told[0]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
@pytest.mark.parametrize("never", ["9999-12-31T23:59", "9999-12-31", "9999-12-31T23:59-05:00"])
def test_the_end_of_the_calendar_is_a_date_too(monkeypatch, zone, never):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        grades = with_extensions(late_class(), (Extension("ada", "", never),))
        assert not of(grades, "ada").late
        assert "9999-12-31" in nbgrader_csv(grades, never)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_day_without_a_time_is_over_when_it_ends():
    noon = datetime(2026, 10, 8, 12).astimezone().isoformat()
    next_day = datetime(2026, 10, 9, 0, 1).astimezone().isoformat()
    assert not is_late(noon, "2026-10-08")
    assert is_late(next_day, "2026-10-08")
    assert late_by(next_day, "2026-10-08") == timedelta(seconds=61)


def test_only_who_has_an_extension_is_late_by_another_date():
    granted = (
        Extension("ada", "", "2026-10-02"),
        Extension("bob", "", "2026-09-01"),
        Extension("bob", "attention", DUE),
    )
    grades = with_extensions(late_class(), granted)
    assert [of(grades, name).late for name in ("ada", "bob", "cem")] == [False, True, True]
    assert grades.extension("bob", "attention").due == DUE, "what is said of the lesson goes first"


def test_an_extension_of_nobody_is_a_mistake():
    with pytest.raises(ValueError, match=r"--extensions: no student 'zoe'"):
        with_extensions(late_class(), (Extension("zoe", ""),))


def test_a_policy_takes_points_off_what_is_late_and_never_more_than_there_are(tmp_path):
    (tmp_path / "policy.py").write_text(POLICY)
    policy = read_policy(tmp_path / "policy.py")
    granted = (Extension("ada", "", "2026-10-02"), Extension("cem", "", "2026-08-01T00:00+00:00"))
    grades = with_penalties(with_extensions(late_class(), granted), DUE, policy)
    assert [of(grades, name).penalty for name in ("ada", "bob", "cem")] == [0.0, 0.2, 2.0]
    assert [of(grades, name).score for name in ("ada", "bob", "cem")] == [2.0, 1.8, 0.0]
    lines = {line["student_id"]: line for line in csv.DictReader(io.StringIO(nbgrader_csv(grades)))}
    columns = ("raw_score", "late_submission_penalty", "score")
    assert [lines["bob"][name] for name in columns] == ["2", "0.2", "1.8"]
    assert "1.8" in canvas_csv(grades)


def test_a_policy_is_told_how_late_it_is_or_that_nobody_knows():
    told = []

    def policy(late_by, score, max_score):
        told.append((late_by, score, max_score))
        return 0

    with_penalties(late_class(), DUE, policy)
    with_penalties(late_class(), "", policy)
    assert told == [(timedelta(hours=2), 2.0, 2.0)] * 3 + [(None, 2.0, 2.0)] * 3


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "defines no function penalty"),
        ("1 / 0", "cannot be run: ZeroDivisionError"),
        ("def penalty(late_by, score, max_score):\n    return -1", "gave -1"),
        ("def penalty(late_by, score, max_score):\n    return None", "raised TypeError"),
    ],
)
def test_a_policy_that_fails_is_named_and_takes_nothing_off(tmp_path, source, message):
    (tmp_path / "policy.py").write_text(source)
    with pytest.raises(ValueError, match=f"--late-policy: .*{message}"):
        with_penalties(late_class(), DUE, read_policy(tmp_path / "policy.py"))


def test_without_a_policy_nothing_is_taken_off():
    assert [one.penalty for one in late_class().submissions] == [0.0] * 3
