"""Exercise 2 of lesson 07: the model."""

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.gpt.inputs import drawn_size
from course_lib.checks.gpt.models import (
    BlocksInAList,
    HeadWithBias,
    NoNormMade,
    NoPositions,
    NormAfterEveryBlock,
    NormBeforeBlocks,
    OneBlockRepeated,
    TinyGPT,
    UntiedHead,
    WithoutFinalNorm,
    WithoutPositions,
    added_again,
    each_reads_the_embeddings,
    model_with,
    positions_from_one,
    scaled,
)
from course_lib.checks.gpt.slots.TinyGPT import VARIANTS
from course_lib.config import GPTConfig


def model_cases(generator: torch.Generator) -> list[Case]:
    """Two small shapes, with weights large enough for every part to matter."""

    def drawn(config: GPTConfig, B: int, T: int, label: str) -> Case:
        shapes = {name: value.shape for name, value in TinyGPT(config).named_parameters()}
        weights = {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in shapes.items()}
        return Case(((config,), weights, torch.randint(config.vocab_size, (B, T), generator=generator)), label=label)

    small = GPTConfig(vocab_size=7, seq_len=4, n_layer=2, n_embd=4, n_head=2)
    heads = drawn_size(generator, 2, 4)
    any_size = GPTConfig(
        vocab_size=drawn_size(generator, 11, 30),
        seq_len=drawn_size(generator, 5, 9),
        n_layer=drawn_size(generator, 2, 3),
        n_embd=heads * drawn_size(generator, 3, 7),
        n_head=heads,
    )
    larger = GPTConfig(vocab_size=20, seq_len=9, n_layer=3, n_embd=12, n_head=3)
    return [
        drawn(small, 1, 2, "7 tokens, 2 blocks, C = 4, two tokens of text"),
        drawn(larger, 3, 9, "20 tokens, 3 blocks, C = 12, T = seq_len"),
        drawn(any_size, 2, any_size.seq_len - 1, f"{any_size.n_layer} blocks, C = {any_size.n_embd}"),
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
    variants=VARIANTS,
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
        Misconception(
            "probabilities returned",
            model_with(result=lambda logits: logits.softmax(dim=-1)),
            "You return probabilities. The model returns logits: the loss does the softmax itself, and sampling too.",
        ),
        Misconception(
            "log-probabilities returned",
            model_with(result=lambda logits: logits.log_softmax(dim=-1)),
            "You return log-probabilities. The model returns logits, as they come out of the head.",
        ),
        Misconception(
            "the last position only",
            model_with(result=lambda logits: logits[:, -1]),
            "Logits are wanted at every position, (B, T, V): training learns from all of them.",
        ),
        Misconception(
            "every block reads the embeddings",
            model_with(run=each_reads_the_embeddings),
            "Each block gets the embeddings, so that only the last one counts. Hand on what comes out: x = block(x).",
        ),
        Misconception(
            "the blocks' input added again",
            model_with(run=added_again),
            "A DecoderBlock adds to the stream by itself. x = block(x), not x = x + block(x).",
        ),
        Misconception(
            "blocks never used",
            model_with(run=lambda x, blocks: x),
            "The blocks are made, but forward does not go through them: for block in self.blocks: x = block(x).",
        ),
        Misconception(
            "only the first block",
            model_with(run=lambda x, blocks: next(iter(blocks))(x)),
            "Only the first block is used. Go through all of them: for block in self.blocks: x = block(x).",
        ),
        Misconception(
            "blocks in the opposite order",
            model_with(run=lambda x, blocks: nn.Sequential(*list(blocks)[::-1])(x)),
            "The last block comes first. Go through them in order, from blocks.0 on.",
        ),
        Misconception(
            "the norm after every block",
            NormAfterEveryBlock,
            "The final norm stands in the loop. It comes once, after the last block.",
        ),
        Misconception(
            "tokens made longer by √C",
            model_with(embed=scaled),
            "The first transformer multiplies embeddings by √C. GPT does not.",
        ),
        Misconception(
            "positions counted from 1",
            model_with(embed=positions_from_one),
            "The first token stands at position 0: torch.arange(T).",
        ),
        Misconception("a head with a bias", HeadWithBias, "The head has a bias. Say nn.Linear(…, bias=False)."),
        Misconception(
            "no position embedding",
            NoPositions,
            "There is no position embedding: nn.Embedding(config.seq_len, config.n_embd), added to that of the tokens.",
        ),
        Misconception(
            "no final norm made",
            NoNormMade,
            "There is no final norm: self.final_norm = LayerNorm(config.n_embd), between the last block and the head.",
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
