"""Training: a readable loop, AdamW with a schedule, checkpoints that go on as if nothing had happened."""

from course_lib.training.checkpoint import Checkpoint, load_checkpoint, restore_model, save_checkpoint
from course_lib.training.config import TrainConfig
from course_lib.training.loop import History, evaluate, train
from course_lib.training.optimizer import decay_groups, learning_rate, make_optimizer
from course_lib.training.run import build_model, load_run

__all__ = [
    "Checkpoint",
    "History",
    "TrainConfig",
    "build_model",
    "decay_groups",
    "evaluate",
    "learning_rate",
    "load_checkpoint",
    "load_run",
    "make_optimizer",
    "restore_model",
    "save_checkpoint",
    "train",
]
