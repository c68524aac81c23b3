"""Shapes and types in signatures are true: the unit tests run with jaxtyping and beartype over `course_lib`.

Its checks alone are left out here, where typical mistakes break their own signatures thousands of times: they run once
more, all of them, in `tests/checks/test_signatures.py`.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
import torch
from jaxtyping import config, install_import_hook

import tests.type_checks  # noqa: F401  # the hook looks it up by name

CHECKS, TOOLS = Path(__file__).with_name("checks"), Path(__file__).with_name("tools")
LIBRARY = Path(__file__).parents[1] / "course_lib"

install_import_hook(
    [f"course_lib.{path.stem}" for path in LIBRARY.iterdir() if path.stem not in ("checks", "__init__", "__pycache__")],
    "tests.type_checks.typechecked",
)  # before any test module imports the library

config.update("jaxtyping_disable", True)  # outside tests, as while they are collected

# A machine whose cores are all busy may take a second over what else takes a millisecond.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


@functools.cache
def source_of(test: Callable) -> str:
    """The text of a test, read once for all its parameters."""
    return inspect.getsource(test)


@pytest.fixture(autouse=True)
def signatures_are_checked(request):
    """Except where a test hands in what a signature forbids, to see our own error, or lets torch compile the code.

    Nor in tests of the checks: the typical mistakes there break their own signatures, and are to be named for it.
    """
    source = source_of(request.function)
    compiles = "compil" in source
    about_mistakes = CHECKS in request.path.parents or TOOLS in request.path.parents
    config.update("jaxtyping_disable", about_mistakes or compiles or "pytest.raises" in source)
    if compiles:
        torch.compiler.reset()  # all functions share the checker's code, which torch compiles a few times only
    yield
    config.update("jaxtyping_disable", True)
