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

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.config import GPTConfig, GPTNeoConfig, Precision
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.training import LossModule, TrainConfig, choose_precision, computing_in, train
from course_lib.training.fast import precision as precision_module
from course_lib.training.fast.precision import fast_products_are_accurate, products_of

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
    with pytest.raises(ValueError, match="no format 'half', expected one of float32"), computing_in("half", CPU):
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
    times = {"float32": 3.0, "float32-fast": 2.0, "bfloat16": 1.0, "bfloat16-fast": 1.5}
    assert chosen(monkeypatch, times) == "bfloat16"
    assert chosen(monkeypatch, {**times, "bfloat16-fast": 0.5}) == "bfloat16-fast"
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


def attention_and_gradients(precision: Precision, parts: list[torch.Tensor], upstream: torch.Tensor, **options: object):
    """What models attend with in this format, and the gradients of q, k and v."""
    leaves = [part.clone().requires_grad_() for part in parts]
    torch.manual_seed(0)  # for dropout
    with computing_in(precision, CPU):
        out = fused_scaled_dot_product_attention(*leaves, **options)
    with products_of(precision):
        return out.detach(), *torch.autograd.grad(out, leaves, upstream.to(out.dtype))


def drawn(count: int, *shape: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for _ in range(count)]


@pytest.mark.parametrize("precision", ["float32-fast", "bfloat16-fast"])
@pytest.mark.parametrize(
    "options",
    [
        {"causal": True, "dropout_p": 0.3},
        {"causal": False},
        {"causal": True, "scale": 0.5},
        {"causal": False, "attn_mask": torch.ones(7, 7, dtype=torch.bool).tril()},
    ],
    ids=lambda options: " ".join(options),
)
def test_what_blocks_cannot_do_is_float32s_attention(precision: Precision, options: dict) -> None:
    *parts, upstream = drawn(4, 2, 3, 7, 8)
    if precision == "bfloat16-fast":  # as a linear layer gives them there
        parts, upstream = [part.bfloat16() for part in parts], upstream.bfloat16()
    got = attention_and_gradients(precision, parts, upstream, **options)
    expected = attention_and_gradients("float32", [part.float() for part in parts], upstream.float(), **options)
    for one, other, part in zip(got, expected, [upstream, *parts], strict=True):
        assert torch.equal(one, other.to(part.dtype))  # to the bit: products in bfloat16 would be off more than that


def test_a_text_too_long_for_blocks_is_left_to_float32s_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    *parts, upstream = drawn(4, 2, 3, 7, 8)
    expected = attention_and_gradients("float32", parts, upstream)
    monkeypatch.setattr("course_lib.training.fast.kernel.MAX_POSITIONS", 6)
    monkeypatch.setattr("course_lib.training.fast.kernel.block_attention", lambda *parts: pytest.fail("in blocks"))
    for one, other in zip(attention_and_gradients("float32-fast", parts, upstream), expected, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_grouped_heads_go_through_blocks(kv_heads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    q, upstream = drawn(2, 2, 4, 7, 8)
    parts = [q, *drawn(2, 2, kv_heads, 7, 8)]
    expected = attention_and_gradients("float32", parts, upstream, enable_gqa=True)
    monkeypatch.setattr("course_lib.training.fast.kernel._Float32Attention", None)
    got = attention_and_gradients("float32-fast", parts, upstream, enable_gqa=True)
    for one, other in zip(got, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("precision", ["float32-fast", "bfloat16-fast"])
@pytest.mark.parametrize("learnt", [(0,), (1,), (2,), (3,), (0, 2), (1, 3), (0, 1, 2, 3)])
def test_what_learns_gets_its_gradient_and_nothing_else_does(precision: Precision, learnt: tuple[int, ...]) -> None:
    """q, k, v and a mask that is added to the scores: in a model that is partly frozen, only some of them learn."""
    *parts, upstream = drawn(4, 2, 3, 7, 8)
    parts += drawn(1, 7, 7)
    expected = [part.clone().requires_grad_(place in learnt) for place, part in enumerate(parts)]
    F.scaled_dot_product_attention(*expected).backward(upstream)
    got = [part.clone().requires_grad_(place in learnt) for place, part in enumerate(parts)]
    with computing_in(precision, CPU):
        q, k, v, mask = got
        out = fused_scaled_dot_product_attention(q, k, v, causal=False, attn_mask=mask)
    with products_of(precision):
        out.backward(upstream.to(out.dtype))
    bound = 1e-5 if precision == "float32-fast" else 0.02  # the upstream gradient is rounded to bfloat16 there
    for one, other in zip(got, expected, strict=True):
        assert (one.grad is None) == (other.grad is None)
        if one.grad is not None:
            assert (one.grad - other.grad).norm() <= bound * other.grad.norm()


@pytest.mark.parametrize("precision", ["float32-fast", "bfloat16-fast", "auto"])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_a_partly_frozen_model_trains_in_each_format(precision: Precision, dropout: float) -> None:
    """Queries get no gradient where embeddings, norms and q_proj keep still, keys and values do."""
    shape = GPTNeoConfig(vocab_size=50, seq_len=16, n_layer=2, n_embd=24, n_head=3, window=4, dropout=dropout)
    neo = GPTNeo(shape, torch.Generator().manual_seed(0))
    frozen = [name for name, _ in neo.named_parameters() if any(part in name for part in ("embed", "norm", "q_proj"))]
    for name in frozen:
        neo.get_parameter(name).requires_grad_(False)
    before = {name: parameter.detach().clone() for name, parameter in neo.named_parameters()}
    config = TrainConfig(steps=2, batch_size=2, warmup_steps=0, precision=precision)
    train(neo, windows(), config)
    unchanged = [name for name, parameter in neo.named_parameters() if torch.equal(parameter, before[name])]
    assert unchanged == frozen


def test_attention_of_its_own_keeps_the_dtype_that_linear_layers_give() -> None:
    layer, x = torch.nn.Linear(8, 24), torch.randn(2, 5, 8)
    for options in ({"causal": False, "attn_mask": torch.ones(5, 5, dtype=torch.bool).tril()}, {}):
        with computing_in("bfloat16-fast", CPU):
            q, k, v = (part[:, None] for part in layer(x).chunk(3, dim=-1))
            assert q.dtype == fused_scaled_dot_product_attention(q, k, v, **options).dtype == torch.bfloat16
            turned = fused_scaled_dot_product_attention(q.float(), k.float(), v, **options)  # as rotated ones are
            assert turned.dtype == torch.bfloat16
        turned.sum().backward()
        assert layer.weight.grad.dtype == torch.float32


def test_attention_of_its_own_refuses_a_second_derivative() -> None:
    q = torch.randn(1, 1, 3, 4, requires_grad=True)
    with computing_in("float32-fast", CPU):
        out = fused_scaled_dot_product_attention(q, q, q)
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


@pytest.mark.parametrize(("chunk_rows", "precision"), [(None, "float32"), (16, "float32"), (16, "float32-fast")])
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


@pytest.mark.parametrize("precision", ["float32-fast", "bfloat16-fast"])
def test_attention_in_blocks_compiles_in_one_piece(precision: Precision) -> None:
    torch.compiler.reset()  # other tests compile the same code, which torch does a few times only
    x, y = (part[None] for part in windows()[0])
    results = []
    for wrap in (lambda module: module, partial(torch.compile, backend="aot_eager", fullgraph=True)):
        gpt = GPT(replace(MODEL, dropout=0.0), torch.Generator().manual_seed(0))
        with computing_in(precision, CPU):
            loss = wrap(LossModule(gpt, 8))(x, y)
        with products_of(precision):
            loss.backward()
        results.append([loss.detach(), *(parameter.grad for parameter in gpt.parameters())])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


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
