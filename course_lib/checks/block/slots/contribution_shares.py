"""Where slips happen in the code of `contribution_shares`."""

import torch

from course_lib import block
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "Given": block.DecoderBlock, "PostNorm": block.PostNormBlock}

VARIANTS = Variants(
    """
def contribution_shares(pieces):
    stream = <stream>
    along = <along>
    return along / <length>
""",
    (
        Slot(
            "stream",
            "pieces.sum(dim=0)",
            (
                "pieces.mean(dim=0)",
                "pieces[-1]",
                "pieces[0]",
                "pieces.sum(dim=-1, keepdim=True)",
                "pieces.sum(dim=1, keepdim=True)",
                "pieces.cumsum(dim=0)",
                "pieces.abs().sum(dim=0)",
                "pieces.norm(dim=0)",
            ),
        ),
        Slot(
            "along",
            "(pieces * stream).sum(dim=-1)",
            (
                "(pieces * pieces).sum(dim=-1)",
                "(pieces * stream).abs().sum(dim=-1)",
                "(pieces * stream).sum(dim=-1).abs()",
                "(pieces * stream).sum(dim=-1).clamp(min=0)",
                "(pieces * stream).mean(dim=-1)",
                "(pieces * stream).sum(dim=-2)",
                "pieces.norm(dim=-1)",
                "pieces.sum(dim=-1)",
                "pieces.abs().sum(dim=-1)",
                "(pieces * stream).sum(dim=-1).exp()",
                "(pieces * (stream - pieces)).sum(dim=-1)",
                "(pieces - stream).norm(dim=-1)",
            ),
        ),
        Slot(
            "length",
            "(stream * stream).sum(dim=-1)",
            (
                "(stream * stream).sum(dim=-1).sqrt()",
                "(stream * stream).mean(dim=-1)",
                "(stream * stream).sum()",
                "((stream * stream).sum(dim=-1) + 1e-3)",
                "(pieces * pieces).sum(dim=-1)",
                "(pieces * pieces).sum(dim=(0, -1))",
                "along.sum(dim=-1, keepdim=True)",
                "along.abs().sum(dim=0)",
                "along.sum()",
                "stream.sum(dim=-1)",
                "stream.abs().sum(dim=-1)",
                "((stream * stream).sum(dim=-1).sqrt() * pieces.norm(dim=-1))",
                "len(pieces)",
                "1",
            ),
        ),
    ),
    NAMES,
)
