"""Attention against torch's own, and the properties that define it."""

import math
import shutil
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib.attention import (
    attention_weights,
    causal_attention_loop,
    causal_mask,
    fused_scaled_dot_product_attention,
    scaled_dot_product_attention,
    single_query_attention,
    softmax,
)

CPU = torch.device("cpu")
DEVICES = [
    CPU,
    pytest.param(
        torch.device("cuda"), marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
    ),
]
TOLERANCE = {  # absolute and relative: a few steps of the type around 1
    torch.float64: 1e-12,
    torch.float32: 2e-6,
    torch.float16: 4e-3,
    torch.bfloat16: 3e-2,
}
Attention = Callable[..., Tensor]
OURS: list[Attention] = [scaled_dot_product_attention, fused_scaled_dot_product_attention]


def random_qkv(
    *batch: int,
    queries: int,
    keys: int,
    d: int = 8,
    d_v: int | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device = CPU,
    seed: int = 0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Standard normal q, k and v with gradients, drawn on the CPU so that every device gets the same numbers."""
    generator = torch.Generator().manual_seed(seed)

    def draw(tokens: int, width: int) -> Tensor:
        numbers = torch.randn(*batch, tokens, width, generator=generator, dtype=torch.float64)
        return numbers.to(device, dtype).requires_grad_()

    return draw(queries, d), draw(keys, d), draw(keys, d_v or d)


def torchs_answer(q: Tensor, k: Tensor, v: Tensor, *, causal: bool) -> Tensor:
    """torch's plain (math) kernel with the mask written out: the expected value throughout this file."""
    allowed = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device)
    if causal:
        allowed = allowed.tril(diagonal=k.shape[-2] - q.shape[-2])
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)


def gradients(output: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Gradients of a sum in which every output has another weight, so that errors cannot cancel."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype, device=output.device).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


# softmax


@settings(deadline=None)
@given(
    rows=st.integers(1, 5), columns=st.integers(1, 9), dim=st.sampled_from([0, 1, -1, -2]), seed=st.integers(0, 10_000)
)
def test_softmax_equals_torchs_in_value_and_gradient(rows: int, columns: int, dim: int, seed: int) -> None:
    x = (5 * torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))).double().requires_grad_()
    output, expected = softmax(x, dim=dim), torch.softmax(x, dim=dim)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(gradients(output, x), gradients(expected, x))


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_softmax_survives_scores_of_ten_thousand(dtype: torch.dtype) -> None:
    scores = torch.tensor([[1e4, -1e4, 1e4], [-1e4, -1e4, -1e4], [0.0, 1e4, -1e4]], dtype=dtype)
    by_hand = torch.tensor([[0.5, 0.0, 0.5], [1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0]], dtype=dtype)
    torch.testing.assert_close(softmax(scores), by_hand)


def test_softmax_is_unchanged_by_a_constant_added_to_every_score() -> None:
    x = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    torch.testing.assert_close(softmax(x + 1000.0), softmax(x))


def test_softmax_in_half_precision_is_the_float32_softmax_rounded_once() -> None:
    x = torch.randn(64, 300, generator=torch.Generator().manual_seed(0)).bfloat16()
    assert softmax(x).dtype == torch.bfloat16
    assert torch.equal(softmax(x), torch.softmax(x.float(), dim=-1).bfloat16())


def test_softmax_gives_masked_scores_exactly_zero() -> None:
    assert softmax(torch.tensor([0.0, -math.inf, 0.0])).tolist() == [0.5, 0.0, 0.5]


def test_softmax_of_a_row_of_minus_infinity_is_nan_as_in_torch() -> None:
    row = torch.full((3,), -math.inf)
    assert softmax(row).isnan().all()
    assert torch.softmax(row, dim=-1).isnan().all()


# the mask


def test_causal_mask_allows_each_position_itself_and_the_past() -> None:
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


def test_causal_mask_for_the_last_queries_is_the_last_rows() -> None:
    assert torch.equal(causal_mask(7, queries=3), causal_mask(7)[-3:])
    assert causal_mask(7, queries=1).all(), "the newest token sees every key in the cache"


@pytest.mark.parametrize("T", [0, 1, 2, 17])
def test_causal_mask_is_boolean_square_and_allows_t_times_t_plus_one_over_two_pairs(T: int) -> None:
    mask = causal_mask(T)
    assert mask.dtype == torch.bool
    assert mask.shape == (T, T)
    assert mask.sum() == T * (T + 1) // 2


@pytest.mark.parametrize(("T", "queries"), [(3, 4), (3, -1), (-1, None)])
def test_causal_mask_refuses_more_queries_than_keys(T: int, queries: int | None) -> None:
    with pytest.raises(ValueError, match=r"0 <= queries <= keys, got -?\d+ queries and -?\d+ keys"):
        causal_mask(T, queries=queries)


def test_causal_mask_is_made_on_the_device_asked_for() -> None:
    assert causal_mask(4, device="meta").device.type == "meta"


# the stages agree


def test_one_query_by_hand() -> None:
    # Scores q·k/√2 = 2, 0, 1; exp gives 7.389, 1, 2.718, sum 11.107; weights 0.6652, 0.0900, 0.2447.
    q = torch.tensor([math.sqrt(2), 0.0])
    k = torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    v = torch.tensor([[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]])
    expected = torch.tensor([7.8760, 2.1240])  # 10·0.6652 + 5·0.2447, 10·0.0900 + 5·0.2447
    torch.testing.assert_close(single_query_attention(q, k, v), expected, atol=1e-4, rtol=0)


@settings(deadline=None)
@given(T=st.integers(1, 9), d=st.integers(1, 6), d_v=st.integers(1, 6), seed=st.integers(0, 10_000))
def test_the_loop_equals_the_matrices(T: int, d: int, d_v: int, seed: int) -> None:
    q, k, v = random_qkv(queries=T, keys=T, d=d, d_v=d_v, seed=seed, dtype=torch.float64)
    torch.testing.assert_close(causal_attention_loop(q, k, v), scaled_dot_product_attention(q, k, v))


# against torch


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE)
@settings(max_examples=40, deadline=None)
@given(
    batch=st.lists(st.integers(1, 3), max_size=3),
    keys=st.integers(1, 40),
    fewer=st.integers(0, 39),
    d=st.integers(1, 33),
    d_v=st.integers(1, 33),
    causal=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_equals_torch_in_value_and_gradient(
    device: torch.device,
    dtype: torch.dtype,
    batch: list[int],
    keys: int,
    fewer: int,
    d: int,
    d_v: int,
    causal: bool,
    seed: int,
) -> None:
    queries = max(1, keys - fewer)
    q, k, v = random_qkv(*batch, queries=queries, keys=keys, d=d, d_v=d_v, dtype=dtype, device=device, seed=seed)
    expected = torchs_answer(q, k, v, causal=causal)
    expected_gradients = gradients(expected, q, k, v)
    tolerance = TOLERANCE[dtype]
    for attention in OURS:
        output = attention(q, k, v, causal=causal)
        assert output.dtype == dtype
        torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
        scale = 10 * tolerance * expected.numel() ** 0.5  # gradients are sums of many terms
        torch.testing.assert_close(gradients(output, q, k, v), expected_gradients, atol=scale, rtol=10 * tolerance)


def test_causal_attention_of_equally_many_queries_and_keys_is_torchs_is_causal() -> None:
    q, k, v = random_qkv(2, 3, queries=50, keys=50, d=16)
    torch.testing.assert_close(
        scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, is_causal=True)
    )


@pytest.mark.parametrize("attention", OURS)
@pytest.mark.parametrize(("queries", "causal"), [(4, True), (2, True), (4, False)])
def test_gradients_pass_gradcheck(attention: Attention, queries: int, causal: bool) -> None:
    q, k, v = random_qkv(2, queries=queries, keys=4, d=3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda q, k, v: attention(q, k, v, causal=causal), (q, k, v))


def test_the_fused_version_reaches_the_fused_kernel_without_a_head_dimension() -> None:
    q, k, v = random_qkv(2, queries=8, keys=8)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.FLASH_ATTENTION):  # no other is allowed
        fused_scaled_dot_product_attention(q, k, v)


# what makes it attention


@pytest.mark.parametrize("attention", OURS)
def test_future_tokens_do_not_change_the_past(attention: Attention) -> None:
    q, k, v = random_qkv(2, queries=9, keys=9)
    before = attention(q, k, v)
    for t in range(9):
        changed = [x.detach().clone() for x in (q, k, v)]
        for x in changed:
            x[..., t, :] += 3.0
        after = attention(*changed)
        assert torch.equal(after[..., :t, :], before[..., :t, :])
        assert not torch.allclose(after[..., t, :], before[..., t, :])


def test_without_the_mask_future_tokens_do_change_the_past() -> None:
    q, k, v = random_qkv(queries=5, keys=5)
    changed = v.detach().clone()
    changed[-1] += 1.0
    before = scaled_dot_product_attention(q, k, v, causal=False)
    after = scaled_dot_product_attention(q, k, changed, causal=False)
    assert (before != after).all()


@pytest.mark.parametrize("attention", OURS)
def test_a_cached_step_gives_the_last_rows_of_the_whole(attention: Attention) -> None:
    q, k, v = random_qkv(2, 3, queries=12, keys=12)
    whole = attention(q, k, v)
    for queries in (1, 2, 5):
        torch.testing.assert_close(attention(q[..., -queries:, :], k, v), whole[..., -queries:, :])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("causal", [True, False])
def test_weights_are_distributions(dtype: torch.dtype, causal: bool) -> None:
    q, k, _ = random_qkv(3, queries=20, keys=20, dtype=dtype)
    weights = attention_weights(q, k, causal=causal)
    assert (weights >= 0).all()
    total = weights.double().sum(dim=-1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=20 * torch.finfo(dtype).eps, rtol=0)


def test_weights_of_the_future_are_exactly_zero() -> None:
    q, k, _ = random_qkv(3, queries=20, keys=20)
    assert (attention_weights(q, k)[..., ~causal_mask(20)] == 0).all()


def test_the_output_lies_within_the_values() -> None:
    q, k, v = random_qkv(queries=30, keys=30)
    output = scaled_dot_product_attention(q, k, v, causal=False)
    assert (output >= v.min(dim=0).values - 1e-6).all()
    assert (output <= v.max(dim=0).values + 1e-6).all()


def test_equal_keys_share_the_weight_equally() -> None:
    q, _, v = random_qkv(queries=6, keys=6)
    k = torch.ones(6, 8)
    running_mean = v.cumsum(dim=0) / torch.arange(1, 7)[:, None]
    torch.testing.assert_close(scaled_dot_product_attention(q, k, v), running_mean)


def test_without_the_mask_the_order_of_keys_does_not_matter() -> None:
    q, k, v = random_qkv(queries=7, keys=7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        scaled_dot_product_attention(q, k[order], v[order], causal=False),
        scaled_dot_product_attention(q, k, v, causal=False),
    )


def test_without_the_mask_permuted_tokens_give_permuted_outputs() -> None:
    q, k, v = random_qkv(queries=7, keys=7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        scaled_dot_product_attention(q[order], k[order], v[order], causal=False),
        scaled_dot_product_attention(q, k, v, causal=False)[order],
    )


# hard inputs


@pytest.mark.parametrize("attention", OURS)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_scores_of_ten_thousand_pick_one_key(attention: Attention, dtype: torch.dtype) -> None:
    # d = 4: q·k/√4 = ±1e4 for the vectors ±100·(1, 1, 0, 0), so the matching key takes all the weight.
    q = 100 * torch.tensor([[1.0, 1, 0, 0], [-1, -1, 0, 0]], dtype=dtype)
    v = torch.tensor([[1.0, 2], [3, 4]], dtype=dtype)
    assert torch.equal(attention(q, q, v, causal=False), v)
    assert torch.equal(attention(q, q.flip(0), v, causal=False), v.flip(0))


@pytest.mark.parametrize("attention", OURS)
def test_scores_of_ten_thousand_have_finite_gradients(attention: Attention) -> None:
    q, k, v = random_qkv(2, queries=5, keys=5)
    output = attention(100 * q, 100 * k, v)
    assert all(gradient.isfinite().all() for gradient in gradients(output, q, k, v))


@pytest.mark.parametrize("attention", OURS)
def test_a_single_token_gets_its_own_value(attention: Attention) -> None:
    q, k, v = random_qkv(2, queries=1, keys=1)
    torch.testing.assert_close(attention(q, k, v), v)


@pytest.mark.parametrize("attention", OURS)
def test_tensors_need_not_be_contiguous(attention: Attention) -> None:
    q, k, v = (x.detach().transpose(1, 2) for x in random_qkv(2, 10, queries=3, keys=3, d=8))  # (B, H, T, D) views
    assert not q.is_contiguous()
    torch.testing.assert_close(attention(q, k, v), attention(q.contiguous(), k.contiguous(), v.contiguous()))


@pytest.mark.parametrize("attention", OURS)
def test_inputs_are_left_as_they_were(attention: Attention) -> None:
    q, k, v = (x.detach() for x in random_qkv(queries=4, keys=4))
    copies = [x.clone() for x in (q, k, v)]
    attention(q, k, v)
    assert all(torch.equal(x, copy) for x, copy in zip((q, k, v), copies, strict=True))


@pytest.mark.parametrize("attention", OURS)
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((4, 8), (4, 6), (4, 8)), "q and k must share their last dimension, got 8 and 6"),
        (((4, 8), (4, 8), (5, 8)), "k and v must have the same number of tokens, got 4 and 5"),
        (((5, 8), (4, 8), (4, 8)), "got 5 queries and 4 keys"),
        (((8,), (4, 8), (4, 8)), r"q must have the shape \(..., tokens, width\), got \(8,\)"),
        (((4, 8), (4, 8), (4,)), r"v must have the shape \(..., tokens, width\), got \(4,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_with_their_values(
    attention: Attention, shapes: tuple[tuple[int, ...], ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        attention(*(torch.zeros(shape) for shape in shapes))


def test_more_queries_than_keys_are_fine_without_the_mask() -> None:
    q, k, v = random_qkv(queries=5, keys=3)
    torch.testing.assert_close(
        scaled_dot_product_attention(q, k, v, causal=False), torchs_answer(q, k, v, causal=False)
    )


@pytest.mark.parametrize("attention", OURS)
def test_traced_as_one_graph_it_gives_the_same_value_and_gradient(attention: Attention) -> None:
    q, k, v = random_qkv(2, 3, queries=16, keys=16)
    traced = torch.compile(attention, fullgraph=True, backend="aot_eager")  # all of torch.compile but the compiler
    output, expected = traced(q, k, v), attention(q, k, v)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(gradients(output, q, k, v), gradients(expected, q, k, v))


@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_it_gives_the_same() -> None:
    q, k, v = (x.detach() for x in random_qkv(2, 3, queries=16, keys=16))
    compiled = torch.compile(scaled_dot_product_attention, fullgraph=True)
    torch.testing.assert_close(compiled(q, k, v), scaled_dot_product_attention(q, k, v))
