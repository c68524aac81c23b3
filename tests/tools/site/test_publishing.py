"""The workflow that publishes the site: it looks at it first, and takes the address from the one setting."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8"))["jobs"]


def test_the_site_is_looked_at_before_it_is_published():
    runs = [step.get("run", "") for step in JOBS["make"]["steps"]]
    assert "make test-site" in runs
    assert JOBS["publish"]["needs"] == "make"


def test_only_the_course_that_the_setting_names_is_published():
    (asked,) = [step for step in JOBS["make"]["steps"] if step.get("id") == "address"]
    assert "configured_repository" in asked["run"]
    assert JOBS["publish"]["if"] == "needs.make.outputs.published == 'true'"
    (upload,) = [step for step in JOBS["make"]["steps"] if "upload-pages-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == "build/site"


def test_only_publishing_may_write():
    assert "permissions" not in JOBS["make"]
    assert JOBS["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
