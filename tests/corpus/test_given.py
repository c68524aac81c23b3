"""What the generator knows about stories given their choices, against every story of a small grammar."""

import math
from collections import Counter, defaultdict

import pytest

from course_lib import corpus
from course_lib.corpus import choices_of, choices_so_far, log_prob, log_prob_of_choices, meets, score, write_story
from course_lib.corpus.chance import Chance
from course_lib.corpus.choices import named_choices
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.sampler import Sampler, pool_of
from course_lib.corpus.telling import Bound, Plot, next_draw, slot_key, slot_phrase, tell
from course_lib.corpus.template import Choice
from course_lib.corpus.words import CHILDREN, PLACES

# Pools that take items from each other, a choice before and behind the draws, a friend who depends on the hero, a
# place with spots, a slot that only some stories draw, and an object that two plots share.
TOYS = ("hat", "ball", "red", "kite")
SMALL = (
    Plot(
        "met",
        cast={"hero": CHILDREN[:3], "friend": CHILDREN[:4], "toy": TOYS, "clothes": ("hat", "cap", "red")},
        text="[{hero} wore a {clothes}. |]{friend} gave {hero} a[ {any month}|] {toy}[.|, and {he} [sang|slept].]",
        lesson="kindness",
        about="toy",
    ),
    Plot(
        "lost",
        cast={"hero": CHILDREN[:2], "place": PLACES[:2], "spot": "place.spots", "toy": TOYS[1:], "other": TOYS},
        text="{hero} went {place.to}[ with a {other}|]. The {toy} was {spot}, {place.seats} or {spot}.",
        lesson="patience",
        about="toy",
    ),
)


def every(plot: Plot) -> list[tuple[str, float, Bound]]:
    """All tellings of a plot: text, probability, what the slots hold. Written apart from `tell` and `trace`."""

    def walk(parts: tuple, text: str, p: float, bound: Bound) -> list[tuple[str, float, Bound]]:
        if not parts:
            return [(text, p, bound)]
        part, rest = parts[0], parts[1:]
        if isinstance(part, str):
            return walk(rest, text + part, p, bound)
        if isinstance(part, Choice):
            return [end for o in part.options for end in walk(o + rest, text, p / len(part.options), bound)]
        return fill(part, slot_key(bound, part.name), rest, text, p, bound)

    def fill(slot, key, rest, text, p, bound):
        draw = next_draw(plot, bound, key)
        if draw is None:
            return walk(slot_phrase(bound, slot, key) + rest, text, p, bound)
        name, items = draw
        free = {item: 1 / (rank + 1) for rank, item in enumerate(items) if item not in bound.values()}
        return [
            end
            for item, weight in free.items()
            for end in fill(slot, key, rest, text, p * weight / sum(free.values()), {**bound, name: item})
        ]

    return walk(plot.phrase, "", 1.0, {})


@pytest.fixture(scope="module")
def tellings() -> list[tuple[str, float, dict[str, str]]]:
    return [(text, p / len(SMALL), named_choices(plot, bound)) for plot in SMALL for text, p, bound in every(plot)]


GIVEN = [
    {},
    {"plot": "met"},
    {"lesson": "patience"},
    {"hero": "Lily"},
    {"object": "ball"},
    {"object": "red"},
    {"object": "hat"},
    {"hero": "Lily", "object": "kite", "lesson": "kindness"},
    {"hero": "Tom", "object": "red"},
    {"friend": "Mia"},
    {"friend": "Tom", "object": "red"},
    {"spot": "behind a bench"},
    {"place": "park", "spot": "under the slide", "hero": "Tom"},
    {"place.seats": "on a bench", "object": "ball"},
    {"clothes": "hat"},
    {"other": "ball", "object": "kite"},
]


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_chance_probability_and_entropy_are_those_of_all_stories_counted(given, tellings) -> None:
    wanted = [(text, p) for text, p, choices in tellings if meets(choices, given)]
    total = sum(p for _, p in wanted)
    assert 0 < total <= 1 + 1e-9
    assert log_prob_of_choices(given, SMALL) == pytest.approx(math.log(total))

    texts: dict[str, float] = defaultdict(float)
    for text, p in wanted:
        texts[text] += p / total
    for text, p in list(texts.items())[:: max(1, len(texts) // 8)]:
        assert log_prob(text, given, SMALL) == pytest.approx(math.log(p))

    exact = -sum(p * math.log(p) for p in texts.values())
    found = corpus.entropy(given, 200, plots=SMALL)
    assert abs(found.mean - exact) < 5 * found.standard_error + 1e-9


@pytest.mark.parametrize("given", GIVEN[6:10], ids=str)
def test_stories_are_drawn_as_often_as_they_are_probable_given_the_choices(given, tellings) -> None:
    n = 400
    stories = corpus.sample(given, n, plots=SMALL)
    assert all(meets(choices_of(s.text, SMALL), given) for s in stories[:10])
    assert all(s.log_probability == pytest.approx(log_prob(s.text, given, SMALL)) for s in stories[:10])
    # By the friend, or the spot: groups that are large enough to be counted.
    wanted = [(choices, p) for _, p, choices in tellings if meets(choices, given)]
    total = sum(p for _, p in wanted)
    expected: Counter = Counter()
    for choices, p in wanted:
        expected[choices.get("friend"), choices.get("clothes"), choices.get("other")] += n * p / total
    drawn: Counter = Counter()
    for story in stories:
        choices = choices_of(story.text, SMALL)
        drawn[choices.get("friend"), choices.get("clothes"), choices.get("other")] += 1
    assert set(drawn) <= set(expected)
    assert all(abs(drawn[group] - e) < 5 * math.sqrt(e) + 5 for group, e in expected.items())


def test_the_small_grammar_is_told_with_these_probabilities(tellings) -> None:
    assert sum(p for _, p, _ in tellings) == pytest.approx(1)
    told = {text for text, _, _ in tellings}
    assert all(tell(plot, Sampler.seeded(seed)) in told for plot in SMALL for seed in range(20))


def test_the_choices_of_the_small_grammars_stories_are_read_back(tellings) -> None:
    by_text: dict[str, list] = defaultdict(list)
    for text, _, choices in tellings:
        by_text[text].append(choices)
    for text, told in list(by_text.items())[::400]:
        assert choices_of(text, SMALL) in told


# The real stories


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_each_plot_has_a_lesson_and_something_that_it_is_about(plot: Plot) -> None:
    text = tell(plot, Sampler.seeded(1))
    choices = choices_of(text, [plot])
    assert choices is not None
    assert choices["plot"] == plot.name
    assert choices["lesson"] in ("kindness", "honesty", "courage", "patience")
    assert choices["hero"] in text
    assert choices["object"] in text


def test_hero_object_and_lesson_of_stories_are_read_from_their_texts() -> None:
    assert {
        name: value
        for name, value in choices_of(write_story(3).text).items()
        if name in ("plot", "lesson", "hero", "object")
    } == {"plot": "lost pet", "lesson": "kindness", "hero": "Lily", "object": "hamster"}


def test_a_text_that_cannot_be_told_has_no_choices_and_no_probability() -> None:
    text = write_story(3).text.replace(".", "!", 1)
    assert choices_of(text) is None
    assert log_prob(text) == -math.inf
    assert not meets(choices_of(text), {"hero": "Lily"})


def test_a_story_without_its_end_says_what_it_has_settled() -> None:
    text = write_story(3).text
    plots = PLOTS[2:4]
    half = choices_so_far(text[: len(text) // 2] + "???", plots)
    assert half["hero"] == "Lily"
    assert half["object"] == "hamster"
    assert choices_so_far(text, plots) == choices_of(text, plots)
    assert choices_so_far("No story begins like this.", plots) == {"lesson": "kindness"}  # of both plots


def test_without_anything_given_it_is_the_score() -> None:
    text = write_story(5).text
    assert log_prob(text) == pytest.approx(score(text))


def test_what_is_given_is_what_the_probability_is_divided_by() -> None:
    story = write_story(7)
    assert story.plot != "night"
    choices = choices_of(story.text)
    given = {name: choices[name] for name in ("hero", "object", "lesson")}
    assert log_prob(story.text, given) == pytest.approx(story.log_probability - log_prob_of_choices(given))
    assert log_prob(story.text, {"plot": "night"}) == -math.inf


def test_the_chances_of_all_objects_of_a_plot_sum_to_one() -> None:
    for plot in (plot for plot in PLOTS if plot.name in ("lost pet", "race")):
        pool = [item if isinstance(item, str) else item.name for item in plot.cast[plot.about]]
        assert sum(Chance(plot, {plot.about: name}).of_all() for name in pool) == pytest.approx(1), plot.name


def test_a_scarf_that_is_worn_is_no_present_later() -> None:
    alone = {"plot": "stuck in a tree", "object": "ribbon"}  # of the flying toys and of the clothes
    plot = next(plot for plot in PLOTS if plot.name == alone["plot"])
    pool = pool_of(plot.cast["toy"])
    naive = math.log(pool.weight(pool.rank["ribbon"]) / pool.upto[-1] / len(PLOTS))
    assert naive - 0.05 < log_prob_of_choices(alone) < naive - 1e-3


def test_the_first_samples_do_not_depend_on_n_and_another_seed_gives_others() -> None:
    given = {"hero": "Lily", "lesson": "courage"}
    assert corpus.sample(given, 2, seed=4) == corpus.sample(given, 3, seed=4)[:2]
    assert corpus.sample(given, 2, seed=4) != corpus.sample(given, 2, seed=5)


def test_what_is_known_lowers_the_entropy() -> None:
    plot = {"plot": "race"}
    open_, some, more = (
        corpus.entropy({**plot, **g}, 6) for g in ({}, {"hero": "Hazel"}, {"hero": "Hazel", "object": "mill"})
    )
    assert open_.mean > some.mean + 1 > more.mean + 2


def test_the_entropy_of_a_pool_is_that_of_its_probabilities() -> None:
    pool = pool_of(tuple("abcdef"))
    weights = [1, 1 / 3, 1 / 4, 1 / 5]
    by_hand = -sum(w / sum(weights) * math.log(w / sum(weights)) for w in weights)
    assert pool.entropy({"b", "f"}) == pytest.approx(by_hand)
    assert pool.entropy(set("abcde")) == 0


@pytest.mark.parametrize("given", [{"hero": "Nobody"}, {"object": "kite", "lesson": "patience"}, {"villain": "wolf"}])
def test_what_no_story_has_is_refused(given: dict[str, str]) -> None:
    for ask in (log_prob_of_choices, corpus.sample, corpus.entropy):
        with pytest.raises(ValueError, match=f"no story of the generator has {next(iter(given))}"):
            ask(given)


def test_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 stories, got n = 1"):
        corpus.entropy(n=1)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        corpus.sample(n=0)
