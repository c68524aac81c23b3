"""Where slips happen in the code of `lens_logits`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def lens_logits(stream, weight, bias, embedding):
    centred = <centred>
    variance = <variance>
    normed = <normed>
    shifted = <shifted>
    return <logits>
""",
    (
        Slot(
            "centred",
            "stream - stream.mean(dim=-1, keepdim=True)",
            (
                "stream",
                "stream - stream.mean(dim=1, keepdim=True)",
                "stream - stream.mean(dim=0, keepdim=True)",
                "stream - stream.mean(dim=(1, 2), keepdim=True)",
                "stream - stream.mean()",
                "stream + stream.mean(dim=-1, keepdim=True)",
                "stream - stream.amax(dim=-1, keepdim=True)",
            ),
        ),
        Slot(
            "variance",
            "stream.var(dim=-1, keepdim=True, unbiased=False)",
            (
                "stream.var(dim=-1, keepdim=True)",
                "stream.var(dim=1, keepdim=True, unbiased=False)",
                "stream.var(dim=0, keepdim=True, unbiased=False)",
                "stream.var(dim=(1, 2), keepdim=True, unbiased=False)",
                "stream.var(unbiased=False)",
                "stream.square().mean(dim=-1, keepdim=True)",
                "stream.square().sum(dim=-1, keepdim=True)",
                "centred.square().sum(dim=-1, keepdim=True)",
                "torch.ones(())",
            ),
        ),
        Slot(
            "normed",
            "centred / (variance + 1e-5).sqrt()",
            (
                "centred / (variance + 1e-5)",
                "centred * (variance + 1e-5).sqrt()",
                "centred / variance.sqrt()",
                "centred / (variance.sqrt() + 1e-5)",
                "centred / (variance + 1e-3).sqrt()",
                "centred",
                "stream",
                "stream / (variance + 1e-5).sqrt()",
            ),
        ),
        Slot(
            "shifted",
            "normed * weight + bias",
            (
                "normed * weight",
                "normed + bias",
                "normed",
                "(normed + bias) * weight",
                "normed * weight - bias",
                "normed * bias + weight",
                "normed / weight + bias",
                "normed * (1 + weight) + bias",
            ),
        ),
        Slot(
            "logits",
            "shifted @ embedding.T",
            (
                "torch.softmax(shifted @ embedding.T, dim=-1)",
                "torch.log_softmax(shifted @ embedding.T, dim=-1)",
                "shifted @ embedding.T / stream.shape[-1] ** 0.5",
                "(shifted @ embedding.T).cumsum(dim=0)",
                "(shifted @ embedding.T).argmax(dim=-1)",
                "(shifted @ embedding.T)[-1]",
                "(shifted @ embedding.T)[:, -1]",
                "shifted @ (embedding / embedding.norm(dim=1, keepdim=True)).T",
            ),
        ),
    ),
    NAMES,
)
