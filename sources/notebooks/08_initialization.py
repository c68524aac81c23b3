# %% [markdown]
# # 08 · Initialization
#
# **When you finish, you can**
# - predict how large activations and gradients become in a deep stack, from one number: the deviation of its weights;
# - say which layers of GPT-2 start smaller than the others, and why, and check it on a model of 32 blocks;
# - write the rules of a model's first weights as data, and test that each parameter obeys its own;
# - tell from the first loss whether a model was initialized as it should be.
#
# **What you need first:** lesson 06 (the residual stream) and lesson 07 (the whole GPT). From statistics: the variance
# of a sum of independent numbers is the sum of their variances.
#
# **Time:** about 60 minutes, and one hour for the exercises.
#
# **The question.** Before its first step a model knows nothing; all its weights are noise. **Can noise be right or
# wrong?** Two untrained models have the same shape. One says "I don't know" and starts to learn at once. The other is
# certain of nonsense, and must first learn that it is wrong. The only difference is a factor in their first weights.
#
# Letters: `B` batch, `T` tokens, `C` width, `L` number of blocks, `V` vocabulary, `σ` standard deviation ("deviation").

# %%
import math
import statistics
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from course_lib.config import GPTConfig
from course_lib.corpus import load_stories
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT, next_token_loss
from course_lib.initialization import STD, assign_rules, gpt2_rules, initialize, residual_std
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.tokenization import train_tokenizer


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** The map of the GPT of lesson 07. Every room is built. No single room is lit, because in this lesson
# *all* of them get their first numbers. Look at the plus signs of the open block: what is added there will matter most.

# %% fold="drawing"
diagram.model(GPT(GPTConfig(), seeded()))

# %% [markdown]
# ### Two models before their first step
#
# Both have the same configuration and read the same batch. One was drawn by the rules of this lesson, in the other the
# numbers of the token embedding are 50 times as large (section 5 says why 50). What does each believe about the next
# token, and how often is it right? The vocabulary has 10,000 tokens, so a model that knows nothing and says so gives
# each of them a probability of about 1/10,000 = 0.0001.

# %%
texts = load_stories(n=2_000)["text"]
tokenizer = train_tokenizer(texts, vocab_size=10_000)
tokens = torch.tensor([token for text in texts for token in tokenizer.encode(text).ids])  # (N,)
V = 10_000
batches = BatchLoader(TokenDataset(tokens, seq_len=64), batch_size=16)
x, y = next(iter(batches))  # both (16, 64)

config = GPTConfig(vocab_size=V, seq_len=64, n_layer=4, n_embd=100, n_head=5)


# %%
def best_guess(factor: float) -> tuple[float, float, float]:
    """Mean probability of the model's best guess; in how many percent it is right; in how many the token just read."""
    model = GPT(config, seeded())
    with torch.no_grad():
        model.token_embedding.weight.mul_(factor)
        best = model(x).softmax(dim=-1).max(dim=-1)  # probability and id of the best guess, both (B, T)
    right, again = (100 * (best.indices == wanted).float().mean().item() for wanted in (y, x))
    return best.values.mean().item(), right, again


# %% fold="setup"
for name, factor, sure, within in (("by the rules", 1, 0.0004, 0.0003), ("50 times as large", 50, 1.0, 0.1)):
    probability, right, again = best_guess(factor)
    print(f"embedding {name}:")
    measured("  probability of its best guess", probability, about=sure, within=within)
    measured("  the best guess is right:", right, about=0.5, within=1.5, digits=1, unit="% of the tokens")
    measured("  it repeats the token just read:", again, about=90, within=20, digits=2, unit="% of the tokens")

# %% [markdown]
# Neither knows anything. But the first says so: even its best guess has a probability of a few in 10,000. The second is
# certain, and nearly always wrong. (Why is it right in one of a hundred, and not in one of 10,000? Both mostly guess
# that the token just read comes again: section 5 explains why. In these stories about one token in a hundred does
# repeat the one before it, a line break after a line break.)
#
# Where do such sizes come from? Begin with one layer.
#
# ## 1 · One layer multiplies the deviation
#
# A linear layer without bias computes $y_i = \sum_{j=1}^{C} W_{ij}\, x_j$: a sum of $C$ products. Let the $x_j$ have
# deviation 1, and the weights be independent with mean 0 and deviation $\sigma$.
#
# **Guess first.** The course's model has $C = 100$. What deviation do the outputs have for $\sigma = 0.3$?

# %%
guess = ...  # a number

# %%
C = 100
inputs = torch.randn(2_000, C, generator=seeded())  # 2,000 inputs with deviation 1
W = torch.randn(C, C, generator=seeded(1))  # weights with deviation 1
after = {sigma: (inputs @ (sigma * W).T).std().item() for sigma in (0.3, 0.1, 0.02)}
reveal("deviation of the outputs for σ = 0.3", round(after[0.3], 2), guess)
reveal("for σ = 0.1 and σ = 0.02", f"{after[0.1]:.2f} and {after[0.02]:.2f}")

# %% [markdown]
# **Why?** In two steps.
#
# 1. *One product.* $W_{ij}$ and $x_j$ are independent and both have mean 0. Then the variance of their product is the
#    product of their variances, $\sigma^2 \cdot 1$.
# 2. *The sum.* The variances of $C$ independent products add up:
#
# $$\operatorname{Var}(y_i) = C\,\sigma^2 \qquad\Longrightarrow\qquad \text{deviation of } y = \sigma\sqrt{C}$$
#
# With $C = 100$ that is 3, 1 and 0.2 for the three deviations, as measured. One value is special:
# $\sigma = 1/\sqrt{C} = 0.1$ leaves the deviation as it is.
#
# ## 2 · Depth takes the factor to a power
#
# Twelve layers one after the other multiply twelve times. A factor of 0.2 becomes $0.2^{12} \approx 4 \cdot 10^{-9}$, a
# factor of 3 becomes $3^{12} \approx 500{,}000$.
#
# And the gradient? It starts behind layer 12 and goes back to the input, through the same matrices.
#
# **Guess first.** For $\sigma = 0.3$ the activations grow 500,000 times on their way forward. Behind layer 12 let the
# gradient have the deviation 1. Which deviation does it have when it arrives at the input?

# %%
guess = ...  # a number

# %%
DEPTH = 12
SIGMAS = (0.02, 0.1, 0.3)


def through_a_plain_stack(sigma: float) -> tuple[list[float], list[float], list[float]]:
    """Deviations without residual or norm: of the activations after each layer, of the gradients of these, and of the
    gradients of each layer's weights."""
    activations, weights = [torch.randn(256, C, generator=seeded(), requires_grad=True)], []
    draws = seeded(1)
    for _ in range(DEPTH):
        weights.append((torch.randn(C, C, generator=draws) * sigma).requires_grad_())
        activations.append(activations[-1] @ weights[-1].T)
        activations[-1].retain_grad()
    activations[-1].backward(torch.randn(256, C, generator=draws))
    forward = [a.std().item() for a in activations]
    return forward, [a.grad.std().item() for a in activations], [W.grad.std().item() for W in weights]


through = {sigma: through_a_plain_stack(sigma) for sigma in SIGMAS}

# %% fold="setup"
arrives = through[0.3][1][0]
reveal("deviation of the gradient at the input", approx(arrives, about=530_000, within=200_000, digits=1), guess)

# %% fold="drawing"
fig, (forward, backward) = plotting.figure(
    title="Only σ = 1/√C keeps activations and gradients alive through 12 plain layers",
    xlabel="layer",
    columns=2,
)
for sigma, (activations, gradients, _) in through.items():
    forward.semilogy(activations, marker="o", label=f"σ = {sigma}")
    backward.semilogy(gradients, marker="o", label=f"σ = {sigma}")
forward.set(ylabel="deviation of the activations", title="forward")
backward.set(ylabel="deviation of the activations' gradient", title="backward, read from right to left")
forward.legend()
plotting.show(
    fig,
    alt="Two log-scale line charts over 12 layers. With σ = 0.02 activations fall to a billionth, with σ = 0.3 they "
    "grow a half-millionfold, with σ = 0.1 they stay at 1. Gradients do the same from the last layer to the first.",
    folded="Activations on their way forward, gradients on their way back",
)

# %% [markdown] fold="What the picture shows"
# On a logarithmic axis a constant factor is a straight line. Going back, the gradient is multiplied by $W^T$, which has
# the same deviation as $W$. So it grows and shrinks by the same factor as the activations: about 500,000 times for
# $\sigma = 0.3$, and down to $4 \cdot 10^{-9}$ for $\sigma = 0.02$. Only $\sigma = 0.1$ stays level, both ways.

# %% [markdown]
# **And what do the weights get?** The picture shows gradients of *activations*. The gradient of a weight is a product:
# the gradient behind its layer, times the input of its layer. The input has come through the layers before, and the
# gradient through the layers behind. Together that is always eleven layers, wherever the weight stands. (And 256 inputs
# are added up, with random signs: that makes $\sqrt{256} = 16$ times as much.)

# %%
for sigma, (_, _, of_weights) in through.items():
    predicted = 16 * (sigma * math.sqrt(C)) ** 11
    first, last = (
        approx(value, about=predicted, within=predicted / 3, digits=1) for value in (of_weights[0], of_weights[-1])
    )
    print(f"σ = {sigma:<4}  gradient of the weights in the first layer {first}, in the last {last}")

# %% [markdown]
# The first layer gets as much as the last. With $\sigma = 0.02$ **all** weights get less than a millionth, and plain
# gradient descent hardly moves any of them. With $\sigma = 0.3$ all get millions, and their first step is far too
# large. So deep stacks of plain layers could hardly be trained. Three answers:
#
# - **Glorot and Bengio** (2010, also called *Xavier*) chose $\sigma$ between $1/\sqrt{\text{inputs}}$, which keeps
#   activations, and $1/\sqrt{\text{outputs}}$, which keeps gradients. A matrix that is not square cannot keep both.
# - **He and others** (2015, also called *Kaiming*) doubled the variance of the weights for ReLU. ReLU sets half of the
#   numbers to 0, so only half of the sum is left.
# - **Norms and residuals** (lesson 06) helped still more: a norm resets the deviation to 1 in front of each branch, and
#   a residual gives gradients a way around the branch.
#
# A GPT has norms and residuals. So is it safe whatever its weights are? Nearly. One thing still adds up.

# %% [markdown]
# ## 3 · The residual stream adds up
#
# Each block adds twice to the stream: what its attention gathered, and what its MLP made of it. Nothing resets the
# stream, because the norms stand *inside* the branches and not on the stream (pre-norm).
#
# **Guess first.** Let all matrices start with the deviation 0.02. A stack of 32 blocks makes 8 times as many additions
# as a stack of 4. By which factor is the deviation at its end larger?

# %%
guess = ...  # a number


# %%
def stream_deviations(model: GPT) -> list[float]:
    """Deviation of the residual stream after each block, for a batch of random tokens."""
    deviations = []
    hooks = [
        block.register_forward_hook(lambda module, inputs, output: deviations.append(output.std().item()))
        for block in model.blocks
    ]
    with torch.no_grad():
        model(torch.randint(model.config.vocab_size, (4, 64), generator=seeded(2)))
    for hook in hooks:
        hook.remove()
    return deviations


def same_for_all(n_layer: int) -> tuple:
    """Rules by which all matrices start with 0.02 (section 4 shows what a rule is)."""
    # without the two rules for the writers ("_proj"), the last rule, 0.02 for every weight, takes their matrices too
    return tuple(rule for rule in gpt2_rules(n_layer) if "_proj" not in rule.pattern)


# %%
def model_with(rules: tuple, n_layer: int) -> GPT:
    """A GPT of `n_layer` blocks whose weights are drawn by `rules`."""
    model = GPT(GPTConfig(vocab_size=1_000, seq_len=64, n_layer=n_layer))
    initialize(model, rules, seeded())
    return model


def factor_of_depth(rules_for: Callable[[int], tuple]) -> float:
    """Deviation at the end of 32 blocks over that at the end of 4."""
    shallow, deep = (stream_deviations(model_with(rules_for(L), L))[-1] for L in (4, 32))
    return deep / shallow


# %% fold="setup"
reveal("factor", approx(factor_of_depth(same_for_all), about=2.8, within=0.2, digits=2), guess)

# %% [markdown] fold="Why this factor"
# Let the stream start with deviation $s$ and each addition have deviation $a$. If the additions are independent, their
# variances add up, and after $L$ blocks
#
# $$\text{deviation} = \sqrt{s^2 + 2L\,a^2}$$
#
# After many blocks $2L\,a^2$ is far larger than $s^2$, so the deviation grows like $\sqrt{L}$. So 8 times as many
# additions make it $\sqrt 8 \approx 2.8$ times as large.

# %% [markdown]
# A block at the end adds to a stream that is already large, so it changes little. GPT-2's remedy: the two layers of a
# block that write into the stream, the last one of the attention (`out_proj`) and the last one of the MLP
# (`down_proj`), start smaller. We call these two layers the **writers**. By which factor? There are $2L$ additions. If
# the weights of a writer are multiplied by $1/\sqrt{2L}$, what it adds is multiplied by $1/\sqrt{2L}$ too, and its
# variance by $1/(2L)$. Then the variances of all $2L$ additions sum up to that of *one* addition, at every depth. Do
# they?

# %%
measured("factor with the remedy, 32 blocks over 4", factor_of_depth(gpt2_rules), about=1.0, within=0.1, digits=2)

# %% [markdown]
# The picture shows the whole way through 32 blocks. The curve is $\sqrt{s^2 + 2 \cdot \text{block} \cdot a^2}$: each
# block makes two additions. Here $s$ is the deviation at the start, and $a$ that of one addition.

# %%
L = 32
deviations = {
    "σ = 0.02 everywhere": stream_deviations(model_with(same_for_all(L), L)),
    "writers scaled by 1/√(2L)": stream_deviations(model_with(gpt2_rules(L), L)),
}
blocks = np.arange(1, L + 1)
plain = deviations["σ = 0.02 everywhere"]
start = math.sqrt(2) * STD  # the stream begins as the sum of two embeddings, each with deviation 0.02
added = math.sqrt((plain[-1] ** 2 - start**2) / (2 * L))  # deviation of one addition, from the end of the curve
predicted = np.sqrt(start**2 + 2 * blocks * added**2)
excess = 100 * (predicted[:8] / np.array(plain[:8]) - 1)  # of the first eight blocks

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Without the remedy the stream grows like √depth",
    xlabel="block",
    ylabel="deviation of the residual stream",
)
for name, values in deviations.items():
    axes.loglog(blocks, values, marker="o", linestyle="none", label=name)
axes.loglog(blocks, predicted, color="black", linewidth=1, label="√(s² + 2·block·a²)")
axes.set_xticks([1, 2, 4, 8, 16, 32], ["1", "2", "4", "8", "16", "32"])
axes.set_yticks([0.03, 0.05, 0.1, 0.2], ["0.03", "0.05", "0.1", "0.2"])
axes.minorticks_off()
axes.legend()
plotting.show(
    fig,
    alt="Log-log chart of the stream's deviation against the block, 1 to 32. Without the remedy it climbs from 0.05 "
    "to 0.27 along the predicted root curve; with it it stays between 0.029 and 0.041.",
)

# %%
print(f"start of the stream: {start:.3f}")
print(f"the curve lies {excess.min():.0f} to {excess.max():.0f} % above the first eight blocks")
for name, values in deviations.items():
    print(f"{name:26} block 1: {values[0]:.3f}, block 32: {values[-1]:.3f}, factor {values[-1] / values[0]:.2f}")
for depth in (4, 32, 100):
    end = stream_deviations(model_with(gpt2_rules(depth), depth))[-1]
    together = math.sqrt(end**2 - start**2)  # of all additions
    print(f"with the remedy, {depth:3} blocks: all additions {together:.3f}, the stream at the end {end:.3f}")

# %% [markdown]
# The points follow a curve with one fitted number, $a$. (It lies above the first points: the number is fitted at the
# end, and the first additions are a little smaller.) A formula of one line describes 32 blocks to within a tenth,
# because before training their parts are nearly independent.
#
# From block 1 to block 32 the stream grows to more than five times its size without the remedy, and to 1.4 times with
# it. Why does it still grow a little? All additions together are about as large as the start, and
# $\sqrt{0.028^2 + 0.030^2} = 0.041$. That is so at *any* depth: a model of 100 blocks ends there, too.
#
# **You can now do exercise 1** (twelve layers)**, exercise 2** (what adds up) **and exercise 3** (how fast the stream
# grows).

# %% [markdown]
# ## 4 · The rules, as data
#
# GPT-2's rules fit into a table. In `course_lib.initialization` they **are** one: each rule is a pattern for names, a
# deviation and a mean, and the first pattern that matches decides. In a pattern `*` stands for any letters, so
# `*.bias` matches every name that ends in `.bias`:

# %%
for rule in gpt2_rules(n_layer=6):
    print(f"{rule.pattern:20} mean {rule.mean:.0f}   deviation {rule.std:.5f}")

# %% [markdown]
# - **Norms** start as "change nothing": scale 1, shift 0.
# - **Biases** start at 0. Noise in them would be of no use.
# - **Writers** start with $0.02/\sqrt{2L}$. For $L = 6$ that is $0.02/\sqrt{12} = 0.00577$.
# - **All others**, embeddings too, start with 0.02. (OpenAI's own code starts the table of positions with 0.01; later
#   programs, this course among them, take 0.02 for it, too.) Why 0.02? For GPT-2's width, 768, it is about half of
#   $1/\sqrt{768} = 0.036$: small enough for a quiet start. At our width $1/\sqrt{C}$ is 0.1, so 0.02 is a fifth of
#   it. In section 2 that was too small, because layer stood behind layer. Here each branch begins with a norm, and the
#   stream goes past the branch. (Lesson 10 scales 0.02 with the width.)
#
# `assign_rules` says which parameter got which rule, and refuses a parameter that no rule covers. So the rules can
# be looked at and tested *before* a single number is drawn:

# %%
model = GPT(GPTConfig(n_layer=4), seeded())
for name, rule in assign_rules(model, gpt2_rules(4))[:8]:
    print(f"{name:36} {rule.pattern:20} {rule.std:.5f}")

# %% [markdown]
# Does the model obey? The deviation of $n$ normal draws is itself off by about $\sigma/\sqrt{2n}$, as statistics tells:
# for 10,000 weights by 0.7 %. So a measured value may differ from its rule by a few of these, and not by more. We
# measure each weight's distance from its rule in this unit, the sampling error. Nearly all distances should lie between
# −3 and 3.

# %%
parameters = dict(model.named_parameters())
drawn = [(name, rule.std) for name, rule in assign_rules(model, gpt2_rules(4)) if rule.std > 0]
off_by = []
for name, std in drawn:
    values = parameters[name].detach()
    sampling_error = std / math.sqrt(2 * values.numel())
    off_by.append((values.std().item() - std) / sampling_error)

print("weights drawn at random:", len(off_by))
measured("the farthest is off by", max(map(abs, off_by)), about=2, within=2, digits=2, unit="sampling errors")

# %% [markdown]
# Now look at the draws themselves. Of normal draws 99.7 % lie within three deviations of the mean: the dashed lines of
# the picture, at ±3σ. For the writers of a model of 4 layers that is $3 \cdot 0.02/\sqrt{8} = 0.0212$, for the
# embeddings 0.06.


# %% fold="drawing"
def show_histograms(model: GPT) -> None:
    """Weights of four kinds, with the normal density that their rule predicts."""
    kinds = {
        "out_proj": ("attention.out_proj.weight", residual_std(4)),
        "down_proj": ("mlp.down_proj.weight", residual_std(4)),
        "up_proj": ("mlp.up_proj.weight", STD),
        "embedding": ("token_embedding.weight", STD),
    }
    fig, panels = plotting.figure(
        title="The weights fill the predicted densities; those of the writers are narrower",
        xlabel="weight",
        ylabel="density",
        columns=4,
        size=(3.4, 3.2),
    )
    grid = np.linspace(-0.08, 0.08, 200)
    for axes, (kind, (ending, sigma)) in zip(panels, kinds.items(), strict=True):
        values = torch.cat([p.detach().flatten() for name, p in model.named_parameters() if name.endswith(ending)])
        axes.hist(values.numpy(), bins=80, range=(-0.08, 0.08), density=True, alpha=0.5)
        axes.plot(grid, np.exp(-(grid**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)), color="black")
        axes.set_title(f"{kind}: 3σ = {3 * sigma:.4f}")
        for edge in (-3 * sigma, 3 * sigma):
            axes.axvline(edge, linestyle="--", color="grey")
    plotting.show(
        fig,
        alt="Four histograms of weights with the predicted bell curve over each. out_proj and down_proj have "
        "three-sigma edges at 0.0212, up_proj and the embedding at 0.06. Bars and curves agree.",
    )


show_histograms(model)

# %% [markdown]
# ### A mistake that people really make
#
# Some programs mark the writers with a flag on the module, and the rule then looks for the flag. It works until
# somebody replaces a layer, and then it fails without an error:


# %%
def initialize_by_flag(module: nn.Module) -> None:
    """Scale down what carries the flag `residual`."""
    if isinstance(module, nn.Linear):
        scale = 1 / math.sqrt(2 * 4) if hasattr(module, "residual") else 1.0
        nn.init.normal_(module.weight, std=STD * scale, generator=seeded())


attention = GPT(GPTConfig(n_layer=4)).blocks[0].attention
attention.out_proj.residual = True  # the flag: an attribute that nothing declares
attention.apply(initialize_by_flag)  # torch calls the function with each layer
print(f"flagged:            {attention.out_proj.weight.std():.4f}")

attention.out_proj = nn.Linear(100, 100, bias=False)  # a colleague tries another layer here, a month later
attention.apply(initialize_by_flag)
print(f"after the exchange: {attention.out_proj.weight.std():.4f}")

# %% [markdown]
# No error, no warning: only a layer that starts nearly three times as large as it should. The flag lived on the
# *object*, and the object is gone. A misspelt flag (`residul`) fails in the same way.
#
# A table of names is another matter: it goes by the name, so a new layer under the old name gets the old rule. And it
# can be read *before* anything is drawn. A parameter that no rule covers is an error:

# %%
try:
    assign_rules(attention, (gpt2_rules(4)[2],))  # one rule alone
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# One hole is left. GPT-2's last pattern, `*.weight`, takes every weight that the others do not take. A writer with
# *another* name silently gets 0.02. So count: a model of $L$ blocks must have exactly $2L$ weights with the writers'
# rule.


# %%
def writers(model: nn.Module) -> int:
    """How many weights start by the writers' rule."""
    return sum(rule.std == residual_std(4) for _, rule in assign_rules(model, gpt2_rules(4)))


renamed = GPT(GPTConfig(n_layer=4))
renamed.blocks[0].attention.output = renamed.blocks[0].attention.out_proj  # the same layer under another name
del renamed.blocks[0].attention.out_proj
print(f"writers, 2·L = 8 are wanted: {writers(GPT(GPTConfig(n_layer=4)))}; with one renamed: {writers(renamed)}")

# %% [markdown]
# **You can now do exercise 4** (the rules as a function).
#
# ## 5 · The tied head and the first loss
#
# The last room before the head is a norm, so each number that reaches it has variance 1. A logit is a sum of $C$
# products with weights of deviation $\sigma$:
#
# $$\text{deviation of the logits} = \sigma\sqrt{C}$$
#
# Small logits mean nearly equal probabilities, and a loss of about $\ln V$: "I don't know". Large logits mean
# certainty, and since the model knows nothing, it is certain of the wrong thing.
#
# The head is tied to the token embedding, and `nn.Embedding` by itself starts with $\sigma = 1$: 50 times 0.02, as in
# the second model at the beginning. `nn.Linear` has a start of its own: it draws evenly between $-1/\sqrt{C}$ and
# $1/\sqrt{C}$, and that has $\sigma = 1/\sqrt{3C}$. So the order matters: **first tie, then draw.** If you draw one of
# the two weights, and then put the *other* one in its place, the drawn numbers are lost.
#
# **Guess first.** A model that says "I don't know" has a loss of $\ln 10{,}000 = 9.2$. What is the first loss with
# $\sigma = 1$, where $C = 100$ and $V = 10{,}000$? (First work out one logit: that of the token just read. Its vector
# is nearly all of the stream, and the head's row for it is the same vector. What is the product of that vector with
# itself?)

# %%
guess = ...  # nats per token


# %%
def first_logits_and_loss(sigma: float) -> tuple[float, float]:
    """Deviation of the logits and loss of an untrained model whose tied embedding has deviation `sigma`."""
    model = GPT(config, seeded())
    with torch.no_grad():
        model.token_embedding.weight.mul_(sigma / STD)
        logits = model(x)  # (B, T, V)
        return logits.std().item(), next_token_loss(logits, y).item()


sigmas = np.logspace(-3, 0, 13)
points = [first_logits_and_loss(sigma) for sigma in sigmas]
ours, unit = first_logits_and_loss(STD), first_logits_and_loss(1.0)

# %% fold="setup"
reveal("first loss with σ = 1", approx(unit[1], about=98, within=8, digits=2), guess)
reveal("first loss with σ = 0.02", approx(ours[1], about=9.21, within=0.1))
reveal("deviation of the logits with σ = 1, where σ·√C is 10", approx(unit[0], about=10, within=1))

# %% fold="drawing"
fig, (logits, loss) = plotting.figure(
    title="The first loss of an untrained model leaves ln V when the logits' deviation reaches 1",
    xlabel="σ of the tied embedding",
    columns=2,
)
logits.loglog(sigmas, [deviation for deviation, _ in points], marker="o", label="measured")
logits.loglog(sigmas, sigmas * math.sqrt(config.n_embd), color="black", linewidth=1, label="σ·√C")
logits.set_ylabel("deviation of the logits")
logits.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
loss.loglog(sigmas, [value for _, value in points], marker="o", label="measured")
loss.axhline(math.log(V), color="black", linewidth=1, label="ln V")
loss.set_ylabel("first loss (nats per token)")
loss.set_yticks([10, 20, 50, 100], ["10", "20", "50", "100"])
for axes in (logits, loss):
    axes.axvline(STD, linestyle="--", color="grey", label="σ = 0.02")
    axes.set_xticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    axes.minorticks_off()
    axes.legend()
plotting.show(
    fig,
    alt="Left: the logits' deviation grows in proportion to σ, along σ times the root of C. Right: the first loss "
    "stays at ln V up to about σ = 0.1 and then rises steeply, to nearly a hundred nats at σ = 1.",
    folded="Logits and first loss against σ",
)

# %% [markdown] fold="Why this number"
# It is nearly 100. When one logit is far larger than all others, the loss is that logit minus the logit of the right
# token. The largest of ten thousand normal numbers is nearly 4 deviations from 0, here near 40. So certainty of some
# wrong token would cost about 40 nats. But there is more.
#
# The head is **tied**: its rows are the vectors $e$ of the tokens. With σ = 1 the vector of the token just read is by
# far the largest part of the stream, and its deviation is 1 already, so it passes the final norm nearly unchanged. Its
# product with its own row is
#
# $$e \cdot e = \sum_{j=1}^{C} e_j^2 \approx C \cdot 1 = 100$$
#
# So the model is certain that the token just read comes again. It hardly ever does, and that costs about 100 nats.
# Lesson 09 meets the same mistake in a narrower model. (With σ = 0.02 the token just read has mostly the largest logit,
# too, but a harmless one of about 1. That is why it was mostly the best guess of the first model.)
#
# The number does not depend on the vocabulary. With $\sigma = 1$ the first loss is about $C$, in the course's model
# near 100, in one of GPT-2's width near 768.

# %% [markdown]
# **Remember this test.** The first loss of any language model should be close to $\ln V$. If it is not, look at the
# initialization first. The test takes one forward pass.
#
# **You can now do exercise 5** (the first logits) **and exercise 6** (initialized before the tie).

# %% [markdown]
# ## 6 · Does it still matter after 75 steps?
#
# Four starts of the same model: by the rules; with 0.02 for the writers, too; with the embedding at $\sigma = 1$; and
# with all weights ten times as large as by the rules. A result of one run could be chance, so each start is tried with
# five seeds: five draws of the weights, and five orders of the batches. To make that quick, the vocabulary has 2,000
# tokens here, so $\ln V = 7.6$.
#
# **Guess first.** By the rules the loss falls from 7.6 to about 5.6 in 75 steps. Where is the model with $\sigma = 1$
# then, which started near 100?

# %%
guess = ...  # nats per token


# %%
def writers_like_all_others(model: GPT) -> None:
    """Give the writers 0.02, too: the same draws, √(2L) times as large."""
    for name, weight in model.named_parameters():
        if name.endswith(("out_proj.weight", "down_proj.weight")):
            weight.mul_(math.sqrt(2 * model.config.n_layer))


STARTS = {
    "by the rules": lambda model: None,
    "0.02 for the writers too": writers_like_all_others,
    "embedding with σ = 1": lambda model: model.token_embedding.weight.mul_(1 / STD),
    "all weights ten times as large": lambda model: [p.mul_(10) for p in model.parameters() if p.dim() > 1],
}
STEPS, SEEDS, LAST = 75, 5, 10
small = GPTConfig(vocab_size=2_000, seq_len=64, n_layer=4, n_embd=100, n_head=5)
small_tokenizer = train_tokenizer(texts, vocab_size=small.vocab_size)
windows = TokenDataset(torch.tensor([token for text in texts for token in small_tokenizer.encode(text).ids]), 64)


def losses_from(change: Callable[[GPT], object], seed: int) -> list[float]:
    """Loss at each of the first steps of a model whose weights were changed before them."""
    model = GPT(small, seeded(seed))
    with torch.no_grad():
        change(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _, (x, y) in zip(range(STEPS), BatchLoader(windows, batch_size=4, seed=seed), strict=False):
        loss = next_token_loss(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


curves = {name: [losses_from(change, seed) for seed in range(SEEDS)] for name, change in STARTS.items()}
last = {name: [statistics.fmean(curve[-LAST:]) for curve in five] for name, five in curves.items()}

# %% fold="setup"
reveal(
    "loss of the model with σ = 1, mean of the last ten steps and of five seeds",
    approx(statistics.fmean(last["embedding with σ = 1"]), about=13.2, within=2.5, digits=3),
    guess,
)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Two of three wrong starts still cost after 75 steps",
    xlabel="step",
    ylabel="loss (nats per token)",
)
for name, five in curves.items():
    spread = np.array(five)  # (seeds, steps)
    axes.semilogy(spread.mean(axis=0), label=name)
    axes.fill_between(range(STEPS), spread.min(axis=0), spread.max(axis=0), alpha=0.25)
axes.axhline(math.log(small.vocab_size), color="black", linewidth=1, label="ln V: knows nothing")
axes.set_yticks([5, 10, 20, 50, 100], ["5", "10", "20", "50", "100"])
axes.minorticks_off()
axes.legend()
plotting.show(
    fig,
    alt="Loss over 75 training steps, log axis, mean and range of five seeds. By the rules it starts at ln V and falls "
    "at once, and with 0.02 for the writers too it falls nearly as fast. With all weights ten times as large it starts "
    "higher and stays a little behind. With σ = 1 it starts near a hundred and is still above ln V at the end.",
    folded="The loss of the four starts",
)

# %% fold="setup"
usual = {
    "by the rules": (5.5, 0.6),
    "0.02 for the writers too": (5.7, 0.6),
    "embedding with σ = 1": (13.2, 2.5),
    "all weights ten times as large": (6.15, 0.4),
}
for name, (about, within) in usual.items():
    low, mean, high = (
        approx(value, about=about, within=within)
        for value in (min(last[name]), statistics.fmean(last[name]), max(last[name]))
    )
    reveal(f"{name}, five seeds", f"mean {mean}, from {low} to {high}")

# %% [markdown] fold="What it means"
# The ranges of the last two do not overlap with that of the rules, so this is not chance. Ten times too large costs
# about half a nat after 75 steps: Adam, the optimizer here, rescales every gradient, and the norms reset the
# deviations, so the model recovers. The embedding with σ = 1 costs much more. After 75 steps this model is still
# **above $\ln V$**: it predicts worse than a model that knows nothing.
#
# The writers are another matter: the first two ranges overlap. With four blocks and 75 steps we cannot see that their
# rule helps the loss. It keeps the stream of a *deep* model small (section 3), and that is all we have shown.
#
# If a curve of your picture has a narrow peak, it comes from *one* of the five runs, whose loss jumped for a batch and
# came back. A smaller learning rate in the first steps makes such jumps rarer: lesson 11 calls it warm-up.

# %% [markdown]
# We have measured the first 75 steps of a small model, and no more. What the same mistakes cost at the end of a long
# run depends on the learning rate, the depth and the data.

# %% [markdown]
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `initialization.Rule(pattern, std, mean)` | a rule: which parameters, which deviation, which mean |
# | `initialization.gpt2_rules(n_layer)` | GPT-2's five rules |
# | `initialization.residual_std(n_layer)` | $0.02/\sqrt{2L}$, for what writes into the stream |
# | `initialization.assign_rules(model, rules)` | which parameter obeys which rule; refuses a gap |
# | `initialization.initialize(model, rules, generator)` | draws every weight, once |
#

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** In a model of 24 blocks somebody starts the writers with 0.02 / √24. What is wrong with the stream?
#
# - Nothing, since 24 is the number of blocks
#   - Each block adds *twice* to the stream, so there are 48 additions.
# - It still grows like √L
#   - The factor falls with L as it should, so the additions sum up to the same at every depth.
# - All additions together have twice the variance that they should have
#   + 48 additions, and each has 1/24 of the variance: together that of two additions, at every depth.
#
# **2.** A model with $C = 768$ and $V = 50{,}257$ reports a loss of 742 at its first step. What do you check first?
#
# - The learning rate
#   - At the first step the loss is computed before any weight has changed.
# - The deviation of the embedding that the head is tied to
#   + $\ln 50{,}257 = 10.8$, so the logits are far too large, and 742 is about $C$. So the table probably kept the 1
#     that `nn.Embedding` starts with: it was never drawn, or only the head was, and then tied to a table that was not.
# - Whether the text is too hard
#   - A model that knows nothing has a loss of $\ln V$ on any text.
#
# **3.** Why do the norms inside the blocks not keep the stream from growing?
#
# - They stand in the branches, and not on the stream
#   + A norm rescales what attention or MLP *read*. What they write is added to the stream itself, and no norm touches
#     that before the final one.
# - Their scale starts at 1
#   - With scale 1 a norm resets the deviation to 1, wherever it stands. But it does not stand on the stream.
# - They keep the mean, and the mean grows
#   - A LayerNorm takes the mean away, and it is the deviation that grows.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** two sums explain what you measured. σ√C is the deviation behind one layer, √(s² + 2L·a²)
# that of the stream, which ends at 0.041 instead of 0.270 after 32 blocks. And with σ = 1 the token just read has a
# logit of about C, so the first loss is 99 instead of 9.2. After 75 steps that model is at 13 nats per token, and the
# good start at 5.6. The model is complete: it has its parts, its shape and a good start.
#
# **What is missing:** nobody but you has checked it. Before you train it, **lesson 09** compares it with torch's own
# layers.
#
# The exercises are in `exercises/08_initialization.ipynb`, in the order of this lesson: you measure
# how the stream grows, write the rules, and mend a model that was initialized before its tie.

# %% [markdown]
# ### Optional: the same on the real stories
#
# This cell needs the network. The first loss depends on the vocabulary only, not on the text: check it.

# %% tags=["skip-execution"]
real = load_stories("tinystories", split="validation", n=200)["text"]
real_tokens = torch.tensor([token for text in real for token in tokenizer.encode(text).ids])
x, y = next(iter(BatchLoader(TokenDataset(real_tokens, seq_len=64), batch_size=16)))
with torch.no_grad():
    print(f"first loss {next_token_loss(GPT(config, seeded())(x), y):.2f}, ln V {math.log(V):.2f}")
