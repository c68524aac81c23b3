"""The law and its fit, against torch's L-BFGS and against laws that made the runs."""

import math
import random

import pytest
import torch
from torch.nn import functional as F

from course_lib.scaling import (
    ScalingLaw,
    bootstrap,
    bootstrap_laws,
    fit_law,
    percentile_interval,
    tokens_for,
    training_flops,
)

LAW = ScalingLaw(E=0.27, A=60.0, alpha=0.45, B=3_000.0, beta=0.55)
SIZES = (15e3, 40e3, 130e3, 270e3, 660e3)
TOKENS = (3e5, 1e6, 4e6, 2e7)


def runs_of(law: ScalingLaw, noise: float = 0.0, seed: int = 0) -> tuple[list[float], list[float], list[float]]:
    """N, D and loss of a grid of runs, with an error of ln L of this deviation."""
    rng = random.Random(seed)
    N, D = zip(*[(n, d) for n in SIZES for d in TOKENS], strict=True)
    return list(N), list(D), [law.loss(n, d) * math.exp(rng.gauss(0, noise)) for n, d in zip(N, D, strict=True)]


@pytest.mark.parametrize("floor", [None, 0.27])
def test_runs_without_noise_give_back_their_law(floor):
    fitted = fit_law(*runs_of(LAW), floor=floor)
    assert fitted == pytest.approx(LAW, rel=1e-6)


def test_published_numbers_of_chinchilla_are_given_back():
    chinchilla = ScalingLaw(E=1.69, A=406.4, alpha=0.34, B=410.7, beta=0.28)  # Hoffmann et al. 2022, eq. 10
    N, D = zip(*[(n, d) for n in (4e7, 1e9, 1e10) for d in (1e9, 1e10, 1e11)], strict=True)
    fitted = fit_law(N, D, [chinchilla.loss(n, d) for n, d in zip(N, D, strict=True)])
    assert fitted == pytest.approx(chinchilla, rel=1e-6)


def lbfgs_objective(columns: tuple[list[float], ...], floor: float | None) -> float:
    """The least Huber loss that torch's L-BFGS finds from nine beginnings, as in the paper."""
    log_N, log_D, log_L = torch.tensor(columns, dtype=torch.float64).log()
    found = []
    for alpha in (0.2, 0.5, 1.0):
        for beta in (0.2, 0.5, 1.0):
            beginning = [alpha * log_N.median() - 0.7, alpha, beta * log_D.median() - 0.7, beta, math.log(0.3)]
            p = torch.tensor([float(value) for value in beginning], dtype=torch.float64, requires_grad=True)
            optimizer = torch.optim.LBFGS(
                [p], max_iter=1_000, tolerance_grad=1e-12, tolerance_change=1e-14, line_search_fn="strong_wolfe"
            )

            def objective(p=p, optimizer=optimizer):
                optimizer.zero_grad()
                e = p[4] if floor is None else torch.tensor(floor, dtype=torch.float64).log()
                terms = torch.stack([p[0] - p[1] * log_N, p[2] - p[3] * log_D, e.expand_as(log_N)])
                loss = F.huber_loss(terms.logsumexp(0), log_L, delta=1e-3, reduction="sum")
                loss.backward()
                return loss

            optimizer.step(objective)
            found.append(objective().item())
    return min(found)


@pytest.mark.parametrize("floor", [None, 0.27])
def test_the_fit_is_as_good_as_that_of_lbfgs(floor):
    columns = runs_of(LAW, noise=0.02)
    fitted = fit_law(*columns, floor=floor)
    predicted = torch.tensor([math.log(fitted.loss(n, d)) for n, d in zip(*columns[:2], strict=True)])
    ours = F.huber_loss(predicted.double(), torch.tensor(columns[2]).double().log(), delta=1e-3, reduction="sum")
    assert ours.item() <= lbfgs_objective(columns, floor) * 1.001


def test_one_odd_run_does_not_bend_the_fit():
    N, D, loss = runs_of(LAW, noise=0.002)
    loss[7] *= 1.5
    assert fit_law(N, D, loss, floor=0.27).alpha == pytest.approx(0.45, abs=0.02)


def test_a_known_floor_stays():
    assert fit_law(*runs_of(LAW, noise=0.05), floor=0.2).E == pytest.approx(0.2)


def test_the_best_size_is_the_best_of_many():
    flops = 4e12
    N, D = LAW.best_size(flops)
    assert training_flops(N, D) == pytest.approx(flops)
    others = [N * factor for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0)]
    assert all(LAW.loss(N, D) < LAW.loss(other, tokens_for(flops, other)) for other in others)


def test_intervals_of_the_bootstrap_hold_the_truth():
    spans = {}
    for floor in (None, LAW.E):
        laws = bootstrap_laws(*runs_of(LAW, noise=0.02), samples=60, floor=floor)
        low, high = percentile_interval([law.alpha for law in laws])
        assert low < LAW.alpha < high
        spans[floor] = high - low
    assert spans[LAW.E] < spans[None]  # what is known need not be fitted


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error_says():
    values = torch.randn(400, generator=torch.Generator().manual_seed(0)).tolist()
    low, high = bootstrap(values, lambda drawn: sum(drawn) / len(drawn), samples=400)
    assert high - low == pytest.approx(2 * 1.645 / 20, rel=0.2)  # ± 1.645 σ/√n holds nine in ten of a normal


@pytest.mark.parametrize(
    ("N", "D", "loss", "message"),
    [
        ([1e4] * 5, [1e6] * 4, [2.0] * 5, "each run has an N, a D and a loss"),
        ([1e4] * 4, [1e6] * 4, [2.0] * 4, "at least as many runs"),
        ([1e4] * 5, [1e6] * 5, [2.0] * 4 + [math.nan], "loss must be positive"),
        ([0.0] * 5, [1e6] * 5, [2.0] * 5, "N must be positive"),
    ],
)
def test_what_cannot_be_fitted_is_said(N, D, loss, message):
    with pytest.raises(ValueError, match=message):
        fit_law(N, D, loss)


def test_one_value_has_no_interval():
    with pytest.raises(ValueError, match="at least 2"):
        percentile_interval([1.0])
    with pytest.raises(ValueError, match="at least 2"):
        bootstrap([1.0], sum)
