"""The exercises of lesson 08: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
from torch import nn
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.initialization import gpt2_rules, initialize
"""


TIED_HEAD = """
class TiedModel(nn.Module):
    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
"""


RIGHT_ANSWERS = {
    "initial_distribution": [
        """
def initial_distribution(name, n_layer):
    *_, layer, kind = name.split(".")
    if kind == "bias": return (0, 0)
    if "norm" in layer: return (1, 0)
    return (0, 0.02 * (2 * n_layer) ** -0.5 if layer in ("out_proj", "down_proj") else 0.02)
""",
        """
def initial_distribution(name, n_layer):
    mean, std = 0.0, 0.02
    if "out_proj" in name or "down_proj" in name:
        std = std / np.sqrt(2 * n_layer)
    if "norm" in name: mean, std = 1.0, 0.0
    if name.endswith("bias"): mean, std = 0.0, 0.0
    return mean, std
""",
        """
from fnmatch import fnmatch
def initial_distribution(name, n_layer):
    for rule in gpt2_rules(n_layer):
        if fnmatch(name, rule.pattern): return [rule.mean, rule.std]
""",
    ],
    "predict_residual_std": [
        "def predict_residual_std(): return 0.00408",
        "def predict_residual_std(): return torch.tensor(0.02 / 24 ** 0.5)",
        "def predict_residual_std(): return np.float64(0.02) / np.sqrt(24)",
    ],
    "stream_deviation": [
        "def stream_deviation(s, a, n): return (s * s + 2 * n * a * a) ** 0.5",
        "def stream_deviation(start, added, n_layer): return math.hypot(start, *[added] * (2 * n_layer))",
        """
def stream_deviation(start, added, n_layer):
    variance = start ** 2
    for _ in range(n_layer):
        variance += added ** 2  # attention
        variance += added ** 2  # MLP
    return np.sqrt(variance)
""",
    ],
    "depth_exponent": [
        "def depth_exponent(): return 0.53",
        "def depth_exponent(): return torch.tensor(0.47)",
        """
def depth_exponent():
    ends = []
    for depth in (4, 32):
        model = GPT(GPTConfig(vocab_size=500, seq_len=32, n_layer=depth))
        initialize(model, tuple(r for r in gpt2_rules(1) if "_proj" not in r.pattern), torch.Generator().manual_seed(1))
        model.blocks[-1].register_forward_hook(lambda m, i, o: ends.append(o.std().item()))
        model(torch.randint(500, (4, 32)))
    return math.log(ends[1] / ends[0]) / math.log(8)
""",
    ],
    "predict_logit_deviation": [
        "def predict_logit_deviation(): return 0.4",
        "def predict_logit_deviation(): return (400 * 0.02 ** 2) ** 0.5",
        "def predict_logit_deviation(): return 2 / 5",
    ],
    "TiedModel": [
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        self.head.weight.data.normal_(0, 0.02, generator=generator)",
        TIED_HEAD
        + "        weight = nn.Parameter(torch.empty(vocab_size, n_embd).normal_(0, 0.02, generator=generator))\n"
        "        self.embedding.weight = self.head.weight = weight",
        TIED_HEAD + "        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)\n"
        "        self.head.weight = self.embedding.weight",
    ],
}


WRONG_ANSWERS = [
    (
        "initial_distribution",
        "a norm's deviation of 1",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if "norm" in name: return 1.0, 1.0
    return 0.0, 0.02 / (2 * n_layer) ** 0.5 if "out_proj" in name or "down_proj" in name else 0.02
""",
    ),
    ("predict_residual_std", "rounded too early", "def predict_residual_std(): return round(0.02 / 24 ** 0.5, 3)"),
    ("stream_deviation", "nothing squared", "def stream_deviation(s, a, n): return (s + a * 2 * n) ** 0.5"),
    (
        "stream_deviation",
        "the start counted with every addition",
        "def stream_deviation(s, a, n): return math.hypot(s, a) * math.sqrt(2 * n)",
    ),
    (
        "TiedModel",
        "the root of 0.02",
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        self.head.weight.data.normal_(0, 0.02 ** 0.5, generator=generator)",
    ),
    (
        "initial_distribution",
        "every projection scaled down",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if "norm" in name: return 1.0, 0.0
    if "proj" in name: return 0.0, 0.02 / math.sqrt(2 * n_layer)
    return 0.0, 0.02
""",
    ),
    (
        "initial_distribution",
        "divided by √n_layer",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if "norm" in name: return 1.0, 0.0
    if "out_proj" in name or "down_proj" in name: return 0.0, 0.02 / n_layer ** 0.5
    return 0.0, 0.02
""",
    ),
    (
        "initial_distribution",
        "norms drawn like other weights",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if "out_proj" in name or "down_proj" in name: return 0.0, 0.02 / (2 * n_layer) ** 0.5
    return 0.0, 0.02
""",
    ),
    ("predict_residual_std", "divided by √12", "def predict_residual_std(): return 0.00577"),
    ("predict_residual_std", "divided by 24 without the root", "def predict_residual_std(): return 0.02 / (2 * 12)"),
    ("predict_residual_std", "no scaling", "def predict_residual_std(): return 0.02"),
    ("stream_deviation", "deviations added", "def stream_deviation(s, a, n): return s + a * n * 2"),
    (
        "stream_deviation",
        "one addition a block",
        "def stream_deviation(s, a, n): return math.hypot(s, a * math.sqrt(n))",
    ),
    ("stream_deviation", "the variance returned", "def stream_deviation(s, a, n): return s * s + 2 * n * a * a"),
    ("depth_exponent", "no growth", "def depth_exponent(): return 0.01"),
    ("depth_exponent", "slope of the variance", "def depth_exponent(): return 1.04"),
    ("depth_exponent", "depth against deviation", "def depth_exponent(): return 1.95"),
    ("predict_logit_deviation", "times C, without the root", "def predict_logit_deviation(): return 8"),
    ("predict_logit_deviation", "the weight's own deviation", "def predict_logit_deviation(): return 0.02"),
    ("predict_logit_deviation", "the variance", "def predict_logit_deviation(): return 0.16"),
    (
        "TiedModel",
        "initialized before the tie",
        """
class TiedModel(nn.Module):
    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight
""",
    ),
    (
        "TiedModel",
        "tied to a copy",
        TIED_HEAD + "        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)\n"
        "        self.head.weight.data = self.embedding.weight.data.clone()",
    ),
    (
        "TiedModel",
        "the tied weight drawn twice",
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        for module in (self.embedding, self.head):\n"
        "            nn.init.normal_(module.weight, std=0.02, generator=generator)",
    ),
    (
        "initial_distribution",
        "a norm's bias like its weight",
        """
def initial_distribution(name, n_layer):
    if "norm" in name: return 1.0, 0.0
    if name.endswith("bias"): return 0.0, 0.0
    return 0.0, 0.02 / (2 * n_layer) ** 0.5 if "out_proj" in name or "down_proj" in name else 0.02
""",
    ),
    (
        "initial_distribution",
        "a writer's bias like its weight",
        """
def initial_distribution(name, n_layer):
    if "out_proj" in name or "down_proj" in name: return 0.0, 0.02 / (2 * n_layer) ** 0.5
    if name.endswith("bias"): return 0.0, 0.0
    return (1.0, 0.0) if "norm" in name else (0.0, 0.02)
""",
    ),
    (
        "initial_distribution",
        "only the final norm recognised",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if name == "final_norm.weight": return 1.0, 0.0
    return 0.0, 0.02 / (2 * n_layer) ** 0.5 if "out_proj" in name or "down_proj" in name else 0.02
""",
    ),
    (
        "initial_distribution",
        "only the norms of the blocks recognised",
        """
def initial_distribution(name, n_layer):
    if name.endswith("bias"): return 0.0, 0.0
    if "norm_" in name: return 1.0, 0.0
    return 0.0, 0.02 / (2 * n_layer) ** 0.5 if "out_proj" in name or "down_proj" in name else 0.02
""",
    ),
    ("predict_residual_std", "multiplied by √24", "def predict_residual_std(): return 0.02 * np.sqrt(24)"),
    ("predict_residual_std", "0.02 forgotten", "def predict_residual_std(): return 24 ** -0.5"),
    ("stream_deviation", "all additions as one", "def stream_deviation(s, a, n): return math.hypot(s, 2 * n * a)"),
    ("stream_deviation", "start added after the root", "def stream_deviation(s, a, n): return s + a * (2 * n) ** 0.5"),
    ("stream_deviation", "added not squared", "def stream_deviation(s, a, n): return (s * s + 2 * n * a) ** 0.5"),
    ("predict_logit_deviation", "the norm's deviation", "def predict_logit_deviation(): return 1"),
    ("predict_logit_deviation", "the course's width", "def predict_logit_deviation(): return 0.02 * 10"),
    (
        "TiedModel",
        "the generator not used",
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        nn.init.normal_(self.head.weight, 0.0, 0.02)",
    ),
    (
        "TiedModel",
        "0.02 taken for the mean",
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        nn.init.normal_(self.head.weight, 0.02, generator=generator)",
    ),
    (
        "TiedModel",
        "variance for deviation",
        TIED_HEAD + "        self.head.weight = self.embedding.weight\n"
        "        self.head.weight.data.normal_(0, 0.02 ** 2, generator=generator)",
    ),
    (
        "TiedModel",
        "both drawn, then tied",
        TIED_HEAD + "        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)\n"
        "        nn.init.normal_(self.head.weight, std=0.02, generator=generator)\n"
        "        self.head.weight = self.embedding.weight",
    ),
    (
        "initial_distribution",
        "all but qkv_proj scaled",
        """
def initial_distribution(name, n_layer):
    if name.endswith('.bias'):
        return (0.0, 0.0)
    if 'norm' in name:
        return (1.0, 0.0)
    if name.endswith('proj.weight') and 'qkv' not in name:
        return (0.0, 0.02 / math.sqrt(2 * n_layer))
    return (0.0, 0.02)
""",
    ),
    (
        "initial_distribution",
        "a norm's weight drawn around 1",
        """
def initial_distribution(name, n_layer):
    if name.endswith('.bias'):
        return (0.0, 0.0)
    if 'norm' in name:
        return (1.0, 0.02)
    if name.endswith(('out_proj.weight', 'down_proj.weight')):
        return (0.0, 0.02 / math.sqrt(2 * n_layer))
    return (0.0, 0.02)
""",
    ),
    (
        "predict_residual_std",
        "the additions so far",
        """
def predict_residual_std():
    return 0.02 / math.sqrt(2 * 5 - 1)
""",
    ),
    (
        "predict_residual_std",
        "0.02 under the root",
        """
def predict_residual_std():
    return math.sqrt(0.02 / 24)
""",
    ),
    (
        "stream_deviation",
        "an addition too few",
        """
def stream_deviation(start, added, n_layer):
    variance = start ** 2 + (2 * n_layer - 1) * added ** 2
    return math.sqrt(variance)
""",
    ),
    (
        "stream_deviation",
        "deviations multiplied",
        """
def stream_deviation(start, added, n_layer):
    return start * (1 + added) ** (2 * n_layer)
""",
    ),
    (
        "stream_deviation",
        "the number of additions squared",
        """
def stream_deviation(start, added, n_layer):
    variance = start ** 2 + (2 * n_layer) ** 2 * added
    return math.sqrt(variance)
""",
    ),
    (
        "predict_logit_deviation",
        "one over the root",
        """
def predict_logit_deviation():
    return 1 / math.sqrt(400)
""",
    ),
    (
        "TiedModel",
        "drawn by the width",
        """
class TiedModel(nn.Module):

    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight
        nn.init.normal_(self.head.weight, std=1 / math.sqrt(n_embd), generator=generator)

    def forward(self, idx):
        return self.head(self.embedding(idx))
""",
    ),
    (
        "initial_distribution",
        "the variance of what writes",
        """
def initial_distribution(name, n_layer):
    if name.endswith('.bias'):
        return (0.0, 0.0)
    if 'norm' in name:
        return (1.0, 0.0)
    if name.endswith(('out_proj.weight', 'down_proj.weight')):
        return (0.0, 0.02 ** 2 / (2 * n_layer))
    return (0.0, 0.02)
""",
    ),
    (
        "stream_deviation",
        "the start added in each block",
        """
def stream_deviation(start, added, n_layer):
    variance = n_layer * (start ** 2 + 2 * added ** 2)
    return math.sqrt(variance)
""",
    ),
    (
        "stream_deviation",
        "a whole number",
        """
def stream_deviation(start, added, n_layer):
    variance = start ** 2 + 2 * n_layer * added ** 2
    return int(math.sqrt(variance))
""",
    ),
    (
        "TiedModel",
        "drawn before the tie, too",
        """
class TiedModel(nn.Module):

    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)
        self.head.weight = self.embedding.weight

    def forward(self, idx):
        return self.head(self.embedding(idx))
""",
    ),
]
