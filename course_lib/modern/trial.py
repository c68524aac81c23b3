"""One training run of the comparison: the same stories in the same order for every change, judged on whole stories."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.gpt import next_token_loss
from course_lib.initialization import initialize, rules_for_width
from course_lib.modern.changes import BASE, Change
from course_lib.modern.experts import balance_loss, load_shares, route, router_logits
from course_lib.modern.model import ModernDecoder
from course_lib.modern.muon import Muon, split_parameters

IGNORED = -100  # F.cross_entropy's mark for targets that do not count
WARMUP, FINAL = 0.05, 0.1  # shares: of the steps on the way up, of the rate at the end
AT_ONCE = 64  # stories judged in one pass
CURVE_EVERY = 20  # steps a point of the curve


@dataclass(frozen=True)
class Trial:
    """What is trained, and how. rate: of the optimizer that the change names.   adamw_rate: of the rest beside Muon."""

    change: str
    seed: int
    rate: float
    adamw_rate: float
    steps: int
    batch_size: int


@dataclass(frozen=True)
class Stories:
    """Tokens to learn from, one text after the other, (N,); and whole stories to be judged on, (n, T + 1), padded.

    floor: their entropy in nats per story, which no model can go below.
    """

    stream: Tensor
    judged: Tensor
    floor: float

    @classmethod
    def read(cls, path: Path, device: str) -> "Stories":
        """From a file that `compare` prepared."""
        saved = torch.load(path, weights_only=True)
        return cls(saved["stream"].to(device).long(), saved["judged"].to(device).long(), saved["floor"])


def run(trial: Trial, change: Change, stories: Stories) -> dict[str, Any]:
    """Train, judge, and tell: a line of the log."""
    model = start(change, trial.seed, stories.stream.device)
    optimizers = make_optimizers(model, change, trial)
    batches = draw_batches(stories.stream, trial)
    curve: list[Tensor] = []
    for step in range(trial.steps):
        curve.append(train_step(model, change, optimizers, next(batches), share_of_rate(step, trial.steps)))
    losses = torch.stack(curve).view(-1, CURVE_EVERY).mean(dim=1).tolist()
    mean, error = judge(model, stories.judged)
    line = {"change": change.name, "seed": trial.seed, "rate": trial.rate, "steps": trial.steps}
    line |= {"nats": mean, "standard_error": error, "curve": [round(loss, 4) for loss in losses]}
    return line | ({"loads": loads(model, stories.judged[:AT_ONCE])} if change.config.n_expert > 1 else {})


def start(change: Change, seed: int, device: torch.device) -> ModernDecoder:
    """The model with its first weights, which depend on the seed alone."""
    generator = torch.Generator().manual_seed(seed)
    model = ModernDecoder(change.config)
    initialize(model, rules_for_width(BASE.n_layer, BASE.n_embd), generator)
    return model.to(device)


def make_optimizers(model: ModernDecoder, change: Change, trial: Trial) -> list[torch.optim.Optimizer]:
    """AdamW for all, or Muon for the matrices of the blocks and AdamW for the rest."""
    adamw: dict[str, Any] = {"betas": (0.9, 0.95), "weight_decay": 0.1, "fused": True}
    if change.optimizer == "adamw":
        return [torch.optim.AdamW(model.parameters(), lr=trial.rate, **adamw)]
    hidden, others = split_parameters(model)
    return [Muon(hidden, lr=trial.rate), torch.optim.AdamW(others, lr=trial.adamw_rate, **adamw)]


def draw_batches(stream: Tensor, trial: Trial) -> Iterator[tuple[Tensor, Tensor]]:
    """(x, y), both (B, T), from random places of the text; the same for every change."""
    generator = torch.Generator().manual_seed(trial.seed)
    steps = torch.arange(BASE.seq_len + 1)
    while True:
        places = torch.randint(len(stream) - BASE.seq_len, (trial.batch_size, 1), generator=generator)
        rows = stream[(places + steps).to(stream.device)]  # (B, T + 1)
        yield rows[:, :-1], rows[:, 1:]


def share_of_rate(step: int, steps: int) -> float:
    """Up in a line, down along half a cosine."""
    warmup = max(1, round(WARMUP * steps))
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - 1 - warmup)
    return FINAL + (1 - FINAL) * (1 + math.cos(math.pi * progress)) / 2


def train_step(
    model: ModernDecoder,
    change: Change,
    optimizers: list[torch.optim.Optimizer],
    batch: tuple[Tensor, Tensor],
    share: float,
) -> Tensor:
    """One step; the loss before it, without the balance loss."""
    x, y = batch
    with router_logits(model) as routed:
        loss = next_token_loss(model(x), y)
    total = loss
    for logits in routed if change.balance else ():
        total = total + change.balance * balance_loss(logits, change.config.n_active)
    total.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("top", group["lr"])
            group["lr"] = share * group["top"]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return loss.detach()


@torch.no_grad()
def judge(model: ModernDecoder, judged: Tensor) -> tuple[float, float]:
    """Mean −log p of a whole story, in nats, and its standard error."""
    nats = []
    for rows in judged.split(AT_ONCE):
        logits = model(rows[:, :-1].clamp(min=0))  # (B, T, V)
        losses = F.cross_entropy(
            logits.flatten(0, 1).float(), rows[:, 1:].flatten(), ignore_index=IGNORED, reduction="none"
        )
        nats.append(losses.view(len(rows), -1).sum(dim=1))
    each = torch.cat(nats).double()
    return each.mean().item(), (each.std() / len(each) ** 0.5).item()


@torch.no_grad()
def loads(model: ModernDecoder, rows: Tensor) -> list[list[float]]:
    """The share of assignments that each expert of each layer gets."""
    config = model.config
    with router_logits(model) as routed:
        model(rows[:, :-1].clamp(min=0))
    chosen = [route(logits, config.n_active)[1] for logits in routed]
    return [[round(share, 4) for share in load_shares(picks, config.n_expert).tolist()] for picks in chosen]


def measure(change: Change, trial: Trial, stories: Stories, repeats: int = 20) -> dict[str, Any]:
    """Seconds a step and, on a GPU, the most memory that it takes: alone on the machine, the first steps left out."""
    device = stories.stream.device
    model = start(change, 0, device)
    optimizers, batches = make_optimizers(model, change, trial), draw_batches(stories.stream, trial)
    on_gpu = device.type == "cuda"
    for _ in range(3):
        train_step(model, change, optimizers, next(batches), 1.0)
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        train_step(model, change, optimizers, next(batches), 1.0).item()
        seconds.append(time.perf_counter() - begin)
    peak = torch.cuda.max_memory_allocated() if on_gpu else None
    return {"change": change.name, "seconds": sorted(seconds)[repeats // 2], "peak_bytes": peak}
