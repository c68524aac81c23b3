# %% [markdown]
# # 10 · From GPT to Llama
#
# **When you finish, you can**
# - name the changes that turn a GPT into a Llama, and write each one;
# - turn a vector by its position, and show that scores then depend on distances alone;
# - stretch a model to a text longer than those it was trained with, as Llama 3.1 and 3.2 do;
# - work out how much memory a key-value cache takes, and what sharing heads saves;
# - count the parameters of Llama 3.2 1B and 3B from their configurations, to the last one.
#
# **What you need first:** lessons 04 to 07 (heads, MLP, block, GPT) and 08 (why weights start small).
#
# **Time:** three sessions. Between them are good places to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 to 3 | the measure, RMSNorm, RoPE | 60 minutes | 1 to 4: 45 minutes |
# | **Part B**, sections 4 to 7 | SwiGLU, shared heads, the whole model | 50 minutes | 5 and 6: 16 minutes |
# | **Part C**, section 8 | the cache | 25 minutes | 7 to 9: 60 minutes |
#
# **The question.** GPT-2 is from 2019, Llama 3.2 from 2024. Both are stacks of decoder blocks that predict the next
# token. **With which changes does a GPT become a Llama, and what does each of them cost and gain?** You will make the
# changes one at a time, and train five small models with each.
#
# Letters: `B` batch, `T` tokens, `C` width, `H` query heads, `H_kv` key and value heads, `D` head size, `L` blocks,
# `V` vocabulary.

# %%
import math
import statistics
from dataclasses import replace
from typing import NamedTuple

import torch
from torch.nn import functional as F

from course_lib.block import layer_norm
from course_lib.config import PRESETS, GPTConfig, LlamaConfig, RopeScaling
from course_lib.corpus import load_stories
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import next_token_loss
from course_lib.initialization import gpt2_rules, initialize
from course_lib.llama import (
    Llama,
    RMSNorm,
    SwiGLU,
    apply_rope,
    apply_rope_interleaved,
    interleaved_to_half_split,
    precompute_rope,
    repeat_kv,
    rope_frequencies,
    scale_frequencies,
)
from course_lib.llama.steps import CHANGES, Hybrid
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import (
    interleaved_seconds,
    kept_for_backward,
    num_params,
    processor_seconds,
    time_interleaved,
)
from course_lib.tokenization import train_tokenizer
from course_lib.training import TrainConfig, evaluate, train


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** The map of a small Llama. The rooms stand where they stood in your GPT; what has changed is *inside*
# the block, which is lit, and the table of positions is gone. (The map also shows a head with a matrix of its own. GPT
# has the token embedding once more there. Such a head is called *untied*; the larger Llamas have it. See section 6.)

# %% fold="drawing"
small_llama = LlamaConfig(
    vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, n_kv_head=2, hidden_dim=128, tie_embeddings=False
)
diagram.model(Llama(small_llama), lit="block")

# %% [markdown]
# # Part A: a measure, and what a position is
#
# In this part you build the measure by which every change is judged. Then you make the two changes that Llama is best
# known for: another norm, and positions as rotations. The measure will say what each of them is worth.
#
# ## 1 · One small task for all
#
# To compare models you need **one task, one budget and one measure** for all of them. The task: stories from the box.
# The budget: 150 steps of training. The measure: the loss on stories that no model has trained on.

# %%
texts = list(load_stories(n=600)["text"])
tokenizer = train_tokenizer(texts, vocab_size=300)  # few words, so that a small model learns much in little time
tokens = torch.tensor([token for encoded in tokenizer.encode_batch(texts) for token in encoded.ids])  # (N,)
cut = len(tokens) * 9 // 10
stories, held_out = TokenDataset(tokens[:cut], seq_len=32), TokenDataset(tokens[cut:], seq_len=32)

gpt = GPTConfig(vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, bias=True)  # biases, as GPT-2 has
llama = small_llama  # the model of the map

# %% [markdown]
# `Hybrid(gpt, llama, changes)` is a GPT in which the named changes have been made. Without any it is `GPT(gpt)`, with
# all of them `Llama(llama)` (tests of the library hold it to that). These are the changes, and each has a section:

# %%
print(", ".join(CHANGES))

# %% [markdown]
# | change | GPT-2 has | Llama has | section |
# |---|---|---|---|
# | **RMSNorm** | LayerNorm | a simpler norm: *root mean square* | 2 |
# | **RoPE** | a table of positions | *rotary position embedding*: queries and keys are turned by their position | 3 |
# | **SwiGLU** | an MLP with GELU | an MLP with a gate | 4 |
# | **GQA** | a key head for each query head | *grouped-query attention*: one key head for several query heads | 5 |
# | **no biases** | biases in all linear layers | none | 6 |
# | **untied head** | the head is the token embedding | in the larger Llamas a head of its own | 6 |
#
# How a model is trained is the subject of lesson 11. Here `train` is a tool. Only one thing is needed from lesson 08: a
# layer multiplies the deviation by σ√C. GPT-2's σ = 0.02 was chosen for C = 768. Ours is 48, a sixteenth, so for the
# same σ√C the weights start √16 = 4 times as large.
#
# A single run proves little, because chance decides how the weights start. So each model is trained **five times, from
# five seeds**:

# %%
TRAINING = TrainConfig(steps=150, batch_size=16, learning_rate=7e-3, warmup_steps=15, eval_batches=20)
RULES = tuple(replace(rule, std=rule.std * math.sqrt(768 / gpt.n_embd)) for rule in gpt2_rules(gpt.n_layer))


class Trained(NamedTuple):
    """The last of five models after training, and the loss of each on stories that it has not seen."""

    model: Hybrid
    losses: list[float]  # nats per token, one for each seed


def train_with(*changes: str) -> Trained:
    """The GPT with these changes, trained for 150 steps from each of five seeds."""
    losses = []
    for seed in range(5):
        model = Hybrid(gpt, llama, changes)
        initialize(model, RULES, seeded(seed))
        train(model, stories, replace(TRAINING, seed=seed))
        losses.append(evaluate(model, held_out, TRAINING))
    return Trained(model, losses)


# %% [markdown]
# First the GPT itself, from five seeds. Whatever five GPTs differ by is chance. (This cell, and each one below that
# trains, takes 5 to 15 seconds, on a busy machine up to a minute. There are six more of them.)

# %%
runs = {"GPT": train_with()}
print(f"{num_params(runs['GPT'].model):,} parameters; the loss of guessing is {math.log(gpt.vocab_size):.2f}")
measured("mean loss of five:", statistics.mean(runs["GPT"].losses), about=2.97, within=0.15, unit="nats per token")
spread = max(runs["GPT"].losses) - min(runs["GPT"].losses)
measured("between the best and the worst:", spread, about=0.06, within=0.06, digits=1, unit="nats per token")

# %% [markdown]
# So two GPTs that differ by chance alone may differ by 0.08. How do you see a change that is smaller than that? **In
# pairs.** A seed fixes the order of the stories, so the GPT with seed 0 and the changed model with seed 0 make a pair,
# and you look at their difference. By hand, five differences of some change:
#
# $$-0.02,\quad 0.01,\quad 0.00,\quad -0.01,\quad 0.02$$
#
# Their mean is 0, their standard deviation $s$ is 0.016. The true mean lies, with 95 % confidence, in the interval
# $\pm\, 2.78 \cdot s / \sqrt 5 = \pm\, 0.02$ around it. (2.78 belongs to five values: Student's t.) This interval
# reaches from −0.02 to 0.02 and contains 0. **If the interval contains 0, the five runs do not decide** whether the
# change helps or harms. The same in code:


# %%
class Effect(NamedTuple):
    """What a change does to the loss, in nats per token: the mean of five differences, and half of its interval."""

    mean: float
    half: float


def effect(name: str) -> Effect:
    """The loss of a run minus that of the GPT, seed by seed."""
    pairs = zip(runs[name].losses, runs["GPT"].losses, strict=True)
    differences = [loss - base for loss, base in pairs]
    return Effect(statistics.mean(differences), 2.78 * statistics.stdev(differences) / math.sqrt(5))


# %% [markdown]
# `try_change(name, about)`, in the folded cell below, trains the GPT with one change and prints this effect. (`about`
# says only where the result usually lies.)


# %% fold="setup"
def change_and_interval(name: str, about: float) -> tuple[str, str]:
    """What a change does to the loss, and half of the interval, as they are shown; about: the usual change."""
    mean, half = effect(name)
    return approx(round(mean, 3), about=about, within=0.06, digits=2), approx(half, about=0.03, within=0.05, digits=1)


def try_change(name: str, about: float) -> None:
    """Train the GPT with one change and say what came of it."""
    runs[name] = train_with(name)
    more = num_params(runs[name].model) - num_params(runs["GPT"].model)
    change, interval = change_and_interval(name, about)
    print(f"{name}: {more:+,} parameters")
    print(f"  change of the loss {change} nats per token; its interval is that ± {interval}")


# %% [markdown]
# ## 2 · RMSNorm
#
# LayerNorm subtracts the mean, divides by the standard deviation, scales and shifts. RMSNorm leaves out half of it: it
# divides by the root of the mean square, and scales.
#
# $$\text{RMSNorm}(x) = \frac{x}{\sqrt{\frac{1}{C}\sum_i x_i^2 + \varepsilon}} \odot w$$
#
# **By hand:** for $x = (3, 4)$ the mean square is $(9 + 16)/2 = 12.5$, its root 3.54, and so the result is
# $(0.85, 1.13)$. What does LayerNorm make of the same vector? Its mean is 3.5 and its deviation 0.5. And what do
# both make of a vector ten times as long, and of one that is moved by 100?

# %%
for x in ([3.0, 4.0], [30.0, 40.0], [103.0, 104.0]):
    rms = [f"{value:.2f}" for value in RMSNorm(2)(torch.tensor(x))]
    layer = [f"{value:.2f}" for value in layer_norm(torch.tensor(x), torch.ones(2), torch.zeros(2))]
    print(f"{x!s:15}  RMSNorm {', '.join(rms)}   LayerNorm {', '.join(layer)}")

# %% [markdown]
# **What to notice.** LayerNorm forgets where the numbers lie and how far they spread: it makes the same of all three.
# RMSNorm forgets only how large they are: (30, 40) becomes what (3, 4) becomes, but (103, 104) becomes something else.
# That seems to be enough. Taking away the size is what helps (Zhang and Sennrich 2019).
#
# **A mistake to know.** Squares grow fast. The largest number of float16 is 65,504, and the square of 300 is 90,000:

# %%
large = torch.tensor([300.0, -300.0], dtype=torch.float16)
in_half = large * torch.rsqrt(large.pow(2).mean() + 1e-5)
print("the squares:           ", large.pow(2).tolist())
print("the norm in float16:   ", in_half.tolist())
print("RMSNorm, float32 inside:", RMSNorm(2).half()(large).tolist())

# %% [markdown]
# No error, no NaN, only zeros: all that the vector said is gone. So `RMSNorm` computes in float32 whatever comes in,
# and returns the type that it got. (In bfloat16 nothing overflows, but two to three digits are too few to add thousands
# of squares.)
#
# Now put it into the GPT, and train:

# %%
try_change("RMSNorm", about=0.0)

# %% [markdown]
# There are five norms (two in each block, one at the end), and each lost its 48 shifts: 240 parameters. The loss
# changed by a hundredth of a nat or less. Look at the width of the interval, too: it ends at about 0.01, so RMSNorm may
# be worse by at most about that much. That is the argument for it: **hardly worse, if at all, with fewer parameters**.
#
# **You can now do exercise 1** (RMSNorm).
#
# ## 3 · RoPE: positions as rotations
#
# GPT adds a learned vector for each position. That costs a table, and it ends at `seq_len`. Nothing in the table says
# that positions 7 and 8 are neighbours: this must be learned from examples. Has the GPT of section 1 learned it?
# Compare the directions of two position vectors by their cosine: 1 for the same direction, 0 for unrelated ones.

# %%
directions = F.normalize(runs["GPT"].model.position_embedding.weight.detach(), dim=-1)  # (T, C)
cosines = directions @ directions.T  # (T, T)
others = (cosines.sum() - len(cosines)) / (cosines.numel() - len(cosines))  # without each vector with itself
measured("cosine of neighbours, mean:", cosines.diagonal(1).mean().item(), about=0.1, within=0.25, digits=1)
measured("cosine of any two positions, mean:", others.item(), about=0.06, within=0.15, digits=1)

# %% [markdown]
# Two neighbours are hardly more alike than any two positions. After 150 steps the table has hardly begun to say what a
# distance is.
#
# **Rotary position embedding** (RoPE) adds nothing. It *turns* queries and keys, two numbers $(a, b)$ at a time, by an
# angle that grows with the position $t$:
#
# $$\begin{pmatrix} a' \\ b' \end{pmatrix} =
# \begin{pmatrix} \cos t\theta & -\sin t\theta \\ \sin t\theta & \cos t\theta \end{pmatrix}
# \begin{pmatrix} a \\ b \end{pmatrix}$$
#
# **By hand.** Take a quarter turn per position: then the cosine is 0, the sine is 1, and one step makes $(-b, a)$ of
# $(a, b)$. Let the query be $(2, 1)$ and the key $(1, 3)$, wherever they stand:
#
# | query at | turned | key at | turned | score (dot product) | distance |
# |---|---|---|---|---|---|
# | 1 | (−1, 2) | 0 | (1, 3) | −1 + 6 = **5** | 1 |
# | 2 | (−2, −1) | 1 | (−3, 1) | 6 − 1 = **5** | 1 |
# | 2 | (−2, −1) | 0 | (1, 3) | −2 − 3 = **−5** | 2 |
#
# The first two rows have other positions and the same distance, and they have **the same score**. The third row has
# another distance and another score. Nobody had to learn that.
#
# The same with a smaller angle, 0.4 radians per position. On the left a query at the positions 0 to 5. On the right a
# query and a key, and then both again, three positions later:

# %%
angles = 0.4 * torch.arange(12)[:, None]  # (T, 1): one pair, 0.4 radians per position
cos, sin = angles.cos(), angles.sin()
query = apply_rope(torch.tensor([[1.0, 0.0]]).expand(12, 2), cos, sin)  # (T, 2): the same vector, at each position
key = apply_rope(torch.tensor([[0.6, 0.3]]).expand(12, 2), cos, sin)

# %% fold="drawing"
fig, (left, right) = plotting.figure(
    title="Moving both by three positions turns both alike: the angle between them stays",
    xlabel="first number of the pair",
    ylabel="second number",
    columns=2,
    size=(4.8, 3.8),
)
for t in range(6):
    left.annotate("", xy=query[t].tolist(), xytext=(0, 0), arrowprops={"arrowstyle": "->", "linewidth": 2})
    left.text(*(1.08 * query[t]).tolist(), f"t = {t}")
for t, s, colour in ((4, 1, plotting.PALETTE[0]), (7, 4, plotting.PALETTE[1])):
    right.plot([0, query[t, 0]], [0, query[t, 1]], color=colour, linewidth=2.5, label=f"query at {t}")
    right.plot([0, key[s, 0]], [0, key[s, 1]], color=colour, linewidth=2.5, linestyle=":", label=f"key at {s}")
right.legend(loc="upper left", ncols=2, fontsize="small")
for axes in (left, right):
    axes.set(xlim=(-1.1, 1.5), ylim=(-0.2, 1.6), aspect="equal")
plotting.show(
    fig,
    alt="Left: a unit arrow turned step by step from the right to the upper left for positions 0 to 5. Right: a query, "
    "solid, and a key, dotted, at positions 4 and 1, and again at 7 and 4: the second pair is the first, turned.",
)

# %% [markdown]
# **Guess first.** Now longer vectors, of eight pairs. Take one query vector and put it at each of 24 positions, and one
# key vector at each of the same positions. The matrix of all scores has 24 × 24 = 576 numbers. How many different ones?

# %%
guess = ...  # a whole number

# %%
D = 16
q, k = torch.randn(2, D, generator=seeded(1))
T = 24
cos, sin = precompute_rope(D, seq_len=T, theta=100.0)  # each (T, D/2); theta is the base of "Many speeds", below
turned_q = apply_rope(q.expand(T, D), cos, sin)  # (T, D)
turned_k = apply_rope(k.expand(T, D), cos, sin)
scores = turned_q @ turned_k.T  # (T, T): score of query t and key s

# %% fold="setup"
steps = scores.flatten().sort().values.diff()  # from each score to the next larger one
different = 1 + int((steps > 1e-4).sum())
spread = max((scores.diagonal(offset).max() - scores.diagonal(offset).min()).item() for offset in range(1 - T, T))
reveal("different scores", different, guess)
reveal("largest difference between equal scores", approx(spread, about=0, within=1e-4, digits=1))
print(f"lengths of all turned queries: {turned_q.norm(dim=-1).min():.3f} to {turned_q.norm(dim=-1).max():.3f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="With RoPE a score knows the distance, not the place", size=(5.4, 4.4))
plotting.heatmap(
    axes, scores.numpy(), xlabel="position s of the key", ylabel="position t of the query", colours="vlag", center=0
)
plotting.show(
    fig,
    alt="Heatmap of 24 by 24 scores of one query vector and one key vector at all positions. The values change from "
    "diagonal to diagonal and are equal along each.",
    folded="The scores of all 24 × 24 pairs",
)

# %% [markdown] fold="What came out, and why"
# A dot product depends on the two lengths and on the angle between the vectors. Move both by $n$ positions: both turn
# by $n\theta$, and neither the lengths nor the angle change. A score is the sum over all pairs of numbers, so it stays,
# too. For a given query and key vector, **the score of a query at $t$ and a key at $s$ depends on $t - s$ alone.**
#
# Here the distance $t - s$ goes from −23 to 23: 47 values, one for each diagonal of the picture. Along a diagonal the
# scores are equal, up to rounding.

# %% [markdown]
# ### Many speeds
#
# One pair is not enough. A fast pair tells 7 from 8, but after a few tokens it is back where it was. A slow pair tells
# far from near, but hardly 7 from 8. So each of the $D/2$ pairs has a speed of its own. The tokens that a pair needs
# for one turn are called its **wavelength**.
#
# **Guess first.** Llama 3.2 1B has heads of 64 numbers, so 32 pairs. The fastest needs 6.3 tokens for one turn. Llama 3
# was trained with texts of 8,192 tokens. How many tokens does its slowest pair need? A power of ten is enough.

# %%
guess = ...  # tokens

# %%
frequencies = rope_frequencies(64, theta=500_000.0)  # (D/2,) radians per token; the formula follows
wavelengths = 2 * math.pi / frequencies  # tokens per turn
print(f"{len(frequencies)} pairs; the fastest needs {wavelengths[0]:.1f} tokens per turn")
reveal("tokens per turn of the slowest pair", round(wavelengths[-1].item()), guess)

# %% [markdown]
# Pair $i$ turns by $\theta_i$ radians per token:
#
# $$\theta_i = \text{base}^{-2i/D}, \qquad i = 0, 1, \ldots, D/2 - 1$$
#
# **By hand:** a head of $D = 4$ numbers has two pairs. With base 100 their speeds are $100^0 = 1$ and
# $100^{-2/4} = 0.1$ radians per token. A whole turn is $2\pi = 6.28$ radians, so the first pair needs 6.28 tokens for a
# turn and the second 62.8. (Mind the names: in code the *base* is called `theta`, as in Llama's own files, and the
# speeds $\theta_i$ are called `frequencies`.)
#
# **Why a base of 500,000?** The paper of RoPE took 10,000, for short texts. In a long text two things go wrong with it:
#
# - a pair that has completed a turn has the same angle at many distances. Only a pair that makes *less than one* turn
#   in the text gives every distance an angle of its own;
# - a token that looks for its like, with a key equal to its query, should find it far away, too. At distance 0 all
#   pairs agree. Far away most have turned, in all directions, and the score falls.

# %%
far = torch.arange(3_000, 5_000)[:, None]  # distances in tokens
for base in (10_000.0, 500_000.0):
    speeds = rope_frequencies(64, theta=base)
    slow = int((2 * math.pi / speeds > 8_192).sum())
    share = (far * speeds).cos().mean()  # a pair that has turned by an angle adds its cosine to the score
    print(f"base {base:7,.0f}: {slow:2} of 32 pairs make less than one turn in 8,192 tokens;")
    print(f"              3,000 to 5,000 tokens away the score is {share:.2f} of that at distance 0")

# %% [markdown]
# With the larger base twice as many pairs tell far distances apart, and a token still sees its like thousands of tokens
# away. Xiong and others (2023) found that this helps trained models with long texts, and Llama 3 took their value.
#
# **You can now do exercise 2** (the table of angles) **and exercise 3** (rotate).
#
# ### A longer text than it was trained with
#
# A pair that needs more than 8,192 tokens for a turn has never completed one in the training of Llama 3. In a text of
# 131,072 tokens, 16 times as long, it would reach angles that the model has never seen. Llama 3.1 and 3.2 slow it down.
# What is done depends on the turns that a pair makes in 8,192 tokens:
#
# | turns in 8,192 tokens | tokens per turn | what is done |
# |---|---|---|
# | 4 or more | up to 2,048 | kept: the model has seen all its angles, and it tells neighbours apart |
# | 1 or fewer | 8,192 or more | its speed is divided by a **factor: 8 in Llama 3.1, 32 in Llama 3.2** |
# | between | between | a part of both |
#
# **By hand:** a pair with 4,096 tokens per turn makes 2 turns. 2 lies one third of the way from 1 to 4, so a third of
# its speed is kept, and two thirds are divided by 32: $\tfrac13 + \tfrac23 \cdot \tfrac1{32} = 0.354$ of the speed. It
# then needs 4,096 / 0.354 = 11,565 tokens for a turn.

# %%
scaled = {factor: scale_frequencies(frequencies, RopeScaling(factor)) for factor in (8.0, 32.0)}

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Short waves are kept, long ones stretched by the factor",
    xlabel="pair i",
    ylabel="tokens per turn",
)
axes.plot(wavelengths, label="as trained (Llama 3)", linewidth=2.5)
axes.plot(2 * math.pi / scaled[8.0], linestyle="--", label="factor 8 (Llama 3.1)")
axes.plot(2 * math.pi / scaled[32.0], linestyle=":", linewidth=2.5, label="factor 32 (Llama 3.2)")
axes.axhspan(2048, 8192, color="grey", alpha=0.2, label="2,048 to 8,192 tokens")
axes.set_yscale("log")
axes.legend()
plotting.show(
    fig,
    alt="Wavelength against pair on a log axis. All three lines rise together from 6 tokens to about 2,000; above "
    "8,192 tokens those for factors 8 and 32 run in parallel above the first.",
)

# %%
by_hand = scale_frequencies(torch.tensor([2 * math.pi / 4_096]), RopeScaling(32.0))
print(f"the pair with 4,096 tokens per turn now needs {2 * math.pi / by_hand.item():,.0f}")
slowest = {factor: wavelengths[-1] * frequencies[-1] / values[-1] for factor, values in scaled.items()}
print("the slowest pair's tokens per turn:", {factor: f"{tokens:,.0f}" for factor, tokens in slowest.items()})
print("pairs left as they were:", int((scaled[32.0] == frequencies).sum()), "of", len(frequencies))

# %% [markdown]
# **Why 8 or 32, if the text becomes 16 times as long?** Take a slow pair, and the angle that it reached at the end of a
# text of 8,192 tokens in training. Slowed down by 16, it would reach the same angle at the end of 131,072 tokens.
# Slowed down by 32 it reaches half of it, so it meets only angles that the model knows. Slowed down by 8 it reaches
# twice the angle. So the factor alone is not the whole method: Llama 3.1 was also trained on long texts, and learned
# the new angles there. Meta has published both factors, and no formula for them.
#
# **You can now do exercise 4** (a longer text).
#
# ### Two ways to pair: a real mistake
#
# Which numbers make a pair? For a head of four numbers:
#
# - the paper and Meta's released files pair **neighbours**: $(x_0, x_1)$ and $(x_2, x_3)$;
# - Hugging Face's files pair the **halves**: $(x_0, x_2)$ and $(x_1, x_3)$.
#
# Both are right, but a model must be run with the pairing that it was trained with. There is a way from one to the
# other: put the numbers into the order $(x_0, x_2, x_1, x_3)$, all even ones first. Then its halves are the old
# neighbours. The numbers come from the rows of $W_Q$ and $W_K$, so it is enough to reorder these rows once. See both,
# the mistake and the remedy:

# %%
n_head, C = 2, 12
x = torch.randn(1, 6, C, generator=seeded(2))  # (B, T, C)
w_q, w_k = torch.randn(2, n_head * 8, C, generator=seeded(3))  # projections of a model trained with neighbours
cos, sin = precompute_rope(8, seq_len=6, theta=100.0)


def all_scores(rotate, w_q: torch.Tensor, w_k: torch.Tensor) -> torch.Tensor:
    """(B, H, T, T): every query against every key."""
    q, k = (rotate((x @ w.T).view(1, 6, n_head, 8).transpose(1, 2), cos, sin) for w in (w_q, w_k))
    return q @ k.transpose(-2, -1)


right = all_scores(apply_rope_interleaved, w_q, w_k)
mixed_up = all_scores(apply_rope, w_q, w_k)
converted = all_scores(apply_rope, *(interleaved_to_half_split(w, n_head) for w in (w_q, w_k)))
print("pairing mixed up, same scores:", torch.allclose(right, mixed_up, atol=1e-4))
on_itself = [scores.diagonal(dim1=-2, dim2=-1) for scores in (right, mixed_up)]  # each (B, H, T)
wrong = int(((on_itself[0] - on_itself[1]).abs() > 1e-4).sum())
print("  wrong scores of a token with itself:", wrong, "of", on_itself[0].numel())
print("rows reordered, same scores:  ", torch.allclose(right, converted, atol=1e-4))

# %% [markdown]
# **What to notice.** With the pairing mixed up nothing fails, and each token's score with *itself* is even right. So
# the first token of a text is right, and what follows gets worse without any message. With the rows reordered
# all scores are right: a dot product does not depend on the order of its terms, as long as queries and keys agree.
#
# ### What it does to the loss
#
# Now RoPE in the GPT, in place of the table of positions. Remember that two GPTs differ by up to 0.08 by chance.
#
# **Guess first.** By how much does the loss change?

# %%
guess = ...  # nats per token, such as -0.01; negative if the loss falls

# %%
runs["RoPE"] = train_with("RoPE")

# %% fold="setup"
change, interval = change_and_interval("RoPE", about=-0.27)
reveal("change of the loss by RoPE, nats per token", change, guess)
reveal("its interval is that ±", interval)

# %% [markdown] fold="What came out"
# About −0.3, with an interval of a few hundredths: **this change helps**, and clearly. It is also smaller than before,
# by the table of positions. A small model with little training has no time to learn what "one before" means at each of
# its positions. RoPE has it built in.

# %% [markdown]
# **Part A ends here: a good place to stop.** You have a measure with an interval, a norm that does the same with fewer
# parameters, and positions that a score sees as distances. You also know two mistakes that give no error: a norm in
# float16, and pairs mixed up.
#
# **You can now do exercises 1 to 4** (about 45 minutes).

# %% [markdown]
# # Part B: the rest of the block, and the whole model
#
# A new session? Then run the cells of part A first ("Run All Above Selected Cell"): they train fifteen small models, in
# about a minute. From there you need only this:
# `try_change(name, about)` trains the small GPT with one change, from five seeds, and prints how the loss changes
# against the GPT, with an interval. If the interval contains 0, the five runs do not decide. So far: RMSNorm was not
# decided, and RoPE lowered the loss by about 0.3 nats per token.
#
# In this part you make the other four changes and put all six together.
#
# ## 4 · SwiGLU: a gate in the MLP
#
# GPT's MLP is `down(gelu(up(x)))`. SwiGLU has two layers side by side. The one, the **gate**, decides how much of the
# other, **up**, gets through:
#
# $$\text{SwiGLU}(x) = W_2\,\big(\text{silu}(W_1 x) \odot W_3 x\big), \qquad \text{silu}(z) = z \cdot \sigma(z)$$
#
# Here $\sigma(z) = 1/(1 + e^{-z})$ is the sigmoid, between 0 and 1 (not a deviation), and $\odot$ multiplies number by
# number. **By hand**, for one hidden number with up = 2:
#
# - gate = 3: silu(3) = 3 · 0.953 = 2.86, so 2.86 · 2 = **5.72** gets through;
# - gate = −3: silu(−3) = −3 · 0.047 = −0.14, so **−0.28**: nearly shut.
#
# Llama calls $W_1$ `gate_proj`, $W_3$ `up_proj` and $W_2$ `down_proj`. Gate and up have the same shape, so nothing
# complains when they are swapped.

# %% fold="drawing"
z = torch.linspace(-5, 5, 200)
fig, (left, right) = plotting.figure(
    title="GELU bends one number; in SwiGLU one number opens or shuts another", columns=2, size=(4.6, 3.6)
)
left.plot(z, F.gelu(z), label="GELU(z)")
left.plot(z, F.silu(z), linestyle="--", label="SiLU(z)")
left.set(xlabel="z", ylabel="output", title="one input")
for gate, style in ((-3, ":"), (0.5, "--"), (3, "-")):
    right.plot(z, F.silu(torch.tensor(float(gate))) * z, linestyle=style, label=f"gate = {gate}")
right.set(xlabel="up", ylabel="silu(gate) · up", title="two inputs")
left.legend()
right.legend()
plotting.show(
    fig,
    alt="Left: GELU and SiLU are nearly the same curve, zero on the left and the identity on the right. Right: "
    "straight lines through the origin whose slope the gate sets: nearly flat for -3, steep for 3.",
)

# %% [markdown]
# Three matrices instead of two. To compare fairly, we make the hidden layer narrower, as the first Llama did: $8C^2$
# parameters are two matrices of width $4C$, or three of width $\frac{8}{3}C$. Our small model has C = 48, and 8/3 of it
# is 128. (The first Llama 7B has C = 4,096. 8/3 of it is 10,923, and its hidden layer has 11,008 numbers: the next
# multiple of 256, which suits a GPU.)

# %%
print(f"{num_params(SwiGLU(48, hidden_dim=128)):,} parameters, against 8·C² = {8 * 48**2:,}")

# %% [markdown]
# As many as GPT's two matrices. So a difference of the loss will come from the gate, and not from the size. (GPT's MLP
# has 4 · 48 + 48 = 240 biases in each block besides, and SwiGLU has none. So this run drops 480 biases, too. Section 6
# says what biases are worth.)
#
# **Guess first.** By how much does SwiGLU change the loss after our 150 steps?

# %%
guess = ...  # nats per token, such as -0.01; negative if the loss falls

# %%
runs["SwiGLU"] = train_with("SwiGLU")

# %% fold="setup"
change, interval = change_and_interval("SwiGLU", about=0.07)
reveal("change of the loss by SwiGLU, nats per token", change, guess)
reveal("its interval is that ±", interval)

# %% [markdown] fold="What came out"
# In this short training SwiGLU is **worse**: the interval lies above 0. Five seeds say so, and so we write it down.
# (One possible reason: silu(gate) · up is a product of two small numbers, and starts slowly.)
#
# Then why does Llama have it? Because it won in a larger experiment. In the paper (Shazeer 2020, table 1, with T5) the
# losses are, in nats per token:
#
# | steps | GELU | SwiGLU | SwiGLU is better by |
# |---|---|---|---|
# | 65,536 | 1.983 | 1.944 | 0.039 |
# | 524,288 | 1.679 | 1.636 | 0.043 |
#
# So it was ahead after an eighth of that training already, by nearly as much. A longer training is one of several
# possible reasons for another result than ours. The size of the model, the data and the learning rate are others, and
# we have tested none of them.

# %% [markdown]
# Do the later Llamas keep the size equal? Their configurations say:

# %%
for name in ("llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"):
    config = PRESETS[name]
    ratio = config.hidden_dim / config.n_embd
    print(
        f"{name}: hidden {config.hidden_dim:6,} = {ratio:.2f}·C, so the MLP has {3 * ratio:.1f}·C² parameters (GPT 8)"
    )

# %% [markdown]
# Only the 3B model does. The hidden layer of the 1B model is 4·C, as in GPT, and there is a third matrix: its MLP is
# 1.5 times as large as GPT's.
#
# **You can now do exercise 5** (SwiGLU).

# %% [markdown]
# ## 5 · Grouped-query attention
#
# In GPT each query head has a key head and a value head of its own: **multi-head attention** (MHA), H_kv = H. The other
# end is one key head and one value head for all query heads: **multi-query attention** (MQA), H_kv = 1. Llama stands
# between: in **grouped-query attention** (GQA) each key head serves a group of query heads. Llama 3.2 1B has 32 query
# heads and 8 key heads, so four share one.
#
# For the code, take four query heads and two key heads. Query heads 0 and 1 should get key head 0, query heads 2 and 3
# should get key head 1: the list of key heads should be 0, 0, 1, 1. One line does it, and it has a classic mistake.
#
# **Guess first.** Which of the two does that: `k.repeat(1, 2, 1, 1)`, or `k.repeat_interleave(2, dim=1)`?

# %%
guess = ...  # "repeat" or "repeat_interleave", in quotes

# %% fold="setup"
k = torch.arange(2.0).view(1, 2, 1, 1)  # (B, H_kv, T, D): key head 0 holds 0, key head 1 holds 1
repeated = {"repeat": k.repeat(1, 2, 1, 1), "repeat_interleave": k.repeat_interleave(2, dim=1)}
served_by = {name: tensor.flatten().int().tolist() for name, tensor in repeated.items()}
reveal("queries 0 and 1 share key head 0 after", next(n for n, held in served_by.items() if held[:2] == [0, 0]), guess)
for name, held in served_by.items():
    reveal(f"{name}: key heads of the four query heads", held)
reveal("repeat_kv is repeat_interleave", torch.equal(repeat_kv(k, 2), repeated["repeat_interleave"]))

# %%
try_change("GQA", about=0.0)

# %% [markdown]
# 4,704 parameters fewer, and the interval contains 0: five seeds do not show that it does harm. But parameters are not
# the reason. It is what has to be remembered while a text is written.
#
# **You can now do exercise 6** (heads for groups).
#
# ### What a text costs in memory
#
# A model that writes keeps the keys and values of all tokens so far (section 8 shows how).
#
# **Guess first.** The weights of Llama 3.1 8B take 15 GiB, at two bytes per number. How many GiB do the keys and values
# of *one* text of 131,072 tokens take?

# %%
guess = ...  # GiB


# %%
def cache_bytes(config: LlamaConfig, n_kv_head: int, tokens: int) -> int:
    """Bytes of keys and values for one text, at two bytes per number."""
    return 2 * config.n_layer * n_kv_head * config.head_dim * tokens * 2


large = PRESETS["llama-3.1-8b"]
reveal("GiB for the text, with 8 key and value heads", round(cache_bytes(large, 8, 131_072) / 2**30), guess)
for n_kv_head in (32, 8, 1):
    per_token, whole = cache_bytes(large, n_kv_head, 1), cache_bytes(large, n_kv_head, 131_072)
    reveal(
        f"with this many key and value heads: {n_kv_head}",
        f"{per_token / 2**10:.0f} KiB per token, {whole / 2**30:.0f} GiB for the text",
    )

# %% fold="drawing"
heads = [1, 2, 4, 8, 16, 32]
fig, (axes,) = plotting.figure(
    title="With 32 key heads, a text of 131,072 tokens takes four times the model's weights",
    xlabel="key and value heads (of 32 query heads)",
    ylabel="memory (GiB)",
)
for length, marker in ((8_192, "o"), (32_768, "s"), (131_072, "^")):
    axes.plot(heads, [cache_bytes(large, h, length) / 2**30 for h in heads], marker=marker, label=f"{length:,} tokens")
axes.axhline(8_030_261_248 * 2 / 2**30, color="black", linewidth=1, label="the weights of the 8B model")
axes.axvline(8, color="grey", linestyle=":", label="what Llama 3.1 has")
axes.set_xscale("log", base=2)
axes.set_yscale("log", base=2)
axes.set_xticks(heads, [str(h) for h in heads])
axes.set_yticks([0.25, 1, 4, 16, 64], ["0.25", "1", "4", "16", "64"])
axes.legend(fontsize="small")
plotting.show(
    fig,
    alt="Memory of the cache of Llama 3.1 8B against key and value heads, on log axes, for three text lengths. At 32 "
    "heads and 131,072 tokens it takes 64 GiB, over four times the 15 GiB of the weights; at 8 heads 16 GiB.",
    folded="Memory against key and value heads",
)

# %% [markdown] fold="What grouped queries save"
# Llama 3.1 8B has L = 32, H_kv = 8 and D = 128. By the formula below a token takes 2 · 32 · 8 · 128 = 65,536 numbers of
# two bytes, 128 KiB, and the text 131,072 times as much: 16 GiB, more than the weights of the model. With a key head
# for each of the 32 query heads it would be 64 GiB. **That is what grouped queries buy:** four times as many texts at
# once, or texts four times as long. And each new token reads the whole cache, so it reads a quarter.

# %% [markdown]
# **The formula.** For each token the keys and values are, in numbers:
#
# $$\underbrace{2}_{K,\ V} \cdot\; L \cdot H_{kv} \cdot D$$
#
# **By hand:** our small GPT has L = 2 blocks, 4 heads and D = 12, so a token takes 2 · 2 · 4 · 12 = 192 numbers. With
# GQA it has 2 key heads, and a token takes 96.

# %% [markdown]
# ## 6 · No biases, and a head of its own
#
# Two small things are left:
#
# - Llama has **no biases** in its linear layers.
# - The first Llamas and Llama 3.1 8B have an **untied head**, a matrix of its own. Llama 3.2 1B and 3B are **tied**, as
#   GPT is. So the untied head is no part of the way from GPT to Llama 3.2; we try it because the larger models have it.

# %%
try_change("no biases", about=0.0)
try_change("untied head", about=-0.04)

# %% [markdown]
# Without biases the loss hardly changes. The untied head costs 14,400 numbers, a fifth of this model, and lowers the
# loss by about 0.06 nats here; the interval does not contain 0.
#
# How many parameters do the real ones have? On torch's `meta` device a model has shapes but no memory, so 8 billion
# parameters can be counted from the configuration alone:

# %%
for name in ("llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"):
    config = PRESETS[name]
    with torch.device("meta"):
        model = Llama(config)
    share = 100 * config.vocab_size * config.n_embd / num_params(model)
    tied = "tied" if config.tie_embeddings else "untied"
    print(f"{name}: {num_params(model):13,} parameters, of them {share:4.1f} % in the embedding; head {tied}")

# %% [markdown]
# To the last parameter, these are the numbers of the models that Meta released. The vocabulary of 128,256 tokens is a
# fifth of the 1B model. In the 8B model the embedding is 6.5 %, and the head, which is not tied, as much again: 13.1 %.
#
# **Guess first.** A fifth of the 1B model is its vocabulary. Which share of all its parameters is in the SwiGLU layers,
# in percent? (It has C = 2,048, 16 blocks, 32 query heads and 8 key heads of D = 64, and 8,192 hidden numbers.)

# %%
guess = ...  # percent

# %% fold="setup"
config = PRESETS["llama-3.2-1b"]
with torch.device("meta"):
    model = Llama(config)
block = model.blocks[0]
rows = {
    "token embedding (and head)": ("V · C", num_params(model.token_embedding)),
    "queries and output, per block": ("2 · C²", num_params(block.attention.q_proj) * 2),
    "keys and values, per block": ("2 · C · H_kv · D", num_params(block.attention.k_proj) * 2),
    "SwiGLU, per block": ("3 · C · hidden", num_params(block.mlp)),
    "two norms, per block": ("2 · C", num_params(block.norm_1) * 2),
    "16 blocks": ("", num_params(model.blocks)),
    "final norm": ("C", num_params(model.final_norm)),
    "total": ("", num_params(model)),
}
share = 100 * config.n_layer * num_params(block.mlp) / num_params(model)
reveal("percent of the parameters in SwiGLU", round(share), guess)
table = "\n".join(f"{name:29} {formula:17} {count:13,}" for name, (formula, count) in rows.items())
show_folded("Where the parameters of the 1B model are", table)

# %% [markdown]
# ## 7 · All together
#
# Six changes, one model. Do their effects add up, or does one change take away what another has gained?
#
# **Guess first.** By how much does the loss change with all six together? Your results above are all you need.

# %%
guess = ...  # nats per token

# %%
runs["all six"] = train_with(*CHANGES)
model = runs["all six"].model
print(f"{num_params(model):,} parameters")

# %% fold="setup"
together = approx(effect("all six").mean, about=-0.23, within=0.1, digits=2)
reveal("change of the loss by all six, nats per token", together, guess)
gpt_losses = runs["GPT"].losses
beyond = [  # seed by seed: all six together, less the sum of the six alone
    (runs["all six"].losses[n] - base) - sum(runs[name].losses[n] - base for name in CHANGES)
    for n, base in enumerate(gpt_losses)
]
half = 2.78 * statistics.stdev(beyond) / math.sqrt(5)
reveal(
    "that minus the sum of the six alone",
    f"{approx(statistics.mean(beyond), about=0.02, within=0.12, digits=1)}; its interval is that ± "
    f"{approx(half, about=0.06, within=0.08, digits=1)}",
)

# %%
same = Llama(llama)
same.load_state_dict(model.state_dict())  # the very same names
x, y = next(iter(BatchLoader(held_out, batch_size=16, shuffle=False)))  # both (B, T)
with torch.no_grad():
    print("it is Llama(llama):", torch.allclose(model(x), same(x), atol=1e-5))

# %% [markdown] fold="What came out"
# One by one, RoPE gave about −0.30 nats per token, SwiGLU +0.07, the untied head −0.06, and the others nearly 0. The
# sum is about −0.28, and all six together give about −0.27. The interval of the difference contains 0, so the five
# seeds do not show that the changes disturb one another. But the interval is wide: a disturbance of less than about
# 0.07 nats stays invisible.

# %% [markdown]
# ### The answer, in one table
#
# Now all costs and gains side by side, relative to the GPT:
#
# - **parameters**, counted;
# - **time** of forward and backward, by the processor's clock, which does not count other programs, on one thread, in
#   turns: the median of 200 passes (the bar). The black line goes over the medians of five groups of 40 passes. **A
#   line that crosses 0 decides nothing.** Five groups on one side of 0 are a good sign, and no proof: chance alone does
#   that once in 16 times;
# - **memory** that a forward pass keeps for its backward pass;
# - **loss** on stories not seen: the mean of five differences, with its interval as a black line. If the line crosses
#   0, it is not decided.


# %% fold="setup"
def training_step(model: Hybrid) -> None:
    """Forward and backward on a few texts: short work, so that a disturbance hits few of the rounds."""
    next_token_loss(model(x[:4]), y[:4]).backward()
    model.zero_grad(set_to_none=True)


ROUNDS, GROUP = 200, 40
threads = torch.get_num_threads()
torch.set_num_threads(1)  # the processor's clock adds the times of all threads up, waiting included
steps = {n: lambda m=run.model: training_step(m) for n, run in runs.items()}
seconds = interleaved_seconds(steps, runs=ROUNDS, warmup=5, clock=processor_seconds)
torch.set_num_threads(threads)
by_group = {
    n: [statistics.median(taken[at : at + GROUP]) for at in range(0, ROUNDS, GROUP)] for n, taken in seconds.items()
}
memory = {name: kept_for_backward(lambda m=run.model: next_token_loss(m(x), y)) for name, run in runs.items()}


# %% fold="setup"
def percent(value: float, of: float) -> float:
    """How much more than `of`, in percent."""
    return 100 * (value / of - 1)


base = runs["GPT"]
in_groups = {n: [percent(a, b) for a, b in zip(by_group[n], by_group["GPT"], strict=True)] for n in runs}
columns = {
    "parameters (%)": {n: percent(num_params(run.model), num_params(base.model)) for n, run in runs.items()},
    "time of a pass (%)": {n: percent(statistics.median(seconds[n]), statistics.median(seconds["GPT"])) for n in runs},
    "memory of a pass (%)": {n: percent(memory[n], memory["GPT"]) for n in runs},
    "loss (nats per token)": {n: effect(n).mean for n in runs},
}

# %% fold="drawing"
names = [name for name in runs if name != "GPT"]
fig, panels = plotting.figure(
    title="Each change against the same GPT: right of 0 it has more, left of 0 less (grey: not decided)",
    columns=4,
    size=(3.1, 3.8),
)
ranges = {
    "time of a pass (%)": {n: (min(in_groups[n]), max(in_groups[n])) for n in names},
    "loss (nats per token)": {n: (effect(n).mean - effect(n).half, effect(n).mean + effect(n).half) for n in names},
}
for axes, (title, values) in zip(panels, columns.items(), strict=True):
    widths = [values[name] for name in names]
    colours = [plotting.PALETTE[1 if width > 0 else 0] for width in widths]
    for row, (low, high) in enumerate(ranges[title].values() if title in ranges else ()):
        axes.plot([low, high], [row, row], color="black", marker="|")
        colours[row] = "lightgrey" if low <= 0 <= high else colours[row]
    bars = axes.barh(names, widths, color=colours)
    if axes is not panels[1]:
        digits, padding = (2, 14) if "loss" in title else (1, 3)
        labels = [f"{round(width, digits) + 0:+.{digits}f}" for width in widths]  # + 0: no minus before a zero
        axes.bar_label(bars, labels, padding=padding)
    axes.axvline(0, color="black", linewidth=1)
    axes.margins(x=0.5)
    axes.invert_yaxis()
    axes.set(xlabel=title, ylabel="change" if axes is panels[0] else " ")
    if axes is not panels[0]:
        axes.set_yticklabels([])
for row, name in enumerate(names):
    text = f"{columns['time of a pass (%)'][name]:+.0f}"
    panels[1].annotate(text, (0.97, row), xycoords=("axes fraction", "data"), ha="right", va="bottom")
edge = 2 * max(20, *map(abs, columns["time of a pass (%)"].values()))
panels[1].set_xlim(-edge, edge)
plotting.show(
    fig,
    alt="Table of bars for the six changes alone and together, relative to the GPT: parameters, time and memory of a "
    "pass, loss. RoPE lowers the loss most by far, and all six together lower it too; SwiGLU raises it a "
    "little, the others are near zero. The untied head adds a fifth of the parameters; GQA, RMSNorm, RoPE and no "
    "biases save some. Bars of time and loss are grey where their line crosses zero.",
)

# %% [markdown]
# Does each bar agree with what you found above? The numbers are in the fold below, with what a text costs while it is
# written. The time depends on the machine; its range over the five groups is given, in percent.

# %% fold="setup"
USUAL = {"RoPE": -0.27, "SwiGLU": 0.07, "all six": -0.23}  # the others: near 0
lines = [
    f"{'change':12} {'parameters':>10} {'memory of a pass':>17} {'cache, numbers per token':>25}  change of the loss, "
    "and time of a pass in groups (%)"
]
for name, run in runs.items():
    cached = 2 * gpt.n_layer * run.model.blocks[0].attention.n_kv_head * gpt.head_dim
    more_memory = columns["memory of a pass (%)"][name]
    mean = round(effect(name).mean, 3)
    change = "" if name == "GPT" else approx(mean, about=USUAL.get(name, 0.0), within=0.1, digits=2)
    low, high = (approx(end, about=10, within=60, digits=2) for end in (min(in_groups[name]), max(in_groups[name])))
    change += "" if name == "GPT" else f", {low} to {high}"
    lines.append(f"{name:12} {num_params(run.model):10,} {more_memory:+15.0f} % {cached:25}  {change}")
show_folded("All numbers", "\n".join(lines))

# %% [markdown]
# What to read from it:
#
# | change | in place of | costs | gains |
# |---|---|---|---|
# | **RMSNorm** | LayerNorm | memory here, see below | half of a norm's parameters; no harm that we can measure |
# | **RoPE** | learned positions | memory: 4 % here; time: see the panel | **the loss**; no table, no last position |
# | **SwiGLU** | GELU MLP | memory: one more thing to keep; 0.07 nats here | in a larger experiment 0.04 nats |
# | **GQA** | a key head per query head | no harm that we can measure | parameters; **the cache, divided by H / H_kv** |
# | **no biases** | biases | nothing | a few parameters, simpler code |
# | **untied head** (not in 1B, 3B) | tied head | V · C parameters | 0.06 nats here; two tables for two tasks |
# | **KV cache** | reading all again | 2 · L · H_kv · D numbers per token | **time**: part C |
#
# **What to notice.** RoPE pays in the loss (and the untied head a little), GQA in memory while writing, and the cache
# in time. Three more things, about experiments:
#
# - "The interval contains 0" does not mean "no difference". A change can be right and show nothing in a short run, or
#   even lose.
# - What is cheap on paper is not cheap everywhere. RMSNorm does less arithmetic than LayerNorm, and yet it takes a
#   tenth more memory here, and often more time (does it for you? See the second panel). torch has one *fused*
#   operation for LayerNorm: it goes over the numbers once, and keeps little for the backward pass. Our RMSNorm is
#   several operations (square, mean, root, product), each of which reads memory, writes memory and keeps something. A
#   fused RMSNorm has no such cost. RoPE costs even more time in the panel, about a fifth on our machine: turning
#   queries and keys is again several small operations in each block. (The untied head is a little faster here, although
#   it has more parameters. We have not looked for the reason.)
# - Of twenty intervals of 95 % one misses the true value by chance. We looked at seven.
#
# **Part B ends here: a good place to stop.** All six changes of the model have been made and measured. What is left is
# not in the model: how it is used when it writes.
#
# **You can now do exercises 5 and 6** (about 16 minutes).

# %% [markdown]
# # Part C: the cache
#
# A new session? Then run the first three code cells of the lesson, up to the map; that is all. (The
# models that were trained in parts A and B are not needed.) You need to know only this: a `Llama` turns queries and
# keys by their positions (RoPE), and several query heads share a key head and a value head (GQA). In this part you give
# the model a memory, so that it writes fast.
#
# ## 8 · The key-value cache
#
# The last change is not in the model but in its use. In lesson 07, writing one more token meant reading the whole text
# again. But the keys and values of old tokens never change: through the causal mask nothing new reaches them. So **keep
# them**, and compute only those of the new token. One head, five tokens, one after the other:

# %%
q, k, v = torch.randn(3, 5, 4, generator=seeded(4))  # each (T, D): what five tokens ask, offer and pass on
at_once = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]  # (T, D)

kept_k, kept_v = k[:0], v[:0]  # nothing is remembered yet: (0, D)
for t in range(5):
    kept_k, kept_v = torch.cat([kept_k, k[t : t + 1]]), torch.cat([kept_v, v[t : t + 1]])  # remember one more
    weights = (q[t] @ kept_k.T / 2).softmax(dim=-1)  # (t + 1,): √D = 2, and no mask: there is no future here
    difference = (weights @ kept_v - at_once[t]).abs().max().item()
    print(f"token {t}: {len(kept_k)} keys kept, same as at once: {difference < 1e-6}")

# %% [markdown]
# That is the whole idea. `KVCache` does it for all blocks and heads. (It takes its room once, at the beginning. To join
# tensors at each step, as above, copies everything each time.) Now a model, first the whole text in one pass, then 30
# tokens and ten single ones:

# %%
writer = Llama(replace(small_llama, seq_len=128), seeded(1)).eval()
text = torch.randint(300, (2, 40), generator=seeded(2))  # (B, T)

with torch.inference_mode():
    whole = writer(text)  # (B, T, V), in one pass
    cache = writer.make_cache(batch_size=2)
    pieces = [writer(text[:, :30], cache)]  # the prompt
    pieces += [writer(text[:, t : t + 1], cache) for t in range(30, 40)]  # then token by token
wrong = int(((torch.cat(pieces, dim=1) - whole).abs() > 1e-5).sum())
print(f"logits that differ with the cache: {wrong} of {whole.numel():,}")
print(f"the cache holds {cache.length} tokens per text; it has room for {cache.max_len}, in {cache.num_bytes:,} bytes")

# %% [markdown]
# **You can now do exercise 7** (the cache) **and exercise 8** (the text that got worse). Try exercise 8 before you read
# on: the next cells show what can go wrong.
#
# **The first mistake:** a new token comes alone, so its index in its own tensor is 0. But its *position* is not 0. If
# it is turned as if it stood at the beginning, all distances are wrong:

# %%
with torch.inference_mode():
    cache = writer.make_cache(batch_size=2)
    writer(text[:, :30], cache)
    attention = writer.blocks[0].attention
    h = writer.blocks[0].norm_1(writer.token_embedding(text[:, 30:31]))  # (B, 1, C): one new token
    cos, sin = precompute_rope(small_llama.head_dim, seq_len=40)
    as_it_should = attention(h, cos[30:31], sin[30:31], cache)
    from_zero = attention(h, cos[:1], sin[:1], cache)
print("the same as from position 0:", torch.allclose(as_it_should, from_zero, atol=1e-5))

# %% [markdown]
# No error again. The longer the text, the worse it gets, and it looks as if the model were bad. That is why `KVCache`
# counts, and the model asks *it* for positions.
#
# **The second mistake** is in the mask. Let two tokens be kept, and two new ones come at once. There are two rows (new
# queries) and four columns (all keys). Row 0 is the *third* token of the text and may see three keys:
#
# $$\text{right: } \begin{pmatrix} 1 & 1 & 1 & 0 \\ 1 & 1 & 1 & 1 \end{pmatrix} \qquad
#   \text{a triangle from the top left: } \begin{pmatrix} 1 & 0 & 0 & 0 \\ 1 & 1 & 0 & 0 \end{pmatrix}$$
#
# The triangle hides the new tokens even from themselves, and row 0 from half of the past; with a longer past, from most
# of it. So count what a row may see from the token's place *in the text*, not from the number of its row.
#
# Both mistakes are found at once by a test as above, in pieces against in one. Write such a test for every cache.
#
# ### What it gains
#
# **Guess first.** You write token 512 of a text. Without the cache, all 512 tokens go through the model, and with it
# only one. By what factor is the step faster?

# %%
guess = ...  # a number

# %%
model = Llama(LlamaConfig(vocab_size=300, seq_len=512, n_layer=2, n_embd=64, n_head=4, n_kv_head=2, hidden_dim=172))
story = torch.randint(300, (1, 512), generator=seeded(3))
lengths = [32, 64, 128, 256, 511]
calls = {}
with torch.inference_mode():
    for length in lengths:
        cache = model.make_cache(batch_size=1)
        model(story[:, :length], cache)

        def one_token(cache=cache, length=length) -> None:
            cache.length = length  # the same step again
            model(story[:, length : length + 1], cache)

        calls[f"uncached {length}"] = lambda length=length: model(story[:, : length + 1])
        calls[f"cached {length}"] = one_token
    timings = time_interleaved(calls, runs=101)

# %% fold="setup"
factor = timings["uncached 511"].fastest / timings["cached 511"].fastest
reveal("times faster at token 512", approx(factor, about=15, within=13, digits=1), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="With a cache the next token takes far less time, and the time grows slowly",
    xlabel="tokens already written",
    ylabel="time of the next token (ms)",
)
for kind, marker in (("uncached", "o"), ("cached", "s")):
    axes.plot(lengths, [1e3 * timings[f"{kind} {n}"].fastest for n in lengths], marker=marker, label=kind)
axes.set_ylim(bottom=0)
axes.legend()
plotting.show(
    fig,
    alt="Time of the next token against the tokens written so far: without a cache it rises with the length, with one "
    "it is a nearly flat line far below.",
    folded="The time of the next token against the length of the text",
)

# %% [markdown]
# The cache saves 511 of 512 products with the weights, and yet the step is not 512 times faster. This model is small: a
# step with one token spends nearly all its time on *starting* some fifty operations, and that time cannot be saved. In
# a large model there is another limit: a step with one token must read all weights from memory, as a step with 512
# tokens does.
#
# ### When it is full
#
# A cache has room for `max_len` tokens. What then? Choose one of two answers. `"raise"` gives an error. `"slide"`
# forgets the oldest, so that each token sees at most the last `max_len`. With RoPE this runs without an end: only
# distances count, and there is no last position. Whether the text stays good is another question: a trained model often
# looks at its very first tokens, and suffers when they are forgotten (Xiao and others 2023 keep them on purpose).

# %%
with torch.inference_mode():
    full = writer.make_cache(batch_size=2, max_len=8)
    try:
        writer(text[:, :9], full)
    except ValueError as error:
        print("ValueError:", error)
    sliding = writer.make_cache(batch_size=2, max_len=8, when_full="slide")
    for t in range(40):
        writer(text[:, t : t + 1], sliding)
print("seen:", sliding.length, " kept:", sliding.max_len)

# %% [markdown]
# Forty tokens went through a cache with room for eight.
#
# **You can now do exercise 9** (from GPT to Llama, the table in your own words).
#
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `llama.RMSNorm(C)` | x over its root mean square | `(..., C)` → `(..., C)` |
# | `llama.precompute_rope(D, T, theta, scaling)` | cosines and sines of all positions | two of `(T, D/2)` |
# | `llama.apply_rope(x, cos, sin)` | pairs turned by their positions | `(..., T, D)` → `(..., T, D)` |
# | `llama.scale_frequencies(f, RopeScaling(32))` | long waves slowed down | `(D/2,)` → `(D/2,)` |
# | `llama.SwiGLU(C, hidden)` | the gated MLP | `(..., C)` → `(..., C)` |
# | `llama.repeat_kv(k, groups)` | each key head for its group | `(B, H_kv, T, D)` → `(B, H, T, D)` |
# | `llama.Llama(config)` | the model | `(B, T)` → `(B, T, V)` |
# | `model.make_cache(B)`, `kv_cache.KVCache` | keys and values kept | `(L, B, H_kv, max_len, D)`, twice |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** RoPE turns queries and keys. Why not the values?
#
# - To save time
#   - One more rotation costs little. It would also be wrong.
# - Positions decide who looks at whom; what is passed on should be the same wherever it stood
#   + Scores come from queries and keys alone. Turned values would be mixed from all directions, and nothing would turn
#     them back.
# - Values have another width
#   - They have the width D, as keys have.
#
# **2.** A colleague removes half of the key and value heads of a trained model and says: "Half the cache, and hardly
# fewer parameters, so the model is as good as before." What is wrong?
#
# - Nothing
#   - The model was not trained that way: the heads that are gone held what their query heads had learned to look for.
# - The cache does not become smaller
#   - It does: it holds 2 · L · H_kv · D numbers per token.
# - The model must be trained with the fewer heads
#   + One can begin with the mean of two heads and train on: Ainslie et al. 2023 needed 5 % of the original training.
#
# **3.** `model(text[:, 10:11], cache)` gives other logits than position 10 of `model(text)`, and the cache holds the
# ten tokens before. What is the likeliest mistake?
#
# - The new token is turned as if it stood at position 0
#   + A token that comes alone has index 0 in its own tensor. Its position must come from `cache.length`.
# - The cache was not trained
#   - A cache has no parameters. It keeps what the model has computed.
# - The causal mask was left out
#   - The one new token may see all eleven keys, so there is nothing to mask.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** six changes in the model and one in its use. All six together lower the loss by about 0.27
# nats per token here, and RoPE alone by 0.30; SwiGLU costs 0.07 in so short a run. The configurations of Llama 3.2
# give 1,235,814,400 and 3,212,749,824 parameters, and with the cache token 512 is written several times as fast.
#
# **What is missing:** `train` was a tool in this lesson, and 150 steps are few. **Lesson 11, training**, opens it, step
# by step. In lesson 13 the real weights come into this very class.
#
# The exercises are in `exercises/10_llama.ipynb`: 1 to 4 belong to part A, 5 and 6 to part B, 7 to 9 to part C. You
# write each of these parts, and mend a cache.
