"""Small checkpoints with random weights, written by `transformers` in the format of the released ones."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
import transformers

VOCAB, POSITIONS = 53, 24
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}
CONFIGS: dict[str, tuple[type, dict]] = {
    "gpt2": (transformers.GPT2Config, {"n_positions": POSITIONS, "n_embd": 24, "n_layer": 2, "n_head": 3}),
    "gpt_neo": (
        transformers.GPTNeoConfig,
        {
            "max_position_embeddings": POSITIONS,
            "hidden_size": 24,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 5,
        },
    ),
    "llama": (
        transformers.LlamaConfig,
        {
            "max_position_embeddings": POSITIONS,
            "hidden_size": 32,
            "intermediate_size": 44,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "rope_parameters": LLAMA3_ROPE,
        },
    ),
    "qwen3": (
        transformers.Qwen3Config,
        {
            "max_position_embeddings": POSITIONS,
            "hidden_size": 32,
            "intermediate_size": 44,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 12,
        },
    ),
    "gemma3_text": (
        transformers.Gemma3TextConfig,
        {
            "max_position_embeddings": POSITIONS,
            "hidden_size": 32,
            "intermediate_size": 44,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 12,
            "pad_token_id": None,  # of a token that pads they leave out the gradient
            "query_pre_attn_scalar": 10,
            "sliding_window": 5,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
    "mixtral": (
        transformers.MixtralConfig,
        {
            "max_position_embeddings": POSITIONS,
            "hidden_size": 32,
            "intermediate_size": 24,  # in bfloat16 their kernel wants rows of 16 bytes
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "sliding_window": 7,
        },
    ),
}
CLASSES = {
    "gpt2": transformers.GPT2LMHeadModel,
    "gpt_neo": transformers.GPTNeoForCausalLM,
    "llama": transformers.LlamaForCausalLM,
    "qwen3": transformers.Qwen3ForCausalLM,
    "gemma3_text": transformers.Gemma3ForCausalLM,
    "mixtral": transformers.MixtralForCausalLM,
}


class Written(NamedTuple):
    """A checkpoint's folder, and the model that wrote it."""

    folder: Path
    model: transformers.PreTrainedModel


def write(
    folder: Path, model_type: str, dtype: torch.dtype = torch.float32, shard: str = "1GB", **changes: object
) -> Written:
    """A checkpoint with every weight random, norms and biases included."""
    config, sizes = CONFIGS[model_type]
    everywhere = {"vocab_size": VOCAB, "bos_token_id": 0, "eos_token_id": 0}
    model = CLASSES[model_type](config(**everywhere | sizes | changes))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norms_around = 0.0 if model_type == "gemma3_text" else 1.0  # Gemma counts them from 1
            around = norms_around if parameter.dim() == 1 and name.endswith("weight") else 0.0
            parameter.copy_(around + 0.15 * torch.randn(parameter.shape, generator=generator))
    model = model.to(dtype).eval()
    model.save_pretrained(folder, max_shard_size=shard)
    return Written(folder, model)


def tokens(B: int = 2, T: int = POSITIONS) -> torch.Tensor:
    return torch.randint(VOCAB, (B, T), generator=torch.Generator().manual_seed(1))


def edit_config(folder: Path, remove: tuple[str, ...] = (), **changes: object) -> None:
    """Change what a checkpoint's config.json says."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | changes
    for key in remove:
        del config[key]
    path.write_text(json.dumps(config), encoding="utf-8")
