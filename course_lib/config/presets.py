"""The presets: one table of what is known by name, with the model's shape, how to train it, and where weights are."""

from dataclasses import dataclass

from course_lib.config.decoder import ModernConfig
from course_lib.config.models import AttentionKind, GPTConfig, GPTNeoConfig, LlamaConfig, ModelConfig, RopeScaling
from course_lib.config.training import TrainConfig


def _gpt2(n_layer: int, n_embd: int, n_head: int) -> GPTConfig:
    return GPTConfig(
        vocab_size=50_257, seq_len=1024, n_layer=n_layer, n_embd=n_embd, n_head=n_head, bias=True, dropout=0.1
    )


def _llama(n_layer: int, n_embd: int, n_head: int, hidden_dim: int, factor: float, tied: bool) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=128_256,
        seq_len=131_072,
        n_layer=n_layer,
        n_embd=n_embd,
        n_head=n_head,
        n_kv_head=8,
        hidden_dim=hidden_dim,
        rope_theta=500_000.0,
        rope_scaling=RopeScaling(factor=factor),
        norm_eps=1e-5,
        tie_embeddings=tied,
    )


_FIVE_LOCAL: tuple[AttentionKind, ...] = ("local",) * 5 + ("global",)  # Gemma 3

# Chosen by measurement on two cores: in two minutes a small model that sees twice the stories beats a larger one, and
# at 1e-2 heads of this width do not learn to copy names.
_TWO_MINUTES = TrainConfig(
    steps=3_200,
    batch_size=8,
    learning_rate=4e-3,
    final_fraction=0.0,
    warmup_steps=80,
    eval_every=200,
    eval_batches=16,
    checkpoint_every=200,
    precision="auto",
)
_COURSE = TrainConfig(steps=5_000, warmup_steps=200, eval_every=500, precision="auto", chunk_rows=512)
# Chosen by measurement: of 2, 4 and 8e-3 the largest was the best after 2,500 steps, by 2 nats per story before 4e-3.
_WHOLE_NIGHT = TrainConfig(
    steps=20_000,
    batch_size=64,
    learning_rate=8e-3,
    final_fraction=0.0,
    warmup_steps=400,
    eval_every=500,
    checkpoint_every=1_000,
    precision="auto",
)
_LARGE = TrainConfig(  # for GPT-2's and Llama's own sizes, on a GPU
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


@dataclass(frozen=True)
class Preset:
    """A model known by name.

    shape: its configuration.   training: how to train one from the beginning.
    hub_name: the repository on the Hugging Face hub that has released weights, if there is one.
    shipped: whether its weights, trained on the built-in stories, come with the course.
    starts_by_copying: see `initialization.start_by_copying`: it helps shallow models.
    """

    shape: ModelConfig
    training: TrainConfig = _LARGE
    hub_name: str | None = None
    shipped: bool = False
    starts_by_copying: bool = False


DEFAULT_PRESET = "howsam-2min"

PRESET_TABLE: dict[str, Preset] = {
    "howsam": Preset(GPTConfig(), _WHOLE_NIGHT, shipped=True),
    # For two minutes on two cores: the frequent words whole, and windows that hold the longest of the built-in stories.
    DEFAULT_PRESET: Preset(
        LlamaConfig(
            vocab_size=2_048,
            seq_len=256,
            n_layer=2,
            n_embd=128,
            n_head=2,
            n_kv_head=2,
            hidden_dim=336,
            rope_theta=10_000.0,
        ),
        _TWO_MINUTES,
        starts_by_copying=True,
    ),
    "gpt2": Preset(_gpt2(12, 768, 12), hub_name="openai-community/gpt2"),
    "gpt2-medium": Preset(_gpt2(24, 1024, 16), hub_name="openai-community/gpt2-medium"),
    "gpt2-large": Preset(_gpt2(36, 1280, 20), hub_name="openai-community/gpt2-large"),
    "gpt2-xl": Preset(_gpt2(48, 1600, 25), hub_name="openai-community/gpt2-xl"),
    "tinystories-1m": Preset(GPTNeoConfig(n_layer=8, n_embd=64), hub_name="roneneldan/TinyStories-1M"),
    "tinystories-3m": Preset(GPTNeoConfig(n_layer=8, n_embd=128), hub_name="roneneldan/TinyStories-3M"),
    "tinystories-8m": Preset(GPTNeoConfig(n_layer=8, n_embd=256), hub_name="roneneldan/TinyStories-8M"),
    "tinystories-28m": Preset(GPTNeoConfig(n_layer=8, n_embd=512), hub_name="roneneldan/TinyStories-28M"),
    "tinystories-33m": Preset(GPTNeoConfig(n_layer=4, n_embd=768), hub_name="roneneldan/TinyStories-33M"),
    "tinystories-1layer-21m": Preset(
        GPTNeoConfig(n_layer=1, n_embd=1024), hub_name="roneneldan/TinyStories-1Layer-21M"
    ),
    "tinystories-2layers-33m": Preset(
        GPTNeoConfig(n_layer=2, n_embd=1024), hub_name="roneneldan/TinyStories-2Layers-33M"
    ),
    "howsam-llama": Preset(LlamaConfig(), _COURSE),
    "llama-3.2-1b": Preset(
        _llama(16, 2048, 32, hidden_dim=8192, factor=32.0, tied=True), hub_name="meta-llama/Llama-3.2-1B"
    ),
    "llama-3.2-3b": Preset(
        _llama(28, 3072, 24, hidden_dim=8192, factor=32.0, tied=True), hub_name="meta-llama/Llama-3.2-3B"
    ),
    "llama-3.1-8b": Preset(
        _llama(32, 4096, 32, hidden_dim=14_336, factor=8.0, tied=False), hub_name="meta-llama/Llama-3.1-8B"
    ),
    "qwen3-0.6b": Preset(
        ModernConfig(
            vocab_size=151_936,
            seq_len=40_960,
            n_layer=28,
            n_embd=1024,
            n_head=16,
            n_kv_head=8,
            head_size=128,
            hidden_dim=3072,
            rope_theta=1_000_000.0,
            norm_eps=1e-6,
            qk_norm=True,
        ),
        hub_name="Qwen/Qwen3-0.6B",
    ),
    "gemma-3-1b": Preset(
        ModernConfig(
            vocab_size=262_144,
            seq_len=32_768,
            n_layer=26,
            n_embd=1152,
            n_head=4,
            n_kv_head=1,
            head_size=256,
            hidden_dim=6912,
            rope_theta=1_000_000.0,
            local_rope_theta=10_000.0,
            norm_eps=1e-6,
            qk_norm=True,
            attention_pattern=_FIVE_LOCAL,
            window=512,
            query_scale=256.0,
            gemma=True,
        ),
        hub_name="google/gemma-3-1b-pt",
    ),
    "mixtral-8x7b": Preset(
        ModernConfig(
            vocab_size=32_000,
            seq_len=32_768,
            n_layer=32,
            n_embd=4096,
            n_head=32,
            n_kv_head=8,
            hidden_dim=14_336,
            rope_theta=1_000_000.0,
            tie_embeddings=False,
            n_expert=8,
            n_active=2,
        ),
        hub_name="mistralai/Mixtral-8x7B-v0.1",
    ),
}

PRESETS: dict[str, ModelConfig] = {name: preset.shape for name, preset in PRESET_TABLE.items()}
HUB_NAMES: dict[str, str] = {name: preset.hub_name for name, preset in PRESET_TABLE.items() if preset.hub_name}
SHIPPED: tuple[str, ...] = tuple(name for name, preset in PRESET_TABLE.items() if preset.shipped)


def find_preset(name: str) -> Preset:
    """The row of that name. Raises ValueError, naming those there are, if there is none."""
    if name not in PRESET_TABLE:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(PRESET_TABLE)}")
    return PRESET_TABLE[name]
