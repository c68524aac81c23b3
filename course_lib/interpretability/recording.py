"""Looking on: what passes through a model in one forward pass, caught by torch's own hooks and put aside.

A hook is a function that torch calls when a module is called: `register_forward_hook` after it, with its output,
`register_forward_pre_hook` before it, with its input. The model is not changed, and when the `with` block is left the
hooks are gone. Every function here takes a model of the course that has `blocks` with an `attention` in each: GPT and
Llama.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.attention import attention_kernel, causal_mask, softmax
from course_lib.multi_head_attention import split_heads


@contextmanager
def outputs_of(modules: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """Within it, what each of the modules gave at its latest call, under the name that it has in `modules`."""
    found: dict[str, Tensor] = {}

    def keeper(name: str) -> Any:
        def keep(module: nn.Module, inputs: tuple, output: Tensor) -> None:
            found[name] = output.detach()

        return keep

    handles = [module.register_forward_hook(keeper(name)) for name, module in modules.items()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def inputs_of(modules: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """Within it, what each of the modules was given at its latest call, under the name that it has in `modules`."""
    found: dict[str, Tensor] = {}

    def keeper(name: str) -> Any:
        def keep(module: nn.Module, inputs: tuple) -> None:
            found[name] = inputs[0].detach()

        return keep

    handles = [module.register_forward_pre_hook(keeper(name)) for name, module in modules.items()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def blocks_of(model: nn.Module) -> list[Any]:
    """The model's blocks, in order.

    Raises ValueError if it has none of the course's kind: `blocks`, with an `attention` that ends in `out_proj`.
    """
    blocks = list(getattr(model, "blocks", []))
    if not blocks or not all(hasattr(getattr(block, "attention", None), "out_proj") for block in blocks):
        raise ValueError(f"{type(model).__name__} has no blocks with an attention.out_proj; take a GPT or a Llama")
    return blocks


@torch.no_grad()
def residual_stream(model: nn.Module, idx: Int[Tensor, "B T"]) -> Float[Tensor, "places B T C"]:
    """The residual stream at n_layer + 1 places: before the first block, and behind each block.

    All of it is taken before the final norm. Raises ValueError for a model without the course's blocks.
    """
    blocks = blocks_of(model)
    names = {str(layer): block for layer, block in enumerate(blocks)}
    with inputs_of({"first": blocks[0]}) as entered, outputs_of(names) as left:
        model(idx)
    return torch.stack([entered["first"], *(left[name] for name in names)])


@torch.no_grad()
def head_outputs(model: nn.Module, idx: Int[Tensor, "B T"]) -> Float[Tensor, "L B H T D"]:
    """What each head of each layer has gathered: the weighted mean of its values, before the output projection.

    Raises ValueError for a model without the course's blocks.
    """
    layers = {str(layer): block.attention.out_proj for layer, block in enumerate(blocks_of(model))}
    with inputs_of(layers) as found:  # each (B, T, H · D)
        model(idx)
    n_head = blocks_of(model)[0].attention.n_head
    return torch.stack([split_heads(found[layer], n_head) for layer in layers])


@torch.no_grad()
def attention_patterns(model: nn.Module, idx: Int[Tensor, "B T"]) -> Float[Tensor, "L B H T T"]:
    """The weights of attention of every layer and head, row by row for each query.

    The model attends with torch's fused kernel, which never stores this table. Here it attends with one of ours that
    computes the same and keeps it. Raises ValueError for a model without the course's blocks.
    """
    blocks_of(model)
    kernel = _KeepingKernel()
    with attention_kernel(kernel):
        model(idx)
    return torch.stack(kernel.tables)


class _KeepingKernel:
    """`F.scaled_dot_product_attention` spelled out; every table of weights that it computes is kept."""

    def __init__(self) -> None:
        self.tables: list[Tensor] = []  # each (B, H, T, T)

    def __call__(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        *,
        attn_mask: Tensor | None,
        dropout_p: float,
        is_causal: bool,
        scale: float | None,
        enable_gqa: bool,
    ) -> Tensor:
        if enable_gqa:
            groups = q.shape[1] // k.shape[1]
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)  # (B, H, T, T)
        mask = causal_mask(k.shape[-2], device=q.device) if is_causal else attn_mask
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
        weights = softmax(scores)
        self.tables.append(weights)
        return weights @ v
