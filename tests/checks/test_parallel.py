"""The exercises of lesson 14: the devices that stand in for real ones, and the predictions against the library."""

import pytest
import torch

from course_lib.checks.engine import drive
from course_lib.checks.parallel.predict_ddp_bytes import GPT2_PARAMETERS, predict_ddp_bytes
from course_lib.checks.parallel.predict_tp_bytes import predict_tp_bytes
from course_lib.config import PRESETS
from course_lib.parallel import data_parallel_bytes, sent_bytes


def test_a_ring_passes_on_copies_and_counts_what_is_sent() -> None:
    ring_of_three = drive.FakeRing(3)
    sent = [torch.tensor([float(rank)]) for rank in range(3)]
    arrived = ring_of_three.exchange(sent)
    sent[0] += 100
    assert [tensor.item() for tensor in arrived] == [2, 0, 1]
    assert ring_of_three.exchanges == [3]


def test_a_ring_in_which_somebody_sends_nothing_says_so() -> None:
    with pytest.raises(ValueError, match="the ring has 3 devices, and each sends one tensor; got 2"):
        drive.FakeRing(3).exchange([torch.ones(1), torch.ones(1)])


def test_an_all_reduce_of_unequal_tensors_or_by_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the same shape, got \[\(1,\), \(2,\)\]"):
        drive.FakeAllReduce()([torch.ones(1), torch.ones(2)])
    with pytest.raises(ValueError, match='"sum" or "max", got \'mean\''):
        drive.FakeAllReduce()([torch.ones(1)], "mean")


def test_predictions_are_what_the_library_counts() -> None:
    # The checks don't import course_lib.parallel, which takes seconds; so they state the formulas once more.
    assert predict_ddp_bytes() == data_parallel_bytes(GPT2_PARAMETERS, 8).sent
    config = PRESETS["llama-3.2-1b"]
    stream = 4 * 2048 * config.n_embd * 4  # bytes of (B, T, C) in float32
    assert predict_tp_bytes() == 4 * config.n_layer * sent_bytes("all_reduce", stream, 8)
