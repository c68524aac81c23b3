"""In which format, and by which kernels, products are computed here and now."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def dtype_of_products(x: Tensor) -> torch.dtype:
    """The dtype in which a linear layer would multiply `x` here."""
    kind = x.device.type
    autocast = torch.is_autocast_enabled(kind) and x.dtype != torch.float64  # which autocast leaves alone
    return torch.get_autocast_dtype(kind) if autocast else x.dtype


@contextmanager
def float32_products(kernels: str) -> Iterator[None]:
    """Within it, float32 products are computed by these kernels; see `torch.set_float32_matmul_precision`."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(kernels)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
