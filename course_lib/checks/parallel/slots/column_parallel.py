"""Where slips happen in the code of `column_parallel`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def column_parallel(x, weight, bias, devices):
    weights = <weights>
    biases = <biases>
    return <end>
""",
    (
        Slot(
            "weights",
            "weight.chunk(devices)",
            (
                "[weight[r::devices] for r in range(devices)]",
                "[weight] * devices",
                "weight.chunk(devices)[::-1]",
                "[weight.chunk(devices)[0]] * devices",
                "weight.T.chunk(devices)",
            ),
        ),
        Slot(
            "biases",
            "bias.chunk(devices)",
            (
                "[bias] * devices",
                "[bias / devices] * devices",
                "[bias[r::devices] for r in range(devices)]",
                "[bias.chunk(devices)[0]] * devices",
                "[0] * devices",
                "[b / devices for b in bias.chunk(devices)]",
                "bias.chunk(devices)[::-1]",
                "[bias.chunk(devices)[0]] + [0] * (devices - 1)",
            ),
        ),
        Slot(
            "end",
            "[x @ w.T + b for w, b in zip(weights, biases)]",
            (
                "[part @ w.T + b for part, w, b in zip(x.chunk(devices), weights, biases)]",
                "[x @ w.T - b for w, b in zip(weights, biases)]",
                "torch.cat([x @ w.T + b for w, b in zip(weights, biases)], dim=-1)",
                "[torch.cat([x @ w.T + b for w, b in zip(weights, biases)], dim=-1)] * devices",
                "[(x @ weight.T + bias).chunk(devices, dim=0)[r] for r in range(devices)]",
                "[(x @ w.T + b) / devices for w, b in zip(weights, biases)]",
                "list((x @ weight.T + bias).split(devices, dim=-1))",
                "sum([x @ w.T + b for w, b in zip(weights, biases)])",
            ),
        ),
    ),
    NAMES,
)
