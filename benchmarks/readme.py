"""`python -m benchmarks.readme TABLE PAGE`: put the table that `--markdown` wrote between the two marks of a page."""

import sys
from pathlib import Path

from course_lib.util.files import write_text

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


def with_table(text: str, table: str) -> str:
    """The text with `table` between the marks, instead of what was there.

    Raises ValueError if the marks are not there, once each and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"expected {BEGIN} and, after it, {END}, once each")
    return f"{before}{BEGIN}\n\n{table.strip()}\n\n{END}{after}"


def main(table: Path, page: Path) -> None:
    """Rewrite the page; it is replaced in one step."""
    text = with_table(page.read_text(encoding="utf-8"), table.read_text(encoding="utf-8"))
    write_text(page, text)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
