"""The exercises of lesson 04, in the order of its notebook: heads split, merged, and put together."""

EXERCISES = (
    "split_heads",
    "merge_heads",
    "MultiHeadAttention",
    "predict_attention_parameters",
    "split_qkv",
    "head_contributions",
)
