"""The exercises of lesson 10: what their reports say besides."""

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.llama import norm


def test_a_norm_that_stays_in_float32_is_told_the_dtype() -> None:
    examination = examined("rms_norm", norm("w * torch.rsqrt((w ** 2).mean(-1, keepdim=True) + eps) * weight"))
    assert examination.status == WRONG
    assert "yours is torch.float32" in str(report_of(examination))
