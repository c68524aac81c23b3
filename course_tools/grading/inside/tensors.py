"""Tensors as bytes in the format of safetensors, whose own writer takes longer than most answers need to be called."""

import json
import struct
from collections.abc import Mapping

import torch

KINDS = {  # of numbers, as the format names them
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32",
    torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
}  # fmt: skip


def save_tensors(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """The tensors, on the CPU and of the KINDS, by name: the length of a header, the header, and their numbers."""
    header, pieces, end = {}, [], 0
    for name, tensor in tensors.items():
        # numpy knows no bfloat16; its bits are what counts
        plain = tensor.contiguous().view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
        piece = plain.numpy().tobytes()
        start, end = end, end + len(piece)
        header[name] = {"dtype": KINDS[tensor.dtype], "shape": tensor.shape, "data_offsets": (start, end)}
        pieces.append(piece)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the format's own readers want numbers to begin at a multiple of 8
    return struct.pack("<Q", len(text)) + text + b"".join(pieces)
