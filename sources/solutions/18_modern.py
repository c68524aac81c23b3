# %% [markdown]
# # Exercises 18 · The decoder of today
#
# Nine exercises on lesson 18: the parts that came after Llama 3, the optimizer that came with them, and what they cost.
# Each answer is checked by the cell after it: run it as often as you like, the inputs are new each time. If you are
# stuck, `hint(name)` gives three hints, one at a time.
#
# Letters: `B` batch, `T` tokens, `H` heads, `D` head size, `C` width, `N` tokens of all texts in one list, `E` experts,
# `k` experts per token.

# %%
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks import check, hint

# %% [markdown] exercise="normalize_heads" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: QK-norm
#
# Queries have the shape `(B, H, T, D)`. Normalise each head of each position by itself: divide its `D` numbers by
# √(mean of their squares + `eps`), and multiply them by `weight`.


# %% answer="normalize_heads"
def normalize_heads(x: Float[Tensor, "B H T D"], weight: Float[Tensor, "D"], eps: float) -> Float[Tensor, "B H T D"]:
    """An RMSNorm over the numbers of each head."""
    ### BEGIN SOLUTION
    mean_square = x.square().mean(dim=-1, keepdim=True)  # (B, H, T, 1)
    return x * torch.rsqrt(mean_square + eps) * weight
    ### END SOLUTION


# %% check="normalize_heads"
check(normalize_heads)

# %% [markdown] exercise="window_mask" kind="implement" difficulty=2 minutes=10 points=3
# ## Exercise 2: A window, with a cache
#
# `new` tokens arrive, and with those in the cache there are `seen` of them: the queries are the **last** `new`
# positions. Return the mask of a local layer, True where a query may look: at its own position and the `window` − 1
# positions before it.


# %% answer="window_mask"
def window_mask(new: int, seen: int, window: int) -> Bool[Tensor, "new seen"]:
    """Which of the `seen` keys each of the last `new` queries may attend to."""
    ### BEGIN SOLUTION
    key = torch.arange(seen)
    query = torch.arange(seen - new, seen)[:, None]  # (new, 1)
    return (key <= query) & (key > query - window)
    ### END SOLUTION


# %% check="window_mask"
check(window_mask)

# %% [markdown] exercise="route" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 3: The router
#
# For each token choose the `k` experts with the largest logits, largest first. Return their shares, which follow the
# softmax and sum to 1 for each token, and their numbers.


# %% answer="route"
def route(logits: Float[Tensor, "N E"], k: int) -> tuple[Float[Tensor, "N k"], Int[Tensor, "N k"]]:
    """The shares of the chosen experts, and which they are."""
    ### BEGIN SOLUTION
    best, chosen = logits.topk(k, dim=-1)
    return torch.softmax(best, dim=-1), chosen
    ### END SOLUTION


# %% check="route"
check(route)

# %% [markdown] exercise="balance_loss" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 4: Equally busy
#
# Each token chooses its `k` experts with the largest logits. Let f be the share of all `N · k` choices that each expert
# got, and P its mean probability over the tokens. Return E · Σ f P, with its gradient.


# %% answer="balance_loss"
def balance_loss(logits: Float[Tensor, "N E"], k: int) -> Float[Tensor, ""]:
    """1 where all experts are equally busy, and usually more where some are crowded."""
    ### BEGIN SOLUTION
    E = logits.shape[-1]
    probabilities = torch.softmax(logits, dim=-1)  # (N, E)
    chosen = probabilities.topk(k, dim=-1).indices  # (N, k)
    f = F.one_hot(chosen, E).float().mean(dim=(0, 1))  # (E,)
    return E * (f * probabilities.mean(dim=0)).sum()
    ### END SOLUTION


# %% check="balance_loss"
check(balance_loss)

# %% [markdown] exercise="mix_experts" kind="debug" difficulty=2 minutes=12 points=3
# ## Exercise 5: The mixture that was no mixture
#
# A team trained this mixture for a week. It ran without an error and its loss fell, only not as far as expected. Here
# an expert is one matrix, and expert 1 multiplies by 10. The token has 3/4 of expert 1 and 1/4 of expert 0: the result
# should be 3/4 · 10 + 1/4 · 1 = 7.75 times the token.


# %%
def broken_mix(x, shares, chosen, experts):
    """Meant: for each token the sum over its experts, each with its share."""
    mixture = torch.zeros_like(x)
    for number in range(len(experts)):
        rows, place = torch.where(chosen == number)  # which tokens chose it, and as which of their k
        mixture[rows] = shares[rows, place].unsqueeze(-1) * (x[rows] @ experts[number])
    return mixture


two_experts = torch.stack([torch.eye(2), 10 * torch.eye(2)])
one_token = torch.tensor([[1.0, 2.0]])
print(broken_mix(one_token, torch.tensor([[0.75, 0.25]]), torch.tensor([[1, 0]]), two_experts).tolist())

# %% [markdown]
# Find out what is missing in 7.5, and write the mixture so that nothing is.


# %% answer="mix_experts"
def mix_experts(
    x: Float[Tensor, "N C"], shares: Float[Tensor, "N k"], chosen: Int[Tensor, "N k"], experts: Float[Tensor, "E C C"]
) -> Float[Tensor, "N C"]:
    """For each token the sum over its experts, each with its share."""
    ### BEGIN SOLUTION
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        token, slot = (chosen == e).nonzero(as_tuple=True)
        out = out.index_add(0, token, shares[token, slot, None] * (x[token] @ expert))  # added, not assigned
    return out
    ### END SOLUTION


# %% check="mix_experts"
check(mix_experts)

# %% [markdown] exercise="newton_schulz_step" kind="implement" difficulty=2 minutes=8 points=2
# ## Exercise 6: One step of Newton–Schulz
#
# Return a x + b (x xᵀ) x + c (x xᵀ)² x, with a = 3.4445, b = −4.7750 and c = 2.0315. All products are products of
# matrices.


# %% answer="newton_schulz_step"
def newton_schulz_step(x: Float[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    """Each singular value s becomes a s + b s³ + c s⁵."""
    ### BEGIN SOLUTION
    gram = x @ x.T  # (m, m)
    return 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    ### END SOLUTION


# %% check="newton_schulz_step"
check(newton_schulz_step)

# %% [markdown] exercise="for_muon" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 7: Whose parameter is it?
#
# Muon moves the matrices of the hidden layers. Tables with a row per token (embedding and head), vectors (norms and
# biases) and routers go to AdamW. `shapes` gives the shape of each parameter by its name, such as
# `blocks.0.mlp.up_proj.weight` or `blocks.1.mlp.router.weight`. Return the names for Muon, in their order.


# %% answer="for_muon"
def for_muon(shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """The names of the parameters that Muon should move."""
    ### BEGIN SOLUTION
    return [
        name
        for name, shape in shapes.items()
        if name.startswith("blocks.") and len(shape) == 2 and "router" not in name
    ]
    ### END SOLUTION


# %% check="for_muon"
check(for_muon)

# %% [markdown] exercise="predict_modern_sizes" kind="predict" difficulty=2 minutes=12 points=3
# ## Exercise 8: Held, used, cached
#
# Calculate before you run anything. A model has width C = 100 and four layers.
#
# - Its mixture has 8 experts, each with three matrices (gate, up, down) of 100 × 200, and a router; a token uses 2.
#   How many parameters does the mixture of **one** block hold? How many of them does a token use?
# - It has 6 query heads and 2 key and value heads of 16 numbers. Three layers are local with a window of 100 tokens,
#   one is global. How many numbers does its cache hold after 1,000 tokens?
# - Instead, all four layers use latent attention with a latent of 40 numbers and a rotated key of 8. How many numbers
#   does the cache hold then?


# %% answer="predict_modern_sizes"
def predict_modern_sizes() -> tuple[int, int, int, int]:
    """Parameters held, parameters used, numbers cached with windows, numbers cached with latents."""
    ### BEGIN SOLUTION
    expert, router = 3 * 100 * 200, 100 * 8
    windows = (3 * 100 + 1_000) * 2 * 2 * 16  # tokens kept in all layers, times keys and values of 2 heads
    return 8 * expert + router, 2 * expert + router, windows, 4 * 1_000 * (40 + 8)
    ### END SOLUTION


# %% check="predict_modern_sizes"
check(predict_modern_sizes)

# %% [markdown] exercise="explain_small_experts" kind="explain" difficulty=2 minutes=10 points=3
# ## Exercise 9: What does an expert buy?
#
# A mixture of experts computes as much per token as a plain MLP with as many *active* parameters. Explain in a few
# sentences: what does it buy, what does it cost, and why does a large company with many requests at a time gain more
# from it than you do with one text on your own computer?

# %% [markdown] answer="explain_small_experts"
# ### BEGIN SOLUTION
# It buys parameters, and so room for knowledge, without more arithmetic per token. It costs memory: all experts must be
# kept, and a router and its balance must be trained. With one text, each token reads the weights of its own experts, so
# the bytes read per token are those of the active parameters, but the memory has to hold them all. With many requests
# at a time every expert is read once for many tokens, and can lie on a device of its own.
#
# *Full marks: more parameters at equal arithmetic; all of them in memory; the load shared by many tokens at a time.*
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# The decoder of today is the Llama that you know, with a norm on queries and keys, a mask with a window, a router
# before several MLPs, and another optimizer. Most of their mistakes are silent: a window off by one, shares that do not
# sum to 1, a second expert that overwrites the first. The habit to keep: calculate a small case by hand, and count what
# a change holds, computes and caches before you believe that it helps.
