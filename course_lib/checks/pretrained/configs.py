"""Configurations out of config.json, and what becomes of them with the mistakes that are made, for lesson 13."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from course_lib.config import GPTConfig, LlamaConfig, RopeScaling


def read_config(text: str) -> GPTConfig | LlamaConfig:
    """The configuration that a config.json of GPT-2 or of Llama describes."""
    fields = json.loads(text)
    if fields["model_type"] == "gpt2":
        return gpt2_config(fields)
    if fields["model_type"] == "llama":
        return llama_config(fields)
    raise ValueError(f"model_type {fields['model_type']!r} is neither 'gpt2' nor 'llama'")


def gpt2_config(fields: Mapping[str, Any]) -> GPTConfig:
    """GPT-2's names into ours."""
    return GPTConfig(
        vocab_size=fields["vocab_size"],
        seq_len=fields["n_positions"],
        n_layer=fields["n_layer"],
        n_embd=fields["n_embd"],
        n_head=fields["n_head"],
        mlp_ratio=(fields.get("n_inner") or 4 * fields["n_embd"]) / fields["n_embd"],
        bias=True,
        dropout=fields["resid_pdrop"],
    )


def llama_config(fields: Mapping[str, Any]) -> LlamaConfig:
    """Llama's names into ours."""
    scaling = fields.get("rope_scaling")
    return LlamaConfig(
        vocab_size=fields["vocab_size"],
        seq_len=fields["max_position_embeddings"],
        n_layer=fields["num_hidden_layers"],
        n_embd=fields["hidden_size"],
        n_head=fields["num_attention_heads"],
        n_kv_head=fields.get("num_key_value_heads", fields["num_attention_heads"]),
        hidden_dim=fields["intermediate_size"],
        rope_theta=fields.get("rope_theta", 10_000.0),
        rope_scaling=RopeScaling(scaling["factor"]) if scaling else None,
        norm_eps=fields["rms_norm_eps"],
        tie_embeddings=fields.get("tie_word_embeddings", False),
    )


def config_with(
    gpt2: Callable[[GPTConfig], GPTConfig] = lambda config: config,
    llama: Callable[[LlamaConfig], LlamaConfig] = lambda config: config,
) -> Callable[[str], GPTConfig | LlamaConfig]:
    """`read_config` with something changed in what comes out."""

    def mutant(text: str) -> GPTConfig | LlamaConfig:
        config = read_config(text)
        return gpt2(config) if isinstance(config, GPTConfig) else llama(config)

    return mutant


def dropout_from(name: str) -> Callable[[str], GPTConfig | LlamaConfig]:
    """`read_config` with the dropout of a GPT-2 taken from another field."""

    def mutant(text: str) -> GPTConfig | LlamaConfig:
        config = read_config(text)
        return replace(config, dropout=json.loads(text)[name]) if isinstance(config, GPTConfig) else config

    return mutant


def where_unsaid(name: str, **ours: Any) -> Callable[[str], GPTConfig | LlamaConfig]:
    """`read_config` with our own defaults where a Llama's file says nothing of `name`."""

    def mutant(text: str) -> GPTConfig | LlamaConfig:
        config = read_config(text)
        unsaid = isinstance(config, LlamaConfig) and name not in json.loads(text)
        return replace(config, **ours) if unsaid else config

    return mutant


def every_model_a_llama(text: str) -> GPTConfig | LlamaConfig:
    """What is not a GPT-2 is taken for a Llama."""
    fields = json.loads(text)
    return gpt2_config(fields) if fields["model_type"] == "gpt2" else llama_config(fields)


def always_there(name: str, kind: str = "llama") -> Callable[[str], GPTConfig | LlamaConfig]:
    """`read_config` that takes a field for granted that files of this kind may lack."""

    def mutant(text: str) -> GPTConfig | LlamaConfig:
        fields = json.loads(text)
        if fields["model_type"] == kind:
            fields[name]
        return read_config(text)

    return mutant
