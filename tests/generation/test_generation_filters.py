"""The filters by hand on small vocabularies, against `transformers`, by properties, and by what is really drawn."""

import math

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from course_lib.generation import Sampling, apply_temperature, min_p, repetition_penalty, top_k, top_p
from course_lib.generation.sampling import make_generators

INF = math.inf


def logits_of(*probabilities: float) -> Tensor:
    return torch.tensor(probabilities, dtype=torch.float64).log()[None]  # (1, V)


def probabilities_of(logits: Tensor) -> list[float]:
    return torch.softmax(logits, dim=-1)[0].tolist()


def kept(logits: Tensor) -> list[int]:
    """The ids that can still be drawn."""
    return torch.isfinite(logits[0]).nonzero()[:, 0].tolist()


# Hundredths: no two are so close that their probabilities round to the same number.
vectors = st.lists(st.integers(-800, 800), min_size=1, max_size=30, unique=True).map(
    lambda values: torch.tensor([values], dtype=torch.float64) / 100
)


# By hand


def test_temperature_2_makes_odds_of_9_to_1_odds_of_3_to_1() -> None:
    assert probabilities_of(apply_temperature(logits_of(0.9, 0.1), 2.0)) == pytest.approx([0.75, 0.25])


def test_temperature_one_half_squares_the_odds() -> None:
    assert probabilities_of(apply_temperature(logits_of(2 / 3, 1 / 3), 0.5)) == pytest.approx([0.8, 0.2])  # 4 to 1


def test_top_k_keeps_the_likeliest_and_renormalises() -> None:
    got = top_k(logits_of(0.1, 0.4, 0.2, 0.3), 2)
    assert probabilities_of(got) == pytest.approx([0, 4 / 7, 0, 3 / 7])


def test_top_k_keeps_what_ties_with_the_kth() -> None:
    assert kept(top_k(torch.tensor([[1.0, 3.0, 1.0, 0.0]]), 2)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("p", "ids"),
    [
        (0.1, [2]),
        (0.49, [2]),
        (0.51, [0, 2]),
        (0.74, [0, 2]),
        (0.76, [0, 1, 2]),
        (0.9, [0, 1, 2, 3]),
        (1, [0, 1, 2, 3]),
    ],
)
def test_top_p_keeps_the_token_with_which_the_sum_reaches_p(p: float, ids: list[int]) -> None:
    assert kept(top_p(logits_of(0.25, 0.125, 0.5, 0.125), p)) == ids


@pytest.mark.parametrize(("p", "number"), [(0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.99, 4)])
def test_a_sum_that_is_exactly_p_has_reached_it(p: float, number: int) -> None:
    assert len(kept(top_p(torch.zeros(1, 4), p))) == number  # four quarters: no rounding


def test_of_equally_likely_tokens_the_smaller_id_comes_first() -> None:
    assert kept(top_p(torch.zeros(1, 4), 0.5)) == [0, 1]


def test_top_p_of_1_keeps_even_what_a_rounded_sum_would_lose() -> None:
    logits = torch.tensor([[30.0, *[-20.0] * 50]])  # each has 2e-22: the sum of float32 is 1 from the first on
    assert kept(top_p(logits, 1.0)) == list(range(51))


@pytest.mark.parametrize(("p", "ids"), [(0.0, [0, 1, 2, 3]), (0.2, [0, 1, 2]), (0.3, [0, 1]), (0.6, [0]), (1.0, [0])])
def test_min_p_is_a_share_of_the_largest(p: float, ids: list[int]) -> None:
    assert kept(min_p(logits_of(0.58, 0.28, 0.12, 0.02), p)) == ids  # shares of the largest: 1, 0.48, 0.21, 0.03


def test_a_penalty_divides_what_is_positive_and_multiplies_what_is_negative() -> None:
    logits = torch.tensor([[2.0, -2.0, 4.0, 0.0]])
    got = repetition_penalty(logits, torch.tensor([[0, 1, 1, 3, 0]]), 2.0)  # how often it was seen does not count
    assert got.tolist() == [[1.0, -4.0, 4.0, 0.0]]


def test_each_row_has_its_own_past() -> None:
    got = repetition_penalty(torch.ones(2, 3), torch.tensor([[0], [2]]), 2.0)
    assert got.tolist() == [[0.5, 1, 1], [1, 1, 0.5]]


# Against transformers. Ties aside the definitions agree: they keep more than k where logits tie, as we do.

THEIRS = {
    "temperature": (lambda x: apply_temperature(x, 0.7), transformers.TemperatureLogitsWarper(0.7)),
    "top-k": (lambda x: top_k(x, 7), transformers.TopKLogitsWarper(7)),
    "top-k, more than there are": (lambda x: top_k(x, 500), transformers.TopKLogitsWarper(500)),
    "top-p": (lambda x: top_p(x, 0.83), transformers.TopPLogitsWarper(0.83)),
    "min-p": (lambda x: min_p(x, 0.07), transformers.MinPLogitsWarper(0.07)),
}


@pytest.mark.parametrize("name", THEIRS)
def test_filters_equal_those_of_transformers(name: str) -> None:
    ours, theirs = THEIRS[name]
    logits = torch.randn(20, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2
    assert torch.equal(ours(logits), theirs(torch.zeros(20, 1, dtype=torch.long), logits.clone()))


@pytest.mark.parametrize("penalty", [0.8, 1.3])
def test_the_penalty_equals_that_of_transformers(penalty: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 40, generator=generator)
    seen = torch.randint(40, (5, 12), generator=generator)
    theirs = transformers.RepetitionPenaltyLogitsProcessor(penalty)(seen, logits.clone())
    torch.testing.assert_close(repetition_penalty(logits, seen, penalty), theirs)


def test_the_whole_chain_equals_that_of_transformers() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(30, 60, generator=generator, dtype=torch.float64) * 3
    seen = torch.randint(60, (30, 9), generator=generator)
    chain = transformers.LogitsProcessorList(
        [
            transformers.RepetitionPenaltyLogitsProcessor(1.2),
            transformers.TemperatureLogitsWarper(1.5),
            transformers.TopKLogitsWarper(20),
            transformers.TopPLogitsWarper(0.9),
            transformers.MinPLogitsWarper(0.05),
        ]
    )
    ours = Sampling(repetition_penalty=1.2, temperature=1.5, top_k=20, top_p=0.9, min_p=0.05).filter(logits, seen)
    torch.testing.assert_close(ours, chain(seen, logits.clone()))


# What must hold of any distribution


@given(logits=vectors, k=st.integers(1, 40))
def test_top_k_keeps_k(logits: Tensor, k: int) -> None:
    V = logits.shape[1]
    got = top_k(logits, k)
    assert len(kept(got)) == min(k, V)
    assert set(kept(got)) == set(logits[0].argsort(descending=True)[:k].tolist())


@given(logits=vectors, p=st.floats(0.001, 1))
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits: Tensor, p: float) -> None:
    ids = kept(top_p(logits, p))
    probabilities = torch.softmax(logits, dim=-1)[0]
    share = probabilities[ids].sum().item()
    smallest = probabilities[ids].min().item()
    rounding = 1e-12  # sums of 30 numbers in float64, added in another order
    assert share >= p - rounding
    if p < 1:
        assert share - smallest < p + rounding  # without its least likely token it would not reach p
    assert set(ids) == set(probabilities.argsort(descending=True)[: len(ids)].tolist())


@given(logits=vectors, p=st.floats(0, 1))
def test_min_p_keeps_the_likeliest_and_all_above_its_share(logits: Tensor, p: float) -> None:
    probabilities = torch.softmax(logits, dim=-1)[0]
    assert kept(min_p(logits, p)) == (probabilities >= p * probabilities.max()).nonzero()[:, 0].tolist()


@given(
    logits=vectors,
    temperature=st.floats(0.05, 10),
    k=st.none() | st.integers(1, 40),
    p=st.none() | st.floats(0.01, 1),
    least=st.none() | st.floats(0, 1),
)
def test_filters_compose_to_a_distribution_that_keeps_the_order(
    logits: Tensor, temperature: float, k: int | None, p: float | None, least: float | None
) -> None:
    before = logits.clone()
    got = Sampling(temperature=temperature, top_k=k, top_p=p, min_p=least).filter(logits, torch.zeros(1, 1).long())
    assert torch.equal(logits, before)  # the input is as it was
    probabilities = torch.softmax(got, dim=-1)
    assert probabilities.sum().item() == pytest.approx(1)
    assert got.argmax() == logits.argmax()
    ids = kept(got)
    assert set(ids) == set(logits[0].argsort(descending=True)[: len(ids)].tolist())  # the likeliest stay
    torch.testing.assert_close(got[0, ids], logits[0, ids] / temperature)  # and keep their odds
    if k is not None:
        assert len(ids) <= k


def test_any_leading_dimensions_and_half_precision_are_taken() -> None:
    logits = torch.randn(2, 3, 50, generator=torch.Generator().manual_seed(0)).bfloat16()
    for got in (apply_temperature(logits, 2.0), top_k(logits, 5), top_p(logits, 0.5), min_p(logits, 0.5)):
        assert got.shape == logits.shape
        assert got.dtype == torch.bfloat16


# What is drawn


def test_of_half_precision_logits_float32_probabilities_are_drawn() -> None:
    logits = torch.tensor([[5.0, 4.96875, 1.0]]).bfloat16()  # neighbours in bfloat16
    seen = torch.zeros(1, 1, dtype=torch.long)
    got = Sampling(temperature=1.6, repetition_penalty=1.001).filter(logits, seen)
    assert torch.equal(got, Sampling(temperature=1.6, repetition_penalty=1.001).filter(logits.float(), seen))
    drawn = [
        Sampling().choose(
            logits.to(dtype).expand(4_000, 3), seen.expand(4_000, 1), make_generators(0, 4_000, seen.device)
        )
        for dtype in (torch.bfloat16, torch.float32)
    ]
    assert torch.equal(*drawn)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.6),
        Sampling(temperature=1.7, top_k=4),
        Sampling(top_p=0.8),
        Sampling(min_p=0.2),
        Sampling(repetition_penalty=1.5, temperature=1.2, top_k=5, top_p=0.95, min_p=0.01),
    ],
    ids=str,
)
def test_draws_follow_the_filtered_distribution(sampling: Sampling) -> None:
    draws = 20_000
    logits = torch.tensor([[2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0]])
    seen = torch.tensor([[1, 4]])
    expected = torch.softmax(sampling.filter(logits, seen), dim=-1)[0].double() * draws
    generators = make_generators(0, draws, torch.device("cpu"))
    got = sampling.choose(logits.expand(draws, -1), seen.expand(draws, -1), generators)
    counts = torch.bincount(got, minlength=7)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi_square = ((counts - expected)[possible] ** 2 / expected[possible]).sum().item()
    # Of χ² with f degrees of freedom mean f, deviation √2f: six deviations, under one in a million. The seed is fixed.
    freedom = int(possible.sum()) - 1
    assert chi_square <= freedom + 6 * math.sqrt(2 * freedom)


def test_the_chi_square_test_would_notice_a_temperature_that_is_off() -> None:
    draws = 20_000
    logits = torch.tensor([[2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0]])
    expected = torch.softmax(logits / 1.1, dim=-1)[0].double() * draws
    got = Sampling().choose(
        logits.expand(draws, -1), torch.zeros(draws, 1).long(), make_generators(0, draws, torch.device("cpu"))
    )
    counts = torch.bincount(got, minlength=7)
    assert ((counts - expected) ** 2 / expected).sum().item() > 6 + 6 * math.sqrt(12)


# What is refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"temperature": -0.5}, "temperature=-0.5"),
        ({"temperature": math.nan}, "temperature=nan"),
        ({"top_k": 0}, "top_k must be at least 1, got 0"),
        ({"top_p": 0.0}, "top_p must be above 0 and at most 1, got 0.0"),
        ({"top_p": 1.1}, "got 1.1"),
        ({"min_p": -0.1}, "min_p must lie between 0 and 1, got -0.1"),
        ({"min_p": 1.5}, "got 1.5"),
        ({"repetition_penalty": 0.0}, "repetition_penalty must be above 0, got 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sampling(**options)


def test_a_temperature_of_0_has_no_distribution() -> None:
    with pytest.raises(ValueError, match="above 0 to divide by it, got 0; for 0 take the argmax"):
        apply_temperature(torch.zeros(1, 3), 0)


def test_several_seeds_must_be_one_a_row() -> None:
    with pytest.raises(ValueError, match="one for each of 3 rows, got 2"):
        make_generators([1, 2], 3, torch.device("cpu"))
