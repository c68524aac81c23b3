"""A training loop in which every step is one of the parts."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.parts import Parts
from course_lib.data import BatchLoader, TokenDataset
from course_lib.show.progress import bar
from course_lib.training import History, TrainConfig

EPS = 1e-8  # AdamW's
MOMENTUM = 0.95  # Muon's
ORTHOGONAL_STEPS = 5  # of Newton and Schulz
TINY = 1e-7  # beside a length to divide by


class Updates:
    """A model's parameters and what is remembered of their gradients: `step` moves them once.

    muon_rate: at the top, for the matrices that `for_muon` names; None leaves all parameters to AdamW.
    """

    def __init__(self, parts: Parts, model: nn.Module, config: TrainConfig, muon_rate: float | None = None) -> None:
        self.parts, self.model, self.config, self.muon_rate = parts, model, config, muon_rate
        self.groups = parts["parameter_groups"](model, config.weight_decay)
        self.averages: dict[nn.Parameter, tuple[Tensor, Tensor]] = {}
        self.momenta: dict[nn.Parameter, Tensor] = {}
        if muon_rate is not None:
            own = dict(model.named_parameters())
            named: dict[str, nn.Parameter] = {name: own[its] for name, its in model.own_names.items()}  # type: ignore[union-attr,operator]
            chosen = parts["for_muon"]({name: tuple(parameter.shape) for name, parameter in named.items()})
            self.momenta = {named[name]: torch.zeros_like(named[name]) for name in chosen}

    def step(self, number: int) -> tuple[float, float]:
        """Step 0, 1, … by the gradients that are there, which are then cleared; the rate, and the gradients' length."""
        config = self.config
        rate = self.parts["cosine_rate"](
            number,
            steps=config.steps,
            warmup_steps=config.warmup_steps,
            peak=config.learning_rate,
            final_fraction=config.final_fraction,
        )
        norm = self.parts["clip_gradients"](self.model.parameters(), config.clip)
        for group in self.groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if parameter in self.momenta:
                    self._orthogonal(parameter, rate / config.learning_rate, group["weight_decay"])
                else:
                    self._adamw(parameter, number + 1, rate, group["weight_decay"])
        self.model.zero_grad(set_to_none=True)
        return float(rate), float(norm)

    @torch.no_grad()
    def _adamw(self, parameter: nn.Parameter, step: int, rate: float, weight_decay: float) -> None:
        config = self.config
        average, square = self.averages.get(parameter, (torch.zeros_like(parameter), torch.zeros_like(parameter)))
        settings = {"beta1": config.beta1, "beta2": config.beta2, "eps": EPS, "weight_decay": weight_decay}
        new, *updated = self.parts["adamw_step"](parameter, parameter.grad, average, square, step, lr=rate, **settings)
        self.averages[parameter] = (updated[0], updated[1])
        parameter.copy_(new)

    @torch.no_grad()
    def _orthogonal(self, parameter: nn.Parameter, share: float, weight_decay: float) -> None:
        """Lesson 18: a step in which every direction of the matrix (m, n) moves by the same amount.

        share: of the top rate, which step this is by the schedule.
        """
        assert parameter.grad is not None
        rate = share * (self.muon_rate or 0.0)
        mean = self.momenta[parameter].lerp_(parameter.grad, 1 - MOMENTUM)
        x = parameter.grad.lerp(mean, MOMENTUM)
        m, n = x.shape
        x = x.T if m > n else x  # the smaller side first
        x = x / x.norm().clamp(min=TINY)
        for _ in range(ORTHOGONAL_STEPS):
            x = self.parts["newton_schulz_step"](x)
        parameter.mul_(1 - rate * weight_decay).sub_(x.T if m > n else x, alpha=rate * math.sqrt(max(1, m / n)))


def train_with(
    parts: Parts, model: nn.Module, data: TokenDataset, config: TrainConfig, muon_rate: float | None = None
) -> History:
    """Train `model` in place for `config.steps` steps of `config.accumulate` micro-batches; float32, no validation."""
    updates, history = Updates(parts, model, config, muon_rate), History()
    batches = endless(BatchLoader(data, config.batch_size, seed=config.seed, drop_last=True))
    model.train()
    for step in bar(range(config.steps), description="training", unit="step"):
        micro_batches = [next(batches) for _ in range(config.accumulate)]
        loss = parts["accumulate_gradients"](model, micro_batches)
        rate, norm = updates.step(step)
        history.losses.append(float(loss))
        history.gradient_norms.append(norm)
        history.learning_rates.append(rate)
        history.tokens += sum(y.numel() for _, y in micro_batches)
    return history


def endless(loader: BatchLoader) -> Iterator[tuple[Tensor, Tensor]]:
    """Epoch after epoch."""
    while True:
        yield from loader
