"""What the statements of lesson 06's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "layer_norm": [
        Promise(
            "scale and shift it channel by channel",
            "lambda x, weight, bias, eps=1e-5: right(x, weight, torch.zeros_like(bias), eps)",
            "the shift forgotten",
        ),
        Promise(
            "scale and shift it channel by channel",
            "lambda x, weight, bias, eps=1e-5: right(x, weight.mean(), bias, eps)",
            "values differ in the gradient of input number 2",
        ),
        Promise(
            "\\sqrt{\\sigma^2 + \\varepsilon}",
            "lambda x, weight, bias, eps=1e-5: right(x, weight, bias)",
            "eps of its own",
        ),
        Promise(
            "eps: float = 1e-5",
            "lambda x, weight, bias, eps=1e-2: right(x, weight, bias, eps)",
            "values differ in output",
        ),
        Promise(
            "\\frac1C\\sum_i (x_i - \\mu)^2",
            "lambda x, weight, bias, eps=1e-5: (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) "
            "+ eps).sqrt() * weight + bias",
            "unbiased variance",
        ),
    ],
    "DecoderBlock": [
        Promise(
            "each **added** to the stream",
            "class DecoderBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.attention(self.norm_1(x))\n"
            "        x = self.mlp(self.norm_2(x))\n"
            "        return x",
            "no residual around the MLP",
        ),
        Promise(
            "each **behind** a norm of its own",
            "class DecoderBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.attention(self.norm_1(x))\n"
            "        x = x + self.mlp(self.norm_1(x))\n"
            "        return x",
            "norm_1 used twice",
        ),
        Promise(
            "attention, then MLP",
            "class DecoderBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.mlp(self.norm_2(x))\n"
            "        x = x + self.attention(self.norm_1(x))\n"
            "        return x",
            "MLP first",
        ),
        Promise(
            "as GPT-2 does",
            "class DecoderBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = self.norm_1(x + self.attention(x))\n"
            "        x = self.norm_2(x + self.mlp(x))\n"
            "        return x",
            "post-norm by accident",
        ),
    ],
    "PostNormBlock": [
        Promise(
            "add first, then normalise the **sum**",
            "class PostNormBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.norm_1(self.attention(x))\n"
            "        x = self.norm_2(x + self.mlp(x))\n"
            "        return x",
            "values differ in the gradient of `mlp.down_proj.weight`",
        ),
        Promise(
            "the order of the first transformer",
            "class PostNormBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.attention(self.norm_1(x))\n"
            "        x = x + self.mlp(self.norm_2(x))\n"
            "        return x",
            "pre-norm",
        ),
    ],
    "predict_block_parameters": [
        Promise(
            "norms always have a scale and a shift",
            "lambda: right() - 200",
            "half of the norms",
        ),
        Promise(
            "no biases in its linear layers",
            "lambda: right() + 100 * 9",
            "biases counted",
        ),
    ],
    "MendedBlock": [
        Promise(
            "a stream that nothing but additions touches",
            "class MendedBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.norm_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.norm_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = self.norm_1(x); x = x + self.attention(x)\n"
            "        x = x + self.mlp(self.norm_2(x))\n"
            "        return x",
            "only the second half mended",
        ),
    ],
    "contribution_shares": [
        Promise(
            "for each position by itself",
            "lambda pieces: (pieces * pieces.sum(0)).sum(-1) / pieces.sum(0).square().sum()",
            "values differ",
        ),
        Promise(
            "A piece that works against the others has a negative share",
            "lambda pieces: right(pieces).abs()",
            "values differs",
        ),
        Promise(
            "together they are always 1",
            "lambda pieces: pieces.norm(dim=-1) / pieces.sum(0).norm(dim=-1)",
            "lengths over the stream's length",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "DecoderBlock": [
        Freedom(
            "It is best to call the four parts",
            "class DecoderBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.ln_1 = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.ln_2 = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.attention(self.ln_1(x))\n"
            "        x = x + self.mlp(self.ln_2(x))\n"
            "        return x",
        ),
    ],
    "MendedBlock": [
        Freedom(
            "or rename them as you like",
            "class MendedBlock(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.before_attention = nn.LayerNorm(config.n_embd)\n"
            "        self.attention = MultiHeadAttention(config)\n"
            "        self.before_mlp = nn.LayerNorm(config.n_embd)\n"
            "        self.mlp = MLP(config)\n"
            "    def forward(self, x):\n"
            "        x = x + self.attention(self.before_attention(x))\n"
            "        x = x + self.mlp(self.before_mlp(x))\n"
            "        return x",
        ),
    ],
}
