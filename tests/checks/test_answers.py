"""Every answer in the tables of `tests/checks/answers`: right ones pass, wrong ones are refused and named."""

from collections import Counter

import pytest

from course_lib.checks.engine.examine import RIGHT, WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import TABLES, TOPIC_OF, examined

RIGHT_ANSWERS = [
    (name, source) for table in TABLES.values() for name, sources in table.RIGHT_ANSWERS.items() for source in sources
]
WRONG_ANSWERS = [row for table in TABLES.values() for row in table.WRONG_ANSWERS]
SEEN_ANSWERS = [row for table in TABLES.values() for row in getattr(table, "SEEN_ANSWERS", ())]
SEEDS = {"tokenization": (1, 2, 3)}  # elsewhere (3,)
LEAST = {"tokenization": (3, 3), "multi_head_attention": (3, 3), "modern": (5, 10), "interpretability": (5, 10)}
NAMED = 0.85  # of the wrong answers of an exercise


@pytest.mark.parametrize(("name", "source"), RIGHT_ANSWERS, ids=[name for name, _ in RIGHT_ANSWERS])
def test_right_answers_pass_however_they_are_written(name: str, source: str) -> None:
    for seed in SEEDS.get(TOPIC_OF[name], (3,)):
        examination = examined(name, source, seed)
        assert examination.status == RIGHT, report_of(examination)


@pytest.mark.parametrize(
    ("name", "mistake", "source"), WRONG_ANSWERS, ids=[f"{name}-{mistake}" for name, mistake, _ in WRONG_ANSWERS]
)
def test_wrong_answers_are_refused_and_named(name: str, mistake: str | None, source: str) -> None:
    for seed in SEEDS.get(TOPIC_OF[name], (3,)):
        examination = examined(name, source, seed)
        assert examination.status == WRONG
        assert (examination.mistake and examination.mistake.name) == mistake, report_of(examination)


@pytest.mark.parametrize(("name", "seen", "source"), SEEN_ANSWERS, ids=[f"{row[0]}-{row[1]}" for row in SEEN_ANSWERS])
def test_of_wrong_answers_without_a_name_it_is_told_what_can_be_seen(name: str, seen: str, source: str) -> None:
    examination = examined(name, source)
    assert examination.status == WRONG
    assert examination.mistake is None, report_of(examination)
    assert seen in " ".join(examination.seen), report_of(examination)


@pytest.mark.parametrize("name", TOPIC_OF)
def test_every_exercise_has_answers_of_both_kinds_and_most_mistakes_have_a_name(name: str) -> None:
    right, wrong = LEAST.get(TOPIC_OF[name], (2, 3))
    mistakes = [mistake for exercise, mistake, _ in WRONG_ANSWERS if exercise == name]
    rows = f"tests/checks/answers/{TOPIC_OF[name]}.py"
    assert Counter(exercise for exercise, _ in RIGHT_ANSWERS)[name] >= right, f"more right answers belong into {rows}"
    assert len(mistakes) >= wrong, f"more wrong answers belong into {rows}"
    assert sum(mistake is not None for mistake in mistakes) >= NAMED * len(mistakes)


def test_every_row_is_of_an_exercise_of_its_topic() -> None:
    for topic, table in TABLES.items():
        assert {TOPIC_OF.get(name) for name in (*table.RIGHT_ANSWERS, *(row[0] for row in table.WRONG_ANSWERS))} == {
            topic
        }
