"""What the statements of lesson 05's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "gelu": [
        Promise(
            "for a tensor of any shape",
            "lambda x: right(x.flatten(1))",
            "expected to be",
        ),
        Promise(
            "Write it with `torch.erf`",
            "lambda x: 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3)))",
            "the tanh form",
        ),
    ],
    "gelu_tanh": [
        Promise(
            "\\sqrt{2/\\pi}",
            "lambda x: 0.5 * x * (1 + torch.tanh(2 / math.pi * (x + 0.044715 * x**3)))",
            "2/π without the root",
        ),
        Promise(
            "0.044715\\,x^3",
            "lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**2)))",
            "x² for x³",
        ),
    ],
    "MLP": [
        Promise(
            "`config.bias`, whether the linear layers have biases",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=True)\n"
            "        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=True)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return self.drop(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))",
            "biases always on",
        ),
        Promise(
            "`config.hidden_dim`, the width between the two layers",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)\n"
            "        self.down_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return self.drop(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))",
            "always four times as wide",
        ),
        Promise(
            "`config.dropout`, the probability",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)\n"
            "        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(0.1)\n"
            "    def forward(self, x):\n"
            "        return self.drop(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))",
            "values differ in output",
        ),
        Promise(
            "of the output",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)\n"
            "        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return self.down_proj(self.drop(F.gelu(self.up_proj(x), approximate='tanh')))",
            "dropout sets a share of the output to zero while training",
        ),
        Promise(
            "while training",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)\n"
            "        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return F.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')), self.drop.p)",
            "dropout after training too",
        ),
        Promise(
            "GPT-2's GELU",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)\n"
            "        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return self.drop(self.down_proj(F.gelu(self.up_proj(x))))",
            "the exact GELU",
        ),
    ],
    "predict_mlp_flops": [
        Promise(
            "Count a multiplication and an addition as one operation each",
            "lambda: right() // 2",
            "half of it",
        ),
        Promise(
            "A batch of 32 windows",
            "lambda: right() // 32",
            "one sequence",
        ),
    ],
    "feed_forward": [
        Promise(
            "each position keeps to itself",
            "lambda x, up, down: right(x.roll(1, 1), up, down)",
            "values differ",
        ),
        Promise(
            "`down` has (C, hidden)",
            "lambda x, up, down: right(x, down.T, up.T)",
            "values differ",
        ),
    ],
    "output_rank": [
        Promise(
            "for the width of `x`",
            "lambda mlp_ratio, x: right(mlp_ratio, x[:, :20])",
            "C = 28",
        ),
        Promise(
            "**how many dimensions the outputs span**",
            "lambda mlp_ratio, x: x.shape[1]",
            "the width of the output",
        ),
        Promise(
            "gives it the positions `x`",
            "lambda mlp_ratio, x: right(mlp_ratio, torch.randn_like(x))",
            "56 positions, of which 7 are different",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "MLP": [
        Freedom(
            "It is best to call the layers",
            "class MLP(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.c_fc = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)\n"
            "        self.c_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)\n"
            "        self.drop = nn.Dropout(config.dropout)\n"
            "    def forward(self, x):\n"
            "        return self.drop(self.c_proj(F.gelu(self.c_fc(x), approximate='tanh')))",
        ),
    ],
}
