"""The MLP of lesson 05 with one of its parts replaced."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import mlp
from course_lib.config import GPTConfig


class CurveAtTheEnd(mlp.MLP):
    """gelu(down(up(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend the output rather than the hidden layer."""
        return self.dropout(F.gelu(self.down_proj(self.up_proj(x)), approximate="tanh"))


class CurveTwice(mlp.MLP):
    """gelu(down(gelu(up(x))))."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend the hidden layer and the output."""
        return F.gelu(super().forward(x), approximate="tanh")


class NoCurve(mlp.MLP):
    """down(up(x))."""

    def forward(self, x: Tensor) -> Tensor:
        """Two linear layers, which are one."""
        return self.dropout(self.down_proj(self.up_proj(x)))


class TorchsDropout(mlp.MLP):
    """F.dropout without its probability."""

    def forward(self, x: Tensor) -> Tensor:
        """Half of the output dropped while training."""
        return F.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")), training=self.training)


class ProbabilityToKeep(mlp.MLP):
    """nn.Dropout(1 - config.dropout)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.dropout = nn.Dropout(1 - config.dropout)


class AddsItsInput(mlp.MLP):
    """x + down(gelu(up(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        """The block's residual, already added here."""
        return x + super().forward(x)


class DropsAlways(mlp.MLP):
    """Dropout that knows nothing of modes."""

    def forward(self, x: Tensor) -> Tensor:
        """F.dropout drops unless it is told not to."""
        hidden = F.gelu(self.up_proj(x), approximate="tanh")
        return F.dropout(self.down_proj(hidden), self.dropout.p)


def with_curve(curve: Callable[[Tensor], Tensor]) -> type[mlp.MLP]:
    """An MLP with another curve between its layers."""

    class OtherCurve(mlp.MLP):
        def forward(self, x: Tensor) -> Tensor:
            return self.dropout(self.down_proj(curve(self.up_proj(x))))

    return OtherCurve


def with_layers(bias: Callable[[GPTConfig], tuple[bool, bool]], width: Callable[[GPTConfig], int]) -> type[mlp.MLP]:
    """An MLP whose layers are of another width, or have biases of their own."""

    class OtherLayers(mlp.MLP):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__(config)
            up, down = bias(config)
            self.up_proj = nn.Linear(config.n_embd, width(config), bias=up)
            self.down_proj = nn.Linear(width(config), config.n_embd, bias=down)

    return OtherLayers
