"""The Llama against `transformers`' on the same weights, its counts, rotary positions, and each of its parts."""

import math
from dataclasses import replace

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_lib.config import PRESETS, LlamaConfig, RopeScaling
from course_lib.gpt import next_token_loss
from course_lib.llama import (
    GroupedQueryAttention,
    Llama,
    RMSNorm,
    SwiGLU,
    apply_rope,
    apply_rope_interleaved,
    half_split_to_interleaved,
    interleaved_to_half_split,
    precompute_rope,
    repeat_kv,
    rope_frequencies,
    scale_frequencies,
)
from course_lib.multi_head_attention import merge_heads, split_heads
from course_lib.show.profiling import num_params

TINY = LlamaConfig(
    vocab_size=50, seq_len=24, n_layer=2, n_embd=32, n_head=4, n_kv_head=2, hidden_dim=44, rope_theta=10_000.0
)
SHAPES = {
    "one key and value head": replace(TINY, n_kv_head=1),
    "two query heads a key head": TINY,
    "as many key heads as query heads": replace(TINY, n_kv_head=4),
    "untied": replace(TINY, tie_embeddings=False),
    "another base and epsilon": replace(TINY, rope_theta=500_000.0, norm_eps=1e-3),
    "scaled by 32, past the original context": replace(TINY, rope_scaling=RopeScaling(32.0, original_seq_len=8)),
    "scaled by 8, untied, wide heads": replace(
        TINY, n_head=2, n_kv_head=1, tie_embeddings=False, rope_scaling=RopeScaling(8.0, original_seq_len=16)
    ),
}
each_shape = pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES.keys())
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")),
]
# Largest difference over the largest value. float32 holds 7 digits, bfloat16 between 2 and 3, and both sum in an order
# of their own. float64 is no better than float32: `transformers` has its norms and angles in float32 even there.
TOLERANCE = {torch.float64: 5e-6, torch.float32: 5e-6, torch.bfloat16: 6e-2}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_equal_up_to(tolerance: float, got: Tensor, expected: Tensor, what: str = "the logits") -> None:
    """The largest difference is at most `tolerance` times the largest expected value, which is no trifle itself."""
    assert got.dtype == expected.dtype
    scale = expected.abs().max().item()
    assert scale > 1e-3
    worst = (got - expected).abs().max().item()
    assert worst <= tolerance * scale, f"{what}: off by {worst / scale:.1e} of the largest value, {scale:.2g}"


def tokens(B: int, T: int, config: LlamaConfig = TINY, seed: int = 1) -> Tensor:
    return torch.randint(config.vocab_size, (B, T), generator=seeded(seed))


# Counts, from the configuration alone


@pytest.mark.parametrize(
    ("preset", "published"),
    [("llama-3.2-1b", 1_235_814_400), ("llama-3.2-3b", 3_212_749_824), ("llama-3.1-8b", 8_030_261_248)],
)
def test_presets_have_the_published_counts(preset: str, published: int) -> None:
    with torch.device("meta"):
        model = Llama(PRESETS[preset])
    assert num_params(model) == published
    assert all(parameter.is_meta for parameter in model.parameters())


def test_the_courses_llama_is_smaller_than_its_gpt() -> None:
    # A block: q and out C² each, k and v C²/5 each, three matrices of 268·C, two norms of C.
    block = 2 * 100**2 + 2 * 100 * 20 + 3 * 268 * 100 + 2 * 100
    assert num_params(Llama(LlamaConfig())) == 10_000 * 100 + 12 * block + 100 == 2_255_300


def test_scaling_of_the_presets_is_that_of_their_release() -> None:
    assert PRESETS["llama-3.2-1b"].rope_scaling == RopeScaling(32.0, 1.0, 4.0, 8192)
    assert PRESETS["llama-3.1-8b"].rope_scaling == RopeScaling(8.0, 1.0, 4.0, 8192)


# Against transformers


def their_config(config: LlamaConfig) -> transformers.LlamaConfig:
    rope: dict = {"rope_type": "default", "rope_theta": config.rope_theta}
    if config.rope_scaling is not None:
        rope |= {
            "rope_type": "llama3",
            "factor": config.rope_scaling.factor,
            "low_freq_factor": config.rope_scaling.low_freq_factor,
            "high_freq_factor": config.rope_scaling.high_freq_factor,
            "original_max_position_embeddings": config.rope_scaling.original_seq_len,
        }
    return transformers.LlamaConfig(
        vocab_size=config.vocab_size,
        hidden_size=config.n_embd,
        intermediate_size=config.hidden_dim,
        num_hidden_layers=config.n_layer,
        num_attention_heads=config.n_head,
        num_key_value_heads=config.n_kv_head,
        max_position_embeddings=config.seq_len,
        rms_norm_eps=config.norm_eps,
        tie_word_embeddings=config.tie_embeddings,
        rope_parameters=rope,
        bos_token_id=0,
        eos_token_id=0,
    )


def their_name(name: str) -> str:
    """A parameter's name in `transformers`' Llama."""
    for ours, theirs in [
        ("token_embedding", "model.embed_tokens"),
        ("blocks", "model.layers"),
        ("norm_1", "input_layernorm"),
        ("norm_2", "post_attention_layernorm"),
        ("attention.out_proj", "self_attn.o_proj"),
        ("attention.", "self_attn."),
        ("final_norm", "model.norm"),
        ("head.weight", "lm_head.weight"),
    ]:
        name = name.replace(ours, theirs)
    return name


def llama_pair(config: LlamaConfig, dtype: torch.dtype = torch.float32) -> tuple[Llama, transformers.LlamaForCausalLM]:
    """Our Llama and theirs, every weight random, norms included, and the same in both."""
    ours = Llama(config)
    with torch.no_grad():
        for seed, parameter in enumerate(ours.parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=seeded(seed)) * 0.15)
            if parameter.dim() == 1:
                parameter.add_(1)
    ours = ours.to(dtype)
    theirs = transformers.LlamaForCausalLM(their_config(config)).to(dtype)
    theirs.load_state_dict({their_name(name): value for name, value in ours.state_dict().items()})
    assert num_params(ours) == num_params(theirs)
    return ours.eval(), theirs.eval()


@each_shape
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@torch.no_grad()
def test_logits_equal_transformers(config: LlamaConfig, dtype: torch.dtype) -> None:
    ours, theirs = llama_pair(config, dtype)
    idx = tokens(2, config.seq_len, config)
    assert_equal_up_to(TOLERANCE[dtype], ours(idx), theirs(idx).logits)


@each_shape
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_loss_and_gradients_equal_transformers(config: LlamaConfig, dtype: torch.dtype) -> None:
    ours, theirs = llama_pair(config, dtype)
    idx = tokens(2, 16, config)
    loss = next_token_loss(ours(idx[:, :-1]).float(), idx[:, 1:])
    their_loss = F.cross_entropy(theirs(idx[:, :-1]).logits.float().flatten(0, 1), idx[:, 1:].flatten())
    assert_equal_up_to(TOLERANCE[dtype], loss, their_loss, "the loss")
    loss.backward()
    their_loss.backward()
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        assert_equal_up_to(TOLERANCE[dtype], parameter.grad, gradients[their_name(name)], f"the gradient of {name}")


@each_shape
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@torch.no_grad()
def test_prefill_and_cached_steps_equal_transformers(config: LlamaConfig, dtype: torch.dtype) -> None:
    ours, theirs = llama_pair(config, dtype)
    idx = tokens(2, config.seq_len, config)
    cache, their_cache = ours.make_cache(2), transformers.DynamicCache()
    for chunk in idx.split([9, 1, 1, 5, 1, 1, 1, 5], dim=1):
        got = ours(chunk, cache)
        expected = theirs(chunk, past_key_values=their_cache, use_cache=True).logits
        assert_equal_up_to(TOLERANCE[dtype], got, expected)
    assert cache.length == their_cache.get_seq_length() == config.seq_len


@pytest.mark.parametrize("scaling", [None, RopeScaling(8.0), RopeScaling(32.0)], ids=["none", "8", "32"])
def test_angles_equal_transformers_to_the_last_bit_as_far_as_llama_reads(scaling: RopeScaling | None) -> None:
    config = replace(PRESETS["llama-3.1-8b"], rope_scaling=scaling)
    theirs = transformers.models.llama.modeling_llama.LlamaRotaryEmbedding(their_config(config))
    far = torch.arange(131_000, 131_072)
    their_cos, their_sin = theirs(torch.zeros(1), far[None])  # (1, T, D), each angle twice
    cos, sin = precompute_rope(128, 131_072, 500_000.0, scaling)
    assert torch.equal(cos[far], their_cos[0, :, :64])
    assert torch.equal(sin[far], their_sin[0, :, :64])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@torch.no_grad()
def test_a_gpu_gives_the_logits_of_the_cpu() -> None:
    config = SHAPES["scaled by 32, past the original context"]
    model, _ = llama_pair(config)
    idx = tokens(2, config.seq_len, config)
    expected = model(idx)
    model.cuda()
    torch.testing.assert_close(model(idx.cuda()).cpu(), expected, atol=1e-3, rtol=1e-3)
    cache = model.make_cache(2)
    steps = [model(chunk, cache) for chunk in idx.cuda().split([9, 1, 14], dim=1)]
    torch.testing.assert_close(torch.cat(steps, dim=1).cpu(), expected, atol=1e-3, rtol=1e-3)


# RMSNorm


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_rms_norm_equals_torch(dtype: torch.dtype) -> None:
    norm = RMSNorm(6, eps=0.1).to(dtype)
    with torch.no_grad():
        norm.weight.copy_(torch.randn(6, generator=seeded()))
    x = torch.randn(2, 3, 6, generator=seeded(1)).to(dtype)
    torch.testing.assert_close(norm(x), F.rms_norm(x, (6,), norm.weight, 0.1))


def test_rms_norm_by_hand() -> None:
    # Mean square of 3 and 4: 12.5.
    torch.testing.assert_close(
        RMSNorm(2, eps=0.0)(torch.tensor([3.0, 4.0])), torch.tensor([3.0, 4.0]) / math.sqrt(12.5)
    )


def test_rms_norm_survives_numbers_whose_square_half_precision_cannot_hold() -> None:
    x = torch.tensor([300.0, -300.0], dtype=torch.float16)  # 300² is beyond float16's 65,504
    got = RMSNorm(2).half()(x)
    assert got.dtype == torch.float16
    torch.testing.assert_close(got, torch.tensor([1.0, -1.0], dtype=torch.float16))


# Rotary positions


def test_frequencies_by_hand() -> None:
    torch.testing.assert_close(rope_frequencies(4, 100.0), torch.tensor([1.0, 0.1]))
    cos, sin = precompute_rope(4, 3, 100.0)
    torch.testing.assert_close(cos[2], torch.tensor([math.cos(2), math.cos(0.2)]))
    torch.testing.assert_close(sin[2], torch.tensor([math.sin(2), math.sin(0.2)]))


def test_scaling_keeps_short_waves_slows_long_ones_and_changes_smoothly_between() -> None:
    scaling = RopeScaling(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_seq_len=100)
    wavelengths = torch.tensor([10.0, 25.0, 40.0, 100.0, 1000.0])  # 10, 4, 2.5, 1, 0.1 turns in 100 tokens
    frequencies = 2 * math.pi / wavelengths
    # 2.5 turns lie in the middle of 1 and 4: half is kept, half divided by 8.
    expected = frequencies * torch.tensor([1, 1, 1 / 2 + 1 / 2 / 8, 1 / 8, 1 / 8])
    torch.testing.assert_close(scale_frequencies(frequencies, scaling), expected)
    torch.testing.assert_close(scale_frequencies(frequencies, replace(scaling, factor=1.0)), frequencies)


@pytest.mark.parametrize("rotate", [apply_rope, apply_rope_interleaved])
@given(near=st.integers(0, 20), distance=st.integers(0, 20), shift=st.integers(0, 80), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_a_score_depends_on_the_distance_alone(rotate, near: int, distance: int, shift: int, seed: int) -> None:
    cos, sin = precompute_rope(8, 128, 100.0)
    q, k = torch.randn(2, 8, generator=seeded(seed))

    def score(query: int, key: int) -> Tensor:
        turned_q = rotate(q[None], cos[query, None], sin[query, None])
        return (turned_q * rotate(k[None], cos[key, None], sin[key, None])).sum()

    before, after = score(near + distance, near), score(near + distance + shift, near + shift)
    torch.testing.assert_close(before, after, atol=2e-4, rtol=0)


@pytest.mark.parametrize("rotate", [apply_rope, apply_rope_interleaved])
def test_rotation_keeps_lengths_and_leaves_position_zero(rotate) -> None:
    cos, sin = precompute_rope(8, 5, 100.0)
    x = torch.randn(2, 3, 5, 8, generator=seeded())
    turned = rotate(x, cos, sin)
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(turned[:, :, 0], x[:, :, 0])


def test_rotation_is_multiplication_by_a_complex_number() -> None:
    cos, sin = precompute_rope(8, 5, 100.0)
    x = torch.randn(2, 5, 8, generator=seeded())
    turned = torch.view_as_complex(x.unflatten(-1, (4, 2))) * torch.complex(cos, sin)
    torch.testing.assert_close(apply_rope_interleaved(x, cos, sin), torch.view_as_real(turned).flatten(-2))


@given(n_head=st.integers(1, 4), half=st.integers(1, 5), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_after_the_conversion_both_pairings_give_the_same_scores(n_head: int, half: int, seed: int) -> None:
    D, C, T = 2 * half, 6, 7
    x = torch.randn(1, T, C, generator=seeded(seed))
    weights = [torch.randn(n_head * D, C, generator=seeded(seed + other)) for other in (1, 2)]
    cos, sin = precompute_rope(D, T, 50.0)

    def scores(rotate, projections: list[Tensor]) -> Tensor:
        q, k = (rotate(split_heads(x @ weight.T, n_head), cos, sin) for weight in projections)
        return q @ k.transpose(-2, -1)  # (1, H, T, T)

    converted = [interleaved_to_half_split(weight, n_head) for weight in weights]
    torch.testing.assert_close(
        scores(apply_rope, converted), scores(apply_rope_interleaved, weights), atol=1e-4, rtol=1e-4
    )
    for weight, there in zip(weights, converted, strict=True):
        assert torch.equal(half_split_to_interleaved(there, n_head), weight)


def test_the_conversion_by_hand() -> None:
    rows = torch.arange(8.0)[:, None]  # two heads of four rows
    assert interleaved_to_half_split(rows, n_head=2).flatten().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_an_odd_head_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="must be even, got 5"):
        precompute_rope(5, 4)


# Grouped queries, SwiGLU


@pytest.mark.parametrize("n_kv_head", [1, 2, 4])
def test_grouped_attention_is_attention_with_repeated_heads(n_kv_head: int) -> None:
    config = replace(TINY, n_kv_head=n_kv_head)
    attention = GroupedQueryAttention(config)
    x = torch.randn(2, 6, 32, generator=seeded())
    cos, sin = precompute_rope(8, 6)
    q = apply_rope(split_heads(attention.q_proj(x), 4), cos, sin)
    k = apply_rope(split_heads(attention.k_proj(x), n_kv_head), cos, sin)
    v = split_heads(attention.v_proj(x), n_kv_head)
    k, v = repeat_kv(k, 4 // n_kv_head), repeat_kv(v, 4 // n_kv_head)
    scores = (q @ k.transpose(-2, -1) / math.sqrt(8)).masked_fill(torch.ones(6, 6).triu(1).bool(), -math.inf)
    expected = attention.out_proj(merge_heads(scores.softmax(dim=-1) @ v))
    torch.testing.assert_close(attention(x, cos, sin), expected)


def test_each_head_is_repeated_in_place() -> None:
    heads = torch.arange(3.0).view(1, 3, 1, 1)
    assert repeat_kv(heads, 2).flatten().tolist() == [0, 0, 1, 1, 2, 2]


def test_swiglu_by_hand() -> None:
    mlp = SwiGLU(1, 1)
    with torch.no_grad():
        for projection, weight in ((mlp.gate_proj, 2.0), (mlp.up_proj, 3.0), (mlp.down_proj, 5.0)):
            projection.weight.fill_(weight)
    gate = 2 / (1 + math.exp(-2))  # silu(2)
    assert mlp(torch.ones(1)).item() == pytest.approx(5 * gate * 3)


# The model


@given(position=st.integers(0, 23), token=st.integers(0, 49))
@settings(max_examples=15, deadline=None)
@torch.no_grad()
def test_future_tokens_do_not_change_the_past(position: int, token: int) -> None:
    model = Llama(TINY, seeded())
    idx = tokens(1, 24)
    changed = idx.clone()
    changed[0, position] = token
    before, after = model(idx), model(changed)
    torch.testing.assert_close(after[:, :position], before[:, :position], atol=0, rtol=0)


@torch.no_grad()
def test_without_other_tokens_the_position_does_not_matter() -> None:
    # RoPE turns queries and keys, not values: a token that sees only itself cannot tell where it stands.
    model, _ = llama_pair(TINY)
    idx = tokens(1, 1)
    late = model.make_cache(1, max_len=1, when_full="slide")
    for _ in range(7):
        last = model(idx, late)
    torch.testing.assert_close(last, model(idx), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
def test_an_untrained_models_loss_is_within_a_percent_of_ln_v(device: str) -> None:
    config = LlamaConfig(n_layer=2)
    model = Llama(config, seeded()).to(device)
    idx = tokens(4, 64, config).to(device)
    loss = next_token_loss(model(idx[:, :-1]), idx[:, 1:]).item()
    assert abs(loss / math.log(config.vocab_size) - 1) < 0.01


def test_a_generator_draws_the_same_weights_again() -> None:
    one, other = Llama(TINY, seeded(3)), Llama(TINY, seeded(3))
    for mine, same in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, same)


def test_no_parameter_is_a_bias_and_the_head_is_tied_or_not() -> None:
    names = dict(Llama(TINY).named_parameters())
    assert not [name for name in names if "bias" in name]
    assert "head.weight" not in names
    assert "head.weight" in dict(Llama(replace(TINY, tie_embeddings=False)).named_parameters())


def test_half_precision_leaves_the_angles_exact() -> None:
    # At position 1000 bfloat16's 8 bits would put the first pair's angle off by up to 2 radians.
    config = replace(TINY, seq_len=1024)
    model, _ = llama_pair(config)
    idx = tokens(1, 1024, config)
    with torch.no_grad():
        expected = model(idx)[:, -20:]
        got = model.to(torch.bfloat16)(idx)[:, -20:].float()
    assert_equal_up_to(TOLERANCE[torch.bfloat16], got, expected)


@torch.no_grad()
def test_autocast_computes_in_bfloat16_and_a_cache_goes_along() -> None:
    model, _ = llama_pair(TINY)
    idx = tokens(2, 12)
    expected = model(idx)
    cache = model.make_cache(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        steps = torch.cat([model(chunk, cache) for chunk in idx.split([5, 1, 6], dim=1)], dim=1)
        whole = model(idx)
    assert steps.dtype == whole.dtype == torch.bfloat16
    assert model.head.weight.dtype == torch.float32
    assert_equal_up_to(TOLERANCE[torch.bfloat16], whole.float(), expected)
    assert_equal_up_to(TOLERANCE[torch.bfloat16], steps.float(), expected)


def test_a_sequence_longer_than_seq_len_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r'seq_len = 24 tokens, got a sequence of 25; crop it.*when_full="slide"'):
        Llama(TINY)(tokens(1, 25))


def test_exporting_keeps_the_logits() -> None:
    model = Llama(SHAPES["scaled by 32, past the original context"], seeded()).eval()
    idx = tokens(2, 12)
    exported = torch.export.export(model, (idx,)).module()
    torch.testing.assert_close(exported(idx), model(idx))


def test_compiling_breaks_the_graph_nowhere_with_a_cache_or_without() -> None:
    model = Llama(TINY, seeded()).eval()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    idx = tokens(2, 12)
    torch.testing.assert_close(compiled(idx), model(idx))
    cache = model.make_cache(2)
    with torch.no_grad():
        steps = [compiled(chunk, cache) for chunk in idx.split([10, 1, 1], dim=1)]
        torch.testing.assert_close(torch.cat(steps, dim=1), model(idx))


@pytest.mark.parametrize("device", DEVICES)
def test_a_model_overfits_one_batch(device: str) -> None:
    model = Llama(TINY, seeded()).to(device)
    idx = tokens(2, 12).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(80):
        loss = next_token_loss(model(idx[:, :-1]), idx[:, 1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.1


# Configurations


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_head": 5}, "n_embd = 32 cannot be split into n_head = 5"),
        ({"n_kv_head": 3}, r"n_kv_head = 3 cannot serve n_head = 4 .* one of \[1, 2, 4\]"),
        ({"n_embd": 36, "n_head": 12, "n_kv_head": 1}, "must be even, got 3"),
        ({"rope_theta": 1.0}, "rope_theta above 1"),
        ({"norm_eps": 0.0}, "norm_eps above 0"),
        ({"hidden_dim": 0}, "hidden_dim must be a positive whole number, got 0"),
    ],
)
def test_impossible_shapes_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factor": 0.5}, "factor must be at least 1, got 0.5"),
        ({"factor": 8.0, "low_freq_factor": 4.0}, "got 4.0 and 4.0"),
        ({"factor": 8.0, "original_seq_len": 0}, "original_seq_len must be a positive"),
    ],
)
def test_impossible_scalings_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RopeScaling(**change)
