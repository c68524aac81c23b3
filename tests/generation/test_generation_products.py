"""A single row's product shared among cores is the linear layer's own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.generation import generate
from course_lib.generation import products as module
from course_lib.generation.products import in_place_of, shared_product, shared_products
from course_lib.gpt import GPT
from course_lib.llama import Llama

MODELS = [
    lambda: GPT(GPTConfig(vocab_size=97, seq_len=24, n_layer=2, n_embd=24, n_head=3, bias=True)),
    lambda: Llama(LlamaConfig(vocab_size=97, seq_len=24, n_layer=2, n_embd=24, n_head=4, n_kv_head=2, hidden_dim=37)),
]


@pytest.fixture(autouse=True)
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small layers too, and as if torch had MKL, on machines where it has not: the way is right there as well."""
    monkeypatch.setattr(module, "SMALLEST", 1)
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)


@given(
    out=st.integers(1, 40),
    width=st.integers(1, 24),
    threads=st.integers(1, 5),
    shape=st.sampled_from([(), (1,), (1, 1), (3,), (2, 1)]),
    bias=st.booleans(),
)
def test_a_shared_product_is_the_layers(out: int, width: int, threads: int, shape: tuple, bias: bool) -> None:
    layer = nn.Linear(width, max(out, threads), bias=bias).double()
    x = torch.randn(*shape, width, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(shared_product(layer, threads)(x), layer(x))


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("use_cache", [True, False])
def test_a_model_writes_the_same(make, use_cache: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make().eval()
    options = {"temperature": 0.8, "seed": 1, "use_cache": use_cache}
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    alone = generate(model, torch.tensor([[5, 6, 7]]), 30, **options)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    assert len(shared_products(model)) > 4
    assert torch.equal(generate(model, torch.tensor([[5, 6, 7]]), 30, **options), alone)


def test_the_layers_are_as_before_even_after_an_error() -> None:
    layer = nn.Linear(8, 8)
    with in_place_of({layer: lambda x: x + 1}):
        assert layer(torch.zeros(1)) == 1
    with pytest.raises(RuntimeError, match="shapes"), in_place_of(shared_products(layer, 2)):
        layer(torch.zeros(5))
    assert "forward" not in vars(layer)


def test_weights_that_change_on_the_way_are_seen() -> None:
    layer, x = nn.Linear(6, 4, bias=False), torch.randn(1, 6)
    product = shared_product(layer, 2)
    with torch.no_grad():
        layer.weight.mul_(3)
        torch.testing.assert_close(product(x), layer(x))


def test_only_layers_that_gain_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(nn.Linear):
        pass

    with_own_forward = nn.Linear(8, 8)
    with_own_forward.forward = lambda x: x
    kept = [nn.Linear(8, 8).double(), nn.Linear(8, 2), Own(8, 8), nn.LayerNorm(8), with_own_forward]
    model = nn.ModuleList([*kept, nn.Linear(8, 8)])
    assert list(shared_products(model, 3)) == [model[-1]]
    assert shared_products(model, 1) == {}
    monkeypatch.setattr(module, "SMALLEST", 65)
    assert shared_products(model, 3) == {}
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: False)
    monkeypatch.setattr(module, "SMALLEST", 1)
    assert shared_products(model, 3) == {}
