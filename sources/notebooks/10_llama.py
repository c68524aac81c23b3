# %% [markdown]
# # 10 · From GPT to Llama
#
# **When you finish, you can**
# - name the changes of the model, and the one of its use, that turn a GPT into a Llama, and write each one;
# - turn a vector by its position, and show that scores then depend on distances alone;
# - stretch a model to a longer text by slowing its long waves, as Llama 3.1 and 3.2 do;
# - work out how much memory a key-value cache takes, and what sharing heads saves;
# - count the parameters of Llama 3.2 1B and 3B from their configurations, to the last one.
#
# **What you need first:** lessons 04 to 07 (heads, MLP, block, GPT) and 08 (why weights start small).
#
# **Time:** two sessions. **Part A**, sections 1 to 3 (about 60 minutes): the measure, RMSNorm and RoPE. **Part B**,
# sections 4 to 8 (about 70 minutes): SwiGLU, shared heads, the whole model, the cache. Between them is a good place to
# stop. Part A belongs to exercises 1 to 4, part B to exercises 5 to 9.
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
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import interleaved_seconds, kept_for_backward, num_params, time_interleaved
from course_lib.tokenization import train_tokenizer
from course_lib.training import TrainConfig, evaluate, train


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** The map of a small Llama. The rooms stand where they stood in your GPT; what has changed is *inside*
# the block, which is lit, and the table of positions is gone.

# %% fold="drawing"
small_llama = LlamaConfig(
    vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, n_kv_head=2, hidden_dim=128, tie_embeddings=False
)
diagram.model(Llama(small_llama), lit="block")

# %% [markdown]
# # Part A: a measure, and what a position is
#
# ## 1 · One small task for all
#
# To compare models you need one task, one budget and one measure for all of them. Here: stories from the built-in
# corpus, 150 steps of training, and the loss on stories that no model has trained on.

# %%
texts = list(load_stories(n=600)["text"])
tokenizer = train_tokenizer(texts, vocab_size=300)  # few words, so that a small model learns much in little time
tokens = torch.tensor([token for encoded in tokenizer.encode_batch(texts) for token in encoded.ids])  # (N,)
cut = len(tokens) * 9 // 10
stories, held_out = TokenDataset(tokens[:cut], seq_len=32), TokenDataset(tokens[cut:], seq_len=32)

gpt = GPTConfig(vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, bias=True)  # biases, as GPT-2 has
llama = small_llama  # the model of the map

# %% [markdown]
# `Hybrid(gpt, llama, changes)` is a model between the two: a GPT in which the named changes have been made. Without any
# it is `GPT(gpt)`, with all of them `Llama(llama)`; tests hold it to that. These are the changes:

# %%
print(", ".join(CHANGES))

# %% [markdown]
# How a model is trained is the subject of lesson 11; here `train` is a tool. One thing from lesson 08 matters. GPT-2's
# deviation of 0.02 was chosen for a width of 768. Ours is 48, a sixteenth, so we start with √16 = 4 times as much.

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
# First the GPT itself, from five seeds. Whatever five GPTs differ by is chance.

# %%
runs = {"GPT": train_with()}
print(f"{num_params(runs['GPT'].model):,} parameters; the loss of guessing is {math.log(gpt.vocab_size):.2f}")
measured("mean loss of five:", statistics.mean(runs["GPT"].losses), about=2.97, within=0.15, unit="nats per token")
spread = max(runs["GPT"].losses) - min(runs["GPT"].losses)
measured("between the best and the worst:", spread, about=0.06, within=0.06, digits=1, unit="nats per token")

# %% [markdown]
# From now on each change is measured in the same way. A seed fixes the order of the stories, so the run with a change
# and the run of the GPT with the same seed make a pair. We take the five differences, their mean, and the interval in
# which the true mean lies with 95 % confidence: $\pm\, 2.78 \cdot s / \sqrt 5$, where $s$ is the standard deviation of
# the five and 2.78 belongs to five values (Student's t). **If the interval contains 0, the run does not decide.**


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


def try_change(name: str, about: float) -> None:
    """Train the GPT with one change and say what came of it; about: what the difference usually is."""
    runs[name] = train_with(name)
    more = num_params(runs[name].model) - num_params(runs["GPT"].model)
    mean, half = effect(name)
    print(f"{name}: {more:+,} parameters")
    measured("  change of the loss:", mean, about=about, within=0.06, digits=2, unit="nats per token")
    measured("  the interval is that ±", half, about=0.03, within=0.05, digits=1)


# %% [markdown]
# ## 2 · RMSNorm
#
# LayerNorm subtracts the mean, divides by the standard deviation, scales and shifts. RMSNorm leaves out half of it: it
# divides by the root of the mean square, and scales.
#
# $$\text{RMSNorm}(x) = \frac{x}{\sqrt{\frac{1}{C}\sum_i x_i^2 + \varepsilon}} \odot w$$
#
# **By hand:** for $x = (3, 4)$ the mean square is $(9 + 16)/2 = 12.5$, its root 3.54, and so the result is
# $(0.85, 1.13)$. What does LayerNorm make of the same vector? Its mean is 3.5 and its deviation 0.5.

# %%
x = torch.tensor([3.0, 4.0])
normed = {"RMSNorm": RMSNorm(2)(x), "LayerNorm": layer_norm(x, torch.ones(2), torch.zeros(2))}
for name, (first, second) in normed.items():
    print(f"{name:9} ({first:.2f}, {second:.2f})")

# %% [markdown]
# LayerNorm forgets where the numbers lie and how far they spread: from (3, 4) and from (103, 104) it makes the same.
# RMSNorm forgets only how large they are. The idea, which has worked since 2019: taking away the size is what helps.
#
# **A mistake to know.** Squares grow fast. float16 ends at 65,504, and so the square of 300 is too much for it:

# %%
large = torch.tensor([300.0, -300.0], dtype=torch.float16)
in_half = large * torch.rsqrt(large.pow(2).mean() + 1e-5)
print("the squares:           ", large.pow(2).tolist())
print("the norm in float16:   ", in_half.tolist())
print("RMSNorm, float32 inside:", RMSNorm(2).half()(large).tolist())

# %% [markdown]
# No error, no NaN, only zeros: all that the vector said is gone. `RMSNorm` therefore computes in float32 whatever comes
# in, and gives back what it got. In bfloat16 nothing overflows, but two to three digits are too few to add thousands of
# squares.

# %%
try_change("RMSNorm", about=0.0)

# %% [markdown]
# 48 shifts in each of five norms are gone. The change of the loss is a hundredth of a nat or less, and its interval
# contains 0 or nearly so. That is the argument for RMSNorm: **as good, for less**.
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
# After 150 steps it has hardly begun: to this model the next position is about as strange as any other.
#
# **Rotary position embedding** adds nothing. It *turns* queries and keys, two numbers at a time, by an angle that grows
# with the position $t$:
#
# $$\begin{pmatrix} a' \\ b' \end{pmatrix} =
# \begin{pmatrix} \cos t\theta & -\sin t\theta \\ \sin t\theta & \cos t\theta \end{pmatrix}
# \begin{pmatrix} a \\ b \end{pmatrix}$$
#
# Look at one pair, turned by 0.4 radians per position. On the left a query at positions 0 to 5. On the right the point
# of it: a query and a key, both moved three positions along.

# %%
angles = 0.4 * torch.arange(12)[:, None]  # (T, 1): one pair, 0.4 radians per position
cos, sin = angles.cos(), angles.sin()
query = apply_rope(torch.tensor([[1.0, 0.0]]).expand(12, 2), cos, sin)  # (T, 2): the same vector, at each position
key = apply_rope(torch.tensor([[0.6, 0.3]]).expand(12, 2), cos, sin)

fig, (left, right) = plotting.figure(
    title="Moving both by three positions turns both alike: the angle between them stays",
    xlabel="first number of the pair",
    ylabel="second number",
    columns=2,
    size=(4.4, 4.2),
)
for t in range(6):
    left.annotate("", xy=query[t].tolist(), xytext=(0, 0), arrowprops={"arrowstyle": "->", "linewidth": 2})
    left.text(*(1.08 * query[t]).tolist(), f"t = {t}")
for t, s, colour in ((4, 1, plotting.PALETTE[0]), (7, 4, plotting.PALETTE[1])):
    right.plot([0, query[t, 0]], [0, query[t, 1]], color=colour, linewidth=2.5, label=f"query at {t}")
    right.plot([0, key[s, 0]], [0, key[s, 1]], color=colour, linewidth=2.5, linestyle=":", label=f"key at {s}")
right.legend(loc="upper left", ncols=2, fontsize="small")
for axes in (left, right):
    axes.set(xlim=(-1.3, 1.3), ylim=(-0.7, 1.5))
plotting.show(
    fig,
    alt="Left: a unit arrow turned step by step from the right to the upper left for positions 0 to 5. Right: a query, "
    "solid, and a key, dotted, at positions 4 and 1, and again at 7 and 4: the second pair is the first, turned.",
)

# %% [markdown]
# A dot product depends on lengths and on the angle between, and a rotation changes neither if it turns both. So the
# score of a query at $t$ and a key at $s$ depends on $t - s$ and on nothing else.
#
# **Guess first.** Take the same query vector at all of 24 positions, and the same key vector at all of 24 positions.
# The matrix of all scores has 24 × 24 = 576 numbers. How many of them can be different?

# %%
guess = ...  # a whole number

# %%
D = 16
q, k = torch.randn(2, D, generator=seeded(1))
cos, sin = precompute_rope(D, seq_len=24, theta=100.0)  # each (T, D/2); theta is the base of "Many speeds", below
turned_q = apply_rope(q.expand(24, D), cos, sin)  # (T, D)
turned_k = apply_rope(k.expand(24, D), cos, sin)
scores = turned_q @ turned_k.T  # (T, T): score of query t and key s

one_per_diagonal = [scores.diagonal(offset)[0] for offset in range(-23, 24)]
spread = max((scores.diagonal(offset).max() - scores.diagonal(offset).min()).item() for offset in range(-23, 24))
reveal("different scores, one for each diagonal", len(one_per_diagonal), guess)
measured("largest difference within a diagonal", spread, about=0, within=1e-4, digits=1)
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

# %% [markdown]
# ### Many speeds
#
# One pair is not enough. A pair that turns fast tells 7 from 8 but is back where it was after a few tokens; one that
# turns slowly tells far from near but hardly 7 from 8. So each of the $D/2$ pairs has a speed of its own:
#
# $$\theta_i = \text{base}^{-2i/D}, \qquad i = 0, 1, \ldots, D/2 - 1$$
#
# from 1 radian per token down to nearly 1/base. GPT-like models of 2021 took a base of 10,000, Llama 3 takes
# **500,000**. (Mind the names: in code it is the *base* that is called `theta`, as in Llama's own files. The speeds
# $\theta_i$ are called `frequencies` there.)
#
# **Guess first.** Llama 3.2 1B has heads of 64 numbers. How many tokens does its slowest pair need for one turn? A
# power of ten is enough.

# %%
guess = ...  # tokens

# %%
frequencies = rope_frequencies(64, theta=500_000.0)  # (D/2,) radians per token
wavelengths = 2 * math.pi / frequencies  # tokens per turn
print(f"{len(frequencies)} pairs; the fastest needs {wavelengths[0]:.1f} tokens per turn")
reveal("tokens per turn of the slowest pair", round(wavelengths[-1].item()), guess)

# %% [markdown]
# **You can now do exercise 2** (the table of angles) **and exercise 3** (rotate).
#
# ### A longer text than it was trained with
#
# Llama 3 was trained with 8,192 tokens. The pairs whose turn is longer than that have never completed one, and with a
# text of 131,072 tokens they reach angles that the model has not seen. Llama 3.1 and 3.2 slow them down:
#
# - waves shorter than 8,192 / 4 = 2,048 tokens are kept: they have been seen from all sides, and they tell neighbours
#   apart;
# - waves longer than 8,192 tokens are slowed by a **factor: 8 in Llama 3.1, 32 in Llama 3.2**;
# - between the two it changes smoothly.

# %%
scaled = {factor: scale_frequencies(frequencies, RopeScaling(factor)) for factor in (8.0, 32.0)}

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
slowest = {factor: wavelengths[-1] * frequencies[-1] / values[-1] for factor, values in scaled.items()}
print("the slowest pair's tokens per turn:", {factor: f"{tokens:,.0f}" for factor, tokens in slowest.items()})
print("pairs left as they were:", int((scaled[32.0] == frequencies).sum()), "of", len(frequencies))

# %% [markdown]
# **You can now do exercise 4** (a longer text).
#
# ### Two ways to pair: a real mistake
#
# Which numbers make a pair? The paper and Meta's released files pair **neighbours**, $(x_0, x_1), (x_2, x_3), \ldots$
# Hugging Face's pair the **halves**, $(x_0, x_{D/2}), (x_1, x_{D/2+1}), \ldots$ Both are right. Each model must be run
# with the pairing that it was trained with. Take the weights of the one and the rotation of the other, and see:

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
# Nothing fails. Each token's score with itself is right, so the first token is right, and the model writes something
# that is nearly language. The solution is to reorder the rows of $W_Q$ and $W_K$ once, within each head: all even rows
# first, then all odd ones. A dot product does not depend on the order of its terms, as long as queries and keys agree.

# %%
try_change("RoPE", about=-0.27)

# %% [markdown]
# **This change helps.** The table of positions is gone, and the loss is lower by many times its interval. A small model
# with little training does not have the time to learn what "one before" means at each of its positions. RoPE has it
# built in.

# %% [markdown]
# **Part A ends here: a good place to stop.** With RoPE in place of the table of positions, the loss is lower by about
# 0.3 nats per token; RMSNorm changed it by less than chance does. What is missing: the MLP, the heads, and the cost of
# writing. You can do exercises 1 to 4 before you go on.

# %% [markdown]
# # Part B: the rest of the block, the whole model, and the cache
#
# ## 4 · SwiGLU: a gate in the MLP
#
# GPT's MLP is `down(gelu(up(x)))`. SwiGLU has two layers side by side, and the one decides how much of the other gets
# through:
#
# $$\text{SwiGLU}(x) = W_2\,\big(\text{silu}(W_1 x) \odot W_3 x\big), \qquad \text{silu}(z) = z \cdot \sigma(z)$$
#
# Here $\sigma(z) = 1/(1 + e^{-z})$ is the sigmoid, between 0 and 1, and not a deviation; $\odot$ multiplies number by
# number. Llama calls $W_1$ `gate_proj`, $W_3$ `up_proj` and $W_2$ `down_proj`. (Mind the order: the *second* in the
# formula is the third in the code. Gate and up have the same shape, so nothing complains when they are swapped.)

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
# parameters are two matrices of $4C$, or three of $\frac{8}{3}C$.
#
# **Guess first.** How wide is the hidden layer then for C = 48?

# %%
guess = ...  # a whole number

# %%
hidden = 8 * 48 // 3
reveal("hidden numbers", hidden, guess)
print(f"{num_params(SwiGLU(48, hidden_dim=hidden)):,} parameters, against 8·C² = {8 * 48**2:,}")
try_change("SwiGLU", about=0.07)

# %% [markdown]
# Equal size, and in this short training SwiGLU is **worse**: the interval lies above 0. That is what five seeds say, so
# that is what we write down. One possible reason: silu(gate) · up is a product of two small numbers and starts slowly.
# The paper (Shazeer 2020, table 1) trained for 524,288 steps: 1.677 nats for ReLU, 1.679 for GELU, **1.636 for
# SwiGLU**. What loses after 150 steps can win after 500,000.
#
# Do the later Llamas keep the size equal? Their configurations say:

# %%
for name in ("llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"):
    config = PRESETS[name]
    ratio = config.hidden_dim / config.n_embd
    print(
        f"{name}: hidden {config.hidden_dim:6,} = {ratio:.2f}·C, so the MLP has {3 * ratio:.1f}·C² parameters (GPT 8)"
    )

# %% [markdown]
# Only the 3B model does. The 1B model has a hidden layer of 4·C, as GPT has, and a third matrix: its MLP is 1.5 times
# as large as GPT's.
#
# **You can now do exercise 6** (SwiGLU).

# %% [markdown]
# ## 5 · Grouped-query attention
#
# With $H$ query heads GPT also has $H$ key heads and $H$ value heads. Grouped-query attention has fewer: each key head
# serves a group of query heads. Llama 3.2 1B has 32 query heads and 8 of the others, so four share one.
#
# The code is one line, and it has a classic mistake. There are four query heads and two key heads, and queries 0 and 1
# should share key head 0.
#
# **Guess first.** Which of the two does that: `k.repeat(1, 2, 1, 1)`, or `k.repeat_interleave(2, dim=1)`?

# %%
guess = ...  # "repeat" or "repeat_interleave", in quotes

# %%
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
# A few thousand parameters less, and the interval contains 0: five seeds do not show a loss. But parameters are not why
# it is done. Look at what has to be remembered while a text is written.
#
# **You can now do exercise 5** (heads for groups).
#
# ### What a text costs in memory
#
# A model that writes keeps the keys and values of all tokens so far (section 8 shows how). For each token, in numbers:
#
# $$\underbrace{2}_{K,\ V} \cdot\; L \cdot H_{kv} \cdot D$$
#
# **Guess first.** Take a pencil. Llama 3.1 8B has L = 32, H_kv = 8, D = 128, and two bytes per number. How many KiB
# (1,024 bytes) does one token take? And how many GiB a text of 131,072 tokens?

# %%
guess_token = ...  # KiB
guess_text = ...  # GiB


# %%
def cache_bytes(config: LlamaConfig, n_kv_head: int, tokens: int) -> int:
    """Bytes of keys and values for one text, at two bytes per number."""
    return 2 * config.n_layer * n_kv_head * config.head_dim * tokens * 2


large = PRESETS["llama-3.1-8b"]
reveal("KiB per token, with 8 key and value heads", round(cache_bytes(large, 8, 1) / 2**10), guess_token)
reveal("GiB for the text", round(cache_bytes(large, 8, 131_072) / 2**30), guess_text)
for n_kv_head in (32, 1):
    per_token, whole = cache_bytes(large, n_kv_head, 1), cache_bytes(large, n_kv_head, 131_072)
    reveal(
        f"with key and value heads: {n_kv_head}",
        f"{per_token / 2**10:.0f} KiB per token, {whole / 2**30:.0f} GiB for the text",
    )

# %% fold="drawing"
heads = [1, 2, 4, 8, 16, 32]
fig, (axes,) = plotting.figure(
    title="With a key head for each query head, the text outweighs the model",
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
# 64 GiB for one text, four times the weights of the model; with 8 heads it is 16. **That is what grouped queries buy:**
# four times as many texts at once, or texts four times as long. And since each new token reads the whole cache, it is
# read four times as fast.

# %% [markdown]
# ## 6 · No biases, and a head of its own
#
# Two small things are left. Llama has **no biases** in its linear layers. The second depends on the size. The first
# Llamas and Llama 3.1 8B have an **untied head**, a matrix of its own. Llama 3.2 1B and 3B are **tied**, as GPT is, so
# the untied head is no part of the way from GPT to Llama 3.2.

# %%
try_change("no biases", about=0.0)
try_change("untied head", about=-0.04)

# %% [markdown]
# Without biases the loss changes by about a hundredth of a nat. The head costs 14,400 numbers, a fifth of this model,
# and lowers the loss by about 0.06 nats here. Now the same question for the real ones. On torch's `meta` device a model
# has shapes but no memory, so that 8 billion parameters are counted at once, from the configuration alone:

# %%
for name in ("llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"):
    config = PRESETS[name]
    with torch.device("meta"):
        model = Llama(config)
    share = 100 * config.vocab_size * config.n_embd / num_params(model)
    tied = "tied" if config.tie_embeddings else "untied"
    print(f"{name}: {num_params(model):13,} parameters, of them {share:4.1f} % in the embedding; head {tied}")

# %% [markdown]
# 1,235,814,400, 3,212,749,824 and 8,030,261,248, to the last one what Meta released. A vocabulary of 128,256 tokens is
# a fifth of the 1B model; a head of its own would be another 263 million. In the 8B model it is 6.5 %.
#
# Where does the 1B model have its parameters? Work out one block on paper before you read the table, with C = 2,048, 32
# query heads, 8 key heads, and 8,192 hidden numbers:

# %%
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
for name, (formula, count) in rows.items():
    print(f"{name:29} {formula:17} {count:13,}")

# %% [markdown]
# ## 7 · All together
#
# Six changes, one model. Are they together as good as one by one?

# %%
runs["all six"] = train_with(*CHANGES)
model = runs["all six"].model
print(f"{num_params(model):,} parameters")
measured("change of the loss:", effect("all six").mean, about=-0.23, within=0.1, digits=2, unit="nats per token")

same = Llama(llama)
same.load_state_dict(model.state_dict())  # the very same names
x, y = next(iter(BatchLoader(held_out, batch_size=16, shuffle=False)))  # both (B, T)
with torch.no_grad():
    print("it is Llama(llama):", torch.allclose(model(x), same(x), atol=1e-5))

# %% [markdown]
# ### The answer, in one table
#
# Now everything side by side. Time is that of forward and backward. All models take turns in 200 rounds, cut into five
# groups. In each group the fastest turn counts, since other programs can only slow one down. The bar is the middle one
# of the five groups, and the black line goes from the lowest to the highest. (A line that leaves its panel belongs to a
# group that was disturbed in every one of its turns.) Memory is what a forward pass keeps for its backward pass. Loss
# is on stories not seen: the mean of five differences, with its interval as a black line. All of it is relative to the
# GPT.


# %%
def training_step(model: Hybrid) -> None:
    """Forward and backward on a few texts: short work, so that a disturbance hits few of the rounds."""
    next_token_loss(model(x[:4]), y[:4]).backward()
    model.zero_grad(set_to_none=True)


ROUNDS, GROUP = 200, 40
seconds = interleaved_seconds({n: lambda m=run.model: training_step(m) for n, run in runs.items()}, runs=ROUNDS)
fastest = {n: [min(taken[at : at + GROUP]) for at in range(0, ROUNDS, GROUP)] for n, taken in seconds.items()}
memory = {name: kept_for_backward(lambda m=run.model: next_token_loss(m(x), y)) for name, run in runs.items()}
base = runs["GPT"]


def percent(value: float, of: float) -> float:
    """How much more than `of`, in percent."""
    return 100 * (value / of - 1)


in_groups = {n: [percent(a, b) for a, b in zip(fastest[n], fastest["GPT"], strict=True)] for n in runs}
columns = {
    "parameters (%)": {n: percent(num_params(run.model), num_params(base.model)) for n, run in runs.items()},
    "time of a pass (%)": {n: statistics.median(values) for n, values in in_groups.items()},
    "memory of a pass (%)": {n: percent(memory[n], memory["GPT"]) for n in runs},
    "loss (nats per token)": {n: effect(n).mean for n in runs},
}

# %% fold="drawing"
names = [name for name in runs if name != "GPT"]
fig, panels = plotting.figure(
    title="What each change costs (right of the line) and gains (left), against the same GPT",
    columns=4,
    size=(3.1, 3.8),
)
for axes, (title, values) in zip(panels, columns.items(), strict=True):
    widths = [values[name] for name in names]
    bars = axes.barh(names, widths, color=[plotting.PALETTE[1 if width > 0 else 0] for width in widths])
    if axes is not panels[1]:
        axes.bar_label(bars, fmt="%+.2f" if "loss" in title else "%+.0f", padding=14 if "loss" in title else 3)
    axes.axvline(0, color="black", linewidth=1)
    axes.margins(x=0.5)
    axes.invert_yaxis()
    axes.set(xlabel=title, ylabel="change" if axes is panels[0] else " ")
    if axes is not panels[0]:
        axes.set_yticklabels([])
for row, name in enumerate(names):  # the range of the five groups
    low, middle, high = min(in_groups[name]), statistics.median(in_groups[name]), max(in_groups[name])
    panels[1].plot([low, high], [row, row], color="black", marker="|")
    panels[1].annotate(f"{middle:+.0f}", (0.97, row), xycoords=("axes fraction", "data"), ha="right", va="bottom")
edge = 2 * max(20, *map(abs, columns["time of a pass (%)"].values()))  # else one disturbed group would hide the others
panels[1].set_xlim(-edge, edge)
halves = [effect(name).half for name in names]
means = [effect(name).mean for name in names]
panels[3].errorbar(means, range(len(names)), xerr=halves, fmt="none", ecolor="black", capsize=3)
plotting.show(
    fig,
    alt="Table of bars for the six changes alone and together, relative to the GPT: parameters, time and memory of a "
    "pass, loss. RoPE lowers the loss most by far, and all six together lower it too; SwiGLU raises it a "
    "little, the others are near zero. The untied head adds a fifth of the parameters; GQA, RMSNorm, RoPE and no "
    "biases save some.",
)

# %% [markdown]
# The same without what depends on the machine, and with what a text costs while it is written:

# %%
USUAL = {"RoPE": -0.27, "SwiGLU": 0.07, "all six": -0.23}  # the others: near 0
print(f"{'change':12} {'parameters':>10} {'cache, numbers per token':>25}   change of the loss")
for name, run in runs.items():
    kv_heads = run.model.blocks[0].attention.n_kv_head
    cached = 2 * gpt.n_layer * kv_heads * gpt.head_dim
    change = "" if name == "GPT" else approx(effect(name).mean, about=USUAL.get(name, 0.0), within=0.1, digits=2)
    print(f"{name:12} {num_params(run.model):10,} {cached:25}   {change}")

# %% [markdown]
# What to read from it:
#
# | change | in place of | costs | gains |
# |---|---|---|---|
# | **RMSNorm** | LayerNorm | no loss that we see; time, if only LayerNorm is fused | half of a norm's parameters |
# | **RoPE** | learned positions | time: two rotations in each block | **the loss**; no table, no last position |
# | **SwiGLU** | GELU MLP | memory: one more thing to keep | here it costs 0.07 nats; in long runs it gained 0.04 |
# | **GQA** | a key head per query head | no loss that we see | parameters; **the cache, divided by H / H_kv** |
# | **no biases** | biases | nothing | a few parameters, simpler code |
# | **untied head** (not in 1B, 3B) | tied head | V · C parameters | 0.06 nats here; two tables for two tasks |
# | **KV cache** | reading all again | 2 · L · H_kv · D numbers per token | **time**: the next section |
#
# You also learn two things about experiments. A change can be right and still show nothing in a short run, or even
# lose: "the interval contains 0" does not mean "no difference". And what is cheap on paper is not cheap everywhere:
# RMSNorm does less than LayerNorm and yet is not faster here, because torch does LayerNorm in one pass over memory, and
# our RMSNorm needs several.
#
# **You can now do exercise 9** (the table, in your own words).
#
# ## 8 · The key-value cache
#
# The last change is not in the model but in its use. In lesson 07, writing one more token meant reading the whole text
# again. But the keys and values of old tokens never change: the causal mask sees to it that nothing new reaches them.
# So **keep them**, and compute only the new token's.

# %%
writer = Llama(replace(llama, seq_len=128), seeded(1)).eval()
text = torch.randint(300, (2, 40), generator=seeded(2))  # (B, T)

with torch.inference_mode():
    whole = writer(text)  # (B, T, V), in one pass
    cache = writer.make_cache(batch_size=2)
    pieces = [writer(text[:, :30], cache)]  # the prompt
    pieces += [writer(text[:, t : t + 1], cache) for t in range(30, 40)]  # then token by token
wrong = int(((torch.cat(pieces, dim=1) - whole).abs() > 1e-5).sum())
print(f"logits that differ with the cache: {wrong} of {whole.numel():,}")
print(f"the cache holds {cache.length} tokens in {cache.num_bytes:,} bytes, room for {cache.max_len}")

# %% [markdown]
# **A mistake in many first caches:** a new token comes alone, so its position is computed as 0. It is not 0.
# The token is turned as if it stood at the beginning, and all distances are wrong.

# %%
with torch.inference_mode():
    cache = writer.make_cache(batch_size=2)
    writer(text[:, :30], cache)
    attention = writer.blocks[0].attention
    h = writer.blocks[0].norm_1(writer.token_embedding(text[:, 30:31]))  # (B, 1, C): one new token
    cos, sin = precompute_rope(llama.head_dim, seq_len=40)
    as_it_should = attention(h, cos[30:31], sin[30:31], cache)
    from_zero = attention(h, cos[:1], sin[:1], cache)
print("the same as from position 0:", torch.allclose(as_it_should, from_zero, atol=1e-5))

# %% [markdown]
# No error again. The longer the text, the worse it gets, and it looks as if the model were bad. That is why `KVCache`
# counts, and the model asks *it* for positions. A test as above, cached against uncached, finds this mistake at once:
# write it before you write the cache.
#
# The mask needs the same care. Several new tokens may come at once, after a past: then it has more columns (all keys)
# than rows (new queries). Which keys a row may see is counted from the token's place *in the text*, and not from the
# number of its row.
#
# **You can now do exercise 7** (the cache) **and exercise 8** (the text that got worse).
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
factor = timings["uncached 511"].fastest / timings["cached 511"].fastest
reveal("times faster at token 512", approx(factor, about=32, within=30, digits=1), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="With a cache, a longer text hardly slows the next token",
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
# The cache saves 511 of 512 products with the weights, and yet the step is not 512 times faster. Why? This model is
# small. A step with one token spends nearly all its time on *starting* some fifty operations, not on computing, and
# that time cannot be saved. In a large model the factor is larger. Only the look at the cache grows with the length.
#
# ### When it is full
#
# A cache has room for `max_len` tokens. What then? Two answers are sensible, and you choose. `"raise"` says so.
# `"slide"` forgets the oldest, so that each token sees at most the last `max_len`. With RoPE that simply works:
# distances are all that counts, and nothing runs out.

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
# **What you have reached:** six changes in the model and one in its use. All six together lower the loss by about 0.25
# nats per token here, nearly all of it from RoPE; SwiGLU costs 0.07 in so short a run. The configurations of Llama 3.2
# give 1,235,814,400 and 3,212,749,824 parameters, and with the cache token 512 is written many times as fast.
#
# **What is missing:** `train` was a tool in this lesson, and 150 steps are few. **Lesson 11, training**, opens it, step
# by step. In lesson 13 the real weights come into this very class.
#
# The exercises are in `exercises/10_llama.ipynb`: you write each of these parts, and mend a cache.
