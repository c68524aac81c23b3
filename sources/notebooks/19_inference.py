# %% [markdown]
# # 19 · Fast inference
#
# **When you finish, you can**
# - say what a token costs, in bytes and in operations, and which of the two your machine waits for;
# - store a model's weights as whole numbers of 8 or 4 bits, and say what that costs in nats;
# - let a cheap draft write for a model, and prove that the text has exactly the model's distribution;
# - predict how much faster that is, and say when it is slower;
# - serve many requests at once from one memory of pages.
#
# **What you need first:** lesson 12 (sampling and the cache). Lesson 11 helps (what a nat is worth).
#
# **Time:** about 75 minutes.
#
# **The question.** The course's model has 2.5 million parameters. A token needs about 5 million operations. One core of
# a processor does many billions in a second, so it could write thousands of tokens in a second. It writes several times
# fewer. **What does the processor wait for, and what can we do meanwhile?**
#
# Letters: `B` requests at a time, `T` tokens, `V` vocabulary, `k` drafted tokens, `p` the model's probabilities, `q` a
# draft's.

# %%
import time
from dataclasses import replace

import torch
from torch.nn import functional as F

from course_lib import inference, pretrained
from course_lib.config import GPTConfig
from course_lib.corpus import load_stories
from course_lib.generation import Sampling, generate, generate_batch
from course_lib.gpt import GPT
from course_lib.inference.laws import probabilities_of, seeded_draw
from course_lib.inference.quantized_model import fused_int8_product
from course_lib.show import diagram, plotting, profiling
from course_lib.show.guess import reveal
from course_lib.show.measured import approx, measured

model = pretrained.load("howsam").eval()  # the course's own model, trained; its weights come with the course
tokenizer = pretrained.load_tokenizer("howsam")
END, V = 0, model.config.vocab_size  # id 0 stands between two stories

# %% [markdown]
# **Where we are.** This is the trained model. Nothing in it will be trained any more. The matrices that are read for
# each token are in the blocks and in the head.

# %% fold="drawing"
diagram.model(model, lit="head", tokens=1)

# %% [markdown]
# ## 1 · What a token costs
#
# To write one token, each number of each matrix is fetched from memory and used once: one multiplication and one
# addition. The keys and values in the cache are fetched as well.
#
# **By hand**, with 64 tokens in the cache. The width is C = 100. A block has four matrices of 100 × 100 in attention
# and two of 100 × 400 in the MLP, together 120,000 numbers. Each token in the cache has a key and a value of 100
# numbers in each of the 12 blocks. A number is a float32, so it has 4 bytes.
#
# | | numbers | bytes | operations |
# |---|---|---|---|
# | matrices of 12 blocks | 12 · 120,000 = 1,440,000 | 5,760,000 | 2,880,000 |
# | head | 1,000,000 | 4,000,000 | 2,000,000 |
# | keys and values | 64 · 12 · 2 · 100 = 153,600 | 614,400 | 307,200 |
# | **together** | | **10,374,400** | **5,187,200** |

# %%
context = 64  # tokens in the cache
num_bytes = inference.bytes_per_token(model, context)
operations = inference.flops_per_token(model, context)
print(f"bytes: {num_bytes:,.0f}   operations: {operations:,}   operations per byte: {operations / num_bytes:.2f}")

# %% [markdown]
# Half an operation for each byte. Now the machine: how many bytes can it fetch in a second, and how many operations can
# it do? A matrix times a vector is limited by the first, and a matrix times a matrix by the second.
#
# **By hand.** Say that a machine fetches 10 billion bytes per second from its main memory and does 80 billion
# operations per second. The bytes of a token need 10.4 million / 10 billion = 1.04 milliseconds, the operations only
# 5.2 million / 80 billion = 0.065. Both run at the same time, so the larger one is a floor: 1.04. It is called the
# *roofline*. No program can be faster, as long as the weights come from main memory. (Our 9.4 MiB of weights fit into
# the fast memory inside many processors, the *cache*. From there they come faster than this floor says. Those of a
# large model do not fit.) Such a machine does 8 operations while one byte arrives.
#
# Now yours. **Guess first.** How many operations can one core do in the time in which one byte arrives?

# %%
guess = ...  # operations per byte

# %%
machine = inference.Machine(
    bandwidth=inference.measure_machine(runs=15).bandwidth,  # of a matrix that the processor cannot keep
    flops=inference.measure_machine(size=512, runs=200).flops,  # short products: the best is less disturbed
)

# %% fold="setup"
reveal("operations per byte", approx(machine.balance, about=10, within=9.9), guess)

# %% [markdown] fold="What that means"
# It could do more than the half operation that a token asks for. (On a graphics card, with numbers of 16 bits, it is
# above 100.) So to write one token at a time leaves a part of the arithmetic idle. At best, the time is that of
# fetching the weights, and a second token that uses the same weights is nearly free.

# %% [markdown]
# A floor is not a time. So we measure it: a **pass** of the model over 1, 2, 4 … tokens at once.

# %%
counts = [1, 2, 3, 4, 6, 8, 16]
rows = {T: torch.randint(V, (1, T), generator=torch.Generator().manual_seed(T)) for T in counts}
with torch.inference_mode():
    times = profiling.time_interleaved(
        {str(T): lambda T=T: model(rows[T], model.make_cache(1)) for T in counts}, runs=40, warmup=2
    )
seconds = {T: times[str(T)].fastest for T in counts}
floor = {
    T: machine.seconds(T * inference.flops_per_token(model, 0), inference.bytes_per_token(model, 0)) for T in counts
}
measured("passes over one token in a second", 1 / seconds[1], about=2_000, within=1_990, digits=2)
measured("time of one token over its floor", seconds[1] / floor[1], about=20, within=19.5)
measured("four tokens at once, over one", seconds[4] / seconds[1], about=1.6, within=1.2)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Four tokens in one pass cost far less than four passes",
    xlabel="tokens in one pass",
    ylabel="time over that of one token",
)
axes.plot(counts, [seconds[T] / seconds[1] for T in counts], "o-", label="measured")
axes.plot(counts, counts, "--", label="a pass for each")
axes.plot(counts, [floor[T] / seconds[1] for T in counts], ":", label="the floor (bytes or operations)")
axes.set_ylim(0, 10)
axes.legend()
plotting.show(fig, alt="Time of a pass against its tokens: the measured line rises slower than that of single passes.")

# %% [markdown]
# **What to notice:**
#
# - The measured line stands well above the floor. So at this size the bytes are the smaller part of the time.
# - The measured line rises slowly. Whatever the time is spent on, several tokens in one pass share it.
#
# What is it spent on, if not on bytes? A test: the same model, but with a width of 20 in place of 100. It has as many
# products, but each of them has about a ninth of the bytes, and a ninth of the operations.

# %%
narrow = GPT(replace(model.config, n_embd=20), torch.Generator().manual_seed(0)).eval()
one = rows[1]
with torch.inference_mode():
    pair = profiling.time_interleaved(
        {"wide": lambda: model(one, model.make_cache(1)), "narrow": lambda: narrow(one, narrow.make_cache(1))},
        runs=40,
        warmup=2,
    )
fewer = inference.bytes_per_token(model, 0) / inference.bytes_per_token(narrow, 0)
print(f"times fewer bytes: {fewer:.1f}")
measured("time of a token, narrow over wide", pair["narrow"].fastest / pair["wide"].fastest, about=0.6, within=0.5)

# %% [markdown]
# If only bytes and operations counted, the last number would be about 1/9, 0.11. It is larger, so a good part of the
# time does not depend on the size of the matrices. It is paid for each of the some hundred small operations, whatever
# their size. We call it the time to *start* a product. In a larger model this part is the same for each layer and the
# bytes grow, so it comes closer to its floor.
#
# **That is the one idea of this lesson**: fetch less in each pass (section 2), or do more with each pass (sections 3 to
# 5).

# %% [markdown]
# ## 2 · Whole numbers for weights
#
# Fewer bytes for each weight means fewer bytes to fetch. A weight in float32 has 32 bits. Take 8: a whole number from
# −127 to 127, and one *scale* for each row:
#
# $$\text{scale} = \frac{\max_j |w_j|}{127} \qquad n_j = \operatorname{round}\!\left(\frac{w_j}{\text{scale}}\right)
# \qquad w_j \approx n_j \cdot \text{scale}$$
#
# **By hand.** The row is (1.27, −0.5, 0.018). Its largest weight is 1.27, so the scale is 0.01. The numbers are 127,
# −50 and 2. The way back gives 1.27, −0.5 and 0.02: no weight moves by more than half a step.

# %%
row = torch.tensor([[1.27, -0.5, 0.018]])
numbers, scale, _ = inference.quantize(row, bits=8)
print(numbers.tolist(), f"scale {scale.item():.4f}")
print([round(x, 4) for x in inference.dequantize(inference.quantize(row, bits=8))[0].tolist()])
print([round(x, 4) for x in inference.dequantize(inference.quantize(row, bits=4))[0].tolist()], "with 4 bits")

# %% [markdown]
# With 4 bits there are only 7 steps on each side. The scale is 1.27 / 7 = 0.18, −0.5 becomes −3 steps, and 0.018
# becomes 0. The products themselves stay in floating point: only the weights are stored in few bits.
#
# ### Groups
#
# One large weight makes the step of its whole row large. So a row is cut into *groups* of neighbours with a scale each.
# But each scale takes 4 bytes. Here is the head's matrix, 10,000 rows of 100 numbers.

# %%
weight = model.head.weight.detach()  # (V, C)
print(f"{'':27}bytes   error (root mean square, in % of the weights')")
for name, bits, size in (
    ("int8", 8, None),
    ("int4", 4, None),
    ("int4, groups of 25", 4, 25),
    ("int4, groups of 10", 4, 10),
):
    quantized = inference.quantize(weight, bits, size)
    error = (inference.dequantize(quantized) - weight).square().mean().sqrt() / weight.square().mean().sqrt()
    size_in_bytes = weight.numel() * bits // 8 + quantized.scale.nbytes
    print(f"{name:20}{size_in_bytes:>12,}   {approx(100 * error.item(), about=15, within=14.9, digits=2)}")

# %% [markdown]
# **What to notice:** groups of 10 have little more than a third of the error of whole rows, for two thirds more
# bytes.
#
# ### A zero point
#
# Until here a weight of 0 is the number 0. If all weights of a group lie on one side, half of the numbers are then
# never used. So some formats shift the numbers: the group gets a **zero point** as well, the whole number that stands
# for a weight of 0. The way back is
#
# $$w \approx (n - \text{zero}) \cdot \text{scale}$$
#
# **By hand**, with 4 bits, whose numbers are −8 to 7. The group is (0, 0.3, 1.5). All 15 steps are used: the scale is
# 1.5 / 15 = 0.1, and the zero point is −8. So 0.3 is 3 steps above −8, which is −5, and 1.5 is 15 steps above, which is
# 7. The way back: (−5 − (−8)) · 0.1 = 0.3. Without a zero point the scale would be 1.5 / 7 = 0.21, and 0.3 becomes
# 1 · 0.21.

# %%
one_sided = torch.tensor([[0.0, 0.3, 1.5]])
numbers, scale, zero = inference.quantize_affine(one_sided, bits=4)
print(numbers.tolist(), f"scale {scale.item():.2f}, zero point {zero.item():.0f}")
for name, way in (("with a zero point", inference.quantize_affine), ("without", inference.quantize)):
    print(f"{name:18}", [round(x, 2) for x in inference.dequantize(way(one_sided, bits=4))[0].tolist()])

# %% [markdown]
# Weights of a model lie on both sides of 0, so ours need no zero point: it stays 0. But files that you download may
# have one.
#
# ### What is an error worth?
#
# Ask the stories. We quantize *all* matrices and take the first 128 tokens of 48 stories
# that the model never saw. All variants read the same stories, so we look at the difference of each story.
#
# **Guess first.** A story's first 128 tokens cost the float model about 71 nats. How many nats more do they cost with
# 4 bits and one scale for each row?

# %%
guess = ...  # nats

# %%
texts = load_stories(split="validation", n=48)["text"]
ids = [[END, *encoded.ids][:129] for encoded in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
stories = torch.tensor([story for story in ids if len(story) == 129])  # (S, 129)


@torch.inference_mode()
def nats(some_model) -> torch.Tensor:
    """−log p of 128 tokens of each story: (S,)."""
    logits = some_model(stories[:, :-1])  # (S, 128, V)
    losses = F.cross_entropy(logits.flatten(0, 1), stories[:, 1:].flatten(), reduction="none")
    return losses.view(len(stories), -1).sum(dim=1)


variants = {
    "int8": inference.quantize_model(model, 8),
    "int4": inference.quantize_model(model, 4),
    "int4, groups of 50": inference.quantize_model(model, 4, 50),
    "int4, groups of 25": inference.quantize_model(model, 4, 25),
    "int4, groups of 10": inference.quantize_model(model, 4, 10),
}
of_float = nats(model)
lost = {name: nats(variant) - of_float for name, variant in variants.items()}

# %% fold="setup"
reveal("nats more with 4 bits and a scale for each row", approx(lost["int4"].mean().item(), about=8, within=5), guess)

# %% fold="drawing"
mean = {name: d.mean().item() for name, d in lost.items()}
twice = {name: 2 * d.std().item() / len(d) ** 0.5 for name, d in lost.items()}
megabytes = {name: inference.weight_bytes(variant) / 2**20 for name, variant in variants.items()}
fig, (axes,) = plotting.figure(
    title="8 bits cost next to nothing; 4 bits cost nats, and small groups win most of them back",
    xlabel="size of all weights (MiB)",
    ylabel="nats lost per 128 tokens",
    size=(7.0, 3.8),
)
for name in variants:
    label = f"{name}: {mean[name]:+.2f} ± {twice[name]:.2f}"
    axes.errorbar(megabytes[name], mean[name], yerr=twice[name], fmt="o", capsize=4, label=label)
axes.axhline(0, linewidth=1, color="black")
axes.set_xlim(1, 3)
axes.legend()
plotting.show(
    fig,
    alt="Nats lost against size: int8 at 2.5 MiB near 0; int4 at 1.3 MiB highest; groups of 50, 25 and 10 in between.",
    folded="Size against nats, with intervals of two standard errors",
)

# %%
of_float = approx(nats(model).mean().item(), about=71, within=3, digits=2)
print(f"float32: {inference.weight_bytes(model) / 2**20:.1f} MiB, {of_float} nats per story")
for name, about in (("int8", 0.0), ("int4, groups of 25", 2.0), ("int4, groups of 10", 2.0)):
    shown = approx(mean[name], about=about, within=max(0.4, about / 2 + 1), digits=2)
    interval = approx(twice[name], about=1.5, within=1.5, digits=1)
    print(f"{name:20}{megabytes[name]:.1f} MiB   nats lost {shown} (two standard errors {interval})")

# %% [markdown]
# **What to notice:** int8 has a quarter of the size, and its loss cannot be told from nothing: the interval (± two
# standard errors) holds 0. 4 bits with a scale for each row are clearly worse. Groups of 25 repair most of it, and
# their scales take back a part of the room. **Exercises 1 and 2** are the way to whole numbers and, in groups, the way
# back.
#
# ### A mistake to know
#
# 8 bits go from −128 to 127. It seems a waste not to use −128. So somebody divides by 128, and the largest weight of
# each row becomes 128:

# %%
largest = torch.round(torch.tensor([1.27]) / (1.27 / 128))
print(f"{largest.item():.0f} as int8 is {largest.to(torch.int8).item()}")

# %% [markdown]
# No error, no warning. The largest positive weight of each row has changed its sign. Rows whose largest weight is
# negative are right, so that the model still writes something. The remedy: 127 on both sides.
#
# ### Does it write the same?
#
# Greedy text of the quantized model, beside that of the float model:

# %%
start = torch.tensor([[END, *tokenizer.encode("One day").ids]])
for name, variant in {"float": model, "int8": variants["int8"], "int4": variants["int4"]}.items():
    text = generate(variant, start, 40, temperature=0)[0, 1:]
    if name == "float":
        reference = text
    same = int((text == reference).long().cumprod(0).sum()) - start.shape[1] + 1
    print(f"{name:6} {approx(same, about=20, within=21)} of 40 tokens as the float model's")
until = torch.cat([start[0, :1], reference[: start.shape[1] - 1 + min(same, 39)]])  # where the last one parts
with torch.inference_mode():
    two = model(until[None])[0, -1].softmax(dim=-1).topk(2).values.tolist()
print("there the float model's two best tokens have", " and ".join(approx(x, about=0.3, within=0.2) for x in two))

# %% [markdown]
# Greedy text is a harsh judge. Where two tokens nearly tie, as in the last line, a small change chooses the other one,
# and from there on it is another story. The nats say how good a model is. This says only whether it is the same.
#
# In the terminal: `course generate howsam --quantize int8`.
#
# ### Is it faster?
#
# **Guess first.** We multiply a vector by a matrix of 2,048 × 4,096. In int8 the matrix has a quarter of the bytes. We
# make it floating point again and then multiply. Is that faster or slower than the float32 product,
# and how many times?

# %%
guess = ...  # below 1 is faster

# %%
large = torch.randn(2048, 4096, generator=torch.Generator().manual_seed(0))
vector = torch.randn(1, 4096, generator=torch.Generator().manual_seed(1))
in_int8 = inference.quantize(large)
with torch.inference_mode():
    products = profiling.time_interleaved(
        {
            "float32": lambda: vector @ large.T,
            "made float first": lambda: vector @ inference.dequantize(in_int8).T,
            "int8 kernel": lambda: fused_int8_product(vector, in_int8),
        },
        runs=5,
    )
of_float32 = products["float32"].fastest
slow = products["made float first"].fastest / of_float32

# %% fold="setup"
reveal("times as long", approx(slow, about=200, within=199, digits=2), guess)

# %% [markdown] fold="What takes so long"
# The plain way is slower. The product only *reads* the weight. The plain way first goes over all of it three times: to
# floating point, less a zero point, times the scale. Each time it writes 8 million numbers into new memory. Counted in
# bytes that is about 6 times as much as the product alone. (How many times slower it is depends on the machine: we have
# seen 4, and we have seen 200. The bytes explain 6. For the rest we have no measurement; new memory has to be asked
# from the system each time, and that may be a part of it.)

# %% [markdown]
# A **kernel** that turns the numbers into floating point within the processor reads only the int8 numbers. Torch has
# one that takes the vector in bfloat16:

# %%
measured(
    "the kernel that reads int8, times as long as float32",
    products["int8 kernel"].fastest / of_float32,
    about=1.5,
    within=1.45,
)

# %% [markdown]
# A number below 1 says that it is faster than float32 on your machine. On a processor without instructions for bfloat16
# it may be slower.
#
# **What to notice:** the bits save memory at once. They save *time* only with a kernel made for them. The course's
# quantized model uses the plain way: it is small, and it is slow.

# %% [markdown]
# ## 3 · A draft writes, the model checks
#
# Four tokens in one pass cost little more than one. But a model writes one token after the other: to read four, we
# must know them. So we *guess* them.
#
# - A cheap **draft** proposes k tokens.
# - The model, now called the **target**, reads all of them in one pass. That gives its own probabilities at each place.
# - What it agrees with stays.
#
# ### A round by hand
#
# At temperature 0 agreement is simple. The draft proposes `the red fox`. The target would have written:
#
# | place | drafted | the target's choice | |
# |---|---|---|---|
# | 1 | the | the | stays |
# | 2 | red | old | refused: the round ends with **old** |
# | 3 | fox | (after *the red*) man | useless: it follows a word that is not there |
# | 4 | | (after *the red fox*) ran | useless |
#
# The round gives two tokens, `the old`, for one pass of the target. It always gives at least one. Had all three been
# right, it would have given four. (**Exercise 5** is such a round.)

# %% [markdown]
# ### The rule
#
# When tokens are drawn, the draft draws x with probability q(x), and the target would have drawn it with p(x).
#
# 1. Keep x with probability min(1, p(x) / q(x)).
# 2. If it is refused, draw from the **residual**: max(0, p − q), made to add up to 1.
#
# **By hand**, with three tokens:
#
# | | token 0 | token 1 | token 2 | together |
# |---|---|---|---|---|
# | the target wants p | 0.5 | 0.3 | 0.2 | 1 |
# | the draft draws q | 0.2 | 0.6 | 0.2 | 1 |
# | it stays with min(1, p/q) | always | in half of the cases | always | |
# | drawn *and* kept: min(p, q) | 0.2 | 0.3 | 0.2 | 0.7 |
# | refused, so drawn from the residual | 0.3 | 0 | 0 | 0.3 |
# | **written** | **0.5** | **0.3** | **0.2** | **1** |
#
# (Only token 1 is ever refused, in half of the 0.6: that is 0.3 of all cases. The residual is (0.3, 0, 0), made to add
# up to 1: (1, 0, 0). So all of the 0.3 goes to token 0.)
#
# The last line is p. It is always so: min(p, q) is kept, the residual adds max(0, p − q), and the sum is p (Leviathan
# et al. 2023, Chen et al. 2023). So the draft decides how *fast* we are, and never *what* is written. The 0.7 is the
# **acceptance rate**. **Exercise 3** is the residual.
#
# **Guess first.** A simpler rule is often seen: after a refusal, draw from p itself. In the example, how often would
# token 1 come? (It should have 0.3.)

# %%
guess = ...  # a probability

# %%
p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.6, 0.2])


def right(draw) -> int:
    """One drafted token and its verification, with the library's own function."""
    return inference.verify([draw(q)], q[None], torch.stack([p, p]), draw)[0][0]


def simpler(draw) -> int:
    """After a refusal the target's own distribution."""
    token = draw(q)
    kept = min(1.0, (p[token] / q[token]).item())
    return token if draw(torch.tensor([1 - kept, kept])) == 1 else draw(p)


laws = {name: inference.law_of(rule) for name, rule in (("right", right), ("simpler", simpler))}
print("right:", [round(laws["right"][token], 3) for token in range(3)])
reveal("token 1 with the simpler rule", round(laws["simpler"][1], 3), guess)

# %% [markdown] fold="What happened"
# 0.39 and not 0.3: the draft's favourite was accepted in 0.3 of all cases already, and then it gets a second chance.
# Nothing fails, and the text looks fine. It is only a different model that writes.
#
# These numbers are no estimates. `law_of` runs the program once for each way in which its draws can fall, and adds up
# the probabilities.

# %% [markdown]
# **Exercise 4** is a draft that changes the stories.
#
# ### Proof by enumeration
#
# The same for whole texts: a small model with three tokens as the target, another one as the draft, caches that go back
# after a refusal, everything. All 27 texts of three tokens, and all paths that lead to them.

# %%
tiny = GPTConfig(vocab_size=3, seq_len=8, n_layer=1, n_embd=8, n_head=2)
small, other = (GPT(tiny, torch.Generator().manual_seed(seed)).double().eval() for seed in (0, 1))
with torch.no_grad():
    for parameter in [*small.parameters(), *other.parameters()]:
        if parameter.dim() > 1:
            parameter.mul_(8)  # matrices and tables: so that the two have opinions, and differ


def three_tokens(draw) -> tuple[int, ...]:
    """Three tokens after [0, 1], two drafted at a time."""
    told = inference.speculate(small, inference.ModelDraft(other), [0, 1], 3, k=2, draw=draw)
    return tuple(told.tokens[2:])


speculative = inference.law_of(three_tokens)
alone = inference.law_of_text(small, [0, 1], 3)  # by the chain rule
apart = max(abs(speculative[text] - alone[text]) for text in alone)
print(f"texts: {len(alone)}, the most probable has {max(alone.values()):.3f}")
measured("largest difference of a probability", apart, about=0, within=1e-6)

# %% [markdown]
# ### Drafts
#
# What may serve as a draft for the course's model? It must know the same 10,000 tokens, and it must be *cheap*.
#
# - **A table of counts**: what followed the last three tokens in 2,000 stories. It multiplies nothing.
# - **The model itself with 4 bits**: a sixth of the bytes (with groups of 25), and nearly the same opinions.
# - **The text itself** (*prompt lookup*): where did the last two tokens stand before, and what came after them? By
#   hand: the text is `a b c d a b`. The last two, `a b`, stood at the beginning, and `c d` came after them. So `c d` is
#   drafted.

# %%
learned_from = load_stories(n=2_000)["text"]
known = [[END, *encoded.ids, END] for encoded in tokenizer.encode_batch(list(learned_from), add_special_tokens=False)]
drafts = {
    "table of counts": inference.CountDraft(known, V, order=3),
    "model in int4": inference.ModelDraft(variants["int4, groups of 25"]),
    "prompt lookup": inference.LookupDraft(V, n=2),
}

# %% [markdown]
# First the real vocabulary: we take one place in a story and both distributions there.

# %%
story = stories[0, :30].tolist()
with torch.inference_mode():
    p = probabilities_of(Sampling(), model(torch.tensor([story]))[0, -1:])[0]  # (V,)
q = probabilities_of(Sampling(), drafts["table of counts"].logits(story)[None])[0]  # (V,)
print("the text so far ends with:", repr(tokenizer.decode(story[-6:])))
print("the next token stays with probability", approx(inference.acceptance_rate(p, q).item(), about=0.5, within=0.5))

# %% [markdown]
# **Optional**, since the proof above is exact: a test as one makes it where nothing can be enumerated. Draw 4,000
# times: the table proposes, the model verifies. A **chi-square** test compares how often each token came with how often
# it was due. If the rule is right, the value divided by its degrees of freedom is near 1: by chance it moves by about
# √(2 / degrees). (`right` and `simpler` are the functions from above. They now read the real `p` and `q`.)


# %%
def chi_square(rule) -> tuple[float, int]:
    """Σ (seen − due)² / due over the tokens of which at least 5 are due, the others together; degrees of freedom."""
    draw = seeded_draw(0)
    seen = torch.bincount(torch.tensor([rule(draw) for _ in range(4_000)]), minlength=V).double()
    due = 4_000 * p.double()
    common = due >= 5
    seen, due = (torch.cat([x[common], x[~common].sum()[None]]) for x in (seen, due))
    return ((seen - due) ** 2 / due.clamp(min=1e-9)).sum().item(), int(common.sum())


for name, rule, about in (("right", right, 1), ("simpler", simpler, 15)):
    statistic, degrees = chi_square(rule)
    moves = approx((2 / degrees) ** 0.5, about=0.3, within=0.3, digits=1)
    found = approx(statistic / degrees, about=about, within=about)
    print(f"{name:8} chi-square per degree {found}, by chance 1 ± {moves}")

# %% [markdown]
# **What to notice:** the simpler rule is found out. Its value is far from 1.
#
# ### What a round is worth
#
# Let each drafted token stay with probability a. The j-th one counts only if all before it stayed, so a round gives
#
# $$1 + a + a^2 + \dots + a^k = \frac{1 - a^{k+1}}{1 - a} \text{ tokens.}$$
#
# **By hand**, with a = 0.5 and k = 2: 1 + 0.5 + 0.25 = 1.75 tokens.
#
# And the price? A round costs k drafts, each c of a pass, and one pass over k + 1 tokens. If that pass is as quick as
# one over a single token, the speed-up is tokens of a round / (k·c + 1). With c = 0.2 that is 1.75 / 1.4 = 1.25.
#
# Does the formula hold? Let the table draft for eight texts of 90 tokens, and count. About three quarters of its tokens
# stay if it drafts one at a time (a = 0.74). So with k = 8 the formula says (1 − 0.74⁹) / 0.26 = 3.6 tokens per round.
#
# **Guess first.** The formula gives each place the same chance. In a text some places are easy and some are hard. How
# many tokens does a round with k = 8 give, counted?

# %%
guess = ...  # tokens


# %%
def told_with(draft, k: int, texts: int = 8, new: int = 90) -> list[inference.Speculation]:
    """Some stories, each with its own seed."""
    return [inference.speculate(model, draft, [END], new, k=k, seed=seed) for seed in range(texts)]


def per_round(told: list[inference.Speculation]) -> float:
    """New tokens for each pass of the target."""
    return sum(len(one.tokens) - 1 for one in told) / sum(one.rounds for one in told)


ks = [1, 2, 3, 4, 6, 8]
table = {k: told_with(drafts["table of counts"], k) for k in ks}
rate = sum(one.accepted for one in table[1]) / sum(one.drafted for one in table[1])
measured("acceptance rate at k = 1", rate, about=0.72, within=0.12)

# %% fold="setup"
reveal("tokens per round at k = 8, counted", approx(per_round(table[8]), about=3.4, within=0.9), guess)
for k in (2, 4, 8):
    found, formula = per_round(table[k]), inference.expected_tokens(rate, k)
    of_texts = torch.tensor([per_round([one]) for one in table[k]])  # (8,): each text for itself
    error = 2 * of_texts.std().item() / len(of_texts) ** 0.5
    shown = approx(found, about=2.5, within=1.5), approx(formula, about=2.5, within=1.5)
    width = approx(error, about=0.4, within=0.4, digits=1)
    reveal(f"k = {k}", f"{shown[0]} tokens per round (two standard errors {width}), by the formula {shown[1]}")

# %% [markdown] fold="What came out"
# The counts lie a little below the formula. But compare the gap with the two standard errors: a gap that is not larger
# than they are decides nothing, and on the machine that built this page none is. The formula takes all places to be
# alike. They need not be: within a phrase the table may be right, and at the start of a sentence it may err. What this
# does to the mean, eight texts cannot say. For a plan the formula is good enough.

# %% [markdown]
# **Exercise 8** uses the formula with a pencil.
#
# Now the time. We measure c, the price of a drafted token with its draw. We also measure something that the formula
# does not have: the target's softmax over 10,000 tokens, and the check of the drafted tokens. Then both ways of
# writing: plain `generate`, and with drafts. They take turns, seven times. Each repeat gives a speed-up, and we show
# the middle one and the range.

# %%
sampling, draw = Sampling(), seeded_draw(0)


def fastest(call, runs: int = 5) -> float:
    """Seconds of the fastest of several calls."""
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return min(taken)


cost = fastest(lambda: drafts["table of counts"].propose(story, 8, sampling, draw)) / 8 / seconds[1]
measured("a drafted token of the table, in passes of the model", cost, about=0.3, within=0.29)
drafted, q_of_draft = drafts["table of counts"].propose(story, 4, sampling, draw)
with torch.inference_mode():
    logits = model(torch.tensor([[*story, *drafted]]))[0, -5:]  # (k + 1, V)
    checked = fastest(lambda: inference.verify(drafted, q_of_draft, probabilities_of(sampling, logits), draw), runs=20)
measured("softmax and check of a round with k = 4, in passes", checked / seconds[1], about=0.5, within=0.49)

begin = torch.tensor([[END]])
calls = {0: lambda: [generate(model, begin, 90, seed=seed) for seed in range(2)]}
calls |= {k: lambda k=k: told_with(drafts["table of counts"], k, texts=2) for k in (1, 2, 3, 4, 8)}
taken = profiling.interleaved_seconds({str(k): call for k, call in calls.items()}, runs=7, warmup=1)
gained = {
    k: torch.tensor([plain / told for plain, told in zip(taken["0"], taken[str(k)], strict=True)]).sort().values
    for k in calls
    if k > 0
}  # (7,) for each k, the lowest first
for k, of_repeats in gained.items():
    low, middle, high = (approx(of_repeats[i].item(), about=1.5, within=1.4) for i in (0, 3, 6))
    print(f"k = {k}: speed-up {middle}, from {low} to {high}")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="In time, drafts gained less than both formulas promise",
    xlabel="drafted tokens k",
    ylabel="speed-up (1 is plain generate)",
)
measured_pass = {1: seconds[2], 2: seconds[3], 3: seconds[4], 4: seconds[6], 8: seconds[8]}
middles, lows, highs = (torch.stack([of_repeats[i] for of_repeats in gained.values()]) for i in (3, 0, 6))
ranges = torch.stack([middles - lows, highs - middles])  # (2, points)
axes.errorbar(list(gained), middles, yerr=ranges, fmt="o", capsize=4, label="measured: middle and range")
axes.plot(ks, [inference.speedup(rate, k, cost) for k in ks], "--", label="formula")
axes.plot(
    list(gained),
    [inference.expected_tokens(rate, k) / (k * cost + measured_pass[k] / seconds[1]) for k in gained],
    ":",
    label="formula with the measured pass",
)
axes.axhline(1, linewidth=1, color="black")
axes.set_ylim(0, None)
axes.legend()
plotting.show(fig, alt="Speed-up against k: five points with their ranges, and two lines for two forms of the formula.")

# %% [markdown]
# **What to notice:** read the ranges first. They hold only the noise of the clock, over seven repeats, and a range
# across 1 decides nothing. Each k wrote two texts of its own, so which k is best is not decided here. The dashed line
# is the formula. The dotted one is the formula with the time that a pass over k + 1 tokens took here. Where a range
# ends below a line, drafts gained less than that line promises.
#
# Both lines count passes and drafted tokens only. They leave out what was printed above, the target's softmax and its
# checks. (They also leave out the way back of the cache. And plain `generate` has a softmax and a draw of its own, so
# not all of this is a loss.) Compare what was printed with a pass, which is 1.
# In a large model a pass takes far longer, and these parts hardly count.
#
# And the other two drafts?

# %%
for name in ("model in int4", "prompt lookup"):
    told = told_with(drafts[name], k=3, texts=3)
    accepted, drafted = sum(one.accepted for one in told), sum(one.drafted for one in told)
    pair = {"plain": lambda: [generate(model, begin, 90, seed=seed) for seed in range(2)]}
    pair["drafted"] = lambda name=name: told_with(drafts[name], 3, texts=2)
    taken = profiling.interleaved_seconds(pair, runs=3, warmup=0)
    gains = [plain / speculated for plain, speculated in zip(taken["plain"], taken["drafted"], strict=True)]
    low, high = (approx(end(gains), about=0.8, within=0.79, digits=2) for end in (min, max))
    print(
        f"{name:14} {approx(accepted / drafted, about=0.5, within=0.5, digits=2)} of the drafted tokens stayed, "
        f"{approx(per_round(told), about=2.5, within=1.6)} tokens per round, "
        f"speed-up from {low} to {high} in three repeats"
    )

# %% [markdown]
# - **int4 guesses best and loses most time here.** Nearly all of its tokens stay. But its weights are made floating
#   point again for each pass, so a drafted token costs *more* than one of the model's own. With a kernel that reads 4
#   bits, on a model that waits for memory, the same draft would be worth its cost.
# - **Prompt lookup finds hardly anything.** A story of a hundred tokens seldom repeats two tokens in a row. It is made
#   for texts that copy: a summary, a program that is edited. Where it finds nothing, a round is a plain pass, so that
#   it costs little. (**Exercise 6** is the search.)
#
# One part is easily forgotten: after a refusal, the keys and values of the refused tokens must leave the cache.
# **Exercise 9** asks what happens if they stay.
#
# One limit has a message of its own: positions end at `seq_len`, as lesson 12 explained.

# %%
try:
    inference.speculate(model, drafts["prompt lookup"], [END], 500)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# ## 4 · Pages
#
# Another way to do more in each pass: serve several readers at once. Their requests have different lengths, and come
# and go. A plain cache keeps room for the longest text in each row, whether it is used or not.
#
# So the memory is cut into **pages** of 16 tokens. A request takes as many pages as its text needs. They may lie
# anywhere, and a table of the request says where.
#
# **By hand.** A request has the pages 7, 2 and 9. Where is its token at position 37? 37 = 2 · 16 + 5. So it is in the
# table's entry 2 (counted from 0), which is page 9, in row 5. In letters: entry t // 16, row t % 16.
#
# **Guess first.** Six requests want 20, 25, 30, 40, 50 and 100 tokens, prompt included. A plain cache has 6 rows of 128
# tokens, 768 places. How many places do the pages take?

# %%
guess = ...  # places

# %%
pool = inference.PagePool(n_layer=12, pages=64, n_kv_head=5, page_size=16, head_dim=20)
wanted = [20, 25, 30, 40, 50, 100]
reveal("places in pages", 16 * sum(pool.pages_for(tokens) for tokens in wanted), guess)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="A plain cache keeps 768 places for 265 tokens, pages keep 320",
    xlabel="places for tokens",
    ylabel="tokens of the request",
    size=(7.0, 3.0),
)
height = range(len(wanted))
axes.barh(height, [128] * len(wanted), color="0.88", label="kept by a plain cache")
axes.barh(height, [16 * pool.pages_for(n) for n in wanted], color=plotting.PALETTE[1], label="kept in pages of 16")
axes.barh(height, wanted, color=plotting.PALETTE[0], label="used")
axes.set_yticks(height, [str(n) for n in wanted])
axes.set_xticks(range(0, 129, 16))
axes.invert_yaxis()
fig.legend(*axes.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=3)
plotting.show(
    fig,
    alt="A bar for each of six requests. The plain cache keeps 128 places for each. The pages keep at most 15 places "
    "more than the tokens that are used.",
    folded="What each request keeps, and what it uses",
)

# %% [markdown] fold="Why so many"
# 2 + 2 + 2 + 3 + 4 + 7 = 20 pages, 320 places. The texts have 265 tokens; what is lost is the rest of each last page.

# %% [markdown]
# **Exercise 7** gathers the keys of a request from its pages.
#
# ## 5 · Requests that come and go
#
# The server takes a step at a time. In each step:
#
# 1. it lets in the requests that fit, and reads their prompts;
# 2. it gives *every* running request a token, in one pass over all of them;
# 3. a request that is done gives back its pages at once.
#
# Here 12 requests arrive, one in each step, and at most 6 run at a time.

# %%
prompts = [story[: 3 + 2 * number] for number, story in enumerate(stories[:12].tolist())]
requests = [inference.Request(prompt, 10 + 5 * (number % 4), seed=number) for number, prompt in enumerate(prompts)]
server = inference.Server(model, pages=24, page_size=16, max_batch=6, stop_token=END)
told, running, in_use, arriving = {}, [], [], list(requests)
while arriving or server.waiting or server.running:
    if arriving:
        server.submit(arriving.pop(0))  # one arrives in each step
    told |= server.step()
    running.append(len(server.running))
    in_use.append(server.num_pages - len(server.pool.free))
print("steps:", len(running))
print("running after each:", running)
print("pages in use:      ", in_use)

# %% [markdown]
# **What to notice:** requests come and go at different steps, and a place that is free is taken in the next step. A
# request takes all the pages that it will need when it is let in, and gives them back in the step in which it ends. So
# the pages rise and fall with the requests, and at the end all 24 are free again. Long texts take more pages, so the
# same number of requests does not always mean the same number of pages.
#
# Does it matter who else was there? Write each request alone, and compare token by token.

# %%
one_at_a_time = {
    number: generate_batch(model, [r.prompt], r.max_new_tokens, seed=r.seed, stop_token=END)[0]
    for number, r in enumerate(requests)
}
print("same as one request at a time:", told == one_at_a_time)

# %% [markdown]
# It does not matter. (Each request draws from its own seed, and attention never looks into another's pages.)
#
# And what is it worth? 24 requests of 30 tokens, with different numbers at a time.


# %%
def serve(max_batch: int) -> None:
    """24 requests of 30 tokens, so many at a time."""
    server = inference.Server(model, pages=24 * 3, page_size=16, max_batch=max_batch)
    for number in range(24):
        server.submit(inference.Request([END], 30, seed=number))
    server.run()


batches = [1, 2, 4, 8, 24]
tokens_per_second = {B: 24 * 30 / fastest(lambda B=B: serve(B), runs=2) for B in batches}
throughput = {B: tokens_per_second[B] / tokens_per_second[1] for B in batches}
for B in (8, 24):
    measured(f"{B} at a time, times as many tokens per second as one", throughput[B], about=8, within=7.2)

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="More requests at a time: more tokens per second together, fewer for each that runs",
    xlabel="requests at a time",
    ylabel="times one at a time",
)
axes.plot(batches, [throughput[B] for B in batches], "o-", label="tokens per second, all together")
axes.plot(batches, [throughput[B] / B for B in batches], "s--", label="tokens per second, each request")
axes.axhline(1, linewidth=1, color="black")
axes.set_ylim(0, None)
axes.legend()
plotting.show(fig, alt="All tokens per second rise with the batch and flatten; tokens per second of each request fall.")

# %% [markdown]
# **What to notice:** the two lines go apart. Together the requests get more tokens per second, and each one that runs
# gets its own more slowly. Does a reader then wait longer? **By hand**, with a queue: all 24 came at once. One at a
# time they end after 1, 2, … 24 units of time, on average after 12.5. Let 24 at a time give four times as many tokens
# per second. Then all of them end after 24 / 4 = 6 units. So the first five wait longer than before, the sixth as long,
# and the other 18 are done earlier. Without a queue it is otherwise: a request that would have been alone only becomes
# slower. How many at a time is a choice.
#
# **The answer to the question.** In a model as thin as ours, the processor waits most for the next small product to be
# started, and for weights. In a large one it waits for weights. Both are paid for each *pass*. So make the pass lighter
# (fewer bits), or make it carry more: several tokens of one text (a draft), or one token of several texts (a batch).
#
# In numbers: int8 made the model from 9.4 to 2.5 MiB at no loss that we could measure, and 4 bits in groups of 25 to
# 1.6 MiB for about 2.4 nats per 128 tokens. A table of counts gave about 2.8 tokens per pass at k = 4, with exactly the
# model's distribution; in time that was little gain for short drafts on our machine, and none for longer ones, since
# drafts, softmax and checks have their price (your ranges stand above). Eight requests at a time
# gave several times the tokens per second of one.
#
# **What is missing.** On a large model nearly all the time is bytes. There a kernel that reads 4 bits gains most of
# what the size promises, a draft of a tenth of the size pays, and hundreds of requests share a pass. Our model is too
# thin to show it: drawing and starting products take most of its time.

# %% [markdown]
# ## What you have built
#
# | name | what it does | shape |
# |---|---|---|
# | `inference.bytes_per_token`, `flops_per_token` | what a token costs | numbers |
# | `inference.measure_machine()` | what the machine can do | bytes and operations per second |
# | `inference.quantize`, `dequantize` | to whole numbers and back | `(out, in)` ↔ int8, scales `(out, groups)` |
# | `inference.quantize_model(model, bits, group_size)` | a copy with all matrices quantized | the same model |
# | `inference.verify`, `residual` | what stays of a draft | `(k, V)`, `(k + 1, V)` → tokens |
# | `inference.speculate(target, draft, prompt, n, k=…)` | text of the target's distribution | ids |
# | `inference.law_of(program)` | the exact distribution of what a program returns | a dictionary |
# | `inference.PagedCache`, `Server` | requests that share a memory and a pass | ids |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** A draft is bad: nearly all of its tokens are refused. What becomes of the text?
#
# - It gets worse, but only a little
#   - The rule of acceptance gives p whatever q is. The quality does not change at all.
# - It has the same distribution, and takes longer
#   + Each round still gives one token of the target's, and the drafts were for nothing.
# - It ends early
#   - Each round gives at least one token.
#
# **2.** You quantize to 4 bits and halve the group size. What do you pay?
#
# - A larger error
#   - Smaller groups have smaller steps: the error falls.
# - Twice as many scales
#   + Each group has its own. With groups of 8 and scales of 4 bytes, the scales take as much as the numbers.
# - Nothing
#   - Then everybody would use groups of one number, with a scale for each.
#
# **3.** Why does a batch of 8 requests not take 8 times as long as one?
#
# - The requests take turns
#   - All 8 get a token in each step.
# - The cache makes reading free
#   - Each request still reads its own keys and values.
# - Each weight is fetched, and each product started, once for all 8
#   + The arithmetic grows with the batch, and there was room for it.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/19_inference.ipynb`: you quantize and go back, write the residual, mend a rule that
# changes the stories, look up a draft and read pages. Exercises 1 to 7 are one session of 72 minutes. The last two, a
# pencil and a text, are optional: 22 minutes more. Then **lesson 20**: what is inside the model that we have now
# made small and fast.
