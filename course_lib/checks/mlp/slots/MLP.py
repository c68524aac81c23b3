"""Where slips happen in the code of `MLP`."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional, "math": math, "Given": mlp.MLP}

VARIANTS = Variants(
    """
class MLP(Given):
    def forward(self, x):
        hidden = <up>
        return <down>
""",
    (
        Slot(
            "up",
            'F.gelu(self.up_proj(x), approximate="tanh")',
            (
                "self.up_proj(x)",
                "F.gelu(self.up_proj(x))",
                "F.relu(self.up_proj(x))",
                "F.silu(self.up_proj(x))",
                "torch.sigmoid(self.up_proj(x))",
                "torch.tanh(self.up_proj(x))",
                "F.leaky_relu(self.up_proj(x))",
                "F.elu(self.up_proj(x))",
                "F.softplus(self.up_proj(x))",
                "F.mish(self.up_proj(x))",
                'F.gelu(F.gelu(self.up_proj(x), approximate="tanh"), approximate="tanh")',
                "F.relu(self.up_proj(x)) ** 2",
                "torch.softmax(self.up_proj(x), dim=-1)",
                'self.up_proj(F.gelu(x, approximate="tanh"))',
                'self.up_proj(x) * F.gelu(self.up_proj(x), approximate="tanh")',
            ),
        ),
        Slot(
            "down",
            "self.dropout(self.down_proj(hidden))",
            (
                "torch.relu(self.dropout(self.down_proj(hidden)))",
                'F.gelu(self.dropout(self.down_proj(hidden)), approximate="tanh")',
                "F.gelu(self.dropout(self.down_proj(hidden)))",
                "torch.tanh(self.dropout(self.down_proj(hidden)))",
                "torch.sigmoid(self.dropout(self.down_proj(hidden)))",
                "torch.softmax(self.dropout(self.down_proj(hidden)), dim=-1)",
                "F.layer_norm(self.dropout(self.down_proj(hidden)), x.shape[-1:])",
                "x + self.dropout(self.down_proj(hidden))",
                "x * self.dropout(self.down_proj(hidden))",
            ),
        ),
    ),
    NAMES,
    most=60,
)
