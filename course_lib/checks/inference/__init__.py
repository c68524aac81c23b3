"""The exercises of lesson 19: right answers, and the mistakes that are really made when a model is made faster."""

EXERCISES = (
    "quantize_rows",
    "dequantize_groups",
    "residual_distribution",
    "keep_or_replace",
    "greedy_round",
    "look_up_draft",
    "gather_pages",
    "predict_inference",
)
