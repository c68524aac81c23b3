import os
import sys
import types
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread

import psutil
import pytest

from course_lib.corpus import cache_folder
from course_tools.cli import main
from course_tools.doctor import examination, installation, lessons, machine, places
from course_tools.doctor.examination import examine
from course_tools.doctor.machine import GIB
from course_tools.doctor.report import Finding, Report, State
from course_tools.home import CACHE_CHOSEN, somewhere_to_write


def states(check):
    return [(finding.state, finding.found) for finding in check()]


def only(check):
    (finding,) = check()
    return finding


# The report


def test_notes_do_not_stop_lessons_but_a_wrong_thing_does():
    good = Finding(State.GOOD, "cores", "2")
    note = Finding(State.NOTE, "network", "none", "do without")
    wrong = Finding(State.WRONG, "python", "2.7", "install another")
    assert Report((good, note)).lessons_will_run
    assert not Report((good, note, wrong)).lessons_will_run


def test_the_report_is_a_table_with_remedies_and_a_verdict():
    wrong = Finding(State.WRONG, "python", "2.7", "install another")
    assert str(Report((Finding(State.GOOD, "cores", "2"), wrong))).splitlines() == [
        "ok     cores     2",
        "WRONG  python    2.7",
        "                 -> install another",
        "Lessons will not run until this is mended.",
    ]


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on():
    def check_driver():
        raise OSError("libcuda.so is damaged")

    report = examine([check_driver, machine.check_cores])
    assert [finding.what for finding in report.findings] == ["driver", "cores"]
    assert report.findings[0].state is State.WRONG
    assert "OSError: libcuda.so is damaged" in report.findings[0].found


@pytest.mark.parametrize(("state", "status"), [(State.GOOD, 0), (State.NOTE, 0), (State.WRONG, 1)])
def test_the_exit_status_says_whether_lessons_will_run(monkeypatch, capsys, state, status):
    monkeypatch.setattr(examination, "CHECKS", (lambda: iter([Finding(state, "thing", "found")]),))
    assert main(["doctor"]) == status
    assert "thing     found" in capsys.readouterr().out


def test_every_wrong_thing_and_every_note_has_a_remedy_here():
    report = examine()
    assert all(finding.remedy for finding in report.findings if finding.state is not State.GOOD)
    assert {"python", "packages", "lab", "device", "memory", "cores", "cache", "data", "network", "kernel"} <= {
        finding.what for finding in report.findings
    }


def test_lessons_will_run_here():
    report = examine()
    assert report.lessons_will_run, str(report)


# Places


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home folder of one's own, and nothing that leads Jupyter elsewhere."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_home_folder_is_tried(home):
    assert only(places.check_home) == Finding(State.GOOD, "home", str(home))


def test_a_home_folder_that_cannot_be_written_is_told_and_the_kernel_works_elsewhere(home, monkeypatch):
    """As `course lab` and `course run` do: the verdict is that of the lessons."""
    (home / "file").touch()
    monkeypatch.setenv("HOME", str(home / "file"))
    finding = only(places.check_home)
    assert finding.state is State.NOTE
    assert "Jupyter cannot write to" in finding.found
    assert "export HOME=" in finding.remedy
    assert only(lessons.check_kernel).state is State.GOOD


def test_without_an_account_the_remedy_is_named(monkeypatch):
    def no_home(path):
        raise RuntimeError("Could not determine home directory.")

    for name in ("COURSE_CACHE", "HF_DATASETS_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert "HOME is not set, and this user has no account" in only(places.check_home).found
    finding = only(machine.check_cache)
    assert finding.state is State.NOTE  # lessons run all the same
    assert "HOME is not set" in finding.found
    assert "COURSE_CACHE" in finding.remedy
    with pytest.raises(FileNotFoundError, match="set HOME, or COURSE_CACHE"):
        cache_folder()


def test_without_an_account_the_kernel_works_in_a_temporary_folder(monkeypatch):
    """As `course lab` and `course run` do: the verdict is that of the lessons."""
    at_home = Path.home()

    def home_of_nobody():
        if "HOME" not in os.environ:
            raise RuntimeError("Could not determine home directory.")
        return at_home

    monkeypatch.setattr(Path, "home", home_of_nobody)
    monkeypatch.delenv("HOME", raising=False)
    assert only(lessons.check_kernel) == Finding(State.GOOD, "kernel", "starts and finds the course")


def test_a_long_name_of_the_temporary_folder_is_wrong(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/tmp")
    assert only(places.check_temporary).state is State.GOOD
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/scratch/" + 9 * "very-long-")
    finding = only(places.check_temporary)
    assert finding.state is State.WRONG
    assert "hang" in finding.found
    assert "export TMPDIR=/tmp" in finding.remedy


def test_a_file_that_hides_a_library_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_own.py").touch()
    assert list(places.check_names()) == []
    (tmp_path / "random.py").touch()
    (tmp_path / "notebooks" / "torch").mkdir(parents=True)
    (tmp_path / "notebooks" / "torch" / "__init__.py").touch()
    found = [finding.found for finding in places.check_names()]
    assert [text.partition(" hides ")[0] for text in found] == [
        str(tmp_path / "random.py"),
        str(tmp_path / "notebooks" / "torch"),
    ]


@pytest.mark.parametrize(("system", "said"), [("win32", "`course grade` cannot work"), ("darwin", "no float64")])
def test_systems_that_were_never_tried_are_noted(monkeypatch, system, said):
    monkeypatch.setattr(sys, "platform", system)
    finding = only(places.check_system)
    assert finding.state is State.NOTE
    assert said in finding.found
    assert "never tried" in finding.found


# Python and packages


@pytest.fixture
def course_metadata(monkeypatch):
    """Sets what the course's package asks for, and what is installed."""

    def set_metadata(*, python=">=3.11", requires=(), installed=None):
        monkeypatch.setattr(metadata, "metadata", lambda name: {"Name": name, "Requires-Python": python})
        monkeypatch.setattr(metadata, "requires", lambda name: list(requires))

        def version(name):
            if name not in installed:
                raise metadata.PackageNotFoundError(name)
            return installed[name]

        monkeypatch.setattr(metadata, "version", version)

    return set_metadata


def test_this_python_is_named(course_metadata):
    course_metadata()
    assert only(installation.check_python) == Finding(
        State.GOOD, "python", f"{sys.version.split()[0]} ({sys.executable})"
    )


def test_a_python_that_is_too_old_is_wrong(course_metadata):
    course_metadata(python=">=3.99")
    finding = only(installation.check_python)
    assert finding.state is State.WRONG
    assert "the course needs >=3.99" in finding.found


REQUIRES = [
    "torch>=2.6",
    "numpy>=1.26",
    'jupyterlab>=4.2; extra == "lab"',
    'ruff>=0.9; extra == "dev"',
    'colorama>=9; sys_platform == "nowhere"',
]


def test_packages_in_range_are_well(course_metadata):
    course_metadata(
        requires=REQUIRES, installed={"torch": "2.13.0+cpu", "numpy": "2.4.6", "jupyterlab": "4.6.6", "ruff": "0.17.6"}
    )
    assert states(installation.check_packages) == [
        (State.GOOD, "all 2 in range"),
        (State.GOOD, "all 1 in range"),
        (State.GOOD, "all 1 in range"),
    ]


def test_old_and_missing_packages_are_wrong_and_each_is_named(course_metadata):
    course_metadata(requires=REQUIRES, installed={"torch": "2.5.1", "jupyterlab": "4.6.6", "ruff": "0.17.6"})
    base, *_ = installation.check_packages()
    assert base.state is State.WRONG
    assert base.found == "torch is 2.5.1, but >=2.6 is needed; numpy is missing"
    assert "pip install" in base.remedy


def test_without_jupyterlab_there_are_no_lessons_without_ruff_there_are(course_metadata):
    course_metadata(requires=REQUIRES, installed={"torch": "2.6", "numpy": "2.0"})
    found = {finding.what: finding.state for finding in installation.check_packages()}
    assert found == {"packages": State.GOOD, "lab": State.WRONG, "dev": State.NOTE}


def test_a_course_that_is_not_installed_is_wrong(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", missing)
    (finding,) = examine([installation.check_packages]).findings
    assert finding.state is State.WRONG
    assert "the course is not installed" in finding.found


# The machine


@pytest.mark.parametrize(("free", "state"), [(0.5, State.WRONG), (2, State.NOTE), (8, State.GOOD)])
def test_memory_is_judged_by_what_is_free(monkeypatch, free, state):
    memory = types.SimpleNamespace(available=free * GIB, total=16 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    finding = only(machine.check_memory)
    assert finding.state is state
    assert finding.found == f"{free:.1f} of 16.0 GiB free"


@pytest.mark.parametrize(("cores", "state"), [(1, State.NOTE), (2, State.GOOD)])
def test_one_core_is_noted(monkeypatch, cores, state):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert only(machine.check_cores).state is state


def test_the_device_is_tried():
    finding = only(machine.check_device)
    assert finding.state is State.GOOD
    assert finding.found.startswith(("cpu", "cuda", "mps"))


# The cache


def test_a_cache_folder_is_made_tried_and_left_empty(monkeypatch, tmp_path):
    folder = tmp_path / "new" / "cache"
    monkeypatch.setenv("COURSE_CACHE", str(folder))
    finding = only(machine.check_cache)
    assert finding.state is not State.WRONG
    assert finding.found.startswith(str(folder))
    assert list(folder.iterdir()) == []


def test_a_cache_folder_that_cannot_be_written_is_wrong(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    finding = only(machine.check_cache)
    assert finding.state is State.WRONG
    assert "COURSE_CACHE" in finding.remedy


def test_a_home_that_takes_no_downloads_does_not_keep_lessons_from_running(home, monkeypatch):
    for name in CACHE_CHOSEN:
        monkeypatch.delenv(name, raising=False)
    (home / ".cache").touch()
    finding = only(machine.check_cache)
    assert finding.state is State.NOTE
    assert "COURSE_CACHE" in finding.remedy
    with somewhere_to_write() as problem:
        assert problem is None  # Jupyter's own files have their place
        assert "free" in only(machine.check_cache).found
    assert "HF_HOME" not in os.environ


@pytest.mark.parametrize(("free", "state"), [(0.1, State.WRONG), (2, State.NOTE), (50, State.GOOD)])
def test_the_disk_must_have_room(monkeypatch, tmp_path, free, state):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda _: types.SimpleNamespace(free=free * GIB))
    assert only(machine.check_cache).state is state


# Data, network, kernel


def test_the_built_in_stories_tell_themselves(monkeypatch):
    monkeypatch.delenv("COURSE_STORIES", raising=False)
    assert only(lessons.check_data).state is State.GOOD


def test_another_source_of_stories_is_noted(monkeypatch):
    monkeypatch.setenv("COURSE_STORIES", "mine.jsonl")
    _, chosen = lessons.check_data()
    assert chosen.state is State.NOTE
    assert "mine.jsonl" in chosen.found


@pytest.mark.parametrize("status", [200, 404])
def test_a_hub_that_answers_is_reachable(monkeypatch, status):
    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        finding = only(lessons.check_network)
        thread.join()
    assert finding.state is State.GOOD


def test_without_network_lessons_run(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the port "discard": nobody listens
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    finding = only(lessons.check_network)
    assert finding.state is State.NOTE
    assert "is out of reach" in finding.found


def test_a_kernel_starts_and_finds_the_course():
    assert only(lessons.check_kernel) == Finding(State.GOOD, "kernel", "starts and finds the course")


def test_a_kernel_of_another_python_is_wrong(monkeypatch, tmp_path):
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    other = Path(tmp_path.anchor) / "elsewhere" / "python"
    argv = f'{{"argv": ["{other.as_posix()}", "-m", "ipykernel_launcher"], "display_name": "P", "language": "python"}}'
    (kernel / "kernel.json").write_text(argv)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = only(lessons.check_kernel)
    assert finding.state is State.WRONG
    assert "runs another Python" in finding.found
    assert "ipykernel install" in finding.remedy
