"""The exercises of lesson 04: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from course_lib import multi_head_attention
from course_lib.attention import scaled_dot_product_attention
from course_lib.multi_head_attention import merge_heads as join, split_heads as cut
"""


REFUSE = """
    if x.shape[-1] % n_head: raise ValueError(f"{x.shape[-1]} / {n_head}")
"""


LAYERS = """
class MultiHeadAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)
    def forward(self, x):
        B, T, C = x.shape
        H, D = self.n_head, C // self.n_head
        qkv = self.qkv_proj(x)
        q, k, v = qkv.chunk(3, dim=-1)
"""


CAUSAL_BY_HAND = """
        scores = (q @ k.transpose(-2, -1)) * {scale}
        scores = scores.masked_fill(torch.triu(torch.ones(T, T), 1).bool(), float("-inf"))
        return self.out_proj((scores.softmax(-1) @ v).transpose(1, 2).contiguous().view(B, T, C))
"""


SPLIT = "        q, k, v = cut(q, H), cut(k, H), cut(v, H)\n"


RIGHT_ANSWERS = {
    "split_heads": [
        f"def split_heads(x, n_head):{REFUSE}"
        "    return x.unflatten(-1, (n_head, x.shape[-1] // n_head)).transpose(1, 2)",
        f"def split_heads(x, n_head):{REFUSE}    return torch.stack(x.chunk(n_head, dim=-1), dim=1)",
        f"""
def split_heads(x, n_head):{REFUSE}
    B, T, C = x.shape
    return torch.einsum("bthd->bhtd", x.reshape(B, T, n_head, -1))
""",
        """
def split_heads(x, n_head):
    B, T, C = x.size()
    d, rest = divmod(C, n_head)
    if rest != 0:
        raise ValueError(f"no: {C} channels, {n_head} heads")
    heads = torch.empty(B, n_head, T, d)
    for h in range(n_head):
        heads[:, h] = x[:, :, h * d:(h + 1) * d]
    return heads
""",
    ],
    "merge_heads": [
        "def merge_heads(x): return x.transpose(1, 2).flatten(2)",
        "def merge_heads(x): return torch.cat(list(x.unbind(1)), dim=-1)",
        "def merge_heads(x): return x.permute(0, 2, 1, 3).contiguous().view(x.shape[0], x.shape[2], -1)",
        "def merge_heads(x): return torch.cat([x[:, h] for h in range(x.size(1))], -1)",
    ],
    "MultiHeadAttention": [
        LAYERS + SPLIT + "        return self.out_proj(join(scaled_dot_product_attention(q, k, v)))",
        LAYERS + SPLIT + CAUSAL_BY_HAND.format(scale="D ** -0.5"),
        LAYERS
        + """
        outputs = []
        for h in range(H):
            mine = slice(h * D, (h + 1) * D)
            outputs.append(scaled_dot_product_attention(q[..., mine], k[..., mine], v[..., mine]))
        return self.out_proj(torch.cat(outputs, dim=-1))
""",
        """
class MultiHeadAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.heads = config.n_head
        self.register_buffer("mask", torch.tril(torch.ones(config.seq_len, config.seq_len)).bool(), persistent=False)
    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask[:T, :T])
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))
""",
    ],
    "predict_attention_parameters": [
        "def predict_attention_parameters(): return 40_000, 40_000, 160_000",
        "def predict_attention_parameters(): return [4 * C ** 2 for C in (100, 100, 200)]",
        """
def predict_attention_parameters():
    def count(C, H):
        D = C // H
        return H * 3 * C * D + (H * D) * C
    return count(100, 5), count(100, 10), count(200, 10)
""",
    ],
    "split_qkv": [
        "def split_qkv(qkv, n_head): return tuple(cut(part, n_head) for part in qkv.chunk(3, dim=-1))",
        """
def split_qkv(qkv, n_head):
    C = qkv.shape[-1] // 3
    q, k, v = qkv.split(C, dim=2)
    return cut(q, n_head), cut(k, n_head), cut(v, n_head)
""",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 3).unbind(2)
    return q, k, v
""",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    parts = qkv.view(B, T, 3, n_head, C3 // 3 // n_head)
    return [parts[:, :, i].transpose(1, 2).contiguous() for i in range(3)]
""",
    ],
    "head_contributions": [
        """
def head_contributions(heads, out_weight):
    D = heads.shape[-1]
    return torch.stack([heads[:, h] @ out_weight[:, h * D:(h + 1) * D].T for h in range(heads.shape[1])], dim=1)
""",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    return torch.einsum("bhtd,chd->bhtc", heads, out_weight.view(H * D, H, D))
""",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    alone = torch.zeros(B, H, T, H * D)
    for h in range(H):
        alone[:, h, :, h * D:(h + 1) * D] = heads[:, h]
    return F.linear(alone, out_weight)
""",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    return heads @ out_weight.T.reshape(H, D, H * D)
""",
    ],
}


WRONG_ANSWERS = [
    (
        "split_heads",
        "view without transpose",
        f"def split_heads(x, n_head):{REFUSE}    return x.reshape(x.shape[0], n_head, x.shape[1], -1)",
    ),
    (
        "split_heads",
        "the heads left behind the tokens",
        """
def split_heads(x, n_head):
    assert x.shape[-1] % n_head == 0
    return x.unflatten(2, (n_head, -1))
""",
    ),
    (
        "split_heads",
        "heads take turns at the channels",
        "def split_heads(x, n_head): return torch.stack([x[..., h::n_head] for h in range(n_head)], dim=1)",
    ),
    (
        "split_heads",
        "number and width of the heads exchanged",
        "def split_heads(x, n_head): return torch.stack(x.split(n_head, dim=-1), dim=1)",
    ),
    (
        "split_heads",
        "width before tokens",
        "def split_heads(x, n_head): return x.transpose(1, 2).unflatten(1, (n_head, -1))",
    ),
    (
        "merge_heads",
        "reshape without transposing back",
        "def merge_heads(x): return x.contiguous().view(x.size(0), x.size(2), -1)",
    ),
    (
        "merge_heads",
        "view on transposed memory",
        """
def merge_heads(x):
    y = x.permute(0, 2, 1, 3)
    return y.view(y.shape[0], y.shape[1], -1)
""",
    ),
    (
        "merge_heads",
        "channels of the heads interleaved",
        "def merge_heads(x): return torch.stack(list(x.unbind(1)), -1).flatten(2)",
    ),
    ("merge_heads", "heads added up", "def merge_heads(x): return sum(x[:, h] for h in range(x.shape[1]))"),
    ("merge_heads", "heads in line along the tokens", "def merge_heads(x): return torch.cat(list(x.unbind(1)), dim=1)"),
    (
        "MultiHeadAttention",
        "view without transpose",
        LAYERS
        + """
        q, k, v = (p.reshape(B, H, T, D) for p in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "heads merged without transposing back",
        LAYERS
        + SPLIT
        + "        return self.out_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).reshape(B, T, C))",
    ),
    (
        "MultiHeadAttention",
        "attention over the heads",
        LAYERS
        + """
        q, k, v = (p.view(B, T, H, D) for p in qkv.split(C, dim=-1))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "q, k, v cut along the batch",
        LAYERS
        + """
        q, k, v = qkv.view(B, T, 3, H, D).transpose(1, 2).chunk(3)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "q, k, v taken from each head's rows",
        LAYERS
        + """
        q, k, v = qkv.view(B, T, H, 3, D).permute(3, 0, 2, 1, 4)
        return self.out_proj(join(scaled_dot_product_attention(q, k, v)))
""",
    ),
    (
        "MultiHeadAttention",
        "q and k exchanged",
        LAYERS + SPLIT + CAUSAL_BY_HAND.format(scale="D ** -0.5").replace("q @ k", "k @ q"),
    ),
    (
        "MultiHeadAttention",
        "k and v exchanged",
        LAYERS.replace("q, k, v = qkv", "q, v, k = qkv")
        + SPLIT
        + "        return self.out_proj(join(scaled_dot_product_attention(q, k, v)))",
    ),
    (
        "MultiHeadAttention",
        "no output projection",
        LAYERS + SPLIT + "        return join(scaled_dot_product_attention(q, k, v))",
    ),
    ("MultiHeadAttention", "scores divided by √C", LAYERS + SPLIT + CAUSAL_BY_HAND.format(scale="C ** -0.5")),
    ("MultiHeadAttention", "scores divided by √H", LAYERS + SPLIT + CAUSAL_BY_HAND.format(scale="H ** -0.5")),
    (
        "MultiHeadAttention",
        "no causal mask",
        LAYERS + SPLIT + "        return self.out_proj(join(F.scaled_dot_product_attention(q, k, v)))",
    ),
    (
        "MultiHeadAttention",
        "biases whatever the configuration says",
        LAYERS.replace(", bias=config.bias", "")
        + SPLIT
        + "        return self.out_proj(join(scaled_dot_product_attention(q, k, v)))",
    ),
    (
        "predict_attention_parameters",
        "no output projection",
        "def predict_attention_parameters(): return tuple(3 * C * C for C in (100, 100, 200))",
    ),
    (
        "predict_attention_parameters",
        "more heads, more parameters",
        "def predict_attention_parameters(): return 40_000, 2 * 40_000, 8 * 40_000",
    ),
    (
        "predict_attention_parameters",
        "each head with full matrices",
        "def predict_attention_parameters(): return [H * 3 * C**2 + C**2 for C, H in ((100, 5), (100, 10), (200, 10))]",
    ),
    (
        "predict_attention_parameters",
        "with biases",
        "def predict_attention_parameters(): return tuple(4 * C * (C + 1) for C in (100, 100, 200))",
    ),
    (
        "split_qkv",
        "the batch cut in three",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3)
    return q, k, v
""",
    ),
    (
        "split_qkv",
        "an axis of size one, and the heads behind the tokens",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3, dim=1)
    return q, k, v
""",
    ),
    (
        "split_qkv",
        "an axis of size one left",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return qkv.view(B, T, 3, n_head, C3 // 3 // n_head).permute(0, 2, 3, 1, 4).chunk(3, dim=1)
""",
    ),
    (
        "split_qkv",
        "the heads left behind the tokens",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3, dim=1)
    return q.squeeze(1), k.squeeze(1), v.squeeze(1)
""",
    ),
    (
        "split_qkv",
        "thirds of each head",
        "def split_qkv(qkv, n_head): return cut(qkv, n_head).chunk(3, dim=-1)",
    ),
    (
        "split_qkv",
        "view straight into the wanted shape",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    x = qkv.view(B, 3, n_head, T, C3 // 3 // n_head)
    return x[:, 0], x[:, 1], x[:, 2]
""",
    ),
    (
        "head_contributions",
        "rows instead of columns",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    return torch.stack([heads[:, h] @ out_weight[h * D:(h + 1) * D] for h in range(H)], dim=1)
""",
    ),
    (
        "head_contributions",
        "the first columns for every head",
        """
def head_contributions(heads, out_weight):
    return heads @ out_weight[:, :heads.shape[-1]].T
""",
    ),
    (
        "head_contributions",
        "already added up",
        "def head_contributions(heads, out_weight): return join(heads) @ out_weight.T",
    ),
    (
        "head_contributions",
        "every H-th column",
        """
def head_contributions(heads, out_weight):
    H = heads.shape[1]
    return torch.stack([heads[:, h] @ out_weight[:, h::H].T for h in range(H)], dim=1)
""",
    ),
    (
        "head_contributions",
        "divided by the number of heads",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    return torch.einsum("bhtd,chd->bhtc", heads, out_weight.view(H * D, H, D)) / H
""",
    ),
    (
        "head_contributions",
        "rows and columns exchanged, head by head",
        """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    return torch.stack([heads[:, h] @ out_weight[:, h * D:(h + 1) * D].reshape(D, H * D) for h in range(H)], dim=1)
""",
    ),
    (
        "split_heads",
        "the heads before the batch",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f'{C} {n_head}')
    return torch.stack(x.chunk(n_head, dim=-1))
""",
    ),
    (
        "split_heads",
        "batch and heads in one dimension",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f'{C} {n_head}')
    return x.reshape(B, T, n_head, C // n_head).transpose(1, 2).reshape(B * n_head, T, C // n_head)
""",
    ),
    (
        "split_heads",
        "width before tokens",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f'{C} {n_head}')
    return x.transpose(1, 2).reshape(B, n_head, C // n_head, T)
""",
    ),
    (
        "split_heads",
        "a list of heads",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f'{C} {n_head}')
    return list(x.chunk(n_head, dim=-1))
""",
    ),
    (
        "split_heads",
        "view as (B, T, D, H)",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f'{C} {n_head}')
    return x.reshape(B, T, C // n_head, n_head)
""",
    ),
    (
        "merge_heads",
        "the mean of the heads",
        """
def merge_heads(x):
    return x.mean(1)
""",
    ),
    (
        "merge_heads",
        "batch and tokens in one dimension",
        """
def merge_heads(x):
    B, H, T, D = x.shape
    return x.transpose(1, 2).reshape(B * T, H * D)
""",
    ),
    (
        "merge_heads",
        "transposed, and not joined",
        """
def merge_heads(x):
    return x.transpose(1, 2)
""",
    ),
    (
        "merge_heads",
        "only the first head",
        """
def merge_heads(x):
    return x[:, 0]
""",
    ),
    (
        "merge_heads",
        "only the first of the batch",
        """
def merge_heads(x):
    return torch.cat(list(x[0]), dim=-1).unsqueeze(0)
""",
    ),
    (
        "merge_heads",
        "heads in line along the tokens",
        """
def merge_heads(x):
    return torch.cat([x[:, h] for h in range(x.shape[1])], dim=1)
""",
    ),
    (
        "merge_heads",
        "the wrong dimensions transposed",
        """
def merge_heads(x):
    B, H, T, D = x.shape
    return x.transpose(2, 3).reshape(B, T, H * D)
""",
    ),
    (
        "MultiHeadAttention",
        "biases never",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=False)
        self.out_proj = nn.Linear(C, C, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "one head",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = 1
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "five heads for every configuration, by view",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = 5
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "the input added",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return x + self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "scores divided twice",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q / q.shape[-1] ** 0.5, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "three layers instead of one",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.q = nn.Linear(C, C, bias=config.bias)
        self.k = nn.Linear(C, C, bias=config.bias)
        self.v = nn.Linear(C, C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (self.q(x), self.k(x), self.v(x))
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "no causal mask",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "MultiHeadAttention",
        "q and k exchanged",
        """
class MultiHeadAttention(nn.Module):

    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.H = config.n_head
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)
        self.out_proj = nn.Linear(C, C, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        k, q, v = self.qkv_proj(x).chunk(3, dim=-1)
        q, k, v = (t.view(B, T, self.H, -1).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(q, k, v)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, C))
""",
    ),
    (
        "predict_attention_parameters",
        "queries, keys and values as one matrix",
        """
def predict_attention_parameters():
    return (20000, 20000, 80000)
""",
    ),
    (
        "predict_attention_parameters",
        "twice the heads, half the parameters",
        """
def predict_attention_parameters():
    return (40000, 20000, 80000)
""",
    ),
    (
        "predict_attention_parameters",
        "the MLP counted",
        """
def predict_attention_parameters():
    return (120000, 120000, 480000)
""",
    ),
    (
        "predict_attention_parameters",
        "a projection for every head, all of full width",
        """
def predict_attention_parameters():
    return (200000, 400000, 1600000)
""",
    ),
    (
        "split_qkv",
        "not cut into heads",
        """
def split_qkv(qkv, n_head):
    q, k, v = qkv.chunk(3, -1)
    return (q, k, v)
""",
    ),
    (
        "split_qkv",
        "one tensor for all three",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return qkv.view(B, T, 3, n_head, -1).permute(2, 0, 3, 1, 4)
""",
    ),
    (
        "split_qkv",
        "the heads take turns at the channels",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return qkv.view(B, T, 3, -1, n_head).permute(2, 0, 4, 1, 3).unbind(0)
""",
    ),
    (
        "split_qkv",
        "width before tokens",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return qkv.view(B, T, 3, n_head, -1).permute(2, 0, 3, 4, 1).unbind(0)
""",
    ),
    (
        "split_qkv",
        "keys and values exchanged",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, v, k = qkv.view(B, T, 3, n_head, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return (q, k, v)
""",
    ),
    (
        "split_qkv",
        "q, k, v take turns at the channels",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return qkv.view(B, T, n_head, -1, 3).permute(4, 0, 2, 1, 3).unbind(0)
""",
    ),
    (
        "head_contributions",
        "heads before the batch",
        """
def head_contributions(heads, out_weight):
    H, D = (heads.shape[1], heads.shape[3])
    return torch.stack([heads[:, h] @ out_weight[:, h * D:(h + 1) * D].T for h in range(H)])
""",
    ),
    (
        "head_contributions",
        "heads behind the tokens",
        """
def head_contributions(heads, out_weight):
    H, D = (heads.shape[1], heads.shape[3])
    return torch.stack([heads[:, h] @ out_weight[:, h * D:(h + 1) * D].T for h in range(H)], dim=2)
""",
    ),
    (
        "head_contributions",
        "a list of contributions",
        """
def head_contributions(heads, out_weight):
    H, D = (heads.shape[1], heads.shape[3])
    return [heads[:, h] @ out_weight[:, h * D:(h + 1) * D].T for h in range(H)]
""",
    ),
    (
        "head_contributions",
        "running sums",
        """
def head_contributions(heads, out_weight):
    H, D = (heads.shape[1], heads.shape[3])
    total, out = (0, [])
    for h in range(H):
        total = total + heads[:, h] @ out_weight[:, h * D:(h + 1) * D].T
        out.append(total)
    return torch.stack(out, dim=1)
""",
    ),
    (
        "head_contributions",
        "columns from h instead of h·D",
        """
def head_contributions(heads, out_weight):
    H, D = (heads.shape[1], heads.shape[3])
    return torch.stack([heads[:, h] @ out_weight[:, h:h + D].T for h in range(H)], dim=1)
""",
    ),
    (
        "split_heads",
        "view without transpose",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f"{C} {n_head}")
    return x.view(B, n_head, T, C // n_head)
""",
    ),
    (
        "split_heads",
        "tokens and channels exchanged before the cut",
        """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f"{C} {n_head}")
    return x.transpose(1, 2).reshape(B, n_head, T, C // n_head)
""",
    ),
    (
        "split_qkv",
        "each part viewed straight into heads",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return tuple(t.reshape(B, n_head, T, C3 // 3 // n_head) for t in qkv.chunk(3, -1))
""",
    ),
    (
        "split_qkv",
        "the 3 in front of the batch",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    return tuple(qkv.reshape(3, B, T, n_head, C3 // 3 // n_head).transpose(2, 3))
""",
    ),
    (
        "split_qkv",
        "keys transposed already",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).permute(2, 0, 3, 1, 4)
    return q, k.mT, v
""",
    ),
    (
        "split_qkv",
        "queries scaled already",
        """
def split_qkv(qkv, n_head):
    B, T, C3 = qkv.shape
    q, k, v = qkv.view(B, T, 3, n_head, C3 // 3 // n_head).permute(2, 0, 3, 1, 4)
    return q * (C3 // 3 // n_head) ** -0.5, k, v
""",
    ),
]

SEEN_ANSWERS = [
    (
        "merge_heads",
        "`return tokens_first.flatten(1, 2)`",
        """
def merge_heads(x):
    tokens_first = x.transpose(1, 2)
    return tokens_first.flatten(1, 2)
""",
    ),
    (
        "merge_heads",
        "`tokens_first = x.flip(1).transpose(1, 2)`",
        """
def merge_heads(x):
    return torch.cat(list(x.flip(1).unbind(1)), dim=-1)
""",
    ),
    (
        "head_contributions",
        "`return torch.stack(added, dim=-1)`",
        """
def head_contributions(heads, out_weight):
    H, D = heads.shape[1], heads.shape[3]
    added = []
    for h in range(H):
        columns = out_weight[:, h * D : (h + 1) * D]
        added.append(heads[:, h] @ columns.T)
    return torch.stack(added, dim=-1)
""",
    ),
    (
        "MultiHeadAttention",
        "`return self.out_proj(merge(heads)) + merge(heads)`",
        """
class MultiHeadAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head = config.n_head
        self.qkv_proj = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.out_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
    def forward(self, x):
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        split = multi_head_attention.split_heads
        heads = scaled_dot_product_attention(split(q, self.n_head), split(k, self.n_head), split(v, self.n_head))
        merged = multi_head_attention.merge_heads(heads)
        return self.out_proj(merged) + merged
""",
    ),
]
