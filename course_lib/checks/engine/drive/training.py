"""Exercising the parts of a training loop, on the smallest models there are."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.engine.describe import a_kind
from course_lib.checks.engine.drive.misfit import Misfit


class BigramModel(nn.Module):
    """The smallest model that can be trained: the next token from the current one alone, float64, without biases."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        vocab_size, width = weights["embedding.weight"].shape
        self.embedding = nn.Embedding(vocab_size, width, dtype=torch.float64)
        self.head = nn.Linear(width, vocab_size, bias=False, dtype=torch.float64)
        self.load_state_dict(dict(weights))

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        return self.head(self.embedding(idx))


def noted(weights: Mapping[str, Tensor]) -> tuple[BigramModel, list[dict[str, bool]]]:
    """A model, and what is noted of each forward pass: the mode, whether gradients are recorded, whether there are any.

    The notes do not hang on the model, where an answer could take them away.
    """
    passes: list[dict[str, bool]] = []

    class Noted(BigramModel):
        def forward(self, idx: Tensor) -> Tensor:
            passes.append(
                {
                    "training mode": self.training,
                    "gradients recorded": torch.is_grad_enabled(),
                    "gradients there": self.head.weight.grad is not None,
                }
            )
            return super().forward(idx)

    return Noted(weights), passes


def holds_graph(value: Any) -> bool:
    """Whether it is a tensor, or a list with one, that still holds what it was computed from."""
    if isinstance(value, (list, tuple)):
        return any(holds_graph(item) for item in value)
    return isinstance(value, Tensor) and value.requires_grad


def is_a_number(value: Any) -> bool:
    """Whether it is a number of Python's, or of numpy's, and no tensor that holds one.

    A tensor that still holds its graph is let pass: that is told by itself.
    """
    return holds_graph(value) or (isinstance(value, Real) and not isinstance(value, bool))


def accumulate(
    answer: Callable[..., Any], weights: Mapping[str, Tensor], batches: Sequence[tuple[Tensor, Tensor]]
) -> dict[str, Any]:
    """`{"returned", "gradients", …}` of `answer(model, batches)` on a `BigramModel`.

    And whether each piece is read by itself, and after the first one only once there are gradients of those before.
    """
    model, passes = noted(weights)
    returned = answer(model, batches)
    recorded = [one for one in passes if one["gradients recorded"]]
    return {
        "returned": returned,
        "gradients": {name: p.grad for name, p in model.named_parameters()},
        "each piece by itself": len(recorded) >= len(batches),
        "training mode": all(one["training mode"] for one in recorded),
        "backward before the next piece": all(one["gradients there"] for one in recorded[1:]),
        "returned with its graph": holds_graph(returned),
        "returned as a number": is_a_number(returned),
    }


def train_bigram(
    answer: Callable[..., Any],
    weights: Mapping[str, Tensor],
    batches: Sequence[tuple[Tensor, Tensor]],
    learning_rate: float,
    *,
    training: bool,
) -> dict[str, Any]:
    """`{"losses", "weights", "training mode", …}` of `answer(model, batches, learning_rate)` on a `BigramModel`."""
    model, passes = noted(weights)
    losses = answer(model.train(training), batches, learning_rate)
    recorded = [one for one in passes if one["gradients recorded"]]
    return {
        "losses": losses,
        "weights": {name: p.detach() for name, p in model.named_parameters()},
        "training mode": bool(recorded) and all(one["training mode"] for one in recorded),
        "losses with their graphs": holds_graph(losses),
        "each loss a number": isinstance(losses, (list, tuple)) and all(is_a_number(loss) for loss in losses),
    }


def validate_bigram(
    answer: Callable[..., Any],
    weights: Mapping[str, Tensor],
    batches: Sequence[tuple[Tensor, Tensor]],
    *,
    training: bool,
) -> dict[str, Any]:
    """`{"loss", "training mode …", "gradients recorded …"}` of `answer(model, batches)` on a `BigramModel`."""
    model, passes = noted(weights)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # what an unfinished accumulation has left
    with torch.enable_grad():
        loss = answer(model.train(training), batches)
        recording = torch.is_grad_enabled()
    return {
        "loss": loss,
        "loss as a number": is_a_number(loss),
        "training mode while measuring": not passes or any(one["training mode"] for one in passes),
        "training mode afterwards": model.training,
        "gradients recorded": not passes or any(one["gradients recorded"] for one in passes),
        "gradients as they were": all(p.grad is not None and bool((p.grad == 1).all()) for p in model.parameters()),
        "gradients recorded afterwards": recording and all(p.requires_grad for p in model.parameters()),
    }


def clip(answer: Callable[..., Any], gradients: Sequence[Tensor | None], max_norm: float) -> dict[str, Any]:
    """`{"returned", "gradients"}` of `answer(parameters, max_norm)`, where parameters is what `.parameters()` gives."""
    parameters = [
        nn.Parameter(torch.zeros(1) if gradient is None else torch.zeros_like(gradient)) for gradient in gradients
    ]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    returned = answer(iter(parameters), max_norm)
    return {"returned": returned, "gradients": [parameter.grad for parameter in parameters]}


class TiedExample(nn.Module):
    """One of each kind of parameter, and a head that is the embedding. Its forward pass is of no interest."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        super().__init__()
        embedding, head = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        head.weight = embedding.weight
        layers = {
            "embedding": embedding,
            "position_embedding": nn.Embedding(6, 4),
            "norm": nn.LayerNorm(4),
            "up_proj": nn.Linear(4, 24),  # its bias has more numbers than the embedding
            "down_proj": nn.Linear(24, 4),
            "head": head,
        }
        for name, layer in layers.items():
            self.add_module(renamed.get(name, name), layer)


def group_parameters(
    answer: Callable[..., Any],
    weight_decay: float,
    *,
    frozen: Sequence[str],
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """`{"weight decay", "parameters listed", …}` of the groups `answer(model, weight_decay)` of a `TiedExample`.

    And whether they are a list of two, each with a list of parameters.
    """
    model = TiedExample(renamed)
    parameters = dict(model.named_parameters())
    for name in frozen:
        parameters[name].requires_grad_(False)
    names = {id(parameter): name for name, parameter in parameters.items()}
    returned = answer(model, weight_decay)
    if not isinstance(returned, (list, tuple)) or not all(isinstance(group, Mapping) for group in returned):
        said = f'expected a list of two dicts, each with "params" and "weight_decay", got {_kinds(returned)}'
        raise Misfit(said, "no groups")
    listed = isinstance(returned, list) and len(returned) == 2
    params_listed = all(isinstance(group.get("params", []), list) for group in returned)
    groups = [(group.get("weight_decay"), list(group.get("params", ()))) for group in returned]
    return {
        "a list of two groups": listed,
        "parameters in a list": params_listed,
        "weight decay": {names.get(id(p), "no parameter"): decay for decay, members in groups for p in members},
        "parameters listed": sum(len(members) for _, members in groups),
    }


def _kinds(returned: Any) -> str:
    """What it is, and of a list what is in it: "a list with text in it"."""
    if isinstance(returned, (list, tuple)) and returned:
        other = next(item for item in returned if not isinstance(item, Mapping))
        return f"{a_kind(returned)} with {a_kind(other)} in it"
    return a_kind(returned)
