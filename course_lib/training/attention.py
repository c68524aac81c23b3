"""Attention in float32, while the linear layers around it compute in something quicker.

Torch's fused attention multiplies many small matrices. On a CPU without matrix units (AMX) these take several times as
long in bfloat16, or as 'medium' products, as in plain float32, where the large products of linear layers gain.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class OwnAttention(TorchFunctionMode):
    """Within it, `F.scaled_dot_product_attention` computes in float32, forward and backward, whatever is set around it.

    Its result has the dtype that autocast would give it. Compiled code is left as it is.
    """

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of each of its functions."""
        kwargs = kwargs or {}
        if func is not F.scaled_dot_product_attention or torch.compiler.is_compiling():
            return func(*args, **kwargs)
        q, k, v, *others = args
        return _Float32Attention.apply(q, k, v, tuple(others), kwargs)


class _Float32Attention(torch.autograd.Function):
    """Torch's attention as one step, so that what holds in its forward pass holds in its backward pass too."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, others: tuple, options: Mapping[str, Any]) -> Tensor:
        dtype = torch.promote_types(q.dtype, torch.float32)
        with _plain(q.device), torch.enable_grad():
            ctx.inputs = [part.detach().to(dtype).requires_grad_(part.requires_grad) for part in (q, k, v)]
            ctx.result = F.scaled_dot_product_attention(*ctx.inputs, *others, **options)
        return ctx.result.detach().to(q.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        with _plain(upstream.device):
            gradients = torch.autograd.grad(ctx.result, ctx.inputs, upstream.to(ctx.result.dtype))
        return *gradients, None, None


@contextmanager
def _plain(device: torch.device) -> Iterator[None]:
    with float32_products("highest"), torch.autocast(device.type, enabled=False):
        yield


@contextmanager
def float32_products(kernels: str) -> Iterator[None]:
    """Within it, float32 products are computed by these kernels; see `torch.set_float32_matmul_precision`."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(kernels)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
