"""Requests made from a story's own choices: "Tell a story about Lily, a kite and patience." """

from collections.abc import Mapping
from typing import NamedTuple

from course_lib.corpus import choices_of, choices_so_far, meets

ASKED = ("hero", "object", "lesson")  # the choices that a request names
BARE = ("sandcastle",)  # plots whose object is many things: "shells"
DOING = ("skill",)  # plots whose object is something to do: "ride a bike"


class Request(NamedTuple):
    """What is asked for: the words, and the choices that they name."""

    text: str
    given: dict[str, str]


def request_for(choices: Mapping[str, str]) -> Request:
    """The request that a story with these choices (see `corpus.choices_of`) would meet."""
    given = {name: choices[name] for name in ASKED}
    thing = _in_words(given["object"], choices["plot"])
    return Request(f"Tell a story about {given['hero']}, {thing} and {given['lesson']}.", given)


def _in_words(thing: str, plot: str) -> str:
    if plot in BARE:
        return thing
    if plot in DOING:
        return f"how to {thing}"
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def request_of(story: str) -> Request:
    """The request that a story meets. Raises ValueError for a text that the generator cannot have told."""
    choices = choices_of(story)
    if choices is None:
        raise ValueError(f"no story of the generator, so nobody can have asked for it: {story[:60]!r} …")
    return request_for(choices)


class Verdict(NamedTuple):
    """Of a story that answers a request: is it possible at all, and does it name what was asked for?

    told: the choices asked for that the story has made as they were asked for, up to its first impossible word.
    """

    possible: bool
    met: bool
    told: frozenset[str]


def judge_answer(story: str, given: Mapping[str, str]) -> Verdict:
    """Read a story with the generator's own parser. A request is met by a possible story that makes all choices."""
    choices = choices_of(story)
    so_far = choices_so_far(story) if choices is None else choices
    told = frozenset(name for name, value in given.items() if so_far.get(name) == value)
    return Verdict(choices is not None, meets(choices, given), told)
