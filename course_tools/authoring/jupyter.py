"""jupytext and nbformat, imported without a delay that nothing here needs.

Both import jsonschema, which compiles the grammar of internationalised addresses (rfc3987-syntax) where
that package happens to be installed, as it is beside JupyterLab. That alone takes 1.7 s, and notebooks
hold no such addresses to validate; without it `course build --check` answers in under a second.
"""

import sys

_GRAMMAR = "rfc3987_syntax"

_waits = _GRAMMAR not in sys.modules
if _waits:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # an import of it now raises ImportError, which jsonschema expects
try:
    import jupytext
    import nbformat
    from nbformat import NotebookNode
finally:
    if _waits:
        del sys.modules[_GRAMMAR]

__all__ = ["NotebookNode", "jupytext", "nbformat"]
