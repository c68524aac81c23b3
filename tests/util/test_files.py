"""One way to write a file whole or not at all, and nobody who has another."""

import ast
import json
import os
import stat
from pathlib import Path

import pytest

from course_lib.util.files import read_json, replacing, write_bytes, write_text

ROOT = Path(__file__).parents[2]
HOME = Path("course_lib/util/files.py")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text("old")
    return path


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "folder" / "text", "ü\r\n\n")
    assert (tmp_path / "new" / "folder" / "text").read_bytes() == "ü\r\n\n".encode()
    write_bytes(tmp_path / "bytes", b"\x00\r\n")
    assert (tmp_path / "bytes").read_bytes() == b"\x00\r\n"


def test_readers_find_the_old_file_until_the_new_one_is_complete(old: Path) -> None:
    with replacing(old) as unfinished:
        unfinished.write_text("new")
        assert old.read_text() == "old"
    assert old.read_text() == "new"
    assert names(old.parent) == ["story.txt"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("moment", ["in the block", "os.fsync", "os.replace", "shutil.copymode"])
def test_an_error_at_any_moment_leaves_the_old_file_and_nothing_else(
    old: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, moment: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    if moment != "in the block":
        monkeypatch.setattr(moment, fail)
    with pytest.raises(type(error)), replacing(old) as unfinished:  # noqa: PT012
        unfinished.write_text("new")
        if moment == "in the block":
            fail()
    assert old.read_text() == "old"
    assert names(old.parent) == ["story.txt"]


def test_an_error_leaves_nothing_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk full"), replacing(tmp_path / "run") as unfinished:  # noqa: PT012
        (unfinished / "deep").mkdir(parents=True)
        (unfinished / "deep" / "file").write_text("half")
        raise OSError("disk full")
    assert names(tmp_path) == []


def test_every_byte_is_on_the_disk_before_the_name_is_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr("os.fsync", lambda file: (calls.append(os.fstat(file).st_size), fsync(file)))
    monkeypatch.setattr("os.replace", lambda *paths: (calls.append("renamed"), replace(*paths)))
    write_text(tmp_path / "file", "12345")
    assert calls == [5, "renamed"]
    calls.clear()
    with replacing(tmp_path / "folder") as unfinished:
        (unfinished / "deep").mkdir(parents=True)
        (unfinished / "a").write_text("1")
        (unfinished / "deep" / "b").write_text("22")
    assert calls == [1, 2, "renamed"]
    assert names(tmp_path / "folder") == ["a", "deep"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_a_file_keeps_its_mode_and_a_new_one_gets_the_usual_one(old: Path) -> None:
    old.chmod(0o640)
    write_text(old, "new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    write_text(old.with_name("fresh"), "new")
    old.with_name("plain").write_text("as open() makes it")
    assert old.with_name("fresh").stat().st_mode == old.with_name("plain").stat().st_mode


def test_a_link_stays_a_link_to_the_file_that_is_replaced(old: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.txt"
    link.parent.mkdir()
    link.symlink_to("../story.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert old.read_text() == "new"
    assert names(link.parent) == ["link.txt"]


def test_two_that_write_the_same_file_at_once_do_not_meet(old: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [str(number) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_text(old, text), texts))
    assert old.read_text() in texts
    assert names(old.parent) == ["story.txt"]


def test_a_file_in_use_is_named_with_the_remedy(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("the file is open")  # as Windows does

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(PermissionError, match=r"story\.txt is in use or write-protected.*another name"):
        write_text(old, "new")
    assert old.read_text() == "old"


def test_json_that_is_cut_off_is_named(old: Path) -> None:
    with pytest.raises(ValueError, match=r"story\.txt is not a JSON file, or was cut off"):
        read_json(old)
    write_text(old, json.dumps({"ü": [1]}))
    assert read_json(old) == {"ü": [1]}


def renames(source: str) -> list[int]:
    """Lines that rename a file. `text.replace` has two arguments, `date.replace` names them, `path.replace` has one."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "shutil"):
            lines += [node.lineno for name in node.names if name.name in ("replace", "rename", "renames", "move")]
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        of_a_path = node.func.attr == "replace" and len(node.args) == 1 and not node.keywords
        if called in ("os.replace", "shutil.move") or node.func.attr in ("rename", "renames") or of_a_path:
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("os.replace(a, b)", 1),
        ("from os import replace", 1),
        ("a.rename(b)", 1),
        ("a.with_name('x').replace(b)", 1),
        ("shutil.move(a, b)", 1),
        ("text.replace('a', 'b')", 0),
        ("dataclasses.replace(config, n_layer=1)", 0),
        ("date.replace(tzinfo=UTC)", 0),
    ],
)
def test_the_reading_below_knows_a_renaming(source: str, found: int) -> None:
    assert len(renames(source)) == found


def test_nobody_else_renames_files() -> None:
    packages = (ROOT / name for name in ("course_lib", "course_tools", "benchmarks"))
    files = [path for package in packages for path in package.rglob("*.py")]
    found = {path.relative_to(ROOT) for path in files if renames(path.read_text(encoding="utf-8"))}
    assert found == {HOME}
