"""Where slips happen in the code of `block_mask`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def block_mask(segments):
    T = segments.shape[1]
    same = segments[:, :, None] <equal> segments[:, None, :]
    return <both>
""",
    (
        Slot("equal", "==", ("!=", "<=", ">=", "<", ">")),
        Slot(
            "both",
            "same & torch.ones(T, T, dtype=torch.bool).tril()",
            (
                "same",
                "torch.ones(T, T, dtype=torch.bool).tril().expand(same.shape)",
                "same | torch.ones(T, T, dtype=torch.bool).tril()",
                "same ^ torch.ones(T, T, dtype=torch.bool).tril()",
                "same & torch.ones(T, T, dtype=torch.bool).tril(-1)",
                "same & torch.ones(T, T, dtype=torch.bool).tril(1)",
                "same & torch.ones(T, T, dtype=torch.bool).triu()",
                "same & torch.ones(T, T, dtype=torch.bool).triu(1)",
                "~(same & torch.ones(T, T, dtype=torch.bool).tril())",
                "same & torch.ones(T, T, dtype=torch.bool).tril() & (segments >= 0)[:, None]",
                "same & torch.ones(T, T, dtype=torch.bool).tril() & (segments >= 0)[:, :, None]",
                "(same & torch.ones(T, T, dtype=torch.bool).tril())[0]",
                "(same & torch.ones(T, T, dtype=torch.bool).tril())[:, None]",
                "(same & torch.ones(T, T, dtype=torch.bool).tril()).float()",
                "(same & torch.ones(T, T, dtype=torch.bool).tril()).mT",
            ),
        ),
    ),
    NAMES,
)
