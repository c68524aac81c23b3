"""Where a student's code runs: it executes the definitions it is sent, then answers calls until it is told to stop.

All that this process knows is what it is sent. It cannot tell whether what it returns is right, and nothing that it
says about itself is believed.
"""

import builtins
import contextlib
import importlib
import io
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import torch

from .channel import Channel, Closed
from .library import Library
from .watch import watching
from .wire import HEADER, Malformed, pack, unpack

PRINTED_CHARACTERS = 1_000  # of what an answer prints, this much is reported
MESSAGE_CHARACTERS = 2_000
REPLY_SECONDS = (
    300.0  # in which a reply must be taken: the grader may be at its own work, with replies that came before
)
REHEARSALS = 20  # after which Python has fitted the code to what it meets, and changes nothing of it in a worker
REHEARSED = "def f(x, y, z):\n    return {'y': (x.softmax(-1) @ x.T * y, x + 1, x.sum(), float(x.mean())), 'z': z}"


class Printed(io.TextIOBase):
    """Keeps the first characters written to it and forgets the rest."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep it, as far as there is room."""
        if len(self.text) < PRINTED_CHARACTERS:
            self.text += str(text)[: PRINTED_CHARACTERS - len(self.text)]
        return len(text)


def serve(channel: Channel, library: Library, task: Mapping[str, Any] | None) -> None:
    """Execute the task's definitions and answer calls of the function or class that the task names.

    Another task may follow, of the same student: it finds names of its own, and whatever else the one before has left.
    """
    drivers = importlib.import_module("course_lib.checks.engine.drive")
    while task is not None:
        library.add(task["modules"])
        task = _serve_one(channel, drivers, task)


def _serve_one(channel: Channel, drivers: ModuleType, task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Answer calls until another task comes, which is given back, or None when there will be no more."""
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), Printed(), Printed()
    names = _main_module()
    channel.send({"started": task["nonce"]})
    errors = _define(task["chunks"], names)
    drive = getattr(drivers, task["drive"])
    channel.send({"defined": task["nonce"], "errors": errors[:20]})
    answer = names.get(task["name"])
    missing = {"kind": "NameError", "message": f"{task['name']} is not defined", "line": None}
    missing = next((error for error in errors if error["name"] == task["name"]), missing)
    while True:
        try:
            request = channel.receive(None)
        except Closed:
            return None
        if "chunks" in request:
            return request
        if answer is None:
            outcome = {key: missing[key] for key in ("kind", "message", "line")}
        else:
            outcome = _outcome(drivers, drive, answer, request)
        _reply(channel, request["nonce"], outcome)


def rehearse() -> None:
    """Do before forking what every worker does, so that what Python and torch make ready on first use is shared."""
    try:
        drivers = importlib.import_module("course_lib.checks.engine.drive")
    except ImportError:  # the worker that needs it will say so
        return
    x = torch.ones(2, 3)
    chunk: dict[str, Any] = {"file": "<rehearsal>", "line": 1, "cell": "", "flags": 0, "name": "f", "text": REHEARSED}
    for _ in range(REHEARSALS):
        names: dict[str, Any] = {}
        _define([chunk], names)
        for answer in (names["f"], None):  # one that works, and one that raises
            for more in ({}, {"watch": ["softmax"]}):
                request = _over_the_wire({"args": (x, 1), "kwargs": {"z": [True, 0.5, "a"]}, "nonce": "0", **more})
                _over_the_wire({"printed": "", **_outcome(drivers, drivers.call, answer, request)})
    linecache.cache.pop(chunk["file"], None)


def _over_the_wire(value: Any) -> Any:
    frame = pack(value)
    _, text, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + text], frame[HEADER.size + text :])


def _main_module() -> dict[str, Any]:
    """The names of a fresh `__main__`, as in a notebook."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__.update(__builtins__=builtins, display=_show_nothing, get_ipython=_Shell)
    return module.__dict__


class _Shell:
    """In place of IPython's shell, which the Python made of magics and shell commands calls: all do nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _show_nothing

    def getoutput(self, *args: object, **kwargs: object) -> list[str]:
        """The lines of what a shell command has written: none."""
        return []


def _show_nothing(*args: object, **kwargs: object) -> None:
    """In place of what only a notebook has."""


def _define(chunks: list[dict[str, Any]], names: dict[str, Any]) -> list[dict[str, Any]]:
    """Execute the statements one by one; one that fails is noted and left out, as if its cell had not been run."""
    errors = []
    for chunk in chunks:
        file, text = chunk["file"], chunk["text"]
        lines = linecache.cache.get(file, (0, None, [], file))[2]
        linecache.cache[file] = (0, None, lines or [f"{line}\n" for line in chunk["cell"].split("\n")], file)
        try:
            code = compile("\n" * (chunk["line"] - 1) + text, file, "exec", flags=chunk["flags"], dont_inherit=True)
            exec(code, names)
        except BaseException as error:
            errors.append({"name": chunk["name"], **_raised(error)})
    return errors


def _outcome(drivers: ModuleType, drive: Callable[..., Any], answer: Any, request: Mapping[str, Any]) -> Any:
    if request.get("watch"):
        return {"ran": _ran(drivers, drive, answer, request)}
    try:
        value, changes = drivers.exercised(drive, answer, request["args"], request["kwargs"])
        return {"value": value, "changes": [[change.place, change.name] for change in changes]}
    except BaseException as error:
        return drivers.described(error, answer)


def _ran(drivers: ModuleType, drive: Callable[..., Any], answer: Any, request: Mapping[str, Any]) -> list[str]:
    """What of torch ran in a call, whatever came of it; only what is asked for is told."""
    ran: set[str] = set()
    with contextlib.suppress(BaseException), watching(ran):
        drivers.exercised(drive, answer, request["args"], request["kwargs"])
    return sorted(ran.intersection(request["watch"]))


def _raised(error: BaseException) -> dict[str, Any]:
    """Kind, message and the innermost line of the student's code that an error passed through."""
    try:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell ")]
        message = str(error)[:MESSAGE_CHARACTERS]
        return {"kind": type(error).__name__, "message": message, "line": frames[-1].lineno if frames else None}
    except BaseException:
        return {"kind": "Exception", "message": "an error that cannot be shown", "line": None}


def _reply(channel: Channel, nonce: str, outcome: Any) -> None:
    printed = getattr(sys.stdout, "text", "")
    printed = printed if isinstance(printed, str) else ""
    try:
        channel.send({"nonce": nonce, "printed": printed, **outcome}, REPLY_SECONDS)
    except Malformed as problem:
        error = {"kind": "TypeError", "message": str(problem), "line": None}
        channel.send({"nonce": nonce, "printed": printed, **error}, REPLY_SECONDS)


def quiet() -> None:
    """Nothing that is written to the standard streams goes anywhere, and nothing comes from them."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.close(nowhere)
