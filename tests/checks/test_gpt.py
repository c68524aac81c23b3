"""The exercises of lesson 07: what their reports say besides."""

import pytest

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined


def test_a_configuration_with_one_protected_field_is_refused() -> None:
    examination = examined(
        "ModelConfig",
        """
class ModelConfig:
    def __init__(self, n_layer=12, n_embd=100, n_head=5):
        if n_embd % n_head: raise ValueError("no")
        self._n_layer, self.n_embd, self.n_head = n_layer, n_embd, n_head
    @property
    def n_layer(self): return self._n_layer
""",
    )
    assert examination.status == WRONG
    assert "n_embd = 1 should raise an error" in str(report_of(examination))


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ("f'{idx.shape[1]} tokens'", "3"),
        ("f'only {len(position_table)} positions'", "4"),
        ("'34 is too much'", "4 and 3"),
    ],
)
def test_both_numbers_are_asked_for_in_the_message(message: str, missing: str) -> None:
    source = f"""
def embed(idx, token_table, position_table):
    if idx.shape[1] > len(position_table): raise ValueError({message})
    return token_table[idx] + position_table[:idx.shape[1]]
"""
    told = repr(report_of(examined("embed", source)))
    assert f"got 'a ValueError whose message does not name {missing}'" in told
