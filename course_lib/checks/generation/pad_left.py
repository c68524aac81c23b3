"""Lesson 12, exercise 9: prompts of different lengths."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.slots.pad_left import VARIANTS


def pad_left(prompts: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
    """`{"idx", "real", "positions"}`, each (B, T): the prompts flush right, which tokens are theirs, and from 0."""
    return pad_with()(prompts, padding)


def count_real(real: Tensor) -> Tensor:
    """Positions of the real tokens, from 0; paddings stand at 0 too."""
    return (real.long().cumsum(dim=-1) - 1).clamp(min=0)


def pad_with(
    *,
    left: bool = True,
    real: Callable[[Tensor, Tensor, int], Tensor] = lambda real, idx, padding: real,
    positions: Callable[[Tensor], Tensor] = count_real,
    longest: Callable = max,
) -> Callable[[Sequence[Sequence[int]], int], dict[str, Tensor]]:
    """`pad_left` with one of its steps replaced."""

    def mutant(prompts: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
        T = longest(len(prompt) for prompt in prompts)
        rows, theirs = [], []
        for prompt in prompts:
            prompt = list(prompt[-T:])
            missing = T - len(prompt)
            rows.append([padding] * missing + prompt if left else prompt + [padding] * missing)
            theirs.append(
                [False] * missing + [True] * len(prompt) if left else [True] * len(prompt) + [False] * missing
            )
        idx = torch.tensor(rows)
        mask = real(torch.tensor(theirs), idx, padding)
        return {"idx": idx, "real": mask, "positions": positions(mask)}

    return mutant


def pad_cases(generator: torch.Generator) -> list[Case]:
    """Two prompts; two of equal length; prompts in which the padding token itself occurs; drawn lengths."""
    lengths = torch.randperm(6, generator=generator)[:4] + 1
    drawn = [torch.randint(1, 9, (int(length),), generator=generator).tolist() for length in lengths]
    return [
        Case(([[7], [4, 5, 6]], 0), label="prompts of 1 and 3 tokens, padding 0"),
        Case(([[4, 5], [6, 7]], 0), label="two prompts of 2 tokens: nothing to pad"),
        Case(([[9, 3], [9, 3, 4, 1]], 9), label="each prompt begins with 9, and 9 is also the padding"),
        Case((drawn, 0), label=f"prompts of {', '.join(map(str, lengths.tolist()))} tokens"),
    ]


EXERCISE = Exercise(
    name="pad_left",
    reference=pad_left,
    variants=VARIANTS,
    cases=pad_cases,
    misconceptions=(
        Misconception(
            "padded on the right",
            pad_with(left=False),
            "The last position predicts the next token, and on the right it would be a padding. Pad on the left.",
        ),
        Misconception(
            "padding told by its id",
            pad_with(real=lambda real, idx, padding: idx != padding),
            "The padding token also stands at the beginning of each prompt, where it is real. Go by lengths.",
        ),
        Misconception(
            "mask by its id",
            lambda prompts, padding: {**(batch := pad_left(prompts, padding)), "real": batch["idx"] != padding},
            "The positions are right. But the padding token is real where it begins a prompt: go by lengths.",
        ),
        Misconception(
            "real and padding swapped",
            pad_with(real=lambda real, idx, padding: ~real, positions=lambda real: count_real(~real)),
            "`real` should be True where a token of the prompt stands; yours is True at paddings.",
        ),
        Misconception(
            "padding counted as a position",
            pad_with(positions=lambda real: torch.arange(real.shape[1]).expand(real.shape)),
            "The first real token of a short prompt must stand at position 0, as it does alone.",
        ),
        Misconception(
            "positions from 1",
            pad_with(positions=lambda real: real.long().cumsum(dim=-1)),
            "cumsum counts the token itself, so the first one gets 1. Subtract 1, and let paddings have 0.",
        ),
        Misconception(
            "positions below 0",
            pad_with(positions=lambda real: real.long().cumsum(dim=-1) - 1),
            "Paddings get −1, and a table of positions has no such row. Clamp at 0: nobody looks at them.",
        ),
        Misconception(
            "cut to the shortest",
            pad_with(longest=min),
            "The longer prompts have lost their beginnings. T is the length of the longest.",
        ),
        Misconception(
            "padded on the right, and paddings get positions",
            pad_with(left=False, positions=lambda real: torch.arange(real.shape[1]).expand(real.shape)),
            "On the right the last position, which predicts the next token, would be a padding. Pad on the left.",
        ),
        Misconception(
            "padded on the right, positions at 0",
            pad_with(left=False, positions=lambda real: count_real(real) * real),
            "Pad on the left: the last position predicts the next token, and on the right it would be a padding.",
        ),
        Misconception(
            "real as whole numbers",
            lambda prompts, padding: {**(batch := pad_left(prompts, padding)), "real": batch["real"].long()},
            "`real` should hold True and False; yours holds 1 and 0, which indexing would take for rows. Use .bool().",
        ),
        Misconception(
            "positions counted from the right",
            pad_with(positions=lambda real: count_real(real).flip(-1) * real),
            "Positions run from left to right: 0 for the first token of a prompt.",
        ),
        Misconception(
            "padded with 0, whatever the padding is",
            lambda prompts, padding: {**(batch := pad_left(prompts, padding)), "idx": batch["idx"] * batch["real"]},
            "The places on the left hold 0. They must hold `padding`.",
        ),
        Misconception(
            "prompts turned round",
            lambda prompts, padding: pad_left([prompt[::-1] for prompt in prompts], padding),
            "The tokens of each prompt come out in the opposite order.",
        ),
        Misconception(
            "only idx padded on the right",
            lambda prompts, padding: {
                **pad_left(prompts, padding),
                "idx": pad_with(left=False)(prompts, padding)["idx"],
            },
            "Mask and positions are those of prompts flush right, but the tokens stand on the left. Pad idx on the "
            "left too.",
        ),
        Misconception(
            "one place too many",
            lambda prompts, padding: {
                name: value[:-1]
                for name, value in pad_left([*prompts, [1] * (1 + max(map(len, prompts)))], padding).items()
            },
            "T is the length of the longest prompt, which gets no padding. Yours is one more.",
        ),
    ),
    hints=(
        "T is the length of the longest prompt. Which tokens stand left of a prompt that is shorter?",
        "A row is [padding] * missing + prompt, and its mask [False] * missing + [True] * len(prompt).",
        "positions = (real.long().cumsum(dim=-1) - 1).clamp(min=0)",
    ),
    review="lesson 12, 'Many prompts at a time'",
)
