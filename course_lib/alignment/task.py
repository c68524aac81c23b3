"""A task whose answers can be counted: a prompt, and the answers that a story may give there.

"… a little girl named" can go on with each of the generator's names. The model's probability of each is a product over
its tokens, so the whole distribution over answers is computed, not sampled: what a policy earns is known exactly. The
policy itself is trained as everywhere, on answers that it draws token by token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor

from course_lib.alignment.gradient import token_log_probs
from course_lib.generation import generate
from course_lib.pretrained.models import Model
from course_lib.tokenization import END_OF_TEXT


class Drawn(NamedTuple):
    """Answers that a policy drew.

    tokens: prompt and answer.   mask: which of the S tokens behind the prompt are the answer's, its end among them.
    which: the number of each answer; K is anything else.
    """

    tokens: Int[Tensor, "n T"]
    mask: Bool[Tensor, "n S"]
    which: Int[Tensor, "n"]


@dataclass(frozen=True)
class Task:
    """A prompt, K answers with their rewards, and everything else as one more answer with a reward of 0.

    prompt: ids.   rows: ids of each answer, all of which end with the token `stop`.   answers: the same as text.
    rewards: of the K answers and, last, of anything else, in float64.
    """

    prompt: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    stop: int
    answers: tuple[str, ...]
    rewards: Float[Tensor, "K1"]

    @property
    def longest(self) -> int:
        """Tokens of the longest answer."""
        return max(map(len, self.rows))

    @cached_property
    def number_of(self) -> dict[tuple[int, ...], int]:
        """The number of each answer, by its ids."""
        return {row: number for number, row in enumerate(self.rows)}

    @cached_property
    def all_answers(self) -> Drawn:
        """Each of the K answers once."""
        P = len(self.prompt)
        tokens = torch.full((len(self.rows), P + self.longest), self.stop)  # (K, T)
        tokens[:, :P] = torch.tensor(self.prompt)
        for number, row in enumerate(self.rows):
            tokens[number, P : P + len(row)] = torch.tensor(row)
        return Drawn(tokens, self._mask(tokens), torch.arange(len(self.rows)))

    def draw(self, model: Model, n: int, seed: int) -> Drawn:
        """n answers as the model writes them: token by token, until the token `stop` or the longest answer's length."""
        prompts = torch.tensor([self.prompt] * n)  # (n, P)
        tokens = generate(model, prompts, self.longest, seed=seed, stop_token=self.stop)
        mask = self._mask(tokens)
        answers = tokens[:, len(self.prompt) :]  # (n, S)
        rows = [tuple(row[kept].tolist()) for row, kept in zip(answers, mask, strict=True)]
        which = [self.number_of.get(row, len(self.rows)) for row in rows]
        return Drawn(tokens, mask, torch.tensor(which))

    def log_probs(self, model: Model, drawn: Drawn) -> Float[Tensor, "n S"]:
        """log π of each token behind the prompt; those of an answer are where its mask is True."""
        P = len(self.prompt)
        each, which = drawn.tokens.unique(dim=0, return_inverse=True)  # (m, T), (n,): equal answers are read once
        hidden = model.hidden(each[:, :-1])[:, P - 1 :]  # (m, S, C): only these need logits
        return token_log_probs(model.head(hidden), each[:, P:])[which]

    @torch.no_grad()
    def distribution(self, model: Model) -> Float[Tensor, "K1"]:
        """log π of the K answers and, last, of anything else, in float64."""
        each = (self.log_probs(model, self.all_answers).double() * self.all_answers.mask).sum(dim=1)  # (K,)
        rest = (1 - each.exp().sum()).clamp(min=1e-12)
        return torch.cat([each, rest.log().unsqueeze(0)])

    def _mask(self, tokens: Int[Tensor, "n T"]) -> Bool[Tensor, "n S"]:
        """True from the first token of an answer to its first `stop`."""
        is_stop = (tokens[:, len(self.prompt) :] == self.stop).int()  # (n, S)
        return is_stop.cumsum(dim=1) - is_stop == 0  # no stop before this token


def make_task(
    tokenizer: Tokenizer, prompt: str, answers: Sequence[str], rewards: Sequence[float], stop: str = "."
) -> Task:
    """The task of going on after `prompt` with one of `answers` and `stop`, each answer with its reward.

    An answer is what stands right behind the prompt, with its space: " Lily".
    Raises ValueError if there are not as many rewards as answers, fewer than two answers, two the same, or `stop` is
    not one token.
    """
    if len(answers) != len(rewards):
        raise ValueError(f"there are {len(answers)} answers and {len(rewards)} rewards; each answer has one")
    if len(set(answers)) < max(2, len(answers)):
        raise ValueError(f"a task needs at least two answers, each of them once, got {list(answers)}")

    def ids(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    end = ids(stop)
    if len(end) != 1:
        raise ValueError(f"an answer ends with one token, and {stop!r} is {len(end)}; take another stop, such as '.'")
    begins = tokenizer.token_to_id(END_OF_TEXT)
    if begins is None:
        raise ValueError(f"the tokenizer has no {END_OF_TEXT}, which begins a story")
    head = [begins, *ids(prompt)]
    rows = tuple((*ids(answer), end[0]) for answer in answers)
    return Task(tuple(head), rows, end[0], tuple(answers), torch.tensor([*rewards, 0.0], dtype=torch.float64))
