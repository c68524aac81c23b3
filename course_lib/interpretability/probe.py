"""A linear probe: can something be read off the stream with one linear layer? And the control that it needs."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

PENALTY = 1e-3  # on the squares of the weights; without any, weights grow without end where classes part cleanly
STEPS = 100


class Probe(NamedTuple):
    """One linear layer on vectors whose every coordinate is first brought to mean 0 and deviation 1.

    mean, deviation: of the vectors that it was fitted to.
    """

    weight: Float[Tensor, "K C"]
    bias: Float[Tensor, " K"]
    mean: Float[Tensor, " C"]
    deviation: Float[Tensor, " C"]

    def logits(self, x: Float[Tensor, "n C"]) -> Float[Tensor, "n K"]:
        """A number for each class: weight · (x − mean) / deviation + bias."""
        return (x - self.mean) / self.deviation @ self.weight.T + self.bias


def fit_probe(
    x: Float[Tensor, "n C"], labels: Int[Tensor, " n"], classes: int, penalty: float = PENALTY, steps: int = STEPS
) -> Probe:
    """The linear layer with the least cross-entropy + penalty · Σ weight²  (Alain and Bengio 2016).

    The loss has one minimum, which L-BFGS walks to from zero: nothing is drawn. A coordinate that never changes gets
    deviation 1. Raises ValueError if there is not one label for each vector, or a label is not a class.
    """
    if len(x) != len(labels):
        raise ValueError(f"one label for each vector: {len(x)} vectors, {len(labels)} labels")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels of {classes} classes go from 0 to {classes - 1}, got {labels.unique().tolist()}")
    deviation, mean = torch.std_mean(x, dim=0)
    deviation = torch.where(deviation > 0, deviation, 1.0)
    standard = (x - mean) / deviation  # (n, C)
    weight = torch.zeros(classes, x.shape[1], dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(classes, dtype=x.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(standard @ weight.T + bias, labels) + penalty * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return Probe(weight.detach(), bias.detach(), mean, deviation)


def accuracy(probe: Probe, x: Float[Tensor, "n C"], labels: Int[Tensor, " n"]) -> float:
    """The share of vectors whose largest logit is that of their label. Take vectors that it was not fitted to."""
    return (probe.logits(x).argmax(dim=-1) == labels).float().mean().item()


def control_labels(kinds: Int[Tensor, " n"], classes: int, seed: int = 0) -> Int[Tensor, " n"]:
    """Labels that mean nothing: each kind gets one drawn class, the same wherever it occurs  (Hewitt and Liang 2019).

    kinds: what the vectors are of, as numbers from 0, such as the id of the token or the number of the hero's name.
    A probe that is right on these as well has learned its labels by heart, and says nothing about the model. How much
    better it is on the real ones is its selectivity.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(classes, (int(kinds.max()) + 1,), generator=generator)
    return drawn[kinds]
