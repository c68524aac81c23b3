"""Lesson 11, exercise 8: accumulation."""

from collections.abc import Sequence

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.accumulations import (
    OF_SHARES,
    accumulate_gradients,
    accumulation_with,
    all_at_once,
    by_batches,
    by_tokens,
    by_windows,
    cleared_each_time,
    count_tokens,
    last_loss,
    one_backward,
    share_of_windows,
    whole,
    with_its_graph,
    without_backward,
)
from course_lib.checks.training.inputs import draw_batches, draw_weights
from course_lib.checks.training.slots.accumulate_gradients import VARIANTS


def accumulation_cases(generator: torch.Generator) -> list[Case]:
    """One batch, two equal ones, and a last one that is smaller."""

    def case(sizes: Sequence[int], label: str) -> Case:
        return Case((draw_weights(5, generator), draw_batches(sizes, 4, 5, generator)), label=label)

    longer = [*draw_batches([2], 4, 5, generator), *draw_batches([2], 9, 5, generator)]
    count = int(torch.randint(2, 6, (1,), generator=generator))
    sizes = [5, *torch.randint(2, 7, (count,), generator=generator).tolist(), 1]
    return [
        case([2], "one micro-batch of 2 windows"),
        case([2, 2], "two of 2 windows each"),
        case([4, 4, 1], "three, of 4, 4 and 1 windows"),
        Case((draw_weights(5, generator), longer), label="2 windows of 4 tokens, then 2 of 9"),
        case(sizes, f"pieces of {', '.join(map(str, sizes))} windows"),
    ]


EXERCISE = Exercise(
    name="accumulate_gradients",
    reference=accumulate_gradients,
    variants=VARIANTS,
    cases=accumulation_cases,
    drive=drive.accumulate,
    misconceptions=(
        Misconception(
            "not scaled",
            accumulation_with(whole, by_tokens),
            "Gradients add up: k micro-batches give one k times as long as that of the large batch.",
        ),
        Misconception(
            "neither gradient nor loss scaled",
            accumulation_with(whole, whole),
            "Both add up over the micro-batches: give each its share of the tokens.",
        ),
        Misconception(
            "divided by the number of micro-batches",
            accumulation_with(by_batches, by_batches),
            "That is right only if all are of the same size. Here a token in the small last batch counts as much "
            "as four in the others. Weight by tokens.",
        ),
        Misconception(
            "the loss as a mean of means",
            accumulation_with(by_tokens, by_batches),
            "The gradients are right, but the loss that you return counts a small micro-batch like a large one.",
        ),
        Misconception(
            "only the last micro-batch",
            accumulation_with(by_tokens, by_tokens, keep=False),
            "Only the last micro-batch's gradient is left. Either zero_grad throws away what the others gave, or "
            "backward is called once, behind the loop. Call backward for each, and clear nothing.",
        ),
        Misconception(
            "gradients not scaled",
            accumulation_with(whole, by_batches),
            "Gradients add up, so each piece's must be scaled before: divide each piece's loss for backward() too, "
            "not only what "
            "you return. And weight by tokens.",
        ),
        Misconception(
            "gradients divided by the number of pieces",
            accumulation_with(by_batches, by_tokens),
            "The loss that you return is right. But the gradients count a token of the small last piece more than "
            "another: give "
            "each piece its share of the tokens before backward().",
        ),
        Misconception(
            "the loss not scaled",
            accumulation_with(by_tokens, whole),
            "The gradients are right. But the loss that you return is the sum of the pieces' means: weight by tokens.",
        ),
        Misconception(
            "gradients divided by the number of pieces, losses added",
            accumulation_with(by_batches, whole),
            "Weight by tokens, both the gradients and the loss: each piece counts with its share of all tokens.",
        ),
        Misconception(
            "sums never divided",
            accumulation_with(count_tokens, count_tokens),
            "You add up the losses of all tokens. Asked for is their mean: divide by the number of all tokens before "
            "backward().",
        ),
        Misconception(
            "gradients of the sum",
            accumulation_with(count_tokens, by_tokens),
            "The loss that you return is right. But the gradients are those of the sum over all tokens: divide before "
            "backward().",
        ),
        Misconception(
            "the loss of the last piece",
            last_loss,
            "The gradients are right. But you return the loss of the last piece only: add up, each with its share.",
        ),
        Misconception(
            "one backward at the end",
            one_backward,
            "The numbers are right, but the graphs of all pieces are kept until the end, and the memory that pieces "
            "should save "
            "is gone. Call backward() for each piece, in the loop.",
        ),
        Misconception(
            "all pieces at once",
            all_at_once,
            "You join the pieces to the one batch that does not fit into memory. Read one piece at a time.",
        ),
        Misconception(
            "the loss with its graph",
            with_its_graph,
            "You return a tensor that still holds its graph. Asked for is a number: loss.item().",
        ),
        Misconception(
            "a tensor for a number",
            lambda model, batches: torch.tensor(accumulate_gradients(model, batches)),
            "You return a tensor that holds the loss. Asked for is a number of Python's: .item().",
        ),
        Misconception(
            "divided by windows",
            accumulation_with(by_windows, by_windows),
            "You divide the sum over tokens by the number of windows. Divide by that of tokens, y.numel().",
        ),
        Misconception(
            "never a backward",
            without_backward,
            "The loss is right, but no parameter has a gradient: call backward() for each piece, on the loss that "
            "comes of "
            "the model. A new tensor made of its number, as torch.tensor(loss.item()), knows nothing of the model.",
        ),
        Misconception(
            "only the last micro-batch, and a mean of means",
            accumulation_with(by_batches, by_batches, keep=False),
            "zero_grad between the micro-batches throws away what the ones before gave; and pieces of different size "
            "are weighted "
            "by their tokens.",
        ),
        Misconception(
            "pieces weighted by their windows",
            accumulation_with(share_of_windows, share_of_windows),
            "You weight each piece by its windows, len(y). That fits only where all windows are of the same length: "
            "weight by tokens, y.numel().",
        ),
        Misconception(
            "gradients cleared for each piece",
            cleared_each_time,
            "You clear the gradients before each backward, so only those of the last piece are left. backward adds to "
            "what is there, and that is what is wanted here.",
        ),
        *OF_SHARES,
    ),
    hints=(
        "What would be the loss of the one large batch? A mean over all its tokens. Which share has a micro-batch?",
        "Count the tokens of all batches first. backward() adds to .grad, so you need not add gradients yourself.",
        "For each batch: loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='sum') / "
        "all_tokens; loss.backward(); total += loss.item().",
    ),
    review="lesson 11, 'A large batch in small pieces'",
    tolerance=1e-7,
)
