"""The exercises of lesson 09: answers as students type them."""

PRELUDE = """
import statistics
from functools import partial
import torch
from torch import nn
from torch.nn import functional as F
from course_lib.config import GPTConfig
"""


def builtin_gpt(
    *,
    layer: str = (
        "dim_feedforward=config.hidden_dim, dropout=config.dropout, batch_first=True, norm_first=True, "
        "activation=partial(F.gelu, approximate='tanh')"
    ),
    norm: str = "nn.LayerNorm(config.n_embd)",
    mask: str = "mask=torch.triu(torch.full((T, T), True), 1)",
) -> str:
    return f"""
class BuiltinGPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        layer = nn.TransformerEncoderLayer(config.n_embd, config.n_head, {layer})
        self.encoder = nn.TransformerEncoder(layer, config.n_layer, norm={norm}, enable_nested_tensor=False)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, idx):
        T = idx.shape[1]
        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))
        return self.head(self.encoder(x, {mask}))
"""


def stack(body: str, forward: str) -> str:
    return f"""
class CausalStack(nn.Module):
    def __init__(self, n_embd, n_head, n_layer):
        super().__init__()
        options = dict(dropout=0.0, batch_first=True, norm_first=True)
        {body}

    def forward(self, x):
        T = x.size(1)
        {forward}
"""


ENCODER = (
    "self.net = nn.TransformerEncoder(nn.TransformerEncoderLayer(n_embd, n_head, n_embd * 4, **options), n_layer, "
    "enable_nested_tensor=False)"
)


DECODER = "self.net = nn.TransformerDecoder(nn.TransformerDecoderLayer(n_embd, n_head, n_embd * 4, **options), n_layer)"


def names(*pairs: tuple[str, str]) -> str:
    return f"""
def torch_name(name):
    for ours, theirs in {pairs!r}:
        name = name.replace(ours, theirs)
    return name
"""


PAIRS = (
    ("blocks", "encoder.layers"),
    ("attention.qkv_proj.", "self_attn.in_proj_"),
    ("attention", "self_attn"),
    ("mlp.up_proj", "linear1"),
    ("mlp.down_proj", "linear2"),
    ("norm_", "norm"),
    ("final_norm", "encoder.norm"),
)


def changed(ours: str, theirs: str) -> str:
    return names(*[(name, theirs if name == ours else right) for name, right in PAIRS])


def mask_for(sdpa: str = "allowed", layer: str = "~allowed", additive: str = "torch.log(allowed.float())") -> str:
    return f"""
def mask_for(allowed, convention):
    if convention not in ("sdpa", "layer", "additive"):
        raise ValueError(convention)
    if convention == "sdpa": return {sdpa}
    if convention == "layer": return {layer}
    return {additive}
"""


def timer(
    *, warm: str = "c()", before: str = "synchronize()", after: str = "synchronize()", loops: str | None = None
) -> str:
    loops = loops or "[name for _ in range(runs) for name in calls]"
    return f"""
def fair_seconds(calls, runs, warmup, clock, synchronize):
    for _ in range(warmup):
        for c in calls.values(): {warm}
    seconds = {{name: [] for name in calls}}
    for name in {loops}:
        {before}
        t0 = clock()
        calls[name]()
        {after}
        seconds[name].append(clock() - t0)
    return seconds
"""


ROUNDS = """
def compare_rounds(baseline, other):
    if not baseline or len(baseline) != len(other): raise ValueError("no")
    {}
"""


RIGHT_ANSWERS = {
    "predict_layer_sizes": [
        "def predict_layer_sizes(): return 452548, 493148",
        "def predict_layer_sizes(): return [40_400 + 411_748 + 400, 2 * 40_400 + 411_748 + 600]",
        """
def predict_layer_sizes():
    layers = nn.TransformerEncoderLayer(100, 5), nn.TransformerDecoderLayer(100, 5)
    return tuple(sum(p.numel() for p in layer.parameters()) for layer in layers)
""",
    ],
    "BuiltinGPT": [
        builtin_gpt(),
        builtin_gpt(mask="mask=nn.Transformer.generate_square_subsequent_mask(T), is_causal=True"),
        builtin_gpt(
            layer="config.hidden_dim, 0.0, partial(F.gelu, approximate='tanh'), 1e-5, True, True",
            mask="torch.full((T, T), float('-inf')).triu(1)",
        ),
        builtin_gpt(layer="config.hidden_dim, 0.0, nn.GELU('tanh'), norm_first=True, batch_first=True"),
    ],
    "torch_name": [
        names(*PAIRS),
        """
def torch_name(name):
    import re
    table = {f"attention.qkv_proj.{kind}": f"self_attn.in_proj_{kind}" for kind in ("weight", "bias")}
    if name.startswith("final_norm"): return "encoder.norm" + name[len("final_norm"):]
    m = re.match(r"blocks\\.(\\d+)\\.(.*)", name)
    if not m: return name
    rest = table.get(m[2], m[2])
    for a, b in [("attention.out", "self_attn.out"), ("mlp.up_proj", "linear1"), ("mlp.down_proj", "linear2")]:
        rest = rest.replace(a, b)
    return f"encoder.layers.{m[1]}.{re.sub('norm_', 'norm', rest)}"
""",
        """
def torch_name(name):
    parts = name.split(".")
    if parts[0] == "final_norm": return "encoder.norm." + parts[1]
    if parts[0] != "blocks": return name
    layer = f"encoder.layers.{parts[1]}"
    if parts[3] == "qkv_proj": return f"{layer}.self_attn.in_proj_{parts[4]}"
    if parts[2] == "attention": return f"{layer}.self_attn.{parts[3]}.{parts[4]}"
    if parts[2] == "mlp": return f"{layer}.linear{1 if parts[3] == 'up_proj' else 2}.{parts[4]}"
    return f"{layer}.{parts[2].replace('_', '')}.{parts[3]}"
""",
    ],
    "mask_for": [
        mask_for(),
        mask_for("allowed.clone()", "allowed == False", "torch.where(allowed, 0.0, float('-inf'))"),
        mask_for(
            "~~allowed", "allowed.logical_not()", "torch.full(allowed.shape, -torch.inf).masked_fill_(allowed, 0)"
        ),
    ],
    "CausalStack": [
        stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).triu(1).bool())"),
        stack(ENCODER, "return self.net(x, nn.Transformer.generate_square_subsequent_mask(T), is_causal=True)"),
        stack(
            "self.layers = nn.ModuleList(nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, **options) "
            "for _ in range(n_layer))",
            "for layer in self.layers: x = layer(x, src_mask=~torch.ones(T, T, dtype=torch.bool).tril())\n"
            "        return x",
        ),
    ],
    "fair_seconds": [
        timer(),
        """
def fair_seconds(calls, runs, warmup, clock, synchronize):
    rounds = []
    for r in range(warmup + runs):
        rounds.append({})
        for name in calls:
            synchronize(); begin = clock(); calls[name](); synchronize()
            rounds[-1][name] = clock() - begin
    return {name: [r[name] for r in rounds[warmup:]] for name in calls}
""",
        """
def fair_seconds(calls, runs, warmup, clock, synchronize):
    def one(call):
        synchronize()
        begin = clock()
        call()
        synchronize()
        end = clock()
        return end - begin
    for _ in range(warmup): [one(call) for call in calls.values()]
    rows = [[one(call) for call in calls.values()] for _ in range(runs)]
    return {name: [row[i] for row in rows] for i, name in enumerate(calls)}
""",
    ],
    "compare_rounds": [
        ROUNDS.format("r = [b / a for a, b in zip(baseline, other)]; return statistics.median(r), min(r), max(r)"),
        ROUNDS.format(
            "r = torch.tensor(other, dtype=torch.double) / torch.tensor(baseline, dtype=torch.double)\n"
            "    return r.quantile(0.5).item(), r.min().item(), r.max().item()"
        ),
        ROUNDS.format(
            "r = sorted(other[i] / baseline[i] for i in range(len(other))); n = len(r)\n"
            "    return [(r[(n - 1) // 2] + r[n // 2]) / 2, r[0], r[-1]]"
        ),
    ],
}


GPT_LAYER = "dim_feedforward=config.hidden_dim, dropout=config.dropout, batch_first=True, "


TANH = "activation=partial(F.gelu, approximate='tanh')"


WRONG_ANSWERS = [
    ("predict_layer_sizes", "one norm too few", "def predict_layer_sizes(): return 452_348, 492_948"),
    ("predict_layer_sizes", "biases of the MLP forgotten", "def predict_layer_sizes(): return 450_400, 491_000"),
    (
        "mask_for",
        "1 where attention is allowed",
        """
def mask_for(allowed, convention):
    if convention == "additive": return torch.where(allowed, 1.0, float("-inf"))
    if convention not in ("sdpa", "layer"): raise ValueError(convention)
    return allowed if convention == "sdpa" else ~allowed
""",
    ),
    (
        "fair_seconds",
        "the clock started once",
        """
def fair_seconds(calls, runs, warmup, clock, synchronize):
    for _ in range(warmup):
        for call in calls.values(): call()
    synchronize()
    begun, found = clock(), {name: [] for name in calls}
    for _ in range(runs):
        for name in calls:
            calls[name]()
            synchronize()
            found[name].append(clock() - begun)
    return found
""",
    ),
    (
        "predict_layer_sizes",
        "dim_feedforward taken for 4·C",
        "def predict_layer_sizes(): return 12 * 100**2 + 4 * 100 + 900, 16 * 100**2 + 6 * 100 + 1300",
    ),
    ("predict_layer_sizes", "norms forgotten", "def predict_layer_sizes(): return 452148, 492548"),
    (
        "predict_layer_sizes",
        "no cross-attention in the decoder layer",
        "def predict_layer_sizes(): return 452548, 452548",
    ),
    ("BuiltinGPT", "no mask", builtin_gpt(mask="")),
    ("BuiltinGPT", "mask inverted", builtin_gpt(mask="mask=torch.ones(T, T).tril().bool()")),
    ("BuiltinGPT", "a mask of ones and zeros", builtin_gpt(mask="mask=torch.ones(T, T).triu(1)")),
    ("BuiltinGPT", "post-norm by default", builtin_gpt(layer=GPT_LAYER + TANH)),
    ("BuiltinGPT", "ReLU by default", builtin_gpt(layer=GPT_LAYER + "norm_first=True")),
    ("BuiltinGPT", "exact GELU", builtin_gpt(layer=GPT_LAYER + "norm_first=True, activation='gelu'")),
    (
        "BuiltinGPT",
        "batch taken for time",
        builtin_gpt(layer="config.hidden_dim, dropout=0.0, norm_first=True, " + TANH),
    ),
    (
        "BuiltinGPT",
        "dropout on by default",
        builtin_gpt(layer="config.hidden_dim, batch_first=True, norm_first=True, " + TANH),
    ),
    (
        "BuiltinGPT",
        "an MLP 2048 wide by default",
        builtin_gpt(layer="dropout=0.0, batch_first=True, norm_first=True, " + TANH),
    ),
    ("BuiltinGPT", "no final norm", builtin_gpt(norm="None")),
    ("torch_name", "in_proj with a dot", changed("attention.qkv_proj.", "self_attn.in_proj.")),
    ("torch_name", "final norm left outside the encoder", names(*PAIRS[:-1])),
    ("torch_name", "blocks directly in the encoder", changed("blocks", "encoder")),
    ("torch_name", "the norms' underscore kept", names(*[pair for pair in PAIRS if pair[0] != "norm_"])),
    ("mask_for", "allowed passed to the layer", mask_for(layer="allowed")),
    ("mask_for", "inverted for sdpa as well", mask_for(sdpa="~allowed")),
    ("mask_for", "1 and 0 in place of 0 and −∞", mask_for(additive="allowed.to(torch.float32)")),
    ("mask_for", "−∞ times zero", mask_for(additive="float('-inf') * (1 - allowed.float())")),
    ("mask_for", "−∞ where attention is allowed", mask_for(additive="torch.where(allowed, float('-inf'), 0.0)")),
    (
        "CausalStack",
        "cross-attention kept",
        stack(DECODER, "return self.net(x, torch.zeros_like(x), tgt_mask=torch.ones(T, T).triu(1).bool())"),
    ),
    ("CausalStack", "cross-attention kept", stack(DECODER, "return self.net(x, x)")),
    ("CausalStack", "no mask", stack(ENCODER, "return self.net(x)")),
    ("CausalStack", "mask inverted", stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).bool().tril())")),
    ("CausalStack", "the diagonal blocked too", stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).triu() > 0)")),
    ("fair_seconds", "no warm-up", timer(warm="pass")),
    ("fair_seconds", "one after the other", timer(loops="[name for name in calls for _ in range(runs)]")),
    ("fair_seconds", "not waited for afterwards", timer(after="pass")),
    ("fair_seconds", "not waited for afterwards", timer(before="pass", after="pass")),
    ("fair_seconds", "not waited for beforehand", timer(before="pass")),
    (
        "compare_rounds",
        "the wrong way round",
        ROUNDS.format("r = [a / b for a, b in zip(baseline, other)]; return statistics.median(r), min(r), max(r)"),
    ),
    (
        "compare_rounds",
        "ratio of the medians",
        ROUNDS.format(
            "r = [b / a for a, b in zip(baseline, other)]\n"
            "    return statistics.median(other) / statistics.median(baseline), min(r), max(r)"
        ),
    ),
    (
        "compare_rounds",
        "mean in place of the median",
        ROUNDS.format("r = [b / a for a, b in zip(baseline, other)]; return sum(r) / len(r), min(r), max(r)"),
    ),
    (
        "compare_rounds",
        "lists of different length let through",
        """
def compare_rounds(baseline, other):
    r = [b / a for a, b in zip(baseline, other)]
    return statistics.median(r), min(r), max(r)
""",
    ),
    ("predict_layer_sizes", "no biases, in the norms neither", "def predict_layer_sizes(): return 449_800, 489_900"),
    ("predict_layer_sizes", "the other order", "def predict_layer_sizes(): return 493_148, 452_548"),
    ("BuiltinGPT", "head not tied", builtin_gpt().replace("self.head.weight = ", "")),
    ("BuiltinGPT", "a head with a bias", builtin_gpt().replace(", bias=False", "")),
    ("BuiltinGPT", "positions never added", builtin_gpt().replace(" + self.position_embedding(torch.arange(T))", "")),
    ("BuiltinGPT", "the diagonal blocked too", builtin_gpt(mask="mask=torch.ones(T, T).triu().bool()")),
    (
        "BuiltinGPT",
        "probabilities returned",
        builtin_gpt().replace("return self.head(", "return nn.Softmax(-1)(self.head(") + ")",
    ),
    ("mask_for", "a large negative number for −∞", mask_for(additive="(~allowed).float() * -1e9")),
    ("mask_for", "boolean for the additive convention", mask_for(additive="allowed")),
    ("mask_for", "−1 for −∞", mask_for(additive="-(~allowed).float()")),
    ("mask_for", "additive for the layer", mask_for(layer="torch.log(allowed.float())")),
    (
        "CausalStack",
        "a final norm",
        stack(
            ENCODER.replace("n_layer,", "n_layer, norm=nn.LayerNorm(n_embd),"),
            "return self.net(x, mask=torch.ones(T, T).triu(1).bool())",
        ),
    ),
    (
        "CausalStack",
        "post-norm by default",
        stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).triu(1).bool())").replace(", norm_first=True", ""),
    ),
    (
        "CausalStack",
        "an MLP 2048 wide by default",
        stack(ENCODER.replace("n_embd * 4, ", ""), "return self.net(x, mask=torch.ones(T, T).triu(1).bool())"),
    ),
    ("CausalStack", "a mask of ones and zeros", stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).triu(1))")),
    (
        "fair_seconds",
        "one after the other, each warmed up by itself",
        """
def fair_seconds(calls, runs, warmup, clock, synchronize):
    out = {}
    for name, f in calls.items():
        out[name] = []
        for i in range(-warmup, runs):
            synchronize(); t = clock(); f(); synchronize()
            if i >= 0: out[name].append(clock() - t)
    return out
""",
    ),
    (
        "fair_seconds",
        "the mean in place of the list",
        timer().replace("return seconds", "return {n: statistics.mean(s) for n, s in seconds.items()}"),
    ),
    (
        "compare_rounds",
        "smallest and largest of the times",
        ROUNDS.format(
            "r = statistics.median(b / a for a, b in zip(baseline, other))\n"
            "    return r, min(other) / min(baseline), max(other) / max(baseline)"
        ),
    ),
    (
        "compare_rounds",
        "the upper of two middle ones",
        ROUNDS.format("r = sorted(b / a for a, b in zip(baseline, other)); return r[len(r) // 2], r[0], r[-1]"),
    ),
    (
        "compare_rounds",
        "largest before smallest",
        ROUNDS.format("r = [b / a for a, b in zip(baseline, other)]; return statistics.median(r), max(r), min(r)"),
    ),
    (
        "BuiltinGPT",
        "mask inverted, and not read",
        builtin_gpt(mask="mask=torch.ones(T, T, dtype=torch.bool).tril(), is_causal=True"),
    ),
    (
        "BuiltinGPT",
        "the diagonal blocked, and not read",
        builtin_gpt(mask="mask=torch.ones(T, T, dtype=torch.bool).triu(), is_causal=True"),
    ),
    (
        "BuiltinGPT",
        "batch taken for time",
        builtin_gpt(
            layer="config.hidden_dim, config.dropout, partial(F.gelu, approximate='tanh'), norm_first=True",
            mask="mask=torch.ones(T, T, dtype=torch.bool).triu(1), is_causal=True",
        ),
    ),
    (
        "CausalStack",
        "mask inverted, and not read",
        """
class CausalStack(nn.Module):
    def __init__(self, n_embd, n_head, n_layer):
        super().__init__()
        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)
    def forward(self, x):
        T = x.shape[1]
        return self.stack(x, mask=torch.ones(T, T, dtype=torch.bool).tril(), is_causal=True)
""",
    ),
    (
        "mask_for",
        None,
        """
def mask_for(allowed, convention):
    if convention in "sdpa":
        return allowed
    if convention in "layer":
        return ~allowed
    if convention in "additive":
        return torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))
    raise ValueError(convention)
""",
    ),
    (
        "predict_layer_sizes",
        "an attention for each head",
        """
def predict_layer_sizes():
    attention = 5 * (4 * 100 ** 2 + 4 * 100)
    mlp = 2 * 100 * 2048 + 2048 + 100
    norm = 2 * 100
    return (attention + mlp + 2 * norm, 2 * attention + mlp + 3 * norm)
""",
    ),
    (
        "predict_layer_sizes",
        "the last bias of the MLP forgotten",
        """
def predict_layer_sizes():
    attention = 4 * 100 ** 2 + 4 * 100
    mlp = 2 * 100 * 2048 + 2048
    norm = 2 * 100
    return (attention + mlp + 2 * norm, 2 * attention + mlp + 3 * norm)
""",
    ),
    (
        "mask_for",
        "transposed for the layer",
        """
def mask_for(allowed, convention):
    if convention == 'sdpa':
        return allowed
    if convention == 'layer':
        return allowed.T
    if convention == 'additive':
        return torch.zeros(allowed.shape).masked_fill(~allowed, float('-inf'))
    raise ValueError(f'convention must be "sdpa", "layer" or "additive", got {convention!r}')
""",
    ),
    (
        "predict_layer_sizes",
        "d_model taken for 512",
        """
def predict_layer_sizes():
    return (40400 + 2 * 100 * 512 + 612 + 400, 80800 + 2 * 100 * 512 + 612 + 600)
""",
    ),
    (
        "predict_layer_sizes",
        "biases of queries, keys and values forgotten",
        """
def predict_layer_sizes():
    return (452248, 492548)
""",
    ),
    (
        "CausalStack",
        "the past blocked",
        """
class CausalStack(nn.Module):

    def __init__(self, n_embd, n_head, n_layer):
        super().__init__()
        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)

    def forward(self, x):
        T = x.shape[1]
        blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).tril(diagonal=-1)
        return self.stack(x, mask=blocked, is_causal=True)
""",
    ),
]

SEEN_ANSWERS = [
    (
        "BuiltinGPT",
        "`x = tokens + places[0]`",
        builtin_gpt().replace("torch.arange(T)", "torch.zeros(T, dtype=torch.long)"),
    ),
    (
        "BuiltinGPT",
        "`return self.head(x + tokens)`",
        builtin_gpt(mask="mask=torch.ones(T, T).triu(1).bool()) + self.token_embedding(idx"),
    ),
    (
        "CausalStack",
        "`return self.stack(x, mask=torch.ones(T, T).triu(2).bool())`",
        stack(ENCODER, "return self.net(x, mask=torch.ones(T, T).bool().triu(2))"),
    ),
    (
        "CausalStack",
        "`return x + self.stack(x, mask=torch.ones(T, T).triu(1).bool())`",
        stack(ENCODER, "return x + self.net(x, mask=torch.ones(T, T).bool().triu(1))"),
    ),
]
