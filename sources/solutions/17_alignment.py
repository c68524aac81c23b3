# %% [markdown]
# # Exercises 17 · Preferences and reinforcement
#
# Eight exercises on lesson 17: from a reward to a gradient, and how good the best policy can be. Each answer is checked
# by the cell after it: run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)` gives
# three hints, one at a time.
#
# Letters: `K` answers that can be counted, `B` answers in a batch, `T` tokens, `G` prompts, `n` answers per prompt.

# %%
import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks import check, hint

# %% [markdown] exercise="best_answers" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: The best policy
#
# A reference gives K answers the log-probabilities `log_ref`, and each answer has a reward. Return the probabilities of
# the policy that earns the most when each nat of KL to the reference costs `beta`: π* ∝ π_ref · exp(r/β).


# %% answer="best_answers"
def best_answers(log_ref: Float[Tensor, "K"], rewards: Float[Tensor, "K"], beta: float) -> Float[Tensor, "K"]:
    """Probabilities of the best policy."""
    ### BEGIN SOLUTION
    return torch.softmax(log_ref + rewards / beta, dim=0)  # log π* but for log Z, which the softmax takes away
    ### END SOLUTION


# %% check="best_answers"
check(best_answers)

# %% [markdown] exercise="reinforce_loss" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 2: The policy gradient, as a loss
#
# `log_probs` holds log π of each token of B texts, and `mask` says which tokens belong to an answer. The rest are
# prompts and padding. Return the loss whose gradient is the policy gradient, with the mean reward as the baseline:
# minus the mean over answers of (r − mean r) · log π(answer).


# %% answer="reinforce_loss"
def reinforce_loss(
    log_probs: Float[Tensor, "B T"], rewards: Float[Tensor, "B"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """A loss whose gradient makes better answers likelier."""
    ### BEGIN SOLUTION
    answers = (log_probs * mask).sum(dim=1)  # (B,): log π of a whole answer
    advantages = rewards - rewards.mean()
    return -(advantages * answers).mean()
    ### END SOLUTION


# %% check="reinforce_loss"
check(reinforce_loss)

# %% [markdown] exercise="compare_in_group" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 3: Compared with the group
#
# `rewards` holds, for each of G prompts, the rewards of n answers. Return each answer's advantage: its distance to the
# mean of its own group, divided by the group's standard deviation (torch's `std`) plus `1e-6`.


# %% answer="compare_in_group"
def compare_in_group(rewards: Float[Tensor, "G n"]) -> Float[Tensor, "G n"]:
    """Advantages in standard deviations of the group."""
    ### BEGIN SOLUTION
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    return centred / (rewards.std(dim=1, keepdim=True) + 1e-6)
    ### END SOLUTION


# %% check="compare_in_group"
check(compare_in_group)

# %% [markdown] exercise="clipped_surrogate" kind="implement" difficulty=3 minutes=15 points=4
# ## Exercise 4: The clipped objective
#
# The answers were drawn by an earlier policy, π_old. With ρ = π/π_old of each token and A the advantage of its answer,
# return minus the mean, over the tokens under the mask, of min(ρA, clip(ρ, 1 − ε, 1 + ε) · A). `old_log_probs` is a
# record: no gradient may flow through it.


# %% answer="clipped_surrogate"
def clipped_surrogate(
    log_probs: Float[Tensor, "B T"],
    old_log_probs: Float[Tensor, "B T"],
    advantages: Float[Tensor, "B"],
    mask: Bool[Tensor, "B T"],
    clip: float,
) -> Float[Tensor, ""]:
    """PPO's clipped loss over the answers' tokens."""
    ### BEGIN SOLUTION
    ratio = (log_probs - old_log_probs.detach()).exp()  # (B, T)
    A = advantages.unsqueeze(1)  # (B, 1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)
    return -(surrogate * mask).sum() / mask.sum()
    ### END SOLUTION


# %% check="clipped_surrogate"
check(clipped_surrogate)

# %% [markdown] exercise="kl_of_tokens" kind="implement" difficulty=2 minutes=8 points=2
# ## Exercise 5: An estimate of KL that is never negative
#
# For tokens that π drew, return per token exp(d) − d − 1 with d = log π_ref − log π. Its mean is KL(π ‖ π_ref).


# %% answer="kl_of_tokens"
def kl_of_tokens(log_probs: Float[Tensor, "B T"], ref_log_probs: Float[Tensor, "B T"]) -> Float[Tensor, "B T"]:
    """The estimate k3, one number per token."""
    ### BEGIN SOLUTION
    d = ref_log_probs - log_probs
    return d.exp() - d - 1
    ### END SOLUTION


# %% check="kl_of_tokens"
check(kl_of_tokens)

# %% [markdown] exercise="preference_loss" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: From pairs alone
#
# Of B pairs you have the log-probabilities of the chosen and of the rejected answer, under the policy and under the
# reference. Return DPO's loss: minus the mean of log σ(β · margin), where the margin says how much further the chosen
# answer has moved from the reference than the rejected one. It must stay finite for a margin of −1,000.


# %% answer="preference_loss"
def preference_loss(
    chosen: Float[Tensor, "B"],
    rejected: Float[Tensor, "B"],
    ref_chosen: Float[Tensor, "B"],
    ref_rejected: Float[Tensor, "B"],
    beta: float,
) -> Float[Tensor, ""]:
    """DPO's loss."""
    ### BEGIN SOLUTION
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)  # (B,), in nats
    return -F.logsigmoid(beta * margin).mean()  # logsigmoid: log(sigmoid(−1,000)) would be −inf
    ### END SOLUTION


# %% check="preference_loss"
check(preference_loss)

# %% [markdown] exercise="grpo_step" kind="debug" difficulty=3 minutes=15 points=4
# ## Exercise 7: A policy that does not learn
#
# This loss looks right, and nothing is learned. It has two faults. Run the cell, look at the gradient, and find both.
# (KL stands in the loss, without the ratio, as in GRPO's paper: that is no fault here. Section 5 of the lesson says
# what it costs.)


# %%
def broken_grpo_step(log_probs, old_log_probs, ref_log_probs, rewards, mask, beta):
    ratio = (log_probs - old_log_probs).exp()
    A = ((rewards - rewards.mean()) / (rewards.std() + 1e-6)).unsqueeze(1)  # (B, 1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A)
    gap = log_probs - ref_log_probs
    kl = torch.exp(-gap) + gap - 1
    return -surrogate.mean() + beta * kl.mean()


weights = torch.zeros(2, 3, requires_grad=True)  # what the optimizer would change
log_probs = torch.full((2, 3), -1.0) + weights
mask = torch.tensor([[True, True, False], [True, True, True]])
loss = broken_grpo_step(log_probs, log_probs, log_probs.detach(), torch.tensor([1.0, 0.0]), mask, beta=0.1)
loss.backward()
print("gradient:", weights.grad.abs().max().item())

# %% [markdown]
# Write it right, as `grpo_step`: clip at 0.2, advantages within the one group that the answers are, both means over the
# tokens under the mask.


# %% answer="grpo_step"
def grpo_step(
    log_probs: Float[Tensor, "B T"],
    old_log_probs: Float[Tensor, "B T"],
    ref_log_probs: Float[Tensor, "B T"],
    rewards: Float[Tensor, "B"],
    mask: Bool[Tensor, "B T"],
    beta: float,
) -> Float[Tensor, ""]:
    """GRPO's loss for B answers to one prompt."""
    ### BEGIN SOLUTION
    ratio = (log_probs - old_log_probs.detach()).exp()  # π_old is a record: if it moves along, ρ stays 1
    A = ((rewards - rewards.mean()) / (rewards.std() + 1e-6)).unsqueeze(1)  # (B, 1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A)
    d = ref_log_probs - log_probs
    kl = d.exp() - d - 1
    return ((beta * kl - surrogate) * mask).sum() / mask.sum()  # prompt and padding do not count
    ### END SOLUTION


# %% check="grpo_step"
check(grpo_step)

# %% [markdown] exercise="predict_best" kind="predict" difficulty=2 minutes=10 points=3
# ## Exercise 8: Predict: how far will the best policy go?
#
# A reference gives three answers the probabilities 1/2, 1/4 and 1/4. Their rewards are 0, ln 2 and ln 4, and β = 1.
# Of the best policy π*, what are
#
# 1. the probability of the third answer;
# 2. the mean reward;
# 3. KL(π* ‖ π_ref), in nats;
# 4. J = reward − β KL?
#
# Two digits after the point are enough. ln 2 = 0.693.


# %% answer="predict_best"
def predict_best() -> tuple[float, float, float, float]:
    """Third probability, mean reward, KL, J."""
    ### BEGIN SOLUTION
    # Weights: 1/2 · 1, 1/4 · 2, 1/4 · 4 = 1/2, 1/2, 1; Z = 2; π* = 1/4, 1/4, 1/2.
    reward = 1 / 4 * 0 + 1 / 4 * math.log(2) + 1 / 2 * math.log(4)
    kl = 1 / 4 * math.log((1 / 4) / (1 / 2)) + 1 / 4 * math.log(1) + 1 / 2 * math.log((1 / 2) / (1 / 4))
    return 1 / 2, reward, kl, math.log(2)  # J = β log Z
    ### END SOLUTION


# %% check="predict_best"
check(predict_best)

# %% [markdown]
# ## What you have practised
#
# A reward becomes a gradient by the log-derivative, a baseline makes it quiet, a ratio and a clip let answers be used
# twice, and a price on KL keeps what the model knew. The habits to keep: only the answer's tokens count, what is a
# record is detached, and the sign of every term is checked on a case that you can do by hand.
