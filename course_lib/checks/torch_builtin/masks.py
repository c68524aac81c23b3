"""The causal mask as torch's layers want it, which two exercises of lesson 09 need."""

import torch
from torch import Tensor


def blocked_mask(T: int) -> Tensor:
    """(T, T): True where a query may NOT attend to a key, as torch's layers read it."""
    return torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
