"""A single row's product shared among cores is the linear layer's own, and the model never hears of it."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig
from course_lib.generation import generate
from course_lib.generation import shared_rows as module
from course_lib.generation.loop import stream
from course_lib.generation.shared_rows import SharedRowLinear, sharing_twin
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.show.tracing import trace_shapes

MODELS = [
    lambda: GPT(GPTConfig(vocab_size=97, seq_len=24, n_layer=2, n_embd=24, n_head=3, bias=True, dropout=0.5)),
    lambda: Llama(LlamaConfig(vocab_size=97, seq_len=24, n_layer=2, n_embd=24, n_head=4, n_kv_head=2, hidden_dim=37)),
    lambda: GPTNeo(GPTNeoConfig(vocab_size=97, seq_len=24, n_layer=2, n_embd=24, n_head=3, window=5, dropout=0.5)),
]
PROMPT = torch.tensor([[5, 6, 7]])


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """The first call of all takes half a second, which hypothesis would hold against its first example."""
    layer = nn.Linear(1, 1)
    torch.testing.assert_close(SharedRowLinear(layer, 1)(torch.ones(1)), layer(torch.ones(1)))


@pytest.fixture(autouse=True)
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small layers too, and as if torch had MKL, on machines where it has not: the way is right there as well."""
    monkeypatch.setattr(module, "SMALLEST", 1)
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)


def shared_in(model: nn.Module) -> list[str]:
    return [name for name, layer in model.named_modules() if isinstance(layer, SharedRowLinear)]


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
        torch.testing.assert_close(SharedRowLinear(layer, threads)(x), layer(x))


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_a_model_writes_the_same(make, use_cache: bool, training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make().train(training)
    options = {"temperature": 0.8, "seed": 1, "use_cache": use_cache}
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    alone = generate(model, PROMPT, 30, **options)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    assert len(shared_in(sharing_twin(model))) > 4
    assert torch.equal(generate(model, PROMPT, 30, **options), alone)


@pytest.mark.parametrize("make", MODELS)
def test_a_twin_is_of_the_same_parameters_and_the_model_stays_as_it_was(make) -> None:
    model = make()
    before = {name: copy.copy(vars(part)) for name, part in model.named_modules()}
    twin = sharing_twin(model, 3)
    assert type(twin) is type(model)
    parameters = dict(model.named_parameters(remove_duplicate=False))
    assert [name for name, _ in twin.named_parameters(remove_duplicate=False)] == list(parameters)
    assert all(value is parameters[name] for name, value in twin.named_parameters(remove_duplicate=False))
    twin(PROMPT)
    assert {name: vars(part) for name, part in model.named_modules()} == before
    assert shared_in(model) == []


def test_weights_that_change_on_the_way_are_seen() -> None:
    layer, x = nn.Linear(6, 4, bias=False), torch.randn(1, 6)
    shared = SharedRowLinear(layer, 2)
    with torch.no_grad():
        layer.weight.mul_(3)
        torch.testing.assert_close(shared(x), layer(x))


def test_only_layers_that_gain_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(nn.Linear):
        pass

    with_own_forward = nn.Linear(8, 8)
    with_own_forward.forward = lambda x: x
    kept = [nn.Linear(8, 8).double(), nn.Linear(8, 2), Own(8, 8), nn.LayerNorm(8), with_own_forward]
    model = nn.ModuleList([*kept, nn.Linear(8, 8)])
    twin = sharing_twin(model, 3)
    assert shared_in(twin) == ["5"]
    assert all(one is other for one, other in zip(twin[:5], kept, strict=True))
    assert sharing_twin(model, 1) is model
    monkeypatch.setattr(module, "SMALLEST", 65)
    assert sharing_twin(model, 3) is model
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: False)
    monkeypatch.setattr(module, "SMALLEST", 1)
    assert sharing_twin(model, 3) is model


def test_what_a_learners_module_notes_about_itself_is_found_in_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noting(nn.Module):
        def __init__(self, mlp: nn.Module) -> None:
            super().__init__()
            self.mlp = mlp
            self.calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return self.mlp(x)

    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    model = MODELS[0]()
    model.blocks[1].mlp = Noting(model.blocks[1].mlp)
    generate(model, PROMPT, 4)
    assert model.blocks[1].mlp.calls == 4
    assert "head" in shared_in(sharing_twin(model))
    assert not any(name.startswith("blocks.1.mlp") for name in shared_in(sharing_twin(model)))


def test_hooks_see_the_models_own_modules_even_those_that_come_late(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    model = MODELS[0]()
    seen: list[nn.Module] = []
    tokens = stream(model, PROMPT, 3)
    next(tokens)
    handle = model.blocks[0].mlp.up_proj.register_forward_hook(lambda layer, args, output: seen.append(layer))
    next(tokens)
    handle.remove()
    next(tokens)
    assert seen == [model.blocks[0].mlp.up_proj]
    with trace_shapes(model):
        generate(model, PROMPT, 1)
    assert "up_proj" in capsys.readouterr().out
