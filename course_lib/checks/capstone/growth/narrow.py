"""LoRA of the learner's `lora_output` beside the linear layers of any model, and the model as a task asks it."""

import math

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.parts import Parts


class Narrow(nn.Module):
    """A linear layer that is frozen, and two narrow matrices that learn; `lora_output` computes with all three."""

    def __init__(self, parts: Parts, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator) -> None:
        super().__init__()
        out, into = base.weight.shape
        self.base, self.alpha = base, alpha
        self.compute = parts["lora_output"]
        bound = 1 / math.sqrt(into)
        self.a = nn.Parameter(torch.empty(rank, into).uniform_(-bound, bound, generator=generator))
        self.b = nn.Parameter(torch.zeros(out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) to (…, out)."""
        y = self.compute(x.flatten(0, -2), self.base.weight, self.a, self.b, self.alpha)  # (N, out)
        y = y.view(*x.shape[:-1], -1)
        return y if self.base.bias is None else y + self.base.bias


def add_narrow(parts: Parts, model: nn.Module, rank: int, alpha: float, generator: torch.Generator) -> int:
    """Freeze the model, in place, and give LoRA to each linear layer but a head that shares the table of tokens.

    Returns how many. A model without such a layer, one of plain parameters, learns with all it has: the answer is 0.
    """
    tables = {module.weight.data_ptr() for module in model.modules() if isinstance(module, nn.Embedding)}
    found = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and child.weight.data_ptr() not in tables
    ]
    if found:
        model.requires_grad_(False)
    for parent, name, child in found:
        setattr(parent, name, Narrow(parts, child, rank, alpha, generator))
    return len(found)


@torch.no_grad()
def merge_narrow(parts: Parts, model: nn.Module) -> float:
    """Put each change into its weight by `merged_weight`, in place; the largest difference that it makes to a logit."""
    idx = torch.arange(8)[None] % model.config.vocab_size  # type: ignore[union-attr,operator]
    before = model(idx)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Narrow):
                child.base.weight.copy_(parts["merged_weight"](child.base.weight, child.a, child.b, child.alpha))
                setattr(parent, name, child.base)
    model.requires_grad_(True)
    return (model(idx) - before).abs().max().item()


class Asker(nn.Module):
    """A model that gives logits, in the form in which `alignment.Task` asks a model. It has no cache."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model, self.config, self.head = model.eval(), model.config, nn.Identity()

    def forward(self, idx: Tensor) -> Tensor:
        """Logits."""
        return self.model(idx)

    def hidden(self, idx: Tensor) -> Tensor:
        """What `head` makes logits of: they are there already."""
        return self.model(idx)
