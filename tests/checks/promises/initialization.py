"""What the statements of lesson 08's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "initial_distribution": [
        Promise(
            "all others",
            "lambda name, n_layer: right('blocks.0.attention.out_proj.weight' if 'head' in name else name, n_layer)",
            "head.weight",
        ),
        Promise(
            "as a pair of numbers",
            "lambda name, n_layer: torch.tensor(right(name, n_layer))",
            "expected a tuple",
        ),
        Promise(
            "as a pair of numbers",
            "lambda name, n_layer: right(name, n_layer)[1]",
            "expected a tuple",
        ),
        Promise(
            "the mean and the deviation",
            "lambda name, n_layer: right(name, n_layer)[::-1]",
            "mean and deviation exchanged",
        ),
        Promise(
            "those of norms too",
            "lambda name, n_layer: (1.0, 0.0) if 'norm' in name else right(name, n_layer)",
            "a norm's bias like its weight",
        ),
        Promise(
            "smaller for deeper models",
            "lambda name, n_layer: right(name, 12)",
            "12 layers, whatever n_layer is",
        ),
    ],
    "predict_residual_std": [
        Promise(
            "the `down_proj` of its fifth block",
            "lambda: 0.02 / 10**0.5",
            "the fifth block for the depth",
        ),
    ],
    "stream_deviation": [
        Promise(
            "by an attention or by an MLP",
            "lambda start, added, n_layer: (start**2 + n_layer * added**2) ** 0.5",
            "one addition a block",
        ),
        Promise(
            "Which deviation",
            "lambda start, added, n_layer: right(start, added, n_layer) ** 2",
            "the variance returned",
        ),
    ],
    "depth_exponent": [
        Promise(
            "*without* the two scaled rules",
            "lambda: 0.0",
            "no growth",
        ),
        Promise(
            "Leave out depths under 4",
            "lambda: 0.42",
            "shallow models as well",
        ),
        Promise(
            "grows like $L^p$",
            "lambda: 2 * right()",
            "slope of the variance",
        ),
    ],
    "predict_logit_deviation": [
        Promise(
            "width C = 400",
            "lambda: 0.02 * 10",
            "the course's width",
        ),
    ],
    "TiedModel": [
        Promise(
            "Keep the order of `__init__`'s arguments",
            "class TiedModel(nn.Module):\n"
            "    def __init__(self, n_embd, vocab_size, generator):\n"
            "        super().__init__()\n"
            "        self.embedding = nn.Embedding(vocab_size, n_embd)\n"
            "        self.head = nn.Linear(n_embd, vocab_size, bias=False)\n"
            "        self.embedding.weight = self.head.weight\n"
            "        nn.init.normal_(self.head.weight, std=0.02, generator=generator)\n"
            "    def forward(self, idx): return self.head(self.embedding(idx))",
            "expected shape",
        ),
        Promise(
            "one shared weight",
            "class TiedModel(nn.Module):\n"
            "    def __init__(self, vocab_size, n_embd, generator):\n"
            "        super().__init__()\n"
            "        self.embedding = nn.Embedding(vocab_size, n_embd)\n"
            "        self.head = nn.Linear(n_embd, vocab_size, bias=False)\n"
            "        self.head.weight.data = self.embedding.weight.data.clone()\n"
            "        nn.init.normal_(self.head.weight, std=0.02, generator=generator)\n"
            "    def forward(self, idx): return self.head(self.embedding(idx))",
            "2 tokens, C = 3",
        ),
        Promise(
            "drawn **once** from `generator`",
            "class TiedModel(nn.Module):\n"
            "    def __init__(self, vocab_size, n_embd, generator):\n"
            "        super().__init__()\n"
            "        self.embedding = nn.Embedding(vocab_size, n_embd)\n"
            "        self.head = nn.Linear(n_embd, vocab_size, bias=False)\n"
            "        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator); "
            "self.embedding.weight = self.head.weight\n"
            "        nn.init.normal_(self.head.weight, std=0.02, generator=generator)\n"
            "    def forward(self, idx): return self.head(self.embedding(idx))",
            "the tied weight drawn twice",
        ),
        Promise(
            "with deviation 0.02",
            "class TiedModel(nn.Module):\n"
            "    def __init__(self, vocab_size, n_embd, generator):\n"
            "        super().__init__()\n"
            "        self.embedding = nn.Embedding(vocab_size, n_embd)\n"
            "        self.head = nn.Linear(n_embd, vocab_size, bias=False)\n"
            "        self.embedding.weight = self.head.weight\n"
            "        nn.init.normal_(self.head.weight, std=0.2, generator=generator)\n"
            "    def forward(self, idx): return self.head(self.embedding(idx))",
            "values differ in weights",
        ),
        Promise(
            "Embedding and head",
            "class TiedModel(right):\n    def forward(self, idx): return self.embedding(idx)",
            "forward should give the logits of each token",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_residual_std": [
        Freedom(
            "give the number to five decimals",
            "lambda: 0.00408",
        ),
        Freedom(
            "or the expression",
            "lambda: 0.02 / 24**0.5",
        ),
    ],
}
