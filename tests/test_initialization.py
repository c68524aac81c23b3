"""The rules as data, the deviations they predict, and what is measured after applying them."""

import math

import pytest
import torch
from torch import nn

from course_lib.config import PRESETS, GPTConfig
from course_lib.gpt import GPT
from course_lib.initialization import Rule, assign_rules, gpt2_rules, initialize, residual_std, rules_for_width

SMALL = GPTConfig(vocab_size=500, seq_len=32, n_layer=4, n_embd=64, n_head=4, bias=True)


def test_the_residual_deviation_by_hand() -> None:
    # 0.02·8^−½ = 0.00707 for 4 layers, whose three-sigma edge is 0.0212; 0.02·24^−½ = 0.00408 for 12.
    assert residual_std(4) * 3 == pytest.approx(0.0212, abs=5e-5)
    assert residual_std(12) == pytest.approx(0.00408, abs=5e-6)


def test_no_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        residual_std(0)


def test_each_parameter_has_the_rule_that_gpt2_gives_it() -> None:
    assigned = {name: (rule.mean, rule.std) for name, rule in assign_rules(GPT(SMALL), gpt2_rules(4))}
    residual = residual_std(4)
    assert assigned["token_embedding.weight"] == (0.0, 0.02)
    assert assigned["position_embedding.weight"] == (0.0, 0.02)
    assert assigned["blocks.3.attention.qkv_proj.weight"] == (0.0, 0.02)
    assert assigned["blocks.3.attention.out_proj.weight"] == (0.0, residual)
    assert assigned["blocks.3.mlp.up_proj.weight"] == (0.0, 0.02)
    assert assigned["blocks.3.mlp.down_proj.weight"] == (0.0, residual)
    assert assigned["blocks.3.mlp.down_proj.bias"] == (0.0, 0.0)
    assert assigned["blocks.3.norm_2.weight"] == (1.0, 0.0)
    assert assigned["final_norm.weight"] == (1.0, 0.0)
    assert assigned["final_norm.bias"] == (0.0, 0.0)
    assert "head.weight" not in assigned  # tied: it is the token embedding


@pytest.mark.parametrize("preset", ["howsam", "gpt2"])
def test_measured_deviations_agree_with_the_predicted_ones(preset: str) -> None:
    config = PRESETS[preset] if preset == "howsam" else SMALL
    model = GPT(config, torch.Generator().manual_seed(0))
    parameters = dict(model.named_parameters())
    for name, rule in assign_rules(model, gpt2_rules(config.n_layer)):
        values = parameters[name].detach().double()
        if rule.std == 0:
            assert torch.all(values == rule.mean)
            continue
        # The deviation of n normal draws is itself normal, with standard error σ/√(2n); six of them are allowed.
        n = values.numel()
        assert abs(values.std().item() - rule.std) < 6 * rule.std / math.sqrt(2 * n), name
        assert abs(values.mean().item()) < 6 * rule.std / math.sqrt(n), name


def test_the_stream_keeps_its_scale_with_the_rule_and_grows_without() -> None:
    config = GPTConfig(vocab_size=500, seq_len=32, n_layer=24, n_embd=64, n_head=4)

    def growth(rules: tuple[Rule, ...]) -> float:
        """Deviation of the residual stream after the last block over that after the first."""
        model = GPT(config)
        initialize(model, rules, torch.Generator().manual_seed(0))
        deviations = []
        for block in model.blocks:
            block.register_forward_hook(lambda module, inputs, output: deviations.append(output.std().item()))
        model(torch.randint(500, (4, 32), generator=torch.Generator().manual_seed(1)))
        return deviations[-1] / deviations[0]

    without = tuple(rule for rule in gpt2_rules(24) if "_proj" not in rule.pattern)
    assert growth(gpt2_rules(24)) < 1.5 < 2 < growth(without)


def test_a_generator_draws_the_same_again_and_leaves_the_global_state() -> None:
    model = GPT(SMALL)
    before = torch.get_rng_state()
    draws = []
    for _ in range(2):
        initialize(model, gpt2_rules(4), torch.Generator().manual_seed(5))
        draws.append(model.token_embedding.weight.detach().clone())
    assert torch.equal(*draws)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_parameter_without_a_rule_is_named() -> None:
    with pytest.raises(ValueError, match="no rule for the parameter 'weight'"):
        initialize(nn.Linear(2, 2), (Rule("*.bias", 0.0),))


def test_the_first_rule_that_matches_applies() -> None:
    model = nn.Sequential(nn.Linear(3, 3, bias=False))
    initialize(model, (Rule("0.weight", std=0.0, mean=7.0), Rule("*.weight", std=1.0)))
    assert torch.all(model[0].weight == 7.0)


def test_narrower_models_start_with_larger_weights() -> None:
    assert rules_for_width(3, 768) == gpt2_rules(3)
    for narrow, wide in zip(rules_for_width(3, 192), gpt2_rules(3), strict=True):
        assert (narrow.pattern, narrow.mean) == (wide.pattern, wide.mean)
        assert narrow.std == 2 * wide.std  # a quarter of the width, half the root
