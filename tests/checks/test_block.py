"""The exercises of lesson 06: what their reports say besides."""

import pytest

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.block import PRE


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        (
            "DecoderBlock",
            PRE + "        x = x + self.attention(self.norm_1(x))\n        return 0.5 * (x + self.mlp(self.norm_2(x)))",
            "when attention and MLP write only zeros, x should pass unharmed",
        ),
        (
            "DecoderBlock",
            PRE + "        x += self.attention(self.norm_1(x))\n        return x + self.mlp(self.norm_2(x))",
            "leaf Variable that requires grad is being used in an in-place operation",
        ),
        (
            "contribution_shares",
            "def contribution_shares(pieces):\n    s = pieces.sum(0)\n    return (pieces * s).sum(-1)",
            "expected  0.75  0.25",
        ),
    ],
)
def test_what_has_no_name_is_told_in_words(name: str, source: str, said: str) -> None:
    examination = examined(name, source)
    assert examination.status == WRONG
    report = repr(report_of(examination)) + " ".join(verdict.detail for verdict in examination.verdicts)
    assert said in report
