"""Changing one thing in a forward pass and nothing else: activation patching and its special case, ablation.

A run is a forward pass. In activation patching there are two, on texts that differ in one thing: what one part of the
model computed in the *source* run is put in its place in the *target* run, and everything behind it is computed anew.
If the answer moves towards that of the source, this part carried the difference  (Vig et al. 2020; Meng et al. 2022).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.interpretability.recording import blocks_of, head_outputs, residual_stream

Metric = Callable[[Tensor], Tensor]  # logits (B, T, V) -> a number for each text (B,)


class Head(NamedTuple):
    """One head of the model, both counted from 0."""

    layer: int
    head: int


@contextmanager
def heads_replaced(model: nn.Module, values: Mapping[Head, Tensor]) -> Iterator[None]:
    """Within it, each of these heads gives the value instead of what it gathered.

    values: for each head anything that fits (B, T, D): a tensor of zeros, a mean (D,), its output in another run.
    Raises ValueError for a model without the course's blocks, or a head that it does not have.
    """
    blocks = blocks_of(model)
    for layer, head in values:
        if not (0 <= layer < len(blocks) and 0 <= head < blocks[layer].attention.n_head):
            has = f"{len(blocks)} layers of {blocks[0].attention.n_head} heads"
            raise ValueError(f"the model has {has}, so there is no head {head} in layer {layer}")

    def replacing(layer: int) -> Any:
        def replace(out_proj: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
            gathered = inputs[0].clone()  # (B, T, H · D)
            D = gathered.shape[-1] // blocks[layer].attention.n_head
            for (where, head), value in values.items():
                if where == layer:
                    gathered[..., head * D : (head + 1) * D] = value
            return (gathered,)

        return replace

    with ExitStack() as hooks:
        for layer in {where for where, _ in values}:
            hooks.callback(blocks[layer].attention.out_proj.register_forward_pre_hook(replacing(layer)).remove)
        yield


@contextmanager
def stream_replaced(model: nn.Module, place: int, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Within it, the residual stream (B, T, C) at this place is `change` of what it was.

    place: as in `residual_stream`; 0 is before the first block, n_layer behind the last.
    Raises ValueError for a model without the course's blocks, or a place that it does not have.
    """
    blocks = blocks_of(model)
    if not 0 <= place <= len(blocks):
        raise ValueError(f"the stream has the places 0 to {len(blocks)}, got {place}")
    if place == 0:
        handle = blocks[0].register_forward_pre_hook(lambda block, inputs: (change(inputs[0]), *inputs[1:]))
    else:
        handle = blocks[place - 1].register_forward_hook(lambda block, inputs, output: change(output))
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def patch_stream(
    model: nn.Module, source: Int[Tensor, "1 T"], target: Int[Tensor, "1 T"], metric: Metric
) -> Float[Tensor, "places T"]:
    """The metric of the target run with the stream of the source run put in at one place and one token, for each.

    The T tokens of a place are T texts of one batch: text t has the source's vector at token t only.
    Raises ValueError if the two texts have not the same number of tokens.
    """
    _require_one_length(source, target)
    stream = residual_stream(model, source)[:, 0]  # (places, T, C)
    T = target.shape[1]
    one_each = torch.eye(T, dtype=torch.bool, device=target.device)[..., None]  # (T, T, 1): text t, token t
    rows = []
    for place, there in enumerate(stream):
        with stream_replaced(model, place, lambda x, there=there: torch.where(one_each, there, x)):  # type: ignore[misc]
            rows.append(metric(model(target.expand(T, T))))
    return torch.stack(rows)


@torch.no_grad()
def patch_heads(
    model: nn.Module, source: Int[Tensor, "B T"], target: Int[Tensor, "B T"], metric: Metric
) -> Float[Tensor, "L H B"]:
    """The metric of the target runs with one head's output taken from the source runs, for each head.

    Raises ValueError if the two texts have not the same number of tokens.
    """
    _require_one_length(source, target)
    gathered = head_outputs(model, source)  # (L, B, H, T, D)
    table = []
    for layer in range(gathered.shape[0]):
        for head in range(gathered.shape[2]):
            with heads_replaced(model, {Head(layer, head): gathered[layer, :, head]}):
                table.append(metric(model(target)))
    return torch.stack(table).view(gathered.shape[0], gathered.shape[2], -1)


def logit_difference(
    logits: Float[Tensor, "B T V"], right: Int[Tensor, " B"], wrong: Int[Tensor, " B"]
) -> Float[Tensor, " B"]:
    """The logit of `right` less that of `wrong` at the last token: by how many nats the model prefers the one.

    What is added to all logits alike cancels, and so does the softmax's sum: it is log p(right) − log p(wrong).
    """
    row = torch.arange(len(logits), device=logits.device)
    return logits[row, -1, right] - logits[row, -1, wrong]


def recovered(patched: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """The share of the way from the target's answer to the source's: (patched − target) / (source − target).

    0 where patching changed nothing, 1 where the answer became that of the source. Raises ValueError if source and
    target are equal somewhere: there is no way to go then.
    """
    if (source == target).any():
        raise ValueError("source and target have the same answer, so no part can carry the difference: choose others")
    return (patched - target) / (source - target)


def _require_one_length(source: Tensor, target: Tensor) -> None:
    if source.shape != target.shape:
        raise ValueError(
            f"the texts need the same number of tokens, or position t is not the same place in both; "
            f"got {tuple(source.shape)} and {tuple(target.shape)}"
        )
