"""What is to be shared: a model, its tokenizer, and how it was trained; and who is refused."""

from pathlib import Path
from typing import Any, NamedTuple

from tokenizers import Tokenizer

from course_lib.config import PRESETS, SHIPPED, GPTConfig, LlamaConfig, ModelConfig
from course_lib.corpus import token_entropy
from course_lib.corpus.stories import SAMPLE
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.pretrained import build, end_tokens, load, load_tokenizer, read_config
from course_lib.pretrained.shipped import read_log
from course_lib.show.profiling import num_params
from course_lib.training import load_run
from course_lib.training.checkpoint import load_checkpoint
from course_lib.training.run import SETTINGS_FILE
from course_lib.util.files import read_json

LARGEST = 5_000_000  # parameters: a page of 7 MB, which a mail still takes
CONFIG = "config.json"  # of a Hugging Face checkpoint
POINTS = 300  # of the loss curve


class Shared(NamedTuple):
    """A model for a page.

    stops: ids that end a text, beside the tokenizer's own.   stories: what it was trained on, None if nobody knows:
    "sample", "tinystories", or a file's name.
    history: losses and validation as pairs of (step, loss), floor, tokens and seconds; empty if nobody kept it.
    """

    model: GPT | Llama
    tokenizer: Tokenizer
    stops: set[int]
    stories: str | None
    history: dict[str, Any]


def read_shared(run: str | Path) -> Shared:
    """A run of `course train`, a model that comes with the course, or a folder with a Hugging Face checkpoint.

    Raises FileNotFoundError if there is none; ValueError, with the reason, if it is too large, of a kind that the page
    cannot compute, or damaged.
    """
    if str(run) in SHIPPED and not Path(run).exists():
        log = read_log(str(run))
        losses = list(zip(log.steps, log.losses, strict=True))
        history = _history(losses, log.validation, log.floor, log.tokens, log.seconds)
        return _checkpoint(run, SAMPLE, history)
    if str(run) in PRESETS and not Path(run).exists():
        _require_small(PRESETS[str(run)], run)
        raise ValueError(
            f"{run} is a preset, and not a trained model: train it, `course train --preset {run}`, and share the run"
        )
    if (Path(run) / CONFIG).is_file():
        return _checkpoint(run, None, {})
    return _run(Path(run))


def _checkpoint(run: str | Path, stories: str | None, history: dict[str, Any]) -> Shared:
    _require_small(read_config(run), run)  # before its weights are read
    model = load(run)
    assert isinstance(model, GPT | Llama)  # as its configuration says
    return Shared(model, load_tokenizer(run), end_tokens(run), stories, history)


def _run(folder: Path) -> Shared:
    model, tokenizer = load_run(folder)
    _require_small(model.config, folder)
    assert isinstance(model, GPT | Llama)
    settings = read_json(folder / SETTINGS_FILE) if (folder / SETTINGS_FILE).is_file() else {}
    stories = settings.get("stories")
    kept = load_checkpoint(folder).state.get("history")
    if not kept:
        return Shared(model, tokenizer, set(), stories and Path(stories).name, {})
    losses = list(enumerate(kept["losses"], start=1))
    floor = token_entropy(tokenizer).mean if stories == SAMPLE else None
    history = _history(losses, kept["validation"], floor, kept["tokens"], kept["seconds"])
    return Shared(model, tokenizer, set(), stories and Path(stories).name, history)


def _history(
    losses: list[tuple[int, float]], validation: Any, floor: float | None, tokens: int, seconds: float
) -> dict[str, Any]:
    """As the page shows it: means of several steps where there are more than POINTS."""
    size = -(-len(losses) // POINTS) or 1
    groups = [losses[first : first + size] for first in range(0, len(losses), size)]
    return {
        "losses": [[group[-1][0], round(sum(loss for _, loss in group) / len(group), 4)] for group in groups],
        "validation": [[step, round(loss, 4)] for step, loss in validation],
        "floor": None if floor is None else round(floor, 4),
        "tokens": tokens,
        "seconds": round(seconds, 1),
    }


def _require_small(config: ModelConfig, run: str | Path) -> None:
    if type(config) not in (GPTConfig, LlamaConfig):
        kind = type(config).__name__.removesuffix("Config")
        raise ValueError(f"{run} holds a model of the kind {kind}; a page can hold a GPT or a Llama of the course")
    size = num_params(build(config, device="meta"))
    if size > LARGEST:
        raise ValueError(
            f"{run} has {size:,} parameters, and a page holds at most {LARGEST:,}: train a smaller one, for example "
            "`course train`, which takes two minutes"
        )
