"""Exercise 6 of lesson 06: mend a block that overwrites its stream."""

from functools import partial
from typing import Any

from torch import Tensor

from course_lib import block
from course_lib.checks.block.blocks import (
    NoResidual,
    NormalisedResidual,
    NormsGone,
    PostNormByAccident,
    pre_norm_cases,
    stream_passes_silent_layers,
    with_forward,
)
from course_lib.checks.block.forwards import (
    changed_in_place,
    first_norm_not_used,
    first_norm_twice,
    first_residual_from_the_norm,
    no_norm_used,
    no_residual_around_attention,
    no_residual_around_the_mlp,
    norm_of_what_is_written,
    normalised_once_more,
    norms_exchanged,
    second_norm_not_used,
    second_residual_from_the_norm,
    side_by_side,
)
from course_lib.checks.block.slots.DecoderBlock import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property

variant = partial(with_forward, block.DecoderBlock)


def stale_mlp(self: Any, x: Tensor) -> Tensor:
    """The MLP reads the normalised vector from before the attention."""
    h = self.norm_1(x)
    x = x + self.attention(h)
    return x + self.mlp(self.norm_2(h))


def kept_for_the_last_sum(self: Any, x: Tensor) -> Tensor:
    """The original is kept for the last sum only."""
    residual = x
    x = self.norm_1(x)
    x = x + self.attention(x)
    return residual + self.mlp(self.norm_2(x))


def original_added_to_both(self: Any, x: Tensor) -> Tensor:
    """The original is kept and added in both halves."""
    residual = x
    x = residual + self.attention(self.norm_1(x))
    return residual + self.mlp(self.norm_2(x))


def normalised_and_original(self: Any, x: Tensor) -> Tensor:
    """The broken block, and x added at its end."""
    residual = x
    x = self.norm_1(x)
    x = x + self.attention(x)
    x = self.norm_2(x)
    return residual + x + self.mlp(x)


EXERCISE = Exercise(
    name="MendedBlock",
    reference=block.DecoderBlock,
    variants=VARIANTS,
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
            variant(second_residual_from_the_norm),
            "The attention's half is right. Before the MLP, x is still overwritten by its norm.",
        ),
        Misconception(
            "only the second half mended",
            variant(first_residual_from_the_norm),
            "The MLP's half is right. Before the attention, x is still overwritten by its norm.",
        ),
        Misconception(
            "the norms thrown out",
            variant(no_norm_used),
            "The stream is safe now, but the layers read it as it is. They should still be given norm(x).",
        ),
        Misconception(
            "post-norm",
            PostNormByAccident,
            "norm(x + f(x)) rewrites the stream too, only later. The norm stands before the layer: x + f(norm(x)).",
        ),
        Misconception(
            "the MLP reads an old vector",
            variant(stale_mlp),
            "The second norm is taken of the first one's result, so the MLP does not see what attention wrote. "
            "Take it of x, after the first addition.",
        ),
        Misconception(
            "no residual",
            NoResidual,
            "Now nothing is added any more: each layer replaces the stream.",
        ),
        Misconception(
            "the norms thrown out altogether",
            NormsGone,
            "The stream is safe now, but the norms are gone, and the layers read it as it is. Keep ln_1 and ln_2, and "
            "give each layer norm(x).",
        ),
        Misconception(
            "the first norm lost",
            variant(first_norm_not_used),
            "The stream is safe now, but attention reads it as it is. It should still be given ln_1(x).",
        ),
        Misconception(
            "the second norm lost",
            variant(second_norm_not_used),
            "The stream is safe now, but the MLP reads it as it is. It should still be given ln_2(x).",
        ),
        Misconception(
            "the original kept for the last sum only",
            variant(kept_for_the_last_sum),
            "The last line adds to the block's input, so what attention wrote is lost from the stream. Each addition "
            "goes to the stream as it is by then.",
        ),
        Misconception(
            "the second addition to the block's input",
            variant(original_added_to_both),
            "The second addition goes to the x that came in, so what attention wrote is lost. Each addition goes to "
            "the stream as it is by then.",
        ),
        Misconception(
            "the original added to the broken block",
            variant(normalised_and_original),
            "x is added at the end, but the norms are still in the stream as well: they are added with it. Give the "
            "layers norm(x), and add to x.",
        ),
        Misconception(
            "no residual around the MLP",
            variant(no_residual_around_the_mlp),
            "What the MLP makes replaces the stream now. Add it: x + self.feed_forward(…).",
        ),
        Misconception(
            "no residual around the attention",
            variant(no_residual_around_attention),
            "What attention gathers replaces the stream now. Add it: x + self.attn(…).",
        ),
        Misconception(
            "x changed in place",
            variant(changed_in_place),
            "`x += …` writes into the tensor that was given, which belongs to the caller. Write x = x + ….",
        ),
        Misconception(
            "norm of what is written",
            variant(norm_of_what_is_written),
            "x + norm(f(x)) normalises what a layer writes. The norm stands before the layer: x + f(norm(x)).",
        ),
        Misconception(
            "normalised once more at the end",
            variant(normalised_once_more),
            "The stream is overwritten once more, by the last line. A block ends with its addition.",
        ),
        Misconception(
            "the first norm used twice",
            variant(first_norm_twice),
            "ln_1 stands before both layers, and ln_2 is never used. Each layer has a norm of its own.",
        ),
        Misconception(
            "norms exchanged",
            variant(norms_exchanged),
            "ln_1 belongs to the attention and ln_2 to the MLP.",
        ),
        Misconception(
            "attention and MLP side by side",
            variant(side_by_side),
            "Your MLP reads the stream from before the attention. It should read what attention has written.",
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
