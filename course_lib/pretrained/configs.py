"""`config.json` of a checkpoint into our configurations. What would change the numbers and is not ours is refused.

Where a key is missing, `transformers`' default for that architecture holds, as it would for the checkpoint's author.
Where it reads a number under two names, those must agree.
"""

import warnings
from collections.abc import Mapping
from typing import Any

from course_lib.block import EPS
from course_lib.config import ModelConfig
from course_lib.pretrained.architectures import ARCHITECTURES
from course_lib.pretrained.config_readers import READERS
from course_lib.pretrained.config_values import number, under_one_name

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
    config = READERS[model_type](under_one_name(given, ALIASES[model_type]))
    _warn_of_other_dropouts(given, DROPOUTS[model_type], getattr(config, "dropout", 0.0))
    return config


def _warn_of_other_dropouts(given: Mapping[str, Any], defaults: Mapping[str, float], ours: float) -> None:
    asked = {name: number(given, name, default) for name, default in defaults.items()}
    if any(value != ours for value in asked.values()):
        told = ", ".join(f"{name} = {value:g}" for name, value in asked.items())
        warnings.warn(f"config.json has {told}; in training our model will drop {ours:g} everywhere", stacklevel=4)


def _architecture_name(given: Mapping[str, Any]) -> str:
    classes = given.get("architectures")
    name = given.get("model_type")
    if name is None:
        return f"not named (no model_type in config.json; its classes are {classes})"
    return f"{name!r} ({', '.join(classes)})" if classes else repr(name)
