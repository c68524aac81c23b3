"""Greedy generation of lesson 07, and how it goes wrong."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.generation import generate


def greedy_generate(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """`idx` and the most likely next token, again and again: (B, T) -> (B, T + max_new_tokens)."""
    return generate(model, idx, max_new_tokens, temperature=0)


def greedy_with(
    *,
    crop: Callable[[Tensor, int], Tensor] = lambda idx, seq_len: idx[:, -seq_len:],
    choose: Callable[[Tensor], Tensor] = lambda logits: logits[:, -1].argmax(dim=-1, keepdim=True),
    result: Callable[[Tensor, int], Tensor] = lambda idx, prompt: idx,
) -> Callable[[nn.Module, Tensor, int], Tensor]:
    """Greedy generation with one of its steps replaced."""

    def mutant(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
        prompt = idx.shape[1]
        for _ in range(max_new_tokens):
            idx = torch.cat([idx, choose(model(crop(idx, model.config.seq_len)))], dim=1)
        return result(idx, prompt)

    return mutant


def sample(logits: Tensor) -> Tensor:
    """A token drawn from the softmax in place of the most likely one."""
    return torch.multinomial(torch.softmax(logits[:, -1], dim=-1), num_samples=1)


def first_guess_repeated(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """The model is asked once."""
    new = likeliest(model(idx[:, -model.config.seq_len :]))
    return torch.cat([idx, *([new] * max_new_tokens)], dim=1)


def likeliest(logits: Tensor) -> Tensor:
    """The most likely next token, (B, 1)."""
    return logits[:, -1].argmax(dim=-1, keepdim=True)


def cropped_for_good(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """What the model cannot see is thrown away."""
    for _ in range(max_new_tokens):
        idx = idx[:, -model.config.seq_len :]
        idx = torch.cat([idx, likeliest(model(idx))], dim=1)
    return idx


def greedy_in_front(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """The text grows at its beginning."""
    for _ in range(max_new_tokens):
        idx = torch.cat([likeliest(model(idx[:, -model.config.seq_len :])), idx], dim=1)
    return idx


def stopped_at_zero(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """Ends when every text has got a token 0."""
    for _ in range(max_new_tokens):
        new = likeliest(model(idx[:, -model.config.seq_len :]))
        idx = torch.cat([idx, new], dim=1)
        if (new == 0).all():
            break
    return idx
