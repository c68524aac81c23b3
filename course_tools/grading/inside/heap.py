"""The heap of a process that is about to be forked many times, put in order: what a fork writes to, the kernel copies.

It copies whole pages. Imports leave hundreds of thousands of gaps behind, most of them no larger than a number, and
what a worker allocates would be strewn over them: each on a page of its own.
"""

import contextlib

from .jail import c_library

LARGEST, SMALLEST = 1 << 16, 16  # bytes
IN_A_ROW = 64  # so many blocks, one behind the other at the end of the heap: there are no more gaps of this size
MOST = 500_000  # blocks
AT_ONCE = 10_000  # numbers, the smallest blocks
FEW = 500  # of them within gaps: there are hardly any more


def close_gaps() -> list[object]:
    """Blocks that fill the gaps, to be kept as long as there are forks; what is allocated later lies side by side."""
    blocks: list[object] = []
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
    # Whole and floating point numbers are smaller still. The places that are looked at are numbers themselves.
    for number in (1 << 40, 0.5):
        while len(blocks) < MOST:
            more = [number + i for i in range(AT_ONCE)]
            blocks += more
            places = [id(one) for one in more]
            blocks += places
            within = sum(place < end for place in places)
            end = max(end, *places)
            if within < FEW:
                break
    with contextlib.suppress(AttributeError):  # glibc's alone
        c_library().malloc_trim(0)
    return blocks
