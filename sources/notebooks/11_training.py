# %% [markdown]
# # 11 · Training
#
# **When you finish, you can**
# - read a loss as a perplexity, as bits per token and as bits per byte, and say how far it is from the best there can
#   be;
# - write the training loop from memory, and say what each of its lines is there for;
# - find the usual mistakes before a long run: overfit one batch first, look at the gradient's length;
# - choose a schedule, clip, accumulate, use bfloat16, validate, and stop and resume a run bit for bit;
# - watch a model of your own learn to write, and measure how far back it looks.
#
# **What you need first:** lessons 02 (batches), 07 (the GPT and its loss), 08 (the first weights); we train the Llama
# of lesson 10.
#
# **Time:** two sessions. Between them is a good place to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **First**, sections 1 to 6 | a floor, the loop, AdamW, the rate, the gradient | 50 minutes | 1 to 8: 97 minutes |
# | **Second**, sections 7 to 10 | bfloat16, validation, the run | 50 minutes | 9, capstone, 10: 60 minutes |
#
# **The question.** Anyone can make a loss go down. **How good can it get, and how do you know when it is good?** For
# nearly every corpus in the world nobody knows. For ours we do: its generator knows the probability of every choice
# that it makes. From these follows a loss that no model can go below, and you can draw it as a line into the plot.
#
# Letters: `B` batch, `T` tokens, `C` width, `L` blocks, `V` vocabulary.

# %%
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from course_lib.config import LlamaConfig
from course_lib.corpus import load_stories, token_entropy
from course_lib.data import BatchLoader, TokenDataset
from course_lib.generation import generate
from course_lib.gpt import next_token_loss
from course_lib.initialization import gpt2_rules, initialize, start_by_copying
from course_lib.llama import Llama, RMSNorm
from course_lib.pretrained import load, load_tokenizer
from course_lib.pretrained.shipped import read_log, read_written
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import num_params
from course_lib.tokenization import train_tokenizer
from course_lib.training import History, TrainConfig, decay_groups, evaluate, learning_rate, train


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# ## 1 · Stories, a model, and a floor
#
# We take five thousand stories to learn from, two hundred other ones to judge by, and a vocabulary of 1,500 tokens. In
# it a frequent word is one token, and a rare one is several.

# %%
texts = list(load_stories(n=5_000)["text"])
unseen_texts = list(load_stories(split="validation", n=200)["text"])
tokenizer = train_tokenizer(texts, vocab_size=1_500)
END = tokenizer.token_to_id("<|endoftext|>")


def as_dataset(some_texts: list[str], seq_len: int = 128) -> TokenDataset:
    """Windows of the texts' tokens, `<|endoftext|>` before each text."""
    ids = [encoded.ids for encoded in tokenizer.encode_batch(some_texts)]
    return TokenDataset(torch.tensor([token for one in ids for token in one]), seq_len)


stories, unseen = as_dataset(texts), as_dataset(unseen_texts)
print(f"{len(stories.tokens):,} tokens to train on, {len(stories):,} windows of {stories.seq_len}")

# %% [markdown]
# The model is a small Llama with two blocks. As in lesson 10, its first weights are larger than GPT-2's 0.02, because
# it is narrower.

# %%
SHAPE = LlamaConfig(vocab_size=1_500, seq_len=128, n_layer=2, n_embd=96, n_head=4, n_kv_head=4, hidden_dim=256)
RULES = tuple(replace(rule, std=rule.std * math.sqrt(768 / SHAPE.n_embd)) for rule in gpt2_rules(SHAPE.n_layer))


def new_model(seed: int = 0) -> Llama:
    """An untrained model, the same for the same seed."""
    model = Llama(SHAPE)
    initialize(model, RULES, seeded(seed))
    return model


x, y = next(iter(BatchLoader(stories, batch_size=8)))  # both (B, T)
first_loss = next_token_loss(new_model()(x), y).item()
print(f"{num_params(new_model()):,} parameters; ln V = {math.log(1_500):.2f} nats per token")
measured("the first loss", first_loss, about=7.5, within=0.4, unit="nats per token")

# %% [markdown]
# The first loss is near ln V, as in lesson 07: the model knows nothing yet. (It is a little above ln V, because random
# weights make some tokens likelier than others, and not the right ones.)
#
# **Where we are.** This is the whole model that we train, a small Llama. Nothing in it is new, and no single room is
# lit: a training step changes the numbers of *all* rooms.

# %% fold="drawing"
diagram.model(new_model())

# %% [markdown]
# ### What a loss says
#
# The loss is the mean of $-\ln p$, where $p$ is the probability that the model gave to the token that really came. Its
# unit is the *nat*.
#
# **By hand.** The tokens that really came had the probabilities 1/2, 1/4, 1/8 and 1/4. Their $-\ln p$ are 0.69, 1.39,
# 2.08 and 1.39, and the mean is 1.39 nats, which is ln 4. So the model is as unsure as somebody who has to choose
# between 4 equally likely tokens. In bits it is 1.39 / 0.69 = 2: two yes-or-no questions.
#
# Three other numbers say the same as the loss:
#
# | | formula | says |
# |---|---|---|
# | **perplexity** | $e^{\text{loss}}$ | so many equally likely tokens would make you as unsure |
# | **bits per token** | loss / ln 2 | yes-or-no questions per token |
# | **bits per byte** | bits per token / bytes per token | the same for any tokenizer: compare models by this one |
#
# By hand: if a token has 4 bytes on average, the 2 bits per token from above are 2 / 4 = 0.5 bits per byte.
#
# Now the **floor**. The generator makes each story by choices. Say that it chooses one of 8 names and one of 2 colours.
# This story has the probability 1/8 · 1/2 = 1/16, so its $-\ln p$ is ln 16 = 2.77 nats. If it has 10 tokens, that is
# 2.77 / 10 = 0.28 nats per token: the other tokens follow from the choices and cost nothing. The mean over all stories
# is the **entropy** of the corpus. No model, however large, can have a lower loss on new stories in the long run. (If
# two ways of choosing could give the same text, the entropy would be lower than our number; no such pair is known.)
#
# Three models, then, to compare ours with. The first **knows nothing**: each token gets 1/1,500, so its loss is
# ln 1,500 = 7.31 nats per token. The second **knows frequencies**: it knows how often each token occurs in the stories,
# and gives this share at every place, whatever stands before. The third **knows everything** that the generator knows.
# Its loss is the floor.
#
# **Guess first.** Where is the floor of our stories? A story has about 200 tokens. How many real choices are in it, and
# among how many things? (Each choice among 8 costs ln 8 = 2.08 nats.)

# %%
guess = ...  # nats per token

# %%
counts = torch.bincount(torch.as_tensor(stories.tokens.astype("int64")), minlength=1_500) + 1  # (V,); + 1: no log of 0
frequencies = counts / counts.sum()
frequent = -(frequencies * frequencies.log()).sum().item()  # the mean of −ln p if p is the token's frequency
floor = token_entropy(tokenizer, n=500).mean  # the generator's own −ln p of 500 stories, per token
bytes_per_token = sum(len(text.encode()) for text in texts) / len(stories.tokens)
print(f"a token of our stories has {bytes_per_token:.2f} bytes on average")

reveal("the floor", round(floor, 2), guess)
for name, loss in (("knows nothing", math.log(1_500)), ("knows frequencies", frequent), ("knows everything", floor)):
    bits = loss / math.log(2)
    units = f"perplexity {math.exp(loss):,.1f}, {bits:.2f} bits per token, {bits / bytes_per_token:.2f} bits per byte"
    reveal(name, f"{loss:.2f} nats; {units}")

# %% [markdown] fold="How to read it"
# Perplexity 1.5: even a model that knows everything is as unsure as between 1.5 equally likely tokens. Most tokens of
# a story follow from what stands before them. Names, colours, animals, and what happens next are open. A story of 200
# tokens costs 200 · 0.43 = 86 nats, as much as 41 choices among 8. (Real text is harder to predict: the best models
# have 0.5 to 1 bit per *byte*.)

# %% [markdown]
# **You can now do exercise 1** (one loss, three numbers).
#
# ## 2 · The loop
#
# Five lines are the heart of every training in this field, from here to the largest model:
#
# ```python
# loss = next_token_loss(model(x), y)   # 1. how wrong?
# optimizer.zero_grad()                 # 2. forget the last gradient
# loss.backward()                       # 3. in which direction does each weight make it worse?
# optimizer.step()                      # 4. go the other way
# x, y = next(batches)                  # 5. again, with other stories
# ```
#
# ### First, overfit one batch
#
# Before you train for an hour, train for ten seconds: **the same small batch again and again.** A model with 370,000
# parameters can learn two windows by heart, so its loss must go to nearly zero. If it does not, something is broken,
# and you know it before the long run.
#
# Beside the loss we note the **length of the gradient**. Put the gradients of all parameters one after another into one
# long vector. Its length is $\sqrt{g_1^2 + g_2^2 + \dots}$, and it says how steep the loss is at this place. (The
# optimizer is AdamW. Section 3 explains it.)

# %%
x2, y2 = x[:2], y[:2]  # two windows, both (2, T)


def overfit(clear: bool, steps: int = 60) -> History:
    """The same two windows at each step. clear: whether gradients are cleared."""
    model, history = new_model(), History()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(steps):
        loss = next_token_loss(model(x2), y2)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.losses.append(loss.item())
        history.gradient_norms.append(nn.utils.get_total_norm([p.grad for p in model.parameters()]).item())
    return history


right = overfit(clear=True)
measured("loss after 60 steps", right.losses[-1], about=0.05, within=0.08, unit="nats per token", digits=1)

# %% [markdown]
# ### A mistake that everybody makes once
#
# `backward` **adds** to the gradients that are there; section 6 makes good use of it. Without `zero_grad`, training
# follows, at each step, the sum of all gradients since the beginning. There is no message at all.
#
# **Guess first.** With `zero_grad` the loss after 60 steps is almost 0. What is it without?

# %%
guess = ...  # nats per token

# %%
wrong = overfit(clear=False)

# %% fold="setup"
reveal("loss after 60 steps without zero_grad", approx(wrong.losses[-1], about=3.5, within=2.5, digits=2), guess)

# %% fold="drawing"
fig, (left, middle) = plotting.figure(
    title="Without zero_grad the gradient piles up, and no message says so", xlabel="step", columns=2, size=(5, 3.4)
)
for history, label, style in ((right, "cleared at each step", "-"), (wrong, "zero_grad forgotten", "--")):
    left.plot(history.losses, style, label=label)
    middle.plot(history.gradient_norms, style, label=label)
left.set(ylabel="loss (nats per token)")
middle.set(ylabel="length of the gradient", yscale="log")
left.legend()
plotting.show(
    fig,
    alt="Left: with zero_grad the loss falls from 7 to nearly 0 in 60 steps; without it the loss falls more slowly "
    "and unevenly, and stays far above. Right, log axis: the gradient's length falls with zero_grad and grows without.",
    folded="Both curves",
)

# %% [markdown] fold="What the curves say"
# The loss falls at first, then it stays far above zero. In a long run on many stories that looks like a weak model, and
# not like a mistake. On one batch you see it at once.

# %% [markdown]
# **Exercise 2** is a loop with such a mistake. Another mistake gives no message either: to show a running mean,
# somebody adds the losses up. We count what autograd has to keep for the sum, after each of three steps:


# %%
def operations_kept(loss: torch.Tensor) -> int:
    """How many operations the graph of a loss holds."""
    found, waiting = set(), [loss.grad_fn]
    while waiting:
        operation = waiting.pop()
        if operation is not None and operation not in found:
            found.add(operation)
            waiting += [earlier for earlier, _ in operation.next_functions]
    return len(found)


model = new_model()
running, kept = 0.0, []
for _ in range(3):
    loss = next_token_loss(model(x2), y2)
    running = running + loss  # a tensor with its whole history, not a number
    loss.backward()
    kept.append(operations_kept(running))
measured(
    "after 3 steps it keeps more than after 1 step, by a factor", kept[2] / kept[0], about=2.8, within=0.4, digits=2
)

# %% [markdown]
# `running` looks like a number, but it holds the graph of *every* step, so the memory grows until the run is killed.
# (`backward` has at least freed the large tensors in these graphs. In a validation nobody calls `backward`, and they
# all stay.) Add `loss.item()` instead: that is a number, and a number has no graph.
#
# ## 3 · AdamW
#
# Gradient descent moves each weight by `lr · gradient`. But gradients differ very much in size. Look at the table of
# embeddings: it has a row for each token, and each row has its gradient. How much longer is the longest of these than
# the one in the middle, the median?

# %%
model = new_model()
next_token_loss(model(x), y).backward()
lengths = model.token_embedding.weight.grad.norm(dim=1)  # (V,): how long each row's gradient is
ratio = (lengths.max() / lengths.median()).item()
measured("the longest row's gradient is longer than the median row's by a factor", ratio, about=150, within=120)

# %% [markdown]
# No single learning rate suits both rows. (The head shares this table. The row of a token that occurs nowhere in the
# batch gets a small gradient from the head, and nothing from the input.) **Adam** follows a running mean of each
# weight's gradients, and divides it by their usual size, which is the root of the mean square $\hat v$:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g \qquad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2$$
#
# $$\hat m = \frac{m}{1-\beta_1^t} \qquad \hat v = \frac{v}{1-\beta_2^t} \qquad
#   w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon} - \eta\lambda w$$
#
# | letter | is | often |
# |---|---|---|
# | $g$, $w$ | the gradient of a weight, and the weight | |
# | $m$, $v$ | the running mean of $g$, and that of $g^2$; both begin at 0 | |
# | $\beta_1$, $\beta_2$ | how much of the old mean is kept | 0.9 and 0.95 |
# | $\hat m$, $\hat v$ | the same means at step $t$ = 1, 2, …, corrected because they began at 0 | |
# | $\eta$ | the learning rate | section 4 |
# | $\varepsilon$ | a tiny number, so that nothing is divided by zero | $10^{-8}$ |
# | $\lambda$ | the decay | 0.1 |
#
# The last term, $\eta\lambda w$, is the **W**: each weight shrinks by a small fraction of itself. (In the older Adam
# the decay was a part of $g$, and so it was divided as well.)
#
# **Guess first.** Two weights, both 1. At the first step their gradients are 0.001 and 100. How far does AdamW move the
# first weight, with a learning rate of 0.1 and no decay?

# %%
guess = ...  # a number

# %%
moves = {}
for optimizer_class in (torch.optim.SGD, torch.optim.AdamW):
    w = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = optimizer_class([w], lr=0.1, weight_decay=0.0)
    w.grad = torch.tensor([0.001, 100.0])
    optimizer.step()
    moves[optimizer_class.__name__] = [round(1 - value, 4) for value in w.tolist()]
reveal("AdamW moves the first weight by", moves["AdamW"][0], guess)
reveal("AdamW moves the two weights by", moves["AdamW"])
reveal("plain gradient descent moves the two weights by", moves["SGD"])

# %% [markdown] fold="By hand: the first step and the second"
# **First step.** $m = 0.1\,g$ and $\hat m = 0.1\,g / (1 - 0.9) = g$. In the same way $\hat v = g^2$. So the step is
# $\eta \cdot g / \sqrt{g^2}$, which is the learning rate, for a small gradient and for a large one. That is why one
# learning rate serves all weights.
#
# **Second step.** Say that the gradient was 1 and is now −1. $m = 0.9 \cdot 0.1 - 0.1 = -0.01$ and $\hat m = -0.01 /
# 0.19 = -0.05$, while $\hat v = 1$. The step is only 0.05 of the learning rate: gradients that contradict each other
# hardly move a weight.

# %% [markdown]
# **What it costs.** Two more numbers for each weight, $m$ and $v$. With the weight and its gradient that makes four
# numbers of 4 bytes, 16 bytes per parameter in float32. A model of 8 billion parameters needs 128 gigabytes before it
# has read a single token.
#
# **What decays?** Matrices and tables do. Vectors do not: a norm's scale starts at 1 on purpose, and if it decayed to
# zero, nothing would come out of the norm. Look at the number of dimensions, not at names:

# %%
decaying, others = decay_groups(new_model(), weight_decay=0.1)
for group in (decaying, others):
    sizes = [p.numel() for p in group["params"]]
    print(f"decay {group['weight_decay']}: {len(sizes):2} tensors, {sum(sizes):7,} numbers")

# %% [markdown]
# **Exercises 3 and 4** are one step of AdamW, and what decays.
#
# ## 4 · The learning rate: up, then down
#
# The learning rate is the most important number of a run. And it is not one number, because it changes from step to
# step:
#
# - **Warm-up.** At first the weights are noise, gradients are long, and Adam's averages have seen almost nothing. So
#   the rate rises for a few dozen steps. (Large models can diverge without it. In our small one it changes little:
#   the model answer of exercise 10 measures it.)
# - **Cosine.** Large steps are quick and stay noisy; small steps settle. Half a cosine leads from one to the other. Let
#   $u$ be the share of the way from the end of the warm-up to the last step: 0 at its beginning, 1 at its end. Then
#
# $$\eta = \eta_\text{end} + (\eta_\text{peak} - \eta_\text{end}) \cdot \frac{1 + \cos \pi u}{2}$$
#
# **By hand**, from 0.010 down to 0.002: after a third of the way, $u = 1/3$, $\cos(\pi/3) = 0.5$, so the fraction is
# 0.75 and the rate is 0.002 + 0.008 · 0.75 = 0.008. After two thirds the cosine is −0.5, the fraction is 0.25, and the
# rate is 0.004. It falls slowly at both ends and quickly in the middle.

# %%
plan = TrainConfig(steps=600, batch_size=8, learning_rate=1e-2, warmup_steps=40, final_fraction=0.05)
rates = [learning_rate(step, plan) for step in range(plan.steps)]  # final_fraction: the end is 5 % of the peak

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="40 steps up a line, 560 down half a cosine", xlabel="step", ylabel="learning rate", size=(6.4, 3)
)
axes.plot(rates)
axes.annotate("warm-up ends", (40, 1e-2), (110, 0.0108), va="center", arrowprops={"arrowstyle": "->"})
axes.set_ylim(0, 0.0118)
axes.annotate("5 % of the peak", (599, 5e-4), (450, 0.0026), arrowprops={"arrowstyle": "->"})
plotting.show(fig, alt="The rate rises along a line to 0.01 at step 40 and falls along half a cosine to 0.0005.")

# %% [markdown]
# ### Which learning rate?
#
# Try some rates for a short while, each three to ten times the one before, and take the largest whose loss still falls
# evenly. We try 0.0001, 0.001 and 0.01 for 60 steps, and a rate that is far too high, 0.3. The rate of the plan above,
# 0.01, has the lowest loss at the end: below 4.
#
# **Guess first.** Which loss does the run with 0.3 have after 60 steps? (It begins at 7.4, as all of them do. Think of
# the three models of section 1.)

# %%
guess = ...  # nats per token

# %%
short = replace(plan, steps=60, warmup_steps=10)
curves = {
    rate: train(new_model(), stories, replace(short, learning_rate=rate)).losses for rate in (1e-4, 1e-3, 1e-2, 0.3)
}

ends = {rate: sum(losses[-5:]) / 5 for rate, losses in curves.items()}

# %% fold="setup"
reveal("loss at the end with a peak rate of 0.3", approx(ends[0.3], about=5.95, within=0.6, digits=2), guess)
for rate in (1e-4, 1e-3, 1e-2):
    usual = {1e-4: 6.9, 1e-3: 5.4, 1e-2: 3.7}[rate]
    reveal(f"with a peak rate of {rate:g}", approx(ends[rate], about=usual, within=0.4, digits=2))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A small rate is slow, and a large one gets stuck",
    xlabel="step",
    ylabel="loss (nats per token)",
)
for rate, style in zip(curves, ("-.", "--", "-", ":"), strict=True):
    axes.plot(curves[rate], style, label=f"peak rate {rate:g}")
axes.axhline(frequent, color="grey", linewidth=1, label="frequencies only")
axes.legend()
plotting.show(
    fig,
    alt="Loss against step for four peak rates. 0.0001 hardly falls, 0.001 falls to about 5, and 0.01 falls fastest, "
    "to under 4. With 0.3 the loss jumps up, comes back, and stays where only frequencies are known.",
    folded="The four curves",
)

# %% [markdown] fold="What the curves say"
# (One seed for each rate.) Look at 0.3, which is 30 times 0.01: it ends at the grey line. The steps are so long that
# the model learns the frequencies of the tokens and nothing else. In the other direction 0.001, a tenth of 0.01, costs
# more than a nat as well.
#
# For a large model 0.01 would be too high (for GPT-2's size 6e-4 is usual). As a rule: the wider the model, the lower
# the rate.

# %% [markdown]
# **Exercises 5 and 6** are the schedule, and an experiment on rates.
#
# ## 5 · Clipping
#
# Now and then a batch has a gradient that is several times longer than usual. One such step can move the weights to a
# bad place. So take the gradient of *all* parameters as **one** long vector, as in section 2. If it is longer than a
# limit, shorten it to the limit. Its direction stays.
#
# **Guess first.** Two parameters have the gradients `[3]` and `[0, 4]`. The limit is 1. What is the first gradient
# after clipping?

# %%
guess = ...  # a number

# %%
a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(2))
a.grad, b.grad = torch.tensor([3.0]), torch.tensor([0.0, 4.0])
length = nn.utils.clip_grad_norm_([a, b], max_norm=1.0)
reveal("the first gradient after clipping", round(a.grad.item(), 2), guess)
reveal("the second gradient", [round(value, 2) for value in b.grad.tolist()])
reveal("what the function returns", round(length.item(), 2))

# %% [markdown] fold="How it is counted"
# The one long vector is (3, 0, 4), and its length is $\sqrt{9 + 0 + 16} = 5$. Each number is divided by 5. If each
# parameter were clipped by itself, the first gradient would become 1, and the direction of the step would change.

# %% [markdown]
# The function returns the length from *before* the clipping. Keep it for every step: section 9 draws it.
# **Exercise 7** is the clipping.
#
# ## 6 · A large batch in small pieces
#
# Larger batches give steadier gradients, but they need more memory. `backward` adds to the gradients that are there, so
# several small batches can stand for a large one: forward and backward for each, and then one step. The small ones are
# called *micro-batches*.
#
# **Guess first.** A batch of 8 windows is cut into four micro-batches of 2. Each has the *mean* loss of its own tokens,
# and each gets its `backward`. The gradient is now longer than that of the whole batch. How many times?

# %%
guess = ...  # a number


# %%
def gradient_of(pieces: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    """The whole gradient after a backward pass for each piece, as one vector (in float64, to compare exactly)."""
    model = new_model().double()
    for piece_x, piece_y in pieces:
        next_token_loss(model(piece_x), piece_y).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


whole = gradient_of([(x, y)])
added = gradient_of(list(zip(x.split(2), y.split(2), strict=True)))  # micro-batches of 2 windows
reveal("times as long as that of the whole batch", round((added.norm() / whole.norm()).item(), 2), guess)

# %% fold="setup"
reveal("with the right factor, the same gradient as the whole batch's", torch.allclose(added / 4, whole))

# %% [markdown] fold="What this means"
# The gradient of a mean over 8 windows is the *mean* of the four gradients, and `backward` makes their *sum*: four
# times as long, in the same direction. With plain gradient descent that would be four times the learning rate. (AdamW
# divides by the size and hides it. But then clipping is wrong, and so is every plot of the gradient's length.) The
# remedy: divide each loss by the number of micro-batches.

# %% [markdown]
# **Exercise 8** is the accumulation, also for micro-batches that are not equally large.

# %% [markdown]
# **A good place to stop.** The second session begins here. (A new session? Run all cells of sections 1 to 6 again: it
# takes about a minute.)
#
# ## 7 · Half the bits
#
# bfloat16 is a number format of 16 bits. It has the range of float32, but only 8 bits of precision, which is 2 to 3
# digits. It halves the memory of the activations, and hardware that knows it multiplies matrices in it several times as
# fast.
#
# **Guess first.** A weight is 1 in bfloat16, and a step adds 0.001. What is the weight after 100 such steps?

# %%
guess = ...  # a number

# %%
weight = torch.tensor(1.0, dtype=torch.bfloat16)
for _ in range(100):
    weight = weight + 0.001
reveal("the weight after 100 steps of 0.001", weight.item(), guess)

# %% [markdown] fold="Why"
# Between 1 and 2 the numbers of bfloat16 are 1/128 = 0.008 apart. 1.001 is rounded to the nearest of them, and that is
# 1 again. It happens 100 times. In float32 the weight would be 1.1.

# %% [markdown]
# That is why precision is *mixed*: products are computed in bfloat16, but weights, norms and the loss stay in float32.
# So the 16 bytes per parameter of section 3 stay as well. Inside `with torch.autocast(…)`, torch chooses the format for
# each of its own operations. Our `RMSNorm` always computes in float32:

# %%
layer = nn.Linear(8, 8)
with torch.autocast("cpu", dtype=torch.bfloat16):
    product = layer(torch.ones(2, 8))
    results = {
        "product": product,
        "RMSNorm of it": RMSNorm(8)(product),
        "its softmax and logarithm": nn.functional.cross_entropy(product, torch.tensor([0, 1])),
        "weight": layer.weight,
    }
for name, tensor in results.items():
    print(f"{name:26} {tensor.dtype}")

# %% [markdown]
# `TrainConfig(precision="bfloat16")` does this. It is faster on recent GPUs, and on CPUs that have instructions for it
# (AMX or AVX512-bf16), and slower than float32 elsewhere. Measure, or say `precision="auto"`, which tries both and
# takes the faster one. (float16 is another format of 16 bits: more precision, less range. In it small gradients become
# zero, so one multiplies the loss by a large number, and divides the gradients by it afterwards.)
#
# The other switch is `compile=True`: torch writes a program of its own for your model. It needs a C++ compiler and some
# time at the start, so it is for long runs. Where there is no compiler, `train` says so and goes on without.
#
# ## 8 · Validation
#
# A model can learn its training stories by heart. Then its training loss is low, and it is no better on new stories. So
# now and then we compute the loss on other stories. Four things belong to it, and each is easy to forget: **unseen
# stories, eval mode (no dropout), no gradients, and back to training mode afterwards.**

# %%
model = new_model().train()
loss = evaluate(model, unseen, plan)
print(f"untrained, on unseen stories: {loss:.1f} nats; mode afterwards: {'training' if model.training else 'eval'}")

# %% [markdown]
# What is learning by heart like? We take only 40 stories, which are 62 windows, and read each of them 25 times.
#
# **Guess first.** After 200 steps the training loss is below 0.01 nats per token. What is the loss on unseen stories?
# (Before training it was 7.4.)

# %%
guess = ...  # nats per token

# %%
forty = as_dataset(texts[:40])
plan_for_forty = replace(plan, steps=200, warmup_steps=20, eval_every=20, eval_batches=8)
by_heart = train(new_model(), forty, plan_for_forty, validation=unseen)

# %% fold="setup"
last, best = by_heart.validation[-1][1], min(loss for _, loss in by_heart.validation)
reveal("loss on unseen stories after 200 steps", approx(last, about=5.15, within=0.6, digits=2), guess)
reveal("the lowest on the way", approx(best, about=4.0, within=0.4, digits=2))
reveal("training loss at the end", approx(sum(by_heart.losses[-5:]) / 5, about=0.006, within=0.006, digits=1))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="On 40 stories the training loss falls to 0, the validation loss rises again",
    xlabel="step",
    ylabel="loss (nats per token)",
    size=(7.6, 3.6),
)
axes.plot(by_heart.losses, label="training, 40 stories")
axes.plot(*zip(*by_heart.validation, strict=True), "--", marker="o", markersize=4, label="unseen stories")
axes.set_ylim(bottom=0)
axes.legend()
plotting.show(
    fig,
    alt="The training loss falls from 7.4 to nearly 0 in 100 steps. The loss on unseen stories falls to about 4 within "
    "50 steps, and then rises to above 5.",
    folded="Both losses of the run on 40 stories",
)

# %% [markdown] fold="What the curves say"
# For about 50 steps both losses fall: the model learns what all stories have in common. From there on it learns its 40
# stories by heart, and it becomes *worse* on new ones, because it is now sure of things that are true in its 40 stories
# only.

# %% [markdown]
# When the validation loss rises while the training loss still falls, it is time to stop: `TrainConfig(patience=3)` ends
# a run after three validations without a new best. More stories are better still. (**Exercise 9** is a validation with
# a fault.)
#
# ## 9 · The run
#
# First the loop once more, now complete. Each line has its section in this lesson:


# %%
def train_by_hand(model: Llama, plan: TrainConfig) -> list[float]:
    """The loss of each step."""
    groups = decay_groups(model, plan.weight_decay)  # section 3
    optimizer = torch.optim.AdamW(groups, betas=(plan.beta1, plan.beta2))
    batches = iter(BatchLoader(stories, plan.batch_size, seed=plan.seed, drop_last=True))
    losses = []
    for step in range(plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, plan)  # section 4
        x, y = next(batches)  # both (B, T)
        loss = next_token_loss(model(x), y)
        optimizer.zero_grad()  # section 2
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), plan.clip)  # section 5
        optimizer.step()
        losses.append(loss.item())
    return losses


few = replace(plan, steps=10, warmup_steps=5)
by_hand, by_library = train_by_hand(new_model(), few), train(new_model(), stories, few).losses
difference = max(abs(p - q) for p, q in zip(by_hand, by_library, strict=True))
measured("largest difference to the losses of `train`", difference, about=0, within=1e-2, digits=1)

# %% [markdown]
# `training.train` is this loop with sections 6 to 8 and 10 added. Open `course_lib/training/loop.py` and find them.
#
# Now the real run: 600 steps, which take about a minute. While it learns we ask two things of the model, after 20, 100,
# 300 and 600 steps. `on_step` is called after each step:
#
# - **What does it write?** A story from nothing but the token that begins one.
# - **How far back does it look?** We take tokens of unseen stories, and let it predict each of them from the 1, 2, 4,
#   …, 128 tokens before it. If more tokens do not lower the loss, it makes no use of them.
#
# The second question first. Each window holds 129 tokens: the last one is to be predicted, and the others are what the
# model may see of the text. We give it only the last $n$ of these.

# %%
CONTEXTS = (1, 2, 4, 8, 16, 32, 64, 128)
windows = torch.as_tensor(unseen.tokens.astype("int64")).unfold(0, 129, 64)  # (N, T + 1): one at each 64th token
print(f"{len(windows)} tokens to predict")


@torch.inference_mode()
def by_context(model: nn.Module, windows: torch.Tensor) -> list[float]:
    """Loss of the last token of each window (N, 129), predicted from so many tokens before it."""
    return [next_token_loss(model(windows[:, -1 - n : -1])[:, -1:], windows[:, -1:]).item() for n in CONTEXTS]


# %%
samples: dict[str, str] = {}
losses_by_context: dict[int, list[float]] = {}


def tell(model: Llama) -> str:
    """A story of the model."""
    told = generate(model, torch.tensor([[END]]), 90, temperature=0.8, seed=4)  # drawn: see lesson 12
    return tokenizer.decode(told[0].tolist())


def look(history: History) -> None:
    """Ask the model after some of the steps."""
    if history.step in (20, 100, 300, 600):
        samples[f"after {history.step} steps, {history.tokens:,} tokens"] = tell(model)
        losses_by_context[history.step] = by_context(model, windows)


# %% [markdown]
# **Guess first.** Which percentage of the way from ln V = 7.31 down to the floor does the model go in these 600 steps?

# %%
guess = ...  # between 0 and 100

# %%
model = new_model()
samples["untrained"] = tell(model)
history = train(model, stories, replace(plan, eval_every=40, eval_batches=8), validation=unseen, on_step=look)
final = history.validation[-1][1]
way = 100 * (math.log(1_500) - final) / (math.log(1_500) - floor)

# %% fold="setup"
reveal("percent of the way from ln V to the floor", approx(way, about=91, within=4, digits=2), guess)
reveal("loss on unseen stories, in nats per token", approx(final, about=1.05, within=0.25))
reveal("its perplexity, times that of the floor", approx(math.exp(final - floor), about=1.9, within=0.6))

# %% fold="drawing"
fig, (left, middle, right_panel) = plotting.figure(
    title="600 steps go most of the way from ln V to the floor", xlabel="step", columns=3, size=(4.4, 3.6)
)
left.plot(history.losses, linewidth=0.8, label="training")
left.plot(*zip(*history.validation, strict=True), marker="o", markersize=3, label="unseen stories")
left.axhline(frequent, color="grey", linestyle=":", label="frequencies only")
left.axhline(floor, color="black", linewidth=1.2, label="entropy: the floor")
left.set(ylabel="loss (nats per token)", ylim=(0, None))
left.legend(fontsize="small")
middle.plot(history.gradient_norms, linewidth=0.8)
middle.axhline(plan.clip, color="black", linestyle="--", label="clipped above this")
middle.set(ylabel="length of the gradient")
middle.legend(fontsize="small")
right_panel.plot(history.learning_rates)
right_panel.set(ylabel="learning rate")
plotting.show(
    fig,
    alt="Left: training and validation loss fall together from 7.3, pass the line of frequencies alone, near 6, within "
    "some steps, and come near the floor, without touching it. Middle: the gradient's length, above the limit "
    "of 1 at first and below it later. Right: the learning rate, up and down.",
    folded="The loss, the gradient's length and the learning rate of the run",
)

# %% [markdown] fold="How to read it"
# **Left.** The loss falls quickly, then slowly. Nobody can know what is below the black line. (And no model can reach
# it here: it is the floor of stories that are read from their first token. A window begins anywhere, often after the
# hero's name, so some of the way was never open. The end of this section has a fairer judge.) Training loss and
# validation loss fall together, and they must: the run reads 4,800 of its 7,886 windows, each of them once, so it
# cannot learn one by heart. **Middle.** At the beginning, and now and then later, the gradient is longer than 1 and is
# clipped. **Right.** The schedule of section 4.

# %% [markdown]
# **What is learned first?** The second of our two questions shows it:

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="First frequencies, then the nearest words; what stands further back is hardly used",
    xlabel="tokens that the model may see",
    ylabel="loss (nats per token)",
    size=(7.6, 4),
)
for (step, losses), style in zip(losses_by_context.items(), (":", "-.", "--", "-"), strict=True):
    axes.plot(CONTEXTS, losses, style, marker="o", markersize=4, label=f"after {step} steps")
axes.axhline(frequent, color="grey", linewidth=1, label="frequencies only")
axes.axhline(floor, color="black", linewidth=1, label="entropy: the floor")
axes.set_xscale("log", base=2)
axes.set_xticks(CONTEXTS, CONTEXTS)
axes.set_ylim(0, 8.2)
axes.legend(fontsize="small", ncols=2)
plotting.show(
    fig,
    alt="Loss against the number of tokens that the model may see, from 1 to 128, after 20, 100, 300 and 600 steps. "
    "After 20 steps the curve falls by half a nat only, from a little below the line of frequencies. The later curves "
    "fall steeply up to about 16 tokens, and all are flat from 32 tokens on.",
)

# %%
change = losses_by_context[600][CONTEXTS.index(128)] - losses_by_context[600][CONTEXTS.index(32)]
measured("from 32 to 128 tokens the loss changes by", change, about=0, within=0.12, digits=1, unit="nats per token")

# %% [markdown]
# - **After 20 steps** the curve falls by about half a nat only, and lies a little below the grey line. The model knows
#   which tokens are frequent, and hardly looks at the text.
# - **After 100 steps** each doubling helps, up to about 16 tokens: it has learned which words follow one another.
# - **After 600 steps** it uses these words much better. But from 32 tokens on nothing changes: it makes no use of what
#   stands further back, and a story has 200 tokens.
#
# Now the stories themselves. They are shown as a picture, because no two machines round alike, and one token that turns
# out differently changes everything after it.

# %%
plotting.show_texts(
    samples,
    title="From noise to words, from words to sentences, from sentences to something like a story",
    alt="What the same model wrote at five points of its training: first a jumble of tokens, then frequent words "
    "without order, then sentences that begin well, at the end sentences that are whole, about changing heroes.",
)

# %% [markdown]
# ### Why does it forget the hero?
#
# Watch the names in the last text. Most sentences are right by themselves, but who is the story about? The hero's name
# stands at the beginning, often more than 32 tokens back, and the picture above says that the model does not look
# there. To use the name, a head has to find it and *copy* it. What does a head write when it looks at a token? The
# embedding times $W_V$ and then times $W_O$ (lesson 04). We turn this vector into logits, as the head does (times the
# table), sort them, and ask at which place the token itself stands. A head that copies would put it at place 1:


# %%
@torch.inference_mode()
def own_rank(model: Llama) -> int:
    """Place of a token among the logits of what the first block's heads write when they look at it; 1 is the best."""
    table, attention = model.token_embedding.weight, model.blocks[0].attention  # table: (V, C)
    logits = attention.out_proj(attention.v_proj(table)) @ table.T  # (V, V): a row for each token that is looked at
    return int((logits >= logits.diag()[:, None]).sum(dim=1).median())


untrained, copying = new_model(), new_model()
start_by_copying(copying, seeded())
median = approx(own_rank(untrained), about=750, within=250)
print(f"random weights: the token itself is at place {median} of 1,500 (median over all tokens)")
print(f"after start_by_copying: at place {own_rank(copying)}")

# %% [markdown]
# With random weights the heads write noise: the token that they look at comes somewhere in the middle of the list. So
# training has to find two things at the same time, where to look *and* how to copy, and neither helps without the
# other. `initialization.start_by_copying` gives $W_V$ orthonormal rows, and sets $W_O$ to its transpose. Then each head
# writes the part of the stream that it reads, D = 24 of its 96 dimensions, and all four heads together write what they
# read. Training only has to learn where to look. `course train` begins its small model like this, and with windows that
# hold a whole story. Our run has neither.
#
# That this is *why* our model forgets the hero is a conjecture: we have not trained it both ways here. It cannot be the
# only way to learn it, since the larger model below learned to look far back without such a beginning.

# %% [markdown]
# ### The course's own run
#
# A minute is short. The model of lesson 07, with 2,457,800 parameters, was trained by the same loop: 20,000 steps of 64
# windows, on 300,000 stories. How long would that take here? Lesson 05 counted 2 operations per weight and token for
# the forward pass. The backward pass costs twice as much, because it computes two gradients, that of the weights and
# that of what comes in. So a training takes about **6 · parameters · tokens** operations:

# %%
log = read_log("howsam")
ours, theirs = 6 * num_params(model) * history.tokens, 6 * 2_457_800 * log.tokens
print(f"our run: {ours:.1e} operations; the course's run: {theirs:.1e}, {theirs / ours:,.0f} times as many")

# %% [markdown]
# If ours took a minute, this one takes about 30 hours on the same machine. It took 6 minutes on a large GPU (an H100),
# and its log comes with the course.
#
# The two models have different tokens, so compare **bits per byte** (section 1). Our run ended about 0.6 nats per token
# above its floor. With 3.51 bytes per token these are 0.6 / 0.69 / 3.51 = 0.25 bits per byte.
#
# **Guess first.** How many bits per byte above its own floor does the course's run end?

# %%
guess = ...  # bits per byte

# %%
its_tokenizer = load_tokenizer("howsam")
its_ids = [token for encoded in its_tokenizer.encode_batch(unseen_texts) for token in encoded.ids]
its_bytes_per_token = sum(len(text.encode()) for text in unseen_texts) / len(its_ids)
its_end = log.validation[-1][1]
reveal("bits per byte above the floor", round((its_end - log.floor) / math.log(2) / its_bytes_per_token, 3), guess)
reveal("the floor, and the loss at the end", f"{log.floor:.4f} and {its_end:.4f} nats per token")
reveal("bytes per token", round(its_bytes_per_token, 2))
for name, loss, size in (("our", floor, bytes_per_token), ("its", log.floor, its_bytes_per_token)):
    reveal(f"{name} floor in bits per byte", round(loss / math.log(2) / size, 2))

# %% fold="drawing"
fig, (left, right_panel) = plotting.figure(
    title="Of what is missing after 1,000 steps, more than half is learned in the next 19,000", xlabel="step", columns=2
)
missing = [(step, loss - log.floor) for step, loss in log.validation]
left.plot(*zip(*missing, strict=True), marker="o", markersize=3)
left.set(ylabel="validation loss − floor (nats per token)", yscale="log")
left.set_yticks([0.1, 0.2, 0.3], ["0.1", "0.2", "0.3"])
left.minorticks_off()
right_panel.plot(log.steps, log.learning_rates)
right_panel.set(ylabel="learning rate")
plotting.show(
    fig,
    folded="The distance to the floor, on a log axis, and the learning rate",
    alt="Left: the distance of the validation loss to the floor on a log axis falls quickly for some 3,500 steps, from "
    "0.31 to 0.14, and then slowly to 0.09. Right: the learning rate rises for 400 steps and then falls along a cosine "
    "to zero.",
)

# %% [markdown]
# (Per token this floor is higher than ours, because a token of the larger vocabulary has more bytes. Per byte the two
# floors are the same: the stories come from the same source.)
#
# Does this model look further back than ours? It learned without `start_by_copying`, but it has twelve blocks and has
# seen 267 times as many tokens:

# %%
writer = load("howsam")
its_losses = by_context(writer, torch.tensor(its_ids).unfold(0, 129, 64))
for n, loss, about in zip(CONTEXTS[4:], its_losses[4:], (0.77, 0.68, 0.61, 0.58), strict=True):
    measured(f"{n:3} tokens in view:", loss, about=about, within=0.03, digits=2, unit="nats per token")

# %% [markdown]
# It does: the loss falls with each doubling, up to the whole window.
#
# The distance to the floor per token is larger than what this model does not know. Its windows begin anywhere, often
# after the hero's name, and then no model can know the name. A fairer judge takes whole stories from their first
# token, and adds up $-\ln p$ over all tokens of a story:

# %%
print(f"a story costs the model  {log.story.mean:.1f} ± {log.story.standard_error:.1f} nats")
print(f"of which are chance      {log.story_floor.mean:.1f} ± {log.story_floor.standard_error:.1f} nats")
above = 100 * (log.story.mean / log.story_floor.mean - 1)
error = 100 * math.hypot(log.story.standard_error, log.story_floor.standard_error) / log.story_floor.mean
print(f"above the floor          {above:.1f} ± {error:.1f} %")
print()
print(read_written("howsam")[1])

# %% [markdown]
# Little is missing per token, says the loss. But a story has 200 tokens, and one slip is enough to spoil it: of the 16
# stories that this model writes in lesson 12 only about a quarter are without a mistake. This one, chosen from twelve,
# has none: it has one hero, from its first sentence to its last. (It comes from a file, so here it can be printed. One
# run with one seed. The ± are standard errors: the model's over 400 unseen stories, the floor's over 2,000.) You will
# meet this model again in lesson 12, as `pretrained.load("howsam")`.

# %% [markdown]
# ## 10 · Stop, and go on
#
# Long runs are interrupted: by Ctrl-C, a full disk, a power cut. A checkpoint holds **everything** that the next step
# depends on: the weights, AdamW's two averages of each, the step (for the schedule), the place in the data, the random
# state (for dropout). If one of them is left out, the run goes on, a little wrong, without a message.
#
# A new checkpoint is written beside the old one and then renamed, so that at every moment there is a complete one. The
# test is strict: **a run that was cut off and resumed gives exactly the same bits as one that was not.**

# %%
scratch = tempfile.TemporaryDirectory()  # removed with the kernel
folder = Path(scratch.name) / "run"
brief = replace(plan, steps=8, warmup_steps=2, checkpoint_every=2)

straight = new_model()
train(straight, stories, brief)


class PowerCut(Exception):
    """What no program expects."""


def cut_the_power(history: History) -> None:
    """After step 5, one step after the last checkpoint."""
    if history.step == 5:
        raise PowerCut


try:
    train(new_model(), stories, brief, folder=folder, on_step=cut_the_power)
except PowerCut:
    print("the power is gone; what is left:", sorted(path.name for path in folder.glob("step-*")))

# %%
resumed = new_model(seed=99)  # whatever is in it is overwritten
history_of_both = train(resumed, stories, brief, folder=folder)
same = all(torch.equal(p, q) for p, q in zip(straight.parameters(), resumed.parameters(), strict=True))
print(f"{history_of_both.step} steps in all; every bit the same:", same)

# %% [markdown]
# And a checkpoint of another run is refused, by name:

# %%
try:
    train(new_model(), stories, replace(brief, learning_rate=3e-4), folder=folder)
except ValueError as error:
    print("ValueError:", str(error).replace(str(folder), "run"))

# %% [markdown]
# **The answer to our question.** A loss can become as low as the entropy of the text, here 0.43 nats per token for a
# vocabulary of 1,500. A minute of training went about 91 % of the way from ln V to it, and taught the model to use the
# last 32 tokens or so. The course's own run, with 2.46 million parameters and 164 million tokens, uses its whole
# window. It ends 3.2 % above the floor of whole stories: 89.3 nats per story, of which 86.5 are chance.
#
# **What is missing.** Every training of this lesson has one seed, so small differences between them may be chance;
# lesson 15 measures how much. For other texts nobody knows the floor. And a low loss is not yet a good story: that is
# lesson 12.
#
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `training.TrainConfig(steps, batch_size, …)` | how a run goes: frozen, checked |
# | `training.learning_rate(step, config)` | the rate: up a line, down a cosine |
# | `training.decay_groups(model, 0.1)` | matrices that decay, vectors that do not |
# | `training.train(model, data, config, validation=…, folder=…)` | the loop; returns a `History` |
# | `training.evaluate(model, data, config)` | loss on unseen text, the model left as it was |
# | `training.save_checkpoint`, `load_checkpoint` | everything that the next step depends on |
# | `corpus.token_entropy(tokenizer)` | the floor, in nats per token |
#
# The order in which to do it, for any model: know the first loss (ln V) · overfit one batch · find the rate on short
# runs · watch the gradient's length · validate on text that was not trained on · compare with a floor, if there is one.

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A run's loss is 3.0 nats per token with a vocabulary of 1,500, another's is 3.6 with a vocabulary of 10,000.
# Which model is better?
#
# - The first, its loss is lower
#   - Its tokens are shorter, so there are more of them to predict, each of them easier.
# - The second, its vocabulary is larger
#   - That alone says nothing about its predictions.
# - These numbers do not tell
#   + A token of the larger vocabulary holds more bytes. Compare bits per byte: loss / ln 2 / bytes per token, each with
#   its own bytes per token.
#
# **2.** After an interruption somebody loads weights, schedule and data order, but not the optimizer's averages. What
# will the loss curve show?
#
# - Nothing: the weights are what matters
#   - AdamW's step is made of its averages, and these begin anew at zero.
# - A bump
#   + At the first steps every weight moves by the full learning rate in the direction of a single batch. The run
#   recovers, mostly, but what comes out is not what would have come out.
# - It begins again at ln V
#   - Then the weights would be lost as well.
#
# **3.** You double the accumulation and divide the loss correctly. The loss at step 1,000 is lower than before. Is that
# a gain?
#
# - Yes, the loss is lower
#   - Each step has now read twice as many tokens and taken twice as long.
# - No, the loss is divided by two
#   - It is divided correctly, so that it is a mean as before.
# - Not shown yet
#   + Compare at the same number of tokens, or the same time: there the larger batch has taken half as many steps, each
#   of them steadier. Small models then often end a little behind, unless the learning rate is raised with the batch.

# %% [markdown]
# ### What comes next
#
# **Two minutes of your own computer.** This lesson's run took about a minute. The command line takes all of your
# processor, the fastest number format, a model chosen for it, checkpoints, and samples as it goes. Ctrl-C saves,
# and says how to go on.
#
# ```sh
# course train                                 # about two minutes on two cores, on the built-in stories
# course train --minutes 10 --out build/long   # as many steps as ten minutes hold
# course train --stories tinystories           # the real stories, downloaded once
# course train --preset gpt2 --device cuda     # larger, on a GPU
# ```
#
# The exercises are in `exercises/11_training.ipynb`. They end with the capstone, a GPT from **your own** answers of
# lessons 02 to 08, trained by what you write in this one, and with exercise 10, your report on it. Then **lesson 12,
# generation**: your model predicts well; how do you get it to write well?
