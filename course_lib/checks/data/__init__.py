"""The exercises of lesson 02: right answers, and the mistakes that are really made between stories and batches."""

EXERCISES = (
    "concatenate_stories",
    "shift_by_one",
    "make_windows",
    "choose_seq_len",
    "StoryWindows",
    "predict_batches",
)
