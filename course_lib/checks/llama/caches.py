"""A key-value cache, and what becomes of it with the mistakes that are made in it."""

import torch
from torch import Tensor


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


class RefusesTheLastPlace(Cache):
    """A text that just fits is refused."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """One place is never used."""
        if self.length + k.shape[2] >= self.keys.shape[2]:
            raise ValueError("no room")
        return super().append(k, v)


class AdvancesBeforeItRefuses(Cache):
    """The length is raised, then looked at."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """What was refused counts as if it were there."""
        try:
            return super().append(k, v)
        except ValueError:
            self.length += k.shape[2]
            raise


class ResetClearsTheNumbersOnly(Cache):
    """Zeros stand where the old text stood, and the new one follows them."""

    def reset(self) -> None:
        """The length stays."""
        self.keys.zero_()
        self.values.zero_()


class GivesValuesFirst(Cache):
    """Keys and values change places."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Values, keys."""
        keys, values = super().append(k, v)
        return values, keys


class DropsTheOldest(Cache):
    """Where there is no room, the beginning of the text goes."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The latest that fit."""
        room = self.keys.shape[2]
        joined = [torch.cat([old[:, :, : self.length], new], dim=2) for old, new in ((self.keys, k), (self.values, v))]
        self.length = min(joined[0].shape[2], room)
        self.keys[:, :, : self.length], self.values[:, :, : self.length] = (whole[:, :, -room:] for whole in joined)
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]


class ValuesForKeys(Cache):
    """The values are given back twice, as if both stood in the same tensor."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Values, values."""
        _, values = super().append(k, v)
        return values, values


class NewInFront(Cache):
    """The text grows at its beginning."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """New, old."""
        keys, values = super().append(k, v)
        turned = [whole.roll(k.shape[2], dims=2) for whole in (keys, values)]
        self.keys[:, :, : self.length], self.values[:, :, : self.length] = turned
        return turned[0], turned[1]


class LeavesTheRefusalToTorch(Cache):
    """Too much is refused by torch only, with another error."""

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The sizes do not match where there is no room."""
        end = self.length + k.shape[2]
        self.keys[:, :, self.length : end], self.values[:, :, self.length : end] = k, v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]


class KeepsThePlacesOfTheOld(Cache):
    """A new text finds less room than the one before."""

    def reset(self) -> None:
        """The places that were filled are taken for lost."""
        self.keys, self.values = self.keys[:, :, self.length :], self.values[:, :, self.length :]
        self.length = 0
