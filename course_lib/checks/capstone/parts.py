"""The parts of a GPT and of its training, in the order in which they build on each other.

The library's pieces are those of the lessons, written so that each uses the parts before it: where a learner has
written `softmax` but no attention, the library's attention calls the learner's softmax.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import attention, block, data, mlp, multi_head_attention
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.config import GPTConfig

Parts = Mapping[str, Callable]


class Part(NamedTuple):
    """An exercise whose answer has a place in the whole.

    make: the library's piece, given the parts before it.   of_model: whether the model's output depends on it.
    adapt: gives an answer the library's signature, where that is wider than the exercise's.
    """

    name: str
    topic: str
    make: Callable[[Parts], Callable]
    of_model: bool = False
    adapt: Callable[[Callable], Callable] = lambda answer: answer


def with_device(causal_mask: Callable[[int], Tensor]) -> Callable[..., Tensor]:
    """A mask that later answers can ask for as they ask the library's: on a device, and for the last queries only."""

    def adapted(T: int, device: torch.device | str | None = None, *, queries: int | None = None) -> Tensor:
        return causal_mask(T)[0 if queries is None else T - queries :].to(device)

    return adapted


def attention_of(parts: Parts) -> Callable:
    """Lesson 03: softmax(q kᵀ / √d) v."""

    def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, T)
        if causal:
            allowed = parts["causal_mask"](q.shape[-2]).to(q.device)  # (T, T)
            scores = scores.masked_fill(~allowed, -math.inf)
        return parts["softmax"](scores, dim=-1) @ v

    return scaled_dot_product_attention


def heads_of(parts: Parts) -> Callable:
    """Lesson 04: several attentions side by side."""

    class MultiHeadAttention(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            self.n_head = config.n_head
            self.qkv_proj = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
            self.out_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

        def forward(self, x: Tensor) -> Tensor:
            split = [parts["split_heads"](part, self.n_head) for part in self.qkv_proj(x).chunk(3, dim=-1)]
            return self.out_proj(parts["merge_heads"](parts["scaled_dot_product_attention"](*split)))

    return MultiHeadAttention


def mlp_of(parts: Parts) -> Callable:
    """Lesson 05: up, GELU, down."""

    class MLP(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
            self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)

        def forward(self, x: Tensor) -> Tensor:
            return self.down_proj(parts["gelu_tanh"](self.up_proj(x)))

    return MLP


def norm_of(parts: Parts) -> Callable:
    """Lesson 06: the function with its two parameters."""

    class LayerNorm(nn.Module):
        def __init__(self, n_embd: int, eps: float = block.EPS) -> None:
            super().__init__()
            self.eps = eps
            self.weight = nn.Parameter(torch.ones(n_embd))
            self.bias = nn.Parameter(torch.zeros(n_embd))

        def forward(self, x: Tensor) -> Tensor:
            return parts["layer_norm"](x, self.weight, self.bias, self.eps)

    return LayerNorm


def block_of(parts: Parts) -> Callable:
    """Lesson 06: attention and MLP, each behind a norm, each added to the stream."""

    class DecoderBlock(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            self.norm_1 = norm_of(parts)(config.n_embd)
            self.attention = parts["MultiHeadAttention"](config)
            self.norm_2 = norm_of(parts)(config.n_embd)
            self.mlp = parts["MLP"](config)

        def forward(self, x: Tensor) -> Tensor:
            x = x + self.attention(self.norm_1(x))
            return x + self.mlp(self.norm_2(x))

    return DecoderBlock


def gpt_of(parts: Parts) -> Callable:
    """Lesson 07: embeddings, blocks, a last norm and a tied head."""

    class TinyGPT(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
            self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
            self.blocks = nn.ModuleList(parts["DecoderBlock"](config) for _ in range(config.n_layer))
            self.final_norm = norm_of(parts)(config.n_embd)
            self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
            self.head.weight = self.token_embedding.weight

        def forward(self, idx: Tensor) -> Tensor:
            x = parts["embed"](idx, self.token_embedding.weight, self.position_embedding.weight)  # (B, T, C)
            for layer in self.blocks:
                x = layer(x)
            return self.head(self.final_norm(x))  # (B, T, V)

    return TinyGPT


def just(piece: Callable) -> Callable[[Parts], Callable]:
    """A piece that uses no other."""
    return lambda parts: piece


def reference(name: str) -> Callable[[Parts], Callable]:
    """The right answer that the exercise's check knows, where the library has no function of the same form."""
    return lambda parts: find_exercise(name).reference


PARTS = (
    Part("concatenate_stories", "data", just(data.concatenate_stories)),
    Part("make_windows", "data", just(data.make_windows)),
    Part("softmax", "attention", just(attention.softmax), of_model=True),
    Part("causal_mask", "attention", just(attention.causal_mask), of_model=True, adapt=with_device),
    Part("scaled_dot_product_attention", "attention", attention_of, of_model=True),
    Part("split_heads", "multi_head_attention", just(multi_head_attention.split_heads), of_model=True),
    Part("merge_heads", "multi_head_attention", just(multi_head_attention.merge_heads), of_model=True),
    Part("MultiHeadAttention", "multi_head_attention", heads_of, of_model=True),
    Part("gelu_tanh", "mlp", just(mlp.gelu_tanh), of_model=True),
    Part("MLP", "mlp", mlp_of, of_model=True),
    Part("layer_norm", "block", just(block.layer_norm), of_model=True),
    Part("DecoderBlock", "block", block_of, of_model=True),
    Part("embed", "gpt", reference("embed"), of_model=True),
    Part("TinyGPT", "gpt", gpt_of, of_model=True),
    Part("greedy_generate", "gpt", reference("greedy_generate")),
    Part("initial_distribution", "initialization", reference("initial_distribution")),
    Part("cosine_rate", "training", reference("cosine_rate")),
    Part("parameter_groups", "training", reference("parameter_groups")),
    Part("accumulate_gradients", "training", reference("accumulate_gradients")),
    Part("clip_gradients", "training", reference("clip_gradients")),
    Part("adamw_step", "training", reference("adamw_step")),
    Part("validation_loss", "training", reference("validation_loss")),
)
