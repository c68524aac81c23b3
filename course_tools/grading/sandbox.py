"""Starting the process that forks workers: inside bubblewrap where the machine allows it, plainly where it does not.

As root, everything inside runs as an unprivileged user: limits on processes do not hold for root.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from course_tools.grading.bubblewrap import GRADER, INSIDE, NOBODY, SandboxFailed, SandboxLacking, bubblewrapped
from course_tools.grading.inside.channel import Channel, Closed, Late
from course_tools.grading.inside.jail import REFUSED
from course_tools.grading.inside.wire import Malformed
from course_tools.grading.results import Isolation

START_SECONDS = 120.0  # importing torch takes one or two, on a slow disk many more
CODE = "import sys; sys.path.insert(0, {path!r}); from inside.zygote import main; sys.path.pop(0); main({number})"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "COURSE_QUIET": "1",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    # Forking copies a page table: with large pages in a third of the time, if Python's objects lie in them too.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "PYTHONMALLOC": "malloc",
}


class Jail:
    """Namespaces of their own, in which one worker at a time runs. reused: whether the present one is not the first."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._used = False
        self.reused = False

    def fork_worker(self) -> socket.socket:
        """A connection to a new worker; the one before it, and all that it started, is ended first.

        Raises SandboxFailed if the jail is gone.
        """
        ours, theirs = socket.socketpair()
        self.reused, self._used = self._used, True
        try:
            socket.send_fds(self._control, [b"f"], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise SandboxFailed("the process that holds a sandbox has ended") from error
        finally:
            theirs.close()
        return ours

    def close(self) -> None:
        """End all that runs in it."""
        self._control.close()


class Zygote:
    """A running zygote. isolation: "bubblewrap" or "none"; failure: of bubblewrap, if it was tried in vain."""

    def __init__(self, setup: dict[str, Any], *, isolation: Isolation | None = None, hide: Iterable[Path] = ()) -> None:
        """Start it.

        setup: what `inside.zygote.main` expects.   isolation: None takes what the machine offers.
        hide: folders that must not be seen even if they lie within what the interpreter needs.

        Raises SandboxFailed if it cannot be started, or would have to run as root.
        """
        if not hasattr(os, "fork"):
            raise SandboxLacking("this system cannot fork, and workers are forked: on Windows grade in WSL 2")
        self.failure: SandboxFailed | None = None
        self._setup = setup
        if isolation != "none":
            try:
                self._start(bubblewrapped(hide), isolate=True)
                self.isolation: Isolation = "bubblewrap"
                return
            except SandboxFailed as failure:
                if isolation == "bubblewrap":
                    raise
                self.failure = failure
        try:
            self._start((), isolate=False)
        except SandboxFailed as failure:
            lacking = isinstance(failure, SandboxLacking) and (self.failure is None or self.lacking)
            kind = SandboxLacking if lacking else SandboxFailed
            raise kind(f"{self.why}; without it: {failure}" if self.why else str(failure)) from failure
        self.isolation = "none"

    @property
    def why(self) -> str:
        """Why nothing is isolated, for the instructor; "" if it is, or was not to be."""
        return "" if self.failure is None else str(self.failure)

    @property
    def lacking(self) -> bool:
        """Whether nothing is isolated since the machine lacks what that needs, and not since something is broken."""
        return isinstance(self.failure, SandboxLacking)

    @property
    def process_id(self) -> int:
        """Of the outermost process, below which all others are."""
        return self._process.pid

    def fork_jail(self) -> "Jail":
        """A new jail. Raises SandboxFailed if the zygote is gone."""
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [b"f"], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise SandboxFailed(f"the process that starts workers has ended: {self._said()}") from error
        finally:
            theirs.close()
        return Jail(ours)

    def probe(self) -> None:
        """See whether a worker can be had and shut in. Raises SandboxFailed if not."""
        jail = self.fork_jail()
        channel = Channel(jail.fork_worker())
        try:
            channel.send({"name": "", "nonce": "probe", "drive": "call", "chunks": [], "modules": {}})
            answer = channel.receive(START_SECONDS)
        except (Closed, Late, Malformed) as error:
            raise SandboxFailed(f"a worker does not start: {self._said() or type(error).__name__}") from error
        finally:
            channel.close()
            jail.close()
        if not isinstance(answer, dict) or "started" not in answer:
            kind = SandboxLacking if REFUSED in str(answer) else SandboxFailed
            raise kind(f"a worker does not start: {answer}")

    def close(self) -> None:
        """End it and all its workers."""
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _start(self, wrapper: Sequence[str], *, isolate: bool) -> None:
        ours, theirs = socket.socketpair()
        path = GRADER if isolate else str(INSIDE.parent)
        python = [sys.executable, "-s", "-P", "-c", CODE.format(path=path, number=theirs.fileno())]
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        user: dict[str, Any] = {}
        if as_root and not isolate:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the zygote
        self._control = ours
        try:
            self._process = subprocess.Popen(
                [*wrapper, *python],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                **user,
            )
        except OSError as error:
            ours.close()
            raise SandboxLacking(_cannot_start(error, as_root)) from error
        finally:
            theirs.close()
        channel = Channel(ours)
        try:
            channel.send({**self._setup, "isolate": isolate})
            answer = channel.receive(START_SECONDS)
        except (Closed, Late, Malformed) as error:
            said = self._said()
            self.close()
            kind = SandboxLacking if said.startswith("bwrap: ") else SandboxFailed  # which is what the kernel forbids
            raise kind(f"the sandbox does not start: {said or type(error).__name__}") from error
        ours.setblocking(True)
        problem = answer.get("failed")
        if problem is None and answer.get("uid") == 0:
            self.close()
            raise SandboxLacking("student code would run as root: grade as an ordinary user")
        if problem is not None:
            self.close()
            raise SandboxFailed(str(problem))
        try:
            self.probe()  # what the kernel refuses is known before anything is graded
        except SandboxFailed:
            self.close()
            raise

    def _said(self) -> str:
        """The end of what the process wrote to its error stream."""
        self._errors.seek(0)
        return self._errors.read()[-2_000:].decode(errors="replace").strip()


def _cannot_start(error: OSError, as_root: bool) -> str:
    if as_root:
        return (
            f"root may not run student code, and the unprivileged user {NOBODY} cannot start {sys.executable} "
            f"({error}): grade as an ordinary user, or install bubblewrap"
        )
    return f"cannot start {sys.executable}: {error}"
