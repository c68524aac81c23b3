"""Exercise 7 of lesson 10: the cache."""

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


class Cache:
    """Keys and values of up to max_len tokens of one layer, in room that is taken once."""

    def __init__(self, B: int, n_kv_head: int, max_len: int, D: int) -> None:
        self.keys, self.values = torch.zeros(2, B, n_kv_head, max_len, D)
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write the new ones, and give back all so far."""
        end = self.length + k.shape[2]
        if end > self.keys.shape[2]:
            raise ValueError(f"room for {self.keys.shape[2]} tokens, {end} asked for")
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def reset(self) -> None:
        """Begin a new text."""
        self.length = 0


class GivesBackTheWholeRoom(Cache):
    """Empty places are given back as well."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All places, filled or not."""
        super().append(k, v)
        return self.keys, self.values


class GivesBackTheNew(Cache):
    """The past is kept and never given back."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Only what has just come."""
        super().append(k, v)
        return k, v


class NeverAdvances(Cache):
    """Each chunk is written over the first."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The length stays 0."""
        result = super().append(k, v)
        self.length = 0
        return result


class CountsCalls(Cache):
    """The length grows by one a call, however many tokens came."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """One more."""
        before = self.length
        result = super().append(k, v)
        self.length = before + 1
        return result


class LeavesAGap(Cache):
    """The next token is written one place too far."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Off by one from the second chunk on."""
        if self.length > 0:
            self.length += 1
        return super().append(k, v)


class KeysForValues(Cache):
    """The keys are given back twice."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Keys, keys."""
        keys, _ = super().append(k, v)
        return keys, keys


class ResetForgetsNothing(Cache):
    """The second text follows the first."""

    def reset(self) -> None:
        """Nothing happens."""


class GrowsWithoutEnd(Cache):
    """Lists that grow: nothing is ever too much."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Join old and new."""
        self.keys = torch.cat([self.keys[:, :, : self.length], k], dim=2)
        self.values = torch.cat([self.values[:, :, : self.length], v], dim=2)
        self.length += k.shape[2]
        return self.keys, self.values


def cache_cases(generator: torch.Generator) -> list[Case]:
    """Chunks of numbers to read off; drawn ones; two texts after one another; a text that does not fit."""

    def chunks(B: int, heads: int, D: int, *sizes: int) -> list[tuple[Tensor, Tensor]]:
        return [
            (drawn[0], drawn[1]) for drawn in (torch.randn(2, B, heads, size, D, generator=generator) for size in sizes)
        ]

    def numbers(*values: float) -> tuple[Tensor, Tensor]:
        k = torch.tensor(values).view(1, 1, -1, 1)
        return k, -k

    one_by_one = [numbers(1.0), numbers(2.0), numbers(3.0)]
    return [
        Case(((1, 1, 5, 1), [one_by_one]), label="three tokens, one by one, into room for 5"),
        Case(((1, 1, 4, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="two and two tokens fill room for 4"),
        Case(((2, 3, 12, 4), [chunks(2, 3, 4, 5, 1, 1, 3)]), label="chunks of 5, 1, 1 and 3 tokens"),
        Case(((1, 2, 7, 4), [chunks(1, 2, 4, 2, 1), chunks(1, 2, 4, 3)]), label="two texts, a reset between"),
        Case(((1, 1, 3, 1), [[numbers(1.0, 2.0), numbers(3.0, 4.0)]]), label="4 tokens, room for 3"),
    ]


EXERCISE = Exercise(
    name="Cache",
    reference=Cache,
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
    ),
    hints=(
        "Take the room once, torch.zeros(B, n_kv_head, max_len, D), twice, and remember how much of it is filled.",
        "The new tokens go to places length … length + new − 1, where new = k.shape[2].",
        "end = self.length + k.shape[2]; self.keys[:, :, self.length:end] = k; self.length = end; "
        "return self.keys[:, :, :end], … and before that a ValueError if end > max_len",
    ),
    review="lesson 10, 'The key-value cache'",
)
