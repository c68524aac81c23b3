"""Reading the log of the runs that is shipped with the course, or one that you made yourself."""

from pathlib import Path
from typing import NamedTuple

from course_lib.scaling.records import read_lines

SHIPPED = Path(__file__).parent / "runs.jsonl"


class Run(NamedTuple):
    """A run that was made: its size, text, and loss on 1,000 unseen stories, in nats per token.

    parameters: N, the table of tokens included.   without_table: N without it.   tokens: D.   flops: 6·N·D.
    excess, error: the loss above the floor of the same stories, and its standard error.
    curve: stories read, and the mean training loss since the point before; every story was new.
    """

    size: str
    stories: int
    seed: int
    parameters: int
    without_table: int
    tokens: int
    flops: float
    loss: float
    excess: float
    error: float
    curve: tuple[tuple[int, float], ...]


class Prediction(NamedTuple):
    """The loss said of a larger run before it was made, with the floor known and (`free_…`) with the floor fitted.

    low, high: nine in ten of the bootstrap's samples.
    """

    size: str
    stories: int
    flops: float
    floor: float
    loss: float
    low: float
    high: float
    free_loss: float
    free_low: float
    free_high: float
    free_floor: float


class RunLog(NamedTuple):
    """A log: the floor, the budgets, the runs that the law is fitted to, repetitions, and the predicted run.

    floor: nats per token that the judged stories cost whoever knows their generator.
    runs: one for each size and budget.   repeated: one of them with other seeds.   larger: the predicted run's seeds.
    """

    floor: float
    budgets: list[float]
    runs: list[Run]
    repeated: list[Run]
    prediction: Prediction | None
    larger: list[Run]


def read_log(path: str | Path = SHIPPED) -> RunLog:
    """The log of the command `python -m course_lib.scaling.runs`; the shipped one unless a path is given.

    Raises FileNotFoundError if there is none, ValueError if it is something else.
    """
    lines = read_lines(Path(path))
    setting = lines[0]
    runs: list[Run] = []
    repeated: list[Run] = []
    larger: list[Run] = []
    prediction = None
    for line in lines[1:]:
        if line["kind"] == "prediction":
            prediction = Prediction(**{name: line[name] for name in Prediction._fields})
            continue
        curve = tuple((done, loss) for done, loss in line["curve"])
        made = Run(**{**{name: line[name] for name in Run._fields}, "curve": curve})
        (larger if line.get("predicted") else repeated if made.seed else runs).append(made)
    runs.sort(key=lambda made: (nearest(made.flops, setting["budgets"]), made.parameters))
    return RunLog(setting["floor"], setting["budgets"], runs, repeated, prediction, larger)


def nearest(flops: float, budgets: list[float]) -> float:
    """The budget that a run belongs to."""
    return min(budgets, key=lambda budget: abs(budget / flops - 1))
