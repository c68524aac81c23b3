"""What the statements of lesson 10's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "rms_norm": [
        Promise(
            "return what came in",
            "lambda x, weight, eps: right(x.float(), weight, eps)",
            "x is torch",
        ),
        Promise(
            "Compute in float32",
            "lambda x, weight, eps: x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight.to(x.dtype)",
            "norm in half precision",
        ),
        Promise(
            "+ \\varepsilon",
            "lambda x, weight, eps: right(x, weight, 0.0)",
            "eps forgotten",
        ),
        Promise(
            "Divide each position",
            "lambda x, weight, eps: (x.float() / (x.float().square().mean() + eps).sqrt() * weight).to(x.dtype)",
            "mean over the whole tensor",
        ),
    ],
    "rotation_table": [
        Promise(
            "the cosines and the sines",
            "lambda *args: right(*args)[::-1]",
            "cos and sin swapped",
        ),
        Promise(
            "each of shape `(T, D/2)`",
            "lambda *args: tuple(torch.cat([part, part], -1) for part in right(*args))",
            "each angle twice",
        ),
        Promise(
            "for positions $0 \\ldots T - 1$",
            "lambda head_dim, seq_len, theta: tuple(part[1:] for part in right(head_dim, seq_len + 1, theta))",
            "positions counted from 1",
        ),
    ],
    "rotate": [
        Promise(
            "Pair the **halves**",
            "lambda x, cos, sin: torch.stack([x[..., ::2] * cos - x[..., 1::2] * sin, x[..., ::2] * sin "
            "+ x[..., 1::2] * cos], -1).flatten(-2)",
            "neighbours paired",
        ),
        Promise(
            "Turn each pair of `x` by its angle",
            "lambda x, cos, sin: right(x, cos, -sin)",
            "turned backwards",
        ),
        Promise(
            "each number in its old place",
            "lambda x, cos, sin: right(x, cos, sin).roll(x.shape[-1] // 2, -1)",
            "halves in the wrong order",
        ),
    ],
    "stretch_frequencies": [
        Promise(
            "With `low` turns or fewer its frequency is divided by `factor`",
            "lambda f, factor, low=1.0, high=4.0, original_len=8192: right(f, factor, low / 2, high, original_len)",
            "values differs",
        ),
        Promise(
            "With `high` turns or more it is kept",
            "lambda f, factor, low=1.0, high=4.0, original_len=8192: right(f, factor, low, high + 4, original_len)",
            "values differs",
        ),
        Promise(
            "the share that is kept grows evenly",
            "lambda f, factor, low=1.0, high=4.0, original_len=8192: torch.where(f * original_len / (2 * "
            "math.pi) > low, f, f / factor)",
            "no smooth middle",
        ),
        Promise(
            "original_len: int = 8192",
            "lambda f, factor, low=1.0, high=4.0, original_len=8192: right(f, factor, low, high)",
            "8192 in place of original_len",
        ),
        Promise(
            "low: float = 1.0, high: float = 4.0",
            "lambda f, factor, low=1.0, high=8.0, original_len=8192: right(f, factor, low, high, original_len)",
            "values differ",
        ),
        Promise(
            "original_len: int = 8192",
            "lambda f, factor, low=1.0, high=4.0, original_len=4096: right(f, factor, low, high, original_len)",
            "values differ",
        ),
    ],
    "share_heads": [
        Promise(
            "the first group takes key head 0",
            "lambda x, groups: x.repeat(1, groups, 1, 1)",
            "repeat in place of repeat_interleave",
        ),
        Promise(
            "Give every query head its key head",
            "lambda x, groups: x",
            "not repeated",
        ),
    ],
    "GatedMLP": [
        Promise(
            "none of them with a bias",
            "class GatedMLP(nn.Module):\n"
            "    def __init__(self, n_embd, hidden_dim):\n"
            "        super().__init__()\n"
            "        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=True)\n"
            "        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=True)\n"
            "        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=True)\n"
            "    def forward(self, x): return self.down_proj(nn.functional.silu(self.gate_proj(x)) * "
            "self.up_proj(x))",
            "biases",
        ),
        Promise(
            "by these names",
            "class GatedMLP(nn.Module):\n"
            "    def __init__(self, n_embd, hidden_dim):\n"
            "        super().__init__()\n"
            "        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=False)\n"
            "        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=False)\n"
            "        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=False)\n"
            "    def forward(self, x): return self.down_proj(nn.functional.silu(self.up_proj(x)) * "
            "self.gate_proj(x))",
            "gate and up swapped",
        ),
    ],
    "Cache": [
        Promise(
            "Tokens that do not fit must raise a `ValueError`",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: raise IndexError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.k[:, :, :end], self.v[:, :, :end]\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "expected ValueError to be raised, got IndexError",
        ),
        Promise(
            "Tokens that do not fit must raise a `ValueError`",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: k, v, end = k[:, :, :self.k.shape[2] - self.n], v[:, :, "
            ":self.k.shape[2] - self.n], self.k.shape[2]\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.k[:, :, :end], self.v[:, :, :end]\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "expected ValueError to be raised for this input",
        ),
        Promise(
            "gives back those of **all** tokens",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: raise ValueError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return k, v\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "only the new given back",
        ),
        Promise(
            "After `reset` a new text begins",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: raise ValueError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.k[:, :, :end], self.v[:, :, :end]\n"
            "    def reset(self):\n"
            "        pass",
            "reset forgets nothing",
        ),
        Promise(
            "the keys and values",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: raise ValueError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.v[:, :, :end], self.k[:, :, :end]\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "values first",
        ),
        Promise(
            "room for `max_len` tokens",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len - 1, D), torch.empty(B, "
            "n_kv_head, max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + k.shape[2]\n"
            "        if end > self.k.shape[2]: raise ValueError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.k[:, :, :end], self.v[:, :, :end]\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "a text that just fits refused",
        ),
        Promise(
            "one or many",
            "class Cache:\n"
            "    def __init__(self, B, n_kv_head, max_len, D):\n"
            "        self.k, self.v = torch.empty(B, n_kv_head, max_len, D), torch.empty(B, n_kv_head, "
            "max_len, D)\n"
            "        self.n = 0\n"
            "    def append(self, k, v):\n"
            "        end = self.n + 1\n"
            "        if end > self.k.shape[2]: raise ValueError('full')\n"
            "        self.k[:, :, self.n:end], self.v[:, :, self.n:end] = k, v\n"
            "        self.n = end\n"
            "        return self.k[:, :, :end], self.v[:, :, :end]\n"
            "    def reset(self):\n"
            "        self.n = 0",
            "your code raised RuntimeError",
        ),
    ],
    "attend_after": [
        Promise(
            "for any number of tokens in the past",
            "lambda q, k, v, past_k, past_v, cos, sin: right(q, k, v, past_k[:, :, :4], past_v[:, :, :4], cos, sin)",
            "values differ",
        ),
        Promise(
            "past_k is turned already",
            "def attend_after(q, k, v, past_k, past_v, cos, sin):\n"
            "    P, T = past_k.shape[2], q.shape[2]\n"
            "    keys = apply_rope(torch.cat([past_k, k], 2), cos[:P + T], sin[:P + T])\n"
            "    q = apply_rope(q, cos[P:P + T], sin[P:P + T])\n"
            "    mask = torch.ones(T, P + T, dtype=torch.bool).tril(P)\n"
            "    return F.scaled_dot_product_attention(q, keys, torch.cat([past_v, v], 2), attn_mask=mask)",
            "the past turned again",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
