"""Gemma's RMSNorm: the weight is stored as its distance from 1."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.config import ModernConfig
from course_lib.llama import RMSNorm


class OffsetRMSNorm(RMSNorm):
    """x / √(mean(x²) + eps) · (1 + weight): decay then pulls the factor towards 1 instead of 0  (Gemma 3, 2025).

    Unlike Llama's it multiplies before it rounds to half precision.
    """

    def __init__(self, n_embd: int, eps: float = 1e-6) -> None:
        super().__init__(n_embd, eps)
        nn.init.zeros_(self.weight)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Normalise each position by itself."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        scale = torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + self.eps)  # (..., 1)
        return (wide * scale * (1 + self.weight.to(wide.dtype))).to(x.dtype)


def make_norm(config: ModernConfig, width: int) -> RMSNorm:
    """The norm of this kind of model."""
    return OffsetRMSNorm(width, config.norm_eps) if config.gemma else RMSNorm(width, config.norm_eps)
