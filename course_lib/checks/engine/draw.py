"""What an answer is asked, and in which order: neither can be written down beforehand."""

import random
from collections.abc import Sequence

import torch

from course_lib.checks.engine.drive import is_as_before, snapshot
from course_lib.checks.engine.exercise import Case, Exercise, single_case

ROUNDS = 3  # an exercise draws its inputs so often at most: some are slow
FEWEST_CALLS, MOST_CALLS = 9, 16  # an exercise with fewer questions asks some of them again
CALLS_OF_ONE_QUESTION = 2  # without any input: it is asked again to see whether it says the same


def draw_cases(exercise: Exercise, seed: int) -> list[Case]:
    """Different inputs, drawn with `seed`, those of the first round first. Raises ValueError if there are none."""
    generator = torch.Generator().manual_seed(seed)
    cases: list[Case] = []
    before: list[object] = []
    for _ in range(1 if exercise.cases is single_case else ROUNDS):
        if len(cases) >= FEWEST_CALLS:
            break
        for case in exercise.cases(generator):
            asked = (case.args, dict(case.kwargs))
            if not any(is_as_before(one, asked) for one in before):
                cases.append(case)
                before.append(snapshot(asked))
    if not cases:
        raise ValueError(f"exercise {exercise.name} draws no cases, so nothing would be checked")
    return cases


def draw_order(cases: Sequence[Case], properties: int, seed: int) -> list[int]:
    """Numbers of cases, and after them of properties, in a drawn order; some come again if there are only a few.

    What takes no input is one question, and asked twice: some answers measure for long, and who knows what is right
    gains nothing by saying something else later.
    """
    chance = random.Random(f"order {seed}")
    order = list(range(len(cases) + properties))
    one_question = len(order) == 1 and cases and not (cases[0].args or cases[0].kwargs)
    wanted = CALLS_OF_ONE_QUESTION if one_question else chance.randint(FEWEST_CALLS, MOST_CALLS)
    again = max(0, wanted - len(order))
    order += [chance.randrange(len(cases)) for _ in range(again)]
    chance.shuffle(order)
    return order
