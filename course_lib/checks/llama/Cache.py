"""Exercise 7 of lesson 10: the cache."""

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.llama.caches import (
    AdvancesBeforeItRefuses,
    Cache,
    CountsCalls,
    DropsTheOldest,
    GivesBackTheNew,
    GivesBackTheWholeRoom,
    GivesValuesFirst,
    GrowsWithoutEnd,
    KeepsThePlacesOfTheOld,
    KeysForValues,
    LeavesAGap,
    LeavesTheRefusalToTorch,
    NeverAdvances,
    NewInFront,
    RefusesTheLastPlace,
    ResetClearsTheNumbersOnly,
    ResetForgetsNothing,
    ValuesForKeys,
)
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.Cache import VARIANTS


def cache_cases(generator: torch.Generator) -> list[Case]:
    """Chunks of numbers to read off; drawn ones; two texts after one another; what does not fit."""

    def chunks(B: int, heads: int, D: int, *sizes: int) -> list[tuple[Tensor, Tensor]]:
        return [
            (drawn[0], drawn[1]) for drawn in (torch.randn(2, B, heads, size, D, generator=generator) for size in sizes)
        ]

    def numbers(*values: float) -> tuple[Tensor, Tensor]:
        k = torch.tensor(values).view(1, 1, -1, 1)
        return k, -k

    B, heads, D = (drawn_size(generator, 1, 4) for _ in range(3))
    sizes = [drawn_size(generator, 1, 6) for _ in range(3)]
    one_by_one = [numbers(1.0), numbers(2.0), numbers(3.0)]
    return [
        Case(((1, 1, 5, 1), [one_by_one]), label="three tokens, one by one, into room for 5"),
        Case(((1, 1, 4, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="two and two tokens fill room for 4"),
        Case(((2, 3, 12, 4), [chunks(2, 3, 4, 5, 1, 1, 3)]), label="chunks of 5, 1, 1 and 3 tokens"),
        Case(
            ((B, heads, 20, D), [chunks(B, heads, D, *sizes)]), label=f"chunks of {sizes[0]}, {sizes[1]} and {sizes[2]}"
        ),
        Case(((1, 2, 7, 4), [chunks(1, 2, 4, 2, 1), chunks(1, 2, 4, 3)]), label="two texts, a reset between"),
        Case(((1, 2, 5, 4), [chunks(1, 2, 4, 3), chunks(1, 2, 4, 3, 1)]), label="3 tokens, a reset, 4 in room for 5"),
        Case(
            ((1, 1, 4, 1), [[numbers(1.0, 2.0), numbers(3.0)]]),
            {"too_many": numbers(7.0, 8.0, 9.0)},
            label="two tokens into room for 4, then three that are refused, then one that fits",
        ),
        Case(((1, 1, 3, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="4 tokens, room for 3"),
    ]


EXERCISE = Exercise(
    name="Cache",
    reference=Cache,
    variants=VARIANTS,
    cases=cache_cases,
    drive=drive.fill_cache,
    forbidden=("course_lib.kv_cache.KVCache", "course_lib.llama.KVCache"),
    misconceptions=(
        Misconception(
            "empty places given back",
            GivesBackTheWholeRoom,
            "Places that nothing was written to hold zeros, and attention would look at them. Cut at the length.",
        ),
        Misconception(
            "only the new given back",
            GivesBackTheNew,
            "The new token must see the old ones: give back everything up to and including the new.",
        ),
        Misconception(
            "length never advanced",
            NeverAdvances,
            "Each chunk is written over the one before. Remember how many tokens there are after each append.",
        ),
        Misconception(
            "calls counted, not tokens",
            CountsCalls,
            "A prompt brings many tokens in one call: the length grows by k.shape[2].",
        ),
        Misconception(
            "one place too far",
            LeavesAGap,
            "There is a gap before the second chunk: with n tokens in the cache the next goes to place n, from 0.",
        ),
        Misconception("keys for values", KeysForValues, "Give back keys and values; you give back the keys twice."),
        Misconception(
            "reset forgets nothing",
            ResetForgetsNothing,
            "After reset() a new text begins: nothing of the old one may be given back. Set the length to 0.",
        ),
        Misconception(
            "grows without end",
            GrowsWithoutEnd,
            "Four tokens do not fit into room for three: raise a ValueError before you write.",
        ),
        Misconception(
            "the refusal left to torch",
            LeavesTheRefusalToTorch,
            "Where there is no room torch complains of sizes. Ask before you write, and raise a ValueError that tells "
            "why.",
        ),
        Misconception(
            "a text that just fits refused",
            RefusesTheLastPlace,
            "Four tokens do fit into room for four. Refuse only if the length after the append is larger than "
            "max_len: >, not >=.",
        ),
        Misconception(
            "length raised before the refusal",
            AdvancesBeforeItRefuses,
            "After a refused append your cache believes that it holds the tokens that it refused. Ask first, then "
            "raise the "
            "length.",
        ),
        Misconception(
            "reset clears the numbers only",
            ResetClearsTheNumbersOnly,
            "After reset() the new text follows a row of zeros where the old one stood. It is the length that must be "
            "0.",
        ),
        Misconception(
            "room lost at a reset",
            KeepsThePlacesOfTheOld,
            "After reset() there is as much room as at first, max_len tokens; yours has less by the text before.",
        ),
        Misconception(
            "values first", GivesValuesFirst, "Give back keys and then values; yours come the other way round."
        ),
        Misconception(
            "the oldest dropped",
            DropsTheOldest,
            "Where there is no room you drop the beginning of the text without a word. Raise a ValueError.",
        ),
        Misconception(
            "values for keys",
            ValuesForKeys,
            "You give back the values twice. Keys and values need room of their own: two tensors, not two names for "
            "one.",
        ),
        Misconception(
            "the new in front", NewInFront, "New tokens come after those that are there: the text keeps its order."
        ),
    ),
    hints=(
        "Take the room once, torch.zeros(B, n_kv_head, max_len, D), twice, and remember how much of it is filled.",
        "The new tokens go to places length … length + new − 1, where new = k.shape[2].",
        "end = self.length + k.shape[2]; self.keys[:, :, self.length:end] = k; self.length = end; "
        "return self.keys[:, :, :end], … and before that a ValueError if end > max_len",
    ),
    review="lesson 10, 'The key-value cache'",
)
