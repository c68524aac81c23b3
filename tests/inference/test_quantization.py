"""Whole numbers for weights: borders of the error, groups, zero points, packing, and whole models."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib.generation import generate
from course_lib.inference import (
    Quantized,
    QuantizedEmbedding,
    QuantizedLinear,
    bytes_per_token,
    dequantize,
    flops_per_token,
    measure_machine,
    pack_nibbles,
    quantize,
    quantize_affine,
    quantize_model,
    unpack_nibbles,
    weight_bytes,
)
from course_lib.inference.cost import Machine
from course_lib.inference.quantized_model import fused_int8_product
from tests.inference.models import KINDS, lively


def drawn(out: int, width: int, seed: int = 0) -> Tensor:
    return torch.randn(out, width, generator=torch.Generator().manual_seed(seed))


@given(
    out=st.integers(1, 5),
    groups=st.integers(1, 3),
    size=st.integers(1, 6),
    bits=st.sampled_from([4, 8]),
    affine=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_no_weight_moves_by_more_than_half_a_step(
    out: int, groups: int, size: int, bits: int, affine: bool, seed: int
) -> None:
    weight = drawn(out, groups * size, seed) + (3 if affine else 0)
    quantized = (quantize_affine if affine else quantize)(weight, bits, size)
    error = (dequantize(quantized) - weight).abs().view(out, groups, size).amax(dim=-1)
    step = 1.0 if affine else 0.5  # the zero point is rounded as well, so that two roundings add up
    assert (error <= step * quantized.scale * (1 + 1e-4)).all()
    assert -(2 ** (bits - 1)) <= int(quantized.numbers.min()) <= int(quantized.numbers.max()) < 2 ** (bits - 1)


def test_by_hand() -> None:
    # Largest 1.27, so a step is 0.01 in the first row; 0.5 / 127 in the second, where 0.25 is 63.5 steps: 64, even.
    numbers, scale, zero = quantize(torch.tensor([[1.27, -0.5, 0.0], [0.25, 0.5, -0.5]]))
    assert numbers.tolist() == [[127, -50, 0], [64, 127, -127]]
    torch.testing.assert_close(scale, torch.tensor([[0.01], [0.5 / 127]]))
    assert not zero.any()


def test_a_zero_point_uses_all_numbers_of_a_row_that_is_positive_throughout() -> None:
    numbers, scale, zero = quantize_affine(torch.tensor([[0.0, 1.0, 2.55]]))
    assert numbers.tolist() == [[-128, -28, 127]]
    assert zero.item() == -128
    assert scale.item() == pytest.approx(0.01)


@pytest.mark.parametrize("make", [quantize, quantize_affine])
def test_zeros_stay_zeros(make) -> None:
    weight = torch.cat([torch.zeros(1, 4), torch.tensor([[0.0, -3.0, 1.0, 0.0]])])
    assert (dequantize(make(weight, 4))[weight == 0] == 0).all()


def test_torch_rounds_to_the_same_weights() -> None:
    weight = drawn(6, 40)
    numbers, scale, _ = quantize(weight)
    zero = torch.zeros(6, dtype=torch.int32)
    theirs = torch.fake_quantize_per_channel_affine(weight, scale[:, 0], zero, 0, -128, 127)
    torch.testing.assert_close(dequantize(Quantized(numbers, scale, torch.zeros_like(scale))), theirs)


def test_smaller_groups_err_less() -> None:
    weight = drawn(64, 128)
    errors = [float((dequantize(quantize(weight, 4, size)) - weight).square().mean()) for size in (128, 32, 8)]
    assert errors == sorted(errors, reverse=True)


def test_half_precision_does_not_push_the_largest_number_over_the_edge() -> None:
    weight = drawn(200, 8).to(torch.bfloat16)
    numbers, scale, _ = quantize(weight)
    assert numbers.min() >= -127
    torch.testing.assert_close(numbers * scale, weight.float(), atol=0.02, rtol=0)
    model = quantize_model(copy.deepcopy(lively("GPT")).to(torch.bfloat16))
    assert model(torch.tensor([[1, 2]])).dtype == torch.bfloat16


@given(rows=st.lists(st.lists(st.integers(-8, 7), min_size=6, max_size=6), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_nibbles_come_back(rows: list[list[int]]) -> None:
    numbers = torch.tensor(rows, dtype=torch.int8)
    packed = pack_nibbles(numbers)
    assert packed.nbytes * 2 == numbers.nbytes
    assert torch.equal(unpack_nibbles(packed), numbers)


def test_what_cannot_be_quantized_is_refused() -> None:
    with pytest.raises(ValueError, match="bits must be 4 or 8, got 3"):
        quantize(drawn(2, 4), bits=3)
    with pytest.raises(ValueError, match="rows of 4 numbers do not split into groups of group_size = 3"):
        quantize(drawn(2, 4), group_size=3)
    with pytest.raises(ValueError, match="packed in pairs, got rows of 3"):
        pack_nibbles(torch.zeros(1, 3, dtype=torch.int8))
    with pytest.raises(ValueError, match="4 bits hold"):
        pack_nibbles(torch.tensor([[8, 0]], dtype=torch.int8))
    with pytest.raises(ValueError, match="group_size must be at least 1, got 0"):
        quantize_model(lively("GPT"), group_size=0)


# Whole models


def with_rounded_weights(model: nn.Module, bits: int, group_size: int | None) -> nn.Module:
    """The float model whose matrices are what the quantized ones stand for."""
    rounded = copy.deepcopy(model)
    matrices = [module.weight for module in rounded.modules() if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for weight in {id(weight): weight for weight in matrices}.values():
            fits = group_size is not None and weight.shape[1] % group_size == 0
            weight.copy_(dequantize(quantize(weight, bits, group_size if fits else None)))
    return rounded


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("bits", "group_size"), [(8, None), (4, None), (4, 8)])
def test_a_quantized_model_is_the_model_of_the_rounded_weights(kind: str, bits: int, group_size: int | None) -> None:
    model = lively(kind)
    quantized, rounded = quantize_model(model, bits, group_size), with_rounded_weights(model, bits, group_size)
    idx = torch.randint(11, (2, 9), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(quantized(idx), rounded(idx))
    texts = [generate(one, idx, 12, seed=3) for one in (quantized, rounded)]
    assert torch.equal(*texts)


def test_rows_that_do_not_split_get_the_next_smaller_groups() -> None:
    layers = nn.Sequential(*(nn.Linear(width, 2, bias=False) for width in (100, 64, 62, 20)))
    scales = [layer.quantized.scale.shape[1] for layer in quantize_model(layers, 4, 32)]
    assert scales == [4, 2, 2, 1]  # groups of 25, 32, 31 and 20
    assert quantize_model(nn.Sequential(nn.Linear(74, 2)), 4, 32)[0].quantized.scale.shape[1] == 1  # 37 and 2 alone


def test_the_model_itself_stays_as_it_was() -> None:
    model = lively("GPT")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    quantize_model(model, 4)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_tied_table_is_quantized_once_and_an_untied_one_not_at_all() -> None:
    tied = quantize_model(lively("GPT"))
    assert tied.token_embedding.quantized is tied.head.quantized
    assert isinstance(tied.position_embedding, nn.Embedding)
    layer = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 4))
    untied = quantize_model(layer)
    assert isinstance(untied[0], nn.Embedding)
    assert isinstance(untied[1], QuantizedLinear)
    assert not isinstance(untied[0], QuantizedEmbedding)


def test_bytes_of_weights_shrink_as_the_bits_do() -> None:
    model = copy.deepcopy(lively("GPT")).float()
    matrices = sum(weight.numel() for name, weight in model.named_parameters() if weight.dim() == 2) - 32 * 16
    rows = sum(weight.shape[0] for name, weight in model.named_parameters() if weight.dim() == 2) - 32
    rest = weight_bytes(model) - 4 * matrices
    assert weight_bytes(quantize_model(model, 8)) == rest + matrices + 4 * rows
    assert weight_bytes(quantize_model(model, 4)) == rest + matrices // 2 + 4 * rows


def test_the_fused_product_is_the_plain_one_up_to_bfloat16() -> None:
    weight, x = drawn(48, 64), drawn(3, 64, seed=1)
    quantized = quantize(weight)
    torch.testing.assert_close(fused_int8_product(x, quantized), x @ dequantize(quantized).T, atol=0.15, rtol=0.02)
    with pytest.raises(ValueError, match="one scale for each row"):
        fused_int8_product(x, quantize(weight, 8, 16))


# What a token costs


def test_bytes_and_operations_of_a_token_by_hand() -> None:
    model = copy.deepcopy(lively("GPT")).float()
    C, V, L = 16, 11, 2
    numbers = L * (12 * C * C) + V * C
    biases = L * (3 * C + C + 4 * C + C)
    cache = 2 * L * C * 4  # bytes of a token's keys and values
    assert bytes_per_token(model, context=0) == 4 * (numbers + biases)
    assert bytes_per_token(model, context=10, batch_size=4) == (numbers + biases) + 10 * cache
    assert flops_per_token(model, context=10) == 2 * numbers + 4 * L * C * 10


def test_the_roofline_is_the_slower_of_the_two() -> None:
    machine = Machine(bandwidth=10.0, flops=100.0)
    assert (machine.seconds(flops=100, num_bytes=1), machine.seconds(flops=1, num_bytes=100)) == (1.0, 10.0)
    assert machine.balance == 10.0


def test_a_machine_can_be_measured() -> None:
    machine = measure_machine(size=64, runs=2)
    assert machine.bandwidth > 0
    assert machine.flops > 0
    with pytest.raises(ValueError, match="at least 1, got size=0"):
        measure_machine(size=0)
    with pytest.raises(ValueError, match="got context=-1"):
        bytes_per_token(lively("GPT"), context=-1)
