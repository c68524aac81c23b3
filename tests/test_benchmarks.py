"""The frame of the benchmarks: what is a ratio, what is a target met, and that both sides take turns."""

import mmap
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import report, shared_page
from benchmarks.__main__ import benchmark_names
from benchmarks.grading_compared import Round, sentence
from benchmarks.report import HEADINGS, Measurement, extra_megabytes, markdown_table, relative_time, speedup
from tests.tools.share.node import needs_node

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("values", "bound", "met"),
    [
        ((5.0, 6.0, 9.0), {"at_least": 6.0}, True),
        ((5.0, 5.9, 9.0), {"at_least": 6.0}, False),  # the median counts, not the best
        ((1.4, 1.5, 9.0), {"at_most": 1.5}, True),
        ((1.4, 1.6, 1.7), {"at_most": 1.5}, False),
        ((1.0,), {}, None),
    ],
)
def test_the_median_is_held_against_the_target(values, bound, met):
    assert Measurement("ours", "theirs", values, **bound).met is met


def test_a_measurement_needs_values_and_one_target():
    with pytest.raises(ValueError, match="at least one value"):
        Measurement("ours", "theirs", ())
    with pytest.raises(ValueError, match="at_least or at_most, not both"):
        Measurement("ours", "theirs", (1.0,), at_least=1, at_most=2)


def test_both_sides_take_turns_and_alternate_who_starts():
    calls = []
    speedup("ours", lambda: calls.append("o"), against="theirs", baseline=lambda: calls.append("b"), runs=3)
    assert "".join(calls) == "ob" + "ob" + "bo" + "ob"  # the first pair warms up


def clock(monkeypatch):
    """A clock that stands still, and a function that makes a call of the given seconds."""
    now = [0.0]
    monkeypatch.setattr(report.time, "perf_counter", lambda: now[0])

    def lasting(seconds):
        def call():
            now[0] += seconds

        return call

    return lasting


def test_a_speedup_is_the_baselines_time_over_ours(monkeypatch):
    lasting = clock(monkeypatch)
    measured = speedup("ours", lasting(2.0), against="theirs", baseline=lasting(12.0), runs=2, at_least=6)
    assert measured.values == (6.0, 6.0)
    assert measured.met


def test_a_relative_time_is_ours_over_the_baselines(monkeypatch):
    lasting = clock(monkeypatch)
    measured = relative_time("ours", lasting(3.0), against="theirs", baseline=lasting(2.0), runs=3, at_most=1.4)
    assert measured.values == (1.5, 1.5, 1.5)
    assert measured.met is False


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="runs must be at least 1, got 0"):
        speedup("ours", list, against="theirs", baseline=list, runs=0)


def test_extra_memory_sees_what_was_given_back_before_the_end():
    def hold_and_let_go():
        # A map of its own: a bytearray may get memory that the process holds already, from tests before this one.
        with mmap.mmap(-1, 60_000_000) as held:
            for page in range(0, len(held), 4096):
                held[page] = 1
            time.sleep(10 * report.SECONDS_BETWEEN_LOOKS)

    assert 50 < extra_megabytes(hold_and_let_go) < 90


def test_the_table_says_who_missed():
    lines = markdown_table([Measurement("ours", "theirs", (5.0, 4.0), at_least=6), Measurement("more", "it", (1.0,))])
    heading, rule, missed, plain = lines.splitlines()
    assert heading == f"| {' | '.join(HEADINGS)} |"
    assert rule.count("---") == len(HEADINGS)
    assert missed == "| ours | theirs | 4.50 × | 4.00 … 5.00 | ≥ 6 × | NO |"
    assert plain == "| more | it | 1.00 × | 1.00 … 1.00 | - | - |"


def test_what_measures_is_found_and_the_frame_is_not():
    assert {"encoding", "batches", "bpe_training"} <= set(benchmark_names())
    assert not {"report", "stories", "readme", "__main__"} & set(benchmark_names())


def test_an_unknown_benchmark_is_refused_with_the_names_there_are():
    run = subprocess.run([sys.executable, "-m", "benchmarks", "nothing"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2
    assert "no benchmark called nothing; there are batches" in run.stderr


@needs_node
def test_a_shared_page_is_measured_by_the_code_that_it_holds():
    first, speed, other = shared_page.measure(2)
    assert all(value > 0 for value in first.values)
    assert len(speed.values) == len(other.values) == 2
    assert min(speed.values + other.values) > 1


def test_a_shared_page_is_not_measured_without_node(monkeypatch, capsys):
    monkeypatch.setattr(shared_page.shutil, "which", lambda name: None)
    assert [*shared_page.measure(1)] == []
    assert "node is not installed" in capsys.readouterr().err


def test_graders_are_compared_by_what_a_student_and_an_exercise_take():
    pairs = [(Round(4.0, 20), Round(1.0, 40)), (Round(6.0, 20), Round(2.0, 40)), (Round(6.0, 20), Round(1.0, 40))]
    assert sentence("all", 10, pairs) == (
        "all: 4.00 (3.00 … 6.00) times as many students; a student takes 100 ms, then 600 ms; "
        "4 exercises, then 2: 12.00 times as many exercises"
    )
