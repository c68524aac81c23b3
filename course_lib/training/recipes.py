"""A preset made ready for training on one's own stories."""

from dataclasses import replace

from course_lib.config import ModelConfig, TrainConfig, find_preset
from course_lib.data.token_file import MAX_VOCAB_SIZE

LONGEST_WINDOW = 1024  # tokens: a preset's longer context is cut to this for training, unless asked otherwise


def recipe(preset: str, vocab_size: int | None = None, seq_len: int | None = None) -> tuple[ModelConfig, TrainConfig]:
    """The configuration of a preset's model for training on one's own stories, and how to train it.

    vocab_size, seq_len: instead of the preset's own, which are cut to what a token file and a training window can hold.
    Raises ValueError if there is no such preset.
    """
    found = find_preset(preset)
    shape = replace(
        found.shape,
        vocab_size=vocab_size or min(found.shape.vocab_size, MAX_VOCAB_SIZE),
        seq_len=seq_len or min(found.shape.seq_len, LONGEST_WINDOW),
    )
    return shape, found.training


def with_steps(config: TrainConfig, steps: int) -> TrainConfig:
    """The same training in another number of steps; the warm-up keeps its share of them."""
    return replace(config, steps=steps, warmup_steps=config.warmup_steps * steps // config.steps)
