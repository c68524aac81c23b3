"""Of the class page: how many made which mistake, and what those do who made none that is known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.links import linked
from course_tools.grading.outputs.page import (
    Cell,
    Html,
    bar,
    cell,
    element,
    inline,
    no_head,
    numeric,
    numeric_head,
    row_head,
    table,
)
from course_tools.grading.results import AssignedExercise, ExerciseGrade, SubmissionGrade

Answers = Sequence[tuple[SubmissionGrade, ExerciseGrade]]


@dataclass(frozen=True)
class _Group:
    """Those who made one mistake. name, explanation: of it.   behaviour: what tells unknown ones apart, or ""."""

    name: str
    explanation: str
    behaviour: str = ""


def mistakes(
    asked: Iterable[AssignedExercise], answers: Mapping[tuple[str, str], Answers], links: Mapping[str, str]
) -> list[Html]:
    """A table for each exercise with answers that are not right, first those with most."""
    wrong = {
        exercise: [pair for pair in answers.get((exercise.topic, exercise.name), ()) if pair[1].status == "wrong"]
        for exercise in asked
    }
    ordered = sorted((exercise for exercise in wrong if wrong[exercise]), key=lambda one: -len(wrong[one]))
    if not ordered:
        return [element("p", "No answer was wrong.")]
    return [
        _mistakes_in(exercise, wrong[exercise], len(answers[exercise.topic, exercise.name]), links)
        for exercise in ordered
    ]


def _mistakes_in(asked: AssignedExercise, wrong: Answers, total: int, links: Mapping[str, str]) -> Html:
    groups: dict[_Group, list[tuple[SubmissionGrade, ExerciseGrade]]] = defaultdict(list)
    for submission, exercise in wrong:
        groups[_group_of(exercise)].append((submission, exercise))
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0].name, item[0].behaviour))
    caption = f"{len(wrong)} of {total} not right. To read again: {asked.review or 'the lesson'}."
    return element(
        "div",
        element("h3", f"{summary.title(asked)} ", element("code", asked.name, class_="soft")),
        table(
            caption,
            ("mistake", numeric_head("students"), no_head(), no_head()),
            [_row(group, pairs, total, links) for group, pairs in ordered],
        ),
        class_="mistakes",
    )


def _row(group: _Group, pairs: Answers, total: int, links: Mapping[str, str]) -> tuple[Cell, ...]:
    students = sorted(submission.student for submission, _ in pairs)
    told = [element("div", inline(group.explanation), class_="soft small")]
    if group.behaviour:
        told.append(_what_they_wrote([exercise for _, exercise in pairs]))
    return (
        row_head(group.name, *told),
        numeric(str(len(students))),
        bar([("wrong", len(students)), ("rest", total - len(students))], total),
        cell(element("details", element("summary", "who"), linked(students, links))),
    )


def _what_they_wrote(answers: Sequence[ExerciseGrade]) -> Html:
    """The shortest of answers that do the same: to read before the mistake is written down for the check."""
    shortest = min((answer.answer_source for answer in answers), key=lambda text: (len(text), text))
    return element("details", element("summary", "the shortest of them"), element("pre", shortest))


def _group_of(exercise: ExerciseGrade) -> _Group:
    if exercise.mistake is not None:
        return _Group(exercise.mistake.name, exercise.mistake.explanation)
    failure = summary.first_failure(exercise)
    if failure is None:
        return _Group("The code could not be run", "")
    said = f"First that does not hold: {failure.statement}"
    if not exercise.behaviour:
        return _Group("No mistake that is known", said)
    # What fails first may differ with the inputs that were drawn, so it does not part those who do the same.
    return _Group("No mistake that is known", "They give the same on the same inputs.", exercise.behaviour)
