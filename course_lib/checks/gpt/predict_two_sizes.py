"""Exercise 5 of lesson 07: predict two sizes."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case

ONCE = 10_000 * 100 + 128 * 100 + 2 * 100  # of the course's model, whatever its depth

COURSE_AT_24_LAYERS = 24 * (12 * 100**2 + 4 * 100) + ONCE


GPT2 = 12 * (12 * 768**2 + 13 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768


def predict_two_sizes() -> tuple[int, int]:
    """Blocks, tokens, positions, final norm; the head is the token embedding. GPT-2's linear layers have biases."""
    return COURSE_AT_24_LAYERS, GPT2


EXERCISE = Exercise(
    name="predict_two_sizes",
    reference=predict_two_sizes,
    cases=single_case,
    misconceptions=(
        Misconception(
            "the head counted",
            lambda: (COURSE_AT_24_LAYERS + 10_000 * 100, GPT2 + 50_257 * 768),
            "The head is tied: it is the token embedding, which is counted already.",
        ),
        Misconception(
            "positions forgotten",
            lambda: (COURSE_AT_24_LAYERS - 128 * 100, GPT2 - 1_024 * 768),
            "There is a table of positions too: seq_len rows of C numbers.",
        ),
        Misconception(
            "the final norm forgotten",
            lambda: (COURSE_AT_24_LAYERS - 2 * 100, GPT2 - 2 * 768),
            "After the last block stands one more norm, 2·C numbers.",
        ),
        Misconception(
            "all norms forgotten",
            lambda: (COURSE_AT_24_LAYERS - (2 * 24 + 1) * 200, GPT2 - (2 * 12 + 1) * 2 * 768),
            "Each block has two norms, and there is one after the last: 2·C numbers each.",
        ),
        Misconception(
            "biases of GPT-2 forgotten",
            lambda: (COURSE_AT_24_LAYERS, GPT2 - 12 * 9 * 768),
            "GPT-2's linear layers have biases: 3C + C in the attention and 4C + C in the MLP of each block.",
        ),
        Misconception(
            "depth not doubled",
            lambda: (COURSE_AT_24_LAYERS - 12 * (12 * 100**2 + 4 * 100), GPT2),
            "The first is the size of the course's model with 12 blocks. The question is about 24.",
        ),
        Misconception(
            "everything doubled",
            lambda: (COURSE_AT_24_LAYERS + ONCE, GPT2),
            "Only the blocks are doubled. Embeddings, positions and the final norm are there once, whatever the depth.",
        ),
        Misconception(
            "norms in the blocks forgotten",
            lambda: (COURSE_AT_24_LAYERS - 24 * 400, GPT2 - 12 * 4 * 768),
            "The final norm is counted. Each block has two norms as well, of 2·C numbers each.",
        ),
        Misconception(
            "biases in both",
            lambda: (COURSE_AT_24_LAYERS + 24 * 9 * 100, GPT2),
            "The course's model has no biases but those of the norms; only GPT-2's linear layers have them.",
        ),
        Misconception(
            "biases of the norms forgotten",
            lambda: (COURSE_AT_24_LAYERS - (2 * 24 + 1) * 100, GPT2 - (2 * 12 + 1) * 768),
            "A norm has a scale and a shift: 2·C numbers, in both models.",
        ),
        Misconception(
            "tokens forgotten",
            lambda: (COURSE_AT_24_LAYERS - 10_000 * 100, GPT2 - 50_257 * 768),
            "There is a table of tokens, V rows of C numbers: the head is tied to it, but it is there once.",
        ),
        Misconception(
            "output projection forgotten",
            lambda: (COURSE_AT_24_LAYERS - 24 * 100**2, GPT2 - 12 * (768**2 + 768)),
            "Attention has four matrices of C² numbers: queries, keys, values, and the projection of the output.",
        ),
        Misconception(
            "the MLP's way back forgotten",
            lambda: (COURSE_AT_24_LAYERS - 24 * 4 * 100**2, GPT2 - 12 * (4 * 768**2 + 768)),
            "The MLP has two matrices, C to 4C and 4C back to C: 8·C² numbers.",
        ),
        Misconception(
            "the blocks only",
            lambda: (24 * (12 * 100**2 + 4 * 100), 12 * (12 * 768**2 + 13 * 768)),
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
    ),
    hints=(
        "A block without biases has 12·C² + 4·C numbers. What else is there, once for the whole model?",
        "Total = L·(12·C² + 4·C) + V·C + T·C + 2·C. For GPT-2 each block has 9·C biases more.",
        "The first: 24 · 120,400 + 1,000,000 + 12,800 + 200. The second: L = 12, C = 768, V = 50,257, T = 1,024.",
    ),
    review="lesson 07, 'Where the parameters sit'",
)
