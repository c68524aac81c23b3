"""Generating text: greedy equals a loop by hand, draws follow the model, bad input is refused."""

import pytest
import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig
from course_lib.generation import generate, generate_batch, stream
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


def test_a_row_with_a_seed_of_its_own_draws_as_if_it_were_alone(model: GPT) -> None:
    idx = torch.tensor([[1, 2], [3, 4], [1, 2]])
    together = generate(model, idx, 20, temperature=2.0, seed=[7, 8, 7])
    for row, seed in enumerate([7, 8, 7]):
        alone = generate(model, idx[row : row + 1], 20, temperature=2.0, seed=seed)
        assert together[row].tolist() == alone[0].tolist()


def test_rows_that_share_a_seed_differ(model: GPT) -> None:
    out = generate(model, torch.tensor([[1, 2], [1, 2]]), 30, temperature=3.0, seed=0)
    assert not torch.equal(out[0], out[1])


def test_without_a_seed_texts_differ_and_follow_torchs_own_seed(model: GPT) -> None:
    def told() -> list[Tensor]:
        torch.manual_seed(5)
        return [generate(model, torch.tensor([[1]]), 40, temperature=3.0) for _ in range(2)]

    one, other = told()
    assert not torch.equal(one, other)
    assert all(map(torch.equal, told(), (one, other)))


def test_with_a_seed_the_global_random_state_stays(model: GPT) -> None:
    before = torch.get_rng_state()
    generate(model, torch.tensor([[1]]), 4, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_any_of_several_stop_tokens_ends_its_row() -> None:
    out = generate(Counter(), torch.tensor([[1, 2], [4, 5]]), 8, temperature=0, stop_token=[4, 7])
    assert out.tolist() == [[1, 2, 3, 4], [4, 5, 6, 7]]
    counter = Counter()
    counter.on_the_cpu = nn.Parameter(torch.zeros(1))
    assert generate_batch(counter, [[1, 2], [5]], 8, temperature=0, stop_token={4, 7}) == [[1, 2, 3, 4], [5, 6, 7]]


def test_what_is_never_to_be_drawn_is_not() -> None:
    idx = torch.zeros(64, 1, dtype=torch.long)
    assert generate(Counter(), idx, 30, temperature=50.0, seed=0, never=[3, 8]).unique().tolist() == [
        number for number in range(10) if number not in (3, 8)
    ]


def test_a_row_that_stops_repeats_its_last_token_and_all_stop_the_loop() -> None:
    out = generate(Counter(), torch.tensor([[1, 2], [4, 5]]), 8, temperature=0, stop_token=7)
    assert out.tolist() == [[1, 2, 3, 4, 5, 6, 7], [4, 5, 6, 7, 7, 7, 7]]


def test_a_stop_token_in_the_prompt_stops_nothing() -> None:
    out = generate(Counter(), torch.tensor([[7, 7]]), 2, temperature=0, stop_token=7)
    assert out.tolist() == [[7, 7, 8, 9]]


@pytest.mark.parametrize("penalty", [1.0, 1.5])
def test_a_penalty_ends_a_loop(penalty: float) -> None:
    class Stutterer(Counter):
        """Logits 3 for the last token again, 2.5 for its successor: likelier as soon as 3 is divided by 1.5."""

        def forward(self, idx: Tensor) -> Tensor:
            again, successor = (nn.functional.one_hot((idx + more) % 10, 10).float() for more in (0, 1))
            return again * 3 + successor * 2.5

    out = generate(Stutterer(), torch.tensor([[1]]), 4, temperature=0, repetition_penalty=penalty)
    assert out.tolist() == ([[1, 1, 1, 1, 1]] if penalty == 1 else [[1, 2, 3, 4, 5]])


def test_top_k_of_one_is_greedy(model: GPT) -> None:
    idx = torch.tensor([[1, 2], [3, 4]])
    assert torch.equal(generate(model, idx, 9, top_k=1, seed=0), generate(model, idx, 9, temperature=0))


def test_a_stream_gives_the_tokens_of_generate_one_by_one(model: GPT) -> None:
    idx = torch.tensor([[1, 2], [3, 4]])
    options = {"temperature": 1.5, "seed": 3, "stop_token": 5}
    columns = list(stream(model, idx, 20, **options))
    assert all(column.shape == (2,) for column in columns)
    assert torch.equal(torch.stack(columns, dim=1), generate(model, idx, 20, **options)[:, 2:])


def test_a_stream_computes_only_what_is_asked_for(model: GPT) -> None:
    calls = []
    model.token_embedding.register_forward_hook(lambda *_: calls.append(1))
    columns = stream(model, torch.tensor([[1]]), 5)
    assert len(calls) == 0
    next(columns)
    next(columns)
    assert len(calls) == 2


def test_between_the_tokens_of_a_stream_the_model_is_as_it_was(model: GPT) -> None:
    model.train()
    modes = []
    model.token_embedding.register_forward_hook(lambda module, *_: modes.append(module.training))
    for _ in stream(model, torch.tensor([[1]]), 3):
        assert model.training
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert modes == [False] * 3


def test_a_stream_refuses_wrong_input_before_it_is_read(model: GPT) -> None:
    with pytest.raises(ValueError, match="top_k must be at least 1"):
        stream(model, torch.tensor([[1]]), 3, top_k=0)


def test_the_result_can_be_trained_on(model: GPT) -> None:
    out = generate(model, torch.tensor([[1]]), 4, seed=0)
    model(out).sum().backward()  # a tensor made in inference mode would be refused
    assert model.token_embedding.weight.grad is not None


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
        (torch.zeros(1, 1, dtype=torch.long), {"keep": 0}, "between 1 and the model's seq_len = 6, got keep=0"),
        (torch.zeros(1, 1, dtype=torch.long), {"keep": 7}, "got keep=7"),
        (torch.zeros(2, 1, dtype=torch.long), {"seed": [1, 2, 3]}, "one for each of 2 rows, got 3"),
    ],
)
def test_bad_input_is_refused(model: GPT, idx: Tensor, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(model, idx, **{"max_new_tokens": 1, **options})
