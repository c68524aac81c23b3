"""`course grade` as a whole: grade, take in what people decided, write reports and grade books, say what came of it."""

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from course_lib.util.topics import find_topic
from course_tools.authoring.layout import find_course
from course_tools.grading.collect import DatedBy, Keep, Submission
from course_tools.grading.due import is_late, parse_due
from course_tools.grading.extensions import read_extensions, read_policy, with_extensions, with_penalties
from course_tools.grading.handout import load_handouts
from course_tools.grading.into_notebooks import write_copies
from course_tools.grading.kept_options import options_in
from course_tools.grading.outputs import CLASS_PAGE, apply_marks, enter_marks, from_page, write_all
from course_tools.grading.outputs.marking import form_in
from course_tools.grading.outputs.moodle import assign_worksheets, moodle_times
from course_tools.grading.outputs.summary import WAITING, handed_in_topics, label
from course_tools.grading.outputs.text import counted, one_line
from course_tools.grading.results import ClassGrades
from course_tools.grading.whole_class import GRADED, GRADES, grade_class

NOT_ISOLATED = """
******************************************************************************
*                                                                            *
*                         N O T   I S O L A T E D                            *
*                                                                            *
*  Student code ran without a sandbox: it could read and change files, and   *
*  use the network. Grades are computed out of its reach as far as possible. *
*                                                                            *
******************************************************************************"""


def grade_and_print(
    source: Path,
    out: Path,
    *,
    due: str = "",
    keep: str | None = None,
    layout: str = "",
    roster: Path | None = None,
    marks: Iterable[Path] = (),
    extensions: Path | None = None,
    late_policy: Path | None = None,
    forget: Iterable[str] = (),
    worksheets: Iterable[str] = (),
    into_notebooks: bool = False,
    **options: Any,
) -> int:
    """`course grade`: grade, write reports and grade books, and say in a few lines what came of it.

    due, keep, layout, roster, marks, extensions, late_policy: kept with the grades, and taken up by a later run that is
    not given them.   forget: names of those that are no longer to be.
    marks: files that pages for marking saved, which are entered into the form, and at most one of one's own.
    worksheets: Moodle's, `NN=FILE` or just the file; both besides what `outputs` writes for every class.
    into_notebooks: also write a copy of each notebook with the verdicts under their cells.
    Exit status 1 if something was not graded, or could not be written.
    """
    parse_due(due)
    saved = [path for path in marks if from_page(path)]
    own = [path for path in marks if path not in saved]
    if len(own) > 1:
        raise ValueError(f"--marks: one file of your own at a time, got {' and '.join(map(str, own))}")
    asked: dict[str, str | Path | None] = {"due": due, "keep": keep, "layout": layout, "roster": roster}
    asked |= {"marks": own[0] if own else None, "extensions": extensions, "late-policy": late_policy}
    kept = options_in(out / GRADED, asked, forget)
    if kept.kept:
        print("as before: " + ", ".join(kept.sentences_of_kept()) + " (change by giving another; end by --forget NAME)")
    due = kept.values.get("due", "")
    policy = read_policy(file) if (file := kept.path("late-policy")) else None
    granted = read_extensions(file) if (file := kept.path("extensions")) else ()
    submissions: list[Submission] = []
    grades = grade_class(
        source,
        out,
        due=due,
        keep=cast(Keep, kept.values.get("keep", "latest")),
        layout=kept.values.get("layout", ""),
        roster=kept.path("roster"),
        collected_into=submissions,
        **options,
    )
    kept.write(out / GRADED, without=["extensions", "late-policy", "marks"])  # which may yet turn out to be wrong
    for path in saved:
        print("\n".join(map(one_line, enter_marks(grades, out, path))))
    grades, remarks = apply_marks(dataclasses.replace(grades, options=kept.sentences()), out, kept.path("marks"))
    given = assign_worksheets(worksheets, handed_in_topics(grades))
    grades, unread = with_times_of_moodle(grades, given, due)
    grades = dataclasses.replace(with_extensions(grades, granted), remarks=(*grades.remarks, *remarks, *unread))
    if policy is not None:
        grades = with_penalties(grades, due, policy)
    kept.write(out / GRADED)
    grades.write(out / GRADES)
    written = write_all(grades, out, due=due, worksheets=given)
    copies: tuple[str, ...] = ()
    if into_notebooks:
        topics = [find_topic(topic) for topic in handed_in_topics(grades)]
        handouts = load_handouts(options.get("root") or find_course(), topics)
        copies = tuple(write_copies(grades, submissions, handouts, out))
    labels = [label(exercise) for submission in grades.submissions for exercise in submission.exercises]
    students = counted(len({submission.student for submission in grades.submissions}), "student")
    print(f"{counted(len(grades.submissions), 'submission')} of {students}, seed {grades.seed}: {out / CLASS_PAGE}")
    for text in dict.fromkeys(sorted(labels)):
        count = labels.count(text)
        print(f"  {count:5d} {'wait for their marks' if text == WAITING and count > 1 else text}")
    if WAITING in labels:
        print(f"Enter the marks that are missing in {form_in(out)}, and run the same command again.")
    for text in (*grades.remarks, *copies, *written.remarks, *written.failed):
        print(f"note: {one_line(text)}", file=sys.stderr)
    for refusal in grades.rejected:
        print(f"refused: {one_line(refusal.text)}", file=sys.stderr)
    if not grades.isolated:
        print(NOT_ISOLATED, file=sys.stderr)
    asked_for = set(options.get("only", ())) or {submission.student for submission in grades.submissions}
    failed = any(
        exercise.status == "not graded"
        for submission in grades.submissions
        for exercise in submission.exercises
        if submission.student in asked_for
    )
    return 1 if failed or written.failed else 0


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
