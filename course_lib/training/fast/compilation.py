"""torch.compile where there is a compiler, and the module as it is where there is none."""

import warnings
from typing import cast

import torch
from torch import Tensor, nn

from course_lib.training.fast.precision import Precision, computing_in


def compiled(compute_loss: nn.Module, x: Tensor, y: Tensor, precision: Precision) -> nn.Module:
    """`torch.compile(compute_loss)`, tried on one batch; with a warning `compute_loss` itself if that does not work.

    Compiling happens here, some ten seconds to a minute. Weights, gradients and random state stay as they were.
    """
    module = cast(nn.Module, torch.compile(compute_loss))
    devices = [x.device] if x.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), computing_in(precision, x.device):
            module(x, y).backward()
    except Exception as error:  # what a missing or failing compiler raises differs with torch and platform
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        warnings.warn(f"training goes on without torch.compile, which failed: {reason}", stacklevel=2)
        module = compute_loss
    compute_loss.zero_grad(set_to_none=True)
    return module
