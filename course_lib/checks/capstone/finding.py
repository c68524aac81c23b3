"""A learner's answers, found in exercise notebooks by name and defined in a namespace of their own."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from course_lib.checks.engine.answers import Answer, find_answer
from course_lib.checks.engine.catalogue import exercises_of
from course_lib.checks.engine.outcome import Raised, Runner, TimedOut
from course_lib.util.notebook import Notebook, Unreadable, read_notebook
from course_lib.util.topics import TOPICS, Topic, find_topic

COURSE_FOLDERS = ("notebooks", "solutions")  # beside which the learner's exercises lie
EMPTY = Notebook((), ())


class NotUsable(Exception):
    """There is something, but it cannot be run; the message says why."""


def exercise_folder(folder: str | Path | None) -> Path:
    """Where exercise notebooks are: `folder`, or if it is None the working folder, which is that of the notebook.

    Raises FileNotFoundError, naming what was looked for, if a folder is given and holds no exercise notebook.
    """
    if folder is None:
        here = Path.cwd()
        return here.parent / "exercises" if here.name in COURSE_FOLDERS else here
    path = Path(folder)
    if not any((path / _file_name(topic)).is_file() for topic in TOPICS):
        raise FileNotFoundError(f"no exercise notebook such as {_file_name(TOPICS[0])} in {path.resolve()}")
    return path


def find_in_notebook(folder: Path, topic: str, name: str) -> Answer | None:
    """The answer called `name` in the topic's exercise notebook; None if there is not a notebook or no such name.

    Raises NotUsable if the file is not a notebook.
    """
    path = folder / _file_name(find_topic(topic))
    if not path.is_file():
        return None
    try:
        notebook = _read(path, path.stat().st_mtime_ns)
    except Unreadable as error:
        raise NotUsable(f"{path.name}: {error}") from error
    return find_answer(notebook, EMPTY, name)


def define(answer: Answer, topic: str, replaced: Mapping[str, Callable], seconds: float) -> Any:
    """Execute the cells' statements that the answer needs, in a fresh namespace, and return what it defines.

    replaced: names that mean something else there than the library's or the notebook's own: the parts found so far.
    Raises NotUsable if a statement raises, or if all of them take more than `seconds`.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}

    def execute() -> None:
        for statement in answer.written:
            exec(compile("\n" * (statement.line - 1) + statement.text, f"<cell {statement.cell}>", "exec"), namespace)

    runner = Runner(seconds)
    try:
        outcome = runner.run(execute)
    finally:
        runner.close()
    if isinstance(outcome, TimedOut):
        raise NotUsable(f"its cells were still running after {outcome.seconds:g} seconds")
    if isinstance(outcome, Raised):
        raise NotUsable(f"its cells raise {outcome.kind}: {outcome.message}")
    if answer.name not in namespace:
        raise NotUsable(f"its cells do not define {answer.name}")
    answers_here = {exercise.name for exercise in exercises_of(topic)}
    for name, value in list(namespace.items()):
        if name == answer.name:
            continue
        if isinstance(value, ModuleType) and value.__name__.startswith("course_lib."):
            namespace[name] = View(value, replaced)
        elif name in replaced and name in answers_here:
            namespace[name] = replaced[name]
        elif str(getattr(value, "__module__", "")).startswith("course_lib."):
            namespace[name] = replaced.get(getattr(value, "__name__", ""), value)
    return namespace[answer.name]


class View(ModuleType):
    """A module of the library in which some names mean the parts found so far; the module itself is left alone."""

    def __init__(self, module: ModuleType, replaced: Mapping[str, Callable]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self._module = module
        self.__dict__.update({name: part for name, part in replaced.items() if hasattr(module, name)})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _file_name(topic: Topic) -> str:
    return f"{topic.stem}.ipynb"


@cache
def _read(path: Path, changed: int) -> Notebook:
    """The notebook as it is on disk since `changed`; read once for all its answers."""
    return read_notebook(path.read_bytes())
