"""Stories in rows, models by size, one run, and the command that makes them all."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
import torch

from course_lib.config import TrainConfig
from course_lib.corpus import generate
from course_lib.scaling import ScalingLaw, bootstrap_laws, fit_law, one_run, read_log, runs, stories
from course_lib.scaling.one_run import Plan, judge, story_nats, train, train_config
from course_lib.scaling.runs import Log, planned, predict, stories_for
from course_lib.scaling.sizes import SIZES, new_model, parameters
from course_lib.scaling.stories import StoryRows, batch_of, rows_of, tell
from course_lib.tokenization import train_tokenizer
from course_lib.training.loss import IGNORED
from course_lib.training.story_loss import story_loss

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def told():
    return list(islice(generate("train"), 48))


@pytest.fixture(scope="module")
def tokenizer(told):
    return train_tokenizer([story.text for story in told], vocab_size=512)


@pytest.fixture(scope="module")
def rows(told, tokenizer):
    return rows_of(told, tokenizer)


def test_told_in_chunks_they_are_the_same_stories(monkeypatch):
    monkeypatch.setattr(stories, "SEEDS_AT_ONCE", 20)
    assert tell("validation", 10) == list(islice(generate("validation"), 10))


def test_rows_hold_whole_stories(rows, told, tokenizer):
    i = 5
    ids = rows.tokens[i, : rows.lengths[i] + 1].tolist()
    assert ids[0] == ids[-1] == tokenizer.token_to_id("<|endoftext|>")
    assert tokenizer.decode(ids[1:-1]) == told[i].text
    assert rows.sizes[i] == len(told[i].text.encode())
    assert rows.words[i] == len(told[i].text.split())
    assert rows.floor == pytest.approx(-sum(s.log_probability for s in told) / rows.lengths.sum())


def test_batches_end_where_the_longest_ends_and_count_no_padding(rows):
    chosen = np.array([3, 8, 1])
    x, y = batch_of(rows, chosen, CPU)
    assert x.shape == y.shape == (3, int(rows.lengths[chosen].max()))
    assert (y != IGNORED).sum(dim=1).tolist() == rows.lengths[chosen].tolist()
    assert torch.equal(x[0, 1:], torch.where(y[0, :-1] == IGNORED, 0, y[0, :-1]))


def test_rows_come_back_from_files(rows, tmp_path):
    rows.save(tmp_path)
    loaded = StoryRows.load(tmp_path)
    assert np.array_equal(loaded.tokens, rows.tokens)
    assert loaded.floor == rows.floor
    assert len(loaded.first(7)) == 7


def test_no_story_no_rows(tokenizer):
    with pytest.raises(ValueError, match="need a story"):
        rows_of([], tokenizer)


@pytest.mark.parametrize("name", SIZES)
def test_parameters_are_counted_as_the_model_has_them(name):
    model = new_model(name, seed=0)
    assert parameters(name) == sum(p.numel() for p in model.parameters())
    assert parameters(name) - parameters(name, with_table=False) == model.token_embedding.weight.numel()


def test_an_unknown_size_is_named():
    with pytest.raises(ValueError, match="no size '7B'"):
        new_model("7B", seed=0)


def test_nats_of_stories_are_those_of_story_loss(rows, told, tokenizer):
    model = new_model("15k", seed=1)
    reference = story_loss(model, tokenizer, [story.text for story in told])
    nats = story_nats(model, rows)
    assert nats.mean() == pytest.approx(reference.mean, rel=1e-5)
    judged = judge(model, rows)
    assert judged.loss == pytest.approx(nats.sum() / rows.lengths.sum())
    assert judged.excess == pytest.approx(judged.loss - rows.floor)


def test_a_run_is_one_pass_and_its_curve_counts_stories(rows):
    plan = Plan("15k", len(rows), seed=3)
    line = one_run.run(plan, rows, rows, CPU)
    assert line["tokens"] == rows.targets
    assert line["curve"][-1][0] == len(rows)
    assert line["loss"] < math.log(512)
    assert line["flops"] == 6 * line["parameters"] * line["tokens"]
    again = one_run.run(plan, rows, rows, CPU)
    assert again["loss"] == pytest.approx(line["loss"], abs=1e-4)


def test_training_tells_each_step(rows):
    seen = []
    config = TrainConfig(steps=2, batch_size=8, warmup_steps=0)
    curve, _ = train(new_model("15k", 0), rows.first(16), config, on_step=seen.append)
    assert seen == [1, 2]
    assert [done for done, _ in curve] == [8, 16]


def test_too_few_stories_are_said(rows):
    with pytest.raises(ValueError, match="at least 16 stories"):
        train_config(Plan("15k", 8))
    with pytest.raises(ValueError, match="asks for 96"):
        one_run.run(Plan("15k", 96), rows, rows, CPU)


def test_plans_spend_their_budget():
    for plan in planned(runs.BUDGETS):
        flops = 6 * parameters(plan.size) * plan.stories * runs.TOKENS_A_STORY
        nearest = min(runs.BUDGETS, key=lambda budget: abs(budget / flops - 1))
        assert flops == pytest.approx(nearest, rel=0.02)
        assert runs.FEWEST <= plan.stories <= runs.MOST


def law_line(size: str, budget: float) -> dict:
    N, D = parameters(size), 318 * stories_for(budget, size)
    return {
        "size": size, "stories": D // 318, "parameters": N, "tokens": D, "loss": 0.27 + 60 / N**0.45 + 3_000 / D**0.55,
    }  # fmt: skip


def few_samples(*columns: list[float], floor: float | None = None) -> list[ScalingLaw]:
    """A bootstrap that takes no time."""
    return bootstrap_laws(*columns, floor=floor, samples=3)


def test_of_runs_that_follow_a_law_the_prediction_is_the_laws(monkeypatch):
    monkeypatch.setattr(runs, "bootstrap_laws", few_samples)
    lines = [law_line(size, budget) for budget in (1e12, 4e12, 1.6e13) for size in ("80k", "130k", "270k")]
    said = predict(lines, 1.28e14, floor=0.27)
    D = 318 * said.stories
    truth = 0.27 + 60 / parameters(said.size) ** 0.45 + 3_000 / D**0.55
    assert said.loss == pytest.approx(truth, rel=1e-4)
    assert said.free_loss == pytest.approx(truth, rel=1e-3)


def test_a_log_goes_on_where_it_stopped_and_refuses_another_setting(tmp_path):
    path = tmp_path / "log.jsonl"
    log = Log(path, {"vocab_size": 512})
    log.add({"kind": "run", "size": "15k", "stories": 800, "seed": 0, "loss": 1.0})
    again = Log(path, {"vocab_size": 512})
    assert not again.lacks(Plan("15k", 800, 0))
    assert again.lacks(Plan("15k", 800, 1))
    with pytest.raises(ValueError, match="other settings"):
        Log(path, {"vocab_size": 1_024})


class InThisProcess(ThreadPoolExecutor):
    """A pool of one thread: processes that begin anew take seconds each to import torch."""

    def __init__(self, workers: int, context: object, initializer: object, initargs: tuple) -> None:
        super().__init__(1)


def test_the_command_makes_a_log_that_can_be_read(tmp_path, monkeypatch):
    """Two tiny budgets; the real ones differ in size only."""
    small = {"BUDGETS": (1e9, 2e9), "FEWEST": 16, "MOST": 80, "TOKENIZER_STORIES": 80, "JUDGED_STORIES": 16}
    small |= {"REPEATED_BUDGET": 2e9, "REPEATED": "26k", "REPEATS": 2, "PREDICTED_SEEDS": 1}
    for name, value in small.items():
        monkeypatch.setattr(runs, name, value)
    monkeypatch.setattr(runs, "bootstrap_laws", few_samples)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", InThisProcess)
    monkeypatch.setattr(stories, "SEEDS_AT_ONCE", 40)
    out = tmp_path / "runs.jsonl"
    runs.main(["--out", str(out), "--workers", "1", "--budgets", "2", "--device", "cpu"])
    log = read_log(out)
    assert len(log.runs) >= 5
    assert [run.seed for run in log.repeated] == [1]
    assert (log.larger[0].size, log.larger[0].stories) == (log.prediction.size, log.prediction.stories)
    order = [json.loads(line)["kind"] for line in out.read_text().splitlines()]
    assert order.index("prediction") == len(order) - 2  # said before the larger run was made


@pytest.mark.parametrize(("content", "message"), [("{}", "does not begin"), ("{", "not a log"), ("", "does not begin")])
def test_what_is_no_log_is_refused(tmp_path, content, message):
    path = tmp_path / "log.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_log(path)


def test_a_missing_log_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"course_lib\.scaling\.runs"):
        read_log(tmp_path / "none.jsonl")


def test_the_shipped_log_holds_what_the_lesson_says():
    log = read_log()
    assert len(log.runs) == 24
    assert min(run.parameters for run in log.runs) < 15_000
    assert max(run.parameters for run in log.runs) > 1_800_000
    assert log.prediction is not None
    assert {run.seed for run in log.larger} == {0, 1, 2}
    assert log.larger[0].flops == pytest.approx(8 * log.budgets[-1], rel=0.01)
    assert log.prediction.free_loss < log.floor  # a loss that no model can have
    assert all(log.floor < run.loss < log.prediction.low for run in log.larger)
    columns = [[float(getattr(run, name)) for run in log.runs] for name in ("parameters", "tokens", "loss")]
    assert fit_law(*columns).E == pytest.approx(log.prediction.free_floor, abs=0.01)
    known = fit_law(*columns, floor=log.floor)
    assert known.loss(log.larger[0].parameters, log.larger[0].tokens) == pytest.approx(log.prediction.loss, abs=1e-3)
