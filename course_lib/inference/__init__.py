"""Fast inference: what a token costs, and how to pay less for it without a change of what is written.

Dimensions: B requests at a time, T tokens, V vocabulary, k drafted tokens, D head size, L layers.
"""

from course_lib.inference.cost import Machine, bytes_per_token, flops_per_token, measure_machine, weight_bytes
from course_lib.inference.drafts import CountDraft, Draft, LookupDraft, ModelDraft, look_up
from course_lib.inference.laws import law_of, law_of_text
from course_lib.inference.paged import PagedCache, PagePool
from course_lib.inference.quantization import (
    Quantized,
    dequantize,
    pack_nibbles,
    quantize,
    quantize_affine,
    unpack_nibbles,
)
from course_lib.inference.quantized_model import QuantizedEmbedding, QuantizedLinear, quantize_model
from course_lib.inference.server import Request, Server
from course_lib.inference.speculation import (
    Speculation,
    acceptance_rate,
    expected_tokens,
    residual,
    speculate,
    speedup,
    verify,
)

__all__ = [
    "CountDraft",
    "Draft",
    "LookupDraft",
    "Machine",
    "ModelDraft",
    "PagePool",
    "PagedCache",
    "Quantized",
    "QuantizedEmbedding",
    "QuantizedLinear",
    "Request",
    "Server",
    "Speculation",
    "acceptance_rate",
    "bytes_per_token",
    "dequantize",
    "expected_tokens",
    "flops_per_token",
    "law_of",
    "law_of_text",
    "look_up",
    "measure_machine",
    "pack_nibbles",
    "quantize",
    "quantize_affine",
    "quantize_model",
    "residual",
    "speculate",
    "speedup",
    "unpack_nibbles",
    "verify",
    "weight_bytes",
]
