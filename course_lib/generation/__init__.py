"""Text from a model, one token at a time: greedy, drawn, searched for; cached, in batches, as it comes."""

from course_lib.generation.filters import apply_temperature, min_p, repetition_penalty, top_k, top_p
from course_lib.generation.loop import generate, generate_batch, stream
from course_lib.generation.sampling import Sampling

__all__ = [
    "Sampling",
    "apply_temperature",
    "generate",
    "generate_batch",
    "min_p",
    "repetition_penalty",
    "stream",
    "top_k",
    "top_p",
]
