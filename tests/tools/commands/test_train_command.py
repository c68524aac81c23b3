"""`course train`: what it writes, says and refuses."""

import json
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
import torch

import course_tools.own_model.train as command
from course_lib.config import DEFAULT_PRESET, PRESET_TABLE, PRESETS, LlamaConfig, Preset
from course_lib.training import History, load_checkpoint, load_run
from course_lib.training.recipes import recipe, with_steps
from course_tools.own_model.options import TrainOptions
from course_tools.own_model.train import train_and_print

QUICK = {"n": 120, "vocab_size": 400, "seq_len": 480, "steps": 6, "batch_size": 2, "precision": "float32"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SAMPLE_TOKENS", 5)
    monkeypatch.setattr(command, "STORY_TOKENS", 5)
    monkeypatch.setattr(command, "JUDGED_STORIES", 3)
    monkeypatch.setattr(command, "story_loss", lambda model, tokenizer, stories, stride: command.Estimate(80.0, 0.5))
    monkeypatch.setattr(command, "story_entropy", lambda: command.Estimate(69.5, 0.1))
    monkeypatch.setattr(command, "token_entropy", lambda tokenizer: command.Estimate(0.191, 0.001))


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    path = tmp_path / "stories.jsonl"
    texts = [f"Once upon a time, Lily had {n} red apples and gave {n % 7} of them to Tom." for n in range(300)]
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    return path


def test_a_run_leaves_a_model_that_can_be_loaded_and_says_what_to_do_next(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "run"
    assert train_and_print(folder, TrainOptions(**QUICK)) == 0
    said = capsys.readouterr().out
    assert "These stories hold 0.191 nats of chance a token: no model's loss can stay below it." in said
    assert "step 1: loss" in said
    assert "Once upon a time" in said
    assert "A story costs the model 80.0 ± 0.5 nats; 69.5 of them are chance, so it is 15% above" in said
    assert said.endswith(f"course generate {shlex.quote(str(folder))}\n")
    model, tokenizer = load_run(folder)
    assert model.config.vocab_size == tokenizer.get_vocab_size() == 400
    assert load_checkpoint(folder).step == 6


def test_stories_longer_than_a_window_are_judged_as_well(tmp_path: Path, capsys) -> None:
    assert train_and_print(tmp_path, TrainOptions(**{**QUICK, "seq_len": 32, "steps": 2})) == 0
    assert "A story costs" in capsys.readouterr().out


def test_ones_own_stories_have_no_known_floor(stories: Path, tmp_path: Path, capsys) -> None:
    asked = TrainOptions(stories=str(stories), vocab_size=280, seq_len=16, steps=3, batch_size=2)
    assert train_and_print(tmp_path / "run", asked) == 0
    said = capsys.readouterr().out
    assert "Validation loss: " in said
    assert "chance" not in said


def test_a_run_keeps_the_stories_that_the_environment_named(stories: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    asked = TrainOptions(vocab_size=280, seq_len=16, steps=3, batch_size=2)
    monkeypatch.setenv("COURSE_STORIES", str(stories))
    assert train_and_print(tmp_path / "run", asked) == 0
    monkeypatch.delenv("COURSE_STORIES")  # a new terminal
    assert train_and_print(tmp_path / "run", TrainOptions()) == 0
    assert "nats of chance" not in capsys.readouterr().out
    with pytest.raises(ValueError, match="stories = sample"):
        train_and_print(tmp_path / "run", TrainOptions(stories="sample"))


def test_the_split_that_is_too_short_is_named(stories: Path, tmp_path: Path) -> None:
    asked = TrainOptions(stories=str(stories), vocab_size=280, seq_len=2_000, steps=3, batch_size=2)
    with pytest.raises(ValueError, match=r"the validation stories are too few: a window of seq_len = 2000"):
        train_and_print(tmp_path / "run", asked)


@pytest.mark.parametrize("V", [200, 70_000])
def test_a_vocabulary_of_an_impossible_size_is_refused_before_a_story_is_read(V: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="vocab_size must be at"):
        train_and_print(tmp_path / "run", TrainOptions(stories=str(tmp_path / "nowhere"), vocab_size=V))


def test_a_folders_name_is_printed_as_it_can_be_copied(stories: Path, tmp_path: Path, capsys) -> None:
    asked = TrainOptions(stories=str(stories), vocab_size=280, seq_len=16, steps=1, batch_size=2)
    assert train_and_print(tmp_path / "my run; it's", asked) == 0
    command_line = capsys.readouterr().out.splitlines()[-1]
    assert shlex.split(command_line) == ["course", "generate", str(tmp_path / "my run; it's")]


def test_a_llama_is_trained_by_its_presets_name(stories: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(PRESET_TABLE, "tiny-llama", Preset(LlamaConfig(300, 16, 1, 24, 3, 1, 32)))
    asked = TrainOptions(stories=str(stories), preset="tiny-llama", steps=3, batch_size=2)
    assert train_and_print(tmp_path / "run", asked) == 0
    assert type(load_run(tmp_path / "run")[0]).__name__ == "Llama"


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows this signal would end the test's own process")
def test_ctrl_c_saves_and_the_same_command_goes_on(tmp_path: Path, capsys, monkeypatch) -> None:
    folder = tmp_path / "run"
    real = command.written

    def interrupting(*args: object, **kwargs: object) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return real(*args, **kwargs)

    monkeypatch.setattr(command, "written", interrupting)
    assert train_and_print(folder, TrainOptions(**QUICK)) == 130
    said = capsys.readouterr().out
    assert "Stopped after step 2 of 6, which is saved. Go on with:" in said
    assert said.endswith(f"  course train --out {shlex.quote(str(folder))}\n")
    monkeypatch.setattr(command, "written", real)
    assert train_and_print(folder, TrainOptions()) == 0
    interrupted = load_run(folder)[0]
    assert train_and_print(tmp_path / "whole", TrainOptions(**QUICK)) == 0
    for one, other in zip(interrupted.parameters(), load_run(tmp_path / "whole")[0].parameters(), strict=True):
        assert torch.equal(one, other)


def test_going_on_otherwise_than_begun_is_refused(tmp_path: Path) -> None:
    train_and_print(tmp_path, TrainOptions(**QUICK))
    with pytest.raises(ValueError, match=r"was begun with other settings: batch_size = 4 \(was 2\)"):
        train_and_print(tmp_path, TrainOptions(batch_size=4))
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(ValueError, match="does not hold the settings of a run"):
        train_and_print(tmp_path, TrainOptions())


def test_where_there_are_no_stories_nothing_is_begun(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        train_and_print(tmp_path / "run", TrainOptions(stories=str(tmp_path / "none.txt")))
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match="there is no preset 'howsom'"):
        train_and_print(tmp_path / "run", TrainOptions(preset="howsom"))


def test_minutes_become_steps_once(tmp_path: Path, monkeypatch) -> None:
    real = command.train

    def timed(*args: object, **kwargs: object) -> History:
        history = real(*args, **kwargs)
        if "folder" not in kwargs:  # the trial
            history.seconds = 60.0
        return history

    monkeypatch.setattr(command, "train", timed)
    monkeypatch.setattr(command, "TRIAL_STEPS", 2)
    quick = {**QUICK, "steps": None, "minutes": 4.0}
    assert train_and_print(tmp_path, TrainOptions(**quick)) == 0  # 2 steps a minute
    assert load_checkpoint(tmp_path).step == 8
    assert json.loads((tmp_path / "run.json").read_text())["steps"] == 8
    assert train_and_print(tmp_path, TrainOptions(**quick)) == 0
    with pytest.raises(ValueError, match="not both"):
        train_and_print(tmp_path / "other", TrainOptions(**{**QUICK, "minutes": 1.0}))


@pytest.mark.parametrize(
    "said", ["CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory"]
)
def test_out_of_memory_says_which_knob_to_turn(tmp_path: Path, monkeypatch, said: str) -> None:
    def too_large(*args: object, **kwargs: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(command, "train", too_large)
    with pytest.raises(ValueError, match="--batch-size 1 --accumulate 2"):
        train_and_print(tmp_path, TrainOptions(**QUICK))


def test_other_errors_of_torch_are_not_taken_for_it(tmp_path: Path, monkeypatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(command, "train", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train_and_print(tmp_path, TrainOptions(**QUICK))


def test_a_loss_that_is_no_number_names_the_learning_rate(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(command, "SAMPLES", 1)
    with pytest.raises(ValueError, match="not a number to learn from: take a lower learning_rate"):
        train_and_print(tmp_path, TrainOptions(**{**QUICK, "learning_rate": 1e30}))


def test_a_missing_compiler_is_said_in_a_line(tmp_path: Path, monkeypatch, capsys) -> None:
    def missing(*args: object) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "compile", lambda module: missing)
    assert train_and_print(tmp_path, TrainOptions(**QUICK, compile=True)) == 0
    assert "Note: training goes on without torch.compile, which failed: no compiler" in capsys.readouterr().out


# Recipes


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_can_be_trained(preset: str) -> None:
    shape, config = recipe(preset)
    assert shape.vocab_size <= 65_536
    assert shape.seq_len <= 1024
    assert with_steps(config, 10).steps == 10


def test_fewer_steps_keep_the_warm_ups_share() -> None:
    _, config = recipe(DEFAULT_PRESET)
    assert with_steps(config, config.steps // 10).warmup_steps == config.warmup_steps // 10
    assert with_steps(config, config.steps) == config
