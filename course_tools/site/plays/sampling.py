"""Lesson 12: the distribution of the next token, under temperature, top-k, top-p and min-p."""

import html

import torch

from course_lib import pretrained
from course_lib.config import SHIPPED
from course_tools.site.plays.picture import Play, written

PROMPT = "Once upon a time there was a"
TOKENS = 12  # of the distribution: the most likely ones


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
    text = f"The {len(tokens)} likeliest tokens after *{PROMPT}*, by the course's own model."
    return written("sampling", text, f'<ol class="bars">\n{rows}\n</ol>')


SAMPLING = Play("sampling", "notebooks/12_generation.ipynb", "## 7 ·", lambda _: sampling(*next_tokens(PROMPT)))
