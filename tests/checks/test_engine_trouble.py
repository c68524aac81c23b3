"""What a check could stumble over is explained, or does no harm: strange values, settings, ways to give an answer."""

import _thread
import contextlib
import dataclasses
import random
import re
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.checks import check
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.compare import outcome_difference
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, WRONG, examine
from course_lib.checks.engine.exercise import Case, Exercise, Property
from course_lib.checks.engine.outcome import Returned, Runner, TimedOut
from course_lib.checks.engine.report import report_of

SOFTMAX = """def softmax(x, dim=-1):
    e = (x - x.amax(dim, keepdim=True)).exp()
    result = e / e.sum(dim, keepdim=True)
"""
COUNT_PAIRS = """def count_pairs(words):
    counts = Counter()
    for word, number in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] += number
    result = counts
"""
FORWARD = """class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.down = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
    def forward(self, x):
        result = self.down(nn.functional.gelu(self.up(x), approximate="tanh"))
    """
ANSWERS = {"softmax": SOFTMAX, "count_pairs": COUNT_PAIRS, "MLP": FORWARD}
STRANGE = {
    "np.array(['a', 'b'])": "an array of text",
    "np.array([None])": "an array of Python objects",
    "torch.ones(3).to_sparse()": "a sparse tensor: make a dense one of it",
    "torch.ones(3, device='meta')": "a tensor on the device 'meta'",
    "torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])": "a nested tensor",
    "torch.ones(3, dtype=torch.complex64)": "a tensor of complex numbers",
    "np.complex128(1)": "complex numbers",
    "torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)": "torch.qint8",
    "10**400": "a whole number of more than 39 digits",
    "10**5000": "a whole number of more than 39 digits",
    "iter([1])": "make a list of it",
    "(1 for _ in 'ab')": "make a list of it",
    "range(3)": "make a list of it",
    "{}.keys()": "make a list of it",
    "lambda: 1": "the function <lambda> itself",
    "functools.partial(print)": "the function partial itself",
    "dict": "the class dict itself",
    "nn.Linear(1, 1)": "a module (Linear) itself: call it",
    "{torch.ones(1): 1}": "a dict or set whose keys are tensors",
    "[cycle := [], cycle.append(cycle)]": "lists within lists without end",
}


def defined(source: str, name: str) -> object:
    """What a cell defines."""
    import functools
    import math
    from collections import Counter

    namespace = {
        "torch": torch, "nn": nn, "np": np, "math": math, "functools": functools, "Counter": Counter, "__name__": "cell"
    }  # fmt: skip
    exec(compile(source, "<cell 7>", "exec"), namespace)
    return namespace[name]


def returning(name: str, value: str) -> object:
    return defined(f"{ANSWERS[name]}    return {value}", name)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("value", STRANGE)
def test_a_strange_value_is_called_by_its_name(name: str, value: str) -> None:
    report = check(returning(name, value), seed=1)
    assert "not right yet" in repr(report)
    assert STRANGE[value] in repr(report)
    assert "your code raised" not in repr(report)
    assert report._repr_html_()


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("value", ["{}", "{'a': 1}", "np.ones(4)[::-1]", "torch.ones(2, 3).T", "b'x'", "-0.0", "None"])
def test_a_value_of_another_form_is_wrong_and_no_more(name: str, value: str) -> None:
    assert examine(find_exercise(name), returning(name, value), 1).status == WRONG


@pytest.mark.parametrize(
    "value",
    ["nn.Parameter(result)", "result.to('cpu')", "torch._neg_view(-result)", "result.expand(result.shape)"],
)
def test_a_right_value_in_a_rare_form_is_right(value: str) -> None:
    assert examine(find_exercise("softmax"), returning("softmax", value), 1).status == RIGHT


def test_an_array_of_negative_strides_or_rare_numbers_is_compared() -> None:
    reverse = Exercise(
        "reverse", lambda x: x[::-1].copy(), lambda g: [Case((np.arange(4.0),))], (), ("", "", ""), "lesson 01"
    )
    assert examine(reverse, lambda x: x[::-1], 1).status == RIGHT
    assert examine(reverse, lambda x: x[::-1].astype(np.longdouble), 1).status == RIGHT
    assert examine(reverse, lambda x: x[::-1].astype(">f8"), 1).status == RIGHT


SETTINGS = {
    "no gradients": (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True)),
    "float64": (lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32)),
    "another device": (lambda: torch.set_default_device("meta"), lambda: torch.set_default_device(None)),
    "numpy raises": (lambda: np.seterr(all="raise"), lambda: np.seterr(all="warn")),
    "warnings raise": (lambda: warnings.simplefilter("error"), lambda: warnings.simplefilter("default")),
}


@pytest.mark.parametrize("name", ["gelu", "MLP", "softmax", "count_pairs"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_was_set_before_makes_no_difference(name: str, setting: str) -> None:
    exercise = find_exercise(name)
    change, put_back = SETTINGS[setting]
    with warnings.catch_warnings():
        change()
        try:
            assert examine(exercise, exercise.reference, 1).status == RIGHT
            for mistake in exercise.misconceptions[:2]:
                assert examine(exercise, mistake.mutant, 1).mistake is mistake
        finally:
            put_back()


def test_settings_are_as_they_were_after_a_check() -> None:
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    try:
        check(returning("softmax", "result"))
        assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float32)


def test_a_check_draws_other_inputs_whatever_was_seeded_and_seeds_nothing() -> None:
    wrong = returning("softmax", "result * 2")
    seeds = set()
    for _ in range(3):
        random.seed(0)
        torch.manual_seed(0)
        np.random.seed(0)
        before = random.getstate()
        seeds.add(repr(check(wrong)).split("seed=")[-1])
        assert random.getstate() == before
    assert len(seeds) > 1


# Ways to give an answer


def test_an_answer_is_found_by_the_name_that_it_has_where_check_is_called() -> None:
    cells = [
        "my_softmax = returning('softmax', 'result')\nsoftmax = lambda x, dim=-1: my_softmax(x, dim)",
        "import functools\nsoftmax = functools.partial(returning('softmax', 'result'), dim=-1)",
        "def shares(x, dim=-1):\n    return returning('softmax', 'result')(x, dim)\nsoftmax = shares",
        "def loud(function):\n    def inner(*args, **more):\n        return function(*args, **more)\n    return inner\n"
        "softmax = loud(returning('softmax', 'result'))",
        "import functools\nsoftmax = functools.lru_cache(returning('softmax', 'result'))",
        "class Shares:\n    def __call__(self, x, dim=-1):\n        return returning('softmax', 'result')(x, dim)\n"
        "softmax = Shares()",
    ]
    for cell in cells:
        namespace = {"returning": returning, "check": check, "__name__": "cell"}
        exec(f"{cell}\nreport = check(softmax)", namespace)
        assert repr(namespace["report"]).startswith("softmax: "), cell


DECORATORS = {
    "none": "",
    "torch's": "@torch.no_grad()\n",
    "with wraps": "@loud\n",
    "without": "@silent\n",
}
LOUD = """import functools
def loud(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
def silent(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
"""


@pytest.mark.parametrize("decorator", DECORATORS)
def test_the_line_is_told_under_a_decorator(decorator: str) -> None:
    source = f"{LOUD}{DECORATORS[decorator]}def softmax(x, dim=-1):\n    y = x + 1\n    return y / None\n"
    line = source.split("\n").index("    return y / None") + 1
    report = repr(report_of(examine(find_exercise("softmax"), defined(source, "softmax"), 1)))
    assert f"(line {line} of your code)" in report


@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_stub_is_a_stub_under_a_decorator(decorator: str) -> None:
    source = f"{LOUD}{DECORATORS[decorator]}def softmax(x, dim=-1):\n    raise NotImplementedError()\n"
    assert examine(find_exercise("softmax"), defined(source, "softmax"), 1).status == NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    return x ^ 3", "not implemented for 'Float'"),
        ("    e = x.exp()\n    raise NotImplementedError()", "still stands in your code: delete it"),
        ("    if x.dim() == 1:\n        return x\n    raise NotImplementedError()", ""),
    ],
)
def test_what_was_begun_was_attempted(body: str, said: str) -> None:
    examination = examine(find_exercise("softmax"), defined(f"def softmax(x, dim=-1):\n{body}", "softmax"), 1)
    assert examination.status == WRONG
    assert said in repr(report_of(examination))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("x ^ 3", "a power is written **"),
        ("2.0 ^ 3", "a power is written **"),
        ("x.numpy() ^ 3", "a power is written **"),
        ("x & x", "write (a > 0) & (b > 0)"),
        ("(x > 0 & x < 1)", "write (a > 0) & (b > 0)"),
        ("x | 1.0", "write (a > 0) & (b > 0)"),
        ("~x", "the rest is 1 - p"),
        ("~0.5", "the rest is 1 - p"),
        ("x > 0 and x < 1", "neither true nor false"),
        ("x if (x > 0) else 0", "neither true nor false"),
        ("x(x + 1)", "is a * missing"),
        ("x.tolist() - 1", "lists are not calculated with"),
        ("x.tolist() / x.numel()", "lists are not calculated with"),
        ("x.tolist() ** 2", "lists are not calculated with"),
    ],
)
def test_an_operator_that_python_writes_otherwise_is_told(expression: str, said: str) -> None:
    source = (
        f"def softmax(x, dim=-1):\n    x = torch.atleast_1d(x)\n    x = torch.cat([x, x])\n    return {expression}\n"
    )
    report = repr(report_of(examine(find_exercise("softmax"), defined(source, "softmax"), 1)))
    assert said in report
    assert "(line 4 of your code)" in report


def test_a_class_of_which_one_method_was_written_was_attempted() -> None:
    source = FORWARD.split("        result")[0] + "        raise NotImplementedError()"
    examination = examine(find_exercise("MLP"), defined(source, "MLP"), 1)
    assert examination.status == WRONG
    assert "still stands in your code: delete it (line 7 of your code)" in repr(report_of(examination))


def test_a_loop_that_fills_the_memory_is_ended_long_before_its_time_is_up() -> None:
    def hoard() -> None:
        kept = []
        while True:
            kept.append(torch.ones(1000))

    runner = Runner(seconds=120, memory=2**27)
    outcome = runner.run(hoard)
    assert isinstance(outcome, TimedOut)
    assert outcome.stopped
    assert 2**27 < outcome.filled
    told = outcome_difference(Returned(1), outcome, 0.0)
    assert told is not None
    assert re.fullmatch(
        r"your code had filled \d+\.\d GiB of memory after \d+\.\d seconds: is there a loop that never ends\?", told
    )


def test_a_call_that_hangs_is_waited_for_once_and_what_follows_is_not_looked_at() -> None:
    def zero_stays(call: object, generator: torch.Generator) -> None:
        call(0)

    many = Exercise(
        "double",
        lambda n: 2 * n,
        lambda g: [Case((n,)) for n in range(1, 9)],
        (),
        ("", "", ""),
        "lesson 01",
        properties=tuple(Property(f"property {number}", zero_stays) for number in range(6)),
    )
    answer = defined("def double(n):\n    while n == 0: pass\n    return 2 * n", "double")
    start = time.perf_counter()
    examination = examine(many, answer, 1, seconds=0.3)
    assert time.perf_counter() - start < 2
    assert examination.status == WRONG
    assert "still running after 0.3 seconds" in repr(report_of(examination))
    assert "not looked at yet" in repr(report_of(examination))
    assert sum(verdict.looked_at and not verdict.holds for verdict in examination.verdicts) == 1


def test_the_checks_own_fault_is_told_as_such() -> None:
    report = check_with_a_broken_reference()
    assert not report
    assert "not examined" in repr(report)
    assert "says nothing about your answer" in repr(report)


def check_with_a_broken_reference() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course_lib.checks.examine", lambda *args: 1 / 0)
        return check(returning("softmax", "result"))


def test_no_thread_is_left_when_a_check_is_over() -> None:
    """A script may end right after it: a thread that then still gives back tensors lets the process die."""
    answers = [defined(SOFTMAX + "    return result", "softmax"), defined(SOFTMAX + "    return 1 / 0", "softmax")]
    before = set(threading.enumerate())
    for answer in answers * 5:
        check(answer)
        assert set(threading.enumerate()) <= before


def test_a_thread_that_cannot_be_stopped_is_not_waited_for_again() -> None:
    def deaf() -> None:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            with contextlib.suppress(BaseException):
                time.sleep(0.05)

    runner = Runner(seconds=0.2)
    outcome = runner.run(deaf)
    assert isinstance(outcome, TimedOut)
    assert not outcome.stopped
    start = time.monotonic()
    runner.close()
    assert time.monotonic() - start < 1


@pytest.fixture
def ctrl_c_interrupts():
    """As in a notebook and a terminal; a program that was started in the background may be deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_the_call_that_nobody_waits_for_any_more(ctrl_c_interrupts) -> None:
    def endless() -> None:
        _thread.interrupt_main()
        while True:
            time.sleep(0.01)

    runner = Runner(seconds=60)
    with pytest.raises(KeyboardInterrupt):
        runner.run(endless)
    assert not runner._thread.is_alive()


def fills_the_memory_in_python(x, dim=-1):
    raise MemoryError


def fills_the_memory_in_torch(x, dim=-1):
    return torch.empty(2**50)


def fills_the_memory_in_numpy(x, dim=-1):
    return np.empty(2**50)


@pytest.mark.parametrize(
    "fills",
    [fills_the_memory_in_python, fills_the_memory_in_torch, fills_the_memory_in_numpy],
    ids=lambda f: f.__name__,
)
def test_what_no_memory_was_left_to_find_out_makes_no_answer_right(fills):
    """An answer that runs out of memory does as the reference did, for which there was none."""
    starved = dataclasses.replace(find_exercise("softmax"), reference=fills, properties=())
    with pytest.raises(MemoryError, match="too little memory is free to find out what softmax should give"):
        examine(starved, fills, seed=1)
