"""The exercises of lesson 01: right answers, and the mistakes that are really made with byte-pair encoding."""

EXERCISES = (
    "count_pairs",
    "merge_pair",
    "train_merges",
    "encode_with_ranks",
    "decode_bytes",
    "predict_token_counts",
    "learn_tokens",
)
