"""Exercises of lesson 06: the decoder block."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib import block
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention

# Exercise 1: LayerNorm


def norm_over(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, *, dims: Sequence[int] = (-1,), correction: int = 0
) -> Tensor:
    """layer_norm over other dimensions, or with a variance that divides by the count less `correction`."""
    variance, mean = torch.var_mean(x, dim=tuple(dims), correction=correction, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps) * weight + bias


def eps_outside(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """eps added to the standard deviation rather than to the variance."""
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) / (torch.sqrt(variance) + eps) * weight + bias


def divided_by_variance(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """No root taken."""
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) / (variance + eps) * weight + bias


def mean_kept(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """The right deviation, but x itself above it."""
    variance = x.var(dim=-1, correction=0, keepdim=True)
    return x / torch.sqrt(variance + eps) * weight + bias


def root_mean_square(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """RMSNorm with a shift."""
    return x / torch.sqrt((x * x).mean(dim=-1, keepdim=True) + eps) * weight + bias


def shifted_first(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """The shift is scaled as well."""
    return (block.layer_norm(x, torch.ones_like(weight), torch.zeros_like(bias), eps) + bias) * weight


def scale_and_shift_forgotten(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """Only normalised."""
    return block.layer_norm(x, torch.ones_like(weight), torch.zeros_like(bias), eps)


def norm_cases(generator: torch.Generator) -> list[Case]:
    """Four numbers to do by hand; a batch; a constant vector; an eps that is not small."""

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    by_hand = torch.tensor([[[2.0, 4.0, 6.0, 8.0]]])
    return [
        Case((by_hand, torch.ones(4), torch.zeros(4)), label="x = (2, 4, 6, 8), scale 1, shift 0"),
        Case((3 * draw(2, 3, 4) + 1, draw(4), draw(4)), label="2 × 3 tokens, C = 4, random scale and shift"),
        Case((torch.full((1, 2, 3), 7.0), draw(3), draw(3)), label="a constant vector"),
        Case((draw(2, 3, 4), draw(4), draw(4)), {"eps": 0.5}, label="eps = 0.5"),
    ]


def norm_forgets_size_and_offset(call: Call, generator: torch.Generator) -> None:
    """norm(10·x + 3) = norm(x), but for eps."""
    x = torch.randn(1, 5, 16, generator=generator)
    scale, shift = torch.ones(16), torch.zeros(16)
    gap = (call(10 * x + 3, scale, shift)["output"] - call(x, scale, shift)["output"]).abs().max().item()
    if not gap < 1e-2:
        raise Failed(f"10·x + 3 should be normalised to the same vector as x; yours differ by {gap:.3g}")


def norm_keeps_tokens_apart(call: Call, generator: torch.Generator) -> None:
    """A token's numbers change no other token's output."""
    x = torch.randn(2, 4, 6, generator=generator)
    changed = x.clone()
    changed[1, 2] *= 5
    changed[1, 2, 0] += 1
    scale, shift = torch.ones(6), torch.zeros(6)
    moved = (call(changed, scale, shift)["output"] - call(x, scale, shift)["output"]).abs().amax(dim=-1) > 1e-6
    others = moved.nonzero().tolist()
    if [1, 2] in others:
        others.remove([1, 2])
    if others:
        raise Failed(f"only token 2 of sequence 1 was changed, but these outputs moved too: {others}")


# Exercises 2, 3 and 5: blocks


def block_config(C: int, H: int, mlp_ratio: float = 4.0) -> GPTConfig:
    """A configuration of which only the block's part matters."""
    return GPTConfig(n_embd=C, n_head=H, mlp_ratio=mlp_ratio)


def block_case(
    kind: type[nn.Module], config: GPTConfig, B: int, T: int, *, label: str, generator: torch.Generator
) -> Case:
    """A block whose matrices are normal and whose norms have scales and shifts of their own."""
    weights = {}
    for name, weight in kind(config).state_dict().items():
        drawn = torch.randn(weight.shape, generator=generator)
        weights[name] = drawn / weight.shape[-1] ** 0.5 if weight.dim() == 2 else 0.5 * drawn + name.endswith("weight")
    x = 2 * torch.randn(B, T, config.n_embd, generator=generator) + 1
    return Case(((config,), weights, x), label=label)


def pre_norm_cases(generator: torch.Generator) -> list[Case]:
    """One token, for which attention is one matrix; then more tokens, heads and sequences."""
    return [
        block_case(block.DecoderBlock, block_config(2, 1), 1, 1, label="1 token, C = 2", generator=generator),
        block_case(block.DecoderBlock, block_config(4, 2), 1, 3, label="3 tokens, C = 4", generator=generator),
        block_case(block.DecoderBlock, block_config(6, 3, 2.0), 2, 5, label="mlp_ratio = 2", generator=generator),
    ]


def post_norm_cases(generator: torch.Generator) -> list[Case]:
    """The same for a post-norm block."""
    return [
        block_case(block.PostNormBlock, block_config(2, 1), 1, 1, label="1 token, C = 2", generator=generator),
        block_case(block.PostNormBlock, block_config(4, 2), 1, 3, label="3 tokens, C = 4", generator=generator),
        block_case(block.PostNormBlock, block_config(6, 3, 2.0), 2, 5, label="mlp_ratio = 2", generator=generator),
    ]


def stream_passes_silent_layers(call: Call, generator: torch.Generator) -> None:
    """If attention and MLP write zeros, the block returns its input."""
    init, weights, x = block_case(block.DecoderBlock, block_config(4, 2), 1, 3, label="", generator=generator).args
    for name in ("attention.out_proj.weight", "mlp.down_proj.weight"):
        weights[name] = torch.zeros_like(weights[name])
    output = call(init, weights, x)["output"]
    if not torch.allclose(output, x, atol=1e-5):
        raise Failed(
            f"when attention and MLP write only zeros, x should pass unharmed; "
            f"yours changes it by up to {(output - x).abs().max():.3g}"
        )


def future_does_not_reach_the_past(call: Call, generator: torch.Generator) -> None:
    """The last token changes no output but its own."""
    init, weights, x = block_case(block.DecoderBlock, block_config(4, 2), 1, 4, label="", generator=generator).args
    changed = x.clone()
    changed[:, -1] -= 2.0
    changed[:, -1, 0] += 1.0
    moved = (call(init, weights, changed)["output"] - call(init, weights, x)["output"]).abs().amax(dim=-1)[0]
    if (moved[:-1] > 1e-6).any():
        raise Failed("the last of four tokens was changed, and outputs before it moved as well")


def outputs_are_normalised(call: Call, generator: torch.Generator) -> None:
    """With scale 1 and shift 0 in the last norm, each output has mean 0 and deviation 1."""
    init, weights, x = block_case(block.PostNormBlock, block_config(16, 2), 1, 3, label="", generator=generator).args
    for name, start in (("norm_1.weight", 1), ("norm_1.bias", 0), ("norm_2.weight", 1), ("norm_2.bias", 0)):
        weights[name] = torch.full_like(weights[name], start)
    output = call(init, weights, x)["output"]
    mean, deviation = output.mean(dim=-1).abs().max().item(), output.std(dim=-1, correction=0).mean().item()
    if mean > 1e-3 or abs(deviation - 1) > 1e-2:
        raise Failed(
            f"with scales 1 and shifts 0, every token should come out with mean 0 and deviation 1; "
            f"yours have a mean of up to {mean:.3g} and a deviation of {deviation:.3g}"
        )


class NoResidual(block.DecoderBlock):
    """Each layer replaces the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """mlp(norm(attention(norm(x))))."""
        return self.mlp(self.norm_2(self.attention(self.norm_1(x))))


class NormalisedResidual(block.DecoderBlock):
    """What is added to is the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm, twice."""
        x = self.norm_1(x)
        x = x + self.attention(x)
        x = self.norm_2(x)
        return x + self.mlp(x)


class SecondNormalisedResidual(block.DecoderBlock):
    """Only the MLP's residual starts from the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm before the MLP."""
        x = self.norm_2(x + self.attention(self.norm_1(x)))
        return x + self.mlp(x)


class FirstNormalisedResidual(block.DecoderBlock):
    """Only the attention's residual starts from the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm before the attention."""
        x = self.norm_1(x)
        x = x + self.attention(x)
        return x + self.mlp(self.norm_2(x))


class OneResidual(block.DecoderBlock):
    """One addition around both layers."""

    def forward(self, x: Tensor) -> Tensor:
        """x + mlp(norm(attention(norm(x))))."""
        return x + self.mlp(self.norm_2(self.attention(self.norm_1(x))))


class Parallel(block.DecoderBlock):
    """The MLP reads the stream from before the attention."""

    def forward(self, x: Tensor) -> Tensor:
        """x + attention(norm(x)) + mlp(norm(x))."""
        return x + self.attention(self.norm_1(x)) + self.mlp(self.norm_2(x))


class MLPFirst(block.DecoderBlock):
    """The two halves exchanged."""

    def forward(self, x: Tensor) -> Tensor:
        """First the MLP, then the attention."""
        x = x + self.mlp(self.norm_2(x))
        return x + self.attention(self.norm_1(x))


class NoNorms(block.DecoderBlock):
    """Residuals without norms."""

    def forward(self, x: Tensor) -> Tensor:
        """x + attention(x), x + mlp(x)."""
        x = x + self.attention(x)
        return x + self.mlp(x)


class NoSecondNorm(block.DecoderBlock):
    """The MLP reads the stream as it is."""

    def forward(self, x: Tensor) -> Tensor:
        """norm_2 is made but not used."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(x)


class NormsExchanged(block.DecoderBlock):
    """norm_2 before the attention, norm_1 before the MLP."""

    def forward(self, x: Tensor) -> Tensor:
        """Each norm before the other layer."""
        x = x + self.attention(self.norm_2(x))
        return x + self.mlp(self.norm_1(x))


class StaleMLP(block.DecoderBlock):
    """The MLP reads the normalised vector from before the attention."""

    def forward(self, x: Tensor) -> Tensor:
        """h is kept from the first half."""
        h = self.norm_1(x)
        x = x + self.attention(h)
        return x + self.mlp(self.norm_2(h))


class PostNormByAccident(block.DecoderBlock):
    """The norms stand in the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x + f(x)), twice."""
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(x))


class SharedNorm(nn.Module):
    """One norm for both layers."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.norm = block.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        """Pre-norm with the same scale and shift twice."""
        x = x + self.attention(self.norm(x))
        return x + self.mlp(self.norm(x))


class PreNormByAccident(block.PostNormBlock):
    """Pre-norm where post-norm was asked for."""

    def forward(self, x: Tensor) -> Tensor:
        """x + f(norm(x)), twice."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))


class NormOfTheAddition(block.PostNormBlock):
    """What a layer writes is normalised, not the sum."""

    def forward(self, x: Tensor) -> Tensor:
        """x + norm(f(x)), twice."""
        x = x + self.norm_1(self.attention(x))
        return x + self.norm_2(self.mlp(x))


class NormOfTheStreamAlone(block.PostNormBlock):
    """The stream is normalised, and the addition comes on top."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x) + f(x), twice."""
        x = self.norm_1(x) + self.attention(x)
        return self.norm_2(x) + self.mlp(x)


class PostNormWithoutResidual(block.PostNormBlock):
    """Each layer replaces the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(f(x)), twice."""
        return self.norm_2(self.mlp(self.norm_1(self.attention(x))))


class OnlyTheLastNorm(block.PostNormBlock):
    """The norm after the attention is missing."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x + attention(x) + …) once, at the end."""
        x = x + self.attention(x)
        return self.norm_2(x + self.mlp(x))


class PostNormsExchanged(block.PostNormBlock):
    """norm_2 after the attention, norm_1 after the MLP."""

    def forward(self, x: Tensor) -> Tensor:
        """Each norm after the other layer."""
        x = self.norm_2(x + self.attention(x))
        return self.norm_1(x + self.mlp(x))


# Exercise 4: predict the parameters of a block


def predict_block_parameters() -> int:
    """Attention 4·C², MLP 8·C², two norms with 2·C each, for C = 100."""
    return 4 * 100**2 + 8 * 100**2 + 2 * 2 * 100


# Exercise 6: shares of the stream


def share_cases(generator: torch.Generator) -> list[Case]:
    """Pieces to do by hand: in line, at a right angle, opposed; then a batch."""
    return [
        Case((torch.tensor([[3.0, 0.0], [1.0, 0.0]]),), label="two pieces in line: 3 and 1"),
        Case((torch.tensor([[3.0, 0.0], [0.0, 4.0]]),), label="two pieces at a right angle"),
        Case((torch.tensor([[2.0, 0.0], [-1.0, 0.0]]),), label="two pieces opposed: 2 and −1"),
        Case((torch.randn(5, 2, 3, 8, generator=generator) + 0.5,), label="5 pieces, 2 × 3 tokens, C = 8"),
    ]


def shares_add_up_to_one(call: Call, generator: torch.Generator) -> None:
    """At each position the shares of all pieces add up to 1."""
    shares = call(torch.randn(4, 2, 3, 8, generator=generator) + 0.5)
    total = shares.sum(dim=0)
    if total.shape != (2, 3) or not torch.allclose(total, torch.ones(2, 3), atol=1e-3):
        raise Failed(
            f"for 4 pieces, 2 × 3 tokens, the shares should add up to 1 at each of the six positions; "
            f"yours add up to {[round(value, 3) for value in total.flatten().tolist()]}"
        )


def cosine_shares(pieces: Tensor) -> Tensor:
    """The cosine between each piece and the sum."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(dim=-1) / (pieces.norm(dim=-1) * stream.norm(dim=-1))


def length_ratios(pieces: Tensor) -> Tensor:
    """Length of each piece over the length of the sum."""
    return pieces.norm(dim=-1) / pieces.sum(dim=0).norm(dim=-1)


def lengths_over_their_sum(pieces: Tensor) -> Tensor:
    """Length of each piece over the sum of all lengths."""
    lengths = pieces.norm(dim=-1)
    return lengths / lengths.sum(dim=0)


def projected_lengths(pieces: Tensor) -> Tensor:
    """How far each piece reaches along the sum, as a length."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).sum(dim=-1) / stream.norm(dim=-1)


def along_the_mean(pieces: Tensor) -> Tensor:
    """The mean of the pieces in place of their sum."""
    stream = pieces.mean(dim=0)
    return (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)


def along_the_last(pieces: Tensor) -> Tensor:
    """The last piece taken for the stream."""
    stream = pieces[-1]
    return (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)


def one_share_for_all(pieces: Tensor) -> Tensor:
    """Products summed over every position as well."""
    stream = pieces.sum(dim=0)
    return (pieces * stream).flatten(1).sum(dim=-1) / (stream * stream).sum()


EXERCISES = (
    Exercise(
        name="layer_norm",
        reference=block.layer_norm,
        forbidden=(
            "torch.layer_norm",
            "torch.nn.LayerNorm",
            "course_lib.block.LayerNorm",
        ),
        cases=norm_cases,
        drive=drive.call_with_gradient,
        properties=(
            Property("forgets a vector's size and offset", norm_forgets_size_and_offset),
            Property("a token's numbers change no other token's output", norm_keeps_tokens_apart),
        ),
        misconceptions=(
            Misconception(
                "unbiased variance",
                lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, correction=1),
                "Your variance divides by C − 1, as torch.var and torch.std do unless told otherwise. "
                "LayerNorm divides by C: unbiased=False.",
            ),
            Misconception(
                "normalised over T",
                lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(-2,)),
                "You took mean and variance over the tokens, so each token sees the others, the later ones too. "
                "Take them over the last dimension, C.",
            ),
            Misconception(
                "normalised over T and C together",
                lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(-2, -1)),
                "One mean for a whole sequence lets later tokens change earlier ones. Each token has its own: dim=-1.",
            ),
            Misconception(
                "normalised over the whole batch",
                lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, dims=(0, 1, 2)),
                "x.mean() without dim is one number for everything. Each token has its own: dim=-1, keepdim=True.",
            ),
            Misconception(
                "eps outside the root",
                eps_outside,
                "eps is added to the variance, inside the root: √(variance + eps), not √variance + eps.",
            ),
            Misconception(
                "eps forgotten",
                lambda x, weight, bias, eps=block.EPS: block.layer_norm(x, weight, bias, 0.0),
                "Without eps a constant vector gives 0/0 = nan. Add eps to the variance.",
            ),
            Misconception(
                "divided by the variance",
                divided_by_variance,
                "Divide by the standard deviation, the root of the variance.",
            ),
            Misconception(
                "the mean not subtracted",
                mean_kept,
                "You divide x itself. Above the fraction stands x minus its mean.",
            ),
            Misconception(
                "RMSNorm",
                root_mean_square,
                "That divides by the root of the mean square and leaves the mean in: RMSNorm, which Llama uses. "
                "LayerNorm subtracts the mean first.",
            ),
            Misconception(
                "scale and shift forgotten",
                scale_and_shift_forgotten,
                "The normalised vector is still multiplied by weight and shifted by bias.",
            ),
            Misconception(
                "shifted before it is scaled",
                shifted_first,
                "You scale the shift as well. First times weight, then plus bias.",
            ),
        ),
        hints=(
            "Three steps: the mean of each token, its variance, then the formula. Which dim are a token's numbers in?",
            "x.mean(dim=-1, keepdim=True) keeps the shape (..., 1), so that it can be subtracted from x.",
            "variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True); "
            "(x - mean) / torch.sqrt(variance + eps) * weight + bias",
        ),
        review="lesson 06, 'A norm by hand'",
        tolerance=1e-4,
    ),
    Exercise(
        name="DecoderBlock",
        reference=block.DecoderBlock,
        cases=pre_norm_cases,
        drive=drive.call_module,
        properties=(
            Property("layers that write nothing leave the stream unharmed", stream_passes_silent_layers),
            Property("a later token changes no earlier output", future_does_not_reach_the_past),
        ),
        misconceptions=(
            Misconception(
                "post-norm by accident",
                PostNormByAccident,
                "norm(x + f(x)) puts the norm into the stream. In pre-norm it stands before the layer: x + f(norm(x)).",
            ),
            Misconception(
                "one norm shared",
                SharedNorm,
                "Attention and MLP have a norm each, with scales and shifts of their own: four vectors of size C.",
            ),
            Misconception(
                "no residual",
                NoResidual,
                "Each layer replaces the stream. It should add to it: x = x + ….",
            ),
            Misconception(
                "one residual around both",
                OneResidual,
                "The attention's result is added to nothing. There are two additions, one for each layer.",
            ),
            Misconception(
                "residual of the normalised",
                NormalisedResidual,
                "`x = self.norm_1(x)` overwrites the stream. Normalise only what the layer is given.",
            ),
            Misconception(
                "attention and MLP side by side",
                Parallel,
                "Your MLP reads the stream from before the attention. It should read what attention has written.",
            ),
            Misconception(
                "MLP first",
                MLPFirst,
                "The order is attention, then MLP.",
            ),
            Misconception(
                "the second norm not used",
                NoSecondNorm,
                "The MLP is given the stream as it is; put norm_2 before it.",
            ),
            Misconception(
                "norms exchanged",
                NormsExchanged,
                "norm_1 belongs to the attention and norm_2 to the MLP.",
            ),
        ),
        hints=(
            "Two lines in forward, of the same form. Each adds to x.",
            "A line is x = x + layer(norm(x)): the norm sees the stream, and the stream never sees the norm.",
            "x = x + self.attention(self.norm_1(x)), then return x + self.mlp(self.norm_2(x)).",
        ),
        review="lesson 06, 'The block'",
        tolerance=1e-4,
    ),
    Exercise(
        name="PostNormBlock",
        reference=block.PostNormBlock,
        cases=post_norm_cases,
        drive=drive.call_module,
        properties=(Property("every token comes out with mean 0 and deviation 1", outputs_are_normalised),),
        misconceptions=(
            Misconception(
                "pre-norm",
                PreNormByAccident,
                "x + f(norm(x)) is the block of exercise 2. Here the norm comes after the addition: norm(x + f(x)).",
            ),
            Misconception(
                "norm of the addition alone",
                NormOfTheAddition,
                "x + norm(f(x)) normalises what the layer writes. In post-norm the whole sum is normalised.",
            ),
            Misconception(
                "norm of the stream alone",
                NormOfTheStreamAlone,
                "norm(x) + f(x) normalises before it adds. In post-norm the whole sum is normalised.",
            ),
            Misconception(
                "no residual",
                PostNormWithoutResidual,
                "norm(f(x)) has lost x. Add before you normalise: norm(x + f(x)).",
            ),
            Misconception(
                "only one norm used",
                OnlyTheLastNorm,
                "There is a norm after each of the two additions, also after the attention's.",
            ),
            Misconception(
                "norms exchanged",
                PostNormsExchanged,
                "norm_1 comes after the attention and norm_2 after the MLP.",
            ),
            Misconception(
                "one norm shared",
                SharedNorm,
                "There are two norms, with scales and shifts of their own: four vectors of size C.",
            ),
        ),
        hints=(
            "The parts are those of exercise 2. Only the place of the norms is another.",
            "First add, then normalise what you got: norm(x + layer(x)).",
            "x = self.norm_1(x + self.attention(x)), then return self.norm_2(x + self.mlp(x)).",
        ),
        review="lesson 06, 'Before or after?'",
        tolerance=1e-4,
    ),
    Exercise(
        name="predict_block_parameters",
        reference=predict_block_parameters,
        cases=single_case,
        misconceptions=(
            Misconception(
                "norms forgotten",
                lambda: 12 * 100**2,
                "LayerNorm has parameters too: a scale and a shift for each channel, in each of the two norms.",
            ),
            Misconception(
                "half of the norms",
                lambda: 12 * 100**2 + 200,
                "There are two norms in a block, and each has 100 scales and 100 shifts.",
            ),
            Misconception(
                "attention without its output projection",
                lambda: 11 * 100**2 + 400,
                "Queries, keys and values take 3·C². The output projection after the heads takes one more C².",
            ),
            Misconception(
                "biases counted",
                lambda: 12 * 100**2 + 400 + 300 + 100 + 400 + 100,
                "The course's linear layers have no biases. Only the norms have shifts.",
            ),
            Misconception(
                "one matrix in the MLP",
                lambda: 8 * 100**2 + 400,
                "The MLP has two matrices, up and down, of 4·C² each.",
            ),
            Misconception(
                "norms with a scale for each position",
                lambda: 12 * 100**2 + 2 * 2 * 128 * 100,
                "A norm has one scale and one shift for each channel. It is the same at every position.",
            ),
            Misconception(
                "all twelve blocks",
                lambda: 12 * (12 * 100**2 + 400),
                "That is the whole stack. The question is about one block.",
            ),
        ),
        hints=(
            "Four parts: attention, MLP, and two norms. Lessons 04 and 05 counted the first two.",
            "Attention 4·C², MLP 8·C², and each norm two vectors of size C.",
            "40,000 + 80,000 + 2 · 200",
        ),
        review="lesson 06, 'The block'",
    ),
    Exercise(
        name="MendedBlock",
        reference=block.DecoderBlock,
        cases=pre_norm_cases,
        drive=drive.call_module,
        properties=(Property("layers that write nothing leave the stream unharmed", stream_passes_silent_layers),),
        misconceptions=(
            Misconception(
                "the stream is still overwritten",
                NormalisedResidual,
                "What you add to is still the normalised vector, in both halves. Give the layer norm(x), and add to x.",
            ),
            Misconception(
                "only the first half mended",
                SecondNormalisedResidual,
                "The attention's half is right. Before the MLP, x is still overwritten by its norm.",
            ),
            Misconception(
                "only the second half mended",
                FirstNormalisedResidual,
                "The MLP's half is right. Before the attention, x is still overwritten by its norm.",
            ),
            Misconception(
                "the norms thrown out",
                NoNorms,
                "The stream is safe now, but the layers read it as it is. They should still be given norm(x).",
            ),
            Misconception(
                "post-norm",
                PostNormByAccident,
                "norm(x + f(x)) rewrites the stream too, only later. The norm stands before the layer: x + f(norm(x)).",
            ),
            Misconception(
                "the MLP reads an old vector",
                StaleMLP,
                "The second norm is taken of the first one's result, so the MLP does not see what attention wrote. "
                "Take it of x, after the first addition.",
            ),
            Misconception(
                "no residual",
                NoResidual,
                "Now nothing is added any more: each layer replaces the stream.",
            ),
        ),
        hints=(
            "Follow the name x through forward. After which line does it no longer mean the stream?",
            "Do not give the norm's result the name x. Only the layer needs it.",
            "x = x + self.attn(self.ln_1(x)), and the same with ln_2 and feed_forward.",
        ),
        review="lesson 06, 'The residual stream'",
        tolerance=1e-4,
    ),
    Exercise(
        name="contribution_shares",
        reference=block.contribution_shares,
        cases=share_cases,
        properties=(Property("the shares of a position add up to 1", shares_add_up_to_one),),
        misconceptions=(
            Misconception(
                "cosines",
                cosine_shares,
                "A cosine says how well the directions agree, whatever the lengths. Divide by stream · stream instead.",
            ),
            Misconception(
                "lengths over the stream's length",
                length_ratios,
                "A piece at a right angle to the stream has length but no share in it. Use the dot product.",
            ),
            Misconception(
                "lengths over the sum of lengths",
                lengths_over_their_sum,
                "These add up to 1, but a piece that works against the others counts as if it helped. "
                "Use the dot product with the stream.",
            ),
            Misconception(
                "lengths along the stream",
                projected_lengths,
                "You divided by the stream's length once. Divide by stream · stream, its square.",
            ),
            Misconception(
                "the mean of the pieces",
                along_the_mean,
                "The stream is the sum of the pieces, not their mean; your shares add up to the number of pieces.",
            ),
            Misconception(
                "the last piece for the stream",
                along_the_last,
                "The last piece is what the last layer added. The stream is the sum of all pieces.",
            ),
            Misconception(
                "one share for the whole batch",
                one_share_for_all,
                "Each position has shares of its own: sum the products over C only, dim=-1.",
            ),
        ),
        hints=(
            "First make the stream out of the pieces. Which dimension disappears?",
            "A dot product over C is (a * b).sum(dim=-1). You need piece · stream, and stream · stream.",
            "stream = pieces.sum(dim=0); (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)",
        ),
        review="lesson 06, 'The residual stream'",
        tolerance=1e-4,
    ),
)
