"""All that a worker can write, and all objects of the kernel that it can see, are for the next worker as if new."""

import ctypes
import os
from pathlib import Path

import pytest

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.exercise import Case
from course_tools.grading.inside import calls
from course_tools.grading.remote import RemoteSubject
from course_tools.grading.sandbox import SandboxFailed

LOOK = '''
import ctypes, os, platform, resource, stat

NOT_LISTED = ("/proc",)  # looked at below: it has no files, and what can be written there concerns processes

def writable():
    """Every folder and file of the whole view that this process may write, with all that can be known of it."""
    found = {}
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in NOT_LISTED]
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            status = os.lstat(path)
            if not stat.S_ISLNK(status.st_mode) and os.access(path, os.W_OK):
                extra = sorted(os.listxattr(path)) if stat.S_ISDIR(status.st_mode) else []
                found[path] = [oct(status.st_mode), status.st_size, extra]
    return found

def kernel_objects():
    """Named objects, those that other processes left, and what can be changed of the process that forks workers."""
    text = {}
    for name in ("sysvipc/shm", "sysvipc/sem", "sysvipc/msg", "locks", "net/unix", "net/tcp"):
        text[name] = len(open(f"/proc/{name}").read().splitlines())
    # Other sandboxes of the same user are seen to have a keyring, and may be at work; nothing can be put into any.
    text["keys"] = sorted({" ".join(line.split()[7:]) for line in open("/proc/keys")})
    text["queue"] = ctypes.CDLL(None).mq_open(b"/left_by_an_answer", os.O_RDWR)
    text["processes"] = len([name for name in os.listdir("/proc") if name.isdigit()])
    text["affinity"] = sorted(os.sched_getaffinity(1))
    text["nice"] = os.getpriority(os.PRIO_PROCESS, 1)
    text["limits"] = [list(resource.prlimit(1, which)) for which in range(16)]
    return text

def softmax(x, dim=-1):
    return {"writable": writable(), "objects": kernel_objects()}
'''

LEAVE = (
    LOOK
    + """
import time

def softmax(x, dim=-1):
    left = []
    for path in writable():
        for try_it in (
            lambda: os.mkdir(f"{path}/left_by_an_answer"),
            lambda: open(f"{path}/left_by_an_answer.txt", "w").write("here"),
            lambda: os.setxattr(path, "user.left", b"here"),
            lambda: os.chmod(path, 0o700),
            lambda: os.utime(path),
        ):
            try:
                try_it()
                left.append(path)
            except OSError:
                pass
    library = ctypes.CDLL(None)
    library.mq_open(b"/left_by_an_answer", os.O_CREAT | os.O_RDWR, 0o600, None)
    x86 = platform.machine() == "x86_64"
    library.syscall(29 if x86 else 194, 0, 4096, 0o1600)
    library.syscall(248 if x86 else 217, b"user", b"left_by_an_answer", b"here", 4, -3)
    if os.fork() == 0:
        time.sleep(60)
    if CHANGE_PROCESS_1:
        for try_it in (
            lambda: os.sched_setaffinity(1, {min(os.sched_getaffinity(1))}),
            lambda: os.setpriority(os.PRIO_PROCESS, 1, 5),
            lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (20, 20)),
        ):
            try:
                try_it()
            except OSError:
                pass
    return {"left": sorted(set(left)), "limits": [list(resource.prlimit(1, which)) for which in range(16)]}
"""
)
SECONDS = 120.0  # to look at every file of the view, on a slow machine
KEEP_NOTHING = {f"/dev/{name}" for name in ("full", "null", "random", "tty", "urandom", "zero", "ptmx", "pts")}
OWN = ("/tmp", "/dev/shm")


def asked(isolated, jail, source):
    """What the code returns that a worker of the jail ran."""
    chunk = {"file": "<cell 1>", "line": 1, "text": source, "cell": source, "flags": 0, "name": "softmax"}
    subject = RemoteSubject(isolated.zygote, jail, find_exercise("softmax"), [chunk], {}, SECONDS)
    try:
        outcome = subject.outcome(Case((0,)))
    finally:
        subject.close()
    assert hasattr(outcome, "value"), (outcome, subject.errors)
    return outcome.value


@pytest.fixture(scope="module")
def before(isolated):
    """What the first worker sees."""
    jail = isolated.zygote.fork_jail()
    seen = asked(isolated, jail, LOOK)
    jail.close()
    return seen


def test_a_worker_can_write_two_folders_of_its_own_and_devices_that_keep_nothing(before):
    paths = {path for path in before["writable"] if not path.startswith("/dev/pts/")}
    assert set(OWN) <= paths <= {*OWN, *KEEP_NOTHING}


def test_a_worker_finds_no_object_of_the_kernel(before):
    objects = before["objects"]
    assert objects["queue"] == -1
    assert all(objects[f"sysvipc/{kind}"] == 1 for kind in ("shm", "sem", "msg")), "only the heading"
    assert objects["processes"] == 2, "process 1 and the worker"
    assert set(objects["keys"]) <= {"keyring _ses: empty"}


def test_what_a_worker_leaves_everywhere_is_gone_for_the_next_answer_of_the_student(before, isolated):
    jail = isolated.zygote.fork_jail()
    left = asked(isolated, jail, LEAVE.replace("CHANGE_PROCESS_1", "False"))
    assert set(OWN) == set(left["left"]), "nothing else is changed by whatever is tried, not even a mode or a time"
    assert differences(before, asked(isolated, jail, LOOK)) == {}
    jail.close()


def test_what_a_worker_leaves_everywhere_is_gone_for_the_next_student(before, isolated):
    """Also if the process that forks workers was changed: its jail has ended, for the same student too."""
    outside = kept_outside()
    jail = isolated.zygote.fork_jail()
    left = asked(isolated, jail, LEAVE.replace("CHANGE_PROCESS_1", "True"))
    assert left["limits"] != before["objects"]["limits"]
    with pytest.raises(SandboxFailed, match=r"worker did not start|holds a sandbox has ended"):
        asked(isolated, jail, "pass")
    jail.close()
    jail = isolated.zygote.fork_jail()
    assert differences(before, asked(isolated, jail, LOOK)) == {}
    jail.close()
    assert kept_outside() == outside


def kept_outside():
    """What of this machine's own would have a trace: files, queues, shared memory and keys."""
    places = [Path(place) for place in ("/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp") if Path(place).is_dir()]
    files = [path for place in places for path in place.glob("left_by_an_answer*")]
    queue = ctypes.CDLL(None).mq_open(b"/left_by_an_answer", os.O_RDWR)
    keys = Path("/proc/keys").read_text() if os.access("/proc/keys", os.R_OK) else ""
    return files, queue, "left_by_an_answer" in keys


def test_the_filter_refuses_what_makes_objects_with_names():
    for machine in calls.REFUSED:
        assert {"shmget", "semget", "msgget", "mq_open", "add_key", "keyctl"} <= set(calls.REFUSED[machine])


def differences(before, after):
    """What is not as it was, by its place: what it was and what it is."""
    return {
        (kind, place): (before[kind].get(place), after[kind].get(place))
        for kind in before
        for place in before[kind].keys() | after[kind].keys()
        if before[kind].get(place) != after[kind].get(place)
    }
