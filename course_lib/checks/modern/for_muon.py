"""Lesson 18, exercise 7: which parameters are Muon's."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.modern.inputs import drawn_size
from course_lib.checks.modern.slots.for_muon import VARIANTS

Shapes = dict[str, tuple[int, ...]]


def for_muon(shapes: Shapes) -> list[str]:
    """The names of the matrices within the blocks, without the routers, in their order."""
    return those(lambda name, shape: name.startswith("blocks.") and len(shape) == 2 and "router" not in name)(shapes)


def those(rule: Callable[[str, tuple[int, ...]], bool]) -> Callable[[Shapes], list[str]]:
    """The names for which the rule holds."""
    return lambda shapes: [name for name, shape in shapes.items() if rule(name, shape)]


def parameters(layers: int, C: int, experts: int, *, tied: bool, bias: bool = False) -> Shapes:
    """The parameters of a decoder, by name."""
    shapes: Shapes = {"token_embedding.weight": (50, C)}
    for layer in range(layers):
        block = f"blocks.{layer}."
        shapes[block + "norm_1.weight"] = (C,)
        heads = {"q": C, "k": C // 2, "v": C // 2, "out": C}
        shapes |= {block + f"attention.{part}_proj.weight": (rows, C) for part, rows in heads.items()}
        if bias:
            shapes[block + "attention.out_proj.bias"] = (C,)
        shapes |= {block + "attention.q_norm.weight": (8,), block + "norm_2.weight": (C,)}
        if experts:
            shapes[block + "mlp.router.weight"] = (experts, C)
        for one in [f"mlp.experts.{number}." for number in range(experts)] or ["mlp."]:
            shapes |= {block + one + "up_proj.weight": (3 * C, C), block + one + "down_proj.weight": (C, 3 * C)}
    shapes["final_norm.weight"] = (C,)
    return shapes if tied else shapes | {"head.weight": (50, C)}


def muon_cases(generator: torch.Generator) -> list[Case]:
    """A model with one block; with a head of its own; with experts; a drawn one."""
    layers, C = drawn_size(generator, 2, 4), 8 * drawn_size(generator, 1, 4)
    return [
        Case((parameters(1, 16, 0, tied=True),), label="one block, a tied head"),
        Case((parameters(1, 16, 0, tied=False, bias=True),), label="a head of its own, and a bias"),
        Case((parameters(1, 16, 2, tied=False),), label="two experts and their router"),
        Case((parameters(layers, C, 3, tied=False, bias=True),), label=f"{layers} blocks of width {C}, three experts"),
    ]


EXERCISE = Exercise(
    name="for_muon",
    reference=for_muon,
    variants=VARIANTS,
    cases=muon_cases,
    forbidden=("course_lib.modern.split_parameters", "course_lib.modern.muon.split_parameters"),
    misconceptions=(
        Misconception(
            "sorted",
            lambda shapes: sorted(for_muon(shapes)),
            "The names are the right ones, in another order. Keep the order in which `shapes` has them.",
        ),
        Misconception(
            "names with their shapes",
            lambda shapes: [(name, shapes[name]) for name in for_muon(shapes)],
            "Asked for are the names alone.",
        ),
        Misconception(
            "a set",
            lambda shapes: set(for_muon(shapes)),
            "Asked for is a list, in the order of `shapes`. A set has no order.",
        ),
        Misconception(
            "all in blocks but routers",
            those(lambda name, shape: name.startswith("blocks.") and "router" not in name),
            "The blocks hold vectors as well, norms and biases. Muon takes matrices alone: len(shape) == 2.",
        ),
        Misconception(
            "by the word weight",
            those(lambda name, shape: name.endswith("weight") and "norm" not in name and "router" not in name),
            "Embedding and head are called weight too. They are tables with a row a token, and go to AdamW.",
        ),
        Misconception(
            "by the word proj",
            those(lambda name, shape: "_proj" in name),
            "Biases of projections are vectors. Muon takes matrices alone: len(shape) == 2.",
        ),
        Misconception(
            "the first block alone",
            those(lambda name, shape: name in for_muon({name: shape}) and name.startswith("blocks.0.")),
            "There are more blocks than the first.",
        ),
        Misconception(
            "every matrix",
            those(lambda name, shape: len(shape) == 2),
            "Embedding and head are tables: a gradient has rows for the batch's tokens alone. They go to AdamW.",
        ),
        Misconception(
            "everything",
            those(lambda name, shape: True),
            "Norms and biases are vectors: there is nothing to orthogonalise.",
        ),
        Misconception(
            "norms too",
            those(lambda name, shape: name.startswith("blocks.")),
            "The blocks hold vectors as well, of norms and biases. Muon takes matrices alone.",
        ),
        Misconception(
            "the head too",
            those(lambda name, shape: len(shape) == 2 and "embedding" not in name and "router" not in name),
            "The head has a row a token, as the embedding has. It goes to AdamW.",
        ),
        Misconception(
            "the embedding too",
            those(lambda name, shape: len(shape) == 2 and name != "head.weight" and "router" not in name),
            "The embedding is a table: a gradient touches the rows of a batch's tokens alone. It goes to AdamW.",
        ),
        Misconception(
            "routers too",
            those(lambda name, shape: len(shape) == 2 and name.startswith("blocks.")),
            "A router's few rows choose, and mix nothing. Leave it to AdamW.",
        ),
        Misconception(
            "attention alone",
            those(lambda name, shape: len(shape) == 2 and ".attention." in name),
            "The matrices of the MLPs are hidden matrices too.",
        ),
        Misconception(
            "MLPs alone",
            those(lambda name, shape: len(shape) == 2 and ".mlp." in name and "router" not in name),
            "The matrices of attention are hidden matrices too.",
        ),
        Misconception(
            "square matrices alone",
            those(lambda name, shape: name.startswith("blocks.") and len(shape) == 2 and shape[0] == shape[1]),
            "A matrix need not be square: Newton–Schulz works for any shape.",
        ),
        Misconception(
            "what is AdamW's",
            lambda shapes: [name for name in shapes if name not in for_muon(shapes)],
            "These are the others. Asked for are the matrices within the blocks.",
        ),
        Misconception(
            "without experts",
            lambda shapes: [name for name in for_muon(shapes) if "experts" not in name],
            "The matrices of the experts are hidden matrices as any MLP's are.",
        ),
    ),
    hints=(
        "Three questions for each name: is it within a block, is it a matrix, does it mix?",
        "name.startswith('blocks.'), len(shape) == 2, and no router.",
        "[n for n, s in shapes.items() if n.startswith('blocks.') and len(s) == 2 and 'router' not in n]",
    ),
    review="lesson 18, 'Muon: every direction the same'",
)
