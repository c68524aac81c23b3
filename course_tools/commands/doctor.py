"""`course doctor`: will the lessons run on this machine? What there is, what is wrong, and what to do about it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

DISTRIBUTION = "transformer-course"
GIB = 2**30
MEMORY_NEEDED = 1.5 * GIB  # bytes; a kernel that has imported torch and plots takes about 1
MEMORY_COMFORTABLE = 4 * GIB
DISK_NEEDED = 0.5 * GIB  # token files and tokenizers of the lessons
DISK_FOR_TINYSTORIES = 6 * GIB  # the real set, as downloaded and as converted
NETWORK_SECONDS = 3
KERNEL_SECONDS = 60
INSTALL = "pip install -c constraints.txt -e '.[lab]'"


class State(Enum):
    """How a finding bears on the lessons; the value is the mark it is printed with."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "WRONG"


class Finding(NamedTuple):
    """One thing that was looked at: what was found and, unless all is well, what to do."""

    state: State
    what: str
    found: str
    remedy: str = ""


class Report(NamedTuple):
    """All findings of an examination."""

    findings: tuple[Finding, ...]

    @property
    def lessons_will_run(self) -> bool:
        """True if nothing is wrong; a note alone does not stop a lesson."""
        return all(finding.state is not State.WRONG for finding in self.findings)

    def __str__(self) -> str:
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.state.value:<6} {finding.what:<9} {finding.found}")
            if finding.remedy:
                lines.append(f"{'':<16} -> {finding.remedy}")
        lines.append("Lessons will run." if self.lessons_will_run else "Lessons will not run until this is mended.")
        return "\n".join(lines)


def examine(checks: "Sequence[Callable[[], Iterator[Finding]]] | None" = None) -> Report:
    """Look at everything that lessons need; a check that fails unexpectedly is a finding too."""
    findings: list[Finding] = []
    for check in CHECKS if checks is None else checks:
        try:
            findings.extend(check())
        except Exception as error:  # a doctor must not die of what the patient has
            what = check.__name__.removeprefix("check_")
            findings.append(Finding(State.WRONG, what, f"{type(error).__name__}: {error}", f"reinstall: {INSTALL}"))
    return Report(tuple(findings))


def examine_and_print() -> int:
    """Print the report; the exit status is 0 if lessons will run and 1 if not."""
    report = examine()
    print(report)
    return 0 if report.lessons_will_run else 1


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
            purpose = " (needed only to change the course)" if extra == "dev" else ""
            remedy = "pip install -c constraints.txt -e '.[lab,dev]'" if extra == "dev" else INSTALL
            yield Finding(state, name, "; ".join(unmet) + purpose, remedy)
        else:
            yield Finding(State.GOOD, name, f"all {len(wanted)} in range")


def check_device() -> Iterator[Finding]:
    """What torch can compute on, tried with a small product."""
    import torch

    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else torch.device("cpu")
    assert device is not None
    ones = torch.ones(64, 64, device=device)
    if (ones @ ones).sum().item() != 64**3:
        yield Finding(
            State.WRONG, "device", f"torch {torch.__version__} on {device} multiplies wrongly", "update its driver"
        )
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    yield Finding(State.GOOD, "device", f"{device.type} ({name}), torch {torch.__version__}")


def check_memory() -> Iterator[Finding]:
    """Main memory that is free."""
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB free"
    if memory.available < MEMORY_NEEDED:
        yield Finding(State.WRONG, "memory", found, f"close programs until {MEMORY_NEEDED / GIB:.1f} GiB are free")
    elif memory.available < MEMORY_COMFORTABLE:
        yield Finding(State.NOTE, "memory", found, "keep one notebook open at a time")
    else:
        yield Finding(State.GOOD, "memory", found)


def check_cores() -> Iterator[Finding]:
    """Cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        yield Finding(State.NOTE, "cores", "1", "lessons run, at about half the pace they are written for")
    else:
        yield Finding(State.GOOD, "cores", str(cores))


def check_cache() -> Iterator[Finding]:
    """The folder where downloaded and prepared stories are kept: writable, with room."""
    from course_lib.corpus import cache_folder

    folder = cache_folder()
    remedy = "set COURSE_CACHE to a folder that you may write to"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".doctor-{os.getpid()}"
        trial.write_bytes(b"x")
        trial.unlink()
    except OSError as error:
        yield Finding(State.WRONG, "cache", f"{folder} cannot be written: {error.strerror or error}", remedy)
        return
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / GIB:.1f} GiB free"
    if free < DISK_NEEDED:
        yield Finding(State.WRONG, "cache", found, f"free some, or {remedy} with {DISK_NEEDED / GIB:.1f} GiB")
    elif free < DISK_FOR_TINYSTORIES:
        yield Finding(
            State.NOTE, "cache", found, f"the real TinyStories take up to {DISK_FOR_TINYSTORIES / GIB:.0f} GiB"
        )
    else:
        yield Finding(State.GOOD, "cache", found)


def check_data() -> Iterator[Finding]:
    """The built-in stories, and the source that lessons are set to use."""
    from course_lib.corpus import load_stories

    words = sum(len(text.split()) for text in load_stories("sample", n=3)["text"])
    yield Finding(State.GOOD, "data", f"the built-in stories tell themselves ({words} words in 3 of them)")
    chosen = os.environ.get("COURSE_STORIES")
    if chosen:
        yield Finding(
            State.NOTE, "data", f"COURSE_STORIES={chosen}: lessons use this source", "unset it for the built-in stories"
        )


def check_network() -> Iterator[Finding]:
    """Whether the hub with the real TinyStories and the pretrained models can be reached; nothing else needs it."""
    from course_lib.corpus.hub import hub_address, why_unreachable

    reason = why_unreachable(hub_address(), NETWORK_SECONDS)
    if reason is None:
        yield Finding(State.GOOD, "network", f"{hub_address()} answers")
    else:
        without = "lessons run without it; only the optional cells on the real TinyStories do not"
        yield Finding(State.NOTE, "network", f"{hub_address()} is out of reach ({reason})", without)


def check_kernel() -> Iterator[Finding]:
    """A Jupyter kernel, started as JupyterLab would, that imports the course."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import start_new_kernel

    command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    if Path(command).name != command and Path(command).resolve() != Path(sys.executable).resolve():
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        yield Finding(State.WRONG, "kernel", f"Jupyter's kernel python3 runs another Python, {command}", remedy)
        return
    manager, client = start_new_kernel(
        kernel_name="python3", startup_timeout=KERNEL_SECONDS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        reply = client.execute_interactive("import course_lib", timeout=KERNEL_SECONDS, output_hook=lambda _: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if reply["content"]["status"] == "ok":
        yield Finding(State.GOOD, "kernel", "starts and finds the course")
    else:
        error = f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}"
        yield Finding(State.WRONG, "kernel", f"starts, but cannot import the course: {error}", INSTALL)


CHECKS = (
    check_python,
    check_packages,
    check_device,
    check_memory,
    check_cores,
    check_cache,
    check_data,
    check_network,
    check_kernel,
)


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
