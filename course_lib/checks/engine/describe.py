"""Values in a few words that a learner can read."""

from typing import Any

import torch
from torch import Tensor

SMALL = 24  # tensors up to this many numbers are shown whole


def describe(value: Any) -> str:
    """A value in a few words: whole if it is small, else its kind and shape."""
    if isinstance(value, Tensor):
        if value.numel() <= SMALL:
            return _rounded(value)
        return f"a tensor of shape {tuple(value.shape)}, {value.dtype}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)) and any(isinstance(item, (Tensor, list, tuple, dict)) for item in value):
        inside = ", ".join(describe(item) for item in value)
        text = f"[{inside}]" if isinstance(value, list) else f"({inside})"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key!r}: {describe(item)}" for key, item in value.items()) + "}"
    else:
        text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]} …"


def _rounded(value: Tensor) -> str:
    def numbers(item: Any) -> Any:
        if isinstance(item, list):
            return "[" + ", ".join(numbers(inner) for inner in item) + "]"
        return f"{item:.4g}" if isinstance(item, float) else str(item)

    return f"tensor({numbers(value.detach().cpu().tolist())})"


def a_kind(value: Any) -> str:
    """What kind of value it is, as a learner would call it."""
    names = {Tensor: "a tensor", bool: "True or False", list: "a list", tuple: "a tuple", dict: "a dict", str: "text"}
    if value is None:
        return "None (is there a `return`?)"
    return names.get(type(value), f"a {type(value).__name__}")


def kind_of_numbers(dtype: torch.dtype) -> str:
    """What kind of numbers a tensor of this dtype holds."""
    if dtype == torch.bool:
        return "True and False"
    return "floating point numbers" if dtype.is_floating_point else "whole numbers"
