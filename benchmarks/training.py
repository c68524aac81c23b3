"""A training step as `course train` does it, against nanoGPT's default step and the best of the libraries.

Each contestant trains in a process of its own, since keeping freed memory holds for a whole process. They take turns,
a few steps each, so that a slow spell of the machine hits all of them.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.gpt_step import PEERS
from benchmarks.report import Measurement
from course_lib.config import GPTConfig, Precision
from course_lib.gpt import GPT
from course_lib.training import Choice, LossModule, TrainConfig, choose_precision, computing_in, keep_freed_memory
from course_lib.training.fast.compilation import compiled
from course_lib.training.fast.precision import fast_products_are_accurate, has_bfloat16, products_of
from course_lib.training.loss import CHUNK_ROWS
from course_lib.training.optimizer import make_optimizer

SHAPES = {
    "a": (GPTConfig(), 32),  # the course's: T 128, 12 layers, C 100, vocabulary 10,000
    "b": (GPTConfig(vocab_size=10_000, seq_len=256, n_layer=6, n_embd=384, n_head=6), 8),
}
TARGETS = {  # times nanoGPT's default, float32
    ("a", "float32"): 1.35,
    ("b", "float32"): 1.5,
    ("a", "bfloat16"): 1.8,
    ("b", "bfloat16"): 2.7,
}
WITHIN = 0.98  # of the best library's speed
NANO = "nanoGPT's default step"
FORMATS = ("float32", "bfloat16")
COMPILED = " compiled"  # behind a format's name: with torch.compile, as an option of `course train`
WARM_UP = 5  # steps until kept memory has grown to what a step needs; a training run has thousands
STEPS_A_TURN = {"a": 2, "b": 1}
LEARNING_RATE = 1e-3
ROUNDS = 2  # times as many as asked for: the machine's own changes are as large as what is measured
PEAK_SIZES = (512, 1024, 2048)  # of the square matrices whose product sets the peak
PEAK_RUNS = 5


class NanoBlock(nn.Module):
    """The plain block that everyone writes: one projection for q, k and v, fused attention, GELU."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.norm_1, self.norm_2 = nn.LayerNorm(C, bias=False), nn.LayerNorm(C, bias=False)
        self.qkv, self.out = nn.Linear(C, 3 * C, bias=False), nn.Linear(C, C, bias=False)
        self.up, self.down = nn.Linear(C, 4 * C, bias=False), nn.Linear(4 * C, C, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        B, T, C = x.shape
        q, k, v = (
            part.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
            for part in self.qkv(self.norm_1(x)).split(C, dim=2)
        )
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heads.transpose(1, 2).contiguous().view(B, T, C))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))


class Nano(nn.Module):
    """A GPT in nanoGPT's manner, of a shape of ours."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.n_embd)
        self.positions = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.Sequential(*(NanoBlock(config) for _ in range(config.n_layer)))
        self.norm = nn.LayerNorm(config.n_embd, bias=False)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.tokens.weight = self.head.weight

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.tokens(idx) + self.positions(torch.arange(idx.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def plain_step(model: nn.Module, x: Tensor, y: Tensor) -> Callable[[], None]:
    """Logits, cross-entropy, AdamW with torch's defaults: float32, all logits at once."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95))

    def step() -> None:
        logits = model(x)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), y.reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def own_step(config: GPTConfig, x: Tensor, y: Tensor, wanted: str) -> Callable[[], None]:
    """As `training.train` steps, with what `course train` turns on: kept memory, chunks, the fastest products."""
    keep_freed_memory()
    model = GPT(config)
    compute_loss: nn.Module = LossModule(model, CHUNK_ROWS)
    optimizer = make_optimizer(model, TrainConfig(learning_rate=LEARNING_RATE))
    precision = quickest(wanted.removesuffix(COMPILED), choose_precision(compute_loss, x, y))
    if wanted.endswith(COMPILED):
        compute_loss = compiled(compute_loss, x, y, precision)

    def step() -> None:
        with computing_in(precision, x.device):
            loss = compute_loss(x, y)
        with products_of(precision):
            loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def quickest(wanted: str, choice: Choice) -> Precision:
    """Of the formats that were measured, the quickest of this name or one that begins so."""
    seconds = choice.seconds or {choice.precision: 0.0}
    return cast(Precision, min((name for name in seconds if name.startswith(wanted)), key=lambda name: seconds[name]))


def serve(connection: Connection, contestant: str, shape: str) -> None:
    """In a process of its own: take a turn each time a message comes, and answer with seconds per step."""
    config, batch_size = SHAPES[shape]
    tokens = torch.randint(config.vocab_size, (batch_size, config.seq_len + 1))
    x, y = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    if contestant.removesuffix(COMPILED) in FORMATS:
        step = own_step(config, x, y, contestant)
    else:
        step = plain_step(Nano(config) if contestant == NANO else PEERS[contestant](config), x, y)
    for _ in range(WARM_UP):
        step()
    connection.send("ready")
    with suppress(EOFError):  # until the other side closes
        while connection.recv() == "step":
            start = time.perf_counter()
            for _ in range(STEPS_A_TURN[shape]):
                step()
            connection.send((time.perf_counter() - start) / STEPS_A_TURN[shape])


def seconds_in_turns(contestants: list[str], shape: str, runs: int) -> dict[str, list[float]]:
    """Seconds a step of each contestant in each round; who starts changes from round to round."""
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit this process's threads and memory
    connections: dict[str, Connection] = {}
    processes: dict[str, BaseProcess] = {}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    try:
        for name in contestants:
            connections[name], theirs = spawn.Pipe()
            processes[name] = spawn.Process(target=serve, args=(theirs, name, shape), daemon=True)
            processes[name].start()
            theirs.close()  # here, so that its end is noticed if the process dies
            _answer(connections[name], processes[name], name)  # one by one: none is slowed by another's start
        for number in range(runs):
            for name in contestants[number % len(contestants) :] + contestants[: number % len(contestants)]:
                connections[name].send("step")
                seconds[name].append(_answer(connections[name], processes[name], name))
    finally:
        for name, process in processes.items():
            connections[name].close()  # which ends its loop
            process.join(timeout=10)
    return seconds


def _answer(connection: Connection, process: BaseProcess, name: str) -> Any:
    """What the process says next. Raises RuntimeError, naming it, if it has died."""
    try:
        return connection.recv()
    except EOFError:
        process.join(timeout=10)
        raise RuntimeError(f"the process of {name!r} ended with {process.exitcode}; -9 is a lack of memory") from None


def has_compiler() -> bool:
    """Whether torch.compile works here, tried on the smallest there is."""
    try:
        torch.compile(lambda x: x + 1)(torch.ones(1))
    except Exception:  # what a missing compiler raises differs with torch and platform
        return False
    return True


def step_operations(config: GPTConfig, batch_size: int) -> float:
    """Floating-point operations in the products of one step: forward, and twice that backward; causal attention."""
    L, C, T, V = config.n_layer, config.n_embd, config.seq_len, config.vocab_size
    weights = 12 * L * C**2 + V * C  # 2 operations each and token
    attention = L * T * C  # q·k and weights·v, 2 operations each, over T / 2 positions on average
    return 3 * 2 * (weights + attention) * batch_size * T


def product_peak(wanted: str) -> float:
    """Operations a second of the quickest square matrix product here, with any of the kernels that a step may use."""
    best = 0.0
    cpu = torch.device("cpu")
    fast = wanted == "float32" and fast_products_are_accurate(cpu)
    kernels: list[Precision] = ["float32", "float32-fast"] if fast else ["float32"]
    for n, kernel in product(PEAK_SIZES, kernels):
        a, b = (torch.randn(n, n, dtype=getattr(torch, wanted)) for _ in range(2))
        with products_of(kernel):
            for _ in range(PEAK_RUNS):
                start = time.perf_counter()
                a @ b
                best = max(best, 2 * n**3 / (time.perf_counter() - start))
    return best


def measure(runs: int) -> Iterator[Measurement]:
    """Each shape in float32 and, where the processor has it, bfloat16, plain and compiled where that works; the share
    of the product's peak, and what a step at that peak would reach: no loop can do more here.
    """
    formats = [name for name in FORMATS if name == "float32" or has_bfloat16(torch.device("cpu"))]
    own = [name + ending for ending in ("", COMPILED) if not ending or has_compiler() for name in formats]
    for shape, (config, batch_size) in SHAPES.items():
        seconds = seconds_in_turns([NANO, *PEERS, *own], shape, ROUNDS * runs)
        for name in own:
            target = TARGETS[shape, name.removesuffix(COMPILED)]
            yield _ratio(f"training step ({shape}), {name}", seconds, name, NANO, target)
        best = min(PEERS, key=lambda peer: statistics.median(seconds[peer]))
        yield _ratio(f"training step ({shape}), float32", seconds, "float32", best, WITHIN)
        for name in formats:
            least = step_operations(config, batch_size) / product_peak(name)  # seconds
            values = tuple(100 * least / taken for taken in seconds[name])
            yield Measurement(f"training step ({shape}), {name}", "the peak of a matrix product", values, unit="%")
            most = tuple(taken / least for taken in seconds[NANO])
            yield Measurement(f"products alone at their peak ({shape}), {name}", NANO, most)


def _ratio(what: str, seconds: dict[str, list[float]], own: str, against: str, target: float) -> Measurement:
    ratios = tuple(theirs / mine for mine, theirs in zip(seconds[own], seconds[against], strict=True))
    return Measurement(what, against, ratios, at_least=target)
