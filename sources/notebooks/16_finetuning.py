# %% [markdown]
# # 16 · Fine-tuning
#
# **When you finish, you can**
# - make requests and answers from stories, and say exactly whether an answer does what was asked for;
# - lay a conversation out as tokens, and count the loss where it should count;
# - pack several examples into a row behind walls, and show that this changes nothing;
# - write LoRA, merge it, and count what it saves;
# - say what the best possible answer costs in nats, and compute it.
#
# **What you need first:** lessons 07 (the loss), 10 (rotary positions and the cache), 11 (training), 12 (generation).
#
# **Time:** about 70 minutes. Between the parts is a good place to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 to 5 | requests, templates, targets, rows | 35 minutes | 1, 2 and 3: 30 minutes |
# | **Part B**, sections 6 to 8 | LoRA, and what training brings | 35 minutes | 4, 5, 6 and 7: 39 minutes |
#
# **The question.** The course's own model tells good stories, but it tells whatever it likes. You want one about
# *Lily, a kite and courage*. **How does a model that only tells become a model that listens?**
#
# Letters in this lesson: `B` batch, `T` tokens, `C` width, `r` rank.

# %%
import copy
from collections.abc import Callable
from itertools import islice

import torch
from torch import nn

from course_lib import corpus, finetuning, pretrained
from course_lib.config import LlamaConfig
from course_lib.corpus import generate
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.telling import trace
from course_lib.finetuning.experiment import read_log
from course_lib.generation import stream_text
from course_lib.llama import Llama
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured

_ = torch.manual_seed(0)
model, tokenizer = pretrained.load("howsam"), pretrained.load_tokenizer("howsam")

# %% [markdown]
# **Where we are.** This is the whole model. Fine-tuning adds no room to it. It changes the numbers that are there: all
# of them, or only a small addition to the linear layers, in attention (lit) and in the MLP.

# %% fold="drawing"
diagram.model(model, lit="attention")

# %% [markdown]
# ## 1 · A model that does not listen
#
# Here is a request, and what the model writes after it.

# %%
REQUEST = "Tell a story about Lily, a kite and courage."
print("".join(stream_text(model, tokenizer, REQUEST, 60, temperature=0.7, seed=0)))

# %% [markdown]
# No Lily, no kite, no courage. The model has read stories and nothing else. No story begins like this, so a request
# means nothing to it. It simply goes on as stories go on.
#
# This is **prompting**: to write something before, and let the model go on. It works as far as the prompt looks like
# something from training. A very large model has seen many requests with their answers on the web. Ours has seen none.
#
# A better prompt for this model is the beginning of a story. That fixes the hero and leaves the kite to chance.

# %%
beginning = "Once upon a time, there was a brave girl named Lily."
print(beginning + "".join(stream_text(model, tokenizer, beginning, 60, temperature=0.7, seed=0)))

# %% [markdown]
# Lily is there, the kite is not. We want a model that follows whole requests. For this we need examples, a measure of
# success, and training.

# %% [markdown]
# ## 2 · Requests whose answers can be checked
#
# Our stories come from a generator that makes choices: a plot, a hero, an object, and so on. A **parser** goes the
# other way: it reads these choices back from a text. It does not search for words. It follows every way in which the
# generator could have told this very text.

# %%
story = next(generate("validation"))
choices = corpus.choices_of(story.text)
print(story.text[:230], "…\n")
print(choices)

# %% [markdown]
# So each story tells us a request that it would have met. The request names three of its choices: hero, object and
# lesson. Let the parser judge the story itself as an answer, and the same story with another hero in it.

# %%
request = finetuning.request_of(story.text)
print(request.text)
for hero in (choices["hero"], "Hazel"):
    verdict = finetuning.judge_answer(story.text.replace(choices["hero"], hero), request.given)
    print(f"{hero}: possible {verdict.possible}, met {verdict.met}, told as asked: {', '.join(sorted(verdict.told))}")

# %% [markdown]
# - `possible`: the generator could have told this text, from its first letter to its last.
# - `met`: it is possible, and it also makes the three choices.
# - `told`: those of the three that it makes as asked. (A text that becomes impossible at a word is read up to there.)
#
# **A mistake to know.** A judge that only searches for the words "Lily" and "kite" also accepts a story in which Lily
# is the name of the cake. The parser does not.
#
# ### How good can an answer be?
#
# A model that knows the request still cannot know the colour of the kite. So even the best answer costs something: the
# **conditional entropy** H(story | request).
#
# **By hand, in a small world.** There are 2 heroes and 5 colours, all equally likely, so 10 stories. A story costs
# ln 10 = 2.30 nats. The request names the hero: that is worth ln 2 = 0.69 nats. What is left is 2.30 − 0.69 = 1.61 =
# ln 5, the colours. Nobody can tell this story for less.
#
# In our world it is the same difference. The generator gives the exact probability of a story, and that of the three
# choices. A story makes only one set of choices, so the probability of both together is that of the story:
#
# $$-\log p(\text{story} \mid \text{request}) = -\log p(\text{story}) + \log p(\text{request})$$
#
# We take 60 new stories. They have 86 nats each, on average. **Guess first.** How many of them does the request take
# away, on average? (The hero is one of about 1,200 names, some frequent and most of them rare; the object is one of
# more than 400 things; the lesson is one of four.)

# %%
guess = ...  # nats

# %%
stories = list(islice(generate("validation"), 60))
requests = [finetuning.request_of(told.text) for told in stories]
known = [-corpus.log_prob_of_choices(asked.given) for asked in requests]  # nats of the request itself
open_ = [-told.log_probability - nats for told, nats in zip(stories, known, strict=True)]
print(f"H(story), the mean of 60: {sum(-told.log_probability for told in stories) / 60:.1f} nats")
reveal("nats that the request takes away", round(sum(known) / len(known), 1), guess)
reveal("H(story | request), nats per story: the floor of this lesson", round(sum(open_) / 60, 1))

# %% [markdown]
# **What to notice:** the request is only a small part of a story. Most of a story's nats are animals, foods and colours
# that nobody asked for. And we have a floor: no model can come below H(story | request), on average over new stories.

# %% [markdown]
# ## 3 · Who is speaking?
#
# Request and answer become one row of tokens. Two new **special tokens** say who speaks. No text contains them, since
# they are no pieces of text:
#
# `<|endoftext|><|user|>`request`<|storyteller|>`answer`<|endoftext|>`

# %%
template = finetuning.ChatTemplate.of(tokenizer)  # adds the two tokens to the tokenizer
example = template.lay_out(request.text, story.text)
print("the last token of the prompt:", repr(tokenizer.decode([example.prompt[-1]], skip_special_tokens=False)))
print("tokens of prompt and answer: ", example.start, "+", len(example.ids) - example.start)
print("the last token of the answer:", repr(tokenizer.decode([example.ids[-1]], skip_special_tokens=False)))

# %% [markdown]
# This layout is the **chat template**. When the model is used, it gets everything up to and with `<|storyteller|>`, and
# goes on from there. The template must be the same in training and at use, token by token. A missing space gives a
# prompt that the model has never seen. So there is one function for both.
#
# The model needs two more rows in its embedding table. What should they hold?

# %%
before = model.config.vocab_size
finetuning.grow_vocabulary(model, tokenizer.get_vocab_size())
print(f"{before:,} tokens became {model.config.vocab_size:,}; both new rows are the mean of all others")

# %% [markdown]
# The mean of all rows is a safe beginning: in mean squared distance, no row is nearer to all others. A row of random
# numbers of the wrong size could dominate the logits, since the head uses the same table. **Exercise 1** is the
# template.

# %% [markdown]
# ## 4 · What shall the model learn?
#
# In training until now, every token was a target. Here the request is given, and the model never has to say it. So only
# the **answer** counts. The other targets get the mark −100, which `cross_entropy` leaves out: the loss is the mean
# over the targets that are left (`finetuning.answer_loss`).
#
# A short row by hand. 90 is the end of text, 91 the user, 92 the storyteller; the request is the token 5, and the
# answer is 7, 8. Places are counted from 0, so the answer starts at place 4.
#
# | input | 90 | 91 | 5 | 92 | 7 | 8 |
# |---|---|---|---|---|---|---|
# | next token | 91 | 5 | 92 | 7 | 8 | 90 |
# | target | −100 | −100 | −100 | 7 | 8 | 90 |

# %%
print(finetuning.answer_targets([90, 91, 5, 92, 7, 8, 90], start=4))

# %% [markdown]
# Two borders matter. The **first** target that counts stands under the *last token of the prompt*. The **last** target
# is the end of text. Without it, nothing ever teaches the model to stop. (**Exercise 2** is such a model.)
#
# What if the request counted, too? Then part of the training would teach the model to *ask*. How large is that part in
# our examples?

# %%
examples = [template.lay_out(asked.text, told.text) for asked, told in zip(requests, stories, strict=True)]
prompt_targets = sum(one.start - 1 for one in examples)
all_targets = sum(len(one.ids) - 1 for one in examples)
print(f"{prompt_targets:,} of {all_targets:,} targets belong to requests: {prompt_targets / all_targets:.0%}")

# %% [markdown]
# Here it is a small part. In a collection of long questions with short answers it would be nearly everything.

# %% [markdown]
# ## 5 · Rows of unequal length
#
# Stories have different lengths, but a batch is a rectangle. **Padding** gives each example a row of its own and fills
# it up. What stands behind a text is never seen by it, since a causal model only looks back. And its targets are −100.
# So padding is right, but it is waste.
#
# **Guess first.** Which share of a padded batch of 16 of our examples is filling?

# %%
guess = ...  # between 0 and 1

# %%
sixteen = examples[:16]
padded = finetuning.pad(sixteen, fill=template.end)
waste = (padded.segments < 0).double().mean().item()
reveal("share of filling in the padded batch", round(waste, 2), guess)
print("padded:", tuple(padded.x.shape))

# %% [markdown]
# Our stories are alike in length, so there is not much to gain here. With questions of one line and answers of a page,
# half of a batch may be filling.
#
# **Packing** puts several examples into one row. But then a story could see the story before it in the row. So the
# attention mask gets **walls**: a query sees keys of its own example only. The mask has blocks along its diagonal. The
# positions start again at 0 in each block. Below, examples of 4, 3 and 2 tokens lie in a row of 10.

# %% fold="drawing"
small = finetuning.pack([finetuning.Example(tuple(range(n + 1)), 1) for n in (4, 3, 2)], length=10, fill=0)
fig, (axes,) = plotting.figure(title="Each example sees itself, and nothing before it in the row", size=(5.6, 4.2))
plotting.heatmap(axes, finetuning.block_mask(small.segments)[0].double(), xlabel="key", ylabel="query")
plotting.show(fig, alt="A mask of 10 by 10: triangles of 4, 3, 2 and 1 along the diagonal, the last one filling.")

# %% [markdown]
# Yellow means that the query may see the key. The last square on the diagonal is the filling. It sees itself. If it saw
# nobody, its softmax would be 0/0, and NaN would spread from there to all weights.
#
# Now the sixteen examples in rows of 768 tokens. If the walls are right, packing changes *nothing*: neither the loss
# nor a gradient. Measure it, on a small model with numbers of 64 bits.

# %%
packed = finetuning.pack(sixteen, length=768, fill=template.end)
print(f"packed: {tuple(packed.x.shape)}, {(packed.segments < 0).double().mean():.0%} filling")
config = LlamaConfig(vocab_size=tokenizer.get_vocab_size(), seq_len=768, n_layer=2, n_embd=32, n_head=2, n_kv_head=1)
tiny = Llama(config, torch.Generator().manual_seed(0)).double()
losses = {
    "padded": finetuning.answer_loss(tiny(padded.x), padded.y),
    "packed": finetuning.answer_loss(tiny(packed.x, finetuning.Walls(packed.segments)), packed.y),
    "packed without walls": finetuning.answer_loss(tiny(packed.x), packed.y),
}
for name, loss in losses.items():
    gradient = torch.autograd.grad(loss, tiny.token_embedding.weight)[0].norm().item()
    print(f"{name:22s} loss {loss.item():.6f}   length of a gradient {gradient:.6f}")

# %% [markdown]
# **What to notice:** padded and packed agree in every digit. Without walls the numbers differ a little, and no error is
# raised. Such a mistake stays in a program for months. **Exercise 3** builds the walls.
#
# **Part A ends here: a good place to stop.** You have requests that can be checked, and examples to learn from.

# %% [markdown]
# ## 6 · Change little: LoRA
#
# **Full fine-tuning** lets all weights learn. For a large model that is expensive: beside each weight, training keeps
# its gradient and AdamW's two running means, the *moments* (lesson 11). **LoRA** (Hu et al. 2021) freezes the weights.
# Beside each linear layer it puts two narrow matrices, and only they learn:
#
# $$y = x W^\top + \frac{\alpha}{r}\; x A^\top B^\top \qquad A: (r, \text{in}),\quad B: (\text{out}, r)$$
#
# - $A$ reads $r$ numbers from $x$, and $B$ writes them to the output. $r$ is the **rank**: 4, 8 or 16.
# - $A$ begins with small random numbers, so that its rows read different things.
# - $B$ begins with zeros, so the model begins exactly as the base model.
# - $\alpha$ says how strong the change is. It is divided by $r$, so that another rank needs no other learning rate.
#
# **By hand.** x = (1, 2), and W changes nothing: the output is (1, 2). The rank is 1, and α = 2. A = (1, 1) reads 1 + 2
# = 3 from x. B = (0.1, 0) writes 0.3 into the first output. Times α/r = 2 that is 0.6. So y = (1.6, 2).
#
# After training, the product can be **merged** into the weight: $W + \frac{\alpha}{r} B A$. Then the layer is as fast
# as before.

# %%
x, W = torch.tensor([1.0, 2.0]), torch.eye(2)
A, B = torch.tensor([[1.0, 1.0]]), torch.tensor([[0.1], [0.0]])  # (r, in), (out, r)
alpha, r = 2.0, 1
merged = W + alpha / r * B @ A
print("two paths:", [round(y, 3) for y in (W @ x + alpha / r * B @ (A @ x)).tolist()])
print("merged:   ", [round(y, 3) for y in (merged @ x).tolist()])

# %% [markdown]
# What does it save? A layer from 100 to 400 numbers has 40,000 weights. With r = 8, A and B have 8 · 100 + 400 · 8 =
# 4,000.
#
# **Guess first.** The course's model has 2.46 million parameters, of which 1 million are the token table. All its
# linear layers but the head get a LoRA of rank 8. A block has four: one matrix 100 → 300 that makes queries, keys and
# values together, one 100 → 100 for the output of attention, and the MLP's 100 → 400 and 400 → 100. There are 12
# blocks. Which share of the parameters learns?

# %%
guess = ...  # between 0 and 1

# %%
base = copy.deepcopy(model)
full = finetuning.training_memory(base)
layers = finetuning.add_lora(base, rank=8, alpha=16.0, generator=torch.Generator().manual_seed(0))
lora = finetuning.training_memory(base)
learn = sum(parameter.numel() for _, parameter in finetuning.lora_parameters(base))
total = sum(parameter.numel() for parameter in model.parameters())
reveal("share that learns", round(learn / total, 3), guess)
reveal(f"numbers that learn, in {len(layers)} layers", learn)

# %% [markdown]
# What training has to keep in memory for the parameters, in bytes, with all weights and with LoRA. (The activations
# that wait for the backward pass come on top. They depend on batch and length, and LoRA saves little of them.)

# %%
lines = [f"{'':8s}{'weights':>12s}{'gradients':>12s}{'AdamW':>12s}{'all':>12s}"]
for name, memory in (("full", full), ("LoRA", lora)):
    lines.append(f"{name:8s}" + "".join(f"{part:12,}" for part in (*memory, memory.total)))
show_folded("Bytes that training keeps", "\n".join(lines))

# %% [markdown]
# **What to notice:** the column of the weights is no smaller. The frozen weights still have to be there. What LoRA
# saves are the gradients and the two moments of AdamW. It also saves disk: for each task, only $A$ and $B$ are kept.
#
# Merged and unmerged must agree in the model as well. A fresh $B$ is zero, and then there is nothing to see. So $A$ and
# $B$ get random numbers here. And what happens if somebody merges twice?

# %%
for _, parameter in finetuning.lora_parameters(base):
    nn.init.normal_(parameter, std=0.05, generator=torch.Generator().manual_seed(1))
ids = torch.tensor([list(example.ids[:100])])
with torch.no_grad():
    unmerged = base(ids)
    finetuning.merge_lora(base)
    difference = (base(ids) - unmerged).abs().max().item()
measured("largest difference of a logit, merged and unmerged", difference, about=2e-5, within=2e-4, digits=1)
try:
    finetuning.merge_lora(base)
except ValueError as error:
    print("merging again:", error)

# %% [markdown]
# The refusal matters. To merge twice would add the change twice, and nothing would look wrong except the stories.
# **Exercises 4, 5 and 6** are LoRA, the merge, and what learns and is kept.

# %% [markdown]
# ## 7 · The model learns to listen
#
# Now the course's own model. First the examples: 400 stories, each with the request that it meets.

# %%
plots = {plot.name: plot for plot in PLOTS}
lessons = []
for told in islice(generate("train"), 400):
    asked = finetuning.request_for(corpus.choices_of(told.text, [plots[told.plot]]))  # the plot is known: quicker
    lessons.append(template.lay_out(asked.text, told.text))

# %% [markdown]
# The model reads 128 tokens, and a request with its story is longer. So its position table gets more rows. All of them
# begin like the last one, and have to learn on the way.
#
# Before and after the training it takes an exam: 24 new requests. We look at two things. How many nats does the *true*
# answer cost? And what does the parser say of the answers that the model *writes*? (It writes one to each request, at
# temperature 1.)

# %%
listener = model.float()
finetuning.grow_window(listener, 256)
asked_for, exam = requests[:24], examples[:24]
readable = [finetuning.Example(one.ids[:128], one.start) for one in exam]  # what the old window could hold


def take_exam() -> tuple[float, list[str], list[finetuning.Verdict]]:
    """Nats of the true answers, what the model answers, and what the parser says of it."""
    nats = finetuning.mean_answer_nats(listener, exam).mean
    texts = finetuning.answers(listener, template, tokenizer, [one.text for one in asked_for], max_new_tokens=230)
    return nats, texts, [finetuning.judge_answer(t, one.given) for t, one in zip(texts, asked_for, strict=True)]


# %% [markdown]
# **Guess first.** All weights learn, in 50 steps of 8 examples. Before, no answer has the right hero. Which of hero,
# object and lesson will be right first, and why? How many of the 24 answers have the right hero after 50 steps?

# %%
guess = ...  # a whole number

# %%
nats_before, _, verdicts_before = take_exam()
readable_before = finetuning.mean_answer_nats(listener, readable).mean
losses = finetuning.finetune(listener, lessons, steps=50, batch_size=8, learning_rate=5e-4)
nats_after, texts, verdicts = take_exam()
readable_after = finetuning.mean_answer_nats(listener, readable).mean

told_before, told_after = (
    {name: sum(name in verdict.told for verdict in some) for name in finetuning.ASKED}
    for some in (verdicts_before, verdicts)
)
print("answers as asked before, of 24:", told_before)

# %% fold="setup"
reveal("answers with the right hero after, of 24", approx(told_after["hero"], about=11, within=7), guess)
for name, about in (("object", 1), ("lesson", 6)):
    reveal(f"answers with the right {name} after", approx(told_after[name], about=about, within=7, digits=2))
reveal("possible stories that met the request", approx(sum(v.met for v in verdicts), about=0, within=3))

# %% [markdown]
# And the nats? Two numbers to compare with: the floor is H(story | request), and a perfect teller that does not hear
# the request pays H(story).

# %%
floor = sum(open_[:24]) / 24
deaf = -sum(told.log_probability for told in stories[:24]) / 24
measured("nats of a true answer, before:", nats_before, about=112, within=3)
measured("nats of a true answer, after: ", nats_after, about=85.3, within=4)
measured("of these within the first 128 tokens, before:", readable_before, about=83.7, within=3)
measured("of these within the first 128 tokens, after: ", readable_after, about=62.2, within=4)
print(f"H(story), without hearing:      {deaf:.1f}")
print(f"H(story | request), the floor:  {floor:.1f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="50 steps remove most of what a true answer costs above the floor",
    xlabel="nats per true answer",
    ylabel="model",
    size=(7.0, 2.8),
)
heights = {"before": nats_before, "after 50 steps": nats_after}
axes.barh(list(heights), [floor] * 2, color="0.75", label="H(story | request): nobody can know this")
axes.barh(
    list(heights), [value - floor for value in heights.values()], left=floor, label="what the model does not know yet"
)
axes.set_xlim(0, 125)
axes.invert_yaxis()
fig.legend(*axes.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=2)
plotting.show(
    fig,
    alt="Two bars. Before the training a true answer costs about 112 nats, after it about 85. Of both about 74 nats "
    "are the floor.",
)

# %%
plotting.show_texts(
    {asked_for[0].text: texts[0]}, title="An answer after 50 steps", alt="A request, and the story that answers it."
)

# %% [markdown] fold="What came out"
# (One training, with one seed.) The model has read 400 requests, and many answers already have the right hero. The hero
# stands in the first sentence, and to copy a name is something that the model could do before. Object and lesson are
# harder: the object decides which plot fits, and the lesson is never said in one word. Look at the answer in the
# picture. On the machine that built this page the hero is Dot, as asked. But a squirrel plays where a mouse was asked
# for, and the story teaches to share, not to be patient. Hardly any answer meets the whole request. So the model has
# begun to listen, and 50 steps are not enough.
#
# The nats say the same, if one reads them with care. About 38 nats lay between the model and the floor, and 50 steps
# removed about 27. A part of that, about 5, is saved behind the first 128 tokens: there the positions were new, and all
# their rows alike. The rest is saved where the model could read before. Much of it is not listening either: a request
# in front of a story was something strange, and the model had to learn not to be disturbed by it. After 50 steps it
# pays about as much as the perfect teller that hears nothing. So it is the heroes that show the listening, and not yet
# the nats.

# %% [markdown]
# **What did it forget?** The same weights have to tell plain stories, too. That was the old task: a story without a
# request. Measure it before and after.

# %%
alone = [finetuning.Example((template.end, *one.ids[one.start :]), 1) for one in exam]
untouched = pretrained.load("howsam").float()
finetuning.grow_vocabulary(untouched, tokenizer.get_vocab_size())
finetuning.grow_window(untouched, 256)
cut = [finetuning.Example(one.ids[:128], 1) for one in alone]  # what the untouched model has learned to read
old, new = (finetuning.mean_answer_nats(some, cut).mean for some in (untouched, listener))
measured("127 tokens of a plain story, before:", old, about=69.2, within=2)
measured("127 tokens of a plain story, after: ", new, about=72, within=8)

# %% [markdown]
# **What to notice:** the model forgot a few nats of its old task. Here both tasks are about the same stories, so little
# can be forgotten. Where the new texts differ more, full fine-tuning may forget much. To keep the old task, mix plain
# stories into the batches, take fewer steps or a smaller learning rate, or use LoRA.

# %% [markdown]
# ## 8 · Longer runs: all of it, or LoRA?
#
# 50 steps are a beginning. Longer runs take minutes on a GPU and hours on a laptop, so their results come with the
# course as a log. Three commands make it anew; `course_lib/finetuning/experiment.py` names them.
#
# - **Two models**: the course's own (`howsam`), and the small one that `course train` makes in two minutes
#   (`howsam-2min`).
# - **The base**: each first gets its longer window and reads plain stories with it.
# - **The training**: 20,000 requests with their answers, 1,200 steps of 32 examples. With all weights (*full*, learning
#   rate 0.0005), or with LoRA of rank 8 (learning rate 0.003, six times as large). Three seeds each. No other rates are
#   compared here.
# - **The exam**: the same 200 new requests for all.
#
# **Guess first.** With all its weights, the course's model meets 38 or 39 of the 200 requests: a possible story from
# its first letter to its last, with the hero, the object and the lesson that were asked for. With LoRA, 6 % as many
# numbers learn. How many of the 200 does it meet?

# %%
guess = ...  # a whole number

# %%
logs = {name: read_log(name) for name in ("howsam", "howsam-2min")}


def of_all_seeds(log: dict, method: str, value: Callable[[dict], float]) -> list[float]:
    """One number of each run of a method."""
    return [value(run) for run in log["runs"] if run["method"] == method]


met = of_all_seeds(logs["howsam"], "lora", lambda run: run["met"])
reveal("requests met with LoRA, mean of three seeds", round(sum(met) / len(met), 1), guess)

# %% [markdown]
# The log holds more. The next table gives the lowest and the highest of three seeds (the base is one model). *Met* and
# *possible* are counts of 200 answers. *Answer* is nats of a true answer given its request, *plain story* nats of the
# same story without one.


# %% fold="setup"
def spread(values: list[float], digits: int = 0) -> str:
    """The lowest and the highest of some runs, or the one number that they share."""
    return " to ".join(dict.fromkeys(f"{end:.{digits}f}" for end in (min(values), max(values))))


lines = [f"{'model':13}{'trained':9}{'met':>9}{'possible':>10}{'answer':>14}{'plain story':>16}"]
for name, log in logs.items():
    for method in ("base", "full", "lora"):
        met, possible = (
            spread(of_all_seeds(log, method, lambda run, key=key: run[key])) for key in ("met", "possible")
        )
        answer, alone = (
            spread(of_all_seeds(log, method, lambda run, key=key: run[key][0]), digits=1) for key in ("answer", "alone")
        )
        trained = "LoRA" if method == "lora" else method
        lines.append(f"{name:13}{trained:9}{met:>9}{possible:>10}{answer:>14}{alone:>16}")
lines.append(f"{'the floor':41}{logs['howsam']['floor'][0]:>14.1f}{logs['howsam']['story_floor'][0]:>16.1f}")
show_folded("All results", "\n".join(lines))

# %% [markdown] fold="What they say"
# - **At these rates LoRA meets as many requests as full fine-tuning in the course's model.** The seeds of *met*
#   overlap: 38 to 39 with all weights, 36 to 41 with LoRA (and a count of 39 in 200 has a margin of ± 11 by chance). In
#   nats it is a little behind: 83.0 with each seed, where full has 82.4 to 82.7.
# - **At these two rates it forgets less.** A plain story costs the base 93.7 nats, and 97.7 to 98.6 after LoRA, but
#   99.3 to 101.6 after full fine-tuning. These ranges do not overlap.
# - **In the small model LoRA falls behind.** It costs 94.6 nats where full costs 90.6, and it forgets as much. Its base
#   is weaker, so it has more to learn, and its LoRA has only 38,656 numbers, a quarter of the other's 153,600. Whether
#   LoRA is enough has to be measured.
# - **In the course's model nearly every possible answer meets its request.** Where it tells a possible story at all, it
#   is nearly always the one that was asked for, so the two counts are close. (The small model tells too few for such a
#   statement.)
# - **What fails most often is to tell a possible story at all**: about 40 of 200 answers are possible. Of the three
#   choices the object fails most often, as the next picture shows.

# %% fold="drawing"
fig, panels = plotting.figure(
    title="The hero is easiest, the object hardest; LoRA falls behind in the small model",
    columns=2,
    size=(4.6, 3.4),
)
for axes, (name, log) in zip(panels, logs.items(), strict=True):
    for offset, method in ((-0.12, "full"), (0.12, "lora")):
        for place, part in enumerate((*finetuning.ASKED, "all, possible")):
            shares = of_all_seeds(log, method, lambda run, part=part: run["told"].get(part, run["met"]) / 200)
            axes.plot(
                [place + offset] * len(shares),
                shares,
                {"full": "o", "lora": "^"}[method],
                color=plotting.PALETTE[method == "lora"],
                label={"full": "full", "lora": "LoRA"}[method] if place == 0 else None,
            )
    axes.set(xticks=range(4), ylim=(-0.03, 1), title=name, xlabel="what was asked for", ylabel="share of 200 answers")
    axes.set_xticklabels([*finetuning.ASKED, "all, possible"])
panels[0].legend()
plotting.show(
    fig,
    alt="Two panels, three dots for each method. The course's model: hero about 0.78, lesson 0.68, object 0.52, all "
    "0.19, alike for full and LoRA. The small model: hero 0.65 and 0.55, lesson 0.43 and 0.24, object 0.03, all 0.",
    folded="Shares of the answers, by what was asked for",
)

# %% [markdown]
# What does it look like when a story becomes impossible? Here is an answer from the log, of the course's model with all
# weights. We let the parser read it as far as any story of the generator agrees.

# %%
answer = logs["howsam"]["runs"][1]["texts"][2]
reach = max(trace(plot, answer).furthest[0].position for plot in PLOTS)  # letters that some story agrees with
print("asked: ", requests[2].text)
print("agrees:", answer[:reach].replace("\n", " "))
print("then:  ", answer[reach:].replace("\n", " "))

# %% [markdown]
# **What to notice:** hero and lesson are as asked, and it reads like a story. But a giraffe has no wings, so no story
# of the generator goes on like this, and later the giraffe is a warbler. One wrong word in a hundred is enough to fail.
#
# The same run also has an answer that meets its whole request:

# %%
met_answer = logs["howsam"]["runs"][1]["texts"][1]
verdict = finetuning.judge_answer(met_answer, requests[1].given)
reach = max(trace(plot, met_answer).furthest[0].position for plot in PLOTS)
print(f"agrees for {reach} of {len(met_answer)} letters; told as asked: {', '.join(sorted(verdict.told))}")
plotting.show_texts(
    {requests[1].text: met_answer},
    title="An answer that meets its request, after 1,200 steps",
    alt="A request about Bruno, a crocodile and honesty, and a story that has all three.",
)

# %% [markdown]
# And the request of the beginning? The model of this page, after its 50 steps, answers it so:

# %%
(lily,) = finetuning.answers(listener, template, tokenizer, [REQUEST], max_new_tokens=230)
verdict = finetuning.judge_answer(lily, {"hero": "Lily", "object": "kite", "lesson": "courage"})
plotting.show_texts(
    {f"{REQUEST} Told as asked: {', '.join(sorted(verdict.told)) or 'nothing'}": lily},
    title="The request of section 1, after 50 steps",
    alt="The request about Lily, a kite and courage, what the parser finds told as asked, and the story.",
)

# %% [markdown]
# In section 1 nothing of the request came. How much of it is told as asked now, the line above the story says. On the
# machine that built this page the answer is about Lily and has an end, but it begins in the middle of a sentence. So it
# is impossible from there on, and nothing counts. No kite comes. The longer runs are what this model still needs.

# %% [markdown]
# **The answer to our question.** A model listens when it has read requests with their answers: in one template, with
# the loss on the answer alone, and with its end. After 50 steps a true answer cost about 11 nats more than the floor,
# instead of 38. After 1,200 larger steps it costs 6 nats more than the floor (82.5 and 76.5, on the 200 other
# requests). About 19 of 100 requests are met from the first letter to the last. In the course's model LoRA meets as
# many with 6 % of the numbers and its own learning rate, and at that rate it forgets less. In nats it is a little
# behind, and in the small model it is clearly behind and forgets as much.
#
# **What is missing.** Four of five requests are still not met as a whole, mostly because the story becomes impossible
# at some word. And nobody told the model which of two possible answers is the better one: that is the subject of the
# next lesson. (**Exercise 7** is a choice among prompting, LoRA and full fine-tuning.)
#
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `finetuning.request_of(text)`, `judge_answer(text, given)` | a request from a story; whether an answer meets it |
# | `finetuning.ChatTemplate.of(tokenizer)` | request and answer as one row of tokens |
# | `finetuning.answer_targets(ids, start)` | targets, −100 where the loss does not count |
# | `finetuning.pad`, `pack`, `Walls(segments)` | batches of unequal examples, and walls between them |
# | `finetuning.add_lora(model, rank, alpha)`, `merge_lora` | narrow matrices that learn; adding them to the weights |
# | `finetuning.finetune(model, examples, …)` | the training; it returns the losses |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A model was fine-tuned with the end of text masked out of the targets. What do you see?
#
# - The loss does not fall
#   - It falls: all other tokens of the answer are learned as before. That is why nobody notices.
# - Its answers never end
#   + The model never learned when an answer is over. It goes on with a second story, or with anything at all.
# - Its answers are empty
#   - For that it would have to learn the end too well. It did not learn it at all.
#
# **2.** You double LoRA's rank from 8 to 16 and leave α at 16. What happens to the factor of the change?
#
# - It doubles
#   - The rank stands below the line: α/r.
# - It halves, from 2 to 1
#   + α/r was 16/8, and is 16/16. Twice as many terms are added up, each with half the weight.
# - It stays as it was
#   - Only if α grows together with the rank.
#
# **3.** On new stories, a fine-tuned model has 5 nats less than H(story | request), with a standard error of 0.5. What
# is the best explanation?
#
# - It is a very good model
#   - No model can be better than the true distribution, on average over new stories.
# - It is chance
#   - Five nats are ten standard errors.
# - The stories are not new, or the loss leaves something out
#   + These are the two ways to get below the floor: a leak, or a loss that does not count every token of the answer.

# %% [markdown]
# ### What comes next
#
# Do the exercises in `exercises/16_finetuning.ipynb`: each part of this lesson by your own hand, and a model that
# never stops. A model that follows requests has learned from *examples*. **Lesson 17, preferences and reinforcement**,
# teaches from *marks*: nobody shows the right answer, but somebody says how good one was.
