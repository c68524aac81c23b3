"""The runs of lesson 16: the course's own model learns to follow requests, all of it or by LoRA. Three commands:

    python -m course_lib.finetuning.experiment prepare --data build/finetuning.pt
    python -m course_lib.finetuning.experiment train --data build/finetuning.pt --out build/finetuned.pt
    python -m course_lib.finetuning.experiment judge --data build/finetuning.pt --results build/finetuned.pt

The first makes stories, requests and tokens; the second trains (three minutes on a GPU, an hour on two cores); the
third reads what was written with the generator's parser and writes `log.json` beside this file.

The course's model reads 128 tokens, and a request with its story has up to 256. So it is first stretched: it gets more
positions, and reads whole stories for some steps. All runs begin with this stretched model, and are held against it.
"""

import argparse
import copy
import json
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from course_lib.config import GPTConfig
from course_lib.corpus import Estimate, choices_of, generate, log_prob_of_choices
from course_lib.corpus.floor import estimate
from course_lib.corpus.plots import PLOTS
from course_lib.finetuning.chat import ChatTemplate, Example, grow_vocabulary, grow_window
from course_lib.finetuning.lora import add_lora, training_memory
from course_lib.finetuning.requests import judge_answer, request_for
from course_lib.finetuning.tuning import finetune, mean_answer_nats
from course_lib.generation import generate_batch
from course_lib.gpt import GPT
from course_lib.util.machine import choose_device

LOG = Path(__file__).with_name("log.json")
TRAIN, TEST = 4_000, 200
SEQ_LEN = 256
STEPS, STRETCH_STEPS, BATCH = 500, 400, 32
FULL_RATE, LORA_RATE = 5e-4, 3e-3
RANK, ALPHA = 8, 16.0
SEEDS = (0, 1, 2)


def prepare(data: Path) -> None:
    """Stories with their requests, laid out as ids, and the weights to begin with."""
    from course_lib.pretrained import load, load_tokenizer

    model, tokenizer = load("howsam"), load_tokenizer("howsam")
    template = ChatTemplate.of(tokenizer)
    kept: dict[str, Any] = {
        "config": vars(model.config),
        "weights": model.state_dict(),
        "vocab_size": tokenizer.get_vocab_size(),
        "end": template.end,
    }
    plots = {plot.name: plot for plot in PLOTS}
    for split, n in (("train", TRAIN), ("validation", TEST)):
        rows = []
        for story in islice(generate(split), n):
            choices = choices_of(story.text, [plots[story.plot]])
            assert choices is not None
            request = request_for(choices)
            asked, alone = (
                template.lay_out(request.text, story.text),
                Example((template.end, *template.encode(story.text), template.end), 1),
            )
            rows.append((asked, alone, request.given, story.log_probability))
        kept[split] = rows
    torch.save(kept, data)


def train(data: Path, out: Path) -> None:
    """All runs: their losses, the nats of answers and of plain stories, and what they write."""
    device = choose_device()
    kept = torch.load(data, weights_only=False)
    asked, alone = ([row[i] for row in kept["train"]] for i in (0, 1))
    base = stretched(kept).to(device)
    finetune(base, alone, steps=STRETCH_STEPS, batch_size=BATCH, learning_rate=1e-3)
    results = [measured("base", 0, base, kept, [])]
    for seed in SEEDS:
        for method, rate in (("full", FULL_RATE), ("lora", LORA_RATE)):
            model = copy.deepcopy(base)
            if method == "lora":
                add_lora(model, RANK, ALPHA, generator=torch.Generator().manual_seed(seed))
            memory = training_memory(model)
            losses = finetune(model, asked, steps=STEPS, batch_size=BATCH, learning_rate=rate, seed=seed)
            results.append({**measured(method, seed, model, kept, losses), "memory": list(memory)})
            print(method, seed, results[-1]["answer"], results[-1]["alone"], flush=True)
            torch.save(results, out)


def stretched(kept: dict[str, Any]) -> nn.Module:
    """The course's model with rows for the new tokens, and for more positions: each of them the last one it has."""
    config = GPTConfig(**kept["config"])
    model = GPT(config)
    model.load_state_dict(kept["weights"])
    model = model.float()
    grow_vocabulary(model, kept["vocab_size"])
    grow_window(model, SEQ_LEN)
    return model


def measured(method: str, seed: int, model: nn.Module, kept: dict[str, Any], losses: list[float]) -> dict[str, Any]:
    """What a run is judged by."""
    asked, alone = ([row[i] for row in kept["validation"]] for i in (0, 1))
    rows: list[list[int]] = []
    for start in range(0, len(asked), 100):
        prompts = [example.prompt for example in asked[start : start + 100]]
        written = generate_batch(
            model, prompts, SEQ_LEN - max(map(len, prompts)), seed=list(range(len(prompts))), stop_token=kept["end"]
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


def judge(data: Path, results: Path) -> None:
    """Read every answer with the generator's parser, and write the log."""
    from course_lib.pretrained import load_tokenizer

    kept = torch.load(data, weights_only=False)
    tokenizer = load_tokenizer("howsam")
    ChatTemplate.of(tokenizer)
    rows = kept["validation"]
    floors = [-log_p + log_prob_of_choices(given) for _, _, given, log_p in rows]
    runs = []
    for run in torch.load(results, weights_only=False):
        texts = [tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in run.pop("written")]
        verdicts = [judge_answer(text, row[2]) for text, row in zip(texts, rows, strict=True)]
        told = {name: sum(name in v.told for v in verdicts) for name in ("hero", "object", "lesson")}
        every = max(1, len(run["losses"]) // 50)
        runs.append(
            {
                **run,
                "losses": [
                    round(sum(run["losses"][i : i + every]) / every, 4) for i in range(0, len(run["losses"]), every)
                ],
                "every": every,
                "possible": sum(v.possible for v in verdicts),
                "met": sum(v.met for v in verdicts),
                "told": told,
                "texts": texts[:3],
            }
        )
    log = {
        "command": "python -m course_lib.finetuning.experiment",
        "requests": len(rows),
        "steps": STEPS,
        "batch_size": BATCH,
        "rank": RANK,
        "alpha": ALPHA,
        "floor": tuple(estimate(floors)),
        "story_floor": tuple(estimate([-row[3] for row in rows])),
        "runs": runs,
    }
    LOG.write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def read_log() -> dict[str, Any]:
    """The log that comes with the course; pairs are (mean, standard error) in nats."""
    log = json.loads(LOG.read_text(encoding="utf-8"))
    for entry in (log, *log["runs"]):
        for name in ("floor", "story_floor", "answer", "alone"):
            if name in entry:
                entry[name] = Estimate(*entry[name])
    return log


def main() -> None:
    """One of the three commands."""
    parser = argparse.ArgumentParser(prog="python -m course_lib.finetuning.experiment")
    parser.add_argument("what", choices=("prepare", "train", "judge"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    if options.what == "prepare":
        prepare(options.data)
    elif options.what == "train":
        train(options.data, options.out)
    else:
        judge(options.data, options.results)


if __name__ == "__main__":
    main()
