"""Where slips happen in the code of `CausalStack`."""

import torch
from torch import nn

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "nn": nn}

VARIANTS = Variants(
    """
class CausalStack(nn.Module):
    def __init__(self, n_embd, n_head, n_layer):
        super().__init__()
        layer = nn.TransformerEncoderLayer(n_embd, n_head, <width>, dropout=0.0, batch_first=True, <options>)
        self.stack = nn.TransformerEncoder(layer, <layers>, norm=<norm>, enable_nested_tensor=False)

    def forward(self, x):
        T = x.shape[1]
        return <result>
""",
    (
        Slot("width", "4 * n_embd", ("n_embd", "2 * n_embd", "2048", "3 * n_embd", "4 * n_head")),
        Slot(
            "options",
            "norm_first=True",
            ("norm_first=False", "norm_first=True, activation='gelu'", "norm_first=True, bias=False"),
        ),
        Slot("layers", "n_layer", ("1", "n_layer + 1", "n_head")),
        Slot("norm", "None", ("nn.LayerNorm(n_embd)",)),
        Slot(
            "result",
            "self.stack(x, mask=torch.ones(T, T).triu(1).bool())",
            (
                "self.stack(x)",
                "self.stack(x, mask=torch.ones(T, T).tril().bool())",
                "self.stack(x, mask=torch.ones(T, T).tril(-1).bool())",
                "self.stack(x, mask=torch.ones(T, T).triu().bool())",
                "self.stack(x, mask=torch.ones(T, T).triu(2).bool())",
                "self.stack(x, mask=torch.ones(T, T).triu(1))",
                "self.stack(x, mask=torch.ones(T, T).tril())",
                "self.stack(x, mask=-1.0 * torch.ones(T, T).triu(1))",
                "x + self.stack(x, mask=torch.ones(T, T).triu(1).bool())",
                "self.stack(x, mask=torch.ones(T, T).triu(1).bool()) - x",
                "self.stack(x, mask=torch.ones(T, T).triu(1).bool())[:, -1]",
                "self.stack(x, mask=torch.ones(T, T).triu(1).bool()).softmax(dim=-1)",
                "self.stack(x.transpose(0, 1), mask=torch.ones(len(x), len(x)).triu(1).bool()).transpose(0, 1)",
                "self.stack(x, mask=torch.ones(T, T).triu(1).bool()).relu()",
            ),
        ),
    ),
    NAMES,
    most=60,
)
