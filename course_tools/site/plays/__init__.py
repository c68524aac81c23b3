"""Pictures to play with: each can be read without scripts, and a small module brings it to life."""

from course_lib.util.language import IN_ENGLISH, Words
from course_lib.util.language.direction import in_digits_of
from course_tools.authoring.jupyter import NotebookNode, nbformat
from course_tools.site.plays.attention import ATTENTION
from course_tools.site.plays.loss import LOSS
from course_tools.site.plays.merging import MERGING
from course_tools.site.plays.rooms import ROOM_MAP
from course_tools.site.plays.rope import ROPE
from course_tools.site.plays.sampling import SAMPLING

# Each stands before a heading, not before a sentence: sentences are often rewritten.
PLAYS = (MERGING, ATTENTION, ROOM_MAP, ROPE, LOSS, SAMPLING)


def has_heading(source: str, beginning: str) -> bool:
    """Whether a cell has a heading that begins so."""
    return any(line.startswith("#") and line.startswith(beginning) for line in source.splitlines())


def add(notebook: NotebookNode, name: str, words: Words = IN_ENGLISH) -> None:
    """Put the pictures that belong into the notebook called `name` into it, in place, with their texts in its language.

    Raises ValueError if the heading that one stands before is missing.
    """
    for play in PLAYS:
        if not name.endswith(play.notebook):  # an edition's name begins with its language
            continue
        before = in_digits_of(words.language, play.before)
        places = [i for i, cell in enumerate(notebook.cells) if has_heading(cell.source, before)]
        if not places:
            raise ValueError(f"{name} has no heading {before!r}, before which a picture stands")
        cell = {"cell_type": "markdown", "id": f"play-{play.module}", "metadata": {}, "source": play.write(words)}
        notebook.cells.insert(places[0], nbformat.from_dict(cell))
