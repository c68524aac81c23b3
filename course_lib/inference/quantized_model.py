"""A model whose matrices are whole numbers: the same modules around them, the same cache, the same `generate`."""

import copy

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.inference.quantization import Quantized, dequantize, pack_nibbles, quantize, unpack_nibbles


class QuantizedWeight(nn.Module):
    """The numbers and scales of one weight; 4-bit numbers lie in pairs in a byte. It cannot be trained."""

    numbers: Tensor  # (out, in) int8, or (out, in / 2) uint8
    scale: Tensor  # (out, groups)

    def __init__(self, weight: Float[Tensor, "out in"], bits: int, group_size: int | None) -> None:
        super().__init__()
        numbers, scale, _ = quantize(weight.detach(), bits, group_size)
        self.bits, self.dtype = bits, weight.dtype
        self.register_buffer("numbers", pack_nibbles(numbers) if bits == 4 else numbers)
        self.register_buffer("scale", scale)

    def forward(self, rows: Int[Tensor, "*batch"] | None = None) -> Shaped[Tensor, "*more in"]:
        """The weight in floating point: all of it, or some rows of it."""
        numbers, scale = self.numbers, self.scale
        if rows is not None:
            numbers, scale = numbers[rows.flatten()], scale[rows.flatten()]
        if self.bits == 4:
            numbers = unpack_nibbles(numbers)
        weight = dequantize(Quantized(numbers, scale, torch.zeros_like(scale))).to(self.dtype)
        return weight if rows is None else weight.view(*rows.shape, -1)


class QuantizedLinear(nn.Module):
    """`nn.Linear` with a quantized weight; products are in floating point (weight-only quantization).

    The plain form makes the whole weight anew for each product. That saves memory, not time: a kernel that does both
    at once reads only the numbers (see `fused_int8_product`).
    """

    def __init__(self, layer: nn.Linear, quantized: QuantizedWeight) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.quantized = quantized
        self.bias = layer.bias

    def forward(self, x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        """x Wᵀ + b."""
        return F.linear(x, self.quantized(), self.bias)


class QuantizedEmbedding(nn.Module):
    """`nn.Embedding` with a quantized table, of which a token's row alone is made anew."""

    def __init__(self, quantized: QuantizedWeight) -> None:
        super().__init__()
        self.quantized = quantized

    @property
    def weight(self) -> Tensor:
        """The whole table in floating point, for whoever asks for its type and device."""
        return self.quantized()

    def forward(self, idx: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch C"]:
        """The rows of these ids."""
        return self.quantized(idx)


def quantize_model(model: nn.Module, bits: int = 8, group_size: int | None = None) -> nn.Module:
    """A copy of the model with all linear layers, and the table of tokens where the head shares it, quantized.

    Norms, biases and learned positions stay as they are: they are few, and each counts for much.
    group_size: None is one scale for each row. Rows that do not split into such groups get the next smaller ones that
    fit, if these are at least half as large: rows of 100 numbers get groups of 25 where 32 were asked for.
    Raises ValueError if bits is neither 4 nor 8, or group_size is below 1.
    """
    if group_size is not None and group_size < 1:
        raise ValueError(f"group_size must be at least 1, got {group_size}")
    twin = copy.deepcopy(model).eval()
    weights: dict[int, QuantizedWeight] = {}  # by address, so that a tied weight is quantized once and stays tied

    def quantized(weight: Tensor) -> QuantizedWeight:
        key = weight.data_ptr()
        if key not in weights:
            weights[key] = QuantizedWeight(weight, bits, _fitting(group_size, weight.shape[1]))
        return weights[key]

    for module in list(twin.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, QuantizedLinear(child, quantized(child.weight)))
    for module in list(twin.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Embedding and child.weight.data_ptr() in weights:  # the head reads this table
                setattr(module, name, QuantizedEmbedding(quantized(child.weight)))
    return twin


def _fitting(group_size: int | None, width: int) -> int | None:
    """The largest size up to `group_size`, and not below its half, that splits a row of `width`; None if none does."""
    if group_size is None:
        return None
    return next((size for size in range(group_size, (group_size - 1) // 2, -1) if width % size == 0), None)


def fused_int8_product(x: Float[Tensor, "B in"], quantized: Quantized) -> Float[Tensor, "B out"]:
    """x Wᵀ by torch's kernel, which reads the int8 numbers themselves: a quarter of the bytes of float32.

    It takes x in bfloat16, with three decimal digits, and one scale for each row.
    Raises ValueError if there are several groups in a row or a zero point.
    """
    if quantized.scale.shape[1] != 1 or bool(quantized.zero.any()):
        raise ValueError("the kernel takes symmetric numbers with one scale for each row: leave group_size out")
    scale = quantized.scale[:, 0].to(torch.bfloat16)
    return torch._weight_int8pack_mm(x.to(torch.bfloat16), quantized.numbers, scale).to(x.dtype)
