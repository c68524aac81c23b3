"""What a source consists of: cells that know their line and their role."""

from dataclasses import dataclass

EXERCISE_KINDS = ("implement", "predict", "debug", "experiment", "explain")
DIFFICULTIES = (1, 2, 3)
SKIP_EXECUTION = "skip-execution"
FOLDS_OF_CODE = ("drawing", "setup")  # why code is folded away: it only draws, or only prepares


@dataclass(frozen=True)
class Task:
    """What the heading of an exercise says: minutes it takes, points it gives, difficulty 1 to 3."""

    name: str
    kind: str
    difficulty: int
    minutes: int
    points: int | float


@dataclass(frozen=True)
class Cell:
    """A cell of a source. At most one of `task`, `answer` and `check` is set, to the exercise's heading or name."""

    type: str  # "markdown" or "code"
    source: str
    line: int  # of the cell's first line in the file, counted from 1
    tags: tuple[str, ...] = ()
    task: Task | None = None
    answer: str | None = None
    check: str | None = None
    fold: str | None = None  # code: one of FOLDS_OF_CODE; markdown: the line under which the text is folded
    quiz: bool = False  # markdown: questions whose choices answer


@dataclass(frozen=True)
class Source:
    """A parsed source: its path below the course's folder, and its cells in order."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def tasks(self) -> dict[str, Task]:
        """The exercises by name, in order."""
        return {cell.task.name: cell.task for cell in self.cells if cell.task}
