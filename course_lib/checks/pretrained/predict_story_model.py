"""Lesson 13, exercise 8: a prediction."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case

BLOCK = 12 * 64**2 + 10 * 64  # q, k, v without biases; the output with; the MLP with both; two norms

STORIES = 50_257 * 64 + 2_048 * 64 + 8 * BLOCK + 2 * 64


def predict_story_model() -> tuple[int, int]:
    """Parameters of TinyStories-1M, and those in its blocks."""
    return STORIES, 8 * BLOCK


EXERCISE = Exercise(
    name="predict_story_model",
    reference=predict_story_model,
    cases=single_case,
    misconceptions=(
        Misconception(
            "the head counted",
            lambda: (STORIES + 50_257 * 64, 8 * BLOCK),
            "The head is tied: it is the token embedding, which is counted already.",
        ),
        Misconception(
            "biases for queries, keys and values",
            lambda: (STORIES + 8 * 3 * 64, 8 * (BLOCK + 3 * 64)),
            "GPT-Neo's queries, keys and values have no biases; the other linear layers have.",
        ),
        Misconception(
            "no biases at all",
            lambda: (STORIES - 8 * 6 * 64, 8 * (BLOCK - 6 * 64)),
            "The attention's output has C biases, the MLP 4C and C.",
        ),
        Misconception(
            "GPT-2's 1,024 positions",
            lambda: (STORIES - 1_024 * 64, 8 * BLOCK),
            "The TinyStories models have a table of 2,048 positions.",
        ),
        Misconception(
            "positions forgotten",
            lambda: (STORIES - 2_048 * 64, 8 * BLOCK),
            "There is a table of positions too: 2,048 rows of C numbers.",
        ),
        Misconception(
            "the final norm forgotten",
            lambda: (STORIES - 2 * 64, 8 * BLOCK),
            "After the last block stands one more norm, 2·C numbers.",
        ),
        Misconception(
            "the final norm put into the blocks",
            lambda: (STORIES, 8 * BLOCK + 2 * 64),
            "The final norm counts in the total, but it is in no block.",
        ),
        Misconception(
            "believed the name",
            lambda: (1_000_000, 8 * BLOCK),
            "The name says 1M. Count: the token embedding alone is over three times as much.",
        ),
    ),
    hints=(
        "One block: attention 4·C² + C, MLP 8·C² + 5·C, two norms 4·C. What stands outside the blocks?",
        "Outside: V·C + T·C + 2·C, with V = 50,257 and T = 2,048.",
        "A block has 12 · 4,096 + 10 · 64 = 49,792. Eight of them; then 64 · (50,257 + 2,048 + 2) more.",
    ),
    review="lesson 13, 'A table of models'",
)
