"""The exercises of lesson 09: right answers, and the mistakes that torch's defaults and a clock lead into."""

EXERCISES = (
    "predict_layer_sizes",
    "BuiltinGPT",
    "torch_name",
    "mask_for",
    "CausalStack",
    "fair_seconds",
    "compare_rounds",
)
