"""A finished picture: an image in a notebook, text in a terminal, words for a screen reader."""

import base64
import html
from dataclasses import dataclass, replace
from typing import NamedTuple

from course_lib.show.diagram.style import PIXELS
from course_lib.show.guess import details


class Box(NamedTuple):
    """A rectangle: its left upper corner, its width and its height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends on the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return self.x + self.width / 2

    def overlaps(self, other: "Box") -> bool:
        """True if the two share an area; edges may touch."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )  # fmt: skip


class Label(NamedTuple):
    """A text and the room it takes at most."""

    text: str
    box: Box


class Room(NamedTuple):
    """A part of the map. parameters: None where a part has none of its own to count."""

    name: str
    parameters: int | None
    lit: bool
    box: Box


@dataclass(frozen=True, repr=False)
class Diagram:
    """A picture that a notebook shows as SVG, a terminal as text, and a screen reader reads.

    title: what it is of.   lines: what it says, in words.   svg: the picture.   rooms, labels: what stands where.
    summary: the line under which it is folded, if it is.
    """

    title: str
    lines: tuple[str, ...]
    svg: str
    rooms: tuple[Room, ...]
    labels: tuple[Label, ...]
    summary: str | None = None

    def folded(self, summary: str) -> "Diagram":
        """The same, hidden under the line `summary` until the reader opens it: for what answers a guess."""
        return replace(self, summary=summary)

    @property
    def alt(self) -> str:
        """What the picture says, for those who cannot see it."""
        return alt_text(self.title, self.lines)

    @property
    def lit(self) -> str | None:
        """The name of the part that is lit."""
        return next((room.name for room in self.rooms if room.lit), None)

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"  {line}" for line in self.lines)])

    def _repr_html_(self) -> str:
        # As an image and not as elements of the page: a notebook that is not trusted yet, a fresh download, shows it as
        # well, its style cannot meet the page's, and the alt text is read in every reader.
        data = base64.b64encode(self.svg.encode()).decode()
        style = f"width:{PIXELS}px;max-width:100%;height:auto"
        image = (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(self.alt, quote=True)}" style="{style}">'
        )
        return image if self.summary is None else details(self.summary, image)


def alt_text(title: str, lines: tuple[str, ...]) -> str:
    """Title and lines as sentences; a line that ends in a colon goes on with the next."""
    sentences = (line.strip() for line in (title, *lines))
    return " ".join(sentence if sentence.endswith(":") else f"{sentence}." for sentence in sentences)
