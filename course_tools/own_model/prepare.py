"""Stories made ready for training: a tokenizer and one token file for each split."""

from pathlib import Path
from typing import NamedTuple

from course_lib.corpus import load_stories
from course_lib.data import TokenFile, write_tokens
from course_lib.data.token_file import MAX_VOCAB_SIZE
from course_lib.tokenization import END_OF_TEXT, bpe, save_tokenizer, train_tokenizer

TOKENIZER_FILE = "tokenizer.json"
TRAIN, VALIDATION = "train", "validation"
FEW_STORIES = 2_000  # of the validation split: enough for a loss with two digits behind the point


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


def validation_of(n: int) -> int:
    """How many validation stories go with n for training: as many if they are few, a tenth if they are many."""
    return min(n, max(FEW_STORIES, n // 10))


def prepare(
    folder: str | Path, *, source: str | None = None, n: int | None = None, vocab_size: int = 10_000
) -> Prepared:
    """Train a tokenizer on the training stories of `source` and write both splits as token files into `folder`.

    source: see `corpus.load_stories`.   n: take only the first n training stories; see `validation_of`.
    vocab_size: V, the tokenizer's; less if the stories have not enough to merge.
    Raises ValueError or FileNotFoundError, before anything is written, if there are no such stories.
    """
    folder = Path(folder)
    require_room(vocab_size)
    wanted = {TRAIN: n, VALIDATION: n if n is None else validation_of(n)}
    stories = {split: load_stories(source, split=split, n=wanted[split]) for split in wanted}
    tokenizer = train_tokenizer((row["text"] for row in stories[TRAIN]), vocab_size=vocab_size)
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(tokenizer, folder / TOKENIZER_FILE)
    train, validation = (write_tokens(stories[split], tokenizer, folder / f"{split}.bin") for split in stories)
    return Prepared(folder / TOKENIZER_FILE, train, validation)
