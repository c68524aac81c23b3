"""More than one device: processes that train one model together.

launch       a function on several processes, from a notebook;   join: a program, by torchrun
data         data parallelism: the same weights everywhere, different parts of the batch;   fsdp: the weights shared out
tensor       tensor parallelism: the same batch everywhere, different parts of each matrix
collectives  all-reduce by hand, and a count of what is sent;   costs: the same count from the sizes alone
strategy     the pieces by which `training.train`, and `course train`, share their work
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from course_lib.parallel.collectives import Message, Traffic, count_traffic, naive_all_reduce, ring_all_reduce
from course_lib.parallel.costs import Bytes, data_parallel_bytes, fsdp_bytes, sent_bytes, tensor_parallel_bytes
from course_lib.parallel.data import data_parallel, share_of_batch
from course_lib.parallel.join import joined, started_by_torchrun
from course_lib.parallel.launch import ProcessFailed, launch, launch_environment, torchrun
from course_lib.parallel.strategy import STRATEGIES, Strategy, StrategyName, distributed_strategy, whole_copy, wrap_for
from course_lib.training.ranks import Ranks, split_like, whole

if TYPE_CHECKING:
    from course_lib.parallel.fsdp import shard_fully
    from course_lib.parallel.tensor import (
        check_divisible,
        clip_gradients,
        gather_gradients,
        gather_weights,
        group_qkv,
        next_token_loss_and_backward,
        process_mesh,
        separate_groups,
        tensor_parallel,
        ungroup_qkv,
    )

__all__ = [
    "STRATEGIES",
    "Bytes",
    "Message",
    "ProcessFailed",
    "Ranks",
    "Strategy",
    "StrategyName",
    "Traffic",
    "check_divisible",
    "clip_gradients",
    "count_traffic",
    "data_parallel",
    "data_parallel_bytes",
    "distributed_strategy",
    "fsdp_bytes",
    "gather_gradients",
    "gather_weights",
    "group_qkv",
    "joined",
    "launch",
    "launch_environment",
    "naive_all_reduce",
    "next_token_loss_and_backward",
    "process_mesh",
    "ring_all_reduce",
    "sent_bytes",
    "separate_groups",
    "shard_fully",
    "share_of_batch",
    "split_like",
    "started_by_torchrun",
    "tensor_parallel",
    "tensor_parallel_bytes",
    "torchrun",
    "ungroup_qkv",
    "whole",
    "whole_copy",
    "wrap_for",
]


def __getattr__(name: str) -> Any:
    # What is built on DTensor comes when it is first used: importing that takes half as long as torch itself, in each
    # process anew, and what a process is asked to do may need none of it.
    if name in __all__:
        for late in ("tensor", "fsdp"):
            module = import_module(f"{__name__}.{late}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"{__name__} has no {name!r}")
