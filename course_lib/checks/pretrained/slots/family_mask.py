"""Where slips happen in the code of `family_mask`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def family_mask(family, n_source, n_target):
    n = n_source + n_target
    causal = <causal>
    if family == "encoder-only":
        return <encoder>
    if family == "decoder-only":
        return <decoder>
    if family == "encoder-decoder":
        mask = <both>
        mask[:n_source, :n_source] = <source>
        mask[:n_source, n_source:] = <ahead>
        mask[n_source:, :n_source] = <cross>
        mask[n_source:, n_source:] = <target>
        return mask
    raise <error>
""",
    (
        Slot(
            "causal",
            "torch.ones(n, n, dtype=torch.bool).tril()",
            (
                "torch.ones(n, n, dtype=torch.bool).triu()",
                "torch.ones(n, n, dtype=torch.bool).tril(-1)",
                "torch.ones(n, n, dtype=torch.bool).tril(1)",
                "torch.ones(n, n, dtype=torch.bool).triu(1)",
            ),
        ),
        Slot(
            "encoder",
            "torch.ones(n, n, dtype=torch.bool)",
            (
                "torch.zeros(n, n, dtype=torch.bool)",
                "torch.ones(n_source, n_source, dtype=torch.bool)",
                "torch.ones(n, n)",
                "causal",
                "~torch.eye(n, dtype=torch.bool)",
                "torch.ones(n, n, dtype=torch.bool).tril(n_source - 1)",
            ),
        ),
        Slot(
            "decoder",
            "causal",
            (
                "causal.T",
                "torch.ones(n, n, dtype=torch.bool)",
                "torch.ones(n_target, n_target, dtype=torch.bool).tril()",
                "torch.ones(n, n).tril()",
                "torch.ones(n, n, dtype=torch.bool).tril(-1)",
                "torch.ones(n, n, dtype=torch.bool).tril(n_source - 1)",
            ),
        ),
        Slot(
            "both",
            "causal.clone()",
            (
                "torch.ones(n, n)",
                "torch.ones(n, n).tril()",
                "causal.int()",
            ),
        ),
        Slot(
            "source",
            "True",
            (
                "causal[:n_source, :n_source]",
                "False",
                "torch.eye(n_source, dtype=torch.bool)",
                "causal.T[:n_source, :n_source]",
            ),
        ),
        Slot("ahead", "False", ("True",)),
        Slot(
            "cross",
            "True",
            (
                "False",
                "torch.ones(n_target, n_source, dtype=torch.bool).tril()",
            ),
        ),
        Slot(
            "target",
            "causal[n_source:, n_source:]",
            (
                "True",
                "False",
                "causal.T[n_source:, n_source:]",
                "torch.ones(n_target, n_target, dtype=torch.bool).tril(-1)",
                "torch.ones(n_target, n_target, dtype=torch.bool).tril(1)",
                "torch.eye(n_target, dtype=torch.bool)",
            ),
        ),
        Slot(
            "error",
            "ValueError(family)",
            (
                "KeyError(family)",
                "RuntimeError(family)",
                "NotImplementedError(family)",
            ),
        ),
    ),
    NAMES,
)
