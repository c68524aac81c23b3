"""LayerNorm against torch's, the block against `transformers`' GPT-2, and what makes the stream a stream."""

import math
import shutil

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import GPT2Config
from transformers.models.gpt2.modeling_gpt2 import GPT2Block

from course_lib.block import DecoderBlock, LayerNorm, PostNormBlock, contribution_shares, layer_norm, residual_pieces
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.multi_head_attention import HeadByHeadAttention
from course_lib.show.profiling import num_params

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")),
]
TOLERANCE = {  # absolute and relative: a few steps of the type around 1
    torch.float64: 1e-12,
    torch.float32: 5e-6,
    torch.float16: 1e-2,
    torch.bfloat16: 6e-2,
}
SMALL = GPTConfig(seq_len=12, n_embd=24, n_head=3)
each_kind = pytest.mark.parametrize("kind", [DecoderBlock, PostNormBlock])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def randomized(module: nn.Module, seed: int = 0) -> nn.Module:
    """Every parameter drawn anew: matrices that keep the size of vectors, and norms with scales and shifts."""
    generator = seeded(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            drawn = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            is_scale = parameter.dim() == 1 and name.endswith("weight")
            parameter.copy_(drawn / math.sqrt(parameter.shape[-1]) if parameter.dim() == 2 else 0.3 * drawn + is_scale)
    return module


def gradients(output: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Gradients of a sum in which every output has another weight, so that errors cannot cancel."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype, device=output.device).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


# LayerNorm


def test_layer_norm_by_hand() -> None:
    # Mean 5, deviations −3, −1, 1, 3, variance 5: divided by √5 = 2.2361.
    x = torch.tensor([2.0, 4.0, 6.0, 8.0])
    expected = torch.tensor([-1.3416, -0.4472, 0.4472, 1.3416])
    torch.testing.assert_close(layer_norm(x, torch.ones(4), torch.zeros(4)), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@given(
    batch=st.lists(st.integers(1, 4), max_size=3),
    C=st.integers(2, 40),
    eps=st.sampled_from([1e-5, 1e-6, 0.1]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_layer_norm_equals_torchs_in_value_and_gradient(
    dtype: torch.dtype, device: str, batch: list[int], C: int, eps: float, seed: int
) -> None:
    generator = seeded(seed)
    ours = LayerNorm(C, eps).to(device, dtype)
    theirs = nn.LayerNorm(C, eps).to(device, dtype)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn(C, generator=generator))
    theirs.load_state_dict(ours.state_dict())
    x = (3 * torch.randn(*batch, C, generator=generator) + 1).to(device, dtype).requires_grad_()
    expected = theirs(x)
    expected_gradients = gradients(expected, x, theirs.weight, theirs.bias)
    # Small deviations (C = 2, numbers close together) magnify rounding by x / deviation; its square in the gradient.
    magnified = (x.abs().amax(dim=-1) / torch.sqrt(x.var(dim=-1, correction=0) + eps)).max().item()
    tolerance = TOLERANCE[dtype] * max(1.0, magnified)
    for output in (ours(x), layer_norm(x, ours.weight, ours.bias, eps)):
        torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
        measured = gradients(output, x, ours.weight, ours.bias)
        bound = 10 * tolerance * max(1.0, magnified) * max(g.abs().max().item() for g in expected_gradients)
        torch.testing.assert_close(measured, expected_gradients, atol=bound, rtol=0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_layer_norm_keeps_the_type_and_agrees_with_torchs(dtype: torch.dtype, device: str) -> None:
    x = (2 * torch.randn(4, 7, 32, generator=seeded()) + 1).to(device, dtype)
    weight, bias = (torch.randn(32, generator=seeded(s)).to(device, dtype) for s in (1, 2))
    output = layer_norm(x, weight, bias)
    assert output.dtype == dtype
    tolerance = TOLERANCE[dtype]
    torch.testing.assert_close(output, F.layer_norm(x, (32,), weight, bias), atol=tolerance, rtol=tolerance)


@given(T=st.integers(1, 8), C=st.integers(2, 30), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_every_token_comes_out_with_mean_0_and_deviation_1(T: int, C: int, seed: int) -> None:
    x = 5 * torch.randn(T, C, generator=seeded(seed), dtype=torch.float64) + 3
    output = LayerNorm(C, eps=0.0).double()(x)
    torch.testing.assert_close(output.mean(dim=-1), torch.zeros(T).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(output.std(dim=-1, correction=0), torch.ones(T).double(), atol=1e-9, rtol=0)


@given(factor=st.floats(0.1, 1e3), offset=st.floats(-100, 100))
def test_layer_norm_forgets_size_and_offset(factor: float, offset: float) -> None:
    x = torch.randn(3, 16, generator=seeded(), dtype=torch.float64)
    ones, zeros = torch.ones(16).double(), torch.zeros(16).double()
    torch.testing.assert_close(
        layer_norm(factor * x + offset, ones, zeros, 0.0), layer_norm(x, ones, zeros, 0.0), atol=1e-9, rtol=0
    )


def test_a_constant_vector_gives_the_shift_and_finite_gradients() -> None:
    x = torch.full((2, 5), 7.0, requires_grad=True)
    weight, bias = torch.randn(2, 5, generator=seeded())
    for output in (layer_norm(x, weight, bias), F.layer_norm(x, (5,), weight, bias)):
        torch.testing.assert_close(output, bias.expand(2, 5))
        assert gradients(output, x)[0].isfinite().all()


def test_layer_norm_passes_gradcheck() -> None:
    x, weight, bias = (
        torch.randn(*shape, generator=seeded(s), dtype=torch.float64).requires_grad_()
        for s, shape in enumerate(((3, 6), (6,), (6,)))
    )
    assert torch.autograd.gradcheck(layer_norm, (x, weight, bias))


def test_layer_norm_keeps_tokens_apart() -> None:
    x = torch.randn(2, 5, 8, generator=seeded())
    changed = x.clone()
    changed[1, 3, 0] += 2
    moved = (LayerNorm(8)(changed) != LayerNorm(8)(x)).any(dim=-1)
    assert moved.nonzero().tolist() == [[1, 3]]


# the block against transformers


def gpt2_pair(B: int, T: int, *, device: str, dtype: torch.dtype) -> tuple[DecoderBlock, GPT2Block, Tensor]:
    """Our block with biases and theirs, every weight random and the same in both, and an input."""
    config = GPTConfig(seq_len=12, n_embd=24, n_head=3, bias=True)
    ours = randomized(DecoderBlock(config)).to(device, dtype)
    theirs = GPT2Block(
        GPT2Config(n_embd=24, n_head=3, n_positions=12, resid_pdrop=0.0, attn_pdrop=0.0, attn_implementation="sdpa"),
        layer_idx=0,
    ).to(device, dtype)
    theirs.load_state_dict({their_name(n): their_layout(n, w) for n, w in ours.state_dict().items()})
    x = torch.randn(B, T, 24, generator=seeded(1), dtype=torch.float64).to(device, dtype)
    return ours, theirs, x.requires_grad_()


def their_name(name: str) -> str:
    """A parameter's name in `transformers`' GPT2Block."""
    for mine, theirs in [
        ("norm_1", "ln_1"),
        ("norm_2", "ln_2"),
        ("attention.qkv_proj", "attn.c_attn"),
        ("attention.out_proj", "attn.c_proj"),
        ("mlp.up_proj", "mlp.c_fc"),
        ("mlp.down_proj", "mlp.c_proj"),
    ]:
        name = name.replace(mine, theirs)
    return name


def their_layout(name: str, value: Tensor) -> Tensor:
    """GPT-2's linear layers keep the transpose of what nn.Linear keeps."""
    return value.T if value.dim() == 2 else value


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(("B", "T"), [(1, 1), (2, 5), (3, 12)])
def test_equals_transformers_gpt2_block_in_value_and_gradient(B: int, T: int, dtype: torch.dtype, device: str) -> None:
    ours, theirs, x = gpt2_pair(B, T, device=device, dtype=dtype)
    output, expected = ours(x), theirs(x)
    tolerance = {torch.float64: 1e-12, torch.float32: 1e-5}[dtype]
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    names = list(dict(ours.named_parameters()))
    their_parameters = dict(theirs.named_parameters())
    mine = gradients(output, x, *ours.parameters())
    others = gradients(expected, x, *(their_parameters[their_name(name)] for name in names))
    for name, one, other in zip(["x", *names], mine, others, strict=True):
        other = other if name == "x" else their_layout(name, other)
        scale = other.abs().max().item()  # sums over all positions: errors grow with the largest
        torch.testing.assert_close(one, other, atol=10 * tolerance * max(1.0, scale), rtol=10 * tolerance)


@pytest.mark.parametrize("bias", [False, True])
def test_post_norm_equals_torchs_encoder_layer(bias: bool) -> None:
    # torch's layer is post-norm by default; its biases of linear layers and norms come and go together.
    config = GPTConfig(n_embd=24, n_head=3, bias=bias)
    ours = randomized(PostNormBlock(config)).double()
    theirs = nn.TransformerEncoderLayer(
        24, 3, 96, dropout=0.0, activation=nn.GELU(approximate="tanh"), batch_first=True, norm_first=False
    ).double()
    names = {
        "self_attn.in_proj_": "attention.qkv_proj.",
        "self_attn.out_proj.": "attention.out_proj.",
        "linear1.": "mlp.up_proj.",
        "linear2.": "mlp.down_proj.",
        "norm1.": "norm_1.",
        "norm2.": "norm_2.",
    }
    weights = ours.state_dict()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            for theirs_begins, ours_begins in names.items():
                name = name.replace(theirs_begins, ours_begins)
            parameter.copy_(weights.get(name, torch.zeros_like(parameter)))  # no bias is a bias of zero
    x = torch.randn(2, 7, 24, generator=seeded(1), dtype=torch.float64).requires_grad_()
    mask = nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.float64)
    output, expected = ours(x), theirs(x, src_mask=mask, is_causal=True)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(gradients(output, x), gradients(expected, x))


# counts


@each_kind
def test_the_courses_block_has_120_400_parameters(kind: type[nn.Module]) -> None:
    layer = kind(GPTConfig())
    assert num_params(layer) == 120_400 == 40_000 + 80_000 + 400
    assert num_params(layer.norm_1) == num_params(layer.norm_2) == 200
    assert num_params(layer.attention) == 40_000
    assert num_params(layer.mlp) == 80_000


@given(head=st.integers(1, 8), H=st.integers(1, 4), bias=st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_block_has_twelve_c_squared_and_the_vectors(head: int, H: int, bias: bool) -> None:
    C = head * H
    layer = DecoderBlock(GPTConfig(n_embd=C, n_head=H, bias=bias))
    assert num_params(layer) == 12 * C**2 + 4 * C + bias * 9 * C  # biases: 3C + C + 4C + C


# what makes the stream a stream


@each_kind
@given(B=st.integers(1, 3), T=st.integers(2, 12), position=st.integers(0, 11), seed=st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_future_tokens_do_not_change_the_past(kind: type[nn.Module], B: int, T: int, position: int, seed: int) -> None:
    position %= T
    layer = randomized(kind(SMALL), seed)
    x = torch.randn(B, T, 24, generator=seeded(seed))
    changed = x.clone()
    changed[:, position] += torch.randn(24, generator=seeded(seed + 1))
    before, after = layer(x), layer(changed)
    torch.testing.assert_close(after[:, :position], before[:, :position], atol=1e-6, rtol=0)
    assert not torch.allclose(after[:, position], before[:, position], atol=1e-3)


def test_layers_that_write_nothing_leave_the_stream_unharmed() -> None:
    layer = randomized(DecoderBlock(SMALL))
    nn.init.zeros_(layer.attention.out_proj.weight)
    nn.init.zeros_(layer.mlp.down_proj.weight)
    x = torch.randn(2, 5, 24, generator=seeded())
    assert torch.equal(layer(x), x)


def test_pre_norm_layers_do_not_see_the_size_of_the_stream() -> None:
    layer = randomized(DecoderBlock(SMALL)).double()
    x = torch.randn(2, 5, 24, generator=seeded(), dtype=torch.float64) * 100  # eps is nothing beside this
    torch.testing.assert_close(layer.attention(layer.norm_1(x)), layer.attention(layer.norm_1(1000 * x)))
    assert (layer(1000 * x) - 1000 * x).norm() < 1e-2 * (1000 * x).norm()


def test_post_norm_outputs_have_mean_0_and_deviation_1() -> None:
    layer = PostNormBlock(SMALL)  # scales one and shifts zero, as a fresh block has them
    output = layer(100 * torch.randn(2, 5, 24, generator=seeded()))
    torch.testing.assert_close(output.mean(dim=-1), torch.zeros(2, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(output.std(dim=-1, correction=0), torch.ones(2, 5), atol=1e-4, rtol=0)


def test_the_two_kinds_differ_in_the_place_of_the_norms_only() -> None:
    pre, post = randomized(DecoderBlock(SMALL)), PostNormBlock(SMALL)
    post.load_state_dict(pre.state_dict())  # the same parts by the same names
    assert not torch.allclose(pre(torch.ones(1, 3, 24)), post(torch.ones(1, 3, 24)))


def test_inputs_are_left_as_they_were() -> None:
    layer, x = randomized(DecoderBlock(SMALL)), torch.randn(2, 5, 24, generator=seeded())
    copy = x.clone()
    layer(x)
    assert torch.equal(x, copy)


def test_gradients_reach_every_parameter() -> None:
    layer = randomized(DecoderBlock(SMALL))
    layer(torch.randn(2, 5, 24, generator=seeded())).square().sum().backward()
    assert all((parameter.grad != 0).any() for parameter in layer.parameters())


def test_with_residuals_and_norms_the_gradient_neither_vanishes_nor_explodes() -> None:
    # The figures of the lesson: 12 blocks, weights with deviation 0.05, float64.
    torch.manual_seed(0)
    layers = nn.ModuleList(DecoderBlock(GPTConfig()) for _ in range(12)).double()
    for weight in layers.parameters():
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.05)
    x = torch.randn(1, 16, 100, generator=seeded(), dtype=torch.float64).requires_grad_()
    full = plain = x
    for layer in layers:
        full = layer(full)
        plain = layer.mlp(layer.attention(plain))
    assert 0.3 < (gradients(full, x)[0].norm() / gradients(x * 1, x)[0].norm()) < 5
    assert gradients(plain, x)[0].norm() / gradients(x * 1, x)[0].norm() < 1e-10


# the stream taken apart


def test_the_pieces_are_the_start_and_what_each_layer_adds() -> None:
    layers = [randomized(DecoderBlock(SMALL), seed).double() for seed in range(3)]
    x = torch.randn(2, 5, 24, generator=seeded(), dtype=torch.float64)
    pieces = residual_pieces(layers, x)
    assert pieces.shape == (7, 2, 5, 24)
    assert torch.equal(pieces[0], x)
    torch.testing.assert_close(pieces[1], layers[0].attention(layers[0].norm_1(x)))
    for depth in range(4):
        expected = x
        for layer in layers[:depth]:
            expected = layer(expected)
        torch.testing.assert_close(pieces[: 1 + 2 * depth].sum(dim=0), expected)


def test_no_blocks_leave_one_piece() -> None:
    x = torch.randn(1, 2, 24, generator=seeded())
    assert torch.equal(residual_pieces([], x), x[None])


def test_shares_by_hand() -> None:
    # (3, 0) and (0, 4) have the sum (3, 4) with s·s = 25: 9/25 and 16/25. Opposed pieces: 2/(2−1) and −1/(2−1).
    assert contribution_shares(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).tolist() == pytest.approx([0.36, 0.64])
    assert contribution_shares(torch.tensor([[2.0, 0.0], [-1.0, 0.0]])).tolist() == pytest.approx([2.0, -1.0])


@given(pieces=st.integers(1, 9), batch=st.lists(st.integers(1, 3), max_size=2), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_shares_add_up_to_one_at_each_position(pieces: int, batch: list[int], seed: int) -> None:
    values = torch.randn(pieces, *batch, 6, generator=seeded(seed), dtype=torch.float64) + 0.5
    shares = contribution_shares(values)
    assert shares.shape == (pieces, *batch)
    torch.testing.assert_close(shares.sum(dim=0), torch.ones(batch).double(), atol=1e-6, rtol=0)


# shapes and places


@each_kind
@pytest.mark.parametrize(("B", "T"), [(1, 1), (3, 12), (2, 40)])
def test_every_length_gives_its_own_shape(kind: type[nn.Module], B: int, T: int) -> None:
    # Longer than seq_len too: a block has no positions. The model that has them refuses (lesson 07).
    assert kind(SMALL)(torch.randn(B, T, 24)).shape == (B, T, 24)


def test_a_single_token_passes_through_its_own_value() -> None:
    # One token attends to itself with weight 1, so attention is out_proj(v).
    layer = randomized(DecoderBlock(SMALL)).double()
    x = torch.randn(2, 1, 24, generator=seeded(), dtype=torch.float64)
    v = layer.attention.qkv_proj(layer.norm_1(x))[..., 48:]
    middle = x + layer.attention.out_proj(v)
    torch.testing.assert_close(layer(x), middle + layer.mlp(layer.norm_2(middle)))


def test_inputs_need_not_be_contiguous() -> None:
    layer = randomized(DecoderBlock(SMALL))
    x = torch.randn(2, 24, 5, generator=seeded()).transpose(1, 2)
    assert not x.is_contiguous()
    torch.testing.assert_close(layer(x), layer(x.contiguous()))


def test_dropout_acts_in_training_only() -> None:
    layer = randomized(DecoderBlock(GPTConfig(n_embd=24, n_head=3, dropout=0.5)))
    plain = randomized(DecoderBlock(SMALL))
    x = torch.randn(2, 5, 24, generator=seeded())
    torch.manual_seed(0)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    torch.testing.assert_close(layer(x), plain(x))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_agrees_with_float32(dtype: torch.dtype, device: str) -> None:
    layer = randomized(DecoderBlock(SMALL)).to(device)
    x = torch.randn(2, 9, 24, generator=seeded()).to(device)
    expected = layer(x)
    output = layer.to(dtype)(x.to(dtype))
    assert output.dtype == dtype
    torch.testing.assert_close(output.float(), expected, atol=3 * TOLERANCE[dtype], rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("device", DEVICES)
def test_autocast_keeps_the_stream_in_float32(device: str) -> None:
    layer = randomized(DecoderBlock(SMALL)).to(device)
    x = torch.randn(2, 9, 24, generator=seeded()).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        output = layer(x)
    assert output.dtype == torch.float32  # float32 stream + bfloat16 addition
    torch.testing.assert_close(output, layer(x), atol=0.1, rtol=0.02)
    output.sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in layer.parameters())


def test_exported_it_gives_the_same_for_any_batch_and_length() -> None:
    layer = randomized(DecoderBlock(SMALL))
    dynamic = {"x": {0: torch.export.Dim("B", min=1, max=64), 1: torch.export.Dim("T", min=2, max=64)}}
    exported = torch.export.export(layer, (torch.randn(2, 5, 24),), dynamic_shapes=dynamic).module()
    for B, T in ((2, 5), (3, 12)):
        x = torch.randn(B, T, 24, generator=seeded())
        torch.testing.assert_close(exported(x), layer(x))


@each_kind
def test_traced_as_one_graph_it_gives_the_same_value_and_gradient(kind: type[nn.Module]) -> None:
    layer = randomized(kind(SMALL))
    traced = torch.compile(layer, fullgraph=True, backend="aot_eager")  # all of torch.compile but the compiler
    x = torch.randn(2, 5, 24, generator=seeded()).requires_grad_()
    output, expected = traced(x), layer(x)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(gradients(output, x), gradients(expected, x), atol=1e-5, rtol=1e-5)


@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_it_gives_the_same() -> None:
    layer = randomized(DecoderBlock(SMALL))
    x = torch.randn(2, 5, 24, generator=seeded())
    with torch.no_grad():
        torch.testing.assert_close(torch.compile(layer, fullgraph=True)(x), layer(x))


@pytest.mark.parametrize("make", [DecoderBlock, PostNormBlock])
def test_a_block_goes_on_from_a_cache(make) -> None:
    config = GPTConfig(vocab_size=10, seq_len=8, n_layer=1, n_embd=12, n_head=3)
    block, cache = make(config).eval(), GPT(config).make_cache(2)
    x = torch.randn(2, 6, 12, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        whole = block(x)
        first = block(x[:, :4], cache, 0)
        cache.advance(4)
        torch.testing.assert_close(torch.cat([first, block(x[:, 4:], cache, 0)], dim=1), whole)


def test_any_module_can_stand_in_the_place_of_attention() -> None:
    config = GPTConfig(n_embd=12, n_head=3)
    block, x = DecoderBlock(config), torch.randn(1, 4, 12)
    block.attention = HeadByHeadAttention(config)
    assert block(x).shape == x.shape
