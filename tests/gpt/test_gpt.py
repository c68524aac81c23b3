"""The GPT against `transformers`' GPT-2 on the same weights, its counts, its causality, its limits."""

import math

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_lib.config import PRESETS, GPTConfig
from course_lib.gpt import GPT, next_token_loss
from course_lib.show.profiling import num_params

TINY = GPTConfig(vocab_size=50, seq_len=12, n_layer=2, n_embd=24, n_head=3)
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")),
]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(B: int, T: int, config: GPTConfig = TINY) -> Tensor:
    return torch.randint(config.vocab_size, (B, T), generator=seeded(1))


# Counts


def test_the_courses_model_has_the_parameters_of_the_table() -> None:
    model = GPT(GPTConfig())
    assert num_params(model) == 2_457_800
    assert num_params(model.blocks) == 1_444_800
    assert num_params(model.blocks[0]) == 120_400
    assert num_params(model.blocks[0].attention) == 40_000
    assert num_params(model.blocks[0].mlp) == 80_000
    assert num_params(model.head) == 1_000_000


@pytest.mark.parametrize(
    ("preset", "published"),
    [  # the counts of the released checkpoints
        ("gpt2", 124_439_808),
        ("gpt2-medium", 354_823_168),
        ("gpt2-large", 774_030_080),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_presets_have_the_published_counts(preset: str, published: int) -> None:
    with torch.device("meta"):
        assert num_params(GPT(PRESETS[preset])) == published


# Against transformers


def gpt2_pair(dtype: torch.dtype = torch.float32) -> tuple[GPT, transformers.GPT2LMHeadModel]:
    """Our GPT and theirs, with biases and every weight random, the same in both."""
    config = GPTConfig(vocab_size=50, seq_len=12, n_layer=2, n_embd=24, n_head=3, bias=True)
    ours = GPT(config).to(dtype)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=seeded(parameter.numel())) * 0.2)
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=50,
            n_positions=12,
            n_embd=24,
            n_layer=2,
            n_head=3,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=0,
            eos_token_id=0,
        )
    ).to(dtype)
    theirs.load_state_dict({their_name(name): their_layout(name, v) for name, v in ours.state_dict().items()})
    assert num_params(ours) == num_params(theirs)
    return ours, theirs


def their_name(name: str) -> str:
    """A parameter's name in `transformers`' GPT-2."""
    for mine, theirs in [
        ("token_embedding", "transformer.wte"),
        ("position_embedding", "transformer.wpe"),
        ("blocks", "transformer.h"),
        ("norm_1", "ln_1"),
        ("norm_2", "ln_2"),
        ("attention.qkv_proj", "attn.c_attn"),
        ("attention.out_proj", "attn.c_proj"),
        ("mlp.up_proj", "mlp.c_fc"),
        ("mlp.down_proj", "mlp.c_proj"),
        ("final_norm", "transformer.ln_f"),
        ("head.weight", "lm_head.weight"),
    ]:
        name = name.replace(mine, theirs)
    return name


def their_layout(name: str, value: Tensor) -> Tensor:
    """GPT-2's linear layers in blocks keep the transpose of what nn.Linear keeps."""
    return value.T if value.dim() == 2 and ".c_" in their_name(name) else value


@pytest.mark.parametrize("T", [1, 5, 12])
def test_logits_equal_transformers_gpt2(T: int) -> None:
    ours, theirs = gpt2_pair()
    idx = tokens(2, T)
    torch.testing.assert_close(ours(idx), theirs(idx).logits, atol=1e-5, rtol=1e-5)


def test_loss_and_gradients_equal_transformers_gpt2() -> None:
    ours, theirs = gpt2_pair(torch.float64)
    idx = tokens(2, 9)
    loss = next_token_loss(ours(idx[:, :-1]), idx[:, 1:])
    their_loss = F.cross_entropy(theirs(idx[:, :-1]).logits.flatten(0, 1), idx[:, 1:].flatten())
    torch.testing.assert_close(loss, their_loss)
    loss.backward()
    their_loss.backward()
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(their_layout(name, parameter.grad), gradients[their_name(name)])


# What must hold of any input


@given(position=st.integers(0, 11), token=st.integers(0, 49))
@settings(max_examples=25, deadline=None)
def test_future_tokens_do_not_change_the_past(position: int, token: int) -> None:
    model = GPT(TINY, seeded())
    idx = tokens(1, 12)
    changed = idx.clone()
    changed[0, position] = token
    before, after = model(idx), model(changed)
    torch.testing.assert_close(after[:, :position], before[:, :position], atol=0, rtol=0)


@pytest.mark.parametrize("device", DEVICES)
def test_an_untrained_models_loss_is_within_a_percent_of_ln_v(device: str) -> None:
    config = GPTConfig()
    model = GPT(config, seeded()).to(device)
    idx = tokens(8, config.seq_len, config).to(device)
    loss = next_token_loss(model(idx[:, :-1]), idx[:, 1:]).item()
    assert abs(loss / math.log(config.vocab_size) - 1) < 0.01


def test_the_head_is_the_token_embedding_and_stays_so_when_copied() -> None:
    model = GPT(TINY)
    assert model.head.weight is model.token_embedding.weight
    model.to(torch.float64)
    assert model.head.weight is model.token_embedding.weight


def test_a_generator_draws_the_same_weights_again() -> None:
    one, other = GPT(TINY, seeded(3)), GPT(TINY, seeded(3))
    for mine, same in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, same)


def test_dropout_acts_in_training_only() -> None:
    model = GPT(GPTConfig(vocab_size=50, seq_len=12, n_layer=2, n_embd=24, n_head=3, dropout=0.5))
    idx = tokens(2, 6)
    assert not torch.equal(model(idx), model(idx))
    model.eval()
    assert torch.equal(model(idx), model(idx))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_give_logits_of_their_kind(dtype: torch.dtype) -> None:
    model = GPT(TINY, seeded())
    idx = tokens(2, 12)
    expected = model(idx)
    got = model.to(dtype)(idx)
    assert got.dtype == dtype
    torch.testing.assert_close(got.float(), expected, atol=2e-2 if dtype == torch.bfloat16 else 1e-6, rtol=2e-2)


def test_autocast_computes_in_bfloat16_and_keeps_the_weights() -> None:
    model = GPT(TINY, seeded())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(tokens(2, 12))
    assert logits.dtype == torch.bfloat16
    assert model.head.weight.dtype == torch.float32


def test_tokens_that_are_a_transposed_view_are_accepted() -> None:
    model = GPT(TINY, seeded())
    idx = tokens(12, 2).T  # (2, 12), not contiguous
    torch.testing.assert_close(model(idx), model(idx.contiguous()))


def test_a_sequence_longer_than_seq_len_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"seq_len = 12 tokens, got a sequence of 13.*crop it"):
        GPT(TINY)(tokens(1, 13))


def test_targets_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 5\), got \(2, 4\)"):
        next_token_loss(torch.zeros(2, 5, 7), torch.zeros(2, 4, dtype=torch.long))


def test_the_loss_by_hand() -> None:
    # Two positions: the right token has probability 1/2, then 1/4; the mean of ln 2 and ln 4.
    logits = torch.tensor([[[0.0, 0.0, -1e9, -1e9], [0.0, 0.0, 0.0, 0.0]]])
    loss = next_token_loss(logits, torch.tensor([[0, 3]]))
    assert loss.item() == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_exporting_keeps_the_logits() -> None:
    model = GPT(TINY, seeded()).eval()
    idx = tokens(2, 12)
    exported = torch.export.export(model, (idx,)).module()
    torch.testing.assert_close(exported(idx), model(idx))


@pytest.mark.parametrize("device", DEVICES)
def test_a_model_overfits_one_batch(device: str) -> None:
    model = GPT(TINY, seeded()).to(device)
    idx = tokens(2, 12).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(80):
        loss = next_token_loss(model(idx[:, :-1]), idx[:, 1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.1
