"""The best policy is the best: by enumeration, by random rivals, and at the borders."""

import math

import pytest
import torch

from course_lib.alignment import best_objective, best_policy, frontier, kl_divergence, place, way_gone


def distribution(seed: int, K: int = 6) -> torch.Tensor:
    return torch.log_softmax(torch.randn(K, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), 0)


def test_two_answers_by_hand() -> None:
    log_ref, rewards = torch.tensor([0.5, 0.5]).log(), torch.tensor([1.0, 0.0])
    best = best_policy(log_ref, rewards, beta=1.0).exp()
    assert best[0].item() == pytest.approx(math.e / (1 + math.e))
    assert best_objective(log_ref, rewards, 1.0) == pytest.approx(math.log((math.e + 1) / 2))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [0.05, 0.3, 2.0])
def test_nobody_earns_more_and_the_ceiling_is_reached(seed: int, beta: float) -> None:
    log_ref, rewards = distribution(seed), distribution(seed + 50)
    ceiling = best_objective(log_ref, rewards, beta)
    best = place(best_policy(log_ref, rewards, beta), log_ref, rewards)
    assert best.objective(beta) == pytest.approx(ceiling, rel=1e-9)
    for rival in range(30):
        assert place(distribution(1_000 + rival), log_ref, rewards).objective(beta) < ceiling + 1e-12
    start = place(log_ref, log_ref, rewards)
    assert way_gone(best, start, log_ref, rewards, beta) == pytest.approx(1)
    assert way_gone(start, start, log_ref, rewards, beta) == 0


def test_the_frontier_buys_more_reward_with_more_kl() -> None:
    log_ref, rewards = distribution(3), distribution(4)
    points = frontier(log_ref, rewards, [10.0, 1.0, 0.3, 0.1])
    assert [p.kl for p in points] == sorted(p.kl for p in points)
    assert [p.reward for p in points] == sorted(p.reward for p in points)


def test_kl_has_a_direction_and_counts_what_is_never_done_as_nothing() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0]).log(), torch.tensor([0.25, 0.25, 0.5]).log()
    assert kl_divergence(p, q) == pytest.approx(math.log(2))
    assert kl_divergence(q, p) == math.inf


def test_what_cannot_be_is_refused() -> None:
    log_ref = distribution(0)
    with pytest.raises(ValueError, match="beta must be above 0, got 0"):
        best_policy(log_ref, torch.zeros(6), 0)
    with pytest.raises(ValueError, match=r"add up to 0\.5, not to 1.*anything else"):
        best_policy(torch.tensor([0.25, 0.25]).log(), torch.zeros(2), 1.0)
