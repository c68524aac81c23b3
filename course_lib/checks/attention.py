"""The exercises of lesson 03: right answers, and the mistakes that are really made with attention."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_lib import attention
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case

# Exercise 1: softmax


def softmax_cases(generator: torch.Generator) -> list[Case]:
    """Each axis, a square matrix where a lost axis goes unnoticed, and scores of a size that overflows."""
    square = torch.randn(3, 3, generator=generator)
    matrix = torch.randn(2, 3, generator=generator)
    block = torch.randn(2, 3, 4, generator=generator)
    masked = torch.tensor([[0.0, -math.inf, -math.inf], [0.0, 1.0, -math.inf]])
    return [
        Case((torch.tensor([0.0, math.log(3)]),), label="two scores, 0 and ln 3"),
        Case((matrix,), label="2 rows of 3 scores"),
        Case((matrix,), {"dim": 0}, label="2 rows of 3 scores, along dim 0"),
        Case((square,), label="3 rows of 3 scores"),
        Case((block,), {"dim": 1}, label="a block of (2, 3, 4), along dim 1"),
        Case((masked,), label="masked scores"),
        Case((torch.tensor([1_000.0, 999.0, -1_000.0]),), label="large scores"),
        Case((torch.tensor([[1_000.0, 999.0], [-1_000.0, -1_001.0]]),), label="rows of different size"),
    ]


def _sums_to_one(call: Call, generator: torch.Generator) -> None:
    for dim in (0, 1):
        x = 3 * torch.randn(5, 7, generator=generator)
        total = call(x, dim=dim).sum(dim=dim)
        if not torch.allclose(total, torch.ones_like(total), atol=1e-4):
            raise Failed(f"x of shape (5, 7) along dim {dim}: the shares sum to {total.tolist()}")


def _ignores_a_constant(call: Call, generator: torch.Generator) -> None:
    x = torch.randn(4, generator=generator)
    if not torch.allclose(call(x + 100), call(x), atol=1e-4):
        raise Failed("100 added to each of four scores changes the shares, and should not")


def _softmax_with(
    exponentials: Callable[[Tensor, int], Tensor], total: Callable[[Tensor, int], Tensor]
) -> Callable[..., Tensor]:
    def softmax(x: Tensor, dim: int = -1) -> Tensor:
        exps = exponentials(x, dim)
        return exps / total(exps, dim)

    return softmax


def _plain_exp(x: Tensor, dim: int) -> Tensor:
    return x.exp()


def _shifted_exp(x: Tensor, dim: int) -> Tensor:
    return (x - x.amax(dim=dim, keepdim=True)).exp()


def _shifted_exp_of_all(x: Tensor, dim: int) -> Tensor:
    return (x - x.max()).exp()


def _sum(exps: Tensor, dim: int) -> Tensor:
    return exps.sum(dim=dim, keepdim=True)


def _sum_of_all(exps: Tensor, dim: int) -> Tensor:
    return exps.sum()


def _sum_without_keepdim(exps: Tensor, dim: int) -> Tensor:
    return exps.sum(dim=dim)


def _always_last(x: Tensor, dim: int = -1) -> Tensor:
    return torch.softmax(x, dim=-1)


def _always_last_and_overflowing(x: Tensor, dim: int = -1) -> Tensor:
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)


def _log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    return torch.log_softmax(x, dim=dim)


OVERFLOW_TOO = "There is a second mistake: large scores overflow, since the largest is not subtracted first."

SOFTMAX = Exercise(
    name="softmax",
    reference=attention.softmax,
    forbidden=(
        "torch.softmax",
        "torch.log_softmax",
        "torch.nn.Softmax",
        "torch.nn.LogSoftmax",
    ),
    cases=softmax_cases,
    properties=(
        Property("the shares along dim sum to 1", _sums_to_one),
        Property("adding the same number to every score changes nothing", _ignores_a_constant),
    ),
    tolerance=5e-4,  # scores of 1,000 have steps of 6e-5 in float32, so x - logsumexp(x) is right no further
    misconceptions=(
        Misconception(
            "large scores overflow",
            _softmax_with(_plain_exp, _sum),
            "exp(1000) is inf, and inf / inf is nan. Subtract the largest score along dim first: it cancels.",
        ),
        Misconception(
            "one largest score for the whole tensor",
            _softmax_with(_shifted_exp_of_all, _sum),
            "A row whose scores are all far below the largest of the tensor becomes 0 / 0. "
            "Subtract from each row its own largest, with dim and keepdim=True.",
        ),
        Misconception(
            "one sum for the whole tensor",
            _softmax_with(_shifted_exp_of_all, _sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum.",
        ),
        Misconception(
            "one sum for the whole tensor, and overflow",
            _softmax_with(_plain_exp, _sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum. "
            f"{OVERFLOW_TOO}",
        ),
        Misconception(
            "dim is ignored",
            _always_last,
            "Your shares always run along the last dimension; they should run along dim.",
        ),
        Misconception(
            "dim is ignored, and overflow",
            _always_last_and_overflowing,
            f"Your shares always run along the last dimension; they should run along dim. {OVERFLOW_TOO}",
        ),
        Misconception(
            "keepdim=True is missing",
            _softmax_with(_shifted_exp, _sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            "another row. Other shapes do not even fit.",
        ),
        Misconception(
            "keepdim=True is missing, and overflow",
            _softmax_with(_plain_exp, _sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            f"another row. Other shapes do not even fit. {OVERFLOW_TOO}",
        ),
        Misconception(
            "no exponential",
            _softmax_with(lambda x, dim: x, _sum),
            "Your scores are divided by their sum as they are, so shares can be negative. Take exp of each first.",
        ),
        Misconception(
            "the logarithm of the softmax",
            _log_softmax,
            "These are log-probabilities: good for a loss, but weights lie between 0 and 1. Leave out the logarithm.",
        ),
    ),
    hints=(
        "What can you subtract from all the scores of a row without changing its softmax? Which choice is safest?",
        "Three steps: subtract the largest score along dim, take exp, divide by the sum along dim.",
        "`x.amax(dim=dim, keepdim=True)` and `.sum(dim=dim, keepdim=True)` keep the dimension, so that it broadcasts.",
    ),
    review="lesson 03, section 8, 'A softmax that survives'",
)

# Exercise 2: the causal mask


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Three tokens, to be read with the eyes, then one, two, and a number that cannot be guessed."""
    drawn = int(torch.randint(5, 30, (1,), generator=generator))
    return [Case((T,), label=f"T = {T}") for T in (3, 1, 2, drawn)]


def _allows_t_plus_one(call: Call, generator: torch.Generator) -> None:
    counts = call(6).sum(dim=-1).tolist()
    if counts != [1, 2, 3, 4, 5, 6]:
        raise Failed(f"T = 6: the rows 0 to 5 should allow 1, 2, 3, 4, 5 and 6 keys; yours allow {counts}")


def _additive_mask(T: int) -> Float[Tensor, "T T"]:
    return torch.full((T, T), -math.inf).triu(diagonal=1)


CAUSAL_MASK = Exercise(
    name="causal_mask",
    reference=attention.causal_mask,
    cases=mask_cases,
    properties=(Property("row t allows t + 1 keys", _allows_t_plus_one),),
    misconceptions=(
        Misconception(
            "transposed",
            lambda T: torch.ones(T, T, dtype=torch.bool).triu(),
            "Row t must allow the keys 0 to t; yours allows t to T − 1, the future instead of the past. "
            "Rows are queries, columns are keys.",
        ),
        Misconception(
            "True means blocked",
            lambda T: torch.ones(T, T, dtype=torch.bool).triu(diagonal=1),
            "Your mask is True exactly where attending is not allowed. In this course True means may attend; "
            "some layers of torch use the other convention.",
        ),
        Misconception(
            "a token does not see itself",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1),
            "The diagonal must be True: a token may attend to itself. Without it, row 0 has no key at all.",
        ),
        Misconception(
            "one token of the future is visible",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril(diagonal=1),
            "Row t allows the key t + 1, the very token that is to be predicted.",
        ),
        Misconception(
            "numbers instead of True and False",
            lambda T: torch.ones(T, T).tril(),
            "The pattern is right, but it is made of the numbers 1.0 and 0.0. Make it boolean, with .bool() or by a "
            "comparison, so that ~mask and masked_fill work.",
        ),
        Misconception(
            "whole numbers instead of True and False",
            lambda T: torch.ones(T, T, dtype=torch.int64).tril(),
            "The pattern is right, but it is made of the numbers 1 and 0. Make it boolean, with .bool() or by a "
            "comparison, so that ~mask and masked_fill work.",
        ),
        Misconception(
            "a mask to be added",
            _additive_mask,
            "This is a mask to be added to the scores, 0 and −inf. Asked for is a boolean one: True where allowed.",
        ),
        Misconception(
            "every pair is allowed",
            lambda T: torch.ones(T, T, dtype=torch.bool),
            "Nothing is masked. Key j may be seen by query t only if j <= t.",
        ),
        Misconception(
            "a token sees only itself",
            lambda T: torch.eye(T, dtype=torch.bool),
            "Only the diagonal is True. Query t may see all keys j <= t, not only j = t.",
        ),
    ),
    hints=(
        "Write the mask for T = 3 on paper first: 3 rows for the queries, 3 columns for the keys, 6 times True.",
        "A pair is allowed if the key's position is at most the query's. Which shape compares every pair at once?",
        "With `position = torch.arange(T)`, the column `position[:, None]` and the row `position` compare to (T, T).",
    ),
    review="lesson 03, section 5, 'The causal mask'",
)

# Exercise 3: one query


def query_cases(generator: torch.Generator) -> list[Case]:
    """The example that the lesson works by hand, then widths that all differ."""

    def drawn(T: int, d: int, d_v: int) -> tuple[Tensor, Tensor, Tensor]:
        return (
            torch.randn(d, generator=generator),
            torch.randn(T, d, generator=generator),
            torch.randn(T, d_v, generator=generator),
        )

    by_hand = (
        torch.tensor([math.sqrt(2), 0.0]),
        torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
        torch.tensor([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]),
    )
    return [
        Case(by_hand, label="the lesson's example: 3 keys, d = 2"),
        Case(drawn(1, 4, 2), label="1 key, d = 4, d_v = 2"),
        Case(drawn(5, 4, 4), label="5 keys, d = 4"),
        Case(drawn(6, 9, 3), label="6 keys, d = 9, d_v = 3"),
        Case(drawn(30, 16, 8), label="30 keys, d = 16, d_v = 8"),
    ]


def _stays_within_the_values(call: Call, generator: torch.Generator) -> None:
    q, k, v = (torch.randn(shape, generator=generator) for shape in ((8,), (6, 8), (6, 3)))
    output = call(q, k, v)
    if (output < v.amin(dim=0) - 1e-4).any() or (output > v.amax(dim=0) + 1e-4).any():
        raise Failed(
            f"6 keys, d = 8: the output {output.tolist()} leaves the range of the values, "
            "so the weights are not shares of 1"
        )


def _single_query_with(
    *,
    scale: Callable[[Tensor, Tensor], float] = lambda q, k: math.sqrt(q.shape[-1]),
    shares: Callable[[Tensor], Tensor] = lambda scores: torch.softmax(scores, dim=-1),
    average: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda weights, k, v: weights @ v,
) -> Callable[..., Tensor]:
    def single_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return average(shares(k @ q / scale(q, k)), k, v)

    return single_query_attention


SINGLE_QUERY = Exercise(
    name="single_query_attention",
    reference=attention.single_query_attention,
    cases=query_cases,
    properties=(Property("the output lies between the smallest and the largest value", _stays_within_the_values),),
    misconceptions=(
        Misconception(
            "no scaling",
            _single_query_with(scale=lambda q, k: 1.0),
            "The scores are not divided by √d, so for wide vectors one key takes nearly all the weight.",
        ),
        Misconception(
            "divided by d",
            _single_query_with(scale=lambda q, k: q.shape[-1]),
            "The scores are divided by d instead of √d, so for wide vectors all weights become nearly equal.",
        ),
        Misconception(
            "divided by the root of the number of keys",
            _single_query_with(scale=lambda q, k: math.sqrt(len(k))),
            "The scale is √T, with the number of keys. It should be √d, with the width of the query: `q.shape[-1]`.",
        ),
        Misconception(
            "no softmax",
            _single_query_with(shares=lambda scores: scores),
            "The scores themselves are used as weights. They can be negative and do not sum to 1: take their softmax.",
        ),
        Misconception(
            "exponentials that are not divided by their sum",
            _single_query_with(shares=lambda scores: scores.exp()),
            "exp(score) is used as a weight without dividing by the sum, so the weights do not sum to 1.",
        ),
        Misconception(
            "the mean of the keys",
            _single_query_with(average=lambda weights, k, v: weights @ k),
            "Your weights average the keys. Keys only decide the weights; what is averaged are the values.",
        ),
        Misconception(
            "only the best key",
            _single_query_with(average=lambda weights, k, v: v[weights.argmax()]),
            "You return the value of the best key alone. Attention is a weighted mean of all values.",
        ),
        Misconception(
            "softmax of the output",
            _single_query_with(
                shares=lambda scores: scores, average=lambda scores, k, v: torch.softmax(scores @ v, dim=-1)
            ),
            "The softmax comes after the product with the values. It belongs to the scores, before that product.",
        ),
    ),
    hints=(
        "Three lines, one for each part of the formula: scores, weights, output.",
        "`k @ q` is the dot product of each key with the query, (T,). Which number divides it?",
        "scores = k @ q / √d, weights = softmax of the scores, output = weights @ v.",
    ),
    review="lesson 03, section 2, 'One query, by hand'",
)

# Exercise 4: equal keys


def weights_of_equal_keys() -> list[float]:
    """The third of five tokens with equal keys, causal: three equal shares."""
    return [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0]


EQUAL_KEYS = Exercise(
    name="predict_weights_of_equal_keys",
    reference=weights_of_equal_keys,
    cases=single_case,
    tolerance=0.005,  # two decimals will do
    misconceptions=(
        Misconception(
            "the mask is forgotten",
            lambda: [0.2, 0.2, 0.2, 0.2, 0.2],
            "Five equal shares would be right without the mask. The third token does not see the fourth and the fifth.",
        ),
        Misconception(
            "a token does not see itself",
            lambda: [0.5, 0.5, 0.0, 0.0, 0.0],
            "The third token may also attend to itself.",
        ),
        Misconception(
            "position 2 taken for the second token",
            lambda: [0.25, 0.25, 0.25, 0.25, 0.0],
            "Four tokens are visible in your answer. Positions count from 0: the third token has position 2 and sees "
            "the positions 0, 1 and 2.",
        ),
        Misconception(
            "all weight on itself",
            lambda: [0.0, 0.0, 1.0, 0.0, 0.0],
            "The token's own key is no better than the other two: all three are equal, so their weights are too.",
        ),
        Misconception(
            "the mask instead of the weights",
            lambda: [1.0, 1.0, 1.0, 0.0, 0.0],
            "This is the row of the mask. The weights of a row sum to 1.",
        ),
    ),
    hints=(
        "Does it matter what the query is, if all keys are the same?",
        "Equal keys have equal scores. What does the softmax make of equal scores? And which of the five are masked?",
        "The third token sees the tokens 0, 1 and 2. They share a weight of 1 equally, the other two get nothing.",
    ),
    review="lesson 03, sections 2 and 5",
)

# Exercise 5: a mask applied after the softmax


def masked_softmax(scores: Float[Tensor, "*batch T T"]) -> Float[Tensor, "*batch T T"]:
    """Weights of causal attention, from scores of any finite size."""
    return _masked_softmax_with()(scores)


def score_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens by hand, a batch, and a future whose scores are so large that they leave nothing for the past."""
    steep = torch.tensor([[0.0, 300.0], [0.0, 0.0]])
    return [
        Case((torch.tensor([[0.0, 0.0], [math.log(3), 0.0]]),), label="2 tokens"),
        Case((torch.randn(3, 3, generator=generator),), label="3 tokens"),
        Case((torch.randn(2, 4, 5, 5, generator=generator),), label="scores of shape (2, 4, 5, 5)"),
        Case((steep,), label="a future score of 300"),
    ]


def _future_has_no_say(call: Call, generator: torch.Generator) -> None:
    scores = torch.randn(6, 6, generator=generator)
    changed = scores + 5 * torch.rand(6, 6, generator=generator).triu(diagonal=1)
    before, after = call(scores), call(changed)
    if not torch.allclose(before, after, atol=1e-5):
        row = int((before - after).abs().amax(dim=-1).argmax())
        raise Failed(
            f"6 tokens: only scores of future keys were changed, and the weights of query {row} went from "
            f"{[round(w, 3) for w in before[row].tolist()]} to {[round(w, 3) for w in after[row].tolist()]}"
        )


def _masked_softmax_with(
    *,
    allowed: Callable[[int], Bool[Tensor, "T T"]] = attention.causal_mask,
    fill: float = -math.inf,
    dim: int = -1,
) -> Callable[[Tensor], Tensor]:
    def masked_softmax(scores: Tensor) -> Tensor:
        return torch.softmax(scores.masked_fill(~allowed(scores.shape[-1]), fill), dim=dim)

    return masked_softmax


def _mask_after(scores: Tensor) -> Tensor:
    return torch.softmax(scores, dim=-1).masked_fill(~attention.causal_mask(scores.shape[-1]), 0.0)


def _mask_after_and_renormalise(scores: Tensor) -> Tensor:
    weights = _mask_after(scores)
    return weights / weights.sum(dim=-1, keepdim=True)


MASKED_SOFTMAX = Exercise(
    name="masked_softmax",
    reference=masked_softmax,
    cases=score_cases,
    properties=(Property("the scores of future keys have no say", _future_has_no_say),),
    misconceptions=(
        Misconception(
            "mask after the softmax",
            _mask_after,
            "The softmax has already divided by a sum that contains the future, so the rows no longer sum to 1. "
            "Mask the scores, then take the softmax.",
        ),
        Misconception(
            "mask after the softmax, then divided by the new sum",
            _mask_after_and_renormalise,
            "That is right on paper, but where the future has much larger scores, the allowed weights have already "
            "become 0, and 0 / 0 is nan. Mask the scores before the softmax.",
        ),
        Misconception(
            "masked scores set to 0",
            _masked_softmax_with(fill=0.0),
            "A score of 0 is an ordinary score: exp(0) = 1. What gets no weight at all is a score of −inf.",
        ),
        Misconception(
            "the allowed scores are masked",
            _masked_softmax_with(allowed=lambda T: ~attention.causal_mask(T)),
            "The mask is True where attending is allowed, and you filled just there. Fill where it is not: ~mask.",
        ),
        Misconception(
            "mask transposed",
            _masked_softmax_with(allowed=lambda T: attention.causal_mask(T).T),
            "Each query sees the future and not the past: rows and columns of the mask are exchanged.",
        ),
        Misconception(
            "softmax over the queries",
            _masked_softmax_with(dim=-2),
            "The columns sum to 1. Each query shares out its own attention, so the rows should: dim=-1, the keys.",
        ),
        Misconception(
            "a token does not see itself",
            _masked_softmax_with(allowed=lambda T: attention.causal_mask(T).tril(diagonal=-1)),
            "The diagonal is masked too, so the first row has no key left and becomes nan.",
        ),
    ),
    hints=(
        "Add up a row of what the broken code returns. What should the sum be, and where did the rest go?",
        "The sum in the softmax must not contain the future. So what has to happen first?",
        "Fill the scores with −inf where ~mask is True, and take the softmax of that.",
    ),
    review="lesson 03, section 6, 'Three ways to get the mask wrong'",
)

# Exercise 6: all of it


def attention_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens to think about, then with and without the mask, any number of batch dimensions, T = d, d_v ≠ d."""

    def drawn(*batch: int, T: int, d: int, d_v: int) -> tuple[Tensor, ...]:
        return tuple(torch.randn(*batch, T, width, generator=generator) for width in (d, d, d_v))

    by_hand = (
        torch.tensor([[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(3), 0.0, 0.0, 0.0]]),
        torch.tensor([[4.0], [8.0]]),
    )
    return [
        Case(by_hand, label="2 tokens, d = 4, d_v = 1"),
        Case(by_hand, {"causal": False}, label="2 tokens, d = 4, d_v = 1, not causal"),
        Case(drawn(T=3, d=3, d_v=3), label="3 tokens, d = 3"),
        Case(drawn(2, T=5, d=4, d_v=3), label="q and k of shape (2, 5, 4), v of shape (2, 5, 3)"),
        Case(drawn(2, T=5, d=4, d_v=3), {"causal": False}, label="the same shapes, not causal"),
        Case(drawn(2, 3, T=6, d=9, d_v=9), label="shape (2, 3, 6, 9)"),
        Case(drawn(1, T=1, d=4, d_v=4), label="1 token"),
    ]


def _past_is_untouched(call: Call, generator: torch.Generator) -> None:
    q, k, v = torch.randn(3, 2, 8, 4, generator=generator)
    before = call(q, k, v)["output"]
    for x in (q, k, v):
        x[:, 5] += 2.0
    after = call(q, k, v)["output"]
    changed = (before - after).abs().amax(dim=(0, 2))  # (T,)
    early = [t for t in range(5) if changed[t] > 1e-6]
    if early:
        raise Failed(f"8 tokens: token 5 was changed, and the outputs of the tokens {early} changed with it")


def _order_of_keys_is_irrelevant(call: Call, generator: torch.Generator) -> None:
    q, k, v = torch.randn(3, 6, 4, generator=generator)
    order = torch.randperm(6, generator=generator)
    if not torch.allclose(
        call(q, k, v, causal=False)["output"], call(q, k[order], v[order], causal=False)["output"], atol=1e-5
    ):
        raise Failed("6 tokens, causal=False: shuffling the keys together with their values changes the output")


def _swap(x: Tensor) -> Tensor:
    return x.transpose(-2, -1)


def _attention_with(
    *,
    scores: Callable[[Tensor, Tensor], Tensor] = lambda q, k: q @ _swap(k),
    scale: Callable[[Tensor, Tensor], float] = lambda q, k: math.sqrt(q.shape[-1]),
    allowed: Callable[[Tensor], Bool[Tensor, "T T"]] = lambda q: attention.causal_mask(q.shape[-2]),
    fill: float = -math.inf,
    dim: int = -1,
    always: bool = False,
) -> Callable[..., Tensor]:
    """The reference in one piece, with one of its parts replaced."""

    def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
        table = scores(q, k) / scale(q, k)
        if causal or always:
            table = table.masked_fill(~allowed(q), fill)
        return torch.softmax(table, dim=dim) @ v

    return scaled_dot_product_attention


def _attention_masked_after(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
    scores = q @ _swap(k) / math.sqrt(q.shape[-1])
    return (_mask_after(scores) if causal else torch.softmax(scores, dim=-1)) @ v


def _reverse_all_dimensions(x: Tensor) -> Tensor:
    return x.permute(*range(x.dim() - 1, -1, -1))  # what .T does


ATTENTION = Exercise(
    name="scaled_dot_product_attention",
    reference=attention.scaled_dot_product_attention,
    forbidden=(
        "torch.nn.functional.scaled_dot_product_attention",
        "course_lib.attention.fused_scaled_dot_product_attention",
        "torch.nn.MultiheadAttention",
    ),
    cases=attention_cases,
    drive=drive.call_with_gradient,
    properties=(
        Property("a future token changes nothing before it", _past_is_untouched),
        Property("without the mask, the order of keys does not matter", _order_of_keys_is_irrelevant),
    ),
    misconceptions=(
        Misconception(
            "no scaling",
            _attention_with(scale=lambda q, k: 1.0),
            "The scores are not divided by √d: their variance grows with d, and the softmax saturates.",
        ),
        Misconception(
            "divided by d",
            _attention_with(scale=lambda q, k: q.shape[-1]),
            "The scores are divided by d. Their standard deviation is √d, so divide by that: math.sqrt(q.shape[-1]).",
        ),
        Misconception(
            "divided by √T",
            _attention_with(scale=lambda q, k: math.sqrt(k.shape[-2])),
            "The scale uses the number of tokens, shape[-2]. It should use the width, shape[-1].",
        ),
        Misconception(
            "mask transposed",
            _attention_with(allowed=lambda q: attention.causal_mask(q.shape[-2]).T),
            "Each token sees the future and not the past. Rows of the mask are queries, columns are keys.",
        ),
        Misconception(
            "the allowed scores are masked",
            _attention_with(allowed=lambda q: ~attention.causal_mask(q.shape[-2])),
            "Your −inf goes where the mask is True, so each token sees only its future and the last row is nan. "
            "Fill where the mask is False: ~mask.",
        ),
        Misconception(
            "a token does not see itself",
            _attention_with(allowed=lambda q: attention.causal_mask(q.shape[-2]).tril(diagonal=-1)),
            "The diagonal is masked too, so the first token has no key left and its output is nan.",
        ),
        Misconception(
            "mask after the softmax",
            _attention_masked_after,
            "The weights of the future are set to 0 only after they took part in the sum, so rows do not sum to 1 and "
            "the future leaks through. Mask the scores, then take the softmax.",
        ),
        Misconception(
            "masked scores set to 0",
            _attention_with(fill=0.0),
            "A score of 0 still gets exp(0) = 1 as its share. Fill the masked scores with −inf.",
        ),
        Misconception(
            "softmax over the queries",
            _attention_with(dim=-2),
            "The columns of your weights sum to 1; the rows should: softmax over the keys, dim=-1.",
        ),
        Misconception(
            "q and k swapped",
            _attention_with(scores=lambda q, k: k @ _swap(q)),
            "The table of scores is transposed: rows must belong to queries and columns to keys, so q comes first.",
        ),
        Misconception(
            "no mask",
            _attention_with(allowed=lambda q: torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool)),
            "With causal=True (the default) a token must not see those after it; nothing is masked in yours.",
        ),
        Misconception(
            "always causal",
            _attention_with(always=True),
            "The mask is applied with causal=False as well. Without the mask every token sees all tokens.",
        ),
        Misconception(
            "the parameter causal is missing",
            lambda q, k, v: attention.scaled_dot_product_attention(q, k, v),
            "Your function takes q, k and v only. Give it the keyword causal=True, as in the stub, and mask only then.",
        ),
        Misconception(
            "mask of the wrong length",
            _attention_with(allowed=lambda q: attention.causal_mask(q.shape[-1])),
            "The mask has the size of the width d. It needs one row and one column for each token: q.shape[-2].",
        ),
        Misconception(
            "mask built from the first dimension",
            _attention_with(allowed=lambda q: attention.causal_mask(q.shape[0])),
            "q.shape[0] is the number of tokens only if there is no batch. Count from the end: q.shape[-2].",
        ),
        Misconception(
            "keys not transposed",
            _attention_with(scores=lambda q, k: q @ k),
            "`q @ k` multiplies (T, d) by (T, d). So that each query meets each key, transpose the keys' last two "
            "dimensions.",
        ),
        Misconception(
            "all dimensions reversed",
            _attention_with(scores=lambda q, k: q @ _reverse_all_dimensions(k)),
            "`k.T` turns all dimensions round, the batch too. Exchange the last two only: k.transpose(-2, -1).",
        ),
        Misconception(
            "exactly one batch dimension assumed",
            _attention_with(scores=lambda q, k: q @ k.transpose(1, 2)),
            "The dimensions 1 and 2 are the last two only for tensors of 3 dimensions. "
            "Count from the end: transpose(-2, -1).",
        ),
    ),
    hints=(
        "Four steps, in this order: scores, mask, softmax, product with the values. Write the shape beside each.",
        "Scores are `q @ k.transpose(-2, -1)`, divided by the square root of the width. Mask them if `causal`.",
        "`scores.masked_fill(~mask, -math.inf)` with a (T, T) mask, softmax along the last dimension, then `@ v`.",
    ),
    review="lesson 03, section 9, 'All together, and against torch'",
)

EXERCISES = (SOFTMAX, CAUSAL_MASK, SINGLE_QUERY, EQUAL_KEYS, MASKED_SOFTMAX, ATTENTION)
