"""Text that students chose, made fit for files and pages."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they show code in another order than it runs
NAME_BYTES = 80  # of an id or a full name in the name of a file, which may have 255 with all that is around it
NAME_CHARACTERS = 40  # of a full name before the id: the file's name has to fit
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that Windows keeps for itself
_DIGITS = re.compile(r"-[0-9a-f]{8}$", re.IGNORECASE)  # what `file_names` puts behind a name


def visible(text: str) -> str:
    """The text with characters replaced that no file or page can hold, or that hide what stands there."""
    return "".join(
        character if character in "\n\t" or not _hidden(character) else REPLACEMENT
        for character in text.replace("\r\n", "\n")
    )


def one_line(text: str) -> str:
    """The text for a terminal: in one line, whatever is in it, and without what a terminal would obey."""
    return visible(text).replace("\n", REPLACEMENT).replace("\t", " ")


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number with what it counts: "1 mark", "2 marks". plural: where it is more than an s."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def _hidden(character: str) -> bool:
    return character in TURNING or unicodedata.category(character) in ("Cc", "Cs")


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A name for a file or folder for each name of a student, none twice, whatever the system makes of capitals.

    A name that ends as if it had digits of ours behind it gets its own: it could be what another's name becomes.
    """
    chosen = {name: _plain(name) for name in names}
    count = Counter(plain.casefold() for plain in chosen.values())
    kept = {n for n, plain in chosen.items() if plain == n and count[plain.casefold()] == 1 and not _DIGITS.search(n)}
    return {name: plain if name in kept else f"{plain}-{_digest(name)}" for name, plain in chosen.items()}


def page_names(named: Mapping[str, str]) -> dict[str, str]:
    """A name for a file for each student by id, as `file_names` gives it, with the full name before it if there is one.

    named: the full name by id, or the id again. So a page is found by the name, and still is one student's alone.
    """
    own = file_names(named)
    chosen = {
        student: own[student] if name == student else f"{_cut(_plain(name)[:NAME_CHARACTERS])}-{own[student]}"
        for student, name in named.items()
    }
    count = Counter(text.casefold() for text in chosen.values())
    return {one: text if count[text.casefold()] == 1 else f"{text}-{_digest(one)}" for one, text in chosen.items()}


def _plain(name: str) -> str:
    plain = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFC", name)).strip("._") or "student"
    return f"_{plain}" if _RESERVED.fullmatch(plain) else _cut(plain)


def _cut(text: str) -> str:
    """As much of a name as has room in a file's: systems count bytes, of which a letter has up to four."""
    return text.encode(errors="replace")[:NAME_BYTES].decode(errors="ignore")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]


def answer_digest(source: str) -> str:
    """Eight hexadecimal digits that change when an answer does."""
    return _digest(source)
