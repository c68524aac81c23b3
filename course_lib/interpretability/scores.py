"""What a head does, as a number: how much of its attention goes where a head of a certain kind would look.

All take a table of weights (…, T, T), row by row for each query, as `attention_patterns` gives it, and keep the
dimensions before it: one score for each layer, text and head.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.interpretability.recording import blocks_of


def previous_token_score(weights: Float[Tensor, "*heads T T"]) -> Float[Tensor, "*heads"]:
    """The mean weight that a query gives to the token just before it, over all queries that have one.

    Raises ValueError if there is only one token.
    """
    if weights.shape[-1] < 2:
        raise ValueError("a text of one token has no previous one")
    return weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=-1)


def repeated_tokens(vocab_size: int, n: int, period: int, seed: int = 0) -> Int[Tensor, "n twice_period"]:
    """n rows of random tokens, each row told twice: after the first half nothing but copying helps.

    Within a half no token occurs twice, so that "the token that came after this one last time" has one meaning.
    Raises ValueError if the period is longer than the vocabulary.
    """
    if period > vocab_size:
        raise ValueError(f"{period} different tokens need a vocabulary of at least so many, got {vocab_size}")
    generator = torch.Generator().manual_seed(seed)
    half = torch.stack([torch.randperm(vocab_size, generator=generator)[:period] for _ in range(n)])  # (n, period)
    return torch.cat([half, half], dim=1)


def induction_score(weights: Float[Tensor, "*heads T T"], period: int) -> Float[Tensor, "*heads"]:
    """The mean weight that a query gives to the token *after* its own last occurrence  (Olsson et al. 2022).

    weights: of texts that repeat with this period, as `repeated_tokens` makes them. A query t of the second half has
    its own copy at t − period; the head that copies looks one further, at t − period + 1.
    Raises ValueError if the text is not longer than one period.
    """
    if not 0 < period < weights.shape[-1]:
        raise ValueError(f"a text of {weights.shape[-1]} tokens does not repeat with a period of {period}")
    # The diagonal begins at query period − 1, the last of the first half, which has no copy before it: left out.
    return weights.diagonal(offset=1 - period, dim1=-2, dim2=-1)[..., 1:].mean(dim=-1)


def looking_score(
    weights: Float[Tensor, "L B H T T"], queries: Int[Tensor, " pairs"], keys: Int[Tensor, " pairs"]
) -> Float[Tensor, "L B H"]:
    """The mean weight from query to key over the given pairs of positions, such as (a name's turn, its first place)."""
    return weights[..., queries, keys].mean(dim=-1)


@torch.no_grad()
def copying_table(
    model: nn.Module,
    layer: int,
    head: int,
    tokens: Int[Tensor, " n"],
    stream: Float[Tensor, "n C"] | None = None,
) -> Float[Tensor, "n n"]:
    """What the head says when it looks at each of the tokens: row i, the logit it gives to token j for looking at i.

    A head moves what it looks at through W_V and W_O, whatever its weights are (Elhage et al. 2021, "OV circuit").
    Here a vector is normed as before attention, moved, and read by the head of the model. A head that copies has the
    largest number of each row on the diagonal. The blocks behind it and the final norm are left out.

    stream: the residual stream before this layer at each of the tokens in some text; without it, their embeddings, as
    if the blocks before had done nothing to them.   Raises ValueError for a model without the course's blocks.
    """
    block = blocks_of(model)[layer]
    attention = block.attention
    looked_at = model.token_embedding(tokens) if stream is None else stream  # type: ignore[operator]  # (n, C)
    embedded = block.norm_1(looked_at)  # (n, C)
    if hasattr(attention, "v_proj"):
        values = attention.v_proj(embedded)  # (n, H_kv · D)
        shared_by = attention.n_head // attention.n_kv_head
    else:
        values = attention.qkv_proj(embedded).chunk(3, dim=-1)[2]  # (n, H · D)
        shared_by = 1
    D = attention.out_proj.in_features // attention.n_head
    value = values.split(D, dim=-1)[head // shared_by]  # (n, D)
    written = value @ attention.out_proj.weight[:, head * D : (head + 1) * D].T  # (n, C)
    return written @ model.head.weight[tokens].T  # type: ignore[union-attr,index]  # (n, n)


def copying_score(table: Float[Tensor, "n n"]) -> float:
    """The share of rows whose largest number is on the diagonal: of the tokens looked at, how many are said."""
    return (table.argmax(dim=-1) == torch.arange(len(table), device=table.device)).float().mean().item()
