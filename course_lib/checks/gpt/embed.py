"""Exercise 1 of lesson 07: the sum of embeddings."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.gpt.inputs import drawn_size
from course_lib.checks.gpt.lookups import (
    embed,
    embed_as_long_as_the_batch,
    embed_joined,
    embed_measured_by_tokens,
    embed_unless_it_just_fits,
    embed_with,
    embed_without_check,
    embed_without_numbers,
    tables_exchanged,
)
from course_lib.checks.gpt.slots.embed import VARIANTS


def embed_cases(generator: torch.Generator) -> list[Case]:
    """Tables to read off first; square batches, where a wrong axis goes unnoticed, and a sequence too long."""
    tokens = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    V, P, C = drawn_size(generator, 3, 5), drawn_size(generator, 6, 9), drawn_size(generator, 2, 6)
    positions = torch.tensor([[0.0, 10.0], [0.0, 20.0], [0.0, 30.0]])

    def drawn(B: int, T: int) -> Case:
        idx = torch.randint(V, (B, T), generator=generator)
        tables = (torch.randn(V, C, generator=generator), torch.randn(P, C, generator=generator))
        return Case((idx, *tables), label=f"B = {B}, T = {T}, {V} words, {P} positions")

    return [
        Case((torch.tensor([[2, 1]]), tokens, positions), label="tokens 2 and 1, at positions 0 and 1"),
        drawn(3, 3),
        drawn(drawn_size(generator, 2, 4), P - 1),
        drawn(2, P),
        Case(
            (torch.tensor([[0, 1, 0, 1]]), tokens, positions),
            label="four tokens but three positions",
        ),
    ]


EXERCISE = Exercise(
    name="embed",
    reference=embed,
    variants=VARIANTS,
    cases=embed_cases,
    drive=drive.look_up,
    misconceptions=(
        Misconception(
            "positions left out",
            embed_with(lambda idx, table: 0.0),
            "The token's row says what stands there, not where: add the row of its position.",
        ),
        Misconception(
            "position looked up by token",
            embed_with(lambda idx, table: table[idx % len(table)]),
            "A row of the position table is chosen by where the token stands (0, 1, 2, …), not by which token.",
        ),
        Misconception(
            "positions counted from 1",
            embed_with(lambda idx, table: table.roll(-1, dims=0)[: idx.shape[1]]),
            "The first token stands at position 0.",
        ),
        Misconception(
            "positions along the batch",
            embed_with(lambda idx, table: table[: idx.shape[0], None]),
            "Every text of the batch begins at position 0: the position changes along T, not along B.",
        ),
        Misconception(
            "a sequence that just fits refused",
            embed_unless_it_just_fits,
            "As many tokens as positions are fine: the last token takes the last row. Refuse only more than that.",
        ),
        Misconception(
            "a long sequence let through",
            embed_without_check,
            "There is no row for the fourth position. Raise a ValueError that says how many there are.",
        ),
        Misconception(
            "refused without the numbers",
            embed_without_numbers,
            "The message must name both numbers: how many tokens came, and how many positions there are.",
        ),
        Misconception(
            "the whole position table added",
            embed_with(lambda idx, table: table),
            "T tokens stand at positions 0 … T − 1: add position_table[:T], not all rows of the table.",
        ),
        Misconception(
            "the last rows of the position table",
            embed_with(lambda idx, table: table[len(table) - idx.shape[1] :]),
            "position_table[-T:] are the last positions that there are. The first token stands at position 0: [:T].",
        ),
        Misconception(
            "one position for all tokens",
            embed_with(lambda idx, table: table[idx.shape[1] - 1]),
            "Every token gets the row of the same position. Token t gets row t: position_table[:T].",
        ),
        Misconception(
            "joined in place of added",
            embed_joined,
            "You put the two vectors side by side, which makes them twice as wide. Add them, number by number.",
        ),
        Misconception(
            "multiplied in place of added",
            lambda idx, token_table, position_table: (
                token_table[idx] * (embed(idx, token_table, position_table) - token_table[idx])
            ),
            "You multiply the two rows. Add them.",
        ),
        Misconception(
            "the average of the two rows",
            lambda idx, token_table, position_table: embed(idx, token_table, position_table) / 2,
            "You take the mean of the two rows. Their sum is asked for, and nothing divides it.",
        ),
        Misconception(
            "the token's row times √C",
            lambda idx, token_table, position_table: (
                embed(idx, token_table, position_table) + (token_table.shape[1] ** 0.5 - 1) * token_table[idx]
            ),
            "The first transformer multiplied the token's row by √C. A GPT does not.",
        ),
        Misconception(
            "the position's number added",
            embed_with(lambda idx, table: torch.arange(idx.shape[1])[:, None]),
            "You add 0, 1, 2, … to every number of the row. Add the position's row of the table: position_table[:T].",
        ),
        Misconception(
            "T read from the batch",
            embed_as_long_as_the_batch,
            "idx is (B, T): the number of tokens is idx.shape[1]. idx.shape[0] is the number of texts.",
        ),
        Misconception(
            "measured by the token table",
            embed_measured_by_tokens,
            "How many words there are does not matter. Compare T with the rows of the position table.",
        ),
        Misconception(
            "the two tables exchanged",
            tables_exchanged,
            "You look up tokens in the position table, and positions in the token table. It is token_table[idx] and "
            "position_table[:T].",
        ),
    ),
    hints=(
        "Indexing a table by a tensor of ids gives a row for each id: table[idx] is (B, T, C).",
        "The positions of T tokens are 0 … T − 1, so their rows are position_table[:T]. Adding repeats them.",
        "if len(position_table) < idx.shape[1]: raise ValueError(...); "
        "return token_table[idx] + position_table[: idx.shape[1]]",
    ),
    review="lesson 07, 'In: two embeddings'",
)
