"""The words of a picture in the language that is chosen; names and shapes are the same in all of them."""

from course_lib.util.language import words
from course_lib.util.language.direction import reads_from_the_right

PLACE = "diagram"
FROM_THE_RIGHT, END = "\u2067", "\u2069"  # Unicode's isolates: the line inside is ordered by itself


def told(line: str) -> str:
    """A line in the chosen language, with the space before it; in English if nobody has translated it."""
    said = line.lstrip()
    known = words(PLACE).known(said)
    return line if known is None else line.removesuffix(said) + known


def isolated_line(text: str) -> str:
    """A label as SVG needs it: one that is read from the right is ordered so, and anchored as any other."""
    return f"{FROM_THE_RIGHT}{text}{END}" if reads_from_the_right(text) else text
