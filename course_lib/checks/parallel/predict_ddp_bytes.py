"""Lesson 14, exercise 9: predict what data parallel sends."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.parallel.inputs import DEVICES, FLOAT32

GPT2_PARAMETERS = 12 * (12 * 768**2 + 13 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768


def predict_ddp_bytes() -> int:
    """2·(N − 1)/N of the gradients: N = 8 devices, 124,439,808 numbers of 4 bytes."""
    return 2 * (DEVICES - 1) * GPT2_PARAMETERS * FLOAT32 // DEVICES


EXERCISE = Exercise(
    name="predict_ddp_bytes",
    reference=predict_ddp_bytes,
    cases=single_case,
    misconceptions=(
        Misconception(
            "one lap only",
            lambda: predict_ddp_bytes() // 2,
            "An all-reduce is two laps, a reduce-scatter and an all-gather: 2·(N − 1) parts, not N − 1.",
        ),
        Misconception(
            "own part sent too",
            lambda: 2 * GPT2_PARAMETERS * FLOAT32,
            "Each lap has N − 1 steps, not N: the factor is 2·(N − 1)/N.",
        ),
        Misconception(
            "everything to everyone",
            lambda: (DEVICES - 1) * GPT2_PARAMETERS * FLOAT32,
            "You let each device send its whole gradient to each of the others. A ring sends one part at a time.",
        ),
        Misconception(
            "numbers, not bytes",
            lambda: predict_ddp_bytes() // FLOAT32,
            "These are numbers. Each takes 4 bytes in float32.",
        ),
        Misconception(
            "the head counted",
            lambda: predict_ddp_bytes() + 2 * (DEVICES - 1) * 50_257 * 768 * FLOAT32 // DEVICES,
            "GPT-2's head is its token embedding: one parameter, one gradient, sent once.",
        ),
        Misconception(
            "all devices together",
            lambda: DEVICES * predict_ddp_bytes(),
            "That is what all eight send together; the question is what one of them sends.",
        ),
        Misconception(
            "sent and received",
            lambda: 2 * predict_ddp_bytes(),
            "As much as it sends a device also receives, at the same time. Count what it sends.",
        ),
        Misconception(
            "the gradient sent once",
            lambda: GPT2_PARAMETERS * FLOAT32,
            "These are the gradient's bytes. On a ring a device sends 2·(N − 1) parts of N of them.",
        ),
        Misconception(
            "one part",
            lambda: GPT2_PARAMETERS * FLOAT32 // DEVICES,
            "That is one part of the gradient. Each lap has N − 1 steps, and there are two laps: 2·(N − 1) parts.",
        ),
        Misconception(
            "N/(N − 1)",
            lambda: 2 * DEVICES * GPT2_PARAMETERS * FLOAT32 // (DEVICES - 1),
            "The factor is upside down: (N − 1) steps of an N-th each are (N − 1)/N, which is less than 1.",
        ),
        Misconception(
            "biases forgotten",
            lambda: 2 * (DEVICES - 1) * (GPT2_PARAMETERS - 12 * 9 * 768) * FLOAT32 // DEVICES,
            "GPT-2's linear layers have biases, and each bias has a gradient: 9·C a block.",
        ),
        Misconception(
            "positions forgotten",
            lambda: 2 * (DEVICES - 1) * (GPT2_PARAMETERS - 1_024 * 768) * FLOAT32 // DEVICES,
            "The table of positions has gradients too: 1,024 · 768 numbers.",
        ),
        Misconception(
            "AdamW's averages as well",
            lambda: 3 * predict_ddp_bytes(),
            "Only gradients travel. Each device computes AdamW's averages for itself, and they come out equal "
            "everywhere.",
        ),
    ),
    hints=(
        "What has to be reduced after the backward pass? How many numbers are that, and how many bytes?",
        "A ring sends N − 1 parts in each of two laps, and a part is an N-th: 2·(N − 1)/N of the gradient's bytes.",
        "2 · 7/8 · 4 bytes · 124,439,808",
    ),
    review="lesson 14, section 6, 'What is sent, in bytes'",
)
