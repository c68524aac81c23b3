"""A layer cut over two devices: which part of each matrix is where, what each computes, and what is sent."""

import inspect
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from course_lib.show.diagram.drawing import Drawing, headed, notes
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.reading import Shape, head_counts, stream, trace
from course_lib.show.diagram.style import (
    FAINT_INK,
    GREEN,
    LINE,
    LIT,
    NORMAL,
    ORANGE,
    PALER,
    SMALL,
    TINTS,
    WHITE,
    WIDTH,
    unbroken,
)

By = Literal["column", "row"]
DEVICES = 2
EDGE = 12.0
GAP = 12.0
PANEL = (WIDTH - 2 * EDGE - GAP) / DEVICES
ROW = 22.0


@dataclass(frozen=True)
class Cut:
    """A linear layer's matrix in parts, one per device. by: its outputs ("column") or its inputs ("row")."""

    name: str
    by: By
    parts: tuple[Shape, ...]  # (in, out) of each, as in y = x W
    whole: Shape
    biases: tuple[int, ...]  # of each part; cut by row, none is cut, and it is added once


def sharded(layer: nn.Module, by: By | None = None, *, batch: int = 1, tokens: int = 8) -> Diagram:
    """`layer` over two devices: a linear layer cut by "column" or by "row", or an MLP or attention, cut by both.

    Of several layers the last is cut by row and those before it by column, so that nothing is sent between them.
    Raises TypeError for a module without linear layers, ValueError if a part would not be whole.
    """
    if isinstance(layer, nn.Linear):
        if by is None or by not in get_args(By):
            raise ValueError(f'a linear layer is cut by "column" or by "row"; got {by!r}')
        cuts = [_cut("W", layer, by)]
    elif by is not None:
        raise ValueError(f"{type(layer).__name__} is cut by column and then by row: leave `by` out")
    else:
        cuts = _cuts(layer, batch, tokens)
    C_in, C_out = cuts[0].whole[0], cuts[-1].whole[1]
    how = f"cut by {cuts[0].by}" if len(cuts) == 1 else "cut by column, then by row"
    drawing, y = headed(f"{type(layer).__name__} on two devices, {how}")
    top = y
    frame = len(drawing.shapes)
    y += 6
    for device in range(DEVICES):
        drawing.text(_middle(device), y, f"device {device}", size=NORMAL, bold=True)
    y += NORMAL * LINE + 6

    whole_input = cuts[0].by == "column"
    width = C_in if whole_input else C_in // DEVICES
    kind = "all of x" if whole_input else "part of x"
    y = _both(drawing, y, [f"{kind} (B, T, {width:,})"] * DEVICES, WHITE)
    drawing.say(f"each device has {kind}: (B, T, {width}) = {(batch, tokens, width)}")
    first = [cut for cut in cuts if cut.by == "column"]
    for number, cut in enumerate(first):
        y = _matrix(drawing, y, cut, arrow=number == 0)
    if first:
        label = "part of y" if len(cuts) == 1 else "heads" if hasattr(layer, "n_head") else "hidden"
        inner = cuts[0].parts[0][1] if len(cuts) == 1 else cuts[-1].parts[0][0]
        y = _down(drawing, y)
        y = _both(drawing, y, [f"{label} (B, T, {inner:,})"] * DEVICES, WHITE)
        drawing.say(f"each device gets half, {label}: (B, T, {inner}) = {(batch, tokens, inner)}")
    last = cuts[-1]
    numbers = batch * tokens * C_out
    if last.by == "row":
        y = _matrix(drawing, y, last, arrow=True)
        y = _down(drawing, y)
        y = _both(drawing, y, [f"a term (B, T, {C_out:,})"] * DEVICES, WHITE)
        drawing.say(f"each device gets one term of the sum: (B, T, {C_out}) = {(batch, tokens, C_out)}")
    panel = Drawing("")
    for device in range(DEVICES):
        panel.box(Box(_left(device), top, PANEL, y + 6 - top), fill=PALER)
    drawing.shapes[frame:frame] = panel.shapes
    y += 6
    if last.by == "row":
        y = _down(drawing, y)
        bar = Box(EDGE, y, WIDTH - 2 * EDGE, ROW + 4)
        drawing.box(bar, fill=LIT, edge=ORANGE, thick=2.5)
        drawing.text(WIDTH / 2, y + 5, f"sent: all-reduce, B · T · {C_out:,} = {numbers:,} numbers", bold=True)
        drawing.say(f"sent forward: one all-reduce of B · T · {C_out} = {numbers:,} numbers")
        y = _down(drawing, bar.bottom)
        y = _both(drawing, y, [f"all of y (B, T, {C_out:,})"] * DEVICES, WHITE)
        drawing.say(f"each device has all of y: (B, T, {C_out}) = {(batch, tokens, C_out)}")
    else:
        drawing.say("sent forward: nothing")
    notes(drawing, y + 8, *_remarks(drawing, layer, cuts, batch, tokens))
    return drawing.finished()


def _remarks(drawing: Drawing, layer: nn.Module, cuts: list[Cut], batch: int, tokens: int) -> list[str]:
    """What is to be said below the picture."""
    remarks = [] if cuts[-1].by == "row" else ["Sent forward: nothing."]
    if cuts[0].by == "column":
        C = cuts[0].whole[0]
        numbers = unbroken(f"B · T · {C:,} = {batch * tokens * C:,} numbers")
        remarks.append(f"Sent backward, for the gradient of x: all-reduce, {numbers}.")
        drawing.say(f"sent backward: the gradient of x, one all-reduce of {numbers}")
    else:
        remarks.append("Sent backward: nothing.")
        drawing.say("sent backward: nothing")
    if any(cut.name == "qkv_proj" for cut in cuts):
        remarks.append("A device has the queries, the keys and the values of its own heads.")
    last = layer if isinstance(layer, nn.Linear) else layer.get_submodule(cuts[-1].name)
    if cuts[-1].by == "row" and last.bias is not None:
        remarks.append("The bias is whole and added once, to the sum.")
        drawing.say("the bias is whole and added once, to the sum")
    remarks.append(f"B = {batch}, T = {tokens}. y = x W, so a matrix is (in, out).")
    return remarks


def _cuts(layer: nn.Module, batch: int, tokens: int) -> list[Cut]:
    """All linear layers of a module, in the order of its forward pass: by column, the last by row."""
    linear = {name: module for name, module in layer.named_modules() if isinstance(module, nn.Linear)}
    if len(linear) < 2:
        raise TypeError(
            f"diagram.sharded draws a linear layer, an MLP or attention, got {type(layer).__name__}, "
            f"which has {len(linear)} linear layers"
        )
    for name in ("n_head", "n_kv_head"):
        count = getattr(layer, name, DEVICES)
        if count % DEVICES != 0:
            raise ValueError(f"{name} = {count} cannot be shared out equally between {DEVICES} devices")
    inputs: list[Tensor] = [stream(batch, tokens, next(iter(linear.values())).in_features)]
    if "cos" in inspect.signature(layer.forward).parameters:
        half = linear["q_proj"].out_features // head_counts(layer)[0] // 2
        inputs += [torch.zeros(tokens, half, device="meta")] * 2
    names = [call.path for call in trace(layer, *inputs) if call.path in linear]
    return [_cut(name, linear[name], "row" if name == names[-1] else "column") for name in names]


def _cut(name: str, layer: nn.Linear, by: By) -> Cut:
    dim = 0 if by == "column" else 1  # nn.Linear keeps (out, in): what is a column of x W is a row here
    size = layer.weight.shape[dim]
    if size % DEVICES != 0:
        side = "outputs" if by == "column" else "inputs"
        raise ValueError(f"{size} {side} of {name} cannot be shared out equally between {DEVICES} devices")
    parts = tuple(tuple(part.T.shape) for part in layer.weight.chunk(DEVICES, dim=dim))
    cut_bias = layer.bias is not None and by == "column"
    biases = tuple(part.numel() for part in layer.bias.chunk(DEVICES)) if cut_bias else (0,) * DEVICES
    return Cut(name, by, parts, tuple(layer.weight.T.shape), biases)


def _left(device: int) -> float:
    return EDGE + device * (PANEL + GAP)


def _middle(device: int) -> float:
    return _left(device) + PANEL / 2


def _both(drawing: Drawing, y: float, labels: list[str], fill: str) -> float:
    """A box in each device."""
    for device, label in enumerate(labels):
        box = Box(_left(device) + 6, y, PANEL - 12, ROW)
        drawing.box(box, fill=fill)
        drawing.text(box.middle, y + 3, label, within=box.width)
    return y + ROW


def _down(drawing: Drawing, y: float) -> float:
    for device in range(DEVICES):
        drawing.arrow((_middle(device), y + 1), (_middle(device), y + 14), colour=GREEN)
    return y + 16


def _matrix(drawing: Drawing, y: float, cut: Cut, *, arrow: bool) -> float:
    """The whole matrix in outline with this device's part filled, beside its name, shape and parameters."""
    y = _down(drawing, y) if arrow else y + 4
    high = 3 * SMALL * LINE + 10
    for device, ((into, out), bias) in enumerate(zip(cut.parts, cut.biases, strict=True)):
        box = Box(_left(device) + 6, y, PANEL - 12, high)
        count = into * out + bias
        drawing.room(f"{cut.name}, device {device}", box, parameters=count, fill=TINTS[device])
        icon = Box(box.x + 6, y + 8, 34, high - 16)
        drawing.box(icon, fill=WHITE, corner=0)
        if cut.by == "column":
            part = Box(icon.x + device * icon.width / 2, icon.y, icon.width / 2, icon.height)
        else:
            part = Box(icon.x, icon.y + device * icon.height / 2, icon.width, icon.height / 2)
        drawing.box(part, fill=FAINT_INK, edge=FAINT_INK, corner=0)
        middle, room = (icon.right + box.right) / 2, box.right - icon.right - 4
        lines = [cut.name, f"({into:,}, {out:,})", f"{count:,}"]
        drawing.texts(middle, y + 4, lines, within=room)
        which = f"{cut.name} ({into}, {out}) of {cut.whole}"
        drawing.say(f"device {device}: {which}, cut by {cut.by}, {count:,} parameters")
    return y + high
