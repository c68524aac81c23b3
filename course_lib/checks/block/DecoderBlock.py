"""Exercise 3 of lesson 06: the decoder block."""

from functools import partial

import torch

from course_lib import block
from course_lib.checks.block.blocks import (
    NoResidual,
    NormalisedResidual,
    NormsGone,
    PostNormByAccident,
    SharedNorm,
    block_case,
    block_config,
    pre_norm_cases,
    stream_passes_silent_layers,
    with_forward,
)
from course_lib.checks.block.forwards import (
    changed_in_place,
    first_norm_not_used,
    first_norm_twice,
    first_residual_from_the_norm,
    mlp_first,
    mlp_first_norms_in_order,
    mlp_reads_attention_alone,
    no_norm_used,
    no_residual_around_attention,
    no_residual_around_the_mlp,
    norm_of_what_is_written,
    normalised_once_more,
    norms_exchanged,
    one_residual,
    second_from_the_input,
    second_norm_not_used,
    second_residual_from_the_norm,
    side_by_side,
)
from course_lib.checks.block.slots.DecoderBlock import VARIANTS
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


variant = partial(with_forward, block.DecoderBlock)


EXERCISE = Exercise(
    name="DecoderBlock",
    reference=block.DecoderBlock,
    variants=VARIANTS,
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
            variant(one_residual),
            "The attention's result is added to nothing. There are two additions, one for each layer.",
        ),
        Misconception(
            "residual of the normalised",
            NormalisedResidual,
            "`x = self.norm_1(x)` overwrites the stream. Normalise only what the layer is given.",
        ),
        Misconception(
            "attention and MLP side by side",
            variant(side_by_side),
            "Your MLP reads the stream from before the attention. It should read what attention has written.",
        ),
        Misconception(
            "MLP first",
            variant(mlp_first),
            "The order is attention, then MLP.",
        ),
        Misconception(
            "the second norm not used",
            variant(second_norm_not_used),
            "The MLP is given the stream as it is; put norm_2 before it.",
        ),
        Misconception(
            "norms exchanged",
            variant(norms_exchanged),
            "norm_1 belongs to the attention and norm_2 to the MLP.",
        ),
        Misconception(
            "MLP first, the norms in order",
            variant(mlp_first_norms_in_order),
            "The order is attention, then MLP.",
        ),
        Misconception(
            "norm_1 used twice",
            variant(first_norm_twice),
            "norm_1 stands before both layers, and norm_2 is never used. Each layer has a norm of its own.",
        ),
        Misconception(
            "the second addition to the block's input",
            variant(second_from_the_input),
            "The second line adds to the x that came in, so what attention has added is lost. Add to the stream as it "
            "is by then.",
        ),
        Misconception(
            "no residual around the MLP",
            variant(no_residual_around_the_mlp),
            "What the MLP makes replaces the stream. It should add to it: x + self.mlp(…).",
        ),
        Misconception(
            "no residual around the attention",
            variant(no_residual_around_attention),
            "What attention gathers replaces the stream. It should add to it: x + self.attention(…).",
        ),
        Misconception(
            "the first norm not used",
            variant(first_norm_not_used),
            "Attention is given the stream as it is; put norm_1 before it.",
        ),
        Misconception(
            "no norm used",
            variant(no_norm_used),
            "Both layers are given the stream as it is; put norm_1 and norm_2 before them.",
        ),
        Misconception(
            "no norms",
            NormsGone,
            "Your block has no norms. Attention and MLP have one each, norm_1 and norm_2.",
        ),
        Misconception(
            "the first residual from the normalised",
            variant(first_residual_from_the_norm),
            "`x = self.norm_1(x)` overwrites the stream. Normalise only what attention is given.",
        ),
        Misconception(
            "the second residual from the normalised",
            variant(second_residual_from_the_norm),
            "The stream is overwritten by its norm before the MLP. Normalise only what the MLP is given.",
        ),
        Misconception(
            "the MLP reads what attention gathered",
            variant(mlp_reads_attention_alone),
            "Your MLP reads what attention has gathered, without the stream. It reads the sum of both.",
        ),
        Misconception(
            "norm of what is written",
            variant(norm_of_what_is_written),
            "x + norm(f(x)) normalises what a layer writes. Here the norm stands before the layer: x + f(norm(x)).",
        ),
        Misconception(
            "normalised once more at the end",
            variant(normalised_once_more),
            "The last norm stands in the stream. A block ends with its addition; a final norm comes after all blocks.",
        ),
        Misconception(
            "x changed in place",
            variant(changed_in_place),
            "`x += …` writes into the tensor that was given, which belongs to the caller. Write x = x + ….",
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
