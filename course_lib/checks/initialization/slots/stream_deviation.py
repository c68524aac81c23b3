"""Where slips happen in the code of `stream_deviation`."""

import math

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math}

VARIANTS = Variants(
    """
def stream_deviation(start, added, n_layer):
    n = <n>
    variance = <variance>
    return <end>
""",
    (
        Slot(
            "n",
            "2 * n_layer",
            (
                "n_layer",
                "n_layer**2",
                "(2 * n_layer) ** 2",
                "4 * n_layer",
                "3 * n_layer",
                "2 * n_layer + 1",
                "2 * n_layer - 1",
                "n_layer / 2",
                "math.sqrt(2 * n_layer)",
                "2**n_layer",
                "2 * (n_layer + 1)",
            ),
        ),
        Slot(
            "variance",
            "start**2 + n * added**2",
            (
                "start + n * added",
                "start**2 * n * added**2",
                "(start + n * added) ** 2",
                "start**2 + (n * added) ** 2",
                "n * added**2",
                "start**2 * (1 + added**2) ** n",
                "n * (start**2 + added**2)",
                "start + n * added**2",
                "2 * start**2 + n * added**2",
                "start**2 + n * added",
                "start**2 - n * added**2",
                "start**2 + added**2",
                "(start + added) ** 2 * n",
            ),
        ),
        Slot(
            "end",
            "math.sqrt(variance)",
            (
                "variance",
                "variance**2",
                "variance ** (1 / 3)",
                "math.sqrt(variance) + start",
                "math.sqrt(variance) / n",
                "math.sqrt(variance / n)",
                "start + math.sqrt(n) * added",
                "start + n * added",
                "start * math.sqrt(n) * added",
                "math.sqrt(variance) / start",
                "math.sqrt(2 * variance)",
                "math.sqrt(variance) / 2",
            ),
        ),
    ),
    NAMES,
)
