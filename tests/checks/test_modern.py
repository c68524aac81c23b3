"""The exercises of lesson 18: answers as students type them."""

import pytest

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.examine import RIGHT, WRONG, Examination, examine
from course_lib.checks.engine.report import report_of

PRELUDE = """
import math
import numpy as np
import torch
from torch.nn import functional as F
"""
LEAST_NAMED = 0.85  # of the wrong answers to one exercise


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

WRONG_ANSWERS = {
    "normalize_heads": [
        heads("x / (x.pow(2).mean((1, 3), keepdim=True) + eps).sqrt() * weight"),
        heads("x / (x.pow(2).mean(dim=2, keepdim=True) + eps).sqrt() * weight"),
        heads("x / (x.pow(2).mean(1, keepdim=True) + eps).sqrt() * weight"),
        heads("F.layer_norm(x, (x.shape[-1],), weight, None, eps)"),
        heads("F.normalize(x, dim=-1) * weight"),
        heads("x / (x.norm(dim=-1, keepdim=True) + eps) * weight"),
        heads("x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()"),
        heads("x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight"),
        heads("x / x.pow(2).mean(-1, keepdim=True).sqrt() * weight"),
        heads("x / (x.pow(2).mean(-1, keepdim=True) + eps) * weight"),
        heads("x * (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * weight"),
    ],
    "window_mask": [
        masked("(j <= i) & (i - j <= window)"),
        masked("(j <= i) & (i - j < window - 1)"),
        masked("(j < i) & (i - j <= window)"),
        masked("(j <= i) & (i - j < window)", q="torch.arange(new).unsqueeze(1)"),
        masked("j <= i"),
        masked("abs(i - j) < window"),
        masked("i - j < window"),
        masked("(j > i) | (i - j >= window)"),
        masked("(j <= i) & (j // window == i // window)"),
        masked("((j <= i) & (i - j < window)).T"),
        masked("(j <= i) & (j >= seen - window)"),
    ],
    "route": [
        routed("(v, i)", "v, i = logits.softmax(-1).topk(k)"),
        routed("(v.softmax(-1), i)", "v, i = torch.topk(logits, k, largest=False)"),
        routed("(torch.ones_like(v) / k, i)"),
        routed("(v, i)"),
        routed("(v.softmax(-1), i)", "v, i = logits.softmax(-1).topk(k)"),
        routed("(v.sigmoid(), i)"),
        routed("(v / v.sum(-1, keepdim=True), i)"),
        routed("(v / v.sum(-1, keepdim=True), i)", "v, i = logits.softmax(0).topk(k)"),
        routed("(i, v.softmax(-1))"),
        routed("(v.softmax(-1), i.sort(-1).values)"),
        routed("(v.softmax(0), i)"),
    ],
    "balance_loss": [
        balanced("(f * P).sum()"),
        balanced("(f * P).mean()"),
        balanced("E * (P * P).sum()"),
        balanced("E * (f * f).sum()"),
        balanced(f="torch.bincount(i.reshape(-1), minlength=E) / N", line="E * (f * P).sum()"),
        balanced(k="1"),
        balanced(f="torch.bincount(i.reshape(-1), minlength=E).float()"),
        balanced(p="logits.softmax(0)"),
        balanced(p="logits"),
        balanced("-E * (f * P).sum()"),
        balanced("E * (f * P.detach()).sum()"),
        balanced("E * (f * p.sum(0)).sum()"),
    ],
    "mix_experts": [
        mixed("y[n] = shares[n, slot] * (x[n] @ experts[chosen[n, slot]])"),
        mixed("y[n] += x[n] @ experts[chosen[n, slot]]"),
        mixed("y[n] += (slot == 0) * shares[n, slot] * (x[n] @ experts[chosen[n, slot]])"),
        mixed("y[n] += shares[n, 0] * (x[n] @ experts[chosen[n, slot]])"),
        mixed("y[n] += x[n] @ experts[chosen[n, slot]] / chosen.shape[1]"),
        mixed("y[n] += shares[n, slot] * (experts[chosen[n, slot]] @ x[n])"),
        mixed("y[n] += shares[n, slot] * (x[n] @ experts[chosen[n, slot]])", start="x.clone()"),
        mixed("y[n] += shares[n, -1 - slot] * (x[n] @ experts[chosen[n, slot]])"),
        one_line("mix_experts", "x, shares, chosen, experts", "sum(x @ e for e in experts)"),
        mixed("y[n] += shares[n, slot] ** 2 * (x[n] @ experts[chosen[n, slot]])"),
        """
def mix_experts(x, shares, chosen, experts):
    out = torch.zeros_like(x)
    for e in range(len(experts)):
        rows, place = torch.where(chosen == e)
        out[rows] = shares[rows, place][:, None] * (x[rows] @ experts[e])
    return out
""",
    ],
    "newton_schulz_step": [
        stepped("a * x + b * x ** 3 + c * x ** 5"),
        stepped("a * x + b * A @ x"),
        stepped("a * x + c * A @ A @ x"),
        stepped("(b * A + c * A @ A) @ x"),
        stepped("a * x + (b * A + c * A ** 2) @ x"),
        stepped("a * x + (b * A + c * A * A) @ x"),
        stepped("a * x - b * A @ x + c * A @ A @ x"),
        stepped("a * x + c * A @ x + b * A @ A @ x"),
        stepped("1.5 * x - 0.5 * A @ x"),
        stepped("a * x + b * A @ A @ x + c * A @ A @ A @ x"),
        stepped("(lambda y: a * y + b * y @ y.T @ y + c * y @ y.T @ y @ y.T @ y)(x / x.norm())"),
    ],
    "for_muon": [
        picked("len(shapes[n]) == 2"),
        picked("True"),
        picked("n.startswith('blocks')"),
        picked("len(shapes[n]) == 2 and 'embedding' not in n and 'router' not in n"),
        picked("len(shapes[n]) == 2 and 'head' not in n and 'router' not in n"),
        picked("len(shapes[n]) == 2 and 'blocks' in n"),
        picked("'attention' in n and 'proj.weight' in n"),
        picked("'mlp' in n and 'router' not in n"),
        picked("'blocks' in n and len(shapes[n]) == 2 and shapes[n][0] == shapes[n][1]"),
        picked("len(shapes[n]) != 2 or 'blocks' not in n or 'router' in n"),
        picked("n.endswith('_proj.weight') and 'experts' not in n"),
    ],
    "predict_modern_sizes": [
        sizes(held="480_000"),
        sizes(held="60_800"),
        sizes(held="320_800"),
        sizes(used="120_000"),
        sizes(used="480_800"),
        sizes(used="60_800"),
        sizes(window="256_000"),
        sizes(window="25_600"),
        sizes(window="41_600"),
        sizes(latent="160_000"),
        sizes(latent="384_000"),
        sizes(latent="48_000"),
    ],
}


def examined(name: str, source: str) -> Examination:
    namespace: dict = {"__name__": "__main__"}
    exec(compile(PRELUDE + source, "<cell>", "exec"), namespace)
    return examine(find_exercise(name), namespace[name], seed=3)


def test_every_exercise_has_five_right_answers_and_ten_wrong_ones() -> None:
    assert RIGHT_ANSWERS.keys() == WRONG_ANSWERS.keys()
    assert min(map(len, RIGHT_ANSWERS.values())) >= 5
    assert min(map(len, WRONG_ANSWERS.values())) >= 10


@pytest.mark.parametrize(
    ("name", "source"), [(name, source) for name, sources in RIGHT_ANSWERS.items() for source in sources]
)
def test_right_answers_pass_however_they_are_written(name: str, source: str) -> None:
    examination = examined(name, source)
    assert examination.status == RIGHT, report_of(examination)


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_wrong_answers_are_refused_and_nearly_all_have_a_name(name: str) -> None:
    examinations = [examined(name, source) for source in WRONG_ANSWERS[name]]
    accepted = [
        source
        for source, examination in zip(WRONG_ANSWERS[name], examinations, strict=True)
        if examination.status != WRONG
    ]
    assert not accepted, "\n".join(accepted)
    unnamed = [str(report_of(examination)) for examination in examinations if examination.mistake is None]
    assert 1 - len(unnamed) / len(examinations) >= LEAST_NAMED, "\n".join(unnamed)
