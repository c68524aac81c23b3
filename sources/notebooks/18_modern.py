# %% [markdown]
# # 18 · The decoder of today
#
# **When you finish, you can**
# - say what today's decoders have beside Llama's parts, and why: QK-norm, sliding windows, experts, latent attention;
# - write a router, its balance loss and the mask of a sliding window, also for tokens that follow a cache;
# - calculate what a model holds, what it uses per token, and how many bytes its cache takes;
# - explain Muon, and watch Newton–Schulz make all singular values nearly equal;
# - read a comparison of such changes, and say which differences are clear and which are not.
#
# **What you need first:** lesson 10 (Llama, its cache) and lesson 11 (AdamW). Lesson 13 helps for the last section.
#
# **Time:** about 70 minutes.
#
# **The question.** Qwen3, Gemma 3, Mixtral, DeepSeek: the reports of new models are full of new names. You know Llama.
# How much is really new? And **which of the changes would help a small model like yours?**
#
# Letters: `B` batch, `T` tokens, `C` width, `H` heads, `D` head size, `L` layers, `V` vocabulary, `E` experts, `k`
# experts per token, `N` tokens of all texts in one list.

# %%
from dataclasses import asdict, replace

import torch

from course_lib import pretrained
from course_lib.attention import window_mask
from course_lib.config import PRESETS
from course_lib.corpus import load_stories
from course_lib.gpt import next_token_loss
from course_lib.llama import Llama
from course_lib.modern import (
    ModernConfig,
    ModernDecoder,
    Muon,
    active_parameters,
    balance_loss,
    cache_bytes,
    load_shares,
    newton_schulz_step,
    route,
    split_parameters,
    total_parameters,
)
from course_lib.modern.changes import BASE
from course_lib.modern.results import read_comparison
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal, show_folded
from course_lib.show.measured import approx, measured
from course_lib.tokenization import train_tokenizer


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# **Where we are.** This is the map of a small Llama, as in lesson 10. Everything in this lesson happens inside a block:
# in attention, which is lit, and in the MLP. Embeddings, head and the residual stream stay as they are.

# %% fold="drawing"
diagram.model(ModernDecoder(ModernConfig(**asdict(BASE))), lit="attention", tokens=8)

# %% [markdown]
# ## 1 · One Llama, five changes
#
# We look at five changes, one after the other. Four of them are switches of the model: fields of `ModernConfig`, which
# is a `LlamaConfig` with more fields. If no switch is set, the model is the Llama of lesson 10. From the same seed it
# gives the same numbers:

# %%
plain = ModernConfig(**asdict(BASE))
idx = torch.randint(BASE.vocab_size, (2, 40), generator=seeded(1))  # (B, T)
llama, modern = Llama(BASE, seeded()), ModernDecoder(plain, seeded())
print("without a change, equal to the Llama:", torch.equal(llama(idx), modern(idx)))

# %% [markdown]
# | change | what it is against | field | who uses it |
# |---|---|---|---|
# | QK-norm | scores that explode in training | `qk_norm=True` | Qwen3, Gemma 3 (OLMo 2: over all heads at once) |
# | sliding windows | the cache of long texts | `attention_pattern`, `window` | Gemma 3 (Mistral 7B: in every layer) |
# | mixture of experts | the price of more parameters | `n_expert`, `n_active` | Mixtral, Qwen3-MoE, DeepSeek-V3 |
# | latent attention | the cache again | `latent_dim`, `rope_dim` | DeepSeek-V2 and V3 |
# | Muon instead of AdamW | slow learning of rare directions | (an optimizer, no field) | Kimi K2, Moonlight |

# %% [markdown]
# ## 2 · QK-norm
#
# A score is $q \cdot k / \sqrt D$. Nothing limits it. If queries and keys become 10 times as large during training, the
# scores become 10 · 10 = 100 times as large. Then the softmax puts everything on one key, and its gradient vanishes:
# the derivative of a share p by its own score is p (1 − p), which is 0 at p = 1. In vision models of
# about 8 billion parameters the scores grew like this until training broke down (Dehghani et al. 2023).
#
# **QK-norm** puts an RMSNorm on each query and on each key, over the `D` numbers of one head, before the rotation:
#
# $$s = \frac{\mathrm{norm}(q) \cdot \mathrm{norm}(k)}{\sqrt D}$$
#
# **By hand**, with D = 2, q = (3, 4) and k = (4, 3).
#
# - *Without the norm*: q · k = 12 + 12 = 24, and the score is 24/√2 = 17.0.
# - *With it*: the RMS of both is √((9 + 16)/2) = 3.54. Divided by that they are (0.85, 1.13) and (1.13, 0.85), each of
#   the length √2. The score is 1.92/√2 = 1.36.
#
# A normalised vector always has the length √D. So a score can never be larger than √D · √D / √D = √D, while the norm's
# weights are 1.
#
# Now 12 queries that look at 6 keys each, all drawn at random. A query gives its favourite key a share of 0.44 of its
# attention, in the mean.
#
# **Guess first.** Training makes queries *and* keys only 3 times as large. Which share does the favourite get then,
# without QK-norm?

# %%
guess = ...  # between 0 and 1

# %%
q, k = (torch.randn(2, 6, 32, generator=seeded(seed)) for seed in (2, 3))  # (H, T, D)


def looked(factor: float, normalise: bool) -> tuple[float, float, float]:
    """Largest score, mean share of the favourite key, mean derivative p (1 − p) of its share."""
    vectors = [factor * x for x in (q, k)]
    if normalise:
        vectors = [x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True)) for x in vectors]
    scores = vectors[0] @ vectors[1].transpose(1, 2) / 32**0.5  # (H, T, T)
    favourite = scores.softmax(dim=-1).amax(dim=-1)  # (H, T)
    return scores.abs().max().item(), favourite.mean().item(), (favourite * (1 - favourite)).mean().item()


reveal("share of the favourite, queries and keys × 3", round(looked(3, False)[1], 2), guess)
for factor in (1, 3, 10):
    for name, normalise in (("without", False), ("with QK-norm", True)):
        score, share, slope = looked(factor, normalise)
        reveal(f"× {factor}, {name}", f"largest score {score:.1f}, share {share:.2f}, derivative {slope:.3f}")

# %% [markdown] fold="What came out"
# With factor 3 the scores are 9 times as large, and the favourite has nearly everything: 0.94. With factor 10 it has
# all, and the derivative is 0.000: from such a score nothing is learned any more. With QK-norm no number moves at all,
# and every score stays below √32 = 5.66.

# %% [markdown]
# **Exercise 1** is QK-norm.
#
# ## 3 · Sliding windows beside global layers
#
# Attention over a long text is expensive twice: in time, and in the cache, which keeps every key and value. But most of
# what a token needs is near. So most layers may look at a part of the text only:
#
# - In a **local** layer a token sees a **sliding window**: itself and the `window` − 1 tokens before it.
# - Every few layers, a **global** layer sees everything.

# %%
mask = window_mask(8, 3)  # 8 tokens, a sliding window of 3
for row in mask.int().tolist():
    print(*("●" if seen else "·" for seen in row))

# %% [markdown]
# Row 5, counted from 0, is the query at position 5: it sees positions 3, 4 and 5. Count them: a window of 3 holds the
# token itself *and* two before it. To be off by one here is the most frequent mistake, and it is silent.
#
# **Guess first.** Two local layers with a window of 3 stand one above the other. From how many tokens, itself included,
# can the last token get information?

# %%
guess = ...  # a whole number

# %%
local = replace(plain, n_layer=2, attention_pattern=("local",), window=3)
model = ModernDecoder(local, seeded())
reach = []
with torch.no_grad():
    before = model(idx)[0, -1]  # (V,)
    for position in range(40):
        changed = idx.clone()
        changed[0, position] = (changed[0, position] + 1) % BASE.vocab_size
        reach.append(not torch.equal(model(changed)[0, -1], before))
reveal("tokens that reach the last one", sum(reach), guess)

# %% [markdown] fold="Why"
# Each layer carries information two tokens further: 1 + 2 + 2 = 5. In general L layers reach 1 + L · (window − 1)
# tokens. So local layers alone do see far if there are many of them, but what comes from far has passed through many
# hands. One global layer sees everything at first hand.

# %% [markdown]
# ### What the cache holds then
#
# Keys that have left the window are never looked at again. So a local layer keeps only `window` of them: new ones take
# the places of the oldest (`modern.WindowedCache`).
#
# **By hand.** Gemma 3 1B has 26 layers. 22 of them are local, with a window of 512, and 4 are global. A layer keeps one
# key and one value of 256 numbers for each position, in 2 bytes: 2 · 256 · 2 = 1,024 bytes, which is 1 KiB. For a text
# of 32,768 tokens:
#
# - with windows: 22 · 512 + 4 · 32,768 = 142,336 positions, so 139 MiB;
# - all global: 26 · 32,768 = 851,968 positions, so 832 MiB.
#
# Now from the model's own configuration. The course keeps it as a preset. (A checkpoint has it in its `config.json`,
# and `pretrained.load` reads it there.)

# %%
gemma = PRESETS["gemma-3-1b"]
everywhere = replace(gemma, attention_pattern=("global",))  # the same without windows
print("layers:", " ".join(kind[0] for kind in gemma.attention_layers), " (l: local, g: global)")
for tokens in (512, 4_096, 32_768):
    with_windows, without = (cache_bytes(config, tokens) / 2**20 for config in (gemma, everywhere))
    print(f"{tokens:6,} tokens: {with_windows:6.1f} MiB instead of {without:6.1f} MiB")

# %% [markdown]
# **What to notice:** within the window nothing is saved. The longer the text, the more it saves: at 32,768 tokens the
# cache is six times as small, and what is left is nearly all in the four global layers. **Exercise 2** is the mask of
# such a layer when new tokens follow a cache.

# %% [markdown]
# ## 4 · A router and its experts
#
# In lesson 10 most parameters of a block were in the MLP. Can a model have *more* of them without computing more?
#
# A **mixture of experts** has E MLPs in place of one: the *experts*. A **router** chooses among them for each token. It
# is a small linear layer with one logit per expert. The token goes to the `k` experts with the largest logits only, and
# gets the sum of what they give, weighted with *shares* that sum to 1:
#
# $$y = \sum_{e\,\in\,\text{top-}k} p_e \,\mathrm{MLP}_e(x) \qquad\qquad
# p = \mathrm{softmax}(\text{the } k \text{ largest logits})$$
#
# **By hand.** A token's four logits are ln 1, ln 2, ln 4 and ln 1. So $e^{\text{logit}}$ is 1, 2, 4 and 1.
#
# **Guess first.** It goes to the best two experts. What is the share of the best one?

# %%
guess = ...  # between 0 and 1

# %%
shares, chosen = route(torch.tensor([[1.0, 2.0, 4.0, 1.0]]).log(), k=2)
reveal("share of the best expert", round(shares[0, 0].item(), 3), guess)
print("chosen, best first:", chosen[0].tolist())

# %% [markdown] fold="Step by step"
# Among all four experts the probabilities are 1/8, 2/8, 4/8 and 1/8. The best two have 4/8 and 2/8, together 6/8.
# Divided by that they are 4/6 and 2/6. If the two experts give 6 and 3 for this token, the block gives
# 4/6 · 6 + 2/6 · 3 = 5. To forget the division is a mistake that runs without an error: the block's output is then too
# small, for every token by another factor.

# %% [markdown]
# In a batch each token goes to experts of its own. So a program goes over the *experts*, and not over the tokens: it
# takes the tokens that chose this expert, computes them in one product, and adds the result to their rows, times their
# shares. After the last expert each row has got its k parts.

# %% [markdown]
# ### Held and used
#
# A mixture makes two numbers of one: parameters that are **held** in memory, and **active** ones, which a token is
# computed with. Mixtral is called 8×7B: it was made of 8 experts in the shape of a model with 7 billion parameters.
#
# **Guess first.** How many billion parameters does Mixtral hold? (Not 56. The model with one MLP per layer has 7.2
# billion, and 5.6 of them are in the MLPs.)

# %%
guess = ...  # in billions

# %%
mixtral = PRESETS["mixtral-8x7b"]
reveal("billions held", round(total_parameters(mixtral) / 1e9, 1), guess)
measured("billions used per token", active_parameters(mixtral) / 1e9, about=12.9, within=0.05)

# %% [markdown] fold="Where the 56 went"
# 46.7 billion: attention, norms and embeddings exist once, and only the MLPs exist eight times. In rounded numbers that
# is 1.6 + 8 · 5.6 = 46.4. A token uses two of the eight, so 12.9 billion parameters. Mixtral needs the memory of a
# 47B model and computes like a 13B one.

# %% [markdown]
# **Exercise 9** asks what experts buy, and for whom.
#
# ### Equally busy
#
# There is a trap. An expert that is chosen more often learns more. So it becomes better, and is chosen still more
# often. The others starve. The usual remedy is a **balance loss**, which is added to the loss with a small factor:
#
# $$E \cdot \sum_e f_e P_e \qquad f_e:\ \text{share of all choices that expert } e \text{ got} \qquad
# P_e:\ \text{its mean probability}$$
#
# **By hand.** Two tokens and two experts; each token goes to one. The router gives 0.75 to one expert and 0.25 to the
# other.
#
# - *Balanced*: the two tokens prefer different experts. f = (0.5, 0.5) and P = (0.5, 0.5), so 2 · (0.25 + 0.25) = 1.
# - *Crowded*: both prefer expert 0. f = (1, 0) and P = (0.75, 0.25), so 2 · (0.75 + 0) = 1.5.
#
# The loss is 1 if all experts are equally busy, and more if those with the large probabilities are also those that are
# chosen. f is counted and has no gradient. P has one, and it moves the router.

# %%
balanced = torch.tensor([[3.0, 1.0], [1.0, 3.0]]).log()  # one token to each of two experts
crowded = torch.tensor([[3.0, 1.0], [3.0, 1.0]]).log()  # both to expert 0
for name, logits in {"balanced": balanced, "crowded": crowded}.items():
    f = load_shares(route(logits, k=1)[1], 2)
    P = logits.softmax(dim=-1).mean(dim=0)
    loss = balance_loss(logits, 1).item()
    print(f"{name}: f = {f.tolist()}, P = {[round(p, 3) for p in P.tolist()]}, loss = {loss:.2f}")

# %% [markdown]
# What happens without it? For section 7 we trained models with 8 experts, 2 per token, with and without a balance loss.
# Equal loads would be 1/8 = 12.5 % everywhere. These are the loads at the end (one seed of each):

# %%
comparison = read_comparison()  # the log of the training runs of section 7
loads = {name: comparison.results[name].loads for name in ("experts", "experts, not balanced")}
for name, layers in loads.items():
    least, most = min(map(min, layers)), max(map(max, layers))
    print(f"{name}: the least busy expert gets {least:.1%} of all choices, the busiest {most:.1%}")

# %% fold="drawing"
fig, panels = plotting.figure(title="Without a balance loss some experts are hardly used", columns=2, size=(5.2, 3.0))
for axes, (name, layers) in zip(panels, loads.items(), strict=True):
    title = "with the balance loss" if name == "experts" else "without it"
    plotting.heatmap(axes, layers, xlabel="expert", ylabel="layer", title=title, annotate=False, vmin=0, vmax=0.5)
plotting.show(
    fig,
    alt="Two tables of colours, 4 layers by 8 experts: the share of choices that each expert gets. With the loss all "
    "are between 0.08 and 0.23; without it some are below 0.01 and some above 0.4.",
)

# %% [markdown]
# **What to notice:** on the right, the darkest squares: experts 0, 1 and 7 of layer 2 get next to no tokens. On the
# left every expert lives. The loads are not equal there either, and need not be: the balance loss has a small factor,
# 0.01.
#
# (DeepSeek-V3 hardly uses such a loss. For the choice, it adds to each expert's score a number that rises while the
# expert has too little to do. It also has a *shared* expert that every token uses.)
#
# **Exercises 3, 4 and 5** are the router, the balance loss, and a mixture with a silent fault.

# %% [markdown]
# ## 5 · Latent attention: what the cache holds
#
# Every token that was read leaves its keys and values in the cache, in each layer. For long texts the cache, and not
# the weights, fills the memory. Grouped heads (lesson 10) make it smaller: several heads share keys and values.
#
# **Latent attention** goes another way. It keeps neither keys nor values. It keeps one short vector `c` per token, the
# *latent*, and makes the keys and values of **all** heads from it when they are needed:
#
# 1. $c = \mathrm{norm}(W_{down}\, x)$: from 4,096 numbers to 512, say. This is kept.
# 2. $v_h = W_{v,h}\, c$: the value of head $h$, 128 numbers. It is not kept.
# 3. $k_h = [\,W_{k,h}\, c\,;\ r\,]$: the key of head $h$. ($[a\,;\,b]$ means a with b behind it, in one vector.)
#
# What is `r`? Rotary positions turn a key by an angle that depends on its position. To make a turned $k_h$ from `c`,
# each position would need a matrix of its own, and $W_{k,h}$ is one matrix for all positions. So positions get a few
# numbers of their own: `r` is one rotated key, the same for all heads. The cache holds `[c ; r]` and nothing else.
#
# Our code makes all keys and values again for each token. A fast program does not make them at all: since
# $q \cdot (W_k c) = (W_k^T q) \cdot c$, it applies $W_k$ once, to the query. ($W_v$ can be applied after the sum.)
#
# **By hand**, for a model with 32 heads of 128 numbers. It keeps 2 · 32 · 128 = 8,192 numbers per token and layer. With
# a latent of 512 numbers and a rotated key of 64 it keeps 512 + 64 = 576, which is 14.2 times as small. With 8 shared
# heads it would keep 2 · 8 · 128 = 2,048.
#
# **Guess first.** The model has 32 layers, and the text has 32,768 tokens. Which cache is smaller: that of *latents*,
# or that of 8 shared heads with *windows* of 1,024 tokens in five of six layers?

# %%
guess = ...  # "latents" or "windows"

# %%
full = ModernConfig(vocab_size=32_000, seq_len=32_768, n_layer=32, n_embd=4096, n_head=32, n_kv_head=32)
kinds = {
    "32 heads": full,
    "8 shared heads": replace(full, n_kv_head=8),
    "8 shared heads + windows": replace(full, n_kv_head=8, attention_pattern=("local",) * 5 + ("global",), window=1024),
    "latents": replace(full, latent_dim=512, rope_dim=64),
}
mebibytes = {name: cache_bytes(config, 32_768) / 2**20 for name, config in kinds.items()}
smaller = min(("latents", "8 shared heads + windows"), key=mebibytes.get)
reveal("the smaller cache", smaller.split()[-1], guess)
for name, size in mebibytes.items():
    reveal(f"{name}, cache of a text of 32,768 tokens", f"{size:,.0f} MiB")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Windows and latents need less than a third of the cache of eight shared heads",
    xlabel="cache of one text of 32,768 tokens, GiB (bfloat16, 32 layers)",
    ylabel="kind of attention",
    size=(7.0, 2.8),
)
axes.barh(list(mebibytes), [size / 1024 for size in mebibytes.values()], color=plotting.PALETTE[0])
axes.invert_yaxis()
plotting.show(
    fig,
    alt="Bars: 16 GiB for 32 heads, 4 for 8 shared heads, 0.8 with windows in five of six layers, 1.1 for latents.",
    folded="The four caches side by side",
)

# %% [markdown]
# That is a formula. Is it also what our cache takes? Here is a small model with latents. It reads 40 tokens one by one
# with its cache, and then all at once without it. The logits must be the same.

# %%
latent = ModernDecoder(replace(plain, latent_dim=64, rope_dim=16), seeded())
cache = latent.make_cache(batch_size=2, max_len=40)
with torch.no_grad():
    one_by_one = torch.cat([latent(idx[:, t : t + 1], cache) for t in range(40)], dim=1)  # (B, T, V)
    difference = (one_by_one - latent(idx)).abs().max().item()
of_one = cache_bytes(latent.config, 40, bytes_per_number=4)  # there are two texts in the batch
print(f"bytes: {cache.num_bytes:,}, by the formula {2 * of_one:,}")
measured("largest difference of the logits", difference, about=0, within=1e-4)

# %% [markdown]
# **Exercise 8** counts what a model holds, uses and caches, with a pencil.
#
# ## 6 · Muon: every direction the same
#
# AdamW looks at each number of a matrix by itself. But a matrix of a hidden layer acts as a whole. It stretches some
# directions more than others, and its *singular values* say how much.
#
# In the gradient of such a matrix a few directions usually dominate. What is seldom needed has a small singular value,
# so it hardly learns. **Muon** (Jordan et al. 2024) takes the running mean of gradients and makes all its singular
# values nearly the same. Every direction then moves equally far.
#
# To compute singular values exactly is slow. **Newton–Schulz** needs only products of matrices. Divide $X$ by its norm
# (the root of the sum of all squares), so that no singular value is above 1. Then repeat
#
# $$X \leftarrow a X + b\,(X X^\top) X + c\,(X X^\top)^2 X \qquad a = 3.4445,\ b = -4.7750,\ c = 2.0315$$
#
# The directions stay, and each singular value $s$ becomes $a s + b s^3 + c s^5$.
#
# **By hand.** Take a matrix with only two numbers, 3 and 0.1, on its diagonal. They are its singular values. Its norm
# is √(9 + 0.01) = 3.00.
#
# | | large | small | how many times as large |
# |---|---|---|---|
# | divided by the norm | 0.999 | 0.033 | 30 |
# | after step 1 | 3.441 − 4.761 + 2.021 = 0.701 | 0.115 − 0.000 + 0.000 = 0.115 | 6 |
# | after step 2 | 1.113 | 0.388 | 2.9 |
# | after step 3 | 0.720 | 1.075 | 0.7 |
#
# Small ones grow about three times per step. Large ones move between 0.7 and 1.2. After three steps one is 1.5
# times the other, where it was 30 times. Now watch it on a real gradient.

# %%
texts = load_stories(n=300)["text"]
tokenizer = train_tokenizer(texts, vocab_size=1_024)
stream = torch.tensor([token for text in texts for token in tokenizer.encode(text).ids])  # (N,)
small = ModernDecoder(replace(plain, vocab_size=1_024, n_layer=2, seq_len=64), seeded())
rows = stream[: 16 * 65].view(16, 65)
next_token_loss(small(rows[:, :-1]), rows[:, 1:]).backward()
gradient = small.blocks[0].mlp.up_proj.weight.grad  # (336, 128)

x = gradient.T / gradient.norm()  # the smaller side first
spectra = [torch.linalg.svdvals(x)]
for _ in range(5):
    x = newton_schulz_step(x)
    spectra.append(torch.linalg.svdvals(x))

# %% [markdown]
# **Guess first.** In this gradient the largest singular value is many times as large as the middle one (the median).
# How many times, before the first step?

# %%
guess = ...  # times

# %% fold="setup"
ratios = [(values[0] / values.median()).item() for values in spectra]
reveal("largest over median before", approx(ratios[0], about=8, within=6, digits=2), guess)
measured("largest over median after 5 steps", ratios[-1], about=1.3, within=0.6)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="After five steps all singular values lie between about 0.7 and 1.2",
    xlabel="direction, the largest first",
    ylabel="singular value",
)
for step, values in enumerate(spectra):
    axes.plot(values.numpy(), label=f"steps: {step}", color=plotting.PALETTE[0], alpha=(step + 1) / 6)
axes.legend(fontsize=8)
plotting.show(
    fig,
    alt="Six curves of 128 singular values. At the start a few are large and all others near 0; after each step more "
    "of them are near 1.",
    folded="The singular values, step by step",
)

# %% [markdown] fold="What five steps do"
# At the start (the lowest line) one direction stands out and most are near 0. Each step lifts the small ones about
# three times, until they are near 1 as well. They end between about 0.7 and 1.2, and not exactly at 1: the three
# coefficients were chosen for a steep start. For a step of training that is near enough.

# %% [markdown]
# A step of Muon is then, for a matrix of `m` rows and `n` columns with the running mean of gradients $M$:
#
# $$W \leftarrow (1 - \eta\lambda)\, W - \eta \sqrt{\max(1,\ m/n)}\ \mathrm{NewtonSchulz}(M)$$
#
# η is the learning rate and λ the weight decay. The root is for tall matrices: their numbers would otherwise move less
# than those of a square one. Our `modern.Muon` is these lines and little more, and the tests hold it
# equal to `torch.optim.Muon`. **Exercise 6** is one step of Newton–Schulz.

# %% [markdown]
# ### A mistake to know
#
# Muon is for matrices that mix directions. Three kinds of parameters are not such matrices:
#
# - A norm's weight or a bias is a vector. It has no singular values.
# - An embedding is a table, with a row per token. A batch touches the rows of its own tokens only. The head has a row
#   per token as well, and is left to AdamW, too.
# - A router has one row per expert, so it is a table as well.
#
# Give Muon everything, and this is what you get.

# %%
try:
    Muon(small.parameters())
except ValueError as error:
    print("ValueError:", error)
hidden, others = split_parameters(small)
print(f"Muon: {sum(p.numel() for p in hidden):,} numbers in {len(hidden)} matrices of the blocks")
print(f"AdamW: {sum(p.numel() for p in others):,} numbers in the embedding and {len(others) - 1} norms")

# %% [markdown]
# The error comes from the first norm only. The embedding *is* a matrix, and Muon takes it without a word: leave it out
# yourself. (**Exercise 7** sorts the parameters of a model by their names.)

# %% [markdown]
# ## 7 · Each change alone
#
# Now the question of the beginning: which change would help a small model? We trained the small Llama of the map with
# each change alone, from five seeds, on 600 batches of the course's stories.
#
# | variant | what is different |
# |---|---|
# | QK-norm | a norm on queries and keys |
# | windows | three of four layers see 32 tokens; a text has 256 |
# | experts | 8 experts of half the width, 2 per token: as many *active* parameters as the Llama |
# | experts, not balanced | the same without the balance loss |
# | latent | 64 numbers and a rotated key of 16, in place of the keys and values of two shared heads |
# | Muon | Muon for the matrices, AdamW for the rest |
#
# - **The measure** is nats per story on held-out stories. So the floor is known: the entropy of the stories.
# - **The learning rates** of AdamW and of Muon were each chosen on a sixth seed, before.
# - **The differences.** Each run is compared with the Llama's run of the same seed. That gives five differences for
#   each variant, and their mean has an interval: of 100 such intervals 95 hold the true mean (Student's t).
#
# With the eight runs for the rates these are 43 training runs. They take two minutes on a large GPU and hours on two
# cores. So the lesson reads the log that came out. The command that makes it stands at the top of
# `course_lib/modern/compare.py`.
#
# **Guess first.** For how many of the six variants does the interval leave out 0, so that it is clear whether they
# help?

# %%
guess = ...  # a whole number from 0 to 6

# %%
results = comparison.results
variants = [result for result in results.values() if result.change != "Llama"]
reveal("variants with a clear difference", sum(result.difference.is_clear for result in variants), guess)
print(f"the Llama: {sum(results['Llama'].nats) / 5:.1f} nats per story; the floor: {comparison.floor:.1f}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Five seeds: only Muon's interval leaves out 0",
    xlabel="difference to the Llama of the same seed, nats per story (left: better)",
    ylabel="change",
    size=(7.2, 3.4),
)
for row, result in enumerate(variants):
    base = results["Llama"].nats
    dots = [mine - theirs for mine, theirs in zip(result.nats, base, strict=True)]
    axes.plot(dots, [row] * 5, "o", color=plotting.PALETTE[0], alpha=0.5)
    axes.errorbar(result.difference.mean, row, xerr=result.difference.within, fmt="s", color="black", capsize=4)
axes.axvline(0, color="grey")
axes.set_yticks(range(len(variants)), [result.change for result in variants])
axes.set_ylim(len(variants) - 0.5, -0.5)
plotting.show(
    fig,
    alt="For each change five dots and an interval. Only the interval of Muon lies left of 0; all others contain 0.",
    folded="The differences, with their intervals",
)

# %% fold="setup"
lines = [f"{'variant':23}{'mean':>6}{'of five seeds':>17}{'difference':>15}"]
for name, result in results.items():
    of_seeds = f"{min(result.nats):.1f} to {max(result.nats):.1f}"
    line = f"{name:23}{sum(result.nats) / 5:6.1f}{of_seeds:>17}"
    if name != "Llama":
        apart = f"{result.difference.mean:+.1f} ± {result.difference.within:.1f}"
        line += f"{apart:>15}"
    lines.append(line)
show_folded("Nats per story, in numbers", "\n".join(lines))

# %% [markdown] fold="What five seeds say, and what they do not"
# In the picture the dots are the five differences, the square is their mean, and the line is its interval.
#
# **Clear: Muon**, 7.9 nats per story better. Is that chance? Even if no change did anything, at least one of six such
# intervals would leave out 0 in up to 30 % of such tables (6 · 5 %; it may be less, because all six share the Llama's
# runs). But here more speaks for Muon: each of its five runs is better than each of the Llama's.
#
# **Not clear: everything else.** Experts and windows are somewhat better in the mean, QK-norm and latents somewhat
# worse. Every one of these intervals contains 0. Even the unbalanced experts are not worse than the balanced ones here,
# although some of them are idle.
#
# **Not fair to AdamW, perhaps.** Of its rates the largest that was tried was the best, so a still larger one might have
# been better. For Muon the best was in the middle. A part of Muon's lead may be that.

# %% [markdown]
# And what does each cost? Time and memory of a training step on the GPU, the Llama's being 1; bytes of the cache for
# 256 tokens.

# %% fold="drawing"
print(f"{'':22} {'time':>6} {'memory':>7} {'held':>11} {'active':>10} {'cache':>9}")
for result in results.values():
    print(
        f"{result.change:22} {result.time:6.2f} {result.memory:7.2f} {result.parameters:11,} {result.active:10,} "
        f"{result.cache_bytes:9,}"
    )

# %% [markdown]
# **What to notice:** windows and latents cut the cache to 34 % and 63 %. That is what they promise. That they cost
# nothing is *not* shown: the interval of the latents reaches to 14 nats, so more seeds would be needed. A step of Muon
# takes about 2.5 times as long, because our code handles 28 small matrices one after the other. On large matrices this
# is a small share. At equal *time* instead of equal steps its lead may well be gone here: that was not measured.
#
# Windows take 0.78 of the time. That is more than the noise below; it is one model on one GPU, so take it as a hint.
# And QK-norm, 0.96: is it faster? No, it only adds work. Each time is the median of 20 steps of one model, so it has no
# interval, and some percent up or down are noise. (The two rows of experts do nearly the same work and show it: 2.42
# and 2.25.) And why 2.4 times at all, if a token meets as many numbers as in the Llama? The arithmetic is the same, but
# our code calls the experts one after the other, each with a few tokens.
#
# **What our size cannot show.** QK-norm is there for runs so large that scores explode. Experts are there to hold more
# knowledge than this world of stories has.

# %% [markdown]
# ## 8 · Released models
#
# A model that you can download is a row of such switches. Here are the fields in which three of them differ from the
# plain Llama:

# %%
for name in ("qwen3-0.6b", "gemma-3-1b", "mixtral-8x7b"):
    config, llama_like = PRESETS[name], ModernConfig()
    switches = ("qk_norm", "window", "n_expert", "n_active", "gemma", "local_rope_theta")
    set_to = {field: getattr(config, field) for field in switches}
    print(name, {field: value for field, value in set_to.items() if value != getattr(llama_like, field)})

# %% [markdown]
# `gemma=True` stands for three small habits of Gemma: GELU in the gate, norms before *and* behind each part, and a
# norm's weight that counts from 1. Its local layers rotate with the base 10,000, its global ones with 1,000,000.
#
# `pretrained.load` fills these same classes from their checkpoints. The tests hold them equal to `transformers` on
# random weights: at once, token by token with a cache, and far past the window.
#
# The next cell needs the network and downloads 1.5 GB.

# %% tags=["skip-execution"]
from course_lib.generation import generate

qwen = pretrained.load("Qwen/Qwen3-0.6B")
qwen_tokenizer = pretrained.load_tokenizer("Qwen/Qwen3-0.6B")
prompt = torch.tensor([qwen_tokenizer.encode("Once upon a time, a little girl named Lily").ids])
print(qwen_tokenizer.decode(generate(qwen, prompt, 40, temperature=0.8, top_p=0.9, seed=0)[0].tolist()))

# %% [markdown]
# **The answer to our question.** Most of a model of today is the Llama that you know. New are a norm in attention, a
# mask with a window, several MLPs with a router, a smaller thing in the cache, and another optimizer. Each is a few
# lines in a block or beside it.
#
# Which would help a small model like yours? In 600 steps and five seeds only Muon did, clearly: 110.9 nats per story
# instead of 118.7, where the floor is 86.5. That is at equal steps, not at equal time. Windows and latents make the
# cache smaller; what that costs, five seeds could not say.
#
# **What is missing.** Each change was tried alone, on one size, one text and 600 steps. Whether two changes together
# add up, and what happens in long runs, is not in our log.
#
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `modern.ModernConfig`, `modern.ModernDecoder` | a Llama with any of the changes |
# | `attention.window_mask(T, window)` | the mask of a local layer, `(T, T)` |
# | `modern.WindowedCache` | a cache whose local layers keep their sliding window alone |
# | `modern.route(logits, k)` | shares and numbers of the chosen experts, `(N, k)` each |
# | `modern.balance_loss(logits, k)` | 1 if all experts are equally busy |
# | `modern.LatentAttention` | keys and values made from a latent |
# | `modern.Muon`, `modern.newton_schulz_step(x)` | the optimizer and its step |
# | `modern.active_parameters`, `modern.cache_bytes` | what a configuration costs |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A local layer has a window of 4. Which positions does the query at position 10 see?
#
# - 7, 8, 9 and 10
#   + Itself and the three before it: 10 − 4 + 1 = 7 is the first.
# - 6, 7, 8, 9 and 10
#   - Those are five. The query itself is one of the four.
# - 6, 7, 8 and 9
#   - A query always sees itself.
#
# **2.** Why does a mixture of experts not help you to run a large model on a computer with little memory?
#
# - Because the router takes so much memory
#   - The router is a matrix with one row per expert: next to nothing.
# - Because all experts have to be in memory, although each token uses only a few
#   + Which experts the next token needs is known only when it arrives. Arithmetic is saved, memory is not.
# - Because every token is computed by all experts
#   - Only the chosen k compute it.
#
# **3.** In the log, "experts" is 2.7 nats better than the Llama in the mean, with an interval of ± 10. What follows?
#
# - Experts are better, but only a little
#   - Another five seeds might well give a difference above 0.
# - Experts make no difference
#   - That is not shown either. A difference of 5 nats in both directions fits the data.
# - Nothing is decided: more seeds or longer runs would be needed
#   + The interval contains 0, and it is wide.

# %% [markdown]
# ### What comes next
#
# Do the exercises in `exercises/18_modern.ipynb`: nine of them, each part of this lesson once. **Lesson 19** makes such
# models fast: whole numbers for weights, drafts that are verified, many requests at a time.
