"""Real kernels: what is built, when it is built again, and what happens when it fails or is stopped."""

import ast
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from course_tools.commands.build import build_notebooks as build
from tests.tools.authoring.conftest import LESSON, SOLUTION, write_source

NOTEBOOKS = ("notebooks/03_attention.ipynb", "exercises/03_attention.ipynb", "solutions/03_attention.ipynb")


def read(root, name):
    return nbformat.read(root / name, as_version=4)


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.ipynb"))}


def stamps(root):
    return {name: (root / name).stat().st_mtime_ns for name in NOTEBOOKS}


def all_files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_build_makes_three_executed_notebooks_and_nothing_else(course):
    before = all_files(course)
    assert build(root=course) == 0
    assert all_files(course) - before == set(NOTEBOOKS)
    lesson = read(course, NOTEBOOKS[0])
    nbformat.validate(lesson)
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, None]
    assert code[1].outputs == [{"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"}]
    assert code[2].outputs[0].data == {"text/plain": "6"}
    assert code[2].outputs[0].execution_count == 3
    assert code[3].outputs == []


def test_two_builds_are_identical_byte_for_byte(course, built_once):
    assert build(root=course, jobs=1) == 0
    assert contents(course) == contents(built_once)


def test_the_exercise_is_executed_untouched_and_the_solution_is_right(built_once):
    for name, verdict in ((NOTEBOOKS[1], "not attempted yet\n"), (NOTEBOOKS[2], "right\n")):
        [cell] = [cell for cell in read(built_once, name).cells if cell.id == "check-double"]
        assert cell.outputs[0].text == verdict


def test_notebooks_end_with_one_newline_and_have_no_carriage_return(built_once):
    for content in contents(built_once).values():
        assert content.endswith(b"}\n")
        assert b"\r" not in content


def test_a_second_build_makes_nothing(built, capsys):
    before = stamps(built)
    assert build(root=built) == 0
    assert stamps(built) == before
    assert "3 of 3 notebooks are up to date" in capsys.readouterr().out


def test_a_changed_source_rebuilds_its_own_notebooks_only(built):
    before = stamps(built)
    write_source(built, "notebooks/03_attention.py", LESSON.replace("sum(numbers)", "max(numbers)"))
    assert build(root=built) == 0
    assert {name for name, stamp in stamps(built).items() if stamp != before[name]} == {NOTEBOOKS[0]}


def test_a_changed_text_of_an_exercise_rebuilds_both_of_its_notebooks(built, capsys):
    write_source(built, "solutions/03_attention.py", SOLUTION.replace("Return twice", "Give back twice"))
    assert build(root=built, check=True) == 1
    said = capsys.readouterr().err
    assert NOTEBOOKS[0] not in said
    assert NOTEBOOKS[1] in said
    assert NOTEBOOKS[2] in said


def test_a_changed_answer_leaves_the_exercise_alone(built):
    before = stamps(built)
    write_source(built, "solutions/03_attention.py", SOLUTION.replace("= x + x", "= 2 * x"))
    assert build(root=built) == 0
    assert {name for name, stamp in stamps(built).items() if stamp != before[name]} == {NOTEBOOKS[2]}


def test_force_builds_what_is_up_to_date(built):
    before = stamps(built)
    assert build(root=built, force=True) == 0
    assert all(stamp != before[name] for name, stamp in stamps(built).items())


def test_check_names_what_is_not_built_and_changes_nothing(course, capsys):
    assert build(root=course, check=True) == 1
    said = capsys.readouterr().err
    assert all(f"{name}: not built yet" in said for name in NOTEBOOKS)
    assert contents(course) == {}


def test_check_is_content_after_a_build_until_a_source_changes(built, capsys):
    assert build(root=built, check=True) == 0
    capsys.readouterr()
    write_source(built, "notebooks/03_attention.py", LESSON.replace("sum(numbers)", "max(numbers)"))
    assert build(root=built, check=True) == 1
    said = capsys.readouterr().err
    assert said.startswith("notebooks/03_attention.ipynb: cell ")
    assert "max(numbers)" in said
    assert "solutions/" not in said


def test_check_names_strays(built, capsys):
    write_source(built, "notebooks/99_nothing.py", LESSON)
    (built / "exercises" / "01_tokenization.ipynb").write_text("{}")
    assert build(root=built, check=True) == 1
    said = capsys.readouterr().err
    assert "sources/notebooks/99_nothing.py: no topic of this name" in said
    assert "exercises/01_tokenization.ipynb: it has no source in sources/solutions" in said


def test_check_takes_under_a_second_of_the_processor(built_once):
    """Three notebooks here; the imports are nearly all of it. Processor time, as other tests run beside this one."""
    code = (
        "import time; from course_tools.commands.build import build_notebooks as build; status = build(check=True); "
        "print(time.process_time()); raise SystemExit(status)"
    )
    finished = subprocess.run([sys.executable, "-c", code], cwd=built_once, check=True, capture_output=True, text=True)
    assert float(finished.stdout.splitlines()[-1]) < 1


def test_the_repository_is_read_from_the_settings_or_given(built):
    (built / "pyproject.toml").write_text('[project.urls]\nRepository = "https://github.com/a/b"\n')
    assert build(root=built) == 0
    assert "/github/a/b/" in read(built, NOTEBOOKS[0]).cells[0].source
    assert build(root=built, check=True) == 0
    assert build(root=built, check=True, repository="https://github.com/c/d") == 1


RAISES = """\
# %% [markdown]
# # 01 · An exception

# %%
def half(x):
    return x / 0

# %%
print("fine")
half(1)
"""
DIES = """\
# %% [markdown]
# # 02 · A dead kernel

# %%
import os

os._exit(3)
"""
LITTERS = """\
# %% [markdown]
# # 03 · A file left behind

# %%
open("left.txt", "w").close()
"""
WARNS = SOLUTION.replace("def check(answer):", "import warnings\n\nwarnings.warn('old')\n\n\ndef check(answer):")
NO_PYTHON = LESSON.replace("sum(numbers)", "x = 1\nif True sum(numbers)")


def test_failures_name_file_and_line_and_keep_the_old_notebooks(built, capfd):
    write_source(built, "notebooks/01_tokenization.py", RAISES)
    write_source(built, "notebooks/02_data.py", DIES)
    write_source(built, "notebooks/03_attention.py", LITTERS)
    write_source(built, "solutions/03_attention.py", WARNS)
    before = all_files(built)
    old = contents(built)
    assert build(root=built) == 1
    assert contents(built) == old
    assert all_files(built) == before
    said = capfd.readouterr()
    assert "sources/notebooks/01_tokenization.py:6: ZeroDivisionError: division by zero\n" in said.err
    assert "return x / 0" in said.err  # the end of the traceback
    assert "sources/notebooks/02_data.py:5: the kernel died" in said.err
    assert "sources/notebooks/03_attention.py:2: leaves left.txt in the working folder" in said.err
    assert said.err.count("sources/solutions/03_attention.py:6: writes to stderr") == 2
    assert said.out.count("FAILED") == 5


def test_what_is_not_python_is_named_and_the_others_are_built(course, capsys):
    write_source(course, "notebooks/03_attention.py", NO_PYTHON)
    assert build(root=course) == 1
    assert "sources/notebooks/03_attention.py:12: SyntaxError: invalid syntax" in capsys.readouterr().err
    assert set(contents(course)) == set(NOTEBOOKS[1:])


def test_a_broken_source_is_named_and_the_others_are_built(course, capsys):
    write_source(course, "solutions/03_attention.py", SOLUTION.replace("    ### END SOLUTION\n", ""))
    assert build(root=course) == 1
    assert "sources/solutions/03_attention.py:19: '### BEGIN SOLUTION' without" in capsys.readouterr().err
    assert set(contents(course)) == {NOTEBOOKS[0]}


def test_a_notebook_that_cannot_be_written_is_named_and_the_old_one_stays(built, monkeypatch, capsys):
    old, before = contents(built), all_files(built)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    assert build(root=built, force=True) == 1
    assert capsys.readouterr().err.count("the notebook cannot be written: [Errno 28] No space left on device") == 3
    assert contents(built) == old
    assert all_files(built) == before


def test_topics_that_are_not_there_are_refused(course, tmp_path_factory, monkeypatch):
    with pytest.raises(ValueError, match="no lesson called '77'"):
        build(["77"], root=course)
    with pytest.raises(FileNotFoundError, match=r"none of sources/notebooks/01_tokenization\.py"):
        build(["01"], root=course)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(FileNotFoundError, match="run this in the course's folder"):
        build()


def test_kernels_are_of_this_python_quiet_single_threaded_and_know_nothing_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STORIES", "mine.txt")
    monkeypatch.setenv("MPLBACKEND", "svg")
    names = ("COURSE_QUIET", "OMP_NUM_THREADS", "PYTHONHASHSEED", "HF_HUB_OFFLINE", "COURSE_STORIES", "MPLBACKEND")
    same_python = f"sys.executable == {sys.executable!r}"
    cell = f"import os, sys\n[os.environ.get(name) for name in {names}], os.listdir(), {same_python}"
    write_source(tmp_path, "notebooks/03_attention.py", f"# %% [markdown]\n# # T\n\n# %%\n{cell}\n")
    assert build(["03"], root=tmp_path) == 0
    shown = read(tmp_path, NOTEBOOKS[0]).cells[2].outputs[0].data["text/plain"]
    values, files, same_python = ast.literal_eval(shown)
    assert values == ["1", "1", "0", "1", None, "module://matplotlib_inline.backend_inline"]
    assert files == []
    assert same_python


SLOW = """\
# %% [markdown]
# # 02 · Slow

# %%
import os, pathlib, time

pathlib.Path({sign!r}).write_text(str(os.getpid()))
time.sleep(60)
"""

# Python listens to SIGINT only if whoever started it does: not where the tests run in a shell's background.
BUILD = """\
import signal, sys
from course_tools.commands.build import build_notebooks as build
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(build())
"""


def start_slow_build(course, sign):
    """A build in a process of its own, once the fast notebooks are written and the slow one's kernel has begun."""
    write_source(course, "notebooks/02_data.py", SLOW.format(sign=str(sign)))
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD],
        cwd=course,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (sign.is_file() and sign.read_text() and (course / NOTEBOOKS[1]).is_file()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, int(sign.read_text())


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])  # by name: Windows does not know the second
def test_a_build_that_is_stopped_loses_nothing_and_leaves_no_kernel(built, tmp_path_factory, name):
    number = getattr(signal, name)
    (built / NOTEBOOKS[1]).unlink()
    old = built / "notebooks" / "02_data.ipynb"
    old.write_text("old")
    process, kernel = start_slow_build(built, tmp_path_factory.mktemp("sign") / "pid")
    assert is_alive(kernel)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 130, errors
        assert b"interrupted: finished notebooks are kept" in errors
        assert b"Traceback" not in errors
    deadline = time.monotonic() + 20
    while is_alive(kernel):
        assert time.monotonic() < deadline, "the kernel outlives the build"
        time.sleep(0.1)
    assert old.read_text() == "old"
    assert build(["03"], root=built, check=True) == 0  # what was finished is whole
