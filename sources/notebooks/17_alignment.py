# %% [markdown]
# # 17 · Preferences and reinforcement
#
# **When you finish, you can**
# - turn a reward into a gradient with the log-derivative, and say why a baseline may be subtracted from it;
# - write GRPO's loss and DPO's, and name the mistakes that make them silent;
# - compute the best policy that a reward and a price on KL allow, and say how much of the way to it a training went;
# - see reward hacking in a picture, and compute what a price on KL can do against it, and what it cannot.
#
# **What you need first:** lessons 07 (log-probabilities and the loss), 11 (AdamW), 12 (drawing tokens).
#
# **Time:** about 75 minutes.
#
# **The question.** A model that was trained on stories tells stories. You want it to tell *some* of them more often:
# the helpful ones, the kind ones, those with a happy end. You have no texts to copy. You only have a number for each
# text: a **reward**. How does a number become a gradient? And how do you know whether the training worked well, or only
# a little? Elsewhere nobody can say how good the best result would be. Here we can compute it.
#
# Letters: `K` answers that can be counted, `B` answers in a batch, `T` tokens, `V` vocabulary; π(y) the probability
# that a policy writes the answer y, r(y) the reward of y.

# %%
import math
from dataclasses import replace

import torch
from torch.nn import functional as F

from course_lib import pretrained
from course_lib.alignment import (
    AlignConfig,
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
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured

# %% [markdown]
# **Where we are.** This is the model of lesson 07, trained. From now on it has a new name: it is our **policy**. That
# is what a model is called when what it writes is judged. A copy of it stays as it is: the **reference**. All that we
# change is what leaves the head, the probabilities of the next token.

# %%
tokenizer = pretrained.load_tokenizer("howsam")
reference = pretrained.load("howsam")

# %% fold="drawing"
diagram.model(reference, lit="head", tokens=8)

# %% [markdown]
# ## 1 · A choice that can be counted
#
# To know what is best, we take a choice with few answers. Behind this beginning of a story, a month must follow. We
# would like to hear of the two cool months more often.

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
# The left number is the probability that the model goes on with this month and a comma. It is a product over these two
# tokens, so nothing in this table is sampled. (The generator itself draws the k-th of the eight months with a
# probability that goes with 1/k. March has 1/(1 + 1/2 + … + 1/8) = 0.37. The model has learned that.)
#
# The right number is the **reward**: 1 for September and October, 0 for all others. It is a rule that a program can
# check, so nobody can argue with it.
#
# **What to notice:** the cool months have 0.053 + 0.045, about 10 % together. That is where we start.

# %% [markdown]
# ## 2 · The best policy there is
#
# What would the best policy be? One that always says "September" gets the most reward. But it has forgotten all other
# sentences. So each step away from the reference gets a price.
#
# The distance is measured by **KL**, in nats: the mean, over what π says, of ln(π/π_ref). The **objective** J is the
# mean reward less β times KL, where β is the price of a nat:
#
# $$J(\pi) = \underbrace{\sum_y \pi(y)\, r(y)}_{\text{mean reward}} - \beta \underbrace{\sum_y \pi(y) \ln
# \frac{\pi(y)}{\pi_{\text{ref}}(y)}}_{\text{KL}}$$
#
# **By hand, with three answers.** The reference says *sun*, *rain* and *snow* with 0.6, 0.3 and 0.1. Only *snow* has a
# reward, 1. The price is β = 0.5. Three policies:
#
# | policy | sun | rain | snow | mean reward | KL | J = reward − 0.5 · KL |
# |---|---|---|---|---|---|---|
# | the reference | 0.6 | 0.3 | 0.1 | 0.1 | 0 | **0.10** |
# | always *snow* | 0 | 0 | 1 | 1 | 1 · ln(1/0.1) = 2.30 | 1 − 1.15 = **−0.15** |
# | π* | 0.37 | 0.18 | 0.45 | 0.45 | 0.41 | 0.45 − 0.20 = **0.25** |
#
# *Always snow* has the most reward and the worst J. π* has the best J of all policies. It is made in two steps:
#
# 1. Multiply each probability by $e^{r/\beta}$. Here $e^{1/0.5} = 7.4$, so *snow* gets 0.1 · 7.4 = 0.74. The others
#    have r = 0, so they keep 0.6 and 0.3.
# 2. Divide by the sum, Z = 0.6 + 0.3 + 0.74 = 1.64. *Snow* gets 0.74 / 1.64 = 0.45.
#
# In letters:
#
# $$\pi^*(y) = \frac{\pi_{\text{ref}}(y)\, e^{r(y)/\beta}}{Z}, \qquad J(\pi^*) = \beta \ln Z$$
#
# Check: 0.5 · ln 1.64 = 0.25, the number in the table. Now by code:

# %%
weather = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64).log()
only_snow = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
best_weather = best_policy(weather, only_snow, beta=0.5)
point = place(best_weather, weather, only_snow)
print("π*:", [round(p, 2) for p in best_weather.exp().tolist()])
print(f"reward {point.reward:.2f}, KL {point.kl:.2f}, J {point.objective(0.5):.2f}")
print(f"β ln Z: {best_objective(weather, only_snow, beta=0.5):.2f}")

# %% [markdown] fold="Why no policy is better"
# Solve the formula of π* for the reward: $r = \beta \ln (\pi^* / \pi_{\text{ref}}) + \beta \ln Z$. Put this into J. The
# two terms with π_ref cancel, and what remains is
#
# $$J(\pi) = \beta \ln Z - \beta\, \mathrm{KL}(\pi \,\|\, \pi^*)$$
#
# A KL is never negative, and it is 0 only where π is π*. So βln Z is the ceiling, and π* is the only policy there.

# %% [markdown]
# **Guess first.** Back to our months. September and October together have about 10 % under the reference, as *snow*
# had. Here a nat costs half as much, β = 0.25. Snow rose to 0.45. What is the share of the two cool months under π*?

# %%
guess = ...  # between 0 and 1

# %%
BETA = 0.25
log_best = best_policy(log_ref, task.rewards, BETA)
best = place(log_best, log_ref, task.rewards)
start = place(log_ref, log_ref, task.rewards)
measured("J of the reference", start.objective(BETA), about=0.097, within=0.01)
measured("J of π*: the ceiling", best_objective(log_ref, task.rewards, BETA), about=0.457, within=0.01)

# %% fold="setup"
reveal("mean reward of π*, which is their share", approx(best.reward, about=0.855, within=0.02, digits=2), guess)

# %% [markdown] fold="By hand"
# Half the price doubles the exponent, and so it squares the factor: $e^{1/0.25} = e^4 = 55 = 7.4^2$. The weights are
# 0.097 · 55 = 5.3 for the cool months and 0.90 · 1 for the others, and 5.3 / (5.3 + 0.90) = 0.85.

# %% fold="drawing"
names = [*months, "anything else"]


def bars(title: str, grey: torch.Tensor, blue: torch.Tensor, labels: tuple[str, str], alt: str, folded: str) -> None:
    """Two distributions over the answers, side by side; the months that we want are marked."""
    fig, (axes,) = plotting.figure(title=title, xlabel="answer", ylabel="probability", size=(7.6, 3.4))
    places = torch.arange(len(names))
    axes.bar(places - 0.2, grey.exp(), width=0.4, color="0.7", label=labels[0])
    axes.bar(places + 0.2, blue.exp(), width=0.4, color=plotting.PALETTE[0], label=labels[1])
    axes.set_xticks(places, [f"{name} ★" if name in cool else name for name in names], rotation=30, ha="right")
    axes.legend()
    plotting.show(fig, alt=alt, folded=folded)


bars(
    "The best policy raises the cool months and keeps the order of the others",
    log_ref,
    log_best,
    ("reference", "best policy π*"),
    "Two bars for each answer. The reference falls from 0.38 for March to 0.04 for October. The best policy has 0.46 "
    "and 0.39 for September and October, and at most 0.06 for each other month.",
    "The reference and the best policy, month by month",
)

# %% [markdown]
# **What to notice:** π* does not choose the *one* best answer. September and October keep their ratio to each other,
# and so do the other months. Only what the reward says has changed. And we know two numbers now: each training starts
# at J = 0.097, and none can come above 0.457. **Exercises 1 and 8** are about π*, by code and with a pencil.

# %% [markdown]
# ## 3 · A gradient from samples
#
# π* was easy, because we could count the answers. Of whole stories there are too many. One can only *draw* some and
# look at their rewards. But a drawn token is a whole number, and a judge is a program. No gradient flows through either
# of them. Where does a gradient come from?
#
# From a small piece of calculus. Since $\nabla \ln \pi = \nabla\pi / \pi$, we may write $\nabla \pi = \pi \nabla \ln
# \pi$. So the gradient of the mean reward is
#
# $$\nabla \sum_y \pi(y)\, r(y) = \sum_y r(y)\, \nabla \pi(y) = \sum_y \pi(y)\; r(y)\, \nabla \ln \pi(y)$$
#
# On the right stands a mean over answers that π draws. This is the **log-derivative**. So: draw answers, multiply each
# reward by the gradient of the answer's log-probability, take the mean. Nobody has to differentiate the reward.
# (Williams 1992 called this REINFORCE.)
#
# **By hand.** Three words with the logits 0, 0 and 0, so each has probability 1/3. Only the first has a reward, 1. For
# a softmax the gradient of ln π(word) is 1 − π at the logit of that word, and −π at each of the others (a loss, −ln π,
# has the other sign). Here that is 2/3, and −1/3.
#
# | drawn | reward | ∇ ln π | reward · ∇ ln π |
# |---|---|---|---|
# | word 1 | 1 | +0.667, −0.333, −0.333 | +0.667, −0.333, −0.333 |
# | word 2 | 0 | −0.333, +0.667, −0.333 | 0, 0, 0 |
# | word 3 | 0 | −0.333, −0.333, +0.667 | 0, 0, 0 |
# | **mean** | | | **+0.222, −0.111, −0.111** |
#
# The mean is the exact gradient. But two of three draws say nothing at all. Now subtract the mean reward, 1/3, from
# each reward. It is called a **baseline**:
#
# | drawn | reward − 1/3 | (reward − 1/3) · ∇ ln π |
# |---|---|---|
# | word 1 | +0.667 | +0.444, −0.222, −0.222 |
# | word 2 | −0.333 | +0.111, −0.222, +0.111 |
# | word 3 | −0.333 | +0.111, +0.111, −0.222 |
# | **mean** | | **+0.222, −0.111, −0.111** |
#
# The mean is the same. It must be: the mean of ∇ ln π over what π draws is 0, for every policy, so a constant times it
# adds nothing. But look at the first numbers. Without a baseline they are 0.667, 0 and 0. With it they are 0.444, 0.111
# and 0.111, and each draw says something.
#
# Is 0.222 the gradient that autograd finds, too? Here we may ask it, since three words can be counted.

# %%
logits = torch.zeros(3, requires_grad=True)
rewards = torch.tensor([1.0, 0.0, 0.0])


def row(name: str, values: torch.Tensor) -> None:
    """Three numbers of a gradient, in a line."""
    print(f"{name:32}", "  ".join(f"{round(value, 3) + 0.0:+.3f}" for value in values.tolist()))


row("exact", torch.autograd.grad((torch.softmax(logits, 0) * rewards).sum(), logits)[0])

# %% [markdown]
# **Guess first.** Now we only draw. We estimate the gradient from 200 draws, and do this 300 times, without a baseline
# and with one. Look at the first of the three numbers. How many times as large is its standard deviation without the
# baseline?

# %%
guess = ...  # such as 1.3


# %%
def estimate(draws: torch.Tensor, baseline: float) -> torch.Tensor:
    """The policy gradient from some draws, (3,)."""
    log_probs = torch.log_softmax(logits, 0)[draws]
    (gradient,) = torch.autograd.grad(((rewards[draws] - baseline) * log_probs).mean(), logits)
    return gradient


generator = torch.Generator().manual_seed(0)
repeats = [torch.randint(3, (200,), generator=generator) for _ in range(300)]
plain = torch.stack([estimate(draws, 0.0) for draws in repeats])  # (300, 3)
based = torch.stack([estimate(draws, rewards[draws].mean().item()) for draws in repeats])

row("mean of 300 estimates", plain.mean(0))
row("the same with a baseline", based.mean(0))
reveal("times as large without the baseline", round((plain.std(0) / based.std(0))[0].item(), 1), guess)

# %% [markdown] fold="What came out"
# Twice as large. The tables say so before any draw: the deviation of (0.667, 0, 0) is 0.314, and that of (0.444, 0.111,
# 0.111) is 0.157. The deviation of a mean of n draws is that of one draw, divided by √n (it is called the *standard
# error*). So with half the deviation, a quarter of the draws gives the same precision.

# %% [markdown]
# **What to notice:** the baseline costs nothing and changes nothing in the mean. It only removes noise. **Exercise 2**
# is this estimate as a loss.

# %% [markdown]
# ## 4 · Groups
#
# Which baseline for a language model? **PPO** (Schulman et al. 2017) trains a second model that expects a reward.
# **GRPO** (Shao et al. 2024) needs no second model. It draws a *group* of n answers to the same prompt and compares
# them with their own mean. The **advantage** of answer i is
#
# $$A_i = \frac{r_i - \text{mean}(r_1 \dots r_n)}{\text{std}(r_1 \dots r_n)}$$
#
# **By hand.** Four answers have the rewards 1, 0, 0 and 0. The mean is 0.25. The standard deviation is √(0.75 / 3) =
# 0.5 (divided by n − 1, as torch does). So the advantages are 0.75 / 0.5 = 1.5 and three times −0.25 / 0.5 = −0.5.

# %%
print("advantages:", group_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))[0].round(decimals=2).tolist())

# %% [markdown]
# What is better than its group is made more likely, and the rest less likely.
#
# The group's mean is not quite the constant of section 3, since each answer's own reward is a part of it. Without the
# division by the deviation, this makes the mean gradient (n − 1)/n as long: 3/4 in this group of four, 31/32 in our
# groups of 32 below. Its direction stays right. With plain gradient descent it would be like a slightly smaller
# learning rate; AdamW divides by the size of the gradient, so there it hardly matters. (Our trainings below leave the
# division by the deviation out. It makes small differences large where all rewards of a group are nearly equal: Liu et
# al. 2025. The function that divides adds 0.000001 to the deviation, so that it is never 0.)
#
# ### The same answers, twice
#
# Drawing is slow, so each group serves for more than one step. After the first step the policy has moved. Its answers
# are now those of an *older* policy, π_old. So each token's term gets the **ratio** ρ = π/π_old as a factor. With it
# the mean over what π_old drew is the mean over what π would draw:
#
# $$\sum_y \pi_{\text{old}}(y)\, \frac{\pi(y)}{\pi_{\text{old}}(y)}\, A(y) = \sum_y \pi(y)\, A(y)$$
#
# And its gradient is $A\, \nabla\rho = \rho\, A\, \nabla \ln \pi$. In the first step ρ is 1, and this is the term that
# section 3 has. (The line above holds for the ratio of a *whole answer*. GRPO gives each token its own ratio. That is
# an approximation: good while the ratios are near 1, and exact where they are 1.) Later, a ratio far from 1 is not to
# be trusted, so it is **clipped**, and the smaller of two terms counts:
#
# $$\min\big(\rho\, A,\ \text{clip}(\rho,\ 0.8,\ 1.2)\, A\big)$$
#
# **By hand**, for a token that had 0.050 when it was drawn:
#
# | π now | ρ | A | ρ · A | clipped ρ · A | the smaller one | |
# |---|---|---|---|---|---|---|
# | 0.055 | 1.1 | 1.5 | 1.65 | 1.65 | 1.65 | goes on rising |
# | 0.065 | 1.3 | 1.5 | 1.95 | 1.80 | 1.80 | flat: far enough |
# | 0.035 | 0.7 | −0.5 | −0.35 | −0.40 | −0.40 | flat: far enough |
# | 0.065 | 1.3 | −0.5 | −0.65 | −0.60 | −0.65 | a bad answer became likelier: it is pulled back |

# %%
for ratio, A in ((1.1, 1.5), (1.3, 1.5), (0.7, -0.5), (1.3, -0.5)):
    now = torch.tensor([[math.log(ratio)]], requires_grad=True)
    term = -clipped_loss(now, torch.zeros(1, 1), torch.tensor([A]), torch.tensor([[True]]))
    (gradient,) = torch.autograd.grad(term, now)
    print(f"ρ = {ratio}, A = {A:4}: term {term.item():5.2f}, gradient {gradient.item():5.2f}")

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
# **What to notice:** the two flat parts. A good answer is made likelier until ρ is 1.2, a bad one less likely until ρ
# is 0.8. In the other direction there is no clip: a mistake can always be taken back. The mean of these terms over all
# tokens is what the policy is trained to raise.
#
# **A pause: one group, from rewards to the second step.** Four answers of one token each, with the rewards 1, 0, 0
# and 0. The advantages are those from above. Between the two steps the policy has moved:
#
# | answer | A | π when it was drawn | π now | ρ | the term | what the second step does |
# |---|---|---|---|---|---|---|
# | 1 | 1.5 | 0.050 | 0.065 | 1.3 | 1.80, clipped | nothing: far enough |
# | 2 | −0.5 | 0.200 | 0.180 | 0.9 | −0.45 | makes it still less likely |
# | 3 | −0.5 | 0.100 | 0.070 | 0.7 | −0.40, clipped | nothing: far enough |
# | 4 | −0.5 | 0.040 | 0.052 | 1.3 | −0.65 | pulls it back |
#
# The mean is (1.80 − 0.45 − 0.40 − 0.65) / 4 = 0.075. In the first step all ρ were 1, and the mean was (1.5 − 3 · 0.5)
# / 4 = 0. So the *value* of this loss says nearly nothing. Read its gradient, or the rewards.
#
# **A mistake to know.** π_old is a record of what was. If a gradient flows through it, π and π_old move together, and
# nothing is learned. There is no message. **Exercises 3 and 4** are the advantages and the clip; **exercise 7** is a
# policy that does not learn.

# %% [markdown]
# ### Where the price goes
#
# J has a price on KL, so the training needs it as well. Ours takes it off the reward of each answer: the policy gets
# r − β ln(π/π_ref), and the mean of that is J. So the policy has no reason to say *September* always.
#
# **By hand**, at π*. September rose from 0.0527 to 0.462: it gets 1 − 0.25 · ln(0.462 / 0.0527) = 1 − 0.543 = 0.457.
# March fell from 0.376 to 0.0605: it gets 0 − 0.25 · ln(0.0605 / 0.376) = 0.457. The same number! So all advantages
# are 0 there, and the training has reached its end.

# %%
left = task.rewards - BETA * (log_best - log_ref)  # (9,)
for month in ("March", "May", "September", "October"):
    print(
        f"{month:10} reward less its price, at π*: {approx(left[months.index(month)].item(), about=0.457, within=0.01)}"
    )

# %% [markdown]
# ### The training
#
# Now the model itself. 24 times it draws a group of 32 answers, and takes two steps on each group. It knows nothing
# but the rewards of these answers. From three seeds.
#
# **Guess first.** Which share of the way from the reference's J (0.097) to the ceiling (0.457) does the policy go?

# %%
guess = ...  # between 0 and 1

# %%
# epochs: steps on each group; every: after so many groups the policy's exact place is written down
plan = AlignConfig(steps=24, group=32, epochs=2, beta=BETA, learning_rate=2e-4, every=3)


def trained(train, **options) -> list:
    """The same training from three seeds, each from the reference's weights: (policy, its trail)."""
    runs = []
    for seed in (0, 1, 2):
        policy = pretrained.load("howsam")
        runs.append((policy, train(policy, task, replace(plan, seed=seed, **options))))
    return runs


def ways(runs: list) -> list[float]:
    """Which share of the way each went, lowest first."""
    return sorted(way_gone(trail.last, start, log_ref, task.rewards, BETA) for _, trail in runs)


grpo = trained(train_grpo)

# %% fold="setup"
reveal("the middle one of three seeds", approx(ways(grpo)[1], about=0.97, within=0.06, digits=2), guess)
reveal("the lowest of the three", approx(ways(grpo)[0], about=0.94, within=0.1, digits=2))

# %% fold="drawing"
bars(
    "What GRPO arrived at is nearly the best policy",
    log_best,
    task.distribution(grpo[0][0]),
    ("best policy π*", "GRPO, the first seed"),
    "Two bars for each answer, nearly of the same height: about 0.46 and 0.39 for the two cool months, and at most "
    "0.1 for each of the others.",
    "π* and the trained policy, month by month",
)

# %% [markdown] fold="What came out"
# Nearly all the way, from nothing but the rewards of 24 · 32 = 768 answers. Elsewhere one could only say that the
# reward went up.

# %% [markdown]
# ## 5 · KL in the loss: a change that nobody sees
#
# We took the price off the **reward**. GRPO's paper adds it to the **loss** instead. For each token that was drawn it
# adds β times the estimate
#
# $$e^d - d - 1, \qquad d = \ln \pi_{\text{ref}} - \ln \pi$$
#
# The field calls it *k3*. It is never negative, and its mean over what π draws is KL. (**Exercise 5** is this
# estimate.) So the two should do the same.
#
# **Guess first.** π* has the mean reward 0.855, and GRPO came close to that. At which mean reward does the policy come
# to rest with KL in the loss?

# %%
guess = ...  # between 0 and 1

# %%
in_loss = trained(train_grpo, kl_in="loss")
rest = {name: sorted(trail.last.reward for _, trail in runs) for name, runs in (("loss", in_loss), ("reward", grpo))}

# %% fold="setup"
reveal("the middle one of three seeds", approx(rest["loss"][1], about=0.77, within=0.08), guess)
for name, about in (("loss", 0.77), ("reward", 0.84)):
    lowest, highest = (approx(rest[name][i], about=about, within=0.08) for i in (0, 2))
    reveal(f"KL in the {name}, lowest and highest of three seeds", f"{lowest}, {highest}")

# %% [markdown]
# Open all three before you read on. The two trainings end at different places, and the ranges of their seeds do not
# touch. Why, if the estimate has the right mean?
#
# **By hand**, with the weather. The reference says 0.6, 0.3 and 0.1, and the policy now says 0.2, 0.3 and 0.5.
#
# | | sun | rain | snow | mean over what π draws |
# |---|---|---|---|---|
# | π | 0.2 | 0.3 | 0.5 | |
# | d = ln(π_ref/π) | 1.10 | 0 | −1.61 | |
# | e^d − d − 1 | 0.90 | 0 | 0.81 | 0.2 · 0.90 + 0.5 · 0.81 = **0.585** |
# | ln(π/π_ref) = −d | −1.10 | 0 | 1.61 | −0.2 · 1.10 + 0.5 · 1.61 = **0.585** |
#
# The *value* is right. Now the *gradient*, in the logits. All three answers are counted, so nothing here is chance.

# %%
now = torch.tensor([0.2, 0.3, 0.5]).log().requires_grad_()  # logits
log_pi = torch.log_softmax(now, 0)
d = weather.float() - log_pi
drawn = log_pi.detach().exp()  # how often π draws each answer: a number, without a gradient
ratio = (log_pi - log_pi.detach()).exp()  # 1 everywhere, but with a gradient
for name, mean in {
    "KL itself": (log_pi.exp() * -d).sum(),
    "the estimate": (drawn * (d.exp() - d - 1)).sum(),
    "the ratio times the estimate": (drawn * ratio * (d.exp() - d - 1)).sum(),
}.items():
    row(name, torch.autograd.grad(mean, now, retain_graph=True)[0])

# %% [markdown]
# The second line is another gradient. **The gradient of an estimate is not an estimate of the gradient.** KL itself
# changes in two ways when π moves: the numbers change, and *which answers are drawn* changes. The loss sees the first
# way only.
#
# The third line mends it. The ratio ρ has the value 1, but its gradient stands for the drawing. In letters, by the rule
# for a product: ∇ρ is ∇ ln π where ρ is 1, and the derivative of $e^d - d - 1$ by ln π is $1 - e^d$, since d falls
# where ln π rises.
#
# $$\nabla\big[\rho\,(e^d - d - 1)\big] = \big[(e^d - d - 1) + (1 - e^d)\big]\, \nabla \ln \pi = \ln
# \frac{\pi}{\pi_{\text{ref}}}\; \nabla \ln \pi$$
#
# The mean of that is the gradient of KL. DeepSeek-V3.2 trains so. Where a price on KL is set, the library
# `trl` multiplies GRPO's KL by the ratio by default (`use_bias_correction_kl=True` in its version 1.16). So it mends
# what this section measures.

# %% [markdown] fold="Where it comes to rest, with a pencil"
# Look at the second line again: −0.4, 0 and +0.4 is π − π_ref. It is always so. So with KL in the loss the policy rests
# where, for each answer, the pull of the reward equals the pull of the price:
#
# $$\pi(y)\,(r(y) - R) = \beta\,(\pi(y) - \pi_{\text{ref}}(y)), \qquad R: \text{the mean reward}$$
#
# Add this up over the cool months, which have r = 1 and together the probability R: R(1 − R) = 0.25 (R − 0.097). This
# is a quadratic equation, and its solution is **R = 0.78**. So the place was no chance: it can be computed, and it is
# not π*. On a real task nobody would see it, since nobody knows π*.

# %%
R0 = start.reward
resting = ((1 - BETA) + math.sqrt((1 - BETA) ** 2 + 4 * BETA * R0)) / 2  # of R(1 − R) = β(R − R0)
reveal("the mean reward at which KL in the loss should come to rest", approx(resting, about=0.78, within=0.01))

# %% [markdown]
# And what of J, which both should raise? The lowest, the middle one and the highest of three seeds:

# %%
for name, runs in (("reward", grpo), ("loss", in_loss)):
    J = sorted(trail.last.objective(BETA) for _, trail in runs)
    print(f"J with KL in the {name}:", *(approx(value, about=0.45, within=0.03) for value in J))

# %% [markdown]
# **What to notice:** two programs with the same value of the loss can train two different policies. In J the
# middle ones differ by about a hundredth, and the two ranges overlap. So a curve of J would hardly show it.

# %% [markdown]
# ## 6 · From pairs alone
#
# Often there is no reward, only somebody who says which of two answers is better. The usual model of such a judge
# (Bradley and Terry 1952) prefers the first with the probability σ(r₁ − r₂), where σ(x) = 1/(1 + e^−x). For a cool
# month beside another one that is σ(1) = 0.73. So this judge sometimes errs, as people do.
#
# One way is to train a second model on such pairs, the **reward model**, and to use its number as the reward of section
# 4. This is RLHF (Ouyang et al. 2022). **DPO** (Rafailov et al. 2023) needs no second model. Solve the formula of π*
# for the reward once more:
#
# $$r(y) = \beta \ln \frac{\pi^*(y)}{\pi_{\text{ref}}(y)} + \beta \ln Z$$
#
# In a difference of two rewards, Z cancels. So put π in the place of π*, and train it so that it explains what the
# judge preferred:
#
# $$\text{loss} = -\ln \sigma\Big(\beta \Big[\ln \frac{\pi(\text{chosen})}{\pi_{\text{ref}}(\text{chosen})} - \ln
# \frac{\pi(\text{rejected})}{\pi_{\text{ref}}(\text{rejected})}\Big]\Big)$$
#
# **By hand.** The policy says the chosen answer 1.5 times as often as the reference, and the rejected one half as
# often. Then the bracket is ln 1.5 − ln 0.5 = ln 3 = 1.10. With β = 0.25 the loss is −ln σ(0.275) = 0.565. At the start
# both ratios are 1, and it is −ln σ(0) = ln 2 = 0.693. **Exercise 6** is this loss.
#
# ### The same summit
#
# Is the minimum of this loss really π*? With nine answers we need no model and no draws. We take nine logits, and *all*
# 81 pairs, each with its probability.

# %%
p_ref, r = log_ref.exp(), task.rewards
weights = p_ref[:, None] * p_ref[None, :] * torch.sigmoid(r[:, None] - r[None, :])  # (9, 9): chosen, rejected
table = log_ref.clone().requires_grad_()  # (9,) logits, which begin as the reference
optimizer = torch.optim.Adam([table], lr=0.05)
for _ in range(400):
    times = torch.log_softmax(table, 0) - log_ref  # ln(π/π_ref)
    loss = -(weights * F.logsigmoid(BETA * (times[:, None] - times[None, :]))).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
apart = (torch.softmax(table.detach(), 0) - log_best.exp()).abs().max().item()
measured("largest difference of a probability from π*", apart, about=0, within=1e-4, digits=1)

# %% [markdown]
# It is. No reward was given, only preferences, and the table arrived at the policy that the reward would have asked
# for.
#
# ### With a model, and drawn pairs
#
# Now the model. The *reference* draws 24 batches of 32 pairs, and the judge chooses. Nothing is drawn from the policy
# while it learns.
#
# How much do such pairs say? A pair tells us something of the cool months only if exactly one of its two answers is
# cool. **By hand:** a cool month has the probability 0.097, so in 32 pairs there are 32 · 2 · 0.097 · 0.903 = 5.6 such
# pairs. In the others the judge only tosses a coin.
#
# **Guess first.** GRPO had 24 groups of 32 answers, and it went nearly all the way. DPO has two answers for each of
# those, and half of GRPO's learning rate. Which share of the way does it go?

# %%
guess = ...  # between 0 and 1

# %%
dpo = trained(train_dpo, learning_rate=1e-4)

# %% fold="setup"
reveal("the middle one of three seeds", approx(ways(dpo)[1], about=0.2, within=0.15, digits=2), guess)
for name, way in zip(("lowest", "highest"), ways(dpo)[::2], strict=True):
    reveal(f"the {name} of the three", approx(way, about=0.2, within=0.15, digits=2))

# %% [markdown] fold="What came out"
# DPO goes in the right direction and gets a part of the way. It takes as many steps as GRPO, two on each batch. But
# three things are against it. Most of its pairs are two warm months. In the useful ones the judge errs: it prefers the
# warm month in 27 of 100 (1 − 0.73), while GRPO's rewards are exact. And GRPO draws from a policy that says September
# more and more often, so its answers say more. Half the learning rate comes on top. Which of these counts most, these
# runs cannot say.
#
# Would a larger step help? It is a gamble. We made six more runs, which are not shown here: three seeds with GRPO's
# rate, and three with 1.5 times that. Three of the six ended at a J above those of this cell, up to 0.29. The other
# three ended at a J *below* the reference's, two of them at texts that are mostly no month at all. The loss did not
# mind: it sees only the *difference* of the two answers, and both may lose probability.

# %% [markdown]
# Now all trainings beside the **frontier**: the most reward for each amount of KL. It is the line of all π*, one for
# each β. Each dot is the exact place of a policy, every few steps.

# %% fold="drawing"
betas = [10.0, 5.0, 3.0, 2.0, 1.5, 1.2, 1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3]
betas += [0.28, 0.265, 0.25, 0.24, 0.23, 0.22, 0.21, 0.2, 0.15, 0.1]
line = [start, *frontier(log_ref, task.rewards, betas)]
fig, panels = plotting.figure(
    title="GRPO ends at π*, with KL in the loss before it; DPO, at half the rate, goes a part of the way",
    columns=3,
    size=(3.6, 4.0),
)
parts = ("all trainings", "the lower left corner", "around π*")
for axes, title in zip(panels, parts, strict=True):
    axes.plot([p.kl for p in line], [p.reward for p in line], color="black", label="frontier: no policy lies above it")
    for name, runs, colour in (
        ("GRPO, KL in the reward", grpo, plotting.PALETTE[0]),
        ("GRPO, KL in the loss", in_loss, plotting.PALETTE[1]),
        ("DPO", dpo, plotting.PALETTE[2]),
    ):
        for number, (_, trail) in enumerate(runs):
            kl, reward = [p.kl for _, p in trail.places], [p.reward for _, p in trail.places]
            label = name if number == 0 else None
            axes.plot(kl, reward, marker="o", markersize=3, linewidth=1, color=colour, label=label)
            axes.plot(kl[-1:], reward[-1:], marker="s", markersize=6, color=colour, markeredgecolor="black", zorder=3)
    axes.plot(
        [best.kl],
        [best.reward],
        marker="*",
        markersize=18,
        color="black",
        markerfacecolor="none",
        linestyle="",
        label="π* at β = 0.25",
    )
    axes.plot(
        [], [], marker="s", markersize=6, color="0.7", markeredgecolor="black", linestyle="", label="end of a trail"
    )
    axes.set(title=title, xlabel="KL to the reference (nats)", ylabel="mean reward")
panels[0].set(xlim=(-0.05, 2.6), ylim=(0, 1.02))
panels[1].set(xlim=(-0.01, 0.4), ylim=(0.08, 0.45))
panels[2].set(xlim=(1.25, 1.75), ylim=(0.7, 0.9))
fig.legend(*panels[0].get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=3)
plotting.show(
    fig,
    alt="Mean reward against KL: all of it, its lower left corner, and around the best policy. The frontier rises "
    "steeply from 0.1 and bends towards 1 near 2 nats. The trails of GRPO begin at its lower end and end at the star "
    "of the best policy. Those with KL in the loss end a little before the star. Some of both run far to the right on "
    "the way. The three trails of DPO end in the lower left corner. No trail lies above the frontier.",
)

# %% [markdown]
# **What to notice:** no point lies above the frontier, and none can. Some trails of GRPO first run far to the right, at
# little reward: the policy had moved far, to answers that earn little. They came back. A likely reason is that GRPO
# draws from the policy as it is: whatever it does wrong is drawn, and judged. DPO only learns about answers that the
# reference gives. (A trail of DPO may make such a detour as well, a shorter one.)

# %% [markdown]
# ## 7 · A reward with a hole
#
# A reward is written by people, and people write rules that are nearly right. An old rule says: months with an **r** in
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
judged = {name: (log_p.exp() * by_letter).sum().item() for name, log_p in (("before", log_ref), ("after", after))}
measured("what the judge gives, before", judged["before"], about=0.65, within=0.02)
measured("what the judge gives, after ", judged["after"], about=0.97, within=0.05)

# %% fold="setup"
reveal("really cool after the training", approx(hacked.last.reward, about=0.1, within=0.08, digits=2), guess)

# %% fold="drawing"
bars(
    "The judge's reward goes up: March and April win, and the cool months do not",
    log_ref,
    after,
    ("reference", "trained on the judge with a hole"),
    "Two bars for each answer. After the training March and April have more than before, May to August nearly nothing, "
    "and the two cool months about as little as before.",
    "The reference and the trained policy, month by month",
)

# %% [markdown] fold="What came out"
# The judge gives nearly the most that it can give, and we have not gained what we wanted. The policy says "March" and
# "April" still more often: they have an r, and they were likely before. It did what was rewarded, not what was meant.
# This is **reward hacking**.
#
# (One seed. September and October have an r as well, so this judge's own best policy would say them with 0.15, a little
# *more* often than the reference. That they fell to 0.07 here is no rule: other seeds may raise them a little. The hack
# is that the judge's number rose to nearly 1 while they stayed rare.)

# %% [markdown]
# Would another price on KL help? We need no training to answer. The best policy for *this judge* can be counted for
# each β, and so can the share of really cool months in it.

# %% fold="setup"
lines = [f"{'price β':>8}{'the judge gives':>18}{'really cool':>14}{'KL in nats':>13}"]
for beta in (0.1, BETA, 1.0, 4.0):
    log_p = best_policy(log_ref, by_letter, beta)
    by_judge, really = (log_p.exp() * by_letter).sum().item(), place(log_p, log_ref, task.rewards)
    lines.append(f"{beta:8.2f}{by_judge:18.2f}{really.reward:14.2f}{really.kl:13.2f}")
show_folded("The best policy for the judge with a hole, at four prices", "\n".join(lines))

# %% [markdown] fold="What the price can do, and what it cannot"
# A high price keeps the policy near the reference: at β = 4 hardly anything changes, neither the hack nor the cool
# months. A low price lets the judge have nearly all it can give. But at *no* price do the cool months come above 0.15,
# where the right reward had 0.855. **The price limits how far a wrong reward can lead. It does not make the reward
# right.** Here it helps little, since the hole lies close to the reference: March and April were likely before. What
# helps is to read what the policy writes, and a reward that is right.

# %% [markdown]
# **The answer to our question.** A reward becomes a gradient through the log-derivative: draw, compare with the group,
# raise what was better. And we know how well it worked. GRPO went nearly all the way from the reference to
# the ceiling J = 0.457, from each of three seeds. With KL in the loss it came to rest near a mean reward of 0.78, where
# π* has 0.855, and a pencil could have said so. DPO has the same best policy, but from 24 batches of the reference's
# pairs it went only a part of the way. (It had half of GRPO's learning rate, because it did not bear more: so this was
# no race on equal terms.)
#
# **What is missing.** Our answers are one word, so that they can be counted. For whole stories the same code runs, but
# nobody can compute the ceiling by counting. We had a rule as the judge. A learned reward model has holes of its own,
# and they are harder to see than ours. And three seeds of one task do not say which method is better elsewhere.

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
# - Nothing about which answer is better
#   + All advantages are 0 where β is 0: a prompt that is too easy, or too hard, teaches nothing. With a price on KL in
#   the reward, as in this lesson, only the price is left, and it pulls the policy back to the reference.
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
