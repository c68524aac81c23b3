"""The exercises of lesson 07: answers as students type them."""

PRELUDE = """
from dataclasses import dataclass
import torch
from torch import nn
from torch.nn import functional as F
from course_lib.block import DecoderBlock, LayerNorm
from course_lib.config import GPTConfig
"""


def tiny_gpt(
    *,
    blocks: str = "nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))",
    tie: str = "self.head.weight = self.token_embedding.weight",
    x: str = "self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))",
    out: str = "self.head(self.final_norm(x))",
) -> str:
    return f"""
class TinyGPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = {blocks}
        self.final_norm = nn.LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        {tie}

    def forward(self, idx):
        x = {x}
        for block in self.blocks:
            x = block(x)
        return {out}
"""


def greedy(crop: str = "-model.config.seq_len:", choose: str = "logits[:, -1].argmax(-1, keepdim=True)") -> str:
    return f"""
def greedy_generate(model, idx, max_new_tokens):
    for _ in range(max_new_tokens):
        logits = model(idx[:, {crop}])
        idx = torch.cat([idx, {choose}], dim=1)
    return idx
"""


EMBED = """
def embed(idx, token_table, position_table):
    if idx.shape[1] > position_table.shape[0]: raise ValueError(str((*idx.shape, *position_table.shape)))
    return {}
"""


CONFIG = """
@dataclass{options}
class ModelConfig:
    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5
    def __post_init__(self):
        {check}
"""


RIGHT_ANSWERS = {
    "embed": [
        EMBED.format("F.embedding(idx, token_table) + F.embedding(torch.arange(idx.shape[1]), position_table)"),
        EMBED.format("token_table[idx].add_(position_table[: idx.size(-1)].unsqueeze(0))"),
        EMBED.format(
            "torch.stack([torch.stack([token_table[t] + p for t, p in zip(row, position_table)]) for row in idx])"
        ),
    ],
    "TinyGPT": [
        tiny_gpt(),
        tiny_gpt(
            blocks="nn.Sequential(*[DecoderBlock(config) for i in range(config.n_layer)])",
            tie="self.token_embedding.weight = self.head.weight",
        ),
        tiny_gpt(tie="del self.head", out="F.linear(self.final_norm(x), self.token_embedding.weight)"),
    ],
    "language_model_loss": [
        "def language_model_loss(logits, idx): return F.cross_entropy(logits[:, :-1].transpose(1, 2), idx[:, 1:])",
        """
def language_model_loss(logits, idx):
    B, T, V = logits.shape
    return F.cross_entropy(logits[:, :T-1].reshape(-1, V), idx[:, 1:].reshape(-1))
""",
        """
def language_model_loss(logits, idx):
    log_p = logits[:, :-1] - logits[:, :-1].logsumexp(-1, keepdim=True)
    return -log_p.gather(-1, idx[:, 1:, None]).mean()
""",
    ],
    "greedy_generate": [
        greedy(),
        greedy(choose="torch.softmax(logits, -1)[:, -1].max(-1).indices[:, None]"),
        """
@torch.no_grad()
def greedy_generate(model, idx, max_new_tokens):
    if max_new_tokens == 0: return idx
    window = idx if idx.shape[1] <= model.config.seq_len else idx[:, idx.shape[1] - model.config.seq_len:]
    best = torch.topk(model(window)[:, -1], 1).indices
    return greedy_generate(model, torch.hstack([idx, best]), max_new_tokens - 1)
""",
    ],
    "predict_two_sizes": [
        "def predict_two_sizes(): return 3_902_600, 124_439_808",
        "def predict_two_sizes(): return [24 * 120_400 + 1_013_000, 124439808]",
        """
def predict_two_sizes():
    from course_lib.config import PRESETS
    from course_lib.gpt import GPT
    with torch.device("meta"):
        models = GPT(GPTConfig(n_layer=24)), GPT(PRESETS["gpt2"])
    return tuple(sum(p.numel() for p in model.parameters()) for model in models)
""",
    ],
    "ModelConfig": [
        CONFIG.format(options="(frozen=True)", check="if self.n_embd % self.n_head: raise ValueError('no')"),
        """
class ModelConfig:
    def __init__(self, n_layer=12, n_embd=100, n_head=5):
        if n_embd % n_head: raise ValueError("no")
        for name, value in dict(n_layer=n_layer, n_embd=n_embd, n_head=n_head).items():
            object.__setattr__(self, name, value)
    def __setattr__(self, name, value):
        raise AttributeError("fixed")
""",
        """
from typing import NamedTuple
class Base(NamedTuple):
    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5
class ModelConfig(Base):
    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls, *args, **kwargs)
        if self.n_embd % self.n_head: raise ValueError("no")
        return self
""",
    ],
}


WRONG_ANSWERS = [
    ("embed", "positions left out", EMBED.format("token_table[idx]")),
    ("embed", "positions along the batch", EMBED.format("token_table[idx] + position_table[:len(idx)].unsqueeze(1)")),
    (
        "embed",
        "a long sequence let through",
        """
def embed(idx, token_table, position_table):
    last = len(position_table) - 1
    return token_table[idx] + position_table[[min(i, last) for i in range(idx.shape[1])]]
""",
    ),
    (
        "embed",
        "a sequence that just fits refused",
        """
def embed(idx, token_table, position_table):
    if idx.shape[1] >= position_table.shape[0]: raise ValueError(f"{idx.shape[1]} of {len(position_table)}")
    return token_table[idx] + position_table[:idx.shape[1]]
""",
    ),
    ("TinyGPT", "no final norm", tiny_gpt(out="self.head(x)")),
    ("TinyGPT", "head not tied", tiny_gpt(tie="pass")),
    ("TinyGPT", "blocks in a Python list", tiny_gpt(blocks="[DecoderBlock(config) for _ in range(config.n_layer)]")),
    ("TinyGPT", "one block used many times", tiny_gpt(blocks="nn.ModuleList([DecoderBlock(config)] * config.n_layer)")),
    ("TinyGPT", "positions never added", tiny_gpt(x="self.token_embedding(idx)")),
    (
        "language_model_loss",
        "no shift",
        "def language_model_loss(logits, idx): return F.cross_entropy(logits.flatten(0, 1), idx.flatten())",
    ),
    (
        "language_model_loss",
        "shifted the wrong way",
        """
def language_model_loss(logits, idx):
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), idx[:, :-1].flatten())
""",
    ),
    (
        "language_model_loss",
        "softmax taken twice",
        """
def language_model_loss(logits, idx):
    p = F.softmax(logits, dim=-1)
    return F.cross_entropy(p[:, :-1].flatten(0, 1), idx[:, 1:].flatten())
""",
    ),
    ("greedy_generate", "not cropped to seq_len", greedy(crop=":")),
    ("greedy_generate", "only the last token shown", greedy(crop="-1:")),
    ("greedy_generate", "sampled", greedy(choose="torch.multinomial(logits[:, -1].softmax(-1), 1)")),
    ("greedy_generate", "the first position's guess", greedy(choose="logits[:, 0].argmax(-1, keepdim=True)")),
    ("predict_two_sizes", "the head counted", "def predict_two_sizes(): return 4_902_600, 163_037_184"),
    ("predict_two_sizes", "positions forgotten", "def predict_two_sizes(): return 3_889_800, 123_653_376"),
    ("predict_two_sizes", "biases of GPT-2 forgotten", "def predict_two_sizes(): return 3_902_600, 124_356_864"),
    ("greedy_generate", "cropped one token too short", greedy(crop="-model.config.seq_len + 1:")),
    ("embed", "the two tables exchanged", EMBED.format("position_table[idx] + token_table[:idx.shape[1]]")),
    ("predict_two_sizes", "everything doubled", "def predict_two_sizes(): return 4_915_600, 124_439_808"),
    ("predict_two_sizes", "norms in the blocks forgotten", "def predict_two_sizes(): return 3_893_000, 124_402_944"),
    ("predict_two_sizes", "in millions", "def predict_two_sizes(): return 3.9, 124.4"),
    ("embed", "the whole position table added", EMBED.format("token_table[idx] + position_table")),
    ("embed", "the last rows of the position table", EMBED.format("token_table[idx] + position_table[-idx.shape[1]:]")),
    ("embed", "one position for all tokens", EMBED.format("token_table[idx] + position_table[idx.shape[1] - 1]")),
    (
        "embed",
        "joined in place of added",
        EMBED.format("torch.cat([token_table[idx], position_table[:idx.size(1)].expand(len(idx), -1, -1)], -1)"),
    ),
    (
        "embed",
        "T read from the batch",
        EMBED.format("token_table[idx] + position_table[:idx.shape[0]]").replace("shape[1]", "shape[0]"),
    ),
    (
        "embed",
        "measured by the token table",
        EMBED.format("token_table[idx] + position_table[:idx.shape[1]]").replace(
            "position_table.shape", "token_table.shape"
        ),
    ),
    (
        "embed",
        "refused without the numbers",
        """
def embed(idx, token_table, position_table):
    if idx.shape[1] > len(position_table): raise ValueError("too long")
    return token_table[idx] + position_table[:idx.shape[1]]
""",
    ),
    ("embed", "the average of the two rows", EMBED.format("(token_table[idx] + position_table[:idx.shape[1]]).div(2)")),
    (
        "embed",
        "the token's row times √C",
        EMBED.format("token_table[idx] * token_table.shape[1] ** 0.5 + position_table[:idx.shape[1]]"),
    ),
    ("embed", "the position's number added", EMBED.format("token_table[idx] + torch.arange(idx.shape[1])[:, None]")),
    ("greedy_generate", "the second likeliest token", greedy(choose="logits[:, -1].topk(2).indices[:, 1:]")),
    (
        "language_model_loss",
        "logits taken for log-probabilities",
        "def language_model_loss(logits, idx): return F.nll_loss(logits[:, :-1].mT, idx[:, 1:])",
    ),
    (
        "language_model_loss",
        "token 0 left out",
        "def language_model_loss(logits, idx): return F.cross_entropy(logits[:, :-1].mT, idx[:, 1:], ignore_index=0)",
    ),
    (
        "language_model_loss",
        "only the first text",
        "def language_model_loss(logits, idx): return F.cross_entropy(logits[0, :-1], idx[0, 1:])",
    ),
    ("predict_two_sizes", "a bias in GPT-2's head", "def predict_two_sizes(): return 3_902_600, 124_490_065"),
    (
        "predict_two_sizes",
        "no biases of queries, keys and values",
        "def predict_two_sizes(): return 3_902_600, 124_439_808 - 12 * 2304",
    ),
    (
        "predict_two_sizes",
        "GPT-2's positions in the course's model",
        "def predict_two_sizes(): return 3_889_800 + 1024 * 100, 124_439_808",
    ),
    (
        "predict_two_sizes",
        "norms of the course's model without biases",
        "def predict_two_sizes(): return 24 * 120_200 + 1_000_000 + 12_800 + 100, 124_439_808",
    ),
    ("TinyGPT", "probabilities returned", tiny_gpt(out="F.softmax(self.head(self.final_norm(x)), -1)")),
    ("TinyGPT", "the last position only", tiny_gpt(out="self.head(self.final_norm(x[:, -1]))")),
    ("TinyGPT", "the blocks' input added again", tiny_gpt().replace("x = block(x)", "x = x + block(x)")),
    (
        "TinyGPT",
        "the norm after every block",
        tiny_gpt(out="self.head(x)").replace("block(x)", "self.final_norm(block(x))"),
    ),
    ("TinyGPT", "a head with a bias", tiny_gpt().replace(", bias=False", "")),
    (
        "TinyGPT",
        "no position embedding",
        tiny_gpt(x="self.token_embedding(idx)").replace("self.position_embedding = ", ""),
    ),
    ("TinyGPT", "no final norm made", tiny_gpt(out="self.head(x)").replace("self.final_norm = ", "")),
    (
        "language_model_loss",
        "targets rolled round",
        "def language_model_loss(logits, idx): return F.cross_entropy(logits.mT, torch.roll(idx, -1, 1))",
    ),
    (
        "language_model_loss",
        "no shift, the last position dropped",
        "def language_model_loss(logits, idx): return F.cross_entropy(logits[:, :-1].mT, idx[:, :-1])",
    ),
    (
        "language_model_loss",
        "reshaped in place of transposed",
        """
def language_model_loss(logits, idx):
    B, T, V = logits.shape
    return F.cross_entropy(logits[:, :-1].reshape(B, V, T - 1), idx[:, 1:])
""",
    ),
    ("greedy_generate", "one token too few", greedy().replace("range(max_new_tokens)", "range(1, max_new_tokens)")),
    ("greedy_generate", "one token too many", greedy().replace("range(max_new_tokens)", "range(max_new_tokens + 1)")),
    (
        "greedy_generate",
        "the text itself cropped",
        greedy().replace("logits = model(", "idx = idx[:, -model.config.seq_len:]; logits = model("),
    ),
    (
        "greedy_generate",
        "the first guess again and again",
        """
def greedy_generate(model, idx, max_new_tokens):
    new = model(idx)[:, -1].argmax(-1)
    for _ in range(max_new_tokens):
        idx = torch.hstack([idx, new[:, None]])
    return idx
""",
    ),
    (
        "ModelConfig",
        "values shared by all configurations",
        """
class ModelConfig:
    n_layer, n_embd, n_head = 12, 100, 5
    def __init__(self, **changes):
        for name, value in changes.items():
            setattr(ModelConfig, name, value)
""",
    ),
    (
        "ModelConfig",
        "open to later changes",
        CONFIG.format(options="", check="if self.n_embd % self.n_head: raise ValueError('no')"),
    ),
    ("ModelConfig", "accepts heads that do not divide the width", CONFIG.format(options="(frozen=True)", check="pass")),
    (
        "language_model_loss",
        "texts run into each other",
        """
def language_model_loss(logits, idx):
    return F.cross_entropy(logits.flatten(0, 1)[:-1], idx.flatten()[1:])
""",
    ),
    (
        "language_model_loss",
        "the logarithm of the mean",
        """
def language_model_loss(logits, idx):
    p = logits[:, :-1].softmax(-1).gather(-1, idx[:, 1:, None])
    return -p.mean().log()
""",
    ),
    (
        "language_model_loss",
        "large logits overflow",
        """
def language_model_loss(logits, idx):
    e = logits[:, :-1].exp()
    p = e.gather(-1, idx[:, 1:, None])[..., 0] / e.sum(-1)
    return -p.log().mean()
""",
    ),
    (
        "greedy_generate",
        "token 0 taken for the end",
        """
def greedy_generate(model, idx, max_new_tokens):
    for _ in range(max_new_tokens):
        new = model(idx[:, -model.config.seq_len:])[:, -1].argmax(-1, keepdim=True)
        idx = torch.cat([idx, new], 1)
        if (new == 0).all():
            break
    return idx
""",
    ),
    (
        "greedy_generate",
        "only the new tokens, by a negative slice",
        """
def greedy_generate(model, idx, max_new_tokens):
    for _ in range(max_new_tokens):
        new = model(idx[:, -model.config.seq_len:])[:, -1].argmax(-1, keepdim=True)
        idx = torch.cat([idx, new], 1)
    return idx[:, -max_new_tokens:]
""",
    ),
    (
        "greedy_generate",
        "max_new_tokens for the whole length",
        """
def greedy_generate(model, idx, max_new_tokens):
    while idx.shape[1] < max_new_tokens:
        new = model(idx[:, -model.config.seq_len:])[:, -1].argmax(-1, keepdim=True)
        idx = torch.cat([idx, new], 1)
    return idx
""",
    ),
    (
        "ModelConfig",
        "values shared by all configurations, though fixed",
        """
class ModelConfig:
    sizes = {}
    def __init__(self, n_layer=12, n_embd=100, n_head=5):
        if n_embd % n_head:
            raise ValueError(f"{n_embd} {n_head}")
        self.sizes.update(n_layer=n_layer, n_embd=n_embd, n_head=n_head)
    n_layer = property(lambda self: self.sizes["n_layer"])
    n_embd = property(lambda self: self.sizes["n_embd"])
    n_head = property(lambda self: self.sizes["n_head"])
""",
    ),
]

SEEN_ANSWERS = [
    (
        "embed",
        "`return token_table[idx] + position_table[torch.arange(T).flip(0)]`",
        """
def embed(
    idx, token_table, position_table
):
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[torch.arange(T).flip(0)]
""",
    ),
    (
        "embed",
        "`return token_table[idx] - position_table[torch.arange(T)]`",
        """
def embed(
    idx, token_table, position_table
):
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] - position_table[:T]
""",
    ),
    (
        "TinyGPT",
        "`first = self.token_embedding(idx) * self.position_embedding(positions)`",
        """
class TinyGPT(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, idx):
        positions = torch.arange(idx.shape[1], device=idx.device)
        x = self.token_embedding(idx) * self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x))
""",
    ),
    (
        "language_model_loss",
        "`logs = torch.log_softmax(guesses, dim=1)`",
        """
def language_model_loss(logits, idx):
    lp = torch.log_softmax(logits[:, :-1], 1).gather(-1, idx[:, 1:, None])
    return -lp.mean()
""",
    ),
    (
        "greedy_generate",
        "`token = logits[:, -2].argmax(dim=-1, keepdim=True)`",
        """
def greedy_generate(model: nn.Module, idx, max_new_tokens: int):
    for _ in range(max_new_tokens):
        logits = model(idx[:, -model.config.seq_len :])
        next_token = logits[:, -2].argmax(dim=-1, keepdim=True)
        idx = torch.cat([idx, next_token], dim=1)
    return idx
""",
    ),
    (
        "greedy_generate",
        "`idx = torch.cat([idx[:, 1:], token], dim=1)`",
        """
def greedy_generate(model: nn.Module, idx, max_new_tokens: int):
    for _ in range(max_new_tokens):
        logits = model(idx[:, -model.config.seq_len :])
        next_token = logits[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat([idx[:, 1:], next_token], dim=1)
    return idx
""",
    ),
    (
        "predict_two_sizes",
        "number 2 is too small, by less than 1 %: is something small forgotten,",
        """
def predict_two_sizes(): return 3_902_600, 124_439_808 - 1024 * 768
""",
    ),
    (
        "predict_two_sizes",
        "number 1 is too small, by more than a factor of 10",
        """
def predict_two_sizes(): return 3_902, 124_439
""",
    ),
    (
        "ModelConfig",
        "in second, n_layer: yours is too small by 6",
        """
class ModelConfig:

    def __init__(self, n_layer: int = 6, n_embd: int = 100, n_head: int = 5):
        if n_embd % n_head != 0:
            raise ValueError(f"n_embd = {n_embd} cannot be split into n_head = {n_head} equal heads")
      
      
        self.__dict__.update(n_layer=n_layer, n_embd=n_embd, n_head=n_head)

    def __setattr__(self, name: str, value: object):
        raise AttributeError(f"{name} is fixed: make another ModelConfig to change it")
""",
    ),
    (
        "TinyGPT",
        "each number of yours is 1/2 times what it should be",
        """
class TinyGPT(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, idx):
        positions = torch.arange(idx.shape[1], device=idx.device)
        x = self.token_embedding(idx) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x)) / 2
""",
    ),
    (
        "ModelConfig",
        "all other inputs come out right: what have these two in common, “a sma",
        """
class ModelConfig:
    def __init__(self, n_layer=12, n_embd=100, n_head=5):
        if n_embd % n_head: raise ValueError("x")
        self.__dict__.update(n_layer=n_layer, n_embd=n_head, n_head=n_embd)
    def __setattr__(self, k, v):
        raise AttributeError(k)
""",
    ),
]
