"""Single entries of a `config.json`: a number, a size, a base of RoPE, the attention of each layer."""

from collections.abc import Mapping
from typing import Any

from course_lib.config import AttentionKind, RopeScaling

UNTIED = ("llama", "qwen3", "mixtral")  # where nothing is said, their head is a table of its own


def number(given: Mapping[str, Any], key: str, default: float | None = None) -> float:
    """The number; where it is missing or null the default, without which it is needed."""
    value = given.get(key)
    value = default if value is None else value
    if value is None:
        raise ValueError(f"config.json says nothing about {key}, which the model depends on")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} in config.json should be a number, got {value!r}")
    return float(value)


def size(given: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """The same for a whole number above 0."""
    value = number(given, key, default)
    if value < 1 or value != int(value):
        raise ValueError(f"{key} in config.json should be a whole number above 0, got {given[key]!r}")
    return int(value)


def is_tied(given: Mapping[str, Any]) -> bool:
    """Whether the head is the embedding."""
    return bool(given.get("tie_word_embeddings", given["model_type"] not in UNTIED))


def under_one_name(given: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
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


def attention_layers(types: Any, n_layer: int) -> tuple[Any, ...]:
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


def layer_types(
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


def rope(given: Mapping[str, Any], default_theta: float = 10_000.0) -> tuple[float, RopeScaling | None]:
    """Base and scaling. Since version 5 `transformers` writes both into rope_parameters; before, apart. It reads
    either, and where both are there rope_scaling instead of the other.
    """
    where = "rope_scaling" if given.get("rope_scaling") else "rope_parameters"
    entry = given.get(where) or {}
    if not isinstance(entry, Mapping) or any(isinstance(value, Mapping) for value in entry.values()):
        raise ValueError(f"{where} in config.json should be one flat JSON object, got {entry!r}")
    theta = number(entry, "rope_theta", number(given, "rope_theta", default_theta))
    kind = entry.get("rope_type", entry.get("type", "default"))
    if number(entry, "partial_rotary_factor", 1.0) != 1.0:
        raise ValueError(
            f"partial_rotary_factor = {entry['partial_rotary_factor']} in {where} is not supported; ours is 1.0"
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
    within = size(entry, original, size(given, "max_position_embeddings"))
    return theta, RopeScaling(
        factor=number(entry, "factor"),
        low_freq_factor=number(entry, "low_freq_factor"),
        high_freq_factor=number(entry, "high_freq_factor"),
        original_seq_len=size(given, original, within),
    )
