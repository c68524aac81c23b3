"""Attention in blocks equals torch's fused one, in value and gradient, whatever the number of blocks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_lib.training.fast import blocks as module
from course_lib.training.fast.blocks import block_attention


def drawn(*shape: int, dtype: torch.dtype = torch.float64, spread: float = 1.0) -> list[Tensor]:
    """q, k, v and a gradient for the result."""
    generator = torch.Generator().manual_seed(0)
    return [(torch.randn(shape, generator=generator) * spread).to(dtype) for _ in range(4)]


def with_gradients(attention, q: Tensor, k: Tensor, v: Tensor, upstream: Tensor) -> list[Tensor]:
    leaves = [part.clone().requires_grad_() for part in (q, k, v)]
    out = attention(*leaves)
    return [out.detach(), *torch.autograd.grad(out, leaves, upstream)]


def fused(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


@given(
    B=st.integers(1, 3),
    H=st.integers(1, 3),
    T=st.integers(1, 40),
    D=st.integers(1, 9),
    rows=st.sampled_from([1, 5, 16]),
)
def test_blocks_equal_the_fused_kernel(B: int, H: int, T: int, D: int, rows: int) -> None:
    parts = drawn(B, H, T, D)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_ROWS", rows)
        got = with_gradients(block_attention, *parts)
    for one, other in zip(got, with_gradients(fused, *parts), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_blocks_equal_the_fused_kernel_at_full_size() -> None:
    parts = drawn(2, 2, 300, 8)  # three blocks, the last one shorter
    for one, other in zip(with_gradients(block_attention, *parts), with_gradients(fused, *parts), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_memory_in_any_order_will_do() -> None:
    q, k, v, upstream = (part.transpose(1, 2) for part in drawn(2, 9, 3, 4))  # as heads come from one projection
    expected = with_gradients(fused, q.contiguous(), k.contiguous(), v.contiguous(), upstream.contiguous())
    for one, other in zip(with_gradients(block_attention, q, k, v, upstream), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_its_gradient_is_the_slope() -> None:
    q, k, v, _ = (part.requires_grad_() for part in drawn(1, 2, 5, 3))
    assert torch.autograd.gradcheck(block_attention, (q, k, v))


def test_nothing_is_seen_of_what_comes_after() -> None:
    q, k, v, _ = drawn(1, 2, 11, 4)
    before = block_attention(q, k, v)
    for position in range(11):
        changed = [part.clone() for part in (q, k, v)]
        for part in changed:
            part[:, :, position:] += 1
        assert torch.equal(block_attention(*changed)[:, :, :position], before[:, :, :position])


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_in_bfloat16_it_is_about_as_exact_as_the_fused_kernel(spread: float) -> None:
    parts = drawn(2, 3, 150, 16, dtype=torch.bfloat16, spread=spread)
    exact = with_gradients(fused, *(part.double() for part in parts))

    def errors(attention) -> list[float]:
        results = with_gradients(attention, *parts)
        return [((one - other).norm() / other.norm()).item() for one, other in zip(results, exact, strict=True)]

    for own, torchs in zip(errors(block_attention), errors(fused), strict=True):
        assert own < 2.5 * torchs


def test_only_what_needs_a_gradient_gets_one() -> None:
    q, k, v, upstream = drawn(1, 1, 4, 2)
    out = block_attention(q, k.requires_grad_(), v)
    out.backward(upstream)
    assert q.grad is None
    torch.testing.assert_close(k.grad, with_gradients(fused, q, k.detach(), v, upstream)[2], rtol=1e-10, atol=1e-12)


def test_other_shapes_are_refused() -> None:
    q, k, v, _ = drawn(1, 4, 6, 2)
    with pytest.raises(ValueError, match=r"one shape.*\(1, 4, 6, 2\), \(1, 2, 6, 2\)"):
        block_attention(q, k[:, :2], v[:, :2])
    for part in (q[0], q[:, :, :0]):  # no batch, no position
        with pytest.raises(ValueError, match="one shape"):
            block_attention(part, part, part)
