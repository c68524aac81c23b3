"""The exercises of lesson 03: what their reports say besides."""

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined


def test_weights_that_are_cut_off_from_the_gradient_are_noticed() -> None:
    source = """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    weights = attention.attention_weights(q, k, causal=causal).detach()
    return weights @ v
"""
    examination = examined("scaled_dot_product_attention", source)
    assert examination.status == WRONG
    assert "no gradient arrives at" in str(report_of(examination))


def test_a_leak_from_the_future_is_shown_on_a_small_input() -> None:
    source = "def masked_softmax(scores): return scores.softmax(-1).tril()"
    report = str(report_of(examined("masked_softmax", source)))
    assert "2 tokens" in report
    assert "expected\n         1     0\n      0.75  0.25\n    got\n       0.5*    0\n      0.75  0.25" in report
