# %% [markdown]
# # 14 · More than one device
#
# **When you finish, you can**
# - say what reduce-scatter, all-gather and all-reduce leave on each device, and build the last from the other two;
# - train one model on several processes, and show that it is the model which one process would have trained;
# - cut linear layers, heads, an embedding and a loss so that little has to travel;
# - predict to the byte what a device sends in a step, and what it must keep in memory;
# - choose between data parallel, tensor parallel and FSDP.
#
# **What you need first:** lessons 04, 05 and 07 (heads, MLP, GPT), 10 (Llama), and 11 (training).
#
# **Time:** two sessions. Between them is a good place to stop.
#
# | | subject | lesson | exercises |
# |---|---|---|---|
# | **Part A**, sections 1 and 2 | how devices talk, and data parallel | 45 minutes | 1 to 3: 46 minutes |
# | **Part B**, sections 3 to 7 | a model in parts, and what it costs | 65 minutes | 4 to 11: 92 minutes |
#
# **The question.** Llama 3.1 8B takes 32 GB in float32, and to train it takes 128 GB, because gradients and AdamW's two
# averages are added. Most GPUs have 24 to 80 GB. **How can several devices train a model that is too large for each of
# them, or train it faster than one device, and get the model that a single large device would have made, up to
# rounding?**
#
# You need no GPU for this. A device is first an item of a list, and then a process on your laptop. What you write for
# two processes runs on eight GPUs.
#
# Letters: `B` batch, `T` tokens, `C` width, `V` vocabulary, `L` blocks, `P` parameters, `N` devices. A device's number,
# from 0 to N − 1, is its **rank**.

# %%
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn import functional as F

from course_lib.config import PRESETS, GPTConfig, LlamaConfig
from course_lib.corpus import load_stories
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT, next_token_loss
from course_lib.llama import Llama
from course_lib.parallel import (
    check_divisible,
    count_traffic,
    data_parallel,
    data_parallel_bytes,
    fsdp_bytes,
    gather_gradients,
    gather_weights,
    launch,
    next_token_loss_and_backward,
    process_mesh,
    shard_fully,
    share_of_batch,
    tensor_parallel,
    tensor_parallel_bytes,
    whole,
)
from course_lib.show import diagram, plotting
from course_lib.show.guess import reveal
from course_lib.show.measured import measured
from course_lib.show.profiling import num_params
from course_lib.tokenization import train_tokenizer


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own for each draw, so that cells can be run in any order."""
    return torch.Generator().manual_seed(seed)


config = GPTConfig(vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, bias=True)

# %% [markdown]
# **Where we are.** This is the model of this lesson, a small GPT with biases. Part A gives every device *all* of it.
# Part B cuts each of its matrices in two: the linear layers of a block, its heads, the embedding and the head.

# %% fold="drawing"
diagram.model(GPT(config, seeded()), lit="block", tokens=8)

# %% [markdown]
# # Part A: the whole model on every device
#
# In this part devices learn to talk: three operations, and how the most important one is made. Then several devices
# train one model together, each with its own part of the batch.
#
# ## 1 · Three collectives
#
# Devices share nothing. A device knows a number of another device only if that number is sent. Nearly everything that
# training sends is one of three **collectives**, operations that all devices take part in:
#
# - **reduce-scatter:** add up everybody's tensors, and leave part $r$ of the sum on device $r$;
# - **all-gather:** everybody has a part, and afterwards everybody has all of them;
# - **all-reduce:** add up everybody's tensors, and leave the whole sum on every device.
#
# Here are three devices. Each is an item of a list, and its tensor has three parts. The digits show where a number
# comes from: a sum of 333 has a part from each device.


# %%
def reduce_scatter(tensors: list[Tensor]) -> list[Tensor]:
    """Device r keeps part r of the sum."""
    return list(torch.stack(tensors).sum(dim=0).chunk(len(tensors)))


def all_gather(parts: list[Tensor]) -> list[Tensor]:
    """Every device gets every part."""
    return [torch.cat(parts) for _ in parts]


before = [torch.tensor([1.0, 2.0, 3.0]) * 10**rank for rank in range(3)]
scattered = reduce_scatter(before)
gathered = all_gather(scattered)
for name, devices in (("before", before), ("reduce-scatter", scattered), ("then all-gather", gathered)):
    print(f"{name:16}", [device.tolist() for device in devices])

# %% [markdown]
# **What to notice.** Every device holds the whole sum at the end. That is what an all-reduce does. So **an all-reduce
# is a reduce-scatter, then an all-gather**. Remember this sentence; section 5 is built on it. The same with letters in
# place of numbers:


# %% fold="drawing"
def draw(axes, rows: list[list[str]], title: str) -> None:
    """A row for each device, a column for each part; a sum is grey, an empty place white."""
    for device, row in enumerate(rows):
        for part, text in enumerate(row):
            colour = "white" if not text else "lightgrey" if "+" in text else plotting.PALETTE["abc".index(text[0])]
            axes.barh(device, width=0.94, left=part + 0.03, height=0.9, color=colour)
            axes.text(part + 0.5, device, text, ha="center", va="center", fontsize="small")
    axes.set(xlim=(0, 3), ylim=(2.6, -0.6), title=title, yticks=range(3), xticks=(0.5, 1.5, 2.5))
    axes.set_xticklabels(["0", "1", "2"])
    axes.grid(False)


sums = [f"a{part}+b{part}+c{part}" for part in range(3)]
fig, panels = plotting.figure(
    title="An all-reduce is a reduce-scatter, then an all-gather",
    xlabel="part of the tensor",
    ylabel="device",
    columns=3,
    size=(3.9, 2.6),
)
draw(panels[0], [[f"{letter}{part}" for part in range(3)] for letter in "abc"], "each has its own tensor")
draw(panels[1], [[sums[part] if part == rank else "" for part in range(3)] for rank in range(3)], "reduce-scatter")
draw(panels[2], [sums] * 3, "all-gather of that: as after an all-reduce")
plotting.show(
    fig,
    alt="Three tables of three devices by three parts. First each device has its own letters. After a reduce-scatter "
    "device r has only the sum of part r. After an all-gather every device has all three sums.",
)

# %% [markdown]
# ### How an all-reduce is made
#
# Which device adds up the tensors? If device 0 did it, it would have to receive from everybody, and with more devices
# they would wait longer. The devices form a **ring** instead, and each sends only to its neighbour. Each tensor is cut
# into N parts, and at every step each device sends *one part* on, all of them at the same time:
#
# 1. First lap, N − 1 steps: add what arrives to your own part, and send that one next. This is the reduce-scatter.
# 2. Second lap, N − 1 steps: pass complete parts round. This is the all-gather.
#
# **By hand**, two devices with two parts each, (1, 2) and (10, 20):
#
# | step | device 0 sends | device 1 sends | device 0 holds | device 1 holds |
# |---|---|---|---|---|
# | start | | | (1, 2) | (10, 20) |
# | first lap | part 1: 2 | part 0: 10 | (**11**, 2) | (10, **22**) |
# | second lap | part 0: 11 | part 1: 22 | (11, **22**) | (**11**, 22) |
#
# After the first lap device 0 has the sum of part 0, and device 1 that of part 1, as a reduce-scatter promises. For
# that device r begins with part r − 1, so that part r comes to it last.
#
# Now with four devices. Every number is 1 at the start, so that a value tells **how many devices it has collected**:


# %%
def ring(tensors: list[Tensor]) -> list[Tensor]:
    """All states of an all-reduce on a ring, one for each step: (steps + 1) tensors of shape (N, parts)."""
    N = len(tensors)
    state = torch.stack(tensors)  # (N, parts): row r is what device r holds, a number for each part
    states = [state.clone()]
    for step in range(2 * (N - 1)):
        first_lap = step < N - 1
        sent = [(rank - 1 - step) % N for rank in range(N)]  # the part that each sends: one further back each time
        message = [state[rank, sent[rank]].clone() for rank in range(N)]
        for rank in range(N):
            sender = rank - 1  # Python's −1 is the last device, as the ring wants it
            old = state[rank, sent[sender]] if first_lap else 0.0
            state[rank, sent[sender]] = old + message[sender]
        states.append(state.clone())
    return states


states = ring([torch.ones(4) for _ in range(4)])
print("sums after the last step:", states[-1].unique().tolist())

# %% fold="drawing"
fig, panels = plotting.figure(
    title="In the first lap sums grow from device to device; in the second, complete ones are passed on",
    rows=2,
    columns=4,
    size=(2.6, 2.5),
)
names = ["start", *(f"first lap, step {s}" for s in (1, 2, 3)), *(f"second lap, step {s}" for s in (1, 2, 3))]
for axes, state, name in zip(panels, states, names, strict=False):
    plotting.heatmap(axes, state.numpy(), xlabel="part", ylabel="device", title=name, vmin=0, vmax=4, cbar=False)
    for rank, part in torch.cartesian_prod(torch.arange(4), torch.arange(4)).tolist():
        count = int(state[rank, part])
        axes.text(part + 0.5, rank + 0.5, str(count), ha="center", va="center", color="black" if count > 2 else "white")
panels[-1].set_visible(False)
plotting.show(
    fig,
    alt="Seven heatmaps of 4 devices by 4 parts: the number of terms collected. In the first lap one part per device "
    "grows to 2, 3 and 4. In the second lap the fours spread until all sixteen places hold 4.",
)

# %% [markdown]
# **Guess first.** A tensor takes 100 MB. With two devices each device sends two halves, as in the table above: 100 MB.
# How many MB does a device send with 1,000 devices?

# %%
guess = ...  # a number

# %%
megabytes = {N: round(2 * (N - 1) / N * 100, 1) for N in (2, 8, 1000)}
reveal("MB with 1,000 devices", megabytes[1000], guess)
reveal("MB with 2 and with 8", (megabytes[2], megabytes[8]))

# %% [markdown] fold="What this means"
# A device sends N − 1 parts in each of two laps, and a part is an N-th of the tensor: 2 · (N − 1)/N tensors. With 1,000
# devices these are 2 · 999/1000 · 100 MB. So a device never sends more than twice the tensor, **however many devices
# there are**. (The number of steps, 2·(N − 1), does grow, so with thousands of devices libraries use trees, or rings of
# rings.)

# %% [markdown]
# **You can now do exercises 1 and 2** (a reduce-scatter, and the ring).
#
# Compare the ring with two ways that look simpler. In the first, every device sends its whole tensor to all others:
# N − 1 tensors. In the second, all send theirs to device 0, which adds up and sends the sum back to each. Then device 0
# is the busiest, and it too sends N − 1 tensors.

# %% fold="drawing"
devices = torch.arange(2, 33)
fig, (axes,) = plotting.figure(
    title="On a ring no device sends more than two tensors",
    xlabel="devices N",
    ylabel="sent by the busiest device (tensors)",
)
axes.plot(devices, devices - 1, label="everyone to everyone, or device 0 to all", linestyle="--")
axes.plot(devices, 2 * (devices - 1) / devices, label="ring: 2·(N − 1)/N", linewidth=2.5)
axes.axhline(2, color="grey", linestyle=":", label="two tensors")
axes.legend()
plotting.show(
    fig,
    alt="Tensors sent by the busiest device against the number of devices. Everyone to everyone rises to 31 "
    "at 32 devices; the ring stays below the dotted line at two.",
    folded="What the busiest device sends, in three ways",
)

# %% [markdown]
# ### On real processes
#
# In a list nothing is really sent. Now do the same with three **processes**, each with its own memory. `launch` starts
# them, runs a function of yours in each, and gives back what they returned. The function is the same in all of them. It
# asks for its rank, to know which device it is. (They talk through **gloo**, which works on any CPU; GPUs use
# **nccl**.)


# %%
def three_collectives() -> dict[str, list[float]]:
    """What this process holds after each of the three."""
    rank, N = dist.get_rank(), dist.get_world_size()
    mine = torch.tensor([1.0, 2.0, 3.0]) * 10**rank
    part = torch.empty(1)
    dist.reduce_scatter_tensor(part, mine)
    whole = torch.empty(N)
    dist.all_gather_into_tensor(whole, part)
    dist.all_reduce(mine)  # in place
    return {"reduce-scatter": part.tolist(), "all-gather": whole.tolist(), "all-reduce": mine.tolist()}


for rank, held in enumerate(launch(three_collectives, 3)):
    print(f"rank {rank}: {held}")

# %% [markdown]
# These are the same numbers as in the list. The lines keep a rule: **every process calls the same collectives, in the
# same order.** If you break this rule, there is no error at first. One process just waits.
#
# ### The mistake that hangs
#
# Only one of the processes should print, or each line comes N times. So people write `if rank == 0`, and inside it they
# compute what they want to print:


# %%
def train_and_report() -> None:
    """One step, after which the first process reports the mean loss."""
    rank, N = dist.get_rank(), dist.get_world_size()
    loss = torch.tensor(3.0 + rank)
    if rank == 0:
        dist.all_reduce(loss)  # the other process never comes here
        print("mean loss:", loss.item() / N)


try:
    launch(train_and_report, 2, time_limit=4)
except TimeoutError as error:
    print("TimeoutError:", *(line for line in str(error).splitlines() if "torch" not in line), sep="\n")

# %% [markdown]
# Rank 0 waits in `all_reduce`. Rank 1 has long finished. On a cluster this looks like a job that uses all its GPUs and
# does nothing, until a time-out: ten minutes with nccl, thirty with gloo. The solution: **communicate everywhere, print
# in one place.** Take the `all_reduce` out of the `if`, and leave only `print` in it.
#
# ## 2 · Data parallel
#
# The simplest way to use N devices: give each a copy of the model, and each a share of the batch. Every device computes
# the gradient of its own texts. Then an all-reduce makes **one gradient** of them, every device takes the same step,
# and so the copies stay equal.
#
# **By hand:** four losses with slopes 1, 3, 5 and 11 have the mean 5. Two devices with two losses each find 2 and 8,
# and the mean of these is 5 again. In general, for N equal shares of B/N texts, **the mean of the gradients is the
# gradient of the whole batch**:
#
# $$\nabla \frac{1}{B}\sum_{i=1}^{B} \ell_i \;=\; \frac{1}{N}\sum_{r=0}^{N-1}
# \Big(\underbrace{\nabla \frac{N}{B}\sum_{i \in \text{share } r} \ell_i}_{\text{gradient on device } r}\Big)$$
#
# Now with a GPT and 16 texts, in float64, so that a rounding error cannot look like a mistake:

# %%
texts = list(load_stories(n=200)["text"])
tokenizer = train_tokenizer(texts, vocab_size=300)
tokens = torch.tensor([token for encoded in tokenizer.encode_batch(texts) for token in encoded.ids])
batches = BatchLoader(TokenDataset(tokens, seq_len=32), batch_size=16)
x, y = next(iter(batches))  # both (B, T)


def gradients(model: nn.Module, x: Tensor, y: Tensor) -> list[Tensor]:
    """Gradient of the mean loss, parameter by parameter."""
    return list(torch.autograd.grad(next_token_loss(model(x), y), list(model.parameters())))


model = GPT(config, seeded()).double()
on_each = [gradients(model, own_x, own_y) for own_x, own_y in zip(x.chunk(4), y.chunk(4), strict=True)]
averaged = [torch.stack(parts).mean(dim=0) for parts in zip(*on_each, strict=True)]
alone = gradients(model, x, y)
difference = max((one - other).abs().max().item() for one, other in zip(averaged, alone, strict=True))
measured(
    "mean over 4 devices, gradient of the whole batch: largest difference", difference, about=0, within=1e-12, digits=1
)

# %% [markdown]
# ### On real processes: DDP
#
# `DistributedDataParallel` does this for you. Wrapped by it, a model averages gradients in `backward`, and it does so
# *while backward still runs*: the last layers' gradients are sent while those of the first are computed. First train
# with one process and without DDP, to compare with:

# %%
STEPS = 3


def outcome(model: nn.Module, loss: Tensor) -> dict:
    """What there is to compare after training."""
    named = dict(model.named_parameters())
    gradients = {name: p.grad for name, p in named.items()}
    return {"loss": loss.item(), "gradients": gradients, "weights": {name: p.detach() for name, p in named.items()}}


def train_alone(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> dict:
    """A few steps of AdamW on one batch."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = next_token_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return outcome(model, loss)


alone = train_alone(GPT(config, seeded()).double(), x, y, STEPS)
print(f"loss in step {STEPS}: {alone['loss']:.3f}")

# %% [markdown]
# Then do the same on two processes. The wrapped model is new, and so is each process's share of `x` and of `y`.
# `count_traffic` notes what the processes send to each other. We will read its notes in section 6.


# %%
def train_data_parallel(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> dict:
    """As train_alone, on this process's share of the batch."""
    rank, N = dist.get_rank(), dist.get_world_size()
    replica = data_parallel(model)
    x, y = share_of_batch(x, rank, N), share_of_batch(y, rank, N)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        with count_traffic() as traffic:
            loss = next_token_loss(replica(x), y)
            loss.backward()
        optimizer.step()
    return outcome(model, loss) | {"messages": traffic.messages}


# %% [markdown]
# And then compare what each process has with what one process alone has made: gradients and weights.


# %%
def agree(one: dict, other: dict) -> dict[str, bool]:
    """Whether two outcomes are equal to nine decimals."""
    pairs = {kind: [(one[kind][name], other[kind][name]) for name in one[kind]] for kind in ("gradients", "weights")}
    return {kind: all((a - b).abs().max().item() < 1e-9 for a, b in both) for kind, both in pairs.items()}


ddp = launch(train_data_parallel, 2, GPT(config, seeded()).double(), x, y, STEPS)
print("losses of the two shares:", *(f"{held['loss']:.3f}" for held in ddp))
mean = sum(held["loss"] for held in ddp) / 2
measured("their mean and the whole batch's: difference", abs(mean - alone["loss"]), about=0, within=1e-9, digits=1)
for rank, held in enumerate(ddp):
    print(f"rank {rank}: equal to one process: {agree(held, alone)}")

# %% [markdown]
# Each process has seen half of the texts, and both have the model that one process would have made of all of them.
#
# ### Two mistakes that raise no error
#
# Gradients that are **summed** instead of averaged are N times too long. And if nobody tells a process which texts are
# its own, **all read the same ones**, compute the same gradient N times, and N − 1 devices work for nothing.
#
# **Guess first.** Eight devices with plain gradient descent and a learning rate that suits one device. At the start the
# loss is 5.7 nats per token, and 50 steps with averaged gradients bring it to 4.2. Where does it end with summed ones?

# %%
guess = ...  # nats per token

# %%
RATE, DEVICES = 0.3, 8
held_out = next(iter(BatchLoader(TokenDataset(tokens, seq_len=32), batch_size=64, seed=9)))  # (x, y), both (64, T)


def losses_with(factor: float, texts_used: int) -> list[float]:
    """Loss on other texts, step by step; factor: on the gradient; texts_used: of the 16 in each batch."""
    model, losses = GPT(config, seeded()), []
    for _, (x, y) in zip(range(50), batches, strict=False):
        for parameter, gradient in zip(
            model.parameters(), gradients(model, x[:texts_used], y[:texts_used]), strict=True
        ):
            parameter.data -= RATE * factor * gradient
        with torch.no_grad():
            losses.append(next_token_loss(model(held_out[0]), held_out[1]).item())
    return losses


curves = {
    "averaged": losses_with(1, 16),
    "summed: 8 times as long": losses_with(DEVICES, 16),
    "averaged, but all read the same two texts": losses_with(1, 16 // DEVICES),
}

# %% fold="setup"
last = {name: losses[-1] for name, losses in curves.items()}
end = last["summed: 8 times as long"]
reveal("with summed gradients", "no number any more" if not end < 1_000 else round(end, 1), guess)
measured("averaged: loss at the end", last["averaged"], about=4.3, within=0.5, unit="nats per token")
same_texts = last["averaged, but all read the same two texts"]
measured("the same two texts: loss at the end", same_texts, about=4.6, within=0.7, unit="nats per token")

# %% fold="drawing"
fig, (axes,) = plotting.figure(
    title="Summed gradients explode; in this run, the same texts everywhere teach less",
    xlabel="step",
    ylabel="loss on other texts (nats per token)",
)
for (name, losses), style in zip(curves.items(), ("-", "--", ":"), strict=True):
    axes.plot(losses, style, label=name, linewidth=2)
axes.set_ylim(3.8, 8.2)
axes.legend()
plotting.show(
    fig,
    alt="Loss against step. Averaged gradients fall from 5.6 to about 4.2. Summed ones leave the picture at the top "
    "within a few steps. With the same two texts on every device the loss falls too, but is higher nearly throughout.",
    folded="The loss, step by step",
)

# %% [markdown] fold="What this means"
# With summed gradients each step is eight times too long. It goes far past the minimum, and soon the loss is no number
# any more. To give every device the same texts is the more dangerous mistake: the model learns, the loss falls, and
# eight devices do the work of one.

# %% [markdown]
# **Both mistakes are found by one test: compare the gradient with that of one device on the whole batch.** Write it
# first.
#
# (With AdamW even the first mistake is hard to see, since Adam divides the gradient by its own size. Only the norm of
# the gradient, N times too large, shows it.)
#
# And if the shares are *not* equal, 10 texts on 4 devices? They are 3, 3, 2 and 2 texts. In the mean of four means each
# text of the first share has the weight 1/4 · 1/3 = 1/12, and each text of the last one 1/4 · 1/2 = 1/8. It should be
# 1/10 for all. Either each share's mean counts by its size (3/10, 3/10, 2/10, 2/10), as in exercise 3, or one avoids
# such batches: `share_of_batch` refuses them, and says what to do.
#
# (With torch's own `DataLoader` a `DistributedSampler` hands out the shares. Call its `set_epoch(epoch)` at the start
# of each epoch, or the texts come in the same order every time. And if you accumulate gradients over several batches,
# put all but the last into `with model.no_sync():`, or DDP sends after each of them.)

# %%
try:
    share_of_batch(torch.zeros(10, 32), rank=0, n_processes=4)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# **Part A ends here: a good place to stop.** Several devices can train one model, and it is the model that one device
# would have made, up to rounding. However many devices there are, each sends less than twice the gradient. But each
# device holds the *whole* model.
#
# **You can now do exercises 1 to 3** (about 46 minutes): a reduce-scatter, the ring, and a loop with a gradient that is
# wrong by a factor.

# %% [markdown]
# # Part B: a model in parts
#
# What if the model does not fit on a device? In this part every weight is cut. You see two ways, prove that the result
# is still the model of one device, and count what each way sends and keeps. (A new session? Run the cells of part A
# first. From there you need the sentence: an all-reduce is a reduce-scatter, then an all-gather.)
#
# ## 3 · Tensor parallel
#
# Data parallel has a limit: every device holds the whole model. If that does not fit, or if there is only one text to
# work on, **cut the matrices themselves**. All devices then work on the same tokens, each with its part of every
# weight. (This way of cutting is that of Megatron-LM, Shoeybi et al. 2019, arXiv:1909.08053.)
#
# ### A linear layer, cut by column
#
# A linear layer computes $y = xA$ (and adds a bias). **By hand**, with two inputs and two outputs:
#
# $$(1\;\,2)\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = (1 + 6,\;\, 2 + 8) = (7\;\,10)$$
#
# - **Cut by column:** device 0 has the column (1, 3), device 1 the column (2, 4). Both read the whole input. Device 0
#   finds 7, device 1 finds 10: each has a part of the *outputs*.
# - **Cut by row:** device 0 has the input 1 and the row (1, 2), device 1 has the input 2 and the row (3, 4). Device 0
#   finds (1, 2), device 1 finds (6, 8). Each has a part of the *sum*: (1, 2) + (6, 8) = (7, 10).
#
# (`nn.Linear` keeps the transposed matrix, of shape `(out, in)`. *Column* and *row* are those of $A$.)


# %% fold="drawing"
diagram.sharded(nn.Linear(48, 192), "column")

# %% fold="drawing"
diagram.sharded(nn.Linear(192, 48), "row")

# %% [markdown]
# Now a whole MLP with numbers that you can follow with a pencil: two inputs, four hidden units, two outputs. The first
# two columns of its first matrix are those from above, with the results 7 and 10. For the other two the results are
# 1 − 2 = −1 and 0 + 4 = 4. Each device has two columns:

# %%
x_small = torch.tensor([[1.0, 2.0]])  # (T, C), whole on both devices
up = torch.tensor([[1.0, 2.0, 1.0, 0.0], [3.0, 4.0, -1.0, 2.0]])  # A, two inputs and four hidden units
pieces = [x_small @ columns for columns in up.chunk(2, dim=1)]  # each (T, 2)
for rank, piece in enumerate(pieces):
    print(f"device {rank} finds {piece.tolist()}")
print("side by side they are the same as the whole output:", torch.equal(torch.cat(pieces, dim=1), x_small @ up))

# %% [markdown]
# Nothing was sent. But the output is in pieces. Which kind of layer can use such an input?
#
# ### And cut by row
#
# A row-parallel layer *wants* its input in pieces: device r multiplies its piece with its rows of $A$. What comes out
# has the full shape, but is only a part of the sum, so an **all-reduce** adds up. Between the two layers stands the
# activation. It works on each number by itself, so it can work on pieces. For the pencil take ReLU, which makes
# negative numbers 0:
#
# | | after ReLU | its rows of the second matrix | its part of the sum |
# |---|---|---|---|
# | device 0 | (7, 10) | (1, 0) and (0, 1) | 7 · (1, 0) + 10 · (0, 1) = (7, 10) |
# | device 1 | (0, 4) | (5, 5) and (2, 1) | 0 · (5, 5) + 4 · (2, 1) = (8, 4) |
#
# The sum is (15, 14), and with a bias of (1, 1) the output is (16, 15). The bias is added **once**, to the sum.

# %%
down, bias = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0], [2.0, 1.0]]), torch.tensor([1.0, 1.0])
partial = [piece.relu() @ own for piece, own in zip(pieces, down.chunk(2), strict=True)]  # each (T, C)
for rank, part in enumerate(partial):
    print(f"device {rank} finds {part.tolist()}")
output = sum(partial) + bias  # the all-reduce, and then the bias, once
alone_small = (x_small @ up).relu() @ down + bias
print("output:", output.tolist(), " the same as on one device:", torch.equal(output, alone_small))

# %% [markdown]
# **Column, then row: one all-reduce for the whole MLP**, and what it adds up is (T, C), narrower than the hidden layer.
# Why not row, then column? Then GELU would stand after a sum that is not finished, and GELU of a sum is not the sum of
# GELUs. (For ReLU it is the same.) With 1 on one device and −1 on the other:

# %%
one = torch.tensor(1.0)
print(f"gelu(1) + gelu(−1) = {F.gelu(one) + F.gelu(-one):.2f}, but gelu(1 + (−1)) = {F.gelu(one - one):.2f}")

# %% [markdown]
# **You can now do exercises 4 and 5** (a layer cut by column, and one cut by row).
#
# ### The mistake that passes its test
#
# Somebody cuts the second layer with its bias, as if it were any linear layer, and tests it on a new model:

# %%
mlp = GPT(config, seeded()).blocks[0].mlp.double()
h = torch.randn(2, 5, 48, generator=seeded(2), dtype=torch.float64)  # (B, T, C)


def mlp_with_bias_on_each(h: Tensor) -> Tensor:
    """The MLP on two devices; each adds the bias of the second layer to its part of the sum."""
    total = torch.zeros_like(h)
    up = zip(mlp.up_proj.weight.chunk(2), mlp.up_proj.bias.chunk(2), mlp.down_proj.weight.chunk(2, dim=1), strict=True)
    for weight, bias, down in up:
        total += F.linear(F.gelu(F.linear(h, weight, bias), approximate="tanh"), down, mlp.down_proj.bias)
    return total


print("a new model:     the same on two devices as on one:", torch.allclose(mlp_with_bias_on_each(h), mlp(h)))
nn.init.normal_(mlp.down_proj.bias, generator=seeded(3))  # as if it had been trained
print("a trained model: the same on two devices as on one:", torch.allclose(mlp_with_bias_on_each(h), mlp(h)))
print("what is too much is equal to one bias:", torch.allclose(mlp_with_bias_on_each(h) - mlp(h), mlp.down_proj.bias))

# %% [markdown]
# Biases begin at zero (lesson 08), and N · 0 = 0. So the test passes, and the model goes wrong with its first step. **A
# test of sharding must run some steps first.** That is why this lesson compares weights *after* training.
#
# ### Attention: heads are columns
#
# In lesson 04 heads were the columns of the projections, and no head looks at another. So attention is cut like the
# MLP: queries, keys and values by column, whole heads to each device; the output projection by row; one all-reduce.
#
# There is one trap. Our GPT has queries, keys and values in *one* weight of `(3C, C)`. Its rows come in this order, for
# four heads: `q0 q1 q2 q3 k0 k1 k2 k3 v0 v1 v2 v3`. Somebody cuts it straight into two halves. The attention on each
# device then does what it always does: it cuts what it has into thirds, and takes the second third for its keys.
#
# **Guess first.** What does device 0 take for its keys?

# %%
guess = ...  # two names in quotes, such as "v2 v3"

# %%
rows = [f"{part}{head}" for part in "qkv" for head in range(4)]  # in the order of the weight's rows
halves = [rows[:6], rows[6:]]
reveal("device 0 takes for keys", " ".join(halves[0][2:4]), guess)

# %% [markdown] fold="Why"
# The first half is `q0 q1 q2 q3 k0 k1`: all queries and half of the keys. Its second third is `q2 q3`. All shapes are
# right and there is no error, but the result is nonsense.

# %% [markdown]
# So the rows must be reordered before the cut. Each device needs *its* two heads of each third:

# %%
thirds = [rows[start : start + 4] for start in (0, 4, 8)]
for rank in range(2):
    print(f"device {rank}:", *(name for third in thirds for name in third[2 * rank : 2 * rank + 2]))

# %% [markdown]
# `tensor_parallel` does this. **You can now do exercise 6** (that order).
#
# And heads have to divide evenly. The course's GPT has five:

# %%
with torch.device("meta"):  # shapes, but no memory
    course_gpt = GPT(PRESETS["howsam"])
try:
    check_divisible(course_gpt, 2)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# It refuses dropout as well. After an all-reduce both devices hold the same stream, so both must drop the *same*
# numbers of it. But their heads and hidden units are different ones, so there they must drop *different* numbers. One
# random state cannot do both. (Megatron-LM keeps two.)
#
# ### And backward
#
# In the forward pass the input $x$ of a column-parallel layer went to every device. So in the backward pass its
# gradient comes from every device, in parts, and has to be added up: **one more all-reduce**. The row-parallel layer is
# the other way round: an all-reduce forward, nothing backward. That makes **four all-reduces per block**, two for
# attention and two for the MLP, and each is of the stream's shape, (B, T, C).
#
# ## 4 · The vocabulary in parts
#
# Four tenths of our course's GPT are its vocabulary: the embedding, which is the head as well. It is cut by token:
# device r has the rows of tokens $rV/N$ onward. An embedding then gives the row of each token that it has, and
# **zeros** for the others. The sum over devices is the embedding.

# %%
table = torch.tensor([[1.0], [2.0], [3.0], [4.0]])  # (V, C): 4 tokens, one number each
idx = torch.tensor([0, 3, 2])
found = []
for rank, shard in enumerate(table.chunk(2)):
    local = idx - rank * len(shard)  # its row in this shard, if it is here
    here = (local >= 0) & (local < len(shard))
    found.append(shard[local.where(here, 0)] * here[:, None])  # any row for the others, made zero
    print(f"device {rank}: {found[-1].flatten().tolist()}")
print("all-reduced:", sum(found).flatten().tolist())

# %% [markdown]
# Note `local >= 0`. Without it a token of an earlier device has a *negative* row number, and torch counts those from
# the end: you get a wrong row, and no error.
#
# **You can now do exercise 7** (this embedding).
#
# ### A loss that never sees all logits
#
# The head, cut by column, leaves each device with the logits of its own tokens: (B, T, V/N). Gathering them would send
# V numbers per token, 128,256 for Llama 3. But cross-entropy is
#
# $$\log \sum_v e^{z_v} - z_\text{target},$$
#
# the log of a sum over tokens, minus one number. Each device adds up its own exponentials, and one of them has the
# target. So **three numbers per token** suffice: the largest logit (subtracted first, so that no exponential
# overflows), the sum, and the target's logit.
#
# **By hand**, four tokens on two devices, logits (1, 2) and (3, 0), the target is the 3:
#
# | | device 0 | device 1 | all-reduced |
# |---|---|---|---|
# | largest | 2 | 3 | 3 |
# | sum of $e^{z - 3}$ | 0.135 + 0.368 = 0.503 | 1 + 0.050 = 1.050 | 1.553 |
# | the target's logit | 0 (not here) | 3 | 3 |
#
# The loss is 3 + ln 1.553 − 3 = 0.44. **You can now do exercise 8** (this loss). With 300 tokens:

# %%
logits = torch.randn(5, 300, generator=seeded(4))  # (tokens, V)
targets = torch.randint(300, (5,), generator=seeded(5))
parts = logits.chunk(2, dim=-1)  # on two devices
largest = torch.stack([part.amax(dim=-1) for part in parts]).amax(dim=0)  # all-reduce 1: the maximum
total = sum((part - largest[:, None]).exp().sum(dim=-1) for part in parts)  # all-reduce 2: a sum
own = [F.one_hot(targets, 300).chunk(2, dim=-1)[rank] * part for rank, part in enumerate(parts)]
target = sum(part.sum(dim=-1) for part in own)  # all-reduce 3: zero everywhere but where the target is
print("equal:", torch.allclose((largest + total.log() - target).mean(), F.cross_entropy(logits, targets), atol=1e-6))

# %% [markdown]
# ### The whole model on real processes
#
# These are the parts of which Llama's own code is made. It takes them from a library called *fairscale*. PyTorch has
# them built in:
#
# | here | Llama's reference code (fairscale) | `torch.distributed.tensor.parallel` |
# |---|---|---|
# | cut by column | `ColumnParallelLinear` | `ColwiseParallel` |
# | cut by row | `RowParallelLinear` | `RowwiseParallel` |
# | embedding by tokens | `VocabParallelEmbedding` | `RowwiseParallel` on an embedding |
# | loss from parts | (gathers all logits) | `loss_parallel` |
#
# With them you do not have to write a new model. `tensor_parallel` goes through a GPT or a Llama and says of each layer
# how it is cut. Its parameters become **DTensors**: tensors that know which part of the whole they are.


# %%
def train_tensor_parallel(models: dict[str, nn.Module], x: Tensor, y: Tensor, steps: int) -> dict[str, dict]:
    """For each model what there is to compare, put together from all processes."""
    results = {}
    for name, model in models.items():
        tensor_parallel(model, process_mesh())
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        logits = whole(model(x)).detach()
        for _ in range(steps):
            optimizer.zero_grad()
            with count_traffic() as traffic:
                loss = next_token_loss_and_backward(model, x, y)  # both: no process ever has all logits
            optimizer.step()
        kept = sum((p.to_local() if isinstance(p, DTensor) else p).numel() for p in model.parameters())
        held = {"gradients": gather_gradients(model), "weights": gather_weights(model), "messages": traffic.messages}
        results[name] = held | {"logits": logits, "loss": loss.item(), "kept": kept}
    return results


# %% [markdown]
# Two models go through it on two processes, a GPT and a Llama:

# %%
llama_config = LlamaConfig(
    vocab_size=300, seq_len=32, n_layer=2, n_embd=48, n_head=4, n_kv_head=2, hidden_dim=128, tie_embeddings=False
)
models = {"GPT": GPT(config, seeded()).double(), "Llama": Llama(llama_config, seeded()).double()}
ranks = launch(train_tensor_parallel, 2, models, x, y, STEPS)

# %% [markdown]
# Now the same without any sharding, and compared: the logits, and after three steps the loss, the gradients and the
# weights.

# %%
for name, model in models.items():
    logits = model(x).detach()
    unsharded = train_alone(model, x, y, STEPS)
    for rank, results in enumerate(ranks):
        held = results[name]
        equal = {"logits": (held["logits"] - logits).abs().max().item() < 1e-9}
        equal |= {"loss": abs(held["loss"] - unsharded["loss"]) < 1e-9} | agree(held, unsharded)
        print(f"{name:5} on rank {rank}, with {held['kept'] / num_params(model):.0%} of the parameters: {equal}")

# %% [markdown]
# **Sharded = unsharded**, to the ninth decimal, for a GPT with biases and a tied head as for a Llama with grouped
# heads. Each process has half of the weights, and a little more: what is small is whole on both. By hand for the GPT:
# 1,536 numbers of positions, 5 norms of 96, and the biases of 4 row-parallel layers, 48 each. These are 2,208. So a
# process keeps (72,576 − 2,208) / 2 + 2,208 = 37,392 numbers, and that is 52 %.
#
# ## 5 · FSDP: nothing is kept twice
#
# Tensor parallel cuts the arithmetic. There is another way to cut the memory, which leaves the arithmetic alone. With
# data parallel every device keeps, for **every** parameter, the weight, the gradient and AdamW's two averages: four
# numbers of 4 bytes, 16 bytes in float32. For 8 billion parameters that is 128 GB on each device. But a device needs a
# block's weights only while it computes that block. So:
#
# - each device **keeps an N-th** of every weight, of every gradient, and of both averages (with 8 devices, 16 GB);
# - before a block computes, its weights are **all-gathered**, and let go afterwards; in the backward pass once more;
# - its gradients are **reduce-scattered**: each device gets the sum for its N-th, and steps with that.
#
# This is *fully sharded data parallel* (the idea is ZeRO's, Rajbhandari et al. 2020, arXiv:1910.02054; its first
# stage, ZeRO-1, shares out only the averages). Remember the sentence from section 1. DDP does an all-reduce, which is a
# reduce-scatter and then an all-gather. FSDP does the same, with **the optimizer's step between the halves**.
#
# **By hand**, two weights on two devices, $w = (2, 4)$, plain gradient descent with a learning rate of 0.5. Each device
# has one example $z$ with the loss $\tfrac12 (w_0 - z_0)^2 + \tfrac12 (w_1 - z_1)^2$, so its gradient is $w - z$. The
# examples are (1, 1) on device 0 and (−1, −1) on device 1:
#
# | step | device 0 | device 1 |
# |---|---|---|
# | keeps | 2 | 4 |
# | all-gather of the weights | (2, 4) | (2, 4) |
# | gradient of its own example, $w - z$ | (2 − 1, 4 − 1) = (1, 3) | (2 + 1, 4 + 1) = (3, 5) |
# | reduce-scatter: its part of the sum | 1 + 3 = 4 | 3 + 5 = 8 |
# | its part of the mean | 4 / 2 = 2 | 8 / 2 = 4 |
# | its own step | 2 − 0.5 · 2 = **1** | 4 − 0.5 · 4 = **2** |
#
# One device with both examples would have found the mean of (1, 3) and (3, 5), which is (2, 4), and the same weights,
# (1, 2). Now the same in code, with the devices as items of a list:

# %%
w = torch.tensor([2.0, 4.0])
examples = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])  # one for each device
kept = list(w.chunk(2))  # each device keeps one of the two weights

found = []
for rank, gathered in enumerate(all_gather(kept)):
    gathered.requires_grad_()
    loss = ((gathered - examples[rank]) ** 2 / 2).sum()  # on its own example
    found.append(torch.autograd.grad(loss, gathered)[0])  # and then the gathered weights are let go
own = reduce_scatter(found)  # each device: the sum for its own weight
stepped = [part - 0.5 * total / 2 for part, total in zip(kept, own, strict=True)]  # / 2: the mean of two
for name, held in (("keeps", kept), ("gradient", found), ("part of the sum", own), ("keeps now", stepped)):
    print(f"{name:16} device 0: {held[0].tolist()!s:12} device 1: {held[1].tolist()}")

w.requires_grad_()
loss = ((w - examples) ** 2 / 2).sum(dim=1).mean()  # one device, both examples
print("one device has now", (w - 0.5 * torch.autograd.grad(loss, w)[0]).tolist())

# %% [markdown]
# And on real processes. PyTorch's `fully_shard`, also called FSDP2, does it block by block:


# %%
def train_fully_sharded(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> dict:
    """As train_data_parallel, but each process keeps only its part of everything."""
    rank, N = dist.get_rank(), dist.get_world_size()
    shard_fully(model, process_mesh())  # block by block
    x, y = share_of_batch(x, rank, N), share_of_batch(y, rank, N)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # its averages are parts as well
    for _ in range(steps):
        optimizer.zero_grad()
        with count_traffic() as traffic:
            next_token_loss(model(x), y).backward()
        optimizer.step()
    kept = sum(p.to_local().numel() for p in model.parameters())
    held = {"gradients": gather_gradients(model), "weights": gather_weights(model)}
    return held | {"kept": kept, "messages": traffic.messages}


fsdp = launch(train_fully_sharded, 2, GPT(config, seeded()).double(), x, y, STEPS)
for rank, held in enumerate(fsdp):
    share = held["kept"] / num_params(models["GPT"])
    print(f"rank {rank}, with {share:.0%} of the parameters: equal to one process: {agree(held, alone)}")

# %% [markdown]
# ## 6 · What is sent, in bytes
#
# The three ways have the same result. They differ in what is sent, and when. You can derive this from the sections
# above:
#
# | | what is sent in a step | payload, in numbers |
# |---|---|---|
# | **DDP** | an all-reduce of the gradients | P |
# | **FSDP** | all-gathers of the weights, twice; a reduce-scatter of the gradients | 3P − what stays gathered |
# | **tensor parallel** | all-reduces of (B, T, C), 4 per block and 2; 3 of (B, T) for the loss | (4L + 2)·BTC + 3·BT |
#
# (The 2: one all-reduce for the sum of the embedding, and one for the gradient at the input of the head.)
#
# On a ring a device **sends** (N − 1)/N of the payload for each gather or scatter, and twice that for an all-reduce.
# With FSDP, what is outside the blocks (embeddings, last norm, head) stays gathered between the two passes, so it is
# gathered only once. (gloo makes its reduce-scatter of an all-reduce, and sends twice as much for it; nccl does not. We
# count what a ring needs.)
#
# **By hand**, FSDP, with the sizes on the map at the top. The GPT has P = 72,576 parameters: 2 · 28,272 = 56,544 in its
# two blocks, and 14,400 + 1,536 + 96 = 16,032 outside. The numbers are float64 here, 8 bytes each, and there are two
# devices.
#
# | | numbers |
# |---|---|
# | all-gathers, forward: what is outside, block 0, block 1 | 16,032 + 28,272 + 28,272 = 72,576 |
# | all-gathers, backward: block 1, block 0 | 28,272 + 28,272 = 56,544 |
# | reduce-scatters of the gradients: block 1, block 0, what is outside | 28,272 + 28,272 + 16,032 = 72,576 |
# | payload: 3 · 72,576 − 16,032 | 201,696 |
# | each device sends (N − 1)/N = 1/2 of it | 100,848 |
#
# That is 100,848 · 8 = 806,784 bytes, in 3 + 2 + 3 = 8 operations. (The cell below shows what `count_traffic` found.)
#
# **Guess first.** A batch has 16 texts of 32 tokens, and C = 48. How many times as much as DDP does a process send with
# tensor parallel? (Both send all-reduces, so compare payloads.)

# %%
guess = ...  # such as 0.5, or 20

# %%
gpt = models["GPT"]
P, outside = num_params(gpt), num_params(gpt) - num_params(gpt.blocks)
formulas = {
    "DDP": data_parallel_bytes(P, 2, bytes_per_value=8),
    "FSDP": fsdp_bytes(P, outside, 2, bytes_per_value=8),
    "tensor parallel": tensor_parallel_bytes(config, batch_size=16, n_processes=2, bytes_per_value=8),
}
notes = {"DDP": ddp[0]["messages"], "FSDP": fsdp[0]["messages"], "tensor parallel": ranks[0]["GPT"]["messages"]}
sent = {way: sum(message.sent for message in messages) for way, messages in notes.items()}
reveal("tensor parallel sends, times as much as DDP", round(sent["tensor parallel"] / sent["DDP"], 1), guess)
for way, messages in notes.items():
    counts = f"{sent[way]:,} bytes (operations: {len(messages)}); by the formula {formulas[way].sent:,} bytes"
    reveal(f"{way} sends", counts)

# %% [markdown] fold="Where each number comes from"
# | | payload, in numbers | a device sends | bytes (8 per number) | operations |
# |---|---|---|---|---|
# | **DDP** | P = 72,576 | 2 · 1/2 of it | 580,608 | 1 |
# | **FSDP** | 201,696 (the table above) | 1/2 of it | 806,784 | 3 + 2 + 3 |
# | **tensor parallel** | (4 · 2 + 2) · 24,576 + 3 · 512 = 247,296 | 2 · 1/2 of it | 1,978,368 | 10 + 3 |
#
# (24,576 = 16 · 32 · 48 is B · T · C, and 512 = 16 · 32 is B · T.) 247,296 / 72,576 = 3.4. The model is tiny, and 512
# tokens are many for it.

# %% [markdown]
# Count and formula agree to the byte. Before you draw a conclusion, look at **when** it is sent. (DDP sends up to 25 MB
# in one message; all of our gradients fit into one.)

# %% fold="drawing"
colours = {"all_reduce": plotting.PALETTE[0], "all_gather": plotting.PALETTE[1], "reduce_scatter": plotting.PALETTE[2]}
fig, panels = plotting.figure(
    title="DDP sends in the backward pass only, the other two in both passes",
    xlabel="operation, in order",
    ylabel="payload (kB)",
    rows=3,
    size=(7.6, 2.1),
)
for axes, (way, messages) in zip(panels, notes.items(), strict=True):
    for place, message in enumerate(messages):
        axes.bar(place, message.payload / 1e3, color=colours[message.operation])
    forward = sum(message.when == "forward" for message in messages)
    axes.axvline(forward - 0.5, color="black", linestyle=":")
    axes.set(title=f"{way}: left of the dotted line forward, right of it backward", xlim=(-0.7, 12.7))
for operation, colour in colours.items():
    panels[1].bar(0, 0, color=colour, label=operation)
panels[1].legend(loc="upper right", fontsize="small")
plotting.show(
    fig,
    alt="Three rows of bars, one bar for each operation in a step. DDP has a single all-reduce, in the backward pass. "
    "FSDP has all-gathers forward, then all-gathers and reduce-scatters backward. Tensor parallel has equal "
    "all-reduces, half of them forward and half backward, and three tiny ones for the loss.",
)

# %% [markdown]
# - **DDP** and **FSDP** send what can be sent *while something else is computed*: the gradients of a finished layer,
#   the weights of the next one. Even a slow connection may cost no time.
# - **Tensor parallel** sends what the very next layer waits for. Every microsecond of sending is a microsecond of
#   waiting, 4L + 2 times per step, 4L of them in the blocks. That is why it stays inside one machine, where GPUs are
#   joined by the fastest links there are.
#
# **From bytes to seconds, by hand.** Eight GPUs of 80 GB train Llama 3.1 8B. Its 128 GB do not fit on one of them, so
# DDP is impossible, and we take FSDP. In float32 the weights are 32 GB. They are gathered twice and the gradients are
# scattered once, so each GPU sends at most 3 · 7/8 · 32 = 84 GB. Makers of links say how many GB per second go one way:
#
# | link | GB per second | time for 84 GB |
# |---|---|---|
# | NVLink, inside a machine of H100 GPUs | 450 | 0.19 seconds |
# | InfiniBand of 400 gigabits, between machines | 50 | 1.7 seconds |
# | a network cable of 1 gigabit | 0.125 | 670 seconds |
#
# How long does a step compute? Training takes about 6 operations per parameter and token (lesson 11). With half a
# million tokens these are 6 · 8 · 10⁹ · 5 · 10⁵ = 2.4 · 10¹⁶. Say that each of the eight GPUs does 4 · 10¹⁴ per second,
# four tenths of what the maker of the H100 states for bfloat16 (mixed precision, lesson 11). Then they need 2.4 · 10¹⁶
# / (8 · 4 · 10¹⁴) = 7.5 seconds. In that time the first two links have sent everything. The third has not.

# %% [markdown]
# ### How it grows
#
# Look at the table again: what DDP sends does not depend on the batch, and what tensor parallel sends grows with it.
#
# **Guess first.** Llama 3.2 1B has 1.24 billion parameters in 16 blocks of C = 2,048. With how many tokens per step
# does tensor parallel send as much as DDP?

# %%
guess = ...  # tokens per step

# %%
large = PRESETS["llama-3.2-1b"]
by_size = ("howsam", "gpt2", "gpt2-medium", "llama-3.2-1b", "gpt2-xl", "llama-3.2-3b", "llama-3.1-8b")
sizes = {}
for name in by_size:
    preset = PRESETS[name]
    with torch.device("meta"):  # shapes only
        model = Llama(preset) if isinstance(preset, LlamaConfig) else GPT(preset)
    sizes[name] = (num_params(model), num_params(model) - num_params(model.blocks))


def sent_by_each(name: str, tokens: int) -> dict[str, float]:
    """GB that each of 8 devices sends in a step with so many tokens, in float32."""
    P, outside = sizes[name]
    ways = {
        "DDP": data_parallel_bytes(P, 8),
        "FSDP": fsdp_bytes(P, outside, 8),
        "tensor parallel": tensor_parallel_bytes(PRESETS[name], tokens // 128, 8, seq_len=128),
    }
    return {way: formula.sent / 1e9 for way, formula in ways.items()}


# %%
crossing = sizes["llama-3.2-1b"][0] / ((4 * large.n_layer + 2) * large.n_embd)
reveal("tokens per step", round(crossing, -2), guess)

# %% fold="drawing"
fig, (left, right) = plotting.figure(
    title="Data parallel pays for parameters, tensor parallel for tokens",
    ylabel="sent by each of 8 devices, per step (GB)",
    columns=2,
    size=(5.4, 4.0),
)
tokens_per_step = [2**k for k in range(8, 20)]
for way, style in (("DDP", "-"), ("FSDP", "--"), ("tensor parallel", ":")):
    sent = [sent_by_each("llama-3.2-1b", n)[way] for n in tokens_per_step]
    left.plot(tokens_per_step, sent, style, label=way, linewidth=2.5)
    sent = [sent_by_each(name, 2**14)[way] for name in by_size]
    right.plot([sizes[name][0] for name in by_size], sent, style, marker="o", label=way, linewidth=2.5)
    if way == "DDP":
        named = dict(zip(by_size, sent, strict=True))
        for name in ("howsam", "gpt2", "llama-3.2-1b", "llama-3.1-8b"):
            last = name == by_size[-1]  # its name stands above the lines, and to the left
            place, shift = (sizes[name][0], named[name]), (6, 24) if last else (6, -16)
            right.annotate(name, place, shift, textcoords="offset points", fontsize=8, ha="right" if last else "left")
right.set_ylim(5e-3, 5e2)
left.set(title="Llama 3.2 1B", xlabel="tokens in the whole batch", xscale="log", yscale="log")
right.set(title="16,384 tokens per step, seven models (formula only)", xlabel="parameters", xscale="log", yscale="log")
left.legend()
plotting.show(
    fig,
    alt="Two plots on log axes. Left, for Llama 3.2 1B, against tokens per step: DDP and FSDP are flat at 9 and 12 GB, "
    "tensor parallel rises in proportion and crosses them near 10,000 tokens. Right, for 16,384 tokens, against "
    "parameters: DDP and FSDP rise in proportion, tensor parallel more slowly: 30 times DDP's for the smallest model, "
    "the same for 8 billion.",
    folded="Bytes against tokens and against parameters",
)

# %% [markdown] fold="What this means"
# DDP sends P numbers, tensor parallel (4L + 2) · C per token. 1.24 billion / (66 · 2,048) = 9,100 tokens: four or five
# texts of 2,048.
#
# The weights of a matrix grow with C², its activations with C. So **the larger the model, the better tensor parallel
# looks, and the larger the batch, the better data parallel looks**. When a text is written for one user, with one token
# per step, tensor parallel sends very little; this is how large models are served. (Why the step up near 1.5 billion
# parameters in the right picture? GPT-2 XL has 48 narrow blocks where Llama 3.2 1B has 16, and each block sends. The
# right picture is the formula only: eight devices cannot share out the 5 heads of howsam, the 12 of GPT-2 or the 25 of
# GPT-2 XL.)

# %% [markdown]
# ### What each device keeps
#
# Bytes that are sent cost time. Bytes that are kept decide whether it runs at all. Weights, gradients and AdamW's two
# averages are 16 bytes per parameter in float32: 4 for the weight, 4 for the gradient, 8 for the averages. (Activations
# come on top, and are not counted here.) For Llama 3.1 8B these are 128 GB with DDP, and with FSDP 128 / 8 = 16 GB on
# each of 8 devices.
#
# **Guess first.** ZeRO-1 is between the two: only the averages are shared out. How many GB does each of 8 devices keep?

# %%
guess = ...  # GB

# %%
P = sizes["llama-3.1-8b"][0]
reveal("GB on each of 8 devices with ZeRO-1", round((8 * P + 8 * P / 8) / 1e9), guess)

# %% fold="drawing"
devices = [1, 2, 4, 8, 16, 32]
fig, (axes,) = plotting.figure(
    title="With DDP an 8B model never fits on an 80 GB device, however many there are",
    xlabel="devices N",
    ylabel="kept by each device (GB)",
)
axes.plot(devices, [16 * P / 1e9] * len(devices), marker="o", label="DDP: 16 P")
averages_shared = [(8 * P + 8 * P / N) / 1e9 for N in devices]
axes.plot(
    devices, averages_shared, marker="s", linestyle="--", label="only the optimizer's averages shared out (ZeRO-1)"
)
axes.plot(
    devices, [16 * P / N / 1e9 for N in devices], marker="^", label="FSDP, and nearly so tensor parallel: 16 P / N"
)
axes.axhline(80, color="black", linestyle=":", label="a GPU of 80 GB")
axes.set_xscale("log", base=2)
axes.set_yscale("log", base=2)
axes.set_xticks(devices, [str(N) for N in devices])
axes.set_yticks([4, 8, 16, 32, 64, 128], ["4", "8", "16", "32", "64", "128"])
axes.legend(fontsize="small", loc="lower left")
plotting.show(
    fig,
    alt="Memory per device for Llama 3.1 8B against the number of devices, log axes. DDP stays at 128 GB, above the "
    "dotted 80 GB line. With shared averages it falls towards 64 GB. FSDP falls in proportion: 16 GB with 8 devices.",
    folded="Memory against the number of devices, for the three ways",
)

# %% [markdown]
# ## 7 · Which one, when?
#
# | | keeps, per device | sends, per step | waits for it? | use it when |
# |---|---|---|---|---|
# | **DDP** | 16 P | 2 P numbers | hardly | the model fits: the simplest, and fewer bytes than FSDP |
# | **FSDP** | 16 P / N | 3 P numbers | a little | it does not fit, and the batch is large |
# | **tensor parallel** | 16 P / N | 2·(4L + 2)·BTC numbers | always | a layer is too large, or few tokens are due |
# | **together** | | | | tensor parallel inside a machine, FSDP or DDP across machines |
#
# (The numbers sent are for many devices, where (N − 1)/N is nearly 1.) We did not measure time: two processes share the
# cores of one laptop, so a gain is not to be expected here. You have used two to see that the result is *right*.

# %% [markdown]
# ### On several GPUs
#
# What `launch` does for a function, **torchrun** does for a script: it starts N processes and tells each who it is. The
# same script runs on a laptop and on eight GPUs. Only the backend differs, gloo or nccl:
#
# ```python
# # train_together.py
# import os
#
# import torch
# import torch.distributed as dist
#
# from course_lib.config import PRESETS
# from course_lib.gpt import GPT, next_token_loss
# from course_lib.parallel import data_parallel, share_of_batch
#
# gpu = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])  # a GPU for each process on this machine
# dist.init_process_group("nccl" if gpu else "gloo")  # torchrun has said how many there are, and where they meet
# device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if gpu else torch.device("cpu")
# if gpu:
#     torch.cuda.set_device(device)
# model = data_parallel(GPT(PRESETS["howsam"]).to(device))
# optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
# for step in range(10):
#     generator = torch.Generator().manual_seed(step)  # the same batch everywhere, of which each takes its share
#     batch = torch.randint(10_000, (16, 129), generator=generator)
#     batch = share_of_batch(batch, dist.get_rank(), dist.get_world_size()).to(device)
#     optimizer.zero_grad()
#     loss = next_token_loss(model(batch[:, :-1]), batch[:, 1:])
#     loss.backward()
#     optimizer.step()
#     dist.all_reduce(loss)  # everywhere …
#     if dist.get_rank() == 0:
#         print(f"step {step}: loss {loss.item() / dist.get_world_size():.3f}")  # … printed in one place
# dist.destroy_process_group()
# ```
#
# ```sh
# torchrun --standalone --nproc-per-node 2 train_together.py    # two processes on a laptop
# torchrun --standalone --nproc-per-node 8 train_together.py    # eight GPUs of one machine
# # and on each of two machines, the first of which is called HOST:
# torchrun --nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint HOST:29500 train_together.py
# ```
#
# The command of lesson 11 is such a script. Under torchrun it shares its work by itself, with DDP unless you say
# otherwise, and one process can go on where two have stopped:
#
# ```sh
# torchrun --standalone --nproc-per-node 2 -m course_tools train --parallel fsdp
# ```
#
# **The answer to our question.** Each device keeps an N-th of the weights, gradients and averages (FSDP), or computes
# an N-th of each layer (tensor parallel). The 128 GB of Llama 3.1 8B become 16 GB on each of eight devices. The model
# is the one that a single device would have made, up to rounding: on two real processes all weights agreed to nine
# decimals after three steps, for all three ways. The price is what is sent. Here it was 0.6 MB per step with DDP, 0.8
# MB with FSDP, and 2.0 MB with tensor parallel, and the formulas gave these numbers to the byte.
#
# **What is missing.** We count bytes and not seconds: two processes that share the cores of one laptop show no gain.
# And activations are not in our count of memory. Pipelines, in which each device has some of the *blocks*, are not in
# this lesson.
#
# **You can now do exercises 4 to 11** (about 92 minutes); 9, 10 and 11 are two counts of bytes and a choice.
#
# ## What you have built
#
# | name | what it gives |
# |---|---|
# | `parallel.launch(function, N, *args)` | what the function returns in each of N processes |
# | `parallel.data_parallel(model)`, `share_of_batch` | DDP: the mean of all gradients |
# | `parallel.tensor_parallel(model, mesh)` | a GPT or a Llama, cut by column, by row and by word |
# | `parallel.next_token_loss_and_backward(model, x, y)` | the loss of split logits, and its gradients |
# | `parallel.shard_fully(model, mesh)` | FSDP: an N-th of everything |
# | `parallel.gather_weights`, `gather_gradients` | `{name: tensor}`, as the unsharded model has them |
# | `parallel.count_traffic()` | every operation among processes, with its bytes |
# | `data_parallel_bytes`, `fsdp_bytes`, `tensor_parallel_bytes` | the same bytes, from the configuration |

# %% [markdown] quiz=true
# ### Three questions to check yourself
#
# Open the choice that you think is right.
#
# **1.** You go from 1 to 8 GPUs with DDP, and leave the batch of each GPU as it was. What has become of the training?
#
# - The same run, eight times quicker
#   - Each step now takes the mean over eight times as many texts, and there are an eighth as many steps per epoch.
# - Another run, with a batch eight times as large
#   + The gradient's noise is smaller, so a larger learning rate is often possible, with more warm-up. For the same run
#   give each GPU an eighth of the batch.
# - Eight models, from which you choose the best
#   - The gradients are averaged in every step, so the eight copies stay equal.
#
# **2.** Why does `tensor_parallel` refuse a model with dropout?
#
# - Dropout needs the whole batch on one device
#   - It works on each number by itself.
# - Dropout would be sent as well, and that costs too much
#   - Random numbers need not be sent: each device can draw them from its own random state.
# - Two devices would have to drop the same numbers in one place and different ones in another
#   + Copies of the stream must lose the *same* numbers, parts of heads and hidden units *different* ones. One random
#   state cannot do both; Megatron-LM keeps two.
#
# **3.** A friend says: "FSDP sends 1.5 times as much as DDP, so it must be slower." When is that wrong?
#
# - When the sending hides behind computing
#   + It does if blocks are large and the wire is fast. The memory that FSDP frees may also let each device take a
#   larger batch. And if DDP does not fit at all, FSDP is the only one that runs.
# - Never: more bytes take more time
#   - Only if something waits for them. FSDP fetches the next block's weights while this block computes.
# - When there are only two devices
#   - The ratio of the bytes is nearly the same for two devices as for many.

# %% [markdown]
# ### What comes next
#
# The exercises are in `exercises/14_parallel.ipynb`: a ring, gradients that are wrong by a factor, layers and words cut
# up, and two predictions to the byte. You have a tokenizer, a GPT and a Llama, a training loop, and now as many devices
# as you can find: **train something of your own.** Then **lesson 15, evaluation and scaling**: how good a model is, and
# how large it should be.
