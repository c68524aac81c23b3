"""Exercise 3 of lesson 06: the block with norms after the additions."""

import torch
from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import SharedNorm, block_case, block_config
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def post_norm_cases(generator: torch.Generator) -> list[Case]:
    """The same for a post-norm block."""
    return [
        block_case(block.PostNormBlock, block_config(2, 1), 1, 1, label="1 token, C = 2", generator=generator),
        block_case(block.PostNormBlock, block_config(4, 2), 1, 3, label="3 tokens, C = 4", generator=generator),
        block_case(block.PostNormBlock, block_config(6, 3, 2.0), 2, 5, label="mlp_ratio = 2", generator=generator),
    ]


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


class PreNormByAccident(block.PostNormBlock):
    """Pre-norm where post-norm was asked for."""

    def forward(self, x: Tensor) -> Tensor:
        """x + f(norm(x)), twice."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))


class NormOfTheAddition(block.PostNormBlock):
    """What a layer writes is normalised, not the sum."""

    def forward(self, x: Tensor) -> Tensor:
        """x + norm(f(x)), twice."""
        x = x + self.norm_1(self.attention(x))
        return x + self.norm_2(self.mlp(x))


class NormOfTheStreamAlone(block.PostNormBlock):
    """The stream is normalised, and the addition comes on top."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x) + f(x), twice."""
        x = self.norm_1(x) + self.attention(x)
        return self.norm_2(x) + self.mlp(x)


class PostNormWithoutResidual(block.PostNormBlock):
    """Each layer replaces the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(f(x)), twice."""
        return self.norm_2(self.mlp(self.norm_1(self.attention(x))))


class OnlyTheLastNorm(block.PostNormBlock):
    """The norm after the attention is missing."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x + attention(x) + …) once, at the end."""
        x = x + self.attention(x)
        return self.norm_2(x + self.mlp(x))


class PostNormsExchanged(block.PostNormBlock):
    """norm_2 after the attention, norm_1 after the MLP."""

    def forward(self, x: Tensor) -> Tensor:
        """Each norm after the other layer."""
        x = self.norm_2(x + self.attention(x))
        return self.norm_1(x + self.mlp(x))


EXERCISE = Exercise(
    name="PostNormBlock",
    reference=block.PostNormBlock,
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
    ),
    hints=(
        "The parts are those of exercise 2. Only the place of the norms is another.",
        "First add, then normalise what you got: norm(x + layer(x)).",
        "x = self.norm_1(x + self.attention(x)), then return self.norm_2(x + self.mlp(x)).",
    ),
    review="lesson 06, 'Before or after?'",
    tolerance=1e-4,
)
