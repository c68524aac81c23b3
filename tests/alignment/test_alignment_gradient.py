"""Losses against loops by hand, gradients against the exact ones, which a small vocabulary lets us enumerate."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from course_lib.alignment import (
    best_policy,
    clipped_loss,
    dpo_loss,
    group_advantages,
    grpo_loss,
    kl_estimate,
    policy_gradient_loss,
    token_log_probs,
)

V, T = 3, 2  # a vocabulary of three tokens and answers of two: nine answers


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def all_answers() -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(V), repeat=T)))  # (9, 2)


def logits_of(table: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """A policy with a table: the first token's logits, then those of the second given the first; (B, T, V)."""
    return torch.stack([table[0].expand(len(answers), V), table[1 + answers[:, 0]]], dim=1)


@pytest.mark.parametrize("baseline", [0.0, 0.7])
def test_the_policy_gradient_is_the_gradient_of_the_expected_reward(baseline: float) -> None:
    answers, rewards = all_answers(), drawn(9, seed=1)
    table = drawn(1 + V, V).requires_grad_()
    log_probs = token_log_probs(logits_of(table, answers), answers)  # (9, 2)
    p = log_probs.sum(1).exp()
    (exact,) = torch.autograd.grad((p * rewards).sum(), table, retain_graph=True)
    # The expectation of the estimator: every answer with its probability as its weight.
    weighted = (rewards - baseline) * p.detach() * len(answers)
    mask = torch.ones(9, T, dtype=torch.bool)
    (estimate,) = torch.autograd.grad(policy_gradient_loss(log_probs, weighted, mask), table)
    torch.testing.assert_close(-estimate, exact)


def test_log_probs_are_those_of_cross_entropy() -> None:
    logits, targets = drawn(2, 4, 7), torch.randint(7, (2, 4), generator=torch.Generator().manual_seed(2))
    wanted = -F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(2, 4)
    torch.testing.assert_close(token_log_probs(logits, targets), wanted)


def test_the_estimate_of_kl_has_its_value_as_its_mean_and_is_never_negative() -> None:
    answers = all_answers()
    policy, ref = drawn(1 + V, V, seed=3), drawn(1 + V, V, seed=4)
    now, theirs = (token_log_probs(logits_of(table, answers), answers) for table in (policy, ref))
    p, q = now.sum(1).exp(), theirs.sum(1).exp()
    estimates = kl_estimate(now.sum(1, keepdim=True), theirs.sum(1, keepdim=True))[:, 0]  # of whole answers
    assert (estimates >= 0).all()
    assert (p * estimates).sum().item() == pytest.approx((p * (p / q).log()).sum().item())


def test_advantages_are_against_the_group() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.0, 1.0], [3.0, 3.0, 3.0, 3.0]])
    advantages = group_advantages(rewards)
    deviation = 1 / math.sqrt(3)
    torch.testing.assert_close(advantages[0], torch.tensor([0.5, -0.5, -0.5, 0.5]) / deviation, rtol=1e-4, atol=1e-4)
    assert (advantages[1] == 0).all()
    torch.testing.assert_close(group_advantages(rewards, scaled=False)[0], torch.tensor([0.5, -0.5, -0.5, 0.5]))
    with pytest.raises(ValueError, match=r"at least 2 answers.*got 1"):
        group_advantages(torch.ones(3, 1))


def by_hand(now, old, ref, advantages, mask, beta, clip) -> float:
    """GRPO's loss, one token at a time."""
    total, count = 0.0, 0
    for b in range(now.shape[0]):
        for t in range(now.shape[1]):
            if mask[b, t]:
                ratio = math.exp(now[b, t] - old[b, t])
                held = min(max(ratio, 1 - clip), 1 + clip)
                d = (ref[b, t] - now[b, t]).item()
                total += -min(ratio * advantages[b].item(), held * advantages[b].item())
                total += beta * (math.exp(d) - d - 1)
                count += 1
    return total / count


@pytest.mark.parametrize("beta", [0.0, 0.4])
@pytest.mark.parametrize("clip", [0.1, 0.2])
def test_grpo_token_by_token(beta: float, clip: float) -> None:
    now, old, ref = (-drawn(5, 4, seed=seed).abs() for seed in (5, 6, 7))
    advantages, mask = drawn(5, seed=8), drawn(5, 4, seed=9) > -0.3
    loss = grpo_loss(now, old, ref, advantages, mask, beta=beta, clip=clip)
    assert loss.item() == pytest.approx(by_hand(now, old, ref, advantages, mask, beta, clip))


def test_where_the_old_policy_is_the_new_one_the_clipped_loss_has_the_policy_gradient() -> None:
    answers, advantages = all_answers(), drawn(9, seed=10)
    table = drawn(1 + V, V).requires_grad_()
    mask = torch.ones(9, T, dtype=torch.bool)
    log_probs = token_log_probs(logits_of(table, answers), answers)
    (one,) = torch.autograd.grad(
        clipped_loss(log_probs, log_probs.detach(), advantages, mask), table, retain_graph=True
    )
    (other,) = torch.autograd.grad(policy_gradient_loss(log_probs, advantages, mask), table)
    torch.testing.assert_close(one * T, other)  # a mean over tokens against a mean over answers


def test_nothing_flows_into_the_old_policy_the_reference_or_the_advantages() -> None:
    tensors = [drawn(2, 3, seed=seed).requires_grad_() for seed in range(3)]
    advantages = drawn(2, seed=4).requires_grad_()
    grpo_loss(*tensors, advantages, torch.ones(2, 3, dtype=torch.bool), beta=0.1).backward()
    assert tensors[0].grad is not None
    assert all(tensor.grad is None for tensor in (*tensors[1:], advantages))


def test_dpo_pair_by_pair_and_its_minimum_is_the_best_policy() -> None:
    chosen, rejected, ref_chosen, ref_rejected = (drawn(4, seed=seed) for seed in range(4))
    wanted = [
        -math.log(1 / (1 + math.exp(-0.3 * ((c - rc) - (r - rr)))))
        for c, r, rc, rr in zip(chosen, rejected, ref_chosen, ref_rejected, strict=True)
    ]
    loss = dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta=0.3)
    assert loss.item() == pytest.approx(sum(wanted) / 4)


def test_with_all_pairs_weighted_as_they_are_drawn_dpo_ends_at_the_best_policy() -> None:
    K, beta = 4, 0.5
    log_ref, rewards = torch.log_softmax(drawn(K, seed=11), 0), drawn(K, seed=12)
    logits = log_ref.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")
    pairs = [(a, b) for a in range(K) for b in range(K) if a != b]
    weights = torch.tensor([torch.sigmoid(rewards[a] - rewards[b]).item() for a, b in pairs], dtype=torch.float64)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        log_pi = torch.log_softmax(logits, 0)
        first, second = (torch.tensor(side) for side in zip(*pairs, strict=True))
        each = -torch.nn.functional.logsigmoid(beta * ((log_pi - log_ref)[first] - (log_pi - log_ref)[second]))
        one_by_one = dpo_loss(log_pi[first], log_pi[second], log_ref[first], log_ref[second], beta=beta)
        torch.testing.assert_close(each.mean(), one_by_one)
        total = (each * weights).sum()
        total.backward()
        return total

    optimizer.step(loss)
    torch.testing.assert_close(
        torch.log_softmax(logits.detach(), 0), best_policy(log_ref, rewards, beta), atol=1e-4, rtol=1e-4
    )
