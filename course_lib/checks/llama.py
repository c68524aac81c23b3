"""The exercises of lesson 10: right answers, and the mistakes that are really made on the way from GPT to Llama."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.config import RopeScaling
from course_lib.llama import (
    SwiGLU,
    apply_rope,
    apply_rope_interleaved,
    precompute_rope,
    repeat_kv,
    rope_frequencies,
    scale_frequencies,
)

# Exercise 1: RMSNorm


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x / √(mean(x²) + eps) · weight over the last dimension, computed in float32."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + eps)).to(x.dtype) * weight


def norm_with(size: Callable[[Tensor, float], Tensor]) -> Callable[[Tensor, Tensor, float], Tensor]:
    """`rms_norm` that divides by another measure of size, in float32."""

    def mutant(x: Tensor, weight: Tensor, eps: float) -> Tensor:
        wide = x.float()
        return (wide / size(wide, eps)).to(x.dtype) * weight

    return mutant


def mean_square(x: Tensor, dim: int | tuple[int, ...] = -1) -> Tensor:
    """Mean of x² over `dim`, which is kept."""
    return x.pow(2).mean(dim=dim, keepdim=True)


def norm_without_mean(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """LayerNorm without a shift: the mean is subtracted."""
    centred = x.float() - x.float().mean(dim=-1, keepdim=True)
    return (centred * torch.rsqrt(mean_square(centred) + eps)).to(x.dtype) * weight


def norm_in_its_own_dtype(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Squares in the precision that came in."""
    return x * torch.rsqrt(mean_square(x) + eps) * weight


def norm_without_weight(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """The scale is left out."""
    return rms_norm(x, torch.ones_like(weight), eps)


def norm_cases(generator: torch.Generator) -> list[Case]:
    """Two numbers to do by hand, a large eps, a square batch, and numbers whose squares float16 cannot hold."""

    def drawn(*shape: int, eps: float) -> Case:
        x = torch.randn(shape, generator=generator) + 1
        weight = torch.randn(shape[-1], generator=generator)
        return Case((x, weight, eps), label=f"x of shape {shape}, eps = {eps}")

    half = torch.tensor([[300.0, -600.0, 450.0]], dtype=torch.float16)
    return [
        Case((torch.tensor([[3.0, 4.0]]), torch.tensor([1.0, 2.0]), 0.0), label="mean square 12.5"),
        Case((torch.tensor([[3.0, 4.0]]), torch.ones(2), 12.5), label="eps as large as the mean square"),
        drawn(4, 4, eps=0.5),
        drawn(2, 3, 8, eps=1e-5),
        Case((half, torch.ones(3, dtype=torch.float16), 1e-5), label="float16, which ends at 65,504"),
    ]


# Exercise 2: the rotation


def rotate_with(turn: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """`apply_rope` with another way to turn the halves (first, second, cos, sin)."""

    def mutant(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=-1)
        return turn(first, second, cos, sin)

    return mutant


def second_from_the_turned_first(first: Tensor, second: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The first number is overwritten before the second is computed from it."""
    first = first * cos - second * sin
    return torch.cat([first, second * cos + first * sin], dim=-1)


def rotation_cases(generator: torch.Generator) -> list[Case]:
    """A quarter of a turn, then two pairs of which one stands still, then drawn ones."""
    zero, one = torch.zeros(1, 1), torch.ones(1, 1)

    def drawn(*shape: int) -> Case:
        x = torch.randn(shape, generator=generator)
        cos, sin = precompute_rope(shape[-1], shape[-2], theta=50.0)
        return Case((x, cos, sin), label=f"x of shape {shape}")

    still = (torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]]))
    return [
        Case((torch.tensor([[1.0, 0.0]]), zero, one), label="one pair, a quarter of a turn"),
        Case((torch.tensor([[1.0, 2.0, 3.0, 4.0]]), *still), label="two pairs: a quarter of a turn, and none"),
        drawn(3, 4),
        drawn(2, 3, 5, 8),
    ]


def lengths_are_kept(call: Call, generator: torch.Generator) -> None:
    """A rotation makes nothing longer or shorter."""
    x = torch.randn(6, 8, generator=generator)
    cos, sin = precompute_rope(8, 6, theta=50.0)
    if not torch.allclose(call(x, cos, sin).norm(dim=-1), x.norm(dim=-1), atol=1e-4):
        raise Failed("a rotated vector should be as long as before; here the lengths change")


def scores_depend_on_distance(call: Call, generator: torch.Generator) -> None:
    """Query and key moved along together have the same score."""
    q, k = torch.randn(2, 8, generator=generator)
    cos, sin = precompute_rope(8, 10, theta=50.0)
    turned_q, turned_k = call(q.expand(10, 8), cos, sin), call(k.expand(10, 8), cos, sin)
    near, far = (turned_q[5] @ turned_k[2]).item(), (turned_q[9] @ turned_k[6]).item()
    if not math.isclose(near, far, abs_tol=1e-3):
        raise Failed(f"positions 5 and 2 should score as 9 and 6, three apart; yours give {near:.4f} and {far:.4f}")


# Exercise 3: the table of angles


def rotation_table(head_dim: int, seq_len: int, theta: float) -> tuple[Tensor, Tensor]:
    """cos and sin of position · θ^(−2i/D), each (T, D/2)."""
    return precompute_rope(head_dim, seq_len, theta)


def table_with(
    *,
    frequencies: Callable[[int, float], Tensor] = rope_frequencies,
    first: int = 0,
    result: Callable[[Tensor], tuple[Tensor, Tensor]] = lambda angles: (angles.cos(), angles.sin()),
) -> Callable[[int, int, float], tuple[Tensor, Tensor]]:
    """`rotation_table` with one of its steps replaced. first: the first position."""

    def mutant(head_dim: int, seq_len: int, theta: float) -> tuple[Tensor, Tensor]:
        positions = torch.arange(first, first + seq_len).float()
        return result(torch.outer(positions, frequencies(head_dim, theta)))

    return mutant


def table_cases(generator: torch.Generator) -> list[Case]:
    """One pair, two pairs with round speeds, and a drawn size."""
    pairs = int(torch.randint(3, 7, (1,), generator=generator))
    theta = float(torch.randint(20, 900, (1,), generator=generator))
    return [
        Case((2, 3, 100.0), label="one pair: 0, 1 and 2 radians"),
        Case((4, 3, 100.0), label="two pairs: 1 and 0.1 radians a token"),
        Case((2 * pairs, 9, theta), label=f"D = {2 * pairs}, 9 positions, θ = {theta:g}"),
    ]


# Exercise 4: frequency scaling


def stretch_frequencies(
    frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
) -> Tensor:
    """Long waves slowed down by `factor`, short ones kept, a smooth change between  (Llama 3.1)."""
    return scale_frequencies(frequencies, RopeScaling(factor, low, high, original_len))


def kept_share(frequencies: Tensor, low: float, high: float, original_len: int, turn: float = 2 * math.pi) -> Tensor:
    """1 for short waves, 0 for long ones. turn: radians of one turn."""
    turns = original_len * frequencies / turn
    return ((turns - low) / (high - low)).clamp(0, 1)


def stretch_with(
    rule: Callable[[Tensor, Tensor, float], Tensor], turn: float = 2 * math.pi
) -> Callable[[Tensor, float, float, float, int], Tensor]:
    """`stretch_frequencies` with another rule (frequencies, kept share, factor)."""

    def mutant(
        frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
    ) -> Tensor:
        return rule(frequencies, kept_share(frequencies, low, high, original_len, turn), factor)

    return mutant


def blended(frequencies: Tensor, kept: Tensor, factor: float) -> Tensor:
    """The right rule."""
    return kept * frequencies + (1 - kept) * frequencies / factor


def stretch_cases(generator: torch.Generator) -> list[Case]:
    """Waves chosen by their length, below, between and above the two borders; then Llama's own."""
    chosen = 2 * math.pi / torch.tensor([10.0, 40.0, 1000.0])
    drawn = 2 * math.pi / (torch.rand(6, generator=generator) * 300 + 5)
    label = "waves of 10, 40 and 1,000 tokens, 100 tokens at first"
    return [
        Case((chosen, 8.0, 1.0, 4.0, 100), label=label),
        Case((drawn, 3.0, 2.0, 6.0, 400), label="drawn waves, borders at 2 and 6 turns in 400 tokens"),
        Case((rope_frequencies(64, 500_000.0), 32.0), {}, label="Llama 3.2 1B"),
    ]


# Exercise 5: shared heads


def share_heads(x: Tensor, groups: int) -> Tensor:
    """Each head of (B, H_kv, T, D) `groups` times in a row: (B, H_kv · groups, T, D)."""
    return repeat_kv(x, groups)


def heads_cases(generator: torch.Generator) -> list[Case]:
    """Two heads that are told apart at sight; no sharing; drawn ones."""
    told_apart = torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
    return [
        Case((told_apart, 2), label="2 heads of one number, each for a group of 2"),
        Case((torch.randn(2, 3, 2, 4, generator=generator), 1), label="groups of one: as many as queries"),
        Case((torch.randn(2, 3, 5, 4, generator=generator), 4), label="B = 2, 3 heads, groups of 4"),
    ]


# Exercise 6: SwiGLU


class GatedMLP(SwiGLU):
    """down(silu(gate(x)) · up(x))."""


class GateAndUpSwapped(SwiGLU):
    """The activation is on the wrong one of the two."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(self.gate_proj(x) * F.silu(self.up_proj(x)))


class SigmoidGate(SwiGLU):
    """GLU: a sigmoid in place of the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(torch.sigmoid(self.gate_proj(x)) * self.up_proj(x))


class GeluGate(SwiGLU):
    """GEGLU: GPT's activation in place of the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.gelu(self.gate_proj(x)) * self.up_proj(x))


class BothActivated(SwiGLU):
    """Both halves go through the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x)) * F.silu(self.up_proj(x)))


class AddedHalves(SwiGLU):
    """The halves are added, so that nothing is gated."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x)) + self.up_proj(x))


class ActivatedProduct(SwiGLU):
    """The activation comes after the product."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x) * self.up_proj(x)))


class WithBiases(SwiGLU):
    """nn.Linear's default."""

    def __init__(self, n_embd: int, hidden_dim: int) -> None:
        super().__init__(n_embd, hidden_dim)
        self.gate_proj = nn.Linear(n_embd, hidden_dim)
        self.up_proj = nn.Linear(n_embd, hidden_dim)
        self.down_proj = nn.Linear(hidden_dim, n_embd)


def mlp_cases(generator: torch.Generator) -> list[Case]:
    """One number in and out, then drawn sizes."""

    def drawn(C: int, hidden: int, *shape: int) -> Case:
        shapes = {"gate_proj": (hidden, C), "up_proj": (hidden, C), "down_proj": (C, hidden)}
        weights = {f"{name}.weight": torch.randn(s, generator=generator) for name, s in shapes.items()}
        x = torch.randn(*shape, C, generator=generator)
        return Case(((C, hidden), weights, x), label=f"C = {C}, {hidden} hidden numbers")

    ones = {"gate_proj.weight": [[2.0]], "up_proj.weight": [[3.0]], "down_proj.weight": [[5.0]]}
    by_hand = ((1, 1), {name: torch.tensor(value) for name, value in ones.items()}, torch.ones(1, 1))
    return [
        Case(by_hand, label="x = 1, gate 2, up 3, down 5: 5 · silu(2) · 3"),
        drawn(4, 6, 3),
        drawn(6, 16, 2, 5),
    ]


# Exercise 7: the cache


class Cache:
    """Keys and values of up to max_len tokens of one layer, in room that is taken once."""

    def __init__(self, B: int, n_kv_head: int, max_len: int, D: int) -> None:
        self.keys, self.values = torch.zeros(2, B, n_kv_head, max_len, D)
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write the new ones, and give back all so far."""
        end = self.length + k.shape[2]
        if end > self.keys.shape[2]:
            raise ValueError(f"room for {self.keys.shape[2]} tokens, {end} asked for")
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def reset(self) -> None:
        """Begin a new text."""
        self.length = 0


class GivesBackTheWholeRoom(Cache):
    """Empty places are given back as well."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All places, filled or not."""
        super().append(k, v)
        return self.keys, self.values


class GivesBackTheNew(Cache):
    """The past is kept and never given back."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Only what has just come."""
        super().append(k, v)
        return k, v


class NeverAdvances(Cache):
    """Each chunk is written over the first."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The length stays 0."""
        result = super().append(k, v)
        self.length = 0
        return result


class CountsCalls(Cache):
    """The length grows by one a call, however many tokens came."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """One more."""
        before = self.length
        result = super().append(k, v)
        self.length = before + 1
        return result


class LeavesAGap(Cache):
    """The next token is written one place too far."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Off by one from the second chunk on."""
        if self.length > 0:
            self.length += 1
        return super().append(k, v)


class KeysForValues(Cache):
    """The keys are given back twice."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Keys, keys."""
        keys, _ = super().append(k, v)
        return keys, keys


class ResetForgetsNothing(Cache):
    """The second text follows the first."""

    def reset(self) -> None:
        """Nothing happens."""


class GrowsWithoutEnd(Cache):
    """Lists that grow: nothing is ever too much."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Join old and new."""
        self.keys = torch.cat([self.keys[:, :, : self.length], k], dim=2)
        self.values = torch.cat([self.values[:, :, : self.length], v], dim=2)
        self.length += k.shape[2]
        return self.keys, self.values


def cache_cases(generator: torch.Generator) -> list[Case]:
    """Chunks of numbers to read off; drawn ones; two texts after one another; a text that does not fit."""

    def chunks(B: int, heads: int, D: int, *sizes: int) -> list[tuple[Tensor, Tensor]]:
        return [
            (drawn[0], drawn[1]) for drawn in (torch.randn(2, B, heads, size, D, generator=generator) for size in sizes)
        ]

    def numbers(*values: float) -> tuple[Tensor, Tensor]:
        k = torch.tensor(values).view(1, 1, -1, 1)
        return k, -k

    one_by_one = [numbers(1.0), numbers(2.0), numbers(3.0)]
    return [
        Case(((1, 1, 5, 1), [one_by_one]), label="three tokens, one by one, into room for 5"),
        Case(((1, 1, 4, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="two and two tokens fill room for 4"),
        Case(((2, 3, 12, 4), [chunks(2, 3, 4, 5, 1, 1, 3)]), label="chunks of 5, 1, 1 and 3 tokens"),
        Case(((1, 2, 7, 4), [chunks(1, 2, 4, 2, 1), chunks(1, 2, 4, 3)]), label="two texts, a reset between"),
        Case(((1, 1, 3, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="4 tokens, room for 3"),
    ]


# Exercise 8 (debug): attention after a cache


def attend_with(
    *,
    positions: Callable[[int, int], slice] = lambda past, new: slice(past, past + new),
    turn_keys: bool = True,
    turn_past: bool = False,
    join: Callable[[Tensor, Tensor], Tensor] = lambda past, new: torch.cat([past, new], dim=2),
    diagonal: Callable[[int, int], int] = lambda past, new: past,
) -> Callable[..., Tensor]:
    """`attend_after` with one of its steps replaced. diagonal: up to which each new token may look."""

    def mutant(q: Tensor, k: Tensor, v: Tensor, past_k: Tensor, past_v: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        past, new = past_k.shape[2], q.shape[2]
        here = positions(past, new)
        q = apply_rope(q, cos[here], sin[here])
        k = apply_rope(k, cos[here], sin[here]) if turn_keys else k
        past_k = apply_rope(past_k, cos[:past], sin[:past]) if turn_past else past_k
        mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=diagonal(past, new))
        return F.scaled_dot_product_attention(q, join(past_k, k), join(past_v, v), attn_mask=mask)

    return mutant


attend_after = attend_with()


def from_zero(past: int, new: int) -> slice:
    """Positions as if there were no past."""
    return slice(0, new)


def top_left(past: int, new: int) -> int:
    """What is_causal=True means where there are more keys than queries."""
    return 0


def attend_cases(generator: torch.Generator) -> list[Case]:
    """No past, one new token, several new tokens."""
    cos, sin = precompute_rope(4, 16, theta=20.0)

    def drawn(B: int, past: int, new: int, label: str) -> Case:
        q, k, v = torch.randn(3, B, 2, new, 4, generator=generator) * 1.5
        past_k, past_v = torch.randn(2, B, 2, past, 4, generator=generator) * 1.5
        return Case((q, k, v, past_k, past_v, cos, sin), label=label)

    return [
        drawn(1, 0, 2, "nothing in the past, two new tokens"),
        drawn(1, 3, 1, "three tokens in the past, one new"),
        drawn(2, 4, 3, "four tokens in the past, three new"),
    ]


def in_pieces_as_in_one(call: Call, generator: torch.Generator) -> None:
    """Two calls with a cache give what one without gives."""
    cos, sin = precompute_rope(4, 16, theta=20.0)
    q, k, v = torch.randn(3, 1, 2, 6, 4, generator=generator)
    nothing = torch.empty(1, 2, 0, 4)
    whole = call(q, k, v, nothing, nothing, cos, sin)
    past_k = apply_rope(k[:, :, :4], cos[:4], sin[:4])
    rest = call(q[:, :, 4:], k[:, :, 4:], v[:, :, 4:], past_k, v[:, :, :4], cos, sin)
    if not torch.allclose(whole[:, :, 4:], rest, atol=1e-5):
        raise Failed("tokens 4 and 5 of a text, given after the other four, should come out as in one pass; they don't")


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="rms_norm",
        reference=rms_norm,
        cases=norm_cases,
        tolerance=2e-3,  # float16 has three digits
        forbidden=(
            "torch.rms_norm",
            "torch.nn.functional.rms_norm",
            "torch.nn.RMSNorm",
            "course_lib.llama.RMSNorm",
        ),
        misconceptions=(
            Misconception(
                "mean subtracted",
                norm_without_mean,
                "That is LayerNorm without its shift. RMSNorm leaves the mean where it is.",
            ),
            Misconception(
                "eps outside the root",
                norm_with(lambda x, eps: mean_square(x).sqrt() + eps),
                "eps is added to the mean square, under the root: √(mean(x²) + eps).",
            ),
            Misconception(
                "eps forgotten",
                norm_with(lambda x, eps: mean_square(x).sqrt()),
                "Add eps to the mean square before the root; without it a vector of zeros gives 0/0.",
            ),
            Misconception(
                "norm in half precision",
                norm_in_its_own_dtype,
                "The square of 300 is too large for float16. Compute in float32, x.float(), and convert back.",
            ),
            Misconception(
                "divided by the mean square",
                norm_with(lambda x, eps: mean_square(x) + eps),
                "The root is missing: divide by √(mean(x²) + eps).",
            ),
            Misconception(
                "sum in place of the mean",
                norm_with(lambda x, eps: (x.pow(2).sum(dim=-1, keepdim=True) + eps).sqrt()),
                "Divide the sum of squares by C: the mean square, so that the size does not depend on the width.",
            ),
            Misconception(
                "mean over the whole tensor",
                norm_with(lambda x, eps: (x.pow(2).mean() + eps).sqrt()),
                "Each position is normalised by itself: mean(dim=-1, keepdim=True).",
            ),
            Misconception(
                "mean over the positions",
                norm_with(lambda x, eps: (mean_square(x, dim=-2) + eps).sqrt()),
                "The mean goes over the last dimension, the C numbers of one position, not over the positions.",
            ),
            Misconception("weight forgotten", norm_without_weight, "Multiply by weight at the end, number by number."),
        ),
        hints=(
            "Which number do you divide by? For (3, 4) it is √12.5.",
            "x.pow(2).mean(dim=-1, keepdim=True) keeps a last dimension of one, so that it divides each position.",
            "wide = x.float(); (wide * torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + eps)).to(x.dtype) * weight",
        ),
        review="lesson 10, 'RMSNorm'",
    ),
    Exercise(
        name="rotate",
        reference=apply_rope,
        cases=rotation_cases,
        forbidden=("course_lib.llama.apply_rope_interleaved",),
        properties=(
            Property("lengths stay as they are", lengths_are_kept),
            Property("a score depends on the distance alone", scores_depend_on_distance),
        ),
        misconceptions=(
            Misconception(
                "neighbours paired",
                apply_rope_interleaved,
                "You pair x_0 with x_1, as the paper does. Here the halves are paired: x_0 with x_{D/2}.",
            ),
            Misconception(
                "turned backwards",
                rotate_with(lambda a, b, cos, sin: torch.cat([a * cos + b * sin, b * cos - a * sin], dim=-1)),
                "The minus sign belongs to the first number: a·cos − b·sin, and then b·cos + a·sin.",
            ),
            Misconception(
                "no minus sign",
                rotate_with(lambda a, b, cos, sin: torch.cat([a * cos + b * sin, b * cos + a * sin], dim=-1)),
                "Without a minus it is no rotation, and lengths change: the first number is a·cos − b·sin.",
            ),
            Misconception(
                "put back as neighbours",
                rotate_with(
                    lambda a, b, cos, sin: torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-1).flatten(-2)
                ),
                "The pairs are turned rightly but put back in another order: first all first numbers, then all second.",
            ),
            Misconception(
                "first number overwritten",
                rotate_with(second_from_the_turned_first),
                "The second number is computed from the first one that you have turned already. Keep the old one.",
            ),
            Misconception(
                "cos and sin swapped",
                rotate_with(lambda a, b, cos, sin: torch.cat([a * sin - b * cos, b * sin + a * cos], dim=-1)),
                "At position 0 the angle is 0, cos is 1 and nothing may change: a·cos − b·sin.",
            ),
        ),
        hints=(
            "Take the pair (1, 0) and a quarter of a turn, cos = 0 and sin = 1. Where does it point afterwards?",
            "first, second = x.chunk(2, dim=-1): two halves of D/2 numbers, and number i of each makes a pair.",
            "torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)",
        ),
        review="lesson 10, 'RoPE: positions as rotations'",
    ),
    Exercise(
        name="rotation_table",
        reference=rotation_table,
        cases=table_cases,
        forbidden=("course_lib.llama.precompute_rope", "course_lib.llama.rope_frequencies"),
        misconceptions=(
            Misconception(
                "exponent half as large",
                table_with(frequencies=lambda D, theta: theta ** (-torch.arange(D // 2) / D)),
                "The exponent is 2i/D for i = 0, 1, …; yours is i/D. Note that torch.arange(0, D, 2) is 2i already.",
            ),
            Misconception(
                "exponent twice as large",
                table_with(frequencies=lambda D, theta: theta ** (-2 * torch.arange(0, D, 2) / D)),
                "torch.arange(0, D, 2) is 2i already, so 2i/D is arange / D. Yours doubles it.",
            ),
            Misconception(
                "exponent positive",
                table_with(frequencies=lambda D, theta: theta ** (torch.arange(0, D, 2) / D)),
                "The speeds fall from 1 radian a token: θ to the power of minus 2i/D.",
            ),
            Misconception(
                "positions counted from 1",
                table_with(first=1),
                "The first token stands at position 0 and is not turned at all: its cosines are 1.",
            ),
            Misconception(
                "cos and sin swapped",
                table_with(result=lambda angles: (angles.sin(), angles.cos())),
                "Return the cosines first.",
            ),
            Misconception(
                "each angle twice",
                table_with(
                    result=lambda angles: (torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin())
                ),
                "There are D/2 pairs and so D/2 angles a position. Some libraries keep each angle twice; not here.",
            ),
        ),
        hints=(
            "Speeds first: D/2 numbers, from 1 downwards. Then each position times each speed.",
            "speeds = theta ** (-torch.arange(0, head_dim, 2) / head_dim); torch.outer makes the table of products.",
            "angles = torch.outer(torch.arange(seq_len).float(), speeds); return angles.cos(), angles.sin()",
        ),
        review="lesson 10, 'Many speeds'",
    ),
    Exercise(
        name="stretch_frequencies",
        reference=stretch_frequencies,
        cases=stretch_cases,
        forbidden=("course_lib.llama.scale_frequencies", "course_lib.llama.precompute_rope"),
        misconceptions=(
            Misconception(
                "all waves stretched",
                stretch_with(lambda f, kept, factor: f / factor),
                "Short waves must be kept, or the model can no longer tell neighbours apart.",
            ),
            Misconception(
                "short waves stretched",
                stretch_with(lambda f, kept, factor: blended(f, 1 - kept, factor)),
                "It is the wrong way round: a wave with many turns in the original text is kept, a long one stretched.",
            ),
            Misconception(
                "frequencies multiplied",
                stretch_with(lambda f, kept, factor: kept * f + (1 - kept) * f * factor),
                "A longer wave has a lower frequency: divide by the factor.",
            ),
            Misconception(
                "no smooth middle",
                stretch_with(lambda f, kept, factor: torch.where(kept > 0, f, f / factor)),
                "Between the borders the change is gradual: a share of the old frequency, the rest of the divided one.",
            ),
            Misconception(
                "wavelengths blended",
                stretch_with(lambda f, kept, factor: f / (kept + (1 - kept) * factor)),
                "You blend the wavelengths. Llama blends the frequencies: kept · f + (1 − kept) · f / factor.",
            ),
            Misconception(
                "2π forgotten",
                stretch_with(blended, turn=1.0),
                "f is in radians a token. One turn is 2π radians, so a wave is 2π / f tokens long.",
            ),
        ),
        hints=(
            "How many turns does each pair make in the original text? original_len · f / 2π.",
            "kept = (turns − low) / (high − low), cut off at 0 and 1 with clamp, is the share that stays.",
            "kept = ((original_len * f / (2 * math.pi) - low) / (high - low)).clamp(0, 1); "
            "return kept * f + (1 - kept) * f / factor",
        ),
        review="lesson 10, 'A longer text than it was trained with'",
    ),
    Exercise(
        name="share_heads",
        reference=share_heads,
        cases=heads_cases,
        forbidden=("course_lib.llama.repeat_kv",),
        misconceptions=(
            Misconception(
                "repeat in place of repeat_interleave",
                lambda x, groups: x.repeat(1, groups, 1, 1),
                "You get heads 0 1 0 1. Queries 0 and 1 are one group, so it must be 0 0 1 1.",
            ),
            Misconception(
                "tokens repeated",
                lambda x, groups: x.repeat_interleave(groups, dim=2),
                "The heads are dimension 1 of (B, H_kv, T, D); you repeat the tokens.",
            ),
            Misconception(
                "texts repeated",
                lambda x, groups: x.repeat_interleave(groups, dim=0),
                "The heads are dimension 1 of (B, H_kv, T, D); you repeat the texts of the batch.",
            ),
            Misconception(
                "repeated without a dimension",
                lambda x, groups: x.repeat_interleave(groups),
                "Without dim=, repeat_interleave flattens everything first. Say along which dimension.",
            ),
            Misconception(
                "groups left as a dimension",
                lambda x, groups: x[:, :, None].expand(-1, -1, groups, -1, -1),
                "Heads and groups are still two dimensions. Merge them: reshape to (B, H_kv · groups, T, D).",
            ),
        ),
        hints=(
            "Write down, for two key heads and groups of two, which key head each of the four queries should find.",
            "0 0 1 1, not 0 1 0 1: each element several times in a row is called interleaved.",
            "x.repeat_interleave(groups, dim=1)",
        ),
        review="lesson 10, 'Grouped-query attention'",
    ),
    Exercise(
        name="GatedMLP",
        reference=GatedMLP,
        cases=mlp_cases,
        drive=drive.call_module,
        forbidden=("course_lib.llama.SwiGLU",),
        misconceptions=(
            Misconception(
                "gate and up swapped",
                GateAndUpSwapped,
                "The SiLU belongs on the gate: silu(gate(x)) · up(x). With released weights the difference is a ruin.",
            ),
            Misconception(
                "sigmoid for SiLU",
                SigmoidGate,
                "That is a GLU. SwiGLU's gate is silu(z) = z · sigmoid(z), which can open wider than 1.",
            ),
            Misconception("GELU for SiLU", GeluGate, "That is a GEGLU, a near relation. Llama uses F.silu."),
            Misconception(
                "both halves activated", BothActivated, "Only the gate is activated; up goes through as it is."
            ),
            Misconception("halves added", AddedHalves, "A gate multiplies: silu(gate(x)) * up(x)."),
            Misconception(
                "product activated",
                ActivatedProduct,
                "Activate the gate first, then multiply by up; not the other way.",
            ),
            Misconception("biases", WithBiases, "Llama's linear layers have none: nn.Linear(…, bias=False)."),
        ),
        hints=(
            "Three linear layers: two from C to hidden, side by side, and one back.",
            "gate_proj and up_proj both read x. Only the gate goes through F.silu, then they are multiplied.",
            "return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x)), each nn.Linear with bias=False",
        ),
        review="lesson 10, 'SwiGLU: a gate in the MLP'",
    ),
    Exercise(
        name="Cache",
        reference=Cache,
        cases=cache_cases,
        drive=drive.fill_cache,
        forbidden=("course_lib.kv_cache.KVCache", "course_lib.llama.KVCache"),
        misconceptions=(
            Misconception(
                "empty places given back",
                GivesBackTheWholeRoom,
                "Places that nothing was written to hold zeros, and attention would look at them. Cut at the length.",
            ),
            Misconception(
                "only the new given back",
                GivesBackTheNew,
                "The new token must see the old ones: give back everything up to and including the new.",
            ),
            Misconception(
                "length never advanced",
                NeverAdvances,
                "Each chunk is written over the one before. Remember how many tokens there are after each append.",
            ),
            Misconception(
                "calls counted, not tokens",
                CountsCalls,
                "A prompt brings many tokens in one call: the length grows by k.shape[2].",
            ),
            Misconception(
                "one place too far",
                LeavesAGap,
                "There is a gap before the second chunk: with n tokens in the cache the next goes to place n, from 0.",
            ),
            Misconception("keys for values", KeysForValues, "Give back keys and values; you give back the keys twice."),
            Misconception(
                "reset forgets nothing",
                ResetForgetsNothing,
                "After reset() a new text begins: nothing of the old one may be given back. Set the length to 0.",
            ),
            Misconception(
                "grows without end",
                GrowsWithoutEnd,
                "Four tokens do not fit into room for three: raise a ValueError before you write.",
            ),
        ),
        hints=(
            "Take the room once, torch.zeros(B, n_kv_head, max_len, D), twice, and remember how much of it is filled.",
            "The new tokens go to places length … length + new − 1, where new = k.shape[2].",
            "end = self.length + k.shape[2]; self.keys[:, :, self.length:end] = k; self.length = end; "
            "return self.keys[:, :, :end], … and before that a ValueError if end > max_len",
        ),
        review="lesson 10, 'The key-value cache'",
    ),
    Exercise(
        name="attend_after",
        reference=attend_after,
        cases=attend_cases,
        properties=(Property("in pieces it gives what it gives in one pass", in_pieces_as_in_one),),
        misconceptions=(
            Misconception(
                "both mistakes still there",
                attend_with(positions=from_zero, diagonal=top_left),
                "The new tokens are turned as if they stood at the beginning, and is_causal lets the first of them see "
                "the first key only.",
            ),
            Misconception(
                "positions from zero",
                attend_with(positions=from_zero),
                "The mask is right. But the first new token stands at position past_k.shape[2], not at 0.",
            ),
            Misconception(
                "mask of a text without a past",
                attend_with(diagonal=top_left),
                "The positions are right. But is_causal=True counts from the top left: new token 0 sees key 0 only. "
                "Each must see the whole past and the new ones up to itself.",
            ),
            Misconception(
                "no mask",
                attend_with(diagonal=lambda past, new: past + new),
                "One new token may see everything. Of several, each may see only the new ones up to itself.",
            ),
            Misconception(
                "one position too far",
                attend_with(positions=lambda past, new: slice(past + 1, past + new + 1)),
                "With n tokens in the past, positions 0 … n − 1 are taken, so the first new token stands at n.",
            ),
            Misconception(
                "the past turned again",
                attend_with(turn_past=True),
                "The keys in the cache were turned when they came. Turned twice, they stand twice as far away.",
            ),
            Misconception(
                "new keys not turned",
                attend_with(turn_keys=False),
                "Queries and new keys are both turned; only then do scores depend on distances.",
            ),
        ),
        hints=(
            "Two things in the broken code are right only if past_k is empty. Which?",
            "Positions: cos[past : past + new]. Mask: row i may see the past and the new tokens 0 … i.",
            "mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=past), given as attn_mask=mask",
        ),
        review="lesson 10, 'The key-value cache'",
    ),
)
