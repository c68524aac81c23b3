"""A conversation as tokens: who speaks is said by tokens that no text contains.

    <|endoftext|><|user|>Tell a story about Lily, a kite and patience.<|storyteller|>Once upon a time, …<|endoftext|>

At use, everything up to and with `<|storyteller|>` is given, and the model goes on. What it learned with must be what
it is used with, token by token, so there is one function for both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from course_lib.tokenization import END_OF_TEXT

USER, STORYTELLER = "<|user|>", "<|storyteller|>"


@dataclass(frozen=True)
class Example:
    """A request and its answer as one row of ids.

    start: where the answer's first token stands; len(ids) if there is no answer yet.
    """

    ids: tuple[int, ...]
    start: int

    @property
    def prompt(self) -> list[int]:
        """What is given at use."""
        return list(self.ids[: self.start])


@dataclass(frozen=True)
class ChatTemplate:
    """Lays requests and answers out as ids.

    encode: plain text to ids.   end, user, storyteller: ids of the special tokens.
    """

    encode: Callable[[str], Sequence[int]]
    end: int
    user: int
    storyteller: int

    @classmethod
    def of(cls, tokenizer: Any) -> "ChatTemplate":
        """For a `tokenizers.Tokenizer`, to which the two tokens are added if it lacks them; they get the next ids."""
        tokenizer.add_special_tokens([USER, STORYTELLER])
        end, user, storyteller = (tokenizer.token_to_id(token) for token in (END_OF_TEXT, USER, STORYTELLER))
        return cls(lambda text: tokenizer.encode(text, add_special_tokens=False).ids, end, user, storyteller)

    def lay_out(self, request: str, answer: str | None = None) -> Example:
        """The row of a request and its answer, which ends with the end of text: without it nobody learns to stop."""
        prompt = [self.end, self.user, *self.encode(request), self.storyteller]
        rest = [] if answer is None else [*self.encode(answer), self.end]
        return Example((*prompt, *rest), len(prompt))


@torch.no_grad()
def grow_vocabulary(model: nn.Module, size: int) -> None:
    """Give the model rows for new tokens, in place: the mean of the rows it has, so that none is far from all others.

    A head that is tied to the embedding stays tied. Raises ValueError if the model has more tokens already.
    """
    old: nn.Embedding = model.token_embedding  # type: ignore[assignment]
    if size < old.num_embeddings:
        raise ValueError(f"the model has {old.num_embeddings:,} tokens, which cannot be made {size:,}")
    head: nn.Linear = model.head  # type: ignore[assignment]
    tied = head.weight is old.weight
    old.weight = nn.Parameter(_with_mean_rows(old.weight, size))
    head.weight = old.weight if tied else nn.Parameter(_with_mean_rows(head.weight, size))
    old.num_embeddings = head.out_features = size
    model.config = replace(model.config, vocab_size=size)  # type: ignore[type-var]


@torch.no_grad()
def grow_window(model: nn.Module, seq_len: int) -> None:
    """Give a GPT rows for more positions, in place, each as the last one it has; they have to be learned.

    Raises ValueError if its window is not shorter.
    """
    old: nn.Embedding = model.position_embedding  # type: ignore[assignment]
    if seq_len <= old.num_embeddings:
        raise ValueError(f"the model reads {old.num_embeddings} tokens already, which cannot be stretched to {seq_len}")
    more = old.weight[-1:].expand(seq_len - old.num_embeddings, -1)  # (new, C)
    old.weight = nn.Parameter(torch.cat([old.weight, more]))
    old.num_embeddings = seq_len
    model.config = replace(model.config, seq_len=seq_len)  # type: ignore[type-var]


def _with_mean_rows(weight: torch.Tensor, size: int) -> torch.Tensor:
    mean = weight.mean(dim=0, keepdim=True)  # (1, C)
    return torch.cat([weight, mean.expand(size - len(weight), -1)])  # (size, C)
