"""The scaling law: a floor, what a model is too small for, and what it has not read."""

import math
from typing import NamedTuple

FLOPS = 6  # for each parameter and token of a training run: 2 forward, 4 backward (Kaplan et al. 2020, section 2.1)


class ScalingLaw(NamedTuple):
    """L(N, D) = E + A/N^α + B/D^β  (Hoffmann et al. 2022, eq. 2), in nats per token.

    E: the loss of an endless model with endless text, at best the text's entropy.
    A, alpha: what N parameters are too few for.   B, beta: what D tokens are too few for.
    """

    E: float
    A: float
    alpha: float
    B: float
    beta: float

    def loss(self, N: float, D: float) -> float:
        """The loss of a model of N parameters after D tokens."""
        return self.E + self.A / N**self.alpha + self.B / D**self.beta

    def best_size(self, flops: float) -> tuple[float, float]:
        """N and D with the least loss among those with 6·N·D = flops  (Hoffmann et al. 2022, eq. 4).

        There the two terms stand as β to α: more parameters would save as much in one as the tokens they cost add to
        the other.   Raises ValueError if flops is not positive.
        """
        if not flops > 0:
            raise ValueError(f"a run has a positive number of operations, got {flops}")
        G = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        pairs = flops / FLOPS  # N · D
        return (
            G * pairs ** (self.beta / (self.alpha + self.beta)),
            pairs ** (self.alpha / (self.alpha + self.beta)) / G,
        )


def training_flops(N: float, D: float) -> float:
    """Operations that training N parameters on D tokens takes, attention's scores left out: 6·N·D."""
    return FLOPS * N * D


def tokens_for(flops: float, N: float) -> float:
    """How many tokens a model of N parameters can be trained on for so many operations."""
    return flops / (FLOPS * N)


def excess(loss: float, floor: float) -> float:
    """What a model still lacks: its loss less the floor, which is the divergence KL(text ‖ model) in nats per token.

    Raises ValueError if one is not a number.
    """
    if math.isnan(loss) or math.isnan(floor):
        raise ValueError(f"the loss {loss} and the floor {floor} must both be numbers")
    return loss - floor
