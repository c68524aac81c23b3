"""Modules of JavaScript as one script: each above what needs it, and what a script cannot hold is refused."""

import re
from pathlib import Path

import pytest

from course_tools import javascript
from course_tools.javascript import modules, parts
from course_tools.share.assemble import PAGE, VIEW, WORKER
from course_tools.site.plays.picture import MODULES

WORKSHOP = Path(modules.__file__).parents[1]
PLAYS = [path for path in sorted(MODULES.glob("*.js")) if not path.stem.endswith(".test")]
ENTRIES = [PAGE / WORKER, PAGE / VIEW, *PLAYS]
COMMON = Path(javascript.__file__).parent
_NEEDS_B = 'import { b } from "./b.js";\n'


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "WORKSHOP", tmp_path)

    def written(**sources: str) -> Path:
        for name, source in sources.items():
            (tmp_path / f"{name}.js").write_text(source, encoding="utf-8")
        return tmp_path / f"{next(iter(sources))}.js"

    return written


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_modules_stand_below_what_they_import(entry: Path) -> None:
    above: set[Path] = set()
    for name, code in parts(entry).items():
        path = WORKSHOP / name
        source = path.read_text(encoding="utf-8")
        needed = re.findall(r'^import .*from "(\..*)";$', source, flags=re.MULTILINE)
        assert {(path.parent / one).resolve() for one in needed} <= above
        assert not re.search(r"^(import|export) ", code, flags=re.MULTILINE)
        above.add(path)
    assert path == entry


def test_each_function_stands_in_one_place() -> None:
    """The filters, the rotation, the words: what two pages need is written once."""
    names: dict[str, set[str]] = {}
    for entry in ENTRIES:
        for module, code in parts(entry).items():
            for name in re.findall(r"^(?:async )?(?:function|class) (\w+)", code, flags=re.MULTILINE):
                names.setdefault(name, set()).add(module)
    shared = {"softmax", "chances", "topK", "topP", "minP", "largest", "rotate", "splitWords"}
    assert {name: names[name] for name in shared if not all(one.startswith("javascript/") for one in names[name])} == {}
    assert {name for name in shared if len(names[name]) > 1} == set()
    words = [path for path in WORKSHOP.rglob("*.js") if r"\p{White_Space}" in path.read_text(encoding="utf-8")]
    assert words == [COMMON / "words.js"]


def test_what_two_modules_need_comes_once(write) -> None:
    entry = write(
        first='import { b } from "./b.js";\nimport { c } from "./c.js";\nexport function a() {\n  return b() + c;\n}\n',
        b='import { c } from "./c.js";\nexport function b() {\n  return c;\n}\n',
        c="export const c = 1;\n",
    )
    found = parts(entry)
    assert [*found] == ["c.js", "b.js", "first.js"]
    assert found["c.js"] == "const c = 1;"


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        (
            {"a": 'import { b } from "./b.js";\n', "b": 'import { a } from "./a.js";\n'},
            "a.js and b.js import each other",
        ),
        (
            {
                "a": 'import { b } from "./b.js";\nfunction sum() {}\n',
                "b": "export function b() {}\nfunction sum() {}\n",
            },
            r"a.js and b.js both define sum",
        ),
        ({"a": 'import { b as c } from "./b.js";\n', "b": "export const b = 1;\n"}, "under another name"),
        ({"a": 'import b from "./b.js";\n'}, "a line that cannot stand in a script: import b"),
        ({"a": "export default 1;\n"}, "a line that cannot stand in a script: export default 1;"),
        ({"a": 'import { test } from "vitest";\n'}, "a line that cannot stand in a script"),
    ],
)
def test_what_a_script_cannot_hold_is_named(write, sources, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        parts(write(**sources))
