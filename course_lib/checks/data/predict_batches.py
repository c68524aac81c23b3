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
    ),
    hints=(
        "First count the windows, then the batches.",
        "A window starts every 128 tokens, and the last one needs a token after it: (1,000,000 - 1) // 128 windows.",
        "7,812 windows in batches of 32; what is left over makes one more batch.",
    ),
    review="lesson 02, sections 9 and 11",
)
