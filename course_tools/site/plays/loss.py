"""Lesson 11: the loss of the course's own model, step by step, and the floor below it."""

import json
import math
from collections.abc import Iterable
from typing import NamedTuple

from course_lib import pretrained
from course_lib.config import SHIPPED
from course_lib.pretrained.shipped import TrainingLog, read_log
from course_lib.scaling import excess
from course_lib.util.language import Words
from course_tools.site.plays.picture import Play, written

WIDTH, HEIGHT = 400, 240  # of a picture, in its own units
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 20, 34  # margins for the numbers
STEPS = (100, 1_000, 10_000)  # numbers on the axis below


class Axis(NamedTuple):
    """An axis from its least number to its most, told by some numbers. is_log: factors are as wide as each other."""

    least: float
    most: float
    numbers: tuple[float, ...]
    is_log: bool

    def share(self, number: float) -> float:
        """How far along the axis a number is: 0 to 1."""
        if self.is_log:
            return math.log(number / self.least) / math.log(self.most / self.least)
        return (number - self.least) / (self.most - self.least)


def loss(log: TrainingLog, vocab_size: int) -> str:
    """The markdown of the curves: the loss with its floor, the distance to it on a log axis, and the module below."""
    training = list(zip(log.steps, log.losses, strict=True))
    across = Axis(log.steps[0], log.steps[-1], STEPS, is_log=True)
    up = Axis(0, 9, (0, 3, 6, 9), is_log=False)
    plain = _curve("loss", "Loss, nats per token", across, up, training, log.validation)
    y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - up.share(log.floor))
    floor = f'<line class="floor" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    above = _curve(
        "distance",
        "Loss less the floor, nats per token",
        across,
        Axis(0.05, 10, (0.1, 1, 10), is_log=True),
        [(step, excess(value, log.floor)) for step, value in training],
        [(step, excess(value, log.floor)) for step, value in log.validation],
    )
    text = (
        f"The run of the course's own model: its training loss, a mean of {log.every} steps each, as a line, the loss "
        f"on unseen stories as dots, and the floor of {log.floor:.2f} nats per token, dashed. No model stays below it "
        "in the long run. The steps are on a log axis, so the end of the run is dense."
    )
    data = {
        "losses": json.dumps(log.losses, separators=(",", ":")),
        "every": str(log.every),
        "tokens": str(log.tokens),
        "floor": str(log.floor),
        "vocabulary": str(vocab_size),
    }
    return written("loss", text, f"{plain.replace('</svg>', f'{floor}</svg>')}\n{above}", data)


def _curve(
    name: str,
    title: str,
    across: Axis,
    up: Axis,
    line: Iterable[tuple[int, float]],
    dots: Iterable[tuple[int, float]],
) -> str:
    """A picture with numbers on both axes, which a module finds by its name."""

    def x(step: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * across.share(step), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - up.share(value)), 1)

    bottom = HEIGHT - BOTTOM
    parts = [f'<text x="{LEFT}" y="12">{title}</text>']
    for number in up.numbers:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(number)}" y2="{y(number)}"/>')
        parts.append(f'<text class="end" x="{LEFT - 6}" y="{y(number) + 4:.1f}">{number:g}</text>')
    for number in across.numbers:
        parts.append(f'<line class="grid" x1="{x(number)}" x2="{x(number)}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="middle" x="{x(number)}" y="{bottom + 14}">{number:,}</text>')
    parts.append(f'<text class="end" x="{WIDTH - RIGHT}" y="{bottom + 28}">steps</text>')
    parts.append(f'<polyline points="{" ".join(f"{x(step)},{y(value)}" for step, value in line)}"/>')
    parts += [f'<circle class="unseen" cx="{x(step)}" cy="{y(value)}" r="2"/>' for step, value in dots]
    head = (
        f'<svg class="curve {name}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}, against the step">'
    )
    return head + "".join(parts) + "</svg>"


def _write(_: Words) -> str:
    return loss(read_log(SHIPPED[0]), pretrained.load_tokenizer(SHIPPED[0]).get_vocab_size())


LOSS = Play("loss", "notebooks/11_training.ipynb", "## 10 ·", _write)
