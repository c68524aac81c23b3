import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from jupyterlab.labapp import LabApp

from course_tools.authoring.layout import find_course
from course_tools.commands.lab import open_lab
from course_tools.home import FOLDERS, somewhere_to_write

ROOT = Path(__file__).parents[3]
FIRST = "notebooks/01_tokenization.ipynb"
PATIENCE = 240  # seconds for one step of a real JupyterLab: on a machine whose cores are all busy it takes long


@pytest.fixture
def launched(monkeypatch):
    """What JupyterLab would be called with."""
    calls = []
    monkeypatch.setattr(LabApp, "launch_instance", calls.append)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    return calls


@pytest.fixture
def clone(tmp_path):
    """A course with one lesson built."""
    (tmp_path / "sources" / "notebooks").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / FIRST).touch()
    return tmp_path


def test_lesson_01_opens_in_the_courses_folder(launched, clone, monkeypatch):
    monkeypatch.chdir(clone / "notebooks")
    assert open_lab() == 0
    assert launched == [[f"--ServerApp.root_dir={clone}", f"--LabApp.default_url=/lab/tree/{FIRST}"]]


def test_flags_are_jupyters(launched, clone, monkeypatch):
    monkeypatch.chdir(clone)
    open_lab("tokenization", ["--no-browser"])
    assert launched == [[f"--ServerApp.root_dir={clone}", f"--LabApp.default_url=/lab/tree/{FIRST}", "--no-browser"]]


def test_root_in_a_container_needs_no_flag_of_its_own(launched, clone, monkeypatch):
    monkeypatch.chdir(clone)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    open_lab()
    assert launched[0][2:] == ["--allow-root"]


def test_a_lesson_that_is_not_built_is_refused_with_the_remedy(launched, clone, monkeypatch):
    monkeypatch.chdir(clone)
    with pytest.raises(
        FileNotFoundError, match=r"notebooks/03_attention\.ipynb has not been built yet: `course build 03`"
    ):
        open_lab("03")
    assert launched == []


def test_an_unknown_lesson_is_refused(launched, clone, monkeypatch):
    monkeypatch.chdir(clone)
    with pytest.raises(ValueError, match="no lesson called '99'"):
        open_lab("99")


def test_outside_the_course_the_clone_it_was_installed_from_serves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_course() == ROOT


@pytest.fixture
def unwritable(tmp_path, monkeypatch):
    """A home that takes nothing, for root either: it is a file."""
    for variable in (*FOLDERS, "XDG_DATA_HOME", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "home").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_where_the_home_takes_nothing_jupyter_writes_elsewhere_and_says_so(clone, unwritable, monkeypatch, capsys):
    seen = {}
    monkeypatch.setattr(LabApp, "launch_instance", lambda flags: seen.update(os.environ))
    monkeypatch.chdir(clone)
    open_lab()
    folders = {Path(seen[variable]).parent for variable in FOLDERS}
    assert len(folders) == 1
    assert not folders.pop().exists()  # it is gone with the server
    assert not set(FOLDERS) & set(os.environ)
    assert seen["HOME"] == str(unwritable)  # where settings are still read from
    assert "Jupyter cannot write to" in capsys.readouterr().err


def test_without_any_home_there_is_one_while_it_lasts(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with somewhere_to_write() as problem:
        assert problem == "HOME is not set, and this user has no account that says where it is"
        assert Path(os.environ["HOME"]).is_dir()
    assert "HOME" not in os.environ


@pytest.mark.timeout(4 * PATIENCE)
def test_jupyterlab_starts_where_the_home_takes_nothing(clone, unwritable, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    flags = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
    command = [sys.executable, "-m", "course_tools", "lab", "01", "--", *flags]
    with subprocess.Popen(command, cwd=clone, env=os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        try:
            wait_for_port(tmp_path, server, "course-home-*/runtime/jpserver-*.json")
        finally:
            server.terminate()


@pytest.mark.timeout(4 * PATIENCE)
def test_jupyterlab_serves_the_whole_course_and_opens_the_lesson(clone, tmp_path_factory):
    """The real thing: exercises can be reached from the lesson, and `/` leads to the lesson."""
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": str(ROOT),
    }
    flags = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
    flags += ["--IdentityProvider.token=secret", "--ServerApp.shutdown_no_activity_timeout=120"]
    command = [sys.executable, "-m", "course_tools", "lab", "01", "--", *flags]
    with subprocess.Popen(
        command, cwd=clone, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            port = wait_for_port(home / "runtime", server)
            with open_without_proxy(f"http://127.0.0.1:{port}/?token=secret") as page:
                assert page.url.startswith(f"http://127.0.0.1:{port}/lab/tree/{FIRST}")
            with open_without_proxy(f"http://127.0.0.1:{port}/api/contents/?token=secret") as answer:
                assert {entry["name"] for entry in json.load(answer)["content"]} == {"notebooks", "sources"}
        finally:
            server.terminate()


def open_without_proxy(address):
    return build_opener(ProxyHandler({})).open(address, timeout=PATIENCE)


def wait_for_port(runtime, server, files="jpserver-*.json"):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        for path in runtime.glob(files):
            with contextlib.suppress(ValueError):  # being written
                return json.loads(path.read_text())["port"]
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start; exit status {server.poll()}")
