"""The runs of lesson 15: models of several sizes on several budgets, a prediction, and the run that was predicted.

    python -m course_lib.scaling.runs --out course_lib/scaling/runs.jsonl

takes three to four minutes on a large GPU and, by its operations, four to seven hours on two cores. Each line of the
log is written when a run ends, so a command that was cut off goes on where it stopped when it is given again.
`--budgets 3` leaves out the two larger budgets, and predicts a run eight times the third: about half an hour.
"""

import argparse
import math
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch

from course_lib.corpus.told import generator_digest
from course_lib.scaling.bootstrap import SAMPLES, bootstrap_laws, percentile_interval
from course_lib.scaling.fit import fit_law
from course_lib.scaling.law import tokens_for
from course_lib.scaling.log import Prediction
from course_lib.scaling.one_run import BATCH, Plan, run
from course_lib.scaling.records import append_line, read_lines
from course_lib.scaling.sizes import SIZES, VOCAB_SIZE, parameters
from course_lib.scaling.stories import StoryRows, rows_of, tell
from course_lib.tokenization import train_tokenizer
from course_lib.util.machine import choose_device

BUDGETS = (6.25e10, 2.5e11, 1e12, 4e12, 1.6e13)  # operations, 6·N·D, each four times the one before
TIMES_LARGER = 8  # the run that is predicted, compared with the largest budget
TOKENS_A_STORY = 318  # of this vocabulary, the end included; for planning only, the log counts
FEWEST, MOST = 800, 70_000  # stories of a run: at least 100 steps, so that warm-up is the smaller part
PREDICTED_SEEDS = 3
REPEATED, REPEATED_BUDGET, REPEATS = "80k", 1e12, 5  # a size, a budget, and seeds: how much is chance
TOKENIZER_STORIES = 5_000
JUDGED_STORIES = 1_000  # of the validation split


def planned(budgets: tuple[float, ...]) -> list[Plan]:
    """Every size on every budget that gives it a sensible number of stories, the longest runs first."""
    plans = [
        Plan(size, stories)
        for budget in budgets
        for size in SIZES
        if FEWEST <= (stories := stories_for(budget, size)) <= MOST
    ]
    if REPEATED_BUDGET in budgets:
        plans += [Plan(REPEATED, stories_for(REPEATED_BUDGET, REPEATED), seed) for seed in range(1, REPEATS)]
    return sorted(plans, key=lambda plan: -plan.stories)


def stories_for(flops: float, size: str) -> int:
    """Stories that a size can read for so many operations, in whole batches."""
    return round(tokens_for(flops, parameters(size)) / TOKENS_A_STORY / BATCH) * BATCH


class Log:
    """The lines of a log file: what is done need not be done again."""

    def __init__(self, path: Path, setting: dict[str, Any]) -> None:
        """Opens the log; raises ValueError if it is of another setting, whose runs cannot be compared."""
        self.path = path
        self.lines = read_lines(path) if path.exists() else []
        if not self.lines:
            self.add({"kind": "setting", **setting})
        said = {name: value for name, value in self.lines[0].items() if name in setting}
        if said != setting:
            raise ValueError(f"{path} was begun with other settings, {said}, than now, {setting}: take another file")

    def add(self, line: dict[str, Any]) -> None:
        """Write a line, at once."""
        self.lines.append(line)
        append_line(self.path, line)

    def runs(self) -> list[dict[str, Any]]:
        """The lines of runs."""
        return [line for line in self.lines if line["kind"] == "run"]

    def compared(self) -> list[dict[str, Any]]:
        """The runs that the law is fitted to: one for each size and budget, those without a finite loss left out."""
        return [
            line
            for line in self.runs()
            if line["seed"] == 0 and "predicted" not in line and math.isfinite(line["loss"])
        ]

    def prediction(self) -> dict[str, Any] | None:
        """The line of the prediction, once it is made."""
        return next((line for line in self.lines if line["kind"] == "prediction"), None)

    def lacks(self, plan: Plan) -> bool:
        """Whether this run has still to be made."""
        return all((line["size"], line["stories"], line["seed"]) != plan for line in self.runs())


def predict(runs: list[dict[str, Any]], flops: float, floor: float) -> Prediction:
    """Fit the law to these runs, choose the size that it says is best for `flops`, and say its loss.

    With the floor known, and with the floor fitted too (`free_…`).
    """
    columns = [[float(line[name]) for line in runs] for name in ("parameters", "tokens", "loss")]
    law, free = fit_law(*columns, floor=floor), fit_law(*columns)
    possible = [size for size in SIZES if stories_for(flops, size) <= MOST]
    size = min(possible, key=lambda one: law.loss(parameters(one), tokens_for(flops, parameters(one))))
    N, stories = parameters(size), stories_for(flops, size)
    D = stories * sum(line["tokens"] for line in runs) / sum(line["stories"] for line in runs)
    known = percentile_interval([one.loss(N, D) for one in bootstrap_laws(*columns, floor=floor)])
    fitted = percentile_interval([one.loss(N, D) for one in bootstrap_laws(*columns)])
    return Prediction(size, stories, flops, floor, law.loss(N, D), *known, free.loss(N, D), *fitted, free.E)


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    asked = _parser().parse_args(arguments)
    device = str(choose_device(asked.device))
    workers = asked.workers or min(os.cpu_count() or 1, 16)
    budgets = BUDGETS[: asked.budgets]
    # Processes that begin anew: one that was forked cannot use the GPU.
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare_worker, (workers, device)) as pool,
    ):
        held_out = _write_stories(Path(scratch), MOST, pool)
        setting = {
            "vocab_size": VOCAB_SIZE,
            "generator": generator_digest(),
            "judged": JUDGED_STORIES,
            "floor": round(held_out.floor, 6),
            "budgets": list(budgets),
        }
        log = Log(Path(asked.out), setting)
        for line in _carry_out([plan for plan in planned(budgets) if log.lacks(plan)], scratch, device, pool):
            log.add(line)
            print(_said(line), flush=True)
        said = log.prediction()
        if said is None:
            prediction = predict(log.compared(), TIMES_LARGER * budgets[-1], held_out.floor)
            said = {"kind": "prediction", "samples": SAMPLES, **prediction._asdict()}
            log.add(said)
            print(f"predicted: {prediction}", flush=True)
        larger = [Plan(said["size"], said["stories"], seed) for seed in range(PREDICTED_SEEDS)]
        for line in _carry_out([plan for plan in larger if log.lacks(plan)], scratch, device, pool):
            log.add({**line, "predicted": True})
            print(_said(line), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_lib.scaling.runs", description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="the log, JSON lines; an unfinished one is gone on with")
    parser.add_argument("--device", help="cuda or cpu; cuda if there is one")
    parser.add_argument("--workers", type=int, help="runs at a time; one for each core")
    parser.add_argument(
        "--budgets",
        type=int,
        choices=range(2, len(BUDGETS) + 1),
        default=len(BUDGETS),
        help="how many of the budgets, smallest first",
    )
    return parser


def _write_stories(folder: Path, n: int, pool: Executor) -> StoryRows:
    """Tell the stories to train on and to be judged by, into files for all processes; returns the latter."""
    told = tell("train", n, pool)
    tokenizer = train_tokenizer([story.text for story in told[:TOKENIZER_STORIES]], vocab_size=VOCAB_SIZE)
    held_out = rows_of(tell("validation", JUDGED_STORIES, pool), tokenizer)
    for name, rows in (("train", rows_of(told, tokenizer)), ("held_out", held_out)):
        (folder / name).mkdir()
        rows.save(folder / name)
    return held_out


def _carry_out(plans: list[Plan], folder: str, device: str, pool: Executor) -> Iterator[dict[str, Any]]:
    """The log's line of each run, when it is done."""
    yield from (done.result() for done in as_completed([pool.submit(_one, plan, folder, device) for plan in plans]))


def _one(plan: Plan, folder: str, device: str) -> dict[str, Any]:
    stories = Path(folder)
    return run(plan, StoryRows.load(stories / "train"), StoryRows.load(stories / "held_out"), torch.device(device))


def _prepare_worker(workers: int, device: str) -> None:
    """Cores shared out, and matrix products in the format that the GPU is fast in."""
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // workers))
    if device == "cuda":
        torch.set_float32_matmul_precision("high")


def _said(line: dict[str, Any]) -> str:
    training = f"{line['size']:>5} on {line['stories']:>7,} stories (seed {line['seed']})"
    return f"{training}: loss {line['loss']:.4f}, {line['excess']:.4f} above the floor, {line['seconds']:.0f} s"


if __name__ == "__main__":
    main()
