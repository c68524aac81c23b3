"""The exercises of lesson 16: what their reports say besides."""

from course_lib.checks.engine.examine import WRONG
from tests.checks.answers import examined
from tests.checks.answers.finetuning import merged


def test_a_weight_changed_in_place_is_refused() -> None:
    assert examined("merged_weight", merged("W += alpha / r * B @ A\n    return W")).status == WRONG
