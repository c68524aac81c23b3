"""Where slips happen in the code of `TiedModel`."""

import torch
from torch import nn

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"nn": nn, "torch": torch}

VARIANTS = Variants(
    """
class TiedModel(nn.Module):
    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=<bias>)
        <first>
        <tie>
        <draw>
        <last>

    def forward(self, idx):
        return self.head(self.embedding(idx))
""",
    (
        Slot("bias", "False", ("True",)),
        Slot(
            "first",
            "pass",
            (
                "nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)",
                "nn.init.normal_(self.head.weight, std=0.02, generator=generator)",
            ),
        ),
        Slot(
            "tie",
            "self.head.weight = self.embedding.weight",
            (
                "pass",
                "self.head.weight.data = self.embedding.weight.data.clone()",
                "self.head.weight = nn.Parameter(self.embedding.weight.detach().clone())",
            ),
        ),
        Slot(
            "draw",
            "nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)",
            (
                "pass",
                "nn.init.normal_(self.embedding.weight, std=0.02)",
                "nn.init.normal_(self.embedding.weight, generator=generator)",
                "nn.init.normal_(self.embedding.weight, std=0.02**2, generator=generator)",
                "nn.init.normal_(self.embedding.weight, 0.02, generator=generator)",
                "nn.init.normal_(self.embedding.weight, mean=0.02, std=0.02, generator=generator)",
                "nn.init.normal_(self.embedding.weight, std=0.02 / n_embd**0.5, generator=generator)",
                "nn.init.normal_(self.embedding.weight, std=0.2, generator=generator)",
                "nn.init.uniform_(self.embedding.weight, -0.02, 0.02, generator=generator)",
                "nn.init.xavier_normal_(self.embedding.weight, generator=generator)",
                "nn.init.normal_(self.head.weight.T, std=0.02, generator=generator)",
                "torch.normal(0.0, 0.02, self.embedding.weight.shape, generator=generator)",
            ),
        ),
        Slot(
            "last",
            "pass",
            (
                "nn.init.normal_(self.head.weight, std=0.02, generator=generator)",
                "nn.init.normal_(self.embedding.weight, std=0.02)",
            ),
        ),
    ),
    NAMES,
    most=150,
)
