"""The key-value cache: cached = uncached whatever the chunks, full caches, sliding windows, and what it refuses."""

from dataclasses import replace
from functools import cache as once

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_lib.config import LlamaConfig
from course_lib.kv_cache import KVCache
from course_lib.llama import Llama, apply_rope, precompute_rope
from course_lib.multi_head_attention import merge_heads, split_heads

TINY = LlamaConfig(
    vocab_size=30, seq_len=24, n_layer=2, n_embd=16, n_head=4, n_kv_head=2, hidden_dim=20, rope_theta=100.0
)
EXACT = 1e-10  # in float64, where 600 drawn texts differed by 7e-14 at most
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")),
]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@once
def lively_model(n_kv_head: int = 2) -> Llama:
    """Weights large enough for every token of the context to count; in float64, where rounding hides no mistake."""
    model = Llama(replace(TINY, n_kv_head=n_kv_head)).double()
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            if parameter.dim() > 1:
                parameter.copy_(torch.randn(parameter.shape, generator=seeded(seed)) * 0.4)
    return model.eval()


def tokens(B: int, T: int, seed: int = 1) -> Tensor:
    return torch.randint(TINY.vocab_size, (B, T), generator=seeded(seed))


def in_chunks(model: Llama, idx: Tensor, sizes: list[int], cache: KVCache) -> Tensor:
    """Logits of `idx`, given to the model chunk by chunk."""
    with torch.inference_mode():
        return torch.cat([model(chunk, cache) for chunk in idx.split(sizes, dim=1)], dim=1)


def uncached(model: Llama, idx: Tensor) -> Tensor:
    with torch.inference_mode():
        return model(idx)


@torch.inference_mode()
def windowed(model: Llama, idx: Tensor, window: int) -> Tensor:
    """Logits when each token attends to at most the `window` newest, itself included: no cache, only a mask."""
    T = idx.shape[1]
    distance = torch.arange(T)[:, None] - torch.arange(T)
    allowed = (distance >= 0) & (distance < window)  # (T, T)
    cos, sin = precompute_rope(model.config.head_dim, T, model.config.rope_theta)
    x = model.token_embedding(idx)
    for block in model.blocks:
        attention, h = block.attention, block.norm_1(x)
        q = apply_rope(split_heads(attention.q_proj(h), attention.n_head), cos, sin)
        k = apply_rope(split_heads(attention.k_proj(h), attention.n_kv_head), cos, sin)
        v = split_heads(attention.v_proj(h), attention.n_kv_head)
        heads = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, enable_gqa=True)
        x = x + attention.out_proj(merge_heads(heads))
        x = x + block.mlp(block.norm_2(x))
    return model.head(model.final_norm(x))


partitions = st.lists(st.integers(1, 6), min_size=1, max_size=8)


# Cached = uncached


@given(sizes=partitions, batch=st.integers(1, 4), n_kv_head=st.sampled_from([1, 2, 4]), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_chunks_of_any_sizes_give_the_uncached_logits(sizes: list[int], batch: int, n_kv_head: int, seed: int) -> None:
    while sum(sizes) > TINY.seq_len:
        sizes = sizes[:-1]
    model, idx = lively_model(n_kv_head), tokens(batch, sum(sizes), seed)
    got = in_chunks(model, idx, sizes, model.make_cache(batch))
    torch.testing.assert_close(got, uncached(model, idx), atol=EXACT, rtol=EXACT)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("prompt", [1, 2, 7, 23, 24])
def test_a_prompt_and_then_token_by_token_gives_the_uncached_logits(prompt: int, device: str) -> None:
    model, idx = lively_model(), tokens(3, 24)
    expected = uncached(model, idx)
    try:
        model.to(device)
        got = in_chunks(model, idx.to(device), [prompt] + [1] * (24 - prompt), model.make_cache(3)).cpu()
    finally:
        model.to("cpu")
    torch.testing.assert_close(got, expected, atol=1e-5 if device == "cpu" else 1e-3, rtol=1e-3)


def test_a_cache_may_be_filled_to_the_last_place() -> None:
    model, idx = lively_model(), tokens(1, 10)
    cache = model.make_cache(1, max_len=10)
    got = in_chunks(model, idx, [9, 1], cache)
    assert cache.length == cache.max_len == 10
    torch.testing.assert_close(got, uncached(model, idx), atol=EXACT, rtol=EXACT)


@pytest.mark.parametrize("when_full", ["raise", "slide"])
def test_after_a_reset_nothing_of_the_old_text_is_left(when_full: str) -> None:
    model, old, new = lively_model(), tokens(2, 8, seed=5), tokens(2, 6, seed=6)
    cache = model.make_cache(2, max_len=8, when_full=when_full)
    in_chunks(model, old, [5, 3], cache)
    room = cache.keys.data_ptr()
    cache.reset()
    assert cache.length == 0
    torch.testing.assert_close(in_chunks(model, new, [2, 4], cache), uncached(model, new), atol=EXACT, rtol=EXACT)
    assert cache.keys.data_ptr() == room  # the memory is kept


def test_two_caches_of_one_model_do_not_know_each_other() -> None:
    model, one, other = lively_model(), tokens(1, 12, seed=7), tokens(1, 12, seed=8)
    caches = [model.make_cache(1), model.make_cache(1)]
    for start in range(0, 12, 4):
        for idx, cache in zip((one, other), caches, strict=True):
            got = in_chunks(model, idx[:, start : start + 4], [4], cache)
            expected = uncached(model, idx[:, : start + 4])[:, start:]
            torch.testing.assert_close(got, expected, atol=EXACT, rtol=EXACT)


# Full caches


def test_a_full_cache_is_refused_with_the_remedy_and_stays_as_it_is() -> None:
    model, idx = lively_model(), tokens(1, 8)
    cache = model.make_cache(1, max_len=8)
    in_chunks(model, idx[:, :6], [6], cache)
    with pytest.raises(ValueError, match=r"room for 8 tokens and holds 6, so 3 more do not fit; .*reset\(\).*slide"):
        in_chunks(model, tokens(1, 3), [3], cache)
    torch.testing.assert_close(in_chunks(model, idx[:, 6:], [2], cache), uncached(model, idx)[:, 6:])


def test_a_cache_larger_than_the_model_reads_is_refused_where_the_model_ends() -> None:
    model = lively_model()
    with pytest.raises(ValueError, match="seq_len = 24 tokens, got a sequence of 25"):
        in_chunks(model, tokens(1, 25), [20, 5], model.make_cache(1, max_len=40))


@given(sizes=partitions, window=st.integers(1, 9), n_kv_head=st.sampled_from([1, 2, 4]), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_sliding_cache_is_attention_to_the_last_tokens(
    sizes: list[int], window: int, n_kv_head: int, seed: int
) -> None:
    model, idx = lively_model(n_kv_head), tokens(2, sum(sizes), seed)  # up to 48 tokens, twice the model's seq_len
    got = in_chunks(model, idx, sizes, model.make_cache(2, max_len=window, when_full="slide"))
    torch.testing.assert_close(got, windowed(model, idx, window), atol=EXACT, rtol=EXACT)


def test_a_window_that_holds_the_whole_text_is_no_window() -> None:
    model, idx = lively_model(), tokens(2, 12)
    torch.testing.assert_close(windowed(model, idx, 12), uncached(model, idx), atol=EXACT, rtol=EXACT)
    assert (windowed(model, idx, 3) - uncached(model, idx))[:, 5:].abs().max() > 0.1  # and a small one is one


def test_a_sliding_cache_stays_as_small_as_it_was() -> None:
    model = lively_model()
    cache = model.make_cache(1, max_len=5, when_full="slide")
    before = cache.num_bytes, cache.keys.data_ptr()
    in_chunks(model, tokens(1, 40), [13] + [1] * 27, cache)
    assert (cache.num_bytes, cache.keys.data_ptr()) == before
    assert cache.length == 40


# What it is made of


def test_its_bytes_are_those_of_the_formula() -> None:
    cache = KVCache(n_layer=3, batch_size=2, n_kv_head=4, max_len=5, head_dim=6, dtype=torch.bfloat16)
    assert cache.num_bytes == 2 * 3 * 2 * 4 * 5 * 6 * 2


def test_llama_3_1_8b_needs_a_gibibyte_for_8192_tokens_in_bfloat16() -> None:
    cache = KVCache(
        n_layer=32, batch_size=1, n_kv_head=8, max_len=8192, head_dim=128, dtype=torch.bfloat16, device="meta"
    )
    assert cache.num_bytes == 2**30


def test_it_takes_the_models_dtype() -> None:
    model = Llama(TINY).to(torch.bfloat16)
    cache = model.make_cache(2, max_len=7)
    assert cache.keys.dtype == cache.values.dtype == torch.bfloat16
    assert cache.keys.shape == (2, 2, 2, 7, 4)


def test_appending_gives_back_all_that_was_seen() -> None:
    cache = KVCache(n_layer=1, batch_size=1, n_kv_head=1, max_len=4, head_dim=1)
    first, second = torch.tensor([1.0, 2.0]).view(1, 1, 2, 1), torch.tensor([3.0]).view(1, 1, 1, 1)
    assert cache.positions(2).tolist() == [0, 1]
    assert cache.append(0, first, -first)[0].flatten().tolist() == [1, 2]
    cache.advance(2)
    assert cache.positions(1).tolist() == [2]
    keys, values = cache.append(0, second, -second)
    assert keys.flatten().tolist() == [1, 2, 3]
    assert values.flatten().tolist() == [-1, -2, -3]


def test_the_mask_of_a_second_chunk() -> None:
    cache = KVCache(n_layer=1, batch_size=1, n_kv_head=1, max_len=9, head_dim=1)
    cache.advance(2)
    assert cache.mask(1) is None  # one token sees all before it
    assert cache.mask(3).int().tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]


# What it refuses


@pytest.mark.parametrize("size", ["n_layer", "batch_size", "n_kv_head", "max_len", "head_dim"])
def test_sizes_must_be_positive(size: str) -> None:
    sizes = {"n_layer": 1, "batch_size": 1, "n_kv_head": 1, "max_len": 1, "head_dim": 1, size: 0}
    with pytest.raises(ValueError, match=f"{size}=0"):
        KVCache(**sizes)


def test_another_way_to_be_full_is_refused() -> None:
    with pytest.raises(ValueError, match='"raise" or "slide", got \'forget\''):
        lively_model().make_cache(1, when_full="forget")


@pytest.mark.parametrize(("made_for", "given_to_it"), [(1, 2), (3, 1)])
def test_another_batch_size_is_refused_and_not_spread(made_for: int, given_to_it: int) -> None:
    model = lively_model()
    with pytest.raises(ValueError, match=rf"batch_size = {made_for}, .* got .* \({given_to_it}, 2, 4, 4\)"):
        in_chunks(model, tokens(given_to_it, 4), [4], model.make_cache(made_for))


def test_gradients_through_a_cache_are_refused_with_the_remedy() -> None:
    model = lively_model()
    with pytest.raises(ValueError, match=r"gradients cannot flow through it; .*inference_mode"):
        model(tokens(1, 4), model.make_cache(1))


def test_rolled_back_it_goes_on_as_if_the_rest_had_never_been_read() -> None:
    model, idx = lively_model(), torch.randint(30, (2, 12), generator=seeded())
    cache = model.make_cache(2)
    with torch.inference_mode():
        model(idx[:, :6], cache)
        model(idx[:, :4], cache)  # what is refused
        cache.rollback(6)
        torch.testing.assert_close(model(idx[:, 6:], cache), model(idx)[:, 6:], atol=EXACT, rtol=0)


def test_a_cache_cannot_go_back_to_what_it_does_not_hold() -> None:
    cache = lively_model().make_cache(1)
    with pytest.raises(ValueError, match=r"a cache of 0 tokens .* cannot go back to 1"):
        cache.rollback(1)
    with pytest.raises(ValueError, match="slide"):
        lively_model().make_cache(1, when_full="slide").rollback(0)
