"""Where slips happen in the code of `gather_pages`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def gather_pages(memory, table, length):
    pages = <pages>
    rows = <rows>
    return <end>
""",
    (
        Slot(
            "pages",
            "memory[table]",
            (
                "memory[sorted(table)]",
                "memory[: len(table)]",
                "memory[list(reversed(table))]",
                "memory[[number - 1 for number in table]]",
                "memory[table[:1]]",
                "memory[sorted(set(table))]",
            ),
        ),
        Slot(
            "rows",
            "pages.flatten(0, 1)",
            (
                "pages.transpose(0, 1).flatten(0, 1)",
                "pages.reshape(-1, memory.shape[1])",
                "pages.flatten(1)",
                "pages.flip(1).flatten(0, 1)",
                "pages.transpose(1, 2).reshape(-1, memory.shape[2])",
                "pages.mean(dim=1)",
            ),
        ),
        Slot(
            "end",
            "rows[:length]",
            (
                "rows",
                "rows[-length:]",
                "rows[: length + 1]",
                "rows[: length - 1]",
                "rows[:length].T",
                "rows[1 : length + 1]",
                "rows[len(rows) - length :]",
                "rows[: length // memory.shape[1] * memory.shape[1]]",
            ),
        ),
    ),
)
