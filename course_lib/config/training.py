"""How a model is trained: one frozen dataclass that checks itself."""

from dataclasses import dataclass
from typing import Literal, get_args

Precision = Literal["float32", "float32-fast", "bfloat16", "bfloat16-fast", "auto"]
PRECISIONS = get_args(Precision)


@dataclass(frozen=True)
class TrainConfig:
    """What a training run does, but for model and data.

    steps: optimizer steps.   batch_size: windows a micro-batch.   accumulate: micro-batches an optimizer step.
    learning_rate: at the top, reached after warmup_steps; it then falls along a cosine to final_fraction of it.
    weight_decay: on matrices and tables, not on norms and biases.   clip: largest norm of the whole gradient.
    eval_every: steps between validations, over eval_batches batches.   checkpoint_every: steps between checkpoints.
    patience: validations without improvement after which training stops; None trains to the end.
    precision: "bfloat16" computes products in bfloat16 and keeps weights, norms and sums in float32; "float32-fast"
    leaves float32 products to torch's 'medium' kernels; in "bfloat16-fast" and in it the course's models attend a block
    of queries at a time, see `quick_attention`; "auto" measures which is fastest, see `choose_precision`.
    chunk_rows: logits at a time in head and loss, the same result for less memory; None makes them all at once.
    compile: through torch.compile, or with a warning as usual where there is no compiler.

    Raises ValueError, naming the value and what would be right.
    """

    steps: int = 1_000
    batch_size: int = 32
    accumulate: int = 1
    learning_rate: float = 1e-3
    final_fraction: float = 0.1
    warmup_steps: int = 50
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip: float = 1.0
    eval_every: int = 100
    eval_batches: int = 20
    checkpoint_every: int = 200
    patience: int | None = None
    seed: int = 0
    precision: Precision = "float32"
    chunk_rows: int | None = None
    compile: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "accumulate", "eval_every", "eval_batches", "checkpoint_every"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"TrainConfig: {name} must be a positive whole number, got {value!r}")
        for name in ("patience", "chunk_rows"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"TrainConfig: {name} must be at least 1, or None, got {getattr(self, name)!r}")
        if not 0 <= self.warmup_steps < self.steps:
            raise ValueError(
                f"TrainConfig: warmup_steps must be at least 0 and below steps = {self.steps}, got {self.warmup_steps}"
            )
        if self.learning_rate <= 0 or self.clip <= 0 or self.weight_decay < 0:
            raise ValueError(
                "TrainConfig: expected learning_rate and clip above 0 and weight_decay of at least 0, got "
                f"{self.learning_rate}, {self.clip} and {self.weight_decay}"
            )
        for name in ("final_fraction", "beta1", "beta2"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"TrainConfig: {name} must lie between 0 and 1, got {getattr(self, name)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"TrainConfig: precision must be one of {', '.join(PRECISIONS)}, got {self.precision!r}")
