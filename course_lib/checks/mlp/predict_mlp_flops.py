"""Exercise 4 of lesson 05: predict the operations of a batch."""

from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def predict_mlp_flops() -> int:
    """2 · 8·C² · B·T with C = 100, B = 32, T = 128."""
    return 2 * 8 * 100**2 * 32 * 128


PER_WEIGHT = Ingredient(
    2,
    (
        Slip(
            1,
            "half of it",
            "Each weight costs two operations a position, a multiplication and an addition, in both layers.",
        ),
        Slip(6, "forward and backward", "A training step costs about three forward passes. The question is about one."),
        Slip(
            0.5,
            "one layer, and one operation",
            "There are two layers of 40,000 weights, and each weight costs a multiplication and an addition.",
        ),
    ),
)

WEIGHTS = Ingredient(
    80_000,
    (
        Slip(20_000, "a hidden layer of width C", "The hidden layer is four times as wide: 100 · 400 and 400 · 100."),
        Slip(80_500, "biases counted", "There are no biases: the two matrices have 80,000 weights."),
        Slip(120_000, "attention counted as well", "Attention has 4·C² of its own. The MLP has 8·C² = 80,000."),
        Slip(960_000, "all twelve blocks", "That is for twelve blocks. The question is about one MLP."),
        Slip(500, "widths added", "A layer from 100 to 400 has 100 · 400 weights, not 100 + 400."),
    ),
)

POSITIONS = Ingredient(
    32 * 128,
    (
        Slip(1, "one token", "That is for one token. The batch has 32 · 128 of them, and the MLP runs at each."),
        Slip(128, "one sequence", "That is one sequence of 128 tokens; the batch has 32."),
        Slip(
            32,
            "one token of each sequence",
            "That is one token for each of the 32 sequences; each sequence has 128.",
        ),
        Slip(
            32 * 128 * 128,
            "pairs of positions",
            "In an MLP positions do not meet: the cost grows with T, not with T². T² is attention's scores.",
        ),
        Slip(32 + 128, "windows and tokens added", "32 windows of 128 tokens are 32 · 128 positions, not 32 + 128."),
        Slip(
            0.5, "the parameters", "That is the number of weights. Each is used at 4,096 positions, for two operations."
        ),
    ),
)


EXERCISE = Exercise(
    name="predict_mlp_flops",
    reference=predict_mlp_flops,
    cases=single_case,
    misconceptions=misconceptions_of(
        (PER_WEIGHT, WEIGHTS, POSITIONS), lambda operations, weights, positions: int(operations * weights * positions)
    ),
    hints=(
        "Three factors: how many weights, how many operations a weight, and at how many positions.",
        "8·C² weights with C = 100, two operations each, at 32 · 128 positions.",
        "2 · 80,000 · 4,096",
    ),
    review="lesson 05, 'Parameters and operations'",
)
