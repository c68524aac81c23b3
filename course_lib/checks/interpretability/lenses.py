"""Logit lenses, for lesson 20."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Misconception

EPS = 1e-5


def lens_logits(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
    """head(final_norm(stream)) at every place: (places, T, C) -> (places, T, V)."""
    return F.layer_norm(stream, weight.shape, weight, bias, EPS) @ embedding.T


def lens_with(
    norm: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda x, weight, bias: F.layer_norm(
        x, weight.shape, weight, bias, EPS
    ),
    before: Callable[[Tensor], Tensor] = lambda stream: stream,
    after: Callable[[Tensor], Tensor] = lambda logits: logits,
) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """`lens_logits` with another norm (x, weight, bias), or something done before it or after the head."""

    def mutant(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
        return after(norm(before(stream), weight, bias) @ embedding.T)

    return mutant


def standard(x: Tensor, dims: tuple[int, ...], correction: int = 0) -> Tensor:
    """(x − mean) / √(variance + ε) over these dimensions."""
    mean = x.mean(dim=dims, keepdim=True)
    return (x - mean) / torch.sqrt(x.var(dim=dims, keepdim=True, correction=correction) + EPS)


def standard_without_eps(x: Tensor) -> Tensor:
    """(x − mean) / √variance."""
    return (x - x.mean(dim=-1, keepdim=True)) / x.std(dim=-1, keepdim=True, correction=0)


def shift_behind_the_head(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
    """The head first, then all of the shift."""
    return F.layer_norm(stream, weight.shape, weight, None, EPS) @ embedding.T + bias.sum()


def last_place_only(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The norm behind the last block, as in the model, and the other places as they are."""
    return torch.cat([x[:-1], F.layer_norm(x[-1:], weight.shape, weight, bias, EPS)])


def with_table(change: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """`lens_logits` with another table in its head."""
    return lambda stream, weight, bias, embedding: lens_logits(stream, weight, bias, change(embedding))


AT_THE_HEAD = (  # what goes wrong with the table, and with the tokens
    Misconception(
        "the table not turned",
        lambda stream, weight, bias, embedding: F.layer_norm(stream, weight.shape, weight, bias, EPS) @ embedding,
        "The embedding is (V, C): a row for each token. The head is its transpose, embedding.T, of (C, V).",
    ),
    Misconception(
        "the table normed too",
        lambda stream, weight, bias, embedding: lens_logits(
            stream, weight, bias, F.layer_norm(embedding, weight.shape, weight, bias, EPS)
        ),
        "You norm the rows of the embedding too. Only the stream is normed; the table is used as it is.",
    ),
    Misconception(
        "the table's rows standardised",
        with_table(lambda table: F.layer_norm(table, table.shape[-1:])),
        "You norm the rows of the embedding too. Only the stream is normed; the table is used as it is.",
    ),
    Misconception(
        "the table's rows of length 1",
        with_table(lambda table: F.normalize(table, dim=-1)),
        "You divide each row of the embedding by its length. The head uses the table as it is.",
    ),
    Misconception(
        "the mean over tokens",
        lens_with(after=lambda logits: logits.mean(dim=1)),
        "You take the mean over the tokens. Each token has logits of its own at each place: (places, T, V).",
    ),
    Misconception(
        "the sum over tokens",
        lens_with(after=lambda logits: logits.sum(dim=1)),
        "You add up over the tokens. Each token has logits of its own at each place: (places, T, V).",
    ),
    Misconception(
        "tokens before places",
        lens_with(after=lambda logits: logits.transpose(0, 1)),
        "Your result is (T, places, V). Asked for is (places, T, V).",
    ),
    Misconception(
        "the first token alone",
        lens_with(after=lambda logits: logits[:, :1]),
        "Asked for are the logits of every token at each place, not of the first one alone.",
    ),
    Misconception(
        "softmax over the tokens",
        lens_with(after=lambda logits: logits.softmax(dim=1)),
        "Your softmax is over the tokens of the text. Return logits, without a softmax.",
    ),
)
