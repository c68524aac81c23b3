"""The exercises of lesson 08: right answers, and the mistakes that are really made with initial weights."""

import math
from collections.abc import Callable
from fnmatch import fnmatch

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.initialization import STD, gpt2_rules, residual_std

# Exercise 1: the rule as a function

WRITERS = ("out_proj.weight", "down_proj.weight")  # the layers that write into the residual stream


def initial_distribution(name: str, n_layer: int) -> tuple[float, float]:
    """Mean and standard deviation that the parameter called `name` starts with, by GPT-2's rules."""
    rule = next(rule for rule in gpt2_rules(n_layer) if fnmatch(name, rule.pattern))
    return rule.mean, rule.std


def distribution_cases(generator: torch.Generator) -> list[Case]:
    """Every kind of parameter, in a model of 4 layers and in a deeper one."""
    names = (
        "blocks.0.attention.out_proj.weight",
        "blocks.1.mlp.down_proj.weight",
        "blocks.1.attention.qkv_proj.weight",
        "blocks.0.mlp.up_proj.weight",
        "token_embedding.weight",
        "position_embedding.weight",
        "blocks.0.norm_1.weight",
        "final_norm.weight",
        "blocks.0.norm_2.bias",
        "blocks.3.mlp.up_proj.bias",
    )
    depth = int(torch.randint(3, 40, (1,), generator=generator))
    return [Case((name, n_layer), label=f"{name}, {n_layer} layers") for n_layer in (4, depth) for name in names]


def distribution_with(
    *,
    writer_std: Callable[[int], float] = residual_std,
    scaled: Callable[[str], bool] = lambda name: name.endswith(WRITERS),
    embedding_std: float = STD,
    norm: tuple[float, float] = (1.0, 0.0),
) -> Callable[[str, int], tuple[float, float]]:
    """The rule with one of its parts replaced."""

    def rule(name: str, n_layer: int) -> tuple[float, float]:
        if name.endswith(".bias"):
            return 0.0, 0.0
        if "norm" in name:
            return norm
        if "embedding" in name:
            return 0.0, embedding_std
        return 0.0, writer_std(n_layer) if scaled(name) else STD

    return rule


def deeper_models_start_smaller(call: Call, generator: torch.Generator) -> None:
    """The deviation of a writer falls with the root of the depth."""
    shallow, deep = (call("blocks.0.mlp.down_proj.weight", n_layer)[1] for n_layer in (3, 27))
    if not math.isclose(shallow / deep, 3, rel_tol=1e-6):
        raise Failed(
            f"27 layers are 9 times as many as 3, so down_proj should start √9 = 3 times as small; "
            f"yours goes from {shallow:.5f} to {deep:.5f}"
        )


# Exercise 2: predict the deviation of 12 layers


def predict_residual_std() -> float:
    """0.02 / √(2·12) = 0.00408."""
    return residual_std(12)


# Exercise 3: the deviation of the stream


def stream_deviation(start: float, added: float, n_layer: int) -> float:
    """√(start² + 2·n_layer·added²): variances of independent terms add up, and each block adds two."""
    return math.sqrt(start**2 + 2 * n_layer * added**2)


def stream_cases(generator: torch.Generator) -> list[Case]:
    """Numbers to do by heart first, then drawn ones."""
    drawn = torch.rand(2, generator=generator).tolist()
    return [
        Case((3.0, 2.0, 2), label="start 3, each addition 2, 2 blocks"),  # √(9 + 4·4) = 5
        Case((1.0, 0.0, 12), label="nothing added"),
        Case((0.0, 1.0, 8), label="a stream that starts at zero"),  # √16 = 4
        Case((0.1 + drawn[0], 0.1 + drawn[1], 24), label="24 blocks"),
    ]


# Exercise 4: how strongly the depth shows


def depth_exponent() -> float:
    """The deviation without the rule grows like the root of the depth: its slope on log axes is a half."""
    return 0.5


# Exercise 5: the scale of tied logits


def predict_logit_deviation() -> float:
    """0.02·√400: each logit is a sum of 400 products of a unit-variance number and one with deviation 0.02."""
    return STD * math.sqrt(400)


# Exercise 6 (debug): initialized before the tie


class TiedModel(nn.Module):
    """Embedding and head with one weight between them, drawn once, after the tie."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight
        nn.init.normal_(self.head.weight, std=STD, generator=generator)

    def forward(self, idx: Tensor) -> Tensor:
        """Logits of a model without any block: (B, T) -> (B, T, V)."""
        return self.head(self.embedding(idx))


class InitializedBeforeTheTie(TiedModel):
    """The embedding is drawn, then thrown away for the head's weight, which nobody has drawn by the rule."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocab_size, n_embd)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight


class DrawnTwice(TiedModel):
    """Both names of the shared weight are drawn, one after the other."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)


class TiedToACopy(TiedModel):
    """The head starts with the same numbers, in a parameter of its own."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        self.head.weight = nn.Parameter(self.embedding.weight.detach().clone())


class NotTied(TiedModel):
    """Two weights, each drawn by the rule."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)
        nn.init.normal_(self.head.weight, std=STD, generator=generator)


class UnitDeviation(TiedModel):
    """The shared weight keeps the deviation of one that nn.Embedding starts with."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        with torch.no_grad():
            self.head.weight.div_(STD)


def tied_cases(generator: torch.Generator) -> list[Case]:
    """A model small enough to print, and a larger one."""
    seed = int(torch.randint(1_000_000, (1,), generator=generator))
    return [
        Case((2, 3), {"seed": 0}, label="2 tokens, C = 3"),
        Case((40, 8), {"seed": seed}, label="40 tokens, C = 8"),
    ]


EXERCISES = (
    Exercise(
        name="initial_distribution",
        reference=initial_distribution,
        forbidden=(
            "course_lib.initialization.gpt2_rules",
            "course_lib.initialization.assign_rules",
        ),
        cases=distribution_cases,
        properties=(
            Property(
                "nine times the depth makes what writes into the stream three times as small",
                deeper_models_start_smaller,
            ),
        ),
        misconceptions=(
            Misconception(
                "every projection scaled down",
                distribution_with(scaled=lambda name: "_proj" in name),
                "Only out_proj and down_proj write into the residual stream; qkv_proj and up_proj keep 0.02.",
            ),
            Misconception(
                "one of the two writers forgotten",
                distribution_with(scaled=lambda name: name.endswith("out_proj.weight")),
                "A block writes into the stream twice, at the end of the attention and at the end of the MLP: "
                "down_proj is scaled as out_proj is.",
            ),
            Misconception(
                "divided by √n_layer",
                distribution_with(writer_std=lambda n_layer: STD / math.sqrt(n_layer)),
                "A block adds to the stream twice, so there are 2·n_layer additions: divide by √(2·n_layer).",
            ),
            Misconception(
                "divided by 2·n_layer, without the root",
                distribution_with(writer_std=lambda n_layer: STD / (2 * n_layer)),
                "Variances add up, not deviations: the deviation is divided by the root of the number of additions.",
            ),
            Misconception(
                "embeddings left at deviation 1",
                distribution_with(embedding_std=1.0),
                "nn.Embedding starts with deviation 1; GPT-2 draws embeddings with 0.02 as well.",
            ),
            Misconception(
                "norms drawn like other weights",
                distribution_with(norm=(0.0, STD)),
                "A norm's weight multiplies what it normalised: near zero it would switch off its block.",
            ),
        ),
        hints=(
            "Sort the names into four groups first: biases, norms, the two writers into the stream, the rest.",
            "Ask for the ending of the name: name.endswith('.bias'), then 'norm' in name, then the two writers.",
            "The writers are out_proj.weight and down_proj.weight: (0.0, 0.02 / math.sqrt(2 * n_layer)). "
            "Biases (0.0, 0.0), norms (1.0, 0.0), all others (0.0, 0.02).",
        ),
        review="lesson 08, 'The rules, as data'",
        tolerance=1e-7,
    ),
    Exercise(
        name="predict_residual_std",
        reference=predict_residual_std,
        forbidden=("course_lib.initialization.residual_std",),
        cases=single_case,
        misconceptions=(
            Misconception(
                "divided by √12",
                lambda: STD / math.sqrt(12),
                "That counts one addition a block; attention and MLP both add, so there are 24.",
            ),
            Misconception(
                "divided by 24 without the root",
                lambda: STD / 24,
                "Variances add up; the deviation shrinks with the root of 24, which is about 4.9.",
            ),
            Misconception(
                "no scaling",
                lambda: STD,
                "0.02 is what the other weights start with; this one writes into the stream.",
            ),
            Misconception(
                "the variance",
                lambda: STD**2 / 24,
                "That is the variance, 0.02² / 24. The question asks for the standard deviation, its root.",
            ),
        ),
        hints=(
            "How many times does a model of 12 blocks add something to its residual stream?",
            "Twice a block: 24 times. The variances of 24 independent additions add up to 24 times one of them.",
            "0.02 / √24. The root of 24 is about 4.9.",
        ),
        review="lesson 08, 'The rules, as data'",
        tolerance=5e-5,
    ),
    Exercise(
        name="stream_deviation",
        reference=stream_deviation,
        cases=stream_cases,
        misconceptions=(
            Misconception(
                "deviations added",
                lambda start, added, n_layer: start + 2 * n_layer * added,
                "Independent numbers partly cancel: their variances add up, their deviations do not.",
            ),
            Misconception(
                "one addition a block",
                lambda start, added, n_layer: math.sqrt(start**2 + n_layer * added**2),
                "A block adds twice: once its attention, once its MLP.",
            ),
            Misconception(
                "the start forgotten",
                lambda start, added, n_layer: math.sqrt(2 * n_layer) * added,
                "The stream begins as the sum of two embeddings: its variance counts as well.",
            ),
            Misconception(
                "the variance returned",
                lambda start, added, n_layer: start**2 + 2 * n_layer * added**2,
                "That is the variance; the deviation is its root.",
            ),
        ),
        hints=(
            "What adds up when independent random numbers are added: their deviations or their variances?",
            "The variance after n_layer blocks is start² plus one added² for each addition. A block makes two.",
            "math.sqrt(start**2 + 2 * n_layer * added**2)",
        ),
        review="lesson 08, 'The residual stream adds up'",
    ),
    Exercise(
        name="depth_exponent",
        reference=depth_exponent,
        cases=single_case,
        misconceptions=(
            Misconception(
                "the rule was on",
                lambda: 0.0,
                "A slope of about 0 is what the model has with its rule. Take the two scaled rules out first.",
            ),
            Misconception(
                "slope of the variance",
                lambda: 1.0,
                "The variance grows in proportion to the depth. The question is about the deviation, its root.",
            ),
            Misconception(
                "depth against deviation",
                lambda: 2.0,
                "That is the slope with the axes exchanged: fit the log of the deviation against the log of the depth.",
            ),
            Misconception(
                "sign turned",
                lambda: -0.5,
                "Without the rule the deviation grows with depth, so the slope is positive.",
            ),
        ),
        hints=(
            "Measure first: stream_deviations(model) from the cell above, for a model without the scaled rules.",
            "On log axes a power law is a line. From depth 4 to 32 its slope is log(ratio of deviations) / log(8).",
            "np.polyfit(np.log(depths), np.log(deviations), 1)[0] gives the slope; leave out depths below 4, "
            "where the embeddings still matter.",
        ),
        review="lesson 08, 'The residual stream adds up'",
        tolerance=0.12,  # measured slopes are within 0.06 of a half; the mistakes are at 0, 1 and 2
    ),
    Exercise(
        name="predict_logit_deviation",
        reference=predict_logit_deviation,
        cases=single_case,
        misconceptions=(
            Misconception(
                "times C, without the root",
                lambda: STD * 400,
                "The variances of the 400 products add up, so the deviation grows with the root of 400.",
            ),
            Misconception(
                "the weight's own deviation",
                lambda: STD,
                "That is the deviation of one weight; a logit is the sum of 400 products.",
            ),
            Misconception(
                "the variance",
                lambda: STD**2 * 400,
                "That is the variance of a logit; the deviation is its root.",
            ),
            Misconception(
                "divided by the root",
                lambda: STD / math.sqrt(400),
                "A sum of independent terms spreads more than one of them, not less: multiply by the root.",
            ),
        ),
        hints=(
            "A logit is a dot product: how many products are summed?",
            "400 products, each of a number with variance 1 and a weight with variance 0.02². And their sum?",
            "The variance is 400 · 0.02², so the deviation is 20 · 0.02.",
        ),
        review="lesson 08, 'The tied head and the first loss'",
        tolerance=1e-3,
    ),
    Exercise(
        name="TiedModel",
        reference=TiedModel,
        cases=tied_cases,
        drive=drive.build_module,
        misconceptions=(
            Misconception(
                "initialized before the tie",
                InitializedBeforeTheTie,
                "The weight that was drawn is the one that the tie throws away. Tie first, then draw what is left.",
            ),
            Misconception(
                "the tied weight drawn twice",
                DrawnTwice,
                "Embedding and head are one parameter: the second draw overwrites the first. Draw it once.",
            ),
            Misconception(
                "tied to a copy",
                TiedToACopy,
                "The head has the same numbers but is a parameter of its own, and training pulls the two apart.",
            ),
            Misconception(
                "not tied",
                NotTied,
                "Embedding and head are two parameters here; make one of them refer to the other's weight.",
            ),
            Misconception(
                "deviation left at 1",
                UnitDeviation,
                "nn.Embedding starts with deviation 1. The rule asks for 0.02.",
            ),
        ),
        hints=(
            "Print the deviation of the embedding before and after the line that ties.",
            "Which of the two weights survives `self.embedding.weight = self.head.weight`? Which one was drawn?",
            "Move the line that draws below the line that ties, and draw self.head.weight there, once.",
        ),
        review="lesson 08, 'The tied head and the first loss'",
    ),
)
