"""What README.md and CONTRIBUTING.md promise is there."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest
import torch

from benchmarks import readme as benchmarks_readme
from course_lib.checks import check
from course_lib.checks.engine.examine import RIGHT, WRONG, examine
from course_lib.util.topics import TOPICS
from course_tools.cli import COMMANDS, command_parser

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
WORDS = 1500  # that a reader of the README will read
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def code_lines(page):
    """The lines of all code blocks, and the pieces of code in the text."""
    blocks = re.findall(r"```(?:sh|powershell)\n(.*?)```", read(page), flags=re.DOTALL)
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)


def commands(page, program):
    """The words of each call of a program, without comments and placeholders."""
    found = []
    for line in code_lines(page):
        words = shlex.split(line, comments=True)
        if words[:1] == [program] and len(words) > 1:
            found.append(words[1:])
    return found


TARGETS = dict(re.findall(r"^([a-z-]+):.*## (.*)$", read("Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_make_command_is_a_target(page):
    called = {word for words in commands(page, "make") for word in words if "=" not in word}
    assert called <= set(TARGETS)


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_given_to_make_is_one_of_the_makefile(page):
    given = {word.split("=")[0] for words in commands(page, "make") for word in words if "=" in word}
    assert given <= set(re.findall(r"^([A-Z_]+) \?=", read("Makefile"), flags=re.MULTILINE))


def test_the_readme_is_short():
    assert len(read("README.md").split()) <= WORDS


def test_every_page_can_be_reached_from_the_readme():
    linked = {link for page in PAGES for link in LINK.findall(read(page)) if "://" not in link}
    assert {Path(page).name for page in PAGES} <= {Path(link).name for link in linked} | {"README.md"}


def test_every_target_is_listed():
    listed = set(re.findall(r"^\| `make ([a-z-]+)`", read("docs/using.md"), flags=re.MULTILINE))
    assert listed == set(TARGETS) - {"help"}


@pytest.mark.parametrize("page", PAGES)
def test_every_course_command_is_understood(page):
    for words in commands(page, "course"):
        if len(words) == 1:  # named, perhaps without what it would be given
            assert words[0] in {module.__name__.rpartition(".")[2] for module in COMMANDS}
        else:
            command_parser().parse_args(words)


def test_the_readme_opens_with_the_two_commands():
    first = re.search(r"```sh\n(.*?)```", read("README.md"), flags=re.DOTALL).group(1)
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make lab", "make test"]


def test_windows_gets_the_commands_that_ci_runs_there():
    workflow = read(".github/workflows/ci.yml")
    for line in code_lines("README.md"):
        if line.startswith("python -m"):
            assert f"- run: {line}\n" in workflow


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    links = [link for link in LINK.findall(read(page)) if "://" not in link]
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert missing == []


def test_the_lessons_are_those_of_the_course_in_order():
    rows = re.findall(
        r"^\| (\d\d) \| \[(.*?)\]\((.*?)\) \| \[(\d\d)\]\((.*?)\) \|", read("README.md"), flags=re.MULTILINE
    )
    assert rows == [
        (
            f"{topic.number:02d}",
            topic.title,
            f"notebooks/{topic.stem}.ipynb",
            f"{topic.number:02d}",
            f"exercises/{topic.stem}.ipynb",
        )
        for topic in TOPICS
    ]


def test_the_feedback_shown_is_what_a_student_gets():
    (code,) = re.findall(r"```python\n(.*?)```", read("README.md"), flags=re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", read("README.md"), flags=re.DOTALL)
    said = []
    exec(code, {"__name__": "__main__", "torch": torch, "check": lambda answer: said.append(check(answer, seed=0))})
    assert f"{said[0]!r}\n" == shown


def test_the_exercise_that_contributing_shows_is_one():
    contributing = read("CONTRIBUTING.md")

    def typed(source):
        namespace = {"torch": torch}
        exec(source, namespace)
        return namespace["relu"]

    code, rows = (textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", contributing, flags=re.DOTALL))
    module = {"__name__": "relu"}
    exec(code, module)
    exercise = module["EXERCISE"]
    assert examine(exercise, exercise.reference, 0).status == RIGHT
    assert len(exercise.misconceptions) >= 3
    for mistake in exercise.misconceptions:
        examination = examine(exercise, mistake.mutant, 0)
        assert (examination.status, examination.mistake) == (WRONG, mistake)
    tables = {}
    exec(rows, tables)
    for source in tables["RIGHT_ANSWERS"]["relu"]:
        assert examine(exercise, typed(source), 0).status == RIGHT
    for _, mistake, source in tables["WRONG_ANSWERS"]:
        assert examine(exercise, typed(source), 0).mistake.name == mistake


def test_the_benchmarks_have_their_place():
    text = benchmarks_readme.with_table(read("docs/performance.md"), "| a table |")
    assert "\n\n| a table |\n\n" in text
    assert benchmarks_readme.with_table(text, "| another |").count("|") == text.count("|")


@pytest.mark.parametrize(
    "text", ["", "<!-- /benchmarks --> <!-- benchmarks -->", "<!-- benchmarks -->" * 2 + "<!-- /benchmarks -->"]
)
def test_a_readme_without_that_place_is_refused(text):
    with pytest.raises(ValueError, match="once each"):
        benchmarks_readme.with_table(text, "| a table |")


def test_the_table_is_put_into_the_file(tmp_path):
    (tmp_path / "table.md").write_text("| ratio |\n")
    (tmp_path / "README.md").write_text("before\n<!-- benchmarks -->old<!-- /benchmarks -->\nafter\n")
    benchmarks_readme.main(tmp_path / "table.md", tmp_path / "README.md")
    expected = "before\n<!-- benchmarks -->\n\n| ratio |\n\n<!-- /benchmarks -->\nafter\n"
    assert (tmp_path / "README.md").read_text() == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "table.md"]


TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("sources/*/*.py")]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_programs_and_files_of_ours_that_a_text_names_are_there(text):
    words = text.read_text(encoding="utf-8")
    for module in re.findall(r"-m (course_\w+(?:\.\w+)*)", words):
        path = ROOT / module.replace(".", "/")
        assert (path / "__main__.py").is_file() or path.with_suffix(".py").is_file(), f"python -m {module} does not run"
    for path in re.findall(r"(?:course_lib|course_tools|tests|benchmarks)/[\w/]+\.py", words):
        assert (ROOT / path).is_file() or path == "course_lib/checks/mlp/relu.py", f"{path} is not there"
