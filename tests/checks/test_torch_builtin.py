"""The exercises of lesson 09: what their reports say besides."""

import pytest

from course_lib.checks.engine.examine import RIGHT, WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.torch_builtin import ENCODER, mask_for, stack


def test_empty_lists_must_be_refused() -> None:
    source = """
def compare_rounds(baseline, other):
    if len(baseline) != len(other): raise ValueError("no")
    r = [b / a for a, b in zip(baseline, other)] or [1.0]
    return statistics.median(r), min(r), max(r)
"""
    assert "empty lists should raise a ValueError; yours returns" in str(report_of(examined("compare_rounds", source)))
    refused_by_the_library = source.replace(" or [1.0]", "")
    assert examined("compare_rounds", refused_by_the_library).status == RIGHT


def test_an_additive_mask_is_of_float32() -> None:
    examination = examined("mask_for", mask_for(additive="torch.log(allowed.double())"))
    assert examination.status == WRONG
    assert "yours is of torch.float64" in str(report_of(examination))


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ("return self.net(x, is_causal=True)", "Need attn_mask if specifying the is_causal hint"),
        ("return self.net(x @ x)", "Expected size for first two dimensions of batch2 tensor"),
    ],
)
def test_an_error_of_torchs_is_shown_and_not_taken_for_another(forward: str, message: str) -> None:
    examination = examined("CausalStack", stack(ENCODER, forward))
    assert examination.status == WRONG
    assert examination.mistake is None
    assert message in str(report_of(examination))
