"""Exercise 6 of lesson 07: greedy generation."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.gpt.inputs import drawn_size
from course_lib.checks.gpt.slots.greedy_generate import VARIANTS
from course_lib.checks.gpt.writers import (
    cropped_for_good,
    first_guess_repeated,
    greedy_generate,
    greedy_in_front,
    greedy_with,
    sample,
    stopped_at_zero,
)


def greedy_cases(generator: torch.Generator) -> list[Case]:
    """A model with known answers that looks at its whole context, generating within and past its length."""
    table = torch.randn(6, 6, generator=generator)
    V, B, T = drawn_size(generator, 5, 9), drawn_size(generator, 2, 4), drawn_size(generator, 2, 5)
    seen, new = drawn_size(generator, 4, 6), drawn_size(generator, 6, 9)
    drawn = (torch.randn(V, V, generator=generator), seen, torch.randint(V, (B, T), generator=generator), new)
    prompts = torch.tensor([[1, 2], [5, 3]])
    always_zero = torch.eye(6)[:1].expand(6, 6)  # token 0 is the likeliest, whatever was read
    return [
        Case((torch.eye(6).roll(1, dims=1), 8, torch.tensor([[1]]), 3), label="a prompt of one token, 3 new ones"),
        Case((always_zero, 8, prompts, 3), label="token 0 comes, and does not end a text"),
        Case((table, 8, prompts, 4), label="a batch of two prompts, 4 new tokens"),
        Case((table, 4, prompts, 7), label="7 new tokens from a model that sees only 4"),
        Case(drawn, label=f"{B} prompts of {T} tokens, {new} new ones, a model that sees {seen}"),
        Case((table, 4, prompts, 0), label="no new tokens"),
    ]


EXERCISE = Exercise(
    name="greedy_generate",
    reference=greedy_generate,
    forbidden=("course_lib.generation.generate",),
    variants=VARIANTS,
    cases=greedy_cases,
    drive=drive.call_with_model,
    misconceptions=(
        Misconception(
            "not cropped to seq_len",
            greedy_with(crop=lambda idx, seq_len: idx),
            "The model accepts config.seq_len tokens: show it the last ones only, idx[:, -seq_len:].",
        ),
        Misconception(
            "cropped at the wrong end",
            greedy_with(crop=lambda idx, seq_len: idx[:, :seq_len]),
            "idx[:, :seq_len] keeps the oldest tokens; the next one depends on the newest, idx[:, -seq_len:].",
        ),
        Misconception(
            "only the last token shown",
            greedy_with(crop=lambda idx, seq_len: idx[:, -1:]),
            "The model needs the whole context, as much of it as it can see, not only the last token.",
        ),
        Misconception(
            "the first position's guess",
            greedy_with(choose=lambda logits: logits[:, 0].argmax(dim=-1, keepdim=True)),
            "Each position guesses its own successor; what comes next is guessed at the last one, logits[:, -1].",
        ),
        Misconception(
            "sampled",
            greedy_with(choose=sample),
            "Greedy means the most likely token every time: argmax, no draw.",
        ),
        Misconception(
            "the least likely token",
            greedy_with(choose=lambda logits: logits[:, -1].argmin(dim=-1, keepdim=True)),
            "The largest logit belongs to the most likely token.",
        ),
        Misconception(
            "the second likeliest token",
            greedy_with(choose=lambda logits: logits[:, -1].topk(2, dim=-1).indices[:, 1:]),
            "You take the second of the most likely tokens. Greedy takes the first.",
        ),
        Misconception(
            "only the new tokens",
            greedy_with(result=lambda idx, prompt: idx[:, prompt:]),
            "Return the prompt as well, with the new tokens after it.",
        ),
        Misconception(
            "one token too few",
            lambda model, idx, new: greedy_generate(model, idx, max(new - 1, 0)),
            "One token fewer than max_new_tokens: range(max_new_tokens) goes round as often as is wanted.",
        ),
        Misconception(
            "one token too many",
            lambda model, idx, new: greedy_generate(model, idx, new + 1),
            "One token more than max_new_tokens: range(max_new_tokens) goes round as often as is wanted.",
        ),
        Misconception(
            "the first guess again and again",
            first_guess_repeated,
            "The model reads the prompt once, and the same token is appended each time. Show it the text with the new "
            "token.",
        ),
        Misconception(
            "the text itself cropped",
            cropped_for_good,
            "The beginning of the text is lost in what you return. Crop only what you show the model, not the text: "
            "model(idx[:, -seq_len:]).",
        ),
        Misconception(
            "stopped at seq_len",
            lambda model, idx, new: greedy_generate(model, idx, min(new, max(model.config.seq_len - idx.shape[1], 0))),
            "You stop when the text is as long as the model can see. Go on: show it the newest tokens only, idx[:, "
            "-seq_len:].",
        ),
        Misconception(
            "one token for all texts",
            greedy_with(choose=lambda logits: logits[:1, -1].argmax(dim=-1, keepdim=True).expand(len(logits), 1)),
            "All texts get the token that was chosen for the first. Each row has its own: argmax(dim=-1).",
        ),
        Misconception(
            "new tokens in front",
            greedy_in_front,
            "The new token is put before the text. It comes after it: torch.cat([idx, new], dim=1).",
        ),
        Misconception(
            "cropped one token too short",
            greedy_with(crop=lambda idx, seq_len: idx[:, -(seq_len - 1) :]),
            "The model sees seq_len tokens; you show it seq_len − 1. Crop to idx[:, -seq_len:].",
        ),
        Misconception(
            "only the prompt's end shown",
            greedy_with(crop=lambda idx, seq_len: idx[:, -2:]),
            "The model needs the whole context, as much of it as it can see, not only the last tokens.",
        ),
        Misconception(
            "token 0 taken for the end",
            stopped_at_zero,
            "You stop at token 0. Nothing was said of an end: max_new_tokens are appended, whatever they are.",
        ),
        Misconception(
            "only the new tokens, by a negative slice",
            greedy_with(result=lambda idx, prompt: idx[:, -(idx.shape[1] - prompt) :]),
            "Return the prompt as well, with the new tokens after it.",
        ),
        Misconception(
            "max_new_tokens for the whole length",
            lambda model, idx, max_new_tokens: greedy_generate(model, idx, max(0, max_new_tokens - idx.shape[1])),
            "You count the prompt's tokens as well. max_new_tokens are appended, however long the prompt is.",
        ),
    ),
    hints=(
        "One new token at a time: look, choose, append, and again.",
        "logits = model(idx[:, -model.config.seq_len:]) is (B, T, V). The guess is logits[:, -1], (B, V).",
        "next_token = logits[:, -1].argmax(dim=-1, keepdim=True); idx = torch.cat([idx, next_token], dim=1)",
    ),
    review="lesson 07, 'Text, greedily'",
)
