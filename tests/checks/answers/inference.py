"""The exercises of lesson 19: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
from torch.nn import functional as F
"""


def rows(
    scale: str = "weight.abs().max(dim=1).values / q",
    numbers: str = "torch.round(weight / safe[:, None]).to(torch.int8)",
    q: str = "2 ** (bits - 1) - 1",
    result: str = "numbers, scale",
    safe: str = "scale + (scale == 0)",
) -> str:
    return f"""
def quantize_rows(weight, bits):
    q = {q}
    scale = {scale}
    safe = {safe}
    numbers = {numbers}
    return {result}
"""


def groups(
    formula: str = "(n - z[:, :, None]) * s[:, :, None]",
    shape: str = ".reshape(numbers.shape)",
    view: str = "numbers.float().reshape(*scale.shape, -1)",
    zero: str = "zero.float()",
) -> str:
    return f"""
def dequantize_groups(numbers, scale, zero):
    n, s, z = {view}, scale, {zero}
    w = {formula}
    return w{shape}
"""


def rest(formula: str, equal: str = "if torch.equal(p, q): return p") -> str:
    return f"""
def residual_distribution(p, q):
    {equal}
    r = {formula}
    return r
"""


def kept(
    condition: str = "u < min(1.0, (p[token] / q[token]).item())",
    law: str = "torch.relu(p - q)",
    norm: str = "law / law.sum()",
    draw: str = "int(torch.searchsorted(law.cumsum(0), v, right=True).clamp(max=len(p) - 1))",
) -> str:
    return f"""
def keep_or_replace(token, p, q, u, v):
    if {condition}:
        return token
    law = {law}
    law = {norm}
    return {draw}
"""


def a_round(loop: str = "if a != b: break", end: str = "out.append(best[len(out)])", zipped: str = "best") -> str:
    return f"""
def greedy_round(drafted, best):
    out = []
    for a, b in zip(drafted, {zipped}):
        {loop}
        out.append(a)
    {end}
    return out
"""


def lookup(
    where: str = "range(len(text) - n)",
    take: str = "text[i + n:i + n + k]",
    same: str = "text[i:i + n] == text[-n:]",
    keep: str = "found = i",
    none: str = "[]",
) -> str:
    return f"""
def look_up_draft(text, n, k):
    found = None
    for i in {where}:
        if {same}:
            {keep}
    if found is None:
        return {none}
    i = found
    return {take}
"""


def pages(
    which: str = "table[t // size]",
    row: str = "t % size",
    count: str = "range(length)",
    result: str = "torch.stack(out)",
) -> str:
    return f"""
def gather_pages(memory, table, length):
    size = memory.shape[1]
    out = []
    for t in {count}:
        out.append(memory[{which}, {row}])
    return {result}
"""


def predicted(a: object = 69_632, b: object = 1.875, c: object = 1.0714, d: object = 5) -> str:
    return f"def predict_inference():\n    return {a}, {b}, {c}, {d}\n"


RIGHT_ANSWERS = {
    "quantize_rows": [
        rows(),
        rows(q="{8: 127, 4: 7}[bits]"),
        rows(scale="torch.linalg.vector_norm(weight, ord=float('inf'), dim=-1).div(q)", safe="scale.clamp(min=1e-30)"),
        rows(numbers="(weight / safe.unsqueeze(1)).round().clamp(-q - 1, q).char()"),
        """
def quantize_rows(weight, bits):
    top = 2 ** (bits - 1) - 1
    numbers = torch.zeros_like(weight, dtype=torch.int8)
    scale = torch.zeros(weight.shape[0])
    for i, row in enumerate(weight):
        scale[i] = max(row.max().item(), -row.min().item()) / top
        if scale[i] > 0:
            numbers[i] = (row / scale[i]).round()
    return numbers, scale
""",
    ],
    "dequantize_groups": [
        groups(),
        """
def dequantize_groups(numbers, scale, zero):
    size = numbers.shape[1] // scale.shape[1]
    out = torch.empty(numbers.shape)
    for i in range(numbers.shape[0]):
        for j in range(numbers.shape[1]):
            out[i, j] = (numbers[i, j].item() - zero[i, j // size].item()) * scale[i, j // size]
    return out
""",
        """
def dequantize_groups(numbers, scale, zero):
    size = numbers.shape[1] // scale.shape[1]
    return (numbers.int() - zero.int().repeat_interleave(size, 1)) * scale.repeat_interleave(size, 1)
""",
        groups("n * s[..., None] - (z * s)[..., None]", ".flatten(1)"),
        """
def dequantize_groups(numbers, scale, zero):
    parts = numbers.float().chunk(scale.shape[1], dim=1)
    return torch.cat([(part - zero[:, g:g+1].float()) * scale[:, g:g+1] for g, part in enumerate(parts)], dim=1)
""",
    ],
    "residual_distribution": [
        rest("torch.relu(p - q) / torch.relu(p - q).sum()"),
        rest("F.normalize((p - q).clamp_min(0), p=1, dim=0)"),
        rest("(p - torch.minimum(p, q)) / (1 - torch.minimum(p, q).sum())"),
        rest("torch.where(p > q, p - q, 0.0) / torch.where(p > q, p - q, 0.0).sum()"),
        """
def residual_distribution(p, q):
    d = [max(0.0, a - b) for a, b in zip(p.tolist(), q.tolist())]
    s = sum(d)
    return torch.tensor([x / s for x in d]) if s > 0 else p.clone()
""",
    ],
    "keep_or_replace": [
        kept(),
        kept(condition="p[token] >= q[token] or u < p[token] / q[token]"),
        kept(law="p - torch.minimum(p, q)"),
        kept(draw="min((law.cumsum(-1) <= v).sum().item(), len(law) - 1)"),
        """
def keep_or_replace(token, p, q, u, v):
    if u * q[token] < p[token]:
        return token
    rest = [max(0.0, float(a - b)) for a, b in zip(p, q)]
    total, running = sum(rest), 0.0
    for i, r in enumerate(rest):
        running += r / total
        if running > v:
            return i
    return len(rest) - 1
""",
    ],
    "greedy_round": [
        a_round(),
        """
def greedy_round(drafted, best):
    n = 0
    while n < len(drafted) and drafted[n] == best[n]:
        n += 1
    return drafted[:n] + [best[n]]
""",
        """
def greedy_round(drafted, best):
    n = 0
    while n < len(drafted) and drafted[n] == best[n]:
        n += 1
    return best[:n + 1]
""",
        """
def greedy_round(drafted, best):
    same = torch.tensor([a == b for a, b in zip(drafted, best)], dtype=torch.long)
    return best[: int(same.cumprod(0).sum()) + 1]
""",
        """
def greedy_round(drafted, best):
    for i, token in enumerate(drafted):
        if token != best[i]:
            return drafted[:i] + best[i:i + 1]
    return drafted + best[-1:]
""",
    ],
    "look_up_draft": [
        lookup(),
        """
def look_up_draft(text, n, k):
    for i in reversed(range(len(text) - n)):
        if text[i:i + n] == text[len(text) - n:]:
            return text[i + n:][:k]
    return []
""",
        """
def look_up_draft(text, n, k):
    key, i = tuple(text[-n:]), len(text) - n - 1
    while i >= 0:
        if tuple(text[i:i + n]) == key: return list(text[i + n:i + n + k])
        i -= 1
    return []
""",
        """
def look_up_draft(text, n, k):
    places = [i for i in range(len(text) - n) if all(text[i + j] == text[len(text) - n + j] for j in range(n))]
    return text[places[-1] + n : places[-1] + n + k] if places else []
""",
        """
def look_up_draft(text, n, k):
    table = {}
    for i in range(len(text) - n):
        table[tuple(text[i:i + n])] = i + n
    start = table.get(tuple(text[-n:])) if len(text) > n else None
    return [] if start is None else text[start:start + k]
""",
    ],
    "gather_pages": [
        pages(),
        "def gather_pages(memory, table, length): return torch.cat([memory[i] for i in table])[:length]\n",
        "def gather_pages(memory, table, length): return memory[table].reshape(-1, memory.shape[-1])[:length]\n",
        """
def gather_pages(memory, table, length):
    t = torch.arange(length)
    return memory[torch.tensor(table)[t // memory.shape[1]], t % memory.shape[1]]
""",
        """
def gather_pages(memory, table, length):
    out, left = [], length
    for page in table:
        out.append(memory[page, :min(left, memory.shape[1])])
        left -= len(out[-1])
    return torch.vstack(out)
""",
    ],
    "predict_inference": [
        predicted(),
        predicted("512 * 256 // 2 + 512 * 256 // 64 * 2", "(1 - 0.5**4) / 0.5", "1.875 / 1.75", "math.ceil(70 / 16)"),
        predicted("65_536 + 4_096", "15 / 8", "15 / 14"),
        predicted(c=1.07),
        predicted(b="sum(0.5 ** j for j in range(4))", d="-(-70 // 16)"),
    ],
}


WRONG_ANSWERS = [
    (
        "quantize_rows",
        "a scale for each column",
        rows("weight.abs().amax(0) / q", "torch.round(weight / safe).to(torch.int8)"),
    ),
    ("quantize_rows", "one scale for all rows", rows("(weight.abs().max() / q).repeat(weight.shape[0])")),
    ("quantize_rows", "the largest weight with its sign", rows("weight.amax(1) / q")),
    ("quantize_rows", "one number too many", rows(q="2 ** (bits - 1)")),
    ("quantize_rows", "twice the steps", rows(q="2 ** bits - 1")),
    ("quantize_rows", "8 bits whatever is asked", rows(q="127")),
    ("quantize_rows", "cut off instead of rounded", rows(numbers="(weight / safe[:, None]).to(torch.int8)")),
    ("quantize_rows", "rounded down", rows(numbers="(weight / safe[:, None]).floor().to(torch.int8)")),
    ("quantize_rows", "multiplied by the scale", rows(numbers="(weight * safe[:, None]).round().to(torch.int8)")),
    ("quantize_rows", "numbers left as floating point", rows(numbers="torch.round(weight / safe[:, None])")),
    ("quantize_rows", "the scale upside down", rows(result="numbers, q / weight.abs().amax(1)")),
    ("quantize_rows", "a scale of 1 for zeros", rows(result="numbers, safe")),
    (
        "quantize_rows",
        "a scale with a dimension too many",
        rows("weight.abs().amax(1, keepdim=True) / q", "torch.round(weight / safe).char()"),
    ),
    ("quantize_rows", "the width of the range", rows("(weight.amax(1) - weight.amin(1)) / (2 ** bits - 1)")),
    ("dequantize_groups", "the zero point ignored", groups("n * s[..., None]")),
    ("dequantize_groups", "the zero point added", groups("(n + z[..., None]) * s[..., None]")),
    ("dequantize_groups", "the zero point subtracted after the scale", groups("n * s[..., None] - z[..., None]")),
    ("dequantize_groups", "divided by the scale", groups("(n - z[..., None]) / s[..., None]")),
    ("dequantize_groups", "the difference upside down", groups("(z[..., None] - n) * s[..., None]")),
    ("dequantize_groups", "subtracted in 8 bits", groups(view="numbers.reshape(*scale.shape, -1)", zero="zero")),
    ("dequantize_groups", "left in groups", groups(shape="")),
    (
        "dequantize_groups",
        "groups dealt out in turn",
        """
def dequantize_groups(numbers, scale, zero):
    size = numbers.shape[1] // scale.shape[1]
    return (numbers.float() - zero.float().repeat(1, size)) * scale.repeat(1, size)
""",
    ),
    ("dequantize_groups", "the first group's scale for the whole row", groups("(n - z[:, :1, None]) * s[:, :1, None]")),
    ("dequantize_groups", "the first row's groups for all rows", groups("(n - z[:1, :, None]) * s[:1, :, None]")),
    ("residual_distribution", "not made to add up to 1", rest("torch.relu(p - q)")),
    ("residual_distribution", "distance instead of what is missing", rest("(p - q).abs() / (p - q).abs().sum()")),
    ("residual_distribution", "target and draft swapped", rest("torch.relu(q - p) / torch.relu(q - p).sum()")),
    ("residual_distribution", "the target itself", rest("p")),
    ("residual_distribution", "a softmax of the difference, where there is one", rest("F.softmax(p - q, dim=0)")),
    ("residual_distribution", "a softmax of what is missing", rest("F.softmax(torch.relu(p - q), dim=0)", "pass")),
    (
        "residual_distribution",
        "divided by zero where p = q",
        rest("torch.relu(p - q) / torch.relu(p - q).sum()", "pass"),
    ),
    (
        "residual_distribution",
        "zeros where p = q",
        rest("torch.relu(p - q) / (torch.relu(p - q).sum() + 1e-9)", "pass"),
    ),
    ("residual_distribution", "what both have", rest("torch.minimum(p, q) / torch.minimum(p, q).sum()")),
    ("residual_distribution", "negative chances", rest("(p - q) / torch.relu(p - q).sum()")),
    ("keep_or_replace", "the mistake still there", kept(law="p")),
    ("keep_or_replace", "not made to add up to 1", kept(norm="law")),
    ("keep_or_replace", "distance instead of what is missing", kept(law="(p - q).abs()")),
    ("keep_or_replace", "replaced from the draft", kept(law="q")),
    ("keep_or_replace", "draft and target swapped in the residual", kept(law="torch.relu(q - p)")),
    ("keep_or_replace", "the likeliest replacement", kept(draw="int(law.argmax())")),
    ("keep_or_replace", "the target's likeliest token", kept(draw="int(p.argmax())")),
    ("keep_or_replace", "accepted by argmax", kept(condition="token == p.argmax()")),
    ("keep_or_replace", "q forgotten", kept(condition="u < p[token]")),
    ("keep_or_replace", "q / p", kept(condition="u < q[token] / p[token]")),
    ("keep_or_replace", "kept where it should be refused", kept(condition="u > p[token] / q[token]")),
    ("keep_or_replace", "kept only if the target likes it more", kept(condition="p[token] > q[token]")),
    ("keep_or_replace", "always kept", kept(condition="True")),
    (
        "greedy_round",
        "agreement behind the first refusal",
        a_round(
            "if a != b: continue",
            "out.append(best[[a == b for a, b in zip([*drafted, None], best)].index(False)])",
        ),
    ),
    ("greedy_round", "without the target's own token", a_round(end="pass")),
    ("greedy_round", "the refused token kept", a_round("if a != b:\n            out.append(a); break", "pass")),
    (
        "greedy_round",
        "the refused token and its replacement",
        a_round("if a != b:\n            out += [a, b]; return out", "out.append(best[-1])"),
    ),
    ("greedy_round", "the last choice instead of the one at the refusal", a_round(end="out.append(best[-1])")),
    ("greedy_round", "compared with the next place", a_round(zipped="best[1:]")),
    (
        "greedy_round",
        "no last token where all agree",
        a_round("if a != b:\n            out.append(b); return out", "pass"),
    ),
    (
        "greedy_round",
        "all or nothing",
        "def greedy_round(drafted, best): return best if drafted == best[:-1] else best[:1]\n",
    ),
    ("greedy_round", "everything that was drafted", "def greedy_round(drafted, best): return drafted + [best[-1]]\n"),
    ("greedy_round", "all of the target's choices", "def greedy_round(drafted, best): return best\n"),
    ("greedy_round", "how many instead of which", a_round(end="return len(out)")),
    ("look_up_draft", "the first place", lookup(where="reversed(range(len(text) - n))")),
    ("look_up_draft", "the ending found itself", lookup(where="range(len(text) - n + 1)")),
    ("look_up_draft", "no overlap allowed", lookup(where="range(len(text) - 2 * n + 1)")),
    ("look_up_draft", "the beginning never searched", lookup(where="range(1, len(text) - n)")),
    ("look_up_draft", "the n tokens returned as well", lookup(take="text[i:i + n + k]")),
    ("look_up_draft", "one token too late", lookup(take="text[i + n + 1:i + n + 1 + k]")),
    ("look_up_draft", "one token too early", lookup(take="text[i + n - 1:i + n - 1 + k]")),
    ("look_up_draft", "everything that follows", lookup(take="text[i + n:]")),
    ("look_up_draft", "one token too many", lookup(take="text[i + n:i + n + k + 1]")),
    ("look_up_draft", "None where nothing is found", lookup(none="None")),
    ("look_up_draft", "only the last token compared", lookup(same="text[i + n - 1] == text[-1]")),
    (
        "gather_pages",
        "the last page whole",
        "def gather_pages(memory, table, length): return torch.cat([memory[i] for i in table])\n",
    ),
    (
        "gather_pages",
        "pages in the order of their numbers",
        "def gather_pages(memory, table, length): return memory[sorted(table)].flatten(0, 1)[:length]\n",
    ),
    (
        "gather_pages",
        "the table not used",
        "def gather_pages(memory, table, length): return memory.flatten(0, 1)[:length]\n",
    ),
    ("gather_pages", "backwards", pages(which="table[::-1][t // size]")),
    ("gather_pages", None, pages(count="range(length // size * size)")),
    (
        "gather_pages",
        "quotient and remainder swapped",
        pages(which="table[(t % size) % len(table)]", row="(t // size) % size"),
    ),
    ("gather_pages", "dealt out in turn", pages(which="table[t % len(table)]", row="(t // len(table)) % size")),
    ("gather_pages", "the first page again and again", pages(which="table[0]")),
    ("gather_pages", "left in pages", "def gather_pages(memory, table, length): return memory[table]\n"),
    ("gather_pages", "one token too few", pages(count="range(length - 1)")),
    (
        "gather_pages",
        "cut within each page",
        "def gather_pages(memory, table, length): return memory[table][:, :length].flatten(0, 1)\n",
    ),
    ("predict_inference", "scales forgotten", predicted(a=65_536)),
    ("predict_inference", "one scale for each row", predicted(a=66_560)),
    ("predict_inference", "a byte for each number", predicted(a=135_168)),
    ("predict_inference", "k times a, and what follows from it", predicted(b=1.5, c="1.5 / 1.75")),
    ("predict_inference", "the target's own token forgotten, and what follows from it", predicted(b=0.875, c=0.5)),
    ("predict_inference", "as if all were accepted, and what follows from it", predicted(b=4, c="4 / 1.75")),
    ("predict_inference", "a draft that costs nothing", predicted(c=1.875)),
    ("predict_inference", "one drafted token paid", predicted(c=1.5)),
    ("predict_inference", "rounded down", predicted(d=4)),
    ("predict_inference", "a part of a page", predicted(d=4.375)),
    ("predict_inference", "infinitely many drafted tokens, and what follows from it", predicted(b=2, c="2 / 1.75")),
    (
        "quantize_rows",
        "one over the scale",
        """
def quantize_rows(weight, bits):
    largest = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(dim=1) / largest
    safe = torch.where(scale == 0, 1.0, scale)
    return (torch.round(weight / safe[:, None]).to(torch.int8), 1 / safe)
""",
    ),
    (
        "quantize_rows",
        "scales first",
        """
def quantize_rows(weight, bits):
    largest = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(dim=1) / largest
    safe = torch.where(scale == 0, 1.0, scale)
    return (scale, torch.round(weight / safe[:, None]).to(torch.int8))
""",
    ),
    (
        "keep_or_replace",
        "one token too late",
        """
def keep_or_replace(token, p, q, u, v):
    if u < p[token] / q[token]:
        return token
    missing = (p - q).clamp(min=0)
    running = (missing / missing.sum()).cumsum(0)
    return min(int((running < v).sum() + 1), len(p) - 1)
""",
    ),
    (
        "greedy_round",
        "agreements counted anywhere",
        """
def greedy_round(drafted, best):
    kept = sum((a == b for a, b in zip(drafted, best)))
    return [*drafted[:kept], best[kept]]
""",
    ),
]
