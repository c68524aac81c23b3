"""Where slips happen in the code of `TinyGPT`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.checks.gpt.models import TinyGPT

NAMES = {"torch": torch, "F": torch.nn.functional, "Given": TinyGPT}

VARIANTS = Variants(
    """
class TinyGPT(Given):
    def forward(self, idx):
        positions = torch.arange(idx.shape[1])
        first = <first>
        x = first
        for block in <blocks>:
            x = <step>
        return <logits>
""",
    (
        Slot(
            "first",
            "self.token_embedding(idx) + self.position_embedding(positions)",
            (
                "self.token_embedding(idx)",
                "self.position_embedding(positions).expand(len(idx), -1, -1)",
                "self.token_embedding(idx) * self.position_embedding(positions)",
                "self.token_embedding(idx) - self.position_embedding(positions)",
                "(self.token_embedding(idx) + self.position_embedding(positions)) / 2",
                "self.token_embedding(idx) + self.position_embedding(positions.flip(0))",
                "self.token_embedding(idx) + self.position_embedding(0 * positions)",
                "self.token_embedding(idx) + 2 * self.position_embedding(positions)",
                "2 * self.token_embedding(idx) + self.position_embedding(positions)",
                "self.final_norm(self.token_embedding(idx) + self.position_embedding(positions))",
                "torch.relu(self.token_embedding(idx) + self.position_embedding(positions))",
                "self.token_embedding(idx) * idx.shape[-1] ** 0.5 + self.position_embedding(positions)",
            ),
        ),
        Slot(
            "blocks",
            "self.blocks",
            (
                "self.blocks[:-1]",
                "self.blocks[1:]",
                "self.blocks[:1]",
                "self.blocks[-1:]",
                "self.blocks[::-1]",
                "[*self.blocks, *self.blocks]",
                "[*self.blocks, self.blocks[-1]]",
                "[self.blocks[0]] * len(self.blocks)",
                "[self.blocks[-1]] * len(self.blocks)",
                "[]",
            ),
        ),
        Slot(
            "step",
            "block(x)",
            (
                "block(first)",
                "x + block(x)",
                "x + block(first)",
                "first + block(x)",
                "block(x + first)",
                "block(x) - x",
                "block(x + self.position_embedding(positions))",
                "block(x) + self.position_embedding(positions)",
                "block(self.final_norm(x))",
                "self.final_norm(block(x))",
                "x + block(self.final_norm(x))",
                "block(block(x))",
                "torch.relu(block(x))",
                "block(x) / 2",
            ),
        ),
        Slot(
            "logits",
            "self.head(self.final_norm(x))",
            (
                "self.head(x)",
                "self.head(self.final_norm(self.final_norm(x)))",
                "self.head(self.final_norm(x + first))",
                "self.head(self.final_norm(x) + first)",
                "self.head(x + self.final_norm(x))",
                "self.head(self.final_norm(first))",
                "self.head(torch.relu(self.final_norm(x)))",
                "torch.softmax(self.head(self.final_norm(x)), dim=-1)",
                "torch.log_softmax(self.head(self.final_norm(x)), dim=-1)",
                "torch.tanh(self.head(self.final_norm(x)))",
                "self.head(self.final_norm(x)) / x.shape[-1] ** 0.5",
                "self.head(self.final_norm(x)) * x.shape[-1] ** 0.5",
                "self.head(F.layer_norm(x, x.shape[-1:]))",
                "self.head(self.final_norm(x)).flip(1)",
                "self.head(self.final_norm(x))[:, -1:]",
                "self.head(self.final_norm(x))[:, -1]",
            ),
        ),
    ),
    NAMES,
    most=60,
)
