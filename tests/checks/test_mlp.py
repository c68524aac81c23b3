"""The exercises of lesson 05: what their reports say besides."""

import pytest

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.mlp import LAYERS


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        (
            "MLP",
            LAYERS + "        return self.down_proj(F.gelu(self.up_proj(x), approximate='tanh'))",
            "with dropout = 0.5, about half of the output should be 0 in training; 0% of yours is",
        ),
        (
            "MLP",
            LAYERS + "        return self.down_proj(self.dropout(F.gelu(self.up_proj(x), approximate='tanh')))",
            "with dropout = 0.5, about half of the output should be 0 in training; 0% of yours is",
        ),
        (
            "feed_forward",
            "def feed_forward(x, up, down):\n    h = F.gelu(x @ up.T, approximate='tanh') @ down.T\n"
            "    return h + (x.shape[1] == 9) * h.mean(dim=1, keepdim=True)",
            "only position 5 of 9 was changed, so only its output should move; wrong at the positions [0, 1, 2, 3,",
        ),
        ("gelu", "def gelu(x): return x.erff()", "your code raised"),
    ],
)
def test_what_the_cases_cannot_name_is_told_in_words(name: str, source: str, said: str) -> None:
    examination = examined(name, source)
    assert examination.status == WRONG
    assert said in repr(report_of(examination))


def test_another_failure_of_the_same_kind_is_not_taken_for_a_module_in_float32() -> None:
    wide = """
def output_rank(mlp_ratio, x):
    module = mlp.MLP(3 * x.shape[-1], round(3 * x.shape[-1] * mlp_ratio)).double()
    return int(torch.linalg.matrix_rank(module(x)))
"""
    examination = examined("output_rank", wide)
    assert examination.status == WRONG
    assert examination.mistake is None, report_of(examination)


def test_a_rank_in_a_tensor_is_no_number_yet() -> None:
    tensor = """
def output_rank(mlp_ratio, x):
    module = mlp.MLP(x.shape[-1], round(x.shape[-1] * mlp_ratio)).double()
    return torch.linalg.matrix_rank(module(x))
"""
    examination = examined("output_rank", tensor)
    assert examination.status == WRONG
    assert "an int" in repr(report_of(examination))
