"""Exercise 5 of lesson 06: mend a block that overwrites its stream."""

from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import (
    NoResidual,
    NormalisedResidual,
    PostNormByAccident,
    pre_norm_cases,
    stream_passes_silent_layers,
)
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property


class SecondNormalisedResidual(block.DecoderBlock):
    """Only the MLP's residual starts from the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm before the MLP."""
        x = self.norm_2(x + self.attention(self.norm_1(x)))
        return x + self.mlp(x)


class FirstNormalisedResidual(block.DecoderBlock):
    """Only the attention's residual starts from the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm before the attention."""
        x = self.norm_1(x)
        x = x + self.attention(x)
        return x + self.mlp(self.norm_2(x))


class NoNorms(block.DecoderBlock):
    """Residuals without norms."""

    def forward(self, x: Tensor) -> Tensor:
        """x + attention(x), x + mlp(x)."""
        x = x + self.attention(x)
        return x + self.mlp(x)


class StaleMLP(block.DecoderBlock):
    """The MLP reads the normalised vector from before the attention."""

    def forward(self, x: Tensor) -> Tensor:
        """h is kept from the first half."""
        h = self.norm_1(x)
        x = x + self.attention(h)
        return x + self.mlp(self.norm_2(h))


EXERCISE = Exercise(
    name="MendedBlock",
    reference=block.DecoderBlock,
    cases=pre_norm_cases,
    drive=drive.call_module,
    properties=(Property("layers that write nothing leave the stream unharmed", stream_passes_silent_layers),),
    misconceptions=(
        Misconception(
            "the stream is still overwritten",
            NormalisedResidual,
            "What you add to is still the normalised vector, in both halves. Give the layer norm(x), and add to x.",
        ),
        Misconception(
            "only the first half mended",
            SecondNormalisedResidual,
            "The attention's half is right. Before the MLP, x is still overwritten by its norm.",
        ),
        Misconception(
            "only the second half mended",
            FirstNormalisedResidual,
            "The MLP's half is right. Before the attention, x is still overwritten by its norm.",
        ),
        Misconception(
            "the norms thrown out",
            NoNorms,
            "The stream is safe now, but the layers read it as it is. They should still be given norm(x).",
        ),
        Misconception(
            "post-norm",
            PostNormByAccident,
            "norm(x + f(x)) rewrites the stream too, only later. The norm stands before the layer: x + f(norm(x)).",
        ),
        Misconception(
            "the MLP reads an old vector",
            StaleMLP,
            "The second norm is taken of the first one's result, so the MLP does not see what attention wrote. "
            "Take it of x, after the first addition.",
        ),
        Misconception(
            "no residual",
            NoResidual,
            "Now nothing is added any more: each layer replaces the stream.",
        ),
    ),
    hints=(
        "Follow the name x through forward. After which line does it no longer mean the stream?",
        "Do not give the norm's result the name x. Only the layer needs it.",
        "x = x + self.attn(self.ln_1(x)), and the same with ln_2 and feed_forward.",
    ),
    review="lesson 06, 'The residual stream'",
    tolerance=1e-4,
)
