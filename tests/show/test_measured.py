import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.show.measured import approx, measured, significant

SANITIZED = re.search(r"\[measured\]\nregex: (.*)\n", (Path(__file__).parents[1] / "nbval.cfg").read_text("utf-8"))[1]


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (2.8713, 3, "2.87"),
        (2_457_800, 3, "2,460,000"),
        (0.0000471, 2, "4.7e-05"),
        (0.00047, 2, "0.00047"),
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (-1.5, 3, "-1.5"),
        (9.999, 3, "10"),
        (100, 3, "100"),
        (float("nan"), 3, "nan"),
    ],
)
def test_a_value_keeps_its_significant_digits(value, digits, shown):
    assert significant(value, digits) == shown


def test_a_value_within_its_range_is_shown_alone(capsys):
    measured("loss", 2.8713, about=2.9, within=0.1, unit="nats per token")
    assert capsys.readouterr().out == "loss ≈ 2.87 nats per token\n"


@pytest.mark.parametrize("value", [3.4, 2.0, float("nan"), float("inf")])
def test_a_value_outside_its_range_says_which_range_is_usual(value):
    assert approx(value, about=2.9, within=0.1).endswith("(usually 2.8 to 3)")


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 9))
def test_what_nbval_replaces_is_the_whole_number(value, digits):
    text = approx(value, about=value, within=0, digits=digits)
    assert re.sub(SANITIZED, "MEASURED", f"loss {text}, then more") == "loss MEASURED, then more"


def test_what_nbval_replaces_leaves_the_range_in_the_comparison():
    text = re.sub(SANITIZED, "MEASURED", approx(3.4, about=2.9, within=0.1))
    assert text == "MEASURED (usually 2.8 to 3)"


@pytest.mark.parametrize("wrong", [{"within": -1.0}, {"within": 1.0, "digits": 0}])
def test_a_range_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"within|digits"):
        approx(1.0, about=1.0, **wrong)
