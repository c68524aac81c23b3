"""What the statements of the exercises promise, and an answer for each promise that breaks it alone.

A module of a topic's name holds two tables by exercise. `PROMISES`: words of the statement, an answer that breaks what
they say and is right otherwise, and words of what it is told. `FREE`: words of the statement that leave something open,
and an answer that makes use of it. In an answer `right` is the exercise's own reference.
"""

from typing import NamedTuple


class Promise(NamedTuple):
    """words: quoted from the statement.   answer: breaks what they say.   told: words of the report on it."""

    words: str
    answer: str
    told: str


class Freedom(NamedTuple):
    """words: quoted from the statement.   answer: a right one that makes use of what they leave open."""

    words: str
    answer: str
