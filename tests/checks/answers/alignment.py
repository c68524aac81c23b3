"""The exercises of lesson 17: answers as students type them."""

PRELUDE = """
import math
import torch
from torch.nn import functional as F
"""


def best(body: str) -> str:
    return f"def best_answers(log_ref, rewards, beta):\n    {body}\n"


def reinforce(body: str) -> str:
    return f"def reinforce_loss(log_probs, rewards, mask):\n    {body}\n"


def group(body: str) -> str:
    return f"def compare_in_group(rewards):\n    {body}\n"


def clipped(body: str) -> str:
    return (
        "def clipped_surrogate(log_probs, old_log_probs, advantages, mask, clip):\n"
        f"    r = torch.exp(log_probs - old_log_probs.detach())\n    a = advantages[:, None]\n    {body}\n"
    )


def kl(body: str) -> str:
    return f"def kl_of_tokens(log_probs, ref_log_probs):\n    {body}\n"


def dpo(body: str) -> str:
    return f"def preference_loss(chosen, rejected, ref_chosen, ref_rejected, beta):\n    {body}\n"


def step(old: str = "old_log_probs.detach()", end: str = "((beta * k - s) * mask).sum() / mask.sum()") -> str:
    return f"""
def grpo_step(log_probs, old_log_probs, ref_log_probs, rewards, mask, beta):
    r = torch.exp(log_probs - {old})
    a = ((rewards - rewards.mean()) / (rewards.std() + 1e-6))[:, None]
    s = torch.min(r * a, torch.clip(r, 0.8, 1.2) * a)
    k = torch.exp(ref_log_probs - log_probs) - (ref_log_probs - log_probs) - 1
    return {end}
"""


def predicted(*numbers: float) -> str:
    return f"def predict_best():\n    return {numbers}\n"


RIGHT_ANSWERS = {
    "best_answers": [
        best("return (log_ref + rewards / beta).softmax(-1)"),
        best("w = log_ref + rewards / beta\n    return torch.exp(w - torch.logsumexp(w, 0))"),
        best("w = log_ref + rewards / beta\n    w = (w - w.max()).exp()\n    return w / w.sum()"),
    ],
    "reinforce_loss": [
        reinforce("return -((rewards - rewards.mean()) * (log_probs * mask).sum(1)).mean()"),
        reinforce("lp = log_probs.masked_fill(~mask, 0).sum(-1)\n    return ((rewards.mean() - rewards) * lp).mean()"),
        reinforce(
            "a = rewards - rewards.mean()\n"
            "    return -sum(a[b] * log_probs[b][mask[b]].sum() for b in range(len(a))) / len(a)"
        ),
    ],
    "compare_in_group": [
        group(
            "m, s = rewards.mean(1, keepdim=True), rewards.std(1, keepdim=True)\n    return (rewards - m) / (s + 1e-6)"
        ),
        group("return torch.stack([(g - g.mean()) / (g.std() + 1e-6) for g in rewards])"),
    ],
    "clipped_surrogate": [
        clipped("s = torch.min(r * a, r.clip(1 - clip, 1 + clip) * a)\n    return -s[mask].mean()"),
        clipped("s = torch.max(-r * a, -r.clamp(1 - clip, 1 + clip) * a)\n    return (s * mask).sum() / mask.sum()"),
    ],
    "kl_of_tokens": [
        kl("return (ref_log_probs - log_probs).exp() - 1 + log_probs - ref_log_probs"),
        kl("d = ref_log_probs - log_probs\n    return torch.expm1(d) - d"),
    ],
    "preference_loss": [
        dpo("return F.softplus(-beta * (chosen - ref_chosen - rejected + ref_rejected)).mean()"),
        dpo("return -F.logsigmoid(beta * (chosen - rejected) - beta * (ref_chosen - ref_rejected)).mean()"),
    ],
    "grpo_step": [step(), step(end="-s[mask].mean() + beta * k[mask].mean()")],
    "predict_best": [predicted(0.5, 0.87, 0.17, 0.69), predicted(0.5, 0.8664, 0.1733, 0.6931)],
}


WRONG_ANSWERS = [
    ("best_answers", "multiplied by β", best("return torch.softmax(log_ref + beta * rewards, 0)")),
    ("best_answers", "without the reference", best("return F.softmax(rewards / beta, dim=-1)")),
    ("best_answers", "not made to add up to 1", best("return torch.exp(log_ref + rewards / beta)")),
    ("best_answers", "log-probabilities returned", best("return F.log_softmax(log_ref + rewards / beta, 0)")),
    ("reinforce_loss", "no baseline", reinforce("return -(rewards * (log_probs * mask).sum(1)).mean()")),
    (
        "reinforce_loss",
        "prompt and padding rewarded too",
        reinforce("return -((rewards - rewards.mean()) * log_probs.sum(1)).mean()"),
    ),
    (
        "reinforce_loss",
        "the sign turned round",
        reinforce("return ((rewards - rewards.mean()) * (log_probs * mask).sum(1)).mean()"),
    ),
    ("compare_in_group", "over the prompts", group("return (rewards - rewards.mean(0)) / (rewards.std(0) + 1e-6)")),
    ("compare_in_group", "over all answers", group("return (rewards - rewards.mean()) / (rewards.std() + 1e-6)")),
    (
        "compare_in_group",
        "not divided by the deviation",
        group("return rewards - rewards.mean(1).unsqueeze(1)"),
    ),
    ("clipped_surrogate", "never clipped", clipped("return -((r * a) * mask).sum() / mask.sum()")),
    (
        "clipped_surrogate",
        "prompt and padding counted",
        clipped("return -torch.min(r * a, r.clip(1 - clip, 1 + clip) * a).mean()"),
    ),
    (
        "clipped_surrogate",
        "always clipped",
        clipped("return -(r.clip(1 - clip, 1 + clip) * a * mask).sum() / mask.sum()"),
    ),
    ("kl_of_tokens", "the plain difference", kl("return log_probs - ref_log_probs")),
    ("kl_of_tokens", "the other direction", kl("d = log_probs - ref_log_probs\n    return d.exp() - d - 1")),
    ("kl_of_tokens", "the 1 forgotten", kl("d = ref_log_probs - log_probs\n    return d.exp() - d")),
    (
        "preference_loss",
        "chosen and rejected swapped",
        dpo("return -F.logsigmoid(beta * ((rejected - ref_rejected) - (chosen - ref_chosen))).mean()"),
    ),
    ("preference_loss", "without the reference", dpo("return -F.logsigmoid(beta * (chosen - rejected)).mean()")),
    (
        "preference_loss",
        "a sigmoid that underflows",
        dpo("return -torch.sigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).log().mean()"),
    ),
    ("grpo_step", "a gradient through the old policy", step(old="old_log_probs")),
    ("grpo_step", "prompt and padding counted", step(end="(beta * k - s).mean()")),
    ("grpo_step", "KL rewarded", step(end="-((s + beta * k) * mask).sum() / mask.sum()")),
    ("predict_best", "without the reference", predicted(0.571, 0.87, 0.17, 0.69)),
    ("predict_best", "KL added", predicted(0.5, 0.87, 0.17, 1.04)),
    ("predict_best", "bits", predicted(0.5, 0.87, 0.25, 0.69)),
]

SEEN_ANSWERS = [
    (
        "compare_in_group",
        "`return centred / (rewards.std() + 1e-6)`",
        """
def compare_in_group(rewards):
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    return centred / (rewards.std() + 1e-6)
""",
    ),
    (
        "compare_in_group",
        "`centred = rewards - rewards.mean(dim=0, keepdim=True)`",
        """
def compare_in_group(rewards):
    centred = rewards - rewards.mean(dim=0, keepdim=True)
    return centred / (rewards.std(dim=1, keepdim=True) + 1e-6)
""",
    ),
    (
        "clipped_surrogate",
        "`surrogate = torch.minimum(ratio, ratio.clamp(1 - clip, 1 + clip)) * A`",
        """
def clipped_surrogate(
    log_probs,
    old_log_probs,
    advantages,
    mask,
    clip: float,
):
    ratio = (log_probs - old_log_probs.detach()).exp()
    A = advantages.unsqueeze(1)
    surrogate = torch.minimum(ratio, ratio.clamp(1 - clip, 1 + clip)) * A
    return -(surrogate * mask).sum() / mask.sum()
""",
    ),
    (
        "kl_of_tokens",
        "`return d.exp() - d + 1`",
        """
def kl_of_tokens(log_probs, ref_log_probs):
    d = ref_log_probs - log_probs
    return d.exp() - d + 1
""",
    ),
    (
        "preference_loss",
        "`margin = (chosen - ref_chosen) - (rejected + ref_rejected)`",
        """
def preference_loss(
    chosen,
    rejected,
    ref_chosen,
    ref_rejected,
    beta: float,
):
    margin = (chosen - ref_chosen) - (rejected + ref_rejected)
    return -F.logsigmoid(beta * margin).mean()
""",
    ),
    (
        "grpo_step",
        "`ratio = (log_probs - log_probs.detach()).exp()`",
        """
def grpo_step(
    log_probs,
    old_log_probs,
    ref_log_probs,
    rewards,
    mask,
    beta: float,
):
    ratio = (log_probs - log_probs.detach() + 0 * old_log_probs).exp()
    A = ((rewards - rewards.mean()) / (rewards.std() + 1e-6)).unsqueeze(1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A)
    d = ref_log_probs - log_probs
    kl = d.exp() - d - 1
    return ((beta * kl - surrogate) * mask).sum() / mask.sum()
""",
    ),
    (
        "grpo_step",
        "`d = old_log_probs - log_probs`",
        """
def grpo_step(
    log_probs,
    old_log_probs,
    ref_log_probs,
    rewards,
    mask,
    beta: float,
):
    ratio = (log_probs - old_log_probs.detach()).exp()
    A = ((rewards - rewards.mean()) / (rewards.std() + 1e-6)).unsqueeze(1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A)
    d = old_log_probs - log_probs
    kl = d.exp() - d - 1
    return ((beta * kl - surrogate) * mask).sum() / mask.sum()
""",
    ),
    (
        "predict_best",
        "number 1: the reference itself. That is π_ref. Rewards move it: 1/4 ·",
        """
def predict_best(): return 0.25, 0.52, 0.17, 0.35
""",
    ),
    (
        "predict_best",
        "number 1: without the reference. exp(r) alone is 1, 2, 4. Weigh it wit",
        """
def predict_best(): return 4 / 7, 1.0, 0.2, 0.8
""",
    ),
    (
        "best_answers",
        "`return torch.softmax(log_ref * beta + rewards, dim=0)`",
        """
def best_answers(log_ref, rewards, beta):
    return torch.softmax(beta * log_ref + rewards, 0)
""",
    ),
    (
        "clipped_surrogate",
        "`return (-(surrogate * mask)).sum() / len(mask)`",
        """
def clipped_surrogate(log_probs, old_log_probs, advantages, mask, clip):
    r = (log_probs - old_log_probs.detach()).exp()
    A = advantages[:, None]
    s = torch.minimum(r * A, r.clamp(1 - clip, 1 + clip) * A)
    return -(s * mask).sum() / len(advantages)
""",
    ),
    (
        "kl_of_tokens",
        "each number of yours is 1/2 times what it should be",
        """
def kl_of_tokens(log_probs, ref_log_probs):
    d = ref_log_probs - log_probs
    return (d.exp() - d - 1) / 2
""",
    ),
    (
        "preference_loss",
        "`margin = (chosen - ref_chosen) - (rejected - ref_rejected) / beta`",
        """
def preference_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -torch.log_softmax(torch.stack([beta * (chosen - ref_chosen), rejected - ref_rejected]), 0)[0].mean()
""",
    ),
]
