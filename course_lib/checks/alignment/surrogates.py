"""Slips that are alike in the code of `clipped_surrogate` and `grpo_step`: the ratio of probabilities, and the mean."""

RATIOS = (
    "(log_probs - old_log_probs.detach())",
    "(old_log_probs.detach() - log_probs).exp()",
    "(log_probs / old_log_probs.detach())",
    "(log_probs - log_probs.detach()).exp()",
    "log_probs.exp()",
    "log_probs",
    "(log_probs - old_log_probs.detach()).exp().detach()",
    "(log_probs - old_log_probs).exp()",
)
MEANS = (
    "(SIGN(CHOSEN * mask)).mean()",
    "(SIGN(CHOSEN * mask)).sum()",
    "(SIGN(CHOSEN)).mean()",
    "(SIGN(CHOSEN * mask)).sum() / len(mask)",
    "(SIGN(CHOSEN * ~mask)).sum() / mask.sum()",
    "((SIGN(CHOSEN * mask)).sum(dim=1) / mask.sum(dim=1)).mean()",
    "((SIGN(CHOSEN * mask)).sum(dim=1) / mask.sum(dim=1)).sum()",
    "(SIGN(CHOSEN * mask)).sum(dim=1).mean()",
)


def means(chosen: str, sign: str) -> tuple[str, ...]:
    """Wrong means over the tokens of an answer; chosen: the code of what is averaged, sign: what stands before it."""
    return tuple(mean.replace("CHOSEN", chosen).replace("SIGN", sign) for mean in MEANS)
