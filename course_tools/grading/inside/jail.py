"""Shutting a process in: namespaces, mounts, limits, no privileges. Linux; elsewhere only the limits.

Called in a process that was just forked and has one thread, before any of a student's code is read.
"""

import contextlib
import ctypes
import errno
import functools
import os
import platform
import resource
import signal
import sys
from collections.abc import Collection
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 1 << 12, 1 << 14, 1 << 18, 1 << 21
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
CLONE = {"x86_64": 56, "aarch64": 220}  # number of the system call
NEW_MOUNTS = 0x00020000
NEW_NAMESPACES = NEW_MOUNTS | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000  # uts ipc user pid net
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
CAPABILITY_VERSION = 0x20080522
LAST_CAPABILITY = 63
KEYCTL = {"x86_64": 250, "aarch64": 219}  # number of the system call
KEYCTL_JOIN_SESSION_KEYRING = 1
REFUSED = "the kernel refuses namespaces"

MEMORY = 1 << 30  # bytes that a worker may use above what torch takes
TASKS = 9  # processes and threads, the worker's own and process 1 among them
SPARE_TASKS = 64  # the same, above what the user has already, where there is no namespace to count them in
ATTEMPTS = 1_000  # at ending what makes new processes as it is ended
FILE_SIZE = 8 << 20  # bytes
OPEN_FILES = 64
TEMPORARY = "size=16m,nr_inodes=2k,mode=1777"  # of a worker's /tmp and /dev/shm, which are in memory


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def fork_into_namespaces() -> int:
    """`os.fork`, whose child is process 1 of new user, mount, process, IPC, host name and network namespaces.

    One system call where unshare and fork take two, and a second fork of a process as large as torch makes it.
    Raises OSError where the kernel refuses.
    """
    number = CLONE.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"not known how to make namespaces on {platform.machine()}")
    python = ctypes.PyDLL(None, use_errno=True)  # the C library, called without letting go of the interpreter
    python.PyOS_BeforeFork()
    child = python.syscall(number, ctypes.c_ulong(NEW_NAMESPACES | signal.SIGCHLD), None, None, None, None)
    if child == 0:
        python.PyOS_AfterFork_Child()
        return 0
    python.PyOS_AfterFork_Parent()
    if child == -1:
        problem = ctypes.get_errno()
        raise OSError(problem, f"{REFUSED}: {os.strerror(problem)}")
    return int(child)


def keep_own_name(uid: int, gid: int) -> None:
    """Be the same user inside the new user namespace as outside. Raises OSError where the kernel refuses."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text)


def make_private() -> None:
    """Give process 1 of the new namespaces a /proc of its own, and no further user namespaces."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    mounted = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    for device in mounted.intersection(DEVICES):
        _make_unchangeable(device)
    os.chdir("/")


def _make_unchangeable(device: str) -> None:
    """Let nobody set a device's mode or times, which all students of a job would see. It is written to as before."""
    flags = os.statvfs(device).f_flag  # what it has must stay: the kernel lets no one take a restriction back
    kept = flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME)
    kept |= MS_RELATIME if flags & os.ST_RELATIME else 0
    _mount("none", device, None, MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def make_private_to_worker() -> None:
    """Give one worker a /tmp and a /dev/shm that end with it: nothing has to be emptied, nor to be proved empty.

    IPC objects need no namespace a worker: `calls` refuses to make any.
    """
    _call("unshare", NEW_MOUNTS)
    for place in ("/tmp", "/dev/shm"):
        _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, TEMPORARY)
    os.chdir("/tmp")


def own_settings() -> tuple[object, ...]:
    """What another process of the same user can change of this one, and what workers inherit of it."""
    limits = tuple(resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_"))
    scheduling = os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0), tuple(sorted(os.sched_getaffinity(0)))
    return limits, *scheduling


def drop_privileges() -> None:
    """Give up every capability, for good: also for programs that would bring their own."""
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(LAST_CAPABILITY + 1):
        try:
            _call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            break  # the kernel knows no more
    header = _CapabilityHeader(CAPABILITY_VERSION, 0)
    _call("capset", ctypes.byref(header), ctypes.byref((_Capabilities * 2)()))


def leave_keyring() -> None:
    """Have an empty session keyring: the one that was inherited holds the instructor's keys. No keys, nothing to do."""
    number = KEYCTL.get(platform.machine())
    if number is None:
        return
    try:
        _call("syscall", ctypes.c_long(number), ctypes.c_long(KEYCTL_JOIN_SESSION_KEYRING), None)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM):  # no keys in this kernel, or none for what is shut in
            raise


def close_memory() -> None:
    """Let no other process of the same user trace this one, or read or write its memory."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_all_others() -> None:
    """As process 1: end every other process of the namespace, and wait until they are gone."""
    if os.getpid() != 1:
        raise RuntimeError("only process 1 of a namespace may end all that run in it")
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def die_with_parent() -> None:
    """Be killed when the parent ends. Nothing on systems other than Linux."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def take_in_orphans() -> None:
    """Be the parent of whatever this process's descendants leave behind. Nothing on systems other than Linux."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(known: Collection[int]) -> None:
    """End every child of this process that is not known, and theirs, which become children of this one."""
    for _ in range(ATTEMPTS):
        strays = _children() - set(known)
        for process in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        for process in strays:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        if not strays:
            return


def _children() -> set[int]:
    """Processes whose parent this one is; none where that cannot be seen."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(number) for tasks in lists for number in tasks.read_text().split()}


def tasks_of_user() -> int:
    """Processes and threads that the user has on this machine; 0 where that cannot be seen."""
    own, count = os.getuid(), 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == own:
                count += len(os.listdir(process / "task"))
    return count


def limit(cpu_seconds: int, *, tasks: int) -> None:
    """Bound memory, CPU time, size of files, open files and, if it is not 0, the processes and threads of the user."""
    limits = [
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_AS, _address_space() + MEMORY))
    if tasks:
        limits.append((resource.RLIMIT_NPROC, tasks))
    for what, most in limits:
        hard = resource.getrlimit(what)[1]
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (wanted, wanted))


def thread_count() -> int:
    """Threads of this process; 1 where that cannot be seen."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 1


def _address_space() -> int:
    """Bytes of address space that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    encoded = [None if text is None else text.encode() for text in (source, target, kind)]
    _call("mount", *encoded, ctypes.c_ulong(flags), options.encode())


@functools.cache
def c_library() -> ctypes.CDLL:
    """The C library; looked up once, before forking."""
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    """A function of the C library that returns -1 and sets errno when it fails."""
    if getattr(c_library(), name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
