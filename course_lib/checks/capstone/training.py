"""A training loop in which every step is one of the parts."""

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.parts import Parts
from course_lib.data import BatchLoader, TokenDataset
from course_lib.show.progress import bar
from course_lib.training import History, TrainConfig

EPS = 1e-8  # AdamW's


def train_with(parts: Parts, model: nn.Module, data: TokenDataset, config: TrainConfig) -> History:
    """Train `model` in place for `config.steps` steps of `config.accumulate` micro-batches; float32, no validation."""
    loader = BatchLoader(data, config.batch_size, seed=config.seed, drop_last=True)
    groups = parts["parameter_groups"](model, config.weight_decay)
    averages: dict[nn.Parameter, tuple[Tensor, Tensor]] = {}
    history, batches = History(), iter(loader)
    model.train()
    for step in bar(range(config.steps), description="training", unit="step"):
        rate = parts["cosine_rate"](
            step,
            steps=config.steps,
            warmup_steps=config.warmup_steps,
            peak=config.learning_rate,
            final_fraction=config.final_fraction,
        )
        micro_batches: list[tuple[Tensor, Tensor]] = []
        while len(micro_batches) < config.accumulate:
            batch = next(batches, None)
            if batch is None:
                batches = iter(loader)  # the next epoch
            else:
                micro_batches.append(batch)
        loss = parts["accumulate_gradients"](model, micro_batches)
        norm = parts["clip_gradients"](model.parameters(), config.clip)
        for group in groups:
            for parameter in group["params"]:
                _update(parts, parameter, averages, step + 1, rate, group["weight_decay"], config)
        model.zero_grad(set_to_none=True)
        history.losses.append(float(loss))
        history.gradient_norms.append(float(norm))
        history.learning_rates.append(rate)
        history.tokens += sum(y.numel() for _, y in micro_batches)
    return history


@torch.no_grad()
def _update(
    parts: Parts,
    parameter: nn.Parameter,
    averages: dict[nn.Parameter, tuple[Tensor, Tensor]],
    step: int,
    rate: float,
    weight_decay: float,
    config: TrainConfig,
) -> None:
    """One step of AdamW for one parameter."""
    if parameter.grad is None:
        return
    average, square = averages.get(parameter, (torch.zeros_like(parameter), torch.zeros_like(parameter)))
    settings = {"beta1": config.beta1, "beta2": config.beta2, "eps": EPS, "weight_decay": weight_decay}
    new, *updated = parts["adamw_step"](parameter, parameter.grad, average, square, step, lr=rate, **settings)
    averages[parameter] = (updated[0], updated[1])
    parameter.copy_(new)
