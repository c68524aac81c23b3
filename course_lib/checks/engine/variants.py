"""Wrong answers by the dozen: the code of a right one, with places at which people write something else.

A mistake that is listed has a name and an explanation of its own. Beside it there are all those that nobody listed: a
plus for a minus, one weight for another, two slips at once. Here they are made from the places where they can happen,
and an answer that behaves like one of them is shown the line of code that does the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

MOST = 500  # variants that are tried, where one takes a fraction of a millisecond


@dataclass(frozen=True)
class Slot:
    """A place in the code, written `<name>`: what stands there in a right answer, and what people write instead."""

    name: str
    right: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Variants:
    """code: of a right answer, with its slots.   names: what the code uses besides built-ins.

    most: so many are tried; fewer where one takes long, as a module with its gradients does.

    Raises ValueError if a slot does not stand in the code.
    """

    code: str
    slots: tuple[Slot, ...]
    names: Mapping[str, Any] = field(default_factory=dict)
    most: int = MOST

    def __post_init__(self) -> None:
        for slot in self.slots:
            if f"<{slot.name}>" not in self.code:
                raise ValueError(f"the slot <{slot.name}> does not stand in the code:\n{self.code}")

    def right(self) -> Callable[..., Any]:
        """The code with what is right at every place."""
        return self._made(self._filled({}))

    def each(self, at_once: tuple[int, ...] = (1, 2)) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The changed lines and what they make, one slip first, then two at once, `most` of them."""
        found = 0
        for count in at_once:
            for slots in combinations(self.slots, count):
                for values in product(*(slot.others for slot in slots)):
                    found += 1
                    if found > self.most:
                        return
                    chosen = {slot.name: value for slot, value in zip(slots, values, strict=True)}
                    yield self._changed_lines(chosen), self._made(self._filled(chosen))

    def _filled(self, chosen: Mapping[str, str]) -> str:
        code = self.code
        for slot in self.slots:
            code = code.replace(f"<{slot.name}>", chosen.get(slot.name, slot.right))
        return code

    def _changed_lines(self, chosen: Mapping[str, str]) -> str:
        filled = self._filled(chosen).splitlines()
        changed = [place for place, line in enumerate(self.code.splitlines()) if any(f"<{n}>" in line for n in chosen)]
        return "; ".join(f"`{filled[place].strip()}`" for place in changed)

    def _made(self, code: str) -> Callable[..., Any]:
        space = dict(self.names)
        exec(compile(code, "<variant>", "exec"), space)
        name = re.search(r"^(?:def|class) (\w+)", code, re.MULTILINE)
        if name is None:
            raise ValueError(f"there is neither a function nor a class in the code:\n{code}")
        return space[name[1]]
