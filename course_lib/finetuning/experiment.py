"""The runs of lesson 16: a model learns to follow requests, all of it or by LoRA. Three commands, for each model:

    python -m course_lib.finetuning.experiment prepare --model howsam --data build/requests.pt
    python -m course_lib.finetuning.experiment train --data build/requests.pt --out build/listeners.pt
    python -m course_lib.finetuning.experiment judge --data build/requests.pt --results build/listeners.pt

The first makes stories, requests and tokens; the second trains (minutes on a GPU, hours on two cores; `--seeds` shares
the work among processes); the third reads what was written with the generator's parser, and writes `log_<model>.json`
beside this file. `--model` is the course's model, or the folder of a run: `course train` makes that of two minutes.

A request with its story is longer than the window that a model was trained with. So it is first stretched: it gets more
positions, and reads whole stories for some steps. All runs begin with this stretched model, and are held against it.
"""

import argparse
import copy
import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from course_lib.corpus import Estimate, choices_of, generate, log_prob_of_choices
from course_lib.corpus.floor import estimate
from course_lib.corpus.plots import PLOTS
from course_lib.finetuning.chat import ChatTemplate, Example, grow_vocabulary, grow_window
from course_lib.finetuning.lora import add_lora, training_memory
from course_lib.finetuning.requests import ASKED, judge_answer, request_for
from course_lib.finetuning.tuning import finetune, mean_answer_nats
from course_lib.generation import generate_batch
from course_lib.pretrained.models import build_model
from course_lib.util.files import write_text
from course_lib.util.machine import choose_device

LOGS = Path(__file__).parent
SHIPPED = "howsam"
WINDOW_STEP = 64  # a window is a multiple of it
STRETCH_RATE = 1e-3
RATES = {"full": 5e-4, "lora": 3e-3}
RANK, ALPHA = 8, 16.0
ANSWERED_AT_ONCE = 100  # requests


@dataclass(frozen=True)
class Plan:
    """How much of everything: stories to learn from and to be judged by, and steps; tests take less."""

    train: int = 20_000
    validation: int = 200
    steps: int = 1_200
    stretch_steps: int = 400
    batch_size: int = 32
    seeds: tuple[int, ...] = (0, 1, 2)


def prepare(name: str, data: Path, plan: Plan) -> None:
    """Write stories with their requests, laid out as ids, and the weights to begin with."""
    model, tokenizer = _load(name)
    template = ChatTemplate.of(tokenizer)
    kept: dict[str, Any] = {
        "model": SHIPPED if name == SHIPPED else Path(name).name,
        "class": type(model).__name__,
        "config": vars(model.config),
        "weights": model.state_dict(),
        "tokenizer": tokenizer.to_str(),
        "vocab_size": tokenizer.get_vocab_size(),
        "end": template.end,
    }
    plots = {plot.name: plot for plot in PLOTS}
    for split, n in (("train", plan.train), ("validation", plan.validation)):
        rows = []
        for story in islice(generate(split), n):
            choices = choices_of(story.text, [plots[story.plot]])  # the plot is known: quicker
            assert choices is not None
            request = request_for(choices)
            ids, start = (example := template.lay_out(request.text, story.text)).ids, example.start
            rows.append((torch.tensor(ids, dtype=torch.int16), start, request.given, story.log_probability))
        kept[split] = rows
    longest = max(len(ids) for split in ("train", "validation") for ids, *_ in kept[split])
    kept["seq_len"] = -(-longest // WINDOW_STEP) * WINDOW_STEP
    torch.save(kept, data)


def train(data: Path, out: Path, plan: Plan) -> None:
    """All runs of the plan's seeds: their losses, the nats of answers and of plain stories, and what they write."""
    kept = torch.load(data, weights_only=False)
    asked, alone = _examples(kept, "train")
    base = stretched(kept).to(choose_device())
    finetune(base, alone, steps=plan.stretch_steps, batch_size=plan.batch_size, learning_rate=STRETCH_RATE)
    results = [measured("base", 0, base, kept, [])]
    for seed in plan.seeds:
        for method, rate in RATES.items():
            model = copy.deepcopy(base)
            if method == "lora":
                add_lora(model, RANK, ALPHA, generator=torch.Generator().manual_seed(seed))
            memory = training_memory(model)
            losses = finetune(model, asked, steps=plan.steps, batch_size=plan.batch_size, learning_rate=rate, seed=seed)
            results.append({**measured(method, seed, model, kept, losses), "memory": list(memory)})
            print(kept["model"], method, seed, results[-1]["answer"], results[-1]["alone"], flush=True)
            torch.save(results, out)


def stretched(kept: dict[str, Any]) -> nn.Module:
    """The model to begin with, with rows for the new tokens, and a window for a request with its story.

    A GPT learns its positions: the new ones begin as the last one it has. A Llama turns by any number.
    """
    rotary = kept["class"] == "Llama"
    longer = {"seq_len": kept["seq_len"]} if rotary else {}
    model = build_model(kept["class"], kept["config"] | longer)
    model.load_state_dict(kept["weights"])
    model = model.float()
    grow_vocabulary(model, kept["vocab_size"])
    if not rotary:
        grow_window(model, kept["seq_len"])
    return model


def measured(method: str, seed: int, model: nn.Module, kept: dict[str, Any], losses: list[float]) -> dict[str, Any]:
    """What a run is judged by."""
    asked, alone = _examples(kept, "validation")
    rows: list[list[int]] = []
    for start in range(0, len(asked), ANSWERED_AT_ONCE):
        prompts = [example.prompt for example in asked[start : start + ANSWERED_AT_ONCE]]
        written = generate_batch(
            model,
            prompts,
            kept["seq_len"] - max(map(len, prompts)),
            seed=list(range(start, start + len(prompts))),
            stop_token=kept["end"],
        )
        rows += [row[len(prompt) :] for row, prompt in zip(written, prompts, strict=True)]
    return {
        "method": method,
        "seed": seed,
        "losses": losses,
        "answer": tuple(mean_answer_nats(model, asked)),
        "alone": tuple(mean_answer_nats(model, alone)),
        "written": rows,
    }


def judge(data: Path, results: list[Path], plan: Plan, logs: Path = LOGS) -> None:
    """Read every answer with the generator's parser, and write the log. The base is the same in all results."""
    from tokenizers import Tokenizer

    kept = torch.load(data, weights_only=False)
    tokenizer = Tokenizer.from_str(kept["tokenizer"])
    rows = kept["validation"]
    floors = [-log_p + log_prob_of_choices(given) for _, _, given, log_p in rows]
    runs = {(run["method"], run["seed"]): run for path in results for run in torch.load(path, weights_only=False)}
    log = {
        "command": "python -m course_lib.finetuning.experiment",
        "requests": len(rows),
        "stories": len(kept["train"]),
        "steps": plan.steps,
        "batch_size": plan.batch_size,
        "rank": RANK,
        "alpha": ALPHA,
        "floor": tuple(estimate(floors)),
        "story_floor": tuple(estimate([-row[3] for row in rows])),
        "runs": [_judged(runs[key], tokenizer, [row[2] for row in rows]) for key in sorted(runs)],
    }
    write_text(logs / f"log_{kept['model']}.json", json.dumps(log, indent=1) + "\n")


def _judged(run: dict[str, Any], tokenizer: Any, given: list[dict[str, str]]) -> dict[str, Any]:
    """A run as the log keeps it: its losses in about 50 means, and how many answers do what was asked for."""
    texts = [tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in run["written"]]
    verdicts = [judge_answer(text, asked) for text, asked in zip(texts, given, strict=True)]
    losses, every = run["losses"], max(1, len(run["losses"]) // 50)
    return {
        **{name: value for name, value in run.items() if name != "written"},
        "losses": [round(sum(losses[i : i + every]) / every, 4) for i in range(0, len(losses), every)],
        "every": every,
        "possible": sum(verdict.possible for verdict in verdicts),
        "met": sum(verdict.met for verdict in verdicts),
        "told": {name: sum(name in verdict.told for verdict in verdicts) for name in ASKED},
        "texts": texts[:3],
    }


def read_log(model: str = SHIPPED) -> dict[str, Any]:
    """The log of a model that comes with the course; pairs are (mean, standard error) in nats."""
    log = json.loads((LOGS / f"log_{model}.json").read_text(encoding="utf-8"))
    for entry in (log, *log["runs"]):
        for name in ("floor", "story_floor", "answer", "alone"):
            if name in entry:
                entry[name] = Estimate(*entry[name])
    return log


def _load(name: str) -> tuple[Any, Any]:
    """The model that comes with the course, or that of a run's folder, and its tokenizer."""
    from course_lib.pretrained import load, load_tokenizer
    from course_lib.training.run import load_run

    return (load(name), load_tokenizer(name)) if name == SHIPPED else load_run(name)


def _examples(kept: dict[str, Any], split: str) -> tuple[list[Example], list[Example]]:
    """Requests with their stories, and the same stories alone."""
    asked = [Example(tuple(ids.tolist()), start) for ids, start, *_ in kept[split]]
    return asked, [Example((kept["end"], *example.ids[example.start :]), 1) for example in asked]


def main() -> None:
    """One of the three commands."""
    parser = argparse.ArgumentParser(prog="python -m course_lib.finetuning.experiment")
    commands = parser.add_subparsers(dest="command", required=True)
    preparing, training, judging = (commands.add_parser(name) for name in ("prepare", "train", "judge"))
    preparing.add_argument("--model", default=SHIPPED, help="howsam, or the folder of a run")
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--seeds", type=int, nargs="+", default=Plan.seeds)
    judging.add_argument("--results", type=Path, nargs="+", required=True)
    for command in (preparing, training, judging):
        command.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "prepare":
        prepare(options.model, options.data, Plan())
    elif options.command == "train":
        train(options.data, options.out, Plan(seeds=tuple(options.seeds)))
    else:
        judge(options.data, options.results, Plan())


if __name__ == "__main__":
    main()
