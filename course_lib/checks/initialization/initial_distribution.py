"""Exercise 1 of lesson 08: the rule as a function."""

import math
from collections.abc import Callable
from fnmatch import fnmatch

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.initialization import STD, gpt2_rules, residual_std

WRITERS = ("out_proj.weight", "down_proj.weight")  # the layers that write into the residual stream


def initial_distribution(name: str, n_layer: int) -> tuple[float, float]:
    """Mean and standard deviation that the parameter called `name` starts with, by GPT-2's rules."""
    rule = next(rule for rule in gpt2_rules(n_layer) if fnmatch(name, rule.pattern))
    return rule.mean, rule.std


def distribution_cases(generator: torch.Generator) -> list[Case]:
    """Every kind of parameter, in a model of 4 layers and in a deeper one."""
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
    )
    depth = int(torch.randint(3, 40, (1,), generator=generator))
    return [Case((name, n_layer), label=f"{name}, {n_layer} layers") for n_layer in (4, depth) for name in names]


def distribution_with(
    *,
    writer_std: Callable[[int], float] = residual_std,
    scaled: Callable[[str], bool] = lambda name: name.endswith(WRITERS),
    embedding_std: float = STD,
    norm: tuple[float, float] = (1.0, 0.0),
) -> Callable[[str, int], tuple[float, float]]:
    """The rule with one of its parts replaced."""

    def rule(name: str, n_layer: int) -> tuple[float, float]:
        if name.endswith(".bias"):
            return 0.0, 0.0
        if "norm" in name:
            return norm
        if "embedding" in name:
            return 0.0, embedding_std
        return 0.0, writer_std(n_layer) if scaled(name) else STD

    return rule


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
        Misconception(
            "norms drawn like other weights",
            distribution_with(norm=(0.0, STD)),
            "A norm's weight multiplies what it normalised: near zero it would switch off its block.",
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
