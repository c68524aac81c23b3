"""Lesson 12, exercise 8: stopping."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.slots.write_to_the_end import VARIANTS


def write_to_the_end(model: Any, idx: Tensor, max_new_tokens: int, end: int) -> Tensor:
    """Greedy writing, row by row up to its first new `end`, which fills the rest of the row; (B, T + new)."""
    return stop_with()(model, idx, max_new_tokens, end)


def stop_with(
    *,
    at_first: Callable[[Tensor, int], Tensor] = lambda idx, end: torch.zeros(len(idx), dtype=torch.bool),
    filled: bool = True,
    enough: Callable[[Tensor], Tensor] = torch.all,
    crop: Callable[[Tensor, int], Tensor] = lambda idx, seq_len: idx[:, -seq_len:],
    end_included: bool = True,
    choose: Callable[[Tensor], Tensor] = lambda logits: logits[:, -1].argmax(dim=-1),
    filler: int | None = None,
    more: int = 0,
    asks_first: bool = True,
) -> Callable[[Any, Tensor, int, int], Tensor]:
    """`write_to_the_end` with one of its steps replaced.

    at_first: which rows count as ended before anything is written.   filled: an ended row gets `end` from then on.
    enough: of the rows that have ended, whether to stop.   end_included: the last end of all is kept.
    choose: (B, T, V) -> (B,).   filler: what an ended row gets.   more: tokens beyond max_new_tokens.
    asks_first: whether all have ended, before the first token is written.
    """

    def mutant(model: Any, idx: Tensor, max_new_tokens: int, end: int) -> Tensor:
        ended = at_first(idx, end)  # (B,)
        for _ in range(max_new_tokens + more):
            if asks_first and enough(ended):
                break
            tokens = choose(model(crop(idx, model.config.seq_len)))  # (B,)
            if filled:
                tokens = torch.where(ended, end if filler is None else filler, tokens)
            ended = ended | (tokens == end)
            if enough(ended) and not end_included:
                break
            idx = torch.cat([idx, tokens[:, None]], dim=1)
            if enough(ended):
                break
        return idx

    return mutant


def never(ended: Tensor) -> Tensor:
    """Write on to the last token."""
    return torch.tensor(False)


def end_anywhere(idx: Tensor, end: int) -> Tensor:
    """A row counts as ended that has the end token anywhere, in the prompt as well."""
    return (idx == end).any(dim=-1)


def drawn_case(generator: torch.Generator) -> Case:
    """A model of a few tokens, its end, and prompts of one length, all drawn."""

    def number(least: int, most: int) -> int:
        return int(torch.randint(least, most + 1, (), generator=generator))

    vocab_size, texts, length, new = number(5, 12), number(1, 4), number(1, 3), number(3, 9)
    follows = torch.eye(vocab_size)[torch.randperm(vocab_size, generator=generator)]  # (V, V)
    prompts = torch.randint(vocab_size, (texts, length), generator=generator)
    label = f"a drawn model of {vocab_size} tokens, at most {new} new ones"
    return Case((follows, 16, prompts, new, number(0, vocab_size - 1)), label=label)


def stop_cases(generator: torch.Generator) -> list[Case]:
    """A model of 6 tokens, of which 5 ends a text: the next token follows from the sum of all so far.

    From token 1 it writes 2 3 5, from token 2 at once 5, from token 4 it writes 1 4 3 5.
    """
    follows = torch.eye(6)[[5, 2, 5, 3, 1, 4]]  # (V, V): a row for each sum modulo 6

    def case(prompts: list[list[int]], new: int, label: str, seq_len: int = 16) -> Case:
        return Case((follows, seq_len, torch.tensor(prompts), new, 5), label=label)

    return [
        case([[2]], 3, "the very first new token is the end (5)"),
        case([[1]], 8, "the third new token is the end (5)"),
        case([[4]], 2, "no end within 2 new tokens"),
        case([[5, 2]], 8, "a prompt that begins with the end token (5), as every story does"),
        case([[2, 5]], 8, "a prompt that ends with the end token (5)"),
        case([[2], [1]], 8, "two texts, of which one ends sooner"),
        case([[4, 1], [1, 0]], 6, "a model that sees 3 tokens", seq_len=3),
        *(drawn_case(generator) for _ in range(3)),
    ]


EXERCISE = Exercise(
    name="write_to_the_end",
    reference=write_to_the_end,
    variants=VARIANTS,
    cases=stop_cases,
    drive=drive.call_with_model,
    forbidden=("course_lib.generation.generate", "course_lib.generation.stream"),
    misconceptions=(
        Misconception(
            "the end in the prompt",
            stop_with(at_first=end_anywhere),
            "Every story begins with the end token of the one before. Only an end that was newly written counts.",
        ),
        Misconception(
            "ended texts go on",
            stop_with(filled=False),
            "The first text has ended, but you write on behind its end. From there on it gets `end` only.",
        ),
        Misconception(
            "one end for all",
            stop_with(enough=torch.any),
            "You stop as soon as one text has ended. The others are not done: stop when all have.",
        ),
        Misconception(
            "never stopped",
            stop_with(enough=never),
            "All texts have ended, but you go on to max_new_tokens. That is work for nothing: break.",
        ),
        Misconception(
            "neither stopped nor filled",
            stop_with(enough=never, filled=False),
            "The end token has no effect: fill ended texts with `end`, and stop when all have ended.",
        ),
        Misconception(
            "the end left out",
            stop_with(end_included=False),
            "The end token belongs to the text: append it, and then stop.",
        ),
        Misconception(
            "not cropped",
            stop_with(crop=lambda idx, seq_len: idx),
            "The text has grown longer than the model can see. Give it idx[:, -model.config.seq_len:].",
        ),
        Misconception(
            "the first position asked",
            stop_with(choose=lambda logits: logits[:, 0].argmax(dim=-1)),
            "What comes next is guessed at the last position, logits[:, -1]. You take the first, which has read one "
            "token only.",
        ),
        Misconception(
            "the least likely token",
            stop_with(choose=lambda logits: logits[:, -1].argmin(dim=-1)),
            "You take the least likely token. Greedy means argmax.",
        ),
        Misconception(
            "filled with 0",
            stop_with(filler=0),
            "An ended text is filled up with `end`, not with 0.",
        ),
        Misconception(
            "the beginning seen",
            stop_with(crop=lambda idx, seq_len: idx[:, :seq_len]),
            "Of a long text you show the model the first tokens. It needs the last ones: idx[:, "
            "-model.config.seq_len:].",
        ),
        Misconception(
            "one token too many",
            stop_with(more=1),
            "You write max_new_tokens + 1 tokens where no text ends.",
        ),
        Misconception(
            "a prompt that ends with end",
            stop_with(at_first=lambda idx, end: idx[:, -1] == end, asks_first=False),
            "A token `end` in the prompt ends nothing, also as its last. Ask about new tokens only.",
        ),
        Misconception(
            "as many as asked for, from the end",
            lambda model, idx, max_new_tokens, end: write_to_the_end(model, idx, max_new_tokens, end)[
                :, -max_new_tokens:
            ],
            "You return the last max_new_tokens tokens only. Return the prompts as well, with the new tokens after "
            "them.",
        ),
        Misconception(
            "an end token in the prompt fills the text",
            stop_with(at_first=end_anywhere, asks_first=False),
            "A token `end` in the prompt ends nothing. Ask about new tokens only: every story begins with one.",
        ),
    ),
    hints=(
        "Keep a tensor `ended`, one truth value a row, that begins with False and never goes back.",
        "tokens = torch.where(ended, end, tokens) before you append; ended = ended | (tokens == end) after it.",
        "At the end of each round: if ended.all(): break. The prompt is never looked at for an end.",
    ),
    review="lesson 12, 'Knowing when to stop'",
)
