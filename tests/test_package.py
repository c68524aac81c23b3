"""What `import course_lib` does and does not do, and who imports whom."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from jaxtyping import TypeCheckError

import course_lib

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "numpy", "transformers", "datasets", "tokenizers", "matplotlib", "seaborn", "IPython", "pandas")

LONGEST, LONGEST_CHECK = 250, 200  # lines of a module, and of one that holds an exercise


def loaded_by(code):
    """The heavy packages that a fresh Python has loaded after running `code`."""
    code += f"\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split() if done.stdout.strip() else []


def test_importing_the_course_loads_nothing_heavy():
    assert loaded_by("import course_lib") == []


def test_configurations_topics_and_bars_load_nothing_heavy():
    assert loaded_by("from course_lib import config, progress, topics") == []


def test_the_check_above_can_see_a_heavy_import():
    assert "numpy" in loaded_by("import numpy")


COMMANDS = ("lab", "run", "doctor", "data", "train", "generate", "share", "build", "grade", "translate")


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_loads_nothing_heavy(arguments):
    code = f"from course_tools.cli import main\ntry:\n    main({arguments})\nexcept SystemExit:\n    pass"
    assert loaded_by(code) == []


def test_a_submodule_loads_when_it_is_first_used():
    code = "import sys, course_lib; print('course_lib.config' in sys.modules, course_lib.config.GPTConfig().n_layer)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False 12\n"


def test_submodules_are_listed_for_completion():
    assert {"config", "util", "attention", "checks"} <= set(dir(course_lib))


def test_a_name_that_is_not_there_is_an_attribute_error_that_says_what_is():
    with pytest.raises(AttributeError, match=r"no module 'atention'; it has .*attention"):
        course_lib.atention  # noqa: B018


def test_imports_go_downward_only():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["course_lib", "course_tools"])
@pytest.mark.parametrize("name", ["attention.py", "products.py", "run.py"])
def test_one_module_at_most_has_such_a_name(package, name):
    assert len(list((ROOT / package).rglob(name))) <= 1


def test_no_module_is_long():
    long = {}
    for path in [*ROOT.glob("course_lib/**/*.py"), *ROOT.glob("course_tools/**/*.py")]:
        name = path.relative_to(ROOT).as_posix()
        an_exercise = name.startswith("course_lib/checks/") and not name.startswith("course_lib/checks/engine/")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > (LONGEST_CHECK if an_exercise else LONGEST):
            long[name] = lines
    assert long == {}


@pytest.mark.parametrize(("name", "room"), sorted(course_lib.OTHER_NAMES.items()))
def test_names_in_notebooks_that_were_handed_out_lead_to_the_same_things(name, room):
    old, new = importlib.import_module(f"course_lib.{name}"), importlib.import_module(f"course_lib.{room}")
    public = [key for key in vars(new) if not key.startswith("__")]
    assert public
    assert all(getattr(old, key) is getattr(new, key) for key in public)
    assert getattr(course_lib, name) is old


@pytest.mark.parametrize(
    "call",
    [
        lambda: course_lib.mlp.gelu("no tensor"),
        lambda: course_lib.attention.causal_mask("no number"),
        lambda: importlib.import_module("course_lib.llama.swiglu").SwiGLU("no number", 2),
    ],
    ids=["gelu", "causal_mask", "SwiGLU"],
)
def test_a_call_that_breaks_its_signature_is_noticed_while_the_tests_run(call):
    try:  # pytest's own word for it would switch the checkers off, as tests/conftest.py says
        call()
    except TypeCheckError:
        return
    pytest.fail("the type checkers are off")
