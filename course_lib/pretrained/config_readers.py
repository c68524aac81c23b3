"""Our configuration for each architecture that a `config.json` can name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from course_lib.config import AttentionKind, GPTConfig, GPTNeoConfig, LlamaConfig, ModelConfig, ModernConfig
from course_lib.pretrained.config_values import attention_layers, is_tied, layer_types, number, rope, size


def _gpt2(given: Mapping[str, Any]) -> GPTConfig:
    n_embd = size(given, "n_embd")
    return GPTConfig(
        vocab_size=size(given, "vocab_size"),
        seq_len=size(given, "n_positions"),
        n_layer=size(given, "n_layer"),
        n_embd=n_embd,
        n_head=size(given, "n_head"),
        mlp_ratio=size(given, "n_inner", 4 * n_embd) / n_embd,
        bias=bool(given.get("bias", True)),  # a key of ours: without them the file holds none
        dropout=number(given, "resid_pdrop", 0.1),
    )


def _gpt_neo(given: Mapping[str, Any]) -> GPTNeoConfig:
    n_embd = size(given, "hidden_size")
    config = GPTNeoConfig(
        vocab_size=size(given, "vocab_size"),
        seq_len=size(given, "max_position_embeddings"),
        n_layer=size(given, "num_layers"),
        n_embd=n_embd,
        n_head=size(given, "num_heads"),
        mlp_ratio=size(given, "intermediate_size", 4 * n_embd) / n_embd,
        window=size(given, "window_size", 256),
        norm_eps=number(given, "layer_norm_epsilon", 1e-5),
        dropout=number(given, "resid_dropout", 0.0),
        tie_embeddings=is_tied(given),
    )
    layers = attention_layers(given.get("attention_types"), config.n_layer)
    if layers != config.attention_layers:
        config = replace(config, attention_pattern=layers)
    also = given.get("attention_layers")  # the same written out, as `transformers` saves it
    if also is not None and also != list(layers):
        raise ValueError(f"attention_layers = {also!r} in config.json contradicts attention_types, {list(layers)!r}")
    return config


def _llama(given: Mapping[str, Any]) -> LlamaConfig:
    theta, scaling = rope(given)
    n_head = size(given, "num_attention_heads")
    config = LlamaConfig(
        vocab_size=size(given, "vocab_size"),
        seq_len=size(given, "max_position_embeddings"),
        n_layer=size(given, "num_hidden_layers"),
        n_embd=size(given, "hidden_size"),
        n_head=n_head,
        n_kv_head=size(given, "num_key_value_heads", n_head),
        hidden_dim=size(given, "intermediate_size"),
        rope_theta=theta,
        rope_scaling=scaling,
        norm_eps=number(given, "rms_norm_eps", 1e-6),
        tie_embeddings=is_tied(given),
    )
    head_dim = size(given, "head_dim", config.head_dim)
    if head_dim != config.head_dim:
        raise ValueError(
            f"head_dim = {head_dim} in config.json, but our heads are hidden_size / num_attention_heads = "
            f"{config.n_embd} / {config.n_head} = {config.head_dim} wide; such checkpoints are not supported"
        )
    return config


def _qwen3(given: Mapping[str, Any]) -> ModernConfig:
    config = replace(_modern(given, num_key_value_heads=32, head_dim=128), qk_norm=True)
    if not given.get("use_sliding_window", False):
        return replace(config, attention_pattern=layer_types(given, ["global"] * config.n_layer, local=False))
    first = number(given, "max_window_layers", 28)
    usual: list[AttentionKind] = ["global" if layer < first else "local" for layer in range(config.n_layer)]
    return replace(config, attention_pattern=layer_types(given, usual), window=size(given, "sliding_window", 4096))


def _gemma3(given: Mapping[str, Any]) -> ModernConfig:
    by_kind = given.get("rope_parameters") or {}
    if not isinstance(by_kind, Mapping) or not set(by_kind) <= {"full_attention", "sliding_attention"}:
        raise ValueError(f"rope_parameters in config.json should have one entry a kind of attention, got {by_kind!r}")
    thetas = {}
    for kind, beside, default in (
        ("full_attention", "rope_theta", 1_000_000.0),
        ("sliding_attention", "rope_local_base_freq", 10_000.0),
    ):
        inside = by_kind.get(kind) or {}
        if inside.get("rope_type", "default") != "default" or inside.get("partial_rotary_factor", 1.0) != 1.0:
            raise ValueError(f"rope_parameters in config.json: {kind} = {inside!r} is not supported; ours is 'default'")
        thetas[kind] = number(inside, "rope_theta", number(given, beside, default))
    plain = {key: value for key, value in given.items() if key not in ("rope_parameters", "rope_scaling")}
    config = _modern(plain, num_key_value_heads=4, head_dim=256)
    every = size(given, "sliding_window_pattern", 6)
    usual: list[AttentionKind] = ["local" if (layer + 1) % every else "global" for layer in range(config.n_layer)]
    return replace(
        config,
        gemma=True,
        qk_norm=True,
        attention_pattern=layer_types(given, usual),
        window=size(given, "sliding_window", 4096),
        rope_theta=thetas["full_attention"],
        local_rope_theta=thetas["sliding_attention"],
        query_scale=number(given, "query_pre_attn_scalar", 256),
    )


def _mixtral(given: Mapping[str, Any]) -> ModernConfig:
    config = _modern(given, num_key_value_heads=8, rms_norm_eps=1e-5, rope_theta=1_000_000.0)
    n_expert = size(given, "num_local_experts", 8)
    if n_expert == 1:
        raise ValueError("num_local_experts = 1 in config.json is not a mixture; a llama checkpoint computes the same")
    config = replace(config, n_expert=n_expert, n_active=size(given, "num_experts_per_tok", 2))
    if given.get("sliding_window") is None:
        return config
    return replace(config, attention_pattern=("local",), window=size(given, "sliding_window"))


def _modern(
    given: Mapping[str, Any],
    *,
    num_key_value_heads: int,
    head_dim: int | None = None,
    rms_norm_eps: float = 1e-6,
    rope_theta: float = 10_000.0,
) -> ModernConfig:
    """What the three have in common; the keywords are the architecture's defaults."""
    theta, scaling = rope(given, rope_theta)
    n_embd, n_head = size(given, "hidden_size"), size(given, "num_attention_heads")
    said = "num_key_value_heads" in given  # null says: as many as query heads
    width = size(given, "head_dim", n_embd // n_head if head_dim is None else head_dim)
    return ModernConfig(
        vocab_size=size(given, "vocab_size"),
        seq_len=size(given, "max_position_embeddings"),
        n_layer=size(given, "num_hidden_layers"),
        n_embd=n_embd,
        n_head=n_head,
        n_kv_head=size(given, "num_key_value_heads", n_head if said else num_key_value_heads),
        hidden_dim=size(given, "intermediate_size"),
        rope_theta=theta,
        rope_scaling=scaling,
        norm_eps=number(given, "rms_norm_eps", rms_norm_eps),
        tie_embeddings=is_tied(given),
        head_size=None if width * n_head == n_embd else width,
    )


READERS: dict[str, Callable[[Mapping[str, Any]], ModelConfig]] = {
    "gpt2": _gpt2,
    "gpt_neo": _gpt_neo,
    "llama": _llama,
    "qwen3": _qwen3,
    "gemma3_text": _gemma3,
    "mixtral": _mixtral,
}
