"""An encoder of our blocks, the batches of masked language modelling, and their loss."""

import math

import pytest
import torch
from torch.nn import functional as F

from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.multi_head_attention import merge_heads, split_heads
from course_lib.pretrained.masked_lm import (
    IGNORED,
    BidirectionalAttention,
    EncoderBlock,
    MaskedLM,
    mask_tokens,
    masked_token_loss,
)
from course_lib.show.profiling import num_params

CONFIG = GPTConfig(vocab_size=60, seq_len=16, n_layer=2, n_embd=24, n_head=3)
MASK = 59


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(B: int, T: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(1, 59, (B, T), generator=seeded(seed))


def changed_positions(model: torch.nn.Module, position: int) -> list[bool]:
    """Which positions' logits change when the token at `position` does."""
    one = tokens(1, 8)
    other = one.clone()
    other[0, position] = one[0, position] % 58 + 1
    with torch.no_grad():
        return (model.double()(one) != model.double()(other)).any(dim=-1)[0].tolist()


@pytest.mark.parametrize("position", [0, 3, 7])
def test_every_token_reaches_every_position_in_an_encoder(position):
    assert changed_positions(MaskedLM(CONFIG, seeded()), position) == [True] * 8


@pytest.mark.parametrize("position", [0, 3, 7])
def test_in_a_decoder_a_token_reaches_only_what_follows(position):
    assert changed_positions(GPT(CONFIG, seeded()), position) == [t >= position for t in range(8)]


def test_attention_is_softmax_over_all_keys():
    attention = BidirectionalAttention(CONFIG).double()
    x = torch.randn(2, 7, 24, generator=seeded(), dtype=torch.float64)
    q, k, v = (split_heads(part, 3) for part in attention.qkv_proj(x).chunk(3, dim=-1))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(8)).softmax(dim=-1)  # (B, H, T, T), nothing masked
    torch.testing.assert_close(attention(x), attention.out_proj(merge_heads(weights @ v)))


def test_the_block_equals_torchs_encoder_layer():
    block = EncoderBlock(CONFIG).double().eval()
    layer = torch.nn.TransformerEncoderLayer(
        24, 3, 96, dropout=0.0, activation=lambda x: F.gelu(x, approximate="tanh"), batch_first=True, norm_first=True,
        bias=False, dtype=torch.float64,
    )  # fmt: skip
    layer.norm1, layer.norm2 = torch.nn.LayerNorm(24, dtype=torch.float64), torch.nn.LayerNorm(24, dtype=torch.float64)
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(block.attention.qkv_proj.weight)
        layer.self_attn.out_proj.weight.copy_(block.attention.out_proj.weight)
        layer.linear1.weight.copy_(block.mlp.up_proj.weight)
        layer.linear2.weight.copy_(block.mlp.down_proj.weight)
    x = torch.randn(2, 7, 24, generator=seeded(), dtype=torch.float64)
    torch.testing.assert_close(block(x), layer(x))


def test_weights_of_a_gpt_fit_and_only_the_last_position_agrees():
    gpt, encoder = GPT(CONFIG, seeded(1)).double(), MaskedLM(CONFIG).double()
    encoder.load_state_dict(gpt.state_dict())
    assert num_params(encoder) == num_params(gpt)
    shallow = GPTConfig(vocab_size=60, seq_len=16, n_layer=1, n_embd=24, n_head=3)
    gpt, encoder = GPT(shallow, seeded(1)).double(), MaskedLM(shallow, seeded(1)).double()
    idx = tokens(2, 8)
    # With one block the last position sees the same in both; the first sees only itself in the GPT.
    torch.testing.assert_close(encoder(idx)[:, -1], gpt(idx)[:, -1])
    assert not torch.allclose(encoder(idx)[:, 0], gpt(idx)[:, 0])


def test_the_same_seed_draws_the_same_weights():
    one, other = MaskedLM(CONFIG, seeded(4)), MaskedLM(CONFIG, seeded(4))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert one.head.weight is one.token_embedding.weight


def test_a_sequence_too_long_is_refused():
    with pytest.raises(ValueError, match="seq_len = 16 tokens, got a sequence of 17"):
        MaskedLM(CONFIG)(tokens(1, 17))


def test_labels_are_what_stood_there_and_nothing_else_has_one():
    idx = tokens(50, 16)
    inputs, labels = mask_tokens(idx, MASK, 60, generator=seeded())
    chosen = labels != IGNORED
    assert torch.equal(labels[chosen], idx[chosen])
    assert torch.equal(inputs[~chosen], idx[~chosen])
    assert inputs.shape == labels.shape == idx.shape


def test_shares_are_15_and_80_10_10():
    idx = tokens(400, 500)  # 200,000 tokens: 30,000 chosen, so a share of 0.1 has a deviation of 0.0017
    inputs, labels = mask_tokens(idx, MASK, 60, generator=seeded(1))
    chosen = labels != IGNORED
    hidden = chosen & (inputs == MASK)
    kept = chosen & (inputs == idx)
    assert chosen.double().mean().item() == pytest.approx(0.15, abs=0.004)
    assert (hidden.sum() / chosen.sum()).item() == pytest.approx(0.8, abs=0.012)
    # One in 58 random tokens is by chance the token itself.
    assert (kept.sum() / chosen.sum()).item() == pytest.approx(0.1 + 0.1 / 58, abs=0.01)


def test_random_tokens_are_of_the_whole_vocabulary_but_no_special_ones():
    idx = torch.full((400, 500), 7)
    inputs, labels = mask_tokens(idx, MASK, 60, special_ids=(0, 1), generator=seeded(2))
    put_in = inputs[(labels != IGNORED) & (inputs != MASK) & (inputs != 7)]
    assert set(put_in.tolist()) == set(range(2, 59)) - {7}


def test_special_tokens_are_never_chosen():
    idx = tokens(50, 16)
    idx[:, 0] = 0
    inputs, labels = mask_tokens(idx, MASK, 60, rate=1.0, special_ids=(0,), generator=seeded())
    assert (labels[:, 0] == IGNORED).all()
    assert (inputs[:, 0] == 0).all()
    assert (labels[:, 1:] == idx[:, 1:]).all()


def test_masks_are_dynamic_and_a_seed_repeats_them():
    idx = tokens(8, 16)
    generator = seeded(5)
    first, second = (mask_tokens(idx, MASK, 60, generator=generator).inputs for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first, mask_tokens(idx, MASK, 60, generator=seeded(5)).inputs)


def test_the_tokens_themselves_are_left_alone():
    idx = tokens(8, 16)
    before = idx.clone()
    mask_tokens(idx, MASK, 60, generator=seeded())
    assert torch.equal(idx, before)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.1])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match=f"got {rate}"):
        mask_tokens(tokens(1, 4), MASK, 60, rate=rate)


@pytest.mark.parametrize("mask_id", [-1, 60])
def test_a_mask_outside_the_vocabulary_is_refused(mask_id):
    with pytest.raises(ValueError, match=f"mask_id = {mask_id} is not one of 60 tokens"):
        mask_tokens(tokens(1, 4), mask_id, 60)


def test_a_vocabulary_of_special_tokens_alone_is_refused():
    with pytest.raises(ValueError, match="all 2 tokens are special"):
        mask_tokens(torch.zeros(1, 4, dtype=torch.long), 1, 2, special_ids=(0,))


def test_the_loss_is_the_mean_over_labelled_positions():
    logits = torch.randn(2, 5, 60, generator=seeded(), dtype=torch.float64)
    labels = torch.full((2, 5), IGNORED)
    labels[0, 1], labels[1, 4] = 3, 40
    log_p = logits.log_softmax(dim=-1)
    expected = -(log_p[0, 1, 3] + log_p[1, 4, 40]) / 2  # by hand
    torch.testing.assert_close(masked_token_loss(logits, labels), expected)


def test_positions_without_a_label_get_no_gradient():
    logits = torch.randn(2, 5, 60, generator=seeded(), requires_grad=True)
    labels = torch.full((2, 5), IGNORED)
    labels[0, 1] = 3
    masked_token_loss(logits, labels).backward()
    touched = (logits.grad != 0).any(dim=-1)
    assert touched.nonzero().tolist() == [[0, 1]]


def test_a_batch_without_any_label_is_refused():
    with pytest.raises(ValueError, match="no position has a label"):
        masked_token_loss(torch.zeros(1, 3, 5), torch.full((1, 3), IGNORED))


def test_labels_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 5\), got \(2, 4\)"):
        masked_token_loss(torch.zeros(2, 5, 60), torch.zeros(2, 4, dtype=torch.long))


def test_it_learns_what_can_only_be_known_from_the_right():
    # Pairs: the first token is the second plus one, modulo 8. Hide the first: only the second tells it.
    generator = seeded(3)
    config = GPTConfig(vocab_size=10, seq_len=2, n_layer=1, n_embd=32, n_head=2)
    model = MaskedLM(config, seeded(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    second = torch.randint(0, 8, (300, 64), generator=generator)
    for row in second:
        pairs = torch.stack([(row + 1) % 8, row], dim=1)  # (B, 2)
        inputs, labels = mask_tokens(pairs, 9, 10, rate=0.5, special_ids=(8,), generator=generator)
        optimizer.zero_grad()
        masked_token_loss(model(inputs), labels).backward()
        optimizer.step()
    every = torch.arange(8)
    hidden = torch.stack([torch.full((8,), 9), every], dim=1)
    assert torch.equal(model(hidden)[:, 0].argmax(dim=-1), (every + 1) % 8)


def test_the_weights_that_are_shown_are_those_of_both_directions() -> None:
    module, x = BidirectionalAttention(CONFIG).double(), torch.randn(2, 7, 24, generator=seeded()).double()
    weights = module.weights(x)  # (B, H, T, T)
    assert (weights > 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 3, 7).double())
    v = split_heads(module.qkv_proj(x).chunk(3, dim=-1)[2], 3)
    torch.testing.assert_close(module.out_proj(merge_heads(weights @ v)), module(x))


@pytest.mark.parametrize("make", [BidirectionalAttention, EncoderBlock])
def test_both_directions_refuse_a_cache(make) -> None:
    cache = GPT(CONFIG).make_cache(1)
    with pytest.raises(ValueError, match="cannot go on from a cache"):
        make(CONFIG)(torch.randn(1, 3, 24), cache, 0)
    assert cache.length == 0
