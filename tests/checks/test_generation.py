"""The exercises of lesson 12: what their reports say besides."""

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.generation import cached


def test_a_cache_for_another_number_of_texts_is_refused() -> None:
    examination = examined("write_with_cache", cached(setup="cache = model.make_cache(1)"))
    assert examination.status == WRONG
    assert "the cache was made for 1 texts, got 2" in str(report_of(examination))
