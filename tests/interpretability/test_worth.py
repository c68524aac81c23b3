"""What a head is worth, and where names stand."""

import math

import pytest
import torch

from course_lib.config import GPTConfig
from course_lib.corpus import Estimate, load_stories
from course_lib.gpt import GPT
from course_lib.interpretability import (
    Head,
    estimate,
    head_outputs,
    interval,
    mean_outputs,
    name_places,
    nats,
    story_rows,
    worth,
)
from course_lib.tokenization import END_OF_TEXT, train_tokenizer
from course_lib.training.story_loss import story_loss
from tests.interpretability.models import KINDS, lively, tokens

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@torch.no_grad()
def test_nats_are_the_models_log_probabilities_of_what_is_counted(kind: str) -> None:
    model, rows = lively(kind), tokens(40, 7)
    counted = torch.rand(40, 6, generator=torch.Generator().manual_seed(2)) < 0.5
    log_p = model(rows[:, :-1]).log_softmax(dim=-1).gather(2, rows[:, 1:, None])[..., 0]
    torch.testing.assert_close(nats(model, rows, counted), -(log_p * counted).sum(dim=1).float(), check_dtype=False)


def test_nats_of_whole_stories_are_those_of_story_loss() -> None:
    stories = [text[:400] for text in load_stories(n=5)["text"]]
    tokenizer = train_tokenizer(stories, vocab_size=300)
    model = GPT(GPTConfig(vocab_size=300, seq_len=400, n_layer=1, n_embd=8, n_head=2)).eval()
    rows = story_rows(tokenizer, stories, 400)
    ours = estimate(nats(model, rows.tokens, rows.real))
    expected = story_loss(model, tokenizer, stories)
    assert ours.mean == pytest.approx(expected.mean, rel=1e-4)
    assert ours.standard_error == pytest.approx(expected.standard_error, rel=1e-3)


@each_kind
@torch.no_grad()
def test_worth_is_the_mean_of_differences_and_its_error_that_of_the_differences(kind: str) -> None:
    model, rows, counted = lively(kind), tokens(50, 7), torch.ones(50, 6, dtype=torch.bool)
    got = worth(model, [Head(0, 1)], rows, counted)
    kept = nats(model, rows, counted)
    D = model.config.head_dim
    model.blocks[0].attention.out_proj.weight[:, D : 2 * D] = 0
    differences = nats(model, rows, counted) - kept
    assert got.mean == pytest.approx(differences.mean().item(), rel=1e-5)
    assert got.standard_error == pytest.approx((differences.std() / math.sqrt(50)).item(), rel=1e-5)


@each_kind
@torch.no_grad()
def test_means_leave_padding_out(kind: str) -> None:
    model, rows = lively(kind), tokens(3, 7)
    real = torch.tensor([[True] * 6, [True] * 4 + [False] * 2, [True] + [False] * 5])
    gathered = head_outputs(model, rows[:, :-1])  # (L, B, H, T, D)
    expected = torch.stack([gathered[:, b, :, t] for b, t in real.nonzero().tolist()]).mean(dim=0)
    torch.testing.assert_close(mean_outputs(model, rows, real), expected)


def test_no_heads_are_worth_nothing() -> None:
    got = worth(lively("GPT"), [], tokens(4, 7), torch.ones(4, 6, dtype=torch.bool))
    assert (got.mean, got.standard_error) == (0, 0)


def test_an_interval_reaches_two_standard_errors_to_each_side() -> None:
    assert interval(Estimate(3.0, 0.5)) == pytest.approx((3 - 0.98, 3 + 0.98))


def test_the_interval_holds_the_truth_in_95_of_100() -> None:
    generator = torch.Generator().manual_seed(0)
    held = 0
    for _ in range(400):
        low, high = interval(estimate(torch.randn(60, generator=generator) * 2 + 5))
        held += low <= 5 <= high
    assert 0.92 < held / 400 < 0.98


def test_one_story_is_not_an_estimate() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        worth(lively("GPT"), [], tokens(1, 7), torch.ones(1, 6, dtype=torch.bool))
    with pytest.raises(ValueError, match="at least 2"):
        estimate(torch.ones(1))


def test_counting_needs_one_column_fewer() -> None:
    with pytest.raises(ValueError, match="one truth value for each prediction"):
        nats(lively("GPT"), tokens(2, 7), torch.ones(2, 7, dtype=torch.bool))


# Names

STORY = "Ann was a girl. Annie saw Ann.\nAnn laughed."


def small_tokenizer():
    return train_tokenizer([STORY, "There was a girl named Ann who ran to Anna."] * 3, vocab_size=290)


def test_a_name_is_found_where_it_stands_alone() -> None:
    tokenizer = small_tokenizer()
    row = story_rows(tokenizer, [STORY], 200).tokens[0].tolist()
    places = name_places(tokenizer, STORY, "Ann")
    assert len(places) == 3  # not within Annie
    assert all(tokenizer.decode(row[place : place + 4]).strip().startswith("Ann") for place in places)
    assert places[0] == 1  # behind the end-of-text


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'Bob' does not occur"):
        name_places(small_tokenizer(), STORY, "Bob")


def test_rows_begin_and_end_with_the_end_of_text_and_are_padded() -> None:
    tokenizer = small_tokenizer()
    end = tokenizer.token_to_id(END_OF_TEXT)
    short, long = "Ann ran.", STORY
    rows = story_rows(tokenizer, [short, long], 200)
    ids = [tokenizer.encode(story, add_special_tokens=False).ids for story in (short, long)]
    assert rows.tokens[0, : len(ids[0]) + 2].tolist() == [end, *ids[0], end]
    assert rows.real.sum(dim=1).tolist() == [len(one) + 1 for one in ids]


def test_a_story_that_is_too_long_is_cut() -> None:
    rows = story_rows(small_tokenizer(), [STORY], 5)
    assert rows.tokens.shape == (1, 6)
    assert rows.real.all()


def test_no_stories_are_refused() -> None:
    with pytest.raises(ValueError, match="no stories"):
        story_rows(small_tokenizer(), [], 5)
