"""Beam search against an exhaustive search, against `transformers`, with a cache and without."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.generation import beam_search, generate
from course_lib.gpt import GPT
from course_lib.llama import Llama
from tests.gpt.test_gpt import gpt2_pair

TINY = GPTConfig(vocab_size=5, seq_len=6, n_layer=2, n_embd=16, n_head=2)
TINY_LLAMA = LlamaConfig(vocab_size=5, seq_len=6, n_layer=2, n_embd=16, n_head=4, n_kv_head=2, hidden_dim=20)
PROMPT = torch.tensor([[1, 2]])


def lively(kind: str = "GPT", seed: int = 0) -> nn.Module:
    """In float64, and with weights so large that no two continuations are equally likely."""
    model = GPT(TINY) if kind == "GPT" else Llama(TINY_LLAMA)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return model.double().eval()


@torch.no_grad()
def log_probability(model: nn.Module, prompt: Tensor, tokens: tuple[int, ...]) -> float:
    """Of the tokens given the prompt, from one pass over all of them."""
    idx = torch.cat([prompt, torch.tensor([tokens], dtype=torch.long)], dim=1)
    logs = torch.log_softmax(model(idx[:, :-1]), dim=-1)[0, prompt.shape[1] - 1 :]
    return logs.gather(1, idx[0, prompt.shape[1] :, None]).sum().item()


def all_continuations(model: nn.Module, n: int, stop: int | None) -> list[tuple[int, ...]]:
    """Of n tokens, or fewer where the last and only the last is the stop token."""
    texts = itertools.chain.from_iterable(itertools.product(range(5), repeat=length) for length in range(1, n + 1))
    return [text for text in texts if stop not in text[:-1] and (len(text) == n or text[-1] == stop)]


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("stop", [None, 3])
def test_with_a_beam_for_everything_it_is_an_exhaustive_search(stop: int | None, length_penalty: float) -> None:
    model, n = lively(), 3
    texts = all_continuations(model, n, stop)
    by_hand = {text: log_probability(model, PROMPT, text) for text in texts}
    ranked = sorted(texts, key=lambda text: -by_hand[text] / len(text) ** length_penalty)
    found = beam_search(model, PROMPT, n, beams=5**n, length_penalty=length_penalty, stop_token=stop)
    assert [tuple(beam.tokens) for beam in found] == ranked
    for beam, text in zip(found, ranked, strict=True):
        assert beam.log_probability == pytest.approx(by_hand[text])
        assert beam.score == pytest.approx(by_hand[text] / len(text) ** length_penalty)


def test_one_beam_is_greedy() -> None:
    model = lively()
    expected = generate(model, PROMPT, 10, temperature=0)[0, 2:].tolist()  # past seq_len
    assert [beam.tokens for beam in beam_search(model, PROMPT, 10, beams=1)] == [expected]


@pytest.mark.parametrize("stops", [[0], [1], [0, 3], [2, 3, 4]])
@pytest.mark.parametrize("seed", range(4))
def test_one_beam_stops_where_greedy_choice_stops(seed: int, stops: list[int]) -> None:
    model = lively(seed=seed)
    (beam,) = beam_search(model, PROMPT, 12, beams=1, stop_token=stops)
    greedy = generate(model, PROMPT, 12, temperature=0, stop_token=stops)[0, 2:]
    assert beam.tokens == greedy.tolist()


def test_beams_end_with_any_stop_and_hold_nothing_forbidden() -> None:
    for beam in beam_search(lively(), PROMPT, 6, beams=8, stop_token=[0, 3], never=[1]):
        assert 1 not in beam.tokens
        assert not {0, 3} & set(beam.tokens[:-1])
        assert math.isfinite(beam.log_probability)


def test_it_finds_what_greedy_choice_misses() -> None:
    # From 0, greedy goes to 1 (0.6), whose continuations are even thirds: 0.2 at best. By 2 (0.4) comes 3 for certain.
    next_ones = torch.tensor([[0, 0.6, 0.4, 0], [0.34, 0.33, 0.33, 0], [0, 0, 0, 1.0], [0.25, 0.25, 0.25, 0.25]])

    class Table(nn.Module):
        config = GPTConfig(vocab_size=4, seq_len=8, n_layer=1, n_embd=4, n_head=1)
        weight = nn.Parameter(torch.zeros(1))

        def forward(self, idx: Tensor) -> Tensor:
            return next_ones[idx].clamp(min=1e-9).log()

    start = torch.tensor([[0]])
    assert generate(Table(), start, 2, temperature=0).tolist() == [[0, 1, 0]]
    best = beam_search(Table(), start, 2, beams=2)[0]
    assert best.tokens == [2, 3]
    assert best.log_probability == pytest.approx(math.log(0.4), abs=1e-6)


@pytest.mark.parametrize("beams", [2, 3, 5])
@pytest.mark.parametrize("length_penalty", [0.5, 1.0])
@pytest.mark.parametrize("stop", [None, 7])
def test_beams_equal_those_of_transformers(beams: int, length_penalty: float, stop: int | None) -> None:
    ours, theirs = gpt2_pair(torch.float64)
    prompt = torch.tensor([[1, 2, 3]])
    result = theirs.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=8,
        num_beams=beams,
        num_return_sequences=beams,
        length_penalty=length_penalty,
        early_stopping="never",  # go on until nothing can be better, as we do
        do_sample=False,
        eos_token_id=stop,
        pad_token_id=stop,
        return_dict_in_generate=True,
        output_scores=True,
    )
    found = beam_search(ours.eval(), prompt, 8, beams=beams, length_penalty=length_penalty, stop_token=stop)
    for beam, sequence, score in zip(found, result.sequences, result.sequences_scores, strict=True):
        assert beam.tokens == sequence[3 : 3 + len(beam.tokens)].tolist()
        assert beam.score == pytest.approx(score.item())


@given(
    kind=st.sampled_from(["GPT", "Llama"]),
    seed=st.integers(0, 20),
    beams=st.integers(1, 6),
    n=st.integers(0, 9),
    stop=st.none() | st.integers(0, 4),
    keep=st.none() | st.integers(1, 6),
)
@settings(max_examples=30, deadline=None)
def test_the_cache_changes_nothing(
    kind: str, seed: int, beams: int, n: int, stop: int | None, keep: int | None
) -> None:
    model = lively(kind, seed)
    with_cache, without = (
        beam_search(model, PROMPT, n, beams=beams, stop_token=stop, keep=keep, use_cache=cached)
        for cached in (True, False)
    )
    assert [beam.tokens for beam in with_cache] == [beam.tokens for beam in without]
    for one, other in zip(with_cache, without, strict=True):
        assert one.score == pytest.approx(other.score, rel=1e-9, abs=1e-9)


@given(seed=st.integers(0, 20), beams=st.integers(1, 6), stop=st.none() | st.integers(0, 4))
@settings(max_examples=20, deadline=None)
def test_beams_are_ranked_different_and_true_to_the_model(seed: int, beams: int, stop: int | None) -> None:
    model = lively(seed=seed)
    found = beam_search(model, PROMPT, 4, beams=beams, stop_token=stop)
    assert 1 <= len(found) <= beams
    assert [beam.score for beam in found] == sorted((beam.score for beam in found), reverse=True)
    assert len({tuple(beam.tokens) for beam in found}) == len(found)
    for beam in found:
        assert beam.log_probability == pytest.approx(log_probability(model, PROMPT, tuple(beam.tokens)))
        assert stop not in beam.tokens[:-1]


def test_a_vocabulary_of_the_stop_token_alone_ends_at_once() -> None:
    model = GPT(GPTConfig(vocab_size=1, seq_len=4, n_layer=1, n_embd=4, n_head=1))
    assert beam_search(model, torch.tensor([[0]]), 5, beams=3, stop_token=0) == [([0], 0.0, 0.0)]


@pytest.mark.parametrize(
    ("idx", "options", "said"),
    [
        (torch.zeros(2, 1, dtype=torch.long), {}, "one prompt, .* got 2 prompts"),
        (torch.zeros(1, 0, dtype=torch.long), {}, "at least one token"),
        (PROMPT, {"beams": 0}, "beams=0"),
        (PROMPT, {"length_penalty": -1.0}, "length_penalty=-1.0"),
        (PROMPT, {"keep": 7}, "between 1 and the model's seq_len = 6, got keep=7"),
    ],
)
def test_bad_input_is_refused(idx: Tensor, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        beam_search(lively(), idx, 2, **options)
