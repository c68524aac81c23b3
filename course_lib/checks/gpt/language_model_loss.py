"""Exercise 5 of lesson 07: the loss with its shift."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.gpt.inputs import drawn_size
from course_lib.checks.gpt.slots.language_model_loss import VARIANTS
from course_lib.gpt import next_token_loss


def language_model_loss(logits: Tensor, idx: Tensor) -> Tensor:
    """The logits at position t are scored against the token at t + 1; the last position has no target."""
    return next_token_loss(logits[:, :-1], idx[:, 1:])


def loss_cases(generator: torch.Generator) -> list[Case]:
    """A sure guess that is right only with the right shift, then drawn ones."""
    idx = torch.tensor([[0, 1, 2]])
    foresight = F.one_hot(torch.tensor([[1, 2, 0]]), 3) * 4.0
    B, T, V = (drawn_size(generator, *bounds) for bounds in ((1, 4), (3, 7), (4, 9)))
    return [
        Case((foresight, idx), label="a model that foresees the text 0 1 2"),
        Case((50 * foresight, idx), label="logits of 200"),
        Case((torch.zeros(1, 4, 5), torch.tensor([[0, 4, 2, 2]])), label="equal logits for 5 tokens"),  # ln 5
        Case(
            (torch.randn(3, 6, 8, generator=generator), torch.randint(8, (3, 6), generator=generator)),
            label="B = 3, T = 6, V = 8",
        ),
        Case(
            (2 * torch.randn(B, T, V, generator=generator), torch.randint(V, (B, T), generator=generator)),
            label=f"B = {B}, T = {T}, V = {V}",
        ),
    ]


def overflowing(logits: Tensor, idx: Tensor) -> Tensor:
    """A softmax by hand, without the largest logit subtracted."""
    exps = logits[:, :-1].exp()
    return -(exps / exps.sum(dim=-1, keepdim=True)).gather(-1, idx[:, 1:, None]).log().mean()


EXERCISE = Exercise(
    name="language_model_loss",
    reference=language_model_loss,
    forbidden=("course_lib.gpt.next_token_loss",),
    variants=VARIANTS,
    cases=loss_cases,
    drive=drive.call_with_gradient,
    misconceptions=(
        Misconception(
            "no shift",
            lambda logits, idx: next_token_loss(logits, idx),
            "The logits at position t are a guess at token t + 1; yours are compared with the token just read.",
        ),
        Misconception(
            "shifted the wrong way",
            lambda logits, idx: next_token_loss(logits[:, 1:], idx[:, :-1]),
            "Drop the last position of the logits and the first token, not the other way round.",
        ),
        Misconception(
            "softmax taken twice",
            lambda logits, idx: next_token_loss(logits.softmax(dim=-1)[:, :-1], idx[:, 1:]),
            "F.cross_entropy takes logits and does the softmax itself.",
        ),
        Misconception(
            "summed, not averaged",
            lambda logits, idx: next_token_loss(logits[:, :-1], idx[:, 1:]) * idx[:, 1:].numel(),
            "The loss is the mean over all tokens that are predicted, whatever the batch's size.",
        ),
        Misconception(
            "divided by all positions",
            lambda logits, idx: next_token_loss(logits[:, :-1], idx[:, 1:]) * (idx.shape[1] - 1) / idx.shape[1],
            "Only T − 1 positions have a next token in the text: the mean is over these.",
        ),
        Misconception(
            "no shift, the last position dropped",
            lambda logits, idx: next_token_loss(logits[:, :-1], idx[:, :-1]),
            "The last position is dropped, but the logits at position t are still compared with token t. Their target "
            "is token "
            "t + 1: idx[:, 1:].",
        ),
        Misconception(
            "no shift, the first position dropped",
            lambda logits, idx: next_token_loss(logits[:, 1:], idx[:, 1:]),
            "The first position is dropped, but the logits at position t are still compared with token t. Token t + 1 "
            "is guessed "
            "at position t: logits[:, :-1].",
        ),
        Misconception(
            "targets rolled round",
            lambda logits, idx: next_token_loss(logits, idx.roll(-1, dims=1)),
            "The last position is compared with the first token, which nobody had to predict there. It has no target: "
            "drop it.",
        ),
        Misconception(
            "shifted by two",
            lambda logits, idx: next_token_loss(logits[:, :-2], idx[:, 2:]),
            "The logits at position t are compared with token t + 2. They are a guess at token t + 1.",
        ),
        Misconception(
            "perplexity",
            lambda logits, idx: language_model_loss(logits, idx).exp(),
            "That is the perplexity, e to the power of the loss. Asked for is the loss.",
        ),
        Misconception(
            "in bits",
            lambda logits, idx: language_model_loss(logits, idx) / math.log(2),
            "That is the loss in bits. In nats it is not divided by ln 2.",
        ),
        Misconception(
            "sign turned",
            lambda logits, idx: -language_model_loss(logits, idx),
            "That is the mean of log p, which is negative. The loss is −log p.",
        ),
        Misconception(
            "only the last prediction",
            lambda logits, idx: next_token_loss(logits[:, -2:-1], idx[:, -1:]),
            "Only the guess at the last token is scored. Every position but the last has a next token: all of them "
            "count.",
        ),
        Misconception(
            "summed over a text",
            lambda logits, idx: language_model_loss(logits, idx) * (idx.shape[1] - 1),
            "You add up over the tokens of a text and take the mean over texts. The mean is over all tokens.",
        ),
        Misconception(
            "reshaped in place of transposed",
            lambda logits, idx: F.cross_entropy(logits[:, :-1].reshape(len(idx), logits.shape[2], -1), idx[:, 1:]),
            "reshape to (B, V, T) tears the logits of a token apart. Flatten the first two dimensions, or use "
            "transpose(1, 2).",
        ),
        Misconception(
            "logarithm forgotten",
            lambda logits, idx: -logits[:, :-1].softmax(dim=-1).gather(-1, idx[:, 1:, None]).mean(),
            "You take the mean of −p. The loss is the mean of −log p.",
        ),
        Misconception(
            "logits taken for log-probabilities",
            lambda logits, idx: -logits[:, :-1].gather(-1, idx[:, 1:, None]).mean(),
            "F.nll_loss wants log-probabilities, and these are logits: F.cross_entropy takes them as they are.",
        ),
        Misconception(
            "only the first text",
            lambda logits, idx: next_token_loss(logits[:1, :-1], idx[:1, 1:]),
            "Only the first text of the batch is scored. The mean is over the tokens of all of them.",
        ),
        Misconception(
            "token 0 left out",
            lambda logits, idx: F.cross_entropy(logits[:, :-1].flatten(0, 1), idx[:, 1:].flatten(), ignore_index=0),
            "Targets with id 0 are ignored. Here 0 is a token like any other, and nothing is padding.",
        ),
        Misconception(
            "the second token forgotten",
            lambda logits, idx: next_token_loss(logits[:, 1:-1], idx[:, 2:]),
            "The first position guesses too: the model has read token 0 and is to predict token 1. Drop only the last "
            "position.",
        ),
        Misconception(
            "texts run into each other",
            lambda logits, idx: next_token_loss(logits.flatten(0, 1)[None, :-1], idx.flatten()[None, 1:]),
            "You flatten first and shift then, so the last position of a text is compared with the first token of the "
            "next text. Shift within each text, then flatten.",
        ),
        Misconception(
            "the logarithm of the mean",
            lambda logits, idx: -logits[:, :-1].softmax(dim=-1).gather(-1, idx[:, 1:, None]).mean().log(),
            "You average the probabilities and take the logarithm then. The loss is the mean of −log p: the logarithm "
            "comes first.",
        ),
        Misconception(
            "large logits overflow",
            overflowing,
            "exp(200) is inf, and inf / inf is nan. F.cross_entropy, or log_softmax, subtracts the largest logit "
            "first.",
        ),
    ),
    hints=(
        "Write down 0 1 2 and below each token what the model should guess there. Which has no answer?",
        "Score logits[:, :-1] against idx[:, 1:].",
        "F.cross_entropy(logits[:, :-1].flatten(0, 1), idx[:, 1:].flatten())",
    ),
    review="lesson 07, 'The loss'",
)
