"""Lesson 03: a sentence, and what each of its words looks at in some heads of the course's own model."""

import html
import json
import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import pretrained
from course_lib.attention import softmax
from course_lib.config import SHIPPED
from course_lib.interpretability.recording import blocks_of, residual_stream
from course_lib.multi_head_attention import split_heads
from course_lib.util.language import IN_ENGLISH, Words
from course_tools.site.plays.picture import Play, written

SENTENCE = "Once upon a time, there was a playful boy named Tom. He had a red ball. One day Tom lost his ball."
BEGINNING = "start"  # what stands for <|endoftext|>, which every story begins with
LOOKING = "his"  # the word whose weights are shown at first


class Head(NamedTuple):
    """A head that is worth a look: its block, its number in it, and what it looks for."""

    block: int
    head: int
    looks_for: str


HEADS = (Head(10, 2, "boy or girl?"), Head(5, 3, "mostly the start"), Head(0, 0, "all alike"))


def scores(text: str, heads: tuple[Head, ...]) -> tuple[list[str], Float[Tensor, "n T T"]]:
    """The tokens of `text` as words, and the scores q·k/√d of each head, a row for each query, in the course's model.

    What lies ahead of a query is in the table as well: to hide it is the module's part.
    """
    model, tokenizer = pretrained.load(SHIPPED[0]), pretrained.load_tokenizer(SHIPPED[0])
    ids = tokenizer.encode(text).ids
    stream = residual_stream(model, torch.tensor([ids]))  # (L + 1, B, T, C)
    blocks, tables = blocks_of(model), []
    for block, head, _ in heads:
        norm, attention = blocks[block].norm_1, blocks[block].attention
        with torch.no_grad():
            q, k, _ = attention.qkv_proj(norm(stream[block])).chunk(3, dim=-1)  # each (B, T, C)
        q, k = (split_heads(part, attention.n_head)[0, head].float() for part in (q, k))  # each (T, D)
        tables.append(q @ k.T / math.sqrt(q.shape[-1]))
    words = [tokenizer.decode([token]).strip() or BEGINNING for token in ids]
    return words, torch.stack(tables)


def attention(
    words: list[str],
    tables: Float[Tensor, "n T T"],
    heads: tuple[Head, ...],
    query: int,
    spoken: Words = IN_ENGLISH,
) -> str:
    """The markdown of the sentence: its words, with the weights that word number `query` gives in the first head.

    spoken: what is said around it; the sentence is what the model read, and stays English.
    """
    weights = softmax(tables[0, query, : query + 1]).tolist() + [0.0] * (len(words) - query - 1)
    parts = "\n".join(
        f'<span class="word" style="--share: {weight:.4f}"><b>{html.escape(word)}</b>'
        f'<span class="share">{f"{100 * weight:.0f} %" if place <= query else ""}</span></span>'
        for place, (word, weight) in enumerate(zip(words, weights, strict=True))
    )
    text = spoken.say(
        "Which words a word looks at, in three heads of the course's own model; blocks and heads are counted from 0. "
        "Shown first is *{0}* in head {1} of block {2}. Point at another word, or go there with the arrow keys. (*{3}* "
        "is the token that every story begins with.)",
        html.escape(words[query]),
        spoken.number(heads[0].head),
        spoken.number(heads[0].block),
        BEGINNING,
    )
    texts = {
        "looks": spoken.say("“{0}” looks most at {1}.", "{0}", "{1}"),
        "between": spoken.say(", "),
        "head": spoken.say("head"),
        "group": spoken.say("The word that looks"),
    }
    data = {
        "query": str(query),
        "heads": json.dumps([_named(head, spoken) for head in heads], ensure_ascii=False),
        "texts": json.dumps(texts, ensure_ascii=False),
        "scores": json.dumps([[[round(x, 3) for x in row] for row in table] for table in tables.tolist()]),
    }
    sentence = f'<div class="words" lang="en" dir="ltr">\n{parts}\n</div>'
    return written("attention", text, sentence, data, spoken)


def _named(head: Head, spoken: Words) -> str:
    block, number = spoken.number(head.block), spoken.number(head.head)
    return spoken.say("block {0}, head {1}: {2}", block, number, spoken.tell(head.looks_for))


def _write(spoken: Words) -> str:
    words, tables = scores(SENTENCE, HEADS)
    return attention(words, tables, HEADS, words.index(LOOKING), spoken)


ATTENTION = Play("attention", "notebooks/03_attention.ipynb", "## 6 ·", _write)
