"""The parts that come after the model is trained: lessons 12 and 15 to 20.

Not every exercise is here. A few are steps of others that are (`residual_distribution` is within `keep_or_replace`, and
is used for a proof of its own); some need what the small model of the capstone does not have, such as experts, pages
or a second device; and predictions are about numbers.
"""

from course_lib.checks.capstone.parts import Part, reference

_NAMES = {
    "scaling": ("bits_per_byte", "split_stories", "contaminated_share", "bootstrap_interval"),
    "finetuning": ("chat_ids", "answer_targets", "block_mask", "lora_output", "merged_weight"),
    "alignment": ("best_answers", "compare_in_group", "clipped_surrogate", "kl_of_tokens", "preference_loss"),
    "modern": ("for_muon", "newton_schulz_step"),
    "inference": (
        "quantize_rows",
        "dequantize_groups",
        "residual_distribution",
        "keep_or_replace",
        "greedy_round",
        "look_up_draft",
    ),
    "interpretability": ("lens_logits", "mean_ablate", "head_worth"),
}
LATER_PARTS = (
    Part("sharpen", "generation", reference("sharpen")),
    *(Part(name, topic, reference(name)) for topic, names in _NAMES.items() for name in names),
)
