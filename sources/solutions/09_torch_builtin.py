# %% [markdown]
# # Exercises 09 · Against torch's built-in layers
#
# Eight exercises on lesson 09. Each answer but the last is checked by the cell after it: run it as often as you like,
# the inputs are new each time. If you are stuck, `hint(name)` gives three hints, one at a time.
#
# Letters: `B` batch, `T` tokens, `C` width, `V` vocabulary.

# %%
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks import check, hint
from course_lib.config import GPTConfig
from course_lib.gpt import GPT

# %% [markdown] exercise="predict_layer_sizes" kind="predict" difficulty=2 minutes=8 points=2
# ## Exercise 1: What the defaults cost
#
# How many parameters has
#
# 1. `nn.TransformerEncoderLayer(d_model=100, nhead=5)`,
# 2. `nn.TransformerDecoderLayer(d_model=100, nhead=5)`,
#
# with all other arguments left at their defaults? Work it out on paper first; you may let Python do the
# multiplications. (Our block of the same width has 120,400.) Return the two numbers in this order.


# %% answer="predict_layer_sizes"
def predict_layer_sizes() -> tuple[int, int]:
    """Parameters of an encoder layer and of a decoder layer of width 100, as torch builds them by default."""
    ### BEGIN SOLUTION
    attention = 4 * 100**2 + 4 * 100  # q, k, v and the output, each with biases
    mlp = 2 * 100 * 2048 + 2048 + 100  # dim_feedforward is 2048 unless you say otherwise
    norm = 2 * 100
    # The decoder layer attends to a second text as well, behind a third norm.
    return attention + mlp + 2 * norm, 2 * attention + mlp + 3 * norm  # 452,548 and 493,148
    ### END SOLUTION


# %% check="predict_layer_sizes"
check(predict_layer_sizes)

# %% [markdown] exercise="BuiltinGPT" kind="implement" difficulty=3 minutes=20 points=4
# ## Exercise 2: The same GPT from torch's layers
#
# Build the GPT of lesson 07 from `nn.TransformerEncoderLayer` and `nn.TransformerEncoder`, so that with the same
# weights it gives the same logits. It is best to use the attributes `token_embedding`, `position_embedding`, `encoder`
# and `head`: by these names the check gives your model its weights. The head has no bias and is tied to the token
# embedding. Here `config.bias` is always `True`, so you need not deal with it.
#
# (To keep a warning away, give `nn.TransformerEncoder` the argument `enable_nested_tensor=False`.)


# %% answer="BuiltinGPT"
class BuiltinGPT(nn.Module):
    """Pre-norm blocks, GELU in its tanh form, a causal mask, a final norm, a tied head: (B, T) -> (B, T, V)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        layer = nn.TransformerEncoderLayer(
            config.n_embd,
            config.n_head,
            dim_feedforward=config.hidden_dim,
            dropout=config.dropout,
            activation=partial(F.gelu, approximate="tanh"),
            batch_first=True,
            norm_first=True,
        )
        final_norm = nn.LayerNorm(config.n_embd)
        self.encoder = nn.TransformerEncoder(layer, config.n_layer, norm=final_norm, enable_nested_tensor=False)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight
        ### END SOLUTION

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        ### BEGIN SOLUTION
        T = idx.shape[1]
        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T, device=idx.device))  # (B, T, C)
        blocked = torch.ones(T, T, dtype=torch.bool, device=idx.device).triu(diagonal=1)  # True may not attend
        return self.head(self.encoder(x, mask=blocked, is_causal=True))  # (B, T, V)
        ### END SOLUTION


# %% check="BuiltinGPT"
check(BuiltinGPT)

# %% [markdown] exercise="torch_name" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 3: Other names for the same numbers
#
# To copy weights, you need to know what each is called on the other side. Given the name of a parameter of our `GPT`,
# return its name in a model built as in exercise 2. Here are the names of ours:


# %%
for name in GPT(GPTConfig(n_layer=1, bias=True)).state_dict():
    print(name)


# %% answer="torch_name"
def torch_name(name: str) -> str:
    """For example "blocks.3.norm_1.bias" -> "encoder.layers.3.norm1.bias"."""
    ### BEGIN SOLUTION
    for ours, theirs in (
        ("blocks.", "encoder.layers."),
        ("attention.qkv_proj.", "self_attn.in_proj_"),  # an underscore: torch keeps these without a layer around them
        ("attention.", "self_attn."),
        ("mlp.up_proj", "linear1"),
        ("mlp.down_proj", "linear2"),
        ("norm_1", "norm1"),
        ("norm_2", "norm2"),
        ("final_norm", "encoder.norm"),
    ):
        name = name.replace(ours, theirs)
    return name
    ### END SOLUTION


# %% check="torch_name"
check(torch_name)

# %% [markdown] exercise="mask_for" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 4: One mask, three conventions
#
# Our masks say `True` where a query may attend to a key. torch has three conventions, and they do not agree:
#
# - `"sdpa"`: the boolean mask of `F.scaled_dot_product_attention`;
# - `"layer"`: the boolean mask of `nn.TransformerEncoderLayer` and `nn.MultiheadAttention`;
# - `"additive"`: a mask of `float32` that is *added to the scores* (all of them accept that one).
#
# Return `allowed` in the convention asked for. Any other word must raise a `ValueError`.


# %% answer="mask_for"
def mask_for(allowed: Bool[Tensor, "query key"], convention: str) -> Tensor:
    """The mask that has the effect of `allowed` there: (query, key)."""
    ### BEGIN SOLUTION
    if convention == "sdpa":
        return allowed
    if convention == "layer":
        return ~allowed
    if convention == "additive":
        return torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))
    raise ValueError(f'convention must be "sdpa", "layer" or "additive", got {convention!r}')
    ### END SOLUTION


# %% check="mask_for"
check(mask_for)

# %% [markdown] exercise="CausalStack" kind="debug" difficulty=2 minutes=8 points=3
# ## Exercise 5: The decoder that wants a memory
#
# "GPT is a decoder-only transformer, so I take torch's decoder. There is no encoder, so the memory is `None`." Run the
# cell, read the message, and find out what torch's decoder is for.


# %%
class BrokenCausalStack(nn.Module):
    """A stack of blocks, (B, T, C) -> (B, T, C)."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__()
        layer = nn.TransformerDecoderLayer(n_embd, n_head, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerDecoder(layer, n_layer)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        return self.stack(x, memory=None)


try:
    BrokenCausalStack(n_embd=8, n_head=2, n_layer=2)(torch.zeros(1, 3, 8))
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# Write `CausalStack` with the same arguments: pre-norm, without dropout, an MLP four times as wide as C, torch's
# default activation, and no final norm. Every position sees itself and those before it. (Something else is missing in
# the broken class, which its error hides.)


# %% answer="CausalStack"
class CausalStack(nn.Module):
    """A stack of decoder-only blocks, (B, T, C) -> (B, T, C)."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        ### BEGIN SOLUTION
        T = x.shape[1]
        blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)  # the mask was missing too
        return self.stack(x, mask=blocked, is_causal=True)
        ### END SOLUTION


# %% check="CausalStack"
check(CausalStack)

# %% [markdown] exercise="fair_seconds" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: A fair timer
#
# Time several calls so that the comparison is fair:
#
# - `warmup` rounds come first and do not count;
# - then `runs` rounds; in each round every call has its turn, in the order of the dict;
# - `synchronize()` waits until the device has finished everything that was asked of it. Where must it stand?
#
# `clock()` tells the time in seconds. The check uses a clock of its own and calls that take a known time, so you need
# not wait for anything.


# %% answer="fair_seconds"
def fair_seconds(
    calls: dict[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """For each name the seconds that its call took, round by round."""
    ### BEGIN SOLUTION
    for _ in range(warmup):
        for call in calls.values():
            call()
    seconds = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            synchronize()  # nothing left over from before
            start = clock()
            call()
            synchronize()  # a call may return before its work is done
            seconds[name].append(clock() - start)
    return seconds
    ### END SOLUTION


# %% check="fair_seconds"
check(fair_seconds)

# %% [markdown] exercise="compare_rounds" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 7: What the rounds say
#
# Two lists of seconds from a fair timer: item $i$ of both was measured in round $i$. How many times the baseline's time
# does the other take? Form the ratio *in each round*, and return the median, the smallest and the largest of these
# ratios. Lists of different length, or empty ones, must raise a `ValueError`.
#
# (Why in each round, when the lesson compared medians? If a machine is slow for many rounds, it is slow for both calls
# of a round, and the ratio stays. A short disturbance hits only one call of a round. Then that ratio is wrong, so the
# smallest and the largest tell little, and the median is right as long as fewer than half of the rounds are hit. With
# more than that the ratios in rounds fail, and the processor's clock of the lesson helps.)


# %% answer="compare_rounds"
def compare_rounds(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """Median, smallest and largest ratio of the other's time to the baseline's."""
    ### BEGIN SOLUTION
    if len(baseline) != len(other) or not baseline:
        raise ValueError(f"expected as many rounds of both, at least one, got {len(baseline)} and {len(other)}")
    ratios = [b / a for a, b in zip(baseline, other, strict=True)]  # a slow round is slow for both, and cancels
    return median(ratios), min(ratios), max(ratios)
    ### END SOLUTION


# %% check="compare_rounds"
check(compare_rounds)

# %% [markdown] exercise="explain_costs" kind="explain" difficulty=2 minutes=12 points=4
# ## Exercise 8: Which differences cost time?
#
# The two models compute the same numbers, and yet one may take longer than the other. Name **at least three**
# differences between our `GPT` and the one of torch's layers (in what is computed, kept, copied or asked). For each,
# say whether it costs time in **training**, in **inference** or in neither, and why; and how you would **test** your
# claim, fairly. Five to ten sentences.

# %% [markdown] answer="explain_costs"
# ### BEGIN SOLUTION
# **A model answer.** The large products are the same in both: the same matrices, the same fused attention, the same
# head. So no difference between the two can be large, and on large models it must shrink, because the products grow
# with C² and what follows does not.
#
# 1. *Copies of q, k and v.* Our block cuts the result of `qkv_proj` into three views and lets the attention read them
#    as they lie. `nn.MultiheadAttention` makes one contiguous copy of all three. That moves 3·B·T·C numbers more in
#    every layer and every pass, in training and in inference; it costs memory bandwidth, not arithmetic. Test: time the
#    projection with and without `.contiguous()`, at the same shapes, in turns.
# 2. *The order of axes.* `nn.MultiheadAttention` works on (T, B, C) inside and transposes the input if
#    `batch_first=True`. A transposition alone is free (a view), but the matrix product needs contiguous memory, so the
#    input is copied, B·T·C numbers, and the bias is added in a pass of its own, over 3·B·T·C numbers, in place of
#    together with the product. Test: `batch_first=False` on an input that is (T, B, C) from the start.
# 3. *The mask.* Theirs is built at every call, brought into its final form and looked at in every layer; ours is never
#    built, since the fused attention knows what causal means. With `is_causal=True` theirs is not read in the attention
#    either. The cost is small, and of the order of T²; without the hint it would grow. Test: pass `is_causal=False`.
# 4. *Questions.* Each of their layers asks a dozen questions before it computes (is there a fast path? is the input
#    nested? which mask?). That costs a fixed number of microseconds per layer, however small the tensors are: nothing
#    in training on large batches, but visible when a single token is generated. Test: plot the ratio of the times
#    against B·T; a fixed cost shows as a ratio that falls towards 1.
# 5. *The fast path.* In inference, with biases, an even number of heads and ReLU or exact GELU, a whole layer runs as
#    one native call. Our model uses the tanh form, so theirs never takes it. Test: exact GELU in both, with the fast
#    path switched on and off by `torch.backends.mha.set_fastpath_enabled`.
# 6. *Defaults that are no part of the comparison.* `dim_feedforward=2048`, or a dropout of 0.1 left on, would cost much
#    more than all of this: then the models would not compute the same thing, and the race would say nothing.
# 7. *What the race leaves out*: a cache for keys and values, which torch's layers do not have. Without it both compute
#    the whole text again for each token, which costs far more than any difference between the two (lessons 10 and 12).
#
# **Rubric (4 points).** 1 point: says that the large products are equal, so that differences are small or shrink with
# size. 1 point: at least two real differences in data movement (copies, transpositions, mask), with the right reason.
# 1 point: at least one difference in fixed cost or in the choice of the path (questions per layer, fast path), assigned
# rightly to training or inference. 1 point: a test for each claim that changes one thing only, with warm-up, turns and
# a spread. Take half a point off for a difference that changes the result (dropout, width) and is not recognised as
# making the comparison invalid.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You know what each argument of torch's layers stands for, you can carry weights from one model to another and prove
# that they are the same model, and you can time two programs without fooling yourself. In lesson 10 you change the
# model itself, one part at a time, until it is a Llama.
