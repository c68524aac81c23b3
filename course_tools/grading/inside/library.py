"""`course_lib` as a worker sees it: the modules that the grader sends, and no others; `course_tools` not at all."""

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

PACKAGES = ("course_lib", "course_tools")


class Library(MetaPathFinder, Loader):
    """Serves every module of `course_lib` from the sources given; whatever is not among them does not exist."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = dict(sources)

    def install(self) -> None:
        """Come before every other way to find a module."""
        sys.meta_path.insert(0, self)

    def add(self, sources: Mapping[str, str]) -> None:
        """Serve these as well; where one takes something out of what is there, nothing of its package stays there."""
        changed = [name for name, source in sources.items() if self._sources.get(name, source) != source]
        if changed:
            packages = tuple(f"{name.rpartition('.')[0]}." for name in changed)
            for module in [module for name, module in sys.modules.items() if f"{name}.".startswith(packages)]:
                for name in [name for name in vars(module) if not name.startswith("__")]:
                    delattr(module, name)
        self._sources.update(sources)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is served; an error if it is of the course and is not."""
        if fullname.split(".")[0] not in PACKAGES:
            return None
        if fullname not in self._sources:
            raise ModuleNotFoundError(f"{fullname} is not available while this exercise is graded", name=fullname)
        is_package = any(name.startswith(f"{fullname}.") for name in self._sources)
        return ModuleSpec(fullname, self, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's source."""
        exec(self._code(module.__name__), module.__dict__)

    def _code(self, name: str) -> CodeType:
        return compile(self._sources[name], f"<{name}>", "exec", dont_inherit=True)
