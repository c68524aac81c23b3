"""Exercise 2 of lesson 07: the model."""

import torch
from torch import Tensor, nn

from course_lib.block import DecoderBlock, LayerNorm
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.config import GPTConfig


class TinyGPT(nn.Module):
    """The GPT of lesson 07 from the library's blocks, its head tied."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def embedded(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, C)."""
        return self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.embedded(idx)
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x))


class WithoutFinalNorm(TinyGPT):
    """The stream goes into the head as it is."""

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.embedded(idx)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class NormBeforeBlocks(TinyGPT):
    """The final norm stands in front of the blocks."""

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.final_norm(self.embedded(idx))
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class WithoutPositions(TinyGPT):
    """The position embedding is made and never used."""

    def embedded(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, C)."""
        return self.token_embedding(idx)


class UntiedHead(TinyGPT):
    """The head keeps its own weight."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)


class BlocksInAList(TinyGPT):
    """A Python list hides the blocks from torch: no parameters, no training, no saving."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        hidden = list(self.blocks)
        del self.blocks
        self.blocks = hidden  # type: ignore[assignment]  # the mistake itself


class OneBlockRepeated(TinyGPT):
    """One block, used n_layer times."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.blocks = nn.ModuleList([self.blocks[0]] * config.n_layer)


def model_cases(generator: torch.Generator) -> list[Case]:
    """Two small shapes, with weights large enough for every part to matter."""

    def drawn(config: GPTConfig, B: int, T: int, label: str) -> Case:
        shapes = {name: value.shape for name, value in TinyGPT(config).named_parameters()}
        weights = {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in shapes.items()}
        return Case(((config,), weights, torch.randint(config.vocab_size, (B, T), generator=generator)), label=label)

    small = GPTConfig(vocab_size=7, seq_len=4, n_layer=2, n_embd=4, n_head=2)
    larger = GPTConfig(vocab_size=20, seq_len=9, n_layer=3, n_embd=12, n_head=3)
    return [
        drawn(small, 1, 2, "7 tokens, 2 blocks, C = 4, two tokens of text"),
        drawn(larger, 3, 9, "20 tokens, 3 blocks, C = 12, T = seq_len"),
    ]


def future_tokens_change_nothing_before(call: Call, generator: torch.Generator) -> None:
    """Two texts with the same beginning have the same logits there."""
    config, weights, idx = model_cases(generator)[1].args
    changed = idx.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 20
    before, after = (call(config, weights, tokens)["output"][:, :5] for tokens in (idx, changed))
    if not torch.allclose(before, after, atol=1e-6):
        raise Failed("another token at position 5 should leave the logits of positions 0 to 4 as they are; it does not")


EXERCISE = Exercise(
    name="TinyGPT",
    reference=TinyGPT,
    forbidden=(
        "course_lib.gpt.GPT",
        "course_lib.torch_builtin.TorchGPT",
    ),
    cases=model_cases,
    drive=drive.call_module,
    properties=(Property("a later token changes nothing before it", future_tokens_change_nothing_before),),
    misconceptions=(
        Misconception(
            "no final norm",
            WithoutFinalNorm,
            "The stream grows from block to block; normalise it once more before the head.",
        ),
        Misconception(
            "the norm in front of the blocks",
            NormBeforeBlocks,
            "The final norm stands after the last block. In front, each block has its own already.",
        ),
        Misconception(
            "positions never added",
            WithoutPositions,
            "The position embedding is there but forward does not use it: add it to the token embedding.",
        ),
        Misconception(
            "head not tied",
            UntiedHead,
            "The head has a weight of its own. Tie it: self.head.weight = self.token_embedding.weight.",
        ),
        Misconception(
            "blocks in a Python list",
            BlocksInAList,
            "torch does not look into lists: the blocks' parameters are not found. Use nn.ModuleList.",
        ),
        Misconception(
            "one block used many times",
            OneBlockRepeated,
            "[block] * n repeats the same block. Build a new DecoderBlock(config) for each layer.",
        ),
    ),
    hints=(
        "From below: two embeddings, n_layer blocks, a norm, a head. One line each in __init__.",
        "nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer)); LayerNorm(config.n_embd); "
        "nn.Linear(config.n_embd, config.vocab_size, bias=False), and then the tie.",
        "forward: x = self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1])); "
        "for block in self.blocks: x = block(x); return self.head(self.final_norm(x))",
    ),
    review="lesson 07, 'The whole model'",
)
