"""Where slips happen in the code of `gpt2_to_ours`."""

from course_lib.checks.engine.variants import Slot, Variants

INSIDE = {
    "ln_1": "norm_1",
    "ln_2": "norm_2",
    "attn.c_attn": "attention.qkv_proj",
    "attn.c_proj": "attention.out_proj",
    "mlp.c_fc": "mlp.up_proj",
    "mlp.c_proj": "mlp.down_proj",
}
OTHERS = INSIDE | {"mlp.c_fc": "mlp.down_proj", "mlp.c_proj": "mlp.up_proj"}

NAMES = {"INSIDE": INSIDE, "OTHERS": OTHERS}

VARIANTS = Variants(
    """
def gpt2_to_ours(tensors):
    names = {<names>}
    result = {}
    for name, tensor in tensors.items():
        name = <plain>
        if <left_out>:
            continue
        module, _, kind = name.rpartition(".")
        block = ""
        if module.startswith("h."):
            _, number, module = module.split(".", 2)
            block = f"blocks.{<number>}."
        if <unknown>:
            raise <error>
        if <turned>:
            tensor = tensor.T
        result[<ours>] = tensor
    return result
""",
    (
        Slot(
            "names",
            '"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm", **INSIDE',
            (
                '"wte": "position_embedding", "wpe": "token_embedding", "ln_f": "final_norm", **INSIDE',
                '"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "norm", **INSIDE',
                '"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm", **OTHERS',
            ),
        ),
        Slot(
            "plain",
            'name.removeprefix("transformer.")',
            (
                "name",
                'name.split(".", 1)[1] if name.count(".") > 3 else name',
            ),
        ),
        Slot(
            "left_out",
            'name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias"))',
            (
                'name == "lm_head.weight" or name.endswith(".attn.bias")',
                'name == "lm_head.weight" or name.endswith(".attn.masked_bias")',
                'name.endswith((".attn.bias", ".attn.masked_bias"))',
                'name == "lm_head.weight"',
                'name == "lm_head.weight" or "bias" in name',
                'name == "lm_head.weight" or ".attn." in name and "bias" in name',
                'name == "lm_head.weight" or name.endswith(("attn.bias", "attn.c_attn.bias", "masked_bias"))',
            ),
        ),
        Slot(
            "number",
            "number",
            (
                "int(number) + 1",
                "number[0]",
                "int(number) - 1",
                "0",
            ),
        ),
        Slot(
            "unknown",
            'module not in names or kind not in ("weight", "bias")',
            (
                "False",
                "module not in names",
                'kind not in ("weight", "bias")',
                '"rotary" in name',
            ),
        ),
        Slot(
            "error",
            "ValueError(name)",
            (
                "KeyError(name)",
                "RuntimeError(name)",
            ),
        ),
        Slot(
            "turned",
            '".c_" in name and kind == "weight"',
            (
                "False",
                "tensor.dim() == 2",
                '".c_" in name and kind == "weight" and tensor.shape[0] != tensor.shape[1]',
                '"attn.c_" in name and kind == "weight"',
                '"mlp.c_" in name and kind == "weight"',
                '"c_attn" in name and kind == "weight"',
                '"c_proj" in name and kind == "weight"',
                '"c_fc" in name and kind == "weight"',
                '"mlp.c_" in name and kind == "weight" or "c_attn" in name and kind == "weight"',
                '"wte" in name or "wpe" in name',
            ),
        ),
        Slot(
            "ours",
            'f"{block}{names[module]}.{kind}"',
            (
                'f"{block}{names[module]}"',
                'f"transformer.{block}{names[module]}.{kind}"',
                'f"{names[module]}.{kind}"',
            ),
        ),
    ),
    NAMES,
)
