"""A KV cache that grows: what a live model stores at each step, and what it keeps from the steps before."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib.show.diagram.drawing import headed, notes
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.style import (
    FAINT_INK,
    GROUND,
    LINE,
    LIT,
    NORMAL,
    ORANGE,
    SMALL,
    TINTS,
    WIDTH,
    text_width,
    unbroken,
)

EDGE = 12.0
ROW = 24.0


class Step(NamedTuple):
    """The cache after a step. slots: the position that each slot holds, None if it is empty.   new: slots written."""

    slots: tuple[int | None, ...]
    new: tuple[int, ...]
    numbers: int  # that are stored


def cache(model: nn.Module, words: Sequence[str], *, max_len: int | None = None, when_full: str = "raise") -> Diagram:
    """What the cache of `model` holds while it reads `words`, one per step.

    max_len: slots of the cache, as many as words unless given.   when_full: as in Llama's `make_cache`.
    Raises TypeError if the model makes no cache, ValueError if it has no numbers, or the words do not fit.
    """
    if not hasattr(model, "make_cache"):
        raise TypeError(f"{type(model).__name__} has no make_cache; diagram.cache draws the cache of a GPT or a Llama")
    if not words:
        raise ValueError("a cache grows with words: give at least one")
    if next(model.parameters()).is_meta:
        raise ValueError("a model on the meta device stores no numbers; build it on a device that computes")
    kept: Any
    options = {} if when_full == "raise" else {"when_full": when_full}
    kept = model.make_cache(1, len(words) if max_len is None else max_len, **options)  # type: ignore[operator]
    steps = _run(model, kept, len(words))
    L, B, H_kv, slots, D = kept.keys.shape
    each = 2 * L * B * H_kv * D
    drawing, y = headed(f"KV cache of {type(model).__name__}: {each:,} numbers per token")
    left = EDGE + max(text_width(word, SMALL, bold=True) for word in (*words, "token")) + 8
    right = WIDTH - EDGE - max(text_width(f"{steps[-1].numbers:,}", SMALL), text_width("numbers", SMALL)) - 8
    width = (right - left) / slots
    drawing.text(EDGE, y, "token", bold=True, anchor="start")
    drawing.text((left + right) / 2, y, "positions in the cache", within=right - left + 20)
    drawing.text(WIDTH - EDGE, y, "numbers", anchor="end")
    y += NORMAL * LINE + 4
    for word, step in zip(words, steps, strict=True):
        drawing.text(EDGE, y + 4, word, bold=True, anchor="start")
        for slot, position in enumerate(step.slots):
            box = Box(left + slot * width, y, width - 3, ROW)
            is_new = slot in step.new
            fill = LIT if is_new else GROUND if position is None else TINTS[0]
            drawing.box(box, fill=fill, edge=ORANGE if is_new else "#6b7280", thick=2.5 if is_new else 1,
                        dashed=position is None)  # fmt: skip
            if position is not None:
                drawing.text(box.middle, y + 4, str(position), bold=is_new, within=box.width)
        drawing.text(WIDTH - EDGE, y + 4, f"{step.numbers:,}", anchor="end", ink=FAINT_INK)
        y += ROW + 4
        held = [position for position in step.slots if position is not None]
        written = [step.slots[slot] for slot in step.new]
        drawing.say(f"{word}: writes position {', '.join(map(str, written))}, holds {', '.join(map(str, held))}, "
                    f"{step.numbers:,} numbers")  # fmt: skip
    formula = f"2 · L · B · H_kv · D = 2 · {L} · {B} · {H_kv} · {D} = {each:,}"
    drawing.say(f"keys (L, B, H_kv, slots, D) = {tuple(kept.keys.shape)}, values as well")
    drawing.say(f"numbers per token: {formula}")
    drawing.say(f"room for {slots} tokens: {kept.num_bytes:,} bytes")
    notes(
        drawing,
        y + 6,
        "Orange: key and value of the new token. Blue: kept, not computed again.",
        unbroken(formula),
        f"Room for {slots} tokens: {kept.num_bytes:,} bytes.",
    )
    return drawing.finished()


def _run(model: nn.Module, kept: Any, count: int) -> list[Step]:
    """Let the model read `count` tokens one by one, and look into the cache after each."""
    vocabulary = model.get_submodule("token_embedding").num_embeddings
    assert isinstance(vocabulary, int)
    device = next(model.parameters()).device
    positions: list[int | None] = [None] * kept.keys.shape[3]
    steps = []
    training = model.training
    model.eval()  # dropout would draw random numbers
    try:
        with torch.no_grad():
            for position in range(count):
                before = kept.keys.clone()
                model(torch.tensor([[position % vocabulary]], device=device), kept)
                written = (kept.keys != before).flatten(0, 2).any(dim=-1).any(dim=0)  # (slots,)
                new = tuple(written.nonzero().flatten().tolist())
                for slot in new:
                    positions[slot] = position
                stored = sum(p is not None for p in positions)
                steps.append(Step(tuple(positions), new, 2 * kept.keys[:, :, :, 0].numel() * stored))
    finally:
        model.train(training)
    return steps
