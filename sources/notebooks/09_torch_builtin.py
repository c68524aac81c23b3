# %% [markdown]
# # 09 · Against torch's built-in layers
#
# **When you finish, you can**
# - build the GPT of lesson 07 from `nn.TransformerEncoderLayer`, and say which of its defaults are not GPT's;
# - copy the weights of one model into another, and prove that both are the same function;
# - read a mask in any of torch's three conventions, and notice one that is inverted;
# - race two programs so that the result means something, and explain what the difference is made of.
#
# **What you need first:** lessons 04 to 08, and the masks of lesson 03.
#
# **Time:** about 70 minutes.
#
# **The question.** torch comes with transformer layers, used and polished for years. You have written your own, in some
# two hundred lines. **Is yours right, down to the last digit? And what did it cost you not to take theirs?**
#
# Letters: `B` batch, `T` tokens, `C` width, `L` blocks, `V` vocabulary.

# %%
import math
import statistics
from collections import Counter
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from course_lib import plotting
from course_lib.block import DecoderBlock
from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.profiling import interleaved_seconds, kept_for_backward, num_params, time_interleaved
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
# ## 1 · What a decoder is, in torch's words
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
# A message from deep inside, and it names neither the decoder nor the memory. What happened?
#
# In the transformer of 2017 the *encoder* reads an English sentence, and the *decoder* writes it in German or French.
# So each decoder layer has **two** attentions: one over its own text, causal, and one over the encoder's output, the
# memory. That second one, the *cross-attention*, got `None` for its keys and values.
#
# **Predict, then run.** Three layers of width 64: ours, torch's encoder layer and torch's decoder layer, both with
# torch's defaults. Our block has $12C^2$ parameters and a few. Will theirs have about as many?

# %%
layers = {
    "our DecoderBlock": DecoderBlock(config),
    "TransformerEncoderLayer": nn.TransformerEncoderLayer(C, config.n_head),
    "TransformerDecoderLayer": nn.TransformerDecoderLayer(C, config.n_head),
}


def kind_of(name: str) -> str:
    """Which part of a layer a parameter belongs to."""
    kinds = {
        "multihead_attn": "cross-attention",
        "att": "self-attention",
        "self_attn": "self-attention",
        "norm": "norms",
    }
    return next((kind for start, kind in kinds.items() if name.startswith(start)), "MLP")


parts = {}
for label, layer in layers.items():
    parts[label] = Counter()
    for name, parameter in layer.named_parameters():
        parts[label][kind_of(name)] += parameter.numel()
    print(f"{label:24} {num_params(layer):>8,}   {dict(parts[label])}")

# %%
fig, (axes,) = plotting.figure(
    title="Width 64, and yet not the same layer: torch's MLP is 2048 wide by default, and its decoder attends twice",
    xlabel="parameters",
    ylabel="layer",
    size=(8.4, 3.2),
)
left = [0] * len(parts)
for kind in ("self-attention", "cross-attention", "MLP", "norms"):
    widths = [part[kind] for part in parts.values()]
    axes.barh(list(parts), widths, left=left, label=kind)
    left = [start + width for start, width in zip(left, widths, strict=True)]
axes.invert_yaxis()
axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4)
plotting.show(
    fig,
    alt="Stacked bars of parameters. Our block is about a sixth of either of torch's layers, whose MLP is by far the "
    "largest part. The decoder layer has the encoder layer's parts and a cross-attention as large as its "
    "self-attention.",
)

# %% [markdown]
# Two surprises. The decoder layer has a part that a GPT has no use for. And the MLP is enormous, because its width does
# not follow `C`: it is 2048 until you say something else.
#
# So which class is a GPT? Take the decoder layer and remove the cross-attention: what is left is an *encoder* layer. In
# torch's words, **a decoder-only model is an encoder with a causal mask.** The names describe what a stack is connected
# to, not what it does.

# %% [markdown]
# ## 2 · Eight defaults
#
# `nn.TransformerEncoderLayer` was made for the model of 2017. What GPT-2 does otherwise, you must say:
#
# | argument | torch's default | a GPT needs | if you forget it |
# |---|---|---|---|
# | `dim_feedforward` | 2048 | `config.hidden_dim`, an `int` | a layer several times as large |
# | `dropout` | 0.1 | `config.dropout` | two calls disagree, in training |
# | `activation` | ReLU | GELU, in its tanh form | another function, a little worse |
# | `batch_first` | `False`: `(T, B, C)` | `True`: `(B, T, C)` | texts attend to other texts of the batch |
# | `norm_first` | `False`: post-norm | `True`: pre-norm | another model, hard to train when deep |
# | `bias` | `True` | `config.bias` | parameters too many; and `False` takes the norms' shifts away too |
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
# 256.0 is a `float`. The message comes from the place where memory is asked for, and does not mention
# `dim_feedforward`. `GPTConfig` does that multiplication once and gives an `int`.
#
# Now all of it together. This is the core of `TorchGPT` in `course_lib/torch_builtin.py`:

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
# ## 3 · The way of the weights
#
# The same count is a good sign, but no proof. The proof: give both models **the same weights** and compare what they
# compute. The weights have other names over there:

# %%
ours = GPT(config, seeded())
for name, value in ours.state_dict().items():
    if name.startswith(("token", "blocks.0.", "final")):
        print(f"{name:36} -> {their_name(name):44} {tuple(value.shape)}")

# %% [markdown]
# No weight needs to be turned round or cut: `in_proj_weight` has queries, keys and values one above the other, as our
# `qkv_proj` has. (That is luck. GPT-2's own checkpoints keep the transpose; lesson 13 meets it.)
#
# Now a mistake that costs people days. What if you copy without translating the names? `load_state_dict` refuses, with
# a long list. The list is tiresome, there is an argument that makes it go away, and so:

# %%
careless = TorchGPT(config)
outcome = careless.load_state_dict(ours.state_dict(), strict=False)  # do not do this
print("weights that found no place:", len(outcome.unexpected_keys), "of", len(ours.state_dict()))

# %% [markdown]
# No error. Only the embeddings and the head were copied; all blocks kept their random start, and nobody said a word.
# **`strict=False` is not a way to load weights**; it is a way not to hear that they were not loaded.
#
# And one more precaution before we compare. A new GPT has norms that multiply by one, and biases of zero. If we had
# mixed up `norm1` and `norm2`, we could not see it: they hold the same numbers. A test must start from weights that are
# **all different**.

# %%
with torch.no_grad():
    for parameter in ours.parameters():
        parameter.copy_(0.1 * torch.randn(parameter.shape, generator=seeded(parameter.numel())))
theirs = from_gpt(ours)  # load_state_dict, with the names translated, and strict

with torch.no_grad():
    print("logits:", tuple(theirs(x).shape))
    print("largest difference below 1e-5:", (theirs(x) - ours(x)).abs().max().item() < 1e-5)

# %% [markdown]
# The same function. Is it also the same function to *learn* with? Then every weight must get the same gradient:

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
# That is the answer to the first half of the question. Every line that you wrote in lessons 03 to 07 agrees with code
# that thousands of people rely on: forward, backward and in use.
#
# The same apparatus can now tell what each default is worth. Take the right encoder, forget **one** argument, load the
# same weights, and look how far the logits move. **Predict** first: which mistake is the largest? Which one would you
# never notice in a loss curve?


# %%
@torch.no_grad()
def logits_with(encoder: nn.TransformerEncoder, mask: torch.Tensor | None) -> torch.Tensor:
    """Logits of `theirs`, (B, T, V), with another encoder that has its weights."""
    encoder.load_state_dict(theirs.encoder.state_dict())
    h = theirs.token_embedding(x) + theirs.position_embedding(torch.arange(T))  # (B, T, C)
    return theirs.head(encoder(h, mask=mask))


torch.manual_seed(0)  # for the dropout
blocked = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)  # (T, T)
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
with torch.no_grad():
    right = ours(x)
error = {name: ((logits - right).std() / right.std()).item() for name, logits in mistakes.items()}

# %%
fig, (axes,) = plotting.figure(
    title="Some forgotten arguments make another model; one hides behind the sixth digit",
    xlabel="difference of the logits, over their own spread (logarithmic)",
    ylabel="what was forgotten",
    size=(8.4, 3.6),
)
floor = 1e-7  # a log axis has no place for zero: it stands at the left edge
axes.plot([max(value, floor) for value in error.values()], list(error), "o", markersize=9)
axes.set_xscale("log")
axes.set_xlim(floor / 2, 10)
axes.invert_yaxis()
plotting.show(
    fig,
    alt="Points on a logarithmic axis. With nothing forgotten the point stands at the left edge. The exact GELU "
    "differs by about a hundred-thousandth; ReLU, dropout, the missing mask, the wrong order of axes and post-norm by "
    "a tenth of the logits' own spread or more, post-norm most.",
)

# %% [markdown]
# The exact GELU differs by so little that no loss curve shows it. It matters when you load somebody else's weights and
# want *their* numbers. The missing mask is the opposite: a small change in the picture, and in training a disaster that
# looks like a triumph, since the loss falls towards zero.
#
# ### Where weights start
#
# One difference is left, and it is not in the table, because it is no argument. Build both models anew and ask for the
# loss before any training. It should be $\ln V \approx 7.6$ (lesson 07).

# %%
torch.manual_seed(0)
fresh = {"our GPT": GPT(config), "TorchGPT": TorchGPT(config)}
with torch.no_grad():
    for name, model in fresh.items():
        print(f"{name:9} loss {next_token_loss(model(x), y).item():4.1f}")
first, last = fresh["TorchGPT"].encoder.layers[0], fresh["TorchGPT"].encoder.layers[-1]
print("their first and last layer start equal:", torch.equal(first.linear1.weight, last.linear1.weight))

# %%
fig, (axes,) = plotting.figure(
    title="Before any training, torch's own start is already sure of itself",
    xlabel="logit",
    ylabel="density",
)
with torch.no_grad():
    for name, model in fresh.items():
        axes.hist(model(x).flatten().numpy(), bins=120, density=True, histtype="step", linewidth=2, label=name)
axes.set_yscale("log")
axes.legend()
plotting.show(
    fig,
    alt="Histograms of the logits of two untrained models. Those of our GPT lie all near zero; those of TorchGPT "
    "spread over tens of units on both sides.",
)

# %% [markdown]
# `nn.Embedding` starts with standard deviation 1, fifty times what GPT-2 uses; tied to the head, that gives logits of
# tens. And `nn.TransformerEncoder` takes **one** layer and copies it, so that all layers start alike. Neither is an
# error, both are a bad start, and the cure is lesson 08's rules, or `from_gpt(GPT(config))`.

# %% [markdown]
# ## 4 · True means blocked here
#
# In lesson 03 our mask said `True` where a query **may** look. `F.scaled_dot_product_attention` agrees. The layers, and
# `nn.MultiheadAttention`, do not: there, `True` means **blocked**. And all of them also take numbers, which are added
# to the scores:

# %%
n = 6
allowed = torch.ones(n, n, dtype=torch.bool).tril()  # row: query, column: key
conventions = {
    "F.scaled_dot_product_attention:\nTrue = may attend": allowed.float(),
    "nn.TransformerEncoderLayer:\nTrue = blocked": (~allowed).float(),
    "both: added to the scores\n(blank: −∞)": torch.zeros(n, n).masked_fill(~allowed, math.nan),
}
fig, panels = plotting.figure(title="One causal mask, three ways to write it", columns=3, size=(4.2, 4.2))
for axes, (name, values) in zip(panels, conventions.items(), strict=True):
    plotting.heatmap(axes, values.numpy(), xlabel="key", ylabel="query", title=name, vmin=0, vmax=1, cbar=False)
plotting.show(
    fig,
    alt="Three heatmaps of 6 × 6. In the first the lower triangle and the diagonal are 1, the rest 0. The second is "
    "its opposite. In the third the lower triangle and the diagonal are 0 and the rest is blank, for minus infinity.",
)

# %% [markdown]
# So sooner or later everybody inverts a mask. You would expect that to be loud. Often it is. But there is a trap. The
# layers take a second argument, `is_causal=True`: a **hint** that the mask is the causal one, so that the fast
# attention of lesson 03 can be used, which needs none. torch believes the hint.
#
# **Predict, then run.** A layer with the inverted mask, with and without the hint; in training, and in evaluation. In
# which of the four cases is the result right?

# %%
layer = nn.TransformerEncoderLayer(C, 4, 4 * C, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
h = torch.randn(2, n, C, generator=seeded())
reference = layer(h, src_mask=~allowed).detach()
inverted = allowed  # True where attention is allowed, and so blocked where it should not be

for hint in (False, True):
    training = layer.train()(h, src_mask=inverted, is_causal=hint)
    with torch.inference_mode():
        evaluation = layer.eval()(h, src_mask=inverted, is_causal=hint)
    for mode, result in (("training", training), ("evaluation", evaluation)):
        verdict = "right" if torch.allclose(result, reference, atol=1e-5) else "WRONG"
        nans = "with NaN" if result.isnan().any() else ""
        print(f"is_causal={hint!s:5}  {mode:10}  {verdict} {nans}")

# %% [markdown]
# Read the third line again. With the hint, **training is right**: the mask is never looked at. You train for a day, all
# is well; then you call `model.eval()`, torch takes another path through the layer (its *fast path*, one native call
# for everything), and that path does use the mask. The last row blocks every key, a softmax over nothing is NaN, and
# the trained model seems to be broken.
#
# Two rules follow. The hint must be true, and the mask must be right even where nobody reads it. And **compare in both
# modes**: `tests/torch_builtin/test_torch_builtin.py` does.

# %% [markdown]
# ## 5 · A fair race
#
# Both models compute the same numbers. Which one is faster? That is easy to measure, and easier to measure wrongly:
#
# | unfair | because | instead |
# |---|---|---|
# | time the first call | it fetches memory, picks kernels, compiles | warm up first |
# | all runs of A, then all of B | the machine may be slower in the second half | take turns |
# | one run, or the mean | one disturbance decides | many runs, the median, and show the spread |
# | read the clock while a GPU still works | calls return before the work is done | synchronize before each look |
# | one in `train` mode, one in `eval` | they do different work | the same mode, and equal results first |
#
# `interleaved_seconds` keeps these rules and gives the seconds round by round. Here are the forward passes. Your
# numbers will be others; the *shape* is what counts.

# %%
ours.eval()
theirs.eval()
few = x[:2]  # (2, T): short work, so that a disturbance hits few of the rounds
with torch.inference_mode():
    forward = interleaved_seconds({"our GPT": lambda: ours(few), "TorchGPT": lambda: theirs(few)}, runs=60, warmup=5)
ratio = [b / a for a, b in zip(forward["our GPT"], forward["TorchGPT"], strict=True)]

fig, (above, below) = plotting.figure(
    title="Any single run may be disturbed; the median of many rounds is not",
    rows=2,
    size=(7.6, 2.6),
)
for name, seconds in forward.items():
    above.plot([1000 * s for s in seconds], marker="o", markersize=3, label=name)
above.set(xlabel="round", ylabel="forward pass (ms)", ylim=(0, None))
above.legend()
below.plot(ratio, marker="o", markersize=3, color="black", label="TorchGPT / our GPT")
below.axhline(statistics.median(ratio), linestyle="--", color="black", linewidth=1, label="median")
below.set(xlabel="round", ylabel="ratio within a round", ylim=(0, None))
below.legend()
plotting.show(
    fig,
    alt="Above, the time of each forward pass of the two models, round by round: two lines close to each other, with "
    "spikes where the machine did something else. Below, the ratio of the two in each round, scattered around its "
    "median, which is drawn as a dashed line.",
)

# %% [markdown]
# Now the three things that one does with a model: a forward pass, a training step's forward and backward pass, and
# writing text, token by token.


# %%
def forward_and_backward(model: nn.Module) -> None:
    """The part of a training step that the model decides."""
    model.zero_grad()
    next_token_loss(model(few), y[:2]).backward()


def write(model: nn.Module) -> None:
    """8 tokens after a prompt of 8, one text."""
    generate(model, x[:1, :8], 8, temperature=0, use_cache=False)  # which theirs has not: see lesson 12


def ratios(work, runs: int) -> list[float]:
    """TorchGPT's time over ours, round by round."""
    seconds = interleaved_seconds({"ours": lambda: work(ours), "theirs": lambda: work(theirs)}, runs=runs, warmup=2)
    return [b / a for a, b in zip(seconds["ours"], seconds["theirs"], strict=True)]


races = {
    "forward": ratio,
    "forward +\nbackward": ratios(forward_and_backward, runs=40),
    "writing\n8 tokens": ratios(write, runs=40),
}

# %%
fig, (axes,) = plotting.figure(
    title="The same numbers, and no giant beats you: torch's layers against ours",
    xlabel="work",
    ylabel="TorchGPT / our GPT (ratio of times)",
)
axes.boxplot(list(races.values()), tick_labels=list(races), showfliers=False)
axes.axhline(1, color="black", linewidth=1, linestyle="--")
plotting.show(
    fig,
    alt="Box plots of the ratio of TorchGPT's time to our GPT's for three kinds of work, with a line at one, equal "
    "speed. The boxes lie near the line, at or a little above it.",
)
print("neither takes three times as long:", all(1 / 3 < statistics.median(race) < 3 for race in races.values()))

# %% [markdown]
# Where the boxes lie above the line, torch's layers take a little *longer* for the same numbers,
# and most so when a single text is written. Why?
#
# ### What the difference is made of
#
# Ask torch for every operation that it is told to carry out. A `TorchDispatchMode` sees them pass.


# %%
class CountOperations(TorchDispatchMode):
    """How often each of torch's operations is called, and how many numbers its `clone` copies."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Counter()
        self.copied = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.overloadpacket.__name__
        self.calls[name] += 1
        if name == "clone":
            self.copied += args[0].numel()
        return operation(*args, **(kwargs or {}))


counts = {}
for name, model in {"our GPT": ours, "TorchGPT": theirs}.items():
    with CountOperations() as counts[name]:
        model(x)
    copied = counts[name].copied / (config.n_layer * B * T * C)
    print(f"{name:9} {sum(counts[name].calls.values())} operations; copies a layer: {copied:.0f} · B·T·C numbers")

# %%
kinds = {
    "matrix products": ("mm", "addmm", "bmm"),
    "attention": ("_scaled_dot_product_flash_attention_for_cpu",),
    "norms and GELU": ("native_layer_norm", "gelu"),
    "additions": ("add",),
    "copies": ("clone",),
}
counted = {name: {kind: sum(c.calls[op] for op in ops) for kind, ops in kinds.items()} for name, c in counts.items()}
for name, c in counts.items():
    counted[name]["views and the rest"] = sum(c.calls.values()) - sum(counted[name].values())

fig, (axes,) = plotting.figure(
    title="The same arithmetic; torch's layers copy, and look at tensors from more sides",
    xlabel="kind of operation",
    ylabel="calls in one forward pass",
    size=(8.4, 3.6),
)
places = range(len(kinds) + 1)
for shift, (name, calls) in zip((-0.2, 0.2), counted.items(), strict=True):
    axes.bar([place + shift for place in places], list(calls.values()), width=0.4, label=name)
axes.set_xticks(list(places), list(counted["our GPT"]))
axes.legend()
plotting.show(
    fig,
    alt="Grouped bars of operations in one forward pass. Matrix products, attention, norms and GELU are equal in both "
    "models. TorchGPT has a few more additions, is alone in having copies, and has many more views and other small "
    "operations.",
)

# %% [markdown]
# Products, attention, norms and GELU are there equally often. The differences:
#
# - **Copies.** Our block cuts queries, keys and values out of one product as *views*, and the attention reads them
#   where they lie. `nn.MultiheadAttention` copies all three into memory of their own: $3 \cdot B T C$ numbers. And
#   since it works with `(T, B, C)` inside, it transposes its input, which then no longer lies in memory as a product
#   wants it: one copy more. Together the $4 \cdot B T C$ a layer that you see above. No arithmetic, only memory
#   traffic.
# - **An addition.** With an input that lies so, the bias of `in_proj` is no longer added along with the product, but
#   in a pass of its own over $3 \cdot B T C$ numbers.
# - **Views and questions.** A mask is built and converted, tensors are turned to and fro, and each layer asks a dozen
#   questions in Python (is there padding? is the input nested? can I take the fast path?) before it computes. Each
#   costs microseconds, however small or large the tensors are.
# - **The fast path.** In evaluation a whole layer can be one native call. Ours never qualifies: it asks for an
#   activation called ReLU or exact GELU, for biases, for an even number of heads. GPT-2's tanh form rules it out.
#
# If this explanation is right, it predicts something. Matrix products grow with $C^2$, copies with $C$, questions not
# at all. So **the wider the model, the closer the ratio must come to 1.** Let us see.
#
# (This time we take the *fastest* of many runs. A busy machine can only add time, so the fastest run is the one that
# nothing disturbed. Take the median to say how long something takes; take the fastest to ask what the program itself
# costs.)

# %%
widths = (16, 32, 64, 128, 256)
idx = x[:1] % 100  # (1, T)
ratio_at = []
for width in widths:
    wide = GPT(GPTConfig(vocab_size=100, seq_len=T, n_layer=2, n_embd=width, n_head=4, bias=True), seeded()).eval()
    twin = from_gpt(wide)
    with torch.inference_mode():
        timings = time_interleaved({"ours": partial(wide, idx), "theirs": partial(twin, idx)}, runs=121, warmup=3)
    ratio_at.append(timings["theirs"].fastest / timings["ours"].fastest)

# %%
fig, (axes,) = plotting.figure(
    title="The wider the model, the less the small differences count",
    xlabel="width C (logarithmic)",
    ylabel="TorchGPT / our GPT (ratio of fastest runs)",
)
axes.plot(widths, ratio_at, marker="o", label="fastest of 121 rounds")
axes.axhline(1, color="black", linewidth=1, linestyle="--", label="equal")
axes.set_xscale("log", base=2)
axes.set_xticks(widths, [str(width) for width in widths])
axes.legend()
plotting.show(
    fig,
    alt="The ratio of TorchGPT's time to our GPT's against the width of the model: above one for narrow models, "
    "falling towards one as they become wider.",
)

# %% [markdown]
# On the machine where this page was made, it falls as predicted. A model of useful width spends its time in products
# that both have alike.
#
# ### Memory
#
# What does a training step keep for its backward pass? **Guess:** do the copies make torch's layers keep more?

# %%
kept = {name: kept_for_backward(lambda model=model: model(x)) for name, model in (("ours", ours), ("theirs", theirs))}
print("bytes kept for the backward pass, theirs / ours:", f"{kept['theirs'] / kept['ours']:.2f}")

# %% [markdown]
# They keep the same. A copied `q` takes the place of the view that it was made from: the product that both were cut
# from is not needed again and is freed. A copy costs time and a moment's memory, not lasting memory.
#
# ### What neither of them does
#
# Writing 8 tokens took 8 forward passes over the whole text so far, in both. For a longer text that is by far the
# largest waste in this lesson. What does one new token cost?

# %%
lengths = (1, 8, 16, 24, 32, 40, 48, 56, 64)
with torch.inference_mode():
    passes = {f"{length}": partial(ours, x[:1, :length]) for length in lengths}
    one_token = time_interleaved(passes, runs=61, warmup=3)

fig, (axes,) = plotting.figure(
    title="Without a memory of earlier tokens, each new one costs a pass over all of them",
    xlabel="tokens in the text so far",
    ylabel="time for the next token, fastest run (ms)",
)
axes.plot(lengths, [1000 * one_token[f"{length}"].fastest for length in lengths], marker="o")
axes.set_ylim(0, None)
plotting.show(fig, alt="The time that our GPT needs for the next token rises with the number of tokens in the text.")

# %% [markdown]
# To know what comes after 64 tokens, the model computes the keys and values of the first 63 again, and they have not
# changed. The cache of lesson 10 keeps them.
#
# ## So: ours or theirs?
#
# - **To learn and to change things, ours.** In the next lesson you exchange the norm, the positions, the MLP and the
#   attention, each with a few lines. In `nn.TransformerEncoderLayer` you cannot: there is no argument for it.
# - **For an encoder with padding and ReLU or exact GELU, in inference, theirs** has a fast path worth trying.
# - **As a witness, theirs, always.** An independent implementation with the same weights is the strongest test there
#   is. You will use it again: lesson 10 has `transformers`' Llama as a witness, lesson 13 the real checkpoints.
#
# ## What you have built
#
# | name | what it gives | shape |
# |---|---|---|
# | `torch_builtin.TorchGPT(config)` | the GPT from torch's layers | `(B, T)` → `(B, T, V)` |
# | `torch_builtin.their_name(name)` | what a weight is called there | |
# | `torch_builtin.from_gpt(gpt)` | the same model, from torch's layers | |
# | `profiling.interleaved_seconds(calls)` | seconds of several calls, round by round | |
# | `profiling.kept_for_backward(call)` | bytes that a backward pass will need | |
#
# ### Three questions to check yourself
#
# **1.** A colleague's model from `nn.TransformerEncoder` reaches a training loss of 0.02 in an hour, on stories. What
# do you look at first?
#
# <details><summary>Answer</summary>
#
# At the mask. An encoder shows every position the whole text, the next token among it. Missing, it gives exactly this.
# (An inverted one shows *only* the future, with the same effect on the loss, except at the last position.)
#
# </details>
#
# **2.** Your logits differ from the reference's by 0.0003 everywhere. Rounding?
#
# <details><summary>Answer</summary>
#
# Not in float32 with a few layers: there, expect differences around a millionth of the logits' size, or less. Look for
# a small difference in the function: exact against tanh GELU, another `eps` in a norm. Compare in float64: rounding
# shrinks to nothing, a wrong function does not.
#
# </details>
#
# **3.** You time model A ten times, then model B ten times, and B is 8 % faster. What do you know?
#
# <details><summary>Answer</summary>
#
# Little. The machine may have been busy in the first half; A may have paid for the warm-up; and without the spread
# nobody can say whether 8 % is more than chance. Let them take turns, compare within rounds, and look at the quartiles.
#
# </details>
#
# ### What comes next
#
# The exercises are in `exercises/09_torch_builtin.ipynb`: you build the model, carry the weights over, write the timer
# and mend the decoder. Then **lesson 10, from GPT to Llama**: one change at a time, each measured as you did here.

# %% [markdown]
# ### Optional: a compiler joins the race
#
# `torch.compile` turns a model into fewer, larger kernels. It needs a C++ compiler (or a GPU with Triton), and its
# first call takes from ten seconds to a minute: the warm-up has never been so necessary.

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
