"""A model that only counts: quick to train, exact, and quick to learn by heart, which is what it is for here."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

Context = tuple[int, ...]


class CountingModel:
    """The next token's chance by how often it followed the last `order` tokens, smoothed by shorter contexts.

        p_k(w | c) = (count(c, w) + m · p_{k−1}(w | shorter c)) / (count(c) + m),   p_{−1} = 1/V

    as with a Dirichlet prior of weight m (MacKay and Peto 1995).

    vocab_size: V.   order: the longest context in tokens; 0 counts tokens alone.   m: `prior`.
    Raises ValueError if order is negative or the prior not positive.
    """

    def __init__(self, vocab_size: int, order: int, prior: float = 1.0) -> None:
        if order < 0 or prior <= 0:
            raise ValueError(f"expected an order of at least 0 and a prior above 0, got {order} and {prior}")
        self.vocab_size, self.order, self.prior = vocab_size, order, prior
        self.counts: dict[Context, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def read(self, texts: Iterable[Sequence[int]]) -> "CountingModel":
        """Count what follows what in texts of ids; each begins with a token that is not predicted. Returns itself."""
        for ids in texts:
            for t in range(1, len(ids)):
                for k in range(min(self.order, t) + 1):
                    self.counts[tuple(ids[t - k : t])][ids[t]] += 1
        return self

    def nats(self, ids: Sequence[int]) -> float:
        """−ln p of a text's tokens after the first."""
        return math.fsum(
            -math.log(self.probability(ids[t], tuple(ids[max(0, t - self.order) : t]))) for t in range(1, len(ids))
        )

    def probability(self, token: int, context: Context) -> float:
        """The chance that `token` comes after these tokens."""
        p = 1 / self.vocab_size
        for k in range(len(context) + 1):
            seen = self.counts.get(context[len(context) - k :])
            if seen is None:  # whoever never saw the short context never saw the longer one either
                break
            p = (seen.get(token, 0) + self.prior * p) / (sum(seen.values()) + self.prior)
        return p
