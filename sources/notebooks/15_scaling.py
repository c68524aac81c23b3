# %% [markdown]
# # 15 · Evaluation and scaling
#
# **When you finish, you can**
# - say a loss in nats per token, bits per byte and bits per word, and name the units that compare tokenizers;
# - find out whether held-out text is really unseen, and say what a leak does to a loss;
# - split a loss into the floor and what is missing, each with an interval;
# - fit a scaling law to small runs in log space, and say how sure it is;
# - choose the best size of a model for a budget, predict its loss, and check the prediction.
#
# **What you need first:** lesson 01 (tokenizers), lesson 11 (training and the floor). The models are Llamas of lesson
# 10.
#
# **Time:** about 75 minutes. Between the parts is a good place to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 to 4 | what a loss is worth | 30 minutes | 1, 2, 3 and 6: 47 minutes |
# | **Part B**, sections 5 to 10 | a law: fit it, and predict by it | 45 minutes | 4, 5, 7, 8 and 9: 70 minutes |
#
# **The question.** A large model costs millions, and you can train it once. So its size is chosen beforehand, from
# small models, by a law with a few numbers. Nobody can check all of these numbers, since the floor of web text is
# unknown. We know the floor of our text. **How good is the law, where the truth is known?**
#
# Letters: `N` parameters, `D` tokens of text, `E` the floor, `V` vocabulary. `C` is the number of operations of a
# training run here (the field's letter for *compute*), and not the width of a model as in other lessons.

# %%
import math
import statistics

import numpy as np

from course_lib.scaling import (
    bootstrap,
    bootstrap_laws,
    bottom_of,
    copies,
    fit_law,
    overlapping,
    percentile_interval,
    read_log,
    rows_of,
    training_flops,
    units_of,
)
from course_lib.scaling.counting import CountingModel
from course_lib.scaling.one_run import Plan, judge, train, train_config
from course_lib.scaling.sizes import new_model
from course_lib.scaling.stories import tell
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx
from course_lib.tokenization import train_tokenizer

# %% [markdown]
# **Where we are.** This is one of the models of this lesson, with 41 thousand parameters. Nothing inside it is new. New
# is that we train it in eight sizes, and ask what the size is worth.

# %% fold="drawing"
diagram.model(new_model("41k", seed=0))

# %% [markdown]
# # Part A: what a loss is worth
#
# Before losses of different models are compared, three questions must be asked. In which unit? On text that is really
# unseen? And could it be chance?
#
# ## 1 · One loss, four units
#
# A text has 8 bytes and 2 words. A tokenizer makes 4 tokens of it, and a model gives each of them the probability 1/4.
# By hand:
#
# | unit | here |
# |---|---|
# | nats per token | −ln ¼ = 1.39 |
# | perplexity | e^1.39 = 4: as unsure as between 4 equal tokens |
# | bits per token | 1.39 / ln 2 = log₂ 4 = 2 |
# | bits of the whole text | 4 tokens · 2 = 8 |
# | bits per byte | 8 / 8 = 1 |
# | bits per word | 8 / 2 = 4 |
#
# Another tokenizer makes 2 tokens of the same text, and another model gives each of them 1/16. That is 2.77 nats per
# token, twice as many. But the whole text takes 2 tokens · 4 bits = 8 bits, the same. Both models give the text the
# same probability, (1/4)⁴ = (1/16)² = 1/256. **Only what is counted per token depends on how the text was cut.**

# %% [markdown]
# Now with a real text, and the simplest language model: it only counts which token came after the last two. These two
# tokens are its **context**. By hand: the model has met a context 9 times, and each time the same token *a* came next.
# What is the probability of *a*, and of a token that never came? The model also asks a shorter context, here the last
# token alone, which says $p'$. It counts this answer as one more meeting. Let $p'$ be 0.2 for both:
#
# $$p(a) = \frac{9 + 0.2}{9 + 1} = 0.92 \qquad\qquad p(\text{another}) = \frac{0 + 0.2}{9 + 1} = 0.02$$
#
# So nothing is impossible, and for a context that was never met, $p'$ is the whole answer. (The code is
# `course_lib/scaling/counting.py`.) We make two such models, on the same 500 stories. One reads tokens of a vocabulary
# of 512, the other tokens of 2,048.

# %%
told, unseen = tell("train", 5_000), tell("validation", 200)
tokenizers = {V: train_tokenizer([story.text for story in told], vocab_size=V) for V in (512, 2_048)}


def ids_of(rows) -> list[list[int]]:
    """The stories of some rows as lists of ids, from end-of-text to end-of-text."""
    return [row[: n + 1].tolist() for row, n in zip(rows.tokens, rows.lengths, strict=True)]


units = {}
for V, tokenizer in tokenizers.items():
    train_rows, test_rows = rows_of(told[:500], tokenizer), rows_of(unseen[:100], tokenizer)
    counting = CountingModel(V, order=2).read(ids_of(train_rows))
    nats = sum(counting.nats(ids) for ids in ids_of(test_rows))  # of all 100 unseen stories
    words = int(test_rows.words.sum())
    units[V] = units_of(nats, tokens=test_rows.targets, size=int(test_rows.sizes.sum()), words=words)

# %% [markdown]
# **Guess first.** The model with the larger vocabulary has more nats per token. Which of the two needs fewer bits per
# byte of the stories, 512 or 2048?

# %%
guess = ...  # 512 or 2048

# %%
reveal("the vocabulary with fewer bits per byte", min(units, key=lambda V: units[V].bits_per_byte), guess)
for V, u in units.items():
    per_token = f"{u.nats_per_token:.2f} nats per token, perplexity {u.perplexity:.1f}"
    reveal(f"V = {V}", f"{per_token}; {u.bits_per_byte:.2f} bits per byte, {u.bits_per_word:.2f} bits per word")

# %% [markdown] fold="What this means"
# The order is reversed. Per token the small vocabulary looks better by far: its tokens are short, and short tokens are
# easy. Per byte and per word the large vocabulary wins, because two of its tokens are a longer context. **Nats per
# token compare two models only if they have the same tokenizer.** In the rest of this lesson all models have the one of
# 512 tokens, so nats per token will do.

# %% [markdown]
# **A second trap: the mean of means.** A text of 100 tokens is read in two batches: 90 tokens at 1 nat, and 10 tokens
# at 3 nats. The text's loss is (90 · 1 + 10 · 3) / 100 = 1.2. The mean of the two batches is 2. Add up nats, and divide
# once.
#
# **You can now do exercise 1** (bits per byte, from batches of unequal size).
#
# ## 2 · A leak, planted
#
# Held-out text must be unseen. On the web it often is not: a test is copied to a page, and the page is in the training
# set. To see what that does, we plant a leak. Two counting models with a context of 8 tokens read the same 300 stories.
# One of them, the leaky one, also reads the **first half of the 100 stories that it will be judged by**.

# %%
tokenizer = tokenizers[512]
test_rows = rows_of(unseen[:100], tokenizer)
test_ids, lengths = ids_of(test_rows), test_rows.lengths
honest = CountingModel(512, order=8).read(ids_of(rows_of(told[:300], tokenizer)))
leaky = CountingModel(512, order=8).read(ids_of(rows_of(told[:300] + unseen[:50], tokenizer)))
nats_of = {
    name: np.array([model.nats(ids) for ids in test_ids]) for name, model in (("honest", honest), ("leaky", leaky))
}
print(f"honest: {nats_of['honest'].sum() / lengths.sum():.2f} nats per token on all 100 stories")

# %% [markdown]
# **Guess first.** The honest model needs 1.73 nats per token. The floor of these stories is 0.27: the mean of what the
# generator itself needs for them. How many nats per token does the leaky model need for the 50 stories that it has
# seen? Remember that it mixes its counts: it has met each of these contexts, many of them once only. Decide first: more
# than the floor, or less?

# %%
guess = ...  # nats per token

# %%
reveal("leaky, the planted stories", round(nats_of["leaky"][:50].sum() / lengths[:50].sum(), 2), guess)
reveal("leaky, the other stories", round(nats_of["leaky"][50:].sum() / lengths[50:].sum(), 2))
reveal("leaky, all 100 stories", round(nats_of["leaky"].sum() / lengths.sum(), 2))
reveal("the floor", round(test_rows.floor, 2))

# %% [markdown] fold="What this means"
# Less than the floor. The floor holds for text that is new: nobody can know which name the next story will have. A
# model that has read the story knows. **A loss clearly below the floor proves that something is wrong:** a leak, as
# here, or a loss that leaves something out.
#
# But who would see it? One usually looks at the loss on all stories, and 0.93 is far above the floor. The leaky model
# only seems nearly twice as good as the honest one, and nothing in the training run looks wrong: this mistake is
# silent. And where the floor is unknown, as on the web, there is no such proof. Then one has to look for copies.

# %% [markdown]
# There are two ways to look:
#
# - **whole copies**, where spaces and capitals do not count;
# - **runs of words** in common. GPT-3's authors took runs of 13 words.
#
# Our stories are made of sentences that come again and again. So try several lengths, on the clean training set and on
# the leaky one. The right answers are 0 and 50.

# %%
texts, judged_texts = [story.text for story in told[:300]], [story.text for story in unseen[:100]]
planted = texts + judged_texts[:50]
print("whole copies: clean", len(copies(judged_texts, texts)), "of 100, leaky", len(copies(judged_texts, planted)))
for n in (13, 20, 30, 40):
    clean, found = len(overlapping(judged_texts, texts, n)), len(overlapping(judged_texts, planted, n))
    print(f"runs of {n} words: clean {clean:3} of 100, leaky {found:3}")

# %% [markdown]
# **What to notice.** Whole copies are found exactly. Runs of 13 words report 90 of 100 clean stories, because many
# phrases of this language are longer. At 40 words no clean story is reported. So the right length depends on the text.
# And a copy in other words is found by neither way.
#
# **You can now do exercises 2 and 3** (a split that leaks, and how much of a test is known).
#
# ## 3 · Floor and what is missing
#
# From lesson 11 we know the floor: the generator says how probable each of its stories is. So a loss has two parts:
#
# $$\text{loss} = \underbrace{E}_{\text{chance in the text}} +
#   \underbrace{(\text{loss} - E)}_{\text{what the model lacks}}$$
#
# Only the second part is the model's. (It is the divergence KL(text ‖ model).)
#
# A known text has one more advantage. An improbable story is expensive for the model *and* for the generator. By hand,
# three stories, in nats:
#
# | story | the model | the generator | what is missing |
# |---|---|---|---|
# | 1 | 100 | 80 | 20 |
# | 2 | 111 | 90 | 21 |
# | 3 | 105 | 85 | 20 |
#
# The losses differ by up to 11 nats, the differences by 1: the chance that both have in common cancels. So take the
# difference **story by story**. How sure is a mean of such values? The **bootstrap** (Efron 1979) asks what could have
# come out if other stories had been drawn. From three values 20, 21, 20 it draws three *with replacement*, for example
# 21, 20, 21, and takes their mean, 20.7. It does this 200 times. The middle nine tenths of these means are the
# interval.


# %%
def mean(values: list[float]) -> float:
    """The plain mean."""
    return sum(values) / len(values)


nats, floor_nats = nats_of["honest"].tolist(), test_rows.nats.tolist()
missing = [model - generator for model, generator in zip(nats, floor_nats, strict=True)]
for name, values in (("the generator", floor_nats), ("the model", nats), ("what is missing", missing)):
    low, high = bootstrap(values, mean)
    print(f"{name:16} {mean(values):6.1f} nats per story, 90 % interval {low:.1f} to {high:.1f}")

# %% [markdown]
# **What to notice.** A model that only counts lacks 458 of its 545 nats. For so weak a model the difference is hardly
# surer than the loss: both intervals are about 40 nats wide. For a model near the floor it is another matter: in the
# table above the losses lie up to 6 nats from their mean, and the differences less than 1.
#
# **You can now do exercise 6** (the bootstrap).
#
# ## 4 · Learning curves, and chance
#
# Our neural models come in eight sizes. Each reads **new stories at every step**, each story once, so its training loss
# is a loss on unseen text as well. The runs take about three minutes on a GPU and some hours on two cores, so they were
# made beforehand, by one command:
#
# ```sh
# python -m course_lib.scaling.runs --out my_runs.jsonl
# ```
#
# Its log is in the course, and from here on we read it. One of its runs was made **five times**: the same size and the
# same number of stories, but other first weights and another order of the stories.

# %%
log = read_log()
first = next(run for run in log.runs if (run.size, run.stories) == (log.repeated[0].size, log.repeated[0].stories))
five = [first, *log.repeated]
print(f"{first.parameters:,} parameters, {first.stories:,} stories, {first.tokens:,} tokens")

# %% [markdown]
# **Guess first.** The mean loss of the five is 1.21 nats per token. How far is the worst from the best?

# %%
guess = ...  # nats per token

# %%
losses = [run.loss for run in five]
reveal("the worst less the best", round(max(losses) - min(losses), 2), guess)
low, high = bootstrap(losses, statistics.fmean)
reveal("90 % interval of the mean", f"{low:.2f} to {high:.2f}")
reveal("standard error of what one run lacks, over 1,000 judged stories", f"{max(run.error for run in five):.3f}")

# %% fold="drawing"
fig, (left, right) = plotting.figure(title="Five seeds part early and stay apart", columns=2, size=(4.8, 3.4))
stories_read = np.array([done for done, _ in first.curve])
curves = np.array([[loss for _, loss in run.curve] for run in five])
for panel in (left, right):
    for curve in curves:
        panel.plot(stories_read, curve, linewidth=1, color=plotting.PALETTE[0], alpha=0.7)
    panel.axhline(log.floor, color="black", linewidth=1.2)
    panel.set(xlabel="stories read", ylabel="loss (nats per token)")
left.set_title("the whole run")
left.text(stories_read[-1], log.floor + 0.12, "floor", ha="right")
right.set(xlim=(1_000, None), ylim=(1.0, 3.0))
right.set_title("enlarged")
plotting.show(
    fig,
    alt="Loss against stories read for five seeds. All fall from 6.2. From about a thousand stories on the curves lie "
    "one or two tenths of a nat apart, to the end, between 1.2 and 1.35.",
    folded="The five curves",
)

# %% [markdown] fold="What this means"
# Two runs of this size may differ by a tenth of a nat by chance alone. That is far more than the error of the
# measurement, which is 0.006. So **two single runs are no comparison**, however many stories they are judged by. The
# log has one seed for each size and budget, so small steps of the curves below may be chance.
#
# (The last point of a curve is a mean over the last 1,700 stories of the training. The model improves meanwhile, so
# the curves end a little above the losses that were measured afterwards.)

# %% [markdown]
# **Part A ends here: a good place to stop.** A loss is a number with a unit, a text, a floor and an interval. You can
# say all four now. And you know the sign that something is wrong: a loss clearly below the floor.
#
# **You can now do exercises 1, 2, 3 and 6** (about 47 minutes).

# %% [markdown]
# # Part B: the law
#
# From part A you need three things. All losses here are nats per token with the same tokenizer. **What is missing** is
# the loss less the floor, and the floor of these stories is E = 0.27. Two runs that differ only by chance may be 0.15
# apart.
#
# In this part you fit a law to 24 small runs, choose a size by it, and predict the loss of a run eight times as large
# as any of them. Then you see what came out. (A new session? Run the cells of part A first.)
#
# ## 5 · A line in log space
#
# What a model lacks falls with its size N as a power: $A / N^\alpha$. How does one find A and α? Take logarithms:
#
# $$\ln(L - E) = \ln A - \alpha \ln N$$
#
# That is a line. By hand, with E = 0.5, A = 10, α = ½:
#
# | N | L | L − E | ln N | ln(L − E) |
# |---|---|---|---|---|
# | 100 | 1.50 | 1.00 | 4.6 | 0.0 |
# | 10,000 | 0.60 | 0.10 | 9.2 | −2.3 |
# | 1,000,000 | 0.51 | 0.01 | 13.8 | −4.6 |
#
# Each step to the right is 4.6, each step down is 2.3: the slope is −½. And what if somebody fits a line in linear
# space, through L against N? It can be drawn, and it can be continued:

# %%
N, L = np.array([1e2, 1e4, 1e6]), np.array([1.50, 0.60, 0.51])
slope, intercept = np.polyfit(N, L, 1)
print(f"a line in linear space says of 10 million parameters: {intercept + slope * 1e7:.1f} nats per token")

# %% [markdown]
# A loss below zero: impossible. In linear space the largest model alone decides where the line goes.
#
# A line in log space needs the floor. What if it is a little too high, 0.55 in place of 0.50?

# %%
slope, intercept = np.polyfit(np.log(N), np.log(L - 0.5), 1)
print(f"E = 0.50: alpha = {-slope:.2f}, A = {math.exp(intercept):.1f}")
with np.errstate(invalid="ignore"):  # numpy warns: invalid value encountered in log
    print("E = 0.55: ln(L - E) =", np.log(L - 0.55).round(2))

# %% [markdown]
# The last number is `nan`, not a number: 0.51 − 0.55 is negative, and has no logarithm. What `np.polyfit` makes of it
# depends on the machine: α is `nan` too, or there is an error that speaks of something else, `LinAlgError: SVD did not
# converge in Linear Least Squares`. In both cases look at `L - E` first.
#
# And with a floor that is too *low*? No message at all, and another α. This is the weak point of every scaling law.
#
# **Guess first.** The true α is 0.5. Somebody takes 0.4 for the floor instead of 0.5. Which α comes out?

# %%
guess = ...  # a number

# %%
slope, _ = np.polyfit(np.log(N), np.log(L - 0.4), 1)
reveal("alpha with a floor of 0.4", round(-slope, 2), guess)
slope, _ = np.polyfit(np.log(N), np.log(L), 1)
reveal("alpha with no floor at all", round(-slope, 2))

# %% [markdown] fold="What to notice"
# 0.25: an error of 0.1 in the floor halves α. Where the floor is unknown, it has to be fitted as well, and the
# whole law depends on it.

# %% [markdown]
# **You can now do exercise 4** (this line, as a function).
#
# ## 6 · Twenty-four runs
#
# Training costs about 6 operations for each parameter and token: 2 forward, 4 backward. So a run costs
#
# $$C = 6 \cdot N \cdot D$$
#
# (This is the field's count, and it leaves attention's products of queries, keys and values out: 12 · blocks · T ·
# width more for each token. With our T of about 320 tokens that is a quarter of 6 N for the largest size, and 1.4 times
# 6 N for the smallest. So an equal C is not quite equal work here. In large models this part is small, as long as the
# texts are short.)
#
# By hand: N = 14,544 parameters and 2,256 stories, which are D = 713,378 tokens. C = 6 · 14,544 · 713,378 = 6.2 · 10¹⁰,
# which is the smallest budget of the log. It has five budgets, each four times the one before, and on each budget
# several sizes. On the same budget a small model reads many stories, a large one few.
#
# The three runs of the smallest budget take half a minute together, so we make them now, on your machine. If they lie
# where the log says, you have a reason to believe the rest.

# %%
rows = rows_of(told[:2_256], tokenizer)
held_out = rows_of(unseen, tokenizer)
live = {}
for run in log.runs[:3]:
    model = new_model(run.size, seed=0)
    train(model, rows.first(run.stories), train_config(Plan(run.size, run.stories)))
    live[run] = judge(model, held_out)
    shown = approx(live[run].loss, about=run.loss, within=0.25)
    print(f"{run.parameters:,} parameters, {run.stories:,} stories: the log says {run.loss:.2f}, here {shown}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="More text helps each size, and a large size most",
    xlabel="tokens read, D",
    ylabel="what is missing (nats per token)",
    size=(6.8, 4.2),
)
sizes = list(dict.fromkeys(run.size for run in sorted(log.runs, key=lambda run: run.parameters)))
for i, size in enumerate(sizes):
    of_size = sorted((run for run in log.runs if run.size == size), key=lambda run: run.tokens)
    D, above = [run.tokens for run in of_size], [run.excess for run in of_size]
    axes.plot(D, above, "os^Dvp*h"[i] + "-", label=f"{size} parameters")
axes.plot(
    [run.tokens for run in live], [judged.excess for judged in live.values()], "kx", markersize=9, label="trained here"
)
axes.set(xscale="log", yscale="log", xticks=(3e5, 1e6, 3e6, 1e7), yticks=(0.1, 0.3, 1, 3))
axes.set_xticklabels(("300,000", "1 million", "3 million", "10 million"))
axes.set_yticklabels(("0.1", "0.3", "1", "3"))
axes.minorticks_off()
axes.legend(fontsize="small")
plotting.show(
    fig,
    alt="What is missing against tokens read, both axes logarithmic, a line for each of eight sizes. All lines fall. "
    "The line of the smallest size falls least, to 1.7 nats; those of larger sizes fall steeply, to 0.14. Three "
    "crosses of the models that were trained here lie on the first points of three lines.",
)

# %% [markdown]
# **What to notice.** The crosses lie on the log's points. Each line falls to the right: more text helps. The lines of
# the smallest sizes fall less steeply than the others. On 10 million tokens the smallest still lacks more than a nat,
# and the one of 270 thousand parameters only 0.14: for a small size, the size becomes the limit.
#
# ## 7 · Fitting with the floor known, and with it free
#
# A model lacks something for two reasons: it is too small (N), or it has read too little (D). One law for all runs
# (Hoffmann et al. 2022) has a term for each:
#
# $$L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta}$$
#
# By hand, with E = 0.5, A = 20, B = 400, α = β = ½: a model of N = 1,600 parameters after D = 160,000 tokens has the
# loss 0.5 + 20/40 + 400/400 = 0.5 + 0.5 + 1 = 2. The second term is larger. Since α = β here, twice the text would help
# this model more than twice the parameters. (With unequal exponents, compare α times the one term with β times the
# other: section 9 says why.)
#
# **You can now do exercise 8** (four losses of such a law, with a pencil).
#
# How are the five numbers E, A, α, B, β found? By trying to make an error small, summed over all runs. Two choices make
# the error fair (L̂ is the loss that the law predicts):
#
# - **the error is r = ln L − ln L̂**, in log space. So an error of 5 % counts the same at a loss of 3 and at 0.5;
# - **Huber's loss of r** in place of a square: ½ r² where |r| is at most δ, and δ (|r| − δ/2) beyond. With δ = 1, an
#   error of 0.1 counts 0.005, as with a square. An error of 4 counts 3.5, where a square would count 8. So one odd run
#   cannot bend the fit. (`fit_law` takes the δ of Hoffmann et al., 0.001. With it nearly every error counts by its
#   size, not by its square.)
#
# `fit_law` does it (`course_lib/scaling/fit.py`). **You can now do exercise 5** (that sum).
#
# Everybody else has to fit E too. We can do both, with the true E and without:


# %%
def columns_of(runs, size: str = "parameters") -> list[list[float]]:
    """N, D and loss of some runs; size: what counts as N."""
    return [[float(getattr(run, name)) for run in runs] for name in (size, "tokens", "loss")]


columns = columns_of(log.runs)
known, free = fit_law(*columns, floor=log.floor), fit_law(*columns)
print(f"the true floor is {log.floor:.3f}")

# %% [markdown]
# **Guess first.** Which floor does the free fit find, from 24 runs, the best of which has a loss of 0.41?

# %%
guess = ...  # nats per token

# %% fold="setup"
reveal("the floor of the free fit", approx(free.E, about=0.022, within=0.02, digits=2), guess)
for name, law in (("known floor", known), ("free floor", free)):
    reveal(name, f"alpha = {law.alpha:.2f}, beta = {law.beta:.2f}")

# %% [markdown] fold="What this means"
# The free fit says that there is almost no chance in these stories. That is wrong: the truth is 0.27. And nothing in
# the fit warns of it.

# %% [markdown]
# And how well does the fit with the known floor describe the runs that it was made from? For each run: the law's loss
# less the measured one, in percent of the measured one. A plus means that the law expects too much loss. The runs of a
# budget stand in a line, the smallest size first.

# %%
by_budget = {C: [r for r in log.runs if abs(training_flops(r.parameters, r.tokens) / C - 1) < 0.1] for C in log.budgets}
errors = {run: known.loss(run.parameters, run.tokens) / run.loss - 1 for run in log.runs}
for C, runs in by_budget.items():
    ordered = sorted(runs, key=lambda run: run.parameters)
    print(f"C = {C:.1e}: ", "  ".join(f"{run.size} {100 * errors[run]:+.0f} %" for run in ordered))
print(f"the median, without its sign: {100 * statistics.median(map(abs, errors.values())):.0f} %")

# %% [markdown]
# **What to notice:** the errors are not chance alone: they have a **pattern**. On the smallest budget the law expects
# too much loss from all three runs, on the largest budget from all four. On the second and third budget it mostly
# expects too little. So over the whole range what is missing bends away from a power: it falls faster at the end than
# the law does. The largest error but one is that of the largest model that was trained on the largest budget, +32 %.
# Remember it in section 10. **Look at the signs of the errors before you extend a law.**

# %% [markdown]
# One more question that is easily forgotten: **what is N?** Some papers count all parameters, others leave the table of
# tokens out. For large models this hardly matters. Here the table is more than half of the smallest model:

# %%
other = fit_law(*columns_of(log.runs, size="without_table"), floor=log.floor)
print(f"alpha with the table {known.alpha:.2f}, without it {other.alpha:.2f}")

# %% [markdown]
# The same runs, another exponent. A law without a sentence that says what N counts is no law.
#
# ## 8 · How sure is a fit?
#
# Does a fit say itself how unsure it is? The bootstrap again, this time over runs: draw 24 runs with replacement, fit,
# and do it 100 times.

# %%
samples = {
    "known": bootstrap_laws(*columns, floor=log.floor, samples=100),
    "free": bootstrap_laws(*columns, samples=100),
}

# %% [markdown]
# **Guess first.** Of 100 free fits, how many find a floor of at least the true one?

# %%
guess = ...  # between 0 and 100

# %% fold="setup"
at_least = sum(law.E >= log.floor for law in samples["free"])
reveal("free fits with a floor of at least the true one", approx(at_least, about=0, within=4), guess)
for name, laws in samples.items():
    low, high = percentile_interval([law.alpha for law in laws])
    reveal(f"alpha, {name} floor, 90 % interval", f"{approx(low, about=0.75, within=0.3, digits=2)} to {high:.1f}")
low, high = percentile_interval([law.E for law in samples["free"]])
ends = f"{max(low, 0):.2f} to {approx(high, about=0.15, within=0.08, digits=2)}"
reveal("the fitted floor of the free fits, 90 % interval", ends)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="The bootstrap of the free fit never reaches the true floor",
    xlabel="fitted floor E (nats per token)",
    ylabel="samples of 100",
    size=(6.4, 3.2),
)
axes.hist([law.E for law in samples["free"]], bins=np.arange(0, 0.32, 0.02), color=plotting.PALETTE[0])
axes.axvline(log.floor, color="black", linewidth=1.5)
axes.text(log.floor - 0.004, axes.get_ylim()[1] * 0.9, "the truth", ha="right")
plotting.show(
    fig,
    alt="Histogram of the floor in 100 free fits: most are below 0.1, none is above 0.2. A line marks the truth, 0.27.",
    folded="The floors of the 100 free fits",
)

# %% [markdown] fold="What this means"
# None, or hardly any. An interval of the bootstrap tells how far the answer moves if other runs had been drawn. It does
# **not** tell whether the law has the right form. Here it has not: the interval of the free floor, from 0 to 0.15, ends
# far below the truth of 0.27.
#
# Published fits have this problem too. Besiroglu et al. (2024) fitted the law of Hoffmann et al. again, to losses that
# they read off the paper's figure. They found another floor (1.82 in place of 1.69 nats per token), and intervals far
# wider than the published ones.

# %% [markdown]
# ## 9 · The best size for a budget
#
# With a budget C you can train a small model long or a large one briefly. By hand, with the law of section 7 and
# N · D = 256 million fixed:
#
# | N | D | 20/√N | 400/√D | loss (with E = 0.5) |
# |---|---|---|---|---|
# | 400 | 640,000 | 1.00 | 0.50 | 2.00 |
# | **800** | 320,000 | 0.71 | 0.71 | **1.91** |
# | 1,600 | 160,000 | 0.50 | 1.00 | 2.00 |
# | 3,200 | 80,000 | 0.35 | 1.41 | 2.27 |
#
# Too small at the top, too little text at the bottom, and the best in between: the losses are a **bowl**, called an
# *IsoFLOP curve*.
#
# Where is its bottom? Make N larger by one percent. Then D is smaller by one percent, since N · D is fixed. A power
# changes by its exponent: $A / N^\alpha$ becomes smaller by α percent of itself, and $B / D^\beta$ becomes larger by β
# percent of itself. At the bottom the two changes cancel:
#
# $$\alpha\, \frac{A}{N^\alpha} = \beta\, \frac{B}{D^\beta}$$
#
# Check in the table: α = β, so the two terms must be equal, and in the row of 800 they are. If α were twice β, the
# first term would be half of the second at the best size. **You can now do exercise 7**: put $D = (N D) / N$ into this
# line, and solve it for N.
#
# So there are two ways to the best size: take the law of section 7, or draw a parabola through the measured losses of
# one budget (against ln N) and take its bottom.
#
# **Guess first.** The log has five budgets. From the second to the last one, the budget grows 64 times. If size and
# text grew alike, each would grow √64 = 8 times. How many times does the best size grow, by the parabolas?

# %%
guess = ...  # a number

# %%
bottoms = {C: bottom_of([r.parameters for r in runs], [r.loss for r in runs]) for C, runs in by_budget.items()}
best = [bottom for bottom in bottoms.values() if bottom is not None]  # the smallest budget has none
growth = best[-1].N / best[0].N

# %% fold="setup"
reveal("the best size grows so many times", approx(growth, about=12.4, within=0.3), guess)

# %%
for C, bottom in bottoms.items():
    if bottom is None:
        print(f"C = {C:.1e}: no bottom among the {len(by_budget[C])} sizes that were tried")
        continue
    by_law = round(known.best_size(C)[0], -3)
    tokens = C / 6 / bottom.N**2
    print(f"C = {C:.1e}: bottom at N = {bottom.N:7,.0f}, {tokens:2.0f} tokens per parameter; law: N = {by_law:7,.0f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="The best size grows with the budget",
    xlabel="parameters, N",
    ylabel="loss (nats per token)",
    size=(6.8, 4.2),
)
for i, (C, runs) in enumerate(by_budget.items()):
    axes.plot([r.parameters for r in runs], [r.loss for r in runs], "os^Dv"[i] + "-", label=f"C = {C:.1e}")
axes.plot([b.N for b in best], [b.loss for b in best], "k*", markersize=11, label="bottom of a parabola")
axes.axhline(log.floor, color="black", linewidth=1.2)
axes.text(1.9e6, log.floor + 0.05, "floor", ha="right")
axes.set(xscale="log", xticks=(2e4, 1e5, 5e5, 2e6), ylim=(0, 5.8))
axes.set_xticklabels(("20,000", "100,000", "500,000", "2 million"))
axes.minorticks_off()
axes.legend(fontsize="small", ncols=3, loc="upper center")
plotting.show(
    fig,
    alt="Loss against parameters, a bowl for each of five budgets. Larger budgets lie lower, and their bottoms, "
    "marked by stars, further to the right: from 21,000 to 263,000 parameters. The bowl of the smallest "
    "budget only rises.",
)

# %% [markdown]
# **What to notice.** Each larger budget lies lower, and its star further to the right. (The smallest budget only rises:
# its best size would be smaller than all that were tried. And the stars do not lie quite on the lines: a measured bowl
# is steeper on one side than a parabola can be. So a star shows a place, not a measured loss.)
#
# Is this growth a power of the budget, and which one? The law has an answer as well. Put $D = C / (6 N)$ into the line
# above: then $N^{\alpha + \beta}$ is $C^\beta$ times a constant. So N grows as C to the power of β / (α + β).

# %% fold="setup"
reveal(
    "by the bottoms, the budget to the power of",
    approx(math.log(growth) / math.log(64), about=0.605, within=0.01, digits=2),
)
lowest = {C: min(runs, key=lambda run: run.loss).parameters for C, runs in by_budget.items()}  # of the sizes tried
tried = math.log(lowest[log.budgets[-1]] / lowest[log.budgets[1]]) / math.log(64)
reveal("by the sizes with the lowest measured loss", round(tried, 2))
power = known.beta / (known.alpha + known.beta)
reveal("by the law, β / (α + β)", approx(power, about=0.51, within=0.02, digits=2))
low, high = percentile_interval([law.beta / (law.alpha + law.beta) for law in samples["known"]])
ends = approx(low, about=0.4, within=0.1, digits=2), approx(high, about=0.58, within=0.1, digits=2)
reveal("its 90 % interval", f"{ends[0]} to {ends[1]}")

# %% [markdown] fold="What this means"
# The bottoms say: to the power of 0.61. The law says: about as the root, to the power of 0.51, with an interval from
# 0.40 to 0.58. The bottoms' number lies just outside. But the bottoms are no truth: each comes from one seed of each
# size, without an interval, and a parabola that does not follow its bowl. Without any parabola, by the sizes that had
# the lowest measured loss (26 thousand and 270 thousand parameters), the power is 0.56, inside the interval. All three
# say that **parameters and text should grow together**.
#
# Hoffmann et al. (2022) found 0.5 for models a thousand times as large and more. The models of that time were too large
# for their text. Their rule of twenty tokens per parameter is not ours: it depends on the text, on the tokenizer, and
# on what N counts.

# %% [markdown]
# ## 10 · A prediction, made before
#
# Now the test. The command fitted both laws to the 24 runs, and took **eight times the largest budget**. The best size
# for it, by the law with the known floor, is about 740,000 parameters. But the size next to it, 660k, would need about
# 100,000 stories, and 70,000 were there. So it took the next size, 1.9M. It wrote its prediction into the log. Only
# then was that run made, with three seeds.

# %%
said = log.prediction
print(f"the best size by the law: {round(known.best_size(said.flops)[0], -4):,.0f} parameters")
print(f"the run: {said.size} parameters, {said.stories:,} stories, {said.flops:.2e} operations")
print(f"floor known: {said.loss:.3f}, interval {said.low:.3f} to {said.high:.3f}")
print(f"floor free:  {said.free_loss:.3f}, interval {said.free_low:.3f} to {said.free_high:.3f}")

# %% [markdown]
# Compare the last line with the floor, 0.272: the loss that the free fit predicts cannot come true.
#
# **Guess first.** The best loss so far is 0.41, and the floor is 0.27. Where did the large run end?

# %%
guess = ...  # nats per token

# %%
measured_losses = [run.loss for run in log.larger]
reveal("mean of three seeds", round(statistics.fmean(measured_losses), 3), guess)
reveal("the three", ", ".join(f"{loss:.3f}" for loss in sorted(measured_losses)))
lacked = statistics.fmean(run.excess for run in log.larger)
reveal("what is missing", f"{lacked:.3f} nats per token; the known floor's law said {said.loss - said.floor:.3f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Both predictions miss, and the free one is below the floor",
    xlabel="loss of the large run (nats per token)",
    ylabel="said or measured",
    size=(6.8, 2.8),
)
for y, (loss, low, high) in enumerate(
    ((said.free_loss, said.free_low, said.free_high), (said.loss, said.low, said.high)), start=1
):
    axes.errorbar(loss, y, xerr=[[loss - low], [high - loss]], fmt="o", capsize=4, color=plotting.PALETTE[0])
axes.plot(measured_losses, [0] * len(measured_losses), "kx", markersize=9)
axes.axvline(log.floor, color="black", linewidth=1.2)
axes.text(log.floor + 0.003, 2.45, "floor")
axes.set(yticks=(0, 1, 2), ylim=(-0.5, 2.8))
axes.set_yticklabels(("measured, three seeds", "predicted, floor free", "predicted, floor known"))
plotting.show(
    fig,
    alt="Three rows on one axis of losses. Predicted with a known floor: 0.37, from 0.34 to 0.44. With a free floor: "
    "0.22, from 0.17 to 0.28, the point below the floor at 0.27. Measured: three crosses from 0.29 to 0.31, in neither "
    "interval.",
    folded="Predictions and what came out",
)

# %% [markdown] fold="What this means"
# Neither interval holds what came out. The free fit promised a loss that **no model can have**. The fit with the known
# floor stayed possible, but was too careful: the model lacks 0.026 nats per token, about a quarter of what was
# predicted.
#
# Why? We can say what we saw. The law's form does not fit over this whole range. The errors of section 7 showed it
# before: on the largest budget the law expected too much loss from every run, and 32 % too much from this very size,
# 1.9M. So the miss has the sign that those errors had. *Why* what is missing falls faster at the end is a guess: our
# language is small and made by rules, and perhaps little is left to learn once the rules are known. Real text has more
# to learn, and published laws have held there over larger ranges. Whether they hold as well as is claimed, our size
# cannot show.

# %% [markdown]
# Would a better choice of runs have helped? Now that we know the result, we can try; it is no prediction any more.

# %%
large = log.larger[0]
for fewest in (0, 3_000, 6_000):
    chosen = [run for run in log.runs if run.stories >= fewest]
    said_now = [
        fit_law(*columns_of(chosen), floor=floor).loss(large.parameters, large.tokens) for floor in (log.floor, None)
    ]
    print(f"runs of {fewest:5,} stories or more ({len(chosen)}): known {said_now[0]:.2f}, free {said_now[1]:.2f}")

# %% [markdown]
# Without the short runs (800 stories are a hundred steps, ten of them warm-up) both come nearer to the 0.30 that was
# measured. The free fit stays below the floor. **Fit the range that you care about.**
#
# ## The answer
#
# How good is the law, where the truth is known?

# %% fold="setup"
large_loss = statistics.fmean(measured_losses)
print(f"{'asked':36}{'the law said':>13}{'parabola':>11}{'lowest size tried':>19}")
for name, C, bottom in (("largest", log.budgets[-1], best[-1]), ("second", log.budgets[1], best[0])):
    by_law, star = round(known.best_size(C)[0], -3), round(bottom.N, -3)
    print(f"{f'the best size, {name} budget':36}{by_law:13,.0f}{star:11,.0f}{lowest[C]:19,}")
print()
print(f"{'asked':48}{'the law said':>13}{'the truth':>11}")
fitted = approx(free.E, about=0.022, within=0.02, digits=1)
print(f"{'the floor, fitted':48}{fitted:>13}{log.floor:11.2f}")
print(f"{'the loss of a run 8 times as large, floor known':48}{said.loss:13.2f}{large_loss:11.2f}")
print(f"{'the same, floor free':48}{said.free_loss:13.2f}{large_loss:11.2f}")

# %% [markdown]
# For a best size we have no truth, only two other ways to look at the same runs, with one seed of each size. The three
# agree within a factor of 1.5. But these are the budgets that the law was fitted to: at the new budget only one size
# was trained, so **the law's choice there was never tested**. What was tested is its prediction of a loss, and **there
# it is weak**, at the very next step, with a budget eight times as large. A fitted floor is no measurement. Without the
# truth nobody could have noticed. Use a law for a choice that you then test, and trust it less the further you go.
#
# What remains open: each of the 24 runs has one seed, the text is simple, and all runs used one recipe of training.
# Another text or a better recipe would give another law.
#
# **You can now do exercise 9** (a claim from a web page).
#
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `scaling.units_of(nats, tokens=…, size=…, words=…)` | one loss in four units |
# | `scaling.copies`, `scaling.overlapping` | held-out texts that are known already |
# | `scaling.bootstrap(values, statistic)` | an interval |
# | `scaling.fit_law(N, D, loss, floor=…)` | E, A, α, B, β in log space, with Huber's loss |
# | `scaling.bootstrap_laws` | the laws of redrawn runs |
# | `ScalingLaw.best_size(flops)`, `scaling.bottom_of` | the best N and D for a budget, by law and by parabola |
# | `python -m course_lib.scaling.runs --out …` | all runs of this lesson, made again |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A model with 50,000 tokens has 2.4 nats per token, another with 8,000 tokens has 2.0, on the same text. Which
# one is better?
#
# - The second, 2.0 is less
#   - Its tokens are shorter, so each is easier, and there are more of them.
# - It cannot be said from this
#   + Multiply each by its own number of tokens and divide by the bytes of the text: bits per byte compare.
# - They are equal
#   - They might be, but these two numbers do not say it.
#
# **2.** A free fit of a scaling law gives a floor with a narrow interval. What do you know about the true floor?
#
# - It lies in the interval with 90 %
#   - The interval tells how far the fit moves when runs are redrawn. If the law has the wrong form, it moves little
#   around a wrong place.
# - Little, unless the law's form is right
#   + In this lesson the interval lay far below the truth, and nothing in the fit showed it.
# - It is the loss of the best run
#   - The best run is still above the floor.
#
# **3.** A held-out loss falls by half after a colleague added a new source of training text. What do you do first?
#
# - Publish the result
#   - So large a step from text alone is rare. First make sure that it is real.
# - Train a larger model on it
#   - If there is a leak, the larger model learns it by heart even better.
# - Look for held-out texts in the new source
#   + A leak is silent, and looks exactly like this. Search for copies and for long runs of words in common.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/15_scaling.ipynb`: 4, 5, 7, 8 and 9 belong to part B (about 70 minutes). Then **lesson
# 16, fine-tuning**, asks another question: your model tells stories; can it be made to tell the story that **you** ask
# for?
