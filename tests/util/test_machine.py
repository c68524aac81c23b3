"""Which device is taken, the same one by every command, and what is said where it is not there."""

from pathlib import Path

import pytest
import torch

from course_lib.util import machine
from course_lib.util.machine import available_cores, choose_device, devices
from course_tools.cli import main

ROOT = Path(__file__).parents[2]


def with_accelerators(monkeypatch: pytest.MonkeyPatch, kind: str | None, count: int = 1) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: kind is not None)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device(kind) if kind else None)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: count)


@pytest.mark.parametrize(
    ("kind", "count", "names", "first"),
    [
        (None, 0, ["cpu"], "cpu"),
        ("mps", 1, ["mps", "cpu"], "mps"),
        ("cuda", 1, ["cuda", "cpu"], "cuda"),
        ("cuda", 2, ["cuda:0", "cuda:1", "cpu"], "cuda"),
    ],
)
def test_an_accelerator_is_taken_if_there_is_one(monkeypatch, kind, count, names, first) -> None:
    with_accelerators(monkeypatch, kind, count)
    assert devices() == names
    assert choose_device() == torch.device(first)


def test_what_is_there_can_be_chosen(monkeypatch) -> None:
    with_accelerators(monkeypatch, "cuda", 2)
    for name in ("cpu", "cuda", "cuda:0", "cuda:1"):
        assert choose_device(name) == torch.device(name)
    with_accelerators(monkeypatch, None)
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "meta", "gpu", "", "cpu:1", "cpu:x", "CPU"])
def test_what_is_not_there_is_refused_in_a_line_that_names_what_is(monkeypatch, name) -> None:
    with_accelerators(monkeypatch, None)
    with pytest.raises(ValueError, match=r"^there is no device '.*' here, only cpu$"):
        choose_device(name)


def test_a_number_too_high_is_refused(monkeypatch) -> None:
    with_accelerators(monkeypatch, "cuda", 2)
    with pytest.raises(ValueError, match="there is no device 'cuda:2' here, only cuda:0, cuda:1, cpu"):
        choose_device("cuda:2")


@pytest.mark.parametrize("command", ["train", "generate"])
def test_every_command_refuses_it_before_it_begins(command: str, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "run"
    where = ["--out", str(folder)] if command == "train" else [str(folder)]
    assert main([command, *where, "--device", "cuda:99"]) == 2
    assert capsys.readouterr().err == f"course: there is no device 'cuda:99' here, only {', '.join(devices())}\n"
    assert not folder.exists()


def test_nobody_else_looks_for_an_accelerator() -> None:
    files = [path for package in ("course_lib", "course_tools") for path in (ROOT / package).rglob("*.py")]
    looks = ("current_accelerator", "cuda.is_available", "mps.is_available")
    found = {path.relative_to(ROOT) for path in files if any(look in path.read_text("utf-8") for look in looks)}
    assert found == {Path("course_lib/util/machine.py")}


def test_cores_are_those_of_the_process(monkeypatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert available_cores() == 3
    monkeypatch.delattr(machine.os, "sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert available_cores() == 1
