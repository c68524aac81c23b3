"""Where slips happen in the code of `GatedMLP`."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.llama import SwiGLU

NAMES = {"F": F, "torch": torch, "Given": SwiGLU}

VARIANTS = Variants(
    """
class GatedMLP(Given):
    def forward(self, x):
        gate = <gate>
        up = <up>
        hidden = <hidden>
        return <down>
""",
    (
        Slot(
            "gate",
            "F.silu(self.gate_proj(x))",
            (
                "self.gate_proj(x)",
                "torch.sigmoid(self.gate_proj(x))",
                "F.relu(self.gate_proj(x))",
                "F.gelu(self.gate_proj(x))",
                'F.gelu(self.gate_proj(x), approximate="tanh")',
                "torch.tanh(self.gate_proj(x))",
                "F.softplus(self.gate_proj(x))",
                "F.mish(self.gate_proj(x))",
                "F.silu(self.up_proj(x))",
                "self.gate_proj(F.silu(x))",
                "F.silu(F.silu(self.gate_proj(x)))",
                "torch.softmax(self.gate_proj(x), dim=-1)",
                "F.silu(-self.gate_proj(x))",
                "F.silu(self.gate_proj(x)) + 1",
            ),
        ),
        Slot(
            "up",
            "self.up_proj(x)",
            (
                "F.silu(self.up_proj(x))",
                "self.gate_proj(x)",
                "torch.sigmoid(self.up_proj(x))",
                "F.gelu(self.up_proj(x))",
                "F.relu(self.up_proj(x))",
                "1",
            ),
        ),
        Slot(
            "hidden",
            "gate * up",
            (
                "gate + up",
                "gate - up",
                "gate",
                "up",
                "F.silu(gate * up)",
                "gate * up + up",
                "gate * up + gate",
                "gate @ up.mT @ up",
                "gate / up",
                "torch.maximum(gate, up)",
                "gate * (1 - up)",
            ),
        ),
        Slot(
            "down",
            "self.down_proj(hidden)",
            (
                "F.silu(self.down_proj(hidden))",
                "x + self.down_proj(hidden)",
                "x * self.down_proj(hidden)",
                "self.down_proj(F.silu(hidden))",
                "F.relu(self.down_proj(hidden))",
                "F.dropout(self.down_proj(hidden), 0.1)",
                "self.down_proj(hidden) / hidden.shape[-1] ** 0.5",
            ),
        ),
    ),
    NAMES,
    most=200,
)
