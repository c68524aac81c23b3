"""Where slips happen in the code of `DecoderBlock`."""

import torch

from course_lib import block
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "Given": block.DecoderBlock, "PostNorm": block.PostNormBlock}
AROUND = ("first", "(x + self.norm_1(x))", "2 * x", "x.mean(dim=1, keepdim=True)", "-x", "x.detach()", "0")


def _sublayer(number: int, layer: str, norm: str) -> tuple[Slot, ...]:
    """Slots of one half of a pre-norm block: what is added to, how, what the layer reads, and what becomes of it."""
    read = f"self.{norm}(x)"
    others = [other for other in ("x", "self.norm_1(x)", "self.norm_2(x)", "self.norm_2(self.norm_1(x))", "first")]
    called = f"self.{layer}({read})"
    return (
        Slot(f"to_{number}", "x", tuple(one for one in AROUND if number == 2 or one != "first")),
        Slot(f"sign_{number}", "+", ("-", "*")),
        Slot(
            f"layer_{number}",
            called,
            (
                *(f"self.{layer}({other})" for other in others if other != read and (number == 2 or other != "first")),
                f"self.norm_1({called})",
                f"self.norm_2({called})",
                f"self.norm_2(self.{layer}(x))",
                f"self.{layer}({called})",
                f"0.5 * {called}",
                f"2 * {called}",
                f"torch.relu({called})",
                f"torch.tanh({called})",
                f"self.{layer}(x + {called})",
                "0",
            ),
        ),
    )


VARIANTS = Variants(
    """
class Block(Given):
    def forward(self, x):
        first = x
        x = <to_1> <sign_1> <layer_1>
        x = <between>
        x = <to_2> <sign_2> <layer_2>
        return <end>
""",
    (
        *_sublayer(1, "attention", "norm_1"),
        *_sublayer(2, "mlp", "norm_2"),
        Slot("between", "x", ("x / 2", "self.norm_1(x)", "self.norm_2(x)", "torch.relu(x)", "x - first")),
        Slot("end", "x", ("x + first", "x - first", "self.norm_1(x)", "self.norm_2(x)", "x / 2", "2 * x", "x * first")),
    ),
    NAMES,
    most=60,
)
