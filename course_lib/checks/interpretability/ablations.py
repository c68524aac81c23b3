"""Ways to take a head away, for lesson 20."""

from collections.abc import Callable

import torch
from torch import Tensor


def mean_ablate(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """The heads' outputs (B, T, H, D), those of one head replaced by its mean over all real tokens."""
    return ablate_with(mean_over_real)(gathered, real, head)


def mean_over_real(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """The mean of one head over the real tokens of all texts: (D,)."""
    return gathered[real][:, head].mean(dim=0)


def ablate_with(
    value: Callable[[Tensor, Tensor, int], Tensor],
    *,
    only_real: bool = False,
    added: bool = False,
) -> Callable[[Tensor, Tensor, int], Tensor]:
    """`mean_ablate` with another value in place of the mean; where only the real tokens are changed; or added."""

    def mutant(gathered: Tensor, real: Tensor, head: int) -> Tensor:
        out = gathered.clone()
        new = value(gathered, real, head).expand(gathered[:, :, head].shape)
        new = new + gathered[:, :, head] if added else new
        out[:, :, head] = torch.where(real[..., None], new, gathered[:, :, head]) if only_real else new
        return out

    return mutant


def over_rows(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """The mean of each text's own real tokens: (B, 1, D)."""
    counted = gathered[:, :, head] * real[..., None]
    return counted.sum(dim=1, keepdim=True) / real.sum(dim=1)[:, None, None]


def over_columns(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """The mean of each position over the texts that reach it: (1, T, D)."""
    counted = gathered[:, :, head] * real[..., None]
    return counted.sum(dim=0, keepdim=True) / real.sum(dim=0).clamp(min=1)[None, :, None]


def every_head(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """All heads replaced by their own means."""
    return gathered[real].mean(dim=0).expand(gathered.shape).clone()


def another_dimension(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """The number `head` of each head's vector, as if the dimensions were (B, T, D, H)."""
    out = gathered.clone()
    at = min(head, gathered.shape[-1] - 1)
    out[..., at] = mean_over_real(gathered, real, head)[at]
    return out


def the_other_heads(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """All heads but one replaced by their own means."""
    out = every_head(gathered, real, head)
    out[:, :, head] = gathered[:, :, head]
    return out


def position_for_head(gathered: Tensor, real: Tensor, head: int) -> Tensor:
    """All heads at one position replaced by the mean over the texts."""
    out = gathered.clone()
    at = min(head, gathered.shape[1] - 1)
    out[:, at] = gathered[:, at].mean(dim=0)
    return out
