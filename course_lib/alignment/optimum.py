"""What the best possible policy is, where the answers can be counted.

Reinforcement with a penalty asks for the policy π that makes

    J(π) = E_π[r] − β KL(π ‖ π_ref)

as large as can be. With finitely many answers its solution is known (Ziebart et al. 2008; Rafailov et al. 2023, eq. 4):

    π*(y) = π_ref(y) exp(r(y) / β) / Z,   Z = Σ_y π_ref(y) exp(r(y) / β),   J(π*) = β log Z

So a training has a ceiling, and how far it came is a number.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

Logs = Float[Tensor, "K"]  # of K answers: log-probabilities, which add up to 1


class Point(NamedTuple):
    """A policy, by what it earns: the mean reward, and its KL to the reference in nats."""

    reward: float
    kl: float

    def objective(self, beta: float) -> float:
        """J = reward − β KL."""
        return self.reward - beta * self.kl


def best_policy(log_ref: Logs, rewards: Float[Tensor, "K"], beta: float) -> Logs:
    """log π* of the K answers.

    log_ref: log-probabilities under the reference.   beta: the price of a nat of KL.
    Raises ValueError if beta is not above 0 or the log-probabilities do not add up to 1.
    """
    _require_distribution(log_ref)
    if not beta > 0:
        raise ValueError(f"beta must be above 0, got {beta}: without a price on KL the best policy is a single answer")
    return torch.log_softmax(log_ref + rewards / beta, dim=0)


def best_objective(log_ref: Logs, rewards: Float[Tensor, "K"], beta: float) -> float:
    """J(π*) = β log Z, the ceiling. Raises as `best_policy` does."""
    _require_distribution(log_ref)
    if not beta > 0:
        raise ValueError(f"beta must be above 0, got {beta}")
    return beta * torch.logsumexp(log_ref + rewards / beta, dim=0).item()


def kl_divergence(log_p: Logs, log_q: Logs) -> float:
    """KL(p ‖ q) = Σ p (log p − log q), in nats; what p never does costs nothing."""
    p = log_p.exp()
    return torch.where(p > 0, p * (log_p - log_q), 0.0).sum().item()


def place(log_policy: Logs, log_ref: Logs, rewards: Float[Tensor, "K"]) -> Point:
    """What a policy earns, exactly."""
    return Point((log_policy.exp() * rewards).sum().item(), kl_divergence(log_policy, log_ref))


def frontier(log_ref: Logs, rewards: Float[Tensor, "K"], betas: Sequence[float]) -> list[Point]:
    """The most reward for each KL: the places of π* for these betas. No policy lies above this line."""
    return [place(best_policy(log_ref, rewards, beta), log_ref, rewards) for beta in betas]


def way_gone(policy: Point, reference: Point, log_ref: Logs, rewards: Float[Tensor, "K"], beta: float) -> float:
    """Which share of the way from the reference's J to the ceiling a policy has gone; 1 is π*."""
    start = reference.objective(beta)
    return (policy.objective(beta) - start) / (best_objective(log_ref, rewards, beta) - start)


def _require_distribution(logs: Logs) -> None:
    total = logs.double().exp().sum().item()
    if abs(total - 1) > 1e-3:
        raise ValueError(
            f"the answers' probabilities under the reference add up to {total:.4g}, not to 1: count one more answer, "
            "'anything else', with what is missing"
        )
