"""Where slips happen in the code of `mask_for`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def mask_for(allowed, convention):
    if convention == "sdpa":
        return <sdpa>
    if convention == "layer":
        return <layer>
    if convention == "additive":
        return <additive>
    raise <error>
""",
    (
        Slot(
            "sdpa",
            "allowed",
            (
                "~allowed",
                "allowed.float()",
                "allowed.float().log()",
                "allowed.T",
                "allowed.int()",
                "allowed[None]",
            ),
        ),
        Slot(
            "layer",
            "~allowed",
            (
                "allowed",
                "(~allowed).float()",
                "allowed.float().log()",
                "~allowed.T",
                "allowed.T",
                "~allowed.tril()",
                "torch.ones_like(allowed).triu(1)",
            ),
        ),
        Slot(
            "additive",
            "torch.zeros(allowed.shape).masked_fill(~allowed, -torch.inf)",
            (
                "torch.zeros(allowed.shape).masked_fill(allowed, -torch.inf)",
                "torch.zeros(allowed.shape).masked_fill(~allowed, torch.inf)",
                "torch.zeros(allowed.shape).masked_fill(~allowed, -1e9)",
                "torch.zeros(allowed.shape).masked_fill(~allowed, -1e4)",
                "torch.zeros(allowed.shape).masked_fill(~allowed, -1.0)",
                "torch.zeros(allowed.shape).masked_fill(~allowed, torch.finfo(torch.float32).min)",
                "torch.ones(allowed.shape).masked_fill(~allowed, -torch.inf)",
                "torch.ones(allowed.shape).masked_fill(~allowed, 0.0)",
                "allowed.float()",
                "(~allowed).float()",
                "(~allowed).float() * -1e9",
                "(~allowed).float() * -torch.inf",
                "torch.full(allowed.shape, -torch.inf).triu(1)",
                "torch.zeros(allowed.shape).masked_fill(~allowed.T, -torch.inf)",
            ),
        ),
        Slot(
            "error",
            "ValueError(convention)",
            (
                "KeyError(convention)",
                "TypeError(convention)",
                "RuntimeError(convention)",
                "NotImplementedError(convention)",
            ),
        ),
    ),
    NAMES,
)
