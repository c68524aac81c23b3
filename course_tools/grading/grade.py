"""From one submitted notebook to its grades. The references, the inputs and the comparison never leave this process."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_lib.checks.engine.answers import Answer, chunks_of
from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.examine import RIGHT, WRONG, examine_cases
from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.settled import settled
from course_lib.util.notebook import Notebook, Unreadable, read_notebook
from course_tools.grading import allowed_modules
from course_tools.grading.behaviour import behaviour_of
from course_tools.grading.collect import Submission
from course_tools.grading.flags import flags_of
from course_tools.grading.handout import Handout
from course_tools.grading.inside.channel import Channel
from course_tools.grading.kernels import what_ran
from course_tools.grading.patience import TooMuchWork, at_most
from course_tools.grading.reading import read_answer
from course_tools.grading.record import blank_grades, cause_of, flagged, graded_by, not_graded, submission_grade
from course_tools.grading.remote import CONFIGS, RemoteSubject
from course_tools.grading.results import AssignedExercise, ExerciseGrade, SubmissionGrade
from course_tools.grading.room import Room
from course_tools.grading.rules import Rules, draw_seed
from course_tools.grading.sandbox import Jail, SandboxFailed, Zygote

CPU_SECONDS = 90  # of one worker
SECOND_GUESS = "predicts something else when it is asked again by itself, and only that is right"


@dataclass(frozen=True)
class _Asked:
    """An exercise of a notebook as far as it was read. answer: None if nothing runs, and then `grade` is final.

    chunks: what a worker executes.   borrows: whether that needs the library.   forbids: how many names may not occur.
    """

    name: str
    grade: ExerciseGrade
    answer: Answer | None = None
    chunks: Sequence[dict[str, Any]] = ()
    borrows: bool = False
    forbids: int = 0


class Grader:
    """Grades submissions one after another; the process that forks workers is started once, and again if it is lost."""

    def __init__(self, handouts: Mapping[str, Handout], rules: Rules, hide: tuple[Path, ...] = ()) -> None:
        """Nothing is started before the first submission. hide: folders that no student's code may see."""
        self._handouts = handouts
        self._rules = rules
        self._hide = hide
        self._allowed = allowed_modules.AllowedModules()
        self._zygote: Zygote | None = None
        self._room: Room | None = None  # of the submission at hand
        self._borrowers: list[Exercise] = []  # of it, whose answers use the library, in the order they are graded
        self._failure: SandboxFailed | None = None  # why none could be started: trying again would not help

    def __enter__(self) -> "Grader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self._leave()
        if self._zygote is not None:
            self._zygote.close()
        self._zygote = None

    @property
    def zygote(self) -> Zygote:
        """What workers come from. Raises SandboxFailed if it cannot be had."""
        if self._failure is not None:
            raise self._failure
        if self._zygote is None:
            setup = {
                "modules": allowed_modules.modules_for_all(),
                "warm": [*allowed_modules.third_party(self._handouts.values()), allowed_modules.DRIVERS],
                "configs": list(CONFIGS),
                "cpu_seconds": CPU_SECONDS,
            }
            try:
                self._zygote = Zygote(setup, isolation=self._rules.isolation, hide=self._hide)
            except SandboxFailed as failure:
                self._failure = failure
                raise
        return self._zygote

    def grade(self, submission: Submission, data: bytes) -> SubmissionGrade:
        """Grade one notebook, given its bytes. Never raises for what is in it: an unreadable one has
        its reason, and so has each exercise at which the grader itself stumbles."""
        start = time.monotonic()
        handout = self._handouts[submission.topic]
        try:
            with at_most(self._rules.grader_seconds):
                notebook = read_notebook(data)
        except Unreadable as refusal:  # nobody's zero: the student may have meant to hand in something else
            return self.failed(submission, f"the file cannot be read as a notebook: {refusal}")
        except (Exception, TooMuchWork) as error:
            return self.failed(submission, f"the notebook cannot be read: {cause_of(error)}")
        try:
            zygote = self.zygote
        except SandboxFailed as failure:
            return self.failed(submission, str(failure))
        deadline = start + self._rules.submission_seconds
        try:
            asked = [
                self._read_whatever_happens(one, handout, notebook, blank, deadline)
                for one, blank in zip(handout.asked, blank_grades(handout, self._rules, submission), strict=True)
            ]
            # First those that need nothing of the library, before it is lent; of them, those that forbid most.
            order = sorted(asked, key=lambda one: (one.borrows, -one.forbids))
            self._borrowers = [handout.checks[one.name] for one in order if one.borrows]
            found = {one.name: self._grade_whatever_happens(one, handout, deadline) for one in order}
            exercises = [found[one.name] for one in asked]
        finally:
            self._leave()  # the next student gets another
        why = (f"not isolated: {zygote.why}",) if zygote.isolation == "none" else ()
        return submission_grade(submission, exercises, zygote.isolation, (*notebook.problems, *why), start)

    def failed(self, submission: Submission, why: str) -> SubmissionGrade:
        """What there is to say of a submission at which the grader failed: no mark, and the cause."""
        blanks = blank_grades(self._handouts[submission.topic], self._rules, submission)
        blanks = [not_graded(blank, why) for blank in blanks]
        return submission_grade(submission, blanks, "nothing ran", (why,), time.monotonic())

    def _read_whatever_happens(
        self, asked: AssignedExercise, handout: Handout, notebook: Notebook, blank: ExerciseGrade, deadline: float
    ) -> _Asked:
        """What reading raises is the grader's fault, and concerns this exercise alone."""
        if time.monotonic() > deadline and asked.name in handout.checks:
            return _Asked(asked.name, self._too_late(blank))
        try:
            with at_most(self._rules.grader_seconds):
                answer, blank = read_answer(asked, handout, notebook, blank)
                if answer is None:
                    return _Asked(asked.name, blank)
                chunks = chunks_of(answer, notebook, handout.notebook)
        except (Exception, TooMuchWork) as error:
            return _Asked(asked.name, not_graded(blank, cause_of(error)))
        borrows = any(allowed_modules.needs_library(chunk["text"]) for chunk in chunks)
        return _Asked(asked.name, blank, answer, chunks, borrows, len(handout.checks[asked.name].forbidden))

    def _grade_whatever_happens(self, asked: _Asked, handout: Handout, deadline: float) -> ExerciseGrade:
        """What examining or comparing raises is the grader's fault, and concerns this exercise alone."""
        if asked.answer is None:
            return asked.grade
        if time.monotonic() > deadline:
            return self._too_late(asked.grade)
        try:
            with at_most(self._rules.grader_seconds):
                return self._grade_exercise(asked, asked.answer, handout)
        except (Exception, TooMuchWork) as error:
            self._leave()  # whatever state it left, the next exercise begins in a jail of its own
            return not_graded(asked.grade, cause_of(error))

    def _too_late(self, blank: ExerciseGrade) -> ExerciseGrade:
        return not_graded(blank, f"the answers before it took more than {self._rules.submission_seconds:g} seconds")

    def _grade_exercise(self, asked: _Asked, answer: Answer, handout: Handout) -> ExerciseGrade:
        exercise = handout.checks[asked.name]
        flags = flags_of(answer, exercise)
        for attempt in range(2):  # once more with a new sandbox, should the old one be lost
            try:
                graded = self._examine(exercise, asked, answer, handout, trusted=not flags)
                break
            except SandboxFailed as failure:
                self.close()
                if attempt:
                    return not_graded(asked.grade, str(failure))
        return flagged(graded, flags, self._rules)

    def _examine(
        self, exercise: Exercise, asked: _Asked, answer: Answer, handout: Handout, *, trusted: bool
    ) -> ExerciseGrade:
        """The grade of an answer. trusted: whether its worker may serve another one afterwards."""
        if self._room is None and self.zygote.isolation != "none":
            self._room = Room(self.zygote)
        predicted = False  # and not what comes out: it is a guess, of which there is one
        by_itself = allowed_modules.forbids_what_all_have(exercise)
        if (room := self._room) is not None and not by_itself:
            if asked.borrows and room.lent is None:
                # What the answers still to come are asked to write is held back too: so they can follow in this jail.
                rest = self._borrowers[self._borrowers.index(exercise) :]
                rest = [one for one in rest if not allowed_modules.forbids_what_all_have(one)]
                room.lend(self._allowed.modules_for(handout, *rest))
            try:
                jail, worker = room.jail, room.worker_for(exercise, borrows=asked.borrows)
                subject = self._subject(jail, exercise, asked, room.modules_for(borrows=asked.borrows), worker)
                alone = not (jail.reused or worker or asked.borrows)
                graded = self._examined(subject, exercise, asked, final=alone)
                right = graded.status == "right"
                predicted = exercise.cases is single_case and subject.returned
                if subject.lost:
                    self._leave()
                elif right and trusted:
                    room.keep(subject.worker, answer, borrows=asked.borrows)
                else:
                    subject.close()
                    room.end_worker()
                if right or alone:
                    return graded
            except SandboxFailed:
                self._leave()
        # Perhaps it is wrong for what was held back, or for what the answer before it left: once more, by itself.
        jail = self.zygote.fork_jail()
        try:
            modules = self._allowed.modules_for(handout, exercise) if asked.borrows or by_itself else {}
            subject = self._subject(jail, exercise, asked, modules)
            graded = self._examined(subject, exercise, asked)
            subject.close()
            return flagged(graded, (SECOND_GUESS,) if predicted and graded.status == "right" else (), self._rules)
        finally:
            jail.close()

    def _subject(
        self, jail: Jail, exercise: Exercise, asked: _Asked, modules: Mapping[str, str], worker: Channel | None = None
    ) -> RemoteSubject:
        return RemoteSubject(self.zygote, jail, exercise, asked.chunks, modules, self._rules.call_seconds, worker)

    def _examined(
        self, subject: RemoteSubject, exercise: Exercise, asked: _Asked, *, final: bool = True
    ) -> ExerciseGrade:
        """final: whether the answer is not asked again should it not be right, so that it is looked at closely."""
        try:
            with settled():
                cases = draw_cases(exercise, asked.grade.seed)
                examination = examine_cases(exercise, subject, cases, asked.grade.seed)
            ran = what_ran(exercise, subject, cases, asked.grade.seed + 1) if examination.status == RIGHT else ()
            closely = final and examination.status == WRONG and examination.mistake is None and not subject.lost
            does = behaviour_of(exercise, subject, draw_seed(self._rules.seed, asked.name, "", "")) if closely else ""
        except (Exception, TooMuchWork):
            subject.close()
            raise
        if subject.failure is not None:
            raise subject.failure
        return replace(graded_by(examination, subject, asked.grade), ran=ran, behaviour=does)

    def _leave(self) -> None:
        """End all that runs for the submission at hand."""
        if self._room is not None:
            self._room.close()
        self._room = None
