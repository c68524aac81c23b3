# %% [markdown]
# # Exercises 02 · EDA and data loading
#
# Six exercises on lesson 02. Each answer is checked by the cell after it: run it as often as you like, the inputs are
# new each time. If you are stuck, `hint(name)` gives three hints, one at a time.
#
# The signatures tell shapes: `Int64[Tensor, "n T"]` is a tensor of int64 with `n` rows and `T` columns, `" N"` one row
# of `N` numbers, and `*batch` any number of dimensions, also none. The same letter is the same size. These shapes are
# notes for you, written with the library `jaxtyping`; Python itself does not check them.

# %%
import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor
from torch.utils.data import Dataset

from course_lib import data
from course_lib.checks import check, hint

# %% [markdown] exercise="concatenate_stories" kind="implement" difficulty=1 minutes=6 points=2
# ## Exercise 1: One stream
#
# `stories` holds the ids of each story, without any separator. Make one stream of them, with `end_of_text` **before
# each story**, the first included, as a tensor of int64.
#
# By hand: with `end_of_text` 0, the stories `[5, 6]` and `[7]` become `[0, 5, 6, 0, 7]`. A story may be empty.


# %% answer="concatenate_stories"
def concatenate_stories(stories: list[list[int]], end_of_text: int) -> Int64[Tensor, " N"]:
    """One stream of ids, with `end_of_text` before each story."""
    ### BEGIN SOLUTION
    stream: list[int] = []
    for story in stories:
        stream.append(end_of_text)
        stream.extend(story)
    return torch.tensor(stream, dtype=torch.int64)
    ### END SOLUTION


# %% check="concatenate_stories"
check(concatenate_stories)

# %% [markdown] exercise="shift_by_one" kind="implement" difficulty=1 minutes=5 points=1
# ## Exercise 2: The shift by one
#
# Given tokens, return what the model reads, `x`, and what it should say, `y`: at each position the token that comes
# next. Nothing comes after the last token, so both have one position fewer.
#
# `tokens` may be a single stream, or a batch with one window per row: always shift along the **last** dimension.


# %% answer="shift_by_one"
def shift_by_one(
    tokens: Int64[Tensor, "*batch T_plus_1"],
) -> tuple[Int64[Tensor, "*batch T"], Int64[Tensor, "*batch T"]]:
    """The inputs x and the targets y, both one position shorter than `tokens`."""
    ### BEGIN SOLUTION
    x = tokens[..., :-1]
    y = tokens[..., 1:]
    return x, y
    ### END SOLUTION


# %% check="shift_by_one"
check(shift_by_one)

# %% [markdown] exercise="make_windows" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 3: Windows
#
# Cut a stream into windows of `seq_len` tokens that do not overlap, and their targets, both of shape `(n, seq_len)`. No
# target may be lost at a border between two windows. At the end, drop what does not fill a window.
#
# **First take a pencil.** For the stream 0, 1, …, 9 and `seq_len` 3: how many windows are there, and what are they? And
# for 0, 1, …, 8? A loop is fine; two reshapes are shorter.


# %% answer="make_windows"
def make_windows(tokens: Int64[Tensor, " N"], seq_len: int) -> tuple[Int64[Tensor, "n T"], Int64[Tensor, "n T"]]:
    """Windows x and their targets y, one row a window; every window has all its targets."""
    ### BEGIN SOLUTION
    n = (len(tokens) - 1) // seq_len  # n windows and the token after the last one
    x = tokens[: n * seq_len].view(n, seq_len)
    y = tokens[1 : n * seq_len + 1].view(n, seq_len)
    return x, y
    ### END SOLUTION


# %% check="make_windows"
check(make_windows)

# %% [markdown] exercise="choose_seq_len" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 4: Which seq_len?
#
# Lengths are often powers of two. Write a function that takes the lengths of all stories in tokens and returns
# **the smallest power of two that holds at least this share of the stories whole**. A story of exactly that length
# fits.
#
# By hand: of the lengths 60, 100, 120, 128 and 130, four in five have at most 128 tokens, so a share of 0.8 needs 128,
# and a share of 1.0 needs 256.


# %% answer="choose_seq_len"
def choose_seq_len(lengths: list[int], share: float) -> int:
    """The smallest power of two T such that at least `share` (0 to 1) of the stories have at most T tokens."""
    ### BEGIN SOLUTION
    seq_len = 1
    while np.mean(np.array(lengths) <= seq_len) < share:
        seq_len = 2 * seq_len
    return seq_len
    ### END SOLUTION


# %% check="choose_seq_len"
check(choose_seq_len)

# %% [markdown]
# What does it say of real stories? Below are 40 lengths, in tokens, that stand for TinyStories as its percentiles do:
# one story in 40 is about so long. Read the table, and try shares of your own with your function. Doubling `seq_len`
# makes attention four times as expensive: what does the last tenth of the stories cost?

# %%
lengths_in_order = """
93 118 128 136 142 148 152 156 159 163 166 169 173 175 178 182 185 187 190 193
197 200 204 208 211 215 219 224 229 237 245 253 272 303 344 378 416 458 520 639
"""
real_lengths = [int(length) for length in lengths_in_order.split()]
for share in (0.05, 0.5, 0.75, 0.9, 1.0):
    print(f"{share:>4.0%} of the stories whole: seq_len = {data.choose_seq_len(real_lengths, share)}")

# %% [markdown] exercise="StoryWindows" kind="debug" difficulty=2 minutes=12 points=3
# ## Exercise 5: The list that should have been a stream
#
# The class below gets what a tokenizer gives: a list with one tensor of ids for each story, the separator already at
# its beginning. It fails.


# %%
class BrokenStoryWindows(Dataset):
    """Windows (x, y) of seq_len tokens from a list of stories."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        self.tokens = stories
        self.seq_len = seq_len

    def __len__(self) -> int:
        return (self.tokens.shape[0] - 1) // self.seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start, end = index * self.seq_len, (index + 1) * self.seq_len
        return self.tokens[start:end], self.tokens[start + 1 : end + 1]


two_stories = [torch.tensor([0, 5, 6]), torch.tensor([0, 7, 8, 9])]
try:
    print(len(BrokenStoryWindows(two_stories, seq_len=2)))
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# Write `StoryWindows`, which works: the stories one after the other are one stream, and its windows do not overlap. A
# window may begin in one story and end in the next. The two stories above make the stream 0, 5, 6, 0, 7, 8, 9, so with
# `seq_len` 2 there are three windows.


# %% answer="StoryWindows"
class StoryWindows(Dataset):
    """Windows (x, y) of seq_len tokens, both (seq_len,), from the stream that the stories make."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        ### BEGIN SOLUTION
        self.tokens = torch.cat(stories)  # (N,): the mistake was what the class got, not the line that failed
        self.seq_len = seq_len
        ### END SOLUTION

    def __len__(self) -> int:
        """Number of windows."""
        ### BEGIN SOLUTION
        return (self.tokens.shape[0] - 1) // self.seq_len
        ### END SOLUTION

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Window number `index` and its targets."""
        ### BEGIN SOLUTION
        start, end = index * self.seq_len, (index + 1) * self.seq_len
        return self.tokens[start:end], self.tokens[start + 1 : end + 1]
        ### END SOLUTION


# %% check="StoryWindows"
check(StoryWindows)

# %% [markdown] exercise="predict_batches" kind="predict" difficulty=1 minutes=5 points=1
# ## Exercise 6: How many batches?
#
# A token file holds exactly 1,000,000 tokens. You write
#
# ```python
# loader = BatchLoader(TokenDataset(file, seq_len=128), batch_size=32)
# ```
#
# How many batches does one epoch have? Nothing is left out unless you ask for it.


# %% answer="predict_batches"
def predict_batches() -> int:
    """Batches in one epoch."""
    ### BEGIN SOLUTION
    windows = (1_000_000 - 1) // 128  # 7,812, the last one with the token after it
    return -(-windows // 32)  # 244 full batches and one of 4 windows: rounded up, 245
    ### END SOLUTION


# %% check="predict_batches"
check(predict_batches)
