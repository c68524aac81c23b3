"""Stories made ready for training: a tokenizer and one token file for each split."""

from pathlib import Path
from typing import NamedTuple

from course_lib.corpus import load_stories
from course_lib.data import TokenFile, write_tokens
from course_lib.data.token_file import MAX_VOCAB_SIZE
from course_lib.tokenization import END_OF_TEXT, bpe, save_tokenizer, train_tokenizer

TOKENIZER_FILE = "tokenizer.json"
TRAIN, VALIDATION = "train", "validation"


def require_room(vocab_size: int) -> None:
    """Raise ValueError if no tokenizer, or no token file, can have so many tokens."""
    bpe.require_room(vocab_size, [END_OF_TEXT], min_frequency=2)
    if vocab_size > MAX_VOCAB_SIZE:
        raise ValueError(f"vocab_size must be at most {MAX_VOCAB_SIZE:,}, the ids of two bytes; got {vocab_size:,}")


class Prepared(NamedTuple):
    """What `prepare` has written."""

    tokenizer: Path
    train: TokenFile
    validation: TokenFile


def prepare(
    folder: str | Path, *, source: str | None = None, n: int | None = None, vocab_size: int = 10_000
) -> Prepared:
    """Train a tokenizer on the training stories of `source` and write both splits as token files into `folder`.

    source: see `corpus.load_stories`.   n: take only the first n stories of each split.
    vocab_size: V, the tokenizer's; less if the stories have not enough to merge.
    Raises ValueError or FileNotFoundError, before anything is written, if there are no such stories.
    """
    folder = Path(folder)
    require_room(vocab_size)
    stories = {split: load_stories(source, split=split, n=n) for split in (TRAIN, VALIDATION)}
    tokenizer = train_tokenizer((row["text"] for row in stories[TRAIN]), vocab_size=vocab_size)
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(tokenizer, folder / TOKENIZER_FILE)
    train, validation = (write_tokens(stories[split], tokenizer, folder / f"{split}.bin") for split in stories)
    return Prepared(folder / TOKENIZER_FILE, train, validation)
