"""The exercises of lesson 05: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from course_lib import mlp
from course_lib.config import GPTConfig
"""


LAYERS = """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
    def forward(self, x):
"""


RIGHT_ANSWERS = {
    "gelu": [
        "def gelu(x): return 0.5 * x * (1.0 + torch.erf(x * 0.5 ** 0.5))",
        "def gelu(x): return x * torch.distributions.Normal(0, 1).cdf(x)",
        "def gelu(x): return x - x * torch.erfc(x / 2 ** 0.5) / 2",
        "def gelu(x): return x * torch.special.ndtr(x)",
    ],
    "gelu_tanh": [
        "def gelu_tanh(x): return 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))",
        """
def gelu_tanh(x):
    inner = np.sqrt(2 / np.pi) * x * (1 + 0.044715 * x.pow(2))
    return x * torch.sigmoid(2 * inner)
""",
        """
def gelu_tanh(x):
    inner = (2 / math.pi) ** 0.5 * (x + 0.044715 * torch.pow(x, 3))
    return torch.lerp(torch.zeros_like(x), x, (inner.tanh() + 1) * 0.5)
""",
    ],
    "MLP": [
        LAYERS + "        return self.dropout(self.down_proj(nn.GELU(approximate='tanh')(self.up_proj(x))))",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, wide = config.n_embd, int(config.n_embd * config.mlp_ratio)
        self.layers = nn.Sequential(
            nn.Linear(C, wide, bias=config.bias), nn.GELU("tanh"), nn.Linear(wide, C, bias=config.bias),
            nn.Dropout(config.dropout))
    def forward(self, x):
        return self.layers(x)
""",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.p = config.dropout
        self.c_fc = nn.Linear(config.n_embd, config.hidden_dim, config.bias)
        self.c_proj = nn.Linear(config.hidden_dim, config.n_embd, config.bias)
    def forward(self, x):
        B, T, C = x.shape
        h = mlp.gelu_tanh(self.c_fc(x.reshape(B * T, C)))
        return F.dropout(self.c_proj(h).view(B, T, C), self.p, self.training)
""",
    ],
    "predict_mlp_flops": [
        "def predict_mlp_flops(): return 655_360_000",
        "def predict_mlp_flops(): return 16 * 100 ** 2 * 32 * 128",
        "def predict_mlp_flops(): return 2 * 4096 * 100 * 400 + 2 * 4096 * 400 * 100",
        "def predict_mlp_flops(): return 6.5536e8",
    ],
    "feed_forward": [
        "def feed_forward(x, up, down): return F.linear(F.gelu(F.linear(x, up), approximate='tanh'), down)",
        """
def feed_forward(x, up, down):
    B, T, C = x.shape
    rows = x.reshape(B * T, C)
    return (F.gelu(rows @ up.T, approximate="tanh") @ down.T).view(B, T, C)
""",
        """
def feed_forward(x, up, down):
    out = torch.empty_like(x)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[b, t] = down @ mlp.gelu_tanh(up @ x[b, t])
    return out
""",
        """
def feed_forward(x, up, down):  # as nn.Conv1d would, with a kernel of one position
    hidden = F.gelu(F.conv1d(x.transpose(1, 2), up[:, :, None]), approximate="tanh")
    return F.conv1d(hidden, down[:, :, None]).transpose(1, 2)
""",
    ],
    "output_rank": [
        """
def output_rank(mlp_ratio, x):
    config = GPTConfig(n_embd=x.size(1), n_head=1, mlp_ratio=mlp_ratio)
    with torch.no_grad():
        return torch.linalg.matrix_rank(mlp.MLP(config).to(x.dtype)(x)).item()
""",
        """
def output_rank(mlp_ratio, x):
    torch.manual_seed(7)
    module = mlp.MLP(GPTConfig(n_embd=x.shape[1], n_head=2, mlp_ratio=mlp_ratio)).double()
    return torch.linalg.matrix_rank(module(x[None])[0]).item()
""",
        """
def output_rank(mlp_ratio, x):
    module = mlp.MLP(GPTConfig(n_embd=x.shape[-1], n_head=1, mlp_ratio=mlp_ratio)).double()
    return np.linalg.matrix_rank(module(x).detach().numpy())
""",
    ],
}


WRONG_ANSWERS = [
    ("gelu", "x not divided by √2", "def gelu(x): return 0.5 * x * (1 + torch.erf(x))"),
    ("gelu", "the half forgotten", "def gelu(x): return x * (torch.erf(x / math.sqrt(2)) + 1)"),
    ("gelu", "Φ alone", "def gelu(x): return torch.distributions.Normal(0, 1).cdf(x)"),
    ("gelu", "the tanh form", "def gelu(x): return F.gelu(x, approximate='tanh')"),
    ("gelu", "SiLU", "def gelu(x): return x / (1 + torch.exp(-x))"),
    ("gelu", "the density in place of Φ", "def gelu(x): return x * torch.distributions.Normal(0, 1).log_prob(x).exp()"),
    ("gelu", "ReLU", "def gelu(x): return x.clamp(min=0)"),
    (
        "gelu_tanh",
        "0.44715 typed for 0.044715",
        "def gelu_tanh(x): return 0.5 * x * (1 + torch.tanh((2 / math.pi) ** 0.5 * (x + 0.44715 * x ** 3)))",
    ),
    (
        "gelu_tanh",
        "the root over the 2 alone",
        "def gelu_tanh(x): return 0.5 * x * (1 + torch.tanh(math.sqrt(2) / math.pi * (x + 0.044715 * x ** 3)))",
    ),
    (
        "gelu_tanh",
        "the cubic term outside the brackets",
        "def gelu_tanh(x): return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x ** 3))",
    ),
    ("gelu_tanh", "the exact form", "def gelu_tanh(x): return F.gelu(x)"),
    (
        "gelu_tanh",
        "the half forgotten",
        "def gelu_tanh(x): return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))",
    ),
    (
        "MLP",
        "the curve after the second layer",
        LAYERS
        + "        x = self.up_proj(x)\n        x = self.down_proj(x)\n        return F.gelu(x, approximate='tanh')",
    ),
    ("MLP", "no curve", LAYERS + "        return self.dropout(self.down_proj(self.up_proj(x)))"),
    ("MLP", "the exact GELU", LAYERS + "        return self.dropout(self.down_proj(F.gelu(self.up_proj(x))))"),
    ("MLP", "ReLU for GELU", LAYERS + "        return self.dropout(self.down_proj(self.up_proj(x).relu()))"),
    (
        "MLP",
        "the input added",
        LAYERS + "        return x + self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))",
    ),
    (
        "MLP",
        "biases always on",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(config.n_embd, config.hidden_dim), nn.GELU("tanh"), nn.Linear(config.hidden_dim, config.n_embd))
    def forward(self, x): return self.net(x)
""",
    ),
    (
        "MLP",
        "always four times as wide",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.fc = nn.Linear(C, 4 * C, bias=config.bias)
        self.proj = nn.Linear(4 * C, C, bias=config.bias)
    def forward(self, x): return self.proj(F.gelu(self.fc(x), approximate="tanh"))
""",
    ),
    ("predict_mlp_flops", "half of it", "def predict_mlp_flops(): return 8 * 100 ** 2 * 32 * 128"),
    ("predict_mlp_flops", "one token", "def predict_mlp_flops(): return 160_000"),
    ("predict_mlp_flops", "one sequence", "def predict_mlp_flops(): return 16 * 100 ** 2 * 128"),
    ("predict_mlp_flops", "pairs of positions", "def predict_mlp_flops(): return 32 * 128 ** 2 * 160_000"),
    (
        "feed_forward",
        "positions still mixed",
        """
def feed_forward(x, up, down):
    B, T, C = x.shape
    rows = x.permute(0, 2, 1).contiguous().view(-1, C)
    return (F.gelu(rows @ up.T, approximate="tanh") @ down.T).reshape(B, T, C)
""",
    ),
    (
        "feed_forward",
        "turned back too late",
        """
def feed_forward(x, up, down):
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)
    hidden = F.gelu(rows @ up.T, approximate="tanh")
    return (hidden @ down.T).view(B, C, T).transpose(1, 2)
""",
    ),
    (
        "feed_forward",
        "batch and time exchanged",
        """
def feed_forward(x, up, down):
    B, T, C = x.shape
    rows = x.transpose(0, 1).reshape(B * T, C)
    return (F.gelu(rows @ up.T, approximate="tanh") @ down.T).view(B, T, C)
""",
    ),
    ("feed_forward", "the curve lost", "def feed_forward(x, up, down): return (x @ up.T) @ down.T"),
    (
        "feed_forward",
        "weights not transposed, and the exact GELU",
        "def feed_forward(x, up, down): return F.gelu(x @ up) @ down",
    ),
    (
        "output_rank",
        "rank of the hidden layer",
        """
def output_rank(mlp_ratio, x):
    module = mlp.MLP(GPTConfig(n_embd=x.shape[-1], n_head=1, mlp_ratio=mlp_ratio)).double()
    return int(torch.linalg.matrix_rank(mlp.gelu(module.up_proj(x))))
""",
    ),
    (
        "output_rank",
        "width of the hidden layer",
        "def output_rank(mlp_ratio, x): return GPTConfig(n_embd=x.shape[1], n_head=1, mlp_ratio=mlp_ratio).hidden_dim",
    ),
    (
        "output_rank",
        "the curve left out",
        """
def output_rank(mlp_ratio, x):
    wide = int(mlp_ratio * x.shape[1])
    up, down = nn.Linear(x.shape[1], wide, bias=False).double(), nn.Linear(wide, x.shape[1], bias=False).double()
    return int(torch.linalg.matrix_rank(down(up(x))))
""",
    ),
    (
        "output_rank",
        "the notebook's width for every input",
        """
def output_rank(mlp_ratio, x):
    module = mlp.MLP(GPTConfig(n_embd=20, n_head=1, mlp_ratio=mlp_ratio)).double()
    return int(torch.linalg.matrix_rank(module(x)))
""",
    ),
    (
        "output_rank",
        "reckoned, not measured",
        "def output_rank(mlp_ratio, x): return min(x.shape[1], int(x.shape[1] * mlp_ratio))",
    ),
    (
        "gelu",
        "x divided by 2",
        """
def gelu(x):
    return x * (0.5 + 0.5 * torch.erf(x / 2))
""",
    ),
    (
        "gelu",
        "1 − erf",
        """
def gelu(x):
    return x * (1 - torch.erf(x / math.sqrt(2))) / 2
""",
    ),
    (
        "gelu",
        "the 1 forgotten",
        """
def gelu(x):
    return x * torch.erf(x / math.sqrt(2)) / 2
""",
    ),
    (
        "gelu",
        "tanh for erf",
        """
def gelu(x):
    return x * (1 + torch.tanh(x / math.sqrt(2))) / 2
""",
    ),
    (
        "gelu",
        "x multiplied by √2",
        """
def gelu(x):
    return 0.5 * x * (1 + torch.erf(x * math.sqrt(2)))
""",
    ),
    (
        "gelu",
        "only erf halved",
        """
def gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2)) / 2)
""",
    ),
    (
        "gelu",
        "squared",
        """
def gelu(x):
    return torch.special.ndtr(x) * x * x
""",
    ),
    (
        "gelu",
        "a function for single numbers",
        """
def gelu(x):
    return 0.5 * x * (1 + math.erf(x / 1.414))
""",
    ),
    (
        "gelu",
        "ReLU",
        """
def gelu(x):
    return torch.where(x > 0, x, 0.0)
""",
    ),
    (
        "gelu_tanh",
        "0.0044715 typed for 0.044715",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.0044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "times 3 for to the third power",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * 3)))
""",
    ),
    (
        "gelu_tanh",
        "π/2 for 2/π",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(math.pi / 2) * (x + 0.044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "the factor left out",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(x + 0.044715 * x ** 3))
""",
    ),
    (
        "gelu_tanh",
        "the probability alone",
        """
def gelu_tanh(x):
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "the sigmoid for tanh",
        """
def gelu_tanh(x):
    return x * torch.sigmoid(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))
""",
    ),
    (
        "gelu_tanh",
        "a function for single numbers",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "the root of 2·π",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 * math.pi) * (x + 0.044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "the cubic term subtracted",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x - 0.044715 * x ** 3)))
""",
    ),
    (
        "gelu_tanh",
        "^ for **",
        """
def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ^ 3)))
""",
    ),
    (
        "MLP",
        "dropout after training too",
        """
class MLP(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.p = config.dropout

    def forward(self, x):
        return F.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')), p=self.p)
""",
    ),
    (
        "MLP",
        "SiLU for GELU",
        """
class MLP(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        return self.dropout(self.down_proj(F.silu(self.up_proj(x))))
""",
    ),
    (
        "MLP",
        "a hidden layer of width C",
        """
class MLP(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.down_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))
""",
    ),
    (
        "MLP",
        "a bias in the first layer only",
        """
class MLP(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate='tanh')))
""",
    ),
    (
        "predict_mlp_flops",
        "half of it",
        """
def predict_mlp_flops():
    return 80000 * 32 * 128
""",
    ),
    (
        "predict_mlp_flops",
        "one layer, and one operation",
        """
def predict_mlp_flops():
    return 40000 * 4096
""",
    ),
    (
        "predict_mlp_flops",
        "one token",
        """
def predict_mlp_flops():
    return 2 * 80000
""",
    ),
    (
        "predict_mlp_flops",
        "biases counted",
        """
def predict_mlp_flops():
    return 2 * 80500 * 4096
""",
    ),
    (
        "predict_mlp_flops",
        "all twelve blocks",
        """
def predict_mlp_flops():
    return 12 * 2 * 80000 * 4096
""",
    ),
    (
        "predict_mlp_flops",
        "widths added",
        """
def predict_mlp_flops():
    return 2 * 500 * 4096
""",
    ),
    (
        "feed_forward",
        "ReLU for GELU",
        """
def feed_forward(x, up, down):
    return F.relu(x @ up.T) @ down.T
""",
    ),
    (
        "feed_forward",
        "up not transposed",
        """
def feed_forward(x, up, down):
    return F.gelu(x @ up, approximate='tanh') @ down.T
""",
    ),
    (
        "feed_forward",
        "down not transposed",
        """
def feed_forward(x, up, down):
    return F.gelu(x @ up.T, approximate='tanh') @ down
""",
    ),
    (
        "feed_forward",
        "rows not put back",
        """
def feed_forward(x, up, down):
    return F.gelu(x.reshape(-1, x.shape[-1]) @ up.T, approximate='tanh') @ down.T
""",
    ),
    (
        "feed_forward",
        "the input added",
        """
def feed_forward(x, up, down):
    return x + F.gelu(x @ up.T, approximate='tanh') @ down.T
""",
    ),
    (
        "feed_forward",
        "channels before time in the result",
        """
def feed_forward(x, up, down):
    return (F.gelu(x @ up.T, approximate='tanh') @ down.T).transpose(1, 2)
""",
    ),
    (
        "output_rank",
        "the ratio not passed on",
        """
def output_rank(mlp_ratio, x):
    net = mlp.MLP(GPTConfig(n_embd=x.shape[-1], n_head=1)).double()
    return torch.linalg.matrix_rank(net(x)).item()
""",
    ),
    (
        "output_rank",
        "positions turned into float32",
        """
def output_rank(mlp_ratio, x):
    net = mlp.MLP(GPTConfig(n_embd=x.shape[-1], n_head=1, mlp_ratio=mlp_ratio))
    return torch.linalg.matrix_rank(net(x.float())).item()
""",
    ),
    (
        "output_rank",
        "the module left in float32",
        """
def output_rank(mlp_ratio, x):
    net = mlp.MLP(GPTConfig(n_embd=x.shape[-1], n_head=1, mlp_ratio=mlp_ratio))
    return torch.linalg.matrix_rank(net(x)).item()
""",
    ),
    (
        "output_rank",
        "the width of the output",
        """
def output_rank(mlp_ratio, x):
    return x.shape[-1]
""",
    ),
    (
        "MLP",
        None,
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout1d(config.dropout)
    def forward(self, x):
        return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")))
""",
    ),
    (
        "MLP",
        "dropout with torch's own probability",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
    def forward(self, x):
        return F.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")), training=self.training)
""",
    ),
    (
        "MLP",
        "the probability of keeping given",
        """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(1 - config.dropout)
    def forward(self, x):
        return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")))
""",
    ),
    (
        "gelu_tanh",
        "a sigmoid for tanh",
        """
def gelu_tanh(x):
    inside = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x * (1 + torch.sigmoid(inside)) / 2
""",
    ),
    (
        "feed_forward",
        "up and down exchanged",
        """
def feed_forward(x, up, down):
    return F.gelu(x @ down, approximate="tanh") @ up
""",
    ),
]

SEEN_ANSWERS = [
    (
        "gelu",
        "`below = 0.5 * (1 + torch.erf(x / math.sqrt(math.pi)))`",
        """
def gelu(x):
    below = (1 + torch.erf(x / math.sqrt(math.pi))) / 2
    return x * below
""",
    ),
    (
        "gelu",
        "`return x + below`",
        """
def gelu(x):
    below = (1 + torch.erf(x / math.sqrt(2))) / 2
    return x + below
""",
    ),
    (
        "gelu_tanh",
        "`inside = math.sqrt(2 / math.pi) * ((x + 0.044715 * x) ** 3)`",
        """
def gelu_tanh(x):
    inside = math.sqrt(2 / math.pi) * (x + 0.044715 * x) ** 3
    return x * (1 + torch.tanh(inside)) / 2
""",
    ),
    (
        "gelu_tanh",
        "`inside = math.sqrt(2 / math.pi) * (x + 0.044715 * x**4)`",
        """
def gelu_tanh(x):
    inside = math.sqrt(2 / math.pi) * (x + 0.044715 * x**4)
    return x * (1 + torch.tanh(inside)) / 2
""",
    ),
    (
        "MLP",
        "`return torch.relu(self.dropout(self.down_proj(hidden)))`",
        """
class MLP(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        hidden = F.gelu(self.up_proj(x), approximate="tanh")
        return torch.relu(self.dropout(self.down_proj(hidden)))
""",
    ),
    (
        "predict_mlp_flops",
        "your number is too large by a whole factor: which factor is counted se",
        """
def predict_mlp_flops(): return 2 * 80_000 * 128 * 128
""",
    ),
    (
        "feed_forward",
        '`hidden = F.gelu(x, approximate="tanh") @ up.T`',
        """
def feed_forward(x, up, down):
    return F.gelu(x, approximate="tanh") @ up.T @ down.T
""",
    ),
    (
        "MLP",
        '`hidden = F.gelu(F.gelu(self.up_proj(x), approximate="tanh"), approximate="tanh")`',
        """
class MLP(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        hidden = F.gelu(F.gelu(self.up_proj(x), approximate="tanh"), approximate="tanh")
        return self.dropout(self.down_proj(hidden))
""",
    ),
    (
        "feed_forward",
        "each row is right but for a factor of its own: is it divided by, or mu",
        """
def feed_forward(x, up, down):
    h = F.gelu(x @ up.T, approximate="tanh")
    h = h / h.norm(dim=-1, keepdim=True)
    return h @ down.T
""",
    ),
    (
        "predict_mlp_flops",
        "your number is too small, by less than 1 %: is something small forgott",
        """
def predict_mlp_flops(): return 2 * 80_000 * 32 * 127
""",
    ),
]
