"""The exercises of lesson 18: right answers, and the mistakes that are really made with experts, windows and Muon."""

EXERCISES = (
    "normalize_heads",
    "window_mask",
    "route",
    "balance_loss",
    "mix_experts",
    "newton_schulz_step",
    "for_muon",
    "predict_modern_sizes",
)
