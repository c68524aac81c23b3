"""What comes of it: whose the pieces were, and what each stage found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from course_lib.checks.capstone.deciding import Origin


@dataclass(repr=False)
class Growth:
    """What came of it.

    origins: whose each part is.   numbers: of each stage, by its name.   failures: of stages that were done again.
    """

    origins: tuple[Origin, ...]
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    report: list[tuple[str, str, str]] = field(default_factory=list)
    story: str = ""

    @property
    def yours(self) -> list[str]:
        """The learner's parts that were used to the end."""
        names = [origin.part.name for origin in self.origins if origin.yours]
        return [name for name in names if name not in self.troubles]

    def __repr__(self) -> str:
        return f"{len(self.yours)} of {len(self.origins)} pieces were yours to the end"

    def whose(self, uses: Sequence[str], failure: str = "") -> list[str]:
        """Lines that say whose the pieces of a stage were, and why."""
        mine = [name for name in uses if name in self.yours and not failure]
        lines = [f"your own: {', '.join(mine)}" if mine else "no piece of this stage is yours"]
        reasons: dict[str, list[str]] = {}
        for origin in self.origins:
            name = origin.part.name
            if name in uses and name not in mine:
                reason = failure and "the stage failed with it" if origin.yours else origin.reason
                reasons.setdefault(self.troubles.get(name) or reason, []).append(name)
        return lines + [f"the library's, {reason}: {', '.join(names)}" for reason, names in reasons.items()]
