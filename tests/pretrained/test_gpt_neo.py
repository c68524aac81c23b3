"""GPT-Neo against `transformers`' on the same weights, its window, its missing scale, and its configuration."""

import json
import math
from dataclasses import asdict, replace

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_lib.config import PRESETS, GPTNeoConfig
from course_lib.generation import generate
from course_lib.gpt import next_token_loss
from course_lib.multi_head_attention import merge_heads, split_heads
from course_lib.pretrained.gpt_neo import GPTNeo, GPTNeoAttention, window_mask
from course_lib.show.profiling import num_params

TINY = GPTNeoConfig(vocab_size=53, seq_len=24, n_layer=2, n_embd=24, n_head=4, window=5)
SHAPES = {
    "alternating": TINY,
    "global alone": replace(TINY, n_layer=1, attention_pattern=("global",)),
    "local alone, of one token": replace(TINY, n_layer=1, attention_pattern=("local",), window=1),
    "three layers, one of them local": replace(TINY, n_layer=3, attention_pattern=("local", "global", "global")),
    "a window longer than the text": replace(TINY, window=99),
    "an odd width of the MLP, another epsilon": replace(TINY, mlp_ratio=57 / 24, norm_eps=1e-3),
    "odd heads": replace(TINY, n_embd=21, n_head=3),
    "untied": replace(TINY, tie_embeddings=False),
}
each_shape = pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES.keys())
# Largest difference over the largest value. float32 holds 7 digits, bfloat16 between 2 and 3, and both sum in an order
# of their own. `transformers` has its scores in float32 even where the weights are float64.
TOLERANCE = {torch.float64: 5e-6, torch.float32: 5e-6, torch.bfloat16: 6e-2}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(B: int, T: int, config: GPTNeoConfig = TINY, seed: int = 1) -> Tensor:
    return torch.randint(config.vocab_size, (B, T), generator=seeded(seed))


def assert_equal_up_to(tolerance: float, got: Tensor, expected: Tensor, what: str = "the logits") -> None:
    """The largest difference is at most `tolerance` times the largest expected value, which is no trifle itself."""
    assert got.dtype == expected.dtype
    scale = expected.abs().max().item()
    assert scale > 1e-3
    worst = (got - expected).abs().max().item()
    assert worst <= tolerance * scale, f"{what}: off by {worst / scale:.1e} of the largest value, {scale:.2g}"


def their_config(config: GPTNeoConfig) -> transformers.GPTNeoConfig:
    return transformers.GPTNeoConfig(
        vocab_size=config.vocab_size,
        max_position_embeddings=config.seq_len,
        hidden_size=config.n_embd,
        num_layers=config.n_layer,
        num_heads=config.n_head,
        intermediate_size=config.hidden_dim,
        attention_types=[[[kind], 1] for kind in config.attention_layers],
        window_size=config.window,
        layer_norm_epsilon=config.norm_eps,
        tie_word_embeddings=config.tie_embeddings,
        bos_token_id=0,
        eos_token_id=0,
    )


def their_name(name: str) -> str:
    """A parameter's name in `transformers`' GPT-Neo."""
    for ours, theirs in [
        ("token_embedding", "transformer.wte"),
        ("position_embedding", "transformer.wpe"),
        ("blocks", "transformer.h"),
        ("norm_1", "ln_1"),
        ("norm_2", "ln_2"),
        ("attention.", "attn.attention."),
        ("up_proj", "c_fc"),
        ("down_proj", "c_proj"),
        ("final_norm", "transformer.ln_f"),
        ("head.weight", "lm_head.weight"),
    ]:
        name = name.replace(ours, theirs)
    return name


def pair(config: GPTNeoConfig, dtype: torch.dtype = torch.float32) -> tuple[GPTNeo, transformers.GPTNeoForCausalLM]:
    """Our GPT-Neo and theirs, every weight random, norms and biases included, and the same in both."""
    ours = GPTNeo(config)
    with torch.no_grad():
        for seed, (name, parameter) in enumerate(ours.named_parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=seeded(seed)) * 0.15)
            if "norm" in name and name.endswith("weight"):
                parameter.add_(1)
    ours = ours.to(dtype)
    theirs = transformers.GPTNeoForCausalLM(their_config(config)).to(dtype)
    theirs.load_state_dict({their_name(name): value for name, value in ours.state_dict().items()})
    assert num_params(ours) == num_params(theirs)
    return ours.eval(), theirs.eval()


@each_shape
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@torch.no_grad()
def test_logits_equal_transformers(config: GPTNeoConfig, dtype: torch.dtype) -> None:
    ours, theirs = pair(config, dtype)
    for T in (1, config.seq_len):
        idx = tokens(2, T, config)
        assert_equal_up_to(TOLERANCE[dtype], ours(idx), theirs(idx).logits)


@each_shape
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_loss_and_gradients_equal_transformers(config: GPTNeoConfig, dtype: torch.dtype) -> None:
    ours, theirs = pair(config, dtype)
    idx = tokens(2, 16, config)
    loss = next_token_loss(ours(idx[:, :-1]).float(), idx[:, 1:])
    their_loss = F.cross_entropy(theirs(idx[:, :-1]).logits.float().flatten(0, 1), idx[:, 1:].flatten())
    assert_equal_up_to(TOLERANCE[dtype], loss, their_loss, "the loss")
    loss.backward()
    their_loss.backward()
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    largest = max(gradient.abs().max().item() for gradient in gradients.values())
    for name, parameter in ours.named_parameters():
        expected = gradients[their_name(name)]
        if config.window == 1 and ("q_proj" in name or "k_proj" in name):
            # One key's share is 1 whatever its score, so nothing flows back: rounding alone is left.
            assert parameter.grad.abs().max() <= TOLERANCE[dtype] * largest
            continue
        assert_equal_up_to(TOLERANCE[dtype], parameter.grad, expected, f"the gradient of {name}")


@torch.no_grad()
def test_large_unscaled_scores_survive_half_precision() -> None:
    """Scores of some hundreds: in bfloat16 each would be off by up to a unit, and its weight by a factor of e."""
    config = replace(TINY, n_layer=1, n_embd=64, n_head=1)
    ours, theirs = pair(config, torch.bfloat16)
    for attention in (ours.blocks[0].attention, theirs.transformer.h[0].attn.attention):
        attention.q_proj.weight.copy_(3 * torch.eye(64))
        attention.k_proj.weight.copy_(3 * torch.eye(64))
    alike = torch.randn(1, 1, 64, generator=seeded()) + 0.1 * torch.randn(1, 12, 64, generator=seeded(1))
    x = alike.bfloat16()  # so that the scores are near one another, and their last digits decide
    q, k = ours.blocks[0].attention.q_proj(x), ours.blocks[0].attention.k_proj(x)
    assert (q.float() @ k.float().transpose(1, 2)).abs().max() > 300
    expected, _ = theirs.transformer.h[0].attn.attention(x, attention_mask=torch.full((12, 12), -1e30).triu(1))
    assert_equal_up_to(2e-2, ours.blocks[0].attention(x), expected)


@pytest.mark.parametrize(("kind", "window"), [("global", 5), ("local", 5), ("local", 1), ("local", 8)])
@torch.no_grad()
def test_attention_is_that_of_its_equation(kind, window: int) -> None:
    attention = GPTNeoAttention(replace(TINY, window=window), kind).double()
    x = torch.randn(2, 9, 24, generator=seeded()).double()
    q, k, v = (split_heads(project(x), 4) for project in (attention.q_proj, attention.k_proj, attention.v_proj))
    scores = q @ k.transpose(-2, -1)  # not divided by √6
    for query in range(9):
        for key in range(9):
            if key > query or (kind == "local" and key <= query - window):
                scores[:, :, query, key] = -math.inf
    expected = attention.out_proj(merge_heads(scores.softmax(dim=-1) @ v))
    torch.testing.assert_close(attention(x), expected)


def test_the_window_by_hand() -> None:
    assert window_mask(4, 2).int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert torch.equal(window_mask(4, 4), torch.ones(4, 4, dtype=torch.bool).tril())


@given(T=st.integers(1, 24), changed=st.integers(0, 23), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
@torch.no_grad()
def test_future_tokens_do_not_change_the_past(T: int, changed: int, seed: int) -> None:
    changed %= T
    model = GPTNeo(TINY, seeded(seed)).double().eval()
    idx = tokens(1, T, seed=seed)
    other = idx.clone()
    other[0, changed:] = (other[0, changed:] + 1) % TINY.vocab_size
    torch.testing.assert_close(model(other)[:, :changed], model(idx)[:, :changed])
    assert not torch.allclose(model(other)[:, changed:], model(idx)[:, changed:])


@given(window=st.integers(1, 8), layers=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
@torch.no_grad()
def test_local_layers_reach_back_a_window_each_and_no_further(window: int, layers: int, seed: int) -> None:
    config = replace(TINY, n_layer=layers, attention_pattern=("local",) * layers, window=window)
    model = GPTNeo(config, seeded(seed)).double().eval()
    idx = tokens(1, config.seq_len, config, seed)
    other = idx.clone()
    other[0, 0] = (other[0, 0] + 1) % config.vocab_size
    reach = layers * (window - 1)  # position 0 is seen up to here
    changed = (model(other) - model(idx)).abs().amax(dim=-1)[0]  # (T,)
    assert (changed[: min(reach + 1, config.seq_len)] > 0).all()
    assert (changed[reach + 1 :] < 1e-12).all()


def test_dropout_is_of_training_alone() -> None:
    model = GPTNeo(replace(TINY, dropout=0.5), seeded())
    idx = tokens(1, 8)
    assert not torch.equal(model(idx), model(idx))
    model.eval()
    assert torch.equal(model(idx), model(idx))


def test_only_the_released_biases_exist() -> None:
    names = {name for name, _ in GPTNeo(TINY).named_parameters() if name.startswith("blocks.0.") and "bias" in name}
    layers = ("norm_1", "norm_2", "attention.out_proj", "mlp.up_proj", "mlp.down_proj")
    assert names == {f"blocks.0.{layer}.bias" for layer in layers}


def test_more_tokens_than_positions_are_refused() -> None:
    model = GPTNeo(TINY)
    model(tokens(1, 24))
    with pytest.raises(ValueError, match=r"seq_len = 24 tokens, got a sequence of 25; crop it"):
        model(tokens(1, 25))


def test_the_same_seed_draws_the_same_weights() -> None:
    first, again, other = (GPTNeo(TINY, seeded(seed)).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not torch.equal(first["token_embedding.weight"], other["token_embedding.weight"])
    assert first["head.weight"].data_ptr() == first["token_embedding.weight"].data_ptr()


def test_it_generates_what_transformers_generates() -> None:
    ours, theirs = pair(TINY)
    idx = tokens(1, 3)
    expected = theirs.generate(idx, max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert torch.equal(generate(ours, idx, 12, temperature=0), expected)
    assert generate(ours, idx, 30, temperature=0).shape == (1, 33)  # past its positions


# The configuration


def test_the_defaults_are_tinystories_33m() -> None:
    config = GPTNeoConfig()
    assert config == PRESETS["tinystories-33m"]
    assert (config.hidden_dim, config.head_dim, config.window, config.seq_len) == (3072, 48, 256, 2048)
    assert config.attention_layers == ("global", "local", "global", "local")
    assert hash(config) == hash(GPTNeoConfig())


@pytest.mark.parametrize(
    ("preset", "width", "layers"),
    # Eldan and Li 2023, and the names of the released models.
    [
        ("tinystories-1m", 64, 8),
        ("tinystories-3m", 128, 8),
        ("tinystories-8m", 256, 8),
        ("tinystories-28m", 512, 8),
        ("tinystories-33m", 768, 4),
        ("tinystories-1layer-21m", 1024, 1),
        ("tinystories-2layers-33m", 1024, 2),
    ],
)
def test_presets_have_the_published_shapes(preset: str, width: int, layers: int) -> None:
    config = PRESETS[preset]
    assert (config.n_embd, config.n_layer, config.n_head, config.vocab_size) == (width, layers, 16, 50_257)


def test_the_pattern_goes_round_until_the_last_layer() -> None:
    config = replace(TINY, n_layer=5, attention_pattern=("global", "local", "local"))
    assert config.attention_layers == ("global", "local", "local", "global", "local")
    assert replace(config, n_layer=1).attention_layers == ("global",)


def test_a_configuration_comes_back_from_json() -> None:
    assert GPTNeoConfig(**json.loads(json.dumps(asdict(TINY)))) == TINY


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_head": 5}, r"n_embd = 24 cannot be split into n_head = 5"),
        ({"window": 0}, r"window must be a positive whole number, got 0"),
        ({"mlp_ratio": 2.51}, r"mlp_ratio = 2\.51 gives the MLP a hidden width of 60\.2"),
        ({"attention_pattern": ()}, r"at least one layer's attention, .* got \(\)"),
        ({"attention_pattern": ("global", "sparse")}, r"'global' or 'local', got \('global', 'sparse'\)"),
        ({"norm_eps": 0.0}, r"norm_eps must be above 0, got 0\.0"),
        ({"dropout": 1.0}, r"dropout must be at least 0 and below 1, got 1\.0"),
    ],
)
def test_an_impossible_shape_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"GPTNeoConfig: .*{message}"):
        replace(TINY, **changes)
