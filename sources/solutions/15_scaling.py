# %% [markdown]
# # Exercises 15 · Evaluation and scaling
#
# Nine exercises on lesson 15: what a loss means, what makes it too good, and how to say the loss of a model that nobody
# has trained yet. They are **two sessions**, one for each part of the lesson:
#
# | | subject | exercises | minutes |
# |---|---|---|---|
# | **Part A** | what a loss is worth | 1, 2, 3 and 6 | 47 |
# | **Part B** | a law: fit it, and predict by it | 4, 5, 7, 8 and 9 | 70 |
#
# Each answer is checked by the cell after it: run it as often as you like, the inputs are new each time. If you are
# stuck, `hint(name)` gives three hints, one at a time.
#
# Letters: `N` parameters, `D` tokens, `E` the floor.

# %%
import math

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from course_lib.checks import check, hint

# %% [markdown] exercise="bits_per_byte" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: Bits per byte
#
# A text was read in batches. `losses[i]` is the mean loss of batch `i` in nats per token, `tokens[i]` is how many
# tokens that batch predicted, and `size` is the number of bytes of the whole text. Return its bits per byte. The last
# batch is smaller than the others.


# %% answer="bits_per_byte"
def bits_per_byte(losses: list[float], tokens: list[int], size: int) -> float:
    """Bits that the model needs for each byte of the text."""
    ### BEGIN SOLUTION
    nats = sum(loss * count for loss, count in zip(losses, tokens, strict=True))  # each mean times its tokens
    return nats / math.log(2) / size
    ### END SOLUTION


# %% check="bits_per_byte"
check(bits_per_byte)

# %% [markdown] exercise="split_stories" kind="debug" difficulty=2 minutes=15 points=3
# ## Exercise 2: The split that leaks
#
# Every `every`-th story is held out. The stories come from the web, where one story is told on many pages. Run the
# cell: nothing fails, and a model trained on this would even look good.


# %%
def broken_split(stories, every):
    """Meant: no story that is held out is also trained on."""
    train = [story for i, story in enumerate(stories) if i % every != every - 1]
    held_out = [story for i, story in enumerate(stories) if i % every == every - 1]
    return train, held_out


pages = ["The cat slept.", "A dog ran.", "The cat\nslept.", "A dog ran.", "Rain fell.", "The cat slept."]
in_train, in_held_out = broken_split(pages, every=2)
print("trained on:", in_train)
print("held out:  ", in_held_out)

# %% [markdown]
# Mend it. Two stories are the same if their words are the same, in order and with the same capitals; spaces and line
# ends do not matter. Number the **distinct** stories 0, 1, 2, … in the order in which they first come. Number `k` is
# held out if `k % every == every - 1`. The held-out part has each of its stories once, as it first came. The training
# part keeps all copies of its stories, in order.


# %% answer="split_stories"
def split_stories(stories: list[str], every: int) -> tuple[list[str], list[str]]:
    """The stories to train on, and those held out; no story is in both."""
    ### BEGIN SOLUTION
    numbers: dict[tuple[str, ...], int] = {}  # of each distinct story
    train, held_out = [], []
    for story in stories:
        words = tuple(story.split())
        is_new = words not in numbers
        number = numbers.setdefault(words, len(numbers))
        if number % every != every - 1:
            train.append(story)
        elif is_new:  # a copy would be judged twice
            held_out.append(story)
    return train, held_out
    ### END SOLUTION


# %% check="split_stories"
check(split_stories)

# %% [markdown] exercise="contaminated_share" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 3: How much of the test is known already?
#
# Return the share of held-out texts, between 0 and 1, that have at least one run of `n` words in a row in common with
# a training text. Words are what `text.split()` gives. A text with fewer than `n` words has no run. There is at least
# one held-out text.


# %% answer="contaminated_share"
def contaminated_share(held_out: list[str], train: list[str], n: int) -> float:
    """The share of held-out texts that share n words in a row with a training text."""

    ### BEGIN SOLUTION
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}

    known = {run for text in train for run in runs(text)}  # of each text by itself: none goes over a border
    return sum(bool(runs(text) & known) for text in held_out) / len(held_out)
    ### END SOLUTION


# %% check="contaminated_share"
check(contaminated_share)

# %% [markdown] exercise="fit_power_law" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 4: A line in log space
#
# Runs of different sizes read the same text. `N` holds their parameters and `loss` their losses, both `(n,)`, and the
# floor is known. Return `A` and `alpha` of the law loss = floor + A / N^alpha: by least squares, with a line through
# ln(loss − floor) against ln N.


# %% answer="fit_power_law"
def fit_power_law(N: Float64[Tensor, " n"], loss: Float64[Tensor, " n"], floor: float) -> tuple[float, float]:
    """A and alpha."""
    ### BEGIN SOLUTION
    # ln(L − E) = ln A − α ln N
    slope, intercept = np.polyfit(N.log().numpy(), (loss - floor).log().numpy(), 1)
    return math.exp(intercept), -float(slope)
    ### END SOLUTION


# %% check="fit_power_law"
check(fit_power_law)

# %% [markdown] exercise="robust_misfit" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 5: A misfit that one odd run cannot bend
#
# Return Σ Huber(r) over the runs, with r = ln measured − ln predicted. Huber's loss is ½ r² where |r| ≤ δ, and
# δ (|r| − δ/2) beyond.


# %% answer="robust_misfit"
def robust_misfit(predicted: Float64[Tensor, " n"], measured: Float64[Tensor, " n"], delta: float) -> float:
    """How badly a law's predictions fit the losses that were measured."""
    ### BEGIN SOLUTION
    r = (measured.log() - predicted.log()).abs()  # (n,)
    return torch.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)).sum().item()
    ### END SOLUTION


# %% check="robust_misfit"
check(robust_misfit)

# %% [markdown] exercise="bootstrap_interval" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: An interval by drawing anew
#
# Each row of `draws` holds the places of `n` values, drawn with replacement. Take the mean of each such sample, and
# return the two numbers between which the middle `level` of these means lies: the same share is left out at each end
# (`torch.quantile`).


# %% answer="bootstrap_interval"
def bootstrap_interval(values: Float64[Tensor, " n"], draws: Int64[Tensor, "S n"], level: float) -> tuple[float, float]:
    """The lower and the upper end of the mean's interval."""
    ### BEGIN SOLUTION
    means = values[draws].mean(dim=1)  # (S,)
    shares = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=means.dtype)
    low, high = torch.quantile(means, shares).tolist()
    return low, high
    ### END SOLUTION


# %% check="bootstrap_interval"
check(bootstrap_interval)

# %% [markdown] exercise="compute_optimal" kind="implement" difficulty=3 minutes=15 points=4
# ## Exercise 7: The best size for a budget
#
# A law L(N, D) = E + A/N^α + B/D^β and a budget of `flops` operations are given; a run takes 6·N·D of them. Return the
# `N` and the `D` with the lowest loss. (E does not matter.)


# %% answer="compute_optimal"
def compute_optimal(A: float, alpha: float, B: float, beta: float, flops: float) -> tuple[float, float]:
    """N and D."""
    ### BEGIN SOLUTION
    pairs = flops / 6  # N · D
    # The derivative of A/N^α + B (N/pairs)^β by N is 0 where α A / N^α = β B (N/pairs)^β.
    N = (alpha * A / (beta * B) * pairs**beta) ** (1 / (alpha + beta))
    return N, pairs / N
    ### END SOLUTION


# %% check="compute_optimal"
check(compute_optimal)

# %% [markdown] exercise="predict_losses" kind="predict" difficulty=1 minutes=8 points=2
# ## Exercise 8: Predict: four losses
#
# The law is L(N, D) = 0.3 + 100/√N + 1,000/√D. A run with N = 10,000 parameters and D = 1,000,000 tokens is made. What
# is the loss
#
# 1. of this run;
# 2. with 16 times as many parameters, on the same tokens;
# 3. with 4 times as many parameters on 4 times as many tokens, which takes as many operations as 2;
# 4. of a model without any limit of size, on 4 times as many tokens?
#
# Two digits after the point are enough. A pencil will do.


# %% answer="predict_losses"
def predict_losses() -> tuple[float, float, float, float]:
    """Nats per token: this run; 16 N; 4 N and 4 D; N without limit and 4 D."""
    ### BEGIN SOLUTION
    first = 0.3 + 1 + 1  # 100/100 and 1,000/1,000
    larger = 0.3 + 1 / 4 + 1  # √16 = 4
    balanced = 0.3 + 1 / 2 + 1 / 2  # √4 = 2: the same operations, a lower loss
    endless = 0.3 + 0 + 1 / 2  # what is left is the floor, and what the text is too short for
    return first, larger, balanced, endless
    ### END SOLUTION


# %% check="predict_losses"
check(predict_losses)

# %% [markdown] exercise="explain_claim" kind="explain" difficulty=2 minutes=20 points=5
# ## Exercise 9: A claim to judge
#
# A page says: "Our model has a loss of 1.9 nats per token on held-out web text. The best one until now has 2.1. We
# trained one model of each, on all text that we could find before this month. From six runs of one hour each we predict
# 1.4 for a model a hundred times as large."
#
# Name **five** things that you would have to know, or that should have been done otherwise, before you believe it. Give
# a reason for each, in one or two sentences, with what you saw in the lesson.

# %% [markdown] answer="explain_claim"
# ### BEGIN SOLUTION
# **Model answer.** Any five of these.
#
# 1. *The unit.* Nats per token compare only models with the same tokenizer. A tokenizer with shorter tokens has fewer
#    nats per token for the same text. I would ask for bits per byte.
# 2. *The text.* Were both judged by the same text, cut into the same windows, with the same context? A story without
#    its beginning costs more.
# 3. *Contamination.* "All text that we could find" may hold the held-out text. In the lesson planted copies brought
#    a loss below the floor. I would look for copies and for shared runs of words, and judge by text that was written
#    later.
# 4. *Chance.* One run each has no interval. In the lesson five seeds of one run lay more than a tenth of a nat apart.
# 5. *The extrapolation.* Six short runs, a hundred times: the law has five unknowns, and with a free floor the six runs
#    hardly determine them. In the lesson a fit with a free floor predicted a loss that no model can have. I would ask
#    for an interval, for a check on a run that is a few times larger, and for which runs were fitted.
# 6. *Warm-up.* A run of an hour may be mostly warm-up or may have a schedule that did not end with it. Such runs do not
#    lie on the law of the others.
# 7. *The count of parameters.* With or without the table of tokens? For small models that is half of N.
#
# **Marks.** 1 point for each of five, if the reason says what would go wrong (half a point without a reason).
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# A loss is a number with a unit, a text, a floor and an interval. You can now say all four, find a leak before somebody
# else does, and choose the size of the next model before you pay for it.
