"""Where slips happen in the code of `Cache`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
class Cache:
    def __init__(self, B, n_kv_head, max_len, D):
        self.k = torch.zeros(<shape>)
        self.v = torch.zeros(<shape>)
        self.length = 0

    def append(self, k, v):
        new = <new>
        end = <end>
        if <full>:
            raise <error>
        <write>
        self.length = <length>
        return <given>

    def reset(self):
        <reset>
""",
    (
        Slot(
            "shape",
            "B, n_kv_head, max_len, D",
            (
                "B, n_kv_head, max_len + 1, D",
                "1, n_kv_head, max_len, D",
            ),
        ),
        Slot(
            "new",
            "k.shape[2]",
            (
                "1",
                "k.shape[1]",
                "k.shape[0]",
                "k.shape[3]",
            ),
        ),
        Slot(
            "end",
            "self.length + new",
            (
                "new",
                "self.length + new - 1",
            ),
        ),
        Slot(
            "full",
            "end > self.k.shape[2]",
            (
                "end >= self.k.shape[2]",
                "self.length >= self.k.shape[2]",
                "self.length > self.k.shape[2]",
                "new > self.k.shape[2]",
                "False",
                "end > self.k.shape[2] + 1",
            ),
        ),
        Slot(
            "error",
            'ValueError("full")',
            (
                'IndexError("full")',
                'RuntimeError("full")',
                'OverflowError("full")',
                'AssertionError("full")',
            ),
        ),
        Slot(
            "write",
            "self.k[:, :, self.length : end], self.v[:, :, self.length : end] = k, v",
            (
                "self.k[:, :, self.length : end], self.v[:, :, self.length : end] = v, k",
                "self.k[:, :, self.length : end], self.v[:, :, self.length : end] = k, k",
                "self.k[:, :, self.length : end], self.v[:, :, self.length : end] = v, v",
                "self.k[:, :, :new], self.v[:, :, :new] = k, v",
                "self.k[:, :, -new:], self.v[:, :, -new:] = k, v",
                "self.k[:, :, self.length : end], self.v[:, :, :new] = k, v",
                "self.k[:, :, self.length : end] += k; self.v[:, :, self.length : end] += v",
                "self.k, self.v = torch.cat([self.k, k], dim=2), torch.cat([self.v, v], dim=2)",
                "self.k, self.v = torch.cat([k, self.k], dim=2), torch.cat([v, self.v], dim=2)",
                "pass",
            ),
        ),
        Slot(
            "length",
            "end",
            (
                "self.length + 1",
                "new",
                "self.length",
                "end + 1",
            ),
        ),
        Slot(
            "given",
            "self.k[:, :, :end], self.v[:, :, :end]",
            (
                "self.k, self.v",
                "k, v",
                "self.v[:, :, :end], self.k[:, :, :end]",
                "self.k[:, :, :end], self.k[:, :, :end]",
                "self.k[:, :, : end - 1], self.v[:, :, : end - 1]",
                "self.k[:, :, end - new : end], self.v[:, :, end - new : end]",
                "self.k[:, :, 1:end], self.v[:, :, 1:end]",
                "(self.k[:, :, :end], self.v[:, :, : end - new])",
                "self.k[:, :, : self.length + 1], self.v[:, :, : self.length + 1]",
            ),
        ),
        Slot(
            "reset",
            "self.length = 0",
            (
                "pass",
                "self.k.zero_(); self.v.zero_()",
                "self.length = 1",
                "self.length -= 1",
                "self.k, self.v = self.k[:, :, :0], self.v[:, :, :0]",
            ),
        ),
    ),
    NAMES,
)
