"""Lesson 14, exercise 9: predict what data parallel sends."""

from fractions import Fraction

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of
from course_lib.checks.parallel.inputs import DEVICES, FLOAT32

GPT2_PARAMETERS = 12 * (12 * 768**2 + 13 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768


def sent(laps: int, share: Fraction, parameters: int, number: int) -> int:
    """Bytes: that share of the gradient in each lap, `number` bytes a number."""
    return int(laps * share * parameters * number)


def predict_ddp_bytes() -> int:
    """2·(N − 1)/N of the gradients: N = 8 devices, 124,439,808 numbers of 4 bytes."""
    return sent(2, Fraction(DEVICES - 1, DEVICES), GPT2_PARAMETERS, FLOAT32)


INGREDIENTS = (
    Ingredient(
        2,
        (
            Slip(
                1,
                "one lap only",
                "Half of it: an all-reduce is two laps, a reduce-scatter and an all-gather, 2·(N − 1) parts, not N − "
                "1. If you "
                "have counted both, look at the numbers: in float32 each has 4 bytes, not 2.",
            ),
            Slip(
                4,
                "sent and received",
                "As much as it sends a device also receives, at the same time. Count what it sends.",
            ),
        ),
    ),
    Ingredient(
        Fraction(DEVICES - 1, DEVICES),
        (
            Slip(Fraction(1), "own part sent too", "Each lap has N − 1 steps, not N: the factor is 2·(N − 1)/N."),
            Slip(
                Fraction(DEVICES, DEVICES - 1),
                "N/(N − 1)",
                "The factor is upside down: (N − 1) steps of an N-th each are (N − 1)/N, which is less than 1.",
            ),
            Slip(
                Fraction(1, DEVICES),
                "a single step",
                "Each lap has N − 1 steps, in which an N-th of the tensor is sent.",
            ),
        ),
    ),
    Ingredient(
        GPT2_PARAMETERS,
        (
            Slip(
                GPT2_PARAMETERS + 50_257 * 768,
                "the head counted",
                "GPT-2's head is its token embedding: one parameter, one gradient, sent once.",
            ),
            Slip(
                GPT2_PARAMETERS - 12 * 9 * 768,
                "biases forgotten",
                "GPT-2's linear layers have biases, and each bias has a gradient: 9·C a block.",
            ),
            Slip(
                GPT2_PARAMETERS - 1_024 * 768,
                "positions forgotten",
                "The table of positions has gradients too: 1,024 · 768 numbers.",
            ),
            Slip(
                GPT2_PARAMETERS - 50_257 * 768,
                "embedding forgotten",
                "The token embedding has gradients too: 50,257 · 768 numbers.",
            ),
            Slip(
                GPT2_PARAMETERS - (2 * 12 + 1) * 2 * 768,
                "norms forgotten",
                "The norms have gradients too: two in each block and one after the last, 2·C numbers each.",
            ),
            Slip(
                GPT2_PARAMETERS - 12 * 13 * 768 - 2 * 768,
                "neither biases nor norms",
                "Biases and norms have gradients too: 13·C numbers in each block, and 2·C after the last.",
            ),
            Slip(
                GPT2_PARAMETERS - 12 * 11 * 768 - 768,
                "biases and shifts forgotten",
                "Biases of linear layers and shifts of norms have gradients too: 11·C in each block, and C at the end.",
            ),
            Slip(GPT2_PARAMETERS - 2 * 768, "the final norm forgotten", "After the last block stands one more norm."),
            Slip(124_000_000, "parameters rounded", "Count them exactly: 124,439,808."),
            Slip(124_400_000, "parameters rounded to one digit", "Count them exactly: 124,439,808."),
        ),
    ),
    Ingredient(
        FLOAT32,
        (
            Slip(1, "numbers, not bytes", "These are numbers. Each takes 4 bytes in float32."),
            Slip(32, "bits, not bytes", "These are bits. A number takes 4 bytes in float32."),
        ),
    ),
)

NAMED = (
    Misconception(
        "everything to everyone",
        lambda: (DEVICES - 1) * GPT2_PARAMETERS * FLOAT32,
        "You let each device send its whole gradient to each of the others. A ring sends one part at a time.",
    ),
    Misconception(
        "the gradient sent once",
        lambda: GPT2_PARAMETERS * FLOAT32,
        "These are the gradient's bytes. On a ring a device sends 2·(N − 1) parts of N of them.",
    ),
    Misconception(
        "all devices together",
        lambda: DEVICES * predict_ddp_bytes(),
        "That is what all eight send together, or what one would send if whole tensors went round in place of parts. "
        "Or these are bits, 8 to a byte. The question is how many bytes one device sends on a ring.",
    ),
    Misconception(
        "AdamW's averages as well",
        lambda: 3 * predict_ddp_bytes(),
        "Only gradients travel. Each device computes AdamW's averages for itself, and they come out equal everywhere.",
    ),
)

SLIPS = misconceptions_of(INGREDIENTS, sent)

EXERCISE = Exercise(
    name="predict_ddp_bytes",
    reference=predict_ddp_bytes,
    cases=single_case,
    misconceptions=(*NAMED, *(slip for slip in SLIPS if slip.mutant() not in [named.mutant() for named in NAMED])),
    hints=(
        "What has to be reduced after the backward pass? How many numbers are that, and how many bytes?",
        "A ring sends N − 1 parts in each of two laps, and a part is an N-th: 2·(N − 1)/N of the gradient's bytes.",
        "2 · 7/8 · 4 bytes · 124,439,808",
    ),
    review="lesson 14, section 6, 'What is sent, in bytes'",
)
