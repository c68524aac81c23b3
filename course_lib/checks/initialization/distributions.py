"""GPT-2's rules as functions of a parameter's name, and what becomes of them with the mistakes that are made."""

from collections.abc import Callable
from fnmatch import fnmatch

from course_lib.checks.engine.exercise import Misconception
from course_lib.initialization import STD, gpt2_rules, residual_std

WRITERS = ("out_proj.weight", "down_proj.weight")  # the layers that write into the residual stream


def initial_distribution(name: str, n_layer: int) -> tuple[float, float]:
    """Mean and standard deviation that the parameter called `name` starts with, by GPT-2's rules."""
    rule = next(rule for rule in gpt2_rules(n_layer) if fnmatch(name, rule.pattern))
    return rule.mean, rule.std


def norm_before_bias(name: str, n_layer: int) -> tuple[float, float]:
    """Everything with norm in its name starts at 1, the shift as well."""
    return (1.0, 0.0) if "norm" in name else initial_distribution(name, n_layer)


def writer_before_bias(name: str, n_layer: int) -> tuple[float, float]:
    """The biases of the writers are drawn."""
    writes = "out_proj" in name or "down_proj" in name
    return (0.0, residual_std(n_layer)) if writes else initial_distribution(name, n_layer)


def only_the_final_norm(name: str, n_layer: int) -> tuple[float, float]:
    """norm_1 and norm_2 are taken for weights like any other."""
    return (0.0, STD) if "norm_" in name and name.endswith("weight") else initial_distribution(name, n_layer)


def depth_by_number(name: str, n_layer: int) -> tuple[float, float]:
    """The deeper a block stands, the smaller it starts."""
    if name.startswith("blocks.") and name.endswith(WRITERS):
        return 0.0, residual_std(int(name.split(".")[1]) + 1)
    return initial_distribution(name, n_layer)


def distribution_with(
    *,
    writer_std: Callable[[int], float] = residual_std,
    scaled: Callable[[str], bool] = lambda name: name.endswith(WRITERS),
    embedding_std: float = STD,
    bias_std: float = 0.0,
    norm: tuple[float, float] = (1.0, 0.0),
) -> Callable[[str, int], tuple[float, float]]:
    """The rule with one of its parts replaced."""

    def rule(name: str, n_layer: int) -> tuple[float, float]:
        if name.endswith(".bias"):
            return 0.0, bias_std
        if "norm" in name:
            return norm
        if "embedding" in name:
            return 0.0, embedding_std
        return 0.0, writer_std(n_layer) if scaled(name) else STD

    return rule


OF_NORMS_AND_BIASES = (  # what is not recognised, or taken for something else
    Misconception(
        "norms drawn like other weights",
        distribution_with(norm=(0.0, STD)),
        "A norm's weight multiplies what it normalised: near zero it would switch off its block.",
    ),
    Misconception(
        "a norm's deviation of 1",
        distribution_with(norm=(1.0, 1.0)),
        "A norm's weight starts at exactly 1: mean 1, deviation 0. Nothing is drawn for it.",
    ),
    Misconception(
        "a norm's bias like its weight",
        norm_before_bias,
        "The biases of norms start at 0, as all biases do. Ask for the ending .bias first, and for norm after it.",
    ),
    Misconception(
        "a writer's bias like its weight",
        writer_before_bias,
        "Biases start at 0, those of out_proj and down_proj too. Ask for the ending .bias first.",
    ),
    Misconception(
        "only the final norm recognised",
        only_the_final_norm,
        'The blocks have norms too, called norm_1 and norm_2. Ask whether "norm" is in the name.',
    ),
    Misconception(
        "only the norms of the blocks recognised",
        lambda name, n_layer: (0.0, STD) if name == "final_norm.weight" else initial_distribution(name, n_layer),
        'The final norm is a norm as well. Ask whether "norm" is in the name.',
    ),
    Misconception(
        "a norm's weight drawn around 1",
        distribution_with(norm=(1.0, STD)),
        "A norm's weight starts at exactly 1: nothing is drawn for it, so its deviation is 0.",
    ),
    Misconception(
        "biases drawn like weights",
        distribution_with(bias_std=STD),
        "Biases all start at 0: nothing is drawn for them.",
    ),
)
