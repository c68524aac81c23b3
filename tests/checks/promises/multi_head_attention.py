"""What the statements of lesson 04's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "split_heads": [
        Promise(
            "raise a `ValueError` that names both numbers",
            "def split_heads(x, n_head):\n"
            '    if x.shape[-1] % n_head: raise ValueError(f"{x.shape[-1]} channels cannot be split")\n'
            "    return right(x, n_head)",
            "70 channels cannot be cut into 8 equal heads",
        ),
        Promise(
            "raise a `ValueError` that names both numbers",
            "def split_heads(x, n_head):\n"
            '    assert x.shape[-1] % n_head == 0, f"{x.shape[-1]} {n_head}"\n'
            "    return right(x, n_head)",
            "70 channels cannot be cut into 8 equal heads",
        ),
        Promise(
            "head 0 gets the first D channels of every token",
            "lambda x, n_head: right(x, n_head).flip(1)",
            "values differ",
        ),
    ],
    "merge_heads": [
        Promise(
            "Merging what was split must give the tensor that you began with",
            "lambda x: right(x.flip(1))",
            "values differ",
        ),
        Promise(
            "to `(B, T, C)`",
            "lambda x: x.transpose(1, 2)",
            "transposed, and not joined",
        ),
    ],
    "MultiHeadAttention": [
        Promise(
            "`config.bias`, whether the linear layers have biases",
            "class MultiHeadAttention(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        C = config.n_embd\n"
            "        self.n_head = config.n_head\n"
            "        self.qkv_proj = nn.Linear(C, 3 * C, bias=True)\n"
            "        self.out_proj = nn.Linear(C, C, bias=True)\n"
            "    def forward(self, x):\n"
            "        q, k, v = (multi_head_attention.split_heads(part, self.n_head) for part in "
            "self.qkv_proj(x).chunk(3, dim=-1))\n"
            "        return self.out_proj(multi_head_attention.merge_heads(scaled_dot_product_attention(q, k, v)))",
            "biases whatever the configuration says",
        ),
        Promise(
            "`config.bias`, whether the linear layers have biases",
            "class MultiHeadAttention(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        C = config.n_embd\n"
            "        self.n_head = config.n_head\n"
            "        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)\n"
            "        self.out_proj = nn.Linear(C, C, bias=False)\n"
            "    def forward(self, x):\n"
            "        q, k, v = (multi_head_attention.split_heads(part, self.n_head) for part in "
            "self.qkv_proj(x).chunk(3, dim=-1))\n"
            "        return self.out_proj(multi_head_attention.merge_heads(scaled_dot_product_attention(q, k, v)))",
            "your module lacks `out_proj.bias`",
        ),
        Promise(
            "all queries, then all keys, then all values",
            "class MultiHeadAttention(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        C = config.n_embd\n"
            "        self.n_head = config.n_head\n"
            "        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)\n"
            "        self.out_proj = nn.Linear(C, C, bias=config.bias)\n"
            "    def forward(self, x):\n"
            "        q, k, v = (multi_head_attention.split_heads(part, self.n_head) for part in "
            "self.qkv_proj(x).chunk(3, dim=-1)[::-1])\n"
            "        return self.out_proj(multi_head_attention.merge_heads(scaled_dot_product_attention(q, k, v)))",
            "values differ in output",
        ),
        Promise(
            "Write causal multi-head attention",
            "class MultiHeadAttention(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        C = config.n_embd\n"
            "        self.n_head = config.n_head\n"
            "        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)\n"
            "        self.out_proj = nn.Linear(C, C, bias=config.bias)\n"
            "    def forward(self, x):\n"
            "        q, k, v = (multi_head_attention.split_heads(part, self.n_head) for part in "
            "self.qkv_proj(x).chunk(3, dim=-1))\n"
            "        return "
            "self.out_proj(multi_head_attention.merge_heads(scaled_dot_product_attention(q, k, v, causal=False)))",
            "no causal mask",
        ),
    ],
    "predict_attention_parameters": [
        Promise(
            "return them in this order",
            "lambda: right()[::-1]",
            "only number 2 is right",
        ),
    ],
    "split_qkv": [
        Promise(
            "return the queries, keys and values",
            "lambda qkv, n_head: right(qkv, n_head)[::-1]",
            "queries and values exchanged",
        ),
        Promise(
            "each `(B, H, T, D)`",
            "lambda qkv, n_head: tuple(part.transpose(1, 2) for part in right(qkv, n_head))",
            "the heads left behind the tokens",
        ),
    ],
    "head_contributions": [
        Promise(
            "as `nn.Linear` stores it",
            "lambda heads, out_weight: right(heads, out_weight.T)",
            "rows instead of columns",
        ),
        Promise(
            "`(B, H, T, C)`",
            "lambda heads, out_weight: right(heads, out_weight).sum(1)",
            "already added up",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "MultiHeadAttention": [
        Freedom(
            "Two linear layers",
            "class MultiHeadAttention(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        C = config.n_embd\n"
            "        self.n_head = config.n_head\n"
            "        self.c_attn = nn.Linear(C, 3 * C, bias=config.bias)\n"
            "        self.c_proj = nn.Linear(C, C, bias=config.bias)\n"
            "    def forward(self, x):\n"
            "        q, k, v = (multi_head_attention.split_heads(part, self.n_head) for part in "
            "self.c_attn(x).chunk(3, dim=-1))\n"
            "        return self.c_proj(multi_head_attention.merge_heads(scaled_dot_product_attention(q, k, v)))",
        ),
    ],
}
