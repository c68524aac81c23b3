"""How much of everything, and what a stage notes down."""

from dataclasses import dataclass, field

from course_lib.config import GPTConfig, TrainConfig

SHAPE = GPTConfig(vocab_size=2_048, seq_len=256, n_layer=2, n_embd=128, n_head=4)  # as large as the two-minute model
WORLD = ("hurt bird", "broken", "night", "baking")  # a plot for each lesson: kindness, honesty, courage, patience


@dataclass(frozen=True)
class Plan:
    """Sizes of the stages; the default takes about six minutes of one core.

    plots: of which stories are told, by name.   stories: how many, each `every`-th held out.   shape: of the model.
    steps, batch_size: of the first training.   rate, muon_rate: for tables and vectors, and for the other matrices.
    requests, request_steps: stories with a request, and steps on them.   request_rate, request_muon_rate: as above.
    exam: held-out requests to be answered.
    align_steps, group: steps towards a reward, and answers in each.   beta: the price of a nat of KL.
    rank, alpha: of LoRA.   drafted: tokens in a round of speculation.   told: stories that are told that way.
    stage_seconds: after so long, a stage is done again without the learner's pieces.
    """

    plots: tuple[str, ...] = WORLD
    stories: int = 8_000
    every: int = 40
    shape: GPTConfig = SHAPE
    steps: int = 700
    batch_size: int = 8
    rate: float = 8e-3
    muon_rate: float = 4e-2
    requests: int = 3_600
    request_steps: int = 900
    request_rate: float = 4e-3
    request_muon_rate: float = 2e-2
    exam: int = 32
    align_steps: int = 40
    group: int = 32
    align_rate: float = 1e-3
    beta: float = 0.25
    rank: int = 8
    alpha: float = 16.0
    drafted: int = 4
    told: int = 6
    seed: int = 0
    stage_seconds: float = 1_800.0

    def training(self, steps: int, rate: float, weight_decay: float = 0.1) -> TrainConfig:
        """A schedule that warms up in a twentieth of its steps and ends at a rate of 0."""
        return TrainConfig(
            steps=steps,
            batch_size=self.batch_size,
            learning_rate=rate,
            warmup_steps=min(50, steps // 20),
            final_fraction=0.0,
            weight_decay=weight_decay,
            seed=self.seed,
        )


@dataclass
class Notes:
    """What a stage found: lines to show, numbers by name, and one number for the report with what bounds it."""

    lines: list[str] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)
    report: list[tuple[str, str, str]] = field(default_factory=list)

    def say(self, line: str, **numbers: float) -> None:
        """One more line, and the numbers in it."""
        self.lines.append(line)
        self.numbers.update(numbers)

    def conclude(self, what: str, value: str, bound: str) -> None:
        """A row of the report: what was measured, the value, and the floor or ceiling."""
        self.report.append((what, value, bound))
