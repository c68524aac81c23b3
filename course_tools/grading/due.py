"""When submissions are due, and which came after it."""

from datetime import datetime


def parse_due(text: str) -> str:
    """The due date as it was given, once it is known to be one. Raises ValueError; empty means that there is none."""
    if text:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"--due: expected a date such as 2026-10-01T23:59, got {text!r}") from None
    return text


def is_late(submitted_at: str, due: str) -> bool:
    """Whether a submission came after the due date; both ISO 8601."""
    if not due:
        return False
    limit = datetime.fromisoformat(due)
    return datetime.fromisoformat(submitted_at) > (limit if limit.tzinfo else limit.astimezone())
