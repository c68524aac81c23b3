"""One loss in several units, and which of them compare models with different tokenizers.

A text has a number of bytes and of words whoever reads it, but as many tokens as a tokenizer makes of it. So nats per
token say nothing without the tokenizer; bits per byte and bits per word do.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Units(NamedTuple):
    """What a text cost a model, in each unit."""

    nats_per_token: float
    perplexity: float
    bits_per_byte: float
    bits_per_word: float


def units_of(nats: float, *, tokens: int, size: int, words: int) -> Units:
    """A text's −ln p in each unit.

    nats: of the whole text, a sum.   tokens: that were predicted.   size: bytes of the text in UTF-8.   words: its
    words.   Raises ValueError if one of the counts is not positive.
    """
    for name, value in (("tokens", tokens), ("size", size), ("words", words)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1 to divide by it, got {value}")
    bits = nats / math.log(2)
    return Units(nats / tokens, math.exp(nats / tokens), bits / size, bits / words)


def total_nats(losses: Sequence[float], tokens: Sequence[int]) -> float:
    """Nats of a whole text from the mean loss of each batch: each mean counts by its batch's tokens.

    The plain mean of the means is another number wherever the last batch is smaller.
    Raises ValueError unless there is one loss for each number of tokens.
    """
    if len(losses) != len(tokens):
        raise ValueError(f"each batch has a loss and a number of tokens, got {len(losses)} and {len(tokens)}")
    return math.fsum(loss * count for loss, count in zip(losses, tokens, strict=True))
