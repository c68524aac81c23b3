"""A module of JavaScript with all that it imports, as parts of one script: browsers load no module from a disk."""

import re
from pathlib import Path

WORKSHOP = Path(__file__).parents[1]  # modules are named by their place in it

_IMPORT = re.compile(r'^import \{(?P<names>[^}]*)\} from "(?P<place>\.[^"]+)";\n', flags=re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |class |const )", flags=re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", flags=re.MULTILINE)
_NAME = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", flags=re.MULTILINE)


def parts(entry: Path) -> dict[str, str]:
    """The code of a module and of all that it imports, by name, each below what it imports: joined, they are a script.

    Raises ValueError, naming the module, for what a single script cannot hold: modules that import each other, a name
    that two of them define, an import under another name.
    """
    found = {path.relative_to(WORKSHOP).as_posix(): _as_part(path) for path in _in_order(entry.resolve(), ())}
    owners: dict[str, str] = {}
    for module, code in found.items():
        for name in _NAME.findall(code):
            if name in owners:
                raise ValueError(f"{module} and {owners[name]} both define {name}: in one script they cannot")
            owners[name] = module
    return found


def _in_order(path: Path, above: tuple[Path, ...]) -> list[Path]:
    """The module behind those that it imports. above: the modules that wait for this one."""
    if path in above:
        raise ValueError(f"{path.name} and {above[-1].name} import each other")
    order: list[Path] = []
    for found in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        needed = _in_order((path.parent / found["place"]).resolve(), (*above, path))
        order += [one for one in needed if one not in order]
    return [*order, path]


def _as_part(path: Path) -> str:
    """The code without the lines that import, and without the word that exports."""
    source = path.read_text(encoding="utf-8")
    if any(" as " in found["names"] for found in _IMPORT.finditer(source)):
        raise ValueError(f"{path.name} imports something under another name, which one script does not know")
    code = _EXPORT.sub("", _IMPORT.sub("", source))
    if left := _LEFT.search(code):
        raise ValueError(f"{path.name} has a line that cannot stand in a script: {left[0]}")
    return code.strip()
