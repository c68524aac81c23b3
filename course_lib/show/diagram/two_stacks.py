"""An encoder, a decoder, and the cross-attention by which the one reads what the other has made of a text."""

import inspect
from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import Tensor, nn

from course_lib.show.diagram.block import open_block
from course_lib.show.diagram.drawing import Drawing, headed, notes
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.reading import Part, Shape, attention_about, parts_of, stream, trace
from course_lib.show.diagram.style import BLUE, FAINT_INK, LINE, NORMAL, PALE, SMALL, WIDTH
from course_lib.show.profiling import num_params

EDGE = 10.0
GAP = 18.0  # between the two, where the encoder's output runs to the cross-attention
ENCODER = Box(EDGE, 0, 176, 0)
DECODER = Box(ENCODER.right + GAP, 0, WIDTH - EDGE - ENCODER.right - GAP, 0)
MEMORY_NAMES = ("memory", "encoded", "context", "source")  # what a block may call the encoder's output


class Stack(NamedTuple):
    """One of the two: its tables and its ends are None where it has none."""

    parts: list[Part]
    n_layer: int
    block: int
    blocks: int
    kind: str
    embeddings: int | None
    ending: tuple[tuple[str, int | None], ...]  # final norm, and a decoder's head; None if it is tied
    modules: list[nn.Module]  # those that are drawn


def encoder_decoder(
    encoder: nn.Module,
    decoder: nn.Module | None = None,
    cross: nn.Module | None = None,
    *,
    lit: str | None = None,
    batch: int = 1,
    source: int = 7,
    target: int = 5,
) -> Diagram:
    """Two stacks side by side; or one model that has an `encoder` and a `decoder`.

    encoder, decoder: a model with `blocks`, or a ModuleList of blocks.   cross: an attention module, called as
    cross(x, memory), for a decoder whose blocks have none.   lit: "cross-attention" or None.
    source, target: S and T, the tokens of the two texts.
    Raises TypeError if there are no blocks in one of them, ValueError if there is no cross-attention.
    """
    if lit not in ("cross-attention", None):
        raise ValueError(f'lit must be "cross-attention" or None, got {lit!r}')
    if decoder is None:
        if not isinstance(getattr(encoder, "encoder", None), nn.Module) or not hasattr(encoder, "decoder"):
            raise TypeError(f"{type(encoder).__name__} has no encoder and decoder: give both, each with `blocks`")
        encoder, decoder = encoder.get_submodule("encoder"), encoder.get_submodule("decoder")
    C = _width(_blocks(encoder)[0])
    memory = stream(batch, source, C)
    first = _read(encoder, stream(batch, source, C), None)
    second = _read(decoder, stream(batch, target, C), memory)
    if not any(part.role == "cross-attention" for part in second.parts):
        if cross is None:
            raise ValueError(
                f"the blocks of {type(decoder).__name__} have no cross-attention; give one as cross=, "
                "a module that is called as cross(x, memory)"
            )
        second = second._replace(parts=_with_cross(second.parts, cross, stream(batch, target, C), memory))
    drawn = [*first.modules, *second.modules, *([] if cross is None else [cross])]
    drawing, top = headed(f"Encoder–decoder: {num_params(nn.ModuleList(drawn)):,} parameters")
    lengths = {source: "S", target: "T"} if source != target else {source: "T"}

    def letters(shape: Shape) -> str:
        length = lengths.get(shape[1], str(shape[1]))
        return f"(B, {length}, C)" if len(shape) == 3 and shape[2] == C else str(shape)

    left = _stack(drawing, first, ENCODER, top, "encoder", (batch, source, C), letters, None)
    right = _stack(drawing, second, DECODER, top, "decoder", (batch, target, C), letters, lit)
    place = next(box for name, box in right.rooms.items() if name in _cross_names(second.parts))
    end = f"memory {letters((batch, source, C))}"
    drawing.text(ENCODER.middle, left.bottom + 20, end, bold=True, within=ENCODER.width)
    below = left.bottom + 20 + SMALL * LINE + 4
    lane = ENCODER.right + GAP / 2
    drawing.line((ENCODER.middle, left.bottom), (ENCODER.middle, left.bottom + 18), colour=BLUE)
    entry = place.y + place.height / 2
    drawing.arrow(
        (ENCODER.middle, below - 2), (ENCODER.middle, below + 6), (lane, below + 6), (lane, entry), (place.x, entry),
        colour=BLUE,
    )  # fmt: skip
    drawing.say(f"memory {letters((batch, source, C))} = {(batch, source, C)} goes to the keys and values of the "
                "cross-attention in each block of the decoder; queries come from the decoder")  # fmt: skip
    sizes = f"B = {batch}, S = {source}, T = {target}, C = {C:,}"
    drawing.say(f"sizes: {sizes}")
    drawing.say(f"lit: {lit or 'nothing'}")
    notes(
        drawing,
        max(below + 8, right.bottom) + 10,
        "Blue: keys and values come from the memory, queries from the decoder; so in each of its blocks.",
        sizes,
        "Numbers in rooms are parameters.",
    )
    return drawing.finished()


class _Drawn(NamedTuple):
    rooms: dict[str, Box]
    bottom: float


def _stack(
    drawing: Drawing,
    stack: Stack,
    column: Box,
    y: float,
    name: Literal["encoder", "decoder"],
    shape: Shape,
    letters: Callable[[Shape], str],
    lit: str | None,
) -> _Drawn:
    """Embeddings, one open block, and what comes behind the blocks."""
    count = f"{stack.n_layer} block{'s' if stack.n_layer > 1 else ''}"
    drawing.say(f"{name}: {count} ({stack.kind}), {stack.blocks:,} parameters")
    if stack.embeddings is not None:
        y = _room(drawing, column, y, f"{name} embeddings", "embeddings", stack.embeddings) + 4
    opened = open_block(
        drawing, stack.parts, Box(column.x, y, column.width, 0), f"{name}: {count}", stream=shape, letters=letters,
        parameters=stack.block, lit=lit, side="right" if name == "decoder" else "left", name=f"{name} block",
    )  # fmt: skip
    y = opened.panel.bottom
    for ending, own in stack.ending:
        y = _room(drawing, column, y + 4, f"{name} {ending}", ending, own)
    return _Drawn(opened.rooms, y)


def _room(drawing: Drawing, column: Box, y: float, name: str, title: str, count: int | None) -> float:
    box = Box(column.x, y, column.width, 10 + NORMAL * LINE)
    drawing.room(name, box, parameters=count or 0, fill=PALE)
    own = "tied" if count is None else f"{count:,}"
    drawing.text(box.middle, y + 5, f"{title}: {own}", ink=FAINT_INK, within=box.width)
    drawing.say(f"{name}: {'tied to the token embedding' if count is None else f'{count:,} parameters'}")
    return box.bottom


def _blocks(stack: nn.Module) -> nn.ModuleList:
    blocks = stack if isinstance(stack, nn.ModuleList) else getattr(stack, "blocks", None)
    if not isinstance(blocks, nn.ModuleList) or len(blocks) == 0:
        raise TypeError(f"{type(stack).__name__} has no `blocks`, a ModuleList with at least one block")
    return blocks


def _width(block: nn.Module) -> int:
    """C: what the norms of a block, or its first matrix, are made for."""
    return next(parameter.shape[-1] for parameter in block.parameters())


def _read(stack: nn.Module, x: Tensor, memory: Tensor | None) -> Stack:
    """Trace the first block and count the rest."""
    blocks = _blocks(stack)
    block = blocks[0]
    parameters = list(inspect.signature(block.forward).parameters.values())
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    named = next((p.name for p in parameters if p.name in MEMORY_NAMES), None)
    if memory is not None and named is not None:
        calls = trace(block, x, **{named: memory})
    elif memory is not None and len(needed) == 2:
        calls = trace(block, x, memory)
    else:
        calls = trace(block, x)
    tables = [module for module in stack.children() if isinstance(module, nn.Embedding)]
    table = getattr(stack, "token_embedding", None)
    modules: list[nn.Module] = [*tables, blocks]
    ending: list[tuple[str, int | None]] = []
    for name in ("final_norm",) if memory is None else ("final_norm", "head"):  # the memory is taken before any head
        module = getattr(stack, name, None)
        if isinstance(module, nn.Module):
            tied = name == "head" and table is not None and getattr(module, "weight", None) is table.weight
            ending.append((name.replace("_", " "), None if tied else num_params(module)))
            modules.append(module)
    return Stack(
        parts=parts_of(block, "", calls),
        n_layer=len(blocks),
        block=num_params(block),
        blocks=num_params(blocks),
        kind=type(block).__name__,
        embeddings=num_params(nn.ModuleList(tables)) if tables else None,
        ending=tuple(ending),
        modules=modules,
    )


def _with_cross(parts: list[Part], cross: nn.Module, x: Tensor, memory: Tensor) -> list[Part]:
    """The decoder's parts with a cross-attention behind its own attention."""
    output = trace(cross, x, memory)[0].output
    about = attention_about(cross)
    part = Part("cross_attention", "cross-attention", type(cross).__name__, about, num_params(cross), output)
    at = next((number for number, other in enumerate(parts) if other.role == "attention"), -1) + 1
    return [*parts[:at], part, *parts[at:]]


def _cross_names(parts: list[Part]) -> list[str]:
    return [part.path.rpartition(".")[2] for part in parts if part.role == "cross-attention"]
