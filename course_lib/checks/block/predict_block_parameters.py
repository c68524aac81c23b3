"""Exercise 4 of lesson 06: predict the parameters of a block."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def predict_block_parameters() -> int:
    """Attention 4·C², MLP 8·C², two norms with 2·C each, for C = 100."""
    return 4 * 100**2 + 8 * 100**2 + 2 * 2 * 100


EXERCISE = Exercise(
    name="predict_block_parameters",
    reference=predict_block_parameters,
    cases=single_case,
    misconceptions=(
        Misconception(
            "norms forgotten",
            lambda: 12 * 100**2,
            "LayerNorm has parameters too: a scale and a shift for each channel, in each of the two norms.",
        ),
        Misconception(
            "half of the norms",
            lambda: 12 * 100**2 + 200,
            "There are two norms in a block, and each has 100 scales and 100 shifts.",
        ),
        Misconception(
            "attention without its output projection",
            lambda: 11 * 100**2 + 400,
            "Queries, keys and values take 3·C². The output projection after the heads takes one more C².",
        ),
        Misconception(
            "biases counted",
            lambda: 12 * 100**2 + 400 + 300 + 100 + 400 + 100,
            "The course's linear layers have no biases. Only the norms have shifts.",
        ),
        Misconception(
            "one matrix in the MLP",
            lambda: 8 * 100**2 + 400,
            "The MLP has two matrices, up and down, of 4·C² each.",
        ),
        Misconception(
            "norms with a scale for each position",
            lambda: 12 * 100**2 + 2 * 2 * 128 * 100,
            "A norm has one scale and one shift for each channel. It is the same at every position.",
        ),
        Misconception(
            "all twelve blocks",
            lambda: 12 * (12 * 100**2 + 400),
            "That is the whole stack. The question is about one block.",
        ),
    ),
    hints=(
        "Four parts: attention, MLP, and two norms. Lessons 04 and 05 counted the first two.",
        "Attention 4·C², MLP 8·C², and each norm two vectors of size C.",
        "40,000 + 80,000 + 2 · 200",
    ),
    review="lesson 06, 'The block'",
)
