"""Lesson 11, exercise 6 (experiment): learning rates."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def best_learning_rate() -> float:
    """Of the powers of ten from 1e-5 to 1, the one after which the small model's loss is lowest."""
    return 1e-3


EXERCISE = Exercise(
    name="best_learning_rate",
    reference=best_learning_rate,
    cases=single_case,
    misconceptions=(
        Misconception(
            "the smallest, to be safe",
            lambda: 1e-5,
            "Small steps are safe and lead nowhere: after 150 of them the loss is still near that of guessing.",
        ),
        Misconception(
            "too careful by ten",
            lambda: 1e-4,
            "Its curve falls to the end, which looks healthy, but it ends far above another. Compare last losses.",
        ),
        Misconception(
            "too bold by ten",
            lambda: 1e-2,
            "It is ahead for the first steps and then hangs. What counts is where the run ends.",
        ),
        Misconception(
            "the exponent",
            lambda: -3.0,
            "Return the rate itself, not its power of ten.",
        ),
        Misconception(
            "far too bold",
            lambda: 1e-1,
            "A hundred times too bold. What counts is where the run ends: try the smaller rates as well.",
        ),
        Misconception(
            "the largest, to be quick",
            lambda: 1.0,
            "A large step is not a quick one. What counts is where the run ends: try the smaller rates as well.",
        ),
        Misconception(
            "the exponent without its sign",
            lambda: 3.0,
            "Return the rate itself, not the number of its zeros.",
        ),
        *(
            Misconception(
                f"{rate:g}, which is none of the six",
                lambda rate=rate: rate,
                "Asked for is the best of 1e-5, 1e-4, 1e-3, 1e-2, 1e-1 and 1; yours stands between two of them.",
            )
            for rate in (2e-4, 3e-4, 5e-4, 2e-3, 3e-3, 5e-3, 2e-2, 3e-2)
        ),
    ),
    hints=(
        "Do not guess: loss_after(rate) from the cell above, for each power of ten.",
        "rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]: run the cell once for each, and write the losses down.",
        "Neighbours differ by more than 0.2 nats, so the winner is clear: it lies between 1e-4 and 1e-2.",
    ),
    review="lesson 11, 'Which learning rate?'",
    tolerance=1e-6,
)
