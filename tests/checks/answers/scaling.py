"""The exercises of lesson 15: answers as students type them."""

PRELUDE = """
import math
from collections import Counter
import numpy as np
import torch
from torch.nn import functional as F
"""


def bits(line: str) -> str:
    return f"def bits_per_byte(losses, tokens, size):\n    return {line}\n"


def split(
    key: str = "' '.join(s.split())",
    held: str = "order[k] % every == every - 1",
    judged: str = "if k not in seen: held_out.append(s)",
    trained: str = "train.append(s)",
    result: str = "train, held_out",
) -> str:
    return f"""
def split_stories(stories, every):
    order, seen, train, held_out = {{}}, set(), [], []
    for i, s in enumerate(stories):
        k = {key}
        if k not in order:
            order[k] = len(order)
        if {held}:
            {judged}
        else:
            {trained}
        seen.add(k)
    return {result}
"""


def share(
    grams: str = "[tuple(w[i:i + n]) for i in range(len(w) - n + 1)]",
    words: str = "t.split()",
    rule: str = "any(g in known for g in grams(t))",
    result: str = "hits / len(held_out)",
    training: str = "train",
) -> str:
    return f"""
def contaminated_share(held_out, train, n):
    def grams(t):
        w = {words}
        return {grams}
    known = set()
    for t in {training}:
        known.update(grams(t))
    hits = 0
    for t in held_out:
        if {rule}:
            hits += 1
    return {result}
"""


def fitted(
    x: str = "np.log(N.numpy())", y: str = "np.log((loss - floor).numpy())", result: str = "np.exp(b), -a"
) -> str:
    return f"""
def fit_power_law(N, loss, floor):
    a, b = np.polyfit({x}, {y}, 1)
    return {result}
"""


def misfit(r: str = "torch.log(measured / predicted)", loss: str = "", reduced: str = "each.sum().item()") -> str:
    loss = loss or "torch.where(abs(r) <= delta, r ** 2 / 2, delta * (abs(r) - delta / 2))"
    return f"""
def robust_misfit(predicted, measured, delta):
    r = {r}
    each = {loss}
    return {reduced}
"""


def interval(
    means: str = "values[draws].mean(1)", low: str = "(1 - level) / 2", high: str = "1 - (1 - level) / 2"
) -> str:
    return f"""
def bootstrap_interval(values, draws, level):
    means = {means}
    return means.quantile({low}).item(), means.quantile({high}).item()
"""


def optimum(
    G: str = "(alpha * A / beta / B) ** (1 / (alpha + beta))",
    N: str = "G * (flops / 6) ** (beta / (alpha + beta))",
    D: str = "flops / 6 / N",
    result: str = "N, D",
) -> str:
    return f"""
def compute_optimal(A, alpha, B, beta, flops):
    G = {G}
    N = {N}
    D = {D}
    return {result}
"""


def predicted(*losses: float) -> str:
    return f"def predict_losses():\n    return {losses}\n"


RIGHT_ANSWERS = {
    "bits_per_byte": [
        bits("sum(l * t for l, t in zip(losses, tokens)) / size / math.log(2)"),
        bits("sum(l * t * math.log2(math.e) for l, t in zip(losses, tokens)) / size"),
        bits("float(np.dot(losses, tokens) / np.log(2) / size)"),
        bits("(torch.tensor(losses, dtype=torch.float64) * torch.tensor(tokens)).sum().item() / size / math.log(2)"),
        bits("np.average(losses, weights=tokens) * sum(tokens) / size / math.log(2)"),
    ],
    "split_stories": [
        split(),
        split(key="tuple(s.split())"),
        split(held="(order[k] + 1) % every == 0"),
        """
def split_stories(stories, every):
    same = lambda s: tuple(s.split())
    distinct = list(dict.fromkeys(map(same, stories)))
    kept = set(distinct[every - 1 :: every])
    first = {}
    for s in stories:
        first.setdefault(same(s), s)
    return [s for s in stories if same(s) not in kept], [first[d] for d in distinct if d in kept]
""",
        """
def split_stories(stories, every):
    known, train, held_out = [], [], []
    for story in stories:
        words = story.split()
        new = words not in known
        if new: known.append(words)
        if known.index(words) % every == every - 1:
            if new: held_out.append(story)
        else: train.append(story)
    return train, held_out
""",
    ],
    "contaminated_share": [
        share(),
        share("set(zip(*[w[i:] for i in range(n)]))"),
        share("[' '.join(w[i:i + n]) for i in range(len(w) - n + 1)]"),
        share(rule="not known.isdisjoint(grams(t))"),
        """
def contaminated_share(held_out, train, n):
    padded = [" " + " ".join(t.split()) + " " for t in train]
    flags = []
    for t in held_out:
        w = t.split()
        runs = [" " + " ".join(w[i:i + n]) + " " for i in range(len(w) - n + 1)]
        flags.append(any(r in p for r in runs for p in padded))
    return np.mean(flags).item()
""",
    ],
    "fit_power_law": [
        fitted(),
        fitted("np.log10(N.numpy())", "np.log10((loss - floor).numpy())", "10 ** b, -a"),
        fitted("-np.log(N)", "np.log(loss - floor)", "math.exp(b), a"),
        """
def fit_power_law(N, loss, floor):
    X = torch.stack([torch.ones_like(N), N.log()], dim=1)
    b, a = torch.linalg.lstsq(X, (loss - floor).log()[:, None]).solution[:, 0].tolist()
    return math.exp(b), -a
""",
        """
def fit_power_law(N, loss, floor):
    x, y = torch.log(N), torch.log(loss - floor)
    c = torch.cov(torch.stack([x, y]))
    slope = c[0, 1] / c[0, 0]
    return torch.exp(y.mean() - slope * x.mean()).item(), -slope.item()
""",
    ],
    "robust_misfit": [
        misfit(),
        misfit("torch.log(predicted) - torch.log(measured)"),
        misfit(loss="F.huber_loss(measured.log(), predicted.log(), delta=delta, reduction='none')"),
        misfit(loss="0.5 * r.abs().clamp(max=delta) ** 2 + delta * (r.abs() - delta).clamp(min=0)"),
        """
def robust_misfit(predicted, measured, delta):
    total = 0.0
    for p, m in zip(predicted.tolist(), measured.tolist()):
        r = abs(math.log(m) - math.log(p))
        total += r * r / 2 if r <= delta else delta * r - delta ** 2 / 2
    return total
""",
    ],
    "bootstrap_interval": [
        interval(),
        interval(high="0.5 + level / 2"),
        interval("values[draws].sum(-1) / len(values)"),
        interval("torch.stack([values[d].mean() for d in draws])"),
        """
def bootstrap_interval(values, draws, level):
    means = values.numpy()[draws.numpy()].mean(axis=1)
    low, high = np.percentile(means, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
""",
    ],
    "compute_optimal": [
        optimum(),
        optimum(D="(flops / 6) ** (alpha / (alpha + beta)) / G"),
        optimum("(beta * B / (alpha * A)) ** (-1 / (alpha + beta))"),
        """
def compute_optimal(A, alpha, B, beta, flops):
    lo, hi = -50.0, 150.0
    for _ in range(300):  # the slope by ln N is negative below the optimum
        x = (lo + hi) / 2
        slope = -alpha * A * math.exp(-alpha * x) + beta * B * math.exp(-beta * (math.log(flops / 6) - x))
        lo, hi = (x, hi) if slope < 0 else (lo, x)
    return math.exp(x), flops / 6 / math.exp(x)
""",
        optimum("1.0", "math.exp((math.log(alpha * A / beta / B) + beta * math.log(flops / 6)) / (alpha + beta))"),
    ],
    "predict_losses": [
        predicted(2.3, 1.55, 1.3, 0.8),
        predicted(2.3, 0.3 + 0.25 + 1, 0.3 + 0.5 + 0.5, 0.3 + 0.5),
        """
def predict_losses():
    law = lambda N, D: 0.3 + 100 / N ** 0.5 + 1000 / D ** 0.5
    return law(1e4, 1e6), law(16e4, 1e6), law(4e4, 4e6), law(1e30, 4e6)
""",
        "def predict_losses():\n    return [2.3, 1.55, 1.3, 0.8]\n",
        "def predict_losses():\n    return 2.30, 1.550, 1.300, 0.80\n",
    ],
}


WRONG_ANSWERS = [
    ("bits_per_byte", "batches of equal weight", bits("np.mean(losses) * sum(tokens) / np.log(2) / size")),
    ("bits_per_byte", "nats left as they are", bits("sum(l * t for l, t in zip(losses, tokens)) / size")),
    ("bits_per_byte", "times ln 2", bits("sum(l * t for l, t in zip(losses, tokens)) * math.log(2) / size")),
    ("bits_per_byte", "bits per token", bits("np.average(losses, weights=tokens) / np.log(2)")),
    ("bits_per_byte", "nats per token", bits("np.average(losses, weights=tokens)")),
    ("bits_per_byte", "mean of means per byte", bits("sum(losses) / len(losses) / math.log(2) / size")),
    ("bits_per_byte", "tokens left out", bits("sum(losses) / math.log(2) / size")),
    ("bits_per_byte", "perplexity", bits("math.exp(np.average(losses, weights=tokens))")),
    (
        "bits_per_byte",
        "multiplied by bytes per token",
        bits("np.average(losses, weights=tokens) / math.log(2) * (size / sum(tokens))"),
    ),
    ("bits_per_byte", "decimal digits", bits("sum(l * t for l, t in zip(losses, tokens)) / math.log(10) / size")),
    ("bits_per_byte", None, bits("sum(losses) / len(losses) / math.log(2)")),
    ("split_stories", "by place", split(held="i % every == every - 1", judged="held_out.append(s)")),
    ("split_stories", "spaces make a difference", split(key="s")),
    ("split_stories", "only outer spaces removed", split(key="s.strip()")),
    ("split_stories", "capitals make no difference", split(key="' '.join(s.lower().split())")),
    ("split_stories", "the first held out", split(held="order[k] % every == 0")),
    ("split_stories", "copies judged", split(judged="held_out.append(s)")),
    ("split_stories", "trained on once", split(trained="train += [s] if k not in seen else []")),
    ("split_stories", "parts swapped", split(result="held_out, train")),
    (
        "split_stories",
        "stories rewritten",
        split(judged="if k not in seen: held_out.append(k)", trained="train.append(k)"),
    ),
    (
        "split_stories",
        "training text cleaned",
        """
def split_stories(stories, every):
    held_out = stories[every - 1 :: every]
    bad = {" ".join(s.split()) for s in held_out}
    return [s for i, s in enumerate(stories) if (i + 1) % every and " ".join(s.split()) not in bad], held_out
""",
    ),
    (
        "split_stories",
        "each part made distinct",
        """
def split_stories(stories, every):
    train = [s for i, s in enumerate(stories) if i % every != every - 1]
    held_out = [s for i, s in enumerate(stories) if i % every == every - 1]
    return list(dict.fromkeys(train)), list(dict.fromkeys(held_out))
""",
    ),
    ("contaminated_share", "all runs must be known", share(rule="all(g in known for g in grams(t))")),
    ("contaminated_share", "one word more", share("[tuple(w[i:i + n + 1]) for i in range(len(w) - n)]")),
    (
        "contaminated_share",
        "order ignored",
        share("[frozenset(Counter(w[i:i + n]).items()) for i in range(len(w) - n + 1)]"),
    ),
    (
        "contaminated_share",
        "pieces in place of runs",
        share("[tuple(w[i:i + n]) for i in range(0, len(w) - n + 1, n)]"),
    ),
    ("contaminated_share", "the last run left out", share("[tuple(w[i:i + n]) for i in range(len(w) - n)]")),
    (
        "contaminated_share",
        "letters in place of words",
        share("[w[i:i + n] for i in range(len(w) - n + 1)]", words="t"),
    ),
    ("contaminated_share", "single words", share("w")),
    ("contaminated_share", "training texts glued together", share(training="[' '.join(train)]")),
    ("contaminated_share", "the number of texts", share(result="hits")),
    ("contaminated_share", "the share that is clean", share(result="1 - hits / len(held_out)")),
    ("contaminated_share", None, share(result="hits / len(train)")),
    ("fit_power_law", "floor left in", fitted(y="np.log(loss)")),
    ("fit_power_law", "in linear space", fitted("N", "loss - floor", "b, -a")),
    ("fit_power_law", "only the loss in logarithms", fitted("N")),
    ("fit_power_law", "only N in logarithms", fitted(y="loss - floor")),
    ("fit_power_law", "sign of alpha", fitted(result="np.exp(b), a")),
    ("fit_power_law", "ln A for A", fitted(result="b, -a")),
    ("fit_power_law", "logarithms mixed", fitted("np.log10(N)", "np.log10(loss - floor)")),
    ("fit_power_law", "alpha before A", fitted(result="-a, np.exp(b)")),
    ("fit_power_law", "wrong way round", fitted("np.log(loss - floor)", "np.log(N)", "np.exp(-b / a), -1 / a")),
    ("fit_power_law", "floor added", fitted(y="np.log(loss + floor)")),
    ("fit_power_law", "ln N against the loss", fitted("np.log(loss - floor)", "np.log(N)")),
    ("robust_misfit", "no logarithm", misfit("measured - predicted")),
    ("robust_misfit", "squares all the way", misfit(loss="0.5 * r ** 2")),
    ("robust_misfit", "absolute values all the way", misfit(loss="delta * abs(r)")),
    ("robust_misfit", "the mean", misfit(reduced="each.mean().item()")),
    ("robust_misfit", "a jump at delta", misfit(loss="torch.where(abs(r) <= delta, r ** 2 / 2, delta * abs(r))")),
    ("robust_misfit", "divided by delta", misfit(loss="F.smooth_l1_loss(r, 0 * r, beta=delta, reduction='none')")),
    (
        "robust_misfit",
        "the line has slope 1",
        misfit(loss="torch.where(abs(r) <= delta, r ** 2 / 2, abs(r) - delta / 2)"),
    ),
    (
        "robust_misfit",
        "no absolute value",
        misfit(loss="torch.where(r <= delta, r ** 2 / 2, delta * (r - delta / 2))"),
    ),
    ("robust_misfit", "logarithm to base 10", misfit("torch.log10(measured / predicted)")),
    ("robust_misfit", "relative error", misfit("(measured - predicted) / measured")),
    ("robust_misfit", "the ratio less 1", misfit("(measured - predicted) / predicted")),
    (
        "robust_misfit",
        "no half",
        misfit(loss="torch.where(abs(r) <= delta, r ** 2, 2 * delta * abs(r) - delta ** 2)"),
    ),
    ("bootstrap_interval", "the whole rest on each side", interval(low="1 - level", high="level")),
    ("bootstrap_interval", "quantiles of the values", interval("values")),
    ("bootstrap_interval", "quantiles of all that was drawn", interval("values[draws]")),
    ("bootstrap_interval", "means over the wrong dimension", interval("values[draws].mean(0)")),
    ("bootstrap_interval", "smallest and largest", interval(low="0.0", high="1.0")),
    ("bootstrap_interval", "medians", interval("torch.quantile(values[draws], 0.5, dim=1)")),
    ("bootstrap_interval", "sums", interval("values[draws].sum(1)")),
    ("bootstrap_interval", "distance from the mean", interval("values[draws].mean(1) - values.mean()")),
    ("bootstrap_interval", "one side only", interval(low="0.0", high="level")),
    ("bootstrap_interval", "high before low", interval(low="(1 + level) / 2", high="(1 - level) / 2")),
    (
        "bootstrap_interval",
        "as if normal",
        """
def bootstrap_interval(values, draws, level):
    from statistics import NormalDist
    m = values[draws].mean(1)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    return (m.mean() - z * m.std()).item(), (m.mean() + z * m.std()).item()
""",
    ),
    ("compute_optimal", "the 6 forgotten", optimum(N="G * flops ** (beta / (alpha + beta))", D="flops / N")),
    ("compute_optimal", "the 6 forgotten in the tokens", optimum(D="flops / N")),
    ("compute_optimal", "exponents swapped", optimum(N="G * (flops / 6) ** (alpha / (alpha + beta))")),
    ("compute_optimal", "G upside down", optimum("(beta * B / alpha / A) ** (1 / (alpha + beta))")),
    ("compute_optimal", "alpha and beta left out of G", optimum("(A / B) ** (1 / (alpha + beta))")),
    ("compute_optimal", "no root in G", optimum("alpha * A / beta / B")),
    ("compute_optimal", "no G", optimum("1")),
    ("compute_optimal", "half to each", optimum("1", N="math.sqrt(flops / 6)")),
    ("compute_optimal", "twenty tokens per parameter", optimum("1", N="math.sqrt(flops / 6 / 20)", D="20 * N")),
    ("compute_optimal", "D before N", optimum(result="D, N")),
    ("predict_losses", "floor forgotten", predicted(2.0, 1.55, 1.3, 0.8)),
    ("predict_losses", "exponents forgotten", predicted(0.311, 1.55, 1.3, 0.8)),
    ("predict_losses", "sixteen times smaller", predicted(2.3, 1.3625, 1.3, 0.8)),
    ("predict_losses", "both terms a quarter", predicted(2.3, 0.8, 1.3, 0.8)),
    ("predict_losses", "both divided by four", predicted(2.3, 1.55, 0.8, 0.8)),
    ("predict_losses", "one of the two", predicted(2.3, 1.55, 1.8, 0.8)),
    ("predict_losses", "the whole loss halved", predicted(2.3, 1.55, 1.15, 0.8)),
    ("predict_losses", "text without limit as well", predicted(2.3, 1.55, 1.3, 0.3)),
    ("predict_losses", "4 D forgotten", predicted(2.3, 1.55, 1.3, 1.3)),
    ("predict_losses", "what is missing, without the floor", predicted(2.0, 1.25, 1.0, 0.5)),
    ("predict_losses", "an endless model has no loss", predicted(2.3, 1.55, 1.3, 0.0)),
]

SEEN_ANSWERS = [
    (
        "contaminated_share",
        "all other inputs come out right: what is special about this one, “word",
        """
def contaminated_share(held_out, train, n):
    hit = 0
    for t in held_out:
        w = t.split()
        hit += any(" ".join(w[i:i + n]) in s for i in range(len(w) - n + 1) for s in train)
    return hit / len(held_out)
""",
    ),
    (
        "bootstrap_interval",
        "`low, high = means.mean() - 2 * means.std(), means.mean() + 2 * means.std()`",
        """
def bootstrap_interval(values, draws, level):
    means = values[draws].mean(1)
    return float(means.mean() - 2 * means.std()), float(means.mean() + 2 * means.std())
""",
    ),
    (
        "predict_losses",
        "number 2: sixteen times smaller. α is ½: 16 times as many parameters m",
        """
def predict_losses(): return 2.3, 0.3 + 1 / 16 + 1, 0.3 + 0.25 + 0.25, 0.3 + 0.25
""",
    ),
    (
        "predict_losses",
        "number 2 is too small, by a factor below 2",
        """
def predict_losses(): return 2.3, 1.4, 1.05, 0.8
""",
    ),
]
