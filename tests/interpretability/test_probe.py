"""A probe: the minimum it finds, what it can and cannot read, and its control."""

import pytest
import torch
from torch.nn import functional as F

from course_lib.interpretability import accuracy, control_labels, fit_probe


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_at_its_minimum_the_gradient_is_zero() -> None:
    x = torch.randn(80, 5, generator=seeded(0), dtype=torch.float64) * 3 + 2
    labels = torch.randint(3, (80,), generator=seeded(1))
    probe = fit_probe(x, labels, classes=3, penalty=0.01)
    weight, bias = probe.weight.clone().requires_grad_(), probe.bias.clone().requires_grad_()
    standard = (x - x.mean(dim=0)) / x.std(dim=0)
    loss = F.cross_entropy(standard @ weight.T + bias, labels) + 0.01 * weight.square().sum()
    for gradient in torch.autograd.grad(loss, (weight, bias)):
        assert gradient.abs().max() < 1e-4


def test_two_points_part_at_their_middle() -> None:
    x = torch.tensor([[0.0], [4.0]])
    probe = fit_probe(x, torch.tensor([0, 1]), classes=2)
    logits = probe.logits(torch.tensor([[1.9], [2.1]]))
    assert logits.argmax(dim=-1).tolist() == [0, 1]
    torch.testing.assert_close(probe.logits(torch.tensor([[2.0]])).diff(), torch.zeros(1, 1), atol=1e-3, rtol=0)


def test_what_is_linear_is_read_on_new_vectors_and_xor_is_not() -> None:
    x = torch.randn(600, 4, generator=seeded(0))
    linear, xor = (x[:, 0] > 0.3).long(), ((x[:, 0] > 0) ^ (x[:, 1] > 0)).long()
    for labels, low, high in [(linear, 0.95, 1.0), (xor, 0.3, 0.65)]:
        probe = fit_probe(x[:400], labels[:400], classes=2)
        assert low <= accuracy(probe, x[400:], labels[400:]) <= high


def test_scale_and_shift_of_the_vectors_do_not_matter() -> None:
    x, labels = torch.randn(60, 3, generator=seeded(0)), torch.randint(3, (60,), generator=seeded(1))
    other = x * torch.tensor([1.0, 50.0, 0.02]) + 7
    one, two = fit_probe(x, labels, 3), fit_probe(other, labels, 3)
    torch.testing.assert_close(one.logits(x), two.logits(other), atol=0.02, rtol=0.02)


def test_a_coordinate_that_never_changes_is_no_trouble() -> None:
    x = torch.cat([torch.randn(30, 1, generator=seeded(0)), torch.ones(30, 1)], dim=1)
    probe = fit_probe(x, (x[:, 0] > 0).long(), classes=2)
    assert probe.logits(x).isfinite().all()


def test_control_labels_belong_to_kinds() -> None:
    kinds = torch.randint(40, (500,), generator=seeded(0))
    labels = control_labels(kinds, classes=3, seed=5)
    for kind in kinds.unique():
        assert len(labels[kinds == kind].unique()) == 1
    assert set(labels.tolist()) == {0, 1, 2}
    assert not torch.equal(labels, control_labels(kinds, classes=3, seed=6))


def test_a_probe_learns_the_control_by_heart_where_kinds_can_be_read() -> None:
    """One coordinate for each kind: random labels are learned as well as real ones, so that nothing is shown."""
    kinds = torch.randint(10, (400,), generator=seeded(0))
    x = F.one_hot(kinds, 10).float()
    labels = control_labels(kinds, classes=2, seed=1)
    assert accuracy(fit_probe(x[:300], labels[:300], 2), x[300:], labels[300:]) == 1


def test_bad_labels_are_refused() -> None:
    x = torch.zeros(3, 2)
    with pytest.raises(ValueError, match="3 vectors, 2 labels"):
        fit_probe(x, torch.zeros(2, dtype=torch.int64), 2)
    with pytest.raises(ValueError, match="go from 0 to 1"):
        fit_probe(x, torch.tensor([0, 1, 2]), 2)
