"""Exercise 4 of lesson 03: predict the weights of equal keys."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def weights_of_equal_keys() -> list[float]:
    """The third of five tokens with equal keys, causal: three equal shares."""
    return [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0]


EXERCISE = Exercise(
    name="predict_weights_of_equal_keys",
    reference=weights_of_equal_keys,
    cases=single_case,
    tolerance=0.005,  # two decimals will do
    misconceptions=(
        Misconception(
            "the mask is forgotten",
            lambda: [0.2, 0.2, 0.2, 0.2, 0.2],
            "Five equal shares would be right without the mask. The third token does not see the fourth and the fifth.",
        ),
        Misconception(
            "a token does not see itself",
            lambda: [0.5, 0.5, 0.0, 0.0, 0.0],
            "The third token may also attend to itself.",
        ),
        Misconception(
            "position 2 taken for the second token",
            lambda: [0.25, 0.25, 0.25, 0.25, 0.0],
            "Four tokens are visible in your answer. Positions count from 0: the third token has position 2 and sees "
            "the positions 0, 1 and 2.",
        ),
        Misconception(
            "all weight on itself",
            lambda: [0.0, 0.0, 1.0, 0.0, 0.0],
            "The token's own key is no better than the other two: all three are equal, so their weights are too.",
        ),
        Misconception(
            "the mask instead of the weights",
            lambda: [1.0, 1.0, 1.0, 0.0, 0.0],
            "This is the row of the mask. The weights of a row sum to 1.",
        ),
        Misconception(
            "the future instead of the past",
            lambda: [0.0, 0.0, 1 / 3, 1 / 3, 1 / 3],
            "The third token sees itself and what came before it, not what comes after.",
        ),
        Misconception(
            "masked after the softmax",
            lambda: [0.2, 0.2, 0.2, 0.0, 0.0],
            "Masked scores take no part in the softmax, so the three that are left share 1: a row always sums to 1.",
        ),
        Misconception(
            "only what comes after",
            lambda: [0.0, 0.0, 0.0, 0.5, 0.5],
            "Those are the two tokens that it does not see. It sees itself and the two before it.",
        ),
        Misconception(
            "only the first token",
            lambda: [1.0, 0.0, 0.0, 0.0, 0.0],
            "All three visible keys are equal, so none of them gets more than another.",
        ),
        Misconception(
            "only the three that are seen",
            lambda: [1 / 3, 1 / 3, 1 / 3],
            "The shares are right. Give all five weights, those of the two masked keys as well, which are 0.",
        ),
        Misconception(
            "percent",
            lambda: [100 / 3, 100 / 3, 100 / 3, 0.0, 0.0],
            "These are shares in percent. Weights are shares of 1.",
        ),
        Misconception(
            "a third for each of the five",
            lambda: [1 / 3] * 5,
            "Three thirds are already 1. The fourth and the fifth token come after it, so they get nothing.",
        ),
        Misconception(
            "nearer tokens count more",
            lambda: [1 / 6, 2 / 6, 3 / 6, 0.0, 0.0],
            "Weights come from the keys alone, and those are equal: the distance plays no part.",
        ),
    ),
    hints=(
        "Does it matter what the query is, if all keys are the same?",
        "Equal keys have equal scores. What does the softmax make of equal scores? And which of the five are masked?",
        "The third token sees the tokens 0, 1 and 2. They share a weight of 1 equally, the other two get nothing.",
    ),
    review="lesson 03, sections 2 and 5",
)
