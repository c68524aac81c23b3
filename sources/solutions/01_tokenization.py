# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Exercises 01 · Tokenization
#
# Seven exercises on lesson 01. Each answer is checked by the cell after it: run it as often as you like, the inputs are
# new each time. If you are stuck, `hint(name)` gives three hints, one at a time.
#
# You write the functions of the lesson yourself. Where one needs another, take the library's
# (`tokenization.count_pairs`, …), so that a mistake in one exercise does not follow you into the next.

# %%
from collections import Counter
from itertools import pairwise

from course_lib import tokenization
from course_lib.checks import check, hint
from course_lib.tokenization import count_words, split_words

# %% [markdown] exercise="count_pairs" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: Count pairs
#
# A corpus is given as a dictionary: each word, a tuple of ids, with how often it occurs. Count how often each pair of
# neighbours occurs in the whole corpus.
#
# For example, `{(1, 2, 3): 2, (4, 2, 3): 5}` gives `{(1, 2): 2, (2, 3): 7, (4, 2): 5}`. Pairs may overlap: `(7, 7, 7)`
# has the pair `(7, 7)` twice.


# %% answer="count_pairs"
def count_pairs(words: dict[tuple[int, ...], int]) -> dict[tuple[int, int], int]:
    """How often each pair of neighbours occurs, in words that occur `words[word]` times each."""
    ### BEGIN SOLUTION
    counts = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] += times
    return counts
    ### END SOLUTION


# %% check="count_pairs"
check(count_pairs)

# %% [markdown] exercise="merge_pair" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 2: One merge
#
# Replace each occurrence of a pair by a new id, from left to right. `[3, 1, 2, 1, 2]` with the pair `(1, 2)` and the
# new id 9 gives `[3, 9, 9]`.
#
# Think of three things before you run the check: what comes after a match, what happens at the last id, and what
# becomes of `[1, 1, 1]` when the pair is `(1, 1)`.


# %% answer="merge_pair"
def merge_pair(ids: list[int], pair: tuple[int, int], new_id: int) -> list[int]:
    """`ids` with each occurrence of the pair, from left to right, replaced by the new id."""
    ### BEGIN SOLUTION
    merged = []
    position = 0
    while position < len(ids):
        if tuple(ids[position : position + 2]) == pair:  # at the last id this has one element, so it is no match
            merged.append(new_id)
            position += 2
        else:
            merged.append(ids[position])
            position += 1
    return merged
    ### END SOLUTION


# %% check="merge_pair"
check(merge_pair)

# %% [markdown] exercise="train_merges" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 3: Train
#
# Learn up to `num_merges` merges from a corpus like that of exercise 1. Count, choose, merge in all words, count again.
#
# - Choose the pair with the **highest count; of equal counts the one with the smallest ids**, the left id first.
# - The first merge makes the id 256, the second 257, and so on (0 to 255 are the bytes).
# - Stop early when no pair occurs at least **twice**.
#
# Return the pairs in the order in which they were merged. You may use `tokenization.count_pairs` and
# `tokenization.merge_pair`.


# %% answer="train_merges"
def train_merges(words: dict[tuple[int, ...], int], num_merges: int) -> list[tuple[int, int]]:
    """The first `num_merges` merges; merge i makes the id 256 + i."""
    ### BEGIN SOLUTION
    merges = []
    while len(merges) < num_merges:
        counts = tokenization.count_pairs(words)
        if not counts or max(counts.values()) < 2:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        new_id = 256 + len(merges)
        merges.append(pair)
        words = {tuple(tokenization.merge_pair(word, pair, new_id)): times for word, times in words.items()}
    return merges
    ### END SOLUTION


# %% check="train_merges"
check(train_merges)

# %% [markdown]
# Try the library's version on a sentence of yours. These are its first eight merges, as tokens:

# %%
sentence = "the cat that sat on the mat ate the fat rat that the cat had seen"
print(tokenization.BPETokenizer.train([sentence], vocab_size=265).tokens[257:])

# %% [markdown] exercise="encode_with_ranks" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 4: Encode with ranks
#
# Encode one word, given as the ids of its bytes, with merges that were learnt before. `merges` maps each pair to the id
# of its token. **The smaller that id, the earlier the merge was learnt**, and what was learnt first is merged first.
# Go on until no pair in the word is known. The dictionary is in no particular order.
#
# With `{(1, 2): 10, (2, 3): 11}` the word `[1, 2, 3]` becomes `[10, 3]`.


# %% answer="encode_with_ranks"
def encode_with_ranks(ids: list[int], merges: dict[tuple[int, int], int]) -> list[int]:
    """The tokens of one word: merge what was learnt first, until nothing is left to merge."""
    ### BEGIN SOLUTION
    ids = list(ids)
    while known := [pair for pair in pairwise(ids) if pair in merges]:
        pair = min(known, key=lambda pair: merges[pair])
        ids = tokenization.merge_pair(ids, pair, merges[pair])
    return ids
    ### END SOLUTION


# %% check="encode_with_ranks"
check(encode_with_ranks)

# %% [markdown] exercise="decode_bytes" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 5: Decode any bytes
#
# `tokens[i]` are the bytes of the token with the id `i`. Turn ids into text. The bytes are UTF-8, but not all sequences
# of tokens are valid UTF-8: a model may produce anything. Bytes that are not valid UTF-8 become the replacement
# character `�`; your function never raises an error for them.
#
# A character may be spread over two tokens.


# %% answer="decode_bytes"
def decode_bytes(ids: list[int], tokens: list[bytes]) -> str:
    """The text of the tokens with these ids."""
    ### BEGIN SOLUTION
    return b"".join(tokens[i] for i in ids).decode("utf-8", errors="replace")
    ### END SOLUTION


# %% check="decode_bytes"
check(decode_bytes)

# %% [markdown] exercise="predict_token_counts" kind="predict" difficulty=2 minutes=6 points=2
# ## Exercise 6: How many tokens?
#
# A byte-level tokenizer has learnt just four merges, in this order:
#
# | rank | merge | token |
# |---|---|---|
# | 1 | `l` + `l` | `ll` |
# | 2 | `e` + `ll` | `ell` |
# | 3 | `h` + `e` | `he` |
# | 4 | `ell` + `o` | `ello` |
#
# Without running anything: how many tokens have the texts `hello`, `he`, `é`, and ` 🙂` (a space and an emoji)? Return
# the four numbers in this order.


# %% answer="predict_token_counts"
def predict_token_counts() -> list[int]:
    """Numbers of tokens of 'hello', 'he', 'é' and ' 🙂'."""
    ### BEGIN SOLUTION
    # h e l l o: ll first, then ell, so no e is left for h; last ello. 'é' has two bytes, the emoji four.
    return [2, 1, 2, 5]
    ### END SOLUTION


# %% check="predict_token_counts"
check(predict_token_counts)

# %% [markdown] exercise="learn_tokens" kind="debug" difficulty=2 minutes=10 points=3
# ## Exercise 7: Tokens that cross words
#
# This function should learn tokens from a text. It runs, and compresses well. But look at what it has learnt.


# %%
def broken_learn_tokens(text: str, num_merges: int) -> list[bytes]:
    """The tokens of the first merges, or so it says."""
    words = {tuple(text.encode()): 1}
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[left] + tokens[right])
    return tokens[256:]


print(broken_learn_tokens("the cat and the dog and the bird and the fish", 6))

# %% [markdown]
# `b'd the '` is the end of one word, a whole one, and the space before a third. Such a token fits one place in one
# phrase. Repair the function, so that a text is cut into GPT-2's words first and no token has parts of two of them.
# Words count as often as they occur. `count_words` and `split_words` are imported.


# %% answer="learn_tokens"
def learn_tokens(text: str, num_merges: int) -> list[bytes]:
    """The tokens that the first merges make, none of which crosses the border of a word."""
    ### BEGIN SOLUTION
    words = {tuple(word.encode()): times for word, times in count_words([text]).items()}
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[left] + tokens[right])
    return tokens[256:]
    ### END SOLUTION


# %% check="learn_tokens"
check(learn_tokens)
