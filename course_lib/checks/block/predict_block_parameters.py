"""Exercise 5 of lesson 06: predict the parameters of a block."""

from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def predict_block_parameters() -> int:
    """Attention 4·C², MLP 8·C², two norms with 2·C each, for C = 100."""
    return 4 * 100**2 + 8 * 100**2 + 2 * 2 * 100


ATTENTION = Ingredient(
    4 * 100**2,
    (
        Slip(
            3 * 100**2,
            "attention without its output projection",
            "Queries, keys and values take 3·C². The output projection after the heads takes one more C².",
        ),
        Slip(100**2, "one matrix in attention", "Attention has four matrices of C²: queries, keys, values, output."),
        Slip(16 * 100**2, "four matrices for each head", "The heads share C channels: H·D = C, so 4·C² for all."),
    ),
)

FEED_FORWARD = Ingredient(
    8 * 100**2,
    (
        Slip(4 * 100**2, "one matrix in the MLP", "The MLP has two matrices, up and down, of 4·C² each."),
        Slip(2 * 100**2, "an MLP of width C", "The hidden layer is four times as wide: two matrices of 4·C²."),
        Slip(0, "the MLP forgotten", "The MLP has two matrices, up and down, of 4·C² each."),
    ),
)

NORMS = Ingredient(
    400,
    (
        Slip(
            0,
            "norms forgotten",
            "LayerNorm has parameters too: a scale and a shift for each channel, in each of the two norms.",
        ),
        Slip(200, "half of the norms", "There are two norms in a block, and each has 100 scales and 100 shifts."),
        Slip(600, "a third norm", "A block has two norms. The one at the end comes after all blocks."),
        Slip(100, "one number for each channel", "Each of the two norms has a scale and a shift for each channel."),
        Slip(4, "a scale and a shift for the whole norm", "A norm has a scale and a shift for each of its channels."),
        Slip(
            2 * 2 * 128 * 100,
            "norms with a scale for each position",
            "A norm has one scale and one shift for each channel. It is the same at every position.",
        ),
    ),
)

BIASES = Ingredient(
    0,
    (
        Slip(
            300 + 100 + 400 + 100,
            "biases counted",
            "The course's linear layers have no biases. Only the norms have shifts.",
        ),
        Slip(128 * 100, "positions counted", "The table of positions stands before the blocks, once for all."),
    ),
)

BLOCKS = Ingredient(1, (Slip(12, "all twelve blocks", "That is the whole stack. The question is about one block."),))


EXERCISE = Exercise(
    name="predict_block_parameters",
    reference=predict_block_parameters,
    cases=single_case,
    misconceptions=misconceptions_of(
        (ATTENTION, FEED_FORWARD, NORMS, BIASES, BLOCKS),
        lambda attention, feed_forward, norms, biases, blocks: blocks * (attention + feed_forward + norms + biases),
    ),
    hints=(
        "Four parts: attention, MLP, and two norms. Lessons 04 and 05 counted the first two.",
        "Attention 4·C², MLP 8·C², and each norm two vectors of size C.",
        "40,000 + 80,000 + 2 · 200",
    ),
    review="lesson 06, 'The block'",
)
