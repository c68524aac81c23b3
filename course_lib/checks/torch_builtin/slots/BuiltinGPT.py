"""Where slips happen in the code of `BuiltinGPT`."""

import torch
from torch import nn

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.checks.torch_builtin.models import BuiltinGPT

NAMES = {"torch": torch, "nn": nn, "Given": BuiltinGPT}

VARIANTS = Variants(
    """
class BuiltinGPT(Given):
    def forward(self, idx):
        T = idx.shape[1]
        tokens, places = self.token_embedding(idx), self.position_embedding.weight
        x = <first>
        x = self.encoder(x, mask=<mask>)
        return <logits>
""",
    (
        Slot(
            "first",
            "tokens + places[:T]",
            (
                "tokens",
                "places[:T].expand(len(idx), -1, -1)",
                "tokens * places[:T]",
                "tokens - places[:T]",
                "tokens + places[-T:]",
                "tokens + places[0]",
                "tokens + places[1]",
                "tokens + places[:T].flip(0)",
                "tokens + places[idx.clamp(max=len(places) - 1)]",
                "tokens * idx.shape[-1] ** 0.5 + places[:T]",
                "tokens * tokens.shape[-1] ** 0.5 + places[:T]",
                "(tokens + places[:T]) / 2",
                "self.encoder.norm(tokens + places[:T])",
            ),
        ),
        Slot(
            "mask",
            "torch.ones(T, T).triu(1).bool()",
            (
                "None",
                "torch.ones(T, T).tril().bool()",
                "torch.ones(T, T).tril(-1).bool()",
                "torch.ones(T, T).triu().bool()",
                "torch.ones(T, T).triu(2).bool()",
                "torch.ones(T, T).triu(1)",
                "torch.ones(T, T).tril()",
                "-1.0 * torch.ones(T, T).triu(1)",
            ),
        ),
        Slot(
            "logits",
            "self.head(x)",
            (
                "self.head(self.encoder.norm(x))",
                "self.head(x).softmax(dim=-1)",
                "self.head(x).log_softmax(dim=-1)",
                "self.head(x)[:, -1]",
                "self.head(x)[:, -1:]",
                "self.head(x).argmax(dim=-1)",
                "self.head(x).tanh()",
                "self.head(x) / x.shape[-1] ** 0.5",
                "self.head(x + tokens)",
                "self.head(x).transpose(1, 2)",
                "x",
            ),
        ),
    ),
    NAMES,
    most=60,
)
