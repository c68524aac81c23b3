"""What to tell of a module that has other parameters than it should: by their names, and what is likely the cause."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

MOST = 6  # parameters named in one sentence


class Misfit(Exception):
    """An answer's module has other parameters than it should; the message names them.

    key: the same for all modules that lack the same parameters and have as many too many of the same shapes.
    """

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


def misfit_of(
    module: nn.Module, missing: Mapping[str, Tensor], spare: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> Misfit:
    """missing: weights without a place, by the name they should have.   spare: the module's own without a weight."""
    lacking = sorted(str(tuple(value.shape)) for value in missing.values())
    too_many = sorted(str(tuple(value.shape)) for value in spare.values())
    key = f"lacks {', '.join(lacking) or 'nothing'}; too many: {', '.join(too_many) or 'none'}"
    return Misfit("; ".join(_sentences(module, missing, spare, weights)), key)


def _sentences(
    module: nn.Module, missing: Mapping[str, Tensor], spare: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> list[str]:
    if not dict(module.named_parameters()):
        return ["your module has no parameters at all: make its layers in `__init__`, as `self.… = nn.…`"]
    said = []
    if lists := _hidden_in_lists(module):
        said.append(
            f"the layers in {_listed(lists)} are in a Python list, where a module does not find their parameters: "
            "take nn.ModuleList"
        )
    pairs, missing, spare = _paired(missing, spare)
    for wanted, own in pairs.items():
        named = "" if own[0] == wanted[0] else f", as `{wanted[0]}`"
        said.append(f"your `{own[0]}` has shape {tuple(own[1].shape)}, and should have {tuple(wanted[1].shape)}{named}")
    if missing and all(name.endswith("bias") for name in missing):
        said.append(f"your module lacks {_listed(missing)}: is there a `bias=False` too many?")
    elif missing:
        said.append(f"your module lacks {_listed(_in_words(missing))}")
    if spare and all(name.endswith("bias") for name in spare) and not any(name.endswith("bias") for name in missing):
        said.append(f"your module has {_listed(spare)}, and should not: make those layers with `bias=False`")
    elif spare:
        twin = next(iter(_same_shape(spare, weights)), "")
        tie = f" (of the shape of `{twin}`: is it to be shared?)" if twin and not missing and not pairs else ""
        said.append(f"your module has parameters too many: {_listed(_in_words(spare))}{tie}")
    return said


def _paired(
    missing: Mapping[str, Tensor], spare: Mapping[str, Tensor]
) -> tuple[dict[tuple[str, Tensor], tuple[str, Tensor]], dict[str, Tensor], dict[str, Tensor]]:
    """Those that have another shape than they should, by name, or as the only ones left of a kind; and the rest."""
    left, rest = dict(missing), dict(spare)
    pairs = {}
    for name in missing:
        if name in rest:
            pairs[(name, left.pop(name))] = (name, rest.pop(name))
    for ending in ("weight", "bias"):
        wanted = [name for name in left if name.endswith(ending)]
        own = [name for name in rest if name.endswith(ending)]
        if len(wanted) == len(own) == 1 and left[wanted[0]].dim() == rest[own[0]].dim():
            pairs[(wanted[0], left.pop(wanted[0]))] = (own[0], rest.pop(own[0]))
    return pairs, left, rest


def _hidden_in_lists(module: nn.Module) -> list[str]:
    found = []
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if isinstance(value, (list, tuple)) and any(isinstance(item, (nn.Module, nn.Parameter)) for item in value):
                found.append(f"self.{path}.{name}" if path else f"self.{name}")
    return found


def _in_words(parameters: Mapping[str, Tensor]) -> list[str]:
    """Each by its name and shape: "`position_embedding.weight` of shape (8, 4)"."""
    return [f"`{name}` of shape {tuple(value.shape)}" for name, value in parameters.items()]


def _same_shape(spare: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> list[str]:
    return [name for name, value in weights.items() for own in spare.values() if own.shape == value.shape]


def _listed(names: Sequence[str] | Mapping[str, Tensor]) -> str:
    quoted = [name if name.startswith("`") else f"`{name}`" for name in names]
    more = f" and {len(quoted) - MOST} more" if len(quoted) > MOST else ""
    return ", ".join(quoted[:MOST]) + more
