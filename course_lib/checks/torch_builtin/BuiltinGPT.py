"""Exercise 2 of lesson 09: the model of torch's layers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.torch_builtin.masks import blocked_mask
from course_lib.config import GPTConfig

gelu_tanh = partial(F.gelu, approximate="tanh")


class BuiltinGPT(nn.Module):
    """The GPT of lesson 07 with `nn.TransformerEncoder` for its blocks: (B, T) -> (B, T, V)."""

    norm_first = True
    activation: Callable[[Tensor], Tensor] = staticmethod(gelu_tanh)
    batch_first = True

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        layer = nn.TransformerEncoderLayer(
            config.n_embd,
            config.n_head,
            dim_feedforward=self.width(config),
            dropout=self.dropout(config),
            activation=self.activation,
            batch_first=self.batch_first,
            norm_first=self.norm_first,
        )
        final_norm = nn.LayerNorm(config.n_embd)
        self.encoder = nn.TransformerEncoder(layer, config.n_layer, norm=final_norm, enable_nested_tensor=False)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def width(self, config: GPTConfig) -> int:
        """Of the MLP's hidden layer."""
        return config.hidden_dim

    def dropout(self, config: GPTConfig) -> float:
        """Probability of dropout in a layer."""
        return config.dropout

    def mask(self, T: int) -> Tensor | None:
        """What the encoder is told not to look at."""
        return blocked_mask(T)

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        T = idx.shape[1]
        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))
        return self.head(self.encoder(x, mask=self.mask(T)))


def model_with(**changed: Any) -> type[BuiltinGPT]:
    """`BuiltinGPT` with some of its attributes and methods replaced."""
    return type("Changed", (BuiltinGPT,), changed)


class WithoutFinalNorm(BuiltinGPT):
    """`nn.TransformerEncoder` has a final norm only if it is given one."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.encoder.norm = None


def model_cases(generator: torch.Generator) -> list[Case]:
    """Two small shapes, with weights large enough for every part to matter; square, so that axes can be confused."""

    def drawn(config: GPTConfig, B: int, T: int, label: str) -> Case:
        with torch.random.fork_rng(devices=[]):  # only the shapes are wanted; what is drawn for them was not drawn
            shapes = {name: value.shape for name, value in BuiltinGPT(config).named_parameters()}
        weights = {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in shapes.items()}
        idx = torch.randint(config.vocab_size, (B, T), generator=generator)
        return Case(((config,), weights, idx), label=label)

    small = GPTConfig(vocab_size=7, seq_len=3, n_layer=1, n_embd=4, n_head=2, bias=True)
    larger = GPTConfig(vocab_size=20, seq_len=6, n_layer=2, n_embd=6, n_head=3, bias=True)
    return [
        drawn(small, 3, 3, "7 tokens, 1 layer, C = 4, three texts of three tokens"),
        drawn(larger, 4, 4, "20 tokens, 2 layers, C = 6, four texts of four tokens"),
    ]


def future_tokens_change_nothing_before(call: Call, generator: torch.Generator) -> None:
    """Two texts with the same beginning have the same logits there."""
    config, weights, idx = model_cases(generator)[1].args
    changed = idx.clone()
    changed[:, 2] = (changed[:, 2] + 1) % 20
    before, after = (call(config, weights, tokens)["output"][:, :2] for tokens in (idx, changed))
    if not torch.allclose(before, after, atol=1e-6):
        raise Failed("another token at position 2 should leave the logits of positions 0 and 1 as they are")


EXERCISE = Exercise(
    name="BuiltinGPT",
    reference=BuiltinGPT,
    forbidden=(
        "course_lib.torch_builtin.TorchGPT",
        "course_lib.gpt.GPT",
    ),
    cases=model_cases,
    drive=drive.call_module,
    properties=(Property("a later token changes nothing before it", future_tokens_change_nothing_before),),
    misconceptions=(
        Misconception(
            "no mask",
            model_with(mask=lambda self, T: None),
            "An encoder lets every position see all others. Give it a causal mask.",
        ),
        Misconception(
            "mask inverted",
            model_with(mask=lambda self, T: ~blocked_mask(T)),
            "For these layers True means blocked. Yours blocks the past and shows the future.",
        ),
        Misconception(
            "a mask of ones and zeros",
            model_with(mask=lambda self, T: blocked_mask(T).float()),
            "A floating point mask is added to the scores, and + 1 blocks nothing: use True and False.",
        ),
        Misconception(
            "post-norm by default",
            model_with(norm_first=False),
            "The norms stand after the sums, torch's default. Our blocks are pre-norm: norm_first=True.",
        ),
        Misconception(
            "ReLU by default",
            model_with(activation=staticmethod(F.relu)),
            "The default activation is ReLU; GPT-2's is GELU in its tanh form.",
        ),
        Misconception(
            "exact GELU",
            model_with(activation=staticmethod(F.gelu)),
            'activation="gelu" is the exact form. Ours is the tanh form: partial(F.gelu, approximate="tanh").',
        ),
        Misconception(
            "batch taken for time",
            model_with(batch_first=False),
            "The default order is (T, B, C): yours attends from text to text in the batch. Use batch_first=True.",
        ),
        Misconception(
            "dropout on by default",
            model_with(dropout=lambda self, config: 0.1),
            "The default dropout is 0.1, so that two calls disagree. Say dropout=config.dropout.",
        ),
        Misconception(
            "an MLP 2048 wide by default",
            model_with(width=lambda self, config: 2048),
            "dim_feedforward is 2048 unless you say otherwise; this model's is config.hidden_dim.",
        ),
        Misconception(
            "no final norm",
            WithoutFinalNorm,
            "nn.TransformerEncoder ends without a norm unless you give it one: norm=nn.LayerNorm(config.n_embd).",
        ),
    ),
    hints=(
        "Build one layer and hand it to nn.TransformerEncoder. Go through the layer's arguments one by one: "
        "which defaults are not ours?",
        "dim_feedforward=config.hidden_dim, dropout=config.dropout, batch_first=True, norm_first=True, "
        'activation=partial(F.gelu, approximate="tanh"); and norm=nn.LayerNorm(config.n_embd) for the encoder.',
        "forward: x = token rows + position rows; "
        "blocked = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1); "
        "return self.head(self.encoder(x, mask=blocked))",
    ),
    review="lesson 09, 'Eight defaults'",
)
