"""Memory that is freed after each step and needed again in the next: let the process keep it."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # the numbers of glibc's options, from its malloc.h
NEVER, NONE = -1, 0


def keep_freed_memory() -> bool:
    """Ask glibc not to give freed memory back to the system; True if it will, False where there is no glibc.

    A training step frees what it made, and by default large pieces go back to the system, which clears each page
    before it lends it again: at the course's configuration 400 MB a step. Kept, they are there at once. It holds for
    the whole process from now on, which then stays as large as it ever was.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_MAX, NONE)) and bool(mallopt(M_TRIM_THRESHOLD, NEVER))
