# %% [markdown]
# # 03 · Attention from scratch
#
# **When you finish, you can**
# - turn a batch of token ids into vectors that know what each token is and where it stands;
# - compute attention by hand, as a loop and as matrix products, and say why the three agree;
# - write `scaled_dot_product_attention` with a causal mask from memory, and test it against torch;
# - say why scores are divided by √d, why the mask comes before the softmax, and what attention costs.
#
# **What you need first:** lesson 02 (batches of token ids), matrix products, and the softmax as the function that
# turns any numbers into shares of 1.
#
# **Time:** about 75 minutes, and about one hour for the exercises. The end of section 5 is a good place to stop.
#
# **The question.** *Lily and Tom saw the dog, then she ran.* You know at once who ran. A model does not: to it, `she`
# is one row of a table, the same row in every story that was ever written. **How can the vector of `she` come to
# contain Lily?** (The table of counts in lesson 02 could not know it. It was best with the last three or four
# tokens, and *Lily* stands further back.)
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width of a token's vector, `d` width of a query and of a key,
# `V` vocabulary.

# %%
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from course_lib import attention
from course_lib.config import GPTConfig
from course_lib.corpus import load_stories
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT
from course_lib.show import diagram, plotting, profiling
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.sentence import MEANINGS, WORDS, Sentence
from course_lib.tokenization import train_tokenizer

_ = torch.manual_seed(0)

# %% [markdown]
# **Where we are.** This is the whole model that you will have built after lesson 07, with the number of its parameters
# in every part. In this lesson you build the room that is lit; the others follow one by one. Their names need not mean
# anything to you yet.

# %% fold="drawing"
diagram.model(GPT(GPTConfig()), lit="attention")

# %% [markdown]
# ## 1 · A batch becomes vectors
#
# Lesson 02 ended with batches of token ids, 32 windows of 128 tokens. Here is one.

# %%
texts = load_stories(n=500)["text"]
tokenizer = train_tokenizer(texts)
tokens = torch.tensor([token for text in texts for token in tokenizer.encode(text).ids])  # (N,)
windows = BatchLoader(TokenDataset(tokens, seq_len=128), batch_size=32, shuffle=False)  # the first begins a story
x, _ = next(iter(windows))  # (B, T)

print("x:", tuple(x.shape))
print(tokenizer.decode(x[0, :24].tolist()))

# %% [markdown]
# An id is only a name. A model works with vectors, so two tables turn names into vectors:
#
# - the **token embedding** has one row of `C` numbers for each token of the vocabulary: *what* stands here;
# - the **position embedding** has one row of `C` numbers for each position in the window: *where* it stands.
#
# A token's vector is the sum of its two rows. All numbers start at random and are learned later.

# %%
config = GPTConfig()  # vocab_size 10,000, seq_len 128, n_embd 100
token_embedding = nn.Embedding(config.vocab_size, config.n_embd)  # V rows of C numbers
position_embedding = nn.Embedding(config.seq_len, config.n_embd)  # T rows of C numbers

what = token_embedding(x)  # (B, T, C)
where = position_embedding(torch.arange(x.shape[1]))  # (T, C), the same for every window
embedded = what + where  # (B, T, C): torch repeats `where` along B

print(f"{tuple(what.shape)} + {tuple(where.shape)} = {tuple(embedded.shape)}")

# %% [markdown]
# The sum is `(32, 128, 100)`: the shape that runs through the whole model, from here to the last layer.
#
# Now look at what these vectors do **not** know. The batch has ` the` at 111 places, in many different sentences. In
# the token table all of them share one row.
#
# **Guess first.** How many different vectors do the 111 have once the positions are added?

# %%
guess = ...  # a whole number from 1 to 111

# %%
is_the = x == tokenizer.token_to_id("Ġthe")  # (B, T); Ġ is how byte-level BPE writes the space before a word
reveal("different vectors, with positions", len(embedded[is_the].unique(dim=0)), guess)
print(f"places: {is_the.sum()}, different rows of the token table: {len(what[is_the].unique(dim=0))}")

# %% [markdown] fold="Why"
# Only 72 different positions occur among the 111 places. Two ` the` at the same position of two windows have the same
# vector, whatever the two stories are about.

# %% [markdown]
# *The dog*, *the park*, *the end*: the position tells where ` the` stands, but not which other tokens stand around it.
# Nothing so far lets one token see another.
#
# Attention is the only part of a GPT that does that. The rest of this lesson builds it.

# %% [markdown]
# ## 2 · One query, by hand
#
# Think of a row of boxes. Each token owns one, with a label outside and something inside. Another token walks along the
# row with a wish. It compares its wish with every label, and takes something from each box: much where the label fits,
# hardly anything where it does not.
#
# - the wish is the **query** $q$: what am I looking for?
# - the label is the **key** $k_j$: what can I be found by?
# - the content is the **value** $v_j$: what do I give to those who find me?
#
# How well a label fits is measured by a dot product, the *score*. A softmax turns scores into *weights* that sum to 1.
# The result is the weighted mean of the values:
#
# $$s_j = \frac{q \cdot k_j}{\sqrt d} \qquad\qquad w_j = \frac{e^{s_j}}{\sum_i e^{s_i}}
# \qquad\qquad \text{output} = \sum_j w_j\, v_j$$
#
# Here $q$ and each $k_j$ have `d` numbers; each $v_j$ may have another width, and the output has that of $v_j$.
#
# The $\sqrt d$ gets a section of its own. For now it is a number, and our query is chosen so that it cancels:
# $d = 2$, $q = (\sqrt 2, 0)$, so that $s_j$ is simply the first coordinate of $k_j$.
#
# | token | key | score | $e^{\text{score}}$ | weight | value |
# |---|---|---|---|---|---|
# | 0 | (2, 0) | 2 | 7.39 | ? | (10, 0) |
# | 1 | (0, 2) | 0 | 1.00 | ? | (0, 10) |
# | 2 | (1, 1) | 1 | 2.72 | ? | (10, 10) |
#
# **Guess first.** Take a pencil. Fill in the weights: each $e^{\text{score}}$ divided by their sum, 11.11. Then add up
# weight × value. What is the first coordinate of the output?

# %%
guess = ...  # one digit after the point is enough

# %%
q = torch.tensor([math.sqrt(2), 0.0])  # (d,)
k = torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])  # (T, d)
v = torch.tensor([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])  # (T, d)

scores = k @ q / math.sqrt(2)  # (T,)
weights = scores.exp() / scores.exp().sum()  # (T,)
output = weights @ v  # (d,)

reveal("first coordinate of the output", round(output[0].item(), 2), guess)
reveal("the three weights", [round(weight, 2) for weight in weights.tolist()])
reveal("the output", [round(number, 2) for number in output.tolist()])

# %% [markdown] fold="What it means"
# The output is a mixture of the three values: two thirds of token 0, a quarter of token 2, and a little of token 1.
#
# Look at the keys first. Notice that a key's weight depends on how far it reaches *in the direction of the query*, not
# on its length: key 1 is as long as key 0 and gets only 0.09.

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="A key gets weight by how far it reaches along the query", size=(5.2, 3.6))
axes.quiver(*torch.zeros(2, 3), *k.T, color=plotting.PALETTE[:3], angles="xy", scale_units="xy", scale=1)
axes.quiver(0, 0, *q, color="black", angles="xy", scale_units="xy", scale=1)
axes.plot([1, 1], [0, 1], ":", color="0.4")  # from key 2 down to its reach along the query
axes.annotate("query", q + torch.tensor([-0.1, -0.25]), ha="right")
for j in range(3):
    axes.annotate(f"key {j}, weight {weights[j]:.2f}", k[j] + 0.08)
axes.set(xlim=(-0.5, 3.6), ylim=(-0.5, 2.4), xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
plotting.show(
    fig,
    alt="The query points along key 0, which gets weight 0.67; key 2, at 45 degrees, 0.24; key 1 0.09.",
    folded="Keys and query",
)

# %% [markdown]
# Now the values, each drawn as large as its weight. The output lies inside their triangle. A weighted mean can never
# leave it: attention mixes what is there, and invents nothing.

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="The output lies nearest the heaviest value", size=(5.2, 3.8))
axes.fill(*v.T, color="0.93", zorder=0)
axes.scatter(*v.T, s=1_000 * weights, color=plotting.PALETTE[:3])
axes.scatter(*output, marker="*", s=250, color="black")
axes.annotate("output", output + torch.tensor([-0.6, 0.0]), ha="right", va="center")
for j in range(3):
    axes.annotate(f"value {j}", v[j] + torch.tensor([0.0, -1.7]), ha="center")
axes.set(xlim=(-3, 13), ylim=(-3, 12), xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
plotting.show(
    fig,
    alt="The triangle of the three values. The output lies inside it, close to value 0, the heaviest.",
    folded="Values and output",
)

# %% [markdown]
# **Try it.** Make the query ten times as long and run the three cells again. Then make it zero. What happens to the
# weights, and where does the star go?

# %% [markdown] fold="What happens"
# A long query is a strong wish, and takes from one box only. A query of zero has no wish and gets the plain mean of all
# values.

# %% [markdown]
# **You can now do exercise 3** (one query).

# %% [markdown]
# ## 3 · Every token asks: a loop
#
# In *self*-attention every token has a query of its own, and looks at the keys and values of the same sequence. All
# three come from the token's vector $x$, through three matrices that are learned:
#
# $$q = x\,W_Q \qquad k = x\,W_K \qquad v = x\,W_V$$
#
# One token's $x$ has `C` numbers, and each matrix has the shape `(C, d)`. Here `d` = `C` = 100.
#
# So what a token looks for, what it is found by and what it gives can be three different things. At first the three
# matrices are random, like the embeddings. Section 10 watches $W_Q$ and $W_K$ learn; $W_V$ comes in lesson 04.
#
# One rule is added for a model that writes. It learns to predict token $t + 1$ from the tokens up to $t$. If token $t$
# could look ahead, it would simply read the answer, and there would be nothing to learn. So **token $t$ sees the
# tokens $0 \dots t$ and no others**. In a loop that is one slice: `[: t + 1]`.

# %%
to_query, to_key, to_value = (nn.Linear(config.n_embd, config.n_embd, bias=False) for _ in range(3))  # W_Q, W_K, W_V
first = embedded.detach()[0]  # (T, C), the first window; detach: nothing is trained here
q, k, v = to_query(first).detach(), to_key(first).detach(), to_value(first).detach()  # each (T, C)

outputs = []
for t in range(len(q)):
    scores = k[: t + 1] @ q[t] / math.sqrt(q.shape[-1])  # (t + 1,): one score for each token seen
    weights = torch.softmax(scores, dim=-1)  # (t + 1,)
    outputs.append(weights @ v[: t + 1])  # (C,)
looped = torch.stack(outputs)  # (T, C)

print("in:", tuple(q.shape), " out:", tuple(looped.shape))
print("the output of token 0 is its own value:", torch.allclose(looped[0], v[0]))

# %% [markdown]
# The number of vectors and their width stay the same: attention rewrites each token's vector with the help of the
# tokens before it. The first token sees only itself, so it gets its own value back.

# %% [markdown]
# ## 4 · Matrices instead of the loop
#
# A loop over tokens in Python is slow, and a GPU would be idle most of the time. But all scores are dot products of
# rows of $Q$ with rows of $K$, and a table of all dot products of rows is a matrix product. For a whole batch at once:
#
# $$S = \frac{Q K^\top}{\sqrt d} \qquad\qquad S_{tj} = \text{how much token } t \text{ wants token } j$$
#
# Nearly everybody writes this first. Read the error before you read on.

# %%
q, k, v = (project(embedded).detach() for project in (to_query, to_key, to_value))  # each (B, T, C), the whole batch
try:
    scores = q @ k
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# `@` multiplies the last two dimensions: `(128, 100) @ (128, 100)` does not fit, and the message says that the second
# matrix should have had 100 rows. The keys must be transposed, but only in their last two dimensions: the batch stays
# where it is. That is `k.transpose(-2, -1)`. (`k.T` turns *all* dimensions round; for more than two, torch warns that
# it will be removed.)
#
# **Guess first.** What is the shape of the scores of the batch?

# %%
guess = ...  # such as (1, 2, 3)

# %%
scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, T, C) @ (B, C, T)
reveal("shape of the scores", scores.shape, guess)
reveal("how many they are", scores.numel())

# %% [markdown] fold="How to read the table"
# Row $t$ of each `(128, 128)` table holds the scores of query $t$, column $j$ those of key $j$. Half a million numbers
# for a batch whose embeddings are 410,000. **The table grows with T²**, and section 11 shows what that costs.

# %% [markdown]
# ## 5 · The causal mask
#
# The table has all pairs, and some of them look into the future. The loop never computed these pairs; here they must be
# taken out. The **causal mask** says which pairs are allowed. In this course `True` always means *may attend*:
#
# $$\text{mask}_{tj} = \text{True} \iff j \le t$$

# %%
T = 6
position = torch.arange(T)
mask = position <= position[:, None]  # (T, T): key position <= query position
print(mask.int())

# %% [markdown]
# (`torch.tril(torch.ones(T, T)).bool()` gives the same, and so does `attention.causal_mask(T)`. Beware: some of torch's
# layers, such as `nn.MultiheadAttention`, read a boolean mask the other way round, `True` for *blocked*.)
#
# How do you take a pair out? A score of 0 does not do it: $e^0 = 1$, so the pair still gets a weight. A score of
# $-\infty$ gives a weight of exactly zero, since $e^{-\infty} = 0$. So the order is: **scores, mask, softmax**.

# %%
scores = torch.randn(T, T, generator=torch.Generator().manual_seed(0))  # small, to look at
masked = scores.masked_fill(~mask, -math.inf)  # ~ is "not": fill where attending is not allowed
weights = torch.softmax(masked, dim=-1)  # over the keys, so along each row

# %% fold="drawing"
fig, panels = plotting.figure(
    title="The mask removes the future before the softmax shares out what is left", columns=3, size=(4.2, 3.6)
)
for axes, values, title in zip(panels, [scores, masked, weights], ["scores", "masked", "weights"], strict=True):
    limits = {"vmin": 0, "vmax": 1} if title == "weights" else {"vmin": -2.5, "vmax": 2.5}
    colours = plotting.SEQUENTIAL if title == "weights" else plotting.DIVERGING
    plotting.heatmap(axes, values, xlabel="key j", ylabel="query t", title=title, colours=colours, **limits)
for t, j in (~mask).nonzero().tolist():
    panels[1].text(j + 0.5, t + 0.5, "−∞", ha="center", va="center", color="0.5")
plotting.show(fig, alt="Three heatmaps of 6 by 6: the scores; the scores with −∞ above the diagonal; the weights.")

# %% [markdown]
# Read the right panel row by row. Row 0 has one allowed key, so its weight is 1 whatever the score. Further down more
# keys share the same 1. The upper triangle is not small, it is exactly 0.
#
# **Guess first.** Of the 128 × 128 = 16,384 pairs of a window, how many are allowed?

# %%
guess = ...  # a whole number

# %%
mask = attention.causal_mask(x.shape[1])  # (T, T)
scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, T, T)
weights = torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)  # (B, T, T)
output = weights @ v  # (B, T, T) @ (B, T, C) -> (B, T, C)

reveal("allowed pairs", mask.sum().item(), guess)
print("same as the loop:", torch.allclose(output[0], looped, atol=1e-5))

# %% [markdown] fold="What this means"
# T(T + 1)/2 pairs are allowed: a little more than half, since each token also sees itself.

# %% [markdown]
# The three lines with matrices give the same result as the loop. If you are ever unsure about a clever line of tensor
# code, write the loop and compare.
#
# **You can now do exercise 2** (the causal mask) **and exercise 4** (predict the weights of equal keys).

# %% [markdown]
# ### The sentence that grows
#
# Now the five ids of lesson 01, with numbers that you can check with a pencil. Each word has four numbers: who (+1 for
# her, −1 for him), somebody, an action, and its place. $x$ is the sum of token embedding and position embedding, and
# three small matrices make $q$, $k$ and $v$ of it: here $q$ is (2 · who, place, place, action), and $k$ is (who,
# somebody, 2 · action, somebody). (`course_lib/show/sentence.py` has the matrices.) A model would learn these numbers;
# here they are set by hand. The score is a sum of four products, and each product has a meaning:
#
# - 2 · who times who: a word asks for somebody like itself;
# - place times somebody: the later it stands, the louder it asks for a somebody;
# - place times 2 · action: the later it stands, the louder it asks for an action;
# - action times somebody: an action asks for somebody.

# %% fold="drawing"
sentence = Sentence()
diagram.sentence(WORDS, {"x": sentence.x, "q": sentence.q, "k": sentence.k}, names={"x": MEANINGS}, lit=4)

# %% [markdown]
# **Guess first.** The query of *she* is (2, 2, 2, 0), the key of *Lily* (1, 1, 0, 1). What is their score, the dot
# product divided by √4?

# %%
guess = ...  # a number

# %%
q, k = sentence.q, sentence.k  # (T, d) = (5, 4)
scores = (q @ k.T / math.sqrt(4)).masked_fill(~attention.causal_mask(5), -math.inf)
weights = torch.softmax(scores, dim=-1)  # (T, T)
reveal("score of she and Lily", round(scores[4, 2].item(), 2), guess)
reveal("all scores of she", [round(score, 2) for score in scores[4].tolist()])

# %% fold="drawing"
diagram.sentence(WORDS, {"weights": weights}, names={"weights": WORDS}, down=True)

# %% [markdown]
# Read the last line. *she* looks at *Lily* and at *saw* with the same weight, 0.38 each: she asks "who?" and "what is
# done?" at once, and one head has only one mean to give. Lesson 04 gives her two heads.

# %% [markdown]
# ## 6 · Three ways to get the mask wrong
#
# **Mask after the softmax.** It looks harmless: compute the weights, then set the forbidden ones to zero. The heatmap
# has the right shape, training runs, the loss falls. But the softmax divides by the sum over *all* keys, those in the
# future too, so the future still leaks through the denominator.
#
# A test shows it at once: change one token's key and value, and see whose output changes. Notice what happens *left*
# of the dashed line.


# %%
def mask_before(scores):
    return torch.softmax(scores.masked_fill(~attention.causal_mask(scores.shape[-1]), -math.inf), dim=-1)


def mask_after(scores):
    return torch.softmax(scores, dim=-1).masked_fill(~attention.causal_mask(scores.shape[-1]), 0.0)


def no_mask(scores):
    return torch.softmax(scores, dim=-1)


# %%
q, k, v = torch.randn(3, 500, 64, 16, generator=torch.Generator().manual_seed(0))  # each (B, T, d)
k_new, v_new = k.clone(), v.clone()
k_new[:, 40], v_new[:, 40] = v[:, 40], k[:, 40]  # token 40 gets another key and value

change = {}  # by the way of masking: how much the output at each position changes
for way in [no_mask, mask_after, mask_before]:
    new, old = way(q @ k_new.transpose(-2, -1) / 4) @ v_new, way(q @ k.transpose(-2, -1) / 4) @ v  # 4 = √d
    change[way.__name__] = (new - old).abs().mean(dim=(0, 2))  # (T,)
    print(f"{way.__name__:12} mean change before token 40: {change[way.__name__][:40].mean():.4f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Masked after the softmax, token 40 changes the tokens before it",
    xlabel="position of the token whose output is compared",
    ylabel="mean change of its output",
)
for (name, values), style in zip(change.items(), ["-", "--", "-"], strict=True):
    axes.step(range(64), values, style, where="mid", label=name.replace("_", " "))
axes.axvline(39.5, linestyle="--", color="black", linewidth=1)
axes.legend()
plotting.show(
    fig, alt="Change of the output by position. Only with the mask before the softmax is it 0 before token 40."
)

# %% [markdown]
# Only the mask *before* the softmax leaves the past untouched. `mask_after` leaks less than no mask at all, which only
# makes it harder to notice. In training a leak shows up as a loss that is too good to be true; in generation, where
# there is no future, the model then fails. (The rows of `mask_after` no longer sum to 1 either.)
#
# From token 40 on the curve of `mask_before` is the *highest*, and that is right: its tokens share their weight among
# fewer keys, 41 at position 40, so the one key that changed has a larger part in each. The other two divide by all 64.
#
# **A mask in place.** Methods that end in `_` write into the tensor itself. That saves memory, until the backward pass
# needs the numbers that were overwritten:

# %%
q, k = torch.randn(2, 4, 3, requires_grad=True)  # each (T, d)
scores = q @ k.T
weights = torch.softmax(scores, dim=-1)
weights.masked_fill_(~attention.causal_mask(4), 0.0)  # in place
try:
    weights.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# The *backward pass* computes gradients: how much the loss changes with each number. The gradient of a softmax is
# computed from its output, so torch had kept that output, and you wrote over it. "Is at version 1; expected version 0"
# is how torch noticed. `masked_fill` without the underscore makes a new tensor and all is well. (On `scores` before the
# softmax the in-place form happens to work, since the product above needs only `q` and `k` for its gradient. Code that
# works only by such luck may fail after the next change.)
#
# **A mask on another device.** `torch.ones(T, T)` is made on the CPU, also when `q` is on the GPU. This notebook may
# run where there is no GPU, so we use the `meta` device instead, which has shapes but no memory:

# %%
scores = torch.randn(4, 4)
elsewhere = torch.ones(4, 4, dtype=torch.bool, device="meta")
try:
    scores.masked_fill(~elsewhere, -math.inf)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# On a GPU the wording differs a little and names `cuda:0` and `cpu`. The solution is to make the mask where the scores
# are: `attention.causal_mask(T, device=scores.device)`. Never write a device's name into a model; the tensors that come
# in know their device.
#
# **You can now do exercise 5** (a mask that leaks).

# %% [markdown]
# ## 7 · Why divide by √d?
#
# Suppose the entries of $q$ and $k$ are drawn at random, independently of each other, each with mean 0 and variance 1.
# Then
# $q \cdot k = \sum_{i=1}^{d} q_i k_i$ is a sum of $d$ terms. Each term has mean $0 \cdot 0 = 0$. Its variance is the
# mean of $q_i^2 k_i^2$, which is the mean of $q_i^2$ times the mean of $k_i^2$: $1 \cdot 1 = 1$. Variances of
# independent terms add up:
#
# $$\operatorname{Var}(q \cdot k) = d \qquad\Rightarrow\qquad \text{standard deviation } \sqrt d$$
#
# **Guess first.** For d = 64, two keys have scores, not yet divided, that lie one such deviation apart. How many times
# as much weight does the softmax give to one of them as to the other?

# %%
guess = ...  # times

# %%
generator = torch.Generator().manual_seed(0)
widths = [4, 16, 64, 256, 1024]
variances = []
for d in widths:
    q, k = torch.randn(2, 512, d, generator=generator)  # each (T, d)
    variances.append((q @ k.T).var().item())

deviation = math.sqrt(variances[2])  # for d = 64

# %% fold="setup"
reveal("times as much weight", approx(math.exp(deviation), about=math.exp(8), within=700, digits=1), guess)
reveal("standard deviation for d = 64", approx(deviation, about=8, within=0.2))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="The variance of the scores is d, as theory says",
    xlabel="d, width of query and key",
    ylabel="variance of q·k",
)
axes.plot(widths, widths, color="0.5", label="theory: d")
axes.plot(widths, variances, "o", label="measured")
axes.set(xscale="log", yscale="log", xticks=widths, yticks=widths, xticklabels=widths, yticklabels=widths)
axes.minorticks_off()
axes.legend()
plotting.show(
    fig,
    alt="Variance of the dot products against d, on logarithmic axes: all points lie on the line d.",
    folded="The variance against d",
)

# %% [markdown] fold="What this means"
# Two keys whose scores differ by √64 = 8 get weights with a ratio of $e^8 \approx 3000$. The softmax has turned into
# "take the largest" before anything was learned, and which key is largest is pure chance.

# %% [markdown]
# A softmax that gives nearly all its weight to one key can hardly learn to get out of this state. By the quotient rule,
# the gradient of a weight with respect to its own score is $w\,(1 - w)$: near zero when $w$ is near 0 or near 1. A
# **saturated** softmax passes hardly any gradient on.
#
# Measure both for 64 keys: the largest weight, and $\sum_j w_j (1 - w_j)$, which says how much gradient gets through in
# total. Notice in the picture what the division does to each curve.

# %%
largest, slope = {}, {}  # by what the scores are: one number for each width
for name in ["q·k", "q·k / √d"]:
    largest[name], slope[name] = [], []
    for d in widths:
        q = torch.randn(200, 1, d, generator=generator)  # 200 trials, each with one query
        k = torch.randn(200, 64, d, generator=generator)  # and 64 keys
        scores = q @ k.transpose(-2, -1)  # (200, 1, 64)
        weights = torch.softmax(scores / math.sqrt(d) if "√" in name else scores, dim=-1)
        largest[name].append(weights.amax(dim=-1).mean())
        slope[name].append((weights * (1 - weights)).sum(dim=-1).mean())

# %% fold="drawing"
fig, panels = plotting.figure(
    title="Without 1/√d the softmax saturates as d grows: one key takes most, and the gradient shrinks",
    xlabel="d, width of query and key",
    columns=2,
)
for axes, curves, ylabel in zip(panels, [largest, slope], ["largest of 64 weights", "Σ w(1 − w)"], strict=True):
    for (name, values), style in zip(curves.items(), ["s--", "o-"], strict=True):
        axes.plot(widths, values, style, label=name)
    axes.set(ylabel=ylabel, ylim=(0, 1), xscale="log", xticks=widths, xticklabels=widths)
    axes.minorticks_off()
panels[0].legend()
plotting.show(fig, alt="Largest weight and gradient against d. Unscaled: to 1 and to 0. Scaled: both stay level.")

# %% [markdown]
# Divided by √d, the scores have variance 1 *for every width*, and both curves stay level: at the start, a model with d
# = 1024 spreads its attention as evenly as one with d = 4. Why √d and not d? Dividing by d would give variance 1/d: the
# wider the model, the more equal the weights, until attention is a plain mean.
#
# **You can now do exercise 7** (explain the root).

# %% [markdown]
# ## 8 · A softmax that survives
#
# The softmax above was $e^{s_j} / \sum_i e^{s_i}$, exactly as in the formula. In float32, $e^{89}$ is already too large
# to be stored. Notice what large scores do:

# %%
scores = torch.tensor([10_000.0, 9_999.0, -10_000.0])
print("exp:    ", scores.exp())
print("naive:  ", scores.exp() / scores.exp().sum())
shifted = (scores - scores.max()).exp()
print("shifted:", shifted / shifted.sum())

# %% [markdown]
# `inf / inf` is `nan`, "not a number", and one `nan` makes the whole model `nan` within a step. One subtraction solves
# the problem. A constant $c$ that is subtracted from every score cancels:
#
# $$\frac{e^{s_j - c}}{\sum_i e^{s_i - c}} = \frac{e^{-c}\, e^{s_j}}{e^{-c} \sum_i e^{s_i}}
# = \frac{e^{s_j}}{\sum_i e^{s_i}}$$
#
# With $c = \max_i s_i$ the largest exponent is 0. Nothing overflows, and the sum is at least 1. `attention.softmax`
# does that, and computes in float32 when it is given half-precision numbers, whose two or three digits are too few
# for a sum.
#
# There is one more case.
#
# **Guess first.** Every key of a row is masked. What does the softmax make of three scores of −∞: zeros, thirds, or
# something else?

# %%
guess = ...  # a word in quotes

# %%
row = torch.full((3,), -math.inf)  # a query that may attend to nothing
reveal("each of the three weights", str(torch.softmax(row, dim=-1)[0].item()), guess)
print("ours and torch's are the same:", str(attention.softmax(row)) == str(torch.softmax(row, dim=-1)))

one = torch.ones(1, 1, 3, 2)  # (..., T, d), with two leading dimensions
nothing_allowed = torch.zeros(3, 3, dtype=torch.bool)
print(
    "F.scaled_dot_product_attention:", F.scaled_dot_product_attention(one, one, one, attn_mask=nothing_allowed)[0, 0, 0]
)

# %% [markdown] fold="What this means"
# The softmax gives `nan`: $-\infty - (-\infty)$ has no value, and a total weight of 1 cannot be shared when there is no
# key. torch's fused function gives zeros instead. A causal mask never makes such a row, because each token may see
# itself. Masks for padding do, and then you must decide what you want. `attention.scaled_dot_product_attention` refuses
# the one causal case in which it would happen, more queries than keys, with a `ValueError`.

# %% [markdown]
# **You can now do exercise 1** (softmax).

# %% [markdown]
# ## 9 · All together, and against torch
#
# This is everything, in the order of the formula (Vaswani et al. 2017, equation 1). The paper describes the mask in
# words; here it is the matrix $M$, which is 0 where a query may attend and −∞ where it may not:
#
# $$\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt d} + M\right) V$$


# %%
def scaled_dot_product_attention(q, k, v):
    T, d = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)  # (..., T, T)
    mask = attention.causal_mask(T, device=q.device)  # (T, T), the same for every sequence of the batch
    scores = scores.masked_fill(~mask, -math.inf)
    weights = attention.softmax(scores, dim=-1)  # (..., T, T), each row sums to 1
    return weights @ v  # (..., T, d_v)


# %% [markdown]
# Is it right? torch has the same function. Compare the values, and the gradients too: a training run uses both.
# Floating point sums depend on their order, so do not ask for equality to the last digit.

# %%
q, k, v = torch.randn(3, 32, 128, 100, generator=torch.Generator().manual_seed(0)).requires_grad_()  # each (B, T, C)

ours = scaled_dot_product_attention(q, k, v)
torchs = F.scaled_dot_product_attention(q, k, v, is_causal=True)
measured("outputs:    largest difference", (ours - torchs).abs().max().item(), about=0, within=1e-5, digits=1)

direction = torch.randn(ours.shape, generator=torch.Generator().manual_seed(1))  # any weighted sum of the outputs
for name, mine, theirs in zip(
    "qkv",
    torch.autograd.grad((ours * direction).sum(), (q, k, v)),
    torch.autograd.grad((torchs * direction).sum(), (q, k, v)),
    strict=True,
):
    measured(f"gradient {name}: largest difference", (mine - theirs).abs().max().item(), about=0, within=1e-4, digits=1)

# %% [markdown]
# `attention.scaled_dot_product_attention(q, k, v)` in the library is this function with two additions: it tells you
# which shapes do not fit, and it accepts fewer queries than keys.
#
# Why would there be fewer? When a model writes, the keys and values of earlier tokens can be kept, and only the newest
# tokens ask. Then the queries are the *last* positions. Here is a trap: `is_causal=True` in torch treats them as the
# *first*. Two queries, five keys:

# %%
value = torch.eye(5).view(1, 1, 5, 5)  # with these values the output is the table of weights itself
zeros = torch.zeros(1, 1, 5, 4)  # equal scores, so that only the mask decides
as_first = F.scaled_dot_product_attention(zeros[..., :2, :], zeros, value, is_causal=True)
as_last = attention.scaled_dot_product_attention(zeros[..., :2, :], zeros, value)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="Two queries, five keys: torch's is_causal takes the queries for the first tokens", columns=2, size=(5.0, 2.4)
)
for axes, weights, title in zip(panels, [as_first, as_last], ["torch, is_causal=True", "the library"], strict=True):
    plotting.heatmap(axes, weights[0, 0], xlabel="key", ylabel="query", title=title, annotate=True, vmin=0, vmax=1)
plotting.show(fig, alt="Weights of two queries. torch: they see 1 and 2 keys. The library: they see 4 and all 5 keys.")

# %% [markdown]
# Neither is wrong: they answer different questions. But a model that asks with one new query, kept keys and
# `is_causal=True` sees only the very first token, and no error tells you. You will meet this again in lesson 12.
#
# **You can now do exercise 6** (all of it).

# %% [markdown]
# ## 10 · Learning where to look
#
# Look at attention on a story now, with the plain token embeddings as $q$, $k$ and $v$. These vectors are random, and
# nothing was learned. Take the first 36 tokens of the batch. Near their end stands ` Peter`.
#
# **Guess first.** Which token before it does this ` Peter` look at most?

# %%
guess = ...  # a word in quotes


# %%
def untrained_weights(ids):
    vectors = token_embedding(ids).detach() / 2  # (T, C), halved so that not all weight goes to a single token
    return attention.attention_weights(vectors, vectors)  # (T, T)


beginning = x[0, :36]
peter = (beginning == tokenizer.token_to_id("ĠPeter")).nonzero().max()  # the position of the last one
most = untrained_weights(beginning)[peter, :peter].argmax()
reveal("the last ' Peter' looks most at", tokenizer.decode([beginning[most].item()]), guess)


# %% fold="drawing"
def show_weights_of_story(ids):
    names = [tokenizer.decode([token], skip_special_tokens=False).replace("\n", "↵") for token in ids.tolist()]
    weights = untrained_weights(ids)
    fig, (axes,) = plotting.figure(title="Untrained, a token finds itself and its earlier copies", size=(8.0, 6.6))
    plotting.heatmap(axes, weights, xlabel="key: the token looked at", ylabel="query: the token that looks")
    axes.set_xticks(torch.arange(len(names)) + 0.5, names, rotation=90)
    axes.set_yticks(torch.arange(len(names)) + 0.5, names, rotation=0)
    plotting.show(
        fig,
        alt="Weights among the first tokens of a story: a diagonal, and bright cells at repeated tokens.",
        folded="Who looks at whom",
    )


show_weights_of_story(beginning)

# %% [markdown]
# Random vectors of width 100 are nearly orthogonal: their dot product is small compared with the one that a vector has
# with itself. So with $q = k$ a token can only find its own copies: near the end, ` Peter` has found the ` Peter` of
# the first sentence. (`Peter` without the space would be another token and find nothing, as lesson 01 showed.) That is
# of little use. The vector of `she` is not similar to that of `Lily`, and still `she` must find her.
#
# This is what the three matrices $W_Q$, $W_K$ and $W_V$ of section 3 are for, once they have learned. Then `she` can
# *ask for* something that `Lily` *offers*, though their two vectors have nothing in common. Nobody writes down what to
# ask for. It is learned, and you can watch it here for $W_Q$ and $W_K$. The value of a word is simply its name here;
# $W_V$ comes in lesson 04.
#
# The task is a small version of our question: seven words, among them one girl's name and one boy's name, then `she` or
# `he`. Which name is meant? The model is not told which names are girls' names.

# %%
words = ["she", "he", "Lily", "Mia", "Anna", "Sue", "Tom", "Ben", "Max", "Tim"]
words += ["the", "saw", "dog", "and", "park", "then", "big", "ran"]
generator = torch.Generator().manual_seed(0)


def draw_sentences(n):
    ids = torch.randint(10, len(words), (n, 8), generator=generator)  # fillers, the words from "the" on
    girl = torch.randint(2, 6, (n, 1), generator=generator)
    boy = torch.randint(6, 10, (n, 1), generator=generator)
    places = torch.rand(n, 7, generator=generator).argsort(dim=1)[:, :2]  # two different ones of the first seven
    ids.scatter_(1, places, torch.cat([girl, boy], dim=1))
    ids[:, 7] = torch.randint(0, 2, (n,), generator=generator)  # she or he
    meant = torch.where(ids[:, 7:] == 0, girl, boy)  # (n, 1)
    return ids, meant


# %% [markdown]
# The model is an embedding, $W_Q$, $W_K$, and the function that you have built. Its values are not learned: each word
# hands over its own name, as a vector of zeros with a single 1. So the output of attention is a probability for each
# word of the vocabulary, and the loss is −log of the probability of the right name.


# %%
class OneHead(nn.Module):
    def __init__(self, vocab_size, d):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d)
        self.to_query = nn.Linear(d, d, bias=False)  # W_Q
        self.to_key = nn.Linear(d, d, bias=False)  # W_K

    def weights(self, ids):
        e = self.embedding(ids)  # (B, T, d)
        return attention.attention_weights(self.to_query(e), self.to_key(e))  # (B, T, T)

    def forward(self, ids):
        names = F.one_hot(ids, self.embedding.num_embeddings).float()  # (B, T, V), the values
        return (self.weights(ids) @ names)[:, -1]  # (B, V): what the last word has found


# %%
_ = torch.manual_seed(0)
head = OneHead(len(words), d=16)
sentences = ["Lily and Tom saw the dog then she", "Lily and Tom saw the dog then he"]
sentences += ["the big dog and Ben saw Anna she", "Max and the big dog saw Sue he"]
examples = torch.tensor([[words.index(word) for word in sentence.split()] for sentence in sentences])  # (4, 8)
before = head.weights(examples)[:, -1].detach()  # (4, 8): where the pronouns look

optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
for _ in range(100):
    ids, meant = draw_sentences(64)
    loss = -head(ids).gather(1, meant).log().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# %%
ids, meant = draw_sentences(1_000)  # sentences it has not seen
found = head(ids).argmax(dim=1, keepdim=True)  # (1000, 1)
share = (found == meant).float().mean().item()
measured("finds the right name in", 100 * share, about=100, within=1, unit="% of 1,000 new sentences")
after = head.weights(examples)[:, -1].detach()

# %% fold="drawing"
fig, panels = plotting.figure(title="The pronoun has learned whom to ask", columns=2, size=(6.6, 3.0))
for axes, weights, title in zip(panels, [before, after], ["before training", "after 100 steps"], strict=True):
    plotting.heatmap(axes, weights, xlabel="position", ylabel="sentence", title=title, vmin=0, vmax=1)
    for row, sentence in enumerate(sentences):
        for column, word in enumerate(sentence.split()):
            colour = "black" if weights[row, column] > 0.6 else "white"
            axes.text(column + 0.5, row + 0.5, word, ha="center", va="center", color=colour, fontsize=9)
plotting.show(fig, alt="Weights of the pronoun at the end. Before: spread. After: all on the name that is meant.")

# %% [markdown]
# This answers the question. In the same sentence, `she` puts nearly all its weight on *Lily* and `he` on *Tom*.
# The output at `she` is nearly Lily's value now: the vector contains her. No list told the model which names are
# girls' names. It saw only the right answers, and learned it because it lowers the loss.
#
# One head asks one question. In a story a token has many: who is meant, what was lost, where are we, did a sentence
# just begin? So a real model has several heads side by side, and they are the next lesson.

# %% [markdown]
# ## 11 · What it costs
#
# Every pair of tokens has a score, so work grows with T². The memory does so too, if the table of weights is stored,
# and our version stores it more than once: autograd keeps what the backward pass will need. torch's *fused* kernel
# works through the table in small blocks, never stores it, and computes it again in the backward pass (FlashAttention,
# Dao et al. 2022). In the library it is `attention.fused_scaled_dot_product_attention`, and a test checks that it gives
# the same as the plain one.
#
# Two mistakes make such a comparison worthless:
#
# - **the first call** pays for allocating memory and choosing kernels, so it must not be counted: *warm up*;
# - **a GPU works while your program goes on**: a call returns when the work has been *ordered*, so the clock must wait
#   until it is done: *synchronize* (`torch.accelerator.synchronize()`) before each look at the clock.
#
# `profiling.time_interleaved` does both, and lets the two versions take turns, so that a busy moment of your computer
# hits both alike.
#
# **Guess first.** T doubles from 512 to 1024. The plain version then keeps four times as much memory. By
# which factor does the memory of the fused kernel grow?

# %%
guess = ...  # a number

# %%
versions = {
    "plain": attention.scaled_dot_product_attention,
    "fused": attention.fused_scaled_dot_product_attention,
}
lengths = [128, 256, 512, 1024]
seconds = {name: [] for name in versions}
mebibytes = {name: [] for name in versions}


def forward_and_backward(version, q, k, v):
    version(q, k, v).sum().backward()


# %%
for T in lengths:
    q, k, v = (torch.randn(4, T, 64, requires_grad=True) for _ in range(3))
    calls = {name: partial(forward_and_backward, version, q, k, v) for name, version in versions.items()}
    for name, timing in profiling.time_interleaved(calls, runs=5).items():
        seconds[name].append(timing.fastest)  # the run that other programs disturbed least
        mebibytes[name].append(profiling.kept_for_backward(partial(versions[name], q, k, v)) / 2**20)

growth = {name: kept[-1] / kept[-2] for name, kept in mebibytes.items()}
reveal("fused, from T = 512 to 1024: memory times", round(growth["fused"]), guess)
reveal("plain: memory times", round(growth["plain"]))

# %% fold="drawing"
fig, (left, right) = plotting.figure(
    title="Plain attention pays for T² in memory, the fused kernel does not", columns=2
)
for name, marker in [("plain", "o-"), ("fused", "s--")]:
    left.plot(lengths, [1_000 * s for s in seconds[name]], marker, label=name)
    right.plot(lengths, mebibytes[name], marker, label=name)
left.set(xlabel="T, tokens", ylabel="forward and backward, milliseconds")
right.set(xlabel="T, tokens", ylabel="kept for the backward pass, MiB")
for axes in (left, right):
    axes.set(xscale="log", yscale="log", xticks=lengths, xticklabels=lengths)
    axes.minorticks_off()
left.legend()
plotting.show(
    fig,
    alt="Time and memory against T, on logarithmic axes. For twice T the plain version keeps four times the memory, "
    "the fused one twice.",
    folded="Time and memory as T grows",
)

# %% [markdown] fold="What this means"
# Twice the tokens, four times the memory for the plain version, and only twice for the fused one. The *work* of both
# is four times as much: the fused kernel saves memory traffic, not multiplications. (The clock may show less where T is
# small and calling costs most, and more where the tables no longer fit into the processor's cache.) That is why a long
# context is expensive for a large model.

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | token + position embedding | what and where | `(B, T)` → `(B, T, C)` |
# | `attention.softmax(x, dim)` | shares of 1, for scores of any size | as `x` |
# | `attention.causal_mask(T)` | True where a query may attend | `(T, T)` |
# | `attention.single_query_attention(q, k, v)` | one query, by hand | `(d,)`, `(T, d)`, `(T, d_v)` → `(d_v,)` |
# | `attention.causal_attention_loop(q, k, v)` | all queries, one by one | `(T, d)` → `(T, d_v)` |
# | `attention.attention_weights(q, k)` | who looks where | `(..., T, d)` → `(..., T, T)` |
# | `attention.scaled_dot_product_attention(q, k, v)` | the whole, as matrices | `(..., T, d)` → `(..., T, d_v)` |
# | `attention.fused_scaled_dot_product_attention(q, k, v)` | the same from torch's fused kernel | the same |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A colleague's attention masks after the softmax and then divides each row by its new sum. Is the result right?
#
# - Yes
#   + Dividing by the sum over the allowed keys makes the denominator right again, so future tokens cancel out. It is
#   slower, and fragile: if the future scores are much larger than the allowed ones, the allowed weights underflow to
#   0, and 0/0 is `nan`. Masking before the softmax has neither problem.
# - No, the future still leaks through the denominator
#   - It leaked before the second division. Dividing by the sum of the *allowed* weights removes the first denominator.
# - No, the rows do not sum to 1
#   - After the second division they do: each row is divided by its own sum.
#
# **2.** All keys of a sequence are the same vector. What does the last of T tokens get?
#
# - Its own value
#   - For that its own key would need a much larger score than the others. Equal keys have equal scores.
# - The plain mean of all T values, whatever its query
#   + Equal keys have equal scores, so each of the T weights is 1/T. The query does not matter.
# - A mean that depends on its query
#   - The query changes all T scores alike, and the softmax does not see what is added to all of them.
#
# **3.** Without the mask and without position embeddings, you shuffle the tokens of a sentence. How do the outputs
# change?
#
# - Each token gets another output
#   - A token's scores and values are the same ones, only in another order, and a sum does not depend on order.
# - Not at all: row 0 stays row 0
#   - Row 0 now belongs to another token, with another query.
# - Each token keeps its output, at its new place
#   + Attention sees a *set* of keys and values, not a sequence. All sense of order comes from the positions and from
#   the mask.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** the vector of `she` holds Lily's value. The loop, the matrices and torch's function give
# the same values, and ours and torch's function give the same gradients, to about 10⁻⁵. No token sees a later one,
# and scores have variance 1 at every width.
#
# **What is missing:** in the sentence that grows, *she* asked two questions and got one mean, with 0.38 for each
# answer. **Lesson 04, multi-head attention** asks several questions at once, each in a smaller space, with the same
# number of parameters.
#
# The exercises are in `exercises/03_attention.ipynb`: you write each of these functions, and are told which mistake you
# made.

# %% [markdown]
# ### Optional: a real story
#
# This cell needs the network. It fetches a few stories of the TinyStories data set, and shows which tokens recur in
# one.

# %% tags=["skip-execution"]
real = load_stories("tinystories", split="validation", n=10)["text"]
show_weights_of_story(torch.tensor(tokenizer.encode(real[0]).ids[:40]))
