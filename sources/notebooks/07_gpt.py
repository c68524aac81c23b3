# %% [markdown]
# # 07 · GPT
#
# **When you finish, you can**
# - put a GPT together from its parts, and name the shape at every step from token ids to logits;
# - work out the number of its parameters on paper, to the last one, and say where most of them sit;
# - say what the loss of an untrained model must be, and use that as a test;
# - write the loop that turns a model into text, and say why the first text is garbage.
#
# **What you need first:** lessons 02 (batches `x`, `y`), 04 to 06 (the decoder block), and the softmax of lesson 03.
#
# **Time:** about 75 minutes, and 70 minutes for the exercises.
#
# **The question.** You have a block: `(B, T, C)` goes in, `(B, T, C)` comes out. Stack twelve of them, and you still
# have vectors, not words. **What turns a stack of blocks into a machine that writes stories?** Surprisingly little:
# two tables in front, a norm and a table behind, and one of the tables is there twice.
#
# Letters: `B` batch, `T` tokens, `C` width, `L` blocks, `V` vocabulary.

# %%
import math
import re

import torch
from torch import nn
from torch.nn import functional as F

from course_lib import pretrained
from course_lib.block import DecoderBlock
from course_lib.config import PRESETS, GPTConfig
from course_lib.corpus import load_stories, token_entropy
from course_lib.data import BatchLoader, TokenDataset
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import num_params
from course_lib.show.sentence import NEXT, VOCABULARY, Sentence
from course_lib.show.tracing import trace_shapes
from course_lib.tokenization import train_tokenizer


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** The block is built. This lesson adds what stands around it: the embeddings in front, which are lit,
# and behind the blocks a norm and the head, which has no parameters of its own. (In the code, the course's model has
# the name `howsam`: `PRESETS["howsam"]` is its configuration.)

# %% fold="drawing"
diagram.model(GPT(PRESETS["howsam"]), lit="embeddings")

# %% [markdown]
# ## 1 · In: two embeddings
#
# First a batch, as in lesson 02: `x` holds token ids, `y` the same windows one token ahead.

# %%
texts = load_stories(n=2_000)["text"]
tokenizer = train_tokenizer(texts, vocab_size=2_000)
tokens = torch.tensor([token for text in texts for token in tokenizer.encode(text).ids])  # (N,)
config = GPTConfig(vocab_size=tokenizer.get_vocab_size(), seq_len=64, n_layer=4, n_embd=64, n_head=4)
x, y = next(iter(BatchLoader(TokenDataset(tokens, seq_len=config.seq_len), batch_size=16)))

print("x", tuple(x.shape), " y", tuple(y.shape))
print("x begins:", repr(tokenizer.decode(x[0, :12].tolist())))
print("y begins:", repr(tokenizer.decode(y[0, :12].tolist())))

# %% [markdown]
# A token's vector is the sum of two rows, one for *what* it is and one for *where* it stands:
#
# $$h^{(0)}_t = E_{\text{token}}[\text{idx}_t] + E_{\text{position}}[t]$$

# %%
token_embedding = nn.Embedding(config.vocab_size, config.n_embd)  # V rows
position_embedding = nn.Embedding(config.seq_len, config.n_embd)  # T rows

what = token_embedding(x)  # (B, T, C)
where = position_embedding(torch.arange(x.shape[1]))  # (T, C): the same for every text, so it repeats along B
h = what + where
print(f"{tuple(what.shape)} + {tuple(where.shape)} = {tuple(h.shape)}")

# %% [markdown]
# The position table has `seq_len` rows and not one more. So what happens with a longer text? **This is a mistake that
# everybody makes once**, and torch's message does not say what is wrong:

# %%
long = torch.zeros(1, config.seq_len + 1, dtype=torch.long)
try:
    position_embedding(torch.arange(long.shape[1]))
except IndexError as error:
    print("torch:     IndexError:", error)
try:
    GPT(config)(long)
except ValueError as error:
    print("our model: ValueError:", error)

# %% [markdown]
# "Index out of range in self": which index, of what? On a GPU it is worse: the kernel dies with an assertion, and
# every later call fails too. Our `GPT` checks the length first and says what to do.
#
# **You can now do exercise 1** (what and where).
#
# ### A model without a block
#
# Is that enough for a language model? Compare each vector with all V rows of the token table, and each position has a
# score for every token: the shapes are complete. But what does each position know? Exchange one token, the one at
# position 3 of 64.
#
# **Guess first.** At how many positions do the scores change?

# %%
guess = ...  # a whole number from 0 to 64

# %%
with torch.no_grad():
    scores = h @ token_embedding.weight.T  # (B, T, C) @ (C, V) -> (B, T, V)
    exchanged = x.clone()
    exchanged[:, 3] = (x[:, 3] + 1) % config.vocab_size  # another token
    changed = (token_embedding(exchanged) + where) @ token_embedding.weight.T - scores  # (B, T, V)
print("scores:", tuple(scores.shape))
positions = changed.abs().amax(dim=(0, 2)).nonzero().flatten().tolist()
reveal("positions whose scores change", len(positions), guess)
reveal("at position", ", ".join(map(str, positions)))

# %% [markdown]
# Without a block each position knows its own token and its own place, and nothing else. Position 4 has to predict its
# successor without knowing what stands before it: less than the tables of lesson 02 knew, which looked back at up to
# six tokens. The blocks have to bring that.
#
# ## 2 · The stack
#
# So $L$ blocks stand between the tables, one after the other. Each reads the stream and adds to it; the shape never
# changes.
#
# How does a module keep a number of other modules? A Python list seems natural.
#
# **Guess first.** A block of this size has 49,408 parameters. How many parameters does torch find in a module that
# keeps four of them in a Python list?

# %%
guess = ...  # a whole number


# %%
class InAList(nn.Module):
    """Four blocks in a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [DecoderBlock(config) for _ in range(4)]


class InAModuleList(nn.Module):
    """Four blocks in torch's own list."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(4))


reveal("parameters in the list", num_params(InAList()), guess)
reveal("parameters in the ModuleList", num_params(InAModuleList()))

# %% [markdown] fold="Why"
# torch finds modules that are attributes, or in its own containers; into a Python list it does not look. The
# model with the list would run, and give logits. But the optimizer would train none of the blocks, `.to("cuda")` would
# leave them behind, and a checkpoint would not contain them. No error anywhere.

# %% [markdown]
# (`nn.Sequential` would be found too. We use `nn.ModuleList` because a loop of our own can do more between the blocks:
# return what each one made, or, in later lessons, hand each its cache.)
#
# ## 3 · Out: a norm, a head, and a tie
#
# After the last block the stream is normalised once more, since pre-norm blocks leave its scale free. Then each vector
# is compared with all $V$ words. The head is a linear layer without bias, one row of $C$ numbers for each word:
#
# $$\text{logit}_v = h \cdot W_{\text{head}}[v]$$
#
# A large dot product means: *this word fits here*. But there already is a table with one row of $C$ numbers per word:
# the token embedding. GPT uses it twice. That is called **tying**, and it is one line:

# %%
head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
print("the same shapes:", head.weight.shape == token_embedding.weight.shape)

head.weight = token_embedding.weight  # the same parameter under two names
print("the same object:", head.weight is token_embedding.weight)

with torch.no_grad():
    token_embedding.weight[0, 0] = 7.0
print("after a change in the embedding, the head holds", head.weight[0, 0].item())

# %% [markdown]
# Note what would **not** tie: `head.weight.data = token_embedding.weight.data.clone()`, or `copy_`. The numbers agree
# at first, but there are two parameters, and training pulls them apart.
#
# ## 4 · The whole model
#
# Here is all of it, by hand, on the parts of an initialized model.

# %%
model = GPT(config, seeded()).eval()

with torch.no_grad():
    positions = torch.arange(x.shape[1])  # (T,)
    h = model.token_embedding(x) + model.position_embedding(positions)  # (B, T, C)
    for block in model.blocks:
        h = block(h)  # (B, T, C)
    h = model.final_norm(h)  # (B, T, C)
    by_hand = h @ model.token_embedding.weight.T  # (B, T, C) @ (C, V) -> (B, T, V)

    print("logits:", tuple(by_hand.shape))
    print("equal to GPT(config)(x):", torch.allclose(by_hand, model(x), atol=1e-5))

# %% [markdown]
# **You can now do exercise 2** (the model). Afterwards compare yours with `course_lib/gpt.py`, which has a check for
# long input and a dropout, too.
#
# To see the shapes of a model without touching its code, `trace_shapes` watches every call:

# %%
small = GPT(GPTConfig(vocab_size=config.vocab_size, seq_len=64, n_layer=1, n_embd=64, n_head=4))
with torch.no_grad(), trace_shapes(small):
    _ = small(x)

# %% [markdown]
# From `(16, 64)` ids to `(16, 64, V)` logits: **every** position predicts its successor, 1,024 predictions in one
# pass. That is why the causal mask is needed. Position 10 must not see token 11, since that is what it is asked for.
#
# Does the whole model do what the mask promises? Test it with derivatives: the gradient of the logits at position $t$
# with respect to the input at position $s$ must be 0 for every $s > t$.


# %%
def influence(model: GPT, length: int) -> torch.Tensor:
    """(length, length): how strongly the logits at row t depend on the embedding at column s, largest of a row = 1."""
    rows = []
    for t in range(length):
        embedded = model.token_embedding(x[:1, :length]).detach().requires_grad_()  # (1, length, C)
        h = embedded + model.position_embedding(torch.arange(length))
        for block in model.blocks:
            h = block(h)
        model.head(model.final_norm(h))[0, t].pow(2).sum().backward()
        strength = embedded.grad[0].norm(dim=-1)  # (length,)
        rows.append(strength / strength.max())
    return torch.stack(rows)


with_larger_weights = GPT(config, seeded())
with torch.no_grad():  # larger weights than at the start of training, so that attention has an effect
    for parameter in with_larger_weights.blocks.parameters():
        parameter.mul_(4)
depends = influence(with_larger_weights, length=12)
print("largest value above the diagonal:", depends.triu(diagonal=1).max().item())

# %% fold="drawing"
strength = depends.log10().clamp(min=-3).masked_fill(depends == 0, math.nan)  # nothing is drawn where it is zero
fig, (axes,) = plotting.figure(title="No prediction depends on a later token", size=(5.2, 4.2))
plotting.heatmap(axes, strength.numpy(), xlabel="input position s", ylabel="prediction at position t", vmin=-3, vmax=0)
scale = axes.collections[0].colorbar
scale.set_label("strength (the largest of a row is 1)")
scale.set_ticks([-3, -2, -1, 0], labels=["0.001", "0.01", "0.1", "1"])
plotting.show(
    fig,
    alt="Heatmap of 12 × 12: how strongly the prediction at each position depends on each input, from 0.001 to 1. "
    "Only the diagonal and the triangle below it have values; everything above is empty.",
)

# %% [markdown]
# On this scale of colours each step down is a tenth: from 1 (yellow) to a thousandth. Above the diagonal there is not a
# small number but exactly zero. Below it everything is connected: any earlier token can change what comes next.

# %% [markdown]
# ## 5 · Where the parameters sit
#
# The map shows the parts of the course's model: V = 10,000, T = 128, L = 12, C = 100, and no biases but those of the
# norms. From lessons 04 to 06 you know a block: $4C^2$ for the attention, $8C^2$ for the MLP, $4C$ for two norms.
#
# **Guess first.** Take a pencil. How many parameters has the same model with twice the width, C = 200? Write down a
# formula for each row, then its number:
#
# | part | formula | parameters |
# |---|---|---|
# | token embedding | ? | ? |
# | position embedding | ? | ? |
# | blocks | ? | ? |
# | final norm | ? | ? |
# | head | ? | ? |
# | **total** | | ? |

# %%
guess = ...  # the total


# %%
def count_parts(model: GPT) -> str:
    """A line for each part of a model: its name and how many parameters it has."""
    parts = {
        "token embedding": model.token_embedding,
        "position embedding": model.position_embedding,
        "blocks": model.blocks,
        "  one block": model.blocks[0],
        "    its attention": model.blocks[0].attention,
        "    its MLP": model.blocks[0].mlp,
        "final norm": model.final_norm,
        "total": model,
    }
    return "\n".join(f"{name:20}{num_params(part):>10,}" for name, part in parts.items())


twice_as_wide = GPT(GPTConfig(n_embd=200))
reveal("total for C = 200", num_params(twice_as_wide), guess)
show_folded("Part by part, C = 200", count_parts(twice_as_wide))
show_folded("Part by part, C = 100", count_parts(GPT(PRESETS["howsam"])))

# %% [markdown] fold="How it adds up"
# The formulas are $V \cdot C$, $T \cdot C$, $L \cdot (12\,C^2 + 4\,C)$ and $2\,C$. The head adds nothing: it is the
# token embedding's table, used a second time. For C = 200: 2,000,000 + 25,600 + 12 · (480,000 + 800) + 400 = 7,795,600.
# Twice the width makes the tables twice as large and the blocks nearly four times, so the whole is 3.2 times as large.

# %% [markdown]
# Other models have biases in the linear layers as well (`GPTConfig(bias=True)`, as GPT-2 has it). A bias is one number
# for each *output* of its layer: 3·C in `qkv_proj`, which gives queries, keys and values.
#
# **You can now do exercise 3** (two sizes).
#
# With C = 100, two fifths of the parameters are embeddings, with C = 200 a quarter. In a large model they are few:
# blocks grow with $C^2$, embeddings only with $C$ (lesson 05 drew this for five models). To count a large model you
# need no large memory. On torch's `meta` device a model has shapes but no numbers:

# %%
with torch.device("meta"):
    largest = GPT(PRESETS["gpt2-xl"])
print(f"GPT-2 XL: {num_params(largest):,} parameters")
print(f"of these, embeddings: {num_params(largest.token_embedding) + num_params(largest.position_embedding):,}")

# %% [markdown]
# ### A configuration of its own
#
# If a configuration is a plain dict, a value that somebody changes for one model is changed for all, because all of
# them look at the same dict. `GPTConfig` is a **frozen dataclass**: each object has its own values, they cannot be
# changed afterwards, and its `__post_init__` refuses impossible ones where they are written down, and not much later by
# a `view` inside the model.

# %%
try:
    config.n_layer = 2
except AttributeError as error:
    print("AttributeError:", error)
try:
    GPTConfig(n_embd=100, n_head=6)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# **You can now do exercise 4** (the configuration that changed by itself).

# %% [markdown]
# ## 6 · The loss
#
# The model gives logits; the text says which token really came next. The loss is the mean of $-\ln p(\text{that
# token})$, the **cross-entropy**, in nats. By hand first, with four words. A model gives *waved* the probability ½,
# *ran* ¼, *saw* ⅛ and *and* ⅛, and the text goes on with *ran*:
#
# $$-\ln \tfrac14 = 1.39 \text{ nats}$$
#
# Had it gone on with *waved*, the loss would be $-\ln \tfrac12 = 0.69$. Only the probability of what really came
# counts.
#
# ### The sentence that grows: its end
#
# *Tom saw Lily and she …* has been through embeddings, two heads and the MLP. The last vector, (0, 1.25, 2.55, 2), is
# compared with the embedding of each of the eight words, and a softmax makes probabilities of the eight logits. By
# hand: the embedding of *waved* is (0, 1, 1, 0), somebody and an action, so its logit is 1.25 + 2.55 = 3.80. (There is
# no norm here, as in lesson 06.) Here are all eight embeddings. Work out one more logit, that of *ran*, and compare it
# with the picture. (Your last digit may differ, since these numbers are rounded.)

# %%
sentence = Sentence()
for word, row in zip(VOCABULARY, sentence.token_embedding.tolist(), strict=True):
    print(f"{word:6}", row)

# %% fold="drawing"
end = {"logit": sentence.logits[-1], "probability": sentence.probabilities[-1]}
diagram.sentence(VOCABULARY, end, lit=VOCABULARY.index(NEXT))

# %% [markdown]
# **Guess first.** The text goes on with *waved*, whose probability is 0.63. What is the loss? (For a probability of ½
# it was 0.69.)

# %%
guess = ...  # a number

# %%
reveal("loss of the sentence", round(sentence.loss(), 2), guess)

# %% [markdown] fold="If your last digit differs"
# 0.46 is right too: it comes from the rounded 0.63.

# %% [markdown]
# That is the whole way, from five words to one number. Training does nothing but lower this number.
#
# **Guess first.** An untrained model knows nothing, and our small one has 2,000 tokens to choose from. Suppose that it
# gives all of them the same probability. What is its loss?

# %%
guess = ...  # a number

# %%
with torch.no_grad():
    logits = model(x)  # (B, T, V)
    loss = next_token_loss(logits, y)
    same = F.cross_entropy(logits.reshape(-1, config.vocab_size), y.reshape(-1))

reveal("loss if all probabilities are the same", round(math.log(config.vocab_size), 2), guess)
reveal("loss of the untrained model", approx(loss.item(), about=math.log(config.vocab_size), within=0.06))
print("F.cross_entropy on flattened logits is the same:", torch.allclose(loss, same))

# %% [markdown] fold="Why"
# Each of the $V$ tokens gets the probability $1/V$, whichever comes next. So the loss is $-\ln(1/V) = \ln V$, and
# $\ln 2000 = 7.6$. The untrained model has random weights, not equal probabilities, and still lies close to it.

# %% [markdown]
# The easiest mistake here raises no error. Compare the logits at position $t$ with `x` instead of `y`, and the model is
# asked for the token that it has just been shown. That is easy to learn: the loss falls towards zero, and the model
# writes one token again and again. **A loss that is too good is a bug until you know why.**
#
# How equal are the probabilities really? Sort them at each position. And see at how many positions the most probable
# next token is the one that was just read:

# %%
shares = config.vocab_size * logits.softmax(dim=-1).sort(descending=True).values.flatten(0, 1)  # (B·T, V), in 1/V
measured("largest of all, times 1/V", shares.max().item(), about=3.3, within=0.4, digits=2)
measured("smallest of all, times 1/V", shares.min().item(), about=0.44, within=0.05, digits=2)
repeats = 100 * (logits.argmax(dim=-1) == x).double().mean().item()
measured("positions that would repeat their own token", repeats, about=90, within=8, digits=1, unit="%")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Untrained, nearly every token gets about its share 1/V",
    xlabel="token, sorted by its probability",
    ylabel="probability, as a multiple of 1/V",
)
axes.plot(shares.median(dim=0).values, label="untrained model, median of 1,024 positions")
axes.axhline(1, color="black", linewidth=1, label="1/V")
axes.set_ylim(0, 2.5)
axes.legend()
plotting.show(
    fig,
    alt="Sorted probabilities of the vocabulary's tokens of an untrained model, in multiples of 1/V: a gently falling "
    "line, from about 2 to about 0.6.",
)

# %% [markdown]
# The curve is nearly flat, and most of its order is accident. But the first place is not: at about nine of ten
# positions it belongs to the token that was just read. That token's vector is still in the stream, and a tied head
# compares the stream with that very vector. The next section shows what text comes of it.
#
# **You can now do exercise 5** (the loss, with its shift).

# %% [markdown]
# ## 7 · Text, greedily
#
# Generation is a loop. You write it in exercise 6; here is what happens in each turn:
#
# 1. show the model the text so far, at most its last `seq_len` tokens, and get logits `(B, T, V)`;
# 2. take those of the last position, `logits[:, -1]`: only they predict a *new* token;
# 3. append the token with the largest logit to the text.
#
# `generation.generate` does this with `temperature=0`, which means greedy:

# %%
prompt = x[:1, :8]
story = generate(model, prompt, 20, temperature=0)
print("prompt:      ", repr(tokenizer.decode(prompt[0].tolist())))
print("continuation:", repr(tokenizer.decode(story[0, 8:].tolist())))

# %% [markdown]
# Garbage, as it should be: argmax over two thousand nearly equal numbers. And it is garbage of a special kind: it soon
# repeats one token, and then another, since the token that was just read fits best at most positions, as you have
# measured.
#
# **You can now do exercise 6** (greedy generation).
#
# ## 8 · Is the wiring right?
#
# One experiment tells more than many looks at the code: **let the model learn one batch by heart.** If the wiring is
# right, the loss goes from $\ln V$ to nearly 0. If it gets stuck, something is broken: a detached tensor, a shifted
# target, a list in place of a ModuleList.
#
# (How training works is the subject of lesson 11. Here four lines are enough.)

# %%
learner = GPT(config, seeded())
optimizer = torch.optim.AdamW(learner.parameters(), lr=3e-3)
few_x, few_y = x[:4], y[:4]  # four texts of 64 tokens
losses = []
for _ in range(150):
    loss = next_token_loss(learner(few_x), few_y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())

# %%
measured("loss after 150 steps", losses[-1], about=0.03, within=0.06, unit="nats per token", digits=1)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A model that is wired right learns four texts by heart", xlabel="step", ylabel="loss (nats per token)"
)
axes.plot(losses, label="loss on the four texts")
axes.axhline(math.log(config.vocab_size), color="black", linewidth=1, label="ln V: knows nothing")
axes.legend()
plotting.show(fig, alt="The loss on four texts falls from ln V, 7.6 nats, to nearly zero within 150 steps.")

# %% [markdown]
# Now the same loop that wrote garbage:

# %%
story = generate(learner, few_x[:1, :8], 40, temperature=0)
print(tokenizer.decode(story[0].tolist()))

# %% [markdown]
# It recites. That is no writing: it knows four texts and nothing else. But every part works, from the ids to the text,
# and what is missing is only more stories.

# %% [markdown]
# ## 9 · The same model, trained
#
# This lesson began with the map of a model of 2,457,800 parameters. That very configuration was trained, on 300,000
# stories and for 20,000 steps (lesson 11 reads its log), and its weights come with the course. Not one line of the
# model is different. Only the numbers in its matrices are.

# %%
trained = pretrained.load("howsam")  # no network is needed
its_tokenizer = pretrained.load_tokenizer("howsam")  # ids belong to a tokenizer: ours from above would not do
print(f"{num_params(trained):,} parameters")
print("the same configuration as on the map:", trained.config == PRESETS["howsam"])

# %% [markdown]
# **Guess first.** Untrained, this configuration has a loss of about $\ln$ 10,000 = 9.2 nats per token. What is its loss
# now, on the first 100 tokens of stories that it has never seen?

# %%
guess = ...  # nats per token

# %%
unseen = its_tokenizer.encode_batch(list(load_stories(split="validation", n=64)["text"]))
ids = torch.tensor([story.ids[:101] for story in unseen])  # (64, 101)
with torch.no_grad():
    loss = next_token_loss(trained(ids[:, :-1]), ids[:, 1:])

# %% fold="setup"
reveal("loss, in nats per token", approx(loss.item(), about=0.626, within=0.01, digits=2), guess)
reveal("chance in the stories themselves, nats per token", round(token_entropy(its_tokenizer, n=500).mean, 2))

# %% [markdown] fold="What this means"
# Somebody who hesitates between $k$ equally likely tokens has a loss of $\ln k$. So the trained model hesitates, on
# average, as if between $e^{0.63} = 1.9$ tokens, and the untrained one between ten thousand.
#
# Can the loss become 0? No: a new story has names and things that nobody can foresee. Over whole stories this chance is
# 0.52 nats per token (lesson 01 measured it per story), and no model can have a lower loss in the long run. (The two
# numbers are not of the same tokens: the loss is of the first 100 of each story, where more is still open. Lesson 11
# compares the two on the same terms.)

# %% [markdown]
# And the greedy loop of section 7, the same loop:

# %%
END = its_tokenizer.token_to_id("<|endoftext|>")
beginning = torch.tensor([its_tokenizer.encode("Once upon a time").ids])
story = generate(trained, beginning, 200, temperature=0, stop_token=END)
written = its_tokenizer.decode(story[0].tolist())
print(written)

# %% [markdown]
# A whole story. It has one hero, a fear, a lamp and an end. Does the model recite it? Look for it, and for each of its
# sentences, in the 2,000 stories of section 1.

# %%
library = "\n".join(texts)
sentences = re.split(r'(?<=[.!?"])\s+', written)  # a break after a full stop or a quotation mark
print("the whole story is there:", written in library)
known = sum(sentence in library for sentence in sentences)
print(f"of its {len(sentences)} sentences, {known} are there word for word")

# %% [markdown]
# It has put sentences together that it has mostly read, in an order that makes sense. Greedy text loves repetition (a
# song about owls and owls); lesson 12 writes better with the same model. Everything between the garbage of section 7
# and this story is a matter of numbers: how they start (lesson 08) and how they are trained (lesson 11).

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `config.GPTConfig`, `config.PRESETS` | the sizes of a model, checked | |
# | `gpt.GPT(config)` | the model | `(B, T)` → `(B, T, V)` |
# | `gpt.next_token_loss(logits, y)` | mean cross-entropy in nats | `(B, T, V)`, `(B, T)` → one number |
# | `generation.generate(model, idx, n, temperature=0)` | greedy text | `(B, T)` → `(B, T + n)` |
# | `show.tracing.trace_shapes(model)` | a table of all calls and shapes | |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** Your model has 12 blocks. You double the width C and leave the rest. By what factor do the blocks grow, and the
# embeddings?
#
# - Both by 2
#   - A matrix of C × C has four times as many numbers when C doubles.
# - The blocks by about 4, the embeddings by 2
#   + The matrices of a block go with C² (only the norms go with C); the tables go with C.
# - Both by 4
#   - A table has V or T rows, and these do not grow; only their width does.
#
# **2.** After an hour of training, the loss is 0.01 and the text is one word, repeated. What do you suspect?
#
# - The model is too large
#   - A large model learns text by heart, but then it recites. It does not repeat one word.
# - The learning rate is too low
#   - Then the loss would be high.
# - The targets are not shifted
#   + The model learned to repeat the token that it sees. No language model predicts new stories with 0.01 nats per
#   token; even the author of a story cannot.
#
# **3.** Why does `generate` use only `logits[:, -1]`, while the loss uses all positions?
#
# - The other positions are computed less precisely
#   - All positions are computed in the same way.
# - Only the last prediction is new
#   + In a text that is there already, every position has a known successor, so all T predictions can be judged at once.
#   When writing, the successors of all tokens but the last are there already.
# - The causal mask hides the others
#   - The mask hides keys from queries. Every position gets its logits.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** a model from `(B, T)` ids to `(B, T, V)` logits, with 2,457,800 parameters that you can
# count on paper. Untrained, its loss is near ln V and its text repeats itself. Trained, the same lines have a
# loss of 0.63 nats per token and tell a whole story.
#
# **What is missing** is the way from the one to the other. It begins with the numbers that the matrices start from:
# **lesson 08, initialization**, shows how large the first weights should be, and why their size decides how well a
# model learns.
#
# The exercises are in `exercises/07_gpt.ipynb`: you write every line of this model that is not a block.

# %% [markdown]
# ### Optional: the first words of the real stories
#
# This cell needs the network. It lets the model that knows four texts continue a real story: watch it fall back
# to what it knows.

# %% tags=["skip-execution"]
real = load_stories("tinystories", split="validation", n=3)["text"]
for text in real:
    ids = torch.tensor([tokenizer.encode(text).ids[:12]])
    print(repr(tokenizer.decode(generate(learner, ids, 20, temperature=0)[0].tolist())))
