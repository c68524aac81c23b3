"""Lesson 20, exercise 1: the logit lens."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.lenses import (
    AT_THE_HEAD,
    EPS,
    last_place_only,
    lens_logits,
    lens_with,
    shift_behind_the_head,
    standard,
    standard_without_eps,
)
from course_lib.checks.interpretability.slots.lens_logits import VARIANTS


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
    variants=VARIANTS,
    cases=lens_cases,
    forbidden=("course_lib.interpretability.logit_lens",),
    misconceptions=(
        *AT_THE_HEAD,
        Misconception(
            "without eps",
            lens_with(lambda x, weight, bias: standard_without_eps(x) * weight + bias),
            "ε is missing: it is added to the variance, under the root.",
        ),
        Misconception(
            "the last place for all",
            lens_with(before=lambda stream: stream[-1:].expand_as(stream)),
            "Every place has its own logits. Yours are those of the last place.",
        ),
        Misconception(
            "the last token alone",
            lens_with(before=lambda stream: stream[:, -1]),
            "Asked for are the logits of every token at each place, not of the last one alone.",
        ),
        Misconception(
            "the shift behind the head",
            shift_behind_the_head,
            "The shift belongs to the norm: it is added before the head multiplies.",
        ),
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
        Misconception(
            "the deviation over n − 1, and eps outside the root",
            lens_with(
                lambda x, weight, bias: (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + EPS) * weight + bias
            ),
            "LayerNorm divides by √(variance + ε), where the variance divides by C; torch's .std() divides by C − 1.",
        ),
    ),
    hints=(
        "Behind the last block the lens must give what the model says. What does the model do there?",
        "normed = F.layer_norm(stream, weight.shape, weight, bias): it works for any dimensions before C.",
        "return F.layer_norm(stream, weight.shape, weight, bias) @ embedding.T",
    ),
    review="lesson 20, 'The logit lens'",
)
