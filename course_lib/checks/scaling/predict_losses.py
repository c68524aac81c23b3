"""Lesson 15, exercise 8: predict losses."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

E, A, B = 0.3, 100.0, 1_000.0  # α = β = ½
N, D = 1e4, 1e6  # both terms are 1


def predict_losses() -> tuple[float, float, float, float]:
    """Nats per token: N, D; 16 N, D; 4 N, 4 D; no limit to N, 4 D."""
    return E + 1 + 1, E + 1 / 4 + 1, E + 1 / 2 + 1 / 2, E + 0 + 1 / 2


ROOT = "α is ½: 16 times as many parameters make the term √16 = 4 times smaller."
INGREDIENTS = (
    Ingredient(
        2.3,
        (
            Slip(2.0, "floor forgotten", "L = E + A/N^α + B/D^β: the floor of 0.3 is there as well."),
            Slip(1.3, "one term only", "There are two terms, 100/√10⁴ = 1 and 1000/√10⁶ = 1, and the floor."),
            Slip(0.311, "exponents forgotten", "α = β = ½: divide by the roots of N and D, not by N and D."),
            Slip(2.6, "floor twice", "The floor is there once: 0.3 + 1 + 1."),
        ),
    ),
    Ingredient(
        1.55,
        (
            Slip(1.3625, "sixteen times smaller", ROOT),
            Slip(1.8, "twice as small", ROOT),
            Slip(0.8, "both terms a quarter", "Only N has grown. The term of the text stays 1."),
            Slip(2.3, "no change", "16 N instead of N: the first term falls from 1 to ¼."),
            Slip(0.575, "the whole loss a quarter", "Only A/N^α falls. Floor and text's term stay."),
            Slip(1.25, "floor forgotten with 16 N", "¼ + 1 is what is missing. The floor of 0.3 comes to it."),
            Slip(5.3, "a larger model is worse", "A larger N divides: the first term falls from 1 to ¼."),
        ),
    ),
    Ingredient(
        1.3,
        (
            Slip(0.8, "both divided by four", "α = β = ½: four times as many make each term √4 = 2 times smaller."),
            Slip(1.8, "one of the two", "Both have grown: each of the two terms falls to ½."),
            Slip(1.0, "floor forgotten with 4 N and 4 D", "½ + ½ is what is missing. The floor of 0.3 comes to it."),
            Slip(1.15, "the whole loss halved", "Only the two terms are halved. The floor stays."),
            Slip(0.425, "sixteen times each", "Each of the two has four times as much, so each term is halved."),
            Slip(1.55, "the same as with 16 N", "Both runs take 16 times the operations, but here they are shared."),
        ),
    ),
    Ingredient(
        0.8,
        (
            Slip(0.3, "text without limit as well", "Only N grows without end. The text's term is ½ with 4 D."),
            Slip(0.5, "floor forgotten without limit", "½ is what the text still lacks. The floor of 0.3 comes to it."),
            Slip(0.0, "an endless model has no loss", "No model goes below E, and its text is limited as well."),
            Slip(1.3, "4 D forgotten", "With 4 D the text's term is ½, no longer 1."),
            Slip(
                0.55, "text's term divided by four", "β is ½: four times the text makes its term √4 = 2 times smaller."
            ),
        ),
    ),
)

EXERCISE = Exercise(
    name="predict_losses",
    reference=predict_losses,
    cases=single_case,
    tolerance=0.006,  # two digits are enough
    misconceptions=(
        *misconceptions_of(INGREDIENTS, lambda *losses: losses),
        Misconception(
            "what is missing, without the floor",
            lambda: tuple(round(loss - E, 6) for loss in predict_losses()),
            "That is what each run lacks. The loss is the floor and that: add E = 0.3.",
        ),
    ),
    hints=(
        "The two terms at first: 100/√10,000 and 1,000/√1,000,000.",
        "Multiply N by 16, and its term is divided by √16. Multiply both by 4, and both terms are halved.",
        "0.3 + 1 + 1; 0.3 + ¼ + 1; 0.3 + ½ + ½; 0.3 + 0 + ½",
    ),
    review="lesson 15, 'Floor and what is missing'",
)
