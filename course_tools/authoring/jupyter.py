"""jupytext and nbformat, imported without a delay that nothing here needs.

Both import jsonschema, which compiles the grammar of internationalised addresses (rfc3987-syntax) where
that package happens to be installed, as it is beside JupyterLab, and does without where it is not. Compiling
takes a second or two, and notebooks hold no such addresses to validate; so while the two are imported, the
package is not to be found. `course build --check` then answers in under a second.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from types import ModuleType


class _Hidden(MetaPathFinder):
    """Asked before the other finders; says of one package, if it is not imported yet, that it is not there."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """None, which leaves a module to the others, for all but that package."""
        if fullname == self._package:
            raise ModuleNotFoundError(f"{fullname} is not looked for here", name=fullname)


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    finder = _Hidden(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _hidden("rfc3987_syntax"):
    import jupytext
    import nbformat
    from nbformat import NotebookNode

__all__ = ["NotebookNode", "jupytext", "nbformat"]
