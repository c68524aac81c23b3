"""Lesson 20, exercise 1: the logit lens."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size

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


def last_place_only(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The norm behind the last block, as in the model, and the other places as they are."""
    return torch.cat([x[:-1], F.layer_norm(x[-1:], weight.shape, weight, bias, EPS)])


def lens_cases(generator: torch.Generator) -> list[Case]:
    """One place and one token; a stream that grows from place to place; drawn sizes."""

    def case(places: int, T: int, C: int, V: int, label: str, grows: bool = False) -> Case:
        stream = drawn(generator, places, T, C) + 0.7
        if grows:
            stream = stream * (1 + torch.arange(places, dtype=torch.float64)[:, None, None])
        weight, bias = 1 + 0.4 * drawn(generator, C), 0.5 * drawn(generator, C)
        return Case((stream, weight, bias, drawn(generator, V, C)), label=label)

    sizes = [drawn_size(generator, 2, 5) for _ in range(3)]
    return [
        case(1, 1, 3, 4, "one place, one token, C = 3, V = 4"),
        case(4, 3, 5, 6, "4 places, 3 tokens, each place larger than the one before", grows=True),
        case(sizes[0], sizes[1], sizes[2] + 2, 7, f"{sizes[0]} places, {sizes[1]} tokens, C = {sizes[2] + 2}, V = 7"),
    ]


EXERCISE = Exercise(
    name="lens_logits",
    reference=lens_logits,
    cases=lens_cases,
    forbidden=("course_lib.interpretability.logit_lens",),
    misconceptions=(
        Misconception(
            "the norm left out",
            lens_with(norm=lambda x, weight, bias: x),
            "The head was trained on what comes out of the final norm. Norm the stream before you give it to the head.",
        ),
        Misconception(
            "only the last place normed",
            lens_with(norm=last_place_only),
            "The lens asks at every place: what if the model ended here? So the final norm belongs to every place.",
        ),
        Misconception(
            "only the last place",
            lens_with(before=lambda stream: stream[-1]),
            "You look behind the last block only, where the model itself looks. Keep all places.",
        ),
        Misconception(
            "normed after the head",
            lambda stream, weight, bias, embedding: standard(stream @ embedding.T, (-1,)),
            "You norm the logits. The norm stands before the head, over the C numbers of each token.",
        ),
        Misconception(
            "scale and shift left out",
            lens_with(norm=lambda x, weight, bias: standard(x, (-1,))),
            "The final norm has a learned scale and shift: · weight + bias.",
        ),
        Misconception(
            "shift left out",
            lens_with(norm=lambda x, weight, bias: standard(x, (-1,)) * weight),
            "The norm's bias is missing: · weight + bias.",
        ),
        Misconception(
            "normed over tokens and width together",
            lens_with(norm=lambda x, weight, bias: standard(x, (-2, -1)) * weight + bias),
            "Each token is normed alone: mean and variance are over its own C numbers, dim=-1.",
        ),
        Misconception(
            "normed over the tokens",
            lens_with(norm=lambda x, weight, bias: standard(x, (-2,)) * weight + bias),
            "You take mean and variance over the tokens. They are over the C numbers of each token, dim=-1.",
        ),
        Misconception(
            "the mean not taken away",
            lens_with(
                norm=lambda x, weight, bias: x / torch.sqrt(x.square().mean(-1, keepdim=True) + EPS) * weight + bias
            ),
            "That is RMSNorm. This model has LayerNorm, which subtracts the mean first.",
        ),
        Misconception(
            "variance over C − 1",
            lens_with(norm=lambda x, weight, bias: standard(x, (-1,), correction=1) * weight + bias),
            "LayerNorm's variance divides by C, not by C − 1: var(..., correction=0), or F.layer_norm.",
        ),
        Misconception(
            "torch's std",
            lens_with(
                norm=lambda x, weight, bias: (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True) * weight + bias
            ),
            "torch's .std() divides by C − 1, and nothing keeps it from 0. LayerNorm: √(variance over C + 1e-5).",
        ),
        Misconception(
            "RMSNorm",
            lens_with(norm=lambda x, weight, bias: F.rms_norm(x, weight.shape, weight)),
            "That is RMSNorm, Llama's. This model has LayerNorm: it subtracts the mean, and it has a shift.",
        ),
        Misconception(
            "scaled and shifted, not normed",
            lens_with(norm=lambda x, weight, bias: x * weight + bias),
            "You scale and shift, but the vector was not normed before: mean 0 and variance 1 over its C numbers.",
        ),
        Misconception(
            "the token said",
            lens_with(after=lambda logits: logits.argmax(dim=-1)),
            "You return which token is largest. Return the logits of all tokens.",
        ),
        Misconception(
            "probabilities returned",
            lens_with(after=lambda logits: logits.softmax(dim=-1)),
            "Return logits; the softmax comes later, if at all.",
        ),
        Misconception(
            "log-probabilities returned",
            lens_with(after=lambda logits: logits.log_softmax(dim=-1)),
            "You return log-probabilities. Return the logits as the head gives them.",
        ),
        Misconception(
            "places added up",
            lens_with(before=lambda stream: stream.cumsum(dim=0)),
            "The stream at a place already holds the sum of all parts before it. Do not add the places up.",
        ),
        Misconception(
            "what each block adds",
            lens_with(before=lambda stream: torch.cat([stream[:1], stream.diff(dim=0)])),
            "You read what each block has added. The lens reads the whole stream at each place.",
        ),
    ),
    hints=(
        "Behind the last block the lens must give what the model says. What does the model do there?",
        "normed = F.layer_norm(stream, weight.shape, weight, bias): it works for any dimensions before C.",
        "return F.layer_norm(stream, weight.shape, weight, bias) @ embedding.T",
    ),
    review="lesson 20, 'The logit lens'",
)
