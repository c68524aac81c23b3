"""Where slips happen in the code of `torch_name`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def torch_name(name):
    name = name.replace(<blocks>)
    name = name.replace(<final>)
    name = name.replace("norm_1", <norm1>).replace("norm_2", <norm2>)
    name = name.replace("attention.qkv_proj.weight", <in_weight>)
    name = name.replace("attention.qkv_proj.bias", <in_bias>)
    name = name.replace("attention.out_proj", <out>)
    name = name.replace("mlp.up_proj", <up>).replace("mlp.down_proj", <down>)
    return name
""",
    (
        Slot(
            "blocks",
            '"blocks.", "encoder.layers."',
            (
                '"blocks.", "layers."',
                '"blocks.", "encoder."',
                '"blocks.", "encoder.layer."',
                '"blocks.", "encoder.blocks."',
                '"blocks.", "blocks."',
                '"blocks.", "decoder.layers."',
                '"blocks.", "transformer.layers."',
            ),
        ),
        Slot(
            "final",
            '"final_norm", "encoder.norm"',
            (
                '"final_norm", "norm"',
                '"final_norm", "final_norm"',
                '"final_norm", "encoder.final_norm"',
                '"final_norm", "encoder.layers.norm"',
                '"final_norm", "encoder_norm"',
            ),
        ),
        Slot(
            "norm1",
            '"norm1"',
            (
                '"norm_1"',
                '"norm2"',
                '"norm"',
            ),
        ),
        Slot(
            "norm2",
            '"norm2"',
            (
                '"norm_2"',
                '"norm1"',
                '"norm3"',
            ),
        ),
        Slot(
            "in_weight",
            '"self_attn.in_proj_weight"',
            (
                '"self_attn.in_proj.weight"',
                '"self_attn.qkv_proj.weight"',
                '"self_attn.in_proj_bias"',
                '"self_attention.in_proj_weight"',
                '"attention.in_proj_weight"',
                '"attn.in_proj_weight"',
                '"in_proj_weight"',
                '"self_attn.in_proj_weight.weight"',
            ),
        ),
        Slot(
            "in_bias",
            '"self_attn.in_proj_bias"',
            (
                '"self_attn.in_proj.bias"',
                '"self_attn.qkv_proj.bias"',
                '"self_attn.in_proj_weight"',
                '"attention.in_proj_bias"',
            ),
        ),
        Slot(
            "out",
            '"self_attn.out_proj"',
            (
                '"attention.out_proj"',
                '"self_attn.out"',
                '"self_attn.proj"',
                '"self_attn.o_proj"',
                '"out_proj"',
                '"self_attention.out_proj"',
                '"attn.out_proj"',
                '"self_attn.out_proj_weight"',
            ),
        ),
        Slot(
            "up",
            '"linear1"',
            (
                '"linear2"',
                '"mlp.linear1"',
                '"linear_1"',
                '"linear0"',
                '"mlp.up_proj"',
                '"ff.linear1"',
                '"fc1"',
            ),
        ),
        Slot(
            "down",
            '"linear2"',
            (
                '"linear1"',
                '"mlp.linear2"',
                '"linear_2"',
                '"mlp.down_proj"',
                '"fc2"',
            ),
        ),
    ),
)
