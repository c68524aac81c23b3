"""Generating text: greedy equals a loop by hand, draws follow the model, bad input is refused."""

import pytest
import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import GPT

TINY = GPTConfig(vocab_size=11, seq_len=6, n_layer=2, n_embd=16, n_head=2)


@pytest.fixture
def model() -> GPT:
    model = GPT(TINY, torch.Generator().manual_seed(0))
    with torch.no_grad():  # larger weights, so that the most likely token is not a matter of rounding
        for parameter in model.parameters():
            parameter.mul_(10)
    return model


class Counter(nn.Module):
    """Expects the successor of the last token: the right continuation is known by hand."""

    config = GPTConfig(vocab_size=10, seq_len=4, n_layer=1, n_embd=10, n_head=1)

    def forward(self, idx: Tensor) -> Tensor:
        """Logits of 5 for the next number, 0 for the others."""
        assert idx.shape[1] <= self.config.seq_len
        return nn.functional.one_hot((idx + 1) % 10, 10).float() * 5


def test_greedy_takes_the_most_likely_token_each_time(model: GPT) -> None:
    idx = torch.tensor([[1, 2], [3, 4]])
    expected = idx
    for _ in range(9):  # past seq_len
        logits = model(expected[:, -TINY.seq_len :])
        expected = torch.cat([expected, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    assert torch.equal(generate(model, idx, 9, temperature=0), expected)


def test_greedy_counts_on_from_any_row_of_a_batch() -> None:
    out = generate(Counter(), torch.tensor([[1, 2], [7, 8]]), 5, temperature=0)
    assert out.tolist() == [[1, 2, 3, 4, 5, 6, 7], [7, 8, 9, 0, 1, 2, 3]]


def test_a_seed_gives_the_same_tokens_again(model: GPT) -> None:
    idx = torch.tensor([[1]])
    one, same, other = (generate(model, idx, 30, temperature=2.0, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_draws_follow_the_softmax_of_the_logits() -> None:
    # Of 10 tokens one has logit 5 and nine have 0: p = e⁵ / (e⁵ + 9) = 0.943. Of 4,000 draws, the deviation of the
    # share is √(p(1 − p)/4000) = 0.0037; five of them are allowed.
    out = generate(Counter(), torch.zeros(4_000, 1, dtype=torch.long), 1, seed=0)
    share = (out[:, 1] == 1).float().mean().item()
    assert share == pytest.approx(0.943, abs=5 * 0.0037)


def test_no_new_tokens_returns_the_prompt(model: GPT) -> None:
    idx = torch.tensor([[1, 2]])
    assert torch.equal(generate(model, idx, 0), idx)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_keeps_its_mode_and_its_gradients(model: GPT, training: bool) -> None:
    model.train(training)
    generate(model, torch.tensor([[1]]), 2)
    assert model.training is training
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("idx", "options", "said"),
    [
        (torch.zeros(1, 0, dtype=torch.long), {}, "at least one token"),
        (torch.zeros(3, dtype=torch.long), {}, "at least one token"),
        (torch.zeros(1, 1, dtype=torch.long), {"max_new_tokens": -1}, "max_new_tokens=-1"),
        (torch.zeros(1, 1, dtype=torch.long), {"temperature": -0.5}, "temperature=-0.5"),
    ],
)
def test_bad_input_is_refused(model: GPT, idx: Tensor, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(model, idx, **{"max_new_tokens": 1, **options})
