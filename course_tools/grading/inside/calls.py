"""System calls that no answer needs, refused by the kernel: keys, tracing, other rings, objects that have names.

A filter is a small program for the kernel: each instruction is a code, two jumps and a number. Here it loads the
architecture and the number of the call, compares with each refused one, and says "not permitted", or lets it pass. Of
sockets it also looks at the family.
"""

import ctypes
import errno
import functools
import platform
import struct

from .jail import c_library

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16  # where the kernel's description of a call has them
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
X32 = 0x40000000  # bit of a second table of calls that x86_64 has

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {  # by machine: the numbers of the calls
    "x86_64": {
        "add_key": 248, "request_key": 249, "keyctl": 250, "ptrace": 101, "process_vm_readv": 310,
        "process_vm_writev": 311, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425,
        "io_uring_enter": 426, "io_uring_register": 427, "unshare": 272, "setns": 308, "shmget": 29, "shmat": 30,
        "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71,
        "mq_open": 240, "mq_unlink": 241, "pidfd_getfd": 438,
    },
    "aarch64": {
        "add_key": 217, "request_key": 218, "keyctl": 219, "ptrace": 117, "process_vm_readv": 270,
        "process_vm_writev": 271, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425,
        "io_uring_enter": 426, "io_uring_register": 427, "unshare": 97, "setns": 268, "shmget": 194, "shmctl": 195,
        "shmat": 196, "semget": 190, "semctl": 191, "semop": 193, "msgget": 186, "msgctl": 187, "msgrcv": 188,
        "msgsnd": 189, "mq_open": 180, "mq_unlink": 181, "pidfd_getfd": 438,
    },
}  # fmt: skip

SOCKETS = {"x86_64": (41, 53), "aarch64": (198, 199)}  # socket and socketpair
# Of UNIX and the internet's, which end at the walls of the network namespace. Others know no such walls: by AF_VSOCK a
# virtual machine talks to its host. Or they load parts of the kernel that are seldom looked at.
FAMILIES = (1, 2, 10)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@functools.cache
def filter_of(machine: str) -> bytes:
    """The filter for a kind of machine. Raises KeyError for one whose numbers are not known."""
    refused = sorted(REFUSED[machine].values())
    checked = SOCKETS[machine]
    count, more = len(refused), len(checked)
    program = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_IF_EQUAL, 0, count + more + 3, ARCHITECTURES[machine]),  # calls of another architecture are refused, all
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_IF_AT_LEAST, count + more + 1, 0, X32),
        *((JUMP_IF_EQUAL, count + more - index, 0, number) for index, number in enumerate(refused)),
        *((JUMP_IF_EQUAL, more + 1 - index, 0, number) for index, number in enumerate(checked)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        *((JUMP_IF_EQUAL, len(FAMILIES) - index, 0, family) for index, family in enumerate(FAMILIES)),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def refuse_calls() -> None:
    """Refuse them to this process and all that it forks, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    if platform.machine() not in REFUSED:
        return
    instructions = filter_of(platform.machine())
    program = _Program(len(instructions) // 8, instructions)
    if c_library().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == -1:
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")
