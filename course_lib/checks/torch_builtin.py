"""The exercises of lesson 09: right answers, and the mistakes that torch's defaults and a clock lead into."""

import math
import statistics
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import torch_builtin
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig

gelu_tanh = partial(F.gelu, approximate="tanh")


def blocked_mask(T: int) -> Tensor:
    """(T, T): True where a query may NOT attend to a key, as torch's layers read it."""
    return torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)


# Exercise 1: predict what the defaults cost

ENCODER_LAYER = (4 * 100**2 + 4 * 100) + (2 * 100 * 2048 + 2048 + 100) + 4 * 100
CROSS_ATTENTION = 4 * 100**2 + 4 * 100 + 2 * 100


def predict_layer_sizes() -> tuple[int, int]:
    """Attention, the MLP of width 2048, two norms, everything with biases; a decoder layer has a second attention."""
    return ENCODER_LAYER, ENCODER_LAYER + CROSS_ATTENTION


# Exercise 2: the model of torch's layers


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


class Unmasked(BuiltinGPT):
    """Nothing is hidden from any position."""

    def mask(self, T: int) -> Tensor | None:
        """None."""
        return None


class MaskInverted(BuiltinGPT):
    """Our mask, True where a query may attend, given to a layer that reads True as blocked."""

    def mask(self, T: int) -> Tensor | None:
        """The lower triangle."""
        return ~blocked_mask(T)


class MaskOfOnesAndZeros(BuiltinGPT):
    """A mask of floating point numbers is added to the scores: +1 blocks nothing."""

    def mask(self, T: int) -> Tensor | None:
        """1 above the diagonal, 0 elsewhere."""
        return blocked_mask(T).float()


class PostNorm(BuiltinGPT):
    """torch's default: norms stand after each sum."""

    norm_first = False


class Relu(BuiltinGPT):
    """torch's default activation."""

    activation = staticmethod(F.relu)


class ExactGelu(BuiltinGPT):
    """What "gelu" stands for in torch."""

    activation = staticmethod(F.gelu)


class TokensFirst(BuiltinGPT):
    """torch's default order of axes, (T, B, C): the batch is taken for the text."""

    batch_first = False


class DefaultDropout(BuiltinGPT):
    """torch's default, 0.1."""

    def dropout(self, config: GPTConfig) -> float:
        """Not what the configuration says."""
        return 0.1


class DefaultWidth(BuiltinGPT):
    """torch's default, 2048, whatever the model's width."""

    def width(self, config: GPTConfig) -> int:
        """Not what the configuration says."""
        return 2048


class WithoutFinalNorm(BuiltinGPT):
    """`nn.TransformerEncoder` has a final norm only if it is given one."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.encoder.norm = None


def model_cases(generator: torch.Generator) -> list[Case]:
    """Two small shapes, with weights large enough for every part to matter; square, so that axes can be confused."""

    def drawn(config: GPTConfig, B: int, T: int, label: str) -> Case:
        with torch.device("meta"):  # only the shapes are wanted
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


# Exercise 3: the way of the weights

NAMES = {
    "token_embedding.weight": "token_embedding.weight",
    "blocks.0.norm_1.weight": "encoder.layers.0.norm1.weight",
    "blocks.0.norm_1.bias": "encoder.layers.0.norm1.bias",
    "blocks.0.attention.qkv_proj.weight": "encoder.layers.0.self_attn.in_proj_weight",
    "blocks.0.attention.qkv_proj.bias": "encoder.layers.0.self_attn.in_proj_bias",
    "blocks.0.attention.out_proj.weight": "encoder.layers.0.self_attn.out_proj.weight",
    "blocks.11.attention.out_proj.bias": "encoder.layers.11.self_attn.out_proj.bias",
    "blocks.11.norm_2.weight": "encoder.layers.11.norm2.weight",
    "blocks.11.mlp.up_proj.weight": "encoder.layers.11.linear1.weight",
    "blocks.11.mlp.up_proj.bias": "encoder.layers.11.linear1.bias",
    "blocks.11.mlp.down_proj.weight": "encoder.layers.11.linear2.weight",
    "final_norm.weight": "encoder.norm.weight",
    "final_norm.bias": "encoder.norm.bias",
    "position_embedding.weight": "position_embedding.weight",
    "head.weight": "head.weight",
}


def torch_name(name: str) -> str:
    """What a parameter of our GPT is called in the model of torch's layers."""
    return torch_builtin.their_name(name)


def torch_name_with(right: str, mistaken: str) -> Callable[[str], str]:
    """`torch_name` where a part of the result comes out differently."""
    return lambda name: torch_name(name).replace(right, mistaken)


def linear_layers_exchanged(name: str) -> str:
    """Takes linear1 for the layer that leads out of the MLP."""
    swapped = {"linear1": "linear2", "linear2": "linear1"}
    return ".".join(swapped.get(part, part) for part in torch_name(name).split("."))


def first_block_only(name: str) -> str:
    """Replaces "blocks.0." and nothing else."""
    return torch_name(name).replace("encoder.layers.11.", "blocks.11.")


def name_cases(generator: torch.Generator) -> list[Case]:
    """One name of each kind, and a block whose number is drawn."""
    number = int(torch.randint(1, 10, (1,), generator=generator))
    return [Case((name,)) for name in (*NAMES, f"blocks.{number}.mlp.down_proj.bias")]


# Exercise 4: one mask, three conventions

CONVENTIONS = ("sdpa", "layer", "additive")


def mask_for(allowed: Tensor, convention: str) -> Tensor:
    """`allowed`, True where a query may attend to a key, as that part of torch wants it."""
    if convention == "sdpa":
        return allowed
    if convention == "layer":
        return ~allowed
    if convention == "additive":
        return torch.zeros(allowed.shape).masked_fill(~allowed, -math.inf)
    raise ValueError(f"convention must be one of {CONVENTIONS}, got {convention!r}")


def mask_with(**mistaken: Callable[[Tensor], Tensor]) -> Callable[[Tensor, str], Tensor]:
    """`mask_for` with another result for some convention."""

    def mutant(allowed: Tensor, convention: str) -> Tensor:
        right = mask_for(allowed, convention)
        return mistaken[convention](allowed) if convention in mistaken else right

    return mutant


def mask_for_anything(allowed: Tensor, convention: str) -> Tensor:
    """Every convention that is not the first or second is taken for the third."""
    return mask_for(allowed, convention if convention in CONVENTIONS else "additive")


def mask_cases(generator: torch.Generator) -> list[Case]:
    """The causal mask of three tokens in all conventions, one that is not a triangle, and an unknown convention."""
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    drawn = (torch.rand(4, 5, generator=generator) > 0.5) | torch.eye(4, 5, dtype=torch.bool)
    drawn[0, 4] = False
    return [
        *(Case((causal, convention), label="the causal mask of 3 tokens") for convention in CONVENTIONS),
        *(Case((drawn, convention), label="4 queries, 5 keys, no triangle") for convention in CONVENTIONS),
        Case((causal, "torch"), label="a convention that does not exist"),
    ]


# Exercise 5 (debug): the decoder that wants a memory


class CausalStack(nn.Module):
    """A stack of decoder-only blocks, (B, T, C) -> (B, T, C): torch's encoder with a causal mask."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, batch_first=True, norm_first=True)
        self.stack: nn.Module = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees itself and those before it."""
        return self.stack(x, mask=blocked_mask(x.shape[1]))


class CrossAttentionKept(CausalStack):
    """A decoder that is given the text itself for its memory, so that it runs."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__(n_embd, n_head, n_layer)
        layer = nn.TransformerDecoderLayer(n_embd, n_head, 4 * n_embd, 0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerDecoder(layer, n_layer)

    def forward(self, x: Tensor) -> Tensor:
        """The cross-attention sees everything."""
        return self.stack(x, x, tgt_mask=blocked_mask(x.shape[1]))


class StackUnmasked(CausalStack):
    """An encoder as it comes."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees all."""
        return self.stack(x)


class StackHintOnly(CausalStack):
    """is_causal=True without a mask: torch raises an error."""

    def forward(self, x: Tensor) -> Tensor:
        """Asks for a mask."""
        return self.stack(x, is_causal=True)


class StackInverted(CausalStack):
    """True where attention is allowed."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees only those after it."""
        return self.stack(x, mask=~blocked_mask(x.shape[1]))


class StackBlind(CausalStack):
    """The diagonal is blocked too."""

    def forward(self, x: Tensor) -> Tensor:
        """No position sees itself, and the first sees nothing."""
        T = x.shape[1]
        return self.stack(x, mask=torch.ones(T, T, dtype=torch.bool).triu())


def stack_cases(generator: torch.Generator) -> list[Case]:
    """One small stack, and one with another batch than number of tokens."""

    def drawn(n_embd: int, n_head: int, n_layer: int, B: int, T: int) -> Case:
        module = CausalStack(n_embd, n_head, n_layer)
        weights = {
            name: torch.randn(parameter.shape, generator=generator) * 0.3
            for name, parameter in module.named_parameters()
        }
        x = torch.randn(B, T, n_embd, generator=generator)
        label = f"C = {n_embd}, {n_head} heads, {n_layer} layers, x of {B} × {T} × {n_embd}"
        return Case(((n_embd, n_head, n_layer), weights, x), label=label)

    return [drawn(4, 2, 1, 1, 3), drawn(12, 3, 2, 2, 5)]


# Exercise 6: a fair timer


def fair_seconds(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """Seconds of each call in each round: warmed up, taking turns, and the device waited for on both sides."""
    for _ in range(warmup):
        for call in calls.values():
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            synchronize()
            start = clock()
            call()
            synchronize()
            seconds[name].append(clock() - start)
    return seconds


def fair_seconds_with(
    *,
    warm_up: bool = True,
    take_turns: bool = True,
    wait_before: bool = True,
    wait_after: bool = True,
    keep_warmup: bool = False,
) -> Callable[..., dict[str, list[float]]]:
    """`fair_seconds` with one of its rules broken."""

    def mutant(
        calls: Mapping[str, Callable[[], object]],
        runs: int,
        warmup: int,
        clock: Callable[[], float],
        synchronize: Callable[[], None],
    ) -> dict[str, list[float]]:
        seconds: dict[str, list[float]] = {name: [] for name in calls}

        def measure(name: str) -> None:
            if wait_before:
                synchronize()
            start = clock()
            calls[name]()
            if wait_after:
                synchronize()
            seconds[name].append(clock() - start)

        for _ in range(warmup if warm_up else 0):
            for name, call in calls.items():
                if keep_warmup:
                    measure(name)
                else:
                    call()
        order = list(calls) * runs if take_turns else [name for name in calls for _ in range(runs)]
        for name in order:
            measure(name)
        return seconds

    return mutant


def timer_cases(generator: torch.Generator) -> list[Case]:
    """Two calls on the CPU; two on a device that works on while the program goes on; three whose first call is slow."""

    def drawn(count: int) -> dict[str, float]:
        work = 1 + 4 * torch.rand(count, generator=generator, dtype=torch.float64)
        return {name: round(seconds, 3) for name, seconds in zip("abc", work.tolist(), strict=False)}

    return [
        Case(({"a": 1.0, "b": 2.0}, 2, 1), {"first_extra": 5.0}, label="a takes 1 s, b 2 s, the first call 5 s more"),
        Case((drawn(2), 3, 2), {"first_extra": 9.0, "queue": True}, label="a device with a queue, 3 runs, 2 warm-ups"),
        Case((drawn(3), 2, 1), {"first_extra": 3.0, "queue": True, "slow_from": 12.0}, label="the machine slows down"),
    ]


# Exercise 7: what the rounds say


def compare_rounds(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """Median, smallest and largest of the ratios other / baseline, taken round by round."""
    if len(baseline) != len(other) or not baseline:
        raise ValueError(f"expected as many rounds of both, at least one, got {len(baseline)} and {len(other)}")
    ratios = round_ratios(baseline, other)
    return statistics.median(ratios), min(ratios), max(ratios)


def round_ratios(baseline: list[float], other: list[float]) -> list[float]:
    """other / baseline, item by item."""
    return [theirs / ours for ours, theirs in zip(baseline, other, strict=True)]


def compare_with(
    *,
    middle: Callable[[list[float]], float] = statistics.median,
    ratios_of: Callable[[list[float], list[float]], list[float]] = round_ratios,
) -> Callable[[list[float], list[float]], tuple[float, float, float]]:
    """`compare_rounds` with another middle, or other ratios."""

    def mutant(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
        compare_rounds(baseline, other)  # refuses what the reference refuses
        ratios = ratios_of(baseline, other)
        return middle(ratios), min(ratios), max(ratios)

    return mutant


def compare_medians(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """The ratio of the medians: the rounds do not count."""
    _, smallest, largest = compare_rounds(baseline, other)
    return statistics.median(other) / statistics.median(baseline), smallest, largest


def compare_without_check(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """Rounds that only one of them has are dropped in silence."""
    return compare_rounds(baseline[: len(other)], other[: len(baseline)])


def round_cases(generator: torch.Generator) -> list[Case]:
    """By hand: a machine that is slow in one round, for both; then an even number of rounds, drawn; then refusals."""
    pace = 1 + 9 * torch.rand(6, generator=generator, dtype=torch.float64)
    factor = 1 + torch.rand(6, generator=generator, dtype=torch.float64)
    return [
        Case(([1.0, 4.0, 2.0], [2.0, 12.0, 2.0]), label="three rounds, the second on a busy machine"),
        Case((pace.tolist(), (pace * factor).tolist()), label="six rounds"),
        Case(([1.0, 2.0, 3.0], [1.0, 2.0]), label="three rounds of one, two of the other"),
    ]


EXERCISES = (
    Exercise(
        name="predict_layer_sizes",
        reference=predict_layer_sizes,
        cases=single_case,
        misconceptions=(
            Misconception(
                "dim_feedforward taken for 4·C",
                lambda: (
                    ENCODER_LAYER - (2 * 100 + 1) * (2048 - 400),
                    ENCODER_LAYER - (2 * 100 + 1) * (2048 - 400) + CROSS_ATTENTION,
                ),
                "The MLP's hidden layer is as wide as dim_feedforward says, whatever C is; look up its default.",
            ),
            Misconception(
                "biases of the linear layers forgotten",
                lambda: (
                    ENCODER_LAYER - (400 + 2148),
                    ENCODER_LAYER - (400 + 2148) + CROSS_ATTENTION - 400,
                ),
                "bias=True is the default: one number more for each output of each linear layer.",
            ),
            Misconception(
                "norms forgotten",
                lambda: (ENCODER_LAYER - 400, ENCODER_LAYER - 400 + CROSS_ATTENTION - 200),
                "An encoder layer has two norms, a decoder layer three; each has a scale and a shift of C numbers.",
            ),
            Misconception(
                "no cross-attention in the decoder layer",
                lambda: (ENCODER_LAYER, ENCODER_LAYER),
                "torch's decoder layer has a second attention, to a second text, and a third norm in front of it.",
            ),
            Misconception(
                "no norm for the cross-attention",
                lambda: (ENCODER_LAYER, ENCODER_LAYER + CROSS_ATTENTION - 200),
                "Each part of a layer has its norm, and the cross-attention is a part of its own.",
            ),
        ),
        hints=(
            "Write down the parts of each layer first: what is there once, and what twice?",
            "Attention: 4·C² + 4·C. MLP: 2·C·F + F + C with F = dim_feedforward. A norm: 2·C. The defaults are in "
            "help(nn.TransformerEncoderLayer).",
            "F = 2048. Encoder layer: 40,400 + (2·100·2048 + 2148) + 400. The decoder layer has 40,400 + 200 more.",
        ),
        review="lesson 09, 'What a decoder is, in torch's words'",
    ),
    Exercise(
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
            Misconception("no mask", Unmasked, "An encoder lets every position see all others. Give it a causal mask."),
            Misconception(
                "mask inverted",
                MaskInverted,
                "For these layers True means blocked. Yours blocks the past and shows the future.",
            ),
            Misconception(
                "a mask of ones and zeros",
                MaskOfOnesAndZeros,
                "A floating point mask is added to the scores, and + 1 blocks nothing: use True and False.",
            ),
            Misconception(
                "post-norm by default",
                PostNorm,
                "The norms stand after the sums, torch's default. Our blocks are pre-norm: norm_first=True.",
            ),
            Misconception("ReLU by default", Relu, "The default activation is ReLU; GPT-2's is GELU in its tanh form."),
            Misconception(
                "exact GELU",
                ExactGelu,
                'activation="gelu" is the exact form. Ours is the tanh form: partial(F.gelu, approximate="tanh").',
            ),
            Misconception(
                "batch taken for time",
                TokensFirst,
                "The default order is (T, B, C): yours attends from text to text in the batch. Use batch_first=True.",
            ),
            Misconception(
                "dropout on by default",
                DefaultDropout,
                "The default dropout is 0.1, so that two calls disagree. Say dropout=config.dropout.",
            ),
            Misconception(
                "an MLP 2048 wide by default",
                DefaultWidth,
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
    ),
    Exercise(
        name="torch_name",
        reference=torch_name,
        forbidden=(
            "course_lib.torch_builtin.their_name",
            "course_lib.torch_builtin.from_gpt",
        ),
        cases=name_cases,
        misconceptions=(
            Misconception(
                "in_proj with a dot",
                torch_name_with("in_proj_", "in_proj."),
                "in_proj is no layer: torch keeps the parameters in_proj_weight and in_proj_bias, with an underscore.",
            ),
            Misconception(
                "linear1 and linear2 exchanged",
                linear_layers_exchanged,
                "linear1 leads into the MLP's hidden layer (our up_proj), linear2 out of it.",
            ),
            Misconception(
                "the norms' underscore kept",
                lambda name: torch_name(name).replace("norm1", "norm_1").replace("norm2", "norm_2"),
                "Within a layer torch says norm1 and norm2.",
            ),
            Misconception(
                "final norm left outside the encoder",
                torch_name_with("encoder.norm.", "final_norm."),
                "The final norm belongs to nn.TransformerEncoder, which calls it norm.",
            ),
            Misconception(
                "blocks directly in the encoder",
                torch_name_with("encoder.layers.", "encoder."),
                "nn.TransformerEncoder keeps its blocks in a list called layers.",
            ),
            Misconception(
                "only block 0 translated",
                first_block_only,
                "There are more blocks than the first: translate the word, not the number.",
            ),
        ),
        hints=(
            "Build both models and compare the names: list(model.state_dict()) of each.",
            'A chain of name.replace(ours, theirs) does it. Mind that "qkv_proj.weight" becomes "in_proj_weight".',
            "blocks. → encoder.layers.; attention.qkv_proj. → self_attn.in_proj_; attention. → self_attn.; "
            "mlp.up_proj → linear1; mlp.down_proj → linear2; norm_1 → norm1; norm_2 → norm2; final_norm → encoder.norm",
        ),
        review="lesson 09, 'The way of the weights'",
    ),
    Exercise(
        name="mask_for",
        reference=mask_for,
        cases=mask_cases,
        misconceptions=(
            Misconception(
                "allowed passed to the layer",
                mask_with(layer=lambda allowed: allowed),
                "In nn.TransformerEncoderLayer and nn.MultiheadAttention True means blocked: invert it.",
            ),
            Misconception(
                "inverted for sdpa as well",
                mask_with(sdpa=lambda allowed: ~allowed),
                "F.scaled_dot_product_attention reads True as allowed, like our mask: leave it as it is.",
            ),
            Misconception(
                "the two conventions exchanged",
                mask_with(sdpa=lambda allowed: ~allowed, layer=lambda allowed: allowed),
                "It is the other way round: sdpa reads True as allowed, the layers read True as blocked.",
            ),
            Misconception(
                "−∞ where attention is allowed",
                mask_with(additive=lambda allowed: torch.zeros(allowed.shape).masked_fill(allowed, -math.inf)),
                "−∞ is added to the scores that must vanish: where `allowed` is False.",
            ),
            Misconception(
                "1 and 0 in place of 0 and −∞",
                mask_with(additive=lambda allowed: allowed.float()),
                "The mask is added to the scores: 0 changes nothing, and only −∞ makes a weight vanish.",
            ),
            Misconception(
                "−∞ times zero",
                mask_with(additive=lambda allowed: (~allowed).float() * -math.inf),
                "0 · −∞ is NaN, not 0. Fill with −∞ where it belongs: masked_fill or torch.where.",
            ),
            Misconception(
                "an unknown convention let through",
                mask_for_anything,
                "A typing error in the convention would give a wrong mask in silence. Raise a ValueError.",
            ),
        ),
        hints=(
            "Two of the three conventions are boolean and mean opposite things. Which one means what ours means?",
            '"sdpa": as it is. "layer": ~allowed. "additive": 0 where allowed, −∞ where not.',
            "torch.zeros(allowed.shape).masked_fill(~allowed, float('-inf')), and a ValueError for any other word",
        ),
        review="lesson 09, 'True means blocked here'",
    ),
    Exercise(
        name="CausalStack",
        reference=CausalStack,
        cases=stack_cases,
        drive=drive.call_module,
        misconceptions=(
            Misconception(
                "cross-attention kept",
                CrossAttentionKept,
                "With a memory it runs, but each layer has an attention too many. A decoder-only model is torch's "
                "encoder with a mask.",
            ),
            Misconception(
                "no mask", StackUnmasked, "The encoder lets every position see the future: give it a causal mask."
            ),
            Misconception(
                "is_causal without a mask",
                StackHintOnly,
                "is_causal is only a hint about the mask that you give: give the mask as well.",
            ),
            Misconception("mask inverted", StackInverted, "True means blocked: block what lies above the diagonal."),
            Misconception(
                "the diagonal blocked too",
                StackBlind,
                "Every position may see itself: triu(diagonal=1), not triu().",
            ),
        ),
        hints=(
            "What should the memory be, if there is no second text? Which layer has no need of one?",
            "nn.TransformerEncoder of nn.TransformerEncoderLayer, with the same arguments, and mask= in forward.",
            "blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1); "
            "return self.stack(x, mask=blocked)",
        ),
        review="lesson 09, 'What a decoder is, in torch's words'",
    ),
    Exercise(
        name="fair_seconds",
        reference=fair_seconds,
        forbidden=(
            "course_lib.show.profiling.time_interleaved",
            "course_lib.show.profiling.interleaved_seconds",
        ),
        cases=timer_cases,
        drive=drive.time_on_a_fake_clock,
        misconceptions=(
            Misconception(
                "no warm-up",
                fair_seconds_with(warm_up=False),
                "The first call of each pays for what is done only once. Make `warmup` rounds that do not count.",
            ),
            Misconception(
                "warm-up counted",
                fair_seconds_with(keep_warmup=True),
                "The warm-up rounds are there to be forgotten: their seconds do not belong in the lists.",
            ),
            Misconception(
                "one after the other",
                fair_seconds_with(take_turns=False),
                "All runs of one, then all of the next: a slow minute hits only one of them. Let them take turns.",
            ),
            Misconception(
                "not waited for afterwards",
                fair_seconds_with(wait_after=False),
                "A call on a GPU returns when the work is queued, not when it is done, so you measure the queueing: "
                "synchronize() before you read the clock.",
            ),
            Misconception(
                "not waited for beforehand",
                fair_seconds_with(wait_before=False),
                "Work that is still queued from the call before is counted as this one's: synchronize() before you "
                "start the clock.",
            ),
        ),
        hints=(
            "Two loops, one inside the other. Which is outside: the rounds, or the calls?",
            "for _ in range(runs): for name, call in calls.items(): one measurement. Before all that, `warmup` rounds "
            "without a clock.",
            "synchronize(); start = clock(); call(); synchronize(); seconds[name].append(clock() - start)",
        ),
        review="lesson 09, 'A fair race'",
    ),
    Exercise(
        name="compare_rounds",
        reference=compare_rounds,
        cases=round_cases,
        misconceptions=(
            Misconception(
                "the wrong way round",
                compare_with(
                    ratios_of=lambda baseline, other: round_ratios(other, baseline),
                ),
                "A ratio of 2 should mean that the other takes twice the baseline's time: divide other by baseline.",
            ),
            Misconception(
                "ratio of the medians",
                compare_medians,
                "The two medians may come from different rounds. First the ratio of each round, then the median.",
            ),
            Misconception(
                "mean in place of the median",
                compare_with(middle=statistics.fmean),
                "One disturbed round moves the mean as far as it likes. The median does not care.",
            ),
            Misconception(
                "sorted before they were paired",
                compare_with(
                    ratios_of=lambda baseline, other: round_ratios(sorted(baseline), sorted(other)),
                ),
                "Sorting tears the rounds apart: item i of both lists was measured in the same moment.",
            ),
            Misconception(
                "lists of different length let through",
                compare_without_check,
                "zip stops at the shorter list without a word. Raise a ValueError: something went wrong before.",
            ),
        ),
        hints=(
            "Item i of both lists is from round i. What do the two have in common that items of other rounds have not?",
            "A list of other[i] / baseline[i]; then its median, minimum and maximum. Check the lengths first.",
            "ratios = [b / a for a, b in zip(baseline, other, strict=True)]; "
            "return statistics.median(ratios), min(ratios), max(ratios)",
        ),
        review="lesson 09, 'A fair race'",
    ),
)
