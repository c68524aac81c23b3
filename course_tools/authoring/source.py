"""What an author writes: py:percent files, read with jupytext into cells that know their line and their role."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from course_tools.authoring import markers
from course_tools.authoring.jupyter import NotebookNode, jupytext
from course_tools.authoring.problems import Problem, SourceError

EXERCISE_KINDS = ("implement", "predict", "debug", "experiment", "explain")
DIFFICULTIES = (1, 2, 3)
SKIP_EXECUTION = "skip-execution"
TAGS = (SKIP_EXECUTION,)
TASK_KEYS = ("exercise", "kind", "difficulty", "minutes", "points")
KEYS = (*TASK_KEYS, "answer", "check", "tags")
# Where jupytext puts what it cannot read as `key=value`.
UNREADABLE = ("title", "incorrectly_encoded_metadata")

# A line of an answer gives nothing away when seen elsewhere if it is short (`return x`, `else:`) or one of these.
TELLING_LENGTH = 20  # letters
NOT_TELLING = ("import ", "from ", "def ", "class ", "@", "#")

_MARKER = re.compile(r"# %%( |$)")


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


@dataclass(frozen=True)
class Source:
    """A parsed source: its path below the course's folder, and its cells in order."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def tasks(self) -> dict[str, Task]:
        """The exercises by name, in order."""
        return {cell.task.name: cell.task for cell in self.cells if cell.task}


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
        problems += _check_exercises(source)
        problems += _find_leaks(source)
    else:
        problems += _refuse_exercises(source)
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
    )


def _read_task(metadata: Mapping[str, Any], complain: Callable[[str], None]) -> Task | None:
    """The heading of an exercise, or None if the cell is none."""
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


def _refuse_exercises(source: Source) -> list[Problem]:
    """What only a source of exercises may have."""
    problems = []
    for cell in source.cells:
        if cell.task or cell.answer or cell.check:
            problems.append(Problem(cell.line - 1, "exercises, answers and checks belong in sources/solutions"))
        for index, line in enumerate(cell.source.split("\n")):
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                problems.append(Problem(cell.line + index, "solution markers belong in sources/solutions"))
    return problems


def _check_exercises(source: Source) -> list[Problem]:
    """Every exercise has a heading, then its answer, then its check, before the next exercise begins."""
    problems: list[Problem] = []
    task: Task | None = None
    heading: Cell | None = None
    seen: dict[str, int] = {}
    answer: Cell | None = None
    check: Cell | None = None

    def finish() -> None:
        if task is None or heading is None:
            return
        if answer is None:
            problems.append(Problem(heading.line - 1, f'exercise {task.name!r} has no cell answer="{task.name}"'))
        elif answer.type == "code" and check is None:
            problems.append(Problem(heading.line - 1, f'exercise {task.name!r} has no cell check="{task.name}"'))

    for cell in source.cells:
        if cell.task:
            finish()
            task, heading, answer, check = cell.task, cell, None, None
            if cell.type != "markdown" or not cell.source.startswith("#"):
                problems.append(Problem(cell.line, "an exercise begins with markdown whose first line is a heading"))
            if task.name in seen:
                problems.append(Problem(cell.line - 1, f"exercise {task.name!r} is already at line {seen[task.name]}"))
            seen.setdefault(task.name, cell.line - 1)
        elif cell.answer:
            if task is None or cell.answer != task.name:
                here = f"the exercise here is {task.name!r}" if task else "no exercise has begun"
                problems.append(Problem(cell.line - 1, f"answer {cell.answer!r}, but {here}"))
            elif answer is not None:
                problems.append(
                    Problem(cell.line - 1, f"a second answer {cell.answer!r}, after line {answer.line - 1}")
                )
            else:
                problems += _check_answer(cell, task)
            answer = answer or cell
        elif cell.check:
            if task is None or cell.check != task.name:
                here = f"the exercise here is {task.name!r}" if task else "no exercise has begun"
                problems.append(Problem(cell.line - 1, f"check {cell.check!r}, but {here}"))
            elif check is not None:
                problems.append(Problem(cell.line - 1, f"a second check {cell.check!r}, after line {check.line - 1}"))
            elif answer is None:
                problems.append(Problem(cell.line - 1, f"check {cell.check!r} comes before its answer"))
            else:
                problems += _check_check(cell)
            check = check or cell
        else:
            for index, line in enumerate(cell.source.split("\n")):
                if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                    message = 'a solution marker outside an answer: begin the cell with answer="name"'
                    problems.append(Problem(cell.line + index, message))
    finish()
    return problems


def _check_answer(cell: Cell, task: Task) -> list[Problem]:
    regions, problems = markers.find_regions(cell.source, cell.line)
    if problems:
        return problems
    if not regions:
        return [Problem(cell.line - 1, f"answer {cell.answer!r} has no '{markers.BEGIN}' … '{markers.END}'")]
    if cell.tags:
        problems.append(Problem(cell.line - 1, "an answer has no tags"))
    if (cell.type == "markdown") != (task.kind == "explain") and task.kind != "experiment":
        expected = "markdown" if task.kind == "explain" else "code"
        problems.append(Problem(cell.line - 1, f"the answer of an exercise of kind {task.kind} is {expected}"))
    if cell.type == "markdown":
        return problems
    for source, whose in ((cell.source, "the answer"), (markers.cut(cell.source, code=True), "the stub")):
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            message = f"{whose} of {cell.answer!r} is not Python: {error.msg}"
            problems.append(Problem(cell.line + (error.lineno or 1) - 1, message))
            break
        defined = [
            node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        if cell.answer not in defined:
            message = f"{whose} of {cell.answer!r} defines no function or class of that name; it has: "
            problems.append(Problem(cell.line - 1, message + (", ".join(defined) or "none")))
        elif whose == "the stub" and _raises_at_once(tree.body):
            message = (
                f"the stub of {cell.answer!r} raises when its cell runs: answers belong inside functions and methods"
            )
            problems.append(Problem(cell.line - 1, message))
    return problems


def _raises_at_once(body: list[ast.stmt]) -> bool:
    """Whether running these statements reaches a `raise`: the body of a class runs at once, a function's does not."""
    return any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.ClassDef) and _raises_at_once(node.body)) for node in body
    )


def _check_check(cell: Cell) -> list[Problem]:
    if cell.type != "code":
        return [Problem(cell.line - 1, f"check {cell.check!r} is a code cell")]
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        return [Problem(cell.line + (error.lineno or 1) - 1, f"check {cell.check!r} is not Python: {error.msg}")]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if cell.check not in used:
        return [Problem(cell.line - 1, f"check {cell.check!r} never uses {cell.check}")]
    return []


def _find_leaks(source: Source) -> list[Problem]:
    """Lines of an answer that students can read elsewhere in the exercise notebook.

    The broken code that a debug exercise shows before its answer may share lines with the answer.
    """
    visible = [_visible_lines(cell) for cell in source.cells]
    problems = []
    heading = 0
    for position, cell in enumerate(source.cells):
        if cell.task:
            heading = position
        if not cell.answer:
            continue
        task = source.tasks.get(cell.answer)
        shown_on_purpose = range(heading + 1, position) if task and task.kind == "debug" else range(0)
        elsewhere = [line for other, lines in enumerate(visible) if other not in shown_on_purpose for line in lines]
        for index, line in markers.answer_lines(cell.source):
            places = [place for place, text in elsewhere if _letters(line) in text] if is_telling(line) else []
            if places:
                message = f"this line of the answer {cell.answer!r} can be read in the exercise, at line {places[0]}"
                problems.append(Problem(cell.line + index, message))
    return problems


def is_telling(line: str) -> bool:
    """Whether a line of an answer would help whoever reads it elsewhere."""
    return len(_letters(line)) >= TELLING_LENGTH and not line.lstrip().startswith(NOT_TELLING)


def _visible_lines(cell: Cell) -> list[tuple[int, str]]:
    """What students can read of a cell, without spaces, each line with its number in the file."""
    hidden = {index for index, _ in markers.answer_lines(cell.source)} if cell.answer else set()
    lines = enumerate(cell.source.split("\n"))
    return [(cell.line + index, _letters(line)) for index, line in lines if index not in hidden]


def _letters(line: str) -> str:
    """A line without its spaces, so that layout hides nothing."""
    return "".join(line.split())
