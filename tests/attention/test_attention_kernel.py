"""The seam: what the course's models attend through, with all that it is given, and whatever kernel is behind it."""

import ast
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import course_lib
from course_lib.attention import attention_kernel, fused_scaled_dot_product_attention
from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.llama.steps import CHANGES, Hybrid
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.pretrained.masked_lm import MaskedLM
from course_lib.torch_builtin import TorchGPT

SHAPE = {"vocab_size": 30, "seq_len": 12, "n_layer": 2, "n_embd": 16, "n_head": 4}
TWO_HEADS = LlamaConfig(**SHAPE, n_kv_head=2, hidden_dim=20)
MODELS: dict[str, Callable[[], nn.Module]] = {
    "GPT": lambda: GPT(GPTConfig(**SHAPE, dropout=0.1)),
    "Llama": lambda: Llama(TWO_HEADS),
    "Hybrid": lambda: Hybrid(GPTConfig(**SHAPE), TWO_HEADS, CHANGES),
    "GPTNeo": lambda: GPTNeo(GPTNeoConfig(**SHAPE, window=3, dropout=0.1)),
    "MaskedLM": lambda: MaskedLM(GPTConfig(**SHAPE, dropout=0.1)),
}
IDX = torch.arange(10).view(2, 5)


def drawn(*shape: int) -> list[Tensor]:
    """q, k and v."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for _ in range(3)]


class Noted:
    """Torch's kernel, with a list of what it was called with."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, **options: Any) -> Tensor:
        self.calls.append(options)
        return F.scaled_dot_product_attention(q, k, v, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"attn_mask": torch.ones(6, 6, dtype=torch.bool).tril(1)},
        {"attn_mask": torch.randn(6, 6, generator=torch.Generator().manual_seed(1))},
        {"attn_mask": torch.randn(2, 1, 1, 6, generator=torch.Generator().manual_seed(1))},
        {"attn_mask": torch.ones(2, 1, 6, 6, dtype=torch.bool).tril(), "dropout_p": 0.5, "scale": 2.0},
        {"dropout_p": 0.5},
        {"scale": 1.0},
    ],
)
def test_options_are_torchs(options: dict[str, Any]) -> None:
    q, k, v = drawn(2, 4, 6, 8)
    for causal in (True, False) if "attn_mask" not in options else (False,):
        torch.manual_seed(0)
        got = fused_scaled_dot_product_attention(q, k, v, causal=causal, **options)
        torch.manual_seed(0)
        assert torch.equal(got, F.scaled_dot_product_attention(q, k, v, is_causal=causal, **options))


def test_fewer_heads_of_keys_and_values_serve_several_queries() -> None:
    q, k, v = drawn(2, 4, 6, 8)
    got = fused_scaled_dot_product_attention(q, k[:, :2], v[:, :2], enable_gqa=True)
    repeated = (part[:, :2].repeat_interleave(2, dim=1) for part in (k, v))
    torch.testing.assert_close(got, fused_scaled_dot_product_attention(q, *repeated))


def test_without_heads_options_hold_too() -> None:
    q, k, v = drawn(2, 6, 8)
    mask = torch.rand(2, 6, 6, generator=torch.Generator().manual_seed(1)) < 0.7
    mask |= torch.eye(6, dtype=torch.bool)
    for options in ({"scale": 1.0}, {"causal": False, "attn_mask": mask}, {"causal": False, "attn_mask": mask[0]}):
        theirs = {"is_causal": "causal" not in options, **options}
        theirs.pop("causal", None)
        torch.testing.assert_close(
            fused_scaled_dot_product_attention(q, k, v, **options), F.scaled_dot_product_attention(q, k, v, **theirs)
        )


def test_two_masks_are_refused() -> None:
    q, k, v = drawn(1, 1, 3, 4)
    with pytest.raises(ValueError, match="give it with causal=False"):
        fused_scaled_dot_product_attention(q, k, v, attn_mask=torch.ones(3, 3, dtype=torch.bool))


def test_a_kernel_is_given_what_a_model_says() -> None:
    q, k, v = drawn(1, 2, 3, 4)
    mask = torch.ones(3, 3, dtype=torch.bool)
    noted = Noted()
    with attention_kernel(noted):
        fused_scaled_dot_product_attention(q, k, v, dropout_p=0.25, scale=3.0, enable_gqa=True)
        fused_scaled_dot_product_attention(q, k, v, causal=False, attn_mask=mask)
        fused_scaled_dot_product_attention(q[:, :, 1:], k, v)  # the last two queries, which torch's causal is not
    first, second, third = noted.calls
    assert first == {"attn_mask": None, "dropout_p": 0.25, "is_causal": True, "scale": 3.0, "enable_gqa": True}
    assert second["attn_mask"] is mask
    assert not second["is_causal"]
    assert third["attn_mask"].tolist() == [[True, True, False], [True, True, True]]


@pytest.mark.parametrize("name", MODELS)
def test_models_attend_through_the_seam(name: str) -> None:
    model = MODELS[name]()
    noted = Noted()
    with attention_kernel(noted):
        model(IDX)
    assert len(noted.calls) == SHAPE["n_layer"]
    if hasattr(model, "make_cache"):
        with torch.inference_mode(), attention_kernel(noted):
            cache = model.make_cache(2)
            model(IDX, cache)
            model(IDX, cache)
        assert len(noted.calls) == 3 * SHAPE["n_layer"]


def test_torchs_own_layers_and_functions_know_nothing_of_it() -> None:
    model = TorchGPT(GPTConfig(**SHAPE)).eval()
    q, k, v = drawn(1, 2, 3, 4)
    expected = model(IDX)
    with attention_kernel(lambda *parts, **options: pytest.fail("not through the seam")):
        assert torch.equal(model(IDX), expected)
        F.scaled_dot_product_attention(q, k, v, is_causal=True)


def test_a_kernel_holds_in_its_block_and_its_thread() -> None:
    q, k, v = drawn(1, 2, 3, 4)
    outer, inner = Noted(), Noted()

    with attention_kernel(outer):
        with pytest.raises(ValueError, match="share their last dimension"), attention_kernel(inner):
            fused_scaled_dot_product_attention(q, k[..., 1:], v)
        thread = Thread(target=fused_scaled_dot_product_attention, args=(q, k, v))
        thread.start()
        thread.join()
        assert (len(outer.calls), len(inner.calls)) == (0, 0)
        fused_scaled_dot_product_attention(q, k, v)
    fused_scaled_dot_product_attention(q, k, v)
    assert (len(outer.calls), len(inner.calls)) == (1, 0)


def test_compiled_code_follows_the_kernel() -> None:
    torch.compiler.reset()
    q, k, v = drawn(1, 2, 3, 4)
    compiled = torch.compile(fused_scaled_dot_product_attention, fullgraph=True, backend="aot_eager")
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(compiled(q, k, v), expected)
    with attention_kernel(lambda q, k, v, **options: q + k + v):
        torch.testing.assert_close(compiled(q, k, v), q + k + v)
    torch.testing.assert_close(compiled(q, k, v), expected)


def test_only_the_seam_and_its_kernels_name_torchs_attention() -> None:
    """Exercises' answers may: they are written as a learner would."""
    root = Path(course_lib.__file__).parent
    naming = [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("F.scaled_dot_product_attention")
    ]
    assert {name for name in naming if not name.startswith("checks/")} == {"attention.py", "training/fast/kernel.py"}
