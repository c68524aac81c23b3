"""Text from a model, one token at a time: greedy, drawn, searched for; cached, in batches, as it comes."""

from course_lib.generation.beam import Beam, beam_search
from course_lib.generation.filters import apply_temperature, min_p, repetition_penalty, top_k, top_p
from course_lib.generation.loop import generate, generate_batch, stream
from course_lib.generation.quality import Judgement, distinct_n, judge, possible_share
from course_lib.generation.sampling import Sampling
from course_lib.generation.text import decode_stream, encode_prompt, end_of_text, stream_text

__all__ = [
    "Beam",
    "Judgement",
    "Sampling",
    "apply_temperature",
    "beam_search",
    "decode_stream",
    "distinct_n",
    "encode_prompt",
    "end_of_text",
    "generate",
    "generate_batch",
    "judge",
    "min_p",
    "possible_share",
    "repetition_penalty",
    "stream",
    "stream_text",
    "top_k",
    "top_p",
]
