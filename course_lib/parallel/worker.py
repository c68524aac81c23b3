"""What each process that `launch` starts does: join the others, call the function, leave its result in a file."""

import faulthandler
import os
import pickle
import sys
import threading
import traceback
from datetime import timedelta
from functools import partial
from pathlib import Path

import torch
import torch.distributed as dist

from course_lib.parallel.launch import START_LIMIT
from course_lib.parallel.portable import pack, unpack
from course_lib.util.files import write_bytes

SECONDS_BEFORE = 1.0  # the launcher's limit, at which a process that has not ended writes down where it is


def main(folder: Path, rank: int, n_processes: int, backend: str, time_limit: float) -> int:
    """Exit status of the process: 1 if the function raised, with its traceback in a file of its own."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        if backend == "nccl":
            if torch.cuda.device_count() < n_processes:
                raise ValueError(
                    f"nccl needs a CUDA device for each of {n_processes} processes, found {torch.cuda.device_count()}; "
                    'use backend="gloo"'
                )
            torch.cuda.set_device(rank)
        function, *args = (unpack(part) for part in pickle.loads((folder / "job").read_bytes()))
        call = partial(function, *args)
        store = dist.FileStore(str(folder / "store"), n_processes)  # a file: no port that could be taken
        # To meet can take longer than the function may: on a busy machine one process starts long after the other.
        # Whether the function takes too long, the launcher watches.
        limit = timedelta(seconds=START_LIMIT + time_limit)
        dist.init_process_group(backend, store=store, rank=rank, world_size=n_processes, timeout=limit)
        (folder / f"{rank}.ready").touch()
        with open(folder / f"{rank}.stack", "w") as stack:
            # Just before the launcher's patience ends, a process that still works writes down where it is.
            faulthandler.dump_traceback_later(max(time_limit / 2, time_limit - SECONDS_BEFORE), file=stack)
            result = pack(call(), "return tensors, numbers, or lists of them")
            (folder / f"{rank}.returned").touch()
            dist.barrier()  # whoever is done waits for the others, else they would lose their connection to it
            faulthandler.cancel_dump_traceback_later()
        dist.destroy_process_group()
    except BaseException as error:
        write_bytes(folder / f"{rank}.error", _readable(error).encode())
        return 1
    write_bytes(folder / f"{rank}.result", result)
    return 0


def _readable(error: BaseException) -> str:
    """The traceback from the function on, without the frames of this module."""
    steps = error.__traceback__
    while steps is not None and steps.tb_frame.f_code.co_filename == __file__:
        steps = steps.tb_next
    return "".join(traceback.format_exception(type(error), error, steps or error.__traceback__))


def _end_with_parent() -> None:
    """End this process at once when the one that started it is gone: its end of the pipe is closed then."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    status = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], float(sys.argv[5]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads of a broken group would keep a plain exit waiting
