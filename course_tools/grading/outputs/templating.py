"""Pages from templates that escape whatever is not HTML already. Each is one file: nothing is loaded."""

import base64
import functools
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from course_lib.util.language import ENGLISH
from course_lib.util.language.direction import direction_of
from course_tools.grading.outputs.text import visible

# Nothing is loaded and no text of a student is run, even if it should find a way in: of scripts only ours, by digest.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(template: str, *, script: str = "", **values: object) -> str:
    """A page. template: a file in `templates`.   script: another, which the page runs.   values: what is shown."""
    code = source(script) if script else ""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = f"{POLICY}; script-src 'sha256-{digest}'" if script else POLICY
    shell = {"policy": policy, "style": Markup(source("style.css")), "script": Markup(code), "wide": False}
    shell |= {"language": ENGLISH, "direction": direction_of(ENGLISH)}
    return _environment().get_template(template).render(shell | values)


def source(name: str) -> str:
    """The text of a file in `templates`."""
    environment = _environment()
    if environment.loader is None:
        raise RuntimeError("the templates of the reports are not there: install the course again")
    return environment.loader.get_source(environment, name)[0]


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("course_tools.grading.outputs"),
        autoescape=True,
        undefined=StrictUndefined,  # a name that is misspelled is an error, and not an empty place
        finalize=_shown,
        trim_blocks=True,
    )


def _shown(value: object) -> str:
    """What is HTML already as it is; of all else the text, in which nothing is hidden."""
    return value if isinstance(value, Markup) else visible(str(value))
