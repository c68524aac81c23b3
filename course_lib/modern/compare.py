"""Each change alone against the same Llama, over several seeds: the command that makes `comparison.jsonl`.

    python -m course_lib.modern.compare --prepare build/modern.pt      # once: text into tokens, a minute on one core
    python -m course_lib.modern.compare --data build/modern.pt --seeds 5 --out course_lib/modern/comparison.jsonl

The first finds the learning rate of each optimizer on a seed of its own; then every change is trained from each seed,
many runs at a time; at the end each is timed alone. On one H100 with 16 cores it takes about two minutes.
"""

import argparse
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from course_lib.modern.changes import BASE, CHANGES, find_change
from course_lib.modern.costs import active_parameters, cache_bytes, total_parameters
from course_lib.modern.trial import CURVE_EVERY, IGNORED, Stories, Trial, measure, run
from course_lib.util.files import write_text
from course_lib.util.machine import available_cores, choose_device

ADAMW_RATES = (1e-3, 2e-3, 4e-3, 8e-3)
MUON_RATES = (1e-2, 2e-2, 4e-2, 8e-2)
SEED_OF_RATES = 1_000  # rates are chosen with a seed that is not among those compared
TRAINED_ON, JUDGED_ON = 30_000, 1_000  # stories


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", type=Path, metavar="FILE", help="write tokens to this file, and stop")
    parser.add_argument("--data", type=Path, metavar="FILE", help="tokens that --prepare wrote")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("comparison.jsonl"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--processes", type=int, default=available_cores())
    parser.add_argument("--device", help="an accelerator, if there is one")
    given = parser.parse_args()
    if given.prepare:
        prepare(given.prepare)
        return
    if given.data is None:
        parser.error("--data is missing: first make it with --prepare FILE")
    if given.steps % CURVE_EVERY:
        parser.error(f"--steps must be a multiple of {CURVE_EVERY}, got {given.steps}")
    lines = compare(
        given.data, given.seeds, given.steps, given.batch_size, given.processes, str(choose_device(given.device))
    )
    write_text(given.out, "".join(json.dumps(line) + "\n" for line in lines))
    print(f"{len(lines)} lines in {given.out}")


def prepare(path: Path) -> None:
    """The built-in stories as tokens, and the entropy that is their floor."""
    from course_lib.corpus import load_stories, story_entropy
    from course_lib.tokenization import END_OF_TEXT, train_tokenizer

    texts = load_stories(n=TRAINED_ON)["text"]
    tokenizer = train_tokenizer(texts[:2_000], vocab_size=BASE.vocab_size)
    end = tokenizer.token_to_id(END_OF_TEXT)

    def encode(stories: list[str]) -> list[list[int]]:
        return [encoded.ids for encoded in tokenizer.encode_batch(list(stories), add_special_tokens=False)]

    stream = [token for story in encode(texts) for token in (end, *story)]
    held_out = [[end, *story, end] for story in encode(load_stories(split="validation", n=JUDGED_ON)["text"])]
    judged = torch.full((len(held_out), BASE.seq_len + 1), IGNORED)
    for row, story in enumerate(held_out):
        judged[row, : len(story)] = torch.tensor(story)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokens = {"stream": torch.tensor(stream, dtype=torch.int16), "judged": judged.to(torch.int16)}
    torch.save(tokens | {"floor": story_entropy().mean}, path)
    print(f"{len(stream):,} tokens of {len(texts):,} stories in {path}")


def compare(data: Path, seeds: int, steps: int, batch_size: int, processes: int, device: str) -> list[dict[str, Any]]:
    """The lines of the log: settings, rates tried, runs, costs."""
    base = Trial(CHANGES[0].name, SEED_OF_RATES, ADAMW_RATES[2], ADAMW_RATES[2], steps, batch_size)
    with multiprocessing.get_context("spawn").Pool(processes, _begin, (data, device)) as pool:
        tried = [replace(base, rate=rate) for rate in ADAMW_RATES]
        tried += [replace(base, change="Muon", rate=rate) for rate in MUON_RATES]
        rates = pool.map(_run, tried, chunksize=1)
        adamw, muon = (
            min((line for line in rates if line["change"] == name), key=lambda line: line["nats"])["rate"]
            for name in (CHANGES[0].name, "Muon")
        )
        trials = [
            replace(
                base,
                change=change.name,
                seed=seed,
                rate=muon if change.optimizer == "muon" else adamw,
                adamw_rate=adamw,
            )
            for change in sorted(CHANGES, key=lambda change: change.config.n_expert, reverse=True)  # the slowest first
            for seed in range(seeds)
        ]
        runs = pool.map(_run, trials, chunksize=1)
    stories = Stories.read(data, device)
    setting = {"kind": "setting", "floor": stories.floor, "device": _name(device), "batch_size": batch_size}
    costs = []
    for change in CHANGES:
        counted = {
            "parameters": total_parameters(change.config),
            "active": active_parameters(change.config),
            "cache_bytes": cache_bytes(change.config, BASE.seq_len),
        }
        costs.append({"kind": "cost"} | measure(change, base, stories) | counted)
    return [setting, *({"kind": "rate"} | line for line in rates), *({"kind": "run"} | line for line in runs), *costs]


_stories: list[Stories] = []  # of this process, read once


def _begin(data: Path, device: str) -> None:
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    _stories.append(Stories.read(data, device))


def _run(trial: Trial) -> dict[str, Any]:
    return run(trial, find_change(trial.change), _stories[0])


def _name(device: str) -> str:
    return torch.cuda.get_device_name() if device.startswith("cuda") else "CPU"


if __name__ == "__main__":
    main()
