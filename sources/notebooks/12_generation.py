# %% [markdown]
# # 12 · Generation
#
# **When you finish, you can**
# - turn a model's logits into text in seven ways, and draw what each does to one distribution;
# - say why the most likely token, taken every time, ends in a circle, and prove that it must;
# - choose temperature, top-k, top-p, min-p and a repetition penalty for a purpose, and say what each costs;
# - write with a cache, for many prompts of different lengths at a time, and know when to stop;
# - measure whether the result is any good: how varied it is, and whether such a story is possible at all.
#
# **What you need first:** lesson 07 (logits, greedy text) and lesson 10 (the KV cache). `train` from lesson 11 is used
# as a tool.
#
# **Time:** two sessions. Between them is a good place to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 to 7 | the next token | 60 minutes | 1 to 6: 61 minutes |
# | **Part B**, sections 8 to 11 | a whole text | 50 minutes | 7 to 11: 70 minutes |
#
# **The question.** A model has read a text and gives you 2,000 numbers, one for each token that could come next. It has
# done its work, and the choice is yours. **If it knows which token is the most likely one, why not always take that?**
#
# Letters: `B` texts, `T` tokens, `C` width, `V` vocabulary, `L` blocks.

# %%
import math
import statistics
import textwrap
import time
from dataclasses import replace

import torch

from course_lib import pretrained
from course_lib.config import LlamaConfig
from course_lib.corpus import load_stories, token_entropy
from course_lib.data import TokenDataset
from course_lib.generation import (
    apply_temperature,
    beam_search,
    distinct_n,
    generate,
    generate_batch,
    judge,
    min_p,
    possible_share,
    repetition_penalty,
    stream,
    stream_text,
    top_k,
    top_p,
)
from course_lib.initialization import gpt2_rules, initialize
from course_lib.llama import Llama
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.tokenization import train_tokenizer
from course_lib.training import TrainConfig, train


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# # Part A: the next token
#
# In this part you look at one choice: 2,000 probabilities are given, and one token has to be taken. You see what goes
# wrong if it is always the most likely one, and six ways to choose otherwise.
#
# ## 1 · A writer to experiment with
#
# We need a model that writes something like stories. A small Llama and half a minute of training are enough: it will be
# fluent, and it will make mistakes. Here that is an advantage, because we can see what each way of choosing does with
# mistakes. (A better model comes at the end.)

# %%
texts = list(load_stories(n=3_000)["text"])
tokenizer = train_tokenizer(texts, vocab_size=2_000)
END = tokenizer.token_to_id("<|endoftext|>")  # stands before each story, and so after the one before
stories_in_ids = [encoded.ids for encoded in tokenizer.encode_batch(texts)]
tokens = torch.tensor([token for ids in stories_in_ids for token in ids])  # (N,)

config = LlamaConfig(
    vocab_size=2_000, seq_len=256, n_layer=2, n_embd=96, n_head=4, n_kv_head=2, hidden_dim=256, tie_embeddings=True
)
model = Llama(config)
rules = (replace(rule, std=rule.std * math.sqrt(768 / config.n_embd)) for rule in gpt2_rules(config.n_layer))
initialize(model, tuple(rules), seeded())  # larger than GPT-2's, since the model is narrower: see lesson 08
print("tokens of the longest story:", max(map(len, stories_in_ids)), "of", config.seq_len, "that the model sees")

# %% [markdown]
# **Where we are.** The map of our writer. This lesson begins where the map ends: at the logits that leave the head,
# which is lit. Everything up to there stays as it is from now on.

# %% fold="drawing"
diagram.model(model, lit="head", tokens=8)

# %%
schedule = TrainConfig(steps=400, batch_size=4, learning_rate=1e-2, warmup_steps=20, final_fraction=0.02)
history = train(model, TokenDataset(tokens, config.seq_len), schedule)
model.eval()
measured("training loss at the end", sum(history.losses[-20:]) / 20, about=1.25, within=0.35, unit="nats per token")
print(f"the floor, which no model can go below: {token_entropy(tokenizer, n=500).mean:.2f} nats per token")

# %% [markdown]
# The model is far above the floor. So expect fluent sentences, broken words where a name should stand, and heroes who
# change their name.
#
# Two small tools. `encode` gives the ids of a text, with the token that stands before every story, and `readable` goes
# the other way. What the model writes is shown as a picture, because it comes out differently on your machine: the last
# digits of a training run depend on the processor.


# %%
def encode(text: str) -> list[int]:
    """The ids of the beginning of a story."""
    return tokenizer.encode(text).ids


def readable(ids: torch.Tensor) -> str:
    """The text of (T,) ids: ■ stands between stories, ¶ between paragraphs."""
    text = tokenizer.decode(ids.tolist(), skip_special_tokens=False)
    return text.replace("<|endoftext|>", " ■ ").replace("\n\n", " ¶ ")


# %% [markdown]
# ## 2 · What the model gives us
#
# Take two places: the very beginning of a story, where nothing has been told yet, and a place in the middle of one.
# What comes next? At both places the model gives 2,000 probabilities.


# %%
@torch.inference_mode()
def next_logits(text: str) -> torch.Tensor:
    """(V,): the logits of the token after the text."""
    return model(torch.tensor([encode(text)]))[0, -1]


def followers(words: list[int]) -> torch.Tensor:
    """(V,): how often each token follows these ids, anywhere in the stories."""
    windows = tokens.unfold(0, len(words) + 1, 1)  # (N − n, n + 1): all places, and the token after each
    found = windows[(windows[:, :-1] == torch.tensor(words)).all(dim=1), -1]
    return torch.bincount(found, minlength=config.vocab_size)


start = next_logits("")  # (V,)
inside = next_logits("Once upon a time, there was a clever girl named Lily. She")  # (V,)
possible_at_start = followers([END]) > 0  # (V,)
possible_inside = followers(encode(" girl named Lily. She")[1:]) > 0
print("tokens that begin a story:                      ", int(possible_at_start.sum()))
print("tokens that ever follow “girl named Lily. She”: ", int(possible_inside.sum()))

# %% [markdown]
# So we know more than the model does: we have looked up which tokens stand there in the stories. Blue tokens are those
# that some story has at this place. Orange ones are those that none of these 3,000 stories has: most of them cannot
# stand there, and a few of them would be possible. (A single letter such as "M" is the first piece of a name.) The last
# place, "others", in grey, is the sum of all tokens that have no place of their own in the picture.


# %% fold="drawing"
LIKELIEST = 25  # how many tokens have a place of their own in the pictures


def draw(axes, before: torch.Tensor, after: torch.Tensor, possible: torch.Tensor, title: str, scale="log") -> None:
    """Probabilities before (black circles) and after (filled), of the likeliest tokens and of all others together."""
    p, q = torch.softmax(before, dim=-1), torch.softmax(after, dim=-1)  # both (V,)
    top = p.topk(LIKELIEST).indices
    names = [tokenizer.decode([token]).strip() or "␣" for token in top.tolist()] + ["others"]
    heights = [torch.cat([chances[top], 1 - chances[top].sum(0, keepdim=True)]).tolist() for chances in (p, q)]
    colours = [plotting.PALETTE[0 if fine else 1] for fine in possible[top].tolist()] + ["0.5"]
    places = range(len(names))  # two different tokens may look alike
    if scale == "linear":
        axes.bar(places, heights[1], color=colours)
    else:  # a bar on a log scale would have no foot, so: points
        if before is not after:
            axes.scatter(places, heights[0], facecolors="none", edgecolors="black", s=42, linewidths=0.9)
        axes.scatter(places, heights[1], color=colours, s=26)
    axes.set_xticks(places, names, rotation=90, fontsize=9)
    axes.set(xlabel="next token", ylabel="probability", title=title, yscale=scale)
    axes.set_ylim((0, 1) if scale == "linear" else (1e-6, 2))
    axes.grid(visible=False, axis="x")


places = {"after “… named Lily. She”": (inside, possible_inside), "at the start": (start, possible_at_start)}
fig, panels = plotting.figure(
    title="The likeliest tokens are possible; most of the long tail is not",
    rows=2,
    columns=2,
    size=(6.2, 3.4),
)
for row, scale in enumerate(("linear", "log")):
    for column, (name, (logits, possible)) in enumerate(places.items()):
        draw(panels[2 * row + column], logits, logits, possible, f"{name} ({scale} scale)", scale)
plotting.show(
    fig,
    alt="Next-token probabilities at two places, above as bars on a linear scale, below as points on a log scale. "
    "After Lily. She two blue tokens, had and loved, have nearly everything; on the log scale a long row of small "
    "orange points follows, and one of all others. At the start In, Once and There are the likeliest; many blue "
    "tokens follow, a few orange ones among them, and all others together are as likely as some of the first.",
)

# %% [markdown]
# Above, most orange tokens cannot be seen. Below, each line of the scale is a hundredth of the one above it, and they
# appear. Each of them is improbable, but there are nearly two thousand: look at "others". Keep this tail in mind,
# because sections 5 and 6 are about it.

# %%
for name, (logits, possible) in places.items():
    share = 100 * torch.softmax(logits, dim=-1)[~possible].sum().item()
    usual = {"about": 10, "within": 9} if name == "at the start" else {"about": 3, "within": 3}
    print(f"{name:26} all orange tokens together: {approx(share, **usual, digits=2)} %")

# %% [markdown]
# ## 3 · Greedy, and why it goes in circles
#
# The simplest way: always take the most likely token. Lesson 07 did it. First with the simplest language model there
# is, which knows only the last token and has counted what follows it. Everything here is exact, so we can print it.
#
# **Guess first.** We start with the token that stands before each story, and always take the most frequent follower of
# the last token. How many *different* tokens will be written before one comes for the second time?

# %%
guess = ...  # a whole number between 1 and 2,000

# %%
pairs = torch.zeros(config.vocab_size, config.vocab_size, dtype=torch.long)  # (V, V): how often column follows row
pairs.index_put_((tokens[:-1], tokens[1:]), torch.ones(len(tokens) - 1, dtype=torch.long), accumulate=True)

path = [END]
for _ in range(40):
    path.append(int(pairs[path[-1]].argmax()))
first_repeat = next(n for n, token in enumerate(path) if token in path[:n])
reveal("different tokens before the first repetition", first_repeat - 1, guess)

reveal("the first forty tokens", textwrap.fill(tokenizer.decode(path), 100))

# %% [markdown]
# The text goes in a circle. And it *must*. The next token depends on the last one alone, and it is always the same. So
# when a token comes for the second time, everything after it comes again, too, and again. With 2,000 tokens that
# happens after 2,000 steps at the latest.
#
# A transformer sees not one token but up to 256. The proof holds for it as well, since there are finitely many texts of
# 256 tokens. But there are $2000^{256}$ of them, so the proof alone says only that an exact circle comes some day.
# Something similar comes much sooner: nearly the same story, again and again. To compare, the same model also writes a
# text whose tokens are *drawn*: a random number decides, and each token is taken as often as its probability says
# (section 4 shows how).

# %%
prompt = torch.tensor([[END]])  # (B, T) = (1, 1)
greedy = generate(model, prompt, 1_200, temperature=0, keep=128)[0]  # (T,); keep is explained in section 9
drawn = generate(model, prompt, 1_200, temperature=1.0, seed=1, keep=128)[0]
plotting.show_texts(
    {"greedy, the last 500 tokens": readable(greedy[-500:]), "drawn, the last 400 tokens": readable(drawn[-400:])},
    title="Greedy text tells one story again and again; drawn text does not, and breaks words and sentences",
    alt="Two texts of the trained model. The greedy one is fluent, but whole stories come back with a word or two "
    "changed; the drawn one repeats less and has more broken sentences.",
)

# %% [markdown]
# The greedy text is fluent; that is what you see first. Then you see that a story comes again in nearly the same words.
# After the end of a story the model is nearly where it was at the first beginning, so it chooses the same beginning
# again. And greedy choice has nothing that could lead it to another one.
#
# In numbers: we look at all 4-grams (four tokens in a row) of the text so far. Which share of them is distinct? Real
# stories are drawn for comparison.


# %%
def distinct_so_far(ids: list[int], n: int = 4) -> list[float]:
    """After each token: of the n-grams so far, the share that is distinct."""
    known, shares = set(), []
    for end in range(n, len(ids) + 1):
        known.add(tuple(ids[end - n : end]))
        shares.append(len(known) / (end - n + 1))
    return shares


# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Greedy text says less and less that is new; drawn text does not",
    xlabel="tokens written",
    ylabel="distinct 4-grams (share)",
    size=(7.4, 3.8),
)
written = {"drawn": drawn, "real stories": tokens[:1_200], "greedy": greedy, "greedy, pairs of tokens": path}
for name, ids in written.items():
    share = distinct_so_far(list(map(int, ids)))
    axes.plot(range(4, 4 + len(share)), share, label=name, linewidth=2)
axes.legend()
axes.set_ylim(0, 1.05)
plotting.show(
    fig,
    alt="Share of distinct 4-grams against tokens written, up to 1,200. Drawn text and real stories stay near 0.9 or "
    "above; greedy text falls much further. The greedy text of the pair counts falls steeply from its start.",
)

# %% [markdown]
# **That is the first half of the answer** to the question at the beginning. People do not write the most likely *token*
# every time; they would say nothing new. And a greedy model tells one story per prompt, however often you ask.
# (Holtzman et al. 2020 found the same in a large model: GPT-2 repeats itself after a few sentences.)
#
# ## 4 · Temperature
#
# So **draw** (this is also called *sampling*): take each token as often as its probability says. By hand: three tokens
# have the probabilities 0.5, 0.3 and 0.2. Take a random number between 0 and 1. Below 0.5 it means the first token,
# from 0.5 to 0.8 the second, and above 0.8 the third. `torch.multinomial` does this.
#
# But you need not draw from exactly the distribution that the model gives. The oldest way to change it comes from
# physics (Ackley, Hinton and Sejnowski 1985): divide the logits by a **temperature** $\tau$.
#
# $$p_i = \frac{e^{x_i / \tau}}{\sum_j e^{x_j / \tau}}$$
#
# **By hand.** The probabilities of two tokens are as 1 to 4. Their logits differ by ln 4. With $\tau = \tfrac12$ the
# difference is twice that, so the probabilities are as 1 to $4^2 = 16$. With $\tau = 2$ it is half of it, and they are
# as 1 to $\sqrt 4 = 2$.
#
# **Guess first.** Three tokens have the probabilities 1/8, 3/8 and 4/8. What is the largest of the three at
# $\tau = \tfrac12$?

# %%
guess = ...  # a number between 0 and 1

# %%
three = torch.tensor([1 / 8, 3 / 8, 4 / 8]).log()
sharper = torch.softmax(apply_temperature(three, 0.5), dim=-1)  # (3,)
reveal("the largest probability at τ = 1/2", round(sharper.max().item(), 3), guess)

# %%
for temperature in (0.5, 1.0, 2.0, 100.0):
    p = torch.softmax(apply_temperature(three, temperature), dim=-1)
    reveal(f"temperature {temperature}", ", ".join(f"{x:.3f}" for x in p.tolist()))

# %% [markdown] fold="How it is counted"
# τ = ½ squares the probabilities: 1, 9 and 16, divided by their sum 26. The largest is 16 / 26 = 0.615.

# %% [markdown]
# **What to notice.** A low temperature makes the likely tokens likelier, and its limit, 0, is greedy choice. A high
# temperature makes all tokens alike.
#
# **You can now do exercise 1** (the temperature).
#
# ### How much is left open
#
# One number says how open the choice is: the **entropy**, $H = -\sum_i p_i \log_2 p_i$, in bits. $2^H$ is the number of
# equally likely tokens that would be as open. For 1/2, 1/4, 1/4 it is $\tfrac12 \cdot 1 + 2 \cdot \tfrac14 \cdot 2
# = 1.5$ bits, and $2^{1.5} = 2.8$: a little less open than three equally likely tokens.


# %%
def entropy(logits: torch.Tensor) -> float:
    """Bits of the distribution; a token that is out, with −inf, adds nothing."""
    p = torch.softmax(logits, dim=-1)
    return -torch.xlogy(p, p).sum().item() / math.log(2)


# %% [markdown]
# Now the start of a story at three temperatures. The black circles are what the model gave.

# %% fold="drawing"
fig, panels = plotting.figure(
    title="A low temperature takes from the tail, and a high one gives to it", columns=3, size=(5.0, 3.6)
)
for axes, temperature in zip(panels, (0.5, 1.0, 1.5), strict=True):
    heated = apply_temperature(start, temperature)
    draw(axes, start, heated, possible_at_start, f"temperature {temperature}: entropy {entropy(heated):.1f} bits")
plotting.show(
    fig,
    alt="The distribution at the start of a story at temperatures 0.5, 1 and 1.5, on a log scale, with circles for "
    "what the model gave. At 0.5 the points fall off steeply and all others together are far below their circle; at "
    "1.5 the points lie flatter and all others together are the likeliest.",
)

# %% [markdown]
# On a log scale a temperature does a simple thing: all differences in height are divided by it. Now all temperatures,
# at both places:

# %% fold="drawing"
temperatures = torch.linspace(0.1, 2.5, 25)
fig, (left, right) = plotting.figure(
    title="A higher temperature leaves more open, and draws more tokens that no story has there",
    columns=2,
    size=(5.6, 3.6),
    xlabel="temperature",
)
for name, (logits, possible) in places.items():
    heated = [apply_temperature(logits, t.item()) for t in temperatures]
    left.plot(temperatures, [entropy(x) for x in heated], label=name)
    right.plot(temperatures, [100 * torch.softmax(x, dim=-1)[~possible].sum() for x in heated], label=name)
left.axhline(math.log2(config.vocab_size), color="black", linewidth=1, linestyle=":", label="all tokens equal")
left.set(ylabel="entropy (bits)", ylim=(0, 16))
right.set_ylabel("probability of an orange token (%)")
for axes in (left, right):
    axes.legend()
plotting.show(
    fig,
    alt="Two panels against temperature. Left: entropy rises from little towards the 11 bits of 2,000 equal tokens, "
    "later at the place where the model is sure. Right: the probability of a token that no story has at this place "
    "rises from nearly 0 to most.",
)

# %% [markdown]
# ## 5 · The tail
#
# At temperature 1 we draw from exactly what the model believes. Why is that not good enough? Because a model never
# gives 0 to anything: a softmax cannot. Each token gets a little, and the little adds up. (Section 2 printed the sum
# for two places.)
#
# **Guess first.** Say that one draw in a hundred takes a token that cannot stand there. A story has about 190 tokens.
# Of a hundred stories, how many are without any such slip?

# %%
guess = ...  # between 0 and 100

# %%
reveal("stories without a slip, of a hundred", round(100 * 0.99**190), guess)

# %%
for slip in (0.001, 0.01, 0.03):
    reveal(f"{slip:.1%} per token", f"{(1 - slip) ** 190:.1%} of stories without a slip")

# %% [markdown]
# And a slip does not stay alone. The model has never seen a text with such a mistake in it, and must continue from
# there. So the tail has to be cut off. The question is where.
#
# ## 6 · Three ways to cut off the tail
#
# | filter | keeps | from |
# |---|---|---|
# | **top-k** | the `k` most likely tokens | Fan et al. 2018 |
# | **top-p** | the fewest most likely tokens whose probabilities add up to `p` or more | Holtzman et al. 2020 |
# | **min-p** | all tokens that are at least `p` times as likely as the most likely one | Nguyen et al. 2024 |
#
# A token that goes gets the logit $-\infty$, so that its probability is 0. A softmax makes the rest add up to 1 again.
#
# **Guess first.** Four tokens have the probabilities 0.5, 0.3, 0.15 and 0.05. How many of them stay with top-p at 0.7,
# and how many with min-p at 0.2?

# %%
guess = ...  # two numbers: such as (1, 4)

# %%
words = ["jam", "toast", "soup", "snow"]
four = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
filtered = {"top-k, 2": top_k(four, 2), "top-p, 0.7": top_p(four, 0.7), "min-p, 0.2": min_p(four, 0.2)}
staying = tuple(int(filtered[name].isfinite().sum()) for name in ("top-p, 0.7", "min-p, 0.2"))
reveal("tokens that stay with top-p and with min-p", staying, guess)

# %%
for name, cut in filtered.items():
    chances = torch.softmax(cut, dim=-1).tolist()
    reveal(name, ", ".join(f"{word} {p:.3f}" for word, p in zip(words, chances, strict=True) if p > 0))

# %% [markdown] fold="How it is counted"
# Top-p: 0.5 does not reach 0.7, so the next one stays as well; with it the sum is 0.8. Min-p: the border is 0.2 · 0.5 =
# 0.1, so soup stays and snow goes.

# %% [markdown]
# The three differ in what they do where the model is sure and where it is not. Here are both places and all three
# filters. A circle without a point is a token that has gone.

# %% fold="drawing"
cuts = {
    "top-k, 10": lambda x: top_k(x, 10),
    "top-p, 0.9": lambda x: top_p(x, 0.9),
    "min-p, 0.05": lambda x: min_p(x, 0.05),
}
fig, panels = plotting.figure(
    title="Top-k keeps ten tokens everywhere: too many where the model is sure, too few where much is possible",
    rows=2,
    columns=3,
    size=(5.0, 3.4),
)
for row, (place, (logits, possible)) in enumerate(places.items()):
    for column, (name, cut) in enumerate(cuts.items()):
        kept = cut(logits).isfinite()
        good = int((kept & possible).sum())
        bad = int(kept.sum()) - good
        title = f"{name}, {place}:\nkept: {good} of {int(possible.sum())} blue tokens, {bad} orange"
        draw(panels[3 * row + column], logits, cut(logits), possible, title)
plotting.show(
    fig,
    alt="Six panels on a log scale: top-k, top-p and min-p after Lily. She, above, and at the start of a story, below; "
    "circles before, filled points after. Above, top-k keeps eight tokens that no story has, top-p and min-p keep "
    "the two right ones and hardly any other. Below, top-k cuts off most names; top-p keeps more, with some that no "
    "story has, and min-p keeps fewest. None keeps the tail.",
)

# %% [markdown]
# Ten tokens are too many after "Lily. She", where two are possible, and too few at the start, where 38 are. Top-p and
# min-p follow the model: they keep few tokens where it is sure, and top-p keeps many where it is not.
#
# But look at the lower row: all three filters cut off good tokens as well. (The border of min-p is 0.05 times the
# likeliest token, which has about a quarter. That is about 1 %, so min-p keeps about as few as top-k.) The
# last blue tokens are no likelier than the first orange ones, so no border separates them. Top-p keeps the most blue
# tokens, and a few orange ones with them.
#
# Top-p and min-p differ most at high temperatures. There the distribution is flat, and top-p lets nearly everything in,
# while min-p still asks how far a token is below the best. Section 11 will measure that.
#
# The three can be combined, and then the order matters: a filter after the temperature sees the distribution that the
# temperature has made. **You can now do exercises 2 to 4** (two of the filters, and entropies by hand).
#
# ### A mistake to know
#
# Top-p is four lines, and it is easy to get one of them wrong. This version keeps tokens as long as their sum is p at
# most.


# %%
def top_p_wrong(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Keeps the tokens up to which the sum is p at most."""
    ordered, order = logits.sort(descending=True)
    removed = torch.softmax(ordered, dim=-1).cumsum(dim=-1) > p  # the sum with the token itself
    return logits.masked_fill(torch.zeros_like(removed).scatter(-1, order, removed), -math.inf)


# %% [markdown]
# **Guess first.** A model is sure: 0.9, 0.05, 0.03 and 0.02. How many of these four tokens does this version keep with
# p = 0.7?

# %%
guess = ...  # a whole number

# %%
certain = torch.tensor([0.9, 0.05, 0.03, 0.02]).log()
kept = top_p_wrong(certain, 0.7)
reveal("tokens that stay", int(kept.isfinite().sum()), guess)

# %%
chances = torch.softmax(kept, dim=-1)
reveal("their probabilities", chances.tolist())
try:
    torch.multinomial(chances, num_samples=1)
except RuntimeError as error:
    reveal("and the draw", f"RuntimeError: {error}")
reveal("of jam, toast, soup and snow above it keeps", int(top_p_wrong(four, 0.7).isfinite().sum()))

# %% [markdown] fold="What happened"
# The best token alone has more than p, so *nothing* is left. The softmax divides 0 by 0, and the program stops in
# another line than the wrong one. That happens rarely, after minutes, and never in a short test. With the four words
# there is no error. It keeps only jam, where jam and toast should stay, and nobody notices.

# %% [markdown]
# The rule is: **a token stays if the sum *before* it is below p.** For the first token that sum is 0, so it always
# stays. **You can now do exercise 5** (repair such a filter).

# %%
ordered = torch.softmax(certain, dim=-1)  # sorted already
before = ordered.cumsum(dim=-1) - ordered
print("sum before:", " ".join(f"{x:.2f}" for x in before.tolist()), "→ tokens that stay:", int((before < 0.7).sum()))
print("top_p:     ", torch.softmax(top_p(certain, 0.7), dim=-1).tolist())

# %% [markdown]
# ## 7 · The repetition penalty
#
# Against circles there is a simple tool (Keskar et al. 2019): each token that is in the text already gets a lower
# logit. The first idea is to divide its logit by a penalty, such as 1.3.
#
# **Guess first.** Token 0 has the logit 2 and token 1 the logit −2. Both have been seen; token 2, with logit 0, has
# not. You divide the logits of both by 2. Before, token 1 had a probability of 0.016. What is it now?

# %%
guess = ...  # a number between 0 and 1

# %%
logits = torch.tensor([2.0, -2.0, 0.0])  # tokens 0 and 1 have been seen, token 2 has not
seen = torch.tensor([0, 1, 1])
divided = torch.where(torch.tensor([True, True, False]), logits / 2, logits)
reveal("probability of token 1, its logit divided by 2", round(torch.softmax(divided, dim=-1)[1].item(), 3), guess)

# %%
for name, x in {"before": logits, "divided": divided, "as it should be": repetition_penalty(logits, seen, 2.0)}.items():
    reveal(name, f"{x.tolist()} → " + " ".join(f"{p:.3f}" for p in torch.softmax(x, dim=-1).tolist()))

# %% [markdown] fold="What came out"
# −2 / 2 = −1, which is *more* than −2: the token that was seen became likelier. Where a logit is negative, the penalty
# must **multiply**. Then it is −4, and the token becomes less likely, as it should.
#
# **One weakness stays.** A softmax does not notice when 5 is added to *all* logits: 2, −2 and 0 become 7, 3 and 5, with
# the same probabilities. The penalty does notice. It makes 3.5, 1.5 and 5 of them. Before, token 0 was the likeliest
# with 0.87, and a penalty of 2 on 2, −2 and 0 gives it 0.73. Now it has 0.18. So the effect of a penalty depends on
# where the logits of a model lie, and a good value for one model need not be good for another.

# %% [markdown]
# **You can now do exercise 6** (the penalty).
#
# Now at the start of a story. Say that the three stories before began with *Once*, *There* and *In*, and that the model
# still sees them:

# %% fold="drawing"
told = torch.tensor([tokenizer.encode(word).ids[1] for word in ("Once", "There", "In")])
fig, panels = plotting.figure(
    title="The penalty takes from the words that were there, and gives to all others, good or not",
    columns=2,
    size=(6.2, 3.4),
)
for axes, penalty in zip(panels, (1.2, 2.0), strict=True):
    draw(axes, start, repetition_penalty(start, told, penalty), possible_at_start, f"penalty {penalty}")
plotting.show(
    fig,
    alt="The distribution at the start of a story with a repetition penalty of 1.2 and 2, on a log scale. The points "
    "of In, Once and There fall below their circles, with 2 by more than a factor of ten; all others rise, orange "
    "ones too.",
)

# %% [markdown]
# The penalty knows nothing about meaning. The hero's name, "she", "the", full stops: all of these *should* come again,
# and the penalty lowers all of them. A strong penalty breaks words and sentences, and even a weak one may lose the
# hero: compare the names in the three texts. (A model with so little training may lose the name without a penalty as
# well.)

# %%
lily = torch.tensor([encode("Once upon a time, there was a clever girl named Lily. She loved jam")])
texts_by_penalty = {
    f"greedy, penalty {penalty}": readable(
        generate(model, lily, 130, temperature=0, repetition_penalty=penalty, stop_token=END)[0]
    )
    for penalty in (1.0, 1.2, 2.0)
}
plotting.show_texts(
    texts_by_penalty,
    title="An example: a penalty of 1.2 loses the hero, and 2 breaks words and sentences",
    alt="Three continuations of one beginning, greedy, with repetition penalties of 1, 1.2 and 2. The first two are "
    "made of whole sentences; with 2 words and sentences break.",
)

# %% [markdown]
# So for stories: **no penalty**. Against circles, draw. A penalty may help where a text must not say anything twice,
# such as a list of keywords. Exercise 11 asks about a penalty of 1.5: you have seen what 1.2 and 2 do.
#
# ### The whole loop
#
# Now all parts are there. This is the loop of lesson 07, with four lines between the logits and the token. `generate`
# has this order: repetition penalty, temperature, top-k, top-p, min-p, and then one softmax and one draw.


# %%
@torch.inference_mode()
def write_by_hand(ids: torch.Tensor, n: int, penalty: float, temperature: float, p: float, seed: int) -> torch.Tensor:
    """(1, T + n): the text ids (1, T) and n tokens that are drawn after it."""
    generator = seeded(seed)
    for _ in range(n):
        logits = model(ids[:, -config.seq_len :])[:, -1]  # (1, V)
        logits = repetition_penalty(logits, ids, penalty)  # section 7
        logits = apply_temperature(logits, temperature)  # section 4
        logits = top_p(logits, p)  # section 6
        probabilities = torch.softmax(logits, dim=-1)  # (1, V)
        token = torch.multinomial(probabilities, num_samples=1, generator=generator)  # (1, 1)
        ids = torch.cat([ids, token], dim=1)
    return ids


by_hand = write_by_hand(prompt, 60, penalty=1.1, temperature=0.8, p=0.9, seed=5)
by_library = generate(model, prompt, 60, repetition_penalty=1.1, temperature=0.8, top_p=0.9, seed=5, use_cache=False)
print("the same 60 tokens as generate:", torch.equal(by_hand, by_library))

# %% [markdown]
# **Part A ends here: a good place to stop.** Greedy choice goes in circles. So draw, after the temperature has
# sharpened the distribution a little and a filter has cut off its tail. Each of these costs something: variety, or good
# tokens at the border.
#
# **You can now do exercises 1 to 6** (about 61 minutes).

# %% [markdown]
# # Part B: a whole text
#
# One choice is made. Now hundreds of them follow one another. What is the most likely *text*, what does writing cost,
# when is it over, and is the result any good? (A new session? Run the cells of part A first; it takes a minute.)
#
# ## 8 · Beam search
#
# Greedy choice takes the most likely token at each step. Does it find the most likely *text*? A small example: two
# words, chosen one after the other.
#
# | first word | then |
# |---|---|
# | **a** 0.6 | dog 0.4 · cat 0.3 · hat 0.3 |
# | **the** 0.4 | owl 0.9 · fox 0.1 |
#
# **Guess first.** Greedy says "a dog". How likely is the most likely pair of words?

# %%
guess = ...  # a number between 0 and 1

# %%
tree = {"a": (0.6, {"dog": 0.4, "cat": 0.3, "hat": 0.3}), "the": (0.4, {"owl": 0.9, "fox": 0.1})}
pairs_of_words = {f"{one} {two}": p * q for one, (p, then) in tree.items() for two, q in then.items()}
reveal("probability of the most likely pair", round(max(pairs_of_words.values()), 2), guess)

# %%
reveal("all five pairs", ", ".join(f"{pair} {p:.2f}" for pair, p in pairs_of_words.items()))

# %% [markdown] fold="How it is counted"
# Greedy takes "a", because 0.6 is more than 0.4. After that the best is "a dog" with 0.6 · 0.4 = 0.24. But "the owl"
# has 0.4 · 0.9 = 0.36: a first word that is less likely leads to a text that is likelier.

# %% [markdown]
# **Beam search** keeps the best *few* beginnings at each step (the beams). It continues each of them with every token,
# and keeps the best few of all of these. In the example two beams are enough: both first words are kept. (If texts may
# end at different lengths, the longer one has the lower probability, since each token makes it smaller. So libraries
# divide the log-probability by the length: the *length penalty*.)
#
# Now with our model: the first 40 tokens of a story.
#
# **Guess first.** The model gives a probability to each of 40 real stories, and to its own greedy text. How many of the
# real stories are likelier, for the model, than the greedy text?

# %%
guess = ...  # between 0 and 40


# %%
@torch.inference_mode()
def log_probability(rows: torch.Tensor) -> list[float]:
    """Nats of each text of (B, T) after its first token, under the model."""
    chances = model(rows[:, :-1]).log_softmax(dim=-1)  # (B, T − 1, V)
    return chances.gather(-1, rows[:, 1:, None]).sum(dim=(1, 2)).tolist()


held_out = [encode(text) for text in load_stories(split="validation", n=40)["text"]]
many = prompt.expand(40, 1)
groups = {
    "drawn": log_probability(generate(model, many, 40, seed=list(range(40)))),  # a seed for each row: section 10
    "drawn, top-p 0.9": log_probability(generate(model, many, 40, seed=list(range(40)), top_p=0.9)),
    "real stories": log_probability(torch.tensor([story[:41] for story in held_out])),
    "greedy": log_probability(greedy[None, :41]),
}
groups |= {f"{n} beams": [beam_search(model, prompt, 40, beams=n)[0].log_probability] for n in (2, 4, 16)}
likelier = sum(value > groups["greedy"][0] for value in groups["real stories"])

# %% fold="setup"
reveal("real stories likelier than the greedy text, of 40", approx(likelier, about=0, within=3), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Greedy choice and beams find text that is far likelier than real stories",
    xlabel="log-probability of the first 40 tokens (nats)",
    ylabel="how the text was made",
    size=(8.0, 3.6),
)
for y, (name, values) in enumerate(groups.items()):
    colour = plotting.PALETTE[1 if name == "real stories" else 0]
    axes.scatter(values, [y] * len(values), color=colour, alpha=0.6, s=40)
    if len(values) > 1:
        axes.scatter(statistics.fmean(values), y, color="black", marker="|", s=400, linewidths=2.5)
axes.set_yticks(range(len(groups)), list(groups))
axes.invert_yaxis()
plotting.show(
    fig,
    alt="Log-probabilities of texts of 40 tokens, a row for each way of making them, with a line at each mean. Drawn "
    "texts spread widely to the left; real stories and texts drawn with top-p lie close together in the middle; greedy "
    "and beams lie to the right of all of them.",
    folded="The log-probability of each text",
)

# %%
usual = {"drawn": (-78, 20), "drawn, top-p 0.9": (-62, 18), "real stories": (-65, 15)}
for name, (about, within) in usual.items():
    mean, error = statistics.fmean(groups[name]), statistics.stdev(groups[name]) / math.sqrt(len(groups[name]))
    margin = approx(2 * error, about=5, within=4, digits=1)
    reveal(
        name, f"mean {approx(mean, about=about, within=within, digits=2)} nats, with a margin (95 %) of {margin} nats"
    )
for name, (about, within) in {"greedy": (-29, 12), "16 beams": (-26, 12)}.items():
    reveal(name, f"{approx(groups[name][0], about=about, within=within, digits=2)} nats")

# %% [markdown] fold="What this says about stories"
# Real stories are **not** the most probable texts. They are about as probable as what is drawn with top-p: compare the
# two means and their margins. If you search for the most probable text, you find one that is far likelier than what
# people write.
#
# And look at the first row: what the model draws at temperature 1 is *less* probable than real stories, for the model
# itself. That is the tail of section 5: now and then a token comes from it and costs many nats. Top-p takes the tail
# away, and the mean comes nearer to that of real stories. More beams are more work, and need not find a likelier text:
# compare the last three rows of the picture. (A beginning that would have become the best may be dropped on the way.)

# %% [markdown]
# So beam search is for tasks with one right answer, such as translation. For stories, draw.
#
# ## 9 · The cache
#
# So far the question was *which* token. Now the question is what it costs. Lesson 10 explained the KV cache: keys and
# values of old tokens do not change, so keep them, and read only the newest token. `generate` does it without being
# asked.
#
# **Guess first.** The prompt has 10 tokens, and we write 90. Without a cache the model reads the whole text again for
# each new token. How many tokens does it read in all?

# %%
guess = ...  # a whole number


# %%
def tokens_read(use_cache: bool) -> int:
    """How many tokens go into the model while it writes 90 more than 10."""
    counts: list[int] = []
    hook = model.token_embedding.register_forward_hook(lambda module, args, output: counts.append(args[0].numel()))
    generate(model, tokens[None, :10], 90, temperature=0, use_cache=use_cache)
    hook.remove()
    return sum(counts)


reveal("tokens read without a cache", tokens_read(use_cache=False), guess)

# %%
reveal("by hand, 10 + 11 + … + 99", sum(range(10, 100)))
reveal("with a cache, 10 + 89", tokens_read(use_cache=True))

# %% [markdown] fold="What this means"
# 4,905 against 99. (89 and not 90: the last token is written, but nobody reads it any more.) The work without a cache
# grows with the square of the length.

# %% [markdown]
# **The same text?** With a cache only the speed may change. There is one difficult place. The model sees 256 tokens at
# most. When the text has more, the window moves, and the oldest tokens leave it. But what the second block has put into
# the cache was computed while these tokens were still there. That is *not what the model would compute from the window
# alone*. So the window has to be read again. (Lesson 10's `"slide"` keeps the old entries: it is quicker, and it writes
# another text.)
#
# `keep` says how many tokens stay when the window moves. With `keep=256` the window moves by one token each time, and
# each time all of it is read again. With `keep=128` half of the window is dropped at once, and then there is room for
# many new tokens before the next move.

# %%
opening = tokens[None, :10]  # (1, T)
for keep in (256, 128):
    cached, plain = (generate(model, opening, 400, seed=3, keep=keep, use_cache=use) for use in (True, False))
    print(f"keep = {keep:3}: 410 tokens, where 256 fit; the same text: {torch.equal(cached, plain)}")


# %% [markdown]
# And the time? `stream` gives each token as soon as it is there, so one can look at the clock in between. (The clock is
# `process_time`: it counts the work of this program alone, here on one core, so other programs do not disturb it.)


# %%
def seconds_per_token(**options) -> torch.Tensor:
    """(40,): processor time of a token, for ten tokens at a time; the least of three runs."""
    runs, threads = [], torch.get_num_threads()
    torch.set_num_threads(1)
    for _ in range(3):
        stamps = [time.process_time()]
        stamps += [time.process_time() for _ in stream(model, opening, 400, seed=3, **options)]
        runs.append(torch.tensor(stamps, dtype=torch.double).diff())  # (400,)
    torch.set_num_threads(threads)
    return torch.stack(runs).amin(dim=0).view(40, 10).mean(dim=1)


ways = {
    "no cache": {"use_cache": False},
    "cache, window moves by one": {"keep": 256},
    "cache, window moves by half": {"keep": 128},
}
times = {name: seconds_per_token(**options) for name, options in ways.items()}

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="With a cache each token costs the same, until the window is full",
    xlabel="tokens in the text",
    ylabel="processor time of the next token (ms)",
)
for name, seconds in times.items():
    axes.plot(range(15, 415, 10), 1e3 * seconds, label=name, marker=".")
axes.axvline(256, color="grey", linestyle=":", label="seq_len")
axes.set_ylim(0, 1.6e3 * max(seconds.max().item() for seconds in times.values()))
axes.legend(loc="upper left")
plotting.show(
    fig,
    alt="Time of the next token against the length of the text. Without a cache it rises up to 256 tokens and stays "
    "high. With one it is low and flat up to 256; then it jumps up to the same height if the window moves by one "
    "token, and shows only two small peaks if it moves by half.",
)

# %% [markdown]
# Left of the dotted line the curves with a cache are flat. Right of it, the cache is worth nothing if the window moves
# by one, and nearly as good as before if it moves by half now and then. The price: after such a move the model sees
# only the last 128 tokens of the text. **You can now do exercise 7** (read nothing twice).
#
# ## 10 · Knowing when to stop
#
# A story ends with `<|endoftext|>`. A model that draws it has said that it is done. What comes after it is another
# story. So stop there, with `stop_token=END`. The token also *begins* every prompt, so only a **new** one counts.

# %%
stories = generate(model, torch.tensor([[END]] * 4), 239, seed=[1, 2, 3, 4], top_p=0.9, stop_token=END)  # (4, T)
ends = [row.index(END, 1) if END in row[1:] else len(row) for row in stories.tolist()]
others = sum(token != END for row, end in zip(stories.tolist(), ends, strict=True) for token in row[end:])
print("tokens after the end of a story that are not END:", others)

# %% [markdown]
# Four stories are written at once here, and they do not end together. A story that has ended repeats its end token,
# while the others go on. When all have ended, the loop ends. Each story has its own seed, so that it is the one that it
# would have been alone. **You can now do exercise 8** (the stop).
#
# `stream_text` does the same with text in place of ids, and gives the words as they come. Run this cell yourself: the
# story is a different one each time.

# %% tags=["skip-execution"]
print("Once upon a time", end="")
for piece in stream_text(model, tokenizer, "Once upon a time", 180, temperature=0.8, top_p=0.9):
    print(piece, end="", flush=True)

# %% [markdown]
# ### Many prompts at a time
#
# A batch is a rectangle, but prompts have different lengths. So the short ones are filled up with a token without
# meaning, the *padding*.
#
# **Guess first.** On which side of a prompt does the padding belong, if the model is to write on?

# %%
guess = ...  # "left" or "right"

# %%
prompts = ["Once upon a time, there was a", "There once was a clever boy named", "One"]
rows = [encode(prompt)[1:] for prompt in prompts]  # shown without the token before them
T = max(len(row) for row in rows)

# %% fold="setup"
reveal("the side of the padding", "left", guess)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="The next token is predicted at the last position, so that is where the prompts must end",
    rows=2,
    size=(9.5, 1.9),
)
for axes, side in zip(panels, ("right", "left"), strict=True):
    for y, row in enumerate(rows):
        for x in range(T):
            i = x if side == "right" else x - (T - len(row))
            word = tokenizer.decode([row[i]]).strip() if 0 <= i < len(row) else ""
            colour = plotting.PALETTE[0] if word else "0.9"
            axes.barh(y, 0.94, left=x, height=0.85, color=colour, alpha=0.45 if word else 1)
            axes.text(x + 0.47, y, word or "pad", ha="center", va="center", color="black" if word else "0.55")
    axes.add_patch(plotting.plt.Rectangle((T - 1.03, -0.5), 1.0, 3, fill=False, linewidth=2.5, edgecolor="black"))
    axes.set(title=f"padded on the {side}", xlabel="position in the batch", ylabel="prompt", yticks=range(3))
    axes.set_xlim(0, T)
    axes.set_xticks([x + 0.47 for x in range(T)], range(T))
    axes.invert_yaxis()
    axes.grid(visible=False)
plotting.show(
    fig,
    alt="Two grids of three prompts, a word a cell. Padded on the right, the last column, framed, holds padding for "
    "the two shorter prompts. Padded on the left, it holds the last word of each.",
    folded="Three prompts in one batch, padded on the one side and on the other",
)

# %% [markdown] fold="Why"
# The next token is predicted at the last position. There each prompt must have its own last word, and not a padding.

# %% [markdown]
# Two more things have to be right: no token may attend to the padding, and positions count from each prompt's own first
# token. Then each text is the one that it would have been alone:

# %%
ids = [encode(prompt) for prompt in prompts]
together = generate_batch(model, ids, 30, temperature=0)
alone = [generate(model, torch.tensor([prompt]), 30, temperature=0)[0].tolist() for prompt in ids]
print("lengths:", [len(prompt) for prompt in ids], " the same as alone:", together == alone)

# %% [markdown]
# **And without the mask?** A mistake that is easily made with batches: pad, and forget that the model can see the
# padding. There is no error message. The text is only another one.
#
# **Guess first.** Ten paddings (here the token `<|endoftext|>`) stand before "… a clever girl named Lily. She", and the
# model sees them. Some next tokens become likelier and others less likely. How many percent of the probability move?

# %%
guess = ...  # between 0 and 100

# %%
short = encode("Once upon a time, there was a clever girl named Lily. She")
with torch.inference_mode():
    alone, padded = (model(torch.tensor([ids]))[0, -1].softmax(dim=-1) for ids in (short, [END] * 10 + short))
moved = 100 * (alone - padded).abs().sum().item() / 2  # what some tokens have lost, others have gained

# %% fold="setup"
reveal("percent of the probability that moved", approx(moved, about=15, within=15, digits=2), guess)

# %% [markdown]
# **You can now do exercise 9** (prompts of different lengths in one batch).
#
# ## 11 · Is it any good?
#
# You have read some of it, and reading is the best judge. But you cannot read a thousand stories after each change. So
# here are three numbers:
#
# - **variety**: of all n-grams that were written, the share that is distinct (`distinct_n`);
# - **familiarity**: of all 4-grams that were written, the share that occurs in the stories the model has learned from.
#   A broken sentence has 4-grams that nobody ever wrote;
# - **possibility**: our stories come from a known source, so one can ask it whether it could have told this one, and if
#   not, up to where. No other measure is as strict, since names, things and events must fit together.

# %%
story = texts[0]
print(story.split("\n")[0], "…")
print("possible:", judge(story).possible, " perplexity:", f"{judge(story).perplexity(len(encode(story))):.2f}")
hero = story.partition(" named ")[2].partition(".")[0]
changed = story[:60] + story[60:].replace(hero, "Tom", 1)
print(f"Tom for {hero}, once: possible: {judge(changed).possible}, up to {100 * judge(changed).possible_share:.0f} %")

# %% [markdown]
# The perplexity is that of this story under its own source, per token. (The mean of its logarithm over many stories is
# the floor of section 1.) With one wrong name the story ends there for this judge. That is strict, but a reader would
# stop there as well.
#
# Now we let the model write 40 stories with each of these settings, in five sets of eight, so that we see how much
# chance there is in a number. (A greedy model tells only one story, so that one counts 40 times.)

# %%
settings = {f"τ = {t}": {"temperature": t} for t in (0, 0.3, 0.5, 0.7, 1.0, 1.3)}
settings |= {"top-k 10": {"top_k": 10}, "top-p 0.9": {"top_p": 0.9}, "min-p 0.05": {"min_p": 0.05}}
settings["τ = 1.3, top-p 0.9"] = {"temperature": 1.3, "top_p": 0.9}
settings["τ = 1.3, min-p 0.1"] = {"temperature": 1.3, "min_p": 0.1}
SETS, EACH = 5, 8


def write(options: dict) -> list[list[int]]:
    """40 stories."""
    count = 1 if options.get("temperature") == 0 else SETS * EACH
    rows = generate_batch(model, [[END]] * count, 239, seed=list(range(count)), stop_token=END, **options)
    return rows * (SETS * EACH // count)


written = {name: write(options) for name, options in settings.items()}
written["real stories"] = [[*ids, END] for ids in held_out]

# %%
known = set(zip(*(tokens[n:].tolist() for n in range(4)), strict=False))  # all 4-grams of the stories


def familiar(texts_of_ids: list[list[int]]) -> float:
    """Of the 4-grams written, the share that the model's stories have."""
    grams = [tuple(ids[i : i + 4]) for ids in texts_of_ids for i in range(len(ids) - 3)]
    return sum(gram in known for gram in grams) / len(grams)


def possible_percent(ids: list[int]) -> float:
    """Of a story, how much its source could have told; of a story without a word, nothing."""
    text = tokenizer.decode(ids)
    return 100 * possible_share(text) if text else 0.0


sets = {name: [rows[n : n + EACH] for n in range(0, len(rows), EACH)] for name, rows in written.items()}
variety = {name: [distinct_n(rows, 4) for rows in five] for name, five in sets.items()}
familiarity = {name: [familiar(rows) for rows in five] for name, five in sets.items()}
possibility = {name: [possible_percent(ids) for ids in rows[:16]] for name, rows in written.items()}

# %% [markdown]
# On the left each point is a mean of five sets, and its lines go from the lowest set to the highest. On the right each
# bar is a mean of 16 stories, and its line shows two standard errors to each side.

# %% fold="drawing"
fig, (left, right) = plotting.figure(
    title="Filters move along nearly the same curve as the temperature, and real stories lie above it",
    columns=2,
    size=(6.4, 4.6),
)


def place(name: str, **style) -> tuple[float, float]:
    """Draw one setting, with the range of its five sets, and return its place."""
    x, y = statistics.fmean(variety[name]), statistics.fmean(familiarity[name])
    across = [[x - min(variety[name])], [max(variety[name]) - x]]
    up = [[y - min(familiarity[name])], [max(familiarity[name]) - y]]
    left.errorbar([x], [y], xerr=across, yerr=up, elinewidth=1, **style)
    return x, y


line = []
for name in list(settings)[:6]:  # the temperatures
    line.append(place(name, color=plotting.PALETTE[0], marker="o"))
    left.annotate(name, line[-1], xytext=(-6, -13), textcoords="offset points", ha="right", fontsize=9)
left.plot(*zip(*line, strict=True), color=plotting.PALETTE[0], label="temperature alone")
for index, (name, marker) in enumerate(zip(list(sets)[6:], "sD^vP*", strict=True), start=1):
    place(name, color=plotting.PALETTE[index], marker=marker, markersize=17 if marker == "*" else 9, label=name)
left.set(xlabel="variety: distinct 4-grams (share)", ylabel="familiarity: known 4-grams (share)", ylim=(0, 1))
left.legend(loc="lower left", fontsize=9)
means = [statistics.fmean(shares) for shares in possibility.values()]
errors = [2 * statistics.stdev(shares) / 4 for shares in possibility.values()]  # √16 = 4
right.barh(list(sets), means, xerr=errors, color=plotting.PALETTE[2])
right.set(xlabel="possibility: of the story, up to the first mistake (%)", ylabel="setting")
right.invert_yaxis()
plotting.show(
    fig,
    alt="Left: familiarity against variety. A line of temperatures runs from greedy, at the left end since its "
    "stories are all the same, over a bend at 0.7 down to 1.3, varied and broken. Top-k, top-p and min-p at "
    "temperature 1 lie close to this line, between 0.7 and 1. At temperature 1.3, top-p lies low and min-p as high as "
    "the others. The star of real stories lies above the line. Right: real stories are possible to 100 %, all others "
    "to some percent only.",
)

# %%
print("different stories of 40 greedy ones:", len({tuple(ids) for ids in written["τ = 0"]}))
usual = {
    "τ = 1.0": (0.45, 0.2),
    "top-p 0.9": (0.6, 0.2),
    "τ = 0.7": (0.73, 0.2),
    "τ = 1.3, top-p 0.9": (0.3, 0.2),
    "τ = 1.3, min-p 0.1": (0.65, 0.2),
    "real stories": (0.88, 0.04),
}
for name, (about, within) in usual.items():
    mean = approx(statistics.fmean(familiarity[name]), about=about, within=within, digits=2)
    print(f"{name:20} familiarity {mean}, variety {approx(statistics.fmean(variety[name]), about=0.9, within=0.15)}")
for name, (about, within) in {"τ = 0.3": (12, 10), "τ = 0.7": (10, 8), "τ = 1.0": (3, 3)}.items():
    measured(
        f"possibility at {name}", statistics.fmean(possibility[name]), about=about, within=within, digits=2, unit="%"
    )

# %% [markdown]
# **The second half of the answer.** Neither end is good. Greedy text is fluent, but it is one story. At a high
# temperature the text is varied, and broken. The middle is better, and several ways lead to it:
#
# - At temperature 1, each filter makes the text more familiar and costs little variety.
# - A lower temperature does the same. In the picture, the filters lie near the line of the temperatures. So this model
#   gives no reason to prefer a filter to a temperature of 0.7.
# - At a high temperature the filters part. Top-p lets nearly everything in, and min-p does not. (Min-p was made for
#   that.)
#
# So what you often see, a temperature of about 0.7 to 1 with top-p or min-p, is a place on the bend of this line. Now
# read the right picture for the same settings: from τ = 0.3 to 0.7 the stories stay possible about equally long, and at
# τ = 1 this length is several times shorter. For *this* model choose about 0.7. (The bar at τ = 0 is the mean of a
# single story that counts 16 times, so it has no interval, and says little.)
#
# Now look at the star. Real stories are as varied as text drawn near temperature 0.7 to 1, and *more* familiar. **No
# setting reaches them.** The picture on the right says it more strictly. The first impossible thing comes early in the
# story, whichever way we draw: a girl named Peter, or "his dad" in a story about Lily. No choice of tokens can repair
# that. The model has trained for half a minute, and has not learned whom a story is about.


# %% [markdown]
# ### A better writer
#
# So we give the same loop a better model: the course's own, with 2,457,800 parameters and 20,000 steps of training
# (lessons 07 and 11). It has its own tokenizer.
#
# **Guess first.** The right picture shows how far a story goes before its first mistake. For our small writer at
# temperature 0.7 that is roughly a tenth of the story. Which percentage is it for the course's model, on average over
# 16 stories at the same temperature?

# %%
guess = ...  # between 0 and 100

# %%
writer, its_tokenizer = pretrained.load("howsam"), pretrained.load_tokenizer("howsam")
its_end = its_tokenizer.token_to_id("<|endoftext|>")
rows = generate_batch(writer, [[its_end]] * 16, 260, seed=list(range(16)), stop_token=its_end, temperature=0.7)
told = [its_tokenizer.decode(row) for row in rows]
possible = [100 * possible_share(text) for text in told]

# %% fold="setup"
margin = approx(2 * statistics.stdev(possible) / 4, about=18, within=8, digits=2)  # √16 = 4
reveal("percent of a story", approx(statistics.fmean(possible), about=70, within=25, digits=2), guess)
reveal("the margin (95 %) of a mean over 16 stories", f"± {margin}")
reveal("stories without a single mistake, of 16", approx(sum(share == 100 for share in possible), about=4, within=3))

# %%
best = possible.index(max(possible))
plotting.show_texts(
    {f"possible up to {possible[row]:.0f} %": textwrap.shorten(told[row], 900) for row in (0, best)},
    title="The same loop tells whole stories when the model is better; some still have a mistake",
    alt="Two stories of the course's own model at temperature 0.7: whole sentences, with an event and an end.",
)

# %% [markdown]
# The loop is the same, and so are the settings. The difference is what the model knows. To a reader the first story is
# whole. The judge stops it at the first word that the generator could not have told. Three of four stories have such a
# word somewhere.

# %% [markdown]
# **The answer, in short.** If you take the most likely token every time, you get one story per prompt, and it is not
# what people write: real stories are not the most probable texts (section 8). So draw, cut off the tail, and choose a
# temperature of about 0.7. But no setting repairs a weak model. Whatever the setting, our small writer makes its
# first mistake early in the story, and a better model comes much further.
#
# **What is missing.** Both models were trained once, and each number comes from 16 to 40 stories (greedy: from one).
# "Good" was counted here: no reader was asked. And for a model of real text nobody has a source that says what is
# possible.
#
# **You can now do exercises 7 to 11** (about 70 minutes). 10 measures variety, and 11 chooses settings for three
# customers.
#
# ## What you have built
#
# | name | what it does | shape |
# |---|---|---|
# | `generation.apply_temperature(logits, τ)` | divides | `(…, V)` → `(…, V)` |
# | `generation.top_k`, `top_p`, `min_p` | −∞ for the tail | `(…, V)` → `(…, V)` |
# | `generation.repetition_penalty(logits, seen, penalty)` | lowers what was seen | `(…, V)`, `(…, T)` → `(…, V)` |
# | `generation.generate(model, idx, n, …)` | writes | `(B, T)` → `(B, T + new)` |
# | `generation.generate_batch(model, prompts, n, …)` | the same for prompts of any lengths | lists of ids |
# | `generation.stream(model, idx, n, …)` | the same, a token at a time, as it comes | `(B,)` again and again |
# | `generation.beam_search(model, idx, n, beams=…)` | looks for the likeliest text | `(1, T)` → `(1, T + new)` |
#
# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** You set `top_k=1`. Which other setting still matters?
#
# - The temperature
#   - One token is left, so its probability is 1 at every temperature.
# - The repetition penalty
#   + It comes before top-k and may change which token is the most likely one. After that nothing is left to choose.
# - The seed
#   - A seed decides between tokens, and here there is only one. It is greedy text.
#
# **2.** A friend takes the softmax first, then sets the probabilities of the tail to 0, and draws with
# `torch.multinomial`. The probabilities no longer add up to 1. What follows?
#
# - `multinomial` raises an error
#   - It takes weights, and divides by their sum itself.
# - The tokens drawn are the right ones, but an entropy or a second filter computed from these numbers is wrong
#   + `multinomial` divides by the sum itself, so drawing is right. But top-p after top-k would add up to
#     something else. With filters on logits, and one softmax at the very end, this cannot happen.
# - The tail comes back, because the rest is too small
#   - What is 0 is never drawn.
#
# **3.** With a cache, the 200th token takes as long as the 10th. Yet writing 200 tokens takes much longer than reading
# a prompt of 200. Why?
#
# - Writing needs the whole text again for each token
#   - Without a cache, yes. The cache has the keys and values of all earlier tokens.
# - Choosing a token takes most of the time
#   - A filter sorts V numbers. The model multiplies every weight with a vector.
# - A prompt goes through the model in one pass, and writing takes a pass for each token
#   + In one pass each weight is fetched from memory once for all tokens of the prompt. In writing it is fetched for a
#     single token. That is why, on a GPU, many prompts at a time cost hardly more than one.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/12_generation.ipynb`: you write the filters, repair a top-p, stop at the right place,
# and read nothing twice. Exercises 1 to 6 belong to part A, the others to part B. Then **lesson 13**: released
# models, whose weights took more than half a minute.
