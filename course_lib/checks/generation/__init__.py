"""The exercises of lesson 12: right answers, and the mistakes that are really made when a model is made to write."""

EXERCISES = (
    "sharpen",
    "keep_top_k",
    "keep_min_p",
    "predict_entropies",
    "keep_top_p",
    "penalize_repeats",
    "write_with_cache",
    "write_to_the_end",
    "pad_left",
    "distinct_share",
)
