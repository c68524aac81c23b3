"""Lesson 02, exercise 6: predict the number of batches."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.data import count_windows

TOKENS, SEQ_LEN, BATCH_SIZE = 1_000_000, 128, 32


def predict_batches() -> int:
    """999,999 // 128 = 7,812 windows; 7,812 / 32 = 244.125, and the last batch is smaller."""
    return -(-count_windows(TOKENS, SEQ_LEN) // BATCH_SIZE)


EXERCISE = Exercise(
    name="predict_batches",
    reference=predict_batches,
    cases=single_case,
    misconceptions=(
        Misconception(
            "the last batch dropped",
            lambda: count_windows(TOKENS, SEQ_LEN) // BATCH_SIZE,
            "244 full batches leave 4 windows over. They make a 245th, smaller batch, unless drop_last=True.",
        ),
        Misconception(
            "pieces of 129",
            lambda: -(-(TOKENS // (SEQ_LEN + 1)) // BATCH_SIZE),
            "You let windows start every 129 tokens. A window touches 129, but the next one starts after 128.",
        ),
        Misconception(
            "windows counted, not batches",
            lambda: count_windows(TOKENS, SEQ_LEN),
            "7,812 is the number of windows. A batch holds 32 of them.",
        ),
        Misconception(
            "a window at every token",
            lambda: -(-count_windows(TOKENS, SEQ_LEN, stride=1) // BATCH_SIZE),
            "You let a window start at every token. By default windows do not overlap: they start every 128 tokens.",
        ),
        Misconception(
            "not rounded",
            lambda: count_windows(TOKENS, SEQ_LEN) / BATCH_SIZE,
            "There is no part of a batch: what is left over after 244 full ones makes one more, smaller batch.",
        ),
        Misconception(
            "not rounded at all",
            lambda: TOKENS / SEQ_LEN / BATCH_SIZE,
            "There is no part of a window and no part of a batch. Round the windows down, as the last one must be "
            "full, and the batches up, as the last one may be smaller.",
        ),
        Misconception(
            "windows counted, and one too many",
            lambda: -(-TOKENS // SEQ_LEN),
            "That is a number of windows, rounded up. A window must be full, so there are 7,812, in batches of 32.",
        ),
        Misconception(
            "windows counted, and not rounded",
            lambda: TOKENS / SEQ_LEN,
            "That is a number of windows. A batch holds 32 of them.",
        ),
        Misconception(
            "tokens in batches",
            lambda: TOKENS // BATCH_SIZE,
            "You divided the tokens by the batch's size. A batch holds 32 windows, and each has 128 tokens.",
        ),
        Misconception(
            "pieces of 129, and the last batch dropped",
            lambda: TOKENS // (SEQ_LEN + 1) // BATCH_SIZE,
            "A window touches 129 tokens, but the next one starts after 128; and what is left over makes a last, "
            "smaller batch.",
        ),
        Misconception(
            "a batch too many",
            lambda: -(-count_windows(TOKENS, SEQ_LEN) // BATCH_SIZE) + 1,
            "244 full batches and one that is smaller make 245, not 246.",
        ),
    ),
    hints=(
        "First count the windows, then the batches.",
        "A window starts every 128 tokens, and the last one needs a token after it: (1,000,000 - 1) // 128 windows.",
        "7,812 windows in batches of 32; what is left over makes one more batch.",
    ),
    review="lesson 02, sections 9 and 11",
)
