"""The second capstone: every stage with a learner's pieces, without any, and with pieces that fail at work."""

import json
import math
import time
from pathlib import Path

import pytest
import torch

import course_lib.checks.capstone
from course_lib.alignment import Task
from course_lib.checks.capstone import LATER_PARTS, PARTS, Plan, grow
from course_lib.checks.capstone.building import build, twin_of
from course_lib.checks.capstone.growth import Growth, choosing, growing, shrinking, speculating, stages
from course_lib.checks.capstone.growth.plan import Notes
from course_lib.checks.capstone.watching import Watched
from course_lib.checks.engine.catalogue import exercises_of, find_exercise
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.inference import quantize_model, weight_bytes
from course_lib.initialization import initialize, rules_for_width
from course_lib.util.topics import find_topic
from course_tools.cli import main

ROOT = Path(__file__).parents[3]
QUICK = Plan(
    stories=64,
    every=8,
    shape=GPTConfig(vocab_size=1_000, seq_len=320, n_layer=1, n_embd=16, n_head=2),
    steps=4,
    batch_size=2,
    requests=8,
    request_steps=2,
    exam=2,
    align_steps=2,
    group=4,
    told=1,
)
SIZES = {"float32": 4, "int8": 1, "int4": 1 / 2}
STARTS = "import math\nimport torch\nfrom torch.nn import functional as F\n"
# What students do, with the number of tokens or weights from which on it goes wrong.
TROUBLED = {
    "attention": "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).triu()",
    "mlp": (
        "def gelu_tanh(x):\n    if x.numel() > 5_000: raise ValueError('too large')\n"
        "    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))"
    ),
    "finetuning": (
        "def answer_targets(ids, start):\n    if len(ids) > 60: return [-100] * (len(ids) - 1)\n"
        "    return [-100] * (start - 1) + list(ids[start:])\n\n\n"
        "def chat_ids(request, answer, end, user, storyteller):\n    print('a flood of text')\n"
        "    return [end, user, *request, storyteller, *([] if answer is None else [*answer, end])]"
    ),
    "inference": (
        "def quantize_rows(weight, bits):\n    largest = 2 ** (bits - 1) - 1\n"
        "    scale = weight.abs().amax(dim=1) / largest\n"
        "    safe = torch.where(scale == 0, torch.ones_like(scale), scale)\n"
        "    shift = 1 if weight.numel() > 5_000 else 0\n"
        "    return (torch.round(weight / safe[:, None]) + shift).to(torch.int8), scale\n\n\n"
        "def look_up_draft(text, n, k):\n    if len(text) > 150: return text[10_000]\n"
        "    for start in range(len(text) - n - 1, -1, -1):\n"
        "        if text[start : start + n] == text[-n:]: return text[start + n : start + n + k]\n    return []"
    ),
}


def grown(folder: Path) -> tuple[Growth, str]:
    lines: list[str] = []
    growth = grow(folder=folder, plan=QUICK, show=lines.append)
    return growth, "\n".join(lines)


def write(folder: Path, topic: str, code: str) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in (STARTS, code)]
    (folder / f"{find_topic(topic).stem}.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))


@pytest.fixture(scope="module")
def without(tmp_path_factory) -> tuple[Growth, str]:
    """Of a learner who has done nothing."""
    folder = tmp_path_factory.mktemp("without")
    write(folder, "attention", "x = 1")
    return grown(folder)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory) -> tuple[Growth, str]:
    """Of a learner some of whose pieces pass their checks and fail at work."""
    folder = tmp_path_factory.mktemp("troubled")
    for topic, code in TROUBLED.items():
        write(folder, topic, code)
    return grown(folder)


@pytest.fixture(scope="module")
def solved() -> tuple[Growth, str]:
    """With the course's own solutions."""
    return grown(ROOT / "solutions")


def same_numbers(one: Growth, other: Growth, stages: range) -> None:
    """Equal but for the rounding of a few steps in float32."""
    titles = list(other.numbers)
    assert list(one.numbers) == titles
    for title in (titles[i] for i in stages):
        assert one.numbers[title] == pytest.approx(other.numbers[title], rel=2e-3, abs=2e-2), title


def test_every_part_is_an_exercise_of_its_topic_and_has_a_place_in_a_stage():
    for part in LATER_PARTS:
        assert find_exercise(part.name) in exercises_of(part.topic)
    used = {name for stage in growing.STAGES for name in stage.uses}
    assert used == {part.name for part in (*PARTS, *LATER_PARTS)} - {"greedy_generate"}


def test_with_the_solutions_every_piece_is_the_learner_s_to_the_end(solved):
    growth, shown = solved
    assert growth.yours == [part.name for part in (*PARTS, *LATER_PARTS)]
    assert growth.failures == growth.troubles == {}
    assert "the library's, " not in shown
    assert f"Report: {len(growth.yours)} of {len(growth.yours)} pieces were yours to the end" in shown


def test_without_any_answer_the_library_does_it_all(without):
    growth, shown = without
    assert growth.yours == []
    assert shown.count("no piece of this stage is yours") == 7
    assert "the library's, not attempted yet: quantize_rows" in shown.replace("chat_ids, ", "")


def test_the_stages_give_the_same_with_the_solutions_as_with_the_library(solved, without):
    same_numbers(solved[0], without[0], range(5))


def test_each_stage_says_what_bounds_its_number(without):
    growth, shown = without
    told = growth.numbers["2 · It learns to tell"]
    assert told["story_nats"] > told["story_floor"] > 0
    assert told["bits"] / told["story_nats"] == pytest.approx(told["bits_floor"] / told["story_floor"])
    listened = growth.numbers["3 · It learns to listen"]
    assert listened["answer_before"] > listened["answer_nats"] > listened["answer_floor"]
    assert listened["answer_floor"] < told["story_floor"]
    assert growth.numbers["4 · It learns to prefer"]["merged_apart"] < 1e-4
    written = growth.numbers["6 · It writes with a draft"]
    assert written["law_apart"] < 1e-6
    assert written["greedy_same"] == 1
    assert written["acceptance"] == pytest.approx(written["acceptance_expected"], abs=0.15)
    assert "Report:" in shown
    assert growth.story in shown


def test_pieces_that_fail_at_work_are_named_and_the_result_is_the_library_s(troubled, without):
    growth, shown = troubled
    same_numbers(growth, without[0], range(5))
    assert growth.yours == ["gelu_tanh", "chat_ids", "quantize_rows"]
    assert "the library's, not right yet (transposed): causal_mask" in shown
    assert "with your pieces this stage failed: ValueError: too large (in your gelu_tanh)" in shown
    assert "the library's, the stage failed with it: gelu_tanh" in shown
    assert growth.troubles["answer_targets"] == "in call 1 it gave something else than the library"
    assert growth.troubles["look_up_draft"].startswith("it raised IndexError: list index out of range")
    assert "it gave something else than the library: answer_targets" in shown
    assert set(growth.failures) == {"2 · It learns to tell", "5 · It becomes small"}
    assert "steps away from it" in growth.failures["5 · It becomes small"]
    assert "a flood of text" not in shown


def test_an_endless_stage_is_ended():
    def endless() -> None:
        while True:
            time.sleep(0.01)

    failed = stages.attempt(endless, 0.3)
    assert failed == stages.Failed("it was still running after 0.3 seconds")


def test_an_answer_that_ends_the_program_ends_its_stage_only():
    def leaves() -> None:
        raise SystemExit(3)

    assert stages.attempt(leaves, 5) == stages.Failed("SystemExit: 3")


def test_the_command_passes_its_folder_on_and_refuses_one_without_exercises(monkeypatch, tmp_path, capsys):
    assert main(["capstone", "--exercises", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("course: no exercise notebook such as 01_tokenization.ipynb in")
    asked = []
    monkeypatch.setattr(course_lib.checks.capstone, "grow", lambda **settings: asked.append(settings))
    assert main(["capstone"]) == 0
    assert asked == [{"folder": Path("exercises"), "out": Path("build/capstone")}]


def piece(name: str):
    return next(part for part in LATER_PARTS if part.name == name)


def watched(name: str, answer, **settings) -> Watched:
    return Watched(piece(name), answer, find_exercise(name).reference, **settings)


def test_a_piece_that_is_wrong_later_is_found_and_replaced():
    calls = []

    def merged_weight(W, A, B, alpha):
        calls.append(1)
        return W + alpha / A.shape[0] * (B @ A) * (1 if len(calls) < 8 else 2)

    W, A, B = torch.ones(3, 3), torch.ones(1, 3), torch.ones(3, 1)
    merged = watched("merged_weight", merged_weight)
    for _ in range(20):
        assert torch.equal(merged(W, A, B, 1.0), 2 * W)
    assert merged.trouble == "in call 8 it gave something else than the library"
    assert len(calls) == 8


def test_a_piece_much_slower_than_the_library_is_replaced_and_stays_right():
    def residual_distribution(p, q):
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass
        return find_exercise("residual_distribution").reference(p, q)

    slow = watched("residual_distribution", residual_distribution, patience=0.05)
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    for _ in range(5):
        assert slow(p, q).tolist() == [0, 1]
    assert "times slower than the library" in slow.trouble


def test_gradients_that_a_failing_piece_left_are_cleared_before_the_library_goes_on():
    def accumulate_gradients(model, batches):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 100.0)
        raise RuntimeError("halfway")

    model = GPT(GPTConfig(vocab_size=5, seq_len=4, n_layer=1, n_embd=4, n_head=1), torch.Generator().manual_seed(0))
    part = next(part for part in PARTS if part.name == "accumulate_gradients")
    x = torch.tensor([[1, 2, 3]])
    Watched(part, accumulate_gradients, find_exercise(part.name).reference)(model, [(x, x)])
    assert max(parameter.grad.abs().max() for parameter in model.parameters()) < 50


@pytest.fixture(scope="module")
def small() -> torch.nn.Module:
    """A model of the library's parts, not trained."""
    shape = GPTConfig(vocab_size=40, seq_len=16, n_layer=2, n_embd=32, n_head=2)
    return build(stages.librarys(), GPT(shape, torch.Generator().manual_seed(0)))


def test_whole_numbers_are_those_of_the_library(small):
    idx = torch.arange(12)[None]
    twin, size = shrinking.quantized(stages.librarys(), small, 8, None)
    ours = quantize_model(twin_of(small), 8)
    torch.testing.assert_close(twin(idx), ours(idx))
    assert size == weight_bytes(ours)
    _, of_int4 = shrinking.quantized(stages.librarys(), small, 4, 32)
    assert of_int4 == weight_bytes(quantize_model(twin_of(small), 4, 32))


def test_both_ways_of_alignment_come_near_the_best_policy():
    # Four tokens, each about as likely as the others at first: an answer of two has a chance near a sixteenth.
    shape = GPTConfig(vocab_size=4, seq_len=8, n_layer=1, n_embd=16, n_head=2)
    pattern = GPT(shape)
    initialize(pattern, rules_for_width(1, 16), torch.Generator().manual_seed(0))
    model = build(stages.librarys(), pattern)
    rewards = torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    task = Task((1, 2), ((1, 0), (2, 0), (3, 0)), 0, ("one", "two", "three"), rewards)
    notes = Notes()
    choosing.align(stages.librarys(), model, task, Plan(align_steps=30, group=32, align_rate=2e-2, beta=0.5), notes)
    assert 0.5 < notes.numbers["GRPO_way"] <= 1
    assert 0.2 < notes.numbers["DPO_way"] <= 1
    assert notes.numbers["kl_estimate"] == pytest.approx(notes.numbers["GRPO_kl"], abs=0.2)


def test_greedy_rounds_with_a_poor_draft_give_the_target_s_text(small):
    other = twin_of(small)
    with torch.no_grad():
        other.token_embedding.weight.mul_(-1)
    plan = Plan(shape=small.config, drafted=3)
    written = speculating.write(stages.librarys(), small, other, [1, 2], plan, 39, 0.0, seed=0)
    assert written.tokens == speculating._greedy(small, [1, 2], plan, 39)


def test_a_text_fits_and_its_counts_add_up(small):
    plan = Plan(shape=small.config, drafted=3)
    written = speculating.write(stages.librarys(), small, twin_of(small), [1, 2], plan, 39, 1.0, seed=1)
    assert len(written.tokens) <= small.config.seq_len
    assert written.kept == written.looked_at  # draft and target are one model, so that all stay
    assert math.isclose(written.chance, written.looked_at, rel_tol=1e-5)
