"""What workers have in common with the process that forks them holds none of them up, whatever becomes of another."""

import platform
import re
from pathlib import Path

import psutil
import pytest

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.exercise import Case
from course_tools.grading.remote import RemoteSubject

SECONDS = 60.0  # to look at every object, on a slow machine
# A worker has all that the zygote had when it was forked: so what is found in one is what all of them share.
LOOK = """
import gc, os, sys, threading

def softmax(x, dim=-1):
    gc.unfreeze()  # what the zygote has set aside
    tracked = gc.get_objects()
    every = {id(thing): thing for thing in (*tracked, *gc.get_referents(*tracked))}.values()
    kinds = type(threading.Lock()), type(threading.RLock())
    locks = [thing for thing in every if type(thing) in kinds]
    own = getattr(threading.main_thread(), "_tstate_lock", None)  # held for as long as the thread lives
    maps = [line.split() for line in open("/proc/self/maps")]
    numbers = [name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
    files = [os.readlink(f"/proc/self/fd/{name}") for name in numbers]
    return {
        "semaphores": sorted({repr(type(thing)) for thing in every if "SemLock" in type(thing).__name__}),
        "held": [repr(lock) for lock in locks if lock is not own and repr(lock).startswith("<locked")],
        "locks": len(locks),
        "memory": [" ".join(parts[5:]) for parts in maps if parts[1].startswith("rw") and parts[1].endswith("s")],
        "threads": [len(os.listdir("/proc/self/task")), threading.active_count()],
        "open": sorted({path.split(":")[0] for path in files}),
    }
"""
OPTIMIZES = """
import sys
import torch

def softmax(x, dim=-1):
    before = set(sys.modules)
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.ones(2)
    torch.optim.AdamW([weight]).step()
    return len(set(sys.modules) - before)
"""
BAR = """
import tqdm
bar = tqdm.tqdm(range(2))
"""


def looked(isolated, source):
    jail = isolated.zygote.fork_jail()
    chunk = {"file": "<cell 1>", "line": 1, "text": source, "cell": source, "flags": 0, "name": "softmax"}
    subject = RemoteSubject(isolated.zygote, jail, find_exercise("softmax"), [chunk], {}, SECONDS)
    try:
        outcome = subject.outcome(Case((0,)))
    finally:
        subject.close()
        jail.close()
    assert hasattr(outcome, "value"), (outcome, subject.errors)
    return outcome.value


@pytest.fixture(scope="module")
def inherited(isolated):
    return looked(isolated, LOOK)


@pytest.mark.parametrize("what", ["semaphores", "held", "memory"])
def test_no_lock_and_no_memory_is_shared_that_a_killed_worker_could_hold_for_ever(inherited, what):
    """A bar of tqdm drawn before forking would leave one: its lock is a semaphore for all processes."""
    assert inherited[what] == []
    assert inherited["locks"] > 10, "they are found"


def test_the_lock_of_a_bar_would_be_seen(isolated):
    found = looked(isolated, BAR + LOOK)
    assert found["semaphores"] != []
    assert found["memory"] != []


def test_workers_are_forked_by_a_process_with_one_thread(inherited):
    assert inherited["threads"] == [1, 1]


def test_nothing_is_open_but_the_workers_own_socket(inherited):
    assert inherited["open"] == ["/dev/null", "socket"]


def test_the_memory_that_is_forked_lies_in_large_pages(isolated):
    """Else each worker costs twice the time: the C library asks for them only if it sees how the kernel gives them."""
    offered = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not offered.is_file() or "[never]" in offered.read_text() or platform.libc_ver()[0] != "glibc":
        pytest.skip("this machine gives no large pages")
    if tuple(map(int, platform.libc_ver()[1].split("."))) < (2, 35):
        pytest.skip("its C library does not ask for large pages")
    inside = psutil.Process(isolated.zygote.process_id).children(recursive=True)
    zygote = min((one for one in inside if one.name().startswith("python")), key=psutil.Process.create_time)
    heaps = re.findall(r"\[heap\]\n((?:\w+:.*\n)+)", Path(f"/proc/{zygote.pid}/smaps").read_text())
    parts = [dict(re.findall(r"(\w+):\s+(\d+)", heap)) for heap in heaps]
    kilobytes = sum(int(part["Anonymous"]) for part in parts if part["THPeligible"] == "1")
    assert kilobytes > 100_000, "Python's objects lie there too"


def test_the_first_optimizer_of_a_worker_imports_nothing(isolated):
    """It imports three hundred modules of torch's compiler, which took half of the time that lesson 11 needs."""
    assert looked(isolated, OPTIMIZES) == 0
