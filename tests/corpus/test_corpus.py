"""The stories in the box: pleasant and correct English, known probabilities, the same on every machine."""

import hashlib
import math
import re
import statistics
import subprocess
import sys
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.corpus import Story, generate, load_stories, score, story_entropy, token_entropy, words, write_story
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.sampler import Sampler, pool_of
from course_lib.corpus.telling import Plot, tell, trace
from course_lib.corpus.words import ANIMAL_HEROES, CHILDREN, names
from course_lib.tokenization import to_tiktoken, train_tokenizer


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    return list(islice(generate("train"), 3_000))


# The same everywhere


def test_the_first_hundred_stories_are_these_on_every_machine_and_python() -> None:
    text = "\n".join(story.text for story in islice(generate("train"), 100))
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "4c5a77bfdae204f1468e728c58bfe26d79f2d007f03191847a2656346eaa44c9"
    )


def test_the_first_stories_do_not_depend_on_how_many_are_taken() -> None:
    assert load_stories("sample", n=20)["text"][:7] == load_stories("sample", n=7)["text"][:7]


def test_neither_global_randomness_nor_the_hash_seed_matters() -> None:
    script = "import random; random.seed(5); from course_lib.corpus import write_story; print(write_story(1).text)"
    told = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert told == {write_story(1).text + "\n"}


def test_train_and_validation_share_no_story() -> None:
    train = {story.text for story in islice(generate("train"), 3_000)}
    validation = {story.text for story in islice(generate("validation"), 1_000)}
    assert len(train) == 3_000
    assert not train & validation


# English


def test_every_plot_is_told_and_about_equally_often(stories: list[Story]) -> None:
    told = Counter(story.plot for story in stories)
    assert len(told) == len(PLOTS) >= 12
    expected = len(stories) / len(PLOTS)
    assert all(abs(count - expected) < 6 * math.sqrt(expected) for count in told.values())  # six deviations


def test_stories_have_60_to_200_words(stories: list[Story]) -> None:
    lengths = [len(story.text.split()) for story in stories]
    assert 60 <= min(lengths)
    assert max(lengths) <= 200


def test_the_stories_use_some_4000_different_words(stories: list[Story]) -> None:
    different = {word for story in stories for word in re.findall(r"[a-z']+", story.text.lower())}
    assert 3_500 <= len(different) <= 5_000


def test_words_are_as_unequally_frequent_as_real_ones(stories: list[Story]) -> None:
    """Zipf 1949: the word of rank r is about r times rarer than the most frequent one."""
    counts = Counter(word for story in stories for word in re.findall(r"[A-Za-z']+", story.text)).most_common(1_000)
    ranks = [math.log(rank) for rank in range(10, 1_001)]
    slope = statistics.linear_regression(ranks, [math.log(count) for _, count in counts[9:]]).slope
    assert -1.2 < slope < -0.9


def test_the_training_stories_hold_the_vocabulary_that_the_configuration_asks_for() -> None:
    # In a process of its own: telling 20,000 stories takes minutes where every call's types are checked.
    script = (
        "from course_lib.corpus import load_stories; from course_lib.tokenization import train_tokenizer; "
        'print(train_tokenizer(load_stories("sample")["text"], vocab_size=10_000).get_vocab_size())'
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "10000"


def test_sentences_are_put_down_properly(stories: list[Story]) -> None:
    for story in stories:
        text = story.text
        assert not re.search(r"[{}\[\]|<>#_]|  | [.,!?]|\.\.|,,", text), text  # placeholders, spaces, doubled marks
        assert text.isascii(), text
        for paragraph in text.split("\n\n"):
            assert paragraph.count('"') % 2 == 0, paragraph
            assert re.match(r'["A-Z]', paragraph), paragraph
            assert re.search(r'[.!?]"?$', paragraph), paragraph
        for end, start in re.findall(r'([.!?]"?) (\S)', text):
            assert start.isupper() or start == '"' or end.endswith('"'), text


def test_a_and_an_fit_the_word_that_follows(stories: list[Story]) -> None:
    for story in stories:
        for article, word in re.findall(r"\b([Aa]n?) ([A-Za-z]+)", story.text):
            wants_an = word[0].lower() in "aeiou" and not word.lower().startswith(("uni", "use", "one"))
            wants_an = wants_an or word.lower().startswith(("honest", "hour"))
            assert (article.lower() == "an") == wants_an, f"{article} {word} in {story.text}"


def test_no_word_stands_twice_in_a_row(stories: list[Story]) -> None:
    for story in stories:
        assert not re.search(r"\b(\w+) \1\b", story.text.lower()), story.text


def test_pronouns_fit_whoever_is_alone_in_a_sentence(stories: list[Story]) -> None:
    """After the first sentence, which names the hero, the second speaks of nobody else."""
    she = {character.name for character in (*CHILDREN, *ANIMAL_HEROES) if character.he == "she"}
    seen = 0
    for story in stories:
        opening = re.match(
            r"[^.]*?\b([A-Z][a-z]+)\b[^.]*\. (He|She|His|Her) ", story.text.replace("Once upon a time", "")
        )
        if opening is None:
            continue
        hero = next(name for name in re.findall(r"[A-Z][a-z]+", story.text) if name in NAMES)
        assert (opening[2] in ("She", "Her")) == (hero in she), story.text
        seen += 1
    assert seen > len(stories) / 2


NAMES = {character.name for character in (*CHILDREN, *ANIMAL_HEROES)}


def test_no_story_names_two_characters_alike(stories: list[Story]) -> None:
    for story in stories:
        introduced = re.findall(r"named ([A-Z][a-z]+)", story.text)
        assert len(set(introduced)) == len(introduced), story.text


# Probability


def test_no_word_stands_twice_in_a_pool_and_no_name_in_two_lists() -> None:
    for pool in words.POOLS.values():
        assert len(set(pool)) == len(pool)
    people = [*names.GIRLS, *names.BOYS, *names.ANIMAL_GIRLS, *names.ANIMAL_BOYS]
    every = [*people, *names.PET_NAMES, *names.TOY_NAMES, *names.TOWNS]
    assert [name for name, count in Counter(every).items() if count > 1] == []


def test_one_choice_of_n_costs_log_n_and_a_single_option_nothing() -> None:
    sampler = Sampler.seeded(0)
    sampler.choose(["a"])
    assert sampler.log_probability == 0
    sampler.choose("abcd")
    sampler.choose("ab")
    assert sampler.log_probability == pytest.approx(-math.log(8))


@given(items=st.integers(1, 40), taken=st.sets(st.integers(0, 39)))
def test_what_is_left_of_a_pool_has_probabilities_that_sum_to_one(items: int, taken: set[int]) -> None:
    pool = pool_of(tuple(range(items)))
    free = [pool.weight(item) / pool.left(pool.gone(taken)) for item in range(items) if item not in taken]
    assert not free or sum(free) == pytest.approx(1)


def test_an_item_is_drawn_as_often_as_its_weight_says_and_never_if_it_is_taken() -> None:
    items, taken, n = tuple("abcdefgh"), {"a", "d", "h"}, 20_000
    pool = pool_of(items)
    drawn = Counter(Sampler.seeded(seed).draw(items, taken) for seed in range(n))
    assert not taken & set(drawn)
    for item in set(items) - taken:
        share = pool.weight(pool.rank[item]) / pool.left(pool.gone(taken))
        assert abs(drawn[item] - n * share) < 5 * math.sqrt(n * share * (1 - share))  # five deviations


@given(point=st.floats(0, 1, exclude_max=True), taken=st.sets(st.sampled_from("abcdefgh"), max_size=6))
def test_every_point_leads_to_an_item_that_is_free_and_costs_its_probability(point: float, taken: set[str]) -> None:
    sampler = Sampler(lambda: point)
    item = sampler.draw(tuple("abcdefgh"), taken)
    pool = pool_of(tuple("abcdefgh"))
    share = pool.weight(pool.rank[item]) / pool.left(pool.gone(taken))
    assert item not in taken
    assert math.exp(sampler.log_probability) == pytest.approx(share)


def test_the_last_item_left_is_free_and_none_left_is_refused() -> None:
    sampler = Sampler(lambda: 1 / 0)
    assert sampler.draw(("a", "b"), {"a"}) == "b"
    assert sampler.log_probability == 0
    with pytest.raises(ValueError, match="all 2 items"):
        sampler.draw(("a", "b"), {"a", "b"})


def test_choices_are_uniform() -> None:
    drawn = Counter(Sampler.seeded(seed).choose("abcd") for seed in range(4_000))
    # Each of 4 options is expected 1,000 times, with a deviation of √(4000·¼·¾) = 27; five of them are allowed.
    assert all(abs(count - 1_000) < 5 * 27.4 for count in drawn.values())


@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_the_score_of_a_story_is_the_probability_it_was_told_with(seed: int) -> None:
    story = write_story(seed)
    assert score(story.text) == pytest.approx(story.log_probability, abs=1e-9)


def test_each_story_has_exactly_one_derivation(stories: list[Story]) -> None:
    for story in stories[:150]:
        assert sum(len(trace(plot, story.text).log_probabilities) for plot in PLOTS) == 1, story.text


def follow(plot: Plot, path: list[float]) -> tuple[str, float, list[float]]:
    """The story whose decisions are the points of `path`, then 0; its log-probability; where the options end."""
    before: list[float] = []  # the sampler's log-probability at each decision

    def point() -> float:
        before.append(sampler.log_probability)
        if len(path) < len(before):
            path.append(0.0)
        return path[len(before) - 1]

    sampler = Sampler(point)
    text = tell(plot, sampler)
    after = [*before[1:], sampler.log_probability]
    return text, sampler.log_probability, [at + math.exp(b - a) for at, a, b in zip(path, before, after, strict=True)]


def test_the_probabilities_of_all_stories_of_a_plot_sum_to_one() -> None:
    # Every chain of decisions of a small plot is walked through, depth first. A decision is a point of [0, 1); what it
    # cost says how wide its option's part is, and so where the next one begins.
    small = Plot(
        "small",
        cast={"hero": CHILDREN[:3], "friend": CHILDREN[:3]},
        text="[{hero} saw {friend}.|{hero} slept[ well|] {any number} hours.]",
    )
    total, texts, path = 0.0, set(), []
    while True:
        text, log_probability, ends = follow(small, path)
        texts.add(text)
        total += math.exp(log_probability)
        while path and ends[len(path) - 1] > 1 - 1e-9:
            path.pop()
        if not path:
            break
        path[-1] = ends[len(path) - 1] + 1e-12
    assert total == pytest.approx(1)
    assert len(texts) > 50


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(".", "!", 1),
        lambda text: text[:-1],
        lambda text: text + " The end.",
        lambda text: text.replace(" a ", " the ", 1),
        lambda text: "",
    ],
)
def test_a_text_that_the_generator_cannot_tell_has_no_score(change: object) -> None:
    assert score(change(write_story(3).text)) is None


def test_the_entropy_is_moderate_and_its_error_small() -> None:
    entropy = story_entropy(1_000)
    assert 60 < entropy.mean < 110
    assert entropy.standard_error < 0.5
    by_hand = statistics.fmean(-story.log_probability for story in islice(generate("train"), 1_000))
    assert entropy.mean == pytest.approx(by_hand)


def test_the_entropy_of_a_token_counts_a_storys_tokens_and_one_end() -> None:
    texts = [story.text for story in islice(generate("train"), 200)]
    rust = train_tokenizer(texts, vocab_size=600)

    class Characters:
        def encode(self, text: str) -> list[int]:
            return [ord(character) for character in text]

    nats = sum(-story.log_probability for story in islice(generate("train"), 200))
    assert token_entropy(Characters(), 200).mean == pytest.approx(nats / sum(len(text) + 1 for text in texts))
    assert token_entropy(rust, 200) == token_entropy(to_tiktoken(rust), 200)


def test_an_estimate_of_one_story_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 stories, got n = 1"):
        story_entropy(1)
