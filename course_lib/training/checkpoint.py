"""Checkpoints: safetensors and json in a folder of their own, written beside and renamed; damage is noticed.

run/step-00000400/model.safetensors      the weights, a shared one once, and the model's other lasting tensors (buffers)
                  optimizer.safetensors  AdamW's two averages and step count of each parameter
                  state.json             configurations, position, random state, history, digests of the others
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from course_lib.config import SHIPPED
from course_lib.training.ranks import split_like, whole
from course_lib.util.files import UNFINISHED, replacing

FORMAT = "course checkpoint 1"
MODEL, OPTIMIZER, STATE = "model.safetensors", "optimizer.safetensors", "state.json"
PREFIX = "step-"
KEPT = 2  # the newest checkpoint, and the one before it


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, read: tensors by name, and what `state.json` says."""

    path: Path
    model: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    state: dict[str, Any]

    @property
    def step(self) -> int:
        """Optimizer steps done."""
        return self.state["step"]


def save_checkpoint(
    folder: str | Path,
    model: nn.Module,
    *,
    step: int,
    optimizer: torch.optim.Optimizer | None = None,
    state: dict[str, Any] | None = None,
    write: bool = True,
) -> Path:
    """Write `folder/step-NNNNNNNN` whole or not at all, then remove all but the newest two. Returns its path.

    model: its `config` dataclass is kept too.   state: anything json can hold.
    write: False on ranks that take part in gathering what is spread over ranks, and leave the writing to one.
    """
    folder = Path(folder)
    path = folder / f"{PREFIX}{step:08d}"
    if hasattr(model, "reshard"):
        # After a validation FSDP keeps what it gathered of the outermost weights. The optimizer knows the parts.
        model.reshard()  # type: ignore[operator]
    weights = _whole(_kept(model))
    averages = _optimizer_tensors(model, optimizer) if optimizer else {}
    if not write:
        return path
    with replacing(path) as unfinished:
        unfinished.mkdir()
        save_file(weights, unfinished / MODEL)
        save_file(averages, unfinished / OPTIMIZER)
        written = {
            "format": FORMAT,
            "step": step,
            "model": _described(model),
            "sha256": {name: _digest(unfinished / name) for name in (MODEL, OPTIMIZER)},
            **(state or {}),
        }
        with open(unfinished / STATE, "w", encoding="utf-8") as file:
            json.dump(written, file, indent=1)
        if path.exists():  # the same step again, after going on from an earlier checkpoint
            shutil.rmtree(path)
    abandoned = folder.glob(f".{PREFIX}*{UNFINISHED}")  # by a process that was ended while it wrote
    for old in [*_paths(folder)[:-KEPT], *abandoned]:
        shutil.rmtree(old)
    return path


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read one checkpoint, or the newest of a run's folder that is whole.

    Raises FileNotFoundError if there is none, ValueError, naming file and remedy, if it is damaged or not a checkpoint.
    """
    path = Path(path)
    if (path / STATE).is_file():
        return _read(path)
    problems = []
    for candidate in reversed(_paths(path)):
        try:
            return _read(candidate)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ValueError(f"no checkpoint in {path} can be used: {'; '.join(problems)}")
    raise FileNotFoundError(
        f"there is no checkpoint in {path}: a folder called {PREFIX}… with {STATE} in it. "
        f"`course train` makes one; the model that comes with the course is called {SHIPPED[0]}"
    )


def restore_model(model: nn.Module, checkpoint: Checkpoint) -> None:
    """Give the model the checkpoint's weights. Raises ValueError if it is of another class or configuration, or has
    other tensors.
    """
    expected = checkpoint.state["model"]
    own = json.loads(json.dumps(_described(model)))
    if own != expected:
        raise ValueError(f"{checkpoint.path} is of another model: it has {expected}, this one is {own}")
    tensors = _kept(model)
    if tensors.keys() != checkpoint.model.keys():
        raise ValueError(
            f"{checkpoint.path} does not hold this model's tensors: not in both are "
            f"{', '.join(sorted(tensors.keys() ^ checkpoint.model.keys()))}"
        )
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(split_like(checkpoint.model[name], tensor))


def restore_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, checkpoint: Checkpoint) -> None:
    """Give the optimizer the averages that it had for each of the model's parameters."""
    for name, parameter in model.named_parameters():
        saved = {
            key.removeprefix(f"{name}:"): value
            for key, value in checkpoint.optimizer.items()
            if key.startswith(f"{name}:")
        }
        optimizer.state[parameter] = {
            key: split_like(value, parameter) if value.dim() else value for key, value in saved.items()
        }


def _kept(model: nn.Module) -> dict[str, Tensor]:
    """What a model's checkpoint holds: parameters, a shared one once, and the buffers that its state_dict has."""
    lasting = model.state_dict(keep_vars=True).keys()
    return dict(model.named_parameters()) | {name: b for name, b in model.named_buffers() if name in lasting}


def _described(model: nn.Module) -> dict[str, Any]:
    # FSDP gives a model that it shards a class of its own, torch…FSDPGPT, in front of the model's: GPT.
    own_class = next(kind for kind in type(model).__mro__ if not kind.__module__.startswith("torch."))
    return {"class": own_class.__name__, "config": asdict(model.config)}  # type: ignore[call-overload]


def _optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    states = {name: optimizer.state[p] for name, p in model.named_parameters() if p in optimizer.state}
    if len(states) != len(optimizer.state):  # else the run would go on without them, and nobody would know
        raise ValueError(
            f"the optimizer has averages for {len(optimizer.state)} parameters, and {len(states)} of them are the "
            "model's: make the optimizer from this model's parameters, after whatever replaces them"
        )
    return _whole({f"{name}:{key}": value for name, state in states.items() for key, value in state.items()})


def _whole(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as a file can hold them: in one piece, and gathered if they are spread over ranks."""
    return {name: whole(tensor.detach()).contiguous() for name, tensor in tensors.items()}


def _paths(folder: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if path.is_dir())


def _read(path: Path) -> Checkpoint:
    remedy = "delete its folder to go on from the one before"
    try:
        state = json.loads((path / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path / STATE} cannot be read ({error}); {remedy}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ValueError(f"{path} is not a checkpoint of this course: {STATE} does not say {FORMAT!r}")
    for name in (MODEL, OPTIMIZER):
        if not (path / name).is_file() or _digest(path / name) != state["sha256"][name]:
            raise ValueError(f"{path / name} is missing or was changed after it was written; {remedy}")
    try:
        return Checkpoint(path, load_file(path / MODEL), load_file(path / OPTIMIZER), state)
    except SafetensorError as error:
        raise ValueError(f"{path} holds a file that is not safetensors ({error}); {remedy}") from error


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
