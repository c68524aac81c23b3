"""Lesson 20, exercise 8: labels that mean nothing."""

from collections.abc import Callable, Sequence

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn_size
from course_lib.checks.interpretability.slots.control_task import VARIANTS


def control_task(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """A label for each kind: the k-th kind to occur, counted from 0, has drawn[k], wherever it occurs."""
    return label_with(lambda kinds: list(dict.fromkeys(kinds)))(kinds, drawn)


def label_with(order: Callable[[Sequence[int]], list[int]]) -> Callable[[Sequence[int], Sequence[int]], list[int]]:
    """`control_task` with the kinds in another order."""

    def mutant(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
        number = {kind: k for k, kind in enumerate(order(kinds))}
        return [drawn[number[kind]] for kind in kinds]

    return mutant


def anew_at_each_change(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """A new label whenever the kind is not that of the neighbour before."""
    labels, k = [], -1
    for i, kind in enumerate(kinds):
        k += i == 0 or kind != kinds[i - 1]
        labels.append(drawn[k % len(drawn)])
    return labels


def overwritten(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """Each occurrence gives its kind a label anew, that of the number of labels so far."""
    table: dict[int, int] = {}
    for kind in kinds:
        table[kind] = drawn[len(table) % len(drawn)]
    return [table[kind] for kind in kinds]


def of_sorted(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """The right labels, of the sorted list."""
    table = dict(zip(kinds, control_task(kinds, drawn), strict=True))
    return [table[kind] for kind in sorted(kinds)]


def by_frequency(kinds: Sequence[int]) -> list[int]:
    """The frequent kinds first."""
    return sorted(dict.fromkeys(kinds), key=lambda kind: -list(kinds).count(kind))


def of_the_last_occurrence(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """A kind has the label at the place where it occurs last."""
    table = {kind: drawn[place % len(drawn)] for place, kind in enumerate(kinds)}
    return [table[kind] for kind in kinds]


def each_label_once(kinds: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """Repeated labels are left out, and the rest begins anew at its end."""
    distinct = list(dict.fromkeys(drawn))
    order = list(dict.fromkeys(kinds))
    return [distinct[order.index(kind) % len(distinct)] for kind in kinds]


def control_cases(generator: torch.Generator) -> list[Case]:
    """Two kinds that take turns; equal neighbours; kinds that come in another order than their numbers; drawn ones."""

    def case(kinds: list[int], drawn: list[int]) -> Case:
        return Case((kinds, drawn), label=f"kinds {' '.join(map(str, kinds))}, drawn {' '.join(map(str, drawn))}")

    n = drawn_size(generator, 8, 12)
    kinds = (torch.randperm(9, generator=generator)[:5].repeat(3)[torch.randperm(15, generator=generator)][:n]).tolist()
    labels = torch.randperm(6, generator=generator)[: len(set(kinds))].tolist()
    return [
        case([1, 0, 1, 0], [1, 0]),
        case([7, 7, 3, 7, 3, 3], [2, 0]),
        case([9, 2, 5, 2, 9, 5, 5], [1, 0, 2]),
        case([4, 1, 4, 6, 1, 6], [0, 1, 1]),
        case(kinds, labels),
    ]


EXERCISE = Exercise(
    name="control_task",
    reference=control_task,
    variants=VARIANTS,
    cases=control_cases,
    forbidden=("course_lib.interpretability.control_labels",),
    misconceptions=(
        Misconception(
            "the kinds taken for places",
            lambda kinds, drawn: [drawn[kind] for kind in kinds],
            "You use the kind's number as a place in `drawn`. The places follow the order in which kinds first occur.",
        ),
        Misconception(
            "the label of the last occurrence",
            of_the_last_occurrence,
            "A kind that occurs again gets a new label in yours, for all its places. The first occurrence decides.",
        ),
        Misconception(
            "each label once",
            each_label_once,
            "`drawn` may hold a label twice, for two kinds. You leave repeated labels out.",
        ),
        Misconception(
            "a label for each occurrence",
            lambda kinds, drawn: [drawn[i % len(drawn)] for i in range(len(kinds))],
            "Each occurrence gets its own label, so that nothing can be learned by heart. A kind keeps its label.",
        ),
        Misconception(
            "a new label at each change",
            anew_at_each_change,
            "A kind that comes back gets another label. Remember the label of each kind, in a dict.",
        ),
        Misconception(
            "by the order of their numbers",
            label_with(lambda kinds: sorted(set(kinds))),
            "You sort the kinds by their numbers. The kind that occurs first gets the first drawn label.",
        ),
        Misconception(
            "by how often they occur",
            label_with(by_frequency),
            "You begin with the frequent kinds. The kind that occurs first gets the first drawn label.",
        ),
        Misconception(
            "from the end",
            label_with(lambda kinds: list(dict.fromkeys(reversed(kinds)))),
            "You number the kinds from the end of the list. The first to occur gets drawn[0].",
        ),
        Misconception(
            "the kind as an index",
            lambda kinds, drawn: [drawn[kind % len(drawn)] for kind in kinds],
            "You use the kind's number as an index. What counts is as which new kind it occurs.",
        ),
        Misconception(
            "the numbering itself",
            lambda kinds, drawn: [list(dict.fromkeys(kinds)).index(kind) for kind in kinds],
            "You return as which kind it occurs. Look its label up: drawn[k].",
        ),
        Misconception(
            "one label for each kind only",
            lambda kinds, drawn: control_task(list(dict.fromkeys(kinds)), drawn),
            "You give one label for each kind. Every occurrence needs its label, in the order of `kinds`.",
        ),
        Misconception(
            "a table of labels",
            lambda kinds, drawn: dict(zip(dict.fromkeys(kinds), drawn, strict=False)),
            "You return the table from kind to label. Return a list with the label of each occurrence.",
        ),
        Misconception(
            "the drawn labels backwards",
            lambda kinds, drawn: control_task(kinds, list(drawn)[::-1]),
            "You take the drawn labels from the end. The first new kind gets drawn[0].",
        ),
        Misconception(
            "one label too late",
            lambda kinds, drawn: control_task(kinds, [*drawn[1:], drawn[0]]),
            "You begin with drawn[1]. Kinds are counted from 0.",
        ),
        Misconception(
            "in the order of a set",
            label_with(lambda kinds: list(set(kinds))),
            "A set has an order of its own. dict.fromkeys(kinds) keeps the order in which kinds occur.",
        ),
        Misconception(
            "the position of the first occurrence",
            lambda kinds, drawn: [drawn[kinds.index(kind) % len(drawn)] for kind in kinds],
            "You use the position at which a kind first occurs. What counts is as which new kind it occurs.",
        ),
        Misconception(
            "the last occurrence decides",
            overwritten,
            "A kind that has a label gets a new one when it comes again. Look first whether it has one.",
        ),
        Misconception(
            "in the order of the kinds' numbers",
            of_sorted,
            "Your labels are those of the sorted list. Label i belongs to kinds[i].",
        ),
        Misconception(
            "the labels sorted",
            lambda kinds, drawn: sorted(control_task(kinds, drawn)),
            "Your labels are not in the order of `kinds`: label i belongs to kinds[i].",
        ),
    ),
    hints=(
        "In 7 7 3 7 there are two kinds. Which is the first to occur, and where does it occur again?",
        "A dict from kind to label: a kind that is not in it yet gets drawn[len(table)].",
        "if kind not in table: table[kind] = drawn[len(table)]; and at the end [table[kind] for kind in kinds]",
    ),
    review="lesson 20, 'A probe and its control'",
)
