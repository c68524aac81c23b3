"""Batches for masked language modelling, and what becomes of them with the mistakes that are made, for lesson 13."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

IGNORED = -100

Batch = tuple[Tensor, Tensor]


def mlm_batch(
    idx: Tensor, choose: Tensor, act: Tensor, others: Tensor, mask_id: int, special_ids: Sequence[int]
) -> Batch:
    """Inputs and labels: chosen where choose < 0.15; of these hidden where act < 0.8, another token where < 0.9."""
    return batch_with()(idx, choose, act, others, mask_id, special_ids)


def batch_with(
    *,
    chosen: Callable[[Tensor, Tensor], Tensor] = lambda choose, special: (choose < 0.15) & ~special,
    hidden: Callable[[Tensor], Tensor] = lambda act: act < 0.8,
    replaced: Callable[[Tensor], Tensor] = lambda act: (act >= 0.8) & (act < 0.9),
    labels: Callable[..., Tensor] = lambda idx, inputs, chosen, act: torch.where(chosen, idx, IGNORED),
) -> Callable[..., Batch]:
    """`mlm_batch` with one of its steps replaced."""

    def mutant(
        idx: Tensor, choose: Tensor, act: Tensor, others: Tensor, mask_id: int, special_ids: Sequence[int]
    ) -> Batch:
        special = torch.isin(idx, torch.tensor(list(special_ids), dtype=idx.dtype))
        picked = chosen(choose, special)
        inputs = torch.where(picked & replaced(act), others, idx)
        inputs = torch.where(picked & hidden(act), mask_id, inputs)
        return inputs, labels(idx, inputs, picked, act)

    return mutant
