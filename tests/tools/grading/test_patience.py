"""What the grader itself computes for one answer has a limit, whatever that answer has sent; the rest goes on."""

import contextlib
import dataclasses
import itertools
import signal
import time

import pytest

from course_lib.checks.engine.exercise import Property
from course_tools.grading.grade import Grader
from course_tools.grading.patience import TooMuchWork, at_most
from course_tools.grading.rules import Rules
from tests.tools.grading.conftest import graded, with_answers

SOFTMAX = "def softmax(x, dim=-1):\n    return torch.softmax(x, dim)"
MASK = "def causal_mask(T):\n    return torch.arange(T)[:, None] >= torch.arange(T)"


def compute():
    for _ in itertools.count():
        pass


def test_what_computes_is_stopped_though_it_catches_errors():
    def catches():
        with contextlib.suppress(Exception):
            compute()

    with pytest.raises(TooMuchWork, match=r"more than 0\.1 seconds"), at_most(0.1):
        catches()


def test_waiting_does_not_count_and_nothing_is_left_behind():
    handler = signal.getsignal(signal.SIGPROF)
    with at_most(0.05):
        time.sleep(0.2)
    assert signal.getsignal(signal.SIGPROF) == handler
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_an_answer_that_keeps_the_grader_busy_is_not_graded_and_the_rest_is(handouts, sandbox):
    attention = handouts["attention"]
    slow = dataclasses.replace(
        attention.checks["softmax"], properties=(Property("ends", lambda call, generator: compute()),)
    )
    patient = {"attention": dataclasses.replace(attention, checks={**attention.checks, "softmax": slow})}
    with Grader(patient, Rules(seed=5, grader_seconds=0.5)) as grader:
        grades = graded(grader, with_answers("attention", SOFTMAX, MASK))
    assert (grades["softmax"].status, grades["softmax"].score) == ("not graded", None)
    assert "more than 0.5 seconds of computing" in grades["softmax"].note
    assert grades["causal_mask"].status == "right"


def test_a_tensor_to_go_through_number_by_number_is_small_enough(handouts, grader):
    """Some statements go through what should have been a list: of four million tensors that took a minute."""
    source = "import torch\ndef merge_pair(ids, pair, new_id):\n    return torch.zeros(4_000_000)"
    began = time.process_time()
    grade = graded(grader, with_answers("tokenization", source), "tokenization")["merge_pair"]
    assert grade.status == "wrong"
    assert time.process_time() - began < 10
