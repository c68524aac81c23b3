"""An answer that runs in a worker, as an examination sees it. Whatever comes back is data, and believed to be no more.

A missing, late, malformed or unexpected reply is never a pass. If a worker ends, it is the answer's doing unless no
other worker can be had either: then the machine is at fault, and nothing is graded.
"""

import secrets
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from course_lib import config
from course_lib.checks.engine import drive as drivers
from course_lib.checks.engine.exercise import Case, Exercise
from course_lib.checks.engine.outcome import CALL_SECONDS, PRINTED_CHARACTERS, Outcome, Raised, Returned, TimedOut
from course_tools.grading.inside.channel import Channel, Closed, Late
from course_tools.grading.inside.wire import Malformed, pack
from course_tools.grading.sandbox import Jail, SandboxFailed, Zygote

EXERCISE_SECONDS = 60.0  # that all calls of one exercise may take together
START_SECONDS = 30.0  # in which a worker must have started
CONFIGS: Mapping[str, type] = {
    name: value for name, value in vars(config).items() if isinstance(value, type) and name.endswith("Config")
}
MESSAGE_CHARACTERS = 2_000
NAME_CHARACTERS = 100
AHEAD = 1 << 16  # bytes of inputs that a worker has before it has answered those before
MOST_INPUTS = 50  # that an answer can be said to have changed


class _Question(NamedTuple):
    """A case as it is sent, and what the reply to it has to repeat."""

    case: Case
    nonce: str
    frame: bytes


class RemoteSubject:
    """An answer in a worker of its own. ended: why it can no longer be asked, or empty.

    returned: whether any call has come to a value.
    """

    def __init__(
        self,
        zygote: Zygote,
        jail: Jail,
        exercise: Exercise,
        chunks: Sequence[dict[str, Any]],
        modules: Mapping[str, str],
        seconds: float = CALL_SECONDS,
        worker: Channel | None = None,
    ) -> None:
        """Start the worker and let it execute the definitions. Raises SandboxFailed if none can be had.

        worker: one that has served another answer of the same student, in place of a new one.
        """
        self._zygote = zygote
        self._seconds = seconds
        self._deadline = time.monotonic() + EXERCISE_SECONDS
        self._printed = ""
        self._name = exercise.name
        self._to_send: deque[_Question] = deque()  # announced
        self._sent: deque[_Question] = deque()  # and not yet answered
        self._fate: Outcome | None = None  # what every further call comes to, once the worker is gone
        self.failure: SandboxFailed | None = None  # set if the machine is at fault
        self.returned = False
        self.errors: list[str] = []  # of statements before the call: what the student is told about them
        drive = exercise.drive.__name__
        if getattr(drivers, drive, None) is not exercise.drive:
            raise SandboxFailed(f"{exercise.name} is driven by {drive}, which is not in course_lib.checks.engine.drive")
        self._channel = worker or Channel(jail.fork_worker())
        nonce = secrets.token_hex(8)
        sent = _each_cell_once(chunks)
        try:
            task = {"name": exercise.name, "drive": drive, "modules": dict(modules), "nonce": nonce, "chunks": sent}
            self._channel.send(task)
            started = self._channel.receive(START_SECONDS if worker is None else seconds)
        except (Closed, Late, Malformed) as error:
            self.close()
            raise SandboxFailed(f"a worker did not start ({type(error).__name__})") from error
        if not isinstance(started, dict) or started.get("started") != nonce:
            self.close()
            problem = started.get("failed") if isinstance(started, dict) else None
            raise SandboxFailed(f"a worker did not start: {problem or 'it sent something else'}")
        self._define(nonce)

    @property
    def worker(self) -> Channel:
        """The connection to the worker: while it is not lost, it can serve another answer."""
        return self._channel

    @property
    def printed(self) -> str:
        """The beginning of what the answer has printed."""
        return self._printed

    @property
    def lost(self) -> bool:
        """Whether the worker ended, was late or sent what it should not: it, and its jail, are of no more use."""
        return self._fate is not None

    def announce(self, cases: Sequence[Case]) -> None:
        """Send these cases, as far as there is room: the worker need not wait for each, nor be waited for."""
        for case in cases:
            nonce = secrets.token_hex(8)
            try:
                frame = pack({"args": case.args, "kwargs": dict(case.kwargs), "nonce": nonce}, CONFIGS)
            except Malformed:
                break  # said when it is asked
            self._to_send.append(_Question(case, nonce, frame))
        self._send_ahead()

    def outcome(self, case: Case) -> Outcome:
        """Run the answer on one case, in the worker. Raises ValueError if another one was announced."""
        if self._fate is None and not self._sent:
            self.announce([case])
        if self._fate is not None:
            return self._fate
        if not self._sent:
            self.failure = SandboxFailed(f"an input of {self._name} cannot be sent to a worker")
            return self._end(Raised("SandboxFailed", str(self.failure)))
        question = self._sent.popleft()
        if question.case is not case:
            raise ValueError("another case was announced")
        seconds = min(self._seconds, self._deadline - time.monotonic())
        try:
            outcome = self._read(self._channel.receive(max(seconds, 0.0)), question.nonce)
        except Late:
            return self._end(TimedOut(self._seconds))
        except Malformed as problem:
            return self._end(Raised("Unreadable", f"what your code returned cannot be read: {problem}"))
        except Closed:
            return self._end(self._ended())
        self._send_ahead()
        return outcome

    def ran(self, case: Case, kernels: Collection[str]) -> frozenset[str]:
        """Which of these kernels run when the answer is called once more; none if it does not say.

        For a person to look at, so nothing that goes wrong here counts against the answer.
        """
        if self._fate is not None:
            return frozenset()
        nonce = secrets.token_hex(8)
        request = {"args": case.args, "kwargs": dict(case.kwargs), "nonce": nonce, "watch": sorted(kernels)}
        try:
            self._channel.send(request, self._seconds, configs=CONFIGS)
            reply = self._channel.receive(self._seconds)
            if not isinstance(reply, dict) or reply.get("nonce") != nonce or not isinstance(reply.get("ran"), list):
                raise Malformed("it answers another question than was asked")
        except (Closed, Late, Malformed):
            self._end(Raised("Ended", "it did not say what ran"))
            return frozenset()
        return frozenset(name for name in reply["ran"] if isinstance(name, str)) & frozenset(kernels)

    def close(self) -> None:
        """End the worker, and all that it has started."""
        self._channel.close()

    def _send_ahead(self) -> None:
        """Send what was announced and is still here, but no more than the socket holds: so it is never waited for."""
        room = AHEAD - sum(len(question.frame) for question in self._sent)
        frames = []
        while self._to_send and (len(self._to_send[0].frame) <= room or not self._sent):
            question = self._to_send.popleft()
            room -= len(question.frame)
            frames.append(question.frame)
            self._sent.append(question)
        if frames and self._fate is None:
            seconds = min(self._seconds, self._deadline - time.monotonic())
            try:
                self._channel.send_frames(b"".join(frames), max(seconds, 0.0))
            except (Closed, Late):
                self._end(self._ended())

    def _define(self, nonce: str) -> None:
        try:
            defined = self._channel.receive(self._seconds)
        except Late:
            self._end(TimedOut(self._seconds))
        except Malformed:
            self._end(Raised("Unreadable", "the worker was made to say something else while your cells ran"))
        except Closed:
            self._end(self._ended())
        else:
            if not isinstance(defined, dict) or defined.get("defined") != nonce:
                self._end(Raised("Unreadable", "the worker was made to say something else while your cells ran"))
            elif isinstance(defined.get("errors"), list):
                self.errors = [_sentence(error) for error in defined["errors"][:20]]

    def _read(self, reply: Any, nonce: str) -> Outcome:
        if not isinstance(reply, dict) or reply.get("nonce") != nonce:
            raise Malformed("it answers another question than was asked")
        if isinstance(printed := reply.get("printed"), str):
            self._printed = printed[:PRINTED_CHARACTERS]
        if "value" in reply:
            self.returned = True
            return Returned(reply["value"], _changes(reply.get("changes")))
        kind, message, line, key = (reply.get(key) for key in ("kind", "message", "line", "key"))
        if not isinstance(kind, str) or not isinstance(message, str) or not isinstance(key, str | None):
            raise Malformed("it is neither a value nor an error")
        number = line if isinstance(line, int) and 0 < line < 100_000 else None
        return Raised(kind[:100], message[:MESSAGE_CHARACTERS], number, reply.get("stub") is True, key or "")

    def _ended(self) -> Outcome:
        """The worker is gone: whose doing was it?"""
        try:
            self._zygote.probe()
        except SandboxFailed as failure:
            self.failure = failure
        return Raised("Ended", "your code ended the process it ran in, or used up its memory or time")

    def _end(self, fate: Outcome) -> Outcome:
        self._fate = fate
        self.close()
        return fate


def _each_cell_once(chunks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The chunks, of which only the first of a cell has the cell's text: with many it would be sent many times."""
    seen: set[str] = set()
    sent = []
    for chunk in chunks:
        sent.append({**chunk, "cell": ""} if chunk["file"] in seen else chunk)
        seen.add(chunk["file"])
    return sent


def _changes(said: Any) -> tuple[drivers.Change, ...]:
    """The inputs that an answer changed, as its worker says."""
    if not isinstance(said, list) or len(said) > MOST_INPUTS:
        raise Malformed("it does not say which inputs were changed")
    changes = []
    for change in said:
        match change:
            case [int() | str() as place, str() as name]:
                changes.append(drivers.Change(place, name[:NAME_CHARACTERS]))
            case _:
                raise Malformed("it does not say which inputs were changed")
    return tuple(changes)


def _sentence(error: Any) -> str:
    if not isinstance(error, dict):
        return ""
    return f"{str(error.get('kind'))[:100]}: {str(error.get('message'))[:300]}"
