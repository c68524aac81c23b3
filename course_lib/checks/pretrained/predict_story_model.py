"""Lesson 13, exercise 1: a prediction."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

BLOCK = Ingredient(
    12 * 64**2 + 10 * 64,  # q, k, v without biases; the output with; the MLP with both; two norms
    (
        Slip(
            12 * 64**2 + 13 * 64,
            "biases for queries, keys and values",
            "GPT-Neo's queries, keys and values have no biases; the other linear layers have.",
        ),
        Slip(12 * 64**2 + 4 * 64, "no biases at all", "The attention's output has C biases, the MLP 4C and C."),
        Slip(12 * 64**2 + 6 * 64, "the norms of the blocks forgotten", "Each block has two norms of 2·C numbers."),
        Slip(12 * 64**2 + 8 * 64, "one norm in a block", "Each block has two norms, and each has scale and shift."),
        Slip(12 * 64**2, "neither biases nor norms", "Count the biases (6·C) and the two norms (4·C) of a block too."),
        Slip(8 * 64**2 + 10 * 64, "one matrix in the MLP", "The MLP has two matrices of 4·C²."),
        Slip(11 * 64**2 + 10 * 64, "no output projection", "Attention has four matrices: also that of its output."),
    ),
)

OUTSIDE = Ingredient(
    50_257 * 64 + 2_048 * 64 + 2 * 64,
    (
        Slip(
            2 * 50_257 * 64 + 2_048 * 64 + 2 * 64,
            "the head counted",
            "The head is tied: it is the token embedding, which is counted already.",
        ),
        Slip(
            50_257 * 64 + 1_024 * 64 + 2 * 64,
            "GPT-2's 1,024 positions",
            "The TinyStories models have a table of 2,048 positions.",
        ),
        Slip(
            50_257 * 64 + 2 * 64,
            "positions forgotten",
            "There is a table of positions too: 2,048 rows of C numbers.",
        ),
        Slip(
            50_257 * 64 + 2_048 * 64,
            "the final norm forgotten",
            "After the last block stands one more norm, 2·C numbers.",
        ),
        Slip(2_048 * 64 + 2 * 64, "the token embedding forgotten", "The table of tokens is V · C, most of all."),
    ),
)

IN_THE_BLOCKS = Ingredient(
    8 * 1.0,
    (
        Slip(1.0, "one block", "The second number is for all eight blocks; yours is one block's."),
        Slip(12.0, "twelve blocks", "TinyStories-1M has eight blocks."),
    ),
)


def predict_story_model() -> tuple[int, int]:
    """Parameters of TinyStories-1M, and those in its blocks."""
    return 8 * BLOCK.right + OUTSIDE.right, 8 * BLOCK.right


EXERCISE = Exercise(
    name="predict_story_model",
    reference=predict_story_model,
    cases=single_case,
    misconceptions=(
        *misconceptions_of(
            (BLOCK, OUTSIDE, IN_THE_BLOCKS),
            lambda block, outside, blocks: (8 * block + outside, int(blocks * block)),
        ),
        Misconception(
            "the final norm put into the blocks",
            lambda: (8 * BLOCK.right + OUTSIDE.right, 8 * BLOCK.right + 2 * 64),
            "The final norm counts in the total, but it is in no block.",
        ),
        Misconception(
            "believed the name",
            lambda: (1_000_000, 8 * BLOCK.right),
            "The name says 1M. Count: the token embedding alone is over three times as much.",
        ),
        Misconception(
            "only what is outside the blocks",
            lambda: (OUTSIDE.right, 8 * BLOCK.right),
            "The first number is for all parameters, those of the blocks among them.",
        ),
        Misconception(
            "norms without shifts",
            lambda: (8 * (BLOCK.right - 2 * 64) + OUTSIDE.right - 64, 8 * (BLOCK.right - 2 * 64)),
            "A LayerNorm has a scale and a shift, 2·C numbers. You count one of the two.",
        ),
        Misconception(
            "no biases at all, in the norms neither",
            lambda: (8 * 12 * 64**2 + 8 * 2 * 64 + OUTSIDE.right - 64, 8 * 12 * 64**2 + 8 * 2 * 64),
            "The attention's output has C biases, the MLP 4C and C, and each norm has C shifts.",
        ),
        Misconception(
            "the two numbers exchanged",
            lambda: (8 * BLOCK.right, 8 * BLOCK.right + OUTSIDE.right),
            "First all parameters, then those in the blocks.",
        ),
    ),
    hints=(
        "One block: attention 4·C² + C, MLP 8·C² + 5·C, two norms 4·C. What stands outside the blocks?",
        "Outside: V·C + T·C + 2·C, with V = 50,257 and T = 2,048.",
        "A block has 12 · 4,096 + 10 · 64 = 49,792. Eight of them; then 64 · (50,257 + 2,048 + 2) more.",
    ),
    review="lesson 13, 'A table of models'",
)
