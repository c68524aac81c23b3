"""Copies of inputs are what `copy.deepcopy` makes of them."""

import copy
from collections import Counter, OrderedDict

import numpy as np
import pytest
import torch

from course_lib.checks.engine.copies import copied
from course_lib.checks.engine.drive import is_as_before, snapshot
from course_lib.config import GPTConfig

TENSOR = torch.arange(6.0).view(2, 3)
VALUES = [
    None, True, 3, 0.5, "text", b"x", (1, [2.0, {"a": TENSOR}]), {1, 2}, Counter("aab"), OrderedDict(a=1),
    TENSOR, TENSOR.t(), TENSOR[:, 1:], TENSOR[0], TENSOR.expand(4, 2, 3), torch.tensor(float("nan")), torch.empty(0, 2),
    torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.ones(2)), np.arange(4)[::2], GPTConfig(n_embd=20),
    torch.tensor([1 + 2j, complex("nan")]),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_copy_is_equal_of_the_same_kind_and_independent(value):
    made, deep = copied(value), copy.deepcopy(value)
    assert type(made) is type(value)
    if isinstance(value, torch.Tensor):
        assert (made.stride(), made.dtype, made.requires_grad) == (deep.stride(), deep.dtype, deep.requires_grad)
        assert is_as_before(snapshot(value), made)
        assert not value.numel() or made.data_ptr() != value.data_ptr()
    elif isinstance(value, np.ndarray):
        assert np.array_equal(made, value)
        assert not np.shares_memory(made, value)
    else:
        assert repr(made) == repr(value)


def test_a_thing_that_comes_twice_is_one_thing_in_the_copy():
    words = [1, 2]
    one, other, tensor, same = copied((words, words, TENSOR, {"x": TENSOR}))
    assert one is other is not words
    assert same["x"] is tensor is not TENSOR


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.complex64])
def test_numbers_that_are_none_are_as_before_in_the_same_places_only(kind):
    before = torch.tensor([1.0, float("nan"), 2.0]).to(kind)
    assert is_as_before(snapshot(before), before.clone())
    assert not is_as_before(snapshot(before), torch.tensor([1.0, 2.0, float("nan")]).to(kind))
    assert not is_as_before(snapshot(before), torch.tensor([1.0, float("nan"), 3.0]).to(kind))
    assert not is_as_before(snapshot(before.nan_to_num(5.0)), before)
