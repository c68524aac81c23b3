"""Exercise 4 of lesson 06: the block with norms after the additions."""

from functools import partial

import torch

from course_lib import block
from course_lib.checks.block.blocks import SharedNorm, block_case, block_cases, block_config, with_forward
from course_lib.checks.block.post_norms import (
    NormOfTheAddition,
    NormOfTheStreamAlone,
    OnlyTheLastNorm,
    PostNormsExchanged,
    PostNormWithoutResidual,
    PreNormByAccident,
    first_norm_twice,
    last_norm_missing,
    mlp_first,
    no_residual_around_attention,
    no_residual_around_the_mlp,
    norms_on_both_sides,
    second_from_the_input,
)
from course_lib.checks.block.slots.PostNormBlock import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def post_norm_cases(generator: torch.Generator) -> list[Case]:
    """The same for a post-norm block."""
    return block_cases(block.PostNormBlock, generator)


def outputs_are_normalised(call: Call, generator: torch.Generator) -> None:
    """With scale 1 and shift 0 in the last norm, each output has mean 0 and deviation 1."""
    init, weights, x = block_case(block.PostNormBlock, block_config(16, 2), 1, 3, label="", generator=generator).args
    for name, start in (("norm_1.weight", 1), ("norm_1.bias", 0), ("norm_2.weight", 1), ("norm_2.bias", 0)):
        weights[name] = torch.full_like(weights[name], start)
    output = call(init, weights, x)["output"]
    mean, deviation = output.mean(dim=-1).abs().max().item(), output.std(dim=-1, correction=0).mean().item()
    if mean > 1e-3 or abs(deviation - 1) > 1e-2:
        raise Failed(
            f"with scales 1 and shifts 0, every token should come out with mean 0 and deviation 1; "
            f"yours have a mean of up to {mean:.3g} and a deviation of {deviation:.3g}"
        )


variant = partial(with_forward, block.PostNormBlock)


EXERCISE = Exercise(
    name="PostNormBlock",
    reference=block.PostNormBlock,
    variants=VARIANTS,
    cases=post_norm_cases,
    drive=drive.call_module,
    properties=(Property("every token comes out with mean 0 and deviation 1", outputs_are_normalised),),
    misconceptions=(
        Misconception(
            "pre-norm",
            PreNormByAccident,
            "x + f(norm(x)) is the block of exercise 2. Here the norm comes after the addition: norm(x + f(x)).",
        ),
        Misconception(
            "norm of the addition alone",
            NormOfTheAddition,
            "x + norm(f(x)) normalises what the layer writes. In post-norm the whole sum is normalised.",
        ),
        Misconception(
            "norm of the stream alone",
            NormOfTheStreamAlone,
            "norm(x) + f(x) normalises before it adds. In post-norm the whole sum is normalised.",
        ),
        Misconception(
            "no residual",
            PostNormWithoutResidual,
            "norm(f(x)) has lost x. Add before you normalise: norm(x + f(x)).",
        ),
        Misconception(
            "only one norm used",
            OnlyTheLastNorm,
            "There is a norm after each of the two additions, also after the attention's.",
        ),
        Misconception(
            "norms exchanged",
            PostNormsExchanged,
            "norm_1 comes after the attention and norm_2 after the MLP.",
        ),
        Misconception(
            "one norm shared",
            SharedNorm,
            "There are two norms, with scales and shifts of their own: four vectors of size C.",
        ),
        Misconception(
            "the second addition to the block's input",
            variant(second_from_the_input),
            "The second sum adds the x that came in. It adds to what the first norm has returned.",
        ),
        Misconception(
            "norms on both sides",
            variant(norms_on_both_sides),
            "You normalise before the layer and after the sum. In post-norm only the sum is normalised: "
            "norm(x + f(x)).",
        ),
        Misconception(
            "norm_1 used twice",
            variant(first_norm_twice),
            "norm_1 stands after both additions, and norm_2 is never used. Each has a norm of its own.",
        ),
        Misconception(
            "the last norm missing",
            variant(last_norm_missing),
            "The sum after the MLP is normalised too, by norm_2.",
        ),
        Misconception(
            "MLP first",
            variant(mlp_first),
            "The order is attention, then MLP.",
        ),
        Misconception(
            "no residual around the MLP",
            variant(no_residual_around_the_mlp),
            "What the MLP makes replaces the stream. Add before you normalise: norm_2(x + self.mlp(x)).",
        ),
        Misconception(
            "no residual around the attention",
            variant(no_residual_around_attention),
            "What attention gathers replaces the stream. Add before you normalise: norm_1(x + self.attention(x)).",
        ),
    ),
    hints=(
        "The parts are those of exercise 2. Only the place of the norms is another.",
        "First add, then normalise what you got: norm(x + layer(x)).",
        "x = self.norm_1(x + self.attention(x)), then return self.norm_2(x + self.mlp(x)).",
    ),
    review="lesson 06, 'Before or after?'",
    tolerance=1e-4,
)
