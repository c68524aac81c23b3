"""Lesson 13, exercise 2: GPT-2's tensors under our names."""

import re
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception

OUR_LAYERS = {
    "ln_1": "norm_1",
    "attn.c_attn": "attention.qkv_proj",
    "attn.c_proj": "attention.out_proj",
    "ln_2": "norm_2",
    "mlp.c_fc": "mlp.up_proj",
    "mlp.c_proj": "mlp.down_proj",
}

OUR_TABLES = {"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm"}


def conv1d(name: str, tensor: Tensor) -> bool:
    """Whether GPT-2 keeps this tensor as (in, out)."""
    return re.search(r"\.c_(attn|proj|fc)\.weight$", name) is not None


def translate_with(
    *,
    turned: Callable[[str, Tensor], bool] = conv1d,
    layers: Mapping[str, str] = OUR_LAYERS,
    prefix: str = "transformer.",
    ignored: str = r"\.attn\.(masked_)?bias$|^lm_head\.weight$",
    strict: bool = True,
) -> Callable[[Mapping[str, Tensor]], dict[str, Tensor]]:
    """`gpt2_to_ours` with one of its rules replaced. ignored: names that carry no weight of their own."""

    def translate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        ours = {}
        for name, tensor in tensors.items():
            short = name.removeprefix(prefix)
            if re.search(ignored, short):
                continue
            tensor = tensor.T if turned(short, tensor) else tensor
            layer = re.fullmatch(r"h\.(\d+)\.(.+)\.(weight|bias)", short)
            table = re.fullmatch(r"(\w+)\.(weight|bias)", short)
            if layer and layer[2] in layers:
                ours[f"blocks.{layer[1]}.{layers[layer[2]]}.{layer[3]}"] = tensor
            elif table and table[1] in OUR_TABLES:
                ours[f"{OUR_TABLES[table[1]]}.{table[2]}"] = tensor
            elif strict:
                raise ValueError(f"no place for the tensor {name}")
            else:
                ours[short] = tensor
        return ours

    return translate


gpt2_to_ours = translate_with()


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
    strange = {"h.0.attn.rotary.inv_freq": torch.ones(2)}
    return [
        Case((few,), label="three tensors"),
        Case((whole,), label="a model of two layers"),
        Case((old,), label="an older file: prefix, causal masks and head are in it"),
        Case((strange,), label="a tensor that GPT-2 does not have"),
    ]


EXERCISE = Exercise(
    name="gpt2_to_ours",
    reference=gpt2_to_ours,
    cases=translate_cases,
    forbidden=("course_lib.pretrained.name_map", "course_lib.pretrained.ARCHITECTURES"),
    misconceptions=(
        Misconception(
            "nothing turned",
            translate_with(turned=lambda name, tensor: False),
            "GPT-2 keeps its linear layers as (in, out), nn.Linear as (out, in): transpose the c_… weights.",
        ),
        Misconception(
            "square matrices not turned",
            translate_with(turned=lambda name, tensor: conv1d(name, tensor) and tensor.shape[0] != tensor.shape[1]),
            "attn.c_proj.weight is square, so its shape fits either way round, but it is stored as (in, out) too. "
            "Decide by the name, not by the shape.",
        ),
        Misconception(
            "embeddings turned as well",
            translate_with(turned=lambda name, tensor: tensor.dim() == 2),
            "wte and wpe are tables, a row for each token or position, in both. Only the c_… weights are turned.",
        ),
        Misconception(
            "both c_proj taken for the attention's",
            translate_with(layers=OUR_LAYERS | {"mlp.c_proj": "mlp.out_proj"}),
            "There are two c_proj in a block: the attention's is our out_proj, the MLP's our down_proj.",
        ),
        Misconception(
            "the norms swapped",
            translate_with(layers=OUR_LAYERS | {"ln_1": "norm_2", "ln_2": "norm_1"}),
            "ln_1 stands before the attention and is norm_1; ln_2 stands before the MLP and is norm_2.",
        ),
        Misconception(
            "the causal mask taken for a weight",
            translate_with(ignored=r"^lm_head\.weight$", strict=False),
            "h.0.attn.bias is no bias: old files keep the causal mask there. Leave it out, and masked_bias too.",
        ),
        Misconception(
            "c_attn's bias taken for the mask",
            translate_with(ignored=r"attn\.(masked_)?bias$|^lm_head\.weight$"),
            "'attn.bias' is also the end of 'c_attn.bias', which is a weight. Look for '.attn.bias', with its dot.",
        ),
        Misconception(
            "the prefix left on",
            translate_with(prefix="model.", strict=False),
            "Some files begin each name with 'transformer.': name.removeprefix('transformer.').",
        ),
        Misconception(
            "unknown tensors passed over",
            translate_with(ignored=r"\.attn\.(masked_)?bias$|^lm_head\.weight$|rotary"),
            "A tensor that you have no place for means that you do not know this model: raise ValueError.",
        ),
    ),
    hints=(
        "A name has three parts: where (h.0. or nothing), which layer, weight or bias. Translate part by part.",
        "Begin with name.removeprefix('transformer.'), pass over what ends in '.attn.bias' or '.attn.masked_bias' "
        "and the lm_head, and keep a dict from their layers to ours.",
        "_, number, rest = name.split('.', 2); layer, kind = rest.rsplit('.', 1); turned = kind == 'weight' and "
        "layer in ('attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'); "
        "ours[f'blocks.{number}.{LAYERS[layer]}.{kind}'] = tensor.T if turned else tensor",
    ),
    review="lesson 13, 'Tensor by tensor'",
)
