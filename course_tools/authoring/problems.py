"""What is wrong in an authored source, and where."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake: the line of the source, counted from 1, and a sentence for the author."""

    line: int
    message: str


class SourceError(Exception):
    """A source that cannot be built; its text has one line `file:line: message` for each problem."""

    def __init__(self, name: str, problems: list[Problem]):
        self.name = name
        self.problems = sorted(problems)
        super().__init__("\n".join(f"{name}:{problem.line}: {problem.message}" for problem in self.problems))
