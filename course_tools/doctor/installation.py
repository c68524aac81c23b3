"""Python and the packages that the course asks for."""

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_tools.doctor.report import INSTALL, Finding, State

DISTRIBUTION = "transformer-course"
FOR_CHANGES = "needed only to change the course"


def check_python() -> Iterator[Finding]:
    """The interpreter, against the range that the course's package states."""
    version = platform.python_version()
    found = f"{version} ({sys.executable})"
    needed = _course_metadata()["Requires-Python"]
    if needed and not SpecifierSet(needed).contains(version, prereleases=True):
        yield Finding(
            State.WRONG, "python", f"{found}; the course needs {needed}", "install a newer one from python.org"
        )
    elif sys.maxsize < 2**32:
        yield Finding(
            State.WRONG, "python", f"{found} is a 32-bit build, for which there is no torch", "install a 64-bit one"
        )
    else:
        yield Finding(State.GOOD, "python", found)


def check_packages() -> Iterator[Finding]:
    """Every package that the course asks for, against its range: without those of `lab` there are no lessons."""
    requirements = [Requirement(text) for text in metadata.requires(_course_metadata()["Name"]) or []]
    for extra, state in (("", State.WRONG), ("lab", State.WRONG), ("dev", State.NOTE)):
        wanted = [r for r in requirements if _belongs_to(r, extra)]
        unmet = list(filter(None, map(_unmet, wanted)))
        name = extra or "packages"
        if not wanted:
            yield Finding(
                State.NOTE, name, "not known to the installed course", f"it is older than these files: {INSTALL}"
            )
        elif unmet:
            purpose = f"; {FOR_CHANGES}" if extra == "dev" else ""
            remedy = "pip install -c constraints.txt -e '.[lab,dev]'" if extra == "dev" else INSTALL
            yield Finding(state, name, "; ".join(unmet) + purpose, remedy)
        else:
            yield Finding(State.GOOD, name, f"all {len(wanted)} in range")


def _course_metadata() -> metadata.PackageMetadata:
    try:
        return metadata.metadata(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise FileNotFoundError("the course is not installed") from None


def _belongs_to(requirement: Requirement, extra: str) -> bool:
    """Whether the course asks for it here, with that extra ("" for none) and not without."""
    marker = requirement.marker
    if marker is None:
        return not extra
    return marker.evaluate({"extra": extra}) and (not extra or not marker.evaluate({"extra": ""}))


def _unmet(requirement: Requirement) -> str:
    """What is wrong with the installed version of a requirement; empty if nothing."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} is {version}, but {requirement.specifier} is needed"
