"""Lesson 11, exercise 4: what decays."""

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.groupings import (
    by_class,
    everything_in_the_first,
    groups_by,
    is_matrix,
    only_frozen,
    parameter_groups,
    read_once,
    vectors_left_out,
    without_a_word,
)
from course_lib.checks.training.slots.parameter_groups import VARIANTS

BY_NAME = (
    "You go by the words in a parameter's name. A table may be called relative_bias and a norm ln. Ask for the number "
    "of dimensions: parameter.dim() >= 2."
)


def group_cases(generator: torch.Generator) -> list[Case]:
    """A model with everything in it, with names that tell the wrong thing, and with a part of it frozen."""
    decay = 0.05 + 0.1 * torch.rand((), generator=generator).item()
    names = ("norm.weight", "up_proj.weight", "up_proj.bias", "down_proj.weight", "down_proj.bias")
    chosen = torch.randperm(len(names), generator=generator)[: int(torch.randint(1, 4, (1,), generator=generator))]
    frozen = tuple(names[index] for index in chosen.tolist())
    words = ("norm", "bias", "norm", "bias")
    places = torch.randperm(len(words), generator=generator).tolist()
    matrices = ("embedding", "position_embedding", "up_proj", "down_proj")
    misleading = {layer: f"{words[place]}_{layer}" for layer, place in zip(matrices, places, strict=True)}
    misleading["norm"] = ("ln", "scale", "gain")[int(torch.randint(3, (1,), generator=generator))]
    return [
        Case((0.1,), {"frozen": ()}, label="a model with a tied head"),
        Case((decay,), {"frozen": (), "renamed": misleading}, label="the same, with names that mislead"),
        Case(
            (decay,), {"frozen": ("embedding.weight", "norm.bias")}, label="the same, its embedding and a bias frozen"
        ),
        Case((2 * decay,), {"frozen": frozen}, label=f"the same, with {', '.join(frozen)} frozen"),
    ]


EXERCISE = Exercise(
    name="parameter_groups",
    reference=parameter_groups,
    variants=VARIANTS,
    forbidden=("course_lib.training.decay_groups", "course_lib.training.make_optimizer"),
    cases=group_cases,
    drive=drive.group_parameters,
    misconceptions=(
        Misconception(
            "everything decays",
            groups_by(lambda name, parameter: True),
            "A norm's scale pulled towards 0 switches its block off. Only matrices and tables decay.",
        ),
        Misconception(
            "only biases are spared",
            groups_by(lambda name, parameter: not name.endswith("bias")),
            "The scale of a norm is called weight, and yet it is not a matrix. Ask for the number of dimensions.",
        ),
        *(
            Misconception(name, groups_by(decays), BY_NAME)
            for name, decays in (
                ("by the words bias and norm", lambda name, parameter: "bias" not in name and "norm" not in name),
                (
                    "by the ending bias and the word norm",
                    lambda name, parameter: not name.endswith("bias") and "norm" not in name,
                ),
                ("by the word bias", lambda name, parameter: "bias" not in name),
                ("by dimensions, but for the word norm", lambda n, p: is_matrix(n, p) and "norm" not in n),
                ("by dimensions, but for the word bias", lambda n, p: is_matrix(n, p) and "bias" not in n),
                (
                    "by dimensions, but for the words bias and norm",
                    lambda n, p: is_matrix(n, p) and "bias" not in n and "norm" not in n,
                ),
            )
        ),
        Misconception(
            "only layers of norms are spared",
            by_class((nn.LayerNorm,)),
            "The biases of linear layers are vectors too, and do not decay either.",
        ),
        Misconception(
            "only norms are spared",
            groups_by(lambda name, parameter: "norm" not in name),
            "The biases of linear layers are vectors too, and do not decay either.",
        ),
        Misconception(
            "the two groups exchanged",
            groups_by(lambda name, parameter: parameter.dim() < 2),
            "It is the matrices that decay, and the vectors that do not.",
        ),
        Misconception(
            "embeddings spared",
            groups_by(lambda name, parameter: parameter.dim() >= 2 and "embedding" not in name),
            "Some codes do that. Here all matrices and tables decay; this one, being tied, is the head as well.",
        ),
        Misconception(
            "frozen parameters as well",
            groups_by(is_matrix, frozen_too=True),
            "A frozen parameter gets no gradient, and the optimizer has no business with it.",
        ),
        Misconception(
            "the shared weight twice",
            groups_by(is_matrix, twice=True),
            "The tied weight has two names but is one parameter: listed twice, it would be updated twice. "
            "model.parameters() gives it once.",
        ),
        Misconception(
            "no decay said for the vectors",
            without_a_word,
            'The second group has no "weight_decay", so AdamW\'s own, 0.01, would be used. Say "weight_decay": 0.0.',
        ),
        Misconception(
            "parameters without a list",
            read_once,
            'Asked for under "params" is a list. A generator is empty once it was read, and a set has no order.',
        ),
        Misconception(
            "groups without a list",
            lambda model, weight_decay: tuple(parameter_groups(model, weight_decay)),
            "Asked for is one list with the two dicts in it.",
        ),
        Misconception(
            "nothing decays",
            groups_by(lambda name, parameter: False),
            "All parameters are in the group without decay. Matrices and tables, of two dimensions, do decay.",
        ),
        Misconception(
            "only frozen ones",
            only_frozen,
            "requires_grad is True for parameters that are trained. You keep those that are frozen.",
        ),
        Misconception(
            "the vectors left out",
            vectors_left_out,
            "The vectors are in neither group, so the optimizer would never train them. Their group has a decay of 0.",
        ),
        Misconception(
            "only linear layers' weights decay",
            groups_by(lambda name, parameter: parameter.dim() >= 2 and "position" not in name),
            "The weights of linear layers decay, but other tables do not. Ask for the number of "
            "dimensions: tables have two as well.",
        ),
        Misconception(
            "all of them decay, and the vectors twice",
            everything_in_the_first,
            "The first group holds all parameters, so the vectors are listed twice, and decay. Only what has two "
            "dimensions belongs there.",
        ),
        Misconception(
            "decay of 0.1, whatever weight_decay is",
            lambda model, weight_decay: parameter_groups(model, 0.1),
            "The matrices' decay is the argument weight_decay, not 0.1.",
        ),
    ),
    hints=(
        "How can you tell a matrix from a bias without looking at names?",
        "parameter.dim() is 2 for matrices and tables, 1 for biases and norms. model.parameters() gives each once.",
        "trained = [p for p in model.parameters() if p.requires_grad], then two dicts with 'params' and "
        "'weight_decay'.",
    ),
    review="lesson 11, 'AdamW'",
)
