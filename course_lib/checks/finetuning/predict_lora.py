"""Lesson 16, exercise 6: predict what LoRA learns and what training keeps."""

from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

C, LAYERS, RANK = 100, 12, 4  # square projections of this width, two in each layer have LoRA
ONE = RANK * (C + C)
ALL = 2 * LAYERS * ONE
FULL = 2 * LAYERS * C * C


def predict_lora() -> tuple[int, int, int, int]:
    """Parameters of one LoRA; of all; bytes of AdamW's moments for them; parameters that merging adds to the base."""
    return ONE, ALL, 2 * 4 * ALL, 0


EXERCISE = Exercise(
    name="predict_lora",
    reference=predict_lora,
    cases=single_case,
    misconceptions=misconceptions_of(
        (
            Ingredient(
                ONE,
                (
                    Slip(RANK * C, "one of two matrices", "There are two: A is 4 × 100, and B is 100 × 4."),
                    Slip(C * C, "the whole weight", "The weight of 100 × 100 is frozen. A and B are 4 × 100, 100 × 4."),
                    Slip(C * C + ONE, "the frozen weight as well", "The frozen weight does not learn: A and B alone."),
                    Slip(RANK * C * C, "multiplied instead of added", "4·100 numbers in A, and 100·4 in B: add them."),
                    Slip(2 * C, "rank 1", "The rank is 4: A has four rows, B has four columns."),
                ),
            ),
            Ingredient(
                ALL,
                (
                    Slip(LAYERS * ONE, "one projection a layer", "Two projections of each layer have LoRA."),
                    Slip(2 * ONE, "one layer", "There are 12 layers, each with two LoRAs."),
                    Slip(4 * LAYERS * ONE, "all four projections", "Only the queries' and the values' have LoRA: two."),
                    Slip(FULL, "all weights of these layers", "Those are the frozen weights. A and B alone learn."),
                ),
            ),
            Ingredient(
                2 * 4 * ALL,
                (
                    Slip(4 * ALL, "one moment", "AdamW keeps two numbers for each parameter that learns."),
                    Slip(2 * ALL, "numbers for bytes", "Each number of float32 has 4 bytes."),
                    Slip(2 * 2 * ALL, "half precision", "Numbers of float32 have 4 bytes each."),
                    Slip(2 * 4 * FULL, "moments of frozen weights", "What does not learn has no moments."),
                    Slip(3 * 4 * ALL, "gradients counted", "Two moments alone were asked for; gradients come on top."),
                    Slip(4 * 4 * ALL, "weights and gradients counted", "Only the two moments were asked for."),
                ),
            ),
            Ingredient(
                0,
                (
                    Slip(ALL, "merged beside the base", "Merging adds B A to the weight: nothing is left beside it."),
                    Slip(FULL, "a second weight", "Merging changes the weight that is there; there is no second one."),
                    Slip(ONE, "one LoRA left", "Merging adds B A to the weight: nothing is left beside it."),
                ),
            ),
        ),
        lambda *numbers: numbers,
    ),
    hints=(
        "A is r × in, B is out × r. How many numbers are that at r = 4 and 100 × 100?",
        "Two LoRAs in each of 12 layers. AdamW keeps two numbers of 4 bytes for each number that learns.",
        "4·100 + 100·4; 24 times that; 8 bytes for each of them; and what is merged is in the weight.",
    ),
    review="lesson 16, 'Change little: LoRA'",
)
