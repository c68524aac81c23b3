"""By which kernels of torch it is known that something an exercise asks to write has run."""

from collections.abc import Mapping, Sequence

import torch

from course_lib.checks.engine.drive import is_as_before, snapshot
from course_lib.checks.engine.exercise import Case, Exercise
from course_tools.grading.flags import forbidden_names
from course_tools.grading.inside.watch import OTHERS, TANGENTS
from course_tools.grading.remote import RemoteSubject

ATTENTION = (
    "scaled_dot_product_attention",
    "_scaled_dot_product_attention_math",
    "_scaled_dot_product_attention_math_for_mps",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_cudnn_attention",
    "_scaled_dot_product_fused_attention_overrideable",
    "_flash_attention_forward",
    "_flash_attention_forward_no_dropout_inplace",
    "_efficient_attention_forward",
    "_cudnn_attention_forward",
    "_triton_scaled_dot_attention",
    "flex_attention",
)
HEADS = (
    "multi_head_attention_forward",
    "_native_multi_head_attention",
    "_triton_multi_head_attention",
    "_transformer_encoder_layer_fwd",
)
# Of what may be used, which are softmax: steps back through a graph, and functions whose tangents come along with them.
GRADIENTS = ("LogsumexpBackward0", "LogcumsumexpBackward0", *(f"{name} with tangents" for name in TANGENTS))
SOFTMAX = (
    "softmax",
    "_softmax",
    "_safe_softmax",
    "special_softmax",
    "softmin",
    "_masked_softmax",
    "_sparse_softmax",
    "_nested_tensor_softmax_with_shape",
    "prepare_softmax_online",  # the compiler's: the largest score and the sum of the exponentials
    *GRADIENTS,
    *ATTENTION,  # of an identity matrix, it is softmax
    *HEADS,
)
LOG_SOFTMAX = ("log_softmax", "_log_softmax", "special_log_softmax", "_sparse_log_softmax")
OTHER_NORMS = (  # of one group, or of what was turned on its side, they are those of layers
    "group_norm",
    "native_group_norm",
    "instance_norm",
    "batch_norm",
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_batch_norm_impl_index",
    "cudnn_batch_norm",
)
KERNELS: Mapping[str, tuple[str, ...]] = {  # by the last part of a name that exercises forbid
    "scaled_dot_product_attention": ATTENTION,
    "MultiheadAttention": HEADS,
    "softmax": SOFTMAX,
    "log_softmax": LOG_SOFTMAX,
    "gelu": ("gelu",),
    "layer_norm": ("layer_norm", "native_layer_norm", *OTHER_NORMS),
    "rms_norm": ("rms_norm", "_fused_rms_norm"),
    "AdamW": ("_fused_adamw", "_fused_adam"),
    "kl_div": ("kl_div",),
    "quantize_per_channel": ("quantize_per_channel",),
    "fake_quantize_per_channel_affine": (
        "fake_quantize_per_channel_affine",
        "fake_quantize_per_channel_affine_cachemask",
    ),
}


def kernels_of(exercise: Exercise) -> dict[str, str]:
    """The kernels to look for while an answer runs, each with the full name of what is forbidden; often none."""
    found: dict[str, str] = {}
    for full in forbidden_names(exercise):
        if full.startswith("torch."):
            for kernel in KERNELS.get(full.split(".")[-1], ()):
                found.setdefault(kernel, full)
    return found


def what_ran(exercise: Exercise, subject: RemoteSubject, cases: Sequence[Case], seed: int) -> tuple[str, ...]:
    """Sentences about what a right answer ran that it should write; none for an ordinary one.

    A second witness beside the reading of code. The answer is called once more for it, when all else is over, so what
    watches can change no result; on an input, drawn with `seed`, that is none of `cases`, as it may keep results.
    """
    kernels = kernels_of(exercise)
    if not kernels:
        return ()
    case = another_case(exercise, cases, seed)
    return tuple(_sentence(kernel, kernels) for kernel in sorted(subject.ran(case, {*kernels, OTHERS})))


def another_case(exercise: Exercise, cases: Sequence[Case], seed: int) -> Case:
    """One that is none of these, drawn with `seed`; the last of these if there is no other."""
    known = [snapshot((case.args, dict(case.kwargs))) for case in cases]
    for case in list(exercise.cases(torch.Generator().manual_seed(seed)))[::-1]:
        if not any(is_as_before(one, (case.args, dict(case.kwargs))) for one in known):
            return case
    return cases[-1]


def _sentence(kernel: str, kernels: Mapping[str, str]) -> str:
    if kernel == OTHERS:
        return f"there were {OTHERS}, of which it cannot be seen what ran"
    return f"{_shown(kernel)} ran, which does what {kernels[kernel]} does"


def _shown(kernel: str) -> str:
    """What ran, as torch calls it: a kernel, or a step back through the graph of one."""
    return kernel if kernel in GRADIENTS else f"aten::{kernel}"
