# %% [markdown]
# # Exercises 19 · Fast inference
#
# Nine exercises on lesson 19: weights as whole numbers, drafts that are verified, keys and values in pages. Each answer
# is checked by the cell after it: run it as often as you like, the inputs are new each time. If you are stuck,
# `hint(name)` gives three hints, one at a time.
#
# **Exercises 1 to 7 are the session: 72 minutes.** Exercises 8 and 9, a pencil and a text, are **optional** and take 22
# minutes. They need no code from the others, so they can wait for another day.
#
# Letters: `V` vocabulary, `D` head size, `k` drafted tokens.

# %%
import torch
from jaxtyping import Float, Int8
from torch import Tensor

from course_lib.checks import check, hint

# %% [markdown] exercise="quantize_rows" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 1: Whole numbers for weights
#
# Give each row of a weight one scale, and make each weight a whole number of so many bits. With 8 bits the row's
# largest weight in size becomes 127 or −127, with 4 bits 7 or −7. The others become the nearest whole number of steps.
#
# Return the numbers, as `torch.int8` also for 4 bits, and the scales, of shape `(out,)`. The scale is the size of a
# step: what a number is multiplied by to get its weight back. A row of zeros has the scale 0 and the numbers 0.


# %% answer="quantize_rows"
def quantize_rows(weight: Float[Tensor, "out in"], bits: int) -> tuple[Int8[Tensor, "out in"], Float[Tensor, " out"]]:
    """Numbers and the scale of each row; weight ≈ numbers · scale[:, None]."""
    ### BEGIN SOLUTION
    largest = 2 ** (bits - 1) - 1  # as many steps below zero as above it
    scale = weight.abs().amax(dim=1) / largest  # (out,)
    safe = torch.where(scale == 0, 1.0, scale)  # 0 / 0 would be NaN
    return torch.round(weight / safe[:, None]).to(torch.int8), scale
    ### END SOLUTION


# %% check="quantize_rows"
check(quantize_rows)

# %% [markdown] exercise="dequantize_groups" kind="implement" difficulty=2 minutes=12 points=2
# ## Exercise 2: The way back, in groups
#
# Here each row is cut into groups of neighbours. A group has a scale and a *zero point*: the whole number that stands
# for a weight of 0. So weight = (number − zero) · scale, with the scale and the zero point of the number's group.
#
# Numbers and zero points come as `torch.int8`, as they lie in memory.


# %% answer="dequantize_groups"
def dequantize_groups(
    numbers: Int8[Tensor, "out in"], scale: Float[Tensor, "out groups"], zero: Int8[Tensor, "out groups"]
) -> Float[Tensor, "out in"]:
    """The weights that the numbers stand for."""
    ### BEGIN SOLUTION
    out, groups = scale.shape
    parts = numbers.view(out, groups, -1).float()  # (out, groups, size); floating point first: int8 would overflow
    return ((parts - zero[..., None].float()) * scale[..., None]).flatten(1)
    ### END SOLUTION


# %% check="dequantize_groups"
check(dequantize_groups)

# %% [markdown] exercise="residual_distribution" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 3: What the draft gives too rarely
#
# A draft proposes tokens with probabilities `q`, the target wants `p`. A token that was refused is replaced by a draw
# from the *residual*: what `p` has more than `q`, and 0 where it has less, made to add up to 1. Where `p` and `q` are
# equal, nothing is ever refused; return `p` there.


# %% answer="residual_distribution"
def residual_distribution(p: Float[Tensor, " V"], q: Float[Tensor, " V"]) -> Float[Tensor, " V"]:
    """The distribution that replaces a refused token."""
    ### BEGIN SOLUTION
    missing = (p - q).clamp(min=0)  # (V,)
    return missing / missing.sum() if missing.sum() > 0 else p
    ### END SOLUTION


# %% check="residual_distribution"
check(residual_distribution)

# %% [markdown] exercise="keep_or_replace" kind="debug" difficulty=1 minutes=10 points=3
# ## Exercise 4: A draft that changes the stories
#
# You know this rule from the lesson. It was in use for a month. The text looked fine, and nothing failed. Then somebody
# counted. Two numbers decide, both drawn evenly between 0 and 1: `u`, whether the drafted token stays, and `v`, what
# replaces it. Run the cell.


# %%
def broken_rule(token, p, q, u, v):
    """Meant: a token whose distribution is p, although it was drafted from q."""
    if u < p[token] / q[token]:
        return token
    return int((p.cumsum(0) <= v).sum())  # the first token whose running sum exceeds v


target, draft = torch.tensor([0.5, 0.5]), torch.tensor([0.75, 0.25])
seen = torch.zeros(2)
for token in range(2):
    for u in torch.arange(0.005, 1, 0.01).tolist():
        for v in torch.arange(0.005, 1, 0.01).tolist():
            seen[broken_rule(token, target, draft, u, v)] += draft[token] / 10_000
print("the target wants", target.tolist(), "and what comes out has", [round(x, 2) for x in seen.tolist()])

# %% [markdown]
# Write it so that the target's distribution comes out, whatever the draft is. A draw by `v` is the first token of the
# distribution whose running sum exceeds `v`.


# %% answer="keep_or_replace"
def keep_or_replace(token: int, p: Float[Tensor, " V"], q: Float[Tensor, " V"], u: float, v: float) -> int:
    """The drafted token, or the one that takes its place."""
    ### BEGIN SOLUTION
    if u < p[token] / q[token]:
        return token
    missing = (p - q).clamp(min=0)  # what was accepted already is not given again
    running = (missing / missing.sum()).cumsum(0)  # (V,)
    return min(int((running <= v).sum()), len(p) - 1)  # the last sum may be a rounding below 1
    ### END SOLUTION


# %% check="keep_or_replace"
check(keep_or_replace)

# %% [markdown] exercise="greedy_round" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 5: A greedy round
#
# At temperature 0 the rule is simple. `drafted` are the k proposed tokens. `best` are the k + 1 tokens that the target
# finds most likely: `best[i]` at the place of `drafted[i]`, and `best[k]` after all of them. Return the tokens that
# this round adds to the text.


# %% answer="greedy_round"
def greedy_round(drafted: list[int], best: list[int]) -> list[int]:
    """What stays of the draft, and the target's own token after it."""
    ### BEGIN SOLUTION
    kept = 0
    while kept < len(drafted) and drafted[kept] == best[kept]:
        kept += 1
    return [*drafted[:kept], best[kept]]
    ### END SOLUTION


# %% check="greedy_round"
check(greedy_round)

# %% [markdown] exercise="look_up_draft" kind="implement" difficulty=2 minutes=12 points=2
# ## Exercise 6: Prompt lookup
#
# The cheapest draft is the text itself. Find the *latest* place before the end where the last `n` tokens of the text
# stood already, and return up to `k` tokens that followed them there. That place may overlap the last `n` tokens, but
# it is not their own place. If there is none, return an empty list.


# %% answer="look_up_draft"
def look_up_draft(text: list[int], n: int, k: int) -> list[int]:
    """Up to k tokens that followed the last n tokens when they stood in the text before."""
    ### BEGIN SOLUTION
    for start in range(len(text) - n - 1, -1, -1):  # from the latest place to the first
        if text[start : start + n] == text[-n:]:
            return text[start + n : start + n + k]
    return []
    ### END SOLUTION


# %% check="look_up_draft"
check(look_up_draft)

# %% [markdown] exercise="gather_pages" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 7: Pages
#
# `memory` holds the keys of all requests in pages of a few tokens. `table` lists the pages of one request in the order
# of its text, and `length` says how many tokens it has. Its pages may have more room than that. Return its keys.


# %% answer="gather_pages"
def gather_pages(memory: Float[Tensor, "pages size D"], table: list[int], length: int) -> Float[Tensor, "length D"]:
    """The keys of one request, from its first token to its last."""
    ### BEGIN SOLUTION
    return memory[torch.tensor(table)].flatten(0, 1)[:length]  # (pages of the text · size, D), cut
    ### END SOLUTION


# %% check="gather_pages"
check(gather_pages)

# %% [markdown] exercise="predict_inference" kind="predict" difficulty=2 minutes=10 points=2
# ## Exercise 8: Before you build it
#
# Work out four numbers, with pencil and paper, and return them. Two digits after the point are enough.
#
# 1. the bytes of a weight of shape (512, 256) in int4, with a scale of 2 bytes for each group of 64 numbers in a row;
# 2. the mean number of tokens that a round gives, if 3 tokens are drafted and each stays with probability 0.5;
# 3. the speed-up of that, if a drafted token costs a quarter of a pass of the target;
# 4. the pages that a text of 70 tokens needs, if a page holds 16.


# %% answer="predict_inference"
def predict_inference() -> tuple[int, float, float, int]:
    """Bytes, tokens of a round, speed-up, pages."""
    ### BEGIN SOLUTION
    num_bytes = 512 * 256 // 2 + 2 * 512 * (256 // 64)  # half a byte for each number, and 4 scales in each row
    tokens = 1 + 0.5 + 0.5**2 + 0.5**3  # a token stays only if all before it stay
    return num_bytes, tokens, tokens / (1 + 3 * 0.25), 5  # 4 pages hold 64 tokens
    ### END SOLUTION


# %% check="predict_inference"
check(predict_inference)

# %% [markdown] exercise="explain_rollback" kind="explain" difficulty=2 minutes=12 points=3
# ## Exercise 9: A cache that remembers too much
#
# A friend has built speculative decoding. At temperature 0 the text agrees with plain greedy text up to the first
# refused token. Behind it, it is another text, and not a good one. The rule of acceptance is right. The keys and values
# of drafted tokens go into the cache when the target reads them.
#
# Say in a few sentences: what is wrong, why the text is right up to the first refusal, and why no error is raised. Then
# say what must be done in the target's cache and in the draft's cache after each round. Which test would have found it?

# %% [markdown] answer="explain_rollback"
# ### BEGIN SOLUTION
# **Model answer.** The keys and values of refused tokens are still in the cache. The next pass appends the new token
# behind them, so that the model attends to tokens that are not in the text, and the new token's position is too large.
# As long as all drafted tokens stay, the cache and the text are the same, so nothing is wrong before the first refusal.
# There is no error because all shapes fit: a cache does not know which text it belongs to.
#
# After each round the length of the target's cache goes back to the tokens that stayed. The round's last token is not
# in it yet: it came out of the logits and is read in the next pass. The draft's cache goes back to the same place. It
# may also *lack* a token: if all k stayed, the draft has not read the last of them.
#
# The test: greedy text with a draft that errs often must be the text of `generate`, token by token. A test with a draft
# that is always right passes with this mistake.
#
# **Marks.** 1 point for the refused tokens that stay in the cache, with the reason why it begins at the first refusal.
# 1 point for what both caches must do. 1 point for a test in which tokens are refused.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You can now make a model smaller, say what that costs, and let a draft write without a change of what is written. The
# habit to keep: whatever is made faster is compared with the slow form, token by token or probability by probability.
