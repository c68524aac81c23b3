"""With the real nbgrader: it validates our solutions, releases them, and gives honest work the marks that we give."""

import copy
import json
import os
import sys
from pathlib import Path

import pytest

from tests.tools.grading.conftest import ROOT, graded

pytest.importorskip("nbgrader")
pytestmark = [
    pytest.mark.instructor,
    pytest.mark.filterwarnings("ignore"),  # nbgrader's own, about its database and the event loop
]

STEM = "03_attention"
LAST = "check-single_query_attention"  # the notebooks are cut after the third exercise: a kernel takes seconds
RIGHT_SOFTMAX = """def softmax(x, dim=-1):
    exps = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return exps / exps.sum(dim=dim, keepdim=True)"""
TRANSPOSED_MASK = "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).triu()"
POINTS = {"softmax": 2.0, "causal_mask": 1.0, "single_query_attention": 2.0}


def beginning(folder):
    """A built notebook up to its third exercise."""
    notebook = json.loads((ROOT / folder / f"{STEM}.ipynb").read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in notebook["cells"]]
    notebook["cells"] = notebook["cells"][: ids.index(LAST) + 1]
    return notebook


def with_answer(notebook, name, source):
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == name]
    cell["source"] = source


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def patient():
    """A configuration with time enough for a machine that is busy with other tests."""
    from traitlets.config import Config

    config = Config()
    config.Execute.timeout = 240  # seconds a cell; nbgrader's own 30 can be too few
    return config


def validate(path):
    from nbgrader.validator import Validator

    return Validator(config=patient()).validate(str(path))


def test_validate_passes_on_a_solution(tmp_path):
    assert validate(write(tmp_path / "solution.ipynb", beginning("solutions"))) == {}


def test_nbgrader_gives_honest_work_the_marks_that_we_give(tmp_path, grader, monkeypatch):
    from nbgrader.apps import NbGraderAPI

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # it runs `alembic`
    write(tmp_path / "source" / STEM / f"{STEM}.ipynb", beginning("solutions"))
    config = patient()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.course_id = "course"
    api = NbGraderAPI(config=config)
    made = api.generate_assignment(STEM)
    assert made["success"], made["log"]

    released = json.loads((tmp_path / "release" / STEM / f"{STEM}.ipynb").read_text(encoding="utf-8"))
    theirs = [(cell["id"], text_of(cell)) for cell in released["cells"]]
    assert theirs == [(cell["id"], text_of(cell)) for cell in beginning("exercises")["cells"]]

    submitted = copy.deepcopy(released)
    with_answer(submitted, "softmax", RIGHT_SOFTMAX)
    with_answer(submitted, "causal_mask", TRANSPOSED_MASK)
    write(tmp_path / "submitted" / "ada" / STEM / f"{STEM}.ipynb", submitted)
    scored = api.autograde(STEM, "ada")
    assert scored["success"], scored["log"]

    with api.gradebook as book:
        notebook = book.find_submission(STEM, "ada").notebooks[0]
        nbgrader = {grade.name.removeprefix("check-"): (grade.score, grade.max_score) for grade in notebook.grades}
    ours = graded(grader, submitted)
    assert nbgrader == {name: (ours[name].score, ours[name].max_score) for name in POINTS}
    # 0 for what was not touched: nbgrader tells the kernel that it scores, so that `check` raises
    assert nbgrader == {"softmax": (2.0, 2.0), "causal_mask": (0.0, 1.0), "single_query_attention": (0.0, 2.0)}


def text_of(cell):
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
