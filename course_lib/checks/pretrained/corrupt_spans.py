"""Lesson 13, exercise 8: T5's objective."""

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.pretrained.slots.corrupt_spans import VARIANTS
from course_lib.checks.pretrained.spans import (
    Tokens,
    corrupt_spans,
    found_by_value,
    inputs_as,
    left_in,
    spans_with,
    targets_with,
)


def span_cases(generator: torch.Generator) -> list[Case]:
    """The paper's example, spans at both ends, none at all, drawn ones."""
    sentence = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    sentinels = [99, 98, 97, 96, 95]

    def drawn() -> Case:
        first, gap, width, rest = (int(n) for n in torch.randint(1, 5, (4,), generator=generator))
        spans = [(first, first + 2), (first + gap + 2, first + gap + width + 2)]
        end = first + gap + width + rest + 2
        spans += [(end, end + 3)] * (rest % 2)
        tokens = torch.randint(10, 90, (end + 3,), generator=generator).tolist()
        return Case((tokens, spans, sentinels), label=f"{end + 3} tokens, {len(spans)} spans")

    return [
        Case((sentence, [(2, 4), (8, 9)], sentinels), label="'for inviting' and 'last', as in the paper's figure"),
        Case(([1, 2, 3, 4], [(0, 1), (2, 4)], sentinels), label="spans at the beginning and at the end"),
        Case(([1, 2], [], sentinels), label="no span"),
        Case(([7, 8, 7, 8, 9], [(2, 4)], sentinels), label="a span whose tokens stand before it as well"),
        *(drawn() for _ in range(int(torch.randint(1, 4, (1,), generator=generator)))),
    ]


def nothing_is_lost(call: Call, generator: torch.Generator) -> None:
    """With the targets the text can be put together again."""
    tokens = torch.randint(10, 90, (12,), generator=generator).tolist()
    inputs, targets = call(tokens, [(1, 3), (6, 9)], [99, 98, 97])
    spans: dict[int, Tokens] = {}
    for token in targets:
        if token >= 97:
            spans[token] = []
        elif spans:
            spans[next(reversed(spans))].append(token)
    again = [word for token in inputs for word in (spans.get(token, []) if token >= 97 else [token])]
    if again != tokens:
        raise Failed("put each span of the targets where its sentinel stands in the inputs: the text should be back")


EXERCISE = Exercise(
    name="corrupt_spans",
    reference=corrupt_spans,
    variants=VARIANTS,
    cases=span_cases,
    properties=(Property("inputs and targets together hold the text", nothing_is_lost),),
    misconceptions=(
        Misconception(
            "a sentinel for each token",
            spans_with(in_place=lambda sentinel, length: length),
            "One sentinel stands for a whole span, so that the input gets shorter and the model must find out how "
            "long the span was.",
        ),
        Misconception(
            "spans deleted without a trace",
            spans_with(in_place=lambda sentinel, length: 0),
            "The input must say where something is missing: put the span's sentinel there.",
        ),
        Misconception(
            "one sentinel for all spans",
            spans_with(sentinel_of=lambda i: 0),
            "Each span has a sentinel of its own, in order, or nobody knows which answer belongs where.",
        ),
        Misconception(
            "no last sentinel",
            spans_with(last=False),
            "The targets end with one more sentinel: it says that the last span is over.",
        ),
        Misconception(
            "sentinels missing in the targets",
            spans_with(named=False),
            "In the targets each span comes after its sentinel.",
        ),
        Misconception(
            "the whole text as the target",
            spans_with(whole=True),
            "That is BART's objective. T5's targets hold only what is missing, which is quicker to train.",
        ),
        Misconception(
            "the end of a span taken with it",
            spans_with(stop_of=lambda start, stop: stop + 1),
            "A span is (first, one past the last): tokens[start:stop], without the token at stop.",
        ),
        Misconception(
            "the second number taken for a length",
            spans_with(stop_of=lambda start, stop: start + stop),
            "A span is (first, one past the last), not (first, length): tokens[start:stop].",
        ),
        Misconception(
            "the last token of a span forgotten",
            spans_with(stop_of=lambda start, stop: stop - 1),
            "A span is (first, one past the last): its last token is at stop - 1 and belongs to it.",
        ),
        Misconception(
            "what follows the last span is lost",
            spans_with(rest=False),
            "After the last span the text goes on: inputs += tokens[end:].",
        ),
        Misconception(
            "the last of all sentinels at the end",
            spans_with(closing=lambda sentinels, spans: sentinels[-1]),
            "The targets end with the next sentinel after those that were used, not with the last one of the list.",
        ),
        Misconception(
            "the sentinel of the last span once more",
            spans_with(closing=lambda sentinels, spans: sentinels[max(spans - 1, 0)]),
            "The targets end with a further sentinel, the next one, not with that of the last span.",
        ),
        Misconception(
            "each span's input begins at the start",
            spans_with(goes_on=False),
            "After a span the text goes on behind it. Remember where it ended: end = stop.",
        ),
        Misconception(
            "the sentinel behind its span",
            spans_with(behind=True),
            "In the targets a sentinel stands before its span, so that it says what is to be written next.",
        ),
        Misconception(
            "spans looked for by their first token",
            found_by_value,
            "list.index finds the first place with that token, which may stand before the span. Go by the places that "
            "are given.",
        ),
        Misconception(
            "targets first",
            lambda tokens, spans, sentinels: corrupt_spans(tokens, spans, sentinels)[::-1],
            "You return the targets first. Asked for are the inputs, then the targets.",
        ),
        Misconception(
            "the span left in the inputs",
            inputs_as(left_in),
            "The spans still stand in the inputs, in front of their sentinels. The sentinel takes the span's place.",
        ),
        Misconception(
            "stop taken for inclusive in the targets",
            targets_with(stop_of=lambda start, stop: stop + 1),
            "A span is (first, one past the last): tokens[start:stop], without the token at `stop`.",
        ),
        Misconception(
            "stop taken for a length",
            targets_with(stop_of=lambda start, stop: start + stop),
            "A span is (first, one past the last), not (first, length): tokens[start:stop].",
        ),
        Misconception(
            "the last sentinel in the inputs too",
            inputs_as(
                lambda tokens, spans, sentinels: [*corrupt_spans(tokens, spans, sentinels)[0], sentinels[len(spans)]]
            ),
            "The closing sentinel stands at the end of the targets only. The inputs end as the text does.",
        ),
    ),
    hints=(
        "Do the paper's sentence by hand first: 'Thank you <X> me to your party <Y> week', and '<X> for inviting "
        "<Y> last <Z>'.",
        "Go through the spans with zip(spans, sentinels), and remember where the one before ended.",
        "inputs += tokens[end:start] + [sentinel]; targets += [sentinel] + tokens[start:stop]; end = stop; "
        "after the loop inputs += tokens[end:] and targets.append(sentinels[len(spans)])",
    ),
    review="lesson 13, 'Five more, in short'",
)
