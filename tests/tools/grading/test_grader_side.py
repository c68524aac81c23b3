"""What an answer returns costs the grader's own process neither time nor memory beyond what was allowed."""

import json

import pytest
import torch

from course_tools.grading.inside import wire
from course_tools.grading.inside.wire import HEADER, Malformed, pack, unpack
from course_tools.grading.record import MAX_DETAIL
from tests.tools.grading.conftest import graded, with_answers


def over_the_wire(value):
    frame = pack(value)
    _, text, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + text], frame[HEADER.size + text :])


def test_tensors_that_are_too_many_together_are_refused():
    one = json.dumps(["list", [["tensor", "u8", [1_000]]] * 200]).encode()
    assert len(unpack(one, bytes(200 * 1_000))) == 200
    many = json.dumps(["list", [["tensor", "u8", [1_000]]] * 300]).encode()
    with pytest.raises(Malformed, match="numbers are too large"):
        unpack(many, bytes(300 * 1_000))


@pytest.mark.parametrize("shape", [[2**33, 0], [0, 2**33], [2**20, 0, 2**20]])
def test_a_tensor_without_numbers_whose_sum_would_fill_the_memory_is_refused(shape):
    with pytest.raises(Malformed, match="numbers are too large"):
        unpack(json.dumps(["tensor", "f32", shape]).encode(), b"")


def test_many_small_numbers_are_refused_and_an_empty_tensor_is_not():
    assert over_the_wire(torch.empty(3, 0)).shape == (3, 0)
    with pytest.raises(Malformed, match="numbers are too large"):
        over_the_wire(torch.zeros(wire.MAX_NUMBERS + 1, dtype=torch.bool))


def test_a_report_does_not_tell_a_million_numbers(grader):
    """A statement about sums tells the sums: of what this returns a million, which no page could hold."""
    source = "def softmax(x, dim=-1):\n    return torch.zeros(2**20, 1) if dim == 1 else torch.zeros(1, 2**20)"
    grade = graded(grader, with_answers("attention", source))["softmax"]
    assert grade.status == "wrong"
    assert max(len(verdict.detail) for verdict in grade.verdicts) <= MAX_DETAIL + 20
