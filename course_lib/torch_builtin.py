"""The same GPT from torch's built-in layers, and the way of its weights there."""

from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import GPTConfig, check_length
from course_lib.gpt import GPT


class TorchGPT(nn.Module):
    """`gpt.GPT` with `nn.TransformerEncoder` for its stack of blocks.

    A decoder-only model is torch's *encoder* with a causal mask: what torch calls a decoder attends to a second text.
    A new one starts with torch's own initial weights, the same in every layer; `from_gpt` gives it those of a GPT.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.dropout = nn.Dropout(config.dropout)
        layer = nn.TransformerEncoderLayer(
            d_model=config.n_embd,
            nhead=config.n_head,
            dim_feedforward=config.hidden_dim,  # an int; torch's default is 2048
            dropout=config.dropout,  # torch's default is 0.1
            activation=partial(F.gelu, approximate="tanh"),  # torch's default is ReLU
            batch_first=True,  # (B, T, C); torch's default is (T, B, C)
            norm_first=True,  # pre-norm; torch's default is post-norm
            bias=config.bias,
        )
        # bias=False would take the norms' shifts away as well; our norms always have theirs.
        layer.norm1, layer.norm2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        layer.dropout.p = 0.0  # torch drops between the MLP's layers as well, where GPT-2 and ours do not
        self.encoder = nn.TransformerEncoder(
            layer, config.n_layer, norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False
        )
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """As `gpt.GPT`. Raises ValueError if there are more tokens than `config.seq_len`."""
        T = idx.shape[-1]
        check_length(self.config, T)
        positions = torch.arange(T, device=idx.device)  # (T,)
        x = self.dropout(self.token_embedding(idx) + self.position_embedding(positions))  # (B, T, C)
        blocked = torch.ones(T, T, dtype=torch.bool, device=idx.device).triu(diagonal=1)  # True may NOT attend, here
        # is_causal is a hint: it saves reading the mask, and is trusted. It does not stand in for the mask.
        return self.head(self.encoder(x, mask=blocked, is_causal=True))  # (B, T, V)


def their_name(name: str) -> str:
    """What a parameter of `gpt.GPT` is called in `TorchGPT`."""
    for ours, theirs in (
        ("blocks.", "encoder.layers."),
        ("attention.qkv_proj.weight", "self_attn.in_proj_weight"),
        ("attention.qkv_proj.bias", "self_attn.in_proj_bias"),
        ("attention.out_proj", "self_attn.out_proj"),
        ("mlp.up_proj", "linear1"),
        ("mlp.down_proj", "linear2"),
        ("norm_1", "norm1"),
        ("norm_2", "norm2"),
        ("final_norm", "encoder.norm"),
    ):
        name = name.replace(ours, theirs)
    return name


def from_gpt(gpt: GPT) -> TorchGPT:
    """A `TorchGPT` with a copy of the weights of `gpt`, on its device and in its dtype and mode."""
    weight = gpt.token_embedding.weight
    model = TorchGPT(gpt.config).to(device=weight.device, dtype=weight.dtype)
    model.load_state_dict({their_name(name): value for name, value in gpt.state_dict().items()})
    return model.train(gpt.training)
