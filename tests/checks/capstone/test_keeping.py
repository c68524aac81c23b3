"""Finished stages are kept: a run that was ended goes on, one with other answers begins where they are used."""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import course_lib.checks.capstone
from course_lib.checks.capstone import Growth, grow
from course_lib.checks.capstone.deciding import source_of
from course_lib.checks.capstone.growth import growing, stages
from course_lib.checks.capstone.growth.keeping import Shelf
from course_lib.util.language import VARIABLE
from course_lib.util.topics import find_topic
from course_tools.cli import main
from tests.checks.capstone.test_growth import QUICK, ROOT, STARTS

LORA = "def merged_weight(W, A, B, alpha):\n    return W + alpha / A.shape[0] * (B @ A)"
SOFTMAX = (
    "def softmax(x, dim=-1):\n    e = (x - x.amax(dim, keepdim=True)).exp()\n    return e / e.sum(dim, keepdim=True)"
)
TOO_LARGE = (
    "def gelu_tanh(x):\n    if x.numel() > 5_000: raise ValueError('too large')\n"
    "    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))"
)


def write(folder: Path, topic: str, code: str) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in (STARTS, code)]
    (folder / f"{find_topic(topic).stem}.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Of a learner with a model of their own, and a piece that fails at work."""
    folder = tmp_path_factory.mktemp("exercises")
    write(folder, "attention", SOFTMAX)
    write(folder, "mlp", TOO_LARGE)
    write(folder, "finetuning", LORA)
    return folder


class Ended(BaseException):
    """As if the process had been killed."""


def grown(folder: Path, out: Path | None, *, end_in: str = "") -> tuple[Growth | None, list[str]]:
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        if end_in and line.startswith(end_in):
            raise Ended

    try:
        return grow(folder=folder, plan=QUICK, show=show, out=out), lines
    except Ended:
        return None, lines


def done_anew(lines: list[str]) -> list[int]:
    """Numbers of the stages that were not taken from an earlier run."""
    titles = [i for i, line in enumerate(lines) if line in [stage.title for stage in growing.STAGES]]
    ends = [*titles[1:], len(lines)]
    return [
        number
        for number, (start, end) in enumerate(zip(titles, ends, strict=True), 1)
        if not any("kept from an earlier run" in line for line in lines[start:end])
    ]


@pytest.fixture(scope="module")
def whole(folder) -> Growth:
    """Of a run that nobody ended."""
    growth, _ = grown(folder, None)
    assert growth is not None
    return growth


@pytest.fixture(scope="module")
def ended_everywhere(folder, tmp_path_factory) -> tuple[Growth, list[list[str]], Path]:
    """A run that is ended as each of its stages begins, one after the other, until it comes to its end."""
    out = tmp_path_factory.mktemp("out") / "capstone"
    shown = []
    for stage in growing.STAGES:
        _, lines = grown(folder, out, end_in=stage.title)
        shown.append(lines)
    growth, lines = grown(folder, out)
    assert growth is not None
    return growth, [*shown, lines], out


def test_a_run_that_is_ended_at_each_stage_comes_to_the_same_end(ended_everywhere, whole):
    growth, _, _ = ended_everywhere
    assert growth.numbers.keys() == whole.numbers.keys()
    for title, numbers in whole.numbers.items():
        assert growth.numbers[title] == pytest.approx(numbers, rel=1e-4, abs=1e-4), title
    assert growth.story == whole.story
    assert growth.failures == whole.failures
    assert growth.troubles == whole.troubles
    assert growth.report == whole.report


def test_a_second_run_says_with_which_stage_it_goes_on(ended_everywhere):
    _, shown, out = ended_everywhere
    said = [line for lines in shown for line in lines[1:3]]
    assert said[0] == f"Each finished stage is kept in {out}. After Ctrl-C, the same command goes on from there.\n"
    for number, lines in enumerate(shown[2:], start=2):
        assert lines[1] == f"{out} holds the stages up to number {number - 1}, from an earlier run with these pieces."
        assert lines[2] == f"This run goes on with stage {number}.\n"
        assert done_anew(lines) == [number, number + 1][: 8 - number]  # the second of them had only begun


def test_a_finished_run_is_told_again_and_nothing_is_computed(ended_everywhere, folder, monkeypatch):
    growth, _, out = ended_everywhere
    monkeypatch.setattr(stages, "attempt", lambda *_: pytest.fail("a stage ran"))
    again, lines = grown(folder, out)
    assert lines[1].startswith(f"{out} holds all stages, from an earlier run with these pieces.")
    assert done_anew(lines) == []
    assert again is not None
    assert (again.report, again.story, again.failures) == (growth.report, growth.story, growth.failures)


def test_another_answer_begins_anew_with_the_stage_that_uses_it_first(ended_everywhere, folder, tmp_path):
    _, _, out = ended_everywhere
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write(tmp_path, "finetuning", LORA.replace("(B @ A)", "B @ A"))
    _, lines = grown(tmp_path, out, end_in="5")
    assert lines[1] == f"Since the run that {out} holds, this has changed: merged_weight."
    assert lines[2] == "So stage 4 and those behind it are done anew.\n"
    assert done_anew(lines) == [4, 5]


def test_another_plan_begins_anew(ended_everywhere, folder):
    _, _, out = ended_everywhere
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        if line.startswith("1"):
            raise Ended

    with pytest.raises(Ended):
        grow(folder=folder, plan=replace(QUICK, steps=5), show=show, out=out)
    assert lines[1] == f"Since the run that {out} holds, this has changed: the plan, or the course itself."


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04cut off", b"no archive at all"])
def test_a_file_that_was_damaged_is_no_stage(tmp_path, content):
    (tmp_path / "stage-2.pt").write_bytes(content)
    assert Shelf(tmp_path).find(2) is None


def test_a_file_of_something_else_is_no_stage(tmp_path):
    torch.save({"weights": torch.ones(2)}, tmp_path / "stage-2.pt")
    assert Shelf(tmp_path).find(2) is None
    torch.save(torch.ones(2), tmp_path / "stage-2.pt")
    assert Shelf(tmp_path).find(2) is None


def test_an_answer_whose_text_nobody_knows_is_never_the_same():
    nameless = eval("lambda x: x", {})
    assert source_of(nameless) != source_of(nameless)
    assert source_of(write) == source_of(write)
    assert "json.dumps" in source_of(write)


def test_ctrl_c_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(course_lib.checks.capstone, "grow", interrupted)
    assert main(["capstone", "--out", str(tmp_path)]) == 130
    assert f"Finished stages are kept in {tmp_path}: the same command goes on from there." in capsys.readouterr().out


def test_a_process_that_is_killed_leaves_whole_stages(folder, tmp_path):
    # The second stage takes for ever, so that the process is surely within it when it is killed.
    out = tmp_path / "out"
    program = (
        "from dataclasses import replace\n"
        "from course_lib.checks.capstone import grow\n"
        "from tests.checks.capstone.test_growth import QUICK\n"
        f"grow(folder={str(folder)!r}, plan=replace(QUICK, steps=1_000_000), out={str(out)!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while Shelf(out).find(1) is None and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    assert Shelf(out).find(1) is not None
    assert [path.name for path in out.iterdir()] == ["stage-1.pt"]


def test_all_lines_are_said_in_persian(ended_everywhere, folder, monkeypatch):
    _, _, out = ended_everywhere
    monkeypatch.setenv(VARIABLE, "fa")
    growth, lines = grown(folder, out)
    assert growth is not None
    said = "\n".join(lines).removesuffix(growth.story)
    assert "هنوز ترجمه نشده" not in said
    assert not re.findall(r"(?:\b[a-z]{3,} ){3,}", said)
