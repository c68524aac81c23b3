"""Exercise 4 of lesson 05: predict the operations of a batch."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def predict_mlp_flops() -> int:
    """2 · 8·C² · B·T with C = 100, B = 32, T = 128."""
    return 2 * 8 * 100**2 * 32 * 128


EXERCISE = Exercise(
    name="predict_mlp_flops",
    reference=predict_mlp_flops,
    cases=single_case,
    misconceptions=(
        Misconception(
            "half of it",
            lambda: 80_000 * 4_096,
            "Each weight costs two operations a position, a multiplication and an addition, in both layers.",
        ),
        Misconception(
            "one token",
            lambda: 2 * 80_000,
            "That is for one token. The batch has 32 · 128 of them, and the MLP runs at each.",
        ),
        Misconception(
            "one sequence",
            lambda: 2 * 80_000 * 128,
            "That is one sequence of 128 tokens; the batch has 32.",
        ),
        Misconception(
            "one token of each sequence",
            lambda: 2 * 80_000 * 32,
            "That is one token for each of the 32 sequences; each sequence has 128.",
        ),
        Misconception(
            "pairs of positions",
            lambda: 2 * 80_000 * 32 * 128 * 128,
            "In an MLP positions do not meet: the cost grows with T, not with T². T² is attention's scores.",
        ),
        Misconception(
            "the parameters",
            lambda: 80_000,
            "That is the number of weights. Each is used at each of the 4,096 positions, for two operations.",
        ),
        Misconception(
            "forward and backward",
            lambda: 3 * 2 * 80_000 * 4_096,
            "A training step costs about three forward passes. The question is about one forward pass.",
        ),
    ),
    hints=(
        "Three factors: how many weights, how many operations a weight, and at how many positions.",
        "8·C² weights with C = 100, two operations each, at 32 · 128 positions.",
        "2 · 80,000 · 4,096",
    ),
    review="lesson 05, 'Parameters and operations'",
)
