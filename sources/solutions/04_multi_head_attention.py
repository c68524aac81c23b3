# %% [markdown]
# # Exercises 04 · Multi-head attention
#
# Six exercises, about 60 minutes: cut into heads, put them together again, the module itself, the number of its
# parameters, a version with the right shapes in which no token learns anything from another, and what each head adds to
# the result.
#
# Write your answers where it says `YOUR CODE HERE`. `check(name)` tries an answer on fresh inputs, says what is wrong,
# and names the mistake if it is a known one. `hint(name)` gives one of three hints, and each time you call it a further
# one.
#
# Letters: `B` batch, `T` tokens, `C` width of a token's vector, `H` heads, `D` = C / H width of a head.

# %%
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from course_lib import multi_head_attention
from course_lib.attention import scaled_dot_product_attention
from course_lib.checks import check, hint
from course_lib.config import GPTConfig
from course_lib.show import plotting
from course_lib.show.tracing import trace_shapes

# %% [markdown] exercise="split_heads" kind="implement" difficulty=1 minutes=7 points=1
# ## Exercise 1: cut into heads
#
# From `(B, T, C)` make `(B, H, T, D)`: head 0 gets the first D channels of every token, head 1 the next D, and so on.
# For three tokens with four channels, where the tens name the token and the ones the channel, and two heads:
#
# ```
# [[ 0,  1,  2,  3],           head 0: [[ 0,  1],      head 1: [[ 2,  3],
#  [10, 11, 12, 13],    ->              [10, 11],               [12, 13],
#  [20, 21, 22, 23]]                    [20, 21]]               [22, 23]]
# ```
#
# If `C` cannot be divided into `n_head` equal heads, raise a `ValueError` that names both numbers.


# %% answer="split_heads"
def split_heads(x: Float[Tensor, "B T C"], n_head: int) -> Float[Tensor, "B H T D"]:
    """Each head's channels of every token, the heads beside the batch."""
    ### BEGIN SOLUTION
    B, T, C = x.shape
    if C % n_head != 0:
        raise ValueError(f"{C} channels cannot be cut into {n_head} equal heads")
    cut = x.view(B, T, n_head, C // n_head)  # (B, T, H, D): regroups the last dimension
    return cut.transpose(1, 2)  # (B, H, T, D)
    ### END SOLUTION


# %% check="split_heads"
check(split_heads)

# %% [markdown] exercise="merge_heads" kind="implement" difficulty=1 minutes=5 points=1
# ## Exercise 2: and together again
#
# The way back, from `(B, H, T, D)` to `(B, T, C)`: for each token, the channels of head 0, then those of head 1, and so
# on. Merging what was split must give the tensor that you began with.


# %% answer="merge_heads"
def merge_heads(x: Float[Tensor, "B H T D"]) -> Float[Tensor, "B T C"]:
    """The heads' channels side by side again, token by token."""
    ### BEGIN SOLUTION
    tokens_first = x.transpose(1, 2)  # (B, T, H, D)
    return tokens_first.flatten(2)  # (B, T, H·D); a copy, since transposed memory has no such view
    ### END SOLUTION


# %% check="merge_heads"
check(merge_heads)

# %% [markdown] exercise="MultiHeadAttention" kind="implement" difficulty=3 minutes=15 points=3
# ## Exercise 3: the module
#
# Write causal multi-head attention. From the configuration take `config.n_embd` (C), `config.n_head` (H) and
# `config.bias`, whether the linear layers have biases. (Dropout is left out here; the library's module has it.)
#
# Two linear layers: `qkv_proj` from C to 3·C, whose output holds all queries, then all keys, then all values; and
# `out_proj` from C to C.
#
# You may use `scaled_dot_product_attention` of lesson 03, which masks the future, and your own functions of exercises 1
# and 2 or the library's, `multi_head_attention.split_heads` and `.merge_heads`.


# %% answer="MultiHeadAttention"
class MultiHeadAttention(nn.Module):
    """Causal self-attention with config.n_head heads."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.n_head = config.n_head
        self.qkv_proj = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.out_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """What every token gathers from itself and from those before it, by all heads."""
        ### BEGIN SOLUTION
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)  # each (B, T, C)
        split = multi_head_attention.split_heads
        heads = scaled_dot_product_attention(split(q, self.n_head), split(k, self.n_head), split(v, self.n_head))
        return self.out_proj(multi_head_attention.merge_heads(heads))  # (B, H, T, D) -> (B, T, C)
        ### END SOLUTION


# %% check="MultiHeadAttention"
check(MultiHeadAttention)

# %% [markdown] exercise="predict_attention_parameters" kind="predict" difficulty=1 minutes=5 points=1
# ## Exercise 4: how many parameters
#
# How many parameters does multi-head attention without biases have? Predict three numbers, without running any model,
# and return them in this order:
#
# 1. C = 100 with 5 heads, as in the course's model;
# 2. C = 100 with 10 heads;
# 3. C = 200 with 10 heads.


# %% answer="predict_attention_parameters"
def predict_attention_parameters() -> tuple[int, int, int]:
    """Parameters for C = 100 and 5 heads, C = 100 and 10 heads, C = 200 and 10 heads."""
    ### BEGIN SOLUTION
    narrow = 3 * 100 * 100 + 100 * 100  # qkv_proj and out_proj: 4·C², whatever the heads
    wide = 3 * 200 * 200 + 200 * 200  # twice as wide, four times as many
    return narrow, narrow, wide  # 40,000, 40,000, 160,000
    ### END SOLUTION


# %% check="predict_attention_parameters"
check(predict_attention_parameters)

# %% [markdown] exercise="split_qkv" kind="debug" difficulty=2 minutes=12 points=2
# ## Exercise 5: half mended
#
# You know the neat version of the lesson's section 8: `chunk(3)` cut the batch. Somebody has repaired it with
# `chunk(3, dim=1)`. Now it runs for every batch size, the trace is clean, and the sequences of a batch keep to
# themselves. But the model that was trained with it writes as if it knew only the last word.
#
# The function takes the output of `qkv_proj`, `(B, T, 3·C)`, and is meant to return the queries, keys and values, each
# `(B, H, T, D)`.

# %%
C, H = 12, 3


def broken_split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3, dim=1)
    return q, k, v


class Broken(multi_head_attention.MultiHeadAttention):
    def forward(self, x):
        heads = F.scaled_dot_product_attention(*broken_split_qkv(self.qkv_proj(x), self.n_head), is_causal=True)
        return self.out_dropout(self.out_proj(heads.transpose(1, 2).reshape(x.shape)))


torch.manual_seed(0)
config = GPTConfig(n_embd=C, n_head=H)
broken, library = Broken(config), multi_head_attention.MultiHeadAttention(config)
broken.load_state_dict(library.state_dict())
x = torch.randn(2, 8, C)
with trace_shapes(broken, reference=library):
    broken(x)

# %% [markdown]
# The shapes are those of the library. But change the **first** token, which all later ones should see, and look whose
# output moves:

# %%
changed = x.clone()
changed[:, 0] += 1.0
for name, module in [("broken", broken), ("library", library)]:
    moved = (module(changed) - module(x)).abs().amax(dim=(0, 2)) > 1e-6
    print(f"{name:8} token 0 was changed; the outputs that moved: {moved.nonzero().flatten().tolist()}")

# %% [markdown]
# No token sees another one. Who attends to whom instead? Print the shapes of q, k and v, remember on which two
# dimensions attention works, and write the function correctly.


# %% answer="split_qkv"
def split_qkv(qkv: Float[Tensor, "B T 3C"], n_head: int) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values, each (B, H, T, D)."""
    ### BEGIN SOLUTION
    B, T, C3 = qkv.shape
    parts = qkv.view(B, T, 3, n_head, C3 // 3 // n_head)  # (B, T, 3, H, D)
    q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)  # (3, B, H, T, D): the 3 in front, T and H exchanged
    return q, k, v
    ### END SOLUTION


# %% check="split_qkv"
check(split_qkv)

# %% [markdown] exercise="head_contributions" kind="implement" difficulty=3 minutes=15 points=3
# ## Exercise 6: what each head adds
#
# The output projection multiplies the merged heads by one matrix. Section 9 of the lesson showed that this is a sum:
# each head goes through a part of the matrix that is its own, and the results are added.
#
# Given the heads `(B, H, T, D)` and `out_weight` as `nn.Linear` stores it, `(C, C)` = (out, in), return what each head
# adds to the output, `(B, H, T, C)`. By hand, for two heads of width 1 and a single token:
#
# $$\text{heads } 1 \text{ and } 10, \quad
#   W = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}: \qquad
#   \text{head 0 adds } (1, 3), \quad \text{head 1 adds } (20, 40), \quad \text{together } (21, 43)$$


# %% answer="head_contributions"
def head_contributions(heads: Float[Tensor, "B H T D"], out_weight: Float[Tensor, "C C"]) -> Float[Tensor, "B H T C"]:
    """What each head adds to the output of the attention layer."""
    ### BEGIN SOLUTION
    H, D = heads.shape[1], heads.shape[3]
    added = []
    for h in range(H):
        columns = out_weight[:, h * D : (h + 1) * D]  # (C, D): those that meet the channels of head h
        added.append(heads[:, h] @ columns.T)  # (B, T, D) @ (D, C)
    return torch.stack(added, dim=1)
    ### END SOLUTION


# %% check="head_contributions"
check(head_contributions)

# %% [markdown]
# What is it good for? It turns "this head matters" into a number. Below, the library's parts do the same for a module
# in which head 2 has an output block ten times as large as the others. Compare the two panels: the weights of the heads
# do not show which one adds most.

# %%
torch.manual_seed(0)
module = multi_head_attention.MultiHeadAttention(GPTConfig(n_embd=20, n_head=5))
blocks = module.out_proj.weight.data.unflatten(1, (5, 4))  # (C, H, D)
blocks[:, 2] *= 10
x = torch.randn(8, 16, 20)
q, k, v = (multi_head_attention.split_heads(part, 5) for part in module.qkv_proj(x).chunk(3, dim=-1))
heads = scaled_dot_product_attention(q, k, v).detach()
added = torch.einsum("bhtd,chd->bhtc", heads, blocks)  # (B, H, T, C)
largest = module.weights(x).detach().amax(dim=-1).mean(dim=(0, 2))  # (H,)

fig, panels = plotting.figure(title="What a head adds is not seen in its weights", xlabel="head", columns=2)
panels[0].bar(range(5), added.norm(dim=-1).mean(dim=(0, 2)))
panels[0].set(title="what it adds to the output", ylabel="mean length of the vector added")
panels[1].bar(range(5), largest)
panels[1].set(title="how firmly it looks at one place", ylabel="mean of the largest weight", ylim=(0, 1))
plotting.show(
    fig,
    alt="Two bar charts over five heads. Head 2 adds far longer vectors than the others; the largest weights of all "
    "five heads are alike.",
)
