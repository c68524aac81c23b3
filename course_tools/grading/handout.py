"""What was asked: the exercise notebooks as they were handed out, with their exercises and points."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks.engine.catalogue import exercises_of
from course_lib.checks.engine.exercise import Exercise
from course_lib.util.language import languages
from course_lib.util.notebook import Cell, Notebook, Unreadable, read_notebook
from course_lib.util.topics import TOPICS, Topic
from course_tools.authoring.cells import EXERCISE_KINDS
from course_tools.grading.results import AssignedExercise

_TASK_LINE = re.compile(r"^[●○]+ · (?P<kind>\w+) · .* · (?P<points>[\d.]+) points?$", re.MULTILINE)
_HEADING = re.compile(r"^## (?:Exercise \d+: )?(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Handout:
    """One topic's exercises.   notebook: as handed out.   checks: the exercises that a machine can mark, by name.

    translated: the notebook as handed out in other languages.
    """

    topic: Topic
    notebook: Notebook
    asked: tuple[AssignedExercise, ...]
    checks: dict[str, Exercise]
    translated: tuple[Notebook, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Names of all exercises."""
        return frozenset(exercise.name for exercise in self.asked)

    def given_to(self, notebook: Notebook) -> Notebook:
        """What was handed out, in the language of which most stands in a student's notebook."""
        texts = {cell.source for cell in notebook.cells}
        return max(
            (self.notebook, *self.translated), key=lambda given: sum(cell.source in texts for cell in given.cells)
        )


def load_handouts(root: Path, topics: Iterable[Topic] = TOPICS) -> dict[str, Handout]:
    """The handouts of the topics that have an exercise notebook in the course's folder, by name of the topic.

    Raises ValueError if a notebook is not as `course build` makes it, FileNotFoundError if there are none.
    """
    found = {}
    for topic in topics:
        path = root / "exercises" / f"{topic.stem}.ipynb"
        if path.is_file():
            solution = root / "solutions" / path.name
            others = [root / language / "exercises" / path.name for language in languages()]
            found[topic.name] = _load(topic, path, solution, [other for other in others if other.is_file()])
    if not found:
        raise FileNotFoundError(f"there are no exercise notebooks in {root / 'exercises'}: run `course build`")
    return found


def _load(topic: Topic, path: Path, solution: Path, others: Iterable[Path]) -> Handout:
    try:
        notebook = read_notebook(path.read_bytes())
        translated = tuple(read_notebook(other.read_bytes()) for other in others)
        rubrics = {cell.name: cell.source for cell in read_notebook(solution.read_bytes()).cells if cell.name}
    except (Unreadable, OSError) as error:
        raise ValueError(f"{path.name}: {error}: run `course build`") from error
    checks = {exercise.name: exercise for exercise in exercises_of(topic.name)}
    asked = []
    for heading, name in _exercises(notebook.cells):
        task, title = _TASK_LINE.search(heading.source), _HEADING.search(heading.source)
        if task is None or title is None or task["kind"] not in EXERCISE_KINDS:
            raise ValueError(f"{path.name}: the heading of {name} has no line of kind, minutes and points")
        by_hand = name not in checks
        if by_hand and task["kind"] not in ("explain", "experiment"):
            raise ValueError(f"{path.name}: course_lib.checks.{topic.name} has no exercise {name}")
        asked.append(
            AssignedExercise(
                name=name,
                topic=topic.name,
                kind=task["kind"],  # type: ignore[arg-type]  # one of EXERCISE_KINDS
                title=title["title"],
                points=float(task["points"]),
                review="" if by_hand else checks[name].review,
                rubric=rubrics.get(name, "") if by_hand else "",
                question=heading.source[task.end() :].strip() if by_hand else "",
            )
        )
    return Handout(topic, notebook, tuple(asked), checks, translated)


def _exercises(cells: Iterable[Cell]) -> Iterable[tuple[Cell, str]]:
    """Each heading of an exercise with the name of the answer that follows it: the first cell named like one."""
    heading: Cell | None = None
    for cell in cells:
        if cell.kind == "markdown" and _TASK_LINE.search(cell.source):
            heading = cell
        elif heading is not None and cell.name.isidentifier() and not _is_hash(cell.name):
            yield heading, cell.name
            heading = None


def _is_hash(name: str) -> bool:
    """Cells that are not answers are called by twelve hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{12}(-\d+)?", name) is not None
