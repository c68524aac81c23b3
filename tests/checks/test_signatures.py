"""Shapes and types in the checks' signatures are true: every check runs once under jaxtyping and beartype."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
from jaxtyping import install_import_hook

import tests.type_checks

install_import_hook("course_lib", "tests.type_checks.typechecked")

from course_lib.checks.engine.catalogue import all_exercises
from course_lib.checks.engine.examine import RIGHT, examine
from course_lib.checks.engine.report import report_of

for exercise in all_exercises().values():
    examination = examine(exercise, exercise.reference, seed=1)
    assert examination.status == RIGHT, report_of(examination)
    # A mistake may break its own signature; what finds it and tells of it may not.
    assert repr(report_of(examine(exercise, exercise.misconceptions[0].mutant, seed=1)))
"""


def test_every_check_keeps_its_signatures() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
