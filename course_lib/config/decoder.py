"""The shape of a decoder of today: a Llama in which each later change is a field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from course_lib.config.models import AttentionKind, LlamaConfig, require_positive_int


@dataclass(frozen=True)
class ModernConfig(LlamaConfig):
    """A Llama with some of the changes made since. Without any it is that Llama.

    head_size: D, if it is not n_embd / n_head.   qk_norm: queries and keys are normalised, each head by itself.
    attention_pattern: "global" or "local", layer by layer from the first, again and again until the last.
    window: tokens that a position of a local layer sees, itself included.
    local_rope_theta: base of the rotation in local layers, if it is another.
    n_expert: MLPs in a block, of which each token uses `n_active`; hidden_dim is the width of one.
    latent_dim: numbers per token and layer that keys and values are made from, None for heads of their own; beside them
        the cache keeps one rotated key of `rope_dim` numbers.   rope_dim: rotated numbers per head; with latents alone.
    gemma: Gemma's manner: norms behind attention and MLP as well, their weights counted from 1, GELU for SiLU in the
        gate, embeddings times √C.
    query_scale: scores are divided by the root of it, instead of D.

    Raises ValueError, naming the value and what would be right, if the shape is impossible.
    """

    head_size: int | None = None
    qk_norm: bool = False
    attention_pattern: Sequence[AttentionKind] = ("global",)
    window: int = 1024
    local_rope_theta: float | None = None
    n_expert: int = 1
    n_active: int = 1
    latent_dim: int | None = None
    rope_dim: int = 32
    gemma: bool = False
    query_scale: float | None = None

    def __post_init__(self) -> None:
        sizes = {"head_size": self.head_size, "latent_dim": self.latent_dim}
        require_positive_int(
            "ModernConfig",
            window=self.window,
            n_expert=self.n_expert,
            n_active=self.n_active,
            rope_dim=self.rope_dim,
            **{name: size for name, size in sizes.items() if size is not None},
        )
        super().__post_init__()
        object.__setattr__(self, "attention_pattern", tuple(self.attention_pattern))  # json gives a list back
        if not self.attention_pattern or not set(self.attention_pattern) <= set(get_args(AttentionKind)):
            raise ValueError(
                "ModernConfig: attention_pattern must name at least one layer's attention, and each 'global' or "
                f"'local', got {self.attention_pattern}"
            )
        if self.n_active > self.n_expert:
            raise ValueError(
                f"ModernConfig: a token cannot use n_active = {self.n_active} of n_expert = {self.n_expert} experts"
            )
        for name in ("local_rope_theta", "query_scale"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"ModernConfig: {name} must be above 0, or None, got {value}")
        if self.latent_dim is not None:
            self._check_latent()

    def _check_latent(self) -> None:
        if self.rope_dim % 2 != 0:
            raise ValueError(
                f"ModernConfig: RoPE rotates pairs of numbers, so rope_dim must be even, got {self.rope_dim}"
            )
        given = [
            name
            for name, is_there in {
                "qk_norm": self.qk_norm,
                "local layers": "local" in self.attention_layers,
                "gemma": self.gemma,
                "query_scale": self.query_scale is not None,
            }.items()
            if is_there
        ]
        if given:
            raise ValueError(f"ModernConfig: latent attention goes without {', '.join(given)}; set latent_dim to None")

    @property
    def head_dim(self) -> int:
        """D, the width of one head."""
        return self.n_embd // self.n_head if self.head_size is None else self.head_size

    @property
    def attention_layers(self) -> tuple[AttentionKind, ...]:
        """The attention of each layer."""
        return tuple(self.attention_pattern[layer % len(self.attention_pattern)] for layer in range(self.n_layer))

    def window_of(self, layer: int) -> int | None:
        """Tokens that a position of this layer sees; None for all."""
        return self.window if self.attention_layers[layer] == "local" else None
