"""Lesson 13, exercise 6: masks."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.pretrained.slots.family_mask import VARIANTS

FAMILIES = ("encoder-only", "decoder-only", "encoder-decoder")


def family_mask(family: str, n_source: int, n_target: int) -> Tensor:
    """(S + T, S + T): True where the row's token may look at the column's; the source comes first."""
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}; there are {', '.join(FAMILIES)}")
    n = n_source + n_target
    if family == "encoder-only":
        return torch.ones(n, n, dtype=torch.bool)
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    if family == "encoder-decoder":
        mask[:n_source, :n_source] = True
    return mask


def mask_with(
    change: Callable[[Tensor, str, int], Tensor], families: Sequence[str] = FAMILIES
) -> Callable[[str, int, int], Tensor]:
    """`family_mask` with something changed in some families (mask, family, length of the source)."""

    def mutant(family: str, n_source: int, n_target: int) -> Tensor:
        mask = family_mask(family, n_source, n_target)
        return change(mask, family, n_source) if family in families else mask

    return mutant


def source_sees_target(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The encoder looks at what is still to be written."""
    mask[:n_source] = True
    return mask


def no_cross_attention(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The decoder does not see the source."""
    mask[n_source:, :n_source] = False
    return mask


def target_sees_itself_whole(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The decoder sees its own future."""
    mask[n_source:] = True
    return mask


def not_itself(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The diagonal is left out."""
    return mask & ~torch.eye(len(mask), dtype=torch.bool)


def any_family(family: str, n_source: int, n_target: int) -> Tensor:
    """A family that is not known gets a causal mask."""
    return family_mask(family if family in FAMILIES else "decoder-only", n_source, n_target)


def found_in_part(family: str, n_source: int, n_target: int) -> Tensor:
    """A name that contains one of the three is taken for it."""
    return family_mask(next((known for known in FAMILIES if known in family), family), n_source, n_target)


def sizes_swapped(family: str, n_source: int, n_target: int) -> Tensor:
    """Blocks put together with the two lengths exchanged, which fits only where they are equal."""
    if family == "encoder-decoder" and n_source != n_target:
        raise RuntimeError("Sizes of tensors must match except in dimension 1")
    return family_mask(family, n_source, n_target)


def reads_the_source_whole(mask: Tensor, family: str, n_source: int) -> Tensor:
    """A decoder-only model that reads what is given both ways, as a prefix model does."""
    mask[:n_source, :n_source] = True
    return mask


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Two and two tokens of each family, other lengths, never equal ones, and names that are none of the three."""
    few, step = (int(n) for n in torch.randint(1, 31, (2,), generator=generator))
    lengths = [(2, 2), (few, few + step), (few + step, few), (few + 3, step)]
    cases = [
        Case((family, source, target), label=f"{family}, {source} source and {target} target tokens")
        for source, target in lengths
        for family in FAMILIES
    ]
    others = ["decoder", *(f"{family} model" for family in FAMILIES)]
    return [*cases, *(Case((name, 2, 2), label=f"{name!r}, which is none of the three names") for name in others)]


EXERCISE = Exercise(
    name="family_mask",
    reference=family_mask,
    variants=VARIANTS,
    cases=mask_cases,
    misconceptions=(
        Misconception(
            "the encoder is causal too",
            mask_with(lambda mask, family, n: mask.tril(), ("encoder-decoder", "encoder-only")),
            "An encoder reads a text that is all there: each token sees all of the source, before and after it.",
        ),
        Misconception(
            "the encoder of the pair is causal",
            mask_with(lambda mask, family, n: mask.tril(), ("encoder-decoder",)),
            "With one causal mask over both, source tokens do not see what follows them. The source sees all of "
            "the source; only the target is causal.",
        ),
        Misconception(
            "the source sees the target",
            mask_with(source_sees_target, ("encoder-decoder",)),
            "The encoder runs before a word of the target is written: rows of the source stay within the source.",
        ),
        Misconception(
            "no cross-attention",
            mask_with(no_cross_attention, ("encoder-decoder",)),
            "Each target token sees the whole source, by cross-attention; otherwise there is nothing to translate.",
        ),
        Misconception(
            "the target sees its own future",
            mask_with(target_sees_itself_whole, ("encoder-decoder",)),
            "The decoder is causal: target token t sees the source and the target up to t.",
        ),
        Misconception(
            "rows and columns swapped",
            mask_with(lambda mask, family, n: mask.T),
            "Rows are the tokens that look, columns those that are looked at. Yours is transposed.",
        ),
        Misconception(
            "a token does not see itself",
            mask_with(not_itself),
            "Every token sees itself: the diagonal is True in all three.",
        ),
        Misconception(
            "True where it is forbidden",
            mask_with(lambda mask, family, n: ~mask),
            "Here True means: may look. In torch's nn.MultiheadAttention it is the other way round.",
        ),
        Misconception(
            "the lengths exchanged",
            sizes_swapped,
            "Your blocks fit only where source and target are equally long: rows and columns of a block are swapped. "
            "The upper right one, source rows and target columns, is (n_source, n_target).",
        ),
        Misconception(
            "a decoder that reads the source both ways",
            mask_with(reads_the_source_whole, ("decoder-only",)),
            "A decoder-only model is causal from its first token on, also in what is given.",
        ),
        Misconception(
            "numbers instead of True and False",
            lambda family, n_source, n_target: family_mask(family, n_source, n_target).float(),
            "The pattern is right, but it is made of 1.0 and 0.0. Make it boolean: .bool(), or dtype=torch.bool.",
        ),
        Misconception(
            "whole numbers instead of True and False",
            lambda family, n_source, n_target: family_mask(family, n_source, n_target).long(),
            "The pattern is right, but it is made of 1 and 0. Make it boolean: .bool(), or dtype=torch.bool.",
        ),
        Misconception(
            "any other name is a decoder",
            any_family,
            "Raise ValueError for a name that is none of the three; a silent default hides a typing mistake.",
        ),
        Misconception(
            "a name found in part of another",
            found_in_part,
            "A name that only contains one of the three is another name: compare with ==, and raise ValueError.",
        ),
    ),
    hints=(
        "Draw the square for 2 source and 2 target tokens on paper, one row a token: what may it look at?",
        "Begin with ones(n, n) and take away, or with tril() and add: the source's own square is all True in an "
        "encoder-decoder.",
        "mask = torch.ones(n, n, dtype=torch.bool).tril(); mask[:n_source, :n_source] = True",
    ),
    review="lesson 13, 'Three families of masks'",
)
