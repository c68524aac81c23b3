"""What an author writes: py:percent files, read with jupytext into cells that know their line and their role."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from course_tools.authoring import quiz
from course_tools.authoring.cells import DIFFICULTIES, EXERCISE_KINDS, FOLDS_OF_CODE, SKIP_EXECUTION, Cell, Source, Task
from course_tools.authoring.exercises import check_exercises, find_leaks, refuse_exercises
from course_tools.authoring.jupyter import NotebookNode, jupytext
from course_tools.authoring.problems import Problem, SourceError

TAGS = (SKIP_EXECUTION,)
TASK_KEYS = ("exercise", "kind", "difficulty", "minutes", "points")
KEYS = (*TASK_KEYS, "answer", "check", "tags", "fold", "quiz")
# Where jupytext puts what it cannot read as `key=value`.
UNREADABLE = ("title", "incorrectly_encoded_metadata")


_MARKER = re.compile(r"# %%( |$)")


def parse(text: str, name: str, *, exercises: bool) -> Source:
    """The cells of a py:percent source.

    name: the file, for messages. exercises: whether it may hold exercises, answers and checks.
    Raises SourceError, with every problem's line, if the source breaks a rule of docs/authoring.md.
    """
    problems: list[Problem] = []
    cells = []
    for raw, line in _raw_cells(text, name):
        cells.append(_read_cell(raw, line, problems))
    source = Source(name, tuple(cells))
    problems += _check_beginning(source)
    if exercises:
        problems += check_exercises(source)
        problems += find_leaks(source)
    else:
        problems += refuse_exercises(source)
    if problems:
        raise SourceError(name, problems)
    return source


def _raw_cells(text: str, name: str) -> list[tuple[NotebookNode, int]]:
    """jupytext's cells, each with the line of the file on which its text begins."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines, start=1) if _MARKER.match(line)]
    if not starts or not _is_header(lines[: starts[0] - 1]):
        raise SourceError(name, [Problem(1, "a source begins with its first cell, '# %% [markdown]'")])
    raw_cells = jupytext.reads(text, fmt="py:percent").cells
    if len(raw_cells) != len(starts):
        message = (
            f"{len(starts)} lines begin with '# %%' but jupytext reads {len(raw_cells)} cells: "
            "a cell's marker stands at the start of its line, and no such line may be in a string"
        )
        raise SourceError(name, [Problem(_first_difference(lines, starts, raw_cells), message)])
    return [(raw, start + 1) for raw, start in zip(raw_cells, starts, strict=True)]


def _is_header(lines: list[str]) -> bool:
    """Whether these lines are empty, or jupytext's own header between two `# ---`, which says nothing to us."""
    written = [line.strip() for line in lines if line.strip()]
    fenced = len(written) > 1 and written[0] == written[-1] == "# ---"
    return not written or (fenced and all(line.startswith("#") for line in written))


def _first_difference(lines: list[str], starts: list[int], raw_cells: list[NotebookNode]) -> int:
    """The first line at which jupytext's cells are not those that the markers promise."""
    for start, end, raw in zip(starts, [*starts[1:], len(lines) + 1], raw_cells, strict=False):
        promised = [line.strip(" #") for line in lines[start : end - 1] if line.strip(" #")]
        read = [line.strip(" #") for line in raw.source.split("\n") if line.strip(" #")]
        if promised != read:
            return start
    return starts[min(len(starts), len(raw_cells)) - 1]


def _read_cell(raw: NotebookNode, line: int, problems: list[Problem]) -> Cell:
    """One cell, with what is wrong in its first line added to `problems`."""
    leading = len(raw.source) - len(raw.source.lstrip("\n"))
    marker, line = line - 1, line + leading
    source = raw.source.strip("\n")
    metadata = {key: value for key, value in raw.metadata.items() if key != "lines_to_next_cell"}

    def complain(message: str) -> None:
        problems.append(Problem(marker, message))

    if raw.cell_type not in ("markdown", "code"):
        complain(f"a cell is code or [markdown], not {raw.cell_type!r}")
    if not source.strip():
        complain("the cell is empty")
    for key, value in metadata.items():
        if key in UNREADABLE:
            complain(
                f"cannot read {value!r}; after '# %%' and perhaps [markdown] come keys, as in answer=\"causal_mask\""
            )
        elif key not in KEYS:
            complain(f"unknown key {key!r} in the cell's first line; the keys are {', '.join(KEYS)}")
    tags = metadata.get("tags", [])
    for tag in tags:
        if tag not in TAGS:
            complain(f"unknown tag {tag!r}; the tags are {', '.join(TAGS)}")
    roles = [key for key in ("exercise", "answer", "check") if key in metadata]
    if len(roles) > 1:
        complain(f"a cell is only one of {', '.join(roles)}")
    for role in roles:
        value = metadata[role]
        if not (isinstance(value, str) and value.isascii() and value.isidentifier()):
            complain(
                f'{role}= takes the name of a function or class in quotes, as in {role}="causal_mask", not {value!r}'
            )
            metadata[role] = str(value)
    return Cell(
        type=raw.cell_type,
        source=source,
        line=line,
        tags=tuple(tags),
        task=_read_task(metadata, complain),
        answer=metadata.get("answer"),
        check=metadata.get("check"),
        fold=_read_fold(raw.cell_type, metadata, complain),
        quiz=_read_quiz(raw.cell_type, source, line, metadata, problems),
    )


def _read_fold(cell_type: str, metadata: Mapping[str, Any], complain: Callable[[str], None]) -> str | None:
    """What fold= says, or None."""
    fold = metadata.get("fold")
    if fold is None:
        return None
    if not isinstance(fold, str) or not fold.strip():
        complain(f'fold= takes a text in quotes, as in fold="drawing", not {fold!r}')
    elif cell_type == "code" and fold not in FOLDS_OF_CODE:
        complain(f"code is folded as {' or '.join(map(repr, FOLDS_OF_CODE))}, not {fold!r}")
    if "answer" in metadata or "check" in metadata:
        complain("an answer and a check are not folded")
    return str(fold)


def _read_quiz(cell_type: str, source: str, line: int, metadata: Mapping[str, Any], problems: list[Problem]) -> bool:
    """Whether the cell holds questions; what is wrong with them is added to `problems`."""
    if "quiz" not in metadata:
        return False
    if metadata["quiz"] is not True or cell_type != "markdown":
        problems.append(Problem(line - 1, "questions begin with '# %% [markdown] quiz=true'"))
        return False
    problems += quiz.find_problems(source, line)
    return True


def _read_task(metadata: Mapping[str, Any], complain: Callable[[str], None]) -> Task | None:
    """The heading of an exercise, or None if the cell is not one."""
    given = [key for key in TASK_KEYS if key in metadata]
    if not given:
        return None
    if "exercise" not in metadata:
        complain(f'{", ".join(given)} without exercise="name"')
        return None
    missing = [key for key in TASK_KEYS if key not in metadata]
    if missing:
        complain(f"the exercise's first line lacks {', '.join(missing)}")
    kind = metadata.get("kind", EXERCISE_KINDS[0])
    if kind not in EXERCISE_KINDS:
        complain(f"unknown kind {kind!r}; the kinds are {', '.join(EXERCISE_KINDS)}")
    difficulty = metadata.get("difficulty", DIFFICULTIES[0])
    if difficulty not in DIFFICULTIES:
        complain(f"difficulty is 1, 2 or 3, not {difficulty!r}")
        difficulty = DIFFICULTIES[0]
    minutes = metadata.get("minutes", 1)
    if type(minutes) is not int or minutes < 1:
        complain(f"minutes is a whole number from 1, not {minutes!r}")
    points = metadata.get("points", 1)
    if type(points) not in (int, float) or points <= 0:
        complain(f"points is a number above 0, not {points!r}")
    return Task(metadata["exercise"], kind, difficulty, minutes, points)


def _check_beginning(source: Source) -> list[Problem]:
    first = source.cells[0]
    if first.type != "markdown" or not first.source.startswith("# ") or first.task or first.answer:
        return [Problem(first.line, "the first cell is markdown and begins with the title, '# # Title'")]
    return []
