"""What the statements of lesson 17's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "best_answers": [
        Promise(
            "Return the probabilities",
            "lambda log_ref, rewards, beta: right(log_ref, rewards, beta).log()",
            "values differ",
        ),
        Promise(
            "exp(r/β)",
            "lambda log_ref, rewards, beta: right(log_ref, rewards * beta, 1.0)",
            "multiplied by β",
        ),
        Promise(
            "π_ref",
            "lambda log_ref, rewards, beta: right(torch.zeros_like(log_ref), rewards, beta)",
            "without the reference",
        ),
        Promise(
            "Probabilities of the best policy",
            "lambda log_ref, rewards, beta: (log_ref + rewards / beta).exp()",
            "not made to add up to 1",
        ),
    ],
    "reinforce_loss": [
        Promise(
            "The rest are prompts and padding",
            "lambda log_probs, rewards, mask: right(log_probs, rewards, torch.ones_like(mask))",
            "prompt and padding rewarded too",
        ),
        Promise(
            "with the mean reward as the baseline",
            "lambda log_probs, rewards, mask: -(rewards * (log_probs * mask).sum(1)).mean()",
            "no baseline",
        ),
        Promise(
            "minus the mean over answers",
            "lambda log_probs, rewards, mask: right(log_probs, rewards, mask) * len(rewards)",
            "the sum over answers",
        ),
        Promise(
            "minus the mean over answers",
            "lambda log_probs, rewards, mask: -right(log_probs, rewards, mask)",
            "the sign turned round",
        ),
        Promise(
            "whose gradient is the policy gradient",
            "lambda log_probs, rewards, mask: right(log_probs.detach(), rewards, mask)",
            "no gradient arrives at `log_probs`",
        ),
    ],
    "compare_in_group": [
        Promise(
            "of its own group",
            "lambda rewards: (rewards - rewards.mean()) / (rewards.std() + 1e-6)",
            "over all answers",
        ),
        Promise(
            "(torch's `std`)",
            "lambda rewards: (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True, "
            "correction=0) + 1e-6)",
            "the biased deviation",
        ),
        Promise(
            "plus `1e-6`",
            "lambda rewards: (rewards - rewards.mean(1, keepdim=True)) / (rewards.var(1, keepdim=True) + 1e-6).sqrt()",
            "1e-6 under the root",
        ),
        Promise(
            "plus `1e-6`",
            "lambda rewards: (rewards - rewards.mean(1, keepdim=True)) / rewards.std(1, keepdim=True)",
            "without 1e-6",
        ),
    ],
    "clipped_surrogate": [
        Promise(
            "no gradient may flow through it",
            "def clipped_surrogate(log_probs, old_log_probs, advantages, mask, clip):\n"
            "    ratio = (log_probs - old_log_probs).exp()\n"
            "    A = advantages[:, None]\n"
            "    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)[mask].mean()",
            "a gradient through the old policy",
        ),
        Promise(
            "over the tokens under the mask",
            "lambda log_probs, old, A, mask, clip: right(log_probs, old, A, torch.ones_like(mask), clip)",
            "prompt and padding counted",
        ),
        Promise(
            "return minus the mean",
            "lambda *args: -right(*args)",
            "the sign turned round",
        ),
        Promise(
            "clip(ρ, 1 − ε, 1 + ε)",
            "lambda log_probs, old, A, mask, clip: right(log_probs, old, A, mask, 1e6)",
            "never clipped",
        ),
        Promise(
            "min(ρA",
            "lambda log_probs, old, A, mask, clip: -((log_probs - old.detach()).exp().clamp(1 - clip, 1 "
            "+ clip) * A[:, None])[mask].mean()",
            "always clipped",
        ),
    ],
    "kl_of_tokens": [
        Promise(
            "return per token",
            "lambda a, b: right(a, b).mean()",
            "the mean over all tokens",
        ),
        Promise(
            "d = log π_ref − log π",
            "lambda a, b: right(b, a)",
            "the other direction",
        ),
        Promise(
            "exp(d) − d − 1",
            "lambda a, b: a - b",
            "the plain difference",
        ),
    ],
    "preference_loss": [
        Promise(
            "It must stay finite for a margin of −1,000",
            "lambda c, r, rc, rr, beta: -torch.sigmoid(beta * ((c - rc) - (r - rr))).log().mean()",
            "a sigmoid that underflows",
        ),
        Promise(
            "minus the mean of log σ",
            "lambda c, r, rc, rr, beta: right(c, r, rc, rr, beta) * len(c)",
            "the sum over pairs",
        ),
        Promise(
            "from the reference",
            "lambda c, r, rc, rr, beta: right(c, r, 0 * rc, 0 * rr, beta)",
            "without the reference",
        ),
        Promise(
            "the chosen answer has moved",
            "lambda c, r, rc, rr, beta: right(r, c, rr, rc, beta)",
            "chosen and rejected swapped",
        ),
    ],
    "grpo_step": [
        Promise(
            "clip at 0.2",
            "def grpo_step(log_probs, old_log_probs, ref_log_probs, rewards, mask, beta):\n"
            "    ratio = (log_probs - old_log_probs.detach()).exp()\n"
            "    A = ((rewards - rewards.mean()) / (rewards.std() + 1e-6)).unsqueeze(1)\n"
            "    gap = log_probs - ref_log_probs\n"
            "    return (-torch.minimum(ratio * A, ratio.clamp(0.9, 1.1) * A) + beta * (torch.exp(-gap) "
            "+ gap - 1))[mask].mean()",
            "clipped elsewhere",
        ),
        Promise(
            "both means over the tokens under the mask",
            "lambda log_probs, old, ref, rewards, mask, beta: right(log_probs, old, ref, rewards, "
            "torch.ones_like(mask), beta)",
            "prompt and padding counted",
        ),
        Promise(
            "advantages within the one group",
            "lambda log_probs, old, ref, rewards, mask, beta: right(log_probs, old, ref, rewards - "
            "rewards.mean() + 1, mask, beta) * 0 + right(log_probs, old, ref, "
            "rewards[:1].expand_as(rewards), mask, beta)",
            "values differ in gradient",
        ),
    ],
    "predict_best": [
        Promise(
            "Third probability, mean reward, KL, J",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_best": [
        Freedom(
            "Two digits after the point are enough",
            "lambda: tuple(round(v, 2) for v in right())",
        ),
    ],
}
