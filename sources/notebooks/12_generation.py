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
# **What you need first:** lesson 07 (logits, greedy text) and lesson 10 (the key-value cache). `train` from lesson 11
# is used as a tool.
#
# **Time:** about 80 minutes.
#
# **The question.** A model has read a text and gives you 2,000 numbers, one for each token that could come next. It has
# done its work; the rest is up to you. **If it knows which token is the most likely one, why not always take that?**
#
# Letters: `B` texts, `T` tokens, `C` width, `V` vocabulary, `L` blocks.

# %%
import math
import textwrap
import time
from dataclasses import replace

import torch

from course_lib.config import LlamaConfig
from course_lib.corpus import load_stories
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
from course_lib.show import plotting
from course_lib.show.measured import measured
from course_lib.tokenization import train_tokenizer
from course_lib.training import TrainConfig, train


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# ## 1 · A writer to experiment with
#
# We need a model that writes something like stories. A small Llama, 20 seconds of training, whole words as tokens: that
# is enough to be fluent, and, what is as useful here, not enough to be good.

# %%
texts = list(load_stories(n=3_000)["text"])
tokenizer = train_tokenizer(texts, vocab_size=2_000)
END = tokenizer.token_to_id("<|endoftext|>")  # stands before each story, and so after the one before
tokens = torch.tensor([token for encoded in tokenizer.encode_batch(texts) for token in encoded.ids])  # (N,)

config = LlamaConfig(
    vocab_size=2_000, seq_len=192, n_layer=2, n_embd=96, n_head=4, n_kv_head=2, hidden_dim=256, tie_embeddings=True
)
model = Llama(config)
rules = (replace(rule, std=rule.std * math.sqrt(768 / config.n_embd)) for rule in gpt2_rules(config.n_layer))
initialize(model, tuple(rules), seeded())  # wider than GPT-2's, since the model is narrower: see lesson 08

# %%
schedule = TrainConfig(steps=400, batch_size=5, learning_rate=1e-2, warmup_steps=20, final_fraction=0.02)
history = train(model, TokenDataset(tokens, config.seq_len), schedule)
model.eval()
measured("training loss at the end", sum(history.losses[-20:]) / 20, about=1.2, within=0.3, unit="nats per token")

# %% [markdown]
# The best that any model could reach on these stories with these tokens is about 0.45. So expect good sentences, names
# of which only a part is there, and forgotten heroes.
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
# Take two places: the very beginning of a story, where nothing is told yet, and a place in the middle of one. What
# comes next? In both the model gives 2,000 probabilities.


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
# So we know more than the model does: we have looked up which tokens stand there in the stories. Blue bars are tokens
# that some story has at this place, orange ones are tokens that none has. The last bar is everything that found no
# room, at the start a few of the good ones too.


# %%
def draw(axes, before: torch.Tensor, after: torch.Tensor, possible: torch.Tensor, title: str, scale="log") -> None:
    """Probabilities before (outlines) and after (filled), of the 30 likeliest tokens and of all others together."""
    p, q = torch.softmax(before, dim=-1), torch.softmax(after, dim=-1)  # both (V,)
    top = p.topk(30).indices
    names = [tokenizer.decode([token]).strip() or "␣" for token in top.tolist()] + ["others"]
    heights = [torch.cat([chances[top], 1 - chances[top].sum(0, keepdim=True)]) for chances in (p, q)]
    colours = [plotting.PALETTE[0 if fine else 1] for fine in [*possible[top].tolist(), False]]
    places = range(len(names))  # two different tokens may look alike
    axes.bar(places, heights[1], color=colours)
    axes.bar(places, heights[0], color="none", edgecolor="black", linewidth=0.8)
    axes.set_xticks(places, names, rotation=90, fontsize=8)
    axes.set(xlabel="next token", ylabel="probability", title=title, yscale=scale)
    axes.set_ylim((0, 1) if scale == "linear" else (1e-4, 1))
    axes.grid(visible=False, axis="x")


places = {"after “… named Lily. She”": (inside, possible_inside), "at the start": (start, possible_at_start)}
fig, panels = plotting.figure(
    title="In front stands what is possible; behind it comes a long tail of what is not",
    rows=2,
    columns=2,
    size=(6.2, 3.4),
)
for row, scale in enumerate(("linear", "log")):
    for column, (name, (logits, possible)) in enumerate(places.items()):
        draw(panels[2 * row + column], logits, logits, possible, f"{name} ({scale} scale)", scale)
plotting.show(
    fig,
    alt="Bar charts of next-token probabilities at two places, above on a linear scale, below on a log scale. After "
    "Lily. She two blue bars, had and loved, have nearly everything; on the log scale a few small orange bars follow, "
    "and one of all others. At the start In, Once and There are the tallest; many blue names follow, a stray orange "
    "bar among them, and the bar of all others is one of the taller ones.",
)

# %% [markdown]
# Above, the orange tokens cannot be seen. Below, on a scale where each line is a tenth of the one above it, they can.
# Each is improbable, but there are nearly two thousand of them: look at the last bar. Keep that in mind; it is what
# sections 5 and 6 are about.
#
# ## 3 · Greedy, and why it goes in circles
#
# The simplest way: always take the most likely token. Lesson 07 did it. First with the simplest language model there
# is, which knows only the last token and has counted what follows it. Everything here is exact, so we can print it.
#
# **Predict, then run.** We start with the token that stands before each story, and take the most frequent follower of
# the last token, forty times. What will it look like?

# %%
pairs = torch.zeros(config.vocab_size, config.vocab_size, dtype=torch.long)  # (V, V): how often column follows row
pairs.index_put_((tokens[:-1], tokens[1:]), torch.ones(len(tokens) - 1, dtype=torch.long), accumulate=True)

path = [END]
for _ in range(40):
    path.append(int(pairs[path[-1]].argmax()))
print(textwrap.fill(tokenizer.decode(path), 100))

# %% [markdown]
# A circle. And it *must* be one. The next token depends on the last one alone, and it is always the same. So when a
# token comes for the second time, everything after it comes again, too, and again. With 2,000 tokens that happens after
# 2,000 steps at the latest; here it took a few words.
#
# A transformer does not see one token but up to 192. The proof holds for it as well, since there are finitely many
# texts of 192 tokens, but with $2000^{192}$ of them it promises nothing in your lifetime. It happens all the same:

# %%
prompt = torch.tensor([[END]])  # (B, T) = (1, 1)
greedy = generate(model, prompt, 1_200, temperature=0, keep=96)[0]  # (T,)
drawn = generate(model, prompt, 1_200, temperature=1.0, seed=1, keep=96)[0]
plotting.show_texts(
    {"greedy, the last 500 tokens": readable(greedy[-500:]), "drawn, the last 400 tokens": readable(drawn[-400:])},
    title="Greedy text runs in circles as long as stories; drawn text does not, and stumbles",
    alt="Two texts of the trained model. The greedy one is fluent, but whole stories come back with a word or two "
    "changed; the drawn one repeats less and has more broken sentences.",
)

# %% [markdown]
# The greedy text is fluent, and that is what one sees first. Then one sees a story come again in nearly the same
# words. A phrase that was there once is the best guess for what
# follows its own beginning; attention sees to that. And greedy choice has nothing that could lead it out.
#
# In numbers: the share of 4-token pieces that are new, as the text grows. Real stories for comparison.


# %%
def distinct_so_far(ids: list[int], n: int = 4) -> list[float]:
    """After each token: of the n-grams so far, the share that is distinct."""
    known, shares = set(), []
    for end in range(n, len(ids) + 1):
        known.add(tuple(ids[end - n : end]))
        shares.append(len(known) / (end - n + 1))
    return shares


fig, (axes,) = plotting.figure(
    title="Greedy text says less and less that is new; drawn text as much as real stories, or more",
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
    alt="Share of distinct 4-grams against tokens written, up to 1,200. Drawn text stays near 1, real stories fall to "
    "about 0.9; greedy text falls much further. The greedy text of the pair counts falls steeply from its start.",
)

# %% [markdown]
# **That is the first half of the answer** to the question at the beginning. The most likely *token*, every time, is not
# what people write: they would say nothing new. And a greedy model tells one story a prompt, however often it is asked.
# (Large models do the same. Holtzman et al. 2020 found GPT-2 in circles after a few sentences.)
#
# ## 4 · Temperature
#
# So draw. But the model's own distribution need not be the one you draw from. The first knob is older than language
# models of this kind (Ackley, Hinton and Sejnowski 1985). Divide the logits by a temperature:
#
# $$p_i = \frac{e^{x_i / \tau}}{\sum_j e^{x_j / \tau}}$$
#
# **By hand.** Two tokens have chances of 1 to 4. Their logits differ by ln 4. With $\tau = \tfrac12$ the difference is
# twice that, so the chances are 1 to $4^2 = 16$. With $\tau = 2$ it is half, and they are 1 to $\sqrt 4 = 2$.
#
# **Predict, then run.** And for three tokens of 1/8, 3/8 and 4/8 at $\tau = \tfrac12$?

# %%
three = torch.tensor([1 / 8, 3 / 8, 4 / 8]).log()
for temperature in (0.5, 1.0, 2.0, 100.0):
    p = torch.softmax(apply_temperature(three, temperature), dim=-1)
    print(f"temperature {temperature:5}:", " ".join(f"{x:.3f}" for x in p.tolist()))

# %% [markdown]
# Squares: 1, 9 and 16 of 26. A low temperature makes the likely likelier, and 0 is its limit, greedy. A high one makes
# all alike.
#
# ### How much is left open
#
# One number says how open the choice is: the **entropy**, $H = -\sum_i p_i \log_2 p_i$, in bits. $2^H$ is the number of
# equally likely tokens that would be as open. For 1/2, 1/4, 1/8, 1/8 it is $\tfrac12 \cdot 1 + \tfrac14 \cdot 2 + 2
# \cdot \tfrac18 \cdot 3 = 1.75$ bits.


# %%
def entropy(logits: torch.Tensor) -> float:
    """Bits of the distribution; a token that is out, with −inf, adds nothing."""
    p = torch.softmax(logits, dim=-1)
    return -torch.xlogy(p, p).sum().item() / math.log(2)


# %% [markdown]
# Now the start of a story at three temperatures. The outlines are what the model gave.

# %%
fig, panels = plotting.figure(
    title="A low temperature thins out the tail, a high one feeds it", columns=3, size=(5.0, 3.6)
)
for axes, temperature in zip(panels, (0.5, 1.0, 1.5), strict=True):
    heated = apply_temperature(start, temperature)
    draw(axes, start, heated, possible_at_start, f"temperature {temperature}: {entropy(heated):.1f} bits left open")
plotting.show(
    fig,
    alt="The distribution at the start of a story at temperatures 0.5, 1 and 1.5, on a log scale, with outlines of "
    "what the model gave. At 0.5 the bars fall off steeply and the bar of all others is far below its outline; at "
    "1.5 the bars are flatter and the bar of all others is one of the tallest.",
)

# %% [markdown]
# On a log scale a temperature does a simple thing: all differences in height are divided by it. Now all temperatures,
# at both places:

# %%
temperatures = torch.linspace(0.1, 2.5, 25)
fig, (left, right) = plotting.figure(
    title="With the temperature grows what is open, and with it the chance of a word that cannot stand there",
    columns=2,
    size=(5.6, 3.6),
    xlabel="temperature",
)
for name, (logits, possible) in places.items():
    heated = [apply_temperature(logits, t.item()) for t in temperatures]
    left.plot(temperatures, [entropy(x) for x in heated], label=name)
    right.plot(temperatures, [100 * torch.softmax(x, dim=-1)[~possible].sum() for x in heated], label=name)
left.axhline(math.log2(config.vocab_size), color="black", linewidth=1, linestyle=":", label="all tokens alike")
left.set_ylabel("entropy (bits)")
right.set_ylabel("chance of an orange token (%)")
for axes in (left, right):
    axes.legend()
plotting.show(
    fig,
    alt="Two panels against temperature. Left: entropy rises from 0 towards the 11 bits of 2,000 equal tokens, later "
    "for the sure place. Right: the chance of a token that no story has at this place rises from nearly 0 to "
    "most.",
)

# %% [markdown]
# ## 5 · The tail
#
# At temperature 1 the model is asked for exactly what it believes. Why is that not good enough? Because a model never
# gives 0 to anything: a softmax cannot. A little is left for each token, and the little adds up.
#
# **Predict, then run.** Say one draw in a hundred goes to a token that cannot stand there. How likely is a story of 190
# tokens without any such slip? And if it is three in a hundred?

# %%
for slip in (0.001, 0.01, 0.03):
    print(f"{slip:.1%} per token: {(1 - slip) ** 190:6.1%} of stories without a slip")

# %% [markdown]
# And a slip is not over when it has happened. The model has never seen such a text, and goes on from there. So the tail
# must be cut off. The question is where.
#
# ## 6 · Three ways to cut off the tail
#
# **Top-k** (Fan et al. 2018): keep the k most likely tokens. **Top-p**, also called nucleus sampling (Holtzman et al.
# 2020): keep the fewest most likely tokens whose probabilities add up to p. **Min-p** (Nguyen et al. 2024): keep what
# is at least p times as likely as the most likely. What goes gets the logit $-\infty$, so that its probability is 0,
# and a softmax makes the rest add up to 1 again.
#
# **Take a pencil.** Which tokens stay with k = 2, with top-p at 0.7, and with min-p at 0.2?

# %%
words = ["jam", "toast", "soup", "snow"]
four = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
for name, cut in {"top-k, 2": top_k(four, 2), "top-p, 0.7": top_p(four, 0.7), "min-p, 0.2": min_p(four, 0.2)}.items():
    chances = torch.softmax(cut, dim=-1).tolist()
    print(f"{name:10}", ", ".join(f"{word} {p:.3f}" for word, p in zip(words, chances, strict=True) if p > 0))

# %% [markdown]
# Top-p: 0.5 does not reach 0.7, so the next one stays as well; with it the sum is 0.8. Min-p: the border is 0.2 · 0.5 =
# 0.1, so soup stays and snow goes.
#
# The three differ in what they do where the model is sure and where it is not. Both places, all three filters:

# %%
cuts = {
    "top-k, 10": lambda x: top_k(x, 10),
    "top-p, 0.9": lambda x: top_p(x, 0.9),
    "min-p, 0.05": lambda x: min_p(x, 0.05),
}
fig, panels = plotting.figure(
    title="Top-k keeps ten everywhere: too many where the model is sure, too few where much is possible",
    rows=2,
    columns=3,
    size=(5.0, 3.4),
)
for row, (place, (logits, possible)) in enumerate(places.items()):
    for column, (name, cut) in enumerate(cuts.items()):
        kept = cut(logits).isfinite()
        good = int((kept & possible).sum())
        title = f"{name}, {place}:\n{good} of {int(possible.sum())} good ones kept, {int(kept.sum()) - good} bad"
        draw(panels[3 * row + column], logits, cut(logits), possible, title)
plotting.show(
    fig,
    alt="Six bar charts on a log scale: top-k, top-p and min-p after Lily. She, above, and at the start of a story, "
    "below; outlines before, filled bars after. Above, top-k keeps eight tokens that no story has, top-p and "
    "min-p the two right ones. Below, top-k cuts off most names; top-p keeps more, and min-p fewest. None keeps "
    "the tail.",
)

# %% [markdown]
# Ten tokens are too many after "Lily. She", where two are possible, and too few at the start, where 38 are. Top-p and
# min-p follow the model: few where it is sure, more where it is not.
#
# But look at what each of them pays. Every border that keeps the tail out cuts off good tokens too, since the last good
# ones and the first bad ones are equally improbable. Min-p is the strictest where one token stands out. And the two
# differ at high temperatures: a heated distribution is flat, so that top-p lets nearly everything in, while min-p still
# asks how far a token is below the best.
#
# The three can be combined, and then the order matters. `generate` has a fixed one: repetition penalty (section 7),
# temperature, top-k, top-p, min-p. So a filter sees the distribution that the temperature has left.
#
# ### A mistake to know
#
# Top-p is four lines, and it is easy to get one of them wrong. Keep what has, added up, no more than p.
# What could go wrong?


# %%
def top_p_wrong(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Keeps the tokens up to which the sum is p at most."""
    ordered, order = logits.sort(descending=True)
    removed = torch.softmax(ordered, dim=-1).cumsum(dim=-1) > p  # the sum with the token itself
    return logits.masked_fill(torch.zeros_like(removed).scatter(-1, order, removed), -math.inf)


print("0.7 keeps", [word for word, x in zip(words, top_p_wrong(four, 0.7), strict=True) if x > -math.inf])
certain = torch.tensor([0.9, 0.05, 0.03, 0.02]).log()
chances = torch.softmax(top_p_wrong(certain, 0.7), dim=-1)
print("a sure model:", chances.tolist())
try:
    torch.multinomial(chances, num_samples=1)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# The first line is wrong already, but nobody notices: jam, and only jam. Then the model is sure of something, its best
# token alone exceeds p, *nothing* is left, the softmax divides 0 by 0, and the program dies in a line that is innocent.
# It dies rarely, after minutes, and never in a short test.
#
# The rule is: **a token stays if the sum *before* it is below p.** For the first one that sum is 0, so it always stays.

# %%
ordered = torch.softmax(certain, dim=-1)  # sorted already
before = ordered.cumsum(dim=-1) - ordered
print("sum before:", " ".join(f"{x:.2f}" for x in before.tolist()), "→ stays:", (before < 0.7).tolist())
print("top_p:     ", torch.softmax(top_p(certain, 0.7), dim=-1).tolist())

# %% [markdown]
# ## 7 · The repetition penalty
#
# Against circles there is a blunt tool (Keskar et al. 2019): whatever the text holds already gets a lower logit.
# Divide by a penalty, such as 1.3. But look at the signs.
#
# **Predict, then run.** Two tokens have been seen, with logits 2 and −2. You divide both by 2. Which of them becomes
# *likelier*?

# %%
logits = torch.tensor([2.0, -2.0, 0.0])  # tokens 0 and 1 have been seen, token 2 has not
seen = torch.tensor([0, 1, 1])
divided = torch.where(torch.tensor([True, True, False]), logits / 2, logits)
for name, x in {"before": logits, "divided": divided, "as it should be": repetition_penalty(logits, seen, 2.0)}.items():
    print(f"{name:16}", x.tolist(), "→", " ".join(f"{p:.3f}" for p in torch.softmax(x, dim=-1).tolist()))

# %% [markdown]
# −2 / 2 = −1, which is more than −2. Where a logit is negative the penalty must *multiply*. Many first versions
# divide, and reward what they mean to punish.
#
# Now on the start of a story. Say that the three stories before began with *Once*, *There* and *In*, and that the model
# still sees them:

# %%
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
    alt="The distribution at the start of a story with a repetition penalty of 1.2 and 2, on a log scale. The bars of "
    "In, Once and There shrink below their outlines, with 2 by more than a factor of ten; all others grow, orange "
    "ones too.",
)

# %% [markdown]
# It knows nothing of meaning. The hero's name, "she", "the", full stops: all of it *should* come again, and all of it
# is punished. A strong penalty takes names and sentences apart. Use little of it (1.1 to 1.2), or none. (In the
# stories below Lily gets another name even without a penalty; that is the model's own weakness. Look at the sentences.)

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
    title="A weak penalty changes a word here and there, a strong one takes the story apart",
    alt="Three continuations of one beginning, greedy, with repetition penalties of 1, 1.2 and 2. The first two differ "
    "in a few words; with 2 the text loses its sentences.",
)

# %% [markdown]
# ## 8 · Beam search
#
# Greedy has one more weakness. It does not even find the most likely *text*. A small example: two words, chosen one
# after the other.
#
# | first word | then |
# |---|---|
# | **a** 0.6 | dog 0.4 · cat 0.3 · hat 0.3 |
# | **the** 0.4 | owl 0.9 · fox 0.1 |
#
# **Take a pencil.** What does greedy say, how likely is that, and what is the most likely pair?

# %%
tree = {"a": (0.6, {"dog": 0.4, "cat": 0.3, "hat": 0.3}), "the": (0.4, {"owl": 0.9, "fox": 0.1})}
pairs_of_words = {f"{one} {two}": p * q for one, (p, then) in tree.items() for two, q in then.items()}
for pair, p in sorted(pairs_of_words.items(), key=lambda item: -item[1]):
    print(f"{pair:8} {p:.2f}")

# %% [markdown]
# Greedy takes "a", and can then do no better than 0.24. **Beam search** keeps the best *few* beginnings at each step
# (the beams), continues each of them in every way, and keeps the best few of all of these. With two beams it finds "the
# owl".
#
# Now on our model: the first 40 tokens of a story. **Guess first:** of greedy text, drawn text, text found with beams,
# and real stories, which has the highest probability under the model, and where do the real stories stand?


# %%
@torch.inference_mode()
def log_probability(rows: torch.Tensor) -> list[float]:
    """Nats of each text of (B, T) after its first token, under the model."""
    chances = model(rows[:, :-1]).log_softmax(dim=-1)  # (B, T − 1, V)
    return chances.gather(-1, rows[:, 1:, None]).sum(dim=(1, 2)).tolist()


held_out = [encode(text) for text in load_stories(split="validation", n=24)["text"]]
groups = {
    "drawn": log_probability(generate(model, prompt.expand(24, 1), 40, seed=list(range(24)))),
    "drawn, top-p 0.9": log_probability(generate(model, prompt.expand(24, 1), 40, seed=list(range(24)), top_p=0.9)),
    "real stories": log_probability(torch.tensor([story[:41] for story in held_out])),
    "greedy": log_probability(greedy[None, :41]),
}
groups |= {f"{n} beams": [beam_search(model, prompt, 40, beams=n)[0].log_probability] for n in (2, 4, 16)}

# %%
fig, (axes,) = plotting.figure(
    title="Search finds text that is likelier than real stories; drawn text is as likely as they are, or less",
    xlabel="log-probability of the first 40 tokens (nats)",
    ylabel="how the text was made",
    size=(8.0, 3.6),
)
for y, (name, values) in enumerate(groups.items()):
    axes.scatter(values, [y] * len(values), color=plotting.PALETTE[0 if name != "real stories" else 1], alpha=0.6, s=40)
axes.set_yticks(range(len(groups)), list(groups))
axes.invert_yaxis()
plotting.show(
    fig,
    alt="Log-probabilities of texts of 40 tokens, a row for each way of making them. Drawn texts spread widely to the "
    "left; real stories and texts drawn with top-p lie close together in the middle; greedy and beams lie to the "
    "right.",
)

# %% [markdown]
# Real stories are **not** the most probable texts. They are about as probable as what is drawn with a trimmed tail. Who
# searches for the most probable text finds something that is likelier than what people write, and duller. So beams are
# for tasks with one good answer, such as translation, and not for stories. (Nor are more beams always better: nothing
# guarantees it, and you may see it in the picture.)

# %% [markdown]
# ## 9 · The cache
#
# So far about *which* token. Now about what it costs. Lesson 10 explained the cache: keys and values of old tokens do
# not change, so keep them, and read only the newest token. `generate` does it by itself.
#
# **Predict, then run.** The prompt has 10 tokens, and we write 90. How many tokens does the model read in all, without
# a cache and with one?


# %%
def tokens_read(use_cache: bool) -> int:
    """How many tokens go into the model while it writes 90 more than 10."""
    counts: list[int] = []
    hook = model.token_embedding.register_forward_hook(lambda module, args, output: counts.append(args[0].numel()))
    generate(model, tokens[None, :10], 90, temperature=0, use_cache=use_cache)
    hook.remove()
    return sum(counts)


print("without a cache:", tokens_read(use_cache=False), "= 10 + 11 + … + 99:", sum(range(10, 100)))
print("with a cache:   ", tokens_read(use_cache=True), "= 10 + 89")

# %% [markdown]
# 4,905 against 99. (89 and not 90: the last token is written, but nobody reads it any more.) The work without a cache
# grows with the square of the length.
#
# **The same text?** A cache is allowed to be faster and nothing else. And there is one place where that is hard: the
# model sees 192 tokens at most. When the text outgrows them, the window moves. What the blocks above the first have put
# into the cache was computed with tokens that are now outside, so it is *not what the model would compute from the
# window alone*. The window has to be read anew. (Lesson 10's `"slide"` keeps the old entries: quicker, and another
# text.) `keep` says how far it moves: with 192 it moves by one token each time, and each time all of it must be read.
# With 96 it moves once in 97 tokens.

# %%
opening = tokens[None, :10]  # (1, T)
for keep in (192, 96):
    cached, plain = (generate(model, opening, 300, seed=3, keep=keep, use_cache=use) for use in (True, False))
    print(f"keep = {keep:3}: 310 tokens, past the 192 that fit; the same text: {torch.equal(cached, plain)}")


# %% [markdown]
# And the time? `stream` gives each token as soon as it is there, so one can look at the clock in between.


# %%
def seconds_a_token(**options) -> torch.Tensor:
    """(33,): time of a token, for ten tokens at a time; the fastest of three runs, since others can only slow one."""
    runs = []
    for _ in range(3):
        stamps = [time.perf_counter()]
        stamps += [time.perf_counter() for _ in stream(model, opening, 330, seed=3, **options)]
        runs.append(torch.tensor(stamps, dtype=torch.double).diff())  # (330,)
    return torch.stack(runs).amin(dim=0).view(33, 10).mean(dim=1)


fig, (axes,) = plotting.figure(
    title="With a cache a token costs the same wherever it stands, until the window is full",
    xlabel="tokens in the text",
    ylabel="time of the next token (ms)",
)
for name, options in {
    "no cache": {"use_cache": False},
    "cache, window moves by one": {"keep": 192},
    "cache, window moves by half": {"keep": 96},
}.items():
    axes.plot(range(15, 345, 10), 1e3 * seconds_a_token(**options), label=name, marker=".")
axes.axvline(192, color="grey", linestyle=":", label="seq_len")
axes.set_ylim(bottom=0)
axes.legend()
plotting.show(
    fig,
    alt="Time of the next token against the length of the text. Without a cache it rises up to 192 tokens and stays "
    "high. With one it is low and flat up to 192; then it jumps up to the same height if the window moves by one "
    "token, and shows only two small peaks if it moves by half.",
)

# %% [markdown]
# Before the dotted line the cache is flat. Behind it, the cache is worthless if the window moves by one, and nearly as
# good as before if it moves by half now and then. The price is memory of the text: right after a move the model has
# forgotten all but the last 96 tokens.
#
# ## 10 · Knowing when to stop
#
# A story ends with `<|endoftext|>`. A model that draws it has said that it is done. What comes after it is another
# story. So stop there, `stop_token=END`, and mind that the token also *begins* every prompt: only a **new** one counts.

# %%
stories = generate(model, torch.tensor([[END]] * 4), 191, seed=[1, 2, 3, 4], top_p=0.9, stop_token=END)  # (4, T)
ends = [row.index(END, 1) if END in row[1:] else None for row in stories.tolist()]
print("after its end a story says nothing more:",
      all(end is None or set(row[end:]) == {END} for row, end in zip(stories.tolist(), ends, strict=True)))  # fmt: skip

# %% [markdown]
# Four stories are written at once here, and they do not end together. A story that has ended repeats its end token,
# while the others go on; when all have ended, so does the loop. Seeds are given for each, so that each story is the one
# that it would have been alone.
#
# `stream_text` does the same with text in place of ids, and hands out the words as they come. Run this one yourself: it
# is a small joy to watch, and different each time.

# %% tags=["skip-execution"]
print("Once upon a time", end="")
for piece in stream_text(model, tokenizer, "Once upon a time", 180, temperature=0.8, top_p=0.9):
    print(piece, end="", flush=True)

# %% [markdown]
# ### Many prompts at a time
#
# A batch is a rectangle, and prompts are not. The short ones need padding. On which side?

# %%
prompts = ["Once upon a time, there was a", "There once was a clever boy named", "One"]
rows = [encode(prompt)[1:] for prompt in prompts]  # shown without the token before them
T = max(len(row) for row in rows)

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
)

# %% [markdown]
# On the left. The next token is predicted at the last position, and there each prompt must have its last word. Two more
# things have to be right: no word may attend to the padding, and positions count from each prompt's own first word.
# Then each text is the one that it would have been alone:

# %%
ids = [encode(prompt) for prompt in prompts]
together = generate_batch(model, ids, 30, temperature=0)
alone = [generate(model, torch.tensor([prompt]), 30, temperature=0)[0].tolist() for prompt in ids]
print("lengths:", [len(prompt) for prompt in ids], " the same as alone:", together == alone)

# %% [markdown]
# **And without the mask?** The commonest mistake with batches: pad, and forget that padding can be seen. Nothing fails.
# The text is only another one, and no message says so:

# %%
short = encode("Once upon a time, there was a clever girl named Lily. She")
with torch.inference_mode():
    alone, padded = (model(torch.tensor([ids]))[0, -1].softmax(dim=-1) for ids in (short, [END] * 10 + short))
print("10 paddings, seen; the same distribution?", torch.allclose(alone, padded, atol=1e-3))

# %% [markdown]
# ## 11 · Is it any good?
#
# You have read some of it, and reading is the best judge. It does not scale. Three numbers that do:
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
# The perplexity is that of this story under its own source, per token. The mean loss of many stories is the floor of
# lesson 11 (with this lesson's tokens): on average, no model can have less. One wrong name, and the rest of the story
# is worth nothing to this judge. Hard, but that is how readers are.
#
# Now sixteen stories from each of these settings:

# %%
settings = {f"τ = {t}": {"temperature": t} for t in (0, 0.3, 0.6, 0.8, 1.0, 1.3)}
settings |= {"top-k 10": {"top_k": 10}, "top-p 0.9": {"top_p": 0.9}, "min-p 0.05": {"min_p": 0.05}}
settings["τ = 1.3, min-p 0.1"] = {"temperature": 1.3, "min_p": 0.1}
written = {
    name: generate_batch(model, [[END]] * 16, 190, seed=list(range(16)), stop_token=END, **options)
    for name, options in settings.items()
}
written["real stories"] = [[*ids, END][:190] for ids in held_out[:16]]

# %%
known = set(zip(*(tokens[n:].tolist() for n in range(4)), strict=False))  # all 4-grams of the stories


def familiar(texts_of_ids: list[list[int]]) -> float:
    """Of the 4-grams written, the share that the model's stories have."""
    grams = [tuple(ids[i : i + 4]) for ids in texts_of_ids for i in range(len(ids) - 3)]
    return sum(gram in known for gram in grams) / len(grams)


def measure(texts_of_ids: list[list[int]]) -> tuple[float, float, float]:
    """Variety, familiarity and possibility."""
    shares = [possible_share(tokenizer.decode(ids)) for ids in texts_of_ids]
    return distinct_n(texts_of_ids, 4), familiar(texts_of_ids), sum(shares) / len(shares)


results = {name: measure(texts_of_ids) for name, texts_of_ids in written.items()}

# %%
fig, (left, right) = plotting.figure(
    title="Temperature trades variety for soundness; with the tail cut off we come nearer to real stories",
    columns=2,
    size=(6.0, 4.2),
)
line = [results[name] for name in list(settings)[:6]]  # the temperatures
left.plot([v for v, _, _ in line], [f for _, f, _ in line], marker="o", label="temperature alone")
for name, (variety, known_share, _) in zip(list(settings)[:6], line, strict=True):
    left.annotate(name, (variety, known_share), xytext=(-4, -12), textcoords="offset points", ha="right", fontsize=9)
for name, marker in zip(list(results)[6:], "sD^v*", strict=True):
    variety, known_share, _ = results[name]
    left.scatter(variety, known_share, marker=marker, s=70 if marker != "*" else 220, zorder=3, label=name)
left.set(xlabel="variety: distinct 4-grams (share)", ylabel="familiarity: known 4-grams (share)")
left.legend(loc="lower left")
right.barh(list(results), [100 * possible for _, _, possible in results.values()], color=plotting.PALETTE[2])
right.set(xlabel="possibility: of the story, up to the first mistake (%)", ylabel="setting")
right.invert_yaxis()
plotting.show(
    fig,
    alt="Left: familiarity against variety. A line of temperatures runs from greedy, at the left end since its "
    "sixteen stories are one, over a bend at 0.6 to 1.3, varied and broken. The filters lie outside the bend, "
    "nearest to the star of real stories. Right: real stories are possible to 100 %, all others to some percent "
    "only.",
)

# %%
plain, filtered = results["τ = 1.0"], results["top-p 0.9"]
print("different stories of sixteen greedy ones:", len({tuple(ids) for ids in written["τ = 0"]}))
measured("familiarity: top-p minus plain drawing", filtered[1] - plain[1], about=0.15, within=0.13, digits=1)
share = 100 * filtered[0] / plain[0]
measured("variety: top-p in percent of plain drawing", share, about=90, within=12, unit="%", digits=2)

# %% [markdown]
# **The second half of the answer.** Neither end is good. Greedy is sound, and tells one story. A high temperature is
# varied, and broken. In between, a filter does better than the temperature alone: it takes away what is broken and
# leaves what is varied. That is why nearly everything that writes today draws at a temperature of about 0.7 to 1, with
# top-p or min-p.
#
# And the picture on the right tells you what no setting mends. The first thing that cannot be comes within a sentence
# or two, whichever way we draw: a girl named Peter, "his dad" in a story about Lily. That is not a fault of the choice
# but of the model: 20 seconds are too short to learn whom a story is about.


# %% [markdown]
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
# ### Three questions to check yourself
#
# **1.** You set `top_k=1`. Which other settings still matter?
#
# <details><summary>Answer</summary>
#
# None but the repetition penalty, which comes before it and may change which token is the first. With one token left,
# temperature, top-p, min-p and the seed have nothing to choose from: it is greedy.
#
# </details>
#
# **2.** A friend takes the softmax first, then sets the probabilities of the tail to 0, and draws with
# `torch.multinomial`. The probabilities no longer add up to 1. Is that a mistake?
#
# <details><summary>Answer</summary>
#
# Not for drawing: `multinomial` takes weights, and divides by their sum itself. It is one as soon as somebody computes
# an entropy or a log-probability from them, or chains a second filter: top-p after top-k would add up to something
# else. Filters on logits, with one softmax at the very end, avoid the question.
#
# </details>
#
# **3.** With a cache, the 300th token takes as long as the 10th. Why is writing still much slower, a token, than
# reading a prompt?
#
# <details><summary>Answer</summary>
#
# A prompt goes through the model in one pass: each weight is fetched from memory once and used for all its tokens. In
# writing, each weight is fetched for a single token. The time goes into moving weights, not into arithmetic, and so
# many prompts at a time cost hardly more than one.
#
# </details>
#
# ### What comes next
#
# The exercises are in `exercises/12_generation.ipynb`: you write the filters, mend a top-p, stop at the right place,
# and read nothing twice. Then **lesson 13**: released models, with weights that took more than 20 seconds.
