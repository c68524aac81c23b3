"""Where the answers of one student run: a jail, and in it one worker for as long as nothing speaks against it.

To fork a process as large as torch makes it costs more than most answers do. So an answer that was right, and in whose
code there is nothing to look at, leaves its worker to the next answer of the same student, if nothing in the code that
has run there would be flagged in that one either. Whatever is not found right in a worker that was used is asked again
elsewhere, so nothing that a student's answers do to one another makes an answer wrong.
"""

from collections.abc import Mapping

from course_lib.checks.engine.answers import Answer
from course_lib.checks.engine.exercise import Exercise
from course_tools.grading.flags import flags_of
from course_tools.grading.inside.channel import Channel
from course_tools.grading.sandbox import Jail, Zygote


class Room:
    """A jail of one submission. jail: none before the first answer needs it."""

    def __init__(self, zygote: Zygote) -> None:
        self._zygote = zygote
        self._jail: Jail | None = None
        self._worker: Channel | None = None  # that has served answers, all of them right
        self._served: list[Answer] = []  # by that worker
        self._lent: Mapping[str, str] | None = None  # all that workers in the jail are ever given of the library
        self._worker_has: bool = False  # whether the worker was given it

    @property
    def jail(self) -> Jail:
        """The jail. Raises SandboxFailed if there can be none."""
        if self._jail is None:
            self._jail = self._zygote.fork_jail()
        return self._jail

    @property
    def lent(self) -> Mapping[str, str] | None:
        """What of the library answers in this jail are given; None if that has not been said."""
        return self._lent

    def lend(self, modules: Mapping[str, str]) -> None:
        """Say it, once: it must be nothing that an answer still to come in this jail is asked to write."""
        self._lent = modules

    def worker_for(self, exercise: Exercise, *, borrows: bool) -> Channel | None:
        """The worker that served the answers before, or None, and it is ended, if the next needs a worker of its own.

        borrows: whether the next uses the library; one that does not must not find what was lent.
        """
        if self._worker is not None and (
            (self._worker_has and not borrows) or any(flags_of(earlier, exercise) for earlier in self._served)
        ):
            self.end_worker()
        return self._worker

    def modules_for(self, *, borrows: bool) -> Mapping[str, str]:
        """What to send along to the worker: what is lent, if it is not there yet."""
        return (self._lent or {}) if borrows and not self._worker_has else {}

    def keep(self, worker: Channel, answer: Answer, *, borrows: bool) -> None:
        """Leave the worker to the answers to come."""
        self._worker = worker
        self._served.append(answer)
        self._worker_has = self._worker_has or borrows

    def end_worker(self) -> None:
        """The next answer gets a worker of its own."""
        if self._worker is not None:
            self._worker.close()
        self._worker, self._served, self._worker_has = None, [], False

    def close(self) -> None:
        """End all that runs here; the room can be used again, with another jail."""
        self.end_worker()
        if self._jail is not None:
            self._jail.close()
        self._jail = self._lent = None
