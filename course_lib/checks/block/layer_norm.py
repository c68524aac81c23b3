"""Exercise 1 of lesson 06: LayerNorm by hand."""

import torch
from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import draw as size
from course_lib.checks.block.norms import (
    DEVIATIONS,
    deviation_and_eps,
    divided_by_variance,
    eps_outside,
    mean_deviation,
    mean_kept,
    norm_over,
    root_mean_square,
    scale_and_shift_forgotten,
    shifted_first,
    without_eps,
    without_keepdim,
)
from course_lib.checks.block.slots.layer_norm import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def norm_cases(generator: torch.Generator) -> list[Case]:
    """Four numbers to do by hand; a batch; a constant vector; an eps that is not small."""

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    B, T, C = (size(generator, low, low + 3) for low in (2, 5, 9))
    by_hand = torch.tensor([[[2.0, 4.0, 6.0, 8.0]]])
    return [
        Case((by_hand, torch.ones(4), torch.zeros(4)), label="x = (2, 4, 6, 8), scale 1, shift 0"),
        Case((3 * draw(2, 3, 4) + 1, draw(4), draw(4)), label="2 × 3 tokens, C = 4, random scale and shift"),
        Case((torch.full((1, 2, 3), 7.0), draw(3), draw(3)), label="a constant vector"),
        Case((draw(2, 3, 4), draw(4), draw(4)), {"eps": 0.5}, label="eps = 0.5"),
        Case((draw(1, 4, 4) + 1, draw(4), draw(4)), label="4 tokens, C = 4"),
        Case((2 * draw(B, T, C) - 3, draw(C), draw(C)), label=f"{B} × {T} tokens, C = {C}"),
    ]


def norm_forgets_size_and_offset(call: Call, generator: torch.Generator) -> None:
    """norm(10·x + 3) = norm(x), but for eps."""
    x = torch.randn(1, 5, 16, generator=generator)
    scale, shift = torch.ones(16), torch.zeros(16)
    gap = (call(10 * x + 3, scale, shift)["output"] - call(x, scale, shift)["output"]).abs().max().item()
    if not gap < 1e-2:
        raise Failed(f"10·x + 3 should be normalised to the same vector as x; yours differ by {gap:.3g}")


def norm_keeps_tokens_apart(call: Call, generator: torch.Generator) -> None:
    """A token's numbers change no other token's output."""
    x = torch.randn(2, 4, 6, generator=generator)
    changed = x.clone()
    changed[1, 2] *= 5
    changed[1, 2, 0] += 1
    scale, shift = torch.ones(6), torch.zeros(6)
    moved = (call(changed, scale, shift)["output"] - call(x, scale, shift)["output"]).abs().amax(dim=-1) > 1e-6
    others = moved.nonzero().tolist()
    if [1, 2] in others:
        others.remove([1, 2])
    if others:
        raise Failed(f"only token 2 of sequence 1 was changed, but these outputs moved too: {others}")


EXERCISE = Exercise(
    name="layer_norm",
    reference=block.layer_norm,
    forbidden=(
        "torch.layer_norm",
        "torch.nn.LayerNorm",
        "course_lib.block.LayerNorm",
    ),
    variants=VARIANTS,
    cases=norm_cases,
    drive=drive.call_with_gradient,
    properties=(
        Property("forgets a vector's size and offset", norm_forgets_size_and_offset),
        Property("a token's numbers change no other token's output", norm_keeps_tokens_apart),
    ),
    misconceptions=(
        *DEVIATIONS,
        Misconception(
            "normalised over T",
            lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(-2,)),
            "You took mean and variance over the tokens, so each token sees the others, the later ones too. "
            "Take them over the last dimension, C.",
        ),
        Misconception(
            "normalised over T and C together",
            lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(-2, -1)),
            "One mean for a whole sequence lets later tokens change earlier ones. Each token has its own: dim=-1.",
        ),
        Misconception(
            "normalised over the whole batch",
            lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(0, 1, 2)),
            "x.mean() without dim is one number for everything. Each token has its own: dim=-1, keepdim=True.",
        ),
        Misconception(
            "eps outside the root",
            eps_outside,
            "eps is added to the variance, inside the root: √(variance + eps), not √variance + eps.",
        ),
        Misconception(
            "eps forgotten",
            without_eps(correction=0),
            "Without eps a constant vector gives 0/0 = nan. Add eps to the variance.",
        ),
        Misconception(
            "divided by the variance",
            divided_by_variance,
            "Divide by the standard deviation, the root of the variance.",
        ),
        Misconception(
            "the mean not subtracted",
            mean_kept,
            "You divide x itself. Above the fraction stands x minus its mean.",
        ),
        Misconception(
            "RMSNorm",
            root_mean_square,
            "That divides by the root of the mean square and leaves the mean in: RMSNorm, which Llama uses. "
            "LayerNorm subtracts the mean first.",
        ),
        Misconception(
            "scale and shift forgotten",
            scale_and_shift_forgotten,
            "The normalised vector is still multiplied by weight and shifted by bias.",
        ),
        Misconception(
            "shifted before it is scaled",
            shifted_first,
            "You scale the shift as well. First times weight, then plus bias.",
        ),
        Misconception(
            "normalised over the batch",
            lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(0,)),
            "You took mean and variance over dimension 0, the batch, as a batch norm does. Each token has its own: "
            "dim=-1.",
        ),
        Misconception(
            "keepdim=True is missing",
            without_keepdim(correction=0),
            "Without keepdim=True the means have lost their dimension, and are subtracted from the wrong tokens; other "
            "shapes do not even fit.",
        ),
        Misconception(
            "keepdim=True is missing, and unbiased variance",
            without_keepdim(correction=1),
            "Without keepdim=True the means have lost their dimension and meet the wrong tokens. And torch.var divides "
            "by C − 1 unless told otherwise: unbiased=False.",
        ),
        Misconception(
            "unbiased deviation, and eps outside the root",
            deviation_and_eps,
            "torch.std divides by C − 1 unless told otherwise: unbiased=False. And eps is added to the variance, "
            "inside the root.",
        ),
        Misconception(
            "unbiased deviation, and eps forgotten",
            without_eps(correction=1),
            "torch.std divides by C − 1 unless told otherwise: unbiased=False. And without eps a constant vector gives "
            "0/0 = nan.",
        ),
        Misconception(
            "eps of its own",
            lambda x, weight, bias, eps=block.EPS: block.layer_norm(x, weight, bias),
            "Your eps is always 1e-5. Take the one that is given.",
        ),
        Misconception(
            "the shift forgotten",
            lambda x, weight, bias, eps=block.EPS: block.layer_norm(x, weight, torch.zeros_like(bias), eps),
            "The scaled vector is still shifted: + bias.",
        ),
        Misconception(
            "the scale forgotten",
            lambda x, weight, bias, eps=block.EPS: block.layer_norm(x, torch.ones_like(weight), bias, eps),
            "The normalised vector is still scaled: * weight.",
        ),
        Misconception(
            "the mean distance for the deviation",
            mean_deviation,
            "You divide by the mean distance from the mean. The deviation is the root of the mean square distance.",
        ),
    ),
    hints=(
        "Three steps: the mean of each token, its variance, then the formula. Which dim are a token's numbers in?",
        "x.mean(dim=-1, keepdim=True) keeps the shape (..., 1), so that it can be subtracted from x.",
        "variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True); "
        "(x - mean) / torch.sqrt(variance + eps) * weight + bias",
    ),
    review="lesson 06, 'A norm by hand'",
    tolerance=1e-4,
)
