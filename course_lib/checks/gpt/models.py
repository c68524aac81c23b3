"""The GPT of lesson 07, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from course_lib.block import DecoderBlock, LayerNorm
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


class HeadWithBias(TinyGPT):
    """nn.Linear's default."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.head = nn.Linear(config.n_embd, config.vocab_size)
        self.head.weight = self.token_embedding.weight


class NoPositions(TinyGPT):
    """There is no table of positions at all."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        del self.position_embedding

    def embedded(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, C)."""
        return self.token_embedding(idx)


class NoNormMade(TinyGPT):
    """The final norm is not even made."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.final_norm = nn.Identity()  # type: ignore[assignment]  # the mistake itself


def model_with(
    *,
    run: Callable[[Tensor, Iterable[nn.Module]], Tensor] = lambda x, blocks: nn.Sequential(*blocks)(x),
    embed: Callable[[TinyGPT, Tensor], Tensor] = lambda model, idx: model.embedded(idx),
    result: Callable[[Tensor], Tensor] = lambda logits: logits,
) -> type[TinyGPT]:
    """The model with another way to go through the blocks, another embedding, or another result."""

    class Changed(TinyGPT):
        """One of its steps replaced."""

        def forward(self, idx: Tensor) -> Tensor:
            """(B, T) -> (B, T, V)."""
            return result(self.head(self.final_norm(run(embed(self, idx), self.blocks))))

    return Changed


def each_reads_the_embeddings(x: Tensor, blocks: Iterable[nn.Module]) -> Tensor:
    """Only what the last block makes of the embeddings is left."""
    return list(blocks)[-1](x)


def added_again(x: Tensor, blocks: Iterable[nn.Module]) -> Tensor:
    """The block's input is added a second time."""
    for block in blocks:
        x = x + block(x)
    return x


def scaled(model: TinyGPT, idx: Tensor) -> Tensor:
    """The tokens' rows are made √C times as long."""
    tokens = model.token_embedding(idx)
    return model.embedded(idx) - tokens + tokens * tokens.shape[-1] ** 0.5


def positions_from_one(model: TinyGPT, idx: Tensor) -> Tensor:
    """The first token stands at position 1, and the last where the first should."""
    positions = (torch.arange(idx.shape[1]) + 1) % model.position_embedding.num_embeddings
    return model.token_embedding(idx) + model.position_embedding(positions)


class NormAfterEveryBlock(TinyGPT):
    """The final norm stands in the loop."""

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.embedded(idx)
        for block in self.blocks:
            x = self.final_norm(block(x))
        return self.head(x)
