"""Small models with lively random weights, for the tests of this room."""

import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama

V = 13
GPT_SHAPE = GPTConfig(vocab_size=V, seq_len=12, n_layer=2, n_embd=12, n_head=3, bias=True, dropout=0.3)
LLAMA_SHAPE = LlamaConfig(vocab_size=V, seq_len=12, n_layer=3, n_embd=16, n_head=4, n_kv_head=2, hidden_dim=20)
KINDS = ["GPT", "Llama"]


def lively(kind: str) -> nn.Module:
    """Weights so large that every token of the context counts; float64, so that rounding decides nothing."""
    model = GPT(GPT_SHAPE) if kind == "GPT" else Llama(LLAMA_SHAPE)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return model.double().eval()


def tokens(B: int, T: int, seed: int = 1) -> Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(seed))
