"""What the machine has: a device that computes, memory, cores, a folder for what is downloaded."""

import platform
import shutil
from collections.abc import Iterator

from course_lib.util.machine import available_cores, choose_device
from course_tools.doctor.report import Finding, State
from course_tools.home import cache_is_out_of_reach, writing_problem

GIB = 2**30
MEMORY_NEEDED = 1.5 * GIB  # bytes; a kernel that has imported torch and plots takes about 1
MEMORY_COMFORTABLE = 4 * GIB
DISK_NEEDED = 0.5 * GIB  # token files and tokenizers of the lessons
DISK_FOR_TINYSTORIES = 6 * GIB  # the real set, as downloaded and as converted


def check_device() -> Iterator[Finding]:
    """What torch can compute on, tried with a small product."""
    import torch

    device = choose_device()
    ones = torch.ones(64, 64, device=device)
    if (ones @ ones).sum().item() != 64**3:
        yield Finding(
            State.WRONG, "device", f"torch {torch.__version__} on {device} multiplies wrongly", "update its driver"
        )
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    yield Finding(State.GOOD, "device", f"{device.type} ({name}), torch {torch.__version__}")


def check_memory() -> Iterator[Finding]:
    """Main memory that is free."""
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB free"
    if memory.available < MEMORY_NEEDED:
        yield Finding(State.WRONG, "memory", found, f"close programs until {MEMORY_NEEDED / GIB:.1f} GiB are free")
    elif memory.available < MEMORY_COMFORTABLE:
        yield Finding(State.NOTE, "memory", found, "keep one notebook open at a time")
    else:
        yield Finding(State.GOOD, "memory", found)


def check_cores() -> Iterator[Finding]:
    """Cores that this process may use."""
    cores = available_cores()
    if cores < 2:
        yield Finding(State.NOTE, "cores", "1", "lessons run, at about half the pace they are written for")
    else:
        yield Finding(State.GOOD, "cores", str(cores))


def check_cache() -> Iterator[Finding]:
    """The folder where downloaded and prepared stories are kept: writable, with room."""
    from course_lib.corpus import cache_folder

    remedy, state = "set COURSE_CACHE to a folder that you may write to", State.WRONG
    if cache_is_out_of_reach():
        remedy = f"lessons do without, and `course lab` keeps downloads until it ends; to keep them longer, {remedy}"
        state = State.NOTE
    try:
        folder = cache_folder()
    except FileNotFoundError as error:
        yield Finding(state, "cache", str(error), remedy)
        return
    problem = writing_problem(folder)
    if problem is not None:
        yield Finding(state, "cache", f"{folder} cannot be written: {problem}", remedy)
        return
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / GIB:.1f} GiB free"
    if free < DISK_NEEDED:
        yield Finding(State.WRONG, "cache", found, f"free some, or {remedy} with {DISK_NEEDED / GIB:.1f} GiB")
    elif free < DISK_FOR_TINYSTORIES:
        yield Finding(
            State.NOTE, "cache", found, f"the real TinyStories take up to {DISK_FOR_TINYSTORIES / GIB:.0f} GiB"
        )
    else:
        yield Finding(State.GOOD, "cache", found)
