"""Token files: two bytes per token, memory-mapped, with a small header beside that says what the numbers mean.

`stories.bin` holds the ids as little-endian uint16 and nothing else; `stories.bin.json` is its header. `token_writer`
writes them.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
import tiktoken
from jaxtyping import UInt16
from tokenizers import Tokenizer

from course_lib.data.encode import fingerprint
from course_lib.tokenization import BPETokenizer

FORMAT = "course tokens 1"
DTYPE = np.dtype("<u2")
MAX_VOCAB_SIZE = np.iinfo(DTYPE).max + 1  # ids 0 … 65,535
HEADER_SUFFIX = ".json"
_WRITE_AGAIN = "Write it again with write_tokens"


@dataclass(frozen=True)
class TokenHeader:
    """What the numbers in a token file mean, and how to tell that they are still the same.

    count: tokens.   stories: stories, each with one end-of-text token before it.   vocab_size: V.
    end_of_text: that token's id.   tokenizer: fingerprint of the vocabulary.   sha256: digest of the tokens.
    """

    count: int
    stories: int
    vocab_size: int
    end_of_text: int
    tokenizer: str
    sha256: str
    dtype: str = "uint16"
    format: str = FORMAT


@dataclass(frozen=True)
class TokenFile:
    """A token file, opened: `tokens` is a read-only map of it, of which memory holds only what is in use."""

    path: Path
    header: TokenHeader
    tokens: UInt16[np.ndarray, " N"]

    def __len__(self) -> int:
        return self.header.count

    def __reduce__(self) -> tuple[Callable, tuple]:
        # A worker process gets the path and maps the file itself, rather than a copy of all the tokens.
        return partial(open_tokens, verify=False), (self.path,)


def open_tokens(
    path: str | Path,
    tokenizer: Tokenizer | BPETokenizer | tiktoken.Encoding | None = None,
    *,
    verify: bool = True,
) -> TokenFile:
    """Map a token file into memory, after making sure that it is what its header says.

    tokenizer: if given, the file must have been written with this vocabulary.
    verify: read the file once and compare its digest, about a second for 1 GB.

    Raises FileNotFoundError if there is no such file, and ValueError, with the remedy, if it is truncated, changed,
    of another dtype or vocabulary, or was not written by `write_tokens`.
    """
    path = Path(path)
    header = _read_header(path)
    if tokenizer is not None and fingerprint(tokenizer) != header.tokenizer:
        raise ValueError(
            f"{path} was written with another vocabulary (fingerprint {header.tokenizer[:12]}) than the tokenizer "
            f"given (fingerprint {fingerprint(tokenizer)[:12]}): its ids would decode to other text. "
            "Load the tokenizer it was written with, or write it again with this one"
        )
    size = path.stat().st_size
    if size != header.count * DTYPE.itemsize:
        raise ValueError(
            f"{path} has {size:,} bytes, but its header promises {header.count:,} tokens of {DTYPE.itemsize} bytes "
            f"= {header.count * DTYPE.itemsize:,}: it is truncated or belongs to another header. {_WRITE_AGAIN}"
        )
    if verify:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != header.sha256:
            raise ValueError(f"the bytes of {path} are not those that its header describes. {_WRITE_AGAIN}")
    return TokenFile(path, header, np.memmap(path, dtype=DTYPE, mode="r"))


def header_path(path: Path) -> Path:
    """Where the header of the token file `path` is."""
    return path.with_name(path.name + HEADER_SUFFIX)


def _read_header(path: Path) -> TokenHeader:
    """The header beside the token file `path`, checked as far as it can be without the tokens."""
    its_header = header_path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no token file {path}; write one with write_tokens")
    if not its_header.exists():
        raise ValueError(f"{path} has no header {its_header.name} beside it. {_WRITE_AGAIN}")
    try:
        values = json.loads(its_header.read_text(encoding="utf-8"))
        foreign = values["format"] != FORMAT or values.keys() != {field.name for field in fields(TokenHeader)}
    except (ValueError, KeyError, TypeError):
        foreign = True
    if foreign:
        raise ValueError(f"{its_header} is not the header of a token file in the format {FORMAT!r}. {_WRITE_AGAIN}")
    header = TokenHeader(**values)
    if header.dtype != DTYPE.name:
        raise ValueError(f"{path} holds {header.dtype}, token files hold {DTYPE.name}. {_WRITE_AGAIN}")
    if header.vocab_size > MAX_VOCAB_SIZE or header.count < 1:
        raise ValueError(
            f"{its_header} speaks of {header.count:,} tokens of a vocabulary of {header.vocab_size:,}; a token file "
            f"holds at least 1 token, of a vocabulary of at most {MAX_VOCAB_SIZE:,}. {_WRITE_AGAIN}"
        )
    return header
