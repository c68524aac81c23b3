"""Drafts: what guesses the next k tokens cheaply. A small model, a table of counts, or the text itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.generation import Sampling
from course_lib.inference.laws import Draw, probabilities_of


@runtime_checkable
class Draft(Protocol):
    """Whatever proposes tokens and says with which probabilities it drew them."""

    def propose(
        self, text: Sequence[int], k: int, sampling: Sampling, draw: Draw
    ) -> tuple[list[int], Float[Tensor, "n V"]]:
        """Up to k tokens that may follow `text`, and the distribution that each was drawn from."""


class ModelDraft:
    """A smaller model with the target's vocabulary. It keeps a cache of what it has read of the text."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model.eval()
        self.cache = model.make_cache(1)  # type: ignore[operator]
        self.read: list[int] = []  # the tokens in the cache

    def propose(
        self, text: Sequence[int], k: int, sampling: Sampling, draw: Draw
    ) -> tuple[list[int], Float[Tensor, "n V"]]:
        """k tokens, drawn one after the other."""
        agreed = 0  # what was read and is still in the text; the newest token has to be read for its logits
        while agreed < min(len(self.read), len(text) - 1) and self.read[agreed] == text[agreed]:
            agreed += 1
        self.cache.rollback(agreed)
        device = next(self.model.parameters()).device
        V: int = self.model.config.vocab_size  # type: ignore[union-attr,assignment]
        self.read, unread = list(text[:agreed]), list(text[agreed:])
        tokens: list[int] = []
        rows: list[Tensor] = []
        for _ in range(k):
            logits = self.model(torch.tensor([unread], device=device), self.cache)[0, -1:]  # (1, V)
            rows.append(probabilities_of(sampling, logits)[0])
            self.read += unread
            unread = [draw(rows[-1])]
            tokens += unread
        return tokens, torch.stack(rows) if rows else torch.zeros(0, V, device=device)


class CountDraft:
    """A table of what followed the last `order` tokens in some texts; where they never stood, the last fewer ones.

    Nothing is multiplied, so a guess costs next to nothing..
    Raises ValueError unless order is at least 1.
    """

    def __init__(self, texts: Iterable[Sequence[int]], vocab_size: int, order: int = 2) -> None:
        if order < 1:
            raise ValueError(f"order must be at least 1, got {order}")
        self.vocab_size, self.order = vocab_size, order
        followers: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for text in texts:
            for place, token in enumerate(text):
                for length in range(min(order, place) + 1):
                    followers[tuple(text[place - length : place])][token] += 1
        self.followers = dict(followers)

    def logits(self, text: Sequence[int]) -> Float[Tensor, " V"]:
        """The logarithms of the shares; −inf for what never followed."""
        context = tuple(text[-self.order :])
        while context not in self.followers:
            context = context[1:]
        counts = self.followers[context]
        shares = torch.zeros(self.vocab_size)
        shares[list(counts)] = torch.tensor(list(counts.values()), dtype=torch.float32)
        return (shares / shares.sum()).log()

    def propose(
        self, text: Sequence[int], k: int, sampling: Sampling, draw: Draw
    ) -> tuple[list[int], Float[Tensor, "n V"]]:
        """k tokens, drawn one after the other."""
        tokens: list[int] = []
        rows = torch.zeros(k, self.vocab_size)
        for place in range(k):
            rows[place] = probabilities_of(sampling, self.logits([*text, *tokens])[None])[0]
            tokens.append(draw(rows[place]))
        return tokens, rows


class LookupDraft:
    """Prompt lookup: what followed when the last n tokens stood in this text before  (Saxena 2023).

    The guess is certain of itself: its q is 1 at the token that it names.
    """

    def __init__(self, vocab_size: int, n: int = 2) -> None:
        self.vocab_size, self.n = vocab_size, n

    def propose(
        self, text: Sequence[int], k: int, sampling: Sampling, draw: Draw
    ) -> tuple[list[int], Float[Tensor, "n V"]]:
        """Up to k tokens; none if the last n never stood in the text before."""
        tokens = look_up(text, self.n, k)
        rows = torch.zeros(len(tokens), self.vocab_size)
        rows[torch.arange(len(tokens)), torch.tensor(tokens, dtype=torch.int64)] = 1.0
        return tokens, rows


def look_up(text: Sequence[int], n: int, k: int) -> list[int]:
    """Up to k tokens that followed the latest earlier place of the text's last n tokens; [] if there is none.

    Raises ValueError unless n is at least 1 and k at least 0.
    """
    if n < 1 or k < 0:
        raise ValueError(f"expected n >= 1 and k >= 0, got {n=}, {k=}")
    ending = list(text[-n:])
    for start in range(len(text) - n - 1, -1, -1):  # the last place is the ending itself
        if list(text[start : start + n]) == ending:
            return list(text[start + n : start + n + k])
    return []
