"""Exercise 4 of lesson 04: predict the number of parameters."""

from collections.abc import Callable

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def attention_parameters() -> tuple[int, int, int]:
    """4·C² for C = 100 with 5 and with 10 heads, and for C = 200 with 10."""
    return 4 * 100**2, 4 * 100**2, 4 * 200**2


MODELS = ((100, 5), (100, 10), (200, 10))  # C and H

BY_HEADS = "Twice as many heads are each half as wide: with C as it is, the total stays."

BY_WIDTH = "A matrix that is twice as wide and twice as high has four times as many numbers."


def of_every_model() -> tuple[Misconception, ...]:
    """Other mistakes, each the same for all three models: name, parameters of C and H, explanation."""
    rules: tuple[tuple[str, Callable[[int, int], int], str], ...] = (
        ("a projection for every head, all of full width", lambda C, H: 4 * C * C * H, "A head's matrices are C × D."),
        ("queries, keys and values as one matrix", lambda C, H: 2 * C * C, "qkv_proj has 3·C outputs: 3·C², not C²."),
        ("one matrix", lambda C, H: C * C, "There are four of C × C: queries, keys, values and the output."),
        ("biases of qkv_proj counted", lambda C, H: 4 * C * C + 3 * C, "bias = False: no linear layer has a bias."),
        ("the MLP counted", lambda C, H: 12 * C * C, "8·C² belong to the MLP, which is not a part of attention."),
        ("the length of vectors counted", lambda C, H: 4 * C, "A layer from C to C has C² numbers, not C."),
        ("twice the heads, half the parameters", lambda C, H: 4 * C * C * 5 // H, BY_HEADS),
        ("width without influence", lambda C, H: 40_000, BY_WIDTH),
    )
    named = [
        Misconception(name, lambda count=count: tuple(count(C, H) for C, H in MODELS), explanation)
        for name, count, explanation in rules
    ]
    doubled = Misconception("twice the heads, twice the parameters", lambda: (40_000, 80_000, 160_000), BY_HEADS)
    return (*named, doubled)


EXERCISE = Exercise(
    name="predict_attention_parameters",
    reference=attention_parameters,
    cases=single_case,
    misconceptions=(
        Misconception(
            "each head with full matrices",
            lambda: (160_000, 310_000, 1_240_000),
            "A head's matrices are C × D, not C × C: H heads share C channels, so H·D = C.",
        ),
        Misconception(
            "more heads, more parameters",
            lambda: (40_000, 80_000, 320_000),
            "Twice as many heads are each half as wide: the total stays.",
        ),
        Misconception(
            "no output projection",
            lambda: (30_000, 30_000, 120_000),
            "3·C² is for queries, keys and values alone; the output projection has another C².",
        ),
        Misconception(
            "with biases",
            lambda: (40_400, 40_400, 160_800),
            "The configuration says bias = False: no linear layer has a bias here.",
        ),
        Misconception(
            "a single head's width for C",
            lambda: (1_600, 400, 1_600),
            "4·D² counts square matrices of one head. They are C × D, and there are H of them.",
        ),
        Misconception(
            "one head instead of all",
            lambda: (8_000, 4_000, 16_000),
            "4·C·D is a single head's share; H heads have 4·C·D·H = 4·C².",
        ),
        Misconception(
            "twice as wide, twice as many",
            lambda: (40_000, 40_000, 80_000),
            "A matrix that is twice as wide and twice as high has four times as many numbers.",
        ),
        *of_every_model(),
    ),
    hints=(
        "List the matrices and their shapes: there are two, qkv_proj and out_proj.",
        "qkv_proj.weight is (3·C, C), out_proj.weight is (C, C). Does H occur in these shapes?",
        "4·C² each time: 4 · 100², and so on.",
    ),
    review="lesson 04, 'What the module holds'",
)
