"""The exercises of lesson 06: answers as students type them."""

PRELUDE = """
import math
import torch
import torch.nn.functional as F
from torch import nn
from course_lib import block
from course_lib.config import GPTConfig
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention
"""


PARTS = """
class {name}(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.norm_1, self.norm_2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.attention, self.mlp = MultiHeadAttention(config), MLP(config)
    def forward(self, x):
"""


PRE, POST, MENDED = (PARTS.format(name=name) for name in ("DecoderBlock", "PostNormBlock", "MendedBlock"))


NORM = "def layer_norm(x, weight, bias, eps=1e-5):\n"


RIGHT_ANSWERS = {
    "layer_norm": [
        NORM + "    return F.layer_norm(x, weight.shape, weight, bias, eps)",
        NORM + "    centred = x - x.mean(-1, keepdim=True)\n"
        "    return weight * centred * torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + eps) + bias",
        NORM + "    variance, mean = torch.var_mean(x, -1, unbiased=False, keepdim=True)\n"
        "    return bias + (x - mean) / (variance + eps) ** 0.5 * weight",
        NORM + "    C = x.shape[-1]\n    mean = (x.sum(-1) / C)[..., None]\n"
        "    variance = (x * x).sum(-1, keepdim=True) / C - mean ** 2\n"
        "    return torch.addcmul(bias, (x - mean) / (variance + eps).sqrt(), weight)",
    ],
    "DecoderBlock": [
        PRE
        + "        x = x + self.attention(self.norm_1(x))\n        x = x + self.mlp(self.norm_2(x))\n        return x",
        PRE + "        middle = self.attention(self.norm_1(x)) + x\n"
        "        return torch.add(middle, self.mlp(self.norm_2(middle)))",
        """
class DecoderBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln1 = block.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.ln2 = block.LayerNorm(config.n_embd)
        self.ffwd = MLP(config)
    def forward(self, x):
        residual = x
        x = self.ln1(x)
        x = self.attn(x)
        x = residual + x
        residual = x
        x = self.ffwd(self.ln2(x))
        return residual + x
""",
        """
class DecoderBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.halves = nn.ModuleList([
            nn.Sequential(nn.LayerNorm(config.n_embd), MultiHeadAttention(config)),
            nn.Sequential(nn.LayerNorm(config.n_embd), MLP(config)),
        ])
    def forward(self, x):
        for half in self.halves:
            x = x + half(x)
        return x
""",
    ],
    "PostNormBlock": [
        POST + "        x = self.norm_1(x + self.attention(x))\n        return self.norm_2(x + self.mlp(x))",
        POST + "        for layer, norm in ((self.attention, self.norm_1), (self.mlp, self.norm_2)):\n"
        "            x = norm(layer(x) + x)\n        return x",
        """
class PostNormBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attn = MultiHeadAttention(config)
        self.ln_a = block.LayerNorm(config.n_embd)
        self.ff = MLP(config)
        self.ln_b = block.LayerNorm(config.n_embd)
    def forward(self, x):
        h = self.attn(x)
        h = self.ln_a(h + x)
        return self.ln_b(self.ff(h) + h)
""",
    ],
    "predict_block_parameters": [
        "def predict_block_parameters(): return 120_400",
        "def predict_block_parameters(): return 12 * 100 ** 2 + 4 * 100",
        "def predict_block_parameters():\n"
        "    return sum(p.numel() for p in block.DecoderBlock(GPTConfig()).parameters())",
        "def predict_block_parameters(): return torch.tensor(120400)",
    ],
    "MendedBlock": [
        MENDED + "        x = x + self.attention(self.norm_1(x))\n        return x + self.mlp(self.norm_2(x))",
        MENDED + "        h = self.norm_1(x)\n        x = x + self.attention(h)\n        h = self.norm_2(x)\n"
        "        return x + self.mlp(h)",
        """
class MendedBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.feed_forward = MLP(config)
    def forward(self, x):
        stream = x
        stream = stream + self.attn(self.ln_1(stream))
        return stream + self.feed_forward(self.ln_2(stream))
""",
    ],
    "contribution_shares": [
        "def contribution_shares(pieces):\n    s = pieces.sum(0)\n    return (pieces * s).sum(-1) / s.pow(2).sum(-1)",
        "def contribution_shares(pieces):\n    s = pieces.sum(0)\n"
        "    return torch.einsum('p...c,...c->p...', pieces, s) / torch.einsum('...c,...c->...', s, s)",
        "def contribution_shares(pieces):\n    s = sum(pieces)\n    unit = s / s.norm(dim=-1, keepdim=True) ** 2\n"
        "    return torch.stack([(piece * unit).sum(-1) for piece in pieces])",
    ],
}


def mended(*lines: str) -> str:
    body = "\n        ".join(lines)
    return f"""
class MendedBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.feed_forward = MLP(config)

    def forward(self, x):
        {body}
"""


WRONG_ANSWERS = [
    (
        "layer_norm",
        "unbiased variance",
        NORM + "    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) * weight + bias",
    ),
    (
        "layer_norm",
        "normalised over T",
        NORM + "    m, v = x.mean(1, keepdim=True), x.var(1, keepdim=True, unbiased=False)\n"
        "    return (x - m) / torch.sqrt(v + eps) * weight + bias",
    ),
    (
        "layer_norm",
        "normalised over the whole batch",
        NORM + "    return (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + eps) * weight + bias",
    ),
    (
        "layer_norm",
        "normalised over T and C together",
        NORM + "    return F.layer_norm(x, x.shape[1:], eps=eps) * weight + bias",
    ),
    (
        "layer_norm",
        "eps outside the root",
        NORM + "    m, v = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)\n"
        "    return (x - m) / (v.sqrt() + eps) * weight + bias",
    ),
    (
        "layer_norm",
        "eps forgotten",
        NORM + "    m, v = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)\n"
        "    return (x - m) / torch.sqrt(v) * weight + bias",
    ),
    (
        "layer_norm",
        "RMSNorm",
        NORM + "    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight + bias",
    ),
    (
        "layer_norm",
        "scaled before it is normalised",
        """
def layer_norm(x, weight, bias, eps=1e-5):
    x = x * weight
    m = x.mean(-1, keepdim=True)
    return (x - m) / (((x - m) ** 2).mean(-1, keepdim=True) + eps).sqrt() + bias
""",
    ),
    (
        "layer_norm",
        "scaled and shifted before it is normalised",
        """
def layer_norm(x, weight, bias, eps=1e-5):
    x = x * weight + bias
    m = x.mean(-1, keepdim=True)
    return (x - m) / (((x - m) ** 2).mean(-1, keepdim=True) + eps).sqrt()
""",
    ),
    ("layer_norm", "scale and shift forgotten", NORM + "    return F.layer_norm(x, x.shape[-1:], eps=eps)"),
    (
        "layer_norm",
        "divided by the variance",
        NORM + "    m, v = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)\n"
        "    return (x - m) / (v + eps) * weight + bias",
    ),
    (
        "DecoderBlock",
        "post-norm by accident",
        PRE + "        x = self.norm_1(x + self.attention(x))\n        return self.norm_2(x + self.mlp(x))",
    ),
    (
        "DecoderBlock",
        "one norm shared",
        """
class DecoderBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln = nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.mlp = MLP(config)
    def forward(self, x):
        x = x + self.attn(self.ln(x))
        return x + self.mlp(self.ln(x))
""",
    ),
    (
        "DecoderBlock",
        "one norm shared",
        PRE.replace(
            "self.norm_1, self.norm_2 = nn.LayerNorm(C), nn.LayerNorm(C)", "self.norm_1 = self.norm_2 = nn.LayerNorm(C)"
        )
        + "        x = x + self.attention(self.norm_1(x))\n        return x + self.mlp(self.norm_2(x))",
    ),
    (
        "DecoderBlock",
        "residual of the normalised",
        PRE + "        x = self.norm_1(x)\n        x = x + self.attention(x)\n        x = self.norm_2(x)\n"
        "        x = x + self.mlp(x)\n        return x",
    ),
    (
        "DecoderBlock",
        "one residual around both",
        PRE + "        h = self.attention(self.norm_1(x))\n        return x + self.mlp(self.norm_2(h))",
    ),
    (
        "DecoderBlock",
        "no residual",
        PRE + "        x = self.attention(self.norm_1(x))\n        return self.mlp(self.norm_2(x))",
    ),
    (
        "DecoderBlock",
        "attention and MLP side by side",
        PRE + "        return x + self.attention(self.norm_1(x)) + self.mlp(self.norm_2(x))",
    ),
    (
        "PostNormBlock",
        "pre-norm",
        POST + "        x = x + self.attention(self.norm_1(x))\n        return x + self.mlp(self.norm_2(x))",
    ),
    (
        "PostNormBlock",
        "norm of the addition alone",
        POST + "        x = x + self.norm_1(self.attention(x))\n        return x + self.norm_2(self.mlp(x))",
    ),
    (
        "PostNormBlock",
        "norm of the stream alone",
        POST + "        x = self.norm_1(x) + self.attention(x)\n        return self.norm_2(x) + self.mlp(x)",
    ),
    (
        "PostNormBlock",
        "no residual",
        POST + "        x = self.norm_1(self.attention(x))\n        return self.norm_2(self.mlp(x))",
    ),
    ("predict_block_parameters", "norms forgotten", "def predict_block_parameters(): return 120_000"),
    ("predict_block_parameters", "half of the norms", "def predict_block_parameters(): return 120_000 + 2 * 100"),
    ("predict_block_parameters", "biases counted", "def predict_block_parameters(): return 121_300"),
    (
        "predict_block_parameters",
        "attention without its output projection",
        "def predict_block_parameters(): return 110_400",
    ),
    (
        "MendedBlock",
        "the stream is still overwritten",
        MENDED + "        h = self.norm_1(x)\n        h = h + self.attention(h)\n        h = self.norm_2(h)\n"
        "        return h + self.mlp(h)",
    ),
    (
        "MendedBlock",
        "only the first half mended",
        MENDED
        + "        x = x + self.attention(self.norm_1(x))\n        x = self.norm_2(x)\n        return x + self.mlp(x)",
    ),
    (
        "MendedBlock",
        "the MLP reads an old vector",
        MENDED + "        h = self.norm_1(x)\n        x = x + self.attention(h)\n        h = self.norm_2(h)\n"
        "        return x + self.mlp(h)",
    ),
    (
        "MendedBlock",
        "the norms thrown out",
        MENDED + "        x = x + self.attention(x)\n        return x + self.mlp(x)",
    ),
    (
        "contribution_shares",
        "cosines",
        "def contribution_shares(pieces):\n    return F.cosine_similarity(pieces, pieces.sum(0)[None], dim=-1)",
    ),
    (
        "contribution_shares",
        "lengths over the sum of lengths",
        "def contribution_shares(pieces):\n    n = pieces.norm(dim=-1)\n    return n / n.sum(0, keepdim=True)",
    ),
    (
        "contribution_shares",
        "lengths along the stream",
        "def contribution_shares(pieces):\n    s = pieces.sum(0)\n    return (pieces * F.normalize(s, dim=-1)).sum(-1)",
    ),
    (
        "contribution_shares",
        "one share for the whole batch",
        "def contribution_shares(pieces):\n    s = pieces.sum(0)\n"
        "    return torch.stack([(p * s).sum() / (s * s).sum() for p in pieces])",
    ),
    (
        "DecoderBlock",
        "no residual around the MLP",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.attention(self.norm_1(x)) + x
        return self.mlp(self.norm_2(x))
""",
    ),
    (
        "DecoderBlock",
        "no residual around the attention",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))
""",
    ),
    (
        "DecoderBlock",
        "the MLP reads what attention gathered",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        h = self.attention(self.norm_1(x))
        return x + h + self.mlp(self.norm_2(h))
""",
    ),
    (
        "DecoderBlock",
        "norm_1 used twice",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_1(x))
""",
    ),
    (
        "DecoderBlock",
        "the first norm not used",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.mlp(self.norm_2(x))
""",
    ),
    (
        "DecoderBlock",
        "the first residual from the normalised",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.norm_1(x)
        x = x + self.attention(x)
        return x + self.mlp(self.norm_2(x))
""",
    ),
    (
        "DecoderBlock",
        "norm of what is written",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.norm_1(self.attention(x))
        return x + self.norm_2(self.mlp(x))
""",
    ),
    (
        "DecoderBlock",
        "the second addition to the block's input",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        h = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(h))
""",
    ),
    (
        "DecoderBlock",
        "no norm used",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.mlp(x)
""",
    ),
    (
        "DecoderBlock",
        "MLP first, the norms in order",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.mlp(self.norm_1(x))
        return x + self.attention(self.norm_2(x))
""",
    ),
    (
        "DecoderBlock",
        "no norms",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.mlp(x)
""",
    ),
    (
        "PostNormBlock",
        "the second addition to the block's input",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        h = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(h))
""",
    ),
    (
        "PostNormBlock",
        "norm_1 used twice",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.norm_1(x + self.attention(x))
        return self.norm_1(x + self.mlp(x))
""",
    ),
    (
        "PostNormBlock",
        "the last norm missing",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.norm_1(x + self.attention(x))
        return x + self.mlp(x)
""",
    ),
    (
        "PostNormBlock",
        "no residual around the MLP",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(self.mlp(x))
""",
    ),
    (
        "PostNormBlock",
        "MLP first",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = self.norm_2(x + self.mlp(x))
        return self.norm_1(x + self.attention(x))
""",
    ),
    (
        "MendedBlock",
        "the second norm lost",
        mended("x = x + self.attn(self.ln_1(x))", "return x + self.feed_forward(x)"),
    ),
    (
        "MendedBlock",
        "the original kept for the last sum only",
        mended(
            "r = x", "x = self.ln_1(x)", "x = x + self.attn(x)", "x = self.ln_2(x)", "return r + self.feed_forward(x)"
        ),
    ),
    (
        "MendedBlock",
        "the second addition to the block's input",
        mended("r = x", "x = r + self.attn(self.ln_1(x))", "return r + self.feed_forward(self.ln_2(x))"),
    ),
    (
        "MendedBlock",
        "the original added to the broken block",
        mended(
            "r = x",
            "x = self.ln_1(x)",
            "x = x + self.attn(x)",
            "x = self.ln_2(x)",
            "return r + x + self.feed_forward(x)",
        ),
    ),
    (
        "MendedBlock",
        "only the first half mended",
        mended("x = x + self.attn(self.ln_1(x))", "x = self.ln_2(x)", "return x + self.feed_forward(x)"),
    ),
    (
        "MendedBlock",
        "no residual around the MLP",
        mended("x = x + self.attn(self.ln_1(x))", "return self.feed_forward(self.ln_2(x))"),
    ),
    (
        "layer_norm",
        "unbiased deviation, and eps forgotten",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True) * weight + bias
""",
    ),
    (
        "layer_norm",
        "keepdim=True is missing",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(-1), x.var(-1, unbiased=False))
    return (x - m) / torch.sqrt(v + eps) * weight + bias
""",
    ),
    (
        "layer_norm",
        "eps of its own",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True))
    return (x - m) / torch.sqrt(v + 1e-05) * weight + bias
""",
    ),
    (
        "layer_norm",
        "the shift forgotten",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True))
    return (x - m) / torch.sqrt(v + eps) * weight
""",
    ),
    (
        "layer_norm",
        "normalised over the batch",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(0, keepdim=True), x.var(0, unbiased=False, keepdim=True))
    return (x - m) / torch.sqrt(v + eps) * weight + bias
""",
    ),
    (
        "layer_norm",
        "the scale forgotten",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True))
    return (x - m) / torch.sqrt(v + eps) + bias
""",
    ),
    (
        "layer_norm",
        "normalised over T",
        """
def layer_norm(x, weight, bias, eps=1e-05):
    m, v = (x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True))
    return (x - m) / torch.sqrt(v + eps) * weight + bias
""",
    ),
    (
        "contribution_shares",
        "a shape of four unpacked",
        """
def contribution_shares(pieces):
    B, T, C = pieces.shape[1:]
    s = pieces.sum(0)
    return (pieces * s).sum(-1) / (s * s).sum(-1)
""",
    ),
    (
        "contribution_shares",
        "squared lengths",
        """
def contribution_shares(pieces):
    s = pieces.sum(0)
    return (pieces ** 2).sum(-1) / (s ** 2).sum(-1)
""",
    ),
    (
        "contribution_shares",
        "the first piece for the stream",
        """
def contribution_shares(pieces):
    s = pieces[0]
    return (pieces * s).sum(-1) / (s * s).sum(-1)
""",
    ),
    (
        "contribution_shares",
        "each channel by itself",
        """
def contribution_shares(pieces):
    s = pieces.sum(0)
    return pieces * s / (s * s)
""",
    ),
    (
        "contribution_shares",
        "not divided",
        """
def contribution_shares(pieces):
    s = pieces.sum(0)
    return (pieces * s).sum(-1)
""",
    ),
    (
        "contribution_shares",
        "divided by the piece",
        """
def contribution_shares(pieces):
    s = pieces.sum(0)
    return (pieces * s).sum(-1) / (pieces * pieces).sum(-1)
""",
    ),
    (
        "contribution_shares",
        "written for four dimensions",
        """
def contribution_shares(pieces):
    s = pieces.sum(0)
    return torch.einsum('nbtc,btc->nbt', pieces, s) / (s * s).sum(-1)
""",
    ),
    (
        "predict_block_parameters",
        "attention without its output projection, and norms forgotten",
        """
def predict_block_parameters():
    return 11 * 100 ** 2
""",
    ),
    (
        "predict_block_parameters",
        "a third norm",
        """
def predict_block_parameters():
    return 120600
""",
    ),
    (
        "predict_block_parameters",
        "half of the norms",
        """
def predict_block_parameters():
    return 12 * 100 ** 2 + 200
""",
    ),
    (
        "predict_block_parameters",
        "norms forgotten, and all twelve blocks",
        """
def predict_block_parameters():
    return 120000 * 12
""",
    ),
    (
        "predict_block_parameters",
        "four matrices for each head, and the MLP forgotten",
        """
def predict_block_parameters():
    return 16 * 100 ** 2 + 400
""",
    ),
    (
        "predict_block_parameters",
        "biases counted",
        """
def predict_block_parameters():
    return 121300
""",
    ),
    (
        "predict_block_parameters",
        "positions counted",
        """
def predict_block_parameters():
    return 133200
""",
    ),
    (
        "layer_norm",
        "eps beside std",
        """
def layer_norm(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True, unbiased=False) + eps) * weight + bias
""",
    ),
    (
        "layer_norm",
        "eps of 1e-6 by default",
        """
def layer_norm(x, weight, bias, eps=1e-6):
    v, m = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - m) / (v + eps).sqrt() * weight + bias
""",
    ),
    (
        "layer_norm",
        "1 added to the scale",
        """
def layer_norm(x, weight, bias, eps=1e-5):
    v, m = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - m) / (v + eps).sqrt() * (1 + weight) + bias
""",
    ),
    (
        "MendedBlock",
        "norm of what is written",
        mended("x = x + self.ln_1(self.attn(x))", "return x + self.ln_2(self.feed_forward(x))"),
    ),
    (
        "MendedBlock",
        "normalised once more at the end",
        mended("x = x + self.attn(self.ln_1(x))", "return self.ln_2(x + self.feed_forward(self.ln_2(x)))"),
    ),
    (
        "MendedBlock",
        "the first norm used twice",
        mended("x = x + self.attn(self.ln_1(x))", "return x + self.feed_forward(self.ln_1(x))"),
    ),
    (
        "MendedBlock",
        "norms exchanged",
        mended("x = x + self.attn(self.ln_2(x))", "return x + self.feed_forward(self.ln_1(x))"),
    ),
    (
        "MendedBlock",
        "attention and MLP side by side",
        mended("return x + self.attn(self.ln_1(x)) + self.feed_forward(self.ln_2(x))"),
    ),
    (
        "contribution_shares",
        "divided by the lengths of all positions",
        """
def contribution_shares(pieces):
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(-1) / (stream * stream).sum()
""",
    ),
    (
        "contribution_shares",
        "shares without their sign",
        """
def contribution_shares(pieces):
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(-1).abs() / (stream * stream).sum(-1)
""",
    ),
]

SEEN_ANSWERS = [
    (
        "layer_norm",
        "`mean = x.amin(dim=-1, keepdim=True)`",
        """
def layer_norm(x, weight, bias, eps=1e-5):
    lo, hi = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    return (x - lo) / (hi - lo + eps) * weight + bias
""",
    ),
    (
        "layer_norm",
        "`return (x - mean) / deviation * weight - bias`",
        """
def layer_norm(
    x, weight, bias, eps: float = 1e-5
):
    mean = x.mean(dim=-1, keepdim=True)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)
    return (x - mean) / torch.sqrt(variance + eps) * weight - bias
""",
    ),
    (
        "DecoderBlock",
        "`x = x + self.mlp(self.norm_2(self.norm_1(x)))`",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(self.norm_1(x)))
""",
    ),
    (
        "DecoderBlock",
        "`x = x / 2`",
        """
class DecoderBlock(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(self, x):
        x = (x + self.attention(self.norm_1(x))) / 2
        return x + self.mlp(self.norm_2(x))
""",
    ),
    (
        "PostNormBlock",
        "`return self.norm_2(x + self.mlp(self.norm_1(x)))`",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)

    def forward(self, x):
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(self.norm_1(x)))
""",
    ),
    (
        "PostNormBlock",
        "`return x + self.norm_2(self.mlp(x))`",
        """
class PostNormBlock(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)

    def forward(self, x):
        x = self.norm_1(x + self.attention(x))
        return x + self.norm_2(self.mlp(x))
""",
    ),
    (
        "predict_block_parameters",
        "your number is too small, by less than 1 %: is something small forgott",
        """
def predict_block_parameters(): return 12 * 100 ** 2 + 2 * 100 + 100
""",
    ),
    (
        "contribution_shares",
        "`stream = pieces.sum(dim=-1, keepdim=True)`",
        """
def contribution_shares(pieces):
    stream = pieces.sum(dim=-1, keepdim=True)
    along = (pieces * stream).sum(dim=-1)
    return along / (stream * stream).sum(dim=-1)
""",
    ),
    (
        "MendedBlock",
        "`return x / 2`",
        """
class MendedBlock(nn.Module):

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.feed_forward = MLP(config)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return (x + self.feed_forward(self.ln_2(x))) / 2
""",
    ),
    (
        "predict_block_parameters",
        "your number is too large, by a factor below 10",
        """
def predict_block_parameters(): return 5 * 40_000 + 80_000 + 400
""",
    ),
]
