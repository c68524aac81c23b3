import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_tools.cli import main
from course_tools.own_model.options import TrainOptions


@pytest.fixture
def called(monkeypatch):
    """Puts a recorder in place of a function, which may be called through its module only; returns its calls."""
    calls = []

    def replace(function, returns=0):
        def record(*args, **kwargs):
            calls.append((args, kwargs))
            if isinstance(returns, BaseException):
                raise returns
            return returns

        monkeypatch.setattr(f"course_tools.{function}", record)
        return calls

    return replace


def test_run_passes_lessons_stories_and_folder_on(called, tmp_path):
    calls = called("commands.run.execute_lessons")
    assert main(["run", "02", "attention", "--stories", "mine.jsonl", "--out", str(tmp_path), "--jobs", "1"]) == 0
    assert calls == [((["02", "attention"],), {"stories": "mine.jsonl", "out": tmp_path, "jobs": 1})]


def test_run_without_words_runs_every_lesson_on_its_own_stories(called):
    calls = called("commands.run.execute_lessons")
    main(["run"])
    assert calls == [(([],), {"stories": None, "out": None, "jobs": 2})]


def test_build_passes_its_options_on(called):
    calls = called("commands.build.build_notebooks")
    main(["build", "03", "--check", "--force", "--repository", "https://example.org/course", "--jobs", "3"])
    options = {"check": True, "force": True, "repository": "https://example.org/course", "jobs": 3, "language": None}
    assert calls == [((["03"],), options)]


def test_data_passes_its_options_on(called, tmp_path):
    calls = called("own_model.prepare.prepare", returns=ValueError("enough"))
    main(["data", "--stories", "tinystories", "--n", "5,000", "--vocab-size", "2_000", "--out", str(tmp_path)])
    assert calls == [((tmp_path,), {"source": "tinystories", "n": 5000, "vocab_size": 2000})]


def test_train_passes_its_options_on(called, tmp_path):
    calls = called("own_model.train.train_and_print")
    main(["train"])
    asked = ["--stories", "x.txt", "--minutes", "2.5", "--compile", "--out", str(tmp_path)]
    main(["train", *asked, "--device", "cpu", "--parallel", "fsdp"])
    defaults = {"device": None, "keep_memory": True, "parallel": None}
    mine = TrainOptions(stories="x.txt", minutes=2.5, compile=True)
    assert calls == [
        ((Path("build/run"), TrainOptions()), defaults),
        ((tmp_path, mine), {**defaults, "device": "cpu", "parallel": "fsdp"}),
    ]


def test_lab_opens_the_first_lesson_and_passes_flags_on(called):
    calls = called("commands.lab.open_lab")
    main(["lab"])
    main(["lab", "03", "--", "--no-browser", "--port", "8899"])
    assert calls == [(("01", []), {}), (("03", ["--no-browser", "--port", "8899"]), {})]


def test_what_a_command_does_not_know_is_said_with_its_own_usage(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "3", "03"])
    assert capsys.readouterr().err.splitlines() == [
        "usage: course lab [-h] [NN]",
        "course lab: error: unrecognized arguments: 03",
    ]


@pytest.mark.parametrize("status", [0, 1])
def test_the_exit_status_is_the_librarys(called, status):
    called("commands.run.execute_lessons", returns=status)
    assert main(["run"]) == status


@pytest.mark.parametrize("error", [ValueError("no lesson called '99'"), FileNotFoundError("no stories at x.jsonl")])
def test_a_mistake_of_the_user_is_one_line_and_status_2(called, capsys, error):
    called("commands.run.execute_lessons", returns=error)
    assert main(["run", "99"]) == 2
    assert capsys.readouterr() == ("", f"course: {error}\n")


def test_the_traceback_is_there_for_those_who_ask(called):
    called("commands.run.execute_lessons", returns=ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        main(["--traceback", "run"])


def test_a_missing_package_is_named_with_the_command_that_installs_it(called, capsys):
    called("commands.run.execute_lessons", returns=ModuleNotFoundError("No module named 'nbclient'", name="nbclient"))
    assert main(["run"]) == 2
    assert "course: nbclient is not installed; in the course's folder: pip install" in capsys.readouterr().err


def test_a_mistake_of_ours_keeps_its_traceback(called):
    called("commands.run.execute_lessons", returns=TypeError("a bug"))
    with pytest.raises(TypeError, match="a bug"):
        main(["run"])


def test_ctrl_c_ends_quietly_with_its_status(called, capsys):
    called("commands.run.execute_lessons", returns=KeyboardInterrupt())
    assert main(["run"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["run", "--jobs", "0"], "expected a whole number of at least 1, got '0'"),
        (["data", "--n", "1.5"], "got '1.5'"),
        (["data", "--vocab-size", "many"], "at least 1, got 'many'"),
        (["run", "--", "--no-browser"], "only `course lab` passes on"),
        (["train", "--minutes", "-1"], "expected a number above 0, got '-1'"),
        (["train", "--minutes", "inf"], "expected a number, got 'inf'"),
        (["train", "--learning-rate", "nan"], "expected a number, got 'nan'"),
        (["train", "--steps", "3", "--minutes", "1"], "not allowed with argument --steps"),
        (["generate", "--top-p", "nan"], "expected a number, got 'nan'"),
        (["generate", "--prompt", "caf\udce9"], "expected text in UTF-8"),
    ],
)
def test_wrong_words_are_refused_with_the_usage(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "usage: course" in err
    assert complaint in err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert all(f"    {command} " in out for command in ("lab", "run", "doctor", "data", "generate", "build"))


def test_the_command_runs_as_a_module_too():
    done = subprocess.run([sys.executable, "-m", "course_tools", "run", "99"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("course: no lesson called '99'; the lessons are 01_tokenization")
    assert done.stderr.count("\n") == 1


def test_a_character_that_the_terminal_lacks_ends_nothing(called):
    code = (
        "import sys; from course_tools import cli; from course_tools.commands import run\n"
        "run.execute_lessons = lambda *_, **__: print('a red ball \\u2192 \\u0631') or 0\n"
        "sys.exit(cli.main(['run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a red ball \\u2192 \\u0631\n"
