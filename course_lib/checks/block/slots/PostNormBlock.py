"""Where slips happen in the code of `PostNormBlock`."""

import torch

from course_lib import block
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "Given": block.DecoderBlock, "PostNorm": block.PostNormBlock}

VARIANTS = Variants(
    """
class Block(PostNorm):
    def forward(self, x):
        first = x
        x = <first_half>
        return <second_half>
""",
    tuple(
        Slot(
            name,
            f"self.{norm}(x + self.{layer}(x))",
            tuple(
                line
                for line in (
                    f"self.{other}(x + self.{layer}(x))",
                    f"self.{norm}(x) + self.{layer}(x)",
                    f"x + self.{norm}(self.{layer}(x))",
                    f"x + self.{layer}(self.{norm}(x))",
                    f"self.{norm}(x) + self.{layer}(self.{norm}(x))",
                    f"x + self.{layer}(x)",
                    f"self.{layer}(x)",
                    f"self.{norm}(self.{layer}(x))",
                    f"self.{norm}(x + self.{layer}(self.norm_1(x)))",
                    f"self.{norm}(x + self.{layer}(self.norm_2(x)))",
                    f"self.{norm}(first + self.{layer}(x))" if second else "",
                    f"self.{norm}(x + self.{layer}(first))" if second else "",
                    f"self.{norm}(first + x + self.{layer}(x))" if second else "",
                    f"first + self.{norm}(self.{layer}(x))" if second else "",
                    f"first + self.{norm}(x + self.{layer}(x))" if second else "",
                    f"self.{norm}(x + self.{layer}(x + self.{layer}(x)))",
                    f"self.{norm}(x + self.{layer}(self.{layer}(x)))",
                    f"self.{norm}(x - self.{layer}(x))",
                    f"self.{norm}(x * self.{layer}(x))",
                    f"self.{norm}(2 * x + self.{layer}(x))",
                    f"self.{norm}(x + 2 * self.{layer}(x))",
                    f"x + self.{norm}(x + self.{layer}(x))",
                    f"self.norm_2(self.norm_1(x + self.{layer}(x)))",
                    f"self.{norm}(self.{norm}(x + self.{layer}(x)))",
                )
                if line
            ),
        )
        for name, layer, norm, other, second in (
            ("first_half", "attention", "norm_1", "norm_2", False),
            ("second_half", "mlp", "norm_2", "norm_1", True),
        )
    ),
    NAMES,
    most=60,
)
