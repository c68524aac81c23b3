"""The exercises of lesson 08: right answers, and the mistakes that are really made with initial weights."""

EXERCISES = (
    "predict_residual_std",
    "stream_deviation",
    "depth_exponent",
    "initial_distribution",
    "predict_logit_deviation",
    "TiedModel",
)
