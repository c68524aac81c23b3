"""When submissions are due, and which came after it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAYS_END = time(23, 59, 59)


@dataclass(frozen=True)
class Extension:
    """More time for one student, or none needed. topic: "" for all lessons.   due: ISO 8601, "" if excused."""

    student: str
    topic: str
    due: str = ""

    @property
    def excused(self) -> bool:
        """Whether nothing is asked of the student."""
        return not self.due


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
    return moment(submitted_at) > moment(due)


def late_by(submitted_at: str, due: str) -> timedelta | None:
    """How late a submission is; None where only the course system says that it is."""
    return moment(submitted_at) - moment(due) if is_late(submitted_at, due) else None


def moment(text: str) -> datetime:
    """What an ISO 8601 date says, in UTC: a day is over when it ends, and a time without a zone is this machine's."""
    try:
        said = datetime.combine(date.fromisoformat(text), DAYS_END)
    except ValueError:
        said = datetime.fromisoformat(text)
    try:
        return said.astimezone(UTC)
    except (OverflowError, ValueError, OSError):  # at the ends of the calendar, such as 9999-12-31 for "never"
        return said.replace(tzinfo=UTC)
