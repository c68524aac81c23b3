"""AdamW with decay where it belongs, and the learning rate's way up and down."""

import math

import torch
from torch import nn

from course_lib.config import TrainConfig


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up over `warmup_steps`, then half a cosine down to `final_fraction` of the top at the last step.

    Step 0 already moves: it has 1/warmup_steps of the top  (Loshchilov and Hutter 2017, eq. 5, without restarts).
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    progress = (step - config.warmup_steps) / max(1, config.steps - 1 - config.warmup_steps)  # 0 … 1
    cosine = (1 + math.cos(math.pi * min(1.0, progress))) / 2  # 1 … 0
    return config.learning_rate * (config.final_fraction + (1 - config.final_fraction) * cosine)


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Two groups of parameters: matrices and tables, which decay, and vectors (norms, biases), which do not."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW  (Loshchilov and Hutter 2019) in one fused kernel a group."""
    return torch.optim.AdamW(
        decay_groups(model, config.weight_decay),
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        fused=True,
    )
