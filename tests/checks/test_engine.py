"""The engine itself, on a small exercise made for the purpose."""

import copy
import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course_lib import checks
from course_lib.checks.engine import drive
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.compare import difference
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, WRONG, examine
from course_lib.checks.engine.exercise import Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.checks.engine.report import report_of

HINTS = ("Think of the angle.", "Divide the product.", "Divide it by the root of d.")


def scaled_scores(q: Tensor, k: Tensor) -> Tensor:
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q has {q.shape[-1]}, k has {k.shape[-1]}")
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


def score_cases(generator: torch.Generator) -> list[Case]:
    return [
        Case((torch.eye(2), torch.eye(2)), label="2 queries, 2 keys, d = 2"),
        Case((torch.randn(3, 4, generator=generator), torch.randn(5, 4, generator=generator)), label="random"),
        Case((torch.zeros(1, 2), torch.zeros(1, 3)), label="unequal widths"),
    ]


def scores_of_zero_are_zero(call: object, generator: torch.Generator) -> None:
    scores = call(torch.zeros(2, 3), torch.ones(2, 3))
    if scores.abs().sum() != 0:
        raise Failed(f"expected zeros for a query of zeros, got {scores.tolist()}")


EXERCISE = Exercise(
    name="scaled_scores",
    reference=scaled_scores,
    cases=score_cases,
    properties=(Property("a query of zeros scores zero", scores_of_zero_are_zero),),
    misconceptions=(
        Misconception("no scaling", lambda q, k: scaled_scores(q, k) * math.sqrt(q.shape[-1]), "Divide by √d."),
        Misconception("scaled by d", lambda q, k: scaled_scores(q, k) / math.sqrt(q.shape[-1]), "Divide by √d, not d."),
    ),
    hints=HINTS,
    review="lesson 03, 'Why 1/√d'",
)


def defined(source: str, name: str = "answer") -> object:
    """What a cell defines."""
    namespace = {"torch": torch, "math": math, "nn": nn}
    exec(compile(source, "<cell>", "exec"), namespace)
    return namespace[name]


def examined(source: str, exercise: Exercise = EXERCISE, **options: float) -> object:
    """Examine an answer as a student types it."""
    return examine(exercise, defined(source, exercise.name), seed=5, **options)


HEAD = "def scaled_scores(q, k):\n    if q.shape[-1] != k.shape[-1]: raise ValueError('no')\n"


@pytest.mark.parametrize(
    "body",
    [
        "    return q @ k.T / math.sqrt(q.shape[-1])",
        "    return torch.einsum('qd,kd->qk', q, k) * q.shape[-1] ** -0.5",
        "    q = q.clone()\n    q /= q.shape[-1] ** 0.5\n    return q @ k.T",
        "    print('a warning')\n    return (k @ q.T).T / q.size(-1) ** 0.5",
    ],
)
def test_right_answers_pass_however_they_are_written(body: str) -> None:
    examination = examined(HEAD + body)
    assert examination.status == RIGHT
    assert bool(report_of(examination))


@pytest.mark.parametrize(
    ("body", "name"),
    [("    return q @ k.T", "no scaling"), ("    return q @ k.T / q.shape[-1]", "scaled by d")],
)
def test_a_known_mistake_is_named_and_explained(body: str, name: str) -> None:
    examination = examined(HEAD + body)
    assert examination.status == WRONG
    assert examination.mistake.name == name
    text = repr(report_of(examination))
    assert f"Likely mistake: {name}." in text
    assert "2 queries, 2 keys, d = 2: 2 of 4 values differ (*)" in text
    assert "expected\n      0.7071       0\n           0  0.7071\n    got\n" in text


def test_an_unknown_mistake_is_wrong_without_a_name() -> None:
    examination = examined(HEAD + "    return q @ k.T / 3")
    assert (examination.status, examination.mistake) == (WRONG, None)


def test_a_missing_error_is_reported() -> None:
    examination = examined("def scaled_scores(q, k):\n    return q[:, :2] @ k[:, :2].T / math.sqrt(q.shape[-1])")
    assert examination.status == WRONG


def test_a_stub_is_not_attempted_and_never_a_traceback() -> None:
    examination = examined("def scaled_scores(q, k):\n    # YOUR CODE HERE\n    raise NotImplementedError()")
    assert examination.status == NOT_ATTEMPTED
    assert "not attempted yet" in repr(report_of(examination))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    return q ^ k", "your code raised NotImplementedError"),  # what torch says of floats
        ("    return nn.Module()(q)", 'missing the required "forward" function'),
        ("    if len(q) == 3: raise NotImplementedError()\n    return q @ k.T", "expected"),
    ],
)
def test_only_the_stub_is_not_attempted(body: str, said: str) -> None:
    examination = examined(HEAD + body)
    assert examination.status == WRONG
    assert said in repr(report_of(examination))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    return missing", "NameError: name 'missing' is not defined (line 3 of your code)"),
        ("    return None", "got None (is there a `return`?)"),
        ("    return (q @ k.T).tolist()", "expected a tensor of shape (2, 2), got a list"),
        ("    return (q @ k.T).T.sum(0)", "expected shape (2, 2), got shape (2,)"),
        ("    return (q @ k.T).long()", "floating point numbers (torch.float32), got whole numbers (torch.int64)"),
        ("    raise SystemExit(0)", "your code raised SystemExit"),
        ("    return scaled_scores(q, k)", "your code raised RecursionError"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(body: str, said: str) -> None:
    assert said in repr(report_of(examined(HEAD + body)))


@pytest.mark.parametrize("swallow", ["except Exception", "except BaseException"])
def test_a_loop_without_end_is_reported_and_ended(swallow: str) -> None:
    loop = f"    for _ in range(3):\n        try:\n            while True: pass\n        {swallow}: pass\n    return q"
    report = repr(report_of(examined(HEAD + loop, seconds=0.2)))
    assert "still running after 0.2 seconds" in report
    assert "restart the kernel" not in report


def test_an_exercise_may_allow_less_time_and_never_more() -> None:
    endless = HEAD + "    while True: pass"
    for allowed, given, limit in ((0.2, 10.0, 0.2), (10.0, 0.3, 0.3)):
        report = repr(report_of(examined(endless, dataclasses.replace(EXERCISE, seconds=allowed), seconds=given)))
        assert f"still running after {limit} seconds" in report


def test_a_call_that_cannot_be_ended_is_abandoned() -> None:
    # A sleep in C ignores exceptions from outside. Its thread is a daemon, so it does not hold up the end.
    report = repr(report_of(examined(HEAD + "    import time; time.sleep(30)", seconds=0.2)))
    assert "It could not even be stopped: restart the kernel." in report


def test_a_flood_of_prints_is_clipped_and_stays_out_of_the_notebook(capsys: pytest.CaptureFixture) -> None:
    report = repr(report_of(examined(HEAD + "    print('x' * 10**6)\n    return q")))
    assert len(report) < 3000
    assert "Your code printed" in report
    assert capsys.readouterr().out == ""


def test_an_answer_cannot_change_the_inputs_of_the_next_call_or_the_global_random_state() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    examination = examined(
        HEAD + "    out = q @ k.T / math.sqrt(q.shape[-1])\n    q.zero_(); torch.rand(9)\n    return out"
    )
    assert [verdict.holds for verdict in examination.verdicts] == [True, True, False]
    assert torch.equal(torch.get_rng_state(), before)


# Inputs changed in place


@pytest.mark.parametrize(
    "body",
    [
        "    q /= q.shape[-1] ** 0.5\n    return q @ k.T",
        "    q.div_(q.shape[-1] ** 0.5)\n    return q @ k.T",
        "    out = q @ k.T / math.sqrt(q.shape[-1])\n    q.data[0, 0] = 7\n    return out",
        "    out = q @ k.T / math.sqrt(q.shape[-1])\n    q.numpy()[:] = 7\n    return out",
        "    out = q @ k.T / math.sqrt(q.shape[-1])\n    q.unsqueeze_(0)\n    return out",
    ],
)
def test_the_right_result_is_not_enough_where_an_input_was_changed(body: str) -> None:
    examination = examined(HEAD + body)
    assert examination.status == WRONG
    text = repr(report_of(examination))
    assert "✓ gives the right result" in text
    assert "the right result, but your function changed its input `q`" in text


def test_a_wrong_result_is_told_first_and_the_changed_input_as_well() -> None:
    examination = examined(HEAD + "    return q.mul_(2) @ k.T")
    assert [verdict.statement for verdict in examination.verdicts if not verdict.holds] == [
        "gives the right result on all inputs",
        "leaves its inputs as they were",
    ]
    assert "the right result, but" not in repr(report_of(examination))


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ([3, 1, 2], "values.sort(); return sorted(values)"),
        ({"a": [1]}, "values['a'].append(2); return {'a': [1]}"),
        ({1: "x"}, "values.pop(1); return {1: 'x'}"),
        ({4, 5}, "values.clear(); return {4, 5}"),
        (bytearray(b"ab"), "values.reverse(); return bytearray(b'ab')"),
        ([torch.zeros(2), torch.ones(2)], "values[1].add_(1); return [torch.zeros(2), torch.ones(2)]"),
        (np.arange(3.0), "values += 1; return values - 1"),
        (nn.Linear(1, 1, bias=False), "values.weight.data.zero_(); return values"),
        (torch.tensor([1.0, float("nan")]), "values[0] = 2; return torch.tensor([1.0, float('nan')])"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_every_kind_of_input_is_watched(value: object, body: str) -> None:
    watched = drive.Watched(defined(f"def answer(values):\n    {body}"))
    watched(copy.deepcopy(value))
    assert watched.changes == [drive.Change(0, "values")]
    untouched = drive.Watched(lambda values: values)
    untouched(copy.deepcopy(value))
    assert untouched.changes == []


def test_inputs_given_by_name_and_those_without_a_name_are_told_too() -> None:
    watched = drive.Watched(lambda *every, **named: [value.zero_() for value in (*every, *named.values())])
    watched(torch.zeros(1), torch.ones(1), mask=torch.ones(1))
    assert watched.changes == [drive.Change(1, ""), drive.Change("mask", "mask")]


def test_the_input_of_a_module_is_watched_in_forward() -> None:
    source = MODULE_HEAD + (
        "        self.up = nn.Linear(width, 2 * width)\n        self.down = nn.Linear(2 * width, width)\n"
        "    def forward(self, x):\n"
        "        out = self.down(torch.relu(self.up(x.clone())))\n        x.data.zero_()\n        return out"
    )
    assert "the right result, but your class changed its input `x`" in repr(report_of(examined(source, MODULE)))


def test_an_exercise_may_ask_for_one_input_to_be_changed_and_no_other() -> None:
    def emptied(full: list, other: list) -> int:
        full.clear()
        return 0

    asking = Exercise(
        "emptied", emptied, lambda g: [Case(([1], [2]))], (), HINTS, "lesson 01", may_change_inputs=("full",)
    )
    assert examine(asking, lambda a, b: a.clear() or 0, seed=1).status == RIGHT
    both = examine(asking, lambda a, b: a.clear() or b.clear() or 0, seed=1)
    assert "changed its input `b`" in repr(report_of(both))
    assert "`a`" not in both.verdicts[-1].detail


def test_a_mistake_that_is_nothing_but_a_changed_input_is_named_where_an_input_was_changed() -> None:
    def sorts_in_place(values: list) -> int:
        values.sort()
        return 0

    mistakes = (Misconception("sorted in place", sorts_in_place, "Use sorted(values)."),)
    zero = Exercise("zero", lambda values: 0, lambda g: [Case(([2, 1],))], mistakes, HINTS, "lesson 01")
    assert examine(zero, lambda values: values.sort() or 0, seed=1).mistake is mistakes[0]
    assert examine(zero, lambda values: 1, seed=1).mistake is None


def test_the_seed_draws_the_same_inputs_again() -> None:
    wrong = HEAD + "    return q @ k.T / math.sqrt(q.shape[-1]) * (1 if q.shape[0] == 2 else 2)"
    reports = {repr(report_of(examined(wrong))) for _ in range(2)}
    assert len(reports) == 1
    assert "seed=5" in reports.pop()


def test_properties_are_tested_even_where_no_case_fails() -> None:
    body = "    scores = q @ k.T / math.sqrt(q.shape[-1])\n    return scores + (len(q) == 2 and q.shape[1] == 3)"
    examination = examined(HEAD + body)
    assert [verdict.holds for verdict in examination.verdicts] == [True, False]
    assert "expected zeros for a query of zeros" in repr(report_of(examination))


def test_the_learners_text_is_escaped_in_html() -> None:
    report = report_of(examined(HEAD + "    raise ValueError('<script>alert(1)</script>')"))
    assert "<script>" not in report._repr_html_()
    assert "&lt;script&gt;" in report._repr_html_()


def test_html_and_text_say_the_same() -> None:
    report = report_of(examined(HEAD + "    return q @ k.T"))
    for line in report.lines:
        assert line.text.splitlines()[0] in repr(report)


def test_an_exercise_without_cases_fails_closed() -> None:
    empty = Exercise("nothing", scaled_scores, lambda generator: [], (), HINTS, "lesson 03")
    with pytest.raises(ValueError, match="draws no cases"):
        examine(empty, scaled_scores, seed=0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (41, "you predicted 41, and that is not what comes out"),
        (None, "expected a number, got None"),
        ([1], "got 1 items"),
    ],
)
def test_a_wrong_prediction_does_not_give_the_answer_away(answer: object, said: str) -> None:
    prediction = Exercise("predict", lambda: 40_000, single_case, (), HINTS, "lesson 04")
    report = repr(report_of(examine(prediction, lambda: answer, seed=0)))
    assert said in report
    assert "40000" not in report


# Gradients and modules


class Affine(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, 2 * width)
        self.second = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


def affine_cases(generator: torch.Generator) -> list[Case]:
    weights = {name: torch.randn(value.shape, generator=generator) for name, value in Affine(3).state_dict().items()}
    return [Case(((3,), weights, torch.randn(2, 3, generator=generator)), label="width 3")]


MODULE = Exercise("Affine", Affine, affine_cases, (), HINTS, "lesson 05", drive=drive.call_module)
MODULE_HEAD = "class Affine(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n"


def test_a_module_with_other_names_gets_the_weights_by_shape() -> None:
    source = MODULE_HEAD + (
        "        self.up = nn.Linear(width, 2 * width)\n        self.down = nn.Linear(2 * width, width)\n"
        "    def forward(self, x):\n        return self.down(torch.relu(self.up(x)))"
    )
    examination = examined(source, MODULE)
    assert examination.status == RIGHT, report_of(examination)


def test_a_module_without_a_parameter_is_told_which() -> None:
    source = MODULE_HEAD + (
        "        self.up = nn.Linear(width, 2 * width, bias=False)\n        self.down = nn.Linear(2 * width, width)\n"
        "    def forward(self, x):\n        return self.down(torch.relu(self.up(x)))"
    )
    assert "your module lacks `first.bias`: is there a `bias=False` too many?" in repr(
        report_of(examined(source, MODULE))
    )


def test_a_module_whose_forward_is_misspelt_is_told_so() -> None:
    source = MODULE_HEAD + (
        "        self.up = nn.Linear(width, 2 * width)\n        self.down = nn.Linear(2 * width, width)\n"
        "    def foward(self, x):\n        return self.down(torch.relu(self.up(x)))"
    )
    examination = examined(source, MODULE)
    assert examination.status == WRONG
    assert 'missing the required "forward" function' in repr(report_of(examination))


def test_a_module_that_begins_with_what_was_given_is_not_attempted() -> None:
    assert examined(MODULE_HEAD + "        raise NotImplementedError()", MODULE).status == NOT_ATTEMPTED


def test_a_wrong_gradient_is_seen() -> None:
    source = MODULE_HEAD + (
        "        self.up = nn.Linear(width, 2 * width)\n        self.down = nn.Linear(2 * width, width)\n"
        "    def forward(self, x):\n        return self.down(torch.relu(self.up(x)).detach())"
    )
    assert "no gradient arrives at input number 1" in repr(report_of(examined(source, MODULE)))


def test_a_function_in_place_of_a_module_is_told_so() -> None:
    assert "expected a subclass of nn.Module" in repr(report_of(examined("def Affine(width): return 3", MODULE)))


# Comparison


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (3, 3.0),
        (0.5, 0.5 + 1e-9),
        (3, torch.tensor(3)),
        ([1, 2], (1, 2)),
        (torch.tensor([1.0, float("nan")]), torch.tensor([1.0, float("nan")])),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        ({"a": [1, b"x"]}, {"a": [1, b"x"]}),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
    ],
)
def test_values_that_agree(expected: object, actual: object) -> None:
    assert difference(expected, actual, 1e-6) is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (3, 4),
        (3, "3"),
        (1, True),
        (True, 1),
        (3, 3.0000001),
        (0.5, 0.6),
        (0.5, float("nan")),
        ([1, 2], [2, 1]),
        ([1, 2], [1]),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ("a", b"a"),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.tensor([1.0, float("nan")])),
        (torch.ones(2, dtype=torch.bool), torch.ones(2)),
    ],
)
def test_values_that_differ(expected: object, actual: object) -> None:
    assert difference(expected, actual, 1e-6) is not None


# check and hint, as a notebook calls them


def test_an_unknown_name_gets_the_nearest_ones() -> None:
    with pytest.raises(LookupError, match="did you mean"):
        find_exercise("causal_maks")


def test_checking_a_value_says_how_to_call() -> None:
    with pytest.raises(TypeError, match="without brackets"):
        checks.check(3)
    with pytest.raises(TypeError, match=r"check\(softmax\), without quotes"):
        checks.check("softmax")


@pytest.fixture
def only_exercise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_exercise", lambda name: EXERCISE)
    monkeypatch.setattr(checks, "_hints_given", type(checks._hints_given)())


@pytest.mark.usefixtures("only_exercise")
def test_hints_come_one_at_a_time_and_the_last_stays() -> None:
    given = [repr(checks.hint("scaled_scores")) for _ in range(4)]
    assert [hint in text for hint, text in zip(HINTS, given, strict=False)] == [True] * 3
    assert given[3] == given[2]
    assert HINTS[0] in repr(checks.hint("scaled_scores", 1))
    with pytest.raises(ValueError, match="1 to 3"):
        checks.hint("scaled_scores", 4)


@pytest.mark.usefixtures("only_exercise")
def test_nbgrader_is_told_by_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(q: Tensor, k: Tensor) -> Tensor:
        return q

    assert not checks.check(wrong)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="not right yet"):
        checks.check(wrong)
    assert checks.check(lambda q, k: scaled_scores(q, k))


def test_a_module_without_any_parameter_is_not_given_the_name_of_another_misfit() -> None:
    class Empty(torch.nn.Module):
        def __init__(self, config: object) -> None:
            super().__init__()

        def forward(self, idx: torch.Tensor) -> torch.Tensor:
            return idx

    examination = examine(find_exercise("TinyGPT"), Empty, seed=1)
    assert examination.status == WRONG
    assert "your module has no parameters at all" in examination.verdicts[0].detail
    assert examination.mistake is None
