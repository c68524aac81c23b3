"""The shape of each kind of model: frozen dataclasses that check themselves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

AttentionKind = Literal["global", "local"]


def require_positive_int(owner: str, **values: object) -> None:
    """Raises ValueError, naming the value, if one is not a whole number above 0."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{owner}: {name} must be a positive whole number, got {value!r}")


def _require_equal_heads(owner: str, n_embd: int, n_head: int) -> None:
    if n_embd % n_head != 0:
        fitting = [h for h in range(1, n_embd + 1) if n_embd % h == 0]
        raise ValueError(
            f"{owner}: n_embd = {n_embd} cannot be split into n_head = {n_head} equal heads; "
            f"n_head must be one of {fitting}"
        )


def _require_whole_hidden(owner: str, n_embd: int, mlp_ratio: float) -> None:
    hidden = n_embd * mlp_ratio
    # Close to a whole number is enough: a ratio such as 57/13, times 13, gives 57.00000000000001.
    if not math.isfinite(hidden) or round(hidden) < 1 or not math.isclose(hidden, round(hidden), rel_tol=1e-9):
        raise ValueError(
            f"{owner}: mlp_ratio = {mlp_ratio} gives the MLP a hidden width of {hidden} for "
            f"n_embd = {n_embd}; the product must be a positive whole number"
        )


def _require_dropout(owner: str, dropout: float) -> None:
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"{owner}: dropout must be at least 0 and below 1, got {dropout}")


@dataclass(frozen=True)
class GPTConfig:
    """Shape of a GPT. The defaults are the course's own model: 2,457,800 parameters.

    vocab_size: V, tokens in the vocabulary.   seq_len: T, longest sequence in tokens.
    n_layer: L, decoder blocks.   n_embd: C, width of the residual stream.   n_head: H, attention heads.
    mlp_ratio: hidden width of the MLP over C.   bias: biases in linear layers (norms always have theirs).
    dropout: probability of zeroing an activation while training.

    Raises ValueError, naming the value and what would be right, if the shape is impossible.
    """

    vocab_size: int = 10_000
    seq_len: int = 128
    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5
    mlp_ratio: float = 4.0
    bias: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        require_positive_int(
            "GPTConfig",
            vocab_size=self.vocab_size,
            seq_len=self.seq_len,
            n_layer=self.n_layer,
            n_embd=self.n_embd,
            n_head=self.n_head,
        )
        _require_equal_heads("GPTConfig", self.n_embd, self.n_head)
        _require_whole_hidden("GPTConfig", self.n_embd, self.mlp_ratio)
        _require_dropout("GPTConfig", self.dropout)

    @property
    def head_dim(self) -> int:
        """D, the width of one head."""
        return self.n_embd // self.n_head

    @property
    def hidden_dim(self) -> int:
        """Width of the MLP's hidden layer."""
        return round(self.n_embd * self.mlp_ratio)


@dataclass(frozen=True)
class RopeScaling:
    """How Llama 3.1 and 3.2 stretch RoPE to a longer context than they were first trained with.

    Frequencies whose wave is longer than original_seq_len / low_freq_factor tokens are divided by `factor`, those
    with a wave shorter than original_seq_len / high_freq_factor are kept, and between the two it changes smoothly.
    factor: 8 for Llama 3.1, 32 for Llama 3.2.
    """

    factor: float
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_seq_len: int = 8192

    def __post_init__(self) -> None:
        if self.factor < 1:
            raise ValueError(f"RopeScaling: factor must be at least 1, got {self.factor}")
        if not 0 < self.low_freq_factor < self.high_freq_factor:
            raise ValueError(
                "RopeScaling: expected 0 < low_freq_factor < high_freq_factor, "
                f"got {self.low_freq_factor} and {self.high_freq_factor}"
            )
        require_positive_int("RopeScaling", original_seq_len=self.original_seq_len)


@dataclass(frozen=True)
class LlamaConfig:
    """Shape of a Llama 3. The defaults are the course's GPT with Llama's parts: 2,255,300 parameters.

    vocab_size: V.   seq_len: T, longest sequence in tokens.   n_layer: L.   n_embd: C.   n_head: H, query heads.
    n_kv_head: key and value heads, each shared by n_head / n_kv_head query heads.
    hidden_dim: width inside the MLP.   rope_theta: base of the rotation's wavelengths.
    rope_scaling: None up to Llama 3.   norm_eps: added to the mean square.   tie_embeddings: the head is the embedding.

    Raises ValueError, naming the value and what would be right, if the shape is impossible.
    """

    vocab_size: int = 10_000
    seq_len: int = 128
    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5
    n_kv_head: int = 1
    hidden_dim: int = 268
    rope_theta: float = 500_000.0
    rope_scaling: RopeScaling | None = None
    norm_eps: float = 1e-5
    tie_embeddings: bool = True

    def __post_init__(self) -> None:
        require_positive_int(
            "LlamaConfig",
            vocab_size=self.vocab_size,
            seq_len=self.seq_len,
            n_layer=self.n_layer,
            n_embd=self.n_embd,
            n_head=self.n_head,
            n_kv_head=self.n_kv_head,
            hidden_dim=self.hidden_dim,
        )
        _require_equal_heads("LlamaConfig", self.n_embd, self.n_head)
        if self.head_dim % 2 != 0:
            raise ValueError(
                f"LlamaConfig: RoPE rotates pairs of numbers, so n_embd / n_head must be even, got {self.head_dim}"
            )
        if self.n_head % self.n_kv_head != 0:
            fitting = [h for h in range(1, self.n_head + 1) if self.n_head % h == 0]
            raise ValueError(
                f"LlamaConfig: n_kv_head = {self.n_kv_head} cannot serve n_head = {self.n_head} query heads equally; "
                f"n_kv_head must be one of {fitting}"
            )
        if self.rope_theta <= 1 or self.norm_eps <= 0:
            raise ValueError(
                f"LlamaConfig: expected rope_theta above 1 and norm_eps above 0, got {self.rope_theta}, {self.norm_eps}"
            )

    @property
    def head_dim(self) -> int:
        """D, the width of one head."""
        return self.n_embd // self.n_head


@dataclass(frozen=True)
class GPTNeoConfig:
    """Shape of a GPT-Neo, the architecture of the TinyStories models. The defaults are TinyStories-33M.

    vocab_size: V.   seq_len: T, longest sequence in tokens.   n_layer: L.   n_embd: C.   n_head: H.
    mlp_ratio: hidden width of the MLP over C.
    attention_pattern: "global" or "local", layer by layer from the first, again and again until the last.
    window: tokens that a position of a local layer sees, itself included.   norm_eps: added to the variance.
    dropout: probability of zeroing an activation while training.   tie_embeddings: the head is the embedding.

    Raises ValueError, naming the value and what would be right, if the shape is impossible.
    """

    vocab_size: int = 50_257
    seq_len: int = 2048
    n_layer: int = 4
    n_embd: int = 768
    n_head: int = 16
    mlp_ratio: float = 4.0
    attention_pattern: Sequence[AttentionKind] = ("global", "local")
    window: int = 256
    norm_eps: float = 1e-5
    dropout: float = 0.0
    tie_embeddings: bool = True

    def __post_init__(self) -> None:
        require_positive_int(
            "GPTNeoConfig",
            vocab_size=self.vocab_size,
            seq_len=self.seq_len,
            n_layer=self.n_layer,
            n_embd=self.n_embd,
            n_head=self.n_head,
            window=self.window,
        )
        _require_equal_heads("GPTNeoConfig", self.n_embd, self.n_head)
        _require_whole_hidden("GPTNeoConfig", self.n_embd, self.mlp_ratio)
        _require_dropout("GPTNeoConfig", self.dropout)
        object.__setattr__(self, "attention_pattern", tuple(self.attention_pattern))  # json gives a list back
        if not self.attention_pattern or not set(self.attention_pattern) <= set(get_args(AttentionKind)):
            raise ValueError(
                "GPTNeoConfig: attention_pattern must name at least one layer's attention, and each 'global' or "
                f"'local', got {self.attention_pattern}"
            )
        if self.norm_eps <= 0:
            raise ValueError(f"GPTNeoConfig: norm_eps must be above 0, got {self.norm_eps}")

    @property
    def head_dim(self) -> int:
        """D, the width of one head."""
        return self.n_embd // self.n_head

    @property
    def hidden_dim(self) -> int:
        """Width of the MLP's hidden layer."""
        return round(self.n_embd * self.mlp_ratio)

    @property
    def attention_layers(self) -> tuple[AttentionKind, ...]:
        """The attention of each layer."""
        return tuple(self.attention_pattern[layer % len(self.attention_pattern)] for layer in range(self.n_layer))


ModelConfig = GPTConfig | GPTNeoConfig | LlamaConfig


def check_length(config: ModelConfig, tokens: int, or_else: str = "") -> None:
    """Raises ValueError if a model of this configuration cannot see so many tokens at once.

    or_else: what else would help, beside a shorter sequence and a larger model.
    """
    if tokens > config.seq_len:
        raise ValueError(
            f"the model has positions for seq_len = {config.seq_len} tokens, got a sequence of {tokens}; crop it, for "
            f"example idx[:, -model.config.seq_len:], or build the model with a larger seq_len{or_else}"
        )
