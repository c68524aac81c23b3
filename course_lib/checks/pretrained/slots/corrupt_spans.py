"""Where slips happen in the code of `corrupt_spans`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = [], [], 0
    for number, (first, after) in enumerate(spans):
        inputs += <kept>
        targets += <cut>
        end = <end>
    inputs += <rest>
    targets += <close>
    return <pair>
""",
    (
        Slot(
            "kept",
            "tokens[end:first] + [sentinels[number]]",
            (
                "[sentinels[number]] + tokens[end:first]",
                "tokens[end:first]",
                "tokens[end : first + 1] + [sentinels[number]]",
                "tokens[end : max(first - 1, 0)] + [sentinels[number]]",
                "tokens[end:first] + [sentinels[0]]",
                "tokens[end:first] + [sentinels[-1 - number]]",
                "tokens[end:first] + [sentinels[number + 1]]",
                "tokens[end:first] + [sentinels[number]] * (after - first)",
                "tokens[:first] + [sentinels[number]]",
                "[sentinels[number]]",
                "tokens[end:after] + [sentinels[number]]",
            ),
        ),
        Slot(
            "cut",
            "[sentinels[number]] + tokens[first:after]",
            (
                "tokens[first:after] + [sentinels[number]]",
                "tokens[first:after]",
                "[sentinels[number]] + tokens[first : after + 1]",
                "[sentinels[number]] + tokens[first : after - 1]",
                "[sentinels[number]] + tokens[first + 1 : after]",
                "[sentinels[0]] + tokens[first:after]",
                "[sentinels[number]]",
                "[sentinels[number]] + tokens[first:after][::-1]",
                "[sentinels[number + 1]] + tokens[first:after]",
                "tokens[first:after] + [sentinels[number + 1]]",
                "[sentinels[number]] + tokens[first:]",
                "[sentinels[number]] + tokens[end:first]",
            ),
        ),
        Slot(
            "end",
            "after",
            (
                "first",
                "after + 1",
                "after - 1",
                "0",
                "end",
            ),
        ),
        Slot(
            "rest",
            "tokens[end:]",
            (
                "[]",
                "tokens[end + 1 :]",
                "tokens[end:-1]",
                "tokens[end:] + [sentinels[len(spans)]]",
                "tokens[end:] + [sentinels[-1]]",
            ),
        ),
        Slot(
            "close",
            "[sentinels[len(spans)]]",
            (
                "[]",
                "[sentinels[-1]]",
                "[sentinels[len(spans) - 1]]",
                "[sentinels[0]]",
                "[sentinels[len(spans)]] + tokens[end:]",
                "sentinels[len(spans) :]",
                "[sentinels[len(spans)]] * 2",
            ),
        ),
        Slot(
            "pair",
            "inputs, targets",
            (
                "targets, inputs",
                "inputs, inputs[1:]",
                "[*inputs, *targets], targets",
            ),
        ),
    ),
)
