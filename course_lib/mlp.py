"""The MLP of a decoder block: every position on its own, through a wider layer and back."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import GPTConfig

GELU_TANH_CUBIC = 0.044715  # coefficient of x³ in the tanh form (Hendrycks and Gimpel 2016, section 2)
HIDDEN_RATIO = 4  # the hidden layer's width over C  (Vaswani et al. 2017, section 3.3)


def gelu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """x·Φ(x), where Φ is the normal distribution's cumulative function  (Hendrycks and Gimpel 2016)."""
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def gelu_tanh(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """GELU's approximation that GPT-2 uses: x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2."""
    return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + GELU_TANH_CUBIC * x**3))) / 2


class MLP(nn.Module):
    """Two linear layers with a GELU between:  down(gelu(up(x)))  (Vaswani et al. 2017, section 3.3).

    Without biases, and with the hidden layer four times as wide as C, it has 8·C² parameters.

    n_embd: C; or a GPT's configuration, which says all the rest as well.   hidden_dim: 4·C unless given.
    """

    def __init__(
        self, n_embd: int | GPTConfig, hidden_dim: int | None = None, *, bias: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if not isinstance(n_embd, int):
            config = n_embd
            n_embd, hidden_dim, bias, dropout = config.n_embd, config.hidden_dim, config.bias, config.dropout
        hidden_dim = HIDDEN_RATIO * n_embd if hidden_dim is None else hidden_dim
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=bias)
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Transform each position by itself."""
        hidden = self.up_proj(x)  # (..., hidden)
        # The fused kernel of gelu_tanh above; a test holds them equal.
        return self.dropout(self.down_proj(F.gelu(hidden, approximate="tanh")))
