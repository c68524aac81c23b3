"""Shapes and types in signatures are true: the unit tests run with jaxtyping and beartype over all of `course_lib`."""

import inspect
from pathlib import Path

import pytest
import torch
from jaxtyping import config, install_import_hook

import tests.type_checks  # noqa: F401  # the hook looks it up by name

CHECKS, TOOLS = Path(__file__).with_name("checks"), Path(__file__).with_name("tools")

install_import_hook("course_lib", "tests.type_checks.typechecked")  # before any test module imports the library

config.update("jaxtyping_disable", True)  # outside tests, as while they are collected


@pytest.fixture(autouse=True)
def signatures_are_checked(request):
    """Except where a test hands in what a signature forbids, to see our own error, or lets torch compile the code.

    Nor in tests of the checks: the typical mistakes there break their own signatures, and are to be named for it.
    """
    source = inspect.getsource(request.function)
    compiles = "compil" in source
    about_mistakes = CHECKS in request.path.parents or TOOLS in request.path.parents
    config.update("jaxtyping_disable", about_mistakes or compiles or "pytest.raises" in source)
    if compiles:
        torch.compiler.reset()  # all functions share the checker's code, which torch compiles a few times only
    yield
    config.update("jaxtyping_disable", True)
