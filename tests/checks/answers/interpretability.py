"""The exercises of lesson 20: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
"""


NORMED = "F.layer_norm(stream, weight.shape, weight, bias)"


def lens(line: str) -> str:
    return f"def lens_logits(stream, weight, bias, embedding):\n    {line}\n"


def induction(line: str) -> str:
    return f"def induction_scores(weights, period):\n    H, T, _ = weights.shape\n    {line}\n"


def ov(line: str) -> str:
    return f"def ov_table(embedding, w_v, w_o, head):\n    return {line}\n"


def patch(change: str, start: str = "target.clone()", result: str = "torch.stack(out)", before: str = "pass") -> str:
    return f"""
def patch_tokens(run, source, target):
    out = []
    {before}
    for t in range(target.shape[0]):
        x = {start}
        {change}
        out.append(run(x))
    return {result}
"""


def ablate(mean: str, put: str = "out[:, :, head] = m", give: str = "out") -> str:
    return f"""
def mean_ablate(gathered, real, head):
    out = gathered.clone()
    m = {mean}
    {put}
    return {give}
"""


def worth(
    d: str = "without - kept", error: str = "d.std() / len(d) ** 0.5", m: str = "d.mean()", z: str = "1.96"
) -> str:
    return f"""
def head_worth(without, kept):
    d = {d}
    m, e = ({m}).item(), ({error}).item()
    return m, m - {z} * e, m + {z} * e
"""


def probe(
    fit: str = "[:n]",
    test: str = "[n:]",
    ones: str = "torch.ones(len(x), 1)",
    score: str = "right.float().mean().item()",
):
    return f"""
def probe_accuracy(x, labels, n):
    X = torch.cat([x, {ones}], 1).double()
    Y = torch.eye(int(labels.max()) + 1).double()[labels]
    W = torch.linalg.lstsq(X{fit}, Y{fit}).solution
    right = (X{test} @ W).argmax(1) == labels{test}
    return {score}
"""


def control(body: str) -> str:
    return f"def control_task(kinds, drawn):\n    {body}\n"


def predicted(values: str) -> str:
    return f"def predict_patching(): return {values}"


RIGHT_ANSWERS = {
    "lens_logits": [
        lens("return F.linear(F.layer_norm(stream, (stream.shape[-1],), weight, bias), embedding)"),
        lens("""m = stream.mean(-1, keepdim=True)
    v = ((stream - m) ** 2).mean(-1, keepdim=True)
    return ((stream - m) / (v + 1e-5).sqrt() * weight + bias) @ embedding.T"""),
        lens("""out = []
    for place in stream:
        out.append(F.layer_norm(place, weight.shape, weight, bias) @ embedding.t())
    return torch.stack(out)"""),
        lens("""s = (stream - stream.mean(-1, True)) / torch.sqrt(stream.var(-1, keepdim=True, unbiased=False) + 1e-5)
    return torch.einsum('ptc,vc->ptv', s * weight + bias, embedding)"""),
        lens("""norm = nn.LayerNorm(len(weight)).to(stream.dtype)
    norm.weight.data, norm.bias.data = weight, bias
    return (norm(stream) @ embedding.T).detach()"""),
    ],
    "induction_scores": [
        induction("t = torch.arange(period, T); return weights[:, t, t - period + 1].mean(-1)"),
        induction("return weights.diagonal(1 - period, 1, 2)[:, 1:].mean(-1)"),
        induction(
            "return torch.stack([sum(w[t, t - period + 1] for t in range(period, T)) / (T - period) for w in weights])"
        ),
        induction("return sum(weights[:, t, t + 1 - period] for t in range(period, T)) / (T - period)"),
        induction("return torch.stack([torch.diagonal(w[period:, 1:]).mean() for w in weights])"),
    ],
    "ov_table": [
        ov("embedding @ w_v.T @ w_o.T @ head.T"),
        ov("F.linear(F.linear(F.linear(embedding, w_v), w_o), head)"),
        ov("(head @ (w_o @ w_v) @ embedding.T).T"),
        ov("torch.einsum('ic,dc,ed,je->ij', embedding, w_v, w_o, head)"),
        ov("torch.stack([head @ (w_o @ (w_v @ e)) for e in embedding])"),
    ],
    "patch_tokens": [
        patch("x[t] = source[t]"),
        patch("pass", start="torch.cat([target[:t], source[t:t+1], target[t+1:]])"),
        patch("pass", start="torch.where(torch.arange(len(target))[:, None] == t, source, target)"),
        patch(
            "x.data[t] = source[t].clone()", start="torch.clone(target)", result="torch.tensor([o.item() for o in out])"
        ),
        """
def patch_tokens(run, source, target):
    eye = torch.eye(len(target), dtype=torch.bool)
    return torch.stack([run(torch.where(row[:, None], source, target)) for row in eye])
""",
    ],
    "mean_ablate": [
        ablate("gathered[real][:, head].mean(0)"),
        ablate("gathered[:, :, head][real].mean(dim=0)"),
        ablate("(gathered[:, :, head] * real[..., None]).sum((0, 1)) / real.sum()"),
        ablate(
            "torch.stack([gathered[b, t, head] for b, t in real.nonzero().tolist()]).mean(0)",
            "out[:, :, head, :] = m.view(1, 1, -1)",
        ),
        """
def mean_ablate(gathered, real, head):
    m = gathered[real].mean(0)[head]
    here = torch.arange(gathered.shape[2])[:, None] == head
    return torch.where(here, m, gathered)
""",
    ],
    "head_worth": [
        worth(),
        worth(error="(d.var() / len(d)).sqrt()"),
        worth(error="torch.sqrt(((d - d.mean()) ** 2).sum() / (len(d) - 1) / len(d))", m="d.sum() / len(d)"),
        """
def head_worth(without, kept):
    d = (without - kept).numpy()
    e = 1.96 * d.std(ddof=1) / np.sqrt(d.size)
    return d.mean(), d.mean() - e, d.mean() + e
""",
        """
def head_worth(without, kept):
    m = without.mean() - kept.mean()
    half = 1.96 * torch.std(without - kept) / math.sqrt(without.numel())
    return m, m - half, m + half
""",
    ],
    "probe_accuracy": [
        probe(),
        probe(ones="torch.ones_like(x[:, :1])"),
        """
def probe_accuracy(x, labels, n):
    m = x[:n].mean(0)
    Y = F.one_hot(labels).to(x.dtype)
    w = torch.linalg.pinv(x[:n] - m) @ (Y[:n] - Y[:n].mean(0))
    guess = ((x[n:] - m) @ w + Y[:n].mean(0)).argmax(-1)
    return (guess == labels[n:]).float().mean().item()
""",
        """
def probe_accuracy(x, labels, n):
    X = np.c_[x.numpy(), np.ones(len(x))]
    Y = np.eye(labels.max() + 1)[labels.numpy()]
    W = np.linalg.lstsq(X[:n], Y[:n], rcond=None)[0]
    return float(((X[n:] @ W).argmax(1) == labels[n:].numpy()).mean())
""",
        """
def probe_accuracy(x, labels, n):
    X = F.pad(x, (0, 1), value=1.0)
    Y = F.one_hot(labels).double()
    W = torch.linalg.solve(X[:n].T @ X[:n], X[:n].T @ Y[:n])
    return sum(int(p.argmax()) == int(l) for p, l in zip(X[n:] @ W, labels[n:])) / len(labels[n:])
""",
    ],
    "control_task": [
        control(
            "table = {}\n"
            "    for k in kinds:\n"
            "        if k not in table: table[k] = drawn[len(table)]\n"
            "    return [table[k] for k in kinds]"
        ),
        control("seen = list(dict.fromkeys(kinds)); return [drawn[seen.index(k)] for k in kinds]"),
        control(
            "seen = []\n"
            "    out = []\n"
            "    for k in kinds:\n"
            "        if k not in seen: seen.append(k)\n"
            "        out.append(drawn[seen.index(k)])\n"
            "    return out"
        ),
        control("t = dict(zip(dict.fromkeys(kinds), drawn)); return list(map(t.get, kinds))"),
        control(
            "new = iter(drawn); t = {}\n    return [t[k] if k in t else t.setdefault(k, next(new)) for k in kinds]"
        ),
    ],
    "predict_patching": [
        predicted("0.75, -0.25, 520, 0.2"),
        predicted("[3 / 4, -1 / 4, 520, 0.2]"),
        predicted("(4 + 2) / 8, (-4 + 2) / 8, 13 * 40, 0.9 - 0.7"),
        predicted("0.75, -0.25, 520.0, 0.20"),
        "def predict_patching():\n"
        "    r = lambda p: (p - -2) / (6 - -2)\n"
        "    return r(4), r(-4), (12 + 1) * 40, .9 - .7",
    ],
}


# As typed, each with the name of the mistake that is told; None where the answer is refused without one.
WRONG_ANSWERS = [
    # the logit lens
    ("lens_logits", "the norm left out", lens("return stream @ embedding.T")),
    ("lens_logits", "scale and shift left out", lens("return F.layer_norm(stream, weight.shape) @ embedding.T")),
    (
        "lens_logits",
        "only the last place",
        lens("return F.layer_norm(stream[-1], weight.shape, weight, bias) @ embedding.T"),
    ),
    ("lens_logits", "normed after the head", lens("return F.layer_norm(stream @ embedding.T, (len(embedding),))")),
    (
        "lens_logits",
        "torch's std",
        lens(
            "return (stream - stream.mean(-1, True)) / stream.std(-1, keepdim=True) * weight @ "
            "embedding.T + bias @ embedding.T"
        ),
    ),
    (
        "lens_logits",
        "probabilities returned",
        lens("return (F.layer_norm(stream, weight.shape, weight, bias) @ embedding.T).softmax(-1)"),
    ),
    ("lens_logits", "RMSNorm", lens("return F.rms_norm(stream, weight.shape, weight) @ embedding.T")),
    (
        "lens_logits",
        "the table not turned",
        lens(f"return {NORMED} @ embedding"),
    ),
    (
        "lens_logits",
        "the table normed too",
        lens(f"return {NORMED} @ F.layer_norm(embedding, weight.shape, weight, bias).T"),
    ),
    (
        "lens_logits",
        "the table's rows of length 1",
        lens(f"return {NORMED} @ (embedding / embedding.norm(dim=1, keepdim=True)).T"),
    ),
    (
        "lens_logits",
        "the mean over tokens",
        lens(f"return ({NORMED} @ embedding.T).mean(1)"),
    ),
    (
        "lens_logits",
        "tokens before places",
        lens(f"return torch.einsum('ptc,vc->tpv', {NORMED}, embedding)"),
    ),
    (
        "lens_logits",
        "softmax over the tokens",
        lens(f"return ({NORMED} @ embedding.T).softmax(-2)"),
    ),
    (
        "lens_logits",
        "only the last place normed",
        lens(
            "out = [s @ embedding.T for s in stream]\n"
            "    out[-1] = F.layer_norm(stream[-1], weight.shape, weight, bias) @ embedding.T\n"
            "    return torch.stack(out)"
        ),
    ),
    (
        "lens_logits",
        "the token said",
        lens("return (F.layer_norm(stream, weight.shape, weight, bias) @ embedding.T).argmax(-1)"),
    ),
    ("lens_logits", "scaled and shifted, not normed", lens("return (stream * weight + bias) @ embedding.T")),
    # the induction score
    (
        "induction_scores",
        "the query's own copy",
        induction("t = torch.arange(period, T); return weights[:, t, t - period].mean(-1)"),
    ),
    ("induction_scores", "the query's own copy", induction("return weights.diagonal(-period, 1, 2).mean(-1)")),
    (
        "induction_scores",
        "the last of the first part included",
        induction("return weights.diagonal(1 - period, 1, 2).mean(-1)"),
    ),
    ("induction_scores", "the previous token", induction("return weights.diagonal(-1, 1, 2).mean(-1)")),
    (
        "induction_scores",
        "averaged over heads",
        induction("t = torch.arange(period, T); return weights[:, t, t - period + 1].mean()"),
    ),
    (
        "induction_scores",
        "the sum",
        induction("t = torch.arange(period, T); return weights[:, t, t - period + 1].sum(-1)"),
    ),
    (
        "induction_scores",
        "divided by all tokens",
        induction("t = torch.arange(period, T); return weights[:, t, t - period + 1].sum(-1) / T"),
    ),
    ("induction_scores", "queries and keys swapped", induction("return weights.diagonal(period - 1, 1, 2).mean(-1)")),
    (
        "induction_scores",
        "how often it is the largest",
        induction("t = torch.arange(period, T); return (weights[:, t].argmax(-1) == t - period + 1).float().mean(-1)"),
    ),
    (
        "induction_scores",
        "the mean over the first telling",
        induction("return weights[:, period:, :period].mean((1, 2))"),
    ),
    (
        "induction_scores",
        "only the second time counted",
        induction(
            "t = torch.arange(period, 2 * period) if T >= 2 * period else torch.arange(period, "
            "T); return weights[:, t, t - period + 1].mean(-1)"
        ),
    ),
    # what a head says
    ("ov_table", None, ov("embedding @ w_v @ w_o @ head")),
    ("ov_table", "read with the embedding", ov("embedding @ w_v.T @ w_o.T @ embedding.T")),
    ("ov_table", "rows and columns swapped", ov("head @ w_o @ w_v @ embedding.T")),
    ("ov_table", "W_V twice", ov("embedding @ w_v.T @ w_v @ head.T")),
    ("ov_table", "W_V and W_O swapped", ov("embedding @ w_o @ w_v @ head.T")),
    ("ov_table", "probabilities", ov("(embedding @ w_v.T @ w_o.T @ head.T).softmax(-1)")),
    ("ov_table", "the stream added", ov("(embedding + embedding @ w_v.T @ w_o.T) @ head.T")),
    ("ov_table", "only the diagonal", ov("(embedding @ w_v.T @ w_o.T * head).sum(-1)")),
    ("ov_table", "divided by √D", ov("embedding @ w_v.T @ w_o.T @ head.T / math.sqrt(w_v.shape[0])")),
    ("ov_table", "the head left out", ov("F.linear(F.linear(embedding, w_v), w_o)")),
    ("ov_table", "the token said", ov("(embedding @ w_v.T @ w_o.T @ head.T).argmax(-1)")),
    # patching
    ("patch_tokens", "source and target swapped", patch("x[t] = target[t]", start="source.clone()")),
    ("patch_tokens", "patches that stay", patch("x[t] = source[t]", start="target")),
    ("patch_tokens", "patches that stay", patch("x[t] = source[t]", start="x", before="x = target.clone()")),
    ("patch_tokens", "all tokens patched", patch("x = source")),
    ("patch_tokens", "added", patch("x[t] += source[t]")),
    ("patch_tokens", "zeros", patch("x[t] = 0")),
    ("patch_tokens", "from the token on", patch("x[t:] = source[t:]")),
    ("patch_tokens", "all before the token", patch("x[:t] = source[:t]")),
    ("patch_tokens", "the change returned", patch("x[t] = source[t]", result="torch.stack(out) - run(target)")),
    (
        "patch_tokens",
        "the share returned",
        patch("x[t] = source[t]", result="(torch.stack(out) - run(target)) / (run(source) - run(target))"),
    ),
    ("patch_tokens", "the mean of both", patch("x[t] = (x[t] + source[t]) / 2")),
    (
        "patch_tokens",
        "one answer",
        "def patch_tokens(run, source, target):\n    x = target.clone()\n    x[-1] = source[-1]\n    return run(x)",
    ),
    # ablation
    ("mean_ablate", "padding in the mean", ablate("gathered[:, :, head].mean((0, 1))")),
    ("mean_ablate", "zeros", ablate("0")),
    ("mean_ablate", "a mean for each position, padding included", ablate("gathered[:, :, head].mean(0)")),
    ("mean_ablate", "all heads", ablate("gathered[real].mean(0)", "out[:] = m")),
    ("mean_ablate", "one number", ablate("gathered[real][:, head].mean()")),
    ("mean_ablate", "the mean of all heads", ablate("gathered[real].mean((0, 1))")),
    ("mean_ablate", "nothing replaced", ablate("gathered[real][:, head].mean(0)", "out[real][:, head] = m")),
    ("mean_ablate", None, ablate("gathered[real][:, head].mean(0)", "out[..., head] = m[head]")),
    ("mean_ablate", "the mean taken away", ablate("gathered[real][:, head].mean(0)", "out[:, :, head] -= m")),
    ("mean_ablate", "padding counted", ablate("(gathered[:, :, head] * real[..., None]).mean((0, 1))")),
    (
        "mean_ablate",
        "only this head returned",
        ablate("gathered[real][:, head].mean(0)", "out = m.expand_as(gathered[:, :, head])"),
    ),
    (
        "mean_ablate",
        "the padding left as it was",
        ablate("gathered[real][:, head].mean(0)", "t = out[:, :, head]; t[real] = m; out[:, :, head] = t"),
    ),
    # worth
    ("head_worth", "the wrong sign", worth("kept - without")),
    ("head_worth", "no √n", worth(error="d.std()")),
    ("head_worth", "deviation over n, not n − 1", worth(error="d.std(unbiased=False) / len(d) ** 0.5")),
    ("head_worth", "variance for deviation", worth(error="d.var() / len(d) ** 0.5")),
    (
        "head_worth",
        "the two losses as if independent",
        worth(error="torch.sqrt(without.var() / len(d) + kept.var() / len(d))"),
    ),
    ("head_worth", "divided by n", worth(error="d.std() / len(d)")),
    ("head_worth", "two standard errors", worth(z="2")),
    ("head_worth", "one standard error", worth(z="1")),
    ("head_worth", "absolute differences", worth("(without - kept).abs()")),
    ("head_worth", "a ratio", worth("without / kept")),
    (
        "head_worth",
        "the middle 95 % of the stories",
        "def head_worth(without, kept):\n"
        "    d = without - kept\n"
        "    return d.mean(), d.quantile(0.025), d.quantile(0.975)",
    ),
    (
        "head_worth",
        "the two losses as if independent",
        worth(error="torch.sqrt(without.var() + kept.var()) / len(d) ** 0.5"),
    ),
    # the probe
    ("probe_accuracy", "both mistakes still there", probe(fit="", test="")),
    ("probe_accuracy", "fitted to all", probe(fit="")),
    ("probe_accuracy", "tested on all", probe(test="")),
    ("probe_accuracy", "tested on what it was fitted to", probe(test="[:n]")),
    ("probe_accuracy", "the two parts swapped", probe(fit="[n:]", test="[:n]")),
    ("probe_accuracy", "only the held-out ones used", probe(fit="[n:]", test="[n:]")),
    ("probe_accuracy", None, probe(ones="torch.zeros(len(x), 1)")),
    ("probe_accuracy", "percent", probe(score="100 * right.float().mean().item()")),
    ("probe_accuracy", "how many are right", probe(score="right.sum().item()")),
    ("probe_accuracy", "divided by all vectors", probe(score="right.sum().item() / len(x)")),
    ("probe_accuracy", "the share that is wrong", probe(score="(~right).float().mean().item()")),
    # the control
    (
        "control_task",
        "a label for each occurrence",
        control("return [drawn[i % len(drawn)] for i in range(len(kinds))]"),
    ),
    (
        "control_task",
        "by the order of their numbers",
        control("s = sorted(set(kinds)); return [drawn[s.index(k)] for k in kinds]"),
    ),
    ("control_task", "the kind as an index", control("return [drawn[k % len(drawn)] for k in kinds]")),
    (
        "control_task",
        "the numbering itself",
        control("s = list(dict.fromkeys(kinds)); return [s.index(k) for k in kinds]"),
    ),
    (
        "control_task",
        "in the order of a set",
        control("s = list(set(kinds)); return [drawn[s.index(k)] for k in kinds]"),
    ),
    ("control_task", "a table of labels", control("return {k: d for k, d in zip(dict.fromkeys(kinds), drawn)}")),
    (
        "control_task",
        "the position of the first occurrence",
        control("return [drawn[kinds.index(k) % len(drawn)] for k in kinds]"),
    ),
    (
        "control_task",
        "the last occurrence decides",
        control("t = {}\n    for k in kinds: t[k] = drawn[len(t) % len(drawn)]\n    return [t[k] for k in kinds]"),
    ),
    (
        "control_task",
        "a new label at each change",
        control(
            "out, j = [], 0\n"
            "    for i, k in enumerate(kinds):\n"
            "        if i and k != kinds[i - 1]: j += 1\n"
            "        out.append(drawn[j % len(drawn)])\n"
            "    return out"
        ),
    ),
    (
        "control_task",
        "in the order of the kinds' numbers",
        control("t = dict(zip(dict.fromkeys(kinds), drawn)); return [t[k] for k in sorted(kinds)]"),
    ),
    (
        "control_task",
        "from the end",
        control("t = dict(zip(dict.fromkeys(kinds[::-1]), drawn)); return [t[k] for k in kinds]"),
    ),
    # predictions
    ("predict_patching", "over the source alone", predicted("0.5, -0.25, 520, 0.2")),
    ("predict_patching", "cut off at 0", predicted("0.75, 0, 520, 0.2")),
    ("predict_patching", "the sign lost", predicted("0.75, 0.25, 520, 0.2")),
    ("predict_patching", "12 places", predicted("0.75, -0.25, 480, 0.2")),
    ("predict_patching", "heads for tokens", predicted("0.75, -0.25, 60, 0.2")),
    ("predict_patching", "the control ignored", predicted("0.75, -0.25, 520, 0.9")),
    ("predict_patching", "nats, not a share, and nats for the second head", predicted("6, -2, 520, 0.2")),
    ("predict_patching", "from zero, and the second from zero", predicted("4 / 6, -4 / 6, 520, 0.2")),
    ("predict_patching", "percent throughout", predicted("75, -25, 520, 20")),
    ("predict_patching", "chance for the control", predicted("0.75, -0.25, 520, 0.65")),
    ("predict_patching", "added up", predicted("0.75, -0.25, 53, 0.2")),
    (
        "lens_logits",
        "the deviation over n − 1, and eps outside the root",
        """
def lens_logits(stream, weight, bias, embedding):
    z = (stream - stream.mean(-1, keepdim=True)) / (stream.std(-1, keepdim=True) + 1e-05)
    return (z * weight + bias) @ embedding.T
""",
    ),
    (
        "induction_scores",
        "two after the copy",
        """
def induction_scores(weights, period):
    t = torch.arange(period, weights.shape[-1])
    return weights[:, t, t - period + 2].mean(dim=-1)
""",
    ),
    (
        "induction_scores",
        "the token just before",
        """
def induction_scores(weights, period):
    t = torch.arange(period, weights.shape[-1])
    return weights[:, t, t - 1].mean(dim=-1)
""",
    ),
    (
        "head_worth",
        "the root of n − 1",
        """
def head_worth(without, kept):
    saved = without - kept
    mean = saved.mean().item()
    reach = 1.96 * saved.std().item() / math.sqrt(len(saved) - 1)
    return (mean, mean - reach, mean + reach)
""",
    ),
    (
        "head_worth",
        "how far it reaches, not where to",
        """
def head_worth(without, kept):
    saved = without - kept
    mean = saved.mean().item()
    reach = 1.96 * saved.std().item() / math.sqrt(len(saved))
    return (mean, reach, reach)
""",
    ),
    (
        "predict_patching",
        "over the source less twice, and the second over 4 nats",
        """
def predict_patching():
    whole_way = 6 - 2
    places = 12 + 1
    return ((4 - -2) / whole_way, (-4 - -2) / whole_way, places * 40, 0.9 - 0.7)
""",
    ),
]
