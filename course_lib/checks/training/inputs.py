"""Models and batches to draw, for the exercises of lesson 11."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Batch = tuple[Tensor, Tensor]  # inputs and targets, both (B, T)


def token_losses(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each token: (B·T,)."""
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="none")


def draw_batches(sizes: Sequence[int], T: int, vocab_size: int, generator: torch.Generator) -> list[Batch]:
    """Batches of random tokens, one of each size."""
    texts = [torch.randint(vocab_size, (size, T + 1), generator=generator) for size in sizes]
    return [(text[:, :-1], text[:, 1:]) for text in texts]


def draw_weights(vocab_size: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Weights of `drive.BigramModel`, in float64, so that rounding decides nothing."""
    table = torch.randn(vocab_size, 3, dtype=torch.float64, generator=generator)
    head = torch.randn(vocab_size, 3, dtype=torch.float64, generator=generator)
    return {"embedding.weight": table, "head.weight": head}
