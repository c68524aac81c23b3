"""Exercise 2 of lesson 06: shares of the stream."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import draw
from course_lib.checks.block.slots.contribution_shares import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def share_cases(generator: torch.Generator) -> list[Case]:
    """Pieces to do by hand: in line, at a right angle, opposed; then a batch."""
    n, B, T, C = (draw(generator, low, low + 2) for low in (4, 2, 7, 10))
    return [
        Case((torch.tensor([[3.0, 0.0], [1.0, 0.0]]),), label="two pieces in line: 3 and 1"),
        Case((torch.tensor([[3.0, 0.0], [0.0, 4.0]]),), label="two pieces at a right angle"),
        Case((torch.tensor([[2.0, 0.0], [-1.0, 0.0]]),), label="two pieces opposed: 2 and −1"),
        Case((torch.randn(n, B, T, C, generator=generator) + 0.5,), label=f"{n} pieces, {B} × {T} tokens, C = {C}"),
        Case((torch.randn(n, T, C, generator=generator) + 0.5,), label=f"{n} pieces, {T} tokens, C = {C}"),
    ]


def shares_add_up_to_one(call: Call, generator: torch.Generator) -> None:
    """At each position the shares of all pieces add up to 1."""
    shares = call(torch.randn(4, 2, 3, 8, generator=generator) + 0.5)
    total = shares.sum(dim=0)
    if total.shape != (2, 3) or not torch.allclose(total, torch.ones(2, 3), atol=1e-3):
        raise Failed(
            f"for 4 pieces, 2 × 3 tokens, the shares should add up to 1 at each of the six positions; "
            f"yours add up to {[round(value, 3) for value in total.flatten().tolist()]}"
        )


def cosine_shares(pieces: Tensor) -> Tensor:
    """The cosine between each piece and the sum."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(dim=-1) / (pieces.norm(dim=-1) * stream.norm(dim=-1))


def length_ratios(pieces: Tensor) -> Tensor:
    """Length of each piece over the length of the sum."""
    return pieces.norm(dim=-1) / pieces.sum(dim=0).norm(dim=-1)


def lengths_over_their_sum(pieces: Tensor) -> Tensor:
    """Length of each piece over the sum of all lengths."""
    lengths = pieces.norm(dim=-1)
    return lengths / lengths.sum(dim=0)


def projected_lengths(pieces: Tensor) -> Tensor:
    """How far each piece reaches along the sum, as a length."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(dim=-1) / stream.norm(dim=-1)


def along_the_mean(pieces: Tensor) -> Tensor:
    """The mean of the pieces in place of their sum."""
    stream = pieces.mean(dim=0)
    return (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)


def along_the_last(pieces: Tensor) -> Tensor:
    """The last piece taken for the stream."""
    stream = pieces[-1]
    return (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)


def along_the_first(pieces: Tensor) -> Tensor:
    """The first piece taken for the stream."""
    return (pieces * pieces[0]).sum(dim=-1) / (pieces[0] * pieces[0]).sum(dim=-1)


def for_dimensions(count: int, error: type[Exception]) -> Callable[[Tensor], Tensor]:
    """Right for so many dimensions, an error for others."""

    def shares(pieces: Tensor) -> Tensor:
        if pieces.dim() != count:
            raise error(f"expected {count} dimensions, got {pieces.dim()}")
        return block.contribution_shares(pieces)

    return shares


def one_share_for_all(pieces: Tensor) -> Tensor:
    """Products summed over every position as well."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).flatten(1).sum(dim=-1) / (stream * stream).sum()


EXERCISE = Exercise(
    name="contribution_shares",
    reference=block.contribution_shares,
    variants=VARIANTS,
    cases=share_cases,
    properties=(Property("the shares of a position add up to 1", shares_add_up_to_one),),
    misconceptions=(
        Misconception(
            "cosines",
            cosine_shares,
            "A cosine says how well the directions agree, whatever the lengths. Divide by stream · stream instead.",
        ),
        Misconception(
            "lengths over the stream's length",
            length_ratios,
            "A piece at a right angle to the stream has length but no share in it. Use the dot product.",
        ),
        Misconception(
            "lengths over the sum of lengths",
            lengths_over_their_sum,
            "These add up to 1, but a piece that works against the others counts as if it helped. "
            "Use the dot product with the stream.",
        ),
        Misconception(
            "lengths along the stream",
            projected_lengths,
            "You divided by the stream's length once. Divide by stream · stream, its square.",
        ),
        Misconception(
            "the mean of the pieces",
            along_the_mean,
            "The stream is the sum of the pieces, not their mean; your shares add up to the number of pieces.",
        ),
        Misconception(
            "the last piece for the stream",
            along_the_last,
            "The last piece is what the last layer added. The stream is the sum of all pieces.",
        ),
        Misconception(
            "one share for the whole batch",
            one_share_for_all,
            "Each position has shares of its own: sum the products over C only, dim=-1.",
        ),
        Misconception(
            "written for four dimensions",
            for_dimensions(4, RuntimeError),
            "Your einsum, or your unpacking of pieces.shape, wants (pieces, B, T, C). There may be other dimensions "
            "between pieces and C: sum over dim=0, and over dim=-1.",
        ),
        Misconception(
            "a shape of four unpacked",
            for_dimensions(4, ValueError),
            "You unpack pieces.shape into four numbers. There may be other dimensions between pieces and C: sum over "
            "dim=0, and over dim=-1.",
        ),
        Misconception(
            "squared lengths",
            lambda pieces: (pieces * pieces).sum(dim=-1) / pieces.sum(dim=0).square().sum(dim=-1),
            "You multiply each piece by itself. Its share is its dot product with the stream, piece · stream.",
        ),
        Misconception(
            "squared lengths over their sum",
            lambda pieces: (pieces * pieces).sum(dim=-1) / (pieces * pieces).sum(dim=(0, -1)),
            "You multiply each piece by itself. Its share is its dot product with the stream, piece · stream.",
        ),
        Misconception(
            "the first piece for the stream",
            along_the_first,
            "The first piece is where the stream starts. The stream is the sum of all pieces.",
        ),
        Misconception(
            "each channel by itself",
            lambda pieces: pieces / pieces.sum(dim=0),
            "You divide channel by channel. A share belongs to a position: sum the products over C, dim=-1.",
        ),
        Misconception(
            "not divided",
            lambda pieces: (pieces * pieces.sum(dim=0)).sum(dim=-1),
            "These are the dot products. Divide them by stream · stream.",
        ),
        Misconception(
            "divided by the piece",
            lambda pieces: (pieces * pieces.sum(dim=0)).sum(dim=-1) / (pieces * pieces).sum(dim=-1),
            "You divide by piece · piece. Divide by stream · stream, which is the same for all pieces.",
        ),
        Misconception(
            "divided by the lengths of all positions",
            lambda pieces: (pieces * (s := pieces.sum(dim=0))).sum(dim=-1) / (s * s).sum(),
            "Your s · s is summed over all positions. Each position has a stream of its own: sum over the last "
            "dimension alone.",
        ),
        Misconception(
            "shares without their sign",
            lambda pieces: block.contribution_shares(pieces).abs(),
            "You take the absolute value. A piece that works against the others has a negative share, so that "
            "together they are 1.",
        ),
    ),
    hints=(
        "First make the stream out of the pieces. Which dimension disappears?",
        "A dot product over C is (a * b).sum(dim=-1). You need piece · stream, and stream · stream.",
        "stream = pieces.sum(dim=0); (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)",
    ),
    review="lesson 06, 'The residual stream'",
    tolerance=1e-4,
)
