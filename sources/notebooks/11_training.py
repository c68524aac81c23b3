# %% [markdown]
# # 11 · Training
#
# **When you finish, you can**
# - read a loss as a perplexity, as bits per token and as bits per byte, and say how far it is from the best there can
#   be;
# - write the training loop from memory, and say what each of its lines is there for;
# - find the usual mistakes before a long run: overfit one batch first, look at the gradient's length;
# - choose a schedule, clip, accumulate, use bfloat16, validate, and stop and resume a run bit for bit;
# - watch a model of your own learn to tell a story.
#
# **What you need first:** lessons 02 (batches), 07 (the GPT and its loss), 08 (the first weights); we train the Llama
# of lesson 10.
#
# **Time:** two sessions of about 45 minutes: sections 1 to 6, and sections 7 to 10.
#
# **The question.** Anyone can make a loss go down. **How good can it get, and how do you know when it is good?** For
# nearly every corpus in the world nobody knows. For ours we do: its generator keeps count of every choice that it
# makes, so a loss that no model can go below is a line that you can draw into the plot. Let us go there.
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
from course_lib.initialization import gpt2_rules, initialize
from course_lib.llama import Llama, RMSNorm
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
# Five thousand stories to learn from, two hundred to be judged by, and a vocabulary of 1,500 tokens, in which the
# frequent words are one token, and rare ones several.

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
# A small Llama, two blocks wide enough for a short story. As in lesson 10, its first weights are larger than GPT-2's
# 0.02, because it is narrower.

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
# **Where we are.** This is the whole model that we train, a small Llama. Nothing in it is new, and no single room is
# lit: a training step changes the numbers of *all* rooms.

# %% fold="drawing"
diagram.model(new_model())

# %% [markdown]
# ### What a loss says
#
# The loss is the mean of $-\ln p$, where $p$ is the probability that the model gave to the token that really came. Its
# unit is the *nat*. Three other numbers say the same:
#
# | | formula | says |
# |---|---|---|
# | **perplexity** | $e^{\text{loss}}$ | as unsure as between so many equally likely tokens |
# | **bits per token** | loss / ln 2 | yes-or-no questions per token |
# | **bits per byte** | bits per token / bytes per token | the same for any tokenizer: compare models by this one |
#
# And the **floor**. Each story is made by choices; the generator multiplies their probabilities, so we know each
# story's $-\ln p$, and its mean over stories is the corpus's entropy. No model, however large, can have a lower loss on
# new stories in the long run. (If two ways of choosing could give the same text, it would be an upper bound; none is
# known.)
#
# **Guess first.** A model that knows nothing has a loss of ln 1,500 = 7.3. Where is the floor: at 4, at 2, below 1?

# %%
guess = ...  # nats per token

# %%
counts = torch.bincount(torch.as_tensor(stories.tokens.astype("int64")), minlength=1_500) + 1  # (V,)
frequencies = counts / counts.sum()
frequent = -(frequencies * frequencies.log()).sum().item()  # entropy of the frequencies
floor = token_entropy(tokenizer, n=500).mean
bytes_per_token = sum(len(text.encode()) for text in texts) / len(stories.tokens)

reveal("the floor", round(floor, 2), guess)
for name, loss in (("knows nothing", math.log(1_500)), ("knows frequencies", frequent), ("knows everything", floor)):
    bits = loss / math.log(2)
    units = f"perplexity {math.exp(loss):,.1f}, {bits:.2f} bits per token, {bits / bytes_per_token:.2f} bits per byte"
    reveal(name, f"{loss:.2f} nats; {units}")

# %% [markdown] fold="How to read it"
# Perplexity 1.5: even a model that knows everything is as unsure as between 1.5 equally likely tokens. Most of a story
# is settled once it has begun; what is open are names, colours, animals, and what happens next. (Real text is harder to
# predict: the best models have 0.5 to 1 bit per *byte*.) **Exercise 3** turns a loss into these numbers.

# %% [markdown]
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
# and you know it now. No other test finds so many mistakes in so little time.

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

# %% [markdown]
# The loss does fall at first. That is what makes this mistake expensive: such a run only looks a little weak.
# Overfitting one batch shows it at once. (**Exercise 7** is a loop with such a mistake.)
#
# A similar mistake does raise an error. To show a running mean, somebody adds the losses up:

# %%
model = new_model()
running = 0.0
try:
    for _ in range(2):
        running = running + next_token_loss(model(x2), y2)  # a tensor with its whole history, not a number
        running.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(". ")[0])

# %% [markdown]
# At the second step `running` still hangs on the first step's graph, and that graph is gone after its backward pass.
# The remedy is not `retain_graph=True`, which the rest of the message offers and which would eat memory step by step,
# but `loss.item()`: a number has no graph behind it.
#
# ## 3 · AdamW
#
# Gradient descent takes `lr · gradient`. But gradients of different weights differ by factors of thousands: the row of
# a rare word gets a gradient once in a hundred batches, a norm's scale gets one at every token. **Adam** follows a
# running mean of each weight's gradients, and divides it by their usual size:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g \qquad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2 \qquad
#   w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon} - \eta\lambda w$$
#
# Here $g$ is the gradient of the weight $w$, $m$ its running mean, and $v$ that of its square. $\beta_1$ and $\beta_2$
# (often 0.9 and 0.95) say how much of the old means is kept, $\eta$ is the learning rate, $\lambda$ the decay, and
# $\varepsilon$ a tiny number against dividing by zero. ($\hat m = m/(1-\beta_1^t)$ and $\hat v = v/(1-\beta_2^t)$, in
# step $t$ = 1, 2, …, make up for averages that begin at zero.) The last term is the **W**: weights decay towards zero,
# by a fraction of themselves, beside the gradient and not through it.
#
# **Guess first.** Two weights, both 1. At the first step their gradients are 0.001 and 100. How far does AdamW move the
# first one, with a rate of 0.1?

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
reveal("AdamW moves the first by", moves["AdamW"][0], guess)
reveal("AdamW moves both by", moves["AdamW"])
reveal("plain gradient descent moves both by", moves["SGD"])

# %% [markdown]
# AdamW moves both by the same, the learning rate: $g/\sqrt{g^2}$ is 1 for any gradient. That is why one learning rate
# serves all weights. The price is memory: two more numbers for each weight. With weights and gradients that makes 16
# bytes per parameter in float32, and it is why a model of 8 billion parameters does not train on one ordinary card.
#
# **What decays?** Matrices and tables. Not the vectors: a norm's scale starts at 1 on purpose, and pulled to zero it
# would switch its block off. Count dimensions, not names:

# %%
decaying, others = decay_groups(new_model(), weight_decay=0.1)
for group in (decaying, others):
    sizes = [p.numel() for p in group["params"]]
    print(f"decay {group['weight_decay']}: {len(sizes):2} tensors, {sum(sizes):7,} numbers")

# %% [markdown]
# **Exercises 5 and 6** are one step of AdamW, and what decays.
#
# ## 4 · The learning rate: up, then down
#
# The most important number of a run. It is not even one number:
#
# - **Warm-up.** At first the weights are noise, gradients are long, and Adam's averages have seen almost nothing. A few
#   dozen steps of rising rate keep the first steps from doing damage.
# - **Cosine.** Large steps find the valley, small ones its floor. Half a cosine leads from one to the other.

# %%
plan = TrainConfig(steps=600, batch_size=8, learning_rate=1e-2, warmup_steps=40, final_fraction=0.05)
rates = [learning_rate(step, plan) for step in range(plan.steps)]

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
# Try rates a factor of three to ten apart for a short while, and take the largest that is still calm.
#
# The plan above says 0.01. Of 0.0001, 0.001, 0.01 and 0.3 it has the lowest loss after 60 steps, below 4.
#
# **Guess first.** Where does the run with 0.3 end, thirty times the best rate: lower, between 4 and 7.3 (ln V), or far
# above?

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
reveal("lowest at the end: a peak rate of", min(ends, key=ends.get))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A small rate is slow, a large one gets stuck, and a factor of ten decides",
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
# (One seed for each rate.) Look at 0.3: it ends at the grey line. The steps are so long that the model keeps nothing
# but the frequencies of the tokens.
#
# One hundredth is much for a large model (GPT-2's size uses 6e-4), but small models take large steps. The usual rate
# goes down with the width.

# %% [markdown]
# **Exercises 1 and 9** are the schedule, and an experiment on rates.
#
# ## 5 · Clipping
#
# Now and then a batch is so odd that its gradient is many times longer than usual, and one such step can undo a hundred
# good ones. So: look at the gradient as **one** long vector, and if it is longer than a limit, shorten it. Its
# direction stays.
#
# By hand: gradients `[3]` and `[0, 4]` are 5 long together. Clipped to 1 they are `[0.6]` and `[0, 0.8]`.

# %%
a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(2))
a.grad, b.grad = torch.tensor([3.0]), torch.tensor([0.0, 4.0])
length = nn.utils.clip_grad_norm_([a, b], max_norm=1.0)
print(f"was {length:.0f} long, is now", [round(value, 2) for value in (*a.grad.tolist(), *b.grad.tolist())])

# %% [markdown]
# It returns the length from *before*. Write it down at every step: it shows trouble earlier than the loss does.
# **Exercise 2** is the clipping.
#
# ## 6 · A large batch in small pieces
#
# Larger batches give steadier gradients, and memory sets a limit. But `backward` adds up, so four batches of 8 can be
# one of 32: four times forward and backward, then one step.
#
# **Guess first.** Four micro-batches, each with its mean loss, without any scaling. How many times as long as that of
# the large batch is the gradient?

# %%
guess = ...  # a number


# %%
def gradient_of(pieces: list[tuple[torch.Tensor, torch.Tensor]], scale: float) -> torch.Tensor:
    """The whole gradient after a backward pass for each piece, as one vector (in float64, to compare exactly)."""
    model = new_model().double()
    for piece_x, piece_y in pieces:
        (next_token_loss(model(piece_x), piece_y) * scale).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


pieces = list(zip(x.split(2), y.split(2), strict=True))  # 4 of 2 windows
large = gradient_of([(x, y)], scale=1)
unscaled, scaled = gradient_of(pieces, scale=1), gradient_of(pieces, scale=1 / 4)
reveal("without scaling, times as long", round((unscaled.norm() / large.norm()).item(), 2), guess)
print("scaled by 1/4, the same as the large batch's:", torch.allclose(scaled, large))

# %% [markdown] fold="What this means"
# Four times as long: with plain gradient descent that would be four times the learning rate. (AdamW divides by the size
# and hides it, but clipping and every plot of the gradient's length are then wrong.) Divide each loss by the number of
# micro-batches. If they are not equally large, weight by tokens; exercise 4 is about that.

# %% [markdown]
# **A good place to stop.** The second session begins here.
#
# ## 7 · Half the bits
#
# bfloat16 has the range of float32 and 8 bits of precision, about 2 to 3 digits. Matrix products in it run at twice to
# ten times the speed where the hardware has them, and it takes half the memory. But look:

# %%
one = torch.tensor(1.0, dtype=torch.bfloat16)
print("1 + 0.001 in bfloat16 is", (one + 0.001).item(), "; in float32", round((one.float() + 0.001).item(), 4))

# %% [markdown]
# A weight of 1 would **never** change by steps of 0.001. So precision is *mixed*: products in bfloat16, but weights,
# norms and the loss in float32. Inside `with torch.autocast(…)`, torch chooses for each of its own operations; our
# `RMSNorm` sees to itself and computes in float32 whatever comes in:

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
# `TrainConfig(precision="bfloat16")` does this. It pays on GPUs of the last years and on CPUs with AMX or AVX512-bf16;
# elsewhere it is slower than float32. Measure, or say `precision="auto"`, which tries and takes the fastest. With
# float16, which has the bits but not the range, small gradients become zero, and one has to scale the loss up and the
# gradients down again.
#
# The other switch is `compile=True`: torch writes a program of its own for your model. It needs a C++ compiler, takes
# half a minute at the start, and pays in long runs. Where there is no compiler, `train` says so and goes on without.
#
# ## 8 · Validation
#
# The training loss may be lower than the model deserves: it can learn its stories by heart. So now and then: **unseen
# stories, eval mode (no dropout), no gradients, and back to training mode afterwards.** All four are forgotten in
# practice.

# %%
model = new_model().train()
loss = evaluate(model, unseen, plan)
print(f"untrained, on unseen stories: {loss:.1f} nats; mode afterwards: {'training' if model.training else 'eval'}")

# %% [markdown]
# If the validation loss rises while the training loss still falls, the model is learning by heart, and it is time to
# stop: `TrainConfig(patience=3)` ends a run after three validations without a new best. (**Exercise 8** is a validation
# with a fault.)
#
# ## 9 · The run
#
# Everything together. `train` is a loop of one screen; open `course_lib/training/loop.py` beside this lesson and find
# sections 2 to 8 in it. It takes about a minute. We also collect a story now and then: `on_step` is called after each.

# %%
samples: dict[str, str] = {}


def tell(model: Llama) -> str:
    """A story, from nothing but the mark that begins one."""
    told = generate(model, torch.tensor([[END]]), 90, temperature=0.8, seed=4)
    return tokenizer.decode(told[0].tolist())


def keep_samples(history: History) -> None:
    """Let the model tell a story after some of the steps."""
    if history.step in (20, 100, 300, 600):
        samples[f"after {history.step} steps, {history.tokens:,} tokens"] = tell(model)


samples["untrained"] = tell(model)
history = train(model, stories, replace(plan, eval_every=40, eval_batches=8), validation=unseen, on_step=keep_samples)
final = history.validation[-1][1]
measured("loss on unseen stories", final, about=1.05, within=0.25, unit="nats per token")
print(f"the floor is {floor:.2f}, and frequencies alone give {frequent:.2f}")

# %% fold="drawing"
fig, (left, middle, right_panel) = plotting.figure(
    title="In 600 steps most of the way from ln V to the floor", xlabel="step", columns=3, size=(4.4, 3.6)
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
)

# %% [markdown]
# Read the left panel like this. The fall to the dotted line is learning which words there are. The steep part after it
# is grammar: which word follows which. The long slow rest is everything that needs memory: who is *she*, what was lost,
# which colour had the ball. What is below the black line nobody can know. What is left above it, **this** model does
# not know yet, or cannot see: rare names and foods occur in few of its stories, and a story is longer than a window of
# 128 tokens, so more than half of the tokens belong to a story whose beginning lies outside the window, and with it the
# hero's name. (`course train` therefore cuts windows that hold a whole story.) And training and validation go together,
# so it learns the language and not the stories by heart.
#
# Now the stories themselves. They are shown as a picture, because no two machines round alike, and one token that turns
# out differently changes everything after it.

# %%
plotting.show_texts(
    samples,
    title="From noise to words, from words to sentences, from sentences to a story",
    alt="What the same model wrote at five points of its training: first a jumble of tokens, then frequent words "
    "without order, then sentences that begin well, at the end a little story with a name, an event and a reply.",
)

# %% [markdown]
# Watch the names in the last one. Each sentence is right by itself, but who is the story about? A model this small and
# this young forgets. A name has to be *copied* from the beginning of the story. With random weights no head copies: it
# writes noise into the stream. Training has to teach it, and for a small model thousands of steps may not be enough.
# `course train` starts its model with heads that copy what they look at (`initialization.start_by_copying`), so that
# all there is left to learn is where to look.
#
# **Guess first.** Which percentage of the way from ln V down to the floor has our model gone?

# %%
guess = ...  # between 0 and 100

# %%
way = 100 * (math.log(1_500) - final) / (math.log(1_500) - floor)

# %% fold="setup"
reveal("percent of the way from ln V to the floor", approx(way, about=91, within=4, digits=2), guess)
ratio = math.exp(final - floor)
reveal("its perplexity, times that of the floor", approx(ratio, about=1.9, within=0.6))

# %% [markdown]
# ### The course's own run
#
# A minute is short. The model of lesson 07, with 2,457,800 parameters, was trained by the same loop: 20,000 steps of 64
# windows, on 300,000 stories. That took 6 minutes on a large GPU (an H100), and would take many hours on a laptop, so
# its log comes with the course.
#
# **Guess first.** Our model of one minute ends about 0.6 nats per token above the floor. How many nats per token above
# its floor does the course's run end?

# %%
guess = ...  # nats per token

# %%
log = read_log("howsam")
reveal("from the floor to the last validation", round(log.validation[-1][1] - log.floor, 3), guess)
print(f"{log.tokens:,} tokens; the floor is {log.floor:.3f}, and the loss ends at {log.validation[-1][1]:.3f}")

# %% fold="drawing"
fig, (left, right_panel) = plotting.figure(
    title="Of what is missing after 1,000 steps, more than half is learned in the next 19,000", xlabel="step", columns=2
)
missing = [(step, loss - log.floor) for step, loss in log.validation]
left.plot(*zip(*missing, strict=True), marker="o", markersize=3)
left.set(ylabel="validation loss − floor (nats per token)", yscale="log")
right_panel.plot(log.steps, log.learning_rates)
right_panel.set(ylabel="learning rate")
plotting.show(
    fig,
    folded="The distance to the floor, on a log axis, and the learning rate",
    alt="Left: the distance of the validation loss to the floor on a log axis falls quickly for two thousand steps and "
    "then slowly, and once more a little faster near the end. Right: the learning rate rises for 400 steps and then "
    "falls along a cosine to zero.",
)

# %% [markdown]
# (This floor is higher than the one above. The model has a tokenizer of its own, with 10,000 tokens: a token is longer
# on average, and more is decided in it.) The distance per token overstates what the model does not know: its windows
# hold 128 tokens and begin anywhere, often behind the hero's name. Judged by whole stories, each token told from up to
# 128 before it:

# %%
print(f"a story costs the model  {log.story.mean:.1f} ± {log.story.standard_error:.1f} nats")
print(f"of which are chance      {log.story_floor.mean:.1f} ± {log.story_floor.standard_error:.1f} nats")
print(f"above the floor          {100 * (log.story.mean / log.story_floor.mean - 1):.1f} %")
print()
print(read_written("howsam")[1])

# %% [markdown]
# What it writes is read in full here, since it comes from a file: the loss says that hardly anything is missing, and
# the story agrees. (One run with one seed; the ± are standard errors over 400 stories.) Its weights are the model of
# lesson 12's last section, `pretrained.load("howsam")`.

# %% [markdown]
# ## 10 · Stop, and go on
#
# Long runs are interrupted: by Ctrl-C, a full disk, a power cut. A checkpoint holds **everything** that the next step
# depends on: the weights, AdamW's two averages of each, the step (for the schedule), the place in the data, the random
# state (for dropout). Leave one out, and the run goes on, a little wrong, without a message.
#
# It is written beside the old one and then renamed, so that no moment exists in which there is none. The test that it
# must pass is strict: **a run that was cut off and resumed gives the very same bits as one that was not.**

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
# vocabulary of 1,500. A minute of training went about 91 % of the way from ln V to it. The course's own run, with 2.46
# million parameters and 164 million tokens, ends 3.2 % above the floor of whole stories: 89.3 nats per story, of which
# 86.5 are chance.
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
