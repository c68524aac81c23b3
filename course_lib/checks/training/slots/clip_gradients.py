"""Where slips happen in the code of `clip_gradients`."""

import math

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math}

VARIANTS = Variants(
    """
def clip_gradients(parameters, max_norm):
    given = [parameter for parameter in parameters if parameter.grad is not None]
    length = <length>
    factor = <factor>
    for parameter in given:
        <write>
    return <end>
""",
    (
        Slot(
            "length",
            "math.sqrt(sum(float(p.grad.square().sum()) for p in given))",
            (
                "sum(float(p.grad.square().sum()) for p in given)",
                "sum(float(p.grad.norm()) for p in given)",
                "max([float(p.grad.norm()) for p in given], default=0.0)",
                "max([float(p.grad.abs().max()) for p in given], default=0.0)",
                "sum(float(p.grad.abs().sum()) for p in given)",
                "math.sqrt(sum(float(p.grad.square().mean()) for p in given))",
                "math.sqrt(sum(float(p.grad.norm()) for p in given))",
                "math.sqrt(sum(float(p.detach().square().sum()) for p in given))",
                "math.sqrt(sum(float(p.grad.sum()) ** 2 for p in given))",
                "math.sqrt(sum(float(p.grad.square().sum()) for p in given) / max(len(given), 1))",
                "abs(sum(float(p.grad.sum()) for p in given))",
            ),
        ),
        Slot(
            "factor",
            "min(1.0, max_norm / (length + 1e-12))",
            (
                "max_norm / (length + 1e-12)",
                "max(1.0, max_norm / (length + 1e-12))",
                "min(1.0, length / max_norm)",
                "min(1.0, max_norm / (length + 1e-12) ** 0.5)",
                "min(1.0, (max_norm / (length + 1e-12)) ** 2)",
                "min(1.0, max_norm / (length + 1))",
                "min(max_norm, 1.0)",
                "1.0 if length < 2 * max_norm else max_norm / length",
                "0.0 if length > max_norm else 1.0",
            ),
        ),
        Slot(
            "write",
            "parameter.grad = parameter.grad * factor",
            (
                "parameter.grad = parameter.grad * min(1.0, max_norm / (float(parameter.grad.norm()) + 1e-12))",
                "parameter.grad = parameter.grad.clamp(-max_norm, max_norm)",
                "parameter.grad = parameter.grad.clamp(max=max_norm)",
                "parameter.grad = parameter.grad / factor",
                "parameter.grad = parameter.grad - factor",
                "parameter.grad = parameter.grad.clone() * 1.0",
                "parameter.data = parameter.data * factor",
                "parameter.grad = parameter.grad * factor * factor",
                "parameter.grad = parameter.grad * -factor",
            ),
        ),
        Slot(
            "end",
            "length",
            (
                "length * factor",
                "min(length, max_norm)",
                "factor",
                "max_norm",
                "length**2",
                "len(given)",
                "math.sqrt(sum(float(p.grad.square().sum()) for p in given))",
            ),
        ),
    ),
    NAMES,
    most=250,
)
