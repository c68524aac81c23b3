"""A class in one run: nothing changes but the grades, only what changed is graded again, and seeds decide."""

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from course_lib.checks.engine import examine
from course_lib.checks.engine.outcome import Returned
from course_tools.grading import bubblewrap, spread
from course_tools.grading import grade as grade_module
from course_tools.grading.grade import Grader
from course_tools.grading.results import ClassGrades
from course_tools.grading.rules import Rules
from course_tools.grading.whole_class import grade_class
from tests.tools.grading.conftest import ROOT, submission_of, with_answers

MASK = "def causal_mask(T):\n    return torch.ones(T, T).tril().bool()"
TRANSPOSED = "def causal_mask(T):\n    return torch.ones(T, T).triu().bool()"
LIBRARY = "from course_lib import attention\ndef causal_mask(T):\n    return torch.ones(T, T).tril() > attention.x"


@pytest.fixture
def grade(tmp_path, monkeypatch, sandbox):
    """A class of three, and a way to grade it in this process that counts what is graded."""
    for student, answer in (("jane", MASK), ("john", TRANSPOSED), ("mary", "")):
        (tmp_path / "in" / student).mkdir(parents=True)
        notebook = with_answers("attention", answer) if answer else with_answers("attention")
        (tmp_path / "in" / student / "03_attention.ipynb").write_text(json.dumps(notebook))
    graded = []

    def here(settings, submissions, archives, jobs):
        for submission in submissions:
            graded.append(submission.student)
            yield submission, spread.grade_one(settings, submission, submission.read(archives))

    monkeypatch.setattr(spread, "_in_processes", here)

    def run(**options):
        graded.clear()
        grades = grade_class(tmp_path / "in", tmp_path / "out", topics=["03"], root=ROOT, **options)
        return grades, list(graded)

    run.folder = tmp_path
    yield run
    spread._grader.cache_clear()


def mask(grades, student):
    (one,) = [e for e in grades.find(student, "attention").exercises if e.name == "causal_mask"]
    return one


def without_time(grades):
    return dataclasses.replace(
        grades, submissions=tuple(dataclasses.replace(s, seconds=0.0) for s in grades.submissions)
    )


def test_right_wrong_and_not_attempted_with_the_mistake_and_a_round_trip(grade):
    collected = []
    grades, _ = grade(seed=1, collected_into=collected)
    assert [one.student for one in collected] == ["jane", "john", "mary"]
    assert (mask(grades, "jane").status, mask(grades, "jane").score) == ("right", 1.0)
    assert (mask(grades, "john").status, mask(grades, "john").score) == ("wrong", 0.0)
    assert mask(grades, "john").mistake is not None
    assert "triu" in mask(grades, "john").answer_source
    assert mask(grades, "mary").status == "not attempted"
    assert ClassGrades.read(grade.folder / "out" / "grades.json") == grades
    assert not list((grade.folder / "out").glob(".*.part"))


def test_submissions_are_only_read(grade):
    def state():
        files = sorted((grade.folder / "in").rglob("*"))
        return [(str(f), f.stat().st_mtime_ns, f.is_file() and hashlib.sha256(f.read_bytes()).digest()) for f in files]

    before = state()
    grade(seed=1)
    assert state() == before
    with pytest.raises(ValueError, match="nothing is written among submissions"):
        grade_class(grade.folder / "in", grade.folder / "in" / "grades", root=ROOT)


def test_only_what_changed_is_graded_again(grade):
    first, graded = grade()
    assert sorted(graded) == ["jane", "john", "mary"]
    again, graded = grade()
    assert graded == []
    assert again == first
    (grade.folder / "in" / "john" / "03_attention.ipynb").write_text(json.dumps(with_answers("attention", MASK)))
    changed, graded = grade()
    assert graded == ["john"]
    assert mask(changed, "john").status == "right"
    assert mask(changed, "john").seed != mask(first, "john").seed, "a second submission meets other inputs"
    assert grade(fresh=True)[1] == ["jane", "john", "mary"]
    assert grade(accept_flagged=True)[1] == ["jane", "john", "mary"], "other rules, other grades"


def test_one_student_alone_is_graded_and_the_others_stay_as_they_were(grade):
    grades, graded = grade(only=["john"])
    assert graded == ["john"]
    assert (mask(grades, "jane").status, mask(grades, "jane").score) == ("not graded", None), "no zero for the others"
    assert "--student" in mask(grades, "jane").note
    isolation = {one: grades.find(one, "attention").isolation for one in ("jane", "john", "mary")}
    assert "none" not in (isolation["jane"], isolation["mary"]), "what did not run was not outside a sandbox"
    assert grades.isolated == (isolation["john"] != "none")
    assert sorted(grade()[1]) == ["jane", "mary"]
    grades, graded = grade(only=["jane"], fresh=True)
    assert graded == ["jane"]
    assert mask(grades, "john").status == "wrong"
    with pytest.raises(ValueError, match="--student: no student 'jan'; did you mean 'jane'"):
        grade(only=["jan"])


def test_an_interrupted_run_goes_on(grade, monkeypatch):
    whole, _ = grade(seed=3)
    for file in (grade.folder / "out" / ".graded").glob("*.json"):
        if file.name != "seed.json" and json.loads(file.read_text())["student"] != "jane":
            file.write_text(file.read_text()[:100])  # as if the machine had stopped while writing
    resumed, graded = grade()
    assert sorted(graded) == ["john", "mary"]
    assert without_time(resumed) == without_time(whole)


def test_the_same_seed_gives_the_same_grades(grade):
    one, _ = grade(seed=7)
    other, _ = grade(seed=7, fresh=True)
    third, _ = grade(seed=8)
    assert without_time(one) == without_time(other)
    assert mask(one, "jane").seed != mask(third, "jane").seed
    assert {mask(third, s).status for s in ("jane", "john")} == {"right", "wrong"}


def test_late_submissions_are_marked(grade):
    past, _ = grade(seed=1, due="2000-01-01T00:00:00+00:00")
    future, graded = grade(seed=1, due="2100-01-01")
    assert all(submission.late for submission in past.submissions)
    assert not any(submission.late for submission in future.submissions)
    assert graded == [], "another due date needs no grading"


def test_flagged_answers_score_only_if_accepted(handouts, sandbox):
    source = "def softmax(x, dim=-1):\n    return torch.softmax(x, dim)"
    for accepted, status, score in ((False, "flagged", 0.0), (True, "right", 2.0)):
        with Grader(handouts, Rules(1, accept_flagged=accepted)) as grader:
            grade = grader.grade(*submission_of(with_answers("attention", source)))
        (one,) = [exercise for exercise in grade.exercises if exercise.name == "softmax"]
        assert (one.status, one.score) == (status, score)
        assert "torch.softmax" in one.note


def test_two_definitions_are_reported_and_the_last_counts(grader):
    grade = grader.grade(*submission_of(with_answers("attention", TRANSPOSED, MASK)))
    (one,) = [exercise for exercise in grade.exercises if exercise.name == "causal_mask"]
    assert one.status == "right"
    assert "2 different ways" in one.note


def test_a_lost_sandbox_is_started_again_and_costs_nobody_a_mark(handouts, sandbox):
    with Grader(handouts, Rules(1)) as grader:
        assert grader.zygote.process_id
        os.killpg(grader.zygote.process_id, signal.SIGKILL)
        time.sleep(0.2)
        grade = grader.grade(*submission_of(with_answers("attention", MASK)))
    assert {e.name: e.status for e in grade.exercises}["causal_mask"] == "right"


def test_a_sandbox_that_never_starts_gives_no_mark_and_says_why(handouts, monkeypatch):
    monkeypatch.setattr("course_tools.grading.sandbox.CODE", "raise SystemExit('out of order')  # {path} {number}")
    with Grader(handouts, Rules(1)) as grader:
        grade = grader.grade(*submission_of(with_answers("attention", MASK)))
    assert {(e.status, e.score) for e in grade.exercises} == {("not graded", None)}
    assert grade.exercises[0].note.startswith("not graded: ")


def test_where_no_sandbox_can_be_had_the_command_says_so_before_it_grades(tmp_path, monkeypatch):
    (tmp_path / "in" / "jane").mkdir(parents=True)
    (tmp_path / "in" / "jane" / "03_attention.ipynb").write_text(json.dumps(with_answers("attention", MASK)))
    monkeypatch.setattr("course_tools.grading.sandbox.CODE", "raise SystemExit('out of order')  # {path} {number}")
    with pytest.raises(ValueError, match="nothing was graded: no sandbox can be had on this machine"):
        grade_class(tmp_path / "in", tmp_path / "out", topics=["03"], root=ROOT)
    assert not list((tmp_path / "out").rglob("*jane*"))


def test_many_processes_give_what_one_gives(grade, monkeypatch):
    alone, _ = grade(seed=5)
    monkeypatch.undo()
    together = grade_class(grade.folder / "in", grade.folder / "other", seed=5, jobs=2, topics=["03"], root=ROOT)
    assert without_time(together) == without_time(alone)


def test_what_grading_raises_costs_one_exercise_and_no_more(handouts, monkeypatch, sandbox):
    compare = examine.outcome_difference

    def stumbling(wanted, got, tolerance):
        if isinstance(got, Returned) and isinstance(got.value, int) and got.value == 2**64:
            raise RuntimeError("Overflow when unpacking long")
        return compare(wanted, got, tolerance)

    monkeypatch.setattr(examine, "outcome_difference", stumbling)
    with Grader(handouts, Rules(1)) as grader:
        answers = (MASK, "def softmax(x, dim=-1):\n    return 2**64")
        grade = grader.grade(*submission_of(with_answers("attention", *answers)))
    found = {exercise.name: exercise for exercise in grade.exercises}
    assert found["causal_mask"].status == "right"
    assert (found["softmax"].status, found["softmax"].score) == ("not graded", None)
    assert "Overflow when unpacking long" in found["softmax"].note


def test_answers_that_each_sleep_to_their_limit_take_no_more_than_a_notebook_may(handouts, sandbox):
    sleeping = "import time\ndef {}(*args, **kwargs):\n    time.sleep(100)"
    names = [asked.name for asked in handouts["attention"].asked if asked.name in handouts["attention"].checks]
    with Grader(handouts, Rules(1, call_seconds=0.5, submission_seconds=2.0)) as grader:
        assert grader.zygote
        began = time.monotonic()
        grade = grader.grade(*submission_of(with_answers("attention", *map(sleeping.format, names))))
    found = [exercise for exercise in grade.exercises if exercise.name in names]
    late = [exercise for exercise in found if exercise.status == "not graded"]  # those that are asked last
    assert late
    assert {exercise.status for exercise in found} == {"wrong", "not graded"}
    assert all(exercise.score is None and "took more than 2 seconds" in exercise.note for exercise in late)
    assert time.monotonic() - began < 20


def test_a_reader_that_stumbles_names_the_student_and_the_others_are_graded(grade, monkeypatch):
    read = grade_module.read_notebook

    def stumbling(data):
        if b"triu" in data:
            raise AssertionError("the reader's own fault")
        return read(data)

    monkeypatch.setattr(grade_module, "read_notebook", stumbling)
    grades, _ = grade(seed=1)
    assert {mask(grades, student).status for student in ("jane", "john")} == {"right", "not graded"}
    assert "the reader's own fault" in mask(grades, "john").note
    assert grade()[1] == ["john"], "what was not graded is tried again"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b'{"cells": ['], ids=["empty", "binary", "cut"])
def test_a_file_that_is_not_a_notebook_is_no_zero_and_says_why(grade, data):
    (grade.folder / "in" / "john" / "03_attention.ipynb").write_bytes(data)
    grades, _ = grade()
    unreadable = grades.find("john", "attention")
    assert {exercise.status for exercise in unreadable.exercises} == {"not graded"}
    assert all(exercise.score is None for exercise in unreadable.exercises)
    assert "cannot be read as a notebook" in unreadable.problems[0]
    assert mask(grades, "jane").status == "right"


def test_a_due_date_that_is_none_is_refused_before_anything_is_graded(grade):
    with pytest.raises(ValueError, match="--due"):
        grade(due="next friday")
    assert not (grade.folder / "out").exists()


def test_a_class_seed_cannot_be_found_by_trying(grade):
    assert grade()[0].seed > 2**64, "128 bits, of which half are zero once in 2**64 runs"


@pytest.mark.instructor
def test_dask_gives_what_processes_give(grade):
    pytest.importorskip("distributed", reason="dask is not installed: pip install -e '.[instructor]'")
    alone, _ = grade(seed=5)
    out = grade.folder / "other"
    with_dask = grade_class(grade.folder / "in", out, seed=5, jobs=1, executor="dask", topics=["03"], root=ROOT)
    assert without_time(with_dask) == without_time(alone)


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_an_environment_in_the_sandboxs_own_tmp_is_refused_with_a_remedy(monkeypatch):
    elsewhere = [Path("/usr/lib"), Path("/tmp/clone/.venv")]
    monkeypatch.setattr(bubblewrap, "_environment_folders", lambda: elsewhere)
    with pytest.raises(bubblewrap.SandboxFailed, match=r"in /tmp/clone/\.venv, .* keep the course elsewhere"):
        bubblewrap.bubblewrapped([])
