"""From rewards to a gradient: policy gradient, group advantages, clipping, and an estimate of KL.

The gradient of an expectation is an expectation again (Williams 1992):

    ∇ E_π[r] = E_π[r ∇ log π]          since ∇π = π ∇ log π

so samples suffice, and nobody differentiates the reward. A number that does not depend on the answer may be taken from
r: E_π[∇ log π] = 0. Group advantages and the loss are those of GRPO (Shao et al. 2024), the clipping that of PPO
(Schulman et al. 2017, eq. 7), the KL estimate that of Schulman's note of 2020, "k3".
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

TINY = 1e-6  # beside a standard deviation: a group whose rewards are all the same has none


def token_log_probs(logits: Float[Tensor, "B T V"], targets: Int[Tensor, "B T"]) -> Float[Tensor, "B T"]:
    """log π of each target under the logits at its place."""
    return torch.log_softmax(logits, dim=-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def policy_gradient_loss(
    log_probs: Float[Tensor, "B T"], advantages: Float[Tensor, "B"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """−mean over answers of A · log π(answer); its gradient is the policy gradient with the sign that descent wants.

    mask: which tokens are the answer's: neither the prompt's nor padding.
    """
    answers = (log_probs * mask).sum(dim=1)  # (B,): log π of a whole answer is a sum over its tokens
    return -(advantages.detach() * answers).mean()


def group_advantages(rewards: Float[Tensor, "G n"], *, scaled: bool = True) -> Float[Tensor, "G n"]:
    """How much better each of n answers to one prompt is than their mean, in their standard deviations.

    scaled: False leaves out the division, which gives prompts with nearly equal rewards a large weight (Liu et al.
    2025). Raises ValueError if a group has fewer than two answers: alone, an answer equals its own mean.
    """
    if rewards.shape[1] < 2:
        raise ValueError(f"a group needs at least 2 answers to be compared with each other, got {rewards.shape[1]}")
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    return centred / (rewards.std(dim=1, keepdim=True) + TINY) if scaled else centred


def clipped_loss(
    log_probs: Float[Tensor, "B T"],
    old_log_probs: Float[Tensor, "B T"],
    advantages: Float[Tensor, "B"],
    mask: Bool[Tensor, "B T"],
    clip: float = 0.2,
) -> Float[Tensor, ""]:
    """−min(ρA, clip(ρ, 1 − ε, 1 + ε)A) with ρ = π/π_old of each token: the mean over the tokens of all answers.

    The same answers may so be used for several steps: beyond the clip, moving further in the good direction is not
    rewarded.   old_log_probs: those of the policy that wrote the answers, without a gradient.
    """
    ratio = (log_probs - old_log_probs.detach()).exp()
    A = advantages.detach().unsqueeze(1)  # (B, 1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)
    return -_mean_over(surrogate, mask)


def kl_estimate(log_probs: Float[Tensor, "B T"], ref_log_probs: Float[Tensor, "B T"]) -> Float[Tensor, "B T"]:
    """Of each token that π wrote: exp(d) − d − 1, d = log π_ref − log π; in the mean KL(π ‖ π_ref), never below 0."""
    d = ref_log_probs.detach() - log_probs
    return d.exp() - d - 1


def grpo_loss(
    log_probs: Float[Tensor, "B T"],
    old_log_probs: Float[Tensor, "B T"],
    ref_log_probs: Float[Tensor, "B T"],
    advantages: Float[Tensor, "B"],
    mask: Bool[Tensor, "B T"],
    *,
    beta: float,
    clip: float = 0.2,
) -> Float[Tensor, ""]:
    """The clipped loss, and β times the estimate of KL, each a mean over the tokens of all answers."""
    kl = _mean_over(kl_estimate(log_probs, ref_log_probs), mask)
    return clipped_loss(log_probs, old_log_probs, advantages, mask, clip) + beta * kl


def dpo_loss(
    chosen: Float[Tensor, "B"],
    rejected: Float[Tensor, "B"],
    ref_chosen: Float[Tensor, "B"],
    ref_rejected: Float[Tensor, "B"],
    *,
    beta: float,
) -> Float[Tensor, ""]:
    """−log σ(β[(log π/π_ref of the chosen) − (the same of the rejected)]), the mean over pairs.

    From pairs alone, without a reward: if the pairs are drawn by σ(r(chosen) − r(rejected)), the minimum is the very π*
    of `optimum`  (Rafailov et al. 2023, eq. 7).   chosen, rejected: log-probabilities of whole answers.
    """
    margin = (chosen - ref_chosen.detach()) - (rejected - ref_rejected.detach())  # (B,)
    return -F.logsigmoid(beta * margin).mean()


def _mean_over(values: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, ""]:
    return (values * mask).sum() / mask.sum()
