"""Lesson 18, exercise 3: the router."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.modern.inputs import drawn_logits, drawn_size
from course_lib.checks.modern.slots.route import VARIANTS


def route(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The shares of the k best experts of each token, (N, k), which sum to 1, and their numbers, largest first."""
    best, chosen = logits.topk(k, dim=-1)
    return torch.softmax(best, dim=-1), chosen


def shared(by: Callable[[Tensor, Tensor], Tensor], *, largest: bool = True) -> Callable[..., tuple[Tensor, Tensor]]:
    """The same choice, shared out in another way: by(all logits, those of the chosen)."""

    def routed(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
        best, chosen = logits.topk(k, dim=-1, largest=largest)
        return by(logits, best), chosen

    return routed


def down_the_tokens(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """A softmax over the tokens, dimension 0."""
    probabilities = torch.softmax(logits, dim=0)
    best, chosen = probabilities.topk(k, dim=-1)
    return best / best.sum(dim=-1, keepdim=True), chosen


def in_order_of_numbers(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The shares as they should be, but the experts in ascending order beside them."""
    shares, chosen = route(logits, k)
    return shares, chosen.sort(dim=-1).values


def both_by_number(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The experts in ascending order, each with its share."""
    shares, chosen = route(logits, k)
    order = chosen.argsort(dim=-1)
    return shares.gather(-1, order), chosen.gather(-1, order)


def router_cases(generator: torch.Generator) -> list[Case]:
    """One token to do by hand, all experts, one expert, and drawn ones."""
    by_hand = torch.tensor([[1.0, 2.0, 4.0, 1.5]]).log()
    N, E, k = drawn_size(generator, 3, 7), drawn_size(generator, 5, 9), drawn_size(generator, 2, 5)
    return [
        Case((by_hand, 2), label="one token; experts in the ratio 1 : 2 : 4 : 1.5, the best 2"),
        Case((by_hand, 1), label="the best one alone"),
        Case((by_hand, 4), label="all of them"),
        Case((drawn_logits(generator, 4, 6), 3), label="4 tokens, 6 experts, the best 3"),
        Case((drawn_logits(generator, N, E), k), label=f"{N} tokens, {E} experts, the best {k}"),
    ]


def shares_sum_to_one(call: Call, generator: torch.Generator) -> None:
    """What the chosen experts give is a mean: their shares sum to 1."""
    shares, _ = call(drawn_logits(generator, 5, 8), 2)
    if not torch.allclose(shares.sum(dim=-1), torch.ones(5), atol=1e-5):
        raise Failed(
            f"the shares of a token's experts should sum to 1, and here they sum to {shares.sum(dim=-1)[0]:.3f}"
        )


EXERCISE = Exercise(
    name="route",
    reference=route,
    variants=VARIANTS,
    cases=router_cases,
    forbidden=("course_lib.modern.route", "course_lib.modern.experts.route"),
    properties=(Property("shares sum to 1", shares_sum_to_one),),
    misconceptions=(
        Misconception(
            "smallest first",
            lambda logits, k: tuple(part.flip(-1) for part in route(logits, k)),
            "The chosen experts come with the smallest first. Asked for is the largest first, as topk gives them.",
        ),
        Misconception(
            "both in the order of their numbers",
            both_by_number,
            "You sort the chosen experts by their numbers. Asked for is the largest share first.",
        ),
        Misconception(
            "sigmoids made to sum to 1",
            shared(lambda logits, best: torch.sigmoid(best) / torch.sigmoid(best).sum(dim=-1, keepdim=True)),
            "The shares follow the softmax, not sigmoids: softmax of the chosen logits.",
        ),
        Misconception(
            "a softmax of the chosen over the tokens",
            shared(lambda logits, best: torch.softmax(best, dim=0)),
            "Your softmax runs over the tokens. The shares of each token sum to 1: dim=-1.",
        ),
        Misconception(
            "not made to sum to 1",
            shared(lambda logits, best: best.exp() / logits.exp().sum(dim=-1, keepdim=True)),
            "These are probabilities among all experts. The chosen ones alone sum to less than 1: divide by their sum.",
        ),
        Misconception(
            "the worst experts",
            shared(lambda logits, best: torch.softmax(best, dim=-1), largest=False),
            "You choose the smallest logits. The router means the largest.",
        ),
        Misconception(
            "equal shares",
            shared(lambda logits, best: torch.full_like(best, 1 / best.shape[-1])),
            "Every chosen expert gets 1/k. Their shares follow their logits, or the router would never learn.",
        ),
        Misconception(
            "logits for shares",
            shared(lambda logits, best: best),
            "You return logits. Shares are their softmax: above 0, with the sum 1.",
        ),
        Misconception(
            "a softmax of probabilities",
            shared(lambda logits, best: torch.softmax(best.exp() / logits.exp().sum(dim=-1, keepdim=True), dim=-1)),
            "There are two softmaxes, one after the other. Divide the probabilities of the chosen ones by their sum.",
        ),
        Misconception(
            "sigmoids",
            shared(lambda logits, best: torch.sigmoid(best)),
            "A sigmoid looks at each expert by itself, and the shares do not sum to 1. Take the softmax.",
        ),
        Misconception(
            "logits divided by their sum",
            shared(lambda logits, best: best / best.sum(dim=-1, keepdim=True)),
            "Logits may be negative, so they cannot be divided by their sum. Take the exponential first: a softmax.",
        ),
        Misconception(
            "softmax over the tokens",
            down_the_tokens,
            "The softmax runs over the tokens (dim=0). Each token shares itself out among its experts: dim=-1.",
        ),
        Misconception(
            "numbers and shares in different orders",
            in_order_of_numbers,
            "Shares are sorted by size and numbers are not: the wrong expert gets the larger share.",
        ),
        Misconception(
            "numbers first",
            lambda logits, k: route(logits, k)[::-1],
            "You return the numbers first. Asked for are the shares, then the numbers.",
        ),
        Misconception(
            "one expert too many",
            lambda logits, k: route(logits, min(k + 1, logits.shape[-1])),
            "There are k + 1 experts a token. It should be k.",
        ),
    ),
    hints=(
        "topk gives both: the k largest numbers of each row, and where they stand.",
        "A softmax over the chosen logits sums to 1. Is it the same as their probabilities over their sum?",
        "best, chosen = logits.topk(k, dim=-1); return torch.softmax(best, dim=-1), chosen",
    ),
    review="lesson 18, 'A router and its experts'",
)
