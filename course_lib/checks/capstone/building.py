"""The model of some parts, with the weights of the library's GPT, and back."""

import torch
from torch import nn

from course_lib.checks.capstone.parts import Parts
from course_lib.checks.engine.drive import load_weights
from course_lib.gpt import GPT


def build(parts: Parts, pattern: GPT) -> nn.Module:
    """The GPT of the parts, with the weights and the configuration of the library's.

    own_names: what it calls each of the library's parameters.
    """
    model = parts["TinyGPT"](pattern.config)
    model.own_names = load_weights(model, {name: value.detach() for name, value in pattern.named_parameters()})
    model.config = pattern.config
    return model


@torch.no_grad()
def twin_of(model: nn.Module) -> GPT:
    """The library's GPT with a copy of the weights that a model of `build` has now, in eval mode."""
    twin = GPT(model.config)  # type: ignore[arg-type]
    twin.own_names = {name: name for name, _ in twin.named_parameters()}  # type: ignore[assignment]
    own = dict(model.named_parameters())
    for name, parameter in twin.named_parameters():
        parameter.copy_(own[model.own_names[name]])  # type: ignore[index]
    return twin.eval()
