# %% [markdown]
# # Exercises 14 · More than one device
#
# Eleven exercises on lesson 14: collectives, data parallel, tensor parallel, and what is sent. Ten are checked by the
# cell after them. You answer the last one in words. Run a check as often as you like: the inputs are new each time,
# except for the two predictions. If you are stuck, `hint(name)` gives three hints, one at a time.
#
# You need no second device and no second process. **A device is an item of a list here**: what N devices would do at
# the same time, you do for one after the other. Everything that they send to each other goes through a function that
# counts it.
#
# Letters: `B` batch, `T` tokens, `C` width, `V` vocabulary, `N` devices; `r`, from 0 to N − 1, is a device's *rank*.

# %%
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks import check, hint

# %% [markdown] exercise="reduce_scatter" kind="implement" difficulty=1 minutes=6 points=1
# ## Exercise 1: Reduce-scatter
#
# Each of N devices has a tensor of the same shape. Its first dimension is a multiple of N, so that it can be cut into N
# equal parts. Afterwards device r holds only **part r of the sum** of all tensors. Return what the devices
# hold, in order.


# %% answer="reduce_scatter"
def reduce_scatter(tensors: list[Tensor]) -> list[Tensor]:
    """One part of the sum for each device."""
    ### BEGIN SOLUTION
    total = torch.stack(tensors).sum(dim=0)
    return list(total.chunk(len(tensors)))
    ### END SOLUTION


# %% check="reduce_scatter"
check(reduce_scatter)

# %% [markdown] exercise="ring_all_reduce" kind="implement" difficulty=3 minutes=25 points=4
# ## Exercise 2: An all-reduce on a ring
#
# Now a device sees only its own tensor and what other devices send to it. The N devices form a ring, and
# `arrived = exchange(outgoing)` lets all of them send at once: device r sends `outgoing[r]` to device r + 1, the last
# one to device 0. `arrived[r]` is what device r was sent.
#
# Afterwards every device should hold the sum of all tensors. They are one-dimensional, and their length is a multiple
# of N. Send **one part of N at a time**:
#
# 1. In the first lap, N − 1 exchanges, each device adds what arrives to its own part, and sends that one on next. Then
#    each holds one complete part.
# 2. In the second lap, again N − 1 exchanges, the complete parts are passed round.
#
# The check looks at the sums, at the number of exchanges, and at how many numbers were sent.


# %% answer="ring_all_reduce"
def ring_all_reduce(
    tensors: list[Float[Tensor, " n"]], exchange: Callable[[list[Tensor]], list[Tensor]]
) -> list[Float[Tensor, " n"]]:
    """The sum of all tensors, once for each device."""
    ### BEGIN SOLUTION
    N = len(tensors)
    parts = [list(tensor.chunk(N)) for tensor in tensors]  # parts[device][part]
    for step in range(N - 1):
        arrived = exchange([parts[r][(r - step) % N] for r in range(N)])
        for r in range(N):  # what arrives is the part that device r − 1 has sent
            parts[r][(r - 1 - step) % N] = parts[r][(r - 1 - step) % N] + arrived[r]
    for step in range(N - 1):  # part r + 1 is complete on device r
        arrived = exchange([parts[r][(r + 1 - step) % N] for r in range(N)])
        for r in range(N):
            parts[r][(r - step) % N] = arrived[r]
    return [torch.cat(mine) for mine in parts]
    ### END SOLUTION


# %% check="ring_all_reduce"
check(ring_all_reduce)

# %% [markdown] exercise="data_parallel_gradient" kind="debug" difficulty=2 minutes=15 points=4
# ## Exercise 3: More devices, and it learns worse
#
# Somebody has made training data parallel. With one device everything is right. With two the loss jumps up and down;
# with eight it explodes. Run the cell: it compares the gradient of N devices with that of one. **Two** things are
# wrong.


# %%
def broken_data_parallel_gradient(weight, x, y, devices):
    """What every device holds after the all-reduce of its gradients."""
    gradients = []
    for _ in range(devices):
        mine = slice(0, len(x) // devices)
        w = weight.detach().requires_grad_()
        loss = F.cross_entropy(x[mine] @ w.T, y[mine])
        loss.backward()
        gradients.append(w.grad)
    return torch.stack(gradients).sum(dim=0)


generator = torch.Generator().manual_seed(0)
weight, x = torch.randn(5, 3, generator=generator), torch.randn(24, 3, generator=generator)
y = torch.randint(5, (24,), generator=generator)
alone = broken_data_parallel_gradient(weight, x, y, 1)
for devices in (2, 4, 8):
    gradient = broken_data_parallel_gradient(weight, x, y, devices)
    print(f"{devices} devices: {gradient.norm() / alone.norm():4.1f} times as long as the gradient on one device")

# %% [markdown]
# Write it so that any number of devices gives the gradient of one: that of the mean loss over the whole batch. Each
# device takes its own examples, in order. **The batch need not divide evenly**: seven examples on three devices are 3,
# 2 and 2, as `tensor_split` cuts them.


# %% answer="data_parallel_gradient"
def data_parallel_gradient(
    weight: Float[Tensor, "V C"], x: Float[Tensor, "B C"], y: Int[Tensor, " B"], devices: int
) -> Float[Tensor, "V C"]:
    """The gradient with respect to weight of the mean cross-entropy, computed by several devices."""
    ### BEGIN SOLUTION
    gradients = []
    for mine, target in zip(x.tensor_split(devices), y.tensor_split(devices), strict=True):
        w = weight.detach().requires_grad_()
        # Over the size of the whole batch: a mean over each share would count the examples of a small one for more.
        loss = F.cross_entropy(mine @ w.T, target, reduction="sum") / len(x)
        loss.backward()
        gradients.append(w.grad)
    return torch.stack(gradients).sum(dim=0)
    ### END SOLUTION


# %% check="data_parallel_gradient"
check(data_parallel_gradient)

# %% [markdown] exercise="column_parallel" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 4: A linear layer, cut by column
#
# The layer computes `x @ weight.T + bias`. Every device has the whole `x`. Device r computes the r-th share of the
# **outputs**, and has only the part of weight and bias that it needs for this. Return the pieces of the output, one for
# each device.


# %% answer="column_parallel"
def column_parallel(
    x: Float[Tensor, "*batch C"], weight: Float[Tensor, "out C"], bias: Float[Tensor, " out"], devices: int
) -> list[Float[Tensor, "*batch out/N"]]:
    """The pieces of the output; side by side they are the layer's output."""
    ### BEGIN SOLUTION
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)  # (out/N, C) and (out/N,)
    return [F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards]
    ### END SOLUTION


# %% check="column_parallel"
check(column_parallel)

# %% [markdown] exercise="row_parallel" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 5: And cut by row
#
# Now it is the **input** that lies in pieces: device r holds `pieces[r]`, as a column-parallel layer has left it. Each
# device multiplies its piece by its part of `weight`. `all_reduce(parts)` takes one tensor from each device and returns
# the sum, which all of them then hold. Return the output of the layer, bias included.
#
# The check also counts what was reduced: one all-reduce of the output must do.


# %% answer="row_parallel"
def row_parallel(
    pieces: list[Float[Tensor, "*batch in/N"]],
    weight: Float[Tensor, "out in"],
    bias: Float[Tensor, " out"],
    all_reduce: Callable[[list[Tensor]], Tensor],
) -> Float[Tensor, "*batch out"]:
    """The whole output, as every device holds it after the all-reduce."""
    ### BEGIN SOLUTION
    shards = weight.chunk(len(pieces), dim=1)  # each (out, in/N)
    products = [piece @ own.T for piece, own in zip(pieces, shards, strict=True)]  # each (..., out): some of the terms
    return all_reduce(products) + bias  # once, after the sum
    ### END SOLUTION


# %% check="row_parallel"
check(row_parallel)

# %% [markdown] exercise="shard_qkv" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 6: Heads on devices
#
# Our attention has one weight of shape `(3C, C)` for queries, keys and values: the first C rows give the queries of all
# heads, the next C the keys, the last C the values. In each third head 0 comes first. Give each of N devices its share
# of the heads: a weight of shape `(3C/N, C)` in the same order: queries, then keys, then values. The number of heads is
# a multiple of N.


# %% answer="shard_qkv"
def shard_qkv(weight: Float[Tensor, "3C C"], devices: int) -> list[Float[Tensor, "3C/N C"]]:
    """For each device the rows of its own heads."""
    ### BEGIN SOLUTION
    q, k, v = (part.chunk(devices) for part in weight.chunk(3))  # of each N shares of (C/N, C)
    return [torch.cat([q[r], k[r], v[r]]) for r in range(devices)]
    ### END SOLUTION


# %% check="shard_qkv"
check(shard_qkv)

# %% [markdown] exercise="embed_shard" kind="implement" difficulty=2 minutes=10 points=2
# ## Exercise 7: An embedding in parts
#
# This device holds some rows of the embedding, those of the tokens `first`, `first + 1`, … Give the row of each of its
# own tokens, and **zeros** for every other token: the sum over all devices is then the embedding.


# %% answer="embed_shard"
def embed_shard(idx: Int[Tensor, "*batch"], shard: Float[Tensor, "V/N C"], first: int) -> Float[Tensor, "*batch C"]:
    """What this device adds to the sum."""
    ### BEGIN SOLUTION
    local = idx - first
    here = (local >= 0) & (local < len(shard))
    rows = shard[local.where(here, 0)]  # row 0 stands in for tokens that are elsewhere
    return rows * here[..., None]
    ### END SOLUTION


# %% check="embed_shard"
check(embed_shard)

# %% [markdown] exercise="vocab_parallel_loss" kind="implement" difficulty=3 minutes=20 points=4
# ## Exercise 8: The loss without ever having all logits
#
# The logits of some tokens are in pieces as well: device r holds those of the vocabulary from token $rV/N$ on. Compute
# the mean cross-entropy. Use `all_reduce(parts)` for sums and `all_reduce(parts, "max")` for the largest, elementwise:
# each takes one tensor from each device. All that may be reduced is **three numbers per token**. Logits can be as large
# as a thousand.
#
# $$\text{loss} = \log \sum_{v} e^{z_v} - z_\text{target}$$


# %% answer="vocab_parallel_loss"
def vocab_parallel_loss(
    logits: list[Float[Tensor, "tokens V/N"]], targets: Int[Tensor, " tokens"], all_reduce: Callable[..., Tensor]
) -> Float[Tensor, ""]:
    """Mean cross-entropy, in nats per token."""
    ### BEGIN SOLUTION
    width = logits[0].shape[-1]
    largest = all_reduce([part.amax(dim=-1) for part in logits], "max")  # (tokens,)
    total = all_reduce([(part - largest[:, None]).exp().sum(dim=-1) for part in logits])  # (tokens,)
    found = []
    for rank, part in enumerate(logits):  # the target's logit: an embedding's trick, with zeros where it is elsewhere
        local = targets - rank * width
        here = (local >= 0) & (local < width)
        found.append(part.gather(-1, local.where(here, 0)[:, None])[:, 0] * here)
    return (largest + total.log() - all_reduce(found)).mean()
    ### END SOLUTION


# %% check="vocab_parallel_loss"
check(vocab_parallel_loss)

# %% [markdown] exercise="predict_ddp_bytes" kind="predict" difficulty=2 minutes=6 points=2
# ## Exercise 9: What data parallel sends
#
# GPT-2 (12 blocks, C = 768, V = 50,257, 1,024 positions, biases; the head is tied) is trained in float32 by
# **8 devices**, data parallel. How many **bytes does one device send in a step**, if the gradients are all-reduced on a
# ring? Count the parameters with paper and pencil, or look them up in lesson 07. Write your prediction as an expression
# or as a number; it must be exact.


# %% answer="predict_ddp_bytes"
def predict_ddp_bytes() -> int:
    """Bytes that one device sends in one step."""
    ### BEGIN SOLUTION
    block = 12 * 768**2 + 13 * 768
    parameters = 12 * block + 50_257 * 768 + 1_024 * 768 + 2 * 768  # 124,439,808
    return 2 * 7 * parameters * 4 // 8  # two laps of 7 parts, each an eighth
    ### END SOLUTION


# %% check="predict_ddp_bytes"
check(predict_ddp_bytes)

# %% [markdown] exercise="predict_tp_bytes" kind="predict" difficulty=2 minutes=6 points=2
# ## Exercise 10: What tensor parallel sends
#
# Llama 3.2 1B (16 blocks, C = 2,048) is trained in float32 by **8 devices**, tensor parallel, with 4 texts of 2,048
# tokens in a batch. How many **bytes does one device send in a step**? Count the all-reduces of the blocks, forward and
# backward, on a ring; leave out embedding, head and loss.


# %% answer="predict_tp_bytes"
def predict_tp_bytes() -> int:
    """Bytes that one device sends in one step, for the blocks."""
    ### BEGIN SOLUTION
    all_reduces = 16 * (2 + 2)  # after attention and after the MLP, and as many in the backward pass
    stream = 4 * 2_048 * 2_048 * 4  # bytes of (B, T, C)
    return all_reduces * 2 * 7 * stream // 8
    ### END SOLUTION


# %% check="predict_tp_bytes"
check(predict_tp_bytes)

# %% [markdown] exercise="explain_strategies" kind="explain" difficulty=2 minutes=20 points=6
# ## Exercise 11: Which one, when?
#
# Training with AdamW in float32 keeps 16 bytes per parameter: weight, gradient, and two averages. For each case say
# whether you would use **DDP, FSDP, tensor parallel**, a mixture, or none, and why. Name what decides: the memory, the
# bytes sent, or the speed of the link.
#
# 1. A 30-million-parameter GPT; one machine with 4 GPUs of 24 GB each.
# 2. The same GPT on a laptop with two CPU cores.
# 3. Llama 3.1 8B; one machine with 8 GPUs of 80 GB each, joined by a fast link.
# 4. Llama 3.1 8B written out for one user, as quickly as possible, on 4 such GPUs.
# 5. A model of 400 billion parameters on 16 machines of 8 GPUs of 80 GB each; between machines the link is twenty times
#    as slow as inside.
#
# Then in two sentences: why does a column-parallel layer come before a row-parallel one, and not the other way round?

# %% [markdown] answer="explain_strategies"
# ### BEGIN SOLUTION
# **Model answer.**
#
# 1. **DDP.** 30 million parameters are 0.5 GB with gradients and averages: they fit easily. DDP sends the
#    gradients once per step, 2 · 3/4 · 120 MB = 180 MB for every size of the batch, while the backward pass still runs.
# 2. **None.** Two processes on two cores do not compute more than one process with two threads, and they have to send
#    data. (For a lesson they are fine.)
# 3. **FSDP.** 8.03 billion · 16 bytes = 128 GB do not fit into 80 GB, so DDP is impossible. In eighths they are 16 GB
#    per GPU, which leaves room for activations. It sends 1.5 times as much as DDP, three laps in place of two, and
#    most of that while something else is computed. Tensor parallel would fit too, but sends activations many times per
#    step, and everything waits for them.
# 4. **Tensor parallel.** One text cannot be shared out as examples, so DDP and FSDP do not make it quicker: with FSDP
#    every device would read all weights for each token. Cut into quarters, each GPU reads a quarter of the weights, and
#    the all-reduces are small: one token of 4,096 numbers.
# 5. **A mixture:** tensor parallel inside a machine, where the link is fast and its many all-reduces are waited for;
#    FSDP across machines, because it can send while something is computed. 400 billion · 16 bytes = 6.4 TB: on 128 GPUs
#    these are 50 GB each. (DDP across machines would leave 800 GB on each. Pipeline parallel is a good answer too.)
#
# Column first leaves the hidden numbers in pieces, just as a row-parallel layer wants them; GELU or SwiGLU works on
# each number by itself, attention on each head by itself, so nothing has to be sent between the two. The other way
# round there would be an all-reduce in the middle, because GELU of a sum is not the sum of GELUs, and an all-gather at
# the end.
#
# **Marks.** 1 point for each case: half for the choice, half for a reason that names a number or the speed of a link.
# (1 and 3 need the memory computed; 4 needs that one text is not a batch; 5 needs that the slow link decides.) 1 point
# for the last question: half for "nothing is sent between", half for the activation or the heads as the reason.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You have written by hand what `torch.distributed` does when a thousand devices train one model: a ring that adds,
# gradients that are averaged, layers, heads and a vocabulary cut so that little has to be sent. The habit to keep:
# **sharded must equal unsharded**, in values and in gradients. Test it with two processes on a laptop before you rent
# eight devices.
