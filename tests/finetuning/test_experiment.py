"""The long runs of lesson 16: the three commands on a few stories, and the logs that come with the course."""

from pathlib import Path

import pytest

from course_lib.finetuning import ASKED, experiment
from course_lib.finetuning.experiment import Plan, read_log

MODELS = ("howsam", "howsam-2min")


def test_the_three_commands_end_with_a_log_of_every_run(tmp_path: Path) -> None:
    plan = Plan(train=4, validation=2, steps=2, stretch_steps=1, batch_size=2, seeds=(0,))
    experiment.prepare("howsam", data := tmp_path / "data.pt", plan)
    experiment.train(data, results := tmp_path / "results.pt", plan)
    experiment.judge(data, [results], plan, tmp_path)
    log = experiment.json.loads((tmp_path / "log_howsam.json").read_text(encoding="utf-8"))
    assert [(run["method"], run["seed"]) for run in log["runs"]] == [("base", 0), ("full", 0), ("lora", 0)]
    assert (log["requests"], log["stories"], len(log["runs"][1]["losses"])) == (2, 4, 2)
    full, lora = (run["memory"] for run in log["runs"][1:])
    assert sum(lora) < sum(full) / 2
    assert all(run["answer"][0] > log["floor"][0] for run in log["runs"])


@pytest.mark.parametrize("model", MODELS)
def test_the_log_that_comes_with_the_course_is_of_the_plan_and_cannot_be_better_than_chance_allows(model: str) -> None:
    log, plan = read_log(model), Plan()
    assert (log["steps"], log["batch_size"], log["stories"], log["requests"]) == (1_200, 32, 20_000, 200)
    assert (plan.steps, plan.batch_size, plan.train, plan.validation) == (1_200, 32, 20_000, 200)
    runs = {(run["method"], run["seed"]): run for run in log["runs"]}
    assert set(runs) == {("base", 0), *((method, seed) for method in experiment.RATES for seed in plan.seeds)}
    base = runs.pop(("base", 0))
    for run in runs.values():
        assert log["floor"].mean < run["answer"].mean < base["answer"].mean
        assert log["story_floor"].mean < run["alone"].mean
        assert 0 <= run["met"] <= run["possible"] <= log["requests"]
        assert run["met"] <= min(run["told"][name] for name in ASKED)
