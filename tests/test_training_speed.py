"""What makes a step quick changes nothing else: number formats, compiling, memory."""

import json
import subprocess
import sys
import warnings
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from course_lib.config import GPTConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.training import LossModule, TrainConfig, choose_precision, computing_in, train
from course_lib.training import precision as precision_module
from course_lib.training.config import Precision
from course_lib.training.precision import fast_products_are_accurate, products_of

CPU = torch.device("cpu")
MODEL = GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3, dropout=0.1)


def model() -> GPT:
    return GPT(MODEL, torch.Generator().manual_seed(0))


def windows() -> TokenDataset:
    return TokenDataset(torch.arange(3_000) % 50, seq_len=16)


def test_each_format_ends_with_its_block() -> None:
    before = torch.get_float32_matmul_precision()
    a = torch.randn(4, 4)
    with computing_in("bfloat16", CPU):
        assert (a @ a).dtype == torch.bfloat16
    with computing_in("float32-fast", CPU):
        assert torch.get_float32_matmul_precision() == "medium"
        assert (a @ a).dtype == torch.float32
    assert torch.get_float32_matmul_precision() == before
    assert (a @ a).dtype == torch.float32
    with pytest.raises(ValueError, match="let choose_precision choose"), computing_in("auto", CPU):
        pass


def chosen(monkeypatch: pytest.MonkeyPatch, seconds: dict[str, float], *, accurate: bool = True, native: bool = True):
    """What is chosen on a machine with these times; each format is really computed once."""

    def measured(calls: dict, *, runs: int) -> dict[str, list[float]]:
        for call in calls.values():
            call()
        return {name: [seconds[name]] * runs for name in calls}

    monkeypatch.setattr(precision_module, "interleaved_seconds", measured)
    monkeypatch.setattr(precision_module, "fast_products_are_accurate", lambda device: accurate)
    monkeypatch.setattr(precision_module, "has_bfloat16", lambda device: native)
    gpt = model()
    before = torch.get_rng_state()
    choice = choose_precision(LossModule(gpt), *(part[None] for part in windows()[0]))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in gpt.parameters())
    return choice.precision


def test_the_fastest_format_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"float32": 3.0, "float32-fast": 2.0, "bfloat16": 1.0, "bfloat16-linear": 1.5}
    assert chosen(monkeypatch, times) == "bfloat16"
    assert chosen(monkeypatch, {**times, "bfloat16-linear": 0.5}) == "bfloat16-linear"
    assert chosen(monkeypatch, times, native=False) == "float32-fast"
    assert chosen(monkeypatch, times, native=False, accurate=False) == "float32"
    assert chosen(monkeypatch, {**times, "float32": 1.02}) == "float32"  # two per cent are not worth eight bits


def test_products_of_bfloat16_accuracy_are_not_called_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    real = computing_in
    monkeypatch.setattr(
        precision_module,
        "computing_in",
        lambda precision, device: real("bfloat16" if precision == "float32-fast" else precision, device),
    )
    assert not fast_products_are_accurate(CPU)


@pytest.mark.parametrize("precision", ["float32-fast", "bfloat16-linear"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_attention_of_its_own_is_float32s_in_value_and_gradient(precision: str, dropout: float) -> None:
    q, k, v = (torch.randn(2, 3, 7, 8, generator=torch.Generator().manual_seed(n)) for n in range(3))
    upstream = torch.randn(2, 3, 7, 8, generator=torch.Generator().manual_seed(3))
    results = []
    for name in ("float32", precision):
        parts = [part.clone().requires_grad_() for part in (q, k, v)]
        torch.manual_seed(0)
        with computing_in(name, CPU):
            out = F.scaled_dot_product_attention(*parts, None, dropout, is_causal=True)
        with products_of(name):
            results.append((out, *torch.autograd.grad(out, parts, upstream)))
    for expected, got in zip(*results, strict=True):
        assert torch.equal(got, expected)  # to the bit: bfloat16 would be wrong from the third digit on


def test_attention_of_its_own_keeps_the_dtype_that_linear_layers_give() -> None:
    layer, x = torch.nn.Linear(8, 24), torch.randn(2, 5, 8)
    with computing_in("bfloat16-linear", CPU):
        q, k, v = (part[:, None] for part in layer(x).chunk(3, dim=-1))
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=torch.ones(5, 5, dtype=torch.bool).tril())
        assert q.dtype == out.dtype == torch.bfloat16
    out.sum().backward()
    assert layer.weight.grad.dtype == torch.float32
    plain = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True)
    torch.testing.assert_close(out, plain.bfloat16(), rtol=0, atol=0)


def test_attention_of_its_own_refuses_a_second_derivative() -> None:
    q = torch.randn(1, 1, 3, 4, requires_grad=True)
    with computing_in("float32-fast", CPU):
        out = F.scaled_dot_product_attention(q, q, q, is_causal=True)
    (first,) = torch.autograd.grad(out.square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def test_auto_is_measured_once_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    config = TrainConfig(steps=4, batch_size=2, warmup_steps=1, checkpoint_every=2, precision="auto")
    monkeypatch.setattr("course_lib.training.loop.choose_precision", lambda *_: precision_module.Choice("bfloat16", {}))

    class Stop(Exception):
        pass

    def stop(history: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        train(model(), windows(), config, folder=tmp_path, on_step=lambda h: stop(h) if h.step == 3 else None)
    monkeypatch.setattr("course_lib.training.loop.choose_precision", lambda *_: pytest.fail("measured again"))
    assert train(model(), windows(), config, folder=tmp_path).precision == "bfloat16"


@pytest.mark.parametrize(("chunk_rows", "precision"), [(None, "float32"), (16, "float32"), (None, "float32-fast")])
def test_compiled_training_equals_plain_training(
    monkeypatch: pytest.MonkeyPatch, chunk_rows: int | None, precision: Precision
) -> None:
    # "aot_eager" goes through torch.compile but for its last step, which would need a C++ compiler and half a minute.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    plain, compiled = (
        GPT(GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3), torch.Generator().manual_seed(0))
        for _ in range(2)
    )
    config = TrainConfig(steps=3, batch_size=2, warmup_steps=1)
    expected = train(plain, windows(), config)
    fast = replace(config, compile=True, chunk_rows=chunk_rows, precision=precision)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="training goes on without")
        history = train(compiled, windows(), fast)
    assert history.losses == pytest.approx(expected.losses, rel=1e-5)


def test_without_a_compiler_training_goes_on_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiler_is_missing(*args: object) -> None:
        raise RuntimeError("InvalidCxxCompiler: no C++ compiler was found\nand forty more lines")

    monkeypatch.setattr(torch, "compile", lambda module: compiler_is_missing)
    config = TrainConfig(steps=2, batch_size=2, warmup_steps=1, compile=True)
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match=r"goes on without torch\.compile.*no C\+\+ compiler was found$"):
        history = train(model(), windows(), config)
    torch.manual_seed(0)
    plain = train(model(), windows(), TrainConfig(steps=2, batch_size=2, warmup_steps=1))
    assert history.losses == plain.losses


FAULTS = """
import json, resource, torch
from course_lib.training import keep_freed_memory
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(5_000_000)  # 20 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
usual = faults()
asked = keep_freed_memory()
torch.ones(5_000_000)
print(json.dumps([asked, usual, faults()]))
"""


def test_freed_memory_is_kept() -> None:
    ran = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    asked, usual, kept = json.loads(ran.stdout)
    if not asked:
        pytest.skip("no glibc here")
    assert kept < usual / 10


def test_elsewhere_than_on_glibc_memory_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from course_lib.training import keep_freed_memory

    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
