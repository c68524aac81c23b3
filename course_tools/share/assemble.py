"""The page: one HTML file put together from texts, styles, modules of JavaScript, and a packed model."""

import base64
import html
import json
import re
import zlib
from pathlib import Path
from typing import Any

from course_lib.corpus.stories import SAMPLE, TINYSTORIES
from course_lib.show.profiling import num_params
from course_lib.util.files import write_text
from course_lib.util.language import words
from course_tools.javascript import parts
from course_tools.share.shared import Shared
from course_tools.share.vocabulary import pack_tokenizer, stops_and_never
from course_tools.share.weights import pack

PAGE = Path(__file__).parent / "page"
WORKER, VIEW = "model/worker.js", "view/page.js"  # the modules that begin, in the worker and in the page
PLACE = re.compile(r"\{\{(\w+)\}\}")
CATALOGUE = "page"  # where the catalogue has its texts
KEPT = ("language", "direction", "prompt_default")  # are not told: the last is for a model that read English
PAGE_SUFFIXES = (".html", ".htm")


def write_page(
    path: str | Path,
    shared: Shared,
    *,
    author: str | None = None,
    title: str | None = None,
    trained_on: str | None = None,
    dtype: str = "int8",
    force: bool = False,
) -> int:
    """Write the page of a model and return its size in bytes.

    force: replace a file that is there.   Otherwise as `make_page`.
    Raises ValueError if the name is not one of a page, FileExistsError if the file is there.
    """
    path = Path(path)
    require_free(path, force=force)
    text = make_page(shared, author=author, title=title, trained_on=trained_on, dtype=dtype)
    write_text(path, text)
    return len(text.encode())


def require_free(path: Path, *, force: bool) -> None:
    """Raise as `write_page` does, before any work is done."""
    if path.suffix.lower() not in PAGE_SUFFIXES:
        raise ValueError(f"a browser knows a page by its name: {path} should end with .html")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file")
    if path.exists() and not force:
        raise FileExistsError(f"{path} is there already; give --out another name, or --force to replace it")


def make_page(
    shared: Shared,
    *,
    author: str | None = None,
    title: str | None = None,
    trained_on: str | None = None,
    dtype: str = "int8",
) -> str:
    """The HTML of the page.

    author: whose model it is.   title: of the page.   trained_on: in words, where the run does not say it.
    dtype: "int8" or "float16", see `weights.pack`.
    """
    texts = _texts()
    packed = pack(shared.model, dtype)
    title = title or (texts["title_of"].format(author=author) if author else texts["title"])
    about = {
        "author": author,
        "trained_on": trained_on or _stories(shared.stories, texts),
        "parameters": num_params(shared.model),
        "dtype": dtype,
        "history": shared.history,
    }
    vocabulary = stops_and_never(shared.tokenizer, packed.config["vocab_size"], shared.stops)
    model = {"config": packed.config, **vocabulary, "tensors": packed.tensors}
    tokenizer = _compact(pack_tokenizer(shared.tokenizer)).encode()
    content = {name: html.escape(text) for name, text in texts.items()} | {
        "page_title": html.escape(title),
        "style": read("style.css"),
        "strings_data": _in_script(texts),
        "about_data": _in_script(about),
        "model_data": _in_script(model),
        "tokenizer_data": packed_text(tokenizer),
        "weights_data": packed_text(packed.data),
        "worker_code": script(WORKER),
        "page_code": script(VIEW),
    }
    return PLACE.sub(lambda match: content[match[1]], read("index.html"))


def read(name: str) -> str:
    """A file of the page."""
    return (PAGE / name).read_text(encoding="utf-8")


def script(module: str) -> str:
    """A module of the page as one script, with all that it imports above it."""
    return "\n\n".join(f"// ---- {name}\n\n{code}" for name, code in parts(PAGE / module).items())


def _texts() -> dict[str, str]:
    """Every text of the page, in the language of `COURSE_LANGUAGE`."""
    spoken, english = words(CATALOGUE), json.loads(read("strings.json"))
    told = {name: text if name in KEPT else spoken.say(text) for name, text in english.items()}
    return told | {"language": spoken.language, "direction": spoken.direction}


def _stories(stories: str | None, texts: dict[str, str]) -> str | None:
    known = {SAMPLE: texts["stories_sample"], TINYSTORIES: texts["stories_tinystories"]}
    if stories is None:
        return None
    return known.get(stories) or texts["stories_own"].format(name=stories)


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _in_script(content: Any) -> str:
    """JSON within a script element, which `</script>` or a comment in a text must not end."""
    return _compact(content).replace("<", "\\u003c")


def packed_text(data: bytes) -> str:
    """Compressed, and in 85 characters: a text a quarter longer than its bytes, where base64 takes a third.

    A point stands for "<", with which a tag could begin.
    """
    return base64.b85encode(zlib.compress(data, 9)).decode().replace("<", ".")
