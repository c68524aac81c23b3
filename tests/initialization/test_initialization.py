"""The rules as data, the deviations they predict, and what is measured after applying them."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from course_lib.config import PRESETS, GPTConfig, GPTNeoConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.initialization import (
    Rule,
    assign_rules,
    gpt2_rules,
    initialize,
    residual_std,
    rules_for_width,
    start_by_copying,
)
from course_lib.pretrained import build

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


# Starting by copying


def attention_products(model: nn.Module) -> list[torch.Tensor]:
    """What each layer writes if every position looks at itself alone: the sum of its heads' W_O W_V, (C, C)."""
    products = []
    for block in model.blocks:
        layer, C = block.attention, model.config.n_embd
        values = layer.v_proj.weight if hasattr(layer, "v_proj") else layer.qkv_proj.weight[2 * C :]
        heads = values.view(-1, model.config.head_dim, C)  # (H_kv, D, C)
        groups = model.config.n_head // len(heads)
        products.append(layer.out_proj.weight @ heads.repeat_interleave(groups, dim=0).flatten(0, 1))
    return products


GPT_SHAPE = GPTConfig(vocab_size=50, seq_len=8, n_layer=2, n_embd=24, n_head=3)
LLAMA_SHAPE = LlamaConfig(vocab_size=50, seq_len=8, n_layer=2, n_embd=24, n_head=4, n_kv_head=4, hidden_dim=30)
NEO_SHAPE = GPTNeoConfig(vocab_size=50, seq_len=8, n_layer=2, n_embd=24, n_head=3)


@pytest.mark.parametrize("config", [GPT_SHAPE, LLAMA_SHAPE, NEO_SHAPE], ids=lambda config: type(config).__name__)
def test_heads_that_start_by_copying_add_up_to_the_identity(config) -> None:
    model = build(config)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    start_by_copying(model, torch.Generator().manual_seed(0))
    for product in attention_products(model):
        torch.testing.assert_close(product, torch.eye(24), atol=1e-5, rtol=0)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.split("attention.")[-1] for name in changed} <= {
        "out_proj.weight",
        "v_proj.weight",
        "qkv_proj.weight",
    }
    if isinstance(config, GPTConfig):  # queries and keys stand in the same matrix, and stay
        name = "blocks.0.attention.qkv_proj.weight"
        assert torch.equal(model.state_dict()[name][:48], before[name][:48])


def test_query_heads_with_one_value_head_share_what_it_copies() -> None:
    model = build(replace(LLAMA_SHAPE, n_kv_head=2))
    start_by_copying(model)
    for product in attention_products(model):
        torch.testing.assert_close(product @ product, product, atol=1e-5, rtol=0)  # a projection
        assert torch.linalg.matrix_rank(product, atol=1e-3) == 12  # onto the values' 2 · D rows


def test_what_uniform_attention_copies_reaches_the_stream() -> None:
    layer = GPT(GPT_SHAPE).blocks[0].attention
    model = nn.ModuleList([layer])
    start_by_copying(model)
    with torch.no_grad():
        layer.qkv_proj.weight[:48] = 0  # all scores equal
        x = torch.randn(2, 6, 24)
        means = x.cumsum(dim=1) / torch.arange(1, 7)[:, None]
        torch.testing.assert_close(layer(x), means, atol=1e-5, rtol=0)


def test_the_draw_can_be_repeated() -> None:
    one, other = (build(LLAMA_SHAPE) for _ in range(2))
    for model in (one, other):
        start_by_copying(model, torch.Generator().manual_seed(3))
    assert torch.equal(one.blocks[1].attention.v_proj.weight, other.blocks[1].attention.v_proj.weight)
    assert not torch.equal(one.blocks[0].attention.v_proj.weight, one.blocks[1].attention.v_proj.weight)


def test_without_attention_there_is_nothing_to_copy() -> None:
    with pytest.raises(ValueError, match="Linear has no layer with an out_proj"):
        start_by_copying(nn.Linear(3, 3))
