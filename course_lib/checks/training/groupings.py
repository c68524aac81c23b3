"""Ways to sort parameters into those that decay and those that do not, for lesson 11."""

from collections.abc import Callable

from torch import nn


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


def by_class(kinds: tuple[type[nn.Module], ...]) -> Callable[[nn.Module, float], list[dict]]:
    """Everything decays but what belongs to layers of these classes."""

    def groups(model: nn.Module, weight_decay: float) -> list[dict]:
        spared = {id(p) for layer in model.modules() if isinstance(layer, kinds) for p in layer.parameters()}
        return groups_by(lambda name, parameter: id(parameter) not in spared)(model, weight_decay)

    return groups
