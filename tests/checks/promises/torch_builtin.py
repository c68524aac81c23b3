"""What the statements of lesson 09's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "predict_layer_sizes": [
        Promise(
            "Return the two numbers in this order",
            "lambda: right()[::-1]",
            "the other order",
        ),
        Promise(
            "all other arguments left at their defaults",
            "lambda: (121_900, 162_500)",
            "none of the numbers is right",
        ),
    ],
    "BuiltinGPT": [
        Promise(
            "The head has no bias",
            "class BuiltinGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        layer = nn.TransformerEncoderLayer(config.n_embd, config.n_head, config.hidden_dim, "
            "config.dropout, lambda x: nn.functional.gelu(x, approximate='tanh'), batch_first=True, "
            "norm_first=True)\n"
            "        self.encoder = nn.TransformerEncoder(layer, config.n_layer, "
            "norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=True)\n"
            "        self.head.weight = self.token_embedding.weight\n"
            "    def forward(self, idx):\n"
            "        T = idx.shape[1]\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))\n"
            "        return self.head(self.encoder(x, "
            "mask=nn.Transformer.generate_square_subsequent_mask(T), is_causal=True))",
            "a head with a bias",
        ),
        Promise(
            "is tied to the token embedding",
            "class BuiltinGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        layer = nn.TransformerEncoderLayer(config.n_embd, config.n_head, config.hidden_dim, "
            "config.dropout, lambda x: nn.functional.gelu(x, approximate='tanh'), batch_first=True, "
            "norm_first=True)\n"
            "        self.encoder = nn.TransformerEncoder(layer, config.n_layer, "
            "norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        \n"
            "    def forward(self, idx):\n"
            "        T = idx.shape[1]\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))\n"
            "        return self.head(self.encoder(x, "
            "mask=nn.Transformer.generate_square_subsequent_mask(T), is_causal=True))",
            "head not tied",
        ),
        Promise(
            "with the same weights it gives the same logits",
            "class BuiltinGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        layer = nn.TransformerEncoderLayer(config.n_embd, config.n_head, config.hidden_dim, "
            "config.dropout, 'gelu', batch_first=True, norm_first=True)\n"
            "        self.encoder = nn.TransformerEncoder(layer, config.n_layer, "
            "norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        self.head.weight = self.token_embedding.weight\n"
            "    def forward(self, idx):\n"
            "        T = idx.shape[1]\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))\n"
            "        return self.head(self.encoder(x, "
            "mask=nn.Transformer.generate_square_subsequent_mask(T), is_causal=True))",
            "exact GELU",
        ),
    ],
    "torch_name": [
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('norm_1.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('norm_1.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('qkv_proj.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('qkv_proj.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('out_proj.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('out_proj.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('norm_2.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('norm_2.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('up_proj.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('up_proj.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('down_proj.weight') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('down_proj.bias') else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('final_norm.weight') else right(name)",
            "expected",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: name if name.endswith('final_norm.bias') else right(name)",
            "expected",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: 'encoder.' + name if name == 'token_embedding.weight' else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: 'encoder.' + name if name == 'position_embedding.weight' else right(name)",
            "another value",
        ),
        Promise(
            "Given the name of a parameter of our `GPT`",
            "lambda name: 'encoder.' + name if name == 'head.weight' else right(name)",
            "expected",
        ),
        Promise(
            "return its name",
            "lambda name: right(name).replace('.', '_')",
            "expected",
        ),
    ],
    "mask_for": [
        Promise(
            "a mask of `float32`",
            "lambda allowed, convention: right(allowed, convention).double() if convention == 'additive' "
            "else right(allowed, convention)",
            '"additive" should be a mask of torch',
        ),
        Promise(
            "a mask of `float32`",
            "lambda allowed, convention: right(allowed, convention).half() if convention == 'additive' "
            "else right(allowed, convention)",
            '"additive" should be a mask of torch',
        ),
        Promise(
            "Any other word must raise a `ValueError`",
            "lambda allowed, convention: right(allowed, convention if convention in ('sdpa', 'layer') else 'additive')",
            "an unknown convention let through",
        ),
        Promise(
            "the boolean mask of `nn.TransformerEncoderLayer`",
            "lambda allowed, convention: right(allowed, convention).int() if convention == 'layer' else "
            "right(allowed, convention)",
            "the causal mask of 3 tokens",
        ),
        Promise(
            "the boolean mask of `F.scaled_dot_product_attention`",
            "lambda allowed, convention: right(allowed, convention).float() if convention == 'sdpa' else "
            "right(allowed, convention)",
            "the causal mask of 3 tokens",
        ),
    ],
    "CausalStack": [
        Promise(
            "pre-norm",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, 'relu', "
            "batch_first=True, norm_first=False)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=None, enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]))",
            "post-norm by default",
        ),
        Promise(
            "without dropout",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.1, 'relu', "
            "batch_first=True, norm_first=True)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=None, enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]))",
            "values differ in output",
        ),
        Promise(
            "an MLP four times as wide as C",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 2048, 0.0, 'relu', "
            "batch_first=True, norm_first=True)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=None, enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]))",
            "an MLP 2048 wide by default",
        ),
        Promise(
            "torch's default activation",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, 'gelu', "
            "batch_first=True, norm_first=True)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=None, enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]))",
            "GELU for the default activation",
        ),
        Promise(
            "no final norm",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, 'relu', "
            "batch_first=True, norm_first=True)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=nn.LayerNorm(n_embd), "
            "enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]))",
            "a final norm",
        ),
        Promise(
            "Every position sees itself and those before it",
            "class CausalStack(nn.Module):\n"
            "    def __init__(self, n_embd, n_head, n_layer):\n"
            "        super().__init__()\n"
            "        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, 'relu', "
            "batch_first=True, norm_first=True)\n"
            "        self.stack = nn.TransformerEncoder(layer, n_layer, norm=None, enable_nested_tensor=False)\n"
            "    def forward(self, x):\n"
            "        return self.stack(x, mask=None)",
            "no mask",
        ),
    ],
    "fair_seconds": [
        Promise(
            "`warmup` rounds come first and do not count",
            "lambda calls, runs, warmup, clock, synchronize: right(calls, runs + warmup, 0, clock, synchronize)",
            "warm-up counted",
        ),
        Promise(
            "then `runs` rounds",
            "lambda calls, runs, warmup, clock, synchronize: right(calls, runs + 1, warmup, clock, synchronize)",
            "one run too many",
        ),
        Promise(
            "in the order of the dict",
            "lambda calls, runs, warmup, clock, synchronize: right(dict(sorted(calls.items())), runs, warmup, clock, "
            "synchronize)",
            "in order of calls",
        ),
        Promise(
            "until the device has finished everything that was asked of it",
            "def fair_seconds(calls, runs, warmup, clock, synchronize):\n"
            "    seconds = {name: [] for name in calls}\n"
            "    for number in range(warmup + runs):\n"
            "        for name, call in calls.items():\n"
            "            start = clock()\n"
            "            synchronize(), call(), synchronize()\n"
            "            if number >= warmup:\n"
            "                seconds[name].append(clock() - start)\n"
            "    return seconds",
            "the wait inside the measurement",
        ),
        Promise(
            "in each round",
            "lambda calls, runs, warmup, clock, synchronize: {name: sorted(times) for name, times in right(calls, "
            "runs, warmup, clock, synchronize).items()}",
            "in seconds, b",
        ),
        Promise(
            "in the order of the dict",
            "lambda calls, runs, warmup, clock, synchronize: right(dict(reversed(calls.items())), runs, "
            "warmup, clock, synchronize)",
            "another value",
        ),
        Promise(
            "waits until the device has finished everything",
            "lambda calls, runs, warmup, clock, synchronize: right(calls, runs, warmup, clock, lambda: None)",
            "not waited for afterwards",
        ),
        Promise(
            "in each round every call has its turn",
            "lambda calls, runs, warmup, clock, synchronize: {name: right({name: call}, runs, warmup, "
            "clock, synchronize)[name] for name, call in calls.items()}",
            "one after the other, each warmed up by itself",
        ),
        Promise(
            "For each name the seconds that its call took, round by round",
            "lambda *args: {name: sum(values) / len(values) for name, values in right(*args).items()}",
            "the mean in place of the list",
        ),
    ],
    "compare_rounds": [
        Promise(
            "the median, the smallest and the largest",
            "lambda baseline, other: sorted(right(baseline, other))",
            "smallest, median, largest",
        ),
        Promise(
            "or empty ones, must raise a `ValueError`",
            "lambda baseline, other: right(baseline, other) if baseline or other else (1.0, 1.0, 1.0)",
            "empty lists should raise a ValueError",
        ),
        Promise(
            "Lists of different length",
            "lambda baseline, other: right(baseline[: len(other)], other[: len(baseline)])",
            "lists of different length let through",
        ),
        Promise(
            "the ratio *in each round*",
            "lambda baseline, other: right(sorted(baseline), sorted(other))",
            "sorted before they were paired",
        ),
        Promise(
            "How many times the baseline's time",
            "lambda baseline, other: right(other, baseline)",
            "the wrong way round",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "BuiltinGPT": [
        Freedom(
            "It is best to use the attributes",
            "class BuiltinGPT(nn.Module):\n"
            "    def __init__(self, config):\n"
            "        super().__init__()\n"
            "        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)\n"
            "        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)\n"
            "        layer = nn.TransformerEncoderLayer(config.n_embd, config.n_head, config.hidden_dim, "
            "config.dropout, lambda x: nn.functional.gelu(x, approximate='tanh'), batch_first=True, "
            "norm_first=True)\n"
            "        self.layers = nn.TransformerEncoder(layer, config.n_layer, "
            "norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False)\n"
            "        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        self.head.weight = self.token_embedding.weight\n"
            "    def forward(self, idx):\n"
            "        T = idx.shape[1]\n"
            "        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))\n"
            "        return self.head(self.layers(x, "
            "mask=nn.Transformer.generate_square_subsequent_mask(T), is_causal=True))",
        ),
    ],
}
