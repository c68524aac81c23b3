"""How diagrams look: one width, sizes of text that can be read on a phone, colours told apart by everybody.

All pictures are `WIDTH` units wide and no label is smaller than `SMALL`, so that at the 358 pixels which a phone of 390
leaves to a cell the smallest text is 8 points, and more on a wider screen.
"""

WIDTH = 396  # units; the height is as much as is needed
PIXELS = 500  # shown width where there is room
SMALL, NORMAL, LARGE = 12.0, 13.0, 15.0  # font sizes in units: 12 of 396, at 358 pixels, are 10.8 pixels or 8.1 points
LINE = 1.3  # height of a line of text, in font sizes
FONT = "Verdana, 'DejaVu Sans', 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"

# The colours of `plotting.PALETTE` (seaborn's "colorblind"), for lines; pale tints of them for areas. A picture brings
# its own pale ground, so it is the same in a dark theme; dark ink on each of these areas has a contrast above 7 to 1.
INK, FAINT_INK, LINES = "#1c2430", "#4b5563", "#6b7280"
GROUND, PALE, PALER, WHITE = "#fbfbf9", "#eef1f5", "#f6f8fa", "#ffffff"
BLUE, ORANGE, GREEN = "#0173b2", "#de8f05", "#029e73"
LIT = "#ffd98a"  # the area of what is lit, beside its thick orange edge: seen without colours as well
TINTS = ("#cfe5f3", "#c9ebdf", "#f3dcef", "#fbe6c2", "#e3e3e3", "#f8f4bd")  # of groups, told apart by their labels too

NARROW, WIDE = "iljtfrI.,:;'|!()[] ·\N{NO-BREAK SPACE}", "mwMW—→×≈√@%−+=∞…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Units that `text` takes at most, in the widest of the fonts that a reader may have (Verdana)."""
    ems = sum(0.46 if c in NARROW else 1.0 if c in WIDE else 0.74 if c.isupper() else 0.64 for c in text)
    return ems * size * (1.12 if bold else 1.0)


def wrapped(text: str, width: float, size: float = SMALL, *, bold: bool = False) -> list[str]:
    """The words of `text` in lines of at most `width` units."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size, bold=bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def unbroken(text: str) -> str:
    """The text with spaces at which no line ends, for formulas."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
