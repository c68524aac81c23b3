"""The exercises of lesson 15: right answers, and the mistakes that are really made when models are compared."""

EXERCISES = (
    "bits_per_byte",
    "split_stories",
    "contaminated_share",
    "fit_power_law",
    "robust_misfit",
    "bootstrap_interval",
    "compute_optimal",
    "predict_losses",
)
