"""A run becomes the model that comes with the course: `python -m course_tools.own_model.ship RUN`.

Weights go to bfloat16, in GPT-2's names, so that `transformers` reads them as well; beside them the tokenizer, the log
of the training, and stories that the model wrote.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from course_lib.config import GPTConfig, TrainConfig
from course_lib.corpus import Estimate, load_stories, story_entropy, token_entropy
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.pretrained import load, load_tokenizer, name_map
from course_lib.pretrained.shipped import BETWEEN, LOG, STORIES
from course_lib.pretrained.sources import shipped_folder
from course_lib.tokenization import END_OF_TEXT
from course_lib.tokenization import load_tokenizer as load_own_tokenizer
from course_lib.training import evaluate
from course_lib.training.checkpoint import load_checkpoint
from course_lib.training.run import TOKENIZER_FILE, load_run
from course_lib.training.story_loss import story_loss
from course_lib.util.files import write_bytes, write_text
from course_tools.own_model.prepare import VALIDATION
from course_tools.own_model.train import STORY_TOKENS, written

EVERY = 20  # steps, of which the log keeps a mean
JUDGED_STORIES = 400  # for nats per story
STRIDE = 8  # see `story_loss`: 1 would take eight times as long, for a number that is hardly lower
WRITTEN = 12  # stories


def main() -> None:
    """Read the run that is named, write the folder that comes with the course, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("--device", required=True, help="in words, for the log: where it was trained")
    parser.add_argument("--command", required=True, help="for the log: what trained it")
    options = parser.parse_args()
    folder = shipped_folder()
    ship(options.run, folder, command=options.command, device=options.device)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder} holds {size / 1e6:.2f} MB")


def ship(run: Path, folder: Path, *, command: str, device: str) -> None:
    """Write config, weights, tokenizer, log and stories of the run's newest checkpoint into `folder`."""
    model, _ = load_run(run)
    if not isinstance(model, GPT):
        raise ValueError(f"{run} holds a {type(model).__name__}; the model that is shipped is a GPT")
    folder.mkdir(parents=True, exist_ok=True)
    own_tokenizer = load_own_tokenizer(run / TOKENIZER_FILE)
    end = own_tokenizer.token_to_id(END_OF_TEXT)
    if end is None:
        raise ValueError(f"the tokenizer of {run} has no {END_OF_TEXT}, without which no story ends")
    write_text(folder / TOKENIZER_FILE, own_tokenizer.to_str())
    write_text(folder / "config.json", json.dumps(as_gpt2(model.config, end)))
    write_bytes(folder / "model.safetensors", save(in_gpt2_names(model), metadata={"format": "pt"}))
    write_text(folder / LOG, json.dumps(training_log(run, folder, command=command, device=device)))
    shipped, tokenizer = load(folder, dtype=torch.float32), load_tokenizer(folder)
    stories = [written(shipped, tokenizer, STORY_TOKENS, seed=seed).strip() for seed in range(WRITTEN)]
    write_text(folder / STORIES, BETWEEN.join(stories) + "\n")


def as_gpt2(config: GPTConfig, end: int) -> dict:
    """The config.json of a GPT of ours, as GPT-2 spells it."""
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": config.vocab_size,
        "n_positions": config.seq_len,
        "n_layer": config.n_layer,
        "n_embd": config.n_embd,
        "n_head": config.n_head,
        "n_inner": round(config.mlp_ratio * config.n_embd),
        "bias": config.bias,
        "resid_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "attn_pdrop": config.dropout,
        "tie_word_embeddings": True,
        "bos_token_id": end,
        "eos_token_id": end,
        "dtype": "bfloat16",
    }


def in_gpt2_names(model: GPT) -> dict[str, Tensor]:
    """The weights in bfloat16, as a GPT-2 checkpoint calls and turns them."""
    parameters = {name: parameter.detach().bfloat16() for name, parameter in model.named_parameters()}
    return {
        f"transformer.{row.theirs}": (parameters[row.ours].t() if row.transposed else parameters[row.ours]).contiguous()
        for row in name_map(model.config)
    }


def training_log(run: Path, folder: Path, *, command: str, device: str) -> dict:
    """What `pretrained.shipped.TrainingLog` holds, for json."""
    state = load_checkpoint(run).state
    history, config = state["history"], TrainConfig(**state["train_config"])
    model, tokenizer = load(folder, dtype=torch.float32), load_tokenizer(folder)
    windows = TokenDataset(run / f"{VALIDATION}.bin", model.config.seq_len)
    judged = load_stories("sample", "validation", JUDGED_STORIES)["text"]
    return {
        "command": command,
        "device": device,
        "seconds": round(history["seconds"], 1),
        "tokens": history["tokens"],
        "every": EVERY,
        "losses": _means(history["losses"], digits=4),
        "gradient_norms": _means(history["gradient_norms"], digits=4),
        "learning_rates": _means(history["learning_rates"], digits=7),
        "validation": [(step, round(loss, 4)) for step, loss in history["validation"]],
        "floor": round(token_entropy(tokenizer).mean, 4),
        "shipped_validation": round(evaluate(model, windows, config, precision="float32"), 4),
        "story": _rounded(story_loss(model, tokenizer, judged, stride=STRIDE)),
        "story_floor": _rounded(story_entropy()),
    }


def _means(values: Sequence[float], digits: int) -> list[float]:
    steps = iter(values)
    groups = iter(lambda: list(islice(steps, EVERY)), [])
    return [round(statistics.fmean(group), digits) for group in groups]


def _rounded(estimate: Estimate) -> dict[str, float]:
    return {name: round(value, 3) for name, value in estimate._asdict().items()}


if __name__ == "__main__":
    main()
