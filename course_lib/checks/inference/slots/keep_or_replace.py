"""Where slips happen in the code of `keep_or_replace`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def keep_or_replace(token, p, q, u, v):
    if <stays>:
        return token
    rest = <rest>
    return <drawn>
""",
    (
        Slot(
            "stays",
            "u < p[token] / q[token]",
            (
                "u > p[token] / q[token]",
                "u < q[token] / p[token]",
                "u < p[token]",
                "u < q[token]",
                "u < p[token] - q[token]",
                "p[token] >= q[token]",
                "u < p[token] * q[token]",
                "u * p[token] < q[token]",
                "u < 1 - q[token] / p[token]",
                "False",
            ),
        ),
        Slot(
            "rest",
            "(p - q).clamp(min=0) / (p - q).clamp(min=0).sum()",
            (
                "(p - q).clamp(min=0)",
                "(q - p).clamp(min=0) / (q - p).clamp(min=0).sum()",
                "p",
                "q",
                "p - q",
                "(p - q).abs() / (p - q).abs().sum()",
                "torch.softmax(p - q, dim=0)",
                "torch.softmax((p - q).clamp(min=0), dim=0)",
                "p * (torch.arange(len(p)) != token)",
                "p * (torch.arange(len(p)) != token) / (1 - p[token])",
                "torch.where(p > q, p, 0.0) / torch.where(p > q, p, 0.0).sum()",
            ),
        ),
        Slot(
            "drawn",
            "int((rest.cumsum(0) <= v).sum())",
            (
                "int((rest.cumsum(0) < v).sum())",
                "int((rest.cumsum(0) <= u).sum())",
                "int((rest.cumsum(0) > v).sum())",
                "int((rest <= v).sum())",
                "int((rest.cumsum(0) <= v).sum()) - 1",
                "int((rest.cumsum(0) <= v).sum()) + 1",
                "int((rest.cumsum(0) >= v).int().argmax())",
                "int(rest.argmax())",
                "int(v * len(p))",
                "int((rest.cumsum(0) <= 1 - v).sum())",
            ),
        ),
    ),
    NAMES,
)
