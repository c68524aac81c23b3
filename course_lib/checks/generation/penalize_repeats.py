"""Lesson 12, exercise 6: the repetition penalty."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.generation.inputs import drawn_logits, drawn_share, drawn_size
from course_lib.checks.generation.slots.penalize_repeats import VARIANTS


def penalize_repeats(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """x / penalty where x > 0 and x · penalty where x < 0, for the tokens seen; each once."""
    theirs = logits.gather(-1, seen)
    return logits.scatter(-1, seen, torch.where(theirs > 0, theirs / penalty, theirs * penalty))


def penalize_with(rule: Callable[[Tensor, float], Tensor]) -> Callable[[Tensor, Tensor, float], Tensor]:
    """`penalize_repeats` with another rule for the logits of the tokens seen."""

    def mutant(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
        return logits.scatter(-1, seen, rule(logits.gather(-1, seen), penalty))

    return mutant


def once_for_each_time(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """A token that was seen three times is penalised three times."""
    result = logits.clone()
    for row, tokens in zip(result, seen.tolist(), strict=True):
        for token in tokens:
            row[token] = row[token] / penalty if row[token] > 0 else row[token] * penalty
    return result


def in_all_rows(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """What one text has said is held against all of them."""
    return penalize_repeats(logits, seen.flatten().expand(len(logits), -1), penalty)


def the_others_penalised(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Tokens that were not seen."""
    everything = torch.where(logits > 0, logits / penalty, logits * penalty)
    return everything.scatter(-1, seen, logits.gather(-1, seen))


def penalty_cases(generator: torch.Generator) -> list[Case]:
    """A positive and a negative logit; a token seen twice; two texts; drawn ones."""

    def drawn(B: int, V: int, T: int) -> Case:
        seen = torch.randint(V, (B, T), generator=generator)
        penalty = drawn_share(generator, 1.1, 2.0)
        return Case((drawn_logits(generator, B, V), seen, penalty), label=f"B = {B}, V = {V}, {T} tokens seen")

    three = torch.tensor([[2.0, -2.0, 1.0]])
    return [
        Case((three, torch.tensor([[0]]), 2.0), label="the token with logit 2 was seen"),
        Case((three, torch.tensor([[1]]), 2.0), label="the token with logit −2 was seen"),
        Case((three, torch.tensor([[0, 1, 0]]), 2.0), label="token 0 was seen twice, token 1 once"),
        Case(
            (torch.tensor([[4.0, -1.0], [4.0, -1.0]]), torch.tensor([[0, 0], [1, 1]]), 1.5),
            label="one text has seen token 0, the other token 1",
        ),
        Case((torch.tensor([[0.0, 3.0, -1e4]]), torch.tensor([[0, 2]]), 3.0), label="logits of 0 and of −10,000 seen"),
        drawn(3, 9, 5),
        drawn(drawn_size(generator, 2, 5), drawn_size(generator, 6, 12), drawn_size(generator, 2, 7)),
    ]


def nothing_seen_gets_likelier(call: Call, generator: torch.Generator) -> None:
    """A penalty above 1 never raises a logit."""
    logits, seen = drawn_logits(generator, 4, 9), torch.randint(9, (4, 6), generator=generator)
    if (call(logits, seen, 1.5) > logits + 1e-6).any():
        raise Failed("with a penalty of 1.5 no logit should rise; here one does. Look at the negative ones")


EXERCISE = Exercise(
    name="penalize_repeats",
    reference=penalize_repeats,
    variants=VARIANTS,
    cases=penalty_cases,
    forbidden=("course_lib.generation.repetition_penalty",),
    properties=(Property("nothing gets likelier", nothing_seen_gets_likelier),),
    misconceptions=(
        Misconception(
            "negative logits divided",
            penalize_with(lambda x, penalty: x / penalty),
            "−2 / 2 = −1 is larger than −2: the token gets likelier. Multiply the negative ones.",
        ),
        Misconception(
            "positive logits multiplied",
            penalize_with(lambda x, penalty: x * penalty),
            "2 · 2 = 4 is larger than 2: the token gets likelier. Divide the positive ones.",
        ),
        Misconception(
            "the sign the wrong way round",
            penalize_with(lambda x, penalty: torch.where(x > 0, x * penalty, x / penalty)),
            "Both cases are swapped, so that repeating is rewarded: divide where x > 0, multiply where x < 0.",
        ),
        Misconception(
            "penalty subtracted",
            penalize_with(lambda x, penalty: x - penalty),
            "That is a presence penalty, and a sensible thing. Here the logit is divided or multiplied.",
        ),
        Misconception(
            "once for each time",
            once_for_each_time,
            "A token that was seen twice is penalised twice. Whether it was seen is all that counts.",
        ),
        Misconception(
            "all rows penalised",
            in_all_rows,
            "What one text has said is held against the other. Each row of `seen` belongs to its row of logits.",
        ),
        Misconception(
            "the others penalised",
            the_others_penalised,
            "You penalise the tokens that were not seen.",
        ),
        Misconception(
            "only the latest token",
            lambda logits, seen, penalty: penalize_repeats(logits, seen[:, -1:], penalty),
            "Only the last token of `seen` is penalised. All of them were seen, however long ago.",
        ),
        Misconception(
            "seen tokens forbidden",
            penalize_with(lambda x, penalty: torch.full_like(x, -math.inf)),
            "−inf forbids a token for good. The penalty makes it less likely: divide or multiply its logit.",
        ),
        Misconception(
            "every token penalised",
            lambda logits, seen, penalty: torch.where(logits > 0, logits / penalty, logits * penalty),
            "All logits are changed. Only those of the tokens in `seen` are.",
        ),
        Misconception(
            "probabilities penalised",
            lambda logits, seen, penalty: penalize_repeats(torch.softmax(logits, dim=-1), seen, penalty),
            "You took the softmax first, and a probability is never negative. It is the logit that is divided or "
            "multiplied.",
        ),
        Misconception(
            "the sign of the first",
            lambda logits, seen, penalty: logits.scatter(
                -1, seen, logits.gather(-1, seen) * (penalty if logits.gather(-1, seen)[0, 0] < 0 else 1 / penalty)
            ),
            "One sign decides for all. Each logit has its own sign: torch.where looks at them one by one.",
        ),
        Misconception(
            "set to 0",
            penalize_with(lambda x, penalty: torch.zeros_like(x)),
            "A logit of 0 is not a chance of 0, and for a token whose logit was negative it is more than before. "
            "Divide or multiply.",
        ),
        Misconception(
            "logarithm of the penalty subtracted",
            penalize_with(lambda x, penalty: x - math.log(penalty)),
            "That divides the token's odds by the penalty, whatever the logit was. Here the logit itself is divided "
            "or multiplied.",
        ),
    ),
    hints=(
        "What does dividing by 2 do to a logit of −2? Is the token then more likely or less?",
        "theirs = logits.gather(-1, seen) are the logits of the tokens seen; torch.where treats the two signs.",
        "logits.scatter(-1, seen, torch.where(theirs > 0, theirs / penalty, theirs * penalty))",
    ),
    review="lesson 12, 'The repetition penalty'",
)
