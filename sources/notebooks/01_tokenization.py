# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 01 · Tokenization
#
# **When you finish, you can**
# - say what characters, bytes, words and subwords cost as the units of a language model;
# - do byte-pair encoding by hand, and train a byte-level tokenizer that loses no text at all;
# - train the same tokenizer with Hugging Face's `tokenizers`, turn it into a `tiktoken` encoding, and get identical ids
#   from all three;
# - explain why `' Lily'` and `'Lily'` are different tokens, and what a tokenizer does to an emoji or to Persian.
#
# **What you need first:** Python's lists, dictionaries and strings. Nothing about models: this is where the course
# begins.
#
# **Time:** about 75 minutes, and about 70 for the exercises. The end of section 6 is a good place to stop.
#
# **The question.** A language model chooses its next piece of text from a fixed list, say of 10,000 pieces. English
# alone has more words than that, people invent new ones every day, and there are names, typing errors, Persian and
# emoji. **How can a fixed list write every text there is, and never have to answer "unknown word"?**

# %%
import math
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import regex
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from course_lib import tokenization
from course_lib.corpus import load_stories, story_entropy, token_entropy
from course_lib.show import diagram, plotting, profiling
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.sentence import VOCABULARY, WORDS, Sentence
from course_lib.tokenization import BPETokenizer, split_words

# %% [markdown]
# ## 1 · The stories
#
# In this course you build a small GPT and teach it to write stories for children of about four years. The idea is that
# of TinyStories (Eldan and Li, 2023): in a small world, with simple words, even a tiny model can learn to tell a story
# from its beginning to its end. You will see it happen on your own computer, in minutes.
#
# Meet the stories first. Read these two as a reader, not as an engineer. Who is in them? What goes wrong? How does it
# end?

# %%
stories = list(load_stories(n=5_000)["text"])
tenth = max(1, len(stories) // 10)
texts, held_out = stories[tenth:], stories[:tenth]

for story in stories[:2]:
    print(story, end="\n\n- - -\n\n")
print(f"{len(stories):,} stories, {sum(map(len, stories)) / 1e6:.1f} million characters")

# %% [markdown]
# These stories come with the course and need no network: a program makes them up. The course calls them **the stories
# in the box**. The program rolls dice for the plot, the names and the words, and everyone gets the same stories.
#
# Such a program has a rare advantage: the probability of each story is known. **By hand:** let a program roll one die
# for the hero and one for the animal. Each story then has the probability $\frac16 \cdot \frac16 = \frac1{36}$. With
# logarithms the product becomes a sum, in which each roll has its part:
#
# $$-\ln \tfrac1{36} \;=\; -\ln \tfrac16 - \ln \tfrac16 \;=\; 1.79 + 1.79 \;=\; 3.58$$
#
# The unit that goes with the natural logarithm is the **nat**: a roll of a die is 1.79 nats of chance. Averaged over
# stories, this is the **entropy** of the corpus. How much chance is in a real story of the box?

# %%
chance = story_entropy().mean
print(f"chance in a story: {chance:.1f} nats, as much as in {chance / math.log(6):.0f} rolls of a die")

# %% [markdown]
# **What to notice.** No model can guess dice, so no model can predict these stories better than that. In lesson 11 this
# number is a line in the plot, and you see how far above it your GPT is. For text that people wrote, nobody knows where
# that line is.
#
# The cell with the stories also puts one story in ten aside: these are **held out**. Nothing in this lesson learns from
# them, so that they can stand for new text.
#
# (All that you learn here holds for the real TinyStories too: `load_stories("tinystories")` fetches them where there is
# a network, and `load_stories("my_stories.txt")` reads yours.)

# %% [markdown]
# ## 2 · What should the pieces be?
#
# A model works with numbers. So a text is cut into pieces, **tokens**, and each is replaced by its number, its **id**,
# in a fixed list, the **vocabulary**. Two things cost:
#
# - **long sequences**: a model's work grows with the number of tokens, and it sees only a fixed number of them at a
#   time (128 in our case);
# - **a large vocabulary**: each entry is a row of numbers in the model that has to be learned. A token that occurs
#   twice in all the text is hardly learned.
#
# The obvious pieces are characters and words. "Tom saw Lily." has 13 characters, and 4 words if the full stop counts as
# one: about 3 times more characters. And in a whole story?
#
# **Guess first.** How many times more tokens does a story have in characters than in words?

# %%
guess = ...  # a number


# %%
def words_of(text: str) -> list[str]:
    """The obvious idea: runs of letters, and each other sign by itself."""
    return regex.findall(r"\w+|[^\w\s]", text)


known = {word for text in texts for word in words_of(text)}
new_words = [word for text in held_out for word in words_of(text)]
unknown = Counter(word for word in new_words if word not in known)

characters, words = sum(map(len, held_out)), len(new_words)
reveal("characters per word", round(characters / words, 1), guess)
print(f"{len({c for text in texts for c in text})} different characters, {len(known):,} different words")
print(f"words of held-out stories that are not in the list: {len(unknown)}, such as", list(unknown)[:8])
print("of these with a capital letter:", sum(word[0].isupper() for word in unknown))
everyday = "my grandmother baked an unforgettable rhubarb cake"
print("and of everyday English:", [word for word in words_of(everyday) if word not in known])

# %% [markdown]
# **What to notice.** Words make short sequences. But every word that is not in the list is lost: all such words become
# the same token, `<unk>`. 62 of the 77 have a capital letter. Most of these are names, and there is always another
# one. Characters hardly ever fail, but the sequence is several times longer, and each token says very little.
#
# ### The sentence that grows
#
# One short sentence with small numbers goes through the first lessons of the course, from words to a probability. Here
# it gets its numbers: a vocabulary of eight words, in a fixed order, and for each word its place in it.

# %%
print({word: number for number, word in enumerate(VOCABULARY)})
print(WORDS, "→", [VOCABULARY.index(word) for word in WORDS])

# %% fold="drawing"
sentence = Sentence()
diagram.sentence(WORDS, {"id": sentence.ids})

# %% [markdown]
# *Mia* is not in this list, and so this tiny model could never write about her. Lesson 03 goes on with these five ids.
#
# ### A mistake to know: the unknown token that is itself unknown
#
# Word-level tokenizers need an unknown token, and its name stands in two places: in the model and in the list of
# **special tokens**, the tokens that stand for no piece of text. If the two are spelled differently, training still
# runs without an error. See it with Hugging Face's library `tokenizers` (section 10 explains its parts; here look only
# at the name in quotes):

# %%
word_level = Tokenizer(models.WordLevel(unk_token="<unk>"))
word_level.pre_tokenizer = pre_tokenizers.Whitespace()
trainer = trainers.WordLevelTrainer(special_tokens=["|<unk>|"], show_progress=False)  # without a progress bar
word_level.train_from_iterator(texts[:100], trainer)

try:
    print(word_level.encode("a zebra").ids)
except Exception as error:
    print(type(error).__name__, "-", error)

# %% [markdown]
# The error comes with the first unknown word, perhaps weeks later. The solution is to write the name once, as a
# constant, and use it in both places:

# %%
UNKNOWN = "<unk>"
word_level = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
word_level.pre_tokenizer = pre_tokenizers.Whitespace()
trainer = trainers.WordLevelTrainer(special_tokens=[UNKNOWN], show_progress=False)
word_level.train_from_iterator(texts[:100], trainer)

print(word_level.encode("a zebra and a giraffe").tokens)

# %% [markdown]
# There is no error now, but the zebra is gone. We want a vocabulary in which **nothing** can be unknown. For that we
# use units that are smaller than characters.
#
# ## 3 · Why bytes
#
# There are over 150,000 characters in Unicode: too many for a list, and a list of some of them has holes again. But
# every text in a computer is also a sequence of **bytes**, and there are exactly 256 of those. The usual way to write
# characters as bytes is UTF-8: from one byte for `L` to four for an emoji.
#
# **Guess first.** How many bytes does `سلام 🙂` have: four Persian letters, a space and an emoji?

# %%
guess = ...  # a whole number

# %%
for text in ("Lily", "café"):
    print(f"{len(text)} characters, {len(text.encode())} bytes: {list(text.encode())} {text!r}")
reveal("bytes of سلام 🙂", len("سلام 🙂".encode()), guess)
reveal("they are", list("سلام 🙂".encode()))

# %% [markdown] fold="How the bytes are counted"
# 4 · 2 + 1 + 4 = 13: two bytes for each Persian letter, one for the space, four for the emoji.

# %% [markdown]
# How does a reader of bytes know where a character begins? **Look at the first bits in the
# picture:** they say it, in each byte.


# %% fold="drawing"
def colour_of(byte: int) -> tuple:
    """Blue: a character by itself. Orange: the first byte of several. Green: a byte that continues a character."""
    return plotting.PALETTE[0 if byte < 0b10000000 else 2 if byte < 0b11000000 else 1]


# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="UTF-8: the first bits of a byte say where a character begins",
    xlabel="bytes",
    ylabel="character",
    size=(7.4, 3.2),
)
for row, character in enumerate("Léل€🙂"):
    for place, byte in enumerate(character.encode()):
        axes.barh(row, 0.96, left=place, height=0.8, color=colour_of(byte), alpha=0.75)
        axes.text(place + 0.48, row, f"{byte:08b}", ha="center", va="center", family="monospace", fontsize=12)
axes.set(yticks=range(5), yticklabels=[*"Léل€", "emoji"], xticks=[0.48, 1.48, 2.48, 3.48], xticklabels=[1, 2, 3, 4])
axes.invert_yaxis()
plotting.show(
    fig,
    alt="The bits of the characters L, é, Persian lam, euro sign and an emoji, of one to four bytes: single bytes "
    "begin with 0, first bytes with as many ones as there are bytes, the others with 10.",
)

# %% [markdown]
# Blue, `0…`: a character by itself. That is all of ASCII, so plain English has one byte per character. Orange: a first
# byte; it begins with as many ones as the character has bytes. Green, `10…`: the rest of a character.
#
# **What to notice.** With the 256 bytes as alphabet **no text is unknown, in any language**. That is half of the answer
# to the question at the top. The other half: bytes make even longer sequences than characters. So we let frequent
# neighbours grow together.
#
# ## 4 · Byte-pair encoding by hand
#
# The idea is from data compression (Gage, 1994) and came to language models with Sennrich et al. (2016): **find the
# pair of neighbours that occurs most often, make it a token, repeat.** Here is a corpus of ten words, and how often
# each occurs. We write letters for the bytes, to have something to look at.
#
# | the | then | them | he | her | hen | ten | pen | tent | rent |
# |---|---|---|---|---|---|---|---|---|---|
# | 9 | 4 | 2 | 7 | 5 | 3 | 3 | 2 | 1 | 1 |
#
# **Guess first.** Take a pencil. `h`, `e` stand side by side in six of the words. How often in the whole corpus?

# %%
guess = ...  # a whole number

# %%
ten_words = {"the": 9, "then": 4, "them": 2, "he": 7, "her": 5}
ten_words |= {"hen": 3, "ten": 3, "pen": 2, "tent": 1, "rent": 1}
words = {tuple(word): times for word, times in ten_words.items()}  # ("t", "h", "e"): 9

counts = Counter()
for word, times in words.items():
    for pair in pairwise(word):  # ("t", "h"), ("h", "e")
        counts[pair] += times  # the pair occurs as often as its word does

reveal("h, e", counts["h", "e"], guess)
reveal("the five most frequent pairs", str(counts.most_common(5)))

# %% [markdown] fold="How it is counted"
# Each word counts as often as it occurs: *the* 9, *then* 4, *them* 2, *he* 7, *her* 5, *hen* 3, together 30. Many
# people forget the counts and say six.

# %% [markdown]
# `h`, `e` is the most frequent pair, so these two become one token, `he`, in all words. Then we count again, because
# now there are new neighbours: `t` stands before `he`.
#
# **How is a pair merged?** From left to right. There is one trap: what does `a a a` become when the pair is `a a`?

# %%
print(tokenization.merge_pair(["a", "a", "a"], ("a", "a"), "aa"))
print(tokenization.merge_pair(["t", "h", "e", "n"], ("h", "e"), "he"))

# %% [markdown]
# The two pairs in `a a a` overlap, and only one of them can be merged: the left one. After a match the search goes on
# *behind* it.
#
# Now six rounds. The first is the merge of `h` and `e`, and the list below begins with the second. **Watch the
# counts.** At the beginning `e`, `n` occurred 14 times. When its turn comes, how many are
# left, and where have the others gone?

# %%
history = [words]
for _ in range(6):
    counts = tokenization.count_pairs(words)
    # The highest count; of equal counts, the first in the alphabet.
    pair = min(counts, key=lambda pair: (-counts[pair], pair))
    piece = pair[0] + pair[1]
    words = {tuple(tokenization.merge_pair(word, pair, piece)): words[word] for word in words}
    history.append(words)
    if len(history) > 2:  # you have counted for the first round yourself
        print(f"{pair[0]:>4} + {pair[1]:<4} {counts[pair]:>3} times")


# %% fold="drawing"
def draw_pieces(axes, row: float, pieces: list[str]) -> None:
    """Pieces as boxes in a row, in two colours by turns, spaces as dots."""
    start = 0
    for number, piece in enumerate(pieces):
        colour = plotting.PALETTE[0 if number % 2 else 1]
        axes.barh(row, len(piece), left=start, height=0.8, color=colour, alpha=0.45, edgecolor="white", linewidth=2)
        axes.text(start + len(piece) / 2, row, piece.replace(" ", "·"), ha="center", va="center", family="monospace")
        start += len(piece)


# %% fold="drawing"
pieces = [sum(len(word) * times for word, times in words.items()) for words in history]
fig, panels = plotting.figure(
    title=f"Six merges: the same text in {pieces[-1]} pieces instead of {pieces[0]}",
    xlabel="letters",
    columns=3,
    size=(3.0, 3.6),
)
for axes, merges in zip(panels, (0, 2, 6), strict=True):
    for row, word in enumerate(history[merges]):
        draw_pieces(axes, row, list(word))
    axes.set(title=f"after {merges} merges", xlim=(0, 4), yticks=range(10), ylabel="words, with their counts")
    axes.set_yticklabels([f"{times}×" for times in ten_words.values()])
    axes.invert_yaxis()
    axes.grid(False)
plotting.show(
    fig,
    alt="The ten words in pieces after 0, 2 and 6 merges: single letters first, then he and the as one piece, at last "
    "also en, her, ten and then.",
)

# %% [markdown]
# **What to notice.** Frequent words have become one token (`the`, `he`, `her`). Rare ones are put together from parts
# that they share with others (`p` + `en`). Nobody told the algorithm about words or endings: it only counts.
#
# And the seven `e`, `n` that were missing? In `then` (4 times) and `hen` (3 times) the `e` had gone to the `h` already:
# 14 − 4 − 3 = 7. **A merge changes the counts of its neighbours.**
#
# The same with ids instead of letters is `tokenization.train_merges`: a dozen lines that you will write yourself in the
# exercises. Bytes have the ids 0 to 255, so the first merge makes token 256, the next one 257:

# %%
as_bytes = {tuple(word.encode()): times for word, times in ten_words.items()}
merges = tokenization.train_merges(as_bytes, num_merges=6)
print(merges)
print("h, e =", tuple(b"he"), "  t, he =", (ord("t"), 256))

# %% [markdown]
# **You can now do exercises 1 and 2** (count the pairs, merge one pair).
#
# ## 5 · Ties
#
# In the fifth round two pairs had the same count, 4: `t` + `en` and `the` + `n`. Something had to decide. "The first
# one found" is a bad rule, because it depends on the order of the texts:

# %%
for order in ("ba ab", "ab ba"):  # the same two words, in another order
    counts = tokenization.count_pairs({tuple(word): 2 for word in order.split()})
    first_found = max(counts, key=counts.get)
    print(f"{order}: first found {first_found}, our rule {min(counts, key=lambda p: (-counts[p], p))}")

# %% [markdown]
# Two people with the same stories in different files would get different vocabularies. And **a model works only with
# the vocabulary that it was trained with**.
#
# Our rule is: **the highest count; of equal counts the smallest ids, the left id first.** It is the rule of Hugging
# Face's trainer too. How often does it decide? Count the rounds in which two pairs share the highest count:


# %% fold="setup"
def count_ties(words: dict, num_merges: int, first_id: int = 256) -> int:
    """Rounds in which more than one pair has the highest count."""
    ties = 0
    for new_id in range(first_id, first_id + num_merges):
        ordered = tokenization.count_pairs(words).most_common(2)
        ties += len(ordered) == 2 and ordered[0][1] == ordered[1][1]
        pair = tokenization.train_merges(words, 1)[0]
        words = {tuple(tokenization.merge_pair(word, pair, new_id)): times for word, times in words.items()}
    return ties


# %%
in_stories = {tuple(word.encode()): times for word, times in tokenization.count_words(texts[:500]).items()}
# The same merges as train_merges, found more quickly (section 7)
early = {pair: 256 + i for i, pair in enumerate(tokenization.train_merges_fast(in_stories, 900))}
# The words after these 900 merges (section 8)
later = {tuple(tokenization.encode_with_ranks(word, early)): times for word, times in in_stories.items()}

print("ties in the 6 merges of the ten words:", count_ties(as_bytes, 6))
print("ties in the merges 1 to 100 of 500 stories:", count_ties(in_stories, 100))
print("ties in the merges 901 to 1,000 of 500 stories:", count_ties(later, 100, first_id=256 + 900))

# %% [markdown]
# **What to notice.** In a large text the first pairs occur thousands of times, and two counts are seldom equal. Later
# there are many pairs that occur equally often, and nearly every round has a tie.
#
# **You can now do exercise 3** (train).
#
# ## 6 · Words first: what no token may cross
#
# Nothing so far keeps a token inside a word. If a whole text is one row of bytes, frequent neighbours grow together
# across the spaces:

# %%
text = " ".join(texts[:8])
spelled = [bytes([byte]) for byte in range(256)]
for left, right in tokenization.train_merges_fast({tuple(text.encode()): 1}, 300):
    spelled.append(spelled[left] + spelled[right])
crossing = [token.decode(errors="replace") for token in spelled[256:] if b" " in token.strip()]
print(f"{len(crossing)} of 300 tokens have parts of several words in them:")
print(crossing[:6], "...", crossing[-4:])

# %% [markdown]
# Such tokens waste the vocabulary: they fit one place in one phrase. So the text is cut into words *first*, and pairs
# are counted inside them only. What is a word? GPT-2's pattern has six alternatives, and the first that fits wins. (In
# it, `\p{L}` is any letter of any script and `\p{N}` any digit.)
#
# 1. `'(?:[sdmt]|ll|ve|re)`: the ends of *Lily's*, *didn't*, *we'll*;
# 2. ` ?\p{L}+`: letters, **with the space before them**;
# 3. ` ?\p{N}+`: digits, with the space before them;
# 4. ` ?[^\s\p{L}\p{N}]+`: other signs, with the space before them;
# 5. `\s+(?!\S)`: white space, but not its last character if a word follows;
# 6. `\s+`: what white space is left.
#
# So `Tom's 3 kites!` is five words: `Tom`, `'s`, ` 3`, ` kites`, `!`.
#
# **Guess first.** Into how many words is this cut: `Lily's mom said,  "We'll go!"` (there are two spaces before the
# quote)?

# %%
guess = ...  # a whole number

# %%
line = "Lily's mom said,  \"We'll go!\""
reveal("words", len(split_words(line)), guess)
reveal("they are", str(split_words(line)))
print("joined, they are the same text again:", "".join(split_words(line)) == line)

# %% [markdown]
# **What to notice.** The space belongs to the word *behind* it. That is why `' Lily'` in the middle of a sentence and
# `'Lily'` at the beginning of a text are different words and get different tokens. A model has to learn that they are
# the same girl. In return nothing is lost. (`text.split()` loses how many spaces there were.)
#
# **You can now do exercise 7** (a trainer whose tokens cross words).
#
# ## 7 · A whole tokenizer
#
# To count everything again before each merge is slow: it would take minutes for our stories, and hours for a large
# corpus. But a merge changes few words. `train_merges_fast` keeps the counts and corrects only what has changed. The
# result is the same:

# %%
words = {tuple(word.encode()): times for word, times in tokenization.count_words(texts).items()}
plain = tokenization.train_merges(words, 30)
fast = tokenization.train_merges_fast(words, 30)
seconds = profiling.time_interleaved(
    {
        "plain": lambda: tokenization.train_merges(words, 30),
        "fast": lambda: tokenization.train_merges_fast(words, 30),
    },
    runs=3,
)
print("the same merges:", plain == fast)
measured(
    "times faster, for 30 merges", seconds["plain"].median / seconds["fast"].median, about=50, within=48.5, digits=2
)

# %% [markdown]
# (The sign ≈ stands before a number that is not the same on every computer. In the code, `about` and `within` say where
# it usually lies.)
#
# Bytes, words, merges, and one more thing: a special token, `<|endoftext|>`, that stands between stories and is
# never made from bytes. Together they are a `BPETokenizer`. Its ids are, in this order:
#
# | ids | tokens |
# |---|---|
# | 0 | the special token |
# | 1 to 256 | the 256 bytes, in GPT-2's order: those that can be seen on a screen come first, so `!` has the id 1 |
# | from 257 on | one for each merge, in the order in which they were learnt |
#
# **Guess first.** We ask for a vocabulary of 10,000, and have 4,500 stories. How many tokens do we get?

# %%
guess = ...  # a whole number

# %%
tokenizer = BPETokenizer.train(texts, vocab_size=10_000)
reveal("tokens", tokenizer.vocab_size, guess)
print("the first merges:", [token.decode(errors="replace") for token in tokenizer.tokens[257:275]])
print("the longest tokens:", [token.decode(errors="replace") for token in sorted(tokenizer.tokens[257:], key=len)[-6:]])

# %% [markdown] fold="Why there are fewer"
# There are fewer than 10,000, because the pairs have run out: every pair that is left occurs only once, and merging it
# would save nothing elsewhere (`min_frequency=2`). By then each word that occurs at least twice is one token. This does
# no harm: 10,000 is an upper bound, and the 20,000 stories that the course trains on reach it.

# %% [markdown]
# Read the two lists: the first merges are the most frequent neighbours in English, the longest tokens are whole words
# with their space.
#
# **The first 500 tokens of a large vocabulary are the vocabulary of size 500**, because merges are learnt one after the
# other. So we can look at all sizes without training again: cut off the list of merges.


# %%
def smaller(tokenizer: BPETokenizer, vocab_size: int) -> BPETokenizer:
    """The same tokenizer before it learnt its later merges."""
    without_merges = BPETokenizer([]).vocab_size
    return BPETokenizer(list(tokenizer.merges)[: vocab_size - without_merges])


# %% fold="drawing"
sizes = [257, 300, 500, 1_000, tokenizer.vocab_size]
line = "Lily was happy when her friend found the lost puppy."
fig, (axes,) = plotting.figure(
    title="The larger the vocabulary, the fewer the tokens", xlabel="letters", ylabel="vocabulary", size=(9.0, 3.2)
)
counts = []
for row, size in enumerate(sizes):
    coder = smaller(tokenizer, size)
    pieces = [coder.tokens[token].decode() for token in coder.encode(line)]
    draw_pieces(axes, row, pieces)
    counts.append(len(pieces))
axes.set(yticks=range(len(sizes)), yticklabels=[f"{s:,}\n{n} tokens" for s, n in zip(sizes, counts, strict=True)])
axes.invert_yaxis()
axes.grid(False)
plotting.show(
    fig,
    alt="One sentence cut into tokens by vocabularies of growing size, from one token per letter to about one token "
    f"per word: {counts} tokens.",
)

# %% [markdown]
# At 257 there are only bytes. Then frequent endings and short words appear, and at the end every word of this sentence
# is one token, space included (the dots).
#
# **Guess first.** `' Lily'` with its space is one token. How many are `' LILY'`?

# %%
guess = ...  # a whole number

# %%
reveal("tokens of ' LILY'", len(tokenizer.encode(" LILY")), guess)
reveal("they are", " ".join(tokenizer.tokens[i].decode().replace(" ", "·") for i in tokenizer.encode(" LILY")))

# %% fold="setup"
print("bytes tokens")
for text in [" Lily", "Lily", " lily", " unforgettable", " supercalifragilistic", " café", " سلام", " 🙂"]:
    pieces = [tokenizer.tokens[token] for token in tokenizer.encode(text)]
    readable = " ".join(piece.decode(errors="replace").replace(" ", "·") for piece in pieces)
    print(f"{len(text.encode()):>5} {len(pieces):>6}   {readable:<27} {text!r}")

# %% [markdown]
# - Capitals and the space make different tokens of what is one name to us.
# - A new word falls into known parts. Nothing is unknown, it only becomes longer.
# - A model sees the id of ` Lily` and none of its four letters. This is why language models are bad at spelling words
#   backwards and at counting letters.
# - Scripts that the training text did not have fall into single bytes, and a single byte of them is not a character
#   (`�`). The Persian greeting of four letters costs nine tokens, and ` Lily` one: **a tokenizer is kind only to the
#   languages it was trained on**. (Section 11 counts whole sentences.)

# %% [markdown]
# ## 8 · Encoding: the merges again, in their order
#
# Training made a list of merges. To encode a word we do the same merges again, **in the order in which they were
# learnt**: not the longest first, and not from left to right.
#
# **By hand**, with the six merges of section 4 (1: `he`, 2: `the`, 3: `en`, 4: `her`, 5: `ten`, 6: `then`):
#
# | word | pairs that are known | what is merged | result |
# |---|---|---|---|
# | `h e n` | `h`+`e` (1), `e`+`n` (3) | the first learnt: 1 | `he n` |
# | `t e n t` | `e`+`n` (3) | 3, and then `t`+`en` (5) | `ten t` |
# | `t h e n` | `h`+`e` (1), `e`+`n` (3) | 1, then `t`+`he` (2), then `the`+`n` (6) | `then` |
#
# In the first row `en` is known too, but it came later. Now two words with our large tokenizer:


# %%
def encode_with_steps(word: str) -> None:
    """Print each merge of one word; what `tokenization.encode_with_ranks` does, one merge at a time."""
    ids = BPETokenizer([]).encode(word)  # a tokenizer without merges gives the bytes' ids
    print("|".join(word).replace(" ", "·"))
    while known := [pair for pair in pairwise(ids) if pair in tokenizer.merges]:
        pair = min(known, key=tokenizer.merges.get)  # learnt first
        ids = tokenization.merge_pair(ids, pair, tokenizer.merges[pair])
        pieces = "|".join(tokenizer.tokens[token].decode() for token in ids).replace(" ", "·")
        print(f"{pieces:<20} merge {tokenizer.merges[pair] - 256}")


encode_with_steps(" together")
encode_with_steps(" forgetter")

# %% [markdown]
# **What to notice.** The merges do not go from left to right, but the number of the merge only grows from line to line.
# ` together` is one token at the end. ` forgetter`, a word that the stories do not have, ends as ` forg` + `etter`: two
# known parts.
#
# **You can now do exercise 4** (encode with ranks) **and exercise 6** (predict how many tokens).
#
# ## 9 · Decoding: bytes first, text last
#
# Decoding is easy: put the bytes of all tokens together, then read them as UTF-8. The order matters. A token may end in
# the middle of a character:

# %%
ids = tokenizer.encode("a 🙂")
print(ids, [tokenizer.tokens[token] for token in ids])
print("all bytes, then text:    ", tokenizer.decode(ids))
print("token by token:          ", "".join(tokenizer.decode([token]) for token in ids))
print("without the last token:  ", tokenizer.decode(ids[:-1]))

# %% [markdown]
# **What to notice.** Token by token is wrong: no single byte of the emoji is a character, and each becomes `�`, the
# replacement character. The last line is what you see when a model stops in the middle of an emoji. A program that
# shows a model's text while it is being written has to wait for the rest of the character.
#
# Ids to text can fail like that. **Text to ids and back cannot**, for any text:

# %%
hard = ["", "   \n\n\t  ", "Lily & Tom: 3 + 4 = 7!?", "یکی بود، یکی نبود", "👩‍👩‍👧 ¡olé!", "\x00\x7f", "日本語"]
same = [tokenizer.decode(tokenizer.encode(text)) == text for text in [*hard, *held_out]]
print(f"{sum(same)} of {len(same)} texts come back as they were")

# %% [markdown]
# **You can now do exercise 5** (decode any bytes).
#
# ### Special tokens
#
# `<|endoftext|>` has an id of its own, and nothing else has it. But what if a story contains these thirteen
# characters? If they became the special token, anybody could end your model's story from inside a text. So `encode`
# treats them as text unless you allow it:

# %%
trick = "The end.<|endoftext|>Once"
print("as text:   ", [tokenizer.tokens[token].decode() for token in tokenizer.encode(trick)])
allowed = tokenizer.encode(trick, allowed_special={"<|endoftext|>"})
print("as special:", [tokenizer.tokens[token].decode() for token in allowed])
print("its id:", tokenizer.special_tokens)

# %% [markdown]
# ## 10 · The same with two libraries
#
# You will seldom use your own tokenizer, because released models come with files for two libraries. Now that you know
# the parts, you can read both. Hugging Face's `tokenizers` (written in Rust) **trains**. Each line is a part that you
# have built:

# %%
rust = Tokenizer(models.BPE())
rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # GPT-2's words, then bytes (sections 6 and 3)
rust.decoder = decoders.ByteLevel()  # bytes back to text (section 9)
trainer = trainers.BpeTrainer(
    vocab_size=10_000,
    min_frequency=2,  # stop when each pair occurs once
    special_tokens=["<|endoftext|>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),  # all 256 bytes, seen or not
    show_progress=False,
)
rust.train_from_iterator(texts, trainer)

same = [rust.encode(text).ids == tokenizer.encode(text) for text in held_out]
print(f"{rust.get_vocab_size():,} tokens; the same ids as ours for {sum(same)} of {len(same)} held-out stories")
print(rust.encode("Lily found it.").tokens)

# %% [markdown]
# The same vocabulary, merge by merge. (`Ġ` is how GPT-2 writes a space in files and lists. It is only a way of
# writing.)
#
# ### A mistake to know: bytes that vanish
#
# Leave out one line, `initial_alphabet=...`. Then the alphabet has only the bytes of the training text. Here it is a
# single sentence. Read this output closely:

# %%
holes = Tokenizer(models.BPE())
holes.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
holes.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(show_progress=False)
holes.train_from_iterator(["Once upon a time there was a girl named Lily."], trainer)

for text in ("Lily was a girl", "Lily saw a zebra", "سلام"):
    print(f"{text!r} comes back as {holes.decode(holes.encode(text).ids)!r}")

# %% [markdown]
# No error, no warning: the zebra has become an era, and the greeting is gone. Bytes that are not in the vocabulary are
# skipped.
#
# ### A template, and a surprise
#
# A model should learn where stories begin. So a **template** puts `<|endoftext|>` before each story:

# %%
rust.post_processor = processors.TemplateProcessing(
    single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", rust.token_to_id("<|endoftext|>"))]
)
with tempfile.TemporaryDirectory() as folder:  # save and load, so that nobody has to train again
    tokenization.save_tokenizer(rust, Path(folder) / "tokenizer.json")
    loaded = tokenization.load_tokenizer(Path(folder) / "tokenizer.json")

ids = loaded.encode("Lily found it.").ids
print(ids)

# %% [markdown]
# The first id, 0, is `<|endoftext|>`.
#
# **Guess first.** What text does `decode` give for these ids?

# %%
guess = ...  # a text in quotes

# %%
reveal("decoded", loaded.decode(ids), guess)
reveal("with skip_special_tokens=False", loaded.decode(ids, skip_special_tokens=False))

# %% [markdown] fold="What to remember"
# `decode` drops special tokens unless you tell it not to. Text that you decode to check your data will look as if
# `<|endoftext|>` had never been there.

# %% [markdown]
# All of this is `tokenization.train_tokenizer(texts)`, in one call.
#
# ### `tiktoken` encodes
#
# `tiktoken` is OpenAI's library. It cannot train. It needs the tokens' bytes with their ids, and the pattern for words:
# that is all a tokenizer is. The merges are the same, so the ids must be the same:

# %%
encoding = tokenization.to_tiktoken(rust)
sample = [*held_out, *hard]
same = [encoding.encode_ordinary(text) == tokenizer.encode(text) for text in sample]
print(f"the same ids as ours for {sum(same)} of {len(same)} texts")

# %% [markdown]
# **Guess first.** Which of the three is the slowest: `tokenizers`, `ours` (in plain Python), or `tiktoken`?

# %%
guess = ...  # a name in quotes

# %%
some = held_out[:200]
calls = {
    "tokenizers,\n.encode": lambda: [rust.encode(text, add_special_tokens=False).ids for text in some],
    "ours,\n.encode": lambda: [tokenizer.encode(text) for text in some],
    "tiktoken,\n.encode_ordinary": lambda: [encoding.encode_ordinary(text) for text in some],
}
seconds = profiling.time_interleaved(calls, runs=7)
megabytes = sum(len(text.encode()) for text in some) / 1e6
speeds = [megabytes / timing.median for timing in seconds.values()]
slowest = min(zip(speeds, ["tokenizers", "ours", "tiktoken"], strict=True))[1]
reveal("the slowest", slowest, guess)
factor = approx(max(speeds) / min(speeds), about=10, within=9, digits=2)
reveal("the fastest is faster than the slowest by a factor of", factor)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="The same ids, but not at the same speed", xlabel="encoder", ylabel="MB per second"
)
axes.bar(list(calls), speeds, color=plotting.PALETTE[0])
axes.bar_label(axes.containers[0], fmt="%.1f")
axes.set_ylim(0, 1.15 * max(speeds))
plotting.show(
    fig,
    alt="Bars: megabytes encoded per second by tokenizers, by our Python and by tiktoken.",
    folded="How fast each is",
)

# %% [markdown] fold="Why"
# The heights depend on your computer, the order hardly does. `tiktoken` wins. Ours is not the slowest for two reasons.
# It remembers the tokens of each word that it has met, and it had met the words of these very texts before: to look
# something up is faster than to compute it, in any programming language. `tokenizers` remembers words too, but it gives
# much more than ids (where each token stands in the text, masks, types), and that costs.

# %% [markdown]
# So the course trains with `tokenizers` and encodes with `tiktoken`. Lesson 02 uses that.
#
# ## 11 · How large a vocabulary?
#
# Measure compression as **bytes per token**: how much text fits into one. By hand: "Lily found it." has 14 bytes and
# became 4 tokens (` found` and ` it` with their spaces), which is 14 / 4 = 3.5 bytes per token.
#
# Held-out stories tell whether the merges are good for new text too. Persian tells what they do for a language that was
# not there.
#
# **Guess first.** How many bytes per token do all the merges together reach for held-out stories?

# %%
guess = ...  # a number

# %%
persian = "یکی بود، یکی نبود. لیلی و مادرش به پارک رفتند و یک گربه کوچک پیدا کردند."
samples = {"stories it has learnt from": texts[:200], "held-out stories": held_out[:200], "Persian": [persian]}
sizes = [size for size in (257, 300, 400, 600, 1_000, 2_000, 4_000, 10_000) if size < tokenizer.vocab_size]
sizes.append(tokenizer.vocab_size)

coders = [smaller(tokenizer, size) for size in sizes]


def bytes_per_token(coder: BPETokenizer, sample: list[str]) -> float:
    """How much text fits into a token."""
    return sum(len(text.encode()) for text in sample) / sum(len(coder.encode(text)) for text in sample)


# %%
compression = {name: [bytes_per_token(coder, sample) for coder in coders] for name, sample in samples.items()}
reveal("bytes per token for held-out stories", round(compression["held-out stories"][-1], 2), guess)
reveal("for stories that the tokenizer has learnt from", round(compression["stories it has learnt from"][-1], 2))
reveal("for Persian", round(compression["Persian"][-1], 2))
english = "Once upon a time. Lily and her mother went to the park and found a small cat."
lengths = len(tokenizer.encode(persian)), len(tokenizer.encode(english))
reveal("tokens of the Persian sentences, and of the same in English", lengths)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="More merges compress more, but only what is like the stories",
    xlabel="vocabulary, tokens",
    ylabel="bytes per token",
)
for (name, values), marker in zip(compression.items(), ("o-", "s--", "^:"), strict=True):
    axes.plot(sizes, values, marker, label=name)
ticks = [257, 400, 1_000, 2_000, 4_000, sizes[-1]]
axes.set(xscale="log", ylim=(0, None), xticks=ticks, xticklabels=[f"{size:,}" for size in ticks])
axes.minorticks_off()
axes.legend()
plotting.show(
    fig,
    alt="Bytes per token against the size of the vocabulary, on a logarithmic axis: the curves of learnt and held-out "
    "stories rise together and flatten, the curve of a Persian sentence stays at 1.",
    folded="Compression against vocabulary",
)

# %% [markdown] fold="How to read it"
# On this axis each step to the right *multiplies* the vocabulary. From 1 to 2 bytes per token it takes fewer than 200
# merges. From 3.1 (1,000 tokens) to 4.2 it takes the other 7,000, because frequent words are one token by then and what
# is left is rare. And each token costs a row of numbers: 100 in our model, so a vocabulary of 10,000 is a million
# numbers, two fifths of the whole GPT that you will build. GPT-2 has 50,257 tokens, Llama 3 about 128,000, and much
# larger models to go with them.
#
# The two upper curves lie close together: the merges are good for new stories too. Persian stays at the bottom, byte by
# byte. Nothing of it is lost, but the same two sentences cost several times as many tokens as in English, and a model
# would see only a short piece of Persian text at a time.

# %% [markdown]
# Now compare byte-pair encoding with a list of words. Words make sequences of nearly the same length. What does a list
# of the `N` most frequent words lose that a vocabulary of `N` tokens does not?
#
# **Guess first.** Of 1,000 words of held-out stories, how many are not among the 1,000 most frequent words?

# %%
guess = ...  # a whole number


# %%
def tokens_per_story(cut) -> float:
    """Mean number of pieces over some held-out stories."""
    return sum(len(cut(text)) for text in some) / len(some)


frequency = Counter(word for text in texts for word in words_of(text))
lists = [300, 1_000, 2_000, len(frequency)]  # so many of the most frequent words
shares = []
for size in lists:
    listed = {word for word, _ in frequency.most_common(size)}
    shares.append(sum(word not in listed for word in new_words) / len(new_words))
reveal("unknown among 1,000 words, with a list of 1,000", round(1_000 * shares[1]), guess)

# %% fold="drawing"
fig, (left, right) = plotting.figure(
    title="Subwords make sequences nearly as short as words, and leave nothing unknown",
    xlabel="vocabulary",
    columns=2,
    size=(4.8, 3.6),
)
left.plot(sizes, [tokens_per_story(coder.encode) for coder in coders], "o-", label="byte-pair encoding")
left.plot(lists, [tokens_per_story(words_of)] * len(lists), "D--", label="words")
right.plot(sizes, [0] * len(sizes), "o-", label="byte-pair encoding")
right.plot(lists, [100 * share for share in shares], "D--", label="words")
left.set(ylabel="tokens per story", ylim=(0, None))
right.set(ylabel="words that become <unk> (%)")
for axes in (left, right):
    axes.set(xscale="log", xticks=[300, 1_000, 3_000, 10_000], xticklabels=["300", "1,000", "3,000", "10,000"])
    axes.minorticks_off()
left.legend()
plotting.show(
    fig,
    alt="Left: tokens per story against the size of the vocabulary; byte-pair encoding falls to about the length of "
    "words. Right: the share of words that a list of words does not have, falling from a fifth to near 0; for "
    "byte-pair encoding it is 0 at every size.",
    folded="Length, and what is unknown",
)

# %% [markdown] fold="What it means"
# With few tokens byte-pair encoding writes long sequences, but it writes everything. A list of words of the same size
# writes short ones, and has no word for a part of the text. Even the list of *all* words of 4,500 stories does not know
# every word of the other 500.

# %% [markdown]
# **That answers the question at the top.** The fixed list contains **all 256 bytes**, so that it can write every text
# there is, and **the most frequent pieces**, so that it seldom has to write letter by letter.

# %% [markdown]
# ### The same chance, shared among more or fewer tokens
#
# A model's **loss** says how wrong its predictions are, and it is measured in nats **per token**. The chance in a story
# stays the same, however you cut the story.
#
# **Guess first.** Two vocabularies, one of 500 tokens and ours. With which one can a model reach the lower loss per
# token?

# %%
guess = ...  # 500, or "ours"

# %%
lowest = {}
for size in (500, tokenizer.vocab_size):
    coder = tokenization.to_tiktoken(smaller(tokenizer, size))
    lowest[size] = token_entropy(coder).mean
reveal("the lower loss per token", min(lowest, key=lowest.get), guess)
for size, nats in lowest.items():
    reveal(f"{size:,} tokens", f"{chance / nats:.0f} tokens per story, at least {nats:.2f} nats each")

# %% [markdown] fold="Why, and what it does not mean"
# The same 86.5 nats are shared among more tokens, so each has fewer: 0.27 for 321 tokens, 0.52 for 168. It does
# not mean that the model is better: the loss of the whole story is the same.

# %% [markdown]
# **Losses per token can be compared only between models with the same tokenizer.** A model that knows nothing yet gives
# each of the V tokens the same probability, and its loss is ln V nats per token: ln 10,000 = 9.2 for a vocabulary of
# 10,000. Training can win what lies between that and the lowest loss above.

# %% [markdown]
# ## What you have built
#
# | name | what it does | in → out |
# |---|---|---|
# | `split_words(text)` | cuts a text into GPT-2's words | `str` → `list[str]`, joined again the text |
# | `count_words(texts)` | how often each word occurs | texts → `{word: times}` |
# | `tokenization.count_pairs(words)` | how often each pair occurs | `{ids: times}` → `{(left, right): times}` |
# | `tokenization.merge_pair(ids, pair, new_id)` | one merge | `n` ids → at least `n / 2` ids |
# | `tokenization.train_merges(words, n)` | byte-pair encoding (`train_merges_fast`: quickly) | → `[(left, right), …]` |
# | `tokenization.encode_with_ranks(ids, merges)` | the merges of one word, in their order | bytes' ids → tokens' ids |
# | `BPETokenizer.train(texts, vocab_size)` | all of it: `.encode`, `.decode`, `.save`, `.load` | `str` ↔ `list[int]` |
# | `tokenization.train_tokenizer(texts)` | the same by `tokenizers`, with the template | → `tokenizers.Tokenizer` |
# | `tokenization.to_tiktoken(tokenizer)` | the same ids, fast | → `tiktoken.Encoding` |
# | `story_entropy()`, `token_entropy(tokenizer)` | chance in the stories of the box | → nats per story, per token |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** You train a tokenizer on the stories, then a model on its ids. Later you train the tokenizer again, with more
# stories. Can the model go on with the new one?
#
# - Yes, the text is the same language
#   - The model never sees the text. It sees ids, and these mean other pieces now.
# - No
#   + Id 1,000 may have been ` garden` and now be ` bucket`. A model and its tokenizer belong together and are saved
#   together.
# - Yes, if the vocabulary has the same size
#   - The size of the table fits then, so nothing raises an error; but each row stands for another piece.
#
# **2.** Someone wants a smaller vocabulary and drops 100 of the bytes that never occur in the stories. What happens?
#
# - Nothing, ever
#   - Nothing until a text has one of these bytes: an emoji, a letter with an accent.
# - The tokenizer refuses to train
#   - It trains as before: these bytes do not occur in what it trains on.
# - Some texts do not come back as they were
#   + A byte that is missing vanishes without an error, or becomes an unknown token. To save 100 rows of the table, you
#   lose the promise that every text comes back.
#
# **3.** Why does encoding follow the order of the merges, rather than take the longest token that fits?
#
# - Because it is faster
#   - Taking the longest token would be faster: one search per token.
# - Because the training text was cut that way
#   + The model learns from tokens as the merges make them. If new text is cut by another rule, the model meets
#   sequences that it has never seen, although it knows every token in them.
# - Because long tokens are rare
#   - Many long tokens are frequent words. The order has another reason.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** a fixed list of 7,994 tokens writes every text. All 507 texts came back as they were, three
# encoders give the same ids, and a story of about 700 bytes is about 168 tokens long.
#
# **What is missing:** each story is now a Python list of its own length. A model reads tables of numbers that all have
# one shape, and it needs thousands of them. And nobody has looked yet at what is *in* the stories.
#
# The exercises are in `exercises/01_tokenization.ipynb`: you write each of these functions, and are told which mistake
# you made. Then comes **lesson 02, EDA and data loading**.

# %% [markdown]
# ### Optional: real stories and GPT-2's own tokenizer
#
# This cell needs the network: it fetches some of the real TinyStories, and the 50,000 merges that GPT-2 was trained
# with. How well does a tokenizer for the whole web work on children's stories, compared with ours?

# %% tags=["skip-execution"]
import tiktoken

try:
    real = list(load_stories("tinystories", split="validation", n=200)["text"])
    gpt2 = tiktoken.get_encoding("gpt2")
except Exception as error:
    print(f"This needs the network, and could not reach it: {type(error).__name__}: {error}")
else:
    length = sum(len(text.encode()) for text in real)
    for name, coder in (("GPT-2", gpt2), ("ours", encoding)):
        tokens = sum(len(coder.encode_ordinary(text)) for text in real)
        print(f"{name}: {coder.n_vocab:,} tokens, {length / tokens:.2f} bytes per token on real TinyStories")
    print([gpt2.decode([token]) for token in gpt2.encode("Lily's grandmother said: سلام 🙂")])
