"""The model of some parts, with the weights of the library's GPT, and back."""

from typing import Any

import torch
from torch import nn

from course_lib.checks.capstone.parts import Parts
from course_lib.checks.engine.drive import load_weights
from course_lib.config import GPTConfig
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
    """The library's GPT with a copy of the weights that a model of `build`, or a GPT, has now; in eval mode."""
    twin = GPT(model.config)  # type: ignore[arg-type]
    twin.own_names = {name: name for name, _ in twin.named_parameters()}  # type: ignore[assignment]
    own = dict(model.named_parameters())
    names: dict[str, str] = getattr(model, "own_names", {})
    for name, parameter in twin.named_parameters():
        parameter.copy_(own[names.get(name, name)])
    return twin.eval()


def pack_model(model: nn.Module) -> dict[str, Any]:
    """A model of `build`, or the library's GPT, as plain data: its weights by the library's names."""
    return {"weights": twin_of(model).state_dict(), "librarys": isinstance(model, GPT)}


def unpack_model(packed: dict[str, Any], parts: Parts, config: GPTConfig) -> nn.Module:
    """The model again, made of these parts if it was made of parts."""
    pattern = GPT(config)
    pattern.load_state_dict(packed["weights"])
    return twin_of(pattern) if packed["librarys"] else build(parts, pattern)
