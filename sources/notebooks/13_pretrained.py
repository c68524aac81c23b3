# %% [markdown]
# # 13 · Pretrained models and families
#
# **When you finish, you can**
# - build every TinyStories model, GPT-2 and Llama 3.2 from one row of a table, and say where their parameters sit;
# - open a checkpoint by hand, down to its bytes, and bring its tensors into your own classes, provably complete;
# - name the two ways in which loading goes wrong without an error, and how to make them visible;
# - tell encoder-only, decoder-only and encoder-decoder apart by their masks, and say for nine models what was new;
# - train a small BERT on your own blocks, and measure what a look at both sides is worth.
#
# **What you need first:** lessons 03 to 07 (attention to GPT), 10 (Llama) and 11 (training).
#
# **Time:** two sessions and a reading. Between the parts are good places to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 to 4 | other people's weights in your classes | 60 minutes | 1 to 5: 65 minutes |
# | **Part B**, sections 5 and 6 | three families, and a small BERT | 50 minutes | 6 to 8: 42 minutes |
# | **Part C**, section 7 | nine models, four papers: to read | 35 minutes | 9 to 11: 65 minutes of writing |
#
# **The question.** A server has a file with some 270 MB of numbers that can tell stories. You have a class that is
# nearly the model of these numbers. **What must you do until your code works with their weights, and how would you
# know that it is right?** And then: if a GPT can do all that, why did others build models that look both ways?
#
# Letters: `B` batch, `T` tokens, `C` width, `H` heads, `D` head size, `L` blocks, `V` vocabulary.

# %%
import json
import math
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from course_lib import pretrained
from course_lib.attention import attention_weights, causal_mask, scaled_dot_product_attention
from course_lib.block import DecoderBlock, LayerNorm
from course_lib.config import PRESETS, GPTConfig, GPTNeoConfig
from course_lib.corpus import load_stories
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.initialization import gpt2_rules, initialize
from course_lib.multi_head_attention import merge_heads, split_heads
from course_lib.pretrained.gpt_neo import GPTNeoAttention, window_mask
from course_lib.pretrained.masked_lm import IGNORED, EncoderBlock, MaskedLM, mask_tokens, masked_token_loss
from course_lib.pretrained.sources import shipped_folder
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import num_params
from course_lib.tokenization import train_tokenizer
from course_lib.training import TrainConfig, learning_rate, make_optimizer


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** You know every room of this map. It is the map of a model that others have trained,
# TinyStories-33M. No single room is lit: in this lesson *all* of them get weights from outside.

# %% fold="drawing"
diagram.model(pretrained.build(PRESETS["tinystories-33m"]), tokens=8)

# %% [markdown]
# # Part A: other people's weights in your classes
#
# In this part you bring weights that somebody else has trained into a class that you have written. You see what is in
# the files, write the loader, and prove that it is right. Two mistakes on the way give no error at all.
#
# ## 1 · A table of models
#
# A model's architecture fits in one line of numbers. The course knows twenty such lines: three models of its own, four
# sizes of GPT-2, seven TinyStories models, three Llamas, and three models of lesson 18 (Qwen3, Gemma 3 and Mixtral).
#
# **By hand**, from the map: the four blocks of TinyStories-33M hold 28.3 of its 68.5 million parameters, and
# 28.3 / 68.5 = 41 %. The blocks do the computing. The rest are tables, because the vocabulary has 50,257 tokens. In its
# smallest relative, TinyStories-1M, the eight blocks hold only 11 %: its width is C = 64, where the map has C = 768.
# (You will count this model by hand in exercise 1.)
#
# **Guess first.** Make TinyStories-1M ten times as wide, C = 640, and change nothing else. What percentage of the
# parameters is in the blocks now?

# %%
guess = ...  # in percent

# %%
with torch.device("meta"):  # shapes, but no memory
    wide = pretrained.build(replace(PRESETS["tinystories-1m"], n_embd=640))
reveal("parameters in the blocks, in percent", round(100 * num_params(wide.blocks) / num_params(wide)), guess)

# %% [markdown] fold="Why"
# A table has a row of C numbers for each token, so it grows with C: ten times. A matrix of a block is C × C or C × 4C,
# so it grows with C²: a hundred times. By hand: 11 parts become 1,100, and the other 89 become 890. 1,100 of 1,990 are
# 55 %. (The count says 54: the 11 was rounded up, and biases and norms grow with C only.)

# %% [markdown]
# Now the whole table. **Each model is really built from its row**, as above: on torch's `meta` device, which has shapes
# but needs no memory. Then its parameters are counted, in millions. (The last column leaves out all embeddings, and
# also the head where it has a matrix of its own. It keeps the final norm, which is small.)

# %%
table = pretrained.presets_table()
print(f"{'preset':24} {'class':13} {'L':>3} {'C':>5} {'H':>3} {'V':>8} {'T':>8} {'parameters':>12} {'in blocks':>12}")
for row in table:
    sizes = f"{row.n_layer:3} {row.n_embd:5} {row.n_head:3} {row.vocab_size:8,} {row.seq_len:8,}"
    counts = f"{row.parameters / 1e6:10,.2f} M {row.without_embeddings / 1e6:10,.2f} M"
    print(f"{row.name:24} {row.kind:13} {sizes} {counts}")

# %% fold="drawing"
by_size = sorted(table, key=lambda row: row.parameters)
names = [f"{row.name} ({row.parameters / 1e6:,.0f} M)" for row in by_size]
shares = [100 * row.without_embeddings / row.parameters for row in by_size]
fig, (axes,) = plotting.figure(
    title="Small models with a large vocabulary are mostly vocabulary",
    xlabel="share of all parameters (%)",
    ylabel="preset, from small to large",
    size=(7.4, 5.6),
)
axes.barh(names, shares, color=plotting.PALETTE[0], label="blocks")
axes.barh(names, [100 - share for share in shares], left=shares, color=plotting.PALETTE[1], label="embeddings")
axes.set_xlim(0, 100)
axes.invert_yaxis()
axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
plotting.show(
    fig,
    alt="Stacked bars, one per preset, by size: the share of parameters in blocks and in embeddings. Blocks are a "
    "tenth of TinyStories-1M, under half of all TinyStories models, over two thirds of GPT-2 and of all larger models. "
    "The course's own three, with 2,048 or 10,000 tokens, are the smallest of all and still have over half in blocks.",
)

# %% [markdown]
# **What to notice.** *A large vocabulary is expensive for a small model.* All released TinyStories models have the
# 50,257 tokens of GPT-2, which were made for the whole web. Children's stories need only a part of them. The course's
# models have vocabularies of their own, with 2,048 or 10,000 tokens. They are the smallest of all, and yet more than
# half of each is in the blocks.

# %% [markdown]
# *A name is not a count.* "1M" has 3.75 million parameters, and "33M" has 68.5 million. Where do the names come from?
# Perhaps they count a smaller vocabulary: only the 10,000 most frequent tokens, and 512 positions. (The released files
# have all 50,257 and 2,048.) Test that. By hand for 1M: 0.40 million
# numbers in the last column, and (10,000 + 512) · 64 = 0.67 million in smaller tables, together 1.07 million.

# %%
for name in ("1m", "3m", "8m", "28m", "33m"):
    row = next(row for row in table if row.name == f"tinystories-{name}")
    smaller = row.without_embeddings + (10_000 + 512) * row.n_embd
    print(
        f"{name:>4}: {row.parameters / 1e6:5.2f} million as released, {smaller / 1e6:5.2f} million with 10,000 tokens"
    )

# %% [markdown]
# For 1M and 3M the second column agrees with the names, and for all five it is nearer. So when you compare models,
# count them yourself, and say what you have counted. **You can now do exercise 1**: 1M to the last number. (Lesson 07
# counted a GPT, part by part. Here two things differ: queries, keys and values have no biases, as section 4 shows, and
# the table has 2,048 positions.)
#
# (*"1Layer-21M" has a single block.* The paper, Eldan and Li 2023, arXiv:2305.07759, asked how small a model may be and
# still tell a coherent story. It found that facts need width, and following a plot needs depth.)

# %% [markdown]
# ## 2 · What a checkpoint is
#
# A released model is a folder. Three files matter:
#
# | file | what it holds |
# |---|---|
# | `config.json` | the row of the table, in somebody else's words |
# | `model.safetensors` | every tensor, by somebody else's names |
# | `tokenizer.json` | which token has which number |
#
# (A large model has its tensors in several files. Then `model.safetensors.index.json` says which tensor is in which.
# And beware of the third file: with the tokenizer of another model, yours reads other words, and there is no error.)
#
# You will make such a folder yourself, in the format of GPT-2, so that this lesson needs no network. It gets only the
# first two files, because we will feed it random tokens. Then you forget how you made it, and read it.
#
# First the model. (New biases are zero and new norms are one, which would hide mistakes. So each number gets some
# noise.)

# %%
small = GPTConfig(vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, bias=True)
model = GPT(small, seeded(0)).eval()
noise = seeded(1)
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(0.2 * torch.randn(parameter.shape, generator=noise))

# %% [markdown]
# The file will call its tensors by GPT-2's names. `pretrained.name_map(config)` is the dictionary between the two
# languages, with a row for each tensor. These are the rows of the first block:

# %%
rows = pretrained.name_map(small)
print(f"{'theirs':24} {'ours':34} {'our shape':10} stored")
for row in rows:
    if row.theirs.startswith("h.0."):
        shape = tuple(model.get_parameter(row.ours).shape)
        print(f"{row.theirs:24} {row.ours:34} {shape!s:10} {'transposed' if row.transposed else ''}")

# %% [markdown]
# Now write the folder, the names mapped *back*.

# %%
scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name) / "tiny-gpt2"
folder.mkdir()
theirs = {}
for row in rows:
    tensor = model.get_parameter(row.ours).detach()
    theirs[row.theirs] = (tensor.T if row.transposed else tensor).contiguous()
save_file(theirs, folder / "model.safetensors", metadata={"format": "pt"})
sizes = {"vocab_size": 300, "n_positions": 32, "n_embd": 48, "n_layer": 2, "n_head": 4, "n_inner": None}
rest = {"model_type": "gpt2", "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}
rest |= {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
(folder / "config.json").write_text(json.dumps(rest | sizes, indent=2), encoding="utf-8")
print((folder / "config.json").read_text(encoding="utf-8"))

# %% [markdown]
# It is just as important what is *not* in the file. Nothing says that GPT-2 has biases, that a norm stands before each
# part, or that its head is tied. All that follows from `model_type`, and the program that reads the file has to know
# it. Also, the words are others: `n_positions` is our `seq_len`, and `"gelu_new"` is the tanh form of GELU. So reading
# a config is a translation:

# %%
config = pretrained.read_config(folder)
print(config)
print(
    "fields that differ from those of our model:", [key for key in vars(small) if vars(config)[key] != vars(small)[key]]
)

# %% [markdown]
# **You can now do exercise 2** (such a translation).
#
# ### The bytes
#
# safetensors is a very simple format, in three pieces:
#
# 1. eight bytes that say how long the header is;
# 2. the header, in JSON: for each tensor its type, its shape, and where its bytes begin and end;
# 3. numbers, and nothing else.
#
# **Read it by hand**, without any library for the format:

# %%
raw = (folder / "model.safetensors").read_bytes()
length = int.from_bytes(raw[:8], "little")
header = json.loads(raw[8 : 8 + length])
print(len(header) - 1, "tensors and", header["__metadata__"])
for name in ("h.0.attn.c_attn.weight", "h.0.attn.c_proj.bias", "wte.weight"):
    print(name, header[name])

# %% [markdown]
# Check the first one: 48 · 144 numbers of 4 bytes (`F32`) are 27,648 bytes, and 28,224 − 576 = 27,648.
#
# **Guess first.** `wpe.weight`, the table of positions, has the shape (32, 48). It stands directly before
# `wte.weight`, and there are no gaps between tensors. At which byte does it begin?

# %%
guess = ...  # a whole number

# %%
reveal("wpe.weight begins at byte", header["wpe.weight"]["data_offsets"][0], guess)

# %% [markdown] fold="Why"
# It has 32 · 48 = 1,536 numbers of 4 bytes, so 6,144 bytes. It ends where `wte.weight` begins, at byte 232,704. And
# 232,704 − 6,144 = 226,560.

# %% [markdown]
# The header says where the numbers are. So take the bytes, and call them numbers:

# %%
entry = header["h.0.attn.c_attn.weight"]
start, end = entry["data_offsets"]
numbers = bytearray(raw[8 + length + start : 8 + length + end])  # the offsets count from the end of the header
by_hand = torch.frombuffer(numbers, dtype=torch.float32).view(entry["shape"])
print("numbers that differ from what we wrote:", int((by_hand != theirs["h.0.attn.c_attn.weight"]).sum()))

# %% [markdown]
# **What to notice.** A file of numbers can only be read. It cannot do anything. The older format, Python's pickle, is
# different: it is a small **program** that runs when it is opened. `pretrained.load` refuses it:

# %%
pickled = Path(scratch.name) / "pickled"
pickled.mkdir()
(pickled / "config.json").write_bytes((folder / "config.json").read_bytes())
torch.save(theirs, pickled / "pytorch_model.bin")
try:
    pretrained.load(pickled)
except ValueError as error:
    print(textwrap.fill(f"ValueError: {error}".replace(str(pickled), "pickled"), 100))

# %% [markdown]
# ## 3 · Tensor by tensor
#
# Names are one half of the work. Shapes are the other half. GPT-2 was released from TensorFlow, with a layer that
# computes $xW + b$. Our `nn.Linear` computes $xW^\top + b$. **By hand**, $x = (1, 2)$ and three outputs:
#
# $$\text{the file: } (1\;\,2) \begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \end{pmatrix} = (9\;\,12\;\,15)
#   \qquad\qquad \text{nn.Linear keeps } \begin{pmatrix} 1 & 4 \\ 2 & 5 \\ 3 & 6 \end{pmatrix}$$
#
# So the file holds the **transposed** matrix. The same with the first layer of our checkpoint:

# %%
x = torch.randn(1, 5, 48, generator=seeded(2))  # (B, T, C)
as_they_do = x @ theirs["h.0.attn.c_attn.weight"] + theirs["h.0.attn.c_attn.bias"]
as_we_do = model.blocks[0].attention.qkv_proj(x)
print(tuple(as_we_do.shape), "equal:", torch.allclose(as_they_do, as_we_do, atol=1e-5))

# %% [markdown]
# Of the 144 columns the first 48 are the queries, the next 48 the keys, the last 48 the values. Our `qkv_proj` has them
# in the same order, so nothing has to be reordered. (Always check: some models store them head by head.)
#
# With names and shapes you can write the whole loader:


# %%
def load_by_hand(file: dict[str, torch.Tensor], config: GPTConfig, rows: list) -> GPT:
    """The tensors of a GPT-2 checkpoint in our class. rows: the map of names."""
    file, ours = dict(file), {}
    for row in rows:
        tensor = file.pop(row.theirs)  # KeyError if it is missing
        ours[row.ours] = tensor.T if row.transposed else tensor
    if file:
        raise ValueError(f"left over: {sorted(file)}")
    ours["head.weight"] = ours["token_embedding.weight"]  # tied
    loaded = GPT(config)
    loaded.load_state_dict(ours)
    return loaded.eval()


# %% [markdown]
# ### How do you know that it is right?
#
# It is not enough to read a text that the model writes. A model with a small mistake still writes, only worse, and you
# have nothing to compare with. **Compare logits, number by number, on the same tokens.**

# %%
idx = torch.randint(300, (2, 32), generator=seeded(3))  # (B, T)
with torch.no_grad():
    expected = model(idx)  # (B, T, V)
    by_hand = load_by_hand(load_file(folder / "model.safetensors"), config, rows)
    for name, loaded in {"by hand": by_hand, "pretrained.load": pretrained.load(folder)}.items():
        print(f"{name:15} {type(loaded).__name__}, equal logits: {torch.allclose(loaded(idx), expected, atol=1e-5)}")

# %% [markdown]
# `pretrained.load` does what you have just written, for GPT-2, GPT-Neo, Llama 3 and the models of lesson 18, from a
# folder or from the hub. The course's tests compare it with Hugging Face's own implementation.
#
# ### What a round trip cannot find
#
# Be careful: we have written the file with our map, and read it with the same map. If the map has a mistake, it is made
# twice, once forward and once backward, and it disappears. To see that, exchange the two norms of each block in the
# map. They have the same shape.

# %%
other = {"ln_1": "ln_2", "ln_2": "ln_1"}
parts = [row.theirs.split(".") for row in rows]  # such as h, 0, ln_1, weight
names = [".".join(other.get(part, part) for part in name) for name in parts]
exchanged = [replace(row, theirs=name) for row, name in zip(rows, names, strict=True)]
written = {}
for row in exchanged:
    tensor = model.get_parameter(row.ours).detach()
    written[row.theirs] = tensor.T if row.transposed else tensor
with torch.no_grad():
    back = load_by_hand(written, config, exchanged)(idx)
print("written and read with the wrong map, equal logits:", torch.allclose(back, expected, atol=1e-5))

# %% [markdown]
# The logits are equal, and the map is wrong. So the comparison needs a **reference that did not use your map**. We take
# Hugging Face's own GPT-2, in the library transformers. You do not need it here: we draw a checkpoint by the *names in
# the file*, without any map. The same checkpoint was given to transformers 5.23, and five of its logits are written
# down below: the first five of the last position, for the tokens 0, 1, …, 31.

# %%
draw = seeded(6)
drawn = {}
for name in sorted(name for name in header if name != "__metadata__"):
    drawn[name] = 0.5 * torch.randn(header[name]["shape"], generator=draw)
reference = torch.tensor([-2.7676, -1.7600, -0.7730, 0.3458, -6.0223])  # GPT2LMHeadModel of transformers
for title, map_of_names in {"our map": rows, "norms exchanged": exchanged}.items():
    with torch.no_grad():
        logits = load_by_hand(drawn, config, map_of_names)(torch.arange(32)[None])[0, -1, :5]
    values = ", ".join(f"{value:.2f}" for value in logits.tolist())
    print(f"{title:15} {values}   equal to the reference: {torch.allclose(logits, reference, atol=2e-3)}")

# %% [markdown]
# Now the wrong map is found. **A round trip shows that nothing gets lost. Only a reference of somebody else shows that
# each tensor is in its right place.**
#
# **You can now do exercises 3 and 4** (the name map of GPT-2, and a projection that is stored as one or as three).
#
# ### The layers that stayed random: a real mistake
#
# You have the file, and you have the model. So you load one into the other:

# %%
fresh = GPT(small, seeded(9)).eval()
file = load_file(folder / "model.safetensors")
try:
    fresh.load_state_dict(file)
except RuntimeError as error:
    print(textwrap.fill(textwrap.shorten(f"RuntimeError: {error}", 330), 100))

# %% [markdown]
# The error is long. You search for it, and an answer from 2019 says: *pass `strict=False`*. And the error is gone!
#
# **Guess first.** The file has 28 tensors. How many of them are in the model now?

# %%
guess = ...  # a whole number

# %%
outcome = fresh.load_state_dict(file, strict=False)  # no error
with torch.no_grad():
    agreement = (fresh(idx).argmax(dim=-1) == expected.argmax(dim=-1)).float().mean().item()

# %% fold="setup"
reveal("tensors of the file that are in the model", len(file) - len(outcome.unexpected_keys), guess)
reveal("tensors of the model that kept their random numbers", len(outcome.missing_keys))
reveal("positions with the right likeliest token, in percent", approx(100 * agreement, about=2, within=8, digits=2))

# %% [markdown] fold="What happened"
# **Nothing was loaded at all.** None of the names agree: the file says `wte.weight` where the model says
# `token_embedding.weight`. And `strict=False` means "do not tell me". (The model has 29 names and the file 28, since
# the file does not repeat the tied head.)

# %% [markdown]
# In real code most names agree, three layers do not, and the model is only a little bad. That is harder to notice.
# So never use `strict=False` to silence an error. If something has to be left out, read what `load_state_dict`
# returns: the lists `missing_keys` and `unexpected_keys`.
#
# ### The matrix that fits both ways
#
# This is the other silent mistake. You transpose "where the shape does not fit". `c_attn.weight` is stored as (48, 144)
# and wanted as (144, 48), so it is transposed, and that is right.
#
# **Guess first.** Go through the table of names in section 2 and do the same with each row. How many tensors of the
# whole model, with its two blocks, get wrong numbers?

# %%
guess = ...  # a whole number

# %%
careless = {}
for row in rows:
    tensor, wanted = theirs[row.theirs], model.get_parameter(row.ours).shape
    careless[row.ours] = tensor if tensor.shape == wanted else tensor.T  # by the shape: the mistake
careless["head.weight"] = careless["token_embedding.weight"]
fresh.load_state_dict(careless)  # strict, and no error
with torch.no_grad():
    print("equal logits:", torch.allclose(fresh(idx), expected, atol=1e-5))

# %% fold="setup"
wrong = [name for name, value in model.state_dict().items() if not torch.equal(value, careless[name])]
reveal("tensors with wrong numbers", len(wrong), guess)
reveal("their names", ", ".join(wrong))

# %% [markdown] fold="Why"
# `attn.c_proj.weight` is square, (48, 48). It is stored transposed as well, but it fits both ways, so nothing tells the
# loader to turn it. There is one in each block.

# %% [markdown]
# A shape check cannot see this mistake. The comparison of logits sees it at once. **Decide by the name, never by the
# shape.** **You can now do exercise 5** (repair such a loader).
#
# ## 4 · What is odd about GPT-Neo
#
# The TinyStories models are of the GPT-Neo kind (Black et al. 2021). It differs from GPT-2 only in the attention.
# Queries, keys and values have a layer each, without biases: that can be seen in names and shapes. Two other things
# cannot be seen there.
#
# **First, a window.** Layers alternate. A *global* layer sees the whole past, a *local* one only the last 256 tokens:

# %%
neo = PRESETS["tinystories-33m"]
print("layers:", neo.attention_layers, " window:", neo.window, " positions:", neo.seq_len)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="A local layer forgets what is further back than its window", columns=2, size=(4.4, 4.0)
)
for axes, (title, mask) in zip(
    panels, {"global layer": causal_mask(12), "local layer, window 4": window_mask(12, 4)}.items(), strict=True
):
    plotting.heatmap(
        axes,
        mask.float().numpy(),
        xlabel="key (position)",
        ylabel="query (position)",
        title=title,
        cbar=False,
        vmin=0,
        vmax=1,
    )
plotting.show(
    fig,
    alt="Two masks of 12 by 12. Global: a full lower triangle. Local: a band four wide along the diagonal: each "
    "query sees itself and the three keys before it.",
)

# %% [markdown]
# The window saves work in long texts. With a global layer between the local ones, a token can still use the whole text.
#
# **Second, there is no 1/√D.** In lesson 03 you saw that the softmax saturates without it. How can GPT-Neo work? The
# factor can hide in the weights. By hand, with D = 16: a query 8 and a key 2, divided by √16, give 8 · 2 / 4 = 4. A
# query that is 4 times smaller, 2, gives 2 · 2 = 4 without any division. So one can draw the *first* query weights √D
# times smaller, and training starts from the same scores. But then *your* code must not divide again:

# %%
tiny = GPTNeoConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=64, n_head=4)
attention = GPTNeoAttention(tiny, "global")
x = torch.randn(2, 16, 64, generator=seeded(4))  # (B, T, C)
with torch.no_grad():
    q, k, v = (split_heads(project(x), 4) for project in (attention.q_proj, attention.k_proj, attention.v_proj))
    out = attention(x)
    for name, factor in {"queries · √D first": math.sqrt(16), "queries as they are": 1.0}.items():
        heads = scaled_dot_product_attention(q * factor, k, v)  # ours, which divides by √D
        same = torch.allclose(attention.out_proj(merge_heads(heads)), out, atol=1e-5)
        print(f"our attention, {name}: equal to GPT-Neo's? {same}")

# %% [markdown]
# **What to notice.** All names fit, all shapes fit, and the model would be wrong: its scores would be √D times too
# small. **An architecture is more than its tensors.** This is why the course has a class of its own for it,
# `pretrained.gpt_neo.GPTNeo`.
#
# ### A real one
#
# One trained checkpoint comes with the course, so you can open it without a network: `howsam`, a small GPT that was
# trained on the stories (lesson 11 shows its training). First look at its names and types:

# %%
trained = shipped_folder("howsam")
for name, info in list(pretrained.read_header(trained / "model.safetensors").items())[:3]:
    print(name, info.dtype, info.shape)
print(f"{(trained / 'model.safetensors').stat().st_size / 1e6:.1f} MB;", pretrained.read_config(trained))

# %% [markdown]
# Two things are new. Each name begins with `transformer.`, because the file was saved with the class around the model.
# And the numbers are `BF16`, bfloat16, with two bytes each: 2,457,800 numbers are 4.9 MB. So cut off the first word,
# make float32 of the numbers, and use the loader from above as it is:

# %%
config_of_trained = pretrained.read_config(trained)
file = load_file(trained / "model.safetensors")
file = {name.removeprefix("transformer."): tensor.float() for name, tensor in file.items()}
writer = load_by_hand(file, config_of_trained, pretrained.name_map(config_of_trained))

words = pretrained.load_tokenizer("howsam")
prompt = torch.tensor([words.encode("Once upon a time, there was a clever girl named Lily.").ids])  # (1, T)
print(textwrap.fill(words.decode(generate(writer, prompt, 25, temperature=0)[0].tolist()), 100))
with torch.no_grad():
    same = torch.allclose(writer(prompt), pretrained.load("howsam")(prompt), atol=1e-4)
print("equal to pretrained.load:", same)

# %% [markdown]
# A file of numbers tells a story in **your** class. It went through the map of names, and nothing was left over.
#
# With a network, the next cell loads OpenAI's GPT-2 (about 550 MB) into **your** `GPT` class and lets it continue a
# story. It is the only cell of this lesson that needs the network. To load a TinyStories model, write
# `"tinystories-33m"` instead; its tokenizer is that of `"EleutherAI/gpt-neo-125M"`. Some repositories hold only a
# pickle; then the error tells you how to make a safe copy.

# %% tags=["skip-execution"]
real = pretrained.load("gpt2")
words = pretrained.load_tokenizer("gpt2")
prompt = torch.tensor([words.encode("Once upon a time there was a little girl named Lily.").ids])  # (1, T)
story = generate(real, prompt, max_new_tokens=120, temperature=0.8, seed=0)
print(f"{num_params(real):,} parameters")
print(textwrap.fill(words.decode(story[0].tolist()), 100))

# %% [markdown]
# **Part A ends here: a good place to stop.** The question was: what must you do until your code works with their
# weights? Three things must be right:
#
# - **the names**: a map with a row for each tensor, and nothing left over;
# - **the layout**: transposed or not, decided by the name;
# - **what no tensor says**: a window, a missing 1/√D, the place of the norms.
#
# You know that it is right when the *logits* agree with those of an independent implementation, on the same tokens, and
# on texts longer than any window.
#
# **You can now do exercises 1 to 5** (about 65 minutes).

# %% [markdown]
# # Part B: who may look at whom
#
# A GPT looks back only. Why did others build models that look both ways? In this part you see the masks of three
# families, build an encoder-decoder with cross-attention, and train a small BERT. Then you ask both kinds of model the
# same question. (A new session? Run the first two code cells of the lesson, the check and the imports. Nothing else
# from part A is needed.)
#
# ## 5 · Three families of masks
#
# Since 2017 three kinds of transformers have been built from the same blocks. They differ in who may look at whom.
#
# - An **encoder-only** model has one stack, and each token sees all tokens.
# - A **decoder-only** model has one stack, and each token sees itself and the past.
# - An **encoder-decoder** has *two* stacks. The encoder reads a given text, the *source*. The decoder writes a second
#   text, the *target*. So there are **three** masks: the encoder's, the decoder's, and that of the *cross-attention*,
#   in which queries come from the target, and keys and values from the source.
#
# Here they are for a text of eight tokens, and for a source of five tokens with a target of three.

# %%
S, T = 5, 3  # tokens of the source and of the target
masks = {
    "encoder-only": torch.ones(8, 8, dtype=torch.bool),
    "decoder-only": causal_mask(8),
    "encoder-decoder:\nencoder": torch.ones(S, S, dtype=torch.bool),
    "encoder-decoder:\ndecoder": causal_mask(T),
    "encoder-decoder:\ncross-attention": torch.ones(T, S, dtype=torch.bool),  # a query for each row, a key per column
}

# %% fold="drawing"
asks = ["x", "x", "s", "t", "t"]
asked = ["x", "x", "s", "t", "s"]
fig, panels = plotting.figure(
    title="Two families have one mask, the third has three (yellow: may look at)", columns=5, size=(2.5, 3.1)
)
for axes, (name, mask), row, column in zip(panels, masks.items(), asks, asked, strict=True):
    plotting.heatmap(
        axes,
        mask.float().numpy(),
        xlabel="key",
        ylabel="query" if axes is panels[0] else " ",
        xticks=[f"{column}{i}" for i in range(mask.shape[1])],
        yticks=[f"{row}{i}" for i in range(mask.shape[0])],
        title=name,
        cbar=False,
        vmin=0,
        vmax=1,
    )
plotting.show(
    fig,
    alt="Five masks. Encoder-only: 8 by 8, all allowed. Decoder-only: 8 by 8, lower triangle. The three of an "
    "encoder-decoder: source on source, 5 by 5, all allowed; target on target, 3 by 3, lower triangle; target on "
    "source, 3 by 5, all allowed.",
)

# %% [markdown]
# | family | each token sees | it learns to | good at | not at |
# |---|---|---|---|---|
# | **encoder-only** | everything | say what was hidden | judging, finding, labelling | writing |
# | **decoder-only** | the past | say what comes next | writing, and all that can be put as writing | using both sides |
# | **encoder-decoder** | source: all; target: the past | write the target | translating, summarising | being simple |
#
# (Exercise 6 puts the three masks of an encoder-decoder into one square, source first, which shows all of them at once.
# The upper right corner of that square is empty: the source never looks at the target.)
#
# ### Cross-attention
#
# You have built the first two of the three. The third needs only one change: the query comes from the target, keys and
# values come from the source. **By hand**, one token of the target with the query (1, 0), and a source of two tokens:
#
# | source token | key | score 1/√2 · (query · key) | weight | value |
# |---|---|---|---|---|
# | s0 | (2, 0) | 2 / 1.41 = 1.41 | 0.80 | 10 |
# | s1 | (0, 1) | 0 | 0.20 | 20 |
#
# The target's token takes 0.80 · 10 + 0.20 · 20 = 12 from the source. There is no mask: all of the source is known
# before the first token of the target is written. In code, what the encoder has made of the source is called its
# *memory*:


# %%
class CrossAttention(nn.Module):
    """Attention whose queries come from the target, and keys and values from the source."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, C = config.n_head, config.n_embd
        self.q_proj, self.kv_proj = nn.Linear(C, C, bias=False), nn.Linear(C, 2 * C, bias=False)
        self.out_proj = nn.Linear(C, C, bias=False)

    def weights(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """How much each token of the target looks at each of the source. (B, T, C), (B, S, C) → (B, H, T, S)."""
        k, _ = self.kv_proj(memory).chunk(2, dim=-1)
        q, k = split_heads(self.q_proj(x), self.n_head), split_heads(k, self.n_head)
        return attention_weights(q, k, causal=False)  # all of the source: no mask

    def forward(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """What each token of the target takes from the source. (B, T, C), (B, S, C) → (B, T, C)."""
        _, v = self.kv_proj(memory).chunk(2, dim=-1)
        return self.out_proj(merge_heads(self.weights(x, memory) @ split_heads(v, self.n_head)))


# %% [markdown]
# The decoder's block is your block with this one step more, between the attention and the MLP:


# %%
class CrossBlock(DecoderBlock):
    """Your decoder block with a cross-attention between the attention and the MLP."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.norm_cross, self.cross_attention = LayerNorm(config.n_embd), CrossAttention(config)

    def forward(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """(B, T, C) and the memory (B, S, C) → (B, T, C)."""
        x = x + self.attention(self.norm_1(x))
        x = x + self.cross_attention(self.norm_cross(x), memory)
        return x + self.mlp(self.norm_2(x))


# %% [markdown]
# The whole model only puts parts together: embeddings, encoder blocks (`EncoderBlock`, imported above, is your block
# without the causal mask), decoder blocks, a head. Its code is folded; its map is below. (The map draws and counts the
# two blocks, 115,328 parameters. With the embeddings, the last norm and the head the model has 118,656.)


# %% fold="setup"
class EncoderDecoder(nn.Module):
    """The transformer of 2017 in small, with the norms before the layers as in GPT-2."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.encoder = nn.ModuleList(EncoderBlock(config) for _ in range(config.n_layer))
        self.decoder = nn.ModuleList(CrossBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)

    def embed(self, idx: torch.Tensor) -> torch.Tensor:
        """(B, T) → (B, T, C)."""
        return self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        """The memory. (B, S) → (B, S, C)."""
        x = self.embed(source)
        for block in self.encoder:
            x = block(x)
        return x

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Logits of each next token of the target. (B, S), (B, T) → (B, T, V)."""
        memory, x = self.encode(source), self.embed(target)
        for block in self.decoder:
            x = block(x, memory)
        return self.head(self.final_norm(x))


pair = GPTConfig(vocab_size=21, seq_len=8, n_layer=1, n_embd=64, n_head=1)  # 20 letters, and a token that means "begin"
reverser = EncoderDecoder(pair)

# %% fold="drawing"
diagram.encoder_decoder(reverser, lit="cross-attention", source=8, target=7)

# %% [markdown]
# Train it on a task that needs the source. The source is eight letters, each drawn from 20, and the target is the same
# letters **backwards**: from `a b c d e f g h` the decoder writes `h g f e d c b a`.
#
# **Guess first.** Which loss, in nats per token, would the best decoder have if it never looks at the source? (Each
# letter is drawn independently of the others.)

# %%
guess = ...  # nats per token


# %%
def train_reverser(model: EncoderDecoder, sees_source: bool, steps: int = 400) -> float:
    """Train the model; the mean loss of its last 20 steps. A model that may not see the source gets another one."""
    draw = seeded(0)
    initialize(model, tuple(replace(rule, std=0.08) for rule in gpt2_rules(1)), draw)
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=3e-3), []
    for _ in range(steps):
        source = torch.randint(20, (64, 8), generator=draw)  # (B, S)
        labels = source.flip(-1)  # (B, T)
        inputs = torch.cat([torch.full((64, 1), 20), labels[:, :-1]], dim=1)  # "begin", then all but the last
        logits = model(source if sees_source else torch.randint(20, (64, 8), generator=draw), inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-20:]) / 20


blind = train_reverser(EncoderDecoder(pair), sees_source=False)
seeing = train_reverser(reverser, sees_source=True)

# %% fold="setup"
reveal("nats per token without the source", round(math.log(20), 3), guess)
reveal("trained with another source", approx(blind, about=3.0, within=0.15))
reveal("trained with its own source", approx(seeing, about=0.0, within=0.1, digits=1))

# %% [markdown] fold="Why"
# All 20 letters are equally probable, so the best probability is 1/20, and −ln(1/20) = ln 20 = 3.0. The decoder that
# gets the memory of *another* text stays there. The decoder that gets the right memory comes very near to 0: then
# everything that it must write is known.

# %% [markdown]
# The two decoders are the same, and so are their steps. Only the memory differs. Where does the decoder with the right
# memory look?

# %% fold="drawing"
source = torch.tensor([[7, 4, 11, 11, 14, 0, 1, 2]])  # (B, S)
inputs = torch.cat([torch.tensor([[20]]), source.flip(-1)[:, :-1]], dim=1)  # (B, T)
with torch.no_grad():
    block = reverser.decoder[0]
    x = reverser.embed(inputs)
    x = x + block.attention(block.norm_1(x))
    looks = block.cross_attention.weights(block.norm_cross(x), reverser.encode(source))[0, 0]  # (T, S)
letters = [chr(ord("a") + i) for i in source[0].tolist()]
fig, (axes,) = plotting.figure(title="Each step looks at the letter that it must write", size=(5.2, 4.4))
plotting.heatmap(
    axes,
    looks.numpy(),
    xlabel="source (key)",
    ylabel="target, the letter to write (query)",
    xticks=letters,
    yticks=letters[::-1],
    vmin=0,
    vmax=1,
)
plotting.show(
    fig,
    alt="Cross-attention weights, 8 by 8: the first letter of the target looks at the last of the source, and so on, a "
    "bright line from the upper right to the lower left.",
)

# %% [markdown]
# ## 6 · Hide and guess
#
# Now train the other family yourself, an encoder alone. `pretrained.masked_lm.MaskedLM` is your GPT with one
# difference: `is_causal=False`. The names of its parameters are the same, so a GPT's weights even fit.
#
# What must change with the mask is the **objective**. If position $t$ sees the whole text, it sees token $t + 1$ as
# well, and "predict the next token" would be copying. So something has to be hidden. That is **masked language
# modelling** (MLM), BERT's objective: hide some tokens, and predict what stood there.
#
# The data: how the stories of the box begin, 16 tokens each. We keep the openings in which a girl or a boy gets a name,
# because we will ask about them later. One token is reserved for the mask.


# %%
def openings(split: str, n: int) -> list[str]:
    """The first paragraphs of n stories, those with a girl or a boy who gets a name."""
    first = (story.partition("\n")[0] for story in load_stories("sample", split=split, n=n)["text"])
    return [text for text in first if " girl named" in text or " boy named" in text]


VOCAB, T = 2_500, 16
MASK, START = VOCAB - 1, 0  # the last id is the mask's; 0 is <|endoftext|>, which begins each story
training_texts, held_out = openings("train", 12_000), openings("validation", 800)
tokenizer = train_tokenizer(training_texts, vocab_size=VOCAB - 1)
encoded = [text.ids[:T] for text in tokenizer.encode_batch(training_texts)]
data = torch.tensor([ids for ids in encoded if len(ids) == T])  # (n, T)


def show_tokens(ids: torch.Tensor) -> str:
    """Tokens with bars between, the mask as [MASK]."""
    return "|".join("[MASK]" if i == MASK else tokenizer.decode([i], skip_special_tokens=False) for i in ids.tolist())


print(show_tokens(data[3]))

# %% [markdown]
# BERT chooses 15 % of the tokens. Of the chosen ones 80 % become `[MASK]`, 10 % become a random token, and 10 % stay as
# they are. Only the chosen ones are predicted. `mask_tokens` does that. We choose 30 %, because the texts are so short
# that 15 % would be two words. (For large models, Wettig et al. 2023, arXiv:2202.08005, found 40 % to be better than
# 15.)

# %%
inputs, labels = mask_tokens(data, MASK, VOCAB, rate=0.3, special_ids=[START], generator=seeded(5))  # both (n, T)
print("in:    ", show_tokens(inputs[3]))
print("labels:", [tokenizer.decode([i]) if i != IGNORED else IGNORED for i in labels[3].tolist()])
chosen = labels != IGNORED
for name, where in {"chosen": chosen, "hidden": inputs == MASK, "kept": chosen & (inputs == labels)}.items():
    print(f"{name}: {100 * where.sum() / (chosen.sum() if name != 'chosen' else chosen.numel()):.0f} %")

# %% [markdown]
# The label −100 means "not asked". About 28 % of all tokens are chosen: 30 % of those that are not special. (A random
# token that is only a part of a letter is shown as a question mark.) Why not hide all chosen tokens? When the model is
# used there is no `[MASK]`. A model that is asked only at masks does not have to understand any other position.
#
# **You can now do exercises 6 and 7** (the masks of the families, and such a batch). **Exercise 8** is the same idea
# for an encoder-decoder, T5: whole spans are cut out, and the target is what was cut. From "a red kite flew" with the
# span "red kite", the source is `a <X> flew` and the target `<X> red kite <Y>`.

# %% [markdown]
# Now train two models. They are equal in everything but the mask, the objective and the number of steps: the encoder
# learns to fill in, for 600 steps, and the GPT learns to continue, for 150. (A step asks the encoder at three tokens of
# ten and the GPT at all of them, so the encoder needs more steps.) The loop is that of lesson 11, as short as possible.

# %%
shape = GPTConfig(vocab_size=VOCAB, seq_len=T, n_layer=2, n_embd=64, n_head=4)
RULES = tuple(replace(rule, std=rule.std * math.sqrt(768 / 64)) for rule in gpt2_rules(2))  # as in lesson 10


def loss_on(model: torch.nn.Module, x: torch.Tensor, draw: torch.Generator) -> torch.Tensor:
    """Of hidden tokens for the encoder, of next tokens for the GPT. x: (B, T)."""
    if isinstance(model, MaskedLM):
        inputs, labels = mask_tokens(x, MASK, VOCAB, rate=0.3, special_ids=[START], generator=draw)
        return masked_token_loss(model(inputs), labels)  # nothing is shifted
    return next_token_loss(model(x[:, :-1]), x[:, 1:])


def train_on_openings(model: torch.nn.Module, steps: int) -> list[float]:
    """Train the model; its losses."""
    draw = seeded(0)
    initialize(model, RULES, draw)
    config = TrainConfig(steps=steps, learning_rate=8e-3, warmup_steps=30)
    optimizer, losses = make_optimizer(model, config), []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        loss = loss_on(model, data[torch.randint(len(data), (64,), generator=draw)], draw)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses


# %%
encoder, decoder = MaskedLM(shape), GPT(shape)
encoder_losses, decoder_losses = train_on_openings(encoder, steps=600), train_on_openings(decoder, steps=150)
print(f"parameters: encoder {num_params(encoder):,}, GPT {num_params(decoder):,}")
print(f"loss of guessing among {VOCAB:,} tokens: {math.log(VOCAB):.2f} nats per token")
measured(
    "encoder, last 20 steps:", sum(encoder_losses[-20:]) / 20, about=1.4, within=1.1, digits=2, unit="nats per token"
)
measured(
    "GPT, last 20 steps:    ", sum(decoder_losses[-20:]) / 20, about=1.4, within=1.1, digits=2, unit="nats per token"
)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Two objectives, two curves: their heights cannot be compared",
    xlabel="training step",
    ylabel="loss (nats per predicted token)",
)
for name, losses in {"encoder, hidden tokens": encoder_losses, "GPT, next tokens": decoder_losses}.items():
    smooth = torch.tensor(losses).unfold(0, 10, 1).mean(dim=-1)
    axes.plot(range(9, len(losses)), smooth, label=name)
axes.set_ylim(bottom=0)
axes.legend()
plotting.show(
    fig,
    alt="Training loss against step, averaged over ten steps. Both fall from over 7 nats; the GPT is below 2 after 50 "
    "steps, the encoder after about 65. They predict different tokens, so the levels cannot be compared.",
)

# %% [markdown]
# Both curves have become nearly flat. (One training of each. And the two losses measure different things, so their
# heights do not say which model is better.)
#
# ### What it fills in
#
# **Guess first.** "There was a lively ___ named Ella." And the same with Adam. The gap is `girl` or `boy`. By how many
# percentage points does the *GPT's* probability of `girl` change when the name changes from Ella to Adam?

# %%
guess = ...  # percentage points


# %%
def fill_in(text: str) -> dict[str, torch.Tensor]:
    """Probabilities (V,) of both models for the gap ___."""
    left, right = text.split(" ___")
    before = tokenizer.encode(left).ids
    after = tokenizer.encode(right, add_special_tokens=False).ids
    whole = torch.tensor([[*before, MASK, *after][:T]])  # (1, T)
    with torch.no_grad():
        filled, continued = encoder(whole)[0, len(before)], decoder(whole[:, : len(before)])[0, -1]
    return {"encoder": filled.softmax(dim=-1), "GPT": continued.softmax(dim=-1)}


words = {word: tokenizer.encode(word, add_special_tokens=False).ids[0] for word in (" girl", " boy")}
answers = {name: fill_in(f"Once upon a time, there was a lively ___ named {name}.") for name in ("Ella", "Adam")}
girl_by = {name: answer["GPT"][words[" girl"]].item() for name, answer in answers.items()}
reveal(
    "change of the GPT's probability of girl, in percentage points",
    round(100 * abs(girl_by["Ella"] - girl_by["Adam"])),
    guess,
)

# %% fold="drawing"
fig, panels = plotting.figure(
    title="The GPT gives both the same answer: at the gap it has not read the name yet",
    xlabel="probability",
    ylabel="word",
    columns=2,
    size=(4.6, 2.6),
)
for axes, (name, answer) in zip(panels, answers.items(), strict=True):
    for shift, (model_name, probabilities) in zip((-0.2, 0.2), answer.items(), strict=True):
        heights = [probabilities[i].item() for i in words.values()]
        axes.barh([y + shift for y in range(len(words))], heights, height=0.38, label=model_name)
    axes.set(title=f"… a lively ___ named {name}.", xlim=(0, 1))
    axes.set_yticks(range(len(words)), [word.strip() for word in words])
    axes.invert_yaxis()
panels[0].legend(loc="lower right")
plotting.show(
    fig,
    alt="Probabilities of girl and boy at a gap before 'named Ella' and before 'named Adam'. The encoder says girl for "
    "Ella and boy for Adam, each with a probability over 0.9. The GPT says about a half for each, and the same in both "
    "panels.",
    folded="What both models say of the gap, for Ella and for Adam",
)

# %% [markdown]
# One example proves little. So take all stories that neither model has seen in which a boy or a girl gets a name
# *after* that word. Hide the word, and ask which of the two is likelier.
#
# **Guess first.** Of 100 such gaps, in how many is the GPT right?

# %%
guess_of_gpt = ...  # between 0 and 100

# %% [markdown]
# **Guess first.** And in how many is the encoder right?

# %%
guess_of_encoder = ...  # between 0 and 100

# %%
girl, boy, named = words[" girl"], words[" boy"], tokenizer.encode(" named", add_special_tokens=False).ids[0]
right = {"encoder": 0, "GPT": 0}
asked = 0
seen = set(map(tuple, data.tolist()))  # short openings repeat: some of these stood in the training data too
for text in tokenizer.encode_batch(held_out):
    ids = text.ids[:T]
    if tuple(ids) in seen:
        continue
    gaps = [t for t, token in enumerate(ids[:-1]) if token in (girl, boy) and ids[t + 1] == named]
    for t in gaps:
        x = torch.tensor([ids])  # (1, T)
        hidden = x.clone()
        hidden[0, t] = MASK
        with torch.no_grad():
            logits = {"encoder": encoder(hidden)[0, t], "GPT": decoder(x)[0, t - 1]}  # each (V,)
        asked += 1
        for name, scores in logits.items():
            right[name] += int((scores[girl] > scores[boy]).item() == (ids[t] == girl))
print("gaps asked:", asked)

# %% fold="setup"
spread = 200 * math.sqrt(0.25 / asked)  # two standard deviations of a coin that is thrown for each gap, in percent
of_100 = {name: 100 * count / asked for name, count in right.items()}
reveal("the GPT is right, in percent", approx(of_100["GPT"], about=50, within=2 * spread, digits=2), guess_of_gpt)
reveal("the encoder is right, in percent", approx(of_100["encoder"], about=93, within=7, digits=2), guess_of_encoder)

# %% [markdown] fold="Why the GPT stays there"
# If you throw a coin for each gap, you are right in 50 % of them, plus or minus 5. The GPT is not better than that, and
# more steps would not help it. It *cannot* know: the name comes later, and its mask hides what comes later. The encoder
# is right in about 93 %. That is the argument for encoders.

# %% [markdown]
# One use is worth a closer look: **to find texts**. Take the mean of the vectors that an encoder gives to all tokens of
# a text. It is one vector for the whole text, and each token in it has seen both sides. The encoder is then tuned, so
# that texts on the same subject get similar vectors. The vectors of a million texts are computed once and kept. A
# question gets a vector too, and the nearest vectors belong to the texts that may answer it.
#
# There is also an argument **against** encoders: they do not write. An encoder has learned what stands in a gap
# *between* known words. To continue a text it would have to fill the last position, with nothing on its right, again
# and again, and it was hardly trained for that. A decoder was trained for exactly that. And large decoders can do most
# of the encoder's tasks as well, if the task is put as a text to continue.
#
# **Part B ends here: a good place to stop.** Why look both ways? Because what comes later may decide. You have built
# the three masks, a decoder that looks into a source, and an encoder that fills gaps.
#
# **You can now do exercises 6 to 8** (about 42 minutes).

# %% [markdown]
# # Part C: nine models, four papers
#
# This part is for reading. There is little to run: you know all parts of these models now. First you see what each
# model has to predict. Then come four papers, each in the same five steps: *problem*, *idea*, *training*, *result*,
# *what remained*. Five more models follow, each in four lines. Before each picture you guess what it shows.
#
# It is also the material for exercises 9 to 11, in which you write: keep it open beside them. (A new session? Run the
# first two code cells of the lesson.)
#
# ## 7 · Where the families come from
#
# ### One sentence, five objectives
#
# What a model learns from a text depends on what is hidden from it. Here is one sentence, *the red kite flew over the
# old tree*, as the training data of each objective:
#
# | objective | the model reads | and must say |
# |---|---|---|
# | **next token** | the red kite | flew (and so on, at every position) |
# | **masked language modelling** | the red `[MASK]` flew over the `[MASK]` tree | kite, old |
# | **replaced-token detection** | the red kite *sang* over the *new* tree | no, no, no, **yes**, no, no, **yes**, no |
# | **span corruption** | the red `<X>` over `<Y>` tree | `<X>` kite flew `<Y>` the old `<Z>` |
# | **text infilling** | the red `[MASK]` over the old tree | the red kite flew over the old tree |
#
# In the third row two words were replaced, and the model says for each of the eight whether it was. In the last row
# *one* mask stands for two words: the model must also find out how many are missing.

# %% [markdown]
# **What to notice.** Count the answers per text. The first objective asks at every position, and so does the third. The
# second asks only where something was hidden. That difference is why ELECTRA was invented, as you will see. The last
# two write a text, so they need a decoder. Who uses which:
#
# | objective | models below |
# |---|---|
# | next token | GPT-2, GPT-3, LLaMA, and the Transformer (the next token of a translation) |
# | masked language modelling | BERT, RoBERTa |
# | replaced-token detection | ELECTRA |
# | span corruption | T5 |
# | text infilling | BART |

# %% [markdown]
# ### Four papers, a page each
#
# Four papers made what you use today. The pictures are drawn anew from the papers' own numbers.
#
# #### Attention Is All You Need (Vaswani et al. 2017, arXiv:1706.03762)
#
# **Problem.** The best translators read word after word (*recurrence*): a word could be computed only when the word
# before it was done. So a training step could not work on all positions at once, and two distant words were many steps
# apart.
#
# **Idea.** Attention alone, no recurrence. All positions are trained at once, and any two are one step apart.

# %% [markdown]
# **By hand:** what does this cost? The paper counts for a layer of width $d$ on $n$ words. Attention needs about
# $n^2 \cdot d$ operations, in one step. Recurrence needs about $n \cdot d^2$, in $n$ steps. A sentence of 50 words with
# $d = 512$:
#
# | | operations | steps one after the other |
# |---|---|---|
# | attention | 50² · 512 = 1.3 million | 1 |
# | recurrence | 50 · 512² = 13 million | 50 |
#
# The gain is in the last column: 1 step against 50, so all positions can be computed at the same time. Do not read too
# much into the other column. The paper's table leaves out the projections: the four matrices of an attention cost
# another 4 · 50 · 512² = 52 million here, and recurrence has an input matrix that is not counted either. What grows
# with $n^2$ is the attention alone, and for long texts it becomes the larger part.

# %% [markdown]
# **Training.** It predicts the next token of the translation, given the source and the translation so far. The data:
# 4.5 million sentence pairs English–German, 36 million English–French. The size: six blocks in each stack; the base
# model has 65 million parameters, the big one 213 million.
#
# **Result.** 28.4 BLEU in German, over two better than any system before; 41.8 in French, after 3.5 days on eight GPUs.
# (BLEU is a score of translations, up to 100: how many groups of one to four words are also in a human translation.)
#
# **What remained.** All other models here are made of its parts. Its figure 1 is the map in section 5: two stacks, and
# the cross-attention between them. (In the paper each norm stands behind the sum, in our map before the layer.)

# %% [markdown]
# #### BERT (Devlin et al. 2018, arXiv:1810.04805)
#
# **Problem.** A language model reads one way, but the meaning of a word depends on both sides. And a model that sees
# both sides also sees the word that it should predict.
#
# **Idea.** Hide some words. Pretrain one encoder that looks both ways. Then, for each task, add one small layer and
# fine-tune all of it.
#
# **Training.** It predicts the chosen 15 % of the tokens, as in section 6. A second question is **next sentence
# prediction (NSP)**: did sentence B follow sentence A? The data: BooksCorpus (800 million words) and English Wikipedia
# (2,500 million). The size: base 110 million, large 340 million parameters.

# %% [markdown]
# **Result.** It was the best on eleven tasks at once. Three names that you will meet often: *GLUE* is the mean score of
# several tasks in which sentences are judged. *MultiNLI* asks whether one sentence follows from another. *SQuAD* asks
# for the words of a text that answer a question; its *F1* is 100 if no word is missing and none is too many.
#
# **Guess first.** The best result on GLUE had been 72.8, by the first GPT. What did BERT reach? (The guesses of this
# part are about history: nothing here lets you compute them. Guess how large the step was.)

# %%
guess = ...  # a score up to 100

# %% fold="setup"
reveal("GLUE, BERT large", 80.5, guess)

# %% fold="drawing"
tasks = {  # the best before, and BERT (from the paper's abstract)
    "GLUE\n(score)": (72.8, 80.5),
    "MultiNLI\n(accuracy)": (82.1, 86.7),
    "SQuAD 1.1\n(F1)": (91.7, 93.2),
    "SQuAD 2.0\n(F1)": (78.0, 83.1),
}
fig, (axes,) = plotting.figure(
    title="BERT, fine-tuned for each task, was better than the best result before",
    xlabel="task (measure)",
    ylabel="result (of 100)",
    size=(6.8, 3.2),
)
for shift, name, which, colour in ((-0.2, "the best before", 0, "0.7"), (0.2, "BERT", 1, plotting.PALETTE[0])):
    heights = [pair[which] for pair in tasks.values()]
    axes.bar([i + shift for i in range(4)], heights, width=0.38, label=name, color=colour)
    for i, height in enumerate(heights):
        axes.text(i + shift, height + 1.5, f"{height:.1f}", ha="center", fontsize="small")
axes.set_xticks(range(4), list(tasks))
axes.set_ylim(0, 118)
axes.legend(ncols=2, loc="upper center")
plotting.show(
    fig,
    alt="Bars for four tasks, the best result before and BERT's: GLUE 72.8 and 80.5, MultiNLI 82.1 and 86.7, SQuAD 1.1 "
    "91.7 and 93.2, SQuAD 2.0 78.0 and 83.1.",
    folded="Four of the eleven tasks",
)

# %% [markdown]
# **What remained.** "Pretrain, then fine-tune" became the rule. NSP did not remain: RoBERTa (below) left it out and
# lost nothing.

# %% [markdown]
# #### GPT-2 (Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*)
#
# **Problem.** Each system was trained for one task, on a labelled collection made for it.
#
# **Idea.** Text contains demonstrations of tasks. A web page may say: *in French, "good morning" is "bonjour"*. A large
# enough language model learns such tasks without being told.
#
# **Training.** It predicts the next token. The data: WebText, 40 GB from 8 million pages that Reddit users had linked
# to. The size: four models, up to 1.5 billion parameters. (Here and in the picture below the counts are the paper's.
# They differ from our table: it says 117 million for the smallest model, and we count 124 in the released file.)

# %% [markdown]
# **Result.** The best results on 7 of 8 collections of text, without training on any of them. The task is put as a text
# to be continued: an article, and then "TL;DR:" for a summary. That is called **zero-shot**.
#
# **Guess first.** LAMBADA asks for the last word of a passage. The smallest model (117 million parameters) has a
# perplexity of 35 there: it hesitates as among 35 equally likely words. The largest one has 13 times as many
# parameters. Is its perplexity over or under half of 35, and what is it?

# %%
guess = ...  # a perplexity

# %% fold="setup"
reveal("LAMBADA, perplexity of the largest GPT-2", 8.63, guess)

# %% fold="drawing"
sizes = [117, 345, 762, 1542]  # millions of parameters, as the paper counts them (its table 3)
perplexities = {
    "LAMBADA": [35.13, 15.60, 10.87, 8.63],
    "WikiText-2": [29.41, 22.76, 19.93, 18.34],
    "Penn Treebank": [65.85, 47.33, 40.31, 35.76],
}
fig, (axes,) = plotting.figure(
    title="A larger GPT-2 predicts texts better that it was never trained on",
    xlabel="parameters (millions)",
    ylabel="perplexity (lower is better)",
    size=(6.8, 3.4),
)
for marker, (name, values) in zip("osD", perplexities.items(), strict=True):
    axes.plot(sizes, values, marker + "-", label=name)
axes.set(xscale="log", xticks=sizes, ylim=(0, 72))
axes.set_xticklabels([f"{size:,}" for size in sizes])
axes.minorticks_off()
axes.legend()
plotting.show(
    fig,
    alt="Perplexity against parameters for three collections of text. All three lines fall at every step from 117 to "
    "1,542 million parameters: LAMBADA from 35 to 9, WikiText-2 from 29 to 18, Penn Treebank from 66 to 36.",
    folded="Perplexity against size, on three collections of text",
)

# %% [markdown]
# **What remained.** The norm before each part, byte-level BPE, and the question of how far this goes.

# %% [markdown]
# #### GPT-3 (Brown et al. 2020, arXiv:2005.14165)
#
# **Problem.** Fine-tuning needs thousands of examples for each task. People need a few, or a sentence.
#
# **Idea.** GPT-2, a hundred times larger. See what grows with it.
#
# **Training.** It predicts the next token. The data: filtered Common Crawl, WebText2, books and Wikipedia, of which it
# reads 300 billion tokens. The size: eight models, up to 175 billion parameters.

# %% [markdown]
# **Result.** **In-context learning**: examples stand in the prompt, and there is no gradient step. No example is
# zero-shot, one is one-shot, several are few-shot.
#
# **Guess first.** WebQuestions are questions that must be answered from memory. Without an example GPT-3 answers 14.4 %
# of them rightly. How many with several examples in the prompt?

# %%
guess = ...  # in percent

# %% fold="setup"
reveal("WebQuestions, few-shot, in percent", 41.5, guess)

# %% fold="drawing"
shots = {"zero-shot": (14.6, 14.4, 64.3), "one-shot": (23.0, 25.3, 68.0), "few-shot": (29.9, 41.5, 71.2)}  # table 3.3
collections = ("Natural Questions", "WebQuestions", "TriviaQA")
fig, (axes,) = plotting.figure(
    title="Examples in the prompt help GPT-3, without a step of training",
    xlabel="collection of questions",
    ylabel="answered rightly (%)",
    size=(6.8, 3.2),
)
for place, (name, values) in enumerate(shots.items()):
    axes.bar([i + 0.27 * (place - 1) for i in range(3)], values, width=0.25, label=name, color=plotting.PALETTE[place])
    for i, value in enumerate(values):
        axes.text(i + 0.27 * (place - 1), value + 1.2, f"{value:.0f}", ha="center", fontsize="small")
axes.set_xticks(range(3), collections)
axes.set_ylim(0, 80)
axes.legend(loc="upper left")
plotting.show(
    fig,
    alt="Bars for three collections of questions with no, one and several examples in the prompt: Natural Questions "
    "15, 23 and 30 %, WebQuestions 14, 25 and 42 %, TriviaQA 64, 68 and 71 %.",
    folded="Three collections of questions, with no, one and several examples",
)

# %% [markdown]
# **What remained.** The field went from training to prompting. What the prompt cannot do, lesson 16 does by
# fine-tuning.
#
# **Exercise 10** asks for four sentences of your own on each of the four. You may do two papers today and two tomorrow.

# %% [markdown]
# ### Five more, in short
#
# Each of them changed one thing. Two are encoders:
#
# **RoBERTa** (Liu et al. 2019, arXiv:1907.11692): BERT, trained as it should have been.
#
# - *Changed:* **dynamic masking** (the hidden words are drawn again each time a text is seen), no NSP, batches of
#   8,000.
# - *Training:* 160 GB of text, ten times BERT's; 355 million parameters.
# - *Result:* it matched or passed every model that had come after BERT.
# - *What we learn:* many new ideas had only been more training.
#
# **ELECTRA** (Clark et al. 2020, arXiv:2003.10555): learn from every position.
#
# - *Changed:* **replaced-token detection**. A small generator, itself an MLM, puts plausible words in some places. The
#   model says for *every* token whether it is the original.
# - *Training:* up to 335 million parameters. The text has some 33 billion tokens, and is read several times.
# - *Result:* the small one, trained in four days on one GPU, beats GPT on GLUE. The large one is as good as RoBERTa,
#   with under a quarter of its compute.
# - *What we learn:* MLM makes little use of the positions that it does not ask about.

# %% [markdown]
# One is a decoder:
#
# **LLaMA** (Touvron et al. 2023, arXiv:2302.13971): a model is trained once and used many times.
#
# - *Changed:* **a smaller model, trained longer**. RMSNorm, SwiGLU and RoPE, your lesson 10.
# - *Training:* 7 to 65 billion parameters, trained on 1.0 to 1.4 trillion tokens, all of them public.
# - *Result:* LLaMA 13B beats GPT-3, 13 times as large, on most benchmarks.
# - *What we learn:* the best size depends on how often the model will be used.

# %% [markdown]
# And two are encoder-decoders:
#
# **T5** (Raffel et al. 2019, arXiv:1910.10683): every task is text in, text out.
#
# - *Changed:* **span corruption**. 15 % of the tokens are cut out, in spans of three on average; one sentinel (`<X>`)
#   stands for each; the model writes the spans.
# - *Training:* C4, about 750 GB; up to 11 billion parameters.
# - *Result:* the best on 18 of the 24 tasks it looked at.
# - *What we learn:* the paper compares objectives, sizes and data one by one, so it says what matters.
#
# **BART** (Lewis et al. 2019, arXiv:1910.13461): damage a text in any way, and rebuild all of it.
#
# - *Changed:* **text infilling**. Spans become *one* mask each (their lengths are drawn: 3 on average, also 0).
#   Sentences are put in another order. The target is the whole original.
# - *Training:* RoBERTa's 160 GB; 406 million parameters.
# - *Result:* up to 6 points better in ROUGE, a score of summaries; as good as RoBERTa where only understanding counts.
# - *What we learn:* an encoder-decoder need not be worse at what encoders do.
#
# **Exercise 9** asks for three models of each of two families, in your words.

# %% [markdown]
# ### Did encoders stay small?
#
# The three encoders above have 340, 355 and 335 million parameters, in three years. The decoders went from 1.5 to 175
# billion.
#
# **Guess first.** XLM-R XXL is an encoder of 2021. Has it more or fewer than ten times as many million parameters as
# those, and how many?

# %%
guess = ...  # in millions

# %% fold="setup"
reveal("XLM-R XXL, millions of parameters", 10_700, guess)

# %% fold="drawing"
models = {  # year and month of the paper, largest model in millions of parameters
    "encoder-only": {
        "BERT": (2018.8, 340),
        "RoBERTa": (2019.55, 355),
        "ELECTRA": (2020.2, 335),
        "Megatron BERT": (2019.7, 3_900),
        "XLM-R XXL": (2021.35, 10_700),
    },
    "decoder-only": {"GPT-2": (2019.1, 1_558), "GPT-3": (2020.4, 175_000), "LLaMA": (2023.15, 65_000)},
    "encoder-decoder": {"Transformer": (2017.45, 213), "T5": (2019.8, 11_000), "BART": (2019.8, 406)},
}
fig, (axes,) = plotting.figure(
    title="All three families grew; the largest models are decoders",
    xlabel="date of the paper (year)",
    ylabel="parameters of the largest model (millions)",
    size=(7.4, 4.4),
)
for (family, members), marker in zip(models.items(), "osD", strict=True):
    years, sizes = zip(*members.values(), strict=True)
    axes.scatter(years, sizes, marker=marker, s=70, label=family)
    for name, (year, size) in members.items():
        offset = {"RoBERTa": (-20, -18), "ELECTRA": (9, -4), "Megatron BERT": (9, -4), "T5": (5, 7)}.get(name, (5, 7))
        axes.annotate(name, (year, size), xytext=offset, textcoords="offset points")
axes.set(yscale="log", xlim=(2017, 2024), ylim=(100, 500_000))
axes.legend(loc="lower right")
plotting.show(
    fig,
    alt="Eleven models by year and size on a log axis. BERT, RoBERTa, ELECTRA and BART lie near 350 million from 2018 "
    "to 2020. Larger encoders: Megatron BERT 3.9 billion in 2019, XLM-R XXL 10.7 billion in 2021. T5 has 11 billion in "
    "2019. Decoders: GPT-2 1.6 billion in 2019, GPT-3 175 billion in 2020, LLaMA 65 billion in 2023.",
    folded="Eleven models by date and size",
)

# %% [markdown] fold="What this means"
# The picture has two more encoders than the text. Megatron-LM trained a BERT of 3.9 billion parameters in 2019 (Shoeybi
# et al., arXiv:1909.08053), and XLM-R XXL has 10.7 billion (Goyal et al. 2021, arXiv:2105.00572). With BERT, RoBERTa
# and ELECTRA alone you would have said that encoders did not grow: **three examples are not a trend.** It remains true
# that the encoders in wide use are small. One reason may be that each user fine-tunes and runs an encoder for each
# task. A decoder takes its task from the prompt, so one large model serves many users.

# %% [markdown]
# **You can now do exercises 9 to 11** (about 65 minutes of writing): three models of each of two families, the four
# papers, and a choice among the families.
#
# **The answer to our question.** Other people's weights work in your code if the names, the layout and what no tensor
# says are right. Equal logits prove it, if the reference did not use your map. Models that look both ways were built
# because what comes later may decide: in one training of each, the encoder filled about 93 % of 395 gaps rightly, and
# the GPT as many as a coin would.
#
# **What is missing.** Our checkpoints were small; the released ones of others need a network. The encoder and the GPT
# were trained once each, on sentences of 16 tokens. And we did not fine-tune the encoder, which is its main use.

# %% [markdown]
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `config.PRESETS[name]` | a model's row of the table | |
# | `pretrained.presets_table()` | each row built, and counted | |
# | `pretrained.build(config)` | the model of any configuration | `(B, T)` → `(B, T, V)` |
# | `pretrained.read_config(folder)`, `.read_header(file)` | what is in a checkpoint, before any weight is read | |
# | `pretrained.name_map(config)` | their name, our name, transposed or not | |
# | `pretrained.load(name_or_path)` | GPT-2, GPT-Neo, Llama 3, Qwen3 … in our classes | `(B, T)` → `(B, T, V)` |
# | `pretrained.gpt_neo.GPTNeo(config)` | the TinyStories models | `(B, T)` → `(B, T, V)` |
# | `pretrained.gpt_neo.window_mask(T, window)` | a local layer's mask | `(T, T)` |
# | `pretrained.masked_lm.MaskedLM(config)` | an encoder of our blocks | `(B, T)` → `(B, T, V)` |
# | `pretrained.masked_lm.mask_tokens(idx, mask_id, vocab_size)` | inputs and labels | two of `(B, T)` |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** You load a checkpoint. Its logits agree with the reference up to position 255. From position 256 on they
# differ. What is the likeliest cause?
#
# - A matrix that was not transposed
#   - Then the logits would differ from the first position on: each position uses every matrix.
# - A window of 256 that only one of the two models has
#   + Up to position 255 everything is inside the window, and the two masks are the same. It also shows why a test must
#     be longer than the window.
# - The missing 1/√D
#   - That would change the attention of every position that sees two tokens, so from position 1 on.
#
# **2.** BERT chooses 15 % of the tokens. What would happen with 90 %?
#
# - Training would be six times as fast, because six times as many tokens are predicted
#   - Each prediction teaches something only if enough context is left, and here only a tenth of the text is left.
# - There would be too little left to guess from
#   + With 1 % a pass predicts almost nothing, and with 90 % almost nothing is known. A broad range between them works.
# - Nothing: the loss is a mean over the chosen tokens
#   - The mean does not grow with their number. But each of them is harder to guess when its neighbours are hidden too.
#
# **3.** Somebody takes a trained GPT, removes the causal mask, and says: "Now it is a BERT, because the weights fit."
# Is that right?
#
# - Yes: all names and shapes agree
#   - They do, and so nothing reports an error. An architecture is more than its tensors, as section 4 showed.
# - No: it must be trained again with something hidden
#   + Every layer has learned to work with what stands on its left, and the output predicts the next token, which it may
#     now simply see. (Training again may begin with the GPT's weights.)
# - No: an encoder has more parameters
#   - It has exactly the same ones. The lesson counted them.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/13_pretrained.ipynb`: you read configurations, map tensors, repair a loader, and make
# the data of BERT and T5. Exercises 1 to 5 belong to part A, 6 to 8 to part B, 9 to 11 to part C. Then **lesson
# 14, more than one device**: what to do when a model no longer fits on one.
