"""Where slips happen in the code of `rotate`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    a, b = <halves>
    first = <first>
    second = <second>
    return <end>
""",
    (
        Slot(
            "halves",
            "x[..., :half], x[..., half:]",
            (
                "x[..., half:], x[..., :half]",
                "x[..., ::2], x[..., 1::2]",
                "x[..., :half], x[..., :half]",
                "x[..., :half], x[..., half:].flip(-1)",
            ),
        ),
        Slot(
            "first",
            "a * cos - b * sin",
            (
                "a * cos + b * sin",
                "a * sin - b * cos",
                "b * sin - a * cos",
                "a * cos",
                "a * cos - a * sin",
                "b * cos - a * sin",
                "a * sin + b * cos",
            ),
        ),
        Slot(
            "second",
            "b * cos + a * sin",
            (
                "b * cos - a * sin",
                "a * cos + b * sin",
                "a * sin",
                "b * cos",
                "b * sin + a * cos",
                "b * cos + first * sin",
                "a * sin - b * cos",
                "b * sin",
                "b * sin - a * cos",
                "b * cos + b * sin",
                "b * sin + a * sin",
            ),
        ),
        Slot(
            "end",
            "torch.cat([first, second], dim=-1)",
            (
                "torch.cat([second, first], dim=-1)",
                "torch.stack([first, second], dim=-1).flatten(-2)",
                "torch.stack([first, second], dim=-2).flatten(-2).flip(-1)",
                "torch.cat([first, b], dim=-1)",
                "torch.cat([a, second], dim=-1)",
                "torch.cat([first, first], dim=-1)",
                "torch.cat([first, second], dim=-1) + x",
                "torch.cat([first, second], dim=-2)",
                "first + second",
            ),
        ),
    ),
    NAMES,
)
