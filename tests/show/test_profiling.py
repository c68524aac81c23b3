import sys
import time

import pytest
import torch
from torch import nn

from course_lib.show.profiling import (
    Timing,
    interleaved_seconds,
    kept_for_backward,
    num_params,
    processor_seconds,
    time_forward,
    time_interleaved,
)


def test_parameters_are_counted():
    assert num_params(nn.Linear(3, 4)) == 3 * 4 + 4


def test_a_frozen_parameter_counts_and_a_buffer_does_not():
    norm = nn.BatchNorm1d(8)  # weight and bias, and three buffers
    norm.weight.requires_grad_(False)
    assert num_params(norm) == 16


def test_a_tied_parameter_counts_once():
    model = nn.ModuleDict({"embedding": nn.Embedding(10, 4), "head": nn.Linear(4, 10, bias=False)})
    model["head"].weight = model["embedding"].weight
    assert num_params(model) == 40


def test_calls_are_warmed_up_and_then_take_turns():
    calls = []
    timings = time_interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, runs=3, warmup=2)
    assert calls == ["a", "b"] * (2 + 3)
    assert list(timings) == ["a", "b"]


def test_the_median_lies_between_the_fastest_and_the_slowest():
    timing = time_interleaved({"sum": lambda: sum(range(1000))}, runs=5)["sum"]
    assert 0 < timing.fastest <= timing.median <= timing.slowest


def test_the_slower_call_takes_longer():
    timings = time_interleaved({"short": lambda: sum(range(10)), "long": lambda: sum(range(200_000))}, runs=5)
    assert timings["long"].median > timings["short"].median


def test_the_clock_can_be_chosen() -> None:
    ticks = iter(range(100))
    assert interleaved_seconds({"call": lambda: next(ticks)}, runs=2, warmup=0, clock=lambda: next(ticks)) == {
        "call": [2, 2]
    }


@pytest.mark.skipif(sys.platform == "win32", reason="there it is the wall clock")
def test_the_processors_clock_stands_still_while_others_work() -> None:
    seconds = interleaved_seconds({"sleep": lambda: time.sleep(0.2)}, runs=1, warmup=0, clock=processor_seconds)
    assert seconds["sleep"][0] < 0.1


@pytest.mark.parametrize("runs", [0, -1])
def test_no_run_is_refused(runs):
    with pytest.raises(ValueError, match=f"runs must be at least 1, got {runs}"):
        time_interleaved({"nothing": lambda: None}, runs=runs)


def test_a_forward_pass_is_timed_without_gradients():
    modes = []

    class Watched(nn.Module):
        def forward(self, x):
            modes.append(torch.is_inference_mode_enabled())
            return x

    timing = time_forward(Watched(), torch.zeros(1), runs=2, warmup=1)
    assert isinstance(timing, Timing)
    assert modes == [True] * 3


def test_memory_kept_for_backward_is_what_the_product_needs_of_its_factors() -> None:
    a = torch.zeros(10, 20, requires_grad=True)
    b = torch.zeros(20, 30, requires_grad=True)
    assert kept_for_backward(lambda: a @ b) == 4 * (10 * 20 + 20 * 30)  # bytes of both factors


def test_memory_kept_for_backward_counts_shared_memory_once() -> None:
    a = torch.zeros(10, 10, requires_grad=True)
    assert kept_for_backward(lambda: a @ a.T) == 4 * 10 * 10


def test_nothing_is_kept_for_backward_without_gradients() -> None:
    a = torch.zeros(10, 10, requires_grad=True)
    with torch.no_grad():
        assert kept_for_backward(lambda: (a @ a).exp()) == 0
