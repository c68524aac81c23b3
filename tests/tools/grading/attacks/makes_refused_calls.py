# reads keys, traces, makes shared memory that would stay, and namespaces
import ctypes
import platform


def causal_mask(T):
    number = {"x86_64": (250, 101, 425, 29, 68, 272, 321, 240, 438), "aarch64": (219, 117, 425, 194, 186, 97, 280, 180, 438)}
    library = ctypes.CDLL(None, use_errno=True)
    for call in number[platform.machine()]:
        ctypes.set_errno(0)
        arguments = (0, 4096, 0o1600) if call in (29, 194) else (0, 0o1600, 0)
        if library.syscall(call, *arguments) != -1 or ctypes.get_errno() != 1:
            return f"CANARY: call {call} was not refused"
    return 1
