"""A process that has imported torch once and forks jails, each of which forks a worker for an exercise at a time.

Neither ever reads what a student wrote. `main` is called in the sandbox with the number of a connected socket.
"""

import contextlib
import gc
import importlib
import os
import platform
import select
import signal
import socket
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from . import calls, heap, jail, worker
from .channel import Channel, Closed, Late
from .library import Library
from .wire import Malformed

TASK_SECONDS = 30.0  # in which the grader must have said what to do
MAX_DESCRIPTOR = 256
YOUNG = 5_000  # objects made before a worker looks for what is not needed: most make fewer, and Python says 700
NOTHING = -1  # no descriptor


def main(control_number: int) -> None:
    """Prepare, say that all is ready, then fork a jail for each socket that is sent."""
    control = socket.socket(fileno=control_number)
    first = Channel(control)
    setup = first.receive(TASK_SECONDS)
    library = Library(setup["modules"])
    library.install()
    _warm_up(setup["warm"])
    if (threads := jail.thread_count()) != 1:
        first.send({"failed": f"forking is safe with one thread only, there are {threads}"})
        return
    first.send({"ready": True, "uid": os.getuid()})
    control.setblocking(True)
    gc.collect()
    kept = heap.close_gaps()
    gc.freeze()  # so that collections in a worker do not copy what it shares with this process
    gc.set_threshold(YOUNG)
    _fork_and_watch(control, library, setup)
    kept.clear()


def _warm_up(modules: list[str]) -> None:
    """Import what answers will need, and let torch do once what it does on first use."""
    torch.set_num_threads(1)
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:  # optional, or not for this platform: the worker that needs it will say so
            continue
    os.environ["TORCHDYNAMO_DISABLE"] = "1"  # torch's own switch: `torch.compile` gives back what it is given
    x = torch.ones(2, 2, requires_grad=True)
    torch.autograd.grad((torch.nn.Linear(2, 2)(x).softmax(-1) @ x).sum(), [x])
    torch.from_numpy(np.ones(2)).numpy()
    x.grad = torch.ones(2, 2)
    torch.optim.AdamW([x]).step()  # the first optimizer imports three hundred modules, which takes 0.3 seconds
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        worker.rehearse()
    jail.c_library()
    if platform.machine() in calls.REFUSED:
        calls.filter_of(platform.machine())


def _fork_and_watch(control: socket.socket, library: Library, setup: dict[str, Any]) -> None:
    """Fork a jail for each socket that comes; end a jail when the grader hangs up its socket.

    Where no namespace takes along what a jail has started, that is this process's from then on, and ended by it.
    """
    if not setup["isolate"]:
        jail.take_in_orphans()
    workers: dict[int, tuple[int, socket.socket]] = {}  # by process: a descriptor that tells of its end, its socket
    while True:
        poll = select.poll()
        poll.register(control, select.POLLIN)
        for ended, connection in workers.values():
            poll.register(connection, 0)  # only whether the other side is gone
            if ended != NOTHING:
                poll.register(ended, select.POLLIN)
        patient = all(ended != NOTHING for ended, _ in workers.values())
        events = dict(poll.poll(None if patient else 50))
        for process, (ended, connection) in list(workers.items()):
            if connection.fileno() in events:
                _kill(process)
                os.waitpid(process, 0)
            elif os.waitpid(process, os.WNOHANG) == (0, 0):
                continue
            connection.close()
            if ended != NOTHING:
                os.close(ended)
            del workers[process]
            if not setup["isolate"]:
                jail.end_orphans(workers)
        if control.fileno() in events:
            data, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not data:
                _end_all(workers)
                return
            for descriptor in descriptors:
                process, connection = _fork(socket.socket(fileno=descriptor), library, setup)
                if process:
                    ended = os.pidfd_open(process) if sys.platform == "linux" else NOTHING
                    workers[process] = (ended, connection)


def _fork(connection: socket.socket, library: Library, setup: dict[str, Any]) -> tuple[int, socket.socket]:
    """Fork a jail; its process number, or 0 if the kernel refused, which the grader is told."""
    uid, gid = os.getuid(), os.getgid()
    try:
        process = jail.fork_into_namespaces() if setup["isolate"] else os.fork()
    except OSError as error:
        _refuse(connection, str(error))
        connection.close()
        return 0, connection
    if process == 0:
        _work(connection, library, setup, uid, gid)
    return process, connection


def _end_all(workers: Iterable[int]) -> None:
    """As the grader is gone."""
    for process in workers:
        _kill(process)
    jail.end_orphans(())


def _kill(process: int) -> None:
    """End a jail, and all that was started in it: as process 1 it takes its namespace along, elsewhere its group."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(process, signal.SIGKILL)


def _work(control: socket.socket, library: Library, setup: dict[str, Any], uid: int, gid: int) -> None:
    """In the fork, process 1 of its namespace: give up the outside, then fork a worker for each socket. Never returns.

    Only what is forked runs student code. It cannot touch this process: signals do not reach a namespace's process 1,
    and its memory is closed to others. All that a worker has left running is ended before the next one starts; what it
    could write was its own and has ended with it. Should it have changed how this process is limited or scheduled,
    which the next would inherit, there is no next one.
    """
    try:
        try:
            jail.die_with_parent()
            os.setsid()
            if setup["isolate"]:
                jail.keep_own_name(uid, gid)
                jail.make_private()
                jail.leave_keyring()
            worker.quiet()
            keep = control.fileno()
            os.closerange(3, keep)
            os.closerange(keep + 1, MAX_DESCRIPTOR)
            others = 0 if setup["isolate"] else jail.tasks_of_user()
            spare = jail.SPARE_TASKS if others else 0
            jail.limit(setup["cpu_seconds"], tasks=jail.TASKS if setup["isolate"] else others + spare)
            if setup["isolate"]:
                jail.close_memory()
        except (OSError, ValueError) as error:
            _refuse(control, f"{type(error).__name__}: {error}")
            os._exit(1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        control.setblocking(True)
        settings = jail.own_settings() if setup["isolate"] else ()
        while (connection := _next(control)) is not None:
            if setup["isolate"]:
                jail.end_all_others()
                if jail.own_settings() != settings:
                    break
            if not setup["isolate"] or os.fork() == 0:  # without a namespace nothing could be ended: one worker a jail
                control.close()
                if setup["isolate"]:
                    _shut_in(connection)
                _serve(connection, library, setup)
            connection.close()
    finally:
        os._exit(0)


def _shut_in(connection: socket.socket) -> None:
    """In a worker: have nothing in common with the others of the jail, and give up every privilege."""
    try:
        jail.make_private_to_worker()
        jail.drop_privileges()
        calls.refuse_calls()
    except OSError as error:
        Channel(connection).send({"failed": f"{type(error).__name__}: {error}"})
        os._exit(1)


def _serve(connection: socket.socket, library: Library, setup: dict[str, Any]) -> None:
    """In a worker: take the task and answer calls. Never returns."""
    try:
        channel = Channel(connection, {name: _config_class(name) for name in setup["configs"]})
        worker.serve(channel, library, channel.receive(TASK_SECONDS))
    except (Closed, Late, Malformed):
        pass
    finally:
        os._exit(0)


def _next(control: socket.socket) -> socket.socket | None:
    """The next worker's connection, or None if there will be no more."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _refuse(control: socket.socket, why: str) -> None:
    """Tell the one who asks for a worker why there is none."""
    control.setblocking(True)
    connection = _next(control)
    if connection is not None:
        Channel(connection).send({"failed": why})
        connection.close()


def _config_class(name: str) -> type:
    return getattr(importlib.import_module("course_lib.config"), name)
