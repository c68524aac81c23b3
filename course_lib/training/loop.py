"""The training loop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from course_lib.config import Precision, TrainConfig
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import next_token_loss
from course_lib.show.progress import bar
from course_lib.training.fast.compilation import compiled
from course_lib.training.fast.precision import choose_precision, computing_in, products_of
from course_lib.training.history import History, require_finite
from course_lib.training.interrupt import ctrl_c_asks_to_stop
from course_lib.training.loss import LossModule
from course_lib.training.optimizer import learning_rate, make_optimizer
from course_lib.training.ranks import ALONE, Ranks, summed_later, whole
from course_lib.training.resume import restore_run_state, save_run_state

Batch = tuple[Tensor, Tensor]  # x and y, both (B, T)


def train(
    model: nn.Module,
    data: TokenDataset,
    config: TrainConfig,
    *,
    validation: TokenDataset | None = None,
    folder: str | Path | None = None,
    on_step: Callable[[History], None] | None = None,
    wrap: Callable[[nn.Module], nn.Module] | None = None,
    ranks: Ranks = ALONE,
) -> History:
    """Train `model` in place on windows of `data`, on the device that its weights are on.

    folder: where checkpoints go; if there is one from this run, training goes on from it as if it had never stopped.
    on_step: called after each step, to draw or to print samples.
    wrap, ranks: for several processes; wrap makes of a `LossModule` for example a DistributedDataParallel of it.
    Ctrl-C ends training after the step in progress, with a checkpoint if there is a folder.
    Raises ValueError if the checkpoint there is damaged or of another model or run, FloatingPointError if the loss is
    no longer a number.
    """
    device = next(model.parameters()).device
    loader = BatchLoader(data, config.batch_size, seed=config.seed, drop_last=True)
    compute_loss = (wrap or _as_it_is)(LossModule(model, config.chunk_rows))  # (x, y) -> loss
    optimizer = make_optimizer(model, config)
    history = History() if folder is None else restore_run_state(folder, model, optimizer, loader, config)
    compute_loss, precision = _made_fast(compute_loss, loader, device, config, history, ranks)
    batches = _endless(loader, device, ranks)
    model.train()
    with _shown(history, config, ranks) as show, ctrl_c_asks_to_stop() as stop_asked:
        while history.step < config.steps and not history.interrupted and not _no_better(history, config):
            start = time.perf_counter()
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(history.step, config)
            ranks.draw_own(config.seed, history.step)
            loss = torch.zeros((), device=device)
            for micro in range(config.accumulate):
                x, y = next(batches)  # both (B, T)
                with summed_later(compute_loss, micro + 1 < config.accumulate):
                    with computing_in(precision, device):
                        # The mean over k micro-batches: each gives a k-th of the loss, and gradients add up.
                        part = compute_loss(x, y) / config.accumulate
                    with products_of(precision):
                        part.backward()
                loss += part.detach()
            rate, mean_loss = learning_rate(history.step, config), ranks.mean(loss).item()
            require_finite(mean_loss, history.step + 1, rate)  # before the step, which would ruin the weights
            norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

            history.note(mean_loss, whole(norm).item(), rate, time.perf_counter() - start)
            history.tokens += config.accumulate * config.batch_size * data.seq_len
            history.interrupted = ranks.any(stop_asked(), device)
            last = history.step == config.steps or history.interrupted
            if validation is not None and (history.step % config.eval_every == 0 or last):
                history.validation.append((history.step, evaluate(model, validation, config, precision=precision)))
            if folder is not None and (history.step % config.checkpoint_every == 0 or last):
                save_run_state(folder, model, optimizer, loader, config, history, write=ranks.leads)
            if on_step is not None:
                on_step(history)
            show()
    return history


@torch.no_grad()
def evaluate(model: nn.Module, data: TokenDataset, config: TrainConfig, *, precision: Precision | None = None) -> float:
    """Mean loss a target over the first `eval_batches` batches of `data`, in eval mode, which is put back afterwards.

    Each batch counts by its number of targets: the last one may be short.

    precision: that of the configuration if None; "auto" is float32 here.
    """
    precision = precision or ("float32" if config.precision == "auto" else config.precision)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    total, targets = 0.0, 0
    for _, (x, y) in zip(range(config.eval_batches), BatchLoader(data, config.batch_size, shuffle=False), strict=False):
        with computing_in(precision, device):
            total += next_token_loss(model(x.to(device)), y.to(device)).item() * y.numel()
        targets += y.numel()
    model.train(was_training)
    return total / targets


def _as_it_is(module: nn.Module) -> nn.Module:
    return module


def _endless(loader: BatchLoader, device: torch.device, ranks: Ranks) -> Iterator[Batch]:
    """This rank's share of each batch, epoch after epoch; the loader remembers where it is."""
    while True:
        for x, y in loader:
            yield ranks.share(x).to(device), ranks.share(y).to(device)


def _no_better(history: History, config: TrainConfig) -> bool:
    """True if the last `patience` validations brought nothing better than the best before them."""
    if config.patience is None or len(history.validation) <= config.patience:
        return False
    losses = [loss for _, loss in history.validation]
    return min(losses[-config.patience :]) >= min(losses[: -config.patience])


def _made_fast(
    compute_loss: nn.Module,
    loader: BatchLoader,
    device: torch.device,
    config: TrainConfig,
    history: History,
    ranks: Ranks,
) -> tuple[nn.Module, Precision]:
    """The module as it is to be called, compiled or not, and the precision: as it was before, given, or measured."""
    first = next(iter(BatchLoader(loader.dataset, loader.batch_size, shuffle=False)))
    x, y = (ranks.share(part).to(device) for part in first)
    if not history.precision:
        chosen = choose_precision(compute_loss, x, y).precision if config.precision == "auto" else config.precision
        history.precision = ranks.from_leader(chosen)
    precision = cast(Precision, history.precision)
    return compiled(compute_loss, x, y, precision) if config.compile else compute_loss, precision


@contextmanager
def _shown(history: History, config: TrainConfig, ranks: Ranks) -> Iterator[Callable[[], None]]:
    """A bar with loss, tokens per second and the time left, moved by calling what this gives."""
    if not ranks.leads:
        yield lambda: None
        return
    with bar(description="training", total=config.steps, unit="step") as progress:
        progress.update(history.step)

        def show() -> None:
            progress.set_postfix_str(f"loss {history.losses[-1]:.3f}, {history.tokens_per_second:,.0f} tokens/s")
            progress.update()

        yield show
