"""The exercises of lesson 14: right answers, and the mistakes that are really made with more than one device.

A device is an item of a list: what N processes would do is done one after the other, so that a check takes no time.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.multi_head_attention import merge_heads, split_heads

AllReduce = Callable[..., Tensor]
Exchange = Callable[[list[Tensor]], list[Tensor]]


def drawn_tensors(generator: torch.Generator, count: int, *shape: int) -> list[Tensor]:
    """One tensor a device, of whole numbers from −9 to 9: sums in any order are the same to the last bit."""
    return [torch.randint(-9, 10, shape, generator=generator).float() for _ in range(count)]


# Exercise 1: reduce-scatter


def reduce_scatter(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Device r keeps part r of the sum."""
    return list(sum(tensors, torch.zeros_like(tensors[0])).chunk(len(tensors)))


def scatter_with(part: Callable[[Sequence[Tensor], int], Tensor]) -> Callable[[Sequence[Tensor]], list[Tensor]]:
    """`reduce_scatter` in which device r keeps something else."""

    def mutant(tensors: Sequence[Tensor]) -> list[Tensor]:
        return [part(tensors, rank) for rank in range(len(tensors))]

    return mutant


def whole_sum(tensors: Sequence[Tensor]) -> Tensor:
    """What an all-reduce leaves on every device."""
    return torch.stack(list(tensors)).sum(dim=0)


def scatter_cases(generator: torch.Generator) -> list[Case]:
    """Two devices to do by hand, then three parts of two numbers, then drawn sizes; one device is a case too."""
    by_hand = [torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])]
    return [
        Case((by_hand,), label="2 devices with 2 numbers each"),
        Case((drawn_tensors(generator, 3, 6),), label="3 devices with 6 numbers each"),
        Case((drawn_tensors(generator, 4, 8, 3),), label="4 devices with tensors of shape (8, 3)"),
        Case((drawn_tensors(generator, 1, 4),), label="a single device"),
    ]


# Exercise 2: all-reduce on a ring


def ring_with(
    *,
    first_lap: int = 0,
    second_lap: int = 0,
    moves_on: bool = True,
    sent_after: int = 1,
    overwrite: bool = True,
) -> Callable[[Sequence[Tensor], Exchange], list[Tensor]]:
    """The two laps of an all-reduce on a ring, with one of their details replaced.

    first_lap, second_lap: steps more (or fewer) than N − 1.   moves_on: whether what arrived is what is sent next.
    sent_after: the second lap begins with part r + sent_after of device r.   overwrite: the second lap replaces.
    """

    def mutant(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
        N = len(tensors)
        parts = [list(tensor.chunk(N)) for tensor in tensors]  # parts[device][part]
        for step in range(max(0, N - 1 + first_lap)):
            out = [(rank - step * moves_on) % N for rank in range(N)]  # which part each device sends
            arrived = exchange([parts[rank][out[rank]] for rank in range(N)])
            for rank in range(N):
                place = out[rank - 1]
                parts[rank][place] = parts[rank][place] + arrived[rank]
        for step in range(max(0, N - 1 + second_lap)):
            out = [(rank + sent_after - step) % N for rank in range(N)]
            arrived = exchange([parts[rank][out[rank]] for rank in range(N)])
            for rank in range(N):
                place = out[rank - 1]
                parts[rank][place] = arrived[rank] if overwrite else parts[rank][place] + arrived[rank]
        return [torch.cat(mine) for mine in parts]

    return mutant


ring_all_reduce = ring_with()


def whole_tensors_round(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
    """The sum is right, but N − 1 times each device sends all that it got."""
    totals, travelling = list(tensors), list(tensors)
    for _ in range(len(tensors) - 1):
        travelling = exchange(travelling)
        totals = [total + new for total, new in zip(totals, travelling, strict=True)]
    return totals


def sums_travel(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
    """Each device adds what arrives and sends the sum on, so that early terms are counted many times."""
    totals = list(tensors)
    for _ in range(len(tensors) - 1):
        totals = [total + new for total, new in zip(totals, exchange(totals), strict=True)]
    return totals


def ring_cases(generator: torch.Generator) -> list[Case]:
    """Three devices with one number a part, told apart by their digits; then two, four and one."""
    digits = [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 20.0, 30.0]), torch.tensor([100.0, 200.0, 300.0])]
    return [
        Case((digits,), label="3 devices with 3 numbers each"),
        Case((drawn_tensors(generator, 2, 6),), label="2 devices with 6 numbers each"),
        Case((drawn_tensors(generator, 4, 12),), label="4 devices with 12 numbers each"),
        Case((drawn_tensors(generator, 1, 3),), label="a single device, which has nobody to send to"),
    ]


# Exercise 3 (debug): data parallel


def gradient_of(weight: Tensor, x: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
    """Gradient with respect to `weight` of the cross-entropy of the logits x Wᵀ."""
    weight = weight.detach().requires_grad_()
    loss = F.cross_entropy(x @ weight.T, y, reduction=reduction)
    (gradient,) = torch.autograd.grad(loss, weight)
    return gradient


def data_parallel_gradient(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
    """Each device its own examples, each sum of losses over the size of the whole batch, and all of it added."""
    shards = zip(x.tensor_split(devices), y.tensor_split(devices), strict=True)
    return whole_sum([gradient_of(weight, mine, target, "sum") / len(x) for mine, target in shards])


def gradients_with(
    *,
    shards: Callable[[Tensor, int], Sequence[Tensor]] = lambda tensor, devices: tensor.tensor_split(devices),
    combine: Callable[[list[Tensor]], Tensor] = lambda gradients: torch.stack(gradients).mean(dim=0),
    reduction: str = "mean",
) -> Callable[[Tensor, Tensor, Tensor, int], Tensor]:
    """Another way to share the batch, or to put the devices' gradients together."""

    def mutant(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
        pairs = zip(shards(x, devices), shards(y, devices), strict=True)
        return combine([gradient_of(weight, mine, target, reduction) for mine, target in pairs])

    return mutant


def the_same_for_all(tensor: Tensor, devices: int) -> list[Tensor]:
    """Every device reads the first examples: nobody told it which device it is."""
    return [tensor[: len(tensor) // devices]] * devices


def whole_parts_only(tensor: Tensor, devices: int) -> list[Tensor]:
    """Equal parts, and what is left over is dropped."""
    size = len(tensor) // devices
    return [tensor[rank * size : (rank + 1) * size] for rank in range(devices)]


def gradient_cases(generator: torch.Generator) -> list[Case]:
    """Two devices with one example each, then an even and an uneven share."""

    def drawn(B: int, devices: int, label: str) -> Case:
        weight, x = torch.randn(5, 3, generator=generator), torch.randn(B, 3, generator=generator)
        return Case((weight, x, torch.randint(5, (B,), generator=generator), devices), label=label)

    by_hand = (torch.zeros(2, 1), torch.tensor([[2.0], [6.0]]), torch.tensor([0, 0]), 2)
    return [
        Case(by_hand, label="2 examples, one for each of 2 devices"),
        drawn(8, 4, "8 examples on 4 devices"),
        drawn(7, 3, "7 examples on 3 devices: one of them has 3, the others 2"),
    ]


def as_on_one_device(call: Call, generator: torch.Generator) -> None:
    """The gradient of the whole batch on one device, whatever the number of devices."""
    weight, x = torch.randn(4, 3, generator=generator), torch.randn(12, 3, generator=generator)
    y = torch.randint(4, (12,), generator=generator)
    alone = call(weight, x, y, 1)
    for devices in (2, 3, 6):
        together = call(weight, x, y, devices)
        if not torch.allclose(together, alone, atol=1e-5):
            ratio = (together.norm() / alone.norm()).item()
            raise Failed(f"12 examples on {devices} devices give a gradient {ratio:.2f} times as long as on one device")


# Exercise 4: cut by column


def column_parallel(x: Tensor, weight: Tensor, bias: Tensor, devices: int) -> list[Tensor]:
    """Device r computes its share of the outputs, from the whole input and its rows of `weight`."""
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)
    return [F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards]


def column_with(
    piece: Callable[[Tensor, Tensor, Tensor, int, int], Tensor],
) -> Callable[[Tensor, Tensor, Tensor, int], list[Tensor]]:
    """Another way to compute piece r of N from (x, weight, bias, r, N)."""

    def mutant(x: Tensor, weight: Tensor, bias: Tensor, devices: int) -> list[Tensor]:
        return [piece(x, weight, bias, rank, devices) for rank in range(devices)]

    return mutant


def column_cases(generator: torch.Generator) -> list[Case]:
    """Two outputs to do by hand, a square layer on whose weight no shape error helps, and a drawn one."""

    def drawn(C: int, out: int, devices: int, *batch: int) -> Case:
        x, weight = torch.randn(*batch, C, generator=generator), torch.randn(out, C, generator=generator)
        bias = torch.randn(out, generator=generator)
        return Case((x, weight, bias, devices), label=f"{C} numbers in, {out} out, on {devices} devices")

    by_hand = (torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([100.0, 200.0]), 2)
    return [
        Case(by_hand, label="2 numbers in, 2 out, on 2 devices"),
        drawn(4, 4, 2, 3),
        drawn(8, 12, 4, 2, 5),
    ]


# Exercise 5: cut by row


def row_parallel(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device multiplies its piece of the input with its columns of `weight`; the sum is the output, plus bias."""
    shards = weight.chunk(len(pieces), dim=1)
    return all_reduce([piece @ own.T for piece, own in zip(pieces, shards, strict=True)]) + bias


def row_with(
    *,
    shards: Callable[[Tensor, int], Sequence[Tensor]] = lambda weight, devices: weight.chunk(devices, dim=1),
    finish: Callable[[list[Tensor], Tensor, AllReduce], Tensor],
) -> Callable[[Sequence[Tensor], Tensor, Tensor, AllReduce], Tensor]:
    """Another way to cut the weight, or to put the partial outputs together."""

    def mutant(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
        own = shards(weight, len(pieces))
        return finish([piece @ part.T for piece, part in zip(pieces, own, strict=True)], bias, all_reduce)

    return mutant


def rows_gathered(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
    """Right, but on one device: the pieces are carried together first."""
    return F.linear(torch.cat(list(pieces), dim=-1), weight, bias)


def row_cases(generator: torch.Generator) -> list[Case]:
    """Two numbers on two devices to do by hand, a square layer, and a drawn one."""

    def drawn(hidden: int, out: int, devices: int, *batch: int) -> Case:
        pieces = [torch.randn(*batch, hidden // devices, generator=generator) for _ in range(devices)]
        weight, bias = torch.randn(out, hidden, generator=generator), torch.randn(out, generator=generator)
        return Case((pieces, weight, bias), label=f"{hidden} numbers in, {out} out, on {devices} devices")

    halves, weight = [torch.tensor([[1.0]]), torch.tensor([[10.0]])], torch.tensor([[2.0, 3.0], [4.0, 5.0]])
    return [
        Case((halves, weight, torch.tensor([100.0, 200.0])), label="2 numbers in, 2 out, on 2 devices"),
        drawn(4, 4, 2, 3),
        drawn(12, 8, 4, 2, 5),
    ]


# Exercise 6: queries, keys and values in one weight


def shard_qkv(weight: Tensor, devices: int) -> list[Tensor]:
    """Device r gets its heads' rows of the queries, of the keys and of the values."""
    q, k, v = (part.chunk(devices) for part in weight.chunk(3))
    return [torch.cat([q[rank], k[rank], v[rank]]) for rank in range(devices)]


def qkv_with(piece: Callable[[list[Sequence[Tensor]], int], Tensor]) -> Callable[[Tensor, int], list[Tensor]]:
    """Another way to make device r's weight of the shares of q, k and v."""

    def mutant(weight: Tensor, devices: int) -> list[Tensor]:
        shares: list[Sequence[Tensor]] = [part.chunk(devices) for part in weight.chunk(3)]
        return [piece(shares, rank) for rank in range(devices)]

    return mutant


def qkv_cases(generator: torch.Generator) -> list[Case]:
    """Rows that are told apart at sight: 0 … for queries, 100 … for keys, 200 … for values; then drawn ones."""

    def told_apart(C: int) -> Tensor:
        return torch.cat([torch.arange(C) + hundred for hundred in (0.0, 100.0, 200.0)])[:, None].expand(3 * C, C)

    drawn = torch.randn(24, 8, generator=generator)
    return [
        Case((told_apart(2).contiguous(), 2), label="C = 2 on 2 devices"),
        Case((told_apart(4).contiguous(), 2), label="C = 4 on 2 devices"),
        Case((drawn, 4), label="C = 8 on 4 devices"),
        Case((drawn, 1), label="C = 8 on a single device, which gets everything"),
    ]


def heads_stay_whole(call: Call, generator: torch.Generator) -> None:
    """Every device's attention, side by side, is the attention of the whole weight."""
    C, n_head, devices = 8, 4, 2
    weight, x = torch.randn(3 * C, C, generator=generator), torch.randn(1, 3, C, generator=generator)

    def attend(rows: Tensor, heads: int) -> Tensor:
        q, k, v = (split_heads(part, heads) for part in F.linear(x, rows).chunk(3, dim=-1))
        return merge_heads(F.scaled_dot_product_attention(q, k, v, is_causal=True))

    pieces = [attend(rows, n_head // devices) for rows in call(weight, devices)]
    if not torch.allclose(torch.cat(pieces, dim=-1), attend(weight, n_head), atol=1e-4):
        raise Failed("4 heads on 2 devices, 2 on each, give other results than 4 heads on one device")


# Exercise 7: an embedding in parts


def embed_shard(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """Rows for the tokens of this shard, zeros for all others."""
    local = idx - first
    here = (local >= 0) & (local < len(shard))
    return shard[local.where(here, 0)] * here[..., None]


def embed_with(
    local: Callable[[Tensor, int, int], Tensor], here: Callable[[Tensor, int], Tensor]
) -> Callable[[Tensor, Tensor, int], Tensor]:
    """Another row for each token, from (idx, first, size), and another mask, from (row, size)."""

    def mutant(idx: Tensor, shard: Tensor, first: int) -> Tensor:
        row = local(idx, first, len(shard))
        return shard[row.clamp(0, len(shard) - 1)] * here(row, len(shard))[..., None]

    return mutant


def embed_one_too_many(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """The next device's first token is taken for one of ours, and there is no row for it."""
    local = idx - first
    here = (local >= 0) & (local <= len(shard))
    return shard[local.where(here, 0)] * here[..., None]


def embed_with_upper_border_only(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """A row below zero counts from the end, so a token of another device finds a row."""
    local = idx - first
    here = local < len(shard)
    return shard[local.where(here, 0)] * here[..., None]


def embed_cases(generator: torch.Generator) -> list[Case]:
    """Two shards of two rows, told apart at sight; then the middle one of three."""
    idx = torch.tensor([0, 1, 2, 3])
    lower, upper = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [4.0]])
    drawn = torch.randn(5, 3, generator=generator)
    batch = torch.randint(15, (2, 6), generator=generator)
    batch[0, :5] = torch.tensor([4, 5, 9, 10, 14])  # on both borders
    return [
        Case((idx, lower, 0), label="tokens 0 and 1 are here, 2 and 3 elsewhere"),
        Case((idx, upper, 2), label="tokens 2 and 3 are here, 0 and 1 elsewhere"),
        Case((batch, drawn, 5), label="tokens 5 to 9 are here, of 15"),
    ]


def shards_add_up(call: Call, generator: torch.Generator) -> None:
    """The sum over the devices is the whole table's row."""
    table = torch.randn(12, 4, generator=generator)
    idx = torch.randint(12, (3, 5), generator=generator)
    total = sum(call(idx, shard, 3 * rank) for rank, shard in enumerate(table.chunk(4)))
    if not torch.allclose(total, table[idx], atol=1e-5):
        raise Failed("12 tokens on 4 devices: the sum of what the devices give is not the row of the whole table")


# Exercise 8: the loss without ever having all logits


def picked_logit(part: Tensor, targets: Tensor, first: int, masked: bool = True) -> Tensor:
    """The target's logit where it is in this part, else 0: (N, V/n), (N,) -> (N,)."""
    local = targets - first
    here = (local >= 0) & (local < part.shape[-1])
    picked = part.gather(-1, local.clamp(0, part.shape[-1] - 1)[:, None])[:, 0]
    return picked * here if masked else picked


def loss_with(
    *,
    largest: Callable[[Sequence[Tensor], AllReduce], list[Tensor]] | None = None,
    masked: bool = True,
    offset: bool = True,
    mean: Callable[[Tensor], Tensor] = torch.mean,
) -> Callable[[Sequence[Tensor], Tensor, AllReduce], Tensor]:
    """`vocab_parallel_loss` with one of its steps replaced. largest: what each device subtracts before exp."""

    def mutant(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
        width = logits[0].shape[-1]
        shifts = (largest or shared_maximum)(logits, all_reduce)
        exps = [(part - shift[:, None]).exp().sum(dim=-1) for part, shift in zip(logits, shifts, strict=True)]
        total = all_reduce(exps)  # (N,)
        firsts = [rank * width * offset for rank in range(len(logits))]
        own = [picked_logit(part, targets, first, masked) for part, first in zip(logits, firsts, strict=True)]
        return mean(shifts[0] + total.log() - all_reduce(own))

    return mutant


def shared_maximum(logits: Sequence[Tensor], all_reduce: AllReduce) -> list[Tensor]:
    """The largest logit of each row over all devices, as every device holds it."""
    return [all_reduce([part.amax(dim=-1) for part in logits], "max")] * len(logits)


vocab_parallel_loss = loss_with()


def own_softmax_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device makes a distribution of its own logits; the target's device gives the loss."""
    width = logits[0].shape[-1]
    parts = [part.log_softmax(dim=-1) for part in logits]
    return -all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(parts)]).mean()


def own_maximum_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device subtracts its own largest logit, and the largest of all is added at the end."""
    width = logits[0].shape[-1]
    largest = shared_maximum(logits, all_reduce)[0]
    total = all_reduce([(part - part.amax(dim=-1, keepdim=True)).exp().sum(dim=-1) for part in logits])
    target = all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(logits)])
    return (largest + total.log() - target).mean()


def summed_logsumexp_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """The devices' log-sum-exps are added as if they were sums."""
    width = logits[0].shape[-1]
    total = all_reduce([part.logsumexp(dim=-1) for part in logits])
    return (total - all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(logits)])).mean()


def gathered_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Right, but on one device: all logits are carried together."""
    return F.cross_entropy(torch.cat(list(logits), dim=-1), targets)


def loss_cases(generator: torch.Generator) -> list[Case]:
    """One token and two words; drawn logits; and some so large that exp of them is infinite."""

    def drawn(N: int, V: int, devices: int, scale: float, label: str) -> Case:
        logits = scale * torch.randn(N, V, generator=generator)
        return Case((list(logits.chunk(devices, dim=-1)), torch.randint(V, (N,), generator=generator)), label=label)

    halves = [torch.tensor([[0.0]]), torch.tensor([[0.0]])]
    shifted = [torch.tensor([[1000.0, 999.0]]), torch.tensor([[998.0, 1000.0]])]
    return [
        Case((halves, torch.tensor([1])), label="1 token, 2 words, equal logits: the loss is ln 2"),
        drawn(5, 12, 3, 2.0, "5 tokens, 12 words on 3 devices"),
        Case((shifted, torch.tensor([1])), label="logits of a thousand: exp of them is infinite"),
    ]


# Exercises 9 and 10: predict what is sent

DEVICES = 8
GPT2_PARAMETERS = 12 * (12 * 768**2 + 13 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768
FLOAT32 = 4  # bytes a number


def predict_ddp_bytes() -> int:
    """2·(N − 1)/N of the gradients: N = 8 devices, 124,439,808 numbers of 4 bytes."""
    return 2 * (DEVICES - 1) * GPT2_PARAMETERS * FLOAT32 // DEVICES


TP_LAYERS = 16
STREAM = 4 * 2048 * 2048  # numbers of (B, T, C)
ALL_REDUCES = 4 * TP_LAYERS  # attention and MLP, forward and backward


def predict_tp_bytes() -> int:
    """2·(N − 1)/N of the residual stream, at each of 64 all-reduces: N = 8 devices, 4 bytes a number."""
    return ALL_REDUCES * 2 * (DEVICES - 1) * STREAM * FLOAT32 // DEVICES


EXERCISES = (
    Exercise(
        name="reduce_scatter",
        reference=reduce_scatter,
        cases=scatter_cases,
        misconceptions=(
            Misconception(
                "nothing reduced",
                scatter_with(lambda tensors, rank: tensors[rank].chunk(len(tensors))[rank]),
                "Device r keeps part r of its own tensor. It should keep part r of the sum over all devices.",
            ),
            Misconception(
                "the whole sum everywhere",
                scatter_with(lambda tensors, rank: whole_sum(tensors)),
                "That is an all-reduce. After a reduce-scatter device r holds part r of the sum and nothing else.",
            ),
            Misconception(
                "mean in place of sum",
                scatter_with(lambda tensors, rank: (whole_sum(tensors) / len(tensors)).chunk(len(tensors))[rank]),
                "Reduce means add here. Whoever wants the mean divides by the number of devices.",
            ),
            Misconception(
                "everyone keeps the first part",
                scatter_with(lambda tensors, rank: whole_sum(tensors).chunk(len(tensors))[0]),
                "Every device keeps part 0. Device r should keep part r, or the rest of the sum is lost.",
            ),
            Misconception(
                "parts exchanged, not added",
                scatter_with(lambda tensors, rank: torch.cat([t.chunk(len(tensors))[rank] for t in tensors])),
                "Device r got part r of every tensor: that is an all-to-all. Now add them.",
            ),
        ),
        hints=(
            "What is the sum of all tensors? And which part of it belongs to device 1?",
            "Add the tensors first. tensor.chunk(N) then cuts the sum into N parts along the first dimension.",
            "return list(sum(tensors).chunk(len(tensors)))",
        ),
        review="lesson 14, section 1, 'Three collectives'",
    ),
    Exercise(
        name="ring_all_reduce",
        reference=ring_all_reduce,
        cases=ring_cases,
        drive=drive.run_on_a_ring,
        misconceptions=(
            Misconception(
                "whole tensors passed round",
                whole_tensors_round,
                "The sums are right, but each device sends its whole tensor N − 1 times. Cut it into N parts, and send "
                "one part at a time: 2·(N − 1) parts of N are hardly two tensors, however many devices there are.",
            ),
            Misconception(
                "summed without sending",
                lambda tensors, exchange: [whole_sum(tensors)] * len(tensors),
                "A device cannot see the others' tensors. What it learns of them it must get through exchange.",
            ),
            Misconception(
                "one lap only",
                ring_with(second_lap=-100),
                "After the first lap each part is complete on one device only. A second lap carries it to the others.",
            ),
            Misconception(
                "one step too many",
                ring_with(first_lap=1),
                "After N − 1 steps every part has been everywhere. In step N a device adds its own numbers again.",
            ),
            Misconception(
                "one step too few",
                ring_with(first_lap=-1, second_lap=-1),
                "A part passes N devices in N − 1 steps; both laps take N − 1.",
            ),
            Misconception(
                "second lap adds",
                ring_with(overwrite=False),
                "In the second lap what arrives is complete: it replaces what the device has. Yours is added again.",
            ),
            Misconception(
                "the same part again and again",
                ring_with(moves_on=False),
                "In the first lap a device sends on what it has just added to: in step s device r sends part r − s.",
            ),
            Misconception(
                "second lap starts with an unfinished part",
                ring_with(sent_after=0),
                "After the first lap it is part r + 1, not part r, that is complete on device r. Send that one first.",
            ),
            Misconception(
                "growing sums passed round",
                sums_travel,
                "You send on the sum of all so far, so that its early terms are added again and again.",
            ),
        ),
        hints=(
            "Play it on paper with 3 devices. In step 0 device r sends part r. Who adds it? What does that one send "
            "next?",
            "First lap: in step s device r sends part (r − s) mod N and adds what arrives to part (r − s − 1) mod N. "
            "Then "
            "device r holds part r + 1 complete, and the second lap passes complete parts on.",
            "Second lap: in step s device r sends part (r + 1 − s) mod N, and what arrives replaces part (r − s) mod "
            "N.",
        ),
        review="lesson 14, section 1, 'How an all-reduce is made'",
    ),
    Exercise(
        name="data_parallel_gradient",
        reference=data_parallel_gradient,
        cases=gradient_cases,
        properties=(Property("any number of devices gives the gradient of one", as_on_one_device),),
        misconceptions=(
            Misconception(
                "both mistakes still there",
                gradients_with(shards=the_same_for_all, combine=whole_sum),
                "Every device reads the same examples, and the gradients are added where the mean is wanted.",
            ),
            Misconception(
                "summed instead of averaged",
                gradients_with(combine=whole_sum),
                "Each device's loss is a mean over its own examples. The sum of N such means is N times too large: "
                "with "
                "8 devices your learning rate is 8 times what you think.",
            ),
            Misconception(
                "the same examples on every device",
                gradients_with(shards=the_same_for_all),
                "All devices compute the same gradient, and the mean of equal things is one of them: seven of eight "
                "devices heat the room. Device r takes examples of its own.",
            ),
            Misconception(
                "mean of uneven means",
                gradients_with(),
                "Right as long as all devices have equally many examples. Where one has 3 and another 2, its examples "
                "count less: divide sums of losses by the size of the whole batch, and add.",
            ),
            Misconception(
                "the rest dropped",
                gradients_with(shards=whole_parts_only),
                "Examples that do not divide evenly are left out. torch.tensor_split gives them to the first devices.",
            ),
            Misconception(
                "divided twice",
                gradients_with(combine=lambda gradients: torch.stack(gradients).mean(dim=0) / len(gradients)),
                "A mean is taken already, and then divided by the number of devices once more.",
            ),
            Misconception(
                "one device's gradient",
                gradients_with(combine=lambda gradients: gradients[0]),
                "You return what the first device has found. Without an all-reduce the devices' weights drift apart.",
            ),
        ),
        hints=(
            "Which examples does device 1 see in the broken code? And if each device had found the same g, what "
            "should the whole batch's gradient be, and what does the broken code return?",
            "x.tensor_split(devices) gives each device its own. Then mind that these shares may differ in size.",
            'For each share: loss = F.cross_entropy(mine @ w.T, target, reduction="sum") / len(x), then backward. '
            "The answer is the sum of all w.grad.",
        ),
        review="lesson 14, section 2, 'Data parallel'",
    ),
    Exercise(
        name="column_parallel",
        reference=column_parallel,
        cases=column_cases,
        misconceptions=(
            Misconception(
                "weight cut along the input",
                column_with(lambda x, w, b, rank, n: F.linear(x.chunk(n, dim=-1)[rank], w.chunk(n, dim=1)[rank], b)),
                "That is the other cut, by row. nn.Linear keeps its weight as (out, in): a share of the outputs is a "
                "share of dimension 0.",
            ),
            Misconception(
                "bias forgotten",
                column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank])),
                "Each device adds its own share of the bias to its own outputs.",
            ),
            Misconception(
                "bias on the first device only",
                column_with(
                    lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank]) + (b.chunk(n)[0] if not rank else 0)
                ),
                "Each output is computed on one device, so its bias must be added there: the bias is cut as the "
                "weight.",
            ),
            Misconception(
                "every N-th output",
                column_with(lambda x, w, b, rank, n: F.linear(x, w[rank::n], b[rank::n])),
                "Device r should have neighbouring outputs, so that the pieces side by side are the layer's output.",
            ),
            Misconception(
                "whole output everywhere",
                column_with(lambda x, w, b, rank, n: F.linear(x, w, b)),
                "Every device does all the work. Each needs only its own rows of the weight.",
            ),
            Misconception(
                "weight not transposed",
                column_with(lambda x, w, b, rank, n: x @ w.chunk(n, dim=1)[rank] + b.chunk(n)[rank]),
                "A linear layer computes x Wᵀ: outputs belong to rows of W, dimension 0 of (out, in).",
            ),
            Misconception(
                "put together again",
                lambda x, w, b, n: F.linear(x, w, b),
                "Return a list with one piece for each device. What follows works on the pieces as they are.",
            ),
        ),
        hints=(
            "Which numbers of the weight does the first half of the outputs depend on? And which of the bias?",
            "weight is (out, in). weight.chunk(devices) cuts dimension 0, the outputs; bias.chunk(devices) the same.",
            "[F.linear(x, w, b) for w, b in zip(weight.chunk(devices), bias.chunk(devices))]",
        ),
        review="lesson 14, section 3, 'A linear layer, cut by column'",
    ),
    Exercise(
        name="row_parallel",
        reference=row_parallel,
        cases=row_cases,
        drive=drive.call_with_all_reduce,
        misconceptions=(
            Misconception(
                "bias on every device",
                row_with(finish=lambda parts, bias, all_reduce: all_reduce([part + bias for part in parts])),
                "Each device adds the bias, and the all-reduce adds them up: it is in the sum N times. Add it once, "
                "after the all-reduce.",
            ),
            Misconception(
                "bias forgotten",
                row_with(finish=lambda parts, bias, all_reduce: all_reduce(parts)),
                "The sum of the partial products is x Wᵀ; the bias is still missing.",
            ),
            Misconception(
                "mean in place of sum",
                row_with(finish=lambda parts, bias, all_reduce: all_reduce(parts) / len(parts) + bias),
                "A dot product is a sum over all inputs, and each device has some of its terms: add them. Dividing by "
                "N would "
                "take the bias back to once, but the products with it.",
            ),
            Misconception(
                "outputs side by side",
                row_with(finish=lambda parts, bias, all_reduce: torch.cat([part + bias for part in parts], dim=-1)),
                "Cut by row, each device has a part of every output's sum, not some of the outputs: add, don't join.",
            ),
            Misconception(
                "pieces gathered first",
                rows_gathered,
                "The result is right, but one device does it all. Each should multiply its own piece with its own "
                "columns, so that only outputs travel.",
            ),
            Misconception(
                "weight not transposed",
                row_with(
                    shards=lambda weight, devices: weight.T.chunk(devices, dim=1),
                    finish=lambda parts, bias, all_reduce: all_reduce(parts) + bias,
                ),
                "nn.Linear keeps its weight as (out, in) and computes x Wᵀ: the inputs are dimension 1. Cut that one.",
            ),
            Misconception(
                "never summed",
                row_with(finish=lambda parts, bias, all_reduce: parts[0] + bias),
                "That is what the first device alone has. Without the all-reduce the others' terms are missing.",
            ),
        ),
        hints=(
            "The first output by hand is 2 · 1 + 3 · 10: which device can compute which term? Who needs the sum?",
            "weight.chunk(N, dim=1) gives each device the columns for its inputs. Multiply, and all_reduce the "
            "products.",
            "all_reduce([x @ w.T for x, w in zip(pieces, weight.chunk(len(pieces), dim=1))]) + bias",
        ),
        review="lesson 14, section 3, 'And cut by row'",
    ),
    Exercise(
        name="shard_qkv",
        reference=shard_qkv,
        cases=qkv_cases,
        properties=(Property("attention on the devices is the attention of the whole", heads_stay_whole),),
        misconceptions=(
            Misconception(
                "cut straight through",
                lambda weight, devices: list(weight.chunk(devices)),
                "The first device gets all queries, and the last one all values. But a head needs its query, its key "
                "and its value in one place: cut q, k and v each, then join the shares.",
            ),
            Misconception(
                "only the queries cut",
                qkv_with(lambda shares, rank: torch.cat([shares[0][rank], *shares[1], *shares[2]])),
                "Keys and values have heads too: a device needs only those of its own heads.",
            ),
            Misconception(
                "rows in turns",
                qkv_with(lambda shares, rank: torch.stack([part[rank] for part in shares], dim=1).flatten(0, 1)),
                "You mix q, k, v, q, k, v row by row. The layer's output is cut into three thirds: all q, all k, all "
                "v.",
            ),
            Misconception(
                "every N-th row",
                lambda weight, devices: [weight[rank::devices] for rank in range(devices)],
                "The numbers of a head are neighbours. Every N-th row tears the heads apart.",
            ),
            Misconception(
                "cut along the input",
                lambda weight, devices: list(weight.chunk(devices, dim=1)),
                "Heads are outputs: dimension 0 of (3C, C). Every device reads the whole input.",
            ),
            Misconception(
                "order turned",
                qkv_with(lambda shares, rank: torch.cat([shares[2][rank], shares[1][rank], shares[0][rank]])),
                "The order must stay: queries, keys, values. Yours comes out as values, keys, queries.",
            ),
        ),
        hints=(
            "Write the rows for C = 4 as q0 q1 q2 q3 k0 … v3. Which six rows does a device need that owns heads 0 and "
            "1?",
            "weight.chunk(3) gives q, k and v. Cut each of them into shares, and join share r of all three.",
            "q, k, v = (part.chunk(devices) for part in weight.chunk(3)); "
            "return [torch.cat([q[r], k[r], v[r]]) for r in range(devices)]",
        ),
        review="lesson 14, section 3, 'Attention: heads are columns'",
    ),
    Exercise(
        name="embed_shard",
        reference=embed_shard,
        cases=embed_cases,
        properties=(Property("the devices' results add up to the row of the whole table", shards_add_up),),
        misconceptions=(
            Misconception(
                "foreign tokens not masked",
                embed_with(lambda idx, first, size: idx - first, lambda row, size: torch.ones_like(row)),
                "A token of another device gets your first or last row, and the sum then has two rows in it. Give "
                "zeros.",
            ),
            Misconception(
                "token taken for row",
                embed_with(lambda idx, first, size: idx, lambda row, size: row < size),
                "Token `first` is row 0 of this shard: subtract first before you look it up.",
            ),
            Misconception(
                "wrapped around",
                embed_with(lambda idx, first, size: idx % size, lambda row, size: torch.ones_like(row)),
                "Modulo gives every token a row here. A token of another device must give zeros.",
            ),
            Misconception(
                "foreign tokens get the first row",
                embed_with(
                    lambda idx, first, size: (idx - first).where((idx >= first) & (idx < first + size), 0),
                    lambda row, size: torch.ones_like(row),
                ),
                "Row 0 is a good place to look up a token that is not here, but what comes out must be made zeros.",
            ),
            Misconception(
                "one token too many",
                embed_one_too_many,
                "The shard holds tokens first … first + size − 1. Token first + size is the next device's.",
            ),
            Misconception(
                "first token left out",
                embed_with(lambda idx, first, size: idx - first, lambda row, size: (row > 0) & (row < size)),
                "Token `first` itself is row 0, and it is yours: ≥ 0, not > 0.",
            ),
            Misconception(
                "no lower border",
                embed_with_upper_border_only,
                "A token below first gives a negative row, and torch counts these from the end. Mask them as well.",
            ),
        ),
        hints=(
            "Tokens 0 to 3, two devices. Write down what each gives for token 2. What must their sum be?",
            "local = idx - first. Yours are 0 ≤ local < len(shard). For others look up any row, and make zeros of it.",
            "here = (local >= 0) & (local < len(shard)); return shard[local.where(here, 0)] * here[..., None]",
        ),
        review="lesson 14, section 4, 'The vocabulary in parts'",
    ),
    Exercise(
        name="vocab_parallel_loss",
        reference=vocab_parallel_loss,
        cases=loss_cases,
        drive=drive.call_with_all_reduce,
        tolerance=1e-4,  # float32 near 1,000 has steps of 6e-5
        misconceptions=(
            Misconception(
                "all logits in one place",
                gathered_loss,
                "The loss is right, but every device would need all V logits of every token. Three numbers a token do: "
                "the largest logit, the sum of the exponentials, the target's logit.",
            ),
            Misconception(
                "a softmax for each device",
                own_softmax_loss,
                "Each device divides by the sum of its own exponentials. The probability needs the sum over all words.",
            ),
            Misconception(
                "log-sum-exps added",
                summed_logsumexp_loss,
                "Logarithms of sums do not add up: add the exponentials, then take the logarithm.",
            ),
            Misconception(
                "own maximum subtracted",
                own_maximum_loss,
                "Each device subtracts its own largest logit, so that their sums are in different units. All must "
                'subtract the same: all_reduce(…, "max").',
            ),
            Misconception(
                "maxima added",
                loss_with(
                    largest=lambda logits, all_reduce: (
                        [all_reduce([part.amax(dim=-1) for part in logits])] * len(logits)
                    )
                ),
                'The maxima are added instead of compared: all_reduce(…, "max"). With large logits all exponentials '
                "then vanish.",
            ),
            Misconception(
                "no maximum subtracted",
                loss_with(largest=lambda logits, all_reduce: [torch.zeros(len(logits[0]))] * len(logits)),
                "exp of a large logit is infinite. Subtract the largest logit, over all devices, first.",
            ),
            Misconception(
                "target's logit not masked",
                loss_with(masked=False),
                "Devices that do not own the target add some other logit of theirs. They must add 0.",
            ),
            Misconception(
                "target taken for a column",
                loss_with(offset=False),
                "Device r holds words r·V/N onward: subtract that from the target before you look it up.",
            ),
            Misconception(
                "summed over tokens",
                loss_with(mean=torch.sum),
                "The loss is the mean over the tokens, as in F.cross_entropy.",
            ),
        ),
        hints=(
            "On paper: −log of exp(z_target) / Σ exp(z) is log Σ exp(z) − z_target. Which of the two needs all "
            "devices?",
            'Three all-reduces of one number a token: "max" of the logits, sum of exp(z − max), sum of the target\'s '
            "logit, "
            "which is 0 everywhere but on its own device.",
            'm = all_reduce([z.amax(-1) for z in logits], "max"); s = all_reduce([(z - m[:, None]).exp().sum(-1) for '
            "z in "
            "logits]); the loss is (m + s.log() − t).mean(), where t is the target's logit, put together like an "
            "embedding.",
        ),
        review="lesson 14, section 4, 'A loss that never sees all logits'",
    ),
    Exercise(
        name="predict_ddp_bytes",
        reference=predict_ddp_bytes,
        cases=single_case,
        misconceptions=(
            Misconception(
                "one lap only",
                lambda: predict_ddp_bytes() // 2,
                "An all-reduce is two laps, a reduce-scatter and an all-gather: 2·(N − 1) parts, not N − 1.",
            ),
            Misconception(
                "own part sent too",
                lambda: 2 * GPT2_PARAMETERS * FLOAT32,
                "Each lap has N − 1 steps, not N: the factor is 2·(N − 1)/N.",
            ),
            Misconception(
                "everything to everyone",
                lambda: (DEVICES - 1) * GPT2_PARAMETERS * FLOAT32,
                "You let each device send its whole gradient to each of the others. A ring sends one part at a time.",
            ),
            Misconception(
                "numbers, not bytes",
                lambda: predict_ddp_bytes() // FLOAT32,
                "These are numbers. Each takes 4 bytes in float32.",
            ),
            Misconception(
                "the head counted",
                lambda: predict_ddp_bytes() + 2 * (DEVICES - 1) * 50_257 * 768 * FLOAT32 // DEVICES,
                "GPT-2's head is its token embedding: one parameter, one gradient, sent once.",
            ),
            Misconception(
                "all devices together",
                lambda: DEVICES * predict_ddp_bytes(),
                "That is what all eight send together; the question is what one of them sends.",
            ),
            Misconception(
                "sent and received",
                lambda: 2 * predict_ddp_bytes(),
                "As much as it sends a device also receives, at the same time. Count what it sends.",
            ),
        ),
        hints=(
            "What has to be reduced after the backward pass? How many numbers are that, and how many bytes?",
            "A ring sends N − 1 parts in each of two laps, and a part is an N-th: 2·(N − 1)/N of the gradient's bytes.",
            "2 · 7/8 · 4 bytes · 124,439,808",
        ),
        review="lesson 14, section 6, 'What is sent, in bytes'",
    ),
    Exercise(
        name="predict_tp_bytes",
        reference=predict_tp_bytes,
        cases=single_case,
        misconceptions=(
            Misconception(
                "half of it",
                lambda: predict_tp_bytes() // 2,
                "Three halves are easily left out: the backward pass has as many all-reduces as the forward pass; "
                "attention needs one as well as the MLP; and each all-reduce is two laps.",
            ),
            Misconception(
                "a quarter of it",
                lambda: predict_tp_bytes() // 4,
                "Are these numbers rather than bytes? Or one all-reduce a block? There are four: after attention and "
                "after the MLP, forward and backward. And a number takes 4 bytes.",
            ),
            Misconception(
                "an all-reduce for every linear layer",
                lambda: predict_tp_bytes() * 14 // 4,
                "Column then row needs a single all-reduce: between the two, the pieces stay where they are.",
            ),
            Misconception(
                "the tensor sent once",
                lambda: ALL_REDUCES * STREAM * FLOAT32,
                "An all-reduce on a ring of 8 sends 2 · 7/8 = 1.75 times the tensor's bytes.",
            ),
            Misconception(
                "own part sent too",
                lambda: ALL_REDUCES * 2 * STREAM * FLOAT32,
                "Each lap has N − 1 steps, not N: the factor is 2·(N − 1)/N.",
            ),
            Misconception(
                "a share of the batch",
                lambda: predict_tp_bytes() // DEVICES,
                "With tensor parallel every device works on the whole batch: the stream is (B, T, C) on each.",
            ),
            Misconception(
                "all devices together",
                lambda: DEVICES * predict_tp_bytes(),
                "That is what all eight send together; the question is what one of them sends.",
            ),
        ),
        hints=(
            "What is all-reduced, weights or activations? Of which shape?",
            "(B, T, C) in float32, after attention and after the MLP, forward and backward, in 16 blocks.",
            "64 all-reduces · 2 · 7/8 · 4 bytes · 4 · 2,048 · 2,048",
        ),
        review="lesson 14, section 6, 'What is sent, in bytes'",
    ),
)
