"""The exercises of lesson 10: right answers, and the mistakes that are really made on the way from GPT to Llama."""

EXERCISES = (
    "rms_norm",
    "rotation_table",
    "rotate",
    "stretch_frequencies",
    "GatedMLP",
    "share_heads",
    "Cache",
    "attend_after",
)
