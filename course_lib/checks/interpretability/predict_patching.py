"""Lesson 20, exercise 9: reading results."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def predict_patching() -> tuple[float, float, int, float]:
    """Recovered by two heads, (4 + 2)/8 and (−4 + 2)/8; runs, 13 places of 40 tokens; selectivity, 0.9 − 0.7."""
    return 0.75, -0.25, 520, 0.2


FIRST = Ingredient(
    0.75,
    (
        Slip(0.5, "over the source alone", "The way begins at the target's answer: (4 − (−2)) / (6 − (−2))."),
        Slip(1.5, "over the source less twice", "The whole way is 6 − (−2) = 8 nats long, not 4."),
        Slip(0.25, "what is left", "You give the share of the way that is missing. Recovered is what was gone."),
        Slip(6.0, "nats, not a share", "6 nats is how far it went. Divide by the whole way, 8 nats."),
        Slip(4 / 6, "from zero", "Zero is not where the way begins: the target's answer is −2."),
        Slip(75.0, "percent", "Give shares, not percent."),
    ),
)
SECOND = Ingredient(
    -0.25,
    (
        Slip(0.25, "the sign lost", "Head B moves the answer away from the source's: its share is below 0."),
        Slip(0.0, "cut off at 0", "A share may be below 0: this head speaks for the other name."),
        Slip(-0.5, "the second over 4 nats", "The whole way is 6 − (−2) = 8 nats long, not 4."),
        Slip(-2.0, "nats for the second head", "−2 nats is how far it went. Divide by the whole way, 8 nats."),
        Slip(-4 / 6, "the second from zero", "The way begins at the target's answer, −2, not at zero."),
    ),
)
RUNS = Ingredient(
    520,
    (
        Slip(480, "12 places", "12 blocks have 13 places: before the first, and behind each."),
        Slip(13, "a run for each place", "Each token of each place has its own run."),
        Slip(53, "added up", "Places and tokens make a table: 13 × 40 runs."),
        Slip(40, "a run for each token", "Each token is patched at each of the 13 places."),
        Slip(2400, "heads counted", "The stream is patched, not heads: the 5 heads do not matter here."),
        Slip(60, "heads for tokens", "60 is the number of heads. The stream is patched: 13 places × 40 tokens."),
    ),
)
SELECTIVITY = Ingredient(
    0.2,
    (
        Slip(
            0.9, "the control ignored", "0.9 alone says little: the control reaches 0.7 with labels that mean nothing."
        ),
        Slip(0.9 / 0.7, "a ratio", "Selectivity is the difference of the two accuracies."),
        Slip(-0.2, "control less probe", "Selectivity is the probe's accuracy less the control's."),
        Slip(
            0.65,
            "chance for the control",
            "You subtract the chance of four classes. Subtract what the control reached.",
        ),
        Slip(0.63, "multiplied", "Selectivity is the difference of the two accuracies, not their product."),
    ),
)

EXERCISE = Exercise(
    name="predict_patching",
    reference=predict_patching,
    cases=single_case,
    misconceptions=(
        *misconceptions_of(
            (FIRST, SECOND, RUNS, SELECTIVITY),
            lambda first, second, runs, selectivity: (first, second, runs, selectivity),
        ),
        Misconception("percent throughout", lambda: (75.0, -25.0, 520, 20.0), "Give shares, not percent."),
    ),
    hints=(
        "The whole way from the target's answer to the source's: how many nats long is it?",
        "Share = (patched − target) / (source − target). Places: one before the first block, and one behind each.",
        "((4 + 2) / 8, (−4 + 2) / 8, 13 · 40, 0.9 − 0.7)",
    ),
    review="lesson 20, 'Patching: change one thing and nothing else' and 'A probe and its control'",
    tolerance=5e-3,
)
