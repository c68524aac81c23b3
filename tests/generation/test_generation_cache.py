"""Generation with a cache equals generation without: lengths, windows, batches of unequal prompts, both models."""

from functools import cache as once

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.generation import generate, generate_batch, stream
from course_lib.generation.reader import Reader
from course_lib.gpt import GPT
from course_lib.kv_cache import KVCache
from course_lib.llama import Llama

V, SEQ_LEN = 11, 8
GPT_SHAPE = GPTConfig(vocab_size=V, seq_len=SEQ_LEN, n_layer=2, n_embd=16, n_head=2, bias=True)
LLAMA_SHAPE = LlamaConfig(vocab_size=V, seq_len=SEQ_LEN, n_layer=2, n_embd=16, n_head=4, n_kv_head=2, hidden_dim=20)
KINDS = ["GPT", "Llama"]


@once
def lively(kind: str) -> nn.Module:
    """Weights so large that every token of the context counts; float64, so that rounding decides nothing."""
    model = GPT(GPT_SHAPE) if kind == "GPT" else Llama(LLAMA_SHAPE)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return model.double().eval()


def tokens(B: int, T: int, seed: int = 1) -> Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(seed))


def by_definition(model: nn.Module, text: list[int], n: int, keep: int) -> list[int]:
    """Greedy continuation of one text, the window moved as the documentation says, everything computed each time."""
    text, start = list(text), 0
    for _ in range(n):
        if len(text) - start > SEQ_LEN:
            start = len(text) - keep
        with torch.no_grad():
            text.append(int(model(torch.tensor([text[start:]]))[0, -1].argmax()))
    return text


# The model: chunks of any sizes


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=5), batch=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_gpt_read_in_chunks_gives_the_logits_of_the_whole(sizes: list[int], batch: int, seed: int) -> None:
    while sum(sizes) > SEQ_LEN:
        sizes = sizes[:-1] or [SEQ_LEN]
    model, idx = lively("GPT"), tokens(batch, sum(sizes), seed)
    cache = model.make_cache(batch)
    with torch.inference_mode():
        got = torch.cat([model(chunk, cache) for chunk in idx.split(sizes, dim=1)], dim=1)
        torch.testing.assert_close(got, model(idx))


def test_a_gpts_cache_has_its_shape_and_dtype() -> None:
    cache = GPT(GPT_SHAPE).to(torch.bfloat16).make_cache(3, max_len=5)
    assert cache.keys.shape == (2, 3, 2, 5, 8)  # L, B, H, max_len, D
    assert cache.keys.dtype == torch.bfloat16


def test_a_gpt_refuses_positions_it_does_not_have_though_the_cache_has_room() -> None:
    model = lively("GPT")
    cache = model.make_cache(1, max_len=20)
    with torch.inference_mode():
        model(tokens(1, 6), cache)
        with pytest.raises(ValueError, match=r"seq_len = 8 tokens, got a sequence of 9"):
            model(tokens(1, 3), cache)


@pytest.mark.parametrize("kind", KINDS)
def test_the_head_applied_to_hidden_gives_the_logits(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 5)
    assert torch.equal(model.head(model.hidden(idx)), model(idx))


@pytest.mark.parametrize("kind", KINDS)
def test_compiling_a_cached_step_breaks_the_graph_nowhere(kind: str) -> None:
    model = lively(kind)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    idx, cache = tokens(2, 7), model.make_cache(2)
    with torch.no_grad():
        steps = [compiled(chunk, cache) for chunk in idx.split([4, 1, 1, 1], dim=1)]
        torch.testing.assert_close(torch.cat(steps, dim=1), model(idx))


# The model: padding


@pytest.mark.parametrize("kind", KINDS)
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4), later=st.integers(0, 3), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_each_padded_row_has_the_logits_that_it_has_alone(kind: str, lengths: list[int], later: int, seed: int) -> None:
    model, longest = lively(kind), max(lengths)
    idx = tokens(len(lengths), longest + later, seed)
    padding = longest - torch.tensor(lengths)
    cache = model.make_cache(len(lengths))
    cache.reset(padding)
    with torch.inference_mode():
        got = torch.cat([model(chunk, cache) for chunk in idx.split([longest, *[1] * later], dim=1)], dim=1)
        for row, start in enumerate(padding.tolist()):
            torch.testing.assert_close(got[row, start:], model(idx[row : row + 1, start:])[0])
    assert torch.isfinite(got).all()  # at padding too: nothing there may spoil a sum


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_the_padding_does_not_matter(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 5)
    other = idx.clone()
    other[1, :3] = (other[1, :3] + 1) % V
    results = []
    for given_idx in (idx, other):
        cache = model.make_cache(2)
        cache.reset(torch.tensor([0, 3]))
        with torch.inference_mode():
            results.append(model(given_idx, cache)[:, 3:])
    assert torch.equal(*results)


def test_the_mask_and_the_positions_of_padded_rows_by_hand() -> None:
    cache = KVCache(n_layer=1, batch_size=2, n_kv_head=1, max_len=5, head_dim=1)
    cache.reset(torch.tensor([0, 2]))
    assert cache.positions(3).tolist() == [[0, 1, 2], [0, 0, 0]]
    assert cache.mask(3)[:, 0].int().tolist() == [[[1, 0, 0], [1, 1, 0], [1, 1, 1]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]]
    cache.advance(3)
    assert cache.positions(1).tolist() == [[3], [1]]
    assert cache.mask(1)[:, 0].int().tolist() == [[[1, 1, 1, 1]], [[0, 0, 1, 1]]]
    cache.reset()
    assert cache.mask(1) is None


def test_padding_must_fit_the_batch_and_the_cache_must_not_slide() -> None:
    sizes = {"n_layer": 1, "batch_size": 2, "n_kv_head": 1, "max_len": 5, "head_dim": 1}
    with pytest.raises(ValueError, match=r"each of 2 rows .* shape \(3,\)"):
        KVCache(**sizes).reset(torch.tensor([0, 1, 2]))
    with pytest.raises(ValueError, match="when_full='slide'"):
        KVCache(**sizes, when_full="slide").reset(torch.tensor([0, 1]))


@pytest.mark.parametrize("kind", KINDS)
def test_reordered_rows_go_on_from_their_new_past(kind: str) -> None:
    model, idx = lively(kind), tokens(3, 4)
    cache, rows = model.make_cache(3), torch.tensor([2, 2, 0])
    with torch.inference_mode():
        model(idx, cache)
        cache.reorder(rows)
        got = model(tokens(3, 1, seed=5), cache)[:, -1]
        expected = model(torch.cat([idx[rows], tokens(3, 1, seed=5)], dim=1))[:, -1]
    torch.testing.assert_close(got, expected)


# Generation


@given(
    kind=st.sampled_from(KINDS),
    B=st.integers(1, 3),
    T=st.integers(1, 12),
    n=st.integers(0, 20),
    keep=st.none() | st.integers(1, SEQ_LEN),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_cached_is_uncached_is_the_definition(kind: str, B: int, T: int, n: int, keep: int | None, seed: int) -> None:
    model, idx = lively(kind), tokens(B, T, seed)
    cached, uncached = (generate(model, idx, n, temperature=0, keep=keep, use_cache=use) for use in (True, False))
    assert torch.equal(cached, uncached)
    assert cached.tolist() == [by_definition(model, row, n, keep or SEQ_LEN) for row in idx.tolist()]


@given(kind=st.sampled_from(KINDS), T=st.integers(1, 10), n=st.integers(1, 14), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_draws_are_the_same_with_a_cache(kind: str, T: int, n: int, seed: int) -> None:
    model, idx = lively(kind), tokens(2, T, seed)
    options = {"temperature": 1.3, "top_k": 7, "top_p": 0.95, "min_p": 0.01, "repetition_penalty": 1.2, "seed": seed}
    cached, uncached = (generate(model, idx, n, use_cache=use, **options) for use in (True, False))
    assert torch.equal(cached, uncached)


prompts_of_any_length = st.lists(st.lists(st.integers(0, V - 1), min_size=1, max_size=12), min_size=1, max_size=4)


@given(
    kind=st.sampled_from(KINDS),
    prompts=prompts_of_any_length,
    n=st.integers(0, 14),
    keep=st.none() | st.integers(1, SEQ_LEN),
    use_cache=st.booleans(),
    stop=st.none() | st.integers(0, V - 1),
)
@settings(max_examples=60, deadline=None)
def test_each_of_unequal_prompts_gets_what_it_gets_alone(
    kind: str, prompts: list[list[int]], n: int, keep: int | None, use_cache: bool, stop: int | None
) -> None:
    model = lively(kind)
    together = generate_batch(model, prompts, n, temperature=0, keep=keep, use_cache=use_cache, stop_token=stop)
    for prompt, text in zip(prompts, together, strict=True):
        alone = by_definition(model, prompt, n, keep or SEQ_LEN)
        new = alone[len(prompt) :]
        assert text == prompt + (new[: new.index(stop) + 1] if stop in new else new)


@given(kind=st.sampled_from(KINDS), prompts=prompts_of_any_length, use_cache=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_each_of_unequal_prompts_draws_what_it_draws_alone_with_its_seed(
    kind: str, prompts: list[list[int]], use_cache: bool, seed: int
) -> None:
    model, seeds = lively(kind), [seed + row for row in range(len(prompts))]
    options = {"temperature": 1.5, "top_p": 0.9, "repetition_penalty": 1.3, "use_cache": use_cache}
    together = generate_batch(model, prompts, 6, seed=seeds, **options)
    alone = [generate_batch(model, [p], 6, seed=s, **options)[0] for p, s in zip(prompts, seeds, strict=True)]
    assert together == alone


def test_unequal_prompts_of_none_or_nothing_are_refused() -> None:
    for prompts in ([], [[1], []]):
        with pytest.raises(ValueError, match="prompts with at least one token each"):
            generate_batch(lively("GPT"), prompts, 3)


# What it costs


class Counting(GPT):
    """Counts the tokens that go through it."""

    def hidden(self, idx: Tensor, cache: KVCache | None = None) -> Tensor:
        """As the GPT's."""
        self.read = getattr(self, "read", 0) + idx.numel()
        return super().hidden(idx, cache)


@pytest.mark.parametrize(
    ("options", "n", "read"),
    [
        ({}, 6, 3 + 5),  # the prompt once, then each token but the last
        ({"use_cache": False}, 6, 3 + 4 + 5 + 6 + 7 + 8),
        ({}, 9, 3 + 5 + 3 * 8),  # past seq_len the whole window, at each step
        ({"keep": 4}, 10, 3 + 5 + (4 + 3)),  # once, down to four, and then token by token
    ],
)
def test_the_tokens_read_are_those_of_the_documentation(options: dict, n: int, read: int) -> None:
    model = Counting(GPT_SHAPE)
    generate(model, tokens(1, 3), n, temperature=0, **options)
    assert model.read == read


def test_the_cache_is_no_larger_than_the_text() -> None:
    model = lively("Llama")
    assert Reader(model, [0], 5, use_cache=True, keep=SEQ_LEN).cache.max_len == 5
    assert Reader(model, [2, 3], 6, use_cache=True, keep=SEQ_LEN).cache.max_len == 4
    assert Reader(model, [0], 500, use_cache=True, keep=SEQ_LEN).cache.max_len == SEQ_LEN


def test_a_model_without_a_cache_is_asked_without_one() -> None:
    class Plain(nn.Module):
        config = GPT_SHAPE

        def forward(self, idx: Tensor) -> Tensor:
            """The sum of the text so far, modulo V, is the next token."""
            return nn.functional.one_hot(idx.cumsum(1) % V, V).float()

    assert generate(Plain(), torch.tensor([[1, 2]]), 3, temperature=0).tolist() == [[1, 2, 3, 6, 1]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_other_types_generate(kind: str, dtype: torch.dtype) -> None:
    shape = GPT_SHAPE if kind == "GPT" else LLAMA_SHAPE
    model = (GPT if kind == "GPT" else Llama)(shape).to(dtype)  # type: ignore[arg-type]
    assert generate(model, tokens(2, 3), 12, seed=0).shape == (2, 15)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_gpu_a_batch_of_unequal_prompts_gets_what_it_gets_on_the_cpu(kind: str) -> None:
    model, prompts = lively(kind), [[1, 2, 3], [4], [5, 6, 7, 8, 9]]
    expected = generate_batch(model, prompts, 14, temperature=0)
    try:
        assert generate_batch(model.cuda(), prompts, 14, temperature=0) == expected
        assert next(stream(model, torch.tensor([[1]], device="cuda"), 3, seed=0)).is_cuda
    finally:
        model.cpu()
