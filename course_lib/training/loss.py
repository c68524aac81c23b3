"""The loss of a batch: the plain way, and the same computed a few rows of logits at a time."""

from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.gpt import next_token_loss
from course_lib.training.fast.products import dtype_of_products

IGNORED = -100  # F.cross_entropy's mark for targets that do not count
CHUNK_ROWS = 512  # positions whose logits exist at once: 512 × 10,000 numbers are 20 MB, and stay near the processor


def chunked_next_token_loss(
    hidden: Float[Tensor, "B T C"], head: Float[Tensor, "V C"], targets: Int[Tensor, "B T"], rows: int = CHUNK_ROWS
) -> Float[Tensor, ""]:
    """`next_token_loss(hidden @ headᵀ, targets)`, in value and gradient, with the logits of `rows` positions at a time.

    The logits are the largest thing in a small model's memory: (B·T, V), and their softmax, and their gradient. Here
    each chunk of them is made, used for the loss and for the gradients of `hidden` and `head`, and dropped again.
    As there, targets of IGNORED do not count: the mean is over the others, and nan if there are none.
    There is no second derivative; asking for one raises a RuntimeError.
    Raises ValueError if there is not one target for each position, or rows is less than 1.
    """
    if hidden.shape[:-1] != targets.shape:
        raise ValueError(f"expected one target a position, {tuple(hidden.shape[:-1])}, got {tuple(targets.shape)}")
    if rows < 1:
        raise ValueError(f"rows must be at least 1, got {rows}")
    if not torch.is_grad_enabled():
        return _sum_over_chunks(hidden.flatten(0, -2), head, targets.flatten(), rows)
    loss: Tensor = _ChunkedLoss.apply(hidden.flatten(0, -2), head, targets.flatten(), rows)
    return loss


class _ChunkedLoss(torch.autograd.Function):
    """The loss, with its gradients computed in the forward pass, while each chunk's logits are at hand."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, rows: int) -> Tensor:
        N = len(targets)
        ctx.counted = (targets != IGNORED).sum()  # a tensor, for which nobody has to wait
        ctx.gradient_hidden = torch.empty_like(hidden)  # (N, C)
        ctx.gradient_head = torch.zeros_like(head)  # (V, C)
        total = torch.zeros((), dtype=torch.promote_types(hidden.dtype, torch.float32), device=hidden.device)
        dtype = dtype_of_products(hidden)
        weight = head.to(dtype)
        with torch.autocast(hidden.device.type, enabled=False):
            for start, end in _chunks(N, rows):
                chunk, target = hidden[start:end].to(dtype), targets[start:end, None]  # (rows, C), (rows, 1)
                counts = target != IGNORED  # (rows, 1)
                target = target.where(counts, 0)  # of an ignored one nothing is used, but gather needs an id
                logits = F.linear(chunk, weight).to(total.dtype)  # (rows, V)
                p = torch.softmax(logits, dim=-1)  # (rows, V)
                # log p[target], from the largest p and how far the target's logit is below that one's: p itself may be
                # too small for a number, and the logarithms of all p would take as long as the softmax.
                below = logits.gather(1, target) - logits.amax(1, keepdim=True)  # (rows, 1)
                total -= (below + p.amax(1, keepdim=True).log()).where(counts, 0.0).sum()
                # The gradient of −log p[target] by the logits: p, less 1 at the target.
                by_logits = p.scatter_(1, target, -1.0, reduce="add").to(dtype)  # (rows, V)
                ctx.gradient_hidden[start:end] = (by_logits @ weight).where(counts, 0.0)
                _add_product(ctx.gradient_head, by_logits.T, chunk.where(counts, 0.0))
        return total / ctx.counted

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None, None]:
        if torch.is_grad_enabled():  # the gradients were kept as numbers: their own derivative would be zero, silently
            raise RuntimeError(
                "a loss in chunks has no second derivatives, which create_graph=True asks for: take next_token_loss, "
                "in a LossModule or TrainConfig chunk_rows = None"
            )
        share = upstream / ctx.counted  # the loss is the mean over what counts, the gradients are of the sum
        return share * ctx.gradient_hidden, share * ctx.gradient_head, None, None


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b, in one step where the dtypes are the same."""
    if a.dtype == total.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b


def _sum_over_chunks(hidden: Tensor, head: Tensor, targets: Tensor, rows: int) -> Tensor:
    parts = [
        F.cross_entropy(F.linear(hidden[start:end], head), targets[start:end], reduction="sum")
        for start, end in _chunks(len(targets), rows)
    ]
    return torch.stack(parts).sum() / (targets != IGNORED).sum()


def _chunks(n: int, rows: int) -> pairwise:
    """(start, end) of each."""
    return pairwise([*range(0, n, rows), n])


class LossModule(nn.Module):
    """A model and its loss as one module, (x, y) → loss: what DDP, FSDP and torch.compile should wrap.

    chunk_rows: None for logits all at once, else `chunked_next_token_loss`; GPT and Llama have the `hidden` it needs.
    Raises ValueError, for chunks, if the model has no `hidden`.
    """

    def __init__(self, model: nn.Module, chunk_rows: int | None = None) -> None:
        super().__init__()
        if chunk_rows is not None and not hasattr(model, "hidden"):
            raise ValueError(
                f"chunk_rows = {chunk_rows} needs a model that gives its stream before the head, and "
                f"{type(model).__name__} has no method hidden(idx): take chunk_rows = None"
            )
        self.model = model
        self.chunk_rows = chunk_rows

    def forward(self, x: Int[Tensor, "B T"], y: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """Mean loss of the batch, in nats per token."""
        if self.chunk_rows is None:
            return next_token_loss(self.model(x), y)
        return chunked_next_token_loss(self.model.hidden(x), self.model.head.weight, y, self.chunk_rows)  # type: ignore[operator,union-attr,arg-type]
