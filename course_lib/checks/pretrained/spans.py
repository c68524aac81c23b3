"""Texts with spans cut out, and what becomes of them with the mistakes that are made, for lesson 13."""

from collections.abc import Callable, Sequence
from typing import Any

Tokens = list[int]


def corrupt_spans(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
    """T5's inputs, each span replaced by a sentinel, and targets, each sentinel followed by its span, and one more."""
    return spans_with()(tokens, spans, sentinels)


def spans_with(
    *,
    in_place: Callable[[int, int], int] = lambda sentinel, length: 1,
    sentinel_of: Callable[[int], int] = lambda i: i,
    last: bool = True,
    named: bool = True,
    whole: bool = False,
    stop_of: Callable[[int, int], int] = lambda start, stop: stop,
    closing: Callable[[Tokens, int], int] = lambda sentinels, spans: sentinels[spans],
    rest: bool = True,
    goes_on: bool = True,
    behind: bool = False,
) -> Callable[..., tuple[Tokens, Tokens]]:
    """`corrupt_spans` with one of its rules replaced. in_place: how many sentinels stand for a span."""

    def mutant(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
        inputs: Tokens = []
        targets: Tokens = []
        end = 0
        for i, (start, stop) in enumerate(spans):
            sentinel, stop = sentinels[sentinel_of(i)], stop_of(start, stop)
            inputs += tokens[end:start] + [sentinel] * in_place(sentinel, stop - start)
            mark = [sentinel] if named else []
            targets += tokens[start:stop] + mark if behind else mark + tokens[start:stop]
            end = stop if goes_on else 0
        inputs += tokens[end:] if rest else []
        targets += [closing(sentinels, sentinel_of(len(spans)))] if last else []
        return inputs, list(tokens) if whole else targets

    return mutant


def found_by_value(tokens: Tokens, spans: list[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
    """Each span's place is where its first token is found."""
    inputs, targets = list(tokens), []
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        place = inputs.index(tokens[start])
        inputs[place : place + stop - start] = [sentinel]
        targets += [sentinel, *tokens[start:stop]]
    return inputs, [*targets, sentinels[len(spans)]]


def left_in(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> Tokens:
    """Inputs in which each span still stands, in front of its sentinel."""
    inputs: Tokens = []
    end = 0
    for (_, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:stop], sentinel]
        end = stop
    return inputs + tokens[end:]


def targets_with(**changed: Any) -> Callable[..., tuple[Tokens, Tokens]]:
    """The right inputs, and targets with one of the rules replaced."""

    def mutant(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
        return corrupt_spans(tokens, spans, sentinels)[0], spans_with(**changed)(tokens, spans, sentinels)[1]

    return mutant


def inputs_as(inputs: Callable[..., Tokens]) -> Callable[..., tuple[Tokens, Tokens]]:
    """Other inputs of (tokens, spans, sentinels), and the right targets."""

    def mutant(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
        return inputs(tokens, spans, sentinels), corrupt_spans(tokens, spans, sentinels)[1]

    return mutant
