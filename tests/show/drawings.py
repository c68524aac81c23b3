"""What must be true of every diagram, whatever it is of."""

import itertools
import re
from xml.etree import ElementTree

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from course_lib.show.diagram.picture import Box

SVG = "{http://www.w3.org/2000/svg}"
PHONE = 358  # pixels that a screen of 390 leaves to an output
EIGHT_POINTS = 8 * 96 / 72  # in pixels
WIDE_FONT = TextToPath()  # DejaVu Sans, as wide as Verdana: of the fonts that a reader may have, the widest
CORNERS = ("x", "y", "width", "height")
AA = 4.5  # contrast that WCAG asks of text


def assert_well_drawn(diagram):
    """Labels are apart, inside and large enough; the alt text says what the text says; colours have contrast."""
    for one, other in itertools.combinations(diagram.labels, 2):
        assert not one.box.overlaps(other.box), f"{one.text!r} lies on {other.text!r}"
    root = ElementTree.fromstring(diagram.svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    for label in diagram.labels:
        box = label.box
        assert 0 <= box.x, label
        assert box.right <= width, label
        assert 0 <= box.y, label
        assert box.bottom <= height, label
    for room in diagram.rooms:
        assert 0 <= room.box.x, room
        assert room.box.right <= width, room
        assert room.box.bottom <= height, room
    for text, label in zip(root.iter(f"{SVG}text"), diagram.labels, strict=True):
        size, weight = float(text.get("font-size")), text.get("font-weight", "normal")
        font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
        width_of_ink, _, _ = WIDE_FONT.get_text_width_height_descent(text.text, font, ismath=False)
        assert width_of_ink <= label.box.width, label
    sizes = [float(text.get("font-size")) for text in root.iter(f"{SVG}text")]
    assert min(sizes) * PHONE / width >= EIGHT_POINTS
    assert [text.text for text in root.iter(f"{SVG}text")] == [label.text for label in diagram.labels]
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SVG}desc").text == diagram.alt
    assert root.find(f"{SVG}title").text == diagram.title
    assert sum(room.lit for room in diagram.rooms) <= 1
    assert ":." not in diagram.alt
    for line in diagram.lines:
        assert line.strip() in diagram.alt
        assert line in repr(diagram)
    assert not re.search(r" 0x[0-9a-f]+|nan", diagram.svg + repr(diagram))
    rectangles = [shape for shape in root.iter(f"{SVG}rect") if shape.get("fill") != "none"]
    grounds = [(Box(*(float(shape.get(of, 0)) for of in CORNERS)), shape.get("fill")) for shape in rectangles]
    inks = [text.get("fill") for text in root.iter(f"{SVG}text")]
    for label, ink in zip(diagram.labels, inks, strict=True):
        fills = {fill for box, fill in grounds if box.overlaps(label.box)}
        assert fills, label
        assert min(contrast(ink, fill) for fill in fills) >= AA, label


def contrast(one, other):
    """Of two colours, as WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
