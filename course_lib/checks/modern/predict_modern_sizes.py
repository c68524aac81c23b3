"""Lesson 18, exercise 8: predict parameters that are held and used, and numbers that are cached."""

from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

EXPERT = 3 * 100 * 200  # gate, up and down of one expert
ROUTER = 100 * 8
KEYS_AND_VALUES = 2 * 2 * 16  # two key and value heads of 16 numbers


def predict_modern_sizes() -> tuple[int, int, int, int]:
    """Parameters of a mixture, those that a token uses, numbers in a cache with windows, and in one of latents."""
    return 8 * EXPERT + ROUTER, 2 * EXPERT + ROUTER, (3 * 100 + 1000) * KEYS_AND_VALUES, 4 * 1000 * (40 + 8)


INGREDIENTS = (
    Ingredient(
        8 * EXPERT + ROUTER,
        (
            Slip(8 * EXPERT, "held without the router", "The router is a matrix too: 8 · 100 numbers."),
            Slip(EXPERT + ROUTER, "one expert held", "All 8 experts are held in memory."),
            Slip(8 * 2 * 100 * 200 + ROUTER, "held without the gate", "An expert has three matrices: gate, up, down."),
            Slip(2 * EXPERT + ROUTER, "only active ones held", "All 8 experts are in memory, whoever uses them."),
        ),
    ),
    Ingredient(
        2 * EXPERT + ROUTER,
        (
            Slip(2 * EXPERT, "used without the router", "Every token goes through the router: 8 · 100 numbers more."),
            Slip(8 * EXPERT + ROUTER, "all experts used", "A token uses 2 of the 8 experts."),
            Slip(EXPERT + ROUTER, "one expert used", "Each token goes to 2 experts."),
            Slip(2 * EXPERT + 200, "a part of the router", "The whole router is used: it must see all 8 to choose 2."),
            Slip(2 * 2 * 100 * 200 + ROUTER, "used without the gate", "An expert has three matrices: gate, up, down."),
        ),
    ),
    Ingredient(
        (3 * 100 + 1000) * KEYS_AND_VALUES,
        (
            Slip(4 * 1000 * KEYS_AND_VALUES, "no window", "Three of the four layers keep 100 tokens alone."),
            Slip(4 * 100 * KEYS_AND_VALUES, "windows everywhere", "One layer is global: it keeps all 1,000 tokens."),
            Slip((3 * 100 + 1000) * KEYS_AND_VALUES // 2, "keys alone", "Keys and values are kept: twice as many."),
            Slip((3 * 100 + 1000) * 2 * 16 * 6, "query heads cached", "Only the 2 key and value heads are kept."),
            Slip((100 + 3 * 1000) * KEYS_AND_VALUES, "one local layer", "Three layers are local, and one is global."),
        ),
    ),
    Ingredient(
        4 * 1000 * (40 + 8),
        (
            Slip(4 * 1000 * 40, "rotated key forgotten", "Beside the latent there is the rotated key: 8 numbers more."),
            Slip(4 * 1000 * 2 * (40 + 8), "latents twice", "Keys and values are made from the same latent: kept once."),
            Slip(1000 * (40 + 8), "one layer's latents", "Each of the four layers has a cache."),
            Slip(
                4 * 1000 * (40 + 6 * 8),
                "rotated key a head",
                "One rotated key serves all heads, and one latent both keys and values.",
            ),
            Slip(4 * 1000 * 6 * (40 + 8), "latents a head", "All heads share one latent."),
        ),
    ),
)

EXERCISE = Exercise(
    name="predict_modern_sizes",
    reference=predict_modern_sizes,
    cases=single_case,
    misconceptions=misconceptions_of(INGREDIENTS, lambda *sizes: sizes),
    hints=(
        "One expert: three matrices of 100 × 200. The router: one row of 100 an expert.",
        "A local layer keeps min(tokens, window) tokens. A token is a key and a value for each of 2 heads.",
        "8·60,000 + 800; 2·60,000 + 800; (3·100 + 1,000)·2·2·16; 4·1,000·(40 + 8)",
    ),
    review="lesson 18, 'Held and used' and 'Latent attention: what the cache holds'",
)
