"""Small models whose every weight counts, in float64, where rounding decides nothing."""

from functools import cache as once

import torch
from torch import nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama

KINDS = ["GPT", "Llama"]


@once
def lively(kind: str = "GPT", V: int = 11, seed: int = 0, seq_len: int = 32) -> nn.Module:
    if kind == "GPT":
        model: nn.Module = GPT(GPTConfig(vocab_size=V, seq_len=seq_len, n_layer=2, n_embd=16, n_head=2, bias=True))
    else:
        model = Llama(
            LlamaConfig(vocab_size=V, seq_len=seq_len, n_layer=2, n_embd=16, n_head=4, n_kv_head=2, hidden_dim=24)
        )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return model.double().eval()
