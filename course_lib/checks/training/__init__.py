"""The exercises of lesson 11: right answers, and the mistakes that are really made in training loops."""

EXERCISES = (
    "predict_measures",
    "train_steps",
    "adamw_step",
    "parameter_groups",
    "cosine_rate",
    "best_learning_rate",
    "clip_gradients",
    "accumulate_gradients",
    "validation_loss",
)
