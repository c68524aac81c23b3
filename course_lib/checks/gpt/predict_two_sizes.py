"""Exercise 3 of lesson 07: predict two sizes."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def sizes(
    depth: int, tables: int, positions: int, final_norm: int, block_norms: int, matrices: int, biases: tuple[int, int]
) -> tuple[int, int]:
    """Of the course's model and of GPT-2.

    tables: of tokens.   positions: tables of them.   final_norm, block_norms: vectors of C, once and in each block.
    matrices: of C² numbers in a block.   biases: vectors of C in the linear layers of a block, of both models.
    """

    def size(L: int, C: int, V: int, T: int, own_biases: int) -> int:
        block = matrices * C**2 + (block_norms + own_biases) * C
        return L * block + tables * V * C + positions * T * C + final_norm * C

    return size(depth, 100, 10_000, 128, biases[0]), size(12, 768, 50_257, 1_024, biases[1])


COURSE_AT_24_LAYERS, GPT2 = sizes(24, 1, 1, 2, 4, 12, (0, 9))


def course_without(numbers: int) -> tuple[int, int]:
    """Fewer, or more, parameters in the course's model; GPT-2 as it is."""
    return COURSE_AT_24_LAYERS - numbers, GPT2


def predict_two_sizes() -> tuple[int, int]:
    """Blocks, tokens, positions, final norm; the head is the token embedding. GPT-2's linear layers have biases."""
    return COURSE_AT_24_LAYERS, GPT2


INGREDIENTS = (
    Ingredient(
        24,
        (
            Slip(
                12,
                "depth not doubled",
                "The first is the size of the course's model with 12 blocks. The question is about 24.",
            ),
        ),
    ),
    Ingredient(
        1,
        (
            Slip(2, "the head counted", "The head is tied: it is the token embedding, which is counted already."),
            Slip(
                0,
                "tokens forgotten",
                "There is a table of tokens, V rows of C numbers: the head is tied to it, but it is there once.",
            ),
        ),
    ),
    Ingredient(
        1,
        (Slip(0, "positions forgotten", "There is a table of positions too: seq_len rows of C numbers."),),
    ),
    Ingredient(
        2,
        (
            Slip(0, "the final norm forgotten", "After the last block stands one more norm, 2·C numbers."),
            Slip(1, "half a final norm", "The final norm has a scale and a shift: 2·C numbers."),
        ),
    ),
    Ingredient(
        4,
        (
            Slip(
                0,
                "norms in the blocks forgotten",
                "Each block has two norms as well, of 2·C numbers each.",
            ),
            Slip(
                2, "a norm of two numbers short", "Each block has two norms, and each a scale and a shift: 4·C numbers."
            ),
        ),
    ),
    Ingredient(
        12,
        (
            Slip(
                11,
                "output projection forgotten",
                "Attention has four matrices of C² numbers: queries, keys, values, and the projection of the output.",
            ),
            Slip(
                8,
                "the MLP's way back, or the attention, forgotten",
                "A block has 12·C² numbers: 4·C² in the attention, and 8·C² in the MLP's two matrices.",
            ),
            Slip(
                6,
                "an MLP as wide as the stream",
                "The MLP is four times as wide as the stream: C to 4C and 4C back to C are 8·C² numbers.",
            ),
        ),
    ),
    Ingredient(
        (0, 9),
        (
            Slip(
                (0, 0),
                "biases of GPT-2 forgotten",
                "GPT-2's linear layers have biases: 3C + C in the attention and 4C + C in the MLP of each block.",
            ),
            Slip(
                (9, 9),
                "biases in both",
                "The course's model has no biases but those of the norms; only GPT-2's linear layers have them.",
            ),
            Slip(
                (9, 0),
                "biases in the wrong one",
                "It is GPT-2 whose linear layers have biases, not the course's model.",
            ),
            Slip((0, 4), "biases of the attention only", "The MLP's layers have biases too, 4C + C."),
            Slip((0, 5), "biases of the MLP only", "The attention's layers have biases too, 3C + C."),
        ),
    ),
)

NAMED = (
    Misconception(
        "everything doubled",
        lambda: (2 * sizes(12, 1, 1, 2, 4, 12, (0, 9))[0], GPT2),
        "Only the blocks are doubled. Embeddings, positions and the final norm are there once, whatever the depth.",
    ),
    Misconception(
        "all norms forgotten",
        lambda: sizes(24, 1, 1, 0, 0, 12, (0, 9)),
        "Each block has two norms, and there is one after the last: 2·C numbers each.",
    ),
    Misconception(
        "biases of the norms forgotten",
        lambda: sizes(24, 1, 1, 1, 2, 12, (0, 9)),
        "A norm has a scale and a shift: 2·C numbers, in both models.",
    ),
    Misconception(
        "the blocks only",
        lambda: sizes(24, 0, 0, 0, 4, 12, (0, 9)),
        "These are the blocks. Tables of tokens and positions and a final norm are there once more.",
    ),
    Misconception(
        "in millions",
        lambda: (round(COURSE_AT_24_LAYERS / 1e6, 1), round(GPT2 / 1e6, 1)),
        "These are millions, rounded. Give the exact numbers.",
    ),
    Misconception(
        "the other order",
        lambda: (GPT2, COURSE_AT_24_LAYERS),
        "Both numbers are right. First comes the course's model, then GPT-2.",
    ),
    Misconception(
        "norms of the course's model without biases",
        lambda: course_without(24 * 2 * 100 + 100),
        "The second number is right. The course's model has biases in its norms: each norm has 2·C numbers.",
    ),
    Misconception(
        "GPT-2's positions in the course's model",
        lambda: course_without((128 - 1_024) * 100),
        "The second number is right. The course's model has a table of 128 positions, not of 1,024.",
    ),
    Misconception(
        "a bias in GPT-2's head",
        lambda: (COURSE_AT_24_LAYERS, GPT2 + 50_257),
        "The first number is right. Biases are in the linear layers of the blocks; the head has none.",
    ),
    Misconception(
        "no biases of queries, keys and values",
        lambda: (COURSE_AT_24_LAYERS, GPT2 - 12 * 3 * 768),
        "The first number is right. GPT-2's projections to queries, keys and values have biases too, 3·C in a block.",
    ),
    Misconception(
        "the head counted in GPT-2",
        lambda: (COURSE_AT_24_LAYERS, GPT2 + 50_257 * 768),
        "The first number is right. GPT-2's head is tied too: it is the token embedding, which is counted already.",
    ),
)

SLIPS = misconceptions_of(INGREDIENTS, sizes)

EXERCISE = Exercise(
    name="predict_two_sizes",
    reference=predict_two_sizes,
    cases=single_case,
    misconceptions=(*NAMED, *(slip for slip in SLIPS if slip.mutant() not in [named.mutant() for named in NAMED])),
    hints=(
        "A block without biases has 12·C² + 4·C numbers. What else is there, once for the whole model?",
        "Total = L·(12·C² + 4·C) + V·C + T·C + 2·C. For GPT-2 each block has 9·C biases more.",
        "The first: 24 · 120,400 + 1,000,000 + 12,800 + 200. The second: L = 12, C = 768, V = 50,257, T = 1,024.",
    ),
    review="lesson 07, 'Where the parameters sit'",
)
