"""An embedding and a head with one weight, and what goes wrong where they are tied and drawn, for lesson 08."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.initialization import STD


class TiedModel(nn.Module):
    """Embedding and head with one weight between them, drawn once, after the tie."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight
        nn.init.normal_(self.head.weight, std=STD, generator=generator)

    def forward(self, idx: Tensor) -> Tensor:
        """Logits of a model without any block: (B, T) -> (B, T, V)."""
        return self.head(self.embedding(idx))


class InitializedBeforeTheTie(TiedModel):
    """The embedding is drawn, then thrown away for the head's weight, which nobody has drawn by the rule."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocab_size, n_embd)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight


class DrawnTwice(TiedModel):
    """Both names of the shared weight are drawn, one after the other."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)


class TiedToACopy(TiedModel):
    """The head starts with the same numbers, in a parameter of its own."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        self.head.weight = nn.Parameter(self.embedding.weight.detach().clone())


class NotTied(TiedModel):
    """Two weights, each drawn by the rule."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        nn.init.normal_(self.embedding.weight, std=STD, generator=generator)
        nn.init.normal_(self.head.weight, std=STD, generator=generator)


class UnitDeviation(TiedModel):
    """The shared weight keeps the deviation of one that nn.Embedding starts with."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        with torch.no_grad():
            self.head.weight.div_(STD)


def drawn_by(draw: Callable[[Tensor, torch.Generator], object]) -> type[TiedModel]:
    """The model, tied first, whose weight is drawn in another way."""

    class Changed(TiedModel):
        """One weight, drawn otherwise."""

        def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
            nn.Module.__init__(self)
            self.embedding = nn.Embedding(vocab_size, n_embd)
            self.head = nn.Linear(n_embd, vocab_size, bias=False)
            self.embedding.weight = self.head.weight
            draw(self.head.weight, generator)

    return Changed


class BothDrawn(TiedModel):
    """Two weights are drawn, and the embedding's is kept."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__(vocab_size, n_embd, generator)
        torch.empty(vocab_size, n_embd).normal_(std=STD, generator=generator)


class DrawnBeforeTheOtherTie(TiedModel):
    """The head is drawn, then thrown away for the embedding's weight, which nobody has drawn by the rule."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        nn.Module.__init__(self)
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        nn.init.normal_(self.head.weight, std=STD, generator=generator)
        self.head.weight = self.embedding.weight
