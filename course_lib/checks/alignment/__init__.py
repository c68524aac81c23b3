"""The exercises of lesson 17: right answers, and the mistakes that are really made with rewards and preferences."""

EXERCISES = (
    "best_answers",
    "reinforce_loss",
    "compare_in_group",
    "clipped_surrogate",
    "kl_of_tokens",
    "preference_loss",
    "grpo_step",
    "predict_best",
)
