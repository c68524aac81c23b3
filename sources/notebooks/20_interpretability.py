# %% [markdown]
# # 20 · Inside the model
#
# **When you finish, you can**
# - read what a model would say if it stopped after any of its blocks;
# - give each head a number for what it does, and say why the number alone proves nothing;
# - find out by patching which part of a model carries a fact from one place to another;
# - state what a head is worth, in nats per story, with an interval;
# - fit a probe to the residual stream, and tell by a control whether it says anything.
#
# **What you need first:** lessons 04 (heads), 06 (the residual stream) and 07 (logits and the loss).
#
# **Time:** about 75 minutes. The exercises are two sessions of their own: 1 to 6 take 76 minutes, 7 to 10 take 70.
#
# **The question.** A story begins: *there was a girl named Lily*. Two sentences later the model has to write her name
# again, and it writes *Lily*, not *Mia*. Some two hundred names are possible. **How does the model know the hero's
# name?**
#
# Letters: `B` texts, `T` tokens, `C` width, `H` heads, `D` head size, `L` blocks, `V` vocabulary.

# %%
import statistics

import torch

from course_lib import corpus, pretrained
from course_lib import interpretability as inside
from course_lib.interpretability import Head
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured

# %% [markdown]
# **Where we are.** The whole model is built and trained. In this lesson nothing is added. You look into the rooms that
# you know, most of all into the lit one, while the model reads. It is the course's own model: 12 blocks of 5 heads.

# %%
model, tokenizer = pretrained.load("howsam"), pretrained.load_tokenizer("howsam")
L, H = model.config.n_layer, model.config.n_head

# %% fold="drawing"
diagram.model(model, lit="attention")

# %% [markdown]
# ## 1 · What a name costs
#
# Nobody knows what the right answer is in ordinary text. Here we do: the stories come from a generator, and
# `corpus.choices_of` reads from a story what was chosen for it.

# %%
stories = corpus.load_stories(split="validation", n=100)["text"]
choices = [corpus.choices_of(story) for story in stories]
rows = inside.story_rows(tokenizer, stories, model.config.seq_len)  # 128 tokens of each

print(stories[2][:180], "…\n")
print({name: choices[2][name] for name in ("hero", "plot", "lesson")})

# %% [markdown]
# The hero's name is chosen once. From there on *which* name comes costs the generator nothing: where a plot says
# *hero*, only one name is possible. So the truth about which name it is, at every later mention, is **0 nats**.
# (*That* a name comes may still cost something: after *One sunny morning,* the plot is open, and *her mom* could come
# instead.)
#
# What does the model pay? `name_places` finds the tokens at which a name stands; we add up −log p there.

# %%
first, later = torch.zeros_like(rows.real), torch.zeros_like(rows.real)  # (B, T), which predictions to count
for row, (story, chosen) in enumerate(zip(stories, choices, strict=True)):
    places = [place for place in inside.name_places(tokenizer, story, chosen["hero"]) if place <= rows.real.shape[1]]
    first[row, places[0] - 1] = True  # the prediction of token t is made at token t − 1
    later[row, [place - 1 for place in places[1:]]] = True

costs = [-corpus.log_prob_of_choices({"hero": chosen["hero"]}) for chosen in choices]
print(f"{int(later.sum())} later mentions in {len(stories)} stories")
measured("the name, chosen without knowing anything:", statistics.fmean(costs), about=5, within=1, unit="nats")

# %% [markdown]
# **Guess first.** At its first mention the name costs the model nearly what the choice costs, about 5 nats: it cannot
# know who the story is about. A model that could not look back would pay that again at every mention. What does this
# model pay at a later mention, in nats?

# %%
guess = ...  # such as 2.5

# %%
nats_first = inside.nats(model, rows.tokens, first).sum().item() / int(first.sum())
nats_later = inside.nats(model, rows.tokens, later).sum().item() / int(later.sum())

# %% fold="setup"
reveal("nats at a later mention", approx(nats_later, about=0.25, within=0.2, digits=2), guess)
reveal("nats at the first mention", approx(nats_first, about=5, within=0.7, digits=2))

# %% [markdown] fold="What this means"
# The model is near the truth. A part of what it still pays is the chance that a name comes at all, and not the choice
# among the names (the next section shows one such place). Between the first mention and the later ones lie many words.
# So **something inside it carries the name forward**. This is what we are going to find.

# %% [markdown]
# ## 2 · The logit lens
#
# Take one beginning, cut off just before the name is due.

# %%
prompt = (
    "Once upon a time, there was a kind girl named Lily. Her favorite things were plums and owls.\n\nOne sunny morning,"
)


def ids_of(text):
    return inside.story_rows(tokenizer, [text], model.config.seq_len).tokens[:, :-1]  # (1, T), an end-of-text first


lily, mia = (tokenizer.token_to_id(f"Ġ{name}") for name in ("Lily", "Mia"))  # Ġ is the space before a word
idx = ids_of(prompt)
with torch.no_grad():
    p = model(idx)[0, -1].softmax(dim=-1)  # (V,)
measured("p(Lily) after the prompt", p[lily].item(), about=0.6, within=0.15)
measured("p(Mia)", p[mia].item(), about=0, within=0.01, digits=1)
pronouns = sum(p[tokenizer.token_to_id(f"Ġ{word}")].item() for word in ("she", "her"))
measured("p(she) + p(her)", pronouns, about=0.39, within=0.15)

# %% [markdown]
# The rest goes to *she* and *her* (as in *her mom gave her …*). They are right as well, and this is why the name
# itself cannot have everything. No other name is possible, and the model knows that: Mia has next to nothing.
#
# The residual stream (lesson 06) is one vector of `C` numbers for each token, to which each part adds. It has 13
# *places*: before the first block, and behind each of the 12. A hook catches it there. A **hook** is a function that
# torch calls each time a module has computed its output. Here is one on the first block, so for place 1:

# %%
caught = {}


def keep(module, inputs, output):
    caught["place 1"] = output


hook = model.blocks[0].register_forward_hook(keep)
with torch.no_grad():
    model(idx)  # calls keep on the way
hook.remove()  # otherwise it would stay, and run every time
print({name: tuple(vectors.shape) for name, vectors in caught.items()})

# %% [markdown]
# `residual_stream` sets a hook for each of the 13 places, runs the model once, and removes them all.
#
# The **logit lens** asks at each place: what would the model say if it ended here? It does what the model does at its
# end, norm and head:
#
# $$\text{lens}(x) = \text{head}(\text{norm}(x))$$

# %%
stream = inside.residual_stream(model, idx)  # (13, B, T, C)
lens = inside.logit_lens(model, stream)  # (13, B, T, V)
print("stream:", tuple(stream.shape), " lens:", tuple(lens.shape))
print("place 1 is what our hook caught:", torch.equal(stream[1], caught["place 1"]))
difference = (lens[-1] - model(idx)).abs().max().item()
measured("difference from the model's logits, last place", difference, about=0, within=1e-3, digits=1)

# %% [markdown]
# **Guess first.** Behind which block is *Lily* the first choice at the last token, for the first time? (0 is before
# the first block, 12 behind the last.)

# %%
guess = ...  # a whole number from 0 to 12

# %%
ranks = inside.rank_of(lens[:, 0, -1], lily).tolist()  # 13 of them: how many tokens are more likely
chances = lens[:, 0, -1].softmax(dim=-1)[:, lily].tolist()
reveal("first choice for the first time behind block", ranks.index(0), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Lily is the first choice behind the last block only",
    xlabel="place: behind block",
    ylabel="probability of Lily by the lens",
)
axes.plot(range(L + 1), chances, "o-")
axes.set(xticks=range(L + 1), ylim=(-0.03, 1.03))
plotting.show(
    fig,
    alt="Probability of Lily at the last token by the lens, at the 13 places: near 0 for most, then it rises.",
    folded="The probability of Lily from place to place",
)

# %% [markdown]
# **A mistake that is really made.** The final norm belongs to the lens. Without it the head gets vectors of a size
# that it was never trained on. This is what the lens says at some places without the norm. (What it says with the norm
# is folded, because it repeats the answer above.)

# %%
with_norm = lens[:, 0, -1].argmax(dim=-1).tolist()
without = model.head(stream[:, 0, -1]).argmax(dim=-1).tolist()
places = (0, 4, 8, 10, 11, 12)
print("behind blocks", *places)
print("without the norm:", [tokenizer.decode([without[place]]) for place in places])
reveal("with the norm", ", ".join(repr(tokenizer.decode([with_norm[place]])) for place in places))

# %% [markdown]
# No error tells you. Behind the last block the lens must agree with the model: check that first. **Exercise 1** is the
# lens.
#
# A caution: the lens shows where the name can be read by the *model's own head*, and no more. Section 5 comes back to
# this.

# %% [markdown]
# ## 3 · Heads have scores
#
# The lens says when the model's own head can read the name at the last token. Only attention moves anything from token
# to token, so some head has fetched it. Which of the 60? `attention_patterns` gives the weights of all of them.
#
# The literature knows two kinds of heads by a number between 0 and 1 (Olsson et al. 2022):
#
# - a **previous-token head** gives its weight to the token just before: score = the mean of that weight;
# - an **induction head** looks for an earlier copy of the present token, and gives its weight to the token *after*
# that copy. It is scored on random tokens told twice: nothing but copying helps there.
#
# **By hand.** The tokens are `x y z x y z`. The second `y` stands at position 4 (counted from 0). A previous-token
# head looks at position 3. An induction head finds the first `y` at position 1 and looks at position 2, the `z` behind
# it. If it gives 0.8 of its weight there, and 0.6 and 0.7 to the right places from the two other tokens of the second
# round, its score is (0.8 + 0.6 + 0.7) / 3 = 0.7.
#
# For our question we make a third: how much weight goes from the token before a name's turn to earlier mentions of it?

# %%
idx_stories = rows.tokens[:32, :-1]
previous = inside.previous_token_score(inside.attention_patterns(model, idx_stories[:8])).mean(dim=1)  # (L, H)
twice = inside.repeated_tokens(model.config.vocab_size, n=8, period=50)  # (8, 100)
induction = inside.induction_score(inside.attention_patterns(model, twice), period=50).mean(dim=1)  # (L, H)

name_scores = []
for row in range(32):
    patterns = inside.attention_patterns(model, idx_stories[row : row + 1])[:, 0]  # (L, H, T, T)
    turns = later[row].nonzero()[:, 0].tolist()  # tokens after which the name comes
    mentions = [int(first[row].nonzero()[0]) + 1, *(turn + 1 for turn in turns)]
    for turn in turns:
        name_scores.append(patterns[..., turn, [m for m in mentions if m <= turn]].sum(dim=-1))
names = torch.stack(name_scores).mean(dim=0)  # (L, H)

# %% [markdown]
# **Guess first.** Which of the three scores reaches the largest value here: previous token, induction, or name?

# %%
guess = ...  # "previous token", "induction" or "name"

# %%
tables = {"previous token": previous, "induction": induction, "name": names}
largest = {kind: table.max().item() for kind, table in tables.items()}

# %% fold="setup"
reveal("largest score", max(largest, key=largest.get), guess)
for kind, about in [("previous token", 0.12), ("induction", 0.03), ("name", 0.9)]:
    reveal(f"largest score, {kind}", approx(largest[kind], about=about, within=0.15, digits=2))

# %% fold="drawing"
fig, panels = plotting.figure(
    title="No head looks one back or after an earlier copy; four look at the name", columns=3, size=(3.2, 5.2)
)
for axes, (kind, table) in zip(panels, tables.items(), strict=True):
    plotting.heatmap(axes, table, xlabel="head", ylabel="block", title=kind, vmin=0, vmax=1)
plotting.show(
    fig,
    alt="Heatmaps of 12 blocks by 5 heads. Previous token and induction: dark. Name: a few bright ones.",
    folded="The three scores, head by head",
)

# %% [markdown] fold="What the scores say, and what they do not"
# No head of this model simply looks one back. On random tokens, which it never saw in training, none looks after the
# earlier copy either. Induction heads were found in models of text in which anything may be repeated. In our stories
# what repeats is a *name*, and there some heads look at the name.

# %% [markdown]
# **A mistake that is really made:** to read weights as causes. A weight says where a head looks. It does not say that
# what is fetched there is used. The next section is the remedy. **Exercise 2** is the induction score.
#
# ## 4 · Patching: change one thing and nothing else
#
# Take two texts with the same number of tokens that differ in one name. One is the **source**: it says Lily. The
# other, the **target**, says Mia, so the model answers *Mia*. Run the target again, but put in **one** vector from the
# source. If the answer moves towards *Lily*, this vector carried the name.
#
# The answer as one number: the logit of Lily less that of Mia, which is log p(Lily) − log p(Mia). And the share of the
# way that a patch goes:
#
# $$\text{recovered} = \frac{\text{patched} - \text{target}}{\text{source} - \text{target}}$$
#
# **By hand.** The source answers +10, Lily by 10 nats. The target answers −10, Mia by 10. With one vector patched, the
# target answers +5. It went from −10 to +5, and that is 15 of 20: the vector recovered 0.75 of the way.

# %%
source, target = idx, ids_of(prompt.replace("Lily", "Mia"))  # both (1, T)


def answer(logits):
    return logits[:, -1, lily] - logits[:, -1, mia]  # (B,)


with torch.no_grad():
    of_source, of_target = answer(model(source)), answer(model(target))
measured("source: Lily over Mia by", of_source.item(), about=10, within=6, unit="nats")
measured("target: Lily over Mia by", of_target.item(), about=-10, within=6, unit="nats")
print("tokens that differ:", int((source != target).sum()), "of", source.shape[1])

# %% [markdown]
# One patch in full: the vector behind the first block, at the token of the name. A hook can also *change* an output:
# what it returns takes the output's place.

# %%
its_place = (source[0] == lily).nonzero().item()  # the token in which the two texts differ
lent = stream[1, 0, its_place]  # (C,), of the source's run


def put_in(module, inputs, output):
    changed = output.clone()  # (1, T, C)
    changed[:, its_place] = lent
    return changed


hook = model.blocks[0].register_forward_hook(put_in)
with torch.no_grad():
    of_patched = answer(model(target))
hook.remove()
measured("target with one vector of the source: Lily over Mia by", of_patched.item(), about=10, within=6, unit="nats")
measured("recovered", inside.recovered(of_patched, of_source, of_target).item(), about=1, within=0.3)

# %% [markdown]
# One vector of 100 numbers, and the model says the other name. `patch_stream` does the same at each place and each
# token:

# %%
patched = inside.patch_stream(model, source, target, answer)  # (13, T): one run for each place and each token
share = inside.recovered(patched, of_source, of_target)
print("runs:", patched.numel())

# %% [markdown]
# **Guess first.** Before the first block the name is at its own token and nowhere else; behind the last only the last
# token counts. Behind which block has *more than half* of the way moved to the last token?

# %%
guess = ...  # a whole number from 0 to 12

# %%
reveal("more than half at the last token behind block", int((share[:, -1] > 0.5).nonzero()[0]), guess)

# %% fold="drawing"
words = [tokenizer.decode([token]).replace("\n", "↵") or "end of text" for token in target[0].tolist()]
fig, (axes,) = plotting.figure(title="The name waits at its own token, then jumps to the last one", size=(9.5, 4.8))
plotting.heatmap(
    axes,
    share,
    xlabel="token of the target",
    ylabel="place: behind block",
    colours=plotting.DIVERGING,
    center=0,
    vmin=-1,
    vmax=1,
    xticks=words,
)
axes.tick_params(axis="x", rotation=90)
plotting.show(
    fig,
    alt="Share recovered by place and token: bright at the name for early places, at the last token for late ones.",
    folded="What each vector of the stream carries",
)

# %% [markdown] fold="How to read the picture"
# In the upper rows one column carries everything: the token *Mia* itself. In the two lowest rows it is the last
# column. The name is not handed on from word to word: no column between the two has any colour. It is fetched over
# fifteen tokens at once, by the block between row 10 and row 11.

# %% [markdown]
# **A mistake that is really made.** Patch the source's vectors into the *source* run, and every place recovers 100 %,
# whatever it carries. Only one run may be changed, and the other only lends. (**Exercise 4** is patching, and
# **exercise 9** asks you to read some results of it.)

# %%
wrong = inside.recovered(inside.patch_stream(model, source, source, answer), of_source, of_target)
measured("smallest share when both runs are the source", wrong.min().item(), about=1, within=0.01)

# %% [markdown]
# Now the heads. Each head's output is replaced, at all tokens, by what it gathered in the source run. We do it for
# eight pairs of beginnings of different plots, so that no single sentence decides. (The two names are always Lily and
# Mia; sections 5 and 6 take others.)

# %%
plots = ["broken", "hurt bird", "lost pet", "lost toy", "seed", "baking", "night", "skill"]
shares, pairs = [], []
for plot in plots:
    text = corpus.sample({"hero": "Lily", "plot": plot}, n=1, seed=3)[0].text
    ends = text.find("Lily", text.find("Lily") + 1)  # where the name is due again
    pair = [ids_of(text[:ends].rstrip(" ").replace("Lily", name)) for name in ("Lily", "Mia")]
    with torch.no_grad():
        both = [answer(model(tokens)) for tokens in pair]
    shares.append(inside.recovered(inside.patch_heads(model, *pair, answer)[..., 0], *both))
    pairs.append((*pair, *both))
by_head = torch.stack(shares)  # (pairs, L, H)

# %%
order = by_head.mean(dim=0).flatten().argsort(descending=True).tolist()
top = [Head(place // H, place % H) for place in order[:3]]
for head in top:
    estimate = inside.estimate(by_head[:, head.layer, head.head])
    low, high = inside.interval(estimate)
    print(
        f"block {head.layer} head {head.head}: recovers {approx(estimate.mean, about=0.3, within=0.35, digits=2)}, "
        f"interval {approx(low, about=0.2, within=0.4, digits=2)} to {approx(high, about=0.4, within=0.5, digits=2)}; "
        f"name score {approx(names[head].item(), about=0.95, within=0.1, digits=2)}"
    )

# %% [markdown]
# And all three in one run?

# %%
together = []
for lender, changed, high_end, low_end in pairs:
    lent = inside.head_outputs(model, lender)  # (L, 1, H, T, D)
    with torch.no_grad(), inside.heads_replaced(model, {head: lent[head.layer, :, head.head] for head in top}):
        together.append(inside.recovered(answer(model(changed)), high_end, low_end).item())
measured("the three together recover, mean of eight pairs", statistics.fmean(together), about=1, within=0.1)
measured("smallest of the eight", min(together), about=1, within=0.1)

# %% fold="drawing"
fig, panels = plotting.figure(title="Four heads look at the name, three of them carry it", columns=2, size=(3.6, 5.2))
plotting.heatmap(panels[0], names, xlabel="head", ylabel="block", title="name score (weight)", vmin=0, vmax=1)
plotting.heatmap(
    panels[1],
    by_head.mean(dim=0),
    xlabel="head",
    ylabel="block",
    title="recovered (cause)",
    colours=plotting.DIVERGING,
    center=0,
    vmin=-0.6,
    vmax=0.6,
)
plotting.show(fig, alt="Two heatmaps of 12 blocks by 5 heads: the name score, and the share recovered by patching.")

# %% [markdown]
# Three heads together recover the whole way, and all three are in block 10. Blocks are counted from 0, so what they
# write is at place 11, where the name arrived in the picture above. (The three single shares add up to a little more
# than 1: what follows, norms and an MLP, is not linear.)
#
# And the two pictures are not the same: head 3 of block 6 gives most of its weight to the name, and carries nothing of
# it to the answer. A score finds candidates; patching decides.
#
# Here is what the first of the three sees. It is the last token's turn, the comma behind *morning*:

# %% fold="drawing"
weights = inside.attention_patterns(model, source)[top[0].layer, 0, top[0].head, -1]  # (T,)
words = [tokenizer.decode([token]).replace("\n", "↵") or "end of text" for token in source[0].tolist()]
fig, (axes,) = plotting.figure(
    title=f"At the last comma, head {top[0].head} of block {top[0].layer} looks at Lily and at nothing else",
    xlabel="token that is looked at",
    ylabel="attention weight",
    size=(9.0, 2.8),
)
axes.bar(range(len(words)), weights)
axes.set_xticks(range(len(words)), words, rotation=90)
axes.set_ylim(0, 1.03)
plotting.show(fig, alt="A bar for each of the 28 tokens of the prompt. Nearly all the weight is on Lily.")

# %% [markdown]
# **What to notice:** it looks back over fifteen tokens, and past all other words.

# %% [markdown]
# ## 5 · Does it copy?
#
# A head moves what it looks at through $W_V$ and $W_O$, wherever it looks (Elhage et al. 2021). So we can ask: if it
# looked at *Lily*, would it say *Lily*? Take the vector $x_i$ of name $i$ through the head, and let the model's head
# read what comes out:
#
# $$\text{table}_{ij} = E_j \cdot (W_O W_V\, x_i), \qquad E_j: \text{row } j \text{ of the model's head}$$
#
# **By hand**, with two numbers per vector and two names, $x_0 = (1, 0)$ and $x_1 = (0, 1)$. The product $W_O W_V$ of a
# head exchanges the two numbers. The rows of the model's head are $E_0 = (1, 0)$ and $E_1 = (0, 1)$. Looking at name
# 0, the head writes (0, 1). That is 0 for name 0, and 1 for name 1: row 0 of the table is (0, 1). So this head does
# not copy, it says the *other* name.
#
# `copying_table` does this for 20 names (with the norm before attention). A head that copies has the largest number of
# each row on the diagonal. By chance that is so once in 20 rows, 0.05.
#
# Which vector of a name? Two answers: its embedding, as the literature does for models of one or two blocks, or what
# stands at the name's token in the stream before block 10.
#
# **Guess first.** With which of the two do our heads copy: "embedding", "stream", "both" or "neither"?

# %%
guess = ...  # one of the four words

# %%
girls = ["Lily", "Mia", "Anna", "Zoe", "Lucy", "Ella", "Nora", "Sara", "Amy", "Maya"]
boys = ["Tom", "Ben", "Max", "Sam", "Leo", "Tim", "Jack", "Finn", "Omar", "Adam"]
name_tokens = torch.tensor([tokenizer.token_to_id(f"Ġ{name}") for name in girls + boys])
told_of = torch.cat([ids_of(prompt.replace("Lily", name)) for name in girls + boys])  # (20, T)
before = inside.residual_stream(model, told_of)[:, :, its_place]  # (13, 20, C)


def copied(head, vectors=None):
    return inside.copying_score(inside.copying_table(model, *head, name_tokens, vectors))


from_embedding = [copied(head) for head in top]
from_stream = [copied(head, before[head.layer]) for head in top]

# %% fold="setup"
works = (min(from_embedding) > 0.5, min(from_stream) > 0.5)
words_for = {(True, True): "both", (True, False): "embedding", (False, True): "stream", (False, False): "neither"}
reveal("they copy with", words_for[works], guess)
for head, one, two in zip(top, from_embedding, from_stream, strict=True):
    one, two = approx(one, about=0, within=0.1, digits=2), approx(two, about=0.9, within=0.2, digits=2)
    reveal(f"block {head.layer} head {head.head}: share of names copied", f"embedding {one}, stream {two}")

# %% [markdown] fold="What this means"
# From the stream each of the three copies every one of the 20 names, and from the embedding not a single one. After
# ten blocks a name is not stored as its embedding any more: the blocks before have rewritten it into a form that these
# heads read, and what the heads write has the form that the model's head reads. Whoever tests for copying with
# embeddings alone would say that this model has no copying head.

# %% [markdown]
# **Exercise 3** is the table of what a head says.
#
# ## 6 · Ablation: what a head is worth
#
# Patching says what carries a difference between two texts. **Ablation** asks what is lost on real stories when a part
# is missing. How do you take a head away? Zeros are a value that the rest has never met. Better is the head's **mean**
# over many stories: what it says when it knows nothing of the text at hand.
#
# The loss without the head less the loss with it is what the head is **worth**. Both are measured on the same stories,
# so their difference is taken story by story: what makes a story hard is in both and cancels.
#
# **By hand.** Three stories cost 80, 95 and 70 nats with the head, and 81, 97 and 70 without it. The differences are
# 1, 2 and 0. So the head is worth 1 nat per story, although the stories themselves differ by 25.
#
# How sure is that? The differences have a standard deviation of 1, so their mean has a **standard error** of
# 1/√3 = 0.58. The interval reaches 1.96 standard errors to each side: from 1 − 1.13 = −0.13 to 2.13. It contains 0, so
# three stories do not show that the head is worth anything. We take 70.

# %%
means = inside.mean_outputs(model, rows.tokens[:30], rows.real[:30])  # (L, H, D), from 30 stories
test, test_later, test_real = rows.tokens[30:], later[30:], rows.real[30:]  # 70 others
mentions_per_story = test_later.sum().item() / len(test)
unknown = mentions_per_story * nats_first  # a model that does not look back pays for each mention again
best = top[0]

# %% [markdown]
# **Guess first.** A story has more than two later mentions in this window. Not to know the name would cost about 5
# nats at each, so about 12 nats per story. How many of them does the loss of the one best head cost?

# %%
guess = ...  # nats per story

# %%
alone = inside.worth(model, [best], test, test_later, means)

# %% fold="setup"
label = f"block {best.layer} head {best.head} alone, nats per story"
reveal(label, approx(alone.mean, about=0.7, within=0.7, digits=2), guess)
reveal("if the name were not known at all", approx(unknown, about=12, within=3, digits=2))

# %% [markdown]
# Is that what the head is worth? (Open the answer first: the next table repeats it.) Take away the other two as well,
# alone and together. As a control we take away three others: those that look at the name most after these. And once
# we put zeros instead of means. All with intervals: 95 of 100 such intervals hold the true mean.

# %%
by_look = [Head(place // H, place % H) for place in names.flatten().argsort(descending=True).tolist()]
others = [head for head in by_look if head not in top][:3]
parts = {f"block {head.layer} head {head.head}": ([head], means) for head in top}
parts |= {"these three": (top, means), "three others": (others, means), "these three, zeros": (top, None)}
found = {name: inside.worth(model, heads, test, test_later, instead) for name, (heads, instead) in parts.items()}
for name, worth in found.items():
    low, high = inside.interval(worth)
    usual = 0.7 if len(parts[name][0]) == 1 else 0 if name == "three others" else 10
    mean, low, high = (
        approx(value, about=usual, within=max(1, usual / 2), digits=2) for value in (worth.mean, low, high)
    )
    print(f"{name:20} {mean} nats per story, from {low} to {high}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Each head alone costs little, the three together most of what the name is worth",
    xlabel="nats per story lost on later mentions, with 95 % interval",
    size=(7.5, 3.4),
)
for row, worth in enumerate(found.values()):
    reach = worth.mean - inside.interval(worth)[0]
    axes.errorbar(worth.mean, row, xerr=reach, fmt="o", capsize=4, color=plotting.PALETTE[0])
axes.axvline(unknown, color="0.4", linestyle=":")
axes.text(unknown, -0.75, "name unknown ", ha="right", color="0.3")
axes.set(yticks=range(len(found)), yticklabels=list(found), ylabel="taken away", ylim=(len(found) - 0.5, -1.2))
plotting.show(
    fig, alt="Nats per story lost: three single heads below 1, the three together about 10, three others about 0."
)

# %% [markdown]
# Do zeros cost more than means? Both were taken on the same 70 stories, so the difference is taken story by story. And
# the last line counts all tokens, not the later mentions alone.

# %%
losses = {}
for name, instead in {"zeros": torch.zeros_like(means), "means": means}.items():
    with inside.heads_replaced(model, {head: instead[head.layer, head.head] for head in top}):
        losses[name] = inside.nats(model, test, test_later)  # (70,): nats of each story
more = inside.estimate(losses["zeros"] - losses["means"])
mean, low, high = (approx(x, about=0.4, within=0.5, digits=2) for x in (more.mean, *inside.interval(more)))
print(f"zeros cost more than means by {mean} nats per story, from {low} to {high}")
whole = inside.worth(model, top, test, test_real, means)
low, high = inside.interval(whole)
print(
    f"these three, all tokens: {approx(whole.mean, about=12, within=12, digits=2)} nats per story, "
    f"from {approx(low, about=12, within=12, digits=2)} to {approx(high, about=12, within=12, digits=2)}"
)

# %% [markdown]
# **What to notice:**
#
# 1. **The truth gives the scale.** The dotted line estimates what it costs not to know the name at all: the model's
#    cost of a first mention, at each later mention. It is a whole cost, and the points are losses *added* to what the
#    model pays anyway, about 0.6 nats per story. The three heads together are worth about three quarters of it.
#    Zeros cost a little more than means: the interval of the difference leaves out 0, although those of the two
#    overlap in the picture.
# 2. **Heads share work.** The three together are worth many times the sum of what each is worth alone. They stand in
#    the same block, so none of them sees that another is gone: the other two write what they always write. And that is
#    enough, since the right name leads by many nats and can lose a part of its lead. Whoever takes away one head at a
#    time finds very little.
# 3. **Looking is not carrying.** Only one of the three others gives most of its weight to the name. Yet without these
# three others at most about half a nat is lost.
#
# Over all tokens about ten nats more are lost: these heads do something at other tokens, too.
#
# **Exercises 5 and 6** take a head away and state its worth; **exercise 10** looks for the heads that keep an animal's
# name.

# %% [markdown]
# ## 7 · A probe and its control
#
# Does the stream contain what a story is about? A **probe** is one linear layer, fitted to vectors of the stream. Here
# it reads off which of four lessons the story teaches (courage, honesty, kindness, patience), from the vector of token
# t. It is tested on stories that it was not fitted to.
#
# Three numbers must stand beside its accuracy:
#
# - **the truth**: at token t the lesson may not be settled yet, and then nothing can know it. `corpus.choices_so_far`
#   tells for which stories the text up to t has settled it;
# - **shuffled labels**: what the same probe reaches on labels that belong to other stories;
# - **a control task** (Hewitt and Liang 2019): each hero's name gets one random label. A probe that is right on these
#   has learned names by heart, and says nothing about what the model has made of the story. It is tested only on
#   stories whose hero was among the fitted ones: nobody can know the label of a name that was never met.
#
# What counts is the **selectivity**: the accuracy less that on the control task. **By hand.** A probe is right on 80 %
# of held-out stories. On the control task it is right on 25 %, which is chance with four labels: its selectivity is
# 0.55. Another one has 80 % and 75 %: 0.05. The second has learned the names of the heroes.

# %%
lessons = ["courage", "honesty", "kindness", "patience"]
told = corpus.load_stories(split="train", n=300)["text"]  # 220 to fit the probe, 80 to test it
probe_rows = inside.story_rows(tokenizer, told, model.config.seq_len)
about = [corpus.choices_of(story) for story in told]
labels = torch.tensor([lessons.index(chosen["lesson"]) for chosen in about])
heroes = sorted({chosen["hero"] for chosen in about})
kinds = torch.tensor([heroes.index(chosen["hero"]) for chosen in about])
control = inside.control_labels(kinds, classes=4)
shuffled = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))]

at = [10, 25, 40, 60, 80, 110]  # tokens t
middle = torch.cat([inside.residual_stream(model, some[:, :-1])[L // 2][:, at] for some in probe_rows.tokens.split(50)])

# %%
fit, held = torch.arange(220), torch.arange(220, 300)
met = held[torch.isin(kinds[held], kinds[fit])]  # held-out stories whose hero the probe has met
print("held-out stories:", len(held), " of them with a hero that was met:", len(met))


def probed(x, wanted, tested):
    return inside.accuracy(inside.fit_probe(x[fit], wanted[fit], classes=4, penalty=0.01), x[tested], wanted[tested])


curves = {
    name: [probed(middle[:, place], wanted, tested) for place in range(len(at))]
    for name, wanted, tested in [
        ("lesson", labels, held),
        ("shuffled labels", shuffled, held),
        ("control task", control, met),
    ]
}
settled = []
for t in at:
    beginnings = [tokenizer.decode(row[1 : t + 1].tolist()) for row in probe_rows.tokens[held][:30]]
    settled.append(statistics.fmean("lesson" in corpus.choices_so_far(text) for text in beginnings))

# %% [markdown]
# **Guess first.** With four lessons, chance is a quarter. What share of held-out stories does the probe get right at
# token 80, in the middle of the model?

# %%
guess = ...  # a share between 0 and 1

# %% fold="setup"
reveal("the probe at token 80", approx(curves["lesson"][at.index(80)], about=0.9, within=0.15, digits=2), guess)
reveal("its control task there", approx(curves["control task"][at.index(80)], about=0.35, within=0.25, digits=2))

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Where the text has settled the lesson, the probe reads it",
    xlabel="token t",
    ylabel="share right on held-out stories",
    size=(7.2, 3.8),
)
for (name, values), marker in zip(curves.items(), ["o-", "s--", "^--"], strict=True):
    axes.plot(at, values, marker, label=name)
axes.plot(at, settled, ":", color="black", label="settled by the text (truth)")
axes.set(ylim=(0, 1.03))
fig.legend(*axes.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=2)
plotting.show(
    fig,
    alt="Accuracy against the token. The probe rises from chance towards 1; both controls stay low.",
    folded="The probe, its controls and the truth",
)

# %% [markdown] fold="What it shows, and what it does not"
# At token 40 the text has settled the lesson in each of the 30 stories that we asked, and the probe reads it in about
# 95 of 100 (in 88 at token 80). The shuffled labels stay near a quarter. The control task is at most a little above it.
# It proves little here: section 4 showed that the name stays at its own token, so at other tokens even a probe that
# learns by heart could hardly know it. That the probe did not learn its stories by heart is shown by the test on
# stories that it was not fitted to. (With 80 stories a share is known to about ± 0.1. The control task has 43 stories,
# so ± 0.14.)
#
# Early in the story the probe is right more often than the text has settled. It does not know more than the text: a
# child or an animal as the hero leaves only some plots, and a guess among these is often right. Behind token 40 it
# falls a little, although the text is settled; with 80 stories this may be chance.
#
# A probe shows that something *can be read* from the stream. It does not show that the model *uses* it: for that you
# would patch, as in section 4.

# %% [markdown]
# **Exercises 7 and 8** are a probe that knew too much, and its control.
#
# **The answer to our question.** The name waits at its own token, in ten blocks, and changes its form there. In block
# 10, three heads of the place where it is due look at it, carry it over and write it in the form that the model's head
# reads. Each of these three of 60 heads, patched alone, moves the answer by a part: 0.5, 0.41 and 0.19. Patched
# together, they move it the whole way. Without them
# the later mentions cost about 9 nats per story more, of about 12 that it would cost not to know the name. At a later
# mention the model pays 0.26 nats. The truth about *which* name is 0; *that* a name comes may cost something even for
# the truth.
#
# **What is missing.** We know who carries the name, and not how these heads *find* it: what in their queries and keys
# says "the hero, and not the friend". This is one model, from one training: another seed may use other heads and
# another block. And our question was about one token; most of what a large model knows is not in one place.
#
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `residual_stream(model, idx)` | the stream at each place | `(L + 1, B, T, C)` |
# | `logit_lens(model, stream)` | what the model would say there | `(L + 1, B, T, V)` |
# | `attention_patterns(model, idx)` | where each head looks | `(L, B, H, T, T)` |
# | `induction_score(weights, period)` | a head's score | `(L, B, H)` |
# | `patch_stream(model, source, target, metric)` | what each vector carries | `(L + 1, T)` |
# | `patch_heads(model, source, target, metric)` | what each head carries | `(L, H, B)` |
# | `worth(model, heads, tokens, counted, means)` | nats per story, with a standard error | |
# | `fit_probe(x, labels, classes)` | a linear layer that reads the stream | |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A head gives 95 % of its weight to the hero's name. Does it write the name?
#
# - Yes, a weight of 95 % means that it fetches the name
#   - It says where the head looks. What it takes from there, and whether anything uses it, the weight does not say.
# - It may; patching its output tells
#   + If its output of another run moves the answer to the other name, it carries the name. If not, it looks for
#   something else.
# - No, heads do not write
#   - Each head writes into the stream through the output projection.
#
# **2.** You take away head A: 0.1 nats are lost. You take away head B: 0.1 nats. Both together: 4 nats. Why?
#
# - A measuring error
#   - With an interval you would see whether it is. Such results are frequent and real.
# - What one of them writes is enough
#   + One at a time, the other's part still gives the right answer. Only both together show what the two are worth.
# - The losses must be added, so 0.2 is right
#   - Nats of one story add up over tokens, not over parts of the model that replace each other.
#
# **3.** A probe reads the plot with 90 %, and its control task with 88 %. What do you conclude?
#
# - The model knows the plot
#   - The same probe learns random labels nearly as well, so that 90 % says nearly nothing.
# - The probe is strong enough to learn labels by heart
#   + Its selectivity is 2 points. Take a simpler probe, more stories, or vectors in which the name cannot be read.
# - The control task was too easy
#   - Its labels are random. They can only be right by learning them by heart.

# %% [markdown]
# ### What comes next
#
# Do the exercises in `exercises/20_interpretability.ipynb`: you write the lens, the score, the patch and the interval
# yourself, and at the end you look for the head that keeps the name of *another* kind of hero.
#
# This is the last lesson. You began with bytes: a tokenizer cut them, attention and MLPs made a model of them, and the
# model learned to tell stories. Then it learned to listen, became small and fast, and today you opened it. You wrote
# or checked each of these parts yourself, and you know how good the best possible model would be.
#
# **Put it all together.** `course capstone`, in a terminal in the course's folder, takes your answers from your
# exercise notebooks, as you last saved them, and makes one model of them. It is trained, learns to listen, learns to
# prefer some answers, becomes small, writes with a draft, and is opened. A piece that is missing or not right yet is
# the library's. Each stage says which pieces were yours, and sets its result beside the best that is possible. It
# takes about ten minutes on two cores; what is done is kept, and the same command goes on. In a notebook, `from
# course_lib.capstone import grow` and `grow(folder="../exercises")` do the same.
#
# Where to go from here:
#
# - Ask **one question of your own** about the course's model. Change one thing, take several seeds, and state the
#   difference with an interval, beside the floor.
# - Ask the question of this lesson of **another model**: `pretrained.load` builds several (lessons 13 and 18).
# - Read a paper from which the course took an idea. Start with Hoffmann et al. (2022) or Elhage et al. (2021): you
# know the words now, and you know what to ask of their numbers.
