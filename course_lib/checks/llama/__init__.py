"""The exercises of lesson 10: right answers, and the mistakes that are really made on the way from GPT to Llama."""

EXERCISES = (
    "rms_norm",
    "rotate",
    "rotation_table",
    "stretch_frequencies",
    "share_heads",
    "GatedMLP",
    "Cache",
    "attend_after",
)
