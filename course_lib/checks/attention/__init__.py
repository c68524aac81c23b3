"""The exercises of lesson 03, in the order of its notebook: attention."""

EXERCISES = (
    "softmax",
    "causal_mask",
    "single_query_attention",
    "predict_weights_of_equal_keys",
    "masked_softmax",
    "scaled_dot_product_attention",
)
