"""Settings of the whole process that an examination does not depend on, put back when it is over."""

import contextlib
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Defaults as in a fresh process: float32, on the CPU, with gradients, and warnings that raise nothing."""
    dtype = torch.get_default_dtype()
    elsewhere = torch.get_default_device().type != "cpu"
    torch.set_default_dtype(torch.float32)
    try:
        with (
            torch.enable_grad(),
            torch.device("cpu") if elsewhere else contextlib.nullcontext(),
            np.errstate(all="warn"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(dtype)
