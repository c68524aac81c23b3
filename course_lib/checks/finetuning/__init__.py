"""The exercises of lesson 16: right answers, and the mistakes that are really made when a model is taught to listen."""

EXERCISES = (
    "chat_ids",
    "answer_targets",
    "block_mask",
    "lora_output",
    "merged_weight",
    "predict_lora",
)
