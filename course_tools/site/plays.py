"""Pictures to play with: a list that can be read without scripts, and a small module that brings it to life."""

import html
import re
from pathlib import Path
from typing import NamedTuple

import torch

from course_lib import pretrained
from course_lib.config import SHIPPED
from course_tools.authoring.jupyter import NotebookNode, nbformat

MODULES = Path(__file__).parent / "play"

PROMPT = "Once upon a time there was a"
TOKENS = 12  # of the distribution: the most likely ones


_COMMENT = re.compile(r"/\*.*?\*/|^[ ]*//[^\n]*$", re.DOTALL | re.MULTILINE)


class Play(NamedTuple):
    """A picture: the module that moves it, the notebook that it stands in, and before which heading."""

    module: str
    notebook: str
    before: str


SAMPLING = Play("sampling", "notebooks/12_generation.ipynb", "## 7 ·")


def add(notebook: NotebookNode, name: str) -> None:
    """Put the pictures that belong into the notebook called `name` into it, in place.

    Raises ValueError if the heading that one stands before is missing.
    """
    if name != SAMPLING.notebook:
        return
    places = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith(SAMPLING.before)]
    if not places:
        raise ValueError(f"{name} has no cell that begins with {SAMPLING.before!r}, before which a picture stands")
    text = sampling(*next_tokens(PROMPT))
    cell = {"cell_type": "markdown", "id": f"play-{SAMPLING.module}", "metadata": {}, "source": text}
    notebook.cells.insert(places[0], nbformat.from_dict(cell))


def next_tokens(prompt: str) -> tuple[list[str], list[float]]:
    """The likeliest next tokens after `prompt` by the course's own model, and their logits."""
    model, tokenizer = pretrained.load(SHIPPED[0]), pretrained.load_tokenizer(SHIPPED[0])
    with torch.no_grad():
        logits = model(torch.tensor([tokenizer.encode(prompt).ids]))[0, -1].float()
    best = logits.topk(TOKENS)
    return [tokenizer.decode([token]) for token in best.indices.tolist()], [round(x, 4) for x in best.values.tolist()]


def sampling(tokens: list[str], logits: list[float]) -> str:
    """The markdown of the distribution: a list with bars, and the module below it."""
    shares = torch.tensor(logits).softmax(dim=0).tolist()
    rows = "\n".join(
        f'<li data-logit="{logit}" style="--share: {share:.4f}"><code>{html.escape(token.strip())}</code> '
        f'<span class="share">{100 * share:.1f} %</span></li>'
        for token, logit, share in zip(tokens, logits, shares, strict=True)
    )
    return (
        f"**To play with.** The {len(tokens)} likeliest tokens after *{PROMPT}*, by the course's own model.\n\n"
        f'<div class="play" id="play-sampling">\n<ol>\n{rows}\n</ol>\n</div>\n{script(SAMPLING.module)}'
    )


def script(module: str) -> str:
    """A module as a script in the page, since browsers load no module from a disk; without comments and empty lines."""
    source = (MODULES / f"{module}.js").read_text(encoding="utf-8")
    source = _COMMENT.sub("", source).replace("export function", "function")
    lines = "\n".join(line for line in source.splitlines() if line.strip())
    return f'<script>(() => {{\n{lines}\nplay(document.getElementById("play-{module}"));\n}})();</script>'
