"""`course train`: from stories to a model of one's own."""

import argparse
from pathlib import Path

from course_tools.options import add_device, add_fields, from_fields
from course_tools.own_model.options import TrainOptions

HELP = "train a model on stories; by default one that takes two minutes"
EPILOG = (
    "On two GPUs, or two CPU processes: torchrun --standalone --nproc-per-node 2 -m course_tools train … "
    "(with --n, write -m -- course_tools train: torchrun has options of its own that begin so)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about a run, and about where and how it is trained here."""
    add_fields(parser, TrainOptions)
    add_device(parser)
    parser.add_argument(
        "--parallel",
        choices=("none", "ddp", "fsdp"),
        help="under torchrun: share the batch among processes, or the weights too (default: ddp there)",
    )
    parser.add_argument("--release-memory", action="store_true", help="give freed memory back after each step")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build/run"),
        metavar="DIR",
        help="the run; again: goes on (default: build/run)",
    )


def run(options: argparse.Namespace) -> int:
    """Begin the run, or go on with it; the exit status is 130 after Ctrl-C."""
    from course_tools.own_model.train import train_and_print

    return train_and_print(
        options.out,
        from_fields(TrainOptions, options),
        device=options.device,
        keep_memory=not options.release_memory,
        parallel=options.parallel,
    )
