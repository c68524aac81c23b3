"""Exercise 4 of lesson 08: the rule as a function."""

import math

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.initialization.distributions import (
    OF_NORMS_AND_BIASES,
    depth_by_number,
    distribution_with,
    initial_distribution,
)
from course_lib.checks.initialization.slots.initial_distribution import VARIANTS
from course_lib.initialization import STD, residual_std


def distribution_cases(generator: torch.Generator) -> list[Case]:
    """Every kind of parameter, in a model of 4 layers and in a deeper one."""
    numbers = torch.randint(4, 40, (4,), generator=generator).tolist()
    names = (
        "blocks.0.attention.out_proj.weight",
        "blocks.1.mlp.down_proj.weight",
        "blocks.1.attention.qkv_proj.weight",
        "blocks.0.mlp.up_proj.weight",
        "token_embedding.weight",
        "position_embedding.weight",
        "blocks.0.norm_1.weight",
        "final_norm.weight",
        "blocks.0.norm_2.bias",
        "blocks.3.mlp.up_proj.bias",
        "blocks.2.attention.out_proj.bias",
        "final_norm.bias",
        "head.weight",
    )
    deeper = (
        f"blocks.{numbers[0]}.mlp.down_proj.weight",
        f"blocks.{numbers[1]}.norm_1.bias",
        f"blocks.{numbers[2]}.attention.out_proj.weight",
        f"blocks.{numbers[3]}.norm_2.weight",
    )
    depth = int(torch.randint(40, 90, (1,), generator=generator))
    return [
        *(Case((name, 4), label=f"{name}, 4 layers") for name in names),
        *(Case((name, depth), label=f"{name}, {depth} layers") for name in (*names, *deeper)),
    ]


def deeper_models_start_smaller(call: Call, generator: torch.Generator) -> None:
    """The deviation of a writer falls with the root of the depth."""
    shallow, deep = (call("blocks.0.mlp.down_proj.weight", n_layer)[1] for n_layer in (3, 27))
    if not math.isclose(shallow / deep, 3, rel_tol=1e-6):
        raise Failed(
            f"27 layers are 9 times as many as 3, so down_proj should start √9 = 3 times as small; "
            f"yours goes from {shallow:.5f} to {deep:.5f}"
        )


EXERCISE = Exercise(
    name="initial_distribution",
    reference=initial_distribution,
    variants=VARIANTS,
    forbidden=(
        "course_lib.initialization.gpt2_rules",
        "course_lib.initialization.assign_rules",
    ),
    cases=distribution_cases,
    properties=(
        Property(
            "nine times the depth makes what writes into the stream three times as small",
            deeper_models_start_smaller,
        ),
    ),
    misconceptions=(
        Misconception(
            "every projection scaled down",
            distribution_with(scaled=lambda name: "_proj" in name),
            "Only out_proj and down_proj write into the residual stream; qkv_proj and up_proj keep 0.02.",
        ),
        Misconception(
            "one of the two writers forgotten",
            distribution_with(scaled=lambda name: name.endswith("out_proj.weight")),
            "A block writes into the stream twice, at the end of the attention and at the end of the MLP: "
            "down_proj is scaled as out_proj is.",
        ),
        Misconception(
            "divided by √n_layer",
            distribution_with(writer_std=lambda n_layer: STD / math.sqrt(n_layer)),
            "A block adds to the stream twice, so there are 2·n_layer additions: divide by √(2·n_layer).",
        ),
        Misconception(
            "divided by 2·n_layer, without the root",
            distribution_with(writer_std=lambda n_layer: STD / (2 * n_layer)),
            "Variances add up, not deviations: the deviation is divided by the root of the number of additions.",
        ),
        Misconception(
            "embeddings left at deviation 1",
            distribution_with(embedding_std=1.0),
            "nn.Embedding starts with deviation 1; GPT-2 draws embeddings with 0.02 as well.",
        ),
        *OF_NORMS_AND_BIASES,
        Misconception(
            "mean and deviation exchanged",
            lambda name, n_layer: initial_distribution(name, n_layer)[::-1],
            "The mean comes first, then the deviation. Yours come the other way round.",
        ),
        Misconception(
            "12 layers, whatever n_layer is",
            distribution_with(writer_std=lambda n_layer: residual_std(12)),
            "You compute with 12 layers. The number of blocks is the argument n_layer.",
        ),
        Misconception(
            "the variance returned",
            lambda name, n_layer: (initial_distribution(name, n_layer)[0], initial_distribution(name, n_layer)[1] ** 2),
            "The second number is the variance. Asked for is the deviation, its root.",
        ),
        Misconception(
            "larger for deeper models",
            distribution_with(writer_std=lambda n_layer: STD * math.sqrt(2 * n_layer)),
            "What writes into the stream starts smaller in a deeper model: divide by √(2·n_layer).",
        ),
        Misconception(
            "0.02 forgotten",
            distribution_with(writer_std=lambda n_layer: 1 / math.sqrt(2 * n_layer)),
            "1/√(2·n_layer) is the factor. It multiplies the deviation of the other weights, 0.02.",
        ),
        Misconception(
            "only down_proj scaled",
            distribution_with(scaled=lambda name: name.endswith("down_proj.weight")),
            "A block writes into the stream twice, at the end of the attention and at the end of the MLP: "
            "out_proj is scaled as down_proj is.",
        ),
        Misconception(
            "no scaling",
            distribution_with(writer_std=lambda n_layer: STD),
            "out_proj and down_proj write into the stream, 2·n_layer times in all: their deviation is 0.02 / "
            "√(2·n_layer).",
        ),
        Misconception(
            "the block's number for the depth",
            depth_by_number,
            "The number in the name is that of the block. The depth is n_layer, the same for all of them.",
        ),
        Misconception(
            "the other projections scaled",
            distribution_with(scaled=lambda name: name.endswith(("qkv_proj.weight", "up_proj.weight"))),
            "qkv_proj and up_proj read from the stream. out_proj and down_proj write into it, and are scaled.",
        ),
        Misconception(
            "2 outside the root",
            distribution_with(writer_std=lambda n_layer: STD / (2 * math.sqrt(n_layer))),
            "There are 2·n_layer additions, and the root is taken of their number: √(2·n_layer), not 2·√n_layer.",
        ),
        Misconception(
            "the variance of what writes",
            distribution_with(writer_std=lambda n_layer: STD**2 / (2 * n_layer)),
            "That is the variance of out_proj and down_proj. Asked for is the deviation, its root: 0.02 / "
            "√(2·n_layer).",
        ),
        Misconception(
            "all but qkv_proj scaled",
            distribution_with(scaled=lambda name: name.endswith("proj.weight") and "qkv" not in name),
            "up_proj does not write into the residual stream either; only out_proj and down_proj are scaled.",
        ),
        Misconception(
            "a block's additions counted with its number of layers squared",
            distribution_with(writer_std=lambda n_layer: STD / (2 * n_layer) ** 2),
            "Variances of 2·n_layer additions add up: the deviation is divided by the root of their number.",
        ),
    ),
    hints=(
        "Sort the names into four groups first: biases, norms, the two writers into the stream, the rest.",
        "Ask for the ending of the name: name.endswith('.bias'), then 'norm' in name, then the two writers.",
        "The writers are out_proj.weight and down_proj.weight: (0.0, 0.02 / math.sqrt(2 * n_layer)). "
        "Biases (0.0, 0.0), norms (1.0, 0.0), all others (0.0, 0.02).",
    ),
    review="lesson 08, 'The rules, as data'",
    tolerance=1e-7,
)
