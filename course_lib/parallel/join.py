"""What a program does to be one of several that torchrun started: find the others, and its device."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from course_lib.parallel.launch import loopback_interface

TIMEOUT = timedelta(minutes=10)  # that a message may take before its process gives up


def started_by_torchrun() -> bool:
    """Whether there are others: torchrun tells each process its number and theirs in its environment."""
    return {"RANK", "WORLD_SIZE", "LOCAL_RANK"} <= os.environ.keys()


@contextmanager
def joined(*, gpu: bool | None = None) -> Iterator[torch.device]:
    """Within the block, this process and the others that torchrun started can talk; gives this process's device.

    gpu: False for CPUs and gloo, True for a CUDA device a process and nccl, None for the latter where there are enough.
    Raises ValueError if torchrun did not start this process, or there are fewer CUDA devices than processes.
    """
    if not started_by_torchrun():
        raise ValueError(
            "this process has no others to work with: start it with torchrun, for example "
            "torchrun --standalone --nproc-per-node 2 -m course_tools train --parallel ddp"
        )
    here, local_rank = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["LOCAL_RANK"])
    devices = torch.cuda.device_count()
    if gpu and devices < here:
        raise ValueError(
            f"nccl needs a CUDA device for each of {here} processes, found {devices}; "
            f"start {max(1, devices)}, or work on CPUs"
        )
    on_gpu = devices >= here if gpu is None else gpu
    if on_gpu:
        torch.cuda.set_device(local_rank)
    elif here == int(os.environ["WORLD_SIZE"]):  # all on this machine: nothing has to leave it
        loopback = loopback_interface()
        if loopback is not None:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=TIMEOUT)
    try:
        yield torch.device("cuda", local_rank) if on_gpu else torch.device("cpu")
    finally:
        dist.destroy_process_group()
