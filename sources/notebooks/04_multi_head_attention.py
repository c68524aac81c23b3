# %% [markdown]
# # 04 · Multi-head attention
#
# **When you finish, you can**
# - say what several heads can do that one head of the same size cannot, and show it;
# - write multi-head attention twice, as a loop over heads and as a few products for all of them, and prove them equal;
# - cut a tensor into heads and put it together again, and know when `view` refuses and when `reshape` lies;
# - count the parameters of attention, look at heads one by one, and find out what each is good for.
#
# **What you need first:** lesson 03 (attention and the causal mask), and linear layers.
#
# **Time:** about 70 minutes, and one hour for the exercises.
#
# **The question.** One head with 100 channels and five heads with 20 channels each have exactly the same number of
# parameters, and do the same number of multiplications. **What can the five heads do that the one head cannot?**
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width of a token's vector, `H` heads, `D` = C / H width of a head.

# %%
from functools import partial

import torch
import torch.nn.functional as F
from matplotlib.ticker import PercentFormatter
from torch import nn

from course_lib.attention import fused_scaled_dot_product_attention, scaled_dot_product_attention
from course_lib.config import PRESETS, GPTConfig
from course_lib.gpt import GPT
from course_lib.multi_head_attention import HeadByHeadAttention, MultiHeadAttention, merge_heads, split_heads
from course_lib.show import diagram, plotting, profiling, progress
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.sentence import WORDS, Sentence
from course_lib.show.tracing import trace_shapes

_ = torch.manual_seed(0)
config = GPTConfig()  # the course's model: C = 100, 5 heads
B, T, C, H, D = 32, config.seq_len, config.n_embd, config.n_head, config.head_dim

# %% [markdown]
# **Where we are.** The same room as in lesson 03, now with all its heads.

# %% fold="drawing"
diagram.model(GPT(config), lit="attention")

# %% [markdown]
# ## 1 · One head, two questions
#
# *Lily pushed Tom.* To go on with the story, a token needs to know two things about what came before: **who did it**,
# and **to whom**.
#
# Take numbers small enough to do by hand. Lily's value is (1, 0), Tom's is (0, 1). One head has one set of weights,
# which add up to 1. To hear of both names it gives half of its attention to each:
#
# | sentence | value of the first name | value of the second | ½ · first + ½ · second |
# |---|---|---|---|
# | *Lily pushed Tom* | (1, 0) | (0, 1) | ? |
# | *Tom pushed Lily* | (0, 1) | (1, 0) | ? |
#
# **Guess first.** What does one head give for *Lily pushed Tom*, in the last column?

# %%
guess = ...  # such as (1, 0)

# %% [markdown]
# Then two heads: the first looks only at the first name, the second only at the second, and their results are put side
# by side. What do they give for each sentence?

# %%
lily, tom = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def one_and_two_heads(first, second):
    values = torch.stack([first, second])  # (2 names, 2 channels)
    one_head = torch.tensor([0.5, 0.5]) @ values  # (2,)
    first_head, second_head = torch.tensor([1.0, 0.0]) @ values, torch.tensor([0.0, 1.0]) @ values
    return one_head.tolist(), torch.cat([first_head, second_head]).tolist()  # 2 numbers, 4 numbers


one, two = one_and_two_heads(lily, tom)
reveal("Lily pushed Tom: one head", one, guess)
reveal("Lily pushed Tom: two heads", two)
one, two = one_and_two_heads(tom, lily)
reveal("Tom pushed Lily: one head", one)
reveal("Tom pushed Lily: two heads", two)

# %% [markdown]
# The one head gives the same for both sentences. It knows who took part and not who did what: **a weighted mean
# forgets which value came from where.** The two heads keep the answers in different channels, and nothing is mixed.
#
# (Each of these two heads keeps both channels, so that you can read the names, and together they give four numbers
# where the one head gives two. But it is not the number of channels that helps: with four channels the one head would
# still mix both names in each of them, and give the same for both sentences.)
#
# (Weights of 0.7 and 0.3 would give different results for these two sentences. But they mix others. With the values 3
# and 0 they give 0.7 · 3 + 0.3 · 0 = 2.1, and with the values 0 and 7 they give 0.7 · 0 + 0.3 · 7 = 2.1 as well. With
# twenty names and three questions such sums become a puzzle, and section 10 shows how badly one head solves it.)
#
# So this is the idea: instead of one attention with `C` channels, `H` attentions with `D = C / H` channels each, every
# one with its own queries, keys and values. Each is called a **head**.

# %% [markdown]
# ### The sentence that grows
#
# In lesson 03 *she* looked at *Lily* and at *saw* with the same weight, 0.38 each, because one head has to ask both of
# her questions at once. Cut the same four numbers into two heads of two numbers each:

# %%
sentence = Sentence()
q, k = (sentence.split(part) for part in (sentence.q, sentence.k))  # each (H, T, D) = (2, 5, 2)
scores = q @ k.transpose(-2, -1) / 2**0.5  # (H, T, T), here each head divides by its own √2
weights = torch.softmax(scores[:, -1], dim=-1)  # (H, T): the last token sees all five

# %% fold="drawing"
diagram.sentence(WORDS, {"head 0 of she": weights[0], "head 1 of she": weights[1]})

# %% [markdown]
# Head 0 finds *Lily* (0.70), head 1 finds *saw* (0.81). (Like the code, we count heads from 0.) Now *she* knows who is
# meant **and** what was done, in different channels. Check two of the numbers with a pencil. As values, head 0 has the
# numbers *who* and *somebody* of each word, and head 1 has *action*. *who* is 1 for *Lily* and *she* and −1 for *Tom*,
# so the weighted mean of *who* in head 0 is 0.70 + 0.17 − 0.04 = 0.83. *action* is 1 for *saw* only, so that of
# *action* in head 1 is 0.81. Lesson 05 goes on with these two numbers.

# %% [markdown]
# ## 2 · First as a loop
#
# The paper (Vaswani et al. 2017, section 3.2.2) writes it like this, for the token vectors $x$, one row each:
#
# $$\mathrm{head}_h = \mathrm{attention}(x\,W_Q^h,\; x\,W_K^h,\; x\,W_V^h)
#   \qquad\qquad \text{output} = [\,\mathrm{head}_0 \;\dots\; \mathrm{head}_{H-1}\,]\, W_O$$
#
# Each $W_Q^h$, $W_K^h$ and $W_V^h$ has the shape `(C, D)`: a head sees the whole vector, but works in a small space of
# its own. The square brackets put the heads' results side by side, which gives `C` channels again. $W_O$, the **output
# projection**, lets the heads' results mix.


# %%
class Head(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.q_proj = nn.Linear(C, D, bias=False)
        self.k_proj = nn.Linear(C, D, bias=False)
        self.v_proj = nn.Linear(C, D, bias=False)

    def forward(self, x):  # (B, T, C)
        return scaled_dot_product_attention(self.q_proj(x), self.k_proj(x), self.v_proj(x))


# %% [markdown]
# **Guess first.** `x` is `(32, 128, 100)` and there are five heads. What is the shape of one head's result?

# %%
guess = ...  # such as (1, 2, 3)

# %%
x = torch.randn(B, T, C)
heads = [Head(C, D) for _ in range(H)]
mix = nn.Linear(C, C, bias=False)  # W_O

results = [head(x) for head in heads]  # one for each head
together = torch.cat(results, dim=-1)  # (B, T, H·D) = (B, T, C)
output = mix(together)  # (B, T, C)
reveal("one head", results[0].shape, guess)
reveal("together, and so is the output", together.shape)

# %% [markdown] fold="Where the channels come from"
# 20 channels from each, 100 in all. Each head has a weight for each pair of tokens, so its weights are `(32, 128, 128)`
# (and there are five such tables, where lesson 03 had one).

# %% [markdown]
# The library has the loop as `HeadByHeadAttention(config)`. If you ever doubt the fast version that comes next, this
# one is there to compare with.

# %% [markdown]
# ## 3 · All heads in one product
#
# The loop calls fifteen small linear layers. But the columns of a product do not depend on each other:
# $x\,[\,W^1 \; W^2\,] = [\,x W^1 \;\; x W^2\,]$. Matrices put side by side and multiplied once give the results side by
# side. So the fifteen can be **one** layer, whose output holds the queries of all heads, then all keys, then all
# values:
#
# `[ q of head 0 | q of head 1 | … | k of head 0 | … | v of head 0 | … ]`
#
# **Guess first.** This layer is `nn.Linear(100, ?)`. Since `nn.Linear` stores its weight as (out, in), what is the
# shape of its weight?

# %%
guess = ...  # such as (1, 2)

# %%
loop = HeadByHeadAttention(config)
qkv_proj = nn.Linear(C, 3 * C, bias=False)
reveal("weight", qkv_proj.weight.shape, guess)

with torch.no_grad():
    for part, name in enumerate(["q_proj", "k_proj", "v_proj"]):
        stacked = torch.cat([head.get_submodule(name).weight for head in loop.heads])  # H of (D, C) -> (C, C)
        qkv_proj.weight[part * C : (part + 1) * C] = stacked

# %% [markdown]
# The weights of the loop's heads now lie on top of each other in one matrix. One product gives all
# queries, keys and values. `chunk` cuts the result into three, and head `h` is a slice of 20 channels of each:

# %%
q, k, v = qkv_proj(x).chunk(3, dim=-1)  # each (B, T, C)
h = 3
mine = slice(h * D, (h + 1) * D)  # the channels of head 3
sliced = scaled_dot_product_attention(q[..., mine], k[..., mine], v[..., mine])  # (B, T, D)
print("head 3, by slicing, is the same as head 3 of the loop:", torch.allclose(sliced, loop.heads[h](x), atol=1e-5))

# %% [markdown]
# ## 4 · Cutting into heads
#
# One loop is left: the loop over the slices. `scaled_dot_product_attention` works on the **last two** dimensions and
# takes everything before them as "many of the same". So if the heads stand beside the batch, `(B, H, T, D)`, one call
# does all heads of all sequences. How do you get from `(B, T, C)` to `(B, H, T, D)`?
#
# You need two tools, and the difference between them is the most important point of this lesson:
#
# - **`view` regroups.** It reads the numbers in the order in which they lie in memory and fills a new shape in that
#   order. It never moves one past another.
# - **`transpose` exchanges two dimensions.** It changes which index means what.
#
# The last dimension is cut by `view` (C becomes H × D), and then T and H change places by `transpose`. In the picture
# each number says where it lies in memory, and each colour is one token: there are 3 tokens with 6 channels, and 2
# heads.

# %%
small = torch.arange(18).view(1, 3, 6)  # (B, T, C): 3 tokens, 6 channels, numbered as they lie in memory
split = small.view(1, 3, 2, 3).transpose(1, 2)  # (B, T, H, D) -> (B, H, T, D)
assert torch.equal(split, split_heads(small, 2))  # the library's function does these two steps


# %% fold="drawing"
def draw_memory(axes, rows, row_names, title):
    """Each number in its place, coloured by the token that it belongs to."""
    plotting.heatmap(axes, rows // 6, xlabel="channel", ylabel="row", yticks=row_names, title=title, vmin=0, vmax=3)
    axes.collections[0].colorbar.remove()  # three tokens need no scale
    axes.tick_params(axis="y", rotation=0)
    for (row, column), number in zip(torch.cartesian_prod(*map(torch.arange, rows.shape)), rows.flatten(), strict=True):
        axes.text(column + 0.5, row + 0.5, int(number), ha="center", va="center", color="white", fontsize=12)


# %% fold="drawing"
fig, panels = plotting.figure(
    title="View, then transpose: each head gets its channels of every token", columns=2, size=(4.2, 4.2)
)
head_rows = [f"head {h}, row {t}" for h in range(2) for t in range(3)]
draw_memory(panels[0], small[0], [f"token {t}" for t in range(3)], "x: (T, C)")
draw_memory(panels[1], split[0].reshape(6, 3), head_rows, "heads: (H, T, D)")
plotting.show(
    fig,
    alt="Two tables of the numbers 0 to 17, coloured by token. On the left a row for each token; on the right each of "
    "the two heads has one row of each token.",
)

# %% [markdown]
# Head 0 has channels 0 to 2 of every token: 0 1 2, 6 7 8, 12 13 14. Head 1 has the others.
#
# Now suppose that somebody writes `view(B, H, T, D)` and nothing else. The shape is right at once.
#
# **Guess first.** Which three numbers stand in row 0 of head 1 then, where 3 4 5 should be?

# %%
guess = ...  # such as [3, 4, 5]

# %%
wrong = small.view(1, 2, 3, 3)  # (B, H, T, D) at once
reveal("row 0 of head 1, by view alone", wrong[0, 1, 0].tolist(), guess)
reveal("both shapes", f"{tuple(split.shape)} and {tuple(wrong.shape)}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="View alone gives head 0 whole tokens", size=(4.2, 4.2))
draw_memory(axes, wrong[0].reshape(6, 3), head_rows, "view alone: wrong")
plotting.show(
    fig,
    alt="The numbers 0 to 17 in six rows of three, in order, coloured by token. Head 0 has both halves of token 0 and "
    "the first half of token 1.",
    folded="Who has what, by view alone",
)

# %% [markdown] fold="What went wrong"
# `view` reads the memory in order, so head 0 has *all* of token 0 and half of token 1, as if they were three tokens.
# Row 0 of head 1, which will be merged into token 0, holds 9 10 11: that is token 1, the future.

# %% [markdown]
# The shapes are the same, and **no error will ever tell you.** Such a model still trains: its loss falls, and nothing
# looks broken. But what it takes from later tokens is missing when it has to write.

# %% [markdown]
# ## 5 · And back: memory has an order
#
# After attention, the heads' results must become `(B, T, C)` again: transpose back, then join the last two dimensions.
# The obvious code is the mirror image of the above. Read its error.

# %%
heads = split_heads(torch.randn(B, T, C), H)  # (B, H, T, D)
try:
    heads.contiguous().transpose(1, 2).view(B, T, C)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# (`contiguous()` here stands for attention, whose result is a new tensor with memory of its own.)
#
# What are "size and stride"? Memory is one long row of numbers. A tensor is a shape and, for each dimension, a
# **stride**: how far to jump in that row for the next index. `transpose` exchanges two strides and moves nothing,
# which is why it costs nothing. Watch the strides of our small example.

# %%
merged = split.contiguous().transpose(1, 2)  # (B, T, H, D): what attention returns, transposed back
for name, tensor in [("split", split), ("split.contiguous()", split.contiguous()), ("transposed back", merged)]:
    in_order = "contiguous" if tensor.is_contiguous() else "not contiguous"
    print(f"{name:18}  shape {tuple(tensor.shape)}  strides {tensor.stride()}  {in_order}")

# %% [markdown]
# A tensor is **contiguous** if reading it in order reads the memory in order: each stride is the product of the sizes
# to its right. In the last line the jump from head to head (9) is larger than the jump from token to token (3). To
# make (H, D) into one dimension, there would have to be *one* stride that goes 0, 1, 2 and then on to 9. There is
# none, so there is no such view: "at least one dimension spans across two contiguous subspaces".
#
# There are two solutions, which do the same: `.contiguous().view(B, T, C)` and `.reshape(B, T, C)`. Both **copy** the
# numbers into the new order. `view` is the careful one: it never copies, and raises an error instead. `reshape` copies
# whenever it has to.
#
# That makes `reshape` dangerous in one place.
#
# **Guess first.** Token 0 should be 0 1 2 3 4 5 again. What does `reshape` give for it if you forget to transpose back?

# %%
guess = ...  # such as [0, 1, 2, 3, 4, 5]

# %%
print("right: token 0 =", merge_heads(split)[0, 0].tolist())
reveal("no error: token 0", split.reshape(1, 3, 6)[0, 0].tolist(), guess)

# %% [markdown] fold="What went wrong"
# The second has the right shape as well, but token 0 now holds 6 7 8, which belong to token 1. Token 0 has seen the
# future, although there is a causal mask. So: **first transpose, then join**, and test with numbers that say where they
# come from, as here.

# %% [markdown]
# **You can now do exercises 1 and 2** (cut into heads, and together again).

# %% [markdown]
# ## 6 · The module
#
# Everything together: one product, cut, attend, join, one product. The picture is drawn from the library's module
# (it counts the heads from 1). You write your own in exercise 3, in these steps:
#
# | step | shape |
# |---|---|
# | one layer, `qkv_proj`, for all queries, keys and values | `(B, T, 3·C)` |
# | cut into queries, keys and values | three of `(B, T, C)` |
# | cut each into heads | three of `(B, H, T, D)` |
# | attention, where each head divides by its own √D | `(B, H, T, D)` |
# | join the heads | `(B, T, C)` |
# | one layer, `out_proj`, that mixes them | `(B, T, C)` |

# %% fold="drawing"
reference = MultiHeadAttention(config)
diagram.heads(reference)

# %% [markdown]
# When a model grows, you will want to see shapes without writing `print` everywhere. `trace_shapes` does it from
# outside: it watches each module that is called, and prints its input and output when the block ends.

# %%
with trace_shapes(reference):
    output = reference(x)

# %% [markdown]
# (The library's module also has dropout, which is 0 here: lesson 05 explains it. And it calls torch's fused attention,
# which you met in lesson 03.)
#
# Is it also what everybody else means by multi-head attention? torch has a module of that name. It keeps its weights
# the same way, `in_proj_weight` is our `qkv_proj.weight`, so they can be copied. Three things differ from ours:
# it wants `batch_first=True`, it takes queries, keys and values separately, and in its mask True means **blocked**.

# %%
theirs = nn.MultiheadAttention(C, H, bias=False, batch_first=True)
theirs.load_state_dict({"in_proj_weight": reference.qkv_proj.weight, "out_proj.weight": reference.out_proj.weight})
blocked = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)  # the future
expected, _ = theirs(x, x, x, attn_mask=blocked, need_weights=False)

print("same as torch's:", torch.allclose(output, expected, atol=1e-5))

# %% [markdown]
# And the loop? Section 3 has stacked its weights already.

# %%
reference.load_state_dict({"qkv_proj.weight": qkv_proj.weight, "out_proj.weight": loop.out_proj.weight})
print("same as the loop:", torch.allclose(reference(x), loop(x), atol=1e-5))

# %% [markdown]
# **You can now do exercise 3** (the module).
#
# ## 7 · What the module holds
#
# **Guess first.** The small GPT-2 has C = 768 and 12 heads. Somebody cuts the same width into 24 heads. How many
# parameters does the module have then, without biases? Count the numbers in its two layers with a pencil.

# %%
guess = ...  # a whole number, or roughly

# %%
modules = {n_head: MultiHeadAttention(GPTConfig(n_embd=768, n_head=n_head)) for n_head in (24, 12, 1)}
reveal("parameters with 24 heads", profiling.num_params(modules[24]), guess)
for n_head in (12, 1):
    reveal(f"parameters with {n_head} head{'s' * (n_head > 1)}", profiling.num_params(modules[n_head]))

# %% [markdown]
# Two matrices: `qkv_proj` has 3·C · C numbers, `out_proj` has C · C. Together
#
# $$3\,C^2 + C^2 = 4\,C^2$$
#
# For C = 768 that is 4 · 768² = 2,359,296, for any number of heads: `H` does not occur in the formula. More heads are
# narrower heads.
#
# How wide is a head in practice? Look at GPT-2: from size to size the models get wider and have more heads, but one
# number stays the same.

# %%
for name in ["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"]:
    preset = PRESETS[name]
    print(f"{name:12} C = {preset.n_embd:4}   H = {preset.n_head:2}   D = {preset.head_dim}")

# %% [markdown]
# GPT-2's heads are 64 wide in all sizes. Most later models use 64 or 128. Llama's large models use 128.
#
# **You can now do exercise 4** (predict the parameters of attention).

# %% [markdown]
# ## 8 · A mistake that people really make
#
# Here is a version that looks neat: it cuts `qkv` with a single `view` and saves the calls of `split_heads`. Read it
# and decide: is it right? (Given a `reference`, `trace_shapes` runs it on the same input and compares.)


# %%
class Neat(MultiHeadAttention):
    def forward(self, x):
        B, T, C = x.shape
        qkv = self.qkv_proj(x).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = qkv.transpose(1, 2).chunk(3)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_dropout(self.out_proj(heads.transpose(1, 2).reshape(B, T, C)))


# %%
neat = Neat(config)
neat.load_state_dict(reference.state_dict())
try:
    with trace_shapes(neat, reference=reference):
        neat(x)
except RuntimeError as error:
    print("\nRuntimeError:", error)

# %% [markdown]
# The trace shows that the model came as far as `qkv_proj`, whose shapes are right, and never reached `out_proj`. So
# the mistake is between the two. The error speaks of **11 and 10**. Nothing in the configuration is 11 or 10! When an
# error names a number that you do not know, follow the shapes, one line at a time.
#
# **Guess first.** `x` has 32 sequences. What is the shape of the first of the three parts, after `view`, `transpose`
# and `chunk`?

# %%
guess = ...  # such as (32, 128, 3, 5, 20), which is the shape after view

# %%
qkv = reference.qkv_proj(x).view(B, T, 3, H, D)
print("view:     ", tuple(qkv.shape))
print("transpose:", tuple(qkv.transpose(1, 2).shape))
parts = qkv.transpose(1, 2).chunk(3)
reveal("the first part", parts[0].shape, guess)
reveal("the three parts", [tuple(part.shape) for part in parts])

# %% [markdown] fold="Where 11 and 10 come from"
# `transpose(1, 2)` has exchanged T with the 3, not with H. And `chunk(3)` cuts dimension **0** if it is not told
# otherwise: the batch. 32 sequences in three parts are 11, 11 and 10. The first eleven stories became queries, the
# next eleven keys, the last ten values.

# %% [markdown]
# So far the batch had 32 sequences, and 32 is not a multiple of 3.
#
# **Guess first.** What happens with a batch of 30: an error in `view`, an error in attention, or no error?

# %%
guess = ...  # such as "an error in view"

# %%
thirty = torch.randn(30, T, C)
try:
    output = neat(thirty)
    outcome = "no error"
except RuntimeError as error:
    outcome = str(error)
reveal("a batch of 30", outcome, guess)

# %% [markdown] fold="What this means"
# No error, and **all shapes are right**: the output is `(30, 128, 100)`. With 32 sequences we were lucky. Right shapes
# are necessary, and prove nothing. What does prove something is a property.

# %% [markdown]
# A sequence must not depend on the others in its batch: if you change one, only its own output may change.

# %%
changed = thirty.clone()
changed[20] += 1.0  # only sequence 20
for name, module in [("neat", neat), ("library", reference)]:
    moved = (module(changed) - module(thirty)).abs().amax(dim=(1, 2)) > 1e-6
    print(f"{name:8} sequence 20 was changed; the outputs that moved: {moved.nonzero().flatten().tolist()}")

# %% [markdown]
# Sequence 20 changes the outputs of sequences 0, 1 and 2, and not its own. Such a test takes two lines. But it finds
# only mistakes that mix sequences: `view` alone and the forgotten transpose (sections 4 and 5) pass it. Three
# properties together find all mistakes of this lesson. Change one token, at several places, and
#
# 1. **the other sequences** stay as they were;
# 2. **the earlier tokens** of its sequence stay as they were;
# 3. **the later tokens** of its sequence move.
#
# Now repair the code. The 3 must be cut, on its own axis, and removed; T and H must change places:

# %%
q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, T, 3, H, D) -> (3, B, H, T, D), and each of the three by itself
again = split_heads(reference.qkv_proj(x).chunk(3, dim=-1)[0], H)
print("queries:", tuple(q.shape), " the same as by chunk and split_heads:", torch.equal(q, again))

# %% [markdown]
# Both are good. This course prefers `chunk(3, dim=-1)` first: each step does one thing, and its shape can be read.
#
# **You can now do exercise 5** (a module that is half mended).

# %% [markdown]
# ## 9 · What the output projection does
#
# The heads stand side by side, and $W_O$ multiplies the whole row. Cut $W_O$ into one block for each head, and the
# product of a row with a column becomes a sum over blocks:
#
# $$[\,\mathrm{head}_0 \;\dots\; \mathrm{head}_{H-1}\,] \begin{bmatrix} W_O^0 \\ \vdots \\ W_O^{H-1} \end{bmatrix}
#   = \mathrm{head}_0 W_O^0 + \dots + \mathrm{head}_{H-1} W_O^{H-1}$$
#
# So each head writes into all `C` channels, through a matrix of its own, and **what the heads write is added up**. In
# `nn.Linear` the weight is stored as (out, in), so the block of head `h` is `weight[:, h·D : (h+1)·D]`.

# %%
q, k, v = (split_heads(part, H) for part in reference.qkv_proj(x).chunk(3, dim=-1))
heads = scaled_dot_product_attention(q, k, v)  # (B, H, T, D)

total = torch.zeros(B, T, C)
for h in range(H):
    block = reference.out_proj.weight[:, h * D : (h + 1) * D]  # (C, D)
    total = total + heads[:, h] @ block.T  # (B, T, D) @ (D, C)
print("the sum over heads is the module's output:", torch.allclose(total, reference(x), atol=1e-5))

# %% [markdown]
# This is worth knowing when you study a model: to silence one head, set its block to zero. Nothing changes for the
# others. We will use that in the next section.
#
# **You can now do exercise 6** (what each head adds).

# %% [markdown]
# ## 10 · Heads at work
#
# In a fresh model all heads look alike. Train a tiny one, and look at what they become. The task asks **three questions
# at every place** of a row of 16 random letters:
#
# 1. Which letter stands one place before?
# 2. Which letter stands three places before?
# 3. Which vowel came last (this place included)?
#
# The answers to the three questions stand at different places. `sources` says where; the model is never told that.

# %%
ALPHABET, WINDOW = "abcdefghijklmnopqrstuvwxyz", 16
QUESTIONS = ["one before", "three before", "last vowel"]
NO_ANSWER = -100  # what F.cross_entropy leaves out: there is no letter before the first
is_vowel = torch.tensor([letter in "aeiou" for letter in ALPHABET])  # (26,)


def draw_letters(n, generator):
    letters = torch.randint(26, (n, WINDOW), generator=generator)  # (n, T)
    place = torch.arange(WINDOW).expand(n, WINDOW)
    last_vowel = torch.where(is_vowel[letters], place, -1).cummax(dim=1).values  # the largest place so far, or −1
    sources = torch.stack([place - 1, place - 3, last_vowel], dim=-1)  # (n, T, 3), negative where there is none
    answers = letters.gather(1, sources.clamp(min=0).flatten(1)).view_as(sources)
    return letters, answers.masked_fill(sources < 0, NO_ANSWER)


# %% [markdown]
# The model is as small as can be: letter and place embeddings, one layer of attention, and a linear layer that gives a
# score to each of 26 letters for each of three questions. Only the number of heads differs from model to model; `C` is
# 24 for all, and so is the number of parameters. (You have seen such a training loop in lesson 03. Lesson 11 is all
# about training.)


# %%
class LettersModel(nn.Module):
    def __init__(self, n_head, C=24):
        super().__init__()
        self.letter = nn.Embedding(26, C)
        self.place = nn.Embedding(WINDOW, C)
        self.attention = MultiHeadAttention(GPTConfig(n_embd=C, n_head=n_head))
        self.answer = nn.Linear(C, 3 * 26)

    def embed(self, letters):
        return self.letter(letters) + self.place.weight  # (B, T, C)

    def forward(self, letters):
        return self.answer(self.attention(self.embed(letters))).unflatten(-1, (3, 26))  # (B, T, 3, 26)


def share_right(model):
    letters, answers = draw_letters(500, torch.Generator().manual_seed(99))  # unseen while training
    right = model(letters).argmax(dim=-1) == answers  # never where there is no answer
    return right.sum(dim=(0, 1)) / (answers != NO_ANSWER).sum(dim=(0, 1))  # (3,), one share for each question


# %%
def train_letters(n_head, seed=0, steps=300):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = LettersModel(n_head)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.015)
    for _ in range(steps):
        letters, answers = draw_letters(32, generator)
        loss = F.cross_entropy(model(letters).flatten(0, 2), answers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %%
models = {n_head: train_letters(n_head) for n_head in progress.bar([1, 2, 3, 6, 12], description="training")}
shares = {n_head: share_right(model) for n_head, model in models.items()}

five_seeds = {n_head: [100 * shares[n_head].mean().item()] for n_head in (1, 3)}  # percent of all answers
for seed in progress.bar(range(1, 5), description="four more seeds"):
    for n_head, percents in five_seeds.items():
        percents.append(100 * share_right(train_letters(n_head, seed)).mean().item())

# %% [markdown]
# **Guess first.** One head with 24 channels, three questions. Which percentage of the answers will be right, on
# average?

# %%
guess = ...  # between 0 and 100

# %% fold="setup"
lowest, highest = min(five_seeds[1]), max(five_seeds[1])
reveal("one head, percent of the answers that are right", approx(five_seeds[1][0], about=62, within=6, digits=2), guess)
reveal(
    "one head, the same with five seeds",
    f"{approx(lowest, about=62, within=6, digits=3)} to {approx(highest, about=63, within=6, digits=3)}",
)
reveal(
    "three heads, with five seeds",
    f"{approx(min(five_seeds[3]), about=98.5, within=2.5, digits=3)} "
    f"to {approx(max(five_seeds[3]), about=99, within=2.5, digits=3)}",
)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Same parameters, same training: one head cannot answer three questions, three heads can",
    xlabel="heads (of width 24 / heads)",
    ylabel="answers that are right",
    size=(8.0, 3.8),
)
for question, marker, label in zip(range(3), ["o-", "s--", "^:"], QUESTIONS, strict=True):
    axes.plot(range(len(shares)), [share[question] for share in shares.values()], marker, label=label)
axes.set(ylim=(0, 1.05), xticks=range(len(shares)), xticklabels=list(shares))
axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
axes.legend(title="question")
plotting.show(
    fig,
    alt="Share of right answers against the number of heads, a line for each question. One head fails at one question "
    "almost entirely and at another often; from three heads on all three lines are near 100 %.",
    folded="Right answers with 1, 2, 3, 6 and 12 heads",
)

# %% [markdown] fold="What it means"
# One head must put its three answers on top of each other in one weighted mean. It does so as well as it can (different
# weights for different answers) and still fails at one question: in the picture it finds the letter three places before
# in about one case of five. The two intervals of five seeds are far apart, so this is not chance. And more training
# hardly helps: after 3,000 steps in place of 300, one head is right in about 87, 22 and 88 of 100 answers to the three
# questions (seed 0). Nor does another learning rate: with 0.005 and with 0.03 (1,500 steps, two seeds each) the letter
# three places before is right in fewer than 25 of 100.

# %% [markdown]
# This measurement answers the lesson's question: with the same parameters and the same training, three heads are right
# nearly always and one head is not. **Several heads can look at several places at once and keep what they find apart.**
#
# Now look at the heads themselves. The library's `weights(x)` gives the table of weights of each head. A row is the
# place that asks, bright cells are where it looks. The input is the 16 letters of *the quick brown fox*.

# %%
phrase = "thequickbrownfox"
letters = torch.tensor([[ALPHABET.index(letter) for letter in phrase]])  # (1, 16)
model = models[3]
weights = model.attention.weights(model.embed(letters))[0].detach()  # (H, T, T)

# %% fold="drawing"
fig, panels = plotting.figure(title="Three heads have three different jobs", columns=3, size=(4.4, 4.0))
for h, axes in enumerate(panels):
    names = list(phrase)
    plotting.heatmap(
        axes,
        weights[h],
        xlabel="looked at",
        ylabel="asking",
        xticks=names,
        yticks=names,
        title=f"head {h}",
        vmin=0,
        vmax=1,
    )
    axes.tick_params(axis="y", rotation=0)
plotting.show(
    fig,
    alt="Weights of three heads on the letters of 'the quick brown fox'. One is a diagonal one place back, one a "
    "diagonal three places back, one stays on a vowel until the next vowel comes.",
)

# %% [markdown]
# You can read them like sentences. The head with a diagonal beside the middle says *one back*, the head with the other
# diagonal *three back*: these two depend on places only. The head whose bright cells stay in a column reads letters: it
# looks at **e** until **u** comes, and at **i** until **o** comes. Nobody assigned these jobs, and which head takes
# which is chance (change the seed and they swap).
#
# A picture of weights is a hint, not a proof. A head may look at a place and not pass on what it sees. So ask by
# experiment: **silence one head**, by setting its block of the output projection to zero, and see which answers are
# lost.

# %%
width = 24 // 3
lost = torch.zeros(3, 3)  # (silenced head, question)
for h in range(3):
    block = model.attention.out_proj.weight.data[:, h * width : (h + 1) * width]
    kept = block.clone()
    block.zero_()
    lost[h] = (shares[3] - share_right(model)).clamp(min=0)
    block.copy_(kept)

print("the question that each silenced head loses:", [QUESTIONS[question] for question in lost.argmax(dim=1).tolist()])

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="Silence one head, and one question is lost", size=(5.0, 4.2))
plotting.heatmap(
    axes,
    lost,
    xlabel="question",
    ylabel="silenced head",
    xticks=[question.replace(" ", "\n") for question in QUESTIONS],
    title="lost, as a share of the question's answers",
    annotate=True,
    vmin=0,
    vmax=1,
)
plotting.show(fig, alt="Answers lost by silenced head and question: in each row one cell is large, the others small.")

# %% [markdown]
# There is one large number in each row, in a column of its own: each head is the cause of one kind of answer, and the
# other answers hardly change. The number for the vowel is smaller than the others: a blind guess among five vowels is
# right more often than one among 26 letters.
#
# (In a real model the jobs are rarely so clearly separated. You can silence many heads of a large GPT and hardly
# anything changes; a few kinds of heads, such as those that look one token back, exist in almost every model.)
#
# **Try it.** Add a fourth question, for instance `place - 5`, and see how many heads are needed. Or take
# `models[6]` and look for heads that do the same job.

# %% [markdown]
# ## 11 · What heads cost
#
# The parameters are the same, and so are the multiplications: each head's table of scores takes T · T · D, and H of
# them T · T · C. But there are now **H tables of T · T weights**.
#
# **Guess first.** A batch of 32 windows of 128 tokens, 5 heads: how many megabytes do the weights of twelve layers
# take, at four bytes each?

# %%
guess = ...  # a number

# %%
per_layer = B * H * T * T
reveal("megabytes in twelve layers", round(per_layer * 4 * 12 / 1e6), guess)
reveal("weights per layer", per_layer)

# %% [markdown] fold="Compared with the parameters"
# This is more than ten times the memory of all parameters of the model (2.5 million, 10 MB). And each weight costs an
# exponential in the softmax.

# %% [markdown]
# So let us measure three ways to compute the same: the loop over heads; all heads at once with stored weights; and all
# at once with torch's fused kernel, which never stores a table. We do it twice: for one sequence of 16 tokens, where
# there is hardly anything to compute, and for two windows of 128.

# %%
counts = [1, 2, 5, 10, 25, 50]
names = ["loop over heads", "all at once", "all at once, fused"]
short, windows = torch.randn(1, 16, C), torch.randn(2, T, C)


def attend(attention, module, x):
    q, k, v = (split_heads(part, module.n_head) for part in module.qkv_proj(x).chunk(3, dim=-1))
    return module.out_proj(merge_heads(attention(q, k, v)))


def three_ways(n_head, x):
    cut = GPTConfig(n_embd=C, n_head=n_head)
    attentions = [scaled_dot_product_attention, fused_scaled_dot_product_attention]
    at_once = [partial(attend, attention, MultiHeadAttention(cut), x) for attention in attentions]
    return dict(zip(names, [partial(HeadByHeadAttention(cut), x), *at_once], strict=True))


def milliseconds(x):
    calls = {(n_head, name): way for n_head in counts for name, way in three_ways(n_head, x).items()}
    timings = profiling.time_interleaved(calls, runs=9)  # all take turns, so that a slow spell hits all alike
    return {name: [1_000 * timings[n_head, name].fastest for n_head in counts] for name in names}


# %%
ways = [three_ways(n_head, windows) for n_head in counts]
memory = {name: [profiling.kept_for_backward(way[name]) / 2**20 for way in ways] for name in names}
times = [milliseconds(short), milliseconds(windows)]
ratio = memory["all at once"][-1] / memory["all at once, fused"][-1]
measured("50 heads, stored weights: memory times", ratio, about=34, within=6, digits=2)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="A loop costs calls, stored weights cost time and memory; the fused kernel saves both",
    xlabel="heads",
    columns=3,
    size=(4.4, 4.0),
)
titles = ["one sequence of 16 tokens", "two windows of 128 tokens", "two windows of 128 tokens"]
for axes, lines, title in zip(panels, [*times, memory], titles, strict=True):
    for name, marker in zip(names, ["^:", "o-", "s--"], strict=True):
        axes.plot(counts, lines[name], marker, label=name)
    unit = "kept for the backward pass, MiB" if lines is memory else "forward, milliseconds"
    axes.set(title=title, ylabel=unit, xscale="log", yscale="log", xticks=counts, xticklabels=counts)
    axes.minorticks_off()
panels[0].legend()
plotting.show(
    fig,
    alt="Time for a short sequence, time for two windows, and memory, against the number of heads. The loop's time "
    "for a short sequence grows with the heads. For windows both versions with stored weights grow in time and memory; "
    "the fused one is fastest, and its memory is level.",
)

# %% [markdown]
# - **Left:** where there is little to compute, the loop pays for *calling*, for each head again.
# - **Middle:** where there is much to compute, what counts on a CPU is the number of weights, and H heads have H tables
#   of them. The fused kernel, which does not store its tables, stays the fastest.
# - **Right:** the stored tables need the memory. With the fused kernel it hardly grows with the number of heads.
#
# So heads are cheap if they are computed well, and their number can be chosen for what they learn. What limits it is
# their width: with D = 1 a head compares two single numbers.

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `HeadByHeadAttention(config)` | the loop over heads, as the equation reads | `(B, T, C)` → `(B, T, C)` |
# | `split_heads(x, n_head)` | view, then transpose | `(B, T, C)` → `(B, H, T, D)` |
# | `merge_heads(x)` | transpose, then reshape | `(B, H, T, D)` → `(B, T, C)` |
# | `MultiHeadAttention(config)` | all heads at once; 4·C² parameters | `(B, T, C)` → `(B, T, C)` |
# | `MultiHeadAttention.weights(x)` | where each head looks | `(B, T, C)` → `(B, H, T, T)` |
# | `trace_shapes(model, reference=...)` | a table of shapes, and the first difference | |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** Two models have C = 768, one with 12 heads and one with 24. Which has more parameters in its attention?
#
# - The one with 24 heads
#   - Its heads are half as wide. It has twice as many tables of T · T weights, but these are not parameters.
# - Both have the same number
#   + Both have 4 · 768² = 2,359,296 in each layer: H does not occur in the formula. Without a fused kernel the one with
#   24 heads needs more memory, for twice as many tables of weights.
# - The one with 12 heads
#   - Its heads are twice as wide, but there are half as many.
#
# **2.** `x.view(B, H, T, D)` and `x.view(B, T, H, D).transpose(1, 2)` have the same shape. What differs?
#
# - Nothing, the second is slower
#   - The same numbers stand at other places.
# - The first raises an error
#   - `view` never looks at what the numbers mean; the shape fits.
# - The first gives head 0 whole tokens
#   + It just reads the memory in order. The second gives each head D channels of every token, as it should be.
#
# **3.** A colleague's attention gives the right shape for every input. Which test can still show that it is wrong?
#
# - Change a token, at several places: earlier outputs may not move, later ones must
#   + The second half is needed: a module that mixes nothing at all passes the first half. And change one sequence of a
#   batch: no other sequence's output may move. (Slower, and stricter: compare with the loop, or with torch on the same
#   weights.)
# - Run it on a batch of another size
#   - Right shapes for one size mostly mean right shapes for all, as with the batch of 30.
# - Look whether the loss falls
#   - It may fall for a wrong version too: nothing in its curve says what the model sees.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** three questions at each place, the same parameters, five seeds: one head is right in 60 to
# 63 of 100 answers, three heads in 99 or more. Your module gives the same numbers as the loop and as torch's, with 4·C²
# = 40,000 parameters for any number of heads.
#
# **What is missing:** attention only moves and averages what is there already. **Lesson 05, the MLP**, lets each token
# work on what it got.
#
# The exercises are in `exercises/04_multi_head_attention.ipynb`: you write the cut, the join and the module, and are
# told which mistake you made.
