"""Each lesson says, where it can be answered, which exercise its reader can now do."""

import re
from pathlib import Path

import pytest

from course_lib.util.topics import TOPICS, Topic

SOURCES = Path(__file__).parents[3] / "sources"
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MENTION = re.compile(r"exercises?\s+(\d+(?:(?:,| and| to)?\s+\d+)*)", re.IGNORECASE)


def mentioned(lesson: str) -> set[int]:
    """The numbers of all exercises that a lesson's text names: "exercises 1 to 3", "exercise 4"."""
    prose = re.sub(r"\n# ?", " ", lesson)
    numbers: set[int] = set()
    for mention in MENTION.findall(prose):
        for first, last in re.findall(r"(\d+) to (\d+)", mention):
            numbers.update(range(int(first), int(last) + 1))
        numbers.update(map(int, re.findall(r"\d+", mention)))
    return numbers


def test_the_reader_of_mentions_knows_lists_and_ranges():
    assert mentioned("# exercises 1 to 3 and 6\n# **exercise\n# 8** (the last)") == {1, 2, 3, 6, 8}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
def test_a_lesson_names_each_of_its_exercises(topic: Topic):
    solutions = (SOURCES / "solutions" / f"{topic.stem}.py").read_text(encoding="utf-8")
    exercises = {int(number) for number in re.findall(r"^# ## Exercise (\d+)", solutions, re.MULTILINE)}
    lesson = (SOURCES / "notebooks" / f"{topic.stem}.py").read_text(encoding="utf-8")
    assert exercises - mentioned(lesson) == set(), "the lesson never says when these exercises can be done"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
def test_the_opening_of_the_exercises_counts_them(topic: Topic):
    text = (SOURCES / "solutions" / f"{topic.stem}.py").read_text(encoding="utf-8")
    told = re.search(r"^# (\w+) exercises\b", text, re.MULTILINE)
    assert told is not None, "the opening says how many exercises there are: '# Six exercises, …'"
    assert told[1].lower() == WORDS[len(re.findall(r"^# ## Exercise \d+", text, re.MULTILINE)) - 1]
