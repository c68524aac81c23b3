"""The heap of a process that is about to be forked many times, put in order: what a fork writes to, the kernel copies.

It copies whole pages. Imports leave thousands of gaps behind, and what a worker allocates would be strewn over them.
"""

import contextlib

from .jail import c_library

LARGEST, SMALLEST = 1 << 16, 16  # bytes
IN_A_ROW = 64  # so many blocks, one behind the other at the end of the heap: there are no more gaps of this size
MOST = 500_000  # blocks


def close_gaps() -> list[bytes]:
    """Blocks that fill the gaps, to be kept as long as there are forks; what is allocated later lies side by side."""
    blocks: list[bytes] = []
    end = 0
    size = LARGEST
    while size >= SMALLEST and len(blocks) < MOST:
        in_a_row = 0
        while in_a_row < IN_A_ROW and len(blocks) < MOST:
            blocks.append(bytes(size))
            place = id(blocks[-1])
            in_a_row = in_a_row + 1 if place > end else 0
            end = max(end, place)
        size = size * 3 // 4
    with contextlib.suppress(AttributeError):  # glibc's alone
        c_library().malloc_trim(0)
    return blocks
