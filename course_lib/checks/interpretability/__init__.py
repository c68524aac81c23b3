"""The exercises of lesson 20: right answers, and the mistakes that are really made when a model is looked into."""

EXERCISES = (
    "lens_logits",
    "induction_scores",
    "ov_table",
    "patch_tokens",
    "mean_ablate",
    "head_worth",
    "probe_accuracy",
    "control_task",
    "predict_patching",
)
