"""What a live model is made of: its parts in the order in which they are called, their shapes and parameter counts.

The model is called once on the "meta" device, where tensors have shapes and no numbers: nothing is computed, nothing is
drawn at random, and a model of eight billion parameters takes no longer than a small one.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from course_lib.show.profiling import num_params

Shape = tuple[int, ...]


class Call(NamedTuple):
    """One call of a module: the shapes of the tensors that went in, and of the one that came out."""

    path: str
    inputs: tuple[Shape, ...]
    output: Shape


def trace(model: nn.Module, *inputs: Tensor, **named: Tensor) -> list[Call]:
    """The calls of the model's modules in the order in which they began; the model's own is the first."""
    calls: list[Call] = []
    waiting: list[int] = []

    def enter(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple, kwargs: dict[str, Any]) -> None:
            shapes = tuple(tuple(x.shape) for x in (*args, *kwargs.values()) if isinstance(x, Tensor))
            waiting.append(len(calls))
            calls.append(Call(path, shapes, ()))

        return hook

    def leave(module: nn.Module, args: tuple, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        position = waiting.pop()
        calls[position] = calls[position]._replace(output=tuple(first.shape))

    handles = []
    for path, module in model.named_modules():
        handles.append(module.register_forward_pre_hook(enter(path), with_kwargs=True))
        handles.append(module.register_forward_hook(leave))
    weights = {name: value.detach().to("meta") for name, value in (*model.named_parameters(), *model.named_buffers())}
    try:
        with torch.no_grad():
            functional_call(model, weights, inputs, named)
    finally:
        for handle in handles:
            handle.remove()
    return calls


def ids(batch: int, tokens: int) -> Tensor:
    """Tokens without numbers, (B, T)."""
    return torch.zeros(batch, tokens, dtype=torch.long, device="meta")


def stream(batch: int, tokens: int, width: int) -> Tensor:
    """A residual stream without numbers, (B, T, C)."""
    return torch.zeros(batch, tokens, width, device="meta")


@dataclass(frozen=True)
class Part:
    """A module of a block, or beside the blocks.

    role: "norm", "attention", "cross-attention", "mlp" or "other".   about: what it is, in few words per line.
    """

    path: str
    role: str
    kind: str
    about: tuple[str, ...]
    parameters: int
    output: Shape


def role(name: str, module: nn.Module) -> str:
    """What a module does in a block, by its name and its class."""
    words = f"{name} {type(module).__name__}".lower()
    if "norm" in words:
        return "norm"
    if "attention" in words or "attn" in words:
        return "cross-attention" if "cross" in words else "attention"
    if "mlp" in words or "swiglu" in words or "feed" in words:
        return "mlp"
    return "other"


def parts_of(block: nn.Module, path: str, calls: list[Call]) -> list[Part]:
    """The parts of a block in the order in which its forward pass called them; dropout is left out."""
    children = dict(block.named_children())
    called = [
        call for call in calls if call.path.rpartition(".")[0] == path and call.path.rpartition(".")[2] in children
    ]
    parts = []
    for call in called:
        name = call.path.rpartition(".")[2]
        module = children[name]
        if isinstance(module, nn.Dropout | nn.Identity):
            continue
        what = role(name, module)
        below = [other for other in calls if other.path.startswith(f"{call.path}.")]
        about = {"attention": attention_about, "cross-attention": attention_about, "mlp": mlp_about}.get(what)
        lines = about(module, below) if about is not None else (type(module).__name__,)
        parts.append(Part(call.path, what, type(module).__name__, lines, num_params(module), call.output))
    return parts


def head_counts(attention: nn.Module) -> tuple[int, int]:
    """Query heads, and heads of keys and values.

    Raises TypeError if the module does not say how many heads it has.
    """
    heads = getattr(attention, "heads", None)
    if isinstance(heads, nn.ModuleList):
        return len(heads), len(heads)
    n_head = getattr(attention, "n_head", getattr(attention, "num_heads", None))
    if not isinstance(n_head, int):
        raise TypeError(
            f"{type(attention).__name__} does not say how many heads it has: expected an attribute n_head, "
            "as MultiHeadAttention and GroupedQueryAttention have it, or a ModuleList `heads`"
        )
    return n_head, getattr(attention, "n_kv_head", n_head)


def rotates(attention: nn.Module) -> bool:
    """True if its queries and keys are turned by their positions (RoPE): its forward pass takes cosines and sines."""
    return "cos" in inspect.signature(attention.forward).parameters and getattr(attention, "rotates", True)


def attention_about(attention: nn.Module, calls: Iterable[Call] = ()) -> tuple[str, ...]:
    """What to write into an attention's room."""
    n_head, n_kv_head = head_counts(attention)
    plural = "s" if n_head > 1 else ""
    lines = [f"{n_head} head{plural}" if n_head == n_kv_head else f"{n_head} query head{plural}"]
    if n_kv_head != n_head:
        lines.append(f"{n_kv_head} key/value head{'s' if n_kv_head > 1 else ''}")
    if rotates(attention):
        lines.append("RoPE turns q, k")
    if "Bidirectional" in type(attention).__name__:
        lines.append("sees both sides")
    if getattr(attention, "window", None) is not None:
        lines.append(f"sees {attention.window} tokens")
    return tuple(lines)


def mlp_about(mlp: nn.Module, calls: Iterable[Call] = ()) -> tuple[str, ...]:
    """The widths between its matrices, and the gate if there is one."""
    ends = [(call.inputs[0][-1], call.output[-1]) for call in calls if call.inputs]
    widths = [width for pair in ends for width in pair]
    if not widths:
        return ()
    gated = getattr(mlp, "gate_proj", None) is not None
    lines = (f"{widths[0]} → {max(widths)} → {widths[-1]}",)
    return (*lines, "gate × up") if gated else lines
