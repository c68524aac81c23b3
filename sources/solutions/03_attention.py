# %% [markdown]
# # Exercises 03 · Attention from scratch
#
# Seven exercises on lesson 03, from the softmax to the whole of attention. Each answer is checked by the cell after it:
# run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)` gives three hints, one at a
# time. The last exercise is prose.
#
# A signature tells shapes: `Float[Tensor, "T d"]` is a tensor of floating-point numbers with `T` rows and `d` columns,
# `Bool` one of True and False, and `*shape` or `*batch` any number of dimensions, also none. It is a note for you;
# Python itself does not check it.
#
# Please do not use `torch.softmax`, `F.softmax` or `F.scaled_dot_product_attention` before you have written your own.
# The check cannot see whether you did.

# %%
import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_lib import attention
from course_lib.checks import check, hint

# %% [markdown] exercise="softmax" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: Softmax
#
# Turn scores into shares of 1 along the dimension `dim`:
#
# $$\operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$
#
# The scores may be as large as 1,000 and as small as −1,000, and some of them may be $-\infty$ (but never all of a
# row). By hand: `softmax(tensor([0, ln 3]))` is `[0.25, 0.75]`.


# %% answer="softmax"
def softmax(x: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """exp(x) divided by its sum along `dim`, for scores of any finite size."""
    ### BEGIN SOLUTION
    largest = x.amax(dim=dim, keepdim=True)  # it cancels, and exp cannot overflow
    exps = (x - largest).exp()
    return exps / exps.sum(dim=dim, keepdim=True)
    ### END SOLUTION


# %% check="softmax"
check(softmax)

# %% [markdown] exercise="causal_mask" kind="implement" difficulty=1 minutes=6 points=1
# ## Exercise 2: The causal mask
#
# Return a boolean tensor of shape `(T, T)`. Row `t` belongs to the query at position `t`, column `j` to the key at
# position `j`. It is `True` where the query may attend to the key: at its own position and before it.


# %% answer="causal_mask"
def causal_mask(T: int) -> Bool[Tensor, "T T"]:
    """True where query t may attend to key j."""
    ### BEGIN SOLUTION
    position = torch.arange(T)
    return position <= position[:, None]
    ### END SOLUTION


# %% check="causal_mask"
check(causal_mask)

# %% [markdown] exercise="single_query_attention" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 3: One query
#
# One query of shape `(d,)` looks at `T` keys of shape `(T, d)` and takes the weighted mean of `T` values of shape
# `(T, d_v)`. The width of the values may differ from `d`.
#
# $$\text{output} = \sum_j \operatorname{softmax}\!\left(\frac{q \cdot k_j}{\sqrt d}\right)_{\!j} v_j$$
#
# Without a loop it takes three lines. You may use `attention.softmax`, the library's own.


# %% answer="single_query_attention"
def single_query_attention(
    q: Float[Tensor, "d"],
    k: Float[Tensor, "T d"],
    v: Float[Tensor, "T d_v"],
) -> Float[Tensor, "d_v"]:
    """The mean of the values, weighted by how well each key matches the query."""
    ### BEGIN SOLUTION
    scores = k @ q / math.sqrt(q.shape[-1])  # (T,)
    weights = attention.softmax(scores)  # (T,)
    return weights @ v  # (d_v,)
    ### END SOLUTION


# %% check="single_query_attention"
check(single_query_attention)

# %% [markdown] exercise="predict_weights_of_equal_keys" kind="predict" difficulty=1 minutes=4 points=1
# ## Exercise 4: Predict the weights
#
# Five tokens have five different queries, but all five *keys* are the same vector. Attention is causal. Which weights
# does the **third token** (position 2) give to the five keys?
#
# Work it out without running anything. Return the five numbers; two decimals will do.


# %% answer="predict_weights_of_equal_keys"
def predict_weights_of_equal_keys() -> list[float]:
    """The five weights of the query at position 2."""
    ### BEGIN SOLUTION
    return [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0]  # equal scores for the three keys it sees, whatever its query
    ### END SOLUTION


# %% check="predict_weights_of_equal_keys"
check(predict_weights_of_equal_keys)

# %% [markdown] exercise="masked_softmax" kind="debug" difficulty=2 minutes=10 points=2
# ## Exercise 5: A mask that leaks
#
# This function was in use for a week before anybody noticed. Its weights have zeros where they should. Run the cell,
# look at what it prints, and find out what is wrong.


# %%
def broken_masked_softmax(scores):
    weights = torch.softmax(scores, dim=-1)
    return weights.masked_fill(~attention.causal_mask(scores.shape[-1]), 0.0)


today = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
tomorrow = today.clone()
tomorrow[0, 2] = 4.0  # only the score of a key in the future of token 0 is changed
print("weights of token 0, which sees only itself:", broken_masked_softmax(today)[0])
print("the same, after a change in the future:    ", broken_masked_softmax(tomorrow)[0])

# %% [markdown]
# Now write it as it should be. The scores have the shape `(..., T, T)` and may be of any finite size, also very large
# in the future.


# %% answer="masked_softmax"
def masked_softmax(scores: Float[Tensor, "*batch T T"]) -> Float[Tensor, "*batch T T"]:
    """The weights of causal attention: each row shares out 1 among the keys that its query may see."""
    ### BEGIN SOLUTION
    mask = attention.causal_mask(scores.shape[-1], device=scores.device)
    return torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)  # the future is gone before the sum is taken
    ### END SOLUTION


# %% check="masked_softmax"
check(masked_softmax)

# %% [markdown] exercise="scaled_dot_product_attention" kind="implement" difficulty=2 minutes=15 points=4
# ## Exercise 6: All of it
#
# $$\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt d} + M\right) V$$
#
# $M$ is 0 where a query may see a key, and $-\infty$ where it may not.
#
# Any number of batch dimensions may stand before `(T, d)`: none, one, or two as in `(B, H, T, D)`. With
# `causal=True`, the default, no token sees those after it; with `causal=False` every token sees all. The gradients
# are checked as well.
#
# You may use `attention.softmax` and `attention.causal_mask`.


# %% answer="scaled_dot_product_attention"
def scaled_dot_product_attention(
    q: Float[Tensor, "*batch T d"],
    k: Float[Tensor, "*batch T d"],
    v: Float[Tensor, "*batch T d_v"],
    *,
    causal: bool = True,
) -> Float[Tensor, "*batch T d_v"]:
    """For each query the mean of the values it may see, weighted by how well their keys match."""
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, T)
    if causal:
        allowed = attention.causal_mask(q.shape[-2], device=q.device)  # (T, T)
        scores = scores.masked_fill(~allowed, -math.inf)
    return attention.softmax(scores, dim=-1) @ v  # (..., T, d_v)
    ### END SOLUTION


# %% check="scaled_dot_product_attention"
check(scaled_dot_product_attention)

# %% [markdown] exercise="explain_scaling" kind="explain" difficulty=2 minutes=12 points=3
# ## Exercise 7: Explain the root
#
# In your own words, about ten sentences:
#
# 1. Why are scores divided by √d, and not by d, and not left as they are? Say what happens in each of the three cases
#    as d grows.
# 2. The argument assumes that the entries of queries and keys have variance 1. Suppose they have variance $\sigma^2$.
#    What is then the standard deviation of the scores after the division, and what would you see for a σ of 0.1 and a
#    σ of 10?
# 3. The factor is fixed, but a trained model is not stuck with it. How can it make attention sharper or softer by
#    itself?

# %% [markdown] answer="explain_scaling"
# ### BEGIN SOLUTION
# **Model answer.** (1) $q \cdot k$ is a sum of d independent terms with variance 1, so its standard deviation is √d.
# Left as they are, scores spread more and more as d grows: the softmax gives nearly all weight to one key, chosen by
# chance, and as its gradient is $w(1 - w)$, hardly any gradient gets through. Divided by d, the scores' deviation is
# 1/√d and goes to 0: all weights become equal, and attention is a plain mean. Divided by √d, the deviation is 1
# for every d, so at the start a wide model spreads its attention as evenly as a narrow one.
#
# (2) Each term $q_i k_i$ now has variance $\sigma^4$, so after the division the scores have a standard deviation of
# $\sigma^2$. For σ = 0.1 it is 0.01: the weights are nearly equal. For σ = 10 it is 100: the softmax is saturated, even
# with the division by √d. So the division does its work only together with a sensible initialization, or with a
# normalization before it.
#
# (3) Scores are products with $W_Q$ and $W_K$. If training makes these matrices larger, all scores grow and attention
# becomes sharper; if it makes them smaller, attention becomes softer. The factor only decides where training starts.
#
# **Marks.** 1 point for (1): the deviation √d, and what goes wrong in both other cases (half if only one). 1 point
# for (2): $\sigma^2$, and both consequences. 1 point for (3): the size of the learned matrices (or of the vectors
# that go in).
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You have written every part of attention and put the parts together. Two habits are worth keeping: compare the clever
# line with the plain loop, and test a mask by changing the future. Lesson 04 builds on exactly your function: several
# of them, side by side.
