"""The comparison: the same start and the same stories for every change, and a log that says what it says."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from course_lib.modern.changes import BASE, CHANGES, find_change
from course_lib.modern.results import interval, read_comparison
from course_lib.modern.trial import IGNORED, Stories, Trial, draw_batches, judge, run, share_of_rate, start

TRIAL = Trial("Llama", seed=0, rate=4e-3, adamw_rate=4e-3, steps=20, batch_size=2)


def stories() -> Stories:
    generator = torch.Generator().manual_seed(0)
    stream = torch.randint(40, (600,), generator=generator)
    judged = torch.full((3, 31), IGNORED)
    judged[:, :20] = torch.randint(40, (3, 20), generator=generator)
    return Stories(stream, judged, floor=1.0)


@pytest.mark.parametrize("name", [change.name for change in CHANGES])
def test_every_change_can_be_trained_and_judged(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(BASE, vocab_size=40, seq_len=30, n_layer=2, n_embd=32, n_head=2, n_kv_head=1)
    monkeypatch.setattr("course_lib.modern.changes.BASE", small)
    monkeypatch.setattr("course_lib.modern.trial.BASE", small)
    line = run(replace(TRIAL, change=name), find_change(name), stories())
    assert (line["change"], line["steps"], len(line["curve"])) == (name, 20, 1)
    assert line["nats"] < 19 * math.log(40) * 1.2
    assert len(line.get("loads", ())) == (2 if "experts" in name else 0)


def test_changes_that_do_not_concern_weights_start_alike() -> None:
    llama, windows = (start(find_change(name), 3, torch.device("cpu")) for name in ("Llama", "windows"))
    for one, other in zip(llama.parameters(), windows.parameters(), strict=True):
        assert torch.equal(one, other)


def test_batches_depend_on_the_seed_alone() -> None:
    stream = torch.arange(1_000)
    x, y = next(draw_batches(stream, TRIAL))
    assert torch.equal(x + 1, y)
    assert torch.equal(x, next(draw_batches(stream, replace(TRIAL, change="Muon", rate=1.0)))[0])
    assert not torch.equal(x, next(draw_batches(stream, replace(TRIAL, seed=1)))[0])


def test_a_story_is_judged_as_a_whole_and_padding_is_not() -> None:
    model = start(find_change("Llama"), 0, torch.device("cpu"))
    with torch.no_grad():
        model.token_embedding.weight.zero_()  # tied: all logits are 0, all 2,048 tokens equally likely
    judged = torch.full((2, 31), IGNORED)
    judged[0, :11], judged[1, :21] = 5, 6  # 10 and 20 targets
    mean, error = judge(model, judged)
    assert mean == pytest.approx(15 * math.log(2_048), rel=1e-5)
    assert error == pytest.approx(5 * math.log(2_048), rel=1e-5)


def test_the_rate_goes_up_and_down() -> None:
    shares = [share_of_rate(step, 100) for step in range(100)]
    assert shares[4] == max(shares) == 1.0
    assert shares[0] == pytest.approx(0.2)
    assert shares[-1] == pytest.approx(0.1)


def test_an_unknown_change_is_named() -> None:
    with pytest.raises(ValueError, match="no change 'sparse'; there are Llama, QK-norm"):
        find_change("sparse")


# The log


def test_an_interval_by_hand() -> None:
    # 1, 2, 3, 4, 5: mean 3, s² = 10/4, and 2.776 · √2.5 / √5.
    assert interval([1, 2, 3, 4, 5]) == (3, pytest.approx(2.776 * math.sqrt(0.5)))
    assert interval([1.0, 1.1]).is_clear is True
    assert interval([-1.0, 1.1]).is_clear is False
    with pytest.raises(ValueError, match="got 1"):
        interval([1.0])


def test_the_log_of_the_course_has_every_change_from_five_seeds_above_the_floor() -> None:
    comparison = read_comparison()
    assert list(comparison.results) == [change.name for change in CHANGES]
    for result in comparison.results.values():
        assert len(result.nats) == 5
        assert min(result.nats) > comparison.floor
    assert comparison.results["Llama"].difference == (0, 0)
    assert comparison.results["Llama"].time == 1


def test_a_log_without_a_seed_is_refused(tmp_path: Path) -> None:
    cost = {"kind": "cost", "seconds": 1.0, "peak_bytes": None, "parameters": 1, "active": 1, "cache_bytes": 1}
    lines = [
        {"kind": "setting", "floor": 1.0, "device": "CPU", "batch_size": 2},
        {"kind": "run", "change": "Llama", "seed": 0, "steps": 1, "nats": 2.0},
        {"kind": "run", "change": "Llama", "seed": 1, "steps": 1, "nats": 2.5},
        {"kind": "run", "change": "Muon", "seed": 1, "steps": 1, "nats": 2.0},
        cost | {"change": "Llama"},
        cost | {"change": "Muon"},
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(ValueError, match="Muon was not trained from the seeds of Llama"):
        read_comparison(tmp_path / "log.jsonl")
