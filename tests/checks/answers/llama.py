"""The exercises of lesson 10: answers as students type them."""

PRELUDE = """
import math
import torch
from torch import nn
from torch.nn import functional as F
from course_lib.llama import apply_rope
"""


def norm(line: str) -> str:
    return f"def rms_norm(x, weight, eps):\n    w = x.float()\n    return {line}\n"


def table(speeds: str = "theta ** (-torch.arange(0, head_dim, 2) / head_dim)", start: str = "0") -> str:
    return f"""
def rotation_table(head_dim, seq_len, theta):
    angles = torch.arange({start}, {start} + seq_len)[:, None] * {speeds}
    return torch.cos(angles), torch.sin(angles)
"""


def rotation(a: str = "a * cos - b * sin", b: str = "b * cos + a * sin") -> str:
    return f"""
def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat(({a}, {b}), -1)
"""


def stretch(result: str = "kept * frequencies + (1 - kept) * frequencies / factor", wave: str = "2 * math.pi") -> str:
    return f"""
def stretch_frequencies(frequencies, factor, low=1.0, high=4.0, original_len=8192):
    wavelengths = {wave} / frequencies
    kept = torch.clamp((original_len / wavelengths - low) / (high - low), 0, 1)
    return {result}
"""


def gated(line: str, bias: str = "False") -> str:
    return f"""
class GatedMLP(nn.Module):
    def __init__(self, n_embd, hidden_dim):
        super().__init__()
        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias={bias})
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias={bias})
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias={bias})
    def forward(self, x):
        return {line}
"""


def store(
    place: str = "self.n:self.n + new",
    advance: str = "self.n += new",
    back: str = "self.k[:, :, :self.n], self.v[:, :, :self.n]",
    reset: str = "self.n = 0",
    guard: str = "if self.n + new > self.k.shape[2]: raise ValueError('full')",
) -> str:
    return f"""
class Cache:
    def __init__(self, B, n_kv_head, max_len, D):
        self.k = torch.zeros(B, n_kv_head, max_len, D)
        self.v = torch.zeros(B, n_kv_head, max_len, D)
        self.n = 0
    def append(self, k, v):
        new = k.size(2)
        {guard}
        self.k[:, :, {place}] = k
        self.v[:, :, {place}] = v
        {advance}
        return {back}
    def reset(self):
        {reset}
"""


LISTS = """
class Cache:
    def __init__(self, B, n_kv_head, max_len, D):
        self.max_len = max_len
        self.reset()
    def append(self, k, v):
        {guard}
        self.ks.append(k); self.vs.append(v)
        return torch.cat(self.ks, 2), torch.cat(self.vs, 2)
    def reset(self):
        self.ks, self.vs = [], []
"""


def attend(here: str = "past:past + new", mask: str = "torch.ones(new, past + new).tril(past).bool()") -> str:
    return f"""
def attend_after(q, k, v, past_k, past_v, cos, sin):
    new, past = q.shape[2], past_k.shape[2]
    q, k = apply_rope(q, cos[{here}], sin[{here}]), apply_rope(k, cos[{here}], sin[{here}])
    keys, values = torch.cat([past_k, k], 2), torch.cat([past_v, v], 2)
    return F.scaled_dot_product_attention(q, keys, values, attn_mask={mask})
"""


RIGHT_ANSWERS = {
    "rms_norm": [
        norm("(w / (w.square().mean(-1, keepdim=True) + eps).sqrt()).type_as(x) * weight"),
        norm("(weight.float() * w * (w.pow(2).mean(-1, keepdim=True) + eps) ** -0.5).to(x.dtype)"),
        norm("(w.double() / torch.sqrt((w.double() ** 2).sum(-1, True) / x.shape[-1] + eps) * weight).to(x.dtype)"),
    ],
    "rotation_table": [
        table(),
        table("(1 / theta ** (torch.arange(head_dim // 2) * 2 / head_dim))"),
        table("torch.exp(-math.log(theta) * torch.arange(0, head_dim, 2).double() / head_dim).float()"),
        """
def rotation_table(head_dim, seq_len, theta):
    rows = [[t * theta ** (-2 * i / head_dim) for i in range(head_dim // 2)] for t in range(seq_len)]
    return torch.tensor(rows).cos(), torch.tensor(rows).sin()
""",
    ],
    "rotate": [
        rotation(),
        """
def rotate(x, cos, sin):
    d = x.shape[-1] // 2
    turned = torch.cat([-x[..., d:], x[..., :d]], dim=-1)
    return x * torch.cat([cos, cos], -1) + turned * torch.cat([sin, sin], -1)
""",
        """
def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    z = torch.complex(a.contiguous(), b.contiguous()) * torch.complex(cos, sin)
    return torch.cat([z.real, z.imag], -1)
""",
        """
def rotate(x, cos, sin):
    d = x.shape[-1] // 2
    out = torch.empty_like(x)
    for i in range(d):
        out[..., i] = x[..., i] * cos[:, i] - x[..., i + d] * sin[:, i]
        out[..., i + d] = x[..., i + d] * cos[:, i] + x[..., i] * sin[:, i]
    return out
""",
    ],
    "stretch_frequencies": [
        stretch(),
        stretch("frequencies / factor + kept * (frequencies - frequencies / factor)"),
        """
def stretch_frequencies(frequencies, factor, low=1.0, high=4.0, original_len=8192):
    new = []
    for f in frequencies.tolist():
        wave = 2 * math.pi / f
        if wave < original_len / high: new.append(f)
        elif wave > original_len / low: new.append(f / factor)
        else:
            s = (original_len / wave - low) / (high - low)
            new.append((1 - s) * f / factor + s * f)
    return torch.tensor(new)
""",
    ],
    "share_heads": [
        "def share_heads(x, groups): return x.repeat_interleave(groups, dim=1)",
        "def share_heads(x, groups): return x[:, :, None].expand(-1, -1, groups, -1, -1).flatten(1, 2)",
        "def share_heads(x, groups): return torch.stack([x[:, i // groups] for i in range(x.shape[1] * groups)], 1)",
        "def share_heads(x, groups): return x[:, torch.arange(x.shape[1] * groups) // groups]",
    ],
    "GatedMLP": [
        gated("self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))"),
        gated("self.down_proj(self.up_proj(x).mul(nn.SiLU()(self.gate_proj(x))))"),
        """
class GatedMLP(nn.Module):
    def __init__(self, n_embd, hidden_dim):
        super().__init__()
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=False)
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=False)
        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=False)
    def forward(self, x):
        gate = x @ self.gate_proj.weight.T
        return (gate * torch.sigmoid(gate) * (x @ self.up_proj.weight.T)) @ self.down_proj.weight.T
""",
    ],
    "Cache": [
        store(),
        LISTS.format(guard="if sum(o.shape[2] for o in self.ks) + k.shape[2] > self.max_len: raise ValueError('full')"),
        store(place="torch.arange(self.n, self.n + new)", reset="self.k.zero_(); self.v.zero_(); self.n = 0"),
    ],
    "attend_after": [
        attend(),
        attend(mask="torch.arange(past + new) <= torch.arange(past, past + new)[:, None]"),
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    p, n = past_k.shape[-2], q.shape[-2]
    cos, sin = cos[p:p + n], sin[p:p + n]
    keys, values = torch.cat([past_k, apply_rope(k, cos, sin)], 2), torch.cat([past_v, v], 2)
    scores = apply_rope(q, cos, sin) @ keys.mT / q.shape[-1] ** 0.5
    scores = scores + torch.full((n, p + n), -math.inf).triu(p + 1)
    return scores.softmax(-1) @ values
""",
    ],
}


WRONG_ANSWERS = [
    ("rms_norm", "mean subtracted", norm("F.layer_norm(w, w.shape[-1:], eps=eps).to(x.dtype) * weight")),
    (
        "rms_norm",
        "eps outside the root",
        norm("(w / (w.norm(dim=-1, keepdim=True) / w.shape[-1]**.5 + eps)).to(x) * weight"),
    ),
    (
        "rms_norm",
        "norm in half precision",
        "def rms_norm(x, weight, eps): return weight * x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps)",
    ),
    ("rms_norm", "mean over the whole tensor", norm("(w * torch.rsqrt((w ** 2).mean() + eps)).to(x.dtype) * weight")),
    ("rms_norm", "weight forgotten", norm("(w * torch.rsqrt((w ** 2).mean(-1, True) + eps)).to(x.dtype)")),
    ("rotation_table", "exponent half as large", table("theta ** (-torch.arange(head_dim // 2) / head_dim)")),
    ("rotation_table", "exponent positive", table("theta ** (torch.arange(0, head_dim, 2) / head_dim)")),
    ("rotation_table", "positions counted from 1", table(start="1")),
    (
        "rotation_table",
        "each angle twice",
        """
def rotation_table(head_dim, seq_len, theta):
    inv = 1 / theta ** (torch.arange(0, head_dim, 2) / head_dim)
    emb = torch.outer(torch.arange(seq_len), inv).repeat(1, 2)
    return emb.cos(), emb.sin()
""",
    ),
    (
        "rotate",
        "neighbours paired",
        """
def rotate(x, cos, sin):
    out = torch.empty_like(x)
    out[..., ::2] = x[..., ::2] * cos - x[..., 1::2] * sin
    out[..., 1::2] = x[..., 1::2] * cos + x[..., ::2] * sin
    return out
""",
    ),
    ("rotate", "turned backwards", rotation("a * cos + b * sin", "b * cos - a * sin")),
    ("rotate", "no minus sign", rotation("a * cos + b * sin")),
    (
        "rotate",
        "first number overwritten",
        """
def rotate(x, cos, sin):
    d = x.shape[-1] // 2
    x[..., :d] = x[..., :d] * cos - x[..., d:] * sin
    x[..., d:] = x[..., d:] * cos + x[..., :d] * sin
    return x
""",
    ),
    ("stretch_frequencies", "all waves stretched", stretch("frequencies / factor")),
    (
        "stretch_frequencies",
        "short waves stretched",
        stretch("(1 - kept) * frequencies + kept * frequencies / factor"),
    ),
    ("stretch_frequencies", "2π forgotten", stretch(wave="1")),
    (
        "stretch_frequencies",
        "no smooth middle",
        stretch("torch.where(wavelengths < original_len / low, frequencies, frequencies / factor)"),
    ),
    (
        "share_heads",
        "repeat in place of repeat_interleave",
        "def share_heads(x, groups): return torch.cat([x] * groups, 1)",
    ),
    ("share_heads", "tokens repeated", "def share_heads(x, groups): return x.repeat_interleave(groups, -2)"),
    ("share_heads", "texts repeated", "def share_heads(x, groups): return torch.repeat_interleave(x, groups, dim=0)"),
    (
        "share_heads",
        "groups left as a dimension",
        "def share_heads(x, groups): return torch.stack([x] * groups, dim=2)",
    ),
    ("GatedMLP", "gate and up swapped", gated("self.down_proj(F.silu(self.up_proj(x)) * self.gate_proj(x))")),
    ("GatedMLP", "sigmoid for SiLU", gated("self.down_proj(self.gate_proj(x).sigmoid() * self.up_proj(x))")),
    ("GatedMLP", "halves added", gated("self.down_proj(F.silu(self.gate_proj(x)) + self.up_proj(x))")),
    ("GatedMLP", "biases", gated("self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))", bias="True")),
    ("Cache", "empty places given back", store(back="self.k, self.v")),
    (
        "Cache",
        "length never advanced",
        store(advance="end = self.n + new", back="self.k[:, :, :end], self.v[:, :, :end]"),
    ),
    (
        "Cache",
        "calls counted, not tokens",
        store(back="self.k[:, :, :self.n + new - 1], self.v[:, :, :self.n + new - 1]", advance="self.n += 1"),
    ),
    ("Cache", "reset forgets nothing", store(reset="pass")),
    ("Cache", "grows without end", LISTS.format(guard="pass")),
    (
        "attend_after",
        "both mistakes still there",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    T = q.shape[2]
    q, k = apply_rope(q, cos[:T], sin[:T]), apply_rope(k, cos[:T], sin[:T])
    keys, values = torch.cat([past_k, k], dim=2), torch.cat([past_v, v], dim=2)
    return F.scaled_dot_product_attention(q, keys, values, is_causal=True)
""",
    ),
    ("attend_after", "positions from zero", attend(here=":new")),
    ("attend_after", "mask of a text without a past", attend(mask="torch.ones(new, past + new).tril().bool()")),
    ("attend_after", "no mask", attend(mask="None")),
    ("attend_after", "one position too far", attend(here="past + 1:past + new + 1")),
    ("rms_norm", "1 + weight", norm("(w * torch.rsqrt((w ** 2).mean(-1, True) + eps)).to(x.dtype) * (1 + weight)")),
    (
        "rms_norm",
        "the deviation in place of the root mean square",
        norm("(w / (w.var(-1, keepdim=True) + eps) ** 0.5).to(x) * weight"),
    ),
    ("rotation_table", "base 10,000 whatever theta is", table("10_000 ** (-torch.arange(0, head_dim, 2) / head_dim)")),
    ("rotation_table", "each angle twice in a row", table("theta ** (-(torch.arange(head_dim) // 2 * 2) / head_dim)")),
    (
        "rotation_table",
        "pairs by positions",
        """
def rotation_table(head_dim, seq_len, theta):
    angles = torch.outer(theta ** (-torch.arange(0, head_dim, 2) / head_dim), torch.arange(seq_len).float())
    return angles.cos(), angles.sin()
""",
    ),
    ("rotate", "halves in the wrong order", rotation("b * cos + a * sin", "a * cos - b * sin")),
    ("rotate", "only the first half turned", rotation(b="b")),
    (
        "rotate",
        "angles of neighbours",
        """
def rotate(x, cos, sin):
    cos, sin = torch.repeat_interleave(cos, 2, -1), torch.repeat_interleave(sin, 2, -1)
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin
""",
    ),
    (
        "stretch_frequencies",
        "Llama's own numbers in place of the arguments",
        stretch().replace("original_len / wave", "8192 / wave").replace("- low) / (high - low)", "- 1) / 3"),
    ),
    (
        "stretch_frequencies",
        "even in the wavelength",
        stretch().replace(
            "(original_len / wavelengths - low) / (high - low)",
            "(original_len / low - wavelengths) / (original_len / low - original_len / high)",
        ),
    ),
    ("stretch_frequencies", "share not cut off", stretch().replace("torch.clamp(", "(").replace(", 0, 1)", ")")),
    (
        "share_heads",
        "repeated as many times as there are heads",
        "def share_heads(x, n): return x.repeat_interleave(x.shape[1], 1)",
    ),
    ("share_heads", "one time too many", "def share_heads(x, n): return torch.repeat_interleave(x, n + 1, 1)"),
    ("GatedMLP", "no activation", gated("self.down_proj(self.gate_proj(x) * self.up_proj(x))")),
    ("GatedMLP", "up left out", gated("self.down_proj(F.silu(self.gate_proj(x)))")),
    ("GatedMLP", "ReLU for SiLU", gated("self.down_proj(self.gate_proj(x).relu() * self.up_proj(x))")),
    (
        "Cache",
        "length raised before the refusal",
        store(
            place="self.n - new:self.n",
            advance="pass",
            guard="self.n += new\n        if self.n > self.k.shape[2]: raise ValueError('full')",
        ),
    ),
    (
        "Cache",
        "a text that just fits refused",
        store(guard="if self.n + new >= self.k.shape[2]: raise ValueError('full')"),
    ),
    ("Cache", "reset clears the numbers only", store(reset="self.k.zero_(); self.v.zero_()")),
    (
        "Cache",
        "room lost at a reset",
        store(reset="self.k, self.v, self.n = self.k[:, :, self.n:], self.v[:, :, self.n:], 0"),
    ),
    ("Cache", "values first", store(back="self.v[:, :, :self.n], self.k[:, :, :self.n]")),
    ("attend_after", "the last rows of the table", attend(here="-new:")),
    ("attend_after", "no token sees itself", attend(mask="torch.ones(new, past + new).tril(past - 1).bool()")),
    ("attend_after", "the next token seen", attend(mask="torch.ones(new, past + new).tril(past + 1).bool()")),
    ("attend_after", "mask inverted", attend(mask="torch.ones(new, past + new).triu(past + 1).bool()")),
    (
        "attend_after",
        "new keys before the old ones",
        attend().replace("[past_k, k]", "[k, past_k]").replace("[past_v, v]", "[v, past_v]"),
    ),
    ("attend_after", "is_causal for several new tokens", attend(mask="None, is_causal=new > 1")),
    ("rms_norm", "divided by the length", norm("(w / (w.norm(dim=-1, keepdim=True) + eps)).to(x) * weight")),
    ("rotate", "minus in both", rotation(b="b * cos - a * sin")),
    ("Cache", "values for keys", store(back="self.v[:, :, :self.n], self.v[:, :, :self.n]")),
    (
        "rms_norm",
        "mean over positions and channels",
        norm("(w * torch.rsqrt((w ** 2).mean((*range(1, w.dim() - 1), -1), True) + eps)).to(x.dtype) * weight"),
    ),
    (
        "stretch_frequencies",
        "no smooth middle: a border halfway",
        stretch("torch.where(kept >= 0.5, frequencies, frequencies / factor)"),
    ),
    ("GatedMLP", "activated at the end only", gated("F.silu(self.down_proj(self.gate_proj(x) * self.up_proj(x)))")),
    ("GatedMLP", "the gate twice", gated("self.down_proj(F.silu(self.gate_proj(x)) * self.gate_proj(x))")),
    ("Cache", "the refusal left to torch", store(guard="pass")),
    (
        "rotation_table",
        "a turn for a radian",
        """
def rotation_table(head_dim, seq_len, theta):
    speeds = theta ** (-torch.arange(0, head_dim, 2) / head_dim)
    angles = torch.outer(torch.arange(seq_len).float(), speeds) * 2 * math.pi
    return (angles.cos(), angles.sin())
""",
    ),
    (
        "rotate",
        "rotated in one sum",
        """
def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return first * cos - second * sin + second * cos + first * sin
""",
    ),
    (
        "rotate",
        "joined below each other",
        """
def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=0)
""",
    ),
    (
        "rotate",
        "only the sine used",
        """
def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first - second * sin, second + first * sin], dim=-1)
""",
    ),
    (
        "stretch_frequencies",
        "the share not counted from low",
        """
def stretch_frequencies(frequencies, factor, low=1.0, high=4.0, original_len=8192):
    turns = original_len * frequencies / (2 * math.pi)
    kept = ((turns - low) / high).clamp(0, 1)
    return kept * frequencies + (1 - kept) * frequencies / factor
""",
    ),
    (
        "share_heads",
        "all heads mixed",
        """
def share_heads(x, groups):
    return x.mean(dim=1, keepdim=True).repeat_interleave(groups * x.shape[1], dim=1)
""",
    ),
    (
        "attend_after",
        "new values before the old ones",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([v, past_v], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "attend_after",
        "values turned as well",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, apply_rope(v, here_cos, here_sin)], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "attend_after",
        "queries one position too far",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    further = slice(past + 1, past + new + 1)
    turned_q, turned_k = apply_rope(q, cos[further], sin[further]), apply_rope(k, here_cos, here_sin)
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "share_heads",
        "shared out by groups, not by heads",
        """
def share_heads(x, groups):
    return (x / groups).repeat_interleave(groups, dim=1)
""",
    ),
    (
        "attend_after",
        "keys turned from zero",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, cos[:new], sin[:new]))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "attend_after",
        "everything seen where there is a past",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2))
    if past:
        mask = None
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "attend_after",
        "new keys before the old ones, the values after them",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[past:past + new], sin[past:past + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([turned_k, past_k], dim=2), torch.cat([past_v, v], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
    (
        "attend_after",
        "one position too low",
        """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = (past_k.shape[2], q.shape[2])
    here_cos, here_sin = (cos[max(past - 1, 0):max(past - 1, 0) + new], sin[max(past - 1, 0):max(past - 1, 0) + new])
    turned_q, turned_k = (apply_rope(q, here_cos, here_sin), apply_rope(k, here_cos, here_sin))
    mask = torch.ones(new, past + new, dtype=torch.bool, device=q.device).tril(diagonal=past)
    all_k, all_v = (torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2))
    return F.scaled_dot_product_attention(turned_q, all_k, all_v, attn_mask=mask)
""",
    ),
]
