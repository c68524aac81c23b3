"""Start a function on several processes that can talk to each other, from a notebook or a script, on one machine.

`torchrun` starts a script; this starts a function, hands its results back, and ends every process when one fails.
"""

import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import Signals
from typing import Any, Literal, NamedTuple

import psutil

from course_lib.parallel.portable import pack, unpack, with_cells_named

Backend = Literal["gloo", "nccl"]

START_LIMIT = 180.0  # seconds until every process must have imported torch and found the others
GRACE = 5.0  # seconds that the others have to notice that one is gone, before they are ended
POLL = 0.02  # seconds between two looks at the processes
GLOO_DETAILS = re.compile(r"\[[^]]*\.cc:\d+\] | \[[\d.]+\]:\d+.*")  # where in gloo, and a port: of no use to a reader
LAST_LINES = 12  # of an error's traceback that are shown


class ProcessFailed(RuntimeError):
    """One of several processes ended before its work was done; the others were ended too.

    rank: of the process that failed first.
    """

    def __init__(self, message: str, rank: int) -> None:
        super().__init__(message)
        self.rank = rank


class _Worker(NamedTuple):
    rank: int
    process: subprocess.Popen
    folder: Path

    def read(self, name: str) -> str:
        path = self.folder / f"{self.rank}.{name}"
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.exists() else ""


def launch(
    function: Callable[..., Any],
    n_processes: int = 2,
    *args: Any,
    time_limit: float = 120.0,
    backend: Backend = "gloo",
    threads: int = 1,
) -> list[Any]:
    """Call `function(*args)` on `n_processes` new processes at once; returns what each returned, in order of rank.

    In each process `torch.distributed` is ready: `dist.get_rank()` tells which one it is. What they print comes out at
    the end, process by process. function: may be written in a notebook, see `portable`.
    time_limit: seconds that the function may take, after which all processes are ended; starting them is not counted.
    threads: CPU threads a process may use.
    backend: "gloo" for CPUs, "nccl" for as many CUDA devices as processes.

    Raises ProcessFailed, naming the first to fail and its error, once all processes have ended; TimeoutError if they
    take longer than time_limit; ValueError if the function cannot be sent to another process.
    """
    if isinstance(n_processes, bool) or not isinstance(n_processes, int) or n_processes < 1:
        raise ValueError(f"n_processes must be a positive whole number, got {n_processes!r}")
    job = pickle.dumps((pack(function), *(pack(value) for value in args)))
    with tempfile.TemporaryDirectory(prefix="course-parallel-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "job").write_bytes(job)
        workers: list[_Worker] = []
        try:
            for rank in range(n_processes):
                workers.append(_start(folder, rank, n_processes, backend, time_limit, threads))
            _wait(workers, time_limit)
        finally:  # also after Ctrl-C: no process outlives the call
            for worker in workers:
                worker.process.kill()
                worker.process.wait()
            for worker in workers:
                _show(worker)
        return [unpack((folder / f"{rank}.result").read_bytes()) for rank in range(n_processes)]


def torchrun(arguments: Sequence[str], n_processes: int = 2) -> list[str]:
    """The command that starts a script, or `-m module`, as `torchrun` does, with its meeting point on this machine.

    torchrun --standalone --nproc-per-node N ARGUMENTS: run it with `subprocess.run`, or type it in a terminal.
    """
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    # What follows -- is for the script: torchrun would take its `--n` for an abbreviation of --nnodes.
    script = ["-m", "--", *arguments[1:]] if arguments[:1] == ["-m"] else ["--", *arguments]
    return [*launcher, "--nproc-per-node", str(n_processes), *script]


def launch_environment(threads: int = 1) -> dict[str, str]:
    """Environment of a process that works beside others: so many threads, this process's modules, loopback only."""
    environment = dict(os.environ)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        environment[variable] = str(threads)  # else each would take every core
    environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    # Left alone, gloo looks up the machine's name, and takes whichever network that leads to.
    loopback = loopback_interface()
    if loopback is not None:
        environment["GLOO_SOCKET_IFNAME"] = loopback
    return environment


def loopback_interface() -> str | None:
    """The name of the network interface that never leaves the machine: `lo` on Linux, `lo0` on macOS."""
    if sys.platform == "win32":  # gloo finds interfaces by name on Unix only
        return None
    for name, addresses in psutil.net_if_addrs().items():
        if any(address.address == "127.0.0.1" for address in addresses):
            return name
    return None


def _start(folder: Path, rank: int, n_processes: int, backend: Backend, time_limit: float, threads: int) -> _Worker:
    command = [sys.executable, "-m", "course_lib.parallel.worker", str(folder), str(rank), str(n_processes)]
    with open(folder / f"{rank}.out", "wb") as out, open(folder / f"{rank}.err", "wb") as err:
        # The pipe to its standard input says nothing: it ends when this process does, and the worker with it.
        process = subprocess.Popen(
            [*command, backend, str(time_limit)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env=launch_environment(threads),
        )
    return _Worker(rank, process, folder)


def _wait(workers: list[_Worker], time_limit: float) -> None:
    """Return when all have ended well; raise as `launch` says when one has not, or time is up."""
    deadline, started = time.monotonic() + START_LIMIT, False
    while running := [worker for worker in workers if worker.process.poll() is None]:
        if any(worker.process.poll() for worker in workers):
            break
        if not started and all((worker.folder / f"{worker.rank}.ready").exists() for worker in workers):
            deadline, started = time.monotonic() + time_limit, True
        if time.monotonic() > deadline:
            raise TimeoutError(_stuck(running, len(workers), time_limit if started else START_LIMIT))
        time.sleep(POLL)
    if not any(worker.process.poll() for worker in workers):
        return
    # One has failed. The others get a moment to notice, and to say what they saw.
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(worker.process.poll() is None for worker in workers):
        time.sleep(POLL)
    raise _failure([worker for worker in workers if worker.process.poll()], len(workers))


def _stuck(running: list[_Worker], n_processes: int, time_limit: float) -> str:
    lines = [
        f"ranks {[worker.rank for worker in running]} of {n_processes} had not ended after {time_limit:g} seconds, and "
        "were ended. A process that waits for a message that no other sends waits for ever: does every rank call "
        "the same operations in the same order? If they only need more time: launch(..., time_limit=...)"
    ]
    for worker in running:
        if (worker.folder / f"{worker.rank}.returned").exists():
            lines.append(f"rank {worker.rank} had returned from the function and waited for the others")
        elif where := _where(worker):
            lines += [f"rank {worker.rank} was here, the latest call first:", *where]
    return "\n".join(lines)


def _where(worker: _Worker) -> list[str]:
    """Where its main thread was, which is listed last, without the frames that started the function."""
    main_thread = worker.read("stack").rpartition("Thread ")[2]
    frames = [line.strip() for line in main_thread.splitlines() if "File" in line]
    return [f"    {with_cells_named(frame)}" for frame in frames if "runpy" not in frame and "worker.py" not in frame]


def _failure(failed: list[_Worker], n_processes: int) -> ProcessFailed:
    """Who failed first, why, and what became of the others."""

    def order(worker: _Worker) -> float:
        # Ended from outside, a process leaves no error; the errors of those that missed it came after.
        error = worker.folder / f"{worker.rank}.error"
        return error.stat().st_mtime if error.exists() else 0.0

    first, *others = sorted(failed, key=order)
    error = with_cells_named(first.read("error") or first.read("err"))
    lines = [f"rank {first.rank} of {n_processes} {_how(first.process.returncode)}; all processes have ended"]
    lines += [f"    {line}" for line in error.splitlines()[-LAST_LINES:]]
    for worker in others:
        last = (worker.read("error").splitlines() or [_how(worker.process.returncode)])[-1]
        lines.append(f"rank {worker.rank} failed after it: {GLOO_DETAILS.sub('', last)}")
    return ProcessFailed("\n".join(lines), first.rank)


def _how(code: int) -> str:
    if code >= 0:
        return f"failed with exit status {code}"
    try:
        return f"was ended by {Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _show(worker: _Worker) -> None:
    for line in worker.read("out").splitlines():
        print(f"[rank {worker.rank}] {line}")
