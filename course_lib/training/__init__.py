"""Training: a readable loop, AdamW with a schedule, checkpoints that go on as if nothing had happened."""

from course_lib.training.checkpoint import Checkpoint, load_checkpoint, restore_model, save_checkpoint
from course_lib.training.config import TrainConfig
from course_lib.training.loop import History, evaluate, train
from course_lib.training.optimizer import decay_groups, learning_rate, make_optimizer

__all__ = [
    "Checkpoint",
    "History",
    "TrainConfig",
    "decay_groups",
    "evaluate",
    "learning_rate",
    "load_checkpoint",
    "make_optimizer",
    "restore_model",
    "save_checkpoint",
    "train",
]
