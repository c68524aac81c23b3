"""Stories from a file or a folder: .txt, .jsonl or .parquet."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from course_lib.corpus.splits import split_of

END_OF_TEXT = "<|endoftext|>"  # the line between two stories in the text files of TinyStories
HELD_OUT = 0.05  # share of the stories kept for validation where the files do not say which these are
FORMATS = (".txt", ".jsonl", ".parquet")
_VALIDATION_NAME = re.compile(r"(?:^|[^a-z])(?:valid|validation|val|dev|test)(?:[^a-z]|$)", re.IGNORECASE)
_PARQUET_ROWS = 10_000  # read at a time


def read_stories(source: Path, split: str, n: int | None) -> list[str]:
    """At most n stories of one split of a file or folder, in the order in which they stand there.

    A single file has no splits of its own, so 5 % of its stories, chosen by a hash of their text, are "validation" and
    the others "train". In a folder, files with "validation", "valid", "val", "dev" or "test" as a word of their name
    are the validation split and all others the training split; if no name says so, the 5 % are held out as for a file.

    Raises FileNotFoundError if there is nothing at `source`, and ValueError if there is no story in it for this split
    or it cannot be read: a format other than .txt, .jsonl and .parquet, text that is not UTF-8, a line that is not
    JSON, no column or field `text`.
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
        files = sorted(file for file in folder.glob("*") if file.is_file() and file.suffix in FORMATS)
        if len({file.suffix for file in files}) > 1:
            raise ValueError(f"{folder} mixes formats: {_names(files)}; keep those of one format in it")
        if files:
            return files
    raise ValueError(f"the folder {source} has no {', '.join(FORMATS)} file in it")


def _names(files: list[Path]) -> str:
    shown = ", ".join(file.name for file in files[:5])
    return f"{shown}, …" if len(files) > 5 else shown


def _why_nothing(source: Path, files: list[Path], split: str, held_out: bool) -> str:
    stories = sum(1 for _ in _read(files))
    if stories == 0:
        return f"{source} is empty: no story in {_names(files)}"
    if not held_out:
        return f"{source} has no story for {split!r}"
    return (
        f"none of the {stories} stories in {source} belongs to {split!r}: {HELD_OUT:.0%} of them, chosen by a hash, "
        f"are held out for validation. Use more stories, or a folder with a train and a validation file"
    )


def _read(files: list[Path]) -> Iterator[str]:
    readers = {".txt": _read_txt, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    for file in files:
        yield from readers[file.suffix](file)


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


def _read_txt(file: Path) -> Iterator[str]:
    """Stories between lines of `<|endoftext|>`; in a file without any such line, between blank lines."""
    marked = any(line.strip() == END_OF_TEXT for _, line in _lines(file))
    border = END_OF_TEXT if marked else ""
    story: list[str] = []
    for _, line in _lines(file):
        if line.strip() == border:
            yield from _finished(story)
            story = []
        else:
            story.append(line)
    yield from _finished(story)


def _finished(lines: list[str]) -> Iterator[str]:
    if text := "".join(lines).strip():
        yield text


def _read_jsonl(file: Path) -> Iterator[str]:
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
        yield row["text"]


def _read_parquet(file: Path) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{file} is not a parquet file: {error}") from None
    if "text" not in parquet.schema_arrow.names:
        raise ValueError(f"{file} has no column 'text'; its columns are {_fields(parquet.schema_arrow.names)}")
    for batch in parquet.iter_batches(_PARQUET_ROWS, columns=["text"]):
        for text in batch.column("text").to_pylist():
            if not isinstance(text, str):
                raise ValueError(f"{file}: the column 'text' holds a {type(text).__name__}, not only strings")
            yield text


def _fields(names: object) -> str:
    return ", ".join(repr(str(name)) for name in names) if names else "none"  # type: ignore[attr-defined]
