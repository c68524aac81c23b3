"""Moodle's worksheets: which are in force, the times that they say, and whether times come from elsewhere now."""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from course_lib.util.topics import find_topic
from course_tools.grading.collect import DatedBy
from course_tools.grading.due import is_late
from course_tools.grading.kept_options import WORKSHEETS, Options
from course_tools.grading.outputs.moodle import assign_worksheets, moodle_times
from course_tools.grading.outputs.summary import handed_in_topics
from course_tools.grading.results import ClassGrades, SubmissionGrade


def worksheets_of(options: Options, grades: ClassGrades) -> tuple[Options, dict[str, Path]]:
    """The options with each worksheet under its lesson, and the worksheets that this run fills in, by topic.

    One that was kept is not filled in by a run that grades nothing of its lesson. Raises ValueError as
    `assign_worksheets` does.
    """
    topics = handed_in_topics(grades)
    before = options.kept.get(WORKSHEETS, ())
    kept = assign_worksheets(before, topics)
    given = assign_worksheets([text for text in options.values.get(WORKSHEETS, ()) if text not in before], topics)
    still = {topic: file for topic, file in kept.items() if topic not in given}
    if not (still or given):
        return options, {}
    values = {**options.values, WORKSHEETS: (*_typed(still), *_typed(given))}
    of_before = {**options.kept, WORKSHEETS: _typed(still)}
    used = {topic: file for topic, file in still.items() if topic in topics} | given
    return dataclasses.replace(options, values=values, kept=of_before), used


def _typed(worksheets: Mapping[str, Path]) -> tuple[str, ...]:
    return tuple(f"{find_topic(topic).number:02d}={file}" for topic, file in worksheets.items())


def with_times_of_moodle(
    grades: ClassGrades, worksheets: Mapping[str, Path], due: str
) -> tuple[ClassGrades, tuple[str, ...]]:
    """The grades with the times at which things were handed in, where a worksheet of Moodle says them, and so late.

    Also sentences about times that could not be read.
    """
    times: dict[tuple[str, str], str] = {}
    unread: list[str] = []
    for topic, worksheet in worksheets.items():
        of_topic, more = moodle_times(grades, topic, worksheet)
        times |= {(student, topic): time for student, time in of_topic.items()}
        unread += more
    submissions = (
        dataclasses.replace(one, submitted_at=time, late=is_late(time, due), dated_by=DatedBy.MOODLE)
        if (time := times.get((one.student, one.topic)))
        else one
        for one in grades.submissions
    )
    return dataclasses.replace(grades, submissions=tuple(submissions)), tuple(unread)


def last_grades(file: Path) -> ClassGrades | None:
    """What the last run wrote; None if there is nothing, or nothing that can be read."""
    try:
        return ClassGrades.read(file)
    except (OSError, ValueError):
        return None


def changed_times(before: ClassGrades | None, now: ClassGrades) -> tuple[str, ...]:
    """Sentences about submissions whose time is said by something else than in the run before, or is another one.

    So it is without the worksheet, and if the same files were copied or unpacked meanwhile.
    """
    last = {(one.student, one.topic): one for one in before.submissions} if before else {}
    changed: dict[tuple[str, str], list[tuple[SubmissionGrade, SubmissionGrade]]] = defaultdict(list)
    for one in now.submissions:
        old = last.get((one.student, one.topic))
        if old is None or not (old.dated_by and one.dated_by):
            continue
        if old.dated_by != one.dated_by or (old.digest == one.digest and old.submitted_at != one.submitted_at):
            changed[old.dated_by, one.dated_by].append((old, one))
    return tuple(_changed(clocks, pairs) for clocks, pairs in changed.items())


def _changed(clocks: tuple[str, str], pairs: Sequence[tuple[SubmissionGrade, SubmissionGrade]]) -> str:
    then, today = clocks
    late = f"late of them: {sum(old.late for old, _ in pairs):,} then, {sum(new.late for _, new in pairs):,} now"
    if then == today:
        have = "submission that is as it was has" if len(pairs) == 1 else "submissions that are as they were have"
        return f"{len(pairs):,} {have} another time than in the last run, dated {today}; {late}"
    were, are = ("submission was", "is") if len(pairs) == 1 else ("submissions were", "are")
    return f"{len(pairs):,} {were} dated {then} in the last run and {are} now dated {today}; {late}"
