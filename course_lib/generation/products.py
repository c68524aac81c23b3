"""A token's products on all cores: the same numbers as `nn.Linear` gives, read from memory by several at once.

Writing one text, each layer multiplies a single row, and the time is that of reading the weights. Torch's CPU product
of a single row runs on one core, which cannot read as fast as memory can deliver. A batch of products runs on all, so
the rows of each weight are dealt to as many products as there are threads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

SMALLEST = 2**16  # numbers in a weight: a smaller one is read sooner than the other cores are woken

Product = Callable[[Tensor], Tensor]


def shared_products(model: nn.Module, threads: int | None = None) -> dict[nn.Module, Product]:
    """For each linear layer of `model` that gains by it: what to call in place of it.

    threads: among how many to share; those that torch uses, unless given. Only float32 on a CPU with Intel's MKL: other
    libraries share the product of a single row themselves, or not even a batch.
    """
    threads = torch.get_num_threads() if threads is None else threads
    if threads == 1 or not torch.backends.mkl.is_available():
        return {}
    return {
        layer: shared_product(layer, threads)
        for layer in model.modules()
        if type(layer) is nn.Linear
        and "forward" not in vars(layer)  # somebody else's way, which is left alone
        and type(layer.weight) is nn.Parameter
        and (layer.weight.device.type, layer.weight.dtype) == ("cpu", torch.float32)
        and layer.weight.is_contiguous()
        and layer.weight.numel() >= SMALLEST
        and layer.out_features >= threads
    }


def shared_product(layer: nn.Linear, threads: int) -> Product:
    """`layer.forward`, with the product of a single row shared among `threads`."""
    weight = layer.weight.detach()  # (out, in)
    out, width = weight.shape
    each = out // threads  # rows a thread
    rest = weight[each * threads :]  # fewer rows than threads
    parts = weight[: each * threads].view(threads, each, width).transpose(1, 2)  # (threads, in, each)
    plain = layer.forward

    def product(x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        if x.numel() != width:
            return plain(x)
        row = x.reshape(1, width)
        y = torch.bmm(row.expand(threads, 1, width), parts).view(1, each * threads)
        if len(rest) > 0:
            y = torch.cat([y, row @ rest.T], dim=1)
        if layer.bias is not None:
            y = y + layer.bias
        return y.view(*x.shape[:-1], out)

    return product


@contextmanager
def in_place_of(products: dict[nn.Module, Product]) -> Iterator[None]:
    """Within it, the layers are called through these products; afterwards they are as they were."""
    for layer, product in products.items():
        layer.__dict__["forward"] = product
    try:
        yield
    finally:
        for layer in products:
            layer.__dict__.pop("forward", None)
