"""Lesson 11, exercise 4: what decays."""

from collections.abc import Callable

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.slots.parameter_groups import VARIANTS


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Matrices and tables decay, vectors do not; frozen parameters are left out, shared ones come once."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.dim() < 2], "weight_decay": 0.0},
    ]


def groups_by(
    decays: Callable[[str, nn.Parameter], bool], *, frozen_too: bool = False, twice: bool = False
) -> Callable[[nn.Module, float], list[dict]]:
    """Groups in which those parameters decay of which `decays(name, parameter)` says so."""

    def groups(model: nn.Module, weight_decay: float) -> list[dict]:
        named = list(model.named_parameters(remove_duplicate=not twice))
        named = [(name, p) for name, p in named if frozen_too or p.requires_grad]
        return [
            {"params": [p for name, p in named if decays(name, p)], "weight_decay": weight_decay},
            {"params": [p for name, p in named if not decays(name, p)], "weight_decay": 0.0},
        ]

    return groups


def is_matrix(name: str, parameter: nn.Parameter) -> bool:
    """Whether it has two dimensions or more."""
    return parameter.dim() >= 2


def without_a_word(model: nn.Module, weight_decay: float) -> list[dict]:
    """The second group says nothing of decay."""
    decaying, sparing = parameter_groups(model, weight_decay)
    return [decaying, {"params": sparing["params"]}]


def vectors_left_out(model: nn.Module, weight_decay: float) -> list[dict]:
    """Only what decays is listed."""
    return [parameter_groups(model, weight_decay)[0], {"params": [], "weight_decay": 0.0}]


def everything_in_the_first(model: nn.Module, weight_decay: float) -> list[dict]:
    """All that is trained, and then the vectors."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [{"params": trained, "weight_decay": weight_decay}, parameter_groups(model, weight_decay)[1]]


def only_frozen(model: nn.Module, weight_decay: float) -> list[dict]:
    """The question for requires_grad is the wrong way round."""
    frozen = [p for p in model.parameters() if not p.requires_grad]
    return [
        {"params": [p for p in frozen if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in frozen if p.dim() < 2], "weight_decay": 0.0},
    ]


def read_once(model: nn.Module, weight_decay: float) -> list[dict]:
    """The parameters come as generators."""
    return [{**group, "params": iter(group["params"])} for group in parameter_groups(model, weight_decay)]


def group_cases(generator: torch.Generator) -> list[Case]:
    """A model with everything in it, then with a part of it frozen."""
    decay = 0.05 + 0.1 * torch.rand((), generator=generator).item()
    names = ("norm.weight", "up_proj.weight", "up_proj.bias", "down_proj.weight", "down_proj.bias")
    chosen = torch.randperm(len(names), generator=generator)[: int(torch.randint(1, 4, (1,), generator=generator))]
    frozen = tuple(names[index] for index in chosen.tolist())
    return [
        Case((0.1,), {"frozen": ()}, label="a model with a tied head"),
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
            groups_by(lambda name, parameter: parameter.dim() >= 2 and name != "position_embedding.weight"),
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
