"""Started by tests/training/test_training_kills.py: trains in processes of its own, and ends them with SIGKILL.

Usage: python killed_training.py FOLDER. Prints one line of JSON. Each training is a child made by fork, which saves the
seconds of importing torch and is a whole process for the system. With one thread, forking is safe for torch.
"""

import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from tqdm.auto import tqdm

import course_lib.training.checkpoint as checkpoint_module
import course_lib.util.files as files_module
from course_lib.config import GPTConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.training import TrainConfig, load_checkpoint, train

CONFIG = TrainConfig(
    steps=12, batch_size=4, accumulate=2, warmup_steps=3, checkpoint_every=1, eval_every=5, eval_batches=2
)
RANDOM_KILLS = 25
PATIENCE = 100  # seconds for a training that takes a tenth of one: after them it says where it stands, and ends
MOMENTS = {  # calls of a save, in their order: the process ends itself right before or right after one
    "save_file": checkpoint_module,
    "_digest": checkpoint_module,
    "dump": checkpoint_module.json,
    "fsync": files_module.os,
    "replace": files_module.os,
    "rmtree": checkpoint_module.shutil,
}


def run(folder: Path) -> None:
    """The whole training, or what is left of it."""
    torch.manual_seed(0)
    shape = GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3, dropout=0.1)
    data = TokenDataset(torch.arange(1_500) % 50, seq_len=16)  # 11 batches: several epochs
    train(GPT(shape, torch.Generator().manual_seed(0)), data, CONFIG, validation=data, folder=folder)


def start(work: Callable[[], None]) -> int:
    """A process that does `work`; its id."""
    pid = os.fork()
    if pid == 0:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return pid


def status(pid: int) -> int:
    """How it ended: 0, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def end_at(name: str, call: int, after: bool) -> None:
    """From now on, the `call`-th call of this function ends the process."""
    module, seen = MOMENTS[name], [0]
    original = getattr(module, name)

    def deadly(*args: object, **kwargs: object) -> object:
        seen[0] += 1
        if seen[0] == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if seen[0] == call and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, deadly)


def result(folder: Path) -> dict:
    """What must not depend on where a run was ended."""
    checkpoint = load_checkpoint(folder)
    history = {name: value for name, value in checkpoint.state["history"].items() if name != "seconds"}
    state = {name: checkpoint.state[name] for name in ("random_state", "loader", "sha256")}  # sha256: every bit
    return {"step": checkpoint.step, "history": history, **state}


def finished(folder: Path) -> dict:
    """The result once nobody ends the process any more."""
    ended = status(start(lambda: run(folder)))
    assert ended == 0, f"going on failed in {folder}"
    return result(folder)


def main(root: Path) -> None:
    """Kill at every moment of a save, then at random ones, and compare with the run that nobody touched."""
    torch.set_num_threads(1)
    # tqdm's own lock is a semaphore that forked processes share: one that is killed while it holds it would stop all
    # others. Its monitor is a thread, which a fork does not copy.
    tqdm.set_lock(threading.RLock())
    tqdm.monitor_interval = 0
    run(root / "first")  # here, so that what torch imports for a first step is there in all children
    expected = finished(root / "whole")
    assert expected["step"] == CONFIG.steps
    different: list[str] = []
    kills = 0
    for name in MOMENTS:
        for after in (False, True):
            folder = root / f"{name}-{after}"

            def work(folder: Path = folder, name: str = name, after: bool = after) -> None:
                end_at(name, 9, after)
                run(folder)

            kills += status(start(work)) == -signal.SIGKILL
            if finished(folder) != expected:
                different.append(folder.name)
            shutil.rmtree(folder)

    begun = time.perf_counter()
    if finished(root / "timed") != expected:
        different.append("never ended")
    whole_seconds = time.perf_counter() - begun
    draw = random.Random(0)
    random_kills = in_midst_of_writing = 0
    folder = root / "random"
    for number in range(RANDOM_KILLS):
        pid = start(lambda: run(folder))
        time.sleep(draw.uniform(0, whole_seconds / 4))
        os.kill(pid, signal.SIGKILL)
        random_kills += status(pid) == -signal.SIGKILL
        in_midst_of_writing += any(folder.glob(".*.part"))
        done = load_checkpoint(folder).step if any(folder.glob("step-*")) else 0
        if done == CONFIG.steps or number == RANDOM_KILLS - 1:
            if finished(folder) != expected:
                different.append(f"random until {number}")
            shutil.rmtree(folder)
    print(
        json.dumps(
            {
                "kills": kills,
                "moments": 2 * len(MOMENTS),
                "random_kills": random_kills,
                "in_midst_of_writing": in_midst_of_writing,
                "different": different,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
