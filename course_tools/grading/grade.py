"""From one submitted notebook to its grades. The references, the inputs and the comparison never leave this process."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from course_lib.checks.engine.answers import Answer, chunks_of
from course_lib.checks.engine.examine import RIGHT, WRONG, examine_subject
from course_lib.checks.engine.exercise import Exercise
from course_lib.util.notebook import Notebook, Unreadable, read_notebook
from course_tools.grading import allowed_modules
from course_tools.grading.behaviour import behaviour_of
from course_tools.grading.collect import Submission
from course_tools.grading.flags import flags_of
from course_tools.grading.handout import Handout
from course_tools.grading.kernels import what_ran
from course_tools.grading.reading import read_answer
from course_tools.grading.record import blank_grades, cause_of, graded_by, not_graded, submission_grade
from course_tools.grading.remote import CONFIGS, RemoteSubject
from course_tools.grading.results import AssignedExercise, ExerciseGrade, SubmissionGrade
from course_tools.grading.rules import Rules, draw_seed
from course_tools.grading.sandbox import Jail, SandboxFailed, Zygote

CPU_SECONDS = 90  # of one worker


class Grader:
    """Grades submissions one after another; the process that forks workers is started once, and again if it is lost."""

    def __init__(self, handouts: Mapping[str, Handout], rules: Rules, hide: tuple[Path, ...] = ()) -> None:
        """Nothing is started before the first submission. hide: folders that no student's code may see."""
        self._handouts = handouts
        self._rules = rules
        self._hide = hide
        self._allowed = allowed_modules.AllowedModules()
        self._zygote: Zygote | None = None
        self._jail: Jail | None = None  # of the submission at hand
        self._modules: Mapping[str, str] | None = None  # all that workers in it are ever given of the library
        self._failure: SandboxFailed | None = None  # why none could be started: trying again would not help

    def __enter__(self) -> "Grader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self._leave_all()
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
            notebook = read_notebook(data)
        except Unreadable as refusal:  # nobody's zero: the student may have meant to hand in something else
            return self.failed(submission, f"the file cannot be read as a notebook: {refusal}")
        except Exception as error:
            return self.failed(submission, f"the notebook cannot be read: {cause_of(error)}")
        try:
            zygote = self.zygote
        except SandboxFailed as failure:
            return self.failed(submission, str(failure))
        deadline = start + self._rules.submission_seconds
        try:
            exercises = [
                self._grade_whatever_happens(asked, handout, notebook, blank, deadline)
                for asked, blank in zip(handout.asked, blank_grades(handout, self._rules, submission), strict=True)
            ]
        finally:
            self._leave_all()  # the next student gets another
        why = (f"not isolated: {zygote.why}",) if zygote.isolation == "none" else ()
        return submission_grade(submission, exercises, zygote.isolation, (*notebook.problems, *why), start)

    def failed(self, submission: Submission, why: str) -> SubmissionGrade:
        """What there is to say of a submission at which the grader failed: no mark, and the cause."""
        blanks = [
            not_graded(blank, why) for blank in blank_grades(self._handouts[submission.topic], self._rules, submission)
        ]
        return submission_grade(submission, blanks, "nothing ran", (why,), time.monotonic())

    def _grade_whatever_happens(
        self, asked: AssignedExercise, handout: Handout, notebook: Notebook, blank: ExerciseGrade, deadline: float
    ) -> ExerciseGrade:
        """What reading, examining or comparing raises is the grader's fault, and concerns this exercise alone."""
        if time.monotonic() > deadline and asked.name in handout.checks:
            spent = f"the answers before it took more than {self._rules.submission_seconds:g} seconds"
            return not_graded(blank, spent)
        try:
            return self._grade_exercise(asked, handout, notebook, blank)
        except Exception as error:
            self._leave_all()  # whatever state it left, the next exercise begins in a jail of its own
            return not_graded(blank, cause_of(error))

    def _grade_exercise(
        self, asked: AssignedExercise, handout: Handout, notebook: Notebook, blank: ExerciseGrade
    ) -> ExerciseGrade:
        answer, blank = read_answer(asked, handout, notebook, blank)
        if answer is None:
            return blank
        exercise = handout.checks[asked.name]
        for attempt in range(2):  # once more with a new sandbox, should the old one be lost
            try:
                graded = self._examine(exercise, answer, handout, notebook, blank)
                break
            except SandboxFailed as failure:
                self.close()
                if attempt:
                    return not_graded(blank, str(failure))
        if flags := flags_of(answer, exercise):
            accepted = self._rules.accept_flagged
            status = graded.status if accepted or graded.status != "right" else "flagged"
            note = "; ".join(part for part in (graded.note, *flags) if part)
            return replace(graded, status=status, score=graded.score if status == graded.status else 0.0, note=note)
        return graded

    def _examine(
        self, exercise: Exercise, answer: Answer, handout: Handout, notebook: Notebook, blank: ExerciseGrade
    ) -> ExerciseGrade:
        chunks = chunks_of(answer, notebook, handout.notebook)
        rest = list(handout.checks.values())
        rest = rest[rest.index(exercise) :]
        needs_library = any(allowed_modules.needs_library(chunk["text"]) for chunk in chunks)
        if self._jail is None and self.zygote.isolation != "none":
            self._jail = self.zygote.fork_jail()
        if (jail := self._jail) is not None:
            if needs_library and self._modules is None:
                # What the answers still to come are asked to write is held back too: so they can follow in this jail.
                self._modules = self._allowed.modules_for(handout, *rest)
            modules = self._modules or {} if needs_library else {}
            try:
                graded = self._examine_in(jail, exercise, chunks, modules, blank)
                if graded.status == "right" or not (jail.reused or needs_library):
                    return graded
            except SandboxFailed:
                self._leave(jail)
        # Perhaps it is wrong for what was held back, or for what the answer before it left: once more, by itself.
        jail = self.zygote.fork_jail()
        try:
            modules = self._allowed.modules_for(handout, exercise) if needs_library else {}
            return self._examine_in(jail, exercise, chunks, modules, blank)
        finally:
            jail.close()

    def _examine_in(
        self,
        jail: Jail,
        exercise: Exercise,
        chunks: list[dict[str, Any]],
        modules: Mapping[str, str],
        blank: ExerciseGrade,
    ) -> ExerciseGrade:
        subject = RemoteSubject(self.zygote, jail, exercise, chunks, modules, self._rules.call_seconds)
        try:
            examination = examine_subject(exercise, subject, blank.seed)
            ran = what_ran(exercise, subject, blank.seed) if examination.status == RIGHT else ()
            does = ""
            if examination.status == WRONG and examination.mistake is None and not subject.lost:
                does = behaviour_of(exercise, subject, draw_seed(self._rules.seed, exercise.name, "", ""))
        finally:
            subject.close()
            if subject.lost:
                self._leave(jail)
        if subject.failure is not None:
            raise subject.failure
        return replace(graded_by(examination, subject, blank), ran=ran, behaviour=does)

    def _leave(self, jail: Jail) -> None:
        """End a jail, and use it no more."""
        jail.close()
        if jail is self._jail:
            self._jail = self._modules = None

    def _leave_all(self) -> None:
        if self._jail is not None:
            self._leave(self._jail)
