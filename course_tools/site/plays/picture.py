"""What every picture to play with has: its place in a lesson, and the module that moves it."""

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from course_lib.util.language import IN_ENGLISH, Words
from course_tools.javascript import parts
from course_tools.site.from_the_right import marked

MODULES = Path(__file__).parents[1] / "play"

_COMMENT = re.compile(r"/\*.*?\*/|^[ ]*//[^\n]*$", re.DOTALL | re.MULTILINE)


class Play(NamedTuple):
    """A picture: the module that moves it, the notebook that it stands in, before which heading, and its markdown.

    write: given the words of the edition; a picture whose texts are not translated yet says them in English.
    """

    module: str
    notebook: str
    before: str
    write: Callable[[Words], str]


def written(
    module: str, text: str, content: str, data: Mapping[str, str] | None = None, words: Words = IN_ENGLISH
) -> str:
    """The markdown of a picture: a text, a box that can be read without scripts, and the module below it.

    data: what the module finds as `box.dataset`, by names of small letters.
    """
    given = "".join(f' data-{name}="{html.escape(value)}"' for name, value in (data or {}).items())
    box = f'<div class="play" id="play-{module}"{given}>\n{content}\n</div>'
    above = f"**{words.say('To play with.')}** {text}"
    return f"{marked(above) if words.direction == 'rtl' else above}\n\n{box}\n{script(module)}"


def script(module: str) -> str:
    """A module as a script in the page, with all that it imports; without comments and empty lines."""
    source = "\n".join(parts(MODULES / f"{module}.js").values())
    lines = "\n".join(line for line in _COMMENT.sub("", source).splitlines() if line.strip())
    return f'<script>(() => {{\n{lines}\nplay(document.getElementById("play-{module}"));\n}})();</script>'
