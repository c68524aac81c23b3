"""What makes an exercise whole: a heading, an answer with its stub, a check, and nothing that gives the answer away."""

import ast

from course_tools.authoring import markers
from course_tools.authoring.cells import Cell, Source, Task
from course_tools.authoring.problems import Problem

# A line of an answer gives nothing away when seen elsewhere if it is short (`return x`, `else:`) or one of these.
TELLING_LENGTH = 20  # letters
NOT_TELLING = ("import ", "from ", "def ", "class ", "@", "#")


def refuse_exercises(source: Source) -> list[Problem]:
    """What only a source of exercises may have."""
    problems = []
    for cell in source.cells:
        if cell.task or cell.answer or cell.check:
            problems.append(Problem(cell.line - 1, "exercises, answers and checks belong in sources/solutions"))
        for index, line in enumerate(cell.source.split("\n")):
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                problems.append(Problem(cell.line + index, "solution markers belong in sources/solutions"))
    return problems


def check_exercises(source: Source) -> list[Problem]:
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


def find_leaks(source: Source) -> list[Problem]:
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
