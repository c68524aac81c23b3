"""The pages of docs/ as the site has them: links lead to pages of the site, pictures become small files."""

import re
from pathlib import Path, PurePosixPath

from course_tools.site.headings import step_by_step
from course_tools.site.pictures import Pictures

# Where a link to the repository leads on the site, where that has no page of the same name.
ELSEWHERE = {
    "README.md": "index.md",
    "notebooks": "notebooks/index.md",
    "exercises": "exercises/index.md",
    "solutions": "solutions/index.md",
    "course_lib": "api/index.md",
}

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def pages(root: Path) -> list[str]:
    """The paths of the pages below the course's folder, in the order of the site's menu."""
    return [*(f"docs/{path.name}" for path in sorted((root / "docs").glob("*.md"))), "CONTRIBUTING.md"]


def stage(page: str, root: Path, folder: Path, pictures: Pictures, repository: str) -> None:
    """Write the source of a page of prose below `folder`."""
    staged = folder / page
    staged.parent.mkdir(parents=True, exist_ok=True)
    text = (root / page).read_text(encoding="utf-8")
    staged.write_text(as_page(text, page, root, pictures, repository), encoding="utf-8")


def as_page(text: str, page: str, root: Path, pictures: Pictures, repository: str) -> str:
    """The text with its links turned; what the site lacks is linked at `repository`, or named without a link."""
    here = PurePosixPath(page).parent
    up = "../" * len(here.parts)
    staged = {*pages(root)}

    def turned(found: re.Match[str]) -> str:
        target = found["target"]
        if not target or "://" in target or target.startswith("mailto:"):
            return found[0]
        path = _below_root(here, target)
        there = ELSEWHERE.get(path, path)
        if there in ELSEWHERE.values() or there in staged or there.endswith(".ipynb"):
            return f"[{found['text']}]({up}{there}{found['anchor'] or ''})"
        if repository:
            return f"[{found['text']}]({repository.removesuffix('.git').rstrip('/')}/blob/main/{path})"
        return found["text"]

    def drawn(found: re.Match[str]) -> str:
        content = (root / _below_root(here, found["target"])).read_bytes()
        return pictures.image(content, alt=found["alt"], up=up)

    return _LINK.sub(turned, _PICTURE.sub(drawn, step_by_step(text)[0]))


def _below_root(here: PurePosixPath, target: str) -> str:
    """The path below the course's folder that a relative link from `here` means."""
    parts: list[str] = []
    for part in (here / target).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
