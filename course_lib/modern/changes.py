"""The changes that lesson 18 compares: each alone, made in the same small Llama."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from course_lib.config import LlamaConfig, ModernConfig

# The Llama of lesson 10 in the size of the two-minute model, with two more layers and heads that share keys.
BASE = LlamaConfig(
    vocab_size=2_048,
    seq_len=256,
    n_layer=4,
    n_embd=128,
    n_head=4,
    n_kv_head=2,
    hidden_dim=336,
    rope_theta=10_000.0,
)


@dataclass(frozen=True)
class Change:
    """A model to train.

    fields: what of `ModernConfig` differs from the base.   optimizer: "adamw" or "muon".
    balance: the factor of the balance loss.
    """

    name: str
    fields: dict[str, Any]
    optimizer: str = "adamw"
    balance: float = 0.0

    @property
    def config(self) -> ModernConfig:
        """The base with this change."""
        return replace(ModernConfig(**asdict(BASE)), **self.fields)


EXPERTS = {
    "n_expert": 8,
    "n_active": 2,
    "hidden_dim": BASE.hidden_dim // 2,
}  # two of half the width: as much to compute
CHANGES = (
    Change("Llama", {}),
    Change("QK-norm", {"qk_norm": True}),
    Change("windows", {"attention_pattern": ("local", "local", "local", "global"), "window": 32}),
    Change("experts", EXPERTS, balance=0.01),
    Change("experts, not balanced", EXPERTS),
    Change("latent", {"latent_dim": 64, "rope_dim": 16}),
    Change("Muon", {}, optimizer="muon"),
)


def find_change(name: str) -> Change:
    """The change of that name. Raises ValueError, naming those there are, if there is none."""
    for change in CHANGES:
        if change.name == name:
            return change
    raise ValueError(f"there is no change {name!r}; there are {', '.join(change.name for change in CHANGES)}")
