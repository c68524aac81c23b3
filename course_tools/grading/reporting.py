"""`course grade` as a whole: grade, take in what people decided, write reports and grade books, say what came of it."""

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from course_lib.util.topics import find_topic
from course_tools.authoring.layout import find_course
from course_tools.grading.collect import Keep, Submission
from course_tools.grading.due import parse_due
from course_tools.grading.extensions import read_extensions, read_policy, with_extensions, with_penalties
from course_tools.grading.handout import load_handouts
from course_tools.grading.into_notebooks import copies_of, write_copies
from course_tools.grading.kept_options import options_in, require_file
from course_tools.grading.naming import student_named
from course_tools.grading.outputs import CLASS_PAGE, apply_marks, enter_marks, from_page, write_all
from course_tools.grading.outputs.left_over import left_over
from course_tools.grading.outputs.marking import where_to_mark
from course_tools.grading.outputs.summary import WAITING, handed_in_topics, label
from course_tools.grading.outputs.text import counted, one_line
from course_tools.grading.whole_class import GRADED, GRADES, grade_class
from course_tools.grading.worksheets import changed_times, last_grades, with_times_of_moodle, worksheets_of

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
    marks: Sequence[Path] = (),
    extensions: Path | None = None,
    late_policy: Path | None = None,
    topics: Sequence[str] = (),
    worksheets: Sequence[str] = (),
    accept_flagged: bool = False,
    forget: Iterable[str] = (),
    into_notebooks: bool = False,
    **options: Any,
) -> int:
    """`course grade`: grade, write reports and grade books, and say in a few lines what came of it.

    due, keep, layout, roster, marks, extensions, late_policy, topics, worksheets, accept_flagged: kept with the grades,
    and taken up by a later run that is not given them.   forget: names of those that are no longer to be.
    marks: files that pages for marking saved, which are entered into the form, and at most one of one's own.
    worksheets: Moodle's, `NN=FILE` or just the file; both besides what `outputs` writes for every class.
    into_notebooks: also write a copy of each notebook with the verdicts under their cells.
    Exit status 1 if something was not graded, or could not be written.
    """
    parse_due(due)
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out {out}: this is a file, and a folder is wanted")
    for path in marks:
        require_file("marks", path)
    saved = [path for path in marks if from_page(path)]
    own = [path for path in marks if path not in saved]
    if len(own) > 1:
        raise ValueError(f"--marks: one file of your own at a time, got {' and '.join(map(str, own))}")
    asked = {"due": due, "keep": keep, "layout": layout, "roster": roster, "extensions": extensions}
    asked |= {"late-policy": late_policy, "accept-flagged": "yes" if accept_flagged else ""}
    one_each = {name: [value] if value else [] for name, value in asked.items()}
    kept = options_in(out / GRADED, {**one_each, "marks": own, "topic": topics, "moodle": worksheets}, forget)
    if kept.kept:
        print("as before: " + ", ".join(kept.sentences_of_kept()) + " (change by giving another; end by --forget NAME)")
    due = kept.get("due")
    policy = read_policy(file) if (file := kept.path("late-policy")) else None
    granted = read_extensions(file) if (file := kept.path("extensions")) else ()
    submissions: list[Submission] = []
    before = last_grades(out / GRADES)
    grades = grade_class(
        source,
        out,
        due=due,
        keep=cast(Keep, kept.get("keep", "latest")),
        layout=kept.get("layout"),
        roster=kept.path("roster"),
        topics=kept.values.get("topic", ()),
        accept_flagged="accept-flagged" in kept.values,
        collected_into=submissions,
        **options,
    )
    kept.write(out / GRADED, without=["extensions", "late-policy", "marks", "moodle"])  # may yet turn out to be wrong
    kept, given = worksheets_of(kept, grades)
    for path in saved:
        print("\n".join(map(one_line, enter_marks(grades, out, path))))
    grades, remarks = apply_marks(dataclasses.replace(grades, options=kept.sentences()), out, kept.path("marks"))
    grades, unread = with_times_of_moodle(grades, given, due)
    grades = dataclasses.replace(with_extensions(grades, granted), remarks=(*grades.remarks, *remarks, *unread))
    if policy is not None:
        grades = with_penalties(grades, due, policy)
    grades = dataclasses.replace(grades, remarks=(*changed_times(before, grades), *grades.remarks))
    kept.write(out / GRADED)
    grades.write(out / GRADES)
    written = write_all(grades, out, due=due, worksheets=given)
    copies: tuple[str, ...] = ()
    places = written.places
    if into_notebooks:
        places |= set(copies_of(grades).values())
        lessons = [find_topic(topic) for topic in handed_in_topics(grades)]
        handouts = load_handouts(options.get("root") or find_course(), lessons)
        copies = tuple(write_copies(grades, submissions, handouts, out))
    labels = [label(exercise) for submission in grades.submissions for exercise in submission.exercises]
    students = counted(len({submission.student for submission in grades.submissions}), "student")
    print(f"{counted(len(grades.submissions), 'submission')} of {students}, seed {grades.seed}: {out / CLASS_PAGE}")
    for text in dict.fromkeys(sorted(labels)):
        count = labels.count(text)
        print(f"  {count:5d} {'wait for their marks' if text == WAITING and count > 1 else text}")
    if WAITING in labels:
        print(where_to_mark(grades, out))
    notes = (*grades.remarks, *copies, *written.remarks, *written.failed)
    for text in (*notes, *left_over(out, places)):
        print(f"note: {one_line(text)}", file=sys.stderr)
    for refusal in grades.rejected:
        print(f"refused: {one_line(refusal.text)}", file=sys.stderr)
    if not grades.isolated:
        print(NOT_ISOLATED, file=sys.stderr)
    only = {student_named(grades.students, name).id for name in options.get("only", ())}
    asked_for = only or {submission.student for submission in grades.submissions}
    failed = any(
        exercise.status == "not graded"
        for submission in grades.submissions
        for exercise in submission.exercises
        if submission.student in asked_for
    )
    return 1 if failed or written.failed else 0
