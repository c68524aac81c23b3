"""A model's weights as the page holds them: a list of tensors, and their bytes one after the other."""

from typing import Any, NamedTuple

from torch import Tensor

from course_lib.block import EPS
from course_lib.gpt import GPT
from course_lib.inference.quantized_model import QuantizedWeight, quantize_model
from course_lib.llama import Llama, rope_frequencies, scale_frequencies

DTYPES = ("int8", "float16")
LONGEST_WINDOW = 1024  # tokens that the page shows the model: more would make a phone wait


class Packed(NamedTuple):
    """What JavaScript makes a model from.

    config: its shape.   tensors: name, shape and type of each, in the order of their bytes.   data: the bytes.
    """

    config: dict[str, Any]
    tensors: list[dict[str, Any]]
    data: bytes


def pack(model: GPT | Llama, dtype: str = "int8") -> Packed:
    """The model for the page.

    dtype: "int8" has the numbers and scales of `course generate --quantize int8`, and what that leaves in float32;
    "float16" has every weight rounded to it.
    Raises ValueError, naming the tensor, if a weight is not a number or too large for float16.
    """
    if dtype not in DTYPES:
        raise ValueError(f"weights can be {' or '.join(DTYPES)}, got {dtype!r}")
    model = model.float()
    for name, parameter in model.named_parameters():
        if not bool(parameter.isfinite().all()):
            raise ValueError(f"the model is damaged: {name} holds numbers that are not finite; take another checkpoint")
    named = _quantized(model) if dtype == "int8" else _halved(model)
    if isinstance(model, Llama):
        named["rope_frequencies"] = (_frequencies(model),)
    tensors, parts = [], []
    for name, (first, *scales) in named.items():
        tensors.append({"name": name, "shape": list(first.shape), "type": str(first.dtype).removeprefix("torch.")})
        parts += [part.detach().cpu().contiguous().numpy().tobytes() for part in (first, *scales)]
    return Packed(_shape(model), tensors, b"".join(parts))


def _quantized(model: GPT | Llama) -> dict[str, tuple[Tensor, ...]]:
    """Whole numbers with their scales, and in float32 what has none: norms, biases, positions."""
    twin = quantize_model(model)
    named: dict[str, tuple[Tensor, ...]] = {}
    for name, module in twin.named_modules():  # a shared one once, under the name of the table of tokens
        if isinstance(module, QuantizedWeight):
            named[f"{name.removesuffix('.quantized')}.weight"] = (module.numbers, module.scale)
    return named | {name: (parameter,) for name, parameter in twin.named_parameters()}


def _halved(model: GPT | Llama) -> dict[str, tuple[Tensor, ...]]:
    named: dict[str, tuple[Tensor, ...]] = {}
    for name, parameter in model.named_parameters():
        named[name] = (parameter.detach().half(),)
        if not bool(named[name][0].isfinite().all()):
            raise ValueError(
                f"{name} has a weight of {parameter.abs().max():g}, too large for float16: share it as int8"
            )
    return named


def _frequencies(model: Llama) -> Tensor:
    frequencies = rope_frequencies(model.config.head_dim, model.config.rope_theta)
    return (
        frequencies if model.config.rope_scaling is None else scale_frequencies(frequencies, model.config.rope_scaling)
    )


def _shape(model: GPT | Llama) -> dict[str, Any]:
    config = model.config
    return {
        "kind": type(model).__name__,
        "vocab_size": config.vocab_size,
        "window": min(config.seq_len, LONGEST_WINDOW),
        "n_layer": config.n_layer,
        "n_embd": config.n_embd,
        "n_head": config.n_head,
        "n_kv_head": getattr(config, "n_kv_head", config.n_head),
        "norm_eps": getattr(config, "norm_eps", EPS),
    }
