"""In which number format products are computed: by name, or the fastest by a short measurement."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.attention import attention_kernel
from course_lib.config import PRECISIONS, Precision
from course_lib.show.profiling import interleaved_seconds
from course_lib.training.fast.kernel import quick_attention
from course_lib.training.fast.products import float32_products

WORTH_IT = 1.05  # times faster than float32, or float32 it stays
ACCURACY_KEPT = 4.0  # a product is as good as float32's if its error is at most so many times float32's
ROUNDS = 3  # of a step in each format
BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16")  # of a processor, the last one ARM's
PRODUCT = (512, 256, 512)  # the shape on which errors are compared


class Choice(NamedTuple):
    """What `choose_precision` found: median seconds of a forward and backward pass in each format that qualified."""

    precision: Precision
    seconds: dict[str, float]


@contextmanager
def computing_in(precision: Precision, device: torch.device) -> Iterator[None]:
    """Within it, a forward pass computes products in this format; "auto" has to be chosen before.

    In the fast formats models of the course attend by `quick_attention`; layers that are torch's own go on as they do.
    The backward pass belongs outside, as always with autocast, but into `products_of`.
    """
    if precision == "auto":
        raise ValueError('"auto" is not a format: let choose_precision choose one first')
    if precision not in PRECISIONS:  # a run that an older version began may name one that is gone
        raise ValueError(f"there is no format {precision!r}, expected one of {', '.join(PRECISIONS)}")
    autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision.startswith("bfloat16"))
    attention = attention_kernel(quick_attention) if precision.endswith("-fast") else nullcontext()
    with products_of(precision), autocast, attention:
        yield


def products_of(precision: Precision) -> AbstractContextManager[None]:
    """Within it, float32 products are torch's 'medium' ones if the format is one of the fast.

    In "bfloat16-fast" only attention's scores are such products, of numbers that come from bfloat16: 'medium' kernels
    round to bfloat16 at worst, which changes nothing in these.
    """
    return float32_products("medium") if precision.endswith("-fast") else nullcontext()


def choose_precision(compute_loss: nn.Module, x: Tensor, y: Tensor) -> Choice:
    """The fastest format for training `compute_loss(x, y)` here, of those that are accurate enough.

    bfloat16 qualifies where the processor has it; float32-fast where its products are as accurate as float32's, which
    depends on the machine. Neither weights nor random state nor gradients are changed.
    """
    device = x.device
    formats: list[Precision] = ["float32"]
    if fast_products_are_accurate(device):
        formats.append("float32-fast")
    if has_bfloat16(device):
        formats += ["bfloat16"] if device.type == "cuda" else ["bfloat16", "bfloat16-fast"]
    if len(formats) == 1:
        return Choice("float32", {})

    def passes(precision: Precision) -> Callable[[], None]:
        def forward_and_backward() -> None:
            with computing_in(precision, device):
                loss = compute_loss(x, y)
            with products_of(precision):
                loss.backward()
            compute_loss.zero_grad(set_to_none=True)

        return forward_and_backward

    with torch.random.fork_rng([device] if device.type == "cuda" else []):  # dropout draws
        taken = interleaved_seconds({name: passes(name) for name in formats}, runs=ROUNDS)
    seconds = {name: statistics.median(values) for name, values in taken.items()}
    fastest = min(formats, key=lambda name: seconds[name])
    return Choice(fastest if seconds["float32"] >= WORTH_IT * seconds[fastest] else "float32", seconds)


def fast_products_are_accurate(device: torch.device) -> bool:
    """Whether torch's 'medium' float32 products are as close to float64's as its 'highest' ones, on this machine."""
    if device.type != "cpu":  # on a GPU 'medium' is TF32 or bfloat16 by definition
        return False
    n, k, m = PRODUCT
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator) for shape in ((n, k), (k, m)))
    exact = a.double() @ b.double()

    def error(precision: Precision) -> float:
        with computing_in(precision, device):
            return ((a @ b).double() - exact).norm().item()

    return error("float32-fast") <= ACCURACY_KEPT * error("float32")


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes with bfloat16 itself, rather than through float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        return any(torch.cpu.get_capabilities().get(name, False) for name in BFLOAT16_INSTRUCTIONS)
    older = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # until torch 2.9 or so the only one to ask
    return older is not None and older()
