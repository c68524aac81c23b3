# %% [markdown]
# # 05 · The MLP
#
# **When you finish, you can**
# - compute an MLP's output for one position by hand, and write it as a loop, as matrix products and as a module;
# - say what GELU is, in both of its forms, and why something must bend between the two linear layers;
# - count an MLP's parameters and operations from its width, and say where those of a whole GPT sit;
# - test whether a layer keeps positions apart, and find the units of an MLP that have died.
#
# **What you need first:** lesson 03 (attention), lesson 04 (several heads), and what a linear layer is.
#
# **Time:** about 50 minutes.
#
# **The question.** Attention has one third of the parameters of a decoder block. It averages what it collects, with
# weights that add up to 1. The other two thirds of the parameters are in something much simpler: two linear layers with
# a curve between them, which look at one position at a time. **What can those do that attention cannot?**
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width of a token's vector, `L` layers. *Hidden* is the width
# between the two layers, here 4·C.

# %%
import math

import torch
import torch.nn.functional as F
from matplotlib.ticker import PercentFormatter
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib.attention import scaled_dot_product_attention
from course_lib.config import PRESETS, GPTConfig
from course_lib.gpt import GPT
from course_lib.mlp import MLP, gelu, gelu_tanh
from course_lib.multi_head_attention import MultiHeadAttention
from course_lib.show import diagram, plotting, profiling
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.sentence import MEANINGS, WORDS, Sentence

config = GPTConfig()  # the course's model: C = 100, 5 heads, an MLP four times as wide
B, T, C = 32, config.seq_len, config.n_embd

# %% [markdown]
# **Where we are.** The room of this lesson is lit: in each block it stands behind attention, and it has twice as many
# parameters. (The number in each room is its parameters.)

# %% fold="drawing"
diagram.model(GPT(config), lit="mlp")

# %% [markdown]
# ## 1 · One position by hand
#
# Take a vector with two numbers, $x = (1, -2)$, and an MLP with three **hidden units**. Each unit $j$ has two
# vectors: $u_j$ says what it looks for, $d_j$ says what it writes. The unit's activation is
# $a_j = \max(0, u_j \cdot x)$, and the output is the sum of what all units write, each as strongly as it is active:
#
# $$y = \sum_j \max(0,\; u_j \cdot x)\; d_j$$
#
# | unit | looks for $u_j$ | $u_j \cdot x$ | active $a_j$ | writes $d_j$ | adds $a_j d_j$ |
# |---|---|---|---|---|---|
# | 1 | (1, 0) | 1 | 1 | (1, 0) | (1, 0) |
# | 2 | (0, 1) | −2 | **0** | (0, 5) | (0, 0) |
# | 3 | (1, −1) | 3 | 3 | (0, 1) | (0, 3) |
#
# So $y = (1, 3)$. Unit 2 looked for something that is not there, and stayed silent. That is the whole idea: *if you
# see this, add that*. The loop says the same.

# %%
x = torch.tensor([1.0, -2.0])
looks_for = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])  # (hidden, C)
writes = torch.tensor([[1.0, 0.0], [0.0, 5.0], [0.0, 1.0]])  # (hidden, C)

y = torch.zeros(2)
for u, d in zip(looks_for, writes, strict=True):
    activation = max(0.0, float(u @ x))
    y += activation * d
print(y)

# %% [markdown]
# No turn of the loop depends on an earlier one, so the loop is the same as two matrix products: one asks every unit at
# once, the other adds up what they write. The first matrix is called the **up projection**, the second the **down
# projection**, because in a real model there are more units than there are numbers in $x$: four times as many.

# %%
print(torch.relu(x @ looks_for.T) @ writes)  # (C) -> (hidden) -> (C)

# %% [markdown]
# ### The sentence that grows
#
# In lesson 04 attention found something for each word of *Tom saw Lily and she*. It is added to the word's own numbers,
# and the sum is what the MLP reads: for *she*, *who* is 1 + 0.83 = 1.83, and *action* is 0 + 0.81. (The output
# projection behind the heads leaves these two numbers as they are. It halves *somebody*.) The MLP has three units:
#
# | unit | looks for | finds for *she* | writes, for each 1 of its activation |
# |---|---|---|---|
# | action | a late action: *action* + ½ · *place* | 0.81 + 1 = 1.81 | 1 under *action*, ½ under *somebody* |
# | she | *who* | 1.83 | −1 under *who* |
# | he | −*who* | −1.83 | 1 under *who* |
#
# They have a smoother curve than $\max(0, \cdot)$, called GELU: it makes 1.75 of 1.81, 1.77 of 1.83 and −0.06 of
# −1.83. Positive numbers pass nearly as they are, and negative ones become nearly 0. (Section 2 has its formula.)
#
# Look at the column of *she*: *read* is what goes into the MLP, *hidden* the three activations, *written* what comes
# out.

# %% fold="drawing"
sentence = Sentence()
units = ("action", "she", "he")
diagram.sentence(
    WORDS,
    {"read": sentence.after_attention, "hidden": sentence.hidden, "written": sentence.mlp},
    names={"read": MEANINGS, "hidden": units, "written": MEANINGS},
    lit=4,
)

# %% [markdown]
# Check the column with a pencil. Under *who* the second unit writes −1.77 and the third −0.06, together −1.83: what was
# said about the person is taken away. The first unit writes 1.75 under *action* and half of it (of 1.745, before
# rounding), 0.87, under *somebody*: now something is done, and somebody is near. Each word got its numbers without a
# look at any other word.

# %% [markdown]
# ## 2 · Why there must be a curve
#
# Leave out the $\max$. Two linear layers remain, $100 \to 400 \to 100$, with 80,000 weights.
#
# **Guess first.** How many weights are enough to get the same outputs from a single layer?

# %%
guess = ...  # a whole number

# %%
generator = torch.Generator().manual_seed(0)
up = torch.randn(400, 100, generator=generator, dtype=torch.float64)
down = torch.randn(100, 400, generator=generator, dtype=torch.float64)
x = torch.randn(7, 100, generator=generator, dtype=torch.float64)

product = down @ up  # one matrix in place of two
two_layers = (x @ up.T) @ down.T  # (7, 100), by 80,000 weights
one_layer = x @ product.T  # (7, 100)
reveal("weights of the single layer", product.numel(), guess)
measured("largest difference of the outputs", (two_layers - one_layer).abs().max().item(), about=0, within=1e-9)

# %% [markdown] fold="What this means"
# Call the two matrices $U$, of shape (400, 100), and $D$, of shape (100, 400). Then
# $(x\,U^\top)\,D^\top = x\,(D\,U)^\top$, and $D\,U$ is one $100 \times 100$ matrix with 10,000 weights. So the two
# layers can do nothing more than the single one, and have eight times as many weights. However many linear layers you
# stack, you get one linear layer.

# %% [markdown]
# Some things cannot be done by any linear layer. The simplest may be to **multiply**: given $a$ and $b$, find $a
# \cdot b$. It is what "both of them" needs: the product is large only if neither is small. A linear function cannot do
# it. If it grows with $a$ where $b$ is positive, it grows with $a$ where $b$ is negative too, and there the product
# falls.
#
# Four units with a curve can do it. GPT-2's curve is the **Gaussian error linear unit**, GELU: it multiplies $x$ by
# $\Phi(x)$, the probability that a standard normal number is smaller than $x$.
#
# $$\mathrm{gelu}(x) = x \cdot \Phi(x)$$
#
# First, what does GELU make of a number $z$ and of its negative, together? Since $\Phi(-z) = 1 - \Phi(z)$,
#
# $$\mathrm{gelu}(z) + \mathrm{gelu}(-z) = z\,\big[\Phi(z) - \Phi(-z)\big] = z\,\big[2\,\Phi(z) - 1\big]
#   \;\approx\; \sqrt{\tfrac{2}{\pi}}\; z^2 ,$$
#
# because near zero $\Phi(z)$ is ½ plus $z$ times the height of the bell curve there, $1/\sqrt{2\pi}$. So two units
# together make a square. And a product is a difference of two squares: $(a+b)^2 - (a-b)^2 = 4\,a b$. Take four units
# that look for $(1, 1)$, $(-1, -1)$, $(1, -1)$ and $(-1, 1)$; let the first two add and the last two subtract:
#
# $$\mathrm{gelu}(a+b) + \mathrm{gelu}(-a-b) - \mathrm{gelu}(a-b) - \mathrm{gelu}(b-a)
#   \;\approx\; \sqrt{\tfrac{2}{\pi}}\,\big[(a+b)^2 - (a-b)^2\big] = 4\sqrt{\tfrac{2}{\pi}}\; a b$$
#
# Look at the sign in each corner, and compare the first picture with the third.

# %%
steps = torch.linspace(-1, 1, 21)
a, b = torch.meshgrid(steps, steps, indexing="ij")
four_units = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
signs = torch.tensor([1.0, 1.0, -1.0, -1.0]) / (4 * math.sqrt(2 / math.pi))
pairs = torch.stack([a, b], dim=-1)  # (21, 21, 2)
with_curve = gelu(pairs @ four_units.T) @ signs  # (21, 21, 2) -> (21, 21, 4) -> (21, 21)
without = (pairs @ four_units.T) @ signs
for number in (0.25, 0.5, 1.0):
    output = gelu(torch.tensor([number, number]) @ four_units.T) @ signs
    print(f"{number} · {number} = {number**2:<6}   four units: {output:.3f}")

# %% fold="drawing"
fig, panels = plotting.figure(
    title="With a curve four units multiply, though less in the corners; without it they give zero",
    xlabel="b",
    ylabel="a",
    columns=3,
    size=(4, 3.4),
)
titles = ("the product a·b", "the same four units, no curve", "four units with GELU")
for panel, values, title in zip(panels, (a * b, without, with_curve), titles, strict=True):
    drawn = panel.pcolormesh(b, a, values, cmap=plotting.DIVERGING, vmin=-1, vmax=1, shading="nearest")
    panel.set(title=title, aspect="equal")
fig.colorbar(drawn, ax=panels, label="output")
plotting.show(
    fig,
    alt="Three maps over a and b from −1 to 1. The product and the four units with GELU have the same signs: positive "
    "where a and b agree, negative where they differ. With GELU the corners are paler, 0.6 in place of 1. Without the "
    "curve the map is zero everywhere.",
)

# %% [markdown]
# Without the curve the four units cancel exactly. With the curve their output has the right sign everywhere, and near
# the middle it is nearly the product: at $a = b = 0.25$ it gives 0.060 for 0.0625. Further out it is too flat, since
# GELU's pair is a square only near zero: at 0.5 it gives 0.214 for 0.25, and in the corner, at 1, only 0.598 for 1.
# Smaller inputs and larger outputs make the product as exact as one likes.
#
# This answers the lesson's question. Attention decides *where to take from*, and then takes a weighted average. Its
# weights depend on the vectors in a curved way. But for given weights, what it does to the numbers that it collects is
# linear, and with one single token the weight is 1 and attention is a linear map. To combine two things that stand in
# the same vector (*the word is "bank"* and *the story is about a river*) into a third, something must be curved. In a
# GPT that is the MLP.

# %% [markdown]
# ## 3 · GELU and its relatives
#
# GELU is due to Hendrycks and Gimpel (2016). With the error function erf, which torch has, it is
#
# $$\mathrm{gelu}(x) = x \cdot \Phi(x), \qquad
#   \Phi(x) = \tfrac12\left[1 + \mathrm{erf}\!\left(x / \sqrt2\right)\right]$$
#
# By hand: $\Phi(1) = 0.8413$, so $\mathrm{gelu}(1) = 0.8413$, and $\mathrm{gelu}(-1) = -1 \cdot 0.1587 = -0.1587$.
# Large $x$ pass as they are, very negative ones become 0, and between them there is no corner.

# %%
z = torch.tensor([-3.0, -1.0, 0.0, 1.0, 3.0])
by_hand = z * (1 + torch.erf(z / math.sqrt(2))) / 2
print(by_hand)
measured("largest difference from torch's", (by_hand - F.gelu(z)).abs().max().item(), about=0, within=1e-6)

# %% [markdown]
# Here it stands beside three others: ReLU, $\max(0, x)$; SiLU, $x \cdot \sigma(x)$ with the sigmoid
# $\sigma(x) = 1 / (1 + e^{-x})$, which returns in lesson 10; and GELU's own approximation. On the right are the
# derivatives, which is what training sees.
#
# Notice two things. ReLU's derivative is exactly 0 for every negative input. And GELU and SiLU go *down* before they
# go up: their derivatives dip below 0.

# %% fold="drawing"
curves = {"ReLU": F.relu, "SiLU": F.silu, "GELU": gelu, "GELU, tanh form": gelu_tanh}
z = torch.linspace(-5, 5, 401, requires_grad=True)
fig, (left, right) = plotting.figure(
    title="ReLU has a corner and a dead half; GELU and SiLU are smooth and dip below zero", columns=2, size=(5.8, 3.8)
)
for (name, curve), style in zip(curves.items(), ("-", "-", "-", "--"), strict=True):
    (slope,) = torch.autograd.grad(curve(z).sum(), z)
    left.plot(z.detach(), curve(z).detach(), style, label=name)
    right.plot(z.detach(), slope, style, label=name)
left.set(xlabel="input x", ylabel="output", ylim=(-0.5, 3), xlim=(-5, 3))
right.set(xlabel="input x", ylabel="derivative", title="")
left.legend()
plotting.show(
    fig,
    alt="Left: the four curves; all are near 0 for very negative inputs and near x for large ones; GELU dips to "
    "−0.17, SiLU to −0.28. Right: ReLU's derivative jumps from 0 to 1, the others' pass smoothly from slightly "
    "below 0 to slightly above 1. The two forms of GELU cannot be told apart.",
)

# %% [markdown]
# ### Two GELUs
#
# When GELU was new, the error function was slow to compute. So the paper also gives an approximation, and **GPT-2 was
# trained with it**:
#
# $$\mathrm{gelu}_{\tanh}(x) =
#   \tfrac12\, x \left[1 + \tanh\!\left(\sqrt{2/\pi}\,\left(x + 0.044715\,x^3\right)\right)\right]$$
#
# **Guess first.** The two curves above lie on top of each other. How far apart are they at most: about 0.05, 0.005 or
# 0.0005?

# %%
guess = ...  # one of the three

# %%
z = torch.linspace(-6, 6, 1201, dtype=torch.float64)
gap = gelu_tanh(z) - gelu(z)
reveal("largest difference", round(gap.abs().max().item(), 4), guess)
reveal("it is at |x| =", round(z[gap.abs().argmax()].abs().item(), 1))

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="The tanh form is never more than 0.0005 away", xlabel="input x", ylabel="tanh form minus exact form"
)
panel.plot(z, gap)
panel.axhline(0, color="black", linewidth=0.8)
plotting.show(
    fig,
    alt="The difference is 0 around x = 0 and beyond ±5. In between it dips to −0.0002 near ±1.4 and rises to +0.0005 "
    "near ±2.7.",
    folded="The difference of the two forms",
)

# %% [markdown] fold="What this means"
# The difference is half a thousandth. It does no harm to a model that you train yourself. But suppose that you load
# GPT-2's weights and use the exact form. Then the output of each of the 12 layers is slightly wrong. Your logits (the
# scores of the next token, lesson 07) no longer agree with those of other people. In torch the exact form is the
# default: `nn.GELU()`. GPT-2's is `nn.GELU(approximate="tanh")`.

# %% [markdown]
# **You can now do exercises 1 and 2** (both forms of GELU).
#
# ## 4 · The module
#
# Now everything together. The library's `MLP` is this, and the numbers come from the configuration:
#
# ```python
# class MLP(nn.Module):
#     def __init__(self, config):
#         super().__init__()
#         self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)      # 100 -> 400
#         self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)    # 400 -> 100
#         self.dropout = nn.Dropout(config.dropout)
#
#     def forward(self, x):                                                                 # (B, T, C)
#         hidden = self.up_proj(x)                                                          # (B, T, 4C)
#         return self.dropout(self.down_proj(F.gelu(hidden, approximate="tanh")))           # (B, T, C)
# ```
#
# The output has the shape of the input. For this reason blocks can be stacked, and the result can be *added* to the
# input, in the next lesson.

# %%
torch.manual_seed(0)
mlp = MLP(config)
x = torch.randn(B, T, C)
hidden = mlp.up_proj(x)
print("in    ", tuple(x.shape))
print("hidden", tuple(hidden.shape))
print("out   ", tuple(mlp(x).shape))

# %% [markdown]
# Why four times? It need not be four. The first transformer had this ratio (512 and 2,048), and others followed. Kaplan
# et al. (2020) varied the ratio at an equal number of parameters, and found that the loss hardly changes over a wide
# range. In exercise 6 you find out what happens when it gets too small.

# %% [markdown]
# **You can now do exercise 3** (the module) **and exercise 6** (how narrow the hidden layer may be).
#
# ### A mistake people really make
#
# You want to be able to vary the expansion, so you give it as a number and multiply. The number is 4.0, because one
# day you may want 2.5.

# %%
mlp_ratio = 4.0
try:
    nn.Linear(C, C * mlp_ratio)
except TypeError as error:
    print("TypeError:", error)

# %% [markdown]
# `100 * 4.0` is `400.0`, and a tensor's size must be an `int`. `int(C * mlp_ratio)` repairs that line, and hides the
# next mistake: for a ratio of 8/3, which lesson 10 uses, it would cut 266.67 down to 266 without a warning. A
# configuration that checks itself says so before any weight is made:

# %%
try:
    GPTConfig(n_embd=100, mlp_ratio=8 / 3)
except ValueError as error:
    print("ValueError:", error)

print(GPTConfig(n_embd=96, n_head=6, mlp_ratio=8 / 3).hidden_dim)  # 96 is a multiple of 3, so this one is whole

# %% [markdown]
# ### A mistake nobody is told about
#
# The other common one runs without any error: the curve comes after the *second* layer, `gelu(down(up(x)))`. Then the
# two linear layers are one again, as above. And there is a second harm. Look at the smallest value in each histogram.

# %%
right_order = mlp(x)
wrong_order = F.gelu(mlp.down_proj(mlp.up_proj(x)), approximate="tanh")
measured("smallest output, right order", right_order.min().item(), about=-1.1, within=0.6, digits=2)
measured("smallest output, curve at the end", wrong_order.min().item(), about=-0.17, within=0.005, digits=2)

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="With the curve at the end, an MLP can hardly subtract", xlabel="output", ylabel="values (log scale)"
)
bins = torch.linspace(-1.2, 1.8, 121)  # the same for both
for values, label in ((right_order, "down(gelu(up(x)))"), (wrong_order, "gelu(down(up(x)))")):
    panel.hist(values.detach().flatten(), bins=bins, histtype="step", linewidth=2, label=label)
panel.set_yscale("log")
panel.legend()
plotting.show(
    fig,
    alt="Two histograms of outputs. In the right order they are symmetric around 0. With the curve at the end none "
    "is below −0.17, and the tallest peak stands there, at −0.17.",
)
# %% [markdown]
# GELU never goes below −0.17. In the next lesson, what an MLP writes is added to the vector that it was made from. With
# the curve at the end it could push every number of that vector up as far as it likes, and down hardly at all. The
# second layer stays linear so that units can write both ways.

# %% [markdown]
# ### Dropout
#
# One line of the module is not explained yet. In training, **dropout** sets each number to 0 with probability
# $p$, newly drawn in each step, and multiplies those that are left by $1 / (1 - p)$. So no later layer can rely on
# one number alone, which helps where a small text is read many times (*overfitting*, lesson 11). In a GPT it stands
# where a layer is about to write: behind the MLP, behind attention, and behind the embeddings.
#
# By hand, for $p = \tfrac14$: of $(3, 6, 9, 12)$ drop the third, multiply the others by $\tfrac43$, and you get
# $(4, 8, 0, 16)$. The factor keeps the *mean* what it was, so that nothing has to be changed when dropout is switched
# off.

# %%
dropout = nn.Dropout(0.25)
ones = torch.ones(100_000)
dropped = dropout(ones)  # a fresh module is in training mode
measured("numbers that are 0", 100 * (dropped == 0).double().mean().item(), about=25, within=1, digits=2, unit="%")
measured("mean", dropped.mean().item(), about=1, within=0.02, digits=2)
print("after eval():", dropout.eval()(ones).unique().tolist())

# %% [markdown]
# When the model is measured, or writes, dropout must be off: `model.eval()` does that, `model.train()` switches it on
# again. If you forget `eval()`, the same text gets another loss each time. Dropout also has a price: each step learns
# from a damaged model, so training takes more steps. GPT-2 used 0.1. The course's model sees most of its text once
# and has `dropout = 0`: then the line does nothing.

# %% [markdown]
# ## 5 · One position at a time
#
# The same MLP runs at every position, and no position sees another. To make that visible, change **one** token's
# vector, and measure how far each position's output moves. Do it for each of 16 positions, for attention and for the
# MLP. This gives two tables of 16 × 16 = 256 fields: a row for each change, a column for each output.
#
# **Guess first.** In how many of the 256 fields does the output of *attention* move? And in how many that of the MLP?

# %%
guess_attention = ...  # a whole number
guess_mlp = ...  # a whole number

# %%
torch.manual_seed(1)
attention, n = MultiHeadAttention(config), 16
x = torch.randn(1, n, C)


@torch.no_grad()
def influence(module):
    rows = []
    for t in range(n):
        changed = x.clone()
        changed[0, t] += torch.randn(C)
        rows.append((module(changed) - module(x)).norm(dim=-1)[0])  # (T,) how far each output moved
    return torch.stack(rows)  # (position changed, position of the output)


moved = {"attention": influence(attention), "MLP": influence(mlp)}
reveal("fields that move, attention", (moved["attention"] > 1e-4).sum().item(), guess_attention)
reveal("fields that move, MLP", (moved["MLP"] > 1e-4).sum().item(), guess_mlp)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="Attention carries information to later positions, the MLP does not", columns=2, size=(4.8, 4.2)
)
for panel, (name, distance) in zip(panels, moved.items(), strict=True):
    share = distance / distance.max(dim=1, keepdim=True).values  # of the output that moved furthest
    plotting.heatmap(panel, share, xlabel="position of the output", ylabel="position that was changed", title=name)
plotting.show(
    fig,
    alt="Two maps of 16 by 16 positions. For attention the upper triangle is lit: a change reaches its own and all "
    "later positions. For the MLP only the diagonal is lit.",
    folded="Which outputs move",
)

# %% [markdown] fold="How to read the maps"
# In each row the brightest field is the output that moved furthest. For attention it is a triangle: a change reaches
# its own position and all later ones. For the MLP it is a diagonal: only the position's own output moves.

# %% [markdown]
# The MLP sees one position at a time. This is why it does not care how positions are arranged: as a batch of
# sequences, as one long list, or in another order.

# %%
x = torch.randn(B, T, C)
as_a_list = mlp(x.view(B * T, C)).view(B, T, C)
shuffled = torch.randperm(T)
reordered = mlp(x[:, shuffled]) - mlp(x)[:, shuffled]
measured("as one long list: largest difference", (as_a_list - mlp(x)).abs().max().item(), about=0, within=1e-5)
measured("in another order: largest difference", reordered.abs().max().item(), about=0, within=1e-5)

# %% [markdown]
# An attention layer passes neither test. So in a GPT the work is divided: **attention moves, the MLP computes.**
#
# **You can now do exercise 5** (the MLP that looked ahead).

# %% [markdown]
# ## 6 · Parameters and operations
#
# The layers are $C \times 4C$ and $4C \times C$, and the course's model has no biases. So an MLP has $8\,C^2$
# parameters, and attention, from lesson 04, $4\,C^2$:

# %%
print(f"MLP       8·C² = {8 * C**2:,}   counted {profiling.num_params(mlp):,}")
print(f"attention 4·C² = {4 * C**2:,}   counted {profiling.num_params(attention):,}")

# %% [markdown]
# Operations follow from parameters. In a linear layer each weight is used once for each
# position: one multiplication, one addition. So a layer costs **2 operations (FLOPs) per weight and position**. An MLP
# costs $2 \cdot 8 C^2 = 16\,C^2$ per token; for one window of 128 tokens that is $2 \cdot 80{,}000 \cdot 128$. torch
# can count while it runs; let it check this.

# %%
with FlopCounterMode(display=False) as counter:
    mlp(x[:1])  # one window, (1, T, C)
print(f"counted   {counter.get_total_flops():,}")
print(f"predicted {2 * profiling.num_params(mlp) * T:,}")

# %% [markdown]
# Attention has something besides its weights: the scores $q\,k^\top$, and the weighted sum of the values. Each costs
# $2\,T\,C$ per token when every query meets all $T$ keys. That is how it is usually counted, although a causal kernel
# may skip the half that is masked.

# %%
q = k = v = torch.randn(1, config.n_head, T, config.head_dim)
with FlopCounterMode(display=False) as counter:
    scaled_dot_product_attention(q, k, v)
print(f"counted   {counter.get_total_flops():,}")
print(f"predicted {2 * (2 * T * C) * T:,}")

# %% [markdown]
# That part grows with $T$, and the MLP's does not. For short texts the MLP costs most; for very long ones a block is
# mostly scores.
#
# **Guess first.** The course's model has C = 100 and windows of 128 tokens. How long must a window be, so that scores
# and weighted sum cost as much as the MLP?

# %%
guess = ...  # tokens

# %%
lengths = torch.arange(1025)
scores_cost, mlp_cost = 4 * lengths * C, torch.full_like(lengths, 16 * C**2)  # FLOPs per token
reveal("tokens in the window", int(lengths[scores_cost == mlp_cost]), guess)

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="Up to T = 4C the MLP is the largest of a block's three costs (C = 100)",
    xlabel="sequence length T, tokens",
    ylabel="thousand FLOPs per token and block",
    size=(6.4, 4.4),
)
panel.plot(lengths, scores_cost / 1e3, label="attention: scores and weighted sum, 4·T·C")
panel.plot(lengths, torch.full_like(lengths, 8 * C**2) / 1e3, label="attention: projections, 8·C²")
panel.plot(lengths, mlp_cost / 1e3, label="MLP, 16·C²")
for length, label in ((config.seq_len, f"T = {config.seq_len}"), (4 * C, f"T = 4C = {4 * C}")):
    panel.axvline(length, color="grey", linestyle=":")
    panel.annotate(label, (length + 8, 380), color="dimgrey")
fig.legend(loc="outside lower center")
plotting.show(
    fig,
    alt="FLOPs per token against sequence length. The MLP is a flat line at 160 thousand, the attention projections "
    "one at 80 thousand. Attention scores rise from 0 and cross the MLP at 400 tokens; at the course's 128 "
    "tokens they are at 51 thousand.",
    folded="What a block costs, against the length of the window",
)

# %% [markdown] fold="How to find it"
# $4\,T\,C = 16\,C^2$ gives $T = 4C$, here 400 tokens, about three times the window of the course's model. The width
# sets the border: GPT-2, with C = 768 and windows of 1,024 tokens, stays below its own, 3,072. (Attention *with* its
# projections costs as much as the MLP earlier, where $4\,T\,C + 8\,C^2 = 16\,C^2$: at $T = 2C$.)

# %% [markdown]
# **You can now do exercise 4** (what a batch costs).
#
# Now count in whole models. A GPT also has embeddings, and a head that turns each vector into one score for each token
# of the vocabulary. (The head uses the weights of the token embedding, so it costs operations but no parameters.) Norms
# and biases are left out here: they are less than half a percent of each of these models.
#
# **Guess first.** In the course's model, with 12 narrow blocks and 10,000 tokens, the MLPs have 39 % of the parameters.
# What percentage do they have in GPT-2 XL, with 48 blocks that are 16 times as wide?

# %%
guess = ...  # percent


# %%
def parameters(c):
    L, C = c.n_layer, c.n_embd
    embeddings = (c.vocab_size + c.seq_len) * C
    return {"embeddings and head": embeddings, "attention": L * 4 * C**2, "MLP": L * 2 * C * c.hidden_dim}


def flops_per_token(c):
    L, C = c.n_layer, c.n_embd
    attention = L * (8 * C**2 + 4 * c.seq_len * C)
    return {"embeddings and head": 2 * c.vocab_size * C, "attention": attention, "MLP": L * 4 * C * c.hidden_dim}


models = {"course": GPTConfig()} | {name: c for name, c in PRESETS.items() if name.startswith("gpt2")}
parts = parameters(models["gpt2-xl"])
reveal("MLPs in GPT-2 XL, % of its parameters", round(100 * parts["MLP"] / sum(parts.values())), guess)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="The larger the GPT, the more of it is MLP", ylabel="model", columns=2, size=(5.8, 3.2)
)
for panel, count, title in zip(panels, (parameters, flops_per_token), ("parameters", "FLOPs per token"), strict=True):
    for row, model_config in enumerate(models.values()):
        parts, start = count(model_config), 0.0
        for color, (part, amount) in zip(plotting.PALETTE, parts.items(), strict=False):
            share = amount / sum(parts.values())
            panel.barh(row, share, left=start, color=color, label=part if row == 0 else None)
            panel.text(start + share / 2, row, f"{100 * share:.0f}", ha="center", va="center", color="white")
            start += share
    panel.set(yticks=range(len(models)), yticklabels=models, xlabel=f"share of {title}, in %", xlim=(0, 1))
    panel.xaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=""))
    panel.invert_yaxis()
fig.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plotting.show(
    fig,
    alt="Stacked bars for the course's model and GPT-2's four sizes. Parameters: the course's model is 41 % "
    "embeddings, 20 % attention, 39 % MLP; GPT-2 XL 5 %, 32 %, 63 %. FLOPs of a token: the course's 36 %, 29 %, "
    "35 %; GPT-2 XL 5 %, 38 %, 57 %.",
    folded="Where parameters and FLOPs of five models are",
)

# %% [markdown] fold="What this means"
# The embeddings grow with $C$ and the blocks with $C^2$. So in a small model with a large vocabulary the embeddings are
# a large part, and a large model is mostly MLP: 63 % of GPT-2 XL's parameters, compared with 39 % here. When people say
# that a language model *stores* what it knows in its MLPs, this is the first reason: that is where most of the numbers
# are. (A second: units have been found that look for one particular thing and write what goes with it; Geva et al.
# 2021.)

# %% [markdown]
# ## 7 · Units that die
#
# With ReLU, a unit whose input is negative **at every position of every story** has an output of 0 everywhere, and a
# derivative of 0 everywhere. Its weights get no gradient, so training no longer moves them. It is dead: it still costs
# memory and time, but it does nothing.
#
# So train the same small MLP, with biases, with three curves and five seeds each: only the curve differs. The learning
# rate, 0.3, is far too high, so that the effect can be seen within 200 steps. The derivatives of GELU and SiLU are
# hardly ever exactly 0. So that the comparison is fair, a unit counts as dead if its derivative is smaller than 0.01 at
# all of the 1,024 positions. Count the dead every ten steps.

# %%
generator = torch.Generator().manual_seed(0)
inputs = torch.randn(1024, 16, generator=generator)
targets = torch.sin(2 * inputs @ torch.randn(16, 16, generator=generator) / 4)


def dead_units(up, curve):
    before = up(inputs).detach().requires_grad_()  # (positions, hidden)
    (slope,) = torch.autograd.grad(curve(before).sum(), before)
    return (slope.abs() < 0.01).all(dim=0)  # (hidden,): at all positions


# %%
def train(curve, seed, steps=200, learning_rate=0.3):
    torch.manual_seed(seed)
    up, down = nn.Linear(16, 64), nn.Linear(64, 16)
    optimizer = torch.optim.Adam([*up.parameters(), *down.parameters()], lr=learning_rate)
    dead = [dead_units(up, curve)]
    for step in range(1, steps + 1):
        loss = F.mse_loss(down(curve(up(inputs))), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            dead.append(dead_units(up, curve))
    return torch.stack(dead)  # (21, hidden)


curves = {"ReLU": F.relu, "GELU": gelu_tanh, "SiLU": F.silu}
dead = {name: torch.stack([train(curve, seed) for seed in range(5)]) for name, curve in curves.items()}

# %% [markdown]
# **Guess first.** At the start no unit is dead. What percentage of the ReLU units is dead after 200 steps, as a mean
# over the five seeds?

# %%
guess = ...  # percent

# %% fold="drawing"
dead_relu = dead["ReLU"]  # (seeds, 21, hidden)
percents = 100 * dead_relu[:, -1].double().mean(dim=1)  # (seeds,)
low, high = (approx(percent.item(), about=40, within=25, digits=2) for percent in (percents.min(), percents.max()))
reveal("ReLU, % dead units", approx(percents.mean().item(), about=40, within=20, digits=2), guess)
reveal("ReLU, five seeds", f"from {low} to {high} %")
still = (100 * dead_relu[:, -1].sum() / dead_relu.any(dim=1).sum()).item()
reveal("ReLU, of those that were ever dead, % dead at the end", approx(still, about=88, within=12, digits=1))
for name in ("GELU", "SiLU"):
    reveal(f"{name}, units that were ever dead, all seeds", int(dead[name].any(dim=1).sum()))

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="With too high a learning rate ReLU units die, and most stay dead",
    xlabel="training step",
    ylabel="dead units",
)
for (name, runs), style, colour in zip(dead.items(), ("-", "-", "--"), plotting.PALETTE, strict=False):
    for label, units in zip([name, *[None] * 4], runs, strict=True):
        panel.plot(range(0, 201, 10), units.double().mean(dim=1), style, color=colour, label=label, linewidth=1.5)
panel.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
panel.legend()
plotting.show(
    fig,
    alt="Share of dead units over 200 steps, five lines for each curve. ReLU climbs within some 80 steps and "
    "then hardly changes; GELU and SiLU stay at zero.",
    folded="Dead units, step by step",
)

# %% [markdown]
# Most ReLU units that died are dead at the end as well. A few came back: Adam remembers earlier gradients, and so it
# moves a unit's weights for some steps after the gradient has become 0. With GELU and SiLU no unit died in any run,
# although the rate was the same: for moderately negative inputs their derivatives are not 0, so a unit that is pushed
# to that side still gets a gradient. (That does not protect it everywhere: far below zero the derivative of
# GPT-2's GELU is 0 too, in float32.)

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape | parameters |
# |---|---|---|---|
# | `mlp.gelu(x)` | x·Φ(x), exact | as `x` | none |
# | `mlp.gelu_tanh(x)` | GPT-2's form of it | as `x` | none |
# | `mlp.MLP(config)` | each position, transformed by itself | `(B, T, C)` → `(B, T, C)` | 8·C² = 80,000 |
# | its `up_proj` | what each hidden unit looks for | `(B, T, C)` → `(B, T, 4C)` | 4·C² |
# | its `down_proj` | what each hidden unit writes | `(B, T, 4C)` → `(B, T, C)` | 4·C² |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** Why is the second linear layer not followed by a curve as well?
#
# - It would be too slow
#   - GELU costs little beside the matrix products.
# - The MLP could hardly subtract
#   + GELU is never below −0.17. The second layer stays linear so that units can write in both directions.
# - Two curves cancel each other
#   - They do not. Deep networks have a curve behind nearly every layer.
#
# **2.** You double C. What happens to an MLP's parameters, and to its FLOPs per token?
#
# - Both double
#   - Both matrices get twice as many rows *and* twice as many columns.
# - The parameters grow fourfold, the FLOPs double
#   - Each weight is used once per token, so FLOPs grow as the weights do.
# - Both grow fourfold
#   + They are 8·C² and 16·C².
#
# **3.** A model was trained on windows of 128 tokens. Does its MLP work on 1,000?
#
# - Yes
#   + It sees one position at a time, and cannot know how many there are. It is the position embedding that has only 128
#   rows.
# - No, its matrices have the wrong size
#   - Their sizes are C and 4·C. T does not occur in them.
# - Only if the texts are padded to a multiple of 128
#   - Positions are independent, so any number of them will do.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** four units with a curve multiply two small numbers, which no linear layer can do. The MLP
# has 80,000 of a block's 120,400 parameters and costs 160,000 operations per token. It changes one position and no
# other: 16 fields of 256, where attention has 136.
#
# **What is missing:** one attention and one MLP are a shallow model. **Lesson 06, the decoder block**, stacks
# twelve of them, and asks what such a stack needs to learn.
#
# The exercises are in `exercises/05_mlp.ipynb`.
