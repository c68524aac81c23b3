"""Lesson 19, exercise 4 (debug): a rule of acceptance that changes the distribution."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.inference.inputs import drawn_law, drawn_size
from course_lib.checks.inference.slots.keep_or_replace import VARIANTS

Answer = Callable[[int, Tensor, Tensor, float, float], int]


def keep_or_replace(token: int, p: Tensor, q: Tensor, u: float, v: float) -> int:
    """The drafted token with probability min(1, p / q), decided by u; otherwise a draw from the residual, by v."""
    return with_rule()(token, p, q, u, v)


def missing(p: Tensor, q: Tensor) -> Tensor:
    """max(0, p − q), made to add up to 1."""
    rest = (p - q).clamp(min=0)
    return rest / rest.sum()


def pick(law: Tensor, v: float) -> int:
    """The first token with which the sum of the probabilities exceeds v."""
    return min(int((law.cumsum(0) <= v).sum()), len(law) - 1)


def with_rule(
    keeps: Callable[[int, Tensor, Tensor, float], bool] = lambda x, p, q, u: bool(u * q[x] < p[x]),
    law: Callable[[Tensor, Tensor], Tensor] = missing,
    choose: Callable[[Tensor, float], int] = pick,
) -> Answer:
    """`keep_or_replace` with another decision, another distribution to replace from, or another draw."""

    def mutant(token: int, p: Tensor, q: Tensor, u: float, v: float) -> int:
        return token if keeps(token, p, q, u) else choose(law(p, q), v)

    return mutant


def acceptance_cases(generator: torch.Generator) -> list[Case]:
    """A token the target likes more, one it likes less (kept and refused), and drawn ones of both kinds."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.7, 0.1])
    V = drawn_size(generator, 5, 9)

    def drawn() -> Case:
        u, v = (0.02 + 0.96 * torch.rand(2, generator=generator)).tolist()
        token = drawn_size(generator, 0, V - 1)
        return Case((token, drawn_law(generator, V), drawn_law(generator, V), u, v), label=f"V = {V}, token {token}")

    def refused() -> Case:
        p, q = drawn_law(generator, V), drawn_law(generator, V)
        v = 0.02 + 0.96 * torch.rand((), generator=generator).item()
        return Case((int((q - p).argmax()), p, q, 0.99, v), label=f"V = {V}, a token the draft likes too much")

    return [
        Case((0, p, q, 0.99, 0.1), label="p is larger: always kept"),
        Case((1, p, q, 0.4, 0.1), label="p / q = 3/7, and u = 0.4: kept"),
        Case((1, p, q, 0.5, 0.1), label="p / q = 3/7, u = 0.5: refused; v = 0.1"),
        Case((1, p, q, 0.5, 0.35), label="p / q = 3/7, u = 0.5: refused; v = 0.35"),
        Case((1, p, q, 0.9, 0.45), label="p / q = 3/7, u = 0.9: refused; v = 0.45"),
        Case((1, p, q, 0.9, 0.6), label="p / q = 3/7, u = 0.9: refused; v = 0.6"),
        Case((1, p, q, 0.9, 0.9), label="p / q = 3/7, u = 0.9: refused; v = 0.9"),
        Case(
            (1, torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.25, 0.75, 0.0]), 0.9, 0.5),
            label="refused; the running sums are 0.5, 0.5 and 1, and v = 0.5",
        ),
        *(drawn() for _ in range(12)),
        *(refused() for _ in range(6)),
    ]


def the_law_is_the_targets(call: Call, generator: torch.Generator) -> None:
    """Over all tokens of the draft and an even grid of u and v, each token comes as often as the target wants it."""
    p, q = torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.25, 0.5, 0.25])
    law = torch.zeros(3)
    grid = [(step + 0.5) / 8 for step in range(8)]
    for token, u, v in product(range(3), grid, grid):
        law[call(token, p, q, u, v)] += q[token] / 64
    if not torch.allclose(law, p, atol=1e-4):
        raise Failed(f"the target wants {p.tolist()}; what comes out has {[round(x, 3) for x in law.tolist()]}")


EXERCISE = Exercise(
    name="keep_or_replace",
    reference=keep_or_replace,
    variants=VARIANTS,
    cases=acceptance_cases,
    forbidden=("course_lib.inference.verify", "course_lib.inference.speculate", "course_lib.inference.residual"),
    properties=(Property("the token that comes out has the target's distribution", the_law_is_the_targets),),
    misconceptions=(
        Misconception(
            "u drawn with again",
            lambda token, p, q, u, v: keep_or_replace(token, p, q, u, u),
            "You use `u` twice. `u` decides whether the token stays, and `v` what replaces it.",
        ),
        Misconception(
            "u and v exchanged",
            lambda token, p, q, u, v: keep_or_replace(token, p, q, v, u),
            "`u` decides whether the token stays, and `v` what replaces it: you have them exchanged.",
        ),
        Misconception(
            "never kept",
            lambda token, p, q, u, v: pick(p, v),
            "You draw from p at once. That has the right distribution, but the drafted token is never used.",
        ),
        Misconception(
            "one token too early",
            with_rule(choose=lambda law, v: max(pick(law, v) - 1, 0)),
            "Your draw is the token before the one whose running sum exceeds `v`.",
        ),
        Misconception(
            "reached, not exceeded",
            with_rule(choose=lambda law, v: int((law.cumsum(0) < v).sum())),
            "The running sum must exceed `v`. Where it is exactly `v` the next token is meant: count sums <= v.",
        ),
        Misconception(
            "the mistake still there",
            with_rule(law=lambda p, q: p),
            "After a refusal you draw from p. The draft's favourites were accepted already, so that they come too "
            "often. Draw from max(0, p − q), made to add up to 1.",
        ),
        Misconception(
            "not made to add up to 1",
            with_rule(law=lambda p, q: (p - q).clamp(min=0)),
            "max(0, p − q) adds up to less than 1, so that a large v finds no token. Divide by the sum.",
        ),
        Misconception(
            "distance instead of what is missing",
            with_rule(law=lambda p, q: (p - q).abs() / (p - q).abs().sum()),
            "|p − q| also holds what the draft gives too often. Take max(0, p − q).",
        ),
        Misconception(
            "replaced from the draft",
            with_rule(law=lambda p, q: q),
            "A refused token is replaced by what the target misses, and not by another token of the draft.",
        ),
        Misconception(
            "draft and target swapped in the residual",
            with_rule(law=lambda p, q: missing(q, p)),
            "Missing is what the target has and the draft does not give: p − q.",
        ),
        Misconception(
            "the likeliest replacement",
            with_rule(choose=lambda law, v: int(law.argmax())),
            "The replacement is drawn by v, and not always the likeliest one.",
        ),
        Misconception(
            "the target's likeliest token",
            with_rule(law=lambda p, q: p, choose=lambda law, v: int(law.argmax())),
            "The replacement is drawn from max(0, p − q); the target's likeliest token would come far too often.",
        ),
        Misconception(
            "accepted by argmax",
            with_rule(lambda x, p, q, u: x == int(p.argmax())),
            "A token need not be the target's favourite. It stays with probability min(1, p / q).",
        ),
        Misconception(
            "q forgotten",
            with_rule(lambda x, p, q, u: bool(u < p[x])),
            "With p alone, what the draft proposes often is accepted too often. Compare u with p / q.",
        ),
        Misconception(
            "q / p",
            with_rule(lambda x, p, q, u: bool(u < q[x] / p[x])),
            "The chance is p / q, target over draft: a token that the draft likes too much must be refused at times.",
        ),
        Misconception(
            "kept where it should be refused",
            with_rule(lambda x, p, q, u: bool(u * q[x] >= p[x])),
            "Keep the token if u is *below* p / q. Yours keeps it if it is above.",
        ),
        Misconception(
            "kept only if the target likes it more",
            with_rule(lambda x, p, q, u: bool(p[x] >= q[x])),
            "If p is below q, the token is still kept with probability p / q: u decides.",
        ),
        Misconception(
            "always kept",
            with_rule(lambda x, p, q, u: True),
            "If everything is kept, the text is the draft's, and the target is asked for nothing.",
        ),
        Misconception(
            "one token too late",
            with_rule(choose=lambda law, v: min(int((law.cumsum(0) < v).sum()) + 1, len(law) - 1)),
            "The number of running sums up to `v` is the token itself: it is counted from 0, so nothing is added.",
        ),
    ),
    hints=(
        "Enumerate by hand: p = 0.5, 0.5 and q = 0.9, 0.1. How often does token 0 come out of the broken code?",
        "What is accepted has min(p, q). What must the replacement add so that the sum is p?",
        "rest = (p - q).clamp(min=0); law = rest / rest.sum(); then draw from it with v",
    ),
    review="lesson 19, 'The rule'",
)
