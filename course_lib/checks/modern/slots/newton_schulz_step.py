"""Where slips happen in the code of `newton_schulz_step`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def newton_schulz_step(x):
    a, b, c = <abc>
    gram = <gram>
    return <end>
""",
    (
        Slot(
            "abc",
            "3.4445, -4.7750, 2.0315",
            (
                "3.4445, 4.7750, 2.0315",
                "3.4445, -4.7750, -2.0315",
                "3.4445, 2.0315, -4.7750",
                "-4.7750, 3.4445, 2.0315",
                "2.0315, -4.7750, 3.4445",
                "15 / 8, -10 / 8, 3 / 8",
                "1.5, -0.5, 0.0",
                "3.4445, -4.775, 0.0",
                "3.4445, 0.0, 2.0315",
            ),
        ),
        Slot(
            "gram",
            "x @ x.T",
            (
                "x * x",
                "x.T @ x",
                "(x @ x.T) / x.norm() ** 2",
                "(x @ x.T) / x.norm()",
                "x @ x.T @ x @ x.T",
                "x @ x.T + torch.eye(len(x))",
            ),
        ),
        Slot(
            "end",
            "a * x + (b * gram + c * gram @ gram) @ x",
            (
                "a * x + b * gram @ x + c * gram @ gram",
                "a * x + b * gram @ x + c * gram * gram @ x",
                "a * x + b * gram @ x + c * (gram * gram) @ x",
                "a * x + b * gram @ x + c * gram @ x",
                "a * x + b * gram @ x + c * gram @ gram @ gram @ x",
                "a * x + b * gram @ x + c * (gram @ x) ** 2",
                "a * x + b * gram @ x",
                "a * x + b * gram @ gram @ x + c * gram @ gram @ gram @ gram @ x",
                "a * x + b * x * x * x + c * x**5",
                "a * x + x @ (b * x.T @ x + c * x.T @ x) @ (x.T @ x)",
                "x + b * gram @ x + c * gram @ gram @ x",
                "a + (b * gram + c * gram @ gram) @ x",
                "a * x - (b * gram + c * gram @ gram) @ x",
                "(a * x + (b * gram + c * gram @ gram) @ x) / x.norm()",
                "a * gram @ x + b * gram @ gram @ x + c * gram @ gram @ gram @ x",
            ),
        ),
    ),
    NAMES,
)
