"""A machine without the means for a sandbox is one thing, and a sandbox that is broken another: that is not skipped."""

import shutil

import pytest

from course_tools.grading import allowed_modules, sandbox
from course_tools.grading.bubblewrap import SandboxFailed, SandboxLacking
from course_tools.grading.sandbox import Zygote

SETUP = {"modules": {}, "warm": [], "configs": [], "cpu_seconds": 90}
BROKEN = {**SETUP, "modules": {**allowed_modules.modules_for_all(), allowed_modules.DRIVERS: "raise OSError('broken')"}}


def failure_of(setup, **options):
    with pytest.raises(SandboxFailed) as raised:
        Zygote(setup, **options)
    return raised.value


def test_without_bubblewrap_something_is_lacking(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isinstance(failure_of(SETUP, isolation="bubblewrap"), SandboxLacking)


def test_where_bubblewrap_may_make_no_namespaces_something_is_lacking(monkeypatch):
    refusing = shutil.which("sh"), "-c", "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    monkeypatch.setattr("course_tools.grading.sandbox.bubblewrapped", lambda hide: list(refusing))
    assert isinstance(failure_of(SETUP, isolation="bubblewrap"), SandboxLacking)


def test_what_does_not_start_for_its_own_faults_is_broken(isolated):
    failure = failure_of(BROKEN, isolation="bubblewrap")
    assert "OSError: broken" in str(failure)
    assert not isinstance(failure, SandboxLacking)


def test_a_process_that_ends_at_once_is_broken(monkeypatch, isolated):
    monkeypatch.setattr(sandbox, "CODE", "raise SystemExit('broken: {path} {number}')")
    failure = failure_of(SETUP, isolation="bubblewrap")
    assert "broken" in str(failure)
    assert not isinstance(failure, SandboxLacking)
