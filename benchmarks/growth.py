"""How the cost of a training step grows with batch, length, width and depth, beside what its FLOPs predict.

`python -m benchmarks.growth PICTURE.png` draws it.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.report import Measurement
from course_lib.config import GPTConfig
from course_lib.gpt import GPT, next_token_loss
from course_lib.show.plotting import DOTS_PER_INCH, figure
from course_lib.show.profiling import interleaved_seconds

BASE = GPTConfig(vocab_size=1_000, seq_len=128, n_layer=4, n_embd=128, n_head=4)
BATCH = 8  # sequences
SIZES = {"B": (2, 4, 8, 16, 32), "T": (64, 128, 256, 512, 1024), "C": (64, 128, 256, 512), "L": (2, 4, 8, 16)}
NAMES = {"B": "batch B, sequences", "T": "length T, tokens", "C": "width C", "L": "depth L, blocks"}


@dataclass(frozen=True)
class Growth:
    """One quantity's sizes, the FLOPs of a step at each, and its seconds: a row a round, a column a size."""

    letter: str
    sizes: tuple[int, ...]
    flops: np.ndarray  # (sizes,)
    seconds: np.ndarray  # (rounds, sizes)

    def slope(self, cost: np.ndarray) -> float:
        """The exponent p of cost ~ sizeᵖ: the slope of a straight line through the points on log-log axes."""
        return float(np.polyfit(np.log(self.sizes), np.log(cost), deg=1)[0])


def changed(letter: str, size: int) -> tuple[GPTConfig, int]:
    """The base model and batch with one quantity changed."""
    field = {"T": "seq_len", "C": "n_embd", "L": "n_layer"}.get(letter)
    return (replace(BASE, **{field: size}), BATCH) if field else (BASE, size)


def training_step(config: GPTConfig, batch: int) -> Callable[[], None]:
    """Forward, loss and backward."""
    model = GPT(config)
    tokens = torch.randint(config.vocab_size, (batch, config.seq_len + 1))

    def step() -> None:
        next_token_loss(model(tokens[:, :-1]), tokens[:, 1:]).backward()
        model.zero_grad(set_to_none=True)

    return step


def step_flops(config: GPTConfig, batch: int) -> int:
    """Additions and multiplications of the matrix products of a forward and a backward pass, which is twice a forward.

    A weight costs 2 a position; so do scores and weighted sum of a causal attention, C each for a key and query.
    """
    C, T = config.n_embd, config.seq_len
    weights = config.n_layer * (4 * C * C + 2 * C * config.hidden_dim) + C * config.vocab_size
    attention = config.n_layer * 2 * C * T // 2  # half of the keys, on average, are in the past
    return 3 * 2 * batch * T * (weights + attention)


def grow(letter: str, runs: int) -> Growth:
    """Measure the steps of all sizes, which take turns."""
    shapes = {str(size): changed(letter, size) for size in SIZES[letter]}
    steps = {name: training_step(*shape) for name, shape in shapes.items()}
    flops = np.array([step_flops(*shape) for shape in shapes.values()])
    seconds = np.array(list(interleaved_seconds(steps, runs=runs).values())).T
    return Growth(letter, SIZES[letter], flops, seconds)


def measure(runs: int) -> Iterator[Measurement]:
    """The exponent that was measured, against the one that the FLOPs predict."""
    for letter in SIZES:
        growth = grow(letter, runs)
        first, last = growth.sizes[0], growth.sizes[-1]
        yield Measurement(
            f"a training step's time ~ {letter}^p, {letter} from {first} to {last}: p",
            f"its FLOPs: p = {growth.slope(growth.flops):.2f}",
            tuple(growth.slope(seconds) for seconds in growth.seconds),
            "",
        )


def draw(path: Path, runs: int = 5) -> None:
    """Measured times and predicted FLOPs, each relative to the smallest size, on log-log axes."""
    fig, panels = figure(
        title="The time of a training step follows its FLOPs; small steps pay more for overhead",
        ylabel="relative to the smallest size",
        columns=len(SIZES),
        size=(3.4, 3.4),
    )
    for panel, letter in zip(panels, SIZES, strict=True):
        growth = grow(letter, runs)
        relative = np.median(growth.seconds / growth.seconds[:, :1], axis=0)
        panel.loglog(growth.sizes, growth.flops / growth.flops[0], "--", label="FLOPs")
        panel.loglog(growth.sizes, relative, "o-", label="measured")
        panel.set_xlabel(NAMES[letter])
        panel.set_title(f"slope {growth.slope(relative):.2f}, by FLOPs {growth.slope(growth.flops):.2f}", fontsize=10)
        panel.set_xticks(growth.sizes, growth.sizes, minor=False)
        panel.set_xticks([], minor=True)
    panels[0].legend()
    fig.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
