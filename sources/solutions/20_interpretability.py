# %% [markdown]
# # Exercises 20 · Inside the model
#
# Ten exercises on lesson 20: look into a model, change one thing in it, and say what the result proves. They are **two
# sessions**, and each has its own opening:
#
# | | subject | exercises | minutes |
# |---|---|---|---|
# | **Session 1** | look, patch, take away | 1 to 6 | 76 |
# | **Session 2** | a probe and its control, and a search of your own | 7 to 10 | 70 |
#
# Each answer is checked by the cell after it: run it as often as you like, the inputs are new each time. If you are
# stuck, `hint(name)` gives three hints, one at a time.
#
# Letters: `B` texts, `T` tokens, `C` width, `H` heads, `D` head size, `V` vocabulary.

# %%
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib import corpus, pretrained
from course_lib import interpretability as inside
from course_lib.checks import check, hint

# %% [markdown]
# # Session 1: look, patch, take away
#
# From the lesson you need sections 2 to 6: the lens, the scores, the patch, and what a head is worth. Each exercise is
# one function that the lesson used.

# %% [markdown] exercise="lens_logits" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 1: The logit lens
#
# You are given the residual stream of a GPT at several places, scale and shift of its final LayerNorm (ε = 1e-5), and
# its tied head: the token embedding, `(V, C)`. Return the logits of every token of the vocabulary, at every place and
# token.


# %% answer="lens_logits"
def lens_logits(
    stream: Float[Tensor, "places T C"],
    weight: Float[Tensor, " C"],
    bias: Float[Tensor, " C"],
    embedding: Float[Tensor, "V C"],
) -> Float[Tensor, "places T V"]:
    """What the model would say if it stopped at each place."""
    ### BEGIN SOLUTION
    normed = F.layer_norm(stream, weight.shape, weight, bias, eps=1e-5)  # (places, T, C), each token alone
    return normed @ embedding.T
    ### END SOLUTION


# %% check="lens_logits"
check(lens_logits)

# %% [markdown] exercise="induction_scores" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 2: The induction score
#
# A text of `T` tokens repeats itself: token `t` is the token `t − period`, for every `t` from `period` on. You have
# the weights of attention of `H` heads, a row for each query. For each head return the mean weight that such a token
# gives to the token **after** its copy one period before.


# %% answer="induction_scores"
def induction_scores(weights: Float[Tensor, "H T T"], period: int) -> Float[Tensor, " H"]:
    """One number between 0 and 1 for each head."""
    ### BEGIN SOLUTION
    t = torch.arange(period, weights.shape[-1])  # the tokens that have a copy
    return weights[:, t, t - period + 1].mean(dim=-1)
    ### END SOLUTION


# %% check="induction_scores"
check(induction_scores)

# %% [markdown] exercise="ov_table" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 3: What a head says
#
# Follow each token of the vocabulary through one head, whatever its weights of attention are: embedding, value, output
# projection, head of the model. Return the table whose row `i` holds the logits that the head adds when it
# looks at token `i`. (Leave out norms.) The weights are as `nn.Linear` has them, `(out, in)`.


# %% answer="ov_table"
def ov_table(
    embedding: Float[Tensor, "V C"],
    w_v: Float[Tensor, "D C"],
    w_o: Float[Tensor, "C D"],
    head: Float[Tensor, "V C"],
) -> Float[Tensor, "V V"]:
    """Row: the token looked at. Column: the token said."""
    ### BEGIN SOLUTION
    values = embedding @ w_v.T  # (V, D)
    written = values @ w_o.T  # (V, C), what the head adds to the stream
    return written @ head.T
    ### END SOLUTION


# %% check="ov_table"
check(ov_table)

# %% [markdown] exercise="patch_tokens" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 4: Patching
#
# `run(stream)` takes a residual stream `(T, C)`, computes the rest of a model from it, and returns the answer: one
# number. You have the stream of two texts of the same length at the same place. For each token `t` return the answer of
# the **target** when its vector at `t`, and no other, is that of the **source**.


# %% answer="patch_tokens"
def patch_tokens(run, source: Float[Tensor, "T C"], target: Float[Tensor, "T C"]) -> Float[Tensor, " T"]:
    """One answer for each token that is patched."""
    ### BEGIN SOLUTION
    answers = []
    for t in range(len(target)):
        patched = target.clone()  # a fresh copy: the patch before must be gone
        patched[t] = source[t]
        answers.append(run(patched))
    return torch.stack(answers)
    ### END SOLUTION


# %% check="patch_tokens"
check(patch_tokens)

# %% [markdown] exercise="mean_ablate" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 5: Take a head away
#
# You have what the heads of a layer have gathered on a batch of stories, and `real`, which is True where a token is
# a story's own and False at paddings. Return it with the output of head number `head` replaced, at every position, by
# that head's mean over all real tokens of the batch. The input must stay as it was.


# %% answer="mean_ablate"
def mean_ablate(gathered: Float[Tensor, "B T H D"], real: Bool[Tensor, "B T"], head: int) -> Float[Tensor, "B T H D"]:
    """The outputs of all heads, one of which no longer knows the text."""
    ### BEGIN SOLUTION
    mean = gathered[real][:, head].mean(dim=0)  # (tokens, H, D) -> (D,)
    out = gathered.clone()
    out[:, :, head] = mean
    return out
    ### END SOLUTION


# %% check="mean_ablate"
check(mean_ablate)

# %% [markdown] exercise="head_worth" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: What is it worth?
#
# The same `n` stories were read twice. `without` holds the loss of each in nats without a head, `kept` with it. Return
# three numbers: how many nats per story the head saves in the mean, and the two ends of the interval that reaches 1.96
# standard errors to each side.


# %% answer="head_worth"
def head_worth(without: Float[Tensor, " n"], kept: Float[Tensor, " n"]) -> tuple[float, float, float]:
    """Mean, lower end, upper end."""
    ### BEGIN SOLUTION
    saved = without - kept  # story by story, so that what makes a story hard cancels
    mean = saved.mean().item()
    reach = 1.96 * saved.std().item() / math.sqrt(len(saved))
    return mean, mean - reach, mean + reach
    ### END SOLUTION


# %% check="head_worth"
check(head_worth)

# %% [markdown]
# **Session 1 ends here: a good place to stop.** You can look, change one thing, and state what a part is worth.
#
# # Session 2: a probe and its control, and a search of your own
#
# (A new day? Run the cell of the imports at the top. Nothing else from session 1 is needed.) From the lesson you need
# section 7 for exercises 7 and 8. Three things to remember: a probe is tested on what it was not fitted to, beside
# labels that mean nothing, and it shows what *can be read*, not what is used. Exercise 9 is four numbers with a pencil.
# Exercise 10 is sections 4 and 6 once more, on a question that the lesson did not ask.

# %% [markdown] exercise="probe_accuracy" kind="debug" difficulty=2 minutes=15 points=3
# ## Exercise 7: The probe that knew everything
#
# A colleague reports that the plot of a story can be read off the very first token. To be sure, you give her function
# vectors and labels that are both drawn at random, so that nothing can be read. Run the cell: two classes, 40 vectors,
# and an accuracy far above one half. No error, no warning.


# %%
def broken_probe_accuracy(x, labels, n):
    """Meant: fit a least-squares probe to the first n vectors; its share of right answers on the others."""
    columns = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)  # a column of ones: the bias
    targets = F.one_hot(labels).to(x.dtype)
    weight = torch.linalg.lstsq(columns, targets).solution
    return ((columns @ weight).argmax(dim=-1) == labels).double().mean().item()


generator = torch.Generator().manual_seed(0)
nothing = torch.randn(40, 20, generator=generator, dtype=torch.float64)
coins = torch.randint(2, (40,), generator=generator)
print("accuracy on labels that mean nothing:", broken_probe_accuracy(nothing, coins, 30))

# %% [markdown]
# **Two** things are wrong. Write it as it is meant: fitted to the first `n` vectors, tested on all others. Keep the
# column of ones and least squares.


# %% answer="probe_accuracy"
def probe_accuracy(x: Float[Tensor, "vectors C"], labels: Int[Tensor, " vectors"], n: int) -> float:
    """The share of right answers on vectors that the probe has not seen."""
    ### BEGIN SOLUTION
    biased = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    wanted = F.one_hot(labels).to(x.dtype)
    fitted = torch.linalg.lstsq(biased[:n], wanted[:n]).solution
    guesses = (biased[n:] @ fitted).argmax(dim=-1)
    return (guesses == labels[n:]).double().mean().item()
    ### END SOLUTION


# %% check="probe_accuracy"
check(probe_accuracy)

# %% [markdown] exercise="control_task" kind="implement" difficulty=1 minutes=10 points=2
# ## Exercise 8: Labels that mean nothing
#
# Make the labels of a control task. `kinds` says of which kind each vector is (which hero, which word). `drawn` holds
# labels that were drawn at random. The first kind that occurs gets `drawn[0]`, the next new kind `drawn[1]`, and so on;
# a kind keeps its label wherever it occurs again.


# %% answer="control_task"
def control_task(kinds: list[int], drawn: list[int]) -> list[int]:
    """A label for each vector."""
    ### BEGIN SOLUTION
    table: dict[int, int] = {}
    for kind in kinds:
        if kind not in table:
            table[kind] = drawn[len(table)]
    return [table[kind] for kind in kinds]
    ### END SOLUTION


# %% check="control_task"
check(control_task)

# %% [markdown] exercise="predict_patching" kind="predict" difficulty=1 minutes=10 points=2
# ## Exercise 9: Predict: what do these numbers say?
#
# The answer is the logit of Lily less that of Mia. The source gives +6, the target −2.
#
# 1. With head A patched the target gives +4. Which share of the way is recovered?
# 2. With head B patched it gives −4. Which share?
# 3. The model has 12 blocks of 5 heads, the texts have 40 tokens. How many runs does it take to patch the stream at
#    every place and every token?
# 4. A probe for four classes is right on 90 % of held-out stories, and on 70 % with the labels of a control task. What
#    is its selectivity, as a share?


# %% answer="predict_patching"
def predict_patching() -> tuple[float, float, int, float]:
    """Share of A, share of B, runs, selectivity."""
    ### BEGIN SOLUTION
    whole_way = 6 - (-2)  # 8 nats
    places = 12 + 1  # before the first block, and behind each
    return (4 - (-2)) / whole_way, (-4 - (-2)) / whole_way, places * 40, 0.9 - 0.7
    ### END SOLUTION


# %% check="predict_patching"
check(predict_patching)

# %% [markdown] exercise="which_head" kind="experiment" difficulty=3 minutes=35 points=6
# ## Exercise 10: Which head keeps an animal's name?
#
# The lesson looked for Lily, a child. Other stories are about animals: a mouse named Dot, a bear named Bruno. Do the
# same heads keep *their* names? Find out with `course_lib.interpretability` and the course's own model:
#
# 1. Make at least six pairs of beginnings of the plots *false alarm*, *race* and *winter* that differ only in the
#    hero's name (`corpus.sample({"hero": "Dot", "plot": "winter"})`, and another name that is one token, of the same
#    sex), each cut off before the hero's name is due again. These plots have a *friend* as well: say at which mention
#    you cut.
# 2. Patch all heads, and give the best three with their mean and interval over your pairs.
# 3. Take the best ones away, alone and together, and give their worth in nats with an interval, on later mentions of
#    the hero in stories about animals.
#
# The lesson's cells with `patch_heads` (section 4) and with `worth` (section 6) are the pattern for steps 2 and 3:
# change the plots and the names in them. The cell below begins with one pair: look at the text before you patch.
#
# Then answer in words: which head keeps the name, is it the same as for a child, what is your evidence that it is a
# *cause*, and what would make you doubt it?

# %%
model, tokenizer = pretrained.load("howsam"), pretrained.load_tokenizer("howsam")
text = corpus.sample({"hero": "Dot", "plot": "winter"}, n=1, seed=3)[0].text
cut = text.find("Dot", text.find("Dot") + 1)  # where the hero's name is due for the second time
pair = [text[:cut].rstrip(" ").replace("Dot", name) for name in ("Dot", "Coco")]
rows = inside.story_rows(tokenizer, pair, model.config.seq_len)
print(pair[0])
print("tokens that differ:", int((rows.tokens[0] != rows.tokens[1]).sum()))

# %% [markdown] answer="which_head"
# ### BEGIN SOLUTION
# **Model answer.** I took Dot and Coco (both one token, both "she") in two stories of each of the three plots, cut
# before the second mention of the hero. Patching found the heads of the lesson again: heads 0, 4 and 2 of block 10
# recover 0.42, 0.36 and 0.19 of the way, with intervals of ± 0.02 at most; every other head stays below 0.01. So three
# heads carry nearly all of it, for an animal as for a child.
#
# On 31 stories about animals, with three later mentions each, head 0 alone is worth 0.27 nats per story (0.10 to 0.44),
# head 4 0.37 (0.17 to 0.57), head 2 0.11 (0.01 to 0.21). The three together are worth 7.5 nats (6.1 to 9.0), ten times
# the sum. So no single head "is" the one that keeps the name: the three share the work, and what two of them write is
# enough.
#
# Evidence that this is a cause and not only a weight: the output of these heads *in another run* moves the answer to
# the other name, and without them the loss on names rises, with an interval that does not hold 0, while three other
# heads cost nothing (−0.06 to 0.08). I would doubt it if the effect were there only for this pair of names, or if mean
# and zero ablation disagreed about the order. Later in a story, where the friend has a name too, a head must also know
# *which* of the two is due; my pairs are cut before that and say nothing about it.
#
# **Marks.** 1 point for pairs of equal length that differ in the name only, 1 for the heads with intervals over pairs,
# 1 for ablation alone and together, 1 for a paired interval on held-out stories, 1 for naming what makes it a cause, 1
# for a sound reason to doubt.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# Looking is cheap and proves little; changing one thing proves something; a number needs its control and its interval.
# The habits to keep: begin each patch from a fresh copy of the target, keep heads apart, leave padding out of means,
# take differences story by story, and test a probe on what it has not seen, beside labels that mean nothing.
#
# These were the last exercises. Save this notebook and run `course capstone` in the course's folder: it makes one model
# of your answers of all lessons, and says how good it is at each stage, and which pieces are still missing.
