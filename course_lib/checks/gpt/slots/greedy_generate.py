"""Where slips happen in the code of `greedy_generate`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.checks.gpt.models import TinyGPT

NAMES = {"torch": torch, "F": torch.nn.functional, "Given": TinyGPT}

VARIANTS = Variants(
    """
def greedy_generate(model, idx, max_new_tokens):
    prompt = idx
    for _ in range(<times>):
        logits = model(<window>)
        token = <token>
        idx = <joined>
    return <end>
""",
    (
        Slot("times", "max_new_tokens", ("max_new_tokens - 1", "max_new_tokens + 1", "max_new_tokens - idx.shape[1]")),
        Slot(
            "window",
            "idx[:, -model.config.seq_len :]",
            (
                "idx[:, : model.config.seq_len]",
                "idx[:, -model.config.seq_len + 1 :]",
                "idx[:, -1:]",
                "prompt[:, -model.config.seq_len :]",
                "idx[:1, -model.config.seq_len :].expand(len(idx), -1)",
            ),
        ),
        Slot(
            "token",
            "logits[:, -1].argmax(dim=-1, keepdim=True)",
            (
                "logits[:, -1].argmin(dim=-1, keepdim=True)",
                "logits[:, 0].argmax(dim=-1, keepdim=True)",
                "logits[:, -2].argmax(dim=-1, keepdim=True)",
                "logits[:, -2:-1].argmax(dim=-1)",
                "logits.mean(dim=1).argmax(dim=-1, keepdim=True)",
                "logits.sum(dim=1).argmax(dim=-1, keepdim=True)",
                "logits[:, -1].argmax().expand(len(idx), 1)",
                "logits[:1, -1].argmax(dim=-1, keepdim=True).expand(len(idx), 1)",
                "logits[:, -1].topk(2).indices[:, 1:]",
                "logits[:, -1].softmax(dim=0).argmax(dim=-1, keepdim=True)",
                "logits[:, -1].abs().argmax(dim=-1, keepdim=True)",
                "logits.amax(dim=1).argmax(dim=-1, keepdim=True)",
                "logits.flatten(1).argmax(dim=-1, keepdim=True) % logits.shape[-1]",
            ),
        ),
        Slot(
            "joined",
            "torch.cat([idx, token], dim=1)",
            (
                "torch.cat([idx[:, 1:], token], dim=1)",
                "torch.cat([idx[:, :-1], token], dim=1)",
                "torch.cat([token, idx], dim=1)",
                "torch.cat([prompt, token], dim=1)",
                "torch.cat([idx[:, -model.config.seq_len :], token], dim=1)",
                "torch.cat([idx, token, token], dim=1)",
                "token",
            ),
        ),
        Slot(
            "end",
            "idx",
            ("idx[:, prompt.shape[1] :]", "idx[:, -model.config.seq_len :]", "idx[:, -1:]", "idx[0]", "idx[:, :-1]"),
        ),
    ),
    NAMES,
    most=300,
)
