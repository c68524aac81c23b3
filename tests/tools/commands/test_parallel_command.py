"""`course train` under torchrun: the run of one process, begun by two; and what is said when something is wrong."""

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_lib import parallel
from course_lib.parallel import Ranks, Strategy, distributed_strategy
from course_lib.training import load_checkpoint, load_run
from course_lib.util.machine import choose_device
from course_tools.cli import main

ROOT = Path(__file__).parents[3]
PATIENCE = 240.0  # seconds; on a free machine it takes ten
STEPS, FIRST_SAMPLE = 100, 20
LEARNING_RATE = "3e-4"  # small: at the preset's own, float32's other order of sums grows to 0.01 in 150 steps
LOSS_TOLERANCE = 1e-3


@pytest.fixture
def options(tmp_path):
    """A small run on stories of which all can be learned in seconds."""
    stories = tmp_path / "stories.jsonl"
    texts = (f"There were {n} cats. They had {n * n % 97} fish and {n % 7} dogs. The end." for n in range(400))
    stories.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    small = ["--vocab-size", "300", "--seq-len", "32", "--precision", "float32", "--device", "cpu"]
    return ["train", "--stories", str(stories), "--steps", str(STEPS), "--learning-rate", LEARNING_RATE, *small]


@pytest.fixture
def under_torchrun():
    """Starts `course …` on two processes; ends them if the test does not."""
    started = []

    def start(arguments):
        process = subprocess.Popen(
            parallel.torchrun(["-m", "course_tools", *arguments], 2),
            cwd=ROOT,
            env={**parallel.launch_environment(), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()  # torchrun ends its processes, which SIGKILL would leave behind
        process.communicate(timeout=PATIENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C's signal to another process")
def test_a_sharded_run_that_ctrl_c_stopped_is_ended_by_one_process_as_if_it_had_been_alone(
    options, under_torchrun, tmp_path, capsys
):
    together, alone = tmp_path / "together", tmp_path / "alone"
    process = under_torchrun([*options, "--parallel", "fsdp", "--out", str(together)])
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith(f"step {FIRST_SAMPLE}:"):
            process.send_signal(signal.SIGINT)
            break
    rest, errors = process.communicate(timeout=PATIENCE)
    told = "".join(said) + rest
    assert f"of {STEPS}, which is saved. Go on with:\n  course train --out {shlex.quote(str(together))}" in told, errors
    assert told.count(f"step {FIRST_SAMPLE}:") == told.count("parameters on cpu") == 1  # one of them speaks
    stopped = load_checkpoint(together)
    assert FIRST_SAMPLE <= stopped.step < STEPS
    model, _ = load_run(together)  # whole
    assert {name: tuple(p.shape) for name, p in model.named_parameters()} == {
        name: tuple(tensor.shape) for name, tensor in stopped.model.items()
    }

    assert main(["train", "--out", str(together), "--device", "cpu"]) == 0
    assert main([*options, "--out", str(alone)]) == 0
    ours, expected = (load_checkpoint(folder).state["history"] for folder in (together, alone))
    assert ours["losses"] == pytest.approx(expected["losses"], abs=LOSS_TOLERANCE)
    assert ours["validation"][-1] == pytest.approx(expected["validation"][-1], abs=LOSS_TOLERANCE)
    assert ours["tokens"] == expected["tokens"]


def test_what_is_wrong_is_said_once_and_all_end(under_torchrun, options, tmp_path):
    options[options.index("--stories") + 1] = str(tmp_path / "nowhere")
    told, errors = under_torchrun([*options, "--out", str(tmp_path / "run")]).communicate(timeout=PATIENCE)
    assert (told + errors).count("course: ") == 1
    assert "nowhere" in errors[errors.index("course: ") :].splitlines()[0]


def test_the_way_must_fit_to_how_the_process_was_started(options, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("RANK", raising=False)
    assert main([*options, "--parallel", "ddp", "--out", str(tmp_path)]) == 2
    assert "start it with torchrun" in capsys.readouterr().err
    for name, value in {"RANK": 1, "LOCAL_RANK": 1, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}.items():
        monkeypatch.setenv(name, str(value))
    assert main([*options, "--parallel", "none", "--out", str(tmp_path)]) == 2
    assert "each would train alone: take ddp or fsdp" in capsys.readouterr().err


def test_several_processes_are_not_put_on_one_device(monkeypatch):
    for name, value in {"RANK": 1, "LOCAL_RANK": 1, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(ValueError, match="work on cpu or on cuda, got 'cuda:1'"), distributed_strategy("ddp", "cuda:1"):
        pass


def test_alone_there_is_nothing_to_wait_for(monkeypatch, capsys):
    monkeypatch.delenv("RANK", raising=False)
    with distributed_strategy() as strategy, strategy.leader_first():
        strategy.say("ready")
    assert strategy == Strategy(choose_device(), Ranks(), None)
    assert capsys.readouterr().out == "ready\n"
    assert not torch.distributed.is_initialized()
