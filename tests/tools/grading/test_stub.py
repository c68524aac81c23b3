"""An answer that only raises NotImplementedError was not attempted; one at which torch raises it is wrong."""

import pytest

from tests.tools.grading.conftest import graded, with_answers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("print(T)\n    raise NotImplementedError()", "not attempted"),  # no longer the cell as it was handed out
        ("return torch.ones(T, T) ^ 2", "wrong"),
        ("return torch.nn.Module()(T)", "wrong"),
    ],
)
def test_only_a_stub_is_not_attempted(grader, body, status):
    grade = graded(grader, with_answers("attention", f"def causal_mask(T):\n    {body}"))["causal_mask"]
    assert (grade.status, grade.score) == (status, 0.0)
