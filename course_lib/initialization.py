"""How a model's weights start: rules as data, which parameter each applies to, and the deviation it predicts."""

import math
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any, NamedTuple

import torch
from torch import nn

STD = 0.02  # GPT-2's standard deviation (Radford et al. 2019; the released code)
GPT2_WIDTH = 768  # C of the model that it was chosen for


@dataclass(frozen=True)
class Rule:
    """Parameters whose name matches `pattern` start normal around `mean` with standard deviation `std`.

    A deviation of 0 makes them constant: zeros for biases, ones for the scale of a norm.
    """

    pattern: str
    std: float
    mean: float = 0.0


class Assignment(NamedTuple):
    """A parameter's name, and the rule that it starts by."""

    parameter: str
    rule: Rule


def residual_std(n_layer: int) -> float:
    """0.02 / √(2·n_layer): what the layers that write into the residual stream start with.

    There are two such layers a block. The variances of what they add sum up, so this keeps the variance of
    the stream at the depth of the model what one layer with 0.02 would add  (Radford et al. 2019, section 2.3).
    Raises ValueError if n_layer is less than 1.
    """
    if n_layer < 1:
        raise ValueError(f"n_layer must be at least 1, got {n_layer}")
    return STD / math.sqrt(2 * n_layer)


def gpt2_rules(n_layer: int) -> tuple[Rule, ...]:
    """GPT-2's rules; the first whose pattern matches a parameter's name applies to it."""
    return (
        Rule("*norm*.weight", std=0.0, mean=1.0),
        Rule("*.bias", std=0.0),
        Rule("*.out_proj.weight", std=residual_std(n_layer)),
        Rule("*.down_proj.weight", std=residual_std(n_layer)),
        Rule("*.weight", std=STD),
    )


def rules_for_width(n_layer: int, n_embd: int) -> tuple[Rule, ...]:
    """GPT-2's rules for a model of another width C: every deviation times √(768 / C).

    0.02 suits GPT-2's own 768 numbers. A sum over fewer of them is smaller, by √(C / 768): a narrow model then starts
    nearly deaf, and spends its first hundreds of steps on growing its weights.
    """
    factor = math.sqrt(GPT2_WIDTH / n_embd)
    return tuple(replace(rule, std=rule.std * factor) for rule in gpt2_rules(n_layer))


def assign_rules(model: nn.Module, rules: tuple[Rule, ...]) -> list[Assignment]:
    """Which rule each parameter starts by. A parameter that is shared, such as a tied head, is listed once.

    Raises ValueError, naming the parameter, if no rule's pattern matches its name.
    """
    assignments = []
    for name, _ in model.named_parameters():
        rule = next((rule for rule in rules if fnmatch(name, rule.pattern)), None)
        if rule is None:
            raise ValueError(f"no rule for the parameter {name!r}; the patterns are {[r.pattern for r in rules]}")
        assignments.append(Assignment(name, rule))
    return assignments


@torch.no_grad()
def initialize(model: nn.Module, rules: tuple[Rule, ...], generator: torch.Generator | None = None) -> None:
    """Draw every parameter of `model` anew by its rule, in the order of `named_parameters`.

    generator: for a draw that can be repeated; without it torch's global one is used.
    """
    parameters = dict(model.named_parameters())
    for name, rule in assign_rules(model, rules):
        if rule.std == 0.0:
            parameters[name].fill_(rule.mean)
        else:
            parameters[name].normal_(rule.mean, rule.std, generator=generator)


@torch.no_grad()
def start_by_copying(model: nn.Module, generator: torch.Generator | None = None) -> None:
    """Let every attention of `model` begin by adding to the stream what its heads look at, unchanged.

    A head moves the token it attends to through W_O W_V; it copies that token, a name for example, as far as this
    product is like the identity (Elhage et al. 2021, "output-value circuit"). From independent draws the product starts
    as noise, and a small model takes thousands of steps to find out that copying pays. Here W_V gets orthonormal rows,
    and W_O their transpose: the heads' products add up to the projection onto those rows, the identity if they are C.
    Query heads that share a value head get equal parts of it. Biases stay.

    generator: for rows that can be drawn again.   Raises ValueError if the model has no attention layers.
    """
    layers: list[Any] = [layer for layer in model.modules() if hasattr(layer, "out_proj")]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no layer with an out_proj, and so no attention that could copy")
    for layer in layers:
        values = layer.v_proj.weight if hasattr(layer, "v_proj") else layer.qkv_proj.weight.chunk(3)[2]  # (H_kv · D, C)
        rows, C = values.shape
        width = layer.out_proj.weight.shape[1]  # H · D
        groups = width // rows  # query heads a value head
        square = torch.empty(C, C, device=values.device).normal_(generator=generator)
        values.copy_(torch.linalg.qr(square).Q[:rows])
        heads = values.view(-1, width // layer.n_head, C)  # (H_kv, D, C)
        layer.out_proj.weight.copy_(heads.repeat_interleave(groups, dim=0).flatten(0, 1).T / groups)
