"""Lesson 18, exercise 5 (debug): tokens go to their experts, and what comes back is added up."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.modern.inputs import drawn_logits, drawn_size
from course_lib.checks.modern.slots.mix_experts import VARIANTS


def mix_experts(x: Tensor, shares: Tensor, chosen: Tensor, experts: Tensor) -> Tensor:
    """Σ over the k choices of token n: shares[n, i] · (x[n] @ experts[chosen[n, i]]).   experts: (E, C, C)."""
    return (shares[..., None] * torch.einsum("nc,nkcd->nkd", x, experts[chosen])).sum(dim=1)


def mixed(use: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Callable[..., Tensor]:
    """The same with other shares and choices."""
    return lambda x, shares, chosen, experts: mix_experts(x, *use(shares, chosen), experts)


def the_last_expert_wins(x: Tensor, shares: Tensor, chosen: Tensor, experts: Tensor) -> Tensor:
    """The broken code: assigned, not added."""
    out = torch.zeros_like(x)
    for number, expert in enumerate(experts):
        token, slot = (chosen == number).nonzero(as_tuple=True)
        out[token] = shares[token, slot, None] * (x[token] @ expert)
    return out


def crowded_tokens_dropped(x: Tensor, shares: Tensor, chosen: Tensor, experts: Tensor) -> Tensor:
    """Each expert takes as many tokens as it would if all were equally busy, rounded up, and no more."""
    room = -(-chosen.numel() // len(experts))
    out = torch.zeros_like(x)
    for number, expert in enumerate(experts):
        token, slot = (part[:room] for part in (chosen == number).nonzero(as_tuple=True))
        out = out.index_add(0, token, shares[token, slot, None] * (x[token] @ expert))
    return out


def all_experts(x: Tensor, shares: Tensor, chosen: Tensor, experts: Tensor) -> Tensor:
    """Every token through every expert."""
    return torch.einsum("nc,ecd->nd", x, experts)


def one_after_another(x: Tensor, shares: Tensor, chosen: Tensor, experts: Tensor) -> Tensor:
    """What an expert gives is what the next one gets."""
    for i in range(chosen.shape[1]):
        x = shares[:, i, None] * torch.einsum("nc,ncd->nd", x, experts[chosen[:, i]])
    return x


def mix_cases(generator: torch.Generator) -> list[Case]:
    """One token with two experts; the same expert for all; one choice a token; drawn ones."""

    def drawn(N: int, C: int, E: int, k: int, *, crowded: bool = False) -> tuple[Tensor, ...]:
        logits = drawn_logits(generator, N, E)
        if crowded:
            logits[:, 1] += 10.0
        best, chosen = logits.topk(k, dim=-1)
        x, experts = torch.randn(N, C, generator=generator), torch.randn(E, C, C, generator=generator)
        return x, torch.softmax(best, dim=-1), chosen, experts

    N, E = drawn_size(generator, 4, 8), drawn_size(generator, 4, 7)
    one = (
        torch.tensor([[1.0, 2.0]]),
        torch.tensor([[0.75, 0.25]]),
        torch.tensor([[1, 0]]),
        torch.stack([torch.eye(2), 10 * torch.eye(2)]),
    )
    return [
        Case(one, label="one token: 3/4 of expert 1 (times 10), 1/4 of expert 0 (times 1)"),
        Case(drawn(5, 3, 4, 1), label="one expert a token"),
        Case(drawn(6, 3, 4, 2, crowded=True), label="expert 1 is everyone's first choice"),
        Case(drawn(N, 4, E, 3), label=f"{N} tokens, {E} experts, 3 each"),
    ]


def rows_do_not_meet(call: Call, generator: torch.Generator) -> None:
    """A token's result does not depend on which other tokens are in the batch."""
    x, experts = torch.randn(5, 3, generator=generator), torch.randn(4, 3, 3, generator=generator)
    best, chosen = drawn_logits(generator, 5, 4).topk(2, dim=-1)
    shares = torch.softmax(best, dim=-1)
    whole, alone = call(x, shares, chosen, experts), call(x[:1], shares[:1], chosen[:1], experts)
    if not torch.allclose(whole[:1], alone, atol=1e-5):
        raise Failed("the first token's result changes when the other tokens are left out of the batch")


EXERCISE = Exercise(
    name="mix_experts",
    reference=mix_experts,
    variants=VARIANTS,
    cases=mix_cases,
    properties=(Property("tokens do not depend on each other", rows_do_not_meet),),
    misconceptions=(
        Misconception(
            "the mean over the choices",
            lambda x, shares, chosen, experts: mix_experts(x, shares, chosen, experts) / chosen.shape[1],
            "The shares sum to 1 already: add up, and do not divide by k.",
        ),
        Misconception(
            "experts one after another",
            one_after_another,
            "What one expert gave goes into the next. Each expert of a token gets the token itself; their "
            "results are added.",
        ),
        Misconception(
            "the first k experts",
            mixed(lambda shares, chosen: (shares, torch.arange(chosen.shape[1]).expand_as(chosen))),
            "You take experts 0, 1, … for every token. `chosen` says which they are.",
        ),
        Misconception(
            "the mean of all experts",
            lambda x, shares, chosen, experts: all_experts(x, shares, chosen, experts) / len(experts),
            "Every expert works on every token. Only the chosen ones do, each with its share.",
        ),
        Misconception(
            "the last expert wins",
            the_last_expert_wins,
            "out[token] = … replaces what an earlier expert wrote: only the last of a token's experts is left. Add.",
        ),
        Misconception(
            "shares forgotten",
            mixed(lambda shares, chosen: (torch.ones_like(shares), chosen)),
            "The experts are added up without their shares.",
        ),
        Misconception(
            "only the first choice",
            mixed(lambda shares, chosen: (shares[:, :1], chosen[:, :1])),
            "Only the best expert of each token is used. Add what the other choices give.",
        ),
        Misconception(
            "the share of the first choice for all",
            mixed(lambda shares, chosen: (shares[:, :1].expand_as(shares), chosen)),
            "Every expert gets the share of the token's first choice. Take shares[token, slot], with the slot.",
        ),
        Misconception(
            "equal shares",
            mixed(lambda shares, chosen: (torch.full_like(shares, 1 / shares.shape[1]), chosen)),
            "The experts are averaged. Each has its own share.",
        ),
        Misconception(
            "tokens dropped",
            crowded_tokens_dropped,
            "A full expert drops tokens: it adds nothing to them, and nobody notices. Here nothing is dropped.",
        ),
        Misconception(
            "shares in the other order",
            mixed(lambda shares, chosen: (shares.flip(-1), chosen)),
            "The shares belong to the choices in their order: the first share to the first expert of a token.",
        ),
        Misconception(
            "every expert for every token",
            all_experts,
            "All experts compute all tokens, and their shares are not used. Only the chosen ones count.",
        ),
        Misconception(
            "the matrix the other way round",
            lambda x, shares, chosen, experts: mix_experts(x, shares, chosen, experts.transpose(1, 2)),
            "You multiply by the transposed matrix. Expert e makes x @ experts[e].",
        ),
        Misconception(
            "the stream added",
            lambda x, shares, chosen, experts: x + mix_experts(x, shares, chosen, experts),
            "x itself is added. The block adds the stream; here only the experts' sum is asked for.",
        ),
        Misconception(
            "shares squared",
            mixed(lambda shares, chosen: (shares.square(), chosen)),
            "The share is multiplied in twice.",
        ),
        Misconception(
            "only the first experts",
            lambda x, shares, chosen, experts: mix_experts(x, shares * (chosen < chosen.shape[1]), chosen, experts),
            "You go through the first k experts only. Any of the E experts may be among a token's k.",
        ),
    ),
    hints=(
        "Run the broken code for a token with two experts. Which lines write to its row of `out`?",
        "What the second expert gives must be added to what the first one wrote.",
        "out = out.index_add(0, token, shares[token, slot, None] * (x[token] @ expert)), or out[token] += …",
    ),
    review="lesson 18, 'A router and its experts'",
)
