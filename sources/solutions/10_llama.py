# %% [markdown]
# # Exercises 10 · From GPT to Llama
#
# Nine exercises on lesson 10: each part of Llama, a cache, and one that is broken. Each answer is checked by the cell
# after it: run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)` gives three hints,
# one at a time.
#
# Letters: `B` batch, `T` tokens, `C` width, `H` query heads, `H_kv` key and value heads, `D` head size.

# %%
import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks import check, hint
from course_lib.llama import apply_rope, precompute_rope

# %% [markdown] exercise="rms_norm" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: RMSNorm
#
# Divide each position by the root of its mean square, and scale:
#
# $$\frac{x}{\sqrt{\frac{1}{C}\sum_i x_i^2 + \varepsilon}} \odot w$$
#
# Inputs may come in float16, where a square can be too large. Compute in float32, and return what came in.


# %% answer="rms_norm"
def rms_norm(x: Float[Tensor, "*batch C"], weight: Float[Tensor, " C"], eps: float) -> Float[Tensor, "*batch C"]:
    """x over its root mean square, times weight, in the dtype of x."""
    ### BEGIN SOLUTION
    wide = x.float()  # a square of 300 does not fit into float16
    mean_square = wide.pow(2).mean(dim=-1, keepdim=True)  # (..., 1)
    return (wide * torch.rsqrt(mean_square + eps)).to(x.dtype) * weight
    ### END SOLUTION


# %% check="rms_norm"
check(rms_norm)

# %% [markdown] exercise="rotation_table" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 2: The table of angles
#
# Pair $i$ of a head turns by $\theta^{-2i/D}$ radians per token, $i = 0 \ldots D/2 - 1$. Here $\theta$ is the base, the
# argument `theta`. Return the cosines and the sines of all angles, for positions $0 \ldots T - 1$, each of shape `(T,
# D/2)`.


# %% answer="rotation_table"
def rotation_table(head_dim: int, seq_len: int, theta: float) -> tuple[Float[Tensor, "T D/2"], Float[Tensor, "T D/2"]]:
    """cos and sin of position times speed."""
    ### BEGIN SOLUTION
    speeds = theta ** (-torch.arange(0, head_dim, 2) / head_dim)  # (D/2,): arange(0, D, 2) is 2i
    angles = torch.outer(torch.arange(seq_len).float(), speeds)  # (T, D/2)
    return angles.cos(), angles.sin()
    ### END SOLUTION


# %% check="rotation_table"
check(rotation_table)

# %% [markdown] exercise="rotate" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 3: Rotate
#
# Turn each pair of `x` by its angle. Pair the **halves**: number $i$ and number $i + D/2$ belong together.


# %% answer="rotate"
def rotate(
    x: Float[Tensor, "*batch T D"], cos: Float[Tensor, "T D/2"], sin: Float[Tensor, "T D/2"]
) -> Float[Tensor, "*batch T D"]:
    """Every pair of every position turned by its angle, each number in its old place."""
    ### BEGIN SOLUTION
    first, second = x.chunk(2, dim=-1)  # each (..., T, D/2)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
    ### END SOLUTION


# %% check="rotate"
check(rotate)

# %% [markdown] exercise="stretch_frequencies" kind="implement" difficulty=3 minutes=15 points=3
# ## Exercise 4: A longer text
#
# Scale the frequencies (radians per token) as Llama 3.1 and 3.2 do. Count the turns that each pair makes in
# `original_len` tokens. With `low` turns or fewer its frequency is divided by `factor`. With `high` turns or more it is
# kept. Between the two, the share that is kept grows evenly with the number of turns, and the result is that share of
# the old frequency plus the rest of the divided one.


# %% answer="stretch_frequencies"
def stretch_frequencies(
    frequencies: Float[Tensor, " D/2"], factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
) -> Float[Tensor, " D/2"]:
    """Long waves stretched, short ones kept, a smooth change between."""
    ### BEGIN SOLUTION
    turns = original_len * frequencies / (2 * math.pi)
    kept = ((turns - low) / (high - low)).clamp(0, 1)  # 0: a long wave; 1: a short one
    return kept * frequencies + (1 - kept) * frequencies / factor
    ### END SOLUTION


# %% check="stretch_frequencies"
check(stretch_frequencies)

# %% [markdown] exercise="GatedMLP" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 5: SwiGLU
#
# Write the gated MLP: three layers, none of them with a bias. It is best to call them `gate_proj`, `up_proj` and
# `down_proj`: by these names the check knows which weights each should get.


# %% answer="GatedMLP"
class GatedMLP(nn.Module):
    """C numbers to hidden_dim gated ones, and back to C."""

    def __init__(self, n_embd: int, hidden_dim: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=False)
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=False)
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=False)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        ### BEGIN SOLUTION
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        ### END SOLUTION


# %% check="GatedMLP"
check(GatedMLP)

# %% [markdown] exercise="share_heads" kind="implement" difficulty=1 minutes=6 points=1
# ## Exercise 6: Heads for groups
#
# There are `H_kv` key heads, and each serves a group of `groups` query heads: the first group takes key head 0, the
# next one key head 1. Give every query head its key head.


# %% answer="share_heads"
def share_heads(x: Float[Tensor, "B H_kv T D"], groups: int) -> Float[Tensor, "B H T D"]:
    """One head for each query head, in the queries' order."""
    ### BEGIN SOLUTION
    return x.repeat_interleave(groups, dim=1)
    ### END SOLUTION


# %% check="share_heads"
check(share_heads)

# %% [markdown] exercise="Cache" kind="implement" difficulty=3 minutes=20 points=4
# ## Exercise 7: The cache
#
# Write a cache for one layer. It takes room for `max_len` tokens when it is made. `append` writes the keys and values
# of some new tokens, one or many, and gives back those of **all** tokens so far. Tokens that do not fit must raise a
# `ValueError`. After `reset` a new text begins.


# %% answer="Cache"
class Cache:
    """The keys and values of up to max_len tokens."""

    def __init__(self, B: int, n_kv_head: int, max_len: int, D: int) -> None:
        ### BEGIN SOLUTION
        self.keys = torch.zeros(B, n_kv_head, max_len, D)
        self.values = torch.zeros(B, n_kv_head, max_len, D)
        self.max_len = max_len
        self.length = 0
        ### END SOLUTION

    def append(
        self, k: Float[Tensor, "B H_kv new D"], v: Float[Tensor, "B H_kv new D"]
    ) -> tuple[Float[Tensor, "B H_kv seen D"], Float[Tensor, "B H_kv seen D"]]:
        """All keys and all values, the new ones last."""
        ### BEGIN SOLUTION
        end = self.length + k.shape[2]
        if end > self.max_len:
            raise ValueError(f"the cache has room for {self.max_len} tokens, {end} do not fit")
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]
        ### END SOLUTION

    def reset(self) -> None:
        """Forget the text."""
        ### BEGIN SOLUTION
        self.length = 0  # what is still there is written over before it is ever given back
        ### END SOLUTION


# %% check="Cache"
check(Cache)

# %% [markdown] exercise="attend_after" kind="debug" difficulty=3 minutes=15 points=4
# ## Exercise 8: The text that got worse
#
# Somebody has written attention with a cache. The prompt is read well, and then the text gets worse with every word.
# Run the cell: it gives a text in one piece, and then in two. **Two** things are wrong.


# %%
def broken_attend_after(q, k, v, past_k, past_v, cos, sin):
    """Attention of new tokens to the past, whose keys are turned already, and to each other."""
    T = q.shape[2]
    q, k = apply_rope(q, cos[:T], sin[:T]), apply_rope(k, cos[:T], sin[:T])
    keys, values = torch.cat([past_k, k], dim=2), torch.cat([past_v, v], dim=2)
    return F.scaled_dot_product_attention(q, keys, values, is_causal=True)


cos, sin = precompute_rope(head_dim=4, seq_len=16, theta=20.0)
q, k, v = torch.randn(3, 1, 2, 6, 4, generator=torch.Generator().manual_seed(0))  # each (B, H, T, D)
nothing = torch.empty(1, 2, 0, 4)
whole = broken_attend_after(q, k, v, nothing, nothing, cos, sin)
past_k = apply_rope(k[:, :, :4], cos[:4], sin[:4])  # the first four tokens, as they went into the cache
rest = broken_attend_after(q[:, :, 4:], k[:, :, 4:], v[:, :, 4:], past_k, v[:, :, :4], cos, sin)
for token in (4, 5):
    difference = (whole[:, :, token] - rest[:, :, token - 4]).abs().max().item()
    print(f"token {token}: the same in two pieces as in one? {difference < 1e-5}")

# %% [markdown]
# Write it so that pieces and whole agree, for any number of tokens in the past and any number of new ones.


# %% answer="attend_after"
def attend_after(
    q: Float[Tensor, "B H new D"],
    k: Float[Tensor, "B H new D"],
    v: Float[Tensor, "B H new D"],
    past_k: Float[Tensor, "B H past D"],
    past_v: Float[Tensor, "B H past D"],
    cos: Float[Tensor, "max_T D/2"],
    sin: Float[Tensor, "max_T D/2"],
) -> Float[Tensor, "B H new D"]:
    """What the new tokens gather from the past and from each other. past_k is turned already; q and k are not."""
    ### BEGIN SOLUTION
    past, new = past_k.shape[2], q.shape[2]
    here_cos, here_sin = cos[past : past + new], sin[past : past + new]  # the new tokens come after the past
    turned_q, turned_k = apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin)
    # is_causal=True counts from the top left: right only without a past. Row i may see the past and the new 0 … i.
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2)
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
    ### END SOLUTION


# %% check="attend_after"
check(attend_after)

# %% [markdown] exercise="explain_llama" kind="explain" difficulty=2 minutes=25 points=6
# ## Exercise 9: From GPT to Llama 3.2, in a table
#
# A friend knows GPT-2 and asks: *with which changes does it become a model like Llama 3.2?* Answer with a table. A row
# for each change, with four columns: **what GPT-2 has**, **what Llama 3.2 has**, **what it costs**, **what it gains**.
# Say for the costs and gains what they are of (parameters, time, memory, loss), and mark what you have measured in the
# lesson and what you know from papers. Give the numbers of Llama 3.2 1B where there are any: heads, base, factor,
# context, vocabulary.
#
# Then two questions in a few sentences each:
#
# 1. You may make only **one** of the changes in a small GPT. Which, and why? And in a large one that serves a thousand
#    users at once?
# 2. Name two parts of GPT-2 that Llama left as they were.

# %% [markdown] answer="explain_llama"
# ### BEGIN SOLUTION
# **Model answer.** L: measured in the lesson; P: from papers or model cards.
#
# | part | GPT-2 has | Llama 3.2 1B has |
# |---|---|---|
# | norm | LayerNorm: mean, deviation, scale, shift | RMSNorm: root mean square, scale |
# | positions | 1,024 learned vectors, added once | RoPE, base 500,000, in each block |
# | longest text | 1,024 tokens | 131,072: from 8,192, stretched by a factor of 32 |
# | MLP | up, GELU, down; 4C wide | SwiGLU: gate and up, SiLU, down; 8,192 = 4C wide |
# | key and value heads | as many as query heads | 8 for 32 query heads |
# | biases | in all linear layers | none |
# | head | tied to the embedding | tied too, in 1B and 3B; its own in the larger ones |
# | writing | the whole text read for each token | a KV cache |
# | vocabulary | 50,257 | 128,256 |
#
# | change | costs | gains |
# |---|---|---|
# | RMSNorm | no loss (L) | C parameters per norm (L); time where it is fused |
# | RoPE | memory: 4 % more per pass (L); two rotations per block | the loss, clearly, in a short run (L); no table |
# | scaled RoPE | training on long texts (P) | 128 times the length |
# | SwiGLU | memory: one more product to keep (L) | loss: 0.04 nats in the paper (P), 0.07 lost in our short run (L) |
# | GQA | hardly any loss (L, P) | memory: a quarter of the cache; time to read it |
# | no biases | no loss (L) | few parameters (L) |
# | untied head | V · C parameters (L) | loss: 0.06 nats in a small model (L) |
# | KV cache | memory: 2 · 16 · 8 · 64 numbers, 32 KiB per token | time per token nearly flat (L) |
# | large vocabulary | a fifth of all parameters (L) | time: fewer tokens per text (P) |
#
# (1) In the small one RoPE: it lowered the loss four times as much as any other change, and it costs no parameters. In
# the large one that serves many, GQA: each user has a cache, the caches together outweigh the model, and reading them
# bounds the speed. (The KV cache itself is taken for granted in both.)
#
# (2) The residual stream with its two additions per block, and pre-norm before attention and MLP with one more norm at
# the end. Causal multi-head attention with softmax and 1/√D, too, and predicting the next token by cross-entropy: any
# two of these.
#
# **Marks.** 3 points for the table: half a point each for RMSNorm, RoPE, SwiGLU, GQA, biases or the head, the KV cache,
# if both cost and gain are right and say what they are of. 1 point for the numbers (32 and 8 heads, base 500,000,
# factor 32, 131,072 tokens, 128,256 words; half if two are missing) and for telling measured from read. 1 point for
# question 1 (half for each case, with a reason). 1 point for question 2.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You have written every part in which Llama differs from GPT, and you have mended the two mistakes that nearly every
# first cache has. The habit to keep: a fast way (a cache, shared heads, another pairing) is compared with the plain one
# on the same input before it is used. In lesson 12 the cache makes generation quick.
