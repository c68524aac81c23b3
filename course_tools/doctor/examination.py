"""All checks, one after the other."""

from collections.abc import Callable, Iterator, Sequence

from course_tools.doctor.installation import check_packages, check_python
from course_tools.doctor.lessons import check_data, check_kernel, check_network
from course_tools.doctor.machine import check_cache, check_cores, check_device, check_memory
from course_tools.doctor.places import check_home, check_names, check_system, check_temporary
from course_tools.doctor.report import INSTALL, Finding, Report, State

CHECKS = (
    check_python,
    check_packages,
    check_system,
    check_home,
    check_temporary,
    check_names,
    check_device,
    check_memory,
    check_cores,
    check_cache,
    check_data,
    check_network,
    check_kernel,
)


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
