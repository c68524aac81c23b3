"""Where slips happen in the code of `bits_per_byte`."""

import math

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "np": np}

VARIANTS = Variants(
    """
def bits_per_byte(losses, tokens, size):
    nats = <nats>
    return <bits>
""",
    (
        Slot(
            "nats",
            "sum(loss * n for loss, n in zip(losses, tokens))",
            (
                "sum(losses)",
                "sum(losses) / len(losses)",
                "sum(losses) / len(losses) * sum(tokens)",
                "sum(losses) * sum(tokens)",
                "sum(losses) * tokens[0]",
                "sum(loss * n for loss, n in zip(losses, tokens)) / len(losses)",
                "sum(loss / n for loss, n in zip(losses, tokens))",
                "sum(loss * n for loss, n in zip(losses[:-1], tokens))",
                "losses[-1] * sum(tokens)",
            ),
        ),
        Slot(
            "bits",
            "nats / math.log(2) / size",
            (
                "nats / size",
                "nats * math.log(2) / size",
                "nats / math.log(2)",
                "nats / math.log(2) * size",
                "nats / math.log(2) / sum(tokens)",
                "nats / math.log(2) / size / 8",
                "nats / math.log(2) / size * 8",
                "nats / 2 / size",
                "math.log2(nats) / size",
                "math.log2(nats / size)",
                "nats / math.log(10) / size",
                "2 ** (nats / size)",
                "math.exp(nats / size)",
                "size / (nats / math.log(2))",
                "nats / math.log(2) / (size + sum(tokens))",
            ),
        ),
    ),
    NAMES,
)
