"""How Sphinx makes the pages: theme, extensions, and what it is told about notebooks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from course_lib import __version__
from course_tools.site.docstrings import as_restructured

HERE = Path(__file__).parent
TITLE = "Build a GPT"


def settings(
    extra: Path, repository: str, *, alternates: Mapping[str, Sequence[Mapping[str, str]]] | None = None
) -> dict[str, Any]:
    """The configuration. extra: a folder that is copied to the top of the site.   repository: its public address.

    alternates: for each page that is there in other languages, their `language`, their `name` and the `page`.
    """
    links = [{"name": "Source", "url": repository, "icon": "fa-brands fa-github"}] if repository else []
    return {
        "project": "Transformer course",
        "version": __version__,
        "release": __version__,
        "language": "en",
        "extensions": ["myst_nb", "sphinx.ext.autodoc", "course_tools.site.formulas", "course_tools.site.settings"],
        "html_math_renderer": "mathml",
        "html_theme": "pydata_sphinx_theme",
        "html_title": TITLE,
        "html_static_path": [str(HERE / "static")],
        "templates_path": [str(HERE / "templates")],
        "html_extra_path": [str(extra)],
        "html_css_files": ["course.css"],
        "html_js_files": [("course.js", {"defer": "defer"})],
        "html_favicon": str(HERE / "static" / "favicon.svg"),
        "html_copy_source": False,
        "html_context": {
            "default_mode": "auto",  # as the reader's system is set
            "alternates": dict(alternates or {}),
        },
        "html_show_sphinx": False,
        "html_use_index": False,
        "html_domain_indices": False,
        "html_last_updated_fmt": None,
        "html_theme_options": {
            "icon_links": links,
            "logo": {"text": TITLE},
            "show_prev_next": True,
            "navbar_persistent": ["search-button-field", "languages"],
            "secondary_sidebar_items": ["page-toc"],
            "footer_start": ["licence"],
            "footer_end": [],
            "show_nav_level": 0,
            "header_links_before_dropdown": 8,
            "search_bar_text": "Search the course",
            "primary_sidebar_end": [],
            "back_to_top_button": True,
            "pygments_light_style": "a11y-high-contrast-light",
            "pygments_dark_style": "a11y-high-contrast-dark",
        },
        "nb_execution_mode": "off",  # the notebooks are executed, and their outputs are what the tests compare
        "nb_merge_streams": True,
        "myst_enable_extensions": ["dollarmath"],
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 3,
        "autodoc_default_options": {"members": True, "member-order": "bysource", "ignore-module-all": True},
        "autodoc_preserve_defaults": True,
        "python_use_unqualified_type_names": True,
        "python_maximum_signature_line_length": 88,
        "add_module_names": False,
    }


def setup(app: Sphinx) -> dict[str, Any]:
    """Have docstrings read as plain English."""
    app.connect("autodoc-process-docstring", _process_docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _process_docstring(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    lines[:] = as_restructured(lines)
