"""What a run needs to go on as if it had never stopped, written into its checkpoints and read back."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from course_lib.config import TrainConfig
from course_lib.data import BatchLoader
from course_lib.training.checkpoint import load_checkpoint, restore_model, restore_optimizer, save_checkpoint
from course_lib.training.history import History


def save_run_state(
    folder: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: BatchLoader,
    config: TrainConfig,
    history: History,
    *,
    write: bool = True,
) -> None:
    """A checkpoint of everything that the next step depends on.

    write: False on the ranks that only help: where parameters are spread over ranks, all gather and one writes.
    """
    state = {
        "train_config": asdict(config),
        "loader": loader.state_dict(),
        "history": asdict(history),
        "random_state": random_state(next(model.parameters()).device),
    }
    save_checkpoint(folder, model, step=history.step, optimizer=optimizer, state=state, write=write)


def restore_run_state(
    folder: str | Path, model: nn.Module, optimizer: torch.optim.Optimizer, loader: BatchLoader, config: TrainConfig
) -> History:
    """Bring everything to where the newest checkpoint in `folder` left it; a new history if there is none.

    Raises ValueError if the run there was begun with another configuration or another model.
    """
    try:
        checkpoint = load_checkpoint(folder)
    except FileNotFoundError:
        return History()
    if "train_config" not in checkpoint.state:
        raise ValueError(f"{checkpoint.path} holds a model but no run to go on with; choose another folder")
    saved = checkpoint.state["train_config"]
    changed = [name for name, value in asdict(config).items() if saved.get(name) != value]
    if changed:
        was = ", ".join(f"{name} = {saved.get(name)!r}" for name in changed)
        raise ValueError(f"the run in {folder} was begun with {was}; go on with the same, or choose another folder")
    restore_model(model, checkpoint)
    restore_optimizer(model, optimizer, checkpoint)
    loader.load_state_dict(checkpoint.state["loader"])
    restore_random_state(checkpoint.state["random_state"], next(model.parameters()).device)
    kept = checkpoint.state["history"]
    pairs = [(step, loss) for step, loss in kept["validation"]]  # json knows no pairs
    history = History(**{**kept, "validation": pairs, "interrupted": False})
    return history


def random_state(device: torch.device) -> dict[str, str]:
    """torch's random state, which dropout draws from, as json can hold it: the CPU's, and the device's if another."""
    states = {"cpu": torch.get_rng_state()}
    if device.type != "cpu":
        states[device.type] = _rng(device).get_rng_state()
    return {kind: state.numpy().tobytes().hex() for kind, state in states.items()}


def restore_random_state(saved: dict[str, str], device: torch.device) -> None:
    """The inverse of `random_state`; what was saved for a device that is not used now is left aside."""
    states = {kind: torch.frombuffer(bytearray.fromhex(text), dtype=torch.uint8) for kind, text in saved.items()}
    torch.set_rng_state(states["cpu"])
    if device.type in states and device.type != "cpu":
        _rng(device).set_rng_state(states[device.type])


def _rng(device: torch.device) -> Any:
    """The module of torch that holds a device's random state, such as torch.cuda."""
    return torch.get_device_module(device)
