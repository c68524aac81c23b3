"""TinyStories from the Hugging Face hub, through `datasets`.

Eldan and Li 2023, "TinyStories: How small can language models be and still speak coherent English?": 2,119,719
training and 21,990 validation stories.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from course_lib.show.progress import is_quiet

if TYPE_CHECKING:
    from datasets import Dataset

TINYSTORIES = "roneneldan/TinyStories"
PATIENCE = 5.0  # seconds to wait for the hub's first answer; `datasets` alone would go on trying for half a minute


def cache_folder() -> Path:
    """Where downloads are kept: the environment's COURSE_CACHE, or the folder that `datasets` uses anyway.

    Raises FileNotFoundError, with the remedy, if that is in a home folder, and this user has none.
    """
    chosen = os.environ.get("COURSE_CACHE") or os.environ.get("HF_DATASETS_CACHE")
    folder = Path(chosen) if chosen else Path(os.environ.get("HF_HOME", "~/.cache/huggingface")) / "datasets"
    try:
        return folder.expanduser()
    except RuntimeError:
        raise FileNotFoundError(
            f"{folder} cannot be found: HOME is not set, and this user has no account that says where it is; "
            "set HOME, or COURSE_CACHE, to a folder that you may write to"
        ) from None


def load_tinystories(split: str, n: int | None) -> "Dataset":
    """The hub's TinyStories: from the local cache if it is there, streamed if only n stories are asked for, or whole.

    Raises ConnectionError, within seconds, if it is not in the cache and the hub cannot be reached.
    """
    cached = _from_cache(TINYSTORIES, split)
    if cached is not None:
        return cached if n is None else cached.select(range(min(n, len(cached))))
    reason = why_unreachable(hub_address(), PATIENCE)
    if reason is None:
        try:
            return load(TINYSTORIES, split, n)
        except (OSError, RuntimeError) as error:  # what datasets, huggingface_hub and httpx raise on the way
            reason = f"{type(error).__name__}: {error}"
    raise ConnectionError(
        f"TinyStories cannot be had from {hub_address()} ({reason}), and it is not in the local cache. "
        'Without network, use the built-in stories, load_stories("sample"), or a path to a file of stories'
    )


def load(path: str, split: str, n: int | None, data_files: dict[str, str] | None = None) -> "Dataset":
    """What `datasets.load_dataset` finds at `path`, whole or only its first n rows, without reading further.

    path: a data set on the hub, or a format such as "parquet" with `data_files` for each split.
    """
    from datasets import Dataset, load_dataset

    with _quiet_datasets():
        if n is None:
            whole = load_dataset(path, split=split, data_files=data_files, cache_dir=str(cache_folder()))
            return whole.select_columns(["text"])
        rows = load_dataset(path, split=split, data_files=data_files, streaming=True).take(n)
        return Dataset.from_dict({"text": [row["text"] for row in rows]})


def hub_address() -> str:
    """Where the hub is: the environment's HF_ENDPOINT, or its own address."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def why_unreachable(url: str, patience: float) -> str | None:
    """Why nothing answers at `url` within `patience` seconds, or None if something does, be it an error page."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "HF_HUB_OFFLINE is set"
    answer: list[str | None] = []

    def ask() -> None:
        try:
            urlopen(Request(url, method="HEAD"), timeout=patience).close()
            answer.append(None)
        except HTTPError:
            answer.append(None)
        except (URLError, OSError, ValueError) as error:
            answer.append(str(getattr(error, "reason", error)))

    # In a thread, because looking up a name has no timeout of its own.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    return answer[0] if answer else f"no answer in {patience:.0f} seconds"


def _from_cache(path: str, split: str) -> "Dataset | None":
    """The data set as an earlier download has left it on this machine, or None."""
    import datasets

    offline = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = True
    try:
        with _quiet_datasets():
            return datasets.load_dataset(path, split=split, cache_dir=str(cache_folder()))
    except (OSError, ValueError):  # not in the cache, or only another split of it
        return None
    finally:
        datasets.config.HF_HUB_OFFLINE = offline


@contextmanager
def _quiet_datasets() -> Iterator[None]:
    """Without the bars of `datasets` where the course is asked to be quiet."""
    import datasets

    silenced = is_quiet() and not datasets.are_progress_bars_disabled()
    if silenced:
        datasets.disable_progress_bars()
    try:
        yield
    finally:
        if silenced:
            datasets.enable_progress_bars()
