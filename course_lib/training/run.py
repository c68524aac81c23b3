"""A run's folder: settings and tokenizer beside the checkpoints, so that the folder's name is enough to load or go on.

run/run.json          what was asked for
    tokenizer.json    the tokenizer
    train.bin, validation.bin, with their headers
    step-00000400/    a checkpoint, see `checkpoint`
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from course_lib.pretrained.models import Model, build_model
from course_lib.tokenization import load_tokenizer
from course_lib.training.checkpoint import load_checkpoint, restore_model
from course_lib.util.files import read_json, write_text

TOKENIZER_FILE = "tokenizer.json"
SETTINGS_FILE = "run.json"
FORMAT = "course run 1"


def load_run(folder: str | Path) -> tuple[Model, Tokenizer]:
    """The model of a run's newest whole checkpoint, in eval mode on the CPU, and the tokenizer it was trained with.

    Raises FileNotFoundError if there is no checkpoint or no tokenizer in the folder; ValueError, naming the file, if
    one is damaged, or if tokenizer and model have vocabularies of different sizes.
    """
    folder = Path(folder)
    checkpoint = load_checkpoint(folder)
    described = checkpoint.state["model"]
    model = build_model(described["class"], described["config"])
    restore_model(model, checkpoint)
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{folder} has checkpoints but no {TOKENIZER_FILE}, without which they cannot speak")
    tokenizer = load_tokenizer(path)
    if tokenizer.get_vocab_size() > model.config.vocab_size:
        raise ValueError(
            f"{path} has {tokenizer.get_vocab_size():,} tokens, the model only {model.config.vocab_size:,}: "
            "it is not the tokenizer that the model was trained with"
        )
    return model.eval(), tokenizer


def resolve_settings(folder: str | Path, asked: dict[str, Any]) -> dict[str, Any]:
    """The settings of the run in `folder`: those it was begun with, or if there is none yet, `asked`.

    asked: what can be said about a run, by name; None where nothing was said.
    Raises ValueError if something else is asked now than the run was begun with, or the settings' file is damaged.
    """
    path = Path(folder) / SETTINGS_FILE
    if not path.exists():
        return asked
    saved = read_json(path)
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise ValueError(f"{path} does not hold the settings of a run; choose another folder")
    said = {name: value for name, value in asked.items() if value is not None and value is not False}
    changed = {name: value for name, value in said.items() if value != saved.get(name)}
    if changed:
        now = ", ".join(f"{name} = {value} (was {saved.get(name)})" for name, value in changed.items())
        raise ValueError(
            f"the run in {folder} was begun with other settings: {now}; go on with the same, or choose another folder"
        )
    return {**asked, **{name: value for name, value in saved.items() if name != "format"}}


def write_settings(folder: str | Path, settings: dict[str, Any]) -> None:
    """Keep what `resolve_settings` will compare the next call with."""
    write_text(Path(folder) / SETTINGS_FILE, json.dumps({"format": FORMAT, **settings}, indent=1))
