"""Training: a readable loop, AdamW with a schedule, checkpoints that go on as if nothing had happened."""

from course_lib.config import PRECISIONS, Precision, TrainConfig
from course_lib.pretrained.models import build_model
from course_lib.training.checkpoint import Checkpoint, load_checkpoint, restore_model, save_checkpoint
from course_lib.training.fast.memory import keep_freed_memory
from course_lib.training.fast.precision import Choice, choose_precision, computing_in
from course_lib.training.history import History
from course_lib.training.loop import evaluate, train
from course_lib.training.loss import LossModule, chunked_next_token_loss
from course_lib.training.optimizer import decay_groups, learning_rate, make_optimizer
from course_lib.training.ranks import Ranks
from course_lib.training.run import load_run

__all__ = [
    "PRECISIONS",
    "Checkpoint",
    "Choice",
    "History",
    "LossModule",
    "Precision",
    "Ranks",
    "TrainConfig",
    "build_model",
    "choose_precision",
    "chunked_next_token_loss",
    "computing_in",
    "decay_groups",
    "evaluate",
    "keep_freed_memory",
    "learning_rate",
    "load_checkpoint",
    "load_run",
    "make_optimizer",
    "restore_model",
    "save_checkpoint",
    "train",
]
