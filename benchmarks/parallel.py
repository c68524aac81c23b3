"""A training step on two processes with a core each, against one process with one core and with both.

All take turns within the same two processes: while rank 0 works alone, rank 1 waits. On two cores there is little to
win; what the ratios show is what it costs to work together, and that it costs less for larger batches.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
import torch.distributed as dist
from torch import Tensor, nn

from benchmarks.report import Measurement
from course_lib import parallel
from course_lib.config import GPTConfig
from course_lib.gpt import GPT, next_token_loss
from course_lib.show.profiling import num_params

CONFIG = replace(GPTConfig(), n_head=10)  # the course's, but for the heads: two processes cannot share five
BATCHES = (4, 32)  # sequences of 128 tokens in a step, all processes together
LEARNING_RATE = 1e-3
TIME_LIMIT = 540.0  # seconds a batch size may take
ALONE, BOTH_CORES = "one process, one core", "one process, two cores"
TOGETHER = ("DDP", "FSDP", "tensor parallel")


def measure(runs: int) -> Iterator[Measurement]:
    """How many times faster two processes make a step, for each way to share the work, and how long sending takes."""
    for batch_size in BATCHES:
        seconds, sending = parallel.launch(seconds_in_turns, 2, batch_size, runs, time_limit=TIME_LIMIT)[0]
        for way in TOGETHER:
            for against in (ALONE, BOTH_CORES):
                ratios = tuple(theirs / ours for ours, theirs in zip(seconds[way], seconds[against], strict=True))
                yield Measurement(f"two processes, {way}, batch {batch_size}", against, ratios)
        shares = tuple(100 * ours / theirs for ours, theirs in zip(sending, seconds["DDP"], strict=True))
        yield Measurement(f"all-reduce of the gradients, batch {batch_size}", "DDP's whole step", shares, "%")


def seconds_in_turns(batch_size: int, runs: int) -> tuple[dict[str, list[float]], list[float]]:
    """On each process: seconds per step, one list per way, and seconds to all-reduce as many numbers as gradients."""
    tokens = torch.randint(
        CONFIG.vocab_size, (batch_size, CONFIG.seq_len + 1), generator=torch.Generator().manual_seed(0)
    )
    share = parallel.share_of_batch(tokens, dist.get_rank(), dist.get_world_size())
    model = GPT(CONFIG)
    alone = step_of(model, tokens)
    gradients = torch.zeros(num_params(model))
    ways = {
        ALONE: lambda: on_first(alone, threads=1),
        BOTH_CORES: lambda: on_first(alone, threads=2),
        "DDP": step_of(parallel.data_parallel(GPT(CONFIG)), share),
        "FSDP": step_of(parallel.shard_fully(GPT(CONFIG), parallel.process_mesh("data")), share),
        "tensor parallel": tensor_step_of(parallel.tensor_parallel(GPT(CONFIG), parallel.process_mesh()), tokens),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    sending = []
    for number in range(-1, runs):  # the first round sets everything up
        for way, step in ways.items():
            taken = seconds_of(step)
            if number >= 0:
                seconds[way].append(taken)
        taken = seconds_of(lambda: dist.all_reduce(gradients))
        if number >= 0:
            sending.append(taken)
    return seconds, sending


def seconds_of(step: Callable[[], object]) -> float:
    """From when all are ready until all are done."""
    dist.barrier()
    start = time.perf_counter()
    step()
    dist.barrier()
    return time.perf_counter() - start


def on_first(step: Callable[[], None], *, threads: int) -> None:
    """Rank 0 alone, with so many threads; the other waits, and leaves it both cores."""
    if dist.get_rank() == 0:
        torch.set_num_threads(threads)
        step()
        torch.set_num_threads(1)


def step_of(model: nn.Module, tokens: Tensor) -> Callable[[], None]:
    """A training step on these tokens, (B, T + 1)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)

    def step() -> None:
        next_token_loss(model(tokens[:, :-1]), tokens[:, 1:]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def tensor_step_of(model: nn.Module, tokens: Tensor) -> Callable[[], None]:
    """The same for a tensor-parallel model."""
    groups = parallel.separate_groups([{"params": list(model.parameters())}])
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, fused=True)

    def step() -> None:
        parallel.next_token_loss_and_backward(model, tokens[:, :-1], tokens[:, 1:])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step
