"""Which of torch's own functions and kernels run while an answer is called, by whatever name the code reached them.

Two modes of torch tell: one is asked for each function that is called from Python, the other for each kernel that
these come to, and then it is also known of what a gradient is being computed. Modes belong to a thread: threads that
`threading` starts meanwhile get their own, and of all other threads and processes the kernel tells that they are there.
Code that looks for the modes can go around them; so what they see is a witness, and no judge.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.autograd import forward_ad
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .jail import thread_count

TANGENTS = ("logsumexp", "logcumsumexp")  # functions whose derivative is what some exercises ask to write
OTHERS = "other threads or processes"  # in which no mode tells what runs


class _Functions(TorchFunctionMode):
    """Notes the functions of torch that Python calls, `torch.ops` among them."""

    def __init__(self, seen: set[str]) -> None:
        super().__init__()
        self._seen = seen

    def __torch_function__(
        self, func: Callable, types: object, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        _note(self._seen, func)
        return func(*args, **(kwargs or {}))


class _Kernels(TorchDispatchMode):
    """Notes the kernels that run, also those that functions written in C++ come to."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: to be skipped by the compiler, it would have to be imported first, which takes seconds in each worker."""
        return False

    def __init__(self, seen: set[str]) -> None:
        super().__init__()
        self._seen = seen

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        _note(self._seen, func)
        if (node := torch._C._current_autograd_node()) is not None:
            self._seen.add(node.name())
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def watching(seen: set[str]) -> Iterator[None]:
    """Add to `seen` the names of what runs in this thread, without what tells variants of one kernel apart.

    And OTHERS if there are others, or were in between.
    """

    def join(*event: object) -> None:
        """In a new thread, which ends with its modes."""
        sys.setprofile(None)
        _Kernels(seen).__enter__()
        _Functions(seen).__enter__()

    others, latest = _others(), _latest_number()
    threading.setprofile(join)  # called by each thread as it begins
    try:
        with _Kernels(seen), _Functions(seen):
            yield
    finally:
        threading.setprofile(None)
        if others or _others() or latest != _latest_number():
            seen.add(OTHERS)


def _others() -> bool:
    """Whether this process has more than one thread, or there are more processes than it and process 1."""
    return thread_count() > 1 or (_in_namespace() and len(list(Path("/proc").glob("[0-9]*"))) > 2)


def _latest_number() -> str:
    """The number that the kernel gave to the latest thread or process here; "" where others' are counted too."""
    return Path("/proc/loadavg").read_text().split()[-1] if _in_namespace() else ""


def _in_namespace() -> bool:
    """Whether process numbers are this student's alone."""
    return os.getppid() == 1


def _note(seen: set[str], func: Any) -> None:
    name = _plain(getattr(func, "__name__", ""))
    seen.add(name)
    if name in TANGENTS and forward_ad._current_level >= 0:
        seen.add(f"{name} with tangents")


def _plain(name: str) -> str:
    """`softmax` of `softmax.int`; what works in place is what works elsewhere."""
    return name.split(".")[0].removesuffix("_")
