"""Stories from a file or a folder: .txt, .jsonl or .parquet."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from course_lib.corpus.splits import split_of

END_OF_TEXT = "<|endoftext|>"  # the line between two stories in the text files of TinyStories
HELD_OUT = 0.05  # share of the stories kept for validation where the files do not say which these are
FORMATS = (".txt", ".jsonl", ".parquet")
_VALIDATION_NAME = re.compile(r"(?:^|[^a-z])(?:valid|validation|val|dev|test)(?:[^a-z]|$)", re.IGNORECASE)
_PARQUET_ROWS = 10_000  # read at a time
LONGEST_RUN = 10_000  # characters: learning merges takes a time that grows with the square of a word's length
_RUNS = re.compile(r"[^\W\d_]+|\d+|\s+|(?:[^\w\s]|_)+")  # what a tokenizer makes words of


def read_stories(source: Path, split: str, n: int | None) -> list[str]:
    """At most n stories of one split of a file or folder, in the order in which they stand there.

    A single file has no splits of its own, so 5 % of its stories, chosen by a hash of their text, are "validation" and
    the others "train". In a folder, files with "validation", "valid", "val", "dev" or "test" as a word of their name
    are the validation split and all others the training split; if no name says so, the 5 % are held out as for a file.
    Hidden files are passed over, such as the ._… that a Mac leaves on other disks, and so are stories of nothing but
    white space.

    Raises FileNotFoundError if there is nothing at `source`, and ValueError if there is no story in it for this split
    or it cannot be read: a format other than .txt, .jsonl and .parquet, text that is not UTF-8, a line that is not
    JSON, no column or field `text`, one sign after another without an end. It names the file, and the line or row.
    """
    files = _files_of(source)
    named_validation = [file for file in files if source.is_dir() and _VALIDATION_NAME.search(file.stem)]
    if named_validation:
        chosen = named_validation if split == "validation" else [file for file in files if file not in named_validation]
        if not chosen:
            raise ValueError(f"{source} has no {split} file: {_names(files)} are all validation files by their names")
        stories = _read(chosen)
    else:
        stories = (text for text in _read(files) if split_of(text, HELD_OUT) == split)
    found = list(islice(stories, n))
    if not found:
        raise ValueError(_why_nothing(source, files, split, held_out=not named_validation))
    return found


def _files_of(source: Path) -> list[Path]:
    if not source.exists():
        raise FileNotFoundError(f"there is no file or folder {source}")
    if source.is_file():
        if source.suffix not in FORMATS:
            raise ValueError(f"{source} ends in {source.suffix!r}; stories are read from {', '.join(FORMATS)}")
        return [source]
    inner = source / "data"  # where the files of a data set lie in a copy of its repository on the hub
    for folder in (inner, source):
        files = sorted(file for file in folder.glob("[!.]*") if file.is_file() and file.suffix in FORMATS)
        if len({file.suffix for file in files}) > 1:
            raise ValueError(f"{folder} mixes formats: {_names(files)}; keep those of one format in it")
        if files:
            return files
    raise ValueError(f"the folder {source} has no {', '.join(FORMATS)} file in it")


def _names(files: list[Path]) -> str:
    shown = ", ".join(file.name for file in files[:5])
    return f"{shown}, …" if len(files) > 5 else shown


def _why_nothing(source: Path, files: list[Path], split: str, held_out: bool) -> str:
    texts = Counter(_read(files))
    if not texts:
        return f"{source} is empty: no story in {_names(files)}"
    if not held_out:
        return f"{source} has no story for {split!r}"
    stories = f"{texts.total()} stories in {source}"
    if texts.total() > len(texts):
        stories += f" ({len(texts)} different ones)"
    between = f" In a .txt file a blank line stands between two stories, or {END_OF_TEXT}."
    return (
        f"none of the {stories} belongs to {split!r}: {HELD_OUT:.0%} of the texts, chosen by a hash, are held out for "
        f"validation. Use more texts, or a folder with a train and a validation file."
        f"{between if files[0].suffix == '.txt' else ''}"
    )


def _read(files: list[Path]) -> Iterator[str]:
    readers = {".txt": _read_txt, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    for file in files:
        for place, text in readers[file.suffix](file):
            if text.strip():
                _check(text, f"{file}, {place}")
                yield text


def _check(text: str, where: str) -> None:
    """Raise ValueError, saying where, if no tokenizer could learn from the story in good time."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{where}: half a surrogate pair, {text[error.start]!a}, at character {error.start + 1} of the story, "
            "which is not a character; write the whole one, or take it out"
        ) from None
    if "\0" in text:
        raise ValueError(f"{where}: a zero byte, so this is not text in UTF-8; save the file as UTF-8")
    require_short_words(text, where)


def require_short_words(text: str, where: str) -> None:
    """Raise ValueError, saying where, if something in it is one word to a tokenizer and too long to learn from."""
    if len(text) <= LONGEST_RUN:
        return
    for run in _RUNS.finditer(text):
        if len(run[0]) > LONGEST_RUN:
            raise ValueError(
                f"{where}: {len(run[0]):,} characters in a row that are one word to a tokenizer ({run[0][:10]!r} …), "
                f"and at most {LONGEST_RUN:,} are read; shorten them, or take the story out"
            )


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file, numbered from 1, with one kind of line end and without a byte-order mark."""
    with file.open("rb") as raw:
        for number, line in enumerate(raw, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{file}, line {number}: not UTF-8 text (byte 0x{line[error.start]:02x} at position "
                    f"{error.start + 1}); save the file as UTF-8"
                ) from None
            yield number, text.replace("\r\n", "\n")


def _read_txt(file: Path) -> Iterator[tuple[str, str]]:
    """Stories between marks of `<|endoftext|>`; in a file without any such mark, between blank lines."""
    marked = any(END_OF_TEXT in line for _, line in _lines(file))
    story: list[str] = []
    begin = 0  # the line of its first word
    for number, line in _lines(file):
        pieces = line.split(END_OF_TEXT) if marked or line.strip() else ["", ""]
        for place, piece in enumerate(pieces):
            if place > 0:
                yield f"line {begin}", "".join(story).strip()
                story, begin = [], 0
            if not begin and piece.strip():
                begin = number
            story.append(piece)
    yield f"line {begin}", "".join(story).strip()


def _read_jsonl(file: Path) -> Iterator[tuple[str, str]]:
    for number, line in _lines(file):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{file}, line {number}: not JSON ({error.msg} at column {error.colno})") from None
        if not isinstance(row, dict):
            raise ValueError(
                f"{file}, line {number}: expected an object with the field 'text', got {line.strip()[:40]}"
            )
        if "text" not in row:
            raise ValueError(f"{file}, line {number}: no field 'text'; the fields are {_fields(row)}")
        if not isinstance(row["text"], str):
            raise ValueError(f"{file}, line {number}: 'text' is a {type(row['text']).__name__}, not a string")
        yield f"line {number}", row["text"]


def _read_parquet(file: Path) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        parquet = pq.ParquetFile(file)
        if "text" not in parquet.schema_arrow.names:
            raise ValueError(f"{file} has no column 'text'; its columns are {_fields(parquet.schema_arrow.names)}")
        for batch in parquet.iter_batches(_PARQUET_ROWS, columns=["text"]):
            for value in batch.column("text"):
                row += 1
                text = value.as_py()
                if not isinstance(text, str):
                    raise ValueError(f"{file}: the column 'text' holds a {type(text).__name__}, not only strings")
                yield f"row {row}", text
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}, row {row}: not UTF-8 text ({error.reason})") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{file} is not a parquet file: {error}") from None


def _fields(names: object) -> str:
    return ", ".join(repr(str(name)) for name in names) if names else "none"  # type: ignore[attr-defined]
