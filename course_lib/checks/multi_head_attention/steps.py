"""`MultiHeadAttention` with one of its steps replaced."""

import math
from collections.abc import Callable

from torch import Tensor, nn

from course_lib.attention import scaled_dot_product_attention
from course_lib.checks.multi_head_attention.layouts import chunk_then_split
from course_lib.config import GPTConfig
from course_lib.multi_head_attention import merge_heads, split_heads

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]


Split = Callable[[Tensor, int], tuple[Tensor, ...]]


def with_steps(
    split: Split = chunk_then_split,
    attend: Attend = scaled_dot_product_attention,
    merge: Callable[[Tensor], Tensor] = merge_heads,
    *,
    project: bool = True,
    bias: bool | None = None,
    heads: int | None = None,
    adds_input: bool = False,
) -> type[nn.Module]:
    """A class like `MultiHeadAttention` with one of its steps replaced.

    bias, heads: in place of the configuration's.
    """

    class Variant(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            C, with_bias = config.n_embd, config.bias if bias is None else bias
            self.n_head = config.n_head if heads is None else heads
            self.qkv_proj = nn.Linear(C, 3 * C, bias=with_bias)
            self.out_proj = nn.Linear(C, C, bias=with_bias)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = split(self.qkv_proj(x), self.n_head)
            merged = merge(attend(q, k, v)).reshape(x.shape)
            merged = self.out_proj(merged) if project else merged
            return x + merged if adds_input else merged

    return Variant


def each_part(split: Callable[[Tensor, int], Tensor]) -> Split:
    """q, k and v by `chunk`, each split by `split`."""
    return lambda qkv, n_head: tuple(split(part, n_head) for part in qkv.chunk(3, dim=-1))


def without_heads(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """One head of all channels."""
    return chunk_then_split(qkv, 1)


def every_third_channel(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """q, k, v take turns at the channels."""
    return tuple(split_heads(qkv[..., part::3], n_head) for part in range(3))


def view_into(n_head: int) -> Split:
    """A number of heads written into the code; `view` says that it does not fit."""

    def split(qkv: Tensor, _: int) -> tuple[Tensor, ...]:
        B, T, C3 = qkv.shape
        parts = qkv.chunk(3, dim=-1)
        return tuple(part.reshape(B, T, n_head, C3 // 3 // n_head).transpose(1, 2) for part in parts)

    return split


class ThreeLayers(nn.Module):
    """A layer each for queries, keys and values."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        C, bias = config.n_embd, config.bias
        self.n_head = config.n_head
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(C, C, bias=bias) for _ in range(3))
        self.out_proj = nn.Linear(C, C, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """The right numbers, had it the right layers."""
        heads = (split_heads(layer(x), self.n_head) for layer in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(merge_heads(scaled_dot_product_attention(*heads)))


def scaled_by_all_channels(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scores divided by √C instead of √D."""
    H = q.shape[1]
    return scaled_dot_product_attention(q / math.sqrt(H), k, v)


def scaled_by_number_of_heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scores divided by √H instead of √D."""
    H, D = q.shape[1], q.shape[-1]
    return scaled_dot_product_attention(q * math.sqrt(D / H), k, v)
