"""Markdown cut into the pieces that are translated one by one: headings, paragraphs, lists, tables."""

import re

from course_tools.authoring.markers import BEGIN, END

_ITEM = re.compile(r"\s*([-+*]|\d+\.) ")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NOT_PROSE = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|<[^>]*>", re.DOTALL)
_HEADING = re.compile(r"#+ ")


def blocks(text: str) -> list[str]:
    """The pieces in order; markers of answers stand alone. Joined by empty lines they are the text again."""
    pieces: list[list[str]] = [[]]
    in_formula = False
    for line in text.split("\n"):
        if line.strip() in (BEGIN, END) or (_HEADING.match(line) and not in_formula):
            pieces += [[line], []]
        elif line.strip() or in_formula:
            pieces[-1].append(line)
        else:
            pieces.append([])
        if line.count("$$") % 2:
            in_formula = not in_formula
    return [unwrapped(piece) for piece in pieces if piece]


def unwrapped(lines: list[str]) -> str:
    """The lines of a piece without the breaks that only keep them short: where a line ends says nothing."""
    kept: list[str] = []
    for line in lines:
        in_formula = kept and kept[-1].count("$") % 2
        begins = _ITEM.match(line) or line.startswith(("|", "$$")) or (kept and kept[-1].startswith("|"))
        if kept and (in_formula or not begins):
            kept[-1] += " " + line.strip()
        else:
            kept.append(line)
    return "\n".join(kept)


def is_prose(block: str) -> bool:
    """Whether there are words besides code, formulas and markers."""
    return block.strip() not in (BEGIN, END) and _LETTERS.search(_NOT_PROSE.sub(" ", block)) is not None


def heading_of(block: str) -> str:
    """What a heading says, without its signs; empty for another block."""
    found = None if block in (BEGIN, END) else _HEADING.match(block)
    return block[found.end() :].strip() if found else ""


def joined(pieces: list[str]) -> str:
    """Pieces with an empty line between two of them, but none beside the marker of an answer."""
    text = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        beside_marker = {before.strip(), piece.strip()} & {BEGIN, END}
        text += ("" if not text else "\n" if beside_marker else "\n\n") + piece
    return text
