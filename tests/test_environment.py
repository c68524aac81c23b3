"""environment.yml, pyproject.toml, constraints.txt, Makefile and CI say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from course_tools.authoring.generated import MAY_BE_MISSING

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CONSTRAINTS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
OLDEST, NEWEST = "3.11", "3.14"
EXTRAS = "[lab,dev]"
PLATFORMS = [("linux", "posix"), ("darwin", "posix"), ("win32", "nt")]
REQUIREMENTS = [
    pytest.param(extra, Requirement(text), id=f"{extra or 'base'}-{Requirement(text).name}")
    for extra, texts in {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}.items()
    for text in texts
]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def pinned(name, python, platform, os_name):
    """The version that constraints.txt gives a package there."""
    there = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": platform,
        "os_name": os_name,
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    versions = [
        next(iter(pin.specifier)).version
        for pin in CONSTRAINTS
        if canonicalize_name(pin.name) == canonicalize_name(name) and (not pin.marker or pin.marker.evaluate(there))
    ]
    assert len(versions) == 1, f"{name} has the versions {versions} on {platform}, Python {python}"
    return Version(versions[0])


@pytest.mark.parametrize(("extra", "requirement"), REQUIREMENTS)
@pytest.mark.parametrize(("platform", "os_name"), PLATFORMS)
@pytest.mark.parametrize("python", [OLDEST, NEWEST])
def test_what_is_asked_for_is_pinned_within_its_range(extra, requirement, python, platform, os_name):
    assert pinned(requirement.name, python, platform, os_name) in requirement.specifier


@pytest.mark.parametrize(("extra", "requirement"), REQUIREMENTS)
def test_ranges_are_floors(extra, requirement):
    """An upper bound would make installing the course replace a package that works."""
    assert [bound.operator for bound in requirement.specifier] == [">="]


def test_constraints_are_exact_and_without_builds():
    for pin in CONSTRAINTS:
        (bound,) = pin.specifier
        assert bound.operator == "=="
        assert Version(bound.version).local is None


def test_constraints_bring_no_cuda():
    names = {pin.name for pin in CONSTRAINTS}
    assert not [name for name in names if re.match("nvidia|cuda|triton", name)]


def test_torch_is_pinned_as_pyproject_says():
    (torch,) = [pin for pin in CONSTRAINTS if pin.name == "torch"]
    assert PYPROJECT["tool"]["uv"]["constraint-dependencies"] == [str(torch)]


def test_one_oldest_python():
    assert PROJECT["requires-python"] == f">={OLDEST}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + OLDEST.replace(".", "")
    assert f"--python-version {OLDEST} " in read("Makefile")


def test_conda_gets_python_pip_and_the_same_package():
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, packages = environment["dependencies"]
    minor_after_newest = f"3.{int(NEWEST.split('.')[1]) + 1}"
    assert python == f"python >={OLDEST},<{minor_after_newest}"
    assert SpecifierSet(python.removeprefix("python ")).contains(f"{NEWEST}.0")
    assert pip == "pip"
    assert packages == {"pip": ["-c constraints.txt", f"-e .{EXTRAS}"]}


def test_make_installs_the_same_package_on_the_same_pythons():
    makefile = read("Makefile")
    assert f"-c constraints.txt -e '.{EXTRAS}'" in makefile
    assert f"({OLDEST.replace('.', ', ')}) <= sys.version_info[:2] <= ({NEWEST.replace('.', ', ')})" in makefile


def test_ci_runs_the_oldest_and_the_newest_python_on_three_systems():
    jobs = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]
    assert jobs["unix"]["strategy"]["matrix"] == {
        "os": ["ubuntu-latest", "macos-latest"],
        "python": [OLDEST, NEWEST],
    }
    assert jobs["windows"]["strategy"]["matrix"]["python"] == [OLDEST, NEWEST]
    installs = [step["run"] for job in jobs.values() for step in job["steps"] if "pip install" in step.get("run", "")]
    assert installs
    assert all(f'".{EXTRAS}"' in install for install in installs)


def test_ci_runs_what_the_readme_says():
    assert "\nmake test\n" in read(".ci/run")
    assert "\nmake test\n" in read("README.md") or "make test " in read("README.md")


def test_a_hosted_notebook_installs_only_what_the_course_asks_for_and_never_torch():
    asked_for = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert set(MAY_BE_MISSING) <= asked_for - {"torch", "numpy"}


def test_the_licences_are_there():
    assert PROJECT["license"] == "MIT AND CC-BY-4.0"
    assert read("LICENSE").startswith("MIT License")
    assert read("LICENSE-CC-BY-4.0").startswith("Creative Commons Attribution 4.0 International")
