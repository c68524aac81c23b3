"""Tensors as bytes: the numbers of one after those of another, each from a place that 8 divides.

The grader and its workers exchange thousands of small ones. To write and to read a file format for each takes longer
than most answers need to be called.
"""

import math
from typing import Any

import torch

KINDS = {  # of numbers, by the name that frames give them
    "bool": torch.bool, "u8": torch.uint8, "i8": torch.int8, "i16": torch.int16, "i32": torch.int32,
    "i64": torch.int64, "f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in KINDS.items()}
ALIGNED = 8  # bytes
FEWEST = 16  # numbers that each tensor counts as: so there are not very many of them either
MOST_SIDES = 64  # that torch gives a tensor


def numbers_of(tensor: torch.Tensor) -> bytes:
    """The numbers of a tensor on the CPU, of one of the KINDS, and zeros up to where the next may begin."""
    # numpy knows no bfloat16; its bits are what counts
    plain = tensor.contiguous().view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
    piece = plain.numpy().tobytes()
    return piece + bytes(-len(piece) % ALIGNED)


class Numbers:
    """Reads tensors off bytes, one after another. What says their kinds and shapes may lie."""

    def __init__(self, blob: bytearray, most: int) -> None:
        """most: numbers in all tensors together, of which one without numbers has as many as its other sides make, and
        a small one FEWEST.
        """
        self._blob = blob
        self._left = most
        self._place = 0

    def next(self, kind: Any, shape: Any) -> torch.Tensor:
        """The next tensor. Raises ValueError or KeyError if there are no numbers for it, or too many."""
        dtype = KINDS[kind]
        if type(shape) is not list or len(shape) > MOST_SIDES or any(type(s) is not int or s < 0 for s in shape):
            raise ValueError("a shape is a list of whole numbers from 0")
        self._left -= max(math.prod([side or 1 for side in shape]), FEWEST)
        if self._left < 0:
            raise TooLarge
        count = math.prod(shape)
        if count == 0:
            return torch.empty(shape, dtype=dtype)
        size = count * dtype.itemsize
        if size > len(self._blob) - self._place:
            raise ValueError("there are fewer numbers than were told")
        tensor = torch.frombuffer(self._blob, dtype=dtype, count=count, offset=self._place)
        self._place += size + -size % ALIGNED
        return tensor if len(shape) == 1 else tensor.view(shape)

    @property
    def done(self) -> bool:
        """Whether all numbers were read."""
        return self._place == len(self._blob)


class TooLarge(ValueError):
    """Tensors with more numbers than may be read."""
