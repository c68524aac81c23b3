# %% [markdown]
# # 06 · The decoder block
#
# **When you finish, you can**
# - compute LayerNorm by hand, and name the four places where it goes wrong;
# - say what the residual stream is, and take it apart into what each layer has added;
# - show by measurement why twelve layers can be trained with residuals and norms, and not without;
# - write a pre-norm and a post-norm block, tell one from the other, and count their parameters.
#
# **What you need first:** lesson 04 (`MultiHeadAttention`), lesson 05 (`MLP`), mean and variance, and what a gradient
# is.
#
# **Time:** about 60 minutes.
#
# **The question.** You have an attention and an MLP, and each gives back the shape it was given. So you could simply
# stack them: attention, MLP, attention, MLP, twelve times. For years people stacked layers like that, and found that
# the deep stacks learn *worse* than the shallow ones. **What must be added so that twelve blocks are better than
# one?**
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width of a token's vector, `L` blocks.

# %%
import math

import torch
import torch.nn.functional as F
from torch import nn

from course_lib import block, plotting, profiling
from course_lib.config import GPTConfig

config = GPTConfig()  # the course's model: C = 100, 5 heads, 12 blocks
B, T, C = 32, config.seq_len, config.n_embd

# %% [markdown]
# ## 1 · A norm by hand
#
# Take one token's vector, $x = (2, 4, 6, 8)$. LayerNorm (Ba et al. 2016) gives it mean 0 and standard deviation 1:
#
# $$\mu = \frac1C\sum_i x_i \qquad \sigma^2 = \frac1C\sum_i (x_i - \mu)^2 \qquad
#   \mathrm{norm}(x)_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}\; g_i + b_i$$
#
# The mean is 5. The deviations from it are −3, −1, 1, 3, their squares 9, 1, 1, 9, and the mean of those is 5. So
# each deviation is divided by $\sqrt5 = 2.236$, and out comes $(-1.34, -0.45, 0.45, 1.34)$.
#
# $\varepsilon$ is a tiny number, $10^{-5}$, that keeps the root from being 0. The **scale** $g$ and the **shift** $b$
# are learned, two numbers for each channel; they start at 1 and 0, and then do nothing. Here they are left out.

# %%
x = torch.tensor([2.0, 4.0, 6.0, 8.0])
mean = x.mean()
variance = ((x - mean) ** 2).mean()
print((x - mean) / torch.sqrt(variance + 1e-5))
print(nn.LayerNorm(4)(x).detach())

# %% [markdown]
# The same. Now the same with torch's own function for the standard deviation, which looks even simpler.
#
# **Predict, then run.** Will the result be larger or smaller, or equal?

# %%
print((x - mean) / x.std())

# %% [markdown]
# Smaller: −1.16 where −1.34 should be. `x.std()` divides by C − 1 = 3, not by C = 4. That is right for *estimating*
# the spread of a large population from a few samples. Here the four numbers are all there is. With C = 100 the
# difference is half a percent: too small to see in a loss curve, but enough that a model whose weights you load no
# longer gives its own logits. `x.std(unbiased=False)` is the one.

# %% [markdown]
# ## 2 · In a batch, every position by itself
#
# In a model, x has the shape `(B, T, C)`. The mean and the deviation are taken **over C**, so each token is
# normalised by its own two numbers, whatever else is in the batch or in the sentence. (That is what makes it
# different from batch normalisation, and what makes it fit for text of any length.)
#
# Here is a batch in which tokens have very different sizes and offsets, as they have inside a trained model. Above
# you see it as it comes, below normalised; from left to right, all numbers, the mean of each token, and the standard
# deviation of each token. Notice what the lower row does to the second and third column.

# %%
generator = torch.Generator().manual_seed(0)
sizes = torch.exp(0.7 * torch.randn(B, T, 1, generator=generator))
offsets = torch.randn(B, T, 1, generator=generator)
x = offsets + sizes * torch.randn(B, T, C, generator=generator)
normed = block.layer_norm(x, weight=torch.ones(C), bias=torch.zeros(C))

# %%
fig, panels = plotting.figure(
    title="LayerNorm gives every token mean 0 and deviation 1, whatever it had before",
    rows=2,
    columns=3,
    size=(4.2, 2.5),
)
rows = (("before", x), ("after", normed))
columns = (
    ("activation", lambda v: v, (-8, 8)),
    ("mean of a token", lambda v: v.mean(dim=-1), (-4, 4)),
    ("standard deviation of a token", lambda v: v.std(dim=-1, unbiased=False), (0, 6)),
)
for r, (when, values) in enumerate(rows):
    for c, (name, statistic, limits) in enumerate(columns):
        panel = panels[3 * r + c]
        panel.hist(statistic(values).flatten(), bins=61, range=limits, density=True, color=plotting.PALETTE[r])
        panel.set(title=when, xlabel=name, ylabel="density")
plotting.show(
    fig,
    alt="Six histograms. Before: activations spread over ±8, means of tokens over ±3, deviations from near 0 to 6. "
    "After: activations form a bell of width 1, all means stand in one bar at 0, all deviations in one at 1.",
)

# %% [markdown]
# The single bars are the point: after the norm **every** token has mean 0 and deviation 1. What was lost is the size
# and the offset of a token; what is kept is its direction. You can check that nothing else matters:

# %%
scale, shift = torch.ones(C), torch.zeros(C)
print("ten times as large, plus 3:", torch.allclose(block.layer_norm(10 * x + 3, scale, shift), normed, atol=0.01))
constant = torch.full((1, C), 7.0)
print("a constant vector gives zeros:", bool((block.layer_norm(constant, scale, shift) == 0).all()))
print("and without the epsilon:", block.layer_norm(constant, scale, shift, eps=0.0)[0, :3])

# %% [markdown]
# ## 3 · Two ways to normalise over the wrong thing
#
# `nn.LayerNorm` is told the size of what it normalises over, and takes it from the end of the shape. Somebody who
# thinks of a sentence as the unit writes `nn.LayerNorm(T)`:

# %%
try:
    nn.LayerNorm(T)(x)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# The message says what it wanted, `[*, 128]`, and what it got, `[32, 128, 100]`: the last dimension is 100. The next
# thing that people try is to give it the last two dimensions. This runs, and the result looks normalised.
#
# **Predict, then run.** Change only the *last* of 128 tokens. Does the normalised *first* token change?

# %%
changed = x.clone()
changed[:, -1] *= 20
for name, norm in (("LayerNorm((T, C))", nn.LayerNorm((T, C))), ("LayerNorm(C)", nn.LayerNorm(C))):
    moved = (norm(changed) - norm(x)).abs().amax(dim=-1)  # (B, T)
    print(f"{name:18} first token moved: {bool((moved[:, 0] > 1e-3).all())}")
print("parameters:", profiling.num_params(nn.LayerNorm((T, C))), "against", profiling.num_params(nn.LayerNorm(C)))

# %% [markdown]
# With the wrong one it does: mean and deviation are taken over the whole sentence, so the future leaks into the past,
# and the causal mask of lesson 03 was for nothing. The loss will look excellent. There are two giveaways: 25,600
# parameters where there should be 200, and an error as soon as a text is shorter than T.

# %% [markdown]
# ## 4 · The residual stream
#
# The second ingredient is an addition. A layer $f$ does not replace $x$, it adds to it (He et al. 2015):
#
# $$x \leftarrow x + f(x)$$
#
# Think of each token as a wire that runs through the whole model: the **residual stream**. A layer reads from it, and
# writes something back by adding. If it has nothing to say, it adds zeros, and the token passes unharmed. Nothing is
# overwritten, so at the end the stream is a plain sum:
#
# $$x_{\text{end}} = x_{\text{start}} + \sum_{\text{layers}} f_\ell$$
#
# `block.residual_pieces` collects the terms of that sum while the vectors pass through twelve blocks.

# %%
torch.manual_seed(0)
blocks = nn.ModuleList(block.DecoderBlock(config) for _ in range(config.n_layer))
start = torch.randn(4, T, C)  # in place of embeddings

with torch.no_grad():
    pieces = block.residual_pieces(blocks, start)  # (1 + 2L, B, T, C)
    end = start
    for layer in blocks:
        end = layer(end)
print(len(pieces), "pieces; their sum is what comes out:", torch.allclose(pieces.sum(dim=0), end, atol=1e-4))

# %% [markdown]
# How much of the end is due to each piece? Ask how far the piece $p$ points along the sum $s$: the share is
# $\dfrac{p \cdot s}{s \cdot s}$. All shares add up to 1, and a piece that works against the others has a negative
# one.
#
# **Predict, then run.** After 12 blocks with fresh weights, 24 layers have written into the stream. What share is
# still the vector that it started with: about 4 %, as for one of 25 pieces, or a third, or more than a half?

# %%
kinds = {"start": slice(0, 1), "attention": slice(1, None, 2), "MLP": slice(2, None, 2)}
shares = {kind: [] for kind in kinds}
for depth in range(len(blocks) + 1):
    so_far = block.contribution_shares(pieces[: 1 + 2 * depth]).mean(dim=(1, 2))  # (1 + 2·depth,)
    for kind, which in kinds.items():
        shares[kind].append(so_far[which].sum().item())

fig, (panel,) = plotting.figure(
    title="Blocks add to the stream; after twelve, most of it is still its start",
    xlabel="blocks passed",
    ylabel="share of the stream",
)
panel.stackplot(range(13), shares.values(), labels=shares, colors=plotting.PALETTE, alpha=0.8)
panel.set(xlim=(0, 12), ylim=(0, 1))
panel.legend(loc="lower left")
plotting.show(
    fig,
    alt="Stacked areas from 0 to 12 blocks. The start falls from all of the stream to about 0.6; attention grows to "
    "somewhat over 0.1, the MLP to almost 0.3.",
)
print("more than a half:", shares["start"][-1] > 0.5)

# %% [markdown]
# More than a half. A fresh stack with residuals is almost a wire, and each layer begins as a small correction.
# Training makes the corrections useful one by one. It never has to find twelve layers that work together from the
# first step on.

# %% [markdown]
# ### A mistake people really make
#
# `x = x + f(x)` can be written shorter as `x += f(x)`. In Python these mean the same. In torch the second one writes
# into the tensor that x already is:

# %%
layer = block.DecoderBlock(config)
x = torch.randn(2, 8, C, requires_grad=True) * 1.0
try:
    x += layer.attention(layer.norm_1(x))
    x += layer.mlp(layer.norm_2(x))
    x.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(" Hint:")[0])

# %% [markdown]
# To compute its gradient, each norm needs the x that it was given, and `+=` has overwritten it with the sum. torch
# counts the versions of a tensor, so it notices: *is at version 2; expected version 1*. Without gradients, in
# generation, the same code runs, and changes the caller's tensor behind its back. `x = x + f(x)` makes a new tensor
# each time, and all is well.

# %% [markdown]
# ## 5 · Twelve blocks deep
#
# Why do residuals matter so much? Take the simplest chain there is, by hand: numbers instead of vectors, and each
# layer multiplies by 0.1. Through 12 layers, the derivative of the end with respect to the start is
#
# $$\text{without residuals } \; 0.1^{12} = 0.000000000001 \qquad\qquad
#   \text{with them } \; (1 + 0.1)^{12} = 3.1$$
#
# Without, the first layer does not notice what it does to the result. With them, the 1 in each bracket is a way back
# that no layer can block.
#
# Now in earnest: the same twelve blocks, wired up in four ways. A random signal is sent back from the end, and you
# see how large the gradient is that arrives at each depth. Once all weights have deviation 0.05, once 0.1: a good
# design should not depend on such a choice.


# %%
def neither(layer, x):
    return layer.mlp(layer.attention(x))


def norm_only(layer, x):
    return layer.mlp(layer.norm_2(layer.attention(layer.norm_1(x))))


def residual_only(layer, x):
    x = x + layer.attention(x)
    return x + layer.mlp(x)


def pre_norm(layer, x):
    x = x + layer.attention(layer.norm_1(x))
    return x + layer.mlp(layer.norm_2(x))


# %%
def gradient_sizes(wiring, std):
    torch.manual_seed(0)
    layers = nn.ModuleList(block.DecoderBlock(config) for _ in range(12)).double()  # float64: no rounding to doubt
    for weight in layers.parameters():
        if weight.dim() == 2:  # a matrix, not a norm's scale or shift
            nn.init.normal_(weight, std=std)
    depths = [torch.randn(1, 64, C, dtype=torch.float64, requires_grad=True)]
    for layer in layers:
        depths.append(wiring(layer, depths[-1]))
    signal = torch.randn_like(depths[-1])
    gradients = torch.autograd.grad((depths[-1] * signal).sum(), depths)
    return [(gradient.norm() / signal.norm()).item() for gradient in gradients]


# %% [markdown]
# **Predict, then run.** Read the curves from right to left, as the gradient travels. Which of the four will fall
# towards the left, which will rise, and which stay level in *both* pictures?

# %%
wirings = {"neither": neither, "norm only": norm_only, "residual only": residual_only, "residual and norm": pre_norm}
stds = (0.05, 0.1)
sizes = {std: {name: gradient_sizes(wiring, std) for name, wiring in wirings.items()} for std in stds}

fig, panels = plotting.figure(
    title="With neither, the gradient vanishes or grows with the weights; with residuals alone it can explode",
    xlabel="blocks passed",
    ylabel="gradient, relative to the end",
    columns=2,
    size=(5.4, 4),
)
for panel, std in zip(panels, stds, strict=True):
    for (name, curve), marker in zip(sizes[std].items(), "xs^o", strict=True):
        panel.plot(curve, marker=marker, markersize=4, label=name)
    panel.set(yscale="log", title=f"weights with deviation {std:g}", ylim=(1e-16, 1e9))
panels[0].legend(loc="lower right")
plotting.show(
    fig,
    alt="Gradient against depth on a log axis. Weights 0.05: with neither it falls to 1e-15 at the start, the other "
    "three stay near 1. Weights 0.1: residual only rises to millions, neither to about 70; the other two stay "
    "within a factor of ten.",
)

# %% [markdown]
# With neither, the gradient shrinks by a factor of a thousand every two or three blocks, or it grows: twice the
# weight turns the one into the other. With residuals only, it is fine for small weights and explodes for larger ones,
# because the stream itself grows from block to block, and what is written grows with it. The norm stops that: a layer
# behind it is always given vectors of size 1.
#
# Two designs keep a gradient of the right size in both pictures. Is "norm only" as good as the full block, then? Look
# at what goes forward. Attention averages, so it makes the tokens of a sequence a little more alike each time. How
# much alike are they, measured by the cosine between two of them: 0 for unrelated vectors, 1 for the same direction?


# %%
def likeness_by_depth(wiring, std=0.05):
    torch.manual_seed(0)
    layers = nn.ModuleList(block.DecoderBlock(config) for _ in range(12))
    for weight in layers.parameters():
        if weight.dim() == 2:
            nn.init.normal_(weight, std=std)
    x, likeness = torch.randn(8, 64, C), []
    with torch.no_grad():
        for layer in layers:
            x = wiring(layer, x)
            sums = F.normalize(x, dim=-1).sum(dim=1)  # (B, C): their squares are the sums of all 64 · 64 cosines
            likeness.append((((sums**2).sum(dim=-1) - 64) / (64 * 63)).mean().item())  # 64 are of a token with itself
    return likeness


fig, (panel,) = plotting.figure(
    title="Without residuals all tokens become the same vector",
    xlabel="blocks passed",
    ylabel="mean cosine between two tokens",
)
for name, marker in (("norm only", "s"), ("residual and norm", "o")):
    panel.plot(range(1, 13), likeness_by_depth(wirings[name]), marker=marker, label=name)
panel.set_ylim(-0.05, 1.05)
panel.legend()
plotting.show(
    fig,
    alt="Mean cosine against depth. With norms only it jumps above 0.5 in the first block, to 0.9 within three, and "
    "ends at 1. With residuals and norms it stays below 0.1.",
)

# %% [markdown]
# After three blocks without residuals any two tokens look nearly the same, and after twelve all of them are one
# vector: the sequence has been forgotten, and a gradient of the right size is of no use (Dong et al. 2021 explain
# why). The residual keeps each token itself, and lets attention only *add* what it has averaged.

# %% [markdown]
# ## 6 · Before or after?
#
# The first transformer (Vaswani et al. 2017) put the norm **after** each addition, GPT-2 **before** each layer:
#
# $$\text{post-norm: } \; x \leftarrow \mathrm{norm}\big(x + f(x)\big) \qquad\qquad
#   \text{pre-norm: } \; x \leftarrow x + f\big(\mathrm{norm}(x)\big)$$
#
# They look alike. But in post-norm the norm stands *in* the stream: every token is rescaled 24 times on its way, and
# the gradient passes 24 norms on its way back. In pre-norm the stream itself is touched by nothing but additions. (It
# is never normalised either, and grows: that is why a GPT has one more norm at its very end.)
#
# To see what it means, let twelve narrow blocks learn a small task: *at each position, say which token came just
# before*. It cannot be done without attention. Guessing gives a loss of ln 16 = 2.77. There is no warm-up: the first
# step is as large as all others. Watch which wirings get below the dotted line.


# %%
def post_norm(layer, x):
    x = layer.norm_1(x + layer.attention(x))
    return layer.norm_2(x + layer.mlp(x))


class Recall(nn.Module):
    def __init__(self, wiring, V=16, T=12, C=32):
        super().__init__()
        shape = GPTConfig(vocab_size=V, seq_len=T, n_embd=C, n_head=4)
        self.wiring, self.shape = wiring, shape
        self.token, self.position = nn.Embedding(V, C), nn.Embedding(T, C)
        self.layers = nn.ModuleList(block.DecoderBlock(shape) for _ in range(12))
        self.norm, self.head = nn.LayerNorm(C), nn.Linear(C, V)

    def forward(self, idx):  # (B, T) -> (B, T, V)
        x = self.token(idx) + self.position.weight
        for layer in self.layers:
            x = self.wiring(layer, x)
        return self.head(self.norm(x))


# %%
def losses(wiring, learning_rate, steps=36):
    torch.manual_seed(0)
    model = Recall(wiring)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, fused=True)
    curve = []
    while len(curve) < steps:
        idx = torch.randint(16, (16, 12))
        logits = model(idx)[:, 1:]  # the first position has nothing before it
        loss = F.cross_entropy(logits.flatten(0, 1), idx[:, :-1].flatten())
        if not loss.isfinite():
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
    return curve


runs = {
    0.003: {"post-norm": losses(post_norm, 0.003), "pre-norm": losses(pre_norm, 0.003)},
    0.01: {
        "post-norm": losses(post_norm, 0.01),
        "pre-norm": losses(pre_norm, 0.01),
        "residual only": losses(residual_only, 0.01),
    },
}

# %%
fig, panels = plotting.figure(
    title="At the higher rate only the pre-norm stack learns",
    xlabel="training step",
    ylabel="loss in nats",
    columns=2,
    size=(5.4, 3.6),
)
for panel, (rate, curves) in zip(panels, runs.items(), strict=True):
    for name, curve in curves.items():
        (line,) = panel.plot(curve, label=name, linewidth=2)
        if len(curve) < 36:  # the next loss was not finite
            panel.plot(len(curve) - 1, curve[-1], "X", color=line.get_color(), markersize=10)
    panel.axhline(math.log(16), color="black", linestyle=":", linewidth=1)
    panel.set(title=f"learning rate {rate:g}", ylim=(0, 3.2))
    panel.legend(loc="lower left")
plotting.show(
    fig,
    alt="Loss over 36 steps. At the learning rate 0.003 pre-norm falls to about 1.3, post-norm follows more slowly. At "
    "0.01 pre-norm falls to about 0.3, while post-norm and residual only stay near 2.77.",
)
print("pre-norm learns:", runs[0.01]["pre-norm"][-1] < 1.5)
print("post-norm does not:", runs[0.01]["post-norm"][-1] > 2.5)
print("residual only does not:", runs[0.01]["residual only"][-1] > 2.5)

# %% [markdown]
# On the left, post-norm learns too, only later. On the right it stays at guessing. That is why post-norm models are
# trained with a *warm-up*: many small steps first, until the weights are in a better place (Xiong et al. 2020 work
# out why). Pre-norm forgives more, and so nearly all models since GPT-2 have it. With residuals alone nothing is
# learned either: what you saw in section 5 happens to the gradient here. On some machines the loss even becomes `nan`
# after a few steps; a cross then marks the last number.
#
# That answers the question of this lesson: twelve blocks work because **a residual keeps the way open, and a norm in
# front of each layer keeps its input in bounds.**

# %% [markdown]
# ## 7 · The block
#
# Attention and MLP, each behind a norm of its own, each added to the stream:
#
# ```python
# class DecoderBlock(nn.Module):
#     def __init__(self, config):
#         super().__init__()
#         self.norm_1 = LayerNorm(config.n_embd)
#         self.attention = MultiHeadAttention(config)
#         self.norm_2 = LayerNorm(config.n_embd)
#         self.mlp = MLP(config)
#
#     def forward(self, x):                                     # (B, T, C)
#         x = x + self.attention(self.norm_1(x))                # tokens look at each other
#         return x + self.mlp(self.norm_2(x))                   # each token by itself; (B, T, C)
# ```
#
# Two norms, because the MLP reads a stream that attention has already written into. Each has its own scale and shift.
#
# **Predict, then run.** How many parameters has a block for C = 100? Lesson 04 gave 4·C² for attention, lesson 05
# gave 8·C² for the MLP. What do the norms add?

# %%
layer = block.DecoderBlock(config)
for name, module in layer.named_children():
    print(f"{name:10} {profiling.num_params(module):>8,}")
print(f"{'block':10} {profiling.num_params(layer):>8,}")
print(f"{'12 blocks':10} {12 * profiling.num_params(layer):>8,}")

# %% [markdown]
# Two norms with 100 scales and 100 shifts each: 400 in 120,400. They are a third of a percent of the parameters, and
# without them the rest is worthless.

# %%
x = torch.randn(B, T, C)
print("in ", tuple(x.shape))
print("out", tuple(layer(x).shape))

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape | parameters |
# |---|---|---|---|
# | `block.layer_norm(x, weight, bias)` | mean 0 and deviation 1, then scale and shift | as `x` | none |
# | `block.LayerNorm(C)` | the same as a module | as `x` | 2·C = 200 |
# | `block.DecoderBlock(config)` | one block, pre-norm | `(B, T, C)` → `(B, T, C)` | 12·C² + 4·C = 120,400 |
# | `block.PostNormBlock(config)` | the first transformer's order | the same | the same |
# | `block.residual_pieces(blocks, x)` | what the stream is the sum of | `(B, T, C)` → `(1 + 2L, B, T, C)` | none |
# | `block.contribution_shares(pieces)` | how much of it each piece is | `(pieces, ..., C)` → `(pieces, ...)` | none |
#
# ### Three questions to check yourself
#
# **1.** A token's vector is multiplied by 1,000 before it enters a pre-norm block. What does the attention inside
# notice of it, and what comes out of the block?
#
# <details><summary>Answer</summary>
#
# The attention notices nothing, since norm_1 takes the size away. Out comes the vector, still 1,000 times as large,
# plus an addition of the ordinary size: now a tiny correction.
#
# </details>
#
# **2.** Somebody uses one norm module for both places, to save parameters. What have they saved, and what lost?
#
# <details><summary>Answer</summary>
#
# 200 parameters of 120,400. Lost is that attention and MLP may each have their own scale and shift, although the
# stream is another one by then: every channel has to serve both with the same factor.
#
# </details>
#
# **3.** Why do post-norm models need no norm at the very end, and pre-norm models do?
#
# <details><summary>Answer</summary>
#
# A post-norm block ends with a norm. In a pre-norm model nothing ever normalises the stream itself, so it reaches the
# head with whatever size 24 additions have given it.
#
# </details>
#
# ### What comes next
#
# Do the exercises in `exercises/06_block.ipynb`. Then **lesson 07, the GPT**: embeddings before the blocks, a norm
# and a head after them, and you have a language model.
