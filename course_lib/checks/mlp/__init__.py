"""The exercises of lesson 05, in the order of its notebook: the MLP."""

EXERCISES = (
    "gelu",
    "gelu_tanh",
    "MLP",
    "predict_mlp_flops",
    "feed_forward",
    "output_rank",
)
