"""Messages and docstrings say what a thing is not, as English does: "is not a notebook", never "is no notebook"."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FINE = r"longer\b|more\b|other\b|others\b|better\b|larger\b|warm-up\b|batch\b"  # "there may be no warm-up"
INVERTED = re.compile(rf"(?<![Tt]here )\b(is|are|was|were|be) no (?!{FINE})[`a-zA-Z]+")
TOLD = ("plots",)  # stories have voices of their own


def inverted(source: str) -> list[str]:
    """What the comments and the texts of a module say the wrong way round; a text over several lines is read as one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = [token.string for token in tokens if token.type in (tokenize.COMMENT, tokenize.STRING)]
    return [match[0] for text in said for match in INVERTED.finditer(" ".join(text.split()))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""A file that is no notebook."""', ["is no notebook"]),
        ("raise ValueError(f'{path} is no JSON')", ["is no JSON"]),
        ("x = 1  # bytes that are\n# no UTF-8", []),  # a comment is read line by line
        ('"""Bytes that are\n    no UTF-8."""', ["are no UTF"]),
        ("raise ValueError(f'there is no folder {name}')", []),
        ("x = 1  # it is no longer needed, and no more", []),
        ("x = 1  # it has no name", []),
    ],
)
def test_the_reading_below_knows_an_inverted_negation(text: str, found: list[str]) -> None:
    assert inverted(text) == found


def test_nothing_is_said_to_be_no_such_thing() -> None:
    files = [path for package in ("course_lib", "course_tools") for path in (ROOT / package).rglob("*.py")]
    plain = [path for path in files if not {*TOLD} & {*path.parts}]
    found = {str(path.relative_to(ROOT)): inverted(path.read_text("utf-8")) for path in plain}
    assert {name: texts for name, texts in found.items() if texts} == {}
