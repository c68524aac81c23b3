"""Lesson 13, exercise 5 (debug): the loader that never complains."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.pretrained.slots.load_checked import VARIANTS


def load_checked(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Every parameter of `layers` from GPT-2's tensors, nothing missing and nothing left over."""
    load_with()(layers, tensors)


def load_with(
    *,
    prefix: str = "transformer.",
    turn: Callable[[Tensor, Tensor | None], Tensor] = lambda tensor, mine: tensor.T if tensor.dim() == 2 else tensor,
    strict: bool = True,
) -> Callable[[nn.Module, Mapping[str, Tensor]], None]:
    """`load_checked` with one of its steps replaced. turn: sees the tensor and the parameter of its name, if any."""

    def load(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        mine = dict(layers.named_parameters())
        renamed = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        layers.load_state_dict({n: turn(t, mine.get(n)) for n, t in renamed.items()}, strict=strict)

    return load


def turn_what_does_not_fit(tensor: Tensor, mine: Tensor | None) -> Tensor:
    """Square matrices are left as they are."""
    return tensor.T if mine is not None and tensor.dim() == 2 and tensor.shape != mine.shape else tensor


def load_in_a_loop(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """What the model has is looked up in the file; what it has beyond it, or of one number, passes."""
    renamed = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    with torch.no_grad():
        for name, parameter in layers.named_parameters():
            if name not in renamed:
                raise RuntimeError(f"{name} is missing")
            parameter.copy_(renamed[name].T if renamed[name].dim() == 2 else renamed[name])


def load_without_the_rest(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """What the model has is looked up in the file; what the file has beyond it is not noticed."""
    own = layers.state_dict()
    load_checked(layers, {name: tensor for name, tensor in tensors.items() if name.removeprefix("transformer.") in own})


def load_what_is_in_the_file(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Goes through the file and sets what it finds, of whatever size; what is missing is not noticed."""
    parameters = dict(layers.named_parameters())
    for name, tensor in tensors.items():
        parameters[name.removeprefix("transformer.")].data = tensor.T if tensor.dim() == 2 else tensor


def renamed_by(rename: Callable[[str], str]) -> Callable[[nn.Module, Mapping[str, Tensor]], None]:
    """`load_checked` with another way of taking off the prefix."""
    return lambda layers, tensors: load_checked(layers, {rename(name): tensor for name, tensor in tensors.items()})


def load_cases(generator: torch.Generator) -> list[Case]:
    """A square layer, one that is not, the prefix; then what must be refused: too little, too much, another size."""

    def drawn(sizes: Mapping[str, tuple[int, int]], prefix: str = "") -> dict[str, Tensor]:
        weights = {f"{prefix}{n}.weight": torch.randn(size, generator=generator) for n, size in sizes.items()}
        return weights | {f"{prefix}{n}.bias": torch.randn(s[1], generator=generator) for n, s in sizes.items()}

    one = {"c_proj": (2, 2)}
    two = {"c_fc": (3, 12), "c_proj": (12, 3)}
    fewer = drawn(two)
    del fewer["c_proj.weight"]
    more = drawn(two) | {"c_extra.weight": torch.ones(2, 2)}
    larger = drawn({"c_fc": (3, 12), "c_proj": (12, 4)})
    lettered = {"attn": (3, 5), "ffn": (5, 3)}  # names of letters that the prefix has as well
    return [
        Case(
            (one, {"c_proj.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "c_proj.bias": torch.ones(2)}),
            label="one square layer",
        ),
        Case((two, drawn(two)), label="two layers that are not square"),
        Case((two, drawn(two, "transformer.")), label="every name begins with 'transformer.'"),
        Case((lettered, drawn(lettered)), label="layers called attn and ffn"),
        Case((lettered, drawn(lettered, "transformer.")), label="transformer.attn and transformer.ffn"),
        Case((two, fewer), label="c_proj.weight is missing"),
        Case((two, more), label="there is a c_extra.weight too many"),
        Case((two, larger), label="c_proj of another size"),
        Case((two, drawn(two) | {"c_proj.bias": torch.ones(1)}), label="a bias of one number"),
        Case((two, drawn(two) | {"decoder.c_fc.bias": torch.ones(12)}), label="there is a decoder.c_fc.bias too many"),
    ]


EXERCISE = Exercise(
    name="load_checked",
    reference=load_checked,
    variants=VARIANTS,
    cases=load_cases,
    drive=drive.fill_layers,
    may_change_inputs=("layers",),
    misconceptions=(
        Misconception(
            "all three still there",
            load_with(prefix="model.", turn=turn_what_does_not_fit, strict=False),
            "That is the loader as it was: the prefix stays on, square matrices are not turned, and strict=False "
            "hides both.",
        ),
        Misconception(
            "square matrices not turned",
            load_with(turn=turn_what_does_not_fit),
            "A square weight fits either way round. All of GPT-2's are stored as (in, out): turn every matrix.",
        ),
        Misconception(
            "strict=False",
            load_with(strict=False),
            "With strict=False a missing tensor leaves its layer random, and one too many is passed over: no "
            "error, and a bad model. Leave strict at True.",
        ),
        Misconception(
            "nothing turned",
            load_with(turn=lambda tensor, mine: tensor),
            "The matrices are stored as (in, out); nn.Linear wants (out, in). Transpose each.",
        ),
        Misconception(
            "the prefix left on",
            load_with(prefix="model."),
            "Some files begin each name with 'transformer.': take it off, or nothing fits.",
        ),
        Misconception(
            "letters stripped, not the prefix",
            renamed_by(lambda name: name.lstrip("".join(set("transformer.")))),
            "lstrip takes off every letter that is in 'transformer.', as long as there is one: 'attn.weight' becomes "
            "'weight'. Use removeprefix.",
        ),
        Misconception(
            "the prefix's length cut off every name",
            renamed_by(lambda name: name[len("transformer.") :]),
            "You cut twelve letters off every name, also where there is no prefix. removeprefix looks first.",
        ),
        Misconception(
            "sizes and what is missing go unnoticed",
            load_what_is_in_the_file,
            "You go through the file and set .data, so nothing compares the sizes, and a tensor that is missing leaves "
            "its layer random. load_state_dict looks at both.",
        ),
        Misconception(
            "what is left over goes unnoticed",
            load_without_the_rest,
            "You look up what the model has. What the file has beyond it should be an error too: the model may be "
            "another one than you think.",
        ),
        Misconception(
            "neither what is left over nor a small tensor is noticed",
            load_in_a_loop,
            "You look up what the model has. What the file has beyond it should be an error too. And copy_ repeats a "
            "tensor that is too small: compare the shapes, or use load_state_dict.",
        ),
    ),
    hints=(
        "Set strict back to its default and read what torch then tells you, for each of the three files.",
        "The names: name.removeprefix('transformer.'). The matrices: decide by tensor.dim(), not by the shape.",
        "layers.load_state_dict({name.removeprefix('transformer.'): t.T if t.dim() == 2 else t "
        "for name, t in tensors.items()})",
    ),
    review="lesson 13, 'The layers that stayed random: a real mistake'",
)
