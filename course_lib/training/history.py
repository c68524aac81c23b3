"""What a training run keeps of itself."""

import math
from dataclasses import dataclass, field


@dataclass
class History:
    """What happened at each step, for pictures and for going on: losses in nats per token.

    validation: pairs of (steps done, loss).   seconds: of training, all parts added.
    precision: the number format that products are computed in, "" before it is known.
    interrupted: stopped by Ctrl-C.
    """

    losses: list[float] = field(default_factory=list)
    gradient_norms: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    precision: str = ""
    interrupted: bool = False

    @property
    def step(self) -> int:
        """Optimizer steps done."""
        return len(self.losses)

    @property
    def tokens_per_second(self) -> float:
        """Speed over the whole run; 0 before the first step."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def note(self, loss: float, gradient_norm: float, learning_rate: float, seconds: float) -> None:
        """Write down one step."""
        self.losses.append(loss)
        self.gradient_norms.append(gradient_norm)
        self.learning_rates.append(learning_rate)
        self.seconds += seconds


def require_finite(loss: float, step: int, learning_rate: float) -> None:
    """Raises FloatingPointError if the loss of this step, the first is 1, is not a number."""
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"the loss of step {step} is {loss}, which is not a number to learn from: take a lower "
            f"learning_rate (it was {learning_rate:g}) or a longer warm-up"
        )
