# Reads address 0, so that the interpreter crashes.
import ctypes
def causal_mask(T):
    ctypes.string_at(0)
