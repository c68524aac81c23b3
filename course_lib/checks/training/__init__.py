"""The exercises of lesson 11: right answers, and the mistakes that are really made in training loops."""

EXERCISES = (
    "cosine_rate",
    "clip_gradients",
    "predict_measures",
    "accumulate_gradients",
    "adamw_step",
    "parameter_groups",
    "train_steps",
    "validation_loss",
    "best_learning_rate",
)
