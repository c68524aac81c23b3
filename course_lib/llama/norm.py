"""RMSNorm: each position divided by the root of its mean square."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """x / √(mean(x²) + eps) · weight, over the last dimension  (Zhang and Sennrich 2019, eq. 4).

    Unlike LayerNorm it neither subtracts the mean nor adds a shift. It computes in float32 whatever the input's dtype:
    in half precision the sum of squares loses too many digits.
    """

    def __init__(self, n_embd: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(n_embd))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Normalise each position by itself."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        scale = torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + self.eps)  # (..., 1)
        return (wide * scale).to(x.dtype) * self.weight
