"""A catalogue: gettext's PO, keyed by the English text with its place as context, read and written by polib."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import polib

from course_lib.util.files import write_text

ALIKE = 0.6  # share of a sentence that must be left for its translation to be kept, marked as fuzzy
WIDTH = 116  # columns of a PO file
FUZZY = "fuzzy"
_KEPT = re.compile(r"\$\$.*?\$\$|\$[^$]+\$|`[^`]+`|\]\([^)]*\)", re.DOTALL)  # formulas, code and addresses
_PLACEHOLDER = re.compile(r"\{\d+\}")


class Text(NamedTuple):
    """An English text, its place and what its placeholders stand for."""

    place: str
    english: str
    comment: str = ""


class State(NamedTuple):
    """How many texts of a catalogue are translated, fuzzy, missing; stale: translations whose text is gone."""

    translated: int
    fuzzy: int
    missing: int
    stale: int

    def __str__(self) -> str:
        total = self.translated + self.fuzzy + self.missing
        share = self.translated / total if total else 1
        return f"{share:4.0%} of {total} translated, {self.fuzzy} fuzzy, {self.missing} missing, {self.stale} stale"


class Catalogue:
    """One PO file."""

    def __init__(self, path: Path, language: str) -> None:
        self.path = path
        try:
            self._po = polib.pofile(str(path), wrapwidth=WIDTH) if path.is_file() else polib.POFile(wrapwidth=WIDTH)
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} is not a catalogue that polib can read: {error}") from None
        self._po.metadata = {
            "Language": language,
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": "8bit",
        }

    def lookup(self) -> dict[tuple[str, str], str]:
        """What may be shown, by place and English text: neither fuzzy nor empty."""
        return {
            (entry.msgctxt or "", entry.msgid): entry.msgstr
            for entry in self._po
            if entry.msgstr and not entry.obsolete and not entry.fuzzy
        }

    def update(self, texts: Iterable[Text]) -> None:
        """Bring the entries into line with the texts: new ones come in, a changed one becomes fuzzy."""
        old = {(entry.msgctxt or "", entry.msgid): entry for entry in self._po}
        texts = list(texts)
        wanted = {(text.place, text.english) for text in texts}
        gone = [entry for key, entry in old.items() if key not in wanted and entry.msgstr]
        entries = []
        for text in texts:
            entry = old.get((text.place, text.english)) or _new(text, gone)
            entry.obsolete = False
            entry.comment = text.comment
            entries.append(entry)
        for entry in gone:
            entry.obsolete = True
        self._po[:] = [*entries, *gone]

    def state(self, place: str = "") -> State:
        """The counts, of the texts whose place begins with `place`."""
        entries = [entry for entry in self._po if (entry.msgctxt or "").startswith(place)]
        current = [entry for entry in entries if not entry.obsolete]
        fuzzy = sum(entry.fuzzy for entry in current)
        translated = sum(bool(entry.msgstr) and not entry.fuzzy for entry in current)
        return State(translated, fuzzy, len(current) - fuzzy - translated, len(entries) - len(current))

    def problems(self) -> list[str]:
        """What translations lost of their text, or added to it: formulas, code, addresses, placeholders."""
        found = []
        for entry in self._po:
            if entry.obsolete or entry.fuzzy or not entry.msgstr:
                continue
            english, translated = set(_KEPT.findall(entry.msgid)), set(_KEPT.findall(entry.msgstr))
            added = translated - english if "`" not in "".join(translated - english) else set()
            unknown = set(_PLACEHOLDER.findall(entry.msgstr)) - set(_PLACEHOLDER.findall(entry.msgid))
            for piece in sorted((english - translated) | added | unknown):
                found.append(f"{self.path.name}: {piece!r} is not in both {entry.msgid[:60]!r} and its translation")
        return found

    def save(self) -> None:
        """Write the file."""
        write_text(self.path, str(self))

    def __str__(self) -> str:
        return f"{self._po}".rstrip("\n") + "\n"


def _new(text: Text, gone: list[polib.POEntry]) -> polib.POEntry:
    """An entry without a translation, or with that of a vanished text that is much like it, which it takes over."""
    entry = polib.POEntry(msgctxt=text.place, msgid=text.english)
    near = [(_likeness(text, other), -number) for number, other in enumerate(gone)]
    likeness, number = max(near, default=(0.0, 0))
    if likeness >= ALIKE:
        other = gone.pop(-number)
        entry.msgstr, entry.previous_msgid = other.msgstr, other.msgid
        entry.flags.append(FUZZY)
    return entry


def _likeness(text: Text, other: polib.POEntry) -> float:
    same_text = other.msgid == text.english  # it only stands elsewhere now
    return 1.0 if same_text else SequenceMatcher(None, text.english, other.msgid, autojunk=False).ratio()
