"""The sentence that grows: five tokens with numbers small enough to go by hand from words to a probability.

    Tom saw Lily and she → waved

One set of numbers for all lessons, set by hand where a model would learn them, so that each lesson goes on where the
last one ended:

- **01**: `WORDS` become `ids` by their places in the `VOCABULARY` of eight.
- **03**: `x` = token embedding + position embedding, four numbers per token; `q`, `k`, `v` by learned projections;
  `scores`, `weights` and `attended` of one head. The query of *she* finds *Lily* and *saw* equally, 0.38 each: one
  head asks one question, and *she* has two.
- **04**: `split` cuts q, k and v into two heads of two. In the first *she* finds *Lily* (0.70), in the second *saw*
  (0.81). `merged` puts the two side by side, and `w_o` mixes them.
- **05**: `after_attention` is x + what attention found. `hidden` and `mlp` work on each token by itself: what was said
  about a person is taken away, "now something is done" is added. gelu(g) − gelu(−g) = g, so it is taken away exactly.
- **06**: `after_mlp` = `after_attention` + `mlp` is the whole block. It has no norm here: norms keep a stream of twelve
  blocks in bounds, and this is one. Lesson 06 normalises one row by hand beside it.
- **07**: `logits` are products with the embeddings (a tied head), `probabilities` their softmax, `loss` −log of the
  probability of *waved*. Before the MLP the model would have repeated *Lily*.

What the four numbers mean (a trained model would not tell): who, + for *she* and − for *he*; a somebody, or near one;
an action; the place in the sentence, which is the only thing that the position embedding fills.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

VOCABULARY = ("Tom", "saw", "Lily", "and", "she", "he", "waved", "ran")
WORDS = ("Tom", "saw", "Lily", "and", "she")
NEXT = "waved"  # the word that comes next in the story
N_HEAD = 2

MEANINGS = ("who", "somebody", "action", "place")

TOKEN_EMBEDDING = {  # numbers in the order of MEANINGS
    "Tom": (-1.0, 1.0, 0.0, 0.0),
    "saw": (0.0, 0.0, 1.0, 0.0),
    "Lily": (1.0, 1.0, 0.0, 0.0),
    "and": (0.0, 0.0, 0.0, 0.0),
    "she": (1.0, 0.0, 0.0, 0.0),
    "he": (-1.0, 0.0, 0.0, 0.0),
    "waved": (0.0, 1.0, 1.0, 0.0),  # somebody is there to be waved at
    "ran": (0.0, -1.0, 1.0, 0.0),  # away from everybody
}
POSITION_EMBEDDING = tuple((0.0, 0.0, 0.0, 0.5 * position) for position in range(len(WORDS)))

# Rows: what goes in (who, somebody, action, place). Used as x @ W.
W_Q = (
    (2.0, 0.0, 0.0, 0.0),  # who am I, twice as loud
    (0.0, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),  # an action asks for somebody
    (0.0, 1.0, 1.0, 0.0),  # later words ask louder, for a somebody and for an action
)
W_K = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 1.0),
    (0.0, 0.0, 2.0, 0.0),
    (0.0, 0.0, 0.0, 0.0),  # no word is found by its place
)
W_V = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 0.0),  # its place is of no use to another word
)
W_O = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 0.5, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 0.5),
)
# Three hidden units: an action late in the sentence; who is she; who is he.
W_UP = (
    (0.0, 1.0, -1.0),
    (0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (0.5, 0.0, 0.0),
)
W_DOWN = (
    (0.0, 0.5, 1.0, 0.0),  # "now something is done", with somebody near
    (-1.0, 0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0, 0.0),
)


@dataclass(frozen=True)
class Sentence:
    """The sentence and everything that is computed from it, each step by its name; T = 5 tokens, C = 4 numbers."""

    words: tuple[str, ...] = WORDS

    def __post_init__(self) -> None:
        unknown = [word for word in self.words if word not in VOCABULARY]
        if unknown or not 0 < len(self.words) <= len(POSITION_EMBEDDING):
            raise ValueError(
                f"the sentence has 1 to {len(POSITION_EMBEDDING)} words of {', '.join(VOCABULARY)}; got {self.words}"
            )

    @property
    def ids(self) -> Tensor:
        """Place of each word in the vocabulary, (T,)."""
        return torch.tensor([VOCABULARY.index(word) for word in self.words])

    @property
    def token_embedding(self) -> Tensor:
        """A row for each word of the vocabulary, (V, C)."""
        return torch.tensor([TOKEN_EMBEDDING[word] for word in VOCABULARY])

    @property
    def position_embedding(self) -> Tensor:
        """A row for each place, (T, C)."""
        return torch.tensor(POSITION_EMBEDDING[: len(self.words)])

    @property
    def x(self) -> Tensor:
        """What each token is, and where: (T, C)."""
        return self.token_embedding[self.ids] + self.position_embedding

    @property
    def w_q(self) -> Tensor:
        """The projection to queries, (C, C)."""
        return torch.tensor(W_Q)

    @property
    def w_k(self) -> Tensor:
        """The projection to keys, (C, C)."""
        return torch.tensor(W_K)

    @property
    def w_v(self) -> Tensor:
        """The projection to values, (C, C)."""
        return torch.tensor(W_V)

    @property
    def w_o(self) -> Tensor:
        """The projection behind the heads, (C, C)."""
        return torch.tensor(W_O)

    @property
    def w_up(self) -> Tensor:
        """The MLP's first matrix, (C, 3)."""
        return torch.tensor(W_UP)

    @property
    def w_down(self) -> Tensor:
        """The MLP's second matrix, (3, C)."""
        return torch.tensor(W_DOWN)

    @property
    def q(self) -> Tensor:
        """What each token asks for, (T, C)."""
        return self.x @ self.w_q

    @property
    def k(self) -> Tensor:
        """What each token can be found by, (T, C)."""
        return self.x @ self.w_k

    @property
    def v(self) -> Tensor:
        """What each token tells those that find it, (T, C)."""
        return self.x @ self.w_v

    @property
    def scores(self) -> Tensor:
        """q kᵀ / √4 of one head over all four numbers, −inf for the future: (T, T)."""
        return _scores(self.q, self.k)

    @property
    def weights(self) -> Tensor:
        """Softmax of the scores, each row sums to 1: (T, T)."""
        return self.scores.softmax(dim=-1)

    @property
    def attended(self) -> Tensor:
        """Each token's mean of the values, by its weights: (T, C)."""
        return self.weights @ self.v

    def split(self, x: Tensor) -> Tensor:
        """The four numbers of each token as two heads of two: (T, C) → (H, T, D)."""
        return x.unflatten(-1, (N_HEAD, -1)).transpose(0, 1)

    @property
    def head_scores(self) -> Tensor:
        """q kᵀ / √2 in each head, (H, T, T)."""
        return _scores(self.split(self.q), self.split(self.k))

    @property
    def head_weights(self) -> Tensor:
        """Softmax of the scores of each head, (H, T, T)."""
        return self.head_scores.softmax(dim=-1)

    @property
    def merged(self) -> Tensor:
        """What the heads found, side by side: (T, C)."""
        return (self.head_weights @ self.split(self.v)).transpose(0, 1).flatten(-2)

    @property
    def attention(self) -> Tensor:
        """What attention adds to the stream: the heads, mixed. (T, C)"""
        return self.merged @ self.w_o

    @property
    def after_attention(self) -> Tensor:
        """The stream behind attention, (T, C)."""
        return self.x + self.attention

    @property
    def hidden(self) -> Tensor:
        """The MLP's three units, (T, 3)."""
        return F.gelu(self.after_attention @ self.w_up)

    @property
    def mlp(self) -> Tensor:
        """What the MLP adds to the stream, (T, C)."""
        return self.hidden @ self.w_down

    @property
    def after_mlp(self) -> Tensor:
        """The stream behind the block, (T, C)."""
        return self.after_attention + self.mlp

    @property
    def logits(self) -> Tensor:
        """How well the stream fits the embedding of each word, (T, V)."""
        return self.after_mlp @ self.token_embedding.T

    @property
    def probabilities(self) -> Tensor:
        """Softmax of the logits, each row sums to 1: (T, V)."""
        return self.logits.softmax(dim=-1)

    def loss(self, next_word: str = NEXT) -> float:
        """−log of the probability of `next_word` behind the last token, in nats.

        Raises ValueError if it is not in the vocabulary.
        """
        if next_word not in VOCABULARY:
            raise ValueError(f"{next_word!r} is not one of {', '.join(VOCABULARY)}")
        return -self.probabilities[-1, VOCABULARY.index(next_word)].log().item()


def _scores(q: Tensor, k: Tensor) -> Tensor:
    T, D = q.shape[-2:]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return (q @ k.transpose(-2, -1) / D**0.5).masked_fill(future, float("-inf"))
