"""Exercise 4 of lesson 07 (debug): a configuration that is shared."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


@dataclass(frozen=True)
class ModelConfig:
    """A configuration of its own for each model, which refuses what cannot be built."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head != 0:
            raise ValueError(f"n_embd = {self.n_embd} cannot be split into n_head = {self.n_head} equal heads")


class SharedConfig:
    """The values stand in one dict of the class, so that the last change is everybody's."""

    sizes: ClassVar[dict[str, int]] = {"n_layer": 12, "n_embd": 100, "n_head": 5}

    def __init__(self, **changes: int) -> None:
        self.sizes.update(changes)

    def __getattr__(self, name: str) -> int:
        return self.sizes[name]


class SharedAndFixed(ModelConfig):
    """The dict of the class again, behind properties that cannot be set."""

    sizes: ClassVar[dict[str, int]] = {}

    def __init__(self, n_layer: int = 12, n_embd: int = 100, n_head: int = 5) -> None:
        ModelConfig(n_layer, n_embd, n_head)  # refuses what the reference refuses
        self.sizes.update(n_layer=n_layer, n_embd=n_embd, n_head=n_head)

    def __getattribute__(self, name: str) -> Any:
        sizes = SharedAndFixed.sizes
        return sizes[name] if name in sizes else super().__getattribute__(name)


@dataclass
class ChangeableConfig:
    """The same fields and the same check, but anybody can change them later."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5

    def __post_init__(self) -> None:
        ModelConfig(self.n_layer, self.n_embd, self.n_head)  # refuses what the reference refuses


@dataclass(frozen=True)
class UncheckedConfig:
    """Frozen, and silent about heads that do not divide the width."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5


@dataclass(frozen=True)
class CheckedTheWrongWay(UncheckedConfig):
    """The remainder is taken the wrong way round, so that nearly every width is refused."""

    def __post_init__(self) -> None:
        if self.n_head % self.n_embd != 0:
            raise ValueError(f"n_head = {self.n_head} is not a multiple of n_embd = {self.n_embd}")


def config_cases(generator: torch.Generator) -> list[Case]:
    """Two configurations side by side; some that cannot be built."""
    names = ("n_layer", "n_embd", "n_head")
    layers, heads, per_head = (int(n) for n in torch.randint(2, 40, (3,), generator=generator))
    small = {"n_layer": 2, "n_embd": 8, "n_head": 2}
    drawn = {"n_layer": layers, "n_embd": heads * per_head, "n_head": heads}
    uneven = {**drawn, "n_embd": heads * per_head + 1}
    return [
        Case((small, drawn, names), label="a small configuration, then another"),
        Case((drawn, {}, names), label="one configuration, then the default one"),
        Case(({**small, "n_embd": 10, "n_head": 4}, small, names), label="10 numbers, 4 heads: cannot be split"),
        Case((drawn, uneven, names), label=f"{uneven['n_embd']} numbers, {heads} heads: cannot be split"),
    ]


def no_field_can_be_changed(call: Call, generator: torch.Generator) -> None:
    """The driver tries to change the first name it is given, so each field takes its turn to be first."""
    sizes = {"n_layer": 2, "n_embd": 8, "n_head": 2}
    for name in sizes:
        others = tuple(other for other in sizes if other != name)
        if call(sizes, sizes, (name, *others))["what setting a field raises"] == "nothing":
            raise Failed(f"{name} = 1 should raise an error once a configuration is made; yours lets it pass")


EXERCISE = Exercise(
    name="ModelConfig",
    reference=ModelConfig,
    forbidden=(
        "course_lib.config.GPTConfig",
        "course_lib.config.GPTNeoConfig",
        "course_lib.config.LlamaConfig",
        "course_lib.config.ModernConfig",
    ),
    cases=config_cases,
    drive=drive.configure_twice,
    properties=(Property("no field can be changed afterwards", no_field_can_be_changed),),
    misconceptions=(
        Misconception(
            "values shared by all configurations",
            SharedConfig,
            "The values belong to the class, so the last configuration that is made changes all. "
            "Give each its own: a dataclass does.",
        ),
        Misconception(
            "open to later changes",
            ChangeableConfig,
            "A model is built once from its configuration; a later change would go unnoticed. Use frozen=True.",
        ),
        Misconception(
            "accepts heads that do not divide the width",
            UncheckedConfig,
            "10 numbers cannot be split into 4 equal heads. Raise a ValueError in __post_init__.",
        ),
        Misconception(
            "divisibility asked the wrong way round",
            CheckedTheWrongWay,
            "n_head % n_embd is hardly ever 0. What must be 0 is the remainder of n_embd divided by n_head.",
        ),
        Misconception(
            "values shared by all configurations, though fixed",
            SharedAndFixed,
            "No field can be set, but the values still belong to the class, so the last configuration that is made "
            "changes all. Give each its own: a frozen dataclass does.",
        ),
    ),
    hints=(
        "Print the identity of the dict in two configurations: id(one.sizes) and id(other.sizes).",
        "from dataclasses import dataclass; @dataclass(frozen=True) writes __init__ and forbids changes.",
        "Fields: n_layer: int = 12, n_embd: int = 100, n_head: int = 5. In __post_init__, "
        "if self.n_embd % self.n_head != 0: raise ValueError(...)",
    ),
    review="lesson 07, 'A configuration of its own'",
)
