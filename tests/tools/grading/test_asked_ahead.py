"""Cases that are sent before the answer to the one before has come: each has its own time, and its own answer."""

import time

import pytest
import torch

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.exercise import Case
from course_lib.checks.engine.outcome import Raised, Returned, TimedOut
from course_tools.grading import remote
from course_tools.grading.remote import RemoteSubject

SECONDS = 3.0


@pytest.fixture
def subject_of(isolated):
    """Makes a subject of the source of `softmax`, whose calls may take SECONDS."""
    jails = []

    def make(source):
        jails.append(isolated.zygote.fork_jail())
        chunk = {"file": "<cell 1>", "line": 1, "text": source, "cell": source, "flags": 0, "name": "softmax"}
        return RemoteSubject(isolated.zygote, jails[-1], find_exercise("softmax"), [chunk], {}, SECONDS)

    yield make
    for jail in jails:
        jail.close()


def values(subject, cases):
    subject.announce(cases)
    return [getattr(subject.outcome(case), "value", None) for case in cases]


def test_each_case_has_its_own_answer(subject_of):
    cases = [Case((number,)) for number in range(30)]
    order = [*cases, cases[3], cases[3]]
    subject = subject_of("def softmax(x, dim=-1):\n    return x * 10")
    assert values(subject, order) == [case.args[0] * 10 for case in order]
    assert subject.outcome(Case((7,))).value == 70


def test_more_than_the_socket_holds_is_sent_as_there_is_room(subject_of):
    large = remote.AHEAD  # bytes of each are four times as many
    cases = [Case((torch.full((large,), float(number)),)) for number in range(4)]
    source = "def softmax(x, dim=-1):\n    return x + 1"
    told = values(subject_of(source), [*cases, Case((torch.zeros(2),))])
    assert [value[0].item() for value in told] == [1.0, 2.0, 3.0, 4.0, 1.0]


def test_every_call_has_its_own_time(subject_of):
    source = "import time\ndef softmax(x, dim=-1):\n    time.sleep(x)\n    return x"
    slow = [Case((SECONDS / 2,)) for _ in range(4)]  # together twice as long as one may take
    subject = subject_of(source)
    assert values(subject, slow) == [SECONDS / 2] * 4
    cases = [Case((0.0,)), Case((600.0,)), Case((0.0,))]
    subject.announce(cases)
    began = time.monotonic()
    outcomes = [subject.outcome(case) for case in cases]
    assert [type(outcome) for outcome in outcomes] == [Returned, TimedOut, TimedOut]
    assert time.monotonic() - began < 3 * SECONDS


def test_a_worker_that_ends_has_answered_what_came_before(subject_of):
    source = "import os\ndef softmax(x, dim=-1):\n    return x if x < 2 else os._exit(0)"
    subject = subject_of(source)
    cases = [Case((number,)) for number in range(5)]
    subject.announce(cases)
    outcomes = [subject.outcome(case) for case in cases]
    assert [type(outcome) for outcome in outcomes] == [Returned, Returned, Raised, Raised, Raised]
    assert outcomes[-1].kind == "Ended"


def test_the_reply_to_another_case_is_none(subject_of):
    """All that was announced can be read by the answer, so it could say of each what belongs to the next."""
    source = """
import gc
def softmax(x, dim=-1):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Channel" and thing._come:
            ahead = thing.receive(1.0)
            thing.send({"nonce": ahead["nonce"], "printed": "", "value": 5, "changes": []})
            return 5
    return 5
"""
    subject = subject_of("import gc\ngc.unfreeze()\n" + source)
    cases = [Case((number,)) for number in range(4)]
    subject.announce(cases)
    assert [outcome.kind for outcome in map(subject.outcome, cases)] == ["Unreadable"] * 4


def test_asking_another_than_was_announced_is_the_graders_mistake(subject_of):
    subject = subject_of("def softmax(x, dim=-1):\n    return x")
    subject.announce([Case((1,)), Case((2,))])
    with pytest.raises(ValueError, match="another case was announced"):
        subject.outcome(Case((3,)))


def test_what_cannot_be_sent_is_the_machines_fault(subject_of):
    subject = subject_of("def softmax(x, dim=-1):\n    return x")
    cases = [Case((1,)), Case((object(),))]
    subject.announce(cases)
    assert [type(subject.outcome(case)) for case in cases] == [Returned, Raised]
    assert subject.failure is not None
