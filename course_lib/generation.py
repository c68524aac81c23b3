"""Text from a model, one token at a time."""

import torch
from jaxtyping import Int
from torch import Tensor

from course_lib.gpt import GPT


@torch.inference_mode()
def generate(
    model: GPT,
    idx: Int[Tensor, "B T"],
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    seed: int | None = None,
) -> Int[Tensor, "B T+new"]:
    """`idx` followed by `max_new_tokens` tokens, each drawn from what the model expects next.

    temperature: logits are divided by it; 0 takes the most likely token every time (greedy).
    seed: for tokens that can be drawn again.
    The model sees at most its last `config.seq_len` tokens. It is left in the mode, train or eval, that it was in.
    Raises ValueError if there is no token to start from, or a number is negative.
    """
    if idx.dim() != 2 or idx.shape[1] == 0:
        raise ValueError(f"idx must be (B, T) with at least one token to start from, got shape {tuple(idx.shape)}")
    if max_new_tokens < 0 or temperature < 0:
        raise ValueError(f"expected numbers of 0 or more, got {max_new_tokens=} and {temperature=}")
    generator = torch.Generator(device=idx.device)
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    was_training = model.training
    model.eval()
    try:
        for _ in range(max_new_tokens):
            window = idx[:, -model.config.seq_len :]  # (B, at most seq_len)
            logits = model(window)[:, -1, :]  # (B, V): only the last position predicts a new token
            idx = torch.cat([idx, _choose(logits, temperature, generator)], dim=1)
    finally:
        model.train(was_training)
    return idx


def _choose(logits: Tensor, temperature: float, generator: torch.Generator) -> Int[Tensor, "B 1"]:
    if temperature == 0:
        return logits.argmax(dim=-1, keepdim=True)
    probabilities = torch.softmax(logits / temperature, dim=-1)  # (B, V)
    return torch.multinomial(probabilities, num_samples=1, generator=generator)
