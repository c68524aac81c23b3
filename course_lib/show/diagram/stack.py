"""The map of a whole model: tokens, embeddings, blocks with one of them open, norm, head, logits."""

from typing import Literal, NamedTuple, get_args

from torch import nn

from course_lib.show.diagram.block import open_block
from course_lib.show.diagram.drawing import Drawing, headed, notes
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.reading import rotates
from course_lib.show.diagram.style import FAINT_INK, LINE, NORMAL, PALE, SMALL, WIDTH
from course_lib.show.diagram.whole import Reading, read

Lit = Literal["embeddings", "block", "attention", "mlp", "head"]

LEFT = Box(10, 0, 142, 0)  # the column of the model
RIGHT = Box(174, 0, WIDTH - 10 - 174, 0)  # the open block
ARROW = 34.0  # height of an arrow with a shape beside it
PAD = 6.0
BILLION = 1_000_000_000  # parameters


def model(model: nn.Module, lit: Lit | None = None, *, batch: int = 1, tokens: int | None = None) -> Diagram:
    """The map of `model`, one room lit: "embeddings", "block", "attention", "mlp" or "head"; none if None.

    batch, tokens: B and T of the traced forward pass; 1 and the model's seq_len unless given.
    Raises TypeError if `model` is not built as the course's are, ValueError for a room that it does not have.
    """
    if lit is not None and lit not in get_args(Lit):
        raise ValueError(f"lit must be one of {', '.join(map(repr, get_args(Lit)))} or None, got {lit!r}")
    seen = read(model, batch, tokens)
    name = type(model).__name__
    drawing, top = headed(f"{name}: {seen.total:,} parameters")
    left = _column(drawing, seen, lit, top)
    drawing.say(f"inside each block ({type(model.get_submodule('blocks.0')).__name__}), in this order:")
    opened = open_block(
        drawing,
        seen.parts,
        Box(RIGHT.x, top, RIGHT.width, 0),
        f"{'one' if seen.block < BILLION else 'a'} block: {seen.block:,}",  # the panel is narrow
        stream=seen.calls["blocks.0"].inputs[0],
        letters=seen.sizes.letters,
        parameters=seen.block,
        lit=lit,
    )
    _zoom(drawing, left.stack, opened.panel)
    rope = any(rotates(model.get_submodule(p.path)) for p in seen.parts if p.role == "attention")
    remarks = [seen.sizes.legend(), "Numbers in rooms are parameters."]
    if rope and "position" not in seen.tables:
        remarks.append("No table of positions: RoPE turns queries and keys.")
        drawing.say("no table of positions: RoPE turns queries and keys in each attention")
    notes(drawing, max(left.bottom, opened.panel.bottom) + 10, *remarks)
    drawing.say(f"sizes: {seen.sizes.legend()}")
    drawing.say(f"lit: {lit or 'nothing'}")
    return drawing.finished()


class _Column(NamedTuple):
    stack: Box
    bottom: float


def _column(drawing: Drawing, seen: Reading, lit: str | None, y: float) -> _Column:
    """The model from tokens to logits, its blocks closed."""
    sizes, calls = seen.sizes, seen.calls
    into = calls["token_embedding"].inputs[0]
    y = _end(drawing, y, "tokens", sizes.letters(into))
    drawing.say(f"tokens {sizes.letters(into)} = {into}")

    y = _arrow(drawing, LEFT.middle, y, "", height=16)
    tables = [f"{name} {count:,}" for name, count in seen.tables.items()]
    y = _room(drawing, LEFT, y, "embeddings", ["embeddings", *tables], sum(seen.tables.values()), lit == "embeddings")
    drawing.say(f"embeddings: {', '.join(tables)} parameters")

    stream = calls["blocks.0"].inputs[0]
    y = _arrow(drawing, LEFT.middle, y, sizes.letters(stream))
    drawing.say(f"stream {sizes.letters(stream)} = {stream}")
    for behind in (8, 4):  # edges of blocks behind the first
        drawing.box(Box(LEFT.x + behind, y + behind, LEFT.width - 8, 3.6 * SMALL * LINE), fill=PALE)
    stack = Box(LEFT.x, y, LEFT.width - 8, 3.6 * SMALL * LINE)
    drawing.box(stack, fill=PALE)
    kind = "block" if seen.n_layer == 1 else "blocks"
    lines = [f"{seen.n_layer} {kind}", f"{seen.blocks:,}"]
    drawing.texts(stack.middle, y + 10, lines, within=stack.width - PAD)
    y = stack.bottom + 8
    if seen.n_layer * seen.block == seen.blocks:
        drawing.say(f"{seen.n_layer} {kind} of {seen.block:,} = {seen.blocks:,} parameters")
    else:
        drawing.say(f"{seen.n_layer} {kind}, {seen.blocks:,} parameters together, the first of them {seen.block:,}")

    out = calls["final_norm"].inputs[0]
    y = _arrow(drawing, LEFT.middle, y, sizes.letters(out))
    norm = "final norm"
    y = _room(drawing, LEFT, y, norm, [norm, f"{seen.norm:,}"], seen.norm, False)
    drawing.say(f"{norm}: {seen.norm:,} parameters")
    y = _arrow(drawing, LEFT.middle, y, sizes.letters(calls["head"].inputs[0]))
    own = "tied: 0 of its own" if seen.head is None else f"{seen.head:,}"
    y = _room(drawing, LEFT, y, "head", ["head", own], seen.head or 0, lit == "head")
    if seen.head is None:
        drawing.say("head: tied to the token embedding, 0 parameters of its own")
    else:
        drawing.say(f"head: {seen.head:,} parameters")
    y = _arrow(drawing, LEFT.middle, y, "", height=16)
    logits = calls["head"].output
    y = _end(drawing, y, "logits", sizes.letters(logits))
    drawing.say(f"logits {sizes.letters(logits)} = {logits}")
    return _Column(stack, y)


def _room(drawing: Drawing, column: Box, y: float, name: str, lines: list[str], parameters: int, lit: bool) -> float:
    box = Box(column.x, y, column.width, 10 + NORMAL * LINE + (len(lines) - 1) * SMALL * LINE)
    drawing.room(name, box, parameters=parameters, lit=lit)
    drawing.texts(box.middle, y + 5, lines, within=box.width - PAD)
    return box.bottom


def _end(drawing: Drawing, y: float, name: str, shape: str) -> float:
    """What goes into the model or comes out of it."""
    drawing.text(LEFT.middle, y, f"{name} {shape}", within=LEFT.width)
    return y + SMALL * LINE + 2


def _arrow(drawing: Drawing, x: float, y: float, shape: str, height: float = ARROW) -> float:
    drawing.arrow((x, y), (x, y + height))
    if shape:
        drawing.text(x + 8, y + (height - SMALL * LINE) / 2, shape, anchor="start", ink=FAINT_INK)
    return y + height


def _zoom(drawing: Drawing, stack: Box, panel: Box) -> None:
    """Two dashed lines: the open block is one of those."""
    drawing.line((stack.right + 8, stack.y + 8), (panel.x, panel.y + 4), dashed=True)
    drawing.line((stack.right + 8, stack.bottom + 8), (panel.x, panel.bottom - 4), dashed=True)
