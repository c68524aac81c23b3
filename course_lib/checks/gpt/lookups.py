"""The sum of embeddings, and what becomes of it with the mistakes that are made."""

from collections.abc import Callable

import torch
from torch import Tensor


def embed(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """token_table[token] + position_table[position], (B, T) -> (B, T, C); no more tokens than positions."""
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[:T]


def embed_with(position_of: Callable[[Tensor, Tensor], Tensor | float]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """`embed` with another choice of what is added to the token's row."""

    def mutant(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
        embed(idx, token_table, position_table)  # refuses a long sequence as the reference does
        return token_table[idx] + position_of(idx, position_table)

    return mutant


def embed_without_check(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """Positions beyond the table take its last row, so that a long sequence goes through."""
    positions = torch.arange(idx.shape[1]).clamp(max=len(position_table) - 1)
    return token_table[idx] + position_table[positions]


def embed_unless_it_just_fits(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """A sequence of as many tokens as there are positions is refused as well."""
    if idx.shape[1] >= len(position_table):
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {idx.shape[1]} tokens")
    return embed(idx, token_table, position_table)


def embed_joined(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """Side by side, which makes it twice as wide."""
    positions = embed(idx, token_table, position_table) - token_table[idx]
    return torch.cat([token_table[idx], positions], dim=-1)


def embed_as_long_as_the_batch(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """The number of texts is taken for that of tokens."""
    T = idx.shape[0]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[:T]


def embed_measured_by_tokens(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """The length is compared with the wrong table."""
    T = idx.shape[1]
    if len(token_table) < T:
        raise ValueError(f"there are {len(token_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[:T]


def embed_without_numbers(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """It is refused, but what does not fit is not said."""
    if idx.shape[1] > len(position_table):
        raise ValueError("the sequence is too long")
    return embed(idx, token_table, position_table)


def tables_exchanged(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """Tokens are looked up as positions, and positions as tokens."""
    embed(idx, token_table, position_table)  # refuses a long sequence as the reference does
    return position_table[idx] + token_table[: idx.shape[1]]
