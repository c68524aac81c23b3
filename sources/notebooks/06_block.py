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
# **Time:** about 60 minutes, and one hour for the exercises.
#
# **The question.** You have an attention and an MLP, and each gives back the shape it was given. So you could simply
# stack them: attention, MLP, attention, MLP, twelve times. But deep stacks of this kind learn *worse* than shallow
# ones. **What must be added so that twelve blocks can be trained at all?**
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width of a token's vector, `L` blocks.

# %%
import math

import torch
import torch.nn.functional as F
from torch import nn

from course_lib import block
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.show import diagram, plotting, profiling
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured
from course_lib.show.sentence import MEANINGS, WORDS, Sentence

config = GPTConfig()  # the course's model: C = 100, 5 heads, 12 blocks
B, T, C = 32, config.seq_len, config.n_embd

# %% [markdown]
# Here is the whole model. You have built attention and the MLP. This lesson adds what is between them, and so the
# whole block is lit.

# %% fold="drawing"
diagram.model(GPT(config), lit="block")

# %% [markdown]
# ## 1 · Stack them, and see what happens
#
# First try blocks without anything new. `plain` is the simplest block: attention, then MLP. (It takes both from the
# library's `DecoderBlock` and leaves out what this lesson adds.) `Recall` puts embeddings before a stack of such blocks
# and a linear layer behind it. (One norm stands before that layer, so that no stack fails only because its numbers are
# too large or too small at the end. Section 2 says what a norm is.) Its argument `wiring` says how the parts of a block
# are connected, so that later sections can try other ways. The training loop is that of lesson 04.
#
# The task is small: *at each position, say which token came just before*. There are 16 tokens. Each stack learns for 60
# steps, with five seeds: other first weights and other data.


# %%
def plain(layer, x):  # (B, T, C) -> (B, T, C)
    return layer.mlp(layer.attention(x))


class Recall(nn.Module):
    def __init__(self, wiring, n_layer, V=16, T=12, C=32):
        super().__init__()
        shape = GPTConfig(vocab_size=V, seq_len=T, n_embd=C, n_head=4)
        self.wiring = wiring
        self.token, self.position = nn.Embedding(V, C), nn.Embedding(T, C)
        self.layers = nn.ModuleList(block.DecoderBlock(shape) for _ in range(n_layer))
        self.norm, self.head = nn.LayerNorm(C), nn.Linear(C, V)

    def forward(self, idx):  # (B, T) -> (B, T, V)
        x = self.token(idx) + self.position.weight
        for layer in self.layers:
            x = self.wiring(layer, x)
        return self.head(self.norm(x))


# %%
def losses(wiring, n_layer, learning_rate, seed, steps):
    torch.manual_seed(seed)
    model = Recall(wiring, n_layer)
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


# %%
by_depth = {n_layer: [losses(plain, n_layer, 0.01, seed, steps=60) for seed in range(5)] for n_layer in (1, 2, 12)}
one = [curve[-1] for curve in by_depth[1]]
measured("one plain block, loss at the end, mean of five seeds", sum(one) / 5, about=0.02, within=0.06, digits=1)

# %% [markdown]
# One block solves the task. **Guess first.** Which loss do twelve plain blocks reach, in the same 60 steps?

# %%
guess = ...  # nats per token


# %% fold="setup"
def five_seeds(n_layer, about, within):
    last = [curve[-1] for curve in by_depth[n_layer]]
    low, high = (approx(value, about=about, within=within, digits=2) for value in (min(last), max(last)))
    return f"{low} to {high} nats per token"


reveal("12 plain blocks, five seeds", five_seeds(12, about=2.8, within=0.1), guess)
reveal("2 plain blocks, five seeds", five_seeds(2, about=2.1, within=1.6))

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="One plain block learns the task, twelve do not", xlabel="training step", ylabel="loss, nats per token"
)
for (n_layer, curves), colour in zip(by_depth.items(), plotting.PALETTE, strict=False):
    for label, curve in zip([f"{n_layer} block{'s' * (n_layer > 1)}", *[None] * 4], curves, strict=True):
        panel.plot(curve, color=colour, label=label, linewidth=1.2)
panel.axhline(math.log(16), color="black", linestyle=":", linewidth=1)
panel.set_ylim(0, 3.2)
panel.legend(loc="lower left")
plotting.show(
    fig,
    alt="Loss over 60 steps, five lines for each depth. One block falls to 0 within about 40 steps; two blocks fall "
    "late and little; twelve blocks stay at the dotted line of guessing, 2.77.",
    folded="The loss of 1, 2 and 12 plain blocks",
)

# %% [markdown] fold="What it means"
# Twelve blocks can do nearly all that one can do: eleven of them would only have to pass on what they get. But training
# does not find it. After 60 steps they still guess: with 16 tokens that costs ln 16 = 2.77 nats per token, the dotted
# line. More layers made the model *worse*, and not because it is too small.

# %% [markdown]
# Is the learning rate only too large for twelve blocks? Try a tenth of it.

# %%
smaller = [losses(plain, 12, 0.001, seed, steps=60)[-1] for seed in range(2)]
low, high = (approx(value, about=2.8, within=0.1, digits=2) for value in (min(smaller), max(smaller)))
print(f"12 plain blocks, a tenth of the rate, two seeds: {low} to {high} nats per token")

# %% [markdown]
# It is not. Two things repair the stack, and you build them now: a **norm** (sections 2 to 4) and an **addition**
# (section 5). Section 6 shows why the plain stack fails, and section 7 lets twelve blocks learn this task.
#
# ## 2 · A norm by hand
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
# **Guess first.** LayerNorm's last number is 1.34. Which one comes out here?

# %%
guess = ...  # two digits after the point

# %%
reveal("the last number", round(((x - mean) / x.std())[-1].item(), 2), guess)

# %% [markdown] fold="Why"
# All four are smaller: −1.16 where −1.34 should be. `x.std()` divides by C − 1 = 3, not by C = 4. That is right for
# *estimating* the spread of a large population from a few samples. Here the four numbers are all there is. With C =
# 100 the difference is half a percent: too small to see in a loss curve, but enough that a model whose weights you
# load no longer gives its own logits. `x.std(unbiased=False)` is the one.

# %% [markdown]
# ## 3 · In a batch, every position by itself
#
# In a model, x has the shape `(B, T, C)`. The mean and the deviation are taken **over C**, so each token is
# normalised by its own two numbers, whatever else is in the batch or in the sentence. (That is what makes it
# different from batch normalisation, and what makes it fit for text of any length.)
#
# Here are the vectors that reach the end of the twelve blocks of a fresh GPT. Above you see them as they come, below
# normalised; from left to right, all numbers, the mean of each token, and the standard deviation of each token. Look
# at the axes: the numbers above are about 25 times smaller. Notice what the lower row does to the second and third
# column.

# %%
gpt = GPT(config, torch.Generator().manual_seed(0))
ids = torch.randint(config.vocab_size, (B, T), generator=torch.Generator().manual_seed(0))
start = (gpt.token_embedding(ids) + gpt.position_embedding.weight).detach()  # (B, T, C), what enters the blocks
with torch.no_grad():
    x = start
    for layer in gpt.blocks:
        x = layer(x)  # (B, T, C)
normed = block.layer_norm(x, weight=torch.ones(C), bias=torch.zeros(C))

# %% fold="drawing"
fig, panels = plotting.figure(
    title="LayerNorm gives every token mean 0 and deviation 1, whatever it had before",
    rows=2,
    columns=3,
    size=(4.2, 2.5),
)
rows = (("before", x), ("after", normed))
columns = (
    ("activation", lambda v: v, ((-0.2, 0.2), (-4, 4))),
    ("mean of a token", lambda v: v.mean(dim=-1), ((-0.02, 0.02), (-0.4, 0.4))),
    ("standard deviation of a token", lambda v: v.std(dim=-1, unbiased=False), ((0, 0.08), (0, 2))),
)
for r, (when, values) in enumerate(rows):
    for c, (name, statistic, limits) in enumerate(columns):
        panel = panels[3 * r + c]
        panel.hist(statistic(values).flatten(), bins=61, range=limits[r], density=True, color=plotting.PALETTE[r])
        panel.set(title=when, xlabel=name, ylabel="density")
plotting.show(
    fig,
    alt="Six histograms. Before: activations within ±0.2, means of tokens within ±0.015, deviations from 0.03 to 0.05. "
    "After: activations form a bell of width 1, all means stand in one bar at 0, all deviations in one at 1.",
)

# %% [markdown]
# The single bars are the point: after the norm **every** token has mean 0 and deviation 1. What was lost is the size
# and the offset of a token; what is kept is the direction of its deviations from the mean. Check it: other sizes and
# offsets change hardly anything. (They would change nothing at all without $\varepsilon$. These tokens have a variance
# of only 0.04² = 0.0016, and beside that $10^{-5}$ can be noticed.)

# %%
scale, shift = torch.ones(C), torch.zeros(C)
moved = (block.layer_norm(10 * x + 3, scale, shift) - normed).abs().max().item()
measured("ten times as large, plus 3: largest change", moved, about=0.02, within=0.03, digits=1)
constant = torch.full((1, C), 7.0)
print("a constant vector gives:", block.layer_norm(constant, scale, shift)[0, :3])
print("and without the epsilon:", block.layer_norm(constant, scale, shift, eps=0.0)[0, :3])

# %% [markdown]
# ## 4 · What `nn.LayerNorm` must be told
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
# **Guess first.** Change only the *last* of 128 tokens: make it 20 times as large. How far does the normalised vector
# of the *first* token move? (Take the number of it that moves most. Normalised numbers have a size of about 1.)

# %%
guess = ...  # such as 0, or 0.1, or 1

# %%
changed = x.clone()
changed[:, -1] *= 20
norms = {"LayerNorm((T, C))": nn.LayerNorm((T, C)), "LayerNorm(C)": nn.LayerNorm(C)}
moved = {name: (norm(changed) - norm(x)).abs().amax(dim=(0, 2)) for name, norm in norms.items()}  # each (T,)

# %% fold="setup"
wrong, right = (moved[name][0].item() for name in norms)
reveal("LayerNorm((T, C)): the first token moves by", approx(wrong, about=1.5, within=1.2, digits=1), guess)
reveal("LayerNorm(C): the first token moves by", approx(right, about=0, within=1e-5, digits=1))
for name, norm in norms.items():
    reveal(f"{name}: tokens that move", int((moved[name] > 1e-3).sum()))
    reveal(f"{name}: parameters", profiling.num_params(norm))
measured("LayerNorm(C): the last token moves by", moved["LayerNorm(C)"][-1].item(), about=0.01, within=0.01, digits=1)

# %% [markdown] fold="What this means"
# With the right one only the changed token itself moves, and only by a hundredth: the norm takes its size away.
# (Without $\varepsilon$ it would not move at all.) With the wrong one every token moves: mean and deviation are taken
# over the whole sentence. Each norm tells every token two numbers about all tokens, later ones too. So the future leaks
# into the past, and the causal mask of lesson 03 no longer prevents it: the loss may look better than the model is. Two
# things show the mistake: 25,600 parameters where there should be 200, and an error as soon as a text is shorter than
# T.

# %% [markdown]
# These are the four places where LayerNorm goes wrong: a deviation over C − 1, a missing epsilon, `LayerNorm(T)`, which
# raises an error, and `LayerNorm((T, C))`, which does not.

# %% [markdown]
# **You can now do exercise 1** (LayerNorm).
#
# ## 5 · The residual stream
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
with torch.no_grad():
    pieces = block.residual_pieces(gpt.blocks, start)  # (1 + 2L, B, T, C)
print(len(pieces), "pieces")
measured("their sum differs from what came out by", (pieces.sum(dim=0) - x).abs().max().item(), about=0, within=1e-5)

# %% [markdown]
# How much of the end is due to each piece? Ask how far the piece $p$ points along the sum $s$: the share is
# $\dfrac{p \cdot s}{s \cdot s}$. All shares add up to 1, and a piece that works against the others has a negative
# one.
#
# **Guess first.** After the 12 blocks of a fresh GPT, 24 layers have written into the stream. What share, in percent,
# is still the vector that it started with? (One of 25 equal pieces would have 4 %.)

# %%
guess = ...  # percent

# %%
kinds = {"start": slice(0, 1), "attention": slice(1, None, 2), "MLP": slice(2, None, 2)}
shares = {kind: [] for kind in kinds}
for depth in range(config.n_layer + 1):
    so_far = block.contribution_shares(pieces[: 1 + 2 * depth]).mean(dim=(1, 2))  # (1 + 2·depth,)
    for kind, which in kinds.items():
        shares[kind].append(so_far[which].sum().item())

# %% fold="setup"
reveal("share of the start, %", approx(100 * shares["start"][-1], about=47, within=4, digits=2), guess)
for kind in ("attention", "MLP"):
    reveal(f"share of {kind}, %", approx(100 * shares[kind][-1], about=3 if kind != "MLP" else 50, within=5, digits=2))

# %% fold="drawing"
fig, (panel,) = plotting.figure(
    title="After twelve blocks, almost half is still the start",
    xlabel="blocks passed",
    ylabel="share of the stream",
)
panel.stackplot(range(13), shares.values(), labels=shares, colors=plotting.PALETTE, alpha=0.8)
panel.set(xlim=(0, 12), ylim=(0, 1))
panel.legend(loc="lower left")
plotting.show(
    fig,
    alt="Stacked areas from 0 to 12 blocks. The start falls from all of the stream to about 0.47; attention grows to "
    "about 0.03, the MLP to about 0.5.",
    folded="The shares from block to block",
)

# %% [markdown] fold="What this means"
# Almost a half is the start. Each of the 12 MLPs has added about 4 percent, each attention about a quarter of a
# percent: every layer begins as a small correction. This is no accident. A GPT draws its first weights small for this
# reason (lesson 08). The share depends on the size of the start as well. Here the embeddings are small too, with a
# deviation of 0.03; in exercise 2 the start has a deviation of 1, and more of it is left, although the weights are
# larger. Training makes the corrections useful one by one. It never has to find 24 layers that work
# together from the first step on.

# %% [markdown]
# ### The sentence that grows
#
# *Tom saw Lily and she* has passed attention (lesson 04) and the MLP (lesson 05). Its block is a sum of three terms.
# Add up the row *who* of *she*: 1 from the start, 0.83 from attention, −1.83 from the MLP.

# %% fold="drawing"
sentence = Sentence()
terms = {"start": sentence.x, "attention": sentence.attention, "MLP": sentence.mlp, "end": sentence.after_mlp}
diagram.sentence(WORDS, terms, names=dict.fromkeys(terms, MEANINGS), lit=4)

# %% [markdown]
# The 1 that said *she* and the 0.83 that attention found with *Lily* are gone. In their place stands *an action with
# somebody near*, and lesson 07 makes the next word of it. This block has no norm: its numbers are small anyway. With
# twelve blocks that is no longer so, as you will see. (Normalise the end of *she*, (0, 1.25, 2.55, 2), by hand: the
# mean is 1.45, the deviation 0.956, and out comes (−1.52, −0.21, 1.15, 0.58).)

# %% [markdown]
# ### A mistake people really make
#
# `x = x + f(x)` can be written shorter as `x += f(x)`. In Python these mean the same. In torch the second one writes
# into the tensor that x already is:

# %%
layer = block.DecoderBlock(config)
stream = torch.randn(2, 8, C, requires_grad=True) * 1.0
try:
    stream += layer.attention(layer.norm_1(stream))
    stream += layer.mlp(layer.norm_2(stream))
    stream.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(" Hint:")[0])

# %% [markdown]
# To compute its gradient, each norm needs the x that it was given, and `+=` has overwritten it with the sum. torch
# counts the versions of a tensor, so it notices: *is at version 2; expected version 1*. Without gradients, in
# generation, the same code runs, and changes the caller's tensor without a word. `x = x + f(x)` makes a new tensor
# each time, and all is well.

# %% [markdown]
# **You can now do exercise 2** (who wrote this).
#
# ## 6 · Twelve blocks deep
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
# Now with real blocks: the same twelve, wired in four ways; "neither" is the plain stack of section 1. A random signal
# is sent back from the end, and you see how large the gradient is that arrives at each depth. Once all weights have
# deviation 0.05, once 0.1.


# %%
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
# **Guess first.** Residuals, no norm, and the larger weights: take the gradient at the end as 1. How large is it at the
# start, twelve blocks earlier?

# %%
guess = ...  # such as 0.001, or 1, or 1_000

# %%
wirings = {"neither": plain, "norm only": norm_only, "residual only": residual_only, "residual and norm": pre_norm}
stds = (0.05, 0.1)
sizes = {std: {name: gradient_sizes(wiring, std) for name, wiring in wirings.items()} for std in stds}
exploded = sizes[0.1]["residual only"][0]
reveal("gradient at the start, residual only, weights 0.1", approx(exploded, about=6e6, within=5.5e6, digits=1), guess)

# %% fold="drawing"
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
    "three stay near 1. Weights 0.1: residual only rises to millions, neither to about 90; the other two stay "
    "within a factor of ten.",
    folded="The gradient at each depth",
)

# %% [markdown] fold="How to read the curves"
# Read from right to left, as the gradient travels. With neither, the gradient shrinks by a factor of a thousand every
# two or three blocks, or it grows: twice the weight turns the one into the other. With residuals only, it is fine for
# small weights and explodes for larger ones. (The picture shows one draw of the weights. Six draws ended between 1
# million and 200 million.) The norm stops it: a layer behind it is always given vectors of size 1.

# %% [markdown] fold="Optional: why millions"
# Two things add up. Each block makes the stream about 2.4 times as large, and the gradient grows on its way back, too.
# And there are larger jumps, which come from attention: its scores grow as the *square* of the stream, so that a small
# change of the stream turns the weights from one token to another.

# %% [markdown]
# A good design should not depend on the size of the first weights. Two of the four keep a gradient within a factor of
# ten of 1 in both pictures: "norm only", and the full block. Is "norm only" as good as the full block, then? Look at
# what goes forward. Attention averages, so it makes the tokens of a sequence a little more alike each time. How
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


# %% fold="drawing"
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
# ## 7 · Before or after?
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
# To see what it means, let twelve blocks learn the task of section 1, where the plain stack could only guess (2.77).
# There are thirty runs, and 36 of the 60 steps are enough to tell them apart. There is no warm-up: the first step is as
# large as all others. Each wiring gets five seeds again. Watch which wirings get below the dotted line.


# %%
def post_norm(layer, x):
    x = layer.norm_1(x + layer.attention(x))
    return layer.norm_2(x + layer.mlp(x))


def five(wiring, learning_rate):
    return [losses(wiring, 12, learning_rate, seed, steps=36) for seed in range(5)]


three = {"post-norm": post_norm, "pre-norm": pre_norm, "residual only": residual_only}
runs = {rate: {name: five(wiring, rate) for name, wiring in three.items()} for rate in (0.003, 0.01)}

# %% fold="drawing"
fig, panels = plotting.figure(
    title="At the higher rate only the pre-norm stack learns, with each of five seeds",
    xlabel="training step",
    ylabel="loss in nats",
    columns=2,
    size=(5.4, 3.6),
)
for panel, (rate, by_wiring) in zip(panels, runs.items(), strict=True):
    for colour, (name, curves) in zip(plotting.PALETTE, by_wiring.items(), strict=False):
        on_top = {"linestyle": "--", "zorder": 3} if name == "post-norm" else {}  # it lies on residual only's lines
        for label, curve in zip([name, *[None] * 4], curves, strict=True):
            panel.plot(curve, label=label, color=colour, linewidth=1.2, **on_top)
            if len(curve) < 36:  # the next loss was not finite
                panel.plot(len(curve) - 1, curve[-1], "X", color=colour, markersize=11, markeredgecolor="w", zorder=4)
    panel.axhline(math.log(16), color="black", linestyle=":", linewidth=1)
    panel.set(title=f"learning rate {rate:g}", ylim=(0, 3.2))
    panel.legend(loc="lower left")
plotting.show(
    fig,
    alt="Loss over 36 steps, a line for each of five seeds. At the learning rate 0.003 pre-norm falls to between 1.1 "
    "and 1.6, post-norm follows more slowly, and residual only gets a little below 2.77. At 0.01 pre-norm falls "
    "below 1, while post-norm and residual only stay near 2.77.",
)

# %%
usual = {
    (0.003, "post-norm"): (1.75, 0.4),
    (0.003, "pre-norm"): (1.4, 0.5),
    (0.003, "residual only"): (2.4, 0.6),
    (0.01, "post-norm"): (2.75, 0.2),
    (0.01, "pre-norm"): (0.5, 0.45),
    (0.01, "residual only"): (2.7, 0.3),
}
for (rate, name), (about, within) in usual.items():
    lowest = [min(curve) for curve in runs[rate][name]]
    low, high = (approx(value, about=about, within=within, digits=2) for value in (min(lowest), max(lowest)))
    print(f"rate {rate:<5}  {name:13} lowest loss of each seed: from {low} to {high} nats")
ended = sum(len(curve) < 36 for curve in runs[0.01]["residual only"])
measured("rate 0.01   residual only runs of five that ended before step 36:", ended, about=2.5, within=2.5, digits=1)

# %% [markdown]
# On the left, post-norm learns too, but more slowly: compare the two ranges. On the right it stays at guessing, with
# every seed. That is why post-norm models are trained with a *warm-up*: many small steps first, until the weights are
# in a better place (Xiong et al. 2020 explain why). Pre-norm tolerates larger steps, and so nearly all models since
# GPT-2 have it. With residuals alone most seeds learn a little at the rate 0.003, and none does at 0.01. Some runs end
# early there: their loss becomes `nan`, and a cross in the picture marks the last number.
#
# Why does the rate matter so much to "residual only"? Measure how large the stream is behind the twelve blocks, before
# the first step and after the third.


# %%
def stream_size(wiring, learning_rate, steps):
    torch.manual_seed(0)
    model, sizes = Recall(wiring, 12), []
    model.norm.register_forward_pre_hook(lambda norm, stream: sizes.append(stream[0].detach().std().item()))
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, fused=True)
    for _ in range(steps + 1):
        idx = torch.randint(16, (16, 12))
        F.cross_entropy(model(idx)[:, 1:].flatten(0, 1), idx[:, :-1].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()
    return sizes[-1]


measured("residual only, at first:            ", stream_size(residual_only, 0.01, 0), about=2.7, within=0.3, digits=2)
measured("residual only, 3 steps at rate 0.003:", stream_size(residual_only, 0.003, 3), about=8, within=7, digits=1)
measured("residual only, 3 steps at rate 0.01: ", stream_size(residual_only, 0.01, 3), about=800, within=700, digits=1)
measured("pre-norm, 3 steps at rate 0.01:      ", stream_size(pre_norm, 0.01, 3), about=4, within=2, digits=1)

# %% [markdown]
# At first all is well. But three steps at the higher rate make the weights so much larger that the stream grows to
# several hundred. It is the right-hand picture of section 6: what a layer writes grows with what it reads. The same
# steps do not harm pre-norm, because there each layer reads vectors of size 1.
#
# This answers the question of this lesson: twelve blocks can be trained because **a residual keeps the way open, and a
# norm in front of each layer keeps its input in bounds.** (This task needs only one block, so the other eleven gain
# nothing here. They must only do no harm.)

# %% [markdown]
# ## 8 · The block
#
# Attention and MLP, each behind a norm of its own, each added to the stream. As a module it has four parts, `norm_1`,
# `attention`, `norm_2` and `mlp`, and you write it in exercise 3. There are two norms, because the MLP reads a stream
# that attention has already written into. Each has its own scale and shift.
#
# **Guess first.** Add up what you know: attention (lesson 04), the MLP (lesson 05) and two norms. How many parameters
# does a block have for C = 200?

# %%
guess = ...  # a whole number

# %%
twice_as_wide = block.DecoderBlock(GPTConfig(n_embd=200))
reveal("parameters of a block, C = 200", profiling.num_params(twice_as_wide), guess)
parts = [f"{name:10}{profiling.num_params(module):>8,}" for name, module in twice_as_wide.named_children()]
show_folded("Part by part, C = 200", "\n".join(parts))

# %% [markdown] fold="How it adds up"
# Attention has 4·C² parameters (lesson 04), the MLP 8·C² (lesson 05), and each of the two norms C scales and C shifts.
# For C = 200: 12 · 40,000 + 4 · 200 = 480,800. That is *nearly* four times what C = 100 has: the norms only double.
# They are a third of a percent of the parameters or less, and without them twelve blocks did not learn at the higher
# rate.

# %%
layer = block.DecoderBlock(config)
stream = torch.randn(B, T, C)
print("in ", tuple(stream.shape))
print("out", tuple(layer(stream).shape))

# %% [markdown]
# **You can now do exercises 3 to 6** (the pre-norm block, the post-norm block, its parameters, the block that forgets).
# The library's block is `DecoderBlock` in `course_lib/block.py`: compare yours with it afterwards.

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape | parameters |
# |---|---|---|---|
# | `block.layer_norm(x, weight, bias)` | mean 0 and deviation 1, then scale and shift | as `x` | none |
# | `block.LayerNorm(C)` | the same as a module | as `x` | 2·C = 200 |
# | `block.DecoderBlock(config)` | one block, pre-norm | `(B, T, C)` → `(B, T, C)` | 12·C² + 4·C |
# | `block.PostNormBlock(config)` | the first transformer's order | the same | the same |
# | `block.residual_pieces(blocks, x)` | what the stream is the sum of | `(B, T, C)` → `(1 + 2L, B, T, C)` | none |
# | `block.contribution_shares(pieces)` | how much of it each piece is | `(pieces, ..., C)` → `(pieces, ...)` | none |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A token's vector is multiplied by 1,000 before it enters a pre-norm block. What comes out of the block?
#
# - The same as before, since the norm takes the size away
#   - The norm stands in front of attention and MLP, not in the stream. The stream keeps its size.
# - The vector, still 1,000 times as large, plus an addition of the ordinary size
#   + Attention notices nothing, since norm_1 takes the size away. What it adds is now a tiny correction.
# - 1,000 times what came out before
#   - The stream is 1,000 times as large, but what the layers add is not.
#
# **2.** Somebody uses one norm module for both places. What is lost?
#
# - Nothing, a norm only takes the size away
#   - It also has a learned scale and shift for each channel.
# - Attention and MLP must share one scale and one shift for each channel
#   + Only 2·C parameters of 12·C² + 4·C are saved, and every channel has to serve both layers with the same factor.
# - The MLP reads what attention has read
#   - It still reads the stream behind attention. Only the scale and the shift are the same.
#
# **3.** Why does a pre-norm model need a norm at its very end, and a post-norm model does not?
#
# - A pre-norm model is deeper
#   - Depth is the same in both.
# - In pre-norm nothing normalises the stream itself
#   + It reaches the head with whatever size 24 additions have given it. A post-norm block ends with a norm.
# - The head needs numbers with a mean of 0
#   - The head is a matrix product, and takes any numbers. Their *size* matters for the softmax behind it.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** twelve plain blocks stayed at 2.77 nats, which is guessing. Twelve pre-norm blocks went
# below 1 with each of five seeds, at the same rate and in fewer steps. A block has 12·C² + 4·C parameters, and at the
# start each of its layers adds about two percent to the stream, on average.
#
# **What is missing:** a block reads vectors and gives vectors. **Lesson 07, the GPT**, puts embeddings before the
# blocks, a norm and a head after them, and so makes a language model.
#
# The exercises are in `exercises/06_block.ipynb`.
