"""The map of a whole model: tokens, embeddings, blocks with one of them open, norm, head, logits."""

from typing import Literal, NamedTuple, get_args

from torch import nn

from course_lib.show.diagram.drawing import (
    FAINT_INK,
    GREEN,
    LINE,
    NORMAL,
    PALE,
    PALER,
    SMALL,
    WIDTH,
    Box,
    Diagram,
    Drawing,
    headed,
    notes,
)
from course_lib.show.diagram.reading import Call, Part, Shape, ids, parts_of, rotates, trace
from course_lib.show.profiling import num_params

Lit = Literal["embeddings", "block", "attention", "mlp", "head"]

LEFT = Box(10, 0, 142, 0)  # the column of the model
RIGHT = Box(174, 0, WIDTH - 10 - 174, 0)  # the open block
ARROW = 34.0  # height of an arrow with a shape beside it
STREAM = RIGHT.x + 20  # where the residual stream runs in the open block
ROOMS = Box(RIGHT.x + 46, 0, RIGHT.width - 56, 0)  # its column of rooms
PAD = 6.0


class Sizes(NamedTuple):
    """What the letters of the course stand for in a model: B sequences, T tokens, width C, vocabulary V."""

    B: int
    T: int
    C: int
    V: int

    def letters(self, shape: Shape) -> str:
        """A traced shape as the course writes it: (B, T, C); what has no letter stays a number."""
        if shape[:2] != (self.B, self.T):
            return str(shape)
        last = {self.V: "V", self.C: "C"}  # where both are equal the width is meant
        return "(" + ", ".join(["B", "T", *(last.get(size, f"{size:,}") for size in shape[2:])]) + ")"

    def legend(self) -> str:
        """The letters with their numbers."""
        return f"B = {self.B}, T = {self.T:,}, C = {self.C:,}, V = {self.V:,}"


class Reading(NamedTuple):
    """Everything that the map shows of a model."""

    sizes: Sizes
    calls: dict[str, Call]
    parts: list[Part]  # of the first block
    n_layer: int
    block: int  # parameters of the first block
    blocks: int  # of all of them
    tables: dict[str, int]  # parameters of each embedding
    norm: int
    head: int | None  # None if it is the token embedding
    total: int


def read(model: nn.Module, batch: int = 1, tokens: int | None = None) -> Reading:
    """Trace `model` and count its parameters.

    Raises TypeError if it is not built as the course's models are: token_embedding, blocks, final_norm and head.
    Raises ValueError if the blocks are none.
    """
    require_model(model)
    table = model.get_submodule("token_embedding")
    blocks = model.get_submodule("blocks")
    assert isinstance(table, nn.Embedding)
    assert isinstance(blocks, nn.ModuleList)
    if tokens is None:
        tokens = getattr(getattr(model, "config", None), "seq_len", 8)
    calls = trace(model, ids(batch, tokens))
    by_path = {call.path: call for call in calls}
    head = model.get_submodule("head")
    tied = getattr(head, "weight", None) is table.weight
    tables = {
        name.removesuffix("_embedding"): num_params(module)
        for name, module in model.named_children()
        if isinstance(module, nn.Embedding)
    }
    return Reading(
        sizes=Sizes(batch, tokens, table.embedding_dim, by_path["head"].output[-1]),
        calls=by_path,
        parts=parts_of(blocks[0], "blocks.0", calls),
        n_layer=len(blocks),
        block=num_params(blocks[0]),
        blocks=num_params(blocks),
        tables=tables,
        norm=num_params(model.get_submodule("final_norm")),
        head=None if tied else num_params(head),
        total=num_params(model),
    )


def require_model(model: object) -> None:
    """Raises TypeError or ValueError, saying what is missing, if the map cannot be drawn."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"diagram.model draws a model, an instance of nn.Module, got {model!r}")
    missing = [name for name in ("token_embedding", "blocks", "final_norm", "head") if not hasattr(model, name)]
    if missing:
        raise TypeError(
            f"{type(model).__name__} has no {', '.join(missing)}; diagram.model draws models that are built as the "
            "course's GPT, Llama, GPTNeo and MaskedLM are"
        )
    if len(model.get_submodule("blocks")) == 0:  # type: ignore[arg-type]
        raise ValueError(f"{type(model).__name__} has no blocks, so there is none to be drawn open")


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
    right = _open_block(drawing, seen, lit, top, type(model.get_submodule("blocks.0")).__name__)
    _zoom(drawing, left.stack, Box(RIGHT.x, top, RIGHT.width, right - top))
    rope = any(rotates(model.get_submodule(p.path)) for p in seen.parts if p.role == "attention")
    remarks = [seen.sizes.legend(), "Numbers in rooms are parameters."]
    if rope and "position" not in seen.tables:
        remarks.append("No table of positions: RoPE turns queries and keys.")
        drawing.say("no table of positions: RoPE turns queries and keys in each attention")
    notes(drawing, max(left.bottom, right) + 10, *remarks)
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


def _open_block(drawing: Drawing, seen: Reading, lit: str | None, top: float, kind: str) -> float:
    """The first block with its rooms beside the residual stream; returns where it ends."""
    sizes = seen.sizes
    position = len(drawing.shapes)  # the panel is painted below what stands in it, and its height is known last
    y = top + PAD
    drawing.text(RIGHT.middle, y, f"one block: {seen.block:,}", size=NORMAL, bold=True, within=RIGHT.width - 2 * PAD)
    y += NORMAL * LINE
    shape = sizes.letters(seen.calls["blocks.0"].inputs[0])
    y += 8
    drawing.text(STREAM + 10, y, shape, anchor="start", ink=FAINT_INK)
    begin = y
    y += SMALL * LINE + 8
    drawing.say(f"inside each block ({kind}), in this order:")
    after_norm = False
    pre_norm = seen.parts[0].role == "norm"
    for part in seen.parts:
        on_branch = part.role != "norm" or pre_norm
        height = _height(part)
        box = (
            Box(ROOMS.x, y, ROOMS.width, height) if on_branch else Box(RIGHT.x + PAD, y, RIGHT.width - 2 * PAD, height)
        )
        if on_branch and not after_norm:
            drawing.arrow((STREAM, y + 14), (ROOMS.x, y + 14), colour=GREEN)
        name = part.path.rpartition(".")[2]
        drawing.room(
            name, box, parameters=part.parameters, lit=part.role == lit, fill=PALE if part.role == "norm" else "#ffffff"
        )
        drawing.texts(box.middle, y + 5, _lines(part), within=box.width - PAD)
        y = box.bottom
        drawing.say(f"{'  ' if on_branch else ''}{name}: {', '.join([part.kind, *_about(part)])}, "
                    f"{part.parameters:,} parameters, {sizes.letters(part.output)}")  # fmt: skip
        after_norm = part.role == "norm"
        if after_norm and on_branch:
            drawing.arrow((ROOMS.middle, y), (ROOMS.middle, y + 14), colour=GREEN)
            y += 14
        elif part.role in ("attention", "cross-attention", "mlp"):
            y += 16
            drawing.line((ROOMS.middle, y - 16), (ROOMS.middle, y), colour=GREEN)
            drawing.arrow((ROOMS.middle, y), (STREAM + 8, y), colour=GREEN)
            drawing.say("  + added to the stream")
            drawing.plus(STREAM, y)
            y += 20
        else:
            y += 12
    drawing.text(STREAM + 10, y, shape, anchor="start", ink=FAINT_INK)
    bottom = y + SMALL * LINE + PAD
    panel = Drawing("")
    panel.room(
        "block", Box(RIGHT.x, top, RIGHT.width, bottom - top), parameters=seen.block, lit=lit == "block", fill=PALER
    )
    panel.line((STREAM, begin - 4), (STREAM, bottom - 12), thick=3)
    panel.arrow((STREAM, bottom - 14), (STREAM, bottom - 2))
    drawing.shapes[position:position] = panel.shapes
    drawing.rooms += panel.rooms
    drawing.grow(panel.rooms[0].box)
    return bottom


def _about(part: Part) -> tuple[str, ...]:
    return part.about if part.role != "norm" else ()


def _lines(part: Part) -> list[str]:
    title = {"attention": "attention", "cross-attention": "cross-attention", "mlp": part.kind}.get(part.role, part.kind)
    return [title, *_about(part), f"{part.parameters:,}"]


def _height(part: Part) -> float:
    return 10 + NORMAL * LINE + (len(_lines(part)) - 1) * SMALL * LINE


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
