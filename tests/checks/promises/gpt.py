"""What the statements of lesson 07's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "embed": [
        Promise(
            "must raise a `ValueError` that names both numbers",
            "def embed(idx, token_table, position_table):\n"
            "    if idx.shape[1] > len(position_table): raise ValueError(f'{idx.shape[1]} tokens')\n"
            "    return token_table[idx] + position_table[:idx.shape[1]]",
            "expected ValueError to be raised for this input",
        ),
        Promise(
            "must raise a `ValueError` that names both numbers",
            "def embed(idx, token_table, position_table):\n"
            "    if idx.shape[1] > len(position_table): raise IndexError(f'{idx.shape[1]} and "
            "{len(position_table)}')\n"
            "    return token_table[idx] + position_table[:idx.shape[1]]",
            "expected ValueError to be raised, got IndexError",
        ),
        Promise(
            "plus the row of its position",
            "def embed(idx, token_table, position_table):\n"
            "    if idx.shape[1] > len(position_table): raise ValueError(f'{idx.shape[1]} and "
            "{len(position_table)}')\n"
            "    return token_table[idx]",
            "positions left out",
        ),
    ],
    "TinyGPT": [
        Promise(
            "The head has no bias",
            "class TinyGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))\n"
            "        self.final_norm = LayerNorm(config.n_embd)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=True)\n"
            "        self.head.weight = self.token_embedding.weight\n"
            "    def forward(self, idx):\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))\n"
            "        for block in self.blocks: x = block(x)\n"
            "        return self.head(self.final_norm(x))",
            "a head with a bias",
        ),
        Promise(
            "shares the token embedding's weight",
            "class TinyGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))\n"
            "        self.final_norm = LayerNorm(config.n_embd)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        pass\n"
            "    def forward(self, idx):\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))\n"
            "        for block in self.blocks: x = block(x)\n"
            "        return self.head(self.final_norm(x))",
            "head not tied",
        ),
    ],
    "language_model_loss": [
        Promise(
            "in nats",
            "lambda logits, idx: right(logits, idx) / math.log(2)",
            "in bits",
        ),
        Promise(
            "Return the mean cross-entropy",
            "lambda logits, idx: right(logits, idx) * (idx.shape[1] - 1)",
            "summed over a text",
        ),
        Promise(
            "all tokens that the model had to predict",
            "lambda logits, idx: right(logits[:1], idx[:1])",
            "only the first text",
        ),
    ],
    "greedy_generate": [
        Promise(
            "Return prompt and new tokens together",
            "lambda model, idx, n: right(model, idx, n)[:, idx.shape[1]:]",
            "only the new tokens",
        ),
        Promise(
            "`max_new_tokens` times",
            "lambda model, idx, n: right(model, idx, n + 1)",
            "one token too many",
        ),
        Promise(
            "show it the newest ones",
            "def greedy_generate(model, idx, max_new_tokens):\n"
            "    for _ in range(max_new_tokens):\n"
            "        idx = torch.cat([idx, model(idx[:, :model.config.seq_len])[:, -1].argmax(-1, "
            "keepdim=True)], 1)\n"
            "    return idx",
            "cropped at the wrong end",
        ),
    ],
    "predict_two_sizes": [
        Promise(
            "Return the two numbers in this order",
            "lambda: right()[::-1]",
            "the other order",
        ),
    ],
    "ModelConfig": [
        Promise(
            "raises an `AttributeError`",
            "class ModelConfig:\n"
            "    def __init__(self, n_layer=12, n_embd=100, n_head=5):\n"
            '        if n_embd % n_head: raise ValueError("no")\n'
            "        for name, value in dict(n_layer=n_layer, n_embd=n_embd, n_head=n_head).items():\n"
            "            object.__setattr__(self, name, value)\n"
            "    def __setattr__(self, name, value):\n"
            '        raise TypeError("fixed")',
            "one configuration, then the default one",
        ),
        Promise(
            "raises a `ValueError`",
            "class ModelConfig:\n"
            "    def __init__(self, n_layer=12, n_embd=100, n_head=5):\n"
            '        if n_embd % n_head: raise AssertionError("no")\n'
            "        for name, value in dict(n_layer=n_layer, n_embd=n_embd, n_head=n_head).items():\n"
            "            object.__setattr__(self, name, value)\n"
            "    def __setattr__(self, name, value):\n"
            '        raise AttributeError("fixed")',
            "expected ValueError to be raised, got AssertionError",
        ),
        Promise(
            "the same defaults",
            "class ModelConfig:\n"
            "    def __init__(self, n_layer=6, n_embd=100, n_head=5):\n"
            '        if n_embd % n_head: raise ValueError("no")\n'
            "        for name, value in dict(n_layer=n_layer, n_embd=n_embd, n_head=n_head).items():\n"
            "            object.__setattr__(self, name, value)\n"
            "    def __setattr__(self, name, value):\n"
            '        raise AttributeError("fixed")',
            "one configuration, then the default one",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "TinyGPT": [
        Freedom(
            "It is best to use these attributes",
            "class TinyGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        self.layers = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))\n"
            "        self.final_norm = LayerNorm(config.n_embd)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        self.head.weight = self.token_embedding.weight\n"
            "    def forward(self, idx):\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))\n"
            "        for block in self.layers: x = block(x)\n"
            "        return self.head(self.final_norm(x))",
        ),
    ],
}
