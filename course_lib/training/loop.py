"""The training loop, and what it keeps of a run."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import next_token_loss
from course_lib.progress import bar
from course_lib.training.checkpoint import load_checkpoint, restore_model, restore_optimizer, save_checkpoint
from course_lib.training.config import TrainConfig
from course_lib.training.optimizer import learning_rate, make_optimizer

Batch = tuple[Tensor, Tensor]


@dataclass
class History:
    """What happened at each step, for pictures and for going on: losses in nats a token.

    validation: pairs of (steps done, loss).   interrupted: stopped by Ctrl-C.   seconds: of training, all parts added.
    """

    losses: list[float] = field(default_factory=list)
    gradient_norms: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def step(self) -> int:
        """Optimizer steps done."""
        return len(self.losses)


def train(
    model: nn.Module,
    data: TokenDataset,
    config: TrainConfig,
    *,
    validation: TokenDataset | None = None,
    folder: str | Path | None = None,
    on_step: Callable[[History], None] | None = None,
) -> History:
    """Train `model` in place on windows of `data`, on the device that its weights are on.

    folder: where checkpoints go; if there is one from this run, training goes on from it as if it had never stopped.
    on_step: called after each step, to draw or to print samples.
    Ctrl-C ends training after the step in progress, with a checkpoint if there is a folder.
    Raises ValueError if the checkpoint there is damaged or of another model or run.
    """
    device = next(model.parameters()).device
    optimizer = make_optimizer(model, config)
    loader = BatchLoader(data, config.batch_size, seed=config.seed, drop_last=True)
    history = _resume(folder, model, optimizer, loader, config) if folder is not None else History()
    batches = _endless(loader)
    precision = _autocast(device, config)
    model.train()
    with bar(description="training", total=config.steps, unit="step") as progress, _ctrl_c() as stop_asked:
        progress.update(history.step)
        while history.step < config.steps and not _should_stop(history, config):
            start = time.perf_counter()
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(history.step, config)
            total = 0.0
            for _ in range(config.accumulate):
                x, y = (part.to(device) for part in next(batches))  # both (B, T)
                with precision:
                    # The mean over k micro-batches: each gives a k-th of the loss, and gradients add up.
                    loss = next_token_loss(model(x), y) / config.accumulate
                loss.backward()
                total += loss.item()
                history.tokens += x.numel()
            norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

            history.losses.append(total)
            history.gradient_norms.append(norm.item())
            history.learning_rates.append(optimizer.param_groups[0]["lr"])
            history.seconds += time.perf_counter() - start
            history.interrupted = stop_asked()
            last = history.step == config.steps or history.interrupted
            if validation is not None and (history.step % config.eval_every == 0 or last):
                history.validation.append((history.step, evaluate(model, validation, config)))
            if folder is not None and (history.step % config.checkpoint_every == 0 or last):
                _save(folder, model, optimizer, loader, config, history)
            if on_step is not None:
                on_step(history)
            progress.set_postfix_str(f"loss {total:.3f}, {history.tokens / history.seconds:,.0f} tokens/s")
            progress.update()
            if history.interrupted:
                break
    return history


@torch.no_grad()
def evaluate(model: nn.Module, data: TokenDataset, config: TrainConfig) -> float:
    """Mean loss over the first `eval_batches` batches of `data`, in eval mode; the mode is put back afterwards."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    losses = []
    for _, (x, y) in zip(range(config.eval_batches), BatchLoader(data, config.batch_size, shuffle=False), strict=False):
        with _autocast(device, config):
            losses.append(next_token_loss(model(x.to(device)), y.to(device)).item())
    model.train(was_training)
    return sum(losses) / len(losses)


def _endless(loader: BatchLoader) -> Iterator[Batch]:
    """Epoch after epoch; the loader remembers where it is."""
    while True:
        yield from loader


def _should_stop(history: History, config: TrainConfig) -> bool:
    """True if the last `patience` validations brought nothing better than the best before them."""
    if config.patience is None or len(history.validation) <= config.patience:
        return False
    losses = [loss for _, loss in history.validation]
    return min(losses[-config.patience :]) >= min(losses[: -config.patience])


def _autocast(device: torch.device, config: TrainConfig) -> AbstractContextManager:
    """bfloat16 for the products, float32 for weights, norms and sums; or nothing."""
    if config.precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within it, Ctrl-C only raises a flag, so that a step is never cut in two; a second Ctrl-C interrupts at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread only
        yield asked.is_set
        return

    def note(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _save(
    folder: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: BatchLoader,
    config: TrainConfig,
    history: History,
) -> Path:
    state = {
        "train_config": asdict(config),
        "loader": loader.state_dict(),
        "history": asdict(history),
        "random_state": torch.get_rng_state().numpy().tobytes().hex(),  # for dropout
    }
    return save_checkpoint(folder, model, step=history.step, optimizer=optimizer, state=state)


def _resume(
    folder: str | Path, model: nn.Module, optimizer: torch.optim.Optimizer, loader: BatchLoader, config: TrainConfig
) -> History:
    """Bring everything to where the newest checkpoint in `folder` left it; a new history if there is none."""
    try:
        checkpoint = load_checkpoint(folder)
    except FileNotFoundError:
        return History()
    saved = checkpoint.state["train_config"]
    changed = [name for name, value in asdict(config).items() if saved.get(name) != value]
    if changed:
        was = ", ".join(f"{name} = {saved.get(name)!r}" for name in changed)
        raise ValueError(f"the run in {folder} was begun with {was}; go on with the same, or choose another folder")
    restore_model(model, checkpoint)
    restore_optimizer(model, optimizer, checkpoint)
    loader.load_state_dict(checkpoint.state["loader"])
    random_state = bytearray.fromhex(checkpoint.state["random_state"])
    torch.set_rng_state(torch.frombuffer(random_state, dtype=torch.uint8))
    history = History(**{**checkpoint.state["history"], "interrupted": False})
    history.validation = [(step, loss) for step, loss in history.validation]  # json knows no pairs
    return history
