"""No attack gets a mark, changes, reads or leaves anything, or is felt by the next student."""

import dataclasses
import json
import os
import socket
from pathlib import Path

import psutil
import pytest

from tests.tools.grading.conftest import ROOT, submission_of, with_answers

ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
HONEST = "def causal_mask(T):\n    return torch.arange(T)[:, None] >= torch.arange(T)"
MEMORY = 2_000  # MB that all processes of the sandbox may have together, one second after the worst is over
CANARY = "CANARY-7f3a"


@pytest.fixture(scope="module")
def trap(tmp_path_factory):
    """What attacks try to reach: a neighbour's file, a folder that can be written, a port that listens."""
    folder = tmp_path_factory.mktemp("neighbour")
    folder.chmod(0o777)
    (folder / "secret.ipynb").write_text(CANARY)
    os.environ["CANARY_VARIABLE"] = CANARY
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield folder, server
    del os.environ["CANARY_VARIABLE"]


def prepared(attack, trap):
    """The attack's text with what it has to know about this machine."""
    folder, server = trap
    text = attack.read_text(encoding="utf-8")
    for name, value in {
        "CANARY_FILE": folder / "secret.ipynb",
        "CANARY_FOLDER": folder,
        "CANARY_PORT": server.getsockname()[1],
        "ROOT": ROOT,
        "DEEP": "-" * 20_000 + "1",
    }.items():
        text = text.replace(name, str(value))
    return text


def test_there_are_enough_and_each_says_what_it_tries():
    assert len(ATTACKS) >= 60
    for attack in ATTACKS:
        assert attack.read_text(encoding="utf-8").startswith("# "), attack.name


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.stem)
def test_attack(attack, isolated, trap):
    folder, server = trap
    before = _tree(folder), _tree(ROOT / "course_tools" / "grading")
    grade = isolated.grade(*submission_of(with_answers("attention", prepared(attack, trap))))

    assert grade.isolation == "bubblewrap"
    assert grade.score == 0
    assert {exercise.status for exercise in grade.exercises} <= {"wrong", "flagged", "missing", "not attempted"}
    assert any(exercise.status != "not attempted" for exercise in grade.exercises)

    said = [(e.note, [v.detail for v in e.verdicts]) for e in grade.exercises]
    assert CANARY not in json.dumps(dataclasses.asdict(grade))
    assert "CANARY" not in json.dumps(said)
    assert before == (_tree(folder), _tree(ROOT / "course_tools" / "grading"))
    assert not any((Path(place) / "left_by_an_answer").exists() for place in ("/tmp", "/dev/shm", "/var/tmp", "."))
    with pytest.raises(BlockingIOError):
        server.accept()

    follower = isolated.grade(*submission_of(with_answers("attention", HONEST), student="next"))
    assert {e.name: e.status for e in follower.exercises}["causal_mask"] == "right"
    assert _workers(isolated) == []


def _tree(folder):
    return sorted((str(p), p.stat().st_size) for p in folder.rglob("*") if "__pycache__" not in p.parts)


def _workers(grader):
    """Processes below the zygote: none is left a moment after a submission is graded."""
    for _ in range(50):
        left = [p for p in psutil.Process(grader.zygote.process_id).children(recursive=True) if _is_worker(p)]
        if not left:
            return []
        psutil.wait_procs(left, timeout=0.1)
    return left


def _is_worker(process):
    """The zygote and bubblewrap stay; what has a process group of its own was forked by the zygote."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.parent() is not None and _depth(process) > 0
    except psutil.NoSuchProcess:
        return False


def _depth(process):
    """How many ancestors are the interpreter: the zygote has none, a worker one."""
    return sum("inside.zygote" in " ".join(above.cmdline()) and above.name() != "bwrap" for above in process.parents())
