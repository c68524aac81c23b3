"""Exercise 2 of lesson 06: the decoder block."""

import torch
from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import (
    NoResidual,
    NormalisedResidual,
    PostNormByAccident,
    SharedNorm,
    block_case,
    block_config,
    pre_norm_cases,
    stream_passes_silent_layers,
)
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Exercise, Failed, Misconception, Property


def future_does_not_reach_the_past(call: Call, generator: torch.Generator) -> None:
    """The last token changes no output but its own."""
    init, weights, x = block_case(block.DecoderBlock, block_config(4, 2), 1, 4, label="", generator=generator).args
    changed = x.clone()
    changed[:, -1] -= 2.0
    changed[:, -1, 0] += 1.0
    moved = (call(init, weights, changed)["output"] - call(init, weights, x)["output"]).abs().amax(dim=-1)[0]
    if (moved[:-1] > 1e-6).any():
        raise Failed("the last of four tokens was changed, and outputs before it moved as well")


class OneResidual(block.DecoderBlock):
    """One addition around both layers."""

    def forward(self, x: Tensor) -> Tensor:
        """x + mlp(norm(attention(norm(x))))."""
        return x + self.mlp(self.norm_2(self.attention(self.norm_1(x))))


class Parallel(block.DecoderBlock):
    """The MLP reads the stream from before the attention."""

    def forward(self, x: Tensor) -> Tensor:
        """x + attention(norm(x)) + mlp(norm(x))."""
        return x + self.attention(self.norm_1(x)) + self.mlp(self.norm_2(x))


class MLPFirst(block.DecoderBlock):
    """The two halves exchanged."""

    def forward(self, x: Tensor) -> Tensor:
        """First the MLP, then the attention."""
        x = x + self.mlp(self.norm_2(x))
        return x + self.attention(self.norm_1(x))


class NoSecondNorm(block.DecoderBlock):
    """The MLP reads the stream as it is."""

    def forward(self, x: Tensor) -> Tensor:
        """norm_2 is made but not used."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(x)


class NormsExchanged(block.DecoderBlock):
    """norm_2 before the attention, norm_1 before the MLP."""

    def forward(self, x: Tensor) -> Tensor:
        """Each norm before the other layer."""
        x = x + self.attention(self.norm_2(x))
        return x + self.mlp(self.norm_1(x))


EXERCISE = Exercise(
    name="DecoderBlock",
    reference=block.DecoderBlock,
    cases=pre_norm_cases,
    drive=drive.call_module,
    properties=(
        Property("layers that write nothing leave the stream unharmed", stream_passes_silent_layers),
        Property("a later token changes no earlier output", future_does_not_reach_the_past),
    ),
    misconceptions=(
        Misconception(
            "post-norm by accident",
            PostNormByAccident,
            "norm(x + f(x)) puts the norm into the stream. In pre-norm it stands before the layer: x + f(norm(x)).",
        ),
        Misconception(
            "one norm shared",
            SharedNorm,
            "Attention and MLP have a norm each, with scales and shifts of their own: four vectors of size C.",
        ),
        Misconception(
            "no residual",
            NoResidual,
            "Each layer replaces the stream. It should add to it: x = x + ….",
        ),
        Misconception(
            "one residual around both",
            OneResidual,
            "The attention's result is added to nothing. There are two additions, one for each layer.",
        ),
        Misconception(
            "residual of the normalised",
            NormalisedResidual,
            "`x = self.norm_1(x)` overwrites the stream. Normalise only what the layer is given.",
        ),
        Misconception(
            "attention and MLP side by side",
            Parallel,
            "Your MLP reads the stream from before the attention. It should read what attention has written.",
        ),
        Misconception(
            "MLP first",
            MLPFirst,
            "The order is attention, then MLP.",
        ),
        Misconception(
            "the second norm not used",
            NoSecondNorm,
            "The MLP is given the stream as it is; put norm_2 before it.",
        ),
        Misconception(
            "norms exchanged",
            NormsExchanged,
            "norm_1 belongs to the attention and norm_2 to the MLP.",
        ),
    ),
    hints=(
        "Two lines in forward, of the same form. Each adds to x.",
        "A line is x = x + layer(norm(x)): the norm sees the stream, and the stream never sees the norm.",
        "x = x + self.attention(self.norm_1(x)), then return x + self.mlp(self.norm_2(x)).",
    ),
    review="lesson 06, 'The block'",
    tolerance=1e-4,
)
