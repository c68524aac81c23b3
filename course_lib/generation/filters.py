"""What may be done to a distribution before a token is drawn from it: small functions from logits to logits.

A token that is taken out of the draw gets the logit −inf, so that its probability is exactly 0; a softmax over the
others makes them add up to 1 again. Each function takes any leading dimensions and leaves its input as it was.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def apply_temperature(logits: Float[Tensor, "*batch V"], temperature: float) -> Float[Tensor, "*batch V"]:
    """logits / temperature: below 1 the likely become likelier, above 1 chances even out  (Ackley et al. 1985).

    Raises ValueError unless temperature is above 0; its limit 0 is the argmax, which needs no draw.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0 to divide by it, got {temperature}; for 0 take the argmax")
    return logits / temperature


def top_k(logits: Float[Tensor, "*batch V"], k: int) -> Float[Tensor, "*batch V"]:
    """Keep the k most likely tokens  (Fan et al. 2018, section 5.4). Tokens that tie with the k-th stay as well.

    With k = V or more, all stay. Raises ValueError if k is less than 1.
    """
    if k < 1:
        raise ValueError(f"top_k must be at least 1, got {k}; None keeps all tokens")
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]  # (..., 1): the smallest logit that stays
    return logits.masked_fill(logits < kth, -math.inf)


def top_p(logits: Float[Tensor, "*batch V"], p: float) -> Float[Tensor, "*batch V"]:
    """Keep the fewest most likely tokens whose probabilities add up to p or more  (Holtzman et al. 2020, eq. 2).

    The token with which the sum reaches p stays, so that there is always one. Of equally likely ones the smaller id
    comes first. Raises ValueError unless 0 < p ≤ 1; with 1 all stay.
    """
    if not 0 < p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {p}; None or 1 keeps all tokens")
    if p == 1:  # a rounded sum may reach 1 before the last token
        return logits
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)  # (..., V), most likely first
    up_to_here = _softmax(ordered).cumsum(dim=-1)  # (..., V)
    before = F.pad(up_to_here[..., :-1], (1, 0))  # (..., V): the sum without the token itself, 0 for the first
    removed = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, before >= p)  # back in the order of ids
    return logits.masked_fill(removed, -math.inf)


def min_p(logits: Float[Tensor, "*batch V"], p: float) -> Float[Tensor, "*batch V"]:
    """Keep tokens at least p times as likely as the most likely one  (Nguyen et al. 2024, section 3).

    Raises ValueError unless 0 ≤ p ≤ 1; with 0 all stay, with 1 only the most likely and what ties with it.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"min_p must lie between 0 and 1, got {p}; None or 0 keeps all tokens")
    probabilities = _softmax(logits)  # (..., V)
    least = p * probabilities.amax(dim=-1, keepdim=True)  # (..., 1)
    return logits.masked_fill(probabilities < least, -math.inf)


def repetition_penalty(
    logits: Float[Tensor, "*batch V"], seen: Int[Tensor, "*batch T"], penalty: float
) -> Float[Tensor, "*batch V"]:
    """Make tokens that the text holds already less likely: x / penalty where x > 0, x · penalty where x < 0.

    seen: the ids of the text so far, in any order and number  (Keskar et al. 2019, section 4.1).
    Raises ValueError unless penalty is above 0; 1 changes nothing, below 1 repeating is rewarded.
    """
    if not penalty > 0:
        raise ValueError(f"repetition_penalty must be above 0, got {penalty}; 1 changes nothing")
    theirs = logits.gather(-1, seen)  # (..., T)
    return logits.scatter(-1, seen, torch.where(theirs > 0, theirs / penalty, theirs * penalty))


def _softmax(logits: Tensor) -> Tensor:
    """In float32 at least: sums of thousands of small numbers lose too much in half precision."""
    return torch.softmax(logits, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
