"""Lesson 14, exercise 7: an embedding in parts."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.parallel.inputs import drawn_size
from course_lib.checks.parallel.slots.embed_shard import VARIANTS


def embed_shard(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """Rows for the tokens of this shard, zeros for all others."""
    local = idx - first
    here = (local >= 0) & (local < len(shard))
    return shard[local.where(here, 0)] * here[..., None]


def embed_with(
    local: Callable[[Tensor, int, int], Tensor], here: Callable[[Tensor, int], Tensor]
) -> Callable[[Tensor, Tensor, int], Tensor]:
    """Another row for each token, from (idx, first, size), and another mask, from (row, size)."""

    def mutant(idx: Tensor, shard: Tensor, first: int) -> Tensor:
        row = local(idx, first, len(shard))
        return shard[row.clamp(0, len(shard) - 1)] * here(row, len(shard))[..., None]

    return mutant


def embed_one_too_many(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """The next device's first token is taken for one of ours, and there is no row for it."""
    local = idx - first
    here = (local >= 0) & (local <= len(shard))
    return shard[local.where(here, 0)] * here[..., None]


def embed_with_upper_border_only(idx: Tensor, shard: Tensor, first: int) -> Tensor:
    """A row below zero counts from the end, so a token of another device finds a row."""
    local = idx - first
    here = local < len(shard)
    return shard[local.where(here, 0)] * here[..., None]


def embed_cases(generator: torch.Generator) -> list[Case]:
    """Two shards of two rows, told apart at sight; then the middle one of three."""
    idx = torch.tensor([0, 1, 2, 3])
    lower, upper = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [4.0]])
    drawn = torch.randn(5, 3, generator=generator)
    first, size = drawn_size(generator, 3, 9), drawn_size(generator, 4, 8)
    table = torch.randn(size, drawn_size(generator, 2, 5), generator=generator)
    more = torch.randint(first + size + 5, (3, 7), generator=generator)
    batch = torch.randint(15, (2, 6), generator=generator)
    batch[0, :5] = torch.tensor([4, 5, 9, 10, 14])  # on both borders
    return [
        Case((idx, lower, 0), label="tokens 0 and 1 are here, 2 and 3 elsewhere"),
        Case((idx, upper, 2), label="tokens 2 and 3 are here, 0 and 1 elsewhere"),
        Case((batch, drawn, 5), label="tokens 5 to 9 are here, of 15"),
        Case((more, table, first), label=f"tokens {first} to {first + len(table) - 1} are here"),
    ]


def shards_add_up(call: Call, generator: torch.Generator) -> None:
    """The sum over the devices is the whole table's row."""
    table = torch.randn(12, 4, generator=generator)
    idx = torch.randint(12, (3, 5), generator=generator)
    total = sum(call(idx, shard, 3 * rank) for rank, shard in enumerate(table.chunk(4)))
    if not torch.allclose(total, table[idx], atol=1e-5):
        raise Failed("12 tokens on 4 devices: the sum of what the devices give is not the row of the whole table")


EXERCISE = Exercise(
    name="embed_shard",
    reference=embed_shard,
    variants=VARIANTS,
    cases=embed_cases,
    properties=(Property("the devices' results add up to the row of the whole table", shards_add_up),),
    misconceptions=(
        Misconception(
            "foreign tokens not masked",
            embed_with(lambda idx, first, size: idx - first, lambda row, size: torch.ones_like(row)),
            "A token of another device gets your first or last row, and the sum then has two rows in it. Give zeros.",
        ),
        Misconception(
            "token taken for row",
            embed_with(lambda idx, first, size: idx, lambda row, size: row < size),
            "Token `first` is row 0 of this shard: subtract first before you look it up.",
        ),
        Misconception(
            "wrapped around",
            embed_with(lambda idx, first, size: idx % size, lambda row, size: torch.ones_like(row)),
            "Modulo gives every token a row here. A token of another device must give zeros.",
        ),
        Misconception(
            "foreign tokens get the first row",
            embed_with(
                lambda idx, first, size: (idx - first).where((idx >= first) & (idx < first + size), 0),
                lambda row, size: torch.ones_like(row),
            ),
            "Row 0 is a good place to look up a token that is not here, but what comes out must be made zeros.",
        ),
        Misconception(
            "one token too many",
            embed_one_too_many,
            "The shard holds tokens first … first + size − 1. Token first + size is the next device's.",
        ),
        Misconception(
            "first token left out",
            embed_with(lambda idx, first, size: idx - first, lambda row, size: (row > 0) & (row < size)),
            "Token `first` itself is row 0, and it is yours: ≥ 0, not > 0.",
        ),
        Misconception(
            "last token left out",
            embed_with(lambda idx, first, size: idx - first, lambda row, size: (row >= 0) & (row < size - 1)),
            "The last row of the shard is a token of ours too: the mask is local < len(shard).",
        ),
        Misconception(
            "first taken for a rank",
            embed_with(lambda idx, first, size: idx - first * size, lambda row, size: (row >= 0) & (row < size)),
            "first is the number of the first token here, not that of the device: the row is idx − first.",
        ),
        Misconception(
            "no lower border",
            embed_with_upper_border_only,
            "A token below first gives a negative row, and torch counts these from the end. Mask them as well.",
        ),
        Misconception(
            "token looked up as a row",
            lambda idx, shard, first: (
                shard[idx.where((idx >= first) & (idx < first + len(shard)), 0)]
                * ((idx >= first) & (idx < first + len(shard)))[..., None]
            ),
            "The mask is right. But token `first` is row 0 of this shard: subtract first before you look it up.",
        ),
        Misconception(
            "foreign tokens dropped",
            lambda idx, shard, first: shard[idx[(idx >= first) & (idx < first + len(shard))] - first],
            "Rows of other devices' tokens are missing. Give zeros for them, so that the devices' results can be "
            "added.",
        ),
        Misconception(
            "mask inverted",
            embed_with(lambda idx, first, size: idx - first, lambda row, size: (row < 0) | (row >= size)),
            "You give zeros for this device's tokens, and a row for the others. It must be the other way round.",
        ),
        Misconception(
            "first added",
            embed_with(lambda idx, first, size: idx + first, lambda row, size: (row >= 0) & (row < size)),
            "Token `first` is row 0 of this shard: subtract first, do not add it.",
        ),
        Misconception(
            "mask inverted, with row 0",
            lambda idx, shard, first: (
                shard[(idx - first).where((idx >= first) & (idx < first + len(shard)), 0)]
                * ~((idx >= first) & (idx < first + len(shard)))[..., None]
            ),
            "You give zeros for this device's tokens, and row 0 for the others. It must be the other way round.",
        ),
        Misconception(
            "ones for foreign tokens",
            lambda idx, shard, first: torch.where(
                ((idx >= first) & (idx < first + len(shard)))[..., None],
                shard[(idx - first).clamp(0, len(shard) - 1)],
                1.0,
            ),
            "A token of another device must give zeros: the devices' results are added, and ones would change the sum.",
        ),
        Misconception(
            "wrapped around from first",
            embed_with(lambda idx, first, size: (idx - first) % size, lambda row, size: torch.ones_like(row)),
            "Modulo gives every token a row here. A token of another device must give zeros.",
        ),
    ),
    hints=(
        "Tokens 0 to 3, two devices. Write down what each gives for token 2. What must their sum be?",
        "local = idx - first. Yours are 0 ≤ local < len(shard). For others look up any row, and make zeros of it.",
        "here = (local >= 0) & (local < len(shard)); return shard[local.where(here, 0)] * here[..., None]",
    ),
    review="lesson 14, section 4, 'The vocabulary in parts'",
)
