"""A token's products on all cores: the same numbers as `nn.Linear` gives, read from memory by several at once.

Writing one text, each layer multiplies a single row, and the time is that of reading the weights. Torch's CPU product
of a single row runs on one core, which cannot read as fast as memory can deliver. A batch of products runs on all, so
the rows of each weight are dealt to as many products as there are threads.

The model itself is left as it is. What reads a text is a twin of it: other modules around the same parameters.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

SMALLEST = 2**16  # numbers in a weight: a smaller one is read sooner than the other cores are woken
KNOWN = ("course_lib", "torch")  # packages whose modules note nothing about themselves in a forward pass


class SharedRowLinear(nn.Linear):
    """A linear layer with the parameters of `layer`, in which the product of a single row is shared among `threads`."""

    def __init__(self, layer: nn.Linear, threads: int) -> None:
        self.__dict__.update(vars(layer))  # instead of nn.Linear's own __init__, which would draw new weights
        weight = layer.weight.detach()  # (out, in)
        each = layer.out_features // threads  # rows a thread
        shared = weight[: each * threads].view(threads, each, layer.in_features)
        self.parts = shared.transpose(1, 2)  # (threads, in, each)
        self.rest = weight[each * threads :]  # fewer rows than threads

    def forward(self, x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        """As `nn.Linear`."""
        if x.numel() != self.in_features:
            return super().forward(x)
        row = x.reshape(1, self.in_features)
        y = torch.bmm(row.expand(len(self.parts), 1, self.in_features), self.parts).view(1, -1)
        if len(self.rest) > 0:
            y = torch.cat([y, row @ self.rest.T], dim=1)
        if self.bias is not None:
            y = y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


def sharing_twin(model: nn.Module, threads: int | None = None) -> nn.Module:
    """`model` in eval mode for reading, with a `SharedRowLinear` for each layer that gains by it; itself if none does.

    The twin has the model's parameters, buffers and whatever else it has; modules without such a layer are the model's
    own. A module that neither the course nor torch wrote may note something about itself in a forward pass, and whoever
    wrote it will look for that in the model: it stays itself, with all that is in it.
    threads: among how many to share; those that torch uses, unless given. Only float32 on a CPU with Intel's MKL: other
    libraries share the product of a single row themselves, or not even a batch.
    """
    threads = torch.get_num_threads() if threads is None else threads
    if threads == 1 or not torch.backends.mkl.is_available():
        return model
    return _twin(model, threads)


def _twin(module: nn.Module, threads: int) -> nn.Module:
    if type(module) is nn.Linear and _gains(module, threads):
        return SharedRowLinear(module, threads)
    if type(module).__module__.partition(".")[0] not in KNOWN:
        return module
    children = {name: child and _twin(child, threads) for name, child in module._modules.items()}
    if all(children[name] is child for name, child in module._modules.items()):
        return module
    twin: nn.Module = object.__new__(type(module))
    twin.__dict__.update(vars(module), _modules=children, training=False)
    return twin


def _gains(layer: nn.Linear, threads: int) -> bool:
    return (
        "forward" not in vars(layer)  # somebody else's way, which is left alone
        and type(layer.weight) is nn.Parameter
        and (layer.weight.device.type, layer.weight.dtype) == ("cpu", torch.float32)
        and layer.weight.is_contiguous()
        and layer.weight.numel() >= SMALLEST
        and layer.out_features >= threads
    )
