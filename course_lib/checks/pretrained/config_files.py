"""Texts of config.json, for lesson 13."""

import json
from collections.abc import Mapping
from typing import Any

import torch

from course_lib.checks.engine.exercise import Case

MAY_BE_MISSING = ("num_key_value_heads", "rope_theta", "rope_scaling", "tie_word_embeddings")


def without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fields but one."""
    return {key: value for key, value in fields.items() if key != name}


def config_cases(generator: torch.Generator) -> list[Case]:
    """GPT-2 as `transformers` saves it, one with an inner width; Llama old and new; one that looks like a Llama."""
    drawn = [int(number) for number in torch.randint(1, 6, (4,), generator=generator)]
    gpt2 = {
        "model_type": "gpt2",
        "vocab_size": 50257,
        "n_positions": 1024,
        "n_embd": 768,
        "n_layer": 12,
        "n_head": 12,
        "n_inner": None,
        "resid_pdrop": drawn[3] / 20,
        "embd_pdrop": drawn[3] / 20 + 0.02,
        "attn_pdrop": drawn[3] / 20 + 0.05,
    }
    inner = gpt2 | {
        "n_embd": 16 * drawn[0],
        "n_head": 4,
        "n_inner": 40 * drawn[0],
        "n_positions": 64,
        "resid_pdrop": 0.0,
    }
    old = {
        "model_type": "llama",
        "vocab_size": 32000,
        "max_position_embeddings": 2048,
        "num_hidden_layers": drawn[1],
        "hidden_size": 4096,
        "num_attention_heads": 32,
        "intermediate_size": 11008,
        "rms_norm_eps": 1e-6,
    }
    new = old | {
        "vocab_size": 128256,
        "max_position_embeddings": 131072,
        "num_key_value_heads": 8,
        "rope_theta": 500000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0 * drawn[2]},
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
    }
    return [
        Case((json.dumps(gpt2),), label="GPT-2"),
        Case((json.dumps(inner),), label="a GPT-2 whose MLP is 2.5 times as wide as the stream"),
        Case((json.dumps(new),), label="a Llama 3.2"),
        Case((json.dumps(old | {"rope_scaling": None}),), label="the first Llama, whose file leaves things unsaid"),
        Case((json.dumps(without(gpt2, "n_inner")),), label="a GPT-2 whose file has no n_inner"),
        *(
            Case((json.dumps(without(new, name)),), label=f"a Llama whose file has no {name}")
            for name in MAY_BE_MISSING
        ),
        Case((json.dumps(new | {"model_type": "mistral"}),), label="model_type 'mistral'"),
        Case((json.dumps(new | {"model_type": "llama4"}),), label="model_type 'llama4'"),
    ]
