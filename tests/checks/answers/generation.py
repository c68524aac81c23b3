"""The exercises of lesson 12: answers as students type them."""

PRELUDE = """
import math
from collections import Counter
import numpy as np
import torch
from torch.nn import functional as F
"""


def sharpened(line: str, zero: str = "F.one_hot(logits.argmax(-1), logits.shape[-1]).float()") -> str:
    return f"def sharpen(logits, temperature):\n    if temperature == 0: return {zero}\n    return {line}\n"


def top_p(condition: str = "running - p_sorted < p", descending: str = "True", back: str = "order.argsort(-1)") -> str:
    return f"""
def keep_top_p(logits, p):
    p_sorted, order = logits.softmax(-1).sort(-1, descending={descending})
    running = p_sorted.cumsum(-1)
    stays = {condition}
    return torch.where(stays.gather(-1, {back}), logits, torch.tensor(float("-inf")))
"""


def penalized(lowered: str) -> str:
    return f"""
def penalize_repeats(logits, seen, penalty):
    was_seen = torch.zeros_like(logits, dtype=torch.bool).scatter(1, seen, True)
    x = logits
    return torch.where(was_seen, {lowered}, x)
"""


def stopping(
    window: str = "idx[:, -model.config.seq_len:]", fill: str = "tokens[done] = end", stop: str = "bool(done.all())"
) -> str:
    return f"""
def write_to_the_end(model, idx, max_new_tokens, end):
    done = torch.zeros(idx.shape[0], dtype=torch.bool)
    new = 0
    while new < max_new_tokens and not {stop}:
        tokens = torch.argmax(model({window})[:, -1, :], -1)
        {fill}
        idx = torch.hstack([idx, tokens[:, None]])
        done |= tokens == end
        new += 1
    return idx
"""


def cached(first: str = "idx", then: str = "token", setup: str = "cache = model.make_cache(idx.shape[0])") -> str:
    return f"""
def write_with_cache(model, idx, max_new_tokens):
    {setup}
    unread = {first}
    for _ in range(max_new_tokens):
        token = model(unread, cache)[:, -1:].argmax(-1)
        idx = torch.cat((idx, token), 1)
        unread = {then}
    return idx
"""


def padded(
    row: str = "[padding] * n + p", mask: str = "[False] * n + [True] * len(p)", place: str = "max(t - n, 0)"
) -> str:
    return f"""
def pad_left(prompts, padding):
    T = max(map(len, prompts))
    idx, real, positions = [], [], []
    for p in prompts:
        n = T - len(p)
        idx.append({row}); real.append({mask}); positions.append([{place} for t in range(T)])
    return {{"idx": torch.tensor(idx), "real": torch.tensor(real), "positions": torch.tensor(positions)}}
"""


RIGHT_ANSWERS = {
    "sharpen": [
        sharpened("(logits / temperature).softmax(-1)"),
        sharpened("F.normalize(torch.exp((logits - logits.amax(-1, True)) / temperature), p=1, dim=-1)"),
        sharpened("(lambda p: p / p.sum(-1, keepdim=True))(logits.softmax(-1) ** (1 / temperature))"),
    ],
    "keep_top_k": [
        """
def keep_top_k(logits, k):
    if k >= logits.shape[-1]: return logits
    border = logits.sort(dim=-1, descending=True)[0][:, k - 1 : k]
    return torch.where(logits >= border, logits, -torch.inf)
""",
        """
def keep_top_k(logits, k):
    out = logits.clone()
    for row in out:
        border = sorted(row.tolist(), reverse=True)[min(k, len(row)) - 1]
        row[row < border] = float("-inf")
    return out
""",
        """
def keep_top_k(logits, k):
    better = (logits[:, None] > logits[..., None]).sum(-1)
    return logits.masked_fill(better >= k, -math.inf)
""",
    ],
    "keep_min_p": [
        """
def keep_min_p(logits, p):
    return logits.masked_fill(logits < logits.max(-1, keepdim=True).values + math.log(p), -math.inf)
""",
        """
def keep_min_p(logits, p):
    probs = F.softmax(logits, dim=1)
    out = logits.clone()
    out[probs / probs.max(dim=1)[0][:, None] < p] = -torch.inf
    return out
""",
    ],
    "keep_top_p": [
        top_p(),
        top_p("torch.cat([torch.ones_like(running[:, :1], dtype=torch.bool), running[:, :-1] < p], -1)"),
        """
def keep_top_p(logits, p):
    out = torch.full_like(logits, -math.inf)
    for row, new in zip(logits, out):
        total = 0.0
        for token in row.argsort(descending=True):
            new[token] = row[token]
            total += row.softmax(0)[token]
            if total >= p: break
    return out
""",
        """
def keep_top_p(logits, p):
    order = logits.argsort(-1, descending=True)
    cum = logits.softmax(-1).gather(-1, order).cumsum(-1)
    remove = cum >= p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = False
    return logits.masked_fill(remove.scatter(-1, order, remove), float("-inf"))
""",
    ],
    "penalize_repeats": [
        penalized("torch.where(x < 0, x * penalty, x / penalty)"),
        penalized("x.clamp(min=0) / penalty + x.clamp(max=0) * penalty"),
        """
def penalize_repeats(logits, seen, penalty):
    out = logits.clone()
    for b, row in enumerate(seen):
        for token in set(row.tolist()):
            out[b, token] = out[b, token] / penalty if out[b, token] > 0 else out[b, token] * penalty
    return out
""",
    ],
    "write_to_the_end": [
        stopping(),
        stopping(fill="tokens = tokens.masked_fill(done, end)", stop="all(done.tolist())"),
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    rows = [row.tolist() for row in idx]
    T = idx.shape[1]
    for _ in range(max_new_tokens):
        if all(end in row[T:] for row in rows): break
        for row in rows:
            if end in row[T:]: row.append(end)
            else: row.append(int(model(torch.tensor([row[-model.config.seq_len:]]))[0, -1].argmax()))
    return torch.tensor(rows)
""",
    ],
    "write_with_cache": [
        cached(),
        cached(then="idx[:, -1:]"),
        """
def write_with_cache(model, idx, max_new_tokens):
    if max_new_tokens == 0: return idx
    cache = model.make_cache(len(idx))
    logits = model(idx, cache)
    new = [logits[:, -1].argmax(-1, keepdim=True)]
    while len(new) < max_new_tokens:
        new.append(model(new[-1], cache)[:, -1].argmax(-1, keepdim=True))
    return torch.cat([idx, *new], -1)
""",
        """
def write_with_cache(model, idx, max_new_tokens):
    cache = model.make_cache(len(idx))
    for t in range(idx.shape[1]):
        logits = model(idx[:, t : t + 1], cache)
    for _ in range(max_new_tokens):
        idx = torch.cat([idx, logits[:, -1].argmax(-1, keepdim=True)], 1)
        if _ < max_new_tokens - 1: logits = model(idx[:, -1:], cache)
    return idx
""",
    ],
    "pad_left": [
        padded(),
        """
def pad_left(prompts, padding):
    lengths = torch.tensor([len(p) for p in prompts])[:, None]
    T = int(lengths.max())
    real = torch.arange(T) >= T - lengths
    idx = torch.full((len(prompts), T), padding)
    idx[real] = torch.tensor([t for p in prompts for t in p])
    return {"idx": idx, "real": real, "positions": (torch.arange(T) - (T - lengths)).relu()}
""",
    ],
    "distinct_share": [
        """
def distinct_share(texts, n):
    seen = Counter()
    for text in texts:
        seen.update(zip(*(text[i:] for i in range(n))))
    return len(seen) / max(1, sum(seen.values()))
""",
        """
def distinct_share(texts, n):
    grams = []
    for text in texts:
        i = 0
        while i + n <= len(text):
            grams.append(str(text[i:i + n])); i += 1
    return 0.0 if not grams else np.unique(grams).size / len(grams)
""",
    ],
    "predict_entropies": [
        "def predict_entropies(): return 1.75, 0, 2, 0.92",
        "def predict_entropies(): return [1.75, 0.0, 2.0, math.log2(3) - 2 / 3]",
    ],
}


WRONG_ANSWERS = [
    ("sharpen", "multiplied by the temperature", sharpened("F.softmax(temperature * logits, dim=1)")),
    (
        "sharpen",
        "multiplied by the temperature",
        sharpened("F.normalize(logits.softmax(-1) ** temperature, p=1, dim=-1)"),
    ),
    ("sharpen", "a temperature that cancels", sharpened("F.normalize(logits.softmax(-1) / temperature, p=1, dim=-1)")),
    ("sharpen", "softmax over the batch", sharpened("(logits / temperature).softmax(0)")),
    ("sharpen", "0 divided by", "def sharpen(logits, temperature): return (logits / temperature).softmax(-1)"),
    (
        "keep_top_k",
        "ties broken",
        """
def keep_top_k(logits, k):
    v, i = torch.topk(logits, min(k, logits.size(-1)))
    mask = torch.ones_like(logits, dtype=torch.bool)
    mask.scatter_(1, i, False)
    return logits.masked_fill(mask, -float("inf"))
""",
    ),
    (
        "keep_top_k",
        "k above the vocabulary",
        """
def keep_top_k(logits, k):
    v, _ = torch.topk(logits, k)
    return logits.masked_fill(logits < v[:, [-1]], -float("inf"))
""",
    ),
    (
        "keep_top_k",
        "removed with 0",
        """
def keep_top_k(logits, k):
    return logits * (logits >= logits.topk(min(k, logits.shape[1])).values[:, -1:])
""",
    ),
    ("keep_min_p", "an absolute border", "def keep_min_p(x, p): return x.masked_fill(x.softmax(1) < p, -math.inf)"),
    (
        "keep_min_p",
        "a share of the largest logit",
        "def keep_min_p(x, p): return torch.where(x >= p * x.max(1, keepdim=True)[0], x, -torch.inf)",
    ),
    (
        "keep_top_p",
        "both mistakes still there",
        """
def keep_top_p(logits, p):
    ordered = logits.sort(dim=-1, descending=True).values
    running = torch.softmax(ordered, dim=-1).cumsum(dim=-1)
    return logits.masked_fill(running > p, -math.inf)
""",
    ),
    ("keep_top_p", "the token that crosses p dropped", top_p("running <= p")),
    (
        "keep_top_p",
        "mask in sorted order",
        """
def keep_top_p(logits, p):
    probs = logits.softmax(-1).sort(-1, descending=True)[0]
    gone = probs.cumsum(-1) - probs >= p
    logits[gone] = -math.inf
    return logits
""",
    ),
    ("keep_top_p", "from the least likely up", top_p(descending="False")),
    ("penalize_repeats", "negative logits divided", penalized("x / penalty")),
    ("penalize_repeats", "penalty subtracted", penalized("x - penalty")),
    (
        "penalize_repeats",
        "once for each time",
        """
def penalize_repeats(logits, seen, penalty):
    for b in range(len(seen)):
        for t in seen[b]:
            logits[b, t] *= penalty if logits[b, t] < 0 else 1 / penalty
    return logits
""",
    ),
    (
        "penalize_repeats",
        "all rows penalised",
        """
def penalize_repeats(logits, seen, penalty):
    for t in set(seen.flatten().tolist()):
        x = logits[:, t]
        logits[:, t] = torch.where(x > 0, x / penalty, x * penalty)
    return logits
""",
    ),
    (
        "write_to_the_end",
        "the end in the prompt",
        stopping(stop="bool((idx == end).any(-1).all())", fill="tokens[(idx == end).any(-1)] = end"),
    ),
    ("write_to_the_end", "ended texts go on", stopping(fill="pass")),
    ("write_to_the_end", "one end for all", stopping(stop="bool(done.any())")),
    ("write_to_the_end", "never stopped", stopping(stop="False")),
    ("write_to_the_end", "not cropped", stopping(window="idx")),
    ("write_with_cache", "the whole text read again", cached(then="idx")),
    ("write_with_cache", "the prompt never read", cached(first="idx[:, -1:]")),
    (
        "write_with_cache",
        "the last token of the prompt twice",
        cached(first="idx[:, -1:]", setup="cache = model.make_cache(len(idx)); model(idx, cache)"),
    ),
    (
        "write_with_cache",
        "the cache not used",
        """
def write_with_cache(model, idx, max_new_tokens):
    for _ in range(max_new_tokens):
        idx = torch.cat([idx, model(idx)[:, -1].argmax(-1, keepdim=True)], 1)
    return idx
""",
    ),
    (
        "pad_left",
        "padded on the right",
        padded("p + [padding] * n", "[True] * len(p) + [False] * n", "min(t, len(p) - 1)"),
    ),
    ("pad_left", "mask by its id", padded(mask="[t != padding for t in [padding] * n + p]")),
    ("pad_left", "padding counted as a position", padded(place="t")),
    ("pad_left", "positions below 0", padded(place="max(t - n, -1)")),
    (
        "distinct_share",
        "across texts",
        """
def distinct_share(texts, n):
    flat = sum(texts, [])
    grams = [tuple(flat[i:i + n]) for i in range(len(flat) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0
""",
    ),
    (
        "distinct_share",
        "the last one left out",
        """
def distinct_share(texts, n):
    grams = [tuple(t[i:i + n]) for t in texts for i in range(len(t) - n)]
    return len(set(grams)) / len(grams) if grams else 0.0
""",
    ),
    ("predict_entropies", "the crossing token dropped", "def predict_entropies(): return 1.75, 0.0, 2.0, 0.0"),
    ("predict_entropies", "not made to add up to 1", "def predict_entropies(): return 1.75, 0.0, 2.0, 1.0"),
    ("sharpen", "ties share at 0", "def sharpen(x, t): return torch.softmax(x / (t + 1e-9), -1)"),
    (
        "sharpen",
        "whole numbers at 0",
        sharpened("F.softmax(logits / temperature, -1)", "F.one_hot(logits.argmax(-1), logits.shape[-1])"),
    ),
    ("sharpen", "temperature 0 without effect", sharpened("F.softmax(logits / temperature, -1)", "logits.softmax(-1)")),
    ("sharpen", "the softmax left out", sharpened("logits / temperature")),
    (
        "keep_top_k",
        "a large negative number for −∞",
        "def keep_top_k(x, k): return x.masked_fill(x < x.topk(min(k, x.size(1)))[0][:, -1:], -1e9)",
    ),
    (
        "keep_top_k",
        "one token too many",
        "def keep_top_k(x, k): return x.masked_fill(x < x.sort(-1, descending=True)[0][:, :k + 1][:, -1:], -torch.inf)",
    ),
    (
        "keep_min_p",
        "what is exactly at the border removed",
        "def keep_min_p(x, p): return x.masked_fill(x.softmax(1) <= p * x.softmax(1).amax(1, keepdim=True), -math.inf)",
    ),
    (
        "keep_min_p",
        "probabilities in place of logits",
        """
def keep_min_p(logits, p):
    probs = logits.softmax(-1)
    probs[probs < p * probs.max(-1, keepdim=True)[0]] = -math.inf
    return probs
""",
    ),
    ("keep_top_p", "one too many where p is reached exactly", top_p("running - p_sorted <= p")),
    ("keep_top_p", "brought back with gather", top_p(back="order")),
    (
        "keep_top_p",
        "every token from p upwards",
        "def keep_top_p(x, p): return torch.where(x.softmax(-1) >= p, x, -torch.inf)",
    ),
    (
        "penalize_repeats",
        "every token penalised",
        "def penalize_repeats(x, seen, a): return torch.where(x > 0, x / a, x * a)",
    ),
    (
        "penalize_repeats",
        "seen tokens forbidden",
        "def penalize_repeats(x, seen, a): return x.scatter(1, seen, -math.inf)",
    ),
    (
        "write_with_cache",
        "the guess of the first token read",
        cached().replace("[:, -1:].argmax(-1)", "[:, 0].argmax(-1, keepdim=True)"),
    ),
    (
        "write_with_cache",
        "only the new tokens",
        cached().replace("return idx", "return idx[:, -max_new_tokens:] if max_new_tokens else idx[:, :0]"),
    ),
    (
        "pad_left",
        "padded on the right, positions at 0",
        padded("p + [padding] * n", "[True] * len(p) + [False] * n", "t if t < len(p) else 0"),
    ),
    ("pad_left", "real as whole numbers", padded(mask="[0] * n + [1] * len(p)")),
    (
        "distinct_share",
        "those that occur once",
        """
def distinct_share(texts, n):
    counts = Counter(tuple(t[i:i + n]) for t in texts for i in range(len(t) - n + 1))
    return sum(c == 1 for c in counts.values()) / max(sum(counts.values()), 1)
""",
    ),
    (
        "distinct_share",
        "order within an n-gram ignored",
        """
def distinct_share(texts, n):
    grams = [frozenset(Counter(t[i:i + n]).items()) for t in texts for i in range(len(t) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0
""",
    ),
    ("predict_entropies", "minus sign forgotten", "def predict_entropies(): return -1.75, 0, -2, -0.918"),
    ("predict_entropies", "top-p without effect", "def predict_entropies(): return 1.75, 0, 2, 1.75"),
    ("keep_top_p", "1 − p for p", top_p("running - p_sorted < 1 - p")),
    ("keep_top_p", "the token that reaches p dropped", top_p("running < p")),
    (
        "keep_min_p",
        "the mean as the measure",
        "def keep_min_p(x, p): return x.masked_fill(x.softmax(1) < p * x.softmax(1).mean(1, True), -math.inf)",
    ),
    ("keep_top_k", "only the k values", "def keep_top_k(x, k): return x.topk(min(k, x.size(1))).values"),
    ("predict_entropies", "as if all four were equal", "def predict_entropies(): return 2, 0, 2, 0.918"),
    (
        "keep_top_k",
        "k different values kept",
        """
def keep_top_k(logits, k):
    out = logits.clone()
    for r in out:
        u = r.unique().flip(0)
        r[r < u[min(k, len(u)) - 1]] = -math.inf
    return out
""",
    ),
    (
        "distinct_share",
        "digits joined",
        """
def distinct_share(texts, n):
    grams = ["".join(map(str, text[i : i + n])) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0
""",
    ),
    (
        "sharpen",
        "probabilities divided",
        """
def sharpen(logits, temperature):
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return torch.softmax(logits, dim=-1) / temperature
""",
    ),
    (
        "keep_top_k",
        "removed with +∞",
        """
def keep_top_k(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, math.inf)
""",
    ),
    (
        "keep_min_p",
        "the unlikely kept",
        """
def keep_min_p(logits, p):
    probabilities = torch.softmax(logits, dim=-1)
    border = p * probabilities.amax(dim=-1, keepdim=True)
    return logits.masked_fill(probabilities > border, -math.inf)
""",
    ),
    (
        "keep_top_p",
        "what should go is kept",
        """
def keep_top_p(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    gone = before >= p
    removed = torch.zeros_like(gone).scatter(-1, order, gone)
    return logits.masked_fill(~removed, -math.inf)
""",
    ),
    (
        "keep_top_p",
        "the mask indexed with the first row's order",
        """
def keep_top_p(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    gone = before >= p
    removed = gone[:, order[0]]
    return logits.masked_fill(removed, -math.inf)
""",
    ),
    (
        "keep_top_p",
        "0.9, whatever p is",
        """
def keep_top_p(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    gone = before >= 0.9
    removed = torch.zeros_like(gone).scatter(-1, order, gone)
    return logits.masked_fill(removed, -math.inf)
""",
    ),
    (
        "write_to_the_end",
        "as many as asked for, from the end",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx[:, -max_new_tokens:]
""",
    ),
    (
        "write_to_the_end",
        "the first position asked",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, 0].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "write_to_the_end",
        "the least likely token",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmin(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "write_to_the_end",
        "the beginning seen",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, :model.config.seq_len])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "write_to_the_end",
        "one token too many",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens + 1):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "distinct_share",
        "1 less the share",
        """
def distinct_share(texts, n):
    grams = [tuple(text[i:i + n]) for text in texts for i in range(len(text) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
""",
    ),
    (
        "distinct_share",
        "divided by the number of texts",
        """
def distinct_share(texts, n):
    grams = [tuple(text[i:i + n]) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(texts) if grams else 0.0
""",
    ),
    (
        "sharpen",
        "the token's number at 0, as a column",
        """
def sharpen(logits, temperature):
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)
        return best
    return torch.softmax(logits / temperature, dim=-1)
""",
    ),
    (
        "sharpen",
        "powers not made to add up to 1",
        """
def sharpen(logits, temperature):
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return torch.softmax(logits, dim=-1) ** (1 / temperature)
""",
    ),
    (
        "sharpen",
        "low temperatures taken for 0",
        """
def sharpen(logits, temperature):
    if temperature < 0.5:
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return torch.softmax(logits / temperature, dim=-1)
""",
    ),
    (
        "keep_top_k",
        "the lowest border of all rows",
        """
def keep_top_k(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:].min()
    return logits.masked_fill(logits < kth, -math.inf)
""",
    ),
    (
        "keep_top_p",
        "probabilities not sorted",
        """
def keep_top_p(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = torch.softmax(logits, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    gone = before >= p
    removed = torch.zeros_like(gone).scatter(-1, order, gone)
    return logits.masked_fill(removed, -math.inf)
""",
    ),
    (
        "keep_top_p",
        "the first row's order for all",
        """
def keep_top_p(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    gone = before >= p
    removed = torch.zeros_like(gone).scatter(-1, order[:1].expand_as(order), gone)
    return logits.masked_fill(removed, -math.inf)
""",
    ),
    (
        "write_to_the_end",
        "an end token in the prompt fills the text",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = (idx == end).any(1)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "write_to_the_end",
        "filled with 0",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = torch.zeros(len(idx), dtype=torch.bool)
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, 0, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
    (
        "write_to_the_end",
        "a prompt that ends with end",
        """
def write_to_the_end(model, idx, max_new_tokens, end):
    ended = idx[:, -1] == end
    for _ in range(max_new_tokens):
        tokens = model(idx[:, -model.config.seq_len:])[:, -1].argmax(dim=-1)
        tokens = torch.where(ended, end, tokens)
        idx = torch.cat([idx, tokens[:, None]], dim=1)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return idx
""",
    ),
]
