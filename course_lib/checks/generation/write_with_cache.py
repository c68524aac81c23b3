"""Lesson 12, exercise 7: the cache."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.inputs import drawn_logits, drawn_size
from course_lib.checks.generation.slots.write_with_cache import VARIANTS


def write_with_cache(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """Greedy writing in which the prompt is read once, and then only each new token: (B, T) -> (B, T + new)."""
    cache = model.make_cache(len(idx))
    unread = idx
    for _ in range(max_new_tokens):
        unread = model(unread, cache)[:, -1].argmax(dim=-1, keepdim=True)  # (B, 1)
        idx = torch.cat([idx, unread], dim=1)
    return idx


def cached_with(
    read: Callable[[Tensor, int], Tensor],
    *,
    first: Callable[[Tensor], Tensor] = lambda idx: idx,
    anew: bool = False,
    prefill: bool = False,
    uses_cache: bool = True,
    position: int = -1,
) -> Callable[[Any, Tensor, int], Tensor]:
    """`write_with_cache` that reads other tokens: read(text so far, length of the prompt), at first first(prompt).

    anew: each step has a new cache.   prefill: the prompt is read before the loop, and its logits are thrown away.
    position: of the token read whose guess is taken.
    """

    def mutant(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
        T = idx.shape[1]
        cache = model.make_cache(len(idx))
        if prefill:
            model(idx, cache)
        for step in range(max_new_tokens):
            cache = model.make_cache(len(idx)) if anew else cache
            unread = first(idx) if step == 0 else read(idx, T)
            logits = model(unread, cache) if uses_cache else model(unread)
            idx = torch.cat([idx, logits[:, position].argmax(dim=-1, keepdim=True)], dim=1)
        return idx

    return mutant


def last_token(idx: Tensor, prompt: int = 0) -> Tensor:
    """What a cached model has not read yet."""
    return idx[:, -1:]


def cache_cases(generator: torch.Generator) -> list[Case]:
    """A prompt of one token, then longer ones, then a text that fills the cache, then nothing to write."""
    table = drawn_logits(generator, 7, 7)
    prompts = torch.randint(1, 7, (2, drawn_size(generator, 2, 4)), generator=generator)
    more, new = torch.randint(1, 7, (3, 4), generator=generator), drawn_size(generator, 4, 8)
    steps = torch.eye(5).roll(1, dims=1)  # after a sum of s comes the token s + 1
    return [
        Case((steps, 12, torch.tensor([[1]]), 3), label="a prompt of one token, 3 new ones"),
        Case((steps, 12, torch.tensor([[1, 2]]), 3), label="a prompt of two tokens, 3 new ones"),
        Case((table, 12, prompts, 6), label=f"two prompts of {prompts.shape[1]} tokens, 6 new ones"),
        Case((table, 16, more, new), label=f"three prompts of 4 tokens, {new} new ones"),
        Case((table, prompts.shape[1] + 6, prompts, 6), label="a cache that is just large enough"),
        Case((table, 9, prompts, 0), label="no new tokens"),
    ]


EXERCISE = Exercise(
    name="write_with_cache",
    reference=write_with_cache,
    variants=VARIANTS,
    cases=cache_cases,
    drive=drive.call_with_cached_model,
    forbidden=("course_lib.generation.generate", "course_lib.generation.stream"),
    misconceptions=(
        Misconception(
            "the whole text read again",
            cached_with(lambda idx, prompt: idx),
            "The cache remembers what the model has read. You give it all again, so that it is there twice.",
        ),
        Misconception(
            "the cache not used",
            cached_with(lambda idx, prompt: idx, uses_cache=False),
            "The text is right, but each token is read many times: the cache is not used, or it is made anew each "
            "round. "
            "Make it once, before the loop, give it to the model, and with it only what is new.",
        ),
        Misconception(
            "the prompt never read",
            cached_with(last_token, first=last_token),
            "Only the last token of the prompt was read. In the first round the model must read all of it.",
        ),
        Misconception(
            "the last token of the prompt twice",
            cached_with(last_token, first=last_token, prefill=True),
            "The prompt was read before the loop, and then its last token again. Use the first reading's logits.",
        ),
        Misconception(
            "the token before read again",
            cached_with(lambda idx, prompt: idx[:, -2:]),
            "Two tokens a round, of which the model knows the first already. Only the newest one is new.",
        ),
        Misconception(
            "a new cache each round",
            cached_with(last_token, anew=True),
            "The cache is made inside the loop and so forgets everything each time. Make it once, before the loop.",
        ),
        Misconception(
            "the new tokens read again",
            cached_with(lambda idx, prompt: idx[:, prompt:]),
            "You give all new tokens in each round. All but the newest are in the cache already.",
        ),
        Misconception(
            "one token too many",
            lambda model, idx, new: write_with_cache(model, idx, new + 1),
            "One token more than max_new_tokens: reading the prompt gives the first of them already.",
        ),
        Misconception(
            "one token too few",
            lambda model, idx, new: write_with_cache(model, idx, max(new - 1, 0)),
            "One token fewer than max_new_tokens: the loop must run max_new_tokens times, the prompt's reading "
            "included.",
        ),
        Misconception(
            "only the new tokens",
            lambda model, idx, new: write_with_cache(model, idx, new)[:, idx.shape[1] :],
            "Return the prompt as well, with the new tokens after it.",
        ),
        Misconception(
            "the guess of the first token read",
            cached_with(last_token, position=0),
            "What comes next is guessed at the last token that was read, logits[:, -1]. Of a longer prompt you take "
            "the first.",
        ),
    ),
    hints=(
        "What has the model not read yet? At first the whole prompt, and then?",
        "Make the cache once: cache = model.make_cache(len(idx)). Then model(unread, cache)[:, -1] are the logits.",
        "unread = idx; in each round: unread = model(unread, cache)[:, -1].argmax(-1, keepdim=True), and append it",
    ),
    review="lesson 12, 'The cache'",
)
