"""Lesson 14, exercise 10: predict what tensor parallel sends."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.parallel.inputs import DEVICES, FLOAT32

TP_LAYERS = 16

STREAM = 4 * 2048 * 2048  # numbers of (B, T, C)

LLAMA_PARAMETERS = 1_235_814_400

ALL_REDUCES = 4 * TP_LAYERS  # attention and MLP, forward and backward


def predict_tp_bytes() -> int:
    """2·(N − 1)/N of the residual stream, at each of 64 all-reduces: N = 8 devices, 4 bytes a number."""
    return ALL_REDUCES * 2 * (DEVICES - 1) * STREAM * FLOAT32 // DEVICES


EXERCISE = Exercise(
    name="predict_tp_bytes",
    reference=predict_tp_bytes,
    cases=single_case,
    misconceptions=(
        Misconception(
            "half of it",
            lambda: predict_tp_bytes() // 2,
            "Three halves are easily left out: the backward pass has as many all-reduces as the forward pass; "
            "attention needs one as well as the MLP; and each all-reduce is two laps.",
        ),
        Misconception(
            "a quarter of it",
            lambda: predict_tp_bytes() // 4,
            "A factor of 4 is missing. Are these numbers rather than bytes? A number takes 4. Or of one text? There "
            "are 4 in the batch. Or one all-reduce a block? There are four: after attention and after the MLP, forward "
            "and backward.",
        ),
        Misconception(
            "an all-reduce for every linear layer",
            lambda: predict_tp_bytes() * 14 // 4,
            "Column then row needs a single all-reduce: between the two, the pieces stay where they are.",
        ),
        Misconception(
            "the tensor sent once",
            lambda: ALL_REDUCES * STREAM * FLOAT32,
            "An all-reduce on a ring of 8 sends 2 · 7/8 = 1.75 times the tensor's bytes.",
        ),
        Misconception(
            "own part sent too",
            lambda: ALL_REDUCES * 2 * STREAM * FLOAT32,
            "Each lap has N − 1 steps, not N: the factor is 2·(N − 1)/N.",
        ),
        Misconception(
            "a share of the batch",
            lambda: predict_tp_bytes() // DEVICES,
            "With tensor parallel every device works on the whole batch: the stream is (B, T, C) on each.",
        ),
        Misconception(
            "all devices together",
            lambda: DEVICES * predict_tp_bytes(),
            "That is what all eight send together; the question is what one of them sends.",
        ),
        Misconception(
            "the weights' gradients",
            lambda: 2 * (DEVICES - 1) * LLAMA_PARAMETERS * FLOAT32 // DEVICES,
            "That is data parallel: it sends the gradients of the weights. Tensor parallel sends activations, (B, T, "
            "C), at each "
            "all-reduce, and each device keeps its weights to itself.",
        ),
        Misconception(
            "the backward pass counted twice",
            lambda: predict_tp_bytes() * 6 // 4,
            "The backward pass computes twice as much, but it has as many all-reduces as the forward pass: two a "
            "block.",
        ),
        Misconception(
            "one part of each",
            lambda: ALL_REDUCES * STREAM * FLOAT32 // DEVICES,
            "That is one part of N at each all-reduce. A device sends 2·(N − 1) of them.",
        ),
        Misconception(
            "one block",
            lambda: predict_tp_bytes() // TP_LAYERS,
            "That is what one block sends. There are 16.",
        ),
    ),
    hints=(
        "What is all-reduced, weights or activations? Of which shape?",
        "(B, T, C) in float32, after attention and after the MLP, forward and backward, in 16 blocks.",
        "64 all-reduces · 2 · 7/8 · 4 bytes · 4 · 2,048 · 2,048",
    ),
    review="lesson 14, section 6, 'What is sent, in bytes'",
)
