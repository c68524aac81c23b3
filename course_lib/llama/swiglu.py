"""SwiGLU: an MLP whose hidden layer is opened and shut by a gate."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class SwiGLU(nn.Module):
    """down(silu(gate(x)) · up(x))  (Shazeer 2020, eq. 6): one half of the hidden layer opens or shuts the other."""

    def __init__(self, n_embd: int, hidden_dim: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=False)  # w1
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=False)  # w3
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=False)  # w2

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Transform each position by itself."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
