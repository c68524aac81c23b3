"""The machine: what torch can compute on here, which of it to take, and how many cores there are.

torch is imported when it is asked: `course doctor` has to say so where there is none.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def devices() -> list[str]:
    """The names of all devices that torch can compute on here, the one to take first: such as cuda:0, cuda:1, cpu."""
    import torch

    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if accelerator is None:
        return ["cpu"]
    count = torch.accelerator.device_count()
    numbered = [f"{accelerator.type}:{number}" for number in range(count)] if count > 1 else [accelerator.type]
    return [*numbered, "cpu"]


def choose_device(name: str | None = None) -> "torch.device":
    """The device of that name; None for an accelerator (CUDA, Apple's MPS, …) if there is one, else the CPU.

    Raises ValueError, naming the devices there are, if it is none of them.
    """
    import torch

    there = devices()
    if name is None:
        return torch.device(there[0].partition(":")[0])
    kind, colon, number = name.partition(":")
    same_kind = sum(device.partition(":")[0] == kind for device in there)
    if same_kind == 0 or (colon and number not in map(str, range(same_kind))):
        raise ValueError(f"there is no device {name!r} here, only {', '.join(there)}")
    return torch.device(name)


def available_cores() -> int:
    """Cores that this process may use: fewer than the machine has, in a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
