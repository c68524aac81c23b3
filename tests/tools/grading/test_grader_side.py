"""What an answer returns costs the grader's own process neither time nor memory beyond what was allowed."""

import json
import struct

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


def test_a_tensor_that_is_named_many_times_is_refused():
    blob = wire.save_tensors({"0": torch.zeros(1_000, dtype=torch.uint8)})
    one = json.dumps(["list", [["tensor", "0"]] * 200]).encode()
    assert len(unpack(one, blob)) == 200
    many = json.dumps(["list", [["tensor", "0"]] * 50_000]).encode()
    with pytest.raises(Malformed, match="numbers are too large"):
        unpack(many, blob)


@pytest.mark.parametrize("shape", [(2**33, 0), (0, 2**33), (2**20, 0, 2**20)])
def test_a_tensor_without_numbers_whose_sum_would_fill_the_memory_is_refused(shape):
    header = json.dumps({"0": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}})
    with pytest.raises(Malformed, match="numbers are too large"):
        unpack(json.dumps(["tensor", "0"]).encode(), struct.pack("<Q", len(header)) + header.encode())


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
