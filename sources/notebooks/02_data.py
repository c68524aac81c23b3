# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 02 · EDA and data loading
#
# **When you finish, you can**
# - look at a corpus before you model it (*exploratory data analysis*, EDA): its lengths, its words, its dirt, and what
#   its two splits share;
# - choose a `seq_len` from percentiles, and say what the choice costs;
# - keep tokens on disk in little space, and read any of them without loading the file;
# - cut a stream of tokens into windows `(x, y)`, shifted by one, and count what each way of cutting loses;
# - feed a model shuffled batches of windows many times faster than it can use them.
#
# **What you need first:** lesson 01 (a tokenizer turns text into ids), and numpy's indexing.
#
# **Time:** about 75 minutes: **part one**, the text (35 minutes), and **part two**, the batches (40 minutes). Between
# them is a good place to stop. Exercise 4 (12 minutes) belongs to part one, the others (40 minutes) to part two.
#
# **The question.** A model learns whatever is in its text, the mistakes too. So what is in yours? And who brings it to
# the model? The real TinyStories has about 465 million tokens. Suppose your model could go through all of it in 20
# minutes. Then somebody must hand it 32 shuffled windows of 128 tokens **about 95 times per second**, and never be
# late.
#
# The text is in the box: a generator in `course_lib` writes short stories for children, so nothing has to be
# downloaded.
#
# Letters in this lesson: `N` tokens in the stream, `n` windows, `B` windows in a batch, `T` tokens in a window
# (`seq_len`), `V` vocabulary.

# %%
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import regex
import seaborn as sns
import torch
from torch.utils.data import DataLoader, Dataset

from course_lib import data
from course_lib.corpus import load_stories
from course_lib.show import plotting, profiling
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import measured
from course_lib.tokenization import to_tiktoken, train_tokenizer

# %% [markdown]
# # Part one: look before you model
#
# Training takes hours and hides its reasons. Looking takes minutes. The model will learn everything that is wrong with
# the text as if you had meant it. So you begin as a reader.
#
# ## 1 · How many, how long, how odd
#
# `load_stories` gives a `datasets.Dataset` with the column `text`. The source may be the stories in the box (the
# default), the real TinyStories, or a file of yours. Here it is `"wild"`: the stories in the box **after an accident**.
# Something has happened to a part of them, as happens to real text. The library knows what it was, and to how many
# stories. You will be told after your own hunt.

# %%
found = load_stories("wild", split="train", n=10_000)
stories = list(found["text"])
validation = list(load_stories(split="validation", n=1_000)["text"])

print(f"{len(stories):,} training stories, {len(validation):,} validation stories")
print(f"{sum(map(len, stories)) / 1e6:.1f} million characters to train on")
print()
print(stories[1])

# %% [markdown]
# One story does not tell you much. To know a corpus, look at its extremes: the shortest and the longest stories show
# what the averages hide. Read them. Do they have a beginning and an end?

# %%
by_length = sorted(stories, key=len)
print("the six shortest:", [story for story in by_length[:6]])
print("the first three with more than 20 characters:")
for story in [story for story in by_length if len(story) > 20][:3]:
    print("  ", repr(story))
print(f"the longest, {len(by_length[-1])} characters: {by_length[-1][:400]} […]")

# %% [markdown]
# Now all of them. Which number describes their length? Take five stories by hand, with 2, 118, 130, 134 and 141 words:
#
# - the **mean** is 525 / 5 = 105. No story is like that. Without the broken story of 2 words it would be 523 / 4 = 131;
# - the **median** is 130. Put them in order and take the middle one. It hardly feels the broken story.
#
# The median is the 50th **percentile**: half of the stories have at most so many words. In the same way, 95 of 100
# stories have at most as many words as the 95th percentile says.
#
# **Look for three things in the next picture:** where the middle is, which side has the longer tail, and the dots of
# the box plot. Its box holds the middle half of the stories, its line is the median, and each dot is a story far away
# from the box. The curve over the bars is a density: the histogram, smoothed.

# %% fold="drawing"
words_per_story = np.array([len(story.split()) for story in stories])
low, middle, high = np.percentile(words_per_story, [5, 50, 95])
title = f"Half have {middle:.0f} words or more; a thin tail goes down to 0"
fig, (top, bottom) = plotting.figure(title=title, rows=2, size=(6.4, 2.4))
sns.histplot(x=words_per_story, kde=True, binwidth=1 + np.ptp(words_per_story) // 60, ax=top)
sns.boxplot(x=words_per_story, ax=bottom, fliersize=2, width=0.4)
top.set(xlabel="words per story", ylabel="stories")
bottom.set(xlabel="words per story", ylabel="all stories", xlim=top.get_xlim())
plotting.show(
    fig,
    alt=f"Histogram with density line, and box plot, of words in a story: 5th percentile {low:.0f}, "
    f"median {middle:.0f}, 95th percentile {high:.0f}, longest {words_per_story.max()}.",
)

# %% [markdown]
# **What to notice.** This is not a bell. On the left there is a long tail of stories that are too short, and you have
# read some of them above. Percentiles stay true for any shape, so lengths are chosen by percentiles. (The real set has
# a long tail on the *right* as well: a few very long stories.)
#
# ## 2 · Dirt
#
# Real text comes through many hands. In TinyStories you meet words like `didnâ€™t` and `â€œWow,`. Where do they come
# from? Make one, and you will know. First by hand: the apostrophe `’` is three bytes in UTF-8. What does each byte mean
# in Windows-1252, an old code with one byte per character?

# %%
for byte in "’".encode():
    print(f"byte {byte:#x} is {bytes([byte]).decode('cp1252')} in Windows-1252")

# %% [markdown]
# One character became three. Now a whole sentence, written in one code and read in the other:

# %%
clean = "She said, “It didn’t break!”"
damaged = clean.encode("utf-8").decode("cp1252", errors="ignore")  # written as UTF-8, read as Windows-1252
print(damaged)

# %% [markdown]
# This mistake has a name, *mojibake*, and it can be undone: encode with the wrong code, decode with the right one.
#
# There is one exception. Look at the last quote above: it has become two characters only, `â€`. The third byte of `”`
# is `0x9d`, which Windows-1252 does not have, and this program dropped it. Other programs pass it on, as a control
# character that no screen shows. You have to *know* that such a pair, with or without it, was a closing quote.


# %%
def mend_quotes(text: str) -> str:
    """Undo UTF-8 read as Windows-1252, for quotes and dashes."""
    text = regex.sub("â€[œ™˜“”¦]", lambda found: found.group().encode("cp1252").decode("utf-8"), text)
    return regex.sub("â€\x9d?", "”", text)  # the third byte of ” may be lost


assert mend_quotes(damaged) == clean
assert mend_quotes(damaged.replace("!â€", "!â€\x9d")) == clean

# %% [markdown]
# Quotes are one kind of dirt. The next function looks for six kinds that you find in nearly every collection of texts.


# %%
def describe_dirt(stories: list[str]) -> dict[str, int]:
    """How many stories have each defect."""
    return {
        "empty or blank": sum(not story.strip() for story in stories),
        "duplicates of an earlier story": len(stories) - len(set(stories)),
        "wrongly decoded": sum("â€" in story for story in stories),
        # \p{Cc} is any control character, and --\n takes the line break out of them
        "control characters": sum(bool(regex.search(r"[\p{Cc}--\n]", story, regex.V1)) for story in stories),
        # a tag such as <p>, a name such as &quot; or a place where an image was
        "markup": sum(bool(regex.search(r"</?\w+[^>]*>|&\w+;|\[image", story)) for story in stories),
        # \p{P} is any punctuation, \s* any space behind it, $ the end
        "no mark at the end": sum(not regex.search(r"\p{P}\s*$", story) for story in stories),
    }


# %% [markdown]
# Can you believe its numbers? A detector may itself be broken. So test it first on a small list whose answer you know.
# Here each kind of defect was put in exactly once, and one text is cut off:

# %%
dirty = ["", damaged, "The end.", "The end.", "A bell\x07 rang.", "<p>Tom ran.</p>", "Tom opened the box and saw a"]

# %% [markdown]
# **Guess first.** How many of the seven texts does the last detector report, *no mark at the end*?

# %%
guess = ...  # a whole number from 0 to 7

# %%
reported = describe_dirt(dirty)
reveal("no mark at the end", reported["no mark at the end"], guess)
show_folded("All six detectors", "\n".join(f"{defect:>32}: {count:,}" for defect, count in reported.items()))

# %% [markdown] fold="Which they are"
# Only "Tom opened the box and saw a" was cut off. But the empty text has no mark at its end either, the markup ends
# with `>`, and the damaged sentence ends with `€`. The other five detectors count 1 each, as they should.

# %% [markdown]
# **One kind of dirt hides behind another.** Now the 10,000 stories. The column `accident` holds the truth, so put it
# beside what was seen:

# %%
seen = describe_dirt(stories)
truth = Counter(found["accident"])
for defect, accident in (
    ("empty or blank", "empty"),
    ("duplicates of an earlier story", "repeated"),
    ("wrongly decoded", "wrong decoding"),
    ("control characters", "control characters"),
    ("markup", "markup"),
    ("no mark at the end", "cut off"),
):
    print(f"{defect:>32}: seen {seen[defect]:>4}, really {accident:>18}: {truth[accident]:>4}")
print(f"{'no detector of its own':>32}:           really {'another kind':>18}: {truth['another kind']:>4}")

# %% [markdown]
# **What to notice**, line by line:
#
# - *wrongly decoded*, 429 of 429: its sign `â€` never occurs in good text;
# - *control characters*, 429 where there was no such accident: the wrong decoding left a `0x9d` behind each closing
#   quote;
# - *duplicates*, 371 in place of 317: of the 96 blank texts 93 repeat another one and count as well. That leaves
#   371 − 93 = 278 real copies, and 39 are missed: the story that they repeat was damaged or lost, so no text is equal
#   to them;
# - *markup*, 179 of 224: "Read more | Share | Print this page" looks like a sentence to the pattern;
# - *no mark at the end*, 504 in place of 322: these are 294 stories that were cut off, 96 blank texts, 83 with markup
#   and 31 texts of program code. The other 28 that were cut off are missed, because the cut was right behind a mark;
# - *another kind*, 156: nobody wrote a detector for texts that are no stories at all. The 31 texts of code were found
#   by chance, by a detector for something else.
#
# **A detector finds only what its author thought of.** So look with your eyes as well. Three of the 156:

# %%
for text in [text for text, accident in zip(stories, found["accident"], strict=True) if accident == "another kind"][:3]:
    print(repr(text))

# %% [markdown]
# Now clean the set. Five decisions, each with its reason:
#
# - **mend** the quotes: that loses nothing;
# - **one form for each quote**: the mended stories have curly quotes (`“`, `’`), all the others have straight ones
#   (`"`, `'`). For a program these are different characters. *don’t* and *don't* would be two words with two tokens,
#   and a mended story would not be equal to its own copy. So make them straight;
# - **each story once**: a story that appears twice is learned twice as hard;
# - **only stories**: longer than 200 characters (the recipes and results have fewer than 70), with a mark at the end,
#   and without markup;
# - **nothing from the validation set**: there the model would be asked a question whose answer it has read, and would
#   look better than it is. Take such a story out of the *training* set. Then your validation loss stays comparable with
#   everybody else's.


# %%
def straighten_quotes(text: str) -> str:
    """Curly quotes made straight, as in the stories that were not harmed."""
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


def mend(text: str) -> str:
    return straighten_quotes(mend_quotes(text))


def is_story(text: str) -> bool:
    """Long enough, with an end, and without what web pages leave behind."""
    return len(text) > 200 and bool(regex.search(r"[.!?\"]\s*$", text)) and not regex.search(r"<|&\w+;|\||\[", text)


validation = [mend(story) for story in validation]
held_out = set(validation)
mended = dict.fromkeys(mend(story) for story in stories)  # each story once, in their order
kept = [story for story in mended if is_story(story) and story not in held_out]
print(f"{len(stories):,} stories, {len(mended):,} different ones, {len(kept):,} kept")
print(f"also in the validation set: {sum(story in held_out for story in mended)}")

# %% [markdown]
# None is in both sets: the generator keeps them apart. In a set from the web the last line is seldom 0, and it costs
# one line to know. Was the cleaning right? Ask the truth once more: the library also has the same 10,000 stories as
# they were **before** the accident. Each story that is kept should be equal to one of them, character for character.

# %%
before = list(load_stories(split="train", n=10_000)["text"])
curable = {"none", "wrong decoding"}  # nothing has happened, or it can be undone
wanted = {story for story, accident in zip(before, found["accident"], strict=True) if accident in curable}
print("what the six detectors still see:", describe_dirt(kept))
print(f"kept, but not as they were before: {len(set(kept) - set(before))}")
print(f"good or curable, but not kept: {len(wanted - set(kept))}")
stories = kept

# %% [markdown]
# The 21 that remain were cut off right behind a full stop, another mark or a quote. No simple rule can tell them from
# stories that end there. All 429 wrongly decoded stories are as they were.
#
# **What to notice in this section:** five simple rules removed nearly all of the dirt and no good story. You know that
# only because you tested them against a truth. The detectors cannot tell you: without the second rule they would
# report six zeros as well, with 429 stories that are not as they were.
#
# ## 3 · Words: how many different ones?
#
# Count the different words while you read. By hand, in "Tom had a kite. Tom had a ball.":
#
# | word | Tom | had | a | kite | Tom | had | a | ball |
# |---|---|---|---|---|---|---|---|---|
# | words read | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
# | different words so far | 1 | 2 | 3 | 4 | 4 | 4 | 4 | 5 |
#
# The first sentence brought four new words, the second only one. Does the counting come to an end?
#
# **Guess first.** After a tenth of all the stories' text, what share of all the different words have you met?

# %%
guess = ...  # between 0 and 1


# %%
def words_of(story: str) -> list[str]:
    """Words in lower case: letters, with an apostrophe inside."""
    return regex.findall(r"\p{L}+(?:['’]\p{L}+)*", story.lower())


counts: Counter[str] = Counter()
read, distinct = [0], [0]
for story in stories:
    words = words_of(story)
    counts.update(words)
    read.append(read[-1] + len(words))
    distinct.append(len(counts))

tenth = int(np.searchsorted(read, read[-1] / 10))
reveal("share of the words met after a tenth of the text", round(distinct[tenth] / distinct[-1], 2), guess)
early = distinct[int(np.searchsorted(read, 100_000))]
late = distinct[-1] - distinct[int(np.searchsorted(read, read[-1] - 100_000))]
reveal("new words in the first 100,000 words, and in the last", (early, late))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="The line bends: the more you have read, the fewer words are new",
    xlabel="words read",
    ylabel="different words seen",
)
axes.loglog(read[1:], distinct[1:])
half = int(np.searchsorted(distinct, distinct[-1] / 2))
label = f"half of them within the first {read[half]:,} words"
axes.plot(read[half], distinct[half], "o", label=label)
axes.legend(loc="lower right")
plotting.show(
    fig,
    alt=f"Different words seen against words read, on logarithmic axes; {label} of {read[-1]:,}.",
    folded="Different words against words read",
)

# %% [markdown] fold="What it meant"
# 62 of 100 words were there after a tenth of the text. The first 100,000 words brought 2,715 new ones, the last 100,000
# brought 62: fewer, but not none.
#
# In text that people (or large models) wrote, the line stays nearly straight to the end on these logarithmic axes:
# there is always another name. That is *Heaps' law*, and it is why no list of words is ever complete. Here the line
# bends, because the author is a program with a finite list of words.

# %% [markdown]
#
# ## 4 · Zipf's law
#
# How often does each of these words occur? Sort them by their count: rank 1 is the most frequent word. **Zipf's law**
# says that the count falls like 1 / rank. So if the first word occurs 60,000 times, the tenth should occur 6,000 times
# and the hundredth 600 times. See:

# %%
ordered = counts.most_common()  # (word, count), the most frequent first
for rank in (1, 10, 100, 400, 1_000, 4_000):
    word, count = ordered[rank - 1]
    print(f"rank {rank:>5,}: {word:>9} {count:>6,} times; Zipf says {ordered[0][1] / rank:>6,.0f}")
print(f"the 100 most frequent words are {sum(count for _, count in ordered[:100]) / counts.total():.0%} of the text")

# %% [markdown]
# On logarithmic axes, 1 / rank is a straight line with slope −1: ten times the rank, a tenth of the count. What is the
# slope of these words? And what about the *tokens* that the model will really see? A tokenizer as in lesson 01 makes
# them:

# %%
by_rank = np.array([count for _, count in ordered])
for low, high in ((10, 400), (400, len(by_rank))):
    ranks = np.arange(low, high)
    slope = np.polyfit(np.log(ranks), np.log(by_rank[ranks - 1]), deg=1)[0]
    print(f"slope between the ranks {low:,} and {high:,}: {slope:.2f}")

tokenizer = train_tokenizer(stories, vocab_size=10_000)
encoding = to_tiktoken(tokenizer)  # the same ids, faster
ids_per_story = [encoding.encode_ordinary(story) for story in stories]
token_counts = np.bincount(np.concatenate(ids_per_story), minlength=encoding.n_vocab)  # (V,)

# %% fold="drawing"
title = "About Zipf's slope up to rank 400, and a much steeper one behind it"
fig, (axes,) = plotting.figure(title=title, xlabel="rank (1 = the most frequent)", ylabel="how often it occurs")
for name, sizes in (("tokens", token_counts[token_counts > 0]), ("words", np.array(list(counts.values())))):
    ranked = np.sort(sizes)[::-1]
    axes.loglog(np.arange(1, len(ranked) + 1), ranked, label=f"{len(ranked):,} {name}")
axes.loglog([1, len(ranked)], [ranked[0], ranked[0] / len(ranked)], "--", color="grey", label="Zipf: slope −1")
axes.legend()
plotting.show(fig, alt="Count against rank on logarithmic axes, for words and for tokens, with a line of slope −1.")

# %% [markdown]
# **What to notice.** The law is rough. From rank 10 to 100 the count falls by a factor of 7.6, where Zipf says 10. The
# line that fits best up to rank 400 has the slope −0.93, close to −1. Behind rank 400 the words fall much faster, with
# a slope of −2.5: their author has a finite list of rare words. In the real set the tail goes on, and thousands of
# words occur once or twice.
#
# (The vocabulary has 9,068 tokens. The legend counts those that occur in the text: the others are parts of longer
# tokens, or bytes that these stories never use.)
#
# **A model cannot learn a token that it sees twice.** How rare is a token? Take *birdhouse*, which occurs twice in all
# the text, and two vocabularies, ours and one of 2,000 tokens:

# %%
small = to_tiktoken(train_tokenizer(stories, vocab_size=2_000))
small_counts = np.bincount(np.concatenate([small.encode_ordinary(story) for story in stories]))  # (V,)
for coder, times in ((encoding, token_counts), (small, small_counts)):
    pieces = {coder.decode([token]): int(times[token]) for token in coder.encode_ordinary(" birdhouse")}
    rare = ((times > 0) & (times <= 2)).sum()
    print(f"{coder.n_vocab:,} tokens, {rare} of them occur once or twice; the pieces and their counts: {pieces}")

# %% [markdown]
# In the smaller vocabulary a rare word is made of pieces that are *not* rare, and the model knows them from other
# words. Ours has merged every pair that occurs twice, down to whole rare words. What it gains are shorter sequences
# (lesson 01, section 11).
#
# **Guess first.** Which token is the most frequent one?

# %%
guess = ...  # a text in quotes, such as " Lily"

# %%
most = np.argsort(-token_counts, kind="stable")[:20]
names = [repr(encoding.decode([int(token)]))[1:-1].replace(" ", "␣") for token in most]
reveal("the most frequent token", encoding.decode([int(most[0])]), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title=f"The most frequent token, “{names[0]}”, is {token_counts[most[0]] / token_counts.sum():.0%} of all",
    xlabel="share of all tokens (%)",
    ylabel="token (␣ is a space)",
    size=(6.4, 4.6),
)
axes.barh(names[::-1], 100 * token_counts[most][::-1] / token_counts.sum())
plotting.show(
    fig,
    alt=f"The 20 most frequent tokens as bars, from the top: {' '.join(names)}.",
    folded="The 20 most frequent tokens",
)

# %% [markdown] fold="What it means for a model"
# The most frequent ones are punctuation and the small words that hold sentences together. A model that always answers
# with the most frequent token is right as often as the longest bar says: 8 times in 100. Keep that number in mind: it
# is the first one that yours must beat.

# %% [markdown]
# ## 5 · What fits into `seq_len`?
#
# A GPT reads at most `seq_len` tokens at a time. It cannot see what lies outside. So measure the stories in the unit
# that the model counts in: tokens.

# %%
lengths = np.array([1 + len(ids) for ids in ids_per_story])  # the 1 is the separator that goes before each story
characters = np.array([len(story) for story in stories])
for unit, sizes in (
    ("characters", characters),
    ("words", [len(story.split()) for story in stories]),
    ("tokens", lengths),
):
    print(f"{unit:>10}: median {np.median(sizes):.0f}, longest {max(sizes):,}")
print(f"a token is {characters.sum() / lengths.sum():.1f} characters")

# %% [markdown]
# There are more tokens than words, because punctuation and line ends are tokens of their own.
#
# **Guess first.** What percentage of these stories fits whole into 128 tokens?

# %%
guess = ...  # between 0 and 100

# %%
reveal("stories that fit whole into 128 tokens, in percent", round(100 * np.mean(lengths <= 128).item(), 1), guess)

# %% fold="drawing"
title = f"{np.mean(lengths <= 128):.1%} of the stories fit whole into 128 tokens"
fig, (axes,) = plotting.figure(title=title, xlabel="seq_len (tokens)", ylabel="stories that fit whole (%)")
axes.plot(np.sort(lengths), 100 * np.arange(1, len(lengths) + 1) / len(lengths))
axes.axvline(128, linestyle="--", color="black", label="seq_len = 128")
for percent in (50, 90):
    length = int(np.percentile(lengths, percent, method="inverted_cdf"))  # of a story, not one in between
    axes.plot(length, percent, "o", color=plotting.PALETTE[1])
    axes.annotate(f"{percent} % have at most {length}", (length, percent), (8, -10), textcoords="offset points")
axes.set(xlim=(0.9 * min(128, lengths.min()), 1.3 * lengths.max()), ylim=(0, 104))  # with room for the words
axes.legend(loc="upper left")
plotting.show(
    fig, alt=f"Share of stories that fit whole, against seq_len. {title}.", folded="Which seq_len holds how many"
)

# %% [markdown]
# Now the other way round: which `seq_len` would hold 50, 90 or 99 of 100 stories? That is a percentile, as in section
# 1.

# %%
for percent in (5, 25, 50, 75, 90, 95, 99, 100):
    length = int(np.percentile(lengths, percent, method="inverted_cdf"))
    print(f"{percent:>3} % of the stories have at most {length:>4} tokens")
print()
for seq_len in (160, 192, 256):
    print(f"seq_len = {seq_len} holds {np.mean(lengths <= seq_len):.1%} of the stories whole")
print(f"choose_seq_len(lengths, 0.99) = {data.choose_seq_len(lengths, 0.99)}")

# %% [markdown]
# **What to notice.** 192 tokens hold 99 % of the stories. (`choose_seq_len` answers 256, because it tries powers of two
# only.) But length is not free. Attention, the next lesson, compares each token with each other one: 128 tokens make
# 128 · 128 = 16,384 pairs, and 256 tokens make 65,536, **four times as many**.
#
# The course takes 128: cheap enough for a laptop, long enough for several sentences. No token of a long story is lost
# by that: section 9 cuts it into several windows. What *is* lost is the view. The model can never learn that the key in
# the last sentence is the one that was lost in the first, if there are 150 tokens in between.
#
# **You can now do exercise 4** (which `seq_len`).
#
# ## 6 · Training against validation
#
# Validation stories measure how well the model does on what it has *not* seen. For that they must have nothing in
# common with the training stories (section 2 took care of it), and still be of the same kind. Compare their lengths,
# and how often each token occurs in both.

# %%
ids_held_out = [encoding.encode_ordinary(story) for story in validation]
lengths_held_out = np.array([1 + len(ids) for ids in ids_held_out])
counts_held_out = np.bincount(np.concatenate(ids_held_out), minlength=encoding.n_vocab)  # (V,)
never_seen = counts_held_out[token_counts == 0].sum() / counts_held_out.sum()

# %% fold="drawing"
medians = np.median(lengths), np.median(lengths_held_out)
title = f"Alike in length (median {medians[0]:.0f} and {medians[1]:.0f} tokens) and in their frequent tokens"
fig, (left, right) = plotting.figure(title=title, columns=2, size=(4.8, 3.8))
longest = int(np.percentile(lengths, 99.5))
bins = np.arange(lengths.min(), longest + 1, 1 + (longest - lengths.min()) // 25)  # whole tokens
for name, sizes in (("training", lengths), ("validation", lengths_held_out)):
    left.hist(sizes, bins, weights=np.full(len(sizes), 100 / len(sizes)), histtype="step", linewidth=2, label=name)
right.axline((1e-4, 1e-4), (1e-2, 1e-2), linestyle="--", color="grey")
right.loglog(token_counts / token_counts.sum(), counts_held_out / counts_held_out.sum(), ".", markersize=3)
left.set(xlabel="tokens in a story", ylabel="share of the stories (%)")
right.set(xlabel="a token's share in training", ylabel="its share in validation")
left.legend()
plotting.show(fig, alt=f"Left: outlines of both length histograms. Right: each token's share in both sets. {title}.")

# %%
print(f"{never_seen:.2%} of the validation tokens never occur in training")

# %% [markdown]
# **What to notice.** On the left the two outlines lie nearly on each other. On the right each dot is a token. The
# frequent ones (top right) lie on the diagonal: the same share in both sets. The rare ones scatter: from three
# occurrences nobody can tell a share.
#
# It is a warning if the medians lie far apart, or if the cloud lies *beside* the diagonal. Then the two sets come from
# different places, for example because somebody took the last pages of a sorted file.
#
# **Part one ends here: a good place to stop.** You have 8,934 clean stories of about 169 tokens, with 4,574 different
# words. The 100 most frequent words are 58 % of the text, and 8 tokens of 100 are a full stop. **You can now do
# exercise 4** (about 12 minutes).

# %% [markdown]
# # Part two: from stories to batches
#
# You know the text: clean stories, each a list of ids. A model wants something else: many rows of equal length, in
# random order, again and again. This part makes them.
#
# ## 7 · One stream of tokens
#
# A model reads tokens, not stories. All stories become one long stream, with one special token where a story begins. By
# hand: if that token has the id 0, the stories `[5, 6]` and `[7]` become
#
# $$[\,0,\ 5,\ 6,\ 0,\ 7\,]$$
#
# **The rule here: exactly one `<|endoftext|>` before each story**, the first included. It tells the model that what was
# before does not matter any more. A generated story says with it that it is over. Without it the stories run into each
# other, and the model learns that after *The end.* comes *Tom*.

# %%
end_of_text = encoding.eot_token
stream = data.concatenate_stories(ids_per_story, end_of_text)  # (N,)

print(f"N = {len(stream):,} tokens, of which {(stream == end_of_text).sum():,} are separators")
print(repr(encoding.decode(stream[:12].tolist())))
assert len(stream) == lengths.sum()

# %% [markdown]
# **You can now do exercise 1** (one stream).
#
# ## 8 · Tokens on disk
#
# You do not want to encode the corpus again for each run, so the stream goes into a file. How large is it?
#
# - The stream above is a tensor of int64: **eight bytes per token**.
# - A list of arrays, one for each story, adds about a hundred bytes per story for the arrays themselves.
# - A Python list of numbers is worst: for each number a pointer of 8 bytes and an object of 28 bytes.
#
# All this for ids below 10,000. One byte holds the numbers from 0 to 255.
#
# **Guess first.** How many bytes does an id below 10,000 need?

# %%
guess = ...  # a whole number

# %%
scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # gone when the notebook ends
folder = Path(scratch.name)

torch.save(stream, folder / "stream.pt")
file = data.write_tokens(stories, encoding, folder / "stories.bin")

per_token = {
    "list of Python numbers": 8 + 28,
    "list of int64 arrays": sum(sys.getsizeof(np.array(ids)) for ids in ids_per_story) / len(stream),
    "torch.save, int64": (folder / "stream.pt").stat().st_size / len(stream),
    "token file": file.path.stat().st_size / len(stream),
}
reveal("bytes per token in the token file", round(per_token["token file"]), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="Two bytes per token are enough", xlabel="bytes per token", ylabel="kept as")
bars = axes.barh(list(per_token), list(per_token.values()))
axes.bar_label(bars, fmt="%.1f", padding=3)
axes.set_xlim(0, 42)
plotting.show(
    fig,
    alt=f"Bytes per token: {', '.join(f'{name} {size:.0f}' for name, size in per_token.items())}.",
    folded="Bytes per token of four ways to keep them",
)

# %% [markdown] fold="Why that is enough"
# Two bytes: one counts the units, the other the 256s. For example 9,999 = 39 · 256 + 15. The largest number is 255 ·
# 256 + 255 = 65,535, so two bytes are enough for any vocabulary up to 65,536 tokens. The real set becomes a file of
# 0.93 GB rather than 3.7.

# %% [markdown]
# `write_tokens` wrote two files: the numbers and nothing else in one, and beside it a header that says what they mean.

# %%
for name, value in vars(file.header).items():
    print(f"{name:>12}: {value if not isinstance(value, str) or len(value) < 20 else value[:12] + '…'}")

assert torch.equal(torch.from_numpy(file.tokens.astype(np.int64)), stream)  # the same as by hand

# %% [markdown]
# Each line of the header guards against a mistake that would otherwise go unnoticed. A file of numbers fits *every*
# tokenizer: with the wrong one you get fluent nonsense. So the header keeps a fingerprint of the vocabulary and a
# digest of the numbers, and opening the file with another tokenizer, or one that was cut short, is refused:

# %%
other = train_tokenizer(stories[:200], vocab_size=500)
try:
    data.open_tokens(file.path, other)
except ValueError as error:
    print(str(error).replace(str(folder), "…"))

# %% [markdown]
# The format of the file makes one mistake easy. Two bytes cannot hold an id like 70,000, and numpy does not complain:

# %%
too_large = np.array([9_999, 65_535, 65_536, 70_000])
print(too_large.astype(np.uint16))

# %% [markdown]
# 70,000 became 70,000 − 65,536 = 4,464: another token, silently. That is why `write_tokens` refuses a vocabulary that
# does not fit, before it writes anything.
#
# **How the file is read** matters as much. It is *memory-mapped*: the operating system treats the file as if it were
# memory, and fetches only the pieces that you touch. So opening takes hardly any time, and the file may be larger than
# your memory. Read 24 tokens from the middle:

# %%
middle = len(file) // 2
print(f"tokens {middle:,} to {middle + 24:,}:", repr(encoding.decode(file.tokens[middle : middle + 24].tolist())))

# %% [markdown]
# **What to notice in this section:** two bytes per token, a header that guards them, and no need to load the file.
# (Writing works in pieces too: some stories are encoded, appended and forgotten, on several cores. The file gets its
# name only when it is complete, so a power cut cannot leave half a file.)
#
# ## 9 · Windows
#
# Each training example is a window of `T` tokens, and the model predicts, at each of its positions, the token that
# comes next. So `x` is the window, and `y` is the same window one token later:
#
# $$y_t = x_{t+1}$$
#
# Do it by hand, with a stream of ten tokens and `T = 3`.

# %%
tiny = torch.arange(10)  # each token is its own position, so you can see where it came from
x, y = data.make_windows(tiny, seq_len=3)  # (n, T), (n, T)
for window in range(len(x)):
    print(f"window {window}: x = {x[window].tolist()}   y = {y[window].tolist()}")

# %% [markdown]
# Look at the borders. Window 0 ends with the input 2 and its answer 3. Window 1 begins with the *input* 3. So token 3
# is a target of one window and an input of the next, and no prediction is lost. A window touches `T + 1` tokens, but
# the next one starts after `T`.
#
# **The mistake:** x and y together need `T + 1` tokens. So many people cut the stream into pieces of `T + 1` and split
# each into `piece[:-1]` and `piece[1:]`. By hand, with the ten tokens and `T = 3`:
#
# ```
# 0 1 2 3 | 4 5 6 7 | 8 9        x = [0, 1, 2]  y = [1, 2, 3]        x = [4, 5, 6]  y = [5, 6, 7]
# ```
#
# It runs, the shapes are right, and the loss goes down. But who predicts token 4? It is the input of the second piece
# and the answer of none. And what if windows start *closer* together than `T`? Count how often each token is predicted.


# %%
def times_predicted(starts: range, seq_len: int, num_tokens: int) -> np.ndarray:
    """How often each token of the stream is a target."""
    times = np.zeros(num_tokens, dtype=int)
    for start in starts:
        times[start + 1 : start + 1 + seq_len] += 1
    return times


T, N = 8, 38
ways = {
    "every T": range(0, N - T, T),
    "every T + 1": range(0, N - T, T + 1),
    "every T / 2": range(0, N - T, T // 2),
    "every T − 1": range(0, N - T, T - 1),
}
times = np.stack([times_predicted(starts, T, N) for starts in ways.values()])  # (ways, N)

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="Windows that start every T predict each token once (T = 8)", size=(9.0, 2.6))
sns.heatmap(times, ax=axes, annot=True, cbar=False, cmap="viridis", linewidths=0.5, yticklabels=list(ways))
axes.tick_params(axis="y", rotation=0)
axes.set(xlabel="position in the stream (tokens)", ylabel="a window starts")
plotting.show(
    fig,
    alt="Four ways to cut. Every T: each token once, but for the first and a rest at the end. Every T + 1: one in "
    "nine never. Every T / 2: most twice. Every T − 1: those at the borders twice.",
)

# %% [markdown]
# - **Every T**: each token is predicted once. (The first token of the stream has nothing before it, and a rest of fewer
#   than `T` tokens at the end is dropped.)
# - **Every T + 1**, the mistake above: one token in `T + 1` is never predicted. For `T = 128` that is 1 / 129 = 0.8 %
#   of the data.
# - **Every T / 2** (*sliding* windows, which overlap): most tokens are predicted twice, once with at least `T / 2`
#   tokens before them. But an *epoch*, one pass over all the data, takes twice as long. For *evaluating* that can be
#   worth it.
# - **Every T − 1**: another off-by-one mistake. The tokens at the borders are learned twice.
#
# `TokenDataset` cuts every `T` tokens unless you give a `stride`, and it tells you how many tokens it drops. Check the
# first line by hand: 11,713 · 128 = 1,499,264 targets, and the stream has 1,499,285 tokens. The first token is no
# target, so 1,499,284 − 1,499,264 = 20 are left.

# %%
for stride in (None, 64):
    windows = data.TokenDataset(file, seq_len=128, stride=stride)
    print(
        f"stride {windows.stride:>3}: {len(windows):,} windows, {windows.dropped} tokens at the end are not predicted"
    )

dataset = data.TokenDataset(file, seq_len=128)
x, y = dataset[0]  # (T,), (T,)
print()
print("x:", repr(encoding.decode(x[:8].tolist())))
print("y:", repr(encoding.decode(y[:8].tolist())))

# %% [markdown]
# **You can now do exercises 2 and 3** (the shift by one, and the windows).
#
# ## 10 · The mistake everybody makes once
#
# Here is a dataset as many people write it first. It is nearly right.


# %%
class Windows(Dataset):
    """Windows of a stream of tokens (N,)."""

    def __init__(self, tokens: torch.Tensor, seq_len: int) -> None:
        self.tokens = tokens
        self.seq_len = seq_len

    def __len__(self) -> int:
        return (self.tokens.shape[0] - 1) // self.seq_len

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        start, end = index * self.seq_len, (index + 1) * self.seq_len
        return self.tokens[start:end], self.tokens[start + 1 : end + 1]


# %%
arrays = [np.array(ids) for ids in ids_per_story]  # one array of ids for each story
try:
    print(len(Windows(arrays, 128)))
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# The message speaks of `shape`, so the first repair that comes to mind is `len(self.tokens)`. Try it in your head: now
# `len` is the number of *stories*, and `tokens[0:128]` is a list of 128 *stories*. The error moves to somewhere inside
# the `DataLoader`, or into the model, or nowhere.
#
# The mistake was not in `shape`. The dataset wants **one stream** and was given **a list of pieces**. So join them
# first. (`data.TokenDataset` refuses the list and says so.)

# %%
print(f"{len(Windows(stream, 128)):,} windows")

try:
    data.TokenDataset(arrays, 128)
except TypeError as error:
    print("TypeError:", error)

# %% [markdown]
# **You can now do exercise 5** (the list that should have been a stream).
#
# ## 11 · Batches
#
# One window at a time would leave most of the processor idle. `DataLoader` takes 32 of them, shuffled, and stacks them.

# %%
loader = DataLoader(
    dataset,
    batch_size=32,
    shuffle=True,  # a new order each epoch
    generator=torch.Generator().manual_seed(0),  # … that can be had again
    pin_memory=torch.cuda.is_available(),  # memory from which a GPU can copy while you go on
    num_workers=0,  # processes that prepare batches; 0 is this one
)
x, y = next(iter(loader))  # (B, T), (B, T)

print("x:", tuple(x.shape), x.dtype, " y:", tuple(y.shape), y.dtype)
print(f"{len(dataset):,} windows / 32 = {len(dataset) / 32:.2f}, and len(loader) = {len(loader):,}")
_, rest = divmod(len(dataset), 32)
print("windows in the last batch:", rest or 32)

# %% [markdown]
# The number of batches is rounded up: the last batch is smaller. (`drop_last=True` rounds down, and then up to 31
# windows per epoch are not seen.) **You can now do exercise 6** (how many batches).
#
# What is in such a batch? A story has about 169 tokens, and a window 128.
#
# **Guess first.** How many of these 32 windows begin at the beginning of a story?

# %%
guess = ...  # a whole number from 0 to 32

# %%
reveal("windows that begin with a story", int((x[:, 0] == end_of_text).sum()), guess)

# %% fold="drawing"
story_of = (x == end_of_text).cumsum(dim=1)  # (B, T): 0 until the first separator, then 1, …
inside = (x[:, 0] != end_of_text).float().mean()
title = f"{inside:.0%} of these windows begin in the middle of a story"
fig, (axes,) = plotting.figure(title=title, size=(8.0, 3.2))
colours = {"label": "separators so far", "ticks": range(int(story_of.max()) + 1)}
sns.heatmap(story_of, ax=axes, cmap="viridis", cbar_kws=colours, xticklabels=16, yticklabels=8)
axes.set(xlabel="position in the window (tokens)", ylabel="window in the batch")
plotting.show(
    fig,
    alt=f"Heatmap of a batch, 32 windows by 128 positions, coloured by the number of separators so far; "
    f"{int((x == end_of_text).any(dim=1).sum())} of 32 windows have a separator.",
    folded="A batch: each row a window, each change of colour a new story",
)

# %% [markdown] fold="What it means"
# A window starts every 128 tokens, a story every 169 or so, and neither depends on the other. Only about one
# window in 169 starts with a separator. So the model mostly sees the middle of things. It does not know how the story
# began, unless that happens to lie in the window. It may also look back across a separator into the story before; it
# learns what the separator means. Most language models are trained like this. Windows that are cut at the borders of
# stories would be partly empty.

# %% [markdown]
# ## 12 · Ninety-five batches per second
#
# Now the question of the beginning: 465 million tokens in 20 minutes, which are 1,200 seconds. A batch has 32 · 128 =
# 4,096 tokens.
#
# $$\frac{465{,}000{,}000}{4{,}096} \approx 113{,}500 \text{ batches} \qquad\qquad
#   \frac{113{,}500}{1{,}200} \approx 95 \text{ batches per second}$$
#
# A `DataLoader` fetches a batch window by window: 32 calls of `__getitem__`, 64 small tensors, two `stack`s. But all
# windows lie in one array, and numpy can take any positions from it in one step. By hand, two windows of four tokens
# that start at 10 and 70: a **column** of starts plus a **row** of offsets gives every position.
#
# $$\begin{pmatrix} 10 \\ 70 \end{pmatrix} + \begin{pmatrix} 0 & 1 & 2 & 3 \end{pmatrix} =
#   \begin{pmatrix} 10 & 11 & 12 & 13 \\ 70 & 71 & 72 & 73 \end{pmatrix}$$


# %%
def gather_batch(tokens: np.ndarray, windows: np.ndarray, seq_len: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The windows with these numbers, gathered in one step."""
    starts = windows[:, None] * seq_len  # (B, 1)
    positions = starts + np.arange(seq_len)  # (B, 1) + (T,) -> (B, T)
    x = tokens[positions].astype(np.int64)  # (B, T)
    y = tokens[positions + 1].astype(np.int64)  # (B, T)
    return torch.from_numpy(x), torch.from_numpy(y)


x_gathered, y_gathered = gather_batch(dataset.tokens, np.arange(32), seq_len=128)
x_loaded, y_loaded = next(iter(DataLoader(dataset, batch_size=32)))
print("the same as the DataLoader's:", torch.equal(x_gathered, x_loaded) and torch.equal(y_gathered, y_loaded))

# %% [markdown]
# `data.BatchLoader` goes one step further and gathers several batches at once, then splits them. It shuffles as
# `DataLoader(shuffle=True)` does: every window once per epoch.
#
# **Guess first.** Which of these four is the slowest: `DataLoader`; `DataLoader` with two worker processes;
# `gather_batch`; `BatchLoader`?

# %%
guess = ...  # a name in quotes


# %%
def one_by_one(order: np.ndarray):
    """Batch after batch with gather_batch."""
    for first in range(0, len(order), 32):
        yield gather_batch(dataset.tokens, order[first : first + 32], seq_len=128)


def count_batches(loader) -> int:
    """Go through an epoch."""
    return sum(1 for _ in loader)


# %%
workers = DataLoader(dataset, batch_size=32, shuffle=True, num_workers=2, persistent_workers=True)
batches = data.BatchLoader(dataset, batch_size=32, seed=0)
epochs = {
    "DataLoader, 2 workers": lambda: count_batches(workers),
    "DataLoader": lambda: count_batches(loader),
    "gather_batch": lambda: count_batches(one_by_one(np.random.default_rng(0).permutation(len(dataset)))),
    "BatchLoader": lambda: count_batches(batches),
}
taken = profiling.time_interleaved(epochs, runs=3)
per_second = {name: len(loader) / timing.median for name, timing in taken.items()}

reveal("the slowest", min(per_second, key=per_second.get), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="One gather beats 32 small steps, and workers do not help", xlabel="batches per second", ylabel="loader"
)
axes.plot(list(per_second.values()), list(per_second), "o", markersize=9)
for name, speed in per_second.items():
    axes.annotate(f"{speed:,.0f}", (speed, name), (8, -4), textcoords="offset points")
axes.axvline(95, linestyle="--", color="black")
axes.annotate("95: the real set in 20 minutes", (95, 3.45), (4, 0), textcoords="offset points")
axes.set(xscale="log", xlim=(50, 20 * max(per_second.values())), ylim=(-0.6, 3.9))
plotting.show(
    fig,
    alt="Batches per second of four loaders, on a logarithmic axis, with a line at the 95 that are needed.",
    folded="Batches per second",
)

# %% [markdown]
# Speeds differ from machine to machine, so they stand behind `≈`. In the code, `about` and `within` say in which range
# they lie on any machine that we know of.

# %%
ratio = per_second["BatchLoader"] / per_second["DataLoader"]
measured("BatchLoader is faster than DataLoader by a factor of", ratio, about=100, within=98.5, digits=2)
measured("batches per second of BatchLoader", per_second["BatchLoader"], about=500_000, within=499_900, digits=2)

# %% [markdown] fold="What it means"
# Two workers are the slowest, and `BatchLoader` is the fastest. Even the plain `DataLoader` is fast enough for this
# model on most machines. But each millisecond that it takes is a millisecond in which the same processor does not
# train. And a GPU computes so fast that it would have to wait for a slow loader.
#
# Why are two workers *slower*? They are processes. Each batch has to be handed over from one process to the other, and
# that costs more than making the batch. Workers help when an example is expensive to make: a picture that has to be
# decoded, or text that is tokenized during training. Your tokens have been ready since section 8.

# %% [markdown]
# ## 13 · Shuffled, and still the same tomorrow
#
# Why shuffle at all? Neighbouring windows come from the same story or the next one. A batch of neighbours would show 24
# stories or so (32 · 128 / 169), and in this step the model would learn from just these. Shuffled, the 32 windows come
# from 32 places.
#
# But a run that you cannot repeat cannot be debugged. And one that is interrupted at batch 80,000 should not start
# again at 0. So the order depends only on the seed and the number of the epoch, and the position can be saved:

# %%
first, second = batches.order(epoch=0), batches.order(epoch=1)  # the numbers of the windows
print("epoch 0 begins with windows", first[:5].tolist())
print("epoch 1 begins with windows", second[:5].tolist())
print("each window is there once per epoch:", torch.equal(first.sort().values, torch.arange(len(dataset))))

# %%
running = iter(data.BatchLoader(dataset, batch_size=8, seed=7))
undisturbed = [next(running) for _ in range(6)]

interrupted = data.BatchLoader(dataset, batch_size=8, seed=7)
for number, _ in enumerate(interrupted, start=1):
    if number == 5:
        state = interrupted.state_dict()  # kept with the model's checkpoint
        break  # the power goes out

resumed = data.BatchLoader(dataset, batch_size=8)  # tomorrow, in a new process
resumed.load_state_dict(state)
x, y = next(iter(resumed))
print(state)
same = torch.equal(x, undisturbed[5][0]) and torch.equal(y, undisturbed[5][1])
print("the batch is the same as the sixth one:", same)

# %% [markdown]
# ## 14 · A first opponent: a table that counts
#
# The batches are ready. Does one need a large model to predict the next token? Try the simplest idea: **count**. For
# the last `n` tokens, keep a table of what came next in training, and answer with the most frequent one. By hand, `n =
# 1`, from "Tom had a kite. Tom had a ball. Tom ran.":
#
# | after | came | answer |
# |---|---|---|
# | Tom | had 2 times, ran once | had |
# | had | a 2 times | a |
# | a | kite once, ball once | kite (the first) |
#
# With `n = 0` the answer is always the full stop, and it was right 8 times in 100 (section 4).
#
# **Guess first.** The table learns from the first half a million tokens. With which `n` from 0 to 6 is it right most
# often, on stories that it has not seen?

# %%
guess = ...  # 0, 1, 2, 3, 4, 5 or 6

# %%
asked = data.concatenate_stories(ids_held_out, end_of_text)[:20_000].tolist()


def answers_of_table(learnt_from: list[int], n: int) -> list[int | None]:
    """For each token asked for, the token that most often came after the same n tokens; None if they never occurred."""
    rows = Counter(zip(*(learnt_from[shift:] for shift in range(n + 1)), strict=False))  # n tokens and the next one
    best: dict[tuple, int] = {}
    for (*context, token), _ in rows.most_common():  # the most frequent first, so the first answer stays
        best.setdefault(tuple(context), token)
    return [best.get(tuple(asked[here - n : here])) for here in range(n, len(asked))]


right, unknown = {}, {}  # in percent: for each amount of text, one number for each n
for amount in (500_000, len(stream)):
    right[amount], unknown[amount] = [], []
    for n in range(7):
        answers = answers_of_table(stream[:amount].tolist(), n)
        hits = [answer == token for answer, token in zip(answers, asked[n:], strict=True)]
        right[amount].append(100 * np.mean(hits).item())
        unknown[amount].append(100 * np.mean([answer is None for answer in answers]).item())

reveal("the best n, half a million tokens", int(np.argmax(right[500_000])), guess)
for amount, shares in right.items():
    reveal(f"right with n = 0 … 6, in percent, {amount:,} tokens", [round(share, 1) for share in shares])

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A longer memory helps, until too many memories are new; more text moves that point",
    xlabel="n, tokens that the table remembers",
    ylabel="share of the tokens (%)",
)
for amount, color, name in zip(right, plotting.PALETTE, ("0.5 million", "1.5 million"), strict=False):
    axes.plot(right[amount], "o-", color=color, label=f"right, {name} tokens")
    axes.plot(unknown[amount], "s--", color=color, label=f"never seen, {name} tokens")
axes.set(ylim=(0, 100))
axes.legend(loc="upper left", ncols=2)
plotting.show(
    fig,
    alt="Share of next tokens guessed right by a table of the last n tokens, n = 0 to 6, and share of unknown "
    "contexts, for two amounts of text. "
    + " ".join(
        f"{amount:,} tokens: right {', '.join(f'{share:.0f}' for share in right[amount])} %; "
        f"unknown {', '.join(f'{share:.0f}' for share in unknown[amount])} %."
        for amount in right
    ),
    folded="Right and unknown, against n",
)

# %% [markdown] fold="What the table cannot do"
# With half a million tokens, `n = 3` is best: right for 66 of 100 (on 20,000 tokens, such a share is known to about one
# in 100). With a larger `n` the table meets rows of tokens that it has never seen, and has no answer: 29 of 100 at n =
# 6. Three times as much text helps, and it helps the long memories most: now n = 3 and n = 4 are equally good, 68 of
# 100, and at n = 6 only 22 of 100 rows are new. But each further token of memory costs much more text, because the
# number of possible rows grows like V to the power of n. And what is lost stays lost: the name that comes next may
# stand in the first sentence, some hundred tokens back. No text is long enough for a table of a hundred tokens.
#
# So a table must go, and with it the idea that two rows of tokens are either equal or have nothing in common. **We need
# something that looks far back and picks out the few tokens that matter.** That is attention, the next lesson.

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `mend_quotes`, `straighten_quotes`, `describe_dirt` | text worth training on | |
# | `data.choose_seq_len(lengths, share)` | a window that holds this share of the stories | |
# | `data.concatenate_stories(ids, end_of_text)` | one stream, a separator before each story | `(N,)` |
# | `data.write_tokens(stories, tokenizer, path)` | the stream as a file, two bytes per token | `(N,)` |
# | `data.open_tokens(path, tokenizer)` | that file, checked and memory-mapped | `(N,)` |
# | `data.make_windows(tokens, seq_len)` | all windows and their targets | `(N,)` → `(n, T)`, `(n, T)` |
# | `data.TokenDataset(file, seq_len)` | one window, and what is dropped | `(T,)`, `(T,)` |
# | `data.BatchLoader(dataset, batch_size)` | shuffled batches, quickly | `(B, T)`, `(B, T)` |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A stream has 1,000 tokens. How many windows of 100, each with its targets, are there?
#
# - 10
#   - The tenth window would need token 1,001 as its last target.
# - 9
#   + A window needs the token after it: (1,000 − 1) / 100, rounded down. 99 tokens at the end are not predicted. With
#   1,001 tokens there are 10.
# - 901
#   - So many windows start one token apart. Here they do not overlap.
#
# **2.** A friend trains with a vocabulary of 100,277 and a file of uint16. The loss goes down nicely, and the samples
# contain odd words. What happened?
#
# - The learning rate is too high
#   - Then the loss would not go down nicely.
# - Ids from 65,536 on were stored modulo 65,536
#   + So rare tokens turned into frequent, unrelated ones, and the model learned that text faithfully. `write_tokens`
#   refuses such a vocabulary; use four bytes per token, or a smaller vocabulary.
# - The windows overlap
#   - Then tokens would be learned twice, but they would be the right tokens.
#
# **3.** You cut the validation set into windows too, and compare two models with `seq_len` 128 and 256. Is the
# comparison fair?
#
# - Yes, both see the same tokens
#   - Nearly the same tokens, but not the same context before them.
# - No, the model with 128 has it easier
#   - It is the other way round: it has twice as many windows, and so twice as many beginnings without context.
# - No, the model with 256 has it easier
#   + The first tokens of a window are predicted with hardly any context, and there are half as many of them. Windows
#   that overlap, of which only the later positions count, make it fairer.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** 8,934 clean stories are one stream of 1.5 million tokens, in a file of two bytes per token.
# It comes as shuffled batches `(32, 128)`, faster than any model here can use them. A table of counts has set the mark
# to beat. **What is missing:** a model.
#
# The exercises are in `exercises/02_data.ipynb`: you write the concatenation, the windows and the shift yourself, and
# are told which mistake you made. Then comes **lesson 03, attention**: how the `(32, 128)` tokens of a batch exchange
# information.

# %% [markdown]
# ### Optional: the real set
#
# This cell needs the network. It reads 10,000 stories of TinyStories as they come, asks the questions of part one
# again, and writes their token file. How do the answers differ from those for the stories in the box?

# %% tags=["skip-execution"]
real = list(load_stories("tinystories", n=10_000)["text"])
print(describe_dirt(real))

real = [mend(story) for story in real if story.strip()]
real_counts = Counter(word for story in real for word in words_of(story))
once = sum(count == 1 for count in real_counts.values())
print(f"{sum(real_counts.values()):,} words, {len(real_counts):,} different ones, {once:,} of them once only")

real_file = data.write_tokens(real, train_tokenizer(real), folder / "real.bin")
starts = np.flatnonzero(real_file.tokens == real_file.header.end_of_text)
real_lengths = np.diff(starts, append=len(real_file))  # from one separator to the next
for share in (0.5, 0.9, 0.99):
    print(f"{share:.0%} of the stories fit into seq_len = {data.choose_seq_len(real_lengths, share)}")
print(f"{len(data.TokenDataset(real_file, seq_len=128)):,} windows of 128")
