import importlib.util

import pytest

from course_lib.util.topics import TOPICS, find_topic


def test_topics_stand_in_the_order_of_their_numbers_and_part_one_has_no_gap():
    numbers = [topic.number for topic in TOPICS]
    assert numbers == sorted(set(numbers))
    assert numbers[:14] == list(range(1, 15))


def test_names_are_told_apart():
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert len({topic.title for topic in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_a_module_of_the_library(topic):
    assert importlib.util.find_spec(f"course_lib.{topic.name}") is not None


@pytest.mark.parametrize("text", ["3", "03", "attention", "03_attention"])
def test_a_topic_is_found_by_number_and_by_name(text):
    assert find_topic(text).stem == "03_attention"


@pytest.mark.parametrize("text", ["", "0", "003", "99", "atention", "03_data"])
def test_an_unknown_topic_is_refused_with_the_list_of_those_there_are(text):
    with pytest.raises(ValueError, match=r"no lesson called .*01_tokenization, 02_data, 03_attention"):
        find_topic(text)
