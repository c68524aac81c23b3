"""Stage 5: the matrices become whole numbers."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth.material import Material
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.finetuning import mean_answer_nats
from course_lib.gpt import GPT

USES = ("chat_ids", "quantize_rows", "dequantize_groups")
GROUP = 32  # numbers that share a scale in int4
FLOAT_BYTES = 4
HALF_A_STEP = 0.501  # no weight is further from what it becomes; a thousandth for rounding


def shrink(parts: Parts, model: nn.Module, material: Material, plan: Plan, notes: Notes) -> GPT:
    """The model in int8 and in int4: bytes, and the nats that an answer costs more. Returns that of int4."""
    exam = material.laid_out(parts, material.asked(material.held_out[: plan.exam]))
    whole = twin_of(model)
    nats = mean_answer_nats(whole, exam).mean
    full = sum(parameter.numel() for parameter in whole.parameters()) * FLOAT_BYTES
    notes.say(f"float32: {full:,} bytes", bytes_float32=full)
    small = whole
    for name, bits, group in (("int8", 8, None), ("int4", 4, GROUP)):
        small, size = quantized(parts, model, bits, group)
        lost = mean_answer_nats(small, exam).mean - nats
        notes.say(
            f"{name}: {size:,} bytes, {full / size:.1f} times smaller; an answer costs {lost:+.2f} nats",
            **{f"bytes_{name}": size, f"lost_{name}": lost},
        )
        notes.conclude(f"quantized to {name}: nats lost per answer", f"{lost:.2f}", f"{size / full:.0%} of the bytes")
    return small


def quantized(parts: Parts, model: nn.Module, bits: int, group: int | None) -> tuple[GPT, int]:
    """The library's GPT with the weights that the whole numbers stand for, and the bytes that numbers and scales take.

    Norms, biases and positions stay floating point.   group: numbers that share a scale; None: a row.
    """
    twin = twin_of(model)
    size = 0
    for name, parameter in twin.named_parameters():
        if parameter.dim() == 2 and name != "position_embedding.weight":
            weight = parameter.detach()
            read, taken = _there_and_back(parts["quantize_rows"], parts["dequantize_groups"], weight, bits, group)
            with torch.no_grad():
                parameter.copy_(read)
            size += taken
        else:
            size += parameter.numel() * FLOAT_BYTES
    return twin, size


def _there_and_back(
    quantize_rows: Callable, dequantize_groups: Callable, weight: Tensor, bits: int, group: int | None
) -> tuple[Tensor, int]:
    """A group is a row of a narrower matrix. Raises ValueError if a weight moved by more than half a step."""
    out, into = weight.shape
    width = group if group is not None and into % group == 0 else into
    numbers, scale = quantize_rows(weight.view(-1, width), bits)  # (out · groups, width), (out · groups,)
    numbers, scale = numbers.view(out, into), scale.view(out, into // width)
    read = dequantize_groups(numbers, scale, torch.zeros_like(scale, dtype=torch.int8))
    steps = (read - weight).abs().view(out, -1, width) / scale[..., None].clamp(min=1e-12)
    if not steps.max() <= HALF_A_STEP:
        raise ValueError(f"a weight became a number {steps.max():.3g} steps away from it; at most half a step is right")
    return read, numbers.numel() * bits // 8 + scale.numel() * FLOAT_BYTES
