"""Where slips happen in the code of `patch_tokens`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def patch_tokens(run, source, target):
    answers = []
    mixed = target.clone()
    for t in range(<times>):
        mixed = <fresh>
        mixed<place> = <vector>
        answers.append(<answer>)
    return torch.stack([torch.as_tensor(answer) for answer in answers])
""",
    (
        Slot(
            "times",
            "len(target)",
            (
                "len(target) - 1",
                "1, len(target)",
            ),
        ),
        Slot(
            "fresh",
            "target.clone()",
            (
                "source.clone()",
                "mixed",
                "target",
                "torch.zeros_like(target)",
            ),
        ),
        Slot(
            "place",
            "[t]",
            (
                "[: t + 1]",
                "[t:]",
                "[:t]",
                "[:, t % target.shape[1]]",
                "[-1]",
                "[0]",
                "[(t + 1) % len(target)]",
                "[-1 - t]",
            ),
        ),
        Slot(
            "vector",
            "source[t]",
            (
                "target[t]",
                "source[t] + target[t]",
                "(source[t] + target[t]) / 2",
                "source[t] - target[t]",
                "0.0",
                "source[-1]",
                "source[0]",
                "source.mean(dim=0)",
                "source.roll(-1, dims=0)[t]",
            ),
        ),
        Slot(
            "answer",
            "run(mixed)",
            (
                "run(mixed) - run(target)",
                "run(target) - run(mixed)",
                "(run(mixed) - run(target)) / (run(source) - run(target))",
                "run(mixed) - run(source)",
                "run(source)",
            ),
        ),
    ),
    NAMES,
)
