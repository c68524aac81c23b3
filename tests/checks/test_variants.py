"""Wrong answers that nobody listed, made from the code of a right one."""

import pytest
import torch

from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.exercise import Case, Exercise
from course_lib.checks.engine.report import report_of
from course_lib.checks.engine.variants import Slot, Variants

LINE = Variants(
    """
def line(x, slope=2):
    rise = <slope> * x
    return rise <sign> <start>
""",
    (
        Slot("slope", "slope", ("2", "(slope + 1)", "slope**2")),
        Slot("sign", "+", ("-", "*")),
        Slot("start", "1", ("0", "x.mean()")),
    ),
)


def cases(generator):
    return [Case((torch.randn(4, generator=generator),), {"slope": slope}, f"slope {slope}") for slope in (2, 3, 5)]


def line(x, slope=2):
    return slope * x + 1


EXERCISE = Exercise("softmax", line, cases, (), ("a", "b", "c"), "lesson 03", variants=LINE)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda x, slope=2: slope * x - 1, "`return rise - 1`"),
        (lambda x, slope=2: (slope + 1) * x + 1, "`rise = (slope + 1) * x`"),
        (lambda x, slope=2: slope**2 * x - 1, "`rise = slope**2 * x`; `return rise - 1`"),
        (lambda x, slope=2: slope * x - x.mean(), "`return rise - x.mean()`"),
    ],
)
def test_the_line_that_does_the_same_is_shown(answer, code):
    assert examine(EXERCISE, answer, seed=1).seen == (f"yours does what this would do: {code}",)


def test_what_torch_says_of_a_variant_is_not_told_the_learner(recwarn):
    warned = Variants(
        "def line(x, slope=2):\n    return <end>", (Slot("end", "slope * x + 1", ("x.std() * x[:1].std()",)),)
    )
    exercise = Exercise("softmax", line, cases, (), ("a", "b", "c"), "lesson 03", variants=warned)
    examine(exercise, lambda x, slope=2: slope * x, seed=1)
    assert not recwarn.list


def test_what_fits_one_input_alone_is_not_shown():
    fixed = examine(EXERCISE, lambda x, slope=2: slope * x + (1 if slope == 3 else 0), seed=1)
    assert "what this would do" not in repr(report_of(fixed))


def test_one_slip_comes_before_two_and_no_more_are_made_than_asked_for():
    lines = [line for line, _ in LINE.each()]
    assert len(lines) == 7 + 3 * 2 + 3 * 2 + 2 * 2
    assert all(";" not in line for line in lines[:7])
    few = Variants(LINE.code, LINE.slots, most=5)
    assert len(list(few.each())) == 5


def test_a_slot_that_does_not_stand_in_the_code_is_refused():
    with pytest.raises(ValueError, match="<end>"):
        Variants("def line(x): return x", (Slot("end", "x", ("y",)),))
    with pytest.raises(ValueError, match="neither a function nor a class"):
        Variants("line = <end>", (Slot("end", "1", ("2",)),)).right()
