"""Lesson 20, exercise 3: what a head says when it looks at a token."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.slots.ov_table import VARIANTS


def ov_table(embedding: Tensor, w_v: Tensor, w_o: Tensor, head: Tensor) -> Tensor:
    """Row i: the logits that a head adds for looking at token i; weights as `nn.Linear` has them, (out, in)."""
    return embedding @ w_v.T @ w_o.T @ head.T


def ov_with(
    looked_at: Callable[[Tensor, Tensor], Tensor] = lambda embedding, head: embedding,
    read_by: Callable[[Tensor, Tensor], Tensor] = lambda embedding, head: head,
    after: Callable[[Tensor, Tensor], Tensor] = lambda table, w_v: table,
) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """`ov_table` of other vectors, read by another matrix, or with something done to the table."""

    def mutant(embedding: Tensor, w_v: Tensor, w_o: Tensor, head: Tensor) -> Tensor:
        return after(ov_table(looked_at(embedding, head), w_v, w_o, read_by(embedding, head)), w_v)

    return mutant


def ov_cases(generator: torch.Generator) -> list[Case]:
    """A head that copies each of two coordinates; then drawn ones, narrow and wide."""

    def case(V: int, C: int, D: int) -> Case:
        args = (drawn(generator, V, C), drawn(generator, D, C), drawn(generator, C, D), drawn(generator, V, C))
        return Case(args, label=f"V = {V}, C = {C}, D = {D}")

    two = torch.tensor([[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], dtype=torch.float64)
    keeps = torch.eye(4, dtype=torch.float64)[:2]  # (D, C): the first two coordinates
    return [
        Case((two, keeps, keeps.T.clone(), two + 1), label="a head that keeps the first 2 of 4 coordinates"),
        case(5, 4, 2),
        case(drawn_size(generator, 3, 7), drawn_size(generator, 5, 8), drawn_size(generator, 2, 4)),
    ]


EXERCISE = Exercise(
    name="ov_table",
    reference=ov_table,
    variants=VARIANTS,
    cases=ov_cases,
    forbidden=("course_lib.interpretability.copying_table",),
    misconceptions=(
        Misconception(
            "norms put in",
            lambda embedding, w_v, w_o, head: ov_table(F.layer_norm(embedding, embedding.shape[1:]), w_v, w_o, head),
            "Norms are left out here: the embedding goes into the head's value as it is.",
        ),
        Misconception(
            "rows and columns swapped",
            ov_with(after=lambda table, w_v: table.T),
            "Row i belongs to the token that is looked at, column j to the token that is said. Yours is transposed.",
        ),
        Misconception(
            "read with the embedding",
            ov_with(read_by=lambda embedding, head: embedding),
            "You read the result with the token embedding. The head's matrix reads it; the two may differ.",
        ),
        Misconception(
            "the head's rows looked at",
            ov_with(looked_at=lambda embedding, head: head),
            "What is looked at is a token's embedding, not its row in the head.",
        ),
        Misconception(
            "embedding and head swapped",
            ov_with(looked_at=lambda embedding, head: head, read_by=lambda embedding, head: embedding),
            "The embedding goes in, and the head reads what comes out. You have the two in each other's place.",
        ),
        Misconception(
            "W_V twice",
            lambda embedding, w_v, w_o, head: embedding @ w_v.T @ w_v @ head.T,
            "You go back with W_V. What a head has gathered returns to the stream through W_O.",
        ),
        Misconception(
            "W_O twice",
            lambda embedding, w_v, w_o, head: embedding @ w_o @ w_o.T @ head.T,
            "You make the values with W_O. They come from W_V.",
        ),
        Misconception(
            "W_V and W_O swapped",
            lambda embedding, w_v, w_o, head: embedding @ w_o @ w_v @ head.T,
            "First W_V makes the value, then W_O writes it into the stream. Yours is the other order.",
        ),
        Misconception(
            "the head left out",
            lambda embedding, w_v, w_o, head: embedding @ w_v.T @ w_o.T,
            "That is the vector that the head writes. Its logits come out of the head: @ head.T.",
        ),
        Misconception(
            "compared with itself",
            lambda embedding, w_v, w_o, head: (embedding @ w_v.T) @ (embedding @ w_v.T).T,
            "You compare values with each other, as queries are with keys. Here a value is written and read.",
        ),
        Misconception(
            "probabilities",
            ov_with(after=lambda table, w_v: table.softmax(dim=-1)),
            "Return logits, without a softmax: they are added to those of all other parts.",
        ),
        Misconception(
            "divided by √D",
            ov_with(after=lambda table, w_v: table / len(w_v) ** 0.5),
            "√D divides scores, which decide where a head looks. What it says is not divided.",
        ),
        Misconception(
            "the stream added",
            lambda embedding, w_v, w_o, head: (embedding + embedding @ w_v.T @ w_o.T) @ head.T,
            "You add the token's own vector, as the stream does. Here it is what this head alone writes.",
        ),
        Misconception(
            "the token said",
            ov_with(after=lambda table, w_v: table.argmax(dim=-1)),
            "You return which token is largest in each row. Return the logits, the whole table.",
        ),
        Misconception(
            "only the diagonal",
            ov_with(after=lambda table, w_v: table.diagonal()),
            "The diagonal alone does not tell whether it is the largest of its row. Return the whole table.",
        ),
    ),
    hints=(
        "Follow one token: its embedding (C,), its value (D,), what is written into the stream (C,), logits (V,).",
        "nn.Linear computes x @ weight.T. So the value is embedding @ w_v.T, and then comes w_o in the same way.",
        "return embedding @ w_v.T @ w_o.T @ head.T",
    ),
    review="lesson 20, 'Does it copy?'",
)
