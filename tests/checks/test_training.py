"""The exercises of lesson 11: what their reports say besides, and the references against torch."""

import math

import pytest
import torch
from torch import nn

from course_lib.checks.engine.examine import NOT_ATTEMPTED
from course_lib.checks.training.adamw_step import adamw_step
from course_lib.checks.training.clip_gradients import clip_gradients
from course_lib.checks.training.cosine_rate import cosine_rate
from course_lib.checks.training.parameter_groups import parameter_groups
from course_lib.checks.training.predict_measures import predict_measures
from course_lib.training import TrainConfig, decay_groups, learning_rate
from tests.checks.answers import examined


def test_a_stub_is_not_attempted() -> None:
    source = "def train_steps(model, batches, learning_rate):\n    raise NotImplementedError()"
    assert examined("train_steps", source).status == NOT_ATTEMPTED


def test_the_schedule_is_the_librarys() -> None:
    config = TrainConfig(steps=50, warmup_steps=7, learning_rate=3e-3, final_fraction=0.2)
    ours = [cosine_rate(step, 50, 7, 3e-3, 0.2) for step in range(50)]
    assert ours == pytest.approx([learning_rate(step, config) for step in range(50)])


def test_clipping_is_torchs() -> None:
    ours, theirs = (
        [nn.Parameter(torch.zeros(4, 3)), nn.Parameter(torch.zeros(5)), nn.Parameter(torch.zeros(1))] for _ in range(2)
    )
    for one, other in list(zip(ours, theirs, strict=True))[:2]:  # the third has no gradient
        one.grad = torch.randn(one.shape, generator=torch.Generator().manual_seed(one.numel()))
        other.grad = one.grad.clone()
    length = clip_gradients(iter(ours), 0.7)
    assert length == pytest.approx(nn.utils.clip_grad_norm_(theirs, 0.7).item())
    for one, other in list(zip(ours, theirs, strict=True))[:2]:
        # torch adds 1e-6 to the length that it divides by
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-5, atol=1e-6)


def test_adamw_is_torchs_over_ten_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, dtype=torch.float64, generator=generator)
    parameter = nn.Parameter(weight.clone())
    optimizer = torch.optim.AdamW([parameter], lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)
    average, square = torch.zeros_like(weight), torch.zeros_like(weight)
    settings = {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.2}
    for step in range(1, 11):
        gradient = torch.randn(5, dtype=torch.float64, generator=generator)
        parameter.grad = gradient.clone()
        optimizer.step()
        weight, average, square = adamw_step(weight, gradient, average, square, step, **settings)
        torch.testing.assert_close(weight, parameter.detach(), rtol=1e-12, atol=1e-12)


def test_the_groups_are_the_librarys() -> None:
    model = nn.Sequential(nn.Embedding(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    for ours, theirs in zip(parameter_groups(model, 0.3), decay_groups(model, 0.3), strict=True):
        assert ours["weight_decay"] == theirs["weight_decay"]
        assert [id(p) for p in ours["params"]] == [id(p) for p in theirs["params"]]


def test_the_prediction_is_the_measure_of_a_real_distribution() -> None:
    # A uniform choice among n has a loss of ln n, so a perplexity of n and log2 n bits.
    perplexity, bits, bits_a_byte = predict_measures()
    assert math.log(perplexity) == pytest.approx(1.5)
    assert 2**bits == pytest.approx(perplexity)
    assert bits_a_byte * 4.2 == pytest.approx(bits)
