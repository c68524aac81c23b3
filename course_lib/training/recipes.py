"""How to train each preset: which steps, batch and learning rate go with which model."""

from dataclasses import replace

from course_lib.config import PRESETS, GPTConfig, GPTNeoConfig, LlamaConfig
from course_lib.training.config import TrainConfig

DEFAULT_PRESET = "howsam-2min"
LONGEST_WINDOW = 1024  # tokens: a preset's longer context is cut to this for training, unless asked otherwise
LARGEST_VOCABULARY = 65_536  # token files have two bytes a token

RECIPES: dict[str, TrainConfig] = {
    # Chosen by measurement on two cores: in two minutes a small model that sees twice the stories beats a larger one,
    # and at 1e-2 heads of this width do not learn to copy names.
    DEFAULT_PRESET: TrainConfig(
        steps=1_600,
        batch_size=8,
        learning_rate=4e-3,
        final_fraction=0.0,
        warmup_steps=80,
        eval_every=200,
        eval_batches=16,
        checkpoint_every=200,
        precision="auto",
    ),
    "howsam": TrainConfig(steps=5_000, warmup_steps=200, eval_every=500, precision="auto", chunk_rows=512),
    "howsam-llama": TrainConfig(steps=5_000, warmup_steps=200, eval_every=500, precision="auto", chunk_rows=512),
}
STARTS_BY_COPYING = frozenset({DEFAULT_PRESET})  # see `initialization.start_by_copying`: it helps shallow models
LARGE = TrainConfig(  # GPT-2's and Llama's own sizes, for a GPU
    steps=20_000,
    batch_size=8,
    accumulate=4,
    learning_rate=3e-4,
    warmup_steps=500,
    eval_every=1_000,
    checkpoint_every=1_000,
    precision="auto",
    chunk_rows=512,
)


def recipe(
    preset: str, vocab_size: int | None = None, seq_len: int | None = None
) -> tuple[GPTConfig | GPTNeoConfig | LlamaConfig, TrainConfig]:
    """The configuration of a preset's model for training on one's own stories, and how to train it.

    vocab_size, seq_len: instead of the preset's own, which are cut to what a token file and a training window can hold.
    Raises ValueError if there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    config = PRESETS[preset]
    config = replace(
        config,
        vocab_size=vocab_size or min(config.vocab_size, LARGEST_VOCABULARY),
        seq_len=seq_len or min(config.seq_len, LONGEST_WINDOW),
    )
    return config, RECIPES.get(preset, LARGE)


def with_steps(config: TrainConfig, steps: int) -> TrainConfig:
    """The same training in another number of steps; the warm-up keeps its share of them."""
    return replace(config, steps=steps, warmup_steps=config.warmup_steps * steps // config.steps)
