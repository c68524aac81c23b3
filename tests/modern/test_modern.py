"""The decoder of today: each change against a reference of its own, with a cache and without, and what it costs."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
import transformers
from torch import Tensor
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3Attention
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from course_lib import pretrained
from course_lib.attention import window_mask
from course_lib.config import PRESETS, LlamaConfig, ModernConfig, Precision, TrainConfig
from course_lib.data import TokenDataset
from course_lib.generation import generate, generate_batch
from course_lib.inference.paged import PagedCache, PagePool
from course_lib.kv_cache import KVCache
from course_lib.llama import Llama, precompute_rope
from course_lib.modern import (
    LatentAttention,
    MixtureOfExperts,
    ModernDecoder,
    OffsetRMSNorm,
    WindowedCache,
    active_parameters,
    balance_loss,
    cache_bytes,
    load_shares,
    route,
    router_logits,
    total_parameters,
)
from course_lib.parallel.tensor import check_divisible
from course_lib.pretrained.models import build_model
from course_lib.show.profiling import num_params
from course_lib.training import train
from tests.pretrained.checkpoints import tokens as tokens_of
from tests.pretrained.checkpoints import write

BASE = ModernConfig(vocab_size=50, seq_len=24, n_layer=2, n_embd=32, n_head=4, n_kv_head=2, hidden_dim=44)
CHANGES = {
    "nothing": {},
    "QK-norm": {"qk_norm": True},
    "windows": {"attention_pattern": ("local", "global"), "window": 5},
    "windows alone": {"attention_pattern": ("local",), "window": 5},
    "a window of one": {"attention_pattern": ("local", "global"), "window": 1},
    "experts": {"n_expert": 4, "n_active": 2},
    "latents": {"latent_dim": 12, "rope_dim": 4},
    "another head": {"head_size": 10, "query_scale": 3.0},
    "Gemma": {
        "gemma": True,
        "qk_norm": True,
        "attention_pattern": ("local", "local", "global"),
        "window": 4,
        "local_rope_theta": 100.0,
        "n_layer": 3,
    },
}
each_change = pytest.mark.parametrize("change", CHANGES)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(B: int = 2, T: int = 24, seed: int = 1) -> Tensor:
    return torch.randint(50, (B, T), generator=seeded(seed))


def model_of(change: str, **more: object) -> ModernDecoder:
    """The model with this change and every weight random, norms included."""
    model = ModernDecoder(replace(BASE, **(CHANGES[change] | more)), seeded())
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.add_(0.15 * torch.randn(parameter.shape, generator=seeded(seed)))
    return model.eval()


# The model as a whole


def test_without_a_change_it_is_the_llama() -> None:
    config = LlamaConfig(vocab_size=50, seq_len=24, n_layer=2, n_embd=32, n_head=4, n_kv_head=2, hidden_dim=44)
    ours, llama = ModernDecoder(ModernConfig(**asdict(config)), seeded(3)), Llama(config, seeded(3))
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in llama.named_parameters()]
    assert torch.equal(ours(tokens()), llama(tokens()))


@each_change
@pytest.mark.parametrize("cuts", [[24], [1] * 24, [3, 9, 1, 1, 10]], ids=["at once", "one by one", "in pieces"])
@torch.no_grad()
def test_a_cache_changes_nothing_far_past_the_window(change: str, cuts: list[int]) -> None:
    model, idx = model_of(change), tokens()
    cache, got, start = model.make_cache(2), [], 0
    for new in cuts:
        got.append(model(idx[:, start : start + new], cache))
        start += new
    torch.testing.assert_close(torch.cat(got, dim=1), model(idx), atol=2e-5, rtol=1e-4)


@each_change
@torch.no_grad()
def test_future_tokens_do_not_change_the_past(change: str) -> None:
    model, idx = model_of(change), tokens()
    other = idx.clone()
    other[:, 15:] = (other[:, 15:] + 1) % 50
    torch.testing.assert_close(model(idx)[:, :15], model(other)[:, :15])


@torch.no_grad()
def test_a_local_layer_forgets_what_is_behind_its_window() -> None:
    """One layer, window 5: the last position sees its own token and the four before it."""
    model, idx = model_of("windows alone", n_layer=1), tokens()
    before, within = idx.clone(), idx.clone()
    before[:, -6] = (before[:, -6] + 1) % 50
    within[:, -5] = (within[:, -5] + 1) % 50
    assert torch.equal(model(idx)[:, -1], model(before)[:, -1])
    assert not torch.allclose(model(idx)[:, -1], model(within)[:, -1])


@each_change
def test_texts_of_unequal_length_share_a_batch(change: str) -> None:
    model = model_of(change)
    prompts = [tokens(1, n, seed=n)[0].tolist() for n in (3, 9, 6)]
    alone = [generate(model, torch.tensor([prompt]), 8, temperature=0)[0].tolist() for prompt in prompts]
    assert generate_batch(model, prompts, 8, temperature=0) == alone
    uncached = generate(model, torch.tensor([prompts[1]]), 8, temperature=0, use_cache=False)
    assert uncached[0].tolist() == alone[1]


@each_change
def test_every_parameter_learns(change: str) -> None:
    model = ModernDecoder(replace(BASE, **CHANGES[change]), seeded())
    model(tokens(4)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@each_change
@pytest.mark.parametrize("precision", ["bfloat16", "bfloat16-fast", "float32-fast"])
def test_every_precision_trains_it(change: str, precision: Precision) -> None:
    model = ModernDecoder(replace(BASE, **CHANGES[change]), seeded())
    data = TokenDataset(torch.randint(50, (400,), generator=seeded()), seq_len=24)
    history = train(model, data, TrainConfig(steps=2, batch_size=2, warmup_steps=1, precision=precision))
    assert all(math.isfinite(loss) for loss in history.losses)
    assert len(history.losses) == 2


@each_change
def test_a_training_checkpoint_describes_the_model(change: str) -> None:
    config = replace(BASE, **CHANGES[change])
    described = json.loads(json.dumps(asdict(config)))
    rebuilt = build_model("ModernDecoder", described)
    assert type(rebuilt) is ModernDecoder
    assert rebuilt.config == config


def test_tensor_parallel_refuses_what_it_has_no_plan_for() -> None:
    with pytest.raises(ValueError, match="splits a GPT or a Llama, got ModernDecoder"):
        check_divisible(model_of("experts"), 2)


def test_norms_start_as_the_identity() -> None:
    for change, expected in (("QK-norm", 1.0), ("Gemma", 0.0)):
        model = ModernDecoder(replace(BASE, **CHANGES[change]), seeded())
        norms = [parameter for name, parameter in model.named_parameters() if "norm" in name]
        assert all(parameter.eq(expected).all() for parameter in norms)


def test_gemmas_norm_counts_from_one() -> None:
    norm = OffsetRMSNorm(4, eps=1e-6)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([0.0, 1.0, -1.0, 0.5]))
    # The root of the mean square of (2, 2, 2, 2) is 2.
    torch.testing.assert_close(norm(torch.full((1, 4), 2.0)), torch.tensor([[1.0, 2.0, 0.0, 1.5]]))


# Checkpoints


@pytest.mark.parametrize("model_type", ["qwen3", "gemma3_text", "mixtral"])
@torch.no_grad()
def test_a_checkpoint_with_a_cache_gives_transformers_logits_past_the_window(tmp_path: Path, model_type: str) -> None:
    folder, theirs = write(tmp_path, model_type)
    ours, idx = pretrained.load(folder), tokens_of()
    expected = theirs(idx).logits
    cache, their_cache = ours.make_cache(2), transformers.DynamicCache(config=theirs.config)
    for end in range(idx.shape[1]):
        step = idx[:, end : end + 1]
        got = ours(step, cache)
        theirs_cached = theirs(step, past_key_values=their_cache).logits
        torch.testing.assert_close(got, theirs_cached, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(got[:, 0], expected[:, end], atol=1e-5, rtol=1e-4)


# Windows


def test_a_window_mask_by_hand() -> None:
    expected = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=torch.bool)
    assert torch.equal(window_mask(4, 2), expected)
    assert torch.equal(window_mask(4, 2, queries=2), expected[2:])
    with pytest.raises(ValueError, match="1 or more, got 0"):
        window_mask(4, 0)


def test_the_cache_of_local_layers_does_not_grow() -> None:
    model = model_of("windows")  # one local layer of window 5, one global; keys and values of 2 heads of 8 numbers
    cache = model.make_cache(1)
    assert isinstance(cache, WindowedCache)
    assert cache.num_bytes == (5 + 24) * 2 * 2 * 8 * 4 == cache_bytes(model.config, 24, bytes_per_number=4)
    assert type(model.make_cache(1, max_len=5)) is KVCache  # nothing to save


def test_a_full_windowed_cache_says_so_and_can_be_reset() -> None:
    model, idx = model_of("windows alone"), tokens(1)
    with torch.no_grad():
        cache = model.make_cache(1, max_len=10)
        first = model(idx[:, :10], cache)
        with pytest.raises(ValueError, match="room for 10 tokens and holds 10"):
            model(idx[:, 10:11], cache)
        cache.reset()
        assert torch.equal(model(idx[:, :10], cache), first)


@torch.no_grad()
def test_pages_of_a_server_keep_to_the_window_too() -> None:
    model, idx = model_of("windows"), tokens(1)
    pool = PagePool(n_layer=2, pages=4, n_kv_head=2, page_size=6, head_dim=8)
    table, got = pool.take(4), []
    for seen in range(24):
        got.append(model(idx[:, seen : seen + 1], PagedCache(pool, [table], [seen])))
    torch.testing.assert_close(torch.cat(got, dim=1), model(idx), atol=2e-5, rtol=1e-4)


# Experts


def test_a_router_by_hand() -> None:
    # Softmax of log(1, 2, 4, 1) is (1, 2, 4, 1)/8; the best two have 4/8 and 2/8, and share 4 : 2.
    shares, chosen = route(torch.tensor([[1.0, 2.0, 4.0, 1.0]]).log(), 2)
    assert chosen.tolist() == [[2, 1]]
    torch.testing.assert_close(shares, torch.tensor([[4 / 6, 2 / 6]]))
    with pytest.raises(ValueError, match="all 4 experts, got k = 5"):
        route(torch.zeros(1, 4), 5)


def test_a_balance_loss_by_hand() -> None:
    # Two tokens, two experts, one each: the first has (3/4, 1/4), the second the same, so both choose expert 0:
    # f = (1, 0), P = (3/4, 1/4), and 2 · 3/4 = 1.5. With one token each way f = P = (1/2, 1/2), and 2 · 1/2 = 1.
    same = torch.tensor([[3.0, 1.0], [3.0, 1.0]]).log()
    assert balance_loss(same, 1).item() == pytest.approx(1.5)
    assert balance_loss(torch.tensor([[3.0, 1.0], [1.0, 3.0]]).log(), 1).item() == pytest.approx(1.0)


def test_the_balance_loss_is_that_of_transformers_in_value_and_gradient() -> None:
    logits = torch.randn(30, 6, generator=seeded(), requires_grad=True)
    ours, theirs = balance_loss(logits, 2), load_balancing_loss_func((logits,), 6, 2) / 2  # theirs is not divided by k
    torch.testing.assert_close(ours, theirs)
    expected, got = torch.autograd.grad(theirs, logits)[0], torch.autograd.grad(ours, logits)[0]
    torch.testing.assert_close(got, expected)


def test_a_mixture_is_the_sum_over_all_experts_of_what_they_are_chosen_for() -> None:
    torch.manual_seed(0)
    experts = [torch.nn.Linear(8, 8, bias=False) for _ in range(5)]
    mixture, x = MixtureOfExperts(8, experts, 3), torch.randn(2, 7, 8)
    shares, chosen = route(mixture.router(x.view(-1, 8)), 3)
    weights = torch.zeros(14, 5).scatter(1, chosen, shares)  # (N, E): 0 where an expert is not chosen
    everything = torch.stack([expert(x.view(-1, 8)) for expert in experts], dim=1)  # (N, E, C)
    torch.testing.assert_close(mixture(x).view(14, 8), (weights[..., None] * everything).sum(dim=1))
    assert load_shares(chosen, 5).sum().item() == pytest.approx(1)


def test_a_mixture_has_shapes_where_there_are_no_numbers() -> None:
    with torch.device("meta"):
        model = ModernDecoder(replace(BASE, n_expert=4, n_active=2))
        assert model(torch.zeros(2, 5, dtype=torch.long)).shape == (2, 5, 50)


def test_routers_are_watched_only_within_the_context() -> None:
    model = model_of("experts")
    with router_logits(model) as seen:
        model(tokens())
    model(tokens())
    assert [tuple(logits.shape) for logits in seen] == [(48, 4), (48, 4)]


# Latents


@torch.no_grad()
def test_latent_attention_is_that_of_deepseek() -> None:
    config = replace(BASE, **CHANGES["latents"])
    theirs_config = transformers.DeepseekV3Config(
        hidden_size=32,
        num_attention_heads=4,
        num_key_value_heads=4,
        q_lora_rank=None,
        kv_lora_rank=12,
        qk_nope_head_dim=8,
        qk_rope_head_dim=4,
        v_head_dim=8,
        rms_norm_eps=config.norm_eps,
        rope_interleave=False,
        attn_implementation="eager",
    )
    ours, theirs = LatentAttention(config), DeepseekV3Attention(theirs_config, layer_idx=0).eval()
    names = {
        "q_proj": "q_proj",
        "kv_down_proj": "kv_a_proj_with_mqa",
        "kv_norm": "kv_a_layernorm",
        "kv_up_proj": "kv_b_proj",
        "out_proj": "o_proj",
    }
    for seed, (name, their_name) in enumerate(names.items()):
        weight = torch.randn(getattr(ours, name).weight.shape, generator=seeded(seed)) * 0.3
        getattr(ours, name).weight.copy_(weight)
        getattr(theirs, their_name).weight.copy_(weight)
    x = torch.randn(2, 10, 32, generator=seeded(9))
    cos, sin = precompute_rope(4, 10, theta=100.0)
    mask = torch.full((10, 10), -torch.inf).triu(1)[None, None]
    doubled = tuple(torch.cat([part, part], dim=-1)[None] for part in (cos, sin))
    expected = theirs(x, position_embeddings=doubled, attention_mask=mask)[0]
    torch.testing.assert_close(ours(x, cos, sin), expected, atol=1e-5, rtol=1e-4)


def test_what_latents_cache_is_the_formula() -> None:
    model = model_of("latents")
    # 2 layers, 24 tokens, 12 + 4 numbers of 4 bytes.
    assert model.make_cache(1).num_bytes == 2 * 24 * 16 * 4 == cache_bytes(model.config, 24, bytes_per_number=4)


# Costs


@each_change
def test_counts_are_those_of_the_model(change: str) -> None:
    config = replace(BASE, **CHANGES[change])
    assert total_parameters(config) == num_params(ModernDecoder(config))
    unused = 2 * 2 * 3 * 32 * 44 if change == "experts" else 0  # two layers, two experts, three matrices
    assert active_parameters(config) == total_parameters(config) - unused
    assert model_of(change).make_cache(3).num_bytes == 3 * cache_bytes(config, 24, bytes_per_number=4)


def test_mixtral_is_47_billion_parameters_of_which_13_compute() -> None:
    mixtral = ModernConfig(
        vocab_size=32_000,
        seq_len=32_768,
        n_layer=32,
        n_embd=4096,
        n_head=32,
        n_kv_head=8,
        hidden_dim=14_336,
        n_expert=8,
        n_active=2,
        tie_embeddings=False,
    )
    assert total_parameters(mixtral) == 46_702_792_704  # Jiang et al. 2024: 47B, and 13B active
    assert active_parameters(mixtral) == 12_879_925_248


# Configurations


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_expert": 2, "n_active": 3}, "n_active = 3 of n_expert = 2"),
        ({"window": 0}, "window must be a positive whole number, got 0"),
        ({"attention_pattern": ("near",)}, "'global' or 'local', got"),
        ({"head_size": 7}, "must be even, got 7"),
        ({"latent_dim": 8, "rope_dim": 3}, "rope_dim must be even, got 3"),
        ({"latent_dim": 8, "qk_norm": True}, "latent attention goes without qk_norm"),
        ({"query_scale": -1.0}, "query_scale must be above 0, or None, got -1.0"),
    ],
)
def test_impossible_shapes_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(BASE, **change)


def test_latent_attention_needs_a_latent() -> None:
    with pytest.raises(ValueError, match="needs a latent_dim"):
        LatentAttention(BASE)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (
            "qwen3-0.6b",
            {"model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28}
            | {"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 40_960}
            | {"vocab_size": 151_936, "rope_theta": 1_000_000, "rms_norm_eps": 1e-6, "tie_word_embeddings": True},
        ),
        (
            "gemma-3-1b",
            {"model_type": "gemma3_text", "hidden_size": 1152, "intermediate_size": 6912, "num_hidden_layers": 26}
            | {"num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "max_position_embeddings": 32_768}
            | {"vocab_size": 262_144, "rope_theta": 1_000_000, "rope_local_base_freq": 10_000, "rms_norm_eps": 1e-6}
            | {"sliding_window": 512, "sliding_window_pattern": 6, "query_pre_attn_scalar": 256},
        ),
        (
            "mixtral-8x7b",
            {"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32}
            | {"num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 32_768}
            | {"vocab_size": 32_000, "rope_theta": 1e6, "rms_norm_eps": 1e-5, "sliding_window": None}
            | {"num_local_experts": 8, "num_experts_per_tok": 2, "tie_word_embeddings": False},
        ),
    ],
)
def test_presets_are_what_the_released_config_says(name: str, given: dict) -> None:
    preset, released = PRESETS[name], pretrained.to_config(given)
    assert preset.attention_layers == released.attention_layers
    assert preset == replace(released, attention_pattern=preset.attention_pattern, window=preset.window)
    assert preset.window == released.window or "local" not in released.attention_layers
