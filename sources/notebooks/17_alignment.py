# %% [markdown]
# # 17 · Preferences and reinforcement
#
# **When you finish, you can**
# - turn a reward into a gradient with the log-derivative, and say why a baseline may be subtracted from it;
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
# Letters: `K` answers that can be counted, `B` answers in a batch, `T` tokens, `V` vocabulary; π(y) the probability
# that a policy writes the answer y, r(y) the reward of y.

# %%
import math

import torch

from course_lib import pretrained
from course_lib.alignment import (
    AlignConfig,
    Trail,
    best_objective,
    best_policy,
    clipped_loss,
    frontier,
    group_advantages,
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
# If only the reward counted, a policy that always says "September" would be a best one. That is not what one wants: it
# has forgotten all but one sentence. So every step away from the reference has a price. The **objective** J is the mean
# reward less this price. β says how high the price is:
#
# $$J(\pi) = \underbrace{\sum_y \pi(y)\, r(y)}_{\text{mean reward}} - \beta \underbrace{\sum_y \pi(y) \ln
# \frac{\pi(y)}{\pi_{\text{ref}}(y)}}_{\text{KL, in nats}}$$
#
# With answers that can be counted, the policy with the largest J is known: each answer's probability is multiplied by
# $e^{r/\beta}$, and all are divided by their sum Z, so that they add up to 1 again.
#
# $$\pi^*(y) = \frac{\pi_{\text{ref}}(y)\, e^{r(y)/\beta}}{Z}, \qquad J(\pi^*) = \beta \ln Z$$
#
# Why? Solve the left formula for r, that is $r = \beta \ln (\pi^* / \pi_{\text{ref}}) + \beta \ln Z$, and put it into
# J. What remains is $J(\pi) = \beta \ln Z - \beta\, \mathrm{KL}(\pi \,\|\, \pi^*)$. A KL is never negative, and it is 0
# only where π is π*.
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

# %% [markdown] fold="By hand"
# The weights are 0.097 · 55 = 5.3 for the cool months and 0.90 · 1 for the others, and 5.3 / (5.3 + 0.90) = 0.85.

# %% [markdown]
# So we know where every training must start, and above which J no training can come. For each β there is such a best
# policy. Together they are a line, the **frontier**: the most reward for each amount of KL. We draw it below, with the
# trainings beside it.

# %% fold="drawing"
names = [*months, "anything else"]


def bars(title: str, before: torch.Tensor, after: torch.Tensor, label: str, alt: str, folded: str) -> None:
    """Two distributions over the answers, side by side; the months that we want are marked."""
    fig, (axes,) = plotting.figure(title=title, xlabel="answer", ylabel="probability", size=(7.6, 3.4))
    places = torch.arange(len(names))
    axes.bar(places - 0.2, before.exp(), width=0.4, color="0.7", label="reference")
    axes.bar(places + 0.2, after.exp(), width=0.4, color=plotting.PALETTE[0], label=label)
    axes.set_xticks(places, [f"{name} ★" if name in cool else name for name in names], rotation=30, ha="right")
    axes.legend()
    plotting.show(fig, alt=alt, folded=folded)


bars(
    "The best policy at β = 0.25 raises the two cool months and keeps the order of all others",
    log_ref,
    best_policy(log_ref, task.rewards, BETA),
    "best policy π*",
    "Two bars for each answer. The reference falls from 0.38 for March to 0.04 for October. The best policy has 0.46 "
    "and 0.39 for September and October, and at most 0.06 for each other month.",
    "The reference and the best policy, month by month",
)

# %% [markdown]
# π* does not choose the *one* best answer. September and October keep their ratio to each other, and so do the other
# months: only what the reward says has changed. **Exercises 1 and 8** are about π*, by code and with a pencil.

# %% [markdown]
# ## 3 · A gradient from samples
#
# For whole stories, answers cannot be counted: there are too many. One draws some, looks at their rewards, and wants a
# gradient. But a drawn token is a whole number, and a judge is a program: no gradient flows through either of them. The
# mean reward, however, is a sum over answers, and its gradient is
#
# $$\nabla \sum_y \pi(y) r(y) = \sum_y r(y) \nabla \pi(y) = \sum_y \pi(y)\, r(y) \nabla \ln \pi(y)$$
#
# since $\nabla \pi = \pi \nabla \ln \pi$: the **log-derivative**. On the right there is a mean over answers drawn from
# π. So: draw, multiply each answer's reward by the gradient of its log-probability, take the mean. Nobody has to
# differentiate the reward. (Williams 1992 called this REINFORCE.)
#
# Three words, logits 0, 0 and 0, and a reward of 1 for the first. First the exact gradient, then the estimate from 200
# draws, then the estimate with the mean reward subtracted as a **baseline**:

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
# The baseline changes nothing in the mean, because the mean of ∇ ln π is 0. But it makes a single estimate less noisy:
# for the first logit the deviation falls by half, from 0.022 to 0.011. **Exercise 2** is this estimate as a loss.

# %% [markdown]
# ## 4 · Groups
#
# Which baseline? In **PPO** (Schulman et al. 2017) a second model learns which reward to expect. **GRPO** (Shao et al.
# 2024) needs no second model: it draws a group of n answers to the same prompt and compares them with their own mean.
# The **advantage** of answer i is
#
# $$A_i = \frac{r_i - \text{mean}(r_1 \dots r_n)}{\text{std}(r_1 \dots r_n)}$$
#
# By hand: four answers with the rewards 1, 0, 0, 0 have the mean 0.25 and the standard deviation √(0.75 / 3) = 0.5
# (divided by n − 1, as torch does). The advantages are 1.5, −0.5, −0.5 and −0.5. What is better than its group is made
# more likely, and the rest less likely.

# %%
print("advantages:", group_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))[0].round(decimals=2).tolist())

# %% [markdown]
# Two more parts make it a training:
#
# - **The ratio.** Drawing is slow, so the same answers serve for more than one step. Then they are no longer drawn from
#   the policy that is trained, and each token's term gets the factor ρ = π/π_old.
# - **The clip.** A ratio far from 1 is not to be trusted. So each token adds the smaller of two terms:
#
# $$\min\big(\rho\, A,\ \text{clip}(\rho,\ 0.8,\ 1.2)\, A\big)$$
#
# The mean of these terms over all tokens is what the policy is trained to raise.

# %% fold="drawing"
rho = torch.linspace(0.4, 1.6, 121)
fig, panels = plotting.figure(
    title="Beyond the clip the line is flat: no gradient, where ρ has moved far enough", columns=2, size=(4.2, 3.0)
)
for axes, (name, A) in zip(panels, (("a good answer, A = 1", 1.0), ("a bad answer, A = −1", -1.0)), strict=True):
    terms = [
        -clipped_loss(r.log().view(1, 1), torch.zeros(1, 1), torch.tensor([A]), torch.tensor([[True]])) for r in rho
    ]
    axes.plot(rho, rho * A, "--", color="0.6", label="without the clip")
    axes.plot(rho, torch.stack(terms), color=plotting.PALETTE[0], label="with the clip")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set(title=name, xlabel="ratio ρ = π / π_old", ylabel="term of one token")
    axes.legend(fontsize="small")
plotting.show(
    fig,
    alt="The term of one token against the ratio. For a good answer it rises with the ratio up to 1.2 and is flat "
    "beyond. For a bad answer it is flat below 0.8 and falls from there on.",
)

# %% [markdown]
# At the first step on a group ρ is 1. A good answer is made more likely until ρ is 1.2, a bad one less likely until ρ
# is 0.8. In the other direction there is no clip: a mistake can always be taken back.
#
# π_old is a record of what was. If a gradient flows through it, ρ is always 1 and nothing is learned, without a message
# (**exercise 7**). **Exercises 3 and 4** are the advantages and the clip.
#
# **And the price on KL?** In our training it is taken off the reward of each answer: r − β ln(π/π_ref), whose mean is
# J. So the policy has no reason to say *September* always. Where J is largest, at π*, this number is the same for all
# answers, and all advantages are 0.
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

# %% [markdown] fold="What came out"
# Nearly all the way, from nothing but the rewards of 24 · 32 = 768 answers. Elsewhere one could only say that the
# reward went up.

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
for name, trails, about in (("loss", in_loss, 0.77), ("reward", grpo, 0.84)):
    lowest, _, highest = (approx(r, about=about, within=0.08) for r in sorted(trail.last.reward for trail in trails))
    print(f"mean reward with KL in the {name}, three seeds: {lowest} to {highest}")
measured("mean reward of π*", best.reward, about=0.855, within=0.02)

# %% [markdown] fold="What came out, and why"
# Farther, but in J hardly so: near its top J is flat, and three seeds do not settle a difference of a few hundredths.
# The *place* is clearly another one, with less reward than π* and less KL from each seed. The estimate has the right
# *value*, but the gradient of an estimate is not an estimate of the gradient. The answers were drawn from π, and the
# loss does not differentiate through the drawing. What is left pulls towards the reference with another force: (1 −
# π_ref/π) per token in place of ln(π/π_ref). So the policy comes to rest elsewhere. On a real task nobody would see it,
# since nobody knows π*. **Exercise 5** is the estimate.

# %% [markdown]
# ## 6 · From pairs alone
#
# Often there is no reward, only somebody who says which of two answers is better. The usual model of such a judge
# (Bradley and Terry 1952) prefers the first with the probability σ(r₁ − r₂), where σ(x) = 1/(1 + e^−x). One way is to
# train a second model, the **reward model**, on such pairs, and to use its number as the reward of section 4: this is
# RLHF (Ouyang et al. 2022). **DPO** (Rafailov et al. 2023) needs no second model. It takes the formula of section 2,
# r = β ln(π*/π_ref) + β ln Z. In a difference of two rewards Z cancels, so a policy can be trained on pairs as if it
# *were* the reward:
#
# $$\text{loss} = -\ln \sigma\Big(\beta \Big[\ln \frac{\pi(\text{chosen})}{\pi_{\text{ref}}(\text{chosen})} - \ln
# \frac{\pi(\text{rejected})}{\pi_{\text{ref}}(\text{rejected})}\Big]\Big)$$
#
# Its minimum is the same π*. Nothing is drawn from the policy while it learns: the reference draws the pairs, and our
# judge prefers the first with probability σ(r₁ − r₂). For a cool month beside another one that is σ(1) = 0.73.
# **Exercise 6** is this loss.

# %%
dpo = [train_dpo(pretrained.load("howsam"), task, AlignConfig(**{**vars(plan), "learning_rate": 1e-4, "epochs": 1}))]
measured("share of the way", ways(dpo)[0], about=0.2, within=0.15, digits=2)

# %% [markdown]
# (One seed, and 24 steps with half of GRPO's learning rate; GRPO took 48.) It goes in the right direction and gets a
# small part of the way. DPO's answers come from the reference, in which a cool month has 10 %, so most pairs have no
# cool month at all and say nothing. GRPO draws from a policy that says September more and more often, so its answers
# say more. A larger step does not help: at three times this learning rate, when we tried it, both answers of a pair
# lost probability, and the policy ended at text that is not a month, at a J far below the reference's. Only the
# *difference* of the two counts in DPO's loss.
#
# Now all trainings beside the frontier. Each dot is the exact place of a policy, every few steps.

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
policy = pretrained.load("howsam")
hacked = train_grpo(policy, task, plan, rewards=by_letter)
after = task.distribution(policy)  # (9,)
reveal("really cool after the training", approx(hacked.last.reward, about=0.1, within=0.08, digits=2), guess)
judged = {name: (log_p.exp() * by_letter).sum().item() for name, log_p in (("before", log_ref), ("after", after))}
measured("what the judge gives, before", judged["before"], about=0.65, within=0.02)
measured("what the judge gives, after ", judged["after"], about=0.97, within=0.05)
measured("share of really cool months, before", start.reward, about=0.097, within=0.01)
aimed_at = place(best_policy(log_ref, by_letter, BETA), log_ref, task.rewards)
measured("share of really cool months in this judge's best policy", aimed_at.reward, about=0.148, within=0.02)

# %% fold="drawing"
bars(
    "The judge's reward goes up: March and April win, and the cool months do not",
    log_ref,
    after,
    "trained on the judge with a hole",
    "Two bars for each answer. After the training March and April have more than before, May to August nearly nothing, "
    "and the two cool months about as little as before.",
    "The reference and the trained policy, month by month",
)

# %% [markdown] fold="What came out"
# (One seed.) The judge gives nearly the most that it can give, and we have not gained what we wanted: the policy says
# "March" and "April" still more often, which have an r and were likely before. It did what was rewarded, not what was
# meant: **reward hacking**. The price on KL does not help here, since the hole lies close to the reference. What helps
# is to look at what the policy writes, and a reward that is right.
#
# The last number is a caution. September and October have an r as well, so the best policy for this judge would say
# them somewhat *more* often than the reference does. The training ended below that: most of its draws were March and
# April, and for the judge they are as good. So this small move of the cool months is not the hack, and another seed may
# move them otherwise. The hack is that the judge's number rose to nearly 1 while they stayed rare.

# %% [markdown]
# **The answer to our question.** A reward becomes a gradient through the log-derivative: draw, compare with the group,
# raise what was better. And we know how well it worked. GRPO went at least nine tenths of the way from the reference to
# the ceiling J = 0.457, from each of three seeds. With KL in the loss it came to rest at a mean reward of about 0.78,
# where π* has 0.855. DPO, in half as many steps with half the learning rate, went only a small part of the way (one
# seed): that was no race on equal terms.
#
# **What is missing.** Our answers are one word, so that they can be counted. For whole stories the same code runs, but
# nobody can compute the ceiling by enumeration. We had a rule as the judge; a learned reward model has holes of its
# own, and they are harder to see than ours. And three seeds of one task do not say which method is better elsewhere.

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
# Open the choice that you think is right.
#
# **1.** Why may the mean reward be subtracted from every reward?
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
# The exercises are in `exercises/17_alignment.ipynb`: every loss of this lesson, and a policy that does not learn.
# Until here the model itself stayed that of lesson 07, and only its weights moved. **Lesson 18, the decoder of today**,
# asks which parts of the model are built otherwise now, and which of these changes would help yours.
