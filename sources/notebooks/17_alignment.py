# %% [markdown]
# # 17 · Preferences and reinforcement
#
# **When you finish, you can**
# - turn a reward into a gradient with the log-derivative, and say why a baseline may be taken from it;
# - write GRPO's loss and DPO's, and name the mistakes that make them silent;
# - compute the best policy that a reward and a price on KL allow, and say how much of the way to it a training went;
# - see reward hacking in a picture, and say what the price on KL does against it.
#
# **What you need first:** lessons 07 (log-probabilities and the loss), 11 (AdamW), 12 (drawing tokens).
#
# **Time:** about 75 minutes.
#
# **The question.** A model that was trained on stories tells stories. You want it to tell *some* of them more often:
# the helpful ones, the kind ones, those with a happy end. You have no texts to copy, only a number for each text: a
# **reward**. How does a number become a gradient? And how do you know whether the training worked well, or only a
# little? Elsewhere nobody can say how good the best policy would be. Here we can compute it.
#
# Letters: `K` answers that can be counted, `B` answers in a batch, `T` tokens, `V` vocabulary.

# %%
import math

import torch

from course_lib import pretrained
from course_lib.alignment import (
    AlignConfig,
    Trail,
    best_objective,
    best_policy,
    frontier,
    make_task,
    place,
    train_dpo,
    train_grpo,
    way_gone,
)
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured

# %% [markdown]
# **Where we are.** The model is that of lesson 07, trained. It is our **policy** now: that is what a model is called
# when what it writes is judged. All that we change is what leaves the head, the probabilities of the next token.

# %%
tokenizer = pretrained.load_tokenizer("howsam")
reference = pretrained.load("howsam")

# %% fold="drawing"
diagram.model(reference, lit="head", tokens=8)

# %% [markdown]
# ## 1 · A choice that can be counted
#
# To know what is best, we take a choice with few answers. Behind this beginning a month must follow:

# %%
prompt = (
    "Once upon a time, there was a little girl named Lily. She loved pancakes, owls and singing.\n\nOne gray morning in"
)
months = ["March", "April", "May", "June", "July", "August", "September", "October"]
cool = {"September", "October"}  # what we want to hear more often
task = make_task(tokenizer, prompt, [f" {month}" for month in months], [float(m in cool) for m in months], stop=",")

log_ref = task.distribution(reference)  # (9,): eight months and, last, anything else
for month, log_p, reward in zip([*months, "anything else"], log_ref.tolist(), task.rewards.tolist(), strict=True):
    print(f"{month:14} {approx(math.exp(log_p), about=math.exp(log_p), within=0.02, digits=3)}   reward {reward:.0f}")

# %% [markdown]
# The probability of an answer is a product over its tokens, the comma that ends it among them. There is no sampling in
# this table. Compare it with the truth: the generator draws the k-th of these eight months with a probability that goes
# with 1/k, so March has 1/(1 + 1/2 + … + 1/8) = 0.37. The model has learned that almost to the digit.
#
# The reward of an answer is 1 for September and October, and 0 for all others. That is a taste, not a truth. And it is
# a **rule that a program can check**: nobody can argue with it.

# %% [markdown]
# ## 2 · The best policy there is
#
# If only the reward counted, the best policy would say "September" always. That is not what one wants: a policy that
# has forgotten all but one sentence earns the most. So every step away from the reference has a price:
#
# $$J(\pi) = \underbrace{\sum_y \pi(y)\, r(y)}_{\text{mean reward}} - \beta \underbrace{\sum_y \pi(y) \ln
# \frac{\pi(y)}{\pi_{\text{ref}}(y)}}_{\text{KL, in nats}}$$
#
# With answers that can be counted, the policy with the largest J is known: each answer's probability is multiplied by
# $e^{r/\beta}$, and all are made to add up to 1 again.
#
# $$\pi^*(y) = \frac{\pi_{\text{ref}}(y)\, e^{r(y)/\beta}}{Z}, \qquad J(\pi^*) = \beta \ln Z$$
#
# **Guess first.** September and October together have about 10 % under the reference. At β = 0.25, $e^{1/\beta}$ is 55.
# What is their share under π*?

# %%
guess = ...  # between 0 and 1

# %%
BETA = 0.25
best = place(best_policy(log_ref, task.rewards, BETA), log_ref, task.rewards)
start = place(log_ref, log_ref, task.rewards)
reveal("mean reward of π*, which is their share", approx(best.reward, about=0.855, within=0.02, digits=2), guess)
measured("mean reward of the reference", start.reward, about=0.097, within=0.01)
measured("KL of π*", best.kl, about=1.59, within=0.05, unit="nats")
measured("J of the reference", start.objective(BETA), about=0.097, within=0.01)
measured("J of π*: the ceiling", best_objective(log_ref, task.rewards, BETA), about=0.457, within=0.01)

# %% [markdown]
# By hand: the weights are 0.10 · 55 = 5.3 for the cool months and 0.90 · 1 for the others, and 5.3 / (5.3 + 0.90) =
# 0.85.
#
# So we know where every training must start, and above which J no training can come. For each β there is such a best
# policy. Together they are a line, the **frontier**: the most reward for each amount of KL. We draw it below, with the
# trainings beside it.

# %% [markdown]
# ## 3 · A gradient from samples
#
# In the world outside, answers cannot be counted. One draws some, looks at their rewards, and wants a gradient. The
# mean reward is a sum over answers, and its gradient is
#
# $$\nabla \sum_y \pi(y) r(y) = \sum_y r(y) \nabla \pi(y) = \sum_y \pi(y)\, r(y) \nabla \ln \pi(y)$$
#
# since $\nabla \pi = \pi \nabla \ln \pi$: the **log-derivative**. On the right there is a mean over answers drawn from
# π. So: draw, multiply each answer's reward with the gradient of its log-probability, take the mean. Nobody has to
# differentiate the reward.
#
# Three words, logits 0, 0 and 0, and a reward of 1 for the first. First the exact gradient, then the estimate from 200
# draws, then the estimate with the mean reward taken away as a **baseline**:

# %%
logits = torch.zeros(3, requires_grad=True)
rewards = torch.tensor([1.0, 0.0, 0.0])
(exact,) = torch.autograd.grad((torch.softmax(logits, 0) * rewards).sum(), logits)


def estimate(draws: torch.Tensor, baseline: float) -> torch.Tensor:
    """The policy gradient from some draws, (3,)."""
    log_probs = torch.log_softmax(logits, 0)[draws]
    (gradient,) = torch.autograd.grad(((rewards[draws] - baseline) * log_probs).mean(), logits)
    return gradient


generator = torch.Generator().manual_seed(0)
repeats = [torch.randint(3, (200,), generator=generator) for _ in range(300)]
plain = torch.stack([estimate(draws, 0.0) for draws in repeats])  # (300, 3)
based = torch.stack([estimate(draws, rewards[draws].mean().item()) for draws in repeats])


def row(name: str, values: torch.Tensor) -> None:
    """Three numbers of a gradient, in a line."""
    print(f"{name:32}", "  ".join(f"{value:+.3f}" for value in values.tolist()))


row("exact", exact)
row("mean of 300 estimates", plain.mean(0))
row("the same with a baseline", based.mean(0))
row("deviation of one estimate", plain.std(0))
row("the same with a baseline", based.std(0))

# %% [markdown]
# The exact gradient is p(r − mean r) for each logit: 1/3 · 2/3 = 0.222 for the first. The estimates agree in the mean.
# The baseline changes nothing in the mean, because the mean of ∇ ln π is 0. But it makes a single estimate less noisy,
# above all for the first logit.

# %% [markdown]
# ## 4 · Groups
#
# Which baseline? **GRPO** (Shao et al. 2024) draws a group of answers to the same prompt and compares them with their
# own mean. No second model has to learn what to expect. Two more parts make it a training:
#
# - **The ratio.** Drawing is slow, so the same answers serve for more than one step. Then they are no longer drawn from
#   the policy that is trained, and each token's term gets the factor ρ = π/π_old.
# - **The clip.** A ratio far from 1 is not to be trusted: where ρ has left [0.8, 1.2] in the direction that pays, there
#   is no gradient any more.
#
# π_old is a record of what was. If a gradient flows through it, ρ is always 1 and nothing is learned, without a message
# (exercise 7).
#
# **Guess first.** 24 groups of 32 answers, two steps each. Which share of the way from the reference's J to the ceiling
# does the policy go?

# %%
guess = ...  # between 0 and 1

# %%
SEEDS = (0, 1, 2)
plan = AlignConfig(steps=24, group=32, epochs=2, beta=BETA, learning_rate=2e-4, every=5)


def trained(train, **options) -> list[Trail]:
    """The same training from three seeds, each from the reference's weights."""
    configs = [AlignConfig(**{**vars(plan), "seed": seed, **options}) for seed in SEEDS]
    return [train(pretrained.load("howsam"), task, config) for config in configs]


def ways(trails: list[Trail]) -> list[float]:
    """Which share of the way each went, lowest first."""
    return sorted(way_gone(trail.last, start, log_ref, task.rewards, BETA) for trail in trails)


grpo = trained(train_grpo)
reveal("the middle one of three seeds", approx(ways(grpo)[1], about=0.97, within=0.06, digits=2), guess)
measured("the lowest", ways(grpo)[0], about=0.94, within=0.1, digits=2)

# %% [markdown]
# Nearly all the way, in a few seconds, from nothing but the rewards of 768 answers. Elsewhere one could only say
# that the reward went up.

# %% [markdown]
# ## 5 · What KL costs, and where it is paid
#
# KL can be paid in two places. Above, it was taken from the **reward**: r − β ln(π/π_ref) of each answer. GRPO's paper
# adds it to the **loss** instead, with an estimate per token, $e^d - d - 1$ with $d = \ln \pi_{\text{ref}} - \ln \pi$.
# It is never negative, and its mean is KL. So the two should do the same.
#
# **Guess first.** With KL in the loss, does the policy end nearer to the ceiling, farther from it, or at the same
# place?

# %%
guess = ...  # "nearer", "farther" or "same"

# %%
in_loss = trained(train_grpo, kl_in="loss")
middle = ways(in_loss)[1]
reveal("share of the way, the middle one of three seeds", approx(middle, about=0.96, within=0.06, digits=2), guess)
reward_in_loss = sorted(trail.last.reward for trail in in_loss)[1]
reward_above = sorted(trail.last.reward for trail in grpo)[1]
measured("mean reward with KL in the loss", reward_in_loss, about=0.77, within=0.08)
measured("mean reward with KL in the reward", reward_above, about=0.84, within=0.08)
measured("mean reward of π*", best.reward, about=0.855, within=0.02)

# %% [markdown]
# The estimate has the right *value*, but the gradient of an estimate is not an estimate of the gradient. The answers
# were drawn from π, and the loss does not differentiate through the drawing. What is left pulls towards the reference
# with another force: (1 − π_ref/π) per token in place of ln(π/π_ref). So the policy comes to rest at another place,
# with less reward than π* and less KL. On a real task nobody would see it, since nobody knows π*.

# %% [markdown]
# ## 6 · From pairs alone
#
# Often there is no reward, only somebody who says which of two answers is better. **DPO** (Rafailov et al. 2023) turns
# the formula of π* round: r = β ln(π*/π_ref) + β ln Z. In a difference of two rewards Z goes away, so a policy can be
# trained on pairs as if it *were* the reward:
#
# $$\text{loss} = -\ln \sigma\Big(\beta \Big[\ln \frac{\pi(\text{chosen})}{\pi_{\text{ref}}(\text{chosen})} - \ln
# \frac{\pi(\text{rejected})}{\pi_{\text{ref}}(\text{rejected})}\Big]\Big)$$
#
# Its minimum is the same π*. Nothing is drawn from the policy while it learns: the reference draws the pairs, and our
# judge prefers the first with probability σ(r₁ − r₂).

# %%
dpo = [train_dpo(pretrained.load("howsam"), task, AlignConfig(**{**vars(plan), "learning_rate": 1e-4, "epochs": 1}))]
measured("share of the way", ways(dpo)[0], about=0.2, within=0.15, digits=2)

# %% [markdown]
# (One seed.) It goes in the right direction and gets a part of the way. DPO's answers come from the reference, in which
# October is rare, so most pairs have no cool month at all and say nothing. The same number of answers teaches GRPO
# more, since GRPO draws from a policy that says September more and more often. A larger step does not help: at three
# times this learning rate, when we tried it, both answers of a pair lost probability, and the policy ended at text that
# is not a month, at a J far below the reference's. Only the *difference* of the two counts in DPO's loss.

# %% fold="drawing"
line = frontier(log_ref, task.rewards, [3.0, 1.5, 1.0, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1])
fig, (axes,) = plotting.figure(
    title="GRPO ends beside π*, and with KL in the loss a little before it",
    xlabel="KL to the reference (nats)",
    ylabel="mean reward",
)
axes.plot([p.kl for p in line], [p.reward for p in line], color="black", label="frontier: the most that is possible")
for name, trails, colour in (
    ("GRPO, KL in the reward", grpo, plotting.PALETTE[0]),
    ("GRPO, KL in the loss", in_loss, plotting.PALETTE[1]),
    ("DPO", dpo, plotting.PALETTE[2]),
):
    for number, trail in enumerate(trails):
        points = [point for _, point in trail.places]
        label = name if number == 0 else None
        kl, reward = [p.kl for p in points], [p.reward for p in points]
        axes.plot(kl, reward, marker="o", markersize=3, color=colour, label=label)
axes.plot([best.kl], [best.reward], marker="*", markersize=16, color="black", linestyle="", label="π* at β = 0.25")
axes.set(xlim=(-0.05, 3), ylim=(0, 1.02))
axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
plotting.show(
    fig,
    alt="Mean reward against KL. The frontier rises steeply from 0.1 and bends towards 1 near 2 nats. The trails of "
    "GRPO begin at its lower end and end at the star of the best policy; some run far to the right on the way. Those "
    "with KL in the loss stay close to the frontier and end a little before the star. DPO's trail is short. No trail "
    "lies above the frontier.",
)

# %% [markdown]
# No point lies above the frontier: none can. Look at the blue trails that first run away to the right, at little
# reward. A step at the beginning was too long, and the policy said things that are not a month. It came back by itself,
# because GRPO draws from the policy as it is: whatever it does wrong is drawn, and judged.

# %% [markdown]
# ## 7 · A reward with a hole
#
# A reward is written by people, and people make rules that are nearly right. An old rule says: months with an **r** in
# their name are cool. Somebody writes the judge so: 1 for every month with an r. In English this is September to April.
#
# **Guess first.** We train on this judge with the same settings. The judge's reward goes up. What happens to the share
# of months that are *really* cool, 0.10 before?

# %%
guess = ...  # between 0 and 1

# %%
by_letter = torch.tensor([*(float("r" in month.lower()) for month in months), 0.0])  # (9,)
hacked = train_grpo(pretrained.load("howsam"), task, plan, rewards=by_letter)
judged = place(best_policy(log_ref, by_letter, BETA), log_ref, by_letter.double())
reveal("really cool after the training", approx(hacked.last.reward, about=0.1, within=0.08, digits=2), guess)
measured("what the judge would give its own best policy", judged.reward, about=0.99, within=0.02)

# %% [markdown]
# The judge is content, and nearly nothing has changed: the policy says "March" and "April" still more often, which have
# an r and were likely before. It did what was rewarded, not what was meant: **reward hacking**. The price on KL does
# not help here, since the hole lies close to the reference. What helps is to look at what the policy writes, and a
# reward that is right.

# %% [markdown]
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `alignment.make_task(tokenizer, prompt, answers, rewards)` | a choice whose answers can be counted |
# | `alignment.best_policy`, `best_objective`, `frontier` | π*, its J, and the most reward for each KL |
# | `alignment.policy_gradient_loss`, `group_advantages`, `clipped_loss`, `grpo_loss` | from rewards to a gradient |
# | `alignment.dpo_loss` | from pairs to a gradient |
# | `alignment.train_grpo`, `train_dpo` | the loops; they return where the policy was |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you hold for right.
#
# **1.** Why may the mean reward be taken from every reward?
#
# - Because it makes all rewards positive
#   - It makes about half of them negative, and that is the use of it.
# - Because the mean of ∇ ln π over what π draws is 0
#   + A number that does not depend on the answer adds nothing in the mean. It only makes the estimate less noisy.
# - Because the optimizer is AdamW
#   - It holds for every optimizer.
#
# **2.** All answers of a group have the same reward. What does GRPO learn from it?
#
# - Nothing
#   + All advantages are 0. A prompt that is too easy, or too hard, teaches nothing.
# - That all of them are good
#   - Good is only what is better than the group's mean.
# - It fails with a division by 0
#   - A small number is added to the deviation, and 0 divided by it is 0.
#
# **3.** β is made ten times smaller. What happens to π*?
#
# - It comes nearer to the reference
#   - The price on KL becomes smaller, so it may go farther away.
# - It goes farther from the reference, to more reward
#   + Each probability is multiplied by e^(r/β): rewards count ten times as much.
# - Nothing, since β only scales the loss
#   - β weighs KL against the reward, and so it decides where the best place is.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/17_alignment.ipynb`: every loss of this lesson, and a policy that does not learn. Then
# **lesson 18, the decoder of today**.
