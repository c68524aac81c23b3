"""Tokens that a page of `course share` writes in a second of a core: its own code, which node runs here."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Measurement
from course_lib.config import SHIPPED, find_preset
from course_lib.corpus import load_stories
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.pretrained import build
from course_lib.tokenization import train_tokenizer
from course_tools.share import Shared, read_shared, write_page

SCRIPT = Path(__file__).with_suffix(".mjs")
TWO_MINUTES = "howsam-2min"
STORIES = 2_000  # that the tokenizer learns from
TOKENS = 400  # of a round
FIRST = 1.0  # seconds of a core until the first token is there
SPEED = 50  # tokens for each second of a core


def measure(runs: int) -> Iterator[Measurement]:
    """The model of two minutes, which has targets, then the course's own; nothing where node is missing."""
    if shutil.which("node") is None:
        print("shared_page: node is not installed, which runs the page's code", file=sys.stderr)
        return
    shape = find_preset(TWO_MINUTES).shape
    tokenizer = train_tokenizer(load_stories("sample", n=STORIES)["text"], vocab_size=shape.vocab_size)
    model = build(shape).eval()  # not trained: how long it takes does not depend on the weights
    assert isinstance(model, GPT | Llama)  # as the preset says
    quick = Shared(model, tokenizer, set(), None, {})
    first, speeds = _asked_of_node(quick, runs)
    name = "a shared page, model of two minutes"
    yield Measurement(f"{name}: first token", "-", (first,), "s of a core", at_most=FIRST)
    yield Measurement(f"{name}: int8", "-", speeds, "tokens / s of a core", at_least=SPEED)
    _, speeds = _asked_of_node(read_shared(SHIPPED[0]), runs)
    yield Measurement(f"a shared page, {SHIPPED[0]}: int8", "-", speeds, "tokens / s of a core")


def _asked_of_node(shared: Shared, runs: int) -> tuple[float, tuple[float, ...]]:
    """Seconds of a core to the first token, and tokens for each second after it, one number a round."""
    with tempfile.TemporaryDirectory(prefix="course-bench-") as scratch:
        page = Path(scratch) / "page.html"
        write_page(page, shared)
        command = ["node", str(SCRIPT), str(page), str(runs), str(TOKENS)]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout)
    return found["first"], tuple(found["speeds"])
