"""A block with its rooms open: the residual stream on one side, and beside it what is added to it."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from course_lib.show.diagram.drawing import Drawing
from course_lib.show.diagram.picture import Box
from course_lib.show.diagram.reading import Part, Shape
from course_lib.show.diagram.style import FAINT_INK, GREEN, LINE, NORMAL, PALE, PALER, SMALL, WHITE

PAD = 6.0
STREAM = 16.0  # from the edge of the panel to the residual stream
ROOMS = 36.0  # from that edge to the rooms


class Opened(NamedTuple):
    """Where the block stands, and each of its rooms by its name."""

    panel: Box
    rooms: dict[str, Box]


def open_block(
    drawing: Drawing,
    parts: list[Part],
    panel: Box,
    heading: str,
    *,
    stream: Shape,
    letters: Callable[[Shape], str],
    parameters: int,
    lit: str | None = None,
    side: Literal["left", "right"] = "left",
    name: str = "block",
) -> Opened:
    """Draw the parts of a block in the order in which they are called; `panel` grows as high as they need.

    stream: its shape.   letters: writes a shape as the course does.   lit: the role of a part, or "block" for all of
    it.   side: where the stream runs.   name: of the whole.
    """
    line = panel.x + STREAM if side == "left" else panel.right - STREAM
    column = Box(panel.x + (ROOMS if side == "left" else PAD + 4), 0, panel.width - ROOMS - PAD - 4, 0)
    edge, toward = (column.x, 1) if side == "left" else (column.right, -1)
    anchor = "start" if side == "left" else "end"
    shape = letters(stream)
    position = len(drawing.shapes)  # the panel is painted below what stands in it, and its height is known last
    y = panel.y + PAD
    drawing.text(panel.middle, y, heading, size=NORMAL, bold=True, within=panel.width - 2 * PAD)
    y += NORMAL * LINE + 8
    drawing.text(line + 10 * toward, y, shape, anchor=anchor, ink=FAINT_INK)
    begin = y - 4
    y += SMALL * LINE + 8
    rooms: dict[str, Box] = {}
    pre_norm = parts[0].role == "norm"
    behind_norm = False
    for part in parts:
        beside = part.role != "norm" or pre_norm  # a post-norm block has its norms in the stream itself
        place = column if beside else Box(panel.x + PAD, 0, panel.width - 2 * PAD, 0)
        box = Box(place.x, y, place.width, _height(part))
        if beside and not behind_norm:
            drawing.arrow((line, y + 14), (edge, y + 14), colour=GREEN)
        called = part.path.rpartition(".")[2]
        fill = PALE if part.role == "norm" else WHITE
        drawing.room(called, box, parameters=part.parameters, lit=part.role == lit, fill=fill)
        drawing.texts(box.middle, y + 5, _lines(part), within=box.width - 4)
        words = ", ".join([part.kind, *_about(part), f"{part.parameters:,} parameters", letters(part.output)])
        drawing.say(f"{'  ' if beside else ''}{called}: {words}")
        rooms[called] = box
        y = box.bottom
        behind_norm = part.role == "norm" and beside
        if behind_norm:
            drawing.arrow((column.middle, y), (column.middle, y + 14), colour=GREEN)
            y += 14
        elif part.role in ("norm", "other"):
            y += 12
        else:
            y += 16
            drawing.line((column.middle, y - 16), (column.middle, y), colour=GREEN)
            drawing.arrow((column.middle, y), (line + 8 * toward, y), colour=GREEN)
            drawing.plus(line, y)
            drawing.say("  + added to the stream")
            y += 20
    drawing.text(line + 10 * toward, y, shape, anchor=anchor, ink=FAINT_INK)
    bottom = y + SMALL * LINE + PAD
    walls = Box(panel.x, panel.y, panel.width, bottom - panel.y)
    ground = Drawing("")
    ground.room(name, walls, parameters=parameters, lit=lit == "block", fill=PALER)
    ground.line((line, begin), (line, bottom - 12), thick=3)
    ground.arrow((line, bottom - 14), (line, bottom - 2))
    drawing.shapes[position:position] = ground.shapes
    drawing.rooms += ground.rooms
    drawing.grow(walls)
    return Opened(walls, rooms)


def _about(part: Part) -> tuple[str, ...]:
    return part.about if part.role != "norm" else ()


def _lines(part: Part) -> list[str]:
    title = part.role if part.role in ("attention", "cross-attention") else part.kind
    return [title, *_about(part), f"{part.parameters:,}"]


def _height(part: Part) -> float:
    return 10 + NORMAL * LINE + (len(_lines(part)) - 1) * SMALL * LINE
