"""Where slips happen in the code of `answer_targets`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def answer_targets(ids, start):
    return <before> + <after>
""",
    (
        Slot(
            "before",
            "[-100] * (start - 1)",
            (
                "[-100] * start",
                "[-100] * (start + 1)",
                "[-100] * (start - 2)",
                "[0] * (start - 1)",
                "[-1] * (start - 1)",
                "[100] * (start - 1)",
                "[None] * (start - 1)",
                "ids[: start - 1]",
                "ids[1:start]",
                "[]",
            ),
        ),
        Slot(
            "after",
            "ids[start:]",
            (
                "ids[start:-1]",
                "ids[start:-1] + [-100]",
                "ids[start + 1 :]",
                "ids[start - 1 :]",
                "ids[start - 1 : -1]",
                "ids[start:][::-1]",
                "ids",
                "ids[1:]",
                "ids[start:] + [-100]",
                "[-100] * len(ids[start:])",
            ),
        ),
    ),
    NAMES,
)
