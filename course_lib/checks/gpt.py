"""The exercises of lesson 07: right answers, and the mistakes that are really made when a GPT is put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.block import DecoderBlock, LayerNorm
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import next_token_loss

# Exercise 1: the sum of embeddings


def embed(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """token_table[token] + position_table[position], (B, T) -> (B, T, C); no more tokens than positions."""
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[:T]


def embed_with(position_of: Callable[[Tensor, Tensor], Tensor | float]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """`embed` with another choice of what is added to the token's row."""

    def mutant(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
        embed(idx, token_table, position_table)  # refuses a long sequence as the reference does
        return token_table[idx] + position_of(idx, position_table)

    return mutant


def embed_without_check(idx: Tensor, token_table: Tensor, position_table: Tensor) -> Tensor:
    """Positions beyond the table take its last row, so that a long sequence goes through."""
    positions = torch.arange(idx.shape[1]).clamp(max=len(position_table) - 1)
    return token_table[idx] + position_table[positions]


def embed_cases(generator: torch.Generator) -> list[Case]:
    """Tables to read off first; square batches, where a wrong axis goes unnoticed, and a sequence too long."""
    tokens = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    positions = torch.tensor([[0.0, 10.0], [0.0, 20.0], [0.0, 30.0]])

    def drawn(B: int, T: int) -> Case:
        idx = torch.randint(7, (B, T), generator=generator)
        tables = (torch.randn(7, 4, generator=generator), torch.randn(7, 4, generator=generator))
        return Case((idx, *tables), label=f"B = {B}, T = {T}, 7 positions")

    return [
        Case((torch.tensor([[2, 1]]), tokens, positions), label="tokens 2 and 1, at positions 0 and 1"),
        drawn(3, 3),
        drawn(2, 6),
        Case((torch.tensor([[0, 1, 0, 1]]), tokens, positions), label="four tokens but three positions"),
    ]


# Exercise 2: the model


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


# Exercise 3: the loss with its shift


def language_model_loss(logits: Tensor, idx: Tensor) -> Tensor:
    """The logits at position t are scored against the token at t + 1; the last position has no target."""
    return next_token_loss(logits[:, :-1], idx[:, 1:])


def loss_cases(generator: torch.Generator) -> list[Case]:
    """A sure guess that is right only with the right shift, then drawn ones."""
    idx = torch.tensor([[0, 1, 2]])
    foresight = F.one_hot(torch.tensor([[1, 2, 0]]), 3) * 4.0
    return [
        Case((foresight, idx), label="a model that foresees the text 0 1 2"),
        Case((torch.zeros(1, 4, 5), torch.tensor([[0, 4, 2, 2]])), label="equal logits for 5 tokens"),  # ln 5
        Case(
            (torch.randn(3, 6, 8, generator=generator), torch.randint(8, (3, 6), generator=generator)),
            label="B = 3, T = 6, V = 8",
        ),
    ]


# Exercise 4: greedy generation


def greedy_generate(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """`idx` and the most likely next token, again and again: (B, T) -> (B, T + max_new_tokens)."""
    return generate(model, idx, max_new_tokens, temperature=0)


def greedy_with(
    *,
    crop: Callable[[Tensor, int], Tensor] = lambda idx, seq_len: idx[:, -seq_len:],
    choose: Callable[[Tensor], Tensor] = lambda logits: logits[:, -1].argmax(dim=-1, keepdim=True),
    result: Callable[[Tensor, int], Tensor] = lambda idx, prompt: idx,
) -> Callable[[nn.Module, Tensor, int], Tensor]:
    """Greedy generation with one of its steps replaced."""

    def mutant(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
        prompt = idx.shape[1]
        for _ in range(max_new_tokens):
            idx = torch.cat([idx, choose(model(crop(idx, model.config.seq_len)))], dim=1)
        return result(idx, prompt)

    return mutant


def sample(logits: Tensor) -> Tensor:
    """A token drawn from the softmax in place of the most likely one."""
    return torch.multinomial(torch.softmax(logits[:, -1], dim=-1), num_samples=1)


def greedy_cases(generator: torch.Generator) -> list[Case]:
    """A model with known answers that looks at its whole context, generating within and past its length."""
    table = torch.randn(6, 6, generator=generator)
    prompts = torch.tensor([[1, 2], [5, 3]])
    return [
        Case((torch.eye(6).roll(1, dims=1), 8, torch.tensor([[1]]), 3), label="a prompt of one token, 3 new ones"),
        Case((table, 8, prompts, 4), label="a batch of two prompts, 4 new tokens"),
        Case((table, 4, prompts, 7), label="7 new tokens from a model that sees only 4"),
        Case((table, 4, prompts, 0), label="no new tokens"),
    ]


# Exercise 5: predict two sizes

COURSE_AT_24_LAYERS = 24 * (12 * 100**2 + 4 * 100) + 10_000 * 100 + 128 * 100 + 2 * 100
GPT2 = 12 * (12 * 768**2 + 13 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768


def predict_two_sizes() -> tuple[int, int]:
    """Blocks, tokens, positions, final norm; the head is the token embedding. GPT-2's linear layers have biases."""
    return COURSE_AT_24_LAYERS, GPT2


# Exercise 6 (debug): a configuration that is shared


@dataclass(frozen=True)
class ModelConfig:
    """A configuration of its own for each model, which refuses what cannot be built."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head != 0:
            raise ValueError(f"n_embd = {self.n_embd} cannot be split into n_head = {self.n_head} equal heads")


class SharedConfig:
    """The values stand in one dict of the class, so that the last change is everybody's."""

    sizes: ClassVar[dict[str, int]] = {"n_layer": 12, "n_embd": 100, "n_head": 5}

    def __init__(self, **changes: int) -> None:
        self.sizes.update(changes)

    def __getattr__(self, name: str) -> int:
        return self.sizes[name]


@dataclass
class ChangeableConfig:
    """The same fields and the same check, but anybody can change them later."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5

    def __post_init__(self) -> None:
        ModelConfig(self.n_layer, self.n_embd, self.n_head)  # refuses what the reference refuses


@dataclass(frozen=True)
class UncheckedConfig:
    """Frozen, and silent about heads that do not divide the width."""

    n_layer: int = 12
    n_embd: int = 100
    n_head: int = 5


@dataclass(frozen=True)
class CheckedTheWrongWay(UncheckedConfig):
    """The remainder is taken the wrong way round, so that nearly every width is refused."""

    def __post_init__(self) -> None:
        if self.n_head % self.n_embd != 0:
            raise ValueError(f"n_head = {self.n_head} is no multiple of n_embd = {self.n_embd}")


def config_cases(generator: torch.Generator) -> list[Case]:
    """Two configurations side by side; one that cannot be built."""
    names = ("n_layer", "n_embd", "n_head")
    width = 8 * int(torch.randint(2, 9, (1,), generator=generator))
    small = {"n_layer": 2, "n_embd": 8, "n_head": 2}
    drawn = {"n_layer": 3, "n_embd": width, "n_head": 4}
    return [
        Case((small, drawn, names), label="a small configuration, then another"),
        Case((drawn, {}, names), label="one configuration, then the default one"),
        Case(({**small, "n_embd": 10, "n_head": 4}, small, names), label="10 numbers, 4 heads: cannot be split"),
    ]


EXERCISES = (
    Exercise(
        name="embed",
        reference=embed,
        cases=embed_cases,
        misconceptions=(
            Misconception(
                "positions left out",
                embed_with(lambda idx, table: 0.0),
                "The token's row says what stands there, not where: add the row of its position.",
            ),
            Misconception(
                "position looked up by token",
                embed_with(lambda idx, table: table[idx % len(table)]),
                "A row of the position table is chosen by where the token stands (0, 1, 2, …), not by which token.",
            ),
            Misconception(
                "positions counted from 1",
                embed_with(lambda idx, table: table.roll(-1, dims=0)[: idx.shape[1]]),
                "The first token stands at position 0.",
            ),
            Misconception(
                "positions along the batch",
                embed_with(lambda idx, table: table[: idx.shape[0], None]),
                "Every text of the batch begins at position 0: the position changes along T, not along B.",
            ),
            Misconception(
                "a long sequence let through",
                embed_without_check,
                "There is no row for the fourth position. Raise a ValueError that says how many there are.",
            ),
        ),
        hints=(
            "Indexing a table by a tensor of ids gives a row for each id: table[idx] is (B, T, C).",
            "The positions of T tokens are 0 … T − 1, so their rows are position_table[:T]. Adding repeats them.",
            "if len(position_table) < idx.shape[1]: raise ValueError(...); "
            "return token_table[idx] + position_table[: idx.shape[1]]",
        ),
        review="lesson 07, 'In: two embeddings'",
    ),
    Exercise(
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
    ),
    Exercise(
        name="language_model_loss",
        reference=language_model_loss,
        forbidden=("course_lib.gpt.next_token_loss",),
        cases=loss_cases,
        drive=drive.call_with_gradient,
        misconceptions=(
            Misconception(
                "no shift",
                lambda logits, idx: next_token_loss(logits, idx),
                "The logits at position t are a guess at token t + 1; yours are compared with the token just read.",
            ),
            Misconception(
                "shifted the wrong way",
                lambda logits, idx: next_token_loss(logits[:, 1:], idx[:, :-1]),
                "Drop the last position of the logits and the first token, not the other way round.",
            ),
            Misconception(
                "softmax taken twice",
                lambda logits, idx: next_token_loss(logits.softmax(dim=-1)[:, :-1], idx[:, 1:]),
                "F.cross_entropy takes logits and does the softmax itself.",
            ),
            Misconception(
                "summed, not averaged",
                lambda logits, idx: next_token_loss(logits[:, :-1], idx[:, 1:]) * idx[:, 1:].numel(),
                "The loss is the mean over all tokens that are predicted, whatever the batch's size.",
            ),
            Misconception(
                "divided by all positions",
                lambda logits, idx: next_token_loss(logits[:, :-1], idx[:, 1:]) * (idx.shape[1] - 1) / idx.shape[1],
                "Only T − 1 positions have a next token in the text: the mean is over these.",
            ),
        ),
        hints=(
            "Write down 0 1 2 and below each token what the model should guess there. Which has no answer?",
            "Score logits[:, :-1] against idx[:, 1:].",
            "F.cross_entropy(logits[:, :-1].flatten(0, 1), idx[:, 1:].flatten())",
        ),
        review="lesson 07, 'The loss'",
    ),
    Exercise(
        name="greedy_generate",
        reference=greedy_generate,
        forbidden=("course_lib.generation.generate",),
        cases=greedy_cases,
        drive=drive.call_with_model,
        misconceptions=(
            Misconception(
                "not cropped to seq_len",
                greedy_with(crop=lambda idx, seq_len: idx),
                "The model accepts config.seq_len tokens: show it the last ones only, idx[:, -seq_len:].",
            ),
            Misconception(
                "cropped at the wrong end",
                greedy_with(crop=lambda idx, seq_len: idx[:, :seq_len]),
                "idx[:, :seq_len] keeps the oldest tokens; the next one depends on the newest, idx[:, -seq_len:].",
            ),
            Misconception(
                "only the last token shown",
                greedy_with(crop=lambda idx, seq_len: idx[:, -1:]),
                "The model needs the whole context, as much of it as it can see, not only the last token.",
            ),
            Misconception(
                "the first position's guess",
                greedy_with(choose=lambda logits: logits[:, 0].argmax(dim=-1, keepdim=True)),
                "Each position guesses its own successor; what comes next is guessed at the last one, logits[:, -1].",
            ),
            Misconception(
                "sampled",
                greedy_with(choose=sample),
                "Greedy means the most likely token every time: argmax, no draw.",
            ),
            Misconception(
                "the least likely token",
                greedy_with(choose=lambda logits: logits[:, -1].argmin(dim=-1, keepdim=True)),
                "The largest logit belongs to the most likely token.",
            ),
            Misconception(
                "only the new tokens",
                greedy_with(result=lambda idx, prompt: idx[:, prompt:]),
                "Return the prompt as well, with the new tokens after it.",
            ),
        ),
        hints=(
            "One new token at a time: look, choose, append, and again.",
            "logits = model(idx[:, -model.config.seq_len:]) is (B, T, V). The guess is logits[:, -1], (B, V).",
            "next_token = logits[:, -1].argmax(dim=-1, keepdim=True); idx = torch.cat([idx, next_token], dim=1)",
        ),
        review="lesson 07, 'Text, greedily'",
    ),
    Exercise(
        name="predict_two_sizes",
        reference=predict_two_sizes,
        cases=single_case,
        misconceptions=(
            Misconception(
                "the head counted",
                lambda: (COURSE_AT_24_LAYERS + 10_000 * 100, GPT2 + 50_257 * 768),
                "The head is tied: it is the token embedding, which is counted already.",
            ),
            Misconception(
                "positions forgotten",
                lambda: (COURSE_AT_24_LAYERS - 128 * 100, GPT2 - 1_024 * 768),
                "There is a table of positions too: seq_len rows of C numbers.",
            ),
            Misconception(
                "the final norm forgotten",
                lambda: (COURSE_AT_24_LAYERS - 2 * 100, GPT2 - 2 * 768),
                "After the last block stands one more norm, 2·C numbers.",
            ),
            Misconception(
                "all norms forgotten",
                lambda: (COURSE_AT_24_LAYERS - (2 * 24 + 1) * 200, GPT2 - (2 * 12 + 1) * 2 * 768),
                "Each block has two norms, and there is one after the last: 2·C numbers each.",
            ),
            Misconception(
                "biases of GPT-2 forgotten",
                lambda: (COURSE_AT_24_LAYERS, GPT2 - 12 * 9 * 768),
                "GPT-2's linear layers have biases: 3C + C in the attention and 4C + C in the MLP of each block.",
            ),
        ),
        hints=(
            "A block without biases has 12·C² + 4·C numbers. What else is there, once for the whole model?",
            "Total = L·(12·C² + 4·C) + V·C + T·C + 2·C. For GPT-2 each block has 9·C biases more.",
            "The first: 24 · 120,400 + 1,000,000 + 12,800 + 200. The second: L = 12, C = 768, V = 50,257, T = 1,024.",
        ),
        review="lesson 07, 'Where the parameters sit'",
    ),
    Exercise(
        name="ModelConfig",
        reference=ModelConfig,
        cases=config_cases,
        drive=drive.configure_twice,
        misconceptions=(
            Misconception(
                "values shared by all configurations",
                SharedConfig,
                "The values belong to the class, so the last configuration that is made changes all. "
                "Give each its own: a dataclass does.",
            ),
            Misconception(
                "open to later changes",
                ChangeableConfig,
                "A model is built once from its configuration; a later change would go unnoticed. Use frozen=True.",
            ),
            Misconception(
                "accepts heads that do not divide the width",
                UncheckedConfig,
                "10 numbers cannot be split into 4 equal heads. Raise a ValueError in __post_init__.",
            ),
            Misconception(
                "divisibility asked the wrong way round",
                CheckedTheWrongWay,
                "n_head % n_embd is hardly ever 0. What must be 0 is the remainder of n_embd divided by n_head.",
            ),
        ),
        hints=(
            "Print the identity of the dict in two configurations: id(one.sizes) and id(other.sizes).",
            "from dataclasses import dataclass; @dataclass(frozen=True) writes __init__ and forbids changes.",
            "Fields: n_layer: int = 12, n_embd: int = 100, n_head: int = 5. In __post_init__, "
            "if self.n_embd % self.n_head != 0: raise ValueError(...)",
        ),
        review="lesson 07, 'A configuration of its own'",
    ),
)
