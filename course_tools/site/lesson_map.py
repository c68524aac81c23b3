"""The map of the lessons as a picture that can be walked through: which lesson stands on which, each a link."""

import html
from typing import NamedTuple

from course_lib.util.topics import find_topic

COLUMN, GAP = 246, 32  # widths, in units of the picture
WIDTH = 2 * COLUMN + GAP
LINE, HEAD, SPACE = 24, 26, 30  # heights of a lesson, of a room's name, and between rooms
PADDING = 12
ASIDE = 5  # how far ways through the gap keep from its middle, so that none runs into another


class Room(NamedTuple):
    """Lessons that belong together. column: 0 left, 1 right, None across both.   after: the rooms it stands on."""

    name: str
    lessons: tuple[int, ...]
    column: int | None
    after: tuple[str, ...] = ()


# Row by row, as the README's chart has them.
ROWS = (
    (Room("Text", (1, 2), 0), Room("Attention", (3, 4), 1)),
    (Room("Block", (5, 6), 1, ("Attention",)),),
    (Room("The model", (7,), None, ("Text", "Block")),),
    (Room("Understand it", (8, 9), 0, ("The model",)), Room("Make it a Llama", (10,), 1, ("The model",))),
    (Room("Train it", (11,), 0, ("The model",)), Room("Models of others", (13, 18), 1, ("Make it a Llama",))),
    (Room("Let it write", (12,), 0, ("Train it",)), Room("Larger", (14, 15), 1, ("Train it",))),
    (Room("Teach it", (16, 17), 0, ("Let it write",)), Room("Fast, and inside", (19, 20), 1, ("Let it write",))),
)


class _Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def draw() -> str:
    """The picture as SVG to stand in a page; its colours are the theme's."""
    boxes, height = _laid_out()
    rooms = {room.name: room for row in ROWS for room in row}
    ways = [_way(boxes[before], boxes[room.name]) for room in rooms.values() for before in room.after]
    parts = [_drawn(rooms[name], box) for name, box in boxes.items()]
    return (
        f'<svg class="lesson-map" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="group" aria-label="Map of the lessons: which stands on which">\n'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>\n' + "\n".join(ways + parts) + "\n</svg>"
    )


def lessons_shown() -> list[int]:
    """The numbers on the map, in its order."""
    return [number for row in ROWS for room in row for number in room.lessons]


def _laid_out() -> tuple[dict[str, _Box], int]:
    """Where each room stands, and how tall the picture is."""
    boxes: dict[str, _Box] = {}
    top = PADDING
    for row in ROWS:
        tallest = 0
        for room in row:
            height = HEAD + LINE * len(room.lessons) + PADDING
            left = (room.column or 0) * (COLUMN + GAP)
            boxes[room.name] = _Box(left + 1, top, (WIDTH if room.column is None else COLUMN) - 2, height)
            tallest = max(tallest, height)
        top += tallest + SPACE
    return boxes, top - SPACE + PADDING


def _way(start: _Box, end: _Box) -> str:
    """A line from a room to the one that stands on it: straight down, or through the gap between the columns."""
    is_wide = start.width > COLUMN
    narrow = end if is_wide else start
    is_near = end.y - start.y - start.height <= SPACE
    if end.width > COLUMN or start.x == end.x or (is_wide and is_near):
        return f'<path class="way" d="M{narrow.x + narrow.width // 2} {start.y + start.height} V{end.y - 1}"/>'
    middle = WIDTH // 2
    if is_wide:
        return f'<path class="way" d="M{middle - ASIDE} {start.y + start.height} V{_level(end)} H{_edge(end)}"/>'
    begin = f"M{_edge(start)} {_level(start) + ASIDE} H{middle + ASIDE}"
    return f'<path class="way" d="{begin} V{_level(end)} H{_edge(end)}"/>'


def _edge(box: _Box) -> int:
    """The side of a box that faces the gap."""
    return box.x + box.width if box.x < WIDTH // 2 else box.x


def _level(box: _Box) -> int:
    return box.y + box.height // 2


def _drawn(room: Room, box: _Box) -> str:
    lines = [
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="8"/>',
        f'<text class="room" x="{box.x + PADDING}" y="{box.y + HEAD - 5}">{room.name}</text>',
    ]
    for row, number in enumerate(room.lessons):
        topic = find_topic(str(number))
        text = html.escape(f"{number:02d} {topic.title}")
        y = box.y + HEAD + LINE * row + 17
        lines.append(f'<a href="notebooks/{topic.stem}.html"><text x="{box.x + PADDING}" y="{y}">{text}</text></a>')
    return "\n".join(lines)
