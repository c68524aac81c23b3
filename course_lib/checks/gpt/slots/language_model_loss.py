"""Where slips happen in the code of `language_model_loss`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.checks.gpt.models import TinyGPT

NAMES = {"torch": torch, "F": torch.nn.functional, "Given": TinyGPT}

VARIANTS = Variants(
    """
def language_model_loss(logits, idx):
    guesses = <guesses>
    targets = <targets>
    logs = <logs>
    losses = <losses>
    return <end>
""",
    (
        Slot("guesses", "logits[:, :-1]", ("logits[:, 1:]", "logits[:, :-1].flip(1)", "logits[:, :-1].detach()")),
        Slot("targets", "idx[:, 1:]", ("idx[:, :-1]", "idx[:, 1:].flip(1)", "idx[:, 1:] * 0")),
        Slot(
            "logs",
            "torch.log_softmax(guesses, dim=-1)",
            (
                "torch.log_softmax(guesses, dim=1)",
                "torch.log_softmax(guesses, dim=0)",
                "torch.log_softmax(guesses, dim=-1) / 0.6931471805599453",
                "torch.log_softmax(guesses, dim=-1) / 2.302585092994046",
                "torch.softmax(guesses, dim=-1)",
                "torch.softmax(guesses, dim=-1) - 1",
                "torch.log(torch.sigmoid(guesses))",
                "F.logsigmoid(guesses)",
                "guesses",
                "torch.log_softmax(torch.softmax(guesses, dim=-1), dim=-1)",
                "torch.log_softmax(guesses / guesses.shape[-1] ** 0.5, dim=-1)",
                "torch.log_softmax(-guesses, dim=-1)",
            ),
        ),
        Slot(
            "losses",
            "-logs.gather(-1, targets[..., None])[..., 0]",
            (
                "logs.gather(-1, targets[..., None])[..., 0]",
                "-logs.mean(dim=-1)",
                "-logs.amax(dim=-1)",
                "-0.9 * logs.gather(-1, targets[..., None])[..., 0] - 0.1 * logs.mean(dim=-1)",
                "logs.gather(-1, targets[..., None])[..., 0] ** 2",
                "1 - logs.gather(-1, targets[..., None])[..., 0]",
            ),
        ),
        Slot(
            "end",
            "losses.mean()",
            (
                "losses.sum()",
                "losses.mean(dim=0)",
                "losses.mean(dim=1)",
                "2 * losses.mean()",
                "losses.sum() / idx.numel()",
                "losses.sum() / len(idx)",
                "losses.sum() / idx.shape[1]",
                "losses[:, -1].mean()",
                "losses[:, 0].mean()",
                "losses[0].mean()",
                "losses.median()",
                "losses.mean().exp()",
                "losses.max()",
                "losses",
            ),
        ),
    ),
    NAMES,
)
