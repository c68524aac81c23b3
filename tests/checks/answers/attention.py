"""The exercises of lesson 03: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
import torch.nn.functional as F
from course_lib import attention
"""


RIGHT_ANSWERS = {
    "softmax": [
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)
""",
        """
def softmax(x, dim=-1):
    return (x - torch.logsumexp(x, dim, keepdim=True)).exp()
""",
        """
def softmax(x, dim=-1):
    x = x.transpose(dim, -1).clone()
    x -= x.amax(-1)[..., None]
    x.exp_()
    x /= x.sum(-1)[..., None]
    return x.transpose(dim, -1)
""",
        """
def softmax(x, dim=-1):
    a = x.numpy().astype(np.float64)
    a = np.exp(a - a.max(axis=dim, keepdims=True))
    return torch.from_numpy(a / a.sum(axis=dim, keepdims=True)).float()
""",
    ],
    "causal_mask": [
        "def causal_mask(T): return torch.tril(torch.ones(T, T)).bool()",
        "def causal_mask(T): return torch.ones(T, T).triu(1) == 0",
        """
def causal_mask(T):
    mask = torch.zeros(T, T, dtype=torch.bool)
    for t in range(T):
        mask[t, : t + 1] = True
    return mask
""",
        "def causal_mask(T): return torch.tensor([[j <= t for j in range(T)] for t in range(T)])",
    ],
    "single_query_attention": [
        """
def single_query_attention(q, k, v):
    return F.softmax((k * q).sum(-1) / q.numel() ** 0.5, dim=0) @ v
""",
        """
def single_query_attention(q, k, v):
    scores = torch.einsum("d,td->t", q, k) * q.shape[0] ** -0.5
    weights = torch.exp(scores - scores.max())
    return torch.einsum("t,td->d", weights, v) / weights.sum()
""",
        """
def single_query_attention(q, k, v):
    scores = torch.stack([torch.dot(q, key) for key in k]) / math.sqrt(len(q))
    weights = attention.softmax(scores)
    output = torch.zeros(v.shape[1])
    for weight, value in zip(weights, v):
        output += weight * value
    return output
""",
        "def single_query_attention(q, k, v): return F.scaled_dot_product_attention(q[None], k, v)[0]",
    ],
    "predict_weights_of_equal_keys": [
        "def predict_weights_of_equal_keys(): return [0.33, 0.33, 0.33, 0, 0]",
        "def predict_weights_of_equal_keys(): return [1 / 3] * 3 + [0.0] * 2",
        "def predict_weights_of_equal_keys(): return (0.333, 0.333, 0.333, 0.0, 0.0)",
    ],
    "masked_softmax": [
        """
def masked_softmax(scores):
    T = scores.shape[-1]
    scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), float("-inf"))
    return scores.softmax(-1)
""",
        """
def masked_softmax(scores):
    return F.softmax(torch.where(attention.causal_mask(scores.size(-1)), scores, -torch.inf), dim=-1)
""",
        """
def masked_softmax(scores):
    T = scores.shape[-1]
    return torch.softmax(scores + torch.full((T, T), -math.inf).triu(1), dim=-1)
""",
        """
def masked_softmax(scores):
    weights = torch.zeros_like(scores)
    for t in range(scores.shape[-1]):
        weights[..., t, : t + 1] = torch.softmax(scores[..., t, : t + 1], dim=-1)
    return weights
""",
    ],
    "scaled_dot_product_attention": [
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    scores = torch.einsum("...qd,...kd->...qk", q / math.sqrt(q.size(-1)), k)
    if causal:
        T = q.size(-2)
        scores = scores.masked_fill(torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1), -1e9)
    return torch.einsum("...qk,...kd->...qd", F.softmax(scores, dim=-1), v)
""",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = torch.matmul(q, k.mT) * q.shape[-1] ** -0.5
    if causal:
        s += torch.full(s.shape[-2:], float("-inf")).triu(1)
    return torch.matmul(s.softmax(-1), v)
""",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    T, d = q.shape[-2:]
    outputs = []
    for t in range(T):
        seen = t + 1 if causal else T
        scores = (k[..., :seen, :] * q[..., t : t + 1, :]).sum(-1) / d**0.5
        weights = attention.softmax(scores)
        outputs.append((weights[..., None] * v[..., :seen, :]).sum(-2))
    return torch.stack(outputs, dim=-2)
""",
        """
def scaled_dot_product_attention(q, k, v, causal=True):
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
""",
    ],
}


WRONG_ANSWERS = [
    ("softmax", "large scores overflow", "def softmax(x, dim=-1): return x.exp() / x.exp().sum(dim, keepdim=True)"),
    (
        "softmax",
        "one sum for the whole tensor, and overflow",
        "def softmax(x, dim=-1): return torch.exp(x) / torch.sum(torch.exp(x))",
    ),
    (
        "softmax",
        "one largest score for the whole tensor",
        """
def softmax(x, dim=-1):
    x = x - torch.max(x)
    return torch.exp(x) / torch.exp(x).sum(dim=dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "keepdim=True is missing",
        """
def softmax(x, dim=-1):
    e = (x - x.max(dim=dim, keepdim=True)[0]).exp()
    return e / torch.sum(e, dim)
""",
    ),
    ("softmax", "dim is ignored", "def softmax(x, dim=-1): return F.softmax(x, -1)"),
    ("softmax", "the logarithm of the softmax", "def softmax(x, dim=-1): return x - x.logsumexp(dim, keepdim=True)"),
    ("causal_mask", "transposed", "def causal_mask(T): return torch.triu(torch.ones(T, T)).bool()"),
    ("causal_mask", "True means blocked", "def causal_mask(T): return torch.ones(T, T).triu(1).bool()"),
    (
        "causal_mask",
        "a token does not see itself",
        """
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] < i[:, None]
""",
    ),
    ("causal_mask", "numbers instead of True and False", "def causal_mask(T): return torch.tril(torch.ones(T, T))"),
    (
        "causal_mask",
        "a mask to be added",
        "def causal_mask(T): return torch.zeros(T, T).masked_fill(torch.ones(T, T).triu(1) == 1, float('-inf'))",
    ),
    (
        "single_query_attention",
        "no scaling",
        "def single_query_attention(q, k, v): return torch.softmax(k @ q, 0) @ v",
    ),
    (
        "single_query_attention",
        "divided by d",
        "def single_query_attention(q, k, v): return torch.softmax(q @ k.T / q.shape[0], -1) @ v",
    ),
    (
        "single_query_attention",
        "divided by the root of the number of keys",
        "def single_query_attention(q, k, v): return torch.softmax(k @ q / math.sqrt(k.shape[0]), -1) @ v",
    ),
    (
        "single_query_attention",
        "no softmax",
        "def single_query_attention(q, k, v): return ((k @ q / len(q) ** 0.5)[:, None] * v).sum(0)",
    ),
    (
        "single_query_attention",
        "the mean of the keys",
        "def single_query_attention(q, k, v): return torch.softmax(k @ q / len(q) ** 0.5, 0) @ k",
    ),
    (
        "predict_weights_of_equal_keys",
        "the mask is forgotten",
        "def predict_weights_of_equal_keys(): return [1 / 5 for _ in range(5)]",
    ),
    (
        "predict_weights_of_equal_keys",
        "a token does not see itself",
        "def predict_weights_of_equal_keys(): return [0.5, 0.5, 0, 0, 0]",
    ),
    (
        "predict_weights_of_equal_keys",
        "the mask instead of the weights",
        "def predict_weights_of_equal_keys(): return [1, 1, 1, 0, 0]",
    ),
    (
        "masked_softmax",
        "mask after the softmax",
        "def masked_softmax(scores): return scores.softmax(-1) * attention.causal_mask(scores.shape[-1])",
    ),
    (
        "masked_softmax",
        "mask after the softmax, then divided by the new sum",
        """
def masked_softmax(scores):
    weights = torch.softmax(scores, dim=-1).tril()
    return weights / weights.sum(-1, keepdim=True)
""",
    ),
    ("masked_softmax", "masked scores set to 0", "def masked_softmax(scores): return torch.softmax(scores.tril(), -1)"),
    (
        "masked_softmax",
        "masked scores set to a number that can be the largest",
        """
def masked_softmax(scores):
    return scores.masked_fill(~attention.causal_mask(scores.shape[-1]), -1000).softmax(-1)
""",
    ),
    (
        "masked_softmax",
        "the allowed scores are masked",
        """
def masked_softmax(scores):
    mask = attention.causal_mask(scores.shape[-1])
    return scores.masked_fill(mask, float("-inf")).softmax(-1)
""",
    ),
    (
        "masked_softmax",
        "softmax over the queries",
        """
def masked_softmax(scores):
    mask = attention.causal_mask(scores.shape[-1])
    return scores.masked_fill(~mask, -math.inf).softmax(dim=-2)
""",
    ),
    (
        "scaled_dot_product_attention",
        "no scaling",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.transpose(-1, -2)
    if causal: s = s.masked_fill(~attention.causal_mask(s.shape[-1]), float("-inf"))
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "divided by d",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = torch.einsum("...id,...jd->...ij", q, k) / q.shape[-1]
    if causal: s = s.masked_fill(torch.ones_like(s).triu(1).bool(), float("-inf"))
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "mask after the softmax",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    w = torch.softmax(q @ k.mT / math.sqrt(k.shape[-1]), dim=-1)
    if causal: w = w.tril()
    return w @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "mask transposed",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / q.shape[-1] ** 0.5
    if causal: s = s.masked_fill(torch.triu(torch.ones(s.shape[-2:])) == 0, -math.inf)
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "masked scores set to 0",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / q.shape[-1] ** 0.5
    if causal: s = s * torch.ones(s.shape[-2:]).tril()
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "q and k swapped",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = torch.einsum("...id,...jd->...ij", k, q) / q.shape[-1] ** 0.5
    if causal: s = s.masked_fill(~attention.causal_mask(s.shape[-1]), -math.inf)
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "always causal",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)
""",
    ),
    (
        "scaled_dot_product_attention",
        "the parameter causal is missing",
        """
def scaled_dot_product_attention(q, k, v):
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return s.masked_fill(~attention.causal_mask(s.shape[-1]), -math.inf).softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "exactly one batch dimension assumed",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = torch.matmul(q, k.transpose(1, 2)) / q.shape[-1] ** 0.5
    if causal: s = s.masked_fill(~attention.causal_mask(s.shape[-1]), -math.inf)
    return s.softmax(-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "mask built from the first dimension",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if causal: s = s.masked_fill(~attention.causal_mask(len(q)), -math.inf)
    return s.softmax(-1) @ v
""",
    ),
    (
        "softmax",
        "scores clipped",
        """
def softmax(x, dim=-1):
    x = torch.clamp(x, -80, 80)
    e = torch.exp(x)
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "large scores clipped",
        """
def softmax(x, dim=-1):
    e = torch.exp(torch.clamp(x, max=80))
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "the smallest score subtracted",
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.min(dim=dim, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "the mean subtracted",
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.mean(dim=dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "the sign turned round, and overflow",
        """
def softmax(x, dim=-1):
    e = torch.exp(x.amax(dim=dim, keepdim=True) - x)
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "not divided by the sum",
        """
def softmax(x, dim=-1):
    return torch.exp(x - x.amax(dim=dim, keepdim=True))
""",
    ),
    (
        "softmax",
        "powers of two",
        """
def softmax(x, dim=-1):
    e = 2 ** (x - x.amax(dim=dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "divided by the mean",
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / e.mean(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "nan hidden as 0",
        """
def softmax(x, dim=-1):
    e = torch.exp(x)
    return torch.nan_to_num(e / e.sum(dim, keepdim=True))
""",
    ),
    (
        "softmax",
        "keepdim=True is missing at the largest",
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim))
    return e / e.sum(dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "keepdim=True is missing twice",
        """
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim))
    return e / e.sum(dim)
""",
    ),
    (
        "causal_mask",
        "mirrored",
        """
def causal_mask(T):
    return torch.ones(T, T).tril().flip(1).bool()
""",
    ),
    (
        "causal_mask",
        "one row",
        """
def causal_mask(T):
    return torch.ones(T).bool()
""",
    ),
    (
        "causal_mask",
        "a mask to be added, with ones",
        """
def causal_mask(T):
    m = torch.ones(T, T)
    m[torch.triu(torch.ones(T, T), 1).bool()] = -math.inf
    return m
""",
    ),
    (
        "causal_mask",
        "transposed",
        """
def causal_mask(T):
    i = torch.arange(T)
    return i[:, None] <= i
""",
    ),
    (
        "causal_mask",
        "whole numbers instead of True and False",
        """
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.uint8).tril()
""",
    ),
    (
        "single_query_attention",
        "divided by the root of the values' width",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(k @ q / math.sqrt(v.shape[-1]))
    return w @ v
""",
    ),
    (
        "single_query_attention",
        "multiplied by √d",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(k @ q * math.sqrt(q.shape[-1]))
    return w @ v
""",
    ),
    (
        "single_query_attention",
        "the mean of all values",
        """
def single_query_attention(q, k, v):
    return v.mean(0)
""",
    ),
    (
        "single_query_attention",
        "summed up to one number",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(k @ q / math.sqrt(q.shape[-1]))
    return (w[:, None] * v).sum()
""",
    ),
    (
        "single_query_attention",
        "values weighted, but not added up",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(k @ q / math.sqrt(q.shape[-1]))
    return w[:, None] * v
""",
    ),
    (
        "single_query_attention",
        "the weights returned",
        """
def single_query_attention(q, k, v):
    return attention.softmax(k @ q / math.sqrt(q.shape[-1]))
""",
    ),
    (
        "single_query_attention",
        "no softmax",
        """
def single_query_attention(q, k, v):
    scores = k @ q / math.sqrt(q.shape[-1])
    return scores @ v
""",
    ),
    (
        "single_query_attention",
        "a row too many",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(q[None] @ k.T / math.sqrt(q.shape[-1]))
    return w @ v
""",
    ),
    (
        "single_query_attention",
        "divided by the number of keys",
        """
def single_query_attention(q, k, v):
    w = attention.softmax(k @ q / math.sqrt(q.shape[-1]))
    return w @ v / len(k)
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "only what comes after",
        """
def predict_weights_of_equal_keys():
    return [0, 0, 0, 0.5, 0.5]
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "percent",
        """
def predict_weights_of_equal_keys():
    return [33.3, 33.3, 33.3, 0, 0]
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "only the three that are seen",
        """
def predict_weights_of_equal_keys():
    return [0.33, 0.33, 0.33]
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "masked after the softmax",
        """
def predict_weights_of_equal_keys():
    return [1 / 5, 1 / 5, 1 / 5, 0, 0]
""",
    ),
    (
        "masked_softmax",
        "mask after the softmax, and a small number in the division",
        """
def masked_softmax(scores):
    w = torch.softmax(scores, -1) * attention.causal_mask(scores.shape[-1])
    return w / (w.sum(-1, keepdim=True) + 1e-08)
""",
    ),
    (
        "masked_softmax",
        "softmax taken twice",
        """
def masked_softmax(scores):
    w = torch.softmax(scores, -1).masked_fill(~attention.causal_mask(scores.shape[-1]), 0)
    return torch.softmax(w, -1)
""",
    ),
    (
        "masked_softmax",
        "scores and not weights",
        """
def masked_softmax(scores):
    return scores.masked_fill(~attention.causal_mask(scores.shape[-1]), -math.inf)
""",
    ),
    (
        "masked_softmax",
        "−inf put into the weights",
        """
def masked_softmax(scores):
    w = torch.softmax(scores, -1)
    return w.masked_fill(~attention.causal_mask(scores.shape[-1]), -math.inf)
""",
    ),
    (
        "masked_softmax",
        "masked scores set to 0",
        """
def masked_softmax(scores):
    return torch.softmax(scores * attention.causal_mask(scores.shape[-1]), -1)
""",
    ),
    (
        "masked_softmax",
        "masked scores set to a number that can be the largest",
        """
def masked_softmax(scores):
    return torch.softmax(scores.masked_fill(~attention.causal_mask(scores.shape[-1]), -10000.0), -1)
""",
    ),
    (
        "masked_softmax",
        "−inf times a mask of 0 and 1",
        """
def masked_softmax(scores):
    m = torch.ones_like(scores).triu(1)
    return torch.softmax(scores - m * math.inf, -1)
""",
    ),
    (
        "masked_softmax",
        "softmax along dimension 1",
        """
def masked_softmax(scores):
    return torch.softmax(scores.masked_fill(~attention.causal_mask(scores.shape[-1]), -math.inf), 1)
""",
    ),
    (
        "masked_softmax",
        "mask of the wrong length",
        """
def masked_softmax(scores):
    return torch.softmax(scores.masked_fill(~attention.causal_mask(scores.shape[1]), -math.inf), -1)
""",
    ),
    (
        "scaled_dot_product_attention",
        "multiplied by √d",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT * math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "divided after the softmax",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) / math.sqrt(q.shape[-1]) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "written for three dimensions",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    B, T, d = q.shape
    s = q @ k.mT / math.sqrt(d)
    if causal:
        s = s.masked_fill(~attention.causal_mask(T), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "written for one sequence",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    T, d = q.shape
    s = q @ k.mT / math.sqrt(d)
    if causal:
        s = s.masked_fill(~attention.causal_mask(T), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "a product for three dimensions",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = torch.bmm(q, k.transpose(-2, -1)) / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "the weights returned",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s)
""",
    ),
    (
        "scaled_dot_product_attention",
        "mask built from dimension 1",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[1]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "no gradient for anything",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    with torch.no_grad():
        s = q @ k.mT / math.sqrt(q.shape[-1])
        if causal:
            s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
        return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "no gradient for q and k",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = (q @ k.mT).data / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "−inf times a mask of 0 and 1",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / math.sqrt(q.shape[-1])
    if causal:
        s = s + (1 - attention.causal_mask(q.shape[-2]).float()) * -math.inf
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "softmax along dimension 0",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s, 0) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "all dimensions reversed",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.t() / math.sqrt(q.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "divided by the root of the values' width",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / math.sqrt(v.shape[-1])
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "softmax",
        "the sum always along the last dimension",
        """
def softmax(x, dim=-1):
    e = (x - x.amax(dim=dim, keepdim=True)).exp()
    return e / e.sum(dim=-1, keepdim=True)
""",
    ),
    (
        "softmax",
        "each row's largest, and one sum for all",
        """
def softmax(x, dim=-1):
    e = (x - x.amax(dim=dim, keepdim=True)).exp()
    return e / e.sum()
""",
    ),
    (
        "softmax",
        "the largest absolute value subtracted",
        """
def softmax(x, dim=-1):
    e = (x - x.abs().amax(dim=dim, keepdim=True)).exp()
    return e / e.sum(dim=dim, keepdim=True)
""",
    ),
    (
        "softmax",
        "−inf taken for 0",
        """
def softmax(x, dim=-1):
    x = torch.where(torch.isinf(x), torch.zeros_like(x), x)
    e = (x - x.amax(dim=dim, keepdim=True)).exp()
    return e / e.sum(dim=dim, keepdim=True)
""",
    ),
    (
        "masked_softmax",
        "divided by √T as well",
        """
def masked_softmax(scores):
    m = attention.causal_mask(scores.shape[-1])
    return torch.softmax((scores / math.sqrt(scores.shape[-1])).masked_fill(~m, -math.inf), -1)
""",
    ),
    (
        "masked_softmax",
        "a token does not see itself, and nan hidden as 0",
        """
def masked_softmax(scores):
    m = torch.tril(torch.ones_like(scores), -1).bool()
    return torch.softmax(scores.masked_fill(~m, -math.inf), -1).nan_to_num(0)
""",
    ),
    (
        "single_query_attention",
        "divided by the sum, without exp",
        """
def single_query_attention(q, k, v):
    scores = k @ q / math.sqrt(q.shape[-1])
    return (scores / scores.sum()) @ v
""",
    ),
    (
        "single_query_attention",
        "the last key is not seen",
        """
def single_query_attention(q, k, v):
    weights = attention.softmax((k @ q / math.sqrt(q.shape[-1]))[:-1])
    return weights @ v[:-1]
""",
    ),
    (
        "single_query_attention",
        "output and weights returned",
        """
def single_query_attention(q, k, v):
    weights = attention.softmax(k @ q / math.sqrt(q.shape[-1]))
    return weights @ v, weights
""",
    ),
    (
        "scaled_dot_product_attention",
        "each token sees the next one",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / q.shape[-1] ** 0.5
    if causal:
        s = s.masked_fill(torch.ones(s.shape[-2:], dtype=torch.bool).triu(2), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "masked scores set to a number that can be the largest",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.mT / q.shape[-1] ** 0.5
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -1e4)
    return attention.softmax(s) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "no gradient for k",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    s = q @ k.detach().mT / q.shape[-1] ** 0.5
    if causal:
        s = s.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(s) @ v
""",
    ),
]

SEEN_ANSWERS = [
    (
        "softmax",
        "`exps = torch.sigmoid(x)`",
        """
def softmax(x, dim=-1):
    return torch.sigmoid(x)
""",
    ),
    (
        "softmax",
        "`exps = (x / x.abs().amax(dim=dim, keepdim=True)).exp()`",
        """
def softmax(x, dim=-1):
    e = (x / x.abs().amax(dim=dim, keepdim=True)).exp()
    return e / e.sum(dim=dim, keepdim=True)
""",
    ),
    (
        "causal_mask",
        "`return (position <= position[:, None]) & (position >= position[:, None] - 1)`",
        """
def causal_mask(T):
    p = torch.arange(T)
    return (p <= p[:, None]) & (p >= p[:, None] - 1)
""",
    ),
    (
        "causal_mask",
        "the numbers are right, but in a list: torch.tensor(…) makes a tensor o",
        """
def causal_mask(T):
    return [[j <= i for j in range(T)] for i in range(T)]
""",
    ),
    (
        "single_query_attention",
        "`scores = -((k - q) ** 2).sum(dim=-1) / math.sqrt(q.shape[-1])`",
        """
def single_query_attention(q, k, v):
    scores = -((k - q) ** 2).sum(-1) / math.sqrt(q.shape[-1])
    return attention.softmax(scores) @ v
""",
    ),
    (
        "masked_softmax",
        "`scores = scores.masked_fill(~mask, scores.min())`",
        """
def masked_softmax(scores):
    mask = attention.causal_mask(scores.shape[-1], device=scores.device)
    return torch.softmax(scores.masked_fill(~mask, float(scores.min())), dim=-1)
""",
    ),
    (
        "masked_softmax",
        "`scores = scores`",
        """
def masked_softmax(scores):
    mask = attention.causal_mask(scores.shape[-1])
    w = torch.softmax(scores, dim=-1) * mask
    return w / mask.sum(-1, keepdim=True)
""",
    ),
    (
        "scaled_dot_product_attention",
        "`scores = q @ k.transpose(-2, -1) / (math.sqrt(q.shape[-1]) if causal else 1)`",
        """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    scores = q @ k.transpose(-2, -1)
    if causal:
        scores = scores / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(~attention.causal_mask(q.shape[-2]), -math.inf)
    return attention.softmax(scores, dim=-1) @ v
""",
    ),
    (
        "scaled_dot_product_attention",
        "`scores = q @ v.transpose(-2, -1) / math.sqrt(q.shape[-1])`",
        """
def scaled_dot_product_attention(
    q,
    k,
    v,
    *,
    causal: bool = True,
):
    scores = q @ v.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if causal:
        allowed = attention.causal_mask(q.shape[-2], device=q.device)
        scores = scores.masked_fill(~allowed, -math.inf)
    return attention.softmax(scores, dim=-1) @ v
""",
    ),
    (
        "single_query_attention",
        "`weights = scores.exp() / scores.exp().max()`",
        """
def single_query_attention(q, k, v):
    s = (k * q).sum(-1) / q.shape[-1] ** 0.5
    w = s.exp() / s.exp().max()
    return w @ v
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "number 1 is too small",
        """
def predict_weights_of_equal_keys(): return [0, 0, 0, 0, 0]
""",
    ),
    (
        "predict_weights_of_equal_keys",
        "number 1 is too small, by a factor below 2",
        """
def predict_weights_of_equal_keys(): return [0.3, 0.3, 0.4, 0, 0]
""",
    ),
]
