"""The exercises of lesson 14: answers as students type them."""

PRELUDE = """
import math
import torch
from torch import nn
from torch.nn import functional as F
"""


def ring(
    first: str = "N - 1", again: str = "N - 1", add: str = "+= got[r]", put: str = "= got[r]", send: str = "r - s"
) -> str:
    return f"""
def ring_all_reduce(tensors, exchange):
    N = len(tensors)
    blocks = [t.view(N, -1).clone() for t in tensors]
    for s in range({first}):
        got = exchange([blocks[r][({send}) % N] for r in range(N)])
        for r in range(N):
            blocks[r][({send.replace("r", "(r - 1)")}) % N] {add}
    for s in range({again}):
        got = exchange([blocks[r][(r + 1 - s) % N] for r in range(N)])
        for r in range(N):
            blocks[r][(r - s) % N] {put}
    return [b.flatten() for b in blocks]
"""


def gradient(share: str, loss: str, result: str = "sum(gs)") -> str:
    return f"""
def data_parallel_gradient(weight, x, y, devices):
    gs = []
    for r in range(devices):
        w = weight.clone().detach().requires_grad_(True)
        {share}
        F.cross_entropy({loss}).backward()
        gs.append(w.grad)
    return {result}
"""


OWN = "a, b = x.tensor_split(devices)[r], y.tensor_split(devices)[r]"


EVEN = "n = len(x) // devices; a, b = x[r * n:(r + 1) * n], y[r * n:(r + 1) * n]"


FIRST = "n = len(x) // devices; a, b = x[:n], y[:n]"


def row(result: str, cut: str = "weight.chunk(len(pieces), 1)") -> str:
    return f"""
def row_parallel(pieces, weight, bias, all_reduce):
    shards = {cut}
    parts = [F.linear(p, w) for p, w in zip(pieces, shards)]
    return {result}
"""


def embed(
    here: str, rows: str = "shard[local.masked_fill(~here, 0)]", result: str = "rows * here.unsqueeze(-1)"
) -> str:
    return f"""
def embed_shard(idx, shard, first):
    n = shard.shape[0]
    local = idx - first
    here = {here}
    rows = {rows}
    return {result}
"""


def loss(
    largest: str = "all_reduce([z.max(-1).values for z in logits], 'max')",
    exps: str = "[torch.exp(z - m.unsqueeze(-1)).sum(-1) for z in logits]",
    here: str = "(targets >= r * W) & (targets < (r + 1) * W)",
    column: str = "(targets - r * W)",
    reduce: str = ".mean()",
    mask: str = "t[~here] = 0",
) -> str:
    return f"""
def vocab_parallel_loss(logits, targets, all_reduce):
    W = logits[0].size(1)
    m = {largest}
    total = all_reduce({exps})
    wanted = []
    for r, z in enumerate(logits):
        here = {here}
        t = z[torch.arange(len(z)), {column}.clamp(0, W - 1)].clone()
        {mask}
        wanted.append(t)
    return (torch.log(total) + m - all_reduce(wanted)){reduce}
"""


RIGHT_ANSWERS = {
    "reduce_scatter": [
        "def reduce_scatter(tensors): return list(torch.chunk(sum(tensors), len(tensors)))",
        """
def reduce_scatter(tensors):
    n = len(tensors[0]) // len(tensors)
    return [sum(t[r * n:(r + 1) * n] for t in tensors) for r in range(len(tensors))]
""",
        "def reduce_scatter(tensors): return tuple(torch.stack(tensors).sum(0).split(len(tensors[0]) // len(tensors)))",
    ],
    "ring_all_reduce": [
        ring(),
        """
def ring_all_reduce(tensors, exchange):
    N = len(tensors)
    n = len(tensors[0]) // N
    moving = [t[r * n:(r + 1) * n] for r, t in enumerate(tensors)]
    for s in range(1, N):
        moving = exchange(moving)
        for r in range(N):
            c = (r - s) % N
            moving[r] = moving[r] + tensors[r][c * n:(c + 1) * n]
    results = [torch.zeros_like(t) for t in tensors]
    for s in range(N):
        for r in range(N):
            c = (r + 1 - s) % N
            results[r][c * n:(c + 1) * n] = moving[r]
        if s < N - 1:
            moving = exchange(moving)
    return results
""",
    ],
    "data_parallel_gradient": [
        gradient(OWN, "a @ w.T, b, reduction='sum'", "sum(gs) / len(x)"),
        gradient(OWN, "F.linear(a, w), b", "sum(g * len(s) for g, s in zip(gs, y.tensor_split(devices))) / len(y)"),
        """
def data_parallel_gradient(weight, x, y, devices):
    total = torch.zeros_like(weight)
    for r in range(devices):
        rest, n = len(x) % devices, len(x) // devices
        start = r * n + min(r, rest)
        mine = slice(start, start + n + (r < rest))
        p = (x[mine] @ weight.T).softmax(-1) - F.one_hot(y[mine], len(weight))
        total += p.T @ x[mine]
    return total / len(x)
""",
    ],
    "column_parallel": [
        "def column_parallel(x, weight, bias, devices):\n"
        "    return [x @ w.T + b for w, b in zip(weight.chunk(devices), bias.chunk(devices))]",
        "def column_parallel(x, weight, bias, devices):\n    return list(F.linear(x, weight, bias).chunk(devices, -1))",
        "def column_parallel(x, weight, bias, devices):\n"
        "    n = len(weight) // devices\n"
        "    return [torch.einsum('...c,oc->...o', x, weight[r*n:r*n+n]) + bias[r*n:r*n+n] for r in range(devices)]",
    ],
    "row_parallel": [
        row("all_reduce(parts) + bias"),
        row("all_reduce([part + bias / len(parts) for part in parts])"),
        row("all_reduce([parts[0] + bias] + parts[1:])"),
        row("all_reduce(parts, 'sum').add(bias)", cut="weight.split(pieces[0].shape[-1], dim=-1)"),
    ],
    "shard_qkv": [
        """
def shard_qkv(weight, devices):
    q, k, v = weight.chunk(3)
    n = len(q) // devices
    return [torch.cat((q[r*n:(r+1)*n], k[r*n:(r+1)*n], v[r*n:(r+1)*n])) for r in range(devices)]
""",
        """
def shard_qkv(weight, devices):
    C = weight.shape[1]
    return list(weight.view(3, devices, C // devices, C).transpose(0, 1).reshape(devices, -1, C))
""",
    ],
    "embed_shard": [
        embed("(local >= 0) & (local < n)"),
        embed("(idx >= first) & (idx < first + n)", "F.embedding(local.clamp(0, n - 1), shard)"),
        embed("(local >= 0) & (local < n)", result="torch.where(here[..., None], rows, 0.0)"),
        """
def embed_shard(idx, shard, first):
    out = torch.zeros(*idx.shape, shard.shape[1])
    here = (idx >= first) & (idx < first + len(shard))
    out[here] = shard[idx[here] - first]
    return out
""",
    ],
    "vocab_parallel_loss": [
        loss(),
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    own = [z.logsumexp(-1) for z in logits]
    top = all_reduce(own, "max")
    lse = top + all_reduce([(o - top).exp() for o in own]).log()
    W = logits[0].shape[1]
    hits = [F.one_hot(targets, W * len(logits))[:, r * W:(r + 1) * W] for r in range(len(logits))]
    target = all_reduce([(z * hit).sum(-1) for z, hit in zip(logits, hits)])
    return torch.mean(lse - target)
""",
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    top = all_reduce([z.amax(-1) for z in logits], "max")
    W, both = logits[0].shape[1], []
    for r, z in enumerate(logits):
        z = z - top[:, None]
        at = targets - r * W
        t = torch.stack([z[i, j] if 0 <= j < W else torch.zeros(()) for i, j in enumerate(at.tolist())])
        both.append(torch.stack([z.exp().sum(-1), t]))
    total, target = all_reduce(both)
    return (total.log() - target).sum() / len(targets)
""",
    ],
    "predict_ddp_bytes": [
        "def predict_ddp_bytes(): return 871_078_656",
        "def predict_ddp_bytes(): return 2 * 7 / 8 * 4 * 124_439_808",
    ],
    "predict_tp_bytes": [
        "def predict_tp_bytes(): return 7 * 2**30",
        "def predict_tp_bytes(): return 64 * 1.75 * 4 * 4 * 2048 * 2048",
    ],
}


WRONG_ANSWERS = [
    (
        "data_parallel_gradient",
        "the last device's share",
        gradient(OWN, "a @ w.T, b, reduction='sum'", "gs[-1] / len(x)"),
    ),
    ("data_parallel_gradient", "the last device's gradient", gradient(OWN, "a @ w.T, b", "gs[-1]")),
    ("data_parallel_gradient", "sign turned", gradient(OWN, "a @ w.T, b, reduction='sum'", "-sum(gs) / len(x)")),
    (
        "data_parallel_gradient",
        "over the devices as well",
        gradient(OWN, "a @ w.T, b, reduction='sum'", "sum(gs) / len(x) / devices"),
    ),
    (
        "data_parallel_gradient",
        "gradients that add up in one place",
        """
def data_parallel_gradient(weight, x, y, devices):
    w, total = weight.clone().detach().requires_grad_(True), 0
    for a, b in zip(x.tensor_split(devices), y.tensor_split(devices)):
        (F.cross_entropy(a @ w.T, b, reduction="sum") / len(y)).backward()
        total = total + w.grad
    return total
""",
    ),
    ("embed_shard", "last token left out", embed("(local >= 0) & (local < n - 1)")),
    (
        "embed_shard",
        "first taken for a rank",
        embed("(local >= 0) & (local < n)").replace("idx - first", "idx - first * n"),
    ),
    ("vocab_parallel_loss", "a loss for each token", loss().replace(".mean()", "")),
    (
        "vocab_parallel_loss",
        "all logits reduced",
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    whole = [torch.zeros(len(targets), sum(z.shape[1] for z in logits)) for _ in logits]
    for r, (z, table) in enumerate(zip(logits, whole)): table[:, r * z.shape[1]:(r + 1) * z.shape[1]] = z
    return F.cross_entropy(all_reduce(whole), targets)
""",
    ),
    (
        "vocab_parallel_loss",
        "the first device's maximum",
        loss(largest="logits[0].max(-1).values"),
    ),
    ("reduce_scatter", "the whole sum everywhere", "def reduce_scatter(ts): return [sum(ts) for _ in ts]"),
    (
        "reduce_scatter",
        "nothing reduced",
        "def reduce_scatter(ts): return [t.chunk(len(ts))[r] for r, t in enumerate(ts)]",
    ),
    (
        "reduce_scatter",
        "mean in place of sum",
        "def reduce_scatter(ts): return list(torch.stack(ts).mean(0).chunk(len(ts)))",
    ),
    (
        "ring_all_reduce",
        "whole tensors passed round",
        """
def ring_all_reduce(tensors, exchange):
    total, now = [t.clone() for t in tensors], tensors
    for _ in tensors[1:]:
        now = exchange(now)
        for t, n in zip(total, now): t += n
    return total
""",
    ),
    ("ring_all_reduce", "summed without sending", "def ring_all_reduce(ts, exchange): return [sum(ts) for t in ts]"),
    ("ring_all_reduce", "one lap only", ring(again="0")),
    ("ring_all_reduce", "one step too many", ring(first="N")),
    ("ring_all_reduce", "one step too few", ring(first="N - 2", again="N - 2")),
    ("ring_all_reduce", "second lap adds", ring(put="+= got[r]")),
    ("ring_all_reduce", "the same part again and again", ring(send="r")),
    ("data_parallel_gradient", "both mistakes still there", gradient(FIRST, "a @ w.T, b")),
    ("data_parallel_gradient", "summed instead of averaged", gradient(OWN, "a @ w.T, b")),
    ("data_parallel_gradient", "the same examples on every device", gradient(FIRST, "a @ w.T, b", "sum(gs) / devices")),
    ("data_parallel_gradient", "mean of uneven means", gradient(OWN, "a @ w.T, b", "sum(gs) / devices")),
    ("data_parallel_gradient", "the rest dropped", gradient(EVEN, "a @ w.T, b", "sum(gs) / devices")),
    ("data_parallel_gradient", "divided twice", gradient(OWN, "a @ w.T, b", "sum(gs) / devices ** 2")),
    ("data_parallel_gradient", "one device's gradient", gradient(OWN, "a @ w.T, b", "gs[0]")),
    (
        "column_parallel",
        "bias forgotten",
        "def column_parallel(x, weight, bias, n): return [x @ w.T for w in weight.chunk(n)]",
    ),
    (
        "column_parallel",
        "every N-th output",
        "def column_parallel(x, weight, bias, n): return [F.linear(x, weight[r::n], bias[r::n]) for r in range(n)]",
    ),
    ("column_parallel", "put together again", "def column_parallel(x, weight, bias, n): return x @ weight.T + bias"),
    (
        "column_parallel",
        "whole output everywhere",
        "def column_parallel(x, weight, bias, n): return [x @ weight.T + bias] * n",
    ),
    ("row_parallel", "bias on every device", row("all_reduce([part + bias for part in parts])")),
    ("row_parallel", "bias on every device", row("all_reduce(parts) + len(parts) * bias")),
    ("row_parallel", "bias forgotten", row("all_reduce(parts)")),
    ("row_parallel", "mean in place of sum", row("all_reduce(parts) / len(parts) + bias")),
    ("row_parallel", "never summed", row("parts[0] + bias")),
    (
        "row_parallel",
        "no all-reduce",
        "def row_parallel(pieces, weight, bias, all_reduce): return torch.cat(pieces, -1) @ weight.T + bias",
    ),
    ("shard_qkv", "cut straight through", "def shard_qkv(w, n): return list(torch.tensor_split(w, n))"),
    (
        "shard_qkv",
        "only the queries cut",
        """
def shard_qkv(w, n):
    C = w.shape[1]
    return [torch.cat([w[:C].chunk(n)[r], w[C:]]) for r in range(n)]
""",
    ),
    ("shard_qkv", "every N-th row", "def shard_qkv(w, n): return [w[r::n] for r in range(n)]"),
    (
        "embed_shard",
        "foreign tokens not masked",
        embed("local", "shard[local.clamp(0, n - 1)]", result="rows"),
    ),
    (
        "embed_shard",
        "foreign tokens get the first row",
        embed("(local >= 0) & (local < n)", result="rows"),
    ),
    ("embed_shard", "one token too many", embed("(local >= 0) & (local <= n)")),
    ("embed_shard", "first token left out", embed("(local > 0) & (local < n)")),
    ("embed_shard", "no lower border", embed("local < n")),
    ("embed_shard", "wrapped around", "def embed_shard(idx, shard, first): return shard[idx % len(shard)]"),
    (
        "vocab_parallel_loss",
        "all logits in one place",
        "def vocab_parallel_loss(logits, targets, all_reduce): return F.cross_entropy(torch.cat(logits, 1), targets)",
    ),
    (
        "vocab_parallel_loss",
        "own maximum subtracted",
        loss(exps="[torch.exp(z - z.max(-1, keepdim=True).values).sum(-1) for z in logits]"),
    ),
    ("vocab_parallel_loss", "maxima added", loss("all_reduce([z.max(-1).values for z in logits])")),
    ("vocab_parallel_loss", "no maximum subtracted", loss("torch.zeros(len(targets))")),
    ("vocab_parallel_loss", "target's logit not masked", loss(mask="pass")),
    ("vocab_parallel_loss", "target taken for a column", loss(here="targets < W", column="targets")),
    ("vocab_parallel_loss", "summed over tokens", loss(reduce=".sum()")),
    ("predict_ddp_bytes", "own part sent too", "def predict_ddp_bytes(): return 2 * 4 * 124_439_808"),
    ("predict_ddp_bytes", "everything to everyone", "def predict_ddp_bytes(): return 7 * 4 * 124_439_808"),
    ("predict_tp_bytes", "half of it", "def predict_tp_bytes(): return 32 * 2 * 7 / 8 * 4 * 4 * 2048**2"),
    ("predict_tp_bytes", "a share of the batch", "def predict_tp_bytes(): return 7 * 2**30 // 8"),
    (
        "reduce_scatter",
        "cut along the last dimension",
        "def reduce_scatter(ts): return list(sum(ts).chunk(len(ts), -1))",
    ),
    (
        "reduce_scatter",
        "every N-th number",
        "def reduce_scatter(ts): return [sum(ts)[r::len(ts)] for r in range(len(ts))]",
    ),
    ("reduce_scatter", "parts of N", "def reduce_scatter(ts): return list(torch.split(sum(ts), len(ts)))"),
    ("reduce_scatter", "one tensor for all", "def reduce_scatter(ts): return torch.stack(ts).sum(0)"),
    (
        "ring_all_reduce",
        "what arrived put in the place of what was sent",
        ring().replace("(r - 1) - s", "r - s").replace("[(r - s) % N] = got", "[(r + 1 - s) % N] = got"),
    ),
    ("ring_all_reduce", "mean in place of sum", ring().replace("b.flatten()", "b.flatten() / N")),
    ("data_parallel_gradient", "sums never divided", gradient(OWN, 'a @ w.T, b, reduction="sum"')),
    (
        "data_parallel_gradient",
        "sums divided by the number of devices",
        gradient(OWN, 'a @ w.T, b, reduction="sum"', "sum(gs) / devices"),
    ),
    (
        "column_parallel",
        "whole bias on every device",
        "def column_parallel(x, weight, bias, n): return [x @ w.T + bias for w in weight.chunk(n)]",
    ),
    (
        "column_parallel",
        "bias divided by the number of devices",
        "def column_parallel(x, weight, bias, n): return list(torch.chunk(x @ weight.T + bias / n, n, -1))",
    ),
    ("row_parallel", "no all-reduce", row("sum(parts) + bias")),
    ("row_parallel", "the largest in place of the sum", row('all_reduce(parts, op="max") + bias')),
    (
        "row_parallel",
        "an all-reduce for each device",
        """
def row_parallel(pieces, weight, bias, all_reduce):
    w = weight.chunk(len(pieces), 1)
    out = F.linear(pieces[0], w[0])
    for r in range(1, len(pieces)): out = all_reduce([out, F.linear(pieces[r], w[r])])
    return out + bias
""",
    ),
    (
        "shard_qkv",
        "joined along the input",
        """
def shard_qkv(w, n):
    q, k, v = w.tensor_split(3)
    return [torch.hstack([q.chunk(n)[r], k.chunk(n)[r], v.chunk(n)[r]]) for r in range(n)]
""",
    ),
    ("shard_qkv", "queries only", "def shard_qkv(w, n): return list(w[: len(w) // 3].chunk(n))"),
    (
        "embed_shard",
        "token looked up as a row",
        embed("(local >= 0) & (local < n)", "shard[idx.masked_fill(~here, 0)]"),
    ),
    ("embed_shard", "foreign tokens dropped", embed("(local >= 0) & (local < n)", "shard[local[here]]", "rows")),
    (
        "vocab_parallel_loss",
        "largest logit not added back",
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    z = torch.cat(logits, -1)
    m = all_reduce([p.amax(-1) for p in logits], "max")
    s = all_reduce([(p - m[:, None]).exp().sum(-1) for p in logits])
    hit = F.one_hot(targets, z.shape[-1]).bool().chunk(len(logits), -1)
    t = all_reduce([p.masked_fill(~h, 0).sum(-1) for p, h in zip(logits, hit)])
    return (s.log() - t).mean()
""",
    ),
    ("predict_ddp_bytes", "the gradient sent once", "def predict_ddp_bytes(): return 4 * 124_439_808"),
    ("predict_tp_bytes", "the backward pass counted twice", "def predict_tp_bytes(): return 6 * 16 * 7 * 2**24"),
    (
        "shard_qkv",
        "queries and keys exchanged",
        """
def shard_qkv(w, n):
    k, q, v = w.chunk(3)
    return [torch.cat([q.chunk(n)[r], k.chunk(n)[r], v.chunk(n)[r]]) for r in range(n)]
""",
    ),
    ("ring_all_reduce", "one step too many in both laps", ring(first="N", again="N")),
    (
        "data_parallel_gradient",
        "the rest dropped, and counted",
        gradient(EVEN, "a @ w.T, b, reduction='sum'", "sum(gs) / len(x)"),
    ),
    (
        "column_parallel",
        "only the weight cut along the input",
        "def column_parallel(x, weight, bias, n):\n"
        "    return [F.linear(x, w, b) for w, b in zip(weight.chunk(n, dim=1), bias.chunk(n))]",
    ),
    ("row_parallel", "weight cut along the output", row("all_reduce(parts) + bias", cut="weight.chunk(len(pieces))")),
    (
        "vocab_parallel_loss",
        "first logit for a target elsewhere",
        loss(mask="pass", column="torch.where(here, targets - r * W, 0)"),
    ),
    (
        "reduce_scatter",
        "cut in two",
        """
def reduce_scatter(tensors):
    total = torch.stack(tensors).sum(dim=0)
    return list(total.chunk(2))
""",
    ),
    (
        "reduce_scatter",
        "the largest for the sum",
        """
def reduce_scatter(tensors):
    total = torch.stack(tensors).amax(dim=0)
    return list(total.chunk(len(tensors)))
""",
    ),
    (
        "reduce_scatter",
        "each part added up",
        """
def reduce_scatter(tensors):
    total = torch.stack(tensors).sum(dim=0)
    return [part.sum() for part in total.chunk(len(tensors))]
""",
    ),
    (
        "ring_all_reduce",
        "own parts passed round, no sums",
        """
def ring_all_reduce(tensors, exchange):
    N = len(tensors)
    parts = [list(tensor.chunk(N)) for tensor in tensors]
    for step in range(N - 1):
        arrived = exchange([parts[r][(r - step) % N] for r in range(N)])
        for r in range(N):
            parts[r][(r - 1 - step) % N] = arrived[r]
    for step in range(N - 1):
        arrived = exchange([parts[r][(r + 1 - step) % N] for r in range(N)])
        for r in range(N):
            parts[r][(r - step) % N] = arrived[r]
    return [torch.cat(mine) for mine in parts]
""",
    ),
    (
        "data_parallel_gradient",
        "the first share on every device",
        """
def data_parallel_gradient(weight, x, y, devices):
    gradients = []
    for _ in range(devices):
        mine, target = x.tensor_split(devices)[0], y.tensor_split(devices)[0]
        w = weight.detach().requires_grad_()
        loss = F.cross_entropy(mine @ w.T, target, reduction='sum') / len(x)
        loss.backward()
        gradients.append(w.grad)
    return torch.stack(gradients).sum(dim=0)
""",
    ),
    (
        "data_parallel_gradient",
        "the first device's share",
        """
def data_parallel_gradient(weight, x, y, devices):
    gradients = []
    for mine, target in zip(x.tensor_split(devices), y.tensor_split(devices), strict=True):
        w = weight.detach().requires_grad_()
        loss = F.cross_entropy(mine @ w.T, target, reduction='sum') / len(x)
        loss.backward()
        gradients.append(w.grad)
    return gradients[0]
""",
    ),
    (
        "data_parallel_gradient",
        "targets of other examples",
        """
def data_parallel_gradient(weight, x, y, devices):
    gradients = []
    for mine, target in zip(x.tensor_split(devices), y.roll(1).tensor_split(devices), strict=True):
        w = weight.detach().requires_grad_()
        loss = F.cross_entropy(mine @ w.T, target, reduction='sum') / len(x)
        loss.backward()
        gradients.append(w.grad)
    return torch.stack(gradients).sum(dim=0)
""",
    ),
    (
        "column_parallel",
        "biases in another order",
        """
def column_parallel(x, weight, bias, devices):
    shards = zip(weight.chunk(devices), bias.roll(1).chunk(devices), strict=True)
    return [F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards]
""",
    ),
    (
        "column_parallel",
        "the input cut as well",
        """
def column_parallel(x, weight, bias, devices):
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)
    C = x.shape[-1] // devices
    return [F.linear(x[..., :C], own_weight[:, :C], own_bias) for own_weight, own_bias in shards]
""",
    ),
    (
        "column_parallel",
        "the pieces added",
        """
def column_parallel(x, weight, bias, devices):
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)
    return sum((F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards))
""",
    ),
    (
        "column_parallel",
        "bias subtracted",
        """
def column_parallel(x, weight, bias, devices):
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)
    return [x @ own_weight.T - own_bias for own_weight, own_bias in shards]
""",
    ),
    (
        "row_parallel",
        "the bias on one device and after the sum",
        """
def row_parallel(pieces, weight, bias, all_reduce):
    shards = weight.chunk(len(pieces), dim=1)
    products = [piece @ own.T for piece, own in zip(pieces, shards, strict=True)]
    products[-1] = products[-1] + bias
    return all_reduce(products) + bias
""",
    ),
    (
        "row_parallel",
        "the first share for every piece",
        """
def row_parallel(pieces, weight, bias, all_reduce):
    shards = weight.chunk(len(pieces), dim=1)
    products = [piece @ own.T for piece, own in zip(pieces, [shards[0]] * len(pieces), strict=True)]
    return all_reduce(products) + bias
""",
    ),
    (
        "embed_shard",
        "mask inverted, with row 0",
        """
def embed_shard(idx, shard, first):
    local = idx - first
    here = (local >= 0) & (local < len(shard))
    rows = shard[local.where(here, 0)]
    return rows * (~here)[..., None]
""",
    ),
    (
        "embed_shard",
        "ones for foreign tokens",
        """
def embed_shard(idx, shard, first):
    local = idx - first
    here = (local >= 0) & (local < len(shard))
    rows = shard[local.where(here, 0)]
    return rows.where(here[..., None], 1.0)
""",
    ),
    (
        "vocab_parallel_loss",
        "logarithms added",
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    width = logits[0].shape[-1]
    largest = all_reduce([part.amax(dim=-1) for part in logits], 'max')
    total = all_reduce([(part - largest[:, None]).exp().sum(dim=-1).log() for part in logits]).exp()
    found = []
    for rank, part in enumerate(logits):
        local = targets - rank * width
        here = (local >= 0) & (local < width)
        found.append(part.gather(-1, local.where(here, 0)[:, None])[:, 0] * here)
    return (largest + total.log() - all_reduce(found)).mean()
""",
    ),
    (
        "vocab_parallel_loss",
        "in bits",
        """
def vocab_parallel_loss(logits, targets, all_reduce):
    width = logits[0].shape[-1]
    largest = all_reduce([part.amax(dim=-1) for part in logits], 'max')
    total = all_reduce([(part - largest[:, None]).exp().sum(dim=-1) for part in logits])
    found = []
    for rank, part in enumerate(logits):
        local = targets - rank * width
        here = (local >= 0) & (local < width)
        found.append(part.gather(-1, local.where(here, 0)[:, None])[:, 0] * here)
    return (largest + total.log2() - all_reduce(found)).mean()
""",
    ),
    (
        "predict_ddp_bytes",
        "neither biases nor norms",
        """
def predict_ddp_bytes():
    p = 12 * 12 * 768 ** 2 + 50257 * 768 + 1024 * 768
    return 2 * 7 * p * 4 // 8
""",
    ),
    (
        "column_parallel",
        "the first device's biases on every device",
        """
def column_parallel(x, weight, bias, devices):
    shards = ((w, bias[:len(w)]) for w in weight.chunk(devices))
    return [F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards]
""",
    ),
    (
        "embed_shard",
        "wrapped around from first",
        """
def embed_shard(idx, shard, first):
    return shard[(idx - first) % len(shard)]
""",
    ),
]
