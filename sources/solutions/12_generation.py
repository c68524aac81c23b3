# %% [markdown]
# # Exercises 12 · Generation
#
# Eleven exercises on lesson 12: everything between a model's logits and a text. Each answer is checked by the cell
# after it: run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)` gives three hints,
# one at a time.
#
# Letters: `B` batch, `T` tokens, `V` vocabulary.

# %%
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.checks import check, hint

# %% [markdown] exercise="sharpen" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: Temperature
#
# Turn logits into the probabilities at a temperature. At 0 the most likely token gets all the probability. If several
# tie, the first of them does.


# %% answer="sharpen"
def sharpen(logits: Float[Tensor, "B V"], temperature: float) -> Float[Tensor, "B V"]:
    """The probabilities of the next token at this temperature, 0 included."""
    ### BEGIN SOLUTION
    if temperature == 0:  # the limit; to divide by it would give NaN
        best = logits.argmax(dim=-1, keepdim=True)  # (B, 1)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return torch.softmax(logits / temperature, dim=-1)
    ### END SOLUTION


# %% check="sharpen"
check(sharpen)

# %% [markdown] exercise="keep_top_k" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 2: Top-k
#
# Return the logits with −∞ for every token that is less likely than the `k`-th most likely one of its row. Tokens that
# *tie* with the `k`-th stay, so that equal tokens are treated alike. `k` may be larger than the vocabulary.


# %% answer="keep_top_k"
def keep_top_k(logits: Float[Tensor, "B V"], k: int) -> Float[Tensor, "B V"]:
    """The logits of the k most likely tokens of each row, −inf for the others."""
    ### BEGIN SOLUTION
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]  # (B, 1): the smallest that stays
    return logits.masked_fill(logits < kth, -math.inf)
    ### END SOLUTION


# %% check="keep_top_k"
check(keep_top_k)

# %% [markdown] exercise="keep_min_p" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 3: Min-p
#
# Return the logits with −∞ for every token that is less than `p` times as likely as the most likely token of its row.


# %% answer="keep_min_p"
def keep_min_p(logits: Float[Tensor, "B V"], p: float) -> Float[Tensor, "B V"]:
    """The logits of tokens that are not too far below the best, −inf for the others."""
    ### BEGIN SOLUTION
    probabilities = torch.softmax(logits, dim=-1)  # (B, V)
    border = p * probabilities.amax(dim=-1, keepdim=True)  # (B, 1)
    return logits.masked_fill(probabilities < border, -math.inf)
    ### END SOLUTION


# %% check="keep_min_p"
check(keep_min_p)

# %% [markdown] exercise="predict_entropies" kind="predict" difficulty=2 minutes=8 points=2
# ## Exercise 4: Predict: how much is left open?
#
# A model gives four tokens the probabilities 1/2, 1/4, 1/8, 1/8. How many **bits** is the entropy of what is drawn
#
# 1. as it is;
# 2. at a temperature that comes near to 0;
# 3. at a temperature that grows without end;
# 4. with top-p at `p = 0.6`?
#
# Two digits after the point are enough. A pencil will do: log₂ 3 = 1.585.


# %% answer="predict_entropies"
def predict_entropies() -> tuple[float, float, float, float]:
    """Bits: as it is, near 0, without end, top-p."""
    ### BEGIN SOLUTION
    as_it_is = 1 / 2 * 1 + 1 / 4 * 2 + 2 * 1 / 8 * 3  # 1.75: the mean of log₂(1/p)
    near_zero = 0.0  # one token has it all
    without_end = math.log2(4)  # all logits are nearly 0, so that the four are equally likely
    top_p = 2 / 3 * math.log2(3 / 2) + 1 / 3 * math.log2(3)  # 1/2 does not reach 0.6, so 1/4 stays: 2/3 and 1/3
    return as_it_is, near_zero, without_end, top_p
    ### END SOLUTION


# %% check="predict_entropies"
check(predict_entropies)

# %% [markdown] exercise="keep_top_p" kind="debug" difficulty=2 minutes=15 points=3
# ## Exercise 5: The filter that let nothing through
#
# This top-p is wrong. Sometimes the text is odd, and now and then the program stops with an error. Run the cell:
# three tokens with probabilities 0.1, 0.6 and 0.3, and `p = 0.7`. Tokens 1 and 2 should stay. **Two** things are wrong.


# %%
def broken_top_p(logits, p):
    """Meant: keep the fewest most likely tokens whose probabilities add up to p or more."""
    ordered = logits.sort(dim=-1, descending=True).values
    running = torch.softmax(ordered, dim=-1).cumsum(dim=-1)  # (B, V)
    return logits.masked_fill(running > p, -math.inf)


three = torch.tensor([[0.1, 0.6, 0.3]]).log()
print("0.7 keeps token", broken_top_p(three, 0.7).isfinite().nonzero()[:, 1].tolist())
print("0.5 keeps token", broken_top_p(three, 0.5).isfinite().nonzero()[:, 1].tolist())
try:
    torch.multinomial(torch.softmax(broken_top_p(three, 0.5), dim=-1), num_samples=1)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# Write it so that the token with which the sum reaches `p` stays, and each token keeps its place.


# %% answer="keep_top_p"
def keep_top_p(logits: Float[Tensor, "B V"], p: float) -> Float[Tensor, "B V"]:
    """The logits of the fewest most likely tokens that have p or more together, −inf for the others."""
    ### BEGIN SOLUTION
    ordered, order = logits.sort(dim=-1, descending=True)  # both (B, V)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # the sum without the token itself; 0 for the first
    gone = before >= p  # in sorted order …
    removed = torch.zeros_like(gone).scatter(-1, order, gone)  # … and in the order of ids
    return logits.masked_fill(removed, -math.inf)
    ### END SOLUTION


# %% check="keep_top_p"
check(keep_top_p)

# %% [markdown] exercise="penalize_repeats" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: The repetition penalty
#
# Make the tokens in `seen` less likely: their logit is divided by `penalty` where it is positive, and multiplied by it
# where it is negative. How often a token was seen does not matter. Each row of `seen` belongs to the same row of
# `logits`.


# %% answer="penalize_repeats"
def penalize_repeats(logits: Float[Tensor, "B V"], seen: Int[Tensor, "B T"], penalty: float) -> Float[Tensor, "B V"]:
    """The logits, those of the tokens seen moved down."""
    ### BEGIN SOLUTION
    theirs = logits.gather(-1, seen)  # (B, T): the logit of each token seen
    lowered = torch.where(theirs > 0, theirs / penalty, theirs * penalty)
    return logits.scatter(-1, seen, lowered)  # a token seen twice is written twice, with the same value
    ### END SOLUTION


# %% check="penalize_repeats"
check(penalize_repeats)

# %% [markdown] exercise="write_with_cache" kind="implement" difficulty=2 minutes=15 points=4
# ## Exercise 7: Read nothing twice
#
# Write `max_new_tokens` tokens greedily, with a cache. `model.make_cache(batch_size)` gives an empty one, and
# `model(tokens, cache)` the logits of these tokens, which follow those that the cache has seen. No token may be read
# twice. (The text will not be longer than the cache, so that nothing need be cropped.)


# %% answer="write_with_cache"
def write_with_cache(model, idx: Int[Tensor, "B T"], max_new_tokens: int) -> Int[Tensor, "B T+new"]:
    """Each prompt with the most likely tokens after it; every token is read once at most."""
    ### BEGIN SOLUTION
    cache = model.make_cache(len(idx))
    unread = idx  # at first the whole prompt, then one token at a time
    for _ in range(max_new_tokens):
        unread = model(unread, cache)[:, -1].argmax(dim=-1, keepdim=True)  # (B, 1)
        idx = torch.cat([idx, unread], dim=1)
    return idx
    ### END SOLUTION


# %% check="write_with_cache"
check(write_with_cache)

# %% [markdown] exercise="write_to_the_end" kind="implement" difficulty=2 minutes=15 points=4
# ## Exercise 8: Knowing when to stop
#
# Write greedily, and stop. Several prompts are continued together. A text ends with its first **new** token `end`; a
# token `end` in the prompt ends nothing. From there on the text is filled up with `end`, while the others go on. When
# all have ended, or after `max_new_tokens`, return prompts and new tokens.
#
# The model sees at most `model.config.seq_len` tokens.


# %% answer="write_to_the_end"
def write_to_the_end(model, idx: Int[Tensor, "B T"], max_new_tokens: int, end: int) -> Int[Tensor, "B T+new"]:
    """Each prompt with the most likely text after it, up to its end."""
    ### BEGIN SOLUTION
    ended = torch.zeros(len(idx), dtype=torch.bool)  # (B,)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len :])[:, -1].argmax(dim=-1)  # (B,)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
    ### END SOLUTION


# %% check="write_to_the_end"
check(write_to_the_end)

# %% [markdown] exercise="pad_left" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 9: Prompts of different lengths
#
# Make one batch of several prompts. Return a dict of three tensors, each `(B, T)`, where `T` is the length of the
# longest prompt:
#
# - `"idx"`: the prompts, flush right, with `padding` on their left;
# - `"real"`: True where a token of the prompt stands;
# - `"positions"`: 0, 1, 2, … for the tokens of each prompt, and 0 for paddings.
#
# The padding token may also occur within a prompt, where it is as real as any other.


# %% answer="pad_left"
def pad_left(prompts: list[list[int]], padding: int) -> dict[str, Tensor]:
    """The batch, what of it is real, and where each token stands in its own text."""
    ### BEGIN SOLUTION
    T = max(len(prompt) for prompt in prompts)
    idx = torch.tensor([[padding] * (T - len(prompt)) + prompt for prompt in prompts])
    real = torch.tensor([[False] * (T - len(prompt)) + [True] * len(prompt) for prompt in prompts])
    positions = (real.long().cumsum(dim=-1) - 1).clamp(min=0)
    return {"idx": idx, "real": real, "positions": positions}
    ### END SOLUTION


# %% check="pad_left"
check(pad_left)

# %% [markdown] exercise="distinct_share" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 10: How varied is it?
#
# Of all n-grams in the given texts, what share is distinct? An n-gram lies within one text. Count those of all texts
# together, so that the same text told twice is half as varied. Without any n-gram return 0.


# %% answer="distinct_share"
def distinct_share(texts: list[list[int]], n: int) -> float:
    """Distinct n-grams over n-grams."""
    ### BEGIN SOLUTION
    grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0
    ### END SOLUTION


# %% check="distinct_share"
check(distinct_share)

# %% [markdown] exercise="explain_settings" kind="explain" difficulty=2 minutes=20 points=5
# ## Exercise 11: Three customers
#
# Three people use your story model. For each, choose the method (greedy, drawn, beam) and its settings (temperature,
# top-k, top-p, min-p, repetition penalty), and give the reason in two or three sentences, with what you saw in the
# lesson:
#
# 1. A **teacher** wants a hundred bedtime stories, no two alike, and none that falls apart.
# 2. A **tester** wants to see, after each change of the code, whether the model still writes what it wrote before.
# 3. An **editor** gives the first half of a sentence and wants the one most probable second half.
#
# Then a question. Somebody reports that a repetition penalty of 1.5 made the stories "more creative": the hero is
# called Lily, then Lucy, then Anna. What happened, and what would you suggest?

# %% [markdown] answer="explain_settings"
# ### BEGIN SOLUTION
# **Model answer.**
#
# 1. Draw, with a seed for each story, at a temperature of 0.7 to 1, and cut the tail off: top-p about 0.9, or min-p
#    about 0.05 to 0.1. Greedy does not work here: it tells one story per prompt. At temperature 1 without a filter,
#    each of the many unlikely tokens is rare, but a story has nearly two hundred draws, and one bad draw is enough to
#    spoil it. The lesson measured it: top-p at temperature 1, or a temperature of 0.7 alone, made the text more
#    familiar (more of its 4-grams occur in real stories) and cost little variety. At temperature 1.3 min-p did that,
#    and top-p did not. No setting made whole stories possible.
# 2. Greedy, or drawing with a fixed seed; and comparing logits with a tolerance is better than comparing text. Greedy
#    has no randomness, but where two tokens nearly tie, the last digits of a sum decide, and those depend on the
#    machine, the number of threads, the batch and the cache. A text that is the same proves much; a text that differs
#    proves little.
# 3. Beam search, with 4 beams or so: what is asked for is the most probable *sequence*, and greedy takes the best first
#    token even where no good end follows from it. The half sentence is short and has few good ends, and for that beam
#    search is good. (For open text it finds what is far likelier than real stories.)
#
# The question: the name Lily was *seen*, so its logit is lowered wherever it should come again, and another name takes
# its place. The penalty does not know which repetitions are faults and which the story needs; names, "she", "the" and
# full stops must repeat. I would lower it to 1.1 or leave it out, and avoid loops by drawing with top-p or min-p
# instead; or penalise only repeated n-grams, or only the last few tokens.
#
# **Marks.** 1 point for each customer, if method and reason fit (half a point for a fitting method without a reason
# from the lesson). 1 point for what the penalty did to the name, 1 for a workable suggestion.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# Between a model's logits and a reader lie a dozen lines, and you have written each of them. The habits to keep: a
# filter always leaves something to draw; removed means −∞, not 0; an ended text says no more; and a fast way of writing
# is compared with the slow one on the same prompt. In lesson 13 the same lines let released models write.
