"""The logit lens: what would the model say if it stopped here?"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.interpretability.recording import blocks_of


@torch.no_grad()
def logit_lens(model: nn.Module, stream: Float[Tensor, "*places C"]) -> Float[Tensor, "*places V"]:
    """head(final_norm(stream)): the logits that the residual stream would give at each place  (nostalgebraist 2020).

    The final norm belongs to the lens: the head was trained on what comes out of it, and behind the last block the
    lens gives exactly the model's logits.

    stream: from `residual_stream`, or any part of it.   Raises ValueError for a model without the course's blocks, or
    if the stream is not as wide as the model.
    """
    blocks_of(model)
    width = model.config.n_embd  # type: ignore[union-attr]
    if stream.shape[-1] != width:
        raise ValueError(f"the model's stream is {width} wide, got {stream.shape[-1]}")
    return model.head(model.final_norm(stream))  # type: ignore[operator]


def rank_of(logits: Float[Tensor, "*places V"], token: int) -> Int[Tensor, "*places"]:
    """How many tokens are more likely than this one: 0 where it would be the model's first choice."""
    return (logits > logits[..., token : token + 1]).sum(dim=-1)
