"""`config.json` of a checkpoint into our configurations. What would change the numbers and is not ours is refused.

Where a key is missing, `transformers`' default for that architecture holds, as it would for the checkpoint's author.
Where it reads a number under two names, those must agree.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from course_lib.block import EPS
from course_lib.config import (
    AttentionKind,
    GPTConfig,
    GPTNeoConfig,
    LlamaConfig,
    ModelConfig,
    ModernConfig,
    RopeScaling,
)
from course_lib.pretrained.architectures import ARCHITECTURES

GELU_TANH_NAMES = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")  # one function under three names

# key: the values with which the architecture computes what ours does, the default first
FIXED: dict[str, dict[str, tuple[object, ...]]] = {
    "gpt2": {
        "is_causal": (True,),
        "activation_function": GELU_TANH_NAMES,
        "layer_norm_epsilon": (EPS,),
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "add_cross_attention": (False,),
    },
    "gpt_neo": {"is_causal": (True,), "activation_function": GELU_TANH_NAMES},
    "llama": {
        "is_causal": (True,),
        "hidden_act": ("silu", "swish"),
        "attention_bias": (False,),
        "mlp_bias": (False,),
        "partial_rotary_factor": (1.0,),
    },
    "qwen3": {
        "is_causal": (True,),
        "hidden_act": ("silu", "swish"),
        "attention_bias": (False,),
        "partial_rotary_factor": (1.0,),
    },
    "gemma3_text": {
        "is_causal": (True,),
        "hidden_activation": GELU_TANH_NAMES[1:],
        "attention_bias": (False,),
        "partial_rotary_factor": (1.0,),
        "final_logit_softcapping": (None,),
        "attn_logit_softcapping": (None,),
        "use_bidirectional_attention": (False, None),
        "rope_scaling": (None, {}),
    },
    "mixtral": {
        "is_causal": (True,),
        "hidden_act": ("silu", "swish"),
        "partial_rotary_factor": (1.0,),
        "router_jitter_noise": (0.0, None),
    },
}

# A second name: the first. `transformers` gives all its configurations some names in common.
ALIASES = {
    "gpt2": {
        "hidden_size": "n_embd",
        "max_position_embeddings": "n_positions",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    },
    "gpt_neo": {"num_attention_heads": "num_heads", "num_hidden_layers": "num_layers"},
    "llama": {},
    "qwen3": {},
    "gemma3_text": {},
    "mixtral": {"num_experts": "num_local_experts"},
}
UNTIED = ("llama", "qwen3", "mixtral")  # where nothing is said, their head is a table of its own

# Probabilities of dropout, in training, with their defaults. Ours has one, that of the first; our Llama has none.
DROPOUTS = {
    "gpt2": {"resid_pdrop": 0.1, "embd_pdrop": 0.1, "attn_pdrop": 0.1},
    "gpt_neo": {"resid_dropout": 0.0, "embed_dropout": 0.0, "attention_dropout": 0.0},
    "llama": {"attention_dropout": 0.0},
    "qwen3": {"attention_dropout": 0.0},
    "gemma3_text": {"attention_dropout": 0.0},
    "mixtral": {"attention_dropout": 0.0},
}


def to_config(given: Mapping[str, Any]) -> ModelConfig:
    """Our configuration for what a `config.json` says.

    Raises ValueError, naming the key, if the architecture is not supported, a key is missing, or a value asks for
    something that our class does not compute. Warns of probabilities of dropout that are not one: nothing but further
    training depends on them.
    """
    model_type = given.get("model_type")
    if model_type not in ARCHITECTURES:
        raise ValueError(
            f"the checkpoint's architecture is {_architecture_name(given)}; "
            f"supported are the model_types {', '.join(sorted(ARCHITECTURES))}"
        )
    if given.get("quantization_config") is not None:
        raise ValueError("the checkpoint is quantized (quantization_config); take one in float32, bfloat16 or float16")
    for key, accepted in FIXED[model_type].items():
        value = given.get(key, accepted[0])
        if value not in accepted:
            raise ValueError(
                f"{key} = {value!r} in config.json is not what our {model_type} computes; "
                f"supported: {', '.join(map(repr, accepted))}"
            )
    config = READERS[model_type](_under_one_name(given, ALIASES[model_type]))
    _warn_of_other_dropouts(given, DROPOUTS[model_type], getattr(config, "dropout", 0.0))
    return config


def is_tied(given: Mapping[str, Any]) -> bool:
    """Whether the head is the embedding."""
    return bool(given.get("tie_word_embeddings", given["model_type"] not in UNTIED))


def _under_one_name(given: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """The same without second names. Raises ValueError if one contradicts the first."""
    single = dict(given)
    for alias, name in aliases.items():
        value = single.pop(alias, None)
        if value is not None and single.setdefault(name, value) != value:
            raise ValueError(
                f"{alias} = {value!r} and {name} = {single[name]!r} in config.json are two names for one number, and "
                "contradict each other; take the wrong one out"
            )
    return single


def _warn_of_other_dropouts(given: Mapping[str, Any], defaults: Mapping[str, float], ours: float) -> None:
    asked = {name: _number(given, name, default) for name, default in defaults.items()}
    if any(value != ours for value in asked.values()):
        told = ", ".join(f"{name} = {value:g}" for name, value in asked.items())
        warnings.warn(f"config.json has {told}; in training our model will drop {ours:g} everywhere", stacklevel=4)


def _gpt2(given: Mapping[str, Any]) -> GPTConfig:
    n_embd = _size(given, "n_embd")
    return GPTConfig(
        vocab_size=_size(given, "vocab_size"),
        seq_len=_size(given, "n_positions"),
        n_layer=_size(given, "n_layer"),
        n_embd=n_embd,
        n_head=_size(given, "n_head"),
        mlp_ratio=_size(given, "n_inner", 4 * n_embd) / n_embd,
        bias=bool(given.get("bias", True)),  # a key of ours: without them the file holds none
        dropout=_number(given, "resid_pdrop", 0.1),
    )


def _gpt_neo(given: Mapping[str, Any]) -> GPTNeoConfig:
    n_embd = _size(given, "hidden_size")
    config = GPTNeoConfig(
        vocab_size=_size(given, "vocab_size"),
        seq_len=_size(given, "max_position_embeddings"),
        n_layer=_size(given, "num_layers"),
        n_embd=n_embd,
        n_head=_size(given, "num_heads"),
        mlp_ratio=_size(given, "intermediate_size", 4 * n_embd) / n_embd,
        window=_size(given, "window_size", 256),
        norm_eps=_number(given, "layer_norm_epsilon", 1e-5),
        dropout=_number(given, "resid_dropout", 0.0),
        tie_embeddings=is_tied(given),
    )
    layers = _attention_layers(given.get("attention_types"), config.n_layer)
    if layers != config.attention_layers:
        config = replace(config, attention_pattern=layers)
    also = given.get("attention_layers")  # the same written out, as `transformers` saves it
    if also is not None and also != list(layers):
        raise ValueError(f"attention_layers = {also!r} in config.json contradicts attention_types, {list(layers)!r}")
    return config


def _attention_layers(types: Any, n_layer: int) -> tuple[Any, ...]:
    """[[["global", "local"], 4]] is this pattern four times, one layer after the other."""
    try:
        layers = tuple(kind for pattern, times in types for kind in list(pattern) * times)
    except (TypeError, ValueError) as error:
        raise ValueError(f"attention_types in config.json should be [[[kinds], times], …], got {types!r}") from error
    if len(layers) != n_layer:
        raise ValueError(
            f"attention_types in config.json names the attention of {len(layers)} layers, but num_layers is {n_layer}"
        )
    return layers


def _llama(given: Mapping[str, Any]) -> LlamaConfig:
    theta, scaling = _rope(given)
    n_head = _size(given, "num_attention_heads")
    config = LlamaConfig(
        vocab_size=_size(given, "vocab_size"),
        seq_len=_size(given, "max_position_embeddings"),
        n_layer=_size(given, "num_hidden_layers"),
        n_embd=_size(given, "hidden_size"),
        n_head=n_head,
        n_kv_head=_size(given, "num_key_value_heads", n_head),
        hidden_dim=_size(given, "intermediate_size"),
        rope_theta=theta,
        rope_scaling=scaling,
        norm_eps=_number(given, "rms_norm_eps", 1e-6),
        tie_embeddings=is_tied(given),
    )
    head_dim = _size(given, "head_dim", config.head_dim)
    if head_dim != config.head_dim:
        raise ValueError(
            f"head_dim = {head_dim} in config.json, but our heads are hidden_size / num_attention_heads = "
            f"{config.n_embd} / {config.n_head} = {config.head_dim} wide; such checkpoints are not supported"
        )
    return config


def _qwen3(given: Mapping[str, Any]) -> ModernConfig:
    config = replace(_modern(given, num_key_value_heads=32, head_dim=128), qk_norm=True)
    if not given.get("use_sliding_window", False):
        return replace(config, attention_pattern=_layer_types(given, ["global"] * config.n_layer, local=False))
    first = _number(given, "max_window_layers", 28)
    usual: list[AttentionKind] = ["global" if layer < first else "local" for layer in range(config.n_layer)]
    return replace(config, attention_pattern=_layer_types(given, usual), window=_size(given, "sliding_window", 4096))


def _gemma3(given: Mapping[str, Any]) -> ModernConfig:
    rope = given.get("rope_parameters") or {}
    if not isinstance(rope, Mapping) or not set(rope) <= {"full_attention", "sliding_attention"}:
        raise ValueError(f"rope_parameters in config.json should have one entry a kind of attention, got {rope!r}")
    thetas = {}
    for kind, beside, default in (
        ("full_attention", "rope_theta", 1_000_000.0),
        ("sliding_attention", "rope_local_base_freq", 10_000.0),
    ):
        inside = rope.get(kind) or {}
        if inside.get("rope_type", "default") != "default" or inside.get("partial_rotary_factor", 1.0) != 1.0:
            raise ValueError(f"rope_parameters in config.json: {kind} = {inside!r} is not supported; ours is 'default'")
        thetas[kind] = _number(inside, "rope_theta", _number(given, beside, default))
    plain = {key: value for key, value in given.items() if key not in ("rope_parameters", "rope_scaling")}
    config = _modern(plain, num_key_value_heads=4, head_dim=256)
    every = _size(given, "sliding_window_pattern", 6)
    usual: list[AttentionKind] = ["local" if (layer + 1) % every else "global" for layer in range(config.n_layer)]
    return replace(
        config,
        gemma=True,
        qk_norm=True,
        attention_pattern=_layer_types(given, usual),
        window=_size(given, "sliding_window", 4096),
        rope_theta=thetas["full_attention"],
        local_rope_theta=thetas["sliding_attention"],
        query_scale=_number(given, "query_pre_attn_scalar", 256),
    )


def _mixtral(given: Mapping[str, Any]) -> ModernConfig:
    config = _modern(given, num_key_value_heads=8, rms_norm_eps=1e-5, rope_theta=1_000_000.0)
    n_expert = _size(given, "num_local_experts", 8)
    if n_expert == 1:
        raise ValueError("num_local_experts = 1 in config.json is not a mixture; a llama checkpoint computes the same")
    config = replace(config, n_expert=n_expert, n_active=_size(given, "num_experts_per_tok", 2))
    if given.get("sliding_window") is None:
        return config
    return replace(config, attention_pattern=("local",), window=_size(given, "sliding_window"))


def _modern(
    given: Mapping[str, Any],
    *,
    num_key_value_heads: int,
    head_dim: int | None = None,
    rms_norm_eps: float = 1e-6,
    rope_theta: float = 10_000.0,
) -> ModernConfig:
    """What the three have in common; the keywords are the architecture's defaults."""
    theta, scaling = _rope(given, rope_theta)
    n_embd, n_head = _size(given, "hidden_size"), _size(given, "num_attention_heads")
    said = "num_key_value_heads" in given  # null says: as many as query heads
    size = _size(given, "head_dim", n_embd // n_head if head_dim is None else head_dim)
    return ModernConfig(
        vocab_size=_size(given, "vocab_size"),
        seq_len=_size(given, "max_position_embeddings"),
        n_layer=_size(given, "num_hidden_layers"),
        n_embd=n_embd,
        n_head=n_head,
        n_kv_head=_size(given, "num_key_value_heads", n_head if said else num_key_value_heads),
        hidden_dim=_size(given, "intermediate_size"),
        rope_theta=theta,
        rope_scaling=scaling,
        norm_eps=_number(given, "rms_norm_eps", rms_norm_eps),
        tie_embeddings=is_tied(given),
        head_size=None if size * n_head == n_embd else size,
    )


def _layer_types(
    given: Mapping[str, Any], usual: list[AttentionKind], *, local: bool = True
) -> tuple[AttentionKind, ...]:
    """The attention of each layer: what layer_types says, or else what is usual.   local: windows are possible."""
    types = given.get("layer_types")
    if types is None:
        return tuple(usual)
    kinds: dict[str, AttentionKind] = {"full_attention": "global"}
    if local:
        kinds["sliding_attention"] = "local"
    if not isinstance(types, list) or len(types) != len(usual) or not set(types) <= set(kinds):
        raise ValueError(
            f"layer_types in config.json should name the attention of {len(usual)} layers, each {' or '.join(kinds)}, "
            f"got {types!r}"
        )
    return tuple(kinds[kind] for kind in types)


def _rope(given: Mapping[str, Any], default_theta: float = 10_000.0) -> tuple[float, RopeScaling | None]:
    """Base and scaling. Since version 5 `transformers` writes both into rope_parameters; before, apart. It reads
    either, and where both are there rope_scaling instead of the other.
    """
    where = "rope_scaling" if given.get("rope_scaling") else "rope_parameters"
    rope = given.get(where) or {}
    if not isinstance(rope, Mapping) or any(isinstance(value, Mapping) for value in rope.values()):
        raise ValueError(f"{where} in config.json should be one flat JSON object, got {rope!r}")
    theta = _number(rope, "rope_theta", _number(given, "rope_theta", default_theta))
    kind = rope.get("rope_type", rope.get("type", "default"))
    if _number(rope, "partial_rotary_factor", 1.0) != 1.0:
        raise ValueError(
            f"partial_rotary_factor = {rope['partial_rotary_factor']} in {where} is not supported; ours is 1.0"
        )
    if kind == "default":
        return theta, None
    if kind != "llama3":
        raise ValueError(
            f"RoPE scaling in config.json's {where} of the kind {kind!r} is not supported; "
            "supported are 'default' and 'llama3'"
        )
    # Beside the others it comes before the one among them; in neither place, it is the model's whole context.
    original = "original_max_position_embeddings"
    within = _size(rope, original, _size(given, "max_position_embeddings"))
    return theta, RopeScaling(
        factor=_number(rope, "factor"),
        low_freq_factor=_number(rope, "low_freq_factor"),
        high_freq_factor=_number(rope, "high_freq_factor"),
        original_seq_len=_size(given, original, within),
    )


READERS: dict[str, Callable[[Mapping[str, Any]], ModelConfig]] = {
    "gpt2": _gpt2,
    "gpt_neo": _gpt_neo,
    "llama": _llama,
    "qwen3": _qwen3,
    "gemma3_text": _gemma3,
    "mixtral": _mixtral,
}


def _number(given: Mapping[str, Any], key: str, default: float | None = None) -> float:
    """The number; where it is missing or null the default, without which it is needed."""
    value = given.get(key)
    value = default if value is None else value
    if value is None:
        raise ValueError(f"config.json says nothing about {key}, which the model depends on")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} in config.json should be a number, got {value!r}")
    return float(value)


def _size(given: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """The same for a whole number above 0."""
    value = _number(given, key, default)
    if value < 1 or value != int(value):
        raise ValueError(f"{key} in config.json should be a whole number above 0, got {given[key]!r}")
    return int(value)


def _architecture_name(given: Mapping[str, Any]) -> str:
    classes = given.get("architectures")
    name = given.get("model_type")
    if name is None:
        return f"not named (no model_type in config.json; its classes are {classes})"
    return f"{name!r} ({', '.join(classes)})" if classes else repr(name)
