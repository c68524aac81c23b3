"""Without namespaces a student's code reaches what its user reaches; what it starts still ends with it."""

import psutil
import pytest

from course_tools.grading.grade import Grader
from course_tools.grading.rules import Rules
from course_tools.grading.sandbox import SandboxLacking
from tests.tools.grading.conftest import CALL_SECONDS, graded, with_answers

DAEMON = """
def causal_mask(T):
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(PLACE, "a") as file:
                file.write(f"{os.getpid()} ")
            time.sleep(60)
        os._exit(0)
    time.sleep(0.2)
    return torch.zeros(T, T, dtype=torch.bool)
"""
BOMB = """
def causal_mask(T):
    import os, time
    for made in range(1_000):
        try:
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
                os._exit(0)
        except OSError:
            break
    raise ValueError(f"made {made}")
"""
HONEST = "def causal_mask(T):\n    return torch.arange(T)[:, None] >= torch.arange(T)"


@pytest.fixture
def bare(handouts):
    with Grader(handouts, Rules(seed=5, call_seconds=CALL_SECONDS, isolation="none")) as one:
        try:
            one.zygote  # noqa: B018  # starts it
        except SandboxLacking as failure:
            pytest.skip(f"no sandbox: {failure}")
        yield one


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere nothing takes in orphans")
def test_what_an_answer_leaves_running_is_ended(bare, tmp_path):
    tmp_path.chmod(0o777)
    place = tmp_path / "numbers"
    grades = graded(bare, with_answers("attention", DAEMON.replace("PLACE", repr(str(place)))))
    assert grades["causal_mask"].status == "wrong"
    assert graded(bare, with_answers("attention", HONEST))["causal_mask"].status == "right"
    started = [int(number) for number in place.read_text().split()]
    assert started
    assert [number for number in started if psutil.pid_exists(number)] == []


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere nothing is counted")
def test_an_answer_makes_no_thousand_processes(bare):
    grade = graded(bare, with_answers("attention", BOMB))["causal_mask"]
    made = int(grade.verdicts[0].detail.split("made ")[1].split()[0])
    assert made < 200, grade.verdicts[0].detail
    assert graded(bare, with_answers("attention", HONEST))["causal_mask"].status == "right"
    assert _ended(psutil.Process(bare.zygote.process_id))


def _ended(zygote):
    """Whether nothing is left below it, a moment after."""
    for _ in range(100):
        if not (left := zygote.children(recursive=True)):
            return True
        psutil.wait_procs(left, timeout=0.1)
    return False
