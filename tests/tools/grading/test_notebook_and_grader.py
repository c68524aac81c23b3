"""What ran in the notebook before the check is the answer: `check` there and the grader say the same of it."""

import contextlib
import io
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.examine import examine
from tests.tools.grading.conftest import code_cell, exercise_notebook, graded
from tests.tools.grading.test_honest import VARIANTS, answered_in


@pytest.fixture
def shell(monkeypatch):
    """IPython as a notebook has it, without a history, a shell to run commands in or a compiler of C++."""
    # Compiled code gives what uncompiled code gives; the first call would take longer than all the rest.
    monkeypatch.setenv("TORCHDYNAMO_DISABLE", "1")
    config = Config()
    config.HistoryManager.enabled = False
    one = InteractiveShell(config=config)
    monkeypatch.setattr(one, "system", lambda *a, **k: None)
    monkeypatch.setattr(one, "getoutput", lambda *a, **k: [])
    return one


def run(shell, sources):
    """Run cells from the top, also after one that fails."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in sources:
            shell.run_cell(source)


def before_the_last_check(sources):
    """The cells that come before or between the answers. Those after them use the answers: one trains a whole model."""
    last = max(number for number, source in enumerate(sources) if "check(" in source)
    return sources[:last]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda path: path.stem)
def test_check_in_the_notebook_and_the_grader_agree(variant, shell, grader):
    text = variant.read_text(encoding="utf-8")
    topic = re.match(r"# (\w+): ", text)[1]
    notebook = exercise_notebook(topic)
    added = text.split("# %%\n")
    handed_out = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    run(shell, [source for source in before_the_last_check(handed_out) if "check(" not in source] + added)
    notebook["cells"] += [code_cell(source) for source in added]
    grades = graded(grader, notebook, topic)
    for name in answered_in(text, grades):
        here = examine(find_exercise(name), shell.user_ns[name], grades[name].seed)
        there = grades[name]
        assert (here.status, here.verdicts) == ("right", there.verdicts), (here, there)
        assert there.status == "right"
