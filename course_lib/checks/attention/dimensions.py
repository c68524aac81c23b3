"""Attention that takes one dimension for another."""

from course_lib import attention
from course_lib.checks.attention.parts import attention_for, attention_with, reverse_all_dimensions
from course_lib.checks.engine.exercise import Misconception

DIMENSIONS = (
    Misconception(
        "mask of the wrong length",
        attention_with(allowed=lambda q: attention.causal_mask(q.shape[-1])),
        "The mask has the size of the width d. It needs one row and one column for each token: q.shape[-2].",
    ),
    Misconception(
        "mask built from the first dimension",
        attention_with(allowed=lambda q: attention.causal_mask(q.shape[0])),
        "q.shape[0] is the number of tokens only if there is no batch. Count from the end: q.shape[-2].",
    ),
    Misconception(
        "keys not transposed",
        attention_with(scores=lambda q, k: q @ k),
        "`q @ k` multiplies (T, d) by (T, d). So that each query meets each key, transpose the keys' last two "
        "dimensions.",
    ),
    Misconception(
        "all dimensions reversed",
        attention_with(scores=lambda q, k: q @ reverse_all_dimensions(k)),
        "`k.T` turns all dimensions round, the batch too. Exchange the last two only: k.transpose(-2, -1).",
    ),
    Misconception(
        "exactly one batch dimension assumed",
        attention_with(scores=lambda q, k: q @ k.transpose(1, 2)),
        "The dimensions 1 and 2 are the last two only for tensors of 3 dimensions. "
        "Count from the end: transpose(-2, -1).",
    ),
    Misconception(
        "exactly two batch dimensions assumed",
        attention_with(scores=lambda q, k: q @ k.transpose(2, 3)),
        "The dimensions 2 and 3 are the last two only for tensors of 4 dimensions. "
        "Count from the end: transpose(-2, -1).",
    ),
    Misconception(
        "written for one sequence",
        attention_for("T", "d"),
        "Your function unpacks q.shape into two numbers. Any number of batch dimensions may stand before them: "
        "q.shape[-2] and q.shape[-1].",
    ),
    Misconception(
        "written for three dimensions",
        attention_for("B", "T", "d"),
        "Your function unpacks q.shape into three numbers. There may be no batch dimension, or two: "
        "q.shape[-2] and q.shape[-1].",
    ),
    Misconception(
        "a product for three dimensions",
        attention_for("B", "T", "d", error=RuntimeError),
        "torch.bmm, and an einsum with three letters, want exactly one batch dimension. There may be none, or two: @ "
        "takes them all.",
    ),
    Misconception(
        "written for four dimensions",
        attention_for("B", "H", "T", "D"),
        "Your function unpacks q.shape into four numbers. There may be no batch dimension, or one: "
        "q.shape[-2] and q.shape[-1].",
    ),
    Misconception(
        "mask built from dimension 1",
        attention_with(allowed=lambda q: attention.causal_mask(q.shape[1])),
        "q.shape[1] is the number of tokens only with exactly one batch dimension. Count from the end: q.shape[-2].",
    ),
)
