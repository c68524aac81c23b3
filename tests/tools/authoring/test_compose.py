"""What a notebook is made of, before it is executed."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from course_lib.util.topics import find_topic
from course_tools.authoring import generated
from course_tools.authoring.compose import compose, source_line
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.source import parse
from tests.tools.authoring.conftest import LESSON, SOLUTION

TOPIC = find_topic("attention")
REPOSITORY = "https://github.com/someone/course"


def make(kind, text=None, **options):
    page = Page(TOPIC, kind)
    text = text or (LESSON if kind is Kind.LESSON else SOLUTION)
    return compose(parse(text, page.source, exercises=kind is not Kind.LESSON), page, **options)


def cell_of(notebook, name):
    [cell] = [cell for cell in notebook.cells if cell.id == name]
    return cell


@pytest.mark.parametrize("kind", Kind)
def test_notebooks_are_valid_and_ids_unique(kind):
    notebook = make(kind, repository=REPOSITORY)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)


def test_an_exercise_and_its_solution_share_ids():
    assert [cell.id for cell in make(Kind.EXERCISE).cells] == [cell.id for cell in make(Kind.SOLUTION).cells]


def test_answers_and_checks_are_called_by_the_exercise():
    ids = [cell.id for cell in make(Kind.EXERCISE).cells]
    assert {"double", "check-double", "explain_double"} < set(ids)


def test_an_id_changes_with_its_own_text_only():
    before = [cell.id for cell in make(Kind.LESSON).cells]
    after = [cell.id for cell in make(Kind.LESSON, LESSON.replace("sum(numbers)", "max(numbers)")).cells]
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1


def test_ids_do_not_depend_on_the_repository():
    assert [c.id for c in make(Kind.LESSON).cells] == [c.id for c in make(Kind.LESSON, repository=REPOSITORY).cells]


def test_two_cells_of_one_text_have_two_ids():
    notebook = make(Kind.LESSON, LESSON + "\n# %%\nsum(numbers)\n")
    first, second = (cell.id for cell in notebook.cells if cell.source == "sum(numbers)")
    assert second == f"{first}-2"


def test_the_exercise_has_no_answer_and_the_solution_has_it():
    exercise, solution = make(Kind.EXERCISE), make(Kind.SOLUTION)
    assert cell_of(exercise, "double").source.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
    assert "x + x" not in nbformat.writes(exercise)
    assert "doubles it" not in nbformat.writes(exercise)
    assert "x + x" in cell_of(solution, "double").source
    assert "doubles it" in cell_of(solution, "explain_double").source


def test_nbgrader_metadata_of_answers_checks_and_prose():
    notebook = make(Kind.SOLUTION)
    common = {"schema_version": 3, "task": False}
    assert cell_of(notebook, "double").metadata == {
        "nbgrader": {"grade": False, "grade_id": "double", "locked": False, "solution": True, **common}
    }
    assert cell_of(notebook, "check-double").metadata == {
        "nbgrader": {
            "grade": True,
            "grade_id": "check-double",
            "locked": True,
            "solution": False,
            "points": 2,
            **common,
        }
    }
    assert cell_of(notebook, "explain_double").metadata == {
        "nbgrader": {
            "grade": True,
            "grade_id": "explain_double",
            "locked": False,
            "solution": True,
            "points": 1,
            **common,
        }
    }


def test_students_cannot_delete_answers_nor_edit_checks_by_accident():
    notebook = make(Kind.EXERCISE)
    assert cell_of(notebook, "double").metadata.deletable is False
    assert "editable" not in cell_of(notebook, "double").metadata
    assert cell_of(notebook, "check-double").metadata.deletable is False
    assert cell_of(notebook, "check-double").metadata.editable is False


def test_skipped_cells_are_skipped_by_nbval_too():
    tags = [cell.metadata.get("tags") for cell in make(Kind.LESSON).cells]
    assert ["skip-execution", "nbval-skip"] in tags


def test_metadata_holds_no_version_of_the_machine():
    metadata = make(Kind.LESSON).metadata
    assert set(metadata) == {"kernelspec", "language_info", "course"}
    assert metadata.language_info == {"name": "python"}
    assert metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}


def test_the_hash_covers_source_repository_and_neighbours():
    hashes = [
        make(Kind.LESSON).metadata.course.hash,
        make(Kind.LESSON, LESSON.replace("sum", "max")).metadata.course.hash,
        make(Kind.LESSON, repository=REPOSITORY).metadata.course.hash,
        make(Kind.LESSON, existing=[Page(find_topic("data"), Kind.LESSON)]).metadata.course.hash,
    ]
    assert len(set(hashes)) == 4
    assert make(Kind.LESSON).metadata.course.hash == hashes[0]


def test_an_exercise_says_its_difficulty_kind_minutes_and_points():
    headings = [cell.source for cell in make(Kind.EXERCISE).cells if cell.source.startswith("## ")]
    assert headings == [
        "## Exercise 1: Twice\n\n●●○ · implement · 8 minutes · 2 points\n\nReturn twice the number.",
        "## Exercise 2: Why\n\n●○○ · explain · 1 minute · 1 point",
    ]


def test_the_badge_is_there_with_a_github_address_and_left_out_without():
    with_address = make(Kind.EXERCISE, repository=REPOSITORY).cells[0].source
    assert with_address.startswith("# 03 · Exercises\n\n[![Open in Colab](https://colab.")
    assert "/github/someone/course/blob/main/exercises/03_attention.ipynb)" in with_address
    assert make(Kind.EXERCISE).cells[0].source == "# 03 · Exercises\nTwo of them."
    elsewhere = make(Kind.EXERCISE, repository="https://example.org/course").cells[0].source
    assert "Colab" not in elsewhere


@pytest.mark.parametrize("address", [REPOSITORY + "/", REPOSITORY + ".git"])
def test_github_addresses_are_written_in_several_ways(address):
    assert "/github/someone/course/blob/" in make(Kind.LESSON, repository=address).cells[0].source


def run_install_cell(repository, *, found, monkeypatch):
    """What the first code cell runs where only the packages in `found` can be found."""
    commands = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if name in found else None)
    monkeypatch.setattr("subprocess.run", lambda command, check: commands.append((command[1:], check)))
    exec(generated.install_cell(repository), {})
    return commands


@pytest.mark.parametrize("repository", ["", REPOSITORY])
def test_the_first_code_cell_does_nothing_where_the_course_is(repository, monkeypatch, capsys):
    assert make(Kind.LESSON, repository=repository).cells[1].source == generated.install_cell(repository)
    assert run_install_cell(repository, found={"course_lib"}, monkeypatch=monkeypatch) == []
    assert capsys.readouterr().out == ""


def test_the_first_code_cell_installs_the_course_and_what_is_missing(monkeypatch):
    found = set(generated.MAY_BE_MISSING) - {"jaxtyping", "tiktoken"}
    pip = ["-m", "pip", "install", "--quiet"]
    assert run_install_cell(REPOSITORY, found=found, monkeypatch=monkeypatch) == [
        ([*pip, "--no-deps", f"git+{REPOSITORY}"], True),
        ([*pip, "jaxtyping", "tiktoken"], True),
    ]


def test_the_first_code_cell_says_what_to_do_without_an_address(monkeypatch, capsys):
    assert run_install_cell("", found=set(), monkeypatch=monkeypatch) == []
    said = capsys.readouterr().out
    assert "make lab" in said
    assert "pip install --quiet --no-deps git+ADDRESS" in said


def test_the_first_code_cell_knows_the_packages_of_the_course():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", requirement)[0] for requirement in project["dependencies"]}
    comes_with_datasets = {"huggingface-hub"}
    assert set(generated.MAY_BE_MISSING) == needed - {"torch", "numpy", "matplotlib", "ipython"} - comes_with_datasets


def test_the_last_cell_links_to_notebooks_that_exist():
    before, after = find_topic("tokenization"), find_topic("data")
    existing = [Page(topic, kind) for topic in (before, after, TOPIC) for kind in (Kind.LESSON, Kind.EXERCISE)]
    assert make(Kind.LESSON, existing=existing).cells[-1].source == (
        "---\n[Exercises of this lesson](../exercises/03_attention.ipynb) · "
        "Before: [02 EDA and data loading](02_data.ipynb)"
    )
    page = Page(after, Kind.EXERCISE)
    assert generated.footer(page, existing) == (
        "---\n[Lesson](../notebooks/02_data.ipynb) · Before: [01 Tokenization](01_tokenization.ipynb) · "
        "Next: [03 Attention from scratch](03_attention.ipynb)"
    )


def test_a_line_of_a_notebook_is_found_in_its_source():
    page = Page(TOPIC, Kind.SOLUTION)
    source = parse(SOLUTION, page.source, exercises=True)
    notebook = compose(source, page)
    lines = SOLUTION.splitlines()
    for position, cell in enumerate(notebook.cells[2:-1], start=2):
        if cell.cell_type == "code":
            for number, line in enumerate(cell.source.splitlines(), start=1):
                assert lines[source_line(source, page, position, number) - 1] == line


@pytest.mark.instructor
def test_nbgrader_makes_the_same_exercise_of_the_solution():
    preprocessors = pytest.importorskip("nbgrader.preprocessors")
    exercise, notebook = make(Kind.EXERCISE), make(Kind.SOLUTION)
    resources: dict[str, object] = {}
    for name in (
        "LockCells",
        "ClearSolutions",
        "ClearOutput",
        "CheckCellMetadata",
        "ComputeChecksums",
        "ClearHiddenTests",
        "ClearMarkScheme",
        "CheckCellMetadata",
    ):
        notebook, resources = getattr(preprocessors, name)().preprocess(notebook, resources)
    for ours, theirs in zip(exercise.cells, notebook.cells, strict=True):
        assert (ours.id, ours.cell_type, ours.source) == (theirs.id, theirs.cell_type, theirs.source)
        metadata = theirs.metadata
        if "nbgrader" in metadata:  # theirs adds what a database of assignments needs
            metadata.nbgrader = {k: v for k, v in metadata.nbgrader.items() if k not in ("checksum", "cell_type")}
        assert ours.metadata == metadata
