"""The MLP against torch's GELU and `transformers`' GPT-2, its counts, and the properties that define it."""

import math
import shutil
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2Config
from transformers.models.gpt2.modeling_gpt2 import GPT2MLP

from course_lib.config import GPTConfig
from course_lib.mlp import MLP, gelu, gelu_tanh
from course_lib.show.profiling import num_params

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")),
]
TOLERANCE = {  # absolute and relative: a few steps of the type around 1
    torch.float64: 1e-12,
    torch.float32: 2e-6,
    torch.float16: 4e-3,
    torch.bfloat16: 3e-2,
}
Curve = Callable[[Tensor], Tensor]
CURVES: list[tuple[Curve, nn.Module]] = [(gelu, nn.GELU()), (gelu_tanh, nn.GELU(approximate="tanh"))]
each_curve = pytest.mark.parametrize(("ours", "torchs"), CURVES, ids=["exact", "tanh"])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_mlp(C: int = 8, hidden_dim: int = 32, *, bias: bool = False, dropout: float = 0.0, seed: int = 0) -> MLP:
    """An MLP whose weights and biases are all normal numbers, scaled so that the output is about 1."""
    module = MLP(C, hidden_dim, bias=bias, dropout=dropout)
    generator = seeded(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / math.sqrt(parameter.shape[-1]))
    return module


def gradients(output: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Gradients of a sum in which every output has another weight, so that errors cannot cancel."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype, device=output.device).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


# GELU


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE)
@each_curve
def test_gelu_equals_torchs_in_value_and_gradient(
    ours: Curve, torchs: nn.Module, dtype: torch.dtype, device: str
) -> None:
    x = (3 * torch.randn(7, 5, 3, generator=seeded())).to(device, dtype).requires_grad_()
    output, expected = ours(x), torchs(x)
    assert output.dtype == dtype
    tolerance = TOLERANCE[dtype]
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(
        gradients(output, x), gradients(expected, x), atol=5 * tolerance, rtol=5 * tolerance
    )  # a gradient is a sum of three rounded terms, each up to 2


@each_curve
@given(x=st.floats(-50, 50))
def test_gelu_equals_torchs_for_every_number(ours: Curve, torchs: nn.Module, x: float) -> None:
    number = torch.tensor(x, dtype=torch.float64)
    torch.testing.assert_close(ours(number), torchs(number), atol=1e-12, rtol=1e-12)


@each_curve
@given(x=st.floats(-50, 50))
def test_gelu_of_x_and_of_minus_x_differ_by_x(ours: Curve, torchs: nn.Module, x: float) -> None:
    number = torch.tensor(x, dtype=torch.float64)  # because Φ(x) + Φ(−x) = 1
    torch.testing.assert_close(ours(number) - ours(-number), number, atol=1e-12, rtol=1e-12)


def test_gelu_by_a_table_of_the_normal_distribution() -> None:
    # Φ(1) = 0.841345, Φ(2) = 0.977250, Φ(−1) = 0.158655
    x = torch.tensor([0.0, 1.0, 2.0, -1.0])
    torch.testing.assert_close(gelu(x), torch.tensor([0.0, 0.841345, 1.954500, -0.158655]), atol=1e-6, rtol=0)


def test_gelu_is_the_expectation_of_keeping_x_if_a_normal_number_is_smaller() -> None:
    drawn = torch.randn(200_000, generator=seeded(), dtype=torch.float64)
    for x in (-1.5, 0.3, 2.0):
        kept = x * (drawn < x).double().mean()
        assert abs(gelu(torch.tensor(x)) - kept) < 5 * abs(x) * 0.5 / math.sqrt(len(drawn))  # five standard errors


@each_curve
def test_gelu_far_out_is_the_identity_or_zero(ours: Curve, torchs: nn.Module) -> None:
    far = torch.tensor([1e4, -1e4, math.inf])
    assert ours(far)[:2].tolist() == [1e4, 0.0]
    assert ours(far)[2] == math.inf


@each_curve
def test_gelu_passes_gradcheck(ours: Curve, torchs: nn.Module) -> None:
    x = (2 * torch.randn(12, generator=seeded(), dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(ours, (x,))


def test_the_two_forms_are_at_most_half_a_thousandth_apart() -> None:
    x = torch.linspace(-8, 8, 10_001, dtype=torch.float64)
    largest = (gelu(x) - gelu_tanh(x)).abs().max()
    assert 4.7e-4 < largest < 5e-4  # the lesson's figure: 0.00047


@each_curve
def test_gelu_dips_to_minus_seventeen_hundredths(ours: Curve, torchs: nn.Module) -> None:
    lowest = ours(torch.linspace(-3, 0, 3001, dtype=torch.float64)).min()
    assert lowest == pytest.approx(-0.17, abs=1e-3)


# the module against others


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", [(1, 1, 8), (2, 5, 8), (8,), (3, 2, 4, 8)])
def test_equals_transformers_gpt2_mlp_in_value_and_gradient(
    shape: tuple[int, ...], dtype: torch.dtype, device: str
) -> None:
    ours = random_mlp(bias=True).to(device, dtype)
    theirs = GPT2MLP(32, GPT2Config(n_embd=8, resid_pdrop=0.0)).to(device, dtype)
    theirs.load_state_dict(  # GPT-2's layers keep the transpose of what nn.Linear keeps
        {
            "c_fc.weight": ours.up_proj.weight.T,
            "c_fc.bias": ours.up_proj.bias,
            "c_proj.weight": ours.down_proj.weight.T,
            "c_proj.bias": ours.down_proj.bias,
        }
    )
    x = torch.randn(shape, generator=seeded(1)).to(device, dtype).requires_grad_()
    output, expected = ours(x), theirs(x)
    torch.testing.assert_close(output, expected)
    weights = (ours.up_proj.weight, ours.up_proj.bias, ours.down_proj.weight, ours.down_proj.bias)
    their_weights = (theirs.c_fc.weight, theirs.c_fc.bias, theirs.c_proj.weight, theirs.c_proj.bias)
    mine, others = gradients(output, x, *weights), gradients(expected, x, *their_weights)
    for one, other in zip(mine, others, strict=True):
        torch.testing.assert_close(one, other.T if other.dim() == 2 and other.shape != one.shape else other)


@given(
    C=st.integers(1, 33),
    hidden=st.integers(1, 70),
    bias=st.booleans(),
    batch=st.lists(st.integers(1, 3), max_size=3),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_equals_the_same_layers_in_a_row(C: int, hidden: int, bias: bool, batch: list[int], seed: int) -> None:
    module = random_mlp(C, hidden, bias=bias, seed=seed).double()
    row = nn.Sequential(module.up_proj, nn.GELU(approximate="tanh"), module.down_proj)
    x = torch.randn(*batch, C, generator=seeded(seed), dtype=torch.float64)
    torch.testing.assert_close(module(x), row(x))


def test_the_kernel_in_forward_is_the_formula_of_gelu_tanh() -> None:
    module = random_mlp()
    x = torch.randn(4, 3, 8, generator=seeded(1))
    torch.testing.assert_close(module(x), module.down_proj(gelu_tanh(module.up_proj(x))))


def test_by_hand() -> None:
    # One channel, two hidden units that look for x and −x: gelu_tanh(1) = 0.841192, gelu_tanh(−1) = −0.158808.
    module = MLP(1, 2)
    with torch.no_grad():
        module.up_proj.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        module.down_proj.weight.copy_(torch.tensor([[2.0, 10.0]]))
    output = module(torch.tensor([[[1.0]]]))  # 2·0.841192 − 10·0.158808
    torch.testing.assert_close(output, torch.tensor([[[0.094304]]]), atol=1e-5, rtol=0)


# counts


@given(C=st.integers(1, 64), hidden=st.integers(1, 256), bias=st.booleans())
@settings(max_examples=20, deadline=None)
def test_parameters_are_two_matrices_and_the_biases(C: int, hidden: int, bias: bool) -> None:
    assert num_params(MLP(C, hidden, bias=bias)) == 2 * C * hidden + bias * (hidden + C)


def test_a_configuration_says_what_the_sizes_say() -> None:
    config = GPTConfig(n_embd=12, n_head=3, mlp_ratio=2.5, bias=True, dropout=0.25)
    torch.manual_seed(0)
    by_config = MLP(config)
    torch.manual_seed(0)
    by_sizes = MLP(12, 30, bias=True, dropout=0.25)
    assert repr(by_config) == repr(by_sizes)
    for one, other in zip(by_config.parameters(), by_sizes.parameters(), strict=True):
        assert torch.equal(one, other)
    assert repr(MLP(12)) == repr(MLP(12, 48)) == repr(MLP(GPTConfig(n_embd=12, n_head=3)))


def test_the_courses_mlp_has_eighty_thousand_parameters() -> None:
    assert num_params(MLP(GPTConfig())) == 80_000


def test_a_batch_costs_two_operations_a_weight_and_position() -> None:
    module, x = MLP(GPTConfig()), torch.randn(32, 128, 100, generator=seeded())
    with FlopCounterMode(display=False) as counter:
        module(x)
    assert counter.get_total_flops() == 655_360_000 == 2 * 80_000 * 32 * 128


# what makes it an MLP


@given(T=st.integers(1, 12), position=st.integers(0, 11), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_position_changes_no_other(T: int, position: int, seed: int) -> None:
    position %= T
    module = random_mlp(seed=seed)
    x = torch.randn(2, T, 8, generator=seeded(seed))
    changed = x.clone()
    changed[:, position] += 1
    moved = (module(changed) - module(x)).abs().amax(dim=(0, 2)) > 0  # (T,)
    assert moved.nonzero().flatten().tolist() == [position]


def test_permuted_positions_give_permuted_outputs() -> None:
    module = random_mlp()
    x = torch.randn(2, 9, 8, generator=seeded())
    order = torch.randperm(9, generator=seeded(1))
    torch.testing.assert_close(module(x[:, order]), module(x)[:, order])


def test_longer_than_seq_len_is_fine_for_it_sees_one_position() -> None:
    config = GPTConfig(seq_len=4, n_embd=8, n_head=2)
    assert MLP(config)(torch.randn(1, 9, 8)).shape == (1, 9, 8)


def test_it_is_not_linear_but_would_be_without_the_curve() -> None:
    module = random_mlp()
    x = torch.randn(5, 8, generator=seeded())
    assert not torch.allclose(module(2 * x), 2 * module(x), atol=1e-3)
    one_layer = module.down_proj.weight @ module.up_proj.weight  # (C, C)
    torch.testing.assert_close(module.down_proj(module.up_proj(x)), x @ one_layer.T)


def test_four_units_multiply_two_small_numbers() -> None:
    # gelu(z) + gelu(−z) = z·erf(z/√2) = √(2/π)·(z² − z⁴/6 + …), so the units give 4·√(2/π)·a·b·(1 − (a² + b²)/3 + …).
    a, b = torch.randn(2, 50, generator=seeded(), dtype=torch.float64)
    a, b = a / 4, b / 4
    units = gelu(a + b) + gelu(-a - b) - gelu(a - b) - gelu(b - a)
    error = (units / (4 * math.sqrt(2 / math.pi)) - a * b).abs()
    assert (error <= (a * b).abs() * (a**2 + b**2) / 3).all()


def test_a_batch_that_is_empty_gives_an_empty_one() -> None:
    assert MLP(8)(torch.zeros(0, 3, 8)).shape == (0, 3, 8)


@pytest.mark.parametrize("ratio", [2.5, 1 / 3, 0.0, -4.0, math.inf, math.nan])
def test_a_hidden_width_that_is_not_whole_is_refused_with_its_value(ratio: float) -> None:
    with pytest.raises(ValueError, match=r"hidden width of .*must be a positive whole number"):
        GPTConfig(n_embd=5, n_head=5, mlp_ratio=ratio)


def test_dropout_zeroes_outputs_in_training_only_and_keeps_their_mean() -> None:
    module = random_mlp(dropout=0.25)
    x = torch.randn(50, 40, 8, generator=seeded())
    torch.manual_seed(0)
    dropped = module(x)
    module.eval()
    kept = module(x)
    zero = dropped == 0
    assert abs(zero.double().mean() - 0.25) < 5 * math.sqrt(0.25 * 0.75 / zero.numel())
    torch.testing.assert_close(dropped[~zero], kept[~zero] / 0.75)
    torch.testing.assert_close(module(x), kept)


# where it must run


def test_inputs_need_not_be_contiguous() -> None:
    module = random_mlp()
    x = torch.randn(2, 8, 5, generator=seeded()).transpose(1, 2)  # (B, T, C), strided
    assert not x.is_contiguous()
    torch.testing.assert_close(module(x), module(x.contiguous()))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_agrees_with_float32(dtype: torch.dtype, device: str) -> None:
    module = random_mlp(bias=True).to(device)
    x = torch.randn(3, 5, 8, generator=seeded(1)).to(device)
    expected = module(x)
    output = module.to(dtype)(x.to(dtype))
    assert output.dtype == dtype
    torch.testing.assert_close(output.float(), expected, atol=10 * TOLERANCE[dtype], rtol=0)


@pytest.mark.parametrize("device", DEVICES)
def test_autocast_computes_in_bfloat16_and_keeps_float32_gradients(device: str) -> None:
    module = random_mlp().to(device)
    x = torch.randn(3, 5, 8, generator=seeded(1)).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        output = module(x)
    assert output.dtype == torch.bfloat16
    torch.testing.assert_close(output.float(), module(x), atol=0.1, rtol=0)
    output.sum().backward()
    assert module.up_proj.weight.grad.dtype == torch.float32


def test_exported_it_gives_the_same_for_any_batch_and_length() -> None:
    module = random_mlp()
    dynamic = {"x": {0: torch.export.Dim("B", min=1, max=64), 1: torch.export.Dim("T", min=1, max=64)}}
    exported = torch.export.export(module, (torch.randn(2, 5, 8),), dynamic_shapes=dynamic).module()
    for B, T in ((2, 5), (3, 7)):
        x = torch.randn(B, T, 8, generator=seeded())
        torch.testing.assert_close(exported(x), module(x))


def test_traced_as_one_graph_it_gives_the_same_value_and_gradient() -> None:
    module = random_mlp(bias=True)
    traced = torch.compile(module, fullgraph=True, backend="aot_eager")  # all of torch.compile but the compiler
    x = torch.randn(2, 5, 8, generator=seeded()).requires_grad_()
    output, expected = traced(x), module(x)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(gradients(output, x), gradients(expected, x))


@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_both_forms_give_the_same() -> None:
    def both(x: Tensor) -> Tensor:
        return gelu(x) + 2 * gelu_tanh(x)

    x = 3 * torch.randn(64, generator=seeded())
    torch.testing.assert_close(torch.compile(both, fullgraph=True)(x), F.gelu(x) + 2 * F.gelu(x, approximate="tanh"))
