"""A run's folder: the tokenizer beside the checkpoints, so that a trained model can be loaded by the folder's name."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from course_lib.config import GPTConfig, LlamaConfig, RopeScaling
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.tokenization import load_tokenizer
from course_lib.training.checkpoint import load_checkpoint, restore_model

TOKENIZER_FILE = "tokenizer.json"


def build_model(kind: str, config: dict[str, Any]) -> GPT | Llama:
    """The model that a checkpoint describes, before it has its weights.

    kind: "GPT" or "Llama".   config: the fields of its configuration.
    Raises ValueError if it is neither, or the configuration is not one of this version of the course.
    """
    try:
        if kind == "GPT":
            return GPT(GPTConfig(**config))
        if kind == "Llama":
            scaling = config.get("rope_scaling")
            return Llama(LlamaConfig(**{**config, "rope_scaling": RopeScaling(**scaling) if scaling else None}))
    except TypeError as error:  # a field that is missing or not known
        raise ValueError(f"the configuration of this {kind} is not one of this course's version: {error}") from error
    raise ValueError(f"expected a checkpoint of a GPT or a Llama, got one of a {kind!r}")


def load_run(folder: str | Path) -> tuple[GPT | Llama, Tokenizer]:
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
