"""What a lesson owes its reader, as far as a program can see it (see docs/authoring.md).

A guess comes before its answer, and the answer stays folded; code that only draws is folded; a lesson ends with
questions that answer; numbers that differ between machines are shown by `measured` and `approx`.
"""

import ast
import re
from typing import NamedTuple

from course_tools.authoring import quiz
from course_tools.authoring.cells import Cell, Source
from course_tools.authoring.problems import Problem

PROMPT = "**Guess first.**"
OLD_PROMPTS = ("**Predict, then run.**", "**Predict:**")
FEWEST_GUESSES = 2
FEWEST_QUESTIONS = 3
DRAWING_SHARE = 0.2  # of the visible lines of code
CELLS_TO_THE_ANSWER = 4  # code cells from a guess to its `reveal`, itself included
_DRAWS = re.compile(r"\b(plotting\.|axes\b|axis\b|panels?\b|fig\b|left\.|right\.)")


class Guess(NamedTuple):
    """A cell that holds `name = ...` for the reader to fill in."""

    name: str
    position: int  # of the cell in the source


def find_problems(source: Source) -> list[Problem]:
    """Everything in a lesson's source that breaks a rule, each with its line."""
    return [
        *_check_prompts(source.cells),
        *_check_answers(source.cells),
        *_check_approximations(source.cells),
    ]


def find_missing(source: Source) -> list[Problem]:
    """What a lesson as a whole still lacks: guesses, questions that answer, drawing that is folded."""
    missing = _check_drawing(source.cells)
    guesses = len(find_guesses(source.cells))
    if guesses < FEWEST_GUESSES:
        message = f"a lesson asks for {FEWEST_GUESSES} guesses or more, not {guesses}"
        missing.append(Problem(source.cells[0].line, message))
    asked = sum(quiz.count_questions(cell.source) for cell in source.cells if cell.quiz)
    if asked < FEWEST_QUESTIONS:
        message = f"a lesson ends with {FEWEST_QUESTIONS} questions or more that answer (quiz=true), not {asked}"
        missing.append(Problem(source.cells[-1].line, message))
    return missing


def _check_prompts(cells: tuple[Cell, ...]) -> list[Problem]:
    """A prompt is followed by its guess cell, and a guess cell follows a prompt."""
    problems = []
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.type != "markdown":
            continue
        for index, line in enumerate(cell.source.split("\n")):
            if any(old in line for old in OLD_PROMPTS):
                problems.append(
                    Problem(cell.line + index, f"a prompt begins with {PROMPT} and gives a cell to guess in")
                )
        if PROMPT in cell.source and (following is None or not guessed_names(following)):
            message = f"after {PROMPT} comes a cell that is only `guess = ...` (or `guess_of_… = ...`)"
            problems.append(Problem(cell.line, message))
    for before, cell in zip([None, *cells[:-1]], cells, strict=True):
        if guessed_names(cell) and (before is None or before.type != "markdown" or PROMPT not in before.source):
            problems.append(Problem(cell.line, f"before a cell for a guess the text asks: {PROMPT} …"))
    return problems


def _check_answers(cells: tuple[Cell, ...]) -> list[Problem]:
    """Between a guess and its `reveal` nothing stands open that gives the answer away."""
    problems = []
    for guess in find_guesses(cells):
        code = [cell for cell in cells[guess.position + 1 :] if cell.type == "code"][:CELLS_TO_THE_ANSWER]
        answer = next((index for index, cell in enumerate(code) if _reveals(cell, guess.name)), None)
        if answer is None:
            message = f"no reveal(…, {guess.name}) in the {CELLS_TO_THE_ANSWER} code cells after this guess"
            problems.append(Problem(cells[guess.position].line, message))
            continue
        for cell in code[: answer + 1]:
            if "plotting.show" in cell.source and "folded=" not in cell.source:
                message = f"a picture stands open before {guess.name} is answered: plotting.show(…, folded=…)"
                problems.append(Problem(cell.line, message))
    return problems


def _check_drawing(cells: tuple[Cell, ...]) -> list[Problem]:
    """Of the lines of code that stand open, at most a share draws."""
    lines = [
        (cell.line + index, line)
        for cell in cells
        if cell.type == "code" and not cell.fold
        for index, line in enumerate(cell.source.split("\n"))
        if line.strip()
    ]
    drawing = [number for number, line in lines if _DRAWS.search(line)]
    if len(drawing) <= DRAWING_SHARE * len(lines):
        return []
    message = (
        f"{len(drawing)} of {len(lines)} visible lines of code draw, more than {DRAWING_SHARE:.0%}: "
        'begin cells that only draw with `# %% fold="drawing"`'
    )
    return [Problem(drawing[0], message)]


def _check_approximations(cells: tuple[Cell, ...]) -> list[Problem]:
    """`≈` in printed text is left out of the comparison, so only what holds the number may print it."""
    problems = []
    for cell in cells:
        if cell.type != "code":
            continue
        for node in ast.walk(_tree(cell)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "≈" in node.value:
                message = "'≈' is written by measured(…) and approx(…), which hold the number to a range"
                problems.append(Problem(cell.line + node.lineno - 1, message))
    return problems


def find_guesses(cells: tuple[Cell, ...]) -> list[Guess]:
    """The cells in which the reader writes a guess, once for each."""
    return [Guess(name, position) for position, cell in enumerate(cells) for name in guessed_names(cell)]


def guessed_names(cell: Cell) -> list[str]:
    """The names that this cell leaves to the reader, `guess` or `guess_…`; none if it does something else."""
    if cell.type != "code":
        return []
    names = []
    for statement in _tree(cell).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if value is ...:
                names.append(name)
            case _:
                return []
    return names if all(name == "guess" or name.startswith("guess_") for name in names) else []


def _reveals(cell: Cell, name: str) -> bool:
    """Whether the cell calls `reveal` with this guess."""
    calls = (node for node in ast.walk(_tree(cell)) if isinstance(node, ast.Call))
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id == "reveal"
        and any(isinstance(argument, ast.Name) and argument.id == name for argument in call.args)
        for call in calls
    )


def _tree(cell: Cell) -> ast.Module:
    """The cell as Python; an empty module where it holds what only IPython reads (`%magic`)."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])
