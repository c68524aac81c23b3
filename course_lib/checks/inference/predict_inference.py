"""Lesson 19, exercise 8: predict bytes, tokens of a round, a speed-up and pages."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

BYTES = 512 * 256 // 2 + 2 * 512 * 4  # int4, and a scale of two bytes for each 64 numbers of a row of 256
TOKENS = 1 + 0.5 + 0.25 + 0.125
SPEEDUP = TOKENS / (1 + 3 * 0.25)
PAGES = 5


def predict_inference() -> tuple[int, float, float, int]:
    """Bytes of a (512, 256) weight in int4 with scales; tokens of a round; the speed-up; pages of 70 tokens."""
    return BYTES, TOKENS, SPEEDUP, PAGES


INGREDIENTS = (
    Ingredient(
        BYTES,
        (
            Slip(512 * 256 // 2, "scales forgotten", "Each group of 64 numbers has a scale of 2 bytes: 2,048 scales."),
            Slip(
                512 * 256 // 2 + 2 * 512,
                "one scale for each row",
                "A row of 256 numbers has 4 groups of 64, and so 4 scales.",
            ),
            Slip(512 * 256 + 2 * 512 * 4, "a byte for each number", "Two numbers of 4 bits fit into a byte."),
            Slip(512 * 256 * 4, "as if they were float32", "A number of 4 bits takes half a byte, and not 4 bytes."),
            Slip(512 * 256 * 4 + 2 * 512 * 4, "4 bytes for 4 bits", "4 bits are half a byte."),
            Slip(512 * 256 // 2 + 512 * 4, "a byte for a scale", "A scale has 2 bytes (float16)."),
            Slip(512 * 256 // 2 + 4 * 512 * 4, "four bytes for a scale", "A scale has 2 bytes here (float16)."),
            Slip(512 * 256 // 2 + 2 * 64, "64 scales", "There are groups of 64 numbers, and 512 · 256 / 64 of them."),
            Slip((512 * 256 // 2 + 2 * 512 * 4) * 8, "bits for bytes", "Asked for are bytes: 8 bits each."),
        ),
    ),
    Ingredient(
        TOKENS,
        (
            Slip(1.5, "k times a", "A token stays only if all before it stay, and the round has one token of its own."),
            Slip(2.5, "k times a, and one", "A token stays only if all before it stay: 1 + 0.5 + 0.25 + 0.125."),
            Slip(0.875, "the target's own token forgotten", "Each round gives one token of the target's: add 1."),
            Slip(1.75, "a term forgotten", "Three drafted tokens: 1 + 0.5 + 0.25 + 0.125."),
            Slip(1.9375, "a term too many", "Three drafted tokens: 1 + 0.5 + 0.25 + 0.125."),
            Slip(4.0, "as if all were accepted", "1 + k would be if all drafted tokens stayed."),
            Slip(2.0, "infinitely many drafted tokens", "1 / (1 − a) is the limit for large k; here k = 3."),
            Slip(1.125, "only if all are accepted", "What agrees before the first refusal is kept as well."),
        ),
    ),
    Ingredient(
        SPEEDUP,
        (
            Slip(TOKENS, "a draft that costs nothing", "Three drafted tokens cost 3 · 0.25 of a pass: divide by 1.75."),
            Slip(TOKENS / 1.25, "one drafted token paid", "All three drafted tokens cost 0.25 each."),
            Slip(TOKENS / 0.75, "the target's pass forgotten", "A round has the target's pass too: 1 + 3 · 0.25."),
            Slip(TOKENS / 2, "the target reads four tokens", "A round costs the draft's 3 · 0.25 and one pass: 1.75."),
            Slip(TOKENS * 1.75, "multiplied instead of divided", "The speed-up is tokens of a round over its cost."),
            Slip(1 / SPEEDUP, "upside down", "The speed-up is tokens over cost: above 1 is faster."),
            Slip(TOKENS / (4 + 0.75), "four passes of the target", "The target reads all drafted tokens in one pass."),
        ),
    ),
    Ingredient(
        PAGES,
        (
            Slip(4, "rounded down", "Four pages hold 64 tokens; the other 6 need a fifth."),
            Slip(4.375, "a part of a page", "A page is taken whole: round up."),
            Slip(70, "a page for each token", "A page holds 16 tokens."),
            Slip(6, "one page too many", "Five pages hold 80 tokens: enough for 70."),
            Slip(80, "places instead of pages", "Five pages have 80 places; asked for is the number of pages."),
        ),
    ),
)

SLIPS = misconceptions_of(INGREDIENTS, lambda *values: values)

# Who errs in the tokens and goes on rightly has the speed-up of them.
FOLLOWED = tuple(
    Misconception(
        f"{slip.name}, and what follows from it",
        lambda value=slip.value: (BYTES, value, value / 1.75, PAGES),
        slip.explanation,
    )
    for slip in INGREDIENTS[1].slips
)

EXERCISE = Exercise(
    name="predict_inference",
    reference=predict_inference,
    cases=single_case,
    tolerance=3e-3,  # two digits are enough: 1.88 for 1.875
    misconceptions=(*FOLLOWED, *(slip for slip in SLIPS if slip.mutant() not in [one.mutant() for one in FOLLOWED])),
    hints=(
        "Two numbers of 4 bits in a byte, and 256 / 64 scales in each of 512 rows.",
        "A drafted token counts only if all before it stayed: 1 + a + a² + a³. A round costs 1 + 3 · 0.25.",
        "512·256/2 + 2·512·4; 1.875; 1.875 / 1.75; 70 / 16, rounded up",
    ),
    review="lesson 19, 'What a round is worth'",
)
