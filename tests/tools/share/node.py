"""The page's JavaScript in node: what the tests ask it, and when they are skipped."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from course_tools.share import Shared
from course_tools.share.assemble import packed_text
from course_tools.share.vocabulary import pack_tokenizer, stops_and_never
from course_tools.share.weights import pack

HERE = Path(__file__).parent
OLDEST = 20


@cache
def node_is_missing() -> str:
    """Why the page's JavaScript cannot be run here; empty if it can."""
    if shutil.which("node") is None:
        return "no node: the page's JavaScript is tested where it is installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        return f"node {OLDEST} or later is needed, here is {version}"
    return ""


needs_node = pytest.mark.skipif(bool(node_is_missing()), reason=node_is_missing())


def ask(question: str, **given):
    """The answer of ask.mjs."""
    done = subprocess.run(
        ["node", str(HERE / "ask.mjs")],
        input=json.dumps({"question": question, **given}).encode(),
        capture_output=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def page_data(shared: Shared, dtype: str) -> dict:
    """What the page gives its worker."""
    packed = pack(shared.model, dtype)
    vocabulary = stops_and_never(shared.tokenizer, packed.config["vocab_size"], shared.stops)
    return {
        "model": {"config": packed.config, "tensors": packed.tensors, **vocabulary},
        "weights": packed_text(packed.data),
        "tokenizer": packed_text(json.dumps(pack_tokenizer(shared.tokenizer)).encode()),
    }
