"""Each key of a config.json that `transformers` reads, changed alone: its numbers are ours, or we refuse by name."""

import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from course_lib import pretrained
from tests.pretrained.checkpoints import CONFIGS, LLAMA3_ROPE, POSITIONS, edit_config, tokens, write

LENGTH = POSITIONS // 2  # a text that also fits models of half as many positions

# Keys that are no fields of a configuration's class and are read all the same, with values to try.
ROPE = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
BESIDE: dict[str, list[Any]] = {
    "rope_scaling": [
        {"rope_type": "linear", "factor": 4.0},
        {"type": "dynamic", "factor": 2.0},
        ROPE | {"original_max_position_embeddings": 16},
        ROPE,
        {"rope_type": "default"},
        {},
        None,
    ],
    "rope_parameters": [
        LLAMA3_ROPE | {"factor": 2.0},
        LLAMA3_ROPE | {"rope_theta": 10.0},
        {"rope_type": "default"},
        {name: value for name, value in LLAMA3_ROPE.items() if name != "original_max_position_embeddings"},
        {"type": "linear", "factor": 2.0},
        {"full_attention": LLAMA3_ROPE},
        {"full_attention": {"rope_type": "default", "rope_theta": 10.0}},
        {"sliding_attention": {"rope_theta": 10.0}},
        None,
    ],
    "rope_theta": [10.0, 500_000.0, None],
    "partial_rotary_factor": [0.5, 1.0],
    "original_max_position_embeddings": [4, POSITIONS],
    "is_causal": [False, True, None],
    "attention_layers": [["global", "global"], ["local", "local"], ["local", "global"]],
    "attention_types": [[[["global"], 2]], [[["local"], 1], [["global"], 1]]],
    "layer_types": [["sliding_attention", "full_attention"], ["full_attention", "full_attention"]],
    "sliding_window": [3],
    "sliding_window_pattern": [2],
    "use_sliding_window": [True, False],
    "max_window_layers": [0, 1, 2],
    "rope_local_base_freq": [10.0, None],
    "query_pre_attn_scalar": [4, 12],
    "use_bidirectional_attention": [True, None],
    "final_logit_softcapping": [2.0, None],
    "attn_logit_softcapping": [2.0, None],
    "hidden_activation": ["gelu", "silu", "gelu_pytorch_tanh"],
    "num_experts": [4, 3],
    "num_experts_per_tok": [1, 3, 4],
    "router_jitter_noise": [0.1],
    "attention_chunk_size": [3],
    "n_ctx": [8],
    "head_dim": [8, 6, 16],
    "num_key_value_heads": [1, 2, 4, None],
    "quantization_config": [{"quant_method": "bitsandbytes", "load_in_8bit": True}],
    "per_layer_config": [{"0": {"num_attention_heads": 2}}],
    "activation_function": ["gelu", "relu", "gelu_pytorch_tanh", "gelu_fast", "silu"],
    "hidden_act": ["gelu", "relu", "swish", "silu"],
    "layer_norm_epsilon": [1e-3, 1e-5],
    "rms_norm_eps": [1e-3],
    "tie_word_embeddings": [True, False, None],
    "scale_attn_weights": [False, None],
}
ALIASES = {
    "gpt2": ["hidden_size", "num_attention_heads", "num_hidden_layers", "max_position_embeddings"],
    "gpt_neo": ["num_attention_heads", "num_hidden_layers"],
    "llama": [],
    "qwen3": [],
    "gemma3_text": [],
    "mixtral": ["num_experts"],
}
NUMBER_FORMAT = {"dtype", "torch_dtype"}  # ours keeps the file's, as `load` says
HEADLESS = {"return_dict", "model_type"}  # what the call returns, and which of the three it is


def keys(model_type: str) -> list[str]:
    config = CONFIGS[model_type][0]
    read = {one.name for one in fields(config)} | set(BESIDE) | set(ALIASES[model_type])
    return sorted(read - NUMBER_FORMAT - HEADLESS)


def other_values(value: Any) -> list[Any]:
    """Values of the same kind, and null."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [max(1, value // 2), value + 1, value * 2, None]
    if isinstance(value, float):
        return [value / 2 + 0.1, None]
    if isinstance(value, str):
        return ["gelu", None]
    return [1, True, 0.5]


def answer(load: Any, folder: Path) -> torch.Tensor:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        out = load(folder)(tokens(T=LENGTH))
    return getattr(out, "logits", out)


def theirs(folder: Path) -> torch.Tensor | None:
    """What `transformers` answers; None where it can make no model of it."""

    def load(folder: Path) -> Any:
        model, told = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True
        )
        if told["missing_keys"] or told["mismatched_keys"] or told["unexpected_keys"]:
            raise ValueError("some weights are drawn anew")
        return model.eval()

    try:
        return answer(load, folder)
    except Exception:
        return None


@pytest.mark.parametrize("model_type", list(CONFIGS))
def test_each_key_gives_their_numbers_or_a_refusal_that_names_it(tmp_path: Path, model_type: str) -> None:
    folder = write(tmp_path, model_type).folder
    before = (folder / "config.json").read_text(encoding="utf-8")
    standing = transformers.AutoConfig.from_pretrained(folder)
    wrong, compared = [], 0
    for key in keys(model_type):
        values = BESIDE.get(key, []) + other_values(getattr(standing, key, None))
        for value in values:
            edit_config(folder, **{key: value})
            expected = theirs(folder)
            try:
                got = answer(pretrained.load, folder)
            except ValueError as error:
                if expected is not None and key not in str(error):
                    wrong.append(f"{key} = {value!r}: refused without its name: {error}")
                got = expected
            compared += expected is not None
            if expected is not None and got is not None and not torch.allclose(got, expected, atol=1e-5):
                wrong.append(f"{key} = {value!r}: other numbers, {(got - expected).abs().max():.2g}")
            (folder / "config.json").write_text(before, encoding="utf-8")
    assert not wrong, "\n".join(wrong)
    assert compared > 60
