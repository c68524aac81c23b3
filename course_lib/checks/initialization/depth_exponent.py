"""Exercise 3 of lesson 08: how strongly the depth shows."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def depth_exponent() -> float:
    """The deviation without the rule grows like the root of the depth: its slope on log axes is a half."""
    return 0.5


FLAT = (
    "A slope near 0 has one of two causes. Either the model still has its rule: take the two scaled rules out. Or a "
    "logarithm is missing: both the depths and the deviations go into the fit as logarithms, np.log(…)."
)

EXERCISE = Exercise(
    name="depth_exponent",
    reference=depth_exponent,
    cases=single_case,
    misconceptions=(
        *(
            Misconception(name, lambda slope=slope: slope, FLAT)
            for name, slope in (("no growth", 0.0), ("hardly any growth", 0.1))
        ),
        Misconception(
            "shallow models as well",
            lambda: 0.4,
            "Below a depth of 4 the embeddings still make up much of the stream, and the slope comes out too small.",
        ),
        Misconception(
            "slope of the variance",
            lambda: 1.0,
            "The variance grows in proportion to the depth. The question is about the deviation, its root.",
        ),
        Misconception(
            "depth against deviation",
            lambda: 2.0,
            "That is the slope with the axes exchanged: fit the log of the deviation against the log of the depth.",
        ),
        Misconception(
            "sign turned",
            lambda: -0.5,
            "Without the rule the deviation grows with depth, so the slope is positive.",
        ),
    ),
    hints=(
        "Measure first: last_deviation(model) from the cell above, for a model without the scaled rules.",
        "On log axes a power law is a line. From depth 4 to 32 its slope is log(ratio of deviations) / log(8).",
        "np.polyfit(np.log(depths), np.log(deviations), 1)[0] gives the slope; leave out depths below 4, "
        "where the embeddings still matter.",
    ),
    review="lesson 08, 'The residual stream adds up'",
    tolerance=0.075,  # measured slopes are within 0.06 of a half; depths below 4 bring it to 0.42
)
