"""Exercise 5 of lesson 05: mend rows that are not positions."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Misconception, Property
from course_lib.checks.mlp.positions import draw, require_only_position
from course_lib.checks.mlp.slots.feed_forward import VARIANTS


def feed_forward(
    x: Float[Tensor, "B T C"], up: Float[Tensor, "hidden C"], down: Float[Tensor, "C hidden"]
) -> Float[Tensor, "B T C"]:
    """down(gelu(up(x))) with plain matrices, one position at a time."""
    return both_layers(x, up, down)


def both_layers(rows: Float[Tensor, "*rows C"], up: Tensor, down: Tensor) -> Float[Tensor, "*rows C"]:
    """down(gelu(up(row))) for each row, whatever the rows are taken for."""
    return F.gelu(rows @ up.T, approximate="tanh") @ down.T


def mixed_positions(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """The exercise's broken version: after the transpose, a row holds one channel of many positions."""
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)
    return both_layers(rows, up, down).view(B, T, C)


def turned_back_at_the_end(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """The transpose undone on the output, when its rows are already mixed."""
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)
    return both_layers(rows, up, down).view(B, C, T).transpose(1, 2)


def batch_and_time_exchanged(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """Rows are positions, but they are put back in another order."""
    rows = x.transpose(0, 1).flatten(0, 1)
    return both_layers(rows, up, down).view(x.shape)


def feed_forward_cases(generator: torch.Generator) -> list[Case]:
    """Two positions with numbers to do by hand, one position, then sizes that are all different, then equal ones."""
    by_hand = (torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]), torch.tensor([[3.0, 0.0], [0.0, 3.0], [1.0, -1.0]]))
    cases = [Case((*by_hand, torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])), label="2 positions, C = 2")]
    drawn = [(*(draw(generator, low, low + 2) for low in (2, 5, 8)), 4) for _ in range(draw(generator, 1, 2))]
    for B, T, C, ratio in ((1, 1, 3, 4), (2, 3, 4, 4), (3, 4, 4, 4), (2, 3, 5, 1), *drawn):
        x = torch.randn(B, T, C, generator=generator)
        up, down = torch.randn(ratio * C, C, generator=generator), torch.randn(C, ratio * C, generator=generator)
        cases.append(Case((x, up, down), label=f"B = {B}, T = {T}, C = {C}, {ratio * C} hidden units"))
    return cases


def feed_forward_keeps_positions_apart(call: Call, generator: torch.Generator) -> None:
    """A position's input changes no other position's output."""
    x, up, down = (torch.randn(*shape, generator=generator) for shape in ((1, 9, 4), (16, 4), (4, 16)))
    changed = x.clone()
    changed[:, 5] += 1.0
    require_only_position(5, (call(changed, up, down) - call(x, up, down)).abs().amax(dim=-1)[0])


EXERCISE = Exercise(
    name="feed_forward",
    reference=feed_forward,
    variants=VARIANTS,
    cases=feed_forward_cases,
    properties=(Property("a position's input changes no other position's output", feed_forward_keeps_positions_apart),),
    misconceptions=(
        Misconception(
            "positions still mixed",
            mixed_positions,
            "After transpose(1, 2), a row of the reshaped tensor holds one channel of many positions, "
            "not one position. C is already last: no transpose is needed.",
        ),
        Misconception(
            "turned back too late",
            turned_back_at_the_end,
            "Transposing the result does not help: the linear layers have already mixed the positions.",
        ),
        Misconception(
            "batch and time exchanged",
            batch_and_time_exchanged,
            "Each row is a position now, but they come back in another order: you flattened (T, B) "
            "and viewed the result as (B, T).",
        ),
        Misconception(
            "the curve lost",
            lambda x, up, down: x @ up.T @ down.T,
            "Positions are apart now, but the GELU between the layers has gone.",
        ),
        Misconception(
            "the curve after the second layer",
            lambda x, up, down: F.gelu(x @ up.T @ down.T, approximate="tanh"),
            "Positions are apart now, but the GELU has moved: it belongs between the layers.",
        ),
        Misconception(
            "a curve after both layers",
            lambda x, up, down: F.gelu(both_layers(x, up, down), approximate="tanh"),
            "The output is bent too, so it is never below −0.17. Leave it linear.",
        ),
        Misconception(
            "the exact GELU",
            lambda x, up, down: F.gelu(x @ up.T) @ down.T,
            'The broken version used GPT-2\'s form, approximate="tanh". Keep it.',
        ),
        Misconception(
            "weights not transposed",
            lambda x, up, down: F.gelu(x @ up, approximate="tanh") @ down,
            "up has the shape (hidden, C), as nn.Linear keeps its weight: multiply by up.T.",
        ),
        Misconception(
            "weights not transposed, and the exact GELU",
            lambda x, up, down: F.gelu(x @ up) @ down,
            "up has the shape (hidden, C), as nn.Linear keeps its weight: multiply by up.T. And the broken version "
            'used GPT-2\'s form, approximate="tanh".',
        ),
        Misconception(
            "up not transposed",
            lambda x, up, down: F.gelu(x @ up, approximate="tanh") @ down.T,
            "up has the shape (hidden, C), as nn.Linear keeps its weight: multiply by up.T, as you do with down.",
        ),
        Misconception(
            "down not transposed",
            lambda x, up, down: F.gelu(x @ up.T, approximate="tanh") @ down,
            "down has the shape (C, hidden), as nn.Linear keeps its weight: multiply by down.T, as you do with up.",
        ),
        Misconception(
            "ReLU for GELU",
            lambda x, up, down: F.relu(x @ up.T) @ down.T,
            'The broken version used GPT-2\'s GELU, F.gelu(hidden, approximate="tanh"). Keep it.',
        ),
        Misconception(
            "SiLU for GELU",
            lambda x, up, down: F.silu(x @ up.T) @ down.T,
            'The broken version used GPT-2\'s GELU, F.gelu(hidden, approximate="tanh"). Keep it.',
        ),
        Misconception(
            "rows not put back",
            lambda x, up, down: both_layers(x.flatten(0, 1), up, down),
            "You return the rows, (B·T, C). Give them the shape of x again: view(B, T, C).",
        ),
        Misconception(
            "channels before time in the result",
            lambda x, up, down: both_layers(x, up, down).transpose(1, 2),
            "You return (B, C, T). C is last, as in x: leave the transpose out.",
        ),
        Misconception(
            "the input added",
            lambda x, up, down: x + both_layers(x, up, down),
            "Adding the input is the block's work, in lesson 06. Return only what the two layers make.",
        ),
        Misconception(
            "up and down exchanged",
            lambda x, up, down: F.gelu(x @ down, approximate="tanh") @ up,
            "`x @ down` fits, since down is (C, hidden), but it is the second layer: up comes first, as x @ up.T.",
        ),
    ),
    hints=(
        "Print the first row that goes into the first product, for the x in the cell above. Whose numbers is it?",
        "A matrix product works on the last dimension. Which dimension of x must be last, and is it already?",
        "Leave the transpose out. You do not even need to flatten: x @ up.T works for (B, T, C) as it is.",
    ),
    review="lesson 05, 'One position at a time'",
    tolerance=1e-4,
)
