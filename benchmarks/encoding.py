"""Stories to a token file, against what one writes first: a loop of `.encode` that collects int64 arrays."""

import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from benchmarks.report import Measurement, extra_megabytes, speedup
from benchmarks.stories import take_stories
from course_lib.data import write_tokens
from course_lib.tokenization import load_tokenizer, save_tokenizer, train_tokenizer

MEGABYTES = 5  # of text
LARGE = 10  # times as much text, to see whether memory grows with it
LOOP = "a loop of .encode into int64 arrays"


def encode_in_a_loop(stories: Iterable[str], tokenizer: Tokenizer) -> list[np.ndarray]:
    """The baseline: one call, and one array of eight bytes per token, for each story."""
    return [np.array(tokenizer.encode(story).ids, dtype=np.int64) for story in stories]


def measure(runs: int) -> Iterator[Measurement]:
    """Time on one core and two, and the memory that it takes."""
    stories = take_stories(MEGABYTES)
    tokenizer = train_tokenizer(stories)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "stories.bin"
        written = np.array(write_tokens(stories, tokenizer, path).tokens)
        if not np.array_equal(written, np.concatenate(encode_in_a_loop(stories, tokenizer))):
            raise ValueError("the token file and the loop do not hold the same ids: nothing to compare")
        for cores, at_least in ((1, 6.0), (2, 10.0)):
            yield speedup(
                f"stories to a token file, {cores} core{'s' if cores > 1 else ''}",
                partial(write_tokens, stories, tokenizer, path, num_proc=cores),
                against=LOOP,
                baseline=partial(encode_in_a_loop, stories, tokenizer),
                runs=runs,
                at_least=at_least,
            )
        (folder / "stories.jsonl").write_text("".join(json.dumps(story) + "\n" for story in stories))
        save_tokenizer(tokenizer, folder / "tokenizer.json")
        for repeated in (1, LARGE):
            values = (_in_new_process(_memory_of_writing, folder, repeated) for _ in range(min(runs, 3)))
            what = f"extra peak memory, {repeated * MEGABYTES} MB of stories"
            yield Measurement(what, "the 50 MB allowed", tuple(values), unit="MB", at_most=50.0)
        for repeated in (1, LARGE):
            values = (_in_new_process(_memory_of_the_loop, folder, repeated) for _ in range(min(runs, 3)))
            yield Measurement(
                f"extra peak memory, {repeated * MEGABYTES} MB of stories", LOOP, tuple(values), unit="MB"
            )


def _in_new_process(function: Callable[[Path, int], float], folder: Path, repeated: int) -> float:
    """Memory that was freed by earlier work would be used again unseen, so a fresh process is measured."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, folder, repeated).result()


def _read(folder: Path, repeated: int) -> Iterator[str]:
    """The stories of the file, one by one, over and over."""
    for _ in range(repeated):
        with open(folder / "stories.jsonl") as lines:
            yield from map(json.loads, lines)


def _memory_of_writing(folder: Path, repeated: int) -> float:
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    stories = _read(folder, repeated)
    return extra_megabytes(lambda: write_tokens(stories, tokenizer, folder / "again.bin", num_proc=2))


def _memory_of_the_loop(folder: Path, repeated: int) -> float:
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    return extra_megabytes(lambda: encode_in_a_loop(_read(folder, repeated), tokenizer))
