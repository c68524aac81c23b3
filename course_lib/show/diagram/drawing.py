"""A small drawing board: boxes, arrows and labels become an SVG, and what is said beside them its words."""

import html
from dataclasses import dataclass, field

from course_lib.show.diagram.picture import Box, Diagram, Label, Room, alt_text
from course_lib.show.diagram.style import (
    FAINT_INK,
    FONT,
    GROUND,
    INK,
    LARGE,
    LINE,
    LINES,
    LIT,
    NORMAL,
    ORANGE,
    PALE,
    PIXELS,
    SMALL,
    WHITE,
    WIDTH,
    text_width,
    wrapped,
)
from course_lib.show.diagram.told import isolated_line, told


@dataclass
class Drawing:
    """What is drawn so far, in the order of painting."""

    title: str
    lines: list[str] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _bottom: float = 0.0

    def say(self, line: str) -> None:
        """Add a line to the words of the picture."""
        self.lines.append(told(line))

    def box(
        self,
        box: Box,
        *,
        fill: str = PALE,
        edge: str = LINES,
        thick: float = 1.0,
        corner: float = 5.0,
        dashed: bool = False,
    ) -> None:
        """Draw a rectangle."""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.shapes.append(
            f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" '
            f'rx="{_n(corner)}" fill="{fill}" stroke="{edge}" stroke-width="{_n(thick)}"{dash}/>'
        )
        self.grow(box)

    def room(self, name: str, box: Box, *, parameters: int | None, lit: bool = False, fill: str = PALE) -> None:
        """Draw a part of the map, and remember it."""
        self.rooms.append(Room(name, parameters, lit, box))
        ground = LIT if lit and fill != "none" else fill  # a frame around what is drawn already stays a frame
        self.box(box, fill=ground, edge=ORANGE if lit else LINES, thick=3 if lit else 1)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SMALL,
        bold: bool = False,
        anchor: str = "middle",
        ink: str = INK,
        within: float | None = None,
    ) -> None:
        """Write one line; y: its upper edge.   anchor: what x is, the "start", the "middle" or the "end".

        Raises ValueError if it is wider than `within` or leaves the picture.
        """
        text = told(text)
        width = text_width(text, size, bold=bold)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        if width > (WIDTH if within is None else within) or left < 0 or left + width > WIDTH:
            raise ValueError(f"{text!r} is {width:.0f} units wide and does not fit; shorten it")
        box = Box(left, y, width, size * LINE)
        self.labels.append(Label(text, box))
        weight = ' font-weight="bold"' if bold else ""
        self._texts.append(
            f'<text x="{_n(x)}" y="{_n(y + size)}" font-size="{_n(size)}" text-anchor="{anchor}" fill="{ink}"{weight}>'
            f"{html.escape(isolated_line(text))}</text>"
        )
        self.grow(box)

    def texts(self, x: float, y: float, lines: list[str], *, within: float, anchor: str = "middle") -> float:
        """Write lines below one another, the first of them bold; returns where the last one ends."""
        for number, line in enumerate(lines):
            size = NORMAL if number == 0 and text_width(line, NORMAL, bold=True) <= within else SMALL
            self.text(x, y, line, size=size, bold=number == 0, anchor=anchor, within=within)
            y += size * LINE
        return y

    def line(self, *points: tuple[float, float], dashed: bool = False, colour: str = LINES, thick: float = 1.5) -> None:
        """Draw a line from point to point."""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.shapes.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{_n(thick)}"{dash}/>'
        )

    def arrow(self, *points: tuple[float, float], colour: str = LINES) -> None:
        """Draw a line from point to point with a head at its end."""
        (x0, y0), (x, y) = points[-2:]
        length = max(abs(x - x0), abs(y - y0))
        dx, dy = (x - x0) / length, (y - y0) / length  # all our lines go along an axis
        self.line(*points[:-1], (x - 4 * dx, y - 4 * dy), colour=colour)
        corners = [(x, y), (x - 7 * dx - 4 * dy, y - 7 * dy - 4 * dx), (x - 7 * dx + 4 * dy, y - 7 * dy + 4 * dx)]
        path = " ".join(f"{_n(a)},{_n(b)}" for a, b in corners)
        self.shapes.append(f'<polygon points="{path}" fill="{colour}"/>')
        self.grow(Box(min(x, x0), min(y, y0), 0, abs(y - y0)))

    def plus(self, x: float, y: float, radius: float = 8.0) -> None:
        """Draw the sign of an addition, its middle at (x, y)."""
        self.shapes.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{WHITE}" stroke="{LINES}" stroke-width="1.5"/>'
        )
        arm = radius / 2
        self.line((x - arm, y), (x + arm, y), colour=INK)
        self.line((x, y - arm), (x, y + arm), colour=INK)

    def finished(self) -> Diagram:
        """The picture, with the title above everything and room around it."""
        height = self._bottom + 10
        alt = html.escape(alt_text(self.title, tuple(self.lines)), quote=True)
        svg = "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" width="{PIXELS}" '
                f'height="{_n(height * PIXELS / WIDTH)}" style="max-width:100%;height:auto" role="img" '
                f'aria-label="{alt}" font-family="{FONT}">',
                f"<title>{html.escape(self.title)}</title>",
                f"<desc>{alt}</desc>",
                f'<rect width="{WIDTH}" height="{_n(height)}" rx="8" fill="{GROUND}"/>',
                *self.shapes,
                *self._texts,  # above all lines
                "</svg>",
            ]
        )
        return Diagram(self.title, tuple(self.lines), svg, tuple(self.rooms), tuple(self.labels))

    def grow(self, box: Box) -> None:
        """Make the picture high enough for what ends here."""
        self._bottom = max(self._bottom, box.bottom)


def headed(title: str) -> tuple[Drawing, float]:
    """A drawing with its title written, broken into lines where it is long, and the height at which it goes on."""
    drawing, y = Drawing(told(title)), 10.0
    for line in wrapped(drawing.title, WIDTH - 24, LARGE, bold=True):
        drawing.text(12, y, line, size=LARGE, bold=True, anchor="start")
        y += LARGE * LINE
    return drawing, y + 6


def notes(drawing: Drawing, y: float, *texts: str) -> float:
    """Write remarks below a picture, each on lines of its own; returns where they end."""
    for text in texts:
        for line in wrapped(told(text), WIDTH - 24):
            drawing.text(12, y, line, anchor="start", ink=FAINT_INK)
            y += SMALL * LINE
    return y


def _n(number: float) -> str:
    """A coordinate with at most one digit behind the point, so that the same picture has the same bytes everywhere."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")
