"""Two wrong answers that do the same are known to, however they are written; two that do not are not."""

import pytest

from tests.tools.grading.conftest import submission_of, with_answers

ALIKE = (
    "def softmax(x, dim=-1):\n    return (x.exp() / x.exp().sum(dim, keepdim=True)).sqrt()",
    "def softmax(y, dim=-1):\n    e = torch.exp(y)\n    return (e / e.sum(dim, keepdim=True)) ** 0.5",
)
OTHER = "def softmax(x, dim=-1):\n    return (x.exp() / x.exp().sum(dim, keepdim=True)).sqrt() + 0.25"
RAISES = ("def softmax(x, dim=-1):\n    return mine", "def softmax(x, dim=-1):\n    return yours")


@pytest.fixture(scope="module")
def behaviour(grader):
    def of(source, student):
        grade = grader.grade(*submission_of(with_answers("attention", source), student=student))
        (one,) = [exercise for exercise in grade.exercises if exercise.name == "softmax"]
        assert one.status == "wrong"
        return one.behaviour if one.mistake is None else "known"

    return of


def test_what_does_the_same_is_alike_for_different_students_and_what_does_not_is_not(behaviour):
    first, second, third = (behaviour(source, f"student {n}") for n, source in enumerate((*ALIKE, OTHER)))
    assert "known" not in (first, third)
    assert first == second != third
    assert len(first) == 8


def test_of_errors_the_kind_counts_and_not_the_students_own_names(behaviour):
    assert behaviour(RAISES[0], "a") == behaviour(RAISES[1], "b")
