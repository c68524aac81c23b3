"""Scores of heads: by hand, on heads that are built to copy, and at the borders."""

import pytest
import torch

from course_lib.interpretability import (
    copying_score,
    copying_table,
    head_outputs,
    induction_score,
    looking_score,
    previous_token_score,
    repeated_tokens,
    residual_stream,
)
from tests.interpretability.models import KINDS, lively, tokens


def test_previous_token_score_by_hand() -> None:
    weights = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [0.1, 0.7, 0.2]])
    assert previous_token_score(weights).item() == pytest.approx((0.5 + 0.7) / 2)


def test_a_head_that_always_looks_back_by_one_has_score_one() -> None:
    weights = torch.zeros(2, 5, 5)
    weights[:, 0, 0] = 1
    weights[:, range(1, 5), range(4)] = 1
    assert previous_token_score(weights).tolist() == [1, 1]


def test_one_token_has_no_previous_one() -> None:
    with pytest.raises(ValueError, match="no previous one"):
        previous_token_score(torch.ones(1, 1))


def test_induction_score_by_hand() -> None:
    # A B A B: the second A, query 2, should look at B, key 1; the second B, query 3, at what came after B, key 2.
    weights = torch.zeros(4, 4)
    weights[2, 1], weights[3, 2] = 0.75, 0.25
    weights[1, 0] = 1.0  # on the same diagonal, but in the first half
    assert induction_score(weights, period=2).item() == 0.5


@pytest.mark.parametrize("period", [0, 4, 9])
def test_a_text_must_be_longer_than_its_period(period: int) -> None:
    with pytest.raises(ValueError, match="does not repeat"):
        induction_score(torch.ones(4, 4), period)


def test_repeated_tokens_repeat_and_hold_nothing_twice_in_a_half() -> None:
    rows = repeated_tokens(50, n=3, period=20, seed=1)
    assert rows.shape == (3, 40)
    assert torch.equal(rows[:, :20], rows[:, 20:])
    assert all(len(row.unique()) == 20 for row in rows)
    assert torch.equal(rows, repeated_tokens(50, n=3, period=20, seed=1))
    assert not torch.equal(rows, repeated_tokens(50, n=3, period=20, seed=2))
    with pytest.raises(ValueError, match="20 different tokens"):
        repeated_tokens(19, n=1, period=20)


def test_looking_score_is_the_mean_over_pairs() -> None:
    weights = torch.rand(2, 1, 3, 4, 4)
    score = looking_score(weights, torch.tensor([3, 2]), torch.tensor([1, 0]))
    torch.testing.assert_close(score, (weights[..., 3, 1] + weights[..., 2, 0]) / 2)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_the_copying_table_is_what_a_head_alone_would_say(kind: str) -> None:
    """One token is all that a head can look at, so its output is that token's value: the same by another way."""
    model = lively(kind)
    if kind == "GPT":
        model.position_embedding.weight.zero_()  # the table leaves positions out
    some = torch.tensor([2, 5, 7, 11])
    gathered = head_outputs(model, some[:, None])[0, :, 1, 0]  # layer 0, head 1: (n, D)
    D = gathered.shape[-1]
    written = gathered @ model.blocks[0].attention.out_proj.weight[:, D : 2 * D].T
    torch.testing.assert_close(copying_table(model, 0, 1, some), written @ model.head.weight[some].T)


@torch.no_grad()
def test_the_copying_table_of_a_stream_begins_there() -> None:
    model, idx = lively("GPT"), tokens(1, 6)
    stream = residual_stream(model, idx)[1][0]  # before layer 1: (T, C)
    values = model.blocks[1].attention.qkv_proj(model.blocks[1].norm_1(stream)).chunk(3, dim=-1)[2][:, 4:8]  # head 1
    written = values @ model.blocks[1].attention.out_proj.weight[:, 4:8].T
    expected = written @ model.head.weight[idx[0]].T
    torch.testing.assert_close(copying_table(model, 1, 1, idx[0], stream), expected)


def test_the_copying_score_counts_rows_whose_largest_is_on_the_diagonal() -> None:
    table = torch.tensor([[3.0, 1, 0], [2.0, 1, 0], [0, 0, 1.0]])
    assert copying_score(table) == pytest.approx(2 / 3)


def test_tokens_of_the_helper_are_in_the_vocabulary() -> None:
    assert int(tokens(3, 4).max()) < 13
