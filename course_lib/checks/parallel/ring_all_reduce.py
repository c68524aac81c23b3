"""Lesson 14, exercise 2: all-reduce on a ring."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.parallel.inputs import drawn_size, drawn_tensors, whole_sum
from course_lib.checks.parallel.slots.ring_all_reduce import VARIANTS

Exchange = Callable[[list[Tensor]], list[Tensor]]


def ring_with(
    *,
    first_lap: int = 0,
    second_lap: int = 0,
    moves_on: bool = True,
    sent_after: int = 1,
    overwrite: bool = True,
    received: int = 1,
) -> Callable[[Sequence[Tensor], Exchange], list[Tensor]]:
    """The two laps of an all-reduce on a ring, with one of their details replaced.

    first_lap, second_lap: steps more (or fewer) than N − 1.   moves_on: whether what arrived is what is sent next.
    sent_after: the second lap begins with part r + sent_after of device r.   overwrite: the second lap replaces.
    received: 0 if it takes what arrived for the part that it has sent.
    """

    def mutant(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
        N = len(tensors)
        parts = [list(tensor.chunk(N)) for tensor in tensors]  # parts[device][part]
        for step in range(max(0, N - 1 + first_lap)):
            out = [(rank - step * moves_on) % N for rank in range(N)]  # which part each device sends
            arrived = exchange([parts[rank][out[rank]] for rank in range(N)])
            for rank in range(N):
                place = out[rank - received]
                parts[rank][place] = parts[rank][place] + arrived[rank]
        for step in range(max(0, N - 1 + second_lap)):
            out = [(rank + sent_after - step) % N for rank in range(N)]
            arrived = exchange([parts[rank][out[rank]] for rank in range(N)])
            for rank in range(N):
                place = out[rank - received]
                parts[rank][place] = arrived[rank] if overwrite else parts[rank][place] + arrived[rank]
        return [torch.cat(mine) for mine in parts]

    return mutant


ring_all_reduce = ring_with()


def whole_tensors_round(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
    """The sum is right, but N − 1 times each device sends all that it got."""
    totals, travelling = list(tensors), list(tensors)
    for _ in range(len(tensors) - 1):
        travelling = exchange(travelling)
        totals = [total + new for total, new in zip(totals, travelling, strict=True)]
    return totals


def sums_travel(tensors: Sequence[Tensor], exchange: Exchange) -> list[Tensor]:
    """Each device adds what arrives and sends the sum on, so that early terms are counted many times."""
    totals = list(tensors)
    for _ in range(len(tensors) - 1):
        totals = [total + new for total, new in zip(totals, exchange(totals), strict=True)]
    return totals


def ring_cases(generator: torch.Generator) -> list[Case]:
    """Three devices with one number a part, told apart by their digits; then two, four and one."""
    digits = [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 20.0, 30.0]), torch.tensor([100.0, 200.0, 300.0])]
    many, size = drawn_size(generator, 3, 6), drawn_size(generator, 2, 5)
    return [
        Case((digits,), label="3 devices with 3 numbers each"),
        Case((drawn_tensors(generator, 2, 6),), label="2 devices with 6 numbers each"),
        Case((drawn_tensors(generator, 4, 12),), label="4 devices with 12 numbers each"),
        Case((drawn_tensors(generator, many, many * size),), label=f"{many} devices, parts of {size} numbers"),
        Case((drawn_tensors(generator, 1, 3),), label="a single device, which has nobody to send to"),
    ]


EXERCISE = Exercise(
    name="ring_all_reduce",
    reference=ring_all_reduce,
    variants=VARIANTS,
    cases=ring_cases,
    drive=drive.run_on_a_ring,
    misconceptions=(
        Misconception(
            "whole tensors passed round",
            whole_tensors_round,
            "The sums are right, but each device sends its whole tensor N − 1 times. Cut it into N parts, and send "
            "one part at a time: 2·(N − 1) parts of N are hardly two tensors, however many devices there are.",
        ),
        Misconception(
            "summed without sending",
            lambda tensors, exchange: [whole_sum(tensors)] * len(tensors),
            "A device cannot see the others' tensors. What it learns of them it must get through exchange.",
        ),
        Misconception(
            "one lap only",
            ring_with(second_lap=-100),
            "After the first lap each part is complete on one device only. A second lap carries it to the others.",
        ),
        Misconception(
            "one step too many",
            ring_with(first_lap=1),
            "After N − 1 steps every part has been everywhere. In step N a device adds its own numbers again.",
        ),
        Misconception(
            "one step too many in both laps",
            ring_with(first_lap=1, second_lap=1),
            "Both laps take N − 1 steps. In step N of the first a device adds its own numbers again.",
        ),
        Misconception(
            "one step too few",
            ring_with(first_lap=-1, second_lap=-1),
            "A part passes N devices in N − 1 steps; both laps take N − 1.",
        ),
        Misconception(
            "second lap adds",
            ring_with(overwrite=False),
            "In the second lap what arrives is complete: it replaces what the device has. Yours is added again.",
        ),
        Misconception(
            "the same part again and again",
            ring_with(moves_on=False),
            "In the first lap a device sends on what it has just added to: in step s device r sends part r − s.",
        ),
        Misconception(
            "own parts passed round, no sums",
            ring_with(sent_after=0),
            "What comes round in the second lap are single devices' parts, not sums. One of two things: the first "
            "lap puts what arrives in the place of its own part (add it), or the second lap begins with part r on "
            "device r, where part r + 1 is the complete one.",
        ),
        Misconception(
            "growing sums passed round",
            sums_travel,
            "You send on the sum of all so far, so that its early terms are added again and again.",
        ),
        Misconception(
            "what arrived put in the place of what was sent",
            ring_with(received=0),
            "What arrives is the part that the device before has sent, not the one that this device has sent: in step "
            "s "
            "device r receives part r − s − 1.",
        ),
        Misconception(
            "mean in place of sum",
            lambda tensors, exchange: [total / len(tensors) for total in ring_all_reduce(tensors, exchange)],
            "Reduce means add here. Whoever wants the mean divides by the number of devices.",
        ),
    ),
    hints=(
        "Play it on paper with 3 devices. In step 0 device r sends part r. Who adds it? What does that one send next?",
        "First lap: in step s device r sends part (r − s) mod N and adds what arrives to part (r − s − 1) mod N. "
        "Then "
        "device r holds part r + 1 complete, and the second lap passes complete parts on.",
        "Second lap: in step s device r sends part (r + 1 − s) mod N, and what arrives replaces part (r − s) mod N.",
    ),
    review="lesson 14, section 1, 'How an all-reduce is made'",
)
