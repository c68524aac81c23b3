"""How attention cuts its width into heads, lets each attend, and puts them together again."""

import inspect
from typing import NamedTuple

import torch
from torch import nn

from course_lib.show.diagram.drawing import Drawing, headed
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.reading import Shape, head_counts, rotates, stream, trace
from course_lib.show.diagram.style import FAINT_INK, LINE, SMALL, TINTS, WHITE, WIDTH
from course_lib.show.profiling import num_params

EDGE = 12.0
FULL = WIDTH - 2 * EDGE
ROW = 24.0
MOST = 12  # heads side by side; of more the middle ones are left out


class Projection(NamedTuple):
    """A linear layer of the attention: its name, its parameters, and the shape that comes out of it."""

    name: str
    parameters: int
    output: Shape


def heads(attention: nn.Module, *, batch: int = 1, tokens: int = 8) -> Diagram:
    """How `attention` splits C into H heads of D, attends in each, merges and projects; which keys serve which queries.

    Raises TypeError if the module has no heads, or no projections to queries, keys and values.
    """
    n_head, n_kv_head = head_counts(attention)
    first, last = _projections(attention, batch, tokens)
    C = last.output[-1]
    width = first[0].output[-1] // (3 if len(first) == 1 else 1)  # of all queries
    D = width // n_head
    name, total = type(attention).__name__, num_params(attention)
    drawing, y = headed(f"{name}: {n_head} heads of {D}, {total:,} parameters")
    y = _bar(drawing, y, f"x (B, T, C), C = {C}", WHITE)
    drawing.say(f"x (B, T, C) = {(batch, tokens, C)}")
    y = _arrows(drawing, y, [WIDTH / 2])
    y = _first(drawing, y, first)
    if rotates(attention):
        drawing.text(WIDTH / 2, y + 4, "RoPE turns queries and keys by their places", ink=FAINT_INK)
        drawing.say("RoPE turns queries and keys by their places")
        y += SMALL * LINE + 4

    groups = _groups(n_head, n_kv_head)
    columns = _columns(groups)
    q_shape, kv_shape = (batch, n_head, tokens, D), (batch, n_kv_head, tokens, D)
    y = _caption(drawing, y, f"cut into heads: q (B, {n_head}, T, {D})")
    drawing.say(f"queries (B, H, T, D) = {q_shape}")
    y = _cells(drawing, y, columns, "q")
    for letter in ("k", "v"):
        y = _spans(drawing, y + 3, columns, letter)
    drawing.say(f"keys and values (B, H_kv, T, D) = {kv_shape} each")
    for group, members in enumerate(groups):
        drawing.say(f"  k{group + 1} and v{group + 1} serve {', '.join(f'q{member + 1}' for member in members)}")
    shared = f", each head for {n_head // n_kv_head} of q" if n_kv_head < n_head else ""
    y = _caption(drawing, y + 2, f"k and v (B, {n_kv_head}, T, {D}){shared}")

    y = _arrows(drawing, y, [box.middle for head, _, box in columns if head is not None])
    y = _caption(drawing, y, "each head by itself: attention(q, k, v)")
    drawing.say(f"each head by itself: attention(q, k, v), (B, T, D) = {(batch, tokens, D)}")
    y = _cells(drawing, y, columns, "h")
    y = _caption(drawing, y + 2, f"side by side: (B, T, {n_head} · {D} = {n_head * D})")
    drawing.say(f"merged (B, T, H · D) = {(batch, tokens, n_head * D)}")
    y = _arrows(drawing, y, [WIDTH / 2])
    box = Box(EDGE, y, FULL, ROW)
    drawing.room(last.name, box, parameters=last.parameters)
    drawing.text(WIDTH / 2, y + 4, f"{last.name}: {last.parameters:,}", bold=True)
    drawing.say(f"{last.name}: {last.parameters:,} parameters")
    y = _arrows(drawing, box.bottom, [WIDTH / 2])
    y = _bar(drawing, y, f"out (B, T, C), C = {C}", WHITE)
    drawing.say(f"out (B, T, C) = {last.output}")
    return drawing.finished()


def _projections(attention: nn.Module, batch: int, tokens: int) -> tuple[list[Projection], Projection]:
    """The projections into the heads and the one behind them, with the shapes of a traced forward pass."""
    linear = {name: module for name, module in attention.named_modules() if isinstance(module, nn.Linear)}
    if len(linear) < 2:
        raise TypeError(
            f"{type(attention).__name__} has no projections before and behind its heads; diagram.heads draws attention "
            "with qkv_proj, or q_proj, k_proj and v_proj, and out_proj"
        )
    C = next(iter(linear.values())).in_features
    inputs = [stream(batch, tokens, C)]
    if "cos" in inspect.signature(attention.forward).parameters:
        half = linear["q_proj"].out_features // head_counts(attention)[0] // 2
        inputs += [torch.zeros(tokens, half, device="meta")] * 2
    called = [call for call in trace(attention, *inputs) if call.path in linear]
    found = [Projection(call.path, num_params(linear[call.path]), call.output) for call in called]
    if isinstance(getattr(attention, "heads", None), nn.ModuleList):  # head by head: those of one kind together
        kinds = dict.fromkeys(p.name.rpartition(".")[2] for p in found[:-1])
        together = []
        for kind in kinds:
            same = [p for p in found[:-1] if p.name.endswith(f".{kind}")]
            shape = (*same[0].output[:-1], sum(p.output[-1] for p in same))
            together.append(Projection(kind, sum(p.parameters for p in same), shape))
        return together, found[-1]
    return found[:-1], found[-1]


def _groups(n_head: int, n_kv_head: int) -> list[list[int]]:
    """Query heads of each key and value head."""
    size = n_head // n_kv_head
    return [list(range(first, first + size)) for first in range(0, n_head, size)]


def _columns(groups: list[list[int]]) -> list[tuple[int | None, int, Box]]:
    """(query head, its group, where it stands); the head is None where some are left out."""
    size = len(groups[0])
    places: list[tuple[int | None, int]] = [(head, group) for group, members in enumerate(groups) for head in members]
    if len(places) > MOST:
        kept = (MOST - 1) // size - 1  # whole groups at the beginning, beside the last one
        if kept < 1:  # a single group is too large to be drawn whole
            places = [*places[: MOST - 2], (None, 0), places[-1]]
        else:
            places = [*places[: kept * size], (None, -1), *places[-size:]]
    width = FULL / len(places)
    return [(head, group, Box(EDGE + at * width, 0, width - 3, ROW)) for at, (head, group) in enumerate(places)]


def _cells(drawing: Drawing, y: float, columns: list[tuple[int | None, int, Box]], letter: str) -> float:
    for head, group, column in columns:
        if head is None:
            drawing.text(column.middle, y + 4, "…")
            continue
        drawing.box(Box(column.x, y, column.width, ROW), fill=TINTS[group % len(TINTS)])
        drawing.text(column.middle, y + 4, f"{letter}{head + 1}", within=column.width)
    return y + ROW


def _spans(drawing: Drawing, y: float, columns: list[tuple[int | None, int, Box]], letter: str) -> float:
    """A box for each key or value head, as wide as the queries that it serves."""
    for group in dict.fromkeys(group for _, group, _ in columns if group >= 0):
        members = [box for _, number, box in columns if number == group]
        box = Box(members[0].x, y, members[-1].right - members[0].x, ROW)
        drawing.box(box, fill=TINTS[group % len(TINTS)])
        drawing.text(box.middle, y + 4, f"{letter}{group + 1}", within=box.width)
    for _, group, box in columns:
        if group < 0:
            drawing.text(box.middle, y + 4, "…")
    return y + ROW


def _first(drawing: Drawing, y: float, projections: list[Projection]) -> float:
    """The projections to queries, keys and values, side by side."""
    width = FULL / len(projections)
    for number, projection in enumerate(projections):
        box = Box(EDGE + number * width, y, width - (4 if len(projections) > 1 else 0), ROW + 14)
        drawing.room(projection.name, box, parameters=projection.parameters)
        drawing.texts(box.middle, y + 3, [projection.name, f"{projection.parameters:,}"], within=box.width)
        drawing.say(f"{projection.name}: {projection.parameters:,} parameters, (B, T, {projection.output[-1]})")
    return _arrows(drawing, y + ROW + 14, [EDGE + (number + 0.5) * width for number in range(len(projections))])


def _bar(drawing: Drawing, y: float, label: str, fill: str) -> float:
    drawing.box(Box(EDGE, y, FULL, ROW), fill=fill)
    drawing.text(WIDTH / 2, y + 4, label)
    return y + ROW


def _arrows(drawing: Drawing, y: float, places: list[float]) -> float:
    for x in places:
        drawing.arrow((x, y + 1), (x, y + 15))
    return y + 17


def _caption(drawing: Drawing, y: float, text: str) -> float:
    drawing.text(WIDTH / 2, y + 3, text, ink=FAINT_INK)
    return y + SMALL * LINE + 6
