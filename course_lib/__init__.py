"""Tested building blocks of the transformer course.

Submodules load on first use, so that `import course_lib` answers at once and imports neither torch
nor any other large package.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

__version__ = "0.1.0"
__all__ = ["__version__"]


def _submodules() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))


def __getattr__(name: str) -> ModuleType:
    if name in _submodules():
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"course_lib has no module {name!r}; it has {', '.join(_submodules())}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_submodules()])
