"""Tensors as GPT-2's files have them, for lesson 13."""

from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case


def gpt2_tensors(
    generator: torch.Generator, C: int, layers: Sequence[int], V: int = 5, T: int = 3
) -> dict[str, Tensor]:
    """Tensors as a GPT-2 checkpoint has them, of the layers with these numbers."""
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (V, C), "wpe.weight": (T, C)}
    for n in layers:
        linear = {"attn.c_attn": (C, 3 * C), "attn.c_proj": (C, C), "mlp.c_fc": (C, 4 * C), "mlp.c_proj": (4 * C, C)}
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{n}.{name}.weight": (C,), f"h.{n}.{name}.bias": (C,)}
        for name, shape in linear.items():
            shapes |= {f"h.{n}.{name}.weight": shape, f"h.{n}.{name}.bias": shape[1:]}
    shapes |= {"ln_f.weight": (C,), "ln_f.bias": (C,)}
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def translate_cases(generator: torch.Generator) -> list[Case]:
    """A few tensors to read; all of a model; with prefix, head and masks, as old files have them; a strange name."""
    few = {
        "h.0.attn.c_proj.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
        "h.0.mlp.c_proj.bias": torch.tensor([5.0, 6.0]),
        "wpe.weight": torch.tensor([[7.0, 8.0], [9.0, 0.0]]),
    }
    whole = gpt2_tensors(generator, C=4, layers=range(2))
    old = {f"transformer.{name}": t for name, t in gpt2_tensors(generator, C=2, layers=(1, 11)).items()}
    old |= {f"transformer.h.{n}.attn.bias": torch.ones(1, 1, 3, 3).tril() for n in (1, 11)}
    old |= {f"transformer.h.{n}.attn.masked_bias": torch.tensor(-1e4) for n in (1, 11)}
    old["lm_head.weight"] = old["transformer.wte.weight"]
    strangers = {
        "h.0.attn.rotary.inv_freq": "a tensor that GPT-2 does not have",
        "h.0.ln_1.gamma": "a norm with a kind of tensor that is neither weight nor bias",
        "ln_f.running_mean": "a final norm with a kind of tensor that is neither weight nor bias",
        "h.0.mlp.c_gate.weight": "a layer that GPT-2 does not have, inside a block",
        "score.weight": "a layer that GPT-2 does not have, outside the blocks",
    }
    deep = gpt2_tensors(generator, C=2, layers=(0, int(torch.randint(12, 48, (1,), generator=generator))))
    prefixed = {f"transformer.{name}": t for name, t in gpt2_tensors(generator, C=3, layers=(0,)).items()}
    masked = gpt2_tensors(generator, C=2, layers=(0,)) | {"h.0.attn.bias": torch.ones(1, 1, 3, 3).tril()}
    headed = {"wte.weight": torch.ones(5, 2), "lm_head.weight": torch.ones(5, 2)}
    return [
        Case((few,), label="three tensors"),
        Case((whole,), label="a model of two layers"),
        Case((deep,), label="a layer whose number has two digits"),
        Case((prefixed,), label="every name begins with 'transformer.'"),
        Case((masked,), label="a causal mask is in it"),
        Case((headed,), label="a head is in it"),
        Case((old,), label="an older file: prefix, causal masks and head are in it"),
        *(Case(({name: torch.ones(2, 2)},), label=label) for name, label in strangers.items()),
    ]
