"""The exercises of lesson 13: right answers, and the mistakes that are really made with other people's models."""

EXERCISES = (
    "predict_story_model",
    "read_config",
    "gpt2_to_ours",
    "separate_qkv",
    "load_checked",
    "family_mask",
    "mlm_batch",
    "corrupt_spans",
)
