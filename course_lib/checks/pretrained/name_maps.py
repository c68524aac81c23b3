"""GPT-2's tensors under our names, and what becomes of them with the mistakes that are made, for lesson 13."""

import contextlib
import re
from collections.abc import Callable, Mapping

from torch import Tensor

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
    number: str = r"\d+",
    kinds: str = "weight|bias",
) -> Callable[[Mapping[str, Tensor]], dict[str, Tensor]]:
    """`gpt2_to_ours` with one of its rules replaced. ignored: names that carry no weight of their own."""

    def translate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        ours = {}
        for name, tensor in tensors.items():
            short = name.removeprefix(prefix)
            if re.search(ignored, short):
                continue
            tensor = tensor.T if turned(short, tensor) else tensor
            layer = re.fullmatch(rf"h\.({number})\.(.+)\.({kinds})", short)
            table = re.fullmatch(rf"(\w+)\.({kinds})", short)
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


def translated_nevertheless(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Parts of names are replaced, and nobody asks whether the whole is known."""
    ours: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        try:
            ours |= gpt2_to_ours({name: tensor})
        except ValueError:
            name = re.sub(r"^h\.", "blocks.", name)
            for theirs, mine in (OUR_LAYERS | OUR_TABLES).items():
                name = name.replace(theirs, mine)
            ours[name] = tensor
    return ours


def passed_over(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What has no place is left out without a word."""
    ours: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        with contextlib.suppress(ValueError):
            ours |= gpt2_to_ours({name: tensor})
    return ours


MASKS_AND_HEAD = r"\.attn\.(masked_)?bias$|^lm_head\.weight$"
BESIDE_ANY_KIND: tuple[tuple[str, str, dict], ...] = (
    ("nothing turned", "Transpose the c_… weights.", {"turned": lambda name, tensor: False}),
    ("embeddings turned", "Turn the c_… weights only.", {"turned": lambda name, tensor: tensor.dim() == 2}),
    ("c_attn's bias left out", "c_attn.bias is a weight.", {"ignored": r"attn\.(masked_)?bias$|^lm_head\.weight$"}),
    ("the prefix kept", "Take off the prefix 'transformer.'.", {"prefix": "model."}),
    ("one digit", "A layer's number may have two digits.", {"number": r"\d"}),
    ("strangers left out", "Do not pass over unknown layers.", {"ignored": MASKS_AND_HEAD + "|rotary|c_gate|score"}),
)
