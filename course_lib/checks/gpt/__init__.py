"""The exercises of lesson 07: right answers, and the mistakes that are really made when a GPT is put together."""

EXERCISES = (
    "embed",
    "TinyGPT",
    "predict_two_sizes",
    "ModelConfig",
    "language_model_loss",
    "greedy_generate",
)
