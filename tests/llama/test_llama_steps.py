"""The models between GPT and Llama: both ends are the real ones, and each change costs what it should."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from course_lib.config import GPTConfig, LlamaConfig, RopeScaling
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.llama.steps import CHANGES, Hybrid
from course_lib.show.profiling import num_params

V, T, L, C, H = 50, 12, 2, 24, 4
GPT_SHAPE = GPTConfig(vocab_size=V, seq_len=T, n_layer=L, n_embd=C, n_head=H, bias=True)
LLAMA_SHAPE = LlamaConfig(
    vocab_size=V, seq_len=T, n_layer=L, n_embd=C, n_head=H, n_kv_head=2, hidden_dim=32, tie_embeddings=False
)


def tokens(B: int) -> Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(1))


def randomize(model: torch.nn.Module) -> None:
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)


@pytest.mark.parametrize("bias", [True, False])
def test_without_changes_it_is_the_gpt(bias: bool) -> None:
    gpt = GPT(replace(GPT_SHAPE, bias=bias))
    randomize(gpt)
    hybrid = Hybrid(gpt.config, LLAMA_SHAPE)
    weights = {}
    for name, value in gpt.state_dict().items():
        if "qkv_proj" in name:  # ours has the three projections side by side
            for part, piece in zip("qkv", value.chunk(3), strict=True):
                weights[name.replace("qkv_proj", f"{part}_proj")] = piece
        else:
            weights[name] = value
    hybrid.load_state_dict(weights)
    assert num_params(hybrid) == num_params(gpt)
    torch.testing.assert_close(hybrid(tokens(2)), gpt(tokens(2)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("scaling", [None, RopeScaling(8.0, original_seq_len=4)])
def test_with_all_changes_it_is_the_llama(scaling: RopeScaling | None) -> None:
    llama = Llama(replace(LLAMA_SHAPE, rope_scaling=scaling))
    randomize(llama)
    hybrid = Hybrid(GPT_SHAPE, llama.config, CHANGES)
    hybrid.load_state_dict(llama.state_dict())  # the very same names
    torch.testing.assert_close(hybrid(tokens(2)), llama(tokens(2)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "parameters"),
    [
        ("no biases", -L * 9 * C),  # 3C for q, k, v; C after the heads; 4C and C in the MLP
        ("RMSNorm", -(2 * L + 1) * C),  # no shift
        ("RoPE", -T * C),  # no table of positions
        ("SwiGLU", L * (3 * 32 * C - 8 * C * C - 5 * C)),  # three matrices for two, without biases
        ("GQA", -L * 2 * (C // 2 * C + C // 2)),  # half the keys and values, and their biases
        ("untied head", V * C),
    ],
)
def test_each_change_alone_costs_what_the_formula_says(change: str, parameters: int) -> None:
    before = num_params(Hybrid(GPT_SHAPE, LLAMA_SHAPE))
    assert num_params(Hybrid(GPT_SHAPE, LLAMA_SHAPE, [change])) - before == parameters


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_alone_keeps_the_future_out(change: str) -> None:
    model = Hybrid(GPT_SHAPE, LLAMA_SHAPE, [change])
    randomize(model)
    idx = tokens(1)
    changed = idx.clone()
    changed[0, 7] = (changed[0, 7] + 1) % V
    before, after = model(idx), model(changed)
    torch.testing.assert_close(after[:, :7], before[:, :7], atol=0, rtol=0)
    assert (after[:, 7:] - before[:, 7:]).abs().max() > 1e-3


def test_a_generator_draws_the_same_weights_again() -> None:
    one, other = (Hybrid(GPT_SHAPE, LLAMA_SHAPE, CHANGES, torch.Generator().manual_seed(3)) for _ in range(2))
    for mine, same in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, same)


@pytest.mark.parametrize(
    ("gpt", "changes", "message"),
    [
        (GPT_SHAPE, ["rope"], r"unknown changes \['rope'\]; there are no biases, RMSNorm, RoPE"),
        (replace(GPT_SHAPE, n_layer=3), [], "the GPT has n_layer = 3, the Llama 2"),
        (replace(GPT_SHAPE, dropout=0.1), [], "no dropout.* got dropout = 0.1"),
    ],
)
def test_what_lies_between_no_two_models_is_refused(gpt: GPTConfig, changes: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hybrid(gpt, LLAMA_SHAPE, changes)


def test_a_sequence_longer_than_seq_len_is_refused() -> None:
    with pytest.raises(ValueError, match="seq_len = 12 tokens, got a sequence of 24"):
        Hybrid(GPT_SHAPE, LLAMA_SHAPE, ["RoPE"])(tokens(1).repeat(1, 2))
