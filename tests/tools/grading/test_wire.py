"""Frames: what goes in comes out, and nothing but plain data does either."""

import json
import socket
import struct
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.catalogue import all_exercises
from course_lib.checks.engine.compare import difference
from course_lib.config import GPTConfig
from course_tools.grading import allowed_modules
from course_tools.grading.flags import forbidden_names
from course_tools.grading.inside import wire
from course_tools.grading.inside.channel import Channel, Closed, Late
from course_tools.grading.inside.tensors import KINDS
from course_tools.grading.inside.wire import HEADER, MAGIC, Malformed, pack, unpack
from course_tools.grading.remote import CONFIGS


def there_and_back(value, configs=CONFIGS):
    frame = pack(value, configs)
    _, text, blob = HEADER.unpack(frame[: HEADER.size])
    assert len(frame) == HEADER.size + text + blob
    return unpack(frame[HEADER.size : HEADER.size + text], frame[HEADER.size + text :], configs)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -(2**100), 0.1, float("inf"), "text\ud800", b"\x00\xff", [1, (2, {"a": None})],
     {(1, 2): {3}, b"x": 4}, frozenset({1}), Counter("aab"), GPTConfig(n_embd=20), [], (), {}],
    ids=repr,
)  # fmt: skip
def test_plain_data_comes_back_as_it_was(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("dtype", sorted(KINDS.values(), key=str), ids=str)
def test_tensors_come_back_with_kind_and_shape(dtype):
    for shape in ((), (0, 3), (2, 3)):
        tensor = torch.ones(shape).to(dtype)
        back = there_and_back([tensor, tensor])[1]
        assert (back.dtype, back.shape) == (dtype, shape)
        assert torch.equal(back, tensor)


def test_arrays_and_views_come_back():
    array = np.arange(6, dtype=np.int32).reshape(2, 3)[:, ::2]
    assert np.array_equal(there_and_back(array), array)
    tensor = torch.arange(6.0).view(2, 3).t().requires_grad_()
    assert torch.equal(there_and_back(tensor), tensor.detach())


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 1, range(3), 10**60, torch.ones(2, dtype=torch.complex64), np.array(["a"]), type],
    ids=["object", "function", "range", "huge", "complex", "text array", "class"],
)
def test_what_is_no_plain_data_is_not_sent(value):
    with pytest.raises(Malformed):
        pack(value)


@pytest.mark.parametrize(
    "text",
    [b"{}", b'["config", "GPTConfig", {}]', b'["tensor", "f32", [1]]', b'["dict", [["list", []]], [1]]',
     b'["unknown", 1]', b"[", b'["list"]', b"1" * 5_000, b"[" * 50_000, b'["list", [' * 60 + b"]]" * 60,
     b'["bytes", "?"]', b'["list", "ab"]',
     b'["dict", ["a", "b"], [1]]', b'["tuple", {"a": 1}]', b'["set", [["set", []]]]', b'["list", [["list", [{}]]]]'],
)  # fmt: skip
def test_what_cannot_be_understood_is_malformed(text):
    with pytest.raises(Malformed):
        unpack(text, b"")


def test_a_channel_ends_waiting_and_believes_no_size():
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with pytest.raises(Late):
        channel.receive(0.05)
    theirs.sendall(struct.pack("!4sII", MAGIC, 1 << 31, 0))
    with pytest.raises(Malformed):
        channel.receive(1)
    theirs.close()
    with pytest.raises(Closed):
        channel.receive(1)


@pytest.mark.parametrize("exercise", all_exercises().values(), ids=lambda exercise: exercise.name)
def test_all_inputs_and_results_of_every_exercise_can_be_sent(exercise):
    assert getattr(drive, exercise.drive.__name__) is exercise.drive
    for case in exercise.cases(torch.Generator().manual_seed(1)):
        for value in [*case.args, *case.kwargs.values()]:
            if not isinstance(value, GPTConfig):
                assert difference(there_and_back(value), value, 0.0) is None
        replace(case, args=there_and_back(case.args))


def test_nothing_that_is_lent_holds_the_answer(handouts):
    for handout in handouts.values():
        for exercise in handout.checks.values():
            sources = allowed_modules.modules_for(handout, exercise)
            assert not any(name.startswith(allowed_modules.NEVER) for name in sources)
            for name in forbidden_names(exercise):
                if name.startswith("course_lib."):
                    module, definition = allowed_modules._home(name)
                    assert "asks to write" in sources.get(module, "asks to write"), (exercise.name, name)
                    compile(sources.get(module, ""), module, "exec")
                    assert f"def {definition}(self" not in sources.get(module, "")


def test_the_stub_stands_where_the_answer_was():
    source = "import math\n\n\n@cache\ndef f(x):\n    return 1\n\n\ndef g():\n    return f(2)\n"
    names = {"cache": lambda function: function}
    exec(allowed_modules.without(source, "f"), names)
    with pytest.raises(RuntimeError, match="f is what this exercise asks to write"):
        names["g"]()
    assert json.dumps(allowed_modules.without(source, "f"))


@pytest.mark.parametrize("expected", [torch.tensor(1), torch.tensor(1.0), 1, 1.0], ids=repr)
@pytest.mark.parametrize("huge", [2**64, -(2**64), 10**400])
def test_a_whole_number_that_no_tensor_holds_is_a_wrong_answer(expected, huge):
    assert difference(expected, huge, 1e-6) is not None


MODULUS = 2**61 - 1  # of the hash of whole numbers


def frame_of(form, blob=b""):
    return unpack(json.dumps(form).encode(), blob)


def colliding(count):
    return [1 + MODULUS * i for i in range(count)]


@pytest.mark.parametrize(
    "form",
    [
        ["set", colliding(60_000)],
        ["frozenset", colliding(60_000)],
        ["dict", colliding(60_000), [1] * 60_000],
        ["counter", colliding(60_000), [1] * 60_000],
        ["list", [["set", colliding(1_000)]] * 60],
        ["set", [["tuple", [key]] for key in colliding(40_000)]],
        ["list", [1] * 1_000_000],
        ["list", [["list", []]] * 400_000],
    ],
    ids=["set", "frozenset", "dict", "counter", "many", "tuples", "long", "lists"],
)
def test_a_reply_cannot_make_its_reader_slow(form):
    text = json.dumps(form).encode()[: wire.MAX_JSON]
    began = time.process_time()
    with pytest.raises(Malformed):
        unpack(text, b"")
    assert time.process_time() - began < 3


@pytest.mark.parametrize("side", [0, 1])
def test_very_many_tensors_are_refused_before_all_are_read(side):
    with pytest.raises(Malformed, match="too large"):
        frame_of(["list", [["tensor", "u8", [side]]] * 100_000], bytes(8 * side * 100_000))


@pytest.mark.parametrize(
    "shape",
    [[-1], [1.0], [True], "1", None, {}, [2], [1] * 65, [1 << 62, 4], [0, 1 << 30], [-1, -1]],
    ids=repr,
)
def test_a_tensor_that_lies_about_its_shape_is_malformed(shape):
    with pytest.raises(Malformed):
        frame_of(["tensor", "f64", shape], bytes(8))


@pytest.mark.parametrize("kind", ["c64", "", None, ["f32"], 3], ids=repr)
def test_a_tensor_of_unknown_numbers_is_malformed(kind):
    with pytest.raises(Malformed):
        frame_of(["tensor", kind, [1]], bytes(8))


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_there_are_as_many_numbers_as_the_tensors_need(length):
    with pytest.raises(Malformed):
        frame_of(["tensor", "f64", [1]], bytes(length))


def test_tensors_of_one_value_share_no_numbers():
    one, other = there_and_back([torch.ones(3), torch.ones(3)])
    one += 1
    assert other.tolist() == [1.0] * 3


def test_few_numbers_with_one_hash_and_many_with_their_own_are_taken():
    powers = {2**i for i in range(126)} | {-1, -2}
    assert there_and_back(powers) == powers
    many = {(i, i / 3): i for i in range(20_000)}
    assert there_and_back(many) == many


def test_a_value_with_too_many_parts_is_refused_where_it_is_made():
    with pytest.raises(Malformed, match="parts is too large"):
        pack([0] * (wire.MAX_PARTS + 1))
