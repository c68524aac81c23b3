"""Writing a token file: stories in groups, encoded on several cores, in order.

Ids and header are written under other names and renamed when complete, so a write that is interrupted leaves the old
file as it was.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import tiktoken
from jaxtyping import UInt16
from tokenizers import Tokenizer

from course_lib.data.encode import as_encoding, encode_stories, fingerprint
from course_lib.data.token_file import DTYPE, MAX_VOCAB_SIZE, TokenFile, TokenHeader, header_path, open_tokens
from course_lib.show.progress import bar
from course_lib.tokenization import BPETokenizer
from course_lib.util.files import replacing
from course_lib.util.machine import available_cores

if TYPE_CHECKING:
    import datasets

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

CHUNK_CHARACTERS = 256 * 1024  # encoded in one call
ROWS_READ = 256  # stories taken from a datasets.Dataset at a time
MAX_WORKERS = 16  # more would wait for the one that reads and writes, and hold more chunks in memory


def write_tokens(
    stories: "Iterable[str] | datasets.Dataset",
    tokenizer: Tokenizer | BPETokenizer | tiktoken.Encoding,
    path: str | Path,
    num_proc: int | None = None,
) -> TokenFile:
    """Encode stories into one token file, an end-of-text token before each, and open it.

    stories: strings, or a `datasets.Dataset` with the column `text`.   num_proc: cores that encode at once, all if
    None. They are threads, since tiktoken works outside Python's lock: the file is the same for any number of them.

    Memory holds a few chunks of text at a time, whatever the size of the corpus. An existing file is replaced when
    the new one is complete. Raises ValueError if the vocabulary does not fit two bytes, there is no story, or a story
    is not valid Unicode; TypeError if a story is not a string.
    """
    encoding = as_encoding(tokenizer)
    if encoding.n_vocab > MAX_VOCAB_SIZE:
        raise ValueError(
            f"a vocabulary of {encoding.n_vocab:,} does not fit uint16, whose largest number is "
            f"{MAX_VOCAB_SIZE - 1:,}: larger ids would silently become other tokens. "
            f"Train with a vocab_size of at most {MAX_VOCAB_SIZE:,}"
        )
    workers = min(available_cores(), MAX_WORKERS) if num_proc is None else num_proc
    if workers < 1:
        raise ValueError(f"num_proc must be at least 1, got {num_proc}")
    path = Path(path)
    with replacing(header_path(path)) as unfinished_header, replacing(path) as unfinished:  # the tokens' first
        header = _write_ids(stories, encoding, unfinished, workers)
        unfinished_header.write_text(json.dumps(asdict(header), indent=2), encoding="utf-8")
    return open_tokens(path, verify=False)


def _write_ids(
    stories: "Iterable[str] | datasets.Dataset", encoding: tiktoken.Encoding, path: Path, workers: int
) -> TokenHeader:
    """Encode chunk after chunk, write the ids to `path`, and return the header that describes them."""
    num_tokens = num_stories = 0
    digest = hashlib.sha256()
    total = len(stories) if isinstance(stories, Sized) else None
    with open(path, "wb") as file, bar(description="Encoding", total=total, unit="story") as progress:
        for ids, stories_in_chunk in _in_order(partial(_encode_chunk, encoding), _chunks(stories), workers):
            file.write(ids.data)
            digest.update(ids.data)
            num_tokens += len(ids)
            num_stories += stories_in_chunk
            progress.update(stories_in_chunk)
    if num_stories == 0:
        raise ValueError("there are no stories to write")
    return TokenHeader(
        count=num_tokens,
        stories=num_stories,
        vocab_size=encoding.n_vocab,
        end_of_text=encoding.eot_token,
        tokenizer=fingerprint(encoding),
        sha256=digest.hexdigest(),
    )


def _encode_chunk(encoding: tiktoken.Encoding, chunk: tuple[int, list[str]]) -> tuple[UInt16[np.ndarray, " N"], int]:
    """The ids of a chunk's stories and how many stories these are; the chunk is (number of the first, stories)."""
    first, stories = chunk
    try:
        return encode_stories(encoding, stories).astype(DTYPE), len(stories)
    except UnicodeEncodeError as error:
        number = next(first + i for i, story in enumerate(stories) if not _is_unicode(story))
        raise ValueError(
            f"story {number} is not valid Unicode, it holds half of a surrogate pair ({error.reason}); clean it with "
            "story.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _chunks(stories: "Iterable[str] | datasets.Dataset") -> Iterator[tuple[int, list[str]]]:
    """Stories in groups of about CHUNK_CHARACTERS, with the number of the group's first story."""
    group: list[str] = []
    first = characters = 0
    for number, story in enumerate(_texts(stories)):
        if not isinstance(story, str):
            raise TypeError(f"story {number} is not text but {type(story).__name__}: {story!r:.80}")
        group.append(story)
        characters += len(story)
        if characters >= CHUNK_CHARACTERS:
            yield first, group
            group, first, characters = [], number + 1, 0
    if group:
        yield first, group


def _texts(stories: "Iterable[str] | datasets.Dataset") -> Iterator[str]:
    if isinstance(stories, str):
        raise TypeError("stories is one string; give a list of stories, [story], or a dataset with the column 'text'")
    if not hasattr(stories, "column_names"):
        yield from stories
        return
    dataset = cast("datasets.Dataset", stories)
    columns = dataset.column_names  # None if a streamed dataset does not know them yet
    if columns is not None and "text" not in columns:
        raise ValueError(f"the dataset must have the column 'text', it has {', '.join(columns)}")
    for rows in dataset.select_columns("text").iter(batch_size=ROWS_READ):
        yield from rows["text"]


def _in_order(work: Callable[[Chunk], Result], chunks: Iterable[Chunk], workers: int) -> Iterator[Result]:
    """`work(chunk)` for each chunk, in order, several at a time, never holding more than a few chunks."""
    if workers == 1:
        yield from map(work, chunks)
        return
    with ThreadPoolExecutor(workers) as pool:
        running: deque[Future[Result]] = deque()
        for chunk in chunks:
            running.append(pool.submit(work, chunk))
            if len(running) > workers + 1:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
