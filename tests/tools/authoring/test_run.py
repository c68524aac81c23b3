"""Lessons executed for a reader: one line each, into a folder, on stories of the reader's choice."""

import os

import nbformat
import pytest

from course_tools.commands.run import execute_lessons as run
from tests.tools.authoring.conftest import LESSON, write_source

BROKEN = "# %% [markdown]\n# # 01 · Broken\n\n# %%\nprint('begins')\n\n# %%\nraise KeyError('lily')\n"
STORIES = "# %% [markdown]\n# # 02 · Data\n\n# %%\nimport os\n\nprint(os.environ.get('COURSE_STORIES'))\n"


def printed(path):
    notebook = nbformat.read(path, as_version=4)
    return [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text" in output
    ]


def test_lessons_are_executed_into_a_folder_that_is_named(course, capsys):
    assert run(root=course) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("03_attention  3/3 cells  ")
    assert said[-1] == f"the executed notebooks are in {course / 'executed'}"
    assert printed(course / "executed" / "03_attention.ipynb") == ["one\ntwo\n"]
    assert not (course / "notebooks").exists()


def test_a_lesson_that_fails_is_named_and_the_others_go_on(course, capsys):
    write_source(course, "notebooks/01_tokenization.py", BROKEN)
    assert run(root=course, jobs=1) == 1
    said = capsys.readouterr()
    assert "sources/notebooks/01_tokenization.py:8: KeyError: 'lily'" in said.err
    assert "01_tokenization  2/3 cells" in said.out
    assert "03_attention  3/3 cells" in said.out
    written = nbformat.read(course / "executed" / "01_tokenization.ipynb", as_version=4)
    assert written.cells[-2].outputs[0].ename == "KeyError"


def test_the_folder_can_be_chosen(course, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    assert run(["3"], root=course, out="mine") == 0
    assert printed(elsewhere / "mine" / "03_attention.ipynb")


def test_stories_are_handed_on_by_their_whole_path(course, tmp_path_factory, monkeypatch):
    write_source(course, "notebooks/02_data.py", STORIES)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "stories.jsonl").write_text("")
    monkeypatch.chdir(elsewhere)
    assert run(["02"], root=course, stories="stories.jsonl") == 0
    executed = course / "executed" / "02_data.ipynb"
    assert printed(executed) == [f"{elsewhere.resolve() / 'stories.jsonl'}\n"]
    assert run(["02"], root=course, stories="tinystories") == 0
    assert printed(executed) == ["tinystories\n"]
    monkeypatch.setenv("COURSE_STORIES", "of another time")
    assert run(["02"], root=course) == 0
    assert printed(executed) == ["None\n"]


@pytest.mark.parametrize("stories", ["stories.jsonl", os.path.join("no", "such")])
def test_stories_that_are_not_there_are_named_before_anything_runs(course, stories):
    with pytest.raises(FileNotFoundError, match="there is no file, folder or source"):
        run(root=course, stories=stories)
    assert not (course / "executed").exists()


def test_only_lessons_are_run(course):
    write_source(course, "notebooks/02_data.py", LESSON.replace("03 · Attention", "02 · Data"))
    assert run(["02"], root=course) == 0
    assert [path.name for path in (course / "executed").iterdir()] == ["02_data.ipynb"]
