"""Multi-head attention against torch's own, and the properties that define it."""

import copy
import shutil

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import GPTConfig
from course_lib.multi_head_attention import HeadByHeadAttention, MultiHeadAttention, merge_heads, split_heads
from course_lib.show.profiling import num_params

CPU = torch.device("cpu")
DEVICES = [
    CPU,
    pytest.param(
        torch.device("cuda"), marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
    ),
]
TOLERANCE = {torch.float64: 1e-12, torch.float32: 5e-6, torch.bfloat16: 4e-2}  # absolute and relative, around 1


def config(n_embd: int = 12, n_head: int = 3, *, bias: bool = False, dropout: float = 0.0) -> GPTConfig:
    return GPTConfig(n_embd=n_embd, n_head=n_head, bias=bias, dropout=dropout)


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def ours(n_embd: int = 12, n_head: int = 3, *, bias: bool = False, dropout: float = 0.0) -> MultiHeadAttention:
    """With every parameter drawn, the biases as well, so that no zero hides a difference."""
    module = MultiHeadAttention(config(n_embd, n_head, bias=bias, dropout=dropout))
    with torch.no_grad():
        for number, parameter in enumerate(module.parameters()):
            parameter.copy_(draw(*parameter.shape, seed=number) / parameter.shape[-1] ** 0.5)
    return module.eval()


def torchs(module: MultiHeadAttention) -> nn.MultiheadAttention:
    """torch's module with the same weights: the expected value throughout this file."""
    bias = module.qkv_proj.bias is not None
    C = module.out_proj.in_features
    theirs = nn.MultiheadAttention(C, module.n_head, bias=bias, batch_first=True).to(module.out_proj.weight).eval()
    weights = {"in_proj_weight": module.qkv_proj.weight, "out_proj.weight": module.out_proj.weight}
    if bias:
        weights |= {"in_proj_bias": module.qkv_proj.bias, "out_proj.bias": module.out_proj.bias}
    theirs.load_state_dict(weights)
    return theirs


def torchs_answer(theirs: nn.MultiheadAttention, x: Tensor, *, weights: bool = False) -> Tensor:
    """What torch's module gives; with `weights`, its attention weights (B, H, T, T)."""
    T = x.shape[1]
    blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)  # in this module True means: not allowed
    output, attention = theirs(x, x, x, attn_mask=blocked, need_weights=weights, average_attn_weights=False)
    return attention if weights else output


def gradients(output: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Gradients of a sum in which every output has another weight, so that errors cannot cancel."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype, device=output.device).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


def assert_same_value_and_gradients(
    module: MultiHeadAttention, x: Tensor, expected_module: nn.MultiheadAttention, tolerance: float
) -> None:
    x = x.detach().requires_grad_()
    output, expected = module(x), torchs_answer(expected_module, x)
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    parameters = dict(expected_module.named_parameters())
    pairs = {"in_proj_weight": "qkv_proj.weight", "in_proj_bias": "qkv_proj.bias"}
    own = [module.get_parameter(pairs.get(name, name)) for name in parameters]
    scale = 10 * tolerance * expected.numel() ** 0.5  # gradients are sums of many terms
    torch.testing.assert_close(
        gradients(output, x, *own), gradients(expected, x, *parameters.values()), atol=scale, rtol=10 * tolerance
    )


# splitting and merging


def test_splitting_by_hand() -> None:
    x = torch.tensor([[[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]])  # tens: token, ones: channel
    assert split_heads(x, 2).tolist() == [[[[0, 1], [10, 11], [20, 21]], [[2, 3], [12, 13], [22, 23]]]]


@given(B=st.integers(1, 3), T=st.integers(0, 6), H=st.integers(1, 5), D=st.integers(1, 4))
def test_merging_undoes_splitting_and_splitting_undoes_merging(B: int, T: int, H: int, D: int) -> None:
    x = draw(B, T, H * D)
    assert torch.equal(merge_heads(split_heads(x, H)), x)
    heads = draw(B, H, T, D)
    assert torch.equal(split_heads(merge_heads(heads), H), heads)


@given(T=st.integers(1, 6), H=st.integers(1, 5), D=st.integers(1, 4))
def test_each_head_gets_its_own_channels_of_every_token(T: int, H: int, D: int) -> None:
    x = draw(2, T, H * D)
    heads = split_heads(x, H)
    assert heads.shape == (2, H, T, D)
    for h in range(H):
        assert torch.equal(heads[:, h], x[..., h * D : (h + 1) * D])


def test_splitting_copies_nothing_and_merging_gives_contiguous_memory() -> None:
    x = draw(2, 5, 12)
    heads = split_heads(x, 3)
    assert heads.data_ptr() == x.data_ptr()
    assert not heads.is_contiguous()
    assert merge_heads(heads).is_contiguous()


def test_splitting_takes_any_layout_of_memory() -> None:
    x = draw(12, 5, 2).permute(2, 1, 0)  # (2, 5, 12), the channels far apart in memory
    assert not x.is_contiguous()
    assert torch.equal(split_heads(x, 3), split_heads(x.contiguous(), 3))


@pytest.mark.parametrize(
    ("shape", "message"),
    [((1, 2, 10), "C = 10 cannot be split into 4 equal heads"), ((2, 8), r"expected \(B, T, C\), got \(2, 8\)")],
)
def test_shapes_that_cannot_be_split_are_refused_with_their_values(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_heads(torch.zeros(shape), 4)


# against torch


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE)
@settings(max_examples=25, deadline=None)
@given(
    B=st.integers(1, 4),
    T=st.integers(1, 33),
    n_head=st.sampled_from([1, 2, 3, 5]),
    D=st.integers(1, 9),
    bias=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_equals_torch_in_value_and_gradient(
    device: torch.device, dtype: torch.dtype, B: int, T: int, n_head: int, D: int, bias: bool, seed: int
) -> None:
    module = ours(n_head * D, n_head, bias=bias).to(device, dtype)
    x = draw(B, T, n_head * D, seed=seed).to(device, dtype)
    assert module(x).dtype == dtype
    assert_same_value_and_gradients(module, x, torchs(module), TOLERANCE[dtype])


@pytest.mark.parametrize("T", [1, 2, 128, 129, 500])
def test_the_courses_own_shape_for_one_token_all_tokens_and_more(T: int) -> None:
    # Attention knows no positions, so it has no longest sequence: the position embedding of a GPT does, and refuses.
    module = ours(100, 5)
    assert_same_value_and_gradients(module, draw(2, T, 100), torchs(module), TOLERANCE[torch.float32])


def test_the_weights_to_look_at_are_torchs() -> None:
    module = ours(12, 3, bias=True)
    x = draw(2, 7, 12)
    expected = torchs_answer(torchs(module), x, weights=True)
    torch.testing.assert_close(module.weights(x), expected)


def test_the_weights_to_look_at_are_those_that_forward_uses() -> None:
    module = ours(12, 3)
    x = draw(2, 7, 12)
    v = split_heads(module.qkv_proj(x).chunk(3, dim=-1)[2], 3)
    torch.testing.assert_close(module.out_proj(merge_heads(module.weights(x) @ v)), module(x))


@pytest.mark.parametrize("bias", [False, True])
def test_one_head_after_another_gives_the_same(bias: bool) -> None:
    module = ours(12, 3, bias=bias)
    loop = HeadByHeadAttention(config(12, 3, bias=bias))
    with torch.no_grad():
        loop.out_proj.load_state_dict(module.out_proj.state_dict())
        for part, name in enumerate(("q_proj", "k_proj", "v_proj")):
            for h, head in enumerate(loop.heads):
                rows = slice(part * 12 + h * 4, part * 12 + (h + 1) * 4)
                head.get_submodule(name).weight.copy_(module.qkv_proj.weight[rows])
                if bias:
                    head.get_submodule(name).bias.copy_(module.qkv_proj.bias[rows])
    x = draw(2, 7, 12)
    torch.testing.assert_close(loop(x), module(x))
    assert num_params(loop) == num_params(module)


def test_gradients_pass_gradcheck() -> None:
    module = ours(6, 2, bias=True).double()
    assert torch.autograd.gradcheck(module, draw(2, 4, 6).double().requires_grad_())


# what makes it multi-head attention


def test_future_tokens_do_not_change_the_past() -> None:
    module, x = ours(), draw(2, 9, 12)
    before = module(x)
    for t in range(9):
        changed = x.clone()
        changed[:, t] += 3.0
        after = module(changed)
        assert torch.equal(after[:, :t], before[:, :t])
        assert not torch.allclose(after[:, t], before[:, t])


def test_sequences_of_a_batch_do_not_see_each_other() -> None:
    module, x = ours(), draw(6, 5, 12)
    for b in range(6):
        torch.testing.assert_close(module(x[b : b + 1])[0], module(x)[b])


def test_heads_do_not_see_each_other_before_the_output_projection() -> None:
    module, x = ours(12, 3), draw(1, 5, 12)
    nn.init.eye_(module.out_proj.weight)
    before = module(x)
    with torch.no_grad():
        module.qkv_proj.weight[4:8] += 1.0  # the queries of head 1 of 3
    changed = (module(x) - before).abs().amax(dim=(0, 1)) > 0  # by channel
    assert changed.tolist() == [False] * 4 + [True] * 4 + [False] * 4


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_the_heads_does_not_matter(order: list[int]) -> None:
    module, x = ours(12, 4), draw(2, 5, 12)
    channels = torch.cat([torch.arange(3) + 3 * h for h in order])
    shuffled = copy.deepcopy(module)
    with torch.no_grad():
        rows = torch.cat([channels, channels + 12, channels + 24])
        shuffled.qkv_proj.weight.copy_(module.qkv_proj.weight[rows])
        shuffled.out_proj.weight.copy_(module.out_proj.weight[:, channels])
    torch.testing.assert_close(shuffled(x), module(x))


def test_one_head_alone_is_plain_attention() -> None:
    module, x = ours(12, 1), draw(2, 5, 12)
    q, k, v = module.qkv_proj(x).chunk(3, dim=-1)
    expected = module.out_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True))
    torch.testing.assert_close(module(x), expected)


@pytest.mark.parametrize(("n_embd", "bias", "parameters"), [(100, False, 40_000), (100, True, 40_400), (8, False, 256)])
@pytest.mark.parametrize("n_head", [1, 2, 4])
def test_it_has_4_c_squared_parameters_whatever_the_heads(
    n_embd: int, bias: bool, parameters: int, n_head: int
) -> None:
    assert num_params(MultiHeadAttention(config(n_embd, n_head, bias=bias))) == parameters  # 4·C², with biases + 4·C


# dropout


def test_dropout_is_off_in_eval_and_random_in_training() -> None:
    module = ours(12, 3, dropout=0.5)
    x = draw(2, 7, 12)
    assert torch.equal(module(x), ours(12, 3)(x))
    module.train()
    assert not torch.equal(module(x), module(x))


def test_dropout_reaches_the_weights_and_the_output_and_keeps_the_mean() -> None:
    module = ours(12, 3, dropout=0.25)
    x = draw(1, 7, 12).expand(4000, -1, -1)
    expected = module(x)[0]
    module.train()
    torch.manual_seed(0)
    drawn = module(x)
    # Standard errors of these means are at most 0.05; without the factor 1 / (1 - p) a mean of 2.97 would be 0.74 off.
    torch.testing.assert_close(drawn.mean(dim=0), expected, atol=0.2, rtol=0)
    zeros = (drawn == 0).float().mean().item()
    assert abs(zeros - 0.25) < 0.01, "the output's dropout sets a quarter of the numbers to zero"
    kept = drawn[:, 6, 0][drawn[:, 6, 0] != 0]
    assert kept.unique().numel() > 1, "the weights' dropout makes what is kept vary"


# layouts, precisions, compilers


def test_input_need_not_be_contiguous() -> None:
    module = ours()
    x = draw(12, 7, 2).permute(2, 1, 0)
    assert not x.is_contiguous()
    torch.testing.assert_close(module(x), module(x.contiguous()))


def test_an_empty_batch_is_an_empty_result() -> None:
    assert ours()(torch.zeros(0, 5, 12)).shape == (0, 5, 12)


def test_a_single_sequence_is_told_to_become_a_batch() -> None:
    with pytest.raises(ValueError, match=r"got \(5, 12\); a single sequence is a batch of one"):
        ours()(torch.zeros(5, 12))


@pytest.mark.parametrize("device", DEVICES)
def test_under_autocast_it_computes_in_bfloat16_and_stays_near_float32(device: torch.device) -> None:
    module, x = ours(100, 5).to(device), draw(2, 16, 100).to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        output = module(x)
    assert output.dtype == torch.bfloat16
    torch.testing.assert_close(output.float(), module(x), atol=4e-2, rtol=4e-2)


def test_exported_for_any_batch_and_length_it_gives_the_same() -> None:
    module = ours()
    dims = {"x": {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}}
    exported = torch.export.export(module, (draw(2, 7, 12),), dynamic_shapes=dims).module()
    for shape in ((2, 7, 12), (3, 9, 12)):
        x = draw(*shape, seed=1)
        torch.testing.assert_close(exported(x), module(x))


def test_traced_as_one_graph_it_gives_the_same_value_and_gradient() -> None:
    module, x = ours(bias=True), draw(2, 7, 12).requires_grad_()
    traced = torch.compile(module, fullgraph=True, backend="aot_eager")  # all of torch.compile but the compiler
    torch.testing.assert_close(traced(x), module(x))
    torch.testing.assert_close(
        gradients(traced(x), x, *module.parameters()), gradients(module(x), x, *module.parameters())
    )


@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
@torch.no_grad()
def test_compiled_it_gives_the_same() -> None:
    module, x = ours(), draw(2, 7, 12)
    torch.testing.assert_close(torch.compile(module, fullgraph=True)(x), module(x))
