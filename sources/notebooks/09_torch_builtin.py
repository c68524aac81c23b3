# %% [markdown]
# # 09 · Against torch's built-in layers
#
# **When you finish, you can**
# - build the GPT of lesson 07 from `nn.TransformerEncoderLayer`, and say which of its defaults are not GPT's;
# - copy the weights of one model into another, and prove that both are the same function;
# - read a mask in any of torch's three conventions, and notice one that is inverted;
# - time two programs against each other so that the result means something, and say where a difference comes from.
#
# **What you need first:** lessons 04 to 08, and the masks of lesson 03.
#
# **Time:** about 65 minutes, and about 85 minutes for the exercises.
#
# **The question.** torch comes with transformer layers that have been used and improved for years. You have written
# your own, in about two hundred lines. **Is yours right, down to the last digit? And is yours slower?**
#
# Letters: `B` batch, `T` tokens, `C` width, `L` blocks, `V` vocabulary.

# %%
from collections import Counter
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.block import DecoderBlock
from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured
from course_lib.show.profiling import (
    interleaved_seconds,
    kept_for_backward,
    num_params,
    processor_seconds,
    time_interleaved,
)
from course_lib.torch_builtin import TorchGPT, from_gpt, their_name

config = GPTConfig(vocab_size=2_000, seq_len=64, n_layer=4, n_embd=64, n_head=4, bias=True)
B, T, C = 8, config.seq_len, config.n_embd


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# Any tokens will do: neither equality nor speed depends on which they are.
tokens = torch.randint(config.vocab_size, (B, T + 1), generator=seeded())
x, y = tokens[:, :-1], tokens[:, 1:]  # both (B, T)

# %% [markdown]
# **Where we are.** The map of the GPT of this lesson. The block is lit: torch has layers that can take its place. All
# other rooms stay as they are.

# %% fold="drawing"
diagram.model(GPT(config), lit="block")

# %% [markdown]
# ## 1 · What torch calls a decoder
#
# GPT is called a *decoder-only* model. torch has an `nn.TransformerDecoder`. So the first attempt of nearly everybody
# looks like this. The decoder wants a second input, the `memory`; we have none, so we say `None`:


# %%
class DecoderOnlyGPT(nn.Module):
    """The obvious way, which does not work."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        layer = nn.TransformerDecoderLayer(config.n_embd, config.n_head, batch_first=True)
        self.decoder = nn.TransformerDecoder(layer, config.n_layer)

    def forward(self, idx: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.token_embedding(idx), memory=None)


try:
    DecoderOnlyGPT(config)(x)
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# The message comes from deep inside, and it names neither the decoder nor the memory. What happened?
#
# The transformer of 2017 was trained to translate, once from English to German and once from English to French. Its
# *encoder* reads the English sentence, and its *decoder* writes the translation. So each decoder layer has **two**
# attentions: one over its own text, causal, and one over the encoder's output, the memory. That second one, the
# *cross-attention*, got `None` for its keys and values.
#
# Next to the decoder layer torch has an encoder layer, which has only one attention, as our block has.
#
# **Guess first.** Our block, of width 64, has about 50,000 parameters ($12C^2$ and a few). How many has torch's
# *encoder* layer of the same width, with torch's defaults? Its signature begins with
# `nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=2048, dropout=0.1, …)`.

# %%
guess = ...  # a whole number

# %%
layers = {
    "our DecoderBlock": DecoderBlock(config),
    "TransformerEncoderLayer": nn.TransformerEncoderLayer(C, config.n_head),
    "TransformerDecoderLayer": nn.TransformerDecoderLayer(C, config.n_head),
}


reveal("parameters of torch's encoder layer", num_params(layers["TransformerEncoderLayer"]), guess)


# %% fold="setup"
def kind_of(name: str) -> str:
    """Which part of a layer a parameter belongs to."""
    kinds = {
        "attention": "self-attention",
        "self_attn": "self-attention",
        "multihead_attn": "cross-attention",
        "norm": "norms",
    }
    return next((kind for start, kind in kinds.items() if name.startswith(start)), "MLP")


KINDS = ("self-attention", "cross-attention", "MLP", "norms")
parts = {label: Counter() for label in layers}
for label, layer in layers.items():
    for name, parameter in layer.named_parameters():
        parts[label][kind_of(name)] += parameter.numel()
    sizes = ", ".join(f"{kind} {parts[label][kind]:,}" for kind in KINDS if parts[label][kind])
    reveal(label, f"{num_params(layer):,}: {sizes}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="torch's layers of width 64: a wider MLP, and in the decoder a second attention",
    xlabel="parameters",
    ylabel="layer",
    size=(8.4, 3.2),
)
left = [0] * len(parts)
for kind in KINDS:
    widths = [part[kind] for part in parts.values()]
    axes.barh(list(parts), widths, left=left, label=kind)
    left = [start + width for start, width in zip(left, widths, strict=True)]
axes.xaxis.set_major_formatter("{x:,.0f}")
axes.invert_yaxis()
axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4)
plotting.show(
    fig,
    alt="Stacked bars of parameters. Our block is about a sixth of either of torch's layers, whose MLP is by far the "
    "largest part. The decoder layer has the encoder layer's parts and a cross-attention as large as its "
    "self-attention.",
    folded="The parts of the three layers",
)

# %% [markdown] fold="What is different"
# The encoder layer's attention is as large as ours: $4C^2$ and a few, 16,640. But its MLP is 8 times as large, because
# its width does not follow `C`. It is 2048 until you say something else, where ours is $4C = 256$. The decoder layer
# has one more part, the cross-attention, and a GPT has no use for it.

# %% [markdown]
# So which class is a GPT? Take the decoder layer and remove the cross-attention: what is left is an *encoder* layer. As
# torch uses the words, **a decoder-only model is an encoder with a causal mask.** The names say what a stack is
# connected to, and not what it does.
#
# **You can now do exercise 1** (what the defaults cost).

# %% [markdown]
# ## 2 · Eight defaults
#
# `nn.TransformerEncoderLayer` was made for the model of 2017. Where GPT-2 differs, you must say so:
#
# | argument | torch's default | a GPT needs | if you forget it |
# |---|---|---|---|
# | `dim_feedforward` | 2048 | `config.hidden_dim`, an `int` | a layer several times as large |
# | `dropout` | 0.1 | `config.dropout` | in training, two calls give two results |
# | `activation` | ReLU | GELU, in its tanh form | another function |
# | `batch_first` | `False`: `(T, B, C)` | `True`: `(B, T, C)` | texts attend to other texts of the batch |
# | `norm_first` | `False`: post-norm | `True`: pre-norm | another model, hard to train when deep |
# | `bias` | `True` | `config.bias` | too many parameters; and `False` takes the norms' shifts away too |
# | `norm` of the encoder | none | `nn.LayerNorm(C)` | the final norm is missing |
# | `mask` in the call | none | causal | the future is visible |
#
# The first one has a trap. `4.0 * C` is the natural way to write "four times as wide, or some other ratio":

# %%
try:
    nn.TransformerEncoderLayer(C, config.n_head, dim_feedforward=config.mlp_ratio * C)
except TypeError as error:
    print("TypeError:", error)
print("mlp_ratio * C =", config.mlp_ratio * C, "   hidden_dim =", config.hidden_dim)

# %% [markdown]
# 256.0 is a `float`. The message comes from the place where the weights get their memory, and does not mention
# `dim_feedforward`. `GPTConfig` does that multiplication once and gives an `int`.
#
# Now all eight together. (Two of them cannot be seen in this cell: `bias` may stay `True`, as in our configuration, and
# the mask comes with the call.) This is the core of `TorchGPT` in `course_lib/torch_builtin.py`:

# %%
gelu_tanh = partial(F.gelu, approximate="tanh")  # activation="gelu" would be the exact form


def build_encoder(**changes: object) -> nn.TransformerEncoder:
    """The stack of blocks, with some arguments of its layers changed."""
    arguments = {
        "dim_feedforward": config.hidden_dim,
        "dropout": 0.0,
        "activation": gelu_tanh,
        "batch_first": True,
        "norm_first": True,
    }
    layer = nn.TransformerEncoderLayer(C, config.n_head, **{**arguments, **changes})
    return nn.TransformerEncoder(layer, config.n_layer, norm=nn.LayerNorm(C), enable_nested_tensor=False)


print(f"ours   {num_params(GPT(config).blocks) + 2 * C:,} (blocks and final norm)")
print(f"theirs {num_params(build_encoder()):,}")

# %% [markdown]
# As many parameters, to the last one. (`enable_nested_tensor=False` turns off a treatment of padding that we do not
# use, and the warning about it.)
#
# ## 3 · Copying the weights
#
# The same count is a good sign, but no proof. The proof: give both models **the same weights** and compare what they
# compute. The weights have other names there:

# %%
ours = GPT(config, seeded())
for name, value in ours.state_dict().items():
    if name.startswith(("token", "blocks.0.", "final")):
        print(f"{name:36} -> {their_name(name):44} {tuple(value.shape)}")

# %% [markdown]
# No weight needs to be transposed or cut: `in_proj_weight` has queries, keys and values one above the other, as our
# `qkv_proj` has. (GPT-2's own checkpoints hold the transposed matrices; lesson 13 meets them.)
#
# Now a mistake that takes days to find. What if you copy without translating the names? `load_state_dict` refuses, with
# a long list of names. There is an argument that makes the error go away, and so:

# %%
careless = TorchGPT(config)
outcome = careless.load_state_dict(ours.state_dict(), strict=False)  # do not do this
print("weights that found no place:", len(outcome.unexpected_keys), "of", len(ours.state_dict()))

# %% [markdown]
# No error. Only the two embeddings and the head were copied. All blocks kept their random start, and nothing said so.
# (The 53 names belong to 52 weights: the tied head has a name of its own.)
# **`strict=False` is not a way to load weights.** It is a way not to be told that they were not loaded.
#
# And one more precaution before we compare. A new GPT has norms that multiply by one, and biases of zero. If we had
# mixed up `norm1` and `norm2`, we could not see it: they hold the same numbers. A test must start from weights that are
# **all different**, and yet like those of a real model: norms multiply by about 1, other weights lie around 0. (Mind
# the generator. With a new `seeded()` for each weight, all weights of the same shape would get the same numbers.) To
# see that the test can fail, we then mix up the norms on purpose:

# %%
draws = seeded(1)  # one generator for all weights
with torch.no_grad():
    for name, parameter in ours.named_parameters():
        middle = 1.0 if "norm" in name and name.endswith("weight") else 0.0  # 1 for what a norm multiplies by
        parameter.copy_(middle + 0.1 * torch.randn(parameter.shape, generator=draws))
theirs, mixed_up = from_gpt(ours), from_gpt(ours)  # load_state_dict, with the names translated, and strict
for layer in mixed_up.encoder.layers:
    layer.norm1, layer.norm2 = layer.norm2, layer.norm1

with torch.no_grad():
    right, copied, wrong = ours(x), theirs(x), mixed_up(x)  # each (B, T, V)
measured("largest logit", right.abs().max().item(), about=3.6, within=1, digits=2)
measured("largest difference of a logit", (copied - right).abs().max().item(), about=0, within=1e-5, digits=2)
measured("  with the norms mixed up", (wrong - right).abs().max().item(), about=1.9, within=1, digits=2)

# %% [markdown]
# The same function, and a test that can fail. (Is the first difference exactly 0 on your machine? Then both models
# ended in the same operations. Two programs may also add the same products in another order. Each sum is rounded, and
# so differences around a millionth of the logits' size are normal.)
#
# Is it also the same function to *learn* with? Then every weight must get the same gradient:

# %%
for model in (ours, theirs):
    next_token_loss(model(x), y).backward()
their_gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
equal = [
    torch.allclose(their_gradients[their_name(name)], parameter.grad, atol=1e-6)
    for name, parameter in ours.named_parameters()
]
print(f"equal gradients: {sum(equal)} of {len(equal)} parameters")

prompt = x[:2, :8]
same_text = torch.equal(generate(theirs, prompt, 80, temperature=0), generate(ours, prompt, 80, temperature=0))
print("the same 80 tokens from both, past seq_len:", same_text)

# %% [markdown]
# This answers the first half of the question. Every number that your model computes agrees with code on which thousands
# of people rely: the logits, the gradients and the text that it writes.
#
# With the same tools you can now measure what each default is worth. Take the right encoder, forget **one** argument,
# load the same weights, and look how far the logits move.
#
# **Guess first.** Which of these moves the logits most when it is forgotten: `activation`, `dropout`, `mask`,
# `batch_first` or `norm_first`?

# %%
guess = ...  # one of these names, in quotes


# %%
@torch.no_grad()
def logits_with(encoder: nn.TransformerEncoder, mask: torch.Tensor | None) -> torch.Tensor:
    """Logits of `theirs`, (B, T, V), with another encoder that has its weights."""
    encoder.load_state_dict(theirs.encoder.state_dict())
    h = theirs.token_embedding(x) + theirs.position_embedding(torch.arange(T))  # (B, T, C)
    return theirs.head(encoder(h, mask=mask))


torch.manual_seed(0)  # for the dropout
blocked = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)  # (T, T); these layers block where it is True
square = torch.ones(B, B, dtype=torch.bool).triu(diagonal=1)  # what fits if the batch is taken for the text
mistakes = {
    "nothing": logits_with(build_encoder(), blocked),
    "activation: exact GELU": logits_with(build_encoder(activation="gelu"), blocked),
    "activation: ReLU": logits_with(build_encoder(activation="relu"), blocked),
    "dropout left at 0.1": logits_with(build_encoder(dropout=0.1), blocked),
    "mask: none": logits_with(build_encoder(), None),
    "batch_first: False": logits_with(build_encoder(batch_first=False), square),
    "norm_first: False": logits_with(build_encoder(norm_first=False), blocked),
}
error = {name: ((logits - right).std() / right.std()).item() for name, logits in mistakes.items()}
reveal("moves the logits most", max(error, key=error.get).partition(":")[0], guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Five forgotten arguments change the model, the exact GELU hardly does",
    xlabel="difference of the logits, over their own spread (logarithmic; left of the dotted line: 0)",
    ylabel="what was forgotten",
    size=(8.4, 3.6),
)
zero, rounding = 1e-7, 2e-6  # a log axis has no place for zero: it stands at the left edge
axes.plot([value if value > rounding else zero for value in error.values()], list(error), "o", markersize=9)
axes.set_xscale("log")
axes.set_xlim(zero / 2, 10)
axes.set_xticks([zero, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1], ["0", "0.00001", "0.0001", "0.001", "0.01", "0.1", "1"])
axes.minorticks_off()
axes.axvline(10**-5.9, color="grey", linestyle=":")  # left of it the axis is no scale any more
axes.invert_yaxis()
plotting.show(
    fig,
    alt="Points on a logarithmic axis. With nothing forgotten the point stands at zero, at the left edge. The exact "
    "GELU differs by two ten-thousandths of the logits' own spread, ReLU by a fifth, dropout and the missing mask by "
    "more than half of it, post-norm and the wrong order of axes by about all of it.",
    folded="How far each mistake moves the logits",
)

# %% [markdown]
# A difference of 1 means that the wrong logits are as far from the right ones as these spread: little is left.
# `batch_first` does that. Each token attends to other texts in place of its own past, and no error says so. Post-norm
# is nearly as far: the same weights in another function. (These are the sizes for random weights with norms around 1. A
# trained model may have another order.)
#
# The exact GELU differs by so little that no loss curve shows it. It matters when you load somebody else's weights and
# want *their* numbers. The missing mask is the opposite. With weights that were loaded it is seen at once, as here. But
# if you *train* without it, the loss looks excellent: it falls towards zero, because the model can see the next token.
#
# **You can now do exercise 2** (the same GPT from torch's layers) **and exercise 3** (other names for the same
# numbers).
#
# ### Where weights start
#
# One difference is left. It is not in the table, because it is no argument: the first weights. Build both models anew
# and ask for the loss before any training. It should be $\ln V \approx 7.6$ (lesson 07), and for ours it is.
#
# **Guess first.** `nn.Embedding` starts with deviation 1, and the head is tied to it. What is the first loss of the
# model from torch's layers? (Lesson 08 met that mistake. There `C` was 100, and the loss was about 100. Here `C` is 64,
# and the table of positions starts with deviation 1, too.)

# %%
guess = ...  # nats per token

# %%
torch.manual_seed(0)
fresh = {"our GPT": GPT(config), "TorchGPT": TorchGPT(config)}
before_norm = []  # the stream of TorchGPT in front of its final norm
fresh["TorchGPT"].encoder.norm.register_forward_hook(lambda norm, inputs, output: before_norm.append(inputs[0]))
with torch.no_grad():
    logits = {name: model(x) for name, model in fresh.items()}  # each (B, T, V)
losses = {name: next_token_loss(values, y).item() for name, values in logits.items()}

# %% fold="setup"
reveal("first loss of TorchGPT", approx(losses["TorchGPT"], about=37.5, within=2), guess)
reveal("first loss of our GPT", approx(losses["our GPT"], about=7.6, within=0.1))
reveal(
    "TorchGPT's stream before the final norm",
    f"deviation {approx(before_norm[0].std().item(), about=1.74, within=0.1)}",
)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="torch's own start gives the token just read a far larger logit than all others",
    xlabel="logit (line: 5 to 95 %, dot: median)",
    ylabel="model",
    size=(7.4, 2.8),
)
rows = {}
for name, values in logits.items():
    again = values.gather(-1, x[..., None])  # (B, T, 1): the logit of the token that was just read
    rows |= {f"{name}: token just read": again, f"{name}: all tokens": values}
for row, values in enumerate(rows.values()):
    low, middle, high = np.percentile(values.numpy(), (5, 50, 95))
    axes.plot([low, high], [row, row], color=plotting.PALETTE[row % 2], linewidth=5, solid_capstyle="butt")
    axes.plot(middle, row, "o", color="black", markersize=6)
axes.set_yticks(range(len(rows)), list(rows))
axes.axvline(0, color="black", linewidth=1)
axes.invert_yaxis()
plotting.show(
    fig,
    alt="The range of 90 % of the logits of two untrained models, with a dot at the median. All logits of our GPT lie "
    "near zero, that of the token just read a little to the right. Those of TorchGPT spread over more than ten units "
    "on both sides of zero; that of the token just read is near 37.",
    folded="The logits of both models before training",
)
own = logits["TorchGPT"].gather(-1, x[..., None]).mean().item()
reveal("TorchGPT's mean logit of the token just read", approx(own, about=37.5, within=2))

# %% [markdown] fold="Why as large as that"
# It is the mistake of lesson 08. The vector of the token that was just read is still in the stream, and its product
# with its own row of the tied head is large. In lesson 08 that product was near `C` = 100, because the stream was
# hardly more than this vector. Here the positions have added as much, so the stream begins with the deviation √2, and
# the blocks bring it to about 1.7. The final norm divides by that: 64 / 1.7 ≈ 38. The model is certain that the token
# just read comes again, and the loss is about as large as that logit.

# %% [markdown]
# There is a second difference at the start. `nn.TransformerEncoder` takes **one** layer and copies it:

# %%
first, last = fresh["TorchGPT"].encoder.layers[0], fresh["TorchGPT"].encoder.layers[-1]
print("first and last layer start equal:", torch.equal(first.linear1.weight, last.linear1.weight))

# %% [markdown]
# Neither is an error. The first is a bad start, and the second lets all layers begin as the same layer. The remedy is
# lesson 08's rules, or `from_gpt(GPT(config))`.

# %% [markdown]
# ## 4 · True means blocked here
#
# In lesson 03 our mask said `True` where a query **may** look. `F.scaled_dot_product_attention` agrees. The layers, and
# `nn.MultiheadAttention`, do not: there, `True` means **blocked**. And all of them also take numbers, which are added
# to the scores:

# %% fold="drawing"
n = 6
allowed = torch.ones(n, n, dtype=torch.bool).tril()  # row: query, column: key
conventions = {  # what is written where a query may attend, and where it is blocked
    "F.scaled_dot_product_attention:\nT = may attend": ("T", "F"),
    "nn.TransformerEncoderLayer:\nT = blocked": ("F", "T"),
    "both: added to the scores": ("0", "−∞"),
}
fig, panels = plotting.figure(
    title="One causal mask, written in three ways (light: may attend, dark: blocked)", columns=3, size=(4.2, 4.2)
)
for axes, (name, (free, shut)) in zip(panels, conventions.items(), strict=True):
    plotting.heatmap(axes, allowed.float(), xlabel="key", ylabel="query", title=name, vmin=0, vmax=1, cbar=False)
    for row, column in np.ndindex(n, n):
        text, colour = (free, "black") if allowed[row, column] else (shut, "white")
        axes.text(column + 0.5, row + 0.5, text, color=colour, ha="center", va="center")
plotting.show(
    fig,
    alt="Three matrices of 6 × 6, coloured alike: the lower triangle and the diagonal are light, there a query may "
    "attend, and the rest is dark. The first has T in the light cells and F in the dark ones, the second F in the "
    "light and T in the dark ones, the third 0 in the light ones and minus infinity in the dark ones.",
)

# %% [markdown]
# So it is easy to invert a mask by mistake. There is one more thing to know. The layers take a second argument,
# `is_causal=True`. It is a **hint** that the mask is the causal one, so that the fast attention of lesson 03 can be
# used, which needs no mask. torch believes the hint. In evaluation, without gradients, torch may take another way
# through the layer, its *fast path*. That one reads the mask and ignores the hint.
#
# **Guess first.** Give a layer the *inverted* mask, with and without the hint, in training and in evaluation. In how
# many of these four cases is the result right?

# %%
guess = ...  # 0 to 4

# %%
layer = nn.TransformerEncoderLayer(C, 4, 4 * C, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
h = torch.randn(2, n, C, generator=seeded())
reference = layer(h, src_mask=~allowed).detach()
inverted = allowed  # True where attention is allowed, and so blocked where it should not be

verdicts = {}
for hint in (False, True):
    training = layer.train()(h, src_mask=inverted, is_causal=hint)
    with torch.inference_mode():
        evaluation = layer.eval()(h, src_mask=inverted, is_causal=hint)
    for mode, result in (("training", training), ("evaluation", evaluation)):
        verdict = "right" if torch.allclose(result, reference, atol=1e-5) else "WRONG"
        verdicts[hint, mode] = verdict + (", with NaN" if result.isnan().any() else "")
reveal("right results of four", sum(verdict == "right" for verdict in verdicts.values()), guess)
for (hint, mode), verdict in verdicts.items():
    reveal(f"is_causal={hint}, {mode}", verdict)

# %% [markdown] fold="Why"
# Read the third of the four again. With the hint, **training is right**, because the mask is never read. You train for
# a day and all is well. Then you call `model.eval()`, without gradients, and torch takes another path through the
# layer: its *fast path*, one call for the whole layer. That path does read the mask. (It wants ReLU or exact GELU, so
# this cell uses `F.gelu`. Our TorchGPT has the tanh form and never takes that path.)
#
# Why NaN in evaluation, and not in the first of the four? The inverted mask blocks every key for the last query. The
# attention that is used in training gives zeros for such a query. The fast path computes a softmax over nothing, and
# that is 0/0. (The first of the four is the worst: without the hint, the model trains on the *future*, without any
# NaN.)

# %% [markdown]
# Two rules follow. The hint must be true, and the mask must be right even where nothing reads it. And **compare in both
# modes**: `tests/torch_builtin/test_torch_builtin.py` does.

# %% [markdown]
# **You can now do exercise 4** (one mask, three conventions) **and exercise 5** (the decoder that wants a memory).
#
# ## 5 · A fair race
#
# Both models compute the same numbers. Which one is faster? That is easy to measure, and easy to measure wrongly:
#
# | unfair | because | instead |
# |---|---|---|
# | time the first call | it asks for memory and prepares much | warm up first |
# | all runs of A, then all of B | the machine may be slower in the second half | take turns |
# | one run, or the mean | one disturbance decides | many runs, their median or the fastest, and the spread |
# | look at the wall clock on a busy machine | it runs on while other programs work | count processor time |
# | read the clock while a GPU still works | calls return before the work is done | synchronize before each look |
# | one in `train` mode, one in `eval` | they do different work | the same mode, and equal results first |
#
# `interleaved_seconds` keeps these rules and gives the seconds round by round. Here are a hundred forward passes of
# each model, in turns, by each of two clocks: the *wall clock* (`time.perf_counter`) and the *processor's clock*
# (`processor_seconds`), which counts only the time in which a processor works for this program. (With several threads
# it adds their times up, waiting included. So the models run on one thread here.) The picture shows the rounds of our
# GPT; both models come together below, after a guess. Your machine has other numbers.

# %%
ours.eval()
theirs.eval()
few = x[:2]  # (2, T): short work, so that a disturbance hits few of the rounds
threads = torch.get_num_threads()
torch.set_num_threads(1)  # until the race is over
passes = {"our GPT": lambda: ours(few), "TorchGPT": lambda: theirs(few)}
with torch.inference_mode():
    wall = interleaved_seconds(passes, runs=100, warmup=5)
    forward = interleaved_seconds(passes, runs=100, warmup=5, clock=processor_seconds)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A hundred rounds by each of two clocks: most lie in one band, a few above",
    xlabel="round",
    ylabel="forward pass of our GPT (ms)",
    size=(7.6, 3.4),
)
for row, (clock, taken) in enumerate((("wall clock", wall), ("processor's clock", forward))):
    rounds_ms = 1000 * np.array(taken["our GPT"])
    axes.plot(rounds_ms, "o", markersize=4, alpha=0.7, color=plotting.PALETTE[row], label=f"{clock}: a round")
    axes.axhline(np.median(rounds_ms), color=plotting.PALETTE[row], linestyle="--", label=f"{clock}: median")
axes.set_ylim(bottom=0)
axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2)
plotting.show(
    fig,
    alt="The time of each forward pass of our GPT, round by round, by the wall clock and the processor's clock, each "
    "with a line at its median. Most points of both lie in one band, a few above it. The wall clock's lie far above in "
    "rounds in which the machine did something else.",
)

# %% [markdown]
# Which single number stands for a hundred? By the **wall clock** there are two good answers. The **median** holds as
# long as fewer than half of the rounds are disturbed. It says how long something takes on your machine. The **fastest**
# holds as long as a single round is undisturbed, because other programs can only add time. (Does the median of the wall
# clock lie far above the low band in your picture? Then your machine is busy, more than half of the rounds are
# disturbed, and the median fails.)
#
# By the **processor's clock** other programs are not counted, and nearly all rounds are undisturbed. Then the median is
# safe. (A single round may still take long, when Python tidies up its memory. And the clock cannot be used for a GPU,
# whose work it does not see.)
#
# And the spread? Cut the hundred rounds into five groups, and compare the two models within each group. If the five
# ratios lie on both sides of 1, the rounds do not decide. If all five lie on one side, the result is probably not
# chance. Probably: two equal programs are on one side in all five by chance in 1 of 16 races, as five coins show the
# same side.
#
# **You can now do exercise 6** (a fair timer) **and exercise 7** (what the rounds say).

# %% [markdown]
# Now the three things that one does with a model: a forward pass, the forward and backward pass of a training step, and
# writing text, token by token.
#
# **Guess first.** How many times as long does the model from torch's layers take for a forward pass? (1 means: as long
# as ours. 2 means: twice as long.)

# %%
guess = ...  # a number, such as 0.5 or 1 or 2


# %%
def forward_and_backward(model: nn.Module) -> None:
    """The part of a training step that the model decides."""
    model.zero_grad()
    next_token_loss(model(few), y[:2]).backward()


def write(model: nn.Module) -> None:
    """4 tokens after a prompt of 8, one text."""
    generate(model, x[:1, :8], 4, temperature=0, use_cache=False)  # TorchGPT has no cache: see lesson 10


def race(work: Callable[[nn.Module], None]) -> dict[str, list[float]]:
    """The processor's seconds in a hundred rounds of this work."""
    calls = {"our GPT": lambda: work(ours), "TorchGPT": lambda: work(theirs)}
    return interleaved_seconds(calls, runs=100, warmup=2, clock=processor_seconds)


races = {
    "forward": forward,
    "forward + backward": race(forward_and_backward),
    "writing 4 tokens": race(write),
}
torch.set_num_threads(threads)


# %% [markdown]
# And the ratios, once over all hundred rounds and once in each of five groups:


# %%
def ratios(seconds: dict[str, list[float]], groups: int) -> list[float]:
    """TorchGPT's median over ours, in each of so many groups of rounds."""
    our_rounds, their_rounds = seconds["our GPT"], seconds["TorchGPT"]
    size = len(our_rounds) // groups
    slices = [slice(n * size, (n + 1) * size) for n in range(groups)]
    return [median(their_rounds[rounds]) / median(our_rounds[rounds]) for rounds in slices]


GROUPS = 5
overall = {name: ratios(seconds, groups=1)[0] for name, seconds in races.items()}
in_groups = {name: ratios(seconds, GROUPS) for name, seconds in races.items()}

# %% fold="setup"
reveal("forward pass, torch's layers / ours", approx(overall["forward"], about=1.3, within=1, digits=2), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A point for each group of rounds: right of the line torch's layers take longer",
    xlabel="TorchGPT / our GPT (ratio of times)",
    ylabel="work",
    size=(7.6, 2.6),
)
for row, five in enumerate(in_groups.values()):
    axes.plot(five, [row] * GROUPS, "o", color=plotting.PALETTE[0], alpha=0.6, markersize=9)
axes.set_yticks(range(len(races)), list(races))
axes.axvline(1, color="black", linewidth=1, linestyle="--")
axes.set(xlim=(0, 1.08 * max(2, *map(max, in_groups.values()))), ylim=(len(races) - 0.5, -0.5))
plotting.show(
    fig,
    alt="Five ratios of TorchGPT's time to our GPT's for each of three kinds of work, with a line at one, equal speed.",
    folded="The ratios of all groups",
)

# %% fold="setup"
for name, five in in_groups.items():
    whole, low, high = (approx(ratio, about=1.3, within=1) for ratio in (overall[name], min(five), max(five)))
    reveal(f"{name}: TorchGPT / our GPT", f"{whole}, in the five groups from {low} to {high}")

# %% [markdown] fold="The second half of the answer"
# A ratio of 1.1 means that torch's layers take 10 % longer, and 0.9 that ours take about 10 % longer. A range that
# contains 1 decides nothing; a range on one side of 1 is probably more than chance (see above). On our machine torch's
# layers took about a tenth longer for a forward pass and for forward and backward, and more than a quarter longer for
# writing. No model took twice the time of the other.

# %% [markdown] fold="Where a difference can come from (for exercise 8)"
# Both models do the same large products, the same attention, the same norms and the same GELU. In torch's source you
# find what differs. One example:
#
# - **Copies.** Our block cuts queries, keys and values out of one product as *views*, and the attention reads them
#   where they lie. `nn.MultiheadAttention` copies all three into memory of their own. It also works with `(T, B, C)`
#   inside, so that it transposes its input, and the product needs one copy more. That is no arithmetic, only moving of
#   memory.
#
# Products grow with $C^2$, and copies with $C$. So expect copies to count less in a wider model. There are more
# differences. One of them makes the ratio of *writing* the largest of the three.

# %% [markdown]
# **You can now do exercise 8** (what else differs, and how you would test it).

# %% [markdown]
# ### Memory
#
# **Guess first.** What does a forward pass keep for its backward pass? Take the bytes of torch's layers over the bytes
# of ours: a ratio.

# %%
guess = ...  # a number

# %%
kept = {name: kept_for_backward(lambda model=model: model(x)) for name, model in (("ours", ours), ("theirs", theirs))}
reveal("bytes kept for the backward pass, theirs / ours", round(kept["theirs"] / kept["ours"], 2), guess)
megabytes = [approx(kept[name] / 1e6, about=10, within=4) for name in ("theirs", "ours")]
reveal("theirs and ours, in megabytes", " and ".join(megabytes))

# %% [markdown] fold="Why"
# They keep the same. What a backward pass needs are the inputs of the products, norms and activations, and both models
# have the same inputs there. Where torch's layers copy, the copy takes the place of what it was made from, which is not
# needed again and is freed.

# %% [markdown]
# ### What neither of them does
#
# Writing 4 tokens took 4 forward passes over the whole text so far, in both models. For a longer text that is by far
# the largest waste in this lesson: to know what comes after 64 tokens, the model computes the keys and values of the
# first 63 again, and they have not changed. The KV cache of lesson 10 keeps them.
#
# ## So: ours or theirs?
#
# - **To learn and to change things, take ours.** In the next lesson you change the norm, the positions, the MLP and the
#   attention, each with a few lines. In `nn.TransformerEncoderLayer` you cannot: there is no argument for it.
# - **For an encoder with padding and ReLU or exact GELU, in inference, try theirs**, because of the fast path.
# - **To check your own, always take theirs.** An independent implementation with the same weights is the strongest test
#   there is. You will use it again: lesson 13 compares with real checkpoints.
#
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `torch_builtin.TorchGPT(config)` | the GPT from torch's layers | `(B, T)` → `(B, T, V)` |
# | `torch_builtin.their_name(name)` | what a weight is called there | |
# | `torch_builtin.from_gpt(gpt)` | the same model, from torch's layers | |
# | `show.profiling.interleaved_seconds(calls, clock=…)` | seconds of several calls, round by round | |
# | `show.profiling.kept_for_backward(call)` | bytes that a backward pass will need | |
#

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A colleague's model from `nn.TransformerEncoder` reaches a training loss of 0.02 in an hour, on stories. What
# do you look at first?
#
# - The dropout
#   - Dropout makes the training loss larger, and turning it off never makes it this small: stories cannot be predicted
#     so well.
# - The mask
#   + Without a mask an encoder shows every position the whole text, the next token among it. An inverted mask does that
#     too while you train; in evaluation it can give NaN (section 4).
# - The embedding's deviation
#   - A bad start makes the *first* loss large. It does not make a later one small.
#
# **2.** In float32, your logits, of size about 1, differ from the reference's by 0.0003, with a few layers. What is it?
#
# - Rounding
#   - Rounding gives differences around a millionth of the logits' size, or less.
# - A small difference in the function
#   + For example the exact GELU in place of the tanh form (section 3). Compare in float64: there rounding shrinks to
#     nothing, and a wrong function does not.
# - A layer that was not copied
#   - Then the logits would differ by as much as they are large.
#
# **3.** You time model A ten times, then model B ten times, and B is 8 % faster. What do you know?
#
# - B is faster, since ten runs are enough
#   - Ten runs help against single disturbances. But all runs of A were in the first half, and the machine may have been
#     busy then.
# - Little
#   + A may have paid for the warm-up, too, and without the spread nobody can say whether 8 % is more than chance. Let
#     them take turns, compare within groups of rounds, and look at the spread.
# - That A is the faster one, since it ran without a warm-up
#   - Perhaps. But the warm-up is only one of the things that these runs do not separate.

# %% [markdown]
# ### What comes next
#
# **What you have reached:** with the same weights, your model and torch's give the same logits to within 10⁻⁵, the same
# gradient for 52 of 52 parameters, and the same 80 tokens. Neither takes twice the time of the other, and both keep as
# many bytes.
#
# **What is missing:** this is a model of 2019. **Lesson 10, from GPT to Llama**, changes one part at a time, each
# measured as you did here.
#
# The exercises are in `exercises/09_torch_builtin.ipynb`: you build the model, copy the weights, write the timer and
# mend the decoder.

# %% [markdown]
# ### Optional: a compiler joins the race
#
# `torch.compile` joins many small operations into fewer large ones. It needs a C++ compiler (or a GPU with Triton), and
# its first call takes from ten seconds to a minute: here the warm-up matters most.

# %% tags=["skip-execution"]
compiled = {"our GPT": torch.compile(ours), "TorchGPT": torch.compile(theirs)}
everybody = {"our GPT": ours, "TorchGPT": theirs} | {f"{name}, compiled": model for name, model in compiled.items()}
try:
    with torch.no_grad():
        timings = time_interleaved({name: partial(model, x) for name, model in everybody.items()}, runs=15, warmup=3)
    for name, timing in timings.items():
        print(
            f"{name:20} {1000 * timing.median:6.2f} ms   ({1000 * timing.fastest:.2f} to {1000 * timing.slowest:.2f})"
        )
except Exception as error:  # no compiler, or one that torch cannot use
    print(f"torch.compile does not work here: {type(error).__name__}")

# %% [markdown] fold="What came out on one machine"
# We counted the seconds of the processor, with one thread, for 200 passes of each model in turns. Without the
# compiler the model from torch's layers took 1.1 times as long as ours. With it both took about as long as ours without
# it: 0.93 to 1.01 times, in five groups of rounds. So the compiler takes away what torch's layers do besides the
# products, and for a model as small as this there is little more to gain.
