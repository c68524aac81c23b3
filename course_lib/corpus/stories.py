"""`load_stories`: one door to every source of stories."""

import difflib
import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.corpus.files import FORMATS, read_stories
from course_lib.corpus.hub import load_tinystories
from course_lib.corpus.splits import check_split
from course_lib.corpus.told import told
from course_lib.corpus.wild import wild

if TYPE_CHECKING:
    from datasets import Dataset

SOURCES = SAMPLE, WILD, TINYSTORIES = "sample", "wild", "tinystories"
SOURCE_VARIABLE = "COURSE_STORIES"  # in the environment: the source where none is given
SAMPLE_STORIES = {"train": 20_000, "validation": 2_000}  # of the built-in source, unless n says otherwise


def load_stories(source: str | Path | None = None, split: str = "train", n: int | None = None) -> "Dataset":
    """Stories as a `datasets.Dataset` with the column `text`, whatever the source.

    source: "sample", the built-in generator, which adds the column `log_probability` (nats, see `write_story`);
    "wild", the same stories after an accident, which adds the column `accident` (see `wild.ACCIDENTS`);
    "tinystories", the hub's `roneneldan/TinyStories`; or the path of a .txt, .jsonl or .parquet file or a folder of
    these. None takes the environment's COURSE_STORIES, or "sample".   split: "train" or "validation", which share no
    text.   n: at most so many stories; None takes all, of the endless built-in source 20,000 (2,000 for validation).

    The built-in stories are the same on every machine; the first n do not depend on n. Many are told once and kept in
    the cache folder (`cache_folder`).

    Raises ValueError for another split, n below 1, or a file that cannot be used; FileNotFoundError if there is no
    such source; ConnectionError, within seconds, if the hub is out of reach.
    """
    check_split(split)
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise ValueError(f"n must be a whole number from 1 on, or None for all stories, got {n!r}")
    source = source if source is not None else os.environ.get(SOURCE_VARIABLE) or SAMPLE
    if source == SAMPLE:
        return told(split, SAMPLE_STORIES[split] if n is None else n)
    if source == WILD:
        damaged = islice(wild(split), SAMPLE_STORIES[split] if n is None else n)
        texts, accidents = zip(*damaged, strict=True)
        return _dataset({"text": list(texts), "accident": list(accidents)})
    if source == TINYSTORIES:
        return load_tinystories(split, n)
    require_source(source)
    return _dataset({"text": read_stories(Path(source), split, n)})


def _dataset(columns: dict[str, list]) -> "Dataset":
    from datasets import Dataset  # 0.9 s to import: only when stories are really asked for

    return Dataset.from_dict(columns)


def require_source(source: str | Path) -> None:
    """Raise FileNotFoundError, with those there are, if no stories are called so: neither a source nor a path."""
    if source in SOURCES or Path(source).exists():
        return
    near = difflib.get_close_matches(str(source).lower(), SOURCES, n=1, cutoff=0.5)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    raise FileNotFoundError(
        f"there is no file, folder or source {str(source)!r}.{meant} "
        f'Sources are "{SAMPLE}", "{WILD}", "{TINYSTORIES}", or the '
        f"path of a {', '.join(FORMATS)} file or a folder of these"
    )
