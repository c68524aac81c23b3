"""Stories are told once: the many that a lesson asks for are kept in the cache, and read the next time.

What is kept is found by a digest of the generator itself, so that a change of its words or plots is never answered
with old stories. A file is whole or not there. Where nothing can be written, stories are told anew each time.
"""

import hashlib
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.corpus.generator import generate
from course_lib.corpus.hub import cache_folder
from course_lib.show.progress import bar
from course_lib.util.files import replacing

if TYPE_CHECKING:
    from datasets import Dataset

KEPT_FROM = 5_000  # stories; fewer are told as quickly as they are read
FOLDER = "course-stories"  # in the cache
KEPT_OF_OTHERS = 4  # files: of a course of another version beside this one, which may still be in use


def told(split: str, n: int) -> "Dataset":
    """The first n stories of a split, with the columns `text` and `log_probability`, told or read."""
    if n < KEPT_FROM:
        return _tell(split, n)
    try:
        path = cache_folder() / FOLDER / f"{split}-{n}-{generator_digest()}.parquet"
    except FileNotFoundError:  # no home
        return _tell(split, n)
    kept = _read(path, n)
    if kept is not None:
        return kept
    stories = _tell(split, n)
    with suppress(OSError):  # read-only, or full: the stories are there all the same
        _keep(stories, path)
    return stories


def _keep(stories: "Dataset", path: Path) -> None:
    """Write them, and remove what earlier generators told, but for the files that were made last."""
    import pyarrow.parquet as pq

    with replacing(path) as unfinished:
        pq.write_table(stories.data.table, unfinished)
    others = [file for file in path.parent.glob("*.parquet") if generator_digest() not in file.name]
    for old in sorted(others, key=lambda file: file.stat().st_mtime)[:-KEPT_OF_OTHERS]:
        old.unlink()


@cache
def generator_digest() -> str:
    """Sixteen letters that change whenever a file of the generator changes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _tell(split: str, n: int) -> "Dataset":
    from datasets import Dataset  # 0.9 s to import: only when stories are really asked for

    stories = islice(generate(split), n)
    watched = bar(stories, description="telling stories", total=n, unit="story") if n >= KEPT_FROM else stories
    all_told = list(watched)
    columns = {"text": [s.text for s in all_told], "log_probability": [s.log_probability for s in all_told]}
    return Dataset.from_dict(columns)


def _read(path: Path, n: int) -> "Dataset | None":
    """What was kept; None if there is nothing, or nothing that can be used."""
    import pyarrow.parquet as pq
    from datasets import Dataset

    try:
        if not path.is_file():
            return None
        table = pq.read_table(path)
    except Exception:  # cut off or changed by hand, and pyarrow has many errors for it: told anew, and replaced
        return None
    return Dataset(table) if table.num_rows == n and {"text", "log_probability"} <= set(table.column_names) else None
