"""Exercise 3 of lesson 09: the way of the weights."""

import re
from collections.abc import Callable

import torch

from course_lib import torch_builtin
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.torch_builtin.slots.torch_name import VARIANTS

LAYERS = ("norm_1", "attention.qkv_proj", "attention.out_proj", "norm_2", "mlp.up_proj", "mlp.down_proj")
OUTSIDE = (
    "token_embedding.weight",
    "final_norm.weight",
    "final_norm.bias",
    "position_embedding.weight",
    "head.weight",
)


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
    return re.sub(r"encoder\.layers\.([1-9]\d*)\.", r"blocks.\1.", torch_name(name))


def name_cases(generator: torch.Generator) -> list[Case]:
    """One name of each kind, and all those of blocks once more in blocks whose numbers are drawn."""
    inside = [f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias")]
    numbers = torch.randint(1, 1_000, (len(inside),), generator=generator).tolist()
    drawn = [f"blocks.{number}.{name}" for number, name in zip(numbers, inside, strict=True)]
    known = [f"blocks.{11 * (place % 2)}.{name}" for place, name in enumerate(inside)]
    return [Case((name,)) for name in (*OUTSIDE, *known, *drawn)]


EXERCISE = Exercise(
    name="torch_name",
    reference=torch_name,
    variants=VARIANTS,
    forbidden=(
        "course_lib.torch_builtin.their_name",
        "course_lib.torch_builtin.from_gpt",
    ),
    cases=name_cases,
    misconceptions=(
        Misconception(
            "in_proj with a dot",
            torch_name_with("in_proj_", "in_proj."),
            "in_proj is not a layer: torch keeps the parameters in_proj_weight and in_proj_bias, with an underscore.",
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
    review="lesson 09, 'Copying the weights'",
)
