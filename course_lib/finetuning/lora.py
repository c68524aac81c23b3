"""LoRA: weights that stay as they are, and beside each a product of two narrow matrices that learns.

y = W x + (α/r)·B A x,   A: (r, in),  B: (out, r),  B = 0 at the start          (Hu et al. 2021, arXiv:2106.09685)
"""

import math
from collections.abc import Collection, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

HEAD = "head"  # often one with the embedding table, and never given LoRA unless asked for


class LoRALinear(nn.Module):
    """A linear layer that is frozen, with a low-rank change that is not.

    alpha: how strong the change is; it is divided by the rank, so that the rank can be changed alone.
    Raises ValueError if the rank is less than 1 or more than the layer's narrower side.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator | None = None) -> None:
        super().__init__()
        out, into = base.weight.shape
        if not 1 <= rank <= min(out, into):
            raise ValueError(f"the rank must be between 1 and {min(out, into)}, got {rank}")
        self.base = base
        self.base.requires_grad_(False)
        self.scale = alpha / rank
        bound = 1 / math.sqrt(into)  # as nn.Linear draws its weights, and peft its A
        drawn = torch.empty(rank, into, dtype=base.weight.dtype).uniform_(-bound, bound, generator=generator)
        self.a = nn.Parameter(drawn.to(base.weight.device))  # (r, in)
        self.b = nn.Parameter(torch.zeros(out, rank, dtype=base.weight.dtype, device=base.weight.device))  # (out, r)

    @property
    def weight(self) -> Float[Tensor, "out into"]:
        """W + (α/r)·B A: what one layer without LoRA would need to have."""
        return self.base.weight + self.scale * self.b @ self.a

    def forward(self, x: Float[Tensor, "*batch into"]) -> Float[Tensor, "*batch out"]:
        """Two narrow products beside the wide one; B A itself is never made."""
        return self.base(x) + self.scale * (x @ self.a.T) @ self.b.T


def add_lora(
    model: nn.Module,
    rank: int,
    alpha: float,
    names: Collection[str] | None = None,
    generator: torch.Generator | None = None,
) -> list[str]:
    """Freeze a model, in place, and give each linear layer whose last name is one of `names` a LoRA.

    names: None takes all linear layers but the head.
    Returns the full names of the layers. Raises ValueError if there is none, or the model has LoRA already.
    """
    if any(isinstance(module, LoRALinear) for module in model.modules()):
        raise ValueError("the model has LoRA already: merge it first, or begin with the base model")
    found = [
        (parent, child, f"{path}.{child}" if path else child)
        for path, parent in model.named_modules()
        for child, module in parent.named_children()
        if isinstance(module, nn.Linear) and (child != HEAD if names is None else child in names)
    ]
    if not found:
        raise ValueError(
            f"no linear layer of {type(model).__name__} is called {' or '.join(sorted(names or ['anything but head']))}"
        )
    model.requires_grad_(False)
    for parent, child, _ in found:
        setattr(parent, child, LoRALinear(getattr(parent, child), rank, alpha, generator))
    return [name for _, _, name in found]


@torch.no_grad()
def merge_lora(model: nn.Module) -> None:
    """Put each change into its weight, in place: the model is again of its plain layers, as fast as before.

    Raises ValueError if there is nothing to merge, so that nothing is merged twice.
    """
    found = [
        (parent, child, module)
        for parent in model.modules()
        for child, module in parent.named_children()
        if isinstance(module, LoRALinear)
    ]
    if not found:
        raise ValueError("there is no LoRA to merge; was it merged before?")
    for parent, child, module in found:
        module.base.weight.copy_(module.weight)
        setattr(parent, child, module.base)
    model.requires_grad_(True)


def lora_parameters(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """What LoRA has to learn, by name: all that has to be kept of a fine-tuned model beside its base."""
    return ((name, p) for name, p in model.named_parameters() if p.requires_grad)


class Memory(NamedTuple):
    """Bytes that training holds besides activations: the weights, a gradient of each that learns, AdamW's two means."""

    weights: int
    gradients: int
    optimizer: int

    @property
    def total(self) -> int:
        """All three."""
        return self.weights + self.gradients + self.optimizer


def training_memory(model: nn.Module) -> Memory:
    """Counted from the parameters, each once where two layers share it."""
    parameters = list(model.parameters())
    learn = sum(p.numel() * p.element_size() for p in parameters if p.requires_grad)
    return Memory(sum(p.numel() * p.element_size() for p in parameters), learn, 2 * learn)
