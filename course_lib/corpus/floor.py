"""How much chance there is in the stories: the loss that no model can go below."""

import math
import statistics
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple

from course_lib.corpus.generator import Story, generate

STORIES = 2_000  # enough for a standard error of about 0.1 nats per story


class Estimate(NamedTuple):
    """A mean and its standard error, in nats."""

    mean: float
    standard_error: float


def story_entropy(n: int = STORIES) -> Estimate:
    """Nats a story of the built-in source: the mean of −log p over n stories, p their probability under the generator.

    The seeds are independent draws, so the standard error is the deviation over √n. Raises ValueError if n < 2.
    """
    return estimate([-story.log_probability for story in _stories(n)])


def token_entropy(tokenizer: Any, n: int = STORIES) -> Estimate:
    """Nats a token: the least loss that any model of these stories can reach with this tokenizer.

    tokenizer: anything with `.encode(text)`, which gives ids or, like `tokenizers.Tokenizer`, an object with `.ids`.
    The tokens counted are those that a model is trained on: a story's own, and the one that ends or begins it.
    The loss of a model is a ratio of sums, nats over tokens, so this is one too: its standard error is that of
    (nats − ratio · tokens) over the mean number of tokens. Raises ValueError if n < 2.
    """
    stories = _stories(n)
    nats = [-story.log_probability for story in stories]
    tokens = [_count(tokenizer, story.text) + 1 for story in stories]  # + 1: end of text
    ratio = sum(nats) / sum(tokens)
    spread = estimate([h - ratio * t for h, t in zip(nats, tokens, strict=True)]).standard_error
    return Estimate(ratio, spread / statistics.fmean(tokens))


def _stories(n: int) -> list[Story]:
    if n < 2:
        raise ValueError(f"an estimate needs at least 2 stories, got n = {n}")
    return list(islice(generate("train"), n))


def estimate(values: list[float]) -> Estimate:
    """The mean of independent values and its standard error."""
    return Estimate(statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values)))


def _count(tokenizer: Any, text: str) -> int:
    """Tokens of the text itself, without a template's `<|endoftext|>`."""
    encode: Callable[..., Any] = tokenizer.encode
    try:
        encoded = encode(text, add_special_tokens=False)  # tokenizers.Tokenizer
    except TypeError:
        encoded = encode(text)  # ours, tiktoken
    ids: Iterable[int] = getattr(encoded, "ids", encoded)
    return len(list(ids))
