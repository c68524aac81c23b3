"""The exercises of lesson 18: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
from torch.nn import functional as F
"""


def one_line(name: str, parameters: str, line: str) -> str:
    return f"def {name}({parameters}):\n    return {line}\n"


def heads(line: str) -> str:
    return one_line("normalize_heads", "x, weight, eps", line)


def masked(line: str, q: str = "torch.arange(seen)[-new:].unsqueeze(1)") -> str:
    return f"def window_mask(new, seen, window):\n    j = torch.arange(seen)\n    i = {q}\n    return {line}\n"


def routed(line: str, setup: str = "v, i = torch.topk(logits, k)") -> str:
    return f"def route(logits, k):\n    {setup}\n    return {line}\n"


def balanced(
    line: str = "E * (f @ P)",
    f: str = "torch.bincount(i.reshape(-1), minlength=E) / i.numel()",
    p: str = "logits.softmax(1)",
    k: str = "k",
) -> str:
    return f"""
def balance_loss(logits, k):
    N, E = logits.shape
    p = {p}
    i = torch.topk(p, {k}, dim=1)[1]
    f = {f}
    P = p.mean(0)
    return {line}
"""


def mixed(body: str, start: str = "torch.zeros(x.shape)") -> str:
    return f"""
def mix_experts(x, shares, chosen, experts):
    y = {start}
    for n in range(x.shape[0]):
        for slot in range(chosen.shape[1]):
            {body}
    return y
"""


def stepped(line: str) -> str:
    setup = "a, b, c = 3.4445, -4.7750, 2.0315\n    A = x.matmul(x.t())"
    return f"def newton_schulz_step(x):\n    {setup}\n    return {line}\n"


def picked(condition: str) -> str:
    return one_line("for_muon", "shapes", f"[n for n in shapes if {condition}]")


def sizes(held: str = "480_800", used: str = "120_800", window: str = "83_200", latent: str = "192_000") -> str:
    return one_line("predict_modern_sizes", "", f"({held}, {used}, {window}, {latent})")


RIGHT_ANSWERS = {
    "normalize_heads": [
        heads("x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * weight"),
        heads("weight * x / torch.sqrt(torch.mean(x * x, 3, True) + eps)"),
        heads("x * ((x ** 2).sum(-1) / x.shape[-1] + eps)[..., None] ** -0.5 * weight"),
        heads("x.mul(weight) / (torch.linalg.vecdot(x, x) / len(weight) + eps).sqrt()[..., None]"),
        heads("weight * (x / torch.sqrt(x.norm(dim=-1, keepdim=True).square() / x.size(-1) + eps))"),
    ],
    "window_mask": [
        masked("(j <= i) & (i - j < window)"),
        masked("torch.logical_and(j <= i, j >= i - window + 1)"),
        masked("(0 <= i - j) * (i - j <= window - 1) > 0"),
        one_line(
            "window_mask", "new, seen, window", "torch.ones(seen, seen).tril().triu(1 - window).bool()[seen - new:]"
        ),
        """
def window_mask(new, seen, window):
    rows = []
    for q in range(seen - new, seen):
        rows.append([max(0, q - window + 1) <= k <= q for k in range(seen)])
    return torch.tensor(rows)
""",
    ],
    "route": [
        routed("(v.softmax(-1), i)"),
        routed("(v / v.sum(1, keepdim=True), i)", "v, i = logits.softmax(1).topk(k)"),
        routed("(v.exp() / v.exp().sum(-1)[:, None], i)"),
        routed("(torch.softmax(v, 1)[:, :k], i[:, :k])", "v, i = (t[:, :k] for t in logits.sort(descending=True))"),
        routed(
            "F.normalize(logits.softmax(1).gather(1, i), p=1, dim=1), i",
            "i = logits.argsort(1, descending=True)[:, :k]",
        ),
    ],
    "balance_loss": [
        balanced(),
        balanced("(f * P).sum() * E"),
        balanced(f="F.one_hot(i, E).sum(1).float().mean(0) / k"),
        balanced(f="torch.zeros(N, E).scatter(1, i, 1.0).sum(0) / (N * k)"),
        balanced("E * torch.dot(f, P)", p="torch.exp(logits.log_softmax(-1))"),
    ],
    "mix_experts": [
        mixed("y[n] += shares[n, slot] * (x[n] @ experts[chosen[n, slot]])"),
        mixed("y[n] = y[n] + shares[n, slot] * experts[chosen[n, slot]].T.mv(x[n])"),
        one_line(
            "mix_experts",
            "x, shares, chosen, experts",
            "torch.einsum('nk,nc,nkcd->nd', shares, x, experts[chosen])",
        ),
        """
def mix_experts(x, shares, chosen, experts):
    gates = torch.zeros(len(x), len(experts)).scatter(1, chosen, shares)
    return sum(gates[:, e:e + 1] * (x @ experts[e]) for e in range(len(experts)))
""",
        """
def mix_experts(x, shares, chosen, experts):
    out = torch.zeros_like(x)
    for e in range(experts.shape[0]):
        rows, place = torch.where(chosen == e)
        out[rows] += shares[rows, place].unsqueeze(1) * x[rows].matmul(experts[e])
    return out
""",
    ],
    "newton_schulz_step": [
        stepped("a * x + b * A @ x + c * A @ A @ x"),
        stepped("a * x + (b * A + c * A @ A) @ x"),
        stepped("a * x + A @ (b * x + c * (A @ x))"),
        stepped("a * x + b * x @ x.T @ x + c * x @ x.T @ x @ x.T @ x"),
        stepped("(a * torch.eye(len(x)) + b * A + c * torch.matrix_power(A, 2)) @ x"),
    ],
    "for_muon": [
        picked("'blocks.' in n and len(shapes[n]) == 2 and not n.endswith('router.weight')"),
        picked("len(shapes[n]) == 2 and not any(w in n for w in ('embedding', 'head', 'router'))"),
        picked("n.split('.')[0] == 'blocks' and len(shapes[n]) > 1 and 'router' not in n.split('.')"),
        picked("n.endswith('_proj.weight')"),
        """
def for_muon(shapes):
    names = []
    for name, shape in shapes.items():
        if not name.startswith("blocks"): continue
        if "router" in name or len(shape) != 2: continue
        names.append(name)
    return names
""",
    ],
    "predict_modern_sizes": [
        sizes(),
        sizes("8 * 3 * 100 * 200 + 800", "2 * 3 * 100 * 200 + 100 * 8"),
        sizes(window="1_300 * 64", latent="4_000 * 48"),
        sizes(window="(100 + 100 + 100 + 1_000) * 2 * 2 * 16"),
        sizes("torch.tensor(480_800).item()", "int(120_800.0)"),
    ],
}


WRONG_ANSWERS = [
    ("normalize_heads", "all heads together", heads("x / (x.pow(2).mean((1, 3), keepdim=True) + eps).sqrt() * weight")),
    ("normalize_heads", "over the tokens", heads("x / (x.pow(2).mean(dim=2, keepdim=True) + eps).sqrt() * weight")),
    ("normalize_heads", "over the heads", heads("x / (x.pow(2).mean(1, keepdim=True) + eps).sqrt() * weight")),
    ("normalize_heads", "the mean subtracted", heads("F.layer_norm(x, (x.shape[-1],), weight, None, eps)")),
    ("normalize_heads", "the length, without eps", heads("F.normalize(x, dim=-1) * weight")),
    ("normalize_heads", "the length", heads("x / (x.norm(dim=-1, keepdim=True) + eps) * weight")),
    ("normalize_heads", "weight forgotten", heads("x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()")),
    ("normalize_heads", "eps outside the root", heads("x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight")),
    ("normalize_heads", "eps forgotten", heads("x / x.pow(2).mean(-1, keepdim=True).sqrt() * weight")),
    ("normalize_heads", "no root", heads("x / (x.pow(2).mean(-1, keepdim=True) + eps) * weight")),
    ("normalize_heads", "multiplied by the root", heads("x * (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * weight")),
    ("window_mask", "one key too many", masked("(j <= i) & (i - j <= window)")),
    ("window_mask", "one key too few", masked("(j <= i) & (i - j < window - 1)")),
    ("window_mask", "the query itself left out", masked("(j < i) & (i - j <= window)")),
    (
        "window_mask",
        "queries counted from 0",
        masked("(j <= i) & (i - j < window)", q="torch.arange(new).unsqueeze(1)"),
    ),
    ("window_mask", "no window", masked("j <= i")),
    ("window_mask", "the future is seen", masked("abs(i - j) < window")),
    ("window_mask", "only the future is open", masked("i - j < window")),
    ("window_mask", "True where it is hidden", masked("(j > i) | (i - j >= window)")),
    ("window_mask", "blocks for windows", masked("(j <= i) & (j // window == i // window)")),
    ("window_mask", "keys by queries", masked("((j <= i) & (i - j < window)).T")),
    ("window_mask", None, masked("(j <= i) & (j >= seen - window)")),
    ("route", "not made to sum to 1", routed("(v, i)", "v, i = logits.softmax(-1).topk(k)")),
    ("route", "the worst experts", routed("(v.softmax(-1), i)", "v, i = torch.topk(logits, k, largest=False)")),
    ("route", "equal shares", routed("(torch.ones_like(v) / k, i)")),
    ("route", "logits for shares", routed("(v, i)")),
    ("route", "a softmax of probabilities", routed("(v.softmax(-1), i)", "v, i = logits.softmax(-1).topk(k)")),
    ("route", "sigmoids", routed("(v.sigmoid(), i)")),
    ("route", "logits divided by their sum", routed("(v / v.sum(-1, keepdim=True), i)")),
    (
        "route",
        "softmax over the tokens",
        routed("(v / v.sum(-1, keepdim=True), i)", "v, i = logits.softmax(0).topk(k)"),
    ),
    ("route", "numbers first", routed("(i, v.softmax(-1))")),
    ("route", "numbers and shares in different orders", routed("(v.softmax(-1), i.sort(-1).values)")),
    ("route", "a softmax of the chosen over the tokens", routed("(v.softmax(0), i)")),
    ("balance_loss", "without the factor E", balanced("(f * P).sum()")),
    ("balance_loss", "the mean for the sum", balanced("(f * P).mean()")),
    ("balance_loss", "probabilities for counts", balanced("E * (P * P).sum()")),
    ("balance_loss", "counts alone", balanced("E * (f * f).sum()")),
    (
        "balance_loss",
        "f sums to k",
        balanced(f="torch.bincount(i.reshape(-1), minlength=E) / N", line="E * (f * P).sum()"),
    ),
    ("balance_loss", "only the first choice counted", balanced(k="1")),
    ("balance_loss", "numbers of tokens for shares", balanced(f="torch.bincount(i.reshape(-1), minlength=E).float()")),
    ("balance_loss", "softmax over the tokens", balanced(p="logits.softmax(0)")),
    ("balance_loss", "logits for probabilities", balanced(p="logits")),
    ("balance_loss", "negative", balanced("-E * (f * P).sum()")),
    ("balance_loss", "no gradient through P", balanced("E * (f * P.detach()).sum()")),
    ("balance_loss", "the sum of probabilities", balanced("E * (f * p.sum(0)).sum()")),
    ("mix_experts", None, mixed("y[n] = shares[n, slot] * (x[n] @ experts[chosen[n, slot]])")),
    ("mix_experts", "shares forgotten", mixed("y[n] += x[n] @ experts[chosen[n, slot]]")),
    (
        "mix_experts",
        "only the first choice",
        mixed("y[n] += (slot == 0) * shares[n, slot] * (x[n] @ experts[chosen[n, slot]])"),
    ),
    (
        "mix_experts",
        "the share of the first choice for all",
        mixed("y[n] += shares[n, 0] * (x[n] @ experts[chosen[n, slot]])"),
    ),
    ("mix_experts", "equal shares", mixed("y[n] += x[n] @ experts[chosen[n, slot]] / chosen.shape[1]")),
    (
        "mix_experts",
        "the matrix the other way round",
        mixed("y[n] += shares[n, slot] * (experts[chosen[n, slot]] @ x[n])"),
    ),
    (
        "mix_experts",
        "the stream added",
        mixed("y[n] += shares[n, slot] * (x[n] @ experts[chosen[n, slot]])", start="x.clone()"),
    ),
    (
        "mix_experts",
        "shares in the other order",
        mixed("y[n] += shares[n, -1 - slot] * (x[n] @ experts[chosen[n, slot]])"),
    ),
    (
        "mix_experts",
        "every expert for every token",
        one_line("mix_experts", "x, shares, chosen, experts", "sum(x @ e for e in experts)"),
    ),
    ("mix_experts", "shares squared", mixed("y[n] += shares[n, slot] ** 2 * (x[n] @ experts[chosen[n, slot]])")),
    (
        "mix_experts",
        "the last expert wins",
        """
def mix_experts(x, shares, chosen, experts):
    out = torch.zeros_like(x)
    for e in range(len(experts)):
        rows, place = torch.where(chosen == e)
        out[rows] = shares[rows, place][:, None] * (x[rows] @ experts[e])
    return out
""",
    ),
    ("newton_schulz_step", "powers of each number", stepped("a * x + b * x ** 3 + c * x ** 5")),
    ("newton_schulz_step", "without the fifth power", stepped("a * x + b * A @ x")),
    ("newton_schulz_step", "without the third power", stepped("a * x + c * A @ A @ x")),
    ("newton_schulz_step", "without x itself", stepped("(b * A + c * A @ A) @ x")),
    ("newton_schulz_step", "the square of each number", stepped("a * x + (b * A + c * A ** 2) @ x")),
    ("newton_schulz_step", "the square of each number", stepped("a * x + (b * A + c * A * A) @ x")),
    ("newton_schulz_step", "b positive", stepped("a * x - b * A @ x + c * A @ A @ x")),
    ("newton_schulz_step", "b and c exchanged", stepped("a * x + c * A @ x + b * A @ A @ x")),
    ("newton_schulz_step", "the classical coefficients", stepped("1.5 * x - 0.5 * A @ x")),
    ("newton_schulz_step", "one power too many", stepped("a * x + b * A @ A @ x + c * A @ A @ A @ x")),
    (
        "newton_schulz_step",
        "divided by the norm again",
        stepped("(lambda y: a * y + b * y @ y.T @ y + c * y @ y.T @ y @ y.T @ y)(x / x.norm())"),
    ),
    ("for_muon", "every matrix", picked("len(shapes[n]) == 2")),
    ("for_muon", "everything", picked("True")),
    ("for_muon", "norms too", picked("n.startswith('blocks')")),
    ("for_muon", "the head too", picked("len(shapes[n]) == 2 and 'embedding' not in n and 'router' not in n")),
    ("for_muon", "the embedding too", picked("len(shapes[n]) == 2 and 'head' not in n and 'router' not in n")),
    ("for_muon", "routers too", picked("len(shapes[n]) == 2 and 'blocks' in n")),
    ("for_muon", "attention alone", picked("'attention' in n and 'proj.weight' in n")),
    ("for_muon", "MLPs alone", picked("'mlp' in n and 'router' not in n")),
    (
        "for_muon",
        "square matrices alone",
        picked("'blocks' in n and len(shapes[n]) == 2 and shapes[n][0] == shapes[n][1]"),
    ),
    ("for_muon", "what is AdamW's", picked("len(shapes[n]) != 2 or 'blocks' not in n or 'router' in n")),
    ("for_muon", "without experts", picked("n.endswith('_proj.weight') and 'experts' not in n")),
    ("predict_modern_sizes", "held without the router", sizes(held="480_000")),
    ("predict_modern_sizes", "one expert held", sizes(held="60_800")),
    ("predict_modern_sizes", "held without the gate", sizes(held="320_800")),
    ("predict_modern_sizes", "used without the router", sizes(used="120_000")),
    ("predict_modern_sizes", "all experts used", sizes(used="480_800")),
    ("predict_modern_sizes", "one expert used", sizes(used="60_800")),
    ("predict_modern_sizes", "no window", sizes(window="256_000")),
    ("predict_modern_sizes", "windows everywhere", sizes(window="25_600")),
    ("predict_modern_sizes", "keys alone", sizes(window="41_600")),
    ("predict_modern_sizes", "rotated key forgotten", sizes(latent="160_000")),
    ("predict_modern_sizes", "latents twice", sizes(latent="384_000")),
    ("predict_modern_sizes", "one layer's latents", sizes(latent="48_000")),
    (
        "mix_experts",
        "only the first experts",
        """
def mix_experts(x, shares, chosen, experts):
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts[:chosen.shape[1]]):
        token, slot = (chosen == e).nonzero(as_tuple=True)
        out = out.index_add(0, token, shares[token, slot, None] * (x[token] @ expert))
    return out
""",
    ),
    (
        "newton_schulz_step",
        "xᵀ x on the left",
        """
def newton_schulz_step(x):
    gram = x.T @ x
    return 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
""",
    ),
    (
        "newton_schulz_step",
        "a forgotten",
        """
def newton_schulz_step(x):
    gram = x @ x.T
    return x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
""",
    ),
    (
        "newton_schulz_step",
        "c with x xᵀ once",
        """
def newton_schulz_step(x):
    gram = x @ x.T
    return 3.4445 * x + (-4.775 * gram + 2.0315 * gram) @ x
""",
    ),
]
